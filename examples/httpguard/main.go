// Httpguard is a server as a host would write it: no route without a guard,
// which knows the member, loads the row, asks the policy, and says no more to a
// stranger than that there is no such thing.
package main

import (
	"context"
	"flag"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	address := flag.String("addr", "localhost:8080", "where to listen")
	policy := flag.String("policy", "", "a JSON document that adds to the platform's roles; read again on SIGHUP")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(*address, *policy, log); err != nil {
		log.Error("stopped", "error", err)
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
	guard := NewGuard(policy, demoSessions().identify(store), log)
	api{store}.register(guard)

	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go reloadOnHangup(ctx, guard, policyPath)
	printTour(os.Stdout, "http://"+listener.Addr().String())
	return serve(ctx, listener, guard)
}

func reloadOnHangup(ctx context.Context, guard *Guard, policyPath string) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := reload(guard, policyPath); err != nil {
				guard.log.Error("the policy in force stays", "error", err)
			}
		}
	}
}
