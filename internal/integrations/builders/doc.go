// Package builders proves that the lines of docs/sql.md for each query builder work: every
// builder returns the page of mini programs that Match allows, with the host's own conditions
// around the clause.
package builders
