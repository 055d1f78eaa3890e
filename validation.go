package rbac

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// ValidateMember returns nil if the member may be stored. It needs an ID, a valid
// workspace and a known status. The policy must define the roles of its assignments
// for that workspace. No assignment may name an empty mini program or end before it
// begins, and no two may exclude each other, now or later. JSON must be able to hold the
// member: IDs are UTF-8 without U+FFFD, which stands for damaged text; times lie within
// the years 1 to 9999; and its JSON has at most 16 MiB, which is what UnmarshalJSON reads.
// Otherwise it returns a *ValidationError for each problem, joined.
func (p *Policy) ValidateMember(member Member) error { return p.ValidateMemberAt(wallClock(), member) }

// ValidateMemberAt is ValidateMember at the given time.
func (p *Policy) ValidateMemberAt(now time.Time, member Member) error {
	if p.isZero() {
		return errNoPolicy()
	}
	v := &validation{policy: p, now: now.Round(0)}
	v.member("", &member)
	return v.problems().err()
}

// ValidateWorkspace returns nil if the members of a workspace may be stored
// together. Each must be valid, of this workspace and not repeated. At every instant
// from now on, each role must have at least AtLeast and at most AtMost holders, if
// nobody changes anything. Holders are active members, suspended or not. Otherwise it
// returns a *ValidationError for each problem, joined.
//
// Withdrawn and deleted members are skipped. Nil means no members. Call it after a
// change and before the transaction ends. Lock the workspace's members, or make the
// transaction serializable: otherwise two changes at once can remove the last two
// admins.
func (p *Policy) ValidateWorkspace(workspace Workspace, members iter.Seq[Member]) error {
	return p.ValidateWorkspaceAt(wallClock(), workspace, members)
}

// ValidateWorkspaceAt is ValidateWorkspace at the given time.
func (p *Policy) ValidateWorkspaceAt(now time.Time, workspace Workspace, members iter.Seq[Member]) error {
	after, err := p.survey(now, workspace, members, nil)
	if err != nil {
		return err
	}
	return after.problems().err()
}

// ValidateChange returns nil if a change makes a workspace no worse: it reports only
// what is wrong after the change and was not, or was less, before. So a workspace can
// begin with an invitation, and a workspace that is already wrong can be improved step
// by step. Otherwise it is like ValidateWorkspace of the members after the change.
func (p *Policy) ValidateChange(workspace Workspace, before, after iter.Seq[Member]) error {
	return p.ValidateChangeAt(wallClock(), workspace, before, after)
}

// ValidateChangeAt is ValidateChange at the given time.
func (p *Policy) ValidateChangeAt(now time.Time, workspace Workspace, before, after iter.Seq[Member]) error {
	old, err := p.survey(now, workspace, before, nil)
	if err != nil {
		return err
	}
	changed, err := p.survey(now, workspace, after, old)
	if err != nil {
		return err
	}
	return changed.problems().err()
}

// survey looks at all members of a workspace, and compares them with an old state of it
// unless that is nil.
func (p *Policy) survey(
	now time.Time, workspace Workspace, members iter.Seq[Member], old *validation,
) (*validation, error) {
	if p.isZero() {
		return nil, errNoPolicy()
	}
	if err := workspace.Validate(); err != nil {
		return nil, err
	}
	v := &validation{
		policy:    p,
		now:       now.Round(0),
		workspace: &workspace,
		old:       old,
		seen:      make(map[string]bool),
		exclusive: make(map[string]*exclusions),
		counts:    make(map[RoleID]*headcount),
	}
	for _, id := range p.boundedRoles(&workspace) {
		v.counts[id] = &headcount{}
	}
	if members != nil {
		for m := range members {
			v.memberOf(&m)
		}
	}
	return v, nil
}

// boundedRoles returns the roles whose holders in the workspace are counted, in name
// order.
func (p *Policy) boundedRoles(workspace *Workspace) []RoleID {
	bounded := make(map[RoleID]bool)
	for q := p; q != nil; q = q.shared {
		for id := range q.spec.AtLeast {
			bounded[id] = true
		}
		for id := range q.spec.AtMost {
			bounded[id] = true
		}
	}
	maps.DeleteFunc(bounded, func(id RoleID, _ bool) bool {
		_, reason := p.roleFor(id, workspace)
		return reason != ReasonGranted
	})
	return slices.Sorted(maps.Keys(bounded))
}

// validation finds what is wrong with one member, or with all of a workspace.
type validation struct {
	policy    *Policy
	now       time.Time
	workspace *Workspace  // nil for one member
	old       *validation // the state of the workspace before a change; nil if there is none
	found     []memberProblem
	seen      map[string]bool
	exclusive map[string]*exclusions // by member; nil for one member
	counts    map[RoleID]*headcount  // of the holders of the roles that are bounded
}

// memberProblem is one thing that is wrong with one member. Its sort says what is
// wrong without positions, which a change moves, so that it can be compared with what
// was wrong before. It is empty if that has been done.
type memberProblem struct {
	id, sort, place, problem, hint string
}

func (v *validation) report(m *Member, place, problem, hint string) {
	v.found = append(v.found, memberProblem{m.ID, problem, place, problem, hint})
}

func (v *validation) member(place string, m *Member) {
	switch {
	case m.ID == "":
		v.report(m, place+"id", "the ID is empty", "give the host's ID of the member")
	case isDamaged(m.ID):
		v.report(m, place+"id", damagedID, "give the host's ID of the member")
	}
	if problem, ok := m.Workspace.Validate().(*ValidationError); ok {
		v.report(m, place+problem.Place, problem.Problem, problem.Hint)
	} else if isDamaged(m.Workspace.ID) || isDamaged(m.Workspace.Tenant) {
		v.report(m, place+"workspace", damagedID, "use an ID that JSON can hold")
	}
	if m.Status < StatusInvited || m.Status > StatusDeleted {
		v.report(m, place+"status", m.Status.String()+" is not a status", "invite the member with Invite")
	}
	v.instant(m, place+"invited_at", m.InvitedAt)
	for i := range m.Assignments {
		v.assignment(fmt.Sprintf("%sassignments[%d]", place, i), m, &m.Assignments[i])
	}
	v.exclusions(place, m)
	v.size(place, m)
}

// size reports a member whose JSON would be refused when it is read back.
func (v *validation) size(place string, m *Member) {
	const longestEscape = 6 // bytes that a byte of an ID can become
	if longestEscape*m.size() <= largestDocument {
		return
	}
	document, err := json.Marshal(m)
	if err == nil && len(document) > largestDocument {
		v.report(m, strings.TrimSuffix(place, "."), fmt.Sprintf("the member's JSON has %d bytes", len(document)),
			fmt.Sprintf("%d are the most; name fewer mini programs", largestDocument))
	}
}

// exclusions reports assignments that exclude each other. After a change it looks only
// at sets of which the member ever holds more roles than before.
func (v *validation) exclusions(place string, m *Member) {
	held := v.policy.exclusions(v.now, m.Assignments)
	if v.exclusive != nil {
		v.exclusive[m.ID] = held
	}
	if v.old != nil {
		held = held.beyond(v.old.exclusive[m.ID])
	}
	for _, pair := range held.conflicts() {
		role, other := m.Assignments[pair.second].Role, m.Assignments[pair.first].Role
		v.found = append(v.found, memberProblem{
			id:      m.ID,
			place:   fmt.Sprintf("%sassignments[%d].role", place, pair.second),
			problem: fmt.Sprintf("role %q excludes %q, which assignments[%d] gives", role, other, pair.first),
			hint:    "keep one of the two",
		})
	}
}

func (v *validation) assignment(place string, m *Member, a *Assignment) {
	switch _, reason := v.policy.roleFor(a.Role, &m.Workspace); reason {
	case ReasonUnknownRole:
		v.report(m, place+".role", "unknown role "+suggest.Quote(string(a.Role)), v.hint(a.Role, m))
	case ReasonOtherKind:
		v.report(m, place+".role", fmt.Sprintf("role %q cannot be held in a %s workspace", a.Role, m.Workspace.Kind),
			"give a role of that kind")
	}
	if slices.Contains(a.MiniPrograms, "") {
		v.report(m, place+".mini_programs", "an ID is empty", "leave it out")
	}
	if slices.ContainsFunc(a.MiniPrograms, isDamaged) {
		v.report(m, place+".mini_programs", damagedID, "use an ID that JSON can hold")
	}
	v.instant(m, place+".not_before", a.NotBefore)
	v.instant(m, place+".not_after", a.NotAfter)
	if !a.NotAfter.IsZero() && !a.NotBefore.Before(a.NotAfter) {
		v.report(m, place+".not_after", "the end is not after the start", "swap the two, or leave one out")
	}
}

// hint names the known role that an unknown one may have been meant to be.
func (v *validation) hint(id RoleID, m *Member) string {
	const otherwise = "define it in the policy"
	if len(v.found) >= mostSuggestions {
		return otherwise
	}
	return suggest.Hint(string(id), v.policy.rolesKnownIn(&m.Workspace), otherwise)
}

// rolesKnownIn yields the roles that members of the workspace may know of: all but
// the own roles of other workspaces.
func (p *Policy) rolesKnownIn(w *Workspace) iter.Seq[string] {
	return func(yield func(string) bool) {
		p.eachRole(func(role *Role, _ *compiledRole) bool {
			hidden := role.Workspace != (Workspace{}) && role.Workspace != *w
			return hidden || yield(string(role.ID))
		})
	}
}

func (v *validation) instant(m *Member, place string, t time.Time) {
	switch {
	case isStorable(t):
	case isInYears(t):
		v.report(m, place, "an instant that databases or JSON would change", "use whole microseconds in UTC")
	default:
		year := t.UTC().Year()
		if isYear(year) {
			year = t.Year()
		}
		v.report(m, place, fmt.Sprintf("the year %d", year), "use the years 1 to 9999")
	}
}

// isStorable reports whether an instant has a form that JSON and databases keep. JSON has the
// year in the time's zone, and hours and minutes of its offset. Databases have the year in
// UTC, and microseconds: what is less than one after the zero time would become no bound.
func isStorable(t time.Time) bool {
	if t.IsZero() {
		return true
	}
	const day = 24 * 60 * 60
	_, offset := t.Zone()
	return isInYears(t) && !stored(t).IsZero() && offset%60 == 0 && -day < offset && offset < day
}

// isInYears reports whether an instant is in the years 1 to 9999, in its own zone and in UTC.
func isInYears(t time.Time) bool { return isYear(t.Year()) && isYear(t.UTC().Year()) }

func isYear(year int) bool { return 1 <= year && year <= 9999 }

func (v *validation) memberOf(m *Member) {
	if m.Status == StatusWithdrawn || m.Status == StatusDeleted {
		return
	}
	place := placeOf("members", m.ID)
	if m.Workspace != *v.workspace {
		v.report(m, place+".workspace", "the member belongs to another workspace", "pass the members of this one")
		return
	}
	if v.seen[m.ID] {
		v.report(m, place, "the member is repeated", "pass each member once")
		return
	}
	v.seen[m.ID] = true
	v.member(place+".", m)
	v.count(m)
}

// count counts a member once for each role and instant, however often the role is
// assigned.
func (v *validation) count(m *Member) {
	if len(v.counts) == 0 {
		return
	}
	active := m.ID != "" && m.Status == StatusActive
	terms := make(map[RoleID][]term)
	for i := range m.Assignments {
		a := &m.Assignments[i]
		count := v.counts[a.Role]
		if count == nil {
			continue
		}
		if _, counted := terms[a.Role]; !counted {
			terms[a.Role] = nil
			count.members++
		}
		if active && !a.endedAt(v.now) {
			terms[a.Role] = append(terms[a.Role], newTerm(v.now, a))
		}
	}
	for id, times := range terms {
		v.counts[id].add(times)
	}
}

// problems returns what is wrong and was not, or was less, in the old state of the
// workspace. Without an old state it returns everything.
func (v *validation) problems() (all problems) {
	type key struct{ id, sort string }
	known := make(map[key]int)
	if v.old != nil {
		for _, p := range v.old.found {
			known[key{p.id, p.sort}]++
		}
	}
	for _, p := range v.found {
		if k := (key{p.id, p.sort}); p.sort != "" && known[k] > 0 {
			known[k]--
			continue
		}
		all.add(p.place, p.problem, p.hint)
	}
	for _, id := range slices.Sorted(maps.Keys(v.counts)) {
		v.checkCount(&all, id)
	}
	return all
}

func (v *validation) checkCount(all *problems, id RoleID) {
	counted := v.counts[id]
	levels := counted.levels(v.now)
	before := levels
	if v.old != nil {
		before = v.old.counts[id].levels(v.now)
	}
	least := v.policy.least(id)
	if at, count, found := firstWorse(before, levels, v.old != nil, func(n int) int { return least - n }); found {
		all.add("members", fmt.Sprintf("%d active holders of role %q%s, and at least %d are needed",
			count, id, v.from(at), least), v.tooFewHint(counted, count, at))
	}
	most, bounded := v.policy.most(id)
	if !bounded {
		return
	}
	if at, count, found := firstWorse(before, levels, v.old != nil, func(n int) int { return n - most }); found {
		all.add("members", fmt.Sprintf("%d active holders of role %q%s, and at most %d are allowed",
			count, id, v.from(at), most), "revoke it from the others")
	}
}

// from says from when on something is wrong, unless it is from now on.
func (v *validation) from(at time.Time) string {
	if !at.After(v.now) {
		return ""
	}
	return " from " + at.UTC().Format(time.RFC3339Nano) + " on"
}

func (v *validation) tooFewHint(counted *headcount, count int, at time.Time) string {
	switch {
	case at.After(v.now):
		return "let an assignment last longer, or give the role to another member first"
	case counted.members > count:
		return "unblock a holder, renew an assignment, or give the role to another member"
	}
	return "give the role to another member first"
}

// headcount counts the members of a workspace who hold a role, over time from now on.
type headcount struct {
	members int // who hold it at any time, active or not
	changes []countChange
}

// countChange is one holder more or less from an instant on.
type countChange struct {
	at time.Time
	by int
}

// level is how many holders there are from an instant on, until the next level.
type level struct {
	at    time.Time
	count int
}

// term is a time in which one member holds a role.
type term struct{ start, end time.Time }

func newTerm(now time.Time, a *Assignment) term {
	start := a.NotBefore.Round(0)
	if start.Before(now) {
		start = now
	}
	return term{start, a.end()}
}

// add adds one holder, who holds the role whenever any of the terms runs.
func (h *headcount) add(terms []term) {
	slices.SortFunc(terms, func(a, b term) int { return a.start.Compare(b.start) })
	for i := 0; i < len(terms); {
		start, end := terms[i].start, terms[i].end
		for i++; i < len(terms) && !end.Before(terms[i].start); i++ {
			if end.Before(terms[i].end) {
				end = terms[i].end
			}
		}
		h.changes = append(h.changes, countChange{start, 1}, countChange{end, -1})
	}
}

// levels returns how many holders there are from which instant on. The first is now.
func (h *headcount) levels(now time.Time) []level {
	slices.SortFunc(h.changes, func(a, b countChange) int { return a.at.Compare(b.at) })
	levels := []level{{now, 0}}
	count := 0
	for _, change := range h.changes {
		count += change.by
		switch last := &levels[len(levels)-1]; {
		case change.at.Equal(last.at):
			last.count = count
		case change.at.Before(forever):
			levels = append(levels, level{change.at, count})
		}
	}
	return levels
}

// firstWorse returns the first instant at which something lacks or exceeds more than
// it may, and if it is compared, more than it did before.
func firstWorse(before, after []level, compared bool, wrong func(count int) int) (time.Time, int, bool) {
	b := 0
	instants := make([]time.Time, 0, len(before)+len(after))
	for _, levels := range [][]level{before, after} {
		for _, from := range levels {
			instants = append(instants, from.at)
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	a := 0
	for _, at := range instants {
		for a+1 < len(after) && !after[a+1].at.After(at) {
			a++
		}
		for b+1 < len(before) && !before[b+1].at.After(at) {
			b++
		}
		allowed := 0
		if compared {
			allowed = max(0, wrong(before[b].count))
		}
		if wrong(after[a].count) > allowed {
			return at, after[a].count, true
		}
	}
	return time.Time{}, 0, false
}
