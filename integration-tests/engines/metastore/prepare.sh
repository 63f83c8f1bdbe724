#!/usr/bin/env bash
# Downloads a Hive metastore with Maven and makes it ready below target/. Usage: prepare.sh 3|4 (Hive 3.1.3, Hive 4.0.1).
# Does nothing when that was done and the sources did not change. MVN_ARGS is passed on to Maven (for example "-o").
set -euo pipefail
cd "$(dirname "$0")"
version=$1 out=target/$1
case $version in
  3) profile='' schema=hive-schema-3.1.0.derby.sql main=LoopbackMetastore ;;
  4) profile=-Phive4 schema=hive-schema-4.0.0.derby.sql main=ReadyMetastore ;;
  *) echo "usage: $0 3|4" >&2; exit 2 ;;
esac

mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
if [ -f "$out/ready" ] && [ -z "$(find src pom.xml prepare.sh -newer "$out/ready" -print -quit)" ]; then
  exit 0
fi
# shellcheck disable=SC2086
mvn -q -B ${MVN_ARGS:-} $profile package
dist=$(ls -d "$out"/dist/*/)
rm -f "$dist"lib/derby-10.10*.jar "$dist"lib/{jline,sqlline}*.jar
classpath="$out/classes:${dist}lib/*:$out/extra/*"
mkdir -p "$out/classes"
javac -nowarn -d "$out/classes" -cp "$classpath" "src/$main.java" src/WithParent.java src/DerbyTemplate.java
cp src/*.properties "$out/classes/"
rm -rf "$out/template"
java -XX:TieredStopAtLevel=1 -Dderby.stream.error.file="$out/derby.log" -cp "$classpath" DerbyTemplate \
  "$out/template" "${dist}scripts/metastore/upgrade/derby/$schema"
touch "$out/ready"
