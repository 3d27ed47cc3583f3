.PHONY: test-qemu
test-qemu: iso pxe ## boot the media in QEMU, install, and let the real Ignition run
	@media/install-packages.sh test/qemu/packages.txt
	$(node) node_modules/vitest/vitest.mjs run --root . --config test/qemu/vitest.config.ts
