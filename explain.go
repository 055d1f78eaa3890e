package rbac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Explanation says why a decision is as it is: what each assignment did, and what
// would turn a denial into a grant. It names the member's roles and mini programs,
// so it is for those who administer the member.
type Explanation struct {
	Action   Action
	Decision Decision
	Findings []Finding // one for each assignment of the member, in order
	Remedies []Remedy  // empty if allowed, or if every fix would break an Exclusive set
}

// Finding is the result of one assignment: ReasonGranted, or why it does not grant.
// It leaves out the member's status and four eyes.
type Finding struct {
	Role   RoleID
	Reason Reason
	Scope  Scope // through which it grants; zero if it does not
}

// String returns the role and its result.
func (f Finding) String() string {
	if f.Reason == ReasonGranted {
		return fmt.Sprintf("%s: grants it (%s)", f.Role, f.Scope)
	}
	return fmt.Sprintf("%s: %s", f.Role, f.Reason.sentence())
}

// String returns a line for the decision, one for each assignment and one for each
// remedy.
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

// Explain decides as Check does. It also says what each assignment of the member
// did, and which changes to the member would turn a denial into a grant.
func (p *Policy) Explain(member Member, action Action, resource Resource) Explanation {
	c := &clock{time.Now(), true}
	e := Explanation{Action: action, Decision: p.check(c, &member, action, &resource)}
	active := member
	active.Status = StatusActive
	for i := range member.Assignments {
		e.Findings = append(e.Findings, p.finding(c, active, &member.Assignments[i], action, &resource))
	}
	if !e.Decision.Allowed {
		e.Remedies = p.remedies(c, &member, action, &resource)
	}
	return e
}

func (p *Policy) finding(c *clock, m Member, assignment *Assignment, action Action, r *Resource) Finding {
	m.Assignments = nil
	if reason := p.denialReason(c, &m, action, r); reason != ReasonNoRole {
		return Finding{Role: assignment.Role, Reason: reason}
	}
	compiled := p.actionIndex.Find(string(action))
	if reason := p.assignmentReason(c, &m, assignment, compiled, r); reason != ReasonGranted {
		return Finding{Role: assignment.Role, Reason: reason}
	}
	role, _ := p.roleFor(assignment.Role, m.Workspace.Kind)
	scope := m.scopeReaching(role.grants[compiled.position]&m.Workspace.reach(&r.Workspace), r)
	return Finding{assignment.Role, ReasonGranted, scope}
}

// Remedy is a smallest change to a member that turns a denial into a grant. With
// less than all of it, the denial stays.
type Remedy struct {
	Status     Status     // the status to change to StatusActive; zero if the member is active
	Position   int        // the assignment to replace; the number of assignments to add one
	Assignment Assignment // what to put there; without a role if only the status changes

	sentence string
}

// Apply returns the member with the change made. For that member Can is true. The
// member that is passed in stays as it was.
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

// remedies returns all smallest changes that turn a denial into a grant: first the
// changes of each assignment in order, then the roles to give in name order.
func (p *Policy) remedies(c *clock, m *Member, a Action, r *Resource) []Remedy {
	if p == nil {
		return nil
	}
	s := &remedySearch{
		policy:     p,
		exclusions: p.exclusions(c.now(), m.Assignments),
		clock:      c,
		member:     *m,
		action:     a,
		resource:   r,
		held:       make(map[RoleID]int),
		fixed:      make(map[RoleID]bool),
	}
	for i := range m.Assignments {
		s.held[m.Assignments[i].Role]++
	}
	if m.Status != StatusActive {
		s.status, s.member.Status = m.Status, StatusActive
	}
	switch {
	case m.Status.reason() == ReasonInvalidMember:
		return nil
	case s.works(m.Assignments...):
		return []Remedy{s.remedy(0, Assignment{})}
	}
	for i := range m.Assignments {
		s.tryFixes(i)
	}
	for _, role := range p.spec.Roles {
		s.tryRole(role.ID)
	}
	return s.found
}

// remedySearch looks for remedies.
type remedySearch struct {
	policy     *Policy
	clock      *clock
	status     Status // to change; zero if the member is active
	member     Member // made active
	action     Action
	resource   *Resource
	exclusions *exclusions     // of what the member holds
	held       map[RoleID]int  // how many assignments of a role the member holds
	fixed      map[RoleID]bool // roles that the member holds and that a fix makes grant
	found      []Remedy
}

// works reports whether the member would be allowed with these assignments.
func (s *remedySearch) works(assignments ...Assignment) bool {
	m := s.member
	m.Assignments = assignments
	_, scope := s.policy.decide(s.clock, &m, s.action, s.resource)
	return scope != 0
}

// fix is one change of an assignment.
type fix struct {
	apply func(*Assignment, *Resource)
	words string // %[1]s is the mini program and %[2]s the assignment
}

var fixes = [...]fix{
	{addProgram, "name %[1]s in the %[2]s assignment"},
	{func(a *Assignment, _ *Resource) { a.NotBefore = time.Time{} }, "let the %[2]s assignment begin now"},
	{func(a *Assignment, _ *Resource) { a.NotAfter = time.Time{} }, "renew the %[2]s assignment"},
}

func addProgram(a *Assignment, r *Resource) {
	a.MiniPrograms = append(slices.Clone(a.MiniPrograms), r.MiniProgram)
}

// tryFixes tries sets of fixes, smaller ones first, until one works. At most one
// smallest set works, because whether a fix is needed does not depend on others.
func (s *remedySearch) tryFixes(i int) {
	for _, set := range [...]uint{0b001, 0b010, 0b100, 0b011, 0b101, 0b110, 0b111} {
		fixed := s.withFixes(i, set)
		if s.works(fixed) {
			s.fixed[fixed.Role] = true
			s.add(i, fixed, s.words(i, set)...)
			return
		}
	}
}

func (s *remedySearch) withFixes(i int, set uint) Assignment {
	a := s.member.Assignments[i]
	for bit, fix := range fixes {
		if set>>bit&1 != 0 {
			fix.apply(&a, s.resource)
		}
	}
	return a
}

func (s *remedySearch) words(i int, set uint) []string {
	name := string(s.member.Assignments[i].Role)
	if s.held[s.member.Assignments[i].Role] > 1 {
		name += fmt.Sprintf(" (assignments[%d])", i)
	}
	var words []string
	for bit, fix := range fixes {
		if set>>bit&1 != 0 {
			words = append(words, fmt.Sprintf(fix.words, plainID(s.resource.MiniProgram), name))
		}
	}
	return words
}

// tryRole tries to give a role, unless a fix already makes it grant.
func (s *remedySearch) tryRole(id RoleID) {
	if s.fixed[id] {
		return
	}
	position := len(s.member.Assignments)
	bare := Assignment{Role: id}
	naming := Assignment{Role: id, MiniPrograms: []string{s.resource.MiniProgram}}
	switch {
	case s.works(bare):
		s.add(position, bare, "give the role "+string(id))
	case s.works(naming):
		s.add(position, naming, fmt.Sprintf("give the role %s with %s", id, plainID(s.resource.MiniProgram)))
	}
}

// add keeps a remedy, unless the member would then hold two roles that exclude each
// other.
func (s *remedySearch) add(position int, a Assignment, words ...string) {
	if _, excluded := s.exclusions.first(&a); excluded {
		return
	}
	s.found = append(s.found, s.remedy(position, a, words...))
}

func (s *remedySearch) remedy(position int, a Assignment, words ...string) Remedy {
	switch s.status {
	case StatusInvited:
		words = append([]string{"have the member accept the invitation"}, words...)
	case StatusBlocked:
		words = append([]string{"unblock the member"}, words...)
	case StatusWithdrawn, StatusDeleted:
		words = append([]string{"invite the member again"}, words...)
	}
	return Remedy{s.status, position, a.clone(), strings.Join(words, " and ")}
}

// plainID returns an ID as it is if it is easy to read, and quoted otherwise.
func plainID(id string) string {
	if quoted := strconv.Quote(id); quoted != `"`+id+`"` || strings.ContainsRune(id, ' ') {
		return quoted
	}
	return id
}
