package rbac_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBindOfNoPolicyAllowsNothing(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	var none *rbac.Policy
	for sentence, s := range map[string]*rbac.Subject{
		"the nil subject":              nil,
		"the zero subject":             {},
		"a subject of the nil policy":  none.Bind(wendy),
		"a subject of the zero policy": new(rbac.Policy).BindAt(noon, wendy),
	} {
		assert.False(t, s.Can(rbac.ViewApp, wallet.Resource()), sentence)
		d := s.Check(rbac.ViewApp, wallet.Resource())
		assert.False(t, d.Allowed, sentence)
		assert.Equal(t, rbac.ReasonNoPolicy.String(), d.Reason.String(), sentence)
		assert.EqualError(t, d.Err(), "rbac: app.view denied: no policy decided it", sentence)
		assert.Empty(t, slices.Collect(s.Actions(wallet.Resource())), sentence)
		assert.True(t, s.Filter(rbac.ViewApp).None(), sentence)
	}
}

// A subject is the policy's CheckAt with the lookups done beforehand, so it says the same of every request.
func TestBindAtDecidesAsCheckAt(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	requests := refusals()
	for _, member := range requests {
		s := p.BindAt(noon, member.member)
		for _, q := range requests {
			want := p.CheckAt(noon, member.member, q.action, q.resource)
			require.Equal(t, want, s.Check(q.action, q.resource), "the member of %q asks for that of %q",
				member.sentence, q.sentence)
			require.Equal(t, want.Allowed, s.Can(q.action, q.resource), "the member of %q asks for that of %q",
				member.sentence, q.sentence)
			require.Equal(t, want.Allowed, s.Filter(q.action).Match(q.resource), "the member of %q lists that of %q",
				member.sentence, q.sentence)
		}
	}
}

func TestBindAtIsAsOfItsTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	during := rbac.Assignment{Role: rbac.WorkspaceAdmin, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	m := staff("ann", rbac.Tenant("wallet"), during)
	view := m.Workspace.Resource()
	for sentence, row := range map[string]struct {
		subject *rbac.Subject
		reason  rbac.Reason
	}{
		"by the clock":     {rbac.Default().Bind(m), rbac.ReasonGranted},
		"an hour earlier":  {rbac.Default().BindAt(during.NotBefore.Add(-1), m), rbac.ReasonNotYet},
		"when it begins":   {rbac.Default().BindAt(during.NotBefore, m), rbac.ReasonGranted},
		"just before":      {rbac.Default().BindAt(during.NotAfter.Add(-1), m), rbac.ReasonGranted},
		"when it ends":     {rbac.Default().BindAt(during.NotAfter, m), rbac.ReasonExpired},
		"at the zero time": {rbac.Default().BindAt(time.Time{}, m), rbac.ReasonNotYet},
	} {
		assert.Equal(t, row.reason.String(), row.subject.Check(rbac.ViewApp, view).Reason.String(), sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, row.subject.Can(rbac.ViewApp, view), sentence)
	}
}

// ofSubject is all that a subject answers about a mini program and its workspace.
func ofSubject(s *rbac.Subject, r rbac.Resource) string {
	var filters []string
	for action := range rbac.Default().Actions() {
		filters = append(filters, s.Filter(action).String())
	}
	return fmt.Sprint(s.Check(rbac.ReleaseMiniProgram, r), slices.Collect(s.Actions(r)),
		slices.Collect(s.Actions(r.Workspace.Resource())), filters)
}

func TestBindKeepsNothingOfItsCaller(t *testing.T) {
	t.Parallel()
	shop := rbac.Tenant("wallet").Developer("shop")
	m := staff("alice", shop, inRole(rbac.Developer, "mp-1", "mp-2"), inRole(rbac.Operator, "mp-3"))
	s := rbac.Default().Bind(m)
	want := ofSubject(s, shop.MiniProgram("mp-1"))
	require.True(t, s.Can(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")))

	m.Assignments[0].MiniPrograms[0] = "mp-9"
	m.Assignments[1].MiniPrograms[0] = "mp-1"
	m.Assignments[0].Role, m.Assignments[1].Role = rbac.DeveloperAdmin, rbac.DeveloperAdmin
	m.Status = rbac.StatusBlocked
	assert.Equal(t, want, ofSubject(s, shop.MiniProgram("mp-1")))
	assert.Equal(t, rbac.ReasonNotAssigned, s.Check(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-9")).Reason)
}

// Asking leaves no trace in a subject, so that any number of goroutines may ask at once. The race detector says so when
// they do; the comparison says so without it.
func TestBindGivesASubjectThatQuestionsDoNotChange(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	several := staff("alice", rbac.Tenant("wallet").Developer("shop"),
		inRole(rbac.Developer, "mp-42", "mp-41", "mp-42"))
	for _, q := range append(refusals(),
		refused{sentence: "several programs", member: several, action: rbac.ReleaseMiniProgram}) {
		s := p.Bind(q.member)
		before := fmt.Sprintf("%+v", *s)
		s.Check(q.action, q.resource)
		s.Can(q.action, q.resource)
		s.Filter(q.action).Match(q.resource)
		for range s.Actions(q.resource) {
			continue
		}
		assert.Equal(t, before, fmt.Sprintf("%+v", *s), "the subject is as it was before: %s", q.sentence)
	}
}

func TestBindGivesASubjectThatGoroutinesShare(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	for _, q := range refusals() {
		s := p.Bind(q.member)
		want := p.Check(q.member, q.action, q.resource)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				assert.Equal(t, want, s.Check(q.action, q.resource), q.sentence)
				assert.Equal(t, want.Allowed, s.Can(q.action, q.resource), q.sentence)
			})
		}
		wait.Wait()
	}
}

func TestSubjectCheckNamesTheFirstAssignmentThatGrants(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	s := rbac.Default().BindAt(noon, staff("ann", wallet,
		inRole("nobody"), inRole(rbac.DeveloperAdmin), inRole(rbac.WorkspaceReviewer, "mp-2"),
		rbac.Assignment{Role: rbac.WorkspaceAdmin, NotAfter: noon},
		rbac.Assignment{Role: rbac.WorkspaceAdmin, NotBefore: noon.Add(1)},
		inRole(rbac.WorkspaceOperator, "mp-1"), inRole(rbac.WorkspaceDeveloper, "mp-1", "mp-3"),
	))
	assert.Equal(t, granted(rbac.WorkspaceOperator, rbac.ScopeAssigned),
		s.Check(rbac.ViewMiniProgram, wallet.MiniProgram("mp-1")))
	assert.Equal(t, granted(rbac.WorkspaceReviewer, rbac.ScopeAssigned),
		s.Check(rbac.ViewMiniProgram, wallet.MiniProgram("mp-2")))
	assert.Equal(t, granted(rbac.WorkspaceDeveloper, rbac.ScopeAssigned),
		s.Check(rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-3")))
	assert.Equal(t, rbac.ReasonNotYet, s.Check(rbac.ManageWorkspace, wallet.Resource()).Reason)
}

func TestSubjectActionsAreThoseThatCanAllows(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	p := fourEyed(t)
	actions := slices.Sorted(maps.Keys(rbac.Defaults().Actions))
	offered := 0
	for _, q := range append(refusals(),
		refused{sentence: "a developer", member: staff("ann", shop, inRole(rbac.Developer, "mp-42"))},
		refused{sentence: "an admin", member: staff("ann", wallet, inRole(rbac.WorkspaceAdmin))},
		refused{sentence: "two roles",
			member: staff("ann", shop, inRole(rbac.Operator, "mp-41"), inRole(rbac.Developer, "mp-42", ""))},
	) {
		s := p.BindAt(noon, q.member)
		for _, r := range []rbac.Resource{
			q.resource, shop.Resource(), wallet.Resource(), shop.MiniProgram("mp-42"), shop.MiniProgram("mp-41"),
			wallet.MiniProgram("mp-1"),
			shop.MiniProgram("mp-42").OwnedBy(q.member.ID), shop.Resource().OwnedBy(q.member.ID),
			shop.MiniProgram("mp-42").OwnedBy("zoe"),
		} {
			var want []rbac.Action
			for _, action := range actions {
				if s.Can(action, r) {
					want = append(want, action)
				}
			}
			assert.Equal(t, want, slices.Collect(s.Actions(r)), "%s: what may be done to %+v", q.sentence, r)
			offered += len(want)
		}
	}
	assert.Greater(t, offered, 200, "actions offered")
}

func TestSubjectActionsStopWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	s := rbac.Default().Bind(staff("wendy", wallet, inRole(rbac.WorkspaceAdmin)))
	all := slices.Collect(s.Actions(wallet.Resource()))
	require.Greater(t, len(all), 2)
	for number := range len(all) {
		var some []rbac.Action
		for action := range s.Actions(wallet.Resource()) {
			some = append(some, action)
			if len(some) == number+1 {
				break
			}
		}
		assert.Equal(t, all[:number+1], some)
	}
	assert.Equal(t, all, slices.Collect(s.Actions(wallet.Resource())), "they can be asked for again")
}

func TestPermissionsAtIsWhatTheRolesInForceGrant(t *testing.T) {
	reads := rbac.Permissions{readReports: rbac.ScopeWorkspace}
	tests := []struct {
		name   string
		member rbac.Member
		want   rbac.Permissions
	}{
		{"of one role", inShop(inRole(reader)), reads},
		{"of two roles together", inShop(inRole(reader), inRole(requester)),
			rbac.Permissions{readReports: rbac.ScopeWorkspace, rbac.ViewRequest: rbac.ScopeOwn}},
		{"of two scopes of one action", inShop(inRole(releaser, "mp-1"), inRole(signer)),
			rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned | rbac.ScopeWorkspace}},
		{"of a role on a program",
			inShop(inRole(releaser, "mp-1")), rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}},
		{"of a role on no program", inShop(inRole(releaser)), rbac.Permissions{}},
		{"of a role on an empty program", inShop(inRole(releaser, "")), rbac.Permissions{}},
		{"of a role on an empty program and another",
			inShop(inRole(releaser, "", "mp-1")), rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}},
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
		{"of one of an invalid workspace",
			staff("bob", rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}, inRole(reader)), rbac.Permissions{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, offices.PermissionsAt(noon, test.member))
		})
	}
}

func TestPermissionsReadsTheClock(t *testing.T) {
	m := inShop(until(ago, inRole(reader)), from(soon, inRole(signer)), until(soon, inRole(requester)))
	got := offices.Permissions(m)
	assert.Equal(t, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}, got)
	clear(got)
	assert.Len(t, offices.Permissions(m), 1, "after a caller cleared what was handed out")
}
