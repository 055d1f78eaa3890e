package rbac

import (
	"cmp"
	"slices"
	"time"
)

// How exclusive roles are found.
//
// Two assignments exclude each other if their roles are in one Exclusive set and
// both are in force at one time from now on. For each set, the assignments of its
// roles are sorted by when they begin. Going through them in that order, it is
// enough to remember the two that last longest, of different roles: an assignment
// overlaps an earlier one of another role if and only if it begins before the
// longer of these ends, of those that have another role. So the time is that of
// sorting, however many assignments there are.

// timeline is the assignments of the roles of one exclusive set, by when they begin.
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

// exclusions are the timelines of one member's assignments.
type exclusions struct {
	policy *Policy
	now    time.Time
	sets   map[*exclusiveSet]timeline
}

// exclusions arranges assignments to find those that exclude each other.
func (p *Policy) exclusions(now time.Time, assignments []Assignment) *exclusions {
	e := &exclusions{policy: p, now: now, sets: make(map[*exclusiveSet]timeline)}
	setsByRole := make(map[RoleID][]*exclusiveSet)
	for i := range assignments {
		assignment := &assignments[i]
		sets, known := setsByRole[assignment.Role]
		if !known {
			sets = p.setsOf(assignment.Role)
			setsByRole[assignment.Role] = sets
		}
		if len(sets) == 0 || assignment.endedAt(now) {
			continue
		}
		for _, set := range sets {
			e.sets[set] = append(e.sets[set], newSpan(now, assignment, i))
		}
	}
	for _, line := range e.sets {
		line.arrange()
	}
	return e
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

// excludes reports whether a further assignment would exclude one of those that are
// arranged.
func (e *exclusions) excludes(assignment *Assignment) bool {
	if assignment.endedAt(e.now) {
		return false
	}
	further := newSpan(e.now, assignment, 0)
	return slices.ContainsFunc(e.policy.setsOf(assignment.Role), func(set *exclusiveSet) bool {
		line := e.sets[set]
		n, _ := slices.BinarySearchFunc(line, further.end, func(s span, end time.Time) int { return s.start.Compare(end) })
		other := line.other(n, further.role)
		return other >= 0 && further.start.Before(line[other].end)
	})
}

// exclusion is two assignments that exclude each other, by their positions.
type exclusion struct{ first, second int }

// conflicts returns, for each assignment that excludes another, one such pair. They
// are in order of the second, which has the higher position, and each second is there
// once.
func (e *exclusions) conflicts() []exclusion {
	firstOf := make(map[int]int)
	for _, line := range e.sets {
		for i := range line {
			other := line.other(i, line[i].role)
			if other < 0 || !line[i].start.Before(line[other].end) {
				continue
			}
			first, second := line[other].position, line[i].position
			if first > second {
				first, second = second, first
			}
			if known, found := firstOf[second]; !found || first < known {
				firstOf[second] = first
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
	worse := &exclusions{policy: e.policy, now: e.now, sets: make(map[*exclusiveSet]timeline)}
	for set, line := range e.sets {
		before, after := old.sets[set].levels(e.now), line.levels(e.now)
		if _, _, found := firstWorse(before, after, true, func(roles int) int { return roles - 1 }); found {
			worse.sets[set] = line
		}
	}
	return worse
}

// levels returns how many roles of the set are held from which instant on.
func (t timeline) levels(now time.Time) []level {
	terms := make(map[RoleID][]term)
	for _, span := range t {
		terms[span.role] = append(terms[span.role], term{span.start, span.end})
	}
	roles := &headcount{}
	for _, times := range terms {
		roles.add(times)
	}
	return roles.levels(now)
}
