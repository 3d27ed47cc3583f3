# KERNEL=FILE or KERNEL_PACKAGE=NAME chooses the kernel, KARGS='…' adds kernel arguments.
export KERNEL KERNEL_PACKAGE MODULES KARGS

.PHONY: iso pxe
iso: dist/coreos-installer
	media/build-iso.sh
pxe: dist/coreos-installer
	media/build-pxe.sh
