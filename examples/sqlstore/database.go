package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// dialect is what the two databases do not have in common.
type dialect struct {
	name        string
	id          string // the type of a column that holds an ID: compared byte by byte, and sorted so
	placeholder string // what stands before the number of an argument
}

var (
	sqlite     = dialect{name: "SQLite", id: "TEXT", placeholder: "?"}
	postgreSQL = dialect{name: "PostgreSQL", id: `TEXT COLLATE "C"`, placeholder: "$"}
)

// dollar writes placeholders as all SQL in this program has them: "$1".
func dollar(n int) string { return fmt.Sprintf("$%d", n) }

// translate writes the placeholders as the database wants them. No SQL in this
// program has a "$" elsewhere: values are never part of it.
func (d dialect) translate(query string) string {
	return strings.ReplaceAll(query, "$", d.placeholder)
}

// Database is SQLite or PostgreSQL.
type Database struct {
	pool    *sql.DB
	dialect dialect
}

// openSQLite makes every transaction take the write lock when it begins: one
// that reads first and writes later would fail where another wrote in between.
func openSQLite(path string) (*Database, error) {
	pool, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate"+
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return &Database{pool, sqlite}, nil
}

func openPostgreSQL(url, schema string) (*Database, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: DATABASE_URL: %w", err)
	}
	config.RuntimeParams["search_path"] = schema
	return &Database{stdlib.OpenDB(*config), postgreSQL}, nil
}

// Close closes all connections.
func (d *Database) Close() error { return d.pool.Close() }

func (d *Database) queries() queries { return queries{d.pool, d.dialect} }

// transact runs the work in a transaction that is committed if, and only if, it
// returns nil.
func (d *Database) transact(ctx context.Context, work func(queries) error) error {
	tx, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := work(queries{tx, d.dialect}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
