package rbac_test

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

// threats are the ways in which libraries like this one have been led to say yes, or to say too much. Each has a test
// here that fails when its guard is taken out, and names the tests that hold the same guard from all sides.
//
// go test -run 'TestThreats/T9' runs one.
var threats = []struct {
	id, threat string
	covered    string // the tests beside the one here
	test       func(t *testing.T)
}{
	{"T1", "zero and nil values allow", "TestLaw1ZeroValuesAllowNothing, TestFiltersOfNothing, TestAPolicyOfNothingHasNothingToReview", zeroValuesAllowNothing},
	{"T2", "empty ID equals empty ID", "TestLaw1NoIsTheDefault, TestAnAssignmentReachesTheProgramsItNames", emptyIDsAreNobodys},
	{"T3", "other tenant, other merchant, same ID in another tenant", "TestLaw3Isolation, TestDefaultPolicyIsTheMatrix", tenantsAndMerchantsAreApart},
	{"T4", "developer workspace whose ID equals its tenant's", "TestLaw3Isolation, TestAFilterMatchesWhatTheMemberCanDo", aMerchantNamedAsItsTenantIsAMerchant},
	{"T5", "action on the wrong kind of target", "TestDefaultPolicyIsTheMatrix, TestCheckManageKnowsActionsOnWorkspacesOnly", actionsKeepToTheirTargets},
	{"T6", "role of the other workspace kind", "TestLaw1NoIsTheDefault, TestCheckAssignRefusesWhatCannotBeHeld", rolesKeepToTheirKind},
	{"T7", "role on P and assignment of Q combine", "TestLaw5NoCrossProducts, TestProgramsOfAWiderOrOtherRoleAreLeftOut", assignmentsDoNotCombine},
	{"T8", "vacuous truth: no roles, empty sets", "TestFiltersOfNothing, TestADeveloperAddsOwnProgramsToWhatIsHeld", emptySetsGrantNothing},
	{"T9", "giving a role one does not cover; giving it to oneself", "TestLaw7NoEscalation, TestCheckAssignCoversWhatIsGiven", nobodyGivesWhatTheyLack},
	{"T10", "taking from, blocking or deleting someone stronger", "TestLaw7NobodyActsOnTheStronger, TestEveryCheckCoversWhatTheOtherHolds", nobodyActsOnTheStronger},
	{"T11", "a sibling custom role with more rights, same rank", "TestCheckAssignCoversWhatIsGiven, TestCheckDefineGivesNewRolesNoMoreThanTheActorHas", siblingsAreNotEqual},
	{"T12", "a temporary admin makes a permanent one", "TestLaw7NobodyGivesBeyondTheirEnd, TestCheckAssignCoversForAsLongAsItLasts", theTemporaryGiveNothingForEver},
	{"T13", "unknown action or role passes, or cannot be told from a denial", "TestLaw1NoIsTheDefault, TestValidateMemberNamesEveryProblem", theUnknownIsDeniedAndNamed},
	{"T14", "case, Unicode or space variants of a name are the same name", "TestLaw1NoIsTheDefault, TestLaw3IDsAreOpaque", namesAreComparedByteByByte},
	{"T15", "duplicate, mis-cased, unknown, null JSON keys change meaning", "TestLaw8OneSetOfChecks, FuzzReadSpec", documentsMeanOneThing},
	{"T16", "a policy that fails to load becomes an empty or half policy", "TestLaw10NothingGrowsWithoutBound", whatFailsToLoadIsNoPolicy},
	{"T17", "time bounds: the instant itself, zero, reversed, time zones", "TestAnAssignmentIsInForceWithinItsBounds, TestAnInvitationIsValidFor72Hours", boundsAreHalfOpen},
	{"T18", "slices or maps kept from, or shared with, the caller", "TestLaw9Immutable, TestLaw9SubjectsAreImmutable, TestInviteCopiesItsAssignments", nothingIsSharedWithTheCaller},
	{"T19", "policy swapped while checks run", "TestLaw9PoliciesAreSwapped", aSwapIsSeenWhole},
	{"T20", "list wider or narrower than check; SQL NULL, hostile IDs in SQL", "TestLaw2WhereKeepsTheSameRows, FuzzWhere, TestNoValueStandsInAClause", listsAreAsWideAsChecks},
	{"T21", "a reason that names what the caller may not know of", "TestWhatIsOutOfSightIsSoForEveryStatus, TestNoReasonNamesAnID", reasonsNameNothingHidden},
	{"T22", "approving one's own request; owner unknown", "TestLaw2OneTruth, TestFourEyesOnAMemberAreTheMembersOwn", ownRequestsTakeASecondPerson},
	{"T23", "last admin removed, blocked, demoted or expired", "TestValidateWorkspaceKeepsTheBounds", theLastAdminStays},
	{"T24", "a huge policy or member makes a check slow", "TestLaw10HugeMembers, TestHugeMembersAreCheckedInProportion", sizeCostsNothing},
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

func TestEachThreatHasItsPlace(t *testing.T) {
	tests := declaredTests(t)
	for i, threat := range threats {
		assert.Equal(t, fmt.Sprintf("T%d", i+1), threat.id)
		assert.NotEmpty(t, threat.threat, threat.id)
		assert.NotNil(t, threat.test, threat.id)
		for name := range strings.SplitSeq(threat.covered, ", ") {
			assert.Contains(t, tests, name, threat.id)
		}
	}
	assert.Len(t, threats, 24)
}

// declaredTests are the names of the tests and fuzz targets of this package.
func declaredTests(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, declared := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(source, -1) {
			names = append(names, string(declared[1]))
		}
	}
	return names
}

// shopAdmin may do everything in the shop, and walletAdmin nearly everything in the wallet.
func shopAdmin() rbac.Member { return staff("ann", theShop, inRole(rbac.DeveloperAdmin)) }

func walletAdmin() rbac.Member { return staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)) }

// assertDenied holds every way to ask to the same no.
func assertDenied(t *testing.T, m rbac.Member, a rbac.Action, r rbac.Resource, why string) {
	t.Helper()
	p := rbac.Default()
	assert.False(t, rbac.Can(m, a, r), "Can: %s", why)
	assert.False(t, p.Check(m, a, r).Allowed, "Check: %s", why)
	assert.False(t, p.Bind(m).Can(a, r), "Subject.Can: %s", why)
	assert.False(t, p.Bind(m).Filter(a).Match(r), "Filter.Match: %s", why)
	assert.NotContains(t, slices.Collect(p.Bind(m).Actions(r)), a, "Actions: %s", why)
}

func zeroValuesAllowNothing(t *testing.T) {
	m, a, r := shopAdmin(), rbac.EditFeature, theShop.Resource()
	require.True(t, rbac.Can(m, a, r))
	assertDenied(t, rbac.Member{}, a, r, "the zero member")
	assertDenied(t, inStatus(0, m), a, r, "the zero status")
	assertDenied(t, staff("ann", rbac.Workspace{}, m.Assignments...), a, rbac.Resource{}, "the zero workspace, of both")
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
	assertDenied(t, staff("", theShop, inRole(rbac.DeveloperAdmin)), rbac.EditFeature, theShop.Resource(), "a member without an ID")
	assertDenied(t, staff("", theShop, inRole(rbac.Developer)), rbac.ViewRequest, theShop.Resource(), "a member and an owner without an ID")
	assertDenied(t, staff("ann", theShop, inRole(rbac.Developer, "")), rbac.ViewMiniProgram, theShop.MiniProgram(""), "an assignment and a resource without a program")
	nowhere := rbac.Workspace{Kind: rbac.KindDeveloper}
	assertDenied(t, staff("ann", nowhere, inRole(rbac.DeveloperAdmin)), rbac.EditFeature, nowhere.Resource(), "two workspaces without IDs")
	for name, w := range map[string]rbac.Workspace{
		"a merchant without an ID": {Kind: rbac.KindDeveloper, Tenant: "wallet"}, "a merchant without a tenant": {Kind: rbac.KindDeveloper, ID: "shop"},
		"a tenant without an ID": {Kind: rbac.KindTenant},
	} {
		assertDenied(t, anyAdminOf(w), rbac.ManageWorkspace, w.Resource(), "the admin of "+name)
		assertDenied(t, walletAdmin(), rbac.ViewMiniProgram, w.MiniProgram("mp-1"), "the wallet's admin in "+name)
	}
	vacuous := listing.Bind(listed(rbac.KindDeveloper, assignedOnly, ""))
	assert.False(t, vacuous.Can("on.any", theShop.Resource()), "an assignment without a program, and the workspace")
	assert.Empty(t, slices.Collect(vacuous.Actions(theShop.Resource())))
	assert.True(t, vacuous.Filter("on.any").None())
	orphan := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}
	assertDenied(t, walletAdmin(), rbac.ViewApprovals, orphan.Resource(), "a workspace without a tenant")
	assert.Equal(t, rbac.ReasonInvalidTarget, rbac.Default().CheckManage(shopAdmin(), staff("", theShop), rbac.BlockMember).Reason)
	assert.Equal(t, rbac.ReasonNotHeld, rbac.Default().CheckRevoke(shopAdmin(), inShop(inRole(rbac.Developer, "")), inRole(rbac.Developer, "")).Reason, "taking a program without an ID")
}

func tenantsAndMerchantsAreApart(t *testing.T) {
	for name, place := range map[string]rbac.Workspace{
		"another merchant": theBakery, "another tenant": theBank, "another tenant's merchant of the same ID": banksShop,
		"the own tenant": theWallet, "a tenant with the merchant's ID": rbac.Tenant("shop"),
	} {
		assertDenied(t, shopAdmin(), rbac.ManageWorkspace, place.Resource(), name)
		assertDenied(t, shopAdmin(), rbac.ViewMiniProgram, place.MiniProgram("mp-1"), "a program of "+name)
	}
	assertDenied(t, staff("ann", theShop, inRole(rbac.Developer, "mp-1")), rbac.ReleaseMiniProgram, banksShop.MiniProgram("mp-1"), "a program of the same ID in another tenant")
	assertDenied(t, walletAdmin(), rbac.ViewMiniProgram, banksShop.MiniProgram("mp-1"), "what a tenant's admin sees of another tenant")
	assertDenied(t, walletAdmin(), rbac.ViewMiniProgram, rbac.Tenant("shop").MiniProgram("mp-1"), "a tenant with a merchant's ID")
	assert.True(t, rbac.Can(walletAdmin(), rbac.ViewMiniProgram, theShop.MiniProgram("mp-1")), "what a tenant's admin sees of its merchants")
}

func aMerchantNamedAsItsTenantIsAMerchant(t *testing.T) {
	namesake := theWallet.Developer("wallet")
	require.NoError(t, namesake.Validate())
	merchant := staff("ann", namesake, inRole(rbac.DeveloperAdmin))
	assertDenied(t, merchant, rbac.ManageWorkspace, theWallet.Resource(), "the tenant, by its namesake's admin")
	assertDenied(t, merchant, rbac.ViewMiniProgram, theWallet.MiniProgram("mp-1"), "the tenant's program, by its namesake's admin")
	assertDenied(t, merchant, rbac.ViewMiniProgram, theShop.MiniProgram("mp-1"), "another merchant's program")
	assertDenied(t, walletAdmin(), rbac.ManageWorkspace, namesake.Resource(), "the namesake, by the tenant's admin")
	assert.Equal(t, rbac.ReasonOtherWorkspace, rbac.Default().CheckManage(merchant, staff("bob", theWallet), rbac.BlockMember).Reason)
}

func actionsKeepToTheirTargets(t *testing.T) {
	for name, r := range map[string]rbac.Resource{"the workspace": theShop.Resource(), "a workspace's thing": theShop.Resource().OwnedBy("bob")} {
		assertDenied(t, shopAdmin(), rbac.ReleaseMiniProgram, r, "an action on programs, done to "+name)
	}
	assertDenied(t, shopAdmin(), rbac.ManageWorkspace, theShop.MiniProgram("mp-1"), "an action on workspaces, done to a program")
	assertDenied(t, walletAdmin(), rbac.ViewDeveloperWorkspace, theWallet.Resource(), "an action on developer workspaces, done to a tenant's")
	assertDenied(t, walletAdmin(), rbac.EditApp, theShop.Resource(), "an action on tenant workspaces, done to a merchant's")
	assert.Equal(t, rbac.ReasonWrongTarget, rbac.Default().CheckManage(shopAdmin(), inShop(), rbac.ReleaseMiniProgram).Reason)
	assert.Equal(t, rbac.ReasonWrongTarget, rbac.Default().Check(shopAdmin(), rbac.ReleaseMiniProgram, theShop.Resource()).Reason)
}

func rolesKeepToTheirKind(t *testing.T) {
	assertDenied(t, staff("ann", theShop, inRole(rbac.WorkspaceAdmin)), rbac.ManageWorkspace, theShop.Resource(), "a tenant role in a merchant's workspace")
	assertDenied(t, staff("ann", theShop, inRole(rbac.WorkspaceAdmin)), rbac.ViewMiniProgram, theBakery.MiniProgram("mp-1"), "a tenant role of a merchant's member, towards another merchant")
	assertDenied(t, staff("ann", theWallet, inRole(rbac.DeveloperAdmin)), rbac.ManageWorkspace, theWallet.Resource(), "a merchant's role in the tenant workspace")
	assert.Equal(t, rbac.ReasonOtherKind, rbac.Default().CheckAssign(shopAdmin(), staff("bob", theShop), inRole(rbac.WorkspaceReviewer)).Reason)
	assert.Equal(t, rbac.ReasonOtherKind, rbac.Default().CheckDefine(shopAdmin(), newRole(rbac.KindTenant, nil)).Reason)
}

func assignmentsDoNotCombine(t *testing.T) {
	m := staff("ann", theShop, inRole(rbac.Developer, "mp-1"), inRole(rbac.Operator, "mp-2"))
	require.True(t, rbac.Can(m, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1")))
	require.True(t, rbac.Can(m, rbac.ViewMiniProgram, theShop.MiniProgram("mp-2")))
	assertDenied(t, m, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-2"), "a Developer's right on an Operator's program")
	late := staff("ann", theShop, inRole(rbac.Developer), until(ago, inRole(rbac.Developer, "mp-1")))
	assertDenied(t, late, rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-1"), "a role in force on a program of one that is over")
	giver := staff("ann", theShop, inRole(deputy, "mp-2"), inRole(releaser, "mp-1"))
	assert.False(t, offices.CheckAssign(giver, staff("bob", theShop), inRole(releaser, "mp-2")).Allowed, "giving a right of one assignment on a program of another")
}

func emptySetsGrantNothing(t *testing.T) {
	assertDenied(t, staff("ann", theShop), rbac.ViewTemplates, theShop.Resource(), "no roles")
	assertDenied(t, staff("ann", theShop, inRole(rbac.Developer)), rbac.ViewMiniProgram, theShop.MiniProgram("mp-1"), "no programs")
	assertDenied(t, staff("ann", theShop, rbac.Assignment{}), rbac.ViewTemplates, theShop.Resource(), "an assignment of no role")
	dev := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	other := staff("bob", theShop, inRole(rbac.Developer, "mp-2"))
	assert.False(t, rbac.Default().CheckAssign(dev, other, inRole(rbac.Developer)).Allowed, "adding all of no programs")
	assert.False(t, rbac.Default().CheckRevoke(dev, other, inRole(rbac.Developer)).Allowed, "removing all of no programs")
	assert.Equal(t, "1=0", clauseOf(t, rbac.Default().Bind(staff("ann", theShop, inRole(rbac.Developer))).Filter(rbac.ViewMiniProgram)))
	assert.Empty(t, slices.Collect(rbac.Default().RolesWith(rbac.ViewMiniProgram, 0)), "roles that cover no scope")
}

func clauseOf(t *testing.T, f rbac.Filter) string {
	t.Helper()
	clause, _, err := f.Where(allColumns)
	require.NoError(t, err)
	return clause
}

func nobodyGivesWhatTheyLack(t *testing.T) {
	deputyAnn, bob := annWith(inRole(deputy)), inShop()
	require.True(t, offices.CheckAssign(deputyAnn, bob, inRole(setter)).Allowed)
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckAssign(deputyAnn, bob, inRole(rbac.DeveloperAdmin)).Reason, "a role of more")
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckAssign(deputyAnn, bob, inRole(releaser, "mp-1")).Reason, "a program that is not one's own")
	assert.Equal(t, rbac.ReasonSelf, offices.CheckAssign(deputyAnn, deputyAnn, inRole(setter)).Reason, "to oneself")
	again := annWith(inRole(setter))
	assert.Equal(t, rbac.ReasonSelf, offices.CheckAssign(deputyAnn, again, inRole(setter)).Reason, "to oneself, as the host loaded it anew")
	assert.Equal(t, rbac.ReasonNotGranted, offices.CheckAssign(annWith(inRole(reader)), bob, inRole(reader)).Reason, "without the right to set roles")
	assert.Equal(t, rbac.ReasonNotGranted, offices.CheckAssign(annWith(inRole(setter), inRole(signer)), bob, inRole(releaser, "mp-1")).Reason, "without the right to assign programs")
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckAssign(annWith(inRole(deputy), from(soon, inRole(reader))), bob, from(soon, inRole(reader))).Reason, "what one will have")
	assert.Equal(t, rbac.ReasonExclusive, offices.CheckAssign(deputyAnn, inShop(inRole(maker)), inRole(checker)).Reason, "one role too many")
	assert.Equal(t, rbac.ReasonInvalidAssignment, offices.CheckAssign(deputyAnn, bob, inRole(bystander, "")).Reason, "a program without an ID")
	assert.Equal(t, rbac.ReasonRoleExists, offices.CheckDefine(deputyAnn, rbac.Role{ID: reader, Kind: rbac.KindDeveloper}).Reason, "by defining a role anew")
	assert.Equal(t, rbac.ReasonNotGranted, offices.CheckDefine(annWith(inRole(reader)), newRole(rbac.KindDeveloper, nil)).Reason, "without the right to define roles")
	dev := annWith(inRole(rbac.Developer, "mp-1"))
	assert.False(t, offices.CheckAssign(dev, inShop(inRole(rbac.Operator)), inRole(rbac.Developer, "mp-1")).Allowed, "a role that is not held, with one's own program")
	confined := staff("ann", theWallet, inRole(walletOnly))
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckAssign(confined, bob, inRole(reader)).Reason, "in a merchant's workspace, what one has in the wallet only")
	planted := rbac.Invite("bob", theShop, noon, inRole("defined_later"))
	assert.Equal(t, rbac.ReasonUnknownRole, offices.CheckManage(shopAdmin(), planted, rbac.InviteMember).Reason, "by inviting to a role that is to be defined")
}

func nobodyActsOnTheStronger(t *testing.T) {
	deputyAnn := annWith(inRole(deputy))
	strong := inShop(inRole(bystander), inRole(rbac.DeveloperAdmin))
	require.True(t, offices.CheckManage(deputyAnn, inShop(inRole(bystander)), rbac.BlockMember).Allowed)
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckManage(deputyAnn, strong, rbac.BlockMember).Reason, "blocking")
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckRevoke(deputyAnn, strong, inRole(bystander)).Reason, "revoking")
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckAssign(deputyAnn, strong, inRole(bystander)).Reason, "assigning")
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckManage(deputyAnn, inStatus(rbac.StatusBlocked, strong), rbac.BlockMember).Reason, "while blocked")
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckManage(deputyAnn, inStatus(rbac.StatusInvited, strong), rbac.BlockMember).Reason, "while invited")
	assert.False(t, offices.CheckRevoke(annWith(inRole(rbac.Developer, "mp-1")), inShop(inRole(promoter, "mp-1")), inRole(promoter, "mp-1")).Allowed, "taking a program that gives more")
	future := inShop(from(soon, inRole(rbac.DeveloperAdmin)))
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckManage(deputyAnn, future, rbac.BlockMember).Reason, "before the strength begins")
	brief := annWith(inRole(keeper), until(soon, inRole(releaser, "mp-1")))
	twice := inShop(until(soon, inRole(releaser, "mp-1")), inRole(releaser, "mp-1"))
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckRevoke(brief, twice, inRole(releaser, "mp-1")).Reason, "behind a weaker assignment of the same role")
}

func siblingsAreNotEqual(t *testing.T) {
	more := rbac.Role{ID: "deputy_plus", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace, readReports: rbac.ScopeWorkspace}}
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{Roles: []rbac.Role{more}}))
	deputyAnn := annWith(inRole(deputy))
	assert.Equal(t, "member.set_role: not_covered, lacking report.read: workspace", verdict(policy.CheckAssign(deputyAnn, inShop(), inRole("deputy_plus"))))
	assert.Equal(t, "role.define: not_covered, lacking report.read: workspace", verdict(offices.CheckDefine(deputyAnn, more)))
	assert.Equal(t, "member.block: not_covered, lacking report.read: workspace", verdict(policy.CheckManage(deputyAnn, inShop(inRole("deputy_plus")), rbac.BlockMember)))
}

func theTemporaryGiveNothingForEver(t *testing.T) {
	temporary := annWith(until(soon, inRole(rbac.DeveloperAdmin)))
	p := rbac.Default()
	require.True(t, p.CheckAssign(temporary, inShop(), until(soon, inRole(rbac.DeveloperAdmin))).Allowed, "until the same end")
	assert.Equal(t, rbac.ReasonNotCovered, p.CheckAssign(temporary, inShop(), inRole(rbac.DeveloperAdmin)).Reason, "for ever")
	assert.Equal(t, rbac.ReasonNotCovered, p.CheckAssign(temporary, inShop(), until(soon.Add(1), inRole(rbac.DeveloperAdmin))).Reason, "for longer")
	assert.Equal(t, rbac.ReasonNotCovered, p.CheckManage(temporary, inShop(inRole(rbac.DeveloperAdmin)), rbac.BlockMember).Reason, "blocking one who stays longer")
	assert.Equal(t, rbac.ReasonNotCovered, p.CheckDefine(temporary, newRole(rbac.KindDeveloper, rbac.Permissions{rbac.EditFeature: rbac.ScopeWorkspace})).Reason, "a role has no end")
	onPrograms := newRole(rbac.KindDeveloper, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned})
	assert.Equal(t, rbac.ReasonNotCovered, offices.CheckDefine(annWith(inRole(deputy), until(soon, inRole(releaser, "mp-1"))), onPrograms).Reason, "a role on programs has no end")
	brief := inShop(until(soon, inRole(rbac.Developer, "mp-2")))
	assert.False(t, p.CheckAssign(annWith(inRole(rbac.Developer, "mp-1")), brief, inRole(rbac.Developer, "mp-1")).Allowed, "a program for longer than the role is held")
	developer := annWith(until(soon, inRole(rbac.Developer, "mp-1")))
	assert.Equal(t, rbac.ReasonNotCovered, p.CheckAssign(developer, inShop(inRole(rbac.Developer)), until(soon, inRole(rbac.Developer, "mp-1"))).Reason, "a program, to one who stays longer")
	both := inShop(until(soon, inRole(rbac.Developer)), inRole(rbac.Developer))
	assert.Equal(t, rbac.ReasonNotCovered, p.CheckAssign(developer, both, until(soon, inRole(rbac.Developer, "mp-1"))).Reason, "a program, to one who stays longer by one of two assignments")
}

func theUnknownIsDeniedAndNamed(t *testing.T) {
	m := shopAdmin()
	assertDenied(t, m, "miniprogram.relase", theShop.MiniProgram("mp-1"), "an unknown action")
	assertDenied(t, staff("ann", theShop, inRole("nobody")), rbac.EditFeature, theShop.Resource(), "an unknown role")
	p := rbac.Default()
	assert.Equal(t, rbac.ReasonUnknownAction, p.Check(m, "miniprogram.relase", theShop.MiniProgram("mp-1")).Reason)
	assert.Equal(t, rbac.ReasonUnknownRole, p.Check(staff("ann", theShop, inRole("nobody")), rbac.EditFeature, theShop.Resource()).Reason)
	assert.Equal(t, rbac.ReasonUnknownRole, p.CheckAssign(m, inShop(), inRole("nobody")).Reason)
	assert.Error(t, p.ValidateMember(inShop(inRole("nobody"))))
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"nobody": {rbac.EditFeature: rbac.ScopeWorkspace}}})
	assert.ErrorContains(t, err, `unknown role "nobody"`)
	_, err = rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{"approval.decide_relase"}})
	assert.ErrorContains(t, err, `unknown action "approval.decide_relase"`)
}

func namesAreComparedByteByByte(t *testing.T) {
	dev := staff("ann", theShop, inRole(rbac.Developer, "kiosk-\u00e9"))
	require.True(t, rbac.Can(dev, rbac.ReleaseMiniProgram, theShop.MiniProgram("kiosk-\u00e9")))
	for _, id := range []string{"Kiosk-\u00e9", "KIOSK-\u00e9", "kiosk-e\u0301", "\u212aiosk-\u00e9", "kiosk-\u00e9 ", " kiosk-\u00e9", "kiosk-\u00e9\x00", "kiosk-\u00e9\u200b"} {
		assertDenied(t, dev, rbac.ReleaseMiniProgram, theShop.MiniProgram(id), fmt.Sprintf("the program %q", id))
	}
	for _, id := range []string{"Shop", "SHOP", "shop ", "\u017fhop", "shop\x00"} {
		assertDenied(t, shopAdmin(), rbac.EditFeature, theWallet.Developer(id).Resource(), fmt.Sprintf("the workspace %q", id))
	}
	for _, action := range []rbac.Action{"Feature.edit", "FEATURE.EDIT", "feature.edit ", " feature.edit", "feature_edit", "feature..edit"} {
		assertDenied(t, shopAdmin(), action, theShop.Resource(), fmt.Sprintf("the action %q", action))
	}
	for _, role := range []rbac.RoleID{"Developer_admin", "developer_admin ", "developer-admin"} {
		assertDenied(t, staff("ann", theShop, inRole(role)), rbac.EditFeature, theShop.Resource(), fmt.Sprintf("the role %q", role))
	}
	assertDenied(t, staff("Ann", theShop, inRole(rbac.Developer)), rbac.ViewRequest, theShop.Resource().OwnedBy("ann"), "the owner ann, by Ann")
	assert.True(t, rbac.Default().CheckAssign(walletAdmin(), staff("Ann", theWallet), inRole(rbac.WorkspaceOperator)).Allowed, "Ann is not ann herself")
	_, err := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{"Report.Export": rbac.OnAny}})
	assert.Error(t, err, "a name that differs from another by case only")
}

func documentsMeanOneThing(t *testing.T) {
	tests := map[string]string{
		"a key twice":           `{"roles":[],"roles":[]}`,
		"a key in capitals":     `{"Roles":[]}`,
		"a key nobody knows":    `{"rolls":[]}`,
		"null":                  `{"roles":null}`,
		"null for all of it":    `null`,
		"an inner key twice":    `{"actions":{"a":["any"],"a":["tenant"]}}`,
		"an escaped key twice":  `{"actions":{"a":["any"],"\u0061":["tenant"]}}`,
		"an inner mis-cased":    `{"roles":[{"ID":"r","kind":"tenant"}]}`,
		"an unknown scope":      `{"extend":{"r":{"a":["all"]}}}`,
		"an unknown target":     `{"actions":{"a":["everything"]}}`,
		"trailing data":         `{} {}`,
		"invalid UTF-8":         "{\"roles\":[{\"id\":\"r\",\"kind\":\"tenant\",\"name\":\"\xff\"}]}",
		"a word as a scope set": `{"extend":{"r":{"a":"tenant"}}}`,
		"a scope twice":         `{"extend":{"r":{"a":["own","own"]}}}`,
		"half a surrogate pair": `{"roles":[{"id":"r","kind":"tenant","name":"\ud800"}]}`,
		"a name in capitals":    `{"four_eyes":["A"]}`, // which is found out when all has been read
	}
	assert.ErrorContains(t, new(rbac.Spec).UnmarshalJSON([]byte(tests["invalid UTF-8"])), "not UTF-8")
	for name, document := range tests {
		read := rbac.Spec{FourEyes: []rbac.Action{"kept"}}
		assert.Error(t, read.UnmarshalJSON([]byte(document)), name)
		assert.Equal(t, rbac.Spec{FourEyes: []rbac.Action{"kept"}}, read, "the receiver after %s", name)
	}
}

func whatFailsToLoadIsNoPolicy(t *testing.T) {
	broken := rbac.Spec{Roles: []rbac.Role{{ID: "clerk", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"desk.use": rbac.ScopeWorkspace}}}}
	policy, err := rbac.New(rbac.Defaults(), broken)
	require.Error(t, err)
	assert.Nil(t, policy, "a policy beside an error")
	assert.False(t, policy.Can(shopAdmin(), rbac.EditFeature, theShop.Resource()), "what the half that is right would allow")
	assert.Panics(t, func() { rbac.Must(rbac.New(broken)) }, "Must of an error")

	var spec rbac.Spec
	require.Error(t, json.Unmarshal([]byte(`{"actions":{"desk.use":["any"]},"roles":[{"id":"clerk","kind":"manager"}]}`), &spec))
	assert.Equal(t, rbac.Spec{}, spec, "the half of a document that could be read")
	clerk := rbac.Role{ID: "clerk", Kind: rbac.KindDeveloper}
	policy, err = rbac.New(rbac.Spec{Roles: []rbac.Role{clerk}}, rbac.Spec{Roles: []rbac.Role{clerk}})
	assert.Error(t, err, "a role that is defined twice")
	_, err = rbac.New(rbac.Defaults(), rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.EditFeature: rbac.OnAny}})
	assert.Error(t, err, "an action that is declared twice")
	_, err = rbac.New(onlyRole(rbac.KindDeveloper, rbac.OnAny, rbac.ScopeTenant))
	assert.Error(t, err, "a scope that would never match")
	assert.Nil(t, policy, "a policy of which one half contradicts the other")
}

func boundsAreHalfOpen(t *testing.T) {
	end := noon.In(time.FixedZone("east", 14*3600))
	can := func(now time.Time, a rbac.Assignment) bool {
		return rbac.Default().CheckAt(now, staff("ann", theShop, a), rbac.EditFeature, theShop.Resource()).Allowed
	}
	admin := inRole(rbac.DeveloperAdmin)
	assert.True(t, can(noon, from(noon, admin)), "at the start")
	assert.False(t, can(noon.Add(-1), from(noon, admin)), "before the start")
	assert.False(t, can(noon, until(end, admin)), "at the end, in another zone")
	assert.True(t, can(noon.Add(-1), until(end, admin)), "before the end, in another zone")
	assert.True(t, can(time.Time{}, admin), "no bounds")
	assert.Equal(t, rbac.ReasonInvalidAssignment, rbac.Default().CheckAssign(shopAdmin(), inShop(), from(later, until(soon, admin))).Reason, "reversed bounds")
	_, err := rbac.Invite("bob", theShop, noon).Accept(noon.Add(rbac.InvitationValidity))
	assert.Equal(t, rbac.ErrInvitationExpired, err, "the last instant of an invitation")
}

func nothingIsSharedWithTheCaller(t *testing.T) {
	given := everything()
	whole := rbac.Must(rbac.New(rbac.Defaults(), given))
	want := string(encoded(t, whole.Spec()))
	spoilSpec(given)
	spoilSpec(whole.Spec())
	assert.Equal(t, want, string(encoded(t, whole.Spec())), "every field of a spec, after what was passed in and handed out was changed")
	programs := []string{"mp-1"}
	invited := rbac.Invite("bob", theShop, noon, inRole(rbac.Developer, programs...))
	programs[0] = "mp-2"
	assert.Equal(t, []string{"mp-1"}, invited.Assignments[0].MiniPrograms, "an invitation")
	assert.NotPanics(t, func() { spoilSpec(rbac.Defaults()); rbac.Must(rbac.New(rbac.Defaults())) }, "the defaults")
	spec := rbac.Defaults()
	policy := rbac.Must(rbac.New(spec))
	dev := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	subject := policy.Bind(dev)
	filter := subject.Filter(rbac.ReleaseMiniProgram)
	for _, s := range []rbac.Spec{spec, policy.Spec()} {
		for i := range s.Roles {
			s.Roles[i].Permissions[rbac.ManageWorkspace] = rbac.ScopeWorkspace
		}
	}
	for role := range policy.Roles() {
		role.Permissions[rbac.ManageWorkspace] = rbac.ScopeWorkspace
	}
	dev.Assignments[0].MiniPrograms[0] = "mp-2"
	assert.False(t, policy.Can(staff("ann", theShop, inRole(rbac.Developer)), rbac.ManageWorkspace, theShop.Resource()), "a policy, after its spec was changed")
	assert.False(t, subject.Can(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-2")), "a subject, after the member was changed")
	assert.False(t, subject.Check(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-2")).Allowed, "a subject's Check, after the member was changed")
	assert.False(t, filter.Match(theShop.MiniProgram("mp-2")), "a filter, after the member was changed")
	assert.False(t, subject.Filter(rbac.ReleaseMiniProgram).Match(theShop.MiniProgram("mp-2")), "a filter that is made after the member was changed")
	_, found := policy.Spec().Roles[0].Permissions[rbac.ManageWorkspace]
	assert.False(t, found, "the spec of a policy, after the one handed out was changed")
}

// A request that loaded one policy is answered by that one to its end, whatever the host puts in its place meanwhile.
func aSwapIsSeenWhole(t *testing.T) {
	reads := rbac.Role{ID: reader, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.EditFeature: rbac.ScopeWorkspace}}
	writes := rbac.Role{ID: reader, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.AddFeature: rbac.ScopeWorkspace}}
	actions := map[rbac.Action]rbac.Target{rbac.EditFeature: rbac.OnWorkspace, rbac.AddFeature: rbac.OnWorkspace}
	old := rbac.Must(rbac.New(rbac.Spec{Actions: actions, Roles: []rbac.Role{reads}}))
	new := rbac.Must(rbac.New(rbac.Spec{Actions: actions, Roles: []rbac.Role{writes}}))
	want := map[*rbac.Policy][]rbac.Action{old: {rbac.EditFeature}, new: {rbac.AddFeature}}

	var current atomic.Pointer[rbac.Policy]
	current.Store(old)
	swapped := make(chan struct{})
	go func() {
		defer close(swapped)
		for i := range 5_000 {
			current.Store([]*rbac.Policy{new, old}[i%2])
		}
	}()
	m, r := annWith(inRole(reader)), theShop.Resource()
	for range 500 {
		p := current.Load()
		subject := p.Bind(m)
		filter := subject.Filter(want[p][0])
		current.Store(old)
		require.Equal(t, want[p], slices.Collect(subject.Actions(r)))
		require.Equal(t, p == old, subject.Can(rbac.EditFeature, r))
		require.Equal(t, p == new, p.Can(m, rbac.AddFeature, r))
		require.True(t, filter.Match(r))
		current.Store(new)
	}
	<-swapped
}

func listsAreAsWideAsChecks(t *testing.T) {
	for _, id := range hostileIDs {
		dev := staff("ann", theShop, inRole(rbac.Developer, id))
		filter := rbac.Default().Bind(dev).Filter(rbac.ReleaseMiniProgram)
		for _, r := range []rbac.Resource{theShop.MiniProgram(id), theShop.MiniProgram("mp-1"), theShop.Resource(), banksShop.MiniProgram(id)} {
			assert.Equal(t, rbac.Can(dev, rbac.ReleaseMiniProgram, r), filter.Match(r), "%+v with %q assigned", r, id)
		}
		assertWhere(t, filter, allColumns, "(tenant = ? AND workspace = ? AND kind = ? AND program IN (?))", []any{"wallet", "shop", "developer", id})
	}
	w := world{label: "the listing", policy: listing, clock: clock{now: noon}, resources: listedResources()}
	for _, m := range listedMembers() {
		subject := listing.BindAt(noon, m)
		for action := range listing.Actions() {
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
	_, _, err := rbac.Default().Bind(shopAdmin()).Filter(rbac.ListMiniPrograms).Where(rbac.Columns{Tenant: "t", Workspace: "w", MiniProgram: "p) OR (1=1"})
	assert.Error(t, err, "a column that is no identifier")
	_, _, err = rbac.Default().Bind(shopAdmin()).Filter(rbac.ListMiniPrograms).Where(rbac.Columns{Workspace: "w", MiniProgram: "p"})
	assert.Error(t, err, "no column for the tenant")
}

// A denial beyond the tenant or the merchant is the same whatever is there, whoever asks, and whatever status they have.
func reasonsNameNothingHidden(t *testing.T) {
	secret := "secret-"
	hidden := rbac.Tenant(secret + "tenant").Developer(secret + "shop")
	there := hidden.MiniProgram(secret + "program").OwnedBy(secret + "owner")
	for _, m := range []rbac.Member{shopAdmin(), walletAdmin(), staff("ann", theShop), inStatus(rbac.StatusBlocked, shopAdmin()), inStatus(rbac.StatusInvited, walletAdmin())} {
		for _, action := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace, rbac.DecideRelease} {
			d := rbac.Default().Check(m, action, there)
			assert.Equal(t, rbac.ReasonOtherTenant, d.Reason, "%s of %s", action, m.Status)
			assert.True(t, d.Reason.Hidden())
			assert.NotContains(t, d.Err().Error()+fmt.Sprint(d.LogValue()), secret)
		}
	}
	for _, action := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ManageWorkspace} {
		assert.Equal(t, rbac.ReasonOtherWorkspace, rbac.Default().Check(shopAdmin(), action, theBakery.MiniProgram("mp-1")).Reason)
		assert.True(t, rbac.ReasonOtherWorkspace.Hidden())
	}
	d := offices.CheckAssign(annWith(inRole(deputy)), staff(secret+"bob", theShop, inRole(releaser, secret+"program")), inRole(bystander))
	require.Equal(t, rbac.ReasonNotCovered, d.Reason)
	assert.NotContains(t, d.Err().Error()+fmt.Sprint(d.LogValue()), secret, "what an actor lacks")
}

func ownRequestsTakeASecondPerson(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	onMembers := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{FourEyes: []rbac.Action{rbac.BlockMember}}))
	assert.Equal(t, rbac.ReasonOwnRequest, onMembers.CheckManage(staff("ann", theWallet, inRole(regional)), annWith(), rbac.BlockMember).Reason, "blocking oneself as another workspace's member")
	request := theShop.MiniProgram("mp-1")
	reviewer := staff("ann", theWallet, inRole(rbac.WorkspaceReviewer))
	assert.Equal(t, rbac.ReasonGranted, policy.Check(reviewer, rbac.DecideRelease, request.OwnedBy("bob")).Reason)
	for owner, want := range map[string]rbac.Reason{"ann": rbac.ReasonOwnRequest, "": rbac.ReasonOwnerUnknown} {
		r := request.OwnedBy(owner)
		assert.Equal(t, want, policy.Check(reviewer, rbac.DecideRelease, r).Reason, "the owner is %q", owner)
		assert.False(t, policy.Bind(reviewer).Can(rbac.DecideRelease, r), "Subject.Can, the owner is %q", owner)
		assert.False(t, policy.Bind(reviewer).Filter(rbac.DecideRelease).Match(r), "Filter.Match, the owner is %q", owner)
		assert.NotContains(t, slices.Collect(policy.Bind(reviewer).Actions(r)), rbac.DecideRelease, "Actions, the owner is %q", owner)
	}
}

func theLastAdminStays(t *testing.T) {
	blocked, err := shopAdmin().Block()
	require.NoError(t, err)
	gone, err := shopAdmin().Delete()
	require.NoError(t, err)
	validate := func(members ...rbac.Member) error {
		return rbac.Default().ValidateWorkspace(theShop, slices.Values(members))
	}
	require.NoError(t, validate(shopAdmin()))
	for name, member := range map[string]rbac.Member{
		"blocked": blocked, "deleted": gone, "demoted": staff("ann", theShop, inRole(rbac.Developer)),
		"expired": staff("ann", theShop, until(ago, inRole(rbac.DeveloperAdmin))), "not yet": staff("ann", theShop, from(soon, inRole(rbac.DeveloperAdmin))),
		"only invited": inStatus(rbac.StatusInvited, shopAdmin()), "only elsewhere": staff("ann", banksShop, inRole(rbac.DeveloperAdmin)),
	} {
		assert.ErrorContains(t, validate(member), `0 active holders of role "developer_admin", and at least 1 are needed`, name)
	}
	assert.Error(t, validate(), "removed")
	assert.Error(t, validate(shopAdmin(), shopAdmin()), "the same one twice")
	none := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{AtMost: map[rbac.RoleID]int{rbac.Operator: 0}}))
	assert.Error(t, none.ValidateWorkspace(theShop, slices.Values([]rbac.Member{shopAdmin(), inShop(inRole(rbac.Operator))})), "one too many")
	assert.Error(t, rbac.Default().ValidateWorkspace(theWallet, slices.Values([]rbac.Member{staff("bob", theWallet)})), "in a tenant workspace")
}

// The cost of a check does not grow with the policy, and hostile names and numbers are refused before they cost much.
func sizeCostsNothing(t *testing.T) {
	growing := func(n int) func() {
		spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{"zz": rbac.OnWorkspace}}
		for i := range n {
			spec.Roles = append(spec.Roles, rbac.Role{ID: rbac.RoleID(fmt.Sprintf("role_%d", i)), Kind: rbac.KindDeveloper})
		}
		last := rbac.Role{ID: "zz", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{"zz": rbac.ScopeWorkspace}}
		policy, m := rbac.Must(rbac.New(spec, rbac.Spec{Roles: []rbac.Role{last}})), staff("ann", theShop, inRole(last.ID))
		return func() {
			for range 2_000 {
				policy.Can(m, "zz", theShop.Resource())
			}
		}
	}
	assert.Less(t, growth(growing, 4.0), 4.0, "times as long with 32 times as many roles")

	holding := func(n int) func() {
		subject := rbac.Default().Bind(staff("ann", theShop, inRole(rbac.Developer, programsTo(n)...)))
		filter := subject.Filter(rbac.ReleaseMiniProgram)
		return func() {
			for range 2_000 {
				subject.Can(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-none"))
				filter.Match(theShop.MiniProgram("mp-none"))
			}
		}
	}
	assert.Less(t, growth(holding, 4.0), 4.0, "times as long with 32 times as many programs")

	var programs []string
	for i := range 10_000 {
		programs = append(programs, fmt.Sprintf("mp-%d", i))
	}
	subject := rbac.Default().Bind(staff("ann", theShop, inRole(rbac.Developer, programs...)))
	assert.True(t, subject.Can(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-9999")))
	assert.Zero(t, testing.AllocsPerRun(10, func() { subject.Can(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-9999")) }))
	huge := staff("ann", theShop, inRole(rbac.DeveloperAdmin, programs...))
	assert.Zero(t, testing.AllocsPerRun(10, func() { rbac.Can(huge, rbac.EditFeature, theShop.Resource()) }))

	tooMany := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for i := range 4_097 {
		tooMany.Actions[rbac.Action(fmt.Sprintf("a%d", i))] = rbac.OnAny
	}
	_, err := rbac.New(tooMany)
	assert.ErrorContains(t, err, "more than 4096 actions")
	_, err = rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(strings.Repeat("a", 65)): rbac.OnAny}})
	assert.ErrorContains(t, err, "invalid name")
	_, err = rbac.New(rbac.Spec{Roles: make([]rbac.Role, 16_385)})
	assert.ErrorContains(t, err, "more than 16384 roles")
	assert.Error(t, new(rbac.Spec).UnmarshalJSON([]byte(strings.Repeat(" ", 16<<20)+"{}")), "a document of more than 16 MiB")
}
