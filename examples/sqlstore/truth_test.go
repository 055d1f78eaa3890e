package main

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file proves that the database returns exactly the rows that Can allows.
//
// A world is a random policy. A question asks for the rows on which a random
// member may do a random action. All questions are about the same table. Some of
// its rows are valid. The others are hostile: one column is NULL, empty, padded,
// in another case or Unicode form, or a piece of SQL. For each question the test
// runs the SQL of Filter.Where, and compares the rows it returns with the rows
// for which Can is true. The seed is fixed, so each run is the same.

const (
	seed       = 20260731
	minFilters = 3000 // filters to test, without those that match nothing
	maxWorlds  = 1000 // worlds in which to find them
)

func TestWhereReturnsTheRowsThatCanAllows(t *testing.T) {
	onEach(t, func(t *testing.T, store *Store) {
		rows := hostileRows(rand.New(rand.NewPCG(seed, 0)), store.dialect)
		storeHostileRows(t, store, rows)
		seen := counts{shapes: map[string]int{}}
		for number := uint64(1); seen.filters < minFilters && number <= maxWorlds; number++ {
			random := rand.New(rand.NewPCG(seed, number))
			w := newWorld(t, random)
			for range 50 {
				seen.add(t, store, rows, w.randomQuestion(random, number, rows, store.dialect))
			}
		}
		t.Logf("%d filters on %d rows, in %d shapes: %d with four eyes, %d without a kind column",
			seen.filters, len(rows), len(seen.shapes), seen.fourEyes, seen.kindless)
		t.Logf("%d filters that match nothing; %d rows allowed, %d denied", seen.none, seen.yes, seen.no)
		assert.GreaterOrEqual(t, seen.filters, minFilters)
		assert.Greater(t, seen.yes, 50_000, "too few rows are allowed")
		assert.Greater(t, seen.no, 50_000, "too few rows are denied")
		assert.Greater(t, seen.selective, minFilters/2, "too few filters match some rows and not others")
		assert.Greater(t, seen.fourEyes, 300)
		assert.Greater(t, seen.kindless, 300)
		assert.Greater(t, seen.none, 100)
		assert.Greater(t, len(seen.shapes), 100)
	})
}

// The questions.

// question asks for the rows, from the number from on, on which a member may do
// an action.
type question struct {
	world   uint64
	policy  *rbac.Policy
	member  rbac.Member
	action  rbac.Action
	columns rbac.Columns
	style   style
	from    int
}

// style says where the clause of Filter.Where is in the query.
type style int

const (
	clauseLast  style = iota // after the host's own condition, with Columns.Offset
	clauseFirst              // before the host's own condition
	unnumbered               // as clauseLast, with "?" for each placeholder
)

func (w world) randomQuestion(random *rand.Rand, number uint64, rows []hostileRow, on dialect) question {
	q := question{
		world:  number,
		policy: w.policy,
		member: w.randomMember(random, rows, on),
		action: w.randomAction(random),
		from:   random.IntN(20),
	}
	q.style = style(random.IntN(2))
	if on == sqlite && chance(random, 30) {
		q.style = unnumbered
	}
	q.columns = randomColumns(random)
	if on == postgreSQL && chance(random, 50) {
		q.columns.Array = func(ids []string) any { return ids }
	}
	// Without a kind column, a merchant must not have the ID of its tenant.
	if q.member.Workspace.Kind == rbac.KindDeveloper && q.member.Workspace.ID == q.member.Workspace.Tenant {
		q.columns.Kind = "kind"
	}
	return q
}

func randomColumns(random *rand.Rand) rbac.Columns {
	table := ""
	if chance(random, 50) {
		table = "r."
	}
	columns := rbac.Columns{
		Kind:        table + "kind",
		Tenant:      table + "tenant",
		Workspace:   table + "workspace",
		MiniProgram: table + "mini_program",
		Owner:       table + "owner",
	}
	if chance(random, 30) {
		columns.Kind = ""
	}
	return columns
}

func (q question) kindless() bool { return q.columns.Kind == "" }

// sql returns the query, the clause in it, and the arguments.
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
	return fmt.Sprintf("world %d of seed %d: can %+v do %s? (%+v)",
		q.world, uint64(seed), q.member, q.action, q.columns)
}

// allowed returns the numbers of the rows that Can allows.
func (q question) allowed(rows []hostileRow) []int {
	var allowed []int
	for n := q.from; n < len(rows); n++ {
		if q.policy.Can(q.member, q.action, rows[n].resource(q.kindless())) {
			allowed = append(allowed, n)
		}
	}
	return allowed
}

// counts shows that the test has seen every kind of question and answer.
type counts struct {
	filters, none, selective, fourEyes, kindless, yes, no int
	shapes                                                map[string]int
}

func (seen *counts) add(t *testing.T, store *Store, rows []hostileRow, q question) {
	query, clause, args := q.sql(t)
	var returned []int
	err := store.queries().each(t.Context(), func(rows *sql.Rows) error {
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
			return fmt.Sprintf("%s\nrow %d: Can says %t and the database says %t: %+v\n%s\n%q",
				q, n, want, got, rows[n], query, args)
		}
	}
	return fmt.Sprintf("%s\nthe database returns a row twice: %v", q, returned)
}

func (seen *counts) count(q question, clause string, yes, no int) {
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

// The rows.

// The IDs are few, so that they collide. A merchant may have the ID of its tenant
// or of another tenant.
var (
	tenantIDs   = []string{"wallet", "bank", "1", "o'hara"}
	merchantIDs = []string{"kiosk", "wallet", "1", "cafe\u0301", "100%_"}
	programIDs  = []string{"mp-1", "mp_%", "kiosk", "1", "caf\u00e9"}
	ownerIDs    = []string{"ann", "b_%", "wallet", "1", "zo\u00eb"}
)

// lookalikes returns texts that a person or a database may take for the ID.
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
	// The Kelvin sign, a long s and a wide digit.
	kelvin     = strings.NewReplacer("k", "\u212a", "s", "\u017f", "1", "\uff11")
	composed   = strings.NewReplacer("e\u0301", "\u00e9", "e\u0308", "\u00eb")
	decomposed = strings.NewReplacer("\u00e9", "e\u0301", "\u00eb", "e\u0308")
)

// invalidKinds are texts that look like a kind.
var invalidKinds = []string{
	"", "Tenant", "DEVELOPER", "tenant ", "developer\t", "any", "workspace", "WorkspaceKind(9)", "WorkspaceKind(0)",
}

// canStore reports whether the database can store the text.
func (d dialect) canStore(text string) bool {
	return d == sqlite || utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// hostileRow is a row of a table without constraints.
type hostileRow struct{ kind, tenant, workspace, miniProgram, owner sql.NullString }

func (r *hostileRow) columns() []*sql.NullString {
	return []*sql.NullString{&r.kind, &r.tenant, &r.workspace, &r.miniProgram, &r.owner}
}

func text(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }

// resource returns the row as Can sees it. NULL is an empty string. Without a kind
// column, a workspace is a tenant if its ID is its tenant's.
func (r *hostileRow) resource(kindless bool) rbac.Resource {
	w := rbac.Workspace{Kind: kindOf(r.kind.String), ID: r.workspace.String, Tenant: r.tenant.String}
	if kindless && w.ID == w.Tenant {
		w.Kind = rbac.KindTenant
	} else if kindless {
		w.Kind = rbac.KindDeveloper
	}
	return w.MiniProgram(r.miniProgram.String).OwnedBy(r.owner.String)
}

// kindOf returns zero for a text that is not a kind.
func kindOf(text string) rbac.WorkspaceKind {
	var kind rbac.WorkspaceKind
	_ = kind.UnmarshalText([]byte(text))
	return kind
}

func validRow(random *rand.Rand) hostileRow {
	tenant := pick(random, tenantIDs)
	row := hostileRow{
		text("developer"), text(tenant), text(pick(random, merchantIDs)),
		text(pick(random, programIDs)), text(pick(random, ownerIDs)),
	}
	if chance(random, 40) {
		row.kind, row.workspace = text("tenant"), text(tenant)
	}
	if chance(random, 30) {
		row.miniProgram = pick(random, []sql.NullString{{}, text("")})
	}
	return row
}

// validRows is the number of valid rows. They come first.
const validRows = 300

// hostileRows returns valid rows, and then rows in which one column is damaged.
func hostileRows(random *rand.Rand, on dialect) []hostileRow {
	var rows []hostileRow
	for range validRows {
		rows = append(rows, validRow(random))
	}
	for i := range 10 {
		rows = append(rows, damagedRows(rowWithIDs(i), on)...)
	}
	return rows
}

// rowWithIDs returns a row for each merchant, and then for each tenant, as i grows.
func rowWithIDs(i int) hostileRow {
	row := hostileRow{
		text("developer"), text(tenantIDs[i%len(tenantIDs)]), text(merchantIDs[i%len(merchantIDs)]),
		text(programIDs[i%len(programIDs)]), text(ownerIDs[i%len(ownerIDs)]),
	}
	if i >= len(merchantIDs) {
		row.kind, row.workspace = text("tenant"), row.tenant
	}
	return row
}

// damagedRows returns the row with each bad value in each column.
func damagedRows(row hostileRow, on dialect) []hostileRow {
	var rows []hostileRow
	for i, column := range row.columns() {
		values := append(lookalikes(cmp.Or(column.String, "mp-1")), "tenant", "developer")
		if i == 0 {
			values = append(values, invalidKinds...)
		}
		rows = append(rows, withEach(row, i, values, on)...)
	}
	return rows
}

// withEach returns the row with NULL and with each of the values in the column.
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

// storeHostileRows stores the rows with their index as the number n.
func storeHostileRows(t *testing.T, store *Store, rows []hostileRow) {
	const create = `
		CREATE TABLE hostile_rows (
			n INTEGER PRIMARY KEY, kind TEXT, tenant {id}, workspace {id}, mini_program {id}, owner {id}
		);
		CREATE INDEX hostile_rows_of_tenant ON hostile_rows (tenant, n);
		CREATE INDEX hostile_rows_of_workspace ON hostile_rows (tenant, workspace, mini_program)`
	_, err := store.queries().exec(t.Context(), strings.ReplaceAll(create, "{id}", store.dialect.id))
	require.NoError(t, err)
	require.NoError(t, store.transact(t.Context(), func(q queries) error {
		for n, r := range rows {
			_, err := q.exec(t.Context(), `
				INSERT INTO hostile_rows (n, kind, tenant, workspace, mini_program, owner)
				VALUES ($1, $2, $3, $4, $5, $6)`,
				n, r.kind, r.tenant, r.workspace, r.miniProgram, r.owner)
			if err != nil {
				return fmt.Errorf("row %d: %w", n, err)
			}
		}
		return nil
	}))
}

// The worlds.

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

func chance(random *rand.Rand, percent int) bool { return random.IntN(100) < percent }

// world is a random policy with its actions and roles.
type world struct {
	policy  *rbac.Policy
	actions []rbac.Action
	roles   []rbac.Role
}

// newWorld adds random roles to the default roles, or in half of the worlds to nothing.
func newWorld(t *testing.T, random *rand.Rand) world {
	var specs []rbac.Spec
	known := actionForEachTarget()
	if chance(random, 50) {
		specs = append(specs, rbac.Defaults())
		maps.Copy(known, rbac.Defaults().Actions)
	}
	policy, err := rbac.New(append(specs, randomSpec(random, known))...)
	require.NoError(t, err, "the random spec is valid")
	return world{policy, slices.Sorted(maps.Keys(known)), policy.Spec().Roles}
}

// actionForEachTarget returns one action for each possible target.
func actionForEachTarget() map[rbac.Action]rbac.Target {
	actions := map[rbac.Action]rbac.Target{}
	for target := rbac.Target(1); target <= rbac.OnAny; target++ {
		actions[rbac.Action(fmt.Sprintf("custom.on_%d", target))] = target
	}
	return actions
}

func randomSpec(random *rand.Rand, known map[rbac.Action]rbac.Target) rbac.Spec {
	spec := rbac.Spec{Actions: actionForEachTarget()}
	for _, action := range slices.Sorted(maps.Keys(known)) {
		if chance(random, 25) && !isOnlyOnOwn(action) {
			spec.FourEyes = append(spec.FourEyes, action)
		}
	}
	for i := range 6 {
		kind := rbac.KindTenant + rbac.WorkspaceKind(i%2)
		spec.Roles = append(spec.Roles, rbac.Role{
			ID:          rbac.RoleID(fmt.Sprintf("custom_%d", i)),
			Kind:        kind,
			Permissions: randomPermissions(random, kind, known, spec.FourEyes),
		})
	}
	return spec
}

// isOnlyOnOwn reports whether a default role grants the action on the member's own
// resources only. New refuses four eyes on such an action, because nobody could do it.
func isOnlyOnOwn(action rbac.Action) bool {
	return slices.ContainsFunc(rbac.DefaultRoles(), func(role rbac.Role) bool {
		return role.Permissions[action] == rbac.ScopeOwn
	})
}

func randomPermissions(
	random *rand.Rand, kind rbac.WorkspaceKind, known map[rbac.Action]rbac.Target, fourEyes []rbac.Action,
) rbac.Permissions {
	permissions := rbac.Permissions{}
	for _, action := range slices.Sorted(maps.Keys(known)) {
		if !chance(random, 85) {
			continue
		}
		permissions[action] = randomScope(random, kind, known[action])
		if permissions[action] == rbac.ScopeOwn && slices.Contains(fourEyes, action) {
			permissions[action] |= rbac.ScopeWorkspace
		}
	}
	return permissions
}

// randomScope returns scopes that a role of the kind can use on the target. It may
// return zero, which grants nothing.
func randomScope(random *rand.Rand, kind rbac.WorkspaceKind, target rbac.Target) rbac.Scope {
	home := rbac.OnTenant
	if kind == rbac.KindDeveloper {
		home = rbac.OnDeveloper
	}
	var scope rbac.Scope
	if target&(home|rbac.OnMiniProgram) != 0 {
		scope |= pick(random, []rbac.Scope{0, rbac.ScopeOwn, rbac.ScopeOwn, rbac.ScopeWorkspace})
	}
	if target&rbac.OnMiniProgram != 0 && chance(random, 50) {
		scope |= rbac.ScopeAssigned
	}
	if kind == rbac.KindTenant && chance(random, 40) {
		scope |= rbac.ScopeTenant
	}
	return scope
}

var contradictoryWorkspaces = []rbac.Workspace{
	{},
	{Kind: rbac.KindTenant, ID: "wallet"},
	{Kind: rbac.KindTenant, ID: "kiosk", Tenant: "wallet"},
	{Kind: rbac.KindDeveloper, ID: "kiosk"},
	{Kind: rbac.KindDeveloper, Tenant: "wallet"},
	{Kind: 9, ID: "kiosk", Tenant: "wallet"},
}

// randomMember returns a member of a workspace in the table. The database can
// compare all of the member's IDs.
func (w world) randomMember(random *rand.Rand, rows []hostileRow, on dialect) rbac.Member {
	row := pick(random, rows[:validRows])
	m := rbac.Member{ID: row.owner.String, Workspace: row.resource(false).Workspace, Status: rbac.StatusActive}
	if chance(random, 30) {
		m.Workspace = rbac.Tenant(row.tenant.String)
	}
	if chance(random, 5) {
		m.Workspace = pick(random, contradictoryWorkspaces)
	}
	if chance(random, 15) {
		m.ID = randomLookalike(random, m.ID, on)
	}
	if chance(random, 5) {
		m.Status = rbac.Status(random.IntN(7))
	}
	for range 1 + random.IntN(3) {
		m.Assignments = append(m.Assignments, w.randomAssignment(random, m.Workspace.Kind, on))
	}
	return m
}

func randomLookalike(random *rand.Rand, id string, on dialect) string {
	lookalike := pick(random, lookalikes(id))
	if !on.canStore(lookalike) {
		return id
	}
	return lookalike
}

func (w world) randomAssignment(random *rand.Rand, kind rbac.WorkspaceKind, on dialect) rbac.Assignment {
	as := rbac.Assignment{Role: w.randomRole(random, kind)}
	for range random.IntN(4) {
		program := pick(random, programIDs)
		if chance(random, 30) {
			program = randomLookalike(random, program, on)
		}
		as.MiniPrograms = append(as.MiniPrograms, program)
	}
	if chance(random, 15) {
		as.NotBefore = pick(random, []time.Time{longAgo, farAhead})
	}
	if chance(random, 15) {
		as.NotAfter = pick(random, []time.Time{longAgo, farAhead})
	}
	return as
}

// The tests run between these two times.
var (
	longAgo  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	farAhead = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// randomRole returns a role of the kind, or rarely a role that does not exist.
func (w world) randomRole(random *rand.Rand, kind rbac.WorkspaceKind) rbac.RoleID {
	if chance(random, 3) {
		return "nobody"
	}
	role := pick(random, w.roles)
	for role.Kind != kind && kind != 0 && kind != 9 {
		role = pick(random, w.roles)
	}
	return role.ID
}

// randomAction returns one of actionForEachTarget in two of three cases.
func (w world) randomAction(random *rand.Rand) rbac.Action {
	if chance(random, 66) {
		return rbac.Action(fmt.Sprintf("custom.on_%d", 1+random.IntN(int(rbac.OnAny))))
	}
	return pick(random, w.actions)
}
