package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// fgaModel writes the role table as an OpenFGA model. Default roles are relations,
// which is what OpenFGA recommends for roles known beforehand. A check asks for
// can_<action>, which is defined on the kinds of thing that the action has a target on.
//
// Custom roles are objects, because a model cannot grow with them: a role object of
// a workspace for what reaches the workspace or the tenant, and an assignment object
// for what reaches assigned mini programs.
type fgaModel struct {
	spec   rbac.Spec
	rows   map[rbac.Action][]grant
	custom map[rbac.RoleID]rbac.Workspace
}

func newFGAModel(u *universe) *fgaModel {
	return &fgaModel{spec: u.spec, rows: byAction(grants(u.spec)), custom: u.custom}
}

// text is the model in OpenFGA's language.
func (f *fgaModel) text() string {
	var b strings.Builder
	b.WriteString("model\n  schema 1.1\n\ntype member\n")
	if len(f.custom) > 0 {
		f.customTypes(&b)
	}
	f.workspaceType(&b, "tenant", rbac.KindTenant, "")
	f.workspaceType(&b, "developer", rbac.KindDeveloper, "    define tenant: [tenant_workspace]\n")
	f.programType(&b)
	return b.String()
}

func (f *fgaModel) customTypes(b *strings.Builder) {
	b.WriteString("\ntype role\n  relations\n    define assignee: [member]\n")
	for _, a := range f.withCustom(rbac.ScopeAssigned) {
		fmt.Fprintf(b, "    define %s: [member:*]\n", fgaReach(a, rbac.ScopeAssigned))
	}
	b.WriteString("\ntype assignment\n  relations\n    define holder: [member]\n    define role: [role]\n")
	for _, a := range f.withCustom(rbac.ScopeAssigned) {
		reach := fgaReach(a, rbac.ScopeAssigned)
		fmt.Fprintf(b, "    define %s: holder and %s from role\n", reach, reach)
	}
}

// withCustom are the actions that some custom role grants in this scope.
func (f *fgaModel) withCustom(scope rbac.Scope) []rbac.Action {
	return slices.DeleteFunc(sortedActions(f.spec.Actions), func(a rbac.Action) bool {
		return !slices.ContainsFunc(f.rows[a], func(g grant) bool { return g.scope == scope && f.isCustom(g.role) })
	})
}

func (f *fgaModel) isCustom(role rbac.RoleID) bool {
	_, custom := f.custom[role]
	return custom
}

func (f *fgaModel) workspaceType(b *strings.Builder, kind string, k rbac.WorkspaceKind, parent string) {
	fmt.Fprintf(b, "\ntype %s_workspace\n  relations\n%s    define owner: [member]\n", kind, parent)
	for _, role := range rolesOf(f.spec.Roles, k) {
		if !f.isCustom(role.ID) {
			fmt.Fprintf(b, "    define %s: [member]\n", role.ID)
		}
	}
	for _, a := range sortedActions(f.spec.Actions) {
		f.workspaceRelations(b, a, kind, k)
	}
}

// workspaceRelations say who holds the action in the workspace, for each scope, and
// who can do it to the workspace itself.
func (f *fgaModel) workspaceRelations(b *strings.Builder, a rbac.Action, kind string, k rbac.WorkspaceKind) {
	for _, scope := range []rbac.Scope{rbac.ScopeOwn, rbac.ScopeWorkspace, rbac.ScopeTenant} {
		if holders := f.holders(a, scope, k); len(holders) > 0 {
			fmt.Fprintf(b, "    define %s: %s\n", fgaReach(a, scope), strings.Join(holders, " or "))
		}
	}
	if ways := f.waysOnWorkspace(a, k); slices.Contains(targetKinds(f.spec.Actions[a]), kind) && len(ways) > 0 {
		fmt.Fprintf(b, "    define %s: %s\n", fgaCan(a), strings.Join(ways, " or "))
	}
}

// holders are the roles of this kind that grant the action in this scope.
func (f *fgaModel) holders(a rbac.Action, scope rbac.Scope, k rbac.WorkspaceKind) []string {
	var static []string
	custom := false
	for _, g := range f.rows[a] {
		if g.scope != scope || g.kind != k {
			continue
		}
		if f.isCustom(g.role) {
			custom = true
			continue
		}
		static = append(static, string(g.role))
	}
	if custom {
		return append([]string{"[role#assignee]"}, static...)
	}
	return static
}

func (f *fgaModel) waysOnWorkspace(a rbac.Action, k rbac.WorkspaceKind) []string {
	var ways []string
	if f.grantedBy(a, rbac.ScopeWorkspace, k) {
		ways = append(ways, fgaReach(a, rbac.ScopeWorkspace))
	}
	if f.grantedBy(a, rbac.ScopeTenant, rbac.KindTenant) {
		ways = append(ways, fgaReach(a, rbac.ScopeTenant)+fgaFromTenant[k])
	}
	if f.grantedBy(a, rbac.ScopeOwn, k) {
		ways = append(ways, fmt.Sprintf("(owner and %s)", fgaReach(a, rbac.ScopeOwn)))
	}
	return ways
}

// A tenant workspace is the tenant; a developer workspace points at it.
var fgaFromTenant = map[rbac.WorkspaceKind]string{rbac.KindTenant: "", rbac.KindDeveloper: " from tenant"}

func (f *fgaModel) grantedBy(a rbac.Action, scope rbac.Scope, kinds ...rbac.WorkspaceKind) bool {
	return slices.ContainsFunc(f.rows[a], func(g grant) bool { return g.scope == scope && slices.Contains(kinds, g.kind) })
}

func (f *fgaModel) programType(b *strings.Builder) {
	b.WriteString("\ntype mini_program\n  relations\n    define workspace: [tenant_workspace, developer_workspace]\n" +
		"    define tenant: [tenant_workspace]\n    define owner: [member]\n")
	if len(f.custom) > 0 {
		b.WriteString("    define assignment: [assignment]\n")
	}
	for _, role := range f.spec.Roles {
		if !f.isCustom(role.ID) && reachesAssigned(role) {
			fmt.Fprintf(b, "    define assigned_%s: [member]\n", role.ID)
		}
	}
	for _, a := range sortedActions(f.spec.Actions) {
		if ways := f.waysOnProgram(a); f.spec.Actions[a]&rbac.OnMiniProgram != 0 && len(ways) > 0 {
			fmt.Fprintf(b, "    define %s: %s\n", fgaCan(a), strings.Join(ways, " or "))
		}
	}
}

func (f *fgaModel) waysOnProgram(a rbac.Action) []string {
	ways := f.assignedWays(a)
	both := []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper}
	if f.grantedBy(a, rbac.ScopeWorkspace, both...) {
		ways = append(ways, fgaReach(a, rbac.ScopeWorkspace)+" from workspace")
	}
	if f.grantedBy(a, rbac.ScopeTenant, rbac.KindTenant) {
		ways = append(ways, fgaReach(a, rbac.ScopeTenant)+" from tenant")
	}
	if f.grantedBy(a, rbac.ScopeOwn, both...) {
		ways = append(ways, fmt.Sprintf("(owner and %s from workspace)", fgaReach(a, rbac.ScopeOwn)))
	}
	return ways
}

func (f *fgaModel) assignedWays(a rbac.Action) []string {
	var ways []string
	custom := false
	for _, g := range f.rows[a] {
		if g.scope != rbac.ScopeAssigned {
			continue
		}
		if f.isCustom(g.role) {
			custom = true
			continue
		}
		ways = append(ways, "assigned_"+string(g.role))
	}
	if custom {
		ways = append(ways, fgaReach(a, rbac.ScopeAssigned)+" from assignment")
	}
	return ways
}

// fgaCan and fgaReach are names of relations; a dot is for nothing else in them.
func fgaCan(a rbac.Action) string { return "can_" + strings.ReplaceAll(string(a), ".", "_") }

func fgaReach(a rbac.Action, scope rbac.Scope) string {
	return strings.ReplaceAll(string(a), ".", "_") + "_in_" + scopeNames[scope]
}
