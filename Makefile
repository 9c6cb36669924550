# Everything a person does with a checkout. `make` alone lists it. ARGS="…" is passed on to the command.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-all services services-down dev check format bench fill lock clean
python := .venv/bin/python

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing or stale: .venv/ and static/vendor/
	@PYTHON="$(PYTHON)" exec bin/setup

run: setup ## start the embedded market with its demo; Ctrl+C ends it
	@exec $(python) -m workers.embedded $(ARGS)

test: setup ## run the tests; those whose server is not there skip and say so
	@exec $(python) -m pytest -n 3 $(ARGS)

test-all: setup ## run the tests against the real servers; nothing may skip
	@REQUIRE_SERVERS=1 exec bin/with-services $(python) -m pytest -n 3 $(ARGS)

services: setup ## start PostgreSQL, RabbitMQ, Kafka and Chromium; prints their addresses as environment lines
	@exec services/up

services-down: ## stop what `make services` started
	@exec services/down

dev: setup ## start every process of the Procfile against those servers, each restarted when it dies; Ctrl+C ends them
	@exec bin/with-services $(python) -m services.supervise $(ARGS)

check: setup ## lint, format, types and import rules; all of them run, and any may fail it
	@status=0; \
	for tool in "ruff check" "ruff format --check" "mypy" "lint-imports"; do \
	    echo "-- $$tool"; .venv/bin/$$tool || status=1; \
	done; \
	exit $$status

format: setup ## let ruff mend and format the code
	$(python) -m ruff check --fix
	$(python) -m ruff format

bench: setup ## measure the saga, the pages of a large market, and open order pages (ARGS="--only pages", --help for more)
	@exec $(python) -m bench $(ARGS)

fill: setup ## fill a market with 100,000 products and 1,000,000 orders to measure with (ARGS="--market SLUG", --help for more)
	@exec $(python) -m bench.fill $(ARGS)

lock: ## make requirements.lock and package-lock.json anew from pyproject.toml and package.json (ARGS=--upgrade for newer ones)
	@bin/lock $(ARGS)

clean: ## delete what set-up and tools have made; the market's data in var/ stays
	rm -rf .venv node_modules static/vendor static/vendor.new build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
