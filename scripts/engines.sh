#!/usr/bin/env bash
# Builds the engines that tests compare with, below integration-tests/engines. Each does nothing when it is built and its
# sources did not change. Usage: engines.sh [java|hive-client|metastore-3|metastore-4|all]   (default: java)
set -euo pipefail
cd "$(dirname "$0")/../integration-tests/engines"

command -v java >/dev/null || { echo "java is not installed" >&2; exit 1; }

# Java Paimon behind JSON lines
java_oracle() (
  cd java
  mkdir -p target
  exec 9>target/.lock
  flock 9
  if [ -f target/oracle.jar ] && [ -f target/classpath ] &&
    [ -z "$(find src pom.xml -newer target/oracle.jar -print -quit)" ] &&
    tr ':' '\n' <target/classpath | xargs -d '\n' ls >/dev/null 2>&1; then
    return
  fi
  mvn -q -B package
)

# the jars of Java's Hive catalog
hive_client() (
  cd hive-client
  mkdir -p target
  exec 9>target/.lock
  flock 9
  if [ -f target/classpath ] && [ ! pom.xml -nt target/classpath ] &&
    tr ':' '\n' <target/classpath | xargs -d '\n' ls >/dev/null 2>&1; then
    return
  fi
  mvn -q -B package
)

case ${1:-java} in
  java) java_oracle ;;
  hive-client) hive_client ;;
  metastore-3) metastore/prepare.sh 3 ;;
  metastore-4) metastore/prepare.sh 4 ;;
  all)
    java_oracle
    hive_client
    metastore/prepare.sh 3
    metastore/prepare.sh 4
    ;;
  *) echo "unknown engine $1" >&2; exit 2 ;;
esac
