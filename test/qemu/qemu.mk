# SCENARIOS=core leaves out what other tests cover as well. ACCEL=tcg or kvm; default: KVM if it works.
export SCENARIOS ACCEL

.PHONY: test-qemu test-qemu-arm64 demo-boot demo-fleet qemu-deps qemu-arm64-deps
test-qemu: iso pxe qemu-deps ## boot the media in QEMU, install, and let the real Ignition run
	$(node) node_modules/vitest/vitest.mjs run --root . --config test/qemu/vitest.config.ts $(QEMU_TESTS)

# On an emulated machine, whatever this one is. Where this machine or its sources of packages do not allow to build
# the media (77), the tests are skipped.
test-qemu-arm64: all test-deps qemu-arm64-deps ## build the media for arm64, boot them in QEMU, and install
	@reason=$$($(lock) env ARCH=arm64 media/with-emulation.sh media/root-packages.sh 2>&1 > /dev/null); \
	case $$? in \
	  77) echo "The media for arm64 are not tested: $$reason" >&2; export ARM64_MEDIA=unable ;; \
	  *) $(MAKE) iso pxe ARCH=arm64 || exit ;; \
	esac; \
	$(node) node_modules/vitest/vitest.mjs run --root . --config test/qemu-arm64/vitest.config.ts $(QEMU_TESTS)

demo-boot: iso qemu-deps ## install to a virtual machine from the ISO, and use the installed system
	$(node) test/qemu/demo-boot.ts

demo-fleet: all pxe qemu-deps ## install three virtual machines from a server, as a rack is installed
	$(node) test/qemu/demo-fleet.ts

qemu-deps:
	@media/install-packages.sh test/qemu/packages.txt

qemu-arm64-deps:
	@media/install-packages.sh test/qemu-arm64/packages.txt
	@ARCH=arm64 media/install-packages.sh

# The serial console is that of the last run of test-qemu, where there was one.
.PHONY: picture
picture: all ## draw the README's pictures from real runs
	$(node) scripts/pictures.ts
	@for log in artifacts/qemu/installed-updated-*-1.log; do \
	  test -e "$$log" || continue; \
	  $(node) test/qemu/lifecycle-lines.ts < "$$log" \
	  | $(node) scripts/terminal-picture.ts 'from the medium to a rollback: the serial console of a machine' \
	    > docs/images/lifecycle.svg; \
	done
	@for log in artifacts/qemu/iso-under-bios-*-1.log; do \
	  test -e "$$log" || continue; \
	  tr -d '\r' < "$$log" \
	  | sed -n -e 's/\x1b\[[0-9;?]*[a-zA-Z]//g; s/\x1b[()][A-Z0-9]//g; s/.*Target device:/Target device:/' \
	    -e '/^Target device:/,$$p' \
	  | $(node) scripts/terminal-picture.ts 'the serial console of a machine' > docs/images/automatic.svg; \
	done
