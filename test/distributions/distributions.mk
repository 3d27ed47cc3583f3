# SUITES='bookworm trixie' and STEPS='demo test …' choose; SUITES=testing is Debian's next.
# PROJECTS=… is for the step `test`, as for `make test`, and SCENARIOS=core for `qemu`.
.PHONY: test-distributions distributions-deps
test-distributions: deps distributions-deps ## try all of it on minimal systems of Debian 12 and 13 (as root)
	@SUITES="$(or $(SUITES),$(SUITE))" STEPS="$(STEPS)" PROJECTS="$(PROJECTS)" $(node) test/distributions/run.ts

distributions-deps:
	@scripts/install-system-packages.sh distributions
