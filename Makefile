# GNU make 3.81 (macOS) and a POSIX shell are enough.
PORT ?= 8000
AWS_PORT ?= 4566
# The dog API that `make run` asks; empty: a stand-in on this machine.
DOG_API ?=
VENV ?= .venv
# How long `make fuzz` goes on, and a folder of pictures to start from besides those it makes.
SECONDS ?= 600
SEEDS ?=
# The interpreter to build VENV with; empty: the newest from 3.14 down to 3.11 that starts.
PYTHON ?=

# The dependencies are compiled when they are first imported, which would then be at every start.
unexport PYTHONDONTWRITEBYTECODE

BIN = $(VENV)/bin
# A file at a time to each processor, the slow ones first: what a file starts, such as a server, is then started once.
PYTEST = $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
TESTABLE = $(VENV)/.installed-test
CHECKABLE = $(VENV)/.installed-dev

.PHONY: help run put test check fuzz venv clean always

help: ## Show these lines
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: $(TESTABLE) ## Serve the API and the embedded AWS on this machine (PORT=8000 AWS_PORT=4566 DOG_API=https://dog.ceo)
	@exec $(BIN)/python -m scripts.local --port "$(PORT)" --aws-port "$(AWS_PORT)" --dog-api "$(DOG_API)"

put: $(TESTABLE) ## Drop FILE=photo.jpg into S3 of a running `make run`
	@exec $(BIN)/python -m scripts.put --port "$(PORT)" --aws-port "$(AWS_PORT)" "$(FILE)"

test: $(TESTABLE) ## Run the tests
	@exec $(PYTEST)

check: $(CHECKABLE) ## Run every check: lint, format, types, import rules, security scan, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -r -c pyproject.toml app.py chalicelib scripts
	$(PYTEST)

fuzz: ## Throw damaged pictures at the metadata scrub (SECONDS=600 SEEDS=folder)
	@sh scripts/make_venv.sh "$(VENV)-fuzz" fuzz "$(PYTHON)"
	@exec "$(VENV)-fuzz/bin/python" -m scripts.fuzz --seconds "$(SECONDS)" $(if $(SEEDS),--seeds "$(SEEDS)")

venv: $(CHECKABLE) ## Make the virtual environment and install the pinned dependencies

# The script finds out for itself whether there is something to do, since PYTHON= may ask for another interpreter.
$(TESTABLE): always
	@sh scripts/make_venv.sh "$(VENV)" test "$(PYTHON)"

$(CHECKABLE): always
	@sh scripts/make_venv.sh "$(VENV)" dev "$(PYTHON)"

always:

clean: ## Remove everything that these commands made
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache .chalice/deployments
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
