package proof

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// compareHolders runs the clause for the holders in a table of the world's members, joined with their assignments and
// their mini programs. Each row is returned that lets its member do the action, and no other.
func (w world) compareHolders(
	t testing.TB, d dice, a rbac.Action, r rbac.Resource, c rbac.MemberColumns,
) (compared tally) {
	t.Helper()
	now := w.now.Add(pick(d, []time.Duration{0, 0, 1, 999, -1}))
	holders := w.policy.HoldersAt(now, a, r)
	clause, args, err := holders.Where(c)
	wrong := isWrong(c.Dialect, c.Offset, memberColumns(c), []string{c.Workspace, c.ID, c.Status, c.Role})
	if (err != nil) != wrong || wrong && (clause != "1=0" || args != nil) {
		t.Fatalf("%v: Where of %+v: %q, %q, %v", w, c, clause, args, err)
	}
	if wrong {
		return compared
	}
	tb := table{c.Dialect, c.Bytewise, namedOnly(memberColumns(c)), c.Placeholder, c.Offset}
	returned, err := tb.prepare(clause, args)
	if err != nil {
		t.Fatalf("%v: %v: %s with %q, for %q to %+v", w, err, clause, args, a, r)
	}
	if holders.None() && clause != "1=0" {
		t.Fatalf("%v: the clause of holders who are nobody: %s", w, clause)
	}
	if !areDifferent(tb.columns) {
		return compared
	}
	for _, m := range w.members {
		m, held := tb.member(d, c, m, r.Workspace)
		if !held {
			continue
		}
		found := false
		for _, alone := range joinedRows(m) {
			want := w.ref.allows(now, alone, a, r)
			compared.count(want)
			got, err := returned(tb.memberRow(d, c, alone))
			if err != nil || got != want {
				t.Fatalf("%v: want %v, the clause says %v, %v: %s\n%s\n%q",
					w, want, got, err, questionText(alone, a, r), clause, args)
			}
			found = found || got
		}
		if can := w.policy.CheckAt(now, m, a, r).Allowed; can != found || holders.Match(m) != can {
			t.Fatalf("%v: Can is %v, the clause finds %v, Match says %v: %s",
				w, can, found, holders.Match(m), questionText(m, a, r))
		}
	}
	return compared
}

func memberColumns(c rbac.MemberColumns) []string {
	return []string{
		c.Kind, c.Tenant, c.Workspace, c.ID, c.Status, c.Suspended, c.Role, c.NotBefore, c.NotAfter, c.MiniProgram,
	}
}

// member is what the table says of a member, and whether the table can have the member.
func (tb table) member(
	d dice, c rbac.MemberColumns, m rbac.Member, place rbac.Workspace,
) (stored rbac.Member, held bool) {
	if chance(d, 20) {
		m.ID = misspeltID(d, m.ID)
	}
	if c.Suspended == rbac.NoColumn {
		m.Suspended = false
	}
	m.Assignments = slices.Clone(m.Assignments)
	ids := []string{m.ID, m.Workspace.ID, m.Workspace.Tenant}
	for i := range m.Assignments {
		as := &m.Assignments[i]
		as.NotBefore, as.NotAfter = storedBound(c.NotBefore, as.NotBefore), storedBound(c.NotAfter, as.NotAfter)
		if c.MiniProgram == rbac.NoColumn {
			as.MiniPrograms = nil
		}
		ids = append(append(ids, as.MiniPrograms...), string(as.Role))
	}
	if c.Tenant == rbac.NoColumn && m.Workspace.Tenant != place.Tenant {
		return m, false
	}
	if c.Kind == rbac.NoColumn && (isNamesake(m.Workspace) || isNamesake(place) || !isValid(m.Workspace)) {
		return m, false
	}
	return m, tb.canHold(ids...)
}

// storedBound is a bound as databases keep it: in microseconds.
func storedBound(column string, bound time.Time) time.Time {
	if column == rbac.NoColumn || bound.IsZero() {
		return time.Time{}
	}
	return bound.UTC().Truncate(time.Microsecond)
}

// joinedRows are the member with one assignment of one mini program or none: a row of members JOIN assignments LEFT
// JOIN mini programs.
func joinedRows(m rbac.Member) []rbac.Member {
	var rows []rbac.Member
	for _, as := range m.Assignments {
		programs := as.MiniPrograms
		as.MiniPrograms = nil
		if len(programs) == 0 {
			rows = append(rows, holding(m, as))
		}
		for _, program := range programs {
			as.MiniPrograms = []string{program}
			rows = append(rows, holding(m, as))
		}
	}
	return rows
}

func holding(m rbac.Member, as rbac.Assignment) rbac.Member {
	m.Assignments = []rbac.Assignment{as}
	return m
}

func (tb table) memberRow(d dice, c rbac.MemberColumns, m rbac.Member) sqlRow {
	as := m.Assignments[0]
	bound := func(t time.Time) any {
		switch {
		case t.IsZero():
			return nil
		case c.Time == nil:
			return t
		}
		if s, isText := c.Time(t).(string); isText {
			return plain(s)
		}
		return c.Time(t)
	}
	return sqlRow{
		c.Kind:        tb.stored(d, kindWords[m.Workspace.Kind]),
		c.Tenant:      tb.stored(d, m.Workspace.Tenant),
		c.Workspace:   tb.stored(d, m.Workspace.ID),
		c.ID:          tb.stored(d, m.ID),
		c.Status:      tb.stored(d, m.Status.String()),
		c.Suspended:   tb.storedBool(d, m.Suspended),
		c.Role:        tb.stored(d, string(as.Role)),
		c.NotBefore:   bound(as.NotBefore),
		c.NotAfter:    bound(as.NotAfter),
		c.MiniProgram: tb.stored(d, strings.Join(as.MiniPrograms, "")),
	}
}

// storedBool is a boolean as the columns of the dialect have it. NULL is true: the host does not know.
func (tb table) storedBool(d dice, value bool) any {
	forms := map[rbac.Dialect]map[bool][]any{
		rbac.PostgreSQL: {true: {true, nil}, false: {false}},
		rbac.SQLite:     {true: {int64(1), nil, plain("true"), plain("false")}, false: {int64(0)}},
		rbac.MySQL: {
			true:  {int64(1), nil, sqlBlob("\x01"), plain("1"), plain("true"), plain("false")},
			false: {int64(0), sqlBlob("\x00"), plain("0")},
		},
	}
	return pick(d, forms[tb.dialect][value])
}

// timeForms are ways to store an instant that sort as instants do.
var timeForms = []func(t time.Time) any{
	nil,
	func(t time.Time) any { return t.UnixMicro() },
	func(t time.Time) any { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") },
}

func memberColumnsIn(d dice, dialect rbac.Dialect) rbac.MemberColumns {
	c := rbac.MemberColumns{
		Dialect:     dialect,
		Kind:        orNone(d, "w.kind"),
		Tenant:      orNone(d, "w.tenant_id"),
		Workspace:   "w.id",
		ID:          "m.id",
		Status:      "status",
		Suspended:   orNone(d, "w.suspended"),
		Role:        "a.role",
		NotBefore:   orNone(d, "a.not_before"),
		NotAfter:    orNone(d, "app.a.not_after"),
		MiniProgram: orNone(d, "p.id"),
		Time:        pick(d, timeForms),
		Bytewise:    chance(d, 40),
		Offset:      d.IntN(3),
	}
	c.Placeholder = anyPlaceholder(d)
	return c
}

func TestLaw2HoldersWhereFindsThoseWhoCan(t *testing.T) {
	t.Parallel()
	seen := map[rbac.Dialect]*tally{rbac.PostgreSQL: {}, rbac.SQLite: {}, rbac.MySQL: {}}
	rows := 0
	worlds(t, 31, 40, fixedTime(), func(d dice, w world) {
		for _, a := range w.someActions(d, 10) {
			for _, r := range w.resources {
				for _, dialect := range dialects {
					seen[dialect].add(w.compareHolders(t, d, a, r, memberColumnsIn(d, dialect)))
				}
			}
		}
	})
	for _, dialect := range dialects {
		seen[dialect].requireBoth(t, 500)
		rows += seen[dialect].yes + seen[dialect].no
	}
	t.Logf("%d rows compared", rows)
}
