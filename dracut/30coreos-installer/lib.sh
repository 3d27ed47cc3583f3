#!/bin/sh
# What the scripts of the installer's initramfs share. To be sourced.

state=/run/coreos-installer

# What the kernel arguments say, the last one counting: `asked` (coreos.inst=), `meant` (whether any is
# for the installer), `target` (the device), `addressed` (whether there is an ip=) and `patience` (how
# long a server is waited for). In one pass and without dracut's getarg, which starts several processes
# for each question, where each may take a tenth of a second.
read_kernel_arguments() {
    local arguments argument
    asked='' meant='' target='' addressed='' patience=''
    arguments=$(cat /etc/cmdline.d/*.conf /etc/cmdline /proc/cmdline 2> /dev/null)
    # None of them is a pattern.
    set -f
    for argument in $arguments; do
        case $argument in
            coreos.inst) asked=yes ;;
            coreos.inst=*) asked=${argument#*=} ;;
            coreos.inst.install_dev=?* | coreos.coreos.inst.install_dev=?*) target=${argument#*=} ;;
            coreos.inst.retry_for=?*) patience=${argument#*=} ;;
            ip=*) addressed=yes ;;
        esac
        case $argument in
            [Cc][Oo][Rr][Ee][Oo][Ss][._-][Ii][Nn][Ss][Tt][._-]?*) meant=yes ;;
            coreos.coreos.inst.?* | coreos.install.?* | coreos.installer.?*) meant=yes ;;
        esac
    done
    set +f
}

# Whether this boot is one of the installer: asked for, or given any of its arguments without being
# refused. One that is misspelled starts it too, for the installer says what is wrong with it.
installer_wanted() {
    read_kernel_arguments
    case ${asked:-$meant} in
        '' | 0 | no | off) return 1 ;;
    esac
}

# The names of all consoles that can be written to, as in console=NAME, but for tty0: that is whichever
# virtual console is shown, and a shell needs one of its own. A console= that names a port which is
# not there still counts as active, but cannot be opened.
console_names() {
    for console_name in $(sed 's/\<tty0\>/tty1/' /sys/class/tty/console/active); do
        { : >> "/dev/$console_name"; } 2> /dev/null && echo "$console_name"
    done
}

# Copies its input to the journal (standard output) and to every console without a shell.
to_every_console() {
    /usr/lib/coreos-installer/to-consoles every
}

# The consoles where somebody has opened a shell since the installation began.
open_shells() {
    for console_name in $(console_names); do
        [ -e "$state/shell-on-$console_name" ] && echo "$console_name"
    done
}

# Copies its input to those shells, behind an empty line.
to_open_shells() {
    [ -z "$(open_shells)" ] || { echo && cat; } | /usr/lib/coreos-installer/to-consoles shells
}

# Starts what waits for Enter, and says so when it does: a serial port that nobody has open forgets
# what is typed. What waits already, or is in use, stays as it is.
offer_shells() {
    for console_name in $(console_names); do
        systemctl start "coreos-installer-shell@$console_name.service"
    done
    echo 'Press Enter for an emergency shell.'
}

# CODE: what the network lacks, where the code of a failure says that no server was reached. One that
# has answered proves the network.
network_lack() {
    case $1 in
        name-unknown | name-server-silent | network-no-route | network-host-unreachable | \
            network-connect-timeout | network-failed)
            /usr/lib/coreos-installer/network-diagnosis
            ;;
    esac
}

# Copies what the program complains of, and keeps its last three lines, which count when it has failed:
# the reason, the state of the disk, the command to try.
keep_reason() {
    local line first='' second='' third=''
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
        first=$second second=$third third=$line
    done
    printf '%s\n' "$first" "$second" "$third" | sed '/./,$!d' > "$state/reason"
}
