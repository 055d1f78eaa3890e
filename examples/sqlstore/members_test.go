package main

import (
	"context"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAMemberIsLoadedAsSaved(t *testing.T) {
	instant := time.Date(2026, 3, 29, 1, 30, 0, 123456789, time.UTC)
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, m := range []rbac.Member{
			active(MemberKey{shop, "nobody in particular"}),
			active(MemberKey{shop, "o'hara \u212a%_ "}, rbac.Assignment{Role: rbac.Operator}),
			active(MemberKey{wallet, "dev"}, rbac.Assignment{Role: rbac.WorkspaceReviewer}),
			rbac.Invite("invited", shop, instant,
				rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-01", "shop-02"}, NotBefore: instant},
				rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-03"}, NotAfter: instant.Add(1)},
				rbac.Assignment{Role: rbac.Operator}),
		} {
			require.NoError(t, s.AddMember(ctx, m))
			loaded, err := s.Member(ctx, MemberKey{m.Workspace, m.ID})
			assert.NoError(t, err, m.ID)
			assert.Equal(t, m, loaded)
		}
	})
}

func TestAMemberOfAnotherWorkspaceIsAnotherMember(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, key := range []MemberKey{{wallet, "dev"}, {kiosk, "dev"}, {bank, "dev"}, {shop, "Dev"}, {shop, "dev "}, {shop, ""}} {
			_, err := s.Member(ctx, key)
			assert.ErrorAs(t, err, new(*NotFoundError), "%v", key)
		}
	})
}

func TestARowThatCannotBeReadIsNoMember(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		_, err := s.db.queries().exec(ctx, `UPDATE members SET status = 'Active' WHERE member = 'dev'`)
		require.NoError(t, err)
		_, err = s.Subject(ctx, dev)
		assert.ErrorAs(t, err, new(*RowError))
		assert.ErrorContains(t, err, `members["dev@shop"].status`)
	})
}

func TestAMiniProgramThatIsDeletedIsAssignedToNobody(t *testing.T) {
	onStage(t, func(t *testing.T, ctx context.Context, s *Store) {
		p, err := s.MiniProgram(ctx, "shop-07")
		require.NoError(t, err)
		require.True(t, s.subject(t, dev).Can(rbac.EditMiniProgram, p.Resource()))
		_, err = s.db.queries().exec(ctx, `DELETE FROM mini_programs WHERE id = 'shop-07'`)
		require.NoError(t, err)
		require.NoError(t, s.AddMiniProgram(ctx, p))
		assert.False(t, s.subject(t, dev).Can(rbac.EditMiniProgram, p.Resource()), "it is another one under the same ID")
	})
}
