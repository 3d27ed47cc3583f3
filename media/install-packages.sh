#!/bin/sh
# Installs the missing packages of the given lists; default: those that building the media needs on this
# machine. On distributions without dpkg it does nothing: the user must install them.
here=$(dirname "$0")
. "$here/lib.sh"
if [ $# -gt 0 ]; then :
elif [ "$arch" != "$machine" ]; then
    set -- "$here/packages-tools.txt" "$here/packages-foreign.txt"
elif [ -n "$foreign_root" ]; then
    set -- "$here/packages-tools.txt" "$here/packages-$arch.txt"
else
    set -- "$here/packages-tools.txt" "$here/packages.txt" "$here/packages-$arch.txt"
    [ "$network" != network-legacy ] || set -- "$@" "$here/packages-$network.txt"
fi

command -v dpkg-query > /dev/null || exit 0
missing=
for package in $(cat "$@" | grep -v '^#'); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || fail "these packages are missing:$missing. Install them, or run this as root."

export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words
apt_install() {
    apt-get -o DPkg::Lock::Timeout=300 install --yes --quiet --no-install-recommends $missing > "$work/apt.log" 2>&1
}
apt_install || { apt-get --quiet update >> "$work/apt.log" 2>&1 && apt_install; } \
    || fail "could not install$missing; see $work/apt.log"
