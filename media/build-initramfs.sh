#!/bin/sh
# Builds build/media/{vmlinuz,initramfs.img} (for arm64 below build/media-arm64): the kernel, and the initramfs
# with the installer.
here=$(dirname "$0")
. "$here/lib.sh"

[ -x "$binary" ] || fail "there is no $binary; build it first"
"$here/install-packages.sh"
# There dracut and all that it collects are in a system of their own.
[ -z "$foreign_root" ] || "$here/with-emulation.sh" "$here/build-root.sh"
kernel=$("$here/obtain-kernel.sh")
firmware=$("$here/obtain-firmware.sh")
version=$(cat "$kernel/version")
image=$work/initramfs.img

inputs=$(
    echo "$kernel $network ${COMPRESS:-}$firmware"
    sha256sum "$binary" "$kernel/vmlinuz" "$0" "$here/add-firmware.sh"
    find "$root/dracut" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    [ -z "$foreign_root" ] || cat "$foreign_root.inputs"
    collected_files "$kernel/modules"
)
cp "$kernel/vmlinuz" "$work/vmlinuz"
is_current "$image" "$inputs" && exit 0

# dracut splits paths at spaces. If this path has spaces or other special characters, or if dracut does not
# see it, everything that dracut reads is copied to another directory.
modules=$(realpath "$kernel/modules")
place=$work
case ${foreign_root:+*}$work$binary$modules in
    *[!A-Za-z0-9_./+~-]*)
        place=$(mktemp -d /var/tmp/coreos-installer-media-XXXXXX)
        trap 'rm -rf "$place"' EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM HUP
        mkdir -p "$place/lib/modules"
        cp "$binary" "$place/program"
        cp -R "$modules" "$place/lib/modules/$version"
        binary=$place/program
        modules=$place/lib/modules/$version
        ;;
esac

# A private copy of dracut's modules, with ours: nothing is installed on this machine. Without the distribution's
# settings in it, which --confdir does not replace: Debian's newer ones ask for busybox, for example.
base=$place/dracut
rm -rf "$base"
cp -r "${DRACUT:-$foreign_root/usr/lib/dracut}" "$base"
rm -rf "$base/dracut.conf.d"
cp -r "$root"/dracut/* "$base/modules.d/"
mkdir -p "$place/no-configuration"

# dracut's `network` uses the first network module in its order; this module comes first and selects one.
mkdir "$base/modules.d/00installer-network"
printf '%s\n' 'check() { return 255; }' "depends() { echo $network; }" 'install() { :; }' \
    > "$base/modules.d/00installer-network/module-setup.sh"

compress=${COMPRESS:-zstd -10 -T0 -q}
seen=$place
if [ -n "$foreign_root" ]; then
    seen=/mnt
    binary=$seen/program
    modules=$seen/lib/modules/$version
    set -- "$here/with-emulation.sh" "$here/enter-root.sh" "$foreign_root" "$place"
fi
# An emulated program compresses slowly: there that is left for later.
"$@" env dracutbasedir="$seen/dracut" COREOS_INSTALLER_BINARY="$binary" \
    dracut --force --quiet --conf /dev/null --confdir "$seen/no-configuration" ${foreign_root:+--tmpdir "$seen"} \
    --no-hostonly --no-hostonly-cmdline --no-early-microcode --nofscks --nostrip --reproducible \
    --modules "bash systemd systemd-initrd dracut-systemd base udev-rules installer-network network terminfo coreos-installer" \
    --kmoddir "$modules" --compress "$([ -n "$foreign_root" ] && echo cat || echo "$compress")" \
    "$seen/initramfs.new" "$version" > "$work/dracut.log" 2>&1 || { cat "$work/dracut.log" >&2; exit 1; }
if [ -n "$foreign_root" ]; then
    # shellcheck disable=SC2086 # words
    $compress < "$place/initramfs.new" > "$place/initramfs.compressed"
    mv "$place/initramfs.compressed" "$place/initramfs.new"
fi
[ -z "$firmware" ] \
    || merged=$foreign_root/lib "$here/add-firmware.sh" "$firmware" "$(realpath "$kernel/modules")" "$place/initramfs.new"
mv "$place/initramfs.new" "$image"
echo "$inputs" > "$image.inputs"
echo "$image: $(megabytes "$image"), Linux $version"
