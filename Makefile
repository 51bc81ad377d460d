# Bare `make` prints this help.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
export PORT ?= 8080
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PARTS := libs/chassis services/gateway services/search services/media cli
PACKAGES := libs/chassis/src services/gateway/src services/search/src services/media/src cli/src
ENV ?= dev
INFRA := JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 .cache/infra/bin/python
PIP := .venv/bin/python -m pip --quiet

.PHONY: help
help: ## Print this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.run ## Start the whole site without Docker; PORT=8080 moves it, Ctrl-C stops it
	@.venv/bin/python -m scripts.run

.PHONY: backup
backup: .venv/.run ## Back up the running site, into TO=FOLDER or backups/ with the date
	@.venv/bin/python -m scripts.backup save $(if $(TO),--to "$(TO)") $(if $(JSON),--json)

.PHONY: restore
restore: .venv/.run ## Restore a backup into an empty site that runs: make restore FROM=FOLDER; REPLACE=yes into any
	@.venv/bin/python -m scripts.backup restore "$(FROM)" $(if $(filter yes,$(REPLACE)),--replace) $(if $(JSON),--json)

.PHONY: test
test: .venv/.check ## Install what is needed and run every test
	.venv/bin/pytest

.PHONY: test-compose
test-compose: .venv/.check ## Build the images, `docker compose up`, test the site in its containers
	.venv/bin/pytest -m compose tests/compose

.PHONY: test-infra
test-infra: .cache/infra/.installed ## Write every AWS template, without AWS, and hold them to their promises
	$(INFRA) -m pytest -q -p no:cacheprovider infra/tests

.PHONY: check-infra
check-infra: .cache/infra/.installed ## Types of infra/, which take minutes the first time, and what zizmor thinks of the workflows
	$(INFRA) -m mypy --config-file /dev/null --strict --explicit-package-bases --cache-dir .mypy_cache/infra -p infra
	.cache/infra/bin/zizmor --offline --min-severity medium .github/workflows

.PHONY: test-deploy
test-deploy: .venv/.check synth ## Deploy the stacks to an emulated AWS with real containers, and break versions
	.venv/bin/pytest -m deploy tests/deploy

.PHONY: check
check: .venv/.check ## Lint, types, import rules, unit and contract tests: seconds
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	PYTHONPATH=$(subst $(eval) ,:,$(PACKAGES)) .venv/bin/lint-imports
	.venv/bin/pytest -q -m "not integration and not e2e and not compose" tests/unit tests/contract

.PHONY: bench
bench: .venv/.check ## Measure search, forwarding, the feed and, with PHOTOS=..., pictures beside others; half an hour on a quiet machine
	.venv/bin/python -m bench.search
	.venv/bin/python -m bench.gateway
	.venv/bin/python -m bench.feed
	$(if $(PHOTOS),.venv/bin/python -m bench.media $(PHOTOS))

.PHONY: bench-site
bench-site: .venv/.check ## Measure how soon the pages of the site that runs on PORT are there on a slow phone
	.venv/bin/python -m bench.site --url http://localhost:$(PORT)

.PHONY: format
format: .venv/.check ## Format the code and mend what ruff can mend
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

.PHONY: synth
synth: .cache/infra/.installed ## Write AWS's templates to infra/cdk.out
	$(INFRA) -m infra.app

.PHONY: golden
golden: synth ## Write the readable summary of each template, and the picture of all, again
	$(INFRA) -m infra.summary
	$(INFRA) -m infra.picture

.PHONY: deploy
deploy: synth ## Deploy to AWS: make deploy SERVICE=search ENV=dev; without SERVICE, everything
	$(INFRA) -m infra.deploy --env $(ENV) $(if $(SERVICE),--part $(SERVICE)) $(if $(TAG),--tag $(TAG))

.PHONY: rollback
rollback: synth ## Go back to what a service ran before: make rollback SERVICE=search ENV=dev
	$(INFRA) -m infra.deploy --env $(ENV) --part $(SERVICE) --back

.PHONY: verify
verify: .cache/infra/.installed ## Look at a deployed environment, and use it once: make verify ENV=dev
	$(INFRA) -m infra.verify --env $(ENV)

.PHONY: cost
cost: .cache/infra/.installed ## What a month costs, with the arithmetic: make cost ENV=prod SIZE=small
	@$(INFRA) -m infra.cost --env $(ENV) $(if $(SIZE),--size $(SIZE))

.PHONY: screenshots
screenshots: .venv/.check ## Take the README's screenshots of the site that runs on PORT
	@.venv/bin/python -m scripts.screenshots --url http://localhost:$(PORT)

.PHONY: lock
lock: .venv/.check ## Compile the requirements files again from the pyproject.toml files
	$(PIP) install --require-hashes --requirement requirements/lock.txt
	PATH=$(CURDIR)/.venv/bin:$$PATH scripts/lock.sh

.PHONY: clean
clean: ## Delete the site's data for good, uploads included (.data)
	rm -rf .data

.PHONY: distclean
distclean: clean ## Forget the data, the installed packages and every cache
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Paperroute needs Python 3.11 or later; say which with make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

define install
	@echo "Installing $(1) into .venv ..."
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements/build.txt
	@$(PIP) install --require-hashes --no-build-isolation --requirement requirements/$(1).txt
	@$(PIP) install --no-deps --no-index --no-build-isolation $(foreach part,$(PARTS),--editable $(part))
	@touch $@
endef

.cache/infra/.installed: infra/requirements.txt
	@command -v node >/dev/null || { echo "AWS's templates are written with node: install version 22 or later"; exit 1; }
	@echo "Installing infra into .cache/infra ..."
	@$(PYTHON) -m venv .cache/infra
	@.cache/infra/bin/python -m pip --quiet install --require-hashes --only-binary :all: --requirement infra/requirements.txt
	@touch $@

.venv/.run: requirements/build.txt requirements/run.txt $(PARTS:=/pyproject.toml) | .venv/bin/python
	$(call install,run)

.venv/.check: requirements/build.txt requirements/check.txt $(PARTS:=/pyproject.toml) | .venv/bin/python
	$(call install,check)
	@touch .venv/.run
