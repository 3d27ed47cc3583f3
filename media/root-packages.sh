#!/bin/sh
# Prints the packages of the system that build-root.sh makes, each as NAME=VERSION: those that the media consist
# of, and all that these depend on, as apt selects them from this machine's sources. Exits with 77 where this machine
# has no such sources; prints nothing where no such system is needed.
here=$(dirname "$0")
. "$here/lib.sh"
[ -n "$foreign_root" ] || exit 0
if [ "$arch" = "$machine" ]; then remedy='install NetworkManager'; else remedy="build on a machine of $arch"; fi
command -v apt-get > /dev/null || unable "such media are made of Debian's packages: build on Debian, or $remedy."

updated=yes
for_arch apt-get --quiet update > "$work/apt.log" 2>&1 || updated=no
lists=$(for_arch apt-get indextargets --format '$(RELEASE)' 'Created-By: Packages' 'Target-Of: deb' 'Origin: Debian' "Architecture: $arch")
if [ -z "$lists" ]; then
    tail -n 5 "$work/apt.log" >&2
    # Those that cannot be reached now may have them: for that, apt has no exit code.
    ! grep 'Failed to fetch' "$work/apt.log" | grep -Eivq '(404|file) +not found' \
        || fail "this machine's sources could not be read; see $work/apt.log"
    unable "this machine's sources have no packages of Debian for $arch; see $work/apt.log. Add such a source, or $remedy."
fi
# systemd-sysv: reboot and poweroff, which a machine that runs has anyhow.
packages="$(cat "$here/packages.txt" "$here/packages-$arch.txt" | grep -v '^#') systemd-sysv"
[ ! -e "$here/packages-$network.txt" ] || packages="$packages $(grep -v '^#' "$here/packages-$network.txt")"
# shellcheck disable=SC2086 # words
for_arch apt-get --quiet --simulate --no-install-recommends install '?essential' $packages > "$work/apt-simulation.log" 2>&1 \
    || { cat "$work/apt-simulation.log" >> "$work/apt.log"; fail "this machine's sources lack packages of Debian for $arch; see $work/apt.log"; }
# One that fails may be one that has nothing for the media.
[ "$updated" = yes ] || echo "Not all of this machine's sources could be read for $arch (see $work/apt.log); the packages for the media are in the others, or in earlier lists." >&2
sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' "$work/apt-simulation.log" | LC_ALL=C sort
