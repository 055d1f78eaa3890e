package rbac_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// officeSpec is what the tests of Diff change a little.
func officeSpec() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"program.release": rbac.OnMiniProgram, "office.open": rbac.OnWorkspace},
		Roles: []rbac.Role{
			{ID: "builder", Kind: rbac.KindDeveloper,
				Permissions: rbac.Permissions{"program.release": rbac.ScopeAssigned}},
			{ID: "chief", Kind: rbac.KindDeveloper,
				Permissions: rbac.Permissions{"program.release": rbac.ScopeWorkspace,
					"office.open": rbac.ScopeWorkspace}},
			{ID: "owner", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"program.release": rbac.ScopeTenant}},
		},
	}
}

func TestDiffSaysWhoGainsAndLoses(t *testing.T) {
	office := officeSpec()
	with := func(change func(s *rbac.Spec)) rbac.Spec {
		s := officeSpec()
		change(&s)
		return s
	}
	tests := []struct {
		name     string
		old, new rbac.Spec
		want     []string // each behind "+" for gains, "-" for loses, "±" for both, "!" for holders to be validated
	}{
		{"the same", office, officeSpec(), nil},
		{"names and descriptions",
			office, with(func(s *rbac.Spec) { s.Roles[0].Name, s.Roles[1].Description = "Builder", "Runs it." }), nil},
		{"an action that no role has",
			office, with(func(s *rbac.Spec) { s.Actions["office.close"] = rbac.OnWorkspace }), nil},
		{"an action more", office, with(func(s *rbac.Spec) {
			s.Extend = map[rbac.RoleID]rbac.Permissions{"builder": {"office.open": rbac.ScopeOwn}}
		}), []string{
			"+ builder gains office.open: own on workspace",
		}},
		{"an action less", office, with(func(s *rbac.Spec) { delete(s.Roles[1].Permissions, "office.open") }), []string{
			"- chief loses office.open: workspace on workspace",
		}},
		{"a wider scope", office,
			with(func(s *rbac.Spec) { s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace }), []string{
				"+ builder has program.release changed: from assigned on miniprogram to workspace on miniprogram",
			}},
		{"a narrower scope",
			office, with(func(s *rbac.Spec) { s.Roles[1].Permissions["program.release"] = rbac.ScopeOwn }), []string{
				"- chief has program.release changed: from workspace on miniprogram to own on miniprogram",
			}},
		{"another scope",
			office, with(func(s *rbac.Spec) { s.Roles[0].Permissions["program.release"] = rbac.ScopeOwn }), []string{
				"± builder has program.release changed: from assigned on miniprogram to own on miniprogram",
			}},
		{"a scope that the other covers",
			office, with(func(s *rbac.Spec) { s.Roles[1].Permissions["program.release"] |= rbac.ScopeAssigned }), nil},
		{"a wider target", office, with(func(s *rbac.Spec) { s.Actions["program.release"] = rbac.OnAny }), []string{
			"+ chief has program.release changed: from workspace on miniprogram to workspace on any",
			"+ owner has program.release changed: from tenant on miniprogram to tenant on any",
		}},
		{"a target less that no holder reaches",
			office, with(func(s *rbac.Spec) { s.Actions["office.open"] = rbac.OnDeveloper }), nil},
		{"a narrower target", with(func(s *rbac.Spec) { s.Actions["program.release"] = rbac.OnAny }), office, []string{
			"- chief has program.release changed: from workspace on any to workspace on miniprogram",
			"- owner has program.release changed: from tenant on any to tenant on miniprogram",
		}},
		{"the tenant, where only its own workspace counts", with(func(s *rbac.Spec) {
			s.Actions["office.open"], s.Roles[1].Permissions = rbac.OnTenant, nil
			s.Roles[2].Permissions["office.open"] = rbac.ScopeWorkspace
		}), with(func(s *rbac.Spec) {
			s.Actions["office.open"], s.Roles[1].Permissions = rbac.OnTenant, nil
			s.Roles[2].Permissions["office.open"] = rbac.ScopeTenant
		}), nil},
		{"own things under four eyes, which nobody can use",
			with(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{"office.open"} }), with(func(s *rbac.Spec) {
				s.FourEyes = []rbac.Action{"office.open"}
				s.Roles[0].Permissions["office.open"] = rbac.ScopeOwn
			}), nil},
		{"four eyes", office, with(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{"program.release"} }), []string{
			"- builder has program.release changed: from assigned on miniprogram to assigned on miniprogram under four eyes",
			"- chief has program.release changed: from workspace on miniprogram to workspace on miniprogram under four eyes",
			"- owner has program.release changed: from tenant on miniprogram to tenant on miniprogram under four eyes",
		}},
		{"two eyes", with(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{"office.open"} }), office, []string{
			"+ chief has office.open changed: from workspace on workspace under four eyes to workspace on workspace",
		}},
		{"a wider scope under four eyes", office, with(func(s *rbac.Spec) {
			s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace
			s.FourEyes = []rbac.Action{"program.release"}
			s.Roles = s.Roles[:1]
		}), []string{
			"± builder has program.release changed: from assigned on miniprogram to workspace on miniprogram under four eyes",
			"! chief: validate its holders again, the role is gone",
			"- chief loses office.open: workspace on workspace",
			"- chief loses program.release: workspace on miniprogram",
			"! owner: validate its holders again, the role is gone",
			"- owner loses program.release: tenant on miniprogram",
		}},
		{"a new role", office, with(func(s *rbac.Spec) {
			s.Roles = append(s.Roles,
				rbac.Role{ID: "apprentice", Kind: rbac.KindDeveloper,
					Permissions: rbac.Permissions{"office.open": rbac.ScopeOwn}})
		}), []string{
			"+ apprentice gains office.open: own on workspace",
		}},
		{"a new role of nothing", office,
			with(func(s *rbac.Spec) {
				s.Roles = append(s.Roles,
					rbac.Role{ID: "apprentice", Kind: rbac.KindDeveloper})
			}), nil},
		{"a role less", office, with(func(s *rbac.Spec) { s.Roles = s.Roles[:2] }), []string{
			"! owner: validate its holders again, the role is gone",
			"- owner loses program.release: tenant on miniprogram",
		}},
		{"a role of nothing less",
			with(func(s *rbac.Spec) {
				s.Roles = append(s.Roles,
					rbac.Role{ID: "apprentice", Kind: rbac.KindDeveloper})
			}), office, []string{
				"! apprentice: validate its holders again, the role is gone",
			}},
		{"the other kind", office, with(func(s *rbac.Spec) { s.Roles[0].Kind = rbac.KindTenant }), []string{
			"! builder: validate its holders again, the role is held in tenant workspaces now",
			"± builder has program.release changed: from assigned on miniprogram to assigned on miniprogram",
		}},
		{"a role of nothing of the other kind", with(func(s *rbac.Spec) { s.Roles[0].Permissions = nil }),
			with(func(s *rbac.Spec) { s.Roles[0].Permissions, s.Roles[0].Kind = nil, rbac.KindTenant }), []string{
				"! builder: validate its holders again, the role is held in tenant workspaces now",
			}},
		{"an action that is gone", office, with(func(s *rbac.Spec) {
			delete(s.Actions, "office.open")
			delete(s.Roles[1].Permissions, "office.open")
		}), []string{
			"- chief loses office.open: workspace on workspace",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			old, new := rbac.Must(rbac.New(test.old)), rbac.Must(rbac.New(test.new))
			assert.Equal(t, test.want, signed(rbac.Diff(old, new)))
		})
	}
}

// signed puts before each change whether it gains, loses, both, or asks to validate again.
func signed(changes []rbac.Change) []string {
	var lines []string
	for _, c := range changes {
		sign := map[[2]bool]string{{true, false}: "+", {false, true}: "-", {true, true}: "±",
			{false, false}: " "}[[2]bool{c.Gains(), c.Loses()}]
		if c.Revalidate != "" {
			sign = strings.TrimSpace(sign) + "!"
		}
		lines = append(lines, sign+" "+c.String())
	}
	return lines
}

func TestDiffSaysWhoseHoldersToValidateAgain(t *testing.T) {
	sets := func(sets ...[]rbac.RoleID) func(s *rbac.Spec) { return func(s *rbac.Spec) { s.Exclusive = sets } }
	least := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtLeast = map[rbac.RoleID]int{"chief": n} }
	}
	most := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtMost = map[rbac.RoleID]int{"chief": n} }
	}
	nothing := func(*rbac.Spec) {}
	both := []rbac.RoleID{"builder", "chief"}
	all := []rbac.RoleID{"builder", "chief", "owner"}
	tests := []struct {
		name     string
		old, new func(s *rbac.Spec)
		want     []string
	}{
		{"the same set", sets(both), sets(both), nil},
		{"a new set", nothing, sets(both),
			[]string{"builder: validate its holders again, it excludes more roles",
				"chief: validate its holders again, it excludes more roles"}},
		{"a larger set", sets(both), sets(all),
			[]string{"builder: validate its holders again, it excludes more roles",
				"chief: validate its holders again, it excludes more roles",
				"owner: validate its holders again, it excludes more roles"}},
		{"a further set", sets(both), sets(both, []rbac.RoleID{"chief", "owner"}),
			[]string{"chief: validate its holders again, it excludes more roles",
				"owner: validate its holders again, it excludes more roles"}},
		{"a smaller set", sets(all), sets(both), nil},
		{"no set any more", sets(both), nothing, nil},
		{"another set of the same roles",
			sets(all), sets(both, []rbac.RoleID{"chief", "owner"}, []rbac.RoleID{"builder", "owner"}), nil},
		{"at least some", nothing, least(1), []string{"chief: validate its holders again, at least 1 are needed"}},
		{"at least more", least(1), least(2), []string{"chief: validate its holders again, at least 2 are needed"}},
		{"at least as many", least(2), least(2), nil},
		{"at least fewer", least(2), least(1), nil},
		{"at least none any more", least(2), nothing, nil},
		{"at most some", nothing, most(1), []string{"chief: validate its holders again, at most 1 are allowed"}},
		{"at most none", nothing, most(0), []string{"chief: validate its holders again, at most 0 are allowed"}},
		{"at most fewer", most(2), most(1), []string{"chief: validate its holders again, at most 1 are allowed"}},
		{"at most as many", most(2), most(2), nil},
		{"at most more", most(1), most(2), nil},
		{"at most any number", most(1), nothing, nil},
		{"everything", nothing, func(s *rbac.Spec) { sets(both)(s); least(1)(s); most(2)(s) }, []string{
			"builder: validate its holders again, it excludes more roles",
			"chief: validate its holders again, it excludes more roles, at least 1 are needed, at most 2 are allowed",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			oldSpec, newSpec := officeSpec(), officeSpec()
			test.old(&oldSpec)
			test.new(&newSpec)
			var got []string
			for _, change := range rbac.Diff(rbac.Must(rbac.New(oldSpec)), rbac.Must(rbac.New(newSpec))) {
				assert.Empty(t, change.Action)
				assert.NotEmpty(t, change.Revalidate)
				assert.False(t, change.Gains() || change.Loses(), "a change of the role itself")
				got = append(got, change.String())
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// A role that nobody can hold yet has no holders to validate, but may be needed.
func TestDiffOfANewRole(t *testing.T) {
	s := officeSpec()
	s.Roles = append(s.Roles, rbac.Role{ID: "guard", Kind: rbac.KindDeveloper})
	s.Exclusive = [][]rbac.RoleID{{"guard", "builder"}}
	s.AtMost = map[rbac.RoleID]int{"guard": 3}
	assert.Equal(t, []string{"! builder: validate its holders again, it excludes more roles"},
		signed(rbac.Diff(rbac.Must(rbac.New(officeSpec())), rbac.Must(rbac.New(s)))))
	s.AtLeast = map[rbac.RoleID]int{"guard": 1}
	assert.Contains(t, signed(rbac.Diff(rbac.Must(rbac.New(officeSpec())), rbac.Must(rbac.New(s)))),
		"! guard: validate its holders again, at least 1 are needed")
}

func TestDiffOfNoPolicy(t *testing.T) {
	office := rbac.Must(rbac.New(officeSpec()))
	gains := []string{
		"+ builder gains program.release: assigned on miniprogram",
		"+ chief gains office.open: workspace on workspace",
		"+ chief gains program.release: workspace on miniprogram",
		"+ owner gains program.release: tenant on miniprogram",
	}
	losses := []string{
		"! builder: validate its holders again, the role is gone",
		"- builder loses program.release: assigned on miniprogram",
		"! chief: validate its holders again, the role is gone",
		"- chief loses office.open: workspace on workspace",
		"- chief loses program.release: workspace on miniprogram",
		"! owner: validate its holders again, the role is gone",
		"- owner loses program.release: tenant on miniprogram",
	}
	for name, nothing := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Equal(t, gains, signed(rbac.Diff(nothing, office)), "from the %s policy", name)
		assert.Equal(t, losses, signed(rbac.Diff(office, nothing)), "to the %s policy", name)
		assert.Empty(t, rbac.Diff(nothing, nothing), "of the %s policy and itself", name)
	}
	assert.Empty(t, rbac.Diff(rbac.Default(), rbac.Default()))
}

func TestDiffGivesBothSidesOfAChange(t *testing.T) {
	s := officeSpec()
	s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace
	s.FourEyes = []rbac.Action{"program.release"}
	changes := rbac.Diff(rbac.Must(rbac.New(officeSpec())), rbac.Must(rbac.New(s)))
	require.NotEmpty(t, changes)
	assert.Equal(t, rbac.Change{
		Role:   "builder",
		Action: "program.release",
		Before: rbac.Grant{Kind: rbac.KindDeveloper, Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram},
		After: rbac.Grant{Kind: rbac.KindDeveloper, Scope: rbac.ScopeWorkspace, Target: rbac.OnMiniProgram,
			FourEyes: true},
	}, changes[0])
}

// randomPolicy has three actions and three roles, of which the last may be missing.
func randomPolicy(random *rand.Rand) *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for _, action := range []rbac.Action{"a", "b", "c"} {
		spec.Actions[action] = rbac.Target(1 + random.IntN(7))
		if oneIn(random, 3) {
			spec.FourEyes = append(spec.FourEyes, action)
		}
	}
	for _, id := range []rbac.RoleID{"one", "two", "three"}[:2+random.IntN(2)] {
		role := rbac.Role{ID: id, Kind: anyOf(random, rbac.KindTenant, rbac.KindDeveloper),
			Permissions: rbac.Permissions{}}
		for _, action := range []rbac.Action{"a", "b", "c"} { // not the map, whose order is another each time
			target, scope := spec.Actions[action], rbac.Scope(random.IntN(16))
			if role.Kind == rbac.KindDeveloper {
				scope &^= rbac.ScopeTenant
			}
			if oneIn(random, 2) {
				scope &= rbac.Scope(random.IntN(16))
			}
			role.Permissions[action] = usableScopes(role.Kind, scope, target)
		}
		spec.Roles = append(spec.Roles, role)
	}
	return rbac.Must(rbac.New(spec))
}

// For every role, what Diff says is gained and lost is what a holder, who holds nothing else, gains and loses.
func TestDiffSaysWhatHoldersFind(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 71))
	gained, lost := 0, 0
	wrong := make(map[string]bool)
	for range 400 {
		old, new := randomPolicy(random), randomPolicy(random)
		said := make(map[rbac.RoleID]map[rbac.Action]rbac.Change)
		for _, change := range rbac.Diff(old, new) {
			if said[change.Role] == nil {
				said[change.Role] = make(map[rbac.Action]rbac.Change)
			}
			said[change.Role][change.Action] = change
		}
		for _, role := range []rbac.RoleID{"one", "two", "three"} {
			for _, action := range []rbac.Action{"a", "b", "c"} {
				gains, loses := foundByHolders(old, new, role, action)
				change := said[role][action]
				if change.Gains() != gains || change.Loses() != loses {
					wrong[fmt.Sprintf("holders gain: %t, lose: %t; Diff says: %s (gains: %t, loses: %t)", gains, loses,
						change, change.Gains(), change.Loses())] = true
				}
				gained += map[bool]int{true: 1}[gains]
				lost += map[bool]int{true: 1}[loses]
			}
		}
	}
	assert.Greater(t, gained, 500, "what holders gain")
	assert.Greater(t, lost, 500, "what holders lose")
	assert.Empty(t, slices.Sorted(maps.Keys(wrong)))
}

// foundByHolders says whether a holder of the role, of either kind of workspace, may do the action to something now
// and could not before, and the other way round.
func foundByHolders(old, new *rbac.Policy, role rbac.RoleID, action rbac.Action) (gains, loses bool) {
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		holder := staff("ann", place, inRole(role, "mp-1"))
		before, after := old.BindAt(noon, holder), new.BindAt(noon, holder)
		for _, r := range listedResources() {
			could, can := before.Can(action, r), after.Can(action, r)
			gains = gains || can && !could
			loses = loses || could && !can
		}
	}
	return gains, loses
}
