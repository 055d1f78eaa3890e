package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// A grant is one cell of the role table: this role may do this to what that scope
// reaches. It is what every peer's policy is generated from.
type grant struct {
	role   rbac.RoleID
	kind   rbac.WorkspaceKind
	action rbac.Action
	target rbac.Target
	scope  rbac.Scope // one bit
}

var scopeNames = map[rbac.Scope]string{
	rbac.ScopeOwn:       "own",
	rbac.ScopeAssigned:  "assigned",
	rbac.ScopeWorkspace: "workspace",
	rbac.ScopeTenant:    "tenant",
}

// scopes are in the order in which they reach further.
var scopes = []rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant}

// grants are the cells of a spec, ordered by action, role and scope.
func grants(spec rbac.Spec) []grant {
	var all []grant
	for _, role := range spec.Roles {
		for action, held := range role.Permissions {
			for _, scope := range scopes {
				if held&scope != 0 {
					all = append(all, grant{role.ID, role.Kind, action, spec.Actions[action], scope})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b grant) int {
		return cmp.Or(cmp.Compare(a.action, b.action), cmp.Compare(a.role, b.role), cmp.Compare(a.scope, b.scope))
	})
	return all
}

// byAction are the grants of each action: a row of the role table.
func byAction(all []grant) map[rbac.Action][]grant {
	rows := map[rbac.Action][]grant{}
	for _, g := range all {
		rows[g.action] = append(rows[g.action], g)
	}
	return rows
}

// alike are the actions in groups of the same row and target, which one rule of a peer
// can stand for.
func alike(spec rbac.Spec) [][]rbac.Action {
	rows := byAction(grants(spec))
	var groups [][]rbac.Action
	number := map[string]int{}
	for _, action := range sortedActions(spec.Actions) {
		key := rowKey(spec.Actions[action], rows[action])
		i, known := number[key]
		if !known {
			i = len(groups)
			number[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], action)
	}
	return groups
}

// rowKey tells rows of the table apart.
func rowKey(target rbac.Target, row []grant) string {
	var b strings.Builder
	fmt.Fprint(&b, target)
	for _, g := range row {
		fmt.Fprint(&b, " ", g.role, " ", g.scope)
	}
	return b.String()
}

func sortedActions[V any](from map[rbac.Action]V) []rbac.Action {
	return slices.Sorted(maps.Keys(from))
}

// The names by which peers know places. Kinds are part of a workspace's name: a
// developer workspace may have the ID of its tenant.

func kindOf(w rbac.Workspace) string {
	if w.Kind == rbac.KindTenant {
		return "tenant"
	}
	return "developer"
}

// targetKind is what kind of thing a resource is, as the target column says it.
func targetKind(r rbac.Resource) string {
	if r.MiniProgram != "" {
		return "miniprogram"
	}
	return kindOf(r.Workspace)
}

// targetKinds are the kinds of thing that an action may be done to.
func targetKinds(t rbac.Target) []string {
	var kinds []string
	for _, is := range []struct {
		flag rbac.Target
		kind string
	}{{rbac.OnTenant, "tenant"}, {rbac.OnDeveloper, "developer"}, {rbac.OnMiniProgram, "miniprogram"}} {
		if t&is.flag != 0 {
			kinds = append(kinds, is.kind)
		}
	}
	return kinds
}

func workspaceKey(w rbac.Workspace) string {
	if w.Kind == rbac.KindTenant {
		return w.ID
	}
	return w.Tenant + "/" + w.ID
}

// programKey names a mini program across workspaces, which share IDs.
func programKey(w rbac.Workspace, id string) string {
	return kindOf(w) + "/" + workspaceKey(w) + "/" + id
}
