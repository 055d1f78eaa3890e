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

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/miniprogram-platform/rbac"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Store is a database with the tables of schema.sql, in SQLite, PostgreSQL or MariaDB.
type Store struct {
	pool    *sql.DB
	dialect dialect
}

// Close closes all connections.
func (s *Store) Close() error { return s.pool.Close() }

// dialect has the differences between the databases.
type dialect struct {
	name     string
	sql      rbac.Dialect
	driver   string
	text     string // the type of an ID; it must compare and sort byte by byte
	document string // the type of a long text
}

var (
	sqlite     = dialect{"SQLite", rbac.SQLite, "sqlite", "TEXT", "TEXT"}
	postgreSQL = dialect{"PostgreSQL", rbac.PostgreSQL, "pgx", `TEXT COLLATE "C"`, "TEXT"}
	mariaDB    = dialect{"MariaDB", rbac.MySQL, "mysql", "VARBINARY(255)", "LONGTEXT CHARACTER SET utf8mb4"}
)

// server is where a store can be made. An address of SQLite is not needed.
type server struct {
	dialect dialect
	address string
}

// serverOf returns the server that the environment names, or SQLite.
func serverOf(environment func(string) string) server {
	if dsn := environment("MYSQL_DSN"); dsn != "" {
		return server{mariaDB, dsn}
	}
	if url := environment("DATABASE_URL"); url != "" {
		return server{postgreSQL, url}
	}
	return server{dialect: sqlite}
}

// openScratch returns a new store with empty tables, and a function that removes it. The
// store is a new SQLite file, a schema in PostgreSQL or a database in MariaDB.
func (on server) openScratch(ctx context.Context) (*Store, func() error, error) {
	open := on.scratchSQLite
	switch on.dialect.sql {
	case rbac.PostgreSQL:
		open = on.scratchPostgreSQL
	case rbac.MySQL:
		open = on.scratchMariaDB
	}
	store, remove, err := open(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", on.dialect.name, err)
	}
	if err := store.createTables(ctx); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return store, remove, nil
}

func (on server) open(source string) (*Store, error) {
	pool, err := sql.Open(on.dialect.driver, source)
	return &Store{pool, on.dialect}, err
}

// scratchSQLite makes every transaction take the write lock when it begins. Otherwise a
// transaction that reads and then writes fails if another one wrote in between.
func (on server) scratchSQLite(context.Context) (*Store, func() error, error) {
	directory, err := os.MkdirTemp("", "sqlstore-")
	if err != nil {
		return nil, nil, err
	}
	store, err := on.open("file:" + filepath.Join(directory, "store.db") + "?_txlock=immediate" +
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(directory))
	}
	return store, func() error { return errors.Join(store.Close(), os.RemoveAll(directory)) }, nil
}

func (on server) scratchPostgreSQL(ctx context.Context) (*Store, func() error, error) {
	config, err := pgx.ParseConfig(on.address)
	if err != nil {
		return nil, nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	schema := "sqlstore_" + strings.ToLower(rand.Text())
	config.RuntimeParams["search_path"] = schema
	store, err := on.open(stdlib.RegisterConnConfig(config))
	if err != nil {
		return nil, nil, err
	}
	return store.within(ctx, "CREATE SCHEMA "+schema, "DROP SCHEMA "+schema+" CASCADE")
}

// scratchMariaDB asks for strict mode. Without it, MariaDB cuts a value that is too long,
// and a cut ID is another's. An UPDATE counts the rows that it finds, as in the others.
func (on server) scratchMariaDB(ctx context.Context) (*Store, func() error, error) {
	config, err := mysql.ParseDSN(on.address)
	if err != nil {
		return nil, nil, fmt.Errorf("MYSQL_DSN: %w", err)
	}
	database := "sqlstore_" + strings.ToLower(rand.Text())
	creator, err := on.open(config.FormatDSN())
	if err != nil {
		return nil, nil, err
	}
	_, drop, err := creator.within(ctx, "CREATE DATABASE "+database, "DROP DATABASE "+database)
	if err != nil {
		return nil, nil, err
	}
	config.DBName, config.ClientFoundRows = database, true
	config.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES'"}
	store, err := on.open(config.FormatDSN())
	if err != nil {
		return nil, nil, errors.Join(err, drop())
	}
	return store, func() error { return errors.Join(store.Close(), drop()) }, nil
}

// within creates the place of a store, and returns how to remove it. The caller's context
// may have ended by then; the place must go all the same.
func (s *Store) within(ctx context.Context, create, drop string) (*Store, func() error, error) {
	if _, err := s.queries().exec(ctx, create); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, func() error {
		_, err := s.queries().exec(context.Background(), drop)
		return errors.Join(err, s.Close())
	}, nil
}

//go:embed schema.sql
var schema string

// createTables creates the tables in an empty database.
func (s *Store) createTables(ctx context.Context) error {
	types := strings.NewReplacer("{text}", s.dialect.text, "{document}", s.dialect.document)
	for statement := range strings.SplitSeq(strings.TrimSpace(types.Replace(schema)), ";\n") {
		if _, err := s.queries().exec(ctx, strings.TrimSuffix(statement, ";")); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
	}
	return nil
}
