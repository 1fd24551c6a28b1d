# Needs Python >= 3.10 and make; everything else is put into .venv/ by the first target that needs it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# What the benchmarks compare with, in an environment of its own: other versions than the package's.
PEERS  := .venv-peers

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow mutation bench evals notebooks docs lint format types clean

help:
	@echo "make demo   run both skills end to end on the embedded, SIMULATED ChIP-Atlas -> demo_results/"
	@echo "make test   run the test suite"
	@echo "make evals  check what the evaluations of both skills leave behind, on the same service"
	@echo "make bench  time the steps at real size beside other libraries (ARGS=--write keeps the table)"
	@echo "make mutation   change the code at random places and see whether its tests notice (ARGS='--seed 3 --number 300')"
	@echo "make docs   build the documentation site, offline -> build/docs/index.html"
	@echo "make lint types test-slow notebooks format clean   what CI and developers use besides"

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (first time or changed requirements; a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[all]'
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python -m scripts demo

test: $(STAMP)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not live"

test-slow: $(STAMP)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not live"

mutation: $(STAMP)
	@$(BIN)/python -c 'import cosmic_ray' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutation]'
	@$(BIN)/python -m tests.mutation $(ARGS)

evals: $(STAMP)
	@$(BIN)/python -m evals.run

notebooks: $(STAMP)
	@$(BIN)/python -m examples.execute

docs: $(STAMP)
	@$(BIN)/python -m docs.build

bench: $(STAMP) $(PEERS)/.installed
	@BENCH_PEERS=$(CURDIR)/$(PEERS)/bin/python $(BIN)/python -m benchmarks $(ARGS)

$(PEERS)/.installed: benchmarks/peers.txt
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	@touch $@

lint: $(STAMP)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(STAMP)
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

types: $(STAMP)
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) $(PEERS) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache demo_results
