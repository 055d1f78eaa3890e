package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed schema.sql
var schema string

// createTables creates the tables of an empty database.
func (d *Database) createTables(ctx context.Context) error {
	if _, err := d.queries().exec(ctx, strings.ReplaceAll(schema, "{id}", d.dialect.id)); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	return nil
}
