package rbac_test

import (
	"database/sql"
	"database/sql/driver"
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

// memberStep is a method of Member that changes its status.
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

// statuses has where each of memberSteps leads; 0 is nowhere.
type statuses [6]rbac.Status

// lifecycle says where a member can go from each status.
var lifecycle = []struct {
	from     rbac.Status
	to       statuses // accept, resend, withdraw, block, unblock, delete
	possible string   // how a StatusError ends
}{
	{rbac.StatusInvited, statuses{rbac.StatusActive, rbac.StatusInvited, rbac.StatusWithdrawn, 0, 0, 0},
		"possible: accept, resend, withdraw"},
	{rbac.StatusActive, statuses{0, 0, 0, rbac.StatusBlocked, 0, rbac.StatusDeleted}, "possible: block, delete"},
	{rbac.StatusBlocked, statuses{0, 0, 0, 0, rbac.StatusActive, rbac.StatusDeleted}, "possible: unblock, delete"},
	{rbac.StatusWithdrawn, statuses{}, "send a new invitation"},
	{rbac.StatusDeleted, statuses{}, "send a new invitation"},
	{0, statuses{}, "send a new invitation"},
	{rbac.StatusDeleted + 1, statuses{}, "send a new invitation"},
}

func TestMemberStepsFromEveryStatus(t *testing.T) {
	for _, row := range lifecycle {
		for i, step := range memberSteps {
			t.Run(fmt.Sprintf("%s from %s", step.name, row.from), func(t *testing.T) {
				m := inStatus(row.from, rbac.Invite("ann", theShop, noon, inRole(rbac.Developer, "mp-1")))
				next, err := step.take(m)
				if row.to[i] == 0 {
					wrong := fmt.Sprintf("rbac: cannot %s: the member is %s; %s", step.name, row.from, row.possible)
					require.EqualError(t, err, wrong)
					assert.Equal(t, m, next, "the member after a wrong step")
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

func TestUnblockReturnsAStatusErrorWithItsParts(t *testing.T) {
	_, err := staff("ann", theShop).Unblock()
	var wrong *rbac.StatusError
	require.True(t, errors.As(err, &wrong), "%v is not a *StatusError", err)
	want := &rbac.StatusError{Step: "unblock", Status: rbac.StatusActive, Allowed: []string{"block", "delete"}}
	assert.Equal(t, want, wrong)

	clear(wrong.Allowed)
	_, err = staff("ann", theShop).Unblock()
	assert.EqualError(t, err, "rbac: cannot unblock: the member is active; possible: block, delete",
		"after an earlier caller changed the parts of its error")
}

// A suspension is the workspace's. No step of a member looks at it or lifts it.
func TestMemberStepsOfASuspendedMember(t *testing.T) {
	for _, row := range lifecycle {
		m := inStatus(row.from, rbac.Invite("ann", theShop, noon))
		for i, step := range memberSteps {
			next, err := step.take(inSuspended(m))
			assert.Equal(t, row.to[i] == 0, err != nil, "%s from %s", step.name, row.from)
			assert.True(t, next.Suspended, "%s from %s", step.name, row.from)
		}
	}
}

func TestBlockAndUnblockLeaveTheirMemberAsItWas(t *testing.T) {
	m := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	blocked, err := m.Block()
	require.NoError(t, err)
	assert.Equal(t, rbac.StatusActive, m.Status, "the receiver of Block")
	back, err := blocked.Unblock()
	require.NoError(t, err)
	assert.Equal(t, m, back, "blocked and unblocked again")
}

func TestInviteMakesAnInvitedMember(t *testing.T) {
	tests := []struct {
		name  string
		given []rbac.Assignment
	}{
		{"no role", nil},
		{"one role", []rbac.Assignment{inRole(rbac.DeveloperAdmin)}},
		{"a role with mini programs and bounds",
			[]rbac.Assignment{from(noon, until(noon.Add(time.Hour), inRole(rbac.Developer, "mp-1", "mp-2")))}},
		{"two roles", []rbac.Assignment{inRole(rbac.Operator), inRole(rbac.Developer, "mp-1")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := rbac.Member{
				ID: "ann", Workspace: theShop, Status: rbac.StatusInvited, InvitedAt: noon, Assignments: test.given,
			}
			assert.Equal(t, want, rbac.Invite("ann", theShop, noon, test.given...))
		})
	}
}

func TestInviteCopiesItsAssignments(t *testing.T) {
	given := []rbac.Assignment{inRole(rbac.Developer, "mp-1")}
	m := rbac.Invite("ann", theShop, noon, given...)
	given[0].MiniPrograms[0] = "mp-2"
	given[0].Role = rbac.DeveloperAdmin
	want := []rbac.Assignment{inRole(rbac.Developer, "mp-1")}
	assert.Equal(t, want, m.Assignments, "after the caller changed its slices")
}

func TestAcceptWithin72Hours(t *testing.T) {
	assert.Equal(t, 72*time.Hour, rbac.InvitationValidity)
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	tests := []struct {
		name    string
		invited time.Time
		at      time.Time
		valid   bool
	}{
		{"at once", noon, noon, true},
		{"a minute before, by a slow clock", noon, noon.Add(-time.Minute), true},
		{"a nanosecond before the end", noon, noon.Add(72*time.Hour - 1), true},
		{"at the end", noon, noon.Add(72 * time.Hour), false},
		{"a nanosecond after the end", noon, noon.Add(72*time.Hour + 1), false},
		{"years later", noon, noon.AddDate(10, 0, 0), false},
		{"before the end, in an eastern zone", noon, noon.Add(72*time.Hour - 1).In(east), true},
		{"at the end, in a western zone", noon, noon.Add(72 * time.Hour).In(west), false},
		{"before the end, from east to west", noon.In(east), noon.Add(72*time.Hour - 1).In(west), true},
		{"at the end, from west to east", noon.In(west), noon.Add(72 * time.Hour).In(east), false},
		{"at the same clock time three days later, in an eastern zone", noon, noon.AddDate(0, 0, 3).In(east), false},
		{"an invitation without a time", time.Time{}, noon, false},
		{"at the zero time", noon, time.Time{}, false},
		{"an invitation without a time, at the zero time", time.Time{}, time.Time{}, false},
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

func TestAcceptOfAnExpiredInvitationSaysWhatToDo(t *testing.T) {
	assert.EqualError(t, rbac.ErrInvitationExpired, "rbac: the invitation has expired; resend it")
}

func TestAcceptOfAWithdrawnInvitationIsAWrongStep(t *testing.T) {
	m := inStatus(rbac.StatusWithdrawn, rbac.Invite("ann", theShop, noon))
	_, err := m.Accept(noon.Add(rbac.InvitationValidity))
	assert.EqualError(t, err, "rbac: cannot accept: the member is withdrawn; send a new invitation")
}

func TestResendMakesAnExpiredInvitationValidAgain(t *testing.T) {
	m := rbac.Invite("ann", theShop, noon, inRole(rbac.Operator))
	again := noon.Add(100 * 24 * time.Hour)
	resent, err := m.Resend(again)
	require.NoError(t, err)
	assert.Equal(t, noon, m.InvitedAt, "the receiver of Resend")

	accepted, err := resent.Accept(again.Add(rbac.InvitationValidity - 1))
	require.NoError(t, err, "before the new end")
	assert.Equal(t, rbac.StatusActive, accepted.Status)
	_, err = resent.Accept(again.Add(rbac.InvitationValidity))
	assert.Equal(t, rbac.ErrInvitationExpired, err, "at the new end")
}

func TestMemberStepsFromInviteToDelete(t *testing.T) {
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

func TestCheckAtAllowsActiveMembersOnly(t *testing.T) {
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
			suspended := test.want
			if suspended == rbac.ReasonGranted {
				suspended = rbac.ReasonSuspended
			}
			got = rbac.Default().CheckAt(noon, inSuspended(admin), rbac.ManageWorkspace, theShop.Resource())
			assert.Equal(t, rbac.Decision{Reason: suspended, Action: rbac.ManageWorkspace}, got, "suspended")
		})
	}
}

func TestCheckAtKeepsToTheBoundsOfAnAssignment(t *testing.T) {
	t.Parallel()
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	start, end := noon, noon.Add(time.Hour)
	var never time.Time
	for sentence, row := range map[string]struct {
		notBefore, notAfter, now time.Time
		want                     rbac.Reason
	}{
		"without bounds":                  {never, never, noon, rbac.ReasonGranted},
		"without bounds, at time zero":    {never, never, never, rbac.ReasonGranted},
		"with zero bounds in other zones": {never.In(east), never.In(west), noon, rbac.ReasonGranted},

		"a nanosecond before the start": {start, never, start.Add(-1), rbac.ReasonNotYet},
		"at the start":                  {start, never, start, rbac.ReasonGranted},
		"a nanosecond after the start":  {start, never, start.Add(1), rbac.ReasonGranted},
		"a nanosecond before the end":   {never, end, end.Add(-1), rbac.ReasonGranted},
		"at the end":                    {never, end, end, rbac.ReasonExpired},
		"a nanosecond after the end":    {never, end, end.Add(1), rbac.ReasonExpired},
		"in the second of the start":    {noon.Add(999_999_999), never, noon.Add(999_999_998), rbac.ReasonNotYet},

		"before the start of two bounds": {start, end, start.Add(-1), rbac.ReasonNotYet},
		"at the start of two bounds":     {start, end, start, rbac.ReasonGranted},
		"between two bounds":             {start, end, start.Add(time.Minute), rbac.ReasonGranted},
		"at the end of two bounds":       {start, end, end, rbac.ReasonExpired},
		"before the only nanosecond":     {start, start.Add(1), start.Add(-1), rbac.ReasonNotYet},
		"in the only nanosecond":         {start, start.Add(1), start, rbac.ReasonGranted},
		"after the only nanosecond":      {start, start.Add(1), start.Add(1), rbac.ReasonExpired},

		"before equal bounds":       {start, start, start.Add(-1), rbac.ReasonExpired},
		"at equal bounds":           {start, start, start, rbac.ReasonExpired},
		"after equal bounds":        {start, start, start.Add(1), rbac.ReasonExpired},
		"before reversed bounds":    {end, start, start.Add(-1), rbac.ReasonExpired},
		"between reversed bounds":   {end, start, start.Add(1), rbac.ReasonExpired},
		"just past reversed bounds": {end, start, end.Add(1), rbac.ReasonExpired},
		"long past reversed bounds": {end, start, end.Add(time.Hour), rbac.ReasonExpired},

		"before a start in an eastern zone": {start.In(east), never, start.Add(-1), rbac.ReasonNotYet},
		"at a start in an eastern zone":     {start.In(east), never, start, rbac.ReasonGranted},
		"before a start in a western zone":  {start.Add(1).In(west), never, start, rbac.ReasonNotYet},
		"before an end in an eastern zone":  {never, end.In(east), end.Add(-1), rbac.ReasonGranted},
		"at an end in an eastern zone":      {never, end.In(east), end, rbac.ReasonExpired},
		"at an end, from west to east":      {never, end.In(west), end.In(east), rbac.ReasonExpired},
		"before an end, from east to west":  {never, end.Add(1).In(east), end.In(west), rbac.ReasonGranted},
		"with an end, at time zero":         {never, end, never, rbac.ReasonGranted},
		"with an end, before time zero":     {never, end, never.Add(-1), rbac.ReasonGranted},
		"with a start, at time zero":        {start, never, never, rbac.ReasonNotYet},
		"with an end before time zero":      {never, never.Add(-1), never.Add(-2), rbac.ReasonExpired},
		"with a start at the Unix epoch":    {time.Unix(0, 0), never, noon, rbac.ReasonGranted},
		"with an end at the Unix epoch":     {never, time.Unix(0, 0), noon, rbac.ReasonExpired},
		"with a start in a billion years":   {time.Unix(1<<55, 0), never, noon, rbac.ReasonNotYet},
		"with an end in a billion years":    {never, time.Unix(1<<55, 0), noon, rbac.ReasonGranted},
	} {
		admin := staff("ann", theShop, from(row.notBefore, until(row.notAfter, inRole(rbac.DeveloperAdmin))))
		got := rbac.Default().CheckAt(row.now, admin, rbac.ManageWorkspace, theShop.Resource())
		assert.Equal(t, row.want.String(), got.Reason.String(), sentence)
		assert.Equal(t, row.want == rbac.ReasonGranted, got.Allowed, sentence)
		bound := rbac.Default().BindAt(row.now, admin).Check(rbac.ManageWorkspace, theShop.Resource())
		assert.Equal(t, got, bound, "%s, by a Subject", sentence)
	}
}

// The clock's time has a monotonic reading, which a stored bound has lost.
func TestCheckAtComparesStoredBoundsWithTheClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for sentence, stored := range map[string]time.Time{
		"without the monotonic reading": now.Round(0),
		"in another zone":               now.UTC(),
		"as the clock gave it":          now,
	} {
		reason := func(at time.Time, admin rbac.Assignment) rbac.Reason {
			return rbac.Default().CheckAt(at, staff("ann", theWallet, admin), rbac.ViewApp, theWallet.Resource()).Reason
		}
		starts, ends := from(stored, inRole(rbac.WorkspaceAdmin)), until(stored, inRole(rbac.WorkspaceAdmin))
		assert.Equal(t, rbac.ReasonGranted, reason(now, starts), sentence)
		assert.Equal(t, rbac.ReasonExpired, reason(now, ends), sentence)
		assert.Equal(t, rbac.ReasonNotYet, reason(now.Add(-1), starts), sentence)
		assert.Equal(t, rbac.ReasonGranted, reason(now.Add(-1), ends), sentence)
	}
}

// The monotonic clock stops while a machine sleeps. A role must end all the same, also if the member is in memory.
func TestCheckAtAndBindAtCompareTheWallClock(t *testing.T) {
	t.Parallel()
	before := time.Now()
	after := asleepFor(t, 2*time.Hour, before)
	admin, within := inRole(rbac.DeveloperAdmin), before.Add(time.Hour)
	for sentence, row := range map[string]struct {
		assignment rbac.Assignment
		want       rbac.Reason
	}{
		"an assignment that ended meanwhile":              {until(within, admin), rbac.ReasonExpired},
		"an assignment that began meanwhile":              {from(within, admin), rbac.ReasonGranted},
		"an assignment that began before and ends later":  {from(before, until(after.Add(1), admin)), rbac.ReasonGranted},
		"an assignment that began and ended":              {from(before, until(within, admin)), rbac.ReasonExpired},
		"an assignment that begins when the machine does": {from(after, admin), rbac.ReasonGranted},
		"an assignment that ends when the machine begins": {until(after, admin), rbac.ReasonExpired},
		"an assignment that begins later":                 {from(after.Add(1), admin), rbac.ReasonNotYet},
	} {
		ann, place := staff("ann", theShop, row.assignment), theShop.Resource()
		want := row.want == rbac.ReasonGranted
		got := rbac.Default().CheckAt(after, ann, rbac.ManageWorkspace, place).Reason
		assert.Equal(t, row.want.String(), got.String(), sentence)
		s := rbac.Default().BindAt(after, ann)
		assert.Equal(t, row.want.String(), s.Check(rbac.ManageWorkspace, place).Reason.String(), sentence)
		assert.Equal(t, want, s.Can(rbac.ManageWorkspace, place), sentence)
		assert.Equal(t, want, s.Filter(rbac.ManageWorkspace).Match(place), sentence)
		assert.Equal(t, want, len(s.Permissions()) > 0, sentence)
		who := rbac.Default().WhoCanAt(after, rbac.ManageWorkspace, place, slices.Values([]rbac.Member{ann}))
		assert.Equal(t, want, len(slices.Collect(who)) == 1, sentence)
	}
}

func TestInviteAcceptAndResendCompareTheWallClock(t *testing.T) {
	t.Parallel()
	before := time.Now()
	m := rbac.Invite("ann", theShop, before, until(before.Add(time.Hour), inRole(rbac.Operator)))
	assert.Equal(t, before.Round(0), m.InvitedAt, "what is stored is what was invited")
	assert.Equal(t, before.Add(time.Hour).Round(0), m.Assignments[0].NotAfter)
	kept := m
	kept.InvitedAt = before // as a host may have it in memory
	for _, invited := range []rbac.Member{m, kept} {
		_, err := invited.Accept(asleepFor(t, rbac.InvitationValidity-1, before))
		assert.NoError(t, err, "a nanosecond before the end")
		_, err = invited.Accept(asleepFor(t, rbac.InvitationValidity, before))
		assert.Equal(t, rbac.ErrInvitationExpired, err, "at the end")
	}
	resent, err := m.Resend(asleepFor(t, time.Hour, before))
	require.NoError(t, err)
	assert.Equal(t, before.Add(time.Hour).Round(0), resent.InvitedAt, "what is stored is what was sent again")
}

func TestCheckAtReachesTheProgramsThatAnAssignmentNames(t *testing.T) {
	tests := []struct {
		name     string
		programs []string
		asked    string
		want     rbac.Reason
	}{
		{"the one it names", []string{"mp-1"}, "mp-1", rbac.ReasonGranted},
		{"the last it names", []string{"mp-1", "mp-2"}, "mp-2", rbac.ReasonGranted},
		{"another", []string{"mp-1"}, "mp-2", rbac.ReasonNotAssigned},
		{"one that begins with the one it names", []string{"mp-1"}, "mp-10", rbac.ReasonNotAssigned},
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

func TestStatusUnmarshalTextReadsWhatMarshalTextWrites(t *testing.T) {
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

func TestStatusMarshalTextRefusesAnInvalidStatus(t *testing.T) {
	for _, s := range []rbac.Status{0, rbac.StatusDeleted + 1, 255} {
		_, err := encoding.TextMarshaler(s).MarshalText()
		want := fmt.Sprintf("rbac: status %d has no name; use one of invited, active, blocked, withdrawn, deleted", s)
		assert.EqualError(t, err, want)
		assert.Equal(t, fmt.Sprintf("status(%d)", s), s.String())
	}
}

func TestStatusUnmarshalTextRefusesOtherWords(t *testing.T) {
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
			assert.Equal(t, rbac.StatusBlocked, read, "the status after %q", test.word)
		})
	}
}

// A column holds the word. A number there is another encoding, which may mean another status.
func TestStatusScanReadsWhatValueWrites(t *testing.T) {
	for _, row := range statusWords {
		column, err := driver.Valuer(row.status).Value()
		require.NoError(t, err, row.word)
		assert.Equal(t, row.word, column)
		for _, stored := range []any{column, []byte(row.word)} {
			var read rbac.Status
			require.NoError(t, sql.Scanner(&read).Scan(stored), row.word)
			assert.Equal(t, row.status, read, "a column of %T", stored)
		}
	}
	for _, s := range []rbac.Status{0, rbac.StatusDeleted + 1, 255} {
		column, err := s.Value()
		assert.EqualError(t, err,
			fmt.Sprintf("rbac: status %d has no name; use one of invited, active, blocked, withdrawn, deleted", s))
		assert.Nil(t, column)
	}
}

func TestStatusScanRefusesWhatIsNoWord(t *testing.T) {
	const store = "; store one of invited, active, blocked, withdrawn, deleted"
	for _, row := range []struct {
		column any
		want   string
	}{
		{nil, "rbac: the column of a status is NULL" + store},
		{int64(2), "rbac: the column of a status holds int64 and no text" + store},
		{2.0, "rbac: the column of a status holds float64 and no text" + store},
		{true, "rbac: the column of a status holds bool and no text" + store},
		{noon, "rbac: the column of a status holds time.Time and no text" + store},
		{rbac.StatusActive, "rbac: the column of a status holds rbac.Status and no text" + store},
		{"2", `rbac: unknown status "2"; use one of invited, active, blocked, withdrawn, deleted`},
		{"", `rbac: unknown status ""; use one of invited, active, blocked, withdrawn, deleted`},
		{"Active", `rbac: unknown status "Active"; did you mean "active"?`},
		{"active ", `rbac: unknown status "active "; did you mean "active"?`},
		{[]byte("ACTIVE"), `rbac: unknown status "ACTIVE"; did you mean "active"?`},
		{[]byte(nil), `rbac: unknown status ""; use one of invited, active, blocked, withdrawn, deleted`},
	} {
		read := rbac.StatusBlocked
		assert.EqualError(t, read.Scan(row.column), row.want)
		assert.Equal(t, rbac.StatusBlocked, read, "the status after %v", row.column)
	}
}

func TestStatusIsAColumnOfTextForGORM(t *testing.T) {
	assert.Equal(t, "text", rbac.StatusActive.GormDataType())
}
