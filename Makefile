# Commandes du projet. « make » sans rien affiche cette aide.
# Aucune commande ne pose de question : toutes conviennent à une machine sans clavier.

.DEFAULT_GOAL := help
.PHONY: help setup environment base demo test test-slow mutants bench lint lock

SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
ONLY ?=
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MANAGE := $(BIN)/python manage.py
LOCKED := requirements.txt requirements-dev.txt
# The environment is rebuilt when a locked version or the Python used changes, and only then.
FINGERPRINT = $$(cat $(LOCKED) | cksum | tr -d ' ')-$$($(PYTHON) -c 'import sys; print(sys.version_info[:3], sys.prefix)' | tr -d ' ')
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(UPGRADE) pyproject.toml
NOTE = \# Versions verrouillées avec leurs empreintes. Pour les refaire : make lock (UPGRADE=--upgrade pour les monter).

# The lock is on this very file: two commands that cross neither install nor migrate together.
ALONE = exec 9< $(firstword $(MAKEFILE_LIST)); if command -v flock > /dev/null; then flock 9; fi

help: ## Affiche cette aide
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: environment base ## Prépare tout : environnement, outils de test, base de données, référentiels

environment:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 ou plus récent est nécessaire. Indiquez-le : make $(MAKECMDGOALS) PYTHON=/chemin/vers/python3.11" >&2; exit 1; }
	@$(ALONE); \
	test "$$(cat $(STAMP) 2> /dev/null)" = "$(FINGERPRINT)" && exit 0; \
	echo "Installation de l'environnement (une à deux minutes la première fois)…"; \
	$(PYTHON) -m venv $(VENV) || { \
	  echo "L'environnement n'a pas pu être créé : installez le paquet python3-venv de votre système." >&2; exit 1; }; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements-dev.txt && \
	echo "$(FINGERPRINT)" > $(STAMP)

base: environment
	@$(ALONE) && $(MANAGE) migrate --noinput --verbosity 0 && $(MANAGE) load_reference

demo: setup ## Charge la démonstration et sert le portail sur PORT (8000) ; Ctrl-C arrête tout
	@$(ALONE) && ROR_DEMONSTRATION=1 $(MANAGE) load_demonstration
	@ROR_DEMONSTRATION=1 PORT=$(PORT) exec $(MANAGE) serve

test: setup ## Lance tous les tests rapides (moins de 5 minutes)
	@$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: setup ## Lance les tests longs : navigateur, matrices, pannes (ONLY=nom pour un seul)
	@$(BIN)/python -m pytest -n 2 -m slow --all-roles $(if $(ONLY),-k "$(ONLY)")

mutants: setup ## Retire chaque garde de confidentialité tour à tour et attend que les tests échouent (ONLY=mot)
	@$(BIN)/python -m tests.mutants $(ONLY)

bench: setup ## Mesure les performances (ONLY=nom pour une seule mesure)
	@$(BIN)/python -m tests.benchmarks $(ONLY)

lint: environment ## Vérifie le style, les gabarits, les dépendances entre modules et les migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/lint-imports
	@$(MANAGE) check
	@$(MANAGE) makemigrations --check --dry-run

lock: environment ## Recalcule les versions verrouillées à partir de pyproject.toml
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt
	@for file in $(LOCKED); do { echo "$(NOTE)"; cat $$file; } > $$file.new && mv $$file.new $$file; done
