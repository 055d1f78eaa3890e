// Command plans measures a page of a list among 1,000,000 mini programs, in PostgreSQL and in MariaDB: the clause of
// rbac.Filter.Where beside one static query with flags.
//
//	go run ./plans > plans/PLANS.md
//	go run ./plans -holders > plans/HOLDERS.md
//
// With -holders it measures who may do an action, among 1,000,000 members in PostgreSQL: the clause of
// rbac.Holders.Where beside rbac.Policy.WhoCan.
//
// It works in a new schema of the PostgreSQL that DATABASE_URL names, and in a new database of the MariaDB that
// MYSQL_DSN names, and removes them. The report is Markdown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

var large = size{programs: 1_000_000, workspaces: 2_000, tenants: 20}

func main() {
	holders := flag.Bool("holders", false, "ask who may do an action, in place of lists")
	flag.Parse()
	var err error
	if *holders {
		err = runHolders(context.Background(), os.Getenv, 1_000_000, os.Stdout)
	} else {
		err = run(context.Background(), os.Getenv, large, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plans:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, environment func(string) string, size size, out io.Writer) error {
	var studies []study
	for _, kind := range kinds {
		pages, err := kind.study(ctx, environment(kind.variable), size)
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		studies = append(studies, study{kind.name, pages})
	}
	return write(out, size, studies)
}

// study is what is measured in one database.
type study struct {
	name  string
	pages []page
}

func (k kind) study(ctx context.Context, address string, size size) (pages []page, err error) {
	db, remove, err := k.open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := size.fill(ctx, db); err != nil {
		return nil, err
	}
	pages, err = size.pages(ctx, db)
	if err != nil {
		return nil, err
	}
	for i := range pages {
		if err := pages[i].measure(ctx, db); err != nil {
			return nil, fmt.Errorf("%s: %w", pages[i].who, err)
		}
	}
	return pages, nil
}
