package rbac_test

import (
	"fmt"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
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

// What Warnings says of a role is what a member of every role that sets roles can do with it.
func TestWarningsAgreeWithAssign(t *testing.T) {
	for _, policy := range []*rbac.Policy{rbac.Default(), auditors(), auditors(rbac.WorkspaceAdmin), peopleManager()} {
		warned := make(map[string]bool)
		for _, warning := range policy.Warnings() {
			warned[warning.Place] = true
		}
		for role := range policy.Roles() {
			place := theShop
			if role.Kind == rbac.KindTenant {
				place = theWallet
			}
			var all []rbac.Assignment
			for other := range policy.Roles() {
				if other.Kind == place.Kind && other.Permissions[rbac.SetMemberRole] != 0 {
					all = append(all, inRole(other.ID, "mp-1"))
				}
			}
			_, err := policy.BindAt(noon, staff("ann", place, all...)).Assign(staff("bob", place), inRole(role.ID, "mp-1"))
			assert.Equal(t, warned[fmt.Sprintf("roles[%q]", role.ID)], err != nil, "role %s: %v", role.ID, err)
		}
	}
}
