#!/bin/sh
# Makes the packages; Debian's lintian has nothing to say of those for this machine.
set -eux
make packages
lintian --allow-root --fail-on error,warning dist/packages/*_"$(dpkg --print-architecture)".deb
