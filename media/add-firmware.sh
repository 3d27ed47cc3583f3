#!/bin/sh
# add-firmware.sh DIRECTORY MODULES INITRAMFS: adds, as a further archive, the firmware in the directory that the
# kernel's modules for network cards and disk controllers ask for. The kernel unpacks one archive after the other.
here=$(dirname "$0")
. "$here/lib.sh"
firmware=$1
modules=$2
initramfs=$3

drivers=
for name in ata block message mmc net/ethernet net/phy nvme scsi ufs usb/host; do
    [ ! -d "$modules/kernel/drivers/$name" ] || drivers="$drivers $name"
done

# As dracut makes it: an archive that has a directory in the place of the link would remove the link.
place=lib/firmware
[ ! -L "${merged:-/lib}" ] || place=usr/lib/firmware

tree=$work/firmware-tree
rm -rf "$tree"
mkdir -p "$tree/$place"
# shellcheck disable=SC2086 # words
(cd "$modules/kernel/drivers" && find $drivers -name '*.ko*' -print0) \
    | (cd "$modules/kernel/drivers" && xargs -0 --no-run-if-empty modinfo -F firmware) \
    | LC_ALL=C sort -u > "$work/firmware.names"
while IFS= read -r name; do
    # Some are patterns, and the files may be compressed.
    for file in "$firmware"/$name "$firmware"/$name.xz "$firmware"/$name.zst; do
        [ -f "$file" ] || continue
        inside=$tree/$place/${file#"$firmware"/}
        mkdir -p "$(dirname "$inside")"
        cp -L "$file" "$inside"
    done
done < "$work/firmware.names"
count=$(find "$tree" -type f | wc -l)
[ "$count" -gt 0 ] || fail 'FIRMWARE: no driver of the medium asks for any of these files'
chmod -R u=rwX,go=rX "$tree"
before=$(stat -c %s "$initramfs")
# shellcheck disable=SC2086 # words
(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) \
    | ${COMPRESS:-zstd -10 -T0 -q} >> "$initramfs"
echo "Firmware: $count files, $((($(stat -c %s "$initramfs") - before + 500000) / 1000000)) MB more in the initramfs"
rm -r "$tree"
