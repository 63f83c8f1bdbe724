#!/usr/bin/env bash
# Builds the engines that tests compare with: Java Paimon (integration-tests/engines/java/target).
# Does nothing when that is built and its sources did not change.
set -euo pipefail
cd "$(dirname "$0")/../integration-tests/engines/java"

command -v java >/dev/null || { echo "java is not installed" >&2; exit 1; }

built() {
  [ -f target/oracle.jar ] && [ -f target/classpath ] &&
    [ -z "$(find src pom.xml -newer target/oracle.jar -print -quit)" ] &&
    tr ':' '\n' <target/classpath | xargs -d '\n' ls >/dev/null 2>&1
}

mkdir -p target
exec 9>target/.lock
flock 9
built || mvn -q -B package
