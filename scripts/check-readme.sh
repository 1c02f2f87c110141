#!/bin/bash
# check-readme.sh: whether the README's commands exist. Its first code blocks hold `make check`
# and `make demo`, .ci/run runs the former; every `make X` in a code block is a goal of the
# Makefile, every `stui X` a subcommand that `stui help` names.
#
# usage: scripts/check-readme.sh BUILD     Exit 0: all exist. Exit 1: a line for each that does not.
set -u
cd "$(dirname "$0")/.." || exit 1

build=$1
faults=0
fault() {
  printf 'README.md: %s\n' "$*"
  faults=$((faults + 1))
}

[ -e README.md ] || {
  fault "there is none"
  exit 1
}
# The commands of the fenced blocks, without comments and prompts; "--" ends a block.
blocks=$(awk '/^[ ]*```/ { if (inside) print "--"; inside = !inside; next }
  inside { sub (/(^|[ \t])#.*/, ""); sub (/^[ \t]*[$] /, ""); print }' README.md)
words_after() { # PROGRAM: the first word after it that is no option or VARIABLE=value
  grep -oE "(^|[^[:alnum:]_-])$1( +(-[^ ]*|[A-Z_]+=[^ ]*))* +[a-z][a-z-]*" <<<"$blocks" |
    grep -oE '[a-z-]+$' | sort -u
}

first=$(awk '/^--$/ { blocks++ } blocks < 2' <<<"$blocks")
for goal in check demo; do
  grep -q "make $goal" <<<"$first" || fault "the first two code blocks do not show make $goal"
done
grep -q '^[^#]*make check' .ci/run || fault "its make check is not what .ci/run runs"

for goal in $(words_after make); do
  grep -qE "^$goal:" Makefile || fault "make $goal is no goal of the Makefile"
done
known=$("$build/stui" help) || fault "$build/stui help fails"
for subcommand in $(words_after stui); do
  grep -qwF -- "$subcommand" <<<"$known" || fault "stui $subcommand is not among those of stui help"
done
[ "$faults" -eq 0 ] && printf 'README.md: its commands exist\n'
