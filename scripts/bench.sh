#!/usr/bin/env bash
# scripts/bench.sh CASE [--reps N] [--dir DIR] [--table WAREHOUSE/b.db/TABLE] [--partitions N]
# CASE: mor_dedup, append_scan, insert. Prints Rimon next to plain DataFusion over the same rows, from the same run.
# key_phase: ns per row of each table of the merge, without files.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  "" | -h | --help) sed -n '2,4p' "$0" | cut -c3-; exit 2 ;;
  key_phase) shift; exec cargo bench -p rimon-lsm --bench key_phase -- "$@" ;;
esac
cargo build --release --quiet -p rimon-benchmarks
exec "${CARGO_TARGET_DIR:-target}/release/rimon-bench" "$@"
