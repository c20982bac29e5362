# make app: start the page.  make test: run every check.  make docs: build the documentation into site/.
# make release: build wheel and site, and try the wheel in an environment of its own.
# The first run of each creates or completes the environment in .venv.
# Another Python than python3: make app PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
# Modules are compiled when they are first imported: most of the 20,000 never are, and pip would need a minute for all.
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --no-compile
EDITABLE := $(INSTALL) --editable

.PHONY: app test docs release clean

app: .venv/app-is-installed
	$(BIN)/python app.py

test: .venv/tests-are-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

docs: .venv/docs-are-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The documentation is in site/; read it with: $(BIN)/mkdocs serve"

# The recording is a synthetic voice; what is predicted for it does not matter.
release: docs .venv/release-is-installed
	rm -rf dist build/clean build/light
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/clean
	build/clean/bin/python -m pip --disable-pip-version-check install "$$(ls dist/*.whl)[full]"
	cd build/clean && bin/emotion-hf doctor
	cd build/clean && bin/python -c "import soundfile, emotion_hf.testing as t; soundfile.write('clip.wav', t.synthetic_voice(2.0), 16000)"
	cd build/clean && bin/emotion-hf predict clip.wav && bin/emotion-hf train --help
	$(PYTHON) -m venv build/light
	build/light/bin/python -m pip --disable-pip-version-check install "$$(ls dist/*.whl)[light]"
	cd build/light && bin/emotion-hf doctor && bin/emotion-hf predict ../clean/clip.wav
	@echo "dist/ and site/ are ready to publish."

clean:
	rm -rf .venv site .pytest_cache .ruff_cache .mypy_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/app-is-installed: requirements.txt pyproject.toml | $(BIN)/python
	$(INSTALL) -r requirements.txt
	$(EDITABLE) . --no-deps
	$(BIN)/emotion-hf doctor --fix
	touch $@

.venv/tests-are-installed: .venv/app-is-installed
	$(EDITABLE) '.[dev]'
	touch $@

.venv/docs-are-installed: .venv/app-is-installed
	$(EDITABLE) '.[docs]'
	touch $@

.venv/release-is-installed: .venv/app-is-installed
	$(EDITABLE) '.[release]'
	touch $@

# Debian's bare Python has pip but no ensurepip; then its pip puts one into the environment.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv || { $(PYTHON) -m venv --clear --without-pip .venv && \
		$(PYTHON) -m pip --python $(BIN)/python install pip; } || { rm -rf .venv; false; }
