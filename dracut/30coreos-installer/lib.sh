#!/bin/sh
# Functions for the scripts of the installer's initramfs. To be sourced.

state=${state:-/run/coreos-installer}

# Reads the kernel arguments, of which the last one wins: `asked` (coreos.inst=; `shell`: a shell only), `meant` (whether any
# is for the installer), `target` (the device), `addressed` (whether every ip= is for a certain card) and
# `patience` (how long to wait for a server). In one pass and without dracut's getarg, which starts several
# processes for each argument, and each may take a tenth of a second.
read_kernel_arguments() {
    local arguments argument every=''
    asked='' meant='' target='' addressed='' patience=''
    arguments=$(
        keyfile_arguments
        cat /etc/cmdline.d/*.conf /etc/cmdline "${booted:-/proc/cmdline}" /run/initramfs/cmdline.d/*.conf 2> /dev/null \
            | unquoted
    )
    # No file name expansion.
    set -f
    for argument in $arguments; do
        case $argument in
            coreos.inst) asked=yes ;;
            # The menu's entry for a shell has this before the arguments that all entries share.
            coreos.inst=*) [ "$asked" = shell ] || asked=${argument#*=} ;;
            coreos.inst.install_dev=?* | coreos.coreos.inst.install_dev=?*) target=${argument#*=} ;;
            coreos.inst.retry_for=?*) patience=${argument#*=} ;;
            # systemd-network-generator drops these where another one is for a certain card.
            ip=dhcp | ip=dhcp,dhcp6 | ip=single-dhcp | ip=on | ip=any) every=yes ;;
            ip=*) addressed=yes ;;
        esac
        case $argument in
            [Cc][Oo][Rr][Ee][Oo][Ss][._-][Ii][Nn][Ss][Tt][._-]?*) meant=yes ;;
            coreos.coreos.inst.?* | coreos.install.?* | coreos.installer.?*) meant=yes ;;
        esac
    done
    set +f
    [ -z "$every" ] || addressed=''
}

# DIRECTORY: the settings of systemd-networkd by which all network cards use DHCP. Reservations on a DHCP server
# usually name the MAC address, and URLs may have a name without its domain.
use_dhcp() {
    mkdir -p "$1"
    cat > "$1/99-coreos-installer.network" << END
[Match]
Type=ether

[Network]
DHCP=yes

[DHCPv4]
ClientIdentifier=mac
UseDomains=yes

[DHCPv6]
DUIDType=link-layer
UseDomains=yes

[IPv6AcceptRA]
UseDomains=yes
END
}

# DIRECTORY: the settings of NetworkManager by which it identifies itself to DHCP servers in the same way. By itself it makes
# the identifier for DHCPv6 of the machine's ID, which is another one at each boot of this medium.
use_mac_address() {
    mkdir -p "$1"
    cat > "$1/coreos-installer.conf" << END
[connection-coreos-installer]
ipv4.dhcp-client-id=mac
ipv6.dhcp-duid=ll
END
}

# Kernel arguments without their quotes. A blank within quotes is part of a value, as of
# coreos.inst.append_karg="ip=... nameserver=...", which is for the installed system: it becomes a `_`, as no
# argument that is looked for here has one.
unquoted() {
    sed -e ':next' -e 's/^\(\([^"]*"[^"]*"\)*[^"]*"[^"[:space:]]*\)[[:space:]]/\1_/' -e 't next' -e 's/"//g'
}

# DIRECTORY: whether there is a file in it.
has_files() {
    for file in "$1"/*; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

# Whether the medium has config files for the installer.
is_configured() {
    has_files "${configs:-/etc/coreos/installer.d}"
}

# Whether keyfiles configure the network of the medium (coreos-installer iso customize --network-keyfile),
# which are there as kernel arguments, too. An ip= that the machine was booted with replaces them.
has_keyfiles() {
    [ -e "${network:-/etc/coreos/network.conf}" ] \
        && ! unquoted < "${booted:-/proc/cmdline}" | grep -qE '(^|[[:space:]])ip='
}

# Those of the keyfiles, if they configure the network.
keyfile_arguments() {
    if has_keyfiles; then cat "${network:-/etc/coreos/network.conf}"; fi
}

# Whether systemd-networkd brings up the network; dracut has other modules for it.
has_networkd() {
    [ -e "${generator:-/lib/systemd/systemd-network-generator}" ]
}

# What is added to the kernel arguments, which take precedence.
default_arguments() {
    local authorities=${authorities:-/etc/coreos/ca.pem}
    # After half a minute without a network the installer starts nevertheless (two thirds of
    # rd.retry; see network-timeout-hook.sh).
    echo 'rd.neednet=1 rd.retry=45'
    # The server may start after the machines: they wait for it forever. Where there are config files, which
    # may say how long, the program does that by itself (medium-config.ts).
    [ -n "$patience" ] || is_configured || echo 'coreos.inst.retry_for=0'
    # That of coreos-installer iso customize --ignition-ca, also for an installation by kernel arguments alone.
    [ ! -e "$authorities" ] || echo "coreos.inst.ca_file=$authorities"
}

# The device in these config files, of which the last one wins; empty where none is found. The program
# reads them properly: this only says which disk to wait for. YAML may be JSON, too: the name of the option
# may be quoted, and follow others on its line.
configured_target() {
    local name
    is_configured || return 0
    name='^\([^#]*,\)\{0,1\}[^#[:alnum:]]*dest-device["'"'"']\{0,1\}[[:blank:]]*:[[:blank:]]*'
    # The value is quoted, or ends before a comment, the next option or the end of the mapping.
    sed -n \
        -e "s/$name//;t value" -e d \
        -e ':value' \
        -e 's/^"\([^"]*\)".*/\1/;t end' \
        -e "s/^'\([^']*\)'.*/\1/;t end" \
        -e 's/[[:space:]]#.*//;s/,[^,]*:[[:blank:]].*//;s/[,}[:space:]]*$//' \
        -e ':end' -e p \
        "${configs:-/etc/coreos/installer.d}"/* | sed -n '$p'
}

# Whether to run the installer on this boot: requested by coreos.inst, or any of its arguments or a config
# file is given and coreos.inst=no is not. A misspelled argument starts it as well, because the installer then reports
# what is wrong.
installer_wanted() {
    read_kernel_arguments
    [ -n "$asked$meant" ] || ! is_configured || meant=yes
    case ${asked:-$meant} in
        '' | 0 | no | off) return 1 ;;
    esac
}

# The names of all consoles that can be written to, as in console=NAME. tty0 is replaced by tty1: it
# means the current virtual console, and a shell needs a fixed one. A console= that names a
# missing port is listed as active, but cannot be opened.
console_names() {
    for console_name in $(sed 's/\<tty0\>/tty1/' /sys/class/tty/console/active); do
        { : >> "/dev/$console_name"; } 2> /dev/null && echo "$console_name"
    done
}

# Copies its input to the journal (standard output) and to every console without a shell.
to_every_console() {
    /usr/lib/coreos-installer/to-consoles every
}

# The consoles where a shell has been opened since the installation began.
open_shells() {
    for console_name in $(console_names); do
        [ -e "$state/shell-on-$console_name" ] && echo "$console_name"
    done
}

# Copies its input to those shells, after an empty line.
to_open_shells() {
    [ -z "$(open_shells)" ] || { echo && cat; } | /usr/lib/coreos-installer/to-consoles shells
}

# Starts a service on each console that waits for Enter, and then says so: a serial port that no process
# has open discards what is typed. A service that is already running is not restarted.
offer_shells() {
    for console_name in $(console_names); do
        systemctl start "coreos-installer-shell@$console_name.service"
    done
    echo 'Press Enter for an emergency shell.'
}

# CODE: prints what is wrong with the network, if the code of a failure says that no server was reached.
# If a server has responded, the network works.
network_lack() {
    case $1 in
        name-unknown | name-server-silent | network-no-route | network-host-unreachable | \
            network-connect-timeout | network-failed)
            /usr/lib/coreos-installer/network-diagnosis
            ;;
    esac
}

# Copies the program's standard error, and stores its last three lines, which after a failure are the
# reason, the state of the disk, and the command to try.
keep_reason() {
    local line first='' second='' third=''
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
        first=$second second=$third third=$line
    done
    printf '%s\n' "$first" "$second" "$third" | sed '/./,$!d' > "$state/reason"
}

# Whether the medium has programs to run before or after the installation (pre-install, post-install).
has_hooks() {
    has_files "${hooks:-/etc/coreos}/$1.d"
}

# PROGRAM: runs it, with its output on every console. It has ended when its own process has: what it leaves
# running may hold its output open for ever.
run_hook() {
    local code tenths=0
    rm -f "$state/hook-output" "$state/hook-shown"
    mkfifo -m 0600 "$state/hook-output"
    { to_every_console < "$state/hook-output"; : > "$state/hook-shown"; } &
    "$1" < /dev/null > "$state/hook-output" 2>&1
    code=$?
    # So that the next line follows it. A process that is left cannot be waited for.
    while [ ! -e "$state/hook-shown" ] && [ "$tenths" -lt 20 ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    return "$code"
}

# KIND: runs these programs one after the other, in the order of their names, with their output on every
# console; false after the first that fails, whose name is then in `failed_hook`, with its exit code in
# `hook_code`.
run_hooks() {
    local hook began
    failed_hook='' hook_code=0
    for hook in "${hooks:-/etc/coreos}/$1.d"/*; do
        [ -e "$hook" ] || continue
        echo "Running $1 program ${hook##*/}." | to_every_console
        chmod 0700 "$hook"
        began=$SECONDS
        run_hook "$hook"
        hook_code=$?
        if [ "$hook_code" != 0 ]; then
            failed_hook=${hook##*/}
            return 1
        fi
        echo "The $1 program ${hook##*/} succeeded after $((SECONDS - began)) s." | to_every_console
    done
}
