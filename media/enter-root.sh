#!/bin/sh
# enter-root.sh ROOT DIRECTORY COMMAND...: runs a command in the system in ROOT, with DIRECTORY as /mnt, and with
# this machine's firmware and CA certificates. Runs within with-emulation.sh, with which its mounts end.
here=$(dirname "$0")
. "$here/lib.sh"
system=$1
directory=$2
shift 2

mkdir -p "$system/mnt"
for name in dev proc sys; do mount --rbind "/$name" "$system/$name"; done
mount --bind "$directory" "$system/mnt"
for path in usr/lib/firmware etc/ssl/certs/ca-certificates.crt; do
    [ -e "/$path" ] || continue
    [ ! -d "/$path" ] || mkdir -p "$system/$path"
    mount --bind "/$path" "$system/$path"
done
exec chroot "$system" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
