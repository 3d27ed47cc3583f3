#!/bin/sh
# dracut's initqueue/timeout hook (sourced): the installer starts without a network too, tries for
# itself, and says what is missing. dracut alone would end in its own emergency shell.

. /usr/lib/coreos-installer/lib.sh
if installer_wanted; then
    warn 'The network is not up yet; starting the installer all the same.'
    rm -f -- "$hookdir"/initqueue/finished/*.sh
fi
unset state asked meant target addressed patience
