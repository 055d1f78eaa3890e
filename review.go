package rbac

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Roles yields the roles the policy defines, in name order, each a copy that
// the caller may change.
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

// Actions yields the actions the policy declares and what each is done to, in
// name order.
func (p *Policy) Actions() iter.Seq2[Action, Target] {
	return func(yield func(Action, Target) bool) {
		if p == nil {
			return
		}
		for i := range p.rules {
			if !yield(p.rules[i].action, p.rules[i].target) {
				return
			}
		}
	}
}

// Permissions returns what the member's roles grant together, now: for each
// action the scopes of all assignments in force. ScopeAssigned is there only
// where an assignment names a mini program to reach. It is a new map, never nil,
// and empty for a member who may do nothing.
func (p *Policy) Permissions(m Member) Permissions { return p.Bind(m).permissions() }

// PermissionsAt is Permissions at the given time.
func (p *Policy) PermissionsAt(now time.Time, m Member) Permissions {
	return p.BindAt(now, m).permissions()
}

func (s *Subject) permissions() Permissions {
	granted := make(Permissions)
	for i := range s.holdings {
		h := &s.holdings[i]
		vacuous := ScopeAssigned
		if slices.ContainsFunc(h.miniPrograms, func(id string) bool { return id != "" }) {
			vacuous = 0
		}
		for position, scope := range h.grants {
			if scope &^= vacuous; scope != 0 {
				granted[s.policy.rules[position].action] |= scope
			}
		}
	}
	return granted
}

// RolesWith yields the roles that grant the action and cover the scope, in name
// order. Nothing covers the zero Scope or an action the policy does not declare.
func (p *Policy) RolesWith(a Action, s Scope) iter.Seq[RoleID] {
	return func(yield func(RoleID) bool) {
		if p == nil || s == 0 {
			return
		}
		rule := p.actions.Find(string(a))
		if rule == nil {
			return
		}
		for i, role := range p.spec.Roles {
			if s&^p.ranks[i].grants[rule.position].covered() == 0 && !yield(role.ID) {
				return
			}
		}
	}
}

// WhoCan yields those of the members who may do the action to the resource, now,
// in the order and as often as they come. It asks for one member at a time, and
// stops when the caller does. Of nil members it yields none.
func (p *Policy) WhoCan(a Action, r Resource, members iter.Seq[Member]) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if members == nil {
			return
		}
		for m := range members {
			if p.Can(m, a, r) && !yield(m) {
				return
			}
		}
	}
}

// Explanation is a decision with what came of each assignment, and what would
// turn a denial into a grant. It names the member's roles and mini programs, so
// it is for those who administer the member.
type Explanation struct {
	Action   Action
	Decision Decision
	Findings []Finding // one for each assignment of the member, in order
	Remedies []Remedy  // none for a grant, nor where nothing would help but what makes the member hold roles that exclude each other
}

// Finding is what came of one assignment: ReasonGranted, or why it did not
// grant. It is as if the member were active, and nobody's four eyes were needed.
type Finding struct {
	Role   RoleID
	Reason Reason
	Scope  Scope // through which it grants; zero where it does not
}

// String returns the role and what came of it.
func (f Finding) String() string {
	if f.Reason == ReasonGranted {
		return fmt.Sprintf("%s: grants it (%s)", f.Role, f.Scope)
	}
	return fmt.Sprintf("%s: %s", f.Role, f.Reason.sentence())
}

// String returns a line for the decision, one for each assignment, and one for
// each remedy.
func (e Explanation) String() string {
	lines := []string{fmt.Sprintf("%s: allowed", e.Action)}
	if !e.Decision.Allowed {
		lines[0] = fmt.Sprintf("%s: denied, %s", e.Action, e.Decision.Reason.sentence())
	}
	for _, finding := range e.Findings {
		lines = append(lines, "  "+finding.String())
	}
	for _, remedy := range e.Remedies {
		lines = append(lines, "  to allow it: "+remedy.String())
	}
	return strings.Join(lines, "\n")
}

// Explain decides as Check does, says what came of each of the member's
// assignments, and which changes to the member would turn a denial into a grant.
func (p *Policy) Explain(m Member, a Action, r Resource) Explanation {
	c := &clock{time.Now(), true}
	e := Explanation{Action: a, Decision: p.check(c, &m, a, &r)}
	active := m
	active.Status = StatusActive
	for i := range m.Assignments {
		e.Findings = append(e.Findings, p.finding(c, active, &m.Assignments[i], a, &r))
	}
	if !e.Decision.Allowed {
		e.Remedies = p.remedies(c, &m, a, &r)
	}
	return e
}

func (p *Policy) finding(c *clock, m Member, as *Assignment, a Action, r *Resource) Finding {
	m.Assignments = nil
	if reason := p.refusal(c, &m, a, r); reason != ReasonNoRole {
		return Finding{Role: as.Role, Reason: reason}
	}
	rule := p.actions.Find(string(a))
	if reason := p.shortfall(c, &m, as, rule, r); reason != ReasonGranted {
		return Finding{Role: as.Role, Reason: reason}
	}
	rank, _ := p.rank(as.Role, m.Workspace.Kind)
	return Finding{as.Role, ReasonGranted, m.through(rank.grants[rule.position]&m.Workspace.reach(&r.Workspace), r)}
}

// Remedy is one smallest change to a member that turns a denial into a grant:
// with less of it the denial stands.
type Remedy struct {
	Status     Status     // the status to leave for StatusActive; zero for a member who is active
	Position   int        // which assignment to replace; the number of assignments for one to add
	Assignment Assignment // what to put there; of no role where the status is all there is to change

	sentence string
}

// Apply returns the member with the change made, for which Can is true. The
// member that was handed in stays as it is.
func (r Remedy) Apply(m Member) Member {
	if r.Status != 0 {
		m.Status = StatusActive
	}
	if r.Assignment.Role == "" {
		return m
	}
	assignments := slices.Clone(m.Assignments)
	if r.Position < 0 || r.Position >= len(assignments) {
		assignments = append(assignments, r.Assignment.clone())
	} else {
		assignments[r.Position] = r.Assignment.clone()
	}
	m.Assignments = assignments
	return m
}

// String says what to do: "name mp-42 in the developer assignment".
func (r Remedy) String() string { return r.sentence }

// remedies returns all smallest changes that turn a denial into a grant: those
// of each assignment in order, then the roles to give in name order.
func (p *Policy) remedies(c *clock, m *Member, a Action, r *Resource) []Remedy {
	if p == nil {
		return nil
	}
	f := &fix{policy: p, duties: p.duties(c.now(), m.Assignments), clock: c, member: *m, action: a, resource: r, held: make(map[RoleID]int), mended: make(map[RoleID]bool)}
	for i := range m.Assignments {
		f.held[m.Assignments[i].Role]++
	}
	if m.Status != StatusActive {
		f.status, f.member.Status = m.Status, StatusActive
	}
	switch {
	case m.Status != StatusActive && m.Status.refusal() == ReasonInvalidMember:
		return nil
	case f.works(m.Assignments...):
		return []Remedy{f.remedy(0, Assignment{})}
	}
	for i := range m.Assignments {
		f.mend(i)
	}
	for _, role := range p.spec.Roles {
		f.give(role.ID)
	}
	return f.found
}

// fix is the search for remedies.
type fix struct {
	policy   *Policy
	clock    *clock
	status   Status // to be left; zero for a member who is active
	member   Member // made active
	action   Action
	resource *Resource
	duties   *duties         // that the member holds
	held     map[RoleID]int  // how many assignments of a role the member holds
	mended   map[RoleID]bool // roles that the member holds and can be helped by
	found    []Remedy
}

// works reports whether the member would be allowed by way of the assignments.
func (f *fix) works(assignments ...Assignment) bool {
	m := f.member
	m.Assignments = assignments
	_, scope := f.policy.decide(f.clock, &m, f.action, f.resource)
	return scope != 0
}

// mending is something to mend of an assignment.
type mending struct {
	apply func(*Assignment, *Resource)
	words string // of which %[1]s is the mini program and %[2]s the assignment
}

var mendings = [...]mending{
	{func(a *Assignment, r *Resource) { a.MiniPrograms = append(slices.Clone(a.MiniPrograms), r.MiniProgram) }, "name %[1]s in the %[2]s assignment"},
	{func(a *Assignment, _ *Resource) { a.NotBefore = time.Time{} }, "let the %[2]s assignment begin now"},
	{func(a *Assignment, _ *Resource) { a.NotAfter = time.Time{} }, "renew the %[2]s assignment"},
}

// mend tries the sets of mendings, smaller ones first, up to the one that works.
// There is no other: each mending is needed, or is not, whatever the others do.
func (f *fix) mend(i int) {
	for _, set := range [...]uint{0b001, 0b010, 0b100, 0b011, 0b101, 0b110, 0b111} {
		mended := f.mending(i, set)
		if f.works(mended) {
			f.mended[mended.Role] = true
			f.add(i, mended, f.words(i, set)...)
			return
		}
	}
}

func (f *fix) mending(i int, set uint) Assignment {
	a := f.member.Assignments[i]
	for bit, m := range mendings {
		if set>>bit&1 != 0 {
			m.apply(&a, f.resource)
		}
	}
	return a
}

func (f *fix) words(i int, set uint) []string {
	name := string(f.member.Assignments[i].Role)
	if f.held[f.member.Assignments[i].Role] > 1 {
		name += fmt.Sprintf(" (assignments[%d])", i)
	}
	var words []string
	for bit, m := range mendings {
		if set>>bit&1 != 0 {
			words = append(words, fmt.Sprintf(m.words, plainID(f.resource.MiniProgram), name))
		}
	}
	return words
}

// give tries a role that the member does not hold, or could not be helped by.
func (f *fix) give(id RoleID) {
	if f.mended[id] {
		return
	}
	position := len(f.member.Assignments)
	bare := Assignment{Role: id}
	naming := Assignment{Role: id, MiniPrograms: []string{f.resource.MiniProgram}}
	switch {
	case f.works(bare):
		f.add(position, bare, "give the role "+string(id))
	case f.works(naming):
		f.add(position, naming, fmt.Sprintf("give the role %s with %s", id, plainID(f.resource.MiniProgram)))
	}
}

// add keeps a remedy, unless it would make the member hold two roles that
// exclude each other.
func (f *fix) add(position int, a Assignment, words ...string) {
	if _, excluded := f.duties.excluded(&a); excluded {
		return
	}
	f.found = append(f.found, f.remedy(position, a, words...))
}

func (f *fix) remedy(position int, a Assignment, words ...string) Remedy {
	switch f.status {
	case StatusInvited:
		words = append([]string{"have the member accept the invitation"}, words...)
	case StatusBlocked:
		words = append([]string{"unblock the member"}, words...)
	case StatusWithdrawn, StatusDeleted:
		words = append([]string{"invite the member again"}, words...)
	}
	return Remedy{f.status, position, a.clone(), strings.Join(words, " and ")}
}

// plainID is an ID as it is where that is plain to read, and quoted otherwise.
func plainID(id string) string {
	if quoted := strconv.Quote(id); quoted != `"`+id+`"` || strings.ContainsRune(id, ' ') {
		return quoted
	}
	return id
}

// Change is one difference between two policies for those who hold a role.
type Change struct {
	Role   RoleID
	Action Action // empty for a change of the role itself

	// What a holder may do, before and after; zero for nothing.
	Before, After Grant

	// Why holders must be validated again with ValidateMember and their
	// workspaces with ValidateWorkspace; empty where they need not.
	Revalidate string
}

// Grant is what a policy lets those who hold a role do of one action.
type Grant struct {
	Kind     WorkspaceKind // where the role is held
	Scope    Scope         // zero for nothing
	Target   Target
	FourEyes bool
}

// Gains reports whether a holder may do something that was denied before.
func (c Change) Gains() bool { return c.After.exceeds(c.Before) }

// Loses reports whether a holder may no longer do something.
func (c Change) Loses() bool { return c.Before.exceeds(c.After) }

// exceeds reports whether g allows something that h does not.
func (g Grant) exceeds(h Grant) bool {
	return g.Kind != h.Kind && g.sorts() != 0 || g.sorts()&^h.sorts() != 0
}

// sorts asks the decision itself about one resource of each sort there is, seen
// from a holder: a bit for each that the grant reaches.
func (g Grant) sorts() (set uint32) {
	holder := Member{ID: "self", Workspace: Tenant("tenant")}
	merchant := holder.Workspace.Developer("merchant")
	if g.Kind == KindDeveloper {
		holder.Workspace = merchant
	}
	rule := &rule{target: g.Target, fourEyes: g.FourEyes}
	for _, workspace := range []Workspace{holder.Workspace, merchant} {
		for _, miniProgram := range []string{"", "named", "other"} {
			for _, owner := range []string{"", "self", "other"} {
				r := Resource{workspace, miniProgram, owner}
				scope := holder.through(g.Scope&holder.Workspace.reach(&r.Workspace), &r)
				set <<= 1
				if rule.admits(&holder, &r) && scope != 0 && (scope != ScopeAssigned || miniProgram == "named") {
					set |= 1
				}
			}
		}
	}
	return set
}

// String says who gains, loses or has what changed, or why holders must be
// validated again.
func (c Change) String() string {
	switch {
	case c.Action == "":
		return fmt.Sprintf("%s: validate its holders again, %s", c.Role, c.Revalidate)
	case c.Before.Scope == 0:
		return fmt.Sprintf("%s gains %s: %s", c.Role, c.Action, c.After)
	case c.After.Scope == 0:
		return fmt.Sprintf("%s loses %s: %s", c.Role, c.Action, c.Before)
	}
	return fmt.Sprintf("%s has %s changed: from %s to %s", c.Role, c.Action, c.Before, c.After)
}

// String returns scope, target and whether four eyes are needed.
func (g Grant) String() string {
	text := fmt.Sprintf("%s on %s", g.Scope, g.Target)
	if g.FourEyes {
		text += " under four eyes"
	}
	return text
}

// Diff returns who gains and who loses what if the new policy takes the place of
// the old one, and which roles' holders must be validated again: sorted by role
// and by action, each role's own change first. A nil policy grants nothing.
// Names and descriptions are not compared, since they decide nothing.
func Diff(old, new *Policy) []Change {
	d := &difference{old: summarize(old), new: summarize(new)}
	d.excludes = setsOf(d.new.spec.Exclusive, d.old.spec.Exclusive)
	for _, id := range unionOfKeys(d.old.roles, d.new.roles) {
		d.role(id)
	}
	return d.changes
}

// summary is a policy laid out for comparison.
type summary struct {
	spec      Spec
	exclusive map[RoleID][][]RoleID
	rules     map[Action]rule
	roles     map[RoleID]Role
}

func summarize(p *Policy) summary {
	s := summary{rules: make(map[Action]rule), roles: make(map[RoleID]Role)}
	if p == nil {
		return s
	}
	s.spec, s.exclusive = p.spec, p.exclusive
	for _, rule := range p.rules {
		s.rules[rule.action] = rule
	}
	for _, role := range p.spec.Roles {
		s.roles[role.ID] = role
	}
	return s
}

func (s *summary) grant(id RoleID, a Action) Grant {
	role, rule := s.roles[id], s.rules[a]
	if role.Permissions[a] == 0 {
		return Grant{}
	}
	return Grant{role.Kind, role.Permissions[a], rule.target, rule.fourEyes}
}

type difference struct {
	old, new summary
	excludes map[RoleID][][]RoleID // the exclusive sets that a role is in, and was not
	changes  []Change
}

func (d *difference) role(id RoleID) {
	if why := d.revalidate(id); why != "" {
		d.changes = append(d.changes, Change{Role: id, Revalidate: why})
	}
	for _, action := range unionOfKeys(d.old.roles[id].Permissions, d.new.roles[id].Permissions) {
		c := Change{Role: id, Action: action, Before: d.old.grant(id, action), After: d.new.grant(id, action)}
		if c.Gains() || c.Loses() {
			d.changes = append(d.changes, c)
		}
	}
}

// revalidate says what of the new policy the holders of a role may not meet.
func (d *difference) revalidate(id RoleID) string {
	before, held := d.old.roles[id]
	after, defined := d.new.roles[id]
	switch {
	case !defined:
		return "the role is gone"
	case held && before.Kind != after.Kind:
		return fmt.Sprintf("the role is held in %s workspaces now", after.Kind)
	}
	var reasons []string
	if held && d.excludesMore(id) {
		reasons = append(reasons, "it excludes more roles")
	}
	if d.new.spec.AtLeast[id] > d.old.spec.AtLeast[id] {
		reasons = append(reasons, fmt.Sprintf("at least %d are needed", d.new.spec.AtLeast[id]))
	}
	most, bounded := d.new.spec.AtMost[id]
	if mostBefore, wasBounded := d.old.spec.AtMost[id]; held && bounded && (!wasBounded || most < mostBefore) {
		reasons = append(reasons, fmt.Sprintf("at most %d are allowed", most))
	}
	return strings.Join(reasons, ", ")
}

// excludesMore reports whether the role excludes one that it did not.
func (d *difference) excludesMore(id RoleID) bool {
	if len(d.excludes[id]) == 0 {
		return false
	}
	excluded := map[RoleID]bool{id: true}
	for _, other := range slices.Concat(d.old.exclusive[id]...) {
		excluded[other] = true
	}
	return slices.ContainsFunc(slices.Concat(d.excludes[id]...), func(other RoleID) bool { return !excluded[other] })
}

func unionOfKeys[K cmp.Ordered, V any](a, b map[K]V) []K {
	keys := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(keys)
	return slices.Compact(keys)
}
