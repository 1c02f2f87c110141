#!/bin/sh
# check-arch.sh: holds the source tree to its layers (docs/architecture.md). In include and src:
#   - include/stui <- src/runtime <- { src/actors, src/ui, src/cli, src/sim, src/conformance,
#     src/chaos } <- src/*.c: a file includes what is left of it and its own folder; the six never
#     include each other, but that src/cli runs the conformance kit and chaos (conformance/kit.h and
#     chaos/chaos.h alone);
#   - one file alone includes each outside library's header; libzmq and czmq are for the runtime,
#     the actors and the simulated images;
#   - a file whose header comment says "Pure", and the .c of such a .h, takes in no header that
#     brings sockets, descriptors or clocks, calls no clock, and has no static state that changes.
#
# usage: scripts/check-arch.sh [DIR]     Exit 0: all holds. Exit 1: a line for each breach.
set -eu
cd "${1:-$(dirname "$0")/..}"

# shellcheck disable=SC2046 # the names of our files hold no blanks
exec awk '
function breach (text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    breaches++
}

# LINE without comments; texts in quotes are emptied, so that nothing in them counts.
function code_of (line,    i, c, two, out, quote) {
    out = ""
    for (i = 1; i <= length (line); i++) {
        c = substr (line, i, 1)
        two = substr (line, i, 2)
        if (in_comment) {
            if (two == "*/") { in_comment = 0; i++ }
        } else if (quote != "") {
            if (c == "\\") i++
            else if (c == quote) { quote = ""; out = out c }
        } else if (two == "/*") { in_comment = 1; i++ }
        else if (two == "//") break
        else {
            if (c == "\"" || c == "\047") quote = c
            out = out c
        }
    }
    return out
}

function folder_of (file) {
    if (file ~ /^include\/stui\//) return "stui"
    if (file ~ /^src\/[^\/]*$/) return "main"
    sub (/^src\//, "", file)
    sub (/\/.*/, "", file)
    return file
}

# The layers: which folders a file of FOLDER may include.
function may_include (folder, other, target) {
    if (other == "stui" || folder == "main") return 1
    if (folder == "stui") return 0
    if (folder == "cli" && target ~ /^(conformance\/kit|chaos\/chaos)[.]h$/) return 1
    return other == "runtime" || other == folder
}

function check_include (target, quoted,    other) {
    if (quoted || target ~ /^stui\//) {
        if (folder_of(FILENAME) == "main" && target ~ /^main_[a-z_]+\.h$/) return # its own parts
        other = target
        if (!sub (/\/.*/, "", other) || other !~ /^(stui|runtime|actors|ui|cli|sim|conformance|chaos)$/)
            breach ("\"" target "\" is not of the form <stui/x.h> or \"FOLDER/x.h\"")
        else if (!may_include (folder, other, target))
            breach (folder " may not include " target)
    }
    if (target ~ /^(czmq|zmq|zmq_utils)[.]h$/ && FILENAME != "include/stui/actor.h" \
        && folder !~ /^(runtime|actors|sim)$/)
        breach (target " belongs to src/runtime, src/actors, src/sim and include/stui/actor.h")
    for (library in header)
        if (target ~ header[library] && owner[library] != FILENAME) {
            if (owner[library] != "")
                breach (library " is included by " owner[library] " already: one file owns it")
            else
                owner[library] = FILENAME
        }
    if (pure && target ~ impure)
        breach ("a pure file may not include " target)
}

BEGIN {
    header["cJSON"] = "^(cjson/)?cJSON[.]h$"
    header["LevelDB"] = "^leveldb/"
    header["libsodium"] = "^sodium"
    header["inih"] = "^ini[.]h$"
    header["c-ares"] = "^ares"
    header["libmnl"] = "^libmnl/"
    header["termkey"] = "^termkey[.]h$"
    header["utf8proc"] = "^utf8proc[.]h$"
    impure = "^(sys/socket|sys/time|unistd|time|fcntl|poll|pthread|czmq|zmq|stui/actor)[.]h$"
}

FNR == 1 {
    folder = folder_of (FILENAME)
    in_comment = 0
    in_header = 1
    # A .c file is as pure as its .h, which comes first; the .h of src/runtime may be public.
    stem = FILENAME
    sub (/^include\/stui\//, "src/runtime/", stem)
    sub (/[.][ch]$/, "", stem)
    pure = stem in pure_stems
}

in_header {
    if ($0 ~ /(^|[^A-Za-z])Pure([^A-Za-z]|$)/) {
        pure = 1
        pure_stems[stem] = 1
    }
    if ($0 ~ /\*\//) in_header = 0
}

# The name in an #include is kept, for it stands in quotes.
!in_comment && /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    target = $0
    sub (/^[^<"]*/, "", target)
    quoted = target ~ /^"/
    target = substr (target, 2)
    sub (/[>"].*/, "", target)
    check_include (target, quoted)
    code_of ($0)
    next
}

{
    code = code_of ($0)
    if (!pure) next
    rest = code
    while (match (rest, /clock_[a-z_]+ *\(/)) {
        name = substr (rest, RSTART, RLENGTH)
        before = RSTART > 1 ? substr (rest, RSTART - 1, 1) : ""
        rest = substr (rest, RSTART + RLENGTH)
        if (before ~ /[A-Za-z0-9_]/ || name ~ /^clock_(format|parse|duration) *\(/) continue
        breach ("a pure file is given the time; it does not call " name ")")
    }
    if (code ~ /^[ \t]*static[ \t]/ && code ~ /[=;]/ && code !~ /[^A-Za-z_]const[^A-Za-z_]/ \
        && code !~ /^[^=;]*\(/)
        breach ("a pure file has no static state that changes")
}

END { exit breaches > 0 }
' $(find include src -name '*.h' | sort) $(find src -name '*.c' | sort)
