#!/bin/sh
# dracut's emergency hook (sourced). On a boot of the installer this opens the installer's shell, on every
# console, with instructions; on any other boot dracut opens its own.

if [ -e /usr/lib/coreos-installer/lib.sh ] && . /usr/lib/coreos-installer/lib.sh && installer_wanted; then
    mkdir -p "$state"
    {
        echo 'The installer did not start: the boot failed before.'
        systemctl --failed --plain --no-legend | sed 's/^/Failed: /'
        journalctl --boot --priority=err --lines=5 --output=cat --no-pager
        echo 'To continue the boot: systemctl stop dracut-emergency emergency'
        echo 'Try: coreos-installer -d DEVICE -i IGNITION_URL -b IMAGE_URL'
    } > "$state/screen"
    { cat "$state/screen" && echo && offer_shells; } | to_every_console > /dev/null
    # Returning would let dracut open its own shell on the same console.
    exec sleep infinity
fi
