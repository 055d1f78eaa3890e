package rbac_test

import (
	"fmt"
	"maps"
	"regexp"
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
		assert.Equal(t, rbac.ViewApp, d.Action, sentence)
		assert.EqualError(t, d.Err(), "rbac: app.view denied: no policy decided it", sentence)
		assert.Equal(t, rbac.Permissions{}, s.Permissions(), sentence)
		assert.Empty(t, slices.Collect(s.Actions(wallet.Resource())), sentence)
		assert.True(t, s.Filter(rbac.ViewApp).None(), sentence)
	}
}

// Bind looks up beforehand what CheckAt looks up for each request, so both answer alike.
func TestBindAtDecidesAsCheckAt(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	requests := refusals()
	for _, by := range requests {
		s := p.BindAt(noon, by.member)
		for _, q := range requests {
			want := p.CheckAt(noon, by.member, q.action, q.resource)
			asked := fmt.Sprintf("the request of %q by the member of %q", q.sentence, by.sentence)
			require.Equal(t, want, s.Check(q.action, q.resource), asked)
			require.Equal(t, want.Allowed, s.Can(q.action, q.resource), asked)
			require.Equal(t, want.Allowed, s.Filter(q.action).Match(q.resource), asked)
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
		"now, by the clock": {rbac.Default().Bind(m), rbac.ReasonGranted},
		"before the start":  {rbac.Default().BindAt(during.NotBefore.Add(-1), m), rbac.ReasonNotYet},
		"at the start":      {rbac.Default().BindAt(during.NotBefore, m), rbac.ReasonGranted},
		"before the end":    {rbac.Default().BindAt(during.NotAfter.Add(-1), m), rbac.ReasonGranted},
		"at the end":        {rbac.Default().BindAt(during.NotAfter, m), rbac.ReasonExpired},
		"at the zero time":  {rbac.Default().BindAt(time.Time{}, m), rbac.ReasonNotYet},
	} {
		assert.Equal(t, row.reason.String(), row.subject.Check(rbac.ViewApp, view).Reason.String(), sentence)
		assert.Equal(t, row.reason == rbac.ReasonGranted, row.subject.Can(rbac.ViewApp, view), sentence)
	}
}

// answersOf has all that a subject answers about a mini program and its workspace.
func answersOf(s *rbac.Subject, program rbac.Resource) string {
	answers := []any{
		s.Check(rbac.ReleaseMiniProgram, program),
		slices.Collect(s.Actions(program)),
		slices.Collect(s.Actions(program.Workspace.Resource())),
	}
	for action := range rbac.Default().Actions() {
		answers = append(answers, s.Filter(action))
	}
	return fmt.Sprint(answers...)
}

func TestBindKeepsNothingOfItsCaller(t *testing.T) {
	t.Parallel()
	shop := rbac.Tenant("wallet").Developer("shop")
	m := staff("alice", shop, inRole(rbac.Developer, "mp-1", "mp-2"), inRole(rbac.Operator, "mp-3"))
	s := rbac.Default().Bind(m)
	want := answersOf(s, shop.MiniProgram("mp-1"))
	require.True(t, s.Can(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1")))

	m.Assignments[0].MiniPrograms[0] = "mp-9"
	m.Assignments[1].MiniPrograms[0] = "mp-1"
	m.Assignments[0].Role, m.Assignments[1].Role = rbac.DeveloperAdmin, rbac.DeveloperAdmin
	m.Status = rbac.StatusBlocked
	assert.Equal(t, want, answersOf(s, shop.MiniProgram("mp-1")))
	assert.Equal(t, rbac.ReasonNotAssigned, s.Check(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-9")).Reason)
}

// Goroutines may share a subject because questions do not change it, except for the indexes of mini programs, which are
// built behind an atomic. This test sees that without the race detector.
func TestBindGivesASubjectThatQuestionsDoNotChange(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	alice := staff("alice", theShop, inRole(rbac.Developer, "mp-42", "mp-41", "mp-42"))
	several := refused{sentence: "several programs", member: alice, action: rbac.ReleaseMiniProgram}
	for _, q := range append(refusals(), several) {
		s := p.Bind(q.member)
		before := withoutIndexes(s)
		s.Check(q.action, q.resource)
		s.Can(q.action, q.resource)
		s.Filter(q.action).Match(q.resource)
		for range s.Actions(q.resource) {
			continue
		}
		assert.Equal(t, before, withoutIndexes(s), "the subject after the question: %s", q.sentence)
	}
}

var indexPointer = regexp.MustCompile(`v:(<nil>|0x[0-9a-f]+)`)

func withoutIndexes(s *rbac.Subject) string {
	return indexPointer.ReplaceAllString(fmt.Sprintf("%+v", *s), "v:an index")
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
	admin, assigned := inRole(rbac.WorkspaceAdmin), rbac.ScopeAssigned
	s := rbac.Default().BindAt(noon, staff("ann", wallet,
		inRole("nobody"), inRole(rbac.DeveloperAdmin), inRole(rbac.WorkspaceReviewer, "mp-2"),
		until(noon, admin), from(noon.Add(1), admin),
		inRole(rbac.WorkspaceOperator, "mp-1"), inRole(rbac.WorkspaceDeveloper, "mp-1", "mp-3"),
	))
	mp1, mp2, mp3 := wallet.MiniProgram("mp-1"), wallet.MiniProgram("mp-2"), wallet.MiniProgram("mp-3")
	assert.Equal(t, granted(rbac.ViewMiniProgram, rbac.WorkspaceOperator, assigned), s.Check(rbac.ViewMiniProgram, mp1))
	assert.Equal(t, granted(rbac.ViewMiniProgram, rbac.WorkspaceReviewer, assigned), s.Check(rbac.ViewMiniProgram, mp2))
	release := rbac.ReleaseMiniProgram
	assert.Equal(t, granted(release, rbac.WorkspaceDeveloper, assigned), s.Check(release, mp3))
	assert.Equal(t, rbac.ReasonNotYet, s.Check(rbac.ManageWorkspace, wallet.Resource()).Reason)
}

func TestSubjectActionsAreThoseThatCanAllows(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	p := fourEyed(t)
	actions := slices.Sorted(maps.Keys(rbac.Defaults().Actions))
	mp41, mp42 := shop.MiniProgram("mp-41"), shop.MiniProgram("mp-42")
	allowed := 0
	for _, q := range append(refusals(),
		refused{sentence: "a developer", member: staff("ann", shop, inRole(rbac.Developer, "mp-42"))},
		refused{sentence: "an admin", member: staff("ann", wallet, inRole(rbac.WorkspaceAdmin))},
		refused{sentence: "two roles",
			member: staff("ann", shop, inRole(rbac.Operator, "mp-41"), inRole(rbac.Developer, "mp-42", ""))},
	) {
		s := p.BindAt(noon, q.member)
		for _, r := range []rbac.Resource{
			q.resource, shop.Resource(), wallet.Resource(), mp42, mp41, wallet.MiniProgram("mp-1"),
			mp42.OwnedBy(q.member.ID), shop.Resource().OwnedBy(q.member.ID), mp42.OwnedBy("zoe"),
		} {
			var want []rbac.Action
			for _, action := range actions {
				if s.Can(action, r) {
					want = append(want, action)
				}
			}
			assert.Equal(t, want, slices.Collect(s.Actions(r)), "%s: the actions on %+v", q.sentence, r)
			allowed += len(want)
		}
	}
	assert.Greater(t, allowed, 200, "allowed actions")
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
	assert.Equal(t, all, slices.Collect(s.Actions(wallet.Resource())), "the same sequence again")
}

func TestSubjectPermissionsAreWhatTheRolesInForceGrant(t *testing.T) {
	reads := rbac.Permissions{readReports: rbac.ScopeWorkspace}
	orphan := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}
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
		{"of one whose workspace is suspended", suspended(inShop(inRole(reader))), rbac.Permissions{}},
		{"of one without an ID", staff("", theShop, inRole(reader)), rbac.Permissions{}},
		{"of one of an invalid workspace", staff("bob", orphan, inRole(reader)), rbac.Permissions{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, offices.BindAt(noon, test.member).Permissions())
		})
	}
}

func TestSubjectPermissionsAreACopy(t *testing.T) {
	m := inShop(until(ago, inRole(reader)), from(soon, inRole(signer)), until(soon, inRole(requester)))
	s := offices.Bind(m) // by the clock
	got := s.Permissions()
	assert.Equal(t, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}, got)
	clear(got)
	assert.Len(t, s.Permissions(), 1, "after a caller cleared the result")
}

// A monotonic reading stands still while the machine sleeps. A member in memory loses the role all the same.
func TestBindAtCaseA20EndsARoleByTheWallClock(t *testing.T) {
	now, r := time.Now(), theWallet.Resource()
	kept := staff("ann", theWallet, until(now.Add(time.Hour), inRole(rbac.WorkspaceAdmin)))
	slept := asleepFor(t, 2*time.Hour, now)
	assert.Equal(t, rbac.ReasonExpired, rbac.Default().BindAt(slept, kept).Check(rbac.ViewApp, r).Reason, "A20")

	// The steps return bounds of the wall clock, which last as long in memory as in a database.
	onTheWallClock := func(at time.Time, of string) { assert.Equal(t, at.Round(0), at, of) }
	by := offices.BindAt(now, deputyWith())
	given, err := by.Assign(inShop(from(now, inRole(maker))), until(now.Add(time.Hour), inRole(bystander)))
	require.NoError(t, err)
	onTheWallClock(given.Assignments[0].NotBefore, "what was held, after Assign")
	onTheWallClock(given.Assignments[1].NotAfter, "what Assign gave")
	_, err = offices.BindAt(slept, deputyWith()).Assign(inShop(), until(now.Add(time.Hour), inRole(bystander)))
	assert.Equal(t, "member.set_role: invalid_assignment", verdict(err), "a role that ended while the machine slept")
	_, err = offices.BindAt(slept, deputyWith(until(now.Add(time.Hour), inRole(reader)))).Assign(inShop(), inRole(reader))
	assert.Equal(t, lacks("report.read: workspace"), verdict(err), "cover that ended while the machine slept")
}

// Who may do nothing learns of no resource: the answer is the member's own state, whatever is asked.
func TestCheckCaseA21TellsOneWhoMayDoNothingTheSameOfEveryResource(t *testing.T) {
	wendy := staff("wendy", theWallet, inRole(rbac.WorkspaceAdmin))
	tests := []struct {
		sentence string
		member   rbac.Member
		want     rbac.Reason
	}{
		{"A21: one who is withdrawn", inStatus(rbac.StatusWithdrawn, wendy), rbac.ReasonWithdrawn},
		{"A21: one who is blocked", inStatus(rbac.StatusBlocked, wendy), rbac.ReasonBlocked},
		{"A21: one who is invited", inStatus(rbac.StatusInvited, wendy), rbac.ReasonInvited},
		{"A21: one who is deleted", inStatus(rbac.StatusDeleted, wendy), rbac.ReasonDeleted},
		{"A21: one whose workspace is suspended", suspended(wendy), rbac.ReasonSuspended},
		{"A21: one who is blocked in a suspended workspace",
			suspended(inStatus(rbac.StatusBlocked, wendy)), rbac.ReasonBlocked},
	}
	for _, test := range tests {
		for _, r := range listedResources() {
			for _, action := range []rbac.Action{rbac.ViewMiniProgram, rbac.ManageWorkspace, "no.such"} {
				d := rbac.Default().CheckAt(noon, test.member, action, r)
				require.Equal(t, test.want, d.Reason, "%s: %s of %+v", test.sentence, action, r)
				require.False(t, d.Reason.Hidden())
				require.Equal(t, d, rbac.Default().BindAt(noon, test.member).Check(action, r))
			}
		}
	}
}
