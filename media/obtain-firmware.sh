#!/bin/sh
# Prints a directory with the firmware that FIRMWARE asks for, unpacked and not installed, as the kernel
# looks for it; nothing without FIRMWARE:
#   FIRMWARE=all          what Debian has for network cards and disk controllers
#   FIRMWARE='NAME …'     these packages
here=$(dirname "$0")
. "$here/lib.sh"

[ -n "${FIRMWARE:-}" ] || exit 0

# Not every release has each of them.
all='firmware-bnx2 firmware-bnx2x firmware-cavium firmware-intel-misc firmware-marvell-prestera
    firmware-misc-nonfree firmware-myricom firmware-netronome firmware-netxen firmware-qlogic firmware-realtek'

sources='add the component non-free-firmware to the sources of apt (/etc/apt), or build without FIRMWARE'

version_of() {
    apt-cache show --no-all-versions "$1" 2> /dev/null | sed -n 's/^Version: //p'
}

# Sets `found` (the packages with their versions) and `missing`.
look_for() {
    found='' missing=''
    for package in "$@"; do
        version=$(version_of "$package")
        if [ -n "$version" ]; then found="$found $package=$version"; else missing="$missing $package"; fi
    done
}

command -v apt-get > /dev/null || fail "FIRMWARE=$FIRMWARE: Debian's packages are not available here; install the firmware on this machine instead"
case $FIRMWARE in
    all) wanted=$all ;;
    *[!a-z0-9+.\ ,-]*) fail "FIRMWARE=$FIRMWARE: give all, or names of packages with spaces between them" ;;
    *) wanted=$(echo "$FIRMWARE" | sed 's/,/ /g') ;;
esac
# shellcheck disable=SC2086 # words
{
    look_for $wanted
    # The lists of packages may be old, or not there yet.
    [ -z "$missing" ] || { apt-get --quiet update > "$work/apt.log" 2>&1 && look_for $wanted; }
    # shellcheck disable=SC2015
    [ "$FIRMWARE" = all ] || [ -z "$missing" ] || fail "FIRMWARE: there is no package$missing: $sources"
}
[ -n "$found" ] || fail "FIRMWARE=$FIRMWARE: there is no package with firmware: $sources"

target=$work/firmware/$(echo "$found" | sha256sum | cut -c 1-16)
if [ ! -e "$target/complete" ]; then
    echo "Unpacking$found" >&2
    rm -rf "$work/firmware"
    download=$work/firmware/download
    mkdir -p "$download" "$target/files"
    # shellcheck disable=SC2086 # words
    download_to "$download" apt-get -o APT::Sandbox::User=root --quiet download $found > "$work/apt.log" 2>&1 \
        || fail "FIRMWARE: could not download$found; see $work/apt.log"
    for package in "$download"/*.deb; do dpkg-deb --extract "$package" "$download/files"; done
    for place in lib usr/lib; do
        [ ! -d "$download/files/$place/firmware" ] || cp -a "$download/files/$place/firmware/." "$target/files/"
    done
    rm -r "$download"
    : > "$target/complete"
fi
echo "$target/files"
