#!/bin/sh
# Builds dist/installer.iso: it boots from a CD or a USB stick, with BIOS and UEFI.
here=$(dirname "$0")
. "$here/lib.sh"

arguments=$(kernel_arguments)
timeout=${TIMEOUT:-5}
"$here/build-initramfs.sh"
signed=$("$here/obtain-signed.sh")
iso=$dist/installer.iso
tree=$work/iso

inputs=$(
    echo "$arguments $timeout"
    sha256sum "$work/vmlinuz" "$work/initramfs.img" "$0" ${signed:+"$signed"/*.efi}
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
LABEL shell
  MENU LABEL Shell (installs nothing by itself)
  LINUX /boot/vmlinuz
  INITRD /boot/initramfs.img
  APPEND $arguments coreos.inst=shell
LABEL disk
  MENU LABEL Boot from the first disk
  LOCALBOOT 0x80
END

# UEFI: boot loaders in a FAT image, which load the configuration on the ISO. GRUB does not open the serial line:
# the firmware may use it as console, and two readers would lose input.
# shellcheck disable=SC2086 # words
quoted=$(printf " '%s'" $arguments)
cat > "$tree/boot/grub/grub.cfg" << END
set timeout=$timeout
menuentry 'Install (e: add kernel arguments)' {
  linux /boot/vmlinuz$quoted
  initrd /boot/initramfs.img
}
menuentry 'Shell (installs nothing by itself)' {
  linux /boot/vmlinuz$quoted 'coreos.inst=shell'
  initrd /boot/initramfs.img
}
menuentry 'Firmware setup' {
  fwsetup
}
END
efi_image=$tree/boot/efi.img
# SIZE NAME=FILE...: a FAT image of so many KiB, with files in /EFI/BOOT.
make_efi_image() {
    rm -f "$efi_image"
    mkfs.vfat -C -n EFI "$efi_image" "$1" > "$work/mkfs.log"
    shift
    mmd -i "$efi_image" ::/EFI ::/EFI/BOOT
    for file in "$@"; do mcopy -i "$efi_image" "${file#*=}" "::/EFI/BOOT/${file%%=*}"; done
}
if [ -n "$signed" ]; then
    # Firmware trusts shim, shim trusts GRUB and the kernel. Signed GRUB contains its modules, and finds
    # its configuration beside this file.
    mkdir -p "$tree/.disk"
    echo 'CoreOS installer' > "$tree/.disk/info"
    make_efi_image 6144 "BOOTX64.EFI=$signed/shimx64.efi" "grubx64.efi=$signed/gcdx64.efi"
else
    cat > "$work/early.cfg" << 'END'
search --no-floppy --set=root --label COREOS_INSTALLER
set prefix=($root)/boot/grub
insmod all_video
configfile $prefix/grub.cfg
END
    grub-mkimage --format x86_64-efi --output "$work/bootx64.efi" --config "$work/early.cfg" --prefix /boot/grub \
        iso9660 part_gpt part_msdos fat search search_label configfile normal linux terminal echo efifwsetup all_video efi_gop efi_uga
    make_efi_image 1440 "BOOTX64.EFI=$work/bootx64.efi"
fi

xorriso -report_about WARNING -as mkisofs -r -J -V COREOS_INSTALLER -o "$iso.new" \
    -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
    -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
    -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat \
    "$tree"
mv "$iso.new" "$iso"
echo "$inputs" > "$iso.inputs"
echo "$iso: $(megabytes "$iso")${signed:+, signed for Secure Boot}"
