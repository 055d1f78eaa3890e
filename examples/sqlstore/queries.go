package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
)

// queries runs SQL in a database or in a transaction. Each argument has a "?" in the SQL,
// in order.
type queries struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	dialect dialect
}

// queries returns queries outside a transaction.
func (s *Store) queries() queries { return queries{s.pool, s.dialect} }

// transact runs work in a transaction. It commits only if work returns nil.
func (s *Store) transact(ctx context.Context, work func(queries) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := work(queries{tx, s.dialect}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// exec returns the number of rows that the statement changed.
func (q queries) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := q.on.ExecContext(ctx, q.dialect.numbered(statement), args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q.dialect.name, err)
	}
	return result.RowsAffected()
}

// each calls read for each row of the result.
func (q queries) each(ctx context.Context, read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.on.QueryContext(ctx, q.dialect.numbered(query), args...)
	if err != nil {
		return fmt.Errorf("%s: %w", q.dialect.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", q.dialect.name, err)
	}
	return nil
}

// texts returns the first column of each row.
func (q queries) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	var texts []string
	err := q.each(ctx, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		texts = append(texts, text)
		return err
	}, query, args...)
	return texts, err
}

// numbered numbers the placeholders for PostgreSQL: "?" becomes "$1". The SQL in this
// program has no other "?": values are arguments and never part of it.
func (d dialect) numbered(query string) string {
	if d.sql != rbac.PostgreSQL {
		return query
	}
	parts := strings.Split(query, "?")
	text := parts[0]
	for i, part := range parts[1:] {
		text += fmt.Sprintf("$%d%s", i+1, part)
	}
	return text
}

// unnumbered is the placeholder for rbac, because numbered rewrites it.
func unnumbered(int) string { return "?" }

// Errors.

// NotFoundError reports a row that does not exist, or that the member may not
// know about. A caller cannot tell which.
type NotFoundError struct{ Place string }

func (e *NotFoundError) Error() string { return e.Place + ": not found" }

func isMissing(err error) bool { return errors.As(err, new(*NotFoundError)) }

// ConflictError reports a row that exists already, or that somebody else has changed
// first.
type ConflictError struct{ Place, Problem string }

func (e *ConflictError) Error() string { return e.Place + ": " + e.Problem }

// RowError reports a row with an invalid value. Such a row is not loaded, so it
// grants nothing.
type RowError struct {
	Place string // the table, the key and the column
	Err   error
}

func (e *RowError) Error() string { return e.Place + ": " + e.Err.Error() }

// Unwrap returns the problem with the value.
func (e *RowError) Unwrap() error { return e.Err }

// place names a row in an error.
func place(table, key string) string { return fmt.Sprintf("%s[%q]", table, key) }

// hide returns a NotFoundError in place of a denial if the member may not know
// that the row exists. It returns any other error as it is.
func hide(err error, place string) error {
	var denied *rbac.DeniedError
	if errors.As(err, &denied) && denied.Reason.Hidden() {
		return &NotFoundError{place}
	}
	return err
}

// whyNotAdded returns a ConflictError if the query finds a row: an INSERT of it has
// failed. Each database has another code for that, so it is asked.
func (q queries) whyNotAdded(ctx context.Context, failed error, place, query string, args ...any) error {
	found, err := q.texts(ctx, query, args...)
	if err == nil && len(found) > 0 {
		return &ConflictError{place, "it exists already"}
	}
	return fmt.Errorf("%s: %w", place, failed)
}

// longestID is how many bytes an ID can have in MariaDB's columns.
const longestID = 255

// checkID refuses an ID that one of the databases cannot hold, before anything is stored.
func checkID(place, id string) error {
	switch {
	case id == "":
		return &rbac.ValidationError{Place: place, Problem: "the ID is empty", Hint: "give it an ID"}
	case len(id) > longestID:
		return &rbac.ValidationError{
			Place:   place,
			Problem: fmt.Sprintf("the ID has %d bytes", len(id)),
			Hint:    fmt.Sprintf("use at most %d", longestID),
		}
	case !utf8.ValidString(id) || strings.Contains(id, "\x00"):
		return &rbac.ValidationError{
			Place:   place,
			Problem: fmt.Sprintf("the ID %q is not text", id),
			Hint:    "use UTF-8 without U+0000",
		}
	}
	return nil
}
