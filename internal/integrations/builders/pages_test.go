package builders

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Masterminds/squirrel"
	"github.com/doug-martin/goqu/v9"
	_ "github.com/doug-martin/goqu/v9/dialect/postgres"
	_ "github.com/doug-martin/goqu/v9/dialect/sqlite3"
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"gorm.io/gorm"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// A page is the IDs of the first mini programs after a given one that a filter matches and that are not drafts.
// docs/sql.md shows lines of these functions.

func question(int) string { return "?" }

func pageOfDatabaseSQL(
	ctx context.Context, db *sql.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	first := "?"
	if columns.Dialect == rbac.PostgreSQL {
		first = "$1"
	}
	columns.Offset = 1 // the host's own placeholder
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx,
		"SELECT id FROM mini_programs WHERE id > "+first+" AND NOT draft AND "+clause+" ORDER BY id LIMIT 50",
		append([]any{after}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func pageOfPgx(
	ctx context.Context, db *pgx.Conn, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Offset = 1 // $1
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx,
		"SELECT id FROM mini_programs WHERE id > $1 AND NOT draft AND "+clause+" ORDER BY id LIMIT 50",
		append([]any{after}, args...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func pageOfPgxNamedArgs(
	ctx context.Context, db *pgx.Conn, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Placeholder = func(n int) string { return fmt.Sprintf("@rbac%d", n) }
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	named := pgx.NamedArgs{"after": after}
	for i, arg := range args {
		named[fmt.Sprintf("rbac%d", i+1)] = arg
	}
	rows, err := db.Query(ctx,
		"SELECT id FROM mini_programs WHERE id > @after AND NOT draft AND "+clause+" ORDER BY id LIMIT 50", named)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func pageOfSqlx(
	ctx context.Context, db *sqlx.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Placeholder = question
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	query := db.Rebind(
		"SELECT id FROM mini_programs WHERE id > ? AND NOT draft AND " + clause + " ORDER BY id LIMIT 50")
	err = db.SelectContext(ctx, &ids, query, append([]any{after}, args...)...)
	return ids, err
}

// sqlx.In expands slices, and leaves texts alone.
func pageOfSqlxIn(
	ctx context.Context, db *sqlx.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Placeholder = question
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	query, args, err := sqlx.In(
		"SELECT id FROM mini_programs WHERE draft IN (?) AND id > ? AND "+clause+" ORDER BY id LIMIT 50",
		append([]any{[]bool{false}, after}, args...)...)
	if err != nil {
		return nil, err
	}
	err = db.SelectContext(ctx, &ids, db.Rebind(query), args...)
	return ids, err
}

func pageOfGORM(
	ctx context.Context, db *gorm.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Placeholder = question
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	err = db.WithContext(ctx).Table("mini_programs").
		Where("id > ?", after).Where("NOT draft").Where(clause, args...).
		Order("id").Limit(50).Pluck("id", &ids).Error
	return ids, err
}

func pageOfBun(
	ctx context.Context, db *bun.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Placeholder = question
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	err = db.NewSelect().Table("mini_programs").Column("id").
		Where("id > ?", after).Where("NOT draft").Where(clause, args...).
		Order("id").Limit(50).Scan(ctx, &ids)
	return ids, err
}

func pageOfSquirrel(
	ctx context.Context, db *sql.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	format := squirrel.PlaceholderFormat(squirrel.Question)
	if columns.Dialect == rbac.PostgreSQL {
		format = squirrel.Dollar
	}
	columns.Placeholder = question
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	query, args, err := squirrel.Select("id").From("mini_programs").
		Where(squirrel.Gt{"id": after}).Where("NOT draft").Where(squirrel.Expr(clause, args...)).
		OrderBy("id").Limit(50).PlaceholderFormat(format).ToSql()
	if err != nil {
		return nil, err
	}
	err = sqlx.NewDb(db, "").SelectContext(ctx, &ids, query, args...)
	return ids, err
}

func pageOfGoqu(
	ctx context.Context, db *goqu.Database, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	columns.Placeholder = question
	clause, args, err := filter.Where(columns)
	if err != nil {
		return nil, err
	}
	err = db.From("mini_programs").Select("id").Prepared(true).
		Where(goqu.C("id").Gt(after), goqu.L("NOT draft"), goqu.L(clause, args...)).
		Order(goqu.C("id").Asc()).Limit(50).ScanValsContext(ctx, &ids)
	return ids, err
}

// allowed is a predicate for the Where of a query in ent, with entsql for entgo.io/ent/dialect/sql.
func allowed(filter rbac.Filter, columns rbac.Columns) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) {
		columns.Offset = b.Total()
		clause, args, err := filter.Where(columns)
		b.AddError(err).Join(entsql.Expr(clause, args...))
	})
}

func pageOfEnt(
	ctx context.Context, db *sql.DB, filter rbac.Filter, columns rbac.Columns, after string,
) (ids []string, err error) {
	name := dialect.SQLite
	if columns.Dialect == rbac.PostgreSQL {
		name = dialect.Postgres
	}
	selector := entsql.Dialect(name).Select("id").From(entsql.Table("mini_programs"))
	selector.Where(entsql.GT("id", after)).Where(entsql.Not(entsql.IsTrue("draft"))).
		Where(allowed(filter, columns)).OrderBy("id").Limit(50)
	query, args := selector.Query()
	if err := selector.Err(); err != nil {
		return nil, err
	}
	err = sqlx.NewDb(db, "").SelectContext(ctx, &ids, query, args...)
	return ids, err
}

// listMiniProgramsParams and listMiniPrograms are like what sqlc makes of testdata/mini_programs.sql. pgx takes the
// names of parameters as sqlc does.
type listMiniProgramsParams struct {
	After, Tenant, Workspace, Kind, Member string
	MiniPrograms                           []string
	TenantWide, Whole, Own, FourEyes       bool
}

func listMiniPrograms(ctx context.Context, db *pgx.Conn, p listMiniProgramsParams) ([]string, error) {
	query, err := os.ReadFile("testdata/mini_programs.sql")
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, string(query), pgx.NamedArgs{
		"after": p.After, "tenant": p.Tenant, "workspace": p.Workspace, "kind": p.Kind, "member": p.Member,
		"mini_programs": p.MiniPrograms,
		"tenant_wide":   p.TenantWide, "whole": p.Whole, "own": p.Own, "four_eyes": p.FourEyes,
	})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func pageOfSqlc(
	ctx context.Context, db *pgx.Conn, filter rbac.Filter, _ rbac.Columns, after string,
) (ids []string, err error) {
	for _, terms := range filter.Terms() { // one, unless filters are joined by Or
		if terms.Target&rbac.OnMiniProgram == 0 {
			continue
		}
		page, err := listMiniPrograms(ctx, db, listMiniProgramsParams{
			After:        after,
			Tenant:       terms.Workspace.Tenant,
			Workspace:    terms.Workspace.ID,
			Kind:         terms.Workspace.Kind.String(),
			Member:       terms.Member,
			MiniPrograms: terms.MiniPrograms,
			TenantWide:   terms.Scope&rbac.ScopeTenant != 0,
			Whole:        terms.Scope&rbac.ScopeWorkspace != 0,
			Own:          terms.Scope&rbac.ScopeOwn != 0,
			FourEyes:     terms.FourEyes,
		})
		if err != nil {
			return nil, err
		}
		ids = append(ids, page...)
	}
	return ids, nil
}

// What a reader copies from the page is what the tests run.
func TestSQLPageShowsTheseLines(t *testing.T) {
	page, err := os.ReadFile("../../../docs/sql.md")
	require.NoError(t, err)
	sources, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	sources = append(sources, "testdata/mini_programs.sql")
	var tested strings.Builder
	for _, name := range sources {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		tested.WriteString(flush(string(source)))
	}
	blocks := regexp.MustCompile("(?s)```(?:golang|sql of builders)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.Greater(t, len(blocks), 9, "each builder has its lines")
	for _, block := range blocks {
		assert.Contains(t, tested.String(), flush(block[1]))
	}
}

// flush takes away how far lines are indented.
func flush(text string) string {
	return regexp.MustCompile(`(?m)^[\t ]+`).ReplaceAllString(text, "")
}
