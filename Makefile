# Everything a person or a CI system runs. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help build format unit e2e test test-brokers demo bench bench-api fuzz mutation clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## */  make \1\t/' | expand -t 16

build: ## compiles everything, with all static gates; runs no test
	@build/maven package -DskipTests

format: ## formats the Java sources
	@build/maven spotless:apply

unit: ## unit tests only: seconds, needs nothing but a JDK and Maven
	@build/maven test

e2e: ## integration and end-to-end tests only: real control plane, real broker
	@build/run-tests -Dtest=NoUnitTests -Dsurefire.failIfNoSpecifiedTests=false -Djacoco.skip

test: ## set-up (RabbitMQ, control plane), then every test and gate; last line: N passed, N failed
	@build/run-tests

test-brokers: ## the exporter's tests on RabbitMQ 4.0 and 4.3 too, from other releases of Debian; root, debootstrap, 20 minutes
	@build/test-brokers

# DEMO_SECONDS=60 and RABBITMQ=amqp://... may be given: make hands both on.
demo: ## both programs in an embedded world under a shipped policy for 80 s (DEMO_SECONDS=, RABBITMQ=amqp://...)
	@echo "Building what the demo needs: some minutes the first time, seconds later."
	@build/maven -q -Dstyle.color=never package --projects demo --also-make -Dmaven.test.skip=true -Dspotless.check.skip -Dcheckstyle.skip
	@bin/gpuscaling-demo

bench: build ## benchmarks; minutes
	@benchmarks/run

bench-api: build ## our API server beside the reference library's; needs h2load (Debian: nghttp2-client) and Go; minutes
	@TESTKIT_TOOLS=$$(build/setup-tests) && export TESTKIT_TOOLS && benchmarks/run api

fuzz: ## looks for inputs that break a parser, FUZZ_SECONDS=60 for each of them
	@build/fuzz $${FUZZ_SECONDS:-60}

mutation: ## changes the policy engine in small ways; counts the changes that no test notices
	@build/maven -q -Pmutation verify --projects policy --also-make -Djacoco.skip

clean: ## deletes what was built
	@build/maven clean
