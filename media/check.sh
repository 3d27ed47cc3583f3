#!/bin/sh
# Whether this machine can build media for ARCH; says what is missing.
here=$(dirname "$0")
. "$here/lib.sh"
[ -n "$foreign_root" ] || exit 0
"$here/install-packages.sh"
"$here/with-emulation.sh" true
