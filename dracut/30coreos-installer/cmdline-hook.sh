#!/bin/sh
# dracut's cmdline hook (sourced): asks dracut for the network. The installer itself reads its kernel
# arguments, and stores them in /tmp, where they can be changed in the emergency shell.

. /usr/lib/coreos-installer/lib.sh
if installer_wanted; then
    mkdir -p -m 1777 /tmp
    # After half a minute without a network the installer starts nevertheless (two thirds of
    # rd.retry; see network-timeout-hook.sh). The kernel command line takes precedence.
    mkdir -p /etc/cmdline.d
    echo 'rd.neednet=1 rd.retry=45' > /etc/cmdline.d/10-coreos-installer.conf
    # The server may start after the machines: they wait for it forever.
    [ -n "$patience" ] || says_patience || echo 'coreos.inst.retry_for=0' >> /etc/cmdline.d/10-coreos-installer.conf
fi
unset state asked meant target addressed patience
