package rbac

import (
	"iter"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/miniprogram-platform/rbac/internal/names"
)

// How a decision is made.
//
// New numbers the actions in name order and gives each role one byte for each
// action: the scopes that the role grants. A check finds the action and each
// role of the member by name, reads one byte for each role, and compares that
// scope with where the resource lies.
//
// decide is the only code that grants. If it does not, denialReason asks the same
// questions again, one by one, and names the first that fails. So a grant costs
// one pass without reasons, and a denial costs two.

// Policy decides what members may do. It is built once, by New, and never changes.
// Any number of goroutines may use it. The nil Policy and the zero Policy deny
// everything.
type Policy struct {
	spec        Spec // merged, in canonical order, shared with nobody
	actionIndex names.Table[compiledAction]
	actions     []compiledAction // in name order
	roleIndex   names.Table[compiledRole]
	roles       []compiledRole         // in the order of spec.Roles, which is that of names
	exclusive   map[RoleID][][]RoleID  // the exclusive sets of each role
	fingerprint atomic.Pointer[string] // nil until somebody asks
}

// compiledAction is what a decision needs of an action.
type compiledAction struct {
	position int // in name order
	name     Action
	target   Target
	fourEyes bool
}

// compiledRole is what a decision needs of a role. One byte for each action takes
// memory and makes a check as fast with 10,000 roles as with ten.
type compiledRole struct {
	kind   WorkspaceKind
	grants []Scope // by the position of the action
}

// New builds a policy of the given specs, merged in order. If anything is wrong,
// it returns a nil policy and an error with every problem, each a *ValidationError
// with its place and a hint. The error stops after a thousand problems. The policy
// keeps nothing of the specs, so the caller may change them later.
func New(specs ...Spec) (*Policy, error) {
	merged, err := merge(specs)
	if err != nil {
		return nil, err
	}
	p := &Policy{spec: merged}
	p.compileActions()
	p.compileRoles()
	p.exclusive = exclusiveSets(p.spec.Exclusive)
	return p, nil
}

func (p *Policy) compileActions() {
	sorted := slices.Sorted(maps.Keys(p.spec.Actions))
	p.actions = make([]compiledAction, len(sorted))
	for i, action := range sorted {
		_, fourEyes := slices.BinarySearch(p.spec.FourEyes, action)
		p.actions[i] = compiledAction{i, action, p.spec.Actions[action], fourEyes}
	}
	p.actionIndex = names.New(slices.Collect(asStrings(slices.Values(sorted))), p.actions)
}

func (p *Policy) compileRoles() {
	ids := make([]string, len(p.spec.Roles))
	p.roles = make([]compiledRole, len(p.spec.Roles))
	grants := make([]Scope, len(p.spec.Roles)*len(p.actions))
	for i, role := range p.spec.Roles {
		ids[i] = string(role.ID)
		row := grants[i*len(p.actions):][:len(p.actions):len(p.actions)]
		for action, scope := range role.Permissions {
			row[p.actionIndex.Find(string(action)).position] = scope
		}
		p.roles[i] = compiledRole{role.Kind, row}
	}
	p.roleIndex = names.New(ids, p.roles)
}

// exclusiveSets returns the sets that each role is in.
func exclusiveSets(sets [][]RoleID) map[RoleID][][]RoleID {
	byRole := make(map[RoleID][][]RoleID)
	for _, set := range sets {
		for _, id := range set {
			byRole[id] = append(byRole[id], set)
		}
	}
	return byRole
}

// Must returns the policy, and panics if there is an error. It is for policies
// that are part of the program, as in
//
//	var policy = rbac.Must(rbac.New(rbac.Defaults(), extra))
func Must(p *Policy, err error) *Policy {
	if err != nil {
		panic(err)
	}
	return p
}

var defaultPolicy = Must(New(Defaults()))

// Default returns the platform's role tables as a Policy. It is New(Defaults()),
// and always the same pointer. [Defaults] returns the tables as a Spec to build
// on, and [DefaultRoles] only their roles.
func Default() *Policy { return defaultPolicy }

// Can reports whether the platform's role tables let the member do the action to
// the resource now. It is Default().Can.
func Can(member Member, action Action, resource Resource) bool {
	_, scope := defaultPolicy.decide(&clock{}, &member, action, &resource)
	return scope != 0
}

// Can reports whether the member may do the action to the resource now. It is
// Check(member, action, resource).Allowed.
//
// Can trusts its arguments. The caller must authenticate the member and load the
// resource.
func (p *Policy) Can(member Member, action Action, resource Resource) bool {
	_, scope := p.decide(&clock{}, &member, action, &resource)
	return scope != 0
}

// Check decides whether the member may do the action to the resource now, and
// says why. It reads the clock only if an assignment with bounds would grant. It
// never fails; anything unknown is denied.
func (p *Policy) Check(member Member, action Action, resource Resource) Decision {
	return p.check(&clock{}, &member, action, &resource)
}

// CheckAt is Check at the given time. It never reads the clock, so it is a pure
// function of the policy and its arguments.
func (p *Policy) CheckAt(now time.Time, member Member, action Action, resource Resource) Decision {
	return p.check(&clock{now, true}, &member, action, &resource)
}

func (p *Policy) check(c *clock, m *Member, action Action, r *Resource) Decision {
	if role, scope := p.decide(c, m, action, r); scope != 0 {
		return Decision{Allowed: true, Reason: ReasonGranted, Role: role, Scope: scope}
	}
	return Decision{Reason: p.denialReason(c, m, action, r), refused: action}
}

// decide returns the role that grants and the widest scope through which it does,
// or the zero scope. Every other answer is tested against it. Subject.decide is
// the same decision with the lookups done before.
//
// It asks last whether the member's own workspace is valid. That compares two IDs,
// and most denials need not know.
func (p *Policy) decide(c *clock, m *Member, action Action, r *Resource) (RoleID, Scope) {
	if p == nil || m.ID == "" || m.Status != StatusActive {
		return "", 0
	}
	reach := m.Workspace.reach(&r.Workspace)
	if reach == 0 {
		return "", 0
	}
	compiled := p.actionIndex.Find(string(action))
	if compiled == nil || !compiled.appliesTo(m, r) {
		return "", 0
	}
	for i := range m.Assignments {
		assignment := &m.Assignments[i]
		role := p.roleIndex.Find(string(assignment.Role))
		if role == nil || role.kind != m.Workspace.Kind {
			continue
		}
		scope := m.scopeReaching(role.grants[compiled.position]&reach, r)
		if scope == 0 || scope == ScopeAssigned && !assignment.includes(r.MiniProgram) {
			continue
		}
		if assignment.inForce(c) && m.Workspace.isValid() {
			return assignment.Role, scope
		}
	}
	return "", 0
}

// scopeReaching returns the widest of the scopes through which the member reaches
// the resource. The caller has left only the scopes that reach the resource's
// workspace, and must check that the assignment names the mini program if the
// result is ScopeAssigned.
func (m *Member) scopeReaching(scopes Scope, r *Resource) Scope {
	switch {
	case scopes >= ScopeTenant:
		return ScopeTenant
	case scopes >= ScopeWorkspace:
		return ScopeWorkspace
	case scopes == 0:
		return 0
	case scopes&ScopeOwn != 0 && r.Owner == m.ID:
		return ScopeOwn
	case r.MiniProgram != "":
		return scopes & ScopeAssigned
	}
	return 0
}

// appliesTo reports whether the action is done to such a resource, and four eyes
// do not keep the member from it.
func (a *compiledAction) appliesTo(m *Member, r *Resource) bool {
	if a.fourEyes && checkFourEyes(m, r) != ReasonGranted {
		return false
	}
	return a.target&r.target() != 0
}

// checkFourEyes returns ReasonGranted if the owner of the resource is known and is
// not the member.
func checkFourEyes(m *Member, r *Resource) Reason {
	switch r.Owner {
	case "":
		return ReasonOwnerUnknown
	case m.ID:
		return ReasonOwnRequest
	}
	return ReasonGranted
}

// denialReason returns the reason for a denial of decide.
func (p *Policy) denialReason(c *clock, m *Member, action Action, r *Resource) Reason {
	if p == nil || p.actions == nil {
		return ReasonNoPolicy
	}
	compiled := p.actionIndex.Find(string(action))
	if compiled == nil {
		return ReasonUnknownAction
	}
	own := m.reason()
	switch seen := visibility(m, r); {
	case own == ReasonInvalidMember || own == ReasonInvalidWorkspace:
		return own
	case seen != ReasonGranted:
		return seen
	case own != ReasonGranted:
		return own
	case compiled.target&r.target() == 0:
		return ReasonWrongTarget
	}
	nearest := ReasonNoRole
	for i := range m.Assignments {
		reason := p.assignmentReason(c, m, &m.Assignments[i], compiled, r)
		if reason == ReasonGranted {
			return checkFourEyes(m, r)
		}
		nearest = max(nearest, reason)
	}
	return nearest
}

// reason returns why the member may do nothing at all, or ReasonGranted.
func (m *Member) reason() Reason {
	switch {
	case m.ID == "":
		return ReasonInvalidMember
	case !m.Workspace.isValid():
		return ReasonInvalidWorkspace
	}
	return m.Status.reason()
}

// reason returns why a member with this status may do nothing, or ReasonGranted.
func (s Status) reason() Reason {
	switch s {
	case StatusActive:
		return ReasonGranted
	case StatusInvited:
		return ReasonInvited
	case StatusBlocked:
		return ReasonBlocked
	case StatusWithdrawn:
		return ReasonWithdrawn
	case StatusDeleted:
		return ReasonDeleted
	}
	return ReasonInvalidMember
}

// visibility returns why the resource is hidden from the member, or ReasonGranted.
func visibility(m *Member, r *Resource) Reason {
	switch {
	case !r.Workspace.isValid():
		return ReasonInvalidWorkspace
	case r.Workspace.Tenant != m.Workspace.Tenant:
		return ReasonOtherTenant
	case m.Workspace.Kind == KindDeveloper && r.Workspace != m.Workspace:
		return ReasonOtherWorkspace
	}
	return ReasonGranted
}

// assignmentReason returns why one assignment does not grant, or ReasonGranted.
func (p *Policy) assignmentReason(c *clock, m *Member, assignment *Assignment, a *compiledAction, r *Resource) Reason {
	role, reason := p.roleFor(assignment.Role, m.Workspace.Kind)
	if reason != ReasonGranted {
		return reason
	}
	granted := role.grants[a.position]
	if granted == 0 {
		return ReasonNotGranted
	}
	scope := m.scopeReaching(granted&m.Workspace.reach(&r.Workspace), r)
	switch {
	case scope != 0 && (scope != ScopeAssigned || assignment.includes(r.MiniProgram)):
		return assignment.timeReason(c)
	case r.Workspace != m.Workspace:
		return ReasonOwnWorkspaceOnly
	case granted&ScopeAssigned != 0:
		return ReasonNotAssigned
	}
	return ReasonNotOwner
}

// timeReason returns why the assignment is not in force, or ReasonGranted.
func (a *Assignment) timeReason(c *clock) Reason {
	switch {
	case a.inForce(c):
		return ReasonGranted
	case a.endedAt(c.now()):
		return ReasonExpired
	}
	return ReasonNotYet
}

// roleFor returns the role as members of such a workspace hold it, or nil and the
// reason why it grants them nothing.
func (p *Policy) roleFor(id RoleID, kind WorkspaceKind) (*compiledRole, Reason) {
	role := p.roleIndex.Find(string(id))
	switch {
	case role == nil:
		return nil, ReasonUnknownRole
	case role.kind != kind:
		return nil, ReasonOtherKind
	}
	return role, ReasonGranted
}

// Spec returns the policy as one spec, in canonical order and with nothing left to
// extend. New(p.Spec()) is an equal policy. The result is a fresh copy. Of a nil or
// zero policy it is the zero Spec.
func (p *Policy) Spec() Spec {
	if p == nil {
		return Spec{}
	}
	return p.spec.clone()
}

// Actions yields the actions that the policy declares, in name order, and the
// target of each.
func (p *Policy) Actions() iter.Seq2[Action, Target] {
	return func(yield func(Action, Target) bool) {
		if p == nil {
			return
		}
		for i := range p.actions {
			if !yield(p.actions[i].name, p.actions[i].target) {
				return
			}
		}
	}
}

// Roles yields the roles that the policy defines, in name order. Each is a fresh
// copy.
func (p *Policy) Roles() iter.Seq[Role] {
	return func(yield func(Role) bool) {
		if p == nil {
			return
		}
		for _, role := range p.spec.Roles {
			if !yield(role.clone()) {
				return
			}
		}
	}
}

// roleIDs yields the IDs of the roles, in name order.
func (p *Policy) roleIDs() iter.Seq[RoleID] {
	return func(yield func(RoleID) bool) {
		slices.Values(p.spec.Roles)(func(role Role) bool { return yield(role.ID) })
	}
}

// RolesWith yields the roles that grant the action and cover the scope, in name
// order. For the zero Scope, or an action that the policy does not declare, it
// yields none.
func (p *Policy) RolesWith(action Action, scope Scope) iter.Seq[RoleID] {
	return func(yield func(RoleID) bool) {
		if p == nil || scope == 0 {
			return
		}
		compiled := p.actionIndex.Find(string(action))
		if compiled == nil {
			return
		}
		for i, role := range p.spec.Roles {
			if scope&^p.roles[i].grants[compiled.position].covered() == 0 && !yield(role.ID) {
				return
			}
		}
	}
}

// WhoCan yields those of the members who may do the action to the resource now, in
// the order in which they come. It reads one member at a time, and stops when the
// caller stops. Of nil members it yields none.
func (p *Policy) WhoCan(action Action, resource Resource, members iter.Seq[Member]) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if members == nil {
			return
		}
		for member := range members {
			if p.Can(member, action, resource) && !yield(member) {
				return
			}
		}
	}
}
