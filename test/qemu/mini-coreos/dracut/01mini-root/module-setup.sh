#!/bin/bash
# The root file system of mini-coreos: systemd without udev, a shell, and what a first boot needs.
# dracut resolves the libraries; the result is unpacked instead of booted.

check() { return 255; }

depends() { :; }

install() {
    # The shell and the tools that the report, the scripts of a config, and a user expect.
    inst_multiple \
        bash sh cat cp rm mkdir sleep sync ls stat base64 hostname uname id env expr true false \
        mount umount ip curl findfs blkid sed grep \
        systemctl journalctl systemd-tmpfiles

    inst_multiple \
        "$systemdutildir/systemd" \
        "$systemdutildir/systemd-journald" \
        "$systemdutildir/systemd-shutdown"
    # Newer systemd starts services through a helper of its own.
    inst_multiple -o "$systemdutildir/systemd-executor"

    local unit
    for unit in \
        basic.target sysinit.target local-fs.target local-fs-pre.target swap.target \
        sockets.target timers.target paths.target slices.target network.target \
        network-online.target network-pre.target multi-user.target rescue.target emergency.target \
        shutdown.target umount.target final.target poweroff.target reboot.target halt.target \
        systemd-poweroff.service systemd-reboot.service systemd-halt.service \
        systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
        inst_simple "$systemdsystemunitdir/$unit"
    done
    for unit in systemd-journald.socket systemd-journald-dev-log.socket; do
        mkdir -p "$initdir/$systemdsystemunitdir/sockets.target.wants"
        ln_r "$systemdsystemunitdir/$unit" "$systemdsystemunitdir/sockets.target.wants/$unit"
    done
    mkdir -p "$initdir/$systemdsystemunitdir/sysinit.target.wants"
    ln_r "$systemdsystemunitdir/systemd-journald.service" \
        "$systemdsystemunitdir/sysinit.target.wants/systemd-journald.service"

    ln_r "$systemdutildir/systemd" /sbin/init

    mkdir -p "$initdir"/{boot,proc,sys,dev,run,tmp,mnt,home,opt,srv,root} \
        "$initdir"/etc/systemd/system "$initdir"/var/{lib,log,tmp} "$initdir"/etc/skel
    chmod 1777 "$initdir"/tmp "$initdir"/var/tmp
    chmod 0700 "$initdir"/root
    cp -r "$moddir"/files/. "$initdir"/
    chmod 0640 "$initdir"/etc/shadow "$initdir"/etc/gshadow
    ln_r "$systemdsystemunitdir/report.target" /etc/systemd/system/default.target
    # Lets the journal, and with it the reason of a failed test, survive on the disk.
    mkdir -p "$initdir"/var/log/journal
}
