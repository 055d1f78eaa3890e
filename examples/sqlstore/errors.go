package main

import "fmt"

// NotFoundError says that there is no such thing, or none that the member may
// know of: the two must not be told apart.
type NotFoundError struct{ Place string }

func (e *NotFoundError) Error() string { return e.Place + ": not found" }

// ConflictError says that somebody else was faster.
type ConflictError struct{ Place, Problem string }

func (e *ConflictError) Error() string { return e.Place + ": " + e.Problem }

// RowError says that a row holds what the program cannot read. Whatever is in
// such a row grants nothing, because it is not loaded.
type RowError struct {
	Place string // the table, the key and the column
	Err   error
}

func (e *RowError) Error() string { return e.Place + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the value.
func (e *RowError) Unwrap() error { return e.Err }

func place(table, key string) string { return fmt.Sprintf("%s[%q]", table, key) }
