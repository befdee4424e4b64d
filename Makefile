# make help says what there is. Everything that is set up goes into .cache
# directories below this one; nothing is installed system-wide.
GO      ?= go
TOOL     = $(GO) tool -modfile=internal/tools/go.mod
NESTED   = $(patsubst %/go.mod,%,$(filter-out internal/tools/go.mod,$(wildcard otel/go.mod caddy/go.mod examples/go.mod examples/*/go.mod internal/*/go.mod)))

.PHONY: help test unit race long nested lint tidy cross conformance fuzz bench bench-quick live api-check release-check release-raise release-config release-pages release snapshot build
help: ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

test: lint api-check release-config cross race long conformance nested ## everything; sets up what it needs (some twenty minutes the first time)

unit: ## the Go tests of the root module, with nothing but Go (about a minute)
	$(GO) test ./...

race: ## the same with the race detector
	$(GO) test -race -timeout 15m ./...

long: ## 100,000 calls under faults, each one's executions accounted for; the gateway's process under load (two minutes)
	VIALAMBDA_LONG=1 $(GO) test -count 1 -timeout 15m -v -run '^TestTrapA4EveryCallHasOneOutcome$$' ./internal/faulttest/
	VIALAMBDA_LONG=1 $(GO) test -count 1 -timeout 15m -v -run '^TestTrapA4GatewayUnderLoad$$' ./cmd/vialambda/

nested: ## the other nested modules; the Python examples use what conformance has set up
	@set -e; for m in $(filter-out internal/conformance,$(NESTED)); do echo "== $$m"; (cd $$m && $(GO) test -timeout 15m ./...); done

lint: tidy ## gofmt, vet and golangci-lint, pinned in internal/tools
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(TOOL) golangci-lint run ./...
	@set -e; linter=$$($(TOOL) -n golangci-lint); for m in $(NESTED); do echo "== $$m"; (cd $$m && $$linter run ./...); done; cd internal/tools && $$linter run ./release

tidy: ## fail if a go.mod is not tidy
	$(GO) mod tidy -diff
	@set -e; for m in $(NESTED); do (cd $$m && $(GO) mod tidy -diff); done

cross: ## build and vet for the systems that are not run here
	GOOS=darwin GOARCH=arm64 $(GO) vet ./...
	GOOS=windows GOARCH=amd64 $(GO) vet ./...

conformance: ## real frameworks and real clients, in five languages
	$(MAKE) -C internal/conformance conformance

FUZZTIME ?= 60s
fuzz: ## every fuzz target for FUZZTIME (60s)
	@set -e; for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz || true); do \
	    echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p; done; done

bench: ## what a call costs beside plain HTTP and the SDK; writes docs/benchmarks.md
	$(MAKE) -C internal/bench bench

bench-quick: ## the same in under a minute, to the terminal
	$(MAKE) -C internal/bench bench-quick

live: ## contract and traps against functions in your own account: see examples/live
	$(GO) test -tags live -count 1 -v ./internal/live/...

RELEASE  = $(GO) run -C internal/tools ./release -C ../..
api-check: ## compare the exported API with the last tag's
	$(GO) test -C internal/tools ./release
	$(RELEASE) api

RELEASER = $(GO) tool -modfile=internal/tools/goreleaser/go.mod goreleaser
release-config: ## check .goreleaser.yaml
	$(RELEASER) check

release-check: release-config ## what can be checked before VERSION is tagged: see docs/releasing.md
	$(RELEASE) check $(VERSION)

release-raise: ## make the nested modules require VERSION of the root
	$(RELEASE) raise $(VERSION)

release-pages: # the manual page and the completions of the archives
	@rm -rf .cache/release && mkdir -p .cache/release/man .cache/release/completions
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=true -o .cache/release/vialambda ./cmd/vialambda
	.cache/release/vialambda man > .cache/release/man/vialambda.1
	.cache/release/vialambda completion bash > .cache/release/completions/vialambda.bash
	.cache/release/vialambda completion zsh > .cache/release/completions/_vialambda
	.cache/release/vialambda completion fish > .cache/release/completions/vialambda.fish

snapshot: ## the files of a release, into dist; publishes nothing
	$(RELEASER) release --snapshot --clean

release: ## the files of VERSION, into a draft on GitHub: see docs/releasing.md
	@test "$$(git rev-parse HEAD)" = "$$(git rev-parse $(VERSION)^{commit})" || { echo "HEAD is not $(VERSION)"; exit 1; }
	mkdir -p .cache && $(RELEASE) notes $(VERSION) > .cache/notes.md
	GORELEASER_CURRENT_TAG=$(VERSION) $(RELEASER) release --clean --release-notes .cache/notes.md

build: ## bin/vialambda
	$(GO) build -o bin/vialambda ./cmd/vialambda
