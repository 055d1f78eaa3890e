package builders

import (
	"context"
	"database/sql"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rename gives a mini program another title, if the member may edit it. docs/sql.md shows these lines.
func rename(
	ctx context.Context, db *sql.DB, dialect rbac.Dialect, policy *rbac.Policy, member rbac.Member, id, title string,
) (changed int64, err error) {
	columns := rbac.Columns{
		Dialect: rbac.PostgreSQL,
		Kind:    "m.workspace_kind", Tenant: "m.tenant_id", Workspace: "m.workspace_id",
		MiniProgram: "m.id", Owner: rbac.NoColumn,
		Offset: 2, // $1 and $2 are taken
	}
	columns.Dialect = dialect
	clause, args, err := policy.Bind(member).Filter(rbac.EditMiniProgram).Where(columns)
	if err != nil {
		return 0, err
	}
	result, err := db.ExecContext(ctx, "UPDATE mini_programs AS m SET title = $1 WHERE m.id = $2 AND "+clause,
		append([]any{title, id}, args...)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected() // 0: answer as for a missing row
}

// A write with the clause of the action changes what the member may edit, and nothing else.
func TestWriteWithTheClauseOfTheAction(t *testing.T) {
	for _, s := range []store{sqliteStore(t), postgreSQL(t)} {
		_, err := s.db.Exec(`DROP TABLE mini_programs; CREATE TABLE mini_programs (
			id text PRIMARY KEY, workspace_kind text, tenant_id text, workspace_id text, title text)`)
		require.NoError(t, err)
		for _, r := range rows {
			_, err := s.db.Exec("INSERT INTO mini_programs VALUES ($1, $2, $3, $4, 'old')", r.id, r.kind, r.tenant, r.workspace)
			require.NoError(t, err)
		}
		for _, member := range []rbac.Member{
			person("ann's", wallet, rbac.WorkspaceAdmin),
			person("ann's", shop, rbac.DeveloperAdmin),
			person("ann's", shop, rbac.Developer, "mp-000", "mp-005", "?", "$1"),
			person("ann's", shop, rbac.Operator, "mp-000"),
		} {
			editable, written := 0, 0
			for _, r := range rows {
				changed, err := rename(t.Context(), s.db, s.dialect, careful, member, r.id, "new")
				require.NoError(t, err)
				may := careful.Can(member, rbac.EditMiniProgram, r.resource())
				require.Equal(t, may, changed == 1, "%s writes %q", member.Assignments[0].Role, r.id)
				if may {
					editable++
				}
			}
			require.NoError(t, s.db.QueryRow("SELECT count(*) FROM mini_programs WHERE title = 'new'").Scan(&written))
			assert.Equal(t, editable, written)
			_, err := s.db.Exec("UPDATE mini_programs SET title = 'old'")
			require.NoError(t, err)
		}
		admin := person("ann's", shop, rbac.DeveloperAdmin)
		changed, err := rename(t.Context(), s.db, s.dialect, careful, admin, "no-such", "new")
		assert.NoError(t, err)
		assert.Zero(t, changed)
	}
}
