#!/bin/bash
# The installer in an initramfs: `dracut --add coreos-installer`.
# COREOS_INSTALLER_BINARY is the path of the program if it is not installed.

coreos_installer_tools=(
    sgdisk blkid wipefs modprobe mount umount udevadm
    ip systemctl journalctl bash cat chmod tail tee sed grep flock ls mkdir mkfifo rm sleep sync timeout
)
coreos_installer_optional_tools=(
    gpgv systemd-notify efibootmgr blkdiscard lsblk ps free df dd dmesg head less nano ping cp mv chmod install touch date
    uptime lspci
)

check() {
    require_binaries "${coreos_installer_tools[@]}" || return 1
    [[ -x ${COREOS_INSTALLER_BINARY:-/usr/libexec/coreos-installer} ]] || return 1
    return 255
}

depends() {
    echo bash systemd-initrd dracut-systemd udev-rules network emergency-failure
}

# For any machine, also in a hostonly initramfs: drivers of disks, network cards and keyboards, and the
# file systems of boot partitions and installation media.
installkernel() {
    hostonly='' instmods \
        '=drivers/ata' '=drivers/block' '=drivers/message' '=drivers/mmc' '=drivers/nvme' '=drivers/scsi' \
        '=drivers/ufs' '=drivers/usb/host' '=drivers/usb/storage' '=drivers/virtio' \
        '=drivers/net/ethernet' '=drivers/net/hyperv' '=drivers/net/phy' '=drivers/net/vmxnet3' \
        '=drivers/input/serio' '=drivers/input/keyboard' '=drivers/pci/controller' '=drivers/tty/serial' \
        virtio_net virtio_rng xen-netfront hv_vmbus hv_storvsc vmd \
        usbhid hid_generic hyperv-keyboard atkbd i8042 af_packet bonding 8021q bridge \
        loop sd_mod sr_mod dm_multipath ext4 xfs vfat exfat udf isofs nls_cp437 nls_iso8859_1 nls_ascii nls_utf8 efivarfs
}

install() {
    remove_busybox_links "${coreos_installer_tools[@]}" "${coreos_installer_optional_tools[@]}"
    inst_multiple "${coreos_installer_tools[@]}"
    inst_multiple -o "${coreos_installer_optional_tools[@]}"

    inst_simple "${COREOS_INSTALLER_BINARY:-/usr/libexec/coreos-installer}" /usr/libexec/coreos-installer
    ln_r /usr/libexec/coreos-installer /usr/bin/coreos-installer
    # For use in the emergency shell.
    inst_dir /mnt

    local script
    for script in lib.sh run follow console to-consoles network-diagnosis network-generator write-resolv-conf; do
        inst_script "$moddir/$script" "/usr/lib/coreos-installer/$script"
    done
    inst_script "$moddir/generator" "${systemdutildir:?}/system-generators/coreos-installer-generator"
    inst_hook cmdline 10 "$moddir/cmdline-hook.sh"
    inst_hook initqueue/timeout 10 "$moddir/network-timeout-hook.sh"

    local unit
    for unit in coreos-installer.target coreos-installer.service coreos-installer-shell@.service \
        coreos-installer-resolv.path coreos-installer-resolv.service; do
        inst_simple "$moddir/$unit" "${systemdsystemunitdir:?}/$unit"
    done
    inst_multiple -o "$systemdsystemunitdir/network-online.target" "$systemdsystemunitdir/network.target"

    # Before udev's 99-default.link.
    inst_simple "$moddir/98-coreos-installer.link" /etc/systemd/network/98-coreos-installer.link

    # What coreos-installer pxe customize looks for.
    inst_simple "$moddir/features.json" /etc/coreos/features.json
    : > "$initdir/etc/coreos-live-initramfs"

    install_name_lookup
    install_certificates
    dracut_need_initqueue
}

# PROGRAM...: dracut's module busybox, which some distributions add by themselves, has put links to busybox in their
# places, and dracut installs nothing over them. Its flock, ip and modprobe lack options that are used here.
remove_busybox_links() {
    local name path
    for name in "$@"; do
        for path in "$initdir"/{usr/,}{s,}bin/"$name"; do
            if [[ -L $path && $(readlink "$path") == *busybox ]] && find_binary "$name" > /dev/null; then rm "$path"; fi
        done
    done
}

# What getaddrinfo() needs; since glibc 2.34 these libraries are part of libc.
install_name_lookup() {
    inst_libdir_file 'libnss_dns.so.*' 'libnss_files.so.*'
    inst_multiple -o /etc/hosts
    [[ -e $initdir/etc/nsswitch.conf ]] && return
    printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' > "$initdir/etc/nsswitch.conf"
}

# The build machine's CA certificates, including local ones, in the places that distributions use.
install_certificates() {
    inst_multiple -o \
        /etc/ssl/certs/ca-certificates.crt \
        /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem \
        /etc/pki/tls/certs/ca-bundle.crt \
        /etc/ssl/ca-bundle.pem \
        /etc/ssl/cert.pem
}
