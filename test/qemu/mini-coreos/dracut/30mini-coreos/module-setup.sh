#!/bin/bash
# Plays the part that Fedora CoreOS plays around Ignition in the initramfs.

check() { return 255; }

depends() { echo ignition ostree systemd; }

install() {
    inst_multiple mount umount mkdir cp rm ip cat journalctl findmnt realpath \
        sfdisk partx xfs_growfs fsfreeze systemd-tmpfiles
    local name
    for name in config grow mount-var selinux teardown-network; do
        inst_script "$moddir/$name" "/usr/libexec/mini-coreos/$name"
    done
    mkdir -p "$initdir/usr/lib/ignition"
    ln -s /run/mini-coreos/user.ign "$initdir/usr/lib/ignition/user.ign"
    inst_script "$moddir/setfiles" /usr/sbin/setfiles
    # The reason of a failure belongs on the console, where the test sees it.
    inst_simple "$moddir/say-why.conf" "$systemdsystemunitdir/dracut-emergency.service.d/say-why.conf"
    inst_simple "$moddir/say-why.conf" "$systemdsystemunitdir/emergency.service.d/say-why.conf"
    for name in config grow mount-var ran teardown-network; do
        inst_simple "$moddir/mini-coreos-$name.service" "$systemdsystemunitdir/mini-coreos-$name.service"
        mkdir -p "$initdir/$systemdsystemunitdir/ignition-complete.target.requires"
        ln_r "$systemdsystemunitdir/mini-coreos-$name.service" \
            "$systemdsystemunitdir/ignition-complete.target.requires/mini-coreos-$name.service"
    done
    # The stages that fetch come after the scripts that bring the network up.
    for name in ignition-fetch ignition-disks; do
        inst_simple "$moddir/after-network.conf" \
            "$systemdsystemunitdir/$name.service.d/after-network.conf"
    done
    for name in ignition-mount ignition-files; do
        inst_simple "$moddir/selinux.conf" "$systemdsystemunitdir/$name.service.d/selinux.conf"
    done
}
