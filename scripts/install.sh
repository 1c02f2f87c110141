#!/bin/sh
# install.sh: puts the program, what images load, the manual page and the completions of the
# shells below ROOT. The program finds ../lib/stui beside itself, so ROOT may be anywhere.
#
# usage: scripts/install.sh BUILD ROOT     (ROOT is DESTDIR and PREFIX together)
set -eu

build=$1 root=$2
cd "$(dirname "$0")/.."

install -D -m 755 "$build/stui" "$root/bin/stui"
find smalltalk -type f | while read -r file; do
  mode=644
  [ ! -x "$file" ] || mode=755
  install -D -m "$mode" "$file" "$root/lib/stui/${file#smalltalk/}"
done
for file in scenarios/*.ini; do
  install -D -m 644 "$file" "$root/lib/stui/$file"
done
[ ! -e docs/stui.1 ] || install -D -m 644 docs/stui.1 "$root/share/man/man1/stui.1"

completion() { # SHELL FILE
  mkdir -p "$(dirname "$root/share/$2")"
  "$build/stui" completion "$1" >"$root/share/$2" || {
    rm -f "$root/share/$2"
    printf 'install: stui offers no completion for %s\n' "$1" >&2
  }
}
completion bash bash-completion/completions/stui
completion zsh zsh/site-functions/_stui
completion fish fish/vendor_completions.d/stui.fish
