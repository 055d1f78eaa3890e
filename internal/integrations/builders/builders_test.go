package builders

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"github.com/doug-martin/goqu/v9"
	"github.com/glebarez/sqlite" // with a driver "sqlite" of its own
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/integrations/servers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// store is a database with the mini programs.
type store struct {
	dialect rbac.Dialect
	db      *sql.DB
	address string
}

// page is a builder's way to a page.
type page func(filter rbac.Filter, columns rbac.Columns, after string) ([]string, error)

func TestDatabaseSQL(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page { return with(t, s.db, pageOfDatabaseSQL) })
}

func TestPgx(t *testing.T) {
	s := postgreSQL(t)
	checkPages(t, s, with(t, connect(t, s), pageOfPgx))
}

func TestPgxNamedArgs(t *testing.T) {
	s := postgreSQL(t)
	checkPages(t, s, with(t, connect(t, s), pageOfPgxNamedArgs))
}

func TestSqlx(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page { return with(t, s.sqlx(), pageOfSqlx) })
}

func TestSqlxIn(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page { return with(t, s.sqlx(), pageOfSqlxIn) })
}

func TestGORM(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page {
		var dialector gorm.Dialector = sqlite.Dialector{Conn: s.db}
		if s.dialect == rbac.PostgreSQL {
			dialector = postgres.New(postgres.Config{Conn: s.db})
		}
		db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
		require.NoError(t, err)
		return with(t, db, pageOfGORM)
	})
}

func TestBun(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page {
		db := bun.NewDB(s.db, sqlitedialect.New())
		if s.dialect == rbac.PostgreSQL {
			db = bun.NewDB(s.db, pgdialect.New())
		}
		return with(t, db, pageOfBun)
	})
}

func TestSquirrel(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page { return with(t, s.db, pageOfSquirrel) })
}

func TestGoqu(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page {
		name := "sqlite3"
		if s.dialect == rbac.PostgreSQL {
			name = "postgres"
		}
		return with(t, goqu.New(name, s.db), pageOfGoqu)
	})
}

func TestEnt(t *testing.T) {
	forEachStore(t, func(t *testing.T, s store) page { return with(t, s.db, pageOfEnt) })
}

func TestSqlc(t *testing.T) {
	s := postgreSQL(t)
	comparePages(t, s, with(t, connect(t, s), pageOfSqlc))
}

// A row for which the clause is unknown is lost by NOT.
func TestNotTrueFindsTheRowsThatAreNotAllowed(t *testing.T) {
	for _, s := range []store{sqliteStore(t), postgreSQL(t)} {
		filter := owner.Filter(use)
		clause, args, err := filter.Where(s.columns())
		require.NoError(t, err)
		var lost, found int
		where := "SELECT count(*) FROM mini_programs WHERE "
		require.NoError(t, s.db.QueryRow(where+"NOT "+clause, args...).Scan(&lost))
		require.NoError(t, s.db.QueryRow(where+clause+" IS NOT TRUE", args...).Scan(&found))
		denied := 0
		for _, r := range rows {
			if !filter.Match(r.resource()) {
				denied++
			}
		}
		assert.Equal(t, denied, found)
		assert.Less(t, lost, found, "rows with NULL are lost")
	}
}

// with gives a builder's function its database.
func with[DB any](
	t *testing.T, db DB, of func(context.Context, DB, rbac.Filter, rbac.Columns, string) ([]string, error),
) page {
	return func(filter rbac.Filter, columns rbac.Columns, after string) ([]string, error) {
		return of(t.Context(), db, filter, columns, after)
	}
}

func forEachStore(t *testing.T, open func(t *testing.T, s store) page) {
	t.Run("SQLite", func(t *testing.T) {
		s := sqliteStore(t)
		checkPages(t, s, open(t, s))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		s := postgreSQL(t)
		checkPages(t, s, open(t, s))
	})
}

func checkPages(t *testing.T, s store, of page) {
	t.Helper()
	comparePages(t, s, of)
	wrong := s.columns()
	wrong.Owner = ""
	ids, err := of(filters()[0], wrong, "")
	require.ErrorContains(t, err, "columns.owner", "a wrong column is an error")
	require.Empty(t, ids)
}

// comparePages compares pages of filters of every shape with the rows that match.
func comparePages(t *testing.T, s store, of page) {
	t.Helper()
	compared := 0
	for _, filter := range filters() {
		for _, bytewise := range []bool{false, true} {
			columns := s.columns()
			columns.Bytewise = bytewise
			for after := ""; ; {
				ids, err := of(filter, columns, after)
				require.NoError(t, err, "%v", filter)
				require.Equal(t, expected(filter, after), append([]string{}, ids...), "%v", filter)
				compared += len(rows)
				if len(ids) < 50 {
					break
				}
				after = ids[len(ids)-1]
			}
		}
	}
	for _, id := range []string{"bob\x00", "\xff", "\x00", "bob\xff"} { // the query may fail, and finds nothing
		for _, filter := range []rbac.Filter{
			careful.Bind(person(id, shop, "owner")).Filter(use),
			careful.Bind(person("bob", wallet.Developer(id), rbac.DeveloperAdmin)).Filter(rbac.ViewMiniProgram),
			careful.Bind(person("bob", shop, rbac.Developer, id, "mp-000"+id)).Filter(rbac.ReleaseMiniProgram),
		} {
			ids, _ := of(filter, s.columns(), "")
			require.Empty(t, ids, "%v", filter)
		}
	}
	t.Logf("%d rows compared", compared)
}

func expected(filter rbac.Filter, after string) []string {
	ids := []string{}
	for _, r := range rows {
		if r.id > after && !r.draft && filter.Match(r.resource()) && len(ids) < 50 {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// The mini programs.

type row struct {
	id        string
	kind      rbac.WorkspaceKind
	tenant    string
	workspace string
	owner     sql.NullString
	draft     bool
}

func (r row) resource() rbac.Resource {
	w := rbac.Workspace{Kind: r.kind, ID: r.workspace, Tenant: r.tenant}
	return w.MiniProgram(r.id).OwnedBy(r.owner.String)
}

const (
	use rbac.Action = "game.play"
	own             = rbac.ScopeOwn
)

var (
	wallet  = rbac.Tenant("wallet")
	shop    = wallet.Developer("sh?p")
	careful = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions:  map[rbac.Action]rbac.Target{use: rbac.OnMiniProgram},
		FourEyes: []rbac.Action{rbac.ReleaseMiniProgram},
		Roles: []rbac.Role{
			{ID: "owner", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{use: own}},
			{ID: "holder", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{use: own | rbac.ScopeAssigned}},
		},
	}))
	owner = careful.Bind(person("ann's", shop, "owner"))
	rows  = miniPrograms()
)

// odd are IDs that a builder may take for a placeholder, a name or an end.
var odd = []string{
	"?", "??", "?0", "?id", "$1", "$2", ":id", "::text", "@id", "@rbac1", "{0}", "%s", "'", "''", `"`, "`", `\`, `\'`,
	"--", "/*", "a,b", "[1]", `{"a"}`, "(", "ann's", "é", "e\u0301", "😀", " ", "x ", "X", "NULL",
}

func miniPrograms() (all []row) {
	add := func(id string, n int) {
		r := row{id: id, kind: rbac.KindDeveloper, tenant: "wallet", workspace: "sh?p", draft: n%7 == 3}
		switch n % 5 {
		case 1:
			r.kind, r.workspace = rbac.KindTenant, "wallet"
		case 2:
			r.tenant = pickOf([]string{"Wallet", "bank"}, n/5)
		case 3:
			r.workspace = pickOf([]string{"shop", "Sh?p", "sh?p "}, n/5)
		}
		if n%4 > 0 {
			r.owner = sql.NullString{String: pickOf([]string{"ann's", "Ann's", "bob", "", "?"}, n/3), Valid: true}
		}
		all = append(all, r)
	}
	for n := range 400 {
		add(fmt.Sprintf("mp-%03d", n), n)
	}
	for n, id := range odd {
		add(id, 0)
		add(id+id, n)
	}
	slices.SortFunc(all, func(a, b row) int { return map[bool]int{true: -1}[a.id < b.id] })
	return slices.CompactFunc(all, func(a, b row) bool { return a.id == b.id })
}

func pickOf(texts []string, n int) string { return texts[n%len(texts)] }

func person(id string, w rbac.Workspace, role rbac.RoleID, programs ...string) rbac.Member {
	return rbac.Member{
		ID: id, Workspace: w, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: programs}},
	}
}

// filters returns filters of every shape.
func filters() []rbac.Filter {
	many := slices.Clone(odd)
	for n := range 80 {
		many = append(many, fmt.Sprintf("mp-%03d", n*3))
	}
	return []rbac.Filter{
		careful.Bind(person("ann's", wallet, rbac.WorkspaceAdmin)).Filter(rbac.ViewMiniProgram),
		careful.Bind(person("bob", wallet, rbac.WorkspaceReviewer)).Filter(rbac.ViewMiniProgram),
		careful.Bind(person("ann's", shop, rbac.DeveloperAdmin)).Filter(rbac.ViewMiniProgram),
		careful.Bind(person("ann's", shop, rbac.DeveloperAdmin)).Filter(rbac.ReleaseMiniProgram),
		careful.Bind(person("?", shop, rbac.Developer, "mp-000", "?", "$1")).Filter(rbac.ReleaseMiniProgram),
		careful.Bind(person("ann's", shop, rbac.Developer, odd[:20]...)).Filter(rbac.ReleaseMiniProgram),
		careful.Bind(person("ann's", shop, rbac.Developer, many...)).Filter(rbac.ReleaseMiniProgram),
		careful.Bind(person("ann's", shop, rbac.Developer, many...)).Filter(rbac.EditMiniProgram),
		owner.Filter(use),
		careful.Bind(person("?", shop, "holder", many...)).Filter(use),
		careful.Bind(person("ann's", shop, "holder", "mp-000")).Filter(use),
		careful.Bind(person("ann's", rbac.Tenant("bank"), rbac.WorkspaceAdmin)).Filter(rbac.ViewMiniProgram),
		{},
	}
}

func (s store) columns() rbac.Columns {
	return rbac.Columns{
		Dialect: s.dialect,
		Kind:    "mini_programs.kind", Tenant: "mini_programs.tenant", Workspace: "mini_programs.workspace",
		MiniProgram: "mini_programs.id", Owner: "mini_programs.owner",
	}
}

func (s store) sqlx() *sqlx.DB {
	if s.dialect == rbac.PostgreSQL {
		return sqlx.NewDb(s.db, "pgx")
	}
	return sqlx.NewDb(s.db, "sqlite3")
}

func sqliteStore(t *testing.T) store {
	db := servers.Open(t, "sqlite", ":memory:")
	db.SetMaxOpenConns(1)
	return fill(t, store{rbac.SQLite, db, ""})
}

func postgreSQL(t *testing.T) store {
	address := servers.PostgreSQL(t)
	return fill(t, store{rbac.PostgreSQL, servers.Open(t, "pgx", address), address})
}

func fill(t *testing.T, s store) store {
	t.Helper()
	_, err := s.db.Exec(`CREATE TABLE mini_programs (
		id text PRIMARY KEY, kind text, tenant text, workspace text, owner text, draft boolean NOT NULL)`)
	require.NoError(t, err)
	transaction, err := s.db.Begin()
	require.NoError(t, err)
	for _, r := range rows {
		_, err := transaction.Exec("INSERT INTO mini_programs VALUES ($1, $2, $3, $4, $5, $6)",
			r.id, r.kind, r.tenant, r.workspace, r.owner, r.draft)
		require.NoError(t, err, "%q", r.id)
	}
	require.NoError(t, transaction.Commit())
	return s
}

func connect(t *testing.T, s store) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close(context.Background())) })
	return db
}
