#!/bin/bash
# mutations.sh: plants one fault after another in the pure steps (tests/mutations/*.patch) and lets the
# simulation look for it: a simulation that finds nothing proves nothing. Of each patch only the file
# that it changes is compiled anew; the other objects are those of BUILD/simulate. The seed that found a fault
# the last time stands in the first line of its patch, and is tried before the others: the rarest is found by one
# of hundreds. When the code has changed so that another finds it, that is said, and NOTE=1 puts it into the patch.
#
# usage: scripts/mutations.sh BUILD OBJECT…
# environment: COMPILE and LINK, the commands with their options; LIBS; SEEDS, the most that are tried
# for one fault (500, as many as a check runs); NOTE. The last line is "N passed, N failed". Exit 0 when each fault was found.
set -u

build=$1 seeds=${SEEDS:-500}
shift
passed=0 failed=0

# Builds the simulation with PATCH in it, as PLACE/simulate.
plant() {
  local patch=$1 place=$2 source object objects=()
  shift 2
  source=$(sed -n 's|^+++ b/||p' "$patch")
  mkdir -p "$place/$(dirname "$source")"
  patch --quiet --fuzz=0 --output="$place/$source" "$source" "$patch" || return 1
  # shellcheck disable=SC2086 # commands with their options
  $COMPILE -c -o "$place/planted.o" "$place/$source" || return 1
  for object; do
    [[ $object == */obj/${source%.c}.o ]] || objects+=("$object")
  done
  # shellcheck disable=SC2086
  $LINK -o "$place/simulate" "$place/planted.o" "${objects[@]}" $LIBS
}

# What the simulation in PLACE says of the seed NOTED, or else of the first that fails; 0 when one did.
find_seed() {
  local place=$1 noted=$2
  if [ -n "$noted" ] && ! "$place/simulate" --seed "$noted" 2>&1; then return 0; fi
  ! "$place/simulate" --seeds "$seeds" --first-failure 2>&1
}

# Puts SEED into the first line of PATCH.
note_seed() {
  local noted
  noted=$(printf 'Found by seed %s.\n' "$2" && sed '1{/^Found by seed/d}' "$1") && printf '%s\n' "$noted" >"$1"
}

for patch in tests/mutations/*.patch; do
  name=$(basename "$patch" .patch)
  place=$build/mutations/$name
  noted=$(sed -n '1s/^Found by seed \([0-9]*\)\.$/\1/p' "$patch")
  rm -rf "$place"
  if ! plant "$patch" "$place" "$@"; then
    printf '%s: it cannot be planted: has the code changed? make the patch anew\n' "$name"
    failed=$((failed + 1))
  elif found=$(find_seed "$place" "$noted"); then
    # A crash says nothing by itself.
    first=$(grep -m 1 '^seed ' <<<"$found" || echo 'the simulation crashed')
    printf '%s: %s\n' "$name" "$first"
    passed=$((passed + 1))
    seed=$(sed -n 's/^seed \([0-9]*\) .*/\1/p' <<<"$first")
    if [ -n "$seed" ] && [ "$seed" != "$noted" ]; then
      printf '%s: by seed %s now, not %s\n' "$name" "$seed" "${noted:-noted yet}"
      [ -z "${NOTE:-}" ] || note_seed "$patch" "$seed"
    fi
  else
    printf '%s: not found in %s seeds\n' "$name" "$seeds"
    failed=$((failed + 1))
  fi
  rm -rf "$place"
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
