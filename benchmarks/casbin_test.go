package main

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The list reads casbin's rules in code of its own. It must read them as the matcher does, for every action and
// member, with owners and with custom roles.
func TestCasbinTermsSayWhatTheMatcherSays(t *testing.T) {
	u := universeOf(t, size{seed: 8, merchants: 3, programs: 12, members: 100, roles: 40})
	for i := range u.programs {
		u.programs[i].Owner = ownerOf(u, i)
	}
	l := opened(t, maker{casbinIndexName, newCasbinIndexed}, u).(*casbinIndexed)
	found := map[rbac.Scope]int{}
	for i := range u.members {
		for action := range u.spec.Actions {
			require.NoError(t, agreeOnList(l, u, &u.members[i], action))
			terms, err := l.terms(&u.members[i], action)
			require.NoError(t, err)
			found[terms.Scope]++
		}
	}
	for _, scope := range append(scopes, 0) {
		assert.NotZero(t, found[scope], "lists by %s alone", scope)
	}
}
