#!/bin/bash
# repeat.sh: runs the unit and end-to-end tests TIMES times while every core is kept busy, to
# find the tests that hold only on an idle machine. Stops at the first failure, whose log stays.
#
# usage: scripts/repeat.sh BUILD TIMES
# In: built programs. Out: BUILD/logs/repeat.log, of the last round. Owns the load: one busy loop
# a core, ended with this script, or after an hour should it be killed.
set -u

build=$1 times=$2
run_tests=$(dirname "$0")/run-tests.sh
log=$build/logs/repeat.log
mkdir -p "$build/logs"

load=()
trap 'kill "${load[@]}" 2>/dev/null' EXIT
trap 'exit 130' INT TERM
for _ in $(seq "$(nproc)"); do
  timeout 3600 sh -c 'while :; do :; done' &
  load+=($!)
done

for round in $(seq "$times"); do
  if ! "$run_tests" "$build" unit e2e >"$log" 2>&1; then
    tail -n 40 "$log"
    printf 'round %s of %s failed; its log is %s\n' "$round" "$times" "$log"
    exit 1
  fi
  printf 'round %s of %s: %s\n' "$round" "$times" "$(tail -n 1 "$log")"
done
