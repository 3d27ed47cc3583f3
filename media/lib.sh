#!/bin/sh
# Functions for the media scripts. To be sourced, with `here` set to this directory.
set -eu

root=$(cd "$here/.." && pwd)
work=${WORK:-$root/build/media}
dist=$root/dist
binary=${BINARY:-$dist/coreos-installer}
mkdir -p "$work" "$dist"

# Every medium boots with these; KARGS adds more. A tmpfs is limited to half of the memory, which is
# not enough for the initramfs with 512 MiB; a ramfs has no limit.
default_arguments='rootfstype=ramfs console=tty0 console=ttyS0,115200n8 quiet loglevel=4 audit=0 coreos.inst=yes'

kernel_arguments() {
    case ${KARGS:-} in
        *[\'\"\\]*) fail 'KARGS contains a quote or a backslash, which boot loaders interpret differently.' ;;
        *[\$\&\;\|\<\>{}]* | '#'* | *[[:space:]]'#'*)
            fail 'KARGS contains a character that GRUB interprets: $ & ; | < > { } or # at the beginning of a word.'
            ;;
    esac
    # shellcheck disable=SC2086 # words, with single spaces between them
    echo $default_arguments ${KARGS:-}
}

fail() {
    echo "$0: $*" >&2
    exit 1
}

# OUTPUT INPUTS: whether OUTPUT was made from exactly these inputs (a text).
is_current() {
    [ -e "$1" ] && [ -e "$1.inputs" ] && [ "$(cat "$1.inputs")" = "$2" ]
}

megabytes() {
    echo "$(($(stat -c %s "$1") / 1000000)) MB"
}
