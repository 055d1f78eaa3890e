package rbac_test

import (
	"encoding/json"
	"fmt"
	"slices"
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

func TestDefaultsLabelTheActionsAsThePublishedTableDoes(t *testing.T) {
	t.Parallel()
	_, rows := publishedTable(t)
	labels := rbac.Defaults().Labels
	assert.Len(t, labels, len(rows))
	for _, row := range rows {
		want := rbac.Label{Name: row["operation"], Group: row["group"]}
		assert.Equal(t, want, labels[rbac.Action(row["action"])], "the label of %s", row["action"])
		assert.Equal(t, want, rbac.Default().Label(rbac.Action(row["action"])), "and of the default policy")
	}
}

func TestDefaultsLetEachAdminAdministerTheRolesOfItsKind(t *testing.T) {
	t.Parallel()
	administers := rbac.Defaults().Administers
	want := make(map[rbac.RoleID][]rbac.RoleID)
	for _, role := range rbac.DefaultRoles() {
		admin := map[rbac.WorkspaceKind]rbac.RoleID{
			rbac.KindTenant: rbac.WorkspaceAdmin, rbac.KindDeveloper: rbac.DeveloperAdmin,
		}[role.Kind]
		want[admin] = append(want[admin], role.ID)
	}
	assert.Equal(t, want, administers)
	assert.Len(t, administers[rbac.WorkspaceAdmin], 4)
	assert.Len(t, administers[rbac.DeveloperAdmin], 3)
}

func TestDefaultsKeepTheLastAdmin(t *testing.T) {
	t.Parallel()
	defaults := rbac.Defaults()
	assert.Equal(t, rbac.DefaultRoles(), defaults.Roles)
	assert.Equal(t, map[rbac.RoleID]int{"workspace_admin": 1, "developer_admin": 1}, defaults.AtLeast)
	defaults.Actions, defaults.Labels, defaults.Roles, defaults.Administers, defaults.AtLeast = nil, nil, nil, nil, nil
	assert.Equal(t, rbac.Spec{}, defaults, "the other fields")
}

func TestDefaultsAndDefaultRolesAreFresh(t *testing.T) {
	t.Parallel()
	spoiled, before := rbac.Defaults(), rbac.Default().Fingerprint()
	for action := range spoiled.Actions {
		spoiled.Actions[action] = rbac.OnAny
		spoiled.Labels[action] = rbac.Label{Name: "spoiled"}
		spoiled.Roles[0].Permissions[action] = rbac.ScopeTenant
	}
	spoiled.Roles[1], spoiled.AtLeast[rbac.WorkspaceAdmin] = rbac.Role{}, 0
	spoiled.Administers[rbac.DeveloperAdmin][0] = rbac.Operator
	roles := rbac.DefaultRoles()
	clear(roles[0].Permissions)
	roles[1] = rbac.Role{}

	after := rbac.Must(rbac.New(rbac.Defaults())).Fingerprint()
	assert.Equal(t, before, after, "the defaults after a caller changed them")
	assert.Equal(t, rbac.OnTenant, rbac.Defaults().Actions[rbac.ListApps])
	assert.Equal(t, rbac.Label{Name: "View app list", Group: "App"}, rbac.Defaults().Labels[rbac.ListApps])
	assert.Equal(t, rbac.DeveloperAdmin, rbac.Defaults().Administers[rbac.DeveloperAdmin][0])
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
	want := granted(export, rbac.DeveloperAdmin, rbac.ScopeWorkspace)
	assert.Equal(t, want, p.Check(dora, export, shop.MiniProgram("mp-1")))
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
	assert.Equal(t, granted("inspection.warn", "inspector", rbac.ScopeTenant), p.Check(ines, "inspection.warn", mp42))
	assert.Equal(t, granted(rbac.ViewMiniProgram, "inspector", rbac.ScopeTenant), p.Check(ines, rbac.ViewMiniProgram, mp1))
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
		Labels:      map[rbac.Action]rbac.Label{"dish.cook": {Name: "Cook dishes", Group: "Kitchen"}},
		Roles:       []rbac.Role{merchantRole("chef", rbac.Permissions{"dish.cook": rbac.ScopeWorkspace})},
		Extend:      map[rbac.RoleID]rbac.Permissions{"cook": {"dish.cook": rbac.ScopeAssigned}},
		Administers: map[rbac.RoleID][]rbac.RoleID{"chef": {"cook"}, "cook": {"chef"}},
		Exclusive:   [][]rbac.RoleID{{"chef", "cook"}},
		FourEyes:    []rbac.Action{"dish.cook"},
		AtLeast:     map[rbac.RoleID]int{"cook": 1},
		AtMost:      map[rbac.RoleID]int{"cook": 1},
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
	chef, sommelier, cook := tenantRole("chef", nil), tenantRole("sommelier", nil), merchantRole("cook", nil)
	declaring := func(declared actions) rbac.Spec { return rbac.Spec{Actions: declared} }
	defining := func(roles ...rbac.Role) rbac.Spec { return rbac.Spec{Roles: roles} }
	kitchen := func() rbac.Spec {
		dishes := actions{"dish.cook": rbac.OnMiniProgram, "dish.serve": rbac.OnAny}
		return rbac.Spec{Actions: dishes, Roles: []rbac.Role{chef, sommelier, cook}}
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

		"an exclusive set of no role": {excluding([]rbac.RoleID{"chef", "sommelier"}, []rbac.RoleID{}),
			`exclusive[1]: ` + oneRole},
		"an exclusive set of one role": {excluding([]rbac.RoleID{"chef"}),
			`exclusive[0]: ` + oneRole},
		"an exclusive set of one role twice": {excluding([]rbac.RoleID{"chef", "chef"}),
			"exclusive[0][1]: role \"chef\" is repeated; name it once\nrbac: exclusive[0]: " + oneRole},
		"an exclusive set with a role twice": {excluding([]rbac.RoleID{"chef", "sommelier", "chef"}),
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

// assertProblems asserts that New refuses the specs with these problems and no others, or accepts them.
func assertProblems(t *testing.T, sentence string, specs []rbac.Spec, problems ...string) {
	t.Helper()
	p, err := rbac.New(specs...)
	if len(problems) == 0 {
		assert.NoError(t, err, sentence)
		assert.NotNil(t, p, sentence)
		return
	}
	assert.Equal(t, problems, problemsOf(t, err), sentence)
	assert.Nil(t, p, sentence)
}

func TestNewChecksTheWorkspaceOfARole(t *testing.T) {
	t.Parallel()
	const owner = "a %s workspace cannot own a %s role; give the role the kind of its workspace"
	for sentence, row := range map[string]struct {
		role    rbac.Role
		problem string
	}{
		"a merchant's own role":       {roleOf(theShop, "r", nil), ""},
		"a tenant's own role":         {roleOf(theWallet, "r", nil), ""},
		"a merchant of an unusual ID": {roleOf(theWallet.Developer("a b\n\u202e\"*"), "r", nil), ""},
		"a merchant's role of its tenant": {rbac.Role{ID: "r", Kind: rbac.KindDeveloper, Workspace: theWallet},
			fmt.Sprintf("roles[0].workspace: "+owner, "tenant", "developer")},
		"a tenant's role of its merchant": {rbac.Role{ID: "r", Kind: rbac.KindTenant, Workspace: theShop},
			fmt.Sprintf("roles[0].workspace: "+owner, "developer", "tenant")},
		"a workspace without an ID": {roleOf(theWallet.Developer(""), "r", nil),
			"roles[0].workspace.id: the ID is empty; give the host's ID of the workspace"},
		"a merchant without a tenant": {roleOf(rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}, "r", nil),
			"roles[0].workspace.tenant: the tenant's ID is empty; use Tenant(id) or tenant.Developer(id)"},
		"a tenant of another tenant": {
			roleOf(rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}, "r", nil),
			"roles[0].workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)"},
		"a workspace without a kind": {
			rbac.Role{ID: "r", Kind: rbac.KindTenant, Workspace: rbac.Workspace{ID: "wallet", Tenant: "wallet"}},
			"roles[0].workspace.kind: workspace kind(0) is not a kind; use Tenant(id) or tenant.Developer(id)"},
		"a role without a kind": {rbac.Role{ID: "r", Workspace: theShop}, "roles[0].kind: no kind; use tenant or developer"},
		"an ID that JSON cannot hold": {roleOf(theWallet.Developer("a\xff"), "r", nil),
			"roles[0].workspace: an ID that is damaged or not UTF-8; use an ID that JSON can hold"},
		"a tenant's ID that JSON cannot hold": {roleOf(rbac.Tenant("a\ufffd").Developer("shop"), "r", nil),
			"roles[0].workspace: an ID that is damaged or not UTF-8; use an ID that JSON can hold"},
	} {
		var problems []string
		if row.problem != "" {
			problems = []string{"rbac: " + row.problem}
		}
		assertProblems(t, sentence, []rbac.Spec{{Roles: []rbac.Role{row.role}}}, problems...)
	}
}

func TestNewChecksLabels(t *testing.T) {
	t.Parallel()
	const (
		place  = `rbac: labels["dish.cook"].`
		many   = ": 257 bytes are too many; use 256 at most"
		unsafe = ": a control or bidirectional character; leave it out"
	)
	long := strings.Repeat("x", 256)
	for sentence, row := range map[string]struct {
		action      rbac.Action
		name, group string
		problems    []string
	}{
		"a name and a group":   {"dish.cook", "Cook <dishes> 料理", "Kitchen", nil},
		"neither":              {"dish.cook", "", "", nil},
		"a name of 256 bytes":  {"dish.cook", long, long, nil},
		"a name of 257 bytes":  {"dish.cook", long + "x", "", []string{place + "name" + many}},
		"a group of 257 bytes": {"dish.cook", "", long + "x", []string{place + "group" + many}},
		"a line break, both times": {"dish.cook", "a\nb", "a\nb",
			[]string{place + "name" + unsafe, place + "group" + unsafe}},
		"a name that is not UTF-8": {"dish.cook", "\xff", "",
			[]string{place + "name: text that is damaged or not UTF-8; replace the damaged text"}},
		"an action that is not declared": {"dish.cok", "Cook", "",
			[]string{`rbac: labels["dish.cok"]: unknown action "dish.cok"; did you mean "dish.cook"?`}},
		"an action in capitals": {"Dish.cook", "Cook", "",
			[]string{`rbac: labels["Dish.cook"]: unknown action "Dish.cook"; did you mean "dish.cook"?`}},
	} {
		assertProblems(t, sentence, []rbac.Spec{{
			Actions: map[rbac.Action]rbac.Target{"dish.cook": rbac.OnAny},
			Labels:  map[rbac.Action]rbac.Label{row.action: {Name: row.name, Group: row.group}},
		}}, row.problems...)
	}
}

// The last of several labels counts, as a host translates those of the defaults. An empty one takes a label away.
func TestNewKeepsTheLastLabel(t *testing.T) {
	t.Parallel()
	labels := func(name, group string) rbac.Spec {
		return rbac.Spec{Labels: map[rbac.Action]rbac.Label{rbac.ViewApp: {Name: name, Group: group}}}
	}
	french, none := labels("Voir", "Application"), labels("", "")
	p := rbac.Must(rbac.New(rbac.Defaults(), french))
	assert.Equal(t, rbac.Label{Name: "Voir", Group: "Application"}, p.Label(rbac.ViewApp))
	assert.Equal(t, rbac.Label{Name: "Edit app information", Group: "App"}, p.Label(rbac.EditApp))
	p = rbac.Must(rbac.New(french, rbac.Defaults()))
	assert.Equal(t, rbac.Label{Name: "View app details", Group: "App"}, p.Label(rbac.ViewApp))
	p = rbac.Must(rbac.New(rbac.Defaults(), none))
	assert.Equal(t, rbac.Label{Name: "app.view"}, p.Label(rbac.ViewApp))
	assert.NotContains(t, p.Spec().Labels, rbac.ViewApp)
}

// ownRoles has a role of everybody's and of each workspace's own: "any_tenant", "any_merchant", "wallet" and so on.
func ownRoles() []rbac.Role {
	return []rbac.Role{
		tenantRole("any_tenant", nil), merchantRole("any_merchant", nil), merchantRole("any_merchant2", nil),
		roleOf(theWallet, "wallet", nil), roleOf(theBank, "bank", nil),
		roleOf(theShop, "shop", nil), roleOf(theShop, "shop2", nil), roleOf(theBakery, "bakery", nil),
		roleOf(banksShop, "banks_shop", nil),
	}
}

func TestNewRefusesToLetARoleAdministerWhomItNeverReaches(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		role, administered rbac.RoleID
		reaches            bool
	}{
		"a tenant role over a tenant role":                      {"any_tenant", "any_tenant", true},
		"a tenant role over a developer role":                   {"any_tenant", "any_merchant", true},
		"a tenant role over a merchant's own":                   {"any_tenant", "shop", true},
		"a wallet's own role over everybody's":                  {"wallet", "any_tenant", true},
		"a wallet's own role over its merchants'":               {"wallet", "any_merchant", true},
		"a wallet's own role over its merchant's own":           {"wallet", "shop", true},
		"a wallet's own role over a bank's own":                 {"wallet", "bank", false},
		"a wallet's own role over a bank's merchant's":          {"wallet", "banks_shop", false},
		"a developer role over itself":                          {"any_merchant", "any_merchant", true},
		"a developer role over a merchant's own":                {"any_merchant", "shop", true},
		"a merchant's own role over everybody's":                {"shop", "any_merchant", true},
		"a merchant's own role over another of it":              {"shop", "shop2", true},
		"a merchant's own role over another's":                  {"shop", "bakery", false},
		"a merchant's own role over one of the same ID":         {"shop", "banks_shop", false},
		"a developer role over a tenant role":                   {"any_merchant", "any_tenant", false},
		"a developer role over a wallet's own":                  {"any_merchant", "wallet", false},
		"a merchant's own role over a tenant role":              {"shop", "any_tenant", false},
		"a merchant's own role over that of its tenant's alone": {"shop", "wallet", false},
	} {
		administers := map[rbac.RoleID][]rbac.RoleID{row.role: {row.administered}}
		var problems []string
		if !row.reaches {
			problem := fmt.Sprintf("role %q never reaches the holders of role %q", row.role, row.administered)
			problems = []string{fmt.Sprintf("rbac: administers[%q][0]: %s; "+
				"name roles of the same workspaces, or a tenant role over a developer role", row.role, problem)}
		}
		assertProblems(t, sentence, []rbac.Spec{{Roles: ownRoles(), Administers: administers}}, problems...)
	}
}

func TestNewMergesWhomARoleAdministers(t *testing.T) {
	t.Parallel()
	spec := func(administered ...rbac.RoleID) rbac.Spec {
		return rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{"any_tenant": administered, "shop": nil}}
	}
	roles := rbac.Spec{Roles: ownRoles()}
	p := rbac.Must(rbac.New(roles, spec("wallet", "any_merchant"), spec("any_merchant", "bank"), spec()))
	want := map[rbac.RoleID][]rbac.RoleID{"any_tenant": {"any_merchant", "bank", "wallet"}}
	assert.Equal(t, want, p.Spec().Administers, "in name order, each once, and no empty list")

	assertProblems(t, "unknown and repeated roles", []rbac.Spec{roles, spec("bnk", "wallet", "nobody", "wallet"), {
		Administers: map[rbac.RoleID][]rbac.RoleID{"shp": {"shop"}},
	}},
		`rbac: specs[1].administers["any_tenant"][0]: unknown role "bnk"; did you mean "bank"?`,
		`rbac: specs[1].administers["any_tenant"][2]: unknown role "nobody"; define it in roles`,
		`rbac: specs[1].administers["any_tenant"][3]: role "wallet" is repeated; name it once`,
		`rbac: specs[2].administers["shp"]: unknown role "shp"; did you mean "shop"?`,
	)
}

// An exclusive set that no member can break guards nothing, and was meant to guard something.
func TestNewRefusesExclusiveRolesThatNobodyCanHoldTogether(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		set   []rbac.RoleID
		apart string // the two that no member can hold together
	}{
		"of one kind":                          {[]rbac.RoleID{"any_merchant", "any_merchant2"}, ""},
		"everybody's and a merchant's own":     {[]rbac.RoleID{"any_merchant", "shop"}, ""},
		"a merchant's own and everybody's":     {[]rbac.RoleID{"shop", "any_merchant"}, ""},
		"of one merchant":                      {[]rbac.RoleID{"shop", "shop2"}, ""},
		"of one merchant and everybody's":      {[]rbac.RoleID{"any_merchant", "shop", "any_merchant2", "shop2"}, ""},
		"of two kinds":                         {[]rbac.RoleID{"any_tenant", "shop2"}, `"any_tenant" and "shop2"`},
		"of two kinds, and others":             {[]rbac.RoleID{"shop", "any_merchant", "wallet"}, `"shop" and "wallet"`},
		"of two merchants":                     {[]rbac.RoleID{"shop", "bakery"}, `"shop" and "bakery"`},
		"of two merchants of the same ID":      {[]rbac.RoleID{"shop", "banks_shop"}, `"shop" and "banks_shop"`},
		"of two merchants, after everybody's":  {[]rbac.RoleID{"any_merchant", "shop", "bakery"}, `"shop" and "bakery"`},
		"of two tenants":                       {[]rbac.RoleID{"wallet", "bank"}, `"wallet" and "bank"`},
		"of a tenant and a merchant of its ID": {[]rbac.RoleID{"any_tenant", "shop"}, `"any_tenant" and "shop"`},
	} {
		var problems []string
		if row.apart != "" {
			problems = []string{"rbac: exclusive[0]: no member can hold both " + row.apart +
				"; name roles of one kind, which one member can hold"}
		}
		assertProblems(t, sentence, []rbac.Spec{{Roles: ownRoles(), Exclusive: [][]rbac.RoleID{row.set}}}, problems...)
	}
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Exclusive: [][]rbac.RoleID{{rbac.WorkspaceReviewer, rbac.DeveloperAdmin}},
	})
	assert.EqualError(t, err, `rbac: specs[1].exclusive[0]: no member can hold both "workspace_reviewer" and `+
		`"developer_admin"; name roles of one kind, which one member can hold`)
}

// Four eyes never let the owner pass, so nobody could ever use a permission for one's own only.
func TestNewRefusesFourEyesOnWhatIsOnlyOnesOwn(t *testing.T) {
	t.Parallel()
	own, assigned, workspace := rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace
	declared := rbac.Spec{Actions: map[rbac.Action]rbac.Target{"pay": rbac.OnMiniProgram, "ask": rbac.OnAny}}
	eyes := rbac.Spec{FourEyes: []rbac.Action{"pay"}}
	role := func(scope rbac.Scope) rbac.Spec {
		return rbac.Spec{Roles: []rbac.Role{merchantRole("r", rbac.Permissions{"pay": scope, "ask": own})}}
	}
	bare := rbac.Spec{Roles: []rbac.Role{merchantRole("r", nil)}}
	extension := func(scope rbac.Scope) rbac.Spec {
		return rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"pay": scope}}}
	}
	const (
		problem = `role "r" grants "pay" only on one's own, which four eyes always refuse`
		hint    = "grant a wider scope, or leave it out of four_eyes"
	)
	for sentence, row := range map[string]struct {
		specs []rbac.Spec
		place string
	}{
		"a role, and four eyes":       {[]rbac.Spec{declared, role(own), eyes}, `specs[1].roles[0].permissions["pay"]`},
		"four eyes, and a role":       {[]rbac.Spec{eyes, declared, role(own)}, `specs[2].roles[0].permissions["pay"]`},
		"an extension":                {[]rbac.Spec{declared, bare, eyes, extension(own)}, `specs[3].extend["r"]["pay"]`},
		"a role that is extended":     {[]rbac.Spec{declared, role(own), eyes, extension(assigned)}, ""},
		"a role of two scopes":        {[]rbac.Spec{declared, role(own | workspace), eyes}, ""},
		"a role of a wider scope":     {[]rbac.Spec{declared, role(workspace), eyes}, ""},
		"an extension of a wide role": {[]rbac.Spec{declared, role(workspace), eyes, extension(own)}, ""},
		"another action":              {[]rbac.Spec{declared, role(workspace), eyes}, ""},
		"a role without it":           {[]rbac.Spec{declared, role(0), eyes}, ""},
		"no four eyes":                {[]rbac.Spec{declared, role(own)}, ""},
	} {
		var problems []string
		if row.place != "" {
			problems = []string{fmt.Sprintf("rbac: %s: %s; %s", row.place, problem, hint)}
		}
		assertProblems(t, sentence, row.specs, problems...)
	}
	one := rbac.Spec{
		Actions: declared.Actions, Roles: append(role(own).Roles, merchantRole("s", rbac.Permissions{"pay": own})),
		FourEyes: []rbac.Action{"pay", "ask"},
	}
	assertProblems(t, "each of them, in one spec", []rbac.Spec{one},
		`rbac: roles[0].permissions["ask"]: role "r" grants "ask" only on one's own, which four eyes always refuse; `+hint,
		`rbac: roles[0].permissions["pay"]: `+problem+"; "+hint,
		`rbac: roles[1].permissions["pay"]: role "s" grants "pay" only on one's own, which four eyes always refuse; `+hint,
	)
	assertProblems(t, "a role and its extension, once", []rbac.Spec{declared, role(own), eyes, extension(own)},
		`rbac: specs[1].roles[0].permissions["pay"]: `+problem+"; "+hint)
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
		Actions:     map[rbac.Action]rbac.Target{"a": rbac.OnAny},
		Labels:      map[rbac.Action]rbac.Label{"o": {Name: "\n"}, "n": {}},
		Roles:       []rbac.Role{{ID: "cook", Kind: rbac.KindTenant}},
		Extend:      map[rbac.RoleID]rbac.Permissions{"v": {"a": rbac.ScopeTenant}, "u": nil},
		Administers: map[rbac.RoleID][]rbac.RoleID{"x": {"w"}, "cook": {"cook", "cook"}},
		Exclusive:   [][]rbac.RoleID{{"cook"}},
		FourEyes:    []rbac.Action{"q", "p"},
		AtLeast:     map[rbac.RoleID]int{"t": -1, "s": 0},
		AtMost:      map[rbac.RoleID]int{"cook": 2, "chef": 1},
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
		`rbac: specs[1].labels["n"]: unknown action "n"; did you mean "B"?`,
		`rbac: specs[1].labels["o"]: unknown action "o"; did you mean "B"?`,
		`rbac: specs[1].labels["o"].name: a control or bidirectional character; leave it out`,
		`rbac: specs[1].extend["u"]: unknown role "u"; define it in roles`,
		`rbac: specs[1].extend["v"]: unknown role "v"; define it in roles`,
		`rbac: specs[1].administers["cook"][1]: role "cook" is repeated; name it once`,
		`rbac: specs[1].administers["x"]: unknown role "x"; define it in roles`,
		`rbac: specs[1].administers["x"][0]: unknown role "w"; define it in roles`,
		`rbac: specs[1].exclusive[0]: fewer than two roles; name the roles of which a member may hold only one`,
		`rbac: specs[1].four_eyes[0]: unknown action "q"; declare it in actions`,
		`rbac: specs[1].four_eyes[1]: unknown action "p"; declare it in actions`,
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

		"a name in any script":            {"審査員 \"<&>\" مراجع 👩\u200d🍳", "naïve «É» \u00ad", ""},
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

// Nobody can read a name by which the text around it says something else, or another line of a log.
func TestNewRefusesControlAndBidirectionalCharactersInTexts(t *testing.T) {
	t.Parallel()
	const unsafe = ": a control or bidirectional character; leave it out"
	for _, char := range []string{
		"\x00", "\t", "\n", "\r", "\x1b", "\x1f", "\x7f", "\u0085", "\u009f", "\u2028", "\u2029", "\u061c",
		"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
	} {
		text := "a" + char + "b"
		assertProblems(t, fmt.Sprintf("%q", text), []rbac.Spec{{
			Actions: map[rbac.Action]rbac.Target{"a": rbac.OnAny},
			Labels:  map[rbac.Action]rbac.Label{"a": {Name: text, Group: text}},
			Roles:   []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Name: text, Description: text}},
		}},
			"rbac: roles[0].name"+unsafe, "rbac: roles[0].description"+unsafe,
			`rbac: labels["a"].name`+unsafe, `rbac: labels["a"].group`+unsafe,
		)
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

// filledTo adds roles to a spec until json.Marshal makes that many bytes of it.
func filledTo(t *testing.T, size int, spec rbac.Spec) rbac.Spec {
	t.Helper()
	filler := manyRoles(16_000, "filler_")
	for i := range filler {
		filler[i].Description = "x"
	}
	spec.Roles = append(slices.Clone(spec.Roles), filler...)
	document, err := json.Marshal(spec)
	require.NoError(t, err)
	filler = spec.Roles[len(spec.Roles)-len(filler):]
	left := size - len(document)
	for i := range filler {
		more := min(1_023, left/(len(filler)-i))
		filler[i].Description += strings.Repeat("y", more)
		left -= more
	}
	require.Zero(t, left)
	return spec
}

// New counts the bytes of the document without writing it. It must count as json.Marshal writes, which escapes more than
// Canonical does, whatever is in it.
func TestNewAndWithLimitThePolicyTo16MiB(t *testing.T) {
	t.Parallel()
	base := rbac.Must(rbac.New(rbac.Defaults(), everything(), hostileTexts()))
	largest, oversized := filledTo(t, 16<<20, base.Spec()), filledTo(t, 16<<20+1, base.Spec())
	added := func(spec rbac.Spec) rbac.Spec { return rbac.Spec{Roles: spec.Roles[len(base.Spec().Roles):]} }

	p, err := rbac.New(largest)
	require.NoError(t, err)
	document, err := json.Marshal(p)
	require.NoError(t, err)
	require.Len(t, document, 16<<20)
	_, err = rbac.ParseSpec(document)
	require.NoError(t, err)
	with, err := base.With(added(largest))
	require.NoError(t, err)
	assert.Equal(t, p.Fingerprint(), with.Fingerprint())

	for sentence, build := range map[string]func() (*rbac.Policy, error){
		"New of one spec":  func() (*rbac.Policy, error) { return rbac.New(oversized) },
		"New of two specs": func() (*rbac.Policy, error) { return rbac.New(base.Spec(), added(oversized)) },
		"With":             func() (*rbac.Policy, error) { return base.With(added(oversized)) },
	} {
		p, err := build()
		const tooLong = "rbac: the document has 16777217 bytes; 16777216 are the most; leave something out"
		assert.EqualError(t, err, tooLong, sentence)
		assert.Nil(t, p, sentence)
	}
}

// What json.Marshal makes six bytes of counts six, so that what it writes can be read.
func TestNewAndCanonicalCountTheEscapesOfMarshal(t *testing.T) {
	t.Parallel()
	const most = 16 << 20 / len(`\u003c`)
	for _, escaped := range []string{"<", ">", "&", "\u2028", "\u2029"} {
		ofLength := func(n int) rbac.Spec {
			place := rbac.Tenant("wallet").Developer(strings.Repeat(escaped, n))
			return rbac.Spec{Roles: []rbac.Role{roleOf(place, "own", nil)}}
		}
		p, err := rbac.New(ofLength(most - 50))
		require.NoError(t, err, "%+q", escaped)
		document, err := json.Marshal(p)
		require.NoError(t, err, "%+q", escaped)
		_, err = rbac.ParseSpec(document)
		assert.NoError(t, err, "%+q", escaped)

		_, err = rbac.New(ofLength(most))
		assert.ErrorContains(t, err, "16777216 are the most", "%+q", escaped)
		_, err = rbac.Default().With(ofLength(most))
		assert.ErrorContains(t, err, "16777216 are the most", "%+q", escaped)
		_, err = ofLength(most).Canonical()
		assert.ErrorContains(t, err, "16777216 are the most", "%+q", escaped)
	}
}

// hostileTexts has every text that a document escapes, and fields that everything leaves out.
func hostileTexts() rbac.Spec {
	const text, id = `<"\&>é😀`, "\x00\b\t\n\x1f\"\\<é\u2028 \u2029"
	hostile := roleOf(rbac.Tenant(id).Developer(id), "hostile", rbac.Permissions{rbac.ViewMiniProgram: 7, rbac.ViewISV: 0})
	hostile.Name, hostile.Description = text, strings.Repeat(text, 20)
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"hostile.act": rbac.OnTenant | rbac.OnMiniProgram},
		Labels: map[rbac.Action]rbac.Label{
			"hostile.act": {Name: text, Group: text}, rbac.ViewApp: {Group: text}, rbac.EditApp: {Name: text},
		},
		Roles:       []rbac.Role{hostile},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"hostile", rbac.DeveloperAdmin}},
		Exclusive:   [][]rbac.RoleID{{"hostile", rbac.Developer, rbac.Operator}},
		FourEyes:    []rbac.Action{rbac.DecideRelease, "hostile.act"},
		AtLeast:     map[rbac.RoleID]int{rbac.Developer: 1_234_567},
		AtMost:      map[rbac.RoleID]int{rbac.Operator: 0, "hostile": 10},
	}
}
