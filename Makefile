# make app: start the page.  make test: run every check.  make docs: build the documentation into site/.
# The first run of each creates or completes the environment in .venv.
# Another Python than python3: make app PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# "compat" puts a plain path into the environment: else a clone called emotion_hf hides the package from its parent folder.
EDITABLE := $(PIP) install --config-settings editable_mode=compat --editable

.PHONY: app test docs clean

app: .venv/app-is-installed
	$(BIN)/python app.py

test: .venv/tests-are-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

docs: .venv/docs-are-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The documentation is in site/; read it with: $(BIN)/mkdocs serve"

clean:
	rm -rf .venv site .pytest_cache .ruff_cache .mypy_cache build dist emotion_hf.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/app-is-installed: requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install -r requirements.txt
	$(EDITABLE) . --no-deps
	$(BIN)/emotion-hf doctor --fix
	touch $@

.venv/tests-are-installed: .venv/app-is-installed
	$(EDITABLE) '.[dev]'
	touch $@

.venv/docs-are-installed: .venv/app-is-installed
	$(EDITABLE) '.[docs]'
	touch $@

# Debian's bare Python has pip but no ensurepip; then its pip puts one into the environment.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv || { $(PYTHON) -m venv --clear --without-pip .venv && \
		$(PYTHON) -m pip --python $(BIN)/python install pip; } || { rm -rf .venv; false; }
