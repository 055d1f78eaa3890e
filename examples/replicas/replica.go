package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Replica keeps the policy of a source in force in one process. It asks the source for the
// newest revision when the source announces a change, and whenever Poll has passed. Announcements
// make it fast; the poll makes it right. Its methods are safe for concurrent use.
//
// The promise: while a replica is ready, its policy contains every write that returned MaxAge
// ago or earlier. A document that is not valid, or that is older than the one in force, is not
// put in force. The last good one stays, and grows old.
type Replica struct {
	source  Source
	options Options

	policy atomic.Pointer[rbac.Policy] // the policy in force; nil before the first
	state  atomic.Pointer[state]       // what is known about it
	mu     sync.Mutex                  // held while state is replaced

	changes chan struct{} // asks Run for a load

	// Of Run alone: the revision that was loaded last, and why it is not in force.
	seen    Revision
	refused error
	digest  [sha256.Size]byte // of the document in force
}

// Options are the bounds of a replica.
type Options struct {
	Poll    time.Duration // the longest pause between two loads
	Timeout time.Duration // the longest time that one load may take
	MaxAge  time.Duration // how long ago the policy must have been confirmed as the newest, at most

	// DenyWhenStale makes Policy return nil, which denies everything, while the replica is
	// not ready. Otherwise Policy returns the last good policy, however old it is.
	DenyWhenStale bool
}

// Status says what a replica has in force, and how current it is.
type Status struct {
	Revision    Revision      // 0 before the first policy
	Fingerprint string        // of the policy; empty before the first
	Confirmed   time.Time     // when the policy was last known to be the newest; zero for never
	Age         time.Duration // since Confirmed; the longest duration for never
	Ready       bool          // whether Age is within MaxAge

	Problem      error // why the newest revision is not confirmed; nil if it is
	WatchProblem error // why changes are found by the poll alone; nil if they are announced
}

// state never changes. It is replaced as a whole.
type state struct {
	Status
	replaced chan struct{} // closed when another state replaces this one
}

// NewReplica returns a replica of the source. It is not ready until Run has loaded a policy.
func NewReplica(source Source, options Options) (*Replica, error) {
	if options.Poll <= 0 || options.Timeout <= 0 {
		return nil, errors.New("replicas: Poll and Timeout must be positive")
	}
	if options.MaxAge < options.Poll+options.Timeout {
		return nil, fmt.Errorf("replicas: MaxAge %v is too short; use at least Poll + Timeout = %v",
			options.MaxAge, options.Poll+options.Timeout)
	}
	r := &Replica{source: source, options: options, changes: make(chan struct{}, 1)}
	r.state.Store(&state{replaced: make(chan struct{})})
	return r, nil
}

// Policy returns the policy in force. It returns nil before the first policy is loaded and, if
// the options say so, while the replica is not ready. A nil policy denies everything. Ask for
// the policy once in each request: the next call may return another one.
func (r *Replica) Policy() *rbac.Policy {
	if r.options.DenyWhenStale && !r.Status().Ready {
		return nil
	}
	return r.policy.Load()
}

// Status returns the state of the replica as of now: for health checks and logs.
func (r *Replica) Status() Status {
	status := r.state.Load().Status
	status.Age = age(status.Confirmed)
	status.Ready = status.Age <= r.options.MaxAge
	return status
}

// age is the longer of what two clocks say. The monotonic clock may stand still while a machine
// is suspended, and the wall clock may be set back.
func age(since time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(since), now.Round(0).Sub(since.Round(0)))
}

// AtLeast waits until a revision or a later one is in force. A client that has written sends the
// revision with its next request, and no replica answers it from before the write. If ctx ends
// first, AtLeast returns an error that wraps ctx.Err and the status's Problem.
func (r *Replica) AtLeast(ctx context.Context, revision Revision) error {
	if r.state.Load().Revision < revision {
		r.changed()
	}
	return r.wait(ctx, revision)
}

func (r *Replica) wait(ctx context.Context, revision Revision) error {
	for {
		s := r.state.Load()
		if s.Revision >= revision {
			return nil
		}
		select {
		case <-s.replaced:
		case <-ctx.Done():
			return fmt.Errorf("replicas: revision %d is in force, and not yet %d: %w",
				s.Revision, revision, errors.Join(ctx.Err(), s.Problem))
		}
	}
}

// Run keeps the policy current until ctx ends. Call it once.
func (r *Replica) Run(ctx context.Context) {
	var watch sync.WaitGroup
	defer watch.Wait()
	watch.Go(func() { r.watch(ctx) })
	for {
		announced := false
		select {
		case <-ctx.Done():
			return
		case <-r.changes:
			announced = true
		case <-time.After(r.options.Poll):
		}
		err := r.load(ctx, announced)
		r.update(func(s *state) { s.Problem = err })
	}
}

// changed asks for a load. While one is asked for already, that one is enough: it has not begun.
func (r *Replica) changed() {
	select {
	case r.changes <- struct{}{}:
	default:
	}
}

// watch listens for announcements, and listens again when the source has stopped.
func (r *Replica) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.source.Watch(ctx, func() {
			if r.state.Load().WatchProblem != nil {
				r.update(func(s *state) { s.WatchProblem = nil })
			}
			r.changed()
		})
		r.update(func(s *state) { s.WatchProblem = err })
		pause(ctx, r.options.Poll)
	}
}

// load brings the newest revision. If no change is announced, it first asks whether there is one.
func (r *Replica) load(ctx context.Context, announced bool) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	for {
		if announced || r.seen == 0 {
			if err := r.read(ctx); err != nil {
				return err
			}
		}
		current, err := r.confirm(ctx)
		if current || err != nil {
			return err
		}
		announced = true
		briefly(ctx) // a copy that lags behind may catch up
	}
}

// read reads the stored document. One that is newer than the policy in force takes its place at once.
// Whether it is the newest is for confirm to say.
func (r *Replica) read(ctx context.Context) error {
	revision, document, err := r.source.Read(ctx)
	if err != nil {
		return err
	}
	r.seen, r.refused = revision, r.enforce(revision, document)
	return nil
}

// confirm reports whether the revision that was read last is the newest. The policy in force is then
// confirmed as of the moment before the question: the answer may lack a write that returns later.
func (r *Replica) confirm(ctx context.Context) (bool, error) {
	asked := time.Now()
	current, err := r.source.Confirm(ctx, r.seen)
	if err != nil || !current {
		return false, err
	}
	if r.refused == nil {
		r.update(func(s *state) { s.Confirmed = asked })
	}
	return true, r.refused
}

// enforce puts a document in force if it is valid and newer than the one in force.
func (r *Replica) enforce(revision Revision, document []byte) error {
	digest, inForce := sha256.Sum256(document), r.state.Load().Revision
	if revision == inForce && digest == r.digest {
		return nil
	}
	if revision <= inForce {
		return &BackwardsError{revision, inForce}
	}
	spec, err := rbac.ParseSpec(document)
	if err != nil {
		return &DocumentError{revision, err}
	}
	policy, err := rbac.New(spec)
	if err != nil {
		return &DocumentError{revision, err}
	}
	// The policy comes first: who sees the revision, or that it is confirmed, also gets the policy.
	r.policy.Store(policy)
	r.digest = digest
	r.update(func(s *state) { s.Revision, s.Fingerprint = revision, policy.Fingerprint() })
	return nil
}

// update replaces the state by a changed copy.
func (r *Replica) update(change func(*state)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.state.Load()
	after := &state{Status: before.Status, replaced: make(chan struct{})}
	change(after)
	r.state.Store(after)
	close(before.replaced)
}

// DocumentError reports a stored document that is not a policy. It is not in force.
type DocumentError struct {
	Revision Revision
	Err      error
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("replicas: revision %d is not a policy; publish one that is: %v", e.Revision, e.Err)
}

// Unwrap returns the problems of the document.
func (e *DocumentError) Unwrap() error { return e.Err }

// BackwardsError reports a store that has gone back to an older revision. Its document is not
// in force.
type BackwardsError struct{ Stored, InForce Revision }

func (e *BackwardsError) Error() string {
	return fmt.Sprintf("replicas: the store went back to revision %d, and %d is in force; "+
		"store the policy with a higher revision, or restart the replica", e.Stored, e.InForce)
}

// briefly waits for others to finish. The time is random, so that those who wait do not all come back at
// once.
func briefly(ctx context.Context) {
	pause(ctx, time.Duration(1+rand.IntN(4))*time.Millisecond)
}

// pause waits, at most until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
