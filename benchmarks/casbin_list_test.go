package main

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
)

// What the rules say is what the matcher means, for every action and member: with
// owners, and with custom roles.
func TestCasbinRulesAreReadAsTheMatcherReadsThem(t *testing.T) {
	u, err := newUniverse(size{seed: 8, merchants: 3, programs: 12, members: 100, roles: 40})
	if err != nil {
		t.Fatal(err)
	}
	for i := range u.programs {
		u.programs[i].Owner = ownerOf(u, i)
	}
	l := opened(t, maker{casbinIndexName, newCasbinIndexed}, u).(*casbinIndexed)
	found := map[rbac.Scope]int{}
	for i := range u.members {
		for a := range u.spec.Actions {
			if err := agreeOnList(l, u, &u.members[i], a); err != nil {
				t.Fatal(err)
			}
			terms, err := l.terms(&u.members[i], a)
			if err != nil {
				t.Fatal(err)
			}
			found[terms.Scope]++
		}
	}
	for _, scope := range []rbac.Scope{0, rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant} {
		if found[scope] == 0 {
			t.Errorf("no list by %s alone", scope)
		}
	}
}
