# GNU make 3.81 (macOS) and a POSIX shell are enough.
PORT ?= 8000
AWS_PORT ?= 4566
# The dog API that `make run` asks. Empty: a stub on this machine.
DOG_API ?=
# json: `make run` prints its log as JSON lines. Empty: one readable line for each request.
LOG ?=
VENV ?= .venv
# How many seconds `make fuzz` runs, and a folder of extra pictures to start from.
SECONDS ?= 600
SEEDS ?=
# A folder of real photos for `make bench`, and how often it measures each tool.
BENCH_IMAGES ?=
ROUNDS ?= 7
# The stage for `make doctor`, `make deploy` and `make destroy`, and the email addresses for its alarms and its PNG alerts.
STAGE ?= dev
EMAIL ?=
PNG_ALERT_EMAIL ?=
YES ?=
FORCE ?=
# The tests to run, as folders and files; empty: all.
TESTS ?=
# How many processes run the tests; 0: only this one.
WORKERS ?= auto
# 1: measure the branch coverage that the service's own tests reach, and fail below 95 % of chalicelib and app.py.
COVERAGE ?=
# The interpreter that VENV is made with. Empty: Python 3.13, which Lambda runs; else another one from 3.11 to 3.14.
PYTHON ?=
# The Chromium of `make browser-test`. Empty: the one on the PATH.
CHROMIUM ?=
# The packages that `make lock` raises to their newest version; empty: none.
UPGRADE ?=

# Python compiles the dependencies when it first imports them. It must keep the result, or every start compiles them again.
unexport PYTHONDONTWRITEBYTECODE

BIN = $(VENV)/bin
# Each process takes whole files: what a file starts, such as a server, starts once.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Tests of the commands and of everything together. `make check COVERAGE=1` does not measure them: that doubles their time.
UNMEASURED = tests/end_to_end tests/privilege tests/scripts tests/trust
TESTABLE = $(VENV)/.installed-test
CHECKABLE = $(VENV)/.installed-dev

.PHONY: help run put test check oldest second-opinion browser-test screenshots trust fuzz bench-setup bench bench-lambda doctor deploy config destroy checkov lock venv clean always

help: ## Show these lines
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: $(TESTABLE) ## Serve the API and the embedded AWS on this machine (PORT=8000 AWS_PORT=4566 DOG_API=https://dog.ceo LOG=json)
	@exec $(BIN)/python -m scripts.local --port "$(PORT)" --aws-port "$(AWS_PORT)" --dog-api "$(DOG_API)" --log "$(LOG)"

put: $(TESTABLE) ## Put FILE=photo.jpg into S3 of a running `make run`
	@exec $(BIN)/python -m scripts.put --port "$(PORT)" --aws-port "$(AWS_PORT)" "$(FILE)"

test: $(TESTABLE) ## Run the tests (TESTS=tests/rest)
	@exec $(PYTEST) $(if $(COVERAGE),--cov) $(TESTS)

check: $(CHECKABLE) ## Run every check: lint, format, types, import rules, security, templates, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -r -c pyproject.toml app.py chalicelib scripts
	$(BIN)/cfn-lint scripts/deployment/resources.yaml scripts/deployment/monitoring.yaml scripts/deployment/vpc.yaml scripts/deployment/web.yaml
	@sh scripts/check_page.sh
	$(PYTEST) $(if $(COVERAGE),$(UNMEASURED),$(TESTS))
	$(if $(COVERAGE),$(PYTEST) --cov $(addprefix --ignore=,$(UNMEASURED)))

oldest: ## Run the tests of AWS, flows and routes with the oldest boto3 that Lambda may have
	@sh scripts/make_venv.sh "$(VENV)-oldest" oldest "$(PYTHON)"
	@exec "$(VENV)-oldest/bin/python" -m pytest -n $(WORKERS) $(or $(TESTS),tests/aws tests/flows tests/rest tests/test_app.py)

second-opinion: $(TESTABLE) ## Run tests/aws on LocalStack's S3 and on dynalite (needs Node.js)
	@sh scripts/make_venv.sh "$(VENV)-second-opinion" second-opinion "$(PYTHON)"
	@cd requirements/second-opinion && npm ci --silent --no-audit --no-fund
	@exec env SECOND_OPINION_VENV="$(VENV)-second-opinion" $(BIN)/python -m scripts.second_opinion

browser-test: ## Test the page in Chromium (CHROMIUM=/usr/bin/chromium; needs Node.js for axe-core)
	@sh scripts/make_venv.sh "$(VENV)-browser" browser "$(PYTHON)"
	@cd requirements/page && npm ci --silent --no-audit --no-fund
	@exec env CHROMIUM="$(CHROMIUM)" "$(VENV)-browser/bin/python" -m pytest -n 0 tests/browser

screenshots: ## Make the two pictures of the page in docs/ anew
	@sh scripts/make_venv.sh "$(VENV)-browser" browser "$(PYTHON)"
	@exec env CHROMIUM="$(CHROMIUM)" SCREENSHOTS=docs "$(VENV)-browser/bin/python" -m pytest -n 0 tests/browser/test_screenshots.py

trust: $(TESTABLE) ## Test every flow with a fault or a kill at every call; print the tables of docs/trust.md
	@exec env TRUST_CELLS=all $(BIN)/python -m pytest -n $(WORKERS) tests/trust

fuzz: ## Test the metadata scrub with damaged pictures (SECONDS=600 SEEDS=folder)
	@sh scripts/make_venv.sh "$(VENV)-fuzz" fuzz "$(PYTHON)"
	@exec "$(VENV)-fuzz/bin/python" -m scripts.fuzz --seconds "$(SECONDS)" $(if $(SEEDS),--seeds "$(SEEDS)")

bench-setup: ## Get the tools that the benchmark compares with: sharp, exiftool, jpegtran
	@sh scripts/benchmark/setup.sh "$(VENV)-bench"

bench: $(TESTABLE) ## Measure Darkroom beside other tools; write docs/benchmarks.md, or print (BENCH_IMAGES=folder)
	@exec $(BIN)/python -m scripts.benchmark.run --rounds "$(ROUNDS)" --photos "$(BENCH_IMAGES)" --peers "$(VENV)-bench"

bench-lambda: $(TESTABLE) ## Measure the start of each function in the zip, and requests; write docs/benchmarks.md
	@exec $(BIN)/python -m scripts.benchmark.functions

doctor: $(TESTABLE) ## Look for what would make a deployment fail (STAGE=dev)
	@exec $(BIN)/python -m scripts.doctor --stage "$(STAGE)"

deploy: $(TESTABLE) ## Deploy a stage to AWS, or update it (STAGE=dev EMAIL=you@example.com)
	@exec $(BIN)/python -m scripts.deploy --stage "$(STAGE)" --email "$(EMAIL)" --png-alert-email "$(PNG_ALERT_EMAIL)"

config: $(TESTABLE) ## Write a deployed stage's names into .chalice/config.json, for plain `chalice deploy` (STAGE=dev)
	@exec $(BIN)/python -m scripts.config --stage "$(STAGE)"

destroy: $(TESTABLE) ## Delete a stage from AWS; it asks first (STAGE=dev YES=1; prod keeps its data unless FORCE=1)
	@exec $(BIN)/python -m scripts.destroy --stage "$(STAGE)" $(if $(YES),--yes) $(if $(FORCE),--force)

checkov: ## Check the CloudFormation templates with checkov, in an environment of its own
	@sh scripts/make_venv.sh "$(VENV)-checkov" checkov "$(PYTHON)"
	@exec "$(VENV)-checkov/bin/checkov" --config-file scripts/deployment/checkov.yaml

lock: $(TESTABLE) ## Write the versions and hashes of all dependencies (UPGRADE="pillow moto")
	@sh scripts/lock.sh "$(BIN)/uv" $(UPGRADE)

venv: $(CHECKABLE) ## Make the virtual environment and install the pinned dependencies

# The script finds out for itself whether there is something to do, since PYTHON= may ask for another interpreter.
$(TESTABLE): always
	@sh scripts/make_venv.sh "$(VENV)" test "$(PYTHON)"

$(CHECKABLE): always
	@sh scripts/make_venv.sh "$(VENV)" dev "$(PYTHON)"

always:

clean: ## Remove everything that these commands made
	rm -rf .venv .venv-* requirements/second-opinion/node_modules requirements/page/node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache .coverage .chalice/deployments
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
