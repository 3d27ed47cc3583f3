#!/bin/sh
# Fails where the build of media for ARCH would fail, as far as that is known without the program.
here=$(dirname "$0")
. "$here/lib.sh"
kernel_arguments > /dev/null
"$here/install-packages.sh"
[ -z "$foreign_root" ] || "$here/with-emulation.sh" "$here/root-packages.sh" > /dev/null
# The build uses the same files.
"$here/obtain-kernel.sh" > /dev/null
"$here/obtain-firmware.sh" > /dev/null
