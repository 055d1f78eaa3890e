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
// A spec may hold at most 16,384 roles and 4,096 actions; the same limits hold
// for the specs of a policy together, and for them as JSON 16 MiB.
type Spec struct {
	Actions   map[Action]Target      // the actions it declares; declaring one twice is an error
	Roles     []Role                 // the roles it defines; defining one twice is an error
	Extend    map[RoleID]Permissions // permissions added to roles that other specs define
	Exclusive [][]RoleID             // no member may hold two roles of one set (static separation of duty)
	FourEyes  []Action               // refused when the member is the resource's Owner, or the Owner is unknown
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

	actions names.Table
	rules   []rule // by the position of an action in name order
	roles   names.Table
	ranks   []rank // by the position of a role in name order
}

// rule is what a policy knows of an action.
type rule struct {
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
// its place and a hint, joined. The specs remain the caller's: changing them
// later changes no policy.
func New(specs ...Spec) (*Policy, error) {
	merged, err := merge(specs)
	if err != nil {
		return nil, err
	}
	fingerprint, err := fingerprint(merged)
	if err != nil {
		return nil, err
	}
	p := &Policy{spec: merged, fingerprint: fingerprint}
	p.compileActions()
	p.compileRoles()
	return p, nil
}

func (p *Policy) compileActions() {
	sorted := slices.Sorted(maps.Keys(p.spec.Actions))
	p.actions = names.New(plain(sorted))
	p.rules = make([]rule, len(sorted))
	for i, action := range sorted {
		p.rules[i] = rule{action: action, target: p.spec.Actions[action]}
	}
	for _, action := range p.spec.FourEyes {
		p.rules[p.actions.Find(string(action))].fourEyes = true
	}
}

func (p *Policy) compileRoles() {
	ids := make([]RoleID, len(p.spec.Roles))
	p.ranks = make([]rank, len(p.spec.Roles))
	grants := make([]Scope, len(p.spec.Roles)*len(p.rules))
	for i, role := range p.spec.Roles {
		ids[i] = role.ID
		row := grants[i*len(p.rules):][:len(p.rules):len(p.rules)]
		for action, scope := range role.Permissions {
			row[p.actions.Find(string(action))] = scope
		}
		p.ranks[i] = rank{role.Kind, row}
	}
	p.roles = names.New(plain(ids))
}

func plain[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
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
	c := clock{}
	return defaultPolicy.decide(&c, &m, a, &r).reason == ReasonGranted
}

// Can reports whether the member may do that to the resource, now. It is
// Check(m, a, r).Allowed.
//
// Can knows what it is told: that the member is who is asking, and that the
// resource is as it was loaded, is the caller's duty.
func (p *Policy) Can(m Member, a Action, r Resource) bool {
	c := clock{}
	return p.decide(&c, &m, a, &r).reason == ReasonGranted
}

// Check decides whether the member may do that to the resource, now, and says
// why. It looks at the clock only where an assignment that carries bounds would
// grant. It never fails: whatever it does not know is a denial.
func (p *Policy) Check(m Member, a Action, r Resource) Decision {
	c := clock{}
	return p.decide(&c, &m, a, &r).decision(a)
}

// CheckAt is Check at the given time. It never looks at the clock, so it is a
// pure function of the policy and its arguments.
func (p *Policy) CheckAt(now time.Time, m Member, a Action, r Resource) Decision {
	c := clock{now, true}
	return p.decide(&c, &m, a, &r).decision(a)
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

// verdict is a decision before it is put into words.
type verdict struct {
	reason Reason
	scope  Scope
	role   RoleID
}

func (v verdict) decision(a Action) Decision {
	if v.reason != ReasonGranted {
		return Decision{Reason: v.reason, refused: a}
	}
	return Decision{Allowed: true, Reason: v.reason, Role: v.role, Scope: v.scope}
}

// decide is the decision on a member as it is stored; Subject.decide is that on
// a member made ready for many checks. Both ask the same questions in the same
// order and leave each assignment to question.judge.
func (p *Policy) decide(c *clock, m *Member, a Action, r *Resource) verdict {
	q, refused := p.ask(m, m.standing(), a, r)
	if refused != ReasonGranted {
		return verdict{reason: refused}
	}
	nearest := verdict{reason: ReasonNoRole}
	for i := range m.Assignments {
		h := p.hold(&m.Assignments[i], m.Workspace.Kind)
		v := q.judge(c, &h)
		if v.reason == ReasonGranted {
			return q.seconded(v)
		}
		nearest.reason = max(nearest.reason, v.reason)
	}
	return nearest
}

// standing is ReasonGranted for a member who may be allowed something, and
// otherwise the reason why nothing is.
func (m *Member) standing() Reason {
	if m.ID == "" {
		return ReasonInvalidMember
	}
	switch m.Status {
	case StatusActive:
	case StatusInvited:
		return ReasonInvited
	case StatusBlocked:
		return ReasonBlocked
	case StatusWithdrawn:
		return ReasonWithdrawn
	case StatusDeleted:
		return ReasonDeleted
	default:
		return ReasonInvalidMember
	}
	if !m.Workspace.isValid() {
		return ReasonInvalidWorkspace
	}
	return ReasonGranted
}

// question is a request apart from the member's assignments.
type question struct {
	position int // of the action
	fourEyes bool
	place
}

// ask turns a request into a question, or refuses it before any role matters.
func (p *Policy) ask(m *Member, standing Reason, a Action, r *Resource) (question, Reason) {
	if p == nil || p.rules == nil {
		return question{}, ReasonNoPolicy
	}
	position := p.actions.Find(string(a))
	if position < 0 {
		return question{}, ReasonUnknownAction
	}
	if standing != ReasonGranted {
		return question{}, standing
	}
	at, refused := locate(m, r)
	if refused != ReasonGranted {
		return question{}, refused
	}
	rule := &p.rules[position]
	if rule.target&r.target() == 0 {
		return question{}, ReasonWrongTarget
	}
	return question{position, rule.fourEyes, at}, ReasonGranted
}

// place is where a resource lies, seen from a member.
type place struct {
	member   *Member
	resource *Resource
	home     bool  // in the member's own workspace
	reach    Scope // the scopes that reach it from there, ScopeAssigned aside
}

// locate returns where the resource lies, or why it is out of the member's
// sight. The member's own workspace must be valid.
func locate(m *Member, r *Resource) (place, Reason) {
	at := place{member: m, resource: r}
	switch {
	case r.Workspace == m.Workspace:
		at.home, at.reach = true, ScopeWorkspace
	case !r.Workspace.isValid():
		return at, ReasonInvalidWorkspace
	case r.Workspace.Tenant != m.Workspace.Tenant:
		return at, ReasonOtherTenant
	case m.Workspace.Kind != KindTenant:
		return at, ReasonOtherWorkspace
	}
	if m.Workspace.Kind == KindTenant {
		at.reach |= ScopeTenant
	}
	if at.home && r.Owner == m.ID {
		at.reach |= ScopeOwn
	}
	return at, ReasonGranted
}

// holding is an assignment as one policy sees it.
type holding struct {
	*Assignment
	grants   []Scope      // what the role grants, by the position of the action
	refused  Reason       // ReasonGranted, or why the role can grant nothing
	programs *names.Table // of the assignment's mini programs, where there was time to index them
}

// hold looks up an assignment's role. A role of the other kind grants nothing.
func (p *Policy) hold(a *Assignment, kind WorkspaceKind) holding {
	position := p.roles.Find(string(a.Role))
	if position < 0 {
		return holding{Assignment: a, refused: ReasonUnknownRole}
	}
	rank := &p.ranks[position]
	if rank.kind != kind {
		return holding{Assignment: a, refused: ReasonOtherKind}
	}
	return holding{Assignment: a, grants: rank.grants, refused: ReasonGranted}
}

func (h *holding) names(miniProgram string) bool {
	if h.programs == nil || miniProgram == "" {
		return h.Assignment.names(miniProgram)
	}
	return h.programs.Find(miniProgram) >= 0
}

// through returns the scopes of those granted that reach the place by way of
// the assignment.
func (at *place) through(h *holding, granted Scope) Scope {
	reached := granted & at.reach
	if reached == 0 && granted&ScopeAssigned != 0 && at.home && h.names(at.resource.MiniProgram) {
		return ScopeAssigned
	}
	return reached
}

// judge is the one decision function: whether one assignment grants what is
// asked. All else of the library that answers for an assignment is held to it.
func (q *question) judge(c *clock, h *holding) verdict {
	if h.refused != ReasonGranted {
		return verdict{reason: h.refused}
	}
	granted := h.grants[q.position]
	if granted == 0 {
		return verdict{reason: ReasonNotGranted}
	}
	reached := q.through(h, granted)
	if reached == 0 {
		return verdict{reason: q.short(granted)}
	}
	if h.bounded() {
		if force := h.force(c.now()); force != ReasonGranted {
			return verdict{reason: force}
		}
	}
	return verdict{ReasonGranted, reached.widest(), h.Role}
}

// short says why scopes that grant the action fall short of the place.
func (at *place) short(granted Scope) Reason {
	switch {
	case !at.home:
		return ReasonOwnWorkspaceOnly
	case granted&ScopeAssigned != 0:
		return ReasonNotAssigned
	}
	return ReasonNotOwner
}

// seconded withholds a grant from one who would be the first and the second
// person at once.
func (q *question) seconded(v verdict) verdict {
	if !q.fourEyes {
		return v
	}
	if reason := q.secondPerson(); reason != ReasonGranted {
		return verdict{reason: reason}
	}
	return v
}

// secondPerson is ReasonGranted for a member who is known not to be the owner.
func (at *place) secondPerson() Reason {
	switch at.resource.Owner {
	case "":
		return ReasonOwnerUnknown
	case at.member.ID:
		return ReasonOwnRequest
	}
	return ReasonGranted
}
