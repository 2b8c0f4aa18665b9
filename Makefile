# What a person does with this repository; `make` alone lists it.
# Works where the path holds spaces; needs make and Python 3.11 or later.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test check format bench study serve schedule lock clean distclean

PYTHON ?= python3
BIN := .venv/bin
# Which process runs which tests is said in conftest.py.
PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4
# pip resolves the locked versions a third faster from 24.1 on. Setuptools warns of every editable
# installation that a folder may hide a package: here the folder is the package.
PIP := PYTHONWARNINGS='ignore:Editable installation' $(BIN)/python -m pip --disable-pip-version-check
LOCKED := requirements.lock pyproject.toml
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable

help: ## list what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: ## install, pull the sample, retrain once, show what came out
	@began=$$(date +%s) && $(MAKE) --no-print-directory .venv/installed \
		&& $(BIN)/python -m flows.demo --began "$$began"

test: .venv/installed-dev .venv/browser ## install with the developers' tools, run the tests
	@$(PYTEST)

check: .venv/installed-dev .venv/browser ## before a commit: format, lint, types, layers, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST)

format: .venv/installed-dev ## format the code and sort its imports
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: .venv/installed-dev ## measure, side by side with what a user would pick instead
	@$(BIN)/python -m benchmarks

study: .venv/installed-study ## hours of training for docs/results.md; goes on where it was stopped
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro study/dvc.yaml

serve: .venv/installed ## answer questions about the champion over HTTP
	@$(BIN)/mmga serve

schedule: .venv/installed ## retrain on the schedule of params.yaml, until Ctrl-C
	@$(BIN)/python -m flows.serve

lock: .venv/installed-dev ## bring requirements.lock up to date; UPGRADE=--upgrade takes newer versions
	@cp requirements.lock .venv/lock
	$(BIN)/pip-compile --quiet --all-extras --strip-extras --no-annotate --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE) \
		--output-file .venv/lock pyproject.toml
	@{ grep '^#' requirements.lock; grep '^[a-z]' .venv/lock | sed 's/+cpu$$//'; } > .venv/lock.new
	@mv .venv/lock.new requirements.lock && rm .venv/lock

clean: ## remove what the stages made and the caches of the tools
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find mmga flows tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## also the virtual environment and the stores: MLflow's and Prefect's databases
	rm -rf .venv stores

.venv/bin/python:
	@command -v "$(PYTHON)" >/dev/null || { echo "error: no $(PYTHON) found; install Python 3.11 or later"; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("error: Python 3.11 or later is needed, got %d.%d.\nName another one: make PYTHON=python3.11" % v[:2])'
	"$(PYTHON)" -m venv .venv

.venv/installed: $(LOCKED) | .venv/bin/python
	$(PIP) install --quiet --upgrade 'pip>=24.1'
	$(PIP) install --quiet --constraint requirements.lock --editable .
	@touch $@

.venv/installed-dev: $(LOCKED) | .venv/bin/python
	$(PIP) install --quiet --upgrade 'pip>=24.1'
	$(PIP) install --quiet --constraint requirements.lock --editable '.[dev,study]'
	@touch .venv/installed .venv/installed-study $@

.venv/installed-study: $(LOCKED) | .venv/bin/python
	$(PIP) install --quiet --upgrade 'pip>=24.1'
	$(PIP) install --quiet --constraint requirements.lock --editable '.[study]'
	@touch .venv/installed $@

# The tests of pages skip where there is no browser. Root of a bare Debian, such as that of CI, gets one.
.venv/browser: | .venv/bin/python
	@for browser in $(BROWSERS); do command -v $$browser >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get --quiet update && apt-get --quiet --yes install --no-install-recommends chromium; } \
			>.venv/browser.log 2>&1 && exit 0; \
	fi; \
	echo "no browser ($(BROWSERS)): the tests that open pages are skipped"
	@touch $@
