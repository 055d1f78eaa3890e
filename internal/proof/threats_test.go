package proof

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// threats are the known ways in which a library like this one wrongly allows a request, or tells too much. Each has a
// test in this file that fails when the guard against it is taken out. The other tests named in its row check the same
// guard more widely, here or in package rbac.
//
// Run one with: go test ./internal/proof -run 'TestThreats/T9$'
var threats = []struct {
	id, threat string
	others     []string
	test       func(t *testing.T)
}{
	{"T1", "zero and nil values allow",
		[]string{"TestLaw1ZeroValuesAllowNothing", "TestFilterOfNothing",
			"TestPolicyRolesActionsRolesWithAndWhoCanOfNoPolicy", "TestPermissionsOfNoPolicy", "TestExplainOfNoPolicy"},
		zeroValuesAllowNothing},
	{"T2", "empty ID equals empty ID",
		[]string{"TestLaw1NoIsTheDefault", "TestCheckAtReachesTheProgramsThatAnAssignmentNames"},
		emptyIDsAreNobodys},
	{"T3", "other tenant, other merchant, same ID in another tenant",
		[]string{"TestLaw3Isolation", "TestDefaultPolicyIsTheMatrix"},
		tenantsAndMerchantsAreApart},
	{"T4", "developer workspace whose ID equals its tenant's",
		[]string{"TestLaw3Isolation", "TestFilterMatchIsWhatTheMemberCanDo"},
		merchantsNamedLikeTheirTenantAreMerchants},
	{"T5", "action on the wrong kind of target",
		[]string{"TestDefaultPolicyIsTheMatrix", "TestCheckManageKnowsActionsOnWorkspacesOnly"},
		actionsKeepToTheirTargets},
	{"T6", "role of the other workspace kind",
		[]string{"TestLaw1NoIsTheDefault", "TestCheckAssignRefusesWhatCannotBeHeld"},
		rolesKeepToTheirKind},
	{"T7", "role on P and assignment of Q combine",
		[]string{"TestLaw5NoCrossProducts", "TestWhereLeavesOutProgramsOfRolesThatDoNotNeedThem"},
		assignmentsDoNotCombine},
	{"T8", "vacuous truth: no roles, empty sets",
		[]string{"TestFilterOfNothing", "TestCheckAssignLetsADeveloperAddOwnPrograms"},
		emptySetsGrantNothing},
	{"T9", "giving a role one does not cover; giving it to oneself",
		[]string{"TestLaw7NoEscalation", "TestCheckAssignCoversWhatIsGiven"},
		nobodyGivesWhatTheyLack},
	{"T10", "taking from, blocking or deleting someone stronger",
		[]string{"TestLaw7NobodyActsOnTheStronger", "TestCheckAssignRevokeAndManageCoverWhatTheOtherHolds"},
		nobodyActsOnTheStronger},
	{"T11", "a sibling custom role with more rights",
		[]string{"TestCheckAssignCoversWhatIsGiven", "TestCheckDefineGivesNewRolesNoMoreThanTheActorHas"},
		siblingsAreNotEqual},
	{"T12", "a temporary admin makes a permanent one",
		[]string{"TestLaw7NobodyGivesBeyondTheirEnd", "TestCheckAssignCoversForAsLongAsItLasts"},
		temporaryMembersGiveNothingPermanent},
	{"T13", "unknown action or role passes, or cannot be told from a denial",
		[]string{"TestLaw1NoIsTheDefault", "TestValidateMemberNamesEveryProblem"},
		unknownNamesAreDeniedAndReported},
	{"T14", "case, Unicode or space variants of a name are the same name",
		[]string{"TestLaw1NoIsTheDefault", "TestLaw3IDsAreOpaque"},
		namesAreComparedByteByByte},
	{"T15", "duplicate, mis-cased, unknown, null JSON keys change meaning",
		[]string{"TestLaw8OneSetOfChecks", "FuzzReadSpec"},
		documentsHaveOneMeaning},
	{"T16", "a policy that fails to load becomes an empty or half policy",
		[]string{"TestLaw10NothingGrowsWithoutBound"},
		whatFailsToLoadIsNoPolicy},
	{"T17", "time bounds: the instant itself, zero, reversed, time zones",
		[]string{"TestCheckAtKeepsToTheBoundsOfAnAssignment", "TestAcceptWithin72Hours"},
		boundsAreHalfOpen},
	{"T18", "slices or maps kept from, or shared with, the caller",
		[]string{"TestLaw9Immutable", "TestLaw9SubjectsAreImmutable", "TestInviteCopiesItsAssignments"},
		nothingIsSharedWithTheCaller},
	{"T19", "policy swapped while checks run",
		[]string{"TestLaw9PoliciesAreSwapped"},
		swapsAreAtomic},
	{"T20", "list wider or narrower than check; SQL NULL, hostile IDs in SQL",
		[]string{"TestLaw2WhereKeepsTheSameRows", "FuzzWhere", "TestWhereKeepsValuesOutOfTheClause"},
		listsAgreeWithChecks},
	{"T21", "a reason that names what the caller may not know of",
		[]string{"TestCheckHidesOtherWorkspacesForEveryStatus", "TestDecisionErrAndLogValueNameNoID"},
		reasonsNameNothingHidden},
	{"T22", "approving one's own request; owner unknown",
		[]string{"TestLaw2OneTruth", "TestCheckManageAndAssignTakeTheMemberAsOwner"},
		ownRequestsNeedASecondPerson},
	{"T23", "last admin removed, blocked, demoted or expired",
		[]string{"TestValidateWorkspaceNamesEveryProblem"},
		theLastAdminStays},
	{"T24", "a huge policy or member makes a check slow",
		[]string{"TestLaw10HugeMembers", "TestHugeMembersAreCheckedInProportion"},
		sizeDoesNotSlowChecks},
}

func TestThreats(t *testing.T) {
	for _, threat := range threats {
		t.Run(threat.id, func(t *testing.T) {
			threat.test(t)
			if t.Failed() {
				t.Logf("%s: %s", threat.id, threat.threat)
			}
		})
	}
}

func TestThreatsAreCompleteAndNameTestsThatExist(t *testing.T) {
	tests := declaredTests(t)
	for i, threat := range threats {
		assert.Equal(t, fmt.Sprintf("T%d", i+1), threat.id)
		assert.NotEmpty(t, threat.threat, threat.id)
		assert.NotNil(t, threat.test, threat.id)
		assert.NotEmpty(t, threat.others, threat.id)
		for _, name := range threat.others {
			assert.True(t, tests[name], "%s names %s, which does not exist", threat.id, name)
		}
	}
	assert.Len(t, threats, 24)
}

var testDeclaration = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// declaredTests are the names of the tests and fuzz targets of this package and of package rbac.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "../../*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, declaration := range testDeclaration.FindAllSubmatch(source, -1) {
				found[string(declaration[1])] = true
			}
		}
	}
	return found
}

// assertDenied asks the default policy in every way.
func assertDenied(t *testing.T, m rbac.Member, a rbac.Action, r rbac.Resource, why string) {
	t.Helper()
	p := rbac.Default()
	assert.False(t, rbac.Can(m, a, r), "Can: %s", why)
	assert.False(t, p.Check(m, a, r).Allowed, "Check: %s", why)
	assert.False(t, p.Bind(m).Can(a, r), "Subject.Can: %s", why)
	assert.False(t, p.Bind(m).Filter(a).Match(r), "Filter.Match: %s", why)
	assert.NotContains(t, slices.Collect(p.Bind(m).Actions(r)), a, "Actions: %s", why)
}

func assertReason(t *testing.T, want rbac.Reason, got rbac.Decision, why string) {
	t.Helper()
	assert.Equal(t, want, got.Reason, why)
}

// assertNotCovered also compares the action that was denied and what the actor lacks.
func assertNotCovered(t *testing.T, action rbac.Action, lacking string, got rbac.Decision) {
	t.Helper()
	assert.Empty(t, got.Role, "the role of a denial")
	assert.Empty(t, got.Scope, "the scope of a denial")
	assertReason(t, rbac.ReasonNotCovered, got, "the decision")
	var denied *rbac.DeniedError
	require.ErrorAs(t, got.Err(), &denied)
	assert.Equal(t, rbac.DeniedError{Action: action, Reason: rbac.ReasonNotCovered, Lacking: lacking}, *denied)
}

func zeroValuesAllowNothing(t *testing.T) {
	m, a, r := shopAdmin(), rbac.EditFeature, theShop.Resource()
	require.True(t, rbac.Can(m, a, r))
	assertDenied(t, rbac.Member{}, a, r, "the zero member")
	assertDenied(t, inStatus(0, m), a, r, "the zero status")
	nowhere := staff("ann", rbac.Workspace{}, m.Assignments...)
	assertDenied(t, nowhere, a, rbac.Resource{}, "a member and a resource in the zero workspace")
	assertDenied(t, m, "", r, "the zero action")
	assertDenied(t, m, a, rbac.Resource{}, "the zero resource")
	assert.False(t, (*rbac.Policy)(nil).Can(m, a, r), "the nil policy")
	assert.False(t, new(rbac.Policy).Can(m, a, r), "the zero policy")
	assert.False(t, (*rbac.Subject)(nil).Can(a, r), "the nil subject")
	assert.False(t, new(rbac.Subject).Can(a, r), "the zero subject")
	assert.False(t, rbac.Filter{}.Match(r), "the zero filter")
	assert.Error(t, rbac.Decision{}.Err(), "the zero decision")
}

func emptyIDsAreNobodys(t *testing.T) {
	anonymous := staff("", theShop, inRole(rbac.DeveloperAdmin))
	assertDenied(t, anonymous, rbac.EditFeature, theShop.Resource(), "a member without an ID")
	anonymous = staff("", theShop, inRole(rbac.Developer))
	assertDenied(t, anonymous, rbac.ViewRequest, theShop.Resource(), "a member and an owner without an ID")
	noProgram := annWith(inRole(rbac.Developer, ""))
	assertDenied(t, noProgram, rbac.ViewMiniProgram, theShop.MiniProgram(""),
		"an assignment and a resource without a program")
	nowhere := rbac.Workspace{Kind: rbac.KindDeveloper}
	assertDenied(t, staff("ann", nowhere, inRole(rbac.DeveloperAdmin)), rbac.EditFeature, nowhere.Resource(),
		"a member and a resource in a workspace without an ID")
	for name, place := range map[string]rbac.Workspace{
		"a merchant without an ID":  {Kind: rbac.KindDeveloper, Tenant: "wallet"},
		"a merchant without tenant": {Kind: rbac.KindDeveloper, ID: "shop"},
		"a tenant without an ID":    {Kind: rbac.KindTenant},
	} {
		admin := staff("ann", place, inRole(rbac.WorkspaceAdmin), inRole(rbac.DeveloperAdmin))
		assertDenied(t, admin, rbac.ManageWorkspace, place.Resource(), "the admin of "+name)
		assertDenied(t, walletAdmin(), rbac.ViewMiniProgram, place.MiniProgram("mp-1"), "the wallet's admin in "+name)
	}
	emptyAssigned := gridPolicy.Bind(gridMember(rbac.KindDeveloper, rbac.ScopeAssigned, ""))
	assert.False(t, emptyAssigned.Can("on.any", theShop.Resource()), "an empty mini program and the workspace itself")
	assert.Empty(t, slices.Collect(emptyAssigned.Actions(theShop.Resource())))
	assert.True(t, emptyAssigned.Filter("on.any").None())
	orphan := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}
	assertDenied(t, walletAdmin(), rbac.ViewApprovals, orphan.Resource(), "a workspace without a tenant")

	p := rbac.Default()
	assertReason(t, rbac.ReasonInvalidTarget, p.CheckManage(shopAdmin(), staff("", theShop), rbac.BlockMember),
		"block a member without an ID")
	empty := inRole(rbac.Developer, "")
	assertReason(t, rbac.ReasonNotHeld, p.CheckRevoke(shopAdmin(), bobWith(empty), empty),
		"revoke an empty mini program")
}

func tenantsAndMerchantsAreApart(t *testing.T) {
	for name, place := range map[string]rbac.Workspace{
		"another merchant": theBakery,
		"another tenant":   theBank,
		"another tenant's merchant with the same ID": banksShop,
		"the merchant's own tenant":                  theWallet,
		"a tenant with the merchant's ID":            namesakeOfShop,
	} {
		assertDenied(t, shopAdmin(), rbac.ManageWorkspace, place.Resource(), name)
		assertDenied(t, shopAdmin(), rbac.ViewMiniProgram, place.MiniProgram("mp-1"), "a program of "+name)
	}
	developer := annWith(inRole(rbac.Developer, "mp-1"))
	assertDenied(t, developer, rbac.ReleaseMiniProgram, banksShop.MiniProgram("mp-1"),
		"a program with the same ID in another tenant")
	view := rbac.ViewMiniProgram
	assertDenied(t, walletAdmin(), view, banksShop.MiniProgram("mp-1"), "another tenant's program, by a tenant's admin")
	assertDenied(t, walletAdmin(), view, namesakeOfShop.MiniProgram("mp-1"), "a tenant with a merchant's ID")
	assert.True(t, rbac.Can(walletAdmin(), view, theShop.MiniProgram("mp-1")),
		"a tenant's admin views a merchant's program")
}

func merchantsNamedLikeTheirTenantAreMerchants(t *testing.T) {
	require.NoError(t, namesakeOfWallet.Validate())
	merchant := staff("ann", namesakeOfWallet, inRole(rbac.DeveloperAdmin))
	assertDenied(t, merchant, rbac.ManageWorkspace, theWallet.Resource(), "the tenant, by its namesake's admin")
	view := rbac.ViewMiniProgram
	assertDenied(t, merchant, view, theWallet.MiniProgram("mp-1"), "the tenant's program, by its namesake's admin")
	assertDenied(t, merchant, view, theShop.MiniProgram("mp-1"), "another merchant's program")
	assertDenied(t, walletAdmin(), rbac.ManageWorkspace, namesakeOfWallet.Resource(),
		"the namesake, by the tenant's admin")
	assertReason(t, rbac.ReasonOtherWorkspace,
		rbac.Default().CheckManage(merchant, staff("bob", theWallet), rbac.BlockMember),
		"the namesake's admin blocks a member of the tenant")
}

func actionsKeepToTheirTargets(t *testing.T) {
	for name, r := range map[string]rbac.Resource{
		"the workspace":                  theShop.Resource(),
		"a request within the workspace": theShop.Resource().OwnedBy("bob"),
	} {
		assertDenied(t, shopAdmin(), rbac.ReleaseMiniProgram, r, "an action on programs, done to "+name)
	}
	assertDenied(t, shopAdmin(), rbac.ManageWorkspace, theShop.MiniProgram("mp-1"),
		"an action on workspaces, done to a program")
	assertDenied(t, walletAdmin(), rbac.ViewDeveloperWorkspace, theWallet.Resource(),
		"an action on developer workspaces, done to a tenant's")
	assertDenied(t, walletAdmin(), rbac.EditApp, theShop.Resource(),
		"an action on tenant workspaces, done to a merchant's")
	p := rbac.Default()
	assertReason(t, rbac.ReasonWrongTarget, p.CheckManage(shopAdmin(), bobWith(), rbac.ReleaseMiniProgram), "a member")
	assertReason(t, rbac.ReasonWrongTarget, p.Check(shopAdmin(), rbac.ReleaseMiniProgram, theShop.Resource()),
		"a workspace")
}

func rolesKeepToTheirKind(t *testing.T) {
	tenantRole := annWith(inRole(rbac.WorkspaceAdmin))
	assertDenied(t, tenantRole, rbac.ManageWorkspace, theShop.Resource(), "a tenant role in a merchant's workspace")
	assertDenied(t, tenantRole, rbac.ViewMiniProgram, theBakery.MiniProgram("mp-1"),
		"a merchant's member with a tenant role, and another merchant")
	merchantRole := staff("ann", theWallet, inRole(rbac.DeveloperAdmin))
	assertDenied(t, merchantRole, rbac.ManageWorkspace, theWallet.Resource(),
		"a merchant's role in the tenant workspace")
	p := rbac.Default()
	assertReason(t, rbac.ReasonOtherKind, p.CheckAssign(shopAdmin(), bobWith(), inRole(rbac.WorkspaceReviewer)),
		"assign")
	assertReason(t, rbac.ReasonOtherKind, p.CheckDefine(shopAdmin(), newRole(rbac.KindTenant, nil)), "define")
}

func assignmentsDoNotCombine(t *testing.T) {
	m := annWith(inRole(rbac.Developer, "mp-1"), inRole(rbac.Operator, "mp-2"))
	require.True(t, rbac.Can(m, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1")))
	require.True(t, rbac.Can(m, rbac.ViewMiniProgram, theShop.MiniProgram("mp-2")))
	assertDenied(t, m, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-2"),
		"a Developer's right on an Operator's program")
	expired := annWith(inRole(rbac.Developer), until(ago, inRole(rbac.Developer, "mp-1")))
	assertDenied(t, expired, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"),
		"a role in force, on the program of an expired one")
	giver := annWith(inRole(deputy, "mp-2"), inRole(releaser, "mp-1"))
	assert.False(t, officePolicy.CheckAssign(giver, bobWith(), inRole(releaser, "mp-2")).Allowed,
		"giving the right of one assignment on the program of another")
}

func emptySetsGrantNothing(t *testing.T) {
	noPrograms := annWith(inRole(rbac.Developer))
	assertDenied(t, annWith(), rbac.ViewTemplates, theShop.Resource(), "no roles")
	assertDenied(t, noPrograms, rbac.ViewMiniProgram, theShop.MiniProgram("mp-1"), "no programs")
	assertDenied(t, annWith(rbac.Assignment{}), rbac.ViewTemplates, theShop.Resource(), "an assignment of no role")

	p := rbac.Default()
	developer, other := annWith(inRole(rbac.Developer, "mp-1")), bobWith(inRole(rbac.Developer, "mp-2"))
	assert.False(t, p.CheckAssign(developer, other, inRole(rbac.Developer)).Allowed, "add an empty list of programs")
	assert.False(t, p.CheckRevoke(developer, other, inRole(rbac.Developer)).Allowed, "take an empty list of programs")
	assert.Equal(t, "1=0", clauseOf(t, p.Bind(noPrograms).Filter(rbac.ViewMiniProgram)))
	assert.Empty(t, slices.Collect(p.RolesWith(rbac.ViewMiniProgram, 0)), "roles that cover no scope")
}

func nobodyGivesWhatTheyLack(t *testing.T) {
	p, ann, bob := officePolicy, annWith(inRole(deputy)), bobWith()
	require.True(t, p.CheckAssign(ann, bob, inRole(setter)).Allowed)
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(ann, bob, inRole(rbac.DeveloperAdmin)), "a stronger role")
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(ann, bob, inRole(releaser, "mp-1")), "a program she lacks")
	assertReason(t, rbac.ReasonSelf, p.CheckAssign(ann, ann, inRole(setter)), "to herself")
	reloaded := annWith(inRole(setter))
	assertReason(t, rbac.ReasonSelf, p.CheckAssign(ann, reloaded, inRole(setter)),
		"to herself, as the host has her now")
	assertReason(t, rbac.ReasonNotGranted, p.CheckAssign(annWith(inRole(reader)), bob, inRole(reader)),
		"without the right to set roles")
	cannotAssign := annWith(inRole(setter), inRole(signer))
	assertReason(t, rbac.ReasonNotGranted, p.CheckAssign(cannotAssign, bob, inRole(releaser, "mp-1")),
		"without the right to assign mini programs")
	futureReader := from(soon, inRole(reader))
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(annWith(inRole(deputy), futureReader), bob, futureReader),
		"what she does not have yet")
	assertReason(t, rbac.ReasonExclusive, p.CheckAssign(ann, bobWith(inRole(maker)), inRole(approver)),
		"an exclusive role")
	assertReason(t, rbac.ReasonInvalidAssignment, p.CheckAssign(ann, bob, inRole(bystander, "")),
		"a program without an ID")
	redefined := rbac.Role{ID: reader, Kind: rbac.KindDeveloper}
	assertReason(t, rbac.ReasonRoleExists, p.CheckDefine(ann, redefined), "define a role again")
	assertReason(t, rbac.ReasonNotGranted, p.CheckDefine(annWith(inRole(reader)), newRole(rbac.KindDeveloper, nil)),
		"without the right to define roles")
	developer, operator := annWith(inRole(rbac.Developer, "mp-1")), bobWith(inRole(rbac.Operator))
	assert.False(t, p.CheckAssign(developer, operator, inRole(rbac.Developer, "mp-1")).Allowed,
		"a role that the operator does not hold, with the developer's own program")
	confined := staff("ann", theWallet, inRole(walletOnly))
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(confined, bob, inRole(reader)),
		"a right in a merchant's workspace, by one who has it in the wallet only")
	planted := rbac.Invite("bob", theShop, noon, inRole("defined_later"))
	assertReason(t, rbac.ReasonUnknownRole, p.CheckManage(shopAdmin(), planted, rbac.InviteMember),
		"invite to a role that does not exist yet")
}

func nobodyActsOnTheStronger(t *testing.T) {
	p, ann := officePolicy, annWith(inRole(deputy))
	strong := bobWith(inRole(bystander), inRole(rbac.DeveloperAdmin))
	future := bobWith(from(soon, inRole(rbac.DeveloperAdmin)))
	require.True(t, p.CheckManage(ann, bobWith(inRole(bystander)), rbac.BlockMember).Allowed)
	for name, got := range map[string]rbac.Decision{
		"block":                        p.CheckManage(ann, strong, rbac.BlockMember),
		"revoke":                       p.CheckRevoke(ann, strong, inRole(bystander)),
		"assign":                       p.CheckAssign(ann, strong, inRole(bystander)),
		"block one who is blocked":     p.CheckManage(ann, inStatus(rbac.StatusBlocked, strong), rbac.BlockMember),
		"block one who is invited":     p.CheckManage(ann, inStatus(rbac.StatusInvited, strong), rbac.BlockMember),
		"block one who is strong soon": p.CheckManage(ann, future, rbac.BlockMember),
	} {
		assertReason(t, rbac.ReasonNotCovered, got, name)
	}
	developer, strongerBy := annWith(inRole(rbac.Developer, "mp-1")), inRole(promoter, "mp-1")
	assert.False(t, p.CheckRevoke(developer, bobWith(strongerBy), strongerBy).Allowed,
		"take a program on which the other can do more")
	temporary := annWith(inRole(keeper), until(soon, inRole(releaser, "mp-1")))
	both := bobWith(until(soon, inRole(releaser, "mp-1")), inRole(releaser, "mp-1"))
	assertReason(t, rbac.ReasonNotCovered, p.CheckRevoke(temporary, both, inRole(releaser, "mp-1")),
		"take a program held permanently, behind a temporary assignment of the same role")
}

func siblingsAreNotEqual(t *testing.T) {
	sibling := rbac.Role{ID: "deputy_plus", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.SetMemberRole: rbac.ScopeWorkspace,
		readReports:        rbac.ScopeWorkspace,
	}}
	p := rbac.Must(rbac.New(officePolicy.Spec(), rbac.Spec{Roles: []rbac.Role{sibling}}))
	ann, lacking := annWith(inRole(deputy)), "report.read: workspace"
	assertNotCovered(t, rbac.SetMemberRole, lacking, p.CheckAssign(ann, bobWith(), inRole(sibling.ID)))
	assertNotCovered(t, rbac.DefineRole, lacking, officePolicy.CheckDefine(ann, sibling))
	assertNotCovered(t, rbac.BlockMember, lacking, p.CheckManage(ann, bobWith(inRole(sibling.ID)), rbac.BlockMember))
}

func temporaryMembersGiveNothingPermanent(t *testing.T) {
	p, admin := rbac.Default(), inRole(rbac.DeveloperAdmin)
	temporary := annWith(until(soon, admin))
	require.True(t, p.CheckAssign(temporary, bobWith(), until(soon, admin)).Allowed, "until the same end")
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(temporary, bobWith(), admin), "without an end")
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(temporary, bobWith(), until(soon.Add(1), admin)), "for longer")
	assertReason(t, rbac.ReasonNotCovered, p.CheckManage(temporary, bobWith(admin), rbac.BlockMember),
		"block a member who stays longer")
	editor := newRole(rbac.KindDeveloper, rbac.Permissions{rbac.EditFeature: rbac.ScopeWorkspace})
	assertReason(t, rbac.ReasonNotCovered, p.CheckDefine(temporary, editor), "define a role, which has no end")
	onPrograms := newRole(rbac.KindDeveloper, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned})
	temporaryReleaser := annWith(inRole(deputy), until(soon, inRole(releaser, "mp-1")))
	assertReason(t, rbac.ReasonNotCovered, officePolicy.CheckDefine(temporaryReleaser, onPrograms),
		"define a role on assigned programs, which has no end")

	mp1 := inRole(rbac.Developer, "mp-1")
	assert.False(t, p.CheckAssign(annWith(mp1), bobWith(until(soon, inRole(rbac.Developer, "mp-2"))), mp1).Allowed,
		"add a program for longer than the other holds the role")
	temporaryDeveloper := annWith(until(soon, mp1))
	assertReason(t, rbac.ReasonNotCovered,
		p.CheckAssign(temporaryDeveloper, bobWith(inRole(rbac.Developer)), until(soon, mp1)),
		"add a program to a role that the other holds for longer")
	both := bobWith(until(soon, inRole(rbac.Developer)), inRole(rbac.Developer))
	assertReason(t, rbac.ReasonNotCovered, p.CheckAssign(temporaryDeveloper, both, until(soon, mp1)),
		"add a program to a role that the other holds for longer by one of two assignments")
}

func unknownNamesAreDeniedAndReported(t *testing.T) {
	p, m, nobody := rbac.Default(), shopAdmin(), annWith(inRole("nobody"))
	misspelled := rbac.Action("miniprogram.relase")
	assertDenied(t, m, misspelled, theShop.MiniProgram("mp-1"), "an unknown action")
	assertDenied(t, nobody, rbac.EditFeature, theShop.Resource(), "an unknown role")
	assertReason(t, rbac.ReasonUnknownAction, p.Check(m, misspelled, theShop.MiniProgram("mp-1")), "an unknown action")
	assertReason(t, rbac.ReasonUnknownRole, p.Check(nobody, rbac.EditFeature, theShop.Resource()), "an unknown role")
	assertReason(t, rbac.ReasonUnknownRole, p.CheckAssign(m, bobWith(), inRole("nobody")), "assign an unknown role")
	assert.Error(t, p.ValidateMember(bobWith(inRole("nobody"))))
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Extend: map[rbac.RoleID]rbac.Permissions{"nobody": {rbac.EditFeature: rbac.ScopeWorkspace}},
	})
	assert.ErrorContains(t, err, `unknown role "nobody"`)
	_, err = rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{"approval.decide_relase"}})
	assert.ErrorContains(t, err, `unknown action "approval.decide_relase"`)
}

func namesAreComparedByteByByte(t *testing.T) {
	const kiosk = "kiosk-\u00e9"
	developer := annWith(inRole(rbac.Developer, kiosk))
	require.True(t, rbac.Can(developer, rbac.ReleaseMiniProgram, theShop.MiniProgram(kiosk)))
	for _, id := range []string{
		"Kiosk-\u00e9", "KIOSK-\u00e9", "kiosk-e\u0301", "\u212aiosk-\u00e9",
		kiosk + " ", " " + kiosk, kiosk + "\x00", kiosk + "\u200b",
	} {
		assertDenied(t, developer, rbac.ReleaseMiniProgram, theShop.MiniProgram(id), fmt.Sprintf("the program %q", id))
	}
	for _, id := range []string{"Shop", "SHOP", "shop ", "\u017fhop", "shop\x00"} {
		place := theWallet.Developer(id)
		assertDenied(t, shopAdmin(), rbac.EditFeature, place.Resource(), fmt.Sprintf("the workspace %q", id))
	}
	for _, action := range []rbac.Action{
		"Feature.edit", "FEATURE.EDIT", "feature.edit ", " feature.edit", "feature_edit", "feature..edit",
	} {
		assertDenied(t, shopAdmin(), action, theShop.Resource(), fmt.Sprintf("the action %q", action))
	}
	for _, role := range []rbac.RoleID{"Developer_admin", "developer_admin ", "developer-admin"} {
		assertDenied(t, annWith(inRole(role)), rbac.EditFeature, theShop.Resource(), fmt.Sprintf("the role %q", role))
	}
	capital := staff("Ann", theShop, inRole(rbac.Developer))
	assertDenied(t, capital, rbac.ViewRequest, theShop.Resource().OwnedBy("ann"), "the owner ann, by Ann")
	capital = staff("Ann", theWallet)
	assert.True(t, rbac.Default().CheckAssign(walletAdmin(), capital, inRole(rbac.WorkspaceOperator)).Allowed,
		"ann gives a role to Ann, who is another person")
	_, err := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{"Report.Export": rbac.OnAny}})
	assert.Error(t, err, "a name that differs from another by case only")
}

func documentsHaveOneMeaning(t *testing.T) {
	documents := map[string]string{
		"a key twice":                   `{"roles":[],"roles":[]}`,
		"a key in capitals":             `{"Roles":[]}`,
		"an unknown key":                `{"rolls":[]}`,
		"null for a list":               `{"roles":null}`,
		"null for the document":         `null`,
		"an inner key twice":            `{"actions":{"a":["any"],"a":["tenant"]}}`,
		"an escaped key twice":          `{"actions":{"a":["any"],"\u0061":["tenant"]}}`,
		"an inner key in capitals":      `{"roles":[{"ID":"r","kind":"tenant"}]}`,
		"an unknown scope":              `{"extend":{"r":{"a":["all"]}}}`,
		"an unknown target":             `{"actions":{"a":["everything"]}}`,
		"trailing data":                 `{} {}`,
		"invalid UTF-8":                 "{\"roles\":[{\"id\":\"r\",\"kind\":\"tenant\",\"name\":\"\xff\"}]}",
		"a word instead of a scope set": `{"extend":{"r":{"a":"tenant"}}}`,
		"a scope twice":                 `{"extend":{"r":{"a":["own","own"]}}}`,
		"half a surrogate pair":         `{"roles":[{"id":"r","kind":"tenant","name":"\ud800"}]}`,
		"a name in capitals":            `{"four_eyes":["A"]}`, // found only after the whole document is read
	}
	assert.ErrorContains(t, new(rbac.Spec).UnmarshalJSON([]byte(documents["invalid UTF-8"])), "not UTF-8")
	for name, document := range documents {
		read := rbac.Spec{FourEyes: []rbac.Action{"kept"}}
		assert.Error(t, read.UnmarshalJSON([]byte(document)), name)
		assert.Equal(t, rbac.Spec{FourEyes: []rbac.Action{"kept"}}, read, "the receiver after %s", name)
	}
}

func whatFailsToLoadIsNoPolicy(t *testing.T) {
	broken := rbac.Spec{Roles: []rbac.Role{{
		ID: "clerk", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"desk.use": rbac.ScopeWorkspace},
	}}}
	policy, err := rbac.New(rbac.Defaults(), broken)
	require.Error(t, err)
	assert.Nil(t, policy, "a policy together with an error")
	assert.False(t, policy.Can(shopAdmin(), rbac.EditFeature, theShop.Resource()),
		"what the valid spec alone would allow")
	assert.Panics(t, func() { rbac.Must(rbac.New(broken)) }, "Must of an error")

	var spec rbac.Spec
	document := `{"actions":{"desk.use":["any"]},"roles":[{"id":"clerk","kind":"manager"}]}`
	require.Error(t, json.Unmarshal([]byte(document), &spec))
	assert.Equal(t, rbac.Spec{}, spec, "the valid half of a document")
	clerk := rbac.Spec{Roles: []rbac.Role{{ID: "clerk", Kind: rbac.KindDeveloper}}}
	policy, err = rbac.New(clerk, clerk)
	assert.Error(t, err, "a role that is defined twice")
	assert.Nil(t, policy, "the policy of specs that contradict each other")
	_, err = rbac.New(rbac.Defaults(), rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.EditFeature: rbac.OnAny}})
	assert.Error(t, err, "an action that is declared twice")
	_, err = rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a": rbac.OnAny},
		Roles: []rbac.Role{{
			ID: "r", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"a": rbac.ScopeTenant},
		}},
	})
	assert.Error(t, err, "a scope that can never match")
}

func boundsAreHalfOpen(t *testing.T) {
	end := noon.In(time.FixedZone("east", 14*3600))
	can := func(now time.Time, as rbac.Assignment) bool {
		return rbac.Default().CheckAt(now, annWith(as), rbac.EditFeature, theShop.Resource()).Allowed
	}
	admin := inRole(rbac.DeveloperAdmin)
	assert.True(t, can(noon, from(noon, admin)), "at the start")
	assert.False(t, can(noon.Add(-1), from(noon, admin)), "before the start")
	assert.False(t, can(noon, until(end, admin)), "at the end, in another time zone")
	assert.True(t, can(noon.Add(-1), until(end, admin)), "before the end, in another time zone")
	assert.True(t, can(time.Time{}, admin), "without bounds")
	reversed := from(later, until(soon, admin))
	assertReason(t, rbac.ReasonInvalidAssignment, rbac.Default().CheckAssign(shopAdmin(), bobWith(), reversed),
		"reversed bounds")
	_, err := rbac.Invite("bob", theShop, noon).Accept(noon.Add(rbac.InvitationValidity))
	assert.Equal(t, rbac.ErrInvitationExpired, err, "at the end of an invitation")
}

func nothingIsSharedWithTheCaller(t *testing.T) {
	given := fullSpec()
	full := rbac.Must(rbac.New(rbac.Defaults(), given))
	want := string(encoded(t, full.Spec()))
	overwrite(given)
	overwrite(full.Spec())
	assert.Equal(t, want, string(encoded(t, full.Spec())),
		"every field, after the specs passed in and returned changed")
	programs := []string{"mp-1"}
	invited := rbac.Invite("bob", theShop, noon, inRole(rbac.Developer, programs...))
	programs[0] = "mp-2"
	assert.Equal(t, []string{"mp-1"}, invited.Assignments[0].MiniPrograms, "an invitation")
	assert.NotPanics(t, func() { overwrite(rbac.Defaults()); rbac.Must(rbac.New(rbac.Defaults())) }, "the defaults")

	spec := rbac.Defaults()
	policy := rbac.Must(rbac.New(spec))
	ann := annWith(inRole(rbac.Developer, "mp-1"))
	subject := policy.Bind(ann)
	filter := subject.Filter(rbac.ReleaseMiniProgram)
	for _, s := range []rbac.Spec{spec, policy.Spec()} {
		for i := range s.Roles {
			s.Roles[i].Permissions[rbac.ManageWorkspace] = rbac.ScopeWorkspace
		}
	}
	for role := range policy.Roles() {
		role.Permissions[rbac.ManageWorkspace] = rbac.ScopeWorkspace
	}
	ann.Assignments[0].MiniPrograms[0] = "mp-2"
	another := theShop.MiniProgram("mp-2")
	assert.False(t, policy.Can(annWith(inRole(rbac.Developer)), rbac.ManageWorkspace, theShop.Resource()),
		"a policy, after its spec changed")
	assert.False(t, subject.Can(rbac.ReleaseMiniProgram, another), "a subject, after the member changed")
	assert.False(t, subject.Check(rbac.ReleaseMiniProgram, another).Allowed,
		"a subject's Check, after the member changed")
	assert.False(t, filter.Match(another), "a filter, after the member changed")
	assert.False(t, subject.Filter(rbac.ReleaseMiniProgram).Match(another), "a filter made after the member changed")
	_, found := policy.Spec().Roles[0].Permissions[rbac.ManageWorkspace]
	assert.False(t, found, "the spec of a policy, after an earlier copy changed")
}

// A request that has loaded a policy gets all its answers from that policy, while the host swaps it.
func swapsAreAtomic(t *testing.T) {
	granting := func(action rbac.Action) *rbac.Policy {
		return rbac.Must(rbac.New(rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{rbac.EditFeature: rbac.OnWorkspace, rbac.AddFeature: rbac.OnWorkspace},
			Roles: []rbac.Role{{
				ID: reader, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{action: rbac.ScopeWorkspace},
			}},
		}))
	}
	before, after := granting(rbac.EditFeature), granting(rbac.AddFeature)
	want := map[*rbac.Policy][]rbac.Action{before: {rbac.EditFeature}, after: {rbac.AddFeature}}

	var current atomic.Pointer[rbac.Policy]
	current.Store(before)
	swapped := make(chan struct{})
	go func() {
		defer close(swapped)
		for i := range 5_000 {
			current.Store([]*rbac.Policy{after, before}[i%2])
		}
	}()
	m, r := annWith(inRole(reader)), theShop.Resource()
	for range 500 {
		p := current.Load()
		subject := p.Bind(m)
		filter := subject.Filter(want[p][0])
		current.Store(before)
		require.Equal(t, want[p], slices.Collect(subject.Actions(r)))
		require.Equal(t, p == before, subject.Can(rbac.EditFeature, r))
		require.Equal(t, p == after, p.Can(m, rbac.AddFeature, r))
		require.True(t, filter.Match(r))
		current.Store(after)
	}
	<-swapped
}

func listsAgreeWithChecks(t *testing.T) {
	p := rbac.Default()
	for _, id := range sqlStrings {
		developer := annWith(inRole(rbac.Developer, id))
		filter := p.Bind(developer).Filter(rbac.ReleaseMiniProgram)
		for _, r := range []rbac.Resource{
			theShop.MiniProgram(id), theShop.MiniProgram("mp-1"), theShop.Resource(), banksShop.MiniProgram(id),
		} {
			assert.Equal(t, rbac.Can(developer, rbac.ReleaseMiniProgram, r), filter.Match(r),
				"%+v with %q assigned", r, id)
		}
		clause, args, err := filter.Where(allColumns)
		require.NoError(t, err)
		assert.Equal(t, "(tenant = ? AND workspace = ? AND kind = ? AND program IN (?))", clause)
		assert.Equal(t, []any{"wallet", "shop", "developer", id}, args)
	}

	w := world{label: "the grid", policy: gridPolicy, timeline: timeline{now: noon}, resources: gridResources()}
	for _, m := range gridMembers() {
		subject := gridPolicy.BindAt(noon, m)
		for action := range gridPolicy.Actions() {
			filter := subject.Filter(action)
			w.compareWhere(t, seeded(20, 0), m, action, allColumns)
			for _, r := range w.resources {
				require.Equal(t, subject.Can(action, r), filter.Match(r), "%s of %+v by %+v", action, r, m)
			}
		}
	}

	fourEyes := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	clause := clauseOf(t, fourEyes.Bind(walletAdmin()).Filter(rbac.DecideRelease))
	assert.Contains(t, clause, "owner <> '' AND owner <> ?", "a request whose owner is NULL")
	assert.NotContains(t, clause, "NOT", "a condition that NULL makes true")
	assert.Equal(t, "1=0", clauseOf(t, rbac.Filter{}))
	programs := p.Bind(shopAdmin()).Filter(rbac.ListMiniPrograms)
	_, _, err := programs.Where(rbac.Columns{Tenant: "t", Workspace: "w", MiniProgram: "p) OR (1=1"})
	assert.Error(t, err, "a column that is no identifier")
	_, _, err = programs.Where(rbac.Columns{Workspace: "w", MiniProgram: "p"})
	assert.Error(t, err, "no column for the tenant")
}

// The denial outside the tenant, or outside the merchant, is the same whatever exists there, whoever asks, and
// whatever the status of who asks.
func reasonsNameNothingHidden(t *testing.T) {
	secret := "secret-"
	hidden := rbac.Tenant(secret + "tenant").Developer(secret + "shop")
	existing := hidden.MiniProgram(secret + "program").OwnedBy(secret + "owner")
	text := func(d rbac.Decision) string { return d.Err().Error() + fmt.Sprint(d.LogValue()) }
	for _, m := range []rbac.Member{
		shopAdmin(), walletAdmin(), annWith(),
		inStatus(rbac.StatusBlocked, shopAdmin()), inStatus(rbac.StatusInvited, walletAdmin()),
	} {
		for _, action := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace, rbac.DecideRelease} {
			d := rbac.Default().Check(m, action, existing)
			assert.Equal(t, rbac.ReasonOtherTenant, d.Reason, "%s by %s", action, m.Status)
			assert.True(t, d.Reason.Hidden())
			assert.NotContains(t, text(d), secret)
		}
	}
	for _, action := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace} {
		d := rbac.Default().Check(shopAdmin(), action, theBakery.MiniProgram("mp-1"))
		assert.Equal(t, rbac.ReasonOtherWorkspace, d.Reason, action)
		assert.True(t, d.Reason.Hidden())
	}
	stronger := staff(secret+"bob", theShop, inRole(releaser, secret+"program"))
	d := officePolicy.CheckAssign(annWith(inRole(deputy)), stronger, inRole(bystander))
	require.Equal(t, rbac.ReasonNotCovered, d.Reason)
	assert.NotContains(t, text(d), secret, "what an actor lacks")
}

func ownRequestsNeedASecondPerson(t *testing.T) {
	onMembers := rbac.Must(rbac.New(officePolicy.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.BlockMember}}))
	director := staff("ann", theWallet, inRole(regional))
	assertReason(t, rbac.ReasonOwnRequest, onMembers.CheckManage(director, annWith(), rbac.BlockMember),
		"block oneself in another workspace")

	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	request := theShop.MiniProgram("mp-1")
	reviewer := staff("ann", theWallet, inRole(rbac.WorkspaceReviewer))
	assertReason(t, rbac.ReasonGranted, policy.Check(reviewer, rbac.DecideRelease, request.OwnedBy("bob")),
		"bob's request")
	for owner, want := range map[string]rbac.Reason{"ann": rbac.ReasonOwnRequest, "": rbac.ReasonOwnerUnknown} {
		r, subject := request.OwnedBy(owner), policy.Bind(reviewer)
		assert.Equal(t, want, policy.Check(reviewer, rbac.DecideRelease, r).Reason, "the owner is %q", owner)
		assert.False(t, subject.Can(rbac.DecideRelease, r), "Subject.Can, the owner is %q", owner)
		assert.False(t, subject.Filter(rbac.DecideRelease).Match(r), "Filter.Match, the owner is %q", owner)
		assert.NotContains(t, slices.Collect(subject.Actions(r)), rbac.DecideRelease, "Actions, the owner is %q", owner)
	}
}

func theLastAdminStays(t *testing.T) {
	blocked, err := shopAdmin().Block()
	require.NoError(t, err)
	deleted, err := shopAdmin().Delete()
	require.NoError(t, err)
	validate := func(members ...rbac.Member) error {
		return rbac.Default().ValidateWorkspace(theShop, slices.Values(members))
	}
	require.NoError(t, validate(shopAdmin()))
	for name, member := range map[string]rbac.Member{
		"blocked":             blocked,
		"deleted":             deleted,
		"demoted":             annWith(inRole(rbac.Developer)),
		"expired":             annWith(until(ago, inRole(rbac.DeveloperAdmin))),
		"not an admin yet":    annWith(from(soon, inRole(rbac.DeveloperAdmin))),
		"only invited":        inStatus(rbac.StatusInvited, shopAdmin()),
		"an admin of another": staff("ann", banksShop, inRole(rbac.DeveloperAdmin)),
	} {
		problem := `0 active holders of role "developer_admin", and at least 1 are needed`
		assert.ErrorContains(t, validate(member), problem, name)
	}
	assert.Error(t, validate(), "removed")
	assert.Error(t, validate(shopAdmin(), shopAdmin()), "the same member twice")
	noOperators := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{AtMost: map[rbac.RoleID]int{rbac.Operator: 0}}))
	members := slices.Values([]rbac.Member{shopAdmin(), bobWith(inRole(rbac.Operator))})
	assert.Error(t, noOperators.ValidateWorkspace(theShop, members), "one operator too many")
	members = slices.Values([]rbac.Member{staff("bob", theWallet)})
	assert.Error(t, rbac.Default().ValidateWorkspace(theWallet, members), "a tenant workspace without an admin")
}

// A check takes no longer with a larger policy or member. Hostile names and numbers are refused early.
func sizeDoesNotSlowChecks(t *testing.T) {
	withRoles := func(n int) func() {
		spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{"zz": rbac.OnWorkspace}}
		for i := range n {
			id := rbac.RoleID(fmt.Sprintf("role_%d", i))
			spec.Roles = append(spec.Roles, rbac.Role{ID: id, Kind: rbac.KindDeveloper})
		}
		last := rbac.Role{ID: "zz", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"zz": rbac.ScopeWorkspace}}
		spec.Roles = append(spec.Roles, last)
		policy, m := rbac.Must(rbac.New(spec)), annWith(inRole(last.ID))
		return func() {
			for range 2_000 {
				policy.Can(m, "zz", theShop.Resource())
			}
		}
	}
	assert.Less(t, growth(withRoles, 4.0), 4.0, "times as long with 32 times as many roles")

	absent := theShop.MiniProgram("mp-none")
	withPrograms := func(n int) func() {
		subject := rbac.Default().Bind(annWith(manyPrograms(n)))
		filter := subject.Filter(rbac.ReleaseMiniProgram)
		return func() {
			for range 2_000 {
				subject.Can(rbac.ReleaseMiniProgram, absent)
				filter.Match(absent)
			}
		}
	}
	assert.Less(t, growth(withPrograms, 4.0), 4.0, "times as long with 32 times as many programs")

	subject, last := rbac.Default().Bind(annWith(manyPrograms(10_000))), theShop.MiniProgram("mp-10000")
	assert.True(t, subject.Can(rbac.ReleaseMiniProgram, last))
	assert.Zero(t, testing.AllocsPerRun(10, func() { subject.Can(rbac.ReleaseMiniProgram, last) }))
	huge := annWith(inRole(rbac.DeveloperAdmin, programsTo(10_000)...))
	assert.Zero(t, testing.AllocsPerRun(10, func() { rbac.Can(huge, rbac.EditFeature, theShop.Resource()) }))

	tooMany := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for i := range 4_097 {
		tooMany.Actions[rbac.Action(fmt.Sprintf("a%d", i))] = rbac.OnAny
	}
	_, err := rbac.New(tooMany)
	assert.ErrorContains(t, err, "more than 4096 actions")
	tooLong := rbac.Action(strings.Repeat("a", 65))
	_, err = rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{tooLong: rbac.OnAny}})
	assert.ErrorContains(t, err, "invalid name")
	_, err = rbac.New(rbac.Spec{Roles: make([]rbac.Role, 16_385)})
	assert.ErrorContains(t, err, "more than 16384 roles")
	tooLarge := strings.Repeat(" ", 16<<20) + "{}"
	assert.Error(t, new(rbac.Spec).UnmarshalJSON([]byte(tooLarge)), "a document of more than 16 MiB")
}
