#!/bin/sh
# dracut's initqueue/timeout hook (sourced): the installer also starts without a network, retries, and
# says what is missing. dracut alone would open its own emergency shell.

. /usr/lib/coreos-installer/lib.sh
if installer_wanted; then
    warn 'The network is not up yet; starting the installer anyway.'
    rm -f -- "$hookdir"/initqueue/finished/*.sh
fi
unset state asked meant target addressed patience
