package main

import (
	"context"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSetSuspendedStopsTheMembersOfAWorkspace(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, fay, developer("shop-42"))
		assert.ErrorIs(t, s.SetSuspended(ctx, rob, shop, true), rbac.ErrDenied, "rob, a reviewer, cannot suspend the shop")
		assert.ErrorIs(t, s.SetSuspended(ctx, sue, shop, true), rbac.ErrDenied, "sue, of the shop, cannot")
		assert.ErrorAs(t, s.SetSuspended(ctx, tom, shop, true), new(*NotFoundError), "tom of another tenant cannot find it")
		missing := wallet.Developer("missing")
		assert.ErrorAs(t, s.SetSuspended(ctx, ann, missing, true), new(*NotFoundError), "ann cannot find a missing one")

		require.NoError(t, s.SetSuspended(ctx, ann, shop, true))
		assert.True(t, member(t, s, sue).Suspended)
		assert.Empty(t, listedPrograms(t, s, s.subject(t, sue)))
		denied := new(rbac.DeniedError)
		require.ErrorAs(t, s.Block(ctx, sue, dev), &denied)
		assert.Equal(t, rbac.ReasonSuspended, denied.Reason)
		assert.Len(t, listedPrograms(t, s, s.subject(t, ann)), 122, "ann still sees what is the shop's")

		require.NoError(t, s.SetSuspended(ctx, ann, shop, false))
		assert.False(t, member(t, s, sue).Suspended)
		assert.NoError(t, s.Block(ctx, sue, dev))
	})
}

// The roles of a workspace's own.

var holdsCashier = rbac.Assignment{Role: cashier.ID}

func revisionOf(t *testing.T, s *Store, workspace rbac.Workspace) int64 {
	_, revision, err := s.Policy(t.Context(), workspace)
	require.NoError(t, err)
	return revision
}

func TestDefineRoleIsForOneWorkspace(t *testing.T) {
	cleo := MemberKey{cafe, "cleo"}
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		join(t, s, cleo, rbac.Assignment{Role: rbac.DeveloperAdmin})
		wide := cashier
		wide.Permissions = rbac.Permissions{rbac.DecideRelease: rbac.ScopeWorkspace}
		assert.ErrorIs(t, s.DefineRole(ctx, sue, 0, wide), rbac.ErrDenied, "sue cannot define more than she has")
		require.NoError(t, s.DefineRole(ctx, sue, 0, cashier))
		require.NoError(t, s.Assign(ctx, sue, dev, holdsCashier))
		assert.True(t, s.subject(t, dev).Can(rbac.ViewTransactions, shop.MiniProgram("shop-01")))

		carl := MemberKey{cafe, "carl"}
		assert.ErrorIs(t, s.Invite(ctx, cleo, carl, holdsCashier), rbac.ErrDenied, "cleo cannot give the shop's cashier")
		assert.NoError(t, s.DefineRole(ctx, cleo, 0, cashier), "the cafe can have a cashier too")
		assert.NoError(t, s.Invite(ctx, cleo, carl, holdsCashier), "whom cleo can give")
	})
}

func TestDefineRoleChangesNothingThatOthersChanged(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		read := revisionOf(t, s, shop)
		renamed := cashier
		renamed.Name = "Till"
		require.NoError(t, s.DefineRole(ctx, sue, read, cashier))
		assert.ErrorAs(t, s.DefineRole(ctx, sue, read, renamed), new(*ConflictError), "the page is out of date")
		assert.NoError(t, s.DefineRole(ctx, sue, revisionOf(t, s, shop), renamed))
		policy, _, err := s.Policy(ctx, shop)
		require.NoError(t, err)
		role, _ := policy.Role(cashier.ID)
		assert.Equal(t, "Till", role.Name)
	})
}

func TestDefineRoleAtOnceSucceedsOnce(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		define := func() error { return s.DefineRole(ctx, sue, 0, cashier) }
		results := atOnce(define, define, define, define)
		assert.Equal(t, 1, successes(results), "%v", results)
	})
}

func TestRemoveRoleThatIsHeldIsRefused(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.DefineRole(ctx, sue, 0, cashier))
		require.NoError(t, s.Assign(ctx, sue, dev, holdsCashier))
		remove := func() error { return s.RemoveRole(ctx, sue, revisionOf(t, s, shop), cashier.ID) }
		assert.ErrorAs(t, remove(), new(*rbac.ValidationError), "dev holds it")
		assert.True(t, s.subject(t, dev).Can(rbac.ViewTransactions, shop.MiniProgram("shop-01")), "nothing is stored")
		require.NoError(t, s.Revoke(ctx, sue, dev, holdsCashier))
		assert.NoError(t, remove())
		assert.ErrorIs(t, s.Assign(ctx, sue, dev, holdsCashier), rbac.ErrDenied, "the role is gone")
	})
}

// A workspace whose roles do not fit has no policy. The platform's alone would not do.
func TestPolicyOfRolesThatDoNotFitIsAnError(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		for name, document := range map[string]string{
			"a role of the platform's": `{"roles": [{"id": "developer", "kind": "developer"}]}`,
			"an action that is gone":   `{"extend": {"operator": {"campaign.start": ["workspace"]}}}`,
			"half a document":          `{"roles": [`,
			"an empty text":            ``,
		} {
			_, err := s.queries().exec(ctx, `UPDATE workspaces SET roles = $1 WHERE tenant = 'wallet' AND workspace = 'shop'`,
				document)
			require.NoError(t, err)
			_, err = s.Subject(ctx, sue)
			assert.ErrorAs(t, err, new(*RowError), name)
			assert.ErrorContains(t, err, `workspaces["shop"].roles`, name)
			assert.ErrorAs(t, s.Block(ctx, sue, dev), new(*RowError), name)
			assert.NotEmpty(t, listedPrograms(t, s, s.subject(t, ann)), "%s: the wallet goes on", name)
		}
	})
}

func TestTryPolicyNamesTheWorkspacesThatDoNotFit(t *testing.T) {
	onStory(t, func(t *testing.T, ctx context.Context, s *Store) {
		require.NoError(t, s.DefineRole(ctx, sue, 0, cashier))
		assert.NoError(t, s.TryPolicy(ctx, platform))
		next := platform.Spec()
		next.Roles = append(next.Roles, rbac.Role{ID: cashier.ID, Kind: rbac.KindDeveloper})
		err := s.TryPolicy(ctx, rbac.Must(rbac.New(next)))
		assert.ErrorContains(t, err, `workspaces["shop"].roles: rbac: roles[0]: role "cashier" is defined twice`)
	})
}
