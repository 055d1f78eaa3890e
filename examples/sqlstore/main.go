// Command sqlstore shows how a host keeps members, mini programs and approval
// requests in a database, and lets the database answer who may see and change
// what: SQLite, or the PostgreSQL that DATABASE_URL names.
//
//	go run .            tells a story
//	go run . -plans     measures a page of the list in a table of 1,000,000 rows
//
// It works in a scratch database, or schema, which it removes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	plans := flag.Bool("plans", false, "measure a table of 1,000,000 mini programs in PostgreSQL, in place of the story")
	flag.Parse()
	tell := story
	if *plans {
		tell = report
	}
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), tell, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sqlstore:", err)
		os.Exit(1)
	}
}

// run tells something about an empty database, which is removed afterwards.
func run(ctx context.Context, url string, tell func(context.Context, *Database, io.Writer) error, out io.Writer) (err error) {
	db, remove, err := openScratch(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return tell(ctx, db, out)
}
