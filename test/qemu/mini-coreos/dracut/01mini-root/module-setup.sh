#!/bin/bash
# What mini-coreos contains besides its kernel: systemd, ostree, a shell, and what a first boot and an
# update need. dracut resolves the libraries; the result is unpacked and committed instead of booted.

check() { return 255; }

depends() { echo udev-rules; }

installkernel() {
    hostonly='' instmods af_packet virtio_net ext4 crc32c_generic bonding 8021q \
        overlay bridge br_netfilter veth nf_conntrack nf_nat nf_tables nft_compat nft_chain_nat \
        nft_ct nft_masq nft_nat nft_fib nft_fib_inet nft_fib_ipv4 nft_reject_inet xt_comment \
        xt_conntrack xt_MASQUERADE xt_mark xt_addrtype xt_multiport xt_nat xt_tcpudp
}

install() {
    # The shell and the tools that the report, the scripts of a config, and a user expect.
    inst_multiple \
        bash sh cat cp rm mkdir sleep sync ls stat base64 hostname uname id env expr true false \
        mount umount ip curl findfs findmnt blkid sed grep install touch tee chmod df readlink \
        systemctl journalctl systemd-tmpfiles systemd-machine-id-setup udevadm kmod modprobe \
        unshare head tail timeout sha256sum ostree

    inst_multiple \
        "$systemdutildir/systemd" \
        "$systemdutildir/systemd-journald" \
        "$systemdutildir/systemd-shutdown" \
        "$systemdutildir/systemd-networkd" \
        "$systemdutildir/systemd-networkd-wait-online" \
        "$systemdutildir/systemd-network-generator" \
        /usr/lib/systemd/system-generators/ostree-system-generator \
        /usr/lib/ostree/ostree-prepare-root \
        /usr/lib/ostree/ostree-remount \
        /usr/lib/tmpfiles.d/ostree-tmpfiles.conf
    # Newer systemd starts services through a helper of its own.
    inst_multiple -o "$systemdutildir/systemd-executor"

    # Without it systemd does not see the disks.
    inst_rules 99-systemd.rules

    # Ignition's mount units check their file systems.
    inst_multiple "$systemdutildir/systemd-fsck" fsck fsck.ext4
    inst_simple "$systemdsystemunitdir/systemd-fsck@.service"

    # libostree checks signatures with GnuPG's programs.
    inst_multiple gpg gpgconf gpg-connect-agent gpg-agent

    install_podman

    local unit
    for unit in \
        basic.target sysinit.target local-fs.target local-fs-pre.target swap.target \
        sockets.target timers.target paths.target slices.target network.target \
        network-online.target network-pre.target multi-user.target rescue.target emergency.target \
        shutdown.target umount.target final.target poweroff.target reboot.target halt.target \
        first-boot-complete.target tmp.mount \
        systemd-poweroff.service systemd-reboot.service systemd-halt.service; do
        inst_simple "$systemdsystemunitdir/$unit"
    done
    wanted local-fs.target boot.mount tmp.mount ostree-remount.service
    wanted sysinit.target \
        systemd-journald.service systemd-journal-flush.service systemd-machine-id-commit.service \
        systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service \
        systemd-udevd.service systemd-udev-trigger.service
    wanted sockets.target \
        systemd-journald.socket systemd-journald-dev-log.socket \
        systemd-udevd-control.socket systemd-udevd-kernel.socket
    wanted network-online.target systemd-networkd-wait-online.service
    wanted multi-user.target \
        systemd-networkd.service mini-coreos-network.service ostree-boot-complete.service \
        ignition-firstboot-complete.service mini-coreos-httpd-image.service
    # In newer versions, a service alone.
    [ ! -e "$systemdsystemunitdir/ostree-finalize-staged.path" ] \
        || wanted multi-user.target ostree-finalize-staged.path
    for unit in \
        ostree-finalize-staged.service ostree-finalize-staged-hold.service \
        systemd-networkd.socket; do
        inst_simple "$systemdsystemunitdir/$unit"
    done

    ln_r "$systemdutildir/systemd" /sbin/init

    mkdir -p "$initdir"/etc/systemd/{system,network} "$initdir"/etc/skel
    cp -r "$moddir"/files/. "$initdir"/
    chmod 0640 "$initdir"/etc/shadow "$initdir"/etc/gshadow
    ln -sf ../usr/lib/os-release "$initdir"/etc/os-release
    ln_r "$systemdsystemunitdir/report.target" /etc/systemd/system/default.target
}

# Debian's podman, with the network backend and the firewall that its version uses: netavark and nft, or
# CNI's plugins and iptables.
install_podman() {
    inst_multiple podman conmon crun /etc/containers/policy.json
    inst_multiple -o /usr/lib/podman/netavark /usr/lib/podman/aardvark-dns nft \
        /usr/lib/cni/{bridge,portmap,firewall,tuning,host-local,loopback} \
        /etc/cni/net.d/87-podman-bridge.conflist /usr/sbin/xtables-nft-multi
    inst_multiple /usr/share/containers/*.*
    inst_libdir_file "xtables/libxt_*.so" "xtables/libipt_*.so"
    local name
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        ln -sf xtables-nft-multi "$initdir/usr/sbin/$name"
    done
}

# Installs units, and has a target start them.
wanted() {
    local target=$1 unit
    shift
    mkdir -p "$initdir/$systemdsystemunitdir/$target.wants"
    for unit in "$@"; do
        # Some are ours, and are copied with the other files.
        [ ! -e "$systemdsystemunitdir/$unit" ] || inst_simple "$systemdsystemunitdir/$unit"
        ln -sf "../$unit" "$initdir/$systemdsystemunitdir/$target.wants/$unit"
    done
}
