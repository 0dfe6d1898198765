# Everything a fresh machine with Python 3.11 or newer and make needs: `make demo`, `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
# An index of PyTorch's CPU builds, for machines where the default one has only CUDA builds.
TORCH_INDEX ?=
ACCEPT_CUDA ?= no
# `no` leaves out the tests that need a Chromium.
BROWSER ?= yes
OUT ?= runs
# An index of the demonstration notes and more documents, for `make bench`.
ADDED ?=
# Of a server that `make test-models` starts: http://127.0.0.1:8081/v1
MODEL_URL ?=
MODEL_ITEMS ?= 100
XLLAMACPP := xllamacpp==2026.10.11549
QUESTION ?= Which Venezuelan organizations or criminal groups are implicated in fentanyl production and trafficking?

.PHONY: help demo test lint lint-js test-slow bench eval test-models clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.installed ## Set everything up and answer the sample question
	@$(BIN)/citeproof sync corpus/demo --published-until 2025-12-20
	@echo
	@$(BIN)/citeproof ask "$(QUESTION)" --show --html report.html --json report.json --bundle report-bundle.json
	@echo
	@echo "Next:"
	@echo "  open report.html in a browser; report.json is the same report as data"
	@echo "  $(BIN)/citeproof verify report-bundle.json   # check every citation anew"
	@echo "  $(BIN)/citeproof ask \"Is the Cartel de los Soles an organized drug cartel headed by Nicolás Maduro?\""
	@echo "  $(BIN)/citeproof sync corpus/demo             # add what was published later"
	@echo "  $(BIN)/citeproof sync FOLDER                  # your own documents"

test: $(VENV)/.installed-dev lint ## Check and test everything
	@BROWSER=$(BROWSER) sh .ci/browser
	@BROWSER=$(BROWSER) $(BIN)/python -m pytest --cov --cov-report=term:skip-covered

lint: $(VENV)/.installed-dev ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lint-js: ## Check the types of the widget (needs node and a package registry)
	@npx --yes --package typescript@5 tsc -p tests/widget

test-slow: $(VENV)/.installed-dev ## Run the tests that need minutes
	@$(BIN)/python -m pytest -m slow
	@SCHEMA_EXAMPLES=300 $(BIN)/python -m pytest tests/test_api_schema.py

bench: $(VENV)/.installed-dev ## Measure speed and memory: make bench [OUT=runs] [ADDED=index]
	@$(BIN)/python -m evals bench --out "$(OUT)/bench" $(if $(ADDED),--added "$(ADDED)")

eval: $(VENV)/.installed-dev ## Measure citation accuracy: make eval DATA=folder [OUT=runs] [MODEL_URL=...]
	@sh .ci/eval $(BIN)/python "$(DATA)" "$(OUT)" "$(MODEL_URL)" "$(MODEL_ITEMS)"

test-models: $(VENV)/.installed-dev ## Assemble and serve a small model for measurements (1.1 GB)
	@$(BIN)/python -m pip install -q --disable-pip-version-check "$(XLLAMACPP)"
	@$(BIN)/python .ci/test-models serve

clean: ## Remove what the targets made
	rm -rf $(VENV) .citeproof report.html report.json report-bundle.json

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Citeproof needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.torch: | $(VENV)/bin/python
	@ACCEPT_CUDA=$(ACCEPT_CUDA) TORCH_INDEX=$(TORCH_INDEX) sh .ci/torch $(BIN)/python "$(TORCH)"
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.torch
	@echo "Installing Citeproof and what it needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt $(VENV)/.torch
	@echo "Installing Citeproof and what its tests need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed
