package proof

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
		[]string{"TestLaw1ZeroValuesAllowNothing", "TestFilterOfNothing"},
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
		[]string{"TestDefaultPolicyIsTheMatrix", "TestLaw2OneTruth"},
		actionsKeepToTheirTargets},
	{"T6", "role of the other workspace kind",
		[]string{"TestLaw1NoIsTheDefault", "TestLaw11ValidateWorkspaceIsTheReference"},
		rolesKeepToTheirKind},
	{"T7", "role on P and assignment of Q combine",
		[]string{"TestLaw5NoCrossProducts", "TestWhereLeavesOutProgramsOfRolesThatDoNotNeedThem"},
		assignmentsDoNotCombine},
	{"T8", "vacuous truth: no roles, empty sets",
		[]string{"TestFilterOfNothing", "TestLaw1NoIsTheDefault"},
		emptySetsGrantNothing},
	{"T9", "giving a role one does not cover; giving it to oneself",
		[]string{"TestLaw7NoCoalitionEscalates"},
		nobodyGivesWhatTheyLack},
	{"T10", "taking from, blocking or deleting someone stronger",
		[]string{"TestLaw7NoCoalitionEscalates"},
		nobodyActsOnTheStronger},
	{"T11", "a sibling custom role with more rights",
		[]string{"TestLaw7NoCoalitionEscalates"},
		siblingsAreNotEqual},
	{"T12", "a temporary admin makes a permanent one",
		[]string{"TestLaw7NoCoalitionEscalates"},
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
		[]string{"TestLaw10NothingGrowsWithoutBound", "TestLaw8LayersNeedWhatTheyName"},
		whatFailsToLoadIsNoPolicy},
	{"T17", "time bounds: the instant itself, zero, reversed, time zones, monotonic readings, years past 2262",
		[]string{"TestCheckAtKeepsToTheBoundsOfAnAssignment", "TestAcceptWithin72Hours", "TestLaw2OneTruth"},
		boundsAreHalfOpen},
	{"T18", "slices or maps kept from, or shared with, the caller",
		[]string{"TestLaw9Immutable", "TestLaw9SubjectsAreImmutable", "TestLaw9LayersShareNothingWithTheCaller"},
		nothingIsSharedWithTheCaller},
	{"T19", "policy swapped while checks run",
		[]string{"TestLaw9PoliciesAreSwapped"},
		swapsAreAtomic},
	{"T20", "list wider or narrower than check; SQL NULL, hostile IDs in SQL",
		[]string{"TestLaw2WhereKeepsTheSameRows", "FuzzWhere", "TestWhereKeepsValuesOutOfTheClause"},
		listsAgreeWithChecks},
	{"T21", "a reason that names what the caller may not know of; members who are not active learn of no resource",
		[]string{"TestLaw1ReasonsComeInOrder", "TestDecisionErrAndLogValueNameNoID"},
		reasonsNameNothingHidden},
	{"T22", "approving one's own request; owner unknown",
		[]string{"TestLaw2OneTruth"},
		ownRequestsNeedASecondPerson},
	{"T23", "last admin removed, blocked, demoted or expired, now or later",
		[]string{"TestLaw11WhatIsValidStaysValid", "TestLaw11ValidateChangeIsTheReference"},
		theLastAdminStays},
	{"T24", "a huge policy, member or document makes a call slow",
		[]string{"TestLaw10HugeMembers", "TestGrowthIsInProportion"},
		sizeDoesNotSlowChecks},
	{"T25", "what was allowed is not what is stored: the host applies more than was decided",
		[]string{"TestLaw9ArgumentsAreNotChanged", "TestLaw6OrderDoesNotMatterToSteps"},
		stepsReturnWhatToStore},
	{"T26", "a stored policy comes back wider: a lost key, a lost bound, a number for a word, another encoding",
		[]string{"TestLaw8RoundTrip", "TestLaw8OwnIsTheLayer", "FuzzReadSpec"},
		storedPoliciesComeBackTheSame},
	{"T27", "a column name that is more than a name",
		[]string{"TestWhereAcceptsOnlyIdentifiersAsColumns", "FuzzWhere"},
		columnsAreNamesAndNothingElse},
	{"T28", "a policy that cannot be administered: a role nobody may give, take or block",
		[]string{"TestLaw8LayersListAndWriteAsOnePolicy"},
		rolesThatNobodyMayGiveAreWarnedOf},
	{"T29", "another workspace's role is told of, handed out, or taken for one's own",
		[]string{"TestLaw1OwnRolesOfOthersGrantNothing"},
		ownRolesStayAtHome},
	{"T30", "a guard that can never bite: exclusive over two kinds, four eyes on what is only one's own",
		[]string{"TestLaw8OneSetOfChecks", "TestLaw8LayersAreRefusedAsOnePolicy"},
		guardsThatCannotBiteAreRefused},
	{"T31", "text from a stranger forges a line in a log or an explanation",
		[]string{"TestLaw8OneSetOfChecks"},
		textOfStrangersStaysOnItsLine},
	{"T32", "a suspended workspace whose members go on",
		[]string{"TestLaw1NoIsTheDefault", "TestLaw1ReasonsComeInOrder", "TestLaw2OneTruth"},
		suspendedMembersMayDoNothing},
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
	assert.Len(t, threats, 32)
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
	assert.False(t, p.Holders(a, r).Match(m), "Holders.Match: %s", why)
	assert.NotContains(t, slices.Collect(p.Bind(m).Actions(r)), a, "Actions: %s", why)
}

func assertReason(t *testing.T, want rbac.Reason, got rbac.Decision, why string) {
	t.Helper()
	assert.Equal(t, want, got.Reason, why)
}

// assertDeniedStep reads the reason from the error of a step.
func assertDeniedStep(t *testing.T, want rbac.Reason, err error, why string) {
	t.Helper()
	var denied *rbac.DeniedError
	if assert.ErrorAs(t, err, &denied, why) {
		assert.Equal(t, want, denied.Reason, why)
	}
}

// assertNotCovered also compares the action that was denied and what the actor lacks.
func assertNotCovered(t *testing.T, action rbac.Action, missing rbac.Permissions, err error) {
	t.Helper()
	var denied *rbac.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Equal(t, rbac.DeniedError{Action: action, Reason: rbac.ReasonNotCovered, Missing: missing}, *denied)
}

// errOf leaves out the member that a step returns, and errOfPolicy the policy.
func errOf(_ rbac.Member, err error) error { return err }

func errOfPolicy(_ *rbac.Policy, err error) error { return err }

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
	admin := p.Bind(shopAdmin())
	assertDeniedStep(t, rbac.ReasonInvalidTarget, errOf(admin.Block(staff("", theShop))), "block a member without an ID")
	assertDeniedStep(t, rbac.ReasonInvalidTarget, errOf(admin.Invite("", theShop)), "invite a member without an ID")
	assertDeniedStep(t, rbac.ReasonInvalidAssignment, errOf(admin.Assign(bobWith(), inRole(rbac.Developer, ""))),
		"assign an empty mini program")
	assert.Empty(t, p.Bind(noProgram).Permissions()[rbac.ViewMiniProgram], "the permissions of no mini program")
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
	assertDeniedStep(t, rbac.ReasonOtherWorkspace, errOf(rbac.Default().Bind(merchant).Block(staff("bob", theWallet))),
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
	admin := p.Bind(shopAdmin())
	assertDeniedStep(t, rbac.ReasonWrongTarget, admin.Manage(bobWith(), rbac.ReleaseMiniProgram), "a member")
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
	admin := rbac.Default().Bind(shopAdmin())
	assertDeniedStep(t, rbac.ReasonOtherKind, errOf(admin.Assign(bobWith(), inRole(rbac.WorkspaceReviewer))), "assign")
	assert.ErrorContains(t, errOfPolicy(admin.Define(newRole(rbac.KindTenant, nil))),
		"a developer workspace cannot own a tenant role", "define")
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
	_, err := officePolicy.Bind(giver).Assign(bobWith(), inRole(releaser, "mp-2"))
	assertDeniedStep(t, rbac.ReasonNotCovered, err,
		"giving the right of one assignment on the program of another")
}

func emptySetsGrantNothing(t *testing.T) {
	noPrograms := annWith(inRole(rbac.Developer))
	assertDenied(t, annWith(), rbac.ViewTemplates, theShop.Resource(), "no roles")
	assertDenied(t, noPrograms, rbac.ViewMiniProgram, theShop.MiniProgram("mp-1"), "no programs")
	assertDenied(t, annWith(rbac.Assignment{}), rbac.ViewTemplates, theShop.Resource(), "an assignment of no role")

	p := rbac.Default()
	held := inRole(rbac.Developer, "mp-2")
	developer := p.Bind(annWith(inRole(rbac.Developer, "mp-1")))
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(developer.Replace(bobWith(held), held, held)),
		"add and take no program")
	assertDeniedStep(t, rbac.ReasonNotHeld, errOf(p.Bind(shopAdmin()).Revoke(bobWith(held), inRole(rbac.Developer))),
		"take an assignment without programs from one who holds another")
	assert.Equal(t, "1=0", clauseOf(t, p.Bind(noPrograms).Filter(rbac.ViewMiniProgram)))
	assert.Empty(t, slices.Collect(p.RolesWith(rbac.ViewMiniProgram, 0)), "roles that cover no scope")
}

func nobodyGivesWhatTheyLack(t *testing.T) {
	p, ann, bob := officePolicy, officePolicy.Bind(annWith(inRole(deputy))), bobWith()
	require.NoError(t, errOf(ann.Assign(bob, inRole(setter))))
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(ann.Assign(bob, inRole(rbac.DeveloperAdmin))), "a stronger role")
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(ann.Assign(bob, inRole(releaser, "mp-1"))), "a program she lacks")
	assertDeniedStep(t, rbac.ReasonSelf, errOf(ann.Assign(annWith(inRole(deputy)), inRole(setter))), "to herself")
	assertDeniedStep(t, rbac.ReasonSelf, errOf(ann.Assign(annWith(inRole(setter)), inRole(setter))),
		"to herself, as the host has her now")
	regionalAnn := p.Bind(staff("ann", theWallet, inRole(regional)))
	assertDeniedStep(t, rbac.ReasonSelf, errOf(regionalAnn.Assign(annWith(), inRole(reader))),
		"to herself, as a member of a merchant")
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(p.Bind(annWith(inRole(reader))).Assign(bob, inRole(reader))),
		"without the right to set roles")
	cannotAssign := p.Bind(annWith(inRole(setter), inRole(signer)))
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(cannotAssign.Assign(bob, inRole(releaser, "mp-1"))),
		"without the right to assign mini programs")
	futureReader := from(soon, inRole(reader))
	assertDeniedStep(t, rbac.ReasonNotCovered,
		errOf(p.Bind(annWith(inRole(deputy), futureReader)).Assign(bob, futureReader)), "what she does not have yet")
	assertDeniedStep(t, rbac.ReasonExclusive, errOf(ann.Assign(bobWith(inRole(maker)), inRole(approver))),
		"an exclusive role")
	assertDeniedStep(t, rbac.ReasonInvalidAssignment, errOf(ann.Assign(bob, inRole(bystander, ""))),
		"a program without an ID")
	redefined := rbac.Role{ID: reader, Kind: rbac.KindDeveloper}
	assert.ErrorContains(t, errOfPolicy(ann.Define(redefined)), "defined twice", "define a role again")
	assertDeniedStep(t, rbac.ReasonNotGranted,
		errOfPolicy(p.Bind(annWith(inRole(reader))).Define(newRole(rbac.KindDeveloper, nil))),
		"without the right to define roles")
	held := inRole(rbac.Operator)
	developer := p.Bind(annWith(inRole(rbac.Developer, "mp-1")))
	mp1 := inRole(rbac.Developer, "mp-1")
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(developer.Replace(bobWith(held), held, mp1)),
		"a role that the operator does not hold, with the developer's own program")
	confined := p.Bind(staff("cy", theWallet, inRole(walletOnly)))
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(confined.Assign(bob, inRole(reader))),
		"a right in a merchant's workspace, by one who has it in the wallet only")
	assertDeniedStep(t, rbac.ReasonUnknownRole,
		errOf(p.Bind(shopAdmin()).Invite("bob", theShop, inRole("defined_later"))),
		"invite to a role that does not exist yet")

	const manager rbac.RoleID = "people_manager" // administers developers, and has none of their permissions
	managed := rbac.Must(p.With(rbac.Spec{
		Roles: []rbac.Role{{ID: manager, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
		}}},
		Administers: map[rbac.RoleID][]rbac.RoleID{manager: {rbac.Developer}},
	})).Bind(annWith(inRole(manager)))
	require.NoError(t, errOf(managed.Assign(bob, inRole(rbac.Developer, "mp-1"))), "a role that is administered")
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(managed.Assign(bob, inRole(manager))), "the manager's own role")
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(managed.Assign(bob, inRole(rbac.Operator))), "another role")
}

func nobodyActsOnTheStronger(t *testing.T) {
	p, ann := officePolicy, officePolicy.Bind(annWith(inRole(deputy)))
	strong := bobWith(inRole(bystander), inRole(rbac.DeveloperAdmin))
	future := bobWith(from(soon, inRole(rbac.DeveloperAdmin)))
	require.NoError(t, errOf(ann.Block(bobWith(inRole(bystander)))))
	for name, err := range map[string]error{
		"block":                        errOf(ann.Block(strong)),
		"unblock":                      errOf(ann.Unblock(inStatus(rbac.StatusBlocked, strong))),
		"revoke":                       errOf(ann.Revoke(strong, inRole(bystander))),
		"replace":                      errOf(ann.Replace(strong, inRole(bystander), inRole(setter))),
		"assign":                       errOf(ann.Assign(strong, inRole(bystander))),
		"manage":                       ann.Manage(strong, rbac.SetMemberRole),
		"block one who is blocked":     errOf(ann.Block(inStatus(rbac.StatusBlocked, strong))),
		"block one who is invited":     errOf(ann.Block(inStatus(rbac.StatusInvited, strong))),
		"block one who is strong soon": errOf(ann.Block(future)),
	} {
		assertDeniedStep(t, rbac.ReasonNotCovered, err, name)
	}
	deleter := rbac.Must(p.With(rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{deputy: {
		rbac.DeleteMember: rbac.ScopeWorkspace, rbac.WithdrawInvitation: rbac.ScopeWorkspace,
		rbac.ResendInvitation: rbac.ScopeWorkspace,
	}}})).Bind(annWith(inRole(deputy)))
	invited := inStatus(rbac.StatusInvited, strong)
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(deleter.Delete(strong)), "delete")
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(deleter.Withdraw(invited)), "withdraw an admin's invitation")
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(deleter.Resend(invited)), "resend an admin's invitation")

	held := inRole(promoter, "mp-1", "mp-2")
	developer := p.Bind(annWith(inRole(rbac.Developer, "mp-1")))
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(developer.Replace(bobWith(held), held, inRole(promoter, "mp-2"))),
		"take a program on which the other can do more")
	admin := bobWith(inRole(rbac.DeveloperAdmin, "mp-1"))
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(developer.Revoke(admin, admin.Assignments[0])),
		"take an admin's whole role for the program that it names")
}

func siblingsAreNotEqual(t *testing.T) {
	sibling := rbac.Role{ID: "deputy_plus", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.SetMemberRole: rbac.ScopeWorkspace,
		readReports:        rbac.ScopeWorkspace,
	}}
	p := rbac.Must(rbac.New(officePolicy.Spec(), rbac.Spec{Roles: []rbac.Role{sibling}}))
	ann, missing := annWith(inRole(deputy)), rbac.Permissions{readReports: rbac.ScopeWorkspace}
	assertNotCovered(t, rbac.SetMemberRole, missing, errOf(p.Bind(ann).Assign(bobWith(), inRole(sibling.ID))))
	assertNotCovered(t, rbac.DefineRole, missing, errOfPolicy(officePolicy.Bind(ann).Define(sibling)))
	assertNotCovered(t, rbac.BlockMember, nil, errOf(p.Bind(ann).Block(bobWith(inRole(sibling.ID)))))
}

func temporaryMembersGiveNothingPermanent(t *testing.T) {
	p, admin := rbac.Default(), inRole(rbac.DeveloperAdmin)
	temporary := p.Bind(annWith(until(soon, admin)))
	require.NoError(t, errOf(temporary.Assign(bobWith(), until(soon, admin))), "until the same end")
	require.NoError(t, errOf(temporary.Block(bobWith(admin))), "block a member who stays longer")
	longer, temporaryBob := until(soon.Add(1), admin), bobWith(until(soon, admin))
	for name, err := range map[string]error{
		"assign without an end":            errOf(temporary.Assign(bobWith(), admin)),
		"assign for longer":                errOf(temporary.Assign(bobWith(), longer)),
		"invite for longer":                errOf(temporary.Invite("bob", theShop, longer)),
		"replace by what lasts longer":     errOf(temporary.Replace(temporaryBob, until(soon, admin), until(later, admin))),
		"unblock a member who is longer":   errOf(temporary.Unblock(inStatus(rbac.StatusBlocked, bobWith(admin)))),
		"resend a permanent invitation":    errOf(temporary.Resend(inStatus(rbac.StatusInvited, bobWith(admin)))),
		"delete a member who stays longer": errOf(temporary.Delete(bobWith(admin))),
		"manage a member who stays longer": temporary.Manage(bobWith(admin), rbac.BlockMember),
	} {
		assertDeniedStep(t, rbac.ReasonNotCovered, err, name)
	}
	editor := newRole(rbac.KindDeveloper, rbac.Permissions{rbac.EditFeature: rbac.ScopeWorkspace})
	assertDeniedStep(t, rbac.ReasonNotCovered, errOfPolicy(temporary.Define(editor)), "define a role, which has no end")
	onPrograms := newRole(rbac.KindDeveloper, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned})
	for name, holder := range map[string]rbac.Member{
		"a right on all programs until soon":    annWith(inRole(deputy), until(soon, inRole(signer))),
		"a right on one program without an end": annWith(inRole(deputy), inRole(releaser, "mp-1")),
		"a right on no program":                 annWith(inRole(deputy), inRole(releaser)),
	} {
		assertDeniedStep(t, rbac.ReasonNotCovered, errOfPolicy(officePolicy.Bind(holder).Define(onPrograms)), name)
	}
	require.NoError(t, errOfPolicy(officePolicy.Bind(annWith(inRole(deputy), inRole(signer))).Define(onPrograms)))

	mp1, held := inRole(rbac.Developer, "mp-1"), inRole(rbac.Developer)
	temporaryDeveloper := p.Bind(annWith(until(soon, mp1)))
	heldUntil := until(soon, held)
	require.NoError(t, errOf(temporaryDeveloper.Replace(bobWith(heldUntil), heldUntil, until(soon, mp1))))
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(temporaryDeveloper.Replace(bobWith(held), held, mp1)),
		"add a program to a role that the other holds for longer")
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(temporaryDeveloper.Replace(bobWith(held), held, until(soon, mp1))),
		"add a program and an end")
}

func unknownNamesAreDeniedAndReported(t *testing.T) {
	p, m, nobody := rbac.Default(), shopAdmin(), annWith(inRole("nobody"))
	misspelled := rbac.Action("miniprogram.relase")
	assertDenied(t, m, misspelled, theShop.MiniProgram("mp-1"), "an unknown action")
	assertDenied(t, nobody, rbac.EditFeature, theShop.Resource(), "an unknown role")
	assertReason(t, rbac.ReasonUnknownAction, p.Check(m, misspelled, theShop.MiniProgram("mp-1")), "an unknown action")
	assertReason(t, rbac.ReasonUnknownRole, p.Check(nobody, rbac.EditFeature, theShop.Resource()), "an unknown role")
	assertDeniedStep(t, rbac.ReasonUnknownRole, errOf(p.Bind(m).Assign(bobWith(), inRole("nobody"))),
		"assign an unknown role")
	admin, office := p.Bind(m), officePolicy.Bind(annWith(inRole(deputy)))
	assertDeniedStep(t, rbac.ReasonUnknownAction, admin.Manage(bobWith(), misspelled), "an unknown action on a member")
	strange := bobWith(inRole("nobody"), inRole(rbac.Developer))
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(admin.Block(strange)), "block one who holds an unknown role")
	require.NoError(t, errOf(admin.Revoke(strange, inRole("nobody"))), "revoke an unknown role")
	stranger := bobWith(inRole("nobody"), inRole(rbac.DeveloperAdmin))
	assertDeniedStep(t, rbac.ReasonNotCovered, errOf(office.Revoke(stranger, inRole("nobody"))),
		"revoke an unknown role from one who is stronger")
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
	assert.NoError(t, errOf(rbac.Default().Bind(walletAdmin()).Assign(capital, inRole(rbac.WorkspaceOperator))),
		"ann gives a role to Ann, who is another person")
	held := bobWith(inRole(rbac.Developer, kiosk))
	assertDeniedStep(t, rbac.ReasonNotHeld,
		errOf(rbac.Default().Bind(shopAdmin()).Revoke(held, inRole(rbac.Developer, "Kiosk-\u00e9"))), "revoke Kiosk")
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
	policy, err = rbac.Default().With(rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		"gone": {rbac.EditFeature: rbac.ScopeWorkspace},
	}})
	assert.Error(t, err, "a layer that no longer fits its base")
	assert.Nil(t, policy, "the base alone, in place of a layer that does not fit it")
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
	_, err := rbac.Default().Bind(shopAdmin()).Assign(bobWith(), reversed)
	assertDeniedStep(t, rbac.ReasonInvalidAssignment, err, "reversed bounds")
	centuries := time.Date(2_400, 1, 1, 0, 0, 0, 0, time.UTC)
	assert.False(t, can(noon, from(centuries, admin)), "centuries before the start")
	assert.True(t, can(centuries, from(centuries, admin)), "at a start after the year 2262")
	assert.True(t, can(noon, until(centuries, admin)), "centuries before the end")
	assert.Error(t, rbac.Default().ValidateMember(annWith(until(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), admin))),
		"a year that databases do not keep")
	_, err = rbac.Invite("bob", theShop, noon).Accept(noon.Add(rbac.InvitationValidity))
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
	given = fullSpec()
	layered := rbac.Must(rbac.Default().With(given))
	own := string(encoded(t, layered.Own()))
	overwrite(given)
	overwrite(layered.Own())
	assert.Equal(t, own, string(encoded(t, layered.Own())), "a layer, after what was passed in and returned changed")
	assert.Equal(t, want, string(encoded(t, layered.Spec())), "the policy of that layer")
	taken, held := []string{"mp-1"}, bobWith(inRole(rbac.Developer, "mp-7"))
	assigned, err := rbac.Default().Bind(shopAdmin()).Assign(held, inRole(rbac.Developer, taken...))
	require.NoError(t, err)
	taken[0], assigned.Assignments[0] = "mp-2", inRole(rbac.DeveloperAdmin)
	assert.Equal(t, []string{"mp-1"}, assigned.Assignments[1].MiniPrograms,
		"what a step gave, after the caller's list changed")
	assert.Equal(t, rbac.Developer, held.Assignments[0].Role, "the member before a step, after its result changed")
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
			w.compareWhere(t, seeded(20, 0), w.listing(m, action), allColumns)
			for _, r := range w.resources {
				require.Equal(t, subject.Can(action, r), filter.Match(r), "%s of %+v by %+v", action, r, m)
			}
		}
	}

	onlyOwn := gridPolicy.Bind(gridMember(rbac.KindDeveloper, rbac.ScopeOwn|rbac.ScopeAssigned)).Filter("eyes.any")
	assert.True(t, onlyOwn.None(), "one's own alone, under four eyes")
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

// The denial outside the tenant, or outside the merchant, is the same whatever exists there, whoever asks. Who may do
// nothing is told so, and learns of no resource at all.
func reasonsNameNothingHidden(t *testing.T) {
	secret := "secret-"
	hidden := rbac.Tenant(secret + "tenant").Developer(secret + "shop")
	existing := hidden.MiniProgram(secret + "program").OwnedBy(secret + "owner")
	actions := []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace, rbac.DecideRelease, "unknown"}
	for _, m := range []rbac.Member{shopAdmin(), walletAdmin(), annWith()} {
		for _, action := range actions {
			d := rbac.Default().Check(m, action, existing)
			assert.Equal(t, rbac.ReasonOtherTenant, d.Reason, action)
			assert.True(t, d.Reason.Hidden())
			assert.NotContains(t, d.Err().Error()+fmt.Sprint(d.LogValue()), secret)
		}
	}
	for _, action := range actions {
		d := rbac.Default().Check(shopAdmin(), action, theBakery.MiniProgram("mp-1"))
		assert.Equal(t, rbac.ReasonOtherWorkspace, d.Reason, action)
		assert.True(t, d.Reason.Hidden())
	}
	for reason, m := range map[rbac.Reason]rbac.Member{
		rbac.ReasonInvited:   inStatus(rbac.StatusInvited, walletAdmin()),
		rbac.ReasonBlocked:   inStatus(rbac.StatusBlocked, walletAdmin()),
		rbac.ReasonWithdrawn: inStatus(rbac.StatusWithdrawn, walletAdmin()),
		rbac.ReasonDeleted:   inStatus(rbac.StatusDeleted, walletAdmin()),
		rbac.ReasonSuspended: suspended(walletAdmin()),
	} {
		missing := rbac.Resource{MiniProgram: "mp-1"} // what a host has when it finds no row
		for _, r := range []rbac.Resource{theShop.MiniProgram("mp-1"), theWallet.Resource(), existing, missing} {
			for _, action := range actions {
				d := rbac.Default().Check(m, action, r)
				assert.Equal(t, reason, d.Reason, "%s of %+v", action, r)
				assert.False(t, d.Reason.Hidden())
			}
		}
		_, err := rbac.Default().Bind(m).Block(staff("eve", hidden))
		assertDeniedStep(t, reason, err, "a step out of sight")
	}
	stronger := staff(secret+"bob", theShop, inRole(releaser, secret+"program"))
	err := errOf(officePolicy.Bind(annWith(inRole(deputy))).Assign(stronger, inRole(bystander)))
	assertNotCovered(t, rbac.SetMemberRole, nil, err)
	assert.NotContains(t, err.Error(), secret, "what an actor lacks")
	lister := rbac.Must(officePolicy.With(rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		deputy: {rbac.ListMembers: rbac.ScopeWorkspace},
	}}))
	err = errOf(lister.Bind(annWith(inRole(deputy))).Assign(stronger, inRole(bystander)))
	assertNotCovered(t, rbac.SetMemberRole, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}, err)
	assert.NotContains(t, err.Error(), secret, "what an actor lacks who may list members")
	deleted := inStatus(rbac.StatusDeleted, bobWith())
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(rbac.Default().Bind(annWith(inRole(rbac.Operator))).Block(deleted)),
		"the status of a member, by one who may not block")
}

func ownRequestsNeedASecondPerson(t *testing.T) {
	onMembers := rbac.Must(rbac.New(officePolicy.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.BlockMember}}))
	director := staff("ann", theWallet, inRole(regional))
	ann := theShop.Resource().OwnedBy("ann")
	assertReason(t, rbac.ReasonOwnRequest, onMembers.Check(director, rbac.BlockMember, ann),
		"block oneself in another workspace")
	assertDeniedStep(t, rbac.ReasonSelf, errOf(onMembers.Bind(director).Block(annWith())), "the step on oneself")
	assert.NoError(t, errOf(onMembers.Bind(director).Block(bobWith())), "four eyes on a member: the member is the owner")

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
	ends := annWith(until(soon, inRole(rbac.DeveloperAdmin)))
	assert.ErrorContains(t, validate(ends), "0 active holders", "an end for the last admin")
	follows := bobWith(from(soon, inRole(rbac.DeveloperAdmin)))
	assert.NoError(t, validate(ends, follows), "an end, and another who follows")
	before := slices.Values([]rbac.Member{shopAdmin()})
	for name, after := range map[string]rbac.Member{"blocked": blocked, "deleted": deleted, "with an end": ends} {
		err := rbac.Default().ValidateChange(theShop, before, slices.Values([]rbac.Member{after}))
		assert.ErrorContains(t, err, "0 active holders", "a change to %s", name)
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

func stepsReturnWhatToStore(t *testing.T) {
	admin := rbac.Default().Bind(shopAdmin())
	held, other := inRole(rbac.Developer, "mp-1", "mp-2"), inRole(rbac.Operator, "mp-1")
	bob := bobWith(other, held, until(later, held))
	bob.InvitedAt = noon

	invited, err := admin.Invite("eve", theShop, held)
	require.NoError(t, err)
	assert.Equal(t, rbac.Member{ID: "eve", Workspace: theShop, Status: rbac.StatusInvited, InvitedAt: invited.InvitedAt,
		Assignments: []rbac.Assignment{held}}, invited)
	assert.WithinDuration(t, time.Now(), invited.InvitedAt, time.Minute)

	stored := func(assignments ...rbac.Assignment) rbac.Member {
		m := bob
		m.Assignments = assignments
		return m
	}
	added, narrower := inRole(rbac.Operator, "mp-9"), inRole(rbac.Developer, "mp-2")
	rows := []struct {
		step string
		take func() (rbac.Member, error)
		want rbac.Member
	}{
		{"assign", func() (rbac.Member, error) { return admin.Assign(bob, added) },
			stored(other, held, until(later, held), added)},
		{"revoke one of two with the same role", func() (rbac.Member, error) { return admin.Revoke(bob, held) },
			stored(other, until(later, held))},
		{"revoke, with the programs in another order", func() (rbac.Member, error) {
			return admin.Revoke(bob, inRole(rbac.Developer, "mp-2", "mp-1"))
		}, stored(other, until(later, held))},
		{"replace", func() (rbac.Member, error) { return admin.Replace(bob, held, narrower) },
			stored(other, narrower, until(later, held))},
		{"block", func() (rbac.Member, error) { return admin.Block(bob) }, inStatus(rbac.StatusBlocked, bob)},
		{"delete", func() (rbac.Member, error) { return admin.Delete(bob) }, inStatus(rbac.StatusDeleted, bob)},
	}
	for _, row := range rows {
		got, err := row.take()
		assert.NoError(t, err, row.step)
		assert.Equal(t, row.want, got, row.step)
	}
	for name, almost := range map[string]rbac.Assignment{
		"one program of two":    narrower,
		"a program more":        inRole(rbac.Developer, "mp-1", "mp-2", "mp-3"),
		"another end":           until(later.Add(time.Second), held),
		"another role":          inRole(rbac.Operator, "mp-1", "mp-2"),
		"a start that it lacks": from(ago, held),
	} {
		got, err := admin.Revoke(bob, almost)
		assertDeniedStep(t, rbac.ReasonNotHeld, err, name)
		assert.Equal(t, bob, got, "the member after a denial: %s", name)
		assertDeniedStep(t, rbac.ReasonNotHeld, errOf(admin.Replace(bob, almost, added)), name)
	}
	steps := everyStep(admin, inStatus(rbac.StatusDeleted, bob))
	for _, step := range []string{"Assign", "Revoke", "Replace", "Block", "Unblock", "Delete", "Resend", "Withdraw"} {
		var status *rbac.StatusError
		assert.ErrorAs(t, steps[step], &status, "%s of a deleted member", step)
	}

	developer := rbac.Default().Bind(annWith(inRole(rbac.Developer, "mp-1")))
	assertDeniedStep(t, rbac.ReasonNotGranted, errOf(developer.Revoke(bobWith(held), held)),
		"a developer of mp-1 takes the whole role of another")
	left, err := developer.Replace(bobWith(held), held, narrower)
	assert.NoError(t, err, "a developer of mp-1 takes mp-1")
	assert.Equal(t, bobWith(narrower), left, "what is left to the other")
}

func storedPoliciesComeBackTheSame(t *testing.T) {
	text := string(encoded(t, fullSpec()))
	require.Equal(t, string(encoded(t, parsed(t, []byte(text)))), text)
	for name, damage := range map[string]func(string) string{
		"a key that is misspelt":        func(s string) string { return strings.Replace(s, "four_eyes", "four_eyez", 1) },
		"a bound whose key is misspelt": func(s string) string { return strings.Replace(s, "at_most", "at_mots", 1) },
		"a number for a kind": func(s string) string {
			return strings.Replace(s, `"tenant","name"`, `1,"name"`, 1)
		},
		"a number for a scope": func(s string) string { return strings.Replace(s, `["assigned"]`, `[2]`, 1) },
		"a word for a number": func(s string) string {
			return strings.Replace(s, `"auditor":4`, `"auditor":"4"`, 1)
		},
		"a fraction for a number": func(s string) string {
			return strings.Replace(s, `"auditor":4`, `"auditor":4.5`, 1)
		},
		"a key in capitals": func(s string) string { return strings.Replace(s, "exclusive", "Exclusive", 1) },
		"an owner whose key is misspelt": func(s string) string {
			return strings.Replace(s, `"workspace":{"id"`, `"workspaces":{"id"`, 1)
		},
		"an owner without a tenant": func(s string) string { return strings.Replace(s, `,"tenant":"wallet"}`, `}`, 1) },
		"an owner that is null": func(s string) string {
			return strings.Replace(s, `{"id":"shop","kind":"developer","tenant":"wallet"}`, `null`, 1)
		},
		"half a document": func(s string) string { return s[:len(s)/2] },
		"UTF-16": func(s string) string {
			return "\xff\xfe" + strings.Join(strings.Split(s, ""), "\x00") + "\x00"
		},
		"a byte order mark": func(s string) string { return "\ufeff" + s },
		"Latin-1":           func(s string) string { return strings.Replace(s, "Reads.", "Pr\xfcft.", 1) },
	} {
		damaged := damage(text)
		require.NotEqual(t, text, damaged, name)
		read := rbac.Spec{FourEyes: []rbac.Action{"kept"}}
		assert.Error(t, read.UnmarshalJSON([]byte(damaged)), name)
		assert.Equal(t, rbac.Spec{FourEyes: []rbac.Action{"kept"}}, read, "the receiver after %s", name)
	}
}

func columnsAreNamesAndNothingElse(t *testing.T) {
	filter := rbac.Default().Bind(shopAdmin()).Filter(rbac.ListMiniPrograms)
	for _, name := range []string{
		"p) OR (1=1", "program OR 1=1", `program" OR "1"="1`, "program--", "program;", "program/**/", "program\x00",
		"program ", "1program", "program.", ".program", "a.b.c.d", "prog\u0440am", "*", "?", "$1", "''",
	} {
		for field, set := range map[string]func(*rbac.Columns){
			"kind":         func(c *rbac.Columns) { c.Kind = name },
			"tenant":       func(c *rbac.Columns) { c.Tenant = name },
			"workspace":    func(c *rbac.Columns) { c.Workspace = name },
			"mini_program": func(c *rbac.Columns) { c.MiniProgram = name },
			"owner":        func(c *rbac.Columns) { c.Owner = name },
		} {
			columns := allColumns
			set(&columns)
			_, _, err := filter.Where(columns)
			assert.ErrorContains(t, err, "columns."+field, "the column %q", name)
		}
	}
}

func rolesThatNobodyMayGiveAreWarnedOf(t *testing.T) {
	assert.Empty(t, rbac.Default().Warnings(), "the default policy")
	const export rbac.Action = "report.export"
	auditor := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{export: rbac.OnMiniProgram},
		Roles: []rbac.Role{{ID: "auditor", Kind: rbac.KindTenant,
			Permissions: rbac.Permissions{export: rbac.ScopeTenant}}},
	}
	lone := rbac.Must(rbac.Default().With(auditor))
	admin, holder := lone.Bind(walletAdmin()), staff("bob", theWallet, inRole("auditor"))
	for name, err := range map[string]error{
		"give":  errOf(admin.Assign(staff("bob", theWallet), inRole("auditor"))),
		"take":  errOf(admin.Revoke(holder, inRole("auditor"))),
		"block": errOf(admin.Block(holder)),
	} {
		assertDeniedStep(t, rbac.ReasonNotCovered, err, name)
	}
	if warnings := lone.Warnings(); assert.Len(t, warnings, 1, "a role that nobody may give, take or block") {
		assert.Equal(t, `roles["auditor"]`, warnings[0].Place)
		assert.Contains(t, warnings[0].Problem, "nobody may give, take or block")
		assert.Contains(t, warnings[0].Problem, string(export))
	}
	auditor.AtLeast = map[rbac.RoleID]int{"auditor": 1}
	assert.Len(t, rbac.Must(rbac.Default().With(auditor)).Warnings(), 2, "and that a workspace must have")

	auditor.Administers = map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}}
	administered := rbac.Must(rbac.Default().With(auditor))
	assert.Empty(t, administered.Warnings(), "a role that the admin administers")
	admin = administered.Bind(walletAdmin())
	require.NoError(t, errOf(admin.Assign(staff("bob", theWallet), inRole("auditor"))))
	require.NoError(t, errOf(admin.Block(holder)))
	auditor.Roles, auditor.Administers, auditor.AtLeast = nil, nil, nil
	unused := rbac.Must(rbac.Default().With(auditor))
	if warnings := unused.Warnings(); assert.Len(t, warnings, 1, "an action of nobody") {
		assert.Equal(t, `actions["report.export"]`, warnings[0].Place)
	}
}

func ownRolesStayAtHome(t *testing.T) {
	cashier := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper,
		Permissions: rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace}}
	cafesAdmin := staff("cleo", walletCafe, inRole(rbac.DeveloperAdmin))
	cafes, err := rbac.Default().Bind(cafesAdmin).Define(cashier)
	require.NoError(t, err)
	shops, err := rbac.Default().Bind(shopAdmin()).Define(cashier)
	require.NoError(t, err, "each merchant may have a cashier")
	assert.Equal(t, walletCafe, cafes.Own().Roles[0].Workspace)
	assert.Equal(t, theShop, shops.Own().Roles[0].Workspace)

	held := inRole("cashier")
	require.NoError(t, errOf(shops.Bind(shopAdmin()).Assign(bobWith(), held)))
	assert.True(t, shops.Can(bobWith(held), rbac.ViewTemplates, theShop.Resource()))
	assert.False(t, cafes.Can(bobWith(held), rbac.ViewTemplates, theShop.Resource()), "cafe's cashier in the shop")
	assertDeniedStep(t, rbac.ReasonUnknownRole, errOf(cafes.Bind(shopAdmin()).Assign(bobWith(), held)),
		"the shop's admin hands out cafe's cashier")
	assert.NotContains(t, slices.Collect(cafes.Bind(shopAdmin()).Assignable(bobWith())), held.Role)
	assertReason(t, rbac.ReasonUnknownRole, cafes.Check(bobWith(held), rbac.ViewTemplates, theShop.Resource()),
		"the reason does not tell of cafe's cashier")
	for _, remedy := range cafes.Bind(bobWith()).Explain(rbac.ViewTemplates, theShop.Resource()).Remedies {
		assert.NotEqual(t, held.Role, remedy.Assignment.Role, "a remedy that tells of cafe's cashier")
	}
	_, stranger := cafes.ValidateMember(bobWith(held)).(interface{ Unwrap() []error })
	assert.True(t, stranger, "cafe's cashier held in the shop is not valid")
	assert.NotContains(t, cafes.ValidateMember(bobWith(inRole("cashie"))).Error(), "cashier",
		"the hint of a misspelt role does not tell of cafe's")
	for name, s := range map[string]*rbac.Subject{
		"the shop's admin": cafes.Bind(shopAdmin()), "the wallet's": cafes.Bind(walletAdmin()),
	} {
		assert.Error(t, errOfPolicy(s.Undefine("cashier")), "%s removes cafe's cashier", name)
		assert.Error(t, errOfPolicy(s.Define(cashier)), "%s changes cafe's cashier", name)
	}
	claimed := cashier
	claimed.Workspace = walletCafe
	assert.ErrorContains(t, errOfPolicy(rbac.Default().Bind(shopAdmin()).Define(claimed)), "another workspace")
	own, err := cafes.Bind(cafesAdmin).Undefine("cashier")
	require.NoError(t, err, "cafe's admin removes cafe's cashier")
	assert.Empty(t, own.Own().Roles)
}

func guardsThatCannotBiteAreRefused(t *testing.T) {
	request := rbac.Action("leave.decide")
	ownOnly := rbac.Permissions{request: rbac.ScopeOwn}
	rows := map[string]struct {
		spec  rbac.Spec
		place string
	}{
		"exclusive over two kinds": {
			rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.WorkspaceReviewer, rbac.DeveloperAdmin}}}, "exclusive[0]"},
		"exclusive over two workspaces": {
			rbac.Spec{
				Roles: []rbac.Role{
					{ID: "a", Kind: rbac.KindDeveloper, Workspace: theShop},
					{ID: "b", Kind: rbac.KindDeveloper, Workspace: theBakery},
				},
				Exclusive: [][]rbac.RoleID{{"a", rbac.Developer, "b"}},
			}, "exclusive[0]"},
		"exclusive of one role": {rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer}}}, "exclusive[0]"},
		"four eyes on one's own": {
			rbac.Spec{
				Actions:  map[rbac.Action]rbac.Target{request: rbac.OnWorkspace},
				Roles:    []rbac.Role{{ID: "clerk", Kind: rbac.KindDeveloper, Permissions: ownOnly}},
				FourEyes: []rbac.Action{request},
			}, "permissions"},
		"four eyes on one's own, by extension": {
			rbac.Spec{
				Actions:  map[rbac.Action]rbac.Target{request: rbac.OnWorkspace},
				Extend:   map[rbac.RoleID]rbac.Permissions{rbac.Operator: ownOnly},
				FourEyes: []rbac.Action{request},
			}, "extend"},
		"a merchant's role over a tenant's": {
			rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{rbac.DeveloperAdmin: {rbac.WorkspaceAdmin}}},
			`administers["developer_admin"][0]`},
		"at most fewer than at least": {
			rbac.Spec{AtMost: map[rbac.RoleID]int{rbac.DeveloperAdmin: 0}}, `at_most["developer_admin"]`},
	}
	for name, row := range rows {
		_, err := rbac.New(rbac.Defaults(), row.spec)
		assert.ErrorContains(t, err, row.place, "%s, by New", name)
		_, err = rbac.Default().With(row.spec)
		assert.ErrorContains(t, err, row.place, "%s, by With", name)
	}
	base := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{request: rbac.OnWorkspace},
		Roles:   []rbac.Role{{ID: "clerk", Kind: rbac.KindDeveloper, Permissions: ownOnly}},
	}))
	_, err := base.With(rbac.Spec{FourEyes: []rbac.Action{request}})
	assert.ErrorContains(t, err, "four_eyes[0]", "a layer with four eyes on what the base grants on one's own")
}

func textOfStrangersStaysOnItsLine(t *testing.T) {
	const forged = "x\nminiprogram.release: allowed"
	for _, text := range []string{forged, "x\rallowed", "x\u2028allowed", "x\u202edewolla", "x\x1b[2Kallowed", "x\x00"} {
		action, role := rbac.Action(text), rbac.RoleID(text)
		m := annWith(inRole(role, text), inRole(rbac.Developer, text+"-2"))
		program := theShop.MiniProgram(text)
		outputs := map[string]string{
			"the error of a denial":        rbac.Default().Check(m, action, program).Err().Error(),
			"the error of a step":          rbac.Default().Bind(shopAdmin()).Manage(bobWith(), action).Error(),
			"ValidateMember":               rbac.Default().ValidateMember(m).Error(),
			"an error of New":              errOfPolicy(rbac.New(rbac.Spec{FourEyes: []rbac.Action{action}})).Error(),
			"the error of Undefine":        errOfPolicy(rbac.Default().Bind(shopAdmin()).Undefine(role)).Error(),
			"the sentence of a filter":     rbac.Default().Bind(m).Filter(rbac.ViewMiniProgram).String(),
			"an explanation of the action": rbac.Default().Bind(m).Explain(action, theShop.Resource()).String(),
			"an explanation of a program":  rbac.Default().Bind(m).Explain(rbac.ReleaseMiniProgram, program).String(),
		}
		for name, output := range outputs {
			for line := range strings.Lines(output) {
				line = strings.TrimRight(line, "\n")
				assert.NotContains(t, line, text, name)
				unprintable := strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) })
				assert.False(t, unprintable, "%s has characters that are not printable: %q", name, line)
				assert.False(t, strings.HasPrefix(line, "miniprogram.release: allowed"), "%s has a forged line", name)
			}
		}
	}
	lines := strings.Split(rbac.Default().Bind(annWith()).Explain(forged, theShop.Resource()).String(), "\n")
	assert.Len(t, lines, 1, "an explanation of a forged action")
	_, err := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Name: "Reader\nadmin: allowed"}}})
	assert.ErrorContains(t, err, "control", "a name with two lines")
	_, err = rbac.New(rbac.Defaults(), rbac.Spec{Labels: map[rbac.Action]rbac.Label{
		rbac.ViewMiniProgram: {Name: "View\u202e"},
	}})
	assert.ErrorContains(t, err, "bidirectional", "a label that turns the text around")
}

func suspendedMembersMayDoNothing(t *testing.T) {
	admin := suspended(shopAdmin())
	for _, action := range []rbac.Action{rbac.EditFeature, rbac.ListMembers, rbac.ManageWorkspace} {
		require.True(t, rbac.Can(shopAdmin(), action, theShop.Resource()))
		assertDenied(t, admin, action, theShop.Resource(), "the admin of a suspended merchant")
		assertReason(t, rbac.ReasonSuspended, rbac.Default().Check(admin, action, theShop.Resource()), "the reason")
	}
	s, p := rbac.Default().Bind(admin), rbac.Default()
	for step, err := range everyStep(s, bobWith(inRole(rbac.Developer, "mp-1"))) {
		assertDeniedStep(t, rbac.ReasonSuspended, err, step)
	}
	assert.Empty(t, s.Permissions(), "permissions")
	assert.Empty(t, slices.Collect(s.Assignable(bobWith())), "roles to give")
	assert.Empty(t, s.Explain(rbac.EditFeature, theShop.Resource()).Remedies, "no change to the member helps")
	program := theShop.MiniProgram("mp-1")
	assert.Empty(t, slices.Collect(p.WhoCan(rbac.ViewMiniProgram, program, slices.Values([]rbac.Member{admin}))))
	assert.True(t, rbac.Can(walletAdmin(), rbac.ViewMiniProgram, program), "the wallet's admin still sees the shop")

	blocked, err := p.Bind(shopAdmin()).Block(suspended(bobWith(inRole(rbac.Developer))))
	require.NoError(t, err)
	assert.True(t, blocked.Suspended, "a step on a suspended member does not lift the suspension")
	assert.NoError(t, p.ValidateWorkspace(theShop, slices.Values([]rbac.Member{admin})), "a suspended admin is an admin")
}
