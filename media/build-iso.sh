#!/bin/sh
# Builds dist/installer.iso: it boots from a CD or a USB stick, with BIOS and UEFI. For arm64 it is
# dist/installer-arm64.iso, which boots with UEFI.
here=$(dirname "$0")
. "$here/lib.sh"

arguments=$(kernel_arguments)
timeout=$(menu_timeout)
"$here/build-initramfs.sh"
signed=$("$here/obtain-signed.sh")
iso=$output/installer$suffix.iso
tree=$work/iso

inputs=$(
    echo "$arguments $timeout"
    sha256sum "$work/vmlinuz" "$work/initramfs.img" "$0" ${signed:+"$signed"/*.efi}
)
is_current "$iso" "$inputs" && exit 0

rm -rf "$tree"
mkdir -p "$tree/boot/grub" "$tree/coreos" "$tree/images"
cp "$work/vmlinuz" "$work/initramfs.img" "$tree/boot/"

# Places for what coreos-installer iso customize adds: an archive, and in both boot loaders the kernel
# arguments, filled up with a comment.
area_bytes=1024
[ "${#arguments}" -lt "$area_bytes" ] || fail "KARGS is too long: all kernel arguments together may have $area_bytes characters."
area() {
    printf '%s\n' "$arguments"
    printf "%$((area_bytes - ${#arguments} - 1))s" '' | tr ' ' '#'
}
# FILE: adds standard input up to an @ at its end, and then the area, of which it prints the JSON.
add_area() {
    sed '$s/@$//' | head -c -1 >> "$1"
    offset=$(stat -c %s "$1")
    { area && echo; } >> "$1"
    printf '{"path": "%s", "offset": %s}' "${1#"$tree/"}" "$offset"
}
truncate -s 2M "$tree/images/ignition.img"
echo '{"file": "images/ignition.img"}' > "$tree/coreos/igninfo.jso"
cp "$root/dracut/30coreos-installer/features.json" "$tree/coreos/features.jso"

# BIOS.
bios_areas=
if [ "$arch" = amd64 ]; then
    mkdir "$tree/isolinux"
    cp /usr/lib/ISOLINUX/isolinux.bin "$tree/isolinux/"
    for module in ldlinux menu libutil libcom32; do
        cp "/usr/lib/syslinux/modules/bios/$module.c32" "$tree/isolinux/"
    done
    isolinux=$(add_area "$tree/isolinux/isolinux.cfg" << END
SERIAL 0 115200
UI menu.c32
MENU TITLE CoreOS installer (Tab: add kernel arguments)
TIMEOUT $(isolinux_timeout "$timeout")
DEFAULT install
LABEL install
  MENU LABEL Install
  LINUX /boot/vmlinuz
  INITRD /boot/initramfs.img,/images/ignition.img
  APPEND @
END
    )
    isolinux_shell=$(add_area "$tree/isolinux/isolinux.cfg" << 'END'
LABEL shell
  MENU LABEL Shell (installs nothing by itself)
  LINUX /boot/vmlinuz
  INITRD /boot/initramfs.img,/images/ignition.img
  APPEND coreos.inst=shell @
END
    )
    cat >> "$tree/isolinux/isolinux.cfg" << 'END'
LABEL disk
  MENU LABEL Boot from the first disk
  LOCALBOOT 0x80
END
    bios_areas=", $isolinux, $isolinux_shell"
fi

# UEFI: boot loaders in a FAT image, which load the configuration on the ISO. GRUB does not open the serial line:
# the firmware may use it as console, and two readers would lose input.
grub=$(add_area "$tree/boot/grub/grub.cfg" << END
set timeout=$timeout
menuentry 'Install (e: add kernel arguments)' {
  linux /boot/vmlinuz @
END
)
grub_shell=$(add_area "$tree/boot/grub/grub.cfg" << 'END'
  initrd /boot/initramfs.img /images/ignition.img
}
menuentry 'Shell (installs nothing by itself)' {
  linux /boot/vmlinuz coreos.inst=shell @
END
)
cat >> "$tree/boot/grub/grub.cfg" << 'END'
  initrd /boot/initramfs.img /images/ignition.img
}
menuentry 'Firmware setup' {
  fwsetup
}
END
printf '{"default": "%s", "files": [%s, %s%s], "size": %s}\n' "$arguments" \
    "$grub" "$grub_shell" "$bios_areas" "$area_bytes" > "$tree/coreos/kargs.jso"
efi_image=$tree/boot/efi.img
# By this file the boot loader finds the medium: that of another build does not have it. First it looks on the disk or CD
# that it was loaded from: a copy of this medium, which may be customized, has the same file.
mkdir -p "$tree/.disk/id"
id=$(echo "$inputs" | sha256sum | cut -c 1-32)
echo 'CoreOS installer' > "$tree/.disk/id/$id"
cat > "$work/early.cfg" << END
regexp --set=1:disk '^([^,]*)' "\$root"
search --no-floppy --file --set=root --hint="\$disk" /.disk/id/$id
set prefix=(\$root)/boot/grub
END
# The name of a boot loader that firmware finds by itself.
removable=BOOT$(echo "$efi" | tr a-z A-Z).EFI
# SIZE NAME=FILE...: a FAT image of so many KiB, with files in /EFI/BOOT.
make_efi_image() {
    rm -f "$efi_image"
    mkfs.vfat -C -n EFI "$efi_image" "$1" > "$work/mkfs.log"
    shift
    mmd -i "$efi_image" ::/EFI ::/EFI/BOOT
    for file in "$@"; do mcopy -i "$efi_image" "${file#*=}" "::/EFI/BOOT/${file%%=*}"; done
}
if [ -n "$signed" ]; then
    # Firmware trusts shim, shim trusts GRUB and the kernel. Signed GRUB contains its modules, and a configuration: this
    # looks for another one next to GRUB, in this directory, and otherwise takes the first medium that has .disk/info, from
    # whatever installer it is.
    echo 'CoreOS installer' > "$tree/.disk/info"
    # shellcheck disable=SC2016 # GRUB's variable
    echo 'source $prefix/grub.cfg' >> "$work/early.cfg"
    make_efi_image 6144 "$removable=$signed/shim$efi.efi" "grub$efi.efi=$signed/gcd$efi.efi"
    mmd -i "$efi_image" ::/boot ::/boot/grub "::/boot/grub/$grub_format"
    mcopy -i "$efi_image" "$work/early.cfg" "::/boot/grub/$grub_format/grub.cfg"
else
    cat >> "$work/early.cfg" << 'END'
insmod all_video
configfile $prefix/grub.cfg
END
    grub-mkimage --format "$grub_format" --directory "$foreign_root/usr/lib/grub/$grub_format" --output "$work/boot.efi" \
        --config "$work/early.cfg" --prefix /boot/grub \
        iso9660 part_gpt part_msdos fat regexp search search_fs_file configfile normal linux terminal echo efifwsetup all_video efi_gop \
        $([ "$arch" = arm64 ] || echo efi_uga)
    make_efi_image 1440 "$removable=$work/boot.efi"
fi

if [ "$arch" = amd64 ]; then
    set -- -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
        -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
        -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat
else
    # On a stick, firmware finds the same image as an EFI partition.
    set -- -c boot/boot.cat -e boot/efi.img -no-emul-boot \
        -efi-boot-part --efi-boot-image
fi
xorriso -report_about WARNING -as mkisofs -r -J -V COREOS_INSTALLER -o "$iso.new" "$@" "$tree"
mv "$iso.new" "$iso"
echo "$inputs" > "$iso.inputs"
echo "$iso: $(megabytes "$iso")${signed:+, signed for Secure Boot}"
