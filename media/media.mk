# KERNEL=FILE or KERNEL_PACKAGE=NAME chooses the kernel, KARGS='…' adds kernel arguments, FIRMWARE=all firmware for
# network cards. ARCH=arm64 or x86_64 is the architecture of the media, by default this machine's; the variable ARCH of
# the environment is used by many build systems, and ignored here.
ifneq ($(origin ARCH),command line)
override ARCH :=
endif
export KERNEL KERNEL_PACKAGE MODULES KARGS TIMEOUT NETWORK SECURE_BOOT FIRMWARE ARCH OUTPUT

media_arch := $(if $(ARCH),$(if $(filter aarch64 arm64,$(ARCH)),arm64,x64),$(arch))
media_programs := $(if $(filter $(arch),$(media_arch)),all,all-architectures)

.PHONY: iso pxe media-check
iso: media-check $(media_programs) ## build dist/installer.iso; with ARCH=arm64 dist/installer-arm64.iso
	@$(lock) media/build-iso.sh
pxe: media-check $(media_programs) ## build dist/pxe/; with ARCH=arm64 dist/pxe-arm64/
	@$(lock) media/build-pxe.sh

# What the build of the media would refuse, it refuses before the program is built.
media-check:
	@$(lock) media/check.sh
