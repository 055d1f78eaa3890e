package main

import "github.com/miniprogram-platform/rbac"

// handwritten is the code that a host would write without a library: the role table
// as maps, and the comparisons that the scopes stand for. What the action is done to
// stands beside the scope, which saves a lookup.
type handwritten struct {
	memberless
	targets map[rbac.Action]rbac.Target
	roles   map[rbac.RoleID]map[rbac.Action]handGrant
}

type handGrant struct {
	scope  rbac.Scope
	target rbac.Target
}

func newHandwritten(u *universe) *handwritten {
	h := &handwritten{targets: u.spec.Actions, roles: map[rbac.RoleID]map[rbac.Action]handGrant{}}
	for _, role := range u.spec.Roles {
		h.roles[role.ID] = map[rbac.Action]handGrant{}
		for a, scope := range role.Permissions {
			h.roles[role.ID][a] = handGrant{scope, u.spec.Actions[a]}
		}
	}
	return h
}

func (h *handwritten) name() string { return handName }
func (h *handwritten) close() error { return nil }

func (h *handwritten) can(m rbac.Member, a rbac.Action, r rbac.Resource) bool {
	if m.Status != rbac.StatusActive || m.Workspace.Tenant != r.Workspace.Tenant {
		return false
	}
	for i := range m.Assignments {
		as := &m.Assignments[i]
		grant := h.roles[as.Role][a]
		if grant.target&targetFlag(&r) == 0 {
			continue
		}
		if reaches(grant.scope, &m, as.MiniPrograms, &r) {
			return true
		}
	}
	return false
}

func reaches(scope rbac.Scope, m *rbac.Member, programs []string, r *rbac.Resource) bool {
	if scope&rbac.ScopeTenant != 0 {
		return true
	}
	if m.Workspace.ID != r.Workspace.ID || m.Workspace.Kind != r.Workspace.Kind {
		return false
	}
	if scope&rbac.ScopeWorkspace != 0 || scope&rbac.ScopeOwn != 0 && r.Owner == m.ID {
		return true
	}
	if scope&rbac.ScopeAssigned == 0 || r.MiniProgram == "" {
		return false
	}
	for _, program := range programs {
		if program == r.MiniProgram {
			return true
		}
	}
	return false
}

func targetFlag(r *rbac.Resource) rbac.Target {
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
		all |= h.roles[as.Role][a].scope
	}
	return all
}

// grantedTo are the actions that some role of the member grants.
func (h *handwritten) grantedTo(m rbac.Member) []rbac.Action {
	all := rbac.Permissions{}
	for _, as := range m.Assignments {
		for a, grant := range h.roles[as.Role] {
			all[a] |= grant.scope
		}
	}
	return sortedActions(all)
}

func (h *handwritten) prepare(mix []request) (sweep, error) {
	return func(first, count int) (int, error) {
		allowed := 0
		part := mix[first : first+count]
		for i := range part {
			q := &part[i]
			if h.can(*q.member, q.action, q.resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}
