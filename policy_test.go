package rbac_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func granted(role rbac.RoleID, scope rbac.Scope) rbac.Decision {
	return rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted, Role: role, Scope: scope}
}

func TestDefaultRolesAllow(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	wendy, rita := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin)), staff("rita", wallet, inRole(rbac.WorkspaceReviewer))
	walt, otto := staff("walt", wallet, inRole(rbac.WorkspaceDeveloper, "mp-1")), staff("otto", wallet, inRole(rbac.WorkspaceOperator))
	dora, alice := staff("dora", shop, inRole(rbac.DeveloperAdmin)), staff("alice", shop, inRole(rbac.Developer, "mp-41", "mp-42"))
	olga := staff("olga", shop, inRole(rbac.Operator))
	for _, row := range []struct {
		sentence string
		member   rbac.Member
		action   rbac.Action
		resource rbac.Resource
		want     rbac.Decision
	}{
		{"wendy sees mp-42 of a merchant", wendy, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		{"wendy sees mp-1 of the wallet", wendy, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1"), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		{"wendy releases mp-1 of the wallet", wendy, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1"), granted(rbac.WorkspaceAdmin, rbac.ScopeWorkspace)},
		{"wendy sees the details of the shop", wendy, rbac.ViewDeveloperWorkspace, shop.Resource(), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		{"wendy invites members of the wallet", wendy, rbac.InviteMember, wallet.Resource(), granted(rbac.WorkspaceAdmin, rbac.ScopeWorkspace)},
		{"wendy withdraws her own request", wendy, rbac.WithdrawRequest, wallet.MiniProgram("mp-1").OwnedBy("wendy"), granted(rbac.WorkspaceAdmin, rbac.ScopeOwn)},
		{"rita decides the release of mp-42 of a merchant", rita, rbac.DecideRelease, shop.MiniProgram("mp-42").OwnedBy("alice"), granted(rbac.WorkspaceReviewer, rbac.ScopeTenant)},
		{"rita decides a release that nobody owns", rita, rbac.DecideRelease, shop.MiniProgram("mp-42"), granted(rbac.WorkspaceReviewer, rbac.ScopeTenant)},
		{"walt releases the assigned mp-1", walt, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1"), granted(rbac.WorkspaceDeveloper, rbac.ScopeAssigned)},
		{"walt releases the assigned mp-1, whosever it is", walt, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1").OwnedBy("wendy"), granted(rbac.WorkspaceDeveloper, rbac.ScopeAssigned)},
		{"walt adds features to the wallet", walt, rbac.AddFeature, wallet.Resource(), granted(rbac.WorkspaceDeveloper, rbac.ScopeWorkspace)},
		{"otto reads a merchant's feedback", otto, rbac.ViewFeedback, shop.MiniProgram("mp-42"), granted(rbac.WorkspaceOperator, rbac.ScopeTenant)},
		{"dora releases any mini program of the shop", dora, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-77"), granted(rbac.DeveloperAdmin, rbac.ScopeWorkspace)},
		{"alice releases the assigned mp-42", alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"), granted(rbac.Developer, rbac.ScopeAssigned)},
		{"alice releases the assigned mp-41", alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-41"), granted(rbac.Developer, rbac.ScopeAssigned)},
		{"alice sees her own request", alice, rbac.ViewRequest, shop.Resource().OwnedBy("alice"), granted(rbac.Developer, rbac.ScopeOwn)},
		{"olga runs the shop's campaigns", olga, rbac.ManageCampaigns, shop.Resource(), granted(rbac.Operator, rbac.ScopeWorkspace)},
		{"olga reads the analytics of a mini program not assigned to her", olga, rbac.ViewMetrics, shop.MiniProgram("mp-42"), granted(rbac.Operator, rbac.ScopeWorkspace)},
	} {
		assert.Equal(t, row.want, rbac.Default().Check(row.member, row.action, row.resource), row.sentence)
		assert.True(t, rbac.Default().Can(row.member, row.action, row.resource), row.sentence)
		assert.True(t, rbac.Can(row.member, row.action, row.resource), row.sentence)
	}
}

// fourEyed is the default policy where releases and their approval take a second person.
func fourEyed(t testing.TB) *rbac.Policy {
	t.Helper()
	p, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}})
	require.NoError(t, err)
	return p
}

type refused struct {
	sentence string
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
	reason   rbac.Reason
}

// refusals holds a way to be refused for each reason there is.
func refusals() []refused {
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	shop, cafe := wallet.Developer("shop"), wallet.Developer("cafe")
	mp42 := shop.MiniProgram("mp-42")
	alice := staff("alice", shop, inRole(rbac.Developer, "mp-41"))
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	with := func(change func(*rbac.Member)) rbac.Member {
		m := staff("alice", shop, inRole(rbac.Developer, "mp-42"))
		change(&m)
		return m
	}
	status := func(s rbac.Status) rbac.Member { return with(func(m *rbac.Member) { m.Status = s }) }
	bounded := func(from, until time.Time) rbac.Member {
		return with(func(m *rbac.Member) { m.Assignments[0].NotBefore, m.Assignments[0].NotAfter = from, until })
	}
	release := rbac.ReleaseMiniProgram
	return []refused{
		{"an unknown action", wendy, "miniprogram.relase", mp42, rbac.ReasonUnknownAction},
		{"a mis-cased action", wendy, "MiniProgram.release", mp42, rbac.ReasonUnknownAction},
		{"an action with a space", wendy, "miniprogram.release ", mp42, rbac.ReasonUnknownAction},
		{"a wildcard", wendy, "*", mp42, rbac.ReasonUnknownAction},
		{"no action", wendy, "", mp42, rbac.ReasonUnknownAction},

		{"nobody", rbac.Member{}, release, mp42, rbac.ReasonInvalidMember},
		{"a member without an ID", with(func(m *rbac.Member) { m.ID = "" }), release, mp42, rbac.ReasonInvalidMember},
		{"a member without a status", status(0), release, mp42, rbac.ReasonInvalidMember},
		{"a member of no known status", status(6), release, mp42, rbac.ReasonInvalidMember},
		{"a member who has not accepted", status(rbac.StatusInvited), release, mp42, rbac.ReasonInvited},
		{"a blocked member", status(rbac.StatusBlocked), release, mp42, rbac.ReasonBlocked},
		{"a member whose invitation was withdrawn", status(rbac.StatusWithdrawn), release, mp42, rbac.ReasonWithdrawn},
		{"a deleted member", status(rbac.StatusDeleted), release, mp42, rbac.ReasonDeleted},

		{"a member of no workspace", with(func(m *rbac.Member) { m.Workspace = rbac.Workspace{} }), release, mp42, rbac.ReasonInvalidWorkspace},
		{"a member and a resource of no workspace", with(func(m *rbac.Member) { m.Workspace = rbac.Workspace{} }), release, rbac.Resource{MiniProgram: "mp-42"}, rbac.ReasonInvalidWorkspace},
		{"a resource of no workspace", alice, release, rbac.Resource{MiniProgram: "mp-42"}, rbac.ReasonInvalidWorkspace},
		{"a resource of a workspace that contradicts itself", wendy, rbac.ViewMiniProgram, rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}.MiniProgram("mp-42"), rbac.ReasonInvalidWorkspace},
		{"a resource of a merchant without an ID", wendy, rbac.ViewMiniProgram, rbac.Workspace{Kind: rbac.KindDeveloper, Tenant: "wallet"}.MiniProgram("mp-42"), rbac.ReasonInvalidWorkspace},

		{"wendy sees a mini program of another wallet", wendy, rbac.ViewMiniProgram, bank.MiniProgram("mp-1"), rbac.ReasonOtherTenant},
		{"wendy sees a mini program of another wallet's merchant", wendy, rbac.ViewMiniProgram, bank.Developer("shop").MiniProgram("mp-42"), rbac.ReasonOtherTenant},
		{"alice releases mp-42 of the merchant of that ID elsewhere", alice, release, bank.Developer("shop").MiniProgram("mp-41"), rbac.ReasonOtherTenant},
		{"alice releases a mini program of another merchant", alice, release, cafe.MiniProgram("mp-41"), rbac.ReasonOtherWorkspace},
		{"alice releases a mini program of the wallet", alice, release, wallet.MiniProgram("mp-41"), rbac.ReasonOtherWorkspace},

		{"wendy releases a workspace", wendy, release, wallet.Resource(), rbac.ReasonWrongTarget},
		{"wendy manages a mini program as a workspace", wendy, rbac.ManageWorkspace, wallet.MiniProgram("mp-1"), rbac.ReasonWrongTarget},
		{"wendy sees the wallet as if it were a merchant", wendy, rbac.ViewDeveloperWorkspace, wallet.Resource(), rbac.ReasonWrongTarget},
		{"wendy sees the apps of a merchant", wendy, rbac.ViewApp, shop.Resource(), rbac.ReasonWrongTarget},

		{"a member without a role", staff("alice", shop), release, mp42, rbac.ReasonNoRole},
		{"a member of an unknown role", staff("alice", shop, inRole("developr", "mp-42")), release, mp42, rbac.ReasonUnknownRole},
		{"a member of a role without a name", staff("alice", shop, inRole("", "mp-42")), release, mp42, rbac.ReasonUnknownRole},
		{"a merchant's member with a tenant's role", staff("alice", shop, inRole(rbac.WorkspaceAdmin)), release, mp42, rbac.ReasonOtherKind},
		{"a tenant's member with a merchant's role", staff("walt", wallet, inRole(rbac.DeveloperAdmin)), release, wallet.MiniProgram("mp-1"), rbac.ReasonOtherKind},
		{"an operator releases mp-42", staff("olga", shop, inRole(rbac.Operator, "mp-42")), release, mp42, rbac.ReasonNotGranted},
		{"wendy releases mp-42 of a merchant", wendy, release, mp42, rbac.ReasonOwnWorkspaceOnly},
		{"walt releases mp-42 of a merchant, assigned or not", staff("walt", wallet, inRole(rbac.WorkspaceDeveloper, "mp-42")), release, mp42, rbac.ReasonOwnWorkspaceOnly},
		{"wendy sees her request at a merchant", wendy, rbac.ViewRequest, mp42.OwnedBy("wendy"), rbac.ReasonOwnWorkspaceOnly},
		{"alice sees the request of another", alice, rbac.ViewRequest, mp42.OwnedBy("bob"), rbac.ReasonNotOwner},
		{"alice sees a request that nobody owns", alice, rbac.ViewRequest, mp42, rbac.ReasonNotOwner},
		{"alice cannot release mp-42", alice, release, mp42, rbac.ReasonNotAssigned},
		{"alice cannot release mp-42 although she owns it", alice, release, mp42.OwnedBy("alice"), rbac.ReasonNotAssigned},
		{"alice has nothing assigned", staff("alice", shop, inRole(rbac.Developer)), release, mp42, rbac.ReasonNotAssigned},
		{"alice holds mp-42 as an operator", staff("alice", shop, inRole(rbac.Developer, "mp-41"), inRole(rbac.Operator, "mp-42")), release, mp42, rbac.ReasonNotAssigned},
		{"an assignment that ends now", bounded(time.Time{}, noon), release, mp42, rbac.ReasonExpired},
		{"an assignment that begins later", bounded(noon.Add(1), time.Time{}), release, mp42, rbac.ReasonNotYet},

		{"rita decides a release that nobody owns", staff("rita", wallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, mp42, rbac.ReasonOwnerUnknown},
		{"rita decides her own release", staff("rita", wallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, mp42.OwnedBy("rita"), rbac.ReasonOwnRequest},
		{"alice releases her own mp-41", alice, release, shop.MiniProgram("mp-41").OwnedBy("alice"), rbac.ReasonOwnRequest},
	}
}

func TestEveryWayToBeRefusedHasItsReason(t *testing.T) {
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

func TestAPolicyThatIsNotThereRefusesEverything(t *testing.T) {
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
		assert.EqualError(t, p.Check(wendy, rbac.ViewApp, wallet.Resource()).Err(), "rbac: app.view denied: no policy decided it", sentence)
	}
}

// A policy of no specs is a policy: it knows no action.
func TestAnEmptyPolicyKnowsNothing(t *testing.T) {
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
func TestARequestMeetsTheQuestionsInOrder(t *testing.T) {
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
		{rbac.ReasonExpired, func() { m.Assignments[0].NotBefore, m.Assignments[0].NotAfter = noon.Add(1), time.Time{} }},
		{rbac.ReasonNotYet, func() { m.Assignments[0].NotBefore, r.Owner = time.Time{}, "bob" }},
		{rbac.ReasonGranted, func() {}},
	} {
		require.Equal(t, step.reason.String(), p.CheckAt(noon, m, a, r).Reason.String())
		step.mend()
	}
}

// Whoever may not see a resource gets the same answer whatever else is wrong, so that the answers of a blocked member tell
// nothing of it either.
func TestWhatIsOutOfSightIsSoForEveryStatus(t *testing.T) {
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
				assert.Equal(t, row.reason.String(), rbac.Default().Check(m, action, row.resource).Reason.String(), "%s, a member who is %s", sentence, status)
			}
		}
	}
}

// failure is an assignment that fails, and why.
type failure struct {
	reason     rbac.Reason
	assignment rbac.Assignment
}

func TestTheNearestOfSeveralAssignmentsGivesTheReason(t *testing.T) {
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
				for _, both := range [][]rbac.Assignment{{farther.assignment, nearer.assignment}, {nearer.assignment, farther.assignment}} {
					d := p.CheckAt(noon, staff("ann", wallet, both...), act, place.MiniProgram("mp-1"))
					assert.Equal(t, nearer.reason.String(), d.Reason.String(), "roles %s and %s in the %s workspace", both[0].Role, both[1].Role, place.Kind)
				}
			}
		}
	}
}

func TestOfSeveralGrantsTheFirstIsNamed(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	admin, operator := inRole(rbac.WorkspaceAdmin), inRole(rbac.WorkspaceOperator, "mp-1")
	reviewer := inRole(rbac.WorkspaceReviewer)
	mp1 := wallet.MiniProgram("mp-1")
	for sentence, row := range map[string]struct {
		member rbac.Member
		want   rbac.Decision
	}{
		"the wider grant first":            {staff("ann", wallet, admin, operator), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		"the narrower grant first":         {staff("ann", wallet, operator, admin), granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
		"one that does not grant goes by":  {staff("ann", wallet, reviewer, operator), granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
		"one that nobody knows goes by":    {staff("ann", wallet, inRole("nobody"), admin), granted(rbac.WorkspaceAdmin, rbac.ScopeTenant)},
		"one that is over goes by":         {staff("ann", wallet, rbac.Assignment{Role: rbac.WorkspaceAdmin, NotAfter: noon}, operator), granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
		"the same role with other program": {staff("ann", wallet, inRole(rbac.WorkspaceOperator, "mp-2"), operator), granted(rbac.WorkspaceOperator, rbac.ScopeAssigned)},
	} {
		assert.Equal(t, row.want, rbac.Default().CheckAt(noon, row.member, rbac.ViewMiniProgram, mp1), sentence)
	}
}

// The scope of a decision is the widest of a role's through which it reaches the resource, though the role has others.
func TestADecisionNamesTheWidestScope(t *testing.T) {
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
			"her own that is assigned": {wallet.MiniProgram("mp-1").OwnedBy("ann"), []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn, rbac.ScopeAssigned}},
			"another's, assigned":      {wallet.MiniProgram("mp-1").OwnedBy("bob"), []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeAssigned}},
			"her own, not assigned":    {wallet.MiniProgram("mp-2").OwnedBy("ann"), []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn}},
			"neither":                  {wallet.MiniProgram("mp-2"), []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace}},
			"a merchant's":             {shop.MiniProgram("mp-1").OwnedBy("ann"), []rbac.Scope{rbac.ScopeTenant}},
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
func TestEmptyIDsAreNotEqual(t *testing.T) {
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
		"a member without an ID is no owner":          {staff("", wallet, inRole("owner")), wallet.MiniProgram("mp-1")},
		"an empty mini program is not assigned":       {staff("ann", wallet, inRole("assignee", "")), wallet.Resource()},
		"a workspace is no assigned mini program":     {staff("ann", wallet, inRole("assignee", "", "mp-1")), wallet.Resource()},
		"a member of an empty tenant sees nothing":    {staff("ann", rbac.Tenant(""), inRole("owner")), rbac.Tenant("").Resource().OwnedBy("ann")},
		"a resource without an owner is not anyone's": {staff("ann", wallet, inRole("owner")), wallet.Resource()},
	} {
		assert.False(t, p.Can(row.member, act, row.resource), sentence)
		assert.False(t, p.Bind(row.member).Can(act, row.resource), sentence)
	}
}

// A mini program of one assignment does not go with the role of another.
func TestAssignmentsDoNotCombine(t *testing.T) {
	t.Parallel()
	shop := rbac.Tenant("wallet").Developer("shop")
	m := staff("alice", shop, inRole(rbac.Developer, "mp-1"), inRole(rbac.Operator, "mp-2"))
	assert.True(t, rbac.Can(m, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")), "alice develops mp-1")
	assert.True(t, rbac.Can(m, rbac.ViewMiniProgram, shop.MiniProgram("mp-2")), "alice operates mp-2")
	assert.False(t, rbac.Can(m, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-2")), "alice does not develop mp-2")
	assert.False(t, rbac.Can(m, rbac.ViewMiniProgram, shop.MiniProgram("mp-3")), "alice has nothing to do with mp-3")
}

func TestDecisionsAreComparable(t *testing.T) {
	t.Parallel()
	p, again := fourEyed(t), fourEyed(t)
	seen := make(map[rbac.Decision]bool)
	for _, row := range refusals() {
		d := p.CheckAt(noon, row.member, row.action, row.resource)
		assert.True(t, d == p.CheckAt(noon, row.member, row.action, row.resource), "%s: the same request twice", row.sentence)
		assert.True(t, d == again.CheckAt(noon, row.member, row.action, row.resource), "%s: an equal policy", row.sentence)
		seen[d] = true
	}
	assert.Greater(t, len(seen), 20, "different decisions are different keys of a map")
}

// Whoever reads why something was denied may be a stranger.
func TestNoReasonNamesAnID(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	ids := []string{"wallet", "bank", "shop", "cafe", "alice", "bob", "wendy", "walt", "rita", "olga", "mp-1", "mp-41", "mp-42"}
	for _, row := range refusals() {
		d := p.CheckAt(noon, row.member, row.action, row.resource)
		for _, text := range []string{d.Err().Error(), d.LogValue().String(), fmt.Sprint(d), fmt.Sprintf("%#v", d)} {
			for _, id := range ids {
				assert.NotContains(t, text, id, "%s: the text names %s", row.sentence, id)
			}
		}
	}
}

func TestAnAssignmentHasItsTime(t *testing.T) {
	t.Parallel()
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	hour := time.Hour
	var never time.Time
	for sentence, row := range map[string]struct {
		from, until, now time.Time
		reason           rbac.Reason
	}{
		"without bounds":                                    {never, never, noon, rbac.ReasonGranted},
		"without bounds at the zero time":                   {never, never, never, rbac.ReasonGranted},
		"zero bounds in another zone are none":              {never.In(east), never.In(west), noon, rbac.ReasonGranted},
		"within its time":                                   {noon.Add(-hour), noon.Add(hour), noon, rbac.ReasonGranted},
		"the instant before it begins":                      {noon, never, noon.Add(-1), rbac.ReasonNotYet},
		"the instant it begins":                             {noon, never, noon, rbac.ReasonGranted},
		"the instant after it begins":                       {noon, never, noon.Add(1), rbac.ReasonGranted},
		"the instant before it ends":                        {never, noon, noon.Add(-1), rbac.ReasonGranted},
		"the instant it ends":                               {never, noon, noon, rbac.ReasonExpired},
		"the instant after it ends":                         {never, noon, noon.Add(1), rbac.ReasonExpired},
		"the one instant it lasts":                          {noon, noon.Add(1), noon, rbac.ReasonGranted},
		"the instant before the one it lasts":               {noon, noon.Add(1), noon.Add(-1), rbac.ReasonNotYet},
		"the instant after the one it lasts":                {noon, noon.Add(1), noon.Add(1), rbac.ReasonExpired},
		"bounds that are equal, before":                     {noon, noon, noon.Add(-1), rbac.ReasonExpired},
		"bounds that are equal, then":                       {noon, noon, noon, rbac.ReasonExpired},
		"bounds that are equal, after":                      {noon, noon, noon.Add(1), rbac.ReasonExpired},
		"reversed bounds, before both":                      {noon.Add(hour), noon, noon.Add(-1), rbac.ReasonExpired},
		"reversed bounds, between them":                     {noon.Add(hour), noon, noon.Add(1), rbac.ReasonExpired},
		"reversed bounds, after both":                       {noon.Add(hour), noon, noon.Add(2 * hour), rbac.ReasonExpired},
		"it begins at the same instant in an eastern zone":  {noon.In(east), never, noon, rbac.ReasonGranted},
		"it begins an instant later in a western zone":      {noon.Add(1).In(west), never, noon, rbac.ReasonNotYet},
		"it ends at the same instant in a western zone":     {never, noon.In(west), noon.In(east), rbac.ReasonExpired},
		"it ends an instant later in an eastern zone":       {never, noon.Add(1).In(east), noon.In(west), rbac.ReasonGranted},
		"it ends and the clock is at the zero time":         {never, noon, never, rbac.ReasonGranted},
		"it begins and the clock is at the zero time":       {noon, never, never, rbac.ReasonNotYet},
		"it ended before the calendar starts":               {never, never.Add(-1), never.Add(-2), rbac.ReasonExpired},
		"it began at the first instant of Unix time":        {time.Unix(0, 0), never, noon, rbac.ReasonGranted},
		"it ends at the first instant of Unix time":         {never, time.Unix(0, 0), noon, rbac.ReasonExpired},
		"it begins as far away as a time of Unix may be":    {time.Unix(1<<55, 0), never, noon, rbac.ReasonNotYet},
		"it ends as far away as a time of Unix may be":      {never, time.Unix(1<<55, 0), noon, rbac.ReasonGranted},
		"it is compared to the nanosecond and not the hour": {noon.Add(999_999_999), never, noon.Add(999_999_998), rbac.ReasonNotYet},
	} {
		m := staff("ann", rbac.Tenant("wallet"), rbac.Assignment{Role: rbac.WorkspaceAdmin, NotBefore: row.from, NotAfter: row.until})
		d := rbac.Default().CheckAt(row.now, m, rbac.ViewApp, m.Workspace.Resource())
		assert.Equal(t, row.reason.String(), d.Reason.String(), sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, d.Allowed, sentence)
		assert.Equal(t, d, rbac.Default().BindAt(row.now, m).Check(rbac.ViewApp, m.Workspace.Resource()), "%s, bound", sentence)
	}
}

// A time that was read from the clock carries a second reading, which a stored bound has lost.
func TestAStoredBoundIsThatOfTheClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for sentence, stored := range map[string]time.Time{"without the monotonic reading": now.Round(0), "in another zone": now.UTC(), "as it was": now} {
		begins := staff("ann", rbac.Tenant("wallet"), rbac.Assignment{Role: rbac.WorkspaceAdmin, NotBefore: stored})
		ends := staff("ann", rbac.Tenant("wallet"), rbac.Assignment{Role: rbac.WorkspaceAdmin, NotAfter: stored})
		assert.Equal(t, rbac.ReasonGranted, rbac.Default().CheckAt(now, begins, rbac.ViewApp, begins.Workspace.Resource()).Reason, sentence)
		assert.Equal(t, rbac.ReasonExpired, rbac.Default().CheckAt(now, ends, rbac.ViewApp, ends.Workspace.Resource()).Reason, sentence)
		assert.Equal(t, rbac.ReasonNotYet, rbac.Default().CheckAt(now.Add(-1), begins, rbac.ViewApp, begins.Workspace.Resource()).Reason, sentence)
		assert.Equal(t, rbac.ReasonGranted, rbac.Default().CheckAt(now.Add(-1), ends, rbac.ViewApp, ends.Workspace.Resource()).Reason, sentence)
	}
}

func TestCheckGoesByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for sentence, row := range map[string]struct {
		assignment rbac.Assignment
		reason     rbac.Reason
	}{
		"an assignment of this hour":     {rbac.Assignment{NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}, rbac.ReasonGranted},
		"an assignment of the last hour": {rbac.Assignment{NotAfter: now.Add(-time.Hour)}, rbac.ReasonExpired},
		"an assignment of the next hour": {rbac.Assignment{NotBefore: now.Add(time.Hour)}, rbac.ReasonNotYet},
	} {
		row.assignment.Role = rbac.WorkspaceAdmin
		m := staff("ann", rbac.Tenant("wallet"), row.assignment)
		assert.Equal(t, row.reason.String(), rbac.Default().Check(m, rbac.ViewApp, m.Workspace.Resource()).Reason.String(), sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, rbac.Default().Can(m, rbac.ViewApp, m.Workspace.Resource()), sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, rbac.Can(m, rbac.ViewApp, m.Workspace.Resource()), sentence)
	}
}

// Without bounds no clock can change an answer.
func TestWithoutBoundsEveryTimeIsTheSame(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	for _, row := range refusals() {
		if slices.ContainsFunc(row.member.Assignments, func(a rbac.Assignment) bool { return !a.NotBefore.IsZero() || !a.NotAfter.IsZero() }) {
			continue
		}
		d := p.Check(row.member, row.action, row.resource)
		assert.Equal(t, row.reason.String(), d.Reason.String(), row.sentence)
		for _, now := range []time.Time{{}, time.Unix(-1<<40, 0), time.Unix(0, 0), noon, time.Unix(1<<55, 0)} {
			assert.Equal(t, d, p.CheckAt(now, row.member, row.action, row.resource), "%s, at %s", row.sentence, now)
		}
	}
}

func TestACustomActionIsGrantedToNobodyUntilARoleSaysSo(t *testing.T) {
	t.Parallel()
	const export = rbac.Action("report.export")
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	declared := rbac.Spec{Actions: map[rbac.Action]rbac.Target{export: rbac.OnMiniProgram}}
	p := rbac.Must(rbac.New(rbac.Defaults(), declared))
	for _, role := range rbac.DefaultRoles() {
		place := wallet
		if role.Kind == rbac.KindDeveloper {
			place = shop
		}
		d := p.Check(staff("ann", place, inRole(role.ID, "mp-1")), export, place.MiniProgram("mp-1").OwnedBy("ann"))
		assert.Equal(t, rbac.ReasonNotGranted, d.Reason, "%s may not export", role.ID)
	}

	declared.Extend = map[rbac.RoleID]rbac.Permissions{rbac.DeveloperAdmin: {export: rbac.ScopeWorkspace}}
	p = rbac.Must(rbac.New(rbac.Defaults(), declared))
	dora := staff("dora", shop, inRole(rbac.DeveloperAdmin))
	assert.Equal(t, granted(rbac.DeveloperAdmin, rbac.ScopeWorkspace), p.Check(dora, export, shop.MiniProgram("mp-1")))
	assert.True(t, p.Can(dora, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")), "dora keeps what the role had")
	assert.False(t, p.Can(staff("wendy", wallet, inRole(rbac.WorkspaceAdmin)), export, wallet.MiniProgram("mp-1")), "nobody said that wendy may export")
	assert.False(t, rbac.Can(dora, export, shop.MiniProgram("mp-1")), "the default policy is as it was")
}

func TestACustomRoleIsARoleLikeAnyOther(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	p := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"inspection.warn": rbac.OnMiniProgram},
		Roles: []rbac.Role{{ID: "inspector", Kind: rbac.KindTenant, Name: "Mini Program Inspector", Permissions: rbac.Permissions{
			rbac.ViewMiniProgram: rbac.ScopeTenant, "inspection.warn": rbac.ScopeTenant,
		}}},
	}))
	ines := staff("ines", wallet, inRole("inspector"))
	assert.Equal(t, granted("inspector", rbac.ScopeTenant), p.Check(ines, "inspection.warn", shop.MiniProgram("mp-42")))
	assert.Equal(t, granted("inspector", rbac.ScopeTenant), p.Check(ines, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1")))
	assert.Equal(t, rbac.ReasonNotGranted, p.Check(ines, rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1")).Reason)
	assert.Equal(t, rbac.ReasonOtherKind, p.Check(staff("ines", shop, inRole("inspector")), rbac.ViewMiniProgram, shop.MiniProgram("mp-42")).Reason)
	assert.Equal(t, rbac.ReasonUnknownRole, rbac.Default().Check(ines, rbac.ViewMiniProgram, wallet.MiniProgram("mp-1")).Reason)
}

// Whatever order the specs come in, an extension is added to the role and to what other specs add.
func TestExtensionsAddUp(t *testing.T) {
	t.Parallel()
	role := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": rbac.OnMiniProgram, "b": rbac.OnMiniProgram, "c": rbac.OnMiniProgram},
		Roles:   []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"a": rbac.ScopeOwn, "b": rbac.ScopeOwn}}},
		Extend:  map[rbac.RoleID]rbac.Permissions{"r": {"c": rbac.ScopeOwn}},
	}
	one := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": rbac.ScopeAssigned, "c": rbac.ScopeAssigned}}}
	other := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": rbac.ScopeTenant, "b": 0}}}
	want := rbac.Permissions{"a": rbac.ScopeOwn | rbac.ScopeAssigned | rbac.ScopeTenant, "b": rbac.ScopeOwn, "c": rbac.ScopeOwn | rbac.ScopeAssigned}
	for _, specs := range [][]rbac.Spec{{role, one, other}, {other, one, role}, {one, role, other}} {
		p, err := rbac.New(specs...)
		require.NoError(t, err)
		assert.Equal(t, want, p.Spec().Roles[0].Permissions)
		assert.Empty(t, p.Spec().Extend, "nothing is left to extend")
	}
	assert.Equal(t, rbac.Permissions{"a": rbac.ScopeOwn, "b": rbac.ScopeOwn}, role.Roles[0].Permissions, "the spec stays as it was")
}

func TestFourEyesAreOfOneActionAndNoOther(t *testing.T) {
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

func TestTheStricterCardinalityCounts(t *testing.T) {
	t.Parallel()
	bounds := func(least, most int) rbac.Spec {
		return rbac.Spec{AtLeast: map[rbac.RoleID]int{rbac.WorkspaceAdmin: least}, AtMost: map[rbac.RoleID]int{rbac.WorkspaceAdmin: most}}
	}
	for sentence, specs := range map[string][]rbac.Spec{
		"the stricter first": {rbac.Defaults(), bounds(3, 5), bounds(2, 7)},
		"the stricter last":  {bounds(2, 7), bounds(3, 5), rbac.Defaults()},
		"one of each":        {bounds(3, 7), bounds(0, 5), rbac.Defaults()},
	} {
		spec := rbac.Must(rbac.New(specs...)).Spec()
		assert.Equal(t, map[rbac.RoleID]int{rbac.WorkspaceAdmin: 3, rbac.DeveloperAdmin: 1}, spec.AtLeast, sentence)
		assert.Equal(t, map[rbac.RoleID]int{rbac.WorkspaceAdmin: 5}, spec.AtMost, sentence)
	}
	spec := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		AtLeast: map[rbac.RoleID]int{rbac.Developer: 0},
		AtMost:  map[rbac.RoleID]int{rbac.Developer: 0, rbac.WorkspaceAdmin: 1},
	})).Spec()
	assert.NotContains(t, spec.AtLeast, rbac.Developer, "at least none says nothing")
	assert.Equal(t, map[rbac.RoleID]int{rbac.Developer: 0, rbac.WorkspaceAdmin: 1}, spec.AtMost, "at most none says something, and one is within at least one")
}

func TestExclusiveSetsAreKeptOnce(t *testing.T) {
	t.Parallel()
	one := rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Operator, rbac.Developer}, {rbac.DeveloperAdmin, rbac.Operator}}, FourEyes: []rbac.Action{rbac.ViewApp, rbac.EditApp}}
	other := rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}, {rbac.Developer, rbac.Operator, rbac.DeveloperAdmin}}, FourEyes: []rbac.Action{rbac.EditApp}}
	spec := rbac.Must(rbac.New(rbac.Defaults(), one, other)).Spec()
	assert.Equal(t, [][]rbac.RoleID{
		{rbac.Developer, rbac.DeveloperAdmin, rbac.Operator}, {rbac.Developer, rbac.Operator}, {rbac.DeveloperAdmin, rbac.Operator},
	}, spec.Exclusive)
	assert.Equal(t, []rbac.Action{rbac.EditApp, rbac.ViewApp}, spec.FourEyes)
}

// onlyRole is a spec of one action of that target and one role of that kind that grants it.
func onlyRole(kind rbac.WorkspaceKind, target rbac.Target, scope rbac.Scope) rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": target},
		Roles:   []rbac.Role{{ID: "r", Kind: kind, Permissions: rbac.Permissions{"a": scope}}},
	}
}

func TestWhatIsWrongWithASpecIsNamed(t *testing.T) {
	t.Parallel()
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	roles := []rbac.Role{{ID: "chef", Kind: rbac.KindTenant}, {ID: "cook", Kind: rbac.KindDeveloper}}
	actions := map[rbac.Action]rbac.Target{"dish.cook": rbac.OnMiniProgram, "dish.serve": rbac.OnAny}
	for sentence, row := range map[string]struct {
		spec    rbac.Spec
		problem string
	}{
		"an action without a name": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"": rbac.OnAny}},
			`rbac: actions[""]: invalid name ""; ` + anyName},
		"an action in capitals": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"Dish.cook": rbac.OnAny}},
			`rbac: actions["Dish.cook"]: invalid name "Dish.cook"; ` + anyName},
		"an action on nothing": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"a": 0}},
			`rbac: actions["a"]: no target; use tenant, developer, miniprogram or several of them`},
		"an action on what does not exist": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{"a": 8 | rbac.OnAny}},
			`rbac: actions["a"]: target(15) is not a target; use tenant, developer, miniprogram or several of them`},
		"a role without a name": {rbac.Spec{Roles: []rbac.Role{roles[0], {Kind: rbac.KindTenant}}},
			`rbac: roles[1].id: invalid name ""; ` + anyName},
		"a role without a kind": {rbac.Spec{Roles: []rbac.Role{{ID: "chef"}}},
			`rbac: roles[0].kind: no kind; use tenant or developer`},
		"a role of a kind that does not exist": {rbac.Spec{Roles: []rbac.Role{{ID: "chef", Kind: 3}}},
			`rbac: roles[0].kind: workspace kind(3) is not a kind; use tenant or developer`},
		"a role that is defined twice": {rbac.Spec{Roles: []rbac.Role{roles[0], roles[1], roles[0]}},
			`rbac: roles[2]: role "chef" is defined twice; give it another id, or use extend to add permissions`},
		"a role of two kinds": {rbac.Spec{Roles: []rbac.Role{roles[0], {ID: "chef", Kind: rbac.KindDeveloper}}},
			`rbac: roles[1]: role "chef" is defined twice; give it another id, or use extend to add permissions`},

		"a permission of an unknown action": {rbac.Spec{Actions: actions, Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"dish.cok": rbac.ScopeOwn}}}},
			`rbac: roles[0].permissions: unknown action "dish.cok"; did you mean "dish.cook"?`},
		"a permission of an action that is like no other": {rbac.Spec{Actions: actions, Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"napkin": rbac.ScopeOwn}}}},
			`rbac: roles[0].permissions: unknown action "napkin"; declare it in actions`},
		"a permission of an unknown action and no scope": {rbac.Spec{Actions: actions, Roles: []rbac.Role{{ID: "chef", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"napkin": 0}}}},
			`rbac: roles[0].permissions: unknown action "napkin"; declare it in actions`},
		"an unknown scope": {onlyRole(rbac.KindTenant, rbac.OnAny, 16),
			`rbac: roles[0].permissions["a"]: scope(16) is not a scope; use own, assigned, workspace or tenant`},
		"a merchant's role over the tenant": {onlyRole(rbac.KindDeveloper, rbac.OnAny, rbac.ScopeTenant),
			`rbac: roles[0].permissions["a"]: scope tenant cannot match; a developer role reaches its own workspace at most`},
		"a workspace that is assigned": {onlyRole(rbac.KindTenant, rbac.OnWorkspace, rbac.ScopeAssigned),
			`rbac: roles[0].permissions["a"]: scope assigned cannot match; only mini programs are assigned, and the action is for workspace`},
		"a merchant's role on tenants": {onlyRole(rbac.KindDeveloper, rbac.OnTenant, rbac.ScopeWorkspace),
			`rbac: roles[0].permissions["a"]: scope workspace cannot match; the action is for tenant, which the own workspace of a developer role is not`},
		"a merchant's role on its own tenant": {onlyRole(rbac.KindDeveloper, rbac.OnTenant, rbac.ScopeOwn),
			`rbac: roles[0].permissions["a"]: scope own cannot match; the action is for tenant, which the own workspace of a developer role is not`},
		"a tenant's role on merchants, at home": {onlyRole(rbac.KindTenant, rbac.OnDeveloper, rbac.ScopeTenant|rbac.ScopeOwn),
			`rbac: roles[0].permissions["a"]: scope own|tenant cannot match; the action is for developer, which the own workspace of a tenant role is not`},

		"an unknown role extended": {rbac.Spec{Actions: actions, Roles: roles, Extend: map[rbac.RoleID]rbac.Permissions{"chief": {"dish.cook": rbac.ScopeOwn}}},
			`rbac: extend["chief"]: unknown role "chief"; did you mean "chef"?`},
		"a role extended with an unknown action": {rbac.Spec{Actions: actions, Roles: roles, Extend: map[rbac.RoleID]rbac.Permissions{"chef": {"table.set": rbac.ScopeOwn}}},
			`rbac: extend["chef"]: unknown action "table.set"; declare it in actions`},
		"a role extended beyond its kind": {rbac.Spec{Actions: actions, Roles: roles, Extend: map[rbac.RoleID]rbac.Permissions{"cook": {"dish.cook": rbac.ScopeTenant}}},
			`rbac: extend["cook"]["dish.cook"]: scope tenant cannot match; a developer role reaches its own workspace at most`},

		"an exclusive set of nobody": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef", "cook"}, {}}},
			`rbac: exclusive[1]: fewer than two roles; name the roles of which a member may hold only one`},
		"an exclusive set of one": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef"}}},
			`rbac: exclusive[0]: fewer than two roles; name the roles of which a member may hold only one`},
		"an exclusive set of one role twice": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef", "chef"}}},
			"rbac: exclusive[0][1]: role \"chef\" is repeated; name it once\n" +
				"rbac: exclusive[0]: fewer than two roles; name the roles of which a member may hold only one"},
		"an exclusive set with a role twice": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef", "cook", "chef"}}},
			`rbac: exclusive[0][2]: role "chef" is repeated; name it once`},
		"an exclusive set with an unknown role": {rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{{"chef", "waiter"}}},
			`rbac: exclusive[0][1]: unknown role "waiter"; define it in roles`},

		"four eyes on an unknown action": {rbac.Spec{Actions: actions, FourEyes: []rbac.Action{"dish.cook", "dish.serv"}},
			`rbac: four_eyes[1]: unknown action "dish.serv"; did you mean "dish.serve"?`},
		"at least so many of an unknown role": {rbac.Spec{Roles: roles, AtLeast: map[rbac.RoleID]int{"waiter": 1}},
			`rbac: at_least["waiter"]: unknown role "waiter"; define it in roles`},
		"at most so many of an unknown role": {rbac.Spec{Roles: roles, AtMost: map[rbac.RoleID]int{"waiter": 1}},
			`rbac: at_most["waiter"]: unknown role "waiter"; define it in roles`},
		"at least fewer than none": {rbac.Spec{Roles: roles, AtLeast: map[rbac.RoleID]int{"chef": -1}},
			`rbac: at_least["chef"]: -1 holders; use 0 to 2147483647`},
		"at most fewer than none": {rbac.Spec{Roles: roles, AtMost: map[rbac.RoleID]int{"chef": -1}},
			`rbac: at_most["chef"]: -1 holders; use 0 to 2147483647`},
		"at most fewer than at least": {rbac.Spec{Roles: roles, AtLeast: map[rbac.RoleID]int{"chef": 2, "cook": 2}, AtMost: map[rbac.RoleID]int{"chef": 1, "cook": 2}},
			`rbac: at_most["chef"]: at most 1 holders, and at least 2; raise the one or lower the other`},
	} {
		p, err := rbac.New(row.spec)
		assert.EqualError(t, err, row.problem, sentence)
		assert.Nil(t, p, sentence)
		var problem *rbac.ValidationError
		assert.ErrorAs(t, err, &problem, sentence)
	}
}

// Every other scope than those that cannot match is accepted, so that no host is kept from saying what it means.
func TestAScopeThatCanMatchIsAccepted(t *testing.T) {
	t.Parallel()
	accepted := 0
	for _, kind := range []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper} {
		for target := rbac.OnTenant; target <= rbac.OnAny; target++ {
			for scope := rbac.Scope(0); scope < 16; scope++ {
				_, err := rbac.New(onlyRole(kind, target, scope))
				assert.Equal(t, canMatch(kind, target, scope), err == nil, "a %s role, an action on %s, the scope %s", kind, target, scope)
				if err == nil {
					accepted++
				}
			}
		}
	}
	assert.Equal(t, 123, accepted, "of 224 combinations: 82 for a tenant's role, 41 for a merchant's")
}

// canMatch says for each flag of a scope that some resource of that target is reached.
func canMatch(kind rbac.WorkspaceKind, target rbac.Target, scope rbac.Scope) bool {
	home := map[rbac.WorkspaceKind]rbac.Target{rbac.KindTenant: rbac.OnTenant, rbac.KindDeveloper: rbac.OnDeveloper}[kind]
	atHome := target&home != 0 || target&rbac.OnMiniProgram != 0
	if scope&rbac.ScopeOwn != 0 && !atHome {
		return false
	}
	if scope&rbac.ScopeWorkspace != 0 && !atHome {
		return false
	}
	if scope&rbac.ScopeAssigned != 0 && target&rbac.OnMiniProgram == 0 {
		return false
	}
	return scope&rbac.ScopeTenant == 0 || kind == rbac.KindTenant
}

// All that is wrong is said at once, in the order of the specs and of their fields: first what they declare, then what
// they say of it, then what contradicts itself. Maps are gone through in the order of names.
func TestEveryProblemIsReportedInAFixedOrder(t *testing.T) {
	t.Parallel()
	first := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"z": 0, "B": rbac.OnAny, "a": rbac.OnMiniProgram},
		Roles: []rbac.Role{
			{ID: "chef", Name: strings.Repeat("x", 257), Description: "\xff"},
			{ID: "cook", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"y": rbac.ScopeOwn, "a": rbac.ScopeTenant, "x": 16}},
		},
		AtLeast: map[rbac.RoleID]int{"cook": 3, "chef": 3},
	}
	second := rbac.Spec{
		Actions:   map[rbac.Action]rbac.Target{"a": rbac.OnAny},
		Roles:     []rbac.Role{{ID: "cook", Kind: rbac.KindTenant}},
		Extend:    map[rbac.RoleID]rbac.Permissions{"v": {"a": rbac.ScopeTenant}, "u": nil},
		Exclusive: [][]rbac.RoleID{{"cook"}},
		FourEyes:  []rbac.Action{"q", "p"},
		AtLeast:   map[rbac.RoleID]int{"t": -1, "s": 0},
		AtMost:    map[rbac.RoleID]int{"cook": 2, "chef": 1},
	}
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	want := []string{
		`rbac: specs[0].actions["B"]: invalid name "B"; ` + anyName,
		`rbac: specs[0].actions["z"]: no target; use tenant, developer, miniprogram or several of them`,
		`rbac: specs[0].roles[0].kind: no kind; use tenant or developer`,
		`rbac: specs[0].roles[0].name: 257 bytes are too many; use 256 at most`,
		`rbac: specs[0].roles[0].description: text that is damaged or not UTF-8; replace the damaged text`,
		`rbac: specs[1].actions["a"]: the action is declared twice; declare it in one spec only`,
		`rbac: specs[1].roles[0]: role "cook" is defined twice; give it another id, or use extend to add permissions`,
		`rbac: specs[0].roles[1].permissions["a"]: scope tenant cannot match; a developer role reaches its own workspace at most`,
		`rbac: specs[0].roles[1].permissions: unknown action "x"; did you mean "B"?`,
		`rbac: specs[0].roles[1].permissions["x"]: scope(16) is not a scope; use own, assigned, workspace or tenant`,
		`rbac: specs[0].roles[1].permissions: unknown action "y"; did you mean "B"?`,
		`rbac: specs[1].extend["u"]: unknown role "u"; define it in roles`,
		`rbac: specs[1].extend["v"]: unknown role "v"; define it in roles`,
		`rbac: specs[1].exclusive[0]: fewer than two roles; name the roles of which a member may hold only one`,
		`rbac: specs[1].four_eyes[0]: unknown action "q"; did you mean "B"?`,
		`rbac: specs[1].four_eyes[1]: unknown action "p"; did you mean "B"?`,
		`rbac: specs[1].at_least["s"]: unknown role "s"; define it in roles`,
		`rbac: specs[1].at_least["t"]: unknown role "t"; define it in roles`,
		`rbac: specs[1].at_least["t"]: -1 holders; use 0 to 2147483647`,
		`rbac: at_most["chef"]: at most 1 holders, and at least 3; raise the one or lower the other`,
		`rbac: at_most["cook"]: at most 2 holders, and at least 3; raise the one or lower the other`,
	}
	for range 20 {
		p, err := rbac.New(first, second)
		require.Error(t, err)
		require.Equal(t, want, strings.Split(err.Error(), "\n"))
		require.Nil(t, p)
	}
}

func TestSpecsMayNameWhatLaterOnesDeclare(t *testing.T) {
	t.Parallel()
	uses := rbac.Spec{
		Roles:     []rbac.Role{{ID: "chef", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"dish.cook": rbac.ScopeOwn}}},
		Extend:    map[rbac.RoleID]rbac.Permissions{"cook": {"dish.cook": rbac.ScopeOwn}},
		Exclusive: [][]rbac.RoleID{{"chef", "cook"}},
		FourEyes:  []rbac.Action{"dish.cook"},
		AtLeast:   map[rbac.RoleID]int{"cook": 1},
		AtMost:    map[rbac.RoleID]int{"cook": 1},
	}
	declares := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"dish.cook": rbac.OnMiniProgram},
		Roles:   []rbac.Role{{ID: "cook", Kind: rbac.KindDeveloper}},
	}
	forth, err := rbac.New(uses, declares)
	require.NoError(t, err)
	back, err := rbac.New(declares, uses)
	require.NoError(t, err)
	assert.Equal(t, forth.Spec(), back.Spec())
	assert.Equal(t, forth.Fingerprint(), back.Fingerprint())
}

func manyActions(number int, name string) map[rbac.Action]rbac.Target {
	actions := make(map[rbac.Action]rbac.Target, number)
	for i := range number {
		actions[rbac.Action(fmt.Sprintf("%s%d", name, i))] = rbac.OnMiniProgram
	}
	return actions
}

func manyRoles(number int, name string) []rbac.Role {
	roles := make([]rbac.Role, number)
	for i := range roles {
		roles[i] = rbac.Role{ID: rbac.RoleID(fmt.Sprintf("%s%d", name, i)), Kind: rbac.KindTenant}
	}
	return roles
}

func TestAPolicyHasItsLimits(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		specs   []rbac.Spec
		problem string
	}{
		"4,096 actions":        {[]rbac.Spec{{Actions: manyActions(4_096, "a")}}, ""},
		"4,096 actions of two": {[]rbac.Spec{{Actions: manyActions(4_000, "a")}, {Actions: manyActions(96, "b")}}, ""},
		"4,097 actions": {[]rbac.Spec{{Actions: manyActions(4_097, "a")}},
			"rbac: actions: more than 4096 actions; declare fewer"},
		"4,097 actions of two": {[]rbac.Spec{{Actions: manyActions(4_000, "a")}, {Actions: manyActions(97, "b")}},
			"rbac: specs[1].actions: more than 4096 actions; declare fewer"},
		"16,384 roles":        {[]rbac.Spec{{Roles: manyRoles(16_384, "r")}}, ""},
		"16,384 roles of two": {[]rbac.Spec{{Roles: manyRoles(16_000, "r")}, {Roles: manyRoles(384, "s")}}, ""},
		"16,385 roles": {[]rbac.Spec{{Roles: manyRoles(16_385, "r")}},
			"rbac: roles: more than 16384 roles; define fewer"},
		"16,385 roles of two": {[]rbac.Spec{{Roles: manyRoles(16_000, "r")}, {Roles: manyRoles(385, "s")}},
			"rbac: specs[1].roles: more than 16384 roles; define fewer"},
		"4,097 actions, and 16,385 roles": {[]rbac.Spec{{Actions: manyActions(4_097, "a"), Roles: manyRoles(16_385, "r")}},
			"rbac: actions: more than 4096 actions; declare fewer\nrbac: roles: more than 16384 roles; define fewer"},
		"4,097 actions, of which one is named elsewhere": {[]rbac.Spec{{Actions: manyActions(4_097, "a"), FourEyes: []rbac.Action{"a0"}}},
			"rbac: actions: more than 4096 actions; declare fewer"},
		"16,385 roles, of which one is named elsewhere": {[]rbac.Spec{{Roles: manyRoles(16_385, "r"), AtMost: map[rbac.RoleID]int{"r0": 1}}},
			"rbac: roles: more than 16384 roles; define fewer"},
	} {
		p, err := rbac.New(row.specs...)
		if row.problem == "" {
			assert.NoError(t, err, sentence)
			assert.NotNil(t, p, sentence)
			continue
		}
		assert.EqualError(t, err, row.problem, sentence)
		assert.Nil(t, p, sentence)
	}
}

// describedRoles are as many roles as there may be, with descriptions that fill a document of that many bytes.
func describedRoles(size int) rbac.Spec {
	roles := manyRoles(16_384, "role_")
	length := len(`{"roles":[]}`) - len(",")
	for _, role := range roles {
		length += len(`{"id":"","kind":"tenant","description":""},`) + len(role.ID)
	}
	for i := range roles {
		fill := min(1_024, (size-length)/(len(roles)-i))
		roles[i].Description = strings.Repeat("x", fill)
		length += fill
	}
	return rbac.Spec{Roles: roles}
}

func TestThePolicyOfAllSpecsIsADocumentOf16MiBAtMost(t *testing.T) {
	t.Parallel()
	largest := describedRoles(16 << 20)
	p, err := rbac.New(largest)
	require.NoError(t, err)
	document, err := p.Spec().MarshalJSON()
	require.NoError(t, err)
	require.Len(t, document, 16<<20)

	tooLarge := describedRoles(16<<20 + 1)
	halves := []rbac.Spec{{Roles: tooLarge.Roles[:8_000]}, {Roles: tooLarge.Roles[8_000:]}}
	for sentence, specs := range map[string][]rbac.Spec{"one spec": {tooLarge}, "two specs": halves} {
		p, err = rbac.New(specs...)
		assert.EqualError(t, err, "rbac: the document has 16777217 bytes; 16777216 are the most; define fewer roles", sentence)
		assert.Nil(t, p, sentence)
	}
}

func TestMustIsForPoliciesThatAreRight(t *testing.T) {
	t.Parallel()
	p, err := rbac.New(rbac.Defaults())
	assert.Same(t, p, rbac.Must(p, err))
	_, err = rbac.New(rbac.Spec{FourEyes: []rbac.Action{"no.such"}})
	require.Error(t, err)
	assert.PanicsWithError(t, err.Error(), func() { rbac.Must(nil, err) })
}

func TestTheDefaultPolicyIsOne(t *testing.T) {
	t.Parallel()
	assert.Same(t, rbac.Default(), rbac.Default())
	assert.Equal(t, rbac.Must(rbac.New(rbac.Defaults())).Spec(), rbac.Default().Spec())
}

// everything is a spec that uses every field.
func everything() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram, "report.print": rbac.OnAny},
		Roles: []rbac.Role{
			{ID: "printer", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"report.print": rbac.ScopeOwn | rbac.ScopeAssigned}},
			{ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor", Description: "Reads.", Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant}},
		},
		Extend:    map[rbac.RoleID]rbac.Permissions{rbac.Developer: {"report.export": rbac.ScopeAssigned}},
		Exclusive: [][]rbac.RoleID{{"auditor", rbac.WorkspaceAdmin}},
		FourEyes:  []rbac.Action{"report.export"},
		AtLeast:   map[rbac.RoleID]int{"auditor": 1},
		AtMost:    map[rbac.RoleID]int{"auditor": 4, rbac.WorkspaceAdmin: 9},
	}
}

func TestThePolicyOfASpecOfAPolicyIsAnEqualPolicy(t *testing.T) {
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

func TestAPolicyThatIsNotThereHasNoSpec(t *testing.T) {
	t.Parallel()
	for sentence, p := range map[string]*rbac.Policy{"the nil policy": nil, "the zero policy": {}} {
		assert.Equal(t, rbac.Spec{}, p.Spec(), sentence)
		assert.Empty(t, p.Fingerprint(), sentence)
	}
}

func TestAFingerprintTellsPoliciesApart(t *testing.T) {
	t.Parallel()
	base := rbac.Must(rbac.New(rbac.Defaults(), everything())).Fingerprint()
	assert.Regexp(t, `^[0-9a-f]{64}$`, base)
	seen := map[string]string{base: "unchanged"}
	for sentence, change := range map[string]func(*rbac.Spec){
		"another target":         func(s *rbac.Spec) { s.Actions["report.print"] = rbac.OnWorkspace | rbac.OnMiniProgram ^ rbac.OnTenant },
		"one more action":        func(s *rbac.Spec) { s.Actions["report.burn"] = rbac.OnAny },
		"another kind":           func(s *rbac.Spec) { s.Roles[0].Kind = rbac.KindTenant },
		"another name":           func(s *rbac.Spec) { s.Roles[0].Name = "Printer" },
		"another description":    func(s *rbac.Spec) { s.Roles[1].Description = "" },
		"another scope":          func(s *rbac.Spec) { s.Roles[0].Permissions["report.print"] = rbac.ScopeOwn },
		"another extension":      func(s *rbac.Spec) { s.Extend[rbac.Developer]["report.export"] = rbac.ScopeOwn },
		"no exclusive set":       func(s *rbac.Spec) { s.Exclusive = nil },
		"no four eyes":           func(s *rbac.Spec) { s.FourEyes = nil },
		"another least number":   func(s *rbac.Spec) { s.AtLeast["auditor"] = 2 },
		"another largest number": func(s *rbac.Spec) { s.AtMost["auditor"] = 3 },
	} {
		spec := everything()
		change(&spec)
		fingerprint := rbac.Must(rbac.New(rbac.Defaults(), spec)).Fingerprint()
		assert.Empty(t, seen[fingerprint], "%s has the fingerprint of the other", sentence)
		seen[fingerprint] = sentence
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

func TestNothingThatIsPassedInOrHandedOutChangesAPolicy(t *testing.T) {
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
	spec.Exclusive = append(spec.Exclusive, []rbac.RoleID{rbac.WorkspaceDeveloper, rbac.WorkspaceAdmin}, []rbac.RoleID{rbac.WorkspaceAdmin, "auditor"})
	spec.FourEyes = []rbac.Action{"report.print", "report.export", "report.print"}
	spec.Roles[0].Permissions["report.export"] = 0
	before := fmt.Sprintf("%#v", spec)
	rbac.Must(rbac.New(rbac.Defaults(), spec))
	assert.Equal(t, before, fmt.Sprintf("%#v", spec))
}

// costly are requests of every kind, beside a policy and members of the sizes that a large host has.
func costly(t *testing.T) (*rbac.Policy, []refused) {
	t.Helper()
	p, err := rbac.New(rbac.Defaults(), rbac.Spec{Roles: manyRoles(5_000, "extra_"), FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}})
	require.NoError(t, err)
	shop := rbac.Tenant("wallet").Developer("shop")
	huge, programs := staff("huge", shop), make([]string, 1_000)
	for i := range programs {
		programs[i] = fmt.Sprintf("mp-%d", i)
	}
	for range 2_000 {
		huge.Assignments = append(huge.Assignments, inRole(rbac.Operator, "mp-1"), rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs[990:], NotBefore: noon.AddDate(900, 0, 0)})
	}
	huge.Assignments = append(huge.Assignments, inRole(rbac.Developer, programs...))
	bounded := staff("alice", shop, rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs, NotBefore: noon.AddDate(-9, 0, 0), NotAfter: noon.AddDate(900, 0, 0)})
	return p, append(refusals(),
		refused{"allowed", bounded, rbac.DebugMiniProgram, shop.MiniProgram("mp-999"), rbac.ReasonGranted},
		refused{"allowed by the last of 4,001 assignments", huge, rbac.DebugMiniProgram, shop.MiniProgram("mp-999"), rbac.ReasonGranted},
		refused{"denied by all of 4,001 assignments", huge, rbac.DebugMiniProgram, shop.MiniProgram("mp-1000"), rbac.ReasonNotAssigned},
	)
}

func TestADecisionAllocatesNothing(t *testing.T) {
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
