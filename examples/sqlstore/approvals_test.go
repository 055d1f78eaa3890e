package main

import (
	"context"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAReleaseTakesASecondPerson(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.SubmitRelease(ctx, ann, "request", "wallet-01"))
		assert.Empty(t, inboxOf(t, s, ann), "one's own request is not for oneself to decide")
		assert.ErrorIs(t, s.Approve(ctx, ann, "request"), rbac.ErrDenied)
		assert.Equal(t, "pending", stateOf(t, s).State)

		assert.Equal(t, []string{"request"}, inboxOf(t, s, rob))
		assert.NoError(t, s.Approve(ctx, rob, "request"))
		assert.Equal(t, "approved", stateOf(t, s).State)
		assert.Equal(t, "rob", stateOf(t, s).DecidedBy)
		assert.Empty(t, inboxOf(t, s, rob))
	})
}

func TestNobodyApprovesInOneWorkspaceWhatTheyAskedForInAnother(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, MemberKey{wallet, "dev"}, rbac.Assignment{Role: rbac.WorkspaceReviewer})
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		assert.ErrorIs(t, s.Approve(ctx, MemberKey{wallet, "dev"}, "request"), rbac.ErrDenied)
		assert.NoError(t, s.Approve(ctx, rob, "request"))
	})
}

func TestOnlyWhoMayReleaseAsksForIt(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorIs(t, s.SubmitRelease(ctx, dev, "request", "shop-08"), rbac.ErrDenied)
		assert.ErrorAs(t, s.SubmitRelease(ctx, dev, "request", "cafe-01"), new(*NotFoundError))
		assert.ErrorAs(t, s.SubmitRelease(ctx, dev, "request", "shop-99"), new(*NotFoundError))
		_, err := s.Request(ctx, "request")
		assert.ErrorAs(t, err, new(*NotFoundError))
	})
}

func TestOnlyWhoMayDecideApproves(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		assert.ErrorIs(t, s.Approve(ctx, sue, "request"), rbac.ErrDenied, "the merchant's own admin")
		assert.ErrorAs(t, s.Approve(ctx, tom, "request"), new(*NotFoundError), "another tenant's admin")
		assert.ErrorAs(t, s.Approve(ctx, rob, "no such request"), new(*NotFoundError))
		assert.Equal(t, "pending", stateOf(t, s).State)
	})
}

func TestOfManyWhoDecideAtOnceOneDoes(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, MemberKey{wallet, "ria"}, rbac.Assignment{Role: rbac.WorkspaceReviewer})
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		approve := func(id string) func() error {
			return func() error { return s.Approve(ctx, MemberKey{wallet, id}, "request") }
		}
		results := atOnce(approve("rob"), approve("ria"), approve("rob"), approve("ria"), approve("rob"), approve("ria"))
		assert.Equal(t, 1, successes(results), "%v", results)
		for _, err := range results {
			if err != nil {
				assert.ErrorAs(t, err, new(*ConflictError))
			}
		}
	})
}

func inboxOf(t *testing.T, s *Store, key MemberKey) []string {
	requests, err := s.Inbox(t.Context(), s.subject(t, key))
	require.NoError(t, err)
	return requests
}

func stateOf(t *testing.T, s *Store) Request {
	r, err := s.Request(t.Context(), "request")
	require.NoError(t, err)
	return r
}
