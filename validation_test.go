package rbac_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the problems of several tests say.
const (
	noMemberID    = "id: the ID is empty; give the host's ID of the member"
	noWorkspaceID = "workspace.id: the ID is empty; give the host's ID of the workspace"
	unknownRole   = `role: unknown role "zzz"; define it in the policy`
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
			inShop(isReader, inRole(releaser, "mp-1"), from(ago, until(soon, inRole(signer)))), nil},
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
		{"reversed bounds", inShop(from(later, until(soon, isReader))), []string{"assignments[0]." + badBounds}},
		{"equal bounds", inShop(from(soon, until(soon, isReader))), []string{"assignments[0]." + badBounds}},
		{"bounds of a nanosecond", inShop(from(soon, until(soon.Add(1), isReader))), nil},
		{"a start without an end", inShop(from(soon, isReader)), nil},
		{"an end without a start", inShop(until(ago, isReader)), nil},
		{"exclusive roles", inShop(isMaker, isReader, isChecker), []string{"assignments[2]." + makerExcluded}},
		{"exclusive roles, one of them twice",
			inShop(isMaker, isMaker, isChecker), []string{"assignments[2]." + makerExcluded}},
		{"exclusive roles one after the other", inShop(until(soon, isMaker), from(soon, isChecker)), nil},
		{"exclusive roles, one of them expired", inShop(until(ago, isMaker), isChecker), nil},
		{"exclusive roles that met in the past", inShop(until(ago, isMaker), until(ago, isChecker)), nil},
		{"exclusive roles that will meet for a nanosecond",
			inShop(until(soon, isMaker), from(soon.Add(-1), isChecker)), []string{"assignments[1]." + makerExcluded}},
		{"the same role twice", inShop(isMaker, isMaker), nil},
		{"everything at once", inStatus(9, staff("", rbac.Tenant(""), inRole("zzz", ""))), []string{
			noMemberID, noWorkspaceID, noStatus(9), "assignments[0]." + unknownRole, "assignments[0]." + emptyProgram,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, inErrors(test.want), problemsOf(t, offices.ValidateMember(test.member)))
		})
	}
}

// inErrors puts before each problem what every error begins with.
func inErrors(problems []string) []string {
	var texts []string
	for _, problem := range problems {
		texts = append(texts, "rbac: "+problem)
	}
	return texts
}

func TestValidateMemberAndWorkspaceWithoutAPolicy(t *testing.T) {
	want := []string{"rbac: there is no policy; build one with New"}
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		member, workspace := policy.ValidateMember(inShop()), policy.ValidateWorkspace(theShop, nil)
		assert.Equal(t, want, problemsOf(t, member), "ValidateMember of the %s policy", name)
		assert.Equal(t, want, problemsOf(t, workspace), "ValidateWorkspace of the %s policy", name)
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

const (
	giveItOn     = "give the role to another member first"
	oneInactive  = "1 hold it, but are not active or not within its time"
	twoInactive  = "2 hold it, but are not active or not within its time"
	notItsMember = "workspace: the member belongs to another workspace; pass the members of this one"
	repeated     = "the member is repeated; pass each member once"
)

func TestValidateWorkspaceNamesEveryProblem(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{
		AtLeast: map[rbac.RoleID]int{fleet: 2},
		AtMost:  map[rbac.RoleID]int{deputy: 2, setter: 0, walletOnly: 1},
	}))
	named := func(id string, held ...rbac.Assignment) rbac.Member { return staff(id, theShop, held...) }
	all := func(members ...rbac.Member) []rbac.Member { return members }
	isAdmin, isDeputy, isFleet := inRole(rbac.DeveloperAdmin), inRole(deputy), inRole(fleet)
	admin, blocked := named("ann", isAdmin), inStatus(rbac.StatusBlocked, named("ann", isAdmin))
	bob, cy, dee := named("bob", isDeputy), named("cy", isDeputy), named("dee", isDeputy)
	f1, f2 := staff("f-1", theWallet, isFleet), staff("f-2", theWallet, isFleet)
	strangersAdmin, longID := staff("ann", banksShop, isAdmin), strings.Repeat("x", 64)
	noAdmin := []string{tooFew(rbac.DeveloperAdmin, 0, 1, giveItOn)}
	inactive := []string{tooFew(rbac.DeveloperAdmin, 0, 1, oneInactive)}
	tests := []struct {
		name    string
		place   rbac.Workspace
		members []rbac.Member
		want    []string
	}{
		{"an admin", theShop, all(admin), nil},
		{"an admin with the role twice", theShop, all(named("ann", isAdmin, isAdmin)), nil},
		{"an admin with the role and an expired one", theShop, all(named("ann", isAdmin, until(ago, isAdmin))), nil},
		{"an admin beside a blocked one", theShop, all(blocked, named("bob", isAdmin)), nil},
		{"the last admin has another role now", theShop, all(named("ann", inRole(rbac.Developer, "mp-1"))), noAdmin},
		{"the last admin is gone", theShop, all(named("bob")), noAdmin},
		{"the last admin is deleted", theShop, all(inStatus(rbac.StatusDeleted, admin)), noAdmin},
		{"the last admin is withdrawn", theShop, all(inStatus(rbac.StatusWithdrawn, admin)), noAdmin},
		{"there are no members", theShop, nil, noAdmin},
		{"the last admin is blocked", theShop, all(blocked), inactive},
		{"the last admin is only invited", theShop, all(inStatus(rbac.StatusInvited, admin)), inactive},
		{"the last admin has expired", theShop, all(named("ann", until(ago, isAdmin))), inactive},
		{"the last admin has not started", theShop, all(named("ann", from(soon, isAdmin))), inactive},
		{"a blocked admin and an expired one", theShop, all(blocked, named("bob", until(ago, isAdmin))),
			[]string{tooFew(rbac.DeveloperAdmin, 0, 1, twoInactive)}},

		{"as many holders as allowed", theShop, all(admin, bob, cy), nil},
		{"one holder too many", theShop, all(admin, bob, cy, dee), []string{tooMany(deputy, 3, 2)}},
		{"one holder too many, who is blocked",
			theShop, all(admin, bob, cy, inStatus(rbac.StatusBlocked, dee)), nil},
		{"one holder too many, who starts later",
			theShop, all(admin, bob, cy, named("dee", from(soon, isDeputy))), nil},
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
			err := policy.ValidateWorkspace(test.place, slices.Values(test.members))
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
}
