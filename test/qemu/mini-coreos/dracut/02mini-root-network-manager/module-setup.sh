#!/bin/bash
# mini-coreos with NetworkManager and D-Bus in place of systemd-networkd.

check() { return 255; }

depends() { echo mini-root; }

install() {
    inst_multiple NetworkManager nmcli nm-online dbus-daemon
    inst_multiple -o /usr/{lib/NetworkManager,libexec}/nm-{daemon,dhcp}-helper
    inst_rules 85-nm-unmanaged.rules
    inst_multiple "$dbus/system.conf" \
        "$dbussystem/org.freedesktop.NetworkManager.conf" "$dbussystem/org.freedesktop.systemd1.conf"
    grep '^messagebus:' /etc/passwd >> "$initdir/etc/passwd"
    grep '^messagebus:' /etc/group >> "$initdir/etc/group"

    local units="$initdir/$systemdsystemunitdir"
    rm "$units"/multi-user.target.wants/{systemd-networkd,mini-coreos-network}.service \
        "$units/network-online.target.wants/systemd-networkd-wait-online.service"
    inst_multiple "$systemdsystemunitdir"/dbus.{service,socket} \
        "$systemdsystemunitdir"/NetworkManager{,-wait-online}.service
    ln -s ../dbus.socket "$units/sockets.target.wants/dbus.socket"
    ln -s ../NetworkManager.service "$units/multi-user.target.wants/NetworkManager.service"
    ln -s ../NetworkManager-wait-online.service \
        "$units/network-online.target.wants/NetworkManager-wait-online.service"
}
