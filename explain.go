package rbac

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How remedies are found.
//
// A remedy is a status to leave, a change of one assignment, or a role to give. Each
// is tried: it counts if the policy then allows the request, and the member holds no
// two roles that exclude each other. Those that give least come first: the fewest
// actions beyond what the member holds, then the narrower scopes.

// Explanation says why a decision is as it is: what each assignment did, and what
// would turn a denial into a grant. It names the member's roles and mini programs,
// so it is for those who administer the member.
type Explanation struct {
	Action   Action    `json:"action,omitempty"`
	Decision Decision  `json:"decision"`
	Findings []Finding `json:"findings,omitempty"` // one for each assignment of the member, in order
	Remedies []Remedy  `json:"remedies,omitempty"` // the one that gives least first; empty if nothing would help
}

// Finding is the result of one assignment: ReasonGranted, or why it does not grant.
// It leaves out the member's status, suspension and four eyes.
type Finding struct {
	Role   RoleID `json:"role"`
	Reason Reason `json:"reason"`
	Scope  Scope  `json:"scope,omitzero"` // through which it grants; zero if it does not
}

// String returns the role and its result.
func (f Finding) String() string {
	role := plainName(string(f.Role))
	switch f.Reason {
	case ReasonGranted:
		return fmt.Sprintf("%s: grants it (%s)", role, f.Scope)
	case ReasonNotGranted:
		return role + ": does not grant it"
	}
	return fmt.Sprintf("%s: %s", role, f.Reason.sentence())
}

// String returns a line for the decision, one for each assignment and one for each
// remedy. It quotes names that are not well formed, so that no text of a stranger can
// look like a line of its own.
func (e Explanation) String() string {
	action := plainName(string(e.Action))
	lines := []string{action + ": allowed"}
	if !e.Decision.Allowed {
		lines[0] = fmt.Sprintf("%s: denied, %s", action, e.Decision.Reason.sentence())
	}
	for _, finding := range e.Findings {
		lines = append(lines, "  "+finding.String())
	}
	for _, remedy := range e.Remedies {
		lines = append(lines, "  to allow it: "+remedy.String())
	}
	return strings.Join(lines, "\n")
}

// Explain decides as Check does. It also says what each assignment of the member did,
// and which changes to the member would turn a denial into a grant. No change to a
// member lifts the suspension of the workspace, so then there is no remedy. A nil Subject
// gives a denial without findings and remedies.
func (s *Subject) Explain(action Action, resource Resource) Explanation {
	e := Explanation{Action: action, Decision: s.Check(action, resource)}
	if s == nil {
		return e
	}
	active := s.member
	active.Status, active.Suspended, active.Assignments = StatusActive, false, nil
	reason := s.policy.denialReason(&s.clock, &active, action, &resource)
	for i := range s.member.Assignments {
		e.Findings = append(e.Findings, s.finding(reason, &active, &s.member.Assignments[i], action, &resource))
	}
	if !e.Decision.Allowed && !s.policy.isZero() {
		e.Remedies = s.remedies(action, &resource)
	}
	return e
}

// finding is the result of one assignment of a member who, without any, is denied for
// the given reason.
func (s *Subject) finding(denied Reason, active *Member, assignment *Assignment, action Action, r *Resource) Finding {
	if denied != ReasonNoRole {
		return Finding{Role: assignment.Role, Reason: denied}
	}
	compiled := s.policy.actionIndex.Find(string(action))
	if reason := s.policy.assignmentReason(&s.clock, active, assignment, compiled, r); reason != ReasonGranted {
		return Finding{Role: assignment.Role, Reason: reason}
	}
	role, _ := s.policy.roleFor(assignment.Role, &active.Workspace)
	scope := active.scopeReaching(role.grants[compiled.position]&active.Workspace.reach(&r.Workspace), r)
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
func (r Remedy) Apply(member Member) Member {
	if r.Status != 0 {
		member.Status = StatusActive
	}
	if r.Assignment.Role == "" {
		return member
	}
	assignments := slices.Clone(member.Assignments)
	if r.Position < 0 || r.Position >= len(assignments) {
		assignments = append(assignments, r.Assignment.clone())
	} else {
		assignments[r.Position] = r.Assignment.clone()
	}
	member.Assignments = assignments
	return member
}

// String says what to do: "name mp-42 in the developer assignment".
func (r Remedy) String() string { return r.sentence }

// remedySearch looks for remedies of one denial.
type remedySearch struct {
	*Subject
	member     Member // made active
	status     Status // to change; zero if the member is active
	action     Action
	resource   *Resource
	exclusions *exclusions     // of what the member holds
	has        holdings        // what the member would have if active
	held       map[RoleID]int  // how many assignments of a role the member has
	fixed      map[RoleID]bool // roles that the member holds and that a fix makes grant
	found      []rankedRemedy
}

// rankedRemedy is a remedy and how much it gives.
type rankedRemedy struct {
	Remedy
	actions int   // that the member gains, or gains more of
	scope   Scope // the widest that the member gains
}

// remedies returns all smallest changes that turn a denial into a grant.
func (s *Subject) remedies(action Action, r *Resource) []Remedy {
	search := &remedySearch{Subject: s, member: s.member, action: action, resource: r}
	if s.member.Suspended || s.member.Status.reason() == ReasonInvalidMember {
		return nil
	}
	if s.member.Status != StatusActive {
		search.status, search.member.Status = s.member.Status, StatusActive
	}
	if search.works(s.member.Assignments...) {
		return []Remedy{search.remedy(0, Assignment{})}
	}
	search.tryEverything()
	slices.SortStableFunc(search.found, func(a, b rankedRemedy) int {
		return cmp.Or(cmp.Compare(a.actions, b.actions), cmp.Compare(a.scope, b.scope))
	})
	var remedies []Remedy
	for _, ranked := range search.found {
		remedies = append(remedies, ranked.Remedy)
	}
	return remedies
}

func (s *remedySearch) tryEverything() {
	s.exclusions = s.policy.exclusions(s.clock.now(), s.member.Assignments)
	s.has = newHoldings(s.policy.BindAt(s.clock.now(), s.member), s.resource.MiniProgram)
	s.held, s.fixed = make(map[RoleID]int), make(map[RoleID]bool)
	for i := range s.member.Assignments {
		s.held[s.member.Assignments[i].Role]++
	}
	for i := range s.member.Assignments {
		s.tryFixes(i)
	}
	s.policy.eachRole(func(role *Role, r *compiledRole) bool {
		if r.heldIn(&s.member.Workspace) && !s.fixed[role.ID] {
			s.tryRole(role.ID)
		}
		return true
	})
}

// works reports whether the member would be allowed with these assignments.
func (s *remedySearch) works(assignments ...Assignment) bool {
	m := s.member
	m.Assignments = assignments
	_, scope := s.policy.decide(&s.clock, &m, s.action, s.resource)
	return scope != 0
}

// fix is one change of an assignment.
type fix struct {
	apply func(a *Assignment, r *Resource, now time.Time)
	words string // %[1]s is the mini program and %[2]s the assignment
}

var (
	addProgram = fix{func(a *Assignment, r *Resource, _ time.Time) {
		a.MiniPrograms = append(slices.Clone(a.MiniPrograms), r.MiniProgram)
	}, "name %[1]s in the %[2]s assignment"}

	beginNow = fix{func(a *Assignment, _ *Resource, now time.Time) {
		a.NotBefore = now
	}, "let the %[2]s assignment begin now"}

	renew = fix{func(a *Assignment, _ *Resource, now time.Time) {
		a.NotBefore, a.NotAfter = now, now.Add(a.renewal())
	}, "renew the %[2]s assignment"}

	// fixSets are tried in this order, so that a smaller one is found first.
	fixSets = [][]fix{{addProgram}, {beginNow}, {renew}, {addProgram, beginNow}, {addProgram, renew}}
)

// renewal returns for how long an assignment is renewed: as long as it lasted, or a day
// if that is unknown or hardly any time. So nobody gets a role without end who had one
// with an end.
func (a *Assignment) renewal() time.Duration {
	const day = 24 * time.Hour
	lasted := a.NotAfter.Sub(a.NotBefore)
	if a.NotBefore.IsZero() || lasted < time.Second {
		return day
	}
	return lasted
}

// tryFixes looks for the one smallest set of fixes that makes an assignment grant.
func (s *remedySearch) tryFixes(i int) {
	for _, set := range fixSets {
		fixed := s.member.Assignments[i]
		for _, fix := range set {
			fix.apply(&fixed, s.resource, s.storedNow())
		}
		if isStorable(fixed.NotBefore) && isStorable(fixed.NotAfter) && s.works(fixed) {
			s.fixed[fixed.Role] = true
			s.add(i, fixed, s.words(i, set)...)
			return
		}
	}
}

func (s *remedySearch) words(i int, set []fix) (words []string) {
	role := s.member.Assignments[i].Role
	name := plainName(string(role))
	if s.held[role] > 1 {
		name += fmt.Sprintf(" (assignments[%d])", i)
	}
	for _, fix := range set {
		words = append(words, fmt.Sprintf(fix.words, plainID(s.resource.MiniProgram), name))
	}
	return words
}

// tryRole tries to give a role.
func (s *remedySearch) tryRole(id RoleID) {
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
	if s.exclusions.excludes(&a) {
		return
	}
	ranked := rankedRemedy{Remedy: s.remedy(position, a, words...)}
	inForce := position < len(s.member.Assignments) && s.member.Assignments[position].inForce(&s.clock)
	ranked.actions, ranked.scope = s.has.gains(s.policy.findRole(a.Role), len(a.MiniPrograms) > 0, inForce)
	s.found = append(s.found, ranked)
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

// holdings are the scopes that a member has, by the position of the action: anywhere,
// and on one mini program.
type holdings struct{ anywhere, onProgram []Scope }

func newHoldings(s *Subject, miniProgram string) holdings {
	h := holdings{make([]Scope, len(s.policy.actions)), make([]Scope, len(s.policy.actions))}
	for i := range s.active {
		role := &s.active[i]
		named := role.programs.has(miniProgram)
		for position, granted := range role.grants {
			covered := (granted &^ ScopeAssigned).covered()
			h.anywhere[position] |= covered
			h.onProgram[position] |= covered
			if named {
				h.onProgram[position] |= granted & ScopeAssigned
			}
		}
	}
	return h
}

// gains returns how many actions a role gives beyond what the member has, and the
// widest scope of them. If it is in force already, it gives only what it grants on the
// mini program.
func (h holdings) gains(role *compiledRole, names, inForce bool) (actions int, widest Scope) {
	for position, granted := range role.grants {
		gained := granted &^ ScopeAssigned &^ h.anywhere[position]
		if inForce {
			gained = 0
		}
		if names {
			gained |= granted & ScopeAssigned &^ h.onProgram[position]
		}
		if gained != 0 {
			actions++
			widest = max(widest, gained.widest())
		}
	}
	return actions, widest
}

// plainID returns an ID as it is if it is easy to read, and quoted otherwise.
func plainID(id string) string {
	if quoted := strconv.Quote(id); quoted != `"`+id+`"` || strings.ContainsRune(id, ' ') {
		return quoted
	}
	return id
}
