package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMemberLoadsWhatAddMemberStored(t *testing.T) {
	instant := time.Date(2026, 3, 29, 1, 30, 0, 123456000, time.UTC)
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, m := range []rbac.Member{
			active(MemberKey{shop, "nobody in particular"}),
			active(MemberKey{shop, "o'hara \u212a%_ "}, rbac.Assignment{Role: rbac.Operator}),
			active(MemberKey{wallet, "dev"}, rbac.Assignment{Role: rbac.WorkspaceReviewer}),
			rbac.Invite("invited", shop, instant,
				rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-01", "shop-02"}, NotBefore: instant},
				rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-03"}, NotAfter: instant.Add(time.Microsecond)},
				rbac.Assignment{Role: rbac.Operator}),
		} {
			require.NoError(t, s.AddMember(ctx, m))
			loaded, err := s.Member(ctx, MemberKey{m.Workspace, m.ID})
			assert.NoError(t, err, m.ID)
			assert.Equal(t, m, loaded)
		}
	})
}

// What comes back is the same instant, whatever the year.
func TestMemberLoadsTheInstantThatWasStored(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, year := range []int{1, 1969, 2026, 2262, 2300, 9999} {
			at := time.Date(year, 12, 31, 23, 59, 59, 999999000, time.UTC)
			m := active(MemberKey{shop, fmt.Sprint("of ", year)},
				rbac.Assignment{Role: rbac.Operator, NotBefore: at.In(time.FixedZone("", 5*3600))},
				rbac.Assignment{Role: rbac.Operator, NotAfter: at})
			m.InvitedAt = at
			require.NoError(t, s.AddMember(ctx, m))
			loaded := member(t, s, MemberKey{shop, m.ID})
			for _, stored := range []time.Time{
				loaded.InvitedAt, loaded.Assignments[0].NotBefore, loaded.Assignments[1].NotAfter,
			} {
				assert.True(t, at.Equal(stored), "%v is stored as %v", at, stored)
			}
			assert.True(t, loaded.Assignments[0].NotAfter.IsZero() && loaded.Assignments[1].NotBefore.IsZero())
		}
	})
}

func TestAddMemberRefusesWhatTheTablesCannotHold(t *testing.T) {
	year := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	with := func(as rbac.Assignment) func(*rbac.Member) {
		as.Role = rbac.Operator
		return func(m *rbac.Member) { m.Assignments = []rbac.Assignment{as} }
	}
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, row := range []struct {
			problem string
			change  func(m *rbac.Member)
		}{
			{`members["eve@shop"].invited_at: the year 10000 cannot be stored`, func(m *rbac.Member) {
				m.InvitedAt = year(10000)
			}},
			{`assignments[0].not_before: the year 0 cannot be stored`, with(rbac.Assignment{NotBefore: year(0)})},
			{`assignments[0].not_after: the year 10000 cannot be stored`, with(rbac.Assignment{NotAfter: year(10000)})},
			{`assignments[0].not_after: the year 10000 cannot`, with(rbac.Assignment{NotAfter: lateInTheWest})},
			{`assignments[0].not_after: nanoseconds cannot`, with(rbac.Assignment{NotAfter: year(2026).Add(1)})},
			{`use at most 255`, func(m *rbac.Member) { m.ID = strings.Repeat("e", 256) }},
			{`the ID "eve\x00" is not text`, func(m *rbac.Member) { m.ID = "eve\x00" }},
			{`assignments[0].mini_programs: the ID "\xff" is not text`, with(rbac.Assignment{MiniPrograms: []string{"\xff"}})},
			{`the ID is empty`, func(m *rbac.Member) { m.ID = "" }},
		} {
			before, err := s.queries().members(ctx, shop)
			require.NoError(t, err)
			m := active(MemberKey{shop, "eve"})
			row.change(&m)
			err = s.AddMember(ctx, m)
			assert.ErrorAs(t, err, new(*rbac.ValidationError), row.problem)
			assert.ErrorContains(t, err, row.problem)
			after, err := s.queries().members(ctx, shop)
			require.NoError(t, err)
			assert.Equal(t, before, after, "%s: nothing is stored", row.problem)
		}
		longest := MemberKey{shop, strings.Repeat("é", 127) + "e"}
		join(t, s, longest)
		assert.Equal(t, longest.ID, member(t, s, longest).ID, "255 bytes can be stored")
	})
}

// lateInTheWest is in the year 9999 where it is written, and in 10000 in UTC.
var lateInTheWest = time.Date(9999, 12, 31, 20, 0, 0, 0, time.FixedZone("", -5*3600))

// A text that is no instant must not become another bound, or none.
func TestMemberRefusesARowWithAnotherInstant(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, text := range []string{
			"", "2026-03-29", "2026-03-29T01:30:00Z", "2026-02-30T00:00:00.000000Z", "1774747800",
			"0001-01-01T00:00:00.000000Z", "0000-06-01T00:00:00.000000Z", "2026-03-29 01:30:00.000000Z",
			"2026-03-29T01:30:00,000000Z", "2026-03-29T01:30:00.0000001Z",
		} {
			_, err := s.queries().exec(ctx, `UPDATE assignments SET not_after = ? WHERE member = 'dev'`, text)
			require.NoError(t, err)
			_, err = s.Member(ctx, dev)
			assert.ErrorAs(t, err, new(*RowError), "%q", text)
			assert.ErrorContains(t, err, `members["dev@shop"].not_after`)
		}
	})
}

func TestMemberDoesNotFindSimilarKeys(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for _, key := range []MemberKey{
			{wallet, "dev"}, {kiosk, "dev"}, {bank, "dev"}, {shop, "Dev"}, {shop, "dev "}, {shop, ""},
		} {
			_, err := s.Member(ctx, key)
			assert.ErrorAs(t, err, new(*NotFoundError), "%v", key)
		}
	})
}

func TestSubjectRefusesAnUnreadableRow(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		_, err := s.queries().exec(ctx, `UPDATE members SET status = 'Active' WHERE member = 'dev'`)
		require.NoError(t, err)
		_, err = s.Subject(ctx, dev)
		assert.ErrorAs(t, err, new(*RowError))
		assert.ErrorContains(t, err, `members["dev@shop"]: `)
		assert.ErrorContains(t, err, `"status"`)
		assert.Error(t, s.Delete(ctx, sue, dev), "nothing overwrites the row")
	})
}

func TestSubjectLosesADeletedMiniProgram(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		p, err := s.MiniProgram(ctx, "shop-07")
		require.NoError(t, err)
		require.True(t, s.subject(t, dev).Can(rbac.EditMiniProgram, p.Resource()))
		_, err = s.queries().exec(ctx, `DELETE FROM mini_programs WHERE id = 'shop-07'`)
		require.NoError(t, err)
		require.NoError(t, s.AddMiniProgram(ctx, p))
		assert.False(t, s.subject(t, dev).Can(rbac.EditMiniProgram, p.Resource()),
			"dev cannot edit a new mini program with the same ID")
	})
}

// Who can.

// The database finds exactly the members who can, in every state.
func TestHoldersReturnsTheMembersWhoCan(t *testing.T) {
	now := time.Now().Truncate(time.Microsecond)
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		storeMembersInEveryState(t, s, now)
		require.NoError(t, s.SetSuspended(ctx, ann, cafe, true))
		var members []rbac.Member
		for _, workspace := range []rbac.Workspace{wallet, shop, cafe, bank, kiosk} {
			some, err := s.queries().members(ctx, workspace)
			require.NoError(t, err)
			members = append(members, some...)
		}
		found := 0
		for action := range platform.Actions() {
			for _, resource := range []rbac.Resource{
				wallet.MiniProgram("wallet-01"), shop.MiniProgram("shop-42").OwnedBy("rob"), shop.MiniProgram("shop-07"),
				cafe.MiniProgram("cafe-01"), kiosk.MiniProgram("kiosk-01"), shop.Resource(), wallet.Resource().OwnedBy("ann"),
			} {
				var able []MemberKey
				for m := range platform.WhoCanAt(now, action, resource, slices.Values(members)) {
					able = append(able, MemberKey{m.Workspace, m.ID})
				}
				holders, err := s.queries().holders(ctx, platform.HoldersAt(now, action, resource))
				require.NoError(t, err)
				require.ElementsMatch(t, able, holders, "%s on %v", action, resource)
				found += len(able)
			}
		}
		assert.Greater(t, found, 500)
	})
}

// storeMembersInEveryState stores members of each status, and with bounds next to now.
func storeMembersInEveryState(t *testing.T, s *Store, now time.Time) {
	roles := map[rbac.Workspace][]rbac.RoleID{
		wallet: {rbac.WorkspaceAdmin, rbac.WorkspaceReviewer, rbac.WorkspaceOperator},
		shop:   {rbac.DeveloperAdmin, rbac.Developer, rbac.Operator},
		cafe:   {rbac.DeveloperAdmin},
		kiosk:  {rbac.DeveloperAdmin},
	}
	for workspace, held := range roles {
		for _, role := range held {
			for status := rbac.StatusInvited; status <= rbac.StatusDeleted; status++ {
				m := active(MemberKey{workspace, string(role) + " " + status.String()}, rbac.Assignment{Role: role})
				m.Status = status
				require.NoError(t, s.AddMember(t.Context(), m))
			}
			for name, as := range map[string]rbac.Assignment{
				"begins":     {NotBefore: now},
				"will begin": {NotBefore: now.Add(time.Microsecond)},
				"ends":       {NotAfter: now.Add(time.Microsecond)},
				"has ended":  {NotAfter: now},
			} {
				as.Role, as.MiniPrograms = role, []string{"shop-07", "shop-42"}
				join(t, s, MemberKey{workspace, string(role) + " " + name}, as)
			}
		}
	}
}

// Changing members.

var (
	admin = rbac.Assignment{Role: rbac.WorkspaceAdmin}
	bea   = MemberKey{wallet, "bea"}
)

func developer(programs ...string) rbac.Assignment {
	return rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs}
}

func TestInviteStoresWhatTheInviterCovers(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorIs(t, s.Invite(ctx, dev, fay, developer("shop-07")), rbac.ErrDenied, "dev cannot invite")
		assert.ErrorAs(t, s.Invite(ctx, tom, fay), new(*NotFoundError), "tom of another tenant cannot find the shop")
		reviewer := rbac.Assignment{Role: rbac.WorkspaceReviewer}
		assert.ErrorIs(t, s.Invite(ctx, sue, fay, reviewer), rbac.ErrDenied, "sue cannot give a role of the wallet")
		_, err := s.Member(ctx, fay)
		assert.ErrorAs(t, err, new(*NotFoundError), "nothing is stored")

		require.NoError(t, s.Invite(ctx, sue, fay, developer("shop-07")))
		assert.Equal(t, rbac.StatusInvited, statusOf(t, s, fay))
		assert.Equal(t, []rbac.Assignment{developer("shop-07")}, member(t, s, fay).Assignments)
		assert.NoError(t, s.Resend(ctx, sue, fay))
		assert.NoError(t, s.Accept(ctx, fay))
		assert.ErrorAs(t, s.Accept(ctx, fay), new(*rbac.StatusError), "fay cannot accept twice")
		assert.ErrorAs(t, s.Withdraw(ctx, sue, fay), new(*rbac.StatusError), "sue cannot withdraw what is accepted")
	})
}

func TestInviteOverwritesNobody(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		before := member(t, s, dev)
		assert.ErrorAs(t, s.Invite(ctx, sue, dev), new(*ConflictError), "dev is a member already")
		assert.ErrorAs(t, s.AddMember(ctx, active(dev, admin)), new(*ConflictError))
		assert.ErrorIs(t, s.Invite(ctx, dev, sue), rbac.ErrDenied, "dev, who may not invite, does not learn of sue")
		assert.Equal(t, before, member(t, s, dev))

		require.NoError(t, s.Delete(ctx, sue, dev))
		assert.NoError(t, s.Invite(ctx, sue, dev), "a deleted member can be invited again")
		assert.Empty(t, member(t, s, dev).Assignments, "and has none of the old roles")
		require.NoError(t, s.Withdraw(ctx, sue, dev))
		assert.NoError(t, s.Invite(ctx, sue, dev), "so can one whose invitation was withdrawn")
	})
}

func TestInviteOfAMerchantsFirstAdmin(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		first := rbac.Assignment{Role: rbac.DeveloperAdmin}
		assert.ErrorIs(t, s.Invite(ctx, rob, mia, first), rbac.ErrDenied, "rob, a reviewer, cannot invite mia")
		assert.ErrorIs(t, s.Invite(ctx, ann, mia, first, developer("shop-01")), rbac.ErrDenied, "ann gives more than that")
		require.NoError(t, s.Invite(ctx, ann, mia, first))
		require.NoError(t, s.Accept(ctx, mia))
		assert.NoError(t, s.Invite(ctx, mia, MemberKey{mill, "max"}, developer()), "mia runs the mill")
		assert.ErrorIs(t, s.Block(ctx, ann, mia), rbac.ErrDenied, "ann cannot block her")
	})
}

func TestAssignNeedsCover(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorIs(t, s.Assign(ctx, rob, ann, admin), rbac.ErrDenied, "rob cannot make ann an admin")
		assert.ErrorIs(t, s.Assign(ctx, dev, sue, developer("shop-08")), rbac.ErrDenied, "dev cannot make sue a developer")
		assert.NoError(t, s.Assign(ctx, sue, dev, developer("shop-08")), "sue can assign shop-08 to dev")
		assert.Len(t, member(t, s, dev).Assignments, 2)
	})
}

func TestRevokeTakesOneAssignment(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.Assign(ctx, sue, dev, developer("shop-08")))
		revoke := func(held rbac.Assignment) error { return s.Revoke(ctx, sue, dev, held) }
		assert.ErrorIs(t, revoke(developer("shop-07")), rbac.ErrDenied, "dev holds no assignment of shop-07 alone")
		assert.NoError(t, revoke(developer("shop-42", "shop-07")), "the order of mini programs does not matter")
		assert.Equal(t, []rbac.Assignment{developer("shop-08")}, member(t, s, dev).Assignments)
	})
}

// A merchant's Developer may take a mini program, and never the role.
func TestReplaceByADeveloperTakesAMiniProgram(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, fay, developer("shop-42"))
		both, one := developer("shop-07", "shop-42"), developer("shop-07")
		assert.ErrorIs(t, s.Revoke(ctx, fay, dev, both), rbac.ErrDenied, "fay cannot take the role")
		assert.ErrorIs(t, s.Replace(ctx, fay, dev, both, developer("shop-42")), rbac.ErrDenied, "shop-07 is not fay's")
		assert.Equal(t, []rbac.Assignment{both}, member(t, s, dev).Assignments)
		require.NoError(t, s.Replace(ctx, fay, dev, both, one))
		assert.Equal(t, []rbac.Assignment{one}, member(t, s, dev).Assignments)
		assert.NoError(t, s.Replace(ctx, fay, dev, one, both), "fay can give it back")
	})
}

func TestBlockAndDelete(t *testing.T) {
	nobody := MemberKey{shop, "nobody"}
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorIs(t, s.Block(ctx, rob, ann), rbac.ErrDenied, "rob, a reviewer, cannot block ann")
		assert.ErrorIs(t, s.Delete(ctx, dev, sue), rbac.ErrDenied, "dev, a developer, cannot delete sue")
		assert.ErrorIs(t, s.Delete(ctx, dev, nobody), rbac.ErrDenied, "dev does not learn who is missing")
		assert.ErrorIs(t, s.Delete(ctx, ann, ann), rbac.ErrDenied, "ann cannot delete herself")
		assert.ErrorAs(t, s.Block(ctx, tom, ann), new(*NotFoundError), "tom of another tenant cannot find ann")
		assert.ErrorAs(t, s.Block(ctx, sue, nobody), new(*NotFoundError), "sue cannot find a missing member")
		assert.ErrorAs(t, s.Leave(ctx, nobody), new(*NotFoundError), "a missing member cannot leave")
		assert.NoError(t, s.Block(ctx, sue, dev), "sue can block dev")
		assert.ErrorAs(t, s.Block(ctx, sue, dev), new(*rbac.StatusError), "sue cannot block dev twice")
		assert.NoError(t, s.Unblock(ctx, sue, dev), "sue can unblock dev")
		assert.NoError(t, s.Delete(ctx, sue, dev), "sue can delete dev")
		assert.Equal(t, rbac.StatusDeleted, statusOf(t, s, dev))
	})
}

func TestBlockStopsListsAndWrites(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.Block(ctx, sue, dev))
		assert.Empty(t, listedPrograms(t, s, s.subject(t, dev)))
		assert.ErrorIs(t, s.RenameMiniProgram(ctx, s.subject(t, dev), "shop-07", "mine"), rbac.ErrDenied)
	})
}

func TestBlockOfTwoAdminsAtOnceSucceedsOnce(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, bea, admin)
		results := atOnce(
			func() error { return s.Block(ctx, ann, bea) },
			func() error { return s.Block(ctx, bea, ann) },
		)
		assert.Equal(t, 1, successes(results), "%v", results)
		assert.NotEqual(t, statusOf(t, s, ann), statusOf(t, s, bea))
	})
}

// Two admins remove each other at the same moment. The one who stays invites the other
// again, for the next round.
func TestDeleteOfTwoAdminsAtOnceKeepsOne(t *testing.T) {
	const rounds = 50
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, bea, admin)
		for round := range rounds {
			results := atOnce(
				func() error { return s.Delete(ctx, ann, bea) },
				func() error { return s.Delete(ctx, bea, ann) },
			)
			require.Equal(t, 1, successes(results), "round %d: %v", round, results)
			require.ErrorIs(t, errors.Join(results...), rbac.ErrDenied, "round %d", round)
			stays, goes := ann, bea
			if results[0] != nil {
				stays, goes = bea, ann
			}
			require.Equal(t, []MemberKey{stays}, adminsOf(t, s, wallet), "round %d: one admin is left", round)
			require.NoError(t, s.Invite(ctx, stays, goes, admin))
			require.NoError(t, s.Accept(ctx, goes))
			require.Equal(t, []MemberKey{ann, bea}, adminsOf(t, s, wallet))
		}
	})
}

// adminsOf returns the active Workspace Admins.
func adminsOf(t *testing.T, s *Store, workspace rbac.Workspace) []MemberKey {
	members, err := s.queries().members(t.Context(), workspace)
	require.NoError(t, err)
	var admins []MemberKey
	for _, m := range members {
		holds := func(as rbac.Assignment) bool { return as.Role == rbac.WorkspaceAdmin }
		if m.Status == rbac.StatusActive && slices.ContainsFunc(m.Assignments, holds) {
			admins = append(admins, MemberKey{workspace, m.ID})
		}
	}
	return admins
}

func TestLeaveKeepsTheLastAdmin(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		assert.ErrorAs(t, s.Leave(ctx, ann), new(*rbac.ValidationError), "ann, the only admin, cannot leave")
		assert.Equal(t, rbac.StatusActive, statusOf(t, s, ann), "nothing of the change is stored")
		join(t, s, bea, admin)
		assert.NoError(t, s.Leave(ctx, ann), "ann can leave when bea is an admin")
		assert.Equal(t, rbac.StatusDeleted, statusOf(t, s, ann))
		assert.ErrorAs(t, s.Leave(ctx, bea), new(*rbac.ValidationError), "bea, now the only admin, cannot leave")
	})
}

func TestLeaveOfAllAdminsAtOnceKeepsOne(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		leave := []func() error{func() error { return s.Leave(ctx, ann) }}
		for _, id := range []string{"bea", "cid", "eva"} {
			join(t, s, MemberKey{wallet, id}, admin)
			leave = append(leave, func() error { return s.Leave(ctx, MemberKey{wallet, id}) })
		}
		results := atOnce(leave...)
		assert.Equal(t, len(results)-1, successes(results), "%v", results)
	})
}

// Without the lock, ann's change would not see bea's: the default isolation of
// PostgreSQL and MariaDB does not make it wait.
func TestLeaveWaitsForAnotherChange(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		if waiting[s.dialect.sql] == "" {
			t.Skip("SQLite has one writer at a time, and does not say who waits")
		}
		join(t, s, bea, admin)
		second := make(chan error, 1)
		require.NoError(t, s.inLockedTenant(ctx, wallet, func(q queries, _ *rbac.Policy) error {
			go func() { second <- s.Leave(ctx, ann) }()
			require.True(t, waits(t, s, second), "ann did not wait for the change of bea")
			deleted, err := member(t, s, bea).Delete()
			require.NoError(t, err)
			return q.saveMember(ctx, deleted)
		}))
		assert.ErrorAs(t, <-second, new(*rbac.ValidationError), "ann, now the only admin, cannot leave")
	})
}

// waiting finds changes that wait for the lock. In MariaDB it finds those that run, and while
// another change has the lock, none can end.
var waiting = map[rbac.Dialect]string{
	rbac.PostgreSQL: `SELECT pid::text FROM pg_stat_activity
		WHERE wait_event_type = 'Lock' AND query LIKE '%SET revision = %'`,
	rbac.MySQL: `SELECT id FROM information_schema.processlist WHERE info LIKE 'UPDATE workspaces SET revision = %'`,
}

// waits reports whether a change waits for the lock. It polls until one does, or
// until done has a value.
func waits(t *testing.T, s *Store, done <-chan error) bool {
	for len(done) == 0 {
		found, err := s.queries().texts(t.Context(), waiting[s.dialect.sql])
		require.NoError(t, err)
		if len(found) > 0 {
			return true
		}
	}
	return false
}

func member(t *testing.T, s *Store, key MemberKey) rbac.Member {
	m, err := s.Member(t.Context(), key)
	require.NoError(t, err)
	return m
}

func statusOf(t *testing.T, s *Store, key MemberKey) rbac.Status { return member(t, s, key).Status }
