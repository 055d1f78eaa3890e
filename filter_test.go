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

// listing has, for each set of targets, an action "on.<targets>" and one "eyes.<targets>" that takes four eyes, and for
// each kind and each set of scopes a role "<kind>.<scopes>" that grants as much of it as a role can.
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

func actionOn(family string, t rbac.Target) rbac.Action {
	return rbac.Action(family + "." + strings.ReplaceAll(t.String(), "|", "_"))
}

func roleThat(kind rbac.WorkspaceKind, s rbac.Scope) rbac.RoleID {
	return rbac.RoleID(kind.String() + "." + strings.ReplaceAll(s.String(), "|", "_"))
}

func listingRole(kind rbac.WorkspaceKind, s rbac.Scope, actions map[rbac.Action]rbac.Target) rbac.Role {
	role := rbac.Role{ID: roleThat(kind, s), Kind: kind, Permissions: rbac.Permissions{}}
	for action, target := range actions {
		if usable := usableScopes(kind, s, target); usable != 0 {
			role.Permissions[action] = usable
		}
	}
	return role
}

// usableScopes leaves out what New refuses, because it could never match.
func usableScopes(kind rbac.WorkspaceKind, s rbac.Scope, t rbac.Target) rbac.Scope {
	home := rbac.OnTenant
	if kind == rbac.KindDeveloper {
		home = rbac.OnDeveloper
	}
	if t&rbac.OnMiniProgram == 0 {
		s &^= rbac.ScopeAssigned
	}
	if t&(home|rbac.OnMiniProgram) == 0 {
		s &^= rbac.ScopeOwn | rbac.ScopeWorkspace
	}
	return s
}

// listed is a member of the kind's workspace who holds the role of those scopes with those programs.
func listed(kind rbac.WorkspaceKind, s rbac.Scope, programs ...string) rbac.Member {
	place := theWallet
	if kind == rbac.KindDeveloper {
		place = theShop
	}
	return staff("ann", place, inRole(roleThat(kind, s), programs...))
}

// listedMembers hold each role with no program, with an empty one, and with some, and pairs of roles.
func listedMembers() []rbac.Member {
	var members []rbac.Member
	for role := range listing.Roles() {
		place := map[rbac.WorkspaceKind]rbac.Workspace{rbac.KindTenant: theWallet, rbac.KindDeveloper: theShop}[role.Kind]
		for _, programs := range [][]string{nil, {""}, {"mp-1"}, {"mp-2", "", "mp-1", "mp-2"}} {
			members = append(members, staff("ann", place, inRole(role.ID, programs...)))
		}
		weak := roleThat(role.Kind, rbac.ScopeAssigned)
		members = append(members, staff("ann", place, inRole(weak, "mp-3"), inRole(role.ID, "mp-1")))
	}
	return members
}

// listedResources lie at every position to a member of the wallet or of the shop.
func listedResources() []rbac.Resource {
	places := []rbac.Workspace{
		theWallet, theShop, theBakery, theWallet.Developer("wallet"), theBank, banksShop, rbac.Tenant("shop"),
		{}, {Kind: rbac.KindDeveloper, Tenant: "wallet"}, {Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}, {Kind: 3, ID: "shop", Tenant: "wallet"},
	}
	var resources []rbac.Resource
	for _, place := range places {
		for _, program := range []string{"", "mp-1", "mp-2", "mp-3", "mp-4"} {
			for _, owner := range []string{"", "ann", "bob"} {
				resources = append(resources, place.MiniProgram(program).OwnedBy(owner))
			}
		}
	}
	return resources
}

func TestAFilterMatchesWhatTheMemberCanDo(t *testing.T) {
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

// termsMatch reads Terms as their documentation says.
func termsMatch(terms rbac.Terms, r rbac.Resource) bool {
	kind := rbac.OnMiniProgram
	if r.MiniProgram == "" {
		kind = map[rbac.WorkspaceKind]rbac.Target{rbac.KindTenant: rbac.OnTenant, rbac.KindDeveloper: rbac.OnDeveloper}[r.Workspace.Kind]
	}
	if r.Workspace.Validate() != nil || terms.Target&kind == 0 || terms.FourEyes && (r.Owner == "" || r.Owner == terms.Member) {
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
		{"of the whole tenant", listed(rbac.KindTenant, rbac.ScopeTenant|ownOrAssigned, "mp-1"), "on.workspace", rbac.Terms{
			Scope: rbac.ScopeTenant, Target: rbac.OnWorkspace, Workspace: theWallet, Member: "ann",
		}},
		{"of the own workspace", listed(rbac.KindDeveloper, wholeHome|assignedOnly, "mp-1"), "eyes.any", rbac.Terms{
			Scope: rbac.ScopeWorkspace, Target: rbac.OnAny, Workspace: theShop, Member: "ann", FourEyes: true,
		}},
		{"of assigned programs", listed(rbac.KindDeveloper, assignedOnly, "mp-2", "", "mp-1", "mp-2"), "on.miniprogram", rbac.Terms{
			Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram, Workspace: theShop, Member: "ann", MiniPrograms: []string{"mp-1", "mp-2"},
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
			got := listing.BindAt(noon, test.member).Filter(test.action).Terms()
			assert.Len(t, got.MiniPrograms, len(test.want.MiniPrograms))
			got.MiniPrograms = append([]string(nil), got.MiniPrograms...)
			assert.Equal(t, test.want, got)
		})
	}
	assert.Equal(t, rbac.Terms{}, rbac.Filter{}.Terms(), "of the zero Filter")
}

func TestTermsAreTheCallers(t *testing.T) {
	filter := listing.BindAt(noon, listed(rbac.KindDeveloper, assignedOnly, "mp-1")).Filter("on.any")
	filter.Terms().MiniPrograms[0] = "mp-2"
	assert.Equal(t, []string{"mp-1"}, filter.Terms().MiniPrograms, "after a caller changed what was handed out")
	assert.True(t, filter.Match(theShop.MiniProgram("mp-1")))
}

// None is for a host to leave out its query: it must not be true of a filter that matches, and should be of any other.
func TestNoneIsForFiltersThatMatchNothing(t *testing.T) {
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

func TestFiltersOfNothing(t *testing.T) {
	dev := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	tests := []struct {
		name   string
		filter rbac.Filter
	}{
		{"the zero Filter", rbac.Filter{}},
		{"of the nil Subject", (*rbac.Subject)(nil).Filter(rbac.ReleaseMiniProgram)},
		{"of the zero Subject", new(rbac.Subject).Filter(rbac.ReleaseMiniProgram)},
		{"of the nil Policy", (*rbac.Policy)(nil).BindAt(noon, dev).Filter(rbac.ReleaseMiniProgram)},
		{"of an unknown action", rbac.Default().BindAt(noon, dev).Filter("miniprogram.relase")},
		{"of no action", rbac.Default().BindAt(noon, dev).Filter("")},
		{"of an action that is not granted", rbac.Default().BindAt(noon, dev).Filter(rbac.ManageCampaigns)},
		{"of a member who is blocked", rbac.Default().BindAt(noon, inStatus(rbac.StatusBlocked, dev)).Filter(rbac.ReleaseMiniProgram)},
		{"of a member without an ID", rbac.Default().BindAt(noon, staff("", theShop, dev.Assignments...)).Filter(rbac.ReleaseMiniProgram)},
		{"of a member without programs", rbac.Default().BindAt(noon, staff("ann", theShop, inRole(rbac.Developer))).Filter(rbac.ReleaseMiniProgram)},
		{"of a member with an empty program", rbac.Default().BindAt(noon, staff("ann", theShop, inRole(rbac.Developer, ""))).Filter(rbac.ReleaseMiniProgram)},
		{"of a role that is over", rbac.Default().BindAt(noon, staff("ann", theShop, until(noon, dev.Assignments[0]))).Filter(rbac.ReleaseMiniProgram)},
		{"of a role to come", rbac.Default().BindAt(noon, staff("ann", theShop, from(noon.Add(1), dev.Assignments[0]))).Filter(rbac.ReleaseMiniProgram)},
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

func TestAFilterIsAsOfTheTimeOfItsSubject(t *testing.T) {
	m := staff("ann", theShop, from(noon, until(noon.Add(time.Hour), inRole(rbac.Developer, "mp-1"))))
	for now, want := range map[time.Time]bool{noon.Add(-1): false, noon: true, noon.Add(time.Hour - 1): true, noon.Add(time.Hour): false} {
		filter := rbac.Default().BindAt(now, m).Filter(rbac.ReleaseMiniProgram)
		assert.Equal(t, want, filter.Match(theShop.MiniProgram("mp-1")), "at %s", now)
	}
}

func TestAFilterKeepsNothingOfTheCallers(t *testing.T) {
	programs := []string{"mp-1", "mp-2"}
	filter := rbac.Default().BindAt(noon, staff("ann", theShop, inRole(rbac.Developer, programs...))).Filter(rbac.ReleaseMiniProgram)
	_, args, err := filter.Where(allColumns)
	require.NoError(t, err)
	programs[0] = "mp-3"
	args[len(args)-1] = "mp-3"
	assert.False(t, filter.Match(theShop.MiniProgram("mp-3")), "a program that the caller put there later")
	_, again, err := filter.Where(allColumns)
	require.NoError(t, err)
	assert.Equal(t, []any{"wallet", "shop", "developer", "mp-1", "mp-2"}, again)
}

var (
	allColumns  = rbac.Columns{Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "program", Owner: "owner"}
	withoutKind = rbac.Columns{Tenant: "tenant", Workspace: "workspace", MiniProgram: "program", Owner: "owner"}
)

const (
	ownThings     = rbac.ScopeOwn
	assignedOnly  = rbac.ScopeAssigned
	ownOrAssigned = rbac.ScopeOwn | rbac.ScopeAssigned
	wholeHome     = rbac.ScopeWorkspace
)

const (
	andLevel   = ` AND (program IS NULL OR program = '')` // a thing of the workspace itself
	andProgram = ` AND program <> ''`                     // a mini program, or a thing of one
	andSecond  = ` AND owner <> '' AND owner <> ?`        // four eyes
)

// homeClauses are what a clause adds to the equalities of tenant, workspace and kind, for one who reaches no farther
// than the own workspace. The member is assigned mp-1 and mp-2.
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
	{rbac.KindTenant, assignedOnly, "eyes.miniprogram", ` AND program IN (?, ?)` + andSecond, []any{"mp-1", "mp-2", "ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.workspace", andLevel + ` AND owner = ?`, []any{"ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.miniprogram", andProgram + ` AND (owner = ? OR program IN (?, ?))`, []any{"ann", "mp-1", "mp-2"}},
	{rbac.KindTenant, ownOrAssigned, "on.developer_miniprogram", andProgram + ` AND (owner = ? OR program IN (?, ?))`, []any{"ann", "mp-1", "mp-2"}},
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
	{rbac.KindDeveloper, ownOrAssigned, "on.any", ` AND (owner = ? OR program IN (?, ?))`, []any{"ann", "mp-1", "mp-2"}},
	{rbac.KindDeveloper, wholeHome, "on.workspace", andLevel, nil},
	{rbac.KindDeveloper, wholeHome, "on.tenant_miniprogram", andProgram, nil},
	{rbac.KindDeveloper, wholeHome, "on.developer_miniprogram", ``, nil},
	{rbac.KindDeveloper, wholeHome, "eyes.miniprogram", andProgram + andSecond, []any{"ann"}},
}

func TestWhereInTheOwnWorkspace(t *testing.T) {
	for _, row := range homeClauses {
		t.Run(fmt.Sprintf("%s %s %s", row.kind, row.scope, row.action), func(t *testing.T) {
			filter := listing.BindAt(noon, listed(row.kind, row.scope, "mp-2", "mp-1")).Filter(row.action)
			home := []any{"wallet", "wallet"}
			if row.kind == rbac.KindDeveloper {
				home[1] = "shop"
			}
			assertWhere(t, filter, allColumns, "(tenant = ? AND workspace = ? AND kind = ?"+row.adds+")", slices.Concat(home, []any{row.kind.String()}, row.args))
			assertWhere(t, filter, withoutKind, "(tenant = ? AND workspace = ?"+row.adds+")", slices.Concat(home, row.args))
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

// tenantClauses are the clauses of one who reaches the whole tenant, with and without a column for the kind.
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
		`(tenant = ? AND (program IS NULL OR program = '') AND ((kind = ? AND workspace = ?) OR (kind = ? AND workspace <> '')))`,
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
		`(tenant = ? AND ((kind = ? AND workspace = ?) OR (kind = ? AND workspace <> '')) AND owner <> '' AND owner <> ?)`,
		[]any{"wallet", "tenant", "wallet", "developer", "ann"},
		`(tenant = ? AND workspace <> '' AND owner <> '' AND owner <> ?)`,
		[]any{"wallet", "ann"},
	},
}

func TestWhereInTheWholeTenant(t *testing.T) {
	for _, row := range tenantClauses {
		for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeTenant | rbac.ScopeWorkspace | ownOrAssigned} {
			t.Run(fmt.Sprintf("%s %s", scope, row.action), func(t *testing.T) {
				filter := listing.BindAt(noon, listed(rbac.KindTenant, scope, "mp-1")).Filter(row.action)
				assertWhere(t, filter, allColumns, row.withKind, row.args)
				assertWhere(t, filter, withoutKind, row.without, row.fewer)
			})
		}
	}
}

// everyClause visits the filters of the tables above.
func everyClause(visit func(name string, f rbac.Filter)) {
	for _, row := range homeClauses {
		visit(fmt.Sprintf("%s %s %s", row.kind, row.scope, row.action), listing.BindAt(noon, listed(row.kind, row.scope, "mp-2", "mp-1")).Filter(row.action))
	}
	for _, row := range tenantClauses {
		visit(fmt.Sprintf("tenant tenant %s", row.action), listing.BindAt(noon, listed(rbac.KindTenant, rbac.ScopeTenant)).Filter(row.action))
	}
}

// theColumns are the columns, each with the place that an error about it names.
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

func TestAColumnIsNeededWhereTheClauseSpeaksOfIt(t *testing.T) {
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
				want := fmt.Sprintf("rbac: %s: no column is named, and the filter needs it; name the column that holds it", column.place)
				assertNoWhere(t, f, fewer, want)
			}
		}
	})
}

func assertNoWhere(t *testing.T, f rbac.Filter, c rbac.Columns, problems ...string) {
	t.Helper()
	clause, args, err := f.Where(c)
	assert.Equal(t, problems, problemsOf(t, err), "the problems with %+v", c)
	assert.Empty(t, clause, "a clause beside an error")
	assert.Nil(t, args, "arguments beside an error")
}

func TestEveryMissingColumnIsNamedOnce(t *testing.T) {
	filter := listing.BindAt(noon, listed(rbac.KindTenant, ownOrAssigned, "mp-1")).Filter("eyes.miniprogram")
	assertNoWhere(t, filter, rbac.Columns{},
		"rbac: columns.tenant: no column is named, and the filter needs it; name the column that holds it",
		"rbac: columns.workspace: no column is named, and the filter needs it; name the column that holds it",
		"rbac: columns.mini_program: no column is named, and the filter needs it; name the column that holds it",
		"rbac: columns.owner: no column is named, and the filter needs it; name the column that holds it",
	)
}

func TestAColumnIsAnIdentifier(t *testing.T) {
	valid := []string{
		"a", "z", "A", "Z", "_", "a0", "a9", "workspace_id", "WorkspaceID", "m.workspace_id", "public.m.workspace_id", "_._._",
		strings.Repeat("a", 64), strings.Repeat("a", 64) + "." + strings.Repeat("b", 64),
	}
	invalid := []string{
		" ", "a b", " a", "a ", "a-b", "1a", "0", "a;", "a--", "a/*", "a'", `a"`, `"a"`, "`a`", "[a]", "a,b", "a=1", "a)", "(a", "*", "m.*", "?", "$1", "a\x00", "a\n", "\t",
		".", ".a", "a.", "a..b", "a.b.c.d", "a.1b", "@a", "[", "{", "^", "~", "a/", "a:", "a@", "a`", "a[", "a{",
		"naïve", "ａ", "\u212aind", "ſ", "\xff", "a\u200b", "OR 1=1", "1=1", strings.Repeat("a", 65), "a." + strings.Repeat("b", 65),
	}
	filter := rbac.Default().BindAt(noon, staff("ann", theShop, inRole(rbac.DeveloperAdmin))).Filter(rbac.ReleaseMiniProgram)
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
			want := fmt.Sprintf(`rbac: %s: invalid column name %s; use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`, column.place, cutAndQuoted(name))
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

func TestEveryProblemWithColumnsIsNamed(t *testing.T) {
	filter := listing.BindAt(noon, listed(rbac.KindTenant, ownThings)).Filter("on.any")
	columns := rbac.Columns{Kind: "k;", Tenant: "t t", Workspace: "", MiniProgram: "1", Owner: "o'", Offset: -2}
	assertNoWhere(t, filter, columns,
		`rbac: columns.kind: invalid column name "k;"; use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`,
		`rbac: columns.tenant: invalid column name "t t"; use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`,
		`rbac: columns.mini_program: invalid column name "1"; use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`,
		`rbac: columns.owner: invalid column name "o'"; use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`,
		"rbac: columns.offset: -2 placeholders are used already; count from 0",
		"rbac: columns.workspace: no column is named, and the filter needs it; name the column that holds it",
	)
	assertNoWhere(t, rbac.Filter{}, rbac.Columns{Offset: -1}, "rbac: columns.offset: -1 placeholders are used already; count from 0")
}

func TestPlaceholdersAreCountedFromTheOffset(t *testing.T) {
	filter := listing.BindAt(noon, listed(rbac.KindTenant, ownOrAssigned, "mp-1", "mp-2")).Filter("on.miniprogram")
	dollar := func(n int) string { return fmt.Sprintf("$%d", n) }
	named := func(n int) string { return fmt.Sprintf("@p%d", n) }
	tests := []struct {
		name        string
		placeholder func(int) string
		offset      int
		want        string
	}{
		{"of MySQL and SQLite", nil, 0, "(tenant = ? AND workspace = ? AND kind = ? AND program <> '' AND (owner = ? OR program IN (?, ?)))"},
		{"of MySQL, after others", nil, 5, "(tenant = ? AND workspace = ? AND kind = ? AND program <> '' AND (owner = ? OR program IN (?, ?)))"},
		{"of PostgreSQL", dollar, 0, "(tenant = $1 AND workspace = $2 AND kind = $3 AND program <> '' AND (owner = $4 OR program IN ($5, $6)))"},
		{"of PostgreSQL, after one", dollar, 1, "(tenant = $2 AND workspace = $3 AND kind = $4 AND program <> '' AND (owner = $5 OR program IN ($6, $7)))"},
		{"of another database", named, 10, "(tenant = @p11 AND workspace = @p12 AND kind = @p13 AND program <> '' AND (owner = @p14 OR program IN (@p15, @p16)))"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			columns := allColumns
			columns.Placeholder, columns.Offset = test.placeholder, test.offset
			assertWhere(t, filter, columns, test.want, []any{"wallet", "wallet", "tenant", "ann", "mp-1", "mp-2"})
		})
	}
}

func TestAListAsOneArgument(t *testing.T) {
	type array []string
	columns := allColumns
	columns.Placeholder = func(n int) string { return fmt.Sprintf("$%d", n) }
	columns.Array = func(ids []string) any { return array(ids) }
	of := func(s rbac.Scope) rbac.Filter {
		return listing.BindAt(noon, listed(rbac.KindDeveloper, s, "mp-2", "mp-1", "mp-2")).Filter("on.any")
	}
	assertWhere(t, of(assignedOnly), columns, "(tenant = $1 AND workspace = $2 AND kind = $3 AND program = ANY($4))",
		[]any{"wallet", "shop", "developer", array{"mp-1", "mp-2"}})
	assertWhere(t, of(ownOrAssigned), columns, "(tenant = $1 AND workspace = $2 AND kind = $3 AND (owner = $4 OR program = ANY($5)))",
		[]any{"wallet", "shop", "developer", "ann", array{"mp-1", "mp-2"}})
	columns.MiniProgram = ""
	assertNoWhere(t, of(assignedOnly), columns, "rbac: columns.mini_program: no column is named, and the filter needs it; name the column that holds it")

	columns.Array = func([]string) any { panic("there is no list") }
	assertWhere(t, of(wholeHome), columns, "(tenant = $1 AND workspace = $2 AND kind = $3)", []any{"wallet", "shop", "developer"})
}

func TestAListIsTheCallers(t *testing.T) {
	columns := allColumns
	columns.Array = func(ids []string) any {
		ids[0] = "mp-9"
		return ids
	}
	filter := listing.BindAt(noon, listed(rbac.KindDeveloper, assignedOnly, "mp-1")).Filter("on.any")
	_, _, err := filter.Where(columns)
	require.NoError(t, err)
	assertWhere(t, filter, withoutKind, "(tenant = ? AND workspace = ? AND program IN (?))", []any{"wallet", "shop", "mp-1"})
}

func TestAClauseIsInParentheses(t *testing.T) {
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

// Values that would change a clause if they came into it.
var hostileIDs = []string{"'", "' OR '1'='1", `"`, "?", "$1", "--", "/*", "\\", "%", "_", "\x00", "NULL", ")", "wallet"}

func TestNoValueStandsInAClause(t *testing.T) {
	for _, id := range hostileIDs {
		place := rbac.Tenant(id).Developer(id)
		m := rbac.Member{ID: id, Workspace: place, Status: rbac.StatusActive, Assignments: []rbac.Assignment{inRole(roleThat(rbac.KindDeveloper, ownOrAssigned), id)}}
		filter := listing.BindAt(noon, m).Filter("on.any")
		assertWhere(t, filter, allColumns, "(tenant = ? AND workspace = ? AND kind = ? AND (owner = ? OR program IN (?)))", []any{id, id, "developer", id, id})
		assert.True(t, filter.Match(place.MiniProgram(id)), "%q", id)
		assert.False(t, filter.Match(place.MiniProgram(id+" ")), "%q with a blank", id)
	}
}

func TestAssignedProgramsAreSortedAndDistinct(t *testing.T) {
	dev := func(programs ...string) rbac.Assignment {
		return inRole(roleThat(rbac.KindDeveloper, assignedOnly), programs...)
	}
	tests := []struct {
		name string
		as   []rbac.Assignment
		in   string
		args []any
	}{
		{"one", []rbac.Assignment{dev("b")}, "(?)", []any{"b"}},
		{"two", []rbac.Assignment{dev("b", "a")}, "(?, ?)", []any{"a", "b"}},
		{"twice the same", []rbac.Assignment{dev("b", "a", "b")}, "(?, ?)", []any{"a", "b"}},
		{"of several assignments", []rbac.Assignment{dev("c", "a"), dev("b", "a")}, "(?, ?, ?)", []any{"a", "b", "c"}},
		{"with empty ones", []rbac.Assignment{dev("", "b"), dev(""), dev("a", "")}, "(?, ?)", []any{"a", "b"}},
		{"byte by byte", []rbac.Assignment{dev("a", "B", "b", "A", "10", "9")}, "(?, ?, ?, ?, ?, ?)", []any{"10", "9", "A", "B", "a", "b"}},
		{"of an assignment in force only", []rbac.Assignment{dev("b"), until(noon, dev("a"))}, "(?)", []any{"b"}},
		{"of a role that grants it only", []rbac.Assignment{dev("b"), inRole("nobody", "a")}, "(?)", []any{"b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			filter := listing.BindAt(noon, staff("ann", theShop, test.as...)).Filter("on.miniprogram")
			assertWhere(t, filter, allColumns, "(tenant = ? AND workspace = ? AND kind = ? AND program IN "+test.in+")", append([]any{"wallet", "shop", "developer"}, test.args...))
		})
	}
}

// A role that grants nothing through ScopeAssigned adds none of its programs.
func TestProgramsOfAWiderOrOtherRoleAreLeftOut(t *testing.T) {
	m := staff("ann", theShop, inRole(roleThat(rbac.KindDeveloper, ownThings), "mp-9"), inRole(roleThat(rbac.KindDeveloper, assignedOnly), "mp-1"))
	filter := listing.BindAt(noon, m).Filter("on.miniprogram")
	assertWhere(t, filter, allColumns, "(tenant = ? AND workspace = ? AND kind = ? AND program <> '' AND (owner = ? OR program IN (?)))", []any{"wallet", "shop", "developer", "ann", "mp-1"})
	assert.False(t, filter.Match(theShop.MiniProgram("mp-9")))
}

func programsTo(n int) []string {
	var programs []string
	for i := range n {
		programs = append(programs, fmt.Sprintf("mp-%d", i+1))
	}
	return programs
}

func TestAFilterIsASentence(t *testing.T) {
	ten, dev := rbac.KindTenant, rbac.KindDeveloper
	eight := `"mp-1", "mp-2", "mp-3", "mp-4", "mp-5", "mp-6", "mp-7", "mp-8"`
	tests := []struct {
		member rbac.Member
		action rbac.Action
		want   string
	}{
		{listed(ten, rbac.ScopeTenant), "on.any", `on.any: resources of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "on.miniprogram", `on.miniprogram: mini programs of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "on.workspace", `on.workspace: workspace-level resources of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "eyes.any", `eyes.any: resources of tenant "wallet" and its merchants, if the owner is known and not "ann"`},
		{listed(ten, rbac.ScopeTenant), "on.tenant", `on.tenant: workspace-level resources of tenant "wallet"`},
		{listed(ten, rbac.ScopeTenant), "on.developer", `on.developer: workspace-level resources of tenant "wallet" and its merchants`},
		{listed(ten, rbac.ScopeTenant), "on.tenant_miniprogram", `on.tenant_miniprogram: resources of tenant "wallet" and its merchants`},
		{listed(ten, wholeHome), "on.developer_miniprogram", `on.developer_miniprogram: mini programs of tenant workspace "wallet"`},
		{listed(dev, wholeHome), "on.tenant_miniprogram", `on.tenant_miniprogram: mini programs of developer workspace "shop"`},
		{listed(dev, wholeHome), "on.workspace", `on.workspace: workspace-level resources of developer workspace "shop"`},
		{listed(ten, wholeHome), "on.tenant", `on.tenant: workspace-level resources of tenant workspace "wallet"`},
		{listed(ten, wholeHome), "on.tenant_miniprogram", `on.tenant_miniprogram: resources of tenant workspace "wallet"`},
		{listed(dev, wholeHome), "on.miniprogram", `on.miniprogram: mini programs of developer workspace "shop"`},
		{listed(dev, ownThings), "on.developer", `on.developer: workspace-level resources of developer workspace "shop" that are owned by "ann"`},
		{listed(dev, assignedOnly, "mp-2", "mp-1"), "on.miniprogram", `on.miniprogram: mini programs of developer workspace "shop" that are or belong to "mp-1", "mp-2"`},
		{listed(dev, ownOrAssigned, "mp-1"), "on.any", `on.any: resources of developer workspace "shop" that are owned by "ann" or are or belong to "mp-1"`},
		{listed(dev, assignedOnly, "mp-1"), "eyes.miniprogram", `eyes.miniprogram: mini programs of developer workspace "shop" that are or belong to "mp-1", if the owner is known and not "ann"`},
		{listed(dev, assignedOnly, programsTo(8)...), "on.miniprogram", `on.miniprogram: mini programs of developer workspace "shop" that are or belong to ` + eight},
		{listed(dev, assignedOnly, programsTo(9)...), "on.miniprogram", `on.miniprogram: mini programs of developer workspace "shop" that are or belong to ` + eight + ` and 1 more`},
		{listed(dev, assignedOnly, `a"b`, "\n"), "on.miniprogram", `on.miniprogram: mini programs of developer workspace "shop" that are or belong to "\n", "a\"b"`},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			assert.Equal(t, test.want, listing.BindAt(noon, test.member).Filter(test.action).String())
		})
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	everyClause(func(name string, f rbac.Filter) {
		for _, r := range []rbac.Resource{theWallet.MiniProgram("mp-1").OwnedBy("bob"), theShop.Resource(), {}} {
			assert.Zero(t, testing.AllocsPerRun(10, func() { f.Match(r) }), "%s of %+v", name, r)
		}
	})
}
