#!/bin/sh
# Makes dist/pxe/: the kernel, the initramfs, and a configuration each for iPXE and PXELINUX.
here=$(dirname "$0")
. "$here/lib.sh"

arguments=$(kernel_arguments)
"$here/build-initramfs.sh"
pxe=$dist/pxe
mkdir -p "$pxe/pxelinux.cfg"
# For servers that do not run as root, too.
install -m 0644 "$work/vmlinuz" "$work/initramfs.img" "$pxe/"

# What a server usually adds to the arguments.
example='coreos.inst.install_dev=sda coreos.inst.ignition_url=http://192.0.2.100:8080/config.ign coreos.inst.image_url=http://192.0.2.100:8080/fedora-coreos-metal.x86_64.raw.xz'

cat > "$pxe/boot.ipxe" << END
#!ipxe
# The files are looked for beside this script. Add to the kernel's arguments, for instance:
#   $example
kernel vmlinuz initrd=initramfs.img $arguments
initrd initramfs.img
boot
END
cat > "$pxe/pxelinux.cfg/default" << END
# Add to the line that begins with APPEND, for instance:
#   $example
DEFAULT install
LABEL install
  KERNEL vmlinuz
  INITRD initramfs.img
  APPEND $arguments
  # Names the network card that the machine has booted from: BOOTIF=
  IPAPPEND 2
END
echo "$pxe: $(megabytes "$pxe/vmlinuz") and $(megabytes "$pxe/initramfs.img")"
