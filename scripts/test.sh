#!/usr/bin/env bash
# Runs every test. Arguments go to cargo test, for example: scripts/test.sh -p rimon-lsm
# Tests against Java Paimon are skipped without Java and Maven, in one line; with CI=true that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
  [ "${CI:-}" != true ] || { echo "error: java and mvn are needed with CI=true" >&2; exit 1; }
  echo "skipped: tests against Java Paimon (java or mvn is not installed)"
elif ! scripts/engines.sh; then
  echo "error: the Java oracle cannot be built" >&2
  exit 1
fi

# All tests of a binary share a process and so one JVM, which is why this is not cargo nextest.
if [ $# -gt 0 ]; then
  exec cargo test "$@"
fi
exec cargo test --workspace --no-fail-fast
