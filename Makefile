# make demo    the demo notebooks, repaired in a terminal      make lab     the same in JupyterLab
# make test    all tests, lint included                         make lint    style, types, architecture
# make bench   timings beside their baselines                  make protocol  regenerate schema and TypeScript types
# make bench-llm  what the model's chain costs, on a server that runs
# make bench-hub  what a hub's gateway costs
# make kinds   writes docs/kinds.md from the tables
# make trials-table   each library in a trial: writes the table in docs/trials.md
# make eval    how often the fix is right, on a sample of recorded failing cells (CASES=folder, docs/evaluation.md)

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SILENT:

PYTHON ?= python3
VENV := .venv
BIN := $(abspath $(VENV))/bin
DEMO := .demo
TRIALS := .trials
MODEL := .model
COLLABORATION := .cache/collaboration
PROXY := .cache/proxy
LOCK := .ci/requirements.txt
TS := $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) labextension/package.json labextension/yarn.lock

export PATH := $(BIN):$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# One after another: each takes both cores.
.NOTPARALLEL:
.PHONY: demo lab test test-python test-typescript test-browser test-packaging test-model model-begun screenshots lint bench bench-llm bench-hub trials-table eval kinds protocol browser lock clean

demo: $(VENV)/.ready nbdoctor/labextension/package.json
	.ci/demo_environment "$(BIN)/python" $(DEMO)
	status=0
	for notebook in demo_notebooks/*.ipynb; do
	  [[ $$notebook == *.fixed.ipynb ]] && continue
	  JUPYTER_PATH="$(abspath $(DEMO))/share/jupyter" $(BIN)/nbdoctor run --fix "$$notebook" || status=1
	  echo
	done
	echo "To see the same notebooks in JupyterLab, with the card and the Fix it button: make lab"
	exit $$status

lab: $(VENV)/.ready nbdoctor/labextension/package.json
	.ci/demo_environment "$(BIN)/python" $(DEMO)
	JUPYTER_PATH="$(abspath $(DEMO))/share/jupyter" $(BIN)/jupyter lab --notebook-dir=demo_notebooks $(LAB)

test: model-begun lint test-typescript test-packaging test-model test-python test-browser

# What the tests of the model need takes minutes to fetch, and the network is idle meanwhile.
model-begun: $(VENV)/bin/python
	mkdir -p $(MODEL)
	(setsid nice .ci/model_server "$(BIN)/python" $(MODEL) > $(MODEL)/log 2>&1 < /dev/null &)

test-model: $(VENV)/.tests
	.ci/model_server "$(BIN)/python" $(MODEL)
	NBDOCTOR_MODEL_ENV="$(abspath $(MODEL))" $(BIN)/python -m pytest tests/model --timeout 400 $(PYTEST)

test-python: $(VENV)/.tests nbdoctor/labextension/package.json $(PROXY)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST)

test-browser: $(VENV)/.tests nbdoctor/labextension/package.json $(COLLABORATION)/.ready $(PROXY)/.ready browser
	$(BIN)/python -m pytest -p no:pytest_jupyter.jupyter_server -n 2 --dist loadfile tests/browser $(PYTEST)

screenshots: $(VENV)/.tests nbdoctor/labextension/package.json browser
	$(BIN)/python -m tests.browser.screenshots docs/images
	$(BIN)/python -m tests.browser.states
	NBDOCTOR_PICTURES=yes $(BIN)/python -m pytest -p no:pytest_jupyter.jupyter_server tests/browser/test_states.py

test-typescript: $(VENV)/.ready labextension/node_modules/.yarn-state.yml
	cd labextension && $(BIN)/jlpm test

test-packaging: $(VENV)/.tests nbdoctor/labextension/package.json
	.ci/packaging "$(BIN)/python"

lint: $(VENV)/.tests labextension/node_modules/.yarn-state.yml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd labextension && $(BIN)/jlpm lint:check && $(BIN)/jlpm protocol:check && $(BIN)/jlpm strings:check

bench: $(VENV)/.tests nbdoctor/labextension/package.json browser
	$(BIN)/python -m tests.bench

# On the model server that settings find: nbdoctor serve. VLLM=PATH adds vLLM's own benchmark.
bench-llm: $(VENV)/.tests
	$(BIN)/python -m tests.bench_llm $(if $(VLLM),--vllm "$(VLLM)")

bench-hub: $(VENV)/.tests
	$(BIN)/python -m tests.bench_hub

trials-table: $(VENV)/.tests $(TRIALS)/.ready
	$(BIN)/python -m tests.trial_table "$(abspath $(TRIALS))/bin/python"

# Rules alone, every fourth case whose fix is known: a few minutes. It fails below the figure that docs/evaluation.md names.
CASES ?= $(or $(NBDOCTOR_CASES),$(firstword $(wildcard ../cases/dev ../*/cases/dev)))
EVERY ?= 4

eval: $(VENV)/.ready
	if [[ -z "$(wildcard $(CASES)/*.jsonl)" ]]; then
	  echo "make eval: there are no cases. Name a folder of CASES.jsonl files: make eval CASES=folder"
	  echo "           docs/evaluation.md says what stands in them."
	  exit 1
	fi
	least=$$(sed -n 's/^At least \*\*\([0-9.]*\) %\*\* of the sample.*/\1/p' docs/evaluation.md)
	mkdir -p .cache
	$(BIN)/nbdoctor eval $(CASES)/*.jsonl --every $(EVERY) --jobs 2 --at-least "$$least" --json .cache/eval.json --report .cache/eval.md
	echo "The report is .cache/eval.md."

kinds: $(VENV)/.ready
	$(BIN)/nbdoctor explain --all > docs/kinds.md

protocol: $(VENV)/.tests labextension/node_modules/.yarn-state.yml
	$(BIN)/python -m nbdoctor.server.schema
	cd labextension && $(BIN)/jlpm protocol

browser:
	.ci/browser "$(BIN)/python"

# ---------------------------------------------------------------- what the above need

# The editable install builds the extension once.
$(VENV)/.ready: pyproject.toml $(LOCK) labextension/package.json | $(VENV)/bin/python
	.ci/install $(BIN)/python demo,lab
	touch $@

# All of the above, and what the tests need.
$(VENV)/.tests: pyproject.toml $(LOCK) labextension/package.json | $(VENV)/bin/python
	.ci/install $(BIN)/python demo,lab,test
	touch $(VENV)/.ready $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The kernels of the table run here, and find nbdoctor by PYTHONPATH. Some 2 GB with a build of torch for the CPU; where the
# index has another, which takes much more: make trials-table TORCH=...
TORCH ?= torch==2.13.0

$(TRIALS)/.ready: | $(VENV)/bin/python
	$(BIN)/python -m venv $(TRIALS)
	$(TRIALS)/bin/python -m pip --disable-pip-version-check install -q "$(TORCH)" duckdb h5py ipykernel lightgbm matplotlib \
	  numpy pandas plotly polars pyarrow ray requests scikit-learn sqlalchemy
	touch $@

labextension/node_modules/.yarn-state.yml: labextension/package.json labextension/yarn.lock | $(VENV)/.ready
	cd labextension && $(BIN)/jlpm install --immutable
	touch node_modules/.yarn-state.yml

nbdoctor/labextension/package.json: $(TS) | $(VENV)/.ready
	cd labextension && $(BIN)/jlpm install --immutable && $(BIN)/jlpm build:prod
	touch ../$@

$(COLLABORATION)/.ready: .ci/collaboration_requirements.txt | $(VENV)/bin/python
	rm -rf $(COLLABORATION)
	$(BIN)/python -m pip --disable-pip-version-check install -q --no-deps --target $(COLLABORATION) -r .ci/collaboration_requirements.txt
	touch $@

# JupyterHub's own proxy, which is a program for Node.
$(PROXY)/.ready: .ci/proxy/package.json .ci/proxy/package-lock.json
	rm -rf $(PROXY)
	mkdir -p $(PROXY)
	cp .ci/proxy/*.json $(PROXY)
	cd $(PROXY) && npm ci --omit=dev --no-audit --no-fund --loglevel=error > /dev/null
	touch .ready

lock: $(VENV)/.tests
	$(BIN)/python -m pip freeze --exclude-editable > $(LOCK)

clean:
	rm -rf $(VENV) $(DEMO) $(TRIALS) $(MODEL) .cache nbdoctor/labextension labextension/lib labextension/node_modules
