package databases

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// rowsInTable is how many rows a table of things has.
const rowsInTable = 2_400

// holding is what a type of column makes of IDs: what is read back, and nothing for an ID that is refused.
type holding map[string]string

func (h holding) accepts(id string) bool {
	_, accepted := h[id]
	return accepted
}

// exact reports whether the ID is read back as it was given.
func (h holding) exact(id string) bool {
	stored, accepted := h[id]
	return accepted && stored == id
}

// try stores each of the IDs alone, because a database refuses all the rows of a statement for one of them.
func (s *server) try(t *testing.T, column columnType, ids []string) holding {
	db, table := s.modes[0], s.create(t, "n "+s.key+", id "+column.column)
	insert, err := db.Prepare("INSERT INTO " + table + " VALUES (" + s.placeholder(1) + ", " + s.placeholder(2) + ")")
	require.NoError(t, err)
	defer insert.Close()
	for n, id := range ids {
		_, _ = insert.Exec(n, column.value(n, id)) // a refused ID is one that the type cannot hold
	}
	h := holding{}
	s.each(t, "SELECT n, id FROM "+table, func(rows *sql.Rows) {
		var n int
		var id string
		require.NoError(t, rows.Scan(&n, &id))
		h[ids[n]] = column.read(id)
	})
	return h
}

// create creates a table with a name of its own, because drivers remember what a query about a name returns.
func (s *server) create(t *testing.T, columns string) (table string) {
	t.Helper()
	s.tables++
	table = fmt.Sprintf("table_%d", s.tables)
	run(t, s.modes[0], "CREATE TABLE "+table+" ("+columns+")")
	return table
}

func (c *columnType) value(n int, id string) any {
	if c.binary && (!c.mixed || n%2 == 0) {
		return []byte(id)
	}
	return id
}

func (c *columnType) read(id string) string {
	if c.padded {
		return strings.TrimRight(id, " ")
	}
	return id
}

// forWords is the type of columns that hold words of the library.
func (s *server) forWords(c columnType) columnType {
	if c.wordless {
		return columnType{column: s.words}
	}
	return c
}

func (s *server) placeholder(n int) string {
	if s.dialect == rbac.PostgreSQL {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

func (s *server) each(t *testing.T, query string, row func(*sql.Rows)) {
	t.Helper()
	rows, err := s.modes[0].Query(query)
	require.NoError(t, err, query)
	defer rows.Close()
	for rows.Next() {
		row(rows)
	}
	require.NoError(t, rows.Err())
}

// insert stores many rows. The number of each is the first of its values.
func (s *server) insert(t *testing.T, table string, rows [][]any) {
	t.Helper()
	for batch := range slices.Chunk(rows, 200) {
		tuples := make([]string, len(batch))
		var args []any
		for i, row := range batch {
			placeholders := make([]string, len(row))
			for i, value := range row {
				args = append(args, value)
				placeholders[i] = s.placeholder(len(args))
			}
			tuples[i] = "(" + strings.Join(placeholders, ", ") + ")"
		}
		_, err := s.modes[0].Exec("INSERT INTO "+table+" VALUES "+strings.Join(tuples, ", "), args...)
		require.NoError(t, err, table)
	}
}

// thing is a row of the host's table. Its number is its index.
type thing struct {
	kind, tenant, workspace, miniProgram, owner sql.NullString

	known rbac.WorkspaceKind // the kind, if it is one
}

func (r *thing) columns() []*sql.NullString {
	return []*sql.NullString{&r.kind, &r.tenant, &r.workspace, &r.miniProgram, &r.owner}
}

// resource is the row as the host reads it, in a table that has the named columns only.
func (r *thing) resource(c *rbac.Columns, tenant string) rbac.Resource {
	w := rbac.Workspace{Kind: r.known, ID: r.workspace.String, Tenant: r.tenant.String}
	if c.Tenant == rbac.NoColumn {
		w.Tenant = tenant
	}
	if c.Kind == rbac.NoColumn {
		w.Kind = rbac.KindDeveloper
		if w.ID == w.Tenant {
			w.Kind = rbac.KindTenant
		}
	}
	resource := w.Resource()
	if c.MiniProgram != rbac.NoColumn {
		resource.MiniProgram = r.miniProgram.String
	}
	if c.Owner != rbac.NoColumn {
		resource.Owner = r.owner.String
	}
	return resource
}

// things is a table of one type of column, and what the database has made of it.
type things struct {
	*server
	name      string
	column    columnType
	holding   holding
	worlds    []*world // with every ID
	held      []*world // with IDs that the type holds only
	rows      []thing  // as they are read back
	different int      // values that are read back as others than were stored
}

func (s *server) things(t *testing.T, random *rand.Rand, column columnType) *things {
	table := &things{server: s, column: column}
	table.name = s.create(t, fmt.Sprintf(
		"n %s, kind %s, tenant %[3]s, workspace %[3]s, mini_program %[3]s, owner %[3]s",
		s.key, s.forWords(column).column, column.column))
	run(t, s.modes[0], fmt.Sprintf("CREATE INDEX %s_index ON %[1]s (tenant, workspace, mini_program)", table.name))
	table.worlds, table.held, table.holding = s.worldsFor(t, column)
	stored := table.store(t, random)
	table.read(t)
	for n, row := range stored {
		for i, value := range row.columns() {
			if *value != *table.rows[n].columns()[i] {
				table.different++
			}
		}
	}
	return table
}

// worldsFor returns a world with every ID for each of the column's vocabularies, and one with those that it holds.
func (s *server) worldsFor(t *testing.T, column columnType) (all, held []*world, h holding) {
	var ids []string
	for _, name := range column.ids {
		ids = append(ids, vocabularies[name].all()...)
	}
	slices.Sort(ids)
	h = s.try(t, column, slices.Compact(ids))
	for _, name := range column.ids {
		v := vocabularies[name]
		all = append(all, newWorld(t, v, v.all()))
		holds := slices.DeleteFunc(v.all(), func(id string) bool { return !h.exact(id) })
		held = append(held, newWorld(t, v, holds))
	}
	return all, held, h
}

// store stores random rows, and returns them.
func (table *things) store(t *testing.T, random *rand.Rand) []thing {
	words := table.forWords(table.column)
	kinds := table.try(t, words, oddKinds)
	var rows []thing
	var values [][]any
	for n := range rowsInTable {
		r := table.randomRow(random, kinds)
		rows = append(rows, r)
		row := []any{n}
		for i, value := range r.columns() {
			column := table.column
			if i == 0 {
				column = words
			}
			row = append(row, nullOr(value, column.value(n, value.String)))
		}
		values = append(values, row)
	}
	table.insert(t, table.name, values)
	return rows
}

func nullOr(s *sql.NullString, value any) any {
	if !s.Valid {
		return nil
	}
	return value
}

// randomRow is the row of a resource, with some columns that are not as they should be.
func (table *things) randomRow(random *rand.Rand, kinds holding) thing {
	w := pick(random, table.worlds)
	resource := w.resource(random)
	r := thing{
		kind:        text(resource.Workspace.Kind.String()),
		tenant:      table.storable(random, w, resource.Workspace.Tenant),
		workspace:   table.storable(random, w, resource.Workspace.ID),
		miniProgram: table.storable(random, w, resource.MiniProgram),
		owner:       table.storable(random, w, resource.Owner),
	}
	switch {
	case chance(random, 5):
		r.kind = sql.NullString{}
	case chance(random, 10):
		if kind := pick(random, oddKinds); kinds.accepts(kind) {
			r.kind = text(kind)
		}
	}
	return r
}

// storable returns the ID, or NULL now and then and in place of nothing, or another ID that the column accepts.
func (table *things) storable(random *rand.Rand, w *world, id string) sql.NullString {
	for !table.holding.accepts(id) {
		if id == "" {
			return sql.NullString{}
		}
		id = pick(random, w.odd)
	}
	if chance(random, 3) || id == "" && chance(random, 50) {
		return sql.NullString{}
	}
	return text(id)
}

func text(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }

// read reads all rows as the host does.
func (table *things) read(t *testing.T) {
	words := table.forWords(table.column)
	query := "SELECT kind, tenant, workspace, mini_program, owner FROM " + table.name + " ORDER BY n"
	table.each(t, query, func(rows *sql.Rows) {
		var r thing
		require.NoError(t, rows.Scan(&r.kind, &r.tenant, &r.workspace, &r.miniProgram, &r.owner))
		for i, value := range r.columns() {
			if i == 0 {
				value.String = words.read(value.String)
				continue
			}
			value.String = table.column.read(value.String)
		}
		_ = r.known.UnmarshalText([]byte(r.kind.String)) // a text that is no kind is the zero kind
		table.rows = append(table.rows, r)
	})
	require.Len(t, table.rows, rowsInTable)
}
