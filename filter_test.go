package rbac_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listing has two actions for each set of targets: "on.<targets>", and "eyes.<targets>" under four eyes. It has a role
// for each kind and each set of scopes, "<kind>.<scopes>", which grants every action through the scopes that can match.
var listing = rbac.Must(rbac.New(listingSpec()))

func listingSpec() rbac.Spec {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for target := rbac.OnTenant; target <= rbac.OnAny; target++ {
		spec.Actions[actionOn("on", target)] = target
		spec.Actions[actionOn("eyes", target)] = target
		spec.FourEyes = append(spec.FourEyes, actionOn("eyes", target))
	}
	for scope := rbac.ScopeOwn; scope < 2*rbac.ScopeTenant; scope++ {
		spec.Roles = append(spec.Roles, listingRole(rbac.KindTenant, scope, spec.Actions))
		if scope < rbac.ScopeTenant {
			spec.Roles = append(spec.Roles, listingRole(rbac.KindDeveloper, scope, spec.Actions))
		}
	}
	return spec
}

func actionOn(family string, target rbac.Target) rbac.Action {
	return rbac.Action(family + "." + strings.ReplaceAll(target.String(), "|", "_"))
}

func roleThat(kind rbac.WorkspaceKind, scopes rbac.Scope) rbac.RoleID {
	return rbac.RoleID(kind.String() + "." + strings.ReplaceAll(scopes.String(), "|", "_"))
}

func listingRole(kind rbac.WorkspaceKind, scopes rbac.Scope, actions map[rbac.Action]rbac.Target) rbac.Role {
	role := rbac.Role{ID: roleThat(kind, scopes), Kind: kind, Permissions: rbac.Permissions{}}
	for action, target := range actions {
		usable := usableScopes(kind, scopes, target)
		if usable == rbac.ScopeOwn && strings.HasPrefix(string(action), "eyes.") {
			continue // New refuses it, because four eyes never let the owner pass
		}
		if usable != 0 {
			role.Permissions[action] = usable
		}
	}
	return role
}

// listed is ann, who has the role of those scopes on those programs, in the wallet or in the shop.
func listed(kind rbac.WorkspaceKind, scopes rbac.Scope, programs ...string) rbac.Member {
	return staff("ann", placeOf(kind), inRole(roleThat(kind, scopes), programs...))
}

func placeOf(kind rbac.WorkspaceKind) rbac.Workspace {
	if kind == rbac.KindDeveloper {
		return theShop
	}
	return theWallet
}

func filterOf(member rbac.Member, action rbac.Action) rbac.Filter {
	return listing.BindAt(noon, member).Filter(action)
}

// listedMembers have each role without a program, with an empty one and with some, and pairs of roles.
func listedMembers() []rbac.Member {
	var members []rbac.Member
	for role := range listing.Roles() {
		place := placeOf(role.Kind)
		for _, programs := range [][]string{nil, {""}, {"mp-1"}, {"mp-2", "", "mp-1", "mp-2"}} {
			members = append(members, staff("ann", place, inRole(role.ID, programs...)))
		}
		weak := roleThat(role.Kind, rbac.ScopeAssigned)
		members = append(members, staff("ann", place, inRole(weak, "mp-3"), inRole(role.ID, "mp-1")))
	}
	return members
}

func TestFilterMatchIsWhatTheMemberCanDo(t *testing.T) {
	resources := listedResources()
	matched, compared := 0, 0
	for _, m := range listedMembers() {
		subject := listing.BindAt(noon, m)
		for action := range listing.Actions() {
			filter := subject.Filter(action)
			for _, r := range resources {
				can := subject.Can(action, r)
				require.Equal(t, can, filter.Match(r), "%s of %+v by %+v", action, r, m)
				compared++
				if can {
					matched++
				}
			}
		}
	}
	assert.Greater(t, matched, 10_000, "resources that match, of %d", compared)
	assert.Greater(t, compared-matched, 100_000, "resources that do not match, of %d", compared)
}

func TestFilterIsAsOfTheTimeOfItsSubject(t *testing.T) {
	m := staff("ann", theShop, from(noon, until(noon.Add(time.Hour), inRole(rbac.Developer, "mp-1"))))
	for now, want := range map[time.Time]bool{
		noon.Add(-1): false, noon: true, noon.Add(time.Hour - 1): true, noon.Add(time.Hour): false,
	} {
		filter := rbac.Default().BindAt(now, m).Filter(rbac.ReleaseMiniProgram)
		assert.Equal(t, want, filter.Match(theShop.MiniProgram("mp-1")), "at %s", now)
	}
}

func TestFilterKeepsNothingOfItsCaller(t *testing.T) {
	programs := []string{"mp-1", "mp-2"}
	ann := staff("ann", theShop, inRole(rbac.Developer, programs...))
	filter := rbac.Default().BindAt(noon, ann).Filter(rbac.ReleaseMiniProgram)
	_, args, err := filter.Where(allColumns)
	require.NoError(t, err)
	programs[0] = "mp-3"
	args[len(args)-1] = "mp-3"
	assert.False(t, filter.Match(theShop.MiniProgram("mp-3")), "a program that the caller added later")
	_, again, err := filter.Where(allColumns)
	require.NoError(t, err)
	assert.Equal(t, []any{"wallet", "shop", "developer", "mp-1", "mp-2"}, again)
}

func TestFilterMatchAllocatesNothing(t *testing.T) {
	everyClause(func(name string, f rbac.Filter) {
		for _, r := range []rbac.Resource{theWallet.MiniProgram("mp-1").OwnedBy("bob"), theShop.Resource(), {}} {
			assert.Zero(t, testing.AllocsPerRun(10, func() { f.Match(r) }), "%s of %+v", name, r)
		}
	})
}

func TestFilterOfNothing(t *testing.T) {
	isDeveloper := inRole(rbac.Developer, "mp-1")
	dev := staff("ann", theShop, isDeveloper)
	of := func(member rbac.Member, action rbac.Action) rbac.Filter {
		return rbac.Default().BindAt(noon, member).Filter(action)
	}
	holding := func(held rbac.Assignment) rbac.Filter {
		return of(staff("ann", theShop, held), rbac.ReleaseMiniProgram)
	}
	var noPolicy *rbac.Policy
	var noSubject *rbac.Subject
	tests := []struct {
		name   string
		filter rbac.Filter
	}{
		{"the zero Filter", rbac.Filter{}},
		{"of the nil Subject", noSubject.Filter(rbac.ReleaseMiniProgram)},
		{"of the zero Subject", new(rbac.Subject).Filter(rbac.ReleaseMiniProgram)},
		{"of the nil Policy", noPolicy.BindAt(noon, dev).Filter(rbac.ReleaseMiniProgram)},
		{"of an unknown action", of(dev, "miniprogram.relase")},
		{"of no action", of(dev, "")},
		{"of an action that is not granted", of(dev, rbac.ManageCampaigns)},
		{"of a member who is blocked", of(inStatus(rbac.StatusBlocked, dev), rbac.ReleaseMiniProgram)},
		{"of a member of a suspended workspace", of(inSuspended(dev), rbac.ReleaseMiniProgram)},
		{"of a member without an ID", of(staff("", theShop, isDeveloper), rbac.ReleaseMiniProgram)},
		{"of a role without programs", holding(inRole(rbac.Developer))},
		{"of a role with an empty program", holding(inRole(rbac.Developer, ""))},
		{"of a role that has expired", holding(until(noon, isDeveloper))},
		{"of a role that starts later", holding(from(noon.Add(1), isDeveloper))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.True(t, test.filter.None())
			assert.Equal(t, "nothing", test.filter.String())
			assert.False(t, test.filter.Match(theShop.MiniProgram("mp-1")))
			assert.False(t, test.filter.Match(rbac.Resource{}))
			clause, args, err := test.filter.Where(rbac.Columns{})
			require.NoError(t, err, "without any column")
			assert.Equal(t, "1=0", clause)
			assert.Empty(t, args)
		})
	}
}

// A host makes no query where None is true, so None must be false of every filter that matches something.
func TestFilterNoneIsTrueWhereNothingMatches(t *testing.T) {
	resources := listedResources()
	var wrong []string
	for _, m := range listedMembers() {
		subject := listing.BindAt(noon, m)
		for action := range listing.Actions() {
			filter := subject.Filter(action)
			if matches := slices.ContainsFunc(resources, filter.Match); filter.None() == matches {
				wrong = append(wrong, fmt.Sprintf("None is %t of %q", filter.None(), filter))
			}
		}
	}
	slices.Sort(wrong)
	assert.Empty(t, slices.Compact(wrong))
}

// termsMatch reads Terms as their doc comment says.
func termsMatch(terms rbac.Terms, r rbac.Resource) bool {
	target := rbac.Target(r.Workspace.Kind)
	if r.MiniProgram != "" {
		target = rbac.OnMiniProgram
	}
	if r.Workspace.Validate() != nil || terms.Target&target == 0 {
		return false
	}
	if terms.FourEyes && (r.Owner == "" || r.Owner == terms.Member) {
		return false
	}
	home := r.Workspace == terms.Workspace
	return terms.Scope&rbac.ScopeTenant != 0 && r.Workspace.Tenant == terms.Workspace.Tenant ||
		terms.Scope&rbac.ScopeWorkspace != 0 && home ||
		terms.Scope&rbac.ScopeOwn != 0 && home && r.Owner == terms.Member ||
		terms.Scope&rbac.ScopeAssigned != 0 && home && slices.Contains(terms.MiniPrograms, r.MiniProgram)
}

func TestTermsDescribeWhatTheFilterMatches(t *testing.T) {
	resources := listedResources()
	for _, m := range listedMembers() {
		subject := listing.BindAt(noon, m)
		for action := range listing.Actions() {
			filter := subject.Filter(action)
			terms := filter.Terms()
			for _, r := range resources {
				require.Equal(t, filter.Match(r), termsMatch(terms, r), "%s of %+v by %+v: %+v", action, r, m, terms)
			}
		}
	}
}

func TestTermsAreTheFilterInParts(t *testing.T) {
	tests := []struct {
		name   string
		member rbac.Member
		action rbac.Action
		want   rbac.Terms
	}{
		{"of the whole tenant",
			listed(rbac.KindTenant, rbac.ScopeTenant|ownOrAssigned, "mp-1"), "on.workspace", rbac.Terms{
				Scope: rbac.ScopeTenant, Target: rbac.OnWorkspace, Workspace: theWallet, Member: "ann",
			}},
		{"of the own workspace", listed(rbac.KindDeveloper, wholeHome|assignedOnly, "mp-1"), "eyes.any", rbac.Terms{
			Scope: rbac.ScopeWorkspace, Target: rbac.OnAny, Workspace: theShop, Member: "ann", FourEyes: true,
		}},
		{"of assigned programs",
			listed(rbac.KindDeveloper, assignedOnly, "mp-2", "", "mp-1", "mp-2"), "on.miniprogram", rbac.Terms{
				Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram, Workspace: theShop, Member: "ann",
				MiniPrograms: []string{"mp-1", "mp-2"},
			}},
		{"of own things and assigned programs", listed(rbac.KindDeveloper, ownOrAssigned, "mp-1"), "on.any", rbac.Terms{
			Scope: ownOrAssigned, Target: rbac.OnAny, Workspace: theShop, Member: "ann", MiniPrograms: []string{"mp-1"},
		}},
		{"of own things, and no program", listed(rbac.KindDeveloper, ownOrAssigned), "on.any", rbac.Terms{
			Scope: rbac.ScopeOwn, Target: rbac.OnAny, Workspace: theShop, Member: "ann",
		}},
		{"of nothing", listed(rbac.KindDeveloper, assignedOnly), "on.any", rbac.Terms{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := filterOf(test.member, test.action).Terms()
			assert.Len(t, got.MiniPrograms, len(test.want.MiniPrograms))
			got.MiniPrograms = append([]string(nil), got.MiniPrograms...)
			assert.Equal(t, test.want, got)
		})
	}
	assert.Equal(t, rbac.Terms{}, rbac.Filter{}.Terms(), "of the zero Filter")
}

func TestTermsBelongToTheCaller(t *testing.T) {
	filter := filterOf(listed(rbac.KindDeveloper, assignedOnly, "mp-1"), "on.any")
	filter.Terms().MiniPrograms[0] = "mp-2"
	assert.Equal(t, []string{"mp-1"}, filter.Terms().MiniPrograms, "after a caller changed its terms")
	assert.True(t, filter.Match(theShop.MiniProgram("mp-1")))
}

var (
	allColumns = rbac.Columns{
		Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "program", Owner: "owner",
	}
	withoutKind = rbac.Columns{Tenant: "tenant", Workspace: "workspace", MiniProgram: "program", Owner: "owner"}
)

const (
	ownThings     = rbac.ScopeOwn
	assignedOnly  = rbac.ScopeAssigned
	ownOrAssigned = rbac.ScopeOwn | rbac.ScopeAssigned
	wholeHome     = rbac.ScopeWorkspace
)

const (
	andLevel   = ` AND (program IS NULL OR program = '')` // workspace-level
	andProgram = ` AND program <> ''`                     // of a mini program
	andSecond  = ` AND owner <> '' AND owner <> ?`        // four eyes
)

// homeClauses has what a clause adds to the comparisons of tenant, workspace and kind, for a member who reaches the own
// workspace only. The member is assigned mp-1 and mp-2.
var homeClauses = []struct {
	kind   rbac.WorkspaceKind
	scope  rbac.Scope
	action rbac.Action
	adds   string
	args   []any
}{
	{rbac.KindTenant, ownThings, "on.tenant", andLevel + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.workspace", andLevel + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.miniprogram", andProgram + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.tenant_miniprogram", ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.developer_miniprogram", andProgram + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.any", ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, assignedOnly, "on.miniprogram", ` AND program IN (?, ?)`, []any{"mp-1", "mp-2"}},
	{rbac.KindTenant, assignedOnly, "on.tenant_miniprogram", ` AND program IN (?, ?)`, []any{"mp-1", "mp-2"}},
	{rbac.KindTenant, assignedOnly, "on.developer_miniprogram", ` AND program IN (?, ?)`, []any{"mp-1", "mp-2"}},
	{rbac.KindTenant, assignedOnly, "on.any", ` AND program IN (?, ?)`, []any{"mp-1", "mp-2"}},
	{rbac.KindTenant, assignedOnly, "eyes.miniprogram", ` AND program IN (?, ?)` + andSecond,
		[]any{"mp-1", "mp-2", "ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.workspace", andLevel + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.miniprogram", andProgram + ` AND (owner = ? OR program IN (?, ?))`,
		[]any{"ann", "mp-1", "mp-2"}},
	{rbac.KindTenant, ownOrAssigned, "on.developer_miniprogram", andProgram + ` AND (owner = ? OR program IN (?, ?))`,
		[]any{"ann", "mp-1", "mp-2"}},
	{rbac.KindTenant, ownOrAssigned, "eyes.any", ` AND program IN (?, ?)` + andSecond, []any{"mp-1", "mp-2", "ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.any", ` AND (owner = ? OR program IN (?, ?))`, []any{"ann", "mp-1", "mp-2"}},
	{rbac.KindTenant, wholeHome, "on.tenant", andLevel, nil},
	{rbac.KindTenant, wholeHome, "on.workspace", andLevel, nil},
	{rbac.KindTenant, wholeHome, "on.miniprogram", andProgram, nil},
	{rbac.KindTenant, wholeHome, "on.tenant_miniprogram", ``, nil},
	{rbac.KindTenant, wholeHome, "on.developer_miniprogram", andProgram, nil},
	{rbac.KindTenant, wholeHome, "on.any", ``, nil},
	{rbac.KindTenant, wholeHome, "eyes.any", andSecond, []any{"ann"}},
	{rbac.KindTenant, wholeHome | ownOrAssigned, "on.any", ``, nil},
	{rbac.KindTenant, wholeHome | assignedOnly, "on.miniprogram", andProgram, nil},

	{rbac.KindDeveloper, ownThings, "on.developer", andLevel + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindDeveloper, ownThings, "on.miniprogram", andProgram + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindDeveloper, ownThings, "on.tenant_miniprogram", andProgram + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindDeveloper, ownThings, "on.developer_miniprogram", ` AND owner = ?`, []any{"ann"}},
	{rbac.KindDeveloper, assignedOnly, "on.any", ` AND program IN (?, ?)`, []any{"mp-1", "mp-2"}},
	{rbac.KindDeveloper, assignedOnly, "eyes.any", ` AND program IN (?, ?)` + andSecond, []any{"mp-1", "mp-2", "ann"}},
	{rbac.KindDeveloper, ownOrAssigned, "on.any", ` AND (owner = ? OR program IN (?, ?))`,
		[]any{"ann", "mp-1", "mp-2"}},
	{rbac.KindDeveloper, wholeHome, "on.workspace", andLevel, nil},
	{rbac.KindDeveloper, wholeHome, "on.tenant_miniprogram", andProgram, nil},
	{rbac.KindDeveloper, wholeHome, "on.developer_miniprogram", ``, nil},
	{rbac.KindDeveloper, wholeHome, "eyes.miniprogram", andProgram + andSecond, []any{"ann"}},
}

func TestWhereInTheOwnWorkspace(t *testing.T) {
	for _, row := range homeClauses {
		t.Run(fmt.Sprintf("%s %s %s", row.kind, row.scope, row.action), func(t *testing.T) {
			filter := filterOf(listed(row.kind, row.scope, "mp-2", "mp-1"), row.action)
			home := []any{"wallet", "wallet"}
			if row.kind == rbac.KindDeveloper {
				home[1] = "shop"
			}
			assertWhere(t, filter, allColumns, "(tenant = ? AND workspace = ? AND kind = ?"+row.adds+")",
				slices.Concat(home, []any{row.kind.String()}, row.args))
			assertWhere(t, filter, withoutKind, "(tenant = ? AND workspace = ?"+row.adds+")",
				slices.Concat(home, row.args))
		})
	}
}

func assertWhere(t *testing.T, f rbac.Filter, c rbac.Columns, clause string, args []any) {
	t.Helper()
	gotClause, gotArgs, err := f.Where(c)
	require.NoError(t, err)
	assert.Equal(t, clause, gotClause)
	assert.Equal(t, args, gotArgs)
}

// tenantClauses has the clauses for a member who reaches the whole tenant, with and without a column for the kind.
var tenantClauses = []struct {
	action   rbac.Action
	withKind string
	args     []any
	without  string
	fewer    []any
}{
	{
		"on.tenant",
		`(tenant = ? AND (program IS NULL OR program = '') AND (kind = ? AND workspace = ?))`,
		[]any{"wallet", "tenant", "wallet"},
		`(tenant = ? AND (program IS NULL OR program = '') AND workspace = ?)`,
		[]any{"wallet", "wallet"},
	},
	{
		"on.developer",
		`(tenant = ? AND (program IS NULL OR program = '') AND (kind = ? AND workspace <> ''))`,
		[]any{"wallet", "developer"},
		`(tenant = ? AND (program IS NULL OR program = '') AND (workspace <> '' AND workspace <> ?))`,
		[]any{"wallet", "wallet"},
	},
	{
		"on.workspace",
		`(tenant = ? AND (program IS NULL OR program = '') AND ` +
			`((kind = ? AND workspace = ?) OR (kind = ? AND workspace <> '')))`,
		[]any{"wallet", "tenant", "wallet", "developer"},
		`(tenant = ? AND (program IS NULL OR program = '') AND workspace <> '')`,
		[]any{"wallet"},
	},
	{
		"on.miniprogram",
		`(tenant = ? AND program <> '' AND ((kind = ? AND workspace = ?) OR (kind = ? AND workspace <> '')))`,
		[]any{"wallet", "tenant", "wallet", "developer"},
		`(tenant = ? AND program <> '' AND workspace <> '')`,
		[]any{"wallet"},
	},
	{
		"on.tenant_miniprogram",
		`(tenant = ? AND ((kind = ? AND workspace = ?) OR ((kind = ? AND workspace <> '') AND program <> '')))`,
		[]any{"wallet", "tenant", "wallet", "developer"},
		`(tenant = ? AND (workspace = ? OR ((workspace <> '' AND workspace <> ?) AND program <> '')))`,
		[]any{"wallet", "wallet", "wallet"},
	},
	{
		"on.developer_miniprogram",
		`(tenant = ? AND ((kind = ? AND workspace <> '') OR ((kind = ? AND workspace = ?) AND program <> '')))`,
		[]any{"wallet", "developer", "tenant", "wallet"},
		`(tenant = ? AND ((workspace <> '' AND workspace <> ?) OR (workspace = ? AND program <> '')))`,
		[]any{"wallet", "wallet", "wallet"},
	},
	{
		"on.any",
		`(tenant = ? AND ((kind = ? AND workspace = ?) OR (kind = ? AND workspace <> '')))`,
		[]any{"wallet", "tenant", "wallet", "developer"},
		`(tenant = ? AND workspace <> '')`,
		[]any{"wallet"},
	},
	{
		"eyes.any",
		`(tenant = ? AND ((kind = ? AND workspace = ?) OR (kind = ? AND workspace <> '')) AND ` +
			`owner <> '' AND owner <> ?)`,
		[]any{"wallet", "tenant", "wallet", "developer", "ann"},
		`(tenant = ? AND workspace <> '' AND owner <> '' AND owner <> ?)`,
		[]any{"wallet", "ann"},
	},
}

func TestWhereInTheWholeTenant(t *testing.T) {
	for _, row := range tenantClauses {
		for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeTenant | rbac.ScopeWorkspace | ownOrAssigned} {
			t.Run(fmt.Sprintf("%s %s", scope, row.action), func(t *testing.T) {
				filter := filterOf(listed(rbac.KindTenant, scope, "mp-1"), row.action)
				assertWhere(t, filter, allColumns, row.withKind, row.args)
				assertWhere(t, filter, withoutKind, row.without, row.fewer)
			})
		}
	}
}

// everyClause visits the filters of the tables above.
func everyClause(visit func(name string, f rbac.Filter)) {
	for _, row := range homeClauses {
		filter := filterOf(listed(row.kind, row.scope, "mp-2", "mp-1"), row.action)
		visit(fmt.Sprintf("%s %s %s", row.kind, row.scope, row.action), filter)
	}
	for _, row := range tenantClauses {
		filter := filterOf(listed(rbac.KindTenant, rbac.ScopeTenant), row.action)
		visit(fmt.Sprintf("tenant tenant %s", row.action), filter)
	}
}

func TestWhereIsInParentheses(t *testing.T) {
	everyClause(func(name string, f rbac.Filter) {
		clause, _, err := f.Where(allColumns)
		require.NoError(t, err, name)
		depth := 0
		for i, c := range clause {
			depth += map[rune]int{'(': 1, ')': -1}[c]
			assert.Equal(t, i == len(clause)-1, depth == 0, "%s closes at byte %d: %s", name, i, clause)
		}
	})
}

// theColumns has each column, its name in a clause, and its place in an error.
var theColumns = []struct {
	word, place string
	set         func(c *rbac.Columns, name string)
}{
	{"kind", "columns.kind", func(c *rbac.Columns, name string) { c.Kind = name }},
	{"tenant", "columns.tenant", func(c *rbac.Columns, name string) { c.Tenant = name }},
	{"workspace", "columns.workspace", func(c *rbac.Columns, name string) { c.Workspace = name }},
	{"program", "columns.mini_program", func(c *rbac.Columns, name string) { c.MiniProgram = name }},
	{"owner", "columns.owner", func(c *rbac.Columns, name string) { c.Owner = name }},
}

func TestWhereNeedsTheColumnsOfItsClause(t *testing.T) {
	everyClause(func(name string, f rbac.Filter) {
		for _, columns := range []rbac.Columns{allColumns, withoutKind} {
			full, args, err := f.Where(columns)
			require.NoError(t, err, name)
			for _, column := range theColumns[1:] {
				fewer := columns
				column.set(&fewer, "")
				if !strings.Contains(full, column.word) {
					assertWhere(t, f, fewer, full, args)
					continue
				}
				assertNoWhere(t, f, fewer, noColumn(column.place))
			}
		}
	})
}

func noColumn(place string) string {
	return fmt.Sprintf("rbac: %s: no column is named, and the filter needs it; name the column that holds it", place)
}

func badColumn(place, quoted string) string {
	const hint = `use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`
	return fmt.Sprintf("rbac: %s: invalid column name %s; %s", place, quoted, hint)
}

func assertNoWhere(t *testing.T, f rbac.Filter, c rbac.Columns, problems ...string) {
	t.Helper()
	clause, args, err := f.Where(c)
	assert.Equal(t, problems, problemsOf(t, err), "the problems with %+v", c)
	assert.Empty(t, clause, "a clause beside an error")
	assert.Nil(t, args, "arguments beside an error")
}

func TestWhereNamesEveryMissingColumnOnce(t *testing.T) {
	filter := filterOf(listed(rbac.KindTenant, ownOrAssigned, "mp-1"), "eyes.miniprogram")
	assertNoWhere(t, filter, rbac.Columns{}, noColumn("columns.tenant"), noColumn("columns.workspace"),
		noColumn("columns.mini_program"), noColumn("columns.owner"))
}

func TestWhereAcceptsOnlyIdentifiersAsColumns(t *testing.T) {
	valid := []string{
		"a", "z", "A", "Z", "_", "a0", "a9", "workspace_id", "WorkspaceID",
		"m.workspace_id", "public.m.workspace_id", "_._._",
		strings.Repeat("a", 64), strings.Repeat("a", 64) + "." + strings.Repeat("b", 64),
	}
	invalid := []string{
		" ", "a b", " a", "a ", "a-b", "1a", "0", "a;", "a--", "a/*", "a'", `a"`, `"a"`, "`a`", "[a]",
		"a,b", "a=1", "a)", "(a", "*", "m.*", "?", "$1", "a\x00", "a\n", "\t",
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

func TestWhereNamesEveryProblemWithColumns(t *testing.T) {
	filter := filterOf(listed(rbac.KindTenant, ownThings), "on.any")
	columns := rbac.Columns{Kind: "k;", Tenant: "t t", Workspace: "", MiniProgram: "1", Owner: "o'", Offset: -2}
	assertNoWhere(t, filter, columns,
		badColumn("columns.kind", `"k;"`), badColumn("columns.tenant", `"t t"`),
		badColumn("columns.mini_program", `"1"`), badColumn("columns.owner", `"o'"`),
		"rbac: columns.offset: -2 placeholders are used already; count from 0",
		noColumn("columns.workspace"),
	)
	const negative = "rbac: columns.offset: -1 placeholders are used already; count from 0"
	assertNoWhere(t, rbac.Filter{}, rbac.Columns{Offset: -1}, negative)
}

func TestWhereCountsPlaceholdersFromTheOffset(t *testing.T) {
	filter := filterOf(listed(rbac.KindTenant, ownOrAssigned, "mp-1", "mp-2"), "on.miniprogram")
	dollar := func(n int) string { return fmt.Sprintf("$%d", n) }
	named := func(n int) string { return fmt.Sprintf("@p%d", n) }
	tests := []struct {
		name        string
		placeholder func(int) string
		offset      int
		want        string
	}{
		{"of MySQL and SQLite", nil, 0,
			"(tenant = ? AND workspace = ? AND kind = ? AND program <> '' AND (owner = ? OR program IN (?, ?)))"},
		{"of MySQL, after five others", nil, 5,
			"(tenant = ? AND workspace = ? AND kind = ? AND program <> '' AND (owner = ? OR program IN (?, ?)))"},
		{"of PostgreSQL", dollar, 0,
			"(tenant = $1 AND workspace = $2 AND kind = $3 AND program <> '' AND (owner = $4 OR program IN ($5, $6)))"},
		{"of PostgreSQL, after another", dollar, 1,
			"(tenant = $2 AND workspace = $3 AND kind = $4 AND program <> '' AND (owner = $5 OR program IN ($6, $7)))"},
		{"of another database, after ten others", named, 10,
			"(tenant = @p11 AND workspace = @p12 AND kind = @p13 AND program <> '' AND " +
				"(owner = @p14 OR program IN (@p15, @p16)))"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			columns := allColumns
			columns.Placeholder, columns.Offset = test.placeholder, test.offset
			assertWhere(t, filter, columns, test.want, []any{"wallet", "wallet", "tenant", "ann", "mp-1", "mp-2"})
		})
	}
}

func TestWherePassesAListAsOneArgument(t *testing.T) {
	type array []string
	columns := allColumns
	columns.Placeholder = func(n int) string { return fmt.Sprintf("$%d", n) }
	columns.Array = func(ids []string) any { return array(ids) }
	of := func(scopes rbac.Scope) rbac.Filter {
		return filterOf(listed(rbac.KindDeveloper, scopes, "mp-2", "mp-1", "mp-2"), "on.any")
	}
	assertWhere(t, of(assignedOnly), columns,
		"(tenant = $1 AND workspace = $2 AND kind = $3 AND program = ANY($4))",
		[]any{"wallet", "shop", "developer", array{"mp-1", "mp-2"}})
	assertWhere(t, of(ownOrAssigned), columns,
		"(tenant = $1 AND workspace = $2 AND kind = $3 AND (owner = $4 OR program = ANY($5)))",
		[]any{"wallet", "shop", "developer", "ann", array{"mp-1", "mp-2"}})
	columns.MiniProgram = ""
	assertNoWhere(t, of(assignedOnly), columns, noColumn("columns.mini_program"))

	columns.Array = func([]string) any { panic("there is no list") }
	assertWhere(t, of(wholeHome), columns,
		"(tenant = $1 AND workspace = $2 AND kind = $3)", []any{"wallet", "shop", "developer"})
}

func TestWhereGivesArrayAListOfItsOwn(t *testing.T) {
	columns := allColumns
	columns.Array = func(ids []string) any {
		ids[0] = "mp-9"
		return ids
	}
	filter := filterOf(listed(rbac.KindDeveloper, assignedOnly, "mp-1"), "on.any")
	_, _, err := filter.Where(columns)
	require.NoError(t, err)
	assertWhere(t, filter, withoutKind,
		"(tenant = ? AND workspace = ? AND program IN (?))", []any{"wallet", "shop", "mp-1"})
}

// hostileIDs would change a clause if they were part of it.
var hostileIDs = []string{"'", "' OR '1'='1", `"`, "?", "$1", "--", "/*", "\\", "%", "_", "\x00", "NULL", ")", "wallet"}

func TestWhereKeepsValuesOutOfTheClause(t *testing.T) {
	for _, id := range hostileIDs {
		place := rbac.Tenant(id).Developer(id)
		m := staff(id, place, inRole(roleThat(rbac.KindDeveloper, ownOrAssigned), id))
		filter := filterOf(m, "on.any")
		assertWhere(t, filter, allColumns,
			"(tenant = ? AND workspace = ? AND kind = ? AND (owner = ? OR program IN (?)))",
			[]any{id, id, "developer", id, id})
		assert.True(t, filter.Match(place.MiniProgram(id)), "%q", id)
		assert.False(t, filter.Match(place.MiniProgram(id+" ")), "%q with a blank", id)
	}
}

func TestWhereSortsAssignedProgramsAndNamesEachOnce(t *testing.T) {
	dev := func(programs ...string) rbac.Assignment {
		return inRole(roleThat(rbac.KindDeveloper, assignedOnly), programs...)
	}
	tests := []struct {
		name string
		held []rbac.Assignment
		in   string
		args []any
	}{
		{"one", []rbac.Assignment{dev("b")}, "(?)", []any{"b"}},
		{"two", []rbac.Assignment{dev("b", "a")}, "(?, ?)", []any{"a", "b"}},
		{"the same twice", []rbac.Assignment{dev("b", "a", "b")}, "(?, ?)", []any{"a", "b"}},
		{"of several assignments", []rbac.Assignment{dev("c", "a"), dev("b", "a")}, "(?, ?, ?)", []any{"a", "b", "c"}},
		{"with empty ones", []rbac.Assignment{dev("", "b"), dev(""), dev("a", "")}, "(?, ?)", []any{"a", "b"}},
		{"byte by byte", []rbac.Assignment{dev("a", "B", "b", "A", "10", "9")}, "(?, ?, ?, ?, ?, ?)",
			[]any{"10", "9", "A", "B", "a", "b"}},
		{"not of an expired assignment", []rbac.Assignment{dev("b"), until(noon, dev("a"))}, "(?)", []any{"b"}},
		{"not of a role that does not grant it", []rbac.Assignment{dev("b"), inRole("nobody", "a")}, "(?)", []any{"b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			filter := filterOf(staff("ann", theShop, test.held...), "on.miniprogram")
			clause := "(tenant = ? AND workspace = ? AND kind = ? AND program IN " + test.in + ")"
			assertWhere(t, filter, allColumns, clause, append([]any{"wallet", "shop", "developer"}, test.args...))
		})
	}
}

// A role without ScopeAssigned adds none of its programs.
func TestWhereLeavesOutProgramsOfRolesThatDoNotNeedThem(t *testing.T) {
	owns, assigned := roleThat(rbac.KindDeveloper, ownThings), roleThat(rbac.KindDeveloper, assignedOnly)
	filter := filterOf(staff("ann", theShop, inRole(owns, "mp-9"), inRole(assigned, "mp-1")), "on.miniprogram")
	assertWhere(t, filter, allColumns,
		"(tenant = ? AND workspace = ? AND kind = ? AND program <> '' AND (owner = ? OR program IN (?)))",
		[]any{"wallet", "shop", "developer", "ann", "mp-1"})
	assert.False(t, filter.Match(theShop.MiniProgram("mp-9")))
}

// programsTo is mp-1 to mp-n.
func programsTo(n int) []string {
	var programs []string
	for i := range n {
		programs = append(programs, fmt.Sprintf("mp-%d", i+1))
	}
	return programs
}

func TestFilterString(t *testing.T) {
	ten, dev := rbac.KindTenant, rbac.KindDeveloper
	eight := `"mp-1", "mp-2", "mp-3", "mp-4", "mp-5", "mp-6", "mp-7", "mp-8"`
	tests := []struct {
		member rbac.Member
		action rbac.Action
		want   string
	}{
		{listed(ten, rbac.ScopeTenant), "on.any", `on.any: resources of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "on.miniprogram",
			`on.miniprogram: mini programs of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "on.workspace",
			`on.workspace: workspace-level resources of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "eyes.any",
			`eyes.any: resources of tenant "wallet" and its merchants, if the owner is known and not "ann"`},
		{listed(ten, rbac.ScopeTenant), "on.tenant", `on.tenant: workspace-level resources of tenant "wallet"`},
		{listed(ten, rbac.ScopeTenant), "on.developer",
			`on.developer: workspace-level resources of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "on.tenant_miniprogram",
			`on.tenant_miniprogram: resources of tenant "wallet" and its merchants`},
		{listed(ten, wholeHome), "on.developer_miniprogram",
			`on.developer_miniprogram: mini programs of tenant workspace "wallet"`},
		{listed(dev, wholeHome), "on.tenant_miniprogram",
			`on.tenant_miniprogram: mini programs of developer workspace "shop"`},
		{listed(dev, wholeHome), "on.workspace",
			`on.workspace: workspace-level resources of developer workspace "shop"`},
		{listed(ten, wholeHome), "on.tenant", `on.tenant: workspace-level resources of tenant workspace "wallet"`},
		{listed(ten, wholeHome), "on.tenant_miniprogram",
			`on.tenant_miniprogram: resources of tenant workspace "wallet"`},
		{listed(dev, wholeHome), "on.miniprogram", `on.miniprogram: mini programs of developer workspace "shop"`},
		{listed(dev, ownThings), "on.developer",
			`on.developer: workspace-level resources of developer workspace "shop" that are owned by "ann"`},
		{listed(dev, assignedOnly, "mp-2", "mp-1"), "on.miniprogram",
			`on.miniprogram: mini programs of developer workspace "shop" that are or belong to "mp-1", "mp-2"`},
		{listed(dev, ownOrAssigned, "mp-1"), "on.any",
			`on.any: resources of developer workspace "shop" that are owned by "ann" or are or belong to "mp-1"`},
		{listed(dev, assignedOnly, "mp-1"), "eyes.miniprogram",
			`eyes.miniprogram: mini programs of developer workspace "shop" that are or belong to "mp-1", ` +
				`if the owner is known and not "ann"`},
		{listed(dev, assignedOnly, programsTo(8)...), "on.miniprogram",
			`on.miniprogram: mini programs of developer workspace "shop" that are or belong to ` + eight},
		{listed(dev, assignedOnly, programsTo(9)...), "on.miniprogram",
			`on.miniprogram: mini programs of developer workspace "shop" that are or belong to ` +
				eight + ` and 1 more`},
		{listed(dev, assignedOnly, `a"b`, "\n"), "on.miniprogram",
			`on.miniprogram: mini programs of developer workspace "shop" that are or belong to "\n", "a\"b"`},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			assert.Equal(t, test.want, filterOf(test.member, test.action).String())
		})
	}
}
