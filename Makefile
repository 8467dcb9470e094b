# `make help` lists what there is. Only Python 3.11+ and make are needed; everything else is installed into .venv.
PYTHON ?= python3
PORT ?= 8000
JOBS ?= 300
FAULTS ?= 40
SEED ?= 1
ENGINE ?= servers
N ?= 2000
SIZE ?= 1GB
PATHS ?= wrangler/impute wrangler/analyze wrangler/services wrangler/tables wrangler/importing
COUNT ?= 100
UV_VERSION := 0.13.9
BIN := .venv/bin
# Twice as many processes as small machines have cores, since tests wait too; bytecode is kept, which children load.
TESTED := env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest
FLASK := $(BIN)/flask --app wsgi
MEASURED := env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE -u PYTHONDONTWRITEBYTECODE $(BIN)/python
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-bench demo run worker lab test test-fast chaos promises fuzz-import mutants check fmt fmt-check lint types imports cov bench bench-backlog bench-jobs bench-impute bench-series bench-coverage bench-statistics bench-small-tables bench-estimates bench-partitioned bench-import bench-reports lock migrate upgrade clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: .venv/run.stamp ## the virtual environment with everything that runs
	@$(BIN)/python -m compileall -q wrangler
setup-dev: .venv/dev.stamp ## the same with everything that tests
	@$(BIN)/python -m compileall -q wrangler tests
setup-bench: .venv/bench.stamp ## the same with the peers and tables of the benchmarks

.venv/uv.stamp:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else "Wrangler needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ...")'
	@echo "Making the virtual environment .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/run.stamp: requirements.txt .venv/uv.stamp
	@test -e .venv/dev.stamp || echo "Installing the pinned requirements into .venv ..."
	@test -e .venv/dev.stamp || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/uv.stamp
	@echo "Installing the pinned requirements for tests into .venv ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.txt
	@touch $@

.venv/bench.stamp: requirements-bench.txt .venv/dev.stamp
	@echo "Installing the peers and the tables of the benchmarks into .venv ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-bench.txt
	@touch $@

demo: setup ## set up, then upload, impute and report on a real table, end to end
	@$(FLASK) demo

run: setup ## web server and worker together (PORT=8000)
	@$(FLASK) serve --port $(PORT)

worker: setup ## one more worker (ARGS="--queues imputation --workers 2")
	$(BIN)/python huey_worker.py $(ARGS)

lab: setup ## JupyterLab on the notebooks of finished jobs (JOB=<id> for one of them)
	$(FLASK) lab $(JOB)

test: setup-dev ## set up, then the whole suite, real servers and kernels included
	@$(TESTED) -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: setup-dev ## the tests that start neither a kernel nor a server nor a browser and are not slow
	@$(TESTED) -q -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/impute/test_scikit_learn_conformance.py -m "not kernel and not servers and not browser and not slow" $(ARGS)

cov: setup-dev ## the whole suite with coverage
	$(BIN)/pytest --cov --cov-report=term $(ARGS)

campaign: setup-dev ## what the suite tries in a short form, all of it: chaos, fuzz, promises, corpora (SEED=1; hours)
	@WRANGLER_CAMPAIGN=1 $(TESTED) -n 2 --dist loadfile --no-loadscope-reorder --timeout 7200 $(ARGS)
	@$(MAKE) --no-print-directory chaos ENGINE=servers
	@$(MAKE) --no-print-directory chaos ENGINE=embedded
	@$(MAKE) --no-print-directory promises fuzz-import
	@$(BIN)/python -m tests.importing.corpus_table
	@$(BIN)/python -m tests.importing.round_trip_table $(N) $(SEED)

chaos: setup-dev ## kill and stop everything under load, then account for every job (JOBS=300 FAULTS=40 SEED=1 ENGINE=servers|embedded)
	@$(BIN)/python -m tests.chaos --jobs $(JOBS) --faults $(FAULTS) --seed $(SEED) --engine $(ENGINE) $(ARGS)

promises: setup-dev ## try the imputers' promises on new generated tables, and scikit-learn's checks (EXAMPLES=200)
	@$(BIN)/python -m tests.impute.promises_table $(EXAMPLES)

fuzz-import: setup-dev ## import damaged files and count what becomes of them (N=20000 SEED=1)
	@$(BIN)/python -m tests.importing.fuzz $(N) $(SEED)

mutants: setup-dev ## plant faults at random and count those that tests without server, kernel and browser see (PATHS="wrangler/analyze ..." COUNT=100 SEED=1)
	@$(BIN)/python -m tests.mutants $(PATHS) --count $(COUNT) --seed $(SEED) $(ARGS)

check: setup-dev fmt-check lint types imports test-fast ## what every commit must pass

fmt: setup-dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fmt-check: setup-dev
	$(BIN)/ruff format --check .

lint: setup-dev ## ruff and codespell
	$(BIN)/ruff check .
	$(BIN)/codespell

types: setup-dev ## mypy: strict over the code, names that exist over tests and benchmarks
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini tests benchmarks

imports: setup-dev ## the import contracts of the packages
	$(BIN)/lint-imports

bench: setup-bench ## all benchmarks in their quick forms, beside their peers
	@$(MEASURED) -m benchmarks.jobs --runs 2
	@$(MEASURED) -m benchmarks.impute --quick
	@$(MEASURED) -m benchmarks.series
	@$(MEASURED) -m benchmarks.coverage --simulations 100
	@$(MEASURED) -m benchmarks.importing --size 100MB

bench-backlog: setup-dev ## what the calls of the queue cost when 10,000 jobs wait
	@$(MEASURED) -m benchmarks.backlog $(ARGS)

bench-jobs: setup-dev ## running jobs against papermill (ARGS="--runs 2" for a quick look)
	@$(MEASURED) -m benchmarks.jobs $(ARGS)

bench-impute: setup-bench ## imputers beside their peers, accuracy and speed (ARGS="--quick" for minutes, else hours)
	@$(MEASURED) -m benchmarks.impute $(ARGS)

bench-series: setup-bench ## methods for time series on hourly weather, beside their peers
	@$(MEASURED) -m benchmarks.series $(ARGS)

bench-coverage: setup-dev ## whether 95 % intervals of mice hold the truth, single imputation beside it
	@$(MEASURED) -m benchmarks.coverage $(ARGS)

bench-statistics: setup-dev ## what diagnosis, scores and draws state, by simulation, beside scipy and R's mice where it is installed
	@$(MEASURED) -m benchmarks.statistics.draws $(ARGS)
	@$(MEASURED) -m benchmarks.statistics.diagnosis $(ARGS)
	@$(MEASURED) -m benchmarks.statistics.grid $(ARGS)
	@$(MEASURED) -m benchmarks.statistics.pooled $(ARGS)
	@$(MEASURED) -m benchmarks.statistics.stated_errors $(ARGS)
	@$(MEASURED) -m benchmarks.statistics.fills

bench-small-tables: setup-bench ## auto beside single methods on small tables of eight missing patterns
	@$(MEASURED) -m benchmarks.statistics.small_tables $(ARGS)

bench-estimates: setup-dev ## what estimate() estimates beside what a run then costs
	@$(MEASURED) -m benchmarks.estimates $(ARGS)

bench-partitioned: setup-dev ## imputing a table past memory, by dask, beside in memory
	@$(MEASURED) -m benchmarks.partitioned $(ARGS)

bench-import: setup-bench ## importing a large CSV beside DuckDB and pandas (SIZE=1GB)
	@$(MEASURED) -m benchmarks.importing --size $(SIZE) $(ARGS)

bench-reports: setup-bench ## Little's test on simulated tables, correlations beside pandas, held-out beside true errors
	@for each in little correlation holdout; do $(MEASURED) -m benchmarks.$$each || exit 1; done

lock: .venv/uv.stamp ## compile the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --extra dev --extra readstat --extra pdf -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --extra bench -c requirements.txt -c requirements-dev.txt pyproject.toml -o requirements-bench.txt

migrate: setup ## write a migration step from the models (m="what changes")
	$(FLASK) db migrate -m "$(m)"

upgrade: setup ## bring the database to the newest migration
	$(FLASK) db upgrade

clean: ## remove caches and the virtual environment, never data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
