package rbac

import (
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/miniprogram-platform/rbac/internal/names"
)

// Subject is one member, ready for many checks. Bind looks up the member's roles
// and indexes the mini programs once. A Subject answers as the policy does for the
// member as it was, at the time when it was bound. Keep it for one request at most:
// it does not see that the member is blocked, changed or expired later.
//
// The steps of administration, from Invite to Undefine, are decided by what the Subject
// covers. A step that is denied returns a *DeniedError. A step that is allowed but that
// the other member's status forbids returns a *StatusError. With an error, the member
// that a step returns is as it was.
//
// The nil Subject and the zero Subject deny everything. Any number of goroutines
// may use a Subject.
type Subject struct {
	policy *Policy
	member Member // shared with nobody
	clock  clock
	active []activeRole // empty for a member who may do nothing
}

// activeRole is an assignment in force, with the lookups done.
type activeRole struct {
	role     RoleID
	grants   []Scope // what the role grants, by the position of the action
	end      time.Time
	programs programSet
}

// programSet is a list of mini programs. It is indexed when somebody first asks, so that
// a member of very many costs no more than what is asked.
type programSet struct {
	ids   []string
	index atomic.Pointer[names.Table[string]]
}

// has reports whether the list names the mini program.
func (p *programSet) has(id string) bool {
	index := p.index.Load()
	if index == nil {
		index = p.build()
	}
	return index.Find(id) != nil
}

func (p *programSet) build() *names.Table[string] {
	index := names.New(p.ids, p.ids)
	p.index.Store(&index)
	return &index
}

// sorted returns the IDs sorted and each once. Of nil it is nil.
func (p *programSet) sorted() []string {
	if p == nil {
		return nil
	}
	return distinct(p.ids)
}

// Bind returns the member as a Subject, as of now.
func (p *Policy) Bind(member Member) *Subject { return p.BindAt(wallClock(), member) }

// BindAt returns the member as a Subject, as of the given time.
func (p *Policy) BindAt(now time.Time, member Member) *Subject {
	s := &Subject{policy: p, member: member.clone(), clock: *at(now)}
	if p != nil && member.reason() == ReasonGranted {
		s.activate()
	}
	return s
}

// activate keeps the assignments that are in force.
func (s *Subject) activate() {
	s.active = make([]activeRole, len(s.member.Assignments))
	kept := 0
	for i := range s.member.Assignments {
		assignment := &s.member.Assignments[i]
		role, reason := s.policy.roleFor(assignment.Role, &s.member.Workspace)
		if reason != ReasonGranted || !assignment.inForce(&s.clock) {
			continue
		}
		active := &s.active[kept]
		active.role, active.grants, active.end = assignment.Role, role.grants, assignment.end()
		active.programs.ids = assignment.MiniPrograms
		kept++
	}
	s.active = s.active[:kept]
}

// Can reports whether the member may do the action to the resource. It is
// Check(action, resource).Allowed.
func (s *Subject) Can(action Action, resource Resource) bool {
	_, scope := s.decide(action, &resource)
	return scope != 0
}

// Check decides whether the member may do the action to the resource, and says why.
// It is the policy's CheckAt for the member and the time that were bound.
func (s *Subject) Check(action Action, resource Resource) Decision {
	if role, scope := s.decide(action, &resource); scope != 0 {
		return Decision{Allowed: true, Reason: ReasonGranted, Action: action, Role: role.role, Scope: scope}
	}
	if s == nil {
		return Decision{Action: action}
	}
	return Decision{Reason: s.policy.denialReason(&s.clock, &s.member, action, &resource), Action: action}
}

// decide is Policy.decide with the lookups done before.
func (s *Subject) decide(action Action, r *Resource) (*activeRole, Scope) {
	if s == nil || len(s.active) == 0 {
		return nil, 0
	}
	reach := s.member.Workspace.reach(&r.Workspace)
	if reach == 0 {
		return nil, 0
	}
	compiled := s.policy.actionIndex.Find(string(action))
	if compiled == nil || !compiled.appliesTo(&s.member, r) {
		return nil, 0
	}
	active := s.active
	for i := range active {
		role := &active[i]
		scope := s.member.scopeReaching(role.grants[compiled.position]&reach, r)
		if scope == 0 {
			continue
		}
		if scope != ScopeAssigned || role.programs.has(r.MiniProgram) {
			return role, scope
		}
	}
	return nil, 0
}

// Actions yields what the member may do to the resource, in name order: which
// buttons to show. It yields an action if and only if Can is true for it.
func (s *Subject) Actions(resource Resource) iter.Seq[Action] {
	return func(yield func(Action) bool) {
		if s == nil || len(s.active) == 0 {
			return
		}
		var buffer [8]Scope // most members have few roles
		reaches := s.reaches(buffer[:0], &resource)
		for i := range s.policy.actions {
			action := &s.policy.actions[i]
			if action.appliesTo(&s.member, &resource) && s.grants(i, reaches) && !yield(action.name) {
				return
			}
		}
	}
}

// reaches appends, for each active role, all scopes that reach the resource.
func (s *Subject) reaches(reaches []Scope, r *Resource) []Scope {
	everywhere := s.member.Workspace.reach(&r.Workspace)
	if r.Owner != s.member.ID {
		everywhere &^= ScopeOwn
	}
	if r.MiniProgram == "" {
		everywhere &^= ScopeAssigned
	}
	for i := range s.active {
		reach := everywhere
		if !s.active[i].programs.has(r.MiniProgram) {
			reach &^= ScopeAssigned
		}
		reaches = append(reaches, reach)
	}
	return reaches
}

func (s *Subject) grants(position int, reaches []Scope) bool {
	for i, reach := range reaches {
		if s.active[i].grants[position]&reach != 0 {
			return true
		}
	}
	return false
}

// Permissions returns everything that the member's roles grant together: for each
// action the scopes of all assignments in force. It has ScopeAssigned only if an
// assignment names a mini program. The result is a new map and never nil. It is empty
// for a member who may do nothing.
func (s *Subject) Permissions() Permissions {
	if s == nil {
		return make(Permissions)
	}
	granted := make(Permissions)
	for i := range s.active {
		role := &s.active[i]
		unreachable := ScopeAssigned
		if slices.ContainsFunc(role.programs.ids, func(id string) bool { return id != "" }) {
			unreachable = 0
		}
		for position, scope := range role.grants {
			if scope &^= unreachable; scope != 0 {
				granted[s.policy.actions[position].name] |= scope
			}
		}
	}
	return granted
}
