package rbac_test

import (
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaultsDeclareTheActionsOfThePublishedTable(t *testing.T) {
	t.Parallel()
	_, rows := publishedTable(t)
	actions := rbac.Defaults().Actions
	assert.Len(t, actions, len(rows))
	for _, row := range rows {
		assert.Equal(t, row["target"], actions[rbac.Action(row["action"])].String(), "the target of %s", row["action"])
	}
}

func TestDefaultsKeepTheLastAdmin(t *testing.T) {
	t.Parallel()
	defaults := rbac.Defaults()
	assert.Equal(t, rbac.DefaultRoles(), defaults.Roles)
	assert.Equal(t, map[rbac.RoleID]int{"workspace_admin": 1, "developer_admin": 1}, defaults.AtLeast)
	defaults.Actions, defaults.Roles, defaults.AtLeast = nil, nil, nil
	assert.Equal(t, rbac.Spec{}, defaults, "the other fields")
}

func TestDefaultsAndDefaultRolesAreFresh(t *testing.T) {
	t.Parallel()
	spoiled, before := rbac.Defaults(), rbac.Default().Fingerprint()
	for action := range spoiled.Actions {
		spoiled.Actions[action] = rbac.OnAny
		spoiled.Roles[0].Permissions[action] = rbac.ScopeTenant
	}
	spoiled.Roles[1], spoiled.AtLeast[rbac.WorkspaceAdmin] = rbac.Role{}, 0
	roles := rbac.DefaultRoles()
	clear(roles[0].Permissions)
	roles[1] = rbac.Role{}

	after := rbac.Must(rbac.New(rbac.Defaults())).Fingerprint()
	assert.Equal(t, before, after, "the defaults after a caller changed them")
	assert.Equal(t, rbac.OnTenant, rbac.Defaults().Actions[rbac.ListApps])
	assert.Equal(t, rbac.ScopeWorkspace, rbac.DefaultRoles()[0].Permissions[rbac.ListApps])
	assert.Equal(t, rbac.WorkspaceReviewer, rbac.DefaultRoles()[1].ID)
}

func TestNewGrantsACustomActionToNobodyUntilARoleDoes(t *testing.T) {
	t.Parallel()
	const export = rbac.Action("report.export")
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	declared := rbac.Spec{Actions: map[rbac.Action]rbac.Target{export: rbac.OnMiniProgram}}
	p := rbac.Must(rbac.New(rbac.Defaults(), declared))
	for _, role := range rbac.DefaultRoles() {
		place := wallet
		if role.Kind == rbac.KindDeveloper {
			place = shop
		}
		d := p.Check(staff("ann", place, inRole(role.ID, "mp-1")), export, place.MiniProgram("mp-1").OwnedBy("ann"))
		assert.Equal(t, rbac.ReasonNotGranted, d.Reason, "%s may not export", role.ID)
	}

	declared.Extend = map[rbac.RoleID]rbac.Permissions{rbac.DeveloperAdmin: {export: rbac.ScopeWorkspace}}
	p = rbac.Must(rbac.New(rbac.Defaults(), declared))
	dora := staff("dora", shop, inRole(rbac.DeveloperAdmin))
	assert.Equal(t, granted(rbac.DeveloperAdmin, rbac.ScopeWorkspace), p.Check(dora, export, shop.MiniProgram("mp-1")))
	assert.True(t, p.Can(dora, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")), "dora keeps what the role had")
	assert.False(t, p.Can(staff("wendy", wallet, inRole(rbac.WorkspaceAdmin)), export, wallet.MiniProgram("mp-1")),
		"wendy was not given it")
	assert.False(t, rbac.Can(dora, export, shop.MiniProgram("mp-1")), "the default policy does not know it")
}

func TestNewTreatsACustomRoleLikeAnyOther(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	p := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"inspection.warn": rbac.OnMiniProgram},
		Roles: []rbac.Role{{
			ID: "inspector", Kind: rbac.KindTenant, Name: "Mini Program Inspector",
			Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeTenant, "inspection.warn": rbac.ScopeTenant},
		}},
	}))
	mp1, mp42 := wallet.MiniProgram("mp-1"), shop.MiniProgram("mp-42")
	ines, misplaced := staff("ines", wallet, inRole("inspector")), staff("ines", shop, inRole("inspector"))
	assert.Equal(t, granted("inspector", rbac.ScopeTenant), p.Check(ines, "inspection.warn", mp42))
	assert.Equal(t, granted("inspector", rbac.ScopeTenant), p.Check(ines, rbac.ViewMiniProgram, mp1))
	assert.Equal(t, rbac.ReasonNotGranted, p.Check(ines, rbac.ReleaseMiniProgram, mp1).Reason)
	assert.Equal(t, rbac.ReasonOtherKind, p.Check(misplaced, rbac.ViewMiniProgram, mp42).Reason)
	assert.Equal(t, rbac.ReasonUnknownRole, rbac.Default().Check(ines, rbac.ViewMiniProgram, mp1).Reason)
}

// An extension is added to the role and to other extensions, in any order of the specs.
func TestNewAddsExtensionsUp(t *testing.T) {
	t.Parallel()
	own, assigned, tenant := rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeTenant
	role := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": rbac.OnMiniProgram, "b": rbac.OnMiniProgram, "c": rbac.OnMiniProgram},
		Roles:   []rbac.Role{tenantRole("r", rbac.Permissions{"a": own, "b": own})},
		Extend:  map[rbac.RoleID]rbac.Permissions{"r": {"c": own}},
	}
	one := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": assigned, "c": assigned}}}
	other := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": tenant, "b": 0}}}
	want := rbac.Permissions{"a": own | assigned | tenant, "b": own, "c": own | assigned}
	for _, specs := range [][]rbac.Spec{{role, one, other}, {other, one, role}, {one, role, other}} {
		p, err := rbac.New(specs...)
		require.NoError(t, err)
		assert.Equal(t, want, p.Spec().Roles[0].Permissions)
		assert.Empty(t, p.Spec().Extend, "extensions of the merged spec")
	}
	assert.Equal(t, rbac.Permissions{"a": own, "b": own}, role.Roles[0].Permissions, "the caller's spec")
}

func TestNewKeepsTheStricterBounds(t *testing.T) {
	t.Parallel()
	bounds := func(least, most int) rbac.Spec {
		return rbac.Spec{
			AtLeast: map[rbac.RoleID]int{rbac.WorkspaceAdmin: least},
			AtMost:  map[rbac.RoleID]int{rbac.WorkspaceAdmin: most},
		}
	}
	for sentence, specs := range map[string][]rbac.Spec{
		"the stricter first": {rbac.Defaults(), bounds(3, 5), bounds(2, 7)},
		"the stricter last":  {bounds(2, 7), bounds(3, 5), rbac.Defaults()},
		"one of each":        {bounds(3, 7), bounds(0, 5), rbac.Defaults()},
	} {
		spec := rbac.Must(rbac.New(specs...)).Spec()
		assert.Equal(t, map[rbac.RoleID]int{rbac.WorkspaceAdmin: 3, rbac.DeveloperAdmin: 1}, spec.AtLeast, sentence)
		assert.Equal(t, map[rbac.RoleID]int{rbac.WorkspaceAdmin: 5}, spec.AtMost, sentence)
	}
	spec := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		AtLeast: map[rbac.RoleID]int{rbac.Developer: 0},
		AtMost:  map[rbac.RoleID]int{rbac.Developer: 0, rbac.WorkspaceAdmin: 1},
	})).Spec()
	assert.NotContains(t, spec.AtLeast, rbac.Developer, "a lower bound of 0 is no bound")
	assert.Equal(t, map[rbac.RoleID]int{rbac.Developer: 0, rbac.WorkspaceAdmin: 1}, spec.AtMost,
		"an upper bound of 0 is one; 1 agrees with a lower bound of 1")
}

func TestNewKeepsExclusiveSetsAndFourEyesOnce(t *testing.T) {
	t.Parallel()
	admin, developer, operator := rbac.DeveloperAdmin, rbac.Developer, rbac.Operator
	one := rbac.Spec{
		Exclusive: [][]rbac.RoleID{{operator, developer}, {admin, operator}},
		FourEyes:  []rbac.Action{rbac.ViewApp, rbac.EditApp},
	}
	other := rbac.Spec{
		Exclusive: [][]rbac.RoleID{{developer, operator}, {developer, operator, admin}},
		FourEyes:  []rbac.Action{rbac.EditApp},
	}
	spec := rbac.Must(rbac.New(rbac.Defaults(), one, other)).Spec()
	want := [][]rbac.RoleID{{developer, admin, operator}, {developer, operator}, {admin, operator}}
	assert.Equal(t, want, spec.Exclusive)
	assert.Equal(t, []rbac.Action{rbac.EditApp, rbac.ViewApp}, spec.FourEyes)
}

func TestNewLetsSpecsNameWhatLaterOnesDeclare(t *testing.T) {
	t.Parallel()
	uses := rbac.Spec{
		Roles:     []rbac.Role{tenantRole("chef", rbac.Permissions{"dish.cook": rbac.ScopeOwn})},
		Extend:    map[rbac.RoleID]rbac.Permissions{"cook": {"dish.cook": rbac.ScopeOwn}},
		Exclusive: [][]rbac.RoleID{{"chef", "cook"}},
		FourEyes:  []rbac.Action{"dish.cook"},
		AtLeast:   map[rbac.RoleID]int{"cook": 1},
		AtMost:    map[rbac.RoleID]int{"cook": 1},
	}
	declares := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"dish.cook": rbac.OnMiniProgram},
		Roles:   []rbac.Role{{ID: "cook", Kind: rbac.KindDeveloper}},
	}
	later, err := rbac.New(uses, declares)
	require.NoError(t, err)
	earlier, err := rbac.New(declares, uses)
	require.NoError(t, err)
	assert.Equal(t, earlier.Spec(), later.Spec())
	assert.Equal(t, earlier.Fingerprint(), later.Fingerprint())
}

// onlyRole is a spec of one action of that target and one role of that kind that grants it.
func onlyRole(kind rbac.WorkspaceKind, target rbac.Target, scope rbac.Scope) rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": target},
		Roles:   []rbac.Role{{ID: "r", Kind: kind, Permissions: rbac.Permissions{"a": scope}}},
	}
}

func TestNewNamesWhatIsWrongWithASpec(t *testing.T) {
	t.Parallel()
	type actions = map[rbac.Action]rbac.Target
	chef, cook := tenantRole("chef", nil), merchantRole("cook", nil)
	declaring := func(declared actions) rbac.Spec { return rbac.Spec{Actions: declared} }
	defining := func(roles ...rbac.Role) rbac.Spec { return rbac.Spec{Roles: roles} }
	kitchen := func() rbac.Spec {
		dishes := actions{"dish.cook": rbac.OnMiniProgram, "dish.serve": rbac.OnAny}
		return rbac.Spec{Actions: dishes, Roles: []rbac.Role{chef, cook}}
	}
	granting := func(permissions rbac.Permissions) rbac.Spec {
		return rbac.Spec{Actions: kitchen().Actions, Roles: []rbac.Role{tenantRole("chef", permissions)}}
	}
	extending := func(id rbac.RoleID, permissions rbac.Permissions) rbac.Spec {
		spec := kitchen()
		spec.Extend = map[rbac.RoleID]rbac.Permissions{id: permissions}
		return spec
	}
	excluding := func(sets ...[]rbac.RoleID) rbac.Spec {
		spec := kitchen()
		spec.Exclusive = sets
		return spec
	}
	bounding := func(least, most map[rbac.RoleID]int) rbac.Spec {
		spec := kitchen()
		spec.AtLeast, spec.AtMost = least, most
		return spec
	}
	watching := func(watched ...rbac.Action) rbac.Spec {
		spec := kitchen()
		spec.FourEyes = watched
		return spec
	}
	const (
		noTarget  = `use tenant, developer, miniprogram or several of them`
		twice     = `role "chef" is defined twice; give it another id, or use extend to add permissions`
		oneRole   = `fewer than two roles; name the roles of which a member may hold only one`
		narrow    = `a developer role reaches its own workspace at most`
		notHome   = `the action is for tenant, which the own workspace of a developer role is not`
		notTenant = `the action is for developer, which the own workspace of a tenant role is not`
	)
	for sentence, row := range map[string]struct {
		spec    rbac.Spec
		problem string
	}{
		"an action without a name": {declaring(actions{"": rbac.OnAny}),
			`actions[""]: invalid name ""; ` + nameHint},
		"an action in capitals": {declaring(actions{"Dish.cook": rbac.OnAny}),
			`actions["Dish.cook"]: invalid name "Dish.cook"; ` + nameHint},
		"an action on nothing": {declaring(actions{"a": 0}),
			`actions["a"]: no target; ` + noTarget},
		"an action on an unknown target": {declaring(actions{"a": 8 | rbac.OnAny}),
			`actions["a"]: target(15) is not a target; ` + noTarget},

		"a role without a name": {defining(chef, rbac.Role{Kind: rbac.KindTenant}),
			`roles[1].id: invalid name ""; ` + nameHint},
		"a role without a kind": {defining(rbac.Role{ID: "chef"}),
			`roles[0].kind: no kind; use tenant or developer`},
		"a role of an unknown kind": {defining(rbac.Role{ID: "chef", Kind: 3}),
			`roles[0].kind: workspace kind(3) is not a kind; use tenant or developer`},
		"a role that is defined twice": {defining(chef, cook, chef),
			`roles[2]: ` + twice},
		"a role of two kinds": {defining(chef, merchantRole("chef", nil)),
			`roles[1]: ` + twice},

		"a permission of a misspelt action": {granting(rbac.Permissions{"dish.cok": rbac.ScopeOwn}),
			`roles[0].permissions: unknown action "dish.cok"; did you mean "dish.cook"?`},
		"a permission of an unknown action": {granting(rbac.Permissions{"napkin": rbac.ScopeOwn}),
			`roles[0].permissions: unknown action "napkin"; declare it in actions`},
		"a permission of an unknown action and no scope": {granting(rbac.Permissions{"napkin": 0}),
			`roles[0].permissions: unknown action "napkin"; declare it in actions`},

		"an unknown scope": {onlyRole(rbac.KindTenant, rbac.OnAny, 16),
			`roles[0].permissions["a"]: scope(16) is not a scope; use own, assigned, workspace or tenant`},
		"a merchant's role over the tenant": {onlyRole(rbac.KindDeveloper, rbac.OnAny, rbac.ScopeTenant),
			`roles[0].permissions["a"]: scope tenant cannot match; ` + narrow},
		"a workspace that is assigned": {onlyRole(rbac.KindTenant, rbac.OnWorkspace, rbac.ScopeAssigned),
			`roles[0].permissions["a"]: scope assigned cannot match; ` +
				`only mini programs are assigned, and the action is for workspace`},
		"a merchant's role on tenants": {onlyRole(rbac.KindDeveloper, rbac.OnTenant, rbac.ScopeWorkspace),
			`roles[0].permissions["a"]: scope workspace cannot match; ` + notHome},
		"a merchant's role on its own things of a tenant": {onlyRole(rbac.KindDeveloper, rbac.OnTenant, rbac.ScopeOwn),
			`roles[0].permissions["a"]: scope own cannot match; ` + notHome},
		"a tenant's role on its own things of a merchant": {
			onlyRole(rbac.KindTenant, rbac.OnDeveloper, rbac.ScopeTenant|rbac.ScopeOwn),
			`roles[0].permissions["a"]: scope own|tenant cannot match; ` + notTenant},

		"an unknown role extended": {extending("chief", rbac.Permissions{"dish.cook": rbac.ScopeOwn}),
			`extend["chief"]: unknown role "chief"; did you mean "chef"?`},
		"a role extended by an unknown action": {extending("chef", rbac.Permissions{"table.set": rbac.ScopeOwn}),
			`extend["chef"]: unknown action "table.set"; declare it in actions`},
		"a role extended beyond its kind": {extending("cook", rbac.Permissions{"dish.cook": rbac.ScopeTenant}),
			`extend["cook"]["dish.cook"]: scope tenant cannot match; ` + narrow},

		"an exclusive set of no role": {excluding([]rbac.RoleID{"chef", "cook"}, []rbac.RoleID{}),
			`exclusive[1]: ` + oneRole},
		"an exclusive set of one role": {excluding([]rbac.RoleID{"chef"}),
			`exclusive[0]: ` + oneRole},
		"an exclusive set of one role twice": {excluding([]rbac.RoleID{"chef", "chef"}),
			"exclusive[0][1]: role \"chef\" is repeated; name it once\nrbac: exclusive[0]: " + oneRole},
		"an exclusive set with a role twice": {excluding([]rbac.RoleID{"chef", "cook", "chef"}),
			`exclusive[0][2]: role "chef" is repeated; name it once`},
		"an exclusive set with an unknown role": {excluding([]rbac.RoleID{"chef", "waiter"}),
			`exclusive[0][1]: unknown role "waiter"; define it in roles`},

		"four eyes on an unknown action": {watching("dish.cook", "dish.serv"),
			`four_eyes[1]: unknown action "dish.serv"; did you mean "dish.serve"?`},
		"a lower bound of an unknown role": {bounding(map[rbac.RoleID]int{"waiter": 1}, nil),
			`at_least["waiter"]: unknown role "waiter"; define it in roles`},
		"an upper bound of an unknown role": {bounding(nil, map[rbac.RoleID]int{"waiter": 1}),
			`at_most["waiter"]: unknown role "waiter"; define it in roles`},
		"a negative lower bound": {bounding(map[rbac.RoleID]int{"chef": -1}, nil),
			`at_least["chef"]: -1 holders; use 0 to 2147483647`},
		"a negative upper bound": {bounding(nil, map[rbac.RoleID]int{"chef": -1}),
			`at_most["chef"]: -1 holders; use 0 to 2147483647`},
		"an upper bound below the lower one": {
			bounding(map[rbac.RoleID]int{"chef": 2, "cook": 2}, map[rbac.RoleID]int{"chef": 1, "cook": 2}),
			`at_most["chef"]: at most 1 holders, and at least 2; raise the one or lower the other`},
	} {
		p, err := rbac.New(row.spec)
		assert.EqualError(t, err, "rbac: "+row.problem, sentence)
		assert.Nil(t, p, sentence)
		var problem *rbac.ValidationError
		assert.ErrorAs(t, err, &problem, sentence)
	}
}

// New must refuse only what cannot match, because everything else may be what a host means.
func TestNewAcceptsEveryScopeThatCanMatch(t *testing.T) {
	t.Parallel()
	accepted := 0
	for _, kind := range []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper} {
		for target := rbac.OnTenant; target <= rbac.OnAny; target++ {
			for scope := rbac.Scope(0); scope < 16; scope++ {
				_, err := rbac.New(onlyRole(kind, target, scope))
				want := canMatch(kind, target, scope)
				assert.Equal(t, want, err == nil, "a %s role, an action on %s, the scope %s", kind, target, scope)
				if err == nil {
					accepted++
				}
			}
		}
	}
	assert.Equal(t, 123, accepted, "of 224 combinations: 82 for a tenant's role, 41 for a merchant's")
}

// canMatch is true if each flag of the scope reaches some resource of the target.
func canMatch(kind rbac.WorkspaceKind, target rbac.Target, scope rbac.Scope) bool {
	home := rbac.OnMiniProgram | rbac.OnTenant
	if kind == rbac.KindDeveloper {
		home = rbac.OnMiniProgram | rbac.OnDeveloper
	}
	if scope&(rbac.ScopeOwn|rbac.ScopeWorkspace) != 0 && target&home == 0 {
		return false
	}
	if scope&rbac.ScopeAssigned != 0 && target&rbac.OnMiniProgram == 0 {
		return false
	}
	return scope&rbac.ScopeTenant == 0 || kind == rbac.KindTenant
}

// The order is that of the specs and of their fields: first what they declare, then what they say about it, then what
// contradicts itself. Maps are in name order.
func TestNewReportsEveryProblemInAFixedOrder(t *testing.T) {
	t.Parallel()
	first := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"z": 0, "B": rbac.OnAny, "a": rbac.OnMiniProgram},
		Roles: []rbac.Role{
			{ID: "chef", Name: strings.Repeat("x", 257), Description: "\xff"},
			merchantRole("cook", rbac.Permissions{"y": rbac.ScopeOwn, "a": rbac.ScopeTenant, "x": 16}),
		},
		AtLeast: map[rbac.RoleID]int{"cook": 3, "chef": 3},
	}
	second := rbac.Spec{
		Actions:   map[rbac.Action]rbac.Target{"a": rbac.OnAny},
		Roles:     []rbac.Role{{ID: "cook", Kind: rbac.KindTenant}},
		Extend:    map[rbac.RoleID]rbac.Permissions{"v": {"a": rbac.ScopeTenant}, "u": nil},
		Exclusive: [][]rbac.RoleID{{"cook"}},
		FourEyes:  []rbac.Action{"q", "p"},
		AtLeast:   map[rbac.RoleID]int{"t": -1, "s": 0},
		AtMost:    map[rbac.RoleID]int{"cook": 2, "chef": 1},
	}
	want := []string{
		`rbac: specs[0].actions["B"]: invalid name "B"; ` + nameHint,
		`rbac: specs[0].actions["z"]: no target; use tenant, developer, miniprogram or several of them`,
		`rbac: specs[0].roles[0].kind: no kind; use tenant or developer`,
		`rbac: specs[0].roles[0].name: 257 bytes are too many; use 256 at most`,
		`rbac: specs[0].roles[0].description: text that is damaged or not UTF-8; replace the damaged text`,
		`rbac: specs[1].actions["a"]: the action is declared twice; declare it in one spec only`,
		`rbac: specs[1].roles[0]: role "cook" is defined twice; give it another id, or use extend to add permissions`,
		`rbac: specs[0].roles[1].permissions["a"]: scope tenant cannot match; ` +
			`a developer role reaches its own workspace at most`,
		`rbac: specs[0].roles[1].permissions: unknown action "x"; did you mean "B"?`,
		`rbac: specs[0].roles[1].permissions["x"]: scope(16) is not a scope; use own, assigned, workspace or tenant`,
		`rbac: specs[0].roles[1].permissions: unknown action "y"; did you mean "B"?`,
		`rbac: specs[1].extend["u"]: unknown role "u"; define it in roles`,
		`rbac: specs[1].extend["v"]: unknown role "v"; define it in roles`,
		`rbac: specs[1].exclusive[0]: fewer than two roles; name the roles of which a member may hold only one`,
		`rbac: specs[1].four_eyes[0]: unknown action "q"; did you mean "B"?`,
		`rbac: specs[1].four_eyes[1]: unknown action "p"; did you mean "B"?`,
		`rbac: specs[1].at_least["s"]: unknown role "s"; define it in roles`,
		`rbac: specs[1].at_least["t"]: unknown role "t"; define it in roles`,
		`rbac: specs[1].at_least["t"]: -1 holders; use 0 to 2147483647`,
		`rbac: at_most["chef"]: at most 1 holders, and at least 3; raise the one or lower the other`,
		`rbac: at_most["cook"]: at most 2 holders, and at least 3; raise the one or lower the other`,
	}
	for range 20 {
		p, err := rbac.New(first, second)
		require.Error(t, err)
		require.Equal(t, want, strings.Split(err.Error(), "\n"))
		require.Nil(t, p)
	}
}

// A hostile name must neither forge a line of a log nor fill it.
func TestNewQuotesTheStartOfAHostileName(t *testing.T) {
	t.Parallel()
	for name, quoted := range map[string]string{
		"a\nb":                          `"a\nb"`,
		strings.Repeat("A", 64):         `"` + strings.Repeat("A", 64) + `"`,
		strings.Repeat("A", 65):         `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 16<<20):     `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 63) + "é.b": `"` + strings.Repeat("A", 63) + `\xc3"...`,
	} {
		_, err := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
		assert.EqualError(t, err, "rbac: actions["+quoted+"]: invalid name "+quoted+"; "+nameHint)
		_, err = rbac.New(rbac.Spec{FourEyes: []rbac.Action{rbac.Action(name)}})
		assert.EqualError(t, err, "rbac: four_eyes[0]: unknown action "+quoted+"; declare it in actions")
	}
}

func TestNewChecksTheNameAndDescriptionOfARole(t *testing.T) {
	t.Parallel()
	const damaged = "text that is damaged or not UTF-8; replace the damaged text"
	name256, name257 := strings.Repeat("n", 256), strings.Repeat("n", 257)
	text1024, text1025 := strings.Repeat("d", 1_024), strings.Repeat("d", 1_025)
	for sentence, row := range map[string]struct{ name, description, problem string }{
		"nothing":             {"", "", ""},
		"a name of 256 bytes": {name256, "", ""},
		"a name of 257 bytes": {name257, "", "name: 257 bytes are too many; use 256 at most"},
		"a name of 128 é":     {strings.Repeat("é", 128), "", ""},
		"a name of 129 é": {
			strings.Repeat("é", 129), "", "name: 258 bytes are too many; use 256 at most",
		},
		"a description of 1,024 bytes": {"", text1024, ""},
		"a description of 1,025 bytes": {"", text1025, "description: 1025 bytes are too many; use 1024 at most"},

		"a name in any script":            {"審査員 \"<&>\" \u2028 😀", "\t\n", ""},
		"a name that is not UTF-8":        {"a\xff", "", "name: " + damaged},
		"a name with U+FFFD":              {"a\ufffd", "", "name: " + damaged},
		"a description that is not UTF-8": {"", "\xed\xa0\x80", "description: " + damaged},
		"a long and damaged name": {
			strings.Repeat("\xff", 300), "", "name: 300 bytes are too many; use 256 at most",
		},
	} {
		role := rbac.Role{ID: "r", Kind: rbac.KindTenant, Name: row.name, Description: row.description}
		_, err := rbac.New(rbac.Spec{Roles: []rbac.Role{role}})
		if row.problem == "" {
			assert.NoError(t, err, sentence)
			continue
		}
		assert.EqualError(t, err, "rbac: roles[0]."+row.problem, sentence)
	}
}

func TestNewLimitsActionsAndRoles(t *testing.T) {
	t.Parallel()
	actions := func(number int, name string) rbac.Spec { return rbac.Spec{Actions: manyActions(number, name)} }
	roles := func(number int, name string) rbac.Spec { return rbac.Spec{Roles: manyRoles(number, name)} }
	both := rbac.Spec{Actions: manyActions(4_097, "a"), Roles: manyRoles(16_385, "r")}
	named, bounded := actions(4_097, "a"), roles(16_385, "r")
	named.FourEyes, bounded.AtMost = []rbac.Action{"a0"}, map[rbac.RoleID]int{"r0": 1}
	const tooManyActions = "more than 4096 actions; declare fewer"
	const tooManyRoles = "more than 16384 roles; define fewer"
	for sentence, row := range map[string]struct {
		specs   []rbac.Spec
		problem string
	}{
		"4,096 actions in one spec":  {[]rbac.Spec{actions(4_096, "a")}, ""},
		"4,096 actions in two specs": {[]rbac.Spec{actions(4_000, "a"), actions(96, "b")}, ""},
		"4,097 actions in one spec":  {[]rbac.Spec{actions(4_097, "a")}, "rbac: actions: " + tooManyActions},
		"4,097 actions in two specs": {
			[]rbac.Spec{actions(4_000, "a"), actions(97, "b")}, "rbac: specs[1].actions: " + tooManyActions,
		},
		"16,384 roles in one spec":  {[]rbac.Spec{roles(16_384, "r")}, ""},
		"16,384 roles in two specs": {[]rbac.Spec{roles(16_000, "r"), roles(384, "s")}, ""},
		"16,385 roles in one spec":  {[]rbac.Spec{roles(16_385, "r")}, "rbac: roles: " + tooManyRoles},
		"16,385 roles in two specs": {
			[]rbac.Spec{roles(16_000, "r"), roles(385, "s")}, "rbac: specs[1].roles: " + tooManyRoles,
		},
		"4,097 actions and 16,385 roles": {
			[]rbac.Spec{both}, "rbac: actions: " + tooManyActions + "\nrbac: roles: " + tooManyRoles,
		},
		"4,097 actions, one of them under four eyes": {[]rbac.Spec{named}, "rbac: actions: " + tooManyActions},
		"16,385 roles, one of them with a bound":     {[]rbac.Spec{bounded}, "rbac: roles: " + tooManyRoles},
	} {
		p, err := rbac.New(row.specs...)
		if row.problem == "" {
			assert.NoError(t, err, sentence)
			assert.NotNil(t, p, sentence)
			continue
		}
		assert.EqualError(t, err, row.problem, sentence)
		assert.Nil(t, p, sentence)
	}
}

func TestNewLimitsThePolicyTo16MiB(t *testing.T) {
	t.Parallel()
	largest := describedRoles(16 << 20)
	p, err := rbac.New(largest)
	require.NoError(t, err)
	document, err := p.Spec().MarshalJSON()
	require.NoError(t, err)
	require.Len(t, document, 16<<20)

	oversized := describedRoles(16<<20 + 1)
	halves := []rbac.Spec{{Roles: oversized.Roles[:8_000]}, {Roles: oversized.Roles[8_000:]}}
	for sentence, specs := range map[string][]rbac.Spec{"one spec": {oversized}, "two specs": halves} {
		p, err = rbac.New(specs...)
		const tooLong = "rbac: the document has 16777217 bytes; 16777216 are the most; define fewer roles"
		assert.EqualError(t, err, tooLong, sentence)
		assert.Nil(t, p, sentence)
	}
}
