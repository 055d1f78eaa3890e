package databases

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	seed              = 20260731
	filtersOnServer   = 3_300 // at least, that find rows or could
	filtersOfBytewise = 300   // for each type that compares byte by byte
)

func TestFilterWhereFindsTheRowsThatMatch(t *testing.T) {
	forEachServer(t, func(t *testing.T, s *server) {
		var all tally
		for number, column := range s.types {
			table := s.things(t, rand.New(rand.NewPCG(seed, uint64(number))), column)
			random := rand.New(rand.NewPCG(seed, uint64(number)+100))
			all.add(table.ask(t, random, filtersOnServer/len(s.types)+1, false))
			if column.bytewise {
				all.add(table.ask(t, random, filtersOfBytewise, true))
			}
		}
		t.Logf("%s: %v", s.name, &all)
		assert.GreaterOrEqual(t, all.queries, 3_000)
		assert.Greater(t, all.found, 100_000, "too few rows are found")
		assert.Greater(t, all.selective, all.queries/3, "too few filters find some rows and not others")
		assert.Greater(t, all.joined, 300, "too few filters are joined by Or")
		for _, shape := range shapes {
			assert.Greater(t, all.shapes[shape], 50, "too few filters are of %s", shape)
		}
	})
}

// shapes is what a filter may consist of.
var shapes = []string{
	"own", "assigned", "own, assigned", "workspace", "tenant",
	"assigned, four eyes", "workspace, four eyes", "tenant, four eyes", "a long list",
}

// longList is how many mini programs are more than a short list has.
const longList = 32

// tally counts what the test has seen.
type tally struct {
	queries, rows, found int
	tooMany, missing     int
	failed               int // queries that ask for an ID that the type cannot hold
	selective, joined    int
	shapes               map[string]int
}

func (n *tally) add(m tally) {
	n.queries += m.queries
	n.rows += m.rows
	n.found += m.found
	n.tooMany += m.tooMany
	n.missing += m.missing
	n.failed += m.failed
	n.selective += m.selective
	n.joined += m.joined
	for shape, times := range m.shapes {
		n.count(shape, times)
	}
}

func (n *tally) count(shape string, times int) {
	if n.shapes == nil {
		n.shapes = map[string]int{}
	}
	n.shapes[shape] += times
}

func (n *tally) countShapes(f rbac.Filter) {
	for _, terms := range f.Terms() {
		var words []string
		for scope := rbac.ScopeOwn; scope <= rbac.ScopeTenant; scope <<= 1 {
			if terms.Scope&scope != 0 {
				words = append(words, scope.String())
			}
		}
		if terms.FourEyes {
			words = append(words, "four eyes")
		}
		n.count(strings.Join(words, ", "), 1)
		if len(terms.MiniPrograms) > longList {
			n.count("a long list", 1)
		}
	}
}

func (n *tally) String() string {
	return fmt.Sprintf("%d queries, %d rows compared, %d found, %d too many, %d missing; "+
		"%d queries failed on an ID that the type cannot hold",
		n.queries, n.rows, n.found, n.tooMany, n.missing, n.failed)
}

// ask asks filters of the table, until as many have been answered.
func (table *things) ask(t *testing.T, random *rand.Rand, filters int, bytewise bool) tally {
	var n tally
	for try := 0; n.queries < filters && try < filters*4; try++ {
		q := table.question(random, bytewise)
		if q.filter.None() {
			continue
		}
		table.compare(t, q, &n)
	}
	how := ""
	if bytewise {
		how = ", Bytewise"
	}
	t.Logf("%s %s%s: %v; %d values are stored as others",
		table.server.name, table.column.name, how, &n, table.different)
	if !table.column.unheld {
		assert.Equal(t, filters, n.queries, "%s: too few queries are answered", table.column.name)
	}
	return n
}

// question asks for the rows, from a number on, to which one of the members may do an action.
type question struct {
	parts   []part
	filter  rbac.Filter
	columns rbac.Columns
	from    int
	first   bool // the clause stands before the host's own condition
	mode    int
}

// part is a member who may do an action.
type part struct {
	subject *rbac.Subject
	member  rbac.Member
	action  rbac.Action
}

func (table *things) question(random *rand.Rand, bytewise bool) *question {
	q := &question{from: random.IntN(20), first: chance(random, 50), mode: random.IntN(len(table.modes))}
	worlds := table.held
	if chance(random, 25) {
		worlds = table.worlds
	}
	w := pick(random, worlds)
	several := 1
	if chance(random, 20) {
		several += 1 + random.IntN(3)
	}
	for range several {
		p := part{member: w.member(random), action: pick(random, w.actions)}
		p.subject = w.policy.BindAt(now, p.member)
		q.parts = append(q.parts, p)
		q.filter = q.filter.Or(p.subject.Filter(p.action))
	}
	q.columns = table.randomColumns(random, q.parts)
	q.columns.Bytewise = bytewise
	if !q.first {
		q.columns.Offset = 1
	}
	return q
}

func (table *things) randomColumns(random *rand.Rand, parts []part) rbac.Columns {
	prefix := pick(random, []string{"", "r."})
	c := rbac.Columns{
		Dialect: table.dialect,
		Kind:    prefix + "kind", Tenant: prefix + "tenant", Workspace: prefix + "workspace",
		MiniProgram: prefix + "mini_program", Owner: prefix + "owner",
	}
	if chance(random, 20) && !slices.ContainsFunc(parts, part.isNamesake) {
		c.Kind = rbac.NoColumn
	}
	tenant := parts[0].member.Workspace.Tenant
	elsewhere := func(p part) bool { return p.member.Workspace.Tenant != tenant }
	if chance(random, 15) && !slices.ContainsFunc(parts, elsewhere) {
		c.Tenant = rbac.NoColumn
	}
	if chance(random, 10) {
		c.MiniProgram = rbac.NoColumn
	}
	if chance(random, 10) {
		c.Owner = rbac.NoColumn
	}
	switch {
	case table.dialect == rbac.PostgreSQL && chance(random, 30):
		c.Placeholder = func(n int) string { return fmt.Sprintf("$%d", n) }
	case table.dialect == rbac.SQLite && chance(random, 30):
		c.Placeholder = func(n int) string { return fmt.Sprintf("?%d", n) }
	}
	return c
}

// isNamesake is a merchant that has the ID of its tenant: a table without a column for the kind cannot tell them apart.
func (p part) isNamesake() bool {
	w := p.member.Workspace
	return w.Kind == rbac.KindDeveloper && w.ID == w.Tenant
}

// sql returns the host's query.
func (table *things) sql(t *testing.T, q *question) (string, []any) {
	clause, args, err := q.filter.Where(q.columns)
	require.NoError(t, err)
	placeholder := table.placeholder
	if q.columns.Placeholder != nil {
		placeholder = q.columns.Placeholder
	}
	query := "SELECT n FROM " + table.name + " r WHERE "
	if q.first {
		return query + clause + " AND n >= " + placeholder(len(args)+1), append(args, q.from)
	}
	return query + "n >= " + placeholder(1) + " AND " + clause, append([]any{q.from}, args...)
}

// compare asks the database, and holds the rows that it returns to those that match.
func (table *things) compare(t *testing.T, q *question, n *tally) {
	query, args := table.sql(t, q)
	returned, err := table.numbers(q.mode, query, args, len(table.rows))
	if err != nil {
		n.failed++
		require.True(t, table.mayFail(q), "%v\n%v\n%s\n%q", err, q, query, args)
		return
	}
	n.queries++
	n.countShapes(q.filter)
	found := 0
	tenant := q.parts[0].member.Workspace.Tenant
	for i := q.from; i < len(table.rows); i++ {
		resource := table.rows[i].resource(&q.columns, tenant)
		match := q.filter.Match(resource)
		if q.can(resource) != match {
			t.Fatalf("Can and Match differ: %+v\n%v", resource, q)
		}
		switch {
		case match && returned[i]:
			found++
		case returned[i]:
			n.tooMany++
			t.Errorf("row %d is too many: %+q\n%v\n%s\n%q", i, table.rows[i].strings(), q, query, args)
		case match:
			n.missing++
			t.Errorf("row %d is missing: %+q\n%v\n%s\n%q", i, table.rows[i].strings(), q, query, args)
		}
		if n.tooMany+n.missing >= 10 {
			t.Fatal("and so on")
		}
	}
	require.NotContains(t, returned[:q.from], true, "the clause takes the host's condition away: %s", query)
	n.rows += len(table.rows) - q.from
	n.found += found
	if found > 0 && found < len(table.rows)-q.from {
		n.selective++
	}
	if len(q.parts) > 1 {
		n.joined++
	}
}

// numbers returns which of the rows a query returns. No row may come twice.
func (s *server) numbers(mode int, query string, args []any, most int) ([]bool, error) {
	rows, err := s.modes[mode].Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	returned := make([]bool, most)
	for rows.Next() {
		var number int
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		if returned[number] {
			return nil, errors.New("a row comes twice")
		}
		returned[number] = true
	}
	return returned, rows.Err()
}

// mayFail reports whether a query asks for an ID that the type of the columns cannot hold.
func (table *things) mayFail(q *question) bool {
	for _, p := range q.parts {
		for _, id := range ids(p.member) {
			if !table.holding.exact(id) {
				return true
			}
		}
	}
	return table.column.unheld
}

// can asks each of the members alone.
func (q *question) can(r rbac.Resource) bool {
	return slices.ContainsFunc(q.parts, func(p part) bool { return p.subject.Can(p.action, r) })
}

func (q *question) String() string {
	text := ""
	for _, p := range q.parts {
		text += fmt.Sprintf("%s by %s\n", p.action, describe(p.member))
	}
	return text + fmt.Sprintf("mode %d, %+v", q.mode, q.columns)
}

func (r *thing) strings() []string {
	var values []string
	for _, value := range r.columns() {
		if !value.Valid {
			values = append(values, "NULL")
			continue
		}
		values = append(values, value.String)
	}
	return values
}
