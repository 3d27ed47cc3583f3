#!/bin/bash
# Opens the installer's shell instead of dracut's when a boot fails.

check() {
    return 255
}

depends() {
    echo dracut-systemd
}

install() {
    inst_hook emergency 10 "$moddir/emergency-hook.sh"
}
