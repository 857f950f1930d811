# Two commands on a fresh machine: `make demo` and `make test`. Needs python3 (3.11+) with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RIG := ../shared/scenarios/run.py

.PHONY: demo test check lint types floors format lock scenarios extraction stillness bench clean help

help:           ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY)  ## a post's life played on this machine (ARGS="--once --no-browser" passes options on)
	@$(BIN)/postwatch demo $(ARGS)

test: $(READY)  ## the tests (ARGS="-k word" passes options on)
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: lint types floors test  ## all that must be clean: format, lint, types, import floors, tests

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports --no-cache

format: $(READY)  ## ruff format and its safe mends
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)  ## pin all versions anew, with hashes and no addresses
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --all-extras --group dev --upgrade \
	  --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock

scenarios: $(READY)  ## play the detection rig, where it is there
	@if [ -f $(RIG) ]; then $(BIN)/python $(RIG) --cmd "$(abspath $(BIN))/postwatch" $(ARGS); \
	else echo "scenarios: skipped, $(RIG) is not there"; fi

extraction: $(READY)  ## measure the article extractor, where the rig is there
	@if [ -f ../shared/extraction/measure.py ]; then PYTHONPATH=. $(BIN)/python ../shared/extraction/measure.py \
	  --extract benchmarks.extraction:text $(ARGS); \
	else echo "extraction: skipped, ../shared/extraction is not there"; fi

stillness: $(READY)  ## measure what is told of noise and of edits, given other posts of the site, where the rig is there
	@if [ -f ../shared/extraction/measure.py ]; then PYTHONPATH=. $(BIN)/python ../shared/extraction/measure.py \
	  --compare benchmarks.extraction:changed $(ARGS); \
	else echo "stillness: skipped, ../shared/extraction is not there"; fi

bench: $(READY)  ## measure checks, start-up, diffs and pages, and write benchmarks/README.md anew (QUICK=1: a trial)
	@PYTHONPATH=. QUICK=$(QUICK) $(BIN)/python -m benchmarks

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "postwatch needs Python 3.11 or newer; set PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || \
	  { echo "cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV) (about a minute) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:          ## throw the environment and caches away
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
