#!/bin/sh
# Prints a directory with Debian's (or Ubuntu's) signed boot loaders for UEFI, unpacked and not installed: shim, gcd (GRUB
# for CD and stick) and grubnet (GRUB for the network), each as shimx64.efi or shimaa64.efi. Where they are not
# available, prints nothing, and says on standard error why the media will not boot with Secure Boot.
here=$(dirname "$0")
. "$here/lib.sh"

packages="shim-signed grub-efi-$arch-signed"
case $arch in
    amd64) directory=x86_64-efi-signed ;;
    arm64) directory=arm64-efi-signed ;;
esac

without() {
    echo "The medium will not boot with Secure Boot: $*." >&2
    exit 0
}

version_of() {
    for_arch apt-cache show --no-all-versions "$1" 2> /dev/null | sed -n 's/^Version: //p'
}

case ${SECURE_BOOT:-yes} in
    0 | no | off) without 'SECURE_BOOT=no' ;;
esac
command -v apt-get > /dev/null || without "Debian's packages $packages are not available here"
versions=$(for package in $packages; do version_of "$package"; done)
[ "$(echo "$versions" | wc -w)" = 2 ] \
    || { for_arch apt-get --quiet update > "$work/apt.log" 2>&1 && versions=$(for package in $packages; do version_of "$package"; done); }
[ "$(echo "$versions" | wc -w)" = 2 ] || without "there are no packages $packages"

target=$work/signed/$(echo "$versions" | tr ' \n/' '___')
if [ ! -e "$target/grubnet$efi.efi" ]; then
    echo "Unpacking $packages" >&2
    rm -rf "$work/signed"
    download=$work/signed/download
    mkdir -p "$download" "$target"
    # shellcheck disable=SC2086 # words
    download_to "$download" for_arch apt-get -o APT::Sandbox::User=root --quiet download $packages > "$work/apt.log" 2>&1 \
        || without "$packages could not be downloaded, see $work/apt.log"
    for package in "$download"/*.deb; do dpkg-deb --extract "$package" "$download/files"; done
    # The last of them marks all as complete.
    for name in "shim/shim$efi.efi" "grub/$directory/gcd$efi.efi" "grub/$directory/grubnet$efi.efi"; do
        file=$download/files/usr/lib/$name.signed
        # Ubuntu's package has two of shim; its script that is run when it is installed selects one.
        [ -e "$file" ] || file=$file.latest
        [ -e "$file" ] || without "/usr/lib/$name.signed is in none of the packages $packages"
        cp "$file" "$target/${name##*/}"
    done
    rm -r "$download"
fi
echo "$target"
