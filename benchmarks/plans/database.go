package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/miniprogram-platform/rbac"
)

// kind is a kind of database.
type kind struct {
	name, variable string // the variable names the server
	dialect        rbac.Dialect
	id             string // the type of an ID
	numbers        string // a table of the numbers up to another one, in the column n
	order          string // of the rows when they are inserted
	settle         string // brings the statistics up to date
	analyze        string // before a query: how it runs
	scratch        func(ctx context.Context, address, name string) (db *sql.DB, remove func() error, err error)
}

var kinds = []kind{
	{
		name: "PostgreSQL", variable: "DATABASE_URL", dialect: rbac.PostgreSQL, id: `TEXT COLLATE "C"`,
		numbers: "generate_series(0, %d) AS n",
		order:   "n",
		settle:  "VACUUM ANALYZE workspaces, mini_programs",
		analyze: "EXPLAIN (ANALYZE, COSTS OFF, BUFFERS) ",
		scratch: scratchPostgreSQL,
	}, {
		name: "MariaDB", variable: "MYSQL_DSN", dialect: rbac.MySQL, id: "VARBINARY(255)",
		numbers: "(SELECT seq AS n FROM seq_0_to_%d) AS numbers",
		order:   "1", // it keeps them by ID in any case, and is a lot faster like that
		settle:  "ANALYZE TABLE workspaces, mini_programs PERSISTENT FOR ALL",
		analyze: "ANALYZE ",
		scratch: scratchMariaDB,
	},
}

// database is an open database of a kind. The SQL for it has "?" for each argument.
type database struct {
	kind
	*sql.DB
}

//go:embed schema.sql
var schema string

// open makes a place with empty tables, and returns how to remove it.
func (k kind) open(ctx context.Context, address string) (*database, func() error, error) {
	if address == "" {
		return nil, nil, fmt.Errorf("set %s; a script in .ci starts a server", k.variable)
	}
	db, remove, err := k.scratch(ctx, address, "plans_"+strings.ToLower(rand.Text()))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", k.variable, err)
	}
	made := &database{k, db}
	if err := made.execute(ctx, schema); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("create the tables: %w", err), remove())
	}
	return made, remove, nil
}

// execute runs statements that end with ";" and a line break. In them, {id} is the type of an ID.
func (db *database) execute(ctx context.Context, statements string) error {
	statements = strings.ReplaceAll(strings.TrimSpace(statements), "{id}", db.id)
	for statement := range strings.SplitSeq(statements, ";\n") {
		if _, err := db.ExecContext(ctx, strings.TrimSuffix(statement, ";")); err != nil {
			return err
		}
	}
	return nil
}

func scratchPostgreSQL(ctx context.Context, address, name string) (*sql.DB, func() error, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, nil, err
	}
	config.RuntimeParams["search_path"] = name
	db := stdlib.OpenDB(*config)
	remove, err := create(ctx, db, "CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE")
	return db, remove, err
}

func scratchMariaDB(ctx context.Context, address, name string) (*sql.DB, func() error, error) {
	config, err := mysql.ParseDSN(address)
	if err != nil {
		return nil, nil, err
	}
	creator, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		return nil, nil, err
	}
	remove, err := create(ctx, creator, "CREATE DATABASE "+name, "DROP DATABASE "+name)
	if err != nil {
		return nil, nil, err
	}
	config.DBName = name
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return db, func() error { return errors.Join(db.Close(), remove()) }, nil
}

// create returns how to drop what it creates. The context of the caller may have ended by then.
func create(ctx context.Context, db *sql.DB, create, drop string) (remove func() error, err error) {
	if _, err := db.ExecContext(ctx, create); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return func() error {
		_, err := db.ExecContext(context.Background(), drop)
		return errors.Join(err, db.Close())
	}, nil
}

// numbered writes the placeholders of PostgreSQL.
func (k kind) numbered(query string) string {
	if k.dialect != rbac.PostgreSQL {
		return query
	}
	parts := strings.Split(query, "?")
	text := parts[0]
	for i, part := range parts[1:] {
		text += fmt.Sprintf("$%d%s", i+1, part)
	}
	return text
}

// rows returns the columns of every row as texts. NULL is an empty text.
func (db *database) rows(ctx context.Context, query string, args ...any) (names []string, found [][]string, err error) {
	rows, err := db.QueryContext(ctx, db.numbered(query), args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	if names, err = rows.Columns(); err != nil {
		return nil, nil, err
	}
	columns := make([]sql.NullString, len(names))
	pointers := make([]any, len(names))
	for i := range columns {
		pointers[i] = &columns[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return nil, nil, err
		}
		row := make([]string, len(names))
		for i, column := range columns {
			row[i] = column.String
		}
		found = append(found, row)
	}
	return names, found, rows.Err()
}

// explain says how a query runs: a line for each step in PostgreSQL, and for each table in MariaDB.
func (db *database) explain(ctx context.Context, query string, args []any) (string, error) {
	names, found, err := db.rows(ctx, db.analyze+query, args...)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, row := range found {
		if db.dialect == rbac.PostgreSQL {
			lines = append(lines, row[0])
			continue
		}
		var parts []string
		for i, name := range names {
			if slices.Contains(shown, name) && row[i] != "" {
				parts = append(parts, name+" "+row[i])
			}
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	return manyIDs.ReplaceAllString(strings.Join(lines, "\n"), "{$1, ...}"), nil
}

// shown are the columns of a plan in MariaDB that say what is read, and how.
var shown = []string{"table", "type", "key", "key_len", "ref", "rows", "r_rows", "Extra"}

// manyIDs matches an array with more than one element.
var manyIDs = regexp.MustCompile(`\{([^{},]+),[^{}]+\}`)
