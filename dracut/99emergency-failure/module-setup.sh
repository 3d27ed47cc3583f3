#!/bin/bash
# Makes dracut's emergency end where a failed installation ends.

check() {
    return 255
}

depends() {
    echo dracut-systemd
}

install() {
    inst_hook emergency 10 "$moddir/emergency-hook.sh"
}
