package databases

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	holdersOnServer   = 600 // at least, that some member could be of
	membersInDatabase = 2_000
)

func TestHoldersWhereFindsTheMembersThatMatch(t *testing.T) {
	forEachServer(t, func(t *testing.T, s *server) {
		var all tally
		for number, column := range s.types {
			times := s.times[number%len(s.times)]
			table := s.people(t, rand.New(rand.NewPCG(seed, uint64(number)+200)), column, times)
			random := rand.New(rand.NewPCG(seed, uint64(number)+300))
			all.add(table.ask(t, random, holdersOnServer/len(s.types)+1, false))
			if column.bytewise {
				all.add(table.ask(t, random, 40, true))
			}
		}
		t.Logf("%s: %v", s.name, &all)
		assert.GreaterOrEqual(t, all.queries, 500)
		assert.Greater(t, all.found, 10_000, "too few members are found")
		assert.Greater(t, all.selective, all.queries/3, "too few holders are some members and not others")
	})
}

// people is members with their assignments and mini programs, in tables of one type of column for IDs.
type people struct {
	*server
	members, assignments, programs string // the tables
	column                         columnType
	times                          timeType
	holding                        holding
	worlds, held                   []*world
	rows                           []rbac.Member // as they are read back
}

func (s *server) people(t *testing.T, random *rand.Rand, column columnType, times timeType) *people {
	table := &people{server: s, column: column, times: times}
	words := s.forWords(column)
	table.members = s.create(t, fmt.Sprintf(
		"n %s, kind %s, tenant %[3]s, workspace %[3]s, id %[3]s, status %[2]s, suspended %[4]s",
		s.key, words.column, column.column, s.boolean))
	table.assignments = s.create(t, fmt.Sprintf(
		"n %s, member INTEGER, role %s, not_before %[3]s, not_after %[3]s", s.key, words.column, times.column))
	table.programs = s.create(t, fmt.Sprintf("n %s, assignment INTEGER, mini_program %s", s.key, column.column))
	run(t, s.modes[0], fmt.Sprintf("CREATE INDEX %s_index ON %[1]s (member)", table.assignments))
	run(t, s.modes[0], fmt.Sprintf("CREATE INDEX %s_index ON %[1]s (assignment)", table.programs))
	table.worlds, table.held, table.holding = s.worldsFor(t, column)
	table.store(t, random)
	table.read(t)
	return table
}

// Words that the library does not know, or that mean something else than active.
var (
	oddStatuses = append(lookalikes("active"), "2", "actíve", "invited", "blocked", "withdrawn", "deleted")
	oddKinds    = append(lookalikes("tenant"), lookalikes("developer")...)
)

// store stores random members: mostly active ones, with roles of their kind or not, in force or not.
func (table *people) store(t *testing.T, random *rand.Rand) {
	words := table.forWords(table.column)
	var oddRoles []string
	for _, w := range table.worlds {
		oddRoles = append(oddRoles, lookalikes(string(w.roles[rbac.KindTenant][0]))...)
		oddRoles = append(oddRoles, lookalikes(string(w.roles[rbac.KindDeveloper][0]))...)
	}
	accepted := table.try(t, words, slices.Concat(oddStatuses, oddKinds, oddRoles))
	var members, assignments, programs [][]any
	for n := range membersInDatabase {
		w := pick(random, table.worlds)
		m := w.member(random)
		members = append(members, []any{
			n,
			words.value(n, mostly(random, m.Workspace.Kind.String(), accepted, oddKinds)),
			table.storable(random, w, n, m.Workspace.Tenant),
			table.storable(random, w, n, m.Workspace.ID),
			table.storable(random, w, n, m.ID),
			words.value(n, mostly(random, "active", accepted, oddStatuses)),
			pick(random, []any{false, false, false, false, false, true, nil}),
		})
		for _, as := range m.Assignments {
			assignment := len(assignments)
			assignments = append(assignments, []any{
				assignment, n, words.value(n, mostly(random, string(as.Role), accepted, oddRoles)),
				table.bound(random, bounds[:6]), table.bound(random, bounds[4:]),
			})
			for _, program := range as.MiniPrograms[:min(len(as.MiniPrograms), 6)] {
				programs = append(programs, []any{len(programs), assignment, table.storable(random, w, n, program)})
			}
		}
	}
	table.insert(t, table.members, members)
	table.insert(t, table.assignments, assignments)
	table.insert(t, table.programs, programs)
}

func mostly(random *rand.Rand, word string, accepted holding, odd []string) string {
	if chance(random, 10) {
		if word := pick(random, odd); accepted.accepts(word) {
			return word
		}
	}
	return word
}

// bound is mostly none, which is NULL.
func (table *people) bound(random *rand.Rand, from []time.Time) any {
	if chance(random, 70) {
		return nil
	}
	return table.instant(pick(random, from))
}

func (table *people) instant(at time.Time) any {
	if table.times.store == nil {
		return at
	}
	return table.times.store(at)
}

func (table *people) storable(random *rand.Rand, w *world, n int, id string) any {
	for !table.holding.accepts(id) {
		if id == "" {
			return nil
		}
		id = pick(random, w.odd)
	}
	if chance(random, 2) {
		return nil
	}
	return table.column.value(n, id)
}

// read reads the members as the host does. NULL in suspended is true, as MemberColumns says.
func (table *people) read(t *testing.T) {
	words := table.forWords(table.column)
	query := "SELECT kind, tenant, workspace, id, status, suspended FROM " + table.members + " ORDER BY n"
	table.each(t, query, func(rows *sql.Rows) {
		var kind, tenant, workspace, id, status sql.NullString
		var suspended sql.NullBool
		require.NoError(t, rows.Scan(&kind, &tenant, &workspace, &id, &status, &suspended))
		m := rbac.Member{ID: table.column.read(id.String), Suspended: !suspended.Valid || suspended.Bool}
		m.Workspace.ID, m.Workspace.Tenant = table.column.read(workspace.String), table.column.read(tenant.String)
		_ = m.Workspace.Kind.UnmarshalText([]byte(words.read(kind.String))) // another word is the zero value
		_ = m.Status.UnmarshalText([]byte(words.read(status.String)))
		table.rows = append(table.rows, m)
	})
	require.Len(t, table.rows, membersInDatabase)
	programs := map[int][]string{}
	table.each(t, "SELECT assignment, mini_program FROM "+table.programs, func(rows *sql.Rows) {
		var assignment int
		var id sql.NullString
		require.NoError(t, rows.Scan(&assignment, &id))
		programs[assignment] = append(programs[assignment], table.column.read(id.String))
	})
	query = "SELECT n, member, role, not_before, not_after FROM " + table.assignments + " ORDER BY n"
	table.each(t, query, func(rows *sql.Rows) {
		var n, member int
		var role string
		var notBefore, notAfter any
		require.NoError(t, rows.Scan(&n, &member, &role, &notBefore, &notAfter))
		as := rbac.Assignment{Role: rbac.RoleID(words.read(role)), MiniPrograms: programs[n]}
		if notBefore != nil {
			as.NotBefore = table.times.read(t, notBefore)
		}
		if notAfter != nil {
			as.NotAfter = table.times.read(t, notAfter)
		}
		table.rows[member].Assignments = append(table.rows[member].Assignments, as)
	})
}

// ask asks for the holders of random actions on random resources, until as many questions have been answered.
func (table *people) ask(t *testing.T, random *rand.Rand, holders int, bytewise bool) (n tally) {
	for try := 0; n.queries < holders && try < holders*6; try++ {
		worlds := table.held
		if chance(random, 25) {
			worlds = table.worlds
		}
		w := pick(random, worlds)
		action, resource := pick(random, w.actions), w.resource(random)
		h := w.policy.HoldersAt(now, action, resource)
		if h.None() {
			continue
		}
		columns := table.randomColumns(random, resource.Workspace)
		columns.Bytewise = bytewise
		table.compare(t, h, columns, random.IntN(len(table.modes)), action, resource, &n)
	}
	how := ""
	if bytewise {
		how = ", Bytewise"
	}
	t.Logf("%s %s%s, holders, times in %s: %v", table.name, table.column.name, how, table.times.name, &n)
	if !table.column.unheld {
		assert.Equal(t, holders, n.queries, "%s: too few queries are answered", table.column.name)
	}
	return n
}

func (table *people) randomColumns(random *rand.Rand, w rbac.Workspace) rbac.MemberColumns {
	c := rbac.MemberColumns{
		Dialect: table.dialect,
		Kind:    "m.kind", Tenant: "m.tenant", Workspace: "m.workspace", ID: "m.id",
		Status: "m.status", Suspended: "m.suspended",
		Role: "a.role", NotBefore: "a.not_before", NotAfter: "a.not_after", MiniProgram: "p.mini_program",
		Time: table.times.store, Offset: 1,
	}
	if chance(random, 15) && (w.Kind == rbac.KindTenant || w.ID != w.Tenant) {
		c.Kind = rbac.NoColumn
	}
	for _, column := range []*string{&c.Tenant, &c.Suspended, &c.NotBefore, &c.NotAfter, &c.MiniProgram} {
		if chance(random, 10) {
			*column = rbac.NoColumn
		}
	}
	return c
}

// seen is a member as a host sees it whose tables have the named columns only.
func seen(m rbac.Member, c *rbac.MemberColumns, tenant string) rbac.Member {
	if c.Tenant == rbac.NoColumn {
		m.Workspace.Tenant = tenant
	}
	if c.Kind == rbac.NoColumn {
		m.Workspace.Kind = rbac.KindDeveloper
		if m.Workspace.ID == m.Workspace.Tenant {
			m.Workspace.Kind = rbac.KindTenant
		}
	}
	if c.Suspended == rbac.NoColumn {
		m.Suspended = false
	}
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		as := &m.Assignments[i]
		if c.NotBefore == rbac.NoColumn {
			as.NotBefore = time.Time{}
		}
		if c.NotAfter == rbac.NoColumn {
			as.NotAfter = time.Time{}
		}
		if c.MiniProgram == rbac.NoColumn {
			as.MiniPrograms = nil
		}
	}
	return m
}

// joined is the host's tables, as MemberColumns wants them.
func (table *people) joined() string {
	return fmt.Sprintf("%s m JOIN %s a ON a.member = m.n LEFT JOIN %s p ON p.assignment = a.n",
		table.members, table.assignments, table.programs)
}

// sql returns two queries that count nobody twice. Members with a number below the argument are not asked for.
func (table *people) sql(clause string) (in, exists string) {
	from := table.placeholder(1)
	in = fmt.Sprintf("SELECT n FROM %s WHERE n IN (SELECT m.n FROM %s WHERE m.n >= %s AND %s)",
		table.members, table.joined(), from, clause)
	exists = fmt.Sprintf("SELECT m.n FROM %s m WHERE m.n >= %s AND EXISTS ("+
		"SELECT 1 FROM %s a LEFT JOIN %s p ON p.assignment = a.n WHERE a.member = m.n AND %s)",
		table.members, from, table.assignments, table.programs, clause)
	return in, exists
}

func (table *people) compare(
	t *testing.T, h rbac.Holders, c rbac.MemberColumns, mode int, action rbac.Action, resource rbac.Resource, n *tally,
) {
	const from = 3
	question := fmt.Sprintf("%s on %+q", action, resource)
	clause, args, err := h.Where(c)
	require.NoError(t, err)
	matching := make([]bool, len(table.rows))
	for i, m := range table.rows {
		matching[i] = h.Match(seen(m, &c, resource.Workspace.Tenant))
	}
	in, exists := table.sql(clause)
	for _, query := range []string{in, exists} {
		returned, err := table.numbers(mode, query, append([]any{from}, args...), len(table.rows))
		if err != nil {
			n.failed++
			require.True(t, table.mayFail(resource), "%v\n%s\n%s\n%q", err, question, query, args)
			return
		}
		found := 0
		for i, m := range table.rows {
			switch match := i >= from && matching[i]; {
			case match && returned[i]:
				found++
			case returned[i]:
				n.tooMany++
				t.Errorf("member %d is too many: %s\n%+v\n%s\n%s\n%q", i, describe(m), m, question, query, args)
			case match:
				n.missing++
				t.Errorf("member %d is missing: %s\n%+v\n%s\n%s\n%q", i, describe(m), m, question, query, args)
			}
			if n.tooMany+n.missing >= 10 {
				t.Fatal("and so on")
			}
		}
		n.rows += len(table.rows)
		n.found += found
		if found > 0 && found < len(table.rows)/2 {
			n.selective++
		}
	}
	n.queries++
}

func (table *people) mayFail(r rbac.Resource) bool {
	for _, id := range []string{r.Workspace.ID, r.Workspace.Tenant, r.MiniProgram, r.Owner} {
		if id != "" && !table.holding.exact(id) {
			return true
		}
	}
	return table.column.unheld
}
