# BENCH=quick: a smaller image, fewer peers. ROUNDS=N, CASE=PART-OF-A-NAME, BEFORE=FILE: another build.
export BENCH ROUNDS CASE BEFORE

.PHONY: bench profile bench-page bench-fleet bench-repack bench-packages
bench: all bench-packages ## compare the performance with other programs, and write bench/results/
	$(node) bench/run.ts

profile: all bench-packages ## install the image of the benchmark once, and show where the time is spent
	$(node) bench/profile.ts

bench-page: deps test-deps ## measure the page of coreos-provision with N=10000 machines, in Chromium
	N=$(N) $(node) bench/page.ts

bench-fleet: all ## measure coreos-provision with N=10000 fake machines, and write bench/results/fleet.json
	N=$(N) $(node) bench/fleet.ts

bench-repack: all bench-packages ## measure images that image add --repack has packed, and write bench/results/repack.json
	$(node) bench/repack.ts

bench-packages:
	@media/install-packages.sh bench/packages.txt
