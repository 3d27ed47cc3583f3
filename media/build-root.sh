#!/bin/sh
# Builds build/media-ARCH/root: a small system, mostly of another architecture than this machine's, with the
# packages that the media consist of. It has this machine's release of Debian, from this machine's sources, and is
# made again when one of the packages has a new version. The packages are unpacked, not installed: emulated, that
# would take minutes. Runs within with-emulation.sh.
here=$(dirname "$0")
. "$here/lib.sh"

packages=$("$here/root-packages.sh")
inputs=$(
    sha256sum "$0"
    echo "$packages"
)
is_current "$foreign_root" "$inputs" && exit 0

echo "Unpacking $(echo "$packages" | wc -l) packages of Debian for $arch"
new=$foreign_root.new
download=$work/root-packages
rm -rf "$foreign_root" "$new" "$download"
mkdir -p "$download"
# shellcheck disable=SC2086 # words
download_to "$download" for_arch apt-get --quiet download $packages > "$work/apt.log" 2>&1 \
    || fail "could not download Debian's packages for $arch; see $work/apt.log"

# In /usr is what some packages have outside of it.
for name in bin lib sbin; do
    mkdir -p "$new/usr/$name"
    ln -s "usr/$name" "$new/$name"
done
# shellcheck disable=SC2016 # the inner shell's
unpack='dpkg-deb --fsys-tarfile "$2" | tar --extract --keep-directory-symlink --same-permissions --directory "$1"'
find "$download" -name '*.deb' -print0 | xargs -0 -n 1 -P "$(nproc)" sh -c "$unpack" unpack "$new" > "$work/root.log" 2>&1 \
    || fail "could not unpack Debian's packages for $arch; see $work/root.log"
rm -r "$download"

# Makes what dracut needs of that which the packages' own scripts would make.
complete() {
    cp "$new/usr/share/base-passwd/passwd.master" "$new/etc/passwd" \
        && cp "$new/usr/share/base-passwd/group.master" "$new/etc/group" \
        && printf '%s\n' '127.0.0.1 localhost' '::1 localhost' > "$new/etc/hosts" \
        && ln -sf mawk "$new/usr/bin/awk" \
        && mkdir -p "$new/etc/ssl/certs" && touch "$new/etc/ssl/certs/ca-certificates.crt" \
        && chroot "$new" /sbin/ldconfig && chroot "$new" /usr/bin/systemd-sysusers
}
complete > "$work/root.log" 2>&1 || fail "could not run programs of $arch; see $work/root.log"
mv "$new" "$foreign_root"
echo "$inputs" > "$foreign_root.inputs"
