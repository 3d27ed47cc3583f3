#!/bin/sh
# dracut's cmdline hook (sourced): asks dracut for the network. The installer itself reads its kernel
# arguments, and stores them in /tmp, where they can be changed in the emergency shell.

. /usr/lib/coreos-installer/lib.sh
if installer_wanted; then
    mkdir -p -m 1777 /tmp
    mkdir -p /etc/cmdline.d
    default_arguments > /etc/cmdline.d/10-coreos-installer.conf
    # For dracut's other network modules, and for the installer (see first-boot-network.ts).
    # dracut renames cards by ifname=, which systemd-networkd does without (see network-generator).
    if has_keyfiles; then
        if has_networkd; then unused='^ifname='; else unused='^$'; fi
        keyfile_arguments | grep -v "$unused" > /etc/cmdline.d/05-coreos-keyfiles.conf
    fi
fi
unset state asked meant target addressed patience unused
