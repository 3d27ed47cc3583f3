.PHONY: test-qemu
test-qemu: iso pxe ## boot the media in QEMU, install, and let the real Ignition run
	@scripts/install-system-packages.sh qemu
	$(node) node_modules/vitest/vitest.mjs run --config test/qemu/vitest.config.ts --root .
