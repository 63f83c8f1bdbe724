#!/usr/bin/env bash
# The top-level modules of each crate use each other in one direction: no cycles.
# Read from `crate::module` paths outside tests; what the crate's root re-exports does not count.
set -euo pipefail
cd "$(dirname "$0")/.."

# "from to" for each use of a top-level module by another one
edges() {
  local src=$1 file from to
  find "$src" -name '*.rs' ! -name tests.rs ! -name testing.rs ! -path '*/tests/*' | while read -r file; do
    from=${file#"$src"/}
    from=${from%%/*}
    from=${from%.rs}
    [ "$from" != lib ] && [ "$from" != main ] || continue
    # after the first #[cfg(test)] of a file come its tests
    awk '/^#\[cfg\(test\)\]/ { exit } { print }' "$file" |
      { grep -oE '\bcrate::(\{[^}]*\}|[a-z_0-9]+)' || true; } |
      sed 's/crate:://; s/[{}]//g' | tr ',' '\n' | sed 's/^ *//; s/::.*//' |
      { grep -xE '[a-z_0-9]+' || true; } |
      while read -r to; do
        if [ "$to" != "$from" ] && { [ -d "$src/$to" ] || [ -f "$src/$to.rs" ]; }; then
          echo "$from $to"
        fi
      done
  done | sort -u
}

failed=0
for src in crates/*/src; do
  # tsort names the members of each loop on stderr
  if ! loops=$(edges "$src" | tsort 2>&1 >/dev/null); then
    echo "$src: modules use each other in a circle:" >&2
    sed -n 's/^tsort: //p' <<<"$loops" | grep -v 'contains a loop' >&2 || true
    failed=1
  fi
done
exit "$failed"
