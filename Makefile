# make help lists the targets. Each first installs the packages that it lacks: see scripts/system-packages.txt.
PREFIX ?= /usr
DESTDIR ?=

machine := $(shell uname -m)
arch := $(if $(filter aarch64 arm64,$(machine)),arm64,x64)
# The Node that goes into the binaries also runs everything here; npm alone runs on the machine's.
node := node_modules/node-linux-$(arch)/bin/node
# On arm64 the name says so, on either machine.
suffix := $(if $(filter arm64,$(arch)),-arm64)
binary := dist/coreos-installer$(suffix)
# Two makes at the same time build one after the other; what is slow uses all processors by itself.
lock := mkdir -p build && flock build/lock
.NOTPARALLEL:

test_projects := test-unit test-provision test-page test-binary test-loop test-break
vitest := $(node) node_modules/vitest/vitest.mjs run
server := dist/coreos-provision$(suffix)
.PHONY: all all-architectures man packages keys deps cross-deps test-deps fleet-deps unit test $(test_projects) test-core test-everything check faults disk-faults kills power-loss soak fuzz mutate demo install install-provision clean help

all: deps ## build the programs for this machine, the man pages and the bash completion, in dist/
	@$(call build,$(arch))

all-architectures: deps cross-deps ## the same for x86-64 and arm64
	@$(call build,x64 arm64)

build = $(lock) $(node) scripts/build-addon.ts $(1) \
  && $(lock) $(node) scripts/package.ts $(1) \
  && $(node) scripts/man.ts && $(node) scripts/check-keys.ts

unit: deps ## run the unit tests; needs neither root nor the program
	@$(lock) $(node) scripts/build-addon.ts $(arch)
	$(vitest) --project unit

man: deps ## make the man pages and the bash completion, in dist/
	$(node) scripts/man.ts

packages: all-architectures build/package-tools ## make dist/packages/: .deb, .rpm and tarball, for x86-64 and arm64
	@$(lock) $(node) scripts/packages.ts

keys: deps ## renew keys/, the publishers' keys that images are verified with
	@$(lock) $(node) scripts/renew-keys.ts

deps: build/system-packages node_modules/.package-lock.json ## install what building needs

cross-deps: build/cross-packages

test-deps: build/test-packages

fleet-deps: build/fleet-packages

# PROJECTS="binary loop" chooses among those of vitest.config.ts.
test: all-architectures test-deps ## run the unit tests, the programs' tests, and (as root) installations to loop devices
	@$(lock) $(node) scripts/arm64-sysroot.ts
	$(vitest) $(PROJECTS:%=--project %)

# One project of vitest.config.ts each.
test-unit test-provision test-break: all test-deps
	$(vitest) --project $(@:test-%=%)

test-page: deps test-deps
	$(vitest) --project page

# These run the program for arm64 as well.
test-binary test-loop: all-architectures test-deps
	@$(lock) $(node) scripts/arm64-sysroot.ts
	$(vitest) --project $(@:test-%=%)

test-everything: deps ## run all tests, in parallel where that is safe
	@$(node) scripts/test-everything.ts

test-core: deps ## run the tests that CI runs
	@$(node) scripts/test-everything.ts core

check: deps ## check types, format and style
	$(node) node_modules/typescript/bin/tsc --noEmit
	$(node) node_modules/@biomejs/biome/bin/biome ci .

# Rounds from the seeds SEED, SEED + 1 and so on; one that fails says how to repeat it alone.
faults: ## install from servers that fail: N=1000 rounds, from SEED=1
disk-faults: ## install to disks that fail: N=1000 rounds, from SEED=1
kills: ## kill the program during an installation: N=1000 rounds, from SEED=1
power-loss: ## cut the power during an installation: N=1000 rounds, from SEED=1
soak: ## install N=100 times in a row, and look for leftovers
fuzz: ## feed random input to every parser, for TIME=30m, from SEED=1
faults disk-faults kills power-loss soak fuzz: all test-deps
	N=$(N) SEED=$(SEED) FUZZ_TIME=$(TIME) $(vitest) --project break test/break/$@.test.ts

mutate: all test-deps ## measure the tests: change the source in N=150 ways, from SEED=1
	@N=$(N) SEED=$(SEED) LOOP=$(LOOP) ONLY='$(ONLY)' $(node) scripts/mutate.ts

demo: all test-deps ## install a small image to a loop device, and show the result
	$(node) scripts/demo.ts

install: ## install coreos-installer into $(DESTDIR)$(PREFIX)
	@test -x $(binary) || { echo 'There is nothing to install. Run make first.' >&2; exit 1; }
	install -D -m 0755 $(binary) $(DESTDIR)$(PREFIX)/libexec/coreos-installer
	@mkdir -p $(DESTDIR)$(PREFIX)/bin
	@for name in coreos-installer fcct butane; do \
	  link=$(DESTDIR)$(PREFIX)/bin/$$name; \
	  if test -L "$$link" || ! test -e "$$link"; then ln -sf ../libexec/coreos-installer "$$link"; \
	  else echo "$$link is another program: left as it is"; fi; \
	done
	@mkdir -p $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 0644 dist/coreos-installer*.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -D -m 0644 dist/coreos-installer.bash \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/coreos-installer
	@for module in $(notdir $(wildcard dracut/[0-9]*)); do \
	  echo "install $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/$$module"; \
	  mkdir -p $(DESTDIR)$(PREFIX)/lib/dracut/modules.d && \
	  cp -R dracut/$$module $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/ || exit 1; \
	done

install-provision: ## install coreos-provision, its systemd unit, and files for its monitoring, into $(DESTDIR)$(PREFIX)
	@test -x $(server) || { echo 'There is nothing to install. Run make first.' >&2; exit 1; }
	install -D -m 0755 $(server) $(DESTDIR)$(PREFIX)/bin/coreos-provision
	@mkdir -p $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 0644 dist/coreos-provision*.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -D -m 0644 dist/coreos-provision.bash \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/coreos-provision
	sed 's|/usr/bin/|$(PREFIX)/bin/|' packaging/coreos-provision.service \
	  > $(DESTDIR)$(PREFIX)/lib/systemd/system/coreos-provision.service
	@mkdir -p $(DESTDIR)$(PREFIX)/share/coreos-provision
	install -m 0644 packaging/fleet/* $(DESTDIR)$(PREFIX)/share/coreos-provision/

clean: ## remove what was built
	rm -rf build dist

include media/media.mk test/qemu/qemu.mk test/fleet/fleet.mk test/distributions/distributions.mk bench/bench.mk

help: ## show this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

build/system-packages: scripts/system-packages.txt
	@scripts/install-system-packages.sh build
	@mkdir -p build && touch $@

build/cross-packages: scripts/system-packages.txt
	@scripts/install-system-packages.sh build cross-$(machine)
	@mkdir -p build && touch $@

build/test-packages: scripts/system-packages.txt
	@scripts/install-system-packages.sh build test packages
	@mkdir -p build && touch $@

build/fleet-packages: scripts/system-packages.txt
	@scripts/install-system-packages.sh fleet
	@mkdir -p build && touch $@

build/package-tools: scripts/system-packages.txt
	@scripts/install-system-packages.sh packages
	@mkdir -p build && touch $@

node_modules/.package-lock.json: package-lock.json scripts/install-npm-packages.mjs
	node scripts/install-npm-packages.mjs
	@touch $@

.PHONY: lock-file
lock-file: deps ## bring package-lock.json up to date with package.json
	npm install --ignore-scripts --no-audit --no-fund --loglevel=error
	$(node) scripts/complete-lockfile.ts
