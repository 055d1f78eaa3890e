package baseline

import "github.com/miniprogram-platform/rbac"

// Floor is the same decision after every string has been replaced by an integer, so that a check looks nothing up by
// name. It is a lower bound, and nothing that a host could use. It asks what [Handwritten] asks, in the same order, of
// any number of assignments.
type Floor struct {
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

// FloorRequest is a request in integers.
type FloorRequest struct {
	member, workspace, tenant, program, owner uint32
	action                                    uint16
	target                                    rbac.Target
}

// NewFloor numbers the actions of the spec.
func NewFloor(spec rbac.Spec) *Floor {
	f := &Floor{numbers: newNumbers(spec), roles: map[rbac.RoleID][]rbac.Scope{}}
	for _, action := range sortedActions(spec.Actions) {
		f.targets = append(f.targets, spec.Actions[action])
	}
	for _, role := range spec.Roles {
		f.roles[role.ID] = make([]rbac.Scope, len(f.targets))
		for action, scope := range role.Permissions {
			f.roles[role.ID][f.numbers.actions[action]] = scope
		}
	}
	return f
}

// Add numbers the members. Their requests can be made afterwards.
func (f *Floor) Add(members []rbac.Member) {
	for _, member := range members {
		f.numbers.members[member.ID] = uint32(len(f.members))
		f.members = append(f.members, f.member(member))
	}
}

func (f *Floor) member(member rbac.Member) floorMember {
	numbered := floorMember{
		active:    member.Status == rbac.StatusActive,
		id:        intern(f.numbers.owners, member.ID),
		workspace: intern(f.numbers.workspaces, member.Workspace),
		tenant:    intern(f.numbers.tenants, member.Workspace.Tenant),
	}
	for _, assignment := range member.Assignments {
		held := floorAssignment{grants: f.roles[assignment.Role]}
		for _, id := range assignment.MiniPrograms {
			held.programs = set(held.programs, intern(f.numbers.programs, id))
		}
		numbered.assignments = append(numbered.assignments, held)
	}
	return numbered
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

// Requests numbers what is asked about. The members must have been added.
func (f *Floor) Requests(requests []Request) []FloorRequest {
	numbered := make([]FloorRequest, len(requests))
	for i, q := range requests {
		numbered[i] = f.numbers.request(q)
	}
	return numbered
}

// Can reports whether the member may do the action to the resource.
func (f *Floor) Can(q *FloorRequest) bool {
	member := &f.members[q.member]
	if !member.active || member.tenant != q.tenant || f.targets[q.action]&q.target == 0 {
		return false
	}
	for i := range member.assignments {
		assignment := &member.assignments[i]
		if assignment.reaches(assignment.grants[q.action], member, q) {
			return true
		}
	}
	return false
}

// reaches is small enough for the compiler to inline. A request without a mini program needs no test of its own,
// because its bit is never set.
func (a *floorAssignment) reaches(scope rbac.Scope, member *floorMember, q *FloorRequest) bool {
	switch {
	case scope&rbac.ScopeTenant != 0:
		return true
	case scope == 0 || member.workspace != q.workspace:
		return false
	case scope&rbac.ScopeWorkspace != 0 || scope&rbac.ScopeOwn != 0 && q.owner == member.id:
		return true
	}
	return scope&rbac.ScopeAssigned != 0 && isSet(a.programs, q.program)
}

// numbers are the integers that replace strings.
type numbers struct {
	actions    map[rbac.Action]uint16
	members    map[string]uint32
	workspaces map[rbac.Workspace]uint32
	tenants    map[string]uint32
	programs   map[string]uint32 // zero is no mini program
	owners     map[string]uint32 // zero is no owner
}

func newNumbers(spec rbac.Spec) numbers {
	n := numbers{
		actions:    map[rbac.Action]uint16{},
		members:    map[string]uint32{},
		workspaces: map[rbac.Workspace]uint32{},
		tenants:    map[string]uint32{},
		programs:   map[string]uint32{"": 0},
		owners:     map[string]uint32{"": 0},
	}
	for i, action := range sortedActions(spec.Actions) {
		n.actions[action] = uint16(i)
	}
	return n
}

func (n *numbers) request(q Request) FloorRequest {
	resource := q.Resource
	return FloorRequest{
		member:    n.members[q.Member.ID],
		action:    n.actions[q.Action],
		target:    targetOf(&resource),
		workspace: intern(n.workspaces, resource.Workspace),
		tenant:    intern(n.tenants, resource.Workspace.Tenant),
		program:   intern(n.programs, resource.MiniProgram),
		owner:     intern(n.owners, resource.Owner),
	}
}

// intern returns the number of a key, which is the next one if the key is new.
func intern[K comparable](known map[K]uint32, key K) uint32 {
	n, ok := known[key]
	if !ok {
		n = uint32(len(known))
		known[key] = n
	}
	return n
}
