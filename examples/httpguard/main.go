// Httpguard is an HTTP server in which every route has a guard of package rbachttp.
// The guard identifies the member, loads the row, asks the policy, and calls the
// handler only if the policy allows the action. A member who may not know about a row
// gets the same answer as for a row that does not exist.
//
// Read main.go (limits, start, stop and reload), api.go (routes and handlers) and
// store.go (the data).
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
)

func main() {
	address := flag.String("addr", "localhost:8080", "the address to listen on")
	policyPath := flag.String("policy", "", "a JSON document to add to the default roles; SIGHUP reloads it")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(*address, *policyPath, log); err != nil {
		log.Error("server failed", "error", err)
		os.Exit(1)
	}
}

func run(address, policyPath string, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	policy, err := loadPolicy(policyPath)
	if err != nil {
		return err
	}
	store := demoStore()
	guard := newGuard(policy, store, log)
	server, err := newServer(guard, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go reloadOnHangup(ctx, guard, policyPath, log)
	printTour(os.Stdout, "http://"+listener.Addr().String())
	return serve(ctx, listener, server)
}

// newGuard returns the guard of all routes.
func newGuard(policy *rbac.Policy, store *Store, log *slog.Logger) *rbachttp.Guard {
	guard := rbachttp.New(rbachttp.Config{
		Policy:    policy,
		Member:    demoSessions().memberFrom(store),
		Audit:     rbachttp.LogRecords(log), // a real program may keep records in a table
		RequestID: func(r *http.Request) string { return r.Header.Get(requestID) },
		Errors:    statusOf,
		Log:       log,
	})
	api{store}.register(guard)
	return guard
}

// The tour: requests to try, and their answers.

var tour = []struct {
	token, method, path string
	status              int
	why                 string
}{
	{"alice", "POST", "/miniprograms/mp-42/release", http.StatusNoContent, "mp-42 is assigned to alice"},
	{"alice", "POST", "/miniprograms/mp-43/release", http.StatusForbidden, "mp-43 is not assigned to alice"},
	{"alice", "GET", "/miniprograms", http.StatusOK, "the list shows mp-42 only"},
	{"ann", "GET", "/miniprograms/mp-42", http.StatusOK, "the wallet's admin can view a merchant's mini program"},
	{"ann", "DELETE", "/miniprograms/mp-42", http.StatusForbidden, "the wallet's admin cannot change it"},
	{"bob", "GET", "/miniprograms/mp-42", http.StatusNotFound, "mp-42 belongs to another merchant"},
	{"bob", "GET", "/miniprograms/no-such", http.StatusNotFound, "the same answer: no such mini program exists"},
	{"gil", "GET", "/miniprograms/mp-7", http.StatusForbidden, "gil is blocked"},
	{"", "GET", "/miniprograms", http.StatusUnauthorized, "the request has no session"},
	{"", "GET", "/healthz", http.StatusOK, "a public route"},
}

func printTour(out io.Writer, base string) {
	fmt.Fprintf(out, "Serving %s. Try these in another terminal:\n\n", base)
	for _, stop := range tour {
		command := "curl -i"
		if stop.method != http.MethodGet {
			command += " -X " + stop.method
		}
		if stop.token != "" {
			command += fmt.Sprintf(" -H 'Authorization: Bearer %s'", stop.token)
		}
		fmt.Fprintf(out, "  # %d: %s\n  %s %s%s\n", stop.status, stop.why, command, base, stop.path)
	}
	fmt.Fprintln(out, "\nPress Ctrl-C to stop. The log of decisions follows.")
}

// The server.

const (
	maxBody         = 64 << 10
	requestTimeout  = 5 * time.Second // what the store and the audit get
	shutdownTimeout = 10 * time.Second
	requestID       = "X-Request-Id"
)

// newServer returns a server with limits on time, header and body, or an error if a
// route is invalid. The guard sets no limits of its own.
func newServer(guard *rbachttp.Guard, log *slog.Logger) (*http.Server, error) {
	handler, err := guard.Handler()
	if err != nil {
		return nil, err
	}
	return &http.Server{
		Handler:           withRequestID(withDeadline(http.MaxBytesHandler(handler, maxBody))),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelError),
	}, nil
}

// withRequestID gives each request an ID of the server's own, because the client could
// choose any text. The client gets it for questions about its request.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		r.Header.Set(requestID, id)
		w.Header().Set(requestID, id)
		next.ServeHTTP(w, r)
	})
}

// withDeadline ends the context of a request that takes too long.
func withDeadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// serve handles requests until the context ends, then lets running requests finish.
func serve(ctx context.Context, listener net.Listener, server *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return server.Shutdown(shutdown)
}

// The policy.

// loadPolicy returns the default roles with the additions in the file. Without
// a path it returns the default policy.
func loadPolicy(path string) (*rbac.Policy, error) {
	if path == "" {
		return rbac.Default(), nil
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	spec, err := rbac.ParseSpec(document)
	if err != nil {
		return nil, err
	}
	return rbac.New(rbac.Defaults(), spec)
}

// reload loads the file again and gives the guard the new policy. On an error
// the guard keeps the policy it has.
func reload(guard *rbachttp.Guard, path string, log *slog.Logger) error {
	policy, err := loadPolicy(path)
	if err != nil {
		return err
	}
	if err := guard.Swap(policy); err != nil {
		return err
	}
	log.Info("policy reloaded", "policy", policy.Fingerprint())
	return nil
}

func reloadOnHangup(ctx context.Context, guard *rbachttp.Guard, policyPath string, log *slog.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := reload(guard, policyPath, log); err != nil {
				log.Error("policy not reloaded; the current one stays", "error", err)
			}
		}
	}
}
