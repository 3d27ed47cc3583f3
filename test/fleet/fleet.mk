# RACKS=25 of 40 machines, SEED=1.
export RACKS

fleet_scenarios := $(wildcard test/qemu/*fleet*.test.ts)

.PHONY: test-fakes test-fleet
test-fakes: all test-deps ## install 1000 fake machines with faults through caches, and 8 loop devices
	$(node) node_modules/vitest/vitest.mjs run --root . --config test/fleet/vitest.config.ts

# make test-qemu runs these scenarios as well.
test-fleet: test-fakes ## the same, and the fleet's scenarios in QEMU
	$(MAKE) test-qemu QEMU_TESTS="$(fleet_scenarios)"
