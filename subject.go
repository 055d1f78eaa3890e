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
	standing Reason
	clock    clock
	holdings []holding
}

// Bind returns the member as a Subject, as of now.
func (p *Policy) Bind(m Member) *Subject { return p.bind(clock{}, m) }

// BindAt returns the member as a Subject, as of the given time.
func (p *Policy) BindAt(now time.Time, m Member) *Subject { return p.bind(clock{now, true}, m) }

func (p *Policy) bind(c clock, m Member) *Subject {
	s := &Subject{policy: p, member: m, standing: m.standing(), clock: c}
	if p == nil {
		return s
	}
	s.member.Assignments = make([]Assignment, len(m.Assignments))
	s.holdings = make([]holding, len(m.Assignments))
	for i, a := range m.Assignments {
		s.member.Assignments[i] = a.clone()
		s.holdings[i] = p.hold(&s.member.Assignments[i], m.Workspace.Kind)
		s.holdings[i].index()
		if a.bounded() {
			s.clock.now()
		}
	}
	return s
}

func (h *holding) index() {
	if len(h.MiniPrograms) > 1 {
		programs := names.New(h.MiniPrograms)
		h.programs = &programs
	}
}

// Can reports whether the member may do that to the resource. It is
// Check(a, r).Allowed.
func (s *Subject) Can(a Action, r Resource) bool {
	return s.decide(a, &r).reason == ReasonGranted
}

// Check decides whether the member may do that to the resource, and says why.
// It is the policy's CheckAt for the member and the time that were bound.
func (s *Subject) Check(a Action, r Resource) Decision {
	return s.decide(a, &r).decision(a)
}

func (s *Subject) decide(a Action, r *Resource) verdict {
	if s == nil {
		return verdict{}
	}
	q, refused := s.policy.ask(&s.member, s.standing, a, r)
	if refused != ReasonGranted {
		return verdict{reason: refused}
	}
	nearest := verdict{reason: ReasonNoRole}
	for i := range s.holdings {
		v := q.judge(&s.clock, &s.holdings[i])
		if v.reason == ReasonGranted {
			return q.seconded(v)
		}
		nearest.reason = max(nearest.reason, v.reason)
	}
	return nearest
}

// Actions returns what the member may do to the resource, in name order: which
// buttons to show. It yields an action if and only if Can is true for it.
func (s *Subject) Actions(r Resource) iter.Seq[Action] {
	return func(yield func(Action) bool) {
		if s == nil || s.policy == nil || s.standing != ReasonGranted {
			return
		}
		at, refused := locate(&s.member, &r)
		if refused != ReasonGranted {
			return
		}
		sources := s.sources(&at)
		seconded := at.secondPerson() == ReasonGranted
		for i := range s.policy.rules {
			rule := &s.policy.rules[i]
			if rule.target&r.target() == 0 || rule.fourEyes && !seconded || !granted(sources, i) {
				continue
			}
			if !yield(rule.action) {
				return
			}
		}
	}
}

// source is a role in force and the scopes by which it reaches one place.
type source struct {
	grants []Scope
	reach  Scope
}

func (s *Subject) sources(at *place) []source {
	sources := make([]source, 0, len(s.holdings))
	for i := range s.holdings {
		h := &s.holdings[i]
		if h.refused != ReasonGranted || h.bounded() && h.force(s.clock.now()) != ReasonGranted {
			continue
		}
		reach := at.reach | at.through(h, ScopeAssigned)
		sources = append(sources, source{h.grants, reach})
	}
	return sources
}

func granted(sources []source, position int) bool {
	for i := range sources {
		if sources[i].grants[position]&sources[i].reach != 0 {
			return true
		}
	}
	return false
}
