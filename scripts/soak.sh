#!/bin/sh
# soak.sh: all scenarios of `stui chaos` in turn, several times, with one stui for real images and one for
# simulated ones: what either uses is one chart over all of its time. kill-stui comes first, so that
# everything after it happens to one process. `make soak` calls it.
#
# usage: scripts/soak.sh BUILD SECONDS [DOC]     SECONDS for both together; DOC: a file whose lines between
#        <!-- soak --> and <!-- /soak --> become the reports. Exit 1: something was wrong, or grew.
set -eu

build=$1 seconds=$2 doc=${3:-}
rounds=4
said=$build/soak.txt failed=0 seed=1
others=$("$build/stui" chaos --list | cut -d ' ' -f 1 | grep -v '^kill-stui$')
set -- kill-stui
while [ "$rounds" -gt 0 ]; do
  # shellcheck disable=SC2086 # words
  set -- "$@" $others
  rounds=$((rounds - 1))
done
each=$((seconds / 2 / $#))
[ "$each" -ge 1 ] || { printf 'soak: %s s are too few for %s scenarios\n' "$seconds" $((2 * $#)) >&2; exit 2; }

: >"$said"
for images in '--images 3' '--sim 20'; do
  # shellcheck disable=SC2086 # two words
  "$build/stui" chaos "$@" $images --seconds "$each" --seed "$seed" >"$build/soak.log" || failed=1
  sed -n '/^scenario/,$p' "$build/soak.log" | tee "$build/soak.report"
  ! grep -q '^not flat ' "$build/soak.report" || failed=1
  { cat "$build/soak.report"; printf '\n'; } >>"$said"
  printf '\n'
  seed=$((seed + 100))
done
[ -z "$doc" ] || { printf '```\n'; sed '$d' "$said"; printf '```\n'; } | scripts/put.sh soak "$doc"
[ "$failed" -eq 0 ] || { printf 'soak: something was wrong or grew: see above\n'; exit 1; }
printf 'soak: flat; the reports are in %s\n' "$said"
