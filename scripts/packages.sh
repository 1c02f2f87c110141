#!/bin/sh
# packages.sh: installs those of the named parts' packages (scripts/packages.txt) that this
# machine lacks. With all present it does nothing: no apt, no network, no output.
#
# usage: scripts/packages.sh PART…     (check, lint, fuzz, coverage, bench)
# Exit 0: all there. Exit 1: some are not, with the command to run on stderr.
set -eu

list=$(dirname "$0")/packages.txt
say() { printf 'packages: %s\n' "$*" >&2; }

wanted=$(awk -v parts=" $* " 'NF > 1 && $1 !~ /^#/ && index (parts, " " $1 " ") { print $2 }' "$list")

command -v dpkg-query >/dev/null || {
  # shellcheck disable=SC2086 # names, one word each
  say "this is not Debian; the build goes on with what is here, and needs:" $wanted
  exit 0
}

# Prints what is not installed; dpkg-query complains about names it never heard of, and goes on.
missing() {
  # shellcheck disable=SC2086 # names, one word each
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    awk -v wanted="$wanted" '
      $1 == "installed" { here[$2] = 1 }
      END {
        count = split (wanted, names, "\n")
        for (i = 1; i <= count; i++) if (!(names[i] in here)) printf "%s ", names[i]
      }'
}

lacking=$(missing)
[ -n "$lacking" ] || exit 0
lacking=${lacking% }

# The tests start an sshd of their own on a free port; the package's service on port 22 is nobody's wish.
# This is Debian's own switch: see the package's README.Debian.
no_service=
case " $lacking " in *" openssh-server "*)
  no_service='mkdir -p /etc/ssh && touch /etc/ssh/sshd_not_to_be_run' ;;
esac

advice() {
  say "$1; as root, run: ${no_service:+$no_service && }apt-get update && apt-get install -y --no-install-recommends $lacking"
  exit 1
}

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || advice "packages are missing, and there is no sudo to install them with"
  as_root=sudo
fi
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >&2
}

say "installing $lacking"
if [ -n "$no_service" ]; then
  $as_root sh -c "$no_service"
  say "openssh-server will not serve port 22: /etc/ssh/sshd_not_to_be_run"
fi
fresh=no
# shellcheck disable=SC2086
if ! apt-cache show --no-all-versions $lacking >/dev/null 2>&1; then
  apt update || advice "apt could not read its package lists"
  fresh=yes
fi
# shellcheck disable=SC2086
apt install --no-install-recommends $lacking || {
  # Lists that are old name files that the mirror no longer has.
  [ "$fresh" = no ] || advice "apt could not install the packages"
  say "the package lists may be old: reading them again"
  apt update || advice "apt could not read its package lists"
  apt install --no-install-recommends $lacking || advice "apt could not install the packages"
}
[ -z "$(missing)" ] || advice "apt has ended well, yet packages are missing"
