package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/miniprogram-platform/rbac"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Store is a database with the tables of schema.sql, in SQLite or PostgreSQL.
type Store struct {
	pool    *sql.DB
	dialect dialect
}

// dialect has the differences between the two databases.
type dialect struct {
	name        string
	id          string // the type of an ID column; it must compare and sort byte by byte
	placeholder string // the text before the number of an argument
}

var (
	sqlite     = dialect{name: "SQLite", id: "TEXT", placeholder: "?"}
	postgreSQL = dialect{name: "PostgreSQL", id: `TEXT COLLATE "C"`, placeholder: "$"}
)

// openSQLite makes every transaction take the write lock when it begins.
// Otherwise a transaction that reads and then writes fails if another one wrote
// in between.
func openSQLite(path string) (*Store, error) {
	pool, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate"+
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return &Store{pool, sqlite}, nil
}

func openPostgreSQL(url, schema string) (*Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: DATABASE_URL: %w", err)
	}
	config.RuntimeParams["search_path"] = schema
	return &Store{stdlib.OpenDB(*config), postgreSQL}, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.pool.Close() }

//go:embed schema.sql
var schema string

// createTables creates the tables in an empty database.
func (s *Store) createTables(ctx context.Context) error {
	if _, err := s.queries().exec(ctx, strings.ReplaceAll(schema, "{id}", s.dialect.id)); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	return nil
}

// openScratch returns a new store with empty tables, and a function that removes
// it. The store is a new schema in the PostgreSQL database at the URL, or a new
// SQLite file if the URL is empty.
func openScratch(ctx context.Context, url string) (*Store, func() error, error) {
	open := scratchPostgreSQL
	if url == "" {
		open = scratchSQLite
	}
	store, remove, err := open(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	if err := store.createTables(ctx); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return store, remove, nil
}

func scratchSQLite(context.Context, string) (*Store, func() error, error) {
	directory, err := os.MkdirTemp("", "sqlstore-")
	if err != nil {
		return nil, nil, fmt.Errorf("scratch: %w", err)
	}
	store, err := openSQLite(filepath.Join(directory, "store.db"))
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(directory))
	}
	return store, func() error { return errors.Join(store.Close(), os.RemoveAll(directory)) }, nil
}

func scratchPostgreSQL(ctx context.Context, url string) (*Store, func() error, error) {
	schema := "sqlstore_" + rand.Text()
	store, err := openPostgreSQL(url, schema)
	if err != nil {
		return nil, nil, err
	}
	if _, err := store.queries().exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("scratch: %w", err), store.Close())
	}
	return store, func() error {
		// The caller's context may have ended; the schema must go all the same.
		_, err := store.queries().exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		return errors.Join(err, store.Close())
	}, nil
}

// Queries.

// queries runs SQL in a database or in a transaction. The SQL has placeholders
// as PostgreSQL has them: "$1".
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
	result, err := q.on.ExecContext(ctx, q.dialect.translate(statement), args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q.dialect.name, err)
	}
	return result.RowsAffected()
}

// each calls read for each row of the result.
func (q queries) each(ctx context.Context, read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.on.QueryContext(ctx, q.dialect.translate(query), args...)
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

// translate replaces "$1" by the database's own placeholder. The SQL in this
// program has no other "$": values are arguments and never part of it.
func (d dialect) translate(query string) string {
	return strings.ReplaceAll(query, "$", d.placeholder)
}

// dollar is the placeholder for rbac.Columns.
func dollar(n int) string { return fmt.Sprintf("$%d", n) }

// Errors.

// NotFoundError reports a row that does not exist, or that the member may not
// know about. A caller cannot tell which.
type NotFoundError struct{ Place string }

func (e *NotFoundError) Error() string { return e.Place + ": not found" }

func isMissing(err error) bool { return errors.As(err, new(*NotFoundError)) }

// ConflictError reports a row that somebody else has changed first.
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
