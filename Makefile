# The commands of this project. Each one installs what it needs first (tools/bootstrap); what is there is reused.
#   PGRAMPART_ENGINE=path|download|build   where Pulumi comes from; by default the first of them that works
#   PGRAMPART_CACHE=DIR                    where built and downloaded things are kept over checkouts

SHELL := /bin/sh
CACHE := $(or $(PGRAMPART_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pgrampart)
LABS := $(or $(PGRAMPART_LABS),/var/lib/pgrampart/lab)
# Puts Node, Pulumi and its plugins on PATH.
with := . ./.cache/env &&

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-down test test-unit test-live lint docs golden build bench engine ready clean clean-cache

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: build ## real hosts on this machine, one `pulumi up`, the proof, one change in preview
	@$(with) tools/demo up

demo-down: ## remove what `make demo` made
	@tools/demo down

test: ready ## build, lint, unit tests and live tests
	@$(with) node tools/test.js

test-unit: ready ## the tests that touch nothing outside the process
	@$(with) node tools/test.js unit

test-live: ready ## the tests on real hosts (root)
	@$(with) node tools/test.js build live

lint: ready ## types and style
	@$(with) npm run --silent typecheck
	@$(with) npm run --silent lint

docs: ready ## write the generated pages: docs/baseline.md, docs/reference.md
	@$(with) npm run --silent docs

golden: ready ## rewrite test/golden and say what changed
	@$(with) npm run --silent golden

build: ready ## compile into dist/
	@$(with) tools/step "compiling" npm run --silent build

bench: build ## speed, against other tools on the same hosts (root)
	@$(with) npm run --silent bench

engine: ## build Pulumi, its Node.js host and the plugins from Go modules
	@PGRAMPART_ENGINE=build tools/bootstrap

ready:
	@tools/bootstrap

clean: demo-down ## remove what was made in this checkout, the demo included
	rm -rf dist .cache node_modules pgrampart-*.tgz

clean-cache: ## remove the engines, Nodes and base images kept in the user's cache
	@labs=$$(ls $(LABS) 2>/dev/null) || true; [ -z "$$labs" ] || \
	  { echo "labs still stand on the cached images: $$labs. Take them down first: pgrampart lab down --name NAME" >&2; exit 1; }
	rm -rf "$(CACHE)/engine" "$(CACHE)/lab" "$(CACHE)"/node-* "$(CACHE)"/go-* "$(CACHE)"/bench-*
