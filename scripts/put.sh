#!/bin/sh
# put.sh: puts what comes on stdin into a document, between the lines <!-- NAME --> and <!-- /NAME -->.
#
# usage: scripts/put.sh NAME DOCUMENT     Exit 1: the document has no such lines, and is as it was.
set -eu

name=$1 doc=$2
for line in "$name" "/$name"; do
  grep -q "^<!-- $line -->\$" "$doc" || {
    printf 'put: %s has no line <!-- %s -->\n' "$doc" "$line" >&2
    exit 1
  }
done
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed "/^<!-- $name -->\$/q" "$doc" >"$new"
cat >>"$new"
sed -n "/^<!-- \\/$name -->\$/,\$p" "$doc" >>"$new"
cat "$new" >"$doc"
