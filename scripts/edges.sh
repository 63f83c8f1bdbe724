#!/usr/bin/env bash
# No crate depends on what docs/architecture.md forbids it, directly or through others.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
forbid() {
  local crate=$1 tree
  shift
  tree=$(cargo tree --package "$crate" --edges normal --prefix none --format '{lib}' | sort -u)
  for other in "$@"; do
    if grep -qx "${other//-/_}" <<<"$tree"; then
      echo "$crate must not depend on $other:" >&2
      cargo tree --package "$crate" --edges normal --invert "$other" --depth 3 >&2 || true
      failed=1
    fi
  done
}

# a direct edge only: what the crates in between need is their business
forbid_direct() {
  local crate=$1 tree
  shift
  tree=$(cargo tree --package "$crate" --edges normal --prefix none --format '{lib}' --depth 1 | sort -u)
  for other in "$@"; do
    if grep -qx "${other//-/_}" <<<"$tree"; then
      echo "$crate must not depend on $other directly" >&2
      failed=1
    fi
  done
}

forbid rimon-spec arrow arrow-array object-store tokio parquet datafusion async-trait futures
forbid rimon-metadata arrow arrow-array parquet datafusion rimon-format rimon-lsm rimon-table rimon-catalog
forbid rimon-format rimon-metadata rimon-lsm rimon-table rimon-catalog datafusion
forbid rimon-lsm object-store parquet tokio rimon-metadata rimon-format rimon-table rimon-catalog datafusion
forbid rimon-table rimon-catalog rimon-datafusion datafusion
forbid rimon-catalog rimon-table rimon-format rimon-lsm arrow arrow-array rimon-datafusion datafusion
forbid rimon-catalog-hive rimon-table rimon-format rimon-lsm arrow arrow-array parquet rimon-datafusion datafusion
forbid_direct rimon-datafusion rimon-catalog-hive
forbid rimon rimon-cli
forbid_direct rimon-datafusion parquet
exit "$failed"
