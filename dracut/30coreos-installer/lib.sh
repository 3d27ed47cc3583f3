#!/bin/sh
# What the scripts of the installer's initramfs share. To be sourced.

state=/run/coreos-installer

# What the kernel arguments say, the last one counting: `asked` (coreos.inst=), `target` (the device)
# and `addressed` (whether there is an ip=). In one pass and without dracut's getarg, which starts
# several processes for each question, where each may take a tenth of a second.
read_kernel_arguments() {
    local arguments argument
    asked='' target='' addressed=''
    arguments=$(cat /etc/cmdline.d/*.conf /etc/cmdline /proc/cmdline 2> /dev/null)
    # None of them is a pattern.
    set -f
    for argument in $arguments; do
        case $argument in
            coreos.inst) asked=yes ;;
            coreos.inst=*) asked=${argument#*=} ;;
            coreos.inst.install_dev=?* | coreos.coreos.inst.install_dev=?*) target=${argument#*=} ;;
            ip=*) addressed=yes ;;
        esac
    done
    set +f
}

# Whether this boot is one of the installer: asked for, or given a device without being refused.
installer_wanted() {
    read_kernel_arguments
    case ${asked:-${target:+yes}} in
        '' | 0 | no | off) return 1 ;;
    esac
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
