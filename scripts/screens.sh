#!/bin/bash
# screens.sh: takes the screens of a page of docs anew. The page says itself how to come to each: a
# comment `<!-- take`, lines of steps, `-->`, and what the terminal shows then is put between it and
# `<!-- taken -->`. All of a page is one sitting, in order, in a terminal of tmux's.
#
#   run COMMAND        in a new terminal, with `stui` on its PATH and a state of its own
#   size WIDTHxHEIGHT  of the terminal, also while it runs
#   keys KEY…          as tmux names them: Enter, C-p, M-2
#   type TEXT          letter by letter, as it stands
#   await TEXT         until the screen shows it
#   without TEXT       until the screen does not show it
#   shell COMMAND      outside of the terminal; the screen is its input
#
# usage: scripts/screens.sh STUI PAGE        (from the project's folder; gst as `make` found it)
set -eu
stui=$(realpath "${1:?usage: scripts/screens.sh STUI PAGE}")
page=${2:?usage: scripts/screens.sh STUI PAGE}
server=stui-screens-$$
state=$(mktemp -d)
trap '"$stui" stop >/dev/null 2>&1; tmux -L "$server" kill-server 2>/dev/null; rm -rf "$state"' EXIT

PATH=$(dirname "$stui"):$PATH
export PATH LC_ALL=C.UTF-8 STUI_GST=${STUI_GST:-$PWD/build/gst/gst}
export HOME=$state XDG_STATE_HOME=$state/state XDG_CONFIG_HOME=$state/config XDG_RUNTIME_DIR=$state/run
mkdir -m 700 "$state/run"
width=92 height=20

screen() { tmux -L "$server" capture-pane -p; }

# Waits until the screen shows $2, or no longer does; gives up after 30 s.
wait_for() {
  local want=$1 text=$2 tries
  for ((tries = 0; tries < 300; tries++)); do
    if screen | grep -qF -- "$text"; then [ "$want" = there ] && return 0; else [ "$want" = gone ] && return 0; fi
    sleep 0.1
  done
  echo "screens: $page: '$text' is not $want; the screen is:" >&2
  screen >&2
  return 1
}

run() {
  tmux -L "$server" kill-server 2>/dev/null || true
  tmux -L "$server" -f /dev/null new-session -d -x "$width" -y "$height" "$*; cat"
}

size() {
  width=${1%x*} height=${1#*x}
  tmux -L "$server" resize-window -x "$width" -y "$height" 2>/dev/null || true
}

# Carries out a step: its verb and the rest of its line.
step() {
  local verb=${1%% *} rest=${1#* }
  case $verb in
    run) run "$rest" ;;
    size) size "$rest" ;;
    keys)
      # shellcheck disable=SC2086 # several keys
      tmux -L "$server" send-keys $rest
      ;;
    type) tmux -L "$server" send-keys -l -- "$rest" ;;
    await) wait_for there "$rest" ;;
    without) wait_for gone "$rest" ;;
    shell) screen | bash -c "$rest" ;;
    *)
      echo "screens: $page: '$verb' is not a step: run, size, keys, type, await, without, shell" >&2
      return 1
      ;;
  esac
}

mode=text
while IFS= read -r line || [ -n "$line" ]; do
  case $mode:$line in
    'text:<!-- take') mode=steps ;;
    'steps:-->')
      mode=old
      # shellcheck disable=SC2016 # the quotes are Markdown's
      printf -- '-->\n```text\n%s\n```\n' "$(screen)"
      continue
      ;;
    steps:?*) step "$line" ;;
    'old:<!-- taken -->') mode=text ;;
    old:*) continue ;;
  esac
  printf '%s\n' "$line"
done <"$page" >"$state/page"
[ "$mode" = text ] || {
  echo "screens: $page: a take has no '<!-- taken -->'" >&2
  exit 1
}
cat "$state/page" >"$page"
