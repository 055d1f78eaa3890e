// Package integrations has the tests of the library that need a database server or another
// module: databases, query builders, object mappers and readers of YAML. It is a module of
// its own, so that the library needs none of them.
//
//	.ci/postgres .ci/mariadb bash -c 'cd internal/integrations && go test -v ./...'
package integrations
