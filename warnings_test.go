package rbac_test

import (
	"cmp"
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

func TestWarningIsOneSentence(t *testing.T) {
	t.Parallel()
	warning := rbac.Warning{Place: `actions["report.export"]`, Problem: "no role grants it", Hint: "grant it in a role"}
	assert.Equal(t, `actions["report.export"]: no role grants it; grant it in a role`, warning.String())
}

func TestWarningsNameWhatIsSurelyNotMeant(t *testing.T) {
	const letAdminister = "let an admin role administer it, or extend the admin role"
	exporting := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
		Roles:   []rbac.Role{tenantRole("auditor", rbac.Permissions{"report.export": rbac.ScopeTenant})},
	}
	administered := exporting
	administered.Administers = map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}}
	extended := exporting
	extended.Extend = map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceAdmin: {"report.export": rbac.ScopeTenant}}
	required := exporting
	required.AtLeast = map[rbac.RoleID]int{"auditor": 1}
	const auditorWarning = `roles["auditor"]: nobody may give, take or block role "auditor": ` +
		"those who may set roles there lack report.export: tenant; " + letAdminister
	tests := []struct {
		sentence string
		spec     rbac.Spec
		want     []string
	}{
		{"nothing more than the defaults", rbac.Spec{}, nil},
		{"A1: a role with an action that admins lack", exporting, []string{auditorWarning}},
		{"A1: a role that an admin administers", administered, nil},
		{"A1: a role that grants what an admin has", extended, nil},
		{"AtLeast of a role that nobody may give", required, []string{auditorWarning,
			`at_least["auditor"]: nobody may give role "auditor"; let an admin role administer it`}},
		{"an action that no role grants", rbac.Spec{Actions: map[rbac.Action]rbac.Target{"report.burn": rbac.OnAny}},
			[]string{`actions["report.burn"]: no role grants it; grant it in a role`}},
		{"a role of nothing", rbac.Spec{Roles: []rbac.Role{merchantRole("guest", nil)}}, nil},
		{"a role that administers, and nobody administers", rbac.Spec{
			Roles:       []rbac.Role{merchantRole("lead", nil)},
			Administers: map[rbac.RoleID][]rbac.RoleID{"lead": {rbac.Developer}},
		}, []string{`roles["lead"]: nobody may give role "lead"; ` + letAdminister}},
		{"a role that administers itself and holds who may set roles", rbac.Spec{
			Roles: []rbac.Role{merchantRole("lead", rbac.Permissions{
				rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.BlockMember: rbac.ScopeWorkspace,
			})},
			Administers: map[rbac.RoleID][]rbac.RoleID{"lead": {"lead"}},
		}, nil},
		{"a role that two roles cover together", rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnAny},
			Roles: []rbac.Role{
				merchantRole("boss", rbac.Permissions{
					rbac.SetMemberRole: rbac.ScopeWorkspace, "report.export": rbac.ScopeWorkspace,
				}),
				merchantRole("exporter", rbac.Permissions{"report.export": rbac.ScopeAssigned}),
			},
		}, nil},
		{"a merchant's own role", rbac.Spec{Roles: []rbac.Role{
			{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theShop,
				Permissions: rbac.Permissions{rbac.ViewMetrics: rbac.ScopeWorkspace}},
		}}, nil},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			var got []string
			for _, warning := range rbac.Must(rbac.New(rbac.Defaults(), test.spec)).Warnings() {
				got = append(got, warning.String())
			}
			assert.Equal(t, test.want, got)
			got = nil
			for _, warning := range rbac.Must(rbac.Default().With(test.spec)).Warnings() {
				got = append(got, warning.String())
			}
			assert.Equal(t, test.want, got, "in a layer")
		})
	}
	assert.Empty(t, rbac.Default().Warnings())
	assert.Empty(t, (*rbac.Policy)(nil).Warnings(), "of the nil policy")
	assert.Empty(t, (&rbac.Policy{}).Warnings(), "of the zero policy")
}

// Two merchants and two tenants have an admin of their own each, and a role that only the other's admin covers.
func apart() *rbac.Policy {
	setting := func(more rbac.Action) rbac.Permissions {
		return rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.BlockMember: rbac.ScopeWorkspace, more: rbac.ScopeWorkspace,
		}
	}
	only := func(action rbac.Action) rbac.Permissions { return rbac.Permissions{action: rbac.ScopeWorkspace} }
	return rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"till.open": rbac.OnWorkspace, "till.close": rbac.OnWorkspace},
		Roles: []rbac.Role{
			roleOf(theShop, "shop_boss", setting("till.open")), roleOf(theShop, "shop_cashier", only("till.open")),
			roleOf(theShop, "shop_closer", only("till.close")),
			roleOf(theBakery, "bakery_boss", setting("till.close")), roleOf(theBakery, "bakery_cashier", only("till.open")),
			roleOf(theBakery, "bakery_closer", only("till.close")),
			roleOf(theWallet, "wallet_boss", setting("till.open")), roleOf(theWallet, "wallet_closer", only("till.close")),
			roleOf(theBank, "bank_boss", setting("till.close")), roleOf(theBank, "bank_cashier", only("till.open")),
		},
	}))
}

func TestWarningsKeepOwnRolesOfDifferentWorkspacesApart(t *testing.T) {
	var got []string
	for _, warning := range apart().Warnings() {
		if strings.HasPrefix(warning.Problem, "nobody may give, take or block") {
			got = append(got, warning.Place)
		}
	}
	assert.Equal(t, []string{
		`roles["bakery_cashier"]`, `roles["bank_cashier"]`, `roles["shop_closer"]`, `roles["wallet_closer"]`,
	}, got)
}

// A chief gives merchants a lead, whose holders administer helpers. Only in the shop may they give helpers, and then
// cashiers, whom helpers cover.
func leads() *rbac.Policy {
	set := func(scope rbac.Scope) rbac.Permissions {
		return rbac.Permissions{rbac.SetMemberRole: scope, rbac.AssignMiniPrograms: scope}
	}
	return rbac.Must(rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{
			rbac.SetMemberRole: rbac.OnWorkspace, rbac.AssignMiniPrograms: rbac.OnWorkspace, "till.open": rbac.OnWorkspace,
		},
		Roles: []rbac.Role{
			tenantRole("chief", set(rbac.ScopeTenant)), merchantRole("lead", nil),
			merchantRole("helper", rbac.Permissions{"till.open": rbac.ScopeWorkspace}),
			roleOf(theShop, "shop_setter", set(rbac.ScopeWorkspace)),
			roleOf(theShop, "shop_cashier", rbac.Permissions{"till.open": rbac.ScopeWorkspace}),
		},
		Administers: map[rbac.RoleID][]rbac.RoleID{"chief": {"lead"}, "lead": {"helper"}},
	}))
}

// What Warnings says of a role is what people can do with it who hold all that anybody there can give them.
func TestWarningsAgreeWithAssign(t *testing.T) {
	policies := []*rbac.Policy{
		rbac.Default(), auditors(), auditors(rbac.WorkspaceAdmin), peopleManager(), apart(), leads(),
	}
	random := rand.New(rand.NewPCG(12, 12))
	for range 400 {
		policies = append(policies, randomAdministration(random))
	}
	can, cannot := 0, 0
	for i, policy := range policies {
		warned := make(map[string]bool)
		for _, warning := range policy.Warnings() {
			if strings.HasPrefix(warning.Problem, "nobody may give") {
				warned[warning.Place] = true
			}
		}
		given := rolesGiven(policy)
		for role := range policy.Roles() {
			require.Equal(t, !given[role.ID], warned[fmt.Sprintf("roles[%q]", role.ID)], "policy %d: role %s", i, role.ID)
			if given[role.ID] {
				can++
			} else {
				cannot++
			}
		}
	}
	assert.Greater(t, can, 500)
	assert.Greater(t, cannot, 500)
}

// rolesGiven are the roles that somebody can give somewhere. It lets ann begin with every role that sets roles, and
// gives her what can be given until there is nothing more.
func rolesGiven(policy *rbac.Policy) map[rbac.RoleID]bool {
	held := make(map[rbac.Workspace]map[rbac.RoleID]bool)
	places := []rbac.Workspace{theWallet, theBank, theShop, theBakery, banksShop}
	holdable := func(role rbac.Role, place rbac.Workspace) bool {
		return role.Kind == place.Kind && (role.Workspace == rbac.Workspace{} || role.Workspace == place)
	}
	for _, place := range places {
		held[place] = make(map[rbac.RoleID]bool)
		for role := range policy.Roles() {
			held[place][role.ID] = holdable(role, place) && role.Permissions[rbac.SetMemberRole] >= rbac.ScopeWorkspace
		}
	}
	given := make(map[rbac.RoleID]bool)
	for more := true; more; {
		more = false
		for _, place := range places {
			givers := []*rbac.Subject{annOf(policy, place, held), annOf(policy, rbac.Tenant(place.Tenant), held)}
			for role := range policy.Roles() {
				mayGive := func(ann *rbac.Subject) bool {
					_, err := ann.Assign(staff("bob", place), inRole(role.ID, "mp-1"))
					return err == nil
				}
				if holdable(role, place) && slices.ContainsFunc(givers, mayGive) {
					more = more || !held[place][role.ID]
					held[place][role.ID], given[role.ID] = true, true
				}
			}
		}
	}
	return given
}

func annOf(policy *rbac.Policy, place rbac.Workspace, held map[rbac.Workspace]map[rbac.RoleID]bool) *rbac.Subject {
	var all []rbac.Assignment
	for id, holds := range held[place] {
		if holds {
			all = append(all, inRole(id, "mp-1"))
		}
	}
	return policy.BindAt(noon, staff("ann", place, all...))
}

// randomAdministration is a policy of roles of everybody's and of five workspaces' own, some of which set roles, grant
// something or administer others.
func randomAdministration(random *rand.Rand) *rbac.Policy {
	actions := []rbac.Action{"a", "b", "c"}
	spec := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{
			rbac.SetMemberRole: rbac.OnWorkspace, rbac.AssignMiniPrograms: rbac.OnWorkspace,
			"a": rbac.OnAny, "b": rbac.OnAny, "c": rbac.OnAny,
		},
		Administers: make(map[rbac.RoleID][]rbac.RoleID),
	}
	owners := []rbac.Workspace{{}, {}, {}, theWallet, theBank, theShop, theBakery, banksShop}
	for i := range 4 + random.IntN(8) {
		role := rbac.Role{ID: rbac.RoleID(fmt.Sprintf("role_%d", i)), Workspace: anyOf(random, owners...)}
		role.Kind = cmp.Or(role.Workspace.Kind, anyOf(random, rbac.KindTenant, rbac.KindDeveloper))
		scopes := []rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace}
		if role.Kind == rbac.KindTenant {
			scopes = append(scopes, rbac.ScopeTenant, rbac.ScopeTenant)
		}
		role.Permissions = rbac.Permissions{anyOf(random, actions...): anyOf(random, scopes...)}
		role.Permissions[anyOf(random, actions...)] = anyOf(random, scopes...)
		if oneIn(random, 4) {
			reach := anyOf(random, scopes[2:]...)
			role.Permissions[rbac.SetMemberRole], role.Permissions[rbac.AssignMiniPrograms] = reach, reach
		}
		spec.Roles = append(spec.Roles, role)
	}
	for range random.IntN(6) {
		actor, other := anyOf(random, spec.Roles...), anyOf(random, spec.Roles...)
		try := spec
		try.Administers = maps.Clone(spec.Administers)
		try.Administers[actor.ID] = append(slices.Clone(try.Administers[actor.ID]), other.ID)
		if _, err := rbac.New(try); err == nil {
			spec = try
		}
	}
	return rbac.Must(rbac.New(spec))
}
