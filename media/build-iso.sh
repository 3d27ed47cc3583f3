#!/bin/sh
# Builds dist/installer.iso: it boots from a CD or a USB stick, with BIOS and UEFI.
here=$(dirname "$0")
. "$here/lib.sh"

arguments=$(kernel_arguments)
timeout=${TIMEOUT:-5}
"$here/build-initramfs.sh"
iso=$dist/installer.iso
tree=$work/iso

inputs=$(
    echo "$arguments $timeout"
    sha256sum "$work/vmlinuz" "$work/initramfs.img" "$0"
)
is_current "$iso" "$inputs" && exit 0

rm -rf "$tree"
mkdir -p "$tree/isolinux" "$tree/boot/grub"
cp "$work/vmlinuz" "$work/initramfs.img" "$tree/boot/"

# BIOS.
cp /usr/lib/ISOLINUX/isolinux.bin "$tree/isolinux/"
for module in ldlinux menu libutil libcom32; do
    cp "/usr/lib/syslinux/modules/bios/$module.c32" "$tree/isolinux/"
done
cat > "$tree/isolinux/isolinux.cfg" << END
SERIAL 0 115200
UI menu.c32
MENU TITLE CoreOS installer (Tab: add kernel arguments)
TIMEOUT $((timeout * 10))
DEFAULT install
LABEL install
  MENU LABEL Install
  LINUX /boot/vmlinuz
  INITRD /boot/initramfs.img
  APPEND $arguments
LABEL disk
  MENU LABEL Boot from the first disk
  LOCALBOOT 0x80
END

# UEFI: GRUB in a FAT image, which loads the configuration on the ISO. GRUB does not open the serial line:
# the firmware may use it as console, and two readers would lose input.
# shellcheck disable=SC2086 # words
quoted=$(printf " '%s'" $arguments)
cat > "$tree/boot/grub/grub.cfg" << END
insmod all_video
set timeout=$timeout
menuentry 'Install (e: add kernel arguments)' {
  linux /boot/vmlinuz$quoted
  initrd /boot/initramfs.img
}
menuentry 'Firmware setup' {
  fwsetup
}
END
cat > "$work/early.cfg" << 'END'
search --no-floppy --set=root --label COREOS_INSTALLER
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
END
grub-mkimage --format x86_64-efi --output "$work/bootx64.efi" --config "$work/early.cfg" --prefix /boot/grub \
    iso9660 part_gpt part_msdos fat search search_label configfile normal linux terminal echo efifwsetup all_video efi_gop efi_uga
rm -f "$tree/boot/efi.img"
mkfs.vfat -C -n EFI "$tree/boot/efi.img" 1440 > "$work/mkfs.log"
mmd -i "$tree/boot/efi.img" ::/EFI ::/EFI/BOOT
mcopy -i "$tree/boot/efi.img" "$work/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI

xorriso -report_about WARNING -as mkisofs -r -J -V COREOS_INSTALLER -o "$iso.new" \
    -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
    -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
    -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat \
    "$tree"
mv "$iso.new" "$iso"
echo "$inputs" > "$iso.inputs"
echo "$iso: $(megabytes "$iso")"
