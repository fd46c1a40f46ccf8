# Ma carte Vitale: run it, test it. « make help » lists what can be asked.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The one list of system packages (Debian 12 or later, Ubuntu 24.04 or later).
PACKAGES := python3 python3-venv libmagic1 tzdata libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-open-sans

PYTHON ?= python3
BIN := .venv/bin
DJANGO := $(BIN)/python manage.py
STARTED := $(shell date +%s)

export PORT ?= 8000

# A production-like environment, for « check --deploy » alone: nothing is opened with it.
DEPLOY := SECRET_KEY=$$(head --bytes=48 /dev/urandom | base64 --wrap=0) VITALE_HTTPS=true \
	DATABASE_URL=postgres://vitale@localhost/vitale BROKER_URL=redis://localhost:6379/0 VITALE_PROXIES=1 \
	EMAIL_URL=smtp+tls://portal:check@mail.vitale.example:587 VITALE_SECURITY_CONTACT=mailto:security@vitale.example \
	VITALE_CODES_KEY=$$(head --bytes=32 /dev/urandom | base64 --wrap=0) \
	VITALE_PIECES_KEYS=check:$$(head --bytes=32 /dev/urandom | base64 --wrap=0) \
	VITALE_TRACE_KEYS=check:$$(head --bytes=32 /dev/urandom | base64 --wrap=0) \
	VITALE_PUBLIC_URL=https://vitale.example/ ALLOWED_HOSTS=vitale.example

# Tests read neither var/portal.env nor the environment's own choices.
TEST_VAR := $(CURDIR)/var/test
TEST_ENV := env -u SECRET_KEY -u VITALE_CODES_KEY -u VITALE_PIECES_KEYS -u VITALE_TRACE_KEYS -u VITALE_DEMONSTRATION -u VITALE_SPARE_DEMONSTRATION -u VITALE_ACCELERATION -u VITALE_PUBLIC_URL \
	VITALE_VAR_DIR=$(TEST_VAR)
PYTEST := $(BIN)/python -m pytest -q -n auto

.PHONY: help run setup setup-dev system venv environment test coverage checks test-browser test-postgresql test-chaos \
	format requirements

help: ## cette liste
	@sed --quiet --regexp-extended 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand --tabs=26

# --- Run ------------------------------------------------------------------------------------

run: export VITALE_ACCELERATION ?= 3600
run: export VITALE_SPARE_DEMONSTRATION ?= true
run: export VITALE_PUBLIC_URL ?= http://localhost:$(PORT)/
run: setup environment ## installe ce qui manque, prépare les données et démarre le portail (PORT=8000)
	@$(DJANGO) portal --check
	@echo "Base de données…"
	@$(DJANGO) migrate --verbosity 0
	@$(DJANGO) collectstatic --noinput --verbosity 0
	@$(DJANGO) demonstration
	@exec $(DJANGO) portal --since $(STARTED)

environment:
	@mkdir --parents --mode=0700 var
	@test -s var/portal.env || { umask 077; \
		printf 'SECRET_KEY=%s\nVITALE_DEMONSTRATION=true\n' \
			"$$(head --bytes=48 /dev/urandom | base64 --wrap=0 | tr '+/' '-_')" > var/portal.env; }
	@grep --quiet '^VITALE_CODES_KEY=' var/portal.env || { umask 077; \
		printf '\nVITALE_CODES_KEY=%s\n' "$$(head --bytes=32 /dev/urandom | base64 --wrap=0)" >> var/portal.env; }
	@grep --quiet '^VITALE_PIECES_KEYS=' var/portal.env || { umask 077; \
		printf '\nVITALE_PIECES_KEYS=%s:%s\n' "$$(date +%Y%m)" \
			"$$(head --bytes=32 /dev/urandom | base64 --wrap=0)" >> var/portal.env; }

# --- Install --------------------------------------------------------------------------------

setup: venv ## installe ce qu’il faut pour faire tourner le portail
	@$(call install,base)

setup-dev: venv ## installe aussi les outils de développement
	@$(call install,dev)

# Installs the packages named in $(1), by apt: as root, by a sudo that asks nothing, or not at all.
define apt-install
	as_root=""; \
	if [ "$$(id --user)" != 0 ]; then \
		sudo -n true 2> /dev/null && as_root="sudo" || { \
			echo "Il manque des paquets du système. Installez-les, puis recommencez :"; \
			echo "  sudo apt-get install -y --no-install-recommends $(1)"; \
			exit 1; }; \
	fi; \
	echo "Paquets du système : $(1)"; \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq; \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) > /dev/null
endef

# A package counts when one of that name is installed, or one that provides it (libmagic1t64 on Ubuntu).
system:
	@if ! command -v apt-get > /dev/null; then \
		echo "Système sans apt : l’équivalent de ces paquets doit être là : $(PACKAGES)"; \
	else \
		present=$$(dpkg-query --show --showformat='$${db:Status-Status} $${Package}, $${Provides}\n' \
			| sed --quiet 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//'); \
		missing=""; \
		for package in $(PACKAGES); do \
			grep --quiet --line-regexp --fixed-strings "$$package" <<< "$$present" || missing="$${missing:+$$missing }$$package"; \
		done; \
		if [ -n "$$missing" ]; then $(call apt-install,$$missing); fi; \
	fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Il faut Python 3.11 ou plus récent ; ici : $$($(PYTHON) --version 2>&1)."; exit 1; }

venv: system
	@$(BIN)/python -c "" 2> /dev/null || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv .venv

# Installs requirements/$(1).txt when it changed since the last time. uv is ten times faster than pip;
# pip, which heeds the machine's own pip.conf, has the last word when uv finds no registry.
define install
	stamp=.venv/$(1).sha256; \
	if ! sha256sum --check --status "$$stamp" 2> /dev/null; then \
		echo "Bibliothèques Python (requirements/$(1).txt)…"; \
		{ $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt \
			&& $(BIN)/python -m uv --quiet --system-certs pip install --python $(BIN)/python \
				--require-hashes -r requirements/$(1).txt; } \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt; \
		sha256sum requirements/$(1).txt > "$$stamp"; \
	fi
endef

# --- Test -----------------------------------------------------------------------------------

test: setup-dev checks ## vérifications et tests, sur SQLite, sans serveur
	@env -u DATABASE_URL -u BROKER_URL $(TEST_ENV) $(PYTEST)

coverage: setup-dev ## les mêmes tests, et les lignes où aucun ne passe (deux fois plus long)
	@env -u DATABASE_URL -u BROKER_URL $(TEST_ENV) $(PYTEST) --cov --cov-report=term-missing:skip-covered

checks: setup-dev
	@mkdir --parents $(TEST_VAR)
	$(BIN)/python -m ruff check --quiet .
	$(BIN)/python -m ruff format --quiet --check .
	$(TEST_ENV) $(BIN)/python -m mypy .
	$(BIN)/python -m djlint templates --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/python -m deptry .
	env -u DATABASE_URL $(TEST_ENV) $(DJANGO) makemigrations --settings=tests.settings --check --dry-run
	env VITALE_VAR_DIR=$(TEST_VAR) $(DEPLOY) $(DJANGO) check --deploy --fail-level WARNING

test-browser: setup-dev ## tests dans Chromium
	@if ! command -v chromium > /dev/null; then \
		if grep --quiet '^ID=ubuntu' /etc/os-release; then \
			echo "Sur Ubuntu, le paquet apt de Chromium n’est qu’un renvoi vers snap."; \
			echo "Installez-le par « snap install chromium », puis recommencez."; \
			exit 1; \
		fi; \
		$(call apt-install,chromium); \
	fi
	@$(TEST_ENV) $(PYTEST) -m browser

test-postgresql: setup-dev ## toute la suite sur PostgreSQL (DATABASE_URL), puis un vrai worker avec Redis (BROKER_URL)
	@if [[ "$${DATABASE_URL:-}" != postgres* || "$${BROKER_URL:-}" != redis* ]]; then \
		echo "Nommez les serveurs, par exemple :"; \
		echo "  DATABASE_URL=postgres://vitale:…@localhost:5432/vitale BROKER_URL=redis://localhost:6379/9 make $@"; \
		exit 1; \
	fi
	@$(TEST_ENV) $(PYTEST)
	@$(TEST_ENV) $(BIN)/python -m pytest -q -m worker

# Short, and with the proof that a missing lock is seen; the long form: CHAOS="--seconds 300 --kills 30 --people 8".
CHAOS ?= --seconds 20 --kills 8 --people 4 --prove

test-chaos: setup-dev ## tempête : tout est tué en pleine activité (PostgreSQL et Redis installés, en démarre à elle)
	@$(BIN)/python -m tests.chaos $(CHAOS)

# --- Write ----------------------------------------------------------------------------------

format: setup-dev ## remet le code en forme
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

requirements: setup-dev ## recalcule les versions épinglées (UPGRADE=--upgrade pour les rajeunir)
	@for name in uv base s3 dev; do \
		$(BIN)/python -m uv --quiet --system-certs pip compile --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make requirements" $(UPGRADE) \
			$$(case "$$name" in s3) echo "--constraints requirements/base.txt";; \
				dev) echo "--constraints requirements/base.txt --constraints requirements/s3.txt";; esac) \
			requirements/$$name.in --output-file requirements/$$name.txt; \
	done
