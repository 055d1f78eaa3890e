package main

import "github.com/miniprogram-platform/rbac"

// floor is the same decision on integers that were interned beforehand: what is left
// of a check when nothing has to be looked up by name. It asks what the handwritten
// code asks, in the same order, of any number of assignments. (To work out beforehand
// what a member's assignments come to took hardly anything off it.)
type floor struct {
	numbers numbers
	roles   map[rbac.RoleID][]rbac.Scope // by the number of the action
	targets []rbac.Target                // by the number of the action
	members []floorMember
}

type floorMember struct {
	active                bool
	id, workspace, tenant uint32
	assignments           []floorAssignment
}

type floorAssignment struct {
	grants   []rbac.Scope // by the number of the action
	programs []uint64     // a bit for each mini program
}

// A floorRequest is a request in integers.
type floorRequest struct {
	member, workspace, tenant, program, owner uint32
	action                                    uint16
	target                                    rbac.Target
}

func newFloor(u *universe) (engine, error) {
	f := &floor{numbers: newNumbers(u), roles: map[rbac.RoleID][]rbac.Scope{}}
	for _, a := range sortedActions(u.spec.Actions) {
		f.targets = append(f.targets, u.spec.Actions[a])
	}
	for _, role := range u.spec.Roles {
		f.roles[role.ID] = make([]rbac.Scope, len(f.targets))
		for a, scope := range role.Permissions {
			f.roles[role.ID][f.numbers.actions[a]] = scope
		}
	}
	return f, nil
}

func (f *floor) name() string { return floorName }
func (f *floor) close() error { return nil }

func (f *floor) add(members []rbac.Member) error {
	for _, m := range members {
		f.numbers.members[m.ID] = uint32(len(f.members))
		f.members = append(f.members, f.member(m))
	}
	return nil
}

func (f *floor) member(m rbac.Member) floorMember {
	fm := floorMember{
		active:    m.Status == rbac.StatusActive,
		id:        intern(f.numbers.owners, m.ID),
		workspace: intern(f.numbers.workspaces, m.Workspace),
		tenant:    intern(f.numbers.tenants, m.Workspace.Tenant),
	}
	for _, as := range m.Assignments {
		fa := floorAssignment{grants: f.roles[as.Role]}
		for _, id := range as.MiniPrograms {
			fa.programs = set(fa.programs, intern(f.numbers.programs, id))
		}
		fm.assignments = append(fm.assignments, fa)
	}
	return fm
}

// set sets a bit, and makes room for it.
func set(bits []uint64, n uint32) []uint64 {
	for uint32(len(bits)) <= n/64 {
		bits = append(bits, 0)
	}
	bits[n/64] |= 1 << (n % 64)
	return bits
}

func isSet(bits []uint64, n uint32) bool {
	return n/64 < uint32(len(bits)) && bits[n/64]>>(n%64)&1 != 0
}

func (f *floor) can(q *floorRequest) bool {
	m := &f.members[q.member]
	if !m.active || m.tenant != q.tenant || f.targets[q.action]&q.target == 0 {
		return false
	}
	for i := range m.assignments {
		as := &m.assignments[i]
		if as.reaches(as.grants[q.action], m, q) {
			return true
		}
	}
	return false
}

// reaches is small enough for the compiler to do without a call, as it is in the
// handwritten code. A request without a mini program needs no test: its bit is never set.
func (as *floorAssignment) reaches(scope rbac.Scope, m *floorMember, q *floorRequest) bool {
	switch {
	case scope&rbac.ScopeTenant != 0:
		return true
	case scope == 0 || m.workspace != q.workspace:
		return false
	case scope&rbac.ScopeWorkspace != 0 || scope&rbac.ScopeOwn != 0 && q.owner == m.id:
		return true
	}
	return scope&rbac.ScopeAssigned != 0 && isSet(as.programs, q.program)
}

func (f *floor) prepare(mix []request) (sweep, error) {
	asked := f.numbers.requests(mix)
	return func(first, count int) (int, error) {
		allowed := 0
		part := asked[first : first+count]
		for i := range part {
			if f.can(&part[i]) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// numbers are the integers that strings were turned into.
type numbers struct {
	actions    map[rbac.Action]uint16
	members    map[string]uint32
	workspaces map[rbac.Workspace]uint32
	tenants    map[string]uint32
	programs   map[string]uint32 // zero is no mini program
	owners     map[string]uint32 // zero is no owner
}

func newNumbers(u *universe) numbers {
	n := numbers{
		actions: map[rbac.Action]uint16{}, members: map[string]uint32{}, workspaces: map[rbac.Workspace]uint32{},
		tenants: map[string]uint32{}, programs: map[string]uint32{"": 0}, owners: map[string]uint32{"": 0},
	}
	for i, a := range sortedActions(u.spec.Actions) {
		n.actions[a] = uint16(i)
	}
	return n
}

func intern[K comparable](known map[K]uint32, k K) uint32 {
	n, ok := known[k]
	if !ok {
		n = uint32(len(known))
		known[k] = n
	}
	return n
}

func (n *numbers) requests(mix []request) []floorRequest {
	asked := make([]floorRequest, len(mix))
	for i, q := range mix {
		r := q.resource
		asked[i] = floorRequest{
			member: n.members[q.member.ID], action: n.actions[q.action], target: targetFlag(&r),
			workspace: intern(n.workspaces, r.Workspace), tenant: intern(n.tenants, r.Workspace.Tenant),
			program: intern(n.programs, r.MiniProgram), owner: intern(n.owners, r.Owner),
		}
	}
	return asked
}
