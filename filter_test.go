package rbac_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	args[len(args)-1] = `{"mp-3"}`
	assert.False(t, filter.Match(theShop.MiniProgram("mp-3")), "a program that the caller added later")
	_, again, err := filter.Where(allColumns)
	require.NoError(t, err)
	assert.Equal(t, []any{"wallet", "shop", "developer", `{"mp-1","mp-2"}`}, again)
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
			assert.Empty(t, test.filter.Terms())
			assertWhere(t, test.filter, allColumns, "1=0", nil)
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
func termsMatch(all []rbac.Terms, r rbac.Resource) bool {
	return slices.ContainsFunc(all, func(terms rbac.Terms) bool { return oneMatches(terms, r) })
}

func oneMatches(terms rbac.Terms, r rbac.Resource) bool {
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
		want   []rbac.Terms
	}{
		{"of the whole tenant",
			listed(rbac.KindTenant, rbac.ScopeTenant|ownOrAssigned, "mp-1"), "on.workspace", []rbac.Terms{{
				Scope: rbac.ScopeTenant, Target: rbac.OnWorkspace, Workspace: theWallet, Member: "ann",
			}}},
		{"of the own workspace", listed(rbac.KindDeveloper, wholeHome|assignedOnly, "mp-1"), "eyes.any", []rbac.Terms{{
			Scope: rbac.ScopeWorkspace, Target: rbac.OnAny, Workspace: theShop, Member: "ann", FourEyes: true,
		}}},
		{"of assigned programs",
			listed(rbac.KindDeveloper, assignedOnly, "mp-2", "", "mp-1", "mp-2"), "on.miniprogram", []rbac.Terms{{
				Scope: rbac.ScopeAssigned, Target: rbac.OnMiniProgram, Workspace: theShop, Member: "ann",
				MiniPrograms: []string{"mp-1", "mp-2"},
			}}},
		{"of own things and assigned programs", listed(rbac.KindDeveloper, ownOrAssigned, "mp-1"), "on.any", []rbac.Terms{{
			Scope: ownOrAssigned, Target: rbac.OnAny, Workspace: theShop, Member: "ann", MiniPrograms: []string{"mp-1"},
		}}},
		{"of own things, and no program", listed(rbac.KindDeveloper, ownOrAssigned), "on.any", []rbac.Terms{{
			Scope: rbac.ScopeOwn, Target: rbac.OnAny, Workspace: theShop, Member: "ann",
		}}},
		{"of nothing", listed(rbac.KindDeveloper, assignedOnly), "on.any", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, filterOf(test.member, test.action).Terms())
		})
	}
	assert.Empty(t, rbac.Filter{}.Terms(), "of the zero Filter")
}

func TestTermsBelongToTheCaller(t *testing.T) {
	filter := filterOf(listed(rbac.KindDeveloper, assignedOnly, "mp-1"), "on.any")
	terms := filter.Terms()
	terms[0].MiniPrograms[0], terms[0].Member = "mp-2", "bob"
	assert.Equal(t, []string{"mp-1"}, filter.Terms()[0].MiniPrograms, "after a caller changed its terms")
	assert.Equal(t, "ann", filter.Terms()[0].Member, "after a caller changed its terms")
	assert.True(t, filter.Match(theShop.MiniProgram("mp-1")))
}

func TestTermsAreWrittenAsJSON(t *testing.T) {
	filter := filterOf(listed(rbac.KindDeveloper, ownOrAssigned, "mp-2", "mp-1"), "on.any").
		Or(filterOf(listed(rbac.KindTenant, rbac.ScopeTenant), "eyes.miniprogram"))
	document, err := json.Marshal(filter.Terms())
	require.NoError(t, err)
	assert.Equal(t, `[{"scope":["own","assigned"],"target":["tenant","developer","miniprogram"],`+
		`"workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"member":"ann","mini_programs":["mp-1","mp-2"]},`+
		`{"scope":["tenant"],"target":["miniprogram"],`+
		`"workspace":{"kind":"tenant","id":"wallet","tenant":"wallet"},"member":"ann","four_eyes":true}]`, string(document))
}

// severalFilters are of one person and of others, in one tenant and in two, of several actions.
func severalFilters() []rbac.Filter {
	return []rbac.Filter{
		{},
		filterOf(listed(rbac.KindDeveloper, ownOrAssigned, "mp-1"), "on.any"),
		filterOf(listed(rbac.KindDeveloper, wholeHome), "eyes.miniprogram"),
		filterOf(staff("bob", theBakery, inRole(roleThat(rbac.KindDeveloper, ownThings))), "on.workspace"),
		filterOf(listed(rbac.KindTenant, rbac.ScopeTenant), "on.tenant_miniprogram"),
		filterOf(listed(rbac.KindTenant, assignedOnly, "mp-2"), "eyes.any"),
		filterOf(staff("ann", banksShop, inRole(roleThat(rbac.KindDeveloper, assignedOnly), "mp-3")), "on.any"),
		filterOf(staff("ann", theBank, inRole(roleThat(rbac.KindTenant, rbac.ScopeTenant))), "on.any"),
		filterOf(listed(rbac.KindDeveloper, assignedOnly), "on.any"),
	}
}

func TestOrMatchesWhatEitherMatches(t *testing.T) {
	resources, several := listedResources(), severalFilters()
	for _, f := range several {
		for _, g := range several {
			both := f.Or(g)
			assert.Equal(t, f.None() && g.None(), both.None(), "None of %q or %q", f, g)
			for _, r := range resources {
				want := f.Match(r) || g.Match(r)
				require.Equal(t, want, both.Match(r), "%+v of %q or %q", r, f, g)
				require.Equal(t, want, termsMatch(both.Terms(), r), "%+v of the terms of %q or %q", r, f, g)
			}
		}
	}
	all, reversed := rbac.Filter{}, rbac.Filter{}
	for i, f := range several {
		all, reversed = all.Or(f), several[i].Or(reversed)
	}
	for _, r := range resources {
		want := slices.ContainsFunc(several, func(f rbac.Filter) bool { return f.Match(r) })
		require.Equal(t, want, all.Match(r), "%+v of all", r)
		require.Equal(t, want, reversed.Match(r), "%+v of all, the last first", r)
	}
	assert.Len(t, all.Terms(), 7, "the parts of all, of which two match nothing")
}

func TestOrChangesNeitherFilter(t *testing.T) {
	several := severalFilters()
	grown := several[1].Or(several[2])
	for _, f := range []rbac.Filter{several[3], several[4], several[5]} {
		grown = grown.Or(f) // whose parts may have room for more
		before := grown.String()
		first, second := grown.Or(several[6]), grown.Or(several[7])
		assert.Equal(t, before, grown.String())
		assert.Equal(t, before+"; or "+several[6].String(), first.String())
		assert.Equal(t, before+"; or "+several[7].String(), second.String())
	}
	assert.Equal(t, severalFilters()[1].String(), several[1].String())
}

func TestOrOfTheZeroFilterIsTheOther(t *testing.T) {
	f := filterOf(listed(rbac.KindDeveloper, ownOrAssigned, "mp-1"), "eyes.any")
	want, args, err := f.Where(allColumns)
	require.NoError(t, err)
	for name, same := range map[string]rbac.Filter{
		"or nothing": f.Or(rbac.Filter{}), "nothing or it": rbac.Filter{}.Or(f),
		"nothing, it, nothing": (rbac.Filter{}).Or(f).Or(rbac.Filter{}),
	} {
		assertWhere(t, same, allColumns, want, args)
		assert.Equal(t, f.String(), same.String(), name)
		assert.Equal(t, f.Terms(), same.Terms(), name)
	}
	nothing := rbac.Filter{}.Or(rbac.Filter{})
	assert.True(t, nothing.None())
	assert.Equal(t, "nothing", nothing.String())
	assertWhere(t, nothing, allColumns, "1=0", nil)
}

// One person who is a member of three workspaces has one list, in one clause.
func TestOrIsOneClause(t *testing.T) {
	assigned := inRole(roleThat(rbac.KindDeveloper, assignedOnly), "mp-1")
	f := filterOf(staff("ann", theShop, assigned), "on.miniprogram").
		Or(filterOf(staff("ann", theBakery, inRole(roleThat(rbac.KindDeveloper, wholeHome))), "on.miniprogram")).
		Or(filterOf(staff("ann", theBank, inRole(roleThat(rbac.KindTenant, ownThings))), "on.any"))
	assertWhere(t, f, allColumns,
		`(("tenant" = ? AND "workspace" = ? AND "kind" = ? AND "program" = ?)`+
			` OR ("tenant" = ? AND "workspace" = ? AND "kind" = ? AND COALESCE("program", '') <> '')`+
			` OR ("tenant" = ? AND "workspace" = ? AND "kind" = ? AND "owner" = ?))`,
		[]any{
			"wallet", "shop", "developer", "mp-1", "wallet", "bakery", "developer", "bank", "bank", "tenant", "ann",
		})
	dollars := allColumns
	dollars.Placeholder, dollars.Offset = nil, 2
	clause, _, err := f.Where(dollars)
	require.NoError(t, err)
	assert.Equal(t, `(("tenant" = $3 AND "workspace" = $4 AND "kind" = $5 AND "program" = $6)`+
		` OR ("tenant" = $7 AND "workspace" = $8 AND "kind" = $9 AND COALESCE("program", '') <> '')`+
		` OR ("tenant" = $10 AND "workspace" = $11 AND "kind" = $12 AND "owner" = $13))`, clause)
}

// An index costs more than the clause, which does not need it.
func TestFilterIndexesItsProgramsWhenMatchFirstAsks(t *testing.T) {
	programs := programsTo(5_000)
	var fresh []rbac.Filter
	for range 2 {
		filter := filterOf(listed(rbac.KindDeveloper, assignedOnly, programs...), "on.any")
		_, _, err := filter.Where(allColumns)
		require.NoError(t, err)
		require.Len(t, filter.Terms()[0].MiniPrograms, len(programs))
		fresh = append(fresh, filter)
	}
	last, next := theShop.MiniProgram("mp-5000"), 0
	first := testing.AllocsPerRun(1, func() { fresh[next].Match(last); next++ })
	assert.NotZero(t, first, "allocations when Match first asks, after Where and Terms")
	assert.Zero(t, testing.AllocsPerRun(10, func() { fresh[0].Match(last) }), "allocations when it asks again")
	assert.True(t, fresh[0].Match(last))
	assert.False(t, fresh[0].Match(theShop.MiniProgram("mp-5001")))
}

func TestFilterMatchMayBeAskedByManyAtOnce(t *testing.T) {
	filter := filterOf(listed(rbac.KindDeveloper, assignedOnly, programsTo(5_000)...), "on.any")
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			assert.True(t, filter.Match(theShop.MiniProgram("mp-5000")), "asked by %d", i)
			assert.False(t, filter.Match(theShop.MiniProgram("mp-5001")), "asked by %d", i)
		})
	}
	asking.Wait()
}

// allColumns asks for the short clauses: the columns compare byte by byte, and a placeholder is a question mark.
// sql_test.go has the comparisons of each dialect.
var (
	allColumns = rbac.Columns{
		Dialect: rbac.PostgreSQL, Bytewise: true, Placeholder: func(int) string { return "?" },
		Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "program", Owner: "owner",
	}
	withoutKind    = without("kind")
	withoutTenant  = without("tenant")
	withoutProgram = without("program")
	withoutOwner   = without("owner")
)

// without is allColumns for a table that lacks some of them.
func without(words ...string) rbac.Columns {
	columns := allColumns
	for _, column := range theColumns {
		if slices.Contains(words, column.word) {
			column.set(&columns, rbac.NoColumn)
		}
	}
	return columns
}

const (
	ownThings     = rbac.ScopeOwn
	assignedOnly  = rbac.ScopeAssigned
	ownOrAssigned = rbac.ScopeOwn | rbac.ScopeAssigned
	wholeHome     = rbac.ScopeWorkspace
)

const (
	andLevel    = ` AND COALESCE("program", '') = ''`          // workspace-level
	andProgram  = ` AND COALESCE("program", '') <> ''`         // of a mini program
	andOwn      = ` AND "owner" = ?`                           // the member's own
	andAssigned = ` AND ("program" = ANY(?))`                  // of an assigned program
	andEither   = ` AND ("owner" = ? OR ("program" = ANY(?)))` // one of the two
	andSecond   = ` AND COALESCE("owner", '') NOT IN ('', ?)`  // four eyes
)

// theTwo is mp-1 and mp-2, as an array in PostgreSQL.
const theTwo = `{"mp-1","mp-2"}`

// homeClauses has what a clause adds to the comparisons of tenant, workspace and kind, for a member who reaches the own
// workspace only. The member is assigned mp-1 and mp-2.
var homeClauses = []struct {
	kind   rbac.WorkspaceKind
	scope  rbac.Scope
	action rbac.Action
	adds   string
	args   []any
}{
	{rbac.KindTenant, ownThings, "on.tenant", andLevel + andOwn, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.workspace", andLevel + andOwn, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.miniprogram", andProgram + andOwn, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.tenant_miniprogram", andOwn, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.developer_miniprogram", andProgram + andOwn, []any{"ann"}},
	{rbac.KindTenant, ownThings, "on.any", andOwn, []any{"ann"}},
	{rbac.KindTenant, assignedOnly, "on.miniprogram", andAssigned, []any{theTwo}},
	{rbac.KindTenant, assignedOnly, "on.tenant_miniprogram", andAssigned, []any{theTwo}},
	{rbac.KindTenant, assignedOnly, "on.developer_miniprogram", andAssigned, []any{theTwo}},
	{rbac.KindTenant, assignedOnly, "on.any", andAssigned, []any{theTwo}},
	{rbac.KindTenant, assignedOnly, "eyes.miniprogram", andAssigned + andSecond, []any{theTwo, "ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.workspace", andLevel + andOwn, []any{"ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.miniprogram", andProgram + andEither, []any{"ann", theTwo}},
	{rbac.KindTenant, ownOrAssigned, "on.developer_miniprogram", andProgram + andEither, []any{"ann", theTwo}},
	{rbac.KindTenant, ownOrAssigned, "eyes.any", andAssigned + andSecond, []any{theTwo, "ann"}},
	{rbac.KindTenant, ownOrAssigned, "on.any", andEither, []any{"ann", theTwo}},
	{rbac.KindTenant, wholeHome, "on.tenant", andLevel, nil},
	{rbac.KindTenant, wholeHome, "on.workspace", andLevel, nil},
	{rbac.KindTenant, wholeHome, "on.miniprogram", andProgram, nil},
	{rbac.KindTenant, wholeHome, "on.tenant_miniprogram", ``, nil},
	{rbac.KindTenant, wholeHome, "on.developer_miniprogram", andProgram, nil},
	{rbac.KindTenant, wholeHome, "on.any", ``, nil},
	{rbac.KindTenant, wholeHome, "eyes.any", andSecond, []any{"ann"}},
	{rbac.KindTenant, wholeHome | ownOrAssigned, "on.any", ``, nil},
	{rbac.KindTenant, wholeHome | assignedOnly, "on.miniprogram", andProgram, nil},

	{rbac.KindDeveloper, ownThings, "on.developer", andLevel + andOwn, []any{"ann"}},
	{rbac.KindDeveloper, ownThings, "on.miniprogram", andProgram + andOwn, []any{"ann"}},
	{rbac.KindDeveloper, ownThings, "on.tenant_miniprogram", andProgram + andOwn, []any{"ann"}},
	{rbac.KindDeveloper, ownThings, "on.developer_miniprogram", andOwn, []any{"ann"}},
	{rbac.KindDeveloper, assignedOnly, "on.any", andAssigned, []any{theTwo}},
	{rbac.KindDeveloper, assignedOnly, "eyes.any", andAssigned + andSecond, []any{theTwo, "ann"}},
	{rbac.KindDeveloper, ownOrAssigned, "on.any", andEither, []any{"ann", theTwo}},
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
			assertWhere(t, filter, allColumns, `("tenant" = ? AND "workspace" = ? AND "kind" = ?`+row.adds+`)`,
				slices.Concat(home, []any{row.kind.String()}, row.args))
			assertWhere(t, filter, withoutKind, `("tenant" = ? AND "workspace" = ?`+row.adds+`)`,
				slices.Concat(home, row.args))
			assertWhere(t, filter, withoutTenant, `("workspace" = ? AND "kind" = ?`+row.adds+`)`,
				slices.Concat(home[1:], []any{row.kind.String()}, row.args))
		})
	}
}

func assertWhere(t *testing.T, f rbac.Filter, c rbac.Columns, clause string, args []any) {
	t.Helper()
	gotClause, gotArgs, err := f.Where(c)
	require.NoError(t, err)
	assert.Equal(t, clause, gotClause)
	if len(args) > 0 || len(gotArgs) > 0 {
		assert.Equal(t, args, gotArgs)
	}
}

const (
	// A row of the tenant's own workspace, and one of a merchant's, by a column for the kind.
	inTenant    = `"kind" = ? AND "workspace" = ?`
	inDeveloper = `"kind" = ? AND COALESCE("workspace", '') <> ''`

	// The same without such a column: the tenant's own workspace is the one that has its ID.
	inItself   = `"workspace" = ?`
	inAnother  = `COALESCE("workspace", '') NOT IN ('', ?)`
	inAnything = `COALESCE("workspace", '') <> ''`
)

// tenantClauses has what a clause adds to the comparison of the tenant, for a member who reaches the whole tenant: with
// a column for the kind, and without.
var tenantClauses = []struct {
	action   rbac.Action
	withKind string
	args     []any
	without  string
	fewer    []any
}{
	{
		"on.tenant",
		inTenant + andLevel, []any{"tenant", "wallet"},
		inItself + andLevel, []any{"wallet"},
	},
	{
		"on.developer",
		inDeveloper + andLevel, []any{"developer"},
		inAnother + andLevel, []any{"wallet"},
	},
	{
		"on.workspace",
		`((` + inTenant + `) OR (` + inDeveloper + `))` + andLevel, []any{"tenant", "wallet", "developer"},
		inAnything + andLevel, nil,
	},
	{
		"on.miniprogram",
		`((` + inTenant + `) OR (` + inDeveloper + `))` + andProgram, []any{"tenant", "wallet", "developer"},
		inAnything + andProgram, nil,
	},
	{
		"on.tenant_miniprogram",
		`((` + inTenant + `) OR (` + inDeveloper + andProgram + `))`, []any{"tenant", "wallet", "developer"},
		`((` + inItself + `) OR (` + inAnother + andProgram + `))`, []any{"wallet", "wallet"},
	},
	{
		"on.developer_miniprogram",
		`((` + inTenant + andProgram + `) OR (` + inDeveloper + `))`, []any{"tenant", "wallet", "developer"},
		`((` + inItself + andProgram + `) OR (` + inAnother + `))`, []any{"wallet", "wallet"},
	},
	{
		"on.any",
		`((` + inTenant + `) OR (` + inDeveloper + `))`, []any{"tenant", "wallet", "developer"},
		inAnything, nil,
	},
	{
		"eyes.any",
		`((` + inTenant + `) OR (` + inDeveloper + `))` + andSecond, []any{"tenant", "wallet", "developer", "ann"},
		inAnything + andSecond, []any{"ann"},
	},
	{
		"eyes.tenant",
		inTenant + andLevel + andSecond, []any{"tenant", "wallet", "ann"},
		inItself + andLevel + andSecond, []any{"wallet", "ann"},
	},
}

func TestWhereInTheWholeTenant(t *testing.T) {
	for _, row := range tenantClauses {
		for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeTenant | rbac.ScopeWorkspace | ownOrAssigned} {
			t.Run(fmt.Sprintf("%s %s", scope, row.action), func(t *testing.T) {
				filter := filterOf(listed(rbac.KindTenant, scope, "mp-1"), row.action)
				ofTenant := []any{"wallet"}
				assertWhere(t, filter, allColumns, `("tenant" = ? AND `+row.withKind+`)`, slices.Concat(ofTenant, row.args))
				assertWhere(t, filter, withoutKind, `("tenant" = ? AND `+row.without+`)`, slices.Concat(ofTenant, row.fewer))
			})
		}
	}
}

// Without a column for the tenant the whole table is the member's tenant's.
func TestWhereWithoutAColumnForTheTenant(t *testing.T) {
	for _, row := range tenantClauses {
		filter := filterOf(listed(rbac.KindTenant, rbac.ScopeTenant), row.action)
		assertWhere(t, filter, withoutTenant, "("+row.withKind+")", row.args)
		columns := withoutTenant
		columns.Kind = rbac.NoColumn
		assertWhere(t, filter, columns, "("+row.without+")", row.fewer)
	}
}

// Without a column for the mini program every row is a workspace-level thing, and without one for the owner no owner is
// known. What needs the column then matches no row.
func TestWhereWithoutAColumnForTheMiniProgramOrTheOwner(t *testing.T) {
	const none = "1=0"
	ten, dev, whole := rbac.KindTenant, rbac.KindDeveloper, rbac.ScopeTenant
	for _, row := range []struct {
		kind                         rbac.WorkspaceKind
		scope                        rbac.Scope
		action                       rbac.Action
		noProgram, noOwner, noneBoth string // what the clause adds, or that it is never true
	}{
		{dev, ownThings, "on.workspace", andOwn, none, none},
		{dev, ownThings, "on.miniprogram", none, none, none},
		{dev, ownThings, "on.any", andOwn, none, none},
		{dev, ownThings, "on.tenant_miniprogram", none, none, none},
		{dev, ownThings, "on.developer_miniprogram", andOwn, none, none},
		{dev, assignedOnly, "on.miniprogram", none, andAssigned, none},
		{dev, assignedOnly, "on.any", none, andAssigned, none},
		{dev, assignedOnly, "eyes.any", none, none, none},
		{dev, ownOrAssigned, "on.any", andOwn, andAssigned, none},
		{dev, ownOrAssigned, "on.workspace", andOwn, none, none},
		{dev, ownOrAssigned, "on.miniprogram", none, andProgram + andAssigned, none},
		{dev, wholeHome, "on.workspace", ``, andLevel, ``},
		{dev, wholeHome, "on.miniprogram", none, andProgram, none},
		{dev, wholeHome, "on.any", ``, ``, ``},
		{dev, wholeHome, "eyes.any", andSecond, none, none},
		{ten, wholeHome, "on.tenant_miniprogram", ``, ``, ``},
		{ten, wholeHome, "on.developer_miniprogram", none, andProgram, none},
		{ten, wholeHome, "eyes.miniprogram", none, none, none},
		{ten, whole, "on.tenant", ` AND ` + inTenant, ` AND ` + inTenant + andLevel, ` AND ` + inTenant},
		{ten, whole, "on.developer", ` AND ` + inDeveloper, ` AND ` + inDeveloper + andLevel, ` AND ` + inDeveloper},
		{ten, whole, "on.miniprogram", none, ` AND ((` + inTenant + `) OR (` + inDeveloper + `))` + andProgram, none},
		{ten, whole, "on.tenant_miniprogram", ` AND ` + inTenant,
			` AND ((` + inTenant + `) OR (` + inDeveloper + andProgram + `))`, ` AND ` + inTenant},
		{ten, whole, "on.any", ` AND ((` + inTenant + `) OR (` + inDeveloper + `))`,
			` AND ((` + inTenant + `) OR (` + inDeveloper + `))`, ` AND ((` + inTenant + `) OR (` + inDeveloper + `))`},
		{ten, whole, "eyes.any", ` AND ((` + inTenant + `) OR (` + inDeveloper + `))` + andSecond, none, none},
	} {
		filter := filterOf(listed(row.kind, row.scope, "mp-2", "mp-1"), row.action)
		home := `("tenant" = ?`
		if row.scope < whole {
			home += ` AND "workspace" = ? AND "kind" = ?`
		}
		for adds, columns := range map[*string]rbac.Columns{
			&row.noProgram: withoutProgram, &row.noOwner: withoutOwner, &row.noneBoth: without("program", "owner"),
		} {
			want := none
			if *adds != none {
				want = home + *adds + `)`
			}
			clause, args, err := filter.Where(columns)
			require.NoError(t, err)
			assert.Equal(t, want, clause, "%s %s %s with %+v", row.kind, row.scope, row.action, columns)
			assert.Len(t, args, strings.Count(want, "?"), "%s %s %s", row.kind, row.scope, row.action)
		}
	}
}

// Tables of several tenants need a column that tells them apart, and so does a filter that is of several.
func TestWhereOfTwoTenantsNeedsAColumnForTheTenant(t *testing.T) {
	const problem = "rbac: columns.tenant: the filter is of two tenants; name the column that holds the tenant"
	several := severalFilters()
	ofShop, ofBakery, ofWallet, ofBank := several[1], several[3], several[4], several[7]
	for name, f := range map[string]rbac.Filter{
		"two": ofWallet.Or(ofBank), "two, the other way": ofBank.Or(ofWallet),
		"two of three parts": ofShop.Or(ofBakery).Or(ofBank),
	} {
		assertNoWhere(t, f, withoutTenant, problem)
		_, _, err := f.Where(allColumns)
		assert.NoError(t, err, name)
	}
	for name, f := range map[string]rbac.Filter{
		"one": ofBank, "one of three parts": ofShop.Or(ofBakery).Or(ofWallet), "none": {},
		"one and nothing": ofBank.Or(rbac.Filter{}),
	} {
		clause, _, err := f.Where(withoutTenant)
		assert.NoError(t, err, name)
		assert.NotContains(t, clause, "tenant", name)
	}
	columns := withoutTenant
	columns.Owner = ""
	assertNoWhere(t, ofWallet.Or(ofBank), columns, noColumn("columns.owner"), problem)
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
	several := rbac.Filter{}
	for _, filter := range severalFilters() {
		several = several.Or(filter)
	}
	visit("several", several)
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
		{listed(dev, assignedOnly), "on.miniprogram", "nothing"},
		{listed(dev, assignedOnly, `a"b`, "\n"), "on.miniprogram",
			`on.miniprogram: mini programs of developer workspace "shop" that are or belong to "\n", "a\"b"`},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			assert.Equal(t, test.want, filterOf(test.member, test.action).String())
		})
	}
}
