#!/bin/sh
# unpack-kernel.sh DIRECTORY PACKAGE.deb...: unpacks a kernel there, as `vmlinuz`, `version` and `modules`.
# Modules are below lib or usr/lib, and compressed (.ko.xz, .ko.zst) or not, as the package has them.
here=$(dirname "$0")
. "$here/lib.sh"
target=$1
shift

rm -rf "$target"
mkdir -p "$target"
for package; do dpkg-deb --extract "$package" "$target"; done
# depmod uses one of the two places, depending on its version.
for place in lib usr/lib; do
    [ ! -d "$target/$place/modules" ] || found=$place
done
[ -n "${found:-}" ] || fail "$* contains no kernel modules, neither in lib/modules nor in usr/lib/modules"
for place in lib usr/lib; do
    [ -e "$target/$place" ] || { mkdir -p "$(dirname "$target/$place")" && ln -s "$(realpath "$target/$found")" "$target/$place"; }
done
version=$(ls "$target/lib/modules")
modules=$target/lib/modules/$version
[ -n "$(find "$modules" -name '*.ko*' -print -quit)" ] || fail "$* contains no kernel modules in $found/modules/$version"
# Compressed: the kernel unpacks the whole initramfs at boot, but loads few of its modules.
find "$modules" -name '*.ko' -print0 | xargs -0 --no-run-if-empty -n 64 -P "$(nproc)" zstd --quiet --rm -10
depmod -b "$target" "$version"
cp "$target/boot/vmlinuz-$version" "$target/vmlinuz"
ln -s "lib/modules/$version" "$target/modules"
# Last: this file marks the rest as complete.
echo "$version" > "$target/version"
