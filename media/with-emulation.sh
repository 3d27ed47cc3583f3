#!/bin/sh
# with-emulation.sh COMMAND...: runs a command that starts programs of ARCH, by qemu-user: the kernel starts it
# for them (binfmt_misc). Where the system has set that up, nothing is changed; otherwise it is set up until
# the command ends. The command's mounts are gone with it: it has a mount namespace of its own.
here=$(dirname "$0")
. "$here/lib.sh"

elsewhere="Build on a machine of $arch, or where root may mount and the kernel has binfmt_misc (modprobe binfmt_misc; in a container, on its host)."

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || fail "media for another architecture can only be built by root."
    unshare --mount true 2> "$work/binfmt.log" || fail "it is not allowed to mount: $(cat "$work/binfmt.log"). $elsewhere"
    exec unshare --mount --propagation private "$0" --inside "$@"
fi
shift

case $arch in
    # ELF, 64 bits, little-endian, a program or a shared object, for AArch64.
    arm64) qemu=qemu-aarch64-static type='\x02' cpu='\xb7' ;;
    *) fail "media for $arch can only be built on a machine of that architecture." ;;
esac
ident='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00'
ident_mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff'
binfmt=/proc/sys/fs/binfmt_misc

if [ ! -e "$binfmt/register" ]; then
    modprobe --quiet binfmt_misc 2> /dev/null || true
    mount -t binfmt_misc binfmt_misc "$binfmt" 2> "$work/binfmt.log" \
        || fail "this kernel starts no programs of $arch: $(cat "$work/binfmt.log"). $elsewhere"
fi

# Whether an entry of the system is good for these programs, also in a chroot: it then has the flag F.
set_up() {
    magic=7f454c46020101000000000000000000$(printf '%s' "${type}00${cpu}00" | sed 's/\\x//g')
    for entry in "$binfmt"/*; do
        case ${entry##*/} in register | status | coreos-installer-*) continue ;; esac
        content=$(cat "$entry" 2> /dev/null) || continue
        case $content in *"enabled"*"flags: "*F*"magic $magic"*) return ;; esac
    done
    return 1
}

if ! set_up; then
    interpreter=$(command -v "$qemu") || fail "there is no $qemu: install qemu-user-static."
    name=coreos-installer-$$
    trap '[ ! -e "$binfmt/$name" ] || echo -1 > "$binfmt/$name"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rule=":$name:M::$ident$type\x00$cpu\x00:$ident_mask\xfe\xff\xff\xff:$interpreter:F"
    printf '%s' "$rule" 2> "$work/binfmt.log" > "$binfmt/register" \
        || fail "this kernel starts no programs of $arch: it does not accept $interpreter for them. $elsewhere"
fi
"$@"
