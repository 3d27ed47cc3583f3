#!/bin/sh
# Prints a directory with `vmlinuz`, `version` and `modules`, for the kernel to put on the media:
#   KERNEL=FILE           that kernel, its modules in MODULES= (default /lib/modules/VERSION)
#   KERNEL_PACKAGE=NAME   that Debian package, unpacked here, not installed
here=$(dirname "$0")
. "$here/lib.sh"

# The package with drivers for real hardware.
default_package() {
    ID='' ID_LIKE=''
    [ ! -e "${os_release:-/etc/os-release}" ] || . "${os_release:-/etc/os-release}"
    case $ID_LIKE/$ID in
        *ubuntu*) echo linux-image-generic ;;
        *) echo "linux-image-$arch" ;;
    esac
}
# A system of its own has Debian's packages.
if [ -n "$foreign_root" ]; then package=linux-image-$arch; else package=$(default_package); fi
package=${KERNEL_PACKAGE:-$package}

# FILE: the architecture of a kernel; nothing where its first bytes do not say it.
architecture_of() {
    bytes() { od -A n -v -t "$1" -j "$2" -N "$3" "$file" 2> /dev/null | tr -d ' \n'; }
    file=$1
    header=$(bytes u4 60 4)
    # It starts under UEFI: there is a header of a PE program, with its machine.
    if [ "$(bytes x1 0 2)" = 4d5a ] && [ "$(bytes x1 "$header" 4)" = 50450000 ]; then
        case $(bytes x1 "$((header + 4))" 2) in
            6486) echo amd64 ;;
            64aa) echo arm64 ;;
            *) echo 'another architecture' ;;
        esac
    # "HdrS", of Linux's boot protocol on x86.
    elif [ "$(bytes x1 514 4)" = 48647253 ]; then echo amd64
    fi
}

from_file() {
    [ -e "$KERNEL" ] || fail "there is no $KERNEL"
    its=$(architecture_of "$KERNEL")
    [ "${its:-$arch}" = "$arch" ] || fail "KERNEL=$KERNEL is for $its, the media are for $arch"
    version=${KERNEL##*/vmlinuz-}
    modules=${MODULES:-/lib/modules/$version}
    [ -e "$modules/modules.dep" ] || fail "no kernel modules in $modules: set MODULES= to those of $KERNEL"
    target=$work/kernel/file
    rm -rf "$target"
    mkdir -p "$target"
    cp "$KERNEL" "$target/vmlinuz"
    ln -s "$(realpath "$modules")" "$target/modules"
    basename "$(realpath "$modules")" > "$target/version"
}

# linux-image-ARCH depends on linux-image-VERSION-ARCH, which contains the files.
versioned_package() {
    for_arch apt-cache depends "$package" | sed -n 's/^  Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# PACKAGE...: packages with their files, which they may not have themselves: Debian's kernel and its modules (since Linux
# 6.19), Ubuntu's modules, and more of these, on which linux-image-generic depends.
parts_of() {
    for_arch apt-cache depends "$@" | sed -n 's/^  Depends: \(linux-\(binary\|modules\|modules-extra\)-[0-9].*\)/\1/p' | sort -u
}

from_package() {
    name=$(versioned_package)
    [ -n "$name" ] || { for_arch apt-get --quiet update > "$work/apt.log" 2>&1 && name=$(versioned_package); }
    name=${name:-$package}
    candidate=$(for_arch apt-cache show --no-all-versions "$name" | sed -n 's/^Version: //p')
    target=$work/kernel/${name}_$candidate
    [ -e "$target/version" ] && return

    echo "Unpacking $name $candidate" >&2
    download=$work/kernel/download
    rm -rf "$download"
    mkdir -p "$download"
    # shellcheck disable=SC2046 # words
    download_to "$download" for_arch apt-get -o APT::Sandbox::User=root --quiet download "$name" $(parts_of "$package" "$name") \
        > "$work/apt.log" 2>&1 \
        || fail "could not download $name; see $work/apt.log. If there is no such package, set KERNEL_PACKAGE= to one with a kernel (Debian: linux-image-$arch, Ubuntu: linux-image-generic), or KERNEL= to a kernel of this machine"
    "$here/unpack-kernel.sh" "$target" "$download"/*.deb
    rm -r "$download"
}

if [ -n "${KERNEL:-}" ]; then
    from_file
elif command -v apt-get > /dev/null; then
    from_package
elif [ -n "$foreign_root" ]; then
    fail "set KERNEL= to a kernel for $arch, and MODULES= to its modules"
else
    KERNEL=/boot/vmlinuz-$(uname -r)
    [ -e "$KERNEL" ] || fail 'set KERNEL= to a kernel of this distribution'
    from_file
fi
echo "$target"
