package rbac

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
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
//
// With does not copy the policy that it adds to. The new policy shares its tables,
// and has small ones of its own for what it adds or changes.

// Policy decides what members may do. It is built once, by New or With, and never
// changes. Any number of goroutines may use it. The nil Policy and the zero Policy
// deny everything.
type Policy struct {
	spec        Spec // merged, in canonical order, shared with nobody; with a shared policy, only what is added or changed
	actionIndex names.Table[compiledAction]
	actions     []compiledAction // in name order
	roleIndex   names.Table[compiledRole]
	roles       []compiledRole // in the order of spec.Roles, which is that of names
	exclusive   map[RoleID][]*exclusiveSet
	size        int // bytes of spec as JSON

	shared *Policy // whose roles and guards hold too; nil if spec is everything
	added  *addedRoles

	base  *Policy // what With was called on; nil for a policy of New
	layer Spec    // what With added

	fingerprint atomic.Pointer[string] // nil until somebody asks
	flattened   atomic.Pointer[Policy] // this policy without a shared one; nil until With needs it
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
	kind      WorkspaceKind
	workspace *Workspace // whose own role it is; nil for everybody's
	grants    []Scope    // by the position of the action
}

// heldIn reports whether members of the workspace can hold the role.
func (r *compiledRole) heldIn(w *Workspace) bool {
	return r.kind == w.Kind && (r.workspace == nil || *r.workspace == *w)
}

// addedRoles are the roles that a policy has beside the shared ones.
type addedRoles struct {
	index   names.Table[compiledRole]
	changes bool // some of them take the place of shared ones
}

// exclusiveSet is a set of roles of which a member may hold one, in name order.
type exclusiveSet []RoleID

func (s exclusiveSet) has(id RoleID) bool {
	_, found := slices.BinarySearch(s, id)
	return found
}

// String returns the roles, separated by commas.
func (s exclusiveSet) String() string {
	return strings.Join(slices.Collect(asStrings(slices.Values(s))), ", ")
}

// New builds a policy of the given specs, merged in order. If anything is wrong,
// it returns a nil policy and an error with every problem, each a *ValidationError
// with its place and a hint. The error stops after a thousand problems. The policy
// keeps nothing of the specs, so the caller may change them later.
func New(specs ...Spec) (*Policy, error) {
	c, err := check(nil, true, specs...)
	if err != nil {
		return nil, err
	}
	return compile(c.merged(specs))
}

// With returns the policy with a spec added: a policy for each workspace. It
// decides, writes and is fingerprinted as New(p.Spec(), s) is, and shares what it
// can with p. Unless the spec declares actions or four eyes, or the two together come
// near a limit of Spec, the cost depends on the spec and not on p. The first With on a
// policy that With made also costs what New does. A spec that does not fit p is an error,
// as it is for New.
func (p *Policy) With(s Spec) (*Policy, error) {
	if p.isZero() {
		return nil, errNoPolicy()
	}
	shared := p.flat()
	c, err := check(shared, true, s)
	if err != nil {
		return nil, err
	}
	q, err := compileOn(shared, c.merged([]Spec{s}))
	if err != nil {
		return nil, err
	}
	q.base, q.layer = p, s.clone().canonical()
	return q, nil
}

// isZero reports whether the policy is nil or was not built.
func (p *Policy) isZero() bool { return p == nil || p.actions == nil }

func errNoPolicy() error { return newProblem("", "there is no policy", "build one with New") }

// compile builds the policy of a merged spec.
func compile(merged Spec) (*Policy, error) {
	p := &Policy{spec: merged, size: merged.size()}
	switch {
	case len(merged.Exclusive) > setLimit.most:
		return nil, newProblem("exclusive", setLimit.problem(), "leave some out")
	case p.size > largestDocument:
		return nil, tooLarge(p.size)
	}
	p.actions = make([]compiledAction, 0, len(merged.Actions))
	for _, action := range slices.Sorted(maps.Keys(merged.Actions)) {
		p.actions = append(p.actions, compiledAction{len(p.actions), action, merged.Actions[action], false})
	}
	p.indexActions(merged.FourEyes)
	p.roleIndex = p.compileRoles()
	p.exclusive = exclusiveSets(merged.Exclusive)
	return p, nil
}

// compileOn builds the policy that adds a merged spec to a shared policy. Where the two
// may be too much, only the merged policy tells, because they may have things in common.
func compileOn(shared *Policy, added Spec) (*Policy, error) {
	size, sets := shared.size+added.size(), len(shared.spec.Exclusive)+len(added.Exclusive)
	if len(added.Actions) > 0 || size > largestDocument || sets > setLimit.most {
		return compile(overlay(shared.spec, added))
	}
	p := &Policy{spec: added, size: size, shared: shared}
	p.actions, p.actionIndex, p.roleIndex = shared.actions, shared.actionIndex, shared.roleIndex
	if len(added.FourEyes) > 0 {
		p.actions = slices.Clone(shared.actions)
		p.indexActions(added.FourEyes)
	}
	if len(added.Roles) > 0 {
		p.added = &addedRoles{index: p.compileRoles()}
		p.added.changes = slices.ContainsFunc(added.Roles, func(role Role) bool {
			return shared.roleIndex.Find(string(role.ID)) != nil
		})
	}
	p.exclusive = exclusiveSets(added.Exclusive)
	return p, nil
}

// overlay returns a merged spec, whose maps are never nil, with another on top of it.
func overlay(under, added Spec) Spec {
	s := under.clone()
	replaced := make(map[RoleID]bool)
	for _, role := range added.Roles {
		replaced[role.ID] = true
	}
	s.Roles = slices.DeleteFunc(s.Roles, func(role Role) bool { return replaced[role.ID] })
	for _, role := range added.Roles {
		s.Roles = append(s.Roles, role.clone())
	}
	maps.Copy(s.Actions, added.Actions)
	maps.Copy(s.Labels, added.Labels)
	maps.Copy(s.AtLeast, added.AtLeast)
	maps.Copy(s.AtMost, added.AtMost)
	s.Labels = withoutEmpty(s.Labels)
	for id, administered := range added.Administers {
		all := slices.Concat(s.Administers[id], administered)
		slices.Sort(all)
		s.Administers[id] = slices.Compact(all)
	}
	s.Exclusive = append(s.Exclusive, cloneSets(added.Exclusive)...)
	s.FourEyes = append(s.FourEyes, added.FourEyes...)
	return s.canonical()
}

func (p *Policy) indexActions(fourEyes []Action) {
	ids := make([]string, len(p.actions))
	for i := range p.actions {
		action := &p.actions[i]
		ids[i] = string(action.name)
		if _, found := slices.BinarySearch(fourEyes, action.name); found {
			action.fourEyes = true
		}
	}
	p.actionIndex = names.New(ids, p.actions)
}

// compileRoles compiles the roles of the policy's own spec, and returns their index.
func (p *Policy) compileRoles() names.Table[compiledRole] {
	ids := make([]string, len(p.spec.Roles))
	p.roles = make([]compiledRole, len(p.spec.Roles))
	grants := make([]Scope, len(p.spec.Roles)*len(p.actions))
	for i := range p.spec.Roles {
		role := &p.spec.Roles[i]
		ids[i] = string(role.ID)
		row := grants[i*len(p.actions):][:len(p.actions):len(p.actions)]
		for action, scope := range role.Permissions {
			row[p.actionIndex.Find(string(action)).position] = scope
		}
		p.roles[i] = compiledRole{kind: role.Kind, grants: row}
		if role.Workspace != (Workspace{}) {
			p.roles[i].workspace = &role.Workspace
		}
	}
	return names.New(ids, p.roles)
}

// exclusiveSets returns the sets that each role is in.
func exclusiveSets(sets [][]RoleID) map[RoleID][]*exclusiveSet {
	if len(sets) == 0 {
		return nil
	}
	byRole := make(map[RoleID][]*exclusiveSet)
	for _, roles := range sets {
		set := exclusiveSet(roles)
		for _, id := range roles {
			byRole[id] = append(byRole[id], &set)
		}
	}
	return byRole
}

// flat returns an equal policy that shares nothing. Whoever asks first computes it.
func (p *Policy) flat() *Policy {
	if p.shared == nil {
		return p
	}
	if flat := p.flattened.Load(); flat != nil {
		return flat
	}
	flat, _ := compile(overlay(p.shared.spec, p.spec)) // With has checked the size
	p.flattened.CompareAndSwap(nil, flat)
	return p.flattened.Load()
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
	return p.check(at(now), &member, action, &resource)
}

func (p *Policy) check(c *clock, m *Member, action Action, r *Resource) Decision {
	if role, scope := p.decide(c, m, action, r); scope != 0 {
		return Decision{Allowed: true, Reason: ReasonGranted, Action: action, Role: role, Scope: scope}
	}
	return Decision{Reason: p.denialReason(c, m, action, r), Action: action}
}

// decide returns the role that grants and the widest scope through which it does,
// or the zero scope. Every other answer is tested against it. Subject.decide is
// the same decision with the lookups done before.
//
// It asks last whether the member's own workspace is valid. That compares two IDs,
// and most denials need not know.
func (p *Policy) decide(c *clock, m *Member, action Action, r *Resource) (RoleID, Scope) {
	if p == nil || m.ID == "" || m.Status != StatusActive || m.Suspended {
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
		if p.added != nil && (role == nil || p.added.changes) {
			role = p.added.find(assignment.Role, role)
		}
		if role == nil || !role.heldIn(&m.Workspace) {
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
// the resource; ScopeOwn before ScopeAssigned if both reach it. The caller has left
// only the scopes that reach the resource's workspace, and must check that the
// assignment names the mini program if the result is ScopeAssigned.
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

// denialReason returns the reason for a denial of decide. What the member may not do
// at all comes first, and then whether the resource is in sight: a member who may do
// nothing learns of no resource, and nobody learns of one that is out of sight.
func (p *Policy) denialReason(c *clock, m *Member, action Action, r *Resource) Reason {
	if p.isZero() {
		return ReasonNoPolicy
	}
	if reason := m.reason(); reason != ReasonGranted {
		return reason
	}
	if reason := visibility(m, r); reason != ReasonGranted {
		return reason
	}
	compiled := p.actionIndex.Find(string(action))
	switch {
	case compiled == nil:
		return ReasonUnknownAction
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
	case m.Status != StatusActive:
		return m.Status.reason()
	case m.Suspended:
		return ReasonSuspended
	}
	return ReasonGranted
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
	role, reason := p.roleFor(assignment.Role, &m.Workspace)
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

// roleFor returns the role as members of the workspace hold it, or nil and the
// reason why it grants them nothing. Another workspace's own role is unknown to them.
func (p *Policy) roleFor(id RoleID, w *Workspace) (*compiledRole, Reason) {
	role := p.findRole(id)
	switch {
	case role == nil, role.workspace != nil && *role.workspace != *w:
		return nil, ReasonUnknownRole
	case role.kind != w.Kind:
		return nil, ReasonOtherKind
	}
	return role, ReasonGranted
}

// findRole returns the role that the policy defines, or nil.
func (p *Policy) findRole(id RoleID) *compiledRole {
	role := p.roleIndex.Find(string(id))
	if p.added != nil {
		return p.added.find(id, role)
	}
	return role
}

// find returns the added role, or the shared one if nothing is added.
func (a *addedRoles) find(id RoleID, shared *compiledRole) *compiledRole {
	if role := a.index.Find(string(id)); role != nil {
		return role
	}
	return shared
}

// definition returns the role as the policy's spec has it, or nil.
func (p *Policy) definition(id RoleID) *Role {
	for q := p; q != nil; q = q.shared {
		i, found := slices.BinarySearchFunc(q.spec.Roles, id, func(role Role, id RoleID) int {
			return cmp.Compare(role.ID, id)
		})
		if found {
			return &q.spec.Roles[i]
		}
	}
	return nil
}

// eachRole calls the function with each role in name order, until it returns false.
func (p *Policy) eachRole(visit func(*Role, *compiledRole) bool) {
	if p == nil {
		return
	}
	next := 0
	if p.shared != nil {
		for i := range p.shared.spec.Roles {
			role, compiled := &p.shared.spec.Roles[i], &p.shared.roles[i]
			for next < len(p.roles) && p.spec.Roles[next].ID < role.ID {
				if !visit(&p.spec.Roles[next], &p.roles[next]) {
					return
				}
				next++
			}
			if next < len(p.roles) && p.spec.Roles[next].ID == role.ID {
				role, compiled = &p.spec.Roles[next], &p.roles[next]
				next++
			}
			if !visit(role, compiled) {
				return
			}
		}
	}
	for ; next < len(p.roles); next++ {
		if !visit(&p.spec.Roles[next], &p.roles[next]) {
			return
		}
	}
}

// isInSet reports whether an exclusive set has the role.
func (p *Policy) isInSet(id RoleID) bool {
	return len(p.exclusive[id]) > 0 || p.shared != nil && len(p.shared.exclusive[id]) > 0
}

// setsOf returns the exclusive sets of a role.
func (p *Policy) setsOf(id RoleID) []*exclusiveSet {
	if p.shared == nil {
		return p.exclusive[id]
	}
	return slices.Concat(p.shared.exclusive[id], p.exclusive[id])
}

// hasPower reports whether the role administers any.
func (p *Policy) hasPower(id RoleID) bool {
	return len(p.spec.Administers[id]) > 0 || p.shared != nil && len(p.shared.spec.Administers[id]) > 0
}

// administered returns the roles that a role administers, some of them twice.
func (p *Policy) administered(id RoleID) []RoleID {
	if p.shared == nil {
		return p.spec.Administers[id]
	}
	return slices.Concat(p.shared.spec.Administers[id], p.spec.Administers[id])
}

// least returns how many active holders of a role a workspace must keep.
func (p *Policy) least(id RoleID) int {
	for q := p; q != nil; q = q.shared {
		if least, bounded := q.spec.AtLeast[id]; bounded {
			return least
		}
	}
	return 0
}

// most returns how many active holders of a role a workspace may have, if there is
// a bound.
func (p *Policy) most(id RoleID) (most int, bounded bool) {
	for q := p; q != nil; q = q.shared {
		if most, bounded = q.spec.AtMost[id]; bounded {
			return most, true
		}
	}
	return 0, false
}

// underFourEyes reports whether the action is under four eyes.
func (p *Policy) underFourEyes(action Action) bool {
	if p == nil {
		return false
	}
	compiled := p.actionIndex.Find(string(action))
	return compiled != nil && compiled.fourEyes
}

// rolesOnOwn returns the roles that grant only ScopeOwn on each of the actions, in name
// order. It goes through the actions or a role's permissions, whichever are fewer.
func (p *Policy) rolesOnOwn(actions map[Action]bool) map[Action][]RoleID {
	found := make(map[Action][]RoleID)
	declared := p.compiled(actions)
	p.eachRole(func(role *Role, r *compiledRole) bool {
		if len(declared) <= len(role.Permissions) {
			for _, action := range declared {
				if r.grants[action.position] == ScopeOwn {
					found[action.name] = append(found[action.name], role.ID)
				}
			}
			return true
		}
		for action, scope := range role.Permissions {
			if scope == ScopeOwn && actions[action] {
				found[action] = append(found[action], role.ID)
			}
		}
		return true
	})
	return found
}

// compiled returns those of the actions that the policy declares.
func (p *Policy) compiled(actions map[Action]bool) (declared []*compiledAction) {
	if p == nil {
		return nil
	}
	for action := range actions {
		if compiled := p.actionIndex.Find(string(action)); compiled != nil {
			declared = append(declared, compiled)
		}
	}
	return declared
}

func (p *Policy) countActions() int {
	if p == nil {
		return 0
	}
	return len(p.actions)
}

// countRoles returns the number of roles of a flat policy.
func (p *Policy) countRoles() int {
	if p == nil {
		return 0
	}
	return len(p.roles)
}

// Spec returns the policy as one spec, in canonical order and with nothing left to
// extend. New(p.Spec()) is an equal policy. The result is a fresh copy. Of a nil or
// zero policy it is the zero Spec.
func (p *Policy) Spec() Spec {
	switch {
	case p == nil:
		return Spec{}
	case p.shared != nil:
		return overlay(p.shared.spec, p.spec)
	}
	return p.spec.clone()
}

// Own returns the last layer of the policy, as With, Define and Undefine left it:
// what a workspace stores of its own. The platform's policy may have a last layer, too.
// So build the policy of each workspace by With, even of one that has stored nothing
// yet. The result is a fresh copy in canonical order. Of a policy of New, and of a nil
// policy, it is the zero Spec.
func (p *Policy) Own() Spec {
	if p == nil {
		return Spec{}
	}
	return p.layer.clone()
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
		p.eachRole(func(role *Role, _ *compiledRole) bool { return yield(role.clone()) })
	}
}

// Role returns a fresh copy of the role, and whether the policy defines it.
func (p *Policy) Role(id RoleID) (Role, bool) {
	role := p.definition(id)
	if role == nil {
		return Role{}, false
	}
	return role.clone(), true
}

// Label returns what people call the action. Where the policy has no label, Name is
// the action itself.
func (p *Policy) Label(action Action) Label {
	for q := p; q != nil; q = q.shared {
		if label, labeled := q.spec.Labels[action]; labeled {
			return Label{cmp.Or(label.Name, string(action)), label.Group}
		}
	}
	return Label{Name: string(action)}
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
		p.eachRole(func(role *Role, r *compiledRole) bool {
			return scope&^r.grants[compiled.position].covered() != 0 || yield(role.ID)
		})
	}
}
