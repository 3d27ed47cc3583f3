# BENCH=quick: a smaller image, fewer peers. ROUNDS=N, CASE=PART-OF-A-NAME.
export BENCH ROUNDS CASE

.PHONY: bench profile bench-packages
bench: all bench-packages ## measure the program beside its peers, and write bench/results/
	$(node) bench/run.ts

profile: all bench-packages ## install the bench's image once, and tell where the time goes
	$(node) bench/profile.ts

bench-packages:
	@media/install-packages.sh bench/packages.txt
