#!/usr/bin/env bash
# Everything but the tests: format, lints, forbidden crate edges, module cycles, documentation, licences and advisories.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== format"
cargo fmt --all --check

echo "== lints"
cargo clippy --workspace --all-targets -- -D warnings

echo "== crate edges"
scripts/edges.sh

echo "== module cycles"
scripts/cycles.sh

echo "== documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

echo "== licences and advisories"
if command -v cargo-deny >/dev/null; then
  cargo deny --all-features check bans licenses sources
  if git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
    cargo deny --all-features check advisories
  else
    echo "skipped: advisories (the RustSec database cannot be reached from here)"
  fi
else
  [ "${CI:-}" != true ] || { echo "error: cargo-deny is needed with CI=true" >&2; exit 1; }
  echo "skipped: cargo-deny is not installed (cargo install cargo-deny --locked)"
fi
