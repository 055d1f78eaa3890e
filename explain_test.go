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

// A member's findings are as if the member were active, and nobody's four eyes were needed.
func TestExplainFindsWhatCameOfEachAssignment(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	everything := []rbac.Assignment{
		inRole("nobody"), inRole(fleet), inRole(reader), inRole(releaser, "mp-2"), inRole(releaser, "mp-1"),
		inRole(signer),
		until(ago, inRole(signer)), from(soon, inRole(signer)), until(ago, inRole(releaser)),
	}
	all := func(reasons ...rbac.Reason) []rbac.Finding {
		var findings []rbac.Finding
		for i, reason := range reasons {
			findings = append(findings, rbac.Finding{Role: everything[i].Role, Reason: reason})
		}
		return findings
	}
	granted := func(findings []rbac.Finding, i int, s rbac.Scope) []rbac.Finding {
		findings[i].Reason, findings[i].Scope = rbac.ReasonGranted, s
		return findings
	}
	reasons := all(rbac.ReasonUnknownRole, rbac.ReasonOtherKind, rbac.ReasonNotGranted, rbac.ReasonNotAssigned, 0, 0,
		rbac.ReasonExpired, rbac.ReasonNotYet, rbac.ReasonNotAssigned)
	asHeld := granted(granted(reasons, 4, rbac.ScopeAssigned), 5, rbac.ScopeWorkspace)
	same := func(reason rbac.Reason) []rbac.Finding {
		return all(slices.Repeat([]rbac.Reason{reason}, len(everything))...)
	}
	release := rbac.ReleaseMiniProgram
	tests := []struct {
		name   string
		member rbac.Member
		action rbac.Action
		r      rbac.Resource
		want   []rbac.Finding
	}{
		{"of every kind", inShop(everything...), release, theShop.MiniProgram("mp-1"), asHeld},
		{"of one who is blocked",
			inStatus(rbac.StatusBlocked, inShop(everything...)), release, theShop.MiniProgram("mp-1"), asHeld},
		{"of one without a status", inStatus(0, inShop(everything...)), release, theShop.MiniProgram("mp-1"), asHeld},
		{"of one without an ID",
			staff("", theShop, everything...), release, theShop.MiniProgram("mp-1"), same(rbac.ReasonInvalidMember)},
		{"of an unknown action",
			inShop(everything...), "miniprogram.relase", theShop.MiniProgram("mp-1"), same(rbac.ReasonUnknownAction)},
		{"of another merchant's program",
			inShop(everything...), release, theBakery.MiniProgram("mp-1"), same(rbac.ReasonOtherWorkspace)},
		{"of another tenant's program",
			inShop(everything...), release, banksShop.MiniProgram("mp-1"), same(rbac.ReasonOtherTenant)},
		{"of a workspace", inShop(everything...), release, theShop.Resource(), same(rbac.ReasonWrongTarget)},
		{"of an invalid workspace",
			inShop(everything...), release, rbac.Resource{MiniProgram: "mp-1"}, same(rbac.ReasonInvalidWorkspace)},
		{"of own things", inShop(inRole(requester)), rbac.ViewRequest, theShop.Resource().OwnedBy("bob"),
			[]rbac.Finding{{Role: requester, Reason: rbac.ReasonGranted, Scope: rbac.ScopeOwn}}},
		{"of things of others", inShop(inRole(requester)), rbac.ViewRequest, theShop.Resource().OwnedBy("ann"),
			[]rbac.Finding{{Role: requester, Reason: rbac.ReasonNotOwner}}},
		{"of a merchant's thing, by the tenant", staff("bob", theWallet, inRole(tenantRead), inRole(fleet)),
			readReports, theShop.Resource(),
			[]rbac.Finding{{Role: tenantRead, Reason: rbac.ReasonOwnWorkspaceOnly},
				{Role: fleet, Reason: rbac.ReasonGranted, Scope: rbac.ScopeTenant}}},
		{"of an own request that takes four eyes", staff("bob", theWallet, inRole(rbac.WorkspaceReviewer)),
			rbac.DecideRelease, theShop.MiniProgram("mp-1").OwnedBy("bob"),
			[]rbac.Finding{{Role: rbac.WorkspaceReviewer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeTenant}}},
		{"of one with no role", inShop(), release, theShop.MiniProgram("mp-1"), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := policy.Explain(test.member, test.action, test.r)
			assert.Equal(t, test.want, e.Findings)
			assert.Equal(t, policy.Check(test.member, test.action, test.r), e.Decision)
			assert.Equal(t, test.action, e.Action)
		})
	}
}

func TestFindingString(t *testing.T) {
	assert.Equal(t, "developer: grants it (assigned)",
		rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeAssigned}.String())
	assert.Equal(t, "developer: the member's role has expired",
		rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonExpired}.String())
	assert.Equal(t, ": no policy decided it", rbac.Finding{}.String())
}

func TestExplanationString(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	release, mp42 := rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-42")
	tests := []struct {
		name   string
		member rbac.Member
		action rbac.Action
		r      rbac.Resource
		want   []string
	}{
		{"a grant", inShop(inRole(reader), inRole(rbac.Developer, "mp-42")), release, mp42, []string{
			"miniprogram.release: allowed",
			"  reader: none of the member's roles grants it",
			"  developer: grants it (assigned)",
		}},
		{"a program that is not assigned", inShop(inRole(rbac.Developer, "mp-1")), release, mp42, []string{
			"miniprogram.release: denied, the mini program is not assigned to the member's role",
			"  developer: the mini program is not assigned to the member's role",
			"  to allow it: name mp-42 in the developer assignment",
			"  to allow it: give the role developer_admin",
			"  to allow it: give the role releaser with mp-42",
			"  to allow it: give the role signer",
		}},
		{"one of two assignments of a role",
			inShop(inRole(releaser, "mp-1"), inRole(releaser, "mp-2")), release, mp42, []string{
				"miniprogram.release: denied, the mini program is not assigned to the member's role",
				"  releaser: the mini program is not assigned to the member's role",
				"  releaser: the mini program is not assigned to the member's role",
				"  to allow it: name mp-42 in the releaser (assignments[0]) assignment",
				"  to allow it: name mp-42 in the releaser (assignments[1]) assignment",
				"  to allow it: give the role developer with mp-42",
				"  to allow it: give the role developer_admin",
				"  to allow it: give the role signer",
			}},
		{"a program whose ID is odd", inShop(inRole(releaser)), release, theShop.MiniProgram(`a "b"`), []string{
			"miniprogram.release: denied, the mini program is not assigned to the member's role",
			"  releaser: the mini program is not assigned to the member's role",
			`  to allow it: name "a \"b\"" in the releaser assignment`,
			`  to allow it: give the role developer with "a \"b\""`,
			"  to allow it: give the role developer_admin",
			"  to allow it: give the role signer",
		}},
		{"a program whose ID has a quotation mark and no blank",
			inShop(inRole(promoter)), readFeedback, theShop.MiniProgram(`a"b`), []string{
				"feedback.read: denied, the mini program is not assigned to the member's role",
				"  promoter: the mini program is not assigned to the member's role",
				`  to allow it: name "a\"b" in the promoter assignment`,
			}},
		{"a program whose ID has a blank", inShop(inRole(releaser)), release, theShop.MiniProgram("a b"), []string{
			"miniprogram.release: denied, the mini program is not assigned to the member's role",
			"  releaser: the mini program is not assigned to the member's role",
			`  to allow it: name "a b" in the releaser assignment`,
			`  to allow it: give the role developer with "a b"`,
			"  to allow it: give the role developer_admin",
			"  to allow it: give the role signer",
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
		{"one who was deleted",
			inStatus(rbac.StatusDeleted, inShop(inRole(reader))), readReports, theShop.Resource(), []string{
				"report.read: denied, the member has left the workspace",
				"  reader: grants it (workspace)",
				"  to allow it: invite the member again",
			}},
		{"one who was withdrawn",
			inStatus(rbac.StatusWithdrawn, inShop(inRole(reader))), readReports, theShop.Resource(), []string{
				"report.read: denied, the member's invitation was withdrawn",
				"  reader: grants it (workspace)",
				"  to allow it: invite the member again",
			}},
		{"a role that is over", inShop(until(ago, inRole(reader))), readReports, theShop.Resource(), []string{
			"report.read: denied, the member's role has expired",
			"  reader: the member's role has expired",
			"  to allow it: renew the reader assignment",
		}},
		{"a role to come", inShop(from(soon, inRole(reader))), readReports, theShop.Resource(), []string{
			"report.read: denied, the member's role is not in force yet",
			"  reader: the member's role is not in force yet",
			"  to allow it: let the reader assignment begin now",
		}},
		{"everything at once", inStatus(rbac.StatusBlocked, inShop(from(soon, until(ago, inRole(promoter, "mp-1"))))),
			readFeedback, mp42, []string{
				"feedback.read: denied, the member is blocked",
				"  promoter: the mini program is not assigned to the member's role",
				"  to allow it: unblock the member and name mp-42 in the promoter assignment and let the promoter assignment begin now and renew the promoter assignment",
			}},
		{"an own request",
			staff("bob", theWallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, mp42.OwnedBy("bob"), []string{
				"approval.decide_release: denied, it takes a second person, and the request is the member's own",
				"  workspace_reviewer: grants it (tenant)",
			}},
		{"another tenant's", inShop(inRole(signer)), release, banksShop.MiniProgram("mp-42"), []string{
			"miniprogram.release: denied, the member's tenant has no such resource",
			"  signer: the member's tenant has no such resource",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := policy.Explain(test.member, test.action, test.r).String()
			assert.Equal(t, strings.Join(test.want, "\n"), got)
		})
	}
}

// smallPolicy is a policy that is small enough to try every change to a member.
var smallPolicy = rbac.Must(rbac.New(rbac.Spec{
	Actions: map[rbac.Action]rbac.Target{
		"program.release": rbac.OnMiniProgram, "office.open": rbac.OnWorkspace, "request.view": rbac.OnAny,
		"request.sign": rbac.OnAny, "wallet.run": rbac.OnTenant,
	},
	FourEyes:  []rbac.Action{"request.sign"},
	Exclusive: [][]rbac.RoleID{{"builder", "auditor"}, {"builder", "signer", "clerk"}},
	Roles: []rbac.Role{
		{ID: "builder", Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{"program.release": rbac.ScopeAssigned, "request.sign": rbac.ScopeAssigned}},
		{ID: "auditor", Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{"program.release": rbac.ScopeWorkspace, "request.sign": rbac.ScopeWorkspace}},
		{ID: "clerk", Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{"request.view": rbac.ScopeOwn | rbac.ScopeAssigned,
				"office.open": rbac.ScopeWorkspace}},
		{ID: "signer", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"program.release": rbac.ScopeAssigned}},
		{ID: "guest", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"request.view": rbac.ScopeOwn}},
		{ID: "director", Kind: rbac.KindTenant,
			Permissions: rbac.Permissions{"program.release": rbac.ScopeTenant, "request.sign": rbac.ScopeTenant}},
		{ID: "porter", Kind: rbac.KindTenant,
			Permissions: rbac.Permissions{"program.release": rbac.ScopeWorkspace, "office.open": rbac.ScopeWorkspace,
				"request.view": rbac.ScopeAssigned}},
	},
}))

// question is what somebody asks, and mostly gets denied.
type question struct {
	member rbac.Member
	action rbac.Action
	r      rbac.Resource
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
	r := anyOf(random, theShop, theShop, theShop, theWallet, theWallet, theBakery,
		banksShop).MiniProgram(anyOf(random, "", "mp-1", "mp-1", "mp-2"))
	return question{m, anyOf(random, append(actions, "unknown")...), r.OwnedBy(anyOf(random, "", "ann", "bob", "bob"))}
}

// randomAssignment has bounds on either side of now, in either order.
func randomAssignment(random *rand.Rand, roles []rbac.RoleID) rbac.Assignment {
	a := inRole(anyOf(random, roles...))
	for range random.IntN(3) {
		a.MiniPrograms = append(a.MiniPrograms, anyOf(random, "mp-1", "mp-2", "mp-3", ""))
	}
	if oneIn(random, 3) {
		a.NotBefore = anyOf(random, ago, ago.Add(-time.Hour), soon, later)
	}
	if oneIn(random, 3) {
		a.NotAfter = anyOf(random, ago, ago.Add(-time.Hour), soon, later)
	}
	return a
}

// everyDenial visits generated denials, and makes sure that they are of all reasons there are.
func everyDenial(t *testing.T, policy *rbac.Policy, number int, visit func(q question)) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 14))
	seen := make(map[rbac.Reason]int)
	for range number {
		q := randomQuestion(random, policy)
		d := policy.Check(q.member, q.action, q.r)
		seen[d.Reason]++
		if !d.Allowed {
			visit(q)
		}
	}
	for reason := rbac.ReasonUnknownAction; reason <= rbac.ReasonOwnRequest; reason++ {
		assert.Positive(t, seen[reason], "no denial for the reason %s", reason)
	}
}

// clonedMember shares nothing with the member.
func clonedMember(m rbac.Member) rbac.Member {
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].MiniPrograms = slices.Clone(m.Assignments[i].MiniPrograms)
	}
	return m
}

// A remedy turns the denial into a grant, leaves its argument alone, and with any part of it taken back the denial
// stands.
func TestExplainGivesRemediesThatWorkAndNothingLess(t *testing.T) {
	t.Parallel()
	fourEyes := rbac.Must(rbac.New(offices.Spec(),
		rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}}))
	for name, policy := range map[string]*rbac.Policy{"a small policy": smallPolicy, "the offices": fourEyes} {
		t.Run(name, func(t *testing.T) {
			remedies := 0
			everyDenial(t, policy, 10_000, func(q question) {
				for _, remedy := range policy.Explain(q.member, q.action, q.r).Remedies {
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
	require.True(t, policy.Can(cured, q.action, q.r), "%s: %+v still may not %s %+v", remedy, cured, q.action, q.r)
	for part, less := range partsTakenBack(q.member, cured) {
		require.False(t, policy.Can(less, q.action, q.r),
			"%s is not the smallest change, without %s it does too: %+v, %s %+v", remedy, part, q.member, q.action, q.r)
	}
}

// partsTakenBack are the members that lack one part of the change from one to the other.
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
		if !old.NotBefore.Equal(after.Assignments[i].NotBefore) {
			takeBack("the start", func(a *rbac.Assignment) { a.NotBefore = old.NotBefore })
		}
		if !old.NotAfter.Equal(after.Assignments[i].NotAfter) {
			takeBack("the end", func(a *rbac.Assignment) { a.NotAfter = old.NotAfter })
		}
	}
	return dropUnchanged(less, after)
}

// dropUnchanged leaves out parts that were none, such as the programs of a new role that has none.
func dropUnchanged(less map[string]rbac.Member, after rbac.Member) map[string]rbac.Member {
	maps.DeleteFunc(less, func(_ string, m rbac.Member) bool { return fmt.Sprint(m) == fmt.Sprint(after) })
	return less
}

// atom is the smallest thing that can be changed about a member.
type atom struct {
	apply    func(m *rbac.Member)
	smaller  func(m *rbac.Member) // what is less than it and more than nothing, if there is such a thing
	position int                  // the assignment that it changes or adds; -1 for the status
	role     rbac.RoleID          // the role that it adds
}

func atomsFor(q question, policy *rbac.Policy) []atom {
	var atoms []atom
	if q.member.Status != rbac.StatusActive {
		atoms = append(atoms, atom{apply: func(m *rbac.Member) { m.Status = rbac.StatusActive }, position: -1})
	}
	for i := range q.member.Assignments {
		atoms = append(atoms,
			atom{apply: func(m *rbac.Member) {
				m.Assignments[i].MiniPrograms = append(m.Assignments[i].MiniPrograms, q.r.MiniProgram)
			}, position: i},
			atom{apply: func(m *rbac.Member) { m.Assignments[i].NotBefore = time.Time{} }, position: i},
			atom{apply: func(m *rbac.Member) { m.Assignments[i].NotAfter = time.Time{} }, position: i},
		)
	}
	for role := range policy.Roles() {
		bare := func(m *rbac.Member) { m.Assignments = append(m.Assignments, inRole(role.ID)) }
		naming := func(m *rbac.Member) { m.Assignments = append(m.Assignments, inRole(role.ID, q.r.MiniProgram)) }
		at := len(q.member.Assignments)
		atoms = append(atoms, atom{apply: bare, position: at, role: role.ID},
			atom{apply: naming, smaller: bare, position: at, role: role.ID})
	}
	return atoms
}

func changed(m rbac.Member, set []atom) rbac.Member {
	m = clonedMember(m)
	for _, a := range set {
		a.apply(&m)
	}
	return m
}

// smallestChanges tries every set of up to four atoms: more can never be needed, because one assignment grants.
func smallestChanges(policy *rbac.Policy, q question) [][]atom {
	atoms := atomsFor(q, policy)
	var found [][]atom
	var search func(from int, set []atom)
	search = func(from int, set []atom) {
		if policy.Can(changed(q.member, set), q.action, q.r) {
			if isSmallest(policy, q, set) {
				found = append(found, slices.Clone(set))
			}
			return
		}
		if len(set) == 4 {
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
		if policy.Can(changed(q.member, without), q.action, q.r) {
			return false
		}
		if a.smaller != nil && policy.Can(changed(q.member, append(without, atom{apply: a.smaller})), q.action, q.r) {
			return false
		}
	}
	return true
}

// bruteRemedies are the smallest changes but those that no administrator would make: to give a role again that is held
// and can be mended, or one that excludes another, or to change what is no status.
func bruteRemedies(policy *rbac.Policy, q question) []string {
	changes := smallestChanges(policy, q)
	mended := make(map[rbac.RoleID]bool)
	for _, set := range changes {
		for _, a := range set {
			if a.position >= 0 && a.role == "" {
				mended[q.member.Assignments[a.position].Role] = true
			}
		}
	}
	var members []string
	for _, set := range changes {
		givesAgain := slices.ContainsFunc(set, func(a atom) bool { return mended[a.role] })
		if !givesAgain && !breaksExclusive(policy, changed(q.member, set),
			set) && q.member.Status >= rbac.StatusInvited && q.member.Status <= rbac.StatusDeleted {
			members = append(members, fmt.Sprint(changed(q.member, set)))
		}
	}
	slices.Sort(members)
	return members
}

// breaksExclusive is true if an assignment that was changed or added meets one that excludes it, now or later.
func breaksExclusive(policy *rbac.Policy, m rbac.Member, set []atom) bool {
	for _, a := range set {
		for i := range m.Assignments {
			if a.position >= 0 && i != a.position && excludeEachOther(policy, m.Assignments[i],
				m.Assignments[a.position]) {
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
	return together && slices.ContainsFunc([]time.Time{time.Now(), ago, soon, later}, func(at time.Time) bool {
		return !at.Before(time.Now().Add(-time.Minute)) && runs(a, at) && runs(b, at)
	})
}

func TestExplainGivesEverySmallestRemedy(t *testing.T) {
	t.Parallel()
	several := 0
	everyDenial(t, smallPolicy, 400, func(q question) {
		q.member.Assignments = q.member.Assignments[:min(2, len(q.member.Assignments))]
		remedies := smallPolicy.Explain(q.member, q.action, q.r).Remedies
		var got []string
		for _, remedy := range remedies {
			got = append(got, fmt.Sprint(remedy.Apply(q.member)))
		}
		if len(got) > 1 {
			several++
		}
		slices.Sort(got)
		require.Equal(t, bruteRemedies(smallPolicy, q), got, "%s %+v by %+v: %v", q.action, q.r, q.member, remedies)
	})
	assert.Greater(t, several, 10, "denials with several remedies")
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
		{"it is, where the held one is over", []rbac.Assignment{until(ago, inRole("clerk"))}, "program.release",
			[]string{"give the role auditor", "give the role builder with mp-1", "give the role signer with mp-1"}},
		{"it is not, where the held one is to come",
			[]rbac.Assignment{from(soon, inRole("clerk"))}, "program.release", []string{"give the role auditor"}},
		{"a role is not let begin where it meets another",
			[]rbac.Assignment{from(soon, inRole("auditor")), until(soon, inRole("builder"))}, "request.sign",
			[]string{"name mp-1 in the builder assignment"}},
		{"a role is not renewed where it meets another",
			[]rbac.Assignment{until(ago, inRole("clerk", "mp-1")), inRole("builder")}, "request.view",
			[]string{"give the role guest"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := smallPolicy.Explain(inShop(test.held...), test.action, theShop.MiniProgram("mp-1").OwnedBy("bob"))
			if test.action == "request.sign" {
				e = smallPolicy.Explain(inShop(test.held...), test.action, theShop.MiniProgram("mp-1").OwnedBy("ann"))
			}
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
	admin := staff("ann", theWallet, inRole(rbac.WorkspaceAdmin))
	program := theShop.MiniProgram("mp-1")
	tests := []struct {
		name   string
		member rbac.Member
		action rbac.Action
		r      rbac.Resource
	}{
		{"an action that nobody declares", admin, "unknown", program},
		{"a member without an ID",
			staff("", theWallet, inRole(rbac.WorkspaceAdmin)), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member without a status", inStatus(0, admin), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member of an unknown status", inStatus(9, admin), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member without a status, who would lack a role too",
			inStatus(0, staff("ann", theWallet)), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member of an invalid workspace",
			staff("ann", rbac.Workspace{}, inRole(rbac.WorkspaceAdmin)), rbac.DecideRelease, program.OwnedBy("bob")},
		{"another tenant's", admin, rbac.DecideRelease, banksShop.MiniProgram("mp-1").OwnedBy("bob")},
		{"another tenant's, to one who is blocked",
			inStatus(rbac.StatusBlocked, admin), rbac.DecideRelease, banksShop.MiniProgram("mp-1").OwnedBy("bob")},
		{"the wrong kind of resource", admin, rbac.DecideRelease, theShop.Resource().OwnedBy("bob")},
		{"an own request", admin, rbac.DecideRelease, program.OwnedBy("ann")},
		{"an own request of one who is blocked",
			inStatus(rbac.StatusBlocked, admin), rbac.DecideRelease, program.OwnedBy("ann")},
		{"an own request of one without a role", staff("ann", theWallet), rbac.DecideRelease, program.OwnedBy("ann")},
		{"a request of nobody", admin, rbac.DecideRelease, program},
		{"what no role grants", staff("ann", theWallet), rbac.ApplyISV, theShop.Resource()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := policy.Explain(test.member, test.action, test.r)
			require.False(t, e.Decision.Allowed)
			assert.Empty(t, e.Remedies)
		})
	}
	assert.Empty(t, policy.Explain(admin, rbac.DecideRelease, program.OwnedBy("bob")).Remedies, "of a grant")
}

func TestRemedyApply(t *testing.T) {
	m := inStatus(rbac.StatusBlocked, inShop(inRole(promoter, "mp-1")))
	remedies := offices.Explain(m, readFeedback, theShop.MiniProgram("mp-2")).Remedies
	require.Len(t, remedies, 1)
	assert.Equal(t, rbac.StatusBlocked, remedies[0].Status)
	assert.Equal(t, 0, remedies[0].Position)
	assert.Equal(t, inRole(promoter, "mp-1", "mp-2"), remedies[0].Assignment)

	cured := remedies[0].Apply(m)
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1", "mp-2")), cured)
	cured.Assignments[0].MiniPrograms[1] = "mp-9"
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1", "mp-2")), remedies[0].Apply(m),
		"after a member that it was applied to was changed")

	unblock := offices.Explain(m, readFeedback, theShop.MiniProgram("mp-1")).Remedies
	require.Len(t, unblock, 1)
	assert.Zero(t, unblock[0].Assignment, "where the status is all there is to change")
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1")), unblock[0].Apply(m))

	give := offices.Explain(inShop(inRole(bystander)), readFeedback, theShop.MiniProgram("mp-2")).Remedies
	require.Len(t, give, 1)
	assert.Equal(t, rbac.Status(0), give[0].Status, "of a member who is active")
	assert.Equal(t, 1, give[0].Position, "of a role to add")
}

func TestRemedyApplyToAnotherMemberDoesNotPanic(t *testing.T) {
	give := inRole(reader)
	tests := []struct {
		name   string
		remedy rbac.Remedy
		want   []rbac.Assignment
	}{
		{"nothing", rbac.Remedy{}, []rbac.Assignment{inRole(bystander)}},
		{"a position before the first",
			rbac.Remedy{Position: -1, Assignment: give}, []rbac.Assignment{inRole(bystander), give}},
		{"the first position", rbac.Remedy{Position: 0, Assignment: give}, []rbac.Assignment{give}},
		{"the position after the last",
			rbac.Remedy{Position: 1, Assignment: give}, []rbac.Assignment{inRole(bystander), give}},
		{"a position far out",
			rbac.Remedy{Position: 1 << 40, Assignment: give}, []rbac.Assignment{inRole(bystander), give}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := inShop(inRole(bystander))
			assert.Equal(t, inShop(test.want...), test.remedy.Apply(m))
			assert.Equal(t, inShop(inRole(bystander)), m, "the argument")
		})
	}
	assert.Equal(t, staff("ann", theShop, give),
		rbac.Remedy{Position: 7, Assignment: give}.Apply(staff("ann", theShop)), "for one who holds nothing")
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
