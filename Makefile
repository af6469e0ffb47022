# Careplane. Every target is a thin name for a script that also runs without make; `make` alone prints this list.
# CAREPLANE_CLUSTER=kind makes the targets that need a cluster use kind (Docker) instead of the embedded one.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Every target that `make help` lists is a name, not a file.
.PHONY: $(shell sed -n 's/^\([a-z0-9-]*\):.*\#\#.*/\1/p' $(lastword $(MAKEFILE_LIST)))

# It needs root and Debian, which whoever tests on kind need not have.
STAGE_KIND := $(if $(filter kind,$(CAREPLANE_CLUSTER)),,kind)

help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

up: ## from a bare machine to a Ready clinic, then the demo (root; safe to repeat)
	@scripts/up.sh

demo: ## patients register, log in and book through the gateway; prints a table (safe to repeat)
	@scripts/demo.sh $(DEMO_FLAGS)

test: ## every test, from lint to end-to-end and kind; ends with one line `N passed, N failed`
	@scripts/test.sh lint unit integration fhir e2e $(STAGE_KIND)

test-unit: ## tests of pure code, no engines
	@scripts/test.sh unit

test-fhir: ## FHIR resources of tests, the demo's last run and documents against HAPI's validator, the kit's schemas against R4's definitions
	@scripts/test.sh fhir

test-integration: ## tests against a real apiserver, MongoDB, RabbitMQ, Redis
	@scripts/test.sh integration

test-e2e: ## tests of the whole platform on the cluster (brings it up when it is not)
	@scripts/test.sh e2e

test-kind: ## make kind-up on a machine without Docker or images, and faults under bookings (root); puts the machine back as it was
	@scripts/test-kind.sh

test-bare: ## `make up` and `make test` in a bare Debian root file system, before a release (50 minutes; the cluster down)
	@scripts/bare.sh $(BARE_TARGETS)

lint: ## code, scripts, CRDs, chart, manifests, alert rules
	@scripts/test.sh lint

bench-operator: ## our operator and three others do the same work; writes bench/results/operator.md (quiet machine, 24 minutes)
	@bench/operator/run.sh $(BENCH_FLAGS)

bench-scale: ## memory and time as the cluster grows, failover; writes bench/results/scale.md
	@bench/scale/run.sh $(BENCH_FLAGS)

bench-write-gap: ## how long MongoDB takes no write after kill -9 of its primary; writes bench/results/write-gap.md (five minutes)
	@bench/write-gap/run.sh $(BENCH_FLAGS)

bench-gateway: ## what a read costs from gateway to database, beside Express and nginx; writes bench/results/gateway.md (four minutes)
	@bench/gateway/run.sh $(BENCH_FLAGS)

bench-documents: ## encryption of documents beside the age tool, and in chromium; writes bench/results/documents.md, fails below 200 MB for a second of CPU (a minute)
	@bench/documents/run.sh $(BENCH_FLAGS)

bench-login: ## CPU of a whole log-in beside that of its password hash; writes bench/results/login.md, fails above 1.5 times (a minute)
	@bench/login/run.sh $(BENCH_FLAGS)

bench-persons: ## creates, reads and searches of encrypted patients, beside plain ones; writes bench/results/persons.md (ten minutes)
	@bench/persons/run.sh $(BENCH_FLAGS)

bench-facts: ## one app in a clinic of 100,000 patients with policies, facts included; writes bench/results/facts.md, fails above 50 ms or 4 KiB (two minutes)
	@bench/facts/run.sh $(BENCH_FLAGS)

bench-records: ## what a core reads, creates, encrypts and decrypts of medical records; writes bench/results/records.md (10 minutes)
	@bench/records/run.sh $(BENCH_FLAGS)

bench-audit: ## entries a second into the audit log, and verifying a million; writes bench/results/audit.md (three minutes)
	@bench/audit/run.sh $(BENCH_FLAGS)
bench-openapi: ## made-up requests to every operation as each role; writes bench/results/openapi.md, fails on a 500 or what OpenAPI does not name (20 minutes)
	@bench/openapi/run.sh $(BENCH_FLAGS)

bench-idle: ## CPU of each program while nobody uses the cluster that is up; writes bench/results/idle.md (a minute)
	@bench/idle/run.sh $(BENCH_FLAGS)

soak: ## half an hour of random edits, restarts and cut connections; writes bench/results/soak.md
	@bench/soak/run.sh $(SOAK_FLAGS)

drill: ## the operator dies at every one of its writes; tests take a sample of them (quiet machine, seven minutes)
	@bench/drill/run.sh

mutants: ## how many small changes of the deciding files their unit tests notice (Stryker); writes bench/results/mutants.md (half an hour; MUTANTS="FILE...")
	@scripts/mutants.sh $(MUTANTS)

build: ## everything that is built: packages, bundles, cluster, tools, images
	@scripts/build.sh

bundle: ## the services' and the operator's JavaScript bundles
	@scripts/bundle.sh

crds: ## crds/ and docs/reference/ from operator/src/api
	@scripts/crds.sh

deploy: ## chart and examples/clinic onto the running cluster, waits until all is Ready
	@scripts/deploy.sh

undeploy: ## takes the clinic and the operator off the cluster; data and CRDs stay
	@scripts/undeploy.sh

down: ## stops the cluster; leaves no process, mount, namespace or cgroup (data is kept)
	@scripts/on-cluster.sh down

clean: ## down, and removes the cluster's data
	@scripts/on-cluster.sh clean

status: ## what runs and what is Ready
	@scripts/status.sh

logs: ## logs of the cluster's parts
	@scripts/on-cluster.sh logs

find-plaintext: ## search all that the embedded clinic keeps for texts, one a line: make find-plaintext < names.txt
	@scripts/find-plaintext.sh

env: ## prints shell settings for kubectl: eval "$(make -s env)"
	@scripts/env.sh

kind-up: ## the same as `make up` on kind (needs Docker, Node, kind, kubectl and helm; no root)
	@CAREPLANE_CLUSTER=kind scripts/up.sh

kind-down: ## deletes the kind cluster with its data (to stop it: CAREPLANE_CLUSTER=kind make down)
	@cluster/kind/clean.sh

kind-load: ## builds the services' images and loads those that changed into kind; make deploy then restarts their pods
	@cluster/kind/load.sh
