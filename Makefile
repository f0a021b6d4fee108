# Works straight after a clone, with Python 3.11 or newer, make and apt: `make demo`, `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
export PORT
BIN := .venv/bin
READY := .venv/.ready
MANAGE := $(BIN)/python manage.py
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
CODE := monitor alerts patients tests manage.py

.PHONY: help setup demo demo-reset test lint prove mutate lock chromium screenshots

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /make \1: /'

# Quick when nothing changed: the stamp is newer than the pins. Nothing is written to stdout, which is the demo's.
$(READY): requirements-tools.txt requirements-dev.txt
	@exec >&2
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "IPH Watch needs Python 3.11 or newer as $(PYTHON): install it, or say which with make PYTHON=python3.12."; exit 2; }
	if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv
	  fi
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	    || { echo "Python's venv module is missing: sudo apt-get install python3-venv."; exit 2; }
	fi
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	[ -x $(BIN)/uv ] || $(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-tools.txt
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements-tools.txt requirements-dev.txt
	touch $(READY)

setup: $(READY) ## install everything into .venv and bring the database up to date
	@$(MANAGE) migrate --no-input
	$(MANAGE) createcachetable

demo: $(READY) ## run everything on this machine; PORT=8001 picks another port
	@exec $(MANAGE) demo --port $(PORT)

demo-reset: $(READY) ## forget the demo's data
	@exec $(BIN)/python -m monitor.supervising --reset

lint: $(READY) ## style, formatting, import contracts, types
	@$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/lint-imports
	$(BIN)/mypy $(CODE)

chromium: ## install Debian's browser for the tests where it is missing and we may
	@for name in chromium chromium-browser google-chrome; do ! command -v $$name >/dev/null || exit 0; done
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	  echo "The tests need Chromium: sudo apt-get install chromium." >&2; exit 2
	fi
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core

test: lint chromium ## everything that must hold, within 10 minutes
	@$(MANAGE) check
	$(MANAGE) makemigrations --check --dry-run
	$(BIN)/pytest -n 3 -m "not prove"

prove: $(READY) chromium ## the long proofs, and every figure
	@$(BIN)/pytest -m prove
	$(MANAGE) figures

mutate: $(READY) ## how many changes of the clinical core the tests notice; SAMPLE=400 SEED=1 tries some, RESUME=1 goes on
	@exec $(BIN)/python -m tests.mutation $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(RESUME),--resume)

screenshots: $(READY) chromium ## every page as a picture, into docs/gallery
	@exec $(BIN)/python -m tests.gallery

lock: $(READY) ## pin every requirement with its hashes
	@for name in requirements-tools requirements requirements-dev; do $(COMPILE) $$name.in --output-file $$name.txt; done

.ONESHELL:
