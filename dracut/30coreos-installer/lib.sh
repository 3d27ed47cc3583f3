#!/bin/sh
# What the scripts of the installer's initramfs share. To be sourced.

state=/run/coreos-installer

# Whether this boot is one of the installer: asked for, or given a device without being refused.
installer_wanted() {
    type getarg > /dev/null 2>&1 || . /lib/dracut-lib.sh
    if getarg coreos.inst > /dev/null || getarg coreos.inst= > /dev/null; then
        getargbool 0 coreos.inst
    else
        getarg coreos.inst.install_dev= > /dev/null || getarg coreos.coreos.inst.install_dev= > /dev/null
    fi
}

# The names of all consoles that can be written to, as in console=NAME. A console= that names a
# port which is not there still counts as active, but cannot be opened.
console_names() {
    for console_name in $(cat /sys/class/tty/console/active); do
        { : > "/dev/$console_name"; } 2> /dev/null && echo "$console_name"
    done
}

console_paths() {
    console_names | sed 's|^|/dev/|'
}

# Copies its input to the journal (standard output) and to every console.
to_every_console() {
    # shellcheck disable=SC2046 # one word for each console
    tee $(console_paths)
}

# Starts the waiting shells; one that waits already, or is in use, stays as it is.
offer_shells() {
    for console_name in $(console_names); do
        # tty0 is whichever virtual console is shown; a shell needs one of its own.
        [ "$console_name" = tty0 ] && console_name=tty1
        systemctl --no-block start "coreos-installer-shell@$console_name.service"
    done
}
