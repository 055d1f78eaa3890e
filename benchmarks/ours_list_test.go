package main

import (
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
)

// What Terms describes is what Match matches, for every action and member: with owners,
// with roles whose scopes combine, and under four eyes.
func TestIndexFindsWhatTheFilterMatches(t *testing.T) {
	u := ownedUniverse(t)
	x := newIndex(u.programs)
	found := map[rbac.Scope]int{}
	for i := range u.members {
		subject := u.policy.Bind(u.members[i])
		for a := range u.policy.Actions() {
			terms := subject.Filter(a).Terms()
			got := x.find(terms)
			slices.Sort(got)
			if want := matching(u, subject, a); !slices.Equal(got, want) {
				t.Fatalf("%s: %+v: found %d, the filter matches %d", a, terms, len(got), len(want))
			}
			found[terms.Scope] += len(got)
		}
	}
	for _, scope := range []rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeOwn | rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant} {
		if found[scope] < 100 {
			t.Errorf("only %d mini programs found by %s", found[scope], scope)
		}
	}
}

func matching(u *universe, subject *rbac.Subject, a rbac.Action) []string {
	var keys []string
	for _, p := range u.programs {
		if subject.Can(a, p) {
			keys = append(keys, programKey(p.Workspace, p.MiniProgram))
		}
	}
	slices.Sort(keys)
	return keys
}

// ownedUniverse has owners of mini programs, a role of both narrow scopes, and actions
// that need four eyes.
func ownedUniverse(t *testing.T) *universe {
	t.Helper()
	u := smallUniverse(t)
	both := rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeOwn | rbac.ScopeAssigned, rbac.ViewMiniProgram: rbac.ScopeOwn}
	var err error
	u.policy, err = rbac.New(rbac.Defaults(), rbac.Spec{
		Roles: []rbac.Role{
			{ID: "merchant_both", Kind: rbac.KindDeveloper, Name: "Both", Permissions: both},
			{ID: "tenant_both", Kind: rbac.KindTenant, Name: "Both", Permissions: both},
		},
		FourEyes: []rbac.Action{rbac.ListMiniPrograms},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range u.members {
		u.members[i].Assignments = append(u.members[i].Assignments, bothOf(&u.members[i]))
	}
	for i := range u.programs {
		u.programs[i].Owner = ownerOf(u, i)
	}
	return u
}

func bothOf(m *rbac.Member) rbac.Assignment {
	role := rbac.RoleID("merchant_both")
	if m.Workspace.Kind == rbac.KindTenant {
		role = "tenant_both"
	}
	return rbac.Assignment{Role: role, MiniPrograms: []string{programID(0), programID(1), programID(2), "mp-nowhere"}}
}

// ownerOf gives one mini program in three no owner, and the others a member of the
// same workspace where there is one.
func ownerOf(u *universe, i int) string {
	if i%3 == 0 {
		return ""
	}
	for j := range u.members {
		m := &u.members[(i+j)%len(u.members)]
		if m.Workspace == u.programs[i].Workspace {
			return m.ID
		}
	}
	return "someone"
}
