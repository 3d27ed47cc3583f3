#!/bin/sh
# On a minimal system with nothing but the package: a plan, and an installation to a loop device. The
# image is /fixture/image.raw.xz, the config /fixture/config.ign; the disk is left in /fixture/disk.
set -eux
apt-get install --yes --no-install-recommends "$PWD"/dist/packages/coreos-installer_*_"$(dpkg --print-architecture)".deb
truncate -s 700000256 /fixture/disk
disk=$(losetup --find --show /fixture/disk)
trap 'losetup --detach "$disk"' EXIT
coreos-installer -d "$disk" -b /fixture/image.raw.xz -i /fixture/config.ign --insecure --no-prompt --dry-run
coreos-installer -d "$disk" -b /fixture/image.raw.xz -i /fixture/config.ign --insecure --no-prompt
