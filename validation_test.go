package rbac_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the problems of several tests say.
const (
	noMemberID    = "id: the ID is empty; give the host's ID of the member"
	noWorkspaceID = "workspace.id: the ID is empty; give the host's ID of the workspace"
	unknownRole   = `role: unknown role "zzz"; define it in the policy`
	changedInst   = "an instant that databases or JSON would change; use whole microseconds in UTC"
	damagedID     = "an ID that is damaged or not UTF-8; "
	emptyProgram  = "mini_programs: an ID is empty; leave it out"
	badBounds     = "not_after: the end is not after the start; swap the two, or leave one out"
	makerExcluded = `role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`
)

func noStatus(status rbac.Status) string {
	return fmt.Sprintf("status: status(%d) is not a status; invite the member with Invite", status)
}

func wrongKind(id rbac.RoleID, kind rbac.WorkspaceKind) string {
	return fmt.Sprintf("role: role %q cannot be held in a %s workspace; give a role of that kind", id, kind)
}

func TestValidateMemberNamesEveryProblem(t *testing.T) {
	orphan := rbac.Workspace{Kind: rbac.KindDeveloper, Tenant: "wallet"}
	isMaker, isChecker, isReader := inRole(maker), inRole(checker), inRole(reader)
	tests := []struct {
		name   string
		member rbac.Member
		want   []string
	}{
		{"a member without a role", inShop(), nil},
		{"a member of several roles",
			inShop(isReader, inRole(releaser, "mp-1"), from(morning, until(evening, inRole(signer)))), nil},
		{"a member who is invited", inStatus(rbac.StatusInvited, inShop()), nil},
		{"a member who is deleted", inStatus(rbac.StatusDeleted, inShop()), nil},
		{"a member without an ID", staff("", theShop), []string{noMemberID}},
		{"a member without a workspace", staff("bob", rbac.Workspace{}),
			[]string{"workspace.kind: workspace kind(0) is not a kind; use Tenant(id) or tenant.Developer(id)"}},
		{"a member of a workspace without an ID", staff("bob", orphan), []string{noWorkspaceID}},
		{"a member without a status", inStatus(0, inShop()), []string{noStatus(0)}},
		{"a member of an unknown status", inStatus(6, inShop()), []string{noStatus(6)}},
		{"a misspelt role", inShop(isReader, inRole("signr")),
			[]string{`assignments[1].role: unknown role "signr"; did you mean "signer"?`}},
		{"an unknown role", inShop(inRole("zzz")), []string{"assignments[0]." + unknownRole}},
		{"a tenant's role in the shop", inShop(inRole(regional)),
			[]string{"assignments[0]." + wrongKind(regional, rbac.KindDeveloper)}},
		{"a merchant's role in the wallet", staff("bob", theWallet, isReader),
			[]string{"assignments[0]." + wrongKind(reader, rbac.KindTenant)}},
		{"an empty program", inShop(inRole(releaser, "mp-1", "")), []string{"assignments[0]." + emptyProgram}},
		{"an ID that is not UTF-8", staff("b\xff", theShop, isReader), []string{
			"id: " + damagedID + "give the host's ID of the member"}},
		{"an ID with what stands for damaged text", staff("b\ufffd", theShop), []string{
			"id: " + damagedID + "give the host's ID of the member"}},
		{"a workspace that is not UTF-8", staff("bob", theWallet.Developer("\xff")), []string{
			"workspace: " + damagedID + "use an ID that JSON can hold"}},
		{"a tenant that is not UTF-8", staff("bob", rbac.Tenant("\xff").Developer("shop")), []string{
			"workspace: " + damagedID + "use an ID that JSON can hold"}},
		{"a program that is not UTF-8", inShop(inRole(releaser, "mp-1", "\xff")), []string{
			"assignments[0].mini_programs: " + damagedID + "use an ID that JSON can hold"}},
		{"reversed bounds", inShop(from(night, until(evening, isReader))), []string{"assignments[0]." + badBounds}},
		{"equal bounds", inShop(from(evening, until(evening, isReader))), []string{"assignments[0]." + badBounds}},
		{"bounds of a nanosecond", inShop(from(evening, until(evening.Add(1), isReader))), nil},
		{"a start without an end", inShop(from(evening, isReader)), nil},
		{"an end without a start", inShop(until(morning, isReader)), nil},
		{"exclusive roles", inShop(isMaker, isReader, isChecker), []string{"assignments[2]." + makerExcluded}},
		{"exclusive roles, one of them twice",
			inShop(isMaker, isMaker, isChecker), []string{"assignments[2]." + makerExcluded}},
		{"exclusive roles one after the other", inShop(until(evening, isMaker), from(evening, isChecker)), nil},
		{"exclusive roles, one of them expired", inShop(until(morning, isMaker), isChecker), nil},
		{"exclusive roles that met in the past", inShop(until(morning, isMaker), until(morning, isChecker)), nil},
		{"exclusive roles that will meet for a nanosecond",
			inShop(until(evening, isMaker), from(evening.Add(-1), isChecker)), []string{"assignments[1]." + makerExcluded}},
		{"the same role twice", inShop(isMaker, isMaker), nil},
		{"the years 1 and 9999",
			inShop(from(yearAt(1), isReader), until(yearAt(10_000).Add(-1), isReader)), nil},
		{"a start in the year 10000", inShop(from(yearAt(10_000), isReader)),
			[]string{"assignments[0].not_before: the year 10000; use the years 1 to 9999"}},
		{"an end in the year 10000", inShop(isReader, until(yearAt(10_000), isReader)),
			[]string{"assignments[1].not_after: the year 10000; use the years 1 to 9999"}},
		{"an end in the year 10000 of a zone, which is 9999 in UTC", inShop(until(
			time.Date(10_000, 1, 1, 1, 0, 0, 0, time.FixedZone("east", 14*3600)), isReader)),
			[]string{"assignments[0].not_after: the year 10000; use the years 1 to 9999"}},
		{"an end in the year 9999 of a zone, which is 10000 in UTC", inShop(until(
			time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("west", -2*3600)), isReader)),
			[]string{"assignments[0].not_after: the year 10000; use the years 1 to 9999"}},
		{"an end in a zone with seconds, which JSON would write 30 seconds later", inShop(until(
			evening.In(time.FixedZone("local", 90)), isReader)),
			[]string{"assignments[0].not_after: " + changedInst}},
		{"an end in a zone 25 hours from UTC, which JSON cannot write", inShop(until(
			evening.In(time.FixedZone("far", 25*3600)), isReader)), []string{"assignments[0].not_after: " + changedInst}},
		{"an end just after the zero time, which a column of microseconds keeps as no end",
			inShop(until(time.Time{}.Add(999), isReader)), []string{"assignments[0].not_after: " + changedInst}},
		{"an end a microsecond after the zero time", inShop(until(time.Time{}.Add(1000), isReader)), nil},
		{"no bounds, in a zone with seconds and west of UTC", inShop(from(time.Time{}.In(time.FixedZone("local", -90)),
			until(time.Time{}.In(time.FixedZone("west", -3600)), isReader))), nil},
		{"a start in the year 0", inShop(from(yearAt(0), isReader)),
			[]string{"assignments[0].not_before: the year 0; use the years 1 to 9999"}},
		{"an end before the year 1, and thus before the start", inShop(until(yearAt(-1), isReader)), []string{
			"assignments[0].not_after: the year -1; use the years 1 to 9999", "assignments[0]." + badBounds}},
		{"an invitation in the year 10000", rbac.Invite("bob", theShop, yearAt(10_000)),
			[]string{"invited_at: the year 10000; use the years 1 to 9999"}},
		{"everything at once", inStatus(9, staff("", rbac.Tenant(""), inRole("zzz", ""))), []string{
			noMemberID, noWorkspaceID, noStatus(9), "assignments[0]." + unknownRole, "assignments[0]." + emptyProgram,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, inErrors(test.want), problemsOf(t, offices.ValidateMemberAt(noon, test.member)))
		})
	}
}

func yearAt(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

// inErrors puts before each problem what every error begins with.
func inErrors(problems []string) []string {
	var texts []string
	for _, problem := range problems {
		texts = append(texts, "rbac: "+problem)
	}
	return texts
}

// What may be stored can be read back, however the IDs are escaped.
func TestValidateMemberLimitsItsJSONTo16MiB(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"m", "<", "é"} {
		filled := func(bytes int) rbac.Member {
			member := staff("ann", theShop, inRole(rbac.Developer, "m"))
			written, err := json.Marshal(member)
			require.NoError(t, err)
			one, err := json.Marshal(letter)
			require.NoError(t, err)
			rest := bytes - len(written)
			width := len(one) - len(`""`)
			member.Assignments[0].MiniPrograms[0] += strings.Repeat(letter, rest/width) + strings.Repeat("m", rest%width)
			return member
		}
		largest, oversized := filled(16<<20), filled(16<<20+1)
		document, err := json.Marshal(largest)
		require.NoError(t, err)
		require.Len(t, document, 16<<20, "of %q", letter)
		var read rbac.Member
		require.NoError(t, json.Unmarshal(document, &read))
		assert.NoError(t, rbac.Default().ValidateMember(largest), "of %q", letter)
		const problem = "the member's JSON has 16777217 bytes; 16777216 are the most; name fewer mini programs"
		assert.EqualError(t, rbac.Default().ValidateMember(oversized), "rbac: "+problem, "of %q", letter)
		admin := staff("sam", theShop, inRole(rbac.DeveloperAdmin))
		before := []rbac.Member{admin, largest}
		after := []rbac.Member{admin, oversized}
		assert.ErrorContains(t, rbac.Default().ValidateChange(theShop, slices.Values(before), slices.Values(after)), problem)
	}
}

func TestValidateMemberWorkspaceAndChangeWithoutAPolicy(t *testing.T) {
	want := []string{"rbac: there is no policy; build one with New"}
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		member, workspace := policy.ValidateMember(inShop()), policy.ValidateWorkspace(theShop, nil)
		assert.Equal(t, want, problemsOf(t, member), "ValidateMember of the %s policy", name)
		assert.Equal(t, want, problemsOf(t, workspace), "ValidateWorkspace of the %s policy", name)
		change := policy.ValidateChange(theShop, nil, nil)
		assert.Equal(t, want, problemsOf(t, change), "ValidateChange of the %s policy", name)
	}
}

func tooFew(id rbac.RoleID, holders, least int, hint string) string {
	const text = "members: %d active holders of role %q, and at least %d are needed; %s"
	return fmt.Sprintf(text, holders, id, least, hint)
}

func tooMany(id rbac.RoleID, holders, most int) string {
	const text = "members: %d active holders of role %q, and at most %d are allowed; revoke it from the others"
	return fmt.Sprintf(text, holders, id, most)
}

func tooFewFrom(at time.Time, id rbac.RoleID, holders, least int) string {
	const text = "members: %d active holders of role %q from %s on, and at least %d are needed; %s"
	const hint = "let an assignment last longer, or give the role to another member first"
	return fmt.Sprintf(text, holders, id, at.Format(time.RFC3339Nano), least, hint)
}

func tooManyFrom(at time.Time, id rbac.RoleID, holders, most int) string {
	const text = "members: %d active holders of role %q from %s on, and at most %d are allowed; revoke it from the others"
	return fmt.Sprintf(text, holders, id, at.Format(time.RFC3339Nano), most)
}

const (
	giveItOn     = "give the role to another member first"
	makeItActive = "unblock a holder, renew an assignment, or give the role to another member"
	notItsMember = "workspace: the member belongs to another workspace; pass the members of this one"
	repeated     = "the member is repeated; pass each member once"
)

func TestValidateWorkspaceNamesEveryProblem(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{
		AtLeast: map[rbac.RoleID]int{fleet: 2},
		AtMost:  map[rbac.RoleID]int{deputy: 2, setter: 0, walletOnly: 1},
	}))
	all := func(members ...rbac.Member) []rbac.Member { return members }
	isAdmin, isDeputy, isFleet := inRole(rbac.DeveloperAdmin), inRole(deputy), inRole(fleet)
	admin, blocked := named("ann", isAdmin), inStatus(rbac.StatusBlocked, named("ann", isAdmin))
	bob, cy, dee := named("bob", isDeputy), named("cy", isDeputy), named("dee", isDeputy)
	f1, f2 := staff("f-1", theWallet, isFleet), staff("f-2", theWallet, isFleet)
	strangersAdmin, longID := staff("ann", banksShop, isAdmin), strings.Repeat("x", 64)
	noAdmin := []string{tooFew(rbac.DeveloperAdmin, 0, 1, giveItOn)}
	inactive := []string{tooFew(rbac.DeveloperAdmin, 0, 1, makeItActive)}
	tests := []struct {
		name    string
		place   rbac.Workspace
		members []rbac.Member
		want    []string
	}{
		{"an admin", theShop, all(admin), nil},
		{"an admin with the role twice", theShop, all(named("ann", isAdmin, isAdmin)), nil},
		{"an admin with the role and an expired one", theShop, all(named("ann", isAdmin, until(morning, isAdmin))), nil},
		{"an admin beside a blocked one", theShop, all(blocked, named("bob", isAdmin)), nil},
		{"the last admin has another role now", theShop, all(named("ann", inRole(rbac.Developer, "mp-1"))), noAdmin},
		{"the last admin is gone", theShop, all(named("bob")), noAdmin},
		{"the last admin is deleted", theShop, all(inStatus(rbac.StatusDeleted, admin)), noAdmin},
		{"the last admin is withdrawn", theShop, all(inStatus(rbac.StatusWithdrawn, admin)), noAdmin},
		{"there are no members", theShop, nil, noAdmin},
		{"the last admin is blocked", theShop, all(blocked), inactive},
		{"the last admin is only invited", theShop, all(inStatus(rbac.StatusInvited, admin)), inactive},
		{"the last admin has expired", theShop, all(named("ann", until(morning, isAdmin))), inactive},
		{"the last admin has not started", theShop, all(named("ann", from(evening, isAdmin))), inactive},
		{"a blocked admin and an expired one", theShop, all(blocked, named("bob", until(morning, isAdmin))),
			[]string{tooFew(rbac.DeveloperAdmin, 0, 1, makeItActive)}},

		{"as many holders as allowed", theShop, all(admin, bob, cy), nil},
		{"one holder too many", theShop, all(admin, bob, cy, dee), []string{tooMany(deputy, 3, 2)}},
		{"one holder too many, who is blocked",
			theShop, all(admin, bob, cy, inStatus(rbac.StatusBlocked, dee)), nil},
		{"one holder too many, who starts later",
			theShop, all(admin, bob, cy, named("dee", from(evening, isDeputy))),
			[]string{tooManyFrom(evening, deputy, 3, 2)}},
		{"one holder too many, who never starts",
			theShop, all(admin, bob, cy, named("dee", from(night, until(evening, isDeputy)))),
			[]string{`members["dee"].assignments[0].` + badBounds}},
		{"one holder too many, who has ended",
			theShop, all(admin, bob, cy, named("dee", until(noon, isDeputy))), nil},
		{"one holder too many, whose workspace is suspended",
			theShop, all(admin, bob, cy, suspended(dee)), []string{tooMany(deputy, 3, 2)}},
		{"a suspended workspace with an admin", theShop, all(suspended(admin)), nil},
		{"one holder with the role twice",
			theShop, all(admin, named("bob", isDeputy, inRole(deputy, "mp-1")), cy), nil},
		{"a role that nobody may hold", theShop, all(admin, named("bob", inRole(setter))),
			[]string{tooMany(setter, 1, 0)}},
		{"bounds of the other kind",
			theWallet, all(f1, f2, staff("ann", theWallet, inRole(rbac.WorkspaceAdmin))), nil},
		{"two bounds, in name order", theWallet, all(f1),
			[]string{tooFew(fleet, 1, 2, giveItOn), tooFew(rbac.WorkspaceAdmin, 0, 1, giveItOn)}},

		{"a member twice", theShop, all(admin, named("bob"), named("bob", inRole("zzz"))),
			[]string{`members["bob"]: ` + repeated}},
		{"a member twice, first deleted",
			theShop, all(admin, inStatus(rbac.StatusDeleted, named("bob")), named("bob")), nil},
		{"a member twice, then withdrawn",
			theShop, all(admin, named("bob"), inStatus(rbac.StatusWithdrawn, named("bob"))), nil},
		{"a holder twice, who counts once", theShop, all(admin, bob, cy, cy), []string{`members["cy"]: ` + repeated}},
		{"a member of another merchant",
			theShop, all(admin, staff("bob", theBakery)), []string{`members["bob"].` + notItsMember}},
		{"an admin of another tenant's shop, who does not count", theShop, all(strangersAdmin),
			[]string{`members["ann"].` + notItsMember, noAdmin[0]}},
		{"a deleted member of another merchant",
			theShop, all(admin, inStatus(rbac.StatusDeleted, staff("bob", theBakery))), nil},
		{"members with problems", theShop, all(admin, named("bob", inRole("zzz", "")), inStatus(0, named("cy"))),
			[]string{
				`members["bob"].assignments[0].` + unknownRole,
				`members["bob"].assignments[0].` + emptyProgram,
				`members["cy"].` + noStatus(0),
			}},
		{"exclusive roles of one member", theShop, all(admin, named("bob", inRole(maker), inRole(checker))),
			[]string{`members["bob"].assignments[1].` + makerExcluded}},
		{"exclusive roles of two members",
			theShop, all(admin, named("bob", inRole(maker)), named("cy", inRole(checker))), nil},
		{"an admin without an ID",
			theShop, all(named("", isAdmin)), []string{`members[""].` + noMemberID, inactive[0]}},
		{"a member of a long ID", theShop, all(admin, named(longID+"x", inRole("zzz"))),
			[]string{`members["` + longID + `"...].assignments[0].` + unknownRole}},
		{"an invalid workspace", rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"}, all(admin),
			[]string{"workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := policy.ValidateWorkspaceAt(noon, test.place, slices.Values(test.members))
			assert.Equal(t, inErrors(test.want), problemsOf(t, err))
		})
	}
}

func TestValidateWorkspaceOfNoMembers(t *testing.T) {
	want := inErrors([]string{tooFew(rbac.DeveloperAdmin, 0, 1, giveItOn)})
	assert.Equal(t, want, problemsOf(t, offices.ValidateWorkspace(theShop, nil)))
	unbounded := rbac.Must(rbac.New(rbac.Spec{}))
	assert.NoError(t, unbounded.ValidateWorkspace(theShop, nil), "a policy without bounds")
}

func TestValidateWorkspaceAsksForEachMemberOnce(t *testing.T) {
	asked := 0
	members := func(yield func(rbac.Member) bool) {
		for i := range 1_000 {
			asked++
			if !yield(staff(fmt.Sprintf("m-%d", i), theShop, inRole(rbac.DeveloperAdmin))) {
				return
			}
		}
	}
	require.NoError(t, offices.ValidateWorkspace(theShop, iter.Seq[rbac.Member](members)))
	assert.Equal(t, 1_000, asked)
	require.NoError(t, offices.ValidateChange(theShop, iter.Seq[rbac.Member](members), iter.Seq[rbac.Member](members)))
	assert.Equal(t, 3_000, asked)
}

// One that ends and one that begins are judged by the clock, and not by a time that somebody gives.
func TestValidateMemberWorkspaceAndChangeReadTheClock(t *testing.T) {
	isMaker, isAdmin := inRole(maker), inRole(rbac.DeveloperAdmin)
	assert.NoError(t, offices.ValidateMember(inShop(until(ago, isMaker), inRole(checker))))
	assert.Error(t, offices.ValidateMember(inShop(until(soon, isMaker), inRole(checker))))
	assert.Error(t, offices.ValidateMemberAt(ago.Add(-1), inShop(until(ago, isMaker), inRole(checker))))
	one := func(held rbac.Assignment) iter.Seq[rbac.Member] { return slices.Values([]rbac.Member{inShop(held)}) }
	assert.NoError(t, offices.ValidateWorkspace(theShop, one(from(ago, isAdmin))))
	assert.Error(t, offices.ValidateWorkspace(theShop, one(from(soon, isAdmin))))
	assert.NoError(t, offices.ValidateWorkspaceAt(soon, theShop, one(from(soon, isAdmin))))
	assert.NoError(t, offices.ValidateChange(theShop, one(from(soon, isAdmin)), one(from(soon, isAdmin))))
	assert.Error(t, offices.ValidateChange(theShop, one(isAdmin), one(from(soon, isAdmin))))
	assert.NoError(t, offices.ValidateChangeAt(soon, theShop, one(isAdmin), one(from(soon, isAdmin))))
}

// Nobody learns of a role that is another workspace's own.
func TestValidateMemberSuggestsNoOtherWorkspacesRole(t *testing.T) {
	policy := rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{
		{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theBakery},
		{ID: "packer", Kind: rbac.KindDeveloper, Workspace: theShop},
	}}))
	tests := []struct {
		sentence string
		member   rbac.Member
		want     []string
	}{
		{"the bakery's role, at the bakery", staff("bob", theBakery, inRole("cashier")), nil},
		{"the bakery's role misspelt, at the bakery", staff("bob", theBakery, inRole("cashir")),
			[]string{`assignments[0].role: unknown role "cashir"; did you mean "cashier"?`}},
		{"the bakery's role, in the shop", inShop(inRole("cashier")),
			[]string{`assignments[0].role: unknown role "cashier"; define it in the policy`}},
		{"the bakery's role misspelt, in the shop", inShop(inRole("cashir")),
			[]string{`assignments[0].role: unknown role "cashir"; define it in the policy`}},
		{"the bakery's role, at a bakery of the same ID elsewhere",
			staff("bob", theBank.Developer("bakery"), inRole("cashier")),
			[]string{`assignments[0].role: unknown role "cashier"; define it in the policy`}},
		{"the shop's role misspelt, in the shop", inShop(inRole("paker")),
			[]string{`assignments[0].role: unknown role "paker"; did you mean "packer"?`}},
	}
	for _, test := range tests {
		err := policy.ValidateMemberAt(noon, test.member)
		assert.Equal(t, inErrors(test.want), problemsOf(t, err), test.sentence)
	}
}

// owned is a policy by which a workspace has one owner at most, and two captains at least.
var owned = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Roles:   []rbac.Role{merchantRole("owner", nil), merchantRole("captain", nil)},
	AtMost:  map[rbac.RoleID]int{"owner": 1},
	AtLeast: map[rbac.RoleID]int{"captain": 2},
}))

func named(id string, held ...rbac.Assignment) rbac.Member { return staff(id, theShop, held...) }

// What is valid now stays valid, if nobody changes anything.
func TestValidateWorkspaceLooksAtEveryInstantFromNowOn(t *testing.T) {
	isOwner, isAdmin, isCaptain := inRole("owner"), inRole(rbac.DeveloperAdmin), inRole("captain")
	always := []rbac.Member{named("admin", isAdmin), named("c-1", isCaptain), named("c-2", isCaptain)}
	admins, captains := always[1:], always[:1] // all that it takes, but for those
	tests := []struct {
		sentence string
		besides  []rbac.Member
		members  []rbac.Member
		want     []string
	}{
		{"A11: an owner without an end, and a second from the evening on", always,
			[]rbac.Member{named("a", isOwner), named("b", from(evening, isOwner))},
			[]string{tooManyFrom(evening, "owner", 2, 1)}},
		{"A11: an owner until the evening, and another from then on", always,
			[]rbac.Member{named("a", until(evening, isOwner)), named("b", from(evening, isOwner))}, nil},
		{"an owner until just after the evening, and another from the evening on", always,
			[]rbac.Member{named("a", until(evening.Add(1), isOwner)), named("b", from(evening, isOwner))},
			[]string{tooManyFrom(evening, "owner", 2, 1)}},
		{"two owners from the evening on", always,
			[]rbac.Member{named("a", from(evening, isOwner)), named("b", from(evening, isOwner))},
			[]string{tooManyFrom(evening, "owner", 2, 1)}},
		{"two owners who met in the past", always,
			[]rbac.Member{named("a", isOwner), named("b", until(noon, isOwner))}, nil},
		{"one owner by two assignments", always,
			[]rbac.Member{named("a", isOwner, from(evening, isOwner))}, nil},
		{"two owners, one of whom is blocked", always,
			[]rbac.Member{named("a", isOwner), inStatus(rbac.StatusBlocked, named("b", isOwner))}, nil},
		{"two owners, one of whom is invited", always,
			[]rbac.Member{named("a", isOwner), inStatus(rbac.StatusInvited, named("b", isOwner))}, nil},

		{"the only admin has an end", admins, []rbac.Member{named("a", until(evening, isAdmin))},
			[]string{tooFewFrom(evening, rbac.DeveloperAdmin, 0, 1)}},
		{"the only admin has an end and is admin again from then on",
			admins, []rbac.Member{named("a", until(evening, isAdmin), from(evening, isAdmin))}, nil},
		{"the only admin has an end, and another begins then",
			admins, []rbac.Member{named("a", until(evening, isAdmin)), named("b", from(evening, isAdmin))}, nil},
		{"the only admin has an end, and another begins just after",
			admins, []rbac.Member{named("a", until(evening, isAdmin)), named("b", from(evening.Add(1), isAdmin))},
			[]string{tooFewFrom(evening, rbac.DeveloperAdmin, 0, 1)}},
		{"the only admin has an end, and another begins before",
			admins, []rbac.Member{named("a", until(evening, isAdmin)), named("b", from(evening.Add(-1), isAdmin))}, nil},
		{"the only admin has an end, and another is blocked", admins,
			[]rbac.Member{named("a", until(evening, isAdmin)), inStatus(rbac.StatusBlocked, named("b", isAdmin))},
			[]string{tooFewFrom(evening, rbac.DeveloperAdmin, 0, 1)}},
		{"two admins who end at different times",
			admins, []rbac.Member{named("a", until(evening, isAdmin)), named("b", until(night, isAdmin))},
			[]string{tooFewFrom(night, rbac.DeveloperAdmin, 0, 1)}},

		{"three captains, of whom two end", captains,
			[]rbac.Member{named("a", until(night, isCaptain)), named("b", until(evening, isCaptain)), named("c", isCaptain)},
			[]string{tooFewFrom(night, "captain", 1, 2)}},
		{"one captain now, and a second from the evening on", captains,
			[]rbac.Member{named("a", isCaptain), named("b", from(evening, isCaptain))},
			[]string{tooFew("captain", 1, 2, makeItActive)}},
		{"captains who take turns", captains, []rbac.Member{
			named("a", until(evening, isCaptain)), named("b", from(evening, isCaptain)), named("c", isCaptain)}, nil},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			members := slices.Concat(test.besides, test.members)
			assert.Equal(t, inErrors(test.want), problemsOf(t, owned.ValidateWorkspaceAt(noon, theShop, slices.Values(members))))
			slices.Reverse(members)
			assert.Equal(t, inErrors(test.want), problemsOf(t, owned.ValidateWorkspaceAt(noon, theShop, slices.Values(members))))
		})
	}
}

// The oracle counts the holders at each instant at which something begins or ends.
func TestValidateWorkspaceIsRightAtEveryInstant(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 11))
	instants := []time.Time{{}, morning, noon, noon.Add(1), evening, evening.Add(1), night}
	bounds := []struct {
		role        rbac.RoleID
		least, most int
	}{{"owner", 0, 1}, {"captain", 2, 1 << 30}, {rbac.DeveloperAdmin, 1, 1 << 30}}
	valid, invalid := 0, 0
	for range 10_000 {
		members := []rbac.Member{named("captain", inRole("captain"))}
		if oneIn(random, 2) {
			members = append(members, named("admin", inRole(rbac.DeveloperAdmin)))
		}
		for i := range 1 + random.IntN(4) {
			m := named(fmt.Sprintf("m-%d", i))
			m.Status = anyOf(random, rbac.StatusActive, rbac.StatusActive, rbac.StatusActive, rbac.StatusBlocked)
			m.Suspended = oneIn(random, 2)
			for range random.IntN(4) {
				held := inRole(anyOf(random, bounds...).role)
				held.NotBefore, held.NotAfter = anyOf(random, instants...), anyOf(random, instants...)
				if !held.NotAfter.IsZero() && !held.NotBefore.Before(held.NotAfter) {
					held.NotAfter = time.Time{}
				}
				m.Assignments = append(m.Assignments, held)
			}
			members = append(members, m)
		}
		want := true
		for _, at := range instants[2:] {
			for _, bound := range bounds {
				holders := countHolders(members, bound.role, at)
				want = want && bound.least <= holders && holders <= bound.most
			}
		}
		err := owned.ValidateWorkspaceAt(noon, theShop, slices.Values(members))
		require.Equal(t, want, err == nil, "%+v: %v", members, err)
		if !want {
			invalid++
			continue
		}
		valid++
		for _, at := range instants[2:] {
			require.NoError(t, owned.ValidateWorkspaceAt(at, theShop, slices.Values(members)), "valid stays valid")
		}
	}
	assert.Greater(t, valid, 500)
	assert.Greater(t, invalid, 500)
}

func countHolders(members []rbac.Member, role rbac.RoleID, at time.Time) (holders int) {
	for _, m := range members {
		holds := func(a rbac.Assignment) bool { return a.Role == role && runsAt(at, a) }
		if m.Status == rbac.StatusActive && slices.ContainsFunc(m.Assignments, holds) {
			holders++
		}
	}
	return holders
}

func TestValidateChangeReportsOnlyWhatIsWorse(t *testing.T) {
	isOwner, isAdmin, isCaptain := inRole("owner"), inRole(rbac.DeveloperAdmin), inRole("captain")
	all := func(members ...rbac.Member) []rbac.Member { return members }
	admin, c1, c2 := named("ann", isAdmin), named("c-1", isCaptain), named("c-2", isCaptain)
	complete := all(admin, c1, c2)
	with := func(members ...rbac.Member) []rbac.Member { return slices.Concat(complete, members) }
	without := func(m rbac.Member) []rbac.Member { return all(m, c1, c2) }
	o1, o2, o3 := named("o-1", isOwner), named("o-2", isOwner), named("o-3", isOwner)
	wrong, fine := named("bob", inRole("zzz")), named("bob", inRole(rbac.Operator))
	noAdmin := func(hint string) []string { return []string{tooFew(rbac.DeveloperAdmin, 0, 1, hint)} }
	bobs := func(problem string) []string { return []string{`members["bob"].` + problem} }
	tests := []struct {
		sentence      string
		before, after []rbac.Member
		want          []string
	}{
		{"nothing changes", complete, complete, nil},
		{"a workspace begins with an invitation", nil, all(inStatus(rbac.StatusInvited, admin)), nil},
		{"a workspace begins with nobody", nil, nil, nil},
		{"the first admin accepts", all(inStatus(rbac.StatusInvited, admin)), all(admin), nil},
		{"the first captain of two", all(admin), all(admin, c1), nil},
		{"a member joins a workspace that lacks an admin", all(c1, c2), all(c1, c2, fine), nil},

		{"the last admin is gone", complete, all(c1, c2), noAdmin(giveItOn)},
		{"the last admin is deleted", complete, without(inStatus(rbac.StatusDeleted, admin)), noAdmin(giveItOn)},
		{"the last admin is blocked", complete, without(inStatus(rbac.StatusBlocked, admin)), noAdmin(makeItActive)},
		{"the last admin loses the role", complete, without(named("ann", inRole(rbac.Operator))), noAdmin(giveItOn)},
		{"the last admin gets an end", complete, without(named("ann", until(evening, isAdmin))),
			[]string{tooFewFrom(evening, rbac.DeveloperAdmin, 0, 1)}},
		{"the last admin's workspace is suspended", complete, without(suspended(admin)), nil},
		{"the admin hands over", complete, all(named("bob", isAdmin), c1, c2), nil},
		{"the last captain but one is gone",
			complete, all(admin, c1), []string{tooFew("captain", 1, 2, giveItOn)}},
		{"the last captain of too few is gone",
			all(admin, c1), all(admin), []string{tooFew("captain", 0, 2, giveItOn)}},

		{"an end becomes earlier, of the last admin", without(named("ann", until(night, isAdmin))),
			without(named("ann", until(evening, isAdmin))), []string{tooFewFrom(evening, rbac.DeveloperAdmin, 0, 1)}},
		{"an end becomes later, of the last admin", without(named("ann", until(evening, isAdmin))),
			without(named("ann", until(night, isAdmin))), nil},
		{"a start becomes later, of the last admin", without(named("ann", from(evening, isAdmin))),
			without(named("ann", from(night, isAdmin))), []string{tooFewFrom(evening, rbac.DeveloperAdmin, 0, 1)}},
		{"a start becomes earlier, of the last admin", without(named("ann", from(night, isAdmin))),
			without(named("ann", from(evening, isAdmin))), nil},

		{"the first owner", complete, with(o1), nil},
		{"a second owner", with(o1), with(o1, o2), []string{tooMany("owner", 2, 1)}},
		{"a second owner from the evening on", with(o1), with(o1, named("o-2", from(evening, isOwner))),
			[]string{tooManyFrom(evening, "owner", 2, 1)}},
		{"two owners stay", with(o1, o2), with(o1, o2, fine), nil},
		{"three owners become two", with(o1, o2, o3), with(o1, o2), nil},
		{"two owners become three", with(o1, o2), with(o1, o2, o3), []string{tooMany("owner", 3, 1)}},
		{"two owners become two others", with(o1, o2), with(o2, o3), nil},

		{"a member who is wrong stays", with(wrong), with(wrong), nil},
		{"a member who is wrong is put right", with(wrong), with(fine), nil},
		{"a member becomes wrong", with(fine), with(wrong), bobs("assignments[0]." + unknownRole)},
		{"a wrong member joins", complete, with(wrong), bobs("assignments[0]." + unknownRole)},
		{"another member is wrong in the same way", with(wrong), with(named("cy", inRole("zzz"))),
			[]string{`members["cy"].assignments[0].` + unknownRole}},
		{"a wrong member is wrong in another way",
			with(wrong), with(named("bob", inRole("zzz", ""))), bobs("assignments[0]." + emptyProgram)},
		{"a wrong member is wrong twice",
			with(wrong), with(named("bob", inRole("zzz"), inRole("zzz"))), bobs("assignments[1]." + unknownRole)},
		{"what is wrong moves to another position",
			with(named("bob", inRole(rbac.Operator), inRole("zzz"))), with(wrong), nil},
		{"a member is repeated", with(fine), with(fine, fine), []string{`members["bob"]: ` + repeated}},
		{"a member of another workspace", complete, with(staff("bob", theBakery)), bobs(notItsMember)},
		{"a member of another workspace stays", with(staff("bob", theBakery)), with(staff("bob", theBakery)), nil},
		{"one thing is put right and another goes wrong", with(wrong), all(fine, c1, c2), noAdmin(giveItOn)},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			err := owned.ValidateChangeAt(noon, theShop, slices.Values(test.before), slices.Values(test.after))
			assert.Equal(t, inErrors(test.want), problemsOf(t, err))
		})
	}
	err := owned.ValidateChangeAt(noon, rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"}, nil, nil)
	want := []string{"workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)"}
	assert.Equal(t, inErrors(want), problemsOf(t, err), "an invalid workspace")
	assert.NoError(t, owned.ValidateChangeAt(noon, theShop, nil, nil), "nil is no members")
}

// Exclusive roles that a member holds already are no reason against another change of that member.
func TestValidateChangeComparesExclusiveRoles(t *testing.T) {
	change := func(before, after []rbac.Assignment) []string {
		admin := named("ann", inRole(rbac.DeveloperAdmin))
		err := offices.ValidateChangeAt(noon, theShop,
			slices.Values([]rbac.Member{admin, named("bob", before...)}),
			slices.Values([]rbac.Member{admin, named("bob", after...)}))
		return problemsOf(t, err)
	}
	isMaker, isChecker, isReader := inRole(maker), inRole(checker), inRole(reader)
	excluded := inErrors([]string{`members["bob"].assignments[1].` + makerExcluded})
	assert.Equal(t, excluded, change(held(isMaker), held(isMaker, isChecker)), "a second role of a set")
	assert.Empty(t, change(held(isMaker, isChecker), held(isMaker, isChecker, isReader)), "a role beside two of a set")
	assert.Empty(t, change(held(isReader, isMaker, isChecker), held(isMaker, isChecker)), "without the role before them")
	assert.Empty(t, change(held(isMaker, isChecker), held(isChecker)), "one of the two is taken")
}
