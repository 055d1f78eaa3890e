package main

import (
	"context"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	admin = rbac.Assignment{Role: rbac.WorkspaceAdmin}
	bea   = MemberKey{wallet, "bea"}
)

func TestTheLastAdminStays(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorAs(t, s.Leave(ctx, ann), new(*rbac.ValidationError))
		assert.Equal(t, rbac.StatusActive, statusOf(t, s, ann), "nothing of the change is kept")
		join(t, s, bea, admin)
		assert.NoError(t, s.Leave(ctx, ann))
		assert.Equal(t, rbac.StatusDeleted, statusOf(t, s, ann))
		assert.ErrorAs(t, s.Leave(ctx, bea), new(*rbac.ValidationError))
	})
}

func TestOfAllAdminsWhoLeaveAtOnceOneStays(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		leave := []func() error{func() error { return s.Leave(ctx, ann) }}
		for _, id := range []string{"bea", "cid", "eva"} {
			join(t, s, MemberKey{wallet, id}, admin)
			leave = append(leave, func() error { return s.Leave(ctx, MemberKey{wallet, id}) })
		}
		results := atOnce(leave...)
		assert.Equal(t, len(results)-1, successes(results), "%v", results)
	})
}

func TestOfTwoAdminsWhoBlockEachOtherAtOnceOneDoes(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, bea, admin)
		results := atOnce(
			func() error { return s.Block(ctx, ann, bea) },
			func() error { return s.Block(ctx, bea, ann) },
		)
		assert.Equal(t, 1, successes(results), "%v", results)
		assert.NotEqual(t, statusOf(t, s, ann), statusOf(t, s, bea))
	})
}

// Only with a lock does the second see what the first has done: nothing in PostgreSQL's default isolation makes it wait.
func TestAChangeWaitsForTheOneThatIsUnderWay(t *testing.T) {
	s := &Store{scratch(t, postgresURL(t))}
	require.NoError(t, s.populate(t.Context()))
	join(t, s, bea, admin)
	second := make(chan error, 1)
	require.NoError(t, s.alone(t.Context(), wallet, func(q queries) error {
		go func() { second <- s.Leave(t.Context(), ann) }()
		require.True(t, waits(t, s, second), "ann leaves beside a change that is under way")
		return q.storeChanged(t.Context(), member(t, s, bea), rbac.Member.Delete)
	}))
	assert.ErrorAs(t, <-second, new(*rbac.ValidationError), "ann is the last admin by now")
}

// waits asks until somebody waits for the lock, or is done without.
func waits(t *testing.T, s *Store, done <-chan error) bool {
	for len(done) == 0 {
		waiting, err := s.db.queries().texts(t.Context(), `
			SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%SET revision = %'`)
		require.NoError(t, err)
		if len(waiting) > 0 {
			return true
		}
	}
	return false
}

func TestNobodyGivesMoreThanTheyHave(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		developer := rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-08"}}
		assert.ErrorIs(t, s.Assign(ctx, rob, ann, admin), rbac.ErrDenied)
		assert.ErrorIs(t, s.Assign(ctx, dev, sue, developer), rbac.ErrDenied)
		assert.NoError(t, s.Assign(ctx, sue, dev, developer))
		assert.Len(t, member(t, s, dev).Assignments, 2)
	})
}

func TestWhoMayBlockAndDeleteWhom(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorIs(t, s.Block(ctx, rob, ann), rbac.ErrDenied, "a reviewer does not manage members")
		assert.ErrorIs(t, s.Delete(ctx, dev, sue), rbac.ErrDenied, "nor does a developer")
		assert.ErrorIs(t, s.Delete(ctx, ann, ann), rbac.ErrDenied, "nobody manages themselves")
		assert.ErrorAs(t, s.Block(ctx, tom, ann), new(*NotFoundError), "another tenant's")
		assert.ErrorAs(t, s.Block(ctx, sue, MemberKey{shop, "nobody"}), new(*NotFoundError))
		assert.NoError(t, s.Block(ctx, sue, dev))
		assert.ErrorAs(t, s.Block(ctx, sue, dev), new(*rbac.StatusError), "dev is blocked already")
		assert.NoError(t, s.Delete(ctx, sue, dev))
		assert.Equal(t, rbac.StatusDeleted, statusOf(t, s, dev))
	})
}

func TestWhoeverIsBlockedListsAndChangesNothing(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.Block(ctx, sue, dev))
		assert.Empty(t, listedPrograms(t, s, s.subject(t, dev)))
		assert.ErrorIs(t, s.RenameMiniProgram(ctx, s.subject(t, dev), "shop-07", "mine"), rbac.ErrDenied)
	})
}

func member(t *testing.T, s *Store, key MemberKey) rbac.Member {
	m, err := s.Member(t.Context(), key)
	require.NoError(t, err)
	return m
}

func statusOf(t *testing.T, s *Store, key MemberKey) rbac.Status { return member(t, s, key).Status }
