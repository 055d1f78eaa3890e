package view

import (
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/people"
)

// laterPeople finds for whom a change of the policy takes effect later: holders who are invited or
// blocked, and active ones whose assignment has not begun.
type laterPeople struct {
	search  *people.Search
	changed map[rbac.RoleID]bool // roles that grant more or less
	when    map[string]string    // by the member's ID
	now     time.Time
}

func newLaterPeople(before, after *rbac.Policy, now time.Time, changes []rbac.Change) *laterPeople {
	l := &laterPeople{
		search:  people.NewSearch(before, after, now, changes),
		changed: make(map[rbac.RoleID]bool), when: make(map[string]string), now: now,
	}
	for _, c := range changes {
		if c.Guard == "" && c.Action != "" {
			l.changed[c.Role] = true
		}
	}
	return l
}

// add looks at one more member as they will be once a changed role of theirs is in force.
func (l *laterPeople) add(m rbac.Member) {
	if IsGone(m.Status) {
		return
	}
	begin, found := l.begin(m)
	if !found {
		return
	}
	l.when[m.ID] = l.whenText(m, begin)
	m.Assignments = inForceAt(m.Assignments, begin)
	for i := range m.Assignments { // the search asks about now
		m.Assignments[i].NotBefore, m.Assignments[i].NotAfter = time.Time{}, time.Time{}
	}
	m.Status = rbac.StatusActive
	l.search.Add(m)
}

// begin returns when the first changed role of the member begins, which is now if it has begun. Of
// an active member it counts only roles that have not begun.
func (l *laterPeople) begin(m rbac.Member) (first time.Time, found bool) {
	for _, a := range m.Assignments {
		begun := !l.now.Before(a.NotBefore)
		at := a.NotBefore
		if begun {
			at = l.now
		}
		if hasEnded(a, at) || !l.changed[a.Role] || begun && m.Status == rbac.StatusActive || found && !at.Before(first) {
			continue
		}
		first, found = at, true
	}
	return first, found
}

// whenText says when the change takes effect.
func (l *laterPeople) whenText(m rbac.Member, begin time.Time) string {
	text := ""
	switch {
	case m.Status == rbac.StatusBlocked:
		text = "when unblocked"
	case m.Status == rbac.StatusInvited && !l.now.Before(m.InvitedAt.Add(rbac.InvitationValidity)):
		text = "when the invitation is renewed and accepted"
	case m.Status == rbac.StatusInvited:
		text = "when the invitation is accepted"
	}
	if !begin.After(l.now) {
		return text
	}
	if text != "" {
		text += ", "
	}
	return text + "from " + Instant(begin)
}

// inForceAt returns the assignments that are in force at an instant.
func inForceAt(assignments []rbac.Assignment, at time.Time) (held []rbac.Assignment) {
	for _, a := range assignments {
		if !at.Before(a.NotBefore) && !hasEnded(a, at) {
			held = append(held, a)
		}
	}
	return held
}

// hasEnded reports whether an assignment is over at an instant.
func hasEnded(a rbac.Assignment, at time.Time) bool {
	return !a.NotAfter.IsZero() && !at.Before(a.NotAfter)
}
