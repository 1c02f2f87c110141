#!/bin/bash
# picture.sh: puts a picture of the running program into README.md, between its marks: runs `stui
# demo` in a terminal of tmux's, evaluates something, and takes what stands on the screen.
#
# usage: scripts/picture.sh STUI        (from the project's folder; gst as `make` found it)
set -eu
stui=$(realpath "${1:?usage: scripts/picture.sh STUI}")
server=stui-picture-$$
state=$(mktemp -d)
trap 'tmux -L "$server" kill-server 2>/dev/null; rm -rf "$state"' EXIT

screen() { tmux -L "$server" capture-pane -p; }
# Waits until the screen shows $1; gives up after 30 s.
await() {
  for ((tries = 0; tries < 300; tries++)); do
    screen | grep -qF -- "$1" && return 0
    sleep 0.1
  done
  echo "picture: '$1' did not come; the screen is:" >&2
  screen >&2
  return 1
}
keys() { tmux -L "$server" send-keys "$@"; }

tmux -L "$server" -f /dev/null new-session -d -x 92 -y 20 \
  "env LC_ALL=C.UTF-8 STUI_GST=${STUI_GST:-$PWD/build/gst/gst} '$stui' demo; cat"
await '3 online'
images=$(screen)
keys Enter
await 'Results'
keys -l "(1 to: 10) inject: 0 into: [:sum :each | sum + each]"
keys C-p
await '55'
workspace=$(screen)
keys Escape
keys q

{
  sed '/<!-- picture -->/q' README.md
  # shellcheck disable=SC2016 # the quotes are Markdown's
  printf '```text\n%s\n```\n\n```text\n%s\n```\n' "$images" "$workspace"
  sed -n '/<!-- end of picture -->/,$p' README.md
} >"$state/README.md"
cat "$state/README.md" >README.md
