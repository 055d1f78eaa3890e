package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const runs = 10

// Half of the runs are on another cluster at the same time, because most of the time is spent on waiting for the
// nodes to choose a leader.
func TestNATSWithNodesThatStop(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one cluster", "another cluster"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t)
			w := newWorld(t, cluster, cluster)
			source := w.editors[0].(*NATS)
			for range runs / 2 {
				leader := cluster.awaitLeader(t)
				cluster.stop(leader)
				w.edit("the leader is stopped")
				cluster.restart(t, leader, source)

				follower := (cluster.awaitLeader(t) + 1) % len(cluster.running)
				cluster.stop(follower)
				w.edit("a follower is stopped")
				cluster.restart(t, follower, source)
			}
			w.end()
		})
	}
}

func TestPostgresWithConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	network := newProxy(t, schema)
	w := newWorld(t, schema, network)
	for range runs {
		_, err := schema.disturb(t.Context())
		require.NoError(t, err)
		w.edit("the listeners are cut")

		network.cut()
		w.editUnseen("all connections are cut")
		network.mend()
		w.edit("the connections are back")

		network.stall()
		w.editUnseen("all connections are silent")
		network.mend()
		w.edit("the connections go on")
	}
	w.end()
}

// Both followers are gone. The leader goes on answering reads, and nobody can know whether it still leads.
func TestNATSWithoutAMajorityNobodyIsReady(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	w := newWorld(t, cluster, cluster)
	w.edit("all nodes run")
	leader := cluster.awaitLeader(t)
	one, other := (leader+1)%len(cluster.running), (leader+2)%len(cluster.running)
	cluster.stop(one)
	cluster.stop(other)
	w.awaitReady(false)
	for _, replica := range w.replicas {
		assert.Nil(t, replica.Policy())
		assert.Positive(t, replica.Status().Revision)
		assert.Error(t, replica.Status().Problem)
	}
	require.NoError(t, cluster.start(one))
	w.edit("two nodes run")
	w.end()
}

// A document that somebody stores by hand is not checked by anybody but the replicas.
func TestReplicasKeepTheLastGoodPolicyOfAStore(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		w := newWorld(t, store, store)
		w.edit("the policy is good")
		good, _, err := w.editors[0].Read(t.Context())
		require.NoError(t, err)
		bad, err := w.editors[0].Write(t.Context(), good, []byte(`{"roles": [{"id": "developer"`))
		require.NoError(t, err)
		w.awaitProblem(func(problem error) bool {
			var refused *DocumentError
			return errors.As(problem, &refused) && refused.Revision == bad
		})
		w.awaitReady(false)
		for _, replica := range w.replicas {
			assert.Equal(t, good, replica.Status().Revision)
		}
		_, err = Publish(t.Context(), w.editors[0], bad, w.replicas[0].policy.Load())
		require.NoError(t, err)
		w.edit("the policy is good again")
		w.end()
	})
}

func TestReplicasGoOnWhenADeletedPolicyIsPublishedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		w := newWorld(t, store, store)
		w.edit("there is a policy")
		switch source := w.editors[0].(type) {
		case *NATS:
			require.NoError(t, source.bucket.Delete(t.Context(), policyKey))
		case *Postgres:
			_, err := source.pool.Exec(t.Context(), `DELETE FROM rbac_policy`)
			require.NoError(t, err)
		}
		w.awaitProblem(func(problem error) bool { return errors.Is(problem, ErrNoDocument) })
		w.awaitReady(false)
		_, err := Publish(t.Context(), w.editors[0], 0, w.replicas[0].policy.Load())
		require.NoError(t, err)
		w.edit("there is a policy again")
		w.end()
	})
}

// world has three replicas that deny when they are stale, two editors, and an observer who compares what the
// replicas allow with what the editors have written.
type world struct {
	t        *testing.T
	replicas []*Replica
	editors  []Source
	edits    int
	required journal
	mu       sync.Mutex
	inForce  [3][]arrival // on each replica, in order
	compared [3]atomic.Int64
	observed sync.WaitGroup
	stop     context.CancelFunc
}

// newWorld publishes the first policy. The replicas may reach the store another way than the editors.
func newWorld(t *testing.T, store, forReplicas place) *world {
	w := &world{t: t, editors: []Source{connect(t, store), connect(t, store)}}
	_, err := Publish(t.Context(), w.editors[0], 0, rbac.Default())
	require.NoError(t, err)
	w.replicas = start(t, forReplicas, len(w.inForce), denying)
	w.awaitReady(true)
	ctx, cancel := context.WithCancel(t.Context())
	w.stop = cancel
	for i, replica := range w.replicas {
		w.observed.Go(func() { w.observe(ctx, i, replica) })
		w.observed.Go(func() { w.follow(ctx, i, replica) })
	}
	t.Cleanup(func() {
		cancel()
		w.observed.Wait()
	})
	return w
}

// journal has the roles that were added, in the order in which the writes returned.
type journal struct {
	mu      sync.Mutex
	entries []entry
}

type entry struct {
	role     rbac.RoleID
	returned time.Time
}

func (j *journal) add(role rbac.RoleID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, entry{role, time.Now()})
}

// before returns the last role whose write had returned at an instant.
func (j *journal) before(at time.Time) (rbac.RoleID, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range slices.Backward(j.entries) {
		if !e.returned.After(at) {
			return e.role, true
		}
	}
	return "", false
}

// observe asks a replica for its policy again and again. A policy that lacks a write which returned MaxAge ago
// is stale beyond the bound, and the replica must not hand it out.
func (w *world) observe(ctx context.Context, number int, replica *Replica) {
	for ctx.Err() == nil {
		role, any := w.required.before(time.Now().Add(-denying.MaxAge))
		if policy := replica.Policy(); any && policy != nil {
			_, ok := policy.Role(role)
			assert.True(w.t, ok, "replica %d is ready and lacks %s; it says %+v", number, role, replica.Status())
			w.compared[number].Add(1)
		}
		pause(ctx, time.Millisecond)
	}
}

// follow notes when each revision comes in force on a replica.
func (w *world) follow(ctx context.Context, number int, replica *Replica) {
	for ctx.Err() == nil {
		s := replica.state.Load()
		w.mu.Lock()
		if has := w.inForce[number]; len(has) == 0 || has[len(has)-1].revision < s.Revision {
			w.inForce[number] = append(has, arrival{s.Revision, time.Now()})
		}
		w.mu.Unlock()
		select {
		case <-s.replaced:
		case <-ctx.Done():
		}
	}
}

// arrival is when a revision was written, or came in force.
type arrival struct {
	revision Revision
	at       time.Time
}

// delay returns how long after its write a revision was in force on all replicas, or false before it is.
func (w *world) delay(written arrival) (slowest time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, arrivals := range w.inForce {
		i := slices.IndexFunc(arrivals, func(a arrival) bool { return a.revision >= written.revision })
		if i < 0 {
			return 0, false
		}
		slowest = max(slowest, arrivals[i].at.Sub(written.at))
	}
	return slowest, true
}

// edit lets both editors add roles at once, and waits until all replicas are ready with all of them.
func (w *world) edit(state string) {
	w.t.Helper()
	begun := time.Now()
	writes := w.write()
	took := time.Since(begun)
	var slowest time.Duration
	for _, written := range writes {
		require.True(w.t, await(func() bool {
			delay, ok := w.delay(written)
			slowest = max(slowest, delay)
			return ok
		}), "%s: revision %d is not in force on all replicas", state, written.revision)
	}
	w.t.Logf("%s: %d writes took %v; each was in force on three replicas at most %v after it had returned",
		state, len(writes), rounded(took), rounded(slowest))
	w.awaitReady(true)
}

// editUnseen lets both editors add roles while no replica can see it. So no replica stays ready.
func (w *world) editUnseen(state string) {
	w.t.Helper()
	w.write()
	w.awaitReady(false)
	for _, replica := range w.replicas {
		assert.Nil(w.t, replica.Policy(), state)
	}
}

// write lets both editors add roles at once. It returns when each write returned.
func (w *world) write() []arrival {
	w.edits++
	writes := make([]arrival, len(w.editors)*writesOfEditor)
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	var editing sync.WaitGroup
	for i, editor := range w.editors {
		editing.Go(func() {
			for j := range writesOfEditor {
				role := rbac.RoleID(fmt.Sprintf("role_%d_%d_%d", w.edits, i, j))
				revision, err := repeat(ctx, func(ctx context.Context) (Revision, error) {
					return Edit(ctx, editor, addRole(role))
				})
				assert.NoError(w.t, err)
				w.required.add(role)
				writes[i*writesOfEditor+j] = arrival{revision, time.Now()}
			}
		})
	}
	editing.Wait()
	return writes
}

const writesOfEditor = 3

func (w *world) awaitReady(ready bool) {
	w.t.Helper()
	require.True(w.t, await(func() bool {
		return !slices.ContainsFunc(w.replicas, func(r *Replica) bool { return r.Status().Ready != ready })
	}), "ready: %v", ready)
}

// awaitProblem waits until every replica says what is wrong.
func (w *world) awaitProblem(expected func(error) bool) {
	w.t.Helper()
	for i, replica := range w.replicas {
		require.True(w.t, await(func() bool { return expected(replica.Status().Problem) }),
			"replica %d says %v", i, replica.Status().Problem)
	}
}

// end checks that nothing was lost: each replica has every role. It also waits until each was observed.
func (w *world) end() {
	for i := range w.compared {
		require.True(w.t, await(func() bool { return w.compared[i].Load() > 0 }), "replica %d is not observed", i)
	}
	w.stop()
	w.observed.Wait()
	for _, replica := range w.replicas {
		policy := replica.Policy()
		for _, e := range w.required.entries {
			_, ok := policy.Role(e.role)
			assert.True(w.t, ok, "%s is lost", e.role)
		}
	}
	w.t.Logf("%d writes of two editors, none lost; %d, %d and %d policies compared with what was written %v before",
		len(w.required.entries), w.compared[0].Load(), w.compared[1].Load(), w.compared[2].Load(), denying.MaxAge)
	assert.Len(w.t, w.required.entries, w.edits*len(w.editors)*writesOfEditor)
}
