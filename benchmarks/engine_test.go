package main

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEnginesAgreeOnTheWorkload(t *testing.T) {
	u := smallUniverse(t)
	agreeAll(t, u, requestsOf(t, u, 4096))
}

// Some engines express custom roles in another way than default roles.
func TestEnginesAgreeOnCustomRoles(t *testing.T) {
	u := universeOf(t, size{seed: 4, merchants: 3, programs: 12, members: 200, roles: 40})
	agreeAll(t, u, requestsOf(t, u, 1024))
}

func agreeAll(t *testing.T, u *universe, mix []request) {
	t.Helper()
	for _, m := range makers() {
		t.Run(m.name, func(t *testing.T) { assert.NoError(t, agree(opened(t, m, u), mix)) })
	}
}

func opened(t *testing.T, m maker, u *universe) engine {
	t.Helper()
	e, err := build(m, u)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.close()) })
	return e
}

// The members see a whole tenant, a workspace, assigned mini programs only, or none.
func TestEnginesListAlike(t *testing.T) {
	listAlike(t, smallUniverse(t), rbac.ListMiniPrograms, rbac.ReleaseMiniProgram)
}

func TestEnginesListAlikeWithCustomRoles(t *testing.T) {
	u := universeOf(t, size{seed: 6, merchants: 3, programs: 12, members: 100, roles: 40})
	listAlike(t, u, rbac.ListMiniPrograms)
}

func listAlike(t *testing.T, u *universe, actions ...rbac.Action) {
	t.Helper()
	for _, m := range listMakers() {
		t.Run(m.name, func(t *testing.T) {
			l := opened(t, m, u).(lister)
			for i := range u.members {
				for _, action := range actions {
					assert.NoError(t, agreeOnList(l, u, &u.members[i], action))
				}
			}
		})
	}
}

func TestAgreeFailsIfAnEngineWasToldOfNobody(t *testing.T) {
	u := smallUniverse(t)
	allowed := baseline.Only(requestsOf(t, u, 256), true)
	for _, m := range makers() {
		switch m.name {
		case casbinName, cedarName, opaName, fgaName:
			assert.Error(t, agree(opened(t, m, u.withMembers(nil)), allowed), m.name)
		}
	}
}

func TestFirstDifference(t *testing.T) {
	for _, row := range []struct {
		a, b []string
		want string
	}{
		{[]string{"a", "b"}, []string{"a", "c"}, "b"},
		{[]string{"a", "c"}, []string{"a", "b", "c"}, "b"},
		{[]string{"a"}, []string{"a", "b"}, "b"},
		{[]string{"a", "b"}, nil, "a"},
	} {
		assert.Equal(t, row.want, firstDifference(row.a, row.b), "%q and %q", row.a, row.b)
	}
}
