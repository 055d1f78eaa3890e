package rbac_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhoCanYieldsThoseWhoCan(t *testing.T) {
	can, cannot := staff("ann", theShop, inRole(rbac.DeveloperAdmin)), staff("bob", theShop)
	expired := staff("cy", theShop, until(ago, inRole(rbac.DeveloperAdmin)))
	again := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	tests := []struct {
		name    string
		members []rbac.Member
		want    []rbac.Member
	}{
		{"of no members", nil, nil},
		{"none of them", []rbac.Member{cannot, {}}, nil},
		{"some of them, in their order", []rbac.Member{again, cannot, can}, []rbac.Member{again, can}},
		{"one of them, as often as it comes", []rbac.Member{can, can, cannot, can}, []rbac.Member{can, can, can}},
		{"none whose role has expired", []rbac.Member{expired}, nil},
	}
	mp1 := theShop.MiniProgram("mp-1")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := rbac.Default().WhoCan(rbac.ReleaseMiniProgram, mp1, slices.Values(test.members))
			assert.Equal(t, test.want, slices.Collect(got))
		})
	}
	assert.Empty(t, slices.Collect(rbac.Default().WhoCan(rbac.ReleaseMiniProgram, mp1, nil)), "of the nil sequence")
}

func TestWhoCanAsksForNoMoreMembersThanAreTaken(t *testing.T) {
	asked := 0
	members := func(yield func(rbac.Member) bool) {
		for {
			asked++
			if !yield(staff(fmt.Sprintf("m-%d", asked), theShop, inRole(rbac.DeveloperAdmin))) {
				return
			}
		}
	}
	for m := range rbac.Default().WhoCan(rbac.EditFeature, theShop.Resource(), members) {
		if m.ID == "m-3" {
			break
		}
	}
	assert.Equal(t, 3, asked, "members taken from an endless sequence, up to the third")
}

func TestWhoCanAtAsksAtThatTime(t *testing.T) {
	t.Parallel()
	admin := inRole(rbac.DeveloperAdmin)
	members := []rbac.Member{
		staff("always", theShop, admin), staff("before", theShop, until(noon, admin)),
		staff("after", theShop, from(noon, admin)), inSuspended(staff("never", theShop, admin)),
	}
	for now, want := range map[time.Time][]rbac.Member{
		noon.Add(-1): {members[0], members[1]},
		noon:         {members[0], members[2]},
	} {
		for _, place := range []rbac.Resource{theShop.Resource(), theShop.Resource().OwnedBy("always")} {
			got := rbac.Default().WhoCanAt(now, rbac.ManageWorkspace, place, slices.Values(members))
			assert.Equal(t, want, slices.Collect(got), "at %s", now)
			assert.Equal(t, want, slices.Collect(got), "at %s, read again", now)
		}
	}
	nobody := rbac.Default().WhoCanAt(noon, rbac.ManageWorkspace, theShop.Resource(), nil)
	assert.Empty(t, slices.Collect(nobody), "of the nil sequence")
}

// While a slow cursor is read, a role passes from one member to the other. One of them holds it, whoever is read first.
func TestWhoCanAsksAboutOneInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, order := range [][]int{{0, 1}, {1, 0}} {
			handOver := time.Now().Add(90 * time.Minute) // between the first member and the second
			pair := []rbac.Member{
				staff("before", theShop, until(handOver, inRole(rbac.DeveloperAdmin))),
				staff("after", theShop, from(handOver, inRole(rbac.DeveloperAdmin))),
			}
			members := slowly([]rbac.Member{pair[order[0]], pair[order[1]]})
			holders := rbac.Default().WhoCan(rbac.ManageWorkspace, theShop.Resource(), members)
			assert.Equal(t, pair[:1], slices.Collect(holders), "while the role passes on, read in the order %v", order)
			assert.Equal(t, pair[1:], slices.Collect(holders), "after that, read in the order %v", order)
		}
	})
}

// slowly takes an hour for each member, by the clock of a synctest bubble.
func slowly(members []rbac.Member) iter.Seq[rbac.Member] {
	return func(yield func(rbac.Member) bool) {
		for _, member := range members {
			time.Sleep(time.Hour)
			if !yield(member) {
				return
			}
		}
	}
}

func TestWhoCanOfNoPolicy(t *testing.T) {
	t.Parallel()
	ann := slices.Values([]rbac.Member{staff("ann", theShop, inRole(rbac.DeveloperAdmin))})
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		members := slices.Collect(policy.WhoCan(rbac.EditFeature, theShop.Resource(), ann))
		assert.Empty(t, members, "WhoCan of the %s policy", name)
		members = slices.Collect(policy.WhoCanAt(noon, rbac.EditFeature, theShop.Resource(), ann))
		assert.Empty(t, members, "WhoCanAt of the %s policy", name)
	}
}

// desk has one role for each scope, in each kind of workspace, and a role of the shop's own.
var desk = rbac.Must(rbac.New(rbac.Spec{
	Actions: map[rbac.Action]rbac.Target{
		"thing.see": rbac.OnAny, "thing.sign": rbac.OnAny, "program.run": rbac.OnMiniProgram, "office.open": rbac.OnDeveloper,
		"nobody.does": rbac.OnAny,
	},
	FourEyes: []rbac.Action{"thing.sign"},
	Roles: []rbac.Role{
		merchantRole("d.own", rbac.Permissions{"thing.see": rbac.ScopeOwn}),
		merchantRole("d.assigned", rbac.Permissions{
			"thing.see": assignedOnly, "thing.sign": assignedOnly, "program.run": assignedOnly,
		}),
		merchantRole("d.both", rbac.Permissions{"thing.see": ownOrAssigned, "thing.sign": ownOrAssigned}),
		merchantRole("d.whole", rbac.Permissions{"thing.see": wholeHome, "thing.sign": wholeHome, "office.open": wholeHome}),
		merchantRole("d.none", nil),
		roleOf(theShop, "d.shops", rbac.Permissions{"thing.see": wholeHome}),
		tenantRole("t.own", rbac.Permissions{"thing.see": rbac.ScopeOwn}),
		tenantRole("t.assigned", rbac.Permissions{"thing.see": assignedOnly, "program.run": assignedOnly}),
		tenantRole("t.whole", rbac.Permissions{"thing.see": wholeHome}),
		tenantRole("t.tenant", rbac.Permissions{"thing.see": rbac.ScopeTenant, "thing.sign": rbac.ScopeTenant}),
	},
	Exclusive: [][]rbac.RoleID{{"d.own", "d.whole"}},
}))

// deskMembers has members of every role who are active and who are not, at noon, in places near and far.
func deskMembers() []rbac.Member {
	var members []rbac.Member
	for _, place := range []rbac.Workspace{
		theWallet, theShop, theBakery, theBank, banksShop, theWallet.Developer("wallet"), {},
	} {
		for role := range desk.Roles() {
			held := inRole(role.ID, "mp-1", "", "mp-2")
			for _, id := range []string{"ann", "bob", ""} {
				members = append(members, staff(id, place, held))
			}
			ann := staff("ann", place, held)
			for status := range rbac.StatusDeleted + 2 {
				members = append(members, inStatus(status, ann))
			}
			members = append(members, inSuspended(ann),
				staff("ann", place, inRole(role.ID)), staff("ann", place, inRole(role.ID, "mp-3")),
				staff("ann", place, until(noon, held)), staff("ann", place, until(noon.Add(1), held)),
				staff("ann", place, from(noon, held)), staff("ann", place, from(noon.Add(1), held)),
				staff("ann", place, from(noon, until(noon, held))), staff("ann", place, until(noon, held), from(noon, held)),
				staff("ann", place, inRole("d.own", "mp-1"), held, inRole("d.whole")), // who holds roles that exclude each other
				staff("ann", place, inRole("gone"), held), staff("ann", place, inRole("gone")),
			)
		}
		members = append(members, staff("ann", place))
	}
	return members
}

func TestHoldersMatchWhoCan(t *testing.T) {
	t.Parallel()
	members, matched := deskMembers(), 0
	for action := range desk.Actions() {
		for _, resource := range listedResources() {
			holders := desk.HoldersAt(noon, action, resource)
			some := false
			for _, member := range members {
				can := desk.CheckAt(noon, member, action, resource).Allowed
				if holders.Match(member) != can {
					t.Fatalf("%s of %+v by %+v: Can is %t", action, resource, member, can)
				}
				if some = some || can; can {
					matched++
				}
			}
			if some {
				assert.False(t, holders.None(), "%s of %+v, which somebody may do", action, resource)
			}
		}
	}
	assert.Greater(t, matched, 4_000, "members who may")
}

// A host makes no query where None is true, so it is true only where nobody could be a holder, whoever the members are.
func TestHoldersNoneIsTrueWhereNobodyCould(t *testing.T) {
	t.Parallel()
	none, some := 0, 0
	for action := range desk.Actions() {
		for _, resource := range listedResources() {
			var could []rbac.Member
			for role := range desk.Roles() {
				for _, id := range []string{"ann", "bob"} {
					held := inRole(role.ID, resource.MiniProgram)
					could = append(could, staff(id, resource.Workspace, held), staff(id, rbac.Tenant(resource.Workspace.Tenant), held))
				}
			}
			holders := desk.HoldersAt(noon, action, resource)
			assert.Equal(t, !slices.ContainsFunc(could, holders.Match), holders.None(), "%s of %+v", action, resource)
			if holders.None() {
				none++
			} else {
				some++
			}
		}
	}
	assert.Greater(t, none, 100)
	assert.Greater(t, some, 100)
}

func TestHoldersOfNobody(t *testing.T) {
	t.Parallel()
	var noPolicy *rbac.Policy
	mp1, office := theShop.MiniProgram("mp-1"), theShop.Resource()
	nowhere := rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}
	for name, holders := range map[string]rbac.Holders{
		"the zero Holders":                         {},
		"of the nil Policy":                        noPolicy.HoldersAt(noon, "thing.see", mp1),
		"of the nil Policy, now":                   noPolicy.Holders("thing.see", mp1),
		"of the zero Policy":                       new(rbac.Policy).HoldersAt(noon, "thing.see", mp1),
		"of an unknown action":                     desk.HoldersAt(noon, "thing.se", mp1),
		"of no action":                             desk.HoldersAt(noon, "", mp1),
		"of an action that no role grants":         desk.HoldersAt(noon, "nobody.does", mp1),
		"of no resource":                           desk.HoldersAt(noon, "thing.see", rbac.Resource{}),
		"of a workspace that contradicts itself":   desk.HoldersAt(noon, "thing.see", nowhere.MiniProgram("mp-1")),
		"of an action on the wrong target":         desk.HoldersAt(noon, "program.run", office),
		"of an action on the wrong kind":           desk.HoldersAt(noon, "office.open", theWallet.Resource()),
		"of a merchant's action on a mini program": desk.HoldersAt(noon, "office.open", mp1),
		"under four eyes, of an unknown owner":     desk.HoldersAt(noon, "thing.sign", mp1),
	} {
		assert.True(t, holders.None(), name)
		for _, member := range []rbac.Member{
			{}, staff("ann", theShop, inRole("d.whole")), staff("ann", theWallet, inRole("t.tenant")),
		} {
			assert.False(t, holders.Match(member), name)
		}
		for _, dialect := range dialects {
			columns := memberColumns
			columns.Dialect = dialect
			assertHoldersWhere(t, holders, columns, "1=0", nil)
		}
	}
}

// memberColumns asks for the short clauses: the columns compare byte by byte, and a placeholder is a question mark.
var memberColumns = rbac.MemberColumns{
	Dialect: rbac.PostgreSQL, Bytewise: true, Placeholder: func(int) string { return "?" },
	Kind: "kind", Tenant: "tenant", Workspace: "workspace", ID: "id", Status: "status", Suspended: "suspended",
	Role: "role", NotBefore: "begins", NotAfter: "ends", MiniProgram: "program",
}

func assertHoldersWhere(t *testing.T, h rbac.Holders, c rbac.MemberColumns, clause string, args []any) {
	t.Helper()
	gotClause, gotArgs, err := h.Where(c)
	require.NoError(t, err)
	assert.Equal(t, clause, gotClause)
	if len(args) > 0 || len(gotArgs) > 0 {
		assert.Equal(t, args, gotArgs)
	}
}

const (
	// What every clause begins with and ends with.
	whoIsIn    = `("tenant" = ? AND "status" = ? AND "suspended" IS FALSE AND ` + inForceNow
	inForceNow = `("begins" IS NULL OR "begins" <= ?) AND ("ends" IS NULL OR "ends" > ?) AND `
	whoIsKnown = ` AND COALESCE("id", '') <> '')`
	whoSeesTwo = ` AND COALESCE("id", '') NOT IN ('', ?))` // four eyes

	inThePlace  = `"workspace" = ? AND "kind" = ? AND `
	withARole   = inThePlace + `"role" = ?`
	withSome    = inThePlace + `("role" = ANY(?))`
	ofTheThing  = ` AND "program" = ?`
	ofThePerson = ` AND "id" = ?`
)

func TestHoldersWhereNamesRolesByTheWorkspaceOfTheirHolders(t *testing.T) {
	t.Parallel()
	now := []any{"wallet", "active", noon, noon}
	shop, wallet := []any{"shop", "developer"}, []any{"wallet", "tenant"}
	mp1 := theShop.MiniProgram("mp-1")
	for _, row := range []struct {
		name     string
		action   rbac.Action
		resource rbac.Resource
		holders  string
		known    string
		args     [][]any
	}{
		{"of a merchant's workspace", "thing.see", theShop.Resource(),
			`((` + withSome + `) OR (` + withARole + `))`, whoIsKnown,
			[][]any{shop, {`{"d.shops","d.whole"}`}, wallet, {"t.tenant"}}},
		{"of another merchant's, which has no role of its own", "thing.see", theBakery.Resource(),
			`((` + withARole + `) OR (` + withARole + `))`, whoIsKnown,
			[][]any{{"bakery", "developer", "d.whole"}, wallet, {"t.tenant"}}},
		{"of a merchant's mini program", "thing.see", mp1,
			`((` + withSome + `) OR (` + withSome + ofTheThing + `) OR (` + withARole + `))`, whoIsKnown,
			[][]any{shop, {`{"d.shops","d.whole"}`}, shop, {`{"d.assigned","d.both"}`, "mp-1"}, wallet, {"t.tenant"}}},
		{"of a merchant's mini program that somebody owns", "thing.see", mp1.OwnedBy("bob"),
			`((` + withSome + `) OR (` + withSome + ofTheThing + `) OR (` + withSome + ofThePerson + `) OR (` + withARole + `))`,
			whoIsKnown, [][]any{
				shop, {`{"d.shops","d.whole"}`}, shop, {`{"d.assigned","d.both"}`, "mp-1"}, shop, {`{"d.both","d.own"}`, "bob"},
				wallet, {"t.tenant"},
			}},
		{"of somebody's thing at a merchant", "thing.see", theShop.Resource().OwnedBy("bob"),
			`((` + withSome + `) OR (` + withSome + ofThePerson + `) OR (` + withARole + `))`, whoIsKnown,
			[][]any{shop, {`{"d.shops","d.whole"}`}, shop, {`{"d.both","d.own"}`, "bob"}, wallet, {"t.tenant"}}},
		{"of a tenant's own workspace", "thing.see", theWallet.Resource(),
			withSome, whoIsKnown, [][]any{wallet, {`{"t.tenant","t.whole"}`}}},
		{"of a tenant's own mini program", "thing.see", theWallet.MiniProgram("mp-1").OwnedBy("bob"),
			`((` + withSome + `) OR (` + withARole + ofTheThing + `) OR (` + withARole + ofThePerson + `))`, whoIsKnown,
			[][]any{wallet, {`{"t.tenant","t.whole"}`}, wallet, {"t.assigned", "mp-1"}, wallet, {"t.own", "bob"}}},
		{"under four eyes", "thing.sign", mp1.OwnedBy("bob"),
			`((` + withARole + `) OR (` + withSome + ofTheThing + `) OR (` + withARole + `))`, whoSeesTwo,
			[][]any{shop, {"d.whole"}, shop, {`{"d.assigned","d.both"}`, "mp-1"}, wallet, {"t.tenant"}, {"bob"}}},
		{"through a mini program only", "program.run", mp1,
			withARole + ofTheThing, whoIsKnown, [][]any{shop, {"d.assigned", "mp-1"}}},
		{"of an action on merchants", "office.open", theShop.Resource(),
			withARole, whoIsKnown, [][]any{shop, {"d.whole"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			holders := desk.HoldersAt(noon, row.action, row.resource)
			args := slices.Concat(append([][]any{now}, row.args...)...)
			assertHoldersWhere(t, holders, memberColumns, whoIsIn+row.holders+row.known, args)
		})
	}
}

func TestHoldersWhereWithoutSomeOfTheColumns(t *testing.T) {
	t.Parallel()
	const no = rbac.NoColumn
	mp1 := theShop.MiniProgram("mp-1").OwnedBy("bob")
	place := func(kind bool) string {
		if kind {
			return inThePlace
		}
		return `"workspace" = ? AND `
	}
	holders := func(kind, program bool) string {
		ways := []string{
			place(kind) + `("role" = ANY(?))`, place(kind) + `("role" = ANY(?))` + ofTheThing,
			place(kind) + `("role" = ANY(?))` + ofThePerson, place(kind) + `"role" = ?`,
		}
		if !program {
			ways = slices.Delete(ways, 1, 2)
		}
		return `((` + strings.Join(ways, `) OR (`) + `))`
	}
	for name, row := range map[string]struct {
		without func(c *rbac.MemberColumns)
		want    string
	}{
		"the kind": {func(c *rbac.MemberColumns) { c.Kind = no }, whoIsIn + holders(false, true) + whoIsKnown},
		"the tenant": {func(c *rbac.MemberColumns) { c.Tenant = no },
			`("status" = ? AND "suspended" IS FALSE AND ` + inForceNow + holders(true, true) + whoIsKnown},
		"suspension": {func(c *rbac.MemberColumns) { c.Suspended = no },
			`("tenant" = ? AND "status" = ? AND ` + inForceNow + holders(true, true) + whoIsKnown},
		"a bound before": {func(c *rbac.MemberColumns) { c.NotBefore = no },
			`("tenant" = ? AND "status" = ? AND "suspended" IS FALSE AND ("ends" IS NULL OR "ends" > ?) AND ` +
				holders(true, true) + whoIsKnown},
		"a bound after": {func(c *rbac.MemberColumns) { c.NotAfter = no },
			`("tenant" = ? AND "status" = ? AND "suspended" IS FALSE AND ("begins" IS NULL OR "begins" <= ?) AND ` +
				holders(true, true) + whoIsKnown},
		"mini programs": {func(c *rbac.MemberColumns) { c.MiniProgram = no }, whoIsIn + holders(true, false) + whoIsKnown},
		"any of them": {func(c *rbac.MemberColumns) {
			c.Kind, c.Tenant, c.Suspended, c.NotBefore, c.NotAfter, c.MiniProgram = no, no, no, no, no, no
		}, `("status" = ? AND ` + holders(false, false) + whoIsKnown},
	} {
		columns := memberColumns
		row.without(&columns)
		clause, args, err := desk.HoldersAt(noon, "thing.see", mp1).Where(columns)
		require.NoError(t, err, name)
		assert.Equal(t, row.want, clause, "without %s", name)
		assert.Len(t, args, strings.Count(clause, "?"), "without %s", name)
	}
	columns := memberColumns
	columns.MiniProgram = no
	assertHoldersWhere(t, desk.HoldersAt(noon, "program.run", mp1), columns, "1=0", nil)
}

// The texts were tried on the three databases, as those of a Filter were.
func TestHoldersWhereComparesExactlyInEachDialect(t *testing.T) {
	t.Parallel()
	const no = rbac.NoColumn
	equalMySQL := func(column string) string {
		return "(`" + column + "` = ? AND " + bytesMySQL(column) + " = CAST(? AS BINARY))"
	}
	equalSQLite := func(column string) string {
		c := "`" + column + "`"
		return "(" + c + " IN (?, CAST(? AS BLOB)) AND CAST(" + c + " AS BLOB) = CAST(? AS BLOB))"
	}
	for dialect, want := range map[rbac.Dialect]string{
		rbac.PostgreSQL: `(("s" = $1 AND ("s" || '') COLLATE "C" = $2::text) AND "x" IS FALSE` +
			` AND ("b" IS NULL OR "b" <= $3) AND ("e" IS NULL OR "e" > $4)` +
			` AND ("w" = $5 AND ("w" || '') COLLATE "C" = $6::text) AND ("r" = $7 AND ("r" || '') COLLATE "C" = $8::text)` +
			` AND COALESCE("i" || '', '') COLLATE "C" <> '')`,
		rbac.SQLite: "(" + equalSQLite("s") + " AND `x` = 0 AND (`b` IS NULL OR `b` <= ?) AND (`e` IS NULL OR `e` > ?)" +
			" AND " + equalSQLite("w") + " AND " + equalSQLite("r") + " AND COALESCE(CAST(`i` AS BLOB), x'') <> x'')",
		rbac.MySQL: "(" + equalMySQL("s") + " AND CAST(CONCAT(`x`) AS BINARY) IN ('0', x'00')" +
			" AND (`b` IS NULL OR `b` <= ?) AND (`e` IS NULL OR `e` > ?)" +
			" AND " + equalMySQL("w") + " AND " + equalMySQL("r") + " AND COALESCE(" + bytesMySQL("i") + ", '') <> '')",
	} {
		clause, _, err := desk.HoldersAt(noon, "office.open", theShop.Resource()).Where(rbac.MemberColumns{
			Dialect: dialect, Kind: no, Tenant: no, Workspace: "w", ID: "i", Status: "s", Suspended: "x",
			Role: "r", NotBefore: "b", NotAfter: "e", MiniProgram: "p",
		})
		require.NoError(t, err)
		assert.Equal(t, want, clause)
	}
}

// Stored values must sort as instants do, and only the host knows how it stores them.
func TestHoldersWhereWritesTheInstantAsTheHostStoresIt(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 8*60*60)
	precise := time.Date(2026, time.March, 2, 20, 0, 0, 123_456_789, east)
	cut := time.Date(2026, time.March, 2, 12, 0, 0, 123_456_000, time.UTC)
	asIs := desk.HoldersAt(precise, "office.open", theShop.Resource())
	assertInstants := func(c rbac.MemberColumns, want ...any) {
		t.Helper()
		_, args, err := asIs.Where(c)
		require.NoError(t, err)
		require.Len(t, args, len("ts")+len(want)+len("wkr"))
		for i, instant := range want {
			assert.Equal(t, instant, args[2+i], "an instant among the arguments")
		}
	}
	assertInstants(memberColumns, cut, cut)
	columns := memberColumns
	columns.Time = func(at time.Time) any { return at.UnixMicro() }
	assertInstants(columns, cut.UnixMicro(), cut.UnixMicro())
	columns.Time = func(at time.Time) any { return at.Format("2006-01-02T15:04:05.000000000Z") }
	assertInstants(columns, "2026-03-02T12:00:00.123456000Z", "2026-03-02T12:00:00.123456000Z")
	columns.Time = func(time.Time) any { return nil }
	assertInstants(columns, nil, nil)
	columns.NotBefore = rbac.NoColumn
	columns.Time = func(at time.Time) any { return at.Unix() }
	assertInstants(columns, cut.Unix())
	columns.NotAfter = rbac.NoColumn
	columns.Time = func(time.Time) any { panic("there is no instant") }
	assertInstants(columns)
}

func TestHoldersAreAsOfOneInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handOver := time.Now().Add(time.Hour)
		before := staff("before", theShop, until(handOver, inRole("d.whole")))
		after := staff("after", theShop, from(handOver, inRole("d.whole")))
		now := time.Now()
		holders := desk.Holders("office.open", theShop.Resource())
		time.Sleep(2 * time.Hour)
		assert.True(t, holders.Match(before), "asked two hours later")
		assert.False(t, holders.Match(after), "asked two hours later")
		_, args, err := holders.Where(memberColumns)
		require.NoError(t, err)
		assert.Equal(t, now.UTC().Truncate(time.Microsecond), args[2])

		holders = desk.Holders("office.open", theShop.Resource())
		assert.False(t, holders.Match(before))
		assert.True(t, holders.Match(after))
		next := desk.HoldersAt(now, "office.open", theShop.Resource())
		assert.True(t, next.Match(before), "at the time that HoldersAt is given")
	})
}

// theMemberColumns has each column, its place in an error, and whether a table may lack it.
var theMemberColumns = []struct {
	place    string
	optional bool
	set      func(c *rbac.MemberColumns, name string)
}{
	{"columns.kind", true, func(c *rbac.MemberColumns, name string) { c.Kind = name }},
	{"columns.tenant", true, func(c *rbac.MemberColumns, name string) { c.Tenant = name }},
	{"columns.workspace", false, func(c *rbac.MemberColumns, name string) { c.Workspace = name }},
	{"columns.id", false, func(c *rbac.MemberColumns, name string) { c.ID = name }},
	{"columns.status", false, func(c *rbac.MemberColumns, name string) { c.Status = name }},
	{"columns.suspended", true, func(c *rbac.MemberColumns, name string) { c.Suspended = name }},
	{"columns.role", false, func(c *rbac.MemberColumns, name string) { c.Role = name }},
	{"columns.not_before", true, func(c *rbac.MemberColumns, name string) { c.NotBefore = name }},
	{"columns.not_after", true, func(c *rbac.MemberColumns, name string) { c.NotAfter = name }},
	{"columns.mini_program", true, func(c *rbac.MemberColumns, name string) { c.MiniProgram = name }},
}

func TestHoldersWhereNeedsEveryColumnForAllHolders(t *testing.T) {
	t.Parallel()
	of := []rbac.Holders{
		{}, desk.HoldersAt(noon, "office.open", theShop.Resource()),
		desk.HoldersAt(noon, "thing.see", theShop.MiniProgram("mp-1").OwnedBy("bob")),
	}
	assertNone := func(c rbac.MemberColumns, problems ...string) {
		t.Helper()
		for _, holders := range of {
			clause, args, err := holders.Where(c)
			assert.Equal(t, problems, problemsOf(t, err), "the problems with %+v", c)
			assert.Equal(t, "1=0", clause, "the clause beside an error")
			assert.Nil(t, args, "arguments beside an error")
		}
	}
	missing := func(place string, optional bool) string {
		if optional {
			return "rbac: " + place + ": no column is named; name the column that holds it, or say NoColumn"
		}
		return "rbac: " + place + ": no column is named; name the column that holds it"
	}
	all := []string{"rbac: columns.dialect: no dialect; use PostgreSQL, SQLite or MySQL"}
	for _, column := range theMemberColumns {
		all = append(all, missing(column.place, column.optional))
		columns := memberColumns
		column.set(&columns, "")
		assertNone(columns, missing(column.place, column.optional))
		column.set(&columns, "user; --")
		assertNone(columns, badColumn(column.place, `"user; --"`))
		column.set(&columns, "NULL")
		_, _, err := of[1].Where(columns)
		assert.NoError(t, err, "a column called NULL, which is quoted")
		column.set(&columns, rbac.NoColumn)
		if !column.optional {
			assertNone(columns, "rbac: "+column.place+": the clause needs a column; name the column that holds it")
		}
	}
	assertNone(rbac.MemberColumns{}, all...)
	columns := memberColumns
	for _, columns.Offset = range []int{-1, 65_536, math.MaxInt} {
		assertNone(columns,
			fmt.Sprintf("rbac: columns.offset: %d placeholders are used already; use 0 to 65535", columns.Offset))
	}
}

func TestHoldersWhereUsesEachPlaceholderOnce(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		for _, bytewise := range []bool{false, true} {
			for _, action := range []rbac.Action{"thing.see", "thing.sign", "program.run"} {
				columns := memberColumns
				columns.Dialect, columns.Bytewise, columns.Offset = dialect, bytewise, 4
				next := 5
				columns.Placeholder = func(n int) string {
					assert.Equal(t, next, n, "placeholders in turn")
					next++
					return fmt.Sprintf(":%d:", n)
				}
				clause, args, err := desk.HoldersAt(noon, action, theShop.MiniProgram("mp-1").OwnedBy("bob")).Where(columns)
				require.NoError(t, err)
				assert.Len(t, args, next-5)
				for i := range args {
					assert.Equal(t, 1, strings.Count(clause, fmt.Sprintf(":%d:", 5+i)), clause)
				}
				columns.Placeholder = nil
				own, ownArgs, err := desk.HoldersAt(noon, action, theShop.MiniProgram("mp-1").OwnedBy("bob")).Where(columns)
				require.NoError(t, err)
				assert.Equal(t, args, ownArgs)
				if dialect == rbac.PostgreSQL {
					assert.Contains(t, own, fmt.Sprintf("$%d", 4+len(args)))
					assert.NotContains(t, own, fmt.Sprintf("$%d", 5+len(args)))
					assert.NotContains(t, own, "$4:")
				} else {
					assert.Equal(t, len(args), strings.Count(own, "?"), own)
				}
			}
		}
	}
}

func TestHoldersWhereKeepsValuesOutOfTheClause(t *testing.T) {
	t.Parallel()
	clauses := make(map[string]bool)
	for _, id := range hostileIDs {
		place := rbac.Tenant(id).Developer(id)
		holders := desk.HoldersAt(noon, "thing.see", place.MiniProgram(id).OwnedBy(id))
		assert.True(t, holders.Match(staff(id, place, inRole("d.own"))), "%q", id)
		assert.False(t, holders.Match(staff(id+" ", place, inRole("d.own"))), "%q with a blank", id)
		for _, dialect := range dialects {
			columns := memberColumns
			columns.Dialect, columns.Bytewise, columns.Placeholder = dialect, false, nil
			clause, args, err := holders.Where(columns)
			require.NoError(t, err)
			clauses[clause] = true
			assert.Contains(t, args, any(id))
		}
	}
	assert.Len(t, clauses, len(dialects), "a clause for each dialect, whatever the IDs")
}

// No text of PostgreSQL can be such an ID, and asking for it fails.
func TestHoldersWhereOfIDsThatPostgreSQLCannotHold(t *testing.T) {
	t.Parallel()
	columns := memberColumns
	for _, id := range []string{"a\x00", "\xff"} {
		clause, args, err := desk.HoldersAt(noon, "thing.see", theShop.MiniProgram(id).OwnedBy(id)).Where(columns)
		require.NoError(t, err)
		assert.NotContains(t, args, any(id))
		const nobody = withSome + ` AND 1=0`
		const holders = `((` + withSome + `) OR (` + nobody + `) OR (` + nobody + `) OR (` + withARole + `))`
		assert.Equal(t, whoIsIn+holders+whoIsKnown, clause)
		clause, args, err = desk.HoldersAt(noon, "thing.sign", theShop.Resource().OwnedBy(id)).Where(columns)
		require.NoError(t, err)
		assert.NotContains(t, args, any(id))
		assert.Equal(t, whoIsIn+`((`+withARole+`) OR (`+withARole+`))`+whoIsKnown, clause, "anybody who is known is another")
	}
}
