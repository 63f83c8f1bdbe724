#!/bin/sh
# Packs made fixtures into OUT/<release>/<table>.tar.gz and writes OUT/CATALOGUE.md: pack-fixtures.sh ROOT OUT
# The archives are reproducible: names sorted, no times, no owners. Needs GNU tar.
set -e
root=$(cd "$1" && pwd) out=$(cd "$2" && pwd)
d=$(cd "$(dirname "$0")" && pwd)
for t in "$root"/*/; do
  [ -f "$t/spec.json" ] || continue
  name=$(basename "$t")
  release=$(sed -n 's/.*"paimon" : "\([^"-]*\).*/\1/p' "$t/spec.json" | head -n 1)
  mkdir -p "$out/$release"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu --mode=u=rwX,go=rX -C "$t" -cf - . | gzip -9n > "$out/$release/$name.tar.gz"
done
[ ! -f "$root/refused.jsonl" ] || cp "$root/refused.jsonl" "$out/refused.jsonl"
exec java -Duser.timezone=UTC -Dfile.encoding=UTF-8 -cp "$d/target/oracle.jar:$(cat "$d/target/classpath")" rimon.Fixtures "$root" --catalogue "$out/CATALOGUE.md"
