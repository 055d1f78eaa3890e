package rbac_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var dialects = []rbac.Dialect{rbac.PostgreSQL, rbac.SQLite, rbac.MySQL}

// columnsIn names the columns with one letter each, and leaves out the tenant and the kind, so that a clause is short.
func columnsIn(dialect rbac.Dialect) rbac.Columns {
	return rbac.Columns{
		Dialect: dialect, Kind: rbac.NoColumn, Tenant: rbac.NoColumn, Workspace: "w", MiniProgram: "p", Owner: "o",
	}
}

// The clause of each of these filters has one comparison, and most have that with the shop's ID before it.
var (
	ofTheShop        = filterOf(listed(rbac.KindDeveloper, wholeHome), "on.any")
	ofOwnThings      = filterOf(listed(rbac.KindDeveloper, ownThings), "on.any")
	ofWorkspaces     = filterOf(listed(rbac.KindDeveloper, wholeHome), "on.workspace")
	ofMiniPrograms   = filterOf(listed(rbac.KindDeveloper, wholeHome), "on.miniprogram")
	ofOtherPeople    = filterOf(listed(rbac.KindDeveloper, wholeHome), "eyes.any")
	ofMerchants      = filterOf(listed(rbac.KindTenant, rbac.ScopeTenant), "on.developer")
	ofWholeTenant    = filterOf(listed(rbac.KindTenant, rbac.ScopeTenant), "on.any")
	ofOneProgram     = filterOf(listed(rbac.KindDeveloper, assignedOnly, "mp-1"), "on.any")
	ofTwoPrograms    = filterOf(listed(rbac.KindDeveloper, assignedOnly, "mp-2", "mp-1"), "on.any")
	ofMostPrograms   = filterOf(listed(rbac.KindDeveloper, assignedOnly, numbers(32)...), "on.any")
	ofManyPrograms   = filterOf(listed(rbac.KindDeveloper, assignedOnly, numbers(33)...), "on.any")
	thirtyTwo        = strings.Join(numbers(32), `","`)
	thirtyThree      = strings.Join(numbers(33), `","`)
	inShopPG         = `("w" = $1 AND ("w" || '') COLLATE "C" = $2::text)`
	inShopSQLite     = "(`w` IN (?, CAST(? AS BLOB)) AND CAST(`w` AS BLOB) = CAST(? AS BLOB))"
	inShopMySQL      = "(`w` = ? AND " + bytesMySQL("w") + " = CAST(? AS BINARY))"
	jsonTableOfMySQL = "CONCAT(CONVERT(`p` USING utf8mb4),'.') COLLATE utf8mb4_bin IN (SELECT CONCAT(j.id,'.') FROM " +
		"JSON_TABLE(?, '$[*]' COLUMNS(id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) j)" +
		" AND CAST(CONVERT(`p` USING utf8mb4) AS BINARY) = " + bytesMySQL("p")
)

// bytesMySQL is the bytes of a column in MySQL, whatever its type and its character set.
func bytesMySQL(column string) string {
	c := "`" + column + "`"
	return "IF(CHARSET(CONCAT(" + c + "))='binary', CAST(" + c + " AS BINARY)," +
		" CAST(CONVERT(" + c + " USING utf8mb4) AS BINARY))"
}

// numbers is 10, 11 and so on, which sort as texts too.
func numbers(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint(10+i))
	}
	return all
}

// The texts were tried on the three databases, on columns of every type. Whoever changes one tries it there again.
func TestWhereComparesExactlyInEachDialect(t *testing.T) {
	for _, row := range []struct {
		comparison string
		filter     rbac.Filter
		want       map[rbac.Dialect]string
		args       map[rbac.Dialect][]any
	}{
		{"equal", ofTheShop, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG, rbac.SQLite: inShopSQLite, rbac.MySQL: inShopMySQL,
		}, nil},
		{"equal, a second time", ofOwnThings, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND ("o" = $3 AND ("o" || '') COLLATE "C" = $4::text)`,
			rbac.SQLite:     inShopSQLite + " AND (`o` IN (?, CAST(? AS BLOB)) AND CAST(`o` AS BLOB) = CAST(? AS BLOB))",
			rbac.MySQL:      inShopMySQL + " AND (`o` = ? AND " + bytesMySQL("o") + " = CAST(? AS BINARY))",
		}, map[rbac.Dialect][]any{
			rbac.PostgreSQL: {"ann", "ann"}, rbac.SQLite: {"ann", "ann", "ann"}, rbac.MySQL: {"ann", "ann"},
		}},
		{"absent", ofWorkspaces, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND COALESCE("p" || '', '') COLLATE "C" = ''`,
			rbac.SQLite:     inShopSQLite + " AND COALESCE(CAST(`p` AS BLOB), x'') = x''",
			rbac.MySQL:      inShopMySQL + " AND COALESCE(" + bytesMySQL("p") + ", '') = ''",
		}, nil},
		{"present", ofMiniPrograms, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND COALESCE("p" || '', '') COLLATE "C" <> ''`,
			rbac.SQLite:     inShopSQLite + " AND COALESCE(CAST(`p` AS BLOB), x'') <> x''",
			rbac.MySQL:      inShopMySQL + " AND COALESCE(" + bytesMySQL("p") + ", '') <> ''",
		}, nil},
		{"known, and another", ofOtherPeople, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND COALESCE("o" || '', '') COLLATE "C" NOT IN ('', $3::text)`,
			rbac.SQLite:     inShopSQLite + " AND COALESCE(CAST(`o` AS BLOB), x'') NOT IN (x'', CAST(? AS BLOB))",
			rbac.MySQL:      inShopMySQL + " AND COALESCE(" + bytesMySQL("o") + ", '') NOT IN ('', CAST(? AS BINARY))",
		}, map[rbac.Dialect][]any{rbac.PostgreSQL: {"ann"}, rbac.SQLite: {"ann"}, rbac.MySQL: {"ann"}}},
		{"one of a list", ofTwoPrograms, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND ("p" = ANY($3) AND ("p" || '') COLLATE "C" = ANY($4::text[]))`,
			rbac.SQLite: inShopSQLite + " AND (`p` IN (SELECT value FROM json_each(?)" +
				" UNION ALL SELECT CAST(value AS BLOB) FROM json_each(?))" +
				" AND CAST(`p` AS BLOB) IN (SELECT CAST(value AS BLOB) FROM json_each(?)))",
			rbac.MySQL: inShopMySQL + " AND (" + jsonTableOfMySQL + ")",
		}, map[rbac.Dialect][]any{
			rbac.PostgreSQL: {`{"mp-1","mp-2"}`, `{"mp-1","mp-2"}`},
			rbac.SQLite:     {`["mp-1","mp-2"]`, `["mp-1","mp-2"]`, `["mp-1","mp-2"]`},
			rbac.MySQL:      {`["mp-1","mp-2"]`},
		}},
		{"one of the longest list for which the index is asked", ofMostPrograms, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND ("p" = ANY($3) AND ("p" || '') COLLATE "C" = ANY($4::text[]))`,
			rbac.SQLite: inShopSQLite + " AND (`p` IN (SELECT value FROM json_each(?)" +
				" UNION ALL SELECT CAST(value AS BLOB) FROM json_each(?))" +
				" AND CAST(`p` AS BLOB) IN (SELECT CAST(value AS BLOB) FROM json_each(?)))",
			rbac.MySQL: inShopMySQL + " AND (" + jsonTableOfMySQL + ")",
		}, map[rbac.Dialect][]any{
			rbac.PostgreSQL: {`{"` + thirtyTwo + `"}`, `{"` + thirtyTwo + `"}`},
			rbac.SQLite:     {`["` + thirtyTwo + `"]`, `["` + thirtyTwo + `"]`, `["` + thirtyTwo + `"]`},
			rbac.MySQL:      {`["` + thirtyTwo + `"]`},
		}},
		{"one of a longer list", ofManyPrograms, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND (("p" || '') COLLATE "C" = ANY($3::text[]))`,
			rbac.SQLite:     inShopSQLite + " AND (CAST(`p` AS BLOB) IN (SELECT CAST(value AS BLOB) FROM json_each(?)))",
			rbac.MySQL:      inShopMySQL + " AND (" + jsonTableOfMySQL + ")",
		}, map[rbac.Dialect][]any{
			rbac.PostgreSQL: {`{"` + thirtyThree + `"}`}, rbac.SQLite: {`["` + thirtyThree + `"]`},
			rbac.MySQL: {`["` + thirtyThree + `"]`},
		}},
		{"one of a list of one", ofOneProgram, map[rbac.Dialect]string{
			rbac.PostgreSQL: inShopPG + ` AND ("p" = $3 AND ("p" || '') COLLATE "C" = $4::text)`,
			rbac.SQLite:     inShopSQLite + " AND (`p` IN (?, CAST(? AS BLOB)) AND CAST(`p` AS BLOB) = CAST(? AS BLOB))",
			rbac.MySQL:      inShopMySQL + " AND (`p` = ? AND " + bytesMySQL("p") + " = CAST(? AS BINARY))",
		}, map[rbac.Dialect][]any{
			rbac.PostgreSQL: {"mp-1", "mp-1"}, rbac.SQLite: {"mp-1", "mp-1", "mp-1"}, rbac.MySQL: {"mp-1", "mp-1"},
		}},
	} {
		for _, dialect := range dialects {
			home := []any{"shop", "shop", "shop"}
			if dialect != rbac.SQLite {
				home = home[:2]
			}
			assertWhere(t, row.filter, columnsIn(dialect), "("+row.want[dialect]+")", append(home, row.args[dialect]...))
		}
	}
}

// Columns that compare byte by byte already need the native comparison only.
func TestWhereIsShorterOnColumnsThatCompareByteByByte(t *testing.T) {
	for _, row := range []struct {
		filter  rbac.Filter
		want    string // in SQLite and MySQL; with double quotes in PostgreSQL
		ofLists map[rbac.Dialect]string
		list    map[rbac.Dialect]any
	}{
		{ofTheShop, "`w` = ?", nil, nil},
		{ofOwnThings, "`w` = ? AND `o` = ?", nil, map[rbac.Dialect]any{
			rbac.PostgreSQL: "ann", rbac.SQLite: "ann", rbac.MySQL: "ann",
		}},
		{ofWorkspaces, "`w` = ? AND COALESCE(`p`, '') = ''", nil, nil},
		{ofMiniPrograms, "`w` = ? AND COALESCE(`p`, '') <> ''", nil, nil},
		{ofOtherPeople, "`w` = ? AND COALESCE(`o`, '') NOT IN ('', ?)", nil, map[rbac.Dialect]any{
			rbac.PostgreSQL: "ann", rbac.SQLite: "ann", rbac.MySQL: "ann",
		}},
		{ofOneProgram, "`w` = ? AND `p` = ?", nil, map[rbac.Dialect]any{
			rbac.PostgreSQL: "mp-1", rbac.SQLite: "mp-1", rbac.MySQL: "mp-1",
		}},
		{ofTwoPrograms, "", map[rbac.Dialect]string{
			rbac.PostgreSQL: "`w` = ? AND (`p` = ANY(?))",
			rbac.SQLite:     "`w` = ? AND (`p` IN (SELECT value FROM json_each(?)))",
			rbac.MySQL:      "`w` = ? AND (" + jsonTableOfMySQL + ")",
		}, map[rbac.Dialect]any{
			rbac.PostgreSQL: `{"mp-1","mp-2"}`, rbac.SQLite: `["mp-1","mp-2"]`, rbac.MySQL: `["mp-1","mp-2"]`,
		}},
		{ofManyPrograms, "", map[rbac.Dialect]string{
			rbac.PostgreSQL: "`w` = ? AND (`p` = ANY(?))",
			rbac.SQLite:     "`w` = ? AND (`p` IN (SELECT value FROM json_each(?)))",
			rbac.MySQL:      "`w` = ? AND (" + jsonTableOfMySQL + ")",
		}, map[rbac.Dialect]any{
			rbac.PostgreSQL: `{"` + thirtyThree + `"}`, rbac.SQLite: `["` + thirtyThree + `"]`,
			rbac.MySQL: `["` + thirtyThree + `"]`,
		}},
	} {
		for _, dialect := range dialects {
			columns := columnsIn(dialect)
			columns.Bytewise = true
			want, args := row.want, []any{"shop"}
			if want == "" {
				want = row.ofLists[dialect]
			}
			if row.list[dialect] != nil {
				args = append(args, row.list[dialect])
			}
			if dialect == rbac.PostgreSQL {
				want = strings.ReplaceAll(want, "`", `"`)
				columns.Placeholder = func(int) string { return "?" }
			}
			assertWhere(t, row.filter, columns, "("+want+")", args)
		}
	}
}

// A row of the tenant is in a workspace that has an ID, which only a comparison with the column can tell.
func TestWhereOfTheWholeTenantLooksAtTheWorkspace(t *testing.T) {
	for dialect, want := range map[rbac.Dialect]string{
		rbac.PostgreSQL: `(COALESCE("w" || '', '') COLLATE "C" <> '')`,
		rbac.SQLite:     "(COALESCE(CAST(`w` AS BLOB), x'') <> x'')",
		rbac.MySQL:      "(COALESCE(" + bytesMySQL("w") + ", '') <> '')",
	} {
		assertWhere(t, ofWholeTenant, columnsIn(dialect), want, nil)
	}
	assertWhere(t, ofMerchants, columnsIn(rbac.PostgreSQL),
		`(COALESCE("w" || '', '') COLLATE "C" NOT IN ('', $1::text) AND COALESCE("p" || '', '') COLLATE "C" = '')`,
		[]any{"wallet"})
}

// everyColumns visits the columns of each dialect, long and short, with and without each column that may be missing.
func everyColumns(visit func(c rbac.Columns)) {
	for _, dialect := range dialects {
		for _, bytewise := range []bool{false, true} {
			for _, words := range [][]string{nil, {"kind"}, {"program"}, {"owner"}, {"kind", "program", "owner"}} {
				columns := without(words...)
				columns.Dialect, columns.Bytewise, columns.Placeholder = dialect, bytewise, nil
				visit(columns)
			}
		}
	}
}

func TestWhereIsInParentheses(t *testing.T) {
	everyColumns(func(columns rbac.Columns) {
		everyClause(func(name string, f rbac.Filter) {
			clause, args, err := f.Where(columns)
			require.NoError(t, err, name)
			if clause == "1=0" {
				assert.Empty(t, args, "%s: arguments beside a clause that is never true", name)
				return
			}
			depth := 0
			for i, c := range clause {
				depth += map[rune]int{'(': 1, ')': -1}[c]
				require.Equal(t, i == len(clause)-1, depth == 0, "%s closes at byte %d: %s", name, i, clause)
			}
		})
	})
}

// A placeholder that stands twice has one type for two comparisons, and in PostgreSQL then finds rows too many.
func TestWhereUsesEachPlaceholderOnce(t *testing.T) {
	dollar := regexp.MustCompile(`\$[0-9]+`)
	everyColumns(func(columns rbac.Columns) {
		for _, columns.Offset = range []int{0, 7} {
			everyClause(func(name string, f rbac.Filter) {
				clause, args, err := f.Where(columns)
				require.NoError(t, err, name)
				if columns.Dialect == rbac.PostgreSQL {
					var want []string
					for i := range args {
						want = append(want, fmt.Sprintf("$%d", columns.Offset+i+1))
					}
					require.Equal(t, want, dollar.FindAllString(clause, -1), "%s: %s", name, clause)
				} else {
					require.Equal(t, len(args), strings.Count(clause, "?"), "%s: %s", name, clause)
				}

				own := columns
				var asked []int
				own.Placeholder = func(n int) string { asked = append(asked, n); return fmt.Sprintf(":%d:", n) }
				ownClause, ownArgs, err := f.Where(own)
				require.NoError(t, err, name)
				require.Equal(t, args, ownArgs, "%s: the arguments with a placeholder of the host's own", name)
				for i, n := range asked {
					require.Equal(t, columns.Offset+i+1, n, "%s: placeholders in turn", name)
					require.Equal(t, 1, strings.Count(ownClause, fmt.Sprintf(":%d:", n)), "%s: %s", name, ownClause)
				}
				require.Len(t, asked, len(args), name)
				require.NotContains(t, ownClause, "?", "%s: a placeholder of the dialect beside the host's own", name)
			})
		}
	})
}

func TestWhereCountsPlaceholdersFromTheOffset(t *testing.T) {
	filter := filterOf(listed(rbac.KindTenant, ownOrAssigned, "mp-1", "mp-2"), "on.miniprogram")
	named := func(n int) string { return fmt.Sprintf("@p%d", n) }
	args := []any{"wallet", "wallet", "tenant", "ann", `{"mp-1","mp-2"}`}
	for name, row := range map[string]struct {
		placeholder func(int) string
		offset      int
		want        string
	}{
		"of PostgreSQL": {nil, 0, `("tenant" = $1 AND "workspace" = $2 AND "kind" = $3` +
			` AND COALESCE("program", '') <> '' AND ("owner" = $4 OR ("program" = ANY($5))))`},
		"of PostgreSQL, after another": {nil, 1, `("tenant" = $2 AND "workspace" = $3 AND "kind" = $4` +
			` AND COALESCE("program", '') <> '' AND ("owner" = $5 OR ("program" = ANY($6))))`},
		"of a query builder that numbers them itself": {func(int) string { return "?" }, 3,
			`("tenant" = ? AND "workspace" = ? AND "kind" = ?` +
				` AND COALESCE("program", '') <> '' AND ("owner" = ? OR ("program" = ANY(?))))`},
		"of named arguments, after ten others": {named, 10,
			`("tenant" = @p11 AND "workspace" = @p12 AND "kind" = @p13` +
				` AND COALESCE("program", '') <> '' AND ("owner" = @p14 OR ("program" = ANY(@p15))))`},
	} {
		t.Run(name, func(t *testing.T) {
			columns := allColumns
			columns.Placeholder, columns.Offset = row.placeholder, row.offset
			assertWhere(t, filter, columns, row.want, args)
		})
	}
	columns := allColumns
	columns.Dialect, columns.Placeholder = rbac.SQLite, nil
	want, _, err := filter.Where(columns)
	require.NoError(t, err)
	columns.Offset = 5
	clause, _, err := filter.Where(columns)
	require.NoError(t, err)
	assert.Equal(t, want, clause, "a question mark has no number")
}

// theColumns has each column, its name in a clause, its place in an error, and whether a table may lack it.
var theColumns = []struct {
	word, place string
	optional    bool
	set         func(c *rbac.Columns, name string)
}{
	{"kind", "columns.kind", true, func(c *rbac.Columns, name string) { c.Kind = name }},
	{"tenant", "columns.tenant", true, func(c *rbac.Columns, name string) { c.Tenant = name }},
	{"workspace", "columns.workspace", false, func(c *rbac.Columns, name string) { c.Workspace = name }},
	{"program", "columns.mini_program", true, func(c *rbac.Columns, name string) { c.MiniProgram = name }},
	{"owner", "columns.owner", true, func(c *rbac.Columns, name string) { c.Owner = name }},
}

func noColumn(place string) string {
	if place == "columns.workspace" {
		return "rbac: columns.workspace: no column is named; name the column that holds it"
	}
	return fmt.Sprintf("rbac: %s: no column is named; name the column that holds it, or say NoColumn", place)
}

func badColumn(place, quoted string) string {
	const hint = `use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`
	return fmt.Sprintf("rbac: %s: invalid column name %s; %s", place, quoted, hint)
}

// assertNoWhere asserts an error for each problem, and a clause that finds nothing: the error may be ignored.
func assertNoWhere(t *testing.T, f rbac.Filter, c rbac.Columns, problems ...string) {
	t.Helper()
	clause, args, err := f.Where(c)
	assert.Equal(t, problems, problemsOf(t, err), "the problems with %+v", c)
	assert.Equal(t, "1=0", clause, "the clause beside an error")
	assert.Nil(t, args, "arguments beside an error")
}

// Whoever asks first is told, and not the first member whose clause needs the column.
func TestWhereNeedsEveryColumnForEveryFilter(t *testing.T) {
	withTheZeroFilter := func(visit func(f rbac.Filter)) {
		visit(rbac.Filter{})
		everyClause(func(_ string, f rbac.Filter) { visit(f) })
	}
	for _, column := range theColumns {
		columns := allColumns
		column.set(&columns, "")
		withTheZeroFilter(func(f rbac.Filter) { assertNoWhere(t, f, columns, noColumn(column.place)) })
	}
	columns := allColumns
	columns.Workspace = rbac.NoColumn
	withTheZeroFilter(func(f rbac.Filter) {
		assertNoWhere(t, f, columns,
			"rbac: columns.workspace: the clause needs a column; name the column that holds it")
		assertNoWhere(t, f, rbac.Columns{},
			"rbac: columns.dialect: no dialect; use PostgreSQL, SQLite or MySQL",
			noColumn("columns.kind"), noColumn("columns.tenant"), noColumn("columns.workspace"),
			noColumn("columns.mini_program"), noColumn("columns.owner"))
	})
	for _, dialect := range []rbac.Dialect{0, rbac.MySQL + 1, 255} {
		columns := allColumns
		columns.Dialect = dialect
		withTheZeroFilter(func(f rbac.Filter) {
			assertNoWhere(t, f, columns, "rbac: columns.dialect: no dialect; use PostgreSQL, SQLite or MySQL")
		})
	}
}

func TestWhereNamesEveryProblemWithColumns(t *testing.T) {
	columns := rbac.Columns{
		Dialect: 9, Kind: "k;", Tenant: "t t", Workspace: "", MiniProgram: "1", Owner: "o'", Offset: -2,
	}
	for _, f := range []rbac.Filter{{}, filterOf(listed(rbac.KindTenant, ownThings), "on.any")} {
		assertNoWhere(t, f, columns,
			"rbac: columns.dialect: no dialect; use PostgreSQL, SQLite or MySQL",
			badColumn("columns.kind", `"k;"`), badColumn("columns.tenant", `"t t"`),
			noColumn("columns.workspace"),
			badColumn("columns.mini_program", `"1"`), badColumn("columns.owner", `"o'"`),
			"rbac: columns.offset: -2 placeholders are used already; use 0 to 65535",
		)
	}
}

func TestWhereRefusesAnOffsetThatNoDatabaseTakes(t *testing.T) {
	filter := filterOf(listed(rbac.KindTenant, ownThings), "on.any")
	for _, dialect := range dialects {
		columns := allColumns
		columns.Dialect = dialect
		for _, columns.Offset = range []int{math.MinInt, -1, 65_536, math.MaxInt - 1, math.MaxInt} {
			want := fmt.Sprintf("rbac: columns.offset: %d placeholders are used already; use 0 to 65535", columns.Offset)
			assertNoWhere(t, filter, columns, want)
			assertNoWhere(t, rbac.Filter{}, columns, want)
		}
		columns.Offset = 65_535
		_, _, err := filter.Where(columns)
		assert.NoError(t, err)
	}
}

func TestWhereAcceptsOnlyIdentifiersAsColumns(t *testing.T) {
	valid := []string{
		"a", "z", "A", "Z", "_", "a0", "a9", "workspace_id", "WorkspaceID",
		"m.workspace_id", "public.m.workspace_id", "_._._",
		strings.Repeat("a", 64), strings.Repeat("a", 64) + "." + strings.Repeat("b", 64),
	}
	invalid := []string{
		" ", "a b", " a", "a ", "a-b", "1a", "0", "a;", "a--", "a/*", "a'", `a"`, `"a"`, "`a`", "[a]",
		"a,b", "a=1", "a)", "(a", "*", "m.*", "?", "$1", "a\x00", "a\n", "\t", "--", "-a", "a.-", "-.a",
		".", ".a", "a.", "a..b", "a.b.c.d", "a.1b", "@a", "[", "{", "^", "~", "a/", "a:", "a@", "a`", "a[", "a{",
		"naïve", "ａ", "\u212aind", "ſ", "\xff", "a\u200b", "OR 1=1", "1=1",
		strings.Repeat("a", 65), "a." + strings.Repeat("b", 65),
	}
	ann := staff("ann", theShop, inRole(rbac.DeveloperAdmin))
	filter := rbac.Default().BindAt(noon, ann).Filter(rbac.ReleaseMiniProgram)
	for _, column := range theColumns {
		for _, name := range valid {
			columns := allColumns
			column.set(&columns, name)
			_, _, err := filter.Where(columns)
			assert.NoError(t, err, "%s is %q", column.place, name)
		}
		for _, name := range invalid {
			columns := allColumns
			column.set(&columns, name)
			want := badColumn(column.place, cutAndQuoted(name))
			assertNoWhere(t, filter, columns, want)
			assertNoWhere(t, rbac.Filter{}, columns, want)
		}
	}
}

func cutAndQuoted(name string) string {
	if len(name) > 64 {
		return fmt.Sprintf("%q...", name[:64])
	}
	return fmt.Sprintf("%q", name)
}

// In PostgreSQL user is the database's own user, and SQLite takes an unknown name in double quotes for a text.
func TestWhereQuotesEveryName(t *testing.T) {
	columns := rbac.Columns{
		Kind: "select", Tenant: "s.t.null", Workspace: "m.current_user", MiniProgram: "ORDER", Owner: "user",
	}
	quoted := regexp.MustCompile("`[^`]*`|\"[^\"]*\"")
	everyClause(func(name string, f rbac.Filter) {
		for _, columns.Dialect = range dialects {
			for _, columns.Bytewise = range []bool{false, true} {
				clause, _, err := f.Where(columns)
				require.NoError(t, err, name)
				assert.NotRegexp(t, `(?i)\b(select|s|t|null|m|current_user|order|user)\b`,
					strings.ReplaceAll(strings.ReplaceAll(quoted.ReplaceAllString(clause, ""), "(SELECT ", "("), "ALL SELECT ", ""),
					"%s in dialect %d: %s", name, columns.Dialect, clause)
				other := map[bool]string{true: "`", false: `"`}[columns.Dialect == rbac.PostgreSQL]
				assert.NotContains(t, clause, other, "%s in dialect %d", name, columns.Dialect)
			}
		}
	})
	columns.Kind, columns.MiniProgram, columns.Bytewise = rbac.NoColumn, rbac.NoColumn, true
	for dialect, want := range map[rbac.Dialect]string{
		rbac.PostgreSQL: `("s"."t"."null" = $1 AND "m"."current_user" = $2 AND "user" = $3)`,
		rbac.SQLite:     "(`s`.`t`.`null` = ? AND `m`.`current_user` = ? AND `user` = ?)",
		rbac.MySQL:      "(`s`.`t`.`null` = ? AND `m`.`current_user` = ? AND `user` = ?)",
	} {
		columns.Dialect = dialect
		assertWhere(t, ofOwnThings, columns, want, []any{"wallet", "shop", "ann"})
	}
}

// hostileIDs would change a clause if they were part of it, or another argument if they were not escaped.
var hostileIDs = []string{
	"'", "' OR '1'='1", `"`, `","`, "?", "$1", "--", "/*", "\\", `\"`, `\\"`, "%", "_", "NULL", "null", ")", "wallet",
	"{}", "[]",
	`{"a"}`, "a,b", " ", "\t", "\n", "\u2028", "\u202e", "é", "😀", "\x7f", ".", "`", "x''", "a\u0300",
}

func TestWhereKeepsValuesOutOfTheClause(t *testing.T) {
	clauses := make(map[string]bool)
	for _, id := range hostileIDs {
		place := rbac.Tenant(id).Developer(id)
		f := filterOf(staff(id, place, inRole(roleThat(rbac.KindDeveloper, ownOrAssigned), id, "x"+id)), "on.any").
			Or(filterOf(staff(id, place, inRole(roleThat(rbac.KindDeveloper, wholeHome))), "eyes.any"))
		assert.True(t, f.Match(place.MiniProgram(id)), "%q", id)
		assert.False(t, f.Match(place.MiniProgram(id+" ")), "%q with a blank", id)
		for _, dialect := range dialects {
			columns := allColumns
			columns.Dialect, columns.Bytewise, columns.Placeholder = dialect, false, nil
			clause, args, err := f.Where(columns)
			require.NoError(t, err, "%q", id)
			clauses[clause] = true
			for _, arg := range args {
				if text := arg.(string); text != id && text != "developer" {
					assert.Contains(t, lists(dialect, id, "x"+id), text, "an argument for %q in dialect %d", id, dialect)
				}
			}
		}
	}
	assert.Len(t, clauses, len(dialects), "a clause for each dialect, whatever the IDs")
}

// lists is the IDs as one argument, in either order. The escapes are those of JSON, and of an array in PostgreSQL.
func lists(dialect rbac.Dialect, ids ...string) []string {
	var quoted []string
	for _, id := range ids {
		if dialect == rbac.PostgreSQL {
			quoted = append(quoted, `"`+strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(id)+`"`)
		} else {
			quoted = append(quoted, `"`+strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\t", `\t`, "\n", `\n`).Replace(id)+`"`)
		}
	}
	one := strings.Join(quoted, ",")
	slices.Reverse(quoted)
	other := strings.Join(quoted, ",")
	if dialect == rbac.PostgreSQL {
		return []string{"{" + one + "}", "{" + other + "}"}
	}
	return []string{"[" + one + "]", "[" + other + "]"}
}

// JSON cannot carry some IDs, and no text of PostgreSQL can be one. There a query that names one fails.
func TestWhereOfIDsThatNoListCarries(t *testing.T) {
	nul, broken := "a\x00", "a\xff"
	of := func(programs ...string) rbac.Filter {
		return filterOf(listed(rbac.KindDeveloper, assignedOnly, programs...), "on.any")
	}
	two := of("b", "c", nul, broken)
	assertAssigned := func(f rbac.Filter, dialect rbac.Dialect, want string, args ...any) {
		t.Helper()
		columns := columnsIn(dialect)
		columns.Bytewise, columns.Placeholder = true, func(int) string { return "?" }
		quote := map[bool]string{true: `"`, false: "`"}[dialect == rbac.PostgreSQL]
		assertWhere(t, f, columns, strings.ReplaceAll("(`w` = ? AND "+want+")", "`", quote), append([]any{"shop"}, args...))
	}
	assertAssigned(two, rbac.PostgreSQL, "(`p` = ANY(?))", `{"b","c"}`)
	assertAssigned(two, rbac.SQLite,
		"(`p` IN (SELECT value FROM json_each(?)) OR `p` = ? OR `p` = ?)", `["b","c"]`, nul, broken)
	assertAssigned(two, rbac.MySQL, "("+jsonTableOfMySQL+" OR `p` = ? OR `p` = ?)", `["b","c"]`, nul, broken)
	for _, dialect := range []rbac.Dialect{rbac.SQLite, rbac.MySQL} {
		assertAssigned(of(nul), dialect, "`p` = ?", nul)
		assertAssigned(of(broken, nul), dialect, "(`p` = ? OR `p` = ?)", nul, broken)
	}

	for _, id := range []string{nul, broken, "\xc3", "\xed\xa0\x80", "\x00"} {
		member := staff(id, theShop, inRole(roleThat(rbac.KindDeveloper, wholeHome)))
		columns := columnsIn(rbac.PostgreSQL)
		assertWhere(t, filterOf(member, "eyes.any"), columns,
			`(`+inShopPG+` AND COALESCE("o" || '', '') COLLATE "C" <> '')`, []any{"shop", "shop"})
		own := staff(id, theShop, inRole(roleThat(rbac.KindDeveloper, ownThings)))
		assertWhere(t, filterOf(own, "on.any"), columns, `(`+inShopPG+` AND 1=0)`, []any{"shop", "shop"})
		assertWhere(t, of(id), columns, `(`+inShopPG+` AND 1=0)`, []any{"shop", "shop"})
		assertWhere(t, of(id, id+"b"), columns, `(`+inShopPG+` AND 1=0)`, []any{"shop", "shop"})
		elsewhere := staff("ann", theWallet.Developer(id), inRole(roleThat(rbac.KindDeveloper, wholeHome)))
		assertWhere(t, filterOf(elsewhere, "on.any"), columns, `(1=0)`, nil)
		assert.True(t, filterOf(own, "on.any").Match(theShop.Resource().OwnedBy(id)), "%q in memory", id)
		assert.True(t, of(id, id+"b").Match(theShop.MiniProgram(id)), "%q in memory", id)
	}
}

// MySQL cuts an ID that is longer than the column of a JSON_TABLE, and the rest may be another's.
func TestWhereMakesAListInMySQLAsWideAsItsLongestID(t *testing.T) {
	long := func(n int) string { return strings.Repeat("m", n) }
	of := func(programs ...string) rbac.Filter {
		return filterOf(listed(rbac.KindDeveloper, assignedOnly, programs...), "on.any")
	}
	table := func(width int) string {
		return strings.ReplaceAll(jsonTableOfMySQL, "VARCHAR(64)", fmt.Sprintf("VARCHAR(%d)", width))
	}
	columns := columnsIn(rbac.MySQL)
	for longest, width := range map[int]int{
		1: 64, 64: 64, 65: 256, 256: 256, 257: 1_024, 1_024: 1_024, 1_025: 4_096, 4_096: 4_096,
	} {
		assertWhere(t, of("a", long(longest)), columns, "("+inShopMySQL+" AND ("+table(width)+"))",
			[]any{"shop", "shop", `["a","` + long(longest) + `"]`})
	}
	alone := "(`p` = ? AND " + bytesMySQL("p") + " = CAST(? AS BINARY))"
	assertWhere(t, of("a", "b", long(4_097)), columns, "("+inShopMySQL+" AND ("+table(64)+" OR "+alone+"))",
		[]any{"shop", "shop", `["a","b"]`, long(4_097), long(4_097)})
	assertWhere(t, of("a", long(4_097)), columns, "("+inShopMySQL+" AND ("+table(64)+" OR "+alone+"))",
		[]any{"shop", "shop", `["a"]`, long(4_097), long(4_097)})
	assertWhere(t, of(long(4_097)), columns, "("+inShopMySQL+" AND "+alone+")",
		[]any{"shop", "shop", long(4_097), long(4_097)})
	assertWhere(t, of("é", strings.Repeat("é", 33)), columns, "("+inShopMySQL+" AND ("+table(256)+"))", // 66 bytes
		[]any{"shop", "shop", `["é","` + strings.Repeat("é", 33) + `"]`})
	for _, dialect := range []rbac.Dialect{rbac.PostgreSQL, rbac.SQLite} {
		_, args, err := of("a", "b", long(5_000)).Where(columnsIn(dialect))
		require.NoError(t, err)
		assert.Contains(t, args[len(args)-1], long(5_000), "dialect %d cuts nothing", dialect)
	}
}

func TestWhereSortsAssignedProgramsAndNamesEachOnce(t *testing.T) {
	dev := func(programs ...string) rbac.Assignment {
		return inRole(roleThat(rbac.KindDeveloper, assignedOnly), programs...)
	}
	const one, several = `"program" = ?`, `("program" = ANY(?))`
	tests := []struct {
		name string
		held []rbac.Assignment
		in   string
		arg  any
	}{
		{"one", []rbac.Assignment{dev("b")}, one, "b"},
		{"two", []rbac.Assignment{dev("b", "a")}, several, `{"a","b"}`},
		{"the same twice", []rbac.Assignment{dev("b", "a", "b")}, several, `{"a","b"}`},
		{"the same in two assignments", []rbac.Assignment{dev("b"), dev("b")}, one, "b"},
		{"of several assignments", []rbac.Assignment{dev("c", "a"), dev("b", "a")}, several, `{"a","b","c"}`},
		{"with empty ones", []rbac.Assignment{dev("", "b"), dev(""), dev("a", "")}, several, `{"a","b"}`},
		{"byte by byte", []rbac.Assignment{dev("a", "B", "b", "A", "10", "9")}, several, `{"10","9","A","B","a","b"}`},
		{"not of an expired assignment", []rbac.Assignment{dev("b"), until(noon, dev("a"))}, one, "b"},
		{"not of a role that does not grant it", []rbac.Assignment{dev("b"), inRole("nobody", "a")}, one, "b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			filter := filterOf(staff("ann", theShop, test.held...), "on.miniprogram")
			clause := `("tenant" = ? AND "workspace" = ? AND "kind" = ? AND ` + test.in + `)`
			assertWhere(t, filter, allColumns, clause, []any{"wallet", "shop", "developer", test.arg})
		})
	}
}

// A role without ScopeAssigned adds none of its programs.
func TestWhereLeavesOutProgramsOfRolesThatDoNotNeedThem(t *testing.T) {
	owns, assigned := roleThat(rbac.KindDeveloper, ownThings), roleThat(rbac.KindDeveloper, assignedOnly)
	filter := filterOf(staff("ann", theShop, inRole(owns, "mp-9"), inRole(assigned, "mp-1")), "on.miniprogram")
	assertWhere(t, filter, allColumns,
		`("tenant" = ? AND "workspace" = ? AND "kind" = ?`+andProgram+` AND ("owner" = ? OR "program" = ?))`,
		[]any{"wallet", "shop", "developer", "ann", "mp-1"})
	assert.False(t, filter.Match(theShop.MiniProgram("mp-9")))
}

// However many programs a member has, they are as many arguments as two are. Sorting so many would cost too much.
func TestWhereOfVeryManyProgramsHasOneArgumentForThem(t *testing.T) {
	programs := programsTo(100_000)
	programs = append(programs, programs[0], "a\x00")
	filter := filterOf(listed(rbac.KindDeveloper, assignedOnly, programs...), "on.any")
	for dialect, arguments := range map[rbac.Dialect]int{
		rbac.PostgreSQL: 3, rbac.SQLite: 3 + 1 + 3, rbac.MySQL: 2 + 1 + 2, // the last ID goes alone
	} {
		clause, args, err := filter.Where(columnsIn(dialect))
		require.NoError(t, err)
		assert.Len(t, args, arguments, "dialect %d", dialect)
		assert.Less(t, len(clause), 1_000, "dialect %d", dialect)
		for _, id := range []string{"mp-1", "mp-50000", "mp-100000"} {
			assert.True(t, slices.ContainsFunc(args, func(arg any) bool {
				return strings.Contains(arg.(string), `"`+id+`"`)
			}), "%s among the arguments of dialect %d", id, dialect)
		}
	}
}
