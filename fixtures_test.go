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

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The places of these tests: a native app with two merchants, and another app whose merchant has the same ID.
var (
	theWallet = rbac.Tenant("wallet")
	theShop   = theWallet.Developer("shop")
	theBakery = theWallet.Developer("bakery")
	theBank   = rbac.Tenant("bank")
	banksShop = theBank.Developer("shop")
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// soon, later and ago are far enough from now for any machine, and the checks of administration read the clock.
var (
	soon  = time.Now().Add(time.Hour)
	later = soon.Add(time.Hour)
	ago   = time.Now().Add(-time.Hour)
)

// staff is an active member.
func staff(id string, w rbac.Workspace, as ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: w, Status: rbac.StatusActive, Assignments: as}
}

// inShop is an active member of the shop.
func inShop(as ...rbac.Assignment) rbac.Member { return staff("bob", theShop, as...) }

// annWith is the actor of the shop.
func annWith(as ...rbac.Assignment) rbac.Member { return staff("ann", theShop, as...) }

func inRole(role rbac.RoleID, programs ...string) rbac.Assignment {
	return rbac.Assignment{Role: role, MiniPrograms: programs}
}

func from(start time.Time, a rbac.Assignment) rbac.Assignment {
	a.NotBefore = start
	return a
}

func until(end time.Time, a rbac.Assignment) rbac.Assignment {
	a.NotAfter = end
	return a
}

func inStatus(s rbac.Status, m rbac.Member) rbac.Member {
	m.Status = s
	return m
}

// Roles of a merchant that a host may add to the platform's, each for one question.
const (
	deputy     rbac.RoleID = "deputy"      // sets roles and programs, manages members, defines roles, and reads
	setter     rbac.RoleID = "setter"      // sets roles, without mini programs
	assigner   rbac.RoleID = "assigner"    // assigns mini programs, without roles
	reader     rbac.RoleID = "reader"      // report.read in the whole workspace
	releaser   rbac.RoleID = "releaser"    // miniprogram.release on assigned programs
	signer     rbac.RoleID = "signer"      // miniprogram.release in the whole workspace
	requester  rbac.RoleID = "requester"   // request.view on the own things
	promoter   rbac.RoleID = "promoter"    // feedback.read on assigned programs, which no default role has
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

// offices is the platform's policy with these roles.
var offices = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Actions:   map[rbac.Action]rbac.Target{readReports: rbac.OnAny, readFeedback: rbac.OnMiniProgram},
	Exclusive: [][]rbac.RoleID{{maker, checker}},
	Roles: []rbac.Role{
		{ID: deputy, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.BlockMember: rbac.ScopeWorkspace, rbac.DefineRole: rbac.ScopeWorkspace,
		}},
		{ID: setter, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}},
		{ID: assigner, Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{rbac.AssignMiniPrograms: rbac.ScopeWorkspace}},
		{ID: reader, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{readReports: rbac.ScopeWorkspace}},
		{ID: releaser, Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}},
		{ID: signer, Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeWorkspace}},
		{ID: requester, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}},
		{ID: promoter, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{readFeedback: rbac.ScopeAssigned}},
		{ID: keeper, Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{rbac.ManageMiniProgramMembers: rbac.ScopeWorkspace}},
		{ID: maker, Kind: rbac.KindDeveloper},
		{ID: checker, Kind: rbac.KindDeveloper},
		{ID: bystander, Kind: rbac.KindDeveloper},
		{ID: regional, Kind: rbac.KindTenant, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant, rbac.AssignMiniPrograms: rbac.ScopeTenant,
			rbac.BlockMember: rbac.ScopeTenant,
			rbac.DefineRole:  rbac.ScopeTenant, readReports: rbac.ScopeTenant,
			rbac.ReleaseMiniProgram: rbac.ScopeAssigned,
		}},
		{ID: walletOnly, Kind: rbac.KindTenant, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant, rbac.DefineRole: rbac.ScopeWorkspace,
			readReports: rbac.ScopeWorkspace, rbac.ViewRequest: rbac.ScopeOwn,
		}},
		{ID: fleet, Kind: rbac.KindTenant, Permissions: rbac.Permissions{readReports: rbac.ScopeTenant}},
		{ID: tenantRead, Kind: rbac.KindTenant, Permissions: rbac.Permissions{readReports: rbac.ScopeWorkspace}},
	},
}))

// fourEyed is the default policy where releases and their approval take a second person.
func fourEyed(t testing.TB) *rbac.Policy {
	t.Helper()
	p, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease, rbac.ReleaseMiniProgram}})
	require.NoError(t, err)
	return p
}

type refused struct {
	sentence string
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
	reason   rbac.Reason
}

// refusals holds a way to be refused for each reason there is.
func refusals() []refused {
	wallet, bank := rbac.Tenant("wallet"), rbac.Tenant("bank")
	shop, cafe := wallet.Developer("shop"), wallet.Developer("cafe")
	mp42 := shop.MiniProgram("mp-42")
	alice := staff("alice", shop, inRole(rbac.Developer, "mp-41"))
	wendy := staff("wendy", wallet, inRole(rbac.WorkspaceAdmin))
	with := func(change func(*rbac.Member)) rbac.Member {
		m := staff("alice", shop, inRole(rbac.Developer, "mp-42"))
		change(&m)
		return m
	}
	status := func(s rbac.Status) rbac.Member { return with(func(m *rbac.Member) { m.Status = s }) }
	bounded := func(from, until time.Time) rbac.Member {
		return with(func(m *rbac.Member) { m.Assignments[0].NotBefore, m.Assignments[0].NotAfter = from, until })
	}
	release := rbac.ReleaseMiniProgram
	return []refused{
		{"an unknown action", wendy, "miniprogram.relase", mp42, rbac.ReasonUnknownAction},
		{"a mis-cased action", wendy, "MiniProgram.release", mp42, rbac.ReasonUnknownAction},
		{"an action with a space", wendy, "miniprogram.release ", mp42, rbac.ReasonUnknownAction},
		{"a wildcard", wendy, "*", mp42, rbac.ReasonUnknownAction},
		{"no action", wendy, "", mp42, rbac.ReasonUnknownAction},

		{"nobody", rbac.Member{}, release, mp42, rbac.ReasonInvalidMember},
		{"a member without an ID", with(func(m *rbac.Member) { m.ID = "" }), release, mp42, rbac.ReasonInvalidMember},
		{"a member without a status", status(0), release, mp42, rbac.ReasonInvalidMember},
		{"a member of no known status", status(6), release, mp42, rbac.ReasonInvalidMember},
		{"a member who has not accepted", status(rbac.StatusInvited), release, mp42, rbac.ReasonInvited},
		{"a blocked member", status(rbac.StatusBlocked), release, mp42, rbac.ReasonBlocked},
		{"a member whose invitation was withdrawn", status(rbac.StatusWithdrawn), release, mp42, rbac.ReasonWithdrawn},
		{"a deleted member", status(rbac.StatusDeleted), release, mp42, rbac.ReasonDeleted},

		{"a member of no workspace",
			with(func(m *rbac.Member) { m.Workspace = rbac.Workspace{} }), release, mp42, rbac.ReasonInvalidWorkspace},
		{"a member and a resource of no workspace", with(func(m *rbac.Member) { m.Workspace = rbac.Workspace{} }),
			release, rbac.Resource{MiniProgram: "mp-42"}, rbac.ReasonInvalidWorkspace},
		{"a resource of no workspace",
			alice, release, rbac.Resource{MiniProgram: "mp-42"}, rbac.ReasonInvalidWorkspace},
		{"a resource of a workspace that contradicts itself", wendy, rbac.ViewMiniProgram,
			rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}.MiniProgram("mp-42"),
			rbac.ReasonInvalidWorkspace},
		{"a resource of a merchant without an ID", wendy, rbac.ViewMiniProgram,
			rbac.Workspace{Kind: rbac.KindDeveloper, Tenant: "wallet"}.MiniProgram("mp-42"),
			rbac.ReasonInvalidWorkspace},

		{"wendy sees a mini program of another wallet",
			wendy, rbac.ViewMiniProgram, bank.MiniProgram("mp-1"), rbac.ReasonOtherTenant},
		{"wendy sees a mini program of another wallet's merchant",
			wendy, rbac.ViewMiniProgram, bank.Developer("shop").MiniProgram("mp-42"), rbac.ReasonOtherTenant},
		{"alice releases mp-42 of the merchant of that ID elsewhere",
			alice, release, bank.Developer("shop").MiniProgram("mp-41"), rbac.ReasonOtherTenant},
		{"alice releases a mini program of another merchant",
			alice, release, cafe.MiniProgram("mp-41"), rbac.ReasonOtherWorkspace},
		{"alice releases a mini program of the wallet",
			alice, release, wallet.MiniProgram("mp-41"), rbac.ReasonOtherWorkspace},

		{"wendy releases a workspace", wendy, release, wallet.Resource(), rbac.ReasonWrongTarget},
		{"wendy manages a mini program as a workspace",
			wendy, rbac.ManageWorkspace, wallet.MiniProgram("mp-1"), rbac.ReasonWrongTarget},
		{"wendy sees the wallet as if it were a merchant",
			wendy, rbac.ViewDeveloperWorkspace, wallet.Resource(), rbac.ReasonWrongTarget},
		{"wendy sees the apps of a merchant", wendy, rbac.ViewApp, shop.Resource(), rbac.ReasonWrongTarget},

		{"a member without a role", staff("alice", shop), release, mp42, rbac.ReasonNoRole},
		{"a member of an unknown role",
			staff("alice", shop, inRole("developr", "mp-42")), release, mp42, rbac.ReasonUnknownRole},
		{"a member of a role without a name",
			staff("alice", shop, inRole("", "mp-42")), release, mp42, rbac.ReasonUnknownRole},
		{"a merchant's member with a tenant's role",
			staff("alice", shop, inRole(rbac.WorkspaceAdmin)), release, mp42, rbac.ReasonOtherKind},
		{"a tenant's member with a merchant's role", staff("walt", wallet, inRole(rbac.DeveloperAdmin)), release,
			wallet.MiniProgram("mp-1"), rbac.ReasonOtherKind},
		{"an operator releases mp-42",
			staff("olga", shop, inRole(rbac.Operator, "mp-42")), release, mp42, rbac.ReasonNotGranted},
		{"wendy releases mp-42 of a merchant", wendy, release, mp42, rbac.ReasonOwnWorkspaceOnly},
		{"walt releases mp-42 of a merchant, assigned or not",
			staff("walt", wallet, inRole(rbac.WorkspaceDeveloper, "mp-42")), release, mp42,
			rbac.ReasonOwnWorkspaceOnly},
		{"wendy sees her request at a merchant",
			wendy, rbac.ViewRequest, mp42.OwnedBy("wendy"), rbac.ReasonOwnWorkspaceOnly},
		{"alice sees the request of another", alice, rbac.ViewRequest, mp42.OwnedBy("bob"), rbac.ReasonNotOwner},
		{"alice sees a request that nobody owns", alice, rbac.ViewRequest, mp42, rbac.ReasonNotOwner},
		{"alice cannot release mp-42", alice, release, mp42, rbac.ReasonNotAssigned},
		{"alice cannot release mp-42 although she owns it",
			alice, release, mp42.OwnedBy("alice"), rbac.ReasonNotAssigned},
		{"alice has nothing assigned",
			staff("alice", shop, inRole(rbac.Developer)), release, mp42, rbac.ReasonNotAssigned},
		{"alice holds mp-42 as an operator",
			staff("alice", shop, inRole(rbac.Developer, "mp-41"), inRole(rbac.Operator, "mp-42")), release, mp42,
			rbac.ReasonNotAssigned},
		{"an assignment that ends now", bounded(time.Time{}, noon), release, mp42, rbac.ReasonExpired},
		{"an assignment that begins later", bounded(noon.Add(1), time.Time{}), release, mp42, rbac.ReasonNotYet},

		{"rita decides a release that nobody owns",
			staff("rita", wallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease, mp42, rbac.ReasonOwnerUnknown},
		{"rita decides her own release", staff("rita", wallet, inRole(rbac.WorkspaceReviewer)), rbac.DecideRelease,
			mp42.OwnedBy("rita"), rbac.ReasonOwnRequest},
		{"alice releases her own mp-41",
			alice, release, shop.MiniProgram("mp-41").OwnedBy("alice"), rbac.ReasonOwnRequest},
	}
}

func granted(role rbac.RoleID, scope rbac.Scope) rbac.Decision {
	return rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted, Role: role, Scope: scope}
}

// everything is a spec that uses every field.
func everything() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram, "report.print": rbac.OnAny},
		Roles: []rbac.Role{
			{ID: "printer", Kind: rbac.KindDeveloper,
				Permissions: rbac.Permissions{"report.print": rbac.ScopeOwn | rbac.ScopeAssigned}},
			{ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor", Description: "Reads.",
				Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant}},
		},
		Extend:    map[rbac.RoleID]rbac.Permissions{rbac.Developer: {"report.export": rbac.ScopeAssigned}},
		Exclusive: [][]rbac.RoleID{{"auditor", rbac.WorkspaceAdmin}},
		FourEyes:  []rbac.Action{"report.export"},
		AtLeast:   map[rbac.RoleID]int{"auditor": 1},
		AtMost:    map[rbac.RoleID]int{"auditor": 4, rbac.WorkspaceAdmin: 9},
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

// describedRoles are as many roles as there may be, with descriptions that fill a document of that many bytes.
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

// listedResources lie at every position to a member of the wallet or of the shop.
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

// publishedRow is a row of the platform's role tables, by the name of the column.
type publishedRow map[string]string

// publishedTable reads testdata/matrix.csv, which the library's table is held to.
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

// roleColumns are the columns between what an action is done to and where its cells come from.
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

// anyOf picks one, and oneIn is true that often.
func anyOf[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func oneIn(random *rand.Rand, n int) bool { return random.IntN(n) == 0 }

// problemsOf are the texts of an error's parts, each of which must be a *ValidationError.
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
