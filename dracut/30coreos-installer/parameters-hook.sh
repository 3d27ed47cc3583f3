#!/bin/sh
# dracut's cmdline hook (sourced): copies kernel arguments into the files in /tmp, where a person
# in the emergency shell can change them. A file that exists already is left alone.

coreos_installer_parameter() {
    [ -e "/tmp/$1" ] || (
        umask 077
        printf '%s\n' "$2" > "/tmp/$1"
    )
}

# FILE ARGUMENT...: the first of the arguments that is given.
coreos_installer_value() {
    _coreos_file=$1
    shift
    for _coreos_name in "$@"; do
        if _coreos_value=$(getarg "$_coreos_name=") && [ -n "$_coreos_value" ]; then
            coreos_installer_parameter "$_coreos_file" "$_coreos_value"
            return
        fi
    done
}

# FILE ARGUMENT: all its values, with blanks between.
coreos_installer_values() {
    _coreos_value=$(for _coreos_value in $(getargs "$2="); do printf '%s ' "$_coreos_value"; done)
    [ -z "$_coreos_value" ] || coreos_installer_parameter "$1" "${_coreos_value% }"
}

# FILE ARGUMENT: bare means 1; any other value is the program's to judge.
coreos_installer_flag() {
    if _coreos_value=$(getarg "$2="); then
        coreos_installer_parameter "$1" "$_coreos_value"
    elif getarg "$2" > /dev/null; then
        coreos_installer_parameter "$1" 1
    fi
}

coreos_installer_network() {
    for _coreos_name in ip ifname rd.route bootdev BOOTIF rd.bootif nameserver rd.peerdns \
        biosdevname vlan bond team bridge rd.net.timeout.carrier ipv6.disable \
        net.ifnames net.naming-scheme; do
        for _coreos_value in $(getargs "$_coreos_name="); do
            printf ' %s=%s' "$_coreos_name" "$_coreos_value"
        done
    done
}

. /usr/lib/coreos-installer/lib.sh
if installer_wanted; then
    mkdir -p -m 1777 /tmp
    coreos_installer_value selected_dev coreos.inst.install_dev coreos.coreos.inst.install_dev
    coreos_installer_value ignition_url coreos.inst.ignition_url
    coreos_installer_value image_url coreos.inst.image_url
    coreos_installer_value platform_id coreos.inst.platform_id
    coreos_installer_value proxy_url coreos.inst.proxy
    coreos_installer_value no_proxy coreos.inst.noproxy
    coreos_installer_value cert_file coreos.inst.cert
    coreos_installer_value key_file coreos.inst.key
    for _coreos_key in image_hash ignition_hash check_ignition checksum_url keyring \
        retry_for ca_file header_file; do
        coreos_installer_value "$_coreos_key" "coreos.inst.$_coreos_key"
    done
    for _coreos_key in skip_reboot skip_media_check require_signature verify; do
        coreos_installer_flag "$_coreos_key" "coreos.inst.$_coreos_key"
    done
    coreos_installer_values notify_url coreos.inst.notify_url
    if getargbool 0 coreos.no_persist_ip; then
        coreos_installer_parameter additional_opts coreos.no_persist_ip=1
    else
        _coreos_network=$(coreos_installer_network)
        [ -z "$_coreos_network" ] \
            || coreos_installer_parameter networking_opts "rd.neednet=1$_coreos_network"
    fi

    # The network is needed, and after half a minute without one the installer starts all the same
    # (two thirds of rd.retry; see network-timeout-hook.sh). The boot loader's word counts more.
    mkdir -p /etc/cmdline.d
    echo 'rd.neednet=1 rd.retry=45' > /etc/cmdline.d/10-coreos-installer.conf
fi
unset state _coreos_key _coreos_file _coreos_name _coreos_value _coreos_network
