package proof

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// canFunc is one function of the library that says whether a member may do an action.
type canFunc struct {
	name string
	can  func(a rbac.Action, r rbac.Resource) bool
}

// checkFunc is one that also says why.
type checkFunc struct {
	name  string
	check func(a rbac.Action, r rbac.Resource) rbac.Decision
}

// entryPoints are all of them, for one member.
type entryPoints struct {
	label  string // where the member comes from, for messages
	member rbac.Member
	cans   []canFunc
	checks []checkFunc
}

// entryPointsAt are the functions that are given the time.
func entryPointsAt(now time.Time, p *rbac.Policy, m rbac.Member) entryPoints {
	s, alone := p.BindAt(now, m), slices.Values([]rbac.Member{m})
	e := entryPoints{
		member: m,
		cans:   subjectCanFuncs("BindAt", s),
		checks: []checkFunc{
			{"CheckAt", func(a rbac.Action, r rbac.Resource) rbac.Decision { return p.CheckAt(now, m, a, r) }},
			{"BindAt().Check", s.Check},
		},
	}
	e.cans = append(e.cans,
		canFunc{"WhoCanAt", func(a rbac.Action, r rbac.Resource) bool { return !isEmpty(p.WhoCanAt(now, a, r, alone)) }},
		canFunc{"HoldersAt().Match", func(a rbac.Action, r rbac.Resource) bool { return p.HoldersAt(now, a, r).Match(m) }},
	)
	return e
}

// entryPointsNow adds those that read the clock.
func entryPointsNow(now time.Time, p *rbac.Policy, m rbac.Member) entryPoints {
	s, alone := p.Bind(m), slices.Values([]rbac.Member{m})
	e := entryPointsAt(now, p, m)
	e.cans = append(e.cans, subjectCanFuncs("Bind", s)...)
	e.cans = append(e.cans,
		canFunc{"Can", func(a rbac.Action, r rbac.Resource) bool { return p.Can(m, a, r) }},
		canFunc{"WhoCan", func(a rbac.Action, r rbac.Resource) bool { return !isEmpty(p.WhoCan(a, r, alone)) }},
		canFunc{"Holders().Match", func(a rbac.Action, r rbac.Resource) bool { return p.Holders(a, r).Match(m) }},
	)
	e.checks = append(e.checks,
		checkFunc{"Check", func(a rbac.Action, r rbac.Resource) rbac.Decision { return p.Check(m, a, r) }},
		checkFunc{"Bind().Check", s.Check},
	)
	return e
}

// alsoBy adds the decisions of an equal policy that was built in another way.
func (e entryPoints) alsoBy(now time.Time, name string, p *rbac.Policy) entryPoints {
	s := p.BindAt(now, e.member)
	e.cans = append(e.cans, canFunc{name + ", BindAt().Can", s.Can})
	e.checks = append(e.checks, checkFunc{name + ", CheckAt", func(a rbac.Action, r rbac.Resource) rbac.Decision {
		return p.CheckAt(now, e.member, a, r)
	}})
	return e
}

func subjectCanFuncs(bind string, s *rbac.Subject) []canFunc {
	filter := memoize(s.Filter)
	actions := memoize(func(r rbac.Resource) map[rbac.Action]bool { return setOf(s.Actions(r)) })
	return []canFunc{
		{bind + "().Can", s.Can},
		{bind + "().Filter().Match", func(a rbac.Action, r rbac.Resource) bool { return filter(a).Match(r) }},
		{bind + "().Actions", func(a rbac.Action, r rbac.Resource) bool { return actions(r)[a] }},
	}
}

func memoize[K comparable, V any](compute func(K) V) func(K) V {
	known := map[K]V{}
	return func(key K) V {
		value, found := known[key]
		if !found {
			value = compute(key)
			known[key] = value
		}
		return value
	}
}

// compare requires the answer and the decision of every function, and returns how many it compared.
func (e entryPoints) compare(t testing.TB, want rbac.Decision, a rbac.Action, r rbac.Resource) int {
	fail := func(format string, args ...any) {
		t.Errorf("%s%s: want %+v: %s", e.label, fmt.Sprintf(format, args...), want, questionText(e.member, a, r))
	}
	for _, f := range e.cans {
		if got := f.can(a, r); got != want.Allowed {
			fail("%s says %v", f.name, got)
		}
	}
	for _, f := range e.checks {
		if got := f.check(a, r); got != want {
			fail("%s says %+v", f.name, got)
		}
	}
	return len(e.cans) + len(e.checks)
}
