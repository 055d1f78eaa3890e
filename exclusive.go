package rbac

import (
	"cmp"
	"slices"
	"time"
)

// How exclusive roles are found.
//
// Two assignments exclude each other if their roles are in one Exclusive set and
// both are in force at one time from now on. The assignments on a timeline are sorted
// by when they begin. Going through them in that order, it is enough to remember the
// two that last longest, of different roles. An assignment overlaps an earlier one of
// another role if and only if it begins before the later of the remembered ends that
// belong to other roles. So the time is that of sorting.
//
// A role can be in many sets, and a member can hold it many times. So each held role
// has one timeline, which its sets share. Beside that of the role that is held most
// often, a set has one timeline of all its other roles, which are few or none.

// timeline is assignments by when they begin.
type timeline []span

// span is the time of one assignment, from now on.
type span struct {
	start, end time.Time
	role       RoleID
	position   int // of the assignment among those of the member

	// Of this span and those before it: the one that lasts longest, and the one
	// that lasts longest of the other roles. Both are -1 or indices.
	longest, rival int
}

// exclusions are one member's assignments, arranged to find those that exclude each other.
type exclusions struct {
	policy *Policy
	now    time.Time
	lines  map[RoleID]timeline        // of each role that is held and is in a set
	sets   map[*exclusiveSet]*heldSet // of which a role is held
	rivals map[RoleID][]timeline      // by role, what rivalsOf has found
}

// heldSet is what a member holds of an exclusive set.
type heldSet struct {
	most RoleID   // the role with the most assignments
	rest timeline // the assignments of the other roles
}

// exclusions arranges assignments to find those that exclude each other.
func (p *Policy) exclusions(now time.Time, assignments []Assignment) *exclusions {
	e := &exclusions{policy: p, now: now, lines: make(map[RoleID]timeline), sets: make(map[*exclusiveSet]*heldSet)}
	for i := range assignments {
		if a := &assignments[i]; p.isInSet(a.Role) && !a.endedAt(now) {
			e.lines[a.Role] = append(e.lines[a.Role], newSpan(now, a, i))
		}
	}
	for role, line := range e.lines {
		line.arrange()
		for _, set := range p.setsOf(role) {
			e.addTo(set, role)
		}
	}
	for _, held := range e.sets {
		held.rest.arrange()
	}
	return e
}

// addTo adds a held role to a set.
func (e *exclusions) addTo(set *exclusiveSet, role RoleID) {
	held := e.sets[set]
	if held == nil {
		e.sets[set] = &heldSet{most: role}
		return
	}
	more := cmp.Compare(len(e.lines[role]), len(e.lines[held.most]))
	if cmp.Or(more, cmp.Compare(role, held.most)) > 0 {
		held.most, role = role, held.most
	}
	held.rest = append(held.rest, e.lines[role]...)
}

func newSpan(now time.Time, assignment *Assignment, position int) span {
	t := newTerm(now, assignment)
	return span{start: t.start, end: t.end, role: assignment.Role, position: position, longest: -1, rival: -1}
}

// arrange sorts the timeline and computes the longest spans.
func (t timeline) arrange() {
	slices.SortFunc(t, func(a, b span) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.position, b.position))
	})
	longest, rival := -1, -1
	for i := range t {
		switch {
		case longest < 0 || t[i].role == t[longest].role:
			if longest < 0 || t[longest].end.Before(t[i].end) {
				longest = i
			}
		case t[longest].end.Before(t[i].end):
			longest, rival = i, longest
		case rival < 0 || t[rival].end.Before(t[i].end):
			rival = i
		}
		t[i].longest, t[i].rival = longest, rival
	}
}

// other returns the longest span of another role among the first n, or -1.
func (t timeline) other(n int, role RoleID) int {
	switch {
	case n == 0:
		return -1
	case t[t[n-1].longest].role != role:
		return t[n-1].longest
	}
	return t[n-1].rival
}

// meets returns the position of an assignment on the timeline that another one
// excludes, or -1.
func (t timeline) meets(further *span) int {
	n, _ := slices.BinarySearchFunc(t, further.end, func(s span, end time.Time) int { return s.start.Compare(end) })
	other := t.other(n, further.role)
	if other < 0 || !further.start.Before(t[other].end) {
		return -1
	}
	return t[other].position
}

// rivalsOf returns timelines that together have all assignments of other roles in the
// sets of a role.
func (e *exclusions) rivalsOf(role RoleID) []timeline {
	if known, found := e.rivals[role]; found {
		return known
	}
	var lines []timeline
	var fewer timeline
	for _, set := range e.policy.setsOf(role) {
		switch held := e.sets[set]; {
		case held == nil:
		case held.most == role:
			fewer = append(fewer, held.rest...)
		default:
			lines = append(lines, e.lines[held.most], held.rest)
		}
	}
	fewer.arrange()
	lines = slices.DeleteFunc(append(lines, fewer), func(line timeline) bool { return len(line) == 0 })
	if e.rivals == nil {
		e.rivals = make(map[RoleID][]timeline)
	}
	e.rivals[role] = lines
	return lines
}

// excludes reports whether a further assignment would exclude one of those that are
// arranged.
func (e *exclusions) excludes(assignment *Assignment) bool {
	if assignment.endedAt(e.now) {
		return false
	}
	further := newSpan(e.now, assignment, 0)
	return slices.ContainsFunc(e.rivalsOf(assignment.Role), func(line timeline) bool { return line.meets(&further) >= 0 })
}

// exclusion is two assignments that exclude each other, by their positions.
type exclusion struct{ first, second int }

// conflicts returns, for each assignment that excludes another, one such pair. They
// are in order of the second, which has the higher position, and each second is there
// once.
func (e *exclusions) conflicts() []exclusion {
	firstOf := make(map[int]int)
	for role, line := range e.lines {
		for _, rivals := range e.rivalsOf(role) {
			for i := range line {
				other := rivals.meets(&line[i])
				if other < 0 {
					continue
				}
				first, second := min(other, line[i].position), max(other, line[i].position)
				if known, found := firstOf[second]; !found || first < known {
					firstOf[second] = first
				}
			}
		}
	}
	pairs := make([]exclusion, 0, len(firstOf))
	for second, first := range firstOf {
		pairs = append(pairs, exclusion{first, second})
	}
	slices.SortFunc(pairs, func(a, b exclusion) int { return cmp.Compare(a.second, b.second) })
	return pairs
}

// beyond returns the exclusions without the sets of which no more roles are held, at
// any instant, than by the old ones. Without old ones it returns all.
func (e *exclusions) beyond(old *exclusions) *exclusions {
	if old == nil {
		return e
	}
	worse := &exclusions{policy: e.policy, now: e.now, lines: e.lines, sets: make(map[*exclusiveSet]*heldSet)}
	for set, held := range e.sets {
		if !e.isBroken(held) {
			continue
		}
		before, after := old.levels(set), e.levels(set)
		if _, _, found := firstWorse(before, after, true, func(roles int) int { return roles - 1 }); found {
			worse.sets[set] = held
		}
	}
	return worse
}

// isBroken reports whether two roles of the set are ever held at one time.
func (e *exclusions) isBroken(held *heldSet) bool {
	return slices.ContainsFunc(held.rest, func(s span) bool {
		return held.rest.meets(&s) >= 0 || e.lines[held.most].meets(&s) >= 0
	})
}

// levels returns how many roles of the set are held from which instant on.
func (e *exclusions) levels(set *exclusiveSet) []level {
	terms := make(map[RoleID][]term)
	if held := e.sets[set]; held != nil {
		for _, s := range slices.Concat(held.rest, e.lines[held.most]) {
			terms[s.role] = append(terms[s.role], term{s.start, s.end})
		}
	}
	roles := &headcount{}
	for _, times := range terms {
		roles.add(times)
	}
	return roles.levels(e.now)
}
