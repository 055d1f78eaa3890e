package main

import (
	"context"
	"database/sql"
	"fmt"
)

// queries asks a database, or a transaction, in SQL with "$1" placeholders.
type queries struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	dialect dialect
}

// exec returns how many rows the statement changed.
func (q queries) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := q.on.ExecContext(ctx, q.dialect.translate(statement), args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q.dialect.name, err)
	}
	return result.RowsAffected()
}

// each hands one row after the other to read.
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

// texts returns the first column of every row.
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
