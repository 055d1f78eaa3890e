package proof

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 11: what is valid stays valid. The reference below asks at every bound of every assignment, and between them, how
// many hold each role. The library never looks at an instant twice.

// crew is a policy and the members of one merchant.
type crew struct {
	policy  *rbac.Policy
	spec    rbac.Spec
	members []rbac.Member
}

// The shop of a crew has four roles. The last two are for tests that exceed a bound.
var crewRoles = []rbac.RoleID{rbac.DeveloperAdmin, rbac.Developer, rbac.Operator, "cashier"}

func anyCrew(t testing.TB, d dice) crew {
	t.Helper()
	spec := rbac.Spec{
		Roles: []rbac.Role{
			{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theShop},
			{ID: "barista", Kind: rbac.KindDeveloper, Workspace: walletCafe},
		},
		AtLeast: map[rbac.RoleID]int{"barista": 1},
		AtMost:  map[rbac.RoleID]int{rbac.DeveloperAdmin: 1 + d.IntN(3), "cashier": d.IntN(3)},
	}
	if chance(d, 30) {
		spec.AtLeast[rbac.Operator] = 1
	}
	for range d.IntN(3) {
		spec.Exclusive = append(spec.Exclusive, shuffled(d, crewRoles)[:2+d.IntN(2)])
	}
	policy, err := rbac.Default().With(spec)
	if err != nil {
		t.Fatalf("With refuses a valid layer: %v", err)
	}
	c := crew{policy: policy, spec: policy.Spec()}
	for range 1 + d.IntN(4) {
		c.members = append(c.members, anyColleague(d))
	}
	return c
}

func anyColleague(d dice) rbac.Member {
	m := staff(pick(d, memberIDs), theShop)
	switch {
	case chance(d, 10):
		m.Status = pick(d, statuses)
	case chance(d, 3):
		m.ID = ""
	case chance(d, 3):
		m.Workspace = theBakery
	}
	m.Suspended = chance(d, 20)
	for range d.IntN(4) {
		m.Assignments = append(m.Assignments, anyTerm(d))
	}
	return m
}

// anyTerm is one of few bounds, so that many of them meet.
func anyTerm(d dice) rbac.Assignment {
	bound := func() time.Time {
		if chance(d, 60) {
			return time.Time{}
		}
		return noon.Add(time.Duration(d.IntN(6)-2) * time.Hour).In(pick(d, zones))
	}
	as := rbac.Assignment{Role: pick(d, crewRoles), NotBefore: bound(), NotAfter: bound()}
	if chance(d, 50) {
		as.Role = rbac.DeveloperAdmin
	}
	if chance(d, 5) {
		as.Role = pick(d, []rbac.RoleID{"nobody", "barista", rbac.WorkspaceAdmin})
	}
	if chance(d, 5) {
		as.MiniPrograms = []string{"mp-1", ""}
	}
	if chance(d, 3) {
		as.NotBefore = time.Date(12_026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return as
}

// complaints are what is wrong with a workspace: how often each thing is, by member and in words.
type complaints map[string]int

// complaintsOf reads them from an error. It does not count how many assignments exclude each other.
func complaintsOf(t testing.TB, err error) complaints {
	t.Helper()
	found := complaints{}
	for _, one := range errorsIn(err) {
		var problem *rbac.ValidationError
		if !errors.As(one, &problem) {
			t.Fatalf("not a *ValidationError: %v", one)
		}
		member, _, _ := strings.Cut(problem.Place, "]")
		if strings.Contains(problem.Problem, " excludes ") {
			found[member+": exclusive roles"] = 1
			continue
		}
		found[member+": "+problem.Problem]++
	}
	return found
}

func errorsIn(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// wrong is ValidateWorkspace of the reference, and with members before a change, ValidateChange.
func (c crew) wrong(now time.Time, changed bool, before []rbac.Member) complaints {
	found, known := c.wrongMembers(c.members), complaints{}
	if changed {
		known = c.wrongMembers(before)
	}
	for what, times := range known {
		if found[what] -= times; found[what] <= 0 {
			delete(found, what)
		}
	}
	instants := instantsFrom(now, c.members, before)
	for _, m := range listed(c.members) {
		old := find(listed(before), m.ID)
		for _, set := range c.spec.Exclusive {
			for _, at := range instants {
				if rolesAt(at, m, set) > max(1, rolesAt(at, old, set)) {
					found[memberPlace(m)+": exclusive roles"] = 1
				}
			}
		}
	}
	for _, role := range c.spec.Roles {
		if role.Kind != theShop.Kind || role.Workspace != nowhere && role.Workspace != theShop {
			continue
		}
		c.countHolders(found, instants, changed, before, role.ID)
	}
	return found
}

func memberPlace(m rbac.Member) string { return fmt.Sprintf("members[%q", m.ID) }

// listed are the members of the shop that are looked at, each once.
func listed(members []rbac.Member) []rbac.Member {
	var kept []rbac.Member
	for _, m := range members {
		known := slices.ContainsFunc(kept, func(other rbac.Member) bool { return other.ID == m.ID })
		if !known && m.Workspace == theShop && m.Status != rbac.StatusWithdrawn && m.Status != rbac.StatusDeleted {
			kept = append(kept, m)
		}
	}
	return kept
}

func find(members []rbac.Member, id string) rbac.Member {
	for _, m := range members {
		if m.ID == id {
			return m
		}
	}
	return rbac.Member{}
}

// rolesAt is how many roles of a set the member holds at an instant, whatever the status.
func rolesAt(at time.Time, m rbac.Member, set []rbac.RoleID) int {
	held := 0
	for _, role := range set {
		held += oneIf(holds(at, m, role))
	}
	return held
}

func holds(at time.Time, m rbac.Member, role rbac.RoleID) bool {
	return slices.ContainsFunc(m.Assignments, func(as rbac.Assignment) bool { return as.Role == role && inForce(at, as) })
}

// countHolders finds the first instant at which a role has too few or too many holders.
func (c crew) countHolders(
	found complaints, instants []time.Time, changed bool, before []rbac.Member, role rbac.RoleID,
) {
	least := c.spec.AtLeast[role]
	most, bounded := c.spec.AtMost[role]
	tooFew := func(count int) int { return max(0, least-count) }
	tooMany := func(count int) int { return max(0, count-most) }
	report := func(wrong func(int) int, words string) {
		for _, at := range instants {
			allowed, count := 0, holdersAt(at, c.members, role)
			if changed {
				allowed = wrong(holdersAt(at, before, role))
			}
			if wrong(count) > allowed {
				since := ""
				if at.After(instants[0]) {
					since = " from " + at.UTC().Format(time.RFC3339Nano) + " on"
				}
				found[fmt.Sprintf("members: %d active holders of role %q%s, and %s", count, role, since, words)]++
				return
			}
		}
	}
	report(tooFew, fmt.Sprintf("at least %d are needed", least))
	if bounded {
		report(tooMany, fmt.Sprintf("at most %d are allowed", most))
	}
}

func holdersAt(at time.Time, members []rbac.Member, role rbac.RoleID) int {
	count := 0
	for _, m := range listed(members) {
		count += oneIf(m.ID != "" && m.Status == rbac.StatusActive && holds(at, m, role))
	}
	return count
}

// instantsFrom are now, and every later bound with the instants before it, after it and half way to it.
func instantsFrom(now time.Time, crews ...[]rbac.Member) []time.Time {
	instants := []time.Time{now}
	for _, members := range crews {
		for _, m := range members {
			for _, as := range m.Assignments {
				for _, bound := range []time.Time{as.NotBefore, as.NotAfter} {
					if bound.After(now) {
						half := now.Add(bound.Sub(now) / 2)
						instants = append(instants, half, bound.Add(-1), bound, bound.Add(1))
					}
				}
			}
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	return instants
}

// wrongMembers are what is wrong with each member alone, apart from exclusive roles.
func (c crew) wrongMembers(members []rbac.Member) complaints {
	found, seen := complaints{}, map[string]bool{}
	for _, m := range members {
		report := func(format string, args ...any) { found[memberPlace(m)+": "+fmt.Sprintf(format, args...)]++ }
		switch {
		case m.Status == rbac.StatusWithdrawn || m.Status == rbac.StatusDeleted:
			continue
		case m.Workspace != theShop:
			report("the member belongs to another workspace")
			continue
		case seen[m.ID]:
			report("the member is repeated")
			continue
		}
		seen[m.ID] = true
		if m.ID == "" {
			report("the ID is empty")
		}
		if m.Status < rbac.StatusInvited || m.Status > rbac.StatusDeleted {
			report("%v is not a status", m.Status)
		}
		for _, as := range m.Assignments {
			c.wrongAssignment(as, report)
		}
	}
	return found
}

func (c crew) wrongAssignment(as rbac.Assignment, report func(format string, args ...any)) {
	i := slices.IndexFunc(c.spec.Roles, func(role rbac.Role) bool { return role.ID == as.Role })
	switch {
	case i < 0, c.spec.Roles[i].Workspace != nowhere && c.spec.Roles[i].Workspace != theShop:
		report("unknown role %q", as.Role)
	case c.spec.Roles[i].Kind != theShop.Kind:
		report("role %q cannot be held in a developer workspace", as.Role)
	}
	if slices.Contains(as.MiniPrograms, "") {
		report("an ID is empty")
	}
	for _, bound := range []time.Time{as.NotBefore, as.NotAfter} {
		if bound.Year() > 9999 {
			report("the year %d", bound.Year())
		}
	}
	if !as.NotAfter.IsZero() && !as.NotBefore.Before(as.NotAfter) {
		report("the end is not after the start")
	}
}

func TestLaw11ValidateWorkspaceIsTheReference(t *testing.T) {
	t.Parallel()
	var seen tally
	for i := range 6_000 {
		d := seeded(40, uint64(i))
		c := anyCrew(t, d)
		now := noon.Add(time.Duration(d.IntN(4)) * 30 * time.Minute)
		got := complaintsOf(t, c.policy.ValidateWorkspaceAt(now, theShop, slices.Values(c.members)))
		if want := c.wrong(now, false, nil); !maps.Equal(got, want) {
			t.Fatalf("crew %d: ValidateWorkspace says %v, the reference %v: %+v", i, got, want, c.members)
		}
		seen.count(len(got) == 0)
	}
	seen.requireBoth(t, 300)
}

func TestLaw11WhatIsValidStaysValid(t *testing.T) {
	t.Parallel()
	later := 0
	for i := range 6_000 {
		c := anyCrew(t, seeded(41, uint64(i)))
		if c.policy.ValidateWorkspaceAt(noon, theShop, slices.Values(c.members)) != nil {
			continue
		}
		for _, at := range instantsFrom(noon, c.members) {
			if err := c.policy.ValidateWorkspaceAt(at, theShop, slices.Values(c.members)); err != nil {
				t.Fatalf("crew %d is valid at noon, and not at %v: %v: %+v", i, at, err, c.members)
			}
			later += oneIf(at.After(noon))
		}
	}
	require.GreaterOrEqual(t, later, 1_000, "later instants")
}

func TestLaw11ValidateChangeIsTheReference(t *testing.T) {
	t.Parallel()
	var seen tally
	improved := 0
	for i := range 12_000 {
		d := seeded(42, uint64(i))
		c := anyCrew(t, d)
		before := slices.Clone(c.members)
		c.change(d)
		err := c.policy.ValidateChangeAt(noon, theShop, slices.Values(before), slices.Values(c.members))
		got, want := complaintsOf(t, err), c.wrong(noon, true, before)
		if !maps.Equal(got, want) {
			t.Fatalf("crew %d: ValidateChange says %v, the reference %v:\nbefore %+v\nafter %+v",
				i, got, want, before, c.members)
		}
		seen.count(err == nil)
		improved += oneIf(err == nil && len(c.wrong(noon, false, nil)) > 0)
	}
	seen.requireBoth(t, 2_000)
	require.GreaterOrEqual(t, improved, 500, "changes of a workspace that stays wrong")
}

// change changes a few things about the members, as a host does between two validations.
func (c *crew) change(d dice) {
	for range 1 + d.IntN(2) {
		if len(c.members) == 0 || chance(d, 20) {
			c.members = append(c.members, anyColleague(d))
			continue
		}
		i := d.IntN(len(c.members))
		if chance(d, 15) {
			c.members = slices.Delete(slices.Clone(c.members), i, i+1)
			continue
		}
		m := &c.members[i]
		m.Assignments = slices.Clone(m.Assignments)
		switch {
		case chance(d, 15):
			m.Status = pick(d, statuses)
		case len(m.Assignments) == 0 || chance(d, 40):
			m.Assignments = slices.Insert(m.Assignments, d.IntN(len(m.Assignments)+1), anyTerm(d))
		case chance(d, 50):
			j := d.IntN(len(m.Assignments))
			m.Assignments = slices.Delete(m.Assignments, j, j+1)
		default:
			m.Assignments[d.IntN(len(m.Assignments))] = anyTerm(d)
		}
	}
}

// A change that is valid as a whole is a valid change, and one that changes nothing is valid whatever is wrong.
func TestLaw11ValidateChangeAllowsWhatIsValid(t *testing.T) {
	t.Parallel()
	valid := 0
	for i := range 4_000 {
		d := seeded(43, uint64(i))
		c := anyCrew(t, d)
		before := slices.Clone(c.members)
		same := c.policy.ValidateChangeAt(noon, theShop, slices.Values(before), slices.Values(shuffled(d, before)))
		if len(listed(before)) == len(before) {
			require.NoError(t, same, "crew %d: nothing is changed", i)
		}
		c.change(d)
		after := slices.Values(c.members)
		if c.policy.ValidateWorkspaceAt(noon, theShop, after) == nil {
			valid++
			require.NoError(t, c.policy.ValidateChangeAt(noon, theShop, slices.Values(before), after), "crew %d", i)
		}
	}
	require.GreaterOrEqual(t, valid, 100, "valid workspaces")
}

func TestLaw11ValidateWorkspaceLooksAhead(t *testing.T) {
	t.Parallel()
	const owner rbac.RoleID = "owner"
	p := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Roles:   []rbac.Role{{ID: owner, Kind: rbac.KindDeveloper}},
		AtLeast: map[rbac.RoleID]int{owner: 1},
		AtMost:  map[rbac.RoleID]int{owner: 1},
	}))
	admin, monday := staff("admin", theShop, inRole(rbac.DeveloperAdmin)), noon.Add(3*day)
	holding := func(id string, as ...rbac.Assignment) rbac.Member { return staff(id, theShop, as...) }
	owned := inRole(owner)
	rows := []struct {
		sentence string
		members  []rbac.Member
		problem  string // empty: it is valid
	}{
		{"ann owns the shop", []rbac.Member{holding("ann", owned)}, ""},
		{"ann until Monday, and then bob", []rbac.Member{
			holding("ann", until(monday, owned)), holding("bob", from(monday, owned))}, ""},
		{"ann until Monday, and bob an instant later", []rbac.Member{
			holding("ann", until(monday, owned)), holding("bob", from(monday.Add(1), owned))}, "0 active holders"},
		{"ann, and bob an instant before she ends", []rbac.Member{
			holding("ann", until(monday, owned)), holding("bob", from(monday.Add(-1), owned))}, "2 active holders"},
		{"ann alone, until Monday", []rbac.Member{holding("ann", until(monday, owned))}, "0 active holders"},
		{"ann, and bob from Monday on", []rbac.Member{
			holding("ann", owned), holding("bob", from(monday, owned))}, "2 active holders"},
		{"ann twice, one after the other", []rbac.Member{
			holding("ann", until(monday, owned), from(monday, owned))}, ""},
		{"ann, and bob who is suspended with the shop", []rbac.Member{
			holding("ann", owned), {ID: "bob", Workspace: theShop, Status: rbac.StatusActive, Suspended: true,
				Assignments: []rbac.Assignment{owned}}}, "2 active holders"},
		{"ann, and bob who is only invited", []rbac.Member{
			holding("ann", owned), inStatus(rbac.StatusInvited, holding("bob", owned))}, ""},
		{"nobody but the admin", nil, "0 active holders"},
	}
	for _, row := range rows {
		err := p.ValidateWorkspaceAt(noon, theShop, slices.Values(append(row.members, admin)))
		if row.problem == "" {
			assert.NoError(t, err, row.sentence)
			continue
		}
		assert.ErrorContains(t, err, row.problem, row.sentence)
	}
	soleAdmin := holding("admin", until(monday, inRole(rbac.DeveloperAdmin)))
	err := rbac.Default().ValidateWorkspaceAt(noon, theShop, slices.Values([]rbac.Member{soleAdmin}))
	assert.ErrorContains(t, err, `0 active holders of role "developer_admin" from 2026-03-05T12:00:00Z on`)
}

func TestLaw11ValidateChangeComparesWithBefore(t *testing.T) {
	t.Parallel()
	p := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Exclusive: [][]rbac.RoleID{{rbac.DeveloperAdmin, rbac.Developer, rbac.Operator}},
	}))
	admin := staff("ann", theShop, inRole(rbac.DeveloperAdmin))
	invited := rbac.Invite("ann", theShop, noon, inRole(rbac.DeveloperAdmin))
	blocked := inStatus(rbac.StatusBlocked, admin)
	both, all := bobWith(inRole(rbac.Developer), inRole(rbac.Operator)),
		bobWith(inRole(rbac.DeveloperAdmin), inRole(rbac.Developer), inRole(rbac.Operator))
	list := func(members ...rbac.Member) []rbac.Member { return members }
	rows := []struct {
		sentence      string
		before, after []rbac.Member
		problem       string // empty: it is no worse
	}{
		{"a workspace begins with an invitation", nil, list(invited), ""},
		{"the first invitation is accepted", list(invited), list(admin), ""},
		{"the first member is a merchant's first admin", nil, list(admin), ""},
		{"the last admin is blocked", list(admin), list(blocked), "0 active holders"},
		{"the last admin gets an end", list(admin), list(annWith(until(noon.Add(day), inRole(rbac.DeveloperAdmin)))),
			"from 2026-03-03T12:00:00Z on"},
		{"the end of the last admin comes later", list(annWith(until(noon.Add(day), inRole(rbac.DeveloperAdmin)))),
			list(annWith(until(noon.Add(2*day), inRole(rbac.DeveloperAdmin)))), ""},
		{"the end of the last admin comes earlier", list(annWith(until(noon.Add(2*day), inRole(rbac.DeveloperAdmin)))),
			list(annWith(until(noon.Add(day), inRole(rbac.DeveloperAdmin)))), "from 2026-03-03T12:00:00Z on"},
		{"a workspace without an admin gets a member", list(blocked), list(blocked, bobWith()), ""},
		{"one of three exclusive roles is taken", list(admin, all), list(admin, both), ""},
		{"a third exclusive role is added", list(admin, both), list(admin, all), "excludes"},
		{"exclusive roles are held for longer",
			list(admin, bobWith(inRole(rbac.Operator), until(noon.Add(day), inRole(rbac.Developer)))),
			list(admin, both), "excludes"},
		{"an unknown role is taken, and one of two is left", list(admin, bobWith(inRole("x"), inRole("x"))),
			list(admin, bobWith(inRole("x"))), ""},
		{"an unknown role is given", list(admin, bobWith()), list(admin, bobWith(inRole("x"))), "unknown role"},
		{"another unknown role is given", list(admin, bobWith(inRole("x"))),
			list(admin, bobWith(inRole("y"))), "unknown role"},
	}
	for _, row := range rows {
		err := p.ValidateChangeAt(noon, theShop, slices.Values(row.before), slices.Values(row.after))
		if row.problem == "" {
			assert.NoError(t, err, row.sentence)
			continue
		}
		assert.ErrorContains(t, err, row.problem, row.sentence)
	}
}
