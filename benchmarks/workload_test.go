package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func universeOf(t *testing.T, s size) *universe {
	t.Helper()
	u, err := newUniverse(s)
	require.NoError(t, err)
	return u
}

func smallUniverse(t *testing.T) *universe {
	t.Helper()
	return universeOf(t, checkSize)
}

func requestsOf(t *testing.T, u *universe, n int) []request {
	t.Helper()
	requests, err := u.requests(n)
	require.NoError(t, err)
	return requests
}

func TestNewUniverseHoldsEveryRoleAndStatus(t *testing.T) {
	u := smallUniverse(t)
	assert.Len(t, u.members, 50)
	assert.Len(t, u.spec.Actions, 85)
	assert.Len(t, u.spec.Roles, 7)
	roles, statuses, most := map[rbac.RoleID]bool{}, map[rbac.Status]bool{}, 0
	for _, member := range u.members {
		statuses[member.Status] = true
		for _, assignment := range member.Assignments {
			roles[assignment.Role] = true
			most = max(most, len(assignment.MiniPrograms))
		}
		assert.NoError(t, u.policy.ValidateMember(member), "member %s", member.ID)
	}
	assert.Len(t, roles, 7, "roles that are held")
	assert.Len(t, statuses, 5, "statuses")
	assert.Equal(t, 8, most, "mini programs of one assignment, at most")
}

func TestNewUniverseMakesTheSameFromTheSameSize(t *testing.T) {
	first, second := smallUniverse(t), smallUniverse(t)
	assert.Equal(t, first.members, second.members)
	assert.Equal(t, first.policy.Fingerprint(), second.policy.Fingerprint())
}

func TestNewUniverseOfTheListHasTenThousandMiniPrograms(t *testing.T) {
	assert.Len(t, universeOf(t, listSize).programs, 10_000)
}

func TestNewUniverseHoldsCustomRolesWhereTheyBelong(t *testing.T) {
	u := universeOf(t, size{seed: 7, merchants: 5, programs: 20, members: 300, roles: 60})
	held := map[rbac.RoleID]bool{}
	for _, member := range u.members {
		for _, assignment := range member.Assignments {
			workspace, custom := u.custom[assignment.Role]
			if !custom {
				continue
			}
			held[assignment.Role] = true
			assert.Equal(t, workspace, member.Workspace, "%s holds %s", member.ID, assignment.Role)
		}
	}
	assert.Len(t, u.custom, 60)
	assert.GreaterOrEqual(t, len(held), 50, "custom roles that are held")
}

func TestRequestsAreDifferentAndOfEveryClass(t *testing.T) {
	u := smallUniverse(t)
	requests := requestsOf(t, u, 4096)
	d := newDrawer(u, rand.New(rand.NewPCG(1, 1)))
	have, seen := map[class]int{}, map[string]bool{}
	for _, q := range requests {
		have[d.classify(q)]++
		seen[fmt.Sprint(q.Member.ID, q.Action, q.Resource)] = true
	}
	assert.Len(t, seen, 4096, "different requests")
	assert.Len(t, baseline.Only(requests, true), 2048)
	for _, c := range slices.Concat(allowedClasses, deniedClasses) {
		assert.GreaterOrEqual(t, have[c], 200, c)
	}
}

func TestRequestsFailIfNobodyMayDoAnything(t *testing.T) {
	u := smallUniverse(t)
	blocked := u.members[0]
	blocked.Status = rbac.StatusBlocked
	_, err := u.withMembers([]rbac.Member{blocked}).requests(4)
	assert.ErrorContains(t, err, "requests: only 0 of 2 could be drawn")
}
