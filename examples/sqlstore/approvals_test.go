package main

import (
	"context"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSubmitReleaseNeedsReleaseMiniProgram(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		submit := func(id string) error { return s.SubmitRelease(ctx, dev, "request", id) }
		assert.ErrorIs(t, submit("shop-08"), rbac.ErrDenied, "dev cannot submit an unassigned one")
		assert.ErrorAs(t, submit("cafe-01"), new(*NotFoundError), "dev cannot find another merchant's")
		assert.ErrorAs(t, submit("shop-99"), new(*NotFoundError), "dev cannot find a missing one")
		_, err := s.Request(ctx, "request")
		assert.ErrorAs(t, err, new(*NotFoundError), "nothing is stored")
	})
}

func TestSubmitReleaseOverwritesNothing(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.SubmitRelease(ctx, ann, "request", "wallet-01"))
		require.NoError(t, s.Approve(ctx, rob, "request"))
		before := requestOf(t, s)
		assert.ErrorAs(t, s.SubmitRelease(ctx, dev, "request", "shop-07"), new(*ConflictError))
		assert.ErrorIs(t, s.SubmitRelease(ctx, dev, "request", "shop-08"), rbac.ErrDenied, "dev does not learn of it")
		assert.Equal(t, before, requestOf(t, s))
	})
}

// Who is told of a request is who can decide it.
func TestDecidersAreThoseWhoCanDecide(t *testing.T) {
	ria := MemberKey{wallet, "ria"}
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, ria, rbac.Assignment{Role: rbac.WorkspaceReviewer}, rbac.Assignment{Role: rbac.WorkspaceReviewer})
		join(t, s, MemberKey{wallet, "dev"}, rbac.Assignment{Role: rbac.WorkspaceReviewer})
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		deciders := func() []MemberKey {
			keys, err := s.Deciders(ctx, "request")
			require.NoError(t, err)
			return keys
		}
		assert.Equal(t, []MemberKey{ann, ria, rob}, deciders(), "each once, and not dev, who requests it")
		for _, key := range deciders() {
			assert.Equal(t, []string{"request"}, inboxOf(t, s, key), "%v", key)
		}
		require.NoError(t, s.Block(ctx, ann, ria))
		assert.Equal(t, []MemberKey{ann, rob}, deciders())
		_, err := s.Deciders(ctx, "no such request")
		assert.ErrorAs(t, err, new(*NotFoundError))
	})
}

func TestApproveNeedsASecondPerson(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.SubmitRelease(ctx, ann, "request", "wallet-01"))
		assert.Empty(t, inboxOf(t, s, ann), "ann's inbox does not show her own request")
		assert.ErrorIs(t, s.Approve(ctx, ann, "request"), rbac.ErrDenied, "ann cannot approve her own request")
		assert.Equal(t, "pending", requestOf(t, s).State)

		assert.Equal(t, []string{"request"}, inboxOf(t, s, rob))
		assert.NoError(t, s.Approve(ctx, rob, "request"), "rob can approve it")
		assert.Equal(t, "approved", requestOf(t, s).State)
		assert.Equal(t, "rob", requestOf(t, s).DecidedBy)
		assert.Empty(t, inboxOf(t, s, rob))
	})
}

func TestApproveNeedsASecondPersonAcrossWorkspaces(t *testing.T) {
	devOfWallet := MemberKey{wallet, "dev"} // the same person as dev of the shop
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, devOfWallet, rbac.Assignment{Role: rbac.WorkspaceReviewer})
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		assert.ErrorIs(t, s.Approve(ctx, devOfWallet, "request"), rbac.ErrDenied)
		assert.NoError(t, s.Approve(ctx, rob, "request"))
	})
}

func TestApproveNeedsDecideRelease(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		assert.ErrorIs(t, s.Approve(ctx, sue, "request"), rbac.ErrDenied, "the merchant's own admin cannot approve")
		assert.ErrorAs(t, s.Approve(ctx, tom, "request"), new(*NotFoundError), "another tenant's admin cannot find it")
		assert.ErrorAs(t, s.Approve(ctx, rob, "no such request"), new(*NotFoundError), "rob cannot find a missing one")
		assert.Equal(t, "pending", requestOf(t, s).State)
	})
}

func TestApproveAtOnceSucceedsOnce(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		ria := MemberKey{wallet, "ria"}
		join(t, s, ria, rbac.Assignment{Role: rbac.WorkspaceReviewer})
		require.NoError(t, s.SubmitRelease(ctx, dev, "request", "shop-07"))
		byRob := func() error { return s.Approve(ctx, rob, "request") }
		byRia := func() error { return s.Approve(ctx, ria, "request") }
		results := atOnce(byRob, byRia, byRob, byRia, byRob, byRia)
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

func requestOf(t *testing.T, s *Store) Request {
	r, err := s.Request(t.Context(), "request")
	require.NoError(t, err)
	return r
}
