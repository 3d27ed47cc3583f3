# SUITES='bookworm trixie' and STEPS='demo test …' choose; SUITES=testing is Debian's next.
.PHONY: test-distributions
test-distributions: deps ## try all of it on minimal systems of Debian 12 and 13 (as root)
	@scripts/install-system-packages.sh distributions
	@SUITES="$(or $(SUITES),$(SUITE))" STEPS="$(STEPS)" $(node) test/distributions/run.ts
