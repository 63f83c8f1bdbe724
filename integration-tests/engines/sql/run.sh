#!/usr/bin/env bash
# Serves SQL of one engine on standard input and output. Usage: run.sh hive|spark|flink FOLDER URI [key=value ...]
# It works in FOLDER and ends with its standard input.
set -euo pipefail
engine=$(cd "$(dirname "$0")/../$1" && pwd)
case $1 in
  hive) main=HiveSql heap=512m ;;
  spark) main=SparkSql heap=1g ;;
  flink) main=FlinkSql heap=768m ;;
  *) echo "unknown engine $1" >&2; exit 2 ;;
esac
mkdir -p "$2/tmp"
cd "$2"
shift 2
opens=()
for package in java.io java.lang java.lang.invoke java.lang.reflect java.net java.nio java.text java.time java.util \
  java.util.concurrent java.util.concurrent.atomic java.util.concurrent.locks java.util.regex sun.nio.ch sun.nio.cs \
  sun.security.action sun.util.calendar; do
  opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
exec java -Xmx$heap -XX:MaxMetaspaceSize=512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true \
  -Djdk.reflect.useDirectMethodHandle=false -Dio.netty.tryReflectionSetAccessible=true -Duser.timezone=UTC -Dfile.encoding=UTF-8 \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=error "-Djava.io.tmpdir=$PWD/tmp" "${opens[@]}" \
  -cp "$engine/target/classes:$(cat "$engine/target/classpath")" $main "$@"
