package main

import (
	"database/sql"
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
	seed    = 20260731
	filters = 3000 // that match something, or might
	most    = 1000 // worlds, in which to find as many
)

// The database returns exactly the rows that Can allows.
func TestTheDatabaseReturnsWhatCanAllows(t *testing.T) {
	onEach(t, func(t *testing.T, db *Database) {
		rows := hostileRows(rand.New(rand.NewPCG(seed, 0)), db.dialect)
		storeHostileRows(t, db, rows)
		seen := tally{shapes: map[string]int{}}
		for number := uint64(1); seen.filters < filters && number <= most; number++ {
			d := rand.New(rand.NewPCG(seed, number))
			w := newWorld(t, d)
			for range 50 {
				seen.add(t, db, rows, w.anyQuestion(d, number, rows, db.dialect))
			}
		}
		t.Logf("%d filters in %d shapes (%d with four eyes, %d without a kind column), and %d that match nothing; %d rows each; %d answers yes, %d no",
			seen.filters, len(seen.shapes), seen.fourEyes, seen.kindless, seen.none, len(rows), seen.yes, seen.no)
		assert.GreaterOrEqual(t, seen.filters, filters)
		assert.Greater(t, seen.yes, 50_000, "too few rows were allowed for the test to mean anything")
		assert.Greater(t, seen.no, 50_000, "too few rows were denied for the test to mean anything")
		assert.Greater(t, seen.selective, filters/2, "too few filters allowed some rows and denied others")
		assert.Greater(t, seen.fourEyes, 300)
		assert.Greater(t, seen.kindless, 300)
		assert.Greater(t, seen.none, 100)
		assert.Greater(t, len(seen.shapes), 100)
	})
}

// question is a query of a host's: the rows from a number on that somebody may do something to.
type question struct {
	world   uint64
	policy  *rbac.Policy
	member  rbac.Member
	action  rbac.Action
	columns rbac.Columns
	style   style
	from    int
}

// style is how the host writes its query around the clause.
type style int

const (
	clauseLast  style = iota // the clause stands after the host's own condition, with an offset
	clauseFirst              // the clause stands before it
	unnumbered               // as clauseLast, with plain "?" for placeholders
)

func (w world) anyQuestion(d *rand.Rand, number uint64, rows []hostileRow, on dialect) question {
	q := question{world: number, policy: w.policy, member: w.anyMember(d, rows, on), action: w.anyAction(d), from: d.IntN(20)}
	q.style = style(d.IntN(2))
	if on == sqlite && chance(d, 30) {
		q.style = unnumbered
	}
	q.columns = anyColumns(d)
	if on == postgreSQL && chance(d, 50) {
		q.columns.Array = func(ids []string) any { return ids }
	}
	// The column may be left out only where a merchant is not called as its tenant.
	if q.member.Workspace.Kind == rbac.KindDeveloper && q.member.Workspace.ID == q.member.Workspace.Tenant {
		q.columns.Kind = "kind"
	}
	return q
}

func anyColumns(d *rand.Rand) rbac.Columns {
	c := rbac.Columns{Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "mini_program", Owner: "owner"}
	if chance(d, 50) {
		c = rbac.Columns{Kind: "r.kind", Tenant: "r.tenant", Workspace: "r.workspace", MiniProgram: "r.mini_program", Owner: "r.owner"}
	}
	if chance(d, 30) {
		c.Kind = ""
	}
	return c
}

func (q question) kindless() bool { return q.columns.Kind == "" }

// sql returns the query, and the clause within it.
func (q question) sql(t *testing.T) (query, clause string, args []any) {
	columns := q.columns
	if q.style != unnumbered {
		columns.Placeholder = dollar
	}
	if q.style == clauseLast {
		columns.Offset = 1
	}
	clause, args, err := q.policy.Bind(q.member).Filter(q.action).Where(columns)
	require.NoError(t, err, q.String())
	switch q.style {
	case clauseFirst:
		query = clause + " AND n >= " + dollar(len(args)+1)
		args = append(args, q.from)
	case clauseLast:
		query = "n >= $1 AND " + clause
		args = append([]any{q.from}, args...)
	default:
		query = "n >= ? AND " + clause
		args = append([]any{q.from}, args...)
	}
	return "SELECT n FROM hostile_rows r WHERE " + query + " ORDER BY n", clause, args
}

func (q question) String() string {
	return fmt.Sprintf("world %d of seed %d: may %+v do %s? (%+v)", q.world, uint64(seed), q.member, q.action, q.columns)
}

// allowed are the numbers of the rows that Can allows.
func (q question) allowed(rows []hostileRow) []int {
	var allowed []int
	for n := q.from; n < len(rows); n++ {
		if q.policy.Can(q.member, q.action, rows[n].resource(q.kindless())) {
			allowed = append(allowed, n)
		}
	}
	return allowed
}

// tally guards the test against seeing one kind of question, or of answer, only.
type tally struct {
	filters, none, selective, fourEyes, kindless, yes, no int
	shapes                                                map[string]int
}

func (seen *tally) add(t *testing.T, db *Database, rows []hostileRow, q question) {
	query, clause, args := q.sql(t)
	var returned []int
	err := db.queries().each(t.Context(), func(rows *sql.Rows) error {
		var n int
		err := rows.Scan(&n)
		returned = append(returned, n)
		return err
	}, query, args...)
	require.NoError(t, err, "%s\n%s\n%q", q, query, args)
	allowed := q.allowed(rows)
	if !slices.Equal(allowed, returned) {
		t.Fatal(q.disagreement(rows, allowed, returned, query, args))
	}
	seen.count(q, clause, len(allowed), len(rows)-q.from-len(allowed))
}

func (q question) disagreement(rows []hostileRow, allowed, returned []int, query string, args []any) string {
	for n := range rows {
		want, got := slices.Contains(allowed, n), slices.Contains(returned, n)
		if want != got {
			return fmt.Sprintf("%s\nCan says %t, the database %t, of row %d: %+v\n%s\n%q", q, want, got, n, rows[n], query, args)
		}
	}
	return fmt.Sprintf("%s\nthe database returns rows more than once: %v", q, returned)
}

func (seen *tally) count(q question, clause string, yes, no int) {
	if clause == "1=0" {
		seen.none++
		return
	}
	seen.filters++
	seen.shapes[clause]++
	seen.yes += yes
	seen.no += no
	if yes > 0 && no > 0 {
		seen.selective++
	}
	if q.kindless() {
		seen.kindless++
	}
	if strings.Contains(clause, "owner <> ''") {
		seen.fourEyes++
	}
}
