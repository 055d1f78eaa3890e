package rbac_test

import (
	"encoding/csv"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The places: a wallet with two merchants, and a bank with a merchant of the same ID.
var (
	theWallet = rbac.Tenant("wallet")
	theShop   = theWallet.Developer("shop")
	theBakery = theWallet.Developer("bakery")
	theBank   = rbac.Tenant("bank")
	banksShop = theBank.Developer("shop")
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// nameHint ends the error about a name that is not well formed.
const nameHint = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`

// soon and ago are for what reads the clock: far enough from now for a slow machine.
var (
	soon = time.Now().Add(time.Hour)
	ago  = time.Now().Add(-time.Hour)
)

// asleepFor is the time that a clock shows after the machine has slept. The wall clock goes on meanwhile, and the
// monotonic reading stands still. Only the inside of a time.Time can say both, so it is changed there.
func asleepFor(t *testing.T, slept time.Duration, fellAsleep time.Time) time.Time {
	t.Helper()
	awake := fellAsleep.Add(slept)
	(*struct {
		wall      uint64
		monotonic int64
	})(unsafe.Pointer(&awake)).monotonic -= int64(slept)
	require.Zero(t, awake.Sub(fellAsleep), "by the monotonic readings no time has passed")
	require.Equal(t, slept, awake.Round(0).Sub(fellAsleep.Round(0)), "by the wall clock it has")
	return awake
}

// staff is an active member.
func staff(id string, w rbac.Workspace, as ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: w, Status: rbac.StatusActive, Assignments: as}
}

// inShop is bob, an active member of the shop, to whom something is done.
func inShop(as ...rbac.Assignment) rbac.Member { return staff("bob", theShop, as...) }

// annWith is ann, an active member of the shop, who does it.
func annWith(as ...rbac.Assignment) rbac.Member { return staff("ann", theShop, as...) }

func inRole(role rbac.RoleID, programs ...string) rbac.Assignment {
	return rbac.Assignment{Role: role, MiniPrograms: programs}
}

func from(start time.Time, assignment rbac.Assignment) rbac.Assignment {
	assignment.NotBefore = start
	return assignment
}

func until(end time.Time, assignment rbac.Assignment) rbac.Assignment {
	assignment.NotAfter = end
	return assignment
}

func inStatus(status rbac.Status, member rbac.Member) rbac.Member {
	member.Status = status
	return member
}

// inSuspended is the member while the workspace is suspended.
func inSuspended(member rbac.Member) rbac.Member {
	member.Suspended = true
	return member
}

func merchantRole(id rbac.RoleID, permissions rbac.Permissions) rbac.Role {
	return rbac.Role{ID: id, Kind: rbac.KindDeveloper, Permissions: permissions}
}

func tenantRole(id rbac.RoleID, permissions rbac.Permissions) rbac.Role {
	return rbac.Role{ID: id, Kind: rbac.KindTenant, Permissions: permissions}
}

// roleOf is a role of one workspace's own.
func roleOf(workspace rbac.Workspace, id rbac.RoleID, permissions rbac.Permissions) rbac.Role {
	return rbac.Role{ID: id, Kind: workspace.Kind, Workspace: workspace, Permissions: permissions}
}

// Roles that a host adds to the default ones, each for one question.
const (
	deputy     rbac.RoleID = "deputy"      // sets roles and programs, blocks members and defines roles
	setter     rbac.RoleID = "setter"      // sets roles, without mini programs
	assigner   rbac.RoleID = "assigner"    // assigns mini programs, without roles
	reader     rbac.RoleID = "reader"      // report.read in the whole workspace
	releaser   rbac.RoleID = "releaser"    // miniprogram.release on assigned programs
	signer     rbac.RoleID = "signer"      // miniprogram.release in the whole workspace
	requester  rbac.RoleID = "requester"   // request.view on things of its own
	promoter   rbac.RoleID = "promoter"    // feedback.read on assigned programs; no default role grants it
	keeper     rbac.RoleID = "keeper"      // manages the members of all programs
	maker      rbac.RoleID = "maker"       // excludes checker
	checker    rbac.RoleID = "checker"     // excludes maker
	bystander  rbac.RoleID = "bystander"   // grants nothing
	regional   rbac.RoleID = "regional"    // a tenant role: sets roles and reads everywhere
	walletOnly rbac.RoleID = "wallet_only" // a tenant role: sets roles everywhere, reads in the wallet
	fleet      rbac.RoleID = "fleet"       // a tenant role: report.read everywhere
	tenantRead rbac.RoleID = "tenant_read" // a tenant role: report.read in the wallet
)

const (
	readReports  rbac.Action = "report.read"
	readFeedback rbac.Action = "feedback.read"
)

// offices is the default policy with these roles.
var offices = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Actions:   map[rbac.Action]rbac.Target{readReports: rbac.OnAny, readFeedback: rbac.OnMiniProgram},
	Exclusive: [][]rbac.RoleID{{maker, checker}},
	Roles: []rbac.Role{
		merchantRole(deputy, rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.BlockMember: rbac.ScopeWorkspace, rbac.DefineRole: rbac.ScopeWorkspace,
		}),
		merchantRole(setter, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}),
		merchantRole(assigner, rbac.Permissions{rbac.AssignMiniPrograms: rbac.ScopeWorkspace}),
		merchantRole(reader, rbac.Permissions{readReports: rbac.ScopeWorkspace}),
		merchantRole(releaser, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}),
		merchantRole(signer, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeWorkspace}),
		merchantRole(requester, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}),
		merchantRole(promoter, rbac.Permissions{readFeedback: rbac.ScopeAssigned}),
		merchantRole(keeper, rbac.Permissions{rbac.ManageMiniProgramMembers: rbac.ScopeWorkspace}),
		merchantRole(maker, nil),
		merchantRole(checker, nil),
		merchantRole(bystander, nil),
		tenantRole(regional, rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant, rbac.AssignMiniPrograms: rbac.ScopeTenant,
			rbac.BlockMember: rbac.ScopeTenant, rbac.DefineRole: rbac.ScopeTenant,
			readReports: rbac.ScopeTenant, rbac.ReleaseMiniProgram: rbac.ScopeAssigned,
		}),
		tenantRole(walletOnly, rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant, rbac.DefineRole: rbac.ScopeWorkspace,
			readReports: rbac.ScopeWorkspace, rbac.ViewRequest: rbac.ScopeOwn,
		}),
		tenantRole(fleet, rbac.Permissions{readReports: rbac.ScopeTenant}),
		tenantRole(tenantRead, rbac.Permissions{readReports: rbac.ScopeWorkspace}),
	},
}))

// granted is the decision that the role grants the action, through the scope.
func granted(action rbac.Action, role rbac.RoleID, scope rbac.Scope) rbac.Decision {
	return rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted, Action: action, Role: role, Scope: scope}
}

// fourEyed is the default policy with four eyes on releases and their approval.
func fourEyed(t *testing.T) *rbac.Policy {
	t.Helper()
	p, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}})
	require.NoError(t, err)
	return p
}

// refused is a request and the reason why the policy fourEyed denies it at noon.
type refused struct {
	sentence string
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
	reason   rbac.Reason
}

// refusals has at least one request for each reason of a decision.
func refusals() []refused {
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	shop, cafe := wallet.Developer("shop"), wallet.Developer("cafe")
	mp1, mp41, mp42 := wallet.MiniProgram("mp-1"), shop.MiniProgram("mp-41"), shop.MiniProgram("mp-42")
	holding := func(held ...rbac.Assignment) rbac.Member { return staff("alice", shop, held...) }
	alice, allowed := holding(inRole(rbac.Developer, "mp-41")), holding(inRole(rbac.Developer, "mp-42"))
	stray, nameless := allowed, allowed
	stray.Workspace, nameless.ID = rbac.Workspace{}, ""
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	rita := staff("rita", wallet, inRole(rbac.WorkspaceReviewer))
	walt := staff("walt", wallet, inRole(rbac.WorkspaceDeveloper, "mp-42"))
	contradictory := rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}
	unnamed := rbac.Workspace{Kind: rbac.KindDeveloper, Tenant: "wallet"}
	release, view, nowhere := rbac.ReleaseMiniProgram, rbac.ViewMiniProgram, rbac.Resource{MiniProgram: "mp-42"}
	return []refused{
		{"the zero member", rbac.Member{}, release, mp42, rbac.ReasonInvalidMember},
		{"a member without an ID", nameless, release, mp42, rbac.ReasonInvalidMember},
		{"a member without a status", inStatus(0, allowed), release, mp42, rbac.ReasonInvalidMember},
		{"a member of an unknown status", inStatus(6, allowed), release, mp42, rbac.ReasonInvalidMember},
		{"a member who is invited", inStatus(rbac.StatusInvited, allowed), release, mp42, rbac.ReasonInvited},
		{"a member who is blocked", inStatus(rbac.StatusBlocked, allowed), release, mp42, rbac.ReasonBlocked},
		{"a member who is withdrawn", inStatus(rbac.StatusWithdrawn, allowed), release, mp42, rbac.ReasonWithdrawn},
		{"a member who is deleted", inStatus(rbac.StatusDeleted, allowed), release, mp42, rbac.ReasonDeleted},
		{"a member of a suspended workspace", inSuspended(allowed), release, mp42, rbac.ReasonSuspended},

		{"a member of no workspace", stray, release, mp42, rbac.ReasonInvalidWorkspace},
		{"a member and a resource of no workspace", stray, release, nowhere, rbac.ReasonInvalidWorkspace},
		{"a resource of no workspace", alice, release, nowhere, rbac.ReasonInvalidWorkspace},
		{"a resource of a workspace that contradicts itself",
			wendy, view, contradictory.MiniProgram("mp-42"), rbac.ReasonInvalidWorkspace},
		{"a resource of a merchant without an ID",
			wendy, view, unnamed.MiniProgram("mp-42"), rbac.ReasonInvalidWorkspace},

		{"wendy views a mini program of another tenant",
			wendy, view, bank.MiniProgram("mp-1"), rbac.ReasonOtherTenant},
		{"wendy views a mini program of another tenant's merchant",
			wendy, view, bank.Developer("shop").MiniProgram("mp-42"), rbac.ReasonOtherTenant},
		{"alice releases mp-41 of a merchant of the same ID elsewhere",
			alice, release, bank.Developer("shop").MiniProgram("mp-41"), rbac.ReasonOtherTenant},
		{"alice releases a mini program of another merchant",
			alice, release, cafe.MiniProgram("mp-41"), rbac.ReasonOtherWorkspace},
		{"alice releases a mini program of the wallet",
			alice, release, wallet.MiniProgram("mp-41"), rbac.ReasonOtherWorkspace},

		{"an unknown action", wendy, "miniprogram.relase", mp42, rbac.ReasonUnknownAction},
		{"a mis-cased action", wendy, "MiniProgram.release", mp42, rbac.ReasonUnknownAction},
		{"an action with a space", wendy, "miniprogram.release ", mp42, rbac.ReasonUnknownAction},
		{"a wildcard", wendy, "*", mp42, rbac.ReasonUnknownAction},
		{"no action", wendy, "", mp42, rbac.ReasonUnknownAction},

		{"wendy releases a workspace", wendy, release, wallet.Resource(), rbac.ReasonWrongTarget},
		{"wendy manages a mini program as a workspace", wendy, rbac.ManageWorkspace, mp1, rbac.ReasonWrongTarget},
		{"wendy views the wallet as if it were a merchant",
			wendy, rbac.ViewDeveloperWorkspace, wallet.Resource(), rbac.ReasonWrongTarget},
		{"wendy views the apps of a merchant", wendy, rbac.ViewApp, shop.Resource(), rbac.ReasonWrongTarget},

		{"a member without a role", holding(), release, mp42, rbac.ReasonNoRole},
		{"a member of an unknown role", holding(inRole("developr", "mp-42")), release, mp42, rbac.ReasonUnknownRole},
		{"a member of a role without a name", holding(inRole("", "mp-42")), release, mp42, rbac.ReasonUnknownRole},
		{"a merchant's member with a tenant's role",
			holding(inRole(rbac.WorkspaceAdmin)), release, mp42, rbac.ReasonOtherKind},
		{"a tenant's member with a merchant's role",
			staff("walt", wallet, inRole(rbac.DeveloperAdmin)), release, mp1, rbac.ReasonOtherKind},
		{"an operator releases mp-42",
			staff("olga", shop, inRole(rbac.Operator, "mp-42")), release, mp42, rbac.ReasonNotGranted},
		{"wendy releases mp-42 of a merchant", wendy, release, mp42, rbac.ReasonOwnWorkspaceOnly},
		{"walt releases mp-42 of a merchant, though it is assigned", walt, release, mp42, rbac.ReasonOwnWorkspaceOnly},
		{"wendy views her request at a merchant",
			wendy, rbac.ViewRequest, mp42.OwnedBy("wendy"), rbac.ReasonOwnWorkspaceOnly},
		{"alice views the request of another", alice, rbac.ViewRequest, mp42.OwnedBy("bob"), rbac.ReasonNotOwner},
		{"alice views a request that nobody owns", alice, rbac.ViewRequest, mp42, rbac.ReasonNotOwner},
		{"alice releases mp-42, which is not assigned", alice, release, mp42, rbac.ReasonNotAssigned},
		{"alice releases mp-42, which is her own", alice, release, mp42.OwnedBy("alice"), rbac.ReasonNotAssigned},
		{"alice releases mp-42 without any assigned program",
			holding(inRole(rbac.Developer)), release, mp42, rbac.ReasonNotAssigned},
		{"alice releases mp-42, which is assigned to her as an operator",
			holding(inRole(rbac.Developer, "mp-41"), inRole(rbac.Operator, "mp-42")), release, mp42,
			rbac.ReasonNotAssigned},
		{"an assignment that ends now",
			holding(until(noon, inRole(rbac.Developer, "mp-42"))), release, mp42, rbac.ReasonExpired},
		{"an assignment that begins later",
			holding(from(noon.Add(1), inRole(rbac.Developer, "mp-42"))), release, mp42, rbac.ReasonNotYet},

		{"rita decides a release that nobody owns", rita, rbac.DecideRelease, mp42, rbac.ReasonOwnerUnknown},
		{"rita decides her own release", rita, rbac.DecideRelease, mp42.OwnedBy("rita"), rbac.ReasonOwnRequest},
		{"alice releases her own mp-41", alice, release, mp41.OwnedBy("alice"), rbac.ReasonOwnRequest},
	}
}

// everything is a spec that uses every field.
func everything() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram, "report.print": rbac.OnAny},
		Labels:  map[rbac.Action]rbac.Label{"report.export": {Name: "Export reports", Group: "Reports"}},
		Roles: []rbac.Role{
			merchantRole("printer", rbac.Permissions{"report.print": rbac.ScopeOwn | rbac.ScopeAssigned}),
			{ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor", Description: "Reads.",
				Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant}},
			roleOf(theShop, "cashier", nil),
		},
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.Developer: {"report.export": rbac.ScopeAssigned}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}},
		Exclusive:   [][]rbac.RoleID{{"auditor", rbac.WorkspaceAdmin}},
		FourEyes:    []rbac.Action{"report.export"},
		AtLeast:     map[rbac.RoleID]int{"auditor": 1},
		AtMost:      map[rbac.RoleID]int{"auditor": 4, rbac.WorkspaceAdmin: 9},
	}
}

func manyActions(number int, name string) map[rbac.Action]rbac.Target {
	actions := make(map[rbac.Action]rbac.Target, number)
	for i := range number {
		actions[rbac.Action(fmt.Sprintf("%s%d", name, i))] = rbac.OnMiniProgram
	}
	return actions
}

func manyRoles(number int, name string) []rbac.Role {
	roles := make([]rbac.Role, number)
	for i := range roles {
		roles[i] = rbac.Role{ID: rbac.RoleID(fmt.Sprintf("%s%d", name, i)), Kind: rbac.KindTenant}
	}
	return roles
}

// describedRoles is the largest number of roles, with descriptions that make a document of that many bytes.
func describedRoles(size int) rbac.Spec {
	roles := manyRoles(16_384, "role_")
	length := len(`{"roles":[]}`) - len(",")
	for _, role := range roles {
		length += len(`{"id":"","kind":"tenant","description":""},`) + len(role.ID)
	}
	for i := range roles {
		fill := min(1_024, (size-length)/(len(roles)-i))
		roles[i].Description = strings.Repeat("x", fill)
		length += fill
	}
	return rbac.Spec{Roles: roles}
}

// usableScopes leaves out the scopes that New refuses because they cannot match.
func usableScopes(kind rbac.WorkspaceKind, scope rbac.Scope, target rbac.Target) rbac.Scope {
	home := rbac.OnTenant
	if kind == rbac.KindDeveloper {
		home = rbac.OnDeveloper
	}
	if target&rbac.OnMiniProgram == 0 {
		scope &^= rbac.ScopeAssigned
	}
	if target&(home|rbac.OnMiniProgram) == 0 {
		scope &^= rbac.ScopeOwn | rbac.ScopeWorkspace
	}
	return scope
}

// listedResources has resources of every relation to a member of the wallet or of the shop.
func listedResources() []rbac.Resource {
	places := []rbac.Workspace{
		theWallet, theShop, theBakery, theWallet.Developer("wallet"), theBank, banksShop, rbac.Tenant("shop"),
		{}, {Kind: rbac.KindDeveloper, Tenant: "wallet"}, {Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"},
		{Kind: 3, ID: "shop", Tenant: "wallet"},
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

// publishedRow is a row of the platform's role tables: a cell for each column.
type publishedRow map[string]string

// publishedTable reads testdata/matrix.csv, which the default roles must match.
func publishedTable(t *testing.T) (header []string, rows []publishedRow) {
	t.Helper()
	file, err := os.Open("testdata/matrix.csv")
	require.NoError(t, err)
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	header = records[0]
	for _, record := range records[1:] {
		row := make(publishedRow)
		for i, column := range header {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	require.Len(t, rows, 85, "operations in testdata/matrix.csv")
	return header, rows
}

// roleColumns are the columns between target and evidence.
func roleColumns(t *testing.T, header []string) []string {
	t.Helper()
	first, end := slices.Index(header, "target")+1, slices.Index(header, "evidence")
	require.Equal(t, 7, end-first, "columns of roles in testdata/matrix.csv")
	return header[first:end]
}

// firstOf takes one value of a sequence and stops.
func firstOf[V any](seq iter.Seq[V]) (first V) {
	for v := range seq {
		return v
	}
	return first
}

// anyOf picks one at random.
func anyOf[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// oneIn is true once in n times.
func oneIn(random *rand.Rand, n int) bool { return random.IntN(n) == 0 }

// problemsOf has the texts of the errors that are joined in one. Each must be a *ValidationError.
func problemsOf(t *testing.T, err error) []string {
	t.Helper()
	var parts []error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts = joined.Unwrap()
	} else if err != nil {
		parts = []error{err}
	}
	var texts []string
	for _, part := range parts {
		assert.IsType(t, &rbac.ValidationError{}, part)
		texts = append(texts, part.Error())
	}
	return texts
}
