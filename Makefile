# Every target makes .venv where it is missing, so any of them may be run first:  make demo  |  make test  |  make check

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
WORLDS := $(VENV)/.worlds
# Those that need data or a folder to be named are run by hand.
BY_HAND := enlarge left_out world_ablation world_statistics

# The constraint reaches every pip call, those of isolated builds too.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests are many and small: one thread each, as many at a time as there are cores.
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
WORKERS ?= auto

.PHONY: help demo test check format lint types floors lean soak bench tables docs dist clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: $(CORE) ## adapt to an unknown domain on built-in data; look at runs/demo/report.html
	$(BIN)/wilddepth demo --out runs/demo --overwrite

test: $(DEV) ## every test that is not slow
	$(TEST) -m "not slow" -n $(WORKERS) --maxprocesses 8

check: format lint types floors lean ## format, lint, types, import contracts, no stray packages

format: $(DEV)
	$(BIN)/ruff format --check .

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

floors: $(DEV)
	$(BIN)/lint-imports --no-cache

# A CPU build of torch cannot load torchvision, and CUDA packages on a machine without a GPU are gigabytes for nothing.
lean: $(DEV)
	@if command -v nvidia-smi >/dev/null; then echo "lean: this machine has a GPU, nothing to check"; exit 0; fi; \
	stray=$$($(BIN)/python -m pip list --format=freeze | grep -iE '^(torchvision|triton|nvidia-)' || true); \
	if [ -n "$$stray" ]; then echo "lean: installed on a machine without a GPU:" $$stray; exit 1; fi; \
	echo "lean: no torchvision, triton or nvidia packages"

soak: $(DEV) ## the long proofs; each goes on where it was cut off
	$(BIN)/python -m pytest -m slow --timeout 0

bench: $(DEV) ## the benchmarks
	set -e; for name in $(filter-out $(BY_HAND),$(basename $(notdir $(wildcard benchmarks/*.py)))); do \
	  $(BIN)/python benchmarks/$$name.py; done

tables: $(WORLDS) ## the published tables on rendered pairs, ours beside theirs; hours, and goes on where it was cut off
	set -e; for table in pami-stereo second-step madnet; do \
	  $(BIN)/wilddepth reproduce $$table --scale mini --seeds 3 --out runs/tables/$$table --resume; done

docs: $(CORE) ## write docs/data.md from its table
	$(BIN)/wilddepth data page > docs/data.md.partial && mv docs/data.md.partial docs/data.md

dist: $(DEV) ## source distribution and wheel in dist/; the same files give the same bytes
	$(BIN)/python .ci/dist.py

clean: ## remove .venv and caches; runs/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -e .
	@touch $@

$(WORLDS): $(CORE)
	$(BIN)/python -m pip install -e '.[worlds]'
	@touch $@

$(DEV): $(CORE)
	$(BIN)/python -m pip install -e '.[dev]'
	@touch $@
