# Every target sets up what it alone needs, and does nothing where it is there.
SHELL := /bin/bash
export CARGO_NET_RETRY ?= 5
SEEDS ?= 20
# Where tools/setup puts it: outside of the clone, for it is compiled.
CARGO_DENY := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/telegram-archive/tools/bin/cargo-deny
SCRIPTS = $(shell grep -rlE '^\#!.*bash$$' tools .ci)

.DEFAULT_GOAL := help
.PHONY: help demo run web lint test e2e docs demo-check soak bench bench-page bench-viewer

help: ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: setup-build web ## a lively simulated Telegram, archived in front of you; Ctrl-C stops it
	@tools/demo

run: credentials setup-build web ## the archive against Telegram, with the settings of .env
	@tools/run

web: ## the page that the viewer embeds
	@tools/web

lint: setup-lint ## the page, formatting, spelling, scripts, contract, licences, clippy
	@tools/suite "format" cargo fmt --all --check
	@tools/suite "spelling" .tools/lint/bin/typos
	@tools/suite "scripts" .tools/lint/bin/shellcheck $(SCRIPTS)
	@tools/suite "contract" tools/contract check
	@tools/suite "licences, bans, sources" $(CARGO_DENY) --offline --locked check --allow duplicate --hide-inclusion-graph bans licenses sources
	@tools/suite "page" tools/web check
	@tools/suite "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings

test: setup-test web ## everything that proves the project
	@tools/suite "build" cargo build --locked --workspace --bins
	@tools/suite "build of the tests" cargo nextest run --locked --workspace --no-run
	@"$${CARGO_TARGET_DIR:-target}/debug/with-servers" tools/tests
	@tools/suite "Telethon against the simulator" tools/telethon-check
	@tools/suite "documentation examples" cargo test --locked --workspace --doc --quiet
	@tools/suite "page in Chromium" "$${CARGO_TARGET_DIR:-target}/debug/browser-check"

e2e: setup-test web ## the page in Chromium alone, with screenshots in screenshots/; ONLY=search: files of this name
	@cargo build --locked -p telegram-archive -p telegram-sim -p tests --bins
	@E2E=all SCREENSHOTS="$(CURDIR)/screenshots" "$${CARGO_TARGET_DIR:-target}/debug/browser-check" -- $(ONLY)

demo-check: setup-build web ## a throwaway world archived by the production binary, compared message by message; SABOTAGE=... must fail
	@tools/demo-check

bench: setup-test web ## figures of the release build, all or ONLY=history,...; not a test
	@echo "building for release; the first time takes ten to thirty minutes on two cores"
	@cargo build --release --locked --quiet -p telegram-archive -p telegram-sim -p tests --bins
	@release="$${CARGO_TARGET_DIR:-target}/release"; "$$release/bench" --archive "$$release/telegram-archive" --simulator "$$release/telegram-sim" $(if $(ONLY),--only $(ONLY))

bench-viewer: setup-test setup-bench-viewer web ## figures of the viewer over 1 and 10 million messages; SIZES=, STORES=, ONLY=, CACHE=
	@echo "building for release; the first time takes ten to thirty minutes on two cores"
	@cargo build --release --locked --quiet -p telegram-archive -p tests --bins
	@release="$${CARGO_TARGET_DIR:-target}/release"; "$$release/bench-viewer" --archive "$$release/telegram-archive" $(if $(SIZES),--sizes $(SIZES)) $(if $(STORES),--stores $(STORES)) \
		$(if $(ONLY),--only '$(ONLY)') $(if $(CACHE),--cache $(CACHE)) $(if $(BYTES),--bytes)

bench-page: setup-test web ## from a post on Telegram to the page, release build; not a test
	@cargo build --release --locked --quiet -p telegram-archive -p telegram-sim -p tests --bins
	@LATENCY=1 "$${CARGO_TARGET_DIR:-target}/release/browser-check" -- latency --project desktop

soak: setup-test ## SEEDS random days in each mode; not part of the tests
	@cargo build --locked --quiet -p tests -p testkit --bins
	@"$${CARGO_TARGET_DIR:-target}/debug/with-servers" "$${CARGO_TARGET_DIR:-target}/debug/soak" --seeds $(SEEDS)

docs: ## the generated parts of README.md and .env.example
	@tools/docs

.PHONY: credentials setup-build setup-test setup-lint setup-bench-viewer
credentials:
	@tools/credentials
setup-build:
	@tools/setup build
setup-lint: setup-build
	@tools/setup lint
setup-test: setup-build
	@tools/setup test
setup-bench-viewer: setup-build
	@tools/setup bench-viewer
