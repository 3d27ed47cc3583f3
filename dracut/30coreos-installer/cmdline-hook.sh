#!/bin/sh
# dracut's cmdline hook (sourced): asks dracut for the network. The installer reads its own kernel
# arguments itself, and leaves them in /tmp for a person in the emergency shell to change.

. /usr/lib/coreos-installer/lib.sh
if installer_wanted; then
    mkdir -p -m 1777 /tmp
    # After half a minute without a network the installer starts all the same (two thirds of
    # rd.retry; see network-timeout-hook.sh). The boot loader's word counts more.
    mkdir -p /etc/cmdline.d
    echo 'rd.neednet=1 rd.retry=45' > /etc/cmdline.d/10-coreos-installer.conf
    # A server may come later than forty machines: it is waited for without an end.
    [ -n "$patience" ] || echo 'coreos.inst.retry_for=0' >> /etc/cmdline.d/10-coreos-installer.conf
fi
unset state asked meant target addressed patience
