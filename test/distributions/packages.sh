#!/bin/sh
# Makes the packages; Debian's lintian has nothing to say of the one for this machine.
set -eux
make packages
deb=$(echo dist/packages/*_"$(dpkg --print-architecture)".deb)
lintian --allow-root --fail-on error,warning "$deb"
