#!/bin/sh
# enter.sh ROOT SHARED... -- COMMAND...: runs the command with ROOT as `/`, and ends whatever it started.
# To be run by `unshare --mount --pid --fork --kill-child --propagation private`. `/` is a mount there,
# which it is not in a chroot. SHARED: pairs of a directory here and one below ROOT, to be bound there.
set -eu
root=$1
shift
mount --bind "$root" "$root"
while [ "$1" != -- ]; do
    mount --bind "$1" "$root$2"
    shift 2
done
shift
cd "$root"
mount --rbind /dev dev
mount -t tmpfs shm dev/shm
mount --rbind /sys sys
mount -t tmpfs run run
mount -t proc proc proc
mkdir -p .machine
pivot_root . .machine
umount --lazy /.machine
rmdir /.machine
cd /root
exec "$@"
