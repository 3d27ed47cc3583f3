#!/bin/sh
# Prints a directory with `vmlinuz`, `version` and `modules`, for the kernel to put on the media:
#   KERNEL=FILE           that kernel, its modules in MODULES= (default /lib/modules/VERSION)
#   KERNEL_PACKAGE=NAME   that Debian package, unpacked here, not installed
here=$(dirname "$0")
. "$here/lib.sh"

package=${KERNEL_PACKAGE:-linux-image-$arch}

from_file() {
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
    (cd "$download" && for_arch apt-get -o APT::Sandbox::User=root --quiet download "$name" > "$work/apt.log" 2>&1) \
        || fail "could not download $name; see $work/apt.log"
    "$here/unpack-kernel.sh" "$download"/*.deb "$target"
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
