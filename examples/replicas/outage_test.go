package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const runs = 10

func TestNATSWithNodesThatStop(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	w := newWorld(t, cluster, cluster)
	for range runs {
		leader := cluster.awaitLeader(t)
		cluster.stop(leader)
		w.edit("the leader is stopped")
		cluster.restart(t, leader)

		follower := (cluster.awaitLeader(t) + 1) % len(cluster.running)
		cluster.stop(follower)
		w.edit("a follower is stopped")
		cluster.restart(t, follower)
	}
	w.end()
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

// Two nodes of three are gone. The third still answers reads, and would go on for ever.
func TestNATSWithoutAMajorityNobodyIsReady(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	w := newWorld(t, cluster, cluster)
	w.edit("all nodes run")
	leader := cluster.awaitLeader(t)
	follower := (leader + 1) % len(cluster.running)
	cluster.stop(leader)
	cluster.stop(follower)
	w.awaitReady(false)
	for _, replica := range w.replicas {
		assert.Nil(t, replica.Policy())
		assert.Positive(t, replica.Status().Revision)
		assert.Error(t, replica.Status().Problem)
	}
	cluster.restart(t, follower)
	w.edit("two nodes run")
	w.end()
}

// world has three replicas that deny when they are stale, two editors, and an observer who compares what the
// replicas allow with what the editors have written.
type world struct {
	t        *testing.T
	replicas []*Replica
	editors  []Source
	edits    int
	required journal
	observed sync.WaitGroup
	stop     context.CancelFunc
}

// newWorld publishes the first policy. The replicas may reach the store another way than the editors.
func newWorld(t *testing.T, store, forReplicas place) *world {
	w := &world{t: t, editors: []Source{connect(t, store), connect(t, store)}}
	_, err := Publish(t.Context(), w.editors[0], 0, rbac.Default())
	require.NoError(t, err)
	w.replicas = start(t, forReplicas, 3, denying)
	w.awaitReady(true)
	ctx, cancel := context.WithCancel(t.Context())
	w.stop = cancel
	for i, replica := range w.replicas {
		w.observed.Go(func() { w.observe(ctx, i, replica) })
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
	compared := 0
	for ctx.Err() == nil {
		role, any := w.required.before(time.Now().Add(-denying.MaxAge))
		if policy := replica.Policy(); any && policy != nil {
			_, ok := policy.Role(role)
			assert.True(w.t, ok, "replica %d is ready and lacks %s; it says %+v", number, role, replica.Status())
			compared++
		}
		pause(ctx, time.Millisecond)
	}
	w.t.Logf("replica %d: %d policies compared with what was written %v before", number, compared, denying.MaxAge)
	assert.Greater(w.t, compared, 100)
}

// edit lets both editors add roles at once, and waits until all replicas are ready with all of them.
func (w *world) edit(state string) {
	w.t.Helper()
	w.write()
	last := time.Now()
	awaitRevision(w.t, w.replicas, w.newest())
	w.t.Logf("%s: in force on three replicas %v after the last write", state, rounded(time.Since(last)))
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

func (w *world) write() {
	w.edits++
	var editing sync.WaitGroup
	for i, editor := range w.editors {
		editing.Go(func() {
			for j := range 3 {
				role := rbac.RoleID(fmt.Sprintf("role_%d_%d_%d", w.edits, i, j))
				_, err := repeat(w.t.Context(), func(ctx context.Context) (Revision, error) {
					return Edit(ctx, editor, addRole(role))
				})
				assert.NoError(w.t, err)
				w.required.add(role)
			}
		})
	}
	editing.Wait()
}

// newest returns the newest revision, which nobody replaces meanwhile.
func (w *world) newest() (newest Revision) {
	w.t.Helper()
	require.True(w.t, await(func() bool {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		var err error
		if newest, _, err = w.editors[0].Read(ctx); err != nil {
			return false
		}
		current, err := w.editors[0].Confirm(ctx, newest)
		return err == nil && current
	}))
	return newest
}

func (w *world) awaitReady(ready bool) {
	w.t.Helper()
	require.True(w.t, await(func() bool {
		return !slices.ContainsFunc(w.replicas, func(r *Replica) bool { return r.Status().Ready != ready })
	}), "ready: %v", ready)
}

// end checks that nothing was lost: each replica has every role.
func (w *world) end() {
	w.stop()
	w.observed.Wait()
	for _, replica := range w.replicas {
		policy := replica.Policy()
		for _, e := range w.required.entries {
			_, ok := policy.Role(e.role)
			assert.True(w.t, ok, "%s is lost", e.role)
		}
	}
	w.t.Logf("%d writes of two editors, none lost", len(w.required.entries))
	assert.Len(w.t, w.required.entries, w.edits*6)
}
