package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// openScratch opens a database with the tables and nothing in them, and returns
// how to remove it: a new schema of the PostgreSQL at that URL, or for an empty
// URL a new SQLite file.
func openScratch(ctx context.Context, url string) (*Database, func() error, error) {
	open := scratchPostgreSQL
	if url == "" {
		open = scratchSQLite
	}
	db, remove, err := open(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	if err := db.createTables(ctx); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return db, remove, nil
}

func scratchSQLite(context.Context, string) (*Database, func() error, error) {
	directory, err := os.MkdirTemp("", "sqlstore-")
	if err != nil {
		return nil, nil, fmt.Errorf("scratch: %w", err)
	}
	db, err := openSQLite(filepath.Join(directory, "store.db"))
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(directory))
	}
	return db, func() error { return errors.Join(db.Close(), os.RemoveAll(directory)) }, nil
}

func scratchPostgreSQL(ctx context.Context, url string) (*Database, func() error, error) {
	schema := "sqlstore_" + rand.Text()
	db, err := openPostgreSQL(url, schema)
	if err != nil {
		return nil, nil, err
	}
	if _, err := db.queries().exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("scratch: %w", err), db.Close())
	}
	return db, func() error {
		// The removal must not depend on a context that may have ended.
		_, err := db.queries().exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		return errors.Join(err, db.Close())
	}, nil
}
