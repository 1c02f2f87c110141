#!/bin/bash
# run-tests.sh: runs the named parts of the tests one after another, each program with a guard
# on its time, and sums them up. The last line is "N passed, N failed". The end-to-end programs wait
# for images most of the time: PROGRAMS of them run at once, those first that take longest, and what one
# says is shown when it has ended. What only computes (simulate, mutations) runs beside them, at a lower
# priority, when e2e is asked for behind it.
#
# usage: scripts/run-tests.sh BUILD PART…
#   unit      BUILD/unit, one Criterion program, JOBS times at once, each with a part of the suites: a run
#             starts its tests one after the other, and each test is a process
#   simulate  BUILD/simulate, SEEDS seeds from FIRST on, and its table of orphans
#   mutations faults planted into the simulation (mutations.sh), each to be found
#   e2e       one Criterion program per tests/e2e/test_*.c; of those, the ones named in E2E
#   plain     one program per tests/tsan/*.c, which tells by its exit status if all is well
# environment: JOBS tests at once; PROGRAMS, end-to-end programs at once (half as many again); LOGS, where
# the logs go (BUILD/logs); FILTER, Criterion's pattern of the tests to run; GUARD seconds for one
# program, BUDGET for all; STUI_GST and STUI_IMAGE as for stui; E2E_BUILD, where the end-to-end
# programs are when not in BUILD (the thread sanitizer and Criterion do not agree).
#
# A program fails by its exit status, by running nothing, by a sanitizer's report (Criterion
# hides leaks: only the file of log_path tells), or by processes that it leaves behind.
# In: built programs. Out: BUILD/logs. Exit 0 only when nothing failed.
set -u -o pipefail

build=$(realpath "$1") || exit 1
shift
jobs=${JOBS:-2} programs=${PROGRAMS:-$(((${JOBS:-2} * 3 + 1) / 2))}
guard=${GUARD:-600} budget=${BUDGET:-3600} seeds=${SEEDS:-100}
e2e_build=$(realpath "${E2E_BUILD:-$build}")
here=$(dirname "$(realpath "$0")")
logs=${LOGS:-$build/logs}
mkdir -p "$logs"
rm -f "$logs"/sanitizer.*

[ -n "${STUI_TEST_CUTS:-}" ] || unset STUI_TEST_CUTS

# What the tests write goes to memory if there is room and programs may be run from there: stui syncs what
# it stores, and hundreds of tests wait for a disk then.
room=$(df -P -k /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ -z "${TMPDIR:-}" ] && [ "${room:-0}" -ge 2000000 ] && probe=$(mktemp /dev/shm/stui-XXXXXX); then
  printf '#!/bin/sh\n' >"$probe"
  chmod +x "$probe"
  ! "$probe" 2>/dev/null || export TMPDIR=/dev/shm
  rm -f "$probe"
fi

total_passed=0 total_failed=0
summary=()
priority=()

# What program NAME finds around it: a mark, by which its processes can be told from all others, and
# options that mean nothing to programs without sanitizers.
surroundings_of() {
  local report=log_path=$logs/sanitizer.$1
  surroundings=(
    "$(mark_of "$1")" "STUI=$build/stui"
    "ASAN_OPTIONS=$report:detect_leaks=1"
    "LSAN_OPTIONS=print_suppressions=0:suppressions=$here/leaks.supp"
    "UBSAN_OPTIONS=$report:print_stacktrace=1"
    "TSAN_OPTIONS=$report:ignore_noninstrumented_modules=1"
  )
}

this_run=$$-$RANDOM
mark_of() {
  printf 'STUI_TEST_RUN=%s-%s.' "$this_run" "$1"
}

# Prints the ids of NAME's processes that still live.
living() {
  grep -lsxzF "$(mark_of "$1")" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

# 0 when NAME left no process behind; else says which, and ends them. What is on its way out
# has two seconds for it.
left_nothing() {
  local pids pid
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    pids=$(living "$1")
    [ -n "$pids" ] || return 0
    sleep 0.2
  done
  printf '%s left these processes behind:\n' "$1"
  for pid in $pids; do
    printf '  %s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
    kill -KILL "$pid"
  done 2>/dev/null
  return 1
}

# 0 when no sanitizer wrote a report about NAME; else shows the reports.
no_report() {
  local reports=("$logs/sanitizer.$1".*)
  [ "${#reports[@]}" -gt 0 ] || return 0
  printf '%s: a sanitizer reports:\n' "$1"
  head -n 60 "${reports[@]}"
  mkdir -p "$logs/$1.reports"
  mv "${reports[@]}" "$logs/$1.reports"
  return 1
}

# How many tests a log says have been run, and how many passed: "RUN PASSED". Criterion's line
# is told here; the programs that are not Criterion's have a last line "N passed, N failed".
counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /Synthesis: Tested: / { run = $4; passed = $7 }
    /^[0-9]+ passed, [0-9]+ failed$/ { run = $1 + $3; passed = $1 }
    END { print run + 0, passed + 0 }'
}

# What is said of program NAME again at the end, where somebody finds it: its status, and what Criterion says of
# each test that failed; of another program the end of its log.
what_failed() {
  printf '%s (exit status %s):\n' "$1" "$2"
  sed 's/\x1b\[[0-9;]*m//g' "$3" | grep -E '^\[(FAIL|----)\]' | grep -v '^\[----\] Criterion v' | head -n 20 |
    grep . || tail -n 8 "$3"
}

# Runs one program as NAME. Leaves in NAME.count how many tests it ran and how many passed, in NAME.took how
# long, and in NAME.failed what did not pass.
run_program() {
  local name=$1 log=$logs/$1.log left=$((budget - SECONDS)) limit status run good begun=$SECONDS
  local surroundings
  shift
  limit=$((left > guard ? guard : left > 1 ? left : 1))
  surroundings_of "$name"
  printf -- '-- %s\n' "$name"
  env "${surroundings[@]}" "${priority[@]}" timeout --foreground -k 10 "$limit" "$@" 2>&1 | tee "$log"
  status=$?
  read -r run good < <(counts "$log")
  [ "$status" -ne 124 ] || printf '%s: not done after %s s\n' "$name" "$limit"
  left_nothing "$name" || status=1
  no_report "$name" || status=1
  if [ "$status" -ne 0 ] || [ "$run" -eq 0 ]; then
    [ "$run" -gt 0 ] || printf '%s ran no test to its end (exit status %s)\n' "$name" "$status"
    [ "$run" -gt "$good" ] || run=$((good + 1)) # the program itself is what failed
    printf '%s failed; its log is %s\n' "$name" "$log"
    what_failed "$name" "$status" "$log" >"$logs/$name.failed"
  fi
  printf '%s %s\n' "$run" "$good" >"$logs/$name.count"
  printf '%6d s  %s\n' "$((SECONDS - begun))" "$name" >"$logs/$name.took"
}

# Adds what came of program NAME to its part.
count_program() {
  local run good
  read -r run good <"$logs/$1.count" || { run=1 good=0; }
  rm -f "$logs/$1.count"
  part_passed=$((part_passed + good))
  part_failed=$((part_failed + run - good))
}

# Waits for one of the programs in the background, shows what it said, and counts it.
declare -A begun_programs=()
reap_program() {
  local pid name
  wait -n -p pid "${!begun_programs[@]}"
  name=${begun_programs[$pid]}
  unset "begun_programs[$pid]"
  cat "$logs/$name.out"
  rm -f "$logs/$name.out"
  count_program "$name"
}

# The end-to-end programs, the longest first: with two at the end the processors would idle. Of those
# that are not named here the size tells roughly.
longest=(conformance self_test chaos day load kiosk chaos_plants fleet disk image diagnose crash tunnel crashes secrets)
all_e2e() {
  {
    printf 'tests/e2e/test_%s.c\n' "${longest[@]}"
    # shellcheck disable=SC2012 # the names are our own
    ls -S tests/e2e/test_*.c
  } | awk '!seen[$0]++' | xargs ls -1 -U 2>/dev/null
}

run_e2e() {
  local source sources
  read -r -a sources <<<"${E2E:-$(all_e2e | tr '\n' ' ')}"
  for source in "${sources[@]}"; do
    source=$(basename "$source" .c)
    while [ "${#begun_programs[@]}" -ge "$programs" ]; do reap_program; done
    run_program "e2e-$source" "$e2e_build/tests/e2e/$source" --jobs "$jobs" --verbose \
      ${FILTER:+--filter "$FILTER"} >"$logs/e2e-$source.out" 2>&1 &
    begun_programs[$!]=e2e-$source
  done
  while [ "${#begun_programs[@]}" -gt 0 ]; do reap_program; done
}

# The suites of BUILD/unit, of which each $2-th, from the $1th on, as Criterion's pattern of tests.
unit_share() {
  "$build/unit" --list | sed -n 's/\x1b\[[0-9;]*m//g; s/^\([a-z][a-z0-9_]*\): .*/\1/p' |
    awk -v share="$1" -v shares="$2" 'NR % shares == share - 1' | paste -sd '|'
}

run_unit() {
  local share shares=$((jobs * 4)) # so many that none is left with the slow ones at the end
  if [ -n "${FILTER:-}" ]; then
    run_program unit "$build/unit" --jobs "$jobs" --filter "$FILTER"
    count_program unit
    return
  fi
  for share in $(seq "$shares"); do
    while [ "${#begun_programs[@]}" -ge "$jobs" ]; do reap_program; done
    run_program "unit-$share" "$build/unit" --jobs 1 --filter "@($(unit_share "$share" "$shares"))/*" \
      >"$logs/unit-$share.out" 2>&1 &
    begun_programs[$!]=unit-$share
  done
  while [ "${#begun_programs[@]}" -gt 0 ]; do reap_program; done
}

run_part() {
  local source
  case $1 in
  unit) run_unit ;;
  simulate)
    run_program simulate "$build/simulate" --seeds "$seeds" ${FIRST:+--first "$FIRST"}
    count_program simulate
    run_program orphans "$build/simulate" --orphans
    count_program orphans
    ;;
  mutations)
    read -r -a objects <<<"${OBJECTS:?}"
    run_program mutations env -u SEEDS "$here/mutations.sh" "$build" "${objects[@]}"
    count_program mutations
    ;;
  e2e) run_e2e ;;
  plain)
    for source in tests/tsan/*.c; do
      source=$(basename "$source" .c)
      run_program "plain-$source" "$build/tests/tsan/$source"
      count_program "plain-$source"
    done
    ;;
  *)
    printf 'run-tests.sh: there is no part %s\n' "$1" >&2
    exit 2
    ;;
  esac
}

shopt -s nullglob
cd "$(dirname "$0")/.." || exit 1

# One part, and its line of the summary in LOGS/NAME.part: "SECONDS PASSED FAILED".
sum_part() {
  local part_passed=0 part_failed=0 begun=$SECONDS
  run_part "$1"
  if [ $((part_passed + part_failed)) -eq 0 ]; then
    printf '%s: there is nothing to run\n' "$1"
    part_failed=1
  fi
  printf '%s %s %s\n' "$((SECONDS - begun))" "$part_passed" "$part_failed" >"$logs/$1.part"
}

# ^C: what runs beside and in the background does not hear of it.
end_all() {
  local file
  [ -z "${beside_pid:-}" ] || kill "$beside_pid" 2>/dev/null
  grep -lsaF "STUI_TEST_RUN=$this_run-" /proc/[0-9]*/environ | while read -r file; do
    kill "$(tr -dc '0-9' <<<"$file")"
  done 2>/dev/null
  exit 130
}
trap end_all INT TERM

# Parts that run beside e2e, one after another, and show what they said when e2e has ended.
beside=()
rm -f "$logs"/*.part "$logs"/*.took "$logs"/*.failed
for part; do
  case " $* " in
  *" $part "*"e2e "*)
    if [ "$part" = simulate ] || [ "$part" = mutations ]; then
      beside+=("$part")
      continue
    fi
    ;;
  esac
  if [ "$part" = e2e ] && [ "${#beside[@]}" -gt 0 ]; then
    (
      priority=(nice -n 5)
      for quiet in "${beside[@]}"; do sum_part "$quiet"; done
    ) >"$logs/beside.out" 2>&1 &
    beside_pid=$!
  fi
  sum_part "$part"
done
if [ "${#beside[@]}" -gt 0 ]; then
  wait "$beside_pid"
  cat "$logs/beside.out"
  rm -f "$logs/beside.out"
fi

for part; do
  read -r took passed failed <"$logs/$part.part" || { took=0 passed=0 failed=1; }
  summary+=("$(printf '%-10s %5d s %6d passed %4d failed' "$part" "$took" "$passed" "$failed")")
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
done
rm -f "$logs"/*.part
took=("$logs"/*.took)
if [ "${#took[@]}" -gt 10 ]; then
  printf '\nthe slowest programs:\n'
  sort -rn "${took[@]}" | head -n 10
fi
failed=("$logs"/*.failed)
if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nwhat failed:\n'
  cat "${failed[@]}"
fi
printf '\n'
printf '%s\n' "${summary[@]}" "$total_passed passed, $total_failed failed" | tee "$logs/summary"
[ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
