# GAS on one machine. `make` alone shows what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := $(CURDIR)
# A machine on which Python is told to keep no bytecode would compile all that it imports anew in each of the hundreds of
# processes that the tests and the platform start: half of their time.
unexport PYTHONDONTWRITEBYTECODE
# T=path runs one test file or folder, in one process: make test T=tests/unit
T ?= tests
# One mostly waits for what a platform does in its own time, while two make use of two cores.
PROCESSES ?= 3
VENDOR := web/src/gas_web/static/vendor

##@ See it
.PHONY: demo up down env
demo: .venv/ready assets-if-possible ## Four VCFs through the whole lifecycle. Options: VCF=path RETENTION=5 THAW=5 REFUSE_EXPEDITED=1
	@VCF="$(VCF)" RETENTION="$(RETENTION)" THAW="$(THAW)" REFUSE_EXPEDITED="$(REFUSE_EXPEDITED)" $(BIN)/python -m dev.run.up demo

up: .venv/ready assets ## Start the platform and leave it running; its addresses go to build/up.json
	@$(BIN)/python -m dev.run.up up

down: ## Stop the platform
	@$(BIN)/python -m dev.run.up down

env: ## Print the exports that let a shell talk to the running platform
	@$(BIN)/python -m dev.run.up env

##@ See it on a cluster (Linux, root)
.PHONY: warm cluster cluster-down cluster-env cluster-images images e2e load
warm: .venv/ready ## Install, compile and write all that a cluster is made of, once: 40 minutes on 2 cores
	@$(BIN)/python -m dev.run.cluster warm

cluster: .venv/ready ## Start a real cluster of one node: kubelet, containers, KEDA, metrics-server, Traefik, Prometheus
	@$(BIN)/python -m dev.run.cluster up

cluster-down: .venv/ready ## End it, and leave the machine as it was
	@$(BIN)/python -m dev.run.cluster down

images: .venv/ready assets ## Build the four images, with Docker or buildah; their sizes go to build/images.json
	@$(BIN)/python -m dev.run.cluster images

e2e: .venv/ready assets ## Try everything on a real cluster: 0 passed, 1 failed, 77 cannot run; E2E=tests/e2e/test_x.py tries some
	@$(BIN)/python -m dev.run.cluster e2e $(E2E)

load: .venv/ready .venv-locust/ready assets ## The scaling experiments, about 80 minutes; LOAD=web-home runs some, LOAD=--quick all of them on a smaller scale
	@$(BIN)/python -m dev.measure.load $(LOAD)

cluster-images: .venv/ready assets ## Build the four images and bring them onto the running cluster
	@$(BIN)/python -m dev.run.cluster load

cluster-env: .venv/ready ## Print the exports that let a shell talk to the running cluster
	@$(BIN)/python -m dev.run.cluster env

##@ Check it
.PHONY: test test-fast test-chance test-clean lint type format bench bench-annotate
test: .venv/ready kube-if-possible assets-if-possible ## All tests that need no root; T=path runs some of them
	@$(BIN)/pytest $(T) --ignore=tests/e2e $(if $(filter tests,$(T)),--numprocesses=$(PROCESSES))

test-fast: .venv/ready ## The tests that start nothing, in seconds
	@$(BIN)/pytest tests/unit tests/property tests/structure

test-chance: .venv/ready kube-if-possible ## The tests many times, in random order, beside busy loops: hours. FAST=30 SLOW=5 BUSY=8 BESIDE=6 FROM=1
	@FAST="$(FAST)" SLOW="$(SLOW)" BUSY="$(BUSY)" PROCESSES="$(BESIDE)" FROM="$(FROM)" .ci/chance

test-clean: ## What CI runs, in a clean clone on a new Debian made in build/clean: root, about half an hour; GAS_CACHE_DIR=folder spares compiling
	@.ci/clean

lint: .venv/ready ## Style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy src web/src annotator/src controllers/src setup/src cli/src publisher/src engine/src engine/native_build.py annotator/bring_python.py dev tests charts/gas/files/one-job.py
	@$(BIN)/lint-imports --no-cache

type: .venv/ready ## Types alone
	@$(BIN)/mypy src web/src annotator/src controllers/src setup/src cli/src publisher/src engine/src engine/native_build.py annotator/bring_python.py dev tests charts/gas/files/one-job.py

format: .venv/ready ## Write the style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/ready ## Measure: submit to Completed, and status writes a transition; BENCH=web the pages, =cloud the local AWS, =tracing traces
	@$(BIN)/python -m dev.measure.bench $(BENCH)

bench-annotate: .venv/ready ## Measure the engine beside bgzip, bcftools and snpEff, and write docs/reference/speed.md: a quarter of an hour. BENCH=--quick
	@$(BIN)/python -m dev.measure.bench.annotate $(BENCH)

.PHONY: bench-known
bench-known: .venv/ready ## Measure what known variants cost, and write docs/reference/known-variants.md: half an hour; BENCH="--bases 12900000" a tenth, "--chromosomes 24" a whole genome in two hours
	@nice $(BIN)/python -m dev.measure.bench.known $(BENCH)

.PHONY: oracle
oracle: .venv/ready ## The engine beside a second opinion, hgvs-weaver and snpEff on whole chromosomes: writes docs/reference/agreement.md
	@nice $(BIN)/python -m dev.measure.oracle $(ORACLE)

.PHONY: mutilate
mutilate: .venv/ready ## Thousands of mutilated files, and of changes written in every way: nothing may be lost, and no verdict differ
	@GAS_HYPOTHESIS_PROFILE=search nice $(BIN)/pytest tests/engine/test_annotate_conservation.py tests/engine/test_core_rewritten.py

.PHONY: interop
interop: .venv/ready .venv-interop/ready ## Results of gas-annotate, read by other tools that are told nothing: writes docs/reference/interoperability.md
	@nice $(BIN)/python -m dev.measure.interop

.PHONY: screens
screens: .venv/ready assets ## Pictures of every page in build/screens, and what axe says of them; ONLY=job takes some
	@$(BIN)/python -m dev.look --only "$(ONLY)"

##@ Build it
.PHONY: setup kube kube-if-possible charts dashboards docs lock clean assets assets-if-possible
assets: $(VENDOR)/ready ## What browsers get that we did not write, from npm

$(VENDOR)/ready: web/package.json web/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || { echo "The pages need Node 20 or newer, and npm, to fetch their style sheet: install them (Debian: apt-get install nodejs npm), then run make again." >&2; exit 1; }
	@echo "Fetching the pages' style sheet and scripts into $(VENDOR)"
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p $(VENDOR)
	@cp web/node_modules/bootstrap/dist/css/bootstrap.min.css web/node_modules/htmx.org/dist/htmx.min.js $(VENDOR)/
	@touch $@

assets-if-possible:
	@$(MAKE) --no-print-directory --silent assets || echo "Going on without: the pages work, and look plain. Tests that need a browser will be skipped, or fail when GAS_REQUIRE names browser."

setup: .venv/ready ## Install everything that Python needs into .venv

kube: .venv/ready ## Compile the control plane once, into the cache
	@$(BIN)/python -m dev.run.kube build

kube-if-possible: .venv/ready
	@$(BIN)/python -m dev.run.kube build || echo "The tests that need the API server will be skipped, or fail when GAS_REQUIRE names kube."

charts: .venv/ready ## Write the computed files of charts/gas: settings, schema, README and the CRD's copy
	@$(BIN)/python -m dev.write.charts

dashboards: .venv/ready ## Write the dashboards of charts/gas
	@$(BIN)/python -m dev.write.dashboards write

docs: .venv/ready ## Write the pages of docs/ that are computed from the code
	@$(BIN)/python -m dev.write.docs

lock: .venv/ready ## Compile requirements/*.txt anew
	@requirements/lock

clean: ## Remove what was built; the cache stays
	@rm -rf build .venv .venv-locust .venv-oracle .venv-interop .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The core's sources are named here too, so that a change of them is compiled before anything runs.
.venv/ready: requirements/all.txt requirements/bootstrap.txt web/pyproject.toml annotator/pyproject.toml controllers/pyproject.toml setup/pyproject.toml cli/pyproject.toml publisher/pyproject.toml engine/pyproject.toml dev/kube/pyproject.toml $(wildcard engine/src/gas_engine/native/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "GAS needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing the Python packages into .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/bootstrap.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/all.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . --editable web --editable engine --editable annotator --editable controllers --editable setup --editable cli --editable publisher --editable dev/kube
	@touch $@

.venv-locust/ready: .venv/ready requirements/locust.txt
	@echo "Installing the load generator into .venv-locust"
	@$(PYTHON) -m venv .venv-locust
	@$(BIN)/uv pip install --quiet --python .venv-locust/bin/python --require-hashes --requirement requirements/locust.txt
	@touch $@

.venv-interop/ready: .venv/ready requirements/interop.txt
	@echo "Installing the tools that read results into .venv-interop"
	@$(PYTHON) -m venv .venv-interop
	@$(BIN)/uv pip install --quiet --python .venv-interop/bin/python --require-hashes --requirement requirements/interop.txt
	@touch $@
