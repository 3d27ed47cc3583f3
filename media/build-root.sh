#!/bin/sh
# Builds build/media-ARCH/root: a small system of another architecture than this machine's, with the packages
# that the media consist of. It has this machine's release of Debian, from this machine's sources, and is
# made again when one of the packages has a new version. The packages are unpacked, not installed: emulated, that
# would take minutes. Runs within with-emulation.sh.
here=$(dirname "$0")
. "$here/lib.sh"
command -v apt-get > /dev/null || fail "media for $arch are made of Debian's packages: build them on Debian, or on a machine of $arch."

for_arch apt-get --quiet update > "$work/apt.log" 2>&1 || fail "could not read the lists of packages for $arch; see $work/apt.log"
targets() { for_arch apt-get indextargets --format "$1" 'Created-By: Packages' 'Target-Of: deb' 'Origin: Debian'; }
for keyring in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
    [ ! -e "$keyring" ] || break
done
# shellcheck disable=SC2016 # apt's variables
sources=$(targets "deb [signed-by=$keyring] "'$(REPO_URI) $(RELEASE) $(COMPONENT)')
[ -n "$sources" ] || fail "this machine's sources have no packages of Debian for $arch; see $work/apt.log"
# shellcheck disable=SC2016
suite=$(targets '$(RELEASE)' | head -n 1)
# systemd-sysv: reboot and poweroff, which a machine that runs has anyhow.
packages="$(cat "$here/packages.txt" "$here/packages-$arch.txt" | grep -v '^#') systemd-sysv"

# SYSTEM: makes what dracut needs of that which the packages' own scripts would make.
complete() {
    cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd" \
        && cp "$1/usr/share/base-passwd/group.master" "$1/etc/group" \
        && printf '%s\n' '127.0.0.1 localhost' '::1 localhost' > "$1/etc/hosts" \
        && ln -sf mawk "$1/usr/bin/awk" \
        && mkdir -p "$1/etc/ssl/certs" && touch "$1/etc/ssl/certs/ca-certificates.crt" \
        && chroot "$1" /sbin/ldconfig && chroot "$1" /usr/bin/systemd-sysusers
}

inputs=$(
    sha256sum "$0"
    echo "$sources"
    # shellcheck disable=SC2086 # words
    for_arch apt-cache show --no-all-versions $packages | grep -E '^(Package|Version):'
)
is_current "$foreign_root" "$inputs" && exit 0

echo "Unpacking Debian's packages of $suite for $arch"
# Downloads need what this machine needs, such as a proxy.
apt-config dump Acquire | grep -v '^Acquire::IndexTargets' > "$work/apt-acquire.conf"
rm -rf "$foreign_root" "$foreign_root.new"
# --skip: that is with-emulation.sh's work.
# shellcheck disable=SC2086 # words
echo "$sources" | mmdebstrap --mode=root --architectures="$arch" --variant=extract --skip=check/qemu \
    --include='?essential' --include="$(echo $packages | tr ' ' ,)" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --aptopt="$work/apt-acquire.conf" "$suite" "$foreign_root.new" - \
    > "$work/root.log" 2>&1 || { tail -n 20 "$work/root.log" >&2; fail "could not unpack them; see $work/root.log"; }
complete "$foreign_root.new" > "$work/root.log" 2>&1 || fail "could not run programs of $arch; see $work/root.log"
mv "$foreign_root.new" "$foreign_root"
echo "$inputs" > "$foreign_root.inputs"
