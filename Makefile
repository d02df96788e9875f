# Vision Workbench. `make run` opens the program, `make test` checks it; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
WORKERS ?= 2

.PHONY: run test lint bench screenshots clean system-libraries
.DEFAULT_GOAL := run

run: $(STAMP) system-libraries
	$(BIN)/python main.py

test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q

lint: $(DEV_STAMP) system-libraries
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy engine gui main.py
	$(BIN)/lint-imports

bench: $(DEV_STAMP) system-libraries
	$(BIN)/python main.py bench

screenshots: $(DEV_STAMP) system-libraries
	sh .tools/with_display.sh $(BIN)/python .tools/screenshots.py assets/screenshots

system-libraries: $(STAMP)
	@$(BIN)/python .tools/system_libraries.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(STAMP) $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
