package rbac_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict is a decision of administration in words: who allowed it and how far, or what was denied, why, and what the
// actor lacks.
func verdict(d rbac.Decision) string {
	if d.Allowed {
		return fmt.Sprintf("yes, by %s (%s)", d.Role, d.Scope)
	}
	var denied *rbac.DeniedError
	if !errors.As(d.Err(), &denied) || d.Role != "" || d.Scope != 0 || d.Reason != denied.Reason {
		return fmt.Sprintf("not a denial: %+v", d)
	}
	text := fmt.Sprintf("%s: %s", denied.Action, denied.Reason)
	if denied.Lacking != "" {
		text += ", lacking " + denied.Lacking
	}
	return text
}

// adminRow is one question of administration and its answer.
type adminRow struct {
	name   string
	by, to rbac.Member
	a      rbac.Assignment
	want   string
}

func checkRows(t *testing.T, check func(by, to rbac.Member, a rbac.Assignment) rbac.Decision, rows []adminRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.want, verdict(check(row.by, row.to, row.a)))
		})
	}
}

// columnsOfRoles are the seven roles, in the order of the platform's tables.
var columnsOfRoles = []rbac.RoleID{
	rbac.WorkspaceAdmin, rbac.WorkspaceReviewer, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator,
	rbac.DeveloperAdmin, rbac.Developer, rbac.Operator,
}

// homeOf is the wallet for its four roles and the shop for the three of merchants.
func homeOf(role rbac.RoleID) rbac.Workspace {
	if slices.Index(columnsOfRoles, role) < 4 {
		return theWallet
	}
	return theShop
}

// tableOfRoles writes a row for each actor, and in it a cell for each role that is given or taken.
func tableOfRoles(cell func(actor, role rbac.RoleID) string) string {
	var table strings.Builder
	for _, actor := range columnsOfRoles {
		row := fmt.Sprintf("%-20s", actor)
		for _, role := range columnsOfRoles {
			row += fmt.Sprintf(" %-11s", cell(actor, role))
		}
		table.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	return table.String()
}

// cellOf shortens a verdict to one word.
func cellOf(d rbac.Decision) string {
	words := map[rbac.Reason]string{
		rbac.ReasonGranted:          "yes",
		rbac.ReasonNotGranted:       "-",
		rbac.ReasonOwnWorkspaceOnly: "own only",
		rbac.ReasonOtherWorkspace:   "invisible",
		rbac.ReasonNotCovered:       "too much",
	}
	word, known := words[d.Reason]
	if !known {
		return d.Reason.String()
	}
	if d.Scope == rbac.ScopeAssigned {
		return "program"
	}
	return word
}

// The actor holds the role of the row; the other member is of the workspace in which the role of the column is held:
// the wallet for the first four, the shop for the last three. An actor of the wallet is the tenant's towards the shop.
//
//	yes        may give or take it
//	program    may add the mini program to it, or remove it, and no more
//	-          no role grants it
//	own only   the role grants it in the own workspace only
//	invisible  the actor cannot know of the other member
var tablesOfRoles = []struct {
	name  string
	check func(by, to rbac.Member, a rbac.Assignment) rbac.Decision
	other func(role rbac.RoleID) rbac.Member     // the member who is changed
	a     func(role rbac.RoleID) rbac.Assignment // what is given or taken
	want  string
}{
	{
		name:  "who gives what role to whom",
		check: rbac.Default().CheckAssign,
		other: func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role)) },
		a:     func(role rbac.RoleID) rbac.Assignment { return inRole(role) },
		//                    w.admin     w.reviewer  w.developer w.operator  d.admin     developer   operator
		want: `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   -           -           -
operator             invisible   invisible   invisible   invisible   -           -           -
`,
	},
	{
		name:  "who adds the mini program mp-1 to whose role, which has another already",
		check: rbac.Default().CheckAssign,
		other: func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role), inRole(role, "mp-2")) },
		a:     func(role rbac.RoleID) rbac.Assignment { return inRole(role, "mp-1") },
		//                    w.admin     w.reviewer  w.developer w.operator  d.admin     developer   operator
		want: `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   program     program     program
operator             invisible   invisible   invisible   invisible   -           -           -
`,
	},
	{
		name:  "who takes what role from whom",
		check: rbac.Default().CheckRevoke,
		other: func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role), inRole(role, "mp-1", "mp-2")) },
		a:     func(role rbac.RoleID) rbac.Assignment { return inRole(role) },
		//                    w.admin     w.reviewer  w.developer w.operator  d.admin     developer   operator
		want: `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   -           -           -
operator             invisible   invisible   invisible   invisible   -           -           -
`,
	},
	{
		name:  "who takes the mini program mp-1 from whose role",
		check: rbac.Default().CheckRevoke,
		other: func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role), inRole(role, "mp-1", "mp-2")) },
		a:     func(role rbac.RoleID) rbac.Assignment { return inRole(role, "mp-1") },
		//                    w.admin     w.reviewer  w.developer w.operator  d.admin     developer   operator
		want: `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   program     program     program
operator             invisible   invisible   invisible   invisible   -           -           -
`,
	},
	{
		name: "who blocks whom",
		check: func(by, to rbac.Member, _ rbac.Assignment) rbac.Decision {
			return rbac.Default().CheckManage(by, to, rbac.BlockMember)
		},
		other: func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role), inRole(role, "mp-1")) },
		a:     func(rbac.RoleID) rbac.Assignment { return rbac.Assignment{} },
		//                    w.admin     w.reviewer  w.developer w.operator  d.admin     developer   operator
		want: `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   -           -           -
operator             invisible   invisible   invisible   invisible   -           -           -
`,
	},
}

func TestCheckAssignAmongTheSevenRoles(t *testing.T) {
	for _, table := range tablesOfRoles {
		t.Run(table.name, func(t *testing.T) {
			got := tableOfRoles(func(actor, role rbac.RoleID) string {
				by := staff("ann", homeOf(actor), inRole(actor, "mp-1"))
				return cellOf(table.check(by, table.other(role), table.a(role)))
			})
			assert.Equal(t, strings.TrimPrefix(table.want, "\n"), got)
		})
	}
}

func TestCheckAssignRevokeAndManageNeedTwoMembers(t *testing.T) {
	admin := annWith(inRole(rbac.DeveloperAdmin))
	tests := []struct {
		name   string
		policy *rbac.Policy
		by, to rbac.Member
		want   rbac.Reason
	}{
		{"two colleagues", offices, admin, inShop(), rbac.ReasonGranted},
		{"no policy", nil, admin, inShop(), rbac.ReasonNoPolicy},
		{"the zero policy", &rbac.Policy{}, admin, inShop(), rbac.ReasonNoPolicy},
		{"oneself", offices, admin, admin, rbac.ReasonSelf},
		{"oneself, by no policy", nil, admin, admin, rbac.ReasonNoPolicy},
		{"oneself, by the zero policy", &rbac.Policy{}, admin, admin, rbac.ReasonNoPolicy},
		{"oneself as loaded at another time", offices, admin, inStatus(rbac.StatusBlocked, annWith()), rbac.ReasonSelf},
		{"a namesake in another workspace",
			offices, staff("ann", theWallet, inRole(regional)), annWith(), rbac.ReasonGranted},
		{"one without an ID", offices, admin, staff("", theShop), rbac.ReasonInvalidTarget},
		{"two without IDs",
			offices, staff("", theShop, inRole(rbac.DeveloperAdmin)), staff("", theShop), rbac.ReasonInvalidTarget},
		{"one without a status", offices, admin, inStatus(0, inShop()), rbac.ReasonInvalidTarget},
		{"one with a status beyond the last",
			offices, admin, inStatus(rbac.StatusDeleted+1, inShop()), rbac.ReasonInvalidTarget},
		{"one who is invited", offices, admin, inStatus(rbac.StatusInvited, inShop()), rbac.ReasonGranted},
		{"one who is blocked", offices, admin, inStatus(rbac.StatusBlocked, inShop()), rbac.ReasonGranted},
		{"one who is withdrawn", offices, admin, inStatus(rbac.StatusWithdrawn, inShop()), rbac.ReasonGranted},
		{"one who is deleted", offices, admin, inStatus(rbac.StatusDeleted, inShop()), rbac.ReasonGranted},
		{"one of another merchant", offices, admin, staff("bob", theBakery), rbac.ReasonOtherWorkspace},
		{"one of the tenant", offices, admin, staff("bob", theWallet), rbac.ReasonOtherWorkspace},
		{"one of another tenant", offices, admin, staff("bob", theBank), rbac.ReasonOtherTenant},
		{"one of another tenant's shop of the same ID",
			offices, admin, staff("bob", banksShop), rbac.ReasonOtherTenant},
		{"one of an invalid workspace", offices, admin, staff("bob", rbac.Workspace{}), rbac.ReasonInvalidWorkspace},
		{"a tenant's admin and a merchant's member",
			offices, staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)), inShop(), rbac.ReasonOwnWorkspaceOnly},
		{"an actor without an ID",
			offices, staff("", theShop, inRole(rbac.DeveloperAdmin)), inShop(), rbac.ReasonInvalidMember},
		{"an actor without a status", offices, inStatus(0, admin), inShop(), rbac.ReasonInvalidMember},
		{"an actor who is invited", offices, inStatus(rbac.StatusInvited, admin), inShop(), rbac.ReasonInvited},
		{"an actor who is blocked", offices, inStatus(rbac.StatusBlocked, admin), inShop(), rbac.ReasonBlocked},
		{"an actor who is withdrawn", offices, inStatus(rbac.StatusWithdrawn, admin), inShop(), rbac.ReasonWithdrawn},
		{"an actor who is deleted", offices, inStatus(rbac.StatusDeleted, admin), inShop(), rbac.ReasonDeleted},
		{"an actor of an invalid workspace", offices, staff("ann", rbac.Workspace{}, inRole(rbac.DeveloperAdmin)),
			inShop(), rbac.ReasonInvalidWorkspace},
		{"an actor whose role is over",
			offices, annWith(until(ago, inRole(rbac.DeveloperAdmin))), inShop(), rbac.ReasonExpired},
		{"an actor whose role is yet to come",
			offices, annWith(from(soon, inRole(rbac.DeveloperAdmin))), inShop(), rbac.ReasonNotYet},
		{"an actor whose role is unknown", offices, annWith(inRole("nobody")), inShop(), rbac.ReasonUnknownRole},
		{"an actor whose role is of the other kind",
			offices, annWith(inRole(rbac.WorkspaceAdmin)), inShop(), rbac.ReasonOtherKind},
		{"an actor without a role", offices, annWith(), inShop(), rbac.ReasonNoRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			given, held := inRole(bystander), test.to
			held.Assignments = []rbac.Assignment{given}
			decisions := map[string]rbac.Decision{
				"CheckAssign": test.policy.CheckAssign(test.by, test.to, given),
				"CheckRevoke": test.policy.CheckRevoke(test.by, held, given),
				"CheckManage": test.policy.CheckManage(test.by, test.to, rbac.BlockMember),
			}
			for check, got := range decisions {
				assert.Equal(t, test.want, got.Reason, check)
				assert.Equal(t, test.want == rbac.ReasonGranted, got.Allowed, check)
			}
		})
	}
}

func TestCheckAssignRevokeManageAndDefineNameTheAction(t *testing.T) {
	admin := annWith(inRole(rbac.DeveloperAdmin))
	given := inRole(bystander)
	tests := []struct {
		name string
		got  rbac.Decision
		want string
	}{
		{"assigning to oneself", offices.CheckAssign(admin, admin, given), "member.set_role: self"},
		{"revoking from oneself", offices.CheckRevoke(admin, admin, given), "member.set_role: self"},
		{"blocking oneself", offices.CheckManage(admin, admin, rbac.BlockMember), "member.block: self"},
		{"assigning without the right",
			offices.CheckAssign(annWith(inRole(reader)), inShop(), given), "member.set_role: not_granted"},
		{"revoking without the right",
			offices.CheckRevoke(annWith(inRole(reader)), inShop(), given), "member.set_role: not_granted"},
		{"blocking without the right",
			offices.CheckManage(annWith(inRole(reader)), inShop(), rbac.BlockMember), "member.block: not_granted"},
		{"defining without the right",
			offices.CheckDefine(annWith(inRole(reader)), rbac.Role{ID: "new", Kind: rbac.KindDeveloper}),
			"role.define: not_granted"},
		{"defining what exists",
			offices.CheckDefine(admin, rbac.Role{ID: deputy, Kind: rbac.KindDeveloper}), "role.define: role_exists"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { assert.Equal(t, test.want, verdict(test.got)) })
	}
	assert.EqualError(t, offices.CheckAssign(annWith(inRole(deputy)), inShop(), inRole(reader)).Err(),
		"rbac: member.set_role denied: the member lacks permissions that the change needs (report.read: workspace)")
}

// Whoever acts on a member must cover all that the member holds or will hold, whatever the member's status.
func TestCheckAssignRevokeAndManageCoverWhatTheOtherHolds(t *testing.T) {
	lacking := "not_covered, lacking miniprogram.release: workspace"
	strong := inRole(signer)
	tests := []struct {
		name string
		by   rbac.Member
		to   rbac.Member
		want string
	}{
		{"nothing", annWith(inRole(deputy)), inShop(), "yes"},
		{"less", annWith(inRole(deputy)), inShop(inRole(setter)), "yes"},
		{"more", annWith(inRole(deputy)), inShop(strong), lacking},
		{"more, behind another assignment", annWith(inRole(deputy)), inShop(inRole(setter), strong), lacking},
		{"more, but the actor has it too", annWith(inRole(deputy), strong), inShop(strong), "yes"},
		{"more, from tomorrow", annWith(inRole(deputy)), inShop(from(soon, strong)), lacking},
		{"more, until yesterday", annWith(inRole(deputy)), inShop(until(ago, strong)), "yes"},
		{"more, until now has passed by little", annWith(inRole(deputy)), inShop(until(time.Now(), strong)), "yes"},
		{"more, but never", annWith(inRole(deputy)), inShop(from(later, until(soon, strong))), "yes"},
		{"for longer than the actor",
			annWith(inRole(deputy), until(soon, strong)), inShop(until(soon.Add(1), strong)), lacking},
		{"for as long as the actor", annWith(inRole(deputy), until(soon, strong)), inShop(until(soon, strong)), "yes"},
		{"for ever, and the actor not", annWith(inRole(deputy), until(soon, strong)), inShop(strong), lacking},
		{"a program that is not the actor's", annWith(inRole(deputy), inRole(releaser, "mp-1")),
			inShop(inRole(releaser, "mp-2")), "not_covered, lacking miniprogram.release: assigned"},
		{"a program that is the actor's",
			annWith(inRole(deputy), inRole(releaser, "mp-1")), inShop(inRole(releaser, "mp-1")), "yes"},
		{"an empty program", annWith(inRole(deputy), inRole(releaser, "")), inShop(inRole(releaser, "")), "yes"},
		{"a program that is not the actor's, behind an empty one", annWith(inRole(deputy), inRole(releaser, "mp-1")),
			inShop(inRole(releaser, "", "mp-2")), "not_covered, lacking miniprogram.release: assigned"},
		{"an unknown role", annWith(inRole(deputy)), inShop(inRole("nobody", "mp-1")), "yes"},
		{"a role of the other kind", annWith(inRole(deputy)), inShop(inRole(rbac.WorkspaceAdmin, "mp-1")), "yes"},
		{"more, while invited", annWith(inRole(deputy)), inStatus(rbac.StatusInvited, inShop(strong)), lacking},
		{"more, while blocked", annWith(inRole(deputy)), inStatus(rbac.StatusBlocked, inShop(strong)), lacking},
		{"more, while withdrawn", annWith(inRole(deputy)), inStatus(rbac.StatusWithdrawn, inShop(strong)), lacking},
		{"more, while deleted", annWith(inRole(deputy)), inStatus(rbac.StatusDeleted, inShop(strong)), lacking},
		{"two roles of more, in name order", annWith(inRole(deputy)), inShop(inRole(reader), strong),
			"not_covered, lacking miniprogram.release: workspace, report.read: workspace"},
		{"two scopes of one action", annWith(inRole(deputy)), inShop(inRole(releaser, "mp-1"), strong),
			"not_covered, lacking miniprogram.release: assigned|workspace"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			held := test.to
			held.Assignments = append([]rbac.Assignment{inRole(bystander)}, held.Assignments...)
			assert.Equal(t, asDeputy("member.set_role", test.want),
				verdict(offices.CheckAssign(test.by, test.to, inRole(bystander))), "CheckAssign")
			assert.Equal(t, asDeputy("member.set_role", test.want),
				verdict(offices.CheckRevoke(test.by, held, inRole(bystander))), "CheckRevoke")
			assert.Equal(t, asDeputy("member.block", test.want),
				verdict(offices.CheckManage(test.by, test.to, rbac.BlockMember)), "CheckManage")
		})
	}
}

// asDeputy is the verdict of a deputy's check that needs the action.
func asDeputy(action rbac.Action, answer string) string {
	if answer == "yes" {
		return "yes, by deputy (workspace)"
	}
	return fmt.Sprintf("%s: %s", action, answer)
}

func TestCheckAssignNeedsItsActions(t *testing.T) {
	checkRows(t, offices.CheckAssign, []adminRow{
		{"a role, by one who sets roles",
			annWith(inRole(setter)), inShop(), inRole(bystander), "yes, by setter (workspace)"},
		{"a role, by one who only assigns programs",
			annWith(inRole(assigner)), inShop(), inRole(bystander), "member.set_role: not_granted"},
		{"a role with a program, by one who only sets roles",
			annWith(inRole(setter)), inShop(), inRole(bystander, "mp-1"), "member.assign_miniprograms: not_granted"},
		{"a role with a program, by one who only assigns programs",
			annWith(inRole(assigner)), inShop(), inRole(bystander, "mp-1"), "member.set_role: not_granted"},
		{"a role with a program, by one who does both in two roles", annWith(inRole(assigner), inRole(setter)),
			inShop(), inRole(bystander, "mp-1"), "yes, by setter (workspace)"},
		{"a role with a program, by one who does both in one role",
			annWith(inRole(deputy)), inShop(), inRole(bystander, "mp-1"), "yes, by deputy (workspace)"},
		{"a role with an empty list, by one who only sets roles", annWith(inRole(setter)), inShop(),
			rbac.Assignment{Role: bystander, MiniPrograms: []string{}}, "yes, by setter (workspace)"},
	})
}

func TestCheckAssignRefusesWhatCannotBeHeld(t *testing.T) {
	deputyAnn := annWith(inRole(deputy))
	checkRows(t, offices.CheckAssign, []adminRow{
		{"an unknown role", deputyAnn, inShop(), inRole("nobody"), "member.set_role: unknown_role"},
		{"a role without a name", deputyAnn, inShop(), inRole(""), "member.set_role: unknown_role"},
		{"a role of the other kind", deputyAnn, inShop(), inRole(tenantRead), "member.set_role: other_kind"},
		{"an empty mini program",
			deputyAnn, inShop(), inRole(bystander, "mp-1", ""), "member.set_role: invalid_assignment"},
		{"a role whose time is over",
			deputyAnn, inShop(), until(ago, inRole(bystander)), "member.set_role: invalid_assignment"},
		{"a role with reversed bounds",
			deputyAnn, inShop(), from(later, until(soon, inRole(bystander))), "member.set_role: invalid_assignment"},
		{"a role with equal bounds",
			deputyAnn, inShop(), from(soon, until(soon, inRole(bystander))), "member.set_role: invalid_assignment"},
		{"a role for a nanosecond",
			deputyAnn, inShop(), from(soon, until(soon.Add(1), inRole(bystander))), "yes, by deputy (workspace)"},
		{"a role that is yet to come",
			deputyAnn, inShop(), from(soon, inRole(bystander)), "yes, by deputy (workspace)"},
	})
}

func TestCheckAssignCoversWhatIsGiven(t *testing.T) {
	reads, releases := inRole(reader), inRole(releaser, "mp-1")
	everything := inRole(signer)
	checkRows(t, offices.CheckAssign, []adminRow{
		{"nothing", annWith(inRole(deputy)), inShop(), inRole(bystander), "yes, by deputy (workspace)"},
		{"what the actor lacks",
			annWith(inRole(deputy)), inShop(), reads, "member.set_role: not_covered, lacking report.read: workspace"},
		{"what another role of the actor has",
			annWith(inRole(deputy), reads), inShop(), reads, "yes, by deputy (workspace)"},
		{"what the actor has had", annWith(inRole(deputy), until(ago, reads)), inShop(), reads,
			"member.set_role: not_covered, lacking report.read: workspace"},
		{"what the actor will have", annWith(inRole(deputy), from(soon, reads)), inShop(), from(soon, reads),
			"member.set_role: not_covered, lacking report.read: workspace"},
		{"the actor's own role", annWith(inRole(deputy)), inShop(), inRole(deputy), "yes, by deputy (workspace)"},
		{"the actor's own role, beside one that is unknown",
			annWith(inRole("nobody", "mp-1"), inRole(deputy)), inShop(), inRole(deputy), "yes, by deputy (workspace)"},
		{"what only a role of the other kind has", annWith(inRole(fleet), inRole(deputy)), inShop(), reads,
			"member.set_role: not_covered, lacking report.read: workspace"},

		{"own things, by one without", annWith(inRole(deputy)), inShop(), inRole(requester),
			"member.set_role: not_covered, lacking request.view: own"},
		{"own things, by one with own things",
			annWith(inRole(deputy), inRole(requester)), inShop(), inRole(requester), "yes, by deputy (workspace)"},

		{"the actor's program",
			annWith(inRole(deputy), releases), inShop(), inRole(releaser, "mp-1"), "yes, by deputy (workspace)"},
		{"another program", annWith(inRole(deputy), releases), inShop(), inRole(releaser, "mp-2"),
			"member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"the actor's program and another", annWith(inRole(deputy), releases), inShop(),
			inRole(releaser, "mp-1", "mp-2"), "member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"two programs of two assignments", annWith(inRole(deputy), releases, inRole(releaser, "mp-2")), inShop(),
			inRole(releaser, "mp-2", "mp-1"), "yes, by deputy (workspace)"},
		{"no program", annWith(inRole(deputy)), inShop(), inRole(releaser), "yes, by deputy (workspace)"},
		{"a program that another role of the actor names", annWith(inRole(deputy, "mp-2"), releases), inShop(),
			inRole(releaser, "mp-2"), "member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"a program, by one with the whole workspace",
			annWith(inRole(deputy), everything), inShop(), inRole(releaser, "mp-9"), "yes, by deputy (workspace)"},
		{"the whole workspace, by one with a program", annWith(inRole(deputy), releases), inShop(), everything,
			"member.set_role: not_covered, lacking miniprogram.release: workspace"},
		{"a sibling of fewer rights", annWith(inRole(deputy)), inShop(), inRole(setter), "yes, by deputy (workspace)"},
		{"a sibling of more rights", annWith(inRole(setter)), inShop(), inRole(deputy),
			"member.set_role: not_covered, lacking member.assign_miniprograms: workspace, member.block: workspace, role.define: workspace"},
	})
}

func TestCheckAssignCoversAtThePlaceOfTheChange(t *testing.T) {
	director := staff("ann", theWallet, inRole(regional, "mp-1"))
	confined := staff("ann", theWallet, inRole(walletOnly))
	inWallet := staff("bob", theWallet)
	checkRows(t, offices.CheckAssign, []adminRow{
		{"a merchant's role, by one who has it in the whole tenant",
			director, inShop(), inRole(reader), "yes, by regional (tenant)"},
		{"a merchant's role, by one who has it in the wallet",
			confined, inShop(), inRole(reader), "member.set_role: not_covered, lacking report.read: workspace"},
		{"a wallet's role, by one who has it in the wallet",
			confined, inWallet, inRole(tenantRead), "yes, by wallet_only (tenant)"},
		{"a wallet's role, by one who has it in the whole tenant",
			director, inWallet, inRole(tenantRead), "yes, by regional (tenant)"},
		{"the whole tenant, by one who has the wallet",
			confined, inWallet, inRole(fleet), "member.set_role: not_covered, lacking report.read: tenant"},
		{"the whole tenant, by one who has it", director, inWallet, inRole(fleet), "yes, by regional (tenant)"},
		{"own things of a merchant, by one with own things of the wallet",
			confined, inShop(), inRole(requester), "member.set_role: not_covered, lacking request.view: own"},
		{"a merchant's program, by one with the wallet's program of that ID", director, inShop(),
			inRole(releaser, "mp-1"), "member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"a merchant's role, by a Workspace Admin", staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)), inShop(),
			inRole(reader), "member.set_role: own_workspace_only"},
	})
}

func TestCheckAssignCoversForAsLongAsItLasts(t *testing.T) {
	lasting := inRole(deputy)
	reads := until(soon, inRole(reader))
	lacking := "member.set_role: not_covered, lacking report.read: workspace"
	releases := until(soon, inRole(releaser, "mp-1"))
	checkRows(t, offices.CheckAssign, []adminRow{
		{"until the actor's end",
			annWith(lasting, reads), inShop(), until(soon, inRole(reader)), "yes, by deputy (workspace)"},
		{"until just before the actor's end",
			annWith(lasting, reads), inShop(), until(soon.Add(-1), inRole(reader)), "yes, by deputy (workspace)"},
		{"until just after the actor's end",
			annWith(lasting, reads), inShop(), until(soon.Add(1), inRole(reader)), lacking},
		{"until the actor's end in another zone", annWith(lasting, reads), inShop(),
			until(soon.In(time.FixedZone("east", 14*3600)), inRole(reader)), "yes, by deputy (workspace)"},
		{"for ever", annWith(lasting, reads), inShop(), inRole(reader), lacking},
		{"for ever, by one who has it for ever",
			annWith(lasting, inRole(reader)), inShop(), inRole(reader), "yes, by deputy (workspace)"},
		{"later than now, until the actor's end", annWith(lasting, reads), inShop(),
			from(soon.Add(-1), until(soon, inRole(reader))), "yes, by deputy (workspace)"},
		{"after the actor's end", annWith(lasting, reads), inShop(), from(soon, until(later, inRole(reader))), lacking},
		{"until the later of two ends", annWith(lasting, until(later, inRole(reader)), reads), inShop(),
			until(later, inRole(reader)), "yes, by deputy (workspace)"},
		{"until the later of two ends, in the other order", annWith(lasting, reads, until(later, inRole(reader))),
			inShop(), until(later, inRole(reader)), "yes, by deputy (workspace)"},
		{"the temporary deputy's own role, for ever", annWith(until(soon, lasting)), inShop(), inRole(setter),
			"member.set_role: not_covered, lacking member.set_role: workspace"},
		{"the temporary deputy's own role, until the same end",
			annWith(until(soon, lasting)), inShop(), until(soon, inRole(setter)), "yes, by deputy (workspace)"},
		{"what gives nothing, for ever, by a temporary deputy",
			annWith(until(soon, lasting)), inShop(), inRole(bystander), "yes, by deputy (workspace)"},

		{"a program until the actor's end",
			annWith(lasting, releases), inShop(), until(soon, inRole(releaser, "mp-1")), "yes, by deputy (workspace)"},
		{"a program until just after the actor's end", annWith(lasting, releases), inShop(),
			until(soon.Add(1), inRole(releaser, "mp-1")),
			"member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"a program for ever", annWith(lasting, releases), inShop(), inRole(releaser, "mp-1"),
			"member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"a program for ever, by one whose whole workspace ends", annWith(lasting, until(soon, inRole(signer))),
			inShop(), inRole(releaser, "mp-1"), "member.set_role: not_covered, lacking miniprogram.release: assigned"},
		{"a program for ever, by a temporary holder of the workspace and a lasting one of the program",
			annWith(lasting, until(soon, inRole(signer)), inRole(releaser, "mp-1")), inShop(), inRole(releaser, "mp-1"),
			"yes, by deputy (workspace)"},
	})
}

func TestCheckAssignCutsALongListOfWhatIsLacking(t *testing.T) {
	tests := []struct {
		lacking int
		want    string
	}{
		{1, "a00: workspace"},
		{2, "a00: workspace, a01: workspace"},
		{16, listOfLacking(16)},
		{17, listOfLacking(16) + ", and 1 more"},
		{30, listOfLacking(16) + ", and 14 more"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.lacking), func(t *testing.T) {
			policy := policyWithBroadRole(test.lacking)
			var denied *rbac.DeniedError
			require.ErrorAs(t, policy.CheckAssign(annWith(inRole(setter)), inShop(), inRole("broad")).Err(), &denied)
			assert.Equal(t, test.want, denied.Lacking)
		})
	}
}

func listOfLacking(n int) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf("a%02d: workspace", i))
	}
	return strings.Join(items, ", ")
}

// policyWithBroadRole has a setter of roles, and a role that grants that many actions.
func policyWithBroadRole(actions int) *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.SetMemberRole: rbac.OnWorkspace}}
	broad := rbac.Role{ID: "broad", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{}}
	for i := range actions {
		action := rbac.Action(fmt.Sprintf("a%02d", i))
		spec.Actions[action] = rbac.OnWorkspace
		broad.Permissions[action] = rbac.ScopeWorkspace
	}
	set := rbac.Role{ID: setter, Kind: rbac.KindDeveloper,
		Permissions: rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}}
	spec.Roles = []rbac.Role{broad, set}
	return rbac.Must(rbac.New(spec))
}

// A merchant's Developer picks members for the programs that are the Developer's own.
func TestCheckAssignLetsADeveloperAddOwnPrograms(t *testing.T) {
	dev := annWith(inRole(rbac.Developer, "mp-1", "mp-2"))
	has3 := inShop(inRole(rbac.Developer, "mp-3"))
	yes, no := "yes, by developer (assigned)", "member.set_role: not_granted"
	window := from(ago, until(soon, inRole(rbac.Developer, "mp-3")))
	temporary := annWith(until(soon, inRole(rbac.Developer, "mp-1", "mp-2")))
	lacking := "miniprogram.manage_members: not_covered, lacking " + lackedByDevelopers(t)
	checkRows(t, offices.CheckAssign, []adminRow{
		{"a program of the actor", dev, has3, inRole(rbac.Developer, "mp-1"), yes},
		{"two programs of the actor", dev, has3, inRole(rbac.Developer, "mp-1", "mp-2"), yes},
		{"one beside one that is held", dev, has3, inRole(rbac.Developer, "mp-3", "mp-1"), yes},
		{"to one who holds the role without programs",
			dev, inShop(inRole(rbac.Developer)), inRole(rbac.Developer, "mp-1"), yes},
		{"to one who holds another role", dev, inShop(inRole(rbac.Operator)), inRole(rbac.Operator, "mp-1"), yes},
		{"to one who is blocked", dev, inStatus(rbac.StatusBlocked, has3), inRole(rbac.Developer, "mp-1"), yes},

		{"a program of others", dev, has3, inRole(rbac.Developer, "mp-4"), no},
		{"one of the actor and one of others", dev, has3, inRole(rbac.Developer, "mp-1", "mp-4"), no},
		{"one of others and one of the actor", dev, has3, inRole(rbac.Developer, "mp-4", "mp-1"), no},
		{"no program", dev, has3, inRole(rbac.Developer), no},
		{"nothing but what is held", dev, has3, inRole(rbac.Developer, "mp-3"), no},
		{"an empty program", dev, has3, inRole(rbac.Developer, ""), no},
		{"a program and an empty one", dev, has3, inRole(rbac.Developer, "mp-1", ""), no},
		{"a role that is not held", dev, has3, inRole(rbac.Operator, "mp-1"), no},
		{"to one who holds nothing", dev, inShop(), inRole(rbac.Developer, "mp-1"), no},
		{"to themselves", dev, dev, inRole(rbac.Developer, "mp-2"), "member.set_role: self"},
		{"to one of another merchant", dev, staff("bob", theBakery, inRole(rbac.Developer)),
			inRole(rbac.Developer, "mp-1"), "member.set_role: other_workspace"},
		{"by an Operator", annWith(inRole(rbac.Operator, "mp-1")), has3, inRole(rbac.Developer, "mp-1"), no},
		{"by a Developer without programs", annWith(inRole(rbac.Developer)), has3, inRole(rbac.Developer, "mp-1"), no},
		{"by a Developer who is blocked",
			inStatus(rbac.StatusBlocked, dev), has3, inRole(rbac.Developer, "mp-1"), "member.set_role: blocked"},
		{"by a Developer whose time is over",
			annWith(until(ago, inRole(rbac.Developer, "mp-1"))), has3, inRole(rbac.Developer, "mp-1"), no},

		{"what gives more than the actor has there", dev, inShop(inRole(promoter, "mp-3")), inRole(promoter, "mp-1"),
			"miniprogram.manage_members: not_covered, lacking feedback.read: assigned"},
		{"what gives nothing there", dev, inShop(inRole(reader)), inRole(reader, "mp-1"), yes},
		{"by one who manages all programs and has none", annWith(inRole(keeper)), inShop(inRole(releaser, "mp-3")),
			inRole(releaser, "mp-1"), "miniprogram.manage_members: not_covered, lacking miniprogram.release: assigned"},
		{"by one who manages all programs, to a role of nothing", annWith(inRole(keeper)), inShop(inRole(bystander)),
			inRole(bystander, "mp-1"), "yes, by keeper (workspace)"},

		{"for the time of the held one",
			dev, inShop(window), from(ago, until(soon, inRole(rbac.Developer, "mp-1"))), yes},
		{"for less than its time",
			dev, inShop(window), from(ago.Add(1), until(soon.Add(-1), inRole(rbac.Developer, "mp-1"))), yes},
		{"from before its start",
			dev, inShop(window), from(ago.Add(-1), until(soon, inRole(rbac.Developer, "mp-1"))), no},
		{"from ever", dev, inShop(window), until(soon, inRole(rbac.Developer, "mp-1")), no},
		{"until after its end", dev, inShop(window), from(ago, until(soon.Add(1), inRole(rbac.Developer, "mp-1"))), no},
		{"for ever", dev, inShop(window), from(ago, inRole(rbac.Developer, "mp-1")), no},
		{"to what is over",
			dev, inShop(until(ago, inRole(rbac.Developer, "mp-3"))), until(ago, inRole(rbac.Developer, "mp-1")), no},
		{"until the actor's end",
			temporary, inShop(window), from(ago, until(soon, inRole(rbac.Developer, "mp-1"))), yes},
		{"to what lasts longer than the actor", temporary, has3, inRole(rbac.Developer, "mp-1"), lacking},
		{"for a short time, to what lasts longer than the actor",
			temporary, has3, until(soon, inRole(rbac.Developer, "mp-1")), lacking},

		{"to the second assignment, where the first has it", dev,
			inShop(inRole(rbac.Developer, "mp-1"), inRole(rbac.Developer, "mp-3")), inRole(rbac.Developer, "mp-1"),
			yes},
		{"to one of two assignments, of which the first lasts too long", temporary,
			inShop(inRole(rbac.Developer, "mp-3"), window), from(ago, until(soon, inRole(rbac.Developer, "mp-1"))),
			lacking},
		{"to one of two assignments, of which the second lasts too long", temporary,
			inShop(window, inRole(rbac.Developer, "mp-3")), from(ago, until(soon, inRole(rbac.Developer, "mp-1"))),
			lacking},
		{"to one of two assignments, of which one has the program of others", dev,
			inShop(inRole(rbac.Developer), inRole(rbac.Developer, "mp-4")), inRole(rbac.Developer, "mp-1", "mp-4"), no},
		{"to the one assignment that lasts long enough",
			dev, inShop(window, inRole(rbac.Developer, "mp-3")), inRole(rbac.Developer, "mp-1"), yes},
		{"a program named twice", dev, has3, inRole(rbac.Developer, "mp-1", "mp-1"), yes},
		{"to a role that is unknown", dev, inShop(inRole("nobody", "mp-3")), inRole("nobody", "mp-1"), no},
		{"to a role of the other kind", dev, inShop(inRole(fleet, "mp-3")), inRole(fleet, "mp-1"), no},
		{"to neither of two assignments", temporary, inShop(inRole(rbac.Developer, "mp-3"), inRole(rbac.Operator)),
			inRole(rbac.Developer, "mp-1"), lacking},
	})
}

// lackedByDevelopers is what a Developer gives on a program, as one who has none of it lacks it.
func lackedByDevelopers(t *testing.T) string {
	t.Helper()
	lacking := assignedToDevelopers()
	require.Greater(t, len(lacking), 16)
	return cutList(lacking)
}

func assignedToDevelopers() []string {
	var items []string
	for _, role := range rbac.DefaultRoles() {
		for action, scope := range role.Permissions {
			if role.ID == rbac.Developer && scope == rbac.ScopeAssigned {
				items = append(items, fmt.Sprintf("%s: assigned", action))
			}
		}
	}
	slices.Sort(items)
	return items
}

func cutList(items []string) string {
	return strings.Join(items[:16], ", ") + fmt.Sprintf(", and %d more", len(items)-16)
}

func TestCheckRevokeTakesWhatIsHeldAndCovered(t *testing.T) {
	deputyAnn := annWith(inRole(deputy), inRole(releaser, "mp-1", "mp-2", "mp-3"))
	both := inShop(inRole(releaser, "mp-1", "mp-2"))
	checkRows(t, offices.CheckRevoke, []adminRow{
		{"the role", deputyAnn, both, inRole(releaser), "yes, by deputy (workspace)"},
		{"the role with its programs", deputyAnn, both, inRole(releaser, "mp-2", "mp-1"), "yes, by deputy (workspace)"},
		{"some of its programs", deputyAnn, both, inRole(releaser, "mp-2"), "yes, by deputy (workspace)"},
		{"a program that is not held", deputyAnn, both, inRole(releaser, "mp-3"), "member.set_role: not_held"},
		{"one that is held and one that is not",
			deputyAnn, both, inRole(releaser, "mp-1", "mp-3"), "member.set_role: not_held"},
		{"an empty program",
			deputyAnn, inShop(inRole(releaser, "")), inRole(releaser, ""), "member.set_role: not_held"},
		{"programs of two assignments at once", deputyAnn, inShop(inRole(releaser, "mp-1"), inRole(releaser, "mp-2")),
			inRole(releaser, "mp-1", "mp-2"), "member.set_role: not_held"},
		{"from the second assignment", deputyAnn, inShop(inRole(bystander), inRole(releaser, "mp-2")),
			inRole(releaser, "mp-2"), "yes, by deputy (workspace)"},
		{"another role", deputyAnn, both, inRole(bystander), "member.set_role: not_held"},
		{"from one who holds nothing", deputyAnn, inShop(), inRole(releaser), "member.set_role: not_held"},
		{"an unknown role that is held",
			deputyAnn, inShop(inRole("nobody", "mp-1")), inRole("nobody", "mp-1"), "yes, by deputy (workspace)"},
		{"a role that is over",
			deputyAnn, inShop(until(ago, inRole(signer))), inRole(signer), "yes, by deputy (workspace)"},
		{"a role, whatever bounds are handed in",
			deputyAnn, both, until(ago, inRole(releaser)), "yes, by deputy (workspace)"},
		{"the stronger of two roles", deputyAnn, inShop(inRole(bystander), inRole(signer)), inRole(signer),
			"member.set_role: not_covered, lacking miniprogram.release: workspace"},
		{"the weaker of two roles", deputyAnn, inShop(inRole(bystander), inRole(signer)), inRole(bystander),
			"member.set_role: not_covered, lacking miniprogram.release: workspace"},
		{"the role, by one who only sets roles",
			annWith(inRole(setter), inRole(signer)), both, inRole(releaser), "yes, by setter (workspace)"},
		{"a program, by one who only sets roles", annWith(inRole(setter), inRole(signer)), both,
			inRole(releaser, "mp-1"), "member.assign_miniprograms: not_granted"},
		{"a program, by one who only assigns programs",
			annWith(inRole(assigner), inRole(signer)), both, inRole(releaser, "mp-1"), "member.set_role: not_granted"},
		{"what is not held, by one without the right",
			annWith(inRole(reader)), both, inRole(bystander), "member.set_role: not_granted"},
	})
}

func TestCheckRevokeLetsADeveloperRemoveOwnPrograms(t *testing.T) {
	dev := annWith(inRole(rbac.Developer, "mp-1", "mp-2"))
	has := inShop(inRole(rbac.Developer, "mp-1", "mp-3"))
	brief := annWith(until(soon, inRole(releaser, "mp-1")), inRole(keeper))
	lacking := "miniprogram.manage_members: not_covered, lacking miniprogram.release: assigned"
	yes, no := "yes, by developer (assigned)", "member.set_role: not_granted"
	checkRows(t, offices.CheckRevoke, []adminRow{
		{"a program of the actor", dev, has, inRole(rbac.Developer, "mp-1"), yes},
		{"two programs of the actor",
			dev, inShop(inRole(rbac.Developer, "mp-1", "mp-2", "mp-3")), inRole(rbac.Developer, "mp-2", "mp-1"), yes},
		{"the last program", dev, inShop(inRole(rbac.Operator, "mp-1")), inRole(rbac.Operator, "mp-1"), yes},
		{"from the second assignment", dev, inShop(inRole(rbac.Developer, "mp-3"), inRole(rbac.Developer, "mp-1")),
			inRole(rbac.Developer, "mp-1"), yes},
		{"a program of others", dev, has, inRole(rbac.Developer, "mp-3"), no},
		{"one of the actor and one of others", dev, has, inRole(rbac.Developer, "mp-1", "mp-3"), no},
		{"the role", dev, has, inRole(rbac.Developer), no},
		{"a program that is not held", dev, has, inRole(rbac.Developer, "mp-2"), no},
		{"one that is held and one that is not", dev, has, inRole(rbac.Developer, "mp-1", "mp-2"), no},
		{"from a role that is not held", dev, has, inRole(rbac.Operator, "mp-1"), no},
		{"from themselves", dev, dev, inRole(rbac.Developer, "mp-1"), "member.set_role: self"},
		{"what gives more than the actor has there", dev, inShop(inRole(promoter, "mp-1")), inRole(promoter, "mp-1"),
			"miniprogram.manage_members: not_covered, lacking feedback.read: assigned"},
		{"from what lasts longer than the actor",
			brief, inShop(inRole(releaser, "mp-1")), inRole(releaser, "mp-1"), lacking},
		{"a program named twice", dev, has, inRole(rbac.Developer, "mp-1", "mp-1"), yes},
		{"an empty program", dev, inShop(inRole(rbac.Developer, "mp-1", "")), inRole(rbac.Developer, "mp-1", ""), no},
		{"from two assignments, of which the first lasts longer than the actor", brief,
			inShop(inRole(releaser, "mp-1"), until(soon, inRole(releaser, "mp-1"))), inRole(releaser, "mp-1"), lacking},
		{"from two assignments, of which the second lasts longer than the actor", brief,
			inShop(until(soon, inRole(releaser, "mp-1")), inRole(releaser, "mp-1", "mp-2")), inRole(releaser, "mp-1"),
			lacking},
		{"from two assignments, of which one is over", brief,
			inShop(inRole(releaser, "mp-1"), until(ago, inRole(releaser, "mp-1"))), inRole(releaser, "mp-1"), lacking},
		{"from two assignments, of which the longer one has other programs", brief,
			inShop(inRole(releaser, "mp-2"), until(soon, inRole(releaser, "mp-1"))), inRole(releaser, "mp-1"),
			"yes, by keeper (workspace)"},
		{"from a role that is unknown", dev, inShop(inRole("nobody", "mp-1")), inRole("nobody", "mp-1"), yes},
		{"from what is over, though it gave more",
			dev, inShop(until(ago, inRole(promoter, "mp-1"))), inRole(promoter, "mp-1"), yes},
		{"from one of another merchant", dev, staff("bob", theBakery, inRole(rbac.Developer, "mp-1")),
			inRole(rbac.Developer, "mp-1"), "member.set_role: other_workspace"},
	})
}

// One who sets roles, and is refused for what the other holds beside, is a Developer all the same.
func TestCheckAssignAndRevokeLetADeputyMoveOwnPrograms(t *testing.T) {
	both := annWith(inRole(deputy), inRole(rbac.Developer, "mp-1"))
	stronger := inShop(inRole(reader), inRole(rbac.Developer, "mp-1", "mp-3"), inRole(rbac.Developer, "mp-3"))
	lacking := "member.set_role: not_covered, lacking " + cutList(append(assignedToDevelopers(),
		"report.read: workspace"))
	yes := "yes, by developer (assigned)"
	checkRows(t, offices.CheckAssign, []adminRow{
		{"adding an own program", both, stronger, inRole(rbac.Developer, "mp-1"), yes},
		{"giving the role", both, stronger, inRole(rbac.Developer), lacking},
		{"giving a role of nothing", both, stronger, inRole(bystander), lacking},
		{"adding a program of others", both, stronger, inRole(rbac.Developer, "mp-4"), lacking},
		{"adding to an unknown role",
			both, inShop(inRole("nobody")), inRole("nobody", "mp-1"), "member.set_role: unknown_role"},
	})
	checkRows(t, offices.CheckRevoke, []adminRow{
		{"removing an own program", both, stronger, inRole(rbac.Developer, "mp-1"), yes},
		{"taking the role", both, stronger, inRole(rbac.Developer), lacking},
		{"removing a program of others", both, stronger, inRole(rbac.Developer, "mp-3"), lacking},
		{"removing what is not held", both, stronger, inRole(rbac.Operator, "mp-1"), "member.set_role: not_held"},
	})
}

// The right to manage a program's members is a merchant's: in a tenant workspace it changes no assignment.
func TestCheckAssignAndRevokeDelegateToMerchantsOnly(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.WorkspaceDeveloper: {rbac.ManageMiniProgramMembers: rbac.ScopeAssigned},
		rbac.WorkspaceReviewer:  {rbac.ManageMiniProgramMembers: rbac.ScopeTenant},
	}}))
	builder := staff("ann", theWallet, inRole(rbac.WorkspaceDeveloper, "mp-1"))
	reviewer := staff("ann", theWallet, inRole(rbac.WorkspaceReviewer))
	checkRows(t, policy.CheckAssign, []adminRow{
		{"within the tenant workspace", builder, staff("bob", theWallet, inRole(rbac.WorkspaceDeveloper)),
			inRole(rbac.WorkspaceDeveloper, "mp-1"), "member.set_role: not_granted"},
		{"from the tenant to a merchant",
			reviewer, inShop(inRole(rbac.Developer)), inRole(rbac.Developer, "mp-1"), "member.set_role: not_granted"},
	})
	checkRows(t, policy.CheckRevoke, []adminRow{
		{"taking within the tenant workspace", builder,
			staff("bob", theWallet, inRole(rbac.WorkspaceDeveloper, "mp-1")), inRole(rbac.WorkspaceDeveloper, "mp-1"),
			"member.set_role: not_granted"},
		{"taking from the tenant from a merchant", reviewer, inShop(inRole(rbac.Developer, "mp-1")),
			inRole(rbac.Developer, "mp-1"), "member.set_role: not_granted"},
	})
}

// memberActions are the actions on members, each of which a role of its own grants.
var memberActions = []rbac.Action{
	rbac.InviteMember, rbac.WithdrawInvitation, rbac.ResendInvitation, rbac.BlockMember, rbac.DeleteMember,
	"member.greet",
}

func managingPolicy() *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{"member.greet": rbac.OnWorkspace}}
	for _, action := range memberActions {
		role := rbac.Role{ID: rbac.RoleID("may." + action), Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{action: rbac.ScopeWorkspace}}
		spec.Roles = append(spec.Roles, role)
	}
	return rbac.Must(rbac.New(rbac.Defaults(), spec))
}

func TestCheckManageNeedsItsAction(t *testing.T) {
	policy := managingPolicy()
	for _, held := range memberActions {
		for _, asked := range memberActions {
			t.Run(fmt.Sprintf("%s by one with %s", asked, held), func(t *testing.T) {
				want := fmt.Sprintf("%s: not_granted", asked)
				if asked == held {
					want = fmt.Sprintf("yes, by may.%s (workspace)", held)
				}
				by := annWith(inRole(rbac.RoleID("may." + held)))
				assert.Equal(t, want, verdict(policy.CheckManage(by, rbac.Invite("bob", theShop, noon), asked)))
			})
		}
	}
}

func TestCheckManageKnowsActionsOnWorkspacesOnly(t *testing.T) {
	admin := annWith(inRole(rbac.DeveloperAdmin))
	tests := []struct {
		action rbac.Action
		want   string
	}{
		{rbac.InviteMember, "yes, by developer_admin (workspace)"},
		{rbac.ManageWorkspace, "yes, by developer_admin (workspace)"},
		{rbac.ReleaseMiniProgram, "miniprogram.release: wrong_target"},
		{rbac.EditApp, "app.edit: wrong_target"},
		{"member.promote", "member.promote: unknown_action"},
		{"", ": unknown_action"},
	}
	for _, test := range tests {
		t.Run(string(test.action), func(t *testing.T) {
			assert.Equal(t, test.want, verdict(rbac.Default().CheckManage(admin, inShop(), test.action)))
		})
	}
}

func TestCheckManageInvitesToNoMoreThanTheInviterHas(t *testing.T) {
	inviter := annWith(inRole(rbac.DeveloperAdmin))
	tests := []struct {
		name string
		a    rbac.Assignment
		want string
	}{
		{"an equal", inRole(rbac.DeveloperAdmin), "yes, by developer_admin (workspace)"},
		{"a Developer with programs", inRole(rbac.Developer, "mp-1"), "yes, by developer_admin (workspace)"},
		{"one with more", inRole(promoter, "mp-1"), "member.invite: not_covered, lacking feedback.read: assigned"},
		{"one with more, later",
			from(soon, inRole(reader)), "member.invite: not_covered, lacking report.read: workspace"},
		{"a role that nobody has defined", inRole("nobody"), "member.invite: unknown_role"},
		{"a role of the other kind", inRole(fleet), "member.invite: other_kind"},
		{"a role that is over", until(ago, inRole(rbac.Operator)), "member.invite: invalid_assignment"},
		{"an empty program", inRole(rbac.Developer, ""), "member.invite: invalid_assignment"},
		{"a role that excludes another", inRole(checker), "member.invite: exclusive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			invited := rbac.Invite("bob", theShop, noon, inRole(maker), test.a)
			assert.Equal(t, test.want, verdict(offices.CheckManage(inviter, invited, rbac.InviteMember)))
		})
	}
}

// The owner of what is done to a member is that member, so four eyes are kept between two workspaces of one person.
func TestCheckManageAndAssignTakeTheMemberAsOwner(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(),
		rbac.Spec{FourEyes: []rbac.Action{rbac.BlockMember, rbac.SetMemberRole}}))
	director := staff("ann", theWallet, inRole(regional))
	assert.Equal(t, "member.block: own_request", verdict(policy.CheckManage(director, annWith(), rbac.BlockMember)))
	assert.Equal(t, "member.set_role: own_request", verdict(policy.CheckAssign(director, annWith(), inRole(reader))))
	assert.Equal(t, "yes, by regional (tenant)", verdict(policy.CheckManage(director, inShop(), rbac.BlockMember)))
	assert.Equal(t, "yes, by regional (tenant)", verdict(policy.CheckAssign(director, inShop(), inRole(reader))))
}

func newRole(kind rbac.WorkspaceKind, p rbac.Permissions) rbac.Role {
	return rbac.Role{ID: "newcomer", Kind: kind, Permissions: p}
}

func TestCheckDefineGivesNewRolesNoMoreThanTheActorHas(t *testing.T) {
	dev, ten := rbac.KindDeveloper, rbac.KindTenant
	deputyAnn := annWith(inRole(deputy))
	director := staff("ann", theWallet, inRole(regional))
	confined := staff("ann", theWallet, inRole(walletOnly))
	reads := func(s rbac.Scope) rbac.Permissions { return rbac.Permissions{readReports: s} }
	releases := func(s rbac.Scope) rbac.Permissions { return rbac.Permissions{rbac.ReleaseMiniProgram: s} }
	yes := "yes, by deputy (workspace)"
	tests := []struct {
		name string
		by   rbac.Member
		role rbac.Role
		want string
	}{
		{"a role of nothing", deputyAnn, newRole(dev, nil), yes},
		{"a role with a name and a description",
			deputyAnn, rbac.Role{ID: "newcomer", Kind: dev, Name: "Newcomer", Description: "Looks around."}, yes},
		{"a role of what the actor has",
			deputyAnn, newRole(dev, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}), yes},
		{"a role of what the actor has, and less",
			deputyAnn, newRole(dev, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeOwn}), yes},
		{"a role of the zero scope", deputyAnn, newRole(dev, reads(0)), yes},
		{"a role of what the actor lacks", deputyAnn, newRole(dev, reads(rbac.ScopeWorkspace)),
			"role.define: not_covered, lacking report.read: workspace"},
		{"a role of several things that the actor lacks", deputyAnn,
			newRole(dev, reads(rbac.ScopeWorkspace).Union(releases(rbac.ScopeAssigned|rbac.ScopeOwn))),
			"role.define: not_covered, lacking miniprogram.release: own|assigned, report.read: workspace"},
		{"assigned, by one who has it on some program",
			annWith(inRole(deputy), inRole(releaser, "mp-1")), newRole(dev, releases(rbac.ScopeAssigned)), yes},
		{"assigned, by one who has the role on no program yet",
			annWith(inRole(deputy), inRole(releaser)), newRole(dev, releases(rbac.ScopeAssigned)), yes},
		{"assigned, by one who has the whole workspace",
			annWith(inRole(deputy), inRole(signer)), newRole(dev, releases(rbac.ScopeAssigned)), yes},
		{"assigned and own, by one who has it assigned", annWith(inRole(deputy), inRole(releaser, "mp-1")),
			newRole(dev, releases(rbac.ScopeAssigned|rbac.ScopeOwn)),
			"role.define: not_covered, lacking miniprogram.release: own"},
		{"the workspace, by one who has it assigned", annWith(inRole(deputy), inRole(releaser, "mp-1")),
			newRole(dev, releases(rbac.ScopeWorkspace)),
			"role.define: not_covered, lacking miniprogram.release: workspace"},
		{"own, by one who has own", annWith(inRole(deputy), inRole(requester)),
			newRole(dev, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}), yes},
		{"for ever, by one who has it for a time", annWith(inRole(deputy), until(soon, inRole(reader))),
			newRole(dev, reads(rbac.ScopeWorkspace)), "role.define: not_covered, lacking report.read: workspace"},
		{"assigned for ever, by one who has it for a time",
			annWith(inRole(deputy), until(soon, inRole(releaser, "mp-1"))), newRole(dev, releases(rbac.ScopeAssigned)),
			"role.define: not_covered, lacking miniprogram.release: assigned"},

		{"a role that exists", deputyAnn, rbac.Role{ID: reader, Kind: dev}, "role.define: role_exists"},
		{"the first role of the policy",
			deputyAnn, rbac.Role{ID: firstOf(offices.Roles()).ID, Kind: dev}, "role.define: role_exists"},
		{"a role that exists, of the other kind",
			deputyAnn, rbac.Role{ID: rbac.WorkspaceAdmin, Kind: dev}, "role.define: role_exists"},
		{"a role without an ID", deputyAnn, rbac.Role{Kind: dev}, "role.define: invalid_role"},
		{"a role in capitals", deputyAnn, rbac.Role{ID: "Reader", Kind: dev}, "role.define: invalid_role"},
		{"a role of no kind", deputyAnn, rbac.Role{ID: "newcomer"}, "role.define: invalid_role"},
		{"a role whose name is too long", deputyAnn,
			rbac.Role{ID: "newcomer", Kind: dev, Name: strings.Repeat("n", 257)}, "role.define: invalid_role"},
		{"a role of an unknown action",
			deputyAnn, newRole(dev, rbac.Permissions{"report.burn": rbac.ScopeWorkspace}), "role.define: invalid_role"},
		{"a role of an unknown action, with no scope",
			deputyAnn, newRole(dev, rbac.Permissions{"report.burn": 0}), "role.define: invalid_role"},
		{"a role of an invalid scope", deputyAnn, newRole(dev, reads(16)), "role.define: invalid_role"},
		{"a merchant's role of the tenant",
			deputyAnn, newRole(dev, reads(rbac.ScopeTenant)), "role.define: invalid_role"},
		{"a tenant's role, by a merchant", deputyAnn, newRole(ten, nil), "role.define: other_kind"},

		{"a tenant's role, by the tenant",
			director, newRole(ten, reads(rbac.ScopeTenant)), "yes, by regional (tenant)"},
		{"a tenant's role, by one who has the wallet",
			confined, newRole(ten, reads(rbac.ScopeWorkspace)), "yes, by wallet_only (workspace)"},
		{"a tenant's role of the tenant, by one who has the wallet",
			confined, newRole(ten, reads(rbac.ScopeTenant)), "role.define: not_covered, lacking report.read: tenant"},
		{"a merchant's role, by one who has the tenant",
			director, newRole(dev, reads(rbac.ScopeWorkspace)), "yes, by regional (tenant)"},
		{"a merchant's role, by one who has the wallet", confined, newRole(dev, reads(rbac.ScopeWorkspace)),
			"role.define: not_covered, lacking report.read: workspace"},
		{"a merchant's role of own things, by one who has own things of the wallet", confined,
			newRole(dev, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}),
			"role.define: not_covered, lacking request.view: own"},
		{"a merchant's role on assigned programs, by one who has programs of the wallet",
			staff("ann", theWallet, inRole(regional, "mp-1")), newRole(dev, releases(rbac.ScopeAssigned)),
			"role.define: not_covered, lacking miniprogram.release: assigned"},
		{"a tenant's role on assigned programs, by one who has programs of the wallet",
			staff("ann", theWallet, inRole(regional, "mp-1")), newRole(ten, releases(rbac.ScopeAssigned)),
			"yes, by regional (tenant)"},

		{"by one who may not define", annWith(inRole(reader)), newRole(dev, nil), "role.define: not_granted"},
		{"by one whose right is over", annWith(until(ago, inRole(deputy))), newRole(dev, nil), "role.define: expired"},
		{"by one who is blocked", inStatus(rbac.StatusBlocked, deputyAnn), newRole(dev, nil), "role.define: blocked"},
		{"by one without an ID", staff("", theShop, inRole(deputy)), newRole(dev, nil), "role.define: invalid_member"},
		{"by one of an invalid workspace",
			staff("ann", rbac.Workspace{}, inRole(deputy)), newRole(dev, nil), "role.define: invalid_workspace"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, verdict(offices.CheckDefine(test.by, test.role)))
		})
	}
}

func TestCheckDefineWithoutAPolicy(t *testing.T) {
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		got := policy.CheckDefine(annWith(inRole(deputy)), newRole(rbac.KindDeveloper, nil))
		assert.Equal(t, "role.define: no_policy", verdict(got), "the %s policy", name)
	}
}
