package rbac_test

import (
	"fmt"
	"iter"
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

// firstOf takes one value of a sequence and stops.
func firstOf[V any](seq iter.Seq[V]) (first V) {
	for v := range seq {
		return v
	}
	return first
}

func TestRolesAreInNameOrder(t *testing.T) {
	var ids []rbac.RoleID
	for role := range rbac.Default().Roles() {
		ids = append(ids, role.ID)
	}
	assert.Equal(t, []rbac.RoleID{
		rbac.Developer, rbac.DeveloperAdmin, rbac.Operator,
		rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, rbac.WorkspaceReviewer,
	}, ids)
	assert.Equal(t, rbac.Developer, firstOf(rbac.Default().Roles()).ID, "the first, where the caller stops")
}

func TestRolesAreCopies(t *testing.T) {
	role := firstOf(rbac.Default().Roles())
	role.Permissions[rbac.ManageWorkspace] = rbac.ScopeWorkspace
	assert.NotContains(t, firstOf(rbac.Default().Roles()).Permissions, rbac.ManageWorkspace)
	assert.False(t, rbac.Can(staff("ann", theShop, inRole(rbac.Developer)), rbac.ManageWorkspace, theShop.Resource()))
}

func TestActionsAreInNameOrder(t *testing.T) {
	declared := maps.Collect(rbac.Default().Actions())
	assert.Equal(t, rbac.Defaults().Actions, declared)
	var names []rbac.Action
	for action := range rbac.Default().Actions() {
		names = append(names, action)
	}
	assert.Equal(t, slices.Sorted(maps.Keys(declared)), names)
	for action := range rbac.Default().Actions() {
		assert.Equal(t, rbac.SetTwoFactor, action, "the first, where the caller stops")
		break
	}
}

func TestAPolicyOfNothingHasNothingToReview(t *testing.T) {
	ann := staff("ann", theShop, inRole(rbac.DeveloperAdmin))
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Empty(t, slices.Collect(policy.Roles()), "Roles of the %s policy", name)
		assert.Empty(t, maps.Collect(policy.Actions()), "Actions of the %s policy", name)
		assert.Equal(t, rbac.Permissions{}, policy.Permissions(ann), "Permissions of the %s policy", name)
		assert.Equal(t, rbac.Permissions{}, policy.PermissionsAt(noon, ann), "PermissionsAt of the %s policy", name)
		assert.Empty(t, slices.Collect(policy.RolesWith(rbac.EditFeature, rbac.ScopeOwn)), "RolesWith of the %s policy", name)
		assert.Empty(t, slices.Collect(policy.WhoCan(rbac.EditFeature, theShop.Resource(), slices.Values([]rbac.Member{ann}))), "WhoCan of the %s policy", name)
		want := "feature.edit: denied, no policy decided it\n  developer_admin: no policy decided it"
		assert.Equal(t, want, policy.Explain(ann, rbac.EditFeature, theShop.Resource()).String(), "Explain of the %s policy", name)
	}
}

func TestPermissionsAreWhatTheRolesInForceGrant(t *testing.T) {
	reads := rbac.Permissions{readReports: rbac.ScopeWorkspace}
	tests := []struct {
		name   string
		member rbac.Member
		want   rbac.Permissions
	}{
		{"of one role", inShop(inRole(reader)), reads},
		{"of two roles together", inShop(inRole(reader), inRole(requester)), rbac.Permissions{readReports: rbac.ScopeWorkspace, rbac.ViewRequest: rbac.ScopeOwn}},
		{"of two scopes of one action", inShop(inRole(releaser, "mp-1"), inRole(signer)), rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned | rbac.ScopeWorkspace}},
		{"of a role on a program", inShop(inRole(releaser, "mp-1")), rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}},
		{"of a role on no program", inShop(inRole(releaser)), rbac.Permissions{}},
		{"of a role on an empty program", inShop(inRole(releaser, "")), rbac.Permissions{}},
		{"of a role on an empty program and another", inShop(inRole(releaser, "", "mp-1")), rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}},
		{"of a program that another role names", inShop(inRole(releaser), inRole(reader, "mp-1")), reads},
		{"of a role at its start", inShop(from(noon, inRole(reader))), reads},
		{"of a role before its start", inShop(from(noon.Add(1), inRole(reader))), rbac.Permissions{}},
		{"of a role at its end", inShop(until(noon, inRole(reader))), rbac.Permissions{}},
		{"of a role before its end", inShop(until(noon.Add(1), inRole(reader))), reads},
		{"of an unknown role", inShop(inRole("nobody")), rbac.Permissions{}},
		{"of a role of the other kind", inShop(inRole(fleet)), rbac.Permissions{}},
		{"of no role", inShop(), rbac.Permissions{}},
		{"of one who is blocked", inStatus(rbac.StatusBlocked, inShop(inRole(reader))), rbac.Permissions{}},
		{"of one without an ID", staff("", theShop, inRole(reader)), rbac.Permissions{}},
		{"of one of an invalid workspace", staff("bob", rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}, inRole(reader)), rbac.Permissions{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, offices.PermissionsAt(noon, test.member))
		})
	}
}

func TestPermissionsAreOfNow(t *testing.T) {
	m := inShop(until(ago, inRole(reader)), from(soon, inRole(signer)), until(soon, inRole(requester)))
	got := offices.Permissions(m)
	assert.Equal(t, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}, got)
	clear(got)
	assert.Len(t, offices.Permissions(m), 1, "after a caller cleared what was handed out")
}

func TestRolesWithCoverTheScope(t *testing.T) {
	release := rbac.ReleaseMiniProgram
	tests := []struct {
		name   string
		action rbac.Action
		scope  rbac.Scope
		want   []rbac.RoleID
	}{
		{"assigned, which the workspace covers", release, rbac.ScopeAssigned, []rbac.RoleID{rbac.Developer, rbac.DeveloperAdmin, regional, releaser, signer, rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper}},
		{"own, which the workspace covers and assigned does not", release, rbac.ScopeOwn, []rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}},
		{"own and assigned", release, rbac.ScopeOwn | rbac.ScopeAssigned, []rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}},
		{"the workspace", release, rbac.ScopeWorkspace, []rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}},
		{"the tenant", release, rbac.ScopeTenant, nil},
		{"the tenant, where some have it", readReports, rbac.ScopeTenant, []rbac.RoleID{fleet, regional}},
		{"the workspace, which the tenant covers", readReports, rbac.ScopeWorkspace, []rbac.RoleID{fleet, reader, regional, tenantRead, walletOnly}},
		{"the first action of the policy", rbac.SetTwoFactor, rbac.ScopeOwn, []rbac.RoleID{rbac.Developer, rbac.DeveloperAdmin, rbac.Operator, rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, rbac.WorkspaceReviewer}},
		{"the zero scope", release, 0, nil},
		{"an unknown scope", release, 16, nil},
		{"an unknown action", "miniprogram.relase", rbac.ScopeOwn, nil},
		{"no action", "", rbac.ScopeOwn, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Collect(offices.RolesWith(test.action, test.scope))
			assert.Equal(t, test.want, got)
			assert.Equal(t, append(test.want, "")[0], firstOf(offices.RolesWith(test.action, test.scope)), "the first, where the caller stops")
		})
	}
}

func TestWhoCanYieldsThoseWhoCan(t *testing.T) {
	can, cannot := staff("ann", theShop, inRole(rbac.DeveloperAdmin)), staff("bob", theShop)
	again := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	tests := []struct {
		name    string
		members []rbac.Member
		want    []rbac.Member
	}{
		{"nobody", nil, nil},
		{"none of them", []rbac.Member{cannot, {}}, nil},
		{"some of them, in their order", []rbac.Member{again, cannot, can}, []rbac.Member{again, can}},
		{"one as often as it comes", []rbac.Member{can, can, cannot, can}, []rbac.Member{can, can, can}},
		{"not one whose role is over", []rbac.Member{staff("cy", theShop, until(ago, inRole(rbac.DeveloperAdmin)))}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Collect(rbac.Default().WhoCan(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"), slices.Values(test.members)))
			assert.Equal(t, test.want, got)
		})
	}
	assert.Empty(t, slices.Collect(rbac.Default().WhoCan(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"), nil)), "of no sequence")
}

func TestWhoCanAsksForNoMoreThanIsTaken(t *testing.T) {
	asked := 0
	members := func(yield func(rbac.Member) bool) {
		for {
			asked++
			if !yield(staff(fmt.Sprintf("m-%d", asked), theShop, inRole(rbac.DeveloperAdmin))) {
				return
			}
		}
	}
	for m := range rbac.Default().WhoCan(rbac.EditFeature, theShop.Resource(), members) {
		if m.ID == "m-3" {
			break
		}
	}
	assert.Equal(t, 3, asked, "members of an endless sequence, of whom the third was the last that was wanted")
}

// A member's findings are as if the member were active, and nobody's four eyes were needed.
func TestFindingsSayWhatCameOfEachAssignment(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	everything := []rbac.Assignment{
		inRole("nobody"), inRole(fleet), inRole(reader), inRole(releaser, "mp-2"), inRole(releaser, "mp-1"), inRole(signer),
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
		{"of one who is blocked", inStatus(rbac.StatusBlocked, inShop(everything...)), release, theShop.MiniProgram("mp-1"), asHeld},
		{"of one without a status", inStatus(0, inShop(everything...)), release, theShop.MiniProgram("mp-1"), asHeld},
		{"of one without an ID", staff("", theShop, everything...), release, theShop.MiniProgram("mp-1"), same(rbac.ReasonInvalidMember)},
		{"of an unknown action", inShop(everything...), "miniprogram.relase", theShop.MiniProgram("mp-1"), same(rbac.ReasonUnknownAction)},
		{"of another merchant's program", inShop(everything...), release, theBakery.MiniProgram("mp-1"), same(rbac.ReasonOtherWorkspace)},
		{"of another tenant's program", inShop(everything...), release, banksShop.MiniProgram("mp-1"), same(rbac.ReasonOtherTenant)},
		{"of a workspace", inShop(everything...), release, theShop.Resource(), same(rbac.ReasonWrongTarget)},
		{"of an invalid workspace", inShop(everything...), release, rbac.Resource{MiniProgram: "mp-1"}, same(rbac.ReasonInvalidWorkspace)},
		{"of own things", inShop(inRole(requester)), rbac.ViewRequest, theShop.Resource().OwnedBy("bob"), []rbac.Finding{{Role: requester, Reason: rbac.ReasonGranted, Scope: rbac.ScopeOwn}}},
		{"of things of others", inShop(inRole(requester)), rbac.ViewRequest, theShop.Resource().OwnedBy("ann"), []rbac.Finding{{Role: requester, Reason: rbac.ReasonNotOwner}}},
		{"of a merchant's thing, by the tenant", staff("bob", theWallet, inRole(tenantRead), inRole(fleet)), readReports, theShop.Resource(), []rbac.Finding{{Role: tenantRead, Reason: rbac.ReasonOwnWorkspaceOnly}, {Role: fleet, Reason: rbac.ReasonGranted, Scope: rbac.ScopeTenant}}},
		{"of an own request that takes four eyes", staff("bob", theWallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, theShop.MiniProgram("mp-1").OwnedBy("bob"), []rbac.Finding{{Role: rbac.WorkspaceReviewer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeTenant}}},
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

func TestExplanationsReadAsSentences(t *testing.T) {
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
		{"one of two assignments of a role", inShop(inRole(releaser, "mp-1"), inRole(releaser, "mp-2")), release, mp42, []string{
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
		{"a program whose ID has a quotation mark and no blank", inShop(inRole(promoter)), readFeedback, theShop.MiniProgram(`a"b`), []string{
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
		{"one who is invited and has no role", inStatus(rbac.StatusInvited, inShop()), readReports, theShop.Resource(), []string{
			"report.read: denied, the member has not accepted the invitation",
			"  to allow it: have the member accept the invitation and give the role reader",
		}},
		{"one who was deleted", inStatus(rbac.StatusDeleted, inShop(inRole(reader))), readReports, theShop.Resource(), []string{
			"report.read: denied, the member has left the workspace",
			"  reader: grants it (workspace)",
			"  to allow it: invite the member again",
		}},
		{"one who was withdrawn", inStatus(rbac.StatusWithdrawn, inShop(inRole(reader))), readReports, theShop.Resource(), []string{
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
		{"everything at once", inStatus(rbac.StatusBlocked, inShop(from(soon, until(ago, inRole(promoter, "mp-1"))))), readFeedback, mp42, []string{
			"feedback.read: denied, the member is blocked",
			"  promoter: the mini program is not assigned to the member's role",
			"  to allow it: unblock the member and name mp-42 in the promoter assignment and let the promoter assignment begin now and renew the promoter assignment",
		}},
		{"an own request", staff("bob", theWallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, mp42.OwnedBy("bob"), []string{
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

func TestAFindingIsASentence(t *testing.T) {
	assert.Equal(t, "developer: grants it (assigned)", rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonGranted, Scope: rbac.ScopeAssigned}.String())
	assert.Equal(t, "developer: the member's role has expired", rbac.Finding{Role: rbac.Developer, Reason: rbac.ReasonExpired}.String())
	assert.Equal(t, ": no policy decided it", rbac.Finding{}.String())
}

// repairs is a policy that is small enough to try every change to a member.
var repairs = rbac.Must(rbac.New(rbac.Spec{
	Actions: map[rbac.Action]rbac.Target{
		"program.release": rbac.OnMiniProgram, "office.open": rbac.OnWorkspace, "request.view": rbac.OnAny, "request.sign": rbac.OnAny, "wallet.run": rbac.OnTenant,
	},
	FourEyes:  []rbac.Action{"request.sign"},
	Exclusive: [][]rbac.RoleID{{"builder", "auditor"}, {"builder", "signer", "clerk"}},
	Roles: []rbac.Role{
		{ID: "builder", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"program.release": rbac.ScopeAssigned, "request.sign": rbac.ScopeAssigned}},
		{ID: "auditor", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"program.release": rbac.ScopeWorkspace, "request.sign": rbac.ScopeWorkspace}},
		{ID: "clerk", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"request.view": rbac.ScopeOwn | rbac.ScopeAssigned, "office.open": rbac.ScopeWorkspace}},
		{ID: "signer", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"program.release": rbac.ScopeAssigned}},
		{ID: "guest", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"request.view": rbac.ScopeOwn}},
		{ID: "director", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"program.release": rbac.ScopeTenant, "request.sign": rbac.ScopeTenant}},
		{ID: "porter", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"program.release": rbac.ScopeWorkspace, "office.open": rbac.ScopeWorkspace, "request.view": rbac.ScopeAssigned}},
	},
}))

// reviewQuestion is what somebody asks, and mostly gets denied.
type reviewQuestion struct {
	member rbac.Member
	action rbac.Action
	r      rbac.Resource
}

// anyOf picks one, and oneIn is true that often.
func anyOf[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func oneIn(random *rand.Rand, n int) bool { return random.IntN(n) == 0 }

func randomQuestion(random *rand.Rand, policy *rbac.Policy) reviewQuestion {
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
	r := anyOf(random, theShop, theShop, theShop, theWallet, theWallet, theBakery, banksShop).MiniProgram(anyOf(random, "", "mp-1", "mp-1", "mp-2"))
	return reviewQuestion{m, anyOf(random, append(actions, "unknown")...), r.OwnedBy(anyOf(random, "", "ann", "bob", "bob"))}
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
func everyDenial(t *testing.T, policy *rbac.Policy, number int, visit func(q reviewQuestion)) {
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
func TestEveryRemedyWorksAndNothingLess(t *testing.T) {
	t.Parallel()
	fourEyes := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}}))
	for name, policy := range map[string]*rbac.Policy{"a small policy": repairs, "the offices": fourEyes} {
		t.Run(name, func(t *testing.T) {
			remedies := 0
			everyDenial(t, policy, 10_000, func(q reviewQuestion) {
				for _, remedy := range policy.Explain(q.member, q.action, q.r).Remedies {
					requireRemedy(t, policy, q, remedy)
					remedies++
				}
			})
			assert.Greater(t, remedies, 1_500, "remedies")
		})
	}
}

func requireRemedy(t *testing.T, policy *rbac.Policy, q reviewQuestion, remedy rbac.Remedy) {
	t.Helper()
	before := clonedMember(q.member)
	cured := remedy.Apply(q.member)
	require.Equal(t, before, q.member, "the argument of Apply: %s", remedy)
	require.True(t, policy.Can(cured, q.action, q.r), "%s: %+v still may not %s %+v", remedy, cured, q.action, q.r)
	for part, less := range partsTakenBack(q.member, cured) {
		require.False(t, policy.Can(less, q.action, q.r), "%s is not the smallest change, without %s it does too: %+v, %s %+v", remedy, part, q.member, q.action, q.r)
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

func atomsFor(q reviewQuestion, policy *rbac.Policy) []atom {
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
		atoms = append(atoms, atom{apply: bare, position: at, role: role.ID}, atom{apply: naming, smaller: bare, position: at, role: role.ID})
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
func smallestChanges(policy *rbac.Policy, q reviewQuestion) [][]atom {
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

func isSmallest(policy *rbac.Policy, q reviewQuestion, set []atom) bool {
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
func bruteRemedies(policy *rbac.Policy, q reviewQuestion) []string {
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
		if !givesAgain && !breaksExclusive(policy, changed(q.member, set), set) && q.member.Status >= rbac.StatusInvited && q.member.Status <= rbac.StatusDeleted {
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
			if a.position >= 0 && i != a.position && excludeEachOther(policy, m.Assignments[i], m.Assignments[a.position]) {
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
		return !at.Before(time.Now().Add(-time.Minute)) && inForce(at, a) && inForce(at, b)
	})
}

func TestRemediesAreAllSmallestChanges(t *testing.T) {
	t.Parallel()
	several := 0
	everyDenial(t, repairs, 400, func(q reviewQuestion) {
		q.member.Assignments = q.member.Assignments[:min(2, len(q.member.Assignments))]
		remedies := repairs.Explain(q.member, q.action, q.r).Remedies
		var got []string
		for _, remedy := range remedies {
			got = append(got, fmt.Sprint(remedy.Apply(q.member)))
		}
		if len(got) > 1 {
			several++
		}
		slices.Sort(got)
		require.Equal(t, bruteRemedies(repairs, q), got, "%s %+v by %+v: %v", q.action, q.r, q.member, remedies)
	})
	assert.Greater(t, several, 10, "denials with several remedies")
}

func TestRemediesKeepExclusiveRolesApart(t *testing.T) {
	tests := []struct {
		name   string
		held   []rbac.Assignment
		action rbac.Action
		want   []string
	}{
		{"a role that excludes the held one is not offered", []rbac.Assignment{inRole("clerk")}, "program.release", []string{"give the role auditor"}},
		{"it is, where the held one is over", []rbac.Assignment{until(ago, inRole("clerk"))}, "program.release", []string{"give the role auditor", "give the role builder with mp-1", "give the role signer with mp-1"}},
		{"it is not, where the held one is to come", []rbac.Assignment{from(soon, inRole("clerk"))}, "program.release", []string{"give the role auditor"}},
		{"a role is not let begin where it meets another", []rbac.Assignment{from(soon, inRole("auditor")), until(soon, inRole("builder"))}, "request.sign", []string{"name mp-1 in the builder assignment"}},
		{"a role is not renewed where it meets another", []rbac.Assignment{until(ago, inRole("clerk", "mp-1")), inRole("builder")}, "request.view", []string{"give the role guest"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := repairs.Explain(inShop(test.held...), test.action, theShop.MiniProgram("mp-1").OwnedBy("bob"))
			if test.action == "request.sign" {
				e = repairs.Explain(inShop(test.held...), test.action, theShop.MiniProgram("mp-1").OwnedBy("ann"))
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

func TestDenialsThatNoChangeToTheMemberHelps(t *testing.T) {
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
		{"a member without an ID", staff("", theWallet, inRole(rbac.WorkspaceAdmin)), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member without a status", inStatus(0, admin), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member of an unknown status", inStatus(9, admin), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member without a status, who would lack a role too", inStatus(0, staff("ann", theWallet)), rbac.DecideRelease, program.OwnedBy("bob")},
		{"a member of an invalid workspace", staff("ann", rbac.Workspace{}, inRole(rbac.WorkspaceAdmin)), rbac.DecideRelease, program.OwnedBy("bob")},
		{"another tenant's", admin, rbac.DecideRelease, banksShop.MiniProgram("mp-1").OwnedBy("bob")},
		{"another tenant's, to one who is blocked", inStatus(rbac.StatusBlocked, admin), rbac.DecideRelease, banksShop.MiniProgram("mp-1").OwnedBy("bob")},
		{"the wrong kind of resource", admin, rbac.DecideRelease, theShop.Resource().OwnedBy("bob")},
		{"an own request", admin, rbac.DecideRelease, program.OwnedBy("ann")},
		{"an own request of one who is blocked", inStatus(rbac.StatusBlocked, admin), rbac.DecideRelease, program.OwnedBy("ann")},
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

func TestARemedyIsAValue(t *testing.T) {
	m := inStatus(rbac.StatusBlocked, inShop(inRole(promoter, "mp-1")))
	remedies := offices.Explain(m, readFeedback, theShop.MiniProgram("mp-2")).Remedies
	require.Len(t, remedies, 1)
	assert.Equal(t, rbac.StatusBlocked, remedies[0].Status)
	assert.Equal(t, 0, remedies[0].Position)
	assert.Equal(t, inRole(promoter, "mp-1", "mp-2"), remedies[0].Assignment)

	cured := remedies[0].Apply(m)
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1", "mp-2")), cured)
	cured.Assignments[0].MiniPrograms[1] = "mp-9"
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1", "mp-2")), remedies[0].Apply(m), "after a member that it was applied to was changed")

	unblock := offices.Explain(m, readFeedback, theShop.MiniProgram("mp-1")).Remedies
	require.Len(t, unblock, 1)
	assert.Zero(t, unblock[0].Assignment, "where the status is all there is to change")
	assert.Equal(t, staff("bob", theShop, inRole(promoter, "mp-1")), unblock[0].Apply(m))

	give := offices.Explain(inShop(inRole(bystander)), readFeedback, theShop.MiniProgram("mp-2")).Remedies
	require.Len(t, give, 1)
	assert.Equal(t, rbac.Status(0), give[0].Status, "of a member who is active")
	assert.Equal(t, 1, give[0].Position, "of a role to add")
}

func TestARemedyForAnotherMemberDoesNotPanic(t *testing.T) {
	give := inRole(reader)
	tests := []struct {
		name   string
		remedy rbac.Remedy
		want   []rbac.Assignment
	}{
		{"nothing", rbac.Remedy{}, []rbac.Assignment{inRole(bystander)}},
		{"a position before the first", rbac.Remedy{Position: -1, Assignment: give}, []rbac.Assignment{inRole(bystander), give}},
		{"the first position", rbac.Remedy{Position: 0, Assignment: give}, []rbac.Assignment{give}},
		{"the position after the last", rbac.Remedy{Position: 1, Assignment: give}, []rbac.Assignment{inRole(bystander), give}},
		{"a position far out", rbac.Remedy{Position: 1 << 40, Assignment: give}, []rbac.Assignment{inRole(bystander), give}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := inShop(inRole(bystander))
			assert.Equal(t, inShop(test.want...), test.remedy.Apply(m))
			assert.Equal(t, inShop(inRole(bystander)), m, "the argument")
		})
	}
	assert.Equal(t, staff("ann", theShop, give), rbac.Remedy{Position: 7, Assignment: give}.Apply(staff("ann", theShop)), "for one who holds nothing")
	blocked := inStatus(rbac.StatusBlocked, inShop())
	assert.Equal(t, inShop(), rbac.Remedy{Status: rbac.StatusBlocked}.Apply(blocked), "a status alone")
}

func TestAppendingInARemedySharesNoSpace(t *testing.T) {
	room := make([]rbac.Assignment, 1, 4)
	room[0] = inRole(bystander)
	m := inShop(room...)
	rbac.Remedy{Position: 1, Assignment: inRole(reader)}.Apply(m)
	assert.Zero(t, room[:2][1], "the space behind the member's assignments")
}

// officeSpec is what the tests of Diff change a little.
func officeSpec() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"program.release": rbac.OnMiniProgram, "office.open": rbac.OnWorkspace},
		Roles: []rbac.Role{
			{ID: "builder", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"program.release": rbac.ScopeAssigned}},
			{ID: "chief", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"program.release": rbac.ScopeWorkspace, "office.open": rbac.ScopeWorkspace}},
			{ID: "owner", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"program.release": rbac.ScopeTenant}},
		},
	}
}

func TestDiffSaysWhoGainsAndLoses(t *testing.T) {
	office := officeSpec()
	with := func(change func(s *rbac.Spec)) rbac.Spec {
		s := officeSpec()
		change(&s)
		return s
	}
	tests := []struct {
		name     string
		old, new rbac.Spec
		want     []string // each behind "+" for gains, "-" for loses, "±" for both, "!" for holders to be validated
	}{
		{"the same", office, officeSpec(), nil},
		{"names and descriptions", office, with(func(s *rbac.Spec) { s.Roles[0].Name, s.Roles[1].Description = "Builder", "Runs it." }), nil},
		{"an action that no role has", office, with(func(s *rbac.Spec) { s.Actions["office.close"] = rbac.OnWorkspace }), nil},
		{"an action more", office, with(func(s *rbac.Spec) {
			s.Extend = map[rbac.RoleID]rbac.Permissions{"builder": {"office.open": rbac.ScopeOwn}}
		}), []string{
			"+ builder gains office.open: own on workspace",
		}},
		{"an action less", office, with(func(s *rbac.Spec) { delete(s.Roles[1].Permissions, "office.open") }), []string{
			"- chief loses office.open: workspace on workspace",
		}},
		{"a wider scope", office, with(func(s *rbac.Spec) { s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace }), []string{
			"+ builder has program.release changed: from assigned on miniprogram to workspace on miniprogram",
		}},
		{"a narrower scope", office, with(func(s *rbac.Spec) { s.Roles[1].Permissions["program.release"] = rbac.ScopeOwn }), []string{
			"- chief has program.release changed: from workspace on miniprogram to own on miniprogram",
		}},
		{"another scope", office, with(func(s *rbac.Spec) { s.Roles[0].Permissions["program.release"] = rbac.ScopeOwn }), []string{
			"± builder has program.release changed: from assigned on miniprogram to own on miniprogram",
		}},
		{"a scope that the other covers", office, with(func(s *rbac.Spec) { s.Roles[1].Permissions["program.release"] |= rbac.ScopeAssigned }), nil},
		{"a wider target", office, with(func(s *rbac.Spec) { s.Actions["program.release"] = rbac.OnAny }), []string{
			"+ chief has program.release changed: from workspace on miniprogram to workspace on any",
			"+ owner has program.release changed: from tenant on miniprogram to tenant on any",
		}},
		{"a target less that no holder reaches", office, with(func(s *rbac.Spec) { s.Actions["office.open"] = rbac.OnDeveloper }), nil},
		{"a narrower target", with(func(s *rbac.Spec) { s.Actions["program.release"] = rbac.OnAny }), office, []string{
			"- chief has program.release changed: from workspace on any to workspace on miniprogram",
			"- owner has program.release changed: from tenant on any to tenant on miniprogram",
		}},
		{"the tenant, where only its own workspace counts", with(func(s *rbac.Spec) {
			s.Actions["office.open"], s.Roles[1].Permissions = rbac.OnTenant, nil
			s.Roles[2].Permissions["office.open"] = rbac.ScopeWorkspace
		}), with(func(s *rbac.Spec) {
			s.Actions["office.open"], s.Roles[1].Permissions = rbac.OnTenant, nil
			s.Roles[2].Permissions["office.open"] = rbac.ScopeTenant
		}), nil},
		{"own things under four eyes, which nobody can use", with(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{"office.open"} }), with(func(s *rbac.Spec) {
			s.FourEyes = []rbac.Action{"office.open"}
			s.Roles[0].Permissions["office.open"] = rbac.ScopeOwn
		}), nil},
		{"four eyes", office, with(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{"program.release"} }), []string{
			"- builder has program.release changed: from assigned on miniprogram to assigned on miniprogram under four eyes",
			"- chief has program.release changed: from workspace on miniprogram to workspace on miniprogram under four eyes",
			"- owner has program.release changed: from tenant on miniprogram to tenant on miniprogram under four eyes",
		}},
		{"two eyes", with(func(s *rbac.Spec) { s.FourEyes = []rbac.Action{"office.open"} }), office, []string{
			"+ chief has office.open changed: from workspace on workspace under four eyes to workspace on workspace",
		}},
		{"a wider scope under four eyes", office, with(func(s *rbac.Spec) {
			s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace
			s.FourEyes = []rbac.Action{"program.release"}
			s.Roles = s.Roles[:1]
		}), []string{
			"± builder has program.release changed: from assigned on miniprogram to workspace on miniprogram under four eyes",
			"! chief: validate its holders again, the role is gone",
			"- chief loses office.open: workspace on workspace",
			"- chief loses program.release: workspace on miniprogram",
			"! owner: validate its holders again, the role is gone",
			"- owner loses program.release: tenant on miniprogram",
		}},
		{"a new role", office, with(func(s *rbac.Spec) {
			s.Roles = append(s.Roles, rbac.Role{ID: "apprentice", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"office.open": rbac.ScopeOwn}})
		}), []string{
			"+ apprentice gains office.open: own on workspace",
		}},
		{"a new role of nothing", office, with(func(s *rbac.Spec) { s.Roles = append(s.Roles, rbac.Role{ID: "apprentice", Kind: rbac.KindDeveloper}) }), nil},
		{"a role less", office, with(func(s *rbac.Spec) { s.Roles = s.Roles[:2] }), []string{
			"! owner: validate its holders again, the role is gone",
			"- owner loses program.release: tenant on miniprogram",
		}},
		{"a role of nothing less", with(func(s *rbac.Spec) { s.Roles = append(s.Roles, rbac.Role{ID: "apprentice", Kind: rbac.KindDeveloper}) }), office, []string{
			"! apprentice: validate its holders again, the role is gone",
		}},
		{"the other kind", office, with(func(s *rbac.Spec) { s.Roles[0].Kind = rbac.KindTenant }), []string{
			"! builder: validate its holders again, the role is held in tenant workspaces now",
			"± builder has program.release changed: from assigned on miniprogram to assigned on miniprogram",
		}},
		{"a role of nothing of the other kind", with(func(s *rbac.Spec) { s.Roles[0].Permissions = nil }), with(func(s *rbac.Spec) { s.Roles[0].Permissions, s.Roles[0].Kind = nil, rbac.KindTenant }), []string{
			"! builder: validate its holders again, the role is held in tenant workspaces now",
		}},
		{"an action that is gone", office, with(func(s *rbac.Spec) {
			delete(s.Actions, "office.open")
			delete(s.Roles[1].Permissions, "office.open")
		}), []string{
			"- chief loses office.open: workspace on workspace",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			old, new := rbac.Must(rbac.New(test.old)), rbac.Must(rbac.New(test.new))
			assert.Equal(t, test.want, signed(rbac.Diff(old, new)))
		})
	}
}

// signed puts before each change whether it gains, loses, both, or asks to validate again.
func signed(changes []rbac.Change) []string {
	var lines []string
	for _, c := range changes {
		sign := map[[2]bool]string{{true, false}: "+", {false, true}: "-", {true, true}: "±", {false, false}: " "}[[2]bool{c.Gains(), c.Loses()}]
		if c.Revalidate != "" {
			sign = strings.TrimSpace(sign) + "!"
		}
		lines = append(lines, sign+" "+c.String())
	}
	return lines
}

func TestDiffSaysWhoseHoldersToValidateAgain(t *testing.T) {
	sets := func(sets ...[]rbac.RoleID) func(s *rbac.Spec) { return func(s *rbac.Spec) { s.Exclusive = sets } }
	least := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtLeast = map[rbac.RoleID]int{"chief": n} }
	}
	most := func(n int) func(s *rbac.Spec) {
		return func(s *rbac.Spec) { s.AtMost = map[rbac.RoleID]int{"chief": n} }
	}
	nothing := func(*rbac.Spec) {}
	both := []rbac.RoleID{"builder", "chief"}
	all := []rbac.RoleID{"builder", "chief", "owner"}
	tests := []struct {
		name     string
		old, new func(s *rbac.Spec)
		want     []string
	}{
		{"the same set", sets(both), sets(both), nil},
		{"a new set", nothing, sets(both), []string{"builder: validate its holders again, it excludes more roles", "chief: validate its holders again, it excludes more roles"}},
		{"a larger set", sets(both), sets(all), []string{"builder: validate its holders again, it excludes more roles", "chief: validate its holders again, it excludes more roles", "owner: validate its holders again, it excludes more roles"}},
		{"a further set", sets(both), sets(both, []rbac.RoleID{"chief", "owner"}), []string{"chief: validate its holders again, it excludes more roles", "owner: validate its holders again, it excludes more roles"}},
		{"a smaller set", sets(all), sets(both), nil},
		{"no set any more", sets(both), nothing, nil},
		{"another set of the same roles", sets(all), sets(both, []rbac.RoleID{"chief", "owner"}, []rbac.RoleID{"builder", "owner"}), nil},
		{"at least some", nothing, least(1), []string{"chief: validate its holders again, at least 1 are needed"}},
		{"at least more", least(1), least(2), []string{"chief: validate its holders again, at least 2 are needed"}},
		{"at least as many", least(2), least(2), nil},
		{"at least fewer", least(2), least(1), nil},
		{"at least none any more", least(2), nothing, nil},
		{"at most some", nothing, most(1), []string{"chief: validate its holders again, at most 1 are allowed"}},
		{"at most none", nothing, most(0), []string{"chief: validate its holders again, at most 0 are allowed"}},
		{"at most fewer", most(2), most(1), []string{"chief: validate its holders again, at most 1 are allowed"}},
		{"at most as many", most(2), most(2), nil},
		{"at most more", most(1), most(2), nil},
		{"at most any number", most(1), nothing, nil},
		{"everything", nothing, func(s *rbac.Spec) { sets(both)(s); least(1)(s); most(2)(s) }, []string{
			"builder: validate its holders again, it excludes more roles",
			"chief: validate its holders again, it excludes more roles, at least 1 are needed, at most 2 are allowed",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			oldSpec, newSpec := officeSpec(), officeSpec()
			test.old(&oldSpec)
			test.new(&newSpec)
			var got []string
			for _, change := range rbac.Diff(rbac.Must(rbac.New(oldSpec)), rbac.Must(rbac.New(newSpec))) {
				assert.Empty(t, change.Action)
				assert.NotEmpty(t, change.Revalidate)
				assert.False(t, change.Gains() || change.Loses(), "a change of the role itself")
				got = append(got, change.String())
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// A role that nobody can hold yet has no holders to validate, but may be needed.
func TestDiffOfARoleThatIsNew(t *testing.T) {
	s := officeSpec()
	s.Roles = append(s.Roles, rbac.Role{ID: "guard", Kind: rbac.KindDeveloper})
	s.Exclusive = [][]rbac.RoleID{{"guard", "builder"}}
	s.AtMost = map[rbac.RoleID]int{"guard": 3}
	assert.Equal(t, []string{"! builder: validate its holders again, it excludes more roles"},
		signed(rbac.Diff(rbac.Must(rbac.New(officeSpec())), rbac.Must(rbac.New(s)))))
	s.AtLeast = map[rbac.RoleID]int{"guard": 1}
	assert.Contains(t, signed(rbac.Diff(rbac.Must(rbac.New(officeSpec())), rbac.Must(rbac.New(s)))), "! guard: validate its holders again, at least 1 are needed")
}

func TestDiffOfNoPolicy(t *testing.T) {
	office := rbac.Must(rbac.New(officeSpec()))
	gains := []string{
		"+ builder gains program.release: assigned on miniprogram",
		"+ chief gains office.open: workspace on workspace",
		"+ chief gains program.release: workspace on miniprogram",
		"+ owner gains program.release: tenant on miniprogram",
	}
	losses := []string{
		"! builder: validate its holders again, the role is gone",
		"- builder loses program.release: assigned on miniprogram",
		"! chief: validate its holders again, the role is gone",
		"- chief loses office.open: workspace on workspace",
		"- chief loses program.release: workspace on miniprogram",
		"! owner: validate its holders again, the role is gone",
		"- owner loses program.release: tenant on miniprogram",
	}
	for name, nothing := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Equal(t, gains, signed(rbac.Diff(nothing, office)), "from the %s policy", name)
		assert.Equal(t, losses, signed(rbac.Diff(office, nothing)), "to the %s policy", name)
		assert.Empty(t, rbac.Diff(nothing, nothing), "of the %s policy and itself", name)
	}
	assert.Empty(t, rbac.Diff(rbac.Default(), rbac.Default()))
}

func TestAChangeHoldsItsParts(t *testing.T) {
	s := officeSpec()
	s.Roles[0].Permissions["program.release"] = rbac.ScopeWorkspace
	s.FourEyes = []rbac.Action{"program.release"}
	changes := rbac.Diff(rbac.Must(rbac.New(officeSpec())), rbac.Must(rbac.New(s)))
	require.NotEmpty(t, changes)
	assert.Equal(t, rbac.Change{
		Role:   "builder",
		Action: "program.release",
		Before: rbac.Grant{Kind: rbac.KindDeveloper, Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram},
		After:  rbac.Grant{Kind: rbac.KindDeveloper, Scope: rbac.ScopeWorkspace, Target: rbac.OnMiniProgram, FourEyes: true},
	}, changes[0])
}

// randomPolicy has three actions and three roles, of which the last may be missing.
func randomPolicy(random *rand.Rand) *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for _, action := range []rbac.Action{"a", "b", "c"} {
		spec.Actions[action] = rbac.Target(1 + random.IntN(7))
		if oneIn(random, 3) {
			spec.FourEyes = append(spec.FourEyes, action)
		}
	}
	for _, id := range []rbac.RoleID{"one", "two", "three"}[:2+random.IntN(2)] {
		role := rbac.Role{ID: id, Kind: anyOf(random, rbac.KindTenant, rbac.KindDeveloper), Permissions: rbac.Permissions{}}
		for _, action := range []rbac.Action{"a", "b", "c"} { // not the map, whose order is another each time
			target, scope := spec.Actions[action], rbac.Scope(random.IntN(16))
			if role.Kind == rbac.KindDeveloper {
				scope &^= rbac.ScopeTenant
			}
			if oneIn(random, 2) {
				scope &= rbac.Scope(random.IntN(16))
			}
			role.Permissions[action] = usableScopes(role.Kind, scope, target)
		}
		spec.Roles = append(spec.Roles, role)
	}
	return rbac.Must(rbac.New(spec))
}

// For every role, what Diff says is gained and lost is what a holder, who holds nothing else, gains and loses.
func TestDiffSaysWhatHoldersFind(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 71))
	gained, lost := 0, 0
	wrong := make(map[string]bool)
	for range 400 {
		old, new := randomPolicy(random), randomPolicy(random)
		said := make(map[rbac.RoleID]map[rbac.Action]rbac.Change)
		for _, change := range rbac.Diff(old, new) {
			if said[change.Role] == nil {
				said[change.Role] = make(map[rbac.Action]rbac.Change)
			}
			said[change.Role][change.Action] = change
		}
		for _, role := range []rbac.RoleID{"one", "two", "three"} {
			for _, action := range []rbac.Action{"a", "b", "c"} {
				gains, loses := foundByHolders(old, new, role, action)
				change := said[role][action]
				if change.Gains() != gains || change.Loses() != loses {
					wrong[fmt.Sprintf("holders gain: %t, lose: %t; Diff says: %s (gains: %t, loses: %t)", gains, loses, change, change.Gains(), change.Loses())] = true
				}
				gained += map[bool]int{true: 1}[gains]
				lost += map[bool]int{true: 1}[loses]
			}
		}
	}
	assert.Greater(t, gained, 500, "what holders gain")
	assert.Greater(t, lost, 500, "what holders lose")
	assert.Empty(t, slices.Sorted(maps.Keys(wrong)))
}

// foundByHolders says whether a holder of the role, of either kind of workspace, may do the action to something now
// and could not before, and the other way round.
func foundByHolders(old, new *rbac.Policy, role rbac.RoleID, action rbac.Action) (gains, loses bool) {
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		holder := staff("ann", place, inRole(role, "mp-1"))
		before, after := old.BindAt(noon, holder), new.BindAt(noon, holder)
		for _, r := range listedResources() {
			could, can := before.Can(action, r), after.Can(action, r)
			gains = gains || can && !could
			loses = loses || could && !can
		}
	}
	return gains, loses
}
