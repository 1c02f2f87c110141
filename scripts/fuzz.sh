#!/bin/bash
# fuzz.sh: runs each fuzzer in BUILD/fuzz for SECONDS on a corpus that it keeps in BUILD/corpus,
# begun from fuzz/corpus/NAME where that exists. Stops at the first find, which stays in BUILD.
#
# usage: scripts/fuzz.sh BUILD SECONDS     Exit 0: nothing found. Exit 1: a find, or no fuzzer.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1

build=$1 seconds=$2
ran=0
for source in fuzz/fuzz_*.c; do
  [ -e "$source" ] || break
  name=$(basename "$source" .c)
  corpus=$build/corpus/$name
  mkdir -p "$corpus" "$build/logs"
  seeds=()
  [ ! -d "fuzz/corpus/$name" ] || seeds=("fuzz/corpus/$name")
  printf -- '-- %s, %s s\n' "$name" "$seconds"
  if ! "$build/fuzz/$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
    -artifact_prefix="$build/$name-" "$corpus" "${seeds[@]}" \
    >"$build/logs/$name.log" 2>&1; then
    tail -n 60 "$build/logs/$name.log"
    printf '%s failed; its input is %s-*\n' "$name" "$build/$name"
    exit 1
  fi
  grep '^Done ' "$build/logs/$name.log"
  ran=$((ran + 1))
done
printf '%d fuzzers, nothing found\n' "$ran"
[ "$ran" -gt 0 ]
