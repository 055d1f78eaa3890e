// Command replicas keeps one policy current in many processes, over a store that a platform has
// already:
//
//	go run .                          # NATS JetStream, three nodes inside this program
//	go run . -database postgres://…   # PostgreSQL
//
// The program runs three replicas. It changes the policy, disturbs the store, changes the policy again, and
// prints what each replica has in force.
//
// source.go says what a store must do, and replica.go what a process gets. nats.go and postgres.go
// are the two stores. nodes.go and schema.go make such a store for the program and its tests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"time"

	"github.com/miniprogram-platform/rbac"
)

func main() {
	database := flag.String("database", "", "the `URL` of a PostgreSQL to use instead of NATS")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *database, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// place is a store that the program makes, and removes at the end.
type place interface {
	connect(context.Context) (Source, func(), error) // the function closes the connection
	disturb(context.Context) (what string, err error)
	remove() error
}

func run(ctx context.Context, database string, out io.Writer) (err error) {
	var store place
	if database == "" {
		store, err = startNodes()
	} else {
		store, err = createSchema(ctx, database)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.remove()) }()
	return demonstrate(ctx, store, out)
}

// options returns bounds that keep a replica ready while NATS replaces a leader that has died without a word.
// That takes 4 to 9 seconds.
func options() Options {
	return Options{
		Poll:          250 * time.Millisecond,
		Timeout:       750 * time.Millisecond,
		MaxAge:        15 * time.Second,
		DenyWhenStale: true,
	}
}

// demonstrate changes the policy under three replicas.
func demonstrate(ctx context.Context, store place, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	source, closeSource, err := store.connect(ctx)
	if err != nil {
		return err
	}
	defer closeSource()
	replicas, stop, err := startReplicas(ctx, store, 3, options())
	if err != nil {
		return err
	}
	defer stop()

	d := demonstration{ctx, source, replicas, out}
	if err := d.publish(); err != nil {
		return err
	}
	if err := d.addRole("auditor"); err != nil {
		return err
	}
	what, err := store.disturb(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s.\n\n", what)
	return d.addRole("helper")
}

// startReplicas starts replicas that have a connection each, as if they were processes.
func startReplicas(ctx context.Context, store place, count int, options Options) ([]*Replica, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	stop := func() {
		cancel()
		running.Wait()
	}
	var replicas []*Replica
	for range count {
		source, closeSource, err := store.connect(ctx)
		if err != nil {
			stop()
			return nil, nil, err
		}
		replica, err := NewReplica(source, options)
		if err != nil {
			closeSource()
			stop()
			return nil, nil, err
		}
		replicas = append(replicas, replica)
		running.Go(func() {
			defer closeSource()
			replica.Run(ctx)
		})
	}
	return replicas, stop, nil
}

// demonstration is what its steps need.
type demonstration struct {
	ctx      context.Context
	source   Source
	replicas []*Replica
	out      io.Writer
}

func (d demonstration) publish() error {
	return d.step("Publish the platform's policy", func(ctx context.Context) (Revision, error) {
		return Publish(ctx, d.source, 0, rbac.Default())
	})
}

func (d demonstration) addRole(id rbac.RoleID) error {
	return d.step(fmt.Sprintf("Add the role %s", id), func(ctx context.Context) (Revision, error) {
		return Edit(ctx, d.source, addRole(id))
	})
}

// addRole returns a change that can be repeated: it looks for its own effect first.
func addRole(id rbac.RoleID) func(*rbac.Spec) error {
	return func(spec *rbac.Spec) error {
		for _, role := range spec.Roles {
			if role.ID == id {
				return nil
			}
		}
		spec.Roles = append(spec.Roles, rbac.Role{
			ID: id, Kind: rbac.KindTenant,
			Permissions: rbac.Permissions{rbac.ListMembers: rbac.ScopeWorkspace},
		})
		return nil
	}
}

// step writes, waits until all replicas are ready with what was written, and prints how long that took.
func (d demonstration) step(what string, write func(context.Context) (Revision, error)) error {
	begun := time.Now()
	revision, err := repeat(d.ctx, write)
	if err != nil {
		return err
	}
	written := time.Now()
	for _, replica := range d.replicas {
		if err := replica.wait(d.ctx, revision); err != nil {
			return err
		}
	}
	inForce := time.Now()
	await(func() bool {
		return !slices.ContainsFunc(d.replicas, func(r *Replica) bool { return !r.Status().Ready })
	})
	fmt.Fprintf(d.out, "%s: revision %d is written after %s, and in force after a further %s.\n",
		what, revision, rounded(written.Sub(begun)), rounded(inForce.Sub(written)))
	for i, replica := range d.replicas {
		d.describe(i+1, replica)
	}
	fmt.Fprintln(d.out)
	return nil
}

// repeat tries a write until it succeeds or ctx ends. While the store has no leader, a try finds
// nobody. A write that stored its document and then fails is repeated too, so it must bear that.
func repeat(ctx context.Context, write func(context.Context) (Revision, error)) (Revision, error) {
	for {
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		revision, err := write(attempt)
		cancel()
		if err == nil || ctx.Err() != nil {
			return revision, err
		}
		pause(ctx, 10*time.Millisecond)
	}
}

func (d demonstration) describe(number int, replica *Replica) {
	status := replica.Status()
	ready := "ready"
	if !status.Ready {
		ready = "not ready"
	}
	fmt.Fprintf(d.out, "  replica %d: revision %d, fingerprint %.8s…, %s, confirmed %s ago\n",
		number, status.Revision, status.Fingerprint, ready, rounded(status.Age))
}

func rounded(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
