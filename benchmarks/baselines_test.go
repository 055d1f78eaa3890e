package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
)

// The code that we measure ourselves against decides as we do in general, and not only
// what the mix needs: any number of assignments, hundreds of mini programs in each,
// every status, and places that it heard nothing of before it was asked.
func TestBaselinesDecideAsWeDoInGeneral(t *testing.T) {
	u := smallUniverse(t)
	rng := rand.New(rand.NewPCG(11, 'b'))
	u.members = nil
	for i := range 120 {
		u.members = append(u.members, busyMember(u, rng, i))
	}
	mix, allowed := busyMix(u, rng, 60_000)
	if min(allowed, len(mix)-allowed) < 4_000 {
		t.Fatalf("%d of %d requests are allowed", allowed, len(mix))
	}
	for _, m := range makers() {
		if !slices.Contains([]string{handName, floorName, boundName}, m.name) {
			continue
		}
		if err := agree(opened(t, m, u), mix); err != nil {
			t.Error(err)
		}
	}
}

func busyMember(u *universe, rng *rand.Rand, i int) rbac.Member {
	w := pick(rng, u.workspaces)
	m := rbac.Member{ID: memberID(i), Workspace: w, Status: statusOf(i)}
	roles := rolesOf(u.spec.Roles, w.Kind)
	for range rng.IntN(6) {
		as := rbac.Assignment{Role: pick(rng, roles).ID}
		for range rng.IntN(600) {
			as.MiniPrograms = append(as.MiniPrograms, programID(rng.IntN(1_000)))
		}
		m.Assignments = append(m.Assignments, as)
	}
	return m
}

func busyMix(u *universe, rng *rand.Rand, n int) (mix []request, allowed int) {
	actions := sortedActions(u.spec.Actions)
	for range n {
		m := &u.members[rng.IntN(len(u.members))]
		q := request{member: m, action: pick(rng, actions), resource: busyPlace(u, rng, m)}
		q.allowed = u.policy.Can(*m, q.action, q.resource)
		if q.allowed {
			allowed++
		}
		mix = append(mix, q)
	}
	return mix, allowed
}

func busyPlace(u *universe, rng *rand.Rand, m *rbac.Member) rbac.Resource {
	w := m.Workspace
	switch rng.IntN(4) {
	case 0:
		w = pick(rng, u.workspaces)
	case 1:
		w = rbac.Tenant(w.Tenant).Developer(fmt.Sprintf("new-%d", rng.IntN(50)))
	}
	r := w.Resource()
	if rng.IntN(3) > 0 {
		r.MiniProgram = programID(rng.IntN(1_500))
	}
	if rng.IntN(2) > 0 {
		r.Owner = memberID(rng.IntN(150))
	}
	return r
}
