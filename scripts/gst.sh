#!/bin/sh
# Brings GNU Smalltalk: a gst on PATH is used as it is; otherwise Debian 11's packages are
# fetched with an apt configuration of their own and unpacked under build/gst. Nothing of
# the system's apt set-up is read but its mirror, and nothing of it is changed.
#
# usage: scripts/gst.sh DIR     (DIR is build/gst; makes DIR/gst, a wrapper that runs it)
# Exit 0: DIR/gst runs. Exit 1: it could not be had, with a sentence on stderr.
set -eu

dir=${1:?usage: scripts/gst.sh DIR}
suite=bullseye # Debian 11: the newest suite that carries gnu-smalltalk
packages="gnu-smalltalk gnu-smalltalk-common libgst7 libffi7"

say() { printf 'gst: %s\n' "$*" >&2; }

if [ -x "$dir/gst" ] && "$dir/gst" --version >/dev/null 2>&1; then
  exit 0
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

found=${STUI_GST:-$(command -v gst || true)}
if [ -n "$found" ] && "$found" --version >/dev/null 2>&1; then
  say "using $found"
  # A link would do, but a wrapper lets callers treat both cases alike.
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$found" >"$dir/gst"
  chmod +x "$dir/gst"
  exit 0
fi

command -v apt-get >/dev/null || {
  say "no gst on PATH, and no apt-get to fetch it with; install GNU Smalltalk 3.2.5 and set STUI_GST"
  exit 1
}

# The mirror is the one that the machine's own apt uses for Debian proper. Without package lists
# (many containers drop them) apt only knows what it would fetch.
# shellcheck disable=SC2016 # the $(…) are apt's
site=$(apt-get indextargets --format '$(SITE)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
  sed -n 's/|Debian$//p' | head -n 1)
[ -n "$site" ] ||
  site=$(apt-get update --print-uris 2>/dev/null | sed -n "s,^'\\(.*/debian\\)/*/dists/.*,\\1,p" | head -n 1)
if [ -z "$site" ]; then
  say "apt knows no Debian mirror (see /etc/apt/sources.list), so GNU Smalltalk cannot be fetched"
  exit 1
fi
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
apt=$dir/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/etc/preferences.d" "$apt/state"
: >"$apt/state/status"
printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$site" "$suite" >"$apt/etc/sources.list"

apt_own() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$apt/etc/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts="$apt/etc/preferences.d" \
    -o Dir::State="$apt/state" -o Dir::State::Lists="$apt/lists" \
    -o Dir::State::status="$apt/state/status" \
    -o Dir::Cache="$apt/cache" -o Dir::Cache::archives="$apt/cache/archives" \
    -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 \
    -o APT::Sandbox::User=root "$@"
}

say "reading the package list of Debian $suite"
apt_own update >&2 || {
  say "the list of Debian $suite could not be read from the machine's mirror"
  exit 1
}
for package in $packages; do
  say "fetching $package"
  (cd "$apt/cache/archives" && apt_own download "$package" >&2) || {
    say "$package could not be fetched from Debian $suite"
    exit 1
  }
done
for deb in "$apt"/cache/archives/*.deb; do
  dpkg-deb -x "$deb" "$dir/root"
done

im=$(find "$dir/root" -name gst.im | head -n 1)
share=$(find "$dir/root" -type d -path '*/share/gnu-smalltalk' | head -n 1)
libs=$(find "$dir/root" -name 'lib*.so.7' -exec dirname {} \; | sort -u | paste -s -d :)
if [ -z "$im" ] || [ -z "$share" ]; then
  say "the packages of Debian $suite hold no gst.im or no kernel directory"
  exit 1
fi
rm -rf "$apt"

# The packaged image looks for its files below /usr/share: rebuild it where it lies now, and
# load the Sockets package into it (its own loader would need gawk to read a .star file).
run() { LD_LIBRARY_PATH="$libs" "$dir/root/usr/bin/gst" --no-user-files --kernel-directory="$share/kernel" "$@"; }
say "building an image with sockets"
run -i -I "$im" /dev/null >"$dir/log" 2>&1 || {
  say "gst was unpacked but does not start (see $dir/log); install libsigsegv2 and libltdl7"
  exit 1
}
rm -rf "$dir/Sockets"
unzip -q "$share/Sockets.star" -d "$dir/Sockets"
cat >"$dir/sockets.st" <<'LOAD'
Smalltalk addSubspace: #Sockets.
Namespace current: Smalltalk.Sockets!
#('Buffers.st' 'Datagram.st' 'SocketAddress.st' 'AbstractSocketImpl.st' 'IPSocketImpl.st'
  'IP6SocketImpl.st' 'UnixSocketImpl.st' 'Sockets.st' 'cfuncs.st' 'init.st')
	do: [:each | FileStream fileIn: each].
Smalltalk addFeature: #Sockets.
Namespace current: Smalltalk.
ObjectMemory snapshot: (Smalltalk getenv: 'IM')!
LOAD
(cd "$dir/Sockets" && IM="$im" run -I "$im" ../sockets.st) >>"$dir/log" 2>&1

cat >"$dir/gst" <<WRAPPER
#!/bin/sh
# Runs the GNU Smalltalk unpacked here. It takes one -I only: whoever has an image of its own runs the line below without this one, as stui-image does.
LD_LIBRARY_PATH="$libs\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" \\
  exec "$dir/root/usr/bin/gst" -I "$im" --kernel-directory="$share/kernel" "\$@"
WRAPPER
chmod +x "$dir/gst"
printf "(Smalltalk.Sockets at: #ServerSocket) printNl!\n" >"$dir/probe.st"
"$dir/gst" "$dir/probe.st" 2>&1 | grep -q ServerSocket || {
  say "GNU Smalltalk runs but has no sockets (see $dir/log)"
  rm -f "$dir/gst"
  exit 1
}
say "GNU Smalltalk is in $dir"
