# Parus: `make help` lists the verbs. Everything the project needs is installed by `make setup`.
SHELL   := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
GO      := go
TOOLS   := $(CURDIR)/.tools
LINT_VERSION := v2.15.0
LINT    := $(TOOLS)/golangci-lint-$(LINT_VERSION)
S3_VERSION := v1.8.0
S3      := $(TOOLS)/versitygw-$(S3_VERSION)
PAGE    := web/ui/dist/index.html
PAGE_SRC := $(shell find web/ui/src -type f 2>/dev/null) $(wildcard web/ui/*.json web/ui/*.ts web/ui/*.js web/ui/*.html web/ui/public/*)

.PHONY: help
help: ## list the verbs
	@awk -F':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install what running needs and is missing (Debian packages, Go and npm modules)
	@internal/setup/debian.sh run
	@$(GO) mod download
	@$(MAKE) --silent --no-print-directory web/ui/node_modules/.package-lock.json

.PHONY: setup-test
setup-test: setup
	@internal/setup/debian.sh test

# npm writes the target last; touched, because npm may give it an older time.
web/ui/node_modules/.package-lock.json: web/ui/package-lock.json
	cd web/ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): web/ui/node_modules/.package-lock.json $(PAGE_SRC)
	cd web/ui && npm run --silent build

.PHONY: page
page: $(PAGE) ## build the page that the server embeds

.PHONY: client
client: web/ui/node_modules/.package-lock.json ## write the types of the page's calls from the server's OpenAPI document
	$(GO) test -count 1 -run TestTypesOfThePage ./web -update

.PHONY: build
build: $(PAGE) ## build the page, bin/parus and bin/parusd
	@mkdir -p bin
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/parus ./cmd/parus
	CGO_ENABLED=0 $(GO) build -ldflags '$(LDFLAGS)' -o bin/parusd ./cmd/parusd

.PHONY: demo
demo: setup build ## the generated county, from scenes to a map; ONCE=1 writes out/ and exits
	bin/parus up --demo $(if $(ONCE),--once --out out)

.PHONY: test
test: setup-test check-lint page ## everything that CI runs, browser included
	$(GO) vet ./...
	$(GO) test -race -timeout 18m ./...

.PHONY: check
check: check-lint $(PAGE) ## fast: format, vet, lint, unit tests
	$(GO) vet ./...
	$(GO) test -race -short ./...

.PHONY: check-lint
check-lint: $(LINT) web/ui/node_modules/.package-lock.json
	@test -z "$$(gofmt -l cmd imagery fields yield credit workers web internal fixtures)" || { gofmt -l cmd imagery fields yield credit workers web internal fixtures; echo 'run gofmt -w on these files'; exit 1; }
	$(LINT) run ./...
	cd web/ui && npm run --silent lint

$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(TOOLS)/golangci-lint $@

.PHONY: s3
s3: $(S3) ## build the S3-compatible server that some tests read scenes from; they skip without it

# An S3-compatible server (Apache-2.0) that tests read scenes from; 61 MB, about
# a minute and a half to build once.
$(S3):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install -trimpath -ldflags '-s -w' github.com/versity/versitygw/cmd/versitygw@$(S3_VERSION)
	@mv $(TOOLS)/versitygw $@

.PHONY: bench
bench: build ## measure zonal statistics, crop learners, hot paths, registries, tiles and search, write a table; BENCH=dir for a large set, HOUSEHOLDS=258000 and PARCELS=1000000 for a million parcels
	PARUS_BENCH=$(CURDIR)/bench.txt BENCH=$(if $(BENCH),$(abspath $(BENCH))) $(GO) test -count 1 -timeout 2h -run TestZonalTable ./cmd/parus
	@cat bench.txt
	PARUS_CROP_TABLE=$(CURDIR)/crops.txt $(GO) test -count 1 -timeout 2h -run TestLearnerTable ./fields/crop
	@tee -a bench.txt < crops.txt && rm crops.txt
	$(GO) test -run '^$$' -bench . -benchmem ./... | tee -a bench.txt
	PARUS_WORKERS=$(CURDIR)/workers.txt $(GO) test -count 1 -timeout 2h -run TestWorkersTable ./cmd/parus
	@tee -a bench.txt < workers.txt && rm workers.txt
	internal/bench/registry.sh $(or $(HOUSEHOLDS),26000) | tee -a bench.txt
	PARUS_BENCH=$(CURDIR)/tiles.txt PARUS_BENCH_PARCELS=$(or $(PARCELS),50000) $(GO) test -count 1 -timeout 2h -run TestTilesTable ./web
	@tee -a bench.txt < tiles.txt && rm tiles.txt

.PHONY: soak
soak: setup-test $(S3) $(PAGE) ## ask a server for a day's requests of OFFICERS (200) officers, watching its memory; break each wire of seasons WIRES times (3); kill runs, then every process of seasons, KILLS times each (300) at moments drawn from SEED; compare bytes
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -ldflags '$(LDFLAGS)' -o bin/parusd ./cmd/parusd
	PARUS_SOAK_SERVER=$(CURDIR)/bin/parusd PARUS_SOAK_OFFICERS=$(or $(OFFICERS),200) $(GO) test -count 1 -timeout 2h -v -run TestADayOfRequests ./web
	PARUS_SOAK_WIRES=$(or $(WIRES),3) $(GO) test -race -count 1 -timeout 2h -v -run 'TestSoakOfEachFault|TestASeasonOnACluster' ./workers
	PARUS_SOAK_WIRES=$(or $(WIRES),3) $(GO) test -race -count 1 -timeout 2h -v -run 'TestASeasonEndToEnd/(workers_in_network|the_wires_of|workers_read)' ./cmd/parus
	PARUS_SOAK_KILLS=$(or $(KILLS),300) PARUS_SOAK_SEED=$(SEED) $(GO) test -race -count 1 -timeout 12h -v -run 'TestASeasonEndToEnd/.*killed' ./cmd/parus

.PHONY: clean
clean: ## remove what was built
	rm -rf bin out web/ui/dist/assets $(PAGE)
