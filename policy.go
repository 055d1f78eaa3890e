package rbac

import (
	"maps"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac/internal/names"
)

// Spec is what a policy is made of, in Go or as JSON. Several specs make one
// policy: the platform's defaults, and what the host adds to them.
//
// FourEyes tells people apart by the member's ID. A host whose people have
// another ID in each workspace must give Resource.Owner as the ID that the
// deciding member has.
//
// A spec may hold at most 16,384 roles and 4,096 actions; the same limits hold
// for the specs of a policy together, and for them as JSON 16 MiB.
type Spec struct {
	Actions   map[Action]Target      // the actions it declares; declaring one twice is an error
	Roles     []Role                 // the roles it defines; defining one twice is an error
	Extend    map[RoleID]Permissions // permissions added to roles that other specs define
	Exclusive [][]RoleID             // no member may hold two roles of one set at any one time (static separation of duty)
	FourEyes  []Action               // refused when the member is the resource's Owner, or the Owner is unknown: load it with the row
	AtLeast   map[RoleID]int         // active holders that a workspace must keep: the last admin; of several specs the largest counts
	AtMost    map[RoleID]int         // active holders that a workspace may have; of several specs the smallest counts
}

// Defaults returns the platform's role tables as a spec: 85 actions, seven
// roles, and at least one Workspace Admin in a tenant workspace and one
// Developer Admin in a developer workspace. It is a fresh copy that the caller
// may change.
func Defaults() Spec {
	actions := make(map[Action]Target, len(table))
	for _, row := range table {
		actions[row.action] = row.target
	}
	return Spec{
		Actions: actions,
		Roles:   DefaultRoles(),
		AtLeast: map[RoleID]int{WorkspaceAdmin: 1, DeveloperAdmin: 1},
	}
}

// Policy decides what members may do. It is built once, by New, and never
// changes; any number of goroutines may use it. The nil Policy and the zero
// Policy deny everything.
type Policy struct {
	spec        Spec // merged, in canonical order, shared with nobody
	fingerprint string

	actions names.Table[rule]
	rules   []rule // of the actions in name order
	roles   names.Table[rank]
	ranks   []rank // of the roles in name order

	exclusive map[RoleID][][]RoleID // the sets that a role is in
}

// rule is what a policy knows of an action.
type rule struct {
	position int // in name order
	action   Action
	target   Target
	fourEyes bool
}

// rank is what a decision needs of a role: where it can be held, and what it
// grants by the position of the action. One byte for each action costs memory
// and makes a check as fast with 10,000 roles as with ten.
type rank struct {
	kind   WorkspaceKind
	grants []Scope
}

// New builds a policy of the given specs, merged in order. If anything is wrong
// it returns a nil policy and every problem found, each a *ValidationError with
// its place and a hint, joined; of more than a thousand, the first thousand. The
// specs remain the caller's: changing them later changes no policy.
func New(specs ...Spec) (*Policy, error) {
	merged, err := merge(specs)
	if err != nil {
		return nil, err
	}
	p := &Policy{spec: merged}
	p.compileActions()
	p.compileRoles()
	document := p.document()
	if len(document) > largestDocument {
		return nil, tooLarge(len(document))
	}
	p.fingerprint = fingerprint(document)
	return p, nil
}

func (p *Policy) compileActions() {
	sorted := slices.Sorted(maps.Keys(p.spec.Actions))
	p.rules = make([]rule, len(sorted))
	for i, action := range sorted {
		_, fourEyes := slices.BinarySearch(p.spec.FourEyes, action)
		p.rules[i] = rule{i, action, p.spec.Actions[action], fourEyes}
	}
	p.actions = names.New(slices.Collect(texts(slices.Values(sorted))), p.rules)
}

func (p *Policy) compileRoles() {
	ids := make([]string, len(p.spec.Roles))
	p.ranks = make([]rank, len(p.spec.Roles))
	grants := make([]Scope, len(p.spec.Roles)*len(p.rules))
	for i, role := range p.spec.Roles {
		ids[i] = string(role.ID)
		row := grants[i*len(p.rules):][:len(p.rules):len(p.rules)]
		for action, scope := range role.Permissions {
			row[p.actions.Find(string(action)).position] = scope
		}
		p.ranks[i] = rank{role.Kind, row}
	}
	p.roles = names.New(ids, p.ranks)
	p.exclusive = setsOf(p.spec.Exclusive, nil)
}

// setsOf returns the sets that each role is in, but for those that are known.
// Both are in canonical order.
func setsOf(sets, known [][]RoleID) map[RoleID][][]RoleID {
	of := make(map[RoleID][][]RoleID)
	for _, set := range sets {
		if _, is := slices.BinarySearchFunc(known, set, slices.Compare[[]RoleID]); is {
			continue
		}
		for _, id := range set {
			of[id] = append(of[id], set)
		}
	}
	return of
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

// Default returns the policy of the platform's role tables, New(Defaults()). It
// is always the same pointer.
func Default() *Policy { return defaultPolicy }

// Spec returns what the policy is made of as one spec, in canonical order and
// with nothing left to extend. New(p.Spec()) is an equal policy. It is a fresh
// copy that the caller may change; of a nil or zero policy it is the zero Spec.
func (p *Policy) Spec() Spec {
	if p == nil {
		return Spec{}
	}
	return p.spec.clone()
}

// Fingerprint returns the SHA-256 of the policy's canonical JSON in hexadecimal,
// for logs, ETags and the comparison of replicas. Policies with equal specs
// have equal fingerprints. Of a nil or zero policy it is empty.
func (p *Policy) Fingerprint() string {
	if p == nil {
		return ""
	}
	return p.fingerprint
}

// Can reports whether the platform's role tables let the member do that to the
// resource, now. It is Default().Can.
func Can(m Member, a Action, r Resource) bool {
	_, scope := defaultPolicy.decide(&clock{}, &m, a, &r)
	return scope != 0
}

// Can reports whether the member may do that to the resource, now. It is
// Check(m, a, r).Allowed.
//
// Can believes what it is told: that the member is who is asking, and that the
// resource is as it was loaded, is the caller's duty.
func (p *Policy) Can(m Member, a Action, r Resource) bool {
	_, scope := p.decide(&clock{}, &m, a, &r)
	return scope != 0
}

// Check decides whether the member may do that to the resource, now, and says
// why. It looks at the clock only where an assignment that carries bounds would
// grant. It never fails: whatever it does not know is a denial.
func (p *Policy) Check(m Member, a Action, r Resource) Decision {
	return p.check(&clock{}, &m, a, &r)
}

// CheckAt is Check at the given time. It never looks at the clock, so it is a
// pure function of the policy and its arguments.
func (p *Policy) CheckAt(now time.Time, m Member, a Action, r Resource) Decision {
	return p.check(&clock{now, true}, &m, a, &r)
}

func (p *Policy) check(c *clock, m *Member, a Action, r *Resource) Decision {
	if role, scope := p.decide(c, m, a, r); scope != 0 {
		return Decision{Allowed: true, Reason: ReasonGranted, Role: role, Scope: scope}
	}
	return Decision{Reason: p.refusal(c, m, a, r), refused: a}
}

// clock is a time that is read once, and only if somebody needs it.
type clock struct {
	time time.Time
	read bool
}

func (c *clock) now() time.Time {
	if !c.read {
		c.time, c.read = time.Now(), true
	}
	return c.time
}

// decide is the decision: the role that grants and the scope through which it
// does, or the zero scope. Everything else that answers for a member is held to
// it. A Subject makes the same decision with the lookups done beforehand.
//
// Whether the member's own workspace is valid is asked last: that compares two
// IDs, and most denials need not know.
func (p *Policy) decide(c *clock, m *Member, a Action, r *Resource) (RoleID, Scope) {
	if p == nil || m.ID == "" || m.Status != StatusActive {
		return "", 0
	}
	reach := m.Workspace.reach(&r.Workspace)
	if reach == 0 {
		return "", 0
	}
	rule := p.actions.Find(string(a))
	if rule == nil || !rule.admits(m, r) {
		return "", 0
	}
	for i := range m.Assignments {
		as := &m.Assignments[i]
		rank := p.roles.Find(string(as.Role))
		if rank == nil || rank.kind != m.Workspace.Kind {
			continue
		}
		scope := m.through(rank.grants[rule.position]&reach, r)
		if scope == 0 || scope == ScopeAssigned && !as.names(r.MiniProgram) {
			continue
		}
		if as.force(c) == ReasonGranted && m.Workspace.isValid() {
			return as.Role, scope
		}
	}
	return "", 0
}

// through returns the widest of the scopes that reach to where the resource
// lies through which the member reaches the resource itself. ScopeAssigned does
// so only if the assignment names the mini program, which is left to the
// caller.
func (m *Member) through(scopes Scope, r *Resource) Scope {
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

// admits reports whether the action is done to such a resource, wherever it
// lies, and under four eyes may be by that member.
func (rule *rule) admits(m *Member, r *Resource) bool {
	if rule.fourEyes && secondPerson(m, r) != ReasonGranted {
		return false
	}
	return rule.target&r.target() != 0
}

// secondPerson is ReasonGranted for a member who is known not to be the
// resource's owner.
func secondPerson(m *Member, r *Resource) Reason {
	switch r.Owner {
	case "":
		return ReasonOwnerUnknown
	case m.ID:
		return ReasonOwnRequest
	}
	return ReasonGranted
}

// rank returns what is known of a role held in a workspace of that kind, or nil
// and the reason why it grants nothing there.
func (p *Policy) rank(id RoleID, kind WorkspaceKind) (*rank, Reason) {
	rank := p.roles.Find(string(id))
	switch {
	case rank == nil:
		return nil, ReasonUnknownRole
	case rank.kind != kind:
		return nil, ReasonOtherKind
	}
	return rank, ReasonGranted
}

// standing is ReasonGranted for a member who may be allowed something, and
// otherwise the reason why nothing is.
func (m *Member) standing() Reason {
	switch {
	case m.ID == "":
		return ReasonInvalidMember
	case !m.Workspace.isValid():
		return ReasonInvalidWorkspace
	case m.Status != StatusActive:
		return m.Status.refusal()
	}
	return ReasonGranted
}

// sight is ReasonGranted for a resource that a member of that workspace can
// know of.
func sight(m *Member, r *Resource) Reason {
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

// refusal is the reason for a denial that decide has made. It goes through the
// same questions again, and gives the first that fails.
func (p *Policy) refusal(c *clock, m *Member, a Action, r *Resource) Reason {
	if p == nil || p.rules == nil {
		return ReasonNoPolicy
	}
	rule := p.actions.Find(string(a))
	if rule == nil {
		return ReasonUnknownAction
	}
	standing := m.standing()
	switch sight := sight(m, r); {
	case standing == ReasonInvalidMember || standing == ReasonInvalidWorkspace:
		return standing
	case sight != ReasonGranted:
		return sight
	case standing != ReasonGranted:
		return standing
	case rule.target&r.target() == 0:
		return ReasonWrongTarget
	}
	nearest := ReasonNoRole
	for i := range m.Assignments {
		reason := p.shortfall(c, m, &m.Assignments[i], rule, r)
		if reason == ReasonGranted {
			return secondPerson(m, r)
		}
		nearest = max(nearest, reason)
	}
	return nearest
}

// shortfall says why one assignment does not grant, and ReasonGranted if it
// does.
func (p *Policy) shortfall(c *clock, m *Member, as *Assignment, rule *rule, r *Resource) Reason {
	rank, reason := p.rank(as.Role, m.Workspace.Kind)
	if reason != ReasonGranted {
		return reason
	}
	granted := rank.grants[rule.position]
	if granted == 0 {
		return ReasonNotGranted
	}
	scope := m.through(granted&m.Workspace.reach(&r.Workspace), r)
	switch {
	case scope != 0 && (scope != ScopeAssigned || as.names(r.MiniProgram)):
		return as.force(c)
	case r.Workspace != m.Workspace:
		return ReasonOwnWorkspaceOnly
	case granted&ScopeAssigned != 0:
		return ReasonNotAssigned
	}
	return ReasonNotOwner
}
