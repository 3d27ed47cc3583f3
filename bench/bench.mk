# BENCH=quick: a smaller image, fewer peers. ROUNDS=N, CASE=PART-OF-A-NAME.
export BENCH ROUNDS CASE

.PHONY: bench profile
bench: all ## measure the program beside its peers, and write bench/results/
	@media/install-packages.sh bench/packages.txt
	$(node) bench/run.ts
