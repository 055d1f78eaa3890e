package proof

import (
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// door is one way to ask whether a member may.
type canFunc struct {
	name string
	ask  func(a rbac.Action, r rbac.Resource) bool
}

// decider is a door that also says why.
type checkFunc struct {
	name   string
	decide func(a rbac.Action, r rbac.Resource) rbac.Decision
}

func canFuncsNow(p *rbac.Policy, m rbac.Member) []canFunc {
	alone := slices.Values([]rbac.Member{m})
	return append(subjectCanFuncs("Bind", p.Bind(m)),
		canFunc{"Can", func(a rbac.Action, r rbac.Resource) bool { return p.Can(m, a, r) }},
		canFunc{"WhoCan", func(a rbac.Action, r rbac.Resource) bool { return !isEmpty(p.WhoCan(a, r, alone)) }},
	)
}

func canFuncsAt(now time.Time, p *rbac.Policy, m rbac.Member) []canFunc {
	return subjectCanFuncs("BindAt", p.BindAt(now, m))
}

func subjectCanFuncs(name string, s *rbac.Subject) []canFunc {
	filter := memoize(s.Filter)
	shown := memoize(func(r rbac.Resource) map[rbac.Action]bool { return setOf(s.Actions(r)) })
	return []canFunc{
		{name + "().Can", s.Can},
		{name + "().Filter().Match", func(a rbac.Action, r rbac.Resource) bool { return filter(a).Match(r) }},
		{name + "().Actions", func(a rbac.Action, r rbac.Resource) bool { return shown(r)[a] }},
	}
}

func checkFuncsNow(p *rbac.Policy, m rbac.Member) []checkFunc {
	return []checkFunc{
		{"Check", func(a rbac.Action, r rbac.Resource) rbac.Decision { return p.Check(m, a, r) }},
		{"Bind().Check", p.Bind(m).Check},
	}
}

func checkFuncsAt(now time.Time, p *rbac.Policy, m rbac.Member) []checkFunc {
	return []checkFunc{
		{"CheckAt", func(a rbac.Action, r rbac.Resource) rbac.Decision { return p.CheckAt(now, m, a, r) }},
		{"BindAt().Check", p.BindAt(now, m).Check},
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

// entrance is a member before all the doors.
type entryPoints struct {
	label  string
	member rbac.Member
	cans   []canFunc
	checks []checkFunc
}

// entranceAt has the doors that are told the time; entranceNow adds those that look at the clock.
func entryPointsAt(now time.Time, p *rbac.Policy, m rbac.Member) entryPoints {
	return entryPoints{member: m, cans: canFuncsAt(now, p, m), checks: checkFuncsAt(now, p, m)}
}

func entryPointsNow(now time.Time, p *rbac.Policy, m rbac.Member) entryPoints {
	e := entryPointsAt(now, p, m)
	e.cans = append(e.cans, canFuncsNow(p, m)...)
	e.checks = append(e.checks, checkFuncsNow(p, m)...)
	return e
}

// compare holds every door to the answer and all decisions to each other; it returns how many answers it compared.
func (e entryPoints) compare(t testing.TB, want bool, a rbac.Action, r rbac.Resource) int {
	for _, canFunc := range e.cans {
		if got := canFunc.ask(a, r); got != want {
			t.Errorf("%s%s says %v, the specification %v: %s", e.label, canFunc.name, got, want, describeQuestion(e.member, a, r))
		}
	}
	first := e.checks[0].decide(a, r)
	for _, checkFunc := range e.checks {
		got := checkFunc.decide(a, r)
		if got.Allowed != want || (got.Reason == rbac.ReasonGranted) != want {
			t.Errorf("%s%s says %+v, the specification %v: %s", e.label, checkFunc.name, got, want, describeQuestion(e.member, a, r))
		}
		if got != first {
			t.Errorf("%s%s says %+v, %s %+v: %s", e.label, checkFunc.name, got, e.checks[0].name, first, describeQuestion(e.member, a, r))
		}
	}
	return len(e.cans) + len(e.checks)
}
