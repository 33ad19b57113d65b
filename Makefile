# Harea's commands; `make help` lists them.
SHELL := /bin/bash
PYTHON := .venv/bin/python
VAR := $(or $(HAREA_VAR),var)
# The Python that makes .venv.
PYTHON3 := $(firstword $(foreach name,python3.11 python3,$(shell command -v $(name))))
.DEFAULT_GOAL := help
.PHONY: run test bench lint clean help install install-test prepare

run: install prepare ## install, make the demo models (once), start everything; CONTESTANTS=my-models.toml enters yours
ifdef CONTESTANTS
	@$(PYTHON) manage.py enter_contestants $(CONTESTANTS)
else
	@$(PYTHON) -m training run training/recipes/demo.toml --out $(VAR)/demo
	@$(PYTHON) manage.py enter_contestants $(VAR)/demo/contestants.toml
endif
	@exec $(PYTHON) manage.py start

test: install-test ## every check: style, types, translations, tests on both databases, browser, real engine
	@exec $(PYTHON) -m tests.suite

bench: install-test ## measure the site and its peers; prints a table and writes bench/results
	@$(PYTHON) -m pip install --quiet --no-deps -r requirements/bench.txt
	@exec $(PYTHON) -m bench

lint: install-test ## style and types alone
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

clean: ## forget everything that was made here: .venv, var (votes and models too!), caches
	@read -r -p "Remove .venv and $(VAR), with every vote and model in it? [y/N] " answer && [ "$$answer" = y ]
	rm -rf .venv $(VAR) .mypy_cache .ruff_cache .pytest_cache bench/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

install:
	@$(if $(PYTHON3),,$(error Harea needs Python 3.11; install it first))$(PYTHON3) -m serving.install

install-test:
	@$(if $(PYTHON3),,$(error Harea needs Python 3.11; install it first))$(PYTHON3) -m serving.install --test

prepare: install
	@$(PYTHON) manage.py prepare
