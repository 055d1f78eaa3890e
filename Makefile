.PHONY: test check fuzz bench cover update

test: ## every test of the library
	go test ./...

check: ## all that a change must pass
	.ci/run

fuzz: ## each fuzz target of internal/proof for 30 seconds
	@for target in $$(go test -list '^Fuzz' ./internal/proof | grep '^Fuzz'); do \
		go test ./internal/proof -run '^$$' -fuzz "^$$target\$$" -fuzztime 30s || exit 1; \
	done

bench: ## one check, beside hand-written code and a floor
	go test -run '^$$' -bench Ratio -benchtime 3000x .

cover: ## coverage of the library by all tests
	go test -coverpkg=.,./internal/... -coverprofile=coverage.out . ./internal/...
	go tool cover -func=coverage.out | tail -n 1

update: ## the generated tables and the recorded API
	go test ./internal/upkeep -update
