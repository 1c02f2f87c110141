#!/bin/sh
# Checks what it can of the rules that keep smalltalk/core portable between dialects:
#   - no exclamation mark but at chunk ends (other chunk readers undouble or cut there)
#   - classes by subclass:instanceVariableNames:classVariableNames:poolDictionaries:category:
#   - no integer literal of 2^53 or more, no float literal, no scaled decimal
#   - no class syntax, no {brace} arrays, no dialect's own names
#   - ASCII only, so that no reader's idea of an encoding matters
#
# usage: scripts/check-smalltalk.sh [FILE...]     (default: smalltalk/core/*.st)
# Exit 0: nothing found. Exit 1: findings on standard output, as file:line: what.
set -eu

if [ $# -eq 0 ]; then
  cd "$(dirname "$0")/.."
  set -- smalltalk/core/*.st
fi

awk '
function say(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; found = 1 }

# Takes comments, strings and characters out of a line; what spans lines goes on in the next.
function strip(line,    out, i, c) {
  out = ""
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (inside != "") {
      if (c == "!") say("an exclamation mark in a comment or string; write Character value: 33")
      if (c == inside) inside = ""
    }
    else if (c == "\"" || c == quote) { inside = c; if (c == quote) out = out quote quote }
    else if (c == "$") {
      if (substr(line, i + 1, 1) == "!") say("the character literal of an exclamation mark; write Character value: 33")
      out = out "$c"; i++
    }
    else out = out c
  }
  return out
}

FNR == 1 {
  if (inside != "") printf "%s: a comment or string does not end\n", previous
  if (inside != "") found = 1
  inside = ""; previous = FILENAME; expect = 0
}

{
  if ($0 ~ /[^\t -~]/) say("a character that is not ASCII")
  was = inside
  code = strip($0)

  # A chunk ends at the end of its line; a line may begin one with the mark.
  marks = code
  sub(/^!/, "", marks)
  sub(/! !$/, "", marks)
  sub(/!$/, "", marks)
  if (marks ~ /!/) say("an exclamation mark that ends no chunk")
  if ($0 ~ /^!/ && code !~ /^![A-Z][A-Za-z0-9]*( class)? methodsFor: .*!$/ && code !~ /^! !$/)
    say("a chunk that begins with a mark must be CLASS methodsFor: ...")

  if (code ~ /(^|[^A-Za-z0-9_#])[0-9]+\.[0-9]/) say("a float literal")
  if (code ~ /(^|[^A-Za-z0-9_#])[0-9]+(\.[0-9]+)?[edqs]-?[0-9]/) say("a literal with an exponent or a scale")
  rest = code
  while (match(rest, /[0-9]+r?[0-9A-F]*/)) {
    number = substr(rest, RSTART, RLENGTH)
    if (number ~ /^[0-9]+$/ && (length(number) > 16 || (length(number) == 16 && number >= "9007199254740992")))
      say("an integer literal of 2^53 or more")
    rest = substr(rest, RSTART + RLENGTH)
  }

  if (code ~ /(^|[^#])\{/) say("a brace array; write Array with: ...")
  if (code ~ /subclass: *#?[A-Z][A-Za-z0-9]* *\[/ || code ~ /^[A-Z][A-Za-z0-9]* (class )?(extend|>>)/ )
    say("class syntax of one dialect")
  if (code ~ /(^|[^A-Za-z0-9])(thisContext|Processor|Delay|FileStream|Smalltalk|Sockets|SocketAddress|ObjectMemory|Transcript|Time|Date|DateTime|Float|FloatD|stdout|stderr)([^A-Za-z0-9:]|$)/)
    say("a name that belongs into an adapter")
  if (code ~ /(printNl|displayNl|displayString|asFloat|sqrt|raisedTo:|valueWithoutPreemption)([^A-Za-z0-9:]|$)/)
    say("a message that not every dialect has, or that makes floats")

  if (code ~ /subclass: +#/) { expect = 4; parts[4] = "instanceVariableNames:"; parts[3] = "classVariableNames:"; parts[2] = "poolDictionaries:"; parts[1] = "category:" }
  else if (expect > 0) {
    if (index(code, parts[expect]) == 0) { say("a class definition needs " parts[expect] " here"); expect = 0 }
    else expect--
  }
}

END {
  if (inside != "") { printf "%s: a comment or string does not end\n", FILENAME; found = 1 }
  exit found
}
' quote="'" "$@"
