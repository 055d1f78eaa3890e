package rbac_test

import (
	"encoding"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The places of these tests: a native app with two merchants, and another app whose merchant has the same ID.
var (
	theWallet = rbac.Tenant("wallet")
	theShop   = theWallet.Developer("shop")
	theBakery = theWallet.Developer("bakery")
	theBank   = rbac.Tenant("bank")
	banksShop = theBank.Developer("shop")
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// staff is an active member.
func staff(id string, w rbac.Workspace, as ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: w, Status: rbac.StatusActive, Assignments: as}
}

func inRole(role rbac.RoleID, programs ...string) rbac.Assignment {
	return rbac.Assignment{Role: role, MiniPrograms: programs}
}

func from(start time.Time, a rbac.Assignment) rbac.Assignment {
	a.NotBefore = start
	return a
}

func until(end time.Time, a rbac.Assignment) rbac.Assignment {
	a.NotAfter = end
	return a
}

func inStatus(s rbac.Status, m rbac.Member) rbac.Member {
	m.Status = s
	return m
}

type memberStep struct {
	name string
	take func(rbac.Member) (rbac.Member, error)
}

// memberSteps are all the steps of a member's life, each taken an hour after noon.
var memberSteps = []memberStep{
	{"accept", func(m rbac.Member) (rbac.Member, error) { return m.Accept(noon.Add(time.Hour)) }},
	{"resend", func(m rbac.Member) (rbac.Member, error) { return m.Resend(noon.Add(time.Hour)) }},
	{"withdraw", rbac.Member.Withdraw},
	{"block", rbac.Member.Block},
	{"unblock", rbac.Member.Unblock},
	{"delete", rbac.Member.Delete},
}

// lifecycle says where each step leads from each status; 0 is nowhere.
var lifecycle = []struct {
	from     rbac.Status
	to       [6]rbac.Status // by the position of the step in memberSteps
	possible string         // how a StatusError ends
}{
	// Accept, Resend, Withdraw, Block, Unblock, Delete.
	{rbac.StatusInvited, [6]rbac.Status{rbac.StatusActive, rbac.StatusInvited, rbac.StatusWithdrawn, 0, 0, 0}, "possible: accept, resend, withdraw"},
	{rbac.StatusActive, [6]rbac.Status{0, 0, 0, rbac.StatusBlocked, 0, rbac.StatusDeleted}, "possible: block, delete"},
	{rbac.StatusBlocked, [6]rbac.Status{0, 0, 0, 0, rbac.StatusActive, rbac.StatusDeleted}, "possible: unblock, delete"},
	{rbac.StatusWithdrawn, [6]rbac.Status{}, "send a new invitation"},
	{rbac.StatusDeleted, [6]rbac.Status{}, "send a new invitation"},
	{0, [6]rbac.Status{}, "send a new invitation"},
	{rbac.StatusDeleted + 1, [6]rbac.Status{}, "send a new invitation"},
}

func TestEveryStepFromEveryStatus(t *testing.T) {
	for _, row := range lifecycle {
		for i, step := range memberSteps {
			t.Run(fmt.Sprintf("%s/%s", row.from, step.name), func(t *testing.T) {
				m := inStatus(row.from, rbac.Invite("ann", theShop, noon, inRole(rbac.Developer, "mp-1")))
				next, err := step.take(m)
				if row.to[i] == 0 {
					requireNoStep(t, m, next, err, fmt.Sprintf("rbac: cannot %s: the member is %s; %s", step.name, row.from, row.possible))
					return
				}
				require.NoError(t, err)
				want := inStatus(row.to[i], m)
				if step.name == "resend" {
					want.InvitedAt = noon.Add(time.Hour)
				}
				assert.Equal(t, want, next)
			})
		}
	}
}

func requireNoStep(t *testing.T, before, after rbac.Member, err error, text string) {
	t.Helper()
	require.EqualError(t, err, text)
	assert.Equal(t, before, after, "the member after a wrong step")
}

func TestAStatusErrorHoldsItsParts(t *testing.T) {
	_, err := staff("ann", theShop).Unblock()
	var wrong *rbac.StatusError
	require.True(t, errors.As(err, &wrong), "%v is not a *StatusError", err)
	assert.Equal(t, &rbac.StatusError{Step: "unblock", Status: rbac.StatusActive, Allowed: []string{"block", "delete"}}, wrong)

	clear(wrong.Allowed)
	_, err = staff("ann", theShop).Unblock()
	assert.EqualError(t, err, "rbac: cannot unblock: the member is active; possible: block, delete",
		"an error whose parts were changed by an earlier caller")
}

func TestAStepLeavesTheMemberItStartsFrom(t *testing.T) {
	m := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	blocked, err := m.Block()
	require.NoError(t, err)
	assert.Equal(t, rbac.StatusActive, m.Status, "the member that was blocked is a new value")
	back, err := blocked.Unblock()
	require.NoError(t, err)
	assert.Equal(t, m, back, "blocked and unblocked again")
}

func TestInviteMakesAnInvitedMember(t *testing.T) {
	tests := []struct {
		name string
		as   []rbac.Assignment
	}{
		{"no role", nil},
		{"one role", []rbac.Assignment{inRole(rbac.DeveloperAdmin)}},
		{"a role with mini programs and bounds", []rbac.Assignment{from(noon, until(noon.Add(time.Hour), inRole(rbac.Developer, "mp-1", "mp-2")))}},
		{"two roles", []rbac.Assignment{inRole(rbac.Operator), inRole(rbac.Developer, "mp-1")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := rbac.Member{ID: "ann", Workspace: theShop, Status: rbac.StatusInvited, InvitedAt: noon, Assignments: test.as}
			assert.Equal(t, want, rbac.Invite("ann", theShop, noon, test.as...))
		})
	}
}

func TestInviteCopiesItsAssignments(t *testing.T) {
	given := []rbac.Assignment{inRole(rbac.Developer, "mp-1")}
	m := rbac.Invite("ann", theShop, noon, given...)
	given[0].MiniPrograms[0] = "mp-2"
	given[0].Role = rbac.DeveloperAdmin
	assert.Equal(t, []rbac.Assignment{inRole(rbac.Developer, "mp-1")}, m.Assignments, "after the caller changed what was handed in")
}

func TestAnInvitationIsValidFor72Hours(t *testing.T) {
	assert.Equal(t, 72*time.Hour, rbac.InvitationValidity)
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	tests := []struct {
		name    string
		invited time.Time
		at      time.Time
		valid   bool
	}{
		{"at once", noon, noon, true},
		{"by a clock that is behind", noon, noon.Add(-time.Minute), true},
		{"a nanosecond before the end", noon, noon.Add(72*time.Hour - 1), true},
		{"at the end", noon, noon.Add(72 * time.Hour), false},
		{"a nanosecond after the end", noon, noon.Add(72*time.Hour + 1), false},
		{"years later", noon, noon.AddDate(10, 0, 0), false},
		{"before the end, in an eastern zone", noon, noon.Add(72*time.Hour - 1).In(east), true},
		{"at the end, in a western zone", noon, noon.Add(72 * time.Hour).In(west), false},
		{"before the end, from east to west", noon.In(east), noon.Add(72*time.Hour - 1).In(west), true},
		{"at the end, from west to east", noon.In(west), noon.Add(72 * time.Hour).In(east), false},
		{"on the same clock face three days later, far to the east", noon, noon.AddDate(0, 0, 3).In(east), false},
		{"an invitation without a time", time.Time{}, noon, false},
		{"at no time", noon, time.Time{}, false},
		{"an invitation without a time, at no time", time.Time{}, time.Time{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := rbac.Invite("ann", theShop, test.invited, inRole(rbac.Operator))
			got, err := m.Accept(test.at)
			if !test.valid {
				assert.Equal(t, rbac.ErrInvitationExpired, err)
				assert.Equal(t, m, got, "the member after a late Accept")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, inStatus(rbac.StatusActive, m), got)
		})
	}
}

func TestAnExpiredInvitationSaysWhatToDo(t *testing.T) {
	assert.EqualError(t, rbac.ErrInvitationExpired, "rbac: the invitation has expired; resend it")
}

func TestALateAcceptFromAnotherStatusIsAWrongStep(t *testing.T) {
	m := inStatus(rbac.StatusWithdrawn, rbac.Invite("ann", theShop, noon))
	_, err := m.Accept(noon.Add(rbac.InvitationValidity))
	assert.EqualError(t, err, "rbac: cannot accept: the member is withdrawn; send a new invitation")
}

func TestResendMakesAnExpiredInvitationValidAgain(t *testing.T) {
	m := rbac.Invite("ann", theShop, noon, inRole(rbac.Operator))
	again := noon.Add(100 * 24 * time.Hour)
	resent, err := m.Resend(again)
	require.NoError(t, err)
	assert.Equal(t, noon, m.InvitedAt, "the member that was resent is a new value")

	accepted, err := resent.Accept(again.Add(rbac.InvitationValidity - 1))
	require.NoError(t, err, "before the new end")
	assert.Equal(t, rbac.StatusActive, accepted.Status)
	_, err = resent.Accept(again.Add(rbac.InvitationValidity))
	assert.Equal(t, rbac.ErrInvitationExpired, err, "at the new end")
}

// Only an active member is allowed anything, and a denial says where the member stands.
func TestOnlyAnActiveMemberMayDoAnything(t *testing.T) {
	tests := []struct {
		status rbac.Status
		want   rbac.Reason
	}{
		{0, rbac.ReasonInvalidMember},
		{rbac.StatusInvited, rbac.ReasonInvited},
		{rbac.StatusActive, rbac.ReasonGranted},
		{rbac.StatusBlocked, rbac.ReasonBlocked},
		{rbac.StatusWithdrawn, rbac.ReasonWithdrawn},
		{rbac.StatusDeleted, rbac.ReasonDeleted},
		{rbac.StatusDeleted + 1, rbac.ReasonInvalidMember},
		{255, rbac.ReasonInvalidMember},
	}
	for _, test := range tests {
		t.Run(test.status.String(), func(t *testing.T) {
			admin := inStatus(test.status, staff("ann", theShop, inRole(rbac.DeveloperAdmin)))
			got := rbac.Default().CheckAt(noon, admin, rbac.ManageWorkspace, theShop.Resource())
			assert.Equal(t, test.want, got.Reason)
			assert.Equal(t, test.want == rbac.ReasonGranted, got.Allowed)
		})
	}
}

func TestAnAssignmentIsInForceWithinItsBounds(t *testing.T) {
	start, end := noon, noon.Add(time.Hour)
	east := time.FixedZone("east", 14*3600)
	admin := inRole(rbac.DeveloperAdmin)
	tests := []struct {
		name string
		a    rbac.Assignment
		now  time.Time
		want rbac.Reason
	}{
		{"no bounds", admin, noon, rbac.ReasonGranted},
		{"no bounds, at the zero time", admin, time.Time{}, rbac.ReasonGranted},
		{"before the start", from(start, admin), start.Add(-1), rbac.ReasonNotYet},
		{"at the start", from(start, admin), start, rbac.ReasonGranted},
		{"after the start", from(start, admin), start.Add(1), rbac.ReasonGranted},
		{"before the end", until(end, admin), end.Add(-1), rbac.ReasonGranted},
		{"at the end", until(end, admin), end, rbac.ReasonExpired},
		{"after the end", until(end, admin), end.Add(1), rbac.ReasonExpired},
		{"with an end, at the zero time", until(end, admin), time.Time{}, rbac.ReasonGranted},
		{"with an end, before the zero time", until(end, admin), time.Time{}.Add(-1), rbac.ReasonGranted},
		{"with a start, at the zero time", from(start, admin), time.Time{}, rbac.ReasonNotYet},
		{"before both bounds", from(start, until(end, admin)), start.Add(-1), rbac.ReasonNotYet},
		{"at the start of both", from(start, until(end, admin)), start, rbac.ReasonGranted},
		{"between the bounds", from(start, until(end, admin)), start.Add(time.Minute), rbac.ReasonGranted},
		{"at the end of both", from(start, until(end, admin)), end, rbac.ReasonExpired},
		{"for a nanosecond", from(start, until(start.Add(1), admin)), start, rbac.ReasonGranted},
		{"equal bounds, before them", from(start, until(start, admin)), start.Add(-1), rbac.ReasonExpired},
		{"equal bounds, at them", from(start, until(start, admin)), start, rbac.ReasonExpired},
		{"reversed bounds, before both", from(end, until(start, admin)), start.Add(-1), rbac.ReasonExpired},
		{"reversed bounds, between them", from(end, until(start, admin)), start.Add(1), rbac.ReasonExpired},
		{"reversed bounds, after both", from(end, until(start, admin)), end.Add(1), rbac.ReasonExpired},
		{"at the end, in another zone", until(end.In(east), admin), end, rbac.ReasonExpired},
		{"before the end, in another zone", until(end.In(east), admin), end.Add(-1), rbac.ReasonGranted},
		{"at the start, in another zone", from(start.In(east), admin), start, rbac.ReasonGranted},
		{"before the start, in another zone", from(start.In(east), admin), start.Add(-1), rbac.ReasonNotYet},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := rbac.Default().CheckAt(test.now, staff("ann", theShop, test.a), rbac.ManageWorkspace, theShop.Resource())
			assert.Equal(t, test.want, got.Reason)
			bound := rbac.Default().BindAt(test.now, staff("ann", theShop, test.a)).Check(rbac.ManageWorkspace, theShop.Resource())
			assert.Equal(t, test.want, bound.Reason, "through a Subject")
		})
	}
}

func TestAnAssignmentReachesTheProgramsItNames(t *testing.T) {
	tests := []struct {
		name     string
		programs []string
		asked    string
		want     rbac.Reason
	}{
		{"the one it names", []string{"mp-1"}, "mp-1", rbac.ReasonGranted},
		{"the last it names", []string{"mp-1", "mp-2"}, "mp-2", rbac.ReasonGranted},
		{"another", []string{"mp-1"}, "mp-2", rbac.ReasonNotAssigned},
		{"one of which it names a part", []string{"mp-1"}, "mp-10", rbac.ReasonNotAssigned},
		{"one in capitals", []string{"mp-1"}, "MP-1", rbac.ReasonNotAssigned},
		{"none at all", nil, "mp-1", rbac.ReasonNotAssigned},
		{"an empty ID beside another", []string{"", "mp-1"}, "mp-1", rbac.ReasonGranted},
		{"an empty ID is no wildcard", []string{""}, "mp-1", rbac.ReasonNotAssigned},
		{"an empty ID is not the workspace", []string{""}, "", rbac.ReasonWrongTarget},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ann := staff("ann", theShop, inRole(rbac.Developer, test.programs...))
			got := rbac.Default().CheckAt(noon, ann, rbac.ReleaseMiniProgram, theShop.MiniProgram(test.asked))
			assert.Equal(t, test.want, got.Reason)
		})
	}
}

var statusWords = []struct {
	status rbac.Status
	word   string
}{
	{rbac.StatusInvited, "invited"},
	{rbac.StatusActive, "active"},
	{rbac.StatusBlocked, "blocked"},
	{rbac.StatusWithdrawn, "withdrawn"},
	{rbac.StatusDeleted, "deleted"},
}

func TestStatusWordsAreReadBack(t *testing.T) {
	for _, row := range statusWords {
		t.Run(row.word, func(t *testing.T) {
			assert.Equal(t, row.word, row.status.String())
			text, err := row.status.MarshalText()
			require.NoError(t, err)
			assert.Equal(t, row.word, string(text))
			var read rbac.Status
			require.NoError(t, read.UnmarshalText(text))
			assert.Equal(t, row.status, read)
		})
	}
}

func TestAStatusWithoutAWordIsNotWritten(t *testing.T) {
	for _, s := range []rbac.Status{0, rbac.StatusDeleted + 1, 255} {
		_, err := encoding.TextMarshaler(s).MarshalText()
		assert.EqualError(t, err, fmt.Sprintf("rbac: status %d has no name; use one of invited, active, blocked, withdrawn, deleted", s))
		assert.Equal(t, fmt.Sprintf("status(%d)", s), s.String())
	}
}

func TestOtherWordsAreNoStatus(t *testing.T) {
	tests := []struct{ word, want string }{
		{"", `rbac: unknown status ""; use one of invited, active, blocked, withdrawn, deleted`},
		{"Active", `rbac: unknown status "Active"; did you mean "active"?`},
		{"active ", `rbac: unknown status "active "; did you mean "active"?`},
		{"status(0)", `rbac: unknown status "status(0)"; use one of invited, active, blocked, withdrawn, deleted`},
		{"2", `rbac: unknown status "2"; use one of invited, active, blocked, withdrawn, deleted`},
	}
	for _, test := range tests {
		t.Run(test.word, func(t *testing.T) {
			read := rbac.StatusBlocked
			assert.EqualError(t, read.UnmarshalText([]byte(test.word)), test.want)
			assert.Equal(t, rbac.StatusBlocked, read, "the receiver after a word that is refused")
		})
	}
}

// A tour through a whole life, as a host would write it.
func TestALifeFromInvitationToDeparture(t *testing.T) {
	m := rbac.Invite("ann", theShop, noon, inRole(rbac.Developer, "mp-1"))
	release := func() bool { return rbac.Can(m, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1")) }
	var could []bool
	for _, step := range []string{"resend", "accept", "block", "unblock", "delete"} {
		i := slices.IndexFunc(memberSteps, func(s memberStep) bool { return s.name == step })
		next, err := memberSteps[i].take(m)
		require.NoError(t, err, step)
		m = next
		could = append(could, release())
	}
	assert.Equal(t, []bool{false, true, false, true, false}, could, "resent, accepted, blocked, unblocked, deleted")
}
