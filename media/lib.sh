#!/bin/sh
# Functions for the media scripts. To be sourced, with `here` set to this directory.
set -eu
# Some scripts read what programs print: it is not translated.
export LC_ALL=C.UTF-8 LANGUAGE=

fail() {
    echo "$0: $*" >&2
    exit 1
}

# For what only another machine can do: the tests are skipped there.
unable() {
    echo "$0: $*" >&2
    exit 77
}

# MACHINE: the name that Debian has for it.
debian_name() {
    case $1 in
        amd64 | x86_64 | x64) echo amd64 ;;
        arm64 | aarch64) echo arm64 ;;
        *) fail "there are no media for ARCH=$1: there are x86_64 and arm64." ;;
    esac
}

machine=$(debian_name "$(uname -m)")
arch=$(debian_name "${ARCH:-$machine}")
# What names end in: suffix, of the program and the media; efi, of UEFI's boot loaders; fedora, of images. GRUB's
# format for UEFI, and the kernel's name of the first serial line.
case $arch in
    amd64) suffix='' efi=x64 grub_format=x86_64-efi fedora=x86_64 serial=ttyS0 ;;
    arm64) suffix=-arm64 efi=aa64 grub_format=arm64-efi fedora=aarch64 serial=ttyAMA0 ;;
esac

root=$(cd "$here/.." && pwd)
work=${WORK:-$root/build/media$suffix}
dist=$root/dist
output=${OUTPUT:-$dist}
binary=${BINARY:-$dist/coreos-installer$suffix}
mkdir -p "$work" "$output"

network=${NETWORK:-systemd-networkd}

has_network_manager() {
    command -v NetworkManager > /dev/null || [ -x /usr/sbin/NetworkManager ]
}

# A system of its own, for dracut to run in and to collect files from: for another architecture than this machine's, and
# for NetworkManager, which would manage this machine's network if it were installed. Otherwise it is this one.
foreign_root=
[ "$arch" = "$machine" ] || foreign_root=$work/root
[ "$network" != network-manager ] || has_network_manager || foreign_root=$work/root

# Every medium boots with these; KARGS adds more. A tmpfs is limited to half of the memory, which is
# not enough for the initramfs with 512 MiB; a ramfs has no limit.
default_arguments="rootfstype=ramfs console=tty0 console=$serial,115200n8 quiet loglevel=4 audit=0 coreos.inst=yes"

# Seconds until the boot menu continues: 0 at once, -1 never.
menu_timeout() {
    case ${TIMEOUT:-5} in
        -1) ;;
        *[!0-9]*) fail "TIMEOUT=$TIMEOUT: it must be a number of seconds, or -1 to wait for a key." ;;
    esac
    echo "${TIMEOUT:-5}"
}

# The same for ISOLINUX: in tenths of a second, where 0 is never.
isolinux_timeout() {
    echo $(($1 > 0 ? $1 * 10 : $1 == 0))
}

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

# COMMAND ARGUMENT...: apt's command for packages of ARCH. For a system of its own it has lists
# of its own, from this machine's sources: nothing of this machine changes.
for_arch() {
    if [ -z "$foreign_root" ]; then
        "$@"
        return
    fi
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
    # What this machine runs after an update is for its own lists.
    cat > "$work/apt/apt.conf" << END
#clear APT::Architectures;
#clear APT::Update;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$work/apt";
Dir::State::lists "$work/apt/lists";
Dir::State::status "/dev/null";
Dir::State::extended_states "$work/apt/extended_states";
Dir::Cache "$work/apt/cache";
Dir::Cache::archives "$work/apt/cache/archives";
Dir::Cache::pkgcache "$work/apt/cache/pkgcache.bin";
Dir::Cache::srcpkgcache "$work/apt/cache/srcpkgcache.bin";
END
    apt_command=$1
    shift
    # Unlike APT_CONFIG, this is read after this machine's configuration.
    "$apt_command" --config-file "$work/apt/apt.conf" "$@"
}

# DIRECTORY COMMAND...: runs apt's command that downloads packages, and moves them to DIRECTORY. apt writes to its
# working directory, and to / where that was removed meanwhile: therefore that is one which nothing else removes.
download_to() (
    target=$1
    shift
    place=$(mktemp -d /var/tmp/coreos-installer-packages-XXXXXX) || exit
    trap 'rm -rf "$place"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    cd "$place" && "$@" && mv ./*.deb "$target/"
)

# DIRECTORY: describes what dracut collects from this machine, and the modules in DIRECTORY; any change of it
# changes the medium.
collected_files() {
    # shellcheck disable=SC2046 # words
    dpkg-query -W libc6 util-linux $(grep -hv '^#' "$here"/packages*.txt) 2> /dev/null || true
    # Those that install_certificates in module-setup.sh takes.
    for authorities in ${authority_files:-/etc/ssl/certs/ca-certificates.crt \
        /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem /etc/pki/tls/certs/ca-bundle.crt \
        /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem}; do
        [ ! -e "$authorities" ] || sha256sum "$authorities"
    done
    find -L "$1" "${firmware_directory:-/lib/firmware}" -type f -printf '%P %s %T@\n' 2> /dev/null \
        | LC_ALL=C sort | sha256sum
}

# OUTPUT INPUTS: whether OUTPUT was made from exactly these inputs (a text).
is_current() {
    [ -e "$1" ] && [ -e "$1.inputs" ] && [ "$(cat "$1.inputs")" = "$2" ]
}

megabytes() {
    echo "$(($(stat -c %s "$1") / 1000000)) MB"
}
