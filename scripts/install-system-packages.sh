#!/bin/sh
# Installs the missing packages of system-packages.txt, for the groups given as arguments. Without root
# it prints the command to run, and fails.
set -eu
list="$(dirname "$0")/system-packages.txt"
PATH="$PATH:/usr/sbin:/sbin"

if command -v apt-get >/dev/null; then column=3
elif command -v dnf >/dev/null; then column=4
else column=2
fi

missing=''
for group in "$@"; do
  while read -r of command debian fedora; do
    [ "$of" = "$group" ] || continue
    command -v "$command" >/dev/null && continue
    case $column in
      3) package=$debian ;;
      4) package=$fedora ;;
      *) package=$command ;;
    esac
    [ "$package" = - ] || missing="$missing $package"
  done <"$list"
done
[ -n "$missing" ] || exit 0

case $column in
  3) install="apt-get install -y --no-install-recommends" ;;
  4) install="dnf install -y" ;;
  *)
    echo "Install the packages that provide these commands:$missing" >&2
    exit 1
    ;;
esac
if [ "$(id -u)" != 0 ]; then
  printf 'Some packages are missing. Run this, then try again:\n\n    sudo %s%s\n\n' \
    "$install" "$missing" >&2
  exit 1
fi
echo "Installing$missing"
if [ $column = 3 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
fi
# shellcheck disable=SC2086 # a list of names
exec $install $missing
