#!/bin/sh
# Fails where the build of media for ARCH would fail, as far as that is known without the program.
here=$(dirname "$0")
. "$here/lib.sh"
kernel_arguments > /dev/null
menu_timeout > /dev/null
case $network in
    systemd-networkd | network-manager | network-legacy) ;;
    *) fail "NETWORK=$network: there are systemd-networkd, network-manager and network-legacy." ;;
esac
"$here/install-packages.sh"
modules=${DRACUT:-/usr/lib/dracut}/modules.d
[ -n "$foreign_root" ] || [ ! -d "$modules" ] || ls -d "$modules"/*[0-9]"$network" > /dev/null 2>&1 \
    || fail "NETWORK=$network: the installed dracut has no such module in $modules."
[ -z "$foreign_root" ] || "$here/with-emulation.sh" "$here/root-packages.sh" > /dev/null
# The build uses the same files.
"$here/obtain-kernel.sh" > /dev/null
"$here/obtain-firmware.sh" > /dev/null
