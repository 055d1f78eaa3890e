package rbac

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac/internal/enum"
)

// Status says where a member stands between invitation and departure. Only an
// active member may do anything. The zero Status is invalid.
type Status uint8

const (
	StatusInvited   Status = iota + 1 // invited, and has not accepted
	StatusActive                      // accepted; the only status that is ever allowed anything
	StatusBlocked                     // was active; may be unblocked
	StatusWithdrawn                   // the invitation was withdrawn before it was accepted; final
	StatusDeleted                     // removed from the workspace; final, a new invitation is needed to return
)

var statusNames = enum.Names{Of: "status", Words: []string{"", "invited", "active", "blocked", "withdrawn", "deleted"}}

// String returns "invited", "active", "blocked", "withdrawn" or "deleted", and
// a placeholder for any other status.
func (s Status) String() string { return statusNames.String(uint8(s)) }

// MarshalText writes what String returns; an invalid status is an error.
func (s Status) MarshalText() ([]byte, error) { return statusNames.Marshal(uint8(s)) }

// UnmarshalText reads what MarshalText writes, and refuses any other text.
func (s *Status) UnmarshalText(text []byte) error {
	value, err := statusNames.Unmarshal(string(text))
	if err == nil {
		*s = Status(value)
	}
	return err
}

// refusal is why a member of that status, other than active, may do nothing.
func (s Status) refusal() Reason {
	switch s {
	case StatusInvited:
		return ReasonInvited
	case StatusBlocked:
		return ReasonBlocked
	case StatusWithdrawn:
		return ReasonWithdrawn
	case StatusDeleted:
		return ReasonDeleted
	}
	return ReasonInvalidMember
}

// Assignment gives a member a role, from NotBefore until just before NotAfter.
// A zero time is no bound; an assignment whose bounds are reversed or equal is
// never in force.
type Assignment struct {
	Role                RoleID
	MiniPrograms        []string  // what ScopeAssigned reaches through this assignment, and no other
	NotBefore, NotAfter time.Time // half open [NotBefore, NotAfter); zero means no bound
}

// bounded reports whether the clock matters to the assignment.
func (a *Assignment) bounded() bool { return !a.NotBefore.IsZero() || !a.NotAfter.IsZero() }

// force is ReasonGranted for an assignment in force, and otherwise the reason
// why it is not. It looks at the clock only where the assignment has bounds.
func (a *Assignment) force(c *clock) Reason {
	if !a.bounded() {
		return ReasonGranted
	}
	return a.forceAt(c.now())
}

// forceAt takes what has ended, or can never begin, for expired.
func (a *Assignment) forceAt(now time.Time) Reason {
	switch {
	case a.ended(now):
		return ReasonExpired
	case !a.NotBefore.IsZero() && now.Before(a.NotBefore):
		return ReasonNotYet
	}
	return ReasonGranted
}

// ended reports whether the assignment will not be in force again.
func (a *Assignment) ended(now time.Time) bool {
	return !a.NotAfter.IsZero() && (!now.Before(a.NotAfter) || !a.NotBefore.Before(a.NotAfter))
}

// names reports whether the assignment names the mini program. An empty ID is
// no program's, whatever the assignment says.
func (a *Assignment) names(miniProgram string) bool {
	return miniProgram != "" && slices.Contains(a.MiniPrograms, miniProgram)
}

func (a Assignment) clone() Assignment {
	a.MiniPrograms = slices.Clone(a.MiniPrograms)
	return a
}

// Member is a person in one workspace, with the roles given there. Someone in
// two workspaces is two members. A member without an ID, a valid workspace and
// the status active is denied everything.
type Member struct {
	ID          string
	Workspace   Workspace
	Status      Status
	InvitedAt   time.Time // when the invitation was sent last
	Assignments []Assignment
}

// is reports whether both are the same member.
func (m *Member) is(other *Member) bool {
	return m.ID == other.ID && m.ID != "" && m.Workspace == other.Workspace
}

// InvitationValidity is how long an invitation can be accepted: 3 days, of
// which the last instant is excluded.
const InvitationValidity = 72 * time.Hour

// ErrInvitationExpired is returned by Accept when the invitation was sent
// InvitationValidity ago or longer. Resend makes it valid again.
var ErrInvitationExpired = errors.New("rbac: the invitation has expired; resend it")

// StatusError is returned for a step that a member of that status cannot take.
type StatusError struct {
	Step    string   // "accept", "resend", "withdraw", "block", "unblock" or "delete"
	Status  Status   // what the member's status is
	Allowed []string // the steps that are possible from there; empty where the status is final
}

// Error names the step, the status, and what would have been possible.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("rbac: cannot %s: the member is %s; ", e.Step, e.Status)
	if len(e.Allowed) == 0 {
		return text + "invite anew"
	}
	return text + "possible: " + strings.Join(e.Allowed, ", ")
}

// Invite returns an invited member of the workspace. Whether the inviter may
// invite, and give these assignments, is answered by Policy.CheckManage with
// InviteMember. Whether the workspace has a member of that ID already is for the
// host to look up.
func Invite(id string, w Workspace, at time.Time, as ...Assignment) Member {
	m := Member{ID: id, Workspace: w, Status: StatusInvited, InvitedAt: at}
	for _, a := range as {
		m.Assignments = append(m.Assignments, a.clone())
	}
	return m
}

// Accept makes an invited member active. At InvitationValidity after InvitedAt
// or later, and at the zero time, it returns ErrInvitationExpired, from any other
// status a *StatusError, and with the error the member as it was.
func (m Member) Accept(at time.Time) (Member, error) {
	next, err := m.step(accept)
	if err != nil {
		return m, err
	}
	if at.IsZero() || !at.Before(m.InvitedAt.Add(InvitationValidity)) {
		return m, ErrInvitationExpired
	}
	return next, nil
}

// Resend sends an invitation again: it is valid for another InvitationValidity
// from the given time. From any status but invited it returns a *StatusError
// and the member as it was.
func (m Member) Resend(at time.Time) (Member, error) {
	next, err := m.step(resend)
	if err != nil {
		return m, err
	}
	next.InvitedAt = at
	return next, nil
}

// Withdraw takes an invitation back before it is accepted; that is final. From
// any status but invited it returns a *StatusError and the member as it was.
func (m Member) Withdraw() (Member, error) { return m.step(withdraw) }

// Block keeps an active member from everything until Unblock. From any status
// but active it returns a *StatusError and the member as it was.
func (m Member) Block() (Member, error) { return m.step(block) }

// Unblock makes a blocked member active again. From any status but blocked it
// returns a *StatusError and the member as it was.
func (m Member) Unblock() (Member, error) { return m.step(unblock) }

// Delete removes an active or blocked member from the workspace; that is final.
// From any other status it returns a *StatusError and the member as it was.
func (m Member) Delete() (Member, error) { return m.step(remove) }

// step is a name for a move from some statuses to another.
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

func possible(from Status) []string {
	var names []string
	for _, s := range steps {
		if slices.Contains(s.from, from) {
			names = append(names, s.name)
		}
	}
	return names
}
