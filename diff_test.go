package rbac_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// officeSpec is the spec that the tests change.
func officeSpec() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"program.release": rbac.OnMiniProgram, "office.open": rbac.OnWorkspace},
		Roles: []rbac.Role{
			merchantRole("builder", rbac.Permissions{"program.release": rbac.ScopeAssigned}),
			merchantRole("chief", rbac.Permissions{
				"program.release": rbac.ScopeWorkspace, "office.open": rbac.ScopeWorkspace,
			}),
			tenantRole("owner", rbac.Permissions{"program.release": rbac.ScopeTenant}),
		},
	}
}

// officeWith is the policy of officeSpec after a change.
func officeWith(change func(s *rbac.Spec)) *rbac.Policy {
	s := officeSpec()
	change(&s)
	return rbac.Must(rbac.New(s))
}

func TestDiffSaysWhoGainsAndLoses(t *testing.T) {
	const builder, chief, owner = 0, 1, 2 // the places in officeSpec
	office := rbac.Must(rbac.New(officeSpec()))
	releasing := func(role int, scope rbac.Scope) *rbac.Policy {
		return officeWith(func(s *rbac.Spec) { s.Roles[role].Permissions["program.release"] = scope })
	}
	targeting := func(action rbac.Action, target rbac.Target) *rbac.Policy {
		return officeWith(func(s *rbac.Spec) { s.Actions[action] = target })
	}
	watching := func(action rbac.Action) *rbac.Policy {
		return officeWith(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{action} })
	}
	defining := func(role rbac.Role) *rbac.Policy {
		return officeWith(func(s *rbac.Spec) { s.Roles = append(s.Roles, role) })
	}
	apprentice := merchantRole("apprentice", rbac.Permissions{"office.open": rbac.ScopeOwn})
	openingTheTenant := func(scope rbac.Scope) *rbac.Policy {
		return officeWith(func(s *rbac.Spec) {
			s.Actions["office.open"], s.Roles[chief].Permissions = rbac.OnTenant, nil
			s.Roles[owner].Permissions["office.open"] = scope
		})
	}
	tests := []struct {
		name          string
		before, after *rbac.Policy
		want          []string // "+" for gains, "-" for loses, "±" for both, "!" for holders to validate
	}{
		{"nothing", office, officeWith(func(*rbac.Spec) {}), nil},
		{"names and descriptions", office, officeWith(func(s *rbac.Spec) {
			s.Roles[builder].Name, s.Roles[chief].Description = "Builder", "Runs it."
		}), nil},
		{"a new action that no role has", office, targeting("office.close", rbac.OnWorkspace), nil},
		{"a new permission", office, officeWith(func(s *rbac.Spec) {
			s.Extend = map[rbac.RoleID]rbac.Permissions{"builder": {"office.open": rbac.ScopeOwn}}
		}), []string{
			"+ builder gains office.open: own on workspace",
		}},
		{"a permission less", office, officeWith(func(s *rbac.Spec) {
			delete(s.Roles[chief].Permissions, "office.open")
		}), []string{
			"- chief loses office.open: workspace on workspace",
		}},
		{"an action less", office, officeWith(func(s *rbac.Spec) {
			delete(s.Actions, "office.open")
			delete(s.Roles[chief].Permissions, "office.open")
		}), []string{
			"- chief loses office.open: workspace on workspace",
		}},

		{"a wider scope", office, releasing(builder, rbac.ScopeWorkspace), []string{
			"+ builder has program.release changed: from assigned on miniprogram to workspace on miniprogram",
		}},
		{"a narrower scope", office, releasing(chief, rbac.ScopeOwn), []string{
			"- chief has program.release changed: from workspace on miniprogram to own on miniprogram",
		}},
		{"another scope", office, releasing(builder, rbac.ScopeOwn), []string{
			"± builder has program.release changed: from assigned on miniprogram to own on miniprogram",
		}},
		{"a scope that another covers", office, releasing(chief, rbac.ScopeWorkspace|rbac.ScopeAssigned), nil},
		{"tenant instead of workspace, where both reach the same",
			openingTheTenant(rbac.ScopeWorkspace), openingTheTenant(rbac.ScopeTenant), nil},

		{"a wider target", office, targeting("program.release", rbac.OnAny), []string{
			"+ chief has program.release changed: from workspace on miniprogram to workspace on any",
			"+ owner has program.release changed: from tenant on miniprogram to tenant on any",
		}},
		{"a narrower target", targeting("program.release", rbac.OnAny), office, []string{
			"- chief has program.release changed: from workspace on any to workspace on miniprogram",
			"- owner has program.release changed: from tenant on any to tenant on miniprogram",
		}},
		{"a target less, which no holder reaches", office, targeting("office.open", rbac.OnDeveloper), nil},

		{"four eyes", office, watching("program.release"), []string{
			"- builder has program.release changed: " +
				"from assigned on miniprogram to assigned on miniprogram under four eyes",
			"- chief has program.release changed: " +
				"from workspace on miniprogram to workspace on miniprogram under four eyes",
			"- owner has program.release changed: " +
				"from tenant on miniprogram to tenant on miniprogram under four eyes",
		}},
		{"no four eyes", watching("office.open"), office, []string{
			"+ chief has office.open changed: from workspace on workspace under four eyes to workspace on workspace",
		}},
		{"own things under four eyes, which nobody can use", watching("office.open"), officeWith(func(s *rbac.Spec) {
			s.FourEyes = []rbac.Action{"office.open"}
			s.Roles[builder].Permissions["office.open"] = rbac.ScopeOwn
		}), nil},
		{"a wider scope under four eyes, and two roles less", office, officeWith(func(s *rbac.Spec) {
			s.Roles[builder].Permissions["program.release"] = rbac.ScopeWorkspace
			s.FourEyes = []rbac.Action{"program.release"}
			s.Roles = s.Roles[:chief]
		}), []string{
			"± builder has program.release changed: " +
				"from assigned on miniprogram to workspace on miniprogram under four eyes",
			"! chief: validate its holders again, the role is gone",
			"- chief loses office.open: workspace on workspace",
			"- chief loses program.release: workspace on miniprogram",
			"! owner: validate its holders again, the role is gone",
			"- owner loses program.release: tenant on miniprogram",
		}},

		{"a new role", office, defining(apprentice), []string{
			"+ apprentice gains office.open: own on workspace",
		}},
		{"a new role of nothing", office, defining(merchantRole("apprentice", nil)), nil},
		{"a role less", office, officeWith(func(s *rbac.Spec) { s.Roles = s.Roles[:owner] }), []string{
			"! owner: validate its holders again, the role is gone",
			"- owner loses program.release: tenant on miniprogram",
		}},
		{"a role of nothing less", defining(merchantRole("apprentice", nil)), office, []string{
			"! apprentice: validate its holders again, the role is gone",
		}},
		{"another kind", office, officeWith(func(s *rbac.Spec) { s.Roles[builder].Kind = rbac.KindTenant }), []string{
			"! builder: validate its holders again, the role is held in tenant workspaces now",
			"± builder has program.release changed: from assigned on miniprogram to assigned on miniprogram",
		}},
		{"another kind of a role of nothing", officeWith(func(s *rbac.Spec) {
			s.Roles[builder].Permissions = nil
		}), officeWith(func(s *rbac.Spec) {
			s.Roles[builder].Permissions, s.Roles[builder].Kind = nil, rbac.KindTenant
		}), []string{
			"! builder: validate its holders again, the role is held in tenant workspaces now",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, signed(rbac.Diff(test.before, test.after)))
		})
	}
}

// signed puts a sign before each change: whether holders gain, lose or both, or are to be validated again.
func signed(changes []rbac.Change) []string {
	var lines []string
	for _, change := range changes {
		sign := ""
		switch {
		case change.Gains() && change.Loses():
			sign = "±"
		case change.Gains():
			sign = "+"
		case change.Loses():
			sign = "-"
		}
		if change.Revalidate != "" {
			sign += "!"
		}
		lines = append(lines, sign+" "+change.String())
	}
	return lines
}

func TestDiffSaysWhoseHoldersToValidateAgain(t *testing.T) {
	excluding := func(sets ...[]rbac.RoleID) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.Exclusive = sets }
	}
	lower := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtLeast = map[rbac.RoleID]int{"chief": n} }
	}
	upper := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtMost = map[rbac.RoleID]int{"chief": n} }
	}
	nothing := func(*rbac.Spec) {}
	one, other := []rbac.RoleID{"builder", "chief"}, []rbac.RoleID{"chief", "owner"}
	third := []rbac.RoleID{"builder", "owner"}
	all := []rbac.RoleID{"builder", "chief", "owner"}
	const excludes = "validate its holders again, it excludes more roles"
	const needs, allows = "chief: validate its holders again, at least ", "chief: validate its holders again, at most "
	tests := []struct {
		name          string
		before, after func(s *rbac.Spec)
		want          []string
	}{
		{"the same set", excluding(one), excluding(one), nil},
		{"a new set", nothing, excluding(one), []string{"builder: " + excludes, "chief: " + excludes}},
		{"a larger set", excluding(one), excluding(all),
			[]string{"builder: " + excludes, "chief: " + excludes, "owner: " + excludes}},
		{"a second set", excluding(one), excluding(one, other), []string{"chief: " + excludes, "owner: " + excludes}},
		{"a smaller set", excluding(all), excluding(one), nil},
		{"no set any more", excluding(one), nothing, nil},
		{"three sets of two that say the same as one of three", excluding(all), excluding(one, other, third), nil},

		{"a lower bound", nothing, lower(1), []string{needs + "1 are needed"}},
		{"a higher lower bound", lower(1), lower(2), []string{needs + "2 are needed"}},
		{"the same lower bound", lower(2), lower(2), nil},
		{"a lower lower bound", lower(2), lower(1), nil},
		{"no lower bound any more", lower(2), nothing, nil},
		{"an upper bound", nothing, upper(1), []string{allows + "1 are allowed"}},
		{"an upper bound of 0", nothing, upper(0), []string{allows + "0 are allowed"}},
		{"a lower upper bound", upper(2), upper(1), []string{allows + "1 are allowed"}},
		{"the same upper bound", upper(2), upper(2), nil},
		{"a higher upper bound", upper(1), upper(2), nil},
		{"no upper bound any more", upper(1), nothing, nil},
		{"everything", nothing, func(s *rbac.Spec) { excluding(one)(s); lower(1)(s); upper(2)(s) },
			[]string{"builder: " + excludes, "chief: " + excludes + ", at least 1 are needed, at most 2 are allowed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, change := range rbac.Diff(officeWith(test.before), officeWith(test.after)) {
				assert.Empty(t, change.Action)
				assert.NotEmpty(t, change.Revalidate)
				assert.False(t, change.Gains() || change.Loses(), "a change of the role itself")
				got = append(got, change.String())
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// A new role has no holders to validate. They may still be needed.
func TestDiffOfANewRole(t *testing.T) {
	s := officeSpec()
	office := rbac.Must(rbac.New(officeSpec()))
	s.Roles = append(s.Roles, merchantRole("guard", nil))
	s.Exclusive = [][]rbac.RoleID{{"guard", "builder"}}
	s.AtMost = map[rbac.RoleID]int{"guard": 3}
	want := []string{"! builder: validate its holders again, it excludes more roles"}
	assert.Equal(t, want, signed(rbac.Diff(office, rbac.Must(rbac.New(s)))))
	s.AtLeast = map[rbac.RoleID]int{"guard": 1}
	changes := signed(rbac.Diff(office, rbac.Must(rbac.New(s))))
	assert.Contains(t, changes, "! guard: validate its holders again, at least 1 are needed")
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
	changes := rbac.Diff(rbac.Must(rbac.New(officeSpec())), officeWith(func(s *rbac.Spec) {
		s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace
		s.FourEyes = []rbac.Action{"program.release"}
	}))
	require.NotEmpty(t, changes)
	want := rbac.Change{
		Role:   "builder",
		Action: "program.release",
		Before: rbac.Grant{Kind: rbac.KindDeveloper, Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram},
		After: rbac.Grant{
			Kind: rbac.KindDeveloper, Scope: rbac.ScopeWorkspace, Target: rbac.OnMiniProgram, FourEyes: true,
		},
	}
	assert.Equal(t, want, changes[0])
}

// randomPolicy has three actions, and two or three roles.
func randomPolicy(random *rand.Rand) *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for _, action := range []rbac.Action{"a", "b", "c"} {
		spec.Actions[action] = rbac.Target(1 + random.IntN(7))
		if oneIn(random, 3) {
			spec.FourEyes = append(spec.FourEyes, action)
		}
	}
	for _, id := range []rbac.RoleID{"one", "two", "three"}[:2+random.IntN(2)] {
		role := merchantRole(id, rbac.Permissions{})
		role.Kind = anyOf(random, rbac.KindTenant, rbac.KindDeveloper)
		for _, action := range []rbac.Action{"a", "b", "c"} { // in the same order each time, unlike the map
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

// What Diff says about a role is what a holder of that role alone gains and loses.
func TestDiffSaysWhatHoldersGainAndLose(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 71))
	gained, lost := 0, 0
	wrong := make(map[string]bool)
	for range 400 {
		before, after := randomPolicy(random), randomPolicy(random)
		changes := make(map[string]rbac.Change)
		for _, change := range rbac.Diff(before, after) {
			changes[fmt.Sprint(change.Role, change.Action)] = change
		}
		for _, role := range []rbac.RoleID{"one", "two", "three"} {
			for _, action := range []rbac.Action{"a", "b", "c"} {
				gains, loses := foundByHolders(before, after, role, action)
				change := changes[fmt.Sprint(role, action)]
				if change.Gains() != gains || change.Loses() != loses {
					wrong[fmt.Sprintf("holders gain: %t, lose: %t, and Diff says: %s", gains, loses, change)] = true
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

// foundByHolders says whether holders of the role, in either kind of workspace, gain or lose the action on something.
func foundByHolders(before, after *rbac.Policy, role rbac.RoleID, action rbac.Action) (gains, loses bool) {
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		holder := staff("ann", place, inRole(role, "mp-1"))
		then, now := before.BindAt(noon, holder), after.BindAt(noon, holder)
		for _, r := range listedResources() {
			could, can := then.Can(action, r), now.Can(action, r)
			gains = gains || can && !could
			loses = loses || could && !can
		}
	}
	return gains, loses
}
