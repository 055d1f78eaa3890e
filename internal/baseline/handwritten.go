// Package baseline has what the library's speed is compared with, and the workload of the comparison.
//
// [Handwritten] is the code that a host would write without a library. [Floor] takes the same steps on integers and
// looks nothing up by name. Both answer every [Request] of a [Universe] as the library does; the tests compare them.
package baseline

import "github.com/miniprogram-platform/rbac"

// Handwritten is the role table as maps, followed by the comparisons that the scopes stand for. It knows no time
// bounds, no exclusive roles and no four eyes.
type Handwritten map[rbac.RoleID]map[rbac.Action]Grant

// Grant is a cell of the role table. It has the action's target beside the scope, which saves a second lookup.
type Grant struct {
	Scope  rbac.Scope
	Target rbac.Target
}

// NewHandwritten makes the maps of the roles that the spec defines.
func NewHandwritten(spec rbac.Spec) Handwritten {
	h := make(Handwritten)
	for _, role := range spec.Roles {
		h[role.ID] = make(map[rbac.Action]Grant)
		for action, scope := range role.Permissions {
			h[role.ID][action] = Grant{scope, spec.Actions[action]}
		}
	}
	return h
}

// Can reports whether the member may do the action to the resource.
func (h Handwritten) Can(member rbac.Member, action rbac.Action, resource rbac.Resource) bool {
	if member.Status != rbac.StatusActive || member.Workspace.Tenant != resource.Workspace.Tenant {
		return false
	}
	for i := range member.Assignments {
		assignment := &member.Assignments[i]
		grant := h[assignment.Role][action]
		if grant.Target&targetOf(&resource) == 0 {
			continue
		}
		if grant.Scope&rbac.ScopeTenant != 0 {
			return true
		}
		if member.Workspace.ID != resource.Workspace.ID || member.Workspace.Kind != resource.Workspace.Kind {
			continue
		}
		if grant.Scope&rbac.ScopeWorkspace != 0 || grant.Scope&rbac.ScopeOwn != 0 && resource.Owner == member.ID {
			return true
		}
		if grant.Scope&rbac.ScopeAssigned != 0 && includes(assignment.MiniPrograms, resource.MiniProgram) {
			return true
		}
	}
	return false
}

func includes(programs []string, id string) bool {
	for _, program := range programs {
		if program == id {
			return id != ""
		}
	}
	return false
}

// targetOf is what kind of thing the resource is.
func targetOf(resource *rbac.Resource) rbac.Target {
	if resource.MiniProgram != "" {
		return rbac.OnMiniProgram
	}
	if resource.Workspace.Kind == rbac.KindTenant {
		return rbac.OnTenant
	}
	return rbac.OnDeveloper
}
