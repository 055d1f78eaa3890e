package rbac_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The findings leave aside the member's status and four eyes, which say nothing about an assignment.
func TestExplainFindsWhatCameOfEachAssignment(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	held := []rbac.Assignment{
		inRole("nobody"), inRole(fleet), inRole(reader),
		inRole(releaser, "mp-2"), inRole(releaser, "mp-1"), inRole(signer),
		until(morning, inRole(signer)), from(evening, inRole(signer)), until(morning, inRole(releaser)),
	}
	found := []rbac.Finding{
		{Role: "nobody", Reason: rbac.ReasonUnknownRole},
		{Role: fleet, Reason: rbac.ReasonOtherKind},
		{Role: reader, Reason: rbac.ReasonNotGranted},
		{Role: releaser, Reason: rbac.ReasonNotAssigned},
		{Role: releaser, Reason: rbac.ReasonGranted, Scope: rbac.ScopeAssigned},
		{Role: signer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeWorkspace},
		{Role: signer, Reason: rbac.ReasonExpired},
		{Role: signer, Reason: rbac.ReasonNotYet},
		{Role: releaser, Reason: rbac.ReasonNotAssigned},
	}
	each := func(reason rbac.Reason) []rbac.Finding {
		var findings []rbac.Finding
		for _, assignment := range held {
			findings = append(findings, rbac.Finding{Role: assignment.Role, Reason: reason})
		}
		return findings
	}
	bob, release, mp1 := inShop(held...), rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1")
	rita, auditor := staff("bob", theWallet, inRole(rbac.WorkspaceReviewer)), inShop(inRole(requester))
	wallets := staff("bob", theWallet, inRole(tenantRead), inRole(fleet))
	tests := []struct {
		name     string
		member   rbac.Member
		action   rbac.Action
		resource rbac.Resource
		want     []rbac.Finding
	}{
		{"of assignments of every kind", bob, release, mp1, found},
		{"of one who is blocked", inStatus(rbac.StatusBlocked, bob), release, mp1, found},
		{"of one without a status", inStatus(0, bob), release, mp1, found},
		{"of one without an ID", staff("", theShop, held...), release, mp1, each(rbac.ReasonInvalidMember)},
		{"of an unknown action", bob, "miniprogram.relase", mp1, each(rbac.ReasonUnknownAction)},
		{"of another merchant's program", bob, release, theBakery.MiniProgram("mp-1"), each(rbac.ReasonOtherWorkspace)},
		{"of another tenant's program", bob, release, banksShop.MiniProgram("mp-1"), each(rbac.ReasonOtherTenant)},
		{"of a workspace", bob, release, theShop.Resource(), each(rbac.ReasonWrongTarget)},
		{"of an invalid workspace",
			bob, release, rbac.Resource{MiniProgram: "mp-1"}, each(rbac.ReasonInvalidWorkspace)},
		{"of own things", auditor, rbac.ViewRequest, theShop.Resource().OwnedBy("bob"),
			[]rbac.Finding{{Role: requester, Reason: rbac.ReasonGranted, Scope: rbac.ScopeOwn}}},
		{"of things of others", auditor, rbac.ViewRequest, theShop.Resource().OwnedBy("ann"),
			[]rbac.Finding{{Role: requester, Reason: rbac.ReasonNotOwner}}},
		{"of a merchant's thing, for a member of the tenant", wallets, readReports, theShop.Resource(), []rbac.Finding{
			{Role: tenantRead, Reason: rbac.ReasonOwnWorkspaceOnly},
			{Role: fleet, Reason: rbac.ReasonGranted, Scope: rbac.ScopeTenant},
		}},
		{"of an own request under four eyes", rita, rbac.DecideRelease, mp1.OwnedBy("bob"),
			[]rbac.Finding{{Role: rbac.WorkspaceReviewer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeTenant}}},
		{"of one without a role", inShop(), release, mp1, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := policy.BindAt(noon, test.member).Explain(test.action, test.resource)
			assert.Equal(t, test.want, e.Findings)
			assert.Equal(t, policy.CheckAt(noon, test.member, test.action, test.resource), e.Decision)
			assert.Equal(t, test.action, e.Action)
		})
	}
}

func TestFindingString(t *testing.T) {
	grants := rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeAssigned}
	assert.Equal(t, "developer: grants it (assigned)", grants.String())
	expired := rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonExpired}
	assert.Equal(t, "developer: the member's role has expired", expired.String())
	assert.Equal(t, `"": no policy decided it`, rbac.Finding{}.String())
}

func TestExplainOfNoPolicy(t *testing.T) {
	ann := staff("ann", theShop, inRole(rbac.DeveloperAdmin))
	var none *rbac.Subject
	assert.Equal(t, "feature.edit: denied, no policy decided it",
		none.Explain(rbac.EditFeature, theShop.Resource()).String(), "the nil subject")
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		want := "feature.edit: denied, no policy decided it\n  developer_admin: no policy decided it"
		got := policy.BindAt(noon, ann).Explain(rbac.EditFeature, theShop.Resource()).String()
		assert.Equal(t, want, got, "the %s policy", name)
	}
}

func TestExplanationString(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	release, mp42 := rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-42")
	quoted, marked, blank := theShop.MiniProgram(`a "b"`), theShop.MiniProgram(`a"b`), theShop.MiniProgram("a b")
	tests := []struct {
		name     string
		member   rbac.Member
		action   rbac.Action
		resource rbac.Resource
		want     []string
	}{
		{"a grant", inShop(inRole(reader), inRole(rbac.Developer, "mp-42")), release, mp42, []string{
			"miniprogram.release: allowed",
			"  reader: does not grant it",
			"  developer: grants it (assigned)",
		}},
		{"a program that is not assigned", inShop(inRole(rbac.Developer, "mp-1")), release, mp42, []string{
			"miniprogram.release: denied, the mini program is not assigned to the member's role",
			"  developer: the mini program is not assigned to the member's role",
			"  to allow it: give the role releaser with mp-42",
			"  to allow it: give the role signer",
			"  to allow it: name mp-42 in the developer assignment",
			"  to allow it: give the role developer_admin",
		}},
		{"one of two assignments of a role",
			inShop(inRole(releaser, "mp-1"), inRole(releaser, "mp-2")), release, mp42, []string{
				"miniprogram.release: denied, the mini program is not assigned to the member's role",
				"  releaser: the mini program is not assigned to the member's role",
				"  releaser: the mini program is not assigned to the member's role",
				"  to allow it: name mp-42 in the releaser (assignments[0]) assignment",
				"  to allow it: name mp-42 in the releaser (assignments[1]) assignment",
				"  to allow it: give the role signer",
				"  to allow it: give the role developer with mp-42",
				"  to allow it: give the role developer_admin",
			}},
		{"a program whose ID has a blank and quotation marks", inShop(inRole(releaser)), release, quoted, []string{
			"miniprogram.release: denied, the mini program is not assigned to the member's role",
			"  releaser: the mini program is not assigned to the member's role",
			`  to allow it: name "a \"b\"" in the releaser assignment`,
			"  to allow it: give the role signer",
			`  to allow it: give the role developer with "a \"b\""`,
			"  to allow it: give the role developer_admin",
		}},
		{"a program whose ID has a quotation mark", inShop(inRole(promoter)), readFeedback, marked, []string{
			"feedback.read: denied, the mini program is not assigned to the member's role",
			"  promoter: the mini program is not assigned to the member's role",
			`  to allow it: name "a\"b" in the promoter assignment`,
		}},
		{"a program whose ID has a blank", inShop(inRole(releaser)), release, blank, []string{
			"miniprogram.release: denied, the mini program is not assigned to the member's role",
			"  releaser: the mini program is not assigned to the member's role",
			`  to allow it: name "a b" in the releaser assignment`,
			"  to allow it: give the role signer",
			`  to allow it: give the role developer with "a b"`,
			"  to allow it: give the role developer_admin",
		}},
		{"one who is blocked", inStatus(rbac.StatusBlocked, inShop(inRole(signer))), release, mp42, []string{
			"miniprogram.release: denied, the member is blocked",
			"  signer: grants it (workspace)",
			"  to allow it: unblock the member",
		}},
		{"one who is invited and has no role",
			inStatus(rbac.StatusInvited, inShop()), readReports, theShop.Resource(), []string{
				"report.read: denied, the member has not accepted the invitation",
				"  to allow it: have the member accept the invitation and give the role reader",
			}},
		{"one who is deleted",
			inStatus(rbac.StatusDeleted, inShop(inRole(reader))), readReports, theShop.Resource(), []string{
				"report.read: denied, the member was removed from the workspace",
				"  reader: grants it (workspace)",
				"  to allow it: invite the member again",
			}},
		{"one who is withdrawn",
			inStatus(rbac.StatusWithdrawn, inShop(inRole(reader))), readReports, theShop.Resource(), []string{
				"report.read: denied, the member's invitation was withdrawn",
				"  reader: grants it (workspace)",
				"  to allow it: invite the member again",
			}},
		{"a role that has expired", inShop(until(morning, inRole(reader))), readReports, theShop.Resource(), []string{
			"report.read: denied, the member's role has expired",
			"  reader: the member's role has expired",
			"  to allow it: renew the reader assignment",
		}},
		{"a role that starts later", inShop(from(evening, inRole(reader))), readReports, theShop.Resource(), []string{
			"report.read: denied, the member's role is not in force yet",
			"  reader: the member's role is not in force yet",
			"  to allow it: let the reader assignment begin now",
		}},
		{"everything at once", inStatus(rbac.StatusBlocked, inShop(from(evening, until(morning, inRole(promoter, "mp-1"))))),
			readFeedback, mp42, []string{
				"feedback.read: denied, the member is blocked",
				"  promoter: the mini program is not assigned to the member's role",
				"  to allow it: unblock the member and name mp-42 in the promoter assignment and " +
					"renew the promoter assignment",
			}},
		{"an own request",
			staff("bob", theWallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, mp42.OwnedBy("bob"), []string{
				"approval.decide_release: denied, it takes a second person, and the request is the member's own",
				"  workspace_reviewer: grants it (tenant)",
			}},
		{"another tenant's program", inShop(inRole(signer)), release, banksShop.MiniProgram("mp-42"), []string{
			"miniprogram.release: denied, the member's tenant has no such resource",
			"  signer: the member's tenant has no such resource",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := policy.BindAt(noon, test.member).Explain(test.action, test.resource).String()
			assert.Equal(t, strings.Join(test.want, "\n"), got)
		})
	}
}

// smallPolicy is so small that a test can try every change to a member.
var smallPolicy = rbac.Must(rbac.New(rbac.Spec{
	Actions: map[rbac.Action]rbac.Target{
		"program.release": rbac.OnMiniProgram, "office.open": rbac.OnWorkspace, "request.view": rbac.OnAny,
		"request.sign": rbac.OnAny, "wallet.run": rbac.OnTenant,
	},
	FourEyes:  []rbac.Action{"request.sign"},
	Exclusive: [][]rbac.RoleID{{"builder", "auditor"}, {"builder", "signer", "clerk"}},
	Roles: []rbac.Role{
		merchantRole("builder", rbac.Permissions{
			"program.release": rbac.ScopeAssigned, "request.sign": rbac.ScopeAssigned,
		}),
		merchantRole("auditor", rbac.Permissions{
			"program.release": rbac.ScopeWorkspace, "request.sign": rbac.ScopeWorkspace,
		}),
		merchantRole("clerk", rbac.Permissions{
			"request.view": rbac.ScopeOwn | rbac.ScopeAssigned, "office.open": rbac.ScopeWorkspace,
		}),
		merchantRole("signer", rbac.Permissions{"program.release": rbac.ScopeAssigned}),
		merchantRole("guest", rbac.Permissions{"request.view": rbac.ScopeOwn}),
		tenantRole("director", rbac.Permissions{
			"program.release": rbac.ScopeTenant, "request.sign": rbac.ScopeTenant,
		}),
		tenantRole("porter", rbac.Permissions{
			"program.release": rbac.ScopeWorkspace, "office.open": rbac.ScopeWorkspace,
			"request.view": rbac.ScopeAssigned,
		}),
	},
}))

// question is a request, which the policy denies in most cases.
type question struct {
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
}

func randomQuestion(random *rand.Rand, policy *rbac.Policy) question {
	var roles []rbac.RoleID
	for role := range policy.Roles() {
		roles = append(roles, role.ID)
	}
	var actions []rbac.Action
	for action := range policy.Actions() {
		actions = append(actions, action)
	}
	m := staff("ann", anyOf(random, theShop, theShop, theWallet))
	if oneIn(random, 3) {
		m.Status = anyOf(random, rbac.StatusInvited, rbac.StatusBlocked, rbac.StatusWithdrawn, rbac.StatusDeleted, 0, 9)
	}
	if oneIn(random, 30) {
		m.ID = ""
	}
	if oneIn(random, 30) {
		m.Workspace.Tenant = ""
	}
	for range random.IntN(4) {
		m.Assignments = append(m.Assignments, randomAssignment(random, append(roles, "nobody")))
	}
	place := anyOf(random, theShop, theShop, theShop, theWallet, theWallet, theBakery, banksShop)
	program := anyOf(random, "", "mp-1", "mp-1", "mp-2")
	action := anyOf(random, append(actions, "unknown")...)
	owner := anyOf(random, "", "ann", "bob", "bob")
	return question{m, action, place.MiniProgram(program).OwnedBy(owner)}
}

// randomAssignment has bounds on either side of now, in either order.
func randomAssignment(random *rand.Rand, roles []rbac.RoleID) rbac.Assignment {
	a := inRole(anyOf(random, roles...))
	for range random.IntN(3) {
		a.MiniPrograms = append(a.MiniPrograms, anyOf(random, "mp-1", "mp-2", "mp-3", ""))
	}
	if oneIn(random, 3) {
		a.NotBefore = anyOf(random, morning, morning.Add(-time.Hour), evening, night)
	}
	if oneIn(random, 3) {
		a.NotAfter = anyOf(random, morning, morning.Add(-time.Hour), evening, night)
	}
	return a
}

// everyDenial visits generated denials, which together have every reason.
func everyDenial(t *testing.T, policy *rbac.Policy, number int, visit func(q question)) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 14))
	seen := make(map[rbac.Reason]int)
	for range number {
		q := randomQuestion(random, policy)
		d := policy.CheckAt(noon, q.member, q.action, q.resource)
		seen[d.Reason]++
		if !d.Allowed {
			visit(q)
		}
	}
	for reason := rbac.ReasonUnknownAction; reason <= rbac.ReasonOwnRequest; reason++ {
		assert.Positive(t, seen[reason], "no denial for the reason %s", reason)
	}
}

// clonedMember is a deep copy.
func clonedMember(m rbac.Member) rbac.Member {
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].MiniPrograms = slices.Clone(m.Assignments[i].MiniPrograms)
	}
	return m
}

// A remedy turns the denial into a grant and does not change its argument. Without any part of it, the denial stays.
// It puts no end off for good, and nothing that it changes begins in the past.
func TestExplainGivesRemediesThatWorkAndNothingLess(t *testing.T) {
	t.Parallel()
	watched := rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}}
	large := rbac.Must(rbac.New(offices.Spec(), watched))
	for name, policy := range map[string]*rbac.Policy{"a small policy": smallPolicy, "a large policy": large} {
		t.Run(name, func(t *testing.T) {
			remedies := 0
			everyDenial(t, policy, 10_000, func(q question) {
				for _, remedy := range policy.BindAt(noon, q.member).Explain(q.action, q.resource).Remedies {
					requireRemedy(t, policy, q, remedy)
					remedies++
				}
			})
			assert.Greater(t, remedies, 1_500, "remedies")
		})
	}
}

func requireRemedy(t *testing.T, policy *rbac.Policy, q question, remedy rbac.Remedy) {
	t.Helper()
	before := clonedMember(q.member)
	cured := remedy.Apply(q.member)
	require.Equal(t, before, q.member, "the argument of Apply: %s", remedy)
	can := policy.CheckAt(noon, cured, q.action, q.resource).Allowed
	require.True(t, can, "%s: %+v still cannot %s %+v", remedy, cured, q.action, q.resource)
	requireTimes(t, q.member, cured, remedy)
	for part, less := range partsTakenBack(q.member, cured) {
		can := policy.CheckAt(noon, less, q.action, q.resource).Allowed
		require.False(t, can, "%s also works without %s: %+v, %s %+v", remedy, part, q.member, q.action, q.resource)
	}
}

func requireTimes(t *testing.T, before, cured rbac.Member, remedy rbac.Remedy) {
	t.Helper()
	for i, old := range before.Assignments {
		is := cured.Assignments[i]
		require.Equal(t, old.NotAfter.IsZero(), is.NotAfter.IsZero(), "the end of assignments[%d]: %s", i, remedy)
		if !is.NotBefore.Equal(old.NotBefore) || !is.NotAfter.Equal(old.NotAfter) {
			require.Equal(t, noon, is.NotBefore, "the start of assignments[%d]: %s", i, remedy)
		}
	}
}

// partsTakenBack has the members who lack one part of the change, by the name of the part.
func partsTakenBack(before, after rbac.Member) map[string]rbac.Member {
	less := make(map[string]rbac.Member)
	if before.Status != after.Status {
		less["the status"] = inStatus(before.Status, after)
	}
	for i := range after.Assignments {
		takeBack := func(part string, change func(a *rbac.Assignment)) {
			m := clonedMember(after)
			change(&m.Assignments[i])
			less[fmt.Sprintf("%s of assignments[%d]", part, i)] = m
		}
		if i >= len(before.Assignments) {
			less["the new role"] = before
			takeBack("the program", func(a *rbac.Assignment) { a.MiniPrograms = nil })
			continue
		}
		old := before.Assignments[i]
		if !slices.Equal(old.MiniPrograms, after.Assignments[i].MiniPrograms) {
			takeBack("the program", func(a *rbac.Assignment) { a.MiniPrograms = old.MiniPrograms })
		}
		if !old.NotBefore.Equal(after.Assignments[i].NotBefore) || !old.NotAfter.Equal(after.Assignments[i].NotAfter) {
			takeBack("the time", func(a *rbac.Assignment) { a.NotBefore, a.NotAfter = old.NotBefore, old.NotAfter })
		}
	}
	return dropUnchanged(less, after)
}

// dropUnchanged leaves out empty parts, such as the programs of a new role that has none.
func dropUnchanged(less map[string]rbac.Member, after rbac.Member) map[string]rbac.Member {
	maps.DeleteFunc(less, func(_ string, m rbac.Member) bool { return fmt.Sprint(m) == fmt.Sprint(after) })
	return less
}

// atom is a smallest change to a member.
type atom struct {
	apply    func(m *rbac.Member)
	smaller  func(m *rbac.Member) // a part of it, if it has parts
	position int                  // of the assignment that it changes or adds; -1 for the status
	role     rbac.RoleID          // that it adds
}

func atomsFor(q question, policy *rbac.Policy) []atom {
	var atoms []atom
	if q.member.Status != rbac.StatusActive {
		atoms = append(atoms, atom{apply: func(m *rbac.Member) { m.Status = rbac.StatusActive }, position: -1})
	}
	for i := range q.member.Assignments {
		atoms = append(atoms,
			atom{apply: func(m *rbac.Member) {
				m.Assignments[i].MiniPrograms = append(m.Assignments[i].MiniPrograms, q.resource.MiniProgram)
			}, position: i},
			atom{apply: func(m *rbac.Member) { putInForce(&m.Assignments[i]) }, position: i},
		)
	}
	for role := range policy.Roles() {
		bare := func(m *rbac.Member) { m.Assignments = append(m.Assignments, inRole(role.ID)) }
		naming := func(m *rbac.Member) {
			m.Assignments = append(m.Assignments, inRole(role.ID, q.resource.MiniProgram))
		}
		at := len(q.member.Assignments)
		atoms = append(atoms, atom{apply: bare, position: at, role: role.ID},
			atom{apply: naming, smaller: bare, position: at, role: role.ID})
	}
	return atoms
}

// putInForce lets an assignment begin at noon. One that has ended lasts as long again as it did, or a day if that is
// unknown or nothing.
func putInForce(a *rbac.Assignment) {
	lasted := 24 * time.Hour
	if !a.NotBefore.IsZero() && a.NotBefore.Before(a.NotAfter) {
		lasted = a.NotAfter.Sub(a.NotBefore)
	}
	if !a.NotAfter.IsZero() && !noon.Before(a.NotAfter) {
		a.NotAfter = noon.Add(lasted)
	}
	a.NotBefore = noon
}

func changed(m rbac.Member, set []atom) rbac.Member {
	m = clonedMember(m)
	for _, a := range set {
		a.apply(&m)
	}
	return m
}

// smallestChanges tries every set of up to three atoms. They suffice for one assignment to grant: the status, the
// program and the time.
func smallestChanges(policy *rbac.Policy, q question) [][]atom {
	atoms := atomsFor(q, policy)
	var found [][]atom
	var search func(from int, set []atom)
	search = func(from int, set []atom) {
		if policy.CheckAt(noon, changed(q.member, set), q.action, q.resource).Allowed {
			if isSmallest(policy, q, set) {
				found = append(found, slices.Clone(set))
			}
			return
		}
		if len(set) == 3 {
			return
		}
		for i := from; i < len(atoms); i++ {
			search(i+1, append(set, atoms[i]))
		}
	}
	search(0, nil)
	return found
}

func isSmallest(policy *rbac.Policy, q question, set []atom) bool {
	for i, a := range set {
		without := slices.Delete(slices.Clone(set), i, i+1)
		if policy.CheckAt(noon, changed(q.member, without), q.action, q.resource).Allowed {
			return false
		}
		if a.smaller == nil {
			continue
		}
		if policy.CheckAt(noon, changed(q.member, append(without, atom{apply: a.smaller})), q.action, q.resource).Allowed {
			return false
		}
	}
	return true
}

// bruteRemedies has the members after each smallest change, without the changes that no administrator would make: to
// give a role again whose assignment can be changed, to give a role that excludes another, to change an invalid status.
func bruteRemedies(policy *rbac.Policy, q question) []string {
	if q.member.Status < rbac.StatusInvited || q.member.Status > rbac.StatusDeleted {
		return nil
	}
	changes := smallestChanges(policy, q)
	improved := make(map[rbac.RoleID]bool)
	for _, set := range changes {
		for _, a := range set {
			if a.position >= 0 && a.role == "" {
				improved[q.member.Assignments[a.position].Role] = true
			}
		}
	}
	var members []string
	for _, set := range changes {
		after := changed(q.member, set)
		givesAgain := slices.ContainsFunc(set, func(a atom) bool { return improved[a.role] })
		if !givesAgain && !breaksExclusive(policy, after, set) {
			members = append(members, fmt.Sprint(after))
		}
	}
	slices.Sort(members)
	return members
}

// breaksExclusive is true if a changed or new assignment excludes another, now or later.
func breaksExclusive(policy *rbac.Policy, m rbac.Member, set []atom) bool {
	for _, a := range set {
		for i := range m.Assignments {
			if a.position < 0 || i == a.position {
				continue
			}
			if excludeEachOther(policy, m.Assignments[i], m.Assignments[a.position]) {
				return true
			}
		}
	}
	return false
}

func excludeEachOther(policy *rbac.Policy, a, b rbac.Assignment) bool {
	if a.Role == b.Role {
		return false
	}
	together := slices.ContainsFunc(policy.Spec().Exclusive, func(set []rbac.RoleID) bool {
		return slices.Contains(set, a.Role) && slices.Contains(set, b.Role)
	})
	return together && slices.ContainsFunc([]time.Time{noon, evening, night}, func(at time.Time) bool {
		return runsAt(at, a) && runsAt(at, b)
	})
}

// runsAt is true within the bounds of the assignment.
func runsAt(at time.Time, assignment rbac.Assignment) bool {
	started := assignment.NotBefore.IsZero() || !at.Before(assignment.NotBefore)
	ended := !assignment.NotAfter.IsZero() && !at.Before(assignment.NotAfter)
	return started && !ended
}

func TestExplainGivesEverySmallestRemedy(t *testing.T) {
	t.Parallel()
	several := 0
	everyDenial(t, smallPolicy, 400, func(q question) {
		q.member.Assignments = q.member.Assignments[:min(2, len(q.member.Assignments))]
		remedies := smallPolicy.BindAt(noon, q.member).Explain(q.action, q.resource).Remedies
		var got []string
		for _, remedy := range remedies {
			got = append(got, fmt.Sprint(remedy.Apply(q.member)))
		}
		if len(got) > 1 {
			several++
		}
		slices.Sort(got)
		want := bruteRemedies(smallPolicy, q)
		require.Equal(t, want, got, "%s %+v by %+v: %v", q.action, q.resource, q.member, remedies)
	})
	assert.Greater(t, several, 10, "denials with several remedies")
}

// gain is how much a remedy gives: how many actions, and the widest scope of them.
type gain struct {
	actions int
	scope   rbac.Scope
}

// gainOf asks about each action on a resource of each scope.
func gainOf(policy *rbac.Policy, before, after rbac.Member, miniProgram string) (g gain) {
	before.Status = rbac.StatusActive
	then, now := policy.BindAt(noon, before), policy.BindAt(noon, after)
	home := before.Workspace
	merchant := home.Developer("any") // invalid if home is a merchant's
	resources := []struct {
		scope    rbac.Scope
		resource rbac.Resource
	}{
		{rbac.ScopeOwn, home.Resource().OwnedBy(before.ID)},
		{rbac.ScopeOwn, home.MiniProgram("other").OwnedBy(before.ID)},
		{rbac.ScopeAssigned, home.MiniProgram(miniProgram).OwnedBy("other")},
		{rbac.ScopeWorkspace, home.MiniProgram("other").OwnedBy("other")},
		{rbac.ScopeWorkspace, home.Resource().OwnedBy("other")},
		{rbac.ScopeTenant, merchant.MiniProgram("other").OwnedBy("other")},
	}
	for action := range policy.Actions() {
		var widest rbac.Scope
		for _, r := range resources {
			if now.Can(action, r.resource) && !then.Can(action, r.resource) {
				widest = max(widest, r.scope)
			}
		}
		if widest != 0 {
			g.actions++
			g.scope = max(g.scope, widest)
		}
	}
	return g
}

// Remedies that name other mini programs than the one that is asked about are left out: they give more than is counted.
func TestExplainGivesTheRemedyThatGivesLeastFirst(t *testing.T) {
	t.Parallel()
	compared := 0
	everyDenial(t, smallPolicy, 10_000, func(q question) {
		if q.resource.MiniProgram == "" {
			return
		}
		last := gain{}
		for _, remedy := range smallPolicy.BindAt(noon, q.member).Explain(q.action, q.resource).Remedies {
			elsewhere := func(id string) bool { return id != q.resource.MiniProgram }
			if slices.ContainsFunc(remedy.Assignment.MiniPrograms, elsewhere) {
				continue
			}
			g := gainOf(smallPolicy, q.member, remedy.Apply(q.member), q.resource.MiniProgram)
			less := g.actions < last.actions || g.actions == last.actions && g.scope < last.scope
			require.False(t, less, "%s gives %+v, after one that gives %+v: %+v", remedy, g, last, q)
			if last != (gain{}) && last != g {
				compared++
			}
			last = g
		}
	})
	assert.Greater(t, compared, 500, "remedies after one that gives less")
}

func TestExplainCaseA15AdvisesTheSmallerRoleFirst(t *testing.T) {
	operator := staff("olga", theWallet, inRole(rbac.WorkspaceOperator))
	e := rbac.Default().BindAt(noon, operator).Explain(rbac.EditMiniProgram, theWallet.MiniProgram("mp-1"))
	want := []string{"give the role workspace_developer with mp-1", "give the role workspace_admin"}
	assert.Equal(t, want, sentencesOf(e.Remedies), "A15")
}

func TestExplainCaseA16LetsAnAssignmentBeginNow(t *testing.T) {
	at := noon.In(time.FixedZone("east", 14*3600)).Add(1_234)
	yearAgo, view := noon.AddDate(-1, 0, 0), rbac.ViewApp
	ended := from(yearAgo.Add(-time.Hour), until(yearAgo, inRole(rbac.WorkspaceAdmin)))
	beginless := until(yearAgo, inRole(rbac.WorkspaceAdmin))
	now := noon.Add(time.Microsecond)
	const beginNow = "let the workspace_admin assignment begin now"
	const renew = "renew the workspace_admin assignment"
	tests := []struct {
		sentence   string
		held       rbac.Assignment
		want       string
		start, end time.Time
	}{
		{"A16: one that begins later",
			from(evening, inRole(rbac.WorkspaceAdmin)), beginNow, now, time.Time{}},
		{"A16: one that begins later and ends",
			from(evening, until(night, inRole(rbac.WorkspaceAdmin))), beginNow, now, night},
		{"A16: one that has ended lasts as long again", ended, renew, now, now.Add(time.Hour)},
		{"A16: one that has ended and began at no known time lasts a day",
			beginless, renew, now, now.Add(24 * time.Hour)},
		{"A16: one whose bounds are reversed lasts until its end", from(night, until(evening, inRole(rbac.WorkspaceAdmin))),
			beginNow, now, evening},
		{"A16: one whose bounds are reversed and past lasts a day",
			from(morning, until(yearAgo, inRole(rbac.WorkspaceAdmin))), renew, now, now.Add(24 * time.Hour)},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			m := staff("ann", theWallet, test.held)
			remedies := rbac.Default().BindAt(at, m).Explain(view, theWallet.Resource()).Remedies
			require.Len(t, remedies, 1)
			assert.Equal(t, test.want, remedies[0].String())
			cured := remedies[0].Apply(m)
			assert.Equal(t, from(test.start, until(test.end, inRole(rbac.WorkspaceAdmin))), cured.Assignments[0])
			allowed := func(at time.Time) bool {
				return rbac.Default().CheckAt(at, cured, view, theWallet.Resource()).Allowed
			}
			assert.True(t, allowed(at), "now")
			assert.False(t, allowed(now.Add(-1)), "just before")
			assert.False(t, allowed(yearAgo), "a year ago")
			assert.False(t, allowed(yearAgo.Add(-time.Minute)), "when it was in force")
		})
	}
}

func TestExplanationStringCaseA18QuotesWhatAStrangerWrote(t *testing.T) {
	const forged = "x\nminiprogram.release: allowed"
	m := inShop(inRole(forged, forged), inRole(rbac.Developer))
	s := rbac.Default().BindAt(noon, m)
	want := []string{
		`"x\nminiprogram.release: allowed": denied, the action is unknown`,
		`  "x\nminiprogram.release: allowed": the action is unknown`,
		"  developer: the action is unknown",
	}
	assert.Equal(t, strings.Join(want, "\n"), s.Explain(forged, theShop.MiniProgram("mp-1")).String(), "A18: the action")
	want = []string{
		"miniprogram.release: denied, the mini program is not assigned to the member's role",
		`  "x\nminiprogram.release: allowed": the role is unknown`,
		"  developer: the mini program is not assigned to the member's role",
		`  to allow it: name "x\nminiprogram.release: allowed" in the developer assignment`,
		"  to allow it: give the role developer_admin",
	}
	got := s.Explain(rbac.ReleaseMiniProgram, theShop.MiniProgram(forged)).String()
	assert.Equal(t, strings.Join(want, "\n"), got, "A18: a role and a mini program")
}

// No change to a member lifts the suspension of the workspace.
func TestExplainOfASuspendedWorkspace(t *testing.T) {
	m := suspended(inShop(inRole(rbac.Developer, "mp-1")))
	for _, status := range []rbac.Status{rbac.StatusActive, rbac.StatusBlocked} {
		e := rbac.Default().BindAt(noon, inStatus(status, m)).Explain(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"))
		assert.Empty(t, e.Remedies, status)
		grants := rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeAssigned}
		assert.Equal(t, []rbac.Finding{grants}, e.Findings)
	}
	e := rbac.Default().BindAt(noon, m).Explain(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-2"))
	assert.Empty(t, e.Remedies)
	assert.Equal(t, rbac.ReasonSuspended, e.Decision.Reason)
}

func TestExplainKeepsExclusiveRolesApart(t *testing.T) {
	tests := []struct {
		name   string
		held   []rbac.Assignment
		action rbac.Action
		want   []string
	}{
		{"a role that excludes the held one is not offered",
			[]rbac.Assignment{inRole("clerk")}, "program.release", []string{"give the role auditor"}},
		{"a role that excludes an expired one is offered",
			[]rbac.Assignment{until(morning, inRole("clerk"))}, "program.release",
			[]string{"give the role signer with mp-1", "give the role builder with mp-1", "give the role auditor"}},
		{"a role that excludes a later one is not offered",
			[]rbac.Assignment{from(evening, inRole("clerk"))}, "program.release", []string{"give the role auditor"}},
		{"a role does not start earlier where it meets another",
			[]rbac.Assignment{from(evening, inRole("auditor")), until(evening, inRole("builder"))}, "request.sign",
			[]string{"name mp-1 in the builder assignment"}},
		{"a role is not renewed where it meets another",
			[]rbac.Assignment{until(morning, inRole("clerk", "mp-1")), inRole("builder")}, "request.view",
			[]string{"give the role guest"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			owner := "bob"
			if test.action == "request.sign" { // under four eyes
				owner = "ann"
			}
			mp1 := theShop.MiniProgram("mp-1").OwnedBy(owner)
			e := smallPolicy.BindAt(noon, inShop(test.held...)).Explain(test.action, mp1)
			assert.Equal(t, test.want, sentencesOf(e.Remedies))
		})
	}
}

func sentencesOf(remedies []rbac.Remedy) []string {
	var sentences []string
	for _, remedy := range remedies {
		sentences = append(sentences, remedy.String())
	}
	return sentences
}

func TestExplainGivesNoRemedyWhereNoneHelps(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	isAdmin, decide := inRole(rbac.WorkspaceAdmin), rbac.DecideRelease
	admin := staff("ann", theWallet, isAdmin)
	blocked := inStatus(rbac.StatusBlocked, admin)
	program, elsewhere := theShop.MiniProgram("mp-1"), banksShop.MiniProgram("mp-1").OwnedBy("bob")
	anns, bobs := program.OwnedBy("ann"), program.OwnedBy("bob")
	tests := []struct {
		name     string
		member   rbac.Member
		action   rbac.Action
		resource rbac.Resource
	}{
		{"an unknown action", admin, "unknown", program},
		{"a member without an ID", staff("", theWallet, isAdmin), decide, bobs},
		{"a member without a status", inStatus(0, admin), decide, bobs},
		{"a member of an unknown status", inStatus(9, admin), decide, bobs},
		{"a member without a status and without a role", inStatus(0, staff("ann", theWallet)), decide, bobs},
		{"a member of an invalid workspace", staff("ann", rbac.Workspace{}, isAdmin), decide, bobs},
		{"another tenant's program", admin, decide, elsewhere},
		{"another tenant's program, to one who is blocked", blocked, decide, elsewhere},
		{"the wrong kind of resource", admin, decide, theShop.Resource().OwnedBy("bob")},
		{"an own request", admin, decide, anns},
		{"an own request of one who is blocked", blocked, decide, anns},
		{"an own request of one without a role", staff("ann", theWallet), decide, anns},
		{"a request that nobody owns", admin, decide, program},
		{"an action that no role grants there", staff("ann", theWallet), rbac.ApplyISV, theShop.Resource()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := policy.BindAt(noon, test.member).Explain(test.action, test.resource)
			require.False(t, e.Decision.Allowed)
			assert.Empty(t, e.Remedies)
		})
	}
	assert.Empty(t, policy.BindAt(noon, admin).Explain(decide, bobs).Remedies, "of a grant")
}

func TestRemedyApply(t *testing.T) {
	m := inStatus(rbac.StatusBlocked, inShop(inRole(promoter, "mp-1")))
	remedies := offices.BindAt(noon, m).Explain(readFeedback, theShop.MiniProgram("mp-2")).Remedies
	require.Len(t, remedies, 1)
	assert.Equal(t, rbac.StatusBlocked, remedies[0].Status)
	assert.Equal(t, 0, remedies[0].Position)
	assert.Equal(t, inRole(promoter, "mp-1", "mp-2"), remedies[0].Assignment)

	cured := remedies[0].Apply(m)
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1", "mp-2")), cured)
	cured.Assignments[0].MiniPrograms[1] = "mp-9"
	again := remedies[0].Apply(m)
	assert.Equal(t, inShop(inRole(promoter, "mp-1", "mp-2")), again, "after a caller changed the member")

	unblock := offices.BindAt(noon, m).Explain(readFeedback, theShop.MiniProgram("mp-1")).Remedies
	require.Len(t, unblock, 1)
	assert.Zero(t, unblock[0].Assignment, "the assignment, where only the status changes")
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1")), unblock[0].Apply(m))

	give := offices.BindAt(noon, inShop(inRole(bystander))).Explain(readFeedback, theShop.MiniProgram("mp-2")).Remedies
	require.Len(t, give, 1)
	assert.Equal(t, rbac.Status(0), give[0].Status, "the status of a member who is active")
	assert.Equal(t, 1, give[0].Position, "the position of a new role")
}

func TestRemedyApplyToAnotherMemberDoesNotPanic(t *testing.T) {
	held, given := inRole(bystander), inRole(reader)
	at := func(position int) rbac.Remedy { return rbac.Remedy{Position: position, Assignment: given} }
	tests := []struct {
		name   string
		remedy rbac.Remedy
		want   []rbac.Assignment
	}{
		{"nothing", rbac.Remedy{}, []rbac.Assignment{held}},
		{"a position before the first", at(-1), []rbac.Assignment{held, given}},
		{"the first position", at(0), []rbac.Assignment{given}},
		{"the position after the last", at(1), []rbac.Assignment{held, given}},
		{"a position far beyond the last", at(1 << 40), []rbac.Assignment{held, given}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := inShop(held)
			assert.Equal(t, inShop(test.want...), test.remedy.Apply(m))
			assert.Equal(t, inShop(held), m, "the argument")
		})
	}
	assert.Equal(t, staff("ann", theShop, given), at(7).Apply(staff("ann", theShop)), "for a member without a role")
	blocked := inStatus(rbac.StatusBlocked, inShop())
	assert.Equal(t, inShop(), rbac.Remedy{Status: rbac.StatusBlocked}.Apply(blocked), "a status alone")
}

func TestRemedyApplySharesNoSpace(t *testing.T) {
	room := make([]rbac.Assignment, 1, 4)
	room[0] = inRole(bystander)
	m := inShop(room...)
	rbac.Remedy{Position: 1, Assignment: inRole(reader)}.Apply(m)
	assert.Zero(t, room[:2][1], "the space behind the member's assignments")
}
