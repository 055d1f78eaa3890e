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
		assert.Equal(t, row["target"], actions[rbac.Action(row["action"])].String(), "what %s is done to",
			row["action"])
	}
}

func TestDefaultsKeepTheLastAdmin(t *testing.T) {
	t.Parallel()
	defaults := rbac.Defaults()
	assert.Equal(t, rbac.DefaultRoles(), defaults.Roles)
	assert.Equal(t, map[rbac.RoleID]int{"workspace_admin": 1, "developer_admin": 1}, defaults.AtLeast)
	defaults.Actions, defaults.Roles, defaults.AtLeast = nil, nil, nil
	assert.Equal(t, rbac.Spec{}, defaults, "nothing but actions, roles and the last admins")
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

	assert.Equal(t, before, rbac.Must(rbac.New(rbac.Defaults())).Fingerprint(), "the defaults stay as they were")
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
		"nobody said that wendy may export")
	assert.False(t, rbac.Can(dora, export, shop.MiniProgram("mp-1")), "the default policy is as it was")
}

func TestNewTreatsACustomRoleLikeAnyOther(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	p := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"inspection.warn": rbac.OnMiniProgram},
		Roles: []rbac.Role{{ID: "inspector", Kind: rbac.KindTenant, Name: "Mini Program Inspector",
			Permissions: rbac.Permissions{
				rbac.ViewMiniProgram: rbac.ScopeTenant, "inspection.warn": rbac.ScopeTenant,
			}}},
	}))
	ines := staff("ines", wallet, inRole("inspector"))
	assert.Equal(t, granted("inspector", rbac.ScopeTenant), p.Check(ines, "inspection.warn", shop.MiniProgram("mp-42")))
	assert.Equal(t, granted("inspector", rbac.ScopeTenant),
		p.Check(ines, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1")))
	assert.Equal(t, rbac.ReasonNotGranted, p.Check(ines, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1")).Reason)
	assert.Equal(t, rbac.ReasonOtherKind,
		p.Check(staff("ines", shop, inRole("inspector")), rbac.ViewMiniProgram, shop.MiniProgram("mp-42")).Reason)
	assert.Equal(t, rbac.ReasonUnknownRole,
		rbac.Default().Check(ines, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1")).Reason)
}

// Whatever order the specs come in, an extension is added to the role and to what other specs add.
func TestNewAddsExtensionsUp(t *testing.T) {
	t.Parallel()
	role := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": rbac.OnMiniProgram, "b": rbac.OnMiniProgram, "c": rbac.OnMiniProgram},
		Roles: []rbac.Role{{ID: "r", Kind: rbac.KindTenant,
			Permissions: rbac.Permissions{"a": rbac.ScopeOwn, "b": rbac.ScopeOwn}}},
		Extend: map[rbac.RoleID]rbac.Permissions{"r": {"c": rbac.ScopeOwn}},
	}
	one := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": rbac.ScopeAssigned, "c": rbac.ScopeAssigned}}}
	other := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": rbac.ScopeTenant, "b": 0}}}
	want := rbac.Permissions{"a": rbac.ScopeOwn | rbac.ScopeAssigned | rbac.ScopeTenant, "b": rbac.ScopeOwn,
		"c": rbac.ScopeOwn | rbac.ScopeAssigned}
	for _, specs := range [][]rbac.Spec{{role, one, other}, {other, one, role}, {one, role, other}} {
		p, err := rbac.New(specs...)
		require.NoError(t, err)
		assert.Equal(t, want, p.Spec().Roles[0].Permissions)
		assert.Empty(t, p.Spec().Extend, "nothing is left to extend")
	}
	assert.Equal(t, rbac.Permissions{"a": rbac.ScopeOwn, "b": rbac.ScopeOwn}, role.Roles[0].Permissions,
		"the spec stays as it was")
}

func TestNewKeepsTheStricterBounds(t *testing.T) {
	t.Parallel()
	bounds := func(least, most int) rbac.Spec {
		return rbac.Spec{AtLeast: map[rbac.RoleID]int{rbac.WorkspaceAdmin: least},
			AtMost: map[rbac.RoleID]int{rbac.WorkspaceAdmin: most}}
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
	assert.NotContains(t, spec.AtLeast, rbac.Developer, "at least none says nothing")
	assert.Equal(t, map[rbac.RoleID]int{rbac.Developer: 0, rbac.WorkspaceAdmin: 1}, spec.AtMost,
		"at most none says something, and one is within at least one")
}

func TestNewKeepsEachExclusiveSetOnce(t *testing.T) {
	t.Parallel()
	one := rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Operator, rbac.Developer}, {rbac.DeveloperAdmin, rbac.Operator}},
		FourEyes: []rbac.Action{rbac.ViewApp, rbac.EditApp}}
	other := rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator},
		{rbac.Developer, rbac.Operator, rbac.DeveloperAdmin}}, FourEyes: []rbac.Action{rbac.EditApp}}
	spec := rbac.Must(rbac.New(rbac.Defaults(), one, other)).Spec()
	assert.Equal(t, [][]rbac.RoleID{
		{rbac.Developer, rbac.DeveloperAdmin, rbac.Operator}, {rbac.Developer, rbac.Operator},
		{rbac.DeveloperAdmin, rbac.Operator},
	}, spec.Exclusive)
	assert.Equal(t, []rbac.Action{rbac.EditApp, rbac.ViewApp}, spec.FourEyes)
}

func TestNewLetsSpecsNameWhatLaterOnesDeclare(t *testing.T) {
	t.Parallel()
	uses := rbac.Spec{
		Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant,
			Permissions: rbac.Permissions{"dish.cook": rbac.ScopeOwn}}},
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
	forth, err := rbac.New(uses, declares)
	require.NoError(t, err)
	back, err := rbac.New(declares, uses)
	require.NoError(t, err)
	assert.Equal(t, forth.Spec(), back.Spec())
	assert.Equal(t, forth.Fingerprint(), back.Fingerprint())
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
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	roles := []rbac.Role{{ID: "chef", Kind: rbac.KindTenant}, {ID: "cook", Kind: rbac.KindDeveloper}}
	actions := map[rbac.Action]rbac.Target{"dish.cook": rbac.OnMiniProgram, "dish.serve": rbac.OnAny}
	for sentence, row := range map[string]struct {
		spec    rbac.Spec
		problem string
	}{
		"an action without a name": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"": rbac.OnAny}},
			`rbac: actions[""]: invalid name ""; ` + anyName},
		"an action in capitals": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"Dish.cook": rbac.OnAny}},
			`rbac: actions["Dish.cook"]: invalid name "Dish.cook"; ` + anyName},
		"an action on nothing": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"a": 0}},
			`rbac: actions["a"]: no target; use tenant, developer, miniprogram or several of them`},
		"an action on what does not exist": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"a": 8 | rbac.OnAny}},
			`rbac: actions["a"]: target(15) is not a target; use tenant, developer, miniprogram or several of them`},
		"a role without a name": {rbac.Spec{Roles: []rbac.Role{roles[0], {Kind: rbac.KindTenant}}},
			`rbac: roles[1].id: invalid name ""; ` + anyName},
		"a role without a kind": {rbac.Spec{Roles: []rbac.Role{{ID: "chef"}}},
			`rbac: roles[0].kind: no kind; use tenant or developer`},
		"a role of a kind that does not exist": {rbac.Spec{Roles: []rbac.Role{{ID: "chef", Kind: 3}}},
			`rbac: roles[0].kind: workspace kind(3) is not a kind; use tenant or developer`},
		"a role that is defined twice": {rbac.Spec{Roles: []rbac.Role{roles[0], roles[1], roles[0]}},
			`rbac: roles[2]: role "chef" is defined twice; give it another id, or use extend to add permissions`},
		"a role of two kinds": {rbac.Spec{Roles: []rbac.Role{roles[0], {ID: "chef", Kind: rbac.KindDeveloper}}},
			`rbac: roles[1]: role "chef" is defined twice; give it another id, or use extend to add permissions`},

		"a permission of an unknown action": {rbac.Spec{Actions: actions,
			Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant,
				Permissions: rbac.Permissions{"dish.cok": rbac.ScopeOwn}}}},
			`rbac: roles[0].permissions: unknown action "dish.cok"; did you mean "dish.cook"?`},
		"a permission of an action that is like no other": {rbac.Spec{Actions: actions,
			Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant,
				Permissions: rbac.Permissions{"napkin": rbac.ScopeOwn}}}},
			`rbac: roles[0].permissions: unknown action "napkin"; declare it in actions`},
		"a permission of an unknown action and no scope": {rbac.Spec{Actions: actions,
			Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"napkin": 0}}}},
			`rbac: roles[0].permissions: unknown action "napkin"; declare it in actions`},
		"an unknown scope": {onlyRole(rbac.KindTenant, rbac.OnAny, 16),
			`rbac: roles[0].permissions["a"]: scope(16) is not a scope; use own, assigned, workspace or tenant`},
		"a merchant's role over the tenant": {onlyRole(rbac.KindDeveloper, rbac.OnAny, rbac.ScopeTenant),
			`rbac: roles[0].permissions["a"]: scope tenant cannot match; a developer role reaches its own workspace at most`},
		"a workspace that is assigned": {onlyRole(rbac.KindTenant, rbac.OnWorkspace, rbac.ScopeAssigned),
			`rbac: roles[0].permissions["a"]: scope assigned cannot match; only mini programs are assigned, and the action is for workspace`},
		"a merchant's role on tenants": {onlyRole(rbac.KindDeveloper, rbac.OnTenant, rbac.ScopeWorkspace),
			`rbac: roles[0].permissions["a"]: scope workspace cannot match; the action is for tenant, which the own workspace of a developer role is not`},
		"a merchant's role on its own tenant": {onlyRole(rbac.KindDeveloper, rbac.OnTenant, rbac.ScopeOwn),
			`rbac: roles[0].permissions["a"]: scope own cannot match; the action is for tenant, which the own workspace of a developer role is not`},
		"a tenant's role on merchants, at home": {onlyRole(rbac.KindTenant, rbac.OnDeveloper,
			rbac.ScopeTenant|rbac.ScopeOwn),
			`rbac: roles[0].permissions["a"]: scope own|tenant cannot match; the action is for developer, which the own workspace of a tenant role is not`},

		"an unknown role extended": {rbac.Spec{Actions: actions, Roles: roles,
			Extend: map[rbac.RoleID]rbac.Permissions{"chief": {"dish.cook": rbac.ScopeOwn}}},
			`rbac: extend["chief"]: unknown role "chief"; did you mean "chef"?`},
		"a role extended with an unknown action": {rbac.Spec{Actions: actions, Roles: roles,
			Extend: map[rbac.RoleID]rbac.Permissions{"chef": {"table.set": rbac.ScopeOwn}}},
			`rbac: extend["chef"]: unknown action "table.set"; declare it in actions`},
		"a role extended beyond its kind": {rbac.Spec{Actions: actions, Roles: roles,
			Extend: map[rbac.RoleID]rbac.Permissions{"cook": {"dish.cook": rbac.ScopeTenant}}},
			`rbac: extend["cook"]["dish.cook"]: scope tenant cannot match; a developer role reaches its own workspace at most`},

		"an exclusive set of nobody": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef", "cook"}, {}}},
			`rbac: exclusive[1]: fewer than two roles; name the roles of which a member may hold only one`},
		"an exclusive set of one": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef"}}},
			`rbac: exclusive[0]: fewer than two roles; name the roles of which a member may hold only one`},
		"an exclusive set of one role twice": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef", "chef"}}},
			"rbac: exclusive[0][1]: role \"chef\" stands twice; name it once\n" +
				"rbac: exclusive[0]: fewer than two roles; name the roles of which a member may hold only one"},
		"an exclusive set with a role twice": {rbac.Spec{Roles: roles,
			Exclusive: [][]rbac.RoleID{{"chef", "cook", "chef"}}},
			`rbac: exclusive[0][2]: role "chef" stands twice; name it once`},
		"an exclusive set with an unknown role": {rbac.Spec{Roles: roles,
			Exclusive: [][]rbac.RoleID{{"chef", "waiter"}}},
			`rbac: exclusive[0][1]: unknown role "waiter"; define it in roles`},

		"four eyes on an unknown action": {rbac.Spec{Actions: actions,
			FourEyes: []rbac.Action{"dish.cook", "dish.serv"}},
			`rbac: four_eyes[1]: unknown action "dish.serv"; did you mean "dish.serve"?`},
		"at least so many of an unknown role": {rbac.Spec{Roles: roles, AtLeast: map[rbac.RoleID]int{"waiter": 1}},
			`rbac: at_least["waiter"]: unknown role "waiter"; define it in roles`},
		"at most so many of an unknown role": {rbac.Spec{Roles: roles, AtMost: map[rbac.RoleID]int{"waiter": 1}},
			`rbac: at_most["waiter"]: unknown role "waiter"; define it in roles`},
		"at least fewer than none": {rbac.Spec{Roles: roles, AtLeast: map[rbac.RoleID]int{"chef": -1}},
			`rbac: at_least["chef"]: -1 holders; use 0 to 2147483647`},
		"at most fewer than none": {rbac.Spec{Roles: roles, AtMost: map[rbac.RoleID]int{"chef": -1}},
			`rbac: at_most["chef"]: -1 holders; use 0 to 2147483647`},
		"at most fewer than at least": {rbac.Spec{Roles: roles, AtLeast: map[rbac.RoleID]int{"chef": 2, "cook": 2},
			AtMost: map[rbac.RoleID]int{"chef": 1, "cook": 2}},
			`rbac: at_most["chef"]: at most 1 holders, and at least 2; raise the one or lower the other`},
	} {
		p, err := rbac.New(row.spec)
		assert.EqualError(t, err, row.problem, sentence)
		assert.Nil(t, p, sentence)
		var problem *rbac.ValidationError
		assert.ErrorAs(t, err, &problem, sentence)
	}
}

// Every other scope than those that cannot match is accepted, so that no host is kept from saying what it means.
func TestNewAcceptsEveryScopeThatCanMatch(t *testing.T) {
	t.Parallel()
	accepted := 0
	for _, kind := range []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper} {
		for target := rbac.OnTenant; target <= rbac.OnAny; target++ {
			for scope := rbac.Scope(0); scope < 16; scope++ {
				_, err := rbac.New(onlyRole(kind, target, scope))
				assert.Equal(t, canMatch(kind, target, scope), err == nil, "a %s role, an action on %s, the scope %s",
					kind, target, scope)
				if err == nil {
					accepted++
				}
			}
		}
	}
	assert.Equal(t, 123, accepted, "of 224 combinations: 82 for a tenant's role, 41 for a merchant's")
}

// canMatch says for each flag of a scope that some resource of that target is reached.
func canMatch(kind rbac.WorkspaceKind, target rbac.Target, scope rbac.Scope) bool {
	home := map[rbac.WorkspaceKind]rbac.Target{rbac.KindTenant: rbac.OnTenant,
		rbac.KindDeveloper: rbac.OnDeveloper}[kind]
	atHome := target&home != 0 || target&rbac.OnMiniProgram != 0
	if scope&rbac.ScopeOwn != 0 && !atHome {
		return false
	}
	if scope&rbac.ScopeWorkspace != 0 && !atHome {
		return false
	}
	if scope&rbac.ScopeAssigned != 0 && target&rbac.OnMiniProgram == 0 {
		return false
	}
	return scope&rbac.ScopeTenant == 0 || kind == rbac.KindTenant
}

// All that is wrong is said at once, in the order of the specs and of their fields: first what they declare, then what
// they say of it, then what contradicts itself. Maps are gone through in the order of names.
func TestNewReportsEveryProblemInAFixedOrder(t *testing.T) {
	t.Parallel()
	first := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"z": 0, "B": rbac.OnAny, "a": rbac.OnMiniProgram},
		Roles: []rbac.Role{
			{ID: "chef", Name: strings.Repeat("x", 257), Description: "\xff"},
			{ID: "cook", Kind: rbac.KindDeveloper,
				Permissions: rbac.Permissions{"y": rbac.ScopeOwn, "a": rbac.ScopeTenant, "x": 16}},
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
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	want := []string{
		`rbac: specs[0].actions["B"]: invalid name "B"; ` + anyName,
		`rbac: specs[0].actions["z"]: no target; use tenant, developer, miniprogram or several of them`,
		`rbac: specs[0].roles[0].kind: no kind; use tenant or developer`,
		`rbac: specs[0].roles[0].name: 257 bytes are too many; use 256 at most`,
		`rbac: specs[0].roles[0].description: text that is damaged or not UTF-8; write the text anew`,
		`rbac: specs[1].actions["a"]: the action is declared twice; declare it in one spec only`,
		`rbac: specs[1].roles[0]: role "cook" is defined twice; give it another id, or use extend to add permissions`,
		`rbac: specs[0].roles[1].permissions["a"]: scope tenant cannot match; a developer role reaches its own workspace at most`,
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

// A name is quoted and cut, so that a hostile one neither breaks a log nor fills it.
func TestNewQuotesTheStartOfAHostileName(t *testing.T) {
	t.Parallel()
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	for name, quoted := range map[string]string{
		"a\nb":                          `"a\nb"`,
		strings.Repeat("A", 64):         `"` + strings.Repeat("A", 64) + `"`,
		strings.Repeat("A", 65):         `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 16<<20):     `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 63) + "é.b": `"` + strings.Repeat("A", 63) + `\xc3"...`,
	} {
		_, err := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
		assert.EqualError(t, err, "rbac: actions["+quoted+"]: invalid name "+quoted+"; "+anyName)
		_, err = rbac.New(rbac.Spec{FourEyes: []rbac.Action{rbac.Action(name)}})
		assert.EqualError(t, err, "rbac: four_eyes[0]: unknown action "+quoted+"; declare it in actions")
	}
}

func TestNewChecksTheNameAndDescriptionOfARole(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct{ name, description, problem string }{
		"nothing":           {"", "", ""},
		"256 bytes of name": {strings.Repeat("n", 256), "", ""},
		"257 bytes of name": {strings.Repeat("n", 257), "",
			"rbac: roles[0].name: 257 bytes are too many; use 256 at most"},
		"256 bytes of 128 letters": {strings.Repeat("é", 128), "", ""},
		"258 bytes of 129 letters": {strings.Repeat("é", 129), "",
			"rbac: roles[0].name: 258 bytes are too many; use 256 at most"},
		"1,024 bytes of description": {"", strings.Repeat("d", 1_024), ""},
		"1,025 bytes of description": {"", strings.Repeat("d", 1_025),
			"rbac: roles[0].description: 1025 bytes are too many; use 1024 at most"},
		"a name in any script": {"審査員 \"<&>\" \u2028 😀", "\t\n", ""},
		"a name that is not UTF-8": {"a\xff", "",
			"rbac: roles[0].name: text that is damaged or not UTF-8; write the text anew"},
		"a name with U+FFFD": {"a\ufffd", "",
			"rbac: roles[0].name: text that is damaged or not UTF-8; write the text anew"},
		"a description that is not UTF-8": {"", "\xed\xa0\x80",
			"rbac: roles[0].description: text that is damaged or not UTF-8; write the text anew"},
		"too long and damaged are one thing": {strings.Repeat("\xff", 300), "",
			"rbac: roles[0].name: 300 bytes are too many; use 256 at most"},
	} {
		_,
			err := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Name: row.name,
			Description: row.description}}})
		if row.problem == "" {
			assert.NoError(t, err, sentence)
			continue
		}
		assert.EqualError(t, err, row.problem, sentence)
	}
}

func TestNewLimitsActionsAndRoles(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		specs   []rbac.Spec
		problem string
	}{
		"4,096 actions":        {[]rbac.Spec{{Actions: manyActions(4_096, "a")}}, ""},
		"4,096 actions of two": {[]rbac.Spec{{Actions: manyActions(4_000, "a")}, {Actions: manyActions(96, "b")}}, ""},
		"4,097 actions": {[]rbac.Spec{{Actions: manyActions(4_097, "a")}},
			"rbac: actions: more than 4096 actions; declare fewer"},
		"4,097 actions of two": {[]rbac.Spec{{Actions: manyActions(4_000, "a")}, {Actions: manyActions(97, "b")}},
			"rbac: specs[1].actions: more than 4096 actions; declare fewer"},
		"16,384 roles":        {[]rbac.Spec{{Roles: manyRoles(16_384, "r")}}, ""},
		"16,384 roles of two": {[]rbac.Spec{{Roles: manyRoles(16_000, "r")}, {Roles: manyRoles(384, "s")}}, ""},
		"16,385 roles": {[]rbac.Spec{{Roles: manyRoles(16_385, "r")}},
			"rbac: roles: more than 16384 roles; define fewer"},
		"16,385 roles of two": {[]rbac.Spec{{Roles: manyRoles(16_000, "r")}, {Roles: manyRoles(385, "s")}},
			"rbac: specs[1].roles: more than 16384 roles; define fewer"},
		"4,097 actions, and 16,385 roles": {[]rbac.Spec{{Actions: manyActions(4_097, "a"),
			Roles: manyRoles(16_385, "r")}},
			"rbac: actions: more than 4096 actions; declare fewer\nrbac: roles: more than 16384 roles; define fewer"},
		"4,097 actions, of which one is named elsewhere": {[]rbac.Spec{{Actions: manyActions(4_097, "a"),
			FourEyes: []rbac.Action{"a0"}}},
			"rbac: actions: more than 4096 actions; declare fewer"},
		"16,385 roles, of which one is named elsewhere": {[]rbac.Spec{{Roles: manyRoles(16_385, "r"),
			AtMost: map[rbac.RoleID]int{"r0": 1}}},
			"rbac: roles: more than 16384 roles; define fewer"},
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

	tooLarge := describedRoles(16<<20 + 1)
	halves := []rbac.Spec{{Roles: tooLarge.Roles[:8_000]}, {Roles: tooLarge.Roles[8_000:]}}
	for sentence, specs := range map[string][]rbac.Spec{"one spec": {tooLarge}, "two specs": halves} {
		p, err = rbac.New(specs...)
		assert.EqualError(t, err, "rbac: the document has 16777217 bytes; 16777216 are the most; define fewer roles",
			sentence)
		assert.Nil(t, p, sentence)
	}
}
