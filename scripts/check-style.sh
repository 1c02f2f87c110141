#!/bin/bash
# check-style.sh: the form of what is written, as far as a machine can tell:
#   - C files are as clang-format leaves them and open with a comment "NAME: what it is for";
#   - a file over 600 lines gives its reason in that comment with the word "long", a function
#     over 60 lines by its name there;
#   - scripts pass shellcheck, Smalltalk its own check, the manual page mandoc or groff.
#
# usage: scripts/check-style.sh     Exit 0: all well. Exit 1: a line for each fault.
set -u
cd "$(dirname "$0")/.." || exit 1

faults=0
step() { # NAME COMMAND…
  local name=$1
  shift
  "$@" || {
    printf 'lint: %s: see above\n' "$name"
    faults=$((faults + 1))
  }
}

mapfile -t c_files < <(find include src tests bench fuzz -name '*.[ch]' | sort)
mapfile -t scripts < <(find scripts .ci smalltalk tests -type f -exec grep -lE -m 1 '^#!.*[/ ](ba)?sh$' {} + | sort)

formatted() {
  local unlike
  unlike=$(clang-format --dry-run -Werror --ferror-limit=1 "${c_files[@]}" 2>&1 |
    sed -n 's/:[0-9]*:[0-9]*: error:.*/: not as clang-format leaves it: make format/p' | sort -u)
  [ -z "$unlike" ] || printf '%s\n' "$unlike"
  [ -z "$unlike" ]
}

lengths() {
  awk '
    function fault (line, text) {
        printf "%s:%d: %s\n", file, line, text
        faults++
    }
    function end_of_file () {
        if (lines > 600 && tolower (header) !~ /(^|[^a-z])long([^a-z]|$)/)
            fault(1, lines " lines; above 600 the header comment says why it is so long")
    }
    FNR == 1 {
        if (file != "") end_of_file()
        file = FILENAME
        header = ""
        in_header = 1
        name = ""
        base = file
        sub (/.*\//, "", base)
        if (index ($0, "/* " base ": ") != 1)
            fault(1, "does not open with the comment \"/* " base ": what it is for\"")
    }
    { lines = FNR }
    in_header { header = header " " $0; if ($0 ~ /\*\//) in_header = 0 }
    # The name stands at the margin, its type on the line before; a test is known by its own.
    /^[a-zA-Z_][a-zA-Z0-9_]* \(/ {
        name = $1
        begun = FNR
        if (name ~ /^(Test|ParameterizedTest|Theory)$/) {
            name = $0
            sub (/^[^,]*, */, "", name)
            sub (/[,)].*/, "", name)
        }
    }
    /^}/ {
        if (name != "" && FNR - begun >= 60 && index (header, name) == 0)
            fault(begun, name " has " FNR - begun + 1 " lines; above 60 the header comment names it and says why")
        name = ""
    }
    END { if (file != "") end_of_file(); exit faults > 0 }
  ' "${c_files[@]}"
}

manual() {
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning docs/stui.1
  else
    local said
    said=$(groff -ww -man -z docs/stui.1 2>&1)
    printf '%s' "$said"
    [ -z "$said" ]
  fi
}

step clang-format formatted
step "headers and lengths" lengths
step shellcheck shellcheck "${scripts[@]}"
[ ! -e scripts/check-smalltalk.sh ] || step Smalltalk scripts/check-smalltalk.sh
[ ! -e docs/stui.1 ] || step "manual page" manual
[ "$faults" -eq 0 ] && printf 'lint: %s C files, %s scripts: all well\n' "${#c_files[@]}" "${#scripts[@]}"
