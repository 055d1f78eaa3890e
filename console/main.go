// Console serves the web console with a demonstration platform: a wallet, two merchants and
// their members.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/miniprogram-platform/rbac/console/internal/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "console:", err)
		}
		os.Exit(2)
	}
}

// run serves the console until the context ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("console", flag.ContinueOnError)
	address := flags.String("addr", "127.0.0.1:8080", "where to listen")
	file := flags.String("db", "console.db", "the SQLite `file`; it is created where it is missing")
	database := flags.String("database", "", "a PostgreSQL `address` in place of the file: postgres://…")
	names := make(hosts)
	flags.Func("host", "a `name` by which browsers may reach it, besides localhost; repeat it for more", names.add)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; see console -h", flags.Arg(0))
	}
	source := *file
	if *database != "" {
		if source = *database; !demo.IsPostgreSQL(source) {
			return errors.New("-database takes an address that begins with postgres://; for SQLite use -db")
		}
	}
	store, err := demo.Open(ctx, source)
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, *address, names, store, out), store.Close())
}

func serve(ctx context.Context, address string, names hosts, store *demo.Store, out io.Writer) error {
	handler, err := demo.NewHandler(store)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if handler, err = names.only(listener.Addr(), handler); err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(out, "The console is at http://%s\n", listener.Addr())
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
