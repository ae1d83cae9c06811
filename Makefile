# Needs: make and a python3 of 3.11 or newer. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
MANAGE := exec env PORTAL_ENV=dev PORTAL_DIE_WITH_PARENT=1 $(PY) manage.py
PYTEST := exec env PORTAL_DIE_WITH_PARENT=1 $(PY) -m pytest
WORKERS ?= auto
export PORT
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.venv/base.stamp: requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "CSM Portal needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with PYTHON=...")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies ..."
	@$(PY) -m pip install --quiet --require-hashes -r requirements/base.txt
	@touch $@

.venv/dev.stamp: .venv/base.stamp requirements/dev.txt
	@echo "Installing the locked tools for tests and checks ..."
	@$(PY) -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: demo
demo: .venv/base.stamp ## Start the portal with demo data
	@$(MANAGE) demo

.PHONY: run
run: .venv/base.stamp ## Start the portal without demo data
	@$(MANAGE) run

.PHONY: test
test: .venv/dev.stamp ## Run the tests, in parallel
	@$(PYTEST) -n $(WORKERS) --dist loadgroup -m "not slow" -ra

.PHONY: test-slow
test-slow: .venv/dev.stamp ## Run the slow fault and load tests
	@$(PYTEST) -n $(WORKERS) --dist loadgroup -m slow -ra

.PHONY: screenshots
screenshots: .venv/dev.stamp ## Picture every page, for each role and theme, into var/screenshots
	@$(PYTEST) -n 0 -m slow -ra tests/browser/test_screenshots.py

.PHONY: test-random
test-random: export HYPOTHESIS = random
test-random: export EXAMPLES ?= 200
test-random: .venv/dev.stamp ## Try many new random facts on the metrics
	@$(PYTEST) -n $(WORKERS) --dist loadgroup -m "not slow" -ra tests/metrics

.PHONY: check
check: .venv/dev.stamp ## Check lint, format, types, migrations, import rules, deployment; edits nothing
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports --no-cache
	@PORTAL_ENV=dev $(PY) manage.py makemigrations --check --dry-run
	@SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))') \
	 SITE_URL=https://portal.example.com DATABASE_URL=postgres://u:p@db.example.com/portal \
	 BROKER_URL=redis://broker.example.com/0 CACHE_URL=redis://broker.example.com/1 \
	 EMAIL_URL=smtp://mail.example.com:25 $(PY) manage.py check --deploy --fail-level WARNING
	@PORTAL_ENV=dev $(PY) -m mypy

.PHONY: fix
fix: .venv/dev.stamp ## Let the linter and formatter edit
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: bench
bench: .venv/dev.stamp ## Run the benchmarks; each prints its ratio to a yardstick
	@exec env PORTAL_ENV=dev PORTAL_DIE_WITH_PARENT=1 PORTAL_VAR=var/bench $(PY) manage.py bench

.PHONY: lock
lock: ## Renew the locked requirements from pyproject.toml
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet pip-tools
	@var/lock/bin/pip-compile $(LOCK) --output-file requirements/base.txt pyproject.toml
	@var/lock/bin/pip-compile $(LOCK) --extra dev --constraint requirements/base.txt --output-file requirements/dev.txt pyproject.toml
LOCK := --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: clean
clean: ## Remove .venv and var, with all data of the embedded engines
	rm -rf .venv var

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'
