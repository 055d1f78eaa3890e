package main

import "github.com/miniprogram-platform/rbac"

// floor is the least that an answer can cost: every string was turned into a small
// integer before, every member into tables, and what is left is comparing integers
// and testing bits. No library that is asked with strings can do less.
type floor struct {
	actions    map[rbac.Action]uint16
	workspaces map[rbac.Workspace]uint32
	tenants    map[string]uint32
	programs   map[string]uint32
	owners     map[string]uint32
	hand       *handwritten
	spec       rbac.Spec
	members    []floorMember
	indexes    map[string]uint32
}

// A floorMember answers from tables: what each action reaches for each kind of
// target, and which actions the assignments give on each mini program.
type floorMember struct {
	id, workspace, tenant uint32
	reach                 [3][]uint8 // by kind of target and action: scope bits
	slot                  []uint8    // by mini program: an index into onProgram
	onProgram             [][2]uint64
}

// A floorRequest is a request in integers. Zero is no program, and no owner.
type floorRequest struct {
	member, workspace, tenant, program, owner uint32
	action                                    uint16
	kind                                      uint8
}

func newFloor(u *universe) (engine, error) {
	f := &floor{
		actions: map[rbac.Action]uint16{}, workspaces: map[rbac.Workspace]uint32{}, tenants: map[string]uint32{},
		programs: map[string]uint32{"": 0}, owners: map[string]uint32{"": 0}, indexes: map[string]uint32{},
		hand: newHandwritten(u), spec: u.spec,
	}
	for i, a := range sortedActions(u.spec.Actions) {
		f.actions[a] = uint16(i)
	}
	for _, w := range u.workspaces {
		intern(f.workspaces, w)
		intern(f.tenants, w.Tenant)
	}
	for _, p := range u.programs {
		intern(f.programs, p.MiniProgram)
	}
	return f, nil
}

func intern[K comparable](known map[K]uint32, k K) uint32 {
	n, ok := known[k]
	if !ok {
		n = uint32(len(known))
		known[k] = n
	}
	return n
}

func (f *floor) name() string { return floorName }
func (f *floor) close() error { return nil }

func (f *floor) add(members []rbac.Member) error {
	for _, m := range members {
		f.indexes[m.ID] = uint32(len(f.members))
		f.members = append(f.members, f.member(m))
	}
	return nil
}

func (f *floor) member(m rbac.Member) floorMember {
	fm := floorMember{
		id: intern(f.owners, m.ID), workspace: f.workspaces[m.Workspace], tenant: f.tenants[m.Workspace.Tenant],
		slot: make([]uint8, len(f.programs)), onProgram: make([][2]uint64, 1),
	}
	for kind := range fm.reach {
		fm.reach[kind] = make([]uint8, len(f.actions))
	}
	if m.Status != rbac.StatusActive {
		return fm
	}
	for _, as := range m.Assignments {
		f.give(&fm, as)
	}
	return fm
}

func (f *floor) give(fm *floorMember, as rbac.Assignment) {
	for a, grant := range f.hand.roles[as.Role] {
		f.reach(fm, a, grant.scope)
		if grant.scope&rbac.ScopeAssigned != 0 {
			f.assign(fm, a, as.MiniPrograms)
		}
	}
}

func (f *floor) reach(fm *floorMember, a rbac.Action, scope rbac.Scope) {
	for kind, flag := range floorKinds {
		if f.spec.Actions[a]&flag != 0 {
			fm.reach[kind][f.actions[a]] |= uint8(scope)
		}
	}
}

var floorKinds = [3]rbac.Target{rbac.OnTenant, rbac.OnDeveloper, rbac.OnMiniProgram}

func (f *floor) assign(fm *floorMember, a rbac.Action, programs []string) {
	n := f.actions[a]
	for _, id := range programs {
		p := f.programs[id]
		if fm.slot[p] == 0 {
			fm.slot[p] = uint8(len(fm.onProgram))
			fm.onProgram = append(fm.onProgram, [2]uint64{})
		}
		fm.onProgram[fm.slot[p]][n/64] |= 1 << (n % 64)
	}
}

func (f *floor) can(q *floorRequest) bool {
	m := &f.members[q.member]
	reach := rbac.Scope(m.reach[q.kind][q.action])
	if reach == 0 || q.tenant != m.tenant {
		return false
	}
	if reach&rbac.ScopeTenant != 0 {
		return true
	}
	if q.workspace != m.workspace {
		return false
	}
	if reach&rbac.ScopeWorkspace != 0 || reach&rbac.ScopeOwn != 0 && q.owner == m.id {
		return true
	}
	return reach&rbac.ScopeAssigned != 0 && m.onProgram[m.slot[q.program]][q.action/64]&(1<<(q.action%64)) != 0
}

func (f *floor) prepare(mix []request) (sweep, error) {
	asked := make([]floorRequest, len(mix))
	for i, q := range mix {
		asked[i] = f.request(q)
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

func (f *floor) request(q request) floorRequest {
	r := q.resource
	fq := floorRequest{
		member: f.indexes[q.member.ID], action: f.actions[q.action], program: f.programs[r.MiniProgram],
		workspace: intern(f.workspaces, r.Workspace), tenant: intern(f.tenants, r.Workspace.Tenant), owner: intern(f.owners, r.Owner),
	}
	for kind, flag := range floorKinds {
		if flag == targetFlag(&r) {
			fq.kind = uint8(kind)
		}
	}
	return fq
}
