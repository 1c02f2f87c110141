#!/bin/sh
# chaos-table.sh: every shipped scenario of `stui chaos` on real images and on simulated ones, as one table.
# `make chaos-table` calls it.
#
# usage: scripts/chaos-table.sh BUILD SECONDS IMAGES SIM [DOC]     SECONDS for each; DOC: a file whose lines
#        between <!-- chaos-table --> and <!-- /chaos-table --> become the table. Exit 1: one failed.
set -eu

build=$1 seconds=$2 real=$3 simulated=$4 doc=${5:-}
table=$build/chaos-table.md failed=0

# The number, or the word, that the report REPORT has as KEY.
field() {
  printf '%s\n' "$report" | sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"
}

row() {
  printf '%s\n' "$1"
  printf '%s\n' "$1" >>"$table"
}

: >"$table"
row '| scenario | images | faults | lost | duplicated | crossed | in doubt | p50 ms | p99 ms | max ms | verdict |'
row '|---|---|---|---|---|---|---|---|---|---|---|'
for name in $("$build/stui" chaos --list | cut -d ' ' -f 1); do
  for images in "--images $real" "--sim $simulated"; do
    # shellcheck disable=SC2086 # two words
    report=$("$build/stui" chaos "$name" $images --seconds "$seconds" --json) || failed=1
    row "| $name | $(field images) $(field kind) | $(field faults) | $(field lost) | $(field duplicated) \
| $(field crossed) | $(field in_doubt) | $(field p50) | $(field p99) | $(field max) | $(field verdict) |"
  done
done
[ -z "$doc" ] || scripts/put.sh chaos-table "$doc" <"$table"
[ "$failed" -eq 0 ] || { printf 'chaos-table: not all survived\n'; exit 1; }
