#!/bin/bash
# Sorted before dracut's own `network`, which would take systemd-networkd on Debian: Fedora CoreOS
# of 2019 brought its network up with the legacy scripts.

check() { return 255; }

depends() { echo network-legacy; }

# The file that is there first is kept.
install() { inst_simple "$moddir/arping" "$(command -v arping)"; }
