# KERNEL=FILE or KERNEL_PACKAGE=NAME chooses the kernel, KARGS='…' adds kernel arguments.
export KERNEL KERNEL_PACKAGE MODULES KARGS TIMEOUT NETWORK SECURE_BOOT

.PHONY: iso pxe
iso: all ## build dist/installer.iso
	@$(lock) media/build-iso.sh
pxe: all ## build dist/pxe/
	@$(lock) media/build-pxe.sh
