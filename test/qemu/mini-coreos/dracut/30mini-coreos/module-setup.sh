#!/bin/bash
# Plays the part that Fedora CoreOS plays around Ignition in the initramfs.

check() { return 255; }

depends() { echo ignition systemd; }

install() {
    inst_multiple mount umount mkdir cp ip cat journalctl
    inst_script "$moddir/config" /usr/libexec/mini-coreos/config
    mkdir -p "$initdir/usr/lib/ignition"
    ln -s /run/mini-coreos/user.ign "$initdir/usr/lib/ignition/user.ign"
    inst_script "$moddir/teardown-network" /usr/libexec/mini-coreos/teardown-network
    inst_script "$moddir/setfiles" /usr/sbin/setfiles
    # The reason of a failure belongs on the console, where the test sees it.
    inst_simple "$moddir/say-why.conf" "$systemdsystemunitdir/dracut-emergency.service.d/say-why.conf"
    inst_simple "$moddir/say-why.conf" "$systemdsystemunitdir/emergency.service.d/say-why.conf"
    local unit
    for unit in mini-coreos-config.service mini-coreos-ran.service mini-coreos-teardown-network.service; do
        inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
        mkdir -p "$initdir/$systemdsystemunitdir/ignition-complete.target.requires"
        ln_r "$systemdsystemunitdir/$unit" \
            "$systemdsystemunitdir/ignition-complete.target.requires/$unit"
    done
    # The stages that fetch come after the scripts that bring the network up.
    for unit in ignition-fetch ignition-disks; do
        inst_simple "$moddir/after-network.conf" \
            "$systemdsystemunitdir/$unit.service.d/after-network.conf"
    done
}
