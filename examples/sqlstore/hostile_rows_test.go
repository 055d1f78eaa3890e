package main

import (
	"cmp"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

func pick[T any](d *rand.Rand, from []T) T { return from[d.IntN(len(from))] }

func chance(d *rand.Rand, percent int) bool { return d.IntN(100) < percent }

// The IDs are few, so that they collide: merchants are called as their tenant and as another one, and all is there
// in other spellings.
var (
	tenantIDs   = []string{"wallet", "bank", "1", "o'hara"}
	merchantIDs = []string{"kiosk", "wallet", "1", "cafe\u0301", "100%_"}
	programIDs  = []string{"mp-1", "mp_%", "kiosk", "1", "caf\u00e9"}
	ownerIDs    = []string{"ann", "b_%", "wallet", "1", "zo\u00eb"}
)

// lookalikes are what somebody, or some database, takes for the ID.
func lookalikes(id string) []string {
	return []string{
		"", " ", "%", "_", "NULL",
		strings.ToUpper(id), strings.ToUpper(id[:1]) + id[1:],
		id + " ", " " + id, id + "\t", id + "\u00a0", id + "\u200b",
		"0" + id, id + ".0", id + "%", "_" + id[1:],
		id + "'", id + `"`, id + `\`, id + "' OR '1'='1", id + "'); DROP TABLE hostile_rows; --",
		"$1", "?", "?1",
		kelvin.Replace(id), composed.Replace(id), decomposed.Replace(id),
		id + "\x00", id + "\xff",
	}
}

var (
	kelvin     = strings.NewReplacer("k", "\u212a", "s", "\u017f", "1", "\uff11") // the Kelvin sign, a long s, a wide digit
	composed   = strings.NewReplacer("e\u0301", "\u00e9", "e\u0308", "\u00eb")
	decomposed = strings.NewReplacer("\u00e9", "e\u0301", "\u00eb", "e\u0308")
)

// otherKinds are what a column may hold in place of a kind.
var otherKinds = []string{"", "Tenant", "DEVELOPER", "tenant ", "developer\t", "any", "workspace", "WorkspaceKind(9)", "WorkspaceKind(0)"}

// canStore reports whether the database has a value for the text.
func (d dialect) canStore(text string) bool {
	return d == sqlite || utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// hostileRow is a row of a host's table, whose columns nothing constrains.
type hostileRow struct{ kind, tenant, workspace, miniProgram, owner sql.NullString }

func (r *hostileRow) columns() []*sql.NullString {
	return []*sql.NullString{&r.kind, &r.tenant, &r.workspace, &r.miniProgram, &r.owner}
}

func text(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }

// resource reads NULL as an empty string. Without the column for it, the kind is as workspace IDs tell that are unique
// across kinds.
func (r *hostileRow) resource(kindless bool) rbac.Resource {
	w := rbac.Workspace{Kind: kindOf(r.kind.String), ID: r.workspace.String, Tenant: r.tenant.String}
	if kindless && w.ID == w.Tenant {
		w.Kind = rbac.KindTenant
	} else if kindless {
		w.Kind = rbac.KindDeveloper
	}
	return w.MiniProgram(r.miniProgram.String).OwnedBy(r.owner.String)
}

// kindOf is zero of anything that is no kind.
func kindOf(text string) rbac.WorkspaceKind {
	var kind rbac.WorkspaceKind
	_ = kind.UnmarshalText([]byte(text))
	return kind
}

func soundRow(d *rand.Rand) hostileRow {
	tenant := pick(d, tenantIDs)
	row := hostileRow{text("developer"), text(tenant), text(pick(d, merchantIDs)), text(pick(d, programIDs)), text(pick(d, ownerIDs))}
	if chance(d, 40) {
		row.kind, row.workspace = text("tenant"), text(tenant)
	}
	if chance(d, 30) {
		row.miniProgram = pick(d, []sql.NullString{{}, text("")})
	}
	return row
}

// soundRows is how many of the rows, from the first, have nothing wrong with them.
const soundRows = 300

// hostileRows are sound rows, and each of some with one column as it should not be, in every way.
func hostileRows(d *rand.Rand, on dialect) []hostileRow {
	var rows []hostileRow
	for range soundRows {
		rows = append(rows, soundRow(d))
	}
	for i := range 10 {
		rows = append(rows, spoiled(everyID(i), on)...)
	}
	return rows
}

// everyID is, as i grows, a row of every merchant and of every tenant.
func everyID(i int) hostileRow {
	row := hostileRow{
		text("developer"), text(tenantIDs[i%len(tenantIDs)]), text(merchantIDs[i%len(merchantIDs)]),
		text(programIDs[i%len(programIDs)]), text(ownerIDs[i%len(ownerIDs)]),
	}
	if i >= len(merchantIDs) {
		row.kind, row.workspace = text("tenant"), row.tenant
	}
	return row
}

func spoiled(row hostileRow, on dialect) []hostileRow {
	var rows []hostileRow
	for i, column := range row.columns() {
		values := append(lookalikes(cmp.Or(column.String, "mp-1")), "tenant", "developer")
		if i == 0 {
			values = append(values, otherKinds...)
		}
		rows = append(rows, withEach(row, i, values, on)...)
	}
	return rows
}

func withEach(row hostileRow, column int, values []string, on dialect) []hostileRow {
	null := row
	*null.columns()[column] = sql.NullString{}
	rows := []hostileRow{null}
	for _, value := range values {
		if on.canStore(value) {
			*row.columns()[column] = text(value)
			rows = append(rows, row)
		}
	}
	return rows
}

// storeHostileRows numbers the rows from 0.
func storeHostileRows(t *testing.T, db *Database, rows []hostileRow) {
	create := strings.ReplaceAll(`
		CREATE TABLE hostile_rows (n INTEGER PRIMARY KEY, kind TEXT, tenant {id}, workspace {id}, mini_program {id}, owner {id});
		CREATE INDEX hostile_rows_of_tenant ON hostile_rows (tenant, n);
		CREATE INDEX hostile_rows_of_workspace ON hostile_rows (tenant, workspace, mini_program)`, "{id}", db.dialect.id)
	_, err := db.queries().exec(t.Context(), create)
	require.NoError(t, err)
	require.NoError(t, db.transact(t.Context(), func(q queries) error {
		for n, r := range rows {
			_, err := q.exec(t.Context(), `
				INSERT INTO hostile_rows (n, kind, tenant, workspace, mini_program, owner) VALUES ($1, $2, $3, $4, $5, $6)`,
				n, r.kind, r.tenant, r.workspace, r.miniProgram, r.owner)
			if err != nil {
				return fmt.Errorf("row %d: %w", n, err)
			}
		}
		return nil
	}))
}
