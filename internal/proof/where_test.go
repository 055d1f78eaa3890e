package proof

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

// listing is a filter with the members whom it is of.
type listing struct {
	filter rbac.Filter
	homes  []rbac.Workspace
	text   string
}

func (w world) listing(m rbac.Member, a rbac.Action) listing {
	filter := w.policy.BindAt(w.now, m).Filter(a)
	return listing{filter, []rbac.Workspace{m.Workspace}, fmt.Sprintf("%q by %s", a, memberText(m))}
}

func (l listing) or(other listing) listing {
	return listing{l.filter.Or(other.filter), slices.Concat(l.homes, other.homes), l.text + ", or " + other.text}
}

// severalTenants says whether the filter has parts of two tenants, as far as it has any.
func (l listing) severalTenants() bool {
	terms := l.filter.Terms()
	return slices.ContainsFunc(terms, func(t rbac.Terms) bool { return t.Workspace.Tenant != terms[0].Workspace.Tenant })
}

// compareWhere runs the clause of a filter in a table of the world's resources, and compares the rows it returns with
// what Match and Terms say. It returns how many rows it compared.
func (w world) compareWhere(t testing.TB, d dice, l listing, c rbac.Columns) (compared tally) {
	t.Helper()
	clause, args, err := l.filter.Where(c)
	wrong := isWrong(c.Dialect, c.Offset, resourceColumns(c), []string{c.Workspace}) ||
		c.Tenant == rbac.NoColumn && l.severalTenants()
	if (err != nil) != wrong || wrong && (clause != "1=0" || args != nil) {
		t.Fatalf("%v: Where of %+v: %q, %q, %v", w, c, clause, args, err)
	}
	if wrong {
		return compared
	}
	tb := tableOf(c)
	returned, err := tb.prepare(clause, args)
	if err != nil {
		t.Fatalf("%v: %v: %s with %q, for %s", w, err, clause, args, l.text)
	}
	if l.filter.None() && clause != "1=0" {
		t.Fatalf("%v: the clause of a filter that matches nothing: %s", w, clause)
	}
	if !areDifferent(tb.columns) {
		return compared
	}
	for _, r := range w.resources {
		r, held := tb.resource(d, c, r, l.homes)
		if !held {
			continue
		}
		want := l.filter.Match(r)
		compared.count(want)
		got, err := returned(tb.rowOf(d, c, r))
		if err != nil || got != want || matchesTerms(l.filter.Terms(), r) != want {
			t.Fatalf("%v: Match says %v, the clause %v, %v: %+v, for %s\n%s\n%q",
				w, want, got, err, r, l.text, clause, args)
		}
	}
	return compared
}

var (
	dialects   = []rbac.Dialect{rbac.PostgreSQL, rbac.SQLite, rbac.MySQL}
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,2}$`)
)

func resourceColumns(c rbac.Columns) []string {
	return []string{c.Kind, c.Tenant, c.Workspace, c.MiniProgram, c.Owner}
}

// isWrong says whether Where must refuse the columns. The needed ones must be columns of the table.
func isWrong(dialect rbac.Dialect, offset int, columns, needed []string) bool {
	isColumn := func(name string) bool { return identifier.MatchString(name) }
	for _, name := range columns {
		if !isColumn(name) && (name != rbac.NoColumn || slices.Contains(needed, name)) {
			return true
		}
	}
	return offset < 0 || offset > 65_535 || !slices.Contains(dialects, dialect)
}

func tableOf(c rbac.Columns) table {
	return table{c.Dialect, c.Bytewise, namedOnly(resourceColumns(c)), c.Placeholder, c.Offset}
}

func namedOnly(columns []string) []string {
	return slices.DeleteFunc(columns, func(name string) bool { return name == rbac.NoColumn })
}

// areDifferent is false if one column has two fields. The table then tells nothing of what its rows are.
func areDifferent(columns []string) bool { return len(columns) == len(unique(columns)) }

// isNamesake is a merchant that looks like its tenant in a table without a column for the kind.
func isNamesake(w rbac.Workspace) bool { return w.Kind == rbac.KindDeveloper && w.ID == w.Tenant }

// resource is what the table says of a resource, and whether the table can have it.
func (tb table) resource(
	d dice, c rbac.Columns, r rbac.Resource, homes []rbac.Workspace,
) (stored rbac.Resource, held bool) {
	if chance(d, 30) {
		r = misspelt(d, r)
	}
	if c.MiniProgram == rbac.NoColumn {
		r.MiniProgram = ""
	}
	if c.Owner == rbac.NoColumn {
		r.Owner = ""
	}
	elsewhere := func(w rbac.Workspace) bool { return w.Tenant != r.Workspace.Tenant }
	if c.Tenant == rbac.NoColumn && slices.ContainsFunc(homes, elsewhere) {
		return r, false
	}
	places := append([]rbac.Workspace{r.Workspace}, homes...)
	if c.Kind == rbac.NoColumn && (slices.ContainsFunc(places, isNamesake) || !isValid(r.Workspace)) {
		return r, false
	}
	return r, tb.canHold(r.Workspace.ID, r.Workspace.Tenant, r.MiniProgram, r.Owner)
}

func (tb table) canHold(ids ...string) bool {
	refused := func(id string) bool { return !isHeldByPostgreSQL(id) }
	return tb.dialect != rbac.PostgreSQL || !slices.ContainsFunc(ids, refused)
}

// misspelt has one ID that some collation takes for the same.
func misspelt(d dice, r rbac.Resource) rbac.Resource {
	id := pick(d, []*string{&r.MiniProgram, &r.MiniProgram, &r.Owner, &r.Owner, &r.Workspace.ID, &r.Workspace.Tenant})
	*id = misspeltID(d, *id)
	return r
}

func misspeltID(d dice, id string) string {
	return pick(d, []string{
		id + " ", strings.ToUpper(id), "0" + id, id + "\x00", " ", "0", id + "\xff", strings.Replace(id, "k", "\u212a", 1),
	})
}

// rowOf stores a resource as a host does, with some of the empty fields as NULL.
func (tb table) rowOf(d dice, c rbac.Columns, r rbac.Resource) sqlRow {
	return sqlRow{
		c.Kind:        tb.stored(d, kindWords[r.Workspace.Kind]),
		c.Tenant:      tb.stored(d, r.Workspace.Tenant),
		c.Workspace:   tb.stored(d, r.Workspace.ID),
		c.MiniProgram: tb.stored(d, r.MiniProgram),
		c.Owner:       tb.stored(d, r.Owner),
	}
}

var kindWords = map[rbac.WorkspaceKind]string{rbac.KindTenant: "tenant", rbac.KindDeveloper: "developer"}

// stored is a text as a column has it. Where a column of the dialect can have both texts and blobs, it is one of them.
func (tb table) stored(d dice, id string) any {
	asBlob := tb.dialect == rbac.MySQL || tb.dialect == rbac.SQLite && !tb.bytewise
	switch {
	case id == "" && chance(d, 50):
		return nil
	case tb.dialect == rbac.MySQL && !utf8.ValidString(id), asBlob && chance(d, 25):
		return sqlBlob(id)
	}
	return plain(id)
}

// matchesTerms reads the parts of a filter as their documentation says.
func matchesTerms(terms []rbac.Terms, r rbac.Resource) bool {
	return isValid(r.Workspace) && slices.ContainsFunc(terms, func(t rbac.Terms) bool {
		target := rbac.OnMiniProgram
		if r.MiniProgram == "" {
			target = map[rbac.WorkspaceKind]rbac.Target{
				rbac.KindTenant: rbac.OnTenant, rbac.KindDeveloper: rbac.OnDeveloper,
			}[r.Workspace.Kind]
		}
		if t.Target&target == 0 || t.FourEyes && (r.Owner == "" || r.Owner == t.Member) {
			return false
		}
		here := r.Workspace == t.Workspace
		return t.Scope&rbac.ScopeTenant != 0 && r.Workspace.Tenant == t.Workspace.Tenant ||
			here && t.Scope&rbac.ScopeWorkspace != 0 ||
			here && t.Scope&rbac.ScopeOwn != 0 && r.Owner == t.Member ||
			here && t.Scope&rbac.ScopeAssigned != 0 && slices.Contains(t.MiniPrograms, r.MiniProgram)
	})
}

// columnsIn are columns of a table of that dialect, some qualified and some absent.
func columnsIn(d dice, dialect rbac.Dialect) rbac.Columns {
	c := rbac.Columns{
		Dialect:     dialect,
		Kind:        orNone(d, "kind"),
		Tenant:      orNone(d, "r.tenant_id"),
		Workspace:   "r.workspace_id",
		MiniProgram: orNone(d, "app.r.program_id"),
		Owner:       orNone(d, "owner"),
		Bytewise:    chance(d, 40),
		Offset:      d.IntN(3),
	}
	c.Placeholder = anyPlaceholder(d)
	return c
}

func orNone(d dice, column string) string {
	if chance(d, 15) {
		return rbac.NoColumn
	}
	return column
}

func anyPlaceholder(d dice) func(n int) string {
	if chance(d, 80) {
		return nil
	}
	return func(n int) string { return fmt.Sprintf(":p%d", n) }
}

// A database with three-valued logic and a loose collation reads the clause here.
func TestLaw2WhereKeepsTheSameRows(t *testing.T) {
	t.Parallel()
	seen := map[rbac.Dialect]*tally{rbac.PostgreSQL: {}, rbac.SQLite: {}, rbac.MySQL: {}}
	joined, rows := tally{}, 0
	worlds(t, 18, 150, fixedTime(), func(d dice, w world) {
		for _, m := range w.members {
			for _, a := range w.someActions(d, 10) {
				one := w.listing(m, a)
				other := w.listing(pick(d, w.members), pick(d, w.actions))
				for _, dialect := range dialects {
					seen[dialect].add(w.compareWhere(t, d, one, columnsIn(d, dialect)))
				}
				joined.add(w.compareWhere(t, d, one.or(other), columnsIn(d, pick(d, dialects))))
			}
		}
	})
	for _, dialect := range dialects {
		seen[dialect].requireBoth(t, 4_000)
		rows += seen[dialect].yes + seen[dialect].no
	}
	joined.requireBoth(t, 4_000)
	t.Logf("%d rows compared", rows+joined.yes+joined.no)
}

// Lists of IDs are one or two arguments, however many IDs there are and whatever is in them.
func TestLaw2WhereFindsEveryAssignedProgram(t *testing.T) {
	t.Parallel()
	var seen tally
	d := seeded(30, 0)
	for _, number := range []int{1, 2, 20, 32, 33, 200} {
		for range 8 {
			ids := hostileProgramIDs(d, number)
			w := world{label: fmt.Sprintf("%d programs", number), policy: rbac.Default(), timeline: timeline{now: noon}}
			for _, id := range ids {
				near := misspeltID(d, id)
				w.resources = append(w.resources, theShop.MiniProgram(id), theShop.MiniProgram(near), banksShop.MiniProgram(id))
			}
			l := w.listing(annWith(inRole(rbac.Developer, ids...)), rbac.ReleaseMiniProgram)
			for _, dialect := range dialects {
				seen.add(w.compareWhere(t, d, l, columnsIn(d, dialect)))
			}
		}
	}
	t.Logf("%d rows compared", seen.yes+seen.no)
	seen.requireBoth(t, 5_000)
}

func hostileProgramIDs(d dice, number int) []string {
	ids := make([]string, 0, number)
	for i := range number {
		switch id := pick(d, slices.Concat(sqlStrings, hostileStrings[:len(hostileStrings)-2])); d.IntN(4) {
		case 0:
			ids = append(ids, id)
		case 1:
			ids = append(ids, fmt.Sprintf("%s%d", id, i))
		case 2:
			ids = append(ids, strings.Repeat("m", pick(d, []int{63, 64, 65, 256, 257, 1024, 1025, 4096, 4097}))+id)
		case 3:
			ids = append(ids, fmt.Sprintf(`{"%s",\%d}`, id, i))
		}
	}
	return ids
}

// Or changes neither of its sides, however many parts they have.
func TestLaw9OrChangesNoFilter(t *testing.T) {
	t.Parallel()
	filterOf := func(id string, w rbac.Workspace) rbac.Filter {
		admin := rbac.DeveloperAdmin
		if w.Kind == rbac.KindTenant {
			admin = rbac.WorkspaceAdmin
		}
		return rbac.Default().BindAt(noon, staff(id, w, inRole(admin))).Filter(rbac.ViewMiniProgram)
	}
	assigned := annWith(inRole(rbac.Developer, "mp-1"))
	joined := rbac.Default().BindAt(noon, assigned).Filter(rbac.ViewMiniProgram)
	for range 9 {
		before := joined.String()
		left := joined.Or(filterOf("bob", theBakery))
		text := left.String()
		right := joined.Or(filterOf("cy", theBank))
		assert.Equal(t, before, joined.String(), "the filter that was joined")
		assert.Equal(t, text, left.String(), "what Or returned first")
		assert.Equal(t, text, left.Or(rbac.Filter{}).String(), "the zero Filter adds nothing")
		assert.True(t, left.Match(theBakery.MiniProgram("mp-1")), "bob sees the bakery")
		assert.False(t, left.Match(theBank.MiniProgram("mp-1")), "cy's filter is no part of it")
		assert.True(t, right.Match(theShop.MiniProgram("mp-1")), "ann sees mp-1")
		assert.False(t, right.Match(theShop.MiniProgram("mp-2")), "nobody sees mp-2")
		joined = joined.Or(filterOf("dee", walletCafe))
	}
}
