package rbac

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac/internal/enum"
)

// Status is a step in a member's life, from invitation to deletion. Only an active
// member may do anything. The zero Status is invalid.
type Status uint8

const (
	StatusInvited   Status = iota + 1 // invited, and has not accepted
	StatusActive                      // has accepted, and may do what the roles grant
	StatusBlocked                     // was active, and may be unblocked
	StatusWithdrawn                   // the invitation was withdrawn before it was accepted; final
	StatusDeleted                     // was removed from the workspace; final, a new invitation is needed to return
)

var statusNames = enum.Names{Of: "status", Words: []string{"", "invited", "active", "blocked", "withdrawn", "deleted"}}

// String returns "invited", "active", "blocked", "withdrawn" or "deleted". For any
// other status it returns a placeholder such as "status(9)".
func (s Status) String() string { return statusNames.String(uint8(s)) }

// MarshalText returns the text of String. An invalid status is an error.
func (s Status) MarshalText() ([]byte, error) { return statusNames.Marshal(uint8(s)) }

// Value returns the text of String, for a column of a database. An invalid status is an
// error.
func (s Status) Value() (driver.Value, error) { return enum.Value(statusNames, uint8(s)) }

// Scan reads the text of Value from a column. Anything else is an error, such as a number
// or NULL.
func (s *Status) Scan(column any) error { return enum.Scan(statusNames, column, s) }

// GormDataType makes GORM create a column of text.
func (Status) GormDataType() string { return "text" }

// UnmarshalText reads the text of MarshalText. Any other text is an error.
func (s *Status) UnmarshalText(text []byte) error { return enum.Read(statusNames, text, s) }

// Assignment gives a member a role, from NotBefore until just before NotAfter. A
// zero time is no bound. An assignment whose bounds are equal or reversed is never
// in force.
type Assignment struct {
	Role         RoleID    `json:"role"`
	MiniPrograms []string  `json:"mini_programs,omitempty"` // what ScopeAssigned reaches by this assignment alone
	NotBefore    time.Time `json:"not_before,omitzero"`     // zero means no bound
	NotAfter     time.Time `json:"not_after,omitzero"`      // half open [NotBefore, NotAfter); zero means no bound
}

// inForce reports whether the assignment is in force. It reads the clock only if
// the assignment has bounds.
func (a *Assignment) inForce(c *clock) bool {
	if a.NotBefore.IsZero() && a.NotAfter.IsZero() {
		return true
	}
	return a.inForceAt(c.now())
}

// inForceAt compares with an instant that has no monotonic reading, so that the
// bounds are compared by the wall clock too.
func (a *Assignment) inForceAt(now time.Time) bool {
	return !a.endedAt(now) && (a.NotBefore.IsZero() || !now.Before(a.NotBefore))
}

// endedAt reports whether the assignment will not be in force again.
func (a *Assignment) endedAt(now time.Time) bool {
	return !a.NotAfter.IsZero() && (!now.Before(a.NotAfter) || !a.NotBefore.Round(0).Before(a.NotAfter))
}

// end returns NotAfter, or forever if there is none.
func (a *Assignment) end() time.Time {
	if a.NotAfter.IsZero() {
		return forever
	}
	return a.NotAfter.Round(0)
}

// forever is the end of what has no end.
var forever = time.Unix(1<<62, 0)

// includes reports whether the assignment names the mini program. An empty ID
// names none.
func (a *Assignment) includes(miniProgram string) bool {
	return miniProgram != "" && slices.Contains(a.MiniPrograms, miniProgram)
}

// clone returns a copy that shares nothing, with its bounds on the wall clock.
func (a Assignment) clone() Assignment {
	a.MiniPrograms = slices.Clone(a.MiniPrograms)
	a.NotBefore, a.NotAfter = a.NotBefore.Round(0), a.NotAfter.Round(0)
	return a
}

// sameIDs reports whether two lists are the same set.
func sameIDs(a, b []string) bool { return slices.Equal(distinct(a), distinct(b)) }

// size returns about how many bytes the member has, keys and punctuation of JSON included.
func (m *Member) size() int {
	size := 256 + len(m.ID) + len(m.Workspace.ID) + len(m.Workspace.Tenant)
	for i := range m.Assignments {
		size += 128 + len(m.Assignments[i].Role)
		for _, id := range m.Assignments[i].MiniPrograms {
			size += len(id) + len(`"",`)
		}
	}
	return size
}

func distinct(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// missingFrom returns the IDs that are not among the known ones, each once and sorted.
func missingFrom(known, ids []string) []string {
	sorted := distinct(known)
	return slices.DeleteFunc(distinct(ids), func(id string) bool {
		_, found := slices.BinarySearch(sorted, id)
		return found
	})
}

// clock is an instant that is read once, and only if it is needed. It is an instant
// of the wall clock: a monotonic reading stands still while the machine sleeps.
type clock struct {
	time time.Time
	read bool
}

func (c *clock) now() time.Time {
	if !c.read {
		c.time, c.read = wallClock(), true
	}
	return c.time
}

// at returns the clock that always shows the given time.
func at(now time.Time) *clock { return &clock{now.Round(0), true} }

func wallClock() time.Time { return time.Now().Round(0) }

// stored returns an instant as databases keep it: in UTC, and whole microseconds.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Member is a person in one workspace, with the roles given there. A person in two
// workspaces is two members. A member is denied everything without an ID, a valid
// workspace and StatusActive.
type Member struct {
	ID          string       `json:"id"` // the person's: the same in every workspace of a tenant
	Workspace   Workspace    `json:"workspace"`
	Status      Status       `json:"status"`
	Suspended   bool         `json:"suspended,omitempty"` // the workspace is; set it on every load
	InvitedAt   time.Time    `json:"invited_at,omitzero"` // when the invitation was sent last
	Assignments []Assignment `json:"assignments,omitempty"`
}

// clone returns a copy that shares nothing.
func (m Member) clone() Member {
	if m.Assignments == nil {
		return m
	}
	assignments := make([]Assignment, len(m.Assignments))
	for i := range assignments {
		assignments[i] = m.Assignments[i].clone()
	}
	m.Assignments = assignments
	return m
}

// isPerson reports whether both members are the same person: the same ID in the same
// tenant.
func (m *Member) isPerson(other *Member) bool {
	return m.ID == other.ID && m.ID != "" && m.Workspace.Tenant == other.Workspace.Tenant
}

// InvitationValidity is how long an invitation can be accepted: until just before
// 72 hours after it was sent.
const InvitationValidity = 72 * time.Hour

// ErrInvitationExpired is returned by Accept if the invitation was sent
// InvitationValidity ago or earlier. Resend makes it valid again.
var ErrInvitationExpired = errors.New("rbac: the invitation has expired; resend it")

// StatusError is returned for a step that the member's status does not allow.
type StatusError struct {
	Step    string   // "accept", "resend", "withdraw", "block", "unblock", "delete", "assign", "revoke" or "replace"
	Status  Status   // the member's status
	Allowed []string // the steps that this status allows; empty if it is final
}

// Error names the step, the status and the steps that the status allows.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("rbac: cannot %s: the member is %s; ", e.Step, e.Status)
	if len(e.Allowed) == 0 {
		return text + "send a new invitation"
	}
	return text + "possible: " + strings.Join(e.Allowed, ", ")
}

// Invite returns an invited member of the workspace. It checks no authority;
// [Subject.Invite] does. The host checks that the workspace has no member of that ID. The
// invitation is valid for InvitationValidity from the given time. From the zero time it
// cannot be accepted.
func Invite(id string, workspace Workspace, at time.Time, assignments ...Assignment) Member {
	m := Member{ID: id, Workspace: workspace, Status: StatusInvited, InvitedAt: at.Round(0)}
	for _, assignment := range assignments {
		m.Assignments = append(m.Assignments, assignment.clone())
	}
	return m
}

// Accept makes an invited member active. It checks no authority; the host makes sure that
// it is the invited person who accepts. If InvitationValidity has passed since InvitedAt,
// or at is zero, it returns ErrInvitationExpired. From any other status it returns a
// *StatusError. With an error it returns the member as it was.
func (m Member) Accept(at time.Time) (Member, error) {
	next, err := m.step(accept)
	if err != nil {
		return m, err
	}
	if at.IsZero() || !at.Round(0).Before(m.InvitedAt.Add(InvitationValidity)) {
		return m, ErrInvitationExpired
	}
	return next, nil
}

// Resend sends an invitation again. It checks no authority; [Subject.Resend] does. The
// invitation is valid for another InvitationValidity from the given time. From the zero
// time it cannot be accepted. From any status but invited it returns a *StatusError and
// the member as it was.
func (m Member) Resend(at time.Time) (Member, error) {
	next, err := m.step(resend)
	if err != nil {
		return m, err
	}
	next.InvitedAt = at.Round(0)
	return next, nil
}

// Withdraw takes back an invitation that is not accepted yet. It checks no authority;
// [Subject.Withdraw] does. This is final. From any status but invited it returns a
// *StatusError and the member as it was.
func (m Member) Withdraw() (Member, error) { return m.step(withdraw) }

// Block denies an active member everything until Unblock. It checks no authority;
// [Subject.Block] does. From any status but active it returns a *StatusError and the
// member as it was.
func (m Member) Block() (Member, error) { return m.step(block) }

// Unblock makes a blocked member active again. It checks no authority; [Subject.Unblock]
// does. From any status but blocked it returns a *StatusError and the member as it was.
func (m Member) Unblock() (Member, error) { return m.step(unblock) }

// Delete removes an active or blocked member from the workspace. It checks no authority;
// [Subject.Delete] does. This is final. From any other status it returns a *StatusError
// and the member as it was.
func (m Member) Delete() (Member, error) { return m.step(remove) }

// step is one change of status: its name, where it may start and where it leads.
type step struct {
	name string
	from []Status
	to   Status
}

var (
	accept   = step{"accept", []Status{StatusInvited}, StatusActive}
	resend   = step{"resend", []Status{StatusInvited}, StatusInvited}
	withdraw = step{"withdraw", []Status{StatusInvited}, StatusWithdrawn}
	block    = step{"block", []Status{StatusActive}, StatusBlocked}
	unblock  = step{"unblock", []Status{StatusBlocked}, StatusActive}
	remove   = step{"delete", []Status{StatusActive, StatusBlocked}, StatusDeleted}

	steps = []step{accept, resend, withdraw, block, unblock, remove}
)

func (m Member) step(s step) (Member, error) {
	if !slices.Contains(s.from, m.Status) {
		return m, &StatusError{s.name, m.Status, possible(m.Status)}
	}
	m.Status = s.to
	return m, nil
}

// possible returns the names of the steps that the status allows.
func possible(from Status) []string {
	var names []string
	for _, s := range steps {
		if slices.Contains(s.from, from) {
			names = append(names, s.name)
		}
	}
	return names
}
