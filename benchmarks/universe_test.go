package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
)

func smallUniverse(t *testing.T) *universe {
	t.Helper()
	u, err := newUniverse(checkSize)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUniverseIsWhatItClaims(t *testing.T) {
	u := smallUniverse(t)
	if len(u.members) != 50 || len(u.spec.Actions) != 85 || len(u.spec.Roles) != 7 {
		t.Errorf("%d members, %d actions, %d roles", len(u.members), len(u.spec.Actions), len(u.spec.Roles))
	}
	roles, statuses, most := map[rbac.RoleID]bool{}, map[rbac.Status]bool{}, 0
	for _, m := range u.members {
		statuses[m.Status] = true
		for _, as := range m.Assignments {
			roles[as.Role] = true
			most = max(most, len(as.MiniPrograms))
		}
		if err := u.policy.ValidateMember(m); err != nil {
			t.Errorf("member %s: %v", m.ID, err)
		}
	}
	if len(roles) != 7 || len(statuses) != 5 || most != 8 {
		t.Errorf("%d roles held, %d statuses, at most %d mini programs assigned", len(roles), len(statuses), most)
	}
}

func TestUniverseComesFromItsSeed(t *testing.T) {
	first, second := smallUniverse(t), smallUniverse(t)
	if fmt.Sprint(first.members) != fmt.Sprint(second.members) || first.policy.Fingerprint() != second.policy.Fingerprint() {
		t.Error("the same seed made two universes")
	}
}

func TestListIsOfTenThousand(t *testing.T) {
	u, err := newUniverse(listSize)
	if err != nil {
		t.Fatal(err)
	}
	if len(u.programs) != 10_000 {
		t.Errorf("%d mini programs", len(u.programs))
	}
}

func TestGrownUniverseHasCustomRoles(t *testing.T) {
	s := size{seed: 7, merchants: 5, programs: 20, members: 300, roles: 60}
	u, err := newUniverse(s)
	if err != nil {
		t.Fatal(err)
	}
	held := map[rbac.RoleID]bool{}
	for _, m := range u.members {
		for _, as := range m.Assignments {
			if w, custom := u.custom[as.Role]; custom {
				held[as.Role] = true
				if w != m.Workspace {
					t.Errorf("%s holds %s of another workspace", m.ID, as.Role)
				}
			}
		}
	}
	if len(u.custom) != 60 || len(held) < 50 {
		t.Errorf("%d custom roles, %d of them held", len(u.custom), len(held))
	}
}

func TestMixIsWhatItClaims(t *testing.T) {
	u := smallUniverse(t)
	mix, err := newMix(u, 4096)
	if err != nil {
		t.Fatal(err)
	}
	d := drawer{u: u, hand: newHandwritten(u)}
	have, seen := map[class]int{}, map[string]bool{}
	for _, q := range mix {
		have[d.classify(q)]++
		seen[fmt.Sprint(q.member.ID, q.action, q.resource)] = true
	}
	if len(seen) != 4096 || len(only(mix, true)) != 2048 {
		t.Errorf("%d different requests, %d allowed", len(seen), len(only(mix, true)))
	}
	for _, c := range slices.Concat(allowedClasses, deniedClasses) {
		if have[c] < 200 {
			t.Errorf("%d requests %s", have[c], c)
		}
	}
}
