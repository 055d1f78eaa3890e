package main

import "github.com/miniprogram-platform/rbac"

type floor2 struct {
	numbers map[string]int
	spec    rbac.Spec
	perms   map[rbac.RoleID]rbac.Permissions
	targets []rbac.Target
	members []f2member
	index   map[string]int
}
type f2member struct {
	active                bool
	id, tenant, workspace int
	assignments           []f2assignment
}
type f2assignment struct {
	grants   []rbac.Scope
	programs []uint64
}
type f2call struct {
	member, action, tenant, workspace, program, owner int
	target                                            rbac.Target
}

func (f *floor2) n(kind, s string) int {
	if s == "" {
		return -1
	}
	s = kind + s
	if _, ok := f.numbers[s]; !ok {
		f.numbers[s] = len(f.numbers)
	}
	return f.numbers[s]
}
func newFloor2(u *universe) (engine, error) {
	f := &floor2{numbers: map[string]int{}, spec: u.spec, perms: map[rbac.RoleID]rbac.Permissions{}, index: map[string]int{}}
	for a, t := range u.spec.Actions {
		f.n("a", string(a))
		f.targets = append(f.targets, t)
	}
	for _, r := range u.spec.Roles {
		f.perms[r.ID] = r.Permissions
	}
	return f, nil
}
func (f *floor2) name() string { return "floor2" }
func (f *floor2) close() error { return nil }
func (f *floor2) add(ms []rbac.Member) error {
	for _, m := range ms {
		f.index[m.ID] = len(f.members)
		fm := f2member{active: m.Status == rbac.StatusActive, id: f.n("o", m.ID), tenant: f.n("t", m.Workspace.Tenant), workspace: f.n("w", kindOf(m.Workspace)+workspaceKey(m.Workspace))}
		for _, as := range m.Assignments {
			fa := f2assignment{make([]rbac.Scope, len(f.targets)), make([]uint64, 64)}
			for a, s := range f.perms[as.Role] {
				fa.grants[f.n("a", string(a))] = s
			}
			for _, p := range as.MiniPrograms {
				n := f.n("p", p)
				fa.programs[n/64] |= 1 << (n % 64)
			}
			fm.assignments = append(fm.assignments, fa)
		}
		f.members = append(f.members, fm)
	}
	return nil
}
func (f *floor2) can(c *f2call) bool {
	m := &f.members[c.member]
	if !m.active || f.targets[c.action]&c.target == 0 || m.tenant != c.tenant {
		return false
	}
	for i := range m.assignments {
		if m.assignments[i].reaches(m, c) {
			return true
		}
	}
	return false
}
func (a *f2assignment) reaches(m *f2member, c *f2call) bool {
	scope := a.grants[c.action]
	switch {
	case scope&rbac.ScopeTenant != 0:
		return true
	case scope == 0 || m.workspace != c.workspace:
		return false
	case scope&rbac.ScopeWorkspace != 0 || scope&rbac.ScopeOwn != 0 && c.owner == m.id:
		return true
	case scope&rbac.ScopeAssigned == 0 || c.program < 0:
		return false
	}
	return a.programs[c.program/64]>>(c.program%64)&1 != 0
}
func (f *floor2) prepare(mix []request) (sweep, error) {
	asked := make([]f2call, len(mix))
	for i, q := range mix {
		r := q.resource
		asked[i] = f2call{f.index[q.member.ID], f.n("a", string(q.action)), f.n("t", r.Workspace.Tenant), f.n("w", kindOf(r.Workspace)+workspaceKey(r.Workspace)), f.n("p", r.MiniProgram), f.n("o", r.Owner), targetFlag(&r)}
	}
	return func(first, count int) (int, error) {
		allowed := 0
		for i := range asked[first : first+count] {
			if f.can(&asked[first+i]) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}
