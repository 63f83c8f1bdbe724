#!/usr/bin/env bash
# Runs a Hive metastore on 127.0.0.1 until it is killed; prints "READY <port>" once it answers.
# Usage: start.sh 3|4 FOLDER PORT [key=value ...]     PORT 0: any free one.
# Its tables live in memory. FOLDER gets managed/ (what Hive manages itself), tmp/ and logs. METASTORE_CP: more classes,
# before its own.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
version=$1 port=$3 out=$root/target/$1
mkdir -p "$2"/{managed,external,tmp}
folder=$(cd "$2" && pwd)
shift 3
cd "$folder"
dist=$(ls -d "$out"/dist/*/)
java=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.util=ALL-UNNAMED
  --add-opens=java.base/java.lang=ALL-UNNAMED -Djava.net.preferIPv4Stack=true "-Djava.io.tmpdir=$folder/tmp"
  "-Dderby.stream.error.file=$folder/derby.log" -cp "${METASTORE_CP:+$METASTORE_CP:}$out/classes:${dist}lib/*:$out/extra/*")
database="javax.jdo.option.ConnectionURL=jdbc:derby:memory:metastore;createFrom=$out/template"
if [ "$version" = 4 ]; then
  if [ "$port" = 0 ]; then
    port=$(java "$root/src/FreePort.java")
  fi
  settings=()
  for setting in "$@"; do settings+=(--hiveconf "$setting"); done
  exec "${java[@]}" "-Dmetastore.log4j.file=$out/classes/log4j2.properties" \
    "-Dlog4j2.configurationFile=$out/classes/log4j2.properties" ReadyMetastore "$port" \
    --hiveconf metastore.thrift.bind.host=127.0.0.1 --hiveconf "$database" \
    --hiveconf "metastore.warehouse.dir=$folder/managed" --hiveconf "metastore.warehouse.external.dir=$folder/external" \
    --hiveconf metastore.expression.proxy=org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy \
    --hiveconf metastore.task.threads.always=org.apache.hadoop.hive.metastore.events.EventCleanerTask \
    "${settings[@]}"
fi
exec "${java[@]}" LoopbackMetastore "$port" "$database" "metastore.warehouse.dir=$folder/managed" "$@"
