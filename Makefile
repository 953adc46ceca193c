# Everything a newcomer needs is `make demo` and `make test`. CONTRIBUTING.md says what guards main.
PYTHON ?= python3
BIN := .venv/bin
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

.PHONY: help install demo test check hooks docs screenshots package sim mess mess-mutants mutants fuzz model bench-engine bench-latency bench-season bench-features bench-serving bench-pages bench-parsing bench-cloud lock clean emulators cloud-demo
help:            ## list the targets
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

install: .venv/.installed  ## create .venv from requirements.lock, with the tipoff command in it

.venv/.installed: requirements.lock tools/uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Tipoff needs Python 3.11 or newer; set PYTHON=python3.x") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/uv.lock
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: install    ## a sample season: history, training, one slate predicted and graded, on a virtual clock
	$(BIN)/tipoff demo --home build/demo

test: install    ## every test; those that need ../shared or the emulators skip where they are absent
	$(BIN)/python -m pytest $(PARALLEL)

check: install   ## what .ci/run ends with: format, lint, types, import rules, every test, coverage of the pure rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered --cov-fail-under=100

hooks: install   ## have git run the quick part of make check before each commit
	$(BIN)/pre-commit install

docs: install    ## write what is generated in docs/: map, dictionary of columns, sources, tables of the model card
	$(BIN)/tipoff map --markdown > docs/pipeline.md
	$(BIN)/tipoff tables --markdown > docs/data-dictionary.md
	$(BIN)/python -m tools.sources_page > docs/sources.md
	$(BIN)/python -m tools.model_card
	$(BIN)/python -m benchmarks.cloud_day

screenshots: demo ## take the pictures of the pages that the README shows (needs chromium)
	$(BIN)/python -m tools.screenshots build/demo 2024-12-11

package: install ## one deterministic zip per function below dist/
	$(BIN)/python -m tools.build_zips dist

up-%: install    ## one stage of the deployment: up-bootstrap, up-services, up-identities, up-data, up-functions, up-alerts
	$(BIN)/python -m tools.bring_up $*

down-%: install  ## take a stage away, and what stands on it; what is protected stays
	$(BIN)/python -m tools.bring_up $* --down

emulators: build/emulators/.installed  ## what stands in for BigQuery and Cloud Storage, in an environment of its own

build/emulators/.installed: tools/emulators/requirements.lock | install
	$(PYTHON) -m venv build/emulators
	$(BIN)/uv pip sync --quiet --python build/emulators/bin/python --require-hashes tools/emulators/requirements.lock
	@touch $@

cloud-demo: install emulators  ## one slate through eight functions on emulators, compared with one machine row for row
	$(BIN)/python -m tools.cloud_demo

SEED ?= 1
N ?= 10000
JOBS ?= 2
sim: install     ## simulate N schedules of the completion protocol from SEED
	$(BIN)/python -m tests.sim.run --seed $(SEED) --n $(N) --jobs $(JOBS)

mess: install    ## N dates of the sample season with real-world faults from SEED, checked against undisturbed ones
	$(BIN)/python -m tests.mess.run --seed $(SEED) --n $(N) --jobs $(JOBS)

mess-mutants: install   ## put old faults back one by one: a messy date must notice each
	$(BIN)/python -m tests.mess.mutants

ONLY ?=
mutants: install ## change the code of figures, quotes and picks and count what no test notices; ONLY="tipoff.evaluation.scores*"
	rm -rf build/mutants && mkdir -p build/mutants && git archive HEAD | tar -x -C build/mutants
	cd build/mutants && $(CURDIR)/$(BIN)/mutmut run --max-children 2 $(ONLY:%='%'); $(CURDIR)/$(BIN)/mutmut results

FEED ?=
fuzz: install    ## N coverage-guided runs of each feed's parsers, or those of FEED alone (needs Linux on x86-64)
	$(BIN)/python -m tests.fuzz.run --feed "$(FEED)" --n $(N) --seed $(SEED)

model: install   ## check the protocol's Spin model exhaustively, and that its mutants die (needs spin and gcc)
	$(BIN)/python tests/model/run.py --ci

bench-engine: install   ## completions per second beside what one would install instead
	$(BIN)/python -m benchmarks.engine

bench-latency: install  ## p99 from last completion to published verdict
	$(BIN)/python -m benchmarks.verdict_latency

bench-season: install   ## a season by events beside the same work in one batch (needs ../shared)
	$(BIN)/python -m benchmarks.season

bench-features: install ## eight seasons of features in one backfill beside pandas (needs ../shared)
	$(BIN)/python -m benchmarks.features

bench-serving: install  ## a slate of 300 players through every system beside the bare model calls (needs a replayed home)
	$(BIN)/python -m benchmarks.serving

bench-parsing: install  ## payloads through their parsers beside the bare libraries (recorded ones with ../shared)
	$(BIN)/python -m benchmarks.parsing

bench-pages: install    ## server time and bytes of every page, one by one and for 200 readers (needs a replayed home)
	$(BIN)/python -m benchmarks.pages

bench-cloud: install    ## 100 completions a second, three times each, for ten minutes on the emulators
	$(BIN)/python -m benchmarks.cloud_load

UV_VERSION := 0.13.9
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --quiet
lock:            ## resolve the dependencies anew into the lock files
	$(COMPILE) pyproject.toml --group dev --output-file requirements.lock
	$(COMPILE) tools/emulators/requirements.in --output-file tools/emulators/requirements.lock
	for tool in cel checkov linters tf-offline; do \
	    $(COMPILE) tools/checks/$$tool.in --output-file tools/checks/$$tool.lock || exit 1; done
	echo uv==$(UV_VERSION) | $(COMPILE) - --output-file tools/uv.lock

clean:           ## remove what is built, but not .venv
	rm -rf build dist
