#!/usr/bin/env bash
# scripts/bench.sh CASE [--reps N] [--dir DIR] [--table WAREHOUSE/b.db/TABLE] [--partitions N]
# CASE: mor_dedup, mor_partial_update, mor_aggregation, mor_filter, append_scan, dv_scan, insert, pk_insert,
# pk_sustained, plan_files. Prints Rimon next to plain DataFusion over the same rows, from the same run (mor_filter:
# filtered reads next to the full read).
# key_phase: ns per row of each table of the merge, without files.
# write_memory [SHAPE] [--rows N] [--budget MIB]: 50 M rows over 1,000 buckets: time and peak memory.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  "" | -h | --help) sed -n '2,7p' "$0" | cut -c3-; exit 2 ;;
  key_phase) shift; exec cargo bench -p rimon-lsm --bench key_phase -- "$@" ;;
  write_memory) shift; exec cargo bench -p rimon-table --bench write_memory -- "$@" ;;
esac
# With the command's package: what it makes cargo turn on in dependencies is on here too, and nothing is built twice.
cargo build --release --quiet -p rimon-cli -p rimon-benchmarks --bin rimon-bench
exec "${CARGO_TARGET_DIR:-target}/release/rimon-bench" "$@"
