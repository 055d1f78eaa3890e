package rbac_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMustPanicsOnAnError(t *testing.T) {
	t.Parallel()
	p, err := rbac.New(rbac.Defaults())
	assert.Same(t, p, rbac.Must(p, err))
	_, err = rbac.New(rbac.Spec{FourEyes: []rbac.Action{"no.such"}})
	require.Error(t, err)
	assert.PanicsWithError(t, err.Error(), func() { rbac.Must(nil, err) })
}

func TestDefaultIsOnePolicy(t *testing.T) {
	t.Parallel()
	assert.Same(t, rbac.Default(), rbac.Default())
	assert.Equal(t, rbac.Must(rbac.New(rbac.Defaults())).Spec(), rbac.Default().Spec())
}

func TestCheckGrantsWhatTheDefaultRolesAllow(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	wendy, rita := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin)),
		staff("rita", wallet, inRole(rbac.WorkspaceReviewer))
	walt, otto := staff("walt", wallet, inRole(rbac.WorkspaceDeveloper, "mp-1")),
		staff("otto", wallet, inRole(rbac.WorkspaceOperator))
	dora, alice := staff("dora", shop, inRole(rbac.DeveloperAdmin)),
		staff("alice", shop, inRole(rbac.Developer, "mp-41", "mp-42"))
	olga := staff("olga", shop, inRole(rbac.Operator))
	for _, row := range []struct {
		sentence string
		member   rbac.Member
		action   rbac.Action
		resource rbac.Resource
		want     rbac.Decision
	}{
		{"wendy sees mp-42 of a merchant",
			wendy, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		{"wendy sees mp-1 of the wallet",
			wendy, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1"), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		{"wendy releases mp-1 of the wallet", wendy, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1"),
			granted(rbac.WorkspaceAdmin, rbac.ScopeWorkspace)},
		{"wendy sees the details of the shop",
			wendy, rbac.ViewDeveloperWorkspace, shop.Resource(), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		{"wendy invites members of the wallet",
			wendy, rbac.InviteMember, wallet.Resource(), granted(rbac.WorkspaceAdmin, rbac.ScopeWorkspace)},
		{"wendy withdraws her own request", wendy, rbac.WithdrawRequest, wallet.MiniProgram("mp-1").OwnedBy("wendy"),
			granted(rbac.WorkspaceAdmin, rbac.ScopeOwn)},
		{"rita decides the release of mp-42 of a merchant", rita, rbac.DecideRelease,
			shop.MiniProgram("mp-42").OwnedBy("alice"), granted(rbac.WorkspaceReviewer, rbac.ScopeTenant)},
		{"rita decides a release that nobody owns",
			rita, rbac.DecideRelease, shop.MiniProgram("mp-42"), granted(rbac.WorkspaceReviewer, rbac.ScopeTenant)},
		{"walt releases the assigned mp-1", walt, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1"),
			granted(rbac.WorkspaceDeveloper, rbac.ScopeAssigned)},
		{"walt releases the assigned mp-1, whosever it is", walt, rbac.ReleaseMiniProgram,
			wallet.MiniProgram("mp-1").OwnedBy("wendy"), granted(rbac.WorkspaceDeveloper, rbac.ScopeAssigned)},
		{"walt adds features to the wallet",
			walt, rbac.AddFeature, wallet.Resource(), granted(rbac.WorkspaceDeveloper, rbac.ScopeWorkspace)},
		{"otto reads a merchant's feedback",
			otto, rbac.ViewFeedback, shop.MiniProgram("mp-42"), granted(rbac.WorkspaceOperator, rbac.ScopeTenant)},
		{"dora releases any mini program of the shop", dora, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-77"),
			granted(rbac.DeveloperAdmin, rbac.ScopeWorkspace)},
		{"alice releases the assigned mp-42",
			alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"), granted(rbac.Developer, rbac.ScopeAssigned)},
		{"alice releases the assigned mp-41",
			alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-41"), granted(rbac.Developer, rbac.ScopeAssigned)},
		{"alice sees her own request",
			alice, rbac.ViewRequest, shop.Resource().OwnedBy("alice"), granted(rbac.Developer, rbac.ScopeOwn)},
		{"olga runs the shop's campaigns",
			olga, rbac.ManageCampaigns, shop.Resource(), granted(rbac.Operator, rbac.ScopeWorkspace)},
		{"olga reads the analytics of a mini program not assigned to her",
			olga, rbac.ViewMetrics, shop.MiniProgram("mp-42"), granted(rbac.Operator, rbac.ScopeWorkspace)},
	} {
		assert.Equal(t, row.want, rbac.Default().Check(row.member, row.action, row.resource), row.sentence)
		assert.True(t, rbac.Default().Can(row.member, row.action, row.resource), row.sentence)
		assert.True(t, rbac.Can(row.member, row.action, row.resource), row.sentence)
	}
}

func TestCheckAtHasAReasonForEveryRefusal(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	reached := make(map[rbac.Reason]bool)
	for _, row := range refusals() {
		d := p.CheckAt(noon, row.member, row.action, row.resource)
		assert.Equal(t, row.reason.String(), d.Reason.String(), row.sentence)
		assert.False(t, d.Allowed, row.sentence)
		assert.Zero(t, d.Role, row.sentence)
		assert.Zero(t, d.Scope, row.sentence)
		assert.ErrorIs(t, d.Err(), rbac.ErrDenied, row.sentence)
		reached[d.Reason] = true
	}
	for reason := rbac.ReasonUnknownAction; reason < rbac.ReasonSelf; reason++ {
		assert.True(t, reached[reason], "some request is refused as %s", reason)
	}
}

func TestCheckOfNoPolicyRefusesEverything(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	for sentence, p := range map[string]*rbac.Policy{"the nil policy": nil, "the zero policy": {}} {
		assert.False(t, p.Can(wendy, rbac.ViewApp, wallet.Resource()), sentence)
		for _, d := range []rbac.Decision{
			p.Check(wendy, rbac.ViewApp, wallet.Resource()),
			p.CheckAt(noon, wendy, rbac.ViewApp, wallet.Resource()),
			p.Check(rbac.Member{}, "", rbac.Resource{}),
		} {
			assert.False(t, d.Allowed, sentence)
			assert.Equal(t, rbac.ReasonNoPolicy, d.Reason, sentence)
		}
		assert.EqualError(t, p.Check(wendy, rbac.ViewApp, wallet.Resource()).Err(),
			"rbac: app.view denied: no policy decided it", sentence)
	}
}

// A policy of no specs is a policy: it knows no action.
func TestCheckOfAnEmptyPolicyKnowsNoAction(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	for sentence, specs := range map[string][]rbac.Spec{"no specs": nil, "an empty spec": {{}}, "two empty specs": {{}, {}}} {
		p, err := rbac.New(specs...)
		require.NoError(t, err, sentence)
		assert.Equal(t, rbac.ReasonUnknownAction, p.Check(wendy, rbac.ViewApp, wallet.Resource()).Reason, sentence)
		assert.False(t, p.Can(wendy, rbac.ViewApp, wallet.Resource()), sentence)
		assert.Equal(t, rbac.Spec{}, emptied(p.Spec()), sentence)
	}
}

// emptied leaves nothing of a spec that holds nothing: an empty map is as good as none.
func emptied(s rbac.Spec) rbac.Spec {
	if len(s.Actions)+len(s.Extend)+len(s.AtLeast)+len(s.AtMost) == 0 {
		s.Actions, s.Extend, s.AtLeast, s.AtMost = nil, nil, nil, nil
	}
	return s
}

// A request that is wrong in every way is mended one thing at a time; each time the next thing that is wrong is named.
func TestCheckAtGivesReasonsInOrder(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	shop := wallet.Developer("shop")
	m := rbac.Member{Status: rbac.StatusBlocked, Workspace: rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}}
	a, r := rbac.Action("app.frobnicate"), bank.Resource()
	r.Workspace.Tenant = ""
	for _, step := range []struct {
		reason rbac.Reason
		mend   func()
	}{
		{rbac.ReasonUnknownAction, func() { a = rbac.ReleaseMiniProgram }},
		{rbac.ReasonInvalidMember, func() { m.ID = "alice" }},
		{rbac.ReasonInvalidWorkspace, func() { m.Workspace = shop }},
		{rbac.ReasonInvalidWorkspace, func() { r.Workspace = bank }},
		{rbac.ReasonOtherTenant, func() { r.Workspace = wallet }},
		{rbac.ReasonOtherWorkspace, func() { r.Workspace = shop }},
		{rbac.ReasonBlocked, func() { m.Status = rbac.StatusActive }},
		{rbac.ReasonWrongTarget, func() { r.MiniProgram = "mp-42" }},
		{rbac.ReasonNoRole, func() { m.Assignments = []rbac.Assignment{inRole("developr")} }},
		{rbac.ReasonUnknownRole, func() { m.Assignments[0].Role = rbac.WorkspaceAdmin }},
		{rbac.ReasonOtherKind, func() { m.Assignments[0].Role = rbac.Operator }},
		{rbac.ReasonNotGranted, func() { m.Assignments[0].Role = rbac.Developer }},
		{rbac.ReasonNotAssigned, func() { m.Assignments[0].MiniPrograms = []string{"mp-42"} }},
		{rbac.ReasonOwnerUnknown, func() { r.Owner = "alice" }},
		{rbac.ReasonOwnRequest, func() { m.Assignments[0].NotAfter = noon }},
		{rbac.ReasonExpired,
			func() { m.Assignments[0].NotBefore, m.Assignments[0].NotAfter = noon.Add(1), time.Time{} }},
		{rbac.ReasonNotYet, func() { m.Assignments[0].NotBefore, r.Owner = time.Time{}, "bob" }},
		{rbac.ReasonGranted, func() {}},
	} {
		require.Equal(t, step.reason.String(), p.CheckAt(noon, m, a, r).Reason.String())
		step.mend()
	}
}

// Whoever may not see a resource gets the same answer whatever else is wrong, so that the answers of a blocked member tell
// nothing of it either.
func TestCheckHidesOtherWorkspacesForEveryStatus(t *testing.T) {
	t.Parallel()
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	shop := wallet.Developer("shop")
	for sentence, row := range map[string]struct {
		resource rbac.Resource
		reason   rbac.Reason
	}{
		"no workspace":     {rbac.Resource{}, rbac.ReasonInvalidWorkspace},
		"another tenant":   {bank.MiniProgram("mp-1"), rbac.ReasonOtherTenant},
		"another merchant": {wallet.Developer("cafe").MiniProgram("mp-1"), rbac.ReasonOtherWorkspace},
	} {
		for status := rbac.StatusInvited; status <= rbac.StatusDeleted; status++ {
			m := staff("alice", shop, inRole(rbac.Developer, "mp-1"))
			m.Status = status
			for _, action := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace} {
				assert.Equal(t, row.reason.String(), rbac.Default().Check(m, action, row.resource).Reason.String(),
					"%s, a member who is %s", sentence, status)
			}
		}
	}
}

// failure is an assignment that fails, and why.
type failure struct {
	reason     rbac.Reason
	assignment rbac.Assignment
}

func TestCheckAtGivesTheReasonOfTheNearestAssignment(t *testing.T) {
	t.Parallel()
	const act = rbac.Action("thing.act")
	p := rbac.Must(rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{act: rbac.OnMiniProgram},
		Roles: []rbac.Role{
			{ID: "tenants", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: rbac.ScopeTenant}},
			{ID: "homes", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: rbac.ScopeWorkspace}},
			{ID: "assignees", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: rbac.ScopeAssigned}},
			{ID: "owners", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: rbac.ScopeOwn}},
			{ID: "others", Kind: rbac.KindTenant},
			{ID: "merchants", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{act: rbac.ScopeWorkspace}},
		},
	}))
	wallet := rbac.Tenant("wallet")
	early := rbac.Assignment{Role: "tenants", NotBefore: noon.Add(1)}
	late := rbac.Assignment{Role: "tenants", NotAfter: noon}
	atHome := []failure{
		{rbac.ReasonUnknownRole, inRole("nobody")},
		{rbac.ReasonOtherKind, inRole("merchants")},
		{rbac.ReasonNotGranted, inRole("others")},
		{rbac.ReasonNotOwner, inRole("owners")},
		{rbac.ReasonNotAssigned, inRole("assignees", "mp-2")},
		{rbac.ReasonExpired, late},
		{rbac.ReasonNotYet, early},
	}
	atAMerchant := []failure{
		{rbac.ReasonUnknownRole, inRole("nobody")},
		{rbac.ReasonOtherKind, inRole("merchants")},
		{rbac.ReasonNotGranted, inRole("others")},
		{rbac.ReasonOwnWorkspaceOnly, inRole("homes")},
		{rbac.ReasonExpired, late},
		{rbac.ReasonNotYet, early},
	}
	for place, row := range map[rbac.Workspace][]failure{wallet: atHome, wallet.Developer("shop"): atAMerchant} {
		for i, farther := range row {
			for _, nearer := range row[i:] {
				for _, both := range [][]rbac.Assignment{{farther.assignment, nearer.assignment},
					{nearer.assignment, farther.assignment}} {
					d := p.CheckAt(noon, staff("ann", wallet, both...), act, place.MiniProgram("mp-1"))
					assert.Equal(t, nearer.reason.String(), d.Reason.String(), "roles %s and %s in the %s workspace",
						both[0].Role, both[1].Role, place.Kind)
				}
			}
		}
	}
}

func TestCheckAtNamesTheFirstAssignmentThatGrants(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	admin, operator := inRole(rbac.WorkspaceAdmin), inRole(rbac.WorkspaceOperator, "mp-1")
	reviewer := inRole(rbac.WorkspaceReviewer)
	mp1 := wallet.MiniProgram("mp-1")
	for sentence, row := range map[string]struct {
		member rbac.Member
		want   rbac.Decision
	}{
		"the wider grant first": {staff("ann", wallet, admin, operator),
			granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		"the narrower grant first": {staff("ann", wallet, operator, admin),
			granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
		"one that does not grant goes by": {staff("ann", wallet, reviewer, operator),
			granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
		"one that nobody knows goes by": {staff("ann", wallet, inRole("nobody"), admin),
			granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		"one that is over goes by": {staff("ann", wallet,
			rbac.Assignment{Role: rbac.WorkspaceAdmin, NotAfter: noon}, operator),
			granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
		"the same role with other program": {staff("ann", wallet, inRole(rbac.WorkspaceOperator, "mp-2"), operator),
			granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
	} {
		assert.Equal(t, row.want, rbac.Default().CheckAt(noon, row.member, rbac.ViewMiniProgram, mp1), sentence)
	}
}

// The scope of a decision is the widest of a role's through which it reaches the resource, though the role has others.
func TestCheckNamesTheWidestScope(t *testing.T) {
	t.Parallel()
	const act = rbac.Action("thing.act")
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	for scopes := rbac.Scope(1); scopes < 16; scopes++ {
		p := rbac.Must(rbac.New(rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{act: rbac.OnMiniProgram},
			Roles:   []rbac.Role{{ID: "role", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: scopes}}},
		}))
		ann := staff("ann", wallet, inRole("role", "mp-1"))
		for sentence, row := range map[string]struct {
			resource rbac.Resource
			reached  []rbac.Scope // by which the resource is reached, the widest first
		}{
			"her own that is assigned": {wallet.MiniProgram("mp-1").OwnedBy("ann"),
				[]rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn, rbac.ScopeAssigned}},
			"another's, assigned": {wallet.MiniProgram("mp-1").OwnedBy("bob"),
				[]rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeAssigned}},
			"her own, not assigned": {wallet.MiniProgram("mp-2").OwnedBy("ann"),
				[]rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn}},
			"neither": {wallet.MiniProgram("mp-2"),
				[]rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace}},
			"a merchant's": {shop.MiniProgram("mp-1").OwnedBy("ann"), []rbac.Scope{rbac.ScopeTenant}},
		} {
			want := widestOf(row.reached, scopes)
			d := p.Check(ann, act, row.resource)
			assert.Equal(t, want.String(), d.Scope.String(), "%s, through %s", sentence, scopes)
			assert.Equal(t, want != 0, d.Allowed, "%s, through %s", sentence, scopes)
		}
	}
}

func widestOf(order []rbac.Scope, scopes rbac.Scope) rbac.Scope {
	i := slices.IndexFunc(order, func(s rbac.Scope) bool { return scopes&s != 0 })
	if i < 0 {
		return 0
	}
	return order[i]
}

// An empty ID is no ID: it is not equal to another empty one.
func TestCanTreatsEmptyIDsAsUnequal(t *testing.T) {
	t.Parallel()
	const act = rbac.Action("thing.act")
	p := rbac.Must(rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{act: rbac.OnAny},
		Roles: []rbac.Role{
			{ID: "owner", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: rbac.ScopeOwn}},
			{ID: "assignee", Kind: rbac.KindTenant, Permissions: rbac.Permissions{act: rbac.ScopeAssigned}},
		},
	}))
	wallet := rbac.Tenant("wallet")
	for sentence, row := range map[string]struct {
		member   rbac.Member
		resource rbac.Resource
	}{
		"a member without an ID is no owner": {staff("", wallet, inRole("owner")), wallet.MiniProgram("mp-1")},
		"an empty mini program is not assigned": {staff("ann", wallet, inRole("assignee", "")),
			wallet.Resource()},
		"a workspace is no assigned mini program": {staff("ann", wallet, inRole("assignee", "", "mp-1")),
			wallet.Resource()},
		"a member of an empty tenant sees nothing": {staff("ann", rbac.Tenant(""), inRole("owner")),
			rbac.Tenant("").Resource().OwnedBy("ann")},
		"a resource without an owner is not anyone's": {staff("ann", wallet, inRole("owner")), wallet.Resource()},
	} {
		assert.False(t, p.Can(row.member, act, row.resource), sentence)
		assert.False(t, p.Bind(row.member).Can(act, row.resource), sentence)
	}
}

// A mini program of one assignment does not go with the role of another.
func TestCanDoesNotCombineAssignments(t *testing.T) {
	t.Parallel()
	shop := rbac.Tenant("wallet").Developer("shop")
	m := staff("alice", shop, inRole(rbac.Developer, "mp-1"), inRole(rbac.Operator, "mp-2"))
	assert.True(t, rbac.Can(m, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")), "alice develops mp-1")
	assert.True(t, rbac.Can(m, rbac.ViewMiniProgram, shop.MiniProgram("mp-2")), "alice operates mp-2")
	assert.False(t, rbac.Can(m, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-2")), "alice does not develop mp-2")
	assert.False(t, rbac.Can(m, rbac.ViewMiniProgram, shop.MiniProgram("mp-3")), "alice has nothing to do with mp-3")
}

func TestCanAsksForFourEyesOnTheNamedActionOnly(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	wallet := rbac.Tenant("wallet")
	rita := staff("rita", wallet, inRole(rbac.WorkspaceReviewer))
	release := wallet.MiniProgram("mp-1")
	assert.True(t, p.Can(rita, rbac.DecideRelease, release.OwnedBy("walt")), "rita decides another's release")
	assert.True(t, p.Can(rita, rbac.DecideRelease, release.OwnedBy("Rita")), "an ID is compared byte by byte")
	assert.False(t, p.Can(rita, rbac.DecideRelease, release.OwnedBy("rita")), "rita does not decide her own")
	assert.False(t, p.Can(rita, rbac.DecideRelease, release), "rita does not decide what may be her own")
	assert.True(t, p.Can(rita, rbac.DecideRemoval, release.OwnedBy("rita")), "removals take one person")
	assert.True(t, p.Can(rita, rbac.DecideRemoval, release), "removals take one person, whoever it is")
}

func TestCheckReadsTheClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for sentence, row := range map[string]struct {
		assignment rbac.Assignment
		reason     rbac.Reason
	}{
		"an assignment of this hour": {rbac.Assignment{NotBefore: now.Add(-time.Hour),
			NotAfter: now.Add(time.Hour)}, rbac.ReasonGranted},
		"an assignment of the last hour": {rbac.Assignment{NotAfter: now.Add(-time.Hour)}, rbac.ReasonExpired},
		"an assignment of the next hour": {rbac.Assignment{NotBefore: now.Add(time.Hour)}, rbac.ReasonNotYet},
	} {
		row.assignment.Role = rbac.WorkspaceAdmin
		m := staff("ann", rbac.Tenant("wallet"), row.assignment)
		assert.Equal(t, row.reason.String(),
			rbac.Default().Check(m, rbac.ViewApp, m.Workspace.Resource()).Reason.String(), sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, rbac.Default().Can(m, rbac.ViewApp, m.Workspace.Resource()),
			sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, rbac.Can(m, rbac.ViewApp, m.Workspace.Resource()), sentence)
	}
}

// Without bounds no clock can change an answer.
func TestCheckAtIgnoresTheTimeWithoutBounds(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	for _, row := range refusals() {
		if slices.ContainsFunc(row.member.Assignments,
			func(a rbac.Assignment) bool { return !a.NotBefore.IsZero() || !a.NotAfter.IsZero() }) {
			continue
		}
		d := p.Check(row.member, row.action, row.resource)
		assert.Equal(t, row.reason.String(), d.Reason.String(), row.sentence)
		for _, now := range []time.Time{{}, time.Unix(-1<<40, 0), time.Unix(0, 0), noon, time.Unix(1<<55, 0)} {
			assert.Equal(t, d, p.CheckAt(now, row.member, row.action, row.resource), "%s, at %s", row.sentence, now)
		}
	}
}

// costly are requests of every kind, beside a policy and members of the sizes that a large host has.
func costly(t *testing.T) (*rbac.Policy, []refused) {
	t.Helper()
	p,
		err := rbac.New(rbac.Defaults(),
		rbac.Spec{Roles: manyRoles(5_000, "extra_"),
			FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}})
	require.NoError(t, err)
	shop := rbac.Tenant("wallet").Developer("shop")
	huge, programs := staff("huge", shop), make([]string, 1_000)
	for i := range programs {
		programs[i] = fmt.Sprintf("mp-%d", i)
	}
	for range 2_000 {
		huge.Assignments = append(huge.Assignments, inRole(rbac.Operator, "mp-1"),
			rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs[990:], NotBefore: noon.AddDate(900, 0, 0)})
	}
	huge.Assignments = append(huge.Assignments, inRole(rbac.Developer, programs...))
	bounded := staff("alice", shop,
		rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs, NotBefore: noon.AddDate(-9, 0, 0),
			NotAfter: noon.AddDate(900, 0, 0)})
	return p, append(refusals(),
		refused{"allowed", bounded, rbac.DebugMiniProgram, shop.MiniProgram("mp-999"), rbac.ReasonGranted},
		refused{"allowed by the last of 4,001 assignments", huge, rbac.DebugMiniProgram, shop.MiniProgram("mp-999"),
			rbac.ReasonGranted},
		refused{"denied by all of 4,001 assignments", huge, rbac.DebugMiniProgram, shop.MiniProgram("mp-1000"),
			rbac.ReasonNotAssigned},
	)
}

func TestCanAndCheckAllocateNothing(t *testing.T) {
	p, requests := costly(t)
	for _, q := range requests {
		at, bound := p.BindAt(noon, q.member), p.Bind(q.member)
		filter := at.Filter(q.action)
		require.Equal(t, q.reason.String(), at.Check(q.action, q.resource).Reason.String(), q.sentence)
		for name, ask := range map[string]func(){
			"Can":           func() { p.Can(q.member, q.action, q.resource) },
			"Check":         func() { p.Check(q.member, q.action, q.resource) },
			"CheckAt":       func() { p.CheckAt(noon, q.member, q.action, q.resource) },
			"the package's": func() { rbac.Can(q.member, q.action, q.resource) },
			"Subject.Can":   func() { at.Can(q.action, q.resource); bound.Can(q.action, q.resource) },
			"Subject.Check": func() { at.Check(q.action, q.resource); bound.Check(q.action, q.resource) },
			"Filter.Match":  func() { filter.Match(q.resource) },
		} {
			assert.Zero(t, testing.AllocsPerRun(5, ask), "allocations of %s: %s", name, q.sentence)
		}
	}
}

func TestPolicyRolesAreInNameOrder(t *testing.T) {
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

func TestPolicyRolesAreCopies(t *testing.T) {
	role := firstOf(rbac.Default().Roles())
	role.Permissions[rbac.ManageWorkspace] = rbac.ScopeWorkspace
	assert.NotContains(t, firstOf(rbac.Default().Roles()).Permissions, rbac.ManageWorkspace)
	assert.False(t, rbac.Can(staff("ann", theShop, inRole(rbac.Developer)), rbac.ManageWorkspace, theShop.Resource()))
}

func TestPolicyActionsAreInNameOrder(t *testing.T) {
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

func TestRolesWithCoversTheScope(t *testing.T) {
	release := rbac.ReleaseMiniProgram
	tests := []struct {
		name   string
		action rbac.Action
		scope  rbac.Scope
		want   []rbac.RoleID
	}{
		{"assigned, which the workspace covers", release, rbac.ScopeAssigned,
			[]rbac.RoleID{rbac.Developer, rbac.DeveloperAdmin, regional, releaser, signer, rbac.WorkspaceAdmin,
				rbac.WorkspaceDeveloper}},
		{"own, which the workspace covers and assigned does not",
			release, rbac.ScopeOwn, []rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}},
		{"own and assigned", release, rbac.ScopeOwn | rbac.ScopeAssigned,
			[]rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}},
		{"the workspace",
			release, rbac.ScopeWorkspace, []rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}},
		{"the tenant", release, rbac.ScopeTenant, nil},
		{"the tenant, where some have it", readReports, rbac.ScopeTenant, []rbac.RoleID{fleet, regional}},
		{"the workspace, which the tenant covers",
			readReports, rbac.ScopeWorkspace, []rbac.RoleID{fleet, reader, regional, tenantRead, walletOnly}},
		{"the first action of the policy", rbac.SetTwoFactor, rbac.ScopeOwn,
			[]rbac.RoleID{rbac.Developer, rbac.DeveloperAdmin, rbac.Operator, rbac.WorkspaceAdmin,
				rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, rbac.WorkspaceReviewer}},
		{"the zero scope", release, 0, nil},
		{"an unknown scope", release, 16, nil},
		{"an unknown action", "miniprogram.relase", rbac.ScopeOwn, nil},
		{"no action", "", rbac.ScopeOwn, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Collect(offices.RolesWith(test.action, test.scope))
			assert.Equal(t, test.want, got)
			assert.Equal(t, append(test.want, "")[0], firstOf(offices.RolesWith(test.action, test.scope)),
				"the first, where the caller stops")
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
		{"not one whose role is over",
			[]rbac.Member{staff("cy", theShop, until(ago, inRole(rbac.DeveloperAdmin)))}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Collect(rbac.Default().WhoCan(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"),
				slices.Values(test.members)))
			assert.Equal(t, test.want, got)
		})
	}
	assert.Empty(t, slices.Collect(rbac.Default().WhoCan(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"), nil)),
		"of no sequence")
}

func TestWhoCanAsksForNoMoreMembersThanAreTaken(t *testing.T) {
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

func TestPolicyRolesActionsRolesWithAndWhoCanOfNoPolicy(t *testing.T) {
	ann := staff("ann", theShop, inRole(rbac.DeveloperAdmin))
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Empty(t, slices.Collect(policy.Roles()), "Roles of the %s policy", name)
		assert.Empty(t, maps.Collect(policy.Actions()), "Actions of the %s policy", name)
		assert.Equal(t, rbac.Permissions{}, policy.Permissions(ann), "Permissions of the %s policy", name)
		assert.Equal(t, rbac.Permissions{}, policy.PermissionsAt(noon, ann), "PermissionsAt of the %s policy", name)
		assert.Empty(t, slices.Collect(policy.RolesWith(rbac.EditFeature, rbac.ScopeOwn)), "RolesWith of the %s policy",
			name)
		assert.Empty(t, slices.Collect(policy.WhoCan(rbac.EditFeature, theShop.Resource(),
			slices.Values([]rbac.Member{ann}))), "WhoCan of the %s policy", name)
		want := "feature.edit: denied, no policy decided it\n  developer_admin: no policy decided it"
		assert.Equal(t, want, policy.Explain(ann, rbac.EditFeature, theShop.Resource()).String(),
			"Explain of the %s policy", name)
	}
}

func TestPolicySpecBuildsAnEqualPolicy(t *testing.T) {
	t.Parallel()
	p := rbac.Must(rbac.New(rbac.Defaults(), everything()))
	again, err := rbac.New(p.Spec())
	require.NoError(t, err)
	assert.Equal(t, p.Spec(), again.Spec())
	assert.Equal(t, p.Fingerprint(), again.Fingerprint())
	assert.Empty(t, rbac.Diff(p, again))
	ids := slices.Collect(func(yield func(rbac.RoleID) bool) {
		for _, role := range p.Spec().Roles {
			yield(role.ID)
		}
	})
	assert.True(t, slices.IsSorted(ids), "roles are in the order of names: %s", ids)
}

func TestPolicySpecAndFingerprintOfNoPolicy(t *testing.T) {
	t.Parallel()
	for sentence, p := range map[string]*rbac.Policy{"the nil policy": nil, "the zero policy": {}} {
		assert.Equal(t, rbac.Spec{}, p.Spec(), sentence)
		assert.Empty(t, p.Fingerprint(), sentence)
	}
}

// spoilSpec changes all that a spec refers to.
func spoilSpec(s rbac.Spec) {
	clear(s.Actions)
	for i := range s.Roles {
		clear(s.Roles[i].Permissions)
		s.Roles[i] = rbac.Role{ID: "spoiled"}
	}
	for id := range s.Extend {
		clear(s.Extend[id])
	}
	clear(s.Extend)
	for i := range s.Exclusive {
		clear(s.Exclusive[i])
	}
	clear(s.Exclusive)
	clear(s.FourEyes)
	clear(s.AtLeast)
	clear(s.AtMost)
}

func TestNewAndPolicySpecShareNothingWithTheCaller(t *testing.T) {
	t.Parallel()
	defaults, spec := rbac.Defaults(), everything()
	p := rbac.Must(rbac.New(defaults, spec))
	want, fingerprint := p.Spec(), p.Fingerprint()
	ann := staff("ann", rbac.Tenant("wallet"), inRole("auditor"))
	export := ann.Workspace.MiniProgram("mp-1").OwnedBy("bob")
	require.True(t, p.Can(ann, "report.export", export))

	spoilSpec(defaults)
	spoilSpec(spec)
	spoilSpec(p.Spec())
	assert.Equal(t, want, p.Spec())
	assert.Equal(t, fingerprint, p.Fingerprint())
	assert.Equal(t, fingerprint, rbac.Must(rbac.New(p.Spec())).Fingerprint())
	assert.True(t, p.Can(ann, "report.export", export))
	assert.False(t, p.Can(ann, "report.export", export.OwnedBy("ann")))
}

func TestNewLeavesItsSpecsAsTheyWere(t *testing.T) {
	t.Parallel()
	spec := everything()
	spec.Exclusive = append(spec.Exclusive, []rbac.RoleID{rbac.WorkspaceDeveloper, rbac.WorkspaceAdmin},
		[]rbac.RoleID{rbac.WorkspaceAdmin, "auditor"})
	spec.FourEyes = []rbac.Action{"report.print", "report.export", "report.print"}
	spec.Roles[0].Permissions["report.export"] = 0
	before := fmt.Sprintf("%#v", spec)
	rbac.Must(rbac.New(rbac.Defaults(), spec))
	assert.Equal(t, before, fmt.Sprintf("%#v", spec))
}
