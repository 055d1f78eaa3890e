package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	bounds  = Options{Poll: 100 * time.Millisecond, Timeout: 400 * time.Millisecond, MaxAge: time.Second}
	denying = Options{bounds.Poll, bounds.Timeout, bounds.MaxAge, true}
)

func TestNewReplicaRefusesBoundsThatCannotHold(t *testing.T) {
	for name, options := range map[string]Options{
		"none":                      {},
		"no poll":                   {Timeout: time.Second, MaxAge: time.Minute},
		"no timeout":                {Poll: time.Second, MaxAge: time.Minute},
		"older after one slow load": {Poll: time.Second, Timeout: time.Second, MaxAge: 2*time.Second - 1},
	} {
		_, err := NewReplica(&memory{}, options)
		assert.Error(t, err, name)
	}
	_, err := NewReplica(&memory{}, Options{Poll: time.Second, Timeout: time.Second, MaxAge: 2 * time.Second})
	assert.NoError(t, err)
}

func TestReplicaHasNoPolicyWhereThereIsNone(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		time.Sleep(3 * bounds.Poll)
		synctest.Wait()
		assert.Nil(t, r.Policy())
		assert.False(t, r.Status().Ready)
		assert.ErrorIs(t, r.Status().Problem, ErrNoDocument)

		m.write(t, 1, documentOf(t, "auditor"))
		synctest.Wait()
		status := r.Status()
		assert.True(t, status.Ready)
		assert.NoError(t, status.Problem)
		assert.Equal(t, Revision(1), status.Revision)
		assert.Equal(t, r.Policy().Fingerprint(), status.Fingerprint)
		assert.True(t, defines(r, "auditor"))
	})
}

func TestReplicaIsReadyUntilMaxAge(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t))
		synctest.Wait()
		m.fail(errors.New("gone"))
		time.Sleep(bounds.MaxAge - r.Status().Age)
		assert.True(t, r.Status().Ready, "at MaxAge")
		time.Sleep(time.Nanosecond)
		assert.False(t, r.Status().Ready, "a nanosecond later")
		assert.ErrorContains(t, r.Status().Problem, "gone")
		m.fail(nil)
		time.Sleep(bounds.Poll)
		synctest.Wait()
		assert.True(t, r.Status().Ready, "when the source is back")
		assert.NoError(t, r.Status().Problem)
	})
}

func TestPolicyIsKeptOrDeniedWhenItIsStale(t *testing.T) {
	for _, row := range []struct {
		name    string
		options Options
		allowed bool
	}{{"kept", bounds, true}, {"denied", denying, false}} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, row.options, func(t *testing.T, m *memory, r *Replica) {
				m.write(t, 1, documentOf(t))
				synctest.Wait()
				shop := rbac.Tenant("wallet").Developer("shop")
				sue := rbac.Member{ID: "sue", Workspace: shop, Status: rbac.StatusActive,
					Assignments: []rbac.Assignment{{Role: rbac.DeveloperAdmin}}}
				can := func() bool { return r.Policy().Can(sue, rbac.ListMembers, shop.Resource()) }
				assert.True(t, can(), "sue may list the members while the replica is ready")
				m.fail(errors.New("gone"))
				time.Sleep(bounds.MaxAge + 1)
				synctest.Wait()
				assert.Equal(t, row.allowed, can())
			})
		})
	}
}

// The age counts from the question. A write that returns while the source answers may be missing.
func TestConfirmedIsTheMomentOfTheQuestion(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t))
		m.answerAfter(300 * time.Millisecond)
		time.Sleep(10 * time.Second)
		m.fail(errors.New("gone"))
		time.Sleep(bounds.Poll + 300*time.Millisecond)
		synctest.Wait()
		assert.GreaterOrEqual(t, r.Status().Age, 300*time.Millisecond)
		assert.Equal(t, m.asked, r.Status().Confirmed)
	})
}

func TestReplicaGivesUpALoadThatTakesTooLong(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t))
		synctest.Wait()
		m.answerAfter(time.Hour)
		time.Sleep(2 * (bounds.Poll + bounds.Timeout))
		assert.ErrorIs(t, r.Status().Problem, context.DeadlineExceeded)
		m.answerAfter(0)
		time.Sleep(bounds.Poll + bounds.Timeout)
		synctest.Wait()
		assert.NoError(t, r.Status().Problem)
	})
}

func TestReplicaKeepsTheLastGoodPolicy(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":                      "",
		"half a document":              `{"roles": [`,
		"an empty document and a byte": "{}}",
		"an unknown scope":             `{"extend": {"operator": {"member.list": ["everywhere"]}}}`,
		"an undeclared action":         `{"roles": [{"id": "a", "kind": "tenant", "permissions": {"b": ["own"]}}]}`,
		"more than 16 MiB":             "{" + strings.Repeat(" ", maxDocument) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
				m.write(t, 1, documentOf(t, "auditor"))
				synctest.Wait()
				good := r.Policy()
				m.write(t, 2, []byte(bad))
				synctest.Wait()
				var refused *DocumentError
				require.ErrorAs(t, r.Status().Problem, &refused)
				assert.Equal(t, Revision(2), refused.Revision)
				assert.Equal(t, Revision(1), r.Status().Revision)
				assert.Same(t, good, r.Policy())
				assert.True(t, r.Status().Ready, "it is not too old yet")

				reads := m.reads
				time.Sleep(bounds.MaxAge + 1)
				synctest.Wait()
				assert.False(t, r.Status().Ready, "the newest revision is not in force")
				assert.Equal(t, reads, m.reads, "a bad document is read once")
				assert.ErrorAs(t, r.Status().Problem, &refused)

				m.write(t, 3, documentOf(t, "helper"))
				synctest.Wait()
				assert.True(t, r.Status().Ready)
				assert.NoError(t, r.Status().Problem)
				assert.True(t, defines(r, "helper"))
			})
		})
	}
}

func TestReplicaDoesNotGoBackwards(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 7, documentOf(t, "auditor"))
		synctest.Wait()
		for _, revision := range []Revision{5, 6, 7} {
			m.write(t, revision, documentOf(t, "helper"))
			synctest.Wait()
			var back *BackwardsError
			require.ErrorAs(t, r.Status().Problem, &back, "revision %d", revision)
			assert.Equal(t, &BackwardsError{revision, 7}, back)
			assert.True(t, defines(r, "auditor"))
			assert.False(t, defines(r, "helper"))
			time.Sleep(bounds.MaxAge + 1)
			synctest.Wait()
			assert.False(t, r.Status().Ready, "revision %d", revision)
		}
		m.write(t, 8, documentOf(t, "helper"))
		synctest.Wait()
		assert.NoError(t, r.Status().Problem)
		assert.True(t, defines(r, "helper"))
	})
}

// A document that has been deleted is no permission to go on.
func TestReplicaGrowsOldWithoutADocument(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t))
		synctest.Wait()
		m.write(t, 0, nil)
		time.Sleep(bounds.MaxAge + 1)
		synctest.Wait()
		assert.ErrorIs(t, r.Status().Problem, ErrNoDocument)
		assert.False(t, r.Status().Ready)
		assert.NotNil(t, r.Policy())
	})
}

func TestReplicaBearsACopyThatLagsBehind(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t, "auditor"))
		synctest.Wait()
		m.lag(3, 1, documentOf(t, "auditor"))
		m.write(t, 2, documentOf(t, "helper"))
		require.NoError(t, r.AtLeast(t.Context(), 2))
		synctest.Wait()
		assert.Zero(t, m.lagging)
		assert.NoError(t, r.Status().Problem)

		m.lag(1, 1, documentOf(t, "auditor"))
		m.announce()
		time.Sleep(bounds.Poll / 2)
		synctest.Wait()
		assert.Zero(t, m.lagging)
		assert.NoError(t, r.Status().Problem, "an old copy is not the newest, so nothing went backwards")
		assert.True(t, defines(r, "helper"))
	})
}

func TestReplicaFindsWhatNobodyAnnounces(t *testing.T) {
	inBubble(t, bounds, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t))
		synctest.Wait()
		m.failWatch(errors.New("deaf"))
		synctest.Wait()
		assert.ErrorContains(t, r.Status().WatchProblem, "deaf")
		assert.True(t, r.Status().Ready)

		begun := time.Now()
		m.write(t, 2, documentOf(t, "auditor"))
		require.NoError(t, r.wait(t.Context(), 2))
		assert.LessOrEqual(t, time.Since(begun), bounds.Poll+5*time.Millisecond)

		m.failWatch(nil)
		time.Sleep(bounds.Poll)
		synctest.Wait()
		assert.NoError(t, r.Status().WatchProblem, "it listens again")
	})
}

func TestAtLeastWaits(t *testing.T) {
	patient := Options{Poll: time.Hour, Timeout: time.Second, MaxAge: 2 * time.Hour}
	inBubble(t, patient, func(t *testing.T, m *memory, r *Replica) {
		m.write(t, 1, documentOf(t))
		synctest.Wait()
		assert.NoError(t, r.AtLeast(t.Context(), 0))
		assert.NoError(t, r.AtLeast(t.Context(), 1))

		m.silent = true
		m.write(t, 2, documentOf(t, "auditor"))
		begun := time.Now()
		require.NoError(t, r.AtLeast(t.Context(), 2))
		assert.True(t, defines(r, "auditor"))
		assert.Less(t, time.Since(begun), time.Second, "it does not wait for the poll")

		m.write(t, 3, []byte("bad"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := r.AtLeast(ctx, 3)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorAs(t, err, new(*DocumentError), "it says what the replica waits for")
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := NewReplica(&memory{}, bounds)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r.Run(ctx)
	})
}

// inBubble runs a test with a replica of a source in memory. The clock moves only when everybody waits.
func inBubble(t *testing.T, options Options, test func(*testing.T, *memory, *Replica)) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{watches: make(chan error)}
		r, err := NewReplica(m, options)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		synctest.Wait()
		test(t, m, r)
		cancel()
		running.Wait()
	})
}

// documentOf returns the platform's policy with more roles.
func documentOf(t *testing.T, roles ...rbac.RoleID) []byte {
	spec := rbac.Defaults()
	for _, id := range roles {
		require.NoError(t, addRole(id)(&spec))
	}
	document, err := spec.Canonical()
	require.NoError(t, err)
	return document
}

func defines(r *Replica, id rbac.RoleID) bool {
	_, ok := r.Policy().Role(id)
	return ok
}

// memory is a Source whose answers a test chooses.
type memory struct {
	mu       sync.Mutex
	revision Revision // 0 for no document
	document []byte
	failure  error
	delay    time.Duration
	asked    time.Time // the last question that was answered
	reads    int

	lagging     int // so many reads come from an old copy
	oldRevision Revision
	oldDocument []byte

	silent   bool
	announce func()
	deaf     error
	watches  chan error // ends the watch
}

func (m *memory) Read(ctx context.Context) (Revision, []byte, error) {
	if err := m.answer(ctx); err != nil {
		return 0, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.lagging > 0 {
		m.lagging--
		return m.oldRevision, m.oldDocument, nil
	}
	if m.revision == 0 {
		return 0, nil, ErrNoDocument
	}
	return m.revision, m.document, nil
}

func (m *memory) Confirm(ctx context.Context, revision Revision) (bool, error) {
	asked := time.Now()
	if err := m.answer(ctx); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = asked
	return m.revision == revision, nil
}

func (m *memory) answer(ctx context.Context) error {
	m.mu.Lock()
	delay, failure := m.delay, m.failure
	m.mu.Unlock()
	pause(ctx, delay)
	return errors.Join(ctx.Err(), failure)
}

func (m *memory) Write(_ context.Context, replaced Revision, document []byte) (Revision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revision != replaced {
		return 0, &ConflictError{replaced}
	}
	m.revision, m.document = replaced+1, document
	return m.revision, nil
}

func (m *memory) Watch(ctx context.Context, changed func()) error {
	m.mu.Lock()
	m.announce = changed
	deaf := m.deaf
	m.mu.Unlock()
	if deaf != nil {
		return deaf
	}
	changed()
	select {
	case err := <-m.watches:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write stores whatever the test wants, and announces it.
func (m *memory) write(t *testing.T, revision Revision, document []byte) {
	t.Helper()
	m.mu.Lock()
	m.revision, m.document = revision, document
	announce := m.announce
	if m.silent || m.deaf != nil {
		announce = nil
	}
	m.mu.Unlock()
	if announce != nil {
		announce()
	}
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
}

func (m *memory) answerAfter(delay time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delay = delay
}

func (m *memory) lag(reads int, revision Revision, document []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lagging, m.oldRevision, m.oldDocument = reads, revision, document
}

// failWatch ends the watch, and every later one, until the error is nil.
func (m *memory) failWatch(err error) {
	m.mu.Lock()
	m.deaf = err
	m.mu.Unlock()
	if err != nil {
		m.watches <- err
	}
}
