#!/bin/bash
# The network of today's Fedora CoreOS in the initramfs: NetworkManager, with keyfiles of the boot partition,
# which the installed system keeps.

check() { return 255; }

depends() { echo network-manager; }

install() {
    inst_multiple mount umount mkdir cp rm ls touch ip systemctl
    local name
    for name in first-boot-network propagate-network; do
        inst_script "$moddir/$name" "/usr/libexec/mini-coreos/$name"
        inst_simple "$moddir/mini-coreos-$name.service" "$systemdsystemunitdir/mini-coreos-$name.service"
        mkdir -p "$initdir/$systemdsystemunitdir/ignition-complete.target.requires"
        ln_r "$systemdsystemunitdir/mini-coreos-$name.service" \
            "$systemdsystemunitdir/ignition-complete.target.requires/mini-coreos-$name.service"
    done
}
