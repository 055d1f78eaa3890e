package proof

import (
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// The wallet has two merchants, the shop and the bakery. The bank is another tenant, with a merchant that is also
// called shop. The last three share an ID with one of the others, or stand beside them.
var (
	theWallet = rbac.Tenant("wallet")
	theShop   = theWallet.Developer("shop")
	theBakery = theWallet.Developer("bakery")
	theBank   = rbac.Tenant("bank")
	banksShop = theBank.Developer("shop")

	walletCafe       = theWallet.Developer("cafe")
	namesakeOfWallet = theWallet.Developer("wallet")
	namesakeOfShop   = rbac.Tenant("shop")
)

// noon is the instant of tests that pass the time.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// Some functions read the clock themselves. These instants are far enough from now for the slowest machine. They
// are of the wall clock alone, as the library keeps them.
var (
	ago   = time.Now().Round(0).Add(-time.Hour)
	soon  = time.Now().Round(0).Add(time.Hour)
	later = soon.Add(time.Hour)
)

const day = 24 * time.Hour

// staff is an active member.
func staff(id string, w rbac.Workspace, as ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: w, Status: rbac.StatusActive, Assignments: as}
}

// annWith is an active member of the shop. She is the one who acts.
func annWith(as ...rbac.Assignment) rbac.Member { return staff("ann", theShop, as...) }

// bobWith is her colleague. He is the one whom others act on.
func bobWith(as ...rbac.Assignment) rbac.Member { return staff("bob", theShop, as...) }

func shopAdmin() rbac.Member { return annWith(inRole(rbac.DeveloperAdmin)) }

func walletAdmin() rbac.Member { return staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)) }

func inRole(role rbac.RoleID, programs ...string) rbac.Assignment {
	return rbac.Assignment{Role: role, MiniPrograms: programs}
}

func from(start time.Time, as rbac.Assignment) rbac.Assignment {
	as.NotBefore = start
	return as
}

func until(end time.Time, as rbac.Assignment) rbac.Assignment {
	as.NotAfter = end
	return as
}

func inStatus(s rbac.Status, m rbac.Member) rbac.Member {
	m.Status = s
	return m
}

func newRole(kind rbac.WorkspaceKind, p rbac.Permissions) rbac.Role {
	return rbac.Role{ID: "newcomer", Kind: kind, Permissions: p}
}

// suspended is the member of a suspended workspace.
func suspended(m rbac.Member) rbac.Member {
	m.Suspended = true
	return m
}

// programsTo are mp-1 to mp-n.
func programsTo(n int) []string {
	programs := make([]string, n)
	for i := range programs {
		programs[i] = fmt.Sprintf("mp-%d", i+1)
	}
	return programs
}

// The roles of officePolicy. All but the last two are a merchant's.
const (
	deputy     rbac.RoleID = "deputy"      // sets roles, assigns mini programs, blocks members, defines roles
	setter     rbac.RoleID = "setter"      // sets roles, without mini programs
	reader     rbac.RoleID = "reader"      // report.read in the workspace
	releaser   rbac.RoleID = "releaser"    // miniprogram.release on assigned programs
	signer     rbac.RoleID = "signer"      // miniprogram.release in the workspace
	promoter   rbac.RoleID = "promoter"    // feedback.read on assigned programs; no default role has it
	keeper     rbac.RoleID = "keeper"      // manages the members of every mini program of the workspace
	maker      rbac.RoleID = "maker"       // excludes approver
	approver   rbac.RoleID = "approver"    // excludes maker
	bystander  rbac.RoleID = "bystander"   // grants nothing
	regional   rbac.RoleID = "regional"    // administers and reads across the tenant
	walletOnly rbac.RoleID = "wallet_only" // sets roles across the tenant, reads in the wallet only
)

const (
	readReports  rbac.Action = "report.read"
	readFeedback rbac.Action = "feedback.read"
)

// officePolicy is the default policy with these roles.
var officePolicy = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Actions:   map[rbac.Action]rbac.Target{readReports: rbac.OnAny, readFeedback: rbac.OnMiniProgram},
	Exclusive: [][]rbac.RoleID{{maker, approver}},
	Roles: []rbac.Role{
		{ID: deputy, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole:      rbac.ScopeWorkspace,
			rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.BlockMember:        rbac.ScopeWorkspace,
			rbac.DefineRole:         rbac.ScopeWorkspace,
		}},
		{ID: setter, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}},
		{ID: reader, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{readReports: rbac.ScopeWorkspace}},
		{ID: releaser, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.ReleaseMiniProgram: rbac.ScopeAssigned,
		}},
		{ID: signer, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.ReleaseMiniProgram: rbac.ScopeWorkspace,
		}},
		{ID: promoter, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{readFeedback: rbac.ScopeAssigned}},
		{ID: keeper, Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.ManageMiniProgramMembers: rbac.ScopeWorkspace,
		}},
		{ID: maker, Kind: rbac.KindDeveloper},
		{ID: approver, Kind: rbac.KindDeveloper},
		{ID: bystander, Kind: rbac.KindDeveloper},
		{ID: regional, Kind: rbac.KindTenant, Permissions: rbac.Permissions{
			rbac.SetMemberRole:      rbac.ScopeTenant,
			rbac.AssignMiniPrograms: rbac.ScopeTenant,
			rbac.BlockMember:        rbac.ScopeTenant,
			rbac.DefineRole:         rbac.ScopeTenant,
			readReports:             rbac.ScopeTenant,
			rbac.ReleaseMiniProgram: rbac.ScopeAssigned,
		}},
		{ID: walletOnly, Kind: rbac.KindTenant, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant,
			rbac.DefineRole:    rbac.ScopeWorkspace,
			readReports:        rbac.ScopeWorkspace,
			rbac.ViewRequest:   rbac.ScopeOwn,
		}},
	},
}))

// gridPolicy has every combination of targets and scopes that New accepts. For each set of targets it has an action
// "on.<targets>" and an action "eyes.<targets>" that takes four eyes. For each kind and each set of scopes it has a
// role "<kind>.<scopes>", which grants all actions with those scopes, as far as they can match and four eyes let them.
var gridPolicy = rbac.Must(rbac.New(gridSpec()))

func gridSpec() rbac.Spec {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for target := rbac.OnTenant; target <= rbac.OnAny; target++ {
		spec.Actions[gridAction("on", target)] = target
		spec.Actions[gridAction("eyes", target)] = target
		spec.FourEyes = append(spec.FourEyes, gridAction("eyes", target))
	}
	for scopes := rbac.ScopeOwn; scopes < 2*rbac.ScopeTenant; scopes++ {
		spec.Roles = append(spec.Roles, newGridRole(rbac.KindTenant, scopes, spec.Actions))
		if scopes < rbac.ScopeTenant {
			spec.Roles = append(spec.Roles, newGridRole(rbac.KindDeveloper, scopes, spec.Actions))
		}
	}
	return spec
}

func gridAction(family string, target rbac.Target) rbac.Action {
	return rbac.Action(family + "." + strings.ReplaceAll(target.String(), "|", "_"))
}

func gridRole(kind rbac.WorkspaceKind, scopes rbac.Scope) rbac.RoleID {
	return rbac.RoleID(kind.String() + "." + strings.ReplaceAll(scopes.String(), "|", "_"))
}

func newGridRole(kind rbac.WorkspaceKind, scopes rbac.Scope, actions map[rbac.Action]rbac.Target) rbac.Role {
	role := rbac.Role{ID: gridRole(kind, scopes), Kind: kind, Permissions: rbac.Permissions{}}
	for action, target := range actions {
		for _, scope := range eachScope {
			if scopes&scope != 0 && isUsable(scope, kind, target) {
				role.Permissions[action] |= scope
			}
		}
		if strings.HasPrefix(string(action), "eyes.") && role.Permissions[action] == rbac.ScopeOwn {
			delete(role.Permissions, action)
		}
	}
	return role
}

// gridMember holds the role of those scopes, with those programs, in the wallet or the shop.
func gridMember(kind rbac.WorkspaceKind, scopes rbac.Scope, programs ...string) rbac.Member {
	return staff("ann", gridHome(kind), inRole(gridRole(kind, scopes), programs...))
}

func gridHome(kind rbac.WorkspaceKind) rbac.Workspace {
	if kind == rbac.KindTenant {
		return theWallet
	}
	return theShop
}

// gridMembers hold each role with no program, with an empty one and with some, and together with a weaker role.
func gridMembers() []rbac.Member {
	var members []rbac.Member
	for role := range gridPolicy.Roles() {
		home := gridHome(role.Kind)
		for _, programs := range [][]string{nil, {""}, {"mp-1"}, {"mp-2", "", "mp-1", "mp-2"}} {
			members = append(members, staff("ann", home, inRole(role.ID, programs...)))
		}
		weaker := gridRole(role.Kind, rbac.ScopeAssigned)
		members = append(members, staff("ann", home, inRole(weaker, "mp-3"), inRole(role.ID, "mp-1")))
	}
	return members
}

// gridResources are in every position to a member of the wallet or the shop.
func gridResources() []rbac.Resource {
	places := []rbac.Workspace{
		theWallet, theShop, theBakery, namesakeOfWallet, theBank, banksShop, namesakeOfShop,
		{},
		{Kind: rbac.KindDeveloper, Tenant: "wallet"},
		{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"},
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

// fullSpec uses every field of a Spec.
func fullSpec() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram, "report.print": rbac.OnAny},
		Labels:  map[rbac.Action]rbac.Label{"report.export": {Name: "Export reports", Group: "Reports"}},
		Roles: []rbac.Role{
			{ID: "printer", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
				"report.print": rbac.ScopeOwn | rbac.ScopeAssigned,
			}},
			{
				ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor", Description: "Reads.",
				Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant},
			},
			{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theShop, Permissions: rbac.Permissions{
				"report.print": rbac.ScopeWorkspace,
			}},
		},
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.Developer: {"report.export": rbac.ScopeAssigned}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}, rbac.DeveloperAdmin: {"cashier"}},
		Exclusive:   [][]rbac.RoleID{{"auditor", rbac.WorkspaceAdmin}},
		FourEyes:    []rbac.Action{"report.export"},
		AtLeast:     map[rbac.RoleID]int{"auditor": 1},
		AtMost:      map[rbac.RoleID]int{"auditor": 4, rbac.WorkspaceAdmin: 9},
	}
}

// allColumns name a column for each part of a resource, in the dialect with the shortest text.
var allColumns = rbac.Columns{
	Dialect: rbac.SQLite, Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "program", Owner: "owner",
}

// clauseOf is the SQL of a filter, without its arguments.
func clauseOf(t *testing.T, f rbac.Filter) string {
	t.Helper()
	clause, _, err := f.Where(allColumns)
	require.NoError(t, err)
	return clause
}

func isEmpty[T any](seq iter.Seq[T]) bool {
	for range seq {
		return false
	}
	return true
}

func setOf[T comparable](seq iter.Seq[T]) map[T]bool {
	set := map[T]bool{}
	for item := range seq {
		set[item] = true
	}
	return set
}
