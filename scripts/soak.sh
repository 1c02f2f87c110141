#!/bin/sh
# soak.sh: all scenarios of `stui chaos` in turn, on real images and on simulated ones, with a seed of
# its own each; what stui uses as a chart. `make soak` calls it.
#
# usage: scripts/soak.sh BUILD SECONDS     SECONDS for all together. Exit 1: something was wrong, or grew.
set -eu

build=$1 seconds=$2
names=$("$build/stui" chaos --list | cut -d ' ' -f 1)
runs=0 failed=0 seed=0
for name in $names; do runs=$((runs + 2)); done
each=$((seconds / runs))
[ "$each" -ge 1 ] || { printf 'soak: %s s are too few for %s runs\n' "$seconds" "$runs" >&2; exit 2; }

for name in $names; do
  for images in '--images 3' '--sim 20'; do
    seed=$((seed + 1))
    # shellcheck disable=SC2086 # two words
    if said=$("$build/stui" chaos "$name" $images --seconds "$each" --seed "$seed"); then
      case $said in *'not flat '*) failed=$((failed + 1)) ;; esac
    else
      failed=$((failed + 1))
    fi
    printf '%s\n' "$said" | sed -n '/^scenario/,$p'
    printf '\n'
  done
done
printf '%s runs of %s s, %s failed\n' "$runs" "$each" "$failed"
[ "$failed" -eq 0 ]
