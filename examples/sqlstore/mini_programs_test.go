package main

import (
	"context"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPagesAreFullUntilTheLastAndHoldWhatCanAllows(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, key := range []MemberKey{ann, rob, sue, dev, tom} {
			who := s.subject(t, key)
			assert.Equal(t, allowedPrograms(t, s, who), listedPrograms(t, s, who), key.ID)
		}
	})
}

func allowedPrograms(t *testing.T, s *Store, who *rbac.Subject) []string {
	var all []MiniProgram
	require.NoError(t, s.db.queries().each(t.Context(), appendProgram(&all), selectPrograms+` ORDER BY id`))
	var allowed []string
	for _, p := range all {
		if who.Can(rbac.ListMiniPrograms, p.Resource()) {
			allowed = append(allowed, p.ID)
		}
	}
	return allowed
}

func listedPrograms(t *testing.T, s *Store, who *rbac.Subject) []string {
	var listed []string
	for last := ""; ; last = listed[len(listed)-1] {
		page, err := s.ListMiniPrograms(t.Context(), who, last)
		require.NoError(t, err)
		for _, p := range page {
			listed = append(listed, p.ID)
		}
		if len(page) < pageSize {
			return listed
		}
	}
}

func TestAWriteIsCheckedAgainstTheRowAsItIsThen(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		who := s.subject(t, dev)
		p, err := s.MiniProgram(ctx, "shop-07")
		require.NoError(t, err)
		require.True(t, who.Can(rbac.EditMiniProgram, p.Resource()), "dev may edit it when the page is shown")
		require.NoError(t, s.MoveMiniProgram(ctx, "shop-07", cafe))
		assert.ErrorAs(t, s.RenameMiniProgram(ctx, who, "shop-07", "mine"), new(*NotFoundError))
		assert.Equal(t, "a mini program", nameOf(t, s, "shop-07"))
	})
}

func TestWhoMayRenameWhat(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.NoError(t, s.RenameMiniProgram(ctx, s.subject(t, dev), "shop-07", "dev's"))
		assert.Equal(t, "dev's", nameOf(t, s, "shop-07"))
		assert.ErrorIs(t, s.RenameMiniProgram(ctx, s.subject(t, dev), "shop-08", "dev's"), rbac.ErrDenied, "not assigned")
		assert.ErrorIs(t, s.RenameMiniProgram(ctx, s.subject(t, ann), "shop-08", "ann's"), rbac.ErrDenied, "a merchant's")
		assert.ErrorAs(t, s.RenameMiniProgram(ctx, s.subject(t, dev), "cafe-01", "dev's"), new(*NotFoundError), "another merchant's")
		assert.ErrorAs(t, s.RenameMiniProgram(ctx, s.subject(t, tom), "shop-08", "tom's"), new(*NotFoundError), "another tenant's")
		assert.ErrorAs(t, s.RenameMiniProgram(ctx, s.subject(t, sue), "shop-99", "sue's"), new(*NotFoundError), "nobody's")
		assert.Equal(t, "a mini program", nameOf(t, s, "shop-08"))
		assert.Equal(t, "a mini program", nameOf(t, s, "cafe-01"))
	})
}

func TestAWriteThatMissedForNoReasonLeftIsAConflict(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		err := s.whyUnchanged(ctx, s.subject(t, sue), rbac.EditMiniProgram, "shop-08")
		assert.ErrorAs(t, err, new(*ConflictError))
	})
}

func TestAValueThatTheDatabaseCannotHoldListsNothing(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		m := active(MemberKey{shop, "eve"}, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-01\x00", "shop-02\xff"}})
		page, err := s.ListMiniPrograms(ctx, policy.Bind(m), "")
		assert.Empty(t, page)
		assert.Equal(t, s.db.dialect == postgreSQL, err != nil, "PostgreSQL refuses the value: %v", err)
	})
}

func nameOf(t *testing.T, s *Store, id string) string {
	p, err := s.MiniProgram(t.Context(), id)
	require.NoError(t, err)
	return p.Name
}
