#!/bin/sh
# Makes the fixtures of what no release of Paimon has yet, with its sources: make.sh ROOT SOURCES
# SOURCES is a checkout of Paimon at commit 5dacde516bf6e29b583aff8b32bab321bfc6e64f (2.1-SNAPSHOT); run "mvn -q package" in the
# parent folder first. Its own build is not used: the modules that a table needs are compiled at once, and generated code
# (paimon-codegen) is that of the release in ../pom.xml, which does not sort some columns up and others down.
set -e
mkdir -p "$1"
root=$(cd "$1" && pwd) sources=$(cd "$2" && pwd)
d=$(cd "$(dirname "$0")/.." && pwd)
work=$d/target/newer
rm -rf "$work"
mkdir -p "$work/classes" "$work/sources" "$work/codesplit"
mvn -q -B -f "$d/newer/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath -Dmdep.outputFile="$work/classpath"
cp="$(cat "$work/classpath"):$(cat "$d/target/classpath")"

for module in paimon-api paimon-common paimon-codegen-loader paimon-core paimon-format; do
  cp -r "$sources/$module/src/main/java/." "$work/sources"
  [ ! -d "$sources/$module/src/main/resources" ] || cp -rn "$sources/$module/src/main/resources/META-INF" "$work/classes" || true
done
cp "$sources"/paimon-common/src/main/antlr4/*.g4 "$work/codesplit"
(cd "$work/codesplit" && java -cp "$cp" org.antlr.v4.Tool -visitor JavaLexer.g4 JavaParser.g4)
# the two methods that the release's generator lacks
perl -0pi -e 's/(?=GeneratedClass<NormalizedKeyComputer> generateNormalizedKeyComputer\(\s*List<DataType> inputTypes, int\[\] sortFields, boolean\[\] ascendingOrders\));?/default /;
  s/(boolean\[\] ascendingOrders\));/$1 { for (boolean up : ascendingOrders) if (!up) throw new UnsupportedOperationException(); return generateNormalizedKeyComputer(inputTypes, sortFields); }/;
  s/(?=GeneratedClass<RecordComparator> generateRecordComparator\(\s*List<DataType> inputTypes, int\[\] sortFields, boolean\[\] ascendingOrders\))/default /;
  s/(boolean\[\] ascendingOrders\));/$1 { for (boolean up : ascendingOrders) if (up != ascendingOrders[0]) throw new UnsupportedOperationException(); return generateRecordComparator(inputTypes, sortFields, ascendingOrders.length == 0 || ascendingOrders[0]); }/' \
  "$work/sources/org/apache/paimon/codegen/CodeGenerator.java"
# what has other parameters in these sources; the fixtures do not use it
mkdir -p "$work/oracle"
cp "$d"/src/main/java/rimon/*.java "$d/newer/Newer.java" "$work/oracle"
sed -i 's/flag(a, "blobs"), flag(a, "vectors"))/flag(a, "blobs"), flag(a, "vectors"), t.latestSnapshot().get())/; s/PostponeUtils.tableForCommit(t)/t/' "$work/oracle/Oracle.java"

find "$work/sources" "$work/codesplit" "$work/oracle" -name '*.java' >"$work/files"
javac -nowarn -proc:none -d "$work/classes" -cp "$cp" @"$work/files"
version=$work/classes/META-INF/maven/org.apache.paimon/paimon-core
mkdir -p "$version"
echo 'version=2.1-SNAPSHOT (commit 5dacde516b)' >"$version/pom.properties"
# the oracle of these sources: RIMON_NEWER_JAVA names its folder to tests
cat >"$work/oracle.sh" <<END
#!/bin/sh
exec java -Xmx1500m -XX:+UseSerialGC -Duser.timezone=UTC -Dfile.encoding=UTF-8 -cp "$work/classes:$cp" rimon.Oracle "\$@"
END
chmod +x "$work/oracle.sh"
java -Xmx1500m -Duser.timezone=UTC -Dfile.encoding=UTF-8 -cp "$work/classes:$cp" rimon.Newer "$root"
