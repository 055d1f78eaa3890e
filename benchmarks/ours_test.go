package main

import (
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What Terms describe is what Can allows, for every action and member: with owners, with roles whose scopes combine,
// and under four eyes.
func TestIndexFindsWhatCanAllows(t *testing.T) {
	u := ownedUniverse(t)
	x := newIndex(u.programs)
	found := map[rbac.Scope]int{}
	for _, member := range u.members {
		subject := u.policy.Bind(member)
		for action := range u.policy.Actions() {
			parts := subject.Filter(action).Terms()
			require.LessOrEqual(t, len(parts), 1)
			got := x.find(parts)
			slices.Sort(got)
			want := allowedPrograms(u, subject, action)
			require.True(t, slices.Equal(want, got), "%s: %+v: found %d of %d", action, parts, len(got), len(want))
			for _, terms := range parts {
				found[terms.Scope] += len(got)
			}
		}
	}
	for _, scope := range append(scopes, rbac.ScopeOwn|rbac.ScopeAssigned) {
		assert.GreaterOrEqual(t, found[scope], 100, "mini programs found by %s", scope)
	}
}

func allowedPrograms(u *universe, subject *rbac.Subject, action rbac.Action) []string {
	var keys []string
	for _, program := range u.programs {
		if subject.Can(action, program) {
			keys = append(keys, programKey(program.Workspace, program.MiniProgram))
		}
	}
	slices.Sort(keys)
	return keys
}

// ownedUniverse has mini programs with owners, a role with both narrow scopes, and an action that takes four eyes.
func ownedUniverse(t *testing.T) *universe {
	t.Helper()
	u := smallUniverse(t)
	both := rbac.Permissions{
		rbac.ReleaseMiniProgram: rbac.ScopeOwn | rbac.ScopeAssigned,
		rbac.ViewMiniProgram:    rbac.ScopeOwn,
	}
	var err error
	u.policy, err = rbac.New(rbac.Defaults(), rbac.Spec{
		Roles: []rbac.Role{
			{ID: "merchant_both", Kind: rbac.KindDeveloper, Name: "Both", Permissions: both},
			{ID: "tenant_both", Kind: rbac.KindTenant, Name: "Both", Permissions: both},
		},
		FourEyes: []rbac.Action{rbac.ListMiniPrograms},
	})
	require.NoError(t, err)
	for i := range u.members {
		u.members[i].Assignments = append(u.members[i].Assignments, bothOf(&u.members[i]))
	}
	for i := range u.programs {
		u.programs[i].Owner = ownerOf(u, i)
	}
	return u
}

func bothOf(member *rbac.Member) rbac.Assignment {
	role := rbac.RoleID("merchant_both")
	if member.Workspace.Kind == rbac.KindTenant {
		role = "tenant_both"
	}
	return rbac.Assignment{Role: role, MiniPrograms: []string{"mp-0", "mp-1", "mp-2", "mp-nowhere"}}
}

// ownerOf leaves one mini program in three without an owner. The others have a member of their workspace, if there is
// one.
func ownerOf(u *universe, i int) string {
	if i%3 == 0 {
		return ""
	}
	for j := range u.members {
		member := &u.members[(i+j)%len(u.members)]
		if member.Workspace == u.programs[i].Workspace {
			return member.ID
		}
	}
	return "someone"
}
