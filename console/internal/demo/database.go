package demo

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Store is a web.Store in a database.
type Store struct {
	pool     *sql.DB
	lockRows string        // what makes a SELECT lock the rows that it finds
	file     *databaseFile // nil for PostgreSQL
}

// Open opens a database, creates the tables that are missing, and fills empty ones with the
// demo's members. The source is the address of a PostgreSQL ("postgres://…"), or the name
// of a SQLite file.
func Open(ctx context.Context, source string) (*Store, error) {
	store, err := connect(source)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(store.createTables(ctx), store.seed(ctx)); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.pool.Close() }

// IsPostgreSQL reports whether a source is the address of a PostgreSQL.
func IsPostgreSQL(source string) bool {
	return strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://")
}

func connect(source string) (*Store, error) {
	if IsPostgreSQL(source) {
		pool, err := sql.Open("pgx", source)
		return &Store{pool: pool, lockRows: " FOR UPDATE"}, err
	}
	file, err := openFile(source)
	if err != nil {
		return nil, err
	}
	// The file exists, and mode=rw creates none in its place if it is removed. Each transaction
	// takes SQLite's one write lock when it begins. Otherwise one that reads and then writes
	// fails if another has written in between.
	pool, err := sql.Open("sqlite", "file:"+url.PathEscape(file.name)+"?mode=rw&_txlock=immediate"+
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	return &Store{pool: pool, file: file}, err
}

//go:embed schema.sql
var schema string

func (s *Store) createTables(ctx context.Context) error {
	types := strings.NewReplacer("{text}", "TEXT", "{number}", "INTEGER PRIMARY KEY AUTOINCREMENT")
	if s.lockRows != "" {
		types = strings.NewReplacer("{text}", `TEXT COLLATE "C"`,
			"{number}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		for statement := range strings.SplitSeq(types.Replace(schema), ";\n") {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("demo: create tables: %w", err)
			}
		}
		return nil
	})
}

// transact runs work in a transaction. It commits only if work returns nil, and SQLite's file
// is still the one that was opened.
func (s *Store) transact(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("demo: begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := work(tx); err != nil {
		return err
	}
	if s.file != nil {
		if err := s.file.check(); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("demo: commit: %w", err)
	}
	return nil
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls read for each row of the result.
func each(ctx context.Context, on querier, read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := on.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}
