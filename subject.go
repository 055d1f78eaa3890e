package rbac

import (
	"iter"
	"time"

	"github.com/miniprogram-platform/rbac/internal/names"
)

// Subject is one member made ready for many checks: the roles are looked up and
// the mini programs indexed once. It answers as the policy does for the member
// as it was, at the time it was bound. It is for the length of a request: a
// Subject that is kept does not see the member blocked, changed or expired.
//
// The nil Subject and the zero Subject deny everything. Any number of
// goroutines may use a Subject.
type Subject struct {
	policy   *Policy
	member   Member // shared with nobody
	clock    clock
	holdings []holding // what can grant anything: nothing for a member who may do nothing
}

// holding is an assignment in force, with the lookups done.
type holding struct {
	role         RoleID
	grants       []Scope // what the role grants, by the position of the action
	miniPrograms []string
	index        names.Table[string] // of the mini programs
}

// Bind returns the member as a Subject, as of now.
func (p *Policy) Bind(m Member) *Subject { return p.bind(clock{}, m) }

// BindAt returns the member as a Subject, as of the given time.
func (p *Policy) BindAt(now time.Time, m Member) *Subject { return p.bind(clock{now, true}, m) }

func (p *Policy) bind(c clock, m Member) *Subject {
	s := &Subject{policy: p, member: m, clock: c}
	s.member.Assignments = make([]Assignment, len(m.Assignments))
	for i, as := range m.Assignments {
		s.member.Assignments[i] = as.clone()
	}
	if p != nil && m.standing() == ReasonGranted {
		s.hold()
	}
	return s
}

// hold keeps what is in force. If the clock is ever read for the member it is
// read here, so that nothing writes to a Subject once it is bound.
func (s *Subject) hold() {
	s.holdings = make([]holding, 0, len(s.member.Assignments))
	for i := range s.member.Assignments {
		as := &s.member.Assignments[i]
		rank, reason := s.policy.rank(as.Role, s.member.Workspace.Kind)
		if reason != ReasonGranted || as.force(&s.clock) != ReasonGranted {
			continue
		}
		s.holdings = append(s.holdings, holding{as.Role, rank.grants, as.MiniPrograms, names.New(as.MiniPrograms, as.MiniPrograms)})
	}
}

// Can reports whether the member may do that to the resource. It is
// Check(a, r).Allowed.
func (s *Subject) Can(a Action, r Resource) bool {
	_, scope := s.decide(a, &r)
	return scope != 0
}

// Check decides whether the member may do that to the resource, and says why.
// It is the policy's CheckAt for the member and the time that were bound.
func (s *Subject) Check(a Action, r Resource) Decision {
	if h, scope := s.decide(a, &r); scope != 0 {
		return Decision{Allowed: true, Reason: ReasonGranted, Role: h.role, Scope: scope}
	}
	if s == nil {
		return Decision{refused: a}
	}
	return Decision{Reason: s.policy.refusal(&s.clock, &s.member, a, &r), refused: a}
}

// decide makes the policy's decision with the lookups done beforehand.
func (s *Subject) decide(a Action, r *Resource) (*holding, Scope) {
	if s == nil || len(s.holdings) == 0 {
		return nil, 0
	}
	reach := s.member.Workspace.reach(&r.Workspace)
	if reach == 0 {
		return nil, 0
	}
	rule := s.policy.actions.Find(string(a))
	if rule == nil || !rule.admits(&s.member, r) {
		return nil, 0
	}
	holdings := s.holdings
	for i := range holdings {
		h := &holdings[i]
		scope := s.member.through(h.grants[rule.position]&reach, r)
		if scope == 0 {
			continue
		}
		if scope != ScopeAssigned || h.index.Find(r.MiniProgram) != nil {
			return h, scope
		}
	}
	return nil, 0
}

// Actions returns what the member may do to the resource, in name order: which
// buttons to show. It yields an action if and only if Can is true for it.
func (s *Subject) Actions(r Resource) iter.Seq[Action] {
	return func(yield func(Action) bool) {
		if s == nil || len(s.holdings) == 0 {
			return
		}
		var buffer [8]Scope // most members hold few roles
		reaches := s.reaches(buffer[:0], &r)
		for i := range s.policy.rules {
			rule := &s.policy.rules[i]
			if rule.admits(&s.member, &r) && s.grants(i, reaches) && !yield(rule.action) {
				return
			}
		}
	}
}

// reaches appends, for each holding, all scopes by which it reaches the
// resource.
func (s *Subject) reaches(reaches []Scope, r *Resource) []Scope {
	everywhere := s.member.Workspace.reach(&r.Workspace)
	if r.Owner != s.member.ID {
		everywhere &^= ScopeOwn
	}
	if r.MiniProgram == "" {
		everywhere &^= ScopeAssigned
	}
	for i := range s.holdings {
		reach := everywhere
		if s.holdings[i].index.Find(r.MiniProgram) == nil {
			reach &^= ScopeAssigned
		}
		reaches = append(reaches, reach)
	}
	return reaches
}

func (s *Subject) grants(position int, reaches []Scope) bool {
	for i, reach := range reaches {
		if s.holdings[i].grants[position]&reach != 0 {
			return true
		}
	}
	return false
}
