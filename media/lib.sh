#!/bin/sh
# What the media scripts share. To be sourced, with `here` set to this directory.
set -eu

root=$(cd "$here/.." && pwd)
work=${WORK:-$root/build/media}
dist=$root/dist
binary=${BINARY:-$dist/coreos-installer}
mkdir -p "$work" "$dist"

# Every medium boots with these; KARGS adds more. A tmpfs would hold half of the memory at most,
# which is not enough for the initramfs in 512 MiB; a ramfs holds all that there is.
default_arguments='rootfstype=ramfs console=tty0 console=ttyS0,115200n8 quiet loglevel=4 audit=0 coreos.inst=yes'

kernel_arguments() {
    case ${KARGS:-} in
        *[\'\"\\]*) fail 'KARGS holds a quote or a backslash, which boot loaders do not agree on.' ;;
    esac
    # shellcheck disable=SC2086 # words, with single spaces between them
    echo $default_arguments ${KARGS:-}
}

fail() {
    echo "$0: $*" >&2
    exit 1
}

# OUTPUT INPUTS: whether OUTPUT was made from just these inputs (a text).
is_current() {
    [ -e "$1" ] && [ -e "$1.inputs" ] && [ "$(cat "$1.inputs")" = "$2" ]
}

megabytes() {
    echo "$(($(stat -c %s "$1") / 1000000)) MB"
}
