#!/bin/sh
# Builds dist/pxe/ (for arm64 dist/pxe-arm64/): the kernel, the initramfs, and configurations for iPXE, PXELINUX
# and GRUB.
here=$(dirname "$0")
. "$here/lib.sh"

arguments=$(kernel_arguments)
timeout=$(menu_timeout)
"$here/build-initramfs.sh"
signed=$("$here/obtain-signed.sh")
served=$output/pxe$suffix
# Made aside, and put in place at the end by renames: a server may be sending what was built before.
pxe=$served/.new
rm -rf "$pxe"
mkdir -p "$pxe"
cp "$work/vmlinuz" "$work/initramfs.img" "$pxe/"

# Arguments that a server usually adds.
example="coreos.inst.install_dev=sda coreos.inst.ignition_url=http://192.0.2.100:8080/config.ign coreos.inst.image_url=http://192.0.2.100:8080/fedora-coreos-metal.$fedora.raw.xz"

cat > "$pxe/boot.ipxe" << END
#!ipxe
# The files must be in the directory of this script. Add kernel arguments, for instance:
#   $example
kernel vmlinuz initrd=initramfs.img $arguments
initrd initramfs.img
boot
END
# For a BIOS.
if [ "$arch" = amd64 ]; then
    mkdir -p "$pxe/pxelinux.cfg"
    cat > "$pxe/pxelinux.cfg/default" << END
# Add to the line that begins with APPEND, for instance:
#   $example
DEFAULT install
LABEL install
  KERNEL vmlinuz
  INITRD initramfs.img
  APPEND $arguments
  # Adds BOOTIF=, the MAC address of the network card that the machine booted from.
  IPAPPEND 2
LABEL shell
  KERNEL vmlinuz
  INITRD initramfs.img
  APPEND $arguments coreos.inst=shell
  IPAPPEND 2
END
fi
# UEFI with Secure Boot: shim loads grubx64.efi (grubaa64.efi) from its own directory, which loads /grub/grub.cfg.
if [ -n "$signed" ]; then
    cp "$signed/shim$efi.efi" "$pxe/"
    cp "$signed/grubnet$efi.efi" "$pxe/grub$efi.efi"
    mkdir -p "$pxe/grub"
    # shellcheck disable=SC2086 # words
    quoted=$(printf " '%s'" $arguments)
    cat > "$pxe/grub/grub.cfg" << END
# Add to the line that begins with linux, for instance:
#   $example
set timeout=$timeout
menuentry 'Install (e: add kernel arguments)' {
  linux /vmlinuz$quoted
  initrd /initramfs.img
}
menuentry 'Shell (installs nothing by itself)' {
  linux /vmlinuz$quoted 'coreos.inst=shell'
  initrd /initramfs.img
}
END
fi
# Also readable by servers that do not run as root.
chmod -R u=rwX,go=rX "$pxe"
for directory in pxelinux.cfg grub; do
    [ ! -d "$pxe/$directory" ] || mkdir -p "$served/$directory"
done
# The kernel and the initramfs belong together: one immediately after the other.
mv "$pxe/vmlinuz" "$pxe/initramfs.img" "$served/"
(cd "$pxe" && find . -type f) | while IFS= read -r file; do mv "$pxe/$file" "$served/$file"; done
[ -n "$signed" ] || rm -rf "$served/shim$efi.efi" "$served/grub$efi.efi" "$served/grub"
rm -r "$pxe"
echo "$served: $(megabytes "$served/vmlinuz") and $(megabytes "$served/initramfs.img")"
