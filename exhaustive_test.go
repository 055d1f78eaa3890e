package rbac_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// TestDefaultPolicyIsTheMatrix asks every question that the default policy can be asked, through every door, and
// compares the answers with the reference.
func TestDefaultPolicyIsTheMatrix(t *testing.T) {
	t.Parallel()
	ref, now := matrix(t), time.Now()
	actions := append(namesOf(ref).actions, "miniprogram.relase")
	var seen tally
	compared := 0
	for _, m := range everyMember() {
		e := entranceNow(now, rbac.Default(), m)
		e.doors = append(e.doors, door{"the package's Can", func(a rbac.Action, r rbac.Resource) bool { return rbac.Can(m, a, r) }})
		for _, r := range everyResource(m.ID) {
			for _, a := range actions {
				want := ref.allows(now, m, a, r)
				compared += e.compare(t, want, a, r)
				seen.count(want)
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d decisions compared: %d questions, each through every door", compared, seen.yes+seen.no)
	seen.requireBoth(t, 3_000)
	require.GreaterOrEqual(t, compared, 1_000_000, "decisions compared")
}

func everyMember() []rbac.Member {
	var all []rbac.Member
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		for _, status := range statuses {
			all = append(all, everyHolder(place, status)...)
		}
	}
	for _, place := range append([]rbac.Workspace{namesakeOfWallet, namesakeOfShop}, contradictory...) {
		all = append(all, everyHolder(place, rbac.StatusActive)...)
	}
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		for _, m := range everyHolder(place, rbac.StatusActive) {
			m.ID = ""
			all = append(all, m)
		}
	}
	return all
}

var (
	walletCafe       = rbac.Workspace{Kind: rbac.KindDeveloper, ID: "cafe", Tenant: "wallet"}
	namesakeOfWallet = rbac.Workspace{Kind: rbac.KindDeveloper, ID: "wallet", Tenant: "wallet"}
	namesakeOfShop   = rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "shop"}
)

// everyHolder holds each role, an unknown one or none, and is assigned mp-1 or another program.
func everyHolder(place rbac.Workspace, status rbac.Status) []rbac.Member {
	roles := []rbac.RoleID{"nobody"}
	for name := range matrixRoles {
		roles = append(roles, rbac.RoleID(name))
	}
	all := []rbac.Member{{ID: "ann", Workspace: place, Status: status}}
	for _, role := range roles {
		for _, program := range []string{"mp-1", "mp-2"} {
			as := rbac.Assignment{Role: role, MiniPrograms: []string{program}}
			all = append(all, rbac.Member{ID: "ann", Workspace: place, Status: status, Assignments: []rbac.Assignment{as}})
		}
	}
	return all
}

// everyResource is at every position that a resource can have to the members, mp-1 or a thing of the workspace, and
// belongs to the member, to another one, or to nobody that is known.
func everyResource(memberID string) []rbac.Resource {
	positions := []rbac.Workspace{
		theWallet,
		theShop,
		walletCafe,
		namesakeOfWallet,
		namesakeOfShop,
		{Kind: rbac.KindTenant, ID: "bank", Tenant: "bank"},
		{Kind: rbac.KindDeveloper, ID: "shop", Tenant: "bank"},
		{Kind: rbac.KindDeveloper, ID: "wallet", Tenant: "bank"},
		{Kind: rbac.KindDeveloper, ID: "shop", Tenant: "shop"},
	}
	var all []rbac.Resource
	for _, place := range append(positions, contradictory...) {
		for _, program := range []string{"", "mp-1"} {
			for _, owner := range []string{"", memberID, "bob"} {
				all = append(all, rbac.Resource{Workspace: place, MiniProgram: program, Owner: owner})
			}
		}
	}
	return all
}

// door is one way to ask whether a member may.
type door struct {
	name string
	ask  func(a rbac.Action, r rbac.Resource) bool
}

// decider is a door that also says why.
type decider struct {
	name   string
	decide func(a rbac.Action, r rbac.Resource) rbac.Decision
}

func doorsNow(p *rbac.Policy, m rbac.Member) []door {
	alone := slices.Values([]rbac.Member{m})
	return append(subjectDoors("Bind", p.Bind(m)),
		door{"Can", func(a rbac.Action, r rbac.Resource) bool { return p.Can(m, a, r) }},
		door{"WhoCan", func(a rbac.Action, r rbac.Resource) bool { return !isEmpty(p.WhoCan(a, r, alone)) }},
	)
}

func doorsAt(now time.Time, p *rbac.Policy, m rbac.Member) []door {
	return subjectDoors("BindAt", p.BindAt(now, m))
}

func subjectDoors(name string, s *rbac.Subject) []door {
	filter := remember(s.Filter)
	shown := remember(func(r rbac.Resource) map[rbac.Action]bool { return setOf(s.Actions(r)) })
	return []door{
		{name + "().Can", s.Can},
		{name + "().Filter().Match", func(a rbac.Action, r rbac.Resource) bool { return filter(a).Match(r) }},
		{name + "().Actions", func(a rbac.Action, r rbac.Resource) bool { return shown(r)[a] }},
	}
}

func decidersNow(p *rbac.Policy, m rbac.Member) []decider {
	return []decider{
		{"Check", func(a rbac.Action, r rbac.Resource) rbac.Decision { return p.Check(m, a, r) }},
		{"Bind().Check", p.Bind(m).Check},
	}
}

func decidersAt(now time.Time, p *rbac.Policy, m rbac.Member) []decider {
	return []decider{
		{"CheckAt", func(a rbac.Action, r rbac.Resource) rbac.Decision { return p.CheckAt(now, m, a, r) }},
		{"BindAt().Check", p.BindAt(now, m).Check},
	}
}

func remember[K comparable, V any](compute func(K) V) func(K) V {
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

func isEmpty[T any](seq iter.Seq[T]) bool {
	for range seq {
		return false
	}
	return true
}

func setOf[T comparable](seq iter.Seq[T]) map[T]bool {
	set := map[T]bool{}
	for item := range seq {
		set[item] = true
	}
	return set
}

// entrance is a member before all the doors.
type entrance struct {
	label    string
	member   rbac.Member
	doors    []door
	deciders []decider
}

// entranceAt has the doors that are told the time; entranceNow adds those that look at the clock.
func entranceAt(now time.Time, p *rbac.Policy, m rbac.Member) entrance {
	return entrance{member: m, doors: doorsAt(now, p, m), deciders: decidersAt(now, p, m)}
}

func entranceNow(now time.Time, p *rbac.Policy, m rbac.Member) entrance {
	e := entranceAt(now, p, m)
	e.doors = append(e.doors, doorsNow(p, m)...)
	e.deciders = append(e.deciders, decidersNow(p, m)...)
	return e
}

// compare holds every door to the answer and all decisions to each other; it returns how many answers it compared.
func (e entrance) compare(t testing.TB, want bool, a rbac.Action, r rbac.Resource) int {
	for _, door := range e.doors {
		if got := door.ask(a, r); got != want {
			t.Errorf("%s%s says %v, the specification %v: %s", e.label, door.name, got, want, question(e.member, a, r))
		}
	}
	first := e.deciders[0].decide(a, r)
	for _, decider := range e.deciders {
		got := decider.decide(a, r)
		if got.Allowed != want || (got.Reason == rbac.ReasonGranted) != want {
			t.Errorf("%s%s says %+v, the specification %v: %s", e.label, decider.name, got, want, question(e.member, a, r))
		}
		if got != first {
			t.Errorf("%s%s says %+v, %s %+v: %s", e.label, decider.name, got, e.deciders[0].name, first, question(e.member, a, r))
		}
	}
	return len(e.doors) + len(e.deciders)
}

// question and what it is made of quote every ID, because some are not fit to print.
func question(m rbac.Member, a rbac.Action, r rbac.Resource) string {
	return fmt.Sprintf("may %s do %q to mini program %q, owned by %q, of %s?", memberText(m), a, r.MiniProgram, r.Owner, workspaceText(r.Workspace))
}

func memberText(m rbac.Member) string {
	text := fmt.Sprintf("%v member %q of %s", m.Status, m.ID, workspaceText(m.Workspace))
	for _, as := range m.Assignments {
		text += ", " + assignmentText(as)
	}
	return text
}

func assignmentText(as rbac.Assignment) string {
	text := fmt.Sprintf("%q for %q", as.Role, as.MiniPrograms)
	if !as.NotBefore.IsZero() {
		text += fmt.Sprintf(" from %v", as.NotBefore)
	}
	if !as.NotAfter.IsZero() {
		text += fmt.Sprintf(" until %v", as.NotAfter)
	}
	return text
}

func workspaceText(w rbac.Workspace) string {
	return fmt.Sprintf("%v workspace %q of tenant %q", w.Kind, w.ID, w.Tenant)
}
