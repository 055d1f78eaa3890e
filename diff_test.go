package rbac_test

import (
	"encoding/json"
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
			" four_eyes is new: program.release",
			"- builder has program.release changed: " +
				"from assigned on miniprogram to assigned on miniprogram under four eyes",
			"- chief has program.release changed: " +
				"from workspace on miniprogram to workspace on miniprogram under four eyes",
			"- owner has program.release changed: " +
				"from tenant on miniprogram to tenant on miniprogram under four eyes",
		}},
		{"no four eyes", watching("office.open"), office, []string{
			" four_eyes is gone: office.open",
			"+ chief has office.open changed: from workspace on workspace under four eyes to workspace on workspace",
		}},
		{"a wider scope under four eyes, and two roles less", office, officeWith(func(s *rbac.Spec) {
			s.Roles[builder].Permissions["program.release"] = rbac.ScopeWorkspace
			s.FourEyes = []rbac.Action{"program.release"}
			s.Roles = s.Roles[:chief]
		}), []string{
			" four_eyes is new: program.release",
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
			"± builder has program.release changed: from assigned on miniprogram in any developer workspace" +
				" to assigned on miniprogram in any tenant workspace",
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
	nothing := func(*rbac.Spec) {}
	lower := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtLeast = map[rbac.RoleID]int{"chief": n} }
	}
	upper := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtMost = map[rbac.RoleID]int{"chief": n} }
	}
	one, other := []rbac.RoleID{"builder", "chief"}, []rbac.RoleID{"chief", "porter"}
	third := []rbac.RoleID{"builder", "porter"}
	all := []rbac.RoleID{"builder", "chief", "porter"}
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
			[]string{"builder: " + excludes, "chief: " + excludes, "porter: " + excludes}},
		{"a second set", excluding(one), excluding(one, other), []string{"chief: " + excludes, "porter: " + excludes}},
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
			for _, change := range rbac.Diff(withPorter(test.before), withPorter(test.after)) {
				if change.Guard != "" {
					continue // TestDiffNamesEveryGuard has these
				}
				assert.Empty(t, change.Action)
				assert.NotEmpty(t, change.Revalidate)
				assert.False(t, change.Gains() || change.Loses(), "a change of the role itself")
				got = append(got, change.String())
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// withPorter is officeWith, with a third merchant role.
func withPorter(change func(s *rbac.Spec)) *rbac.Policy {
	return officeWith(func(s *rbac.Spec) {
		s.Roles = append(s.Roles, merchantRole("porter", nil))
		change(s)
	})
}

func TestDiffNamesEveryGuard(t *testing.T) {
	excluding := func(sets ...[]rbac.RoleID) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.Exclusive = sets }
	}
	watching := func(actions ...rbac.Action) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.FourEyes = actions }
	}
	administering := func(by rbac.RoleID, roles ...rbac.RoleID) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.Administers = map[rbac.RoleID][]rbac.RoleID{by: roles} }
	}
	least := func(number int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtLeast = map[rbac.RoleID]int{"chief": number} }
	}
	most := func(number int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtMost = map[rbac.RoleID]int{"chief": number} }
	}
	nothing := func(*rbac.Spec) {}
	pair, second := []rbac.RoleID{"builder", "chief"}, []rbac.RoleID{"chief", "porter"}
	all := []rbac.RoleID{"builder", "chief", "porter"}
	tests := []struct {
		sentence      string
		before, after func(s *rbac.Spec)
		want          []string
	}{
		{"A17: Exclusive is gone", excluding(pair), nothing, []string{"exclusive is gone: builder, chief"}},
		{"A17: two sets are gone", excluding(pair, second), nothing,
			[]string{"exclusive is gone: builder, chief", "exclusive is gone: chief, porter"}},
		{"A17: one of two sets is gone", excluding(pair, second), excluding(second),
			[]string{"exclusive is gone: builder, chief"}},
		{"A17: FourEyes is gone", watching("program.release"), nothing, []string{"four_eyes is gone: program.release"}},
		{"A17: Administers is gone", administering("chief", "porter", "builder"), nothing,
			[]string{"administers of chief is gone: builder, porter"}},
		{"A17: AtLeast is gone", least(2), nothing, []string{"at_least of chief is gone: 2"}},
		{"A17: AtMost is gone", most(2), nothing, []string{"at_most of chief is gone: 2"}},
		{"A17: AtMost of none is gone", most(0), nothing, []string{"at_most of chief is gone: 0"}},
		{"A17: everything is gone", func(s *rbac.Spec) {
			excluding(pair)(s)
			watching("program.release", "office.open")(s)
			administering("chief", "chief")(s)
			least(1)(s)
			most(2)(s)
		}, nothing, []string{
			"exclusive is gone: builder, chief",
			"four_eyes is gone: office.open", "four_eyes is gone: program.release",
			"administers of chief is gone: chief", "at_least of chief is gone: 1", "at_most of chief is gone: 2",
		}},

		{"a new set", nothing, excluding(pair), []string{"exclusive is new: builder, chief"}},
		{"a set that has grown", excluding(pair), excluding(all),
			[]string{"exclusive is changed: from builder, chief to builder, chief, porter"}},
		{"a set that has shrunk", excluding(all), excluding(pair),
			[]string{"exclusive is gone: builder, chief, porter", "exclusive is new: builder, chief"}},
		{"a set in the place of another", excluding(pair), excluding(second),
			[]string{"exclusive is gone: builder, chief", "exclusive is new: chief, porter"}},
		{"two sets that have grown into one", excluding(pair, second), excluding(all),
			[]string{"exclusive is gone: chief, porter",
				"exclusive is changed: from builder, chief to builder, chief, porter"}},
		{"the same set in another order", excluding(pair), excluding([]rbac.RoleID{"chief", "builder"}), nil},
		{"four eyes", nothing, watching("program.release"), []string{"four_eyes is new: program.release"}},
		{"four eyes on another action", watching("program.release"), watching("office.open"),
			[]string{"four_eyes is gone: program.release", "four_eyes is new: office.open"}},
		{"a role that administers", nothing, administering("chief", "builder"),
			[]string{"administers of chief is new: builder"}},
		{"a role that administers more", administering("chief", "builder"), administering("chief", "builder", "porter"),
			[]string{"administers of chief is changed: from builder to builder, porter"}},
		{"another role that administers", administering("chief", "builder"), administering("porter", "builder"),
			[]string{"administers of chief is gone: builder", "administers of porter is new: builder"}},
		{"a lower bound", nothing, least(1), []string{"at_least of chief is new: 1"}},
		{"another lower bound", least(1), least(2), []string{"at_least of chief is changed: from 1 to 2"}},
		{"an upper bound", nothing, most(0), []string{"at_most of chief is new: 0"}},
		{"another upper bound", most(2), most(1), []string{"at_most of chief is changed: from 2 to 1"}},
		{"a lower bound of 0, which is none", nothing, least(0), nil},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			var got []string
			for _, change := range rbac.Diff(withPorter(test.before), withPorter(test.after)) {
				if change.Guard == "" {
					continue // what holders gain and lose, and who is to be validated
				}
				assert.False(t, change.Gains() || change.Loses(), "a change of a guard")
				assert.Empty(t, change.Revalidate)
				assert.Zero(t, change.Before)
				assert.Zero(t, change.After)
				got = append(got, change.String())
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestDiffGivesTheFieldsOfAGuard(t *testing.T) {
	guarded := officeWith(func(s *rbac.Spec) {
		s.FourEyes, s.AtLeast = []rbac.Action{"office.open"}, map[rbac.RoleID]int{"chief": 2}
	})
	var guards []rbac.Change
	for _, change := range rbac.Diff(guarded, officeWith(func(*rbac.Spec) {})) {
		if change.Guard != "" {
			guards = append(guards, change)
		}
	}
	assert.Equal(t, []rbac.Change{
		{Action: "office.open", Guard: "four_eyes", GuardBefore: "office.open"},
		{Role: "chief", Guard: "at_least", GuardBefore: "2"},
	}, guards)
}

// The guards and the roles of a layer are compared with those of the base.
func TestDiffOfALayer(t *testing.T) {
	office := officeWith(func(*rbac.Spec) {})
	ownOf := func(w rbac.Workspace) *rbac.Policy {
		return rbac.Must(office.With(rbac.Spec{
			Roles: []rbac.Role{{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: w,
				Permissions: rbac.Permissions{"office.open": rbac.ScopeWorkspace}}},
			Exclusive: [][]rbac.RoleID{{"builder", "cashier"}},
		}))
	}
	everybodys := rbac.Must(office.With(rbac.Spec{
		Roles: []rbac.Role{merchantRole("cashier", rbac.Permissions{"office.open": rbac.ScopeWorkspace})},
	}))
	const guard = " exclusive is new: builder, cashier"
	changed := func(from, to string) string {
		const grant = "workspace on workspace in "
		return "cashier has office.open changed: from " + grant + from + " to " + grant + to
	}
	const (
		shops      = `the developer workspace "shop" of "wallet"`
		bakerys    = `the developer workspace "bakery" of "wallet"`
		everywhere = "any developer workspace"
	)
	assert.Equal(t, []string{
		guard,
		"! builder: validate its holders again, it excludes more roles",
		"+ cashier gains office.open: workspace on workspace",
	}, signed(rbac.Diff(office, ownOf(theShop))), "a role of the shop's own")
	assert.Empty(t, rbac.Diff(ownOf(theShop), ownOf(theShop)), "the same")
	assert.Equal(t, []string{
		"! cashier: validate its holders again, the role is one workspace's own now",
		"± " + changed(shops, bakerys),
	}, signed(rbac.Diff(ownOf(theShop), ownOf(theBakery))), "another merchant's now")
	assert.Equal(t, []string{
		" exclusive is gone: builder, cashier", "+ " + changed(shops, everywhere),
	}, signed(rbac.Diff(ownOf(theShop), everybodys)), "everybody's now")
	assert.Equal(t, []string{
		guard,
		"! builder: validate its holders again, it excludes more roles",
		"! cashier: validate its holders again, the role is one workspace's own now",
		"- " + changed(everywhere, shops),
	}, signed(rbac.Diff(everybodys, ownOf(theShop))), "the shop's own now")
	own := rbac.Diff(office, ownOf(theShop))
	assert.Equal(t, theShop, own[len(own)-1].After.Workspace)
}

// Every change has a form in JSON, and says the same there.
func TestChangeMarshalJSON(t *testing.T) {
	own := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theShop,
		Permissions: rbac.Permissions{"program.release": rbac.ScopeOwn | rbac.ScopeAssigned}}
	before := officeWith(func(s *rbac.Spec) { s.AtLeast = map[rbac.RoleID]int{"chief": 1} })
	after := officeWith(func(s *rbac.Spec) {
		s.Roles = append(s.Roles[1:], own)
		s.FourEyes = []rbac.Action{"office.open"}
	})
	chief := func(fourEyes string) string {
		return fmt.Sprintf(`{"kind":"developer","scope":["workspace"],"target":["tenant","developer"]%s}`, fourEyes)
	}
	const releases = `{"kind":"developer","scope":["assigned"],"target":["miniprogram"]}`
	want := []string{
		`{"action":"office.open","guard":"four_eyes","guard_after":"office.open"}`,
		`{"role":"chief","guard":"at_least","guard_before":"1"}`,
		`{"role":"builder","revalidate":"the role is gone"}`,
		`{"role":"builder","action":"program.release","before":` + releases + `}`,
		`{"role":"cashier","action":"program.release","after":{"kind":"developer",` +
			`"workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"scope":["own","assigned"],` +
			`"target":["miniprogram"]}}`,
		`{"role":"chief","action":"office.open","before":` + chief("") + `,"after":` + chief(`,"four_eyes":true`) + `}`,
	}
	var got []string
	for _, change := range rbac.Diff(before, after) {
		document, err := json.Marshal(change)
		require.NoError(t, err)
		got = append(got, string(document))
	}
	assert.Equal(t, want, got)
	for _, zero := range []any{rbac.Change{}, rbac.Grant{}} {
		document, err := json.Marshal(zero)
		require.NoError(t, err)
		assert.Equal(t, "{}", string(document))
	}
	document, err := json.Marshal(rbac.Change{Role: "a\"b\n", Before: rbac.Grant{Kind: rbac.KindTenant}})
	require.NoError(t, err)
	assert.Equal(t, `{"role":"a\"b\n","before":{"kind":"tenant"}}`, string(document))
	for _, odd := range []rbac.Grant{{Kind: 9}, {Scope: 16}, {Target: 8}} { // no policy has such a value
		_, err := json.Marshal(rbac.Change{Before: odd})
		assert.Error(t, err, "%v", odd)
	}
}

// A new role has no holders to validate. They may still be needed.
func TestDiffOfANewRole(t *testing.T) {
	s := officeSpec()
	office := rbac.Must(rbac.New(officeSpec()))
	s.Roles = append(s.Roles, merchantRole("guard", nil))
	s.Exclusive = [][]rbac.RoleID{{"guard", "builder"}}
	s.AtMost = map[rbac.RoleID]int{"guard": 3}
	want := []string{
		" exclusive is new: builder, guard", " at_most of guard is new: 3",
		"! builder: validate its holders again, it excludes more roles",
	}
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
	require.Greater(t, len(changes), 1)
	want := rbac.Change{
		Role:   "builder",
		Action: "program.release",
		Before: rbac.Grant{Kind: rbac.KindDeveloper, Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram},
		After: rbac.Grant{
			Kind: rbac.KindDeveloper, Scope: rbac.ScopeWorkspace, Target: rbac.OnMiniProgram, FourEyes: true,
		},
	}
	assert.Equal(t, want, changes[1], "after the guard")
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
			scope = usableScopes(role.Kind, scope, target)
			if scope == rbac.ScopeOwn && slices.Contains(spec.FourEyes, action) {
				scope = 0 // nobody could ever use it
			}
			role.Permissions[action] = scope
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
