package columns

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/glebarez/sqlite" // with a driver "sqlite" of its own
	"github.com/jackc/pgx/v5"
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/integrations/servers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// words is each value with its word.
var words = []struct {
	kind   rbac.WorkspaceKind
	status rbac.Status
	texts  [2]string
}{
	{rbac.KindTenant, rbac.StatusInvited, [2]string{"tenant", "invited"}},
	{rbac.KindDeveloper, rbac.StatusActive, [2]string{"developer", "active"}},
	{rbac.KindDeveloper, rbac.StatusBlocked, [2]string{"developer", "blocked"}},
	{rbac.KindTenant, rbac.StatusWithdrawn, [2]string{"tenant", "withdrawn"}},
	{rbac.KindTenant, rbac.StatusDeleted, [2]string{"tenant", "deleted"}},
}

// others are texts that are no word of either.
var others = []string{"", "2", "Active", "ACTIVE", "active ", " tenant", "Tenant", "any", "Status(2)", "null"}

func TestDatabaseSQLStoresWords(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, db *sql.DB, placeholder func(n int) string) {
		run(t, db, "CREATE TABLE members (n INTEGER, kind VARCHAR(20), status VARCHAR(20))")
		insert := fmt.Sprintf("INSERT INTO members VALUES (%s, %s, %s)", placeholder(1), placeholder(2), placeholder(3))
		for n, word := range words {
			run(t, db, insert, n, word.kind, word.status)
			where := fmt.Sprintf(" FROM members WHERE n = %s", placeholder(1))

			var texts [2]string
			require.NoError(t, db.QueryRow("SELECT kind, status"+where, n).Scan(&texts[0], &texts[1]))
			assert.Equal(t, word.texts, texts)

			var kind rbac.WorkspaceKind
			var status rbac.Status
			require.NoError(t, db.QueryRow("SELECT kind, status"+where, n).Scan(&kind, &status))
			assert.Equal(t, word.kind, kind)
			assert.Equal(t, word.status, status)

			var found int
			where += " AND kind = " + placeholder(2) + " AND status = " + placeholder(3)
			require.NoError(t, db.QueryRow("SELECT count(*)"+where, n, word.kind, word.status).Scan(&found))
			assert.Equal(t, 1, found, "a query finds a row by its words")
		}
		for _, none := range [][]any{
			{9, rbac.WorkspaceKind(0), rbac.StatusActive},
			{9, rbac.WorkspaceKind(3), rbac.StatusActive},
			{9, rbac.KindTenant, rbac.Status(0)},
			{9, rbac.KindTenant, rbac.Status(9)},
		} {
			_, err := db.Exec(insert, none...)
			assert.Error(t, err, "a value without a word: %v", none)
		}
	})
}

func TestDatabaseSQLReadsWordsOnly(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, db *sql.DB, placeholder func(n int) string) {
		run(t, db, "CREATE TABLE texts (word VARCHAR(20))")
		run(t, db, "CREATE TABLE numbers (word INTEGER)")
		for _, text := range others {
			run(t, db, "DELETE FROM texts")
			run(t, db, "INSERT INTO texts VALUES ("+placeholder(1)+")", text)
			requireUnread(t, db, "SELECT word FROM texts", "%q", text)
		}
		for number := range 7 {
			run(t, db, "DELETE FROM numbers")
			run(t, db, "INSERT INTO numbers VALUES ("+placeholder(1)+")", number)
			requireUnread(t, db, "SELECT word FROM numbers", "the number %d", number)
		}
		run(t, db, "DELETE FROM texts")
		run(t, db, "INSERT INTO texts VALUES (NULL)")
		requireUnread(t, db, "SELECT word FROM texts", "NULL")

		status := sql.Null[rbac.Status]{V: rbac.StatusActive, Valid: true}
		require.NoError(t, db.QueryRow("SELECT word FROM texts").Scan(&status))
		assert.False(t, status.Valid, "sql.Null reads NULL")
	})
}

// requireUnread reads a word that is none, and requires that nothing is changed.
func requireUnread(t *testing.T, db *sql.DB, query, what string, args ...any) {
	t.Helper()
	kind, status := rbac.KindTenant, rbac.StatusBlocked
	require.Error(t, db.QueryRow(query).Scan(&kind), append([]any{"kind: " + what}, args...)...)
	require.Error(t, db.QueryRow(query).Scan(&status), append([]any{"status: " + what}, args...)...)
	require.Equal(t, rbac.KindTenant, kind)
	require.Equal(t, rbac.StatusBlocked, status)
}

func TestPgxStoresWords(t *testing.T) {
	ctx, db := t.Context(), connect(t)
	exec(t, db, "CREATE TABLE members (n integer, kind text, status varchar(20))")
	for n, word := range words {
		exec(t, db, "INSERT INTO members VALUES (@n, @kind, @status)",
			pgx.NamedArgs{"n": n, "kind": word.kind, "status": word.status})
	}
	var rows [][]any
	for n, word := range words {
		rows = append(rows, []any{n + len(words), word.kind, word.status})
	}
	_, err := db.CopyFrom(ctx, pgx.Identifier{"members"}, []string{"n", "kind", "status"}, pgx.CopyFromRows(rows))
	require.NoError(t, err)

	for n := range 2 * len(words) {
		word := words[n%len(words)]
		var texts [2]string
		row := db.QueryRow(ctx, "SELECT kind, status FROM members WHERE n = $1", n)
		require.NoError(t, row.Scan(&texts[0], &texts[1]))
		assert.Equal(t, word.texts, texts)
	}
	found, err := db.Query(ctx, "SELECT kind, status FROM members WHERE status = $1 ORDER BY n", rbac.StatusActive)
	require.NoError(t, err)
	type member struct {
		Kind   rbac.WorkspaceKind
		Status rbac.Status
	}
	members, err := pgx.CollectRows(found, pgx.RowToStructByName[member])
	require.NoError(t, err)
	active := member{rbac.KindDeveloper, rbac.StatusActive}
	assert.Equal(t, []member{active, active}, members)
}

func TestPgxReadsAndWritesWordsOnly(t *testing.T) {
	ctx, db := t.Context(), connect(t)
	for _, query := range []string{
		"SELECT 2::integer", "SELECT 2::bigint", "SELECT 2::smallint", "SELECT 2::numeric", "SELECT '2'::text",
		"SELECT true", "SELECT NULL::text", "SELECT 'Active'::text", `SELECT '\x02'::bytea`, "SELECT ''::text",
	} {
		kind, status := rbac.KindTenant, rbac.StatusBlocked
		assert.Error(t, db.QueryRow(ctx, query).Scan(&kind), query)
		assert.Error(t, db.QueryRow(ctx, query).Scan(&status), query)
		assert.Equal(t, rbac.KindTenant, kind, query)
		assert.Equal(t, rbac.StatusBlocked, status, query)
	}
	for _, column := range []string{"smallint", "integer", "bigint", "numeric", "boolean"} {
		exec(t, db, "CREATE TABLE "+column+"_words (word "+column+")")
		for _, word := range []any{rbac.StatusActive, rbac.KindTenant} {
			_, err := db.Exec(ctx, "INSERT INTO "+column+"_words VALUES ($1)", word)
			assert.Error(t, err, "%v in a column of %s", word, column)
		}
	}
	_, err := db.Exec(ctx, "SELECT $1::text", rbac.Status(0))
	assert.Error(t, err, "the zero value has no word")
}

// Member is a model of GORM.
type Member struct {
	ID     string `gorm:"primaryKey;size:64"`
	Kind   rbac.WorkspaceKind
	Status rbac.Status
}

func TestGORMStoresWords(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) gorm.Dialector{
		"SQLite":     func(*testing.T) gorm.Dialector { return sqlite.Open("file:gorm?mode=memory&cache=shared") },
		"PostgreSQL": func(t *testing.T) gorm.Dialector { return postgres.Open(servers.PostgreSQL(t)) },
		"MariaDB":    func(t *testing.T) gorm.Dialector { return mysql.Open(servers.MariaDB(t).FormatDSN()) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := gorm.Open(open(t), &gorm.Config{Logger: logger.Discard})
			require.NoError(t, err)
			closeAtEnd(t, db)
			require.NoError(t, db.AutoMigrate(&Member{}))
			columns, err := db.Migrator().ColumnTypes(&Member{})
			require.NoError(t, err)
			for _, column := range columns[1:] {
				assert.Contains(t, []string{"text", "longtext"}, column.DatabaseTypeName(), "%s", column.Name())
			}

			for n, word := range words {
				member := Member{ID: fmt.Sprint(n), Kind: word.kind, Status: word.status}
				require.NoError(t, db.Create(&member).Error)
				var texts [2]string
				row := db.Raw("SELECT kind, status FROM members WHERE id = ?", member.ID).Row()
				require.NoError(t, row.Scan(&texts[0], &texts[1]))
				assert.Equal(t, word.texts, texts)
				var read Member
				require.NoError(t, db.First(&read, "status = ? AND kind = ?", word.status, word.kind).Error)
				assert.Equal(t, word.status, read.Status)
				require.NoError(t, db.First(&read, &Member{ID: member.ID, Status: word.status}).Error)
				assert.Equal(t, member, read)
			}
			assert.Error(t, db.Create(&Member{ID: "zero"}).Error, "the zero values have no words")
			for _, text := range others {
				require.NoError(t, db.Exec("UPDATE members SET status = ? WHERE id = ?", text, "1").Error)
				assert.Error(t, db.First(&Member{}, "id = ?", "1").Error, "%q", text)
			}
			require.NoError(t, db.Exec("UPDATE members SET status = NULL WHERE id = ?", "1").Error)
			read := Member{}
			_ = db.First(&read, "id = ?", "1").Error // GORM leaves a field as it is for NULL
			assert.Zero(t, read.Status, "NULL is no status")
		})
	}
}

// A column that holds numbers, as a model without our methods would have made it, is read by nobody.
func TestGORMReadsWordsOnly(t *testing.T) {
	db, err := gorm.Open(sqlite.Open("file:numbers?mode=memory&cache=shared"), &gorm.Config{Logger: logger.Discard})
	require.NoError(t, err)
	closeAtEnd(t, db)
	require.NoError(t, db.Exec("CREATE TABLE members (id text, kind integer, status integer)").Error)
	require.NoError(t, db.Exec("INSERT INTO members VALUES ('ann', 1, 2)").Error)
	assert.Error(t, db.First(&Member{}).Error) // what GORM leaves in a model with an error is anything
}

func forEachDatabase(t *testing.T, test func(t *testing.T, db *sql.DB, placeholder func(n int) string)) {
	question := func(int) string { return "?" }
	t.Run("SQLite", func(t *testing.T) {
		db := servers.Open(t, "sqlite", ":memory:")
		db.SetMaxOpenConns(1)
		test(t, db, question)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		db := servers.Open(t, "pgx", servers.PostgreSQL(t))
		test(t, db, func(n int) string { return fmt.Sprintf("$%d", n) })
	})
	t.Run("MariaDB, prepared", func(t *testing.T) {
		test(t, servers.Open(t, "mysql", servers.MariaDB(t).FormatDSN()), question)
	})
	t.Run("MariaDB, interpolated", func(t *testing.T) {
		config := servers.MariaDB(t)
		config.InterpolateParams = true
		test(t, servers.Open(t, "mysql", config.FormatDSN()), question)
	})
}

func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), servers.PostgreSQL(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close(context.Background())) })
	return db
}

func closeAtEnd(t *testing.T, db *gorm.DB) {
	t.Helper()
	pool, err := db.DB()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
}

func run(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.Exec(statement, args...)
	require.NoError(t, err, statement)
}

func exec(t *testing.T, db *pgx.Conn, statement string, args ...any) {
	t.Helper()
	_, err := db.Exec(t.Context(), statement, args...)
	require.NoError(t, err, statement)
}
