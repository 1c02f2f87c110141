#!/bin/bash
# repeat.sh: runs the unit and end-to-end tests TIMES times under load, to find those that hold only
# on an idle machine. The load is the tests themselves: as many rounds run at once as there are
# cores, each of them with JOBS tests at once, so that every core is wanted by several. Stops at the
# first failure, whose log stays.
#
# usage: scripts/repeat.sh BUILD TIMES
# In: built programs; LANES, rounds at once; E2E and FILTER as for run-tests.sh. Out: of each round
# BUILD/logs/repeat-ROUND.log while it runs, and after it has failed.
set -u

build=$(realpath "$1") times=$2
lanes=${LANES:-$(nproc)}
run_tests=$(dirname "$0")/run-tests.sh
mkdir -p "$build/logs"

declare -A running=() # pid -> round
begun=0 done=0
trap 'kill "${!running[@]}" 2>/dev/null; exit 130' INT TERM

# One round, with logs of its own.
round() {
  local logs=$build/logs/repeat-$1
  LOGS=$logs PROGRAMS=${JOBS:-2} "$run_tests" "$build" unit e2e >"$logs.log" 2>&1 || return 1
  printf 'round %s: %s\n' "$1" "$(tail -n 1 "$logs.log")"
  rm -rf "$logs" "$logs.log"
}

while [ "$done" -lt "$times" ]; do
  while [ "${#running[@]}" -lt "$lanes" ] && [ "$begun" -lt "$times" ]; do
    begun=$((begun + 1))
    round "$begun" &
    running[$!]=$begun
  done
  if ! wait -n -p pid "${!running[@]}"; then
    log=$build/logs/repeat-${running[$pid]}.log
    tail -n 40 "$log"
    printf 'round %s of %s failed; its log is %s\n' "${running[$pid]}" "$times" "$log"
    unset "running[$pid]"
    wait "${!running[@]}" # what runs ends by itself, and leaves nothing behind
    exit 1
  fi
  unset "running[$pid]"
  done=$((done + 1))
done
printf '%s rounds passed, %s at once\n' "$times" "$lanes"
