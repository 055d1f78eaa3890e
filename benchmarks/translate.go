package main

// Every engine is told the same: the cells of the role table, and the places by names that no two of them share.

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// grant is one cell of the role table: the role may do the action to what the scope reaches. The policies of all
// peers are generated from grants.
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

// scopes are all of them, the narrowest first.
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

// byAction has the grants of each action, which are a row of the role table.
func byAction(all []grant) map[rbac.Action][]grant {
	rows := map[rbac.Action][]grant{}
	for _, g := range all {
		rows[g.action] = append(rows[g.action], g)
	}
	return rows
}

// alike are groups of actions with the same row and target. A peer can have one rule for each group.
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

// rowKey is the same for equal rows of the table.
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

// kindOf is part of the name of a workspace, because a developer workspace may have the ID of its tenant.
func kindOf(w rbac.Workspace) string {
	if w.Kind == rbac.KindTenant {
		return "tenant"
	}
	return "developer"
}

// targetKind is what kind of thing a resource is.
func targetKind(r rbac.Resource) string {
	if r.MiniProgram != "" {
		return "miniprogram"
	}
	return kindOf(r.Workspace)
}

// targetKinds are the kinds of thing that an action may be done to.
func targetKinds(t rbac.Target) []string {
	var kinds []string
	for i, kind := range []string{"tenant", "developer", "miniprogram"} {
		flag := []rbac.Target{rbac.OnTenant, rbac.OnDeveloper, rbac.OnMiniProgram}[i]
		if t&flag != 0 {
			kinds = append(kinds, kind)
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

// programKey names a mini program. Different workspaces have mini programs with the same ID.
func programKey(w rbac.Workspace, id string) string {
	return kindOf(w) + "/" + workspaceKey(w) + "/" + id
}
