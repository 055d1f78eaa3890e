package people

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	wallet = rbac.Tenant("wallet")
	noon   = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
)

// TestPeopleGainAndLoseWhatCanSays compares the people of a difference with the answers
// of both policies about many resources.
func TestPeopleGainAndLoseWhatCanSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seen := make(map[string]int)
	for range 200 {
		old, new := somePolicy(t, random), somePolicy(t, random)
		var members []rbac.Member
		for i := range 30 {
			members = append(members, someMember(random, i))
		}
		search := NewSearch(old, new, noon, rbac.Diff(old, new))
		for _, m := range members {
			search.Add(m)
		}
		people := search.People()
		for _, m := range members {
			want := comparedEverywhere(old, new, m)
			i := slices.IndexFunc(people, func(p *Person) bool { return p.Member == m.ID })
			var got Effect
			if i >= 0 {
				got = people[i].Effect
			}
			require.Equal(t, want, got, "%+v", m)
			seen[fmt.Sprint(len(want.Gains) > 0, len(want.Loses) > 0)]++
		}
	}
	assert.Len(t, seen, 4, "gains, loses, both and neither: %v", seen)
	for sort, count := range seen {
		assert.Greater(t, count, 50, sort)
	}
}

// TestPeopleAreNotValidAnyMoreWhereValidateMemberSaysSo compares all members, of whom a
// difference looks only at the holders of some roles.
func TestPeopleAreNotValidAnyMoreWhereValidateMemberSaysSo(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	invalid := 0
	for range 200 {
		old, new := somePolicy(t, random), somePolicy(t, random)
		search := NewSearch(old, new, noon, rbac.Diff(old, new))
		for i := range 30 {
			m := someMember(random, i)
			before, after := old.ValidateMemberAt(noon, m), new.ValidateMemberAt(noon, m)
			problems := search.problems(&m)
			require.Equal(t, before == nil && after != nil, len(problems) > 0, "%+v: %v, %v", m, before, after)
			invalid += min(len(problems), 1)
		}
	}
	assert.Greater(t, invalid, 100)
}

var someActions = []rbac.Action{"a.both", "b.program", "c.tenant", "d.developer"}

func somePolicy(t *testing.T, random *rand.Rand) *rbac.Policy {
	t.Helper()
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{
		"a.both": rbac.OnAny, "b.program": rbac.OnMiniProgram, "c.tenant": rbac.OnTenant, "d.developer": rbac.OnDeveloper,
	}}
	if random.IntN(2) == 0 {
		spec.FourEyes = []rbac.Action{"b.program"}
	}
	for i := range 4 {
		if i == 1 && random.IntN(4) == 0 {
			continue
		}
		role := rbac.Role{ID: rbac.RoleID(fmt.Sprint("r", i)), Kind: rbac.KindTenant, Permissions: rbac.Permissions{}}
		all := []rbac.Scope{rbac.ScopeOwn | rbac.ScopeWorkspace, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant}
		if i >= 2 {
			role.Kind, all = rbac.KindDeveloper, all[:3]
		}
		if i == 3 && random.IntN(2) == 0 {
			role.Workspace = wallet.Developer("shop")
		}
		home := map[rbac.WorkspaceKind]rbac.Action{rbac.KindTenant: "c.tenant", rbac.KindDeveloper: "d.developer"}[role.Kind]
		for _, action := range []rbac.Action{"a.both", "b.program", home} {
			scope := all[random.IntN(len(all))]
			if random.IntN(3) > 0 && (action != home || scope != rbac.ScopeAssigned) {
				role.Permissions[action] = scope
			}
		}
		spec.Roles = append(spec.Roles, role)
	}
	if len(spec.Roles) == 4 && random.IntN(2) == 0 {
		spec.Exclusive = [][]rbac.RoleID{{"r0", "r1"}, {"r2", "r3"}}[:1+random.IntN(2)]
	}
	policy, err := rbac.New(spec)
	require.NoError(t, err)
	return policy
}

func someMember(random *rand.Rand, i int) rbac.Member {
	workspaces := []rbac.Workspace{wallet, wallet.Developer("shop"), wallet.Developer("other")}
	m := rbac.Member{ID: fmt.Sprint("m", i), Workspace: workspaces[random.IntN(3)], Status: rbac.StatusActive}
	if random.IntN(10) == 0 {
		m.Status = rbac.StatusBlocked
	}
	for range random.IntN(4) {
		a := rbac.Assignment{Role: rbac.RoleID(fmt.Sprint("r", random.IntN(4)))}
		for p := range 3 {
			if random.IntN(2) == 0 {
				a.MiniPrograms = append(a.MiniPrograms, fmt.Sprint("p", p))
			}
		}
		switch random.IntN(5) {
		case 0:
			a.NotAfter = noon
		case 1:
			a.NotBefore = noon
		}
		m.Assignments = append(m.Assignments, a)
	}
	return m
}

// comparedEverywhere asks both policies about every resource of a small world.
func comparedEverywhere(old, new *rbac.Policy, m rbac.Member) (e Effect) {
	for _, action := range someActions {
		var gains, loses bool
		for _, w := range []rbac.Workspace{wallet, wallet.Developer("shop"), wallet.Developer("other"), rbac.Tenant("bank")} {
			for _, program := range []string{"", "p0", "p1", "p2", "p3"} {
				for _, owner := range []string{"", m.ID, "somebody"} {
					resource := w.MiniProgram(program).OwnedBy(owner)
					could := old.CheckAt(noon, m, action, resource).Allowed
					can := new.CheckAt(noon, m, action, resource).Allowed
					gains, loses = gains || can && !could, loses || could && !can
				}
			}
		}
		if gains {
			e.Gains = append(e.Gains, action)
		}
		if loses {
			e.Loses = append(e.Loses, action)
		}
	}
	return e
}
