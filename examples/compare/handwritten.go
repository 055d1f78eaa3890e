package main

import (
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// handwritten is the code that a host would write without a library: the role table
// as maps, and the comparisons that the scopes stand for.
type handwritten struct {
	targets map[rbac.Action]rbac.Target
	roles   map[rbac.RoleID]map[rbac.Action]rbac.Scope
}

func newHandwritten(u *universe) *handwritten {
	h := &handwritten{targets: u.spec.Actions, roles: map[rbac.RoleID]map[rbac.Action]rbac.Scope{}}
	for _, role := range u.spec.Roles {
		h.roles[role.ID] = role.Permissions
	}
	return h
}

func (h *handwritten) name() string            { return handName }
func (h *handwritten) close() error            { return nil }
func (h *handwritten) add([]rbac.Member) error { return nil }

func (h *handwritten) can(m rbac.Member, a rbac.Action, r rbac.Resource) bool {
	if m.Status != rbac.StatusActive || h.targets[a]&targetFlag(r) == 0 {
		return false
	}
	for _, as := range m.Assignments {
		if reaches(h.roles[as.Role][a], m, as, r) {
			return true
		}
	}
	return false
}

func reaches(scope rbac.Scope, m rbac.Member, as rbac.Assignment, r rbac.Resource) bool {
	if scope == 0 || r.Workspace.Tenant != m.Workspace.Tenant {
		return false
	}
	if scope&rbac.ScopeTenant != 0 {
		return true
	}
	if r.Workspace != m.Workspace {
		return false
	}
	if scope&rbac.ScopeWorkspace != 0 {
		return true
	}
	if scope&rbac.ScopeOwn != 0 && r.Owner == m.ID {
		return true
	}
	return scope&rbac.ScopeAssigned != 0 && r.MiniProgram != "" && slices.Contains(as.MiniPrograms, r.MiniProgram)
}

func targetFlag(r rbac.Resource) rbac.Target {
	if r.MiniProgram != "" {
		return rbac.OnMiniProgram
	}
	if r.Workspace.Kind == rbac.KindTenant {
		return rbac.OnTenant
	}
	return rbac.OnDeveloper
}

// scope is all that the member's roles together grant for the action.
func (h *handwritten) scope(m rbac.Member, a rbac.Action) rbac.Scope {
	var all rbac.Scope
	for _, as := range m.Assignments {
		all |= h.roles[as.Role][a]
	}
	return all
}

// grantedTo are the actions that some role of the member grants.
func (h *handwritten) grantedTo(m rbac.Member) []rbac.Action {
	all := rbac.Permissions{}
	for _, as := range m.Assignments {
		for a, s := range h.roles[as.Role] {
			all[a] |= s
		}
	}
	return sortedActions(all)
}

func (h *handwritten) prepare(mix []request) (sweep, error) {
	return func(first, count int) (int, error) {
		allowed := 0
		for i := range mix[first : first+count] {
			q := &mix[first+i]
			if h.can(*q.member, q.action, q.resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}
