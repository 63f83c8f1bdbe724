#!/usr/bin/env bash
# Builds the engines that tests compare with, below integration-tests/engines. Each does nothing when it is built and its
# sources did not change. Usage: engines.sh [java|hive-client|metastore-3|metastore-4|hive|spark|flink|all]   (default: java)
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

# Whether the class path that Maven wrote for a folder is newer than its POM, and there
resolved() {
  [ -f "$1/target/classpath" ] && [ ! "$1/pom.xml" -nt "$1/target/classpath" ] &&
    tr ':' '\n' <"$1/target/classpath" | xargs -d '\n' ls >/dev/null 2>&1
}

# the jars of Java's Hive catalog
hive_client() (
  mkdir -p hive-client/target
  exec 9>hive-client/target/.lock
  flock 9
  resolved hive-client || (cd hive-client && mvn -q -B package)
)

# An engine of sql/README.md: its jars, and our program that serves its SQL
sql_engine() (
  mkdir -p "$1/target"
  exec 9>"$1/target/.lock"
  flock 9
  resolved "$1" || (cd "$1" && mvn -q -B package)
  if [ -f "$1/target/built" ] && [ -z "$(find "$1/src" sql "$1/target/classpath" -newer "$1/target/built" -print -quit)" ]; then
    return
  fi
  rm -rf "$1/target/classes"
  mkdir -p "$1/target/classes"
  find "$1/src" -name '*.java' -print0 |
    xargs -0 javac -nowarn -d "$1/target/classes" -cp "$(cat "$1/target/classpath")" sql/Statements.java
  cp sql/log4j2.properties "$1/target/classes/"
  touch "$1/target/built"
)

case ${1:-java} in
  java) java_oracle ;;
  hive-client) hive_client ;;
  metastore-3) metastore/prepare.sh 3 ;;
  metastore-4) metastore/prepare.sh 4 ;;
  hive | spark | flink) sql_engine "$1" ;;
  all)
    java_oracle
    hive_client
    metastore/prepare.sh 3
    metastore/prepare.sh 4
    sql_engine hive
    sql_engine spark
    sql_engine flink
    ;;
  *) echo "unknown engine $1" >&2; exit 2 ;;
esac
