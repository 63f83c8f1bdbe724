#!/bin/sh
# Makes the fixtures written by old releases: make.sh ROOT VERSION PREFIX, e.g. make.sh /tmp/fixtures 0.9.0 v0_9_
# Run "mvn -q package" in the parent folder first.
set -e
root=$1 version=$2 prefix=$3
d=$(cd "$(dirname "$0")/.." && pwd)
mvn -q -B -f "$d/pom.xml" -Dpaimon.version="$version" dependency:build-classpath -Dmdep.outputFile="$d/target/classpath-$version" -Dmdep.includeScope=runtime
cp=$(cat "$d/target/classpath-$version")
rm -rf "$root/$prefix"*
mkdir -p "$d/target/legacy-$version"
javac -proc:none -nowarn -d "$d/target/legacy-$version" -cp "$cp" "$d/legacy/Legacy.java"
java --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED -Xmx1500m -Duser.timezone=UTC -cp "$d/target/legacy-$version:$cp" Legacy "$root" "$prefix"
java -Xmx1500m -Duser.timezone=UTC -cp "$d/target/oracle.jar:$(cat "$d/target/classpath")" rimon.Fixtures "$root" --adopt "$prefix" "$version"
