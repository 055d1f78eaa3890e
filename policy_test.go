package rbac_test

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
	mp1, mp42 := wallet.MiniProgram("mp-1"), shop.MiniProgram("mp-42")
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	rita := staff("rita", wallet, inRole(rbac.WorkspaceReviewer))
	walt := staff("walt", wallet, inRole(rbac.WorkspaceDeveloper, "mp-1"))
	otto := staff("otto", wallet, inRole(rbac.WorkspaceOperator))
	dora := staff("dora", shop, inRole(rbac.DeveloperAdmin))
	alice := staff("alice", shop, inRole(rbac.Developer, "mp-41", "mp-42"))
	olga := staff("olga", shop, inRole(rbac.Operator))
	for _, row := range []struct {
		sentence string
		member   rbac.Member
		action   rbac.Action
		resource rbac.Resource
		role     rbac.RoleID
		scope    rbac.Scope
	}{
		{"wendy can view mp-42 of a merchant",
			wendy, rbac.ViewMiniProgram, mp42, rbac.WorkspaceAdmin, rbac.ScopeTenant},
		{"wendy can view mp-1 of the wallet",
			wendy, rbac.ViewMiniProgram, mp1, rbac.WorkspaceAdmin, rbac.ScopeTenant},
		{"wendy can release mp-1 of the wallet",
			wendy, rbac.ReleaseMiniProgram, mp1, rbac.WorkspaceAdmin, rbac.ScopeWorkspace},
		{"wendy can view the shop",
			wendy, rbac.ViewDeveloperWorkspace, shop.Resource(), rbac.WorkspaceAdmin, rbac.ScopeTenant},
		{"wendy can invite members of the wallet",
			wendy, rbac.InviteMember, wallet.Resource(), rbac.WorkspaceAdmin, rbac.ScopeWorkspace},
		{"wendy can withdraw her own request",
			wendy, rbac.WithdrawRequest, mp1.OwnedBy("wendy"), rbac.WorkspaceAdmin, rbac.ScopeOwn},
		{"rita can decide the release of mp-42 of a merchant",
			rita, rbac.DecideRelease, mp42.OwnedBy("alice"), rbac.WorkspaceReviewer, rbac.ScopeTenant},
		{"rita can decide a release that nobody owns",
			rita, rbac.DecideRelease, mp42, rbac.WorkspaceReviewer, rbac.ScopeTenant},
		{"walt can release the assigned mp-1",
			walt, rbac.ReleaseMiniProgram, mp1, rbac.WorkspaceDeveloper, rbac.ScopeAssigned},
		{"walt can release the assigned mp-1 of another owner", walt, rbac.ReleaseMiniProgram, mp1.OwnedBy("wendy"),
			rbac.WorkspaceDeveloper, rbac.ScopeAssigned},
		{"walt can add features to the wallet",
			walt, rbac.AddFeature, wallet.Resource(), rbac.WorkspaceDeveloper, rbac.ScopeWorkspace},
		{"otto can read a merchant's feedback",
			otto, rbac.ViewFeedback, mp42, rbac.WorkspaceOperator, rbac.ScopeTenant},
		{"dora can release any mini program of the shop", dora, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-77"),
			rbac.DeveloperAdmin, rbac.ScopeWorkspace},
		{"alice can release the assigned mp-42",
			alice, rbac.ReleaseMiniProgram, mp42, rbac.Developer, rbac.ScopeAssigned},
		{"alice can release the assigned mp-41",
			alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-41"), rbac.Developer, rbac.ScopeAssigned},
		{"alice can view her own request",
			alice, rbac.ViewRequest, shop.Resource().OwnedBy("alice"), rbac.Developer, rbac.ScopeOwn},
		{"olga can run the shop's campaigns",
			olga, rbac.ManageCampaigns, shop.Resource(), rbac.Operator, rbac.ScopeWorkspace},
		{"olga can read the metrics of a mini program that is not assigned to her",
			olga, rbac.ViewMetrics, mp42, rbac.Operator, rbac.ScopeWorkspace},
	} {
		want := granted(row.action, row.role, row.scope)
		assert.Equal(t, want, rbac.Default().Check(row.member, row.action, row.resource), row.sentence)
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
		assert.Equal(t, row.action, d.Action, row.sentence)
		assert.ErrorIs(t, d.Err(), rbac.ErrDenied, row.sentence)
		reached[d.Reason] = true
	}
	for reason := rbac.ReasonInvalidMember; reason < rbac.ReasonSelf; reason++ {
		assert.True(t, reached[reason], "a request is refused as %s", reason)
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
		err := p.Check(wendy, rbac.ViewApp, wallet.Resource()).Err()
		assert.EqualError(t, err, "rbac: app.view denied: no policy decided it", sentence)
	}
}

func TestCheckOfAnEmptyPolicyKnowsNoAction(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	for sentence, specs := range map[string][]rbac.Spec{
		"no spec": nil, "an empty spec": {{}}, "two empty specs": {{}, {}},
	} {
		p, err := rbac.New(specs...)
		require.NoError(t, err, sentence)
		assert.Equal(t, rbac.ReasonUnknownAction, p.Check(wendy, rbac.ViewApp, wallet.Resource()).Reason, sentence)
		assert.False(t, p.Can(wendy, rbac.ViewApp, wallet.Resource()), sentence)
		assert.Equal(t, rbac.Spec{}, emptied(p.Spec()), sentence)
	}
}

// emptied makes empty maps nil, because both mean the same.
func emptied(s rbac.Spec) rbac.Spec {
	if len(s.Actions)+len(s.Labels)+len(s.Extend)+len(s.Administers)+len(s.AtLeast)+len(s.AtMost) == 0 {
		s.Actions, s.Labels, s.Extend, s.Administers, s.AtLeast, s.AtMost = nil, nil, nil, nil, nil, nil
	}
	return s
}

// The request is wrong in every way. Each step fixes what the reason names, and meets the next one.
func TestCheckAtGivesReasonsInOrder(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	shop := wallet.Developer("shop")
	member := inSuspended(staff("", rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}))
	member.Status = rbac.StatusBlocked
	action, resource := rbac.Action("app.frobnicate"), bank.Resource()
	resource.Workspace.Tenant = ""
	hold := func(held rbac.Assignment) { member.Assignments = []rbac.Assignment{held} }
	developer := inRole(rbac.Developer, "mp-42")
	for _, step := range []struct {
		reason  rbac.Reason
		correct func()
	}{
		{rbac.ReasonInvalidMember, func() { member.ID = "alice" }},
		{rbac.ReasonInvalidWorkspace, func() { member.Workspace = shop }},
		{rbac.ReasonBlocked, func() { member.Status = rbac.StatusActive }},
		{rbac.ReasonSuspended, func() { member.Suspended = false }},
		{rbac.ReasonInvalidWorkspace, func() { resource.Workspace = bank }},
		{rbac.ReasonOtherTenant, func() { resource.Workspace = wallet }},
		{rbac.ReasonOtherWorkspace, func() { resource.Workspace = shop }},
		{rbac.ReasonUnknownAction, func() { action = rbac.ReleaseMiniProgram }},
		{rbac.ReasonWrongTarget, func() { resource.MiniProgram = "mp-42" }},
		{rbac.ReasonNoRole, func() { hold(inRole("developr")) }},
		{rbac.ReasonUnknownRole, func() { hold(inRole(rbac.WorkspaceAdmin)) }},
		{rbac.ReasonOtherKind, func() { hold(inRole(rbac.Operator)) }},
		{rbac.ReasonNotGranted, func() { hold(inRole(rbac.Developer)) }},
		{rbac.ReasonNotAssigned, func() { hold(developer) }},
		{rbac.ReasonOwnerUnknown, func() { resource.Owner = "alice" }},
		{rbac.ReasonOwnRequest, func() { hold(until(noon, developer)) }},
		{rbac.ReasonExpired, func() { hold(from(noon.Add(1), developer)) }},
		{rbac.ReasonNotYet, func() { hold(developer); resource.Owner = "bob" }},
		{rbac.ReasonGranted, func() {}},
	} {
		got := p.CheckAt(noon, member, action, resource)
		require.Equal(t, step.reason.String(), got.Reason.String())
		step.correct()
	}
}

// A member gets one answer about what is out of sight, whatever the action, so the answer tells nothing about it.
func TestCheckHidesOtherWorkspaces(t *testing.T) {
	t.Parallel()
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	alice := staff("alice", wallet.Developer("shop"), inRole(rbac.Developer, "mp-1"))
	for sentence, row := range map[string]struct {
		resource rbac.Resource
		reason   rbac.Reason
	}{
		"no workspace":     {rbac.Resource{}, rbac.ReasonInvalidWorkspace},
		"another tenant":   {bank.MiniProgram("mp-1"), rbac.ReasonOtherTenant},
		"another merchant": {wallet.Developer("cafe").MiniProgram("mp-1"), rbac.ReasonOtherWorkspace},
	} {
		for _, action := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace, "no.such", ""} {
			got := rbac.Default().Check(alice, action, row.resource).Reason
			assert.Equal(t, row.reason.String(), got.String(), "%s, the action %q", sentence, action)
			assert.True(t, got.Hidden(), "%s, the action %q", sentence, action)
		}
	}
}

// Who may do nothing gets one answer for every resource, so it tells nothing of what exists.
func TestCheckAnswersWhoMayDoNothingBeforeItLooksAtTheResource(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	places := []rbac.Resource{
		shop.MiniProgram("mp-1"), shop.MiniProgram("no-such"), shop.Resource(), wallet.MiniProgram("mp-1"),
		wallet.Developer("cafe").MiniProgram("mp-1"), rbac.Tenant("bank").Resource(), {},
	}
	members := map[rbac.Reason]func(rbac.Member) rbac.Member{rbac.ReasonSuspended: inSuspended}
	for status, reason := range map[rbac.Status]rbac.Reason{
		rbac.StatusInvited: rbac.ReasonInvited, rbac.StatusBlocked: rbac.ReasonBlocked,
		rbac.StatusWithdrawn: rbac.ReasonWithdrawn, rbac.StatusDeleted: rbac.ReasonDeleted,
	} {
		members[reason] = func(m rbac.Member) rbac.Member { return inSuspended(inStatus(status, m)) }
	}
	for _, alice := range []rbac.Member{
		staff("alice", shop, inRole(rbac.DeveloperAdmin)), staff("alice", wallet, inRole(rbac.WorkspaceAdmin)),
	} {
		for reason, idle := range members {
			for _, place := range places {
				for _, action := range []rbac.Action{rbac.ViewMiniProgram, rbac.ManageWorkspace, "no.such", ""} {
					want := rbac.Decision{Reason: reason, Action: action}
					got := rbac.Default().Check(idle(alice), action, place)
					assert.Equal(t, want, got, "%s of a %s workspace on %+v", reason, alice.Workspace.Kind, place)
				}
			}
		}
	}
}

// A native app suspends a merchant: its members may do nothing, and the native app's still see it.
func TestCheckOfASuspendedWorkspace(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	mp42 := shop.MiniProgram("mp-42")
	dora := staff("dora", shop, inRole(rbac.DeveloperAdmin))
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	require.True(t, rbac.Can(dora, rbac.ReleaseMiniProgram, mp42))
	idle := inSuspended(dora)
	assert.False(t, rbac.Can(idle, rbac.ReleaseMiniProgram, mp42), "dora cannot release mp-42")
	assert.Equal(t, rbac.ReasonSuspended, rbac.Default().Check(idle, rbac.ReleaseMiniProgram, mp42).Reason)
	s := rbac.Default().Bind(idle)
	assert.False(t, s.Can(rbac.ReleaseMiniProgram, mp42), "nor as a Subject")
	assert.Equal(t, rbac.ReasonSuspended, s.Check(rbac.ReleaseMiniProgram, mp42).Reason)
	assert.Empty(t, slices.Collect(s.Actions(mp42)), "there is no button")
	assert.True(t, s.Filter(rbac.ListMiniPrograms).None(), "and no row")
	assert.Empty(t, s.Permissions(), "and no permission")
	assert.True(t, rbac.Can(wendy, rbac.ViewMiniProgram, mp42), "wendy of the wallet still sees mp-42")
}

// failure is an assignment that does not grant, and the reason why.
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
			tenantRole("tenants", rbac.Permissions{act: rbac.ScopeTenant}),
			tenantRole("homes", rbac.Permissions{act: rbac.ScopeWorkspace}),
			tenantRole("assignees", rbac.Permissions{act: rbac.ScopeAssigned}),
			tenantRole("owners", rbac.Permissions{act: rbac.ScopeOwn}),
			tenantRole("others", nil),
			merchantRole("merchants", rbac.Permissions{act: rbac.ScopeWorkspace}),
		},
	}))
	wallet := rbac.Tenant("wallet")
	inTheWallet := []failure{ // each nearer to a grant than the one before
		{rbac.ReasonUnknownRole, inRole("nobody")},
		{rbac.ReasonOtherKind, inRole("merchants")},
		{rbac.ReasonNotGranted, inRole("others")},
		{rbac.ReasonNotOwner, inRole("owners")},
		{rbac.ReasonNotAssigned, inRole("assignees", "mp-2")},
		{rbac.ReasonExpired, until(noon, inRole("tenants"))},
		{rbac.ReasonNotYet, from(noon.Add(1), inRole("tenants"))},
	}
	atAMerchant := []failure{
		{rbac.ReasonUnknownRole, inRole("nobody")},
		{rbac.ReasonOtherKind, inRole("merchants")},
		{rbac.ReasonNotGranted, inRole("others")},
		{rbac.ReasonOwnWorkspaceOnly, inRole("homes")},
		{rbac.ReasonExpired, until(noon, inRole("tenants"))},
		{rbac.ReasonNotYet, from(noon.Add(1), inRole("tenants"))},
	}
	shop := wallet.Developer("shop")
	for place, failures := range map[rbac.Workspace][]failure{wallet: inTheWallet, shop: atAMerchant} {
		for i, far := range failures {
			for _, near := range failures[i:] {
				a, b := far.assignment, near.assignment
				for _, pair := range [][]rbac.Assignment{{a, b}, {b, a}} {
					got := p.CheckAt(noon, staff("ann", wallet, pair...), act, place.MiniProgram("mp-1")).Reason
					assert.Equal(t, near.reason.String(), got.String(), "%v in the %s workspace", pair, place.Kind)
				}
			}
		}
	}
}

func TestCheckAtNamesTheFirstAssignmentThatGrants(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	admin, operator := inRole(rbac.WorkspaceAdmin), inRole(rbac.WorkspaceOperator, "mp-1")
	byAdmin := granted(rbac.ViewMiniProgram, rbac.WorkspaceAdmin, rbac.ScopeTenant)
	byOperator := granted(rbac.ViewMiniProgram, rbac.WorkspaceOperator, rbac.ScopeAssigned)
	for sentence, row := range map[string]struct {
		first, second rbac.Assignment
		want          rbac.Decision
	}{
		"the wider grant is first":                   {admin, operator, byAdmin},
		"the narrower grant is first":                {operator, admin, byOperator},
		"the first does not grant it":                {inRole(rbac.WorkspaceReviewer), operator, byOperator},
		"the first has an unknown role":              {inRole("nobody"), admin, byAdmin},
		"the first has expired":                      {until(noon, admin), operator, byOperator},
		"the first is the same role without program": {inRole(rbac.WorkspaceOperator, "mp-2"), operator, byOperator},
	} {
		ann := staff("ann", wallet, row.first, row.second)
		got := rbac.Default().CheckAt(noon, ann, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1"))
		assert.Equal(t, row.want, got, sentence)
	}
}

// A role may reach the resource through several scopes. The decision names the widest.
func TestCheckNamesTheWidestScope(t *testing.T) {
	t.Parallel()
	const act = rbac.Action("thing.act")
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	own, assigned, workspace, tenant := rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant
	ann := staff("ann", wallet, inRole("role", "mp-1"))
	mp1, mp2, merchants := wallet.MiniProgram("mp-1"), wallet.MiniProgram("mp-2"), shop.MiniProgram("mp-1")
	for scopes := rbac.Scope(1); scopes < 16; scopes++ {
		p := rbac.Must(rbac.New(rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{act: rbac.OnMiniProgram},
			Roles:   []rbac.Role{tenantRole("role", rbac.Permissions{act: scopes})},
		}))
		for sentence, row := range map[string]struct {
			resource rbac.Resource
			reaching []rbac.Scope // the widest first
		}{
			"her own, assigned program":     {mp1.OwnedBy("ann"), []rbac.Scope{tenant, workspace, own, assigned}},
			"another's, assigned program":   {mp1.OwnedBy("bob"), []rbac.Scope{tenant, workspace, assigned}},
			"her own program, not assigned": {mp2.OwnedBy("ann"), []rbac.Scope{tenant, workspace, own}},
			"neither her own nor assigned":  {mp2, []rbac.Scope{tenant, workspace}},
			"a merchant's program":          {merchants.OwnedBy("ann"), []rbac.Scope{tenant}},
		} {
			want := widestOf(row.reaching, scopes)
			d := p.Check(ann, act, row.resource)
			assert.Equal(t, want.String(), d.Scope.String(), "%s, through %s", sentence, scopes)
			assert.Equal(t, want != 0, d.Allowed, "%s, through %s", sentence, scopes)
		}
	}
}

// widestOf is the first scope of the order that is among the scopes.
func widestOf(order []rbac.Scope, scopes rbac.Scope) rbac.Scope {
	i := slices.IndexFunc(order, func(s rbac.Scope) bool { return scopes&s != 0 })
	if i < 0 {
		return 0
	}
	return order[i]
}

func TestCanTreatsEmptyIDsAsUnequal(t *testing.T) {
	t.Parallel()
	const act = rbac.Action("thing.act")
	p := rbac.Must(rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{act: rbac.OnAny},
		Roles: []rbac.Role{
			tenantRole("owner", rbac.Permissions{act: rbac.ScopeOwn}),
			tenantRole("assignee", rbac.Permissions{act: rbac.ScopeAssigned}),
		},
	}))
	wallet, nameless := rbac.Tenant("wallet"), rbac.Tenant("")
	owner, assignee, some := inRole("owner"), inRole("assignee", ""), inRole("assignee", "", "mp-1")
	for sentence, row := range map[string]struct {
		member   rbac.Member
		resource rbac.Resource
	}{
		"a member without an ID owns nothing":     {staff("", wallet, owner), wallet.MiniProgram("mp-1")},
		"nobody owns a resource without an owner": {staff("ann", wallet, owner), wallet.Resource()},
		"an empty mini program is not assigned":   {staff("ann", wallet, assignee), wallet.Resource()},
		"a workspace is not assigned":             {staff("ann", wallet, some), wallet.Resource()},
		"a nameless tenant has no members":        {staff("ann", nameless, owner), nameless.Resource().OwnedBy("ann")},
	} {
		assert.False(t, p.Can(row.member, act, row.resource), sentence)
		assert.False(t, p.Bind(row.member).Can(act, row.resource), sentence)
	}
}

func TestCanDoesNotCombineAssignments(t *testing.T) {
	t.Parallel()
	shop := rbac.Tenant("wallet").Developer("shop")
	m := staff("alice", shop, inRole(rbac.Developer, "mp-1"), inRole(rbac.Operator, "mp-2"))
	assert.True(t, rbac.Can(m, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")), "alice develops mp-1")
	assert.True(t, rbac.Can(m, rbac.ViewMiniProgram, shop.MiniProgram("mp-2")), "alice operates mp-2")
	assert.False(t, rbac.Can(m, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-2")), "alice does not develop mp-2")
	assert.False(t, rbac.Can(m, rbac.ViewMiniProgram, shop.MiniProgram("mp-3")), "alice has no role on mp-3")
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
	assert.True(t, p.Can(rita, rbac.DecideRemoval, release), "removals take one person, whoever owns them")
}

func TestCheckReadsTheClock(t *testing.T) {
	t.Parallel()
	admin := inRole(rbac.WorkspaceAdmin)
	for sentence, row := range map[string]struct {
		assignment rbac.Assignment
		want       rbac.Reason
	}{
		"an assignment of this hour":     {from(ago, until(soon, admin)), rbac.ReasonGranted},
		"an assignment of the last hour": {until(ago, admin), rbac.ReasonExpired},
		"an assignment of the next hour": {from(soon, admin), rbac.ReasonNotYet},
	} {
		ann, wallet := staff("ann", theWallet, row.assignment), theWallet.Resource()
		want := row.want == rbac.ReasonGranted
		assert.Equal(t, row.want.String(), rbac.Default().Check(ann, rbac.ViewApp, wallet).Reason.String(), sentence)
		assert.Equal(t, want, rbac.Default().Can(ann, rbac.ViewApp, wallet), sentence)
		assert.Equal(t, want, rbac.Can(ann, rbac.ViewApp, wallet), sentence)
	}
}

func TestCheckAtIgnoresTheTimeWithoutBounds(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	bounded := func(assignment rbac.Assignment) bool {
		return !assignment.NotBefore.IsZero() || !assignment.NotAfter.IsZero()
	}
	for _, row := range refusals() {
		if slices.ContainsFunc(row.member.Assignments, bounded) {
			continue
		}
		d := p.Check(row.member, row.action, row.resource)
		assert.Equal(t, row.reason.String(), d.Reason.String(), row.sentence)
		for _, now := range []time.Time{{}, time.Unix(-1<<40, 0), time.Unix(0, 0), noon, time.Unix(1<<55, 0)} {
			assert.Equal(t, d, p.CheckAt(now, row.member, row.action, row.resource), "%s, at %s", row.sentence, now)
		}
	}
}

// costly has a large policy, and requests of every kind, also by members with many assignments.
func costly(t *testing.T) (*rbac.Policy, []refused) {
	t.Helper()
	p, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Roles:    manyRoles(5_000, "extra_"),
		FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram},
	})
	require.NoError(t, err)
	shop := rbac.Tenant("wallet").Developer("shop")
	programs := make([]string, 1_000)
	for i := range programs {
		programs[i] = fmt.Sprintf("mp-%d", i)
	}
	past, future := noon.AddDate(-9, 0, 0), noon.AddDate(900, 0, 0)
	developer := inRole(rbac.Developer, programs...)
	bounded, huge := staff("alice", shop, from(past, until(future, developer))), staff("huge", shop)
	for range 2_000 {
		notYet := from(future, inRole(rbac.Developer, programs[990:]...))
		huge.Assignments = append(huge.Assignments, inRole(rbac.Operator, "mp-1"), notYet)
	}
	huge.Assignments = append(huge.Assignments, developer)
	debug, mp999, mp1000 := rbac.DebugMiniProgram, shop.MiniProgram("mp-999"), shop.MiniProgram("mp-1000")
	return p, append(refusals(),
		refused{"allowed", bounded, debug, mp999, rbac.ReasonGranted},
		refused{"allowed by the last of 4,001 assignments", huge, debug, mp999, rbac.ReasonGranted},
		refused{"denied by all of 4,001 assignments", huge, debug, mp1000, rbac.ReasonNotAssigned},
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
			"rbac.Can":      func() { rbac.Can(q.member, q.action, q.resource) },
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
	first := firstOf(rbac.Default().Roles())
	assert.Equal(t, rbac.Developer, first.ID, "the first, where the caller stops")
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
	var actions []rbac.Action
	for action := range rbac.Default().Actions() {
		actions = append(actions, action)
	}
	assert.Equal(t, slices.Sorted(maps.Keys(declared)), actions)
	for action := range rbac.Default().Actions() {
		assert.Equal(t, rbac.SetTwoFactor, action, "the first, where the caller stops")
		break
	}
}

func TestRolesWithCoversTheScope(t *testing.T) {
	const release = rbac.ReleaseMiniProgram
	everyRole := []rbac.RoleID{
		rbac.Developer, rbac.DeveloperAdmin, rbac.Operator,
		rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, rbac.WorkspaceReviewer,
	}
	onAssigned := []rbac.RoleID{
		rbac.Developer, rbac.DeveloperAdmin, regional, releaser, signer, rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper,
	}
	onWorkspace := []rbac.RoleID{rbac.DeveloperAdmin, signer, rbac.WorkspaceAdmin}
	tests := []struct {
		name   string
		action rbac.Action
		scope  rbac.Scope
		want   []rbac.RoleID
	}{
		{"assigned, which workspace covers", release, rbac.ScopeAssigned, onAssigned},
		{"own, which workspace covers and assigned does not", release, rbac.ScopeOwn, onWorkspace},
		{"own and assigned", release, rbac.ScopeOwn | rbac.ScopeAssigned, onWorkspace},
		{"workspace", release, rbac.ScopeWorkspace, onWorkspace},
		{"tenant, which no role has", release, rbac.ScopeTenant, nil},
		{"tenant, which some roles have", readReports, rbac.ScopeTenant, []rbac.RoleID{fleet, regional}},
		{"workspace, which tenant covers",
			readReports, rbac.ScopeWorkspace, []rbac.RoleID{fleet, reader, regional, tenantRead, walletOnly}},
		{"the first action of the policy", rbac.SetTwoFactor, rbac.ScopeOwn, everyRole},
		{"the zero scope", release, 0, nil},
		{"an unknown scope", release, 16, nil},
		{"an unknown action", "miniprogram.relase", rbac.ScopeOwn, nil},
		{"no action", "", rbac.ScopeOwn, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Collect(offices.RolesWith(test.action, test.scope))
			assert.Equal(t, test.want, got)
			first := firstOf(offices.RolesWith(test.action, test.scope))
			assert.Equal(t, append(test.want, "")[0], first, "the first, where the caller stops")
		})
	}
}

func TestPolicyRolesActionsAndLabelOfNoPolicy(t *testing.T) {
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Empty(t, slices.Collect(policy.Roles()), "Roles of the %s policy", name)
		assert.Empty(t, maps.Collect(policy.Actions()), "Actions of the %s policy", name)
		roles := slices.Collect(policy.RolesWith(rbac.EditFeature, rbac.ScopeOwn))
		assert.Empty(t, roles, "RolesWith of the %s policy", name)
		_, defined := policy.Role(rbac.Developer)
		assert.False(t, defined, "Role of the %s policy", name)
		label := policy.Label(rbac.EditFeature)
		assert.Equal(t, rbac.Label{Name: "feature.edit"}, label, "Label of the %s policy", name)
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
	assert.True(t, slices.IsSorted(ids), "roles are in name order: %s", ids)
}

func TestPolicySpecAndFingerprintOfNoPolicy(t *testing.T) {
	t.Parallel()
	for sentence, p := range map[string]*rbac.Policy{"the nil policy": nil, "the zero policy": {}} {
		assert.Equal(t, rbac.Spec{}, p.Spec(), sentence)
		assert.Empty(t, p.Fingerprint(), sentence)
	}
}

// theBase is what layers are added to, and layers are specs of every kind to add. With refuses some of them.
func theBase() *rbac.Policy { return rbac.Must(rbac.New(rbac.Defaults(), everything())) }

func layers() map[string]rbac.Spec {
	type bounds = map[rbac.RoleID]int
	till := rbac.Permissions{rbac.ViewTransactions: rbac.ScopeWorkspace, rbac.ViewRequest: rbac.ScopeOwn}
	long := tenantRole("long", rbac.Permissions{
		rbac.ViewApp: rbac.ScopeWorkspace, rbac.ViewMiniProgram: 15, rbac.EditApp: 0,
	})
	long.Name, long.Description = "L<o>\"ng", "é"
	return map[string]rbac.Spec{
		"nothing":                  {},
		"a role of one merchant":   {Roles: []rbac.Role{roleOf(theShop, "till", till)}},
		"two roles of everybody's": {Roles: []rbac.Role{long, merchantRole("a_first", nil)}},
		"an extension of a default role": {Extend: map[rbac.RoleID]rbac.Permissions{
			rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned, rbac.ViewMiniProgram: rbac.ScopeOwn}, "printer": nil,
		}},
		"an extension of a role of its own": {
			Roles:  []rbac.Role{merchantRole("clerk", till)},
			Extend: map[rbac.RoleID]rbac.Permissions{"clerk": {rbac.ViewApprovals: rbac.ScopeAssigned}},
		},
		"an action": {
			Actions: map[rbac.Action]rbac.Target{"a.a": rbac.OnAny, "z.z": rbac.OnTenant},
			Roles:   []rbac.Role{tenantRole("zed", rbac.Permissions{"z.z": rbac.ScopeWorkspace, "a.a": 15})},
			Extend:  map[rbac.RoleID]rbac.Permissions{rbac.Operator: {"a.a": rbac.ScopeAssigned}},
		},
		"labels": {Labels: map[rbac.Action]rbac.Label{
			rbac.ViewApp: {Name: "Voir", Group: "App"}, "report.print": {Group: "Reports"},
			rbac.EditApp: {}, "report.export": {},
		}},
		"who administers whom": {Administers: map[rbac.RoleID][]rbac.RoleID{
			rbac.WorkspaceAdmin: {"auditor", rbac.DeveloperAdmin}, rbac.DeveloperAdmin: {"cashier"}, rbac.Operator: {},
		}},
		"exclusive roles": {Exclusive: [][]rbac.RoleID{
			{rbac.Operator, rbac.Developer}, {rbac.WorkspaceAdmin, "auditor"}, {rbac.Developer, rbac.Operator},
		}},
		"four eyes":        {FourEyes: []rbac.Action{rbac.DecideRelease, "report.export", rbac.DecideRelease}},
		"stricter bounds":  {AtLeast: bounds{"auditor": 2, rbac.Operator: 1}, AtMost: bounds{"auditor": 3, "cashier": 0}},
		"looser bounds":    {AtLeast: bounds{"auditor": 0, "cashier": 0}, AtMost: bounds{"auditor": 99}},
		"impossible bound": {AtMost: bounds{rbac.WorkspaceAdmin: 0}},

		"a role that is defined already": {Roles: []rbac.Role{merchantRole("auditor", nil)}},
		"an action that exists already":  {Actions: map[rbac.Action]rbac.Target{rbac.ViewApp: rbac.OnAny}},
		"an unknown action":              {FourEyes: []rbac.Action{"miniprogram.relase"}},
		"an unknown role":                {Extend: map[rbac.RoleID]rbac.Permissions{"developr": nil}},
		"a permission that cannot match": {Extend: map[rbac.RoleID]rbac.Permissions{
			rbac.Operator: {rbac.ViewApp: rbac.ScopeWorkspace},
		}},
		"four eyes on what roles of the base grant on one's own": {FourEyes: []rbac.Action{rbac.ViewRequest}},
		"one's own of what the base has under four eyes": {Extend: map[rbac.RoleID]rbac.Permissions{
			rbac.Operator: {"report.export": rbac.ScopeOwn},
		}},
		"a merchant over a role of the base": {Administers: map[rbac.RoleID][]rbac.RoleID{"printer": {"auditor"}}},
		"exclusive roles of two kinds":       {Exclusive: [][]rbac.RoleID{{"printer", "auditor"}}},
	}
}

func TestWithIsNewOfTheSameSpecs(t *testing.T) {
	t.Parallel()
	base := theBase()
	accepted, refused := 0, 0
	for first, one := range layers() {
		p := assertWithIsNew(t, first, base, one)
		if p == nil {
			refused++
			continue
		}
		for second, other := range layers() {
			if assertWithIsNew(t, first+", and then "+second, p, other) != nil {
				accepted++
			}
		}
	}
	assert.Equal(t, 10, refused, "layers that do not fit the base")
	assert.Greater(t, accepted, 100, "pairs of layers that fit")
	assert.Equal(t, theBase().Spec(), base.Spec(), "the base, after all that was added to it")
}

// assertWithIsNew returns the policy with the layer, or nil if it does not fit.
func assertWithIsNew(t *testing.T, sentence string, base *rbac.Policy, layer rbac.Spec) *rbac.Policy {
	t.Helper()
	with, err := base.With(layer)
	want, wantErr := rbac.New(base.Spec(), layer)
	require.Equal(t, wantErr == nil, err == nil, "%s: %v and %v", sentence, wantErr, err)
	if err != nil {
		assert.Nil(t, with, sentence)
		assert.Len(t, problemsOf(t, err), len(problemsOf(t, wantErr)), sentence)
		return nil
	}
	assert.Equal(t, want.Spec(), with.Spec(), sentence)
	assert.Equal(t, want.Fingerprint(), with.Fingerprint(), sentence)
	assert.Empty(t, rbac.Diff(want, with), sentence)
	wantBytes, wantErr := want.Spec().Canonical()
	withBytes, err := with.Spec().Canonical()
	require.NoError(t, errors.Join(wantErr, err), sentence)
	assert.Equal(t, string(wantBytes), string(withBytes), sentence)
	assert.Equal(t, want.Warnings(), with.Warnings(), sentence)

	assert.Equal(t, slices.Collect(want.Roles()), slices.Collect(with.Roles()), sentence)
	for role := range want.Roles() {
		same, defined := with.Role(role.ID)
		assert.True(t, defined, "%s: %s", sentence, role.ID)
		assert.Equal(t, role, same, sentence)
	}
	assert.Equal(t, maps.Collect(want.Actions()), maps.Collect(with.Actions()), sentence)
	for action := range want.Actions() {
		assert.Equal(t, want.Label(action), with.Label(action), "%s: %s", sentence, action)
		for scope := rbac.Scope(1); scope < 16; scope <<= 1 {
			wantRoles, withRoles := want.RolesWith(action, scope), with.RolesWith(action, scope)
			assert.Equal(t, slices.Collect(wantRoles), slices.Collect(withRoles), "%s: %s %s", sentence, action, scope)
		}
	}
	assertDecidesTheSame(t, sentence, want, with)
	return with
}

// assertDecidesTheSame asks two policies about a holder of each role, in every action.
func assertDecidesTheSame(t *testing.T, sentence string, want, with *rbac.Policy) {
	t.Helper()
	for role := range want.Roles() {
		for _, place := range []rbac.Workspace{theWallet, theShop, theBakery} {
			ann := staff("ann", place, inRole(role.ID, "mp-1"))
			s := with.BindAt(noon, ann)
			for action := range want.Actions() {
				for _, resource := range []rbac.Resource{
					place.Resource().OwnedBy("ann"), place.MiniProgram("mp-1").OwnedBy("bob"),
				} {
					d := want.CheckAt(noon, ann, action, resource)
					if d != with.CheckAt(noon, ann, action, resource) || d != s.Check(action, resource) {
						assert.Equal(t, d, with.CheckAt(noon, ann, action, resource), sentence)
						assert.Equal(t, d, s.Check(action, resource), sentence)
					}
				}
			}
		}
	}
}

func TestWithOfNoPolicy(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		with, err := p.With(rbac.Spec{})
		assert.EqualError(t, err, "rbac: there is no policy; build one with New", "With of the %s policy", name)
		assert.Nil(t, with)
		assert.Equal(t, rbac.Spec{}, p.Own(), "Own of the %s policy", name)
	}
}

func TestWithSaysWhatDoesNotFitTheBase(t *testing.T) {
	t.Parallel()
	_, err := theBase().With(rbac.Spec{
		Roles:    []rbac.Role{merchantRole("auditor", nil), merchantRole("till", rbac.Permissions{"no.such": rbac.ScopeOwn})},
		FourEyes: []rbac.Action{rbac.ViewRequest},
		AtMost:   map[rbac.RoleID]int{rbac.WorkspaceAdmin: 0},
	})
	problems := problemsOf(t, err)
	const onOwn = "leave it out, or extend the role to a wider scope"
	var want []string
	for _, role := range rbac.Default().Spec().Roles {
		want = append(want, fmt.Sprintf(`rbac: four_eyes[0]: role %q grants "request.view" only on one's own, `+
			`which four eyes always refuse; %s`, role.ID, onOwn))
	}
	want = append([]string{
		`rbac: roles[0]: role "auditor" is defined twice; give it another id, or use extend to add permissions`,
		`rbac: roles[1].permissions: unknown action "no.such"; declare it in actions`,
	}, want...)
	want = append(want,
		`rbac: at_most["workspace_admin"]: at most 0 holders, and at least 1; raise the one or lower the other`)
	assert.Equal(t, want, problems)
}

// Roles with more permissions than there are four eyes, and roles with fewer, are looked at in two ways.
func TestWithRefusesFourEyesOnWhatRolesGrantOnlyOnOnesOwn(t *testing.T) {
	t.Parallel()
	const own, wide = rbac.ScopeOwn, rbac.ScopeOwn | rbac.ScopeWorkspace
	base := rbac.Must(rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": rbac.OnAny, "b": rbac.OnAny, "c": rbac.OnAny, "d": rbac.OnAny},
		Roles: []rbac.Role{
			merchantRole("all", rbac.Permissions{"a": own, "b": wide, "c": own, "d": own}),
			merchantRole("one", rbac.Permissions{"c": own}),
			merchantRole("wide", rbac.Permissions{"c": wide}),
			merchantRole("other", rbac.Permissions{"d": own}),
		},
	}))
	_, err := base.With(rbac.Spec{FourEyes: []rbac.Action{"c", "b", "a", "refund"}})
	const refused = "only on one's own, which four eyes always refuse; leave it out, or extend the role to a wider scope"
	assert.Equal(t, []string{
		`rbac: four_eyes[3]: unknown action "refund"; declare it in actions`,
		`rbac: four_eyes[0]: role "all" grants "c" ` + refused,
		`rbac: four_eyes[0]: role "one" grants "c" ` + refused,
		`rbac: four_eyes[2]: role "all" grants "a" ` + refused,
	}, problemsOf(t, err))
}

func TestWithHasTheLimitsOfNew(t *testing.T) {
	t.Parallel()
	full := rbac.Must(rbac.New(rbac.Spec{Actions: manyActions(4_096, "a"), Roles: manyRoles(16_384, "r")}))
	_, err := full.With(rbac.Spec{AtMost: map[rbac.RoleID]int{"r0": 1}})
	assert.NoError(t, err)
	_, err = full.With(rbac.Spec{Actions: manyActions(1, "b"), Roles: manyRoles(1, "s")})
	assert.EqualError(t, err,
		"rbac: actions: more than 4096 actions; declare fewer\nrbac: roles: more than 16384 roles; define fewer")
}

// Sets that several specs have in common count once, as they are written once.
func TestExclusiveSetsOfSeveralSpecsAreLimitedTogether(t *testing.T) {
	t.Parallel()
	all := manySets(131_073)
	most := rbac.Spec{Roles: all.Roles, Exclusive: all.Exclusive[:131_072]}
	twice, more := rbac.Spec{Exclusive: all.Exclusive[1:1_000]}, rbac.Spec{Exclusive: all.Exclusive[131_072:]}
	base := rbac.Must(rbac.New(most))

	p, err := rbac.New(most, twice)
	require.NoError(t, err)
	assert.Equal(t, base.Fingerprint(), p.Fingerprint())
	p, err = base.With(twice)
	require.NoError(t, err)
	assert.Equal(t, base.Fingerprint(), p.Fingerprint())

	const tooMany = "rbac: exclusive: more than 131072 exclusive sets; leave some out"
	p, err = rbac.New(most, more)
	assert.EqualError(t, err, tooMany)
	assert.Nil(t, p)
	p, err = base.With(more)
	assert.EqualError(t, err, tooMany)
	assert.Nil(t, p)
}

func TestOwnIsTheLastLayer(t *testing.T) {
	t.Parallel()
	base := theBase()
	assert.Equal(t, rbac.Spec{}, base.Own(), "of a policy of New")
	layer := rbac.Spec{
		Roles:       []rbac.Role{roleOf(theShop, "till", nil), roleOf(theShop, "clerk", nil)},
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.Operator: {rbac.ViewApprovals: rbac.ScopeWorkspace}},
		Administers: map[rbac.RoleID][]rbac.RoleID{"clerk": {"till", "clerk"}},
		FourEyes:    []rbac.Action{"report.print", rbac.DecideRelease},
	}
	shops := rbac.Must(base.With(layer))
	want := rbac.Spec{
		Roles:       []rbac.Role{roleOf(theShop, "clerk", nil), roleOf(theShop, "till", nil)},
		Extend:      layer.Extend,
		Administers: map[rbac.RoleID][]rbac.RoleID{"clerk": {"clerk", "till"}},
		FourEyes:    []rbac.Action{rbac.DecideRelease, "report.print"},
	}
	assert.Equal(t, want, shops.Own(), "what was added, in canonical order, and not merged")
	again := rbac.Must(base.With(shops.Own()))
	assert.Equal(t, shops.Fingerprint(), again.Fingerprint(), "stored and added again")
	assert.Equal(t, shops.Own(), again.Own())

	other := rbac.Spec{FourEyes: []rbac.Action{rbac.ViewApp}}
	assert.Equal(t, other, rbac.Must(shops.With(other)).Own(), "of two layers the last")
	assert.Equal(t, rbac.Spec{}, rbac.Must(rbac.New(shops.Spec())).Own(), "of New of the same spec")
}

func TestWithAndOwnShareNothingWithTheCaller(t *testing.T) {
	t.Parallel()
	layer := everything()
	p := rbac.Must(rbac.Default().With(layer))
	want, own, fingerprint := p.Spec(), p.Own(), p.Fingerprint()
	spoilSpec(layer)
	spoilSpec(p.Own())
	spoilSpec(p.Spec())
	for role := range p.Roles() {
		clear(role.Permissions)
	}
	auditor, _ := p.Role("auditor")
	clear(auditor.Permissions)
	assert.Equal(t, want, p.Spec())
	assert.Equal(t, own, p.Own())
	assert.Equal(t, fingerprint, rbac.Must(rbac.New(p.Spec())).Fingerprint())
}

// Two merchants may both have a cashier. Neither learns of the other's.
func TestWithGivesEachWorkspaceRolesOfItsOwn(t *testing.T) {
	t.Parallel()
	cashier := func(w rbac.Workspace, action rbac.Action) rbac.Spec {
		return rbac.Spec{Roles: []rbac.Role{roleOf(w, "cashier", rbac.Permissions{action: rbac.ScopeWorkspace})}}
	}
	shops := rbac.Must(rbac.Default().With(cashier(theShop, rbac.ViewTransactions)))
	bakerys := rbac.Must(rbac.Default().With(cashier(theBakery, rbac.ViewMetrics)))
	for sentence, row := range map[string]struct {
		policy *rbac.Policy
		place  rbac.Workspace
		action rbac.Action
		want   rbac.Reason
	}{
		"the shop's cashier does what it says":         {shops, theShop, rbac.ViewTransactions, rbac.ReasonGranted},
		"the shop's cashier does nothing else":         {shops, theShop, rbac.ViewMetrics, rbac.ReasonNotGranted},
		"the bakery's cashier does what that says":     {bakerys, theBakery, rbac.ViewMetrics, rbac.ReasonGranted},
		"the bakery's cashier is unknown at the shop":  {bakerys, theShop, rbac.ViewMetrics, rbac.ReasonUnknownRole},
		"the shop's cashier is unknown at the bakery":  {shops, theBakery, rbac.ViewTransactions, rbac.ReasonUnknownRole},
		"the default policy knows neither":             {rbac.Default(), theShop, rbac.ViewMetrics, rbac.ReasonUnknownRole},
		"another tenant's shop has none":               {shops, banksShop, rbac.ViewTransactions, rbac.ReasonUnknownRole},
		"a workspace of the other kind learns nothing": {shops, theWallet, rbac.ViewTransactions, rbac.ReasonUnknownRole},
	} {
		ann := staff("ann", row.place, inRole("cashier"))
		got := row.policy.Check(ann, row.action, row.place.MiniProgram("mp-1")).Reason
		assert.Equal(t, row.want.String(), got.String(), sentence)
	}
}

// A role of a workspace's own counts for that workspace's members alone, whichever policy is asked, and nobody else
// learns that it exists.
func TestRoleWorkspaceCountsThereAlone(t *testing.T) {
	t.Parallel()
	till := roleOf(theShop, "till_clerk", rbac.Permissions{rbac.ViewTransactions: rbac.ScopeWorkspace})
	spec := rbac.Spec{Roles: []rbac.Role{till}}
	for name, p := range map[string]*rbac.Policy{
		"New":  rbac.Must(rbac.New(rbac.Defaults(), spec)),
		"With": rbac.Must(rbac.Default().With(spec)),
	} {
		for _, place := range []rbac.Workspace{theShop, theBakery, banksShop, theWallet, theWallet.Developer("shop ")} {
			ann, at := staff("ann", place, inRole("till_clerk")), place.MiniProgram("mp-1")
			home := place == theShop
			s := p.Bind(ann)
			want := rbac.Decision{Reason: rbac.ReasonUnknownRole, Action: rbac.ViewTransactions}
			if home {
				want = granted(rbac.ViewTransactions, "till_clerk", rbac.ScopeWorkspace)
			}
			sentence := fmt.Sprintf("a policy of %s, a member of %+v", name, place)
			assert.Equal(t, want, p.Check(ann, rbac.ViewTransactions, at), sentence)
			assert.Equal(t, want, s.Check(rbac.ViewTransactions, at), sentence)
			assert.Equal(t, home, slices.Contains(slices.Collect(s.Actions(at)), rbac.ViewTransactions), sentence)
			assert.Equal(t, home, s.Filter(rbac.ViewTransactions).Match(at), sentence)
			assert.Equal(t, home, len(s.Permissions()) == 1, sentence)
			assert.Equal(t, want.Reason, s.Explain(rbac.ViewTransactions, at).Findings[0].Reason, sentence)

			ann.Assignments[0].Role = "till_clark"
			assert.Equal(t, home, strings.Contains(p.ValidateMember(ann).Error(), "till_clerk"), "a hint, %s", sentence)
			bare := p.Bind(staff("ann", place)).Explain(rbac.ViewTransactions, at)
			assert.Equal(t, home, strings.Contains(bare.String(), "till_clerk"), "a remedy, %s", sentence)
		}
	}
}

// A layer may label the actions of its base, and add to its roles.
func TestLabelAndRoleOfALayer(t *testing.T) {
	t.Parallel()
	p := rbac.Must(rbac.Default().With(rbac.Spec{
		Labels: map[rbac.Action]rbac.Label{
			rbac.ViewApp: {Name: "Voir"}, rbac.EditApp: {}, rbac.ListApps: {Group: "Apps"},
		},
		Extend: map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
	}))
	for action, want := range map[rbac.Action]rbac.Label{
		rbac.ViewApp:     {Name: "Voir"},
		rbac.EditApp:     {Name: "app.edit"},
		rbac.ListApps:    {Name: "app.list", Group: "Apps"},
		rbac.DownloadApp: {Name: "Download app resources", Group: "App"},
		"no.such":        {Name: "no.such"},
		"":               {},
	} {
		assert.Equal(t, want, p.Label(action), "the label of %q", action)
	}
	developer, defined := p.Role(rbac.Developer)
	require.True(t, defined)
	assert.Equal(t, rbac.ScopeAssigned, developer.Permissions[rbac.ViewTransactions])
	assert.Equal(t, "Developer", developer.Name)
	before, defined := rbac.Default().Role(rbac.Developer)
	require.True(t, defined)
	assert.NotContains(t, before.Permissions, rbac.ViewTransactions, "the base is as it was")
	nobody, defined := p.Role("nobody")
	assert.False(t, defined)
	assert.Equal(t, rbac.Role{}, nobody)
	var ids []rbac.RoleID
	for role := range p.Roles() {
		ids = append(ids, role.ID)
		if len(ids) == 2 {
			break
		}
	}
	assert.Equal(t, []rbac.RoleID{rbac.Developer, rbac.DeveloperAdmin}, ids, "the first two, where the caller stops")
}

// spoilSpec changes every map and slice of a spec.
func spoilSpec(s rbac.Spec) {
	clear(s.Actions)
	clear(s.Labels)
	for i := range s.Roles {
		clear(s.Roles[i].Permissions)
		s.Roles[i] = rbac.Role{ID: "spoiled"}
	}
	for id := range s.Extend {
		clear(s.Extend[id])
	}
	clear(s.Extend)
	for id := range s.Administers {
		clear(s.Administers[id])
	}
	clear(s.Administers)
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
	spec.Exclusive = append(spec.Exclusive,
		[]rbac.RoleID{rbac.WorkspaceDeveloper, rbac.WorkspaceAdmin}, []rbac.RoleID{rbac.WorkspaceAdmin, "auditor"})
	spec.FourEyes = []rbac.Action{"report.print", "report.export", "report.print"}
	spec.Roles[0].Permissions["report.export"] = 0
	before := fmt.Sprintf("%#v", spec)
	rbac.Must(rbac.New(rbac.Defaults(), spec))
	assert.Equal(t, before, fmt.Sprintf("%#v", spec))
}
