// Command plans measures a page of a list in PostgreSQL, among 1,000,000 mini programs: the clause of
// rbac.Filter.Where beside one static query with flags.
//
//	go run ./plans > plans/PLANS.md
//
// It works in a new schema of the PostgreSQL that DATABASE_URL names, and removes it. The report is Markdown.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

var large = size{programs: 1_000_000, workspaces: 2_000, tenants: 20}

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), large, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plans:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, size size, out io.Writer) (err error) {
	if url == "" {
		return errors.New("set DATABASE_URL to a PostgreSQL; .ci/postgres starts one")
	}
	db, remove, err := openScratch(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := size.fill(ctx, db); err != nil {
		return err
	}
	pages, err := size.pages(ctx, db)
	if err != nil {
		return err
	}
	for i := range pages {
		if err := pages[i].measure(ctx, db); err != nil {
			return fmt.Errorf("%s: %w", pages[i].who, err)
		}
	}
	return write(out, size, pages)
}
