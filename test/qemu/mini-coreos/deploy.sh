#!/bin/sh
# deploy.sh MOUNT ROOT BOOT BOOT-TREE REPOSITORY COMMIT READ-ONLY KERNEL-ARGUMENT…
# Deploys a commit to the file systems in the files ROOT and BOOT, as Fedora CoreOS's build does. Run it
# in a mount namespace of its own: nothing stays mounted then, and no loop device in use.
set -eu
mount=$1 root=$2 boot=$3 boot_tree=$4 repository=$5 commit=$6 read_only=$7
shift 7
branch=mini-coreos/x86_64/stable

mkdir -p "$mount"
mount -o loop "$root" "$mount"
mkdir "$mount/boot"
mount -o loop "$boot" "$mount/boot"
# The root directory of the file system: only its owner may change it, others must reach /usr.
chmod 0755 "$mount"

ostree admin init-fs --modern "$mount"
ostree config --repo="$mount/ostree/repo" set core.fsync false
# GRUB reads the entries themselves.
ostree config --repo="$mount/ostree/repo" set sysroot.bootloader none
if [ "$read_only" = yes ]; then
    ostree config --repo="$mount/ostree/repo" set sysroot.readonly true
fi
ostree admin os-init mini-coreos --sysroot="$mount"
ostree pull-local --repo="$mount/ostree/repo" --remote=mini "$repository" "$commit"
ostree refs --repo="$mount/ostree/repo" --create="mini:$branch" "$commit"
for argument; do
    shift
    set -- "$@" "--karg-append=$argument"
done
ostree admin deploy --sysroot="$mount" --os=mini-coreos "$@" "mini:$branch"
ostree config --repo="$mount/ostree/repo" unset core.fsync
cp -R "$boot_tree/." "$mount/boot/"

# Zeros compress best.
fstrim "$mount/boot"
fstrim "$mount"
umount "$mount/boot"
umount "$mount"
