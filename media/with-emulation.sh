#!/bin/sh
# with-emulation.sh COMMAND...: runs a command that starts programs of ARCH, by qemu-user: the kernel starts it
# for them (binfmt_misc). Where the system has set that up, nothing is changed; otherwise it is set up until
# the command ends. The command's mounts are gone with it: it has a mount namespace of its own. Where this machine
# does not allow that, it says so and exits with 77.
here=$(dirname "$0")
. "$here/lib.sh"
[ -n "$foreign_root" ] || exec "$@"

if [ "$arch" = "$machine" ]; then
    remedy='Install NetworkManager, or build as root where mounting is allowed'
else
    remedy="Build on a machine of $arch, or where root may mount and the kernel has binfmt_misc (modprobe binfmt_misc; in a container, on its host)"
fi
refuse() {
    unable "$*. $remedy."
}

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || fail "media for another architecture, or with NetworkManager, can only be built by root."
    unshare --mount true 2> "$work/binfmt.log" || refuse "it is not allowed to mount: $(cat "$work/binfmt.log")"
    exec unshare --mount --propagation private "$0" --inside "$@"
fi
shift
[ "$arch" != "$machine" ] || exec "$@"

case $arch in
    # ELF, 64 bits, little-endian, a program or a shared object, for AArch64.
    arm64) qemu=qemu-aarch64-static type='\x02' cpu='\xb7' ;;
    *) fail "media for $arch can only be built on a machine of that architecture." ;;
esac
ident='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00'
ident_mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff'
binfmt=/proc/sys/fs/binfmt_misc

# Whether the kernel starts programs of ARCH, also in a chroot. The program only calls exit(0): mov x0, #0;
# mov x8, #93; svc #0.
starts_programs() {
    # A condition of its callers: set -e does not count in here.
    probe=$(mktemp -d "$work/probe-XXXXXX") || fail "could not write to $work"
    base64 -d > "$probe/program" << 'END' || fail "could not write to $work"
f0VMRgIBAQAAAAAAAAAAAAIAtwABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAAAAEA
AAAFAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAhAAAAAAAAACEAAAAAAAAAAAAAQAAAAAAAACA0qgLgNIBAADU
END
    chmod 0755 "$probe/program"
    started=yes
    chroot "$probe" /program 2> "$work/binfmt.log" || started=no
    rm -r "$probe"
    [ "$started" = yes ]
}

if [ ! -e "$binfmt/register" ]; then
    modprobe --quiet binfmt_misc 2> /dev/null || true
    mount -t binfmt_misc binfmt_misc "$binfmt" 2> "$work/binfmt.log" \
        || refuse "this kernel starts no programs of $arch: $(cat "$work/binfmt.log")"
fi

# Entries of builds: those that were killed could not take theirs back, and those that run will.
name=coreos-installer-$(readlink /proc/self/ns/pid | tr -dc 0-9)
others=
for entry in "$binfmt/$name"-*; do
    [ -e "$entry" ] || continue
    # Where it cannot be removed here, another build may do it.
    if [ -e "/proc/${entry##*-}" ] || ! { echo -1 > "$entry"; } 2> "$work/binfmt.log"; then others=yes; fi
done

if [ -n "$others" ] || ! starts_programs; then
    # With dpkg, install-packages.sh has installed it.
    interpreter=$(command -v "$qemu") || {
        ! command -v dpkg-query > /dev/null || fail "there is no $qemu: install qemu-user-static."
        unable "there is no $qemu: install qemu-user-static."
    }
    name=$name-$$
    trap '[ ! -e "$binfmt/$name" ] || echo -1 > "$binfmt/$name"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rule=":$name:M::$ident$type\x00$cpu\x00:$ident_mask\xfe\xff\xff\xff:$interpreter:F"
    printf '%s' "$rule" 2> "$work/binfmt.log" > "$binfmt/register" \
        || refuse "this kernel starts no programs of $arch: it does not accept $interpreter for them: $(cat "$work/binfmt.log")"
    starts_programs || refuse "this kernel starts no programs of $arch: $(cat "$work/binfmt.log")"
fi
"$@"
