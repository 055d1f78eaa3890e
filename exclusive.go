package rbac

import (
	"slices"
	"time"
)

// exclusions finds the assignments of a member that a further one may not be held
// with: their roles are in one Exclusive set, and both are in force at one time
// from now on. A role does not exclude itself.
type exclusions struct {
	policy *Policy
	now    time.Time
	held   int
	roles  []RoleID // those held that are in a set, each once
	byRole map[RoleID][]heldRole
}

// heldRole is an assignment and its position among those of the member.
type heldRole struct {
	position   int
	assignment *Assignment
}

func (p *Policy) exclusions(now time.Time, held []Assignment) *exclusions {
	e := &exclusions{policy: p, now: now, byRole: make(map[RoleID][]heldRole)}
	for i := range held {
		e.add(&held[i])
	}
	return e
}

func (e *exclusions) add(assignment *Assignment) {
	if role := assignment.Role; e.policy.exclusive[role] != nil {
		if e.byRole[role] == nil {
			e.roles = append(e.roles, role)
		}
		e.byRole[role] = append(e.byRole[role], heldRole{e.held, assignment})
	}
	e.held++
}

// first returns the first assignment that excludes the given one, if there is any.
func (e *exclusions) first(assignment *Assignment) (first heldRole, found bool) {
	for _, role := range e.roles {
		if role == assignment.Role || !e.policy.inOneSet(role, assignment.Role) {
			continue
		}
		i := slices.IndexFunc(e.byRole[role], func(held heldRole) bool { return overlap(e.now, held.assignment, assignment) })
		if i >= 0 && (!found || e.byRole[role][i].position < first.position) {
			first, found = e.byRole[role][i], true
		}
	}
	return first, found
}

func (p *Policy) inOneSet(a, b RoleID) bool {
	return slices.ContainsFunc(p.exclusive[a], func(set []RoleID) bool {
		_, in := slices.BinarySearch(set, b)
		return in
	})
}

// overlap reports whether two assignments are both in force at one time from now
// on.
func overlap(now time.Time, a, b *Assignment) bool {
	start, end := a.NotBefore, a.end()
	for _, t := range []time.Time{b.NotBefore, now} {
		if start.Before(t) {
			start = t
		}
	}
	if b.end().Before(end) {
		end = b.end()
	}
	return start.Before(end)
}
