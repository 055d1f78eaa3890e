package main

import (
	"context"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every page but the last is full, and together they hold what Can allows.
func TestListMiniProgramsReturnsFullPagesOfWhatCanAllows(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, key := range []MemberKey{ann, rob, sue, dev, tom} {
			subject := s.subject(t, key)
			assert.Equal(t, allowedPrograms(t, s, subject), listedPrograms(t, s, subject), key.ID)
		}
	})
}

func allowedPrograms(t *testing.T, s *Store, subject *rbac.Subject) []string {
	var all []MiniProgram
	require.NoError(t, s.queries().each(t.Context(), appendProgram(&all), selectPrograms+` ORDER BY id`))
	var allowed []string
	for _, p := range all {
		if subject.Can(rbac.ListMiniPrograms, p.Resource()) {
			allowed = append(allowed, p.ID)
		}
	}
	return allowed
}

// listedPrograms stops at the first page that is not full.
func listedPrograms(t *testing.T, s *Store, subject *rbac.Subject) []string {
	var listed []string
	for last := ""; ; last = listed[len(listed)-1] {
		page, err := s.ListMiniPrograms(t.Context(), subject, last)
		require.NoError(t, err)
		for _, p := range page {
			listed = append(listed, p.ID)
		}
		if len(page) < pageSize {
			return listed
		}
	}
}

func TestListMiniProgramsReturnsNothingForAnImpossibleValue(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		impossible := rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-01\x00", "shop-02\xff"}}
		m := active(MemberKey{shop, "eve"}, impossible)
		page, err := s.ListMiniPrograms(ctx, platform.Bind(m), "")
		assert.Empty(t, page)
		assert.Equal(t, s.dialect == postgreSQL, err != nil, "PostgreSQL refuses the value: %v", err)
	})
}

func TestRenameMiniProgram(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		rename := func(key MemberKey, id, name string) error {
			return s.RenameMiniProgram(ctx, s.subject(t, key), id, name)
		}
		assert.NoError(t, rename(dev, "shop-07", "dev's"), "dev can rename shop-07")
		assert.Equal(t, "dev's", nameOf(t, s, "shop-07"))
		assert.ErrorIs(t, rename(dev, "shop-08", "dev's"), rbac.ErrDenied, "dev cannot rename an unassigned one")
		assert.ErrorIs(t, rename(ann, "shop-08", "ann's"), rbac.ErrDenied, "ann cannot rename a merchant's")
		assert.ErrorAs(t, rename(dev, "cafe-01", "dev's"), new(*NotFoundError), "dev cannot find another merchant's")
		assert.ErrorAs(t, rename(tom, "shop-08", "tom's"), new(*NotFoundError), "tom cannot find another tenant's")
		assert.ErrorAs(t, rename(sue, "shop-99", "sue's"), new(*NotFoundError), "sue cannot find a missing one")
		assert.Equal(t, "a mini program", nameOf(t, s, "shop-08"))
		assert.Equal(t, "a mini program", nameOf(t, s, "cafe-01"))
	})
}

func TestRenameMiniProgramChecksTheRowAsItIsNow(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		subject := s.subject(t, dev)
		p, err := s.MiniProgram(ctx, "shop-07")
		require.NoError(t, err)
		require.True(t, subject.Can(rbac.EditMiniProgram, p.Resource()), "dev may edit it when the page is shown")
		require.NoError(t, s.MoveMiniProgram(ctx, "shop-07", cafe))
		assert.ErrorAs(t, s.RenameMiniProgram(ctx, subject, "shop-07", "mine"), new(*NotFoundError))
		assert.Equal(t, "a mini program", nameOf(t, s, "shop-07"))
	})
}

func TestWhyUnchangedIsAConflictIfTheActionIsAllowedNow(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		err := s.whyUnchanged(ctx, s.subject(t, sue), rbac.EditMiniProgram, "shop-08")
		assert.ErrorAs(t, err, new(*ConflictError))
	})
}

func nameOf(t *testing.T, s *Store, id string) string {
	p, err := s.MiniProgram(t.Context(), id)
	require.NoError(t, err)
	return p.Name
}
