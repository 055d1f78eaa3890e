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

// verdict is a decision in words: the role and scope that allowed it, or the action, the reason and what is lacking.
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

// byDeputy is the verdict that a deputy's own role allows it.
const byDeputy = "yes, by deputy (workspace)"

// lacksFor is the verdict that the actor does not cover the change.
func lacksFor(action rbac.Action, permissions string) string {
	return fmt.Sprintf("%s: not_covered, lacking %s", action, permissions)
}

func lacks(permissions string) string { return lacksFor(rbac.SetMemberRole, permissions) }

// deputyWith is ann, who is a deputy and has other roles.
func deputyWith(held ...rbac.Assignment) rbac.Member {
	return annWith(append([]rbac.Assignment{inRole(deputy)}, held...)...)
}

// adminRow asks whether one member may change another, and says the verdict.
type adminRow struct {
	name       string
	by, to     rbac.Member
	assignment rbac.Assignment
	want       string
}

type assignmentCheck func(by, to rbac.Member, assignment rbac.Assignment) rbac.Decision

func checkRows(t *testing.T, check assignmentCheck, rows []adminRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.want, verdict(check(row.by, row.to, row.assignment)))
		})
	}
}

// sevenRoles are the default roles, in the order of the platform's tables.
var sevenRoles = []rbac.RoleID{
	rbac.WorkspaceAdmin, rbac.WorkspaceReviewer, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator,
	rbac.DeveloperAdmin, rbac.Developer, rbac.Operator,
}

// homeOf is the wallet for the four tenant roles and the shop for the three merchant roles.
func homeOf(role rbac.RoleID) rbac.Workspace {
	if slices.Index(sevenRoles, role) < 4 {
		return theWallet
	}
	return theShop
}

// tableOfRoles has a row for each role of the actor, and in it a cell for each role that is given or taken.
func tableOfRoles(cell func(actor, role rbac.RoleID) string) string {
	var table strings.Builder
	for _, actor := range sevenRoles {
		row := fmt.Sprintf("%-20s", actor)
		for _, role := range sevenRoles {
			row += fmt.Sprintf(" %-11s", cell(actor, role))
		}
		table.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	return table.String()
}

// cellOf is the decision in a word or two.
func cellOf(d rbac.Decision) string {
	short := map[rbac.Reason]string{
		rbac.ReasonGranted:          "yes",
		rbac.ReasonNotGranted:       "-",
		rbac.ReasonOwnWorkspaceOnly: "own only",
		rbac.ReasonOtherWorkspace:   "invisible",
		rbac.ReasonNotCovered:       "too much",
	}
	word, known := short[d.Reason]
	if !known {
		return d.Reason.String()
	}
	if d.Scope == rbac.ScopeAssigned {
		return "program"
	}
	return word
}

// roleTable is what each of the seven roles may do to members of each of the seven roles. The member with the role of
// the row acts. The other member is in the workspace of the role of the column: in the wallet for the first four, in
// the shop for the last three.
//
//	yes        may do it
//	program    may do it for the mini program, and for no other
//	-          no role of the actor grants it
//	own only   the actor's role grants it in the actor's own workspace only
//	invisible  the actor may not know of the other member
type roleTable struct {
	name       string
	check      assignmentCheck
	to         func(role rbac.RoleID) rbac.Member
	assignment func(role rbac.RoleID) rbac.Assignment
	want       string
}

func checkRoleTables(t *testing.T, tables ...roleTable) {
	t.Helper()
	for _, table := range tables {
		t.Run(table.name, func(t *testing.T) {
			got := tableOfRoles(func(actor, role rbac.RoleID) string {
				by := staff("ann", homeOf(actor), inRole(actor, "mp-1"))
				return cellOf(table.check(by, table.to(role), table.assignment(role)))
			})
			assert.Equal(t, strings.TrimPrefix(table.want, "\n"), got)
		})
	}
}

func TestCheckAssignAmongTheSevenRoles(t *testing.T) {
	checkRoleTables(t,
		roleTable{
			name:       "giving a role",
			check:      rbac.Default().CheckAssign,
			to:         func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role)) },
			assignment: func(role rbac.RoleID) rbac.Assignment { return inRole(role) },
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
		roleTable{
			name:       "adding mp-1 to a role on mp-2",
			check:      rbac.Default().CheckAssign,
			to:         func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role), inRole(role, "mp-2")) },
			assignment: func(role rbac.RoleID) rbac.Assignment { return inRole(role, "mp-1") },
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
	)
}

func TestCheckRevokeAmongTheSevenRoles(t *testing.T) {
	checkRoleTables(t,
		roleTable{
			name:  "taking a role",
			check: rbac.Default().CheckRevoke,
			to: func(role rbac.RoleID) rbac.Member {
				return staff("bob", homeOf(role), inRole(role, "mp-1", "mp-2"))
			},
			assignment: func(role rbac.RoleID) rbac.Assignment { return inRole(role) },
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
		roleTable{
			name:  "taking mp-1 from a role on mp-1 and mp-2",
			check: rbac.Default().CheckRevoke,
			to: func(role rbac.RoleID) rbac.Member {
				return staff("bob", homeOf(role), inRole(role, "mp-1", "mp-2"))
			},
			assignment: func(role rbac.RoleID) rbac.Assignment { return inRole(role, "mp-1") },
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
	)
}

func TestCheckManageAmongTheSevenRoles(t *testing.T) {
	checkRoleTables(t,
		roleTable{
			name: "blocking a member",
			check: func(by, to rbac.Member, _ rbac.Assignment) rbac.Decision {
				return rbac.Default().CheckManage(by, to, rbac.BlockMember)
			},
			to:         func(role rbac.RoleID) rbac.Member { return staff("bob", homeOf(role), inRole(role, "mp-1")) },
			assignment: func(rbac.RoleID) rbac.Assignment { return rbac.Assignment{} },
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
	)
}

func TestCheckAssignRevokeAndManageNeedTwoMembers(t *testing.T) {
	isAdmin := inRole(rbac.DeveloperAdmin)
	admin, wendy := annWith(isAdmin), staff("ann", theWallet, inRole(rbac.WorkspaceAdmin))
	zero := &rbac.Policy{}
	tests := []struct {
		name   string
		policy *rbac.Policy
		by, to rbac.Member
		want   rbac.Reason
	}{
		{"two members of the shop", offices, admin, inShop(), rbac.ReasonGranted},
		{"no policy", nil, admin, inShop(), rbac.ReasonNoPolicy},
		{"the zero policy", zero, admin, inShop(), rbac.ReasonNoPolicy},
		{"oneself", offices, admin, admin, rbac.ReasonSelf},
		{"oneself, without a policy", nil, admin, admin, rbac.ReasonNoPolicy},
		{"oneself, by the zero policy", zero, admin, admin, rbac.ReasonNoPolicy},
		{"oneself, loaded at another time", offices, admin, inStatus(rbac.StatusBlocked, annWith()), rbac.ReasonSelf},
		{"the same person in another workspace",
			offices, staff("ann", theWallet, inRole(regional)), annWith(), rbac.ReasonGranted},
		{"one without an ID", offices, admin, staff("", theShop), rbac.ReasonInvalidTarget},
		{"two without IDs", offices, staff("", theShop, isAdmin), staff("", theShop), rbac.ReasonInvalidTarget},
		{"one without a status", offices, admin, inStatus(0, inShop()), rbac.ReasonInvalidTarget},
		{"one of an unknown status",
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
		{"a tenant's admin and a merchant's member", offices, wendy, inShop(), rbac.ReasonOwnWorkspaceOnly},
		{"an actor without an ID", offices, staff("", theShop, isAdmin), inShop(), rbac.ReasonInvalidMember},
		{"an actor without a status", offices, inStatus(0, admin), inShop(), rbac.ReasonInvalidMember},
		{"an actor who is invited", offices, inStatus(rbac.StatusInvited, admin), inShop(), rbac.ReasonInvited},
		{"an actor who is blocked", offices, inStatus(rbac.StatusBlocked, admin), inShop(), rbac.ReasonBlocked},
		{"an actor who is withdrawn", offices, inStatus(rbac.StatusWithdrawn, admin), inShop(), rbac.ReasonWithdrawn},
		{"an actor who is deleted", offices, inStatus(rbac.StatusDeleted, admin), inShop(), rbac.ReasonDeleted},
		{"an actor of an invalid workspace",
			offices, staff("ann", rbac.Workspace{}, isAdmin), inShop(), rbac.ReasonInvalidWorkspace},
		{"an actor whose role has expired", offices, annWith(until(ago, isAdmin)), inShop(), rbac.ReasonExpired},
		{"an actor whose role has not started", offices, annWith(from(soon, isAdmin)), inShop(), rbac.ReasonNotYet},
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
	given, defined := inRole(bystander), merchantRole("new", nil)
	ann := annWith(inRole(reader))
	tests := []struct {
		name string
		got  rbac.Decision
		want string
	}{
		{"assigning to oneself", offices.CheckAssign(admin, admin, given), "member.set_role: self"},
		{"revoking from oneself", offices.CheckRevoke(admin, admin, given), "member.set_role: self"},
		{"blocking oneself", offices.CheckManage(admin, admin, rbac.BlockMember), "member.block: self"},
		{"assigning without the right", offices.CheckAssign(ann, inShop(), given), "member.set_role: not_granted"},
		{"revoking without the right", offices.CheckRevoke(ann, inShop(), given), "member.set_role: not_granted"},
		{"blocking without the right",
			offices.CheckManage(ann, inShop(), rbac.BlockMember), "member.block: not_granted"},
		{"defining without the right", offices.CheckDefine(ann, defined), "role.define: not_granted"},
		{"defining a role that exists",
			offices.CheckDefine(admin, merchantRole(deputy, nil)), "role.define: role_exists"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { assert.Equal(t, test.want, verdict(test.got)) })
	}
	err := offices.CheckAssign(deputyWith(), inShop(), inRole(reader)).Err()
	assert.EqualError(t, err,
		"rbac: member.set_role denied: the member lacks permissions that the change needs (report.read: workspace)")
}

// The actor must cover all that the other holds or will hold, whatever the status of the other.
func TestCheckAssignRevokeAndManageCoverWhatTheOtherHolds(t *testing.T) {
	const lacking = "not_covered, lacking miniprogram.release: workspace"
	const lackingProgram = "not_covered, lacking miniprogram.release: assigned"
	strong, mp1, mp2 := inRole(signer), inRole(releaser, "mp-1"), inRole(releaser, "mp-2")
	tests := []struct {
		name string
		by   rbac.Member
		to   rbac.Member
		want string
	}{
		{"nothing", deputyWith(), inShop(), "yes"},
		{"less", deputyWith(), inShop(inRole(setter)), "yes"},
		{"more", deputyWith(), inShop(strong), lacking},
		{"more, behind another assignment", deputyWith(), inShop(inRole(setter), strong), lacking},
		{"more, but the actor has it too", deputyWith(strong), inShop(strong), "yes"},
		{"more, in an hour", deputyWith(), inShop(from(soon, strong)), lacking},
		{"more, until an hour ago", deputyWith(), inShop(until(ago, strong)), "yes"},
		{"more, until this instant", deputyWith(), inShop(until(time.Now(), strong)), "yes"},
		{"more, with reversed bounds", deputyWith(), inShop(from(later, until(soon, strong))), "yes"},
		{"for longer than the actor", deputyWith(until(soon, strong)), inShop(until(soon.Add(1), strong)), lacking},
		{"for as long as the actor", deputyWith(until(soon, strong)), inShop(until(soon, strong)), "yes"},
		{"without an end, which the actor has", deputyWith(until(soon, strong)), inShop(strong), lacking},
		{"a program that is not the actor's", deputyWith(mp1), inShop(mp2), lackingProgram},
		{"a program that is the actor's", deputyWith(mp1), inShop(mp1), "yes"},
		{"an empty program", deputyWith(inRole(releaser, "")), inShop(inRole(releaser, "")), "yes"},
		{"a program that is not the actor's, behind an empty one",
			deputyWith(mp1), inShop(inRole(releaser, "", "mp-2")), lackingProgram},
		{"an unknown role", deputyWith(), inShop(inRole("nobody", "mp-1")), "yes"},
		{"a role of the other kind", deputyWith(), inShop(inRole(rbac.WorkspaceAdmin, "mp-1")), "yes"},
		{"more, while invited", deputyWith(), inStatus(rbac.StatusInvited, inShop(strong)), lacking},
		{"more, while blocked", deputyWith(), inStatus(rbac.StatusBlocked, inShop(strong)), lacking},
		{"more, while withdrawn", deputyWith(), inStatus(rbac.StatusWithdrawn, inShop(strong)), lacking},
		{"more, while deleted", deputyWith(), inStatus(rbac.StatusDeleted, inShop(strong)), lacking},
		{"two roles of more, in name order", deputyWith(), inShop(inRole(reader), strong),
			"not_covered, lacking miniprogram.release: workspace, report.read: workspace"},
		{"two scopes of one action",
			deputyWith(), inShop(mp1, strong), "not_covered, lacking miniprogram.release: assigned|workspace"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			given, to := inRole(bystander), test.to
			to.Assignments = append([]rbac.Assignment{given}, to.Assignments...)
			assigned := offices.CheckAssign(test.by, test.to, given)
			revoked := offices.CheckRevoke(test.by, to, given)
			managed := offices.CheckManage(test.by, test.to, rbac.BlockMember)
			assert.Equal(t, asDeputy(rbac.SetMemberRole, test.want), verdict(assigned), "CheckAssign")
			assert.Equal(t, asDeputy(rbac.SetMemberRole, test.want), verdict(revoked), "CheckRevoke")
			assert.Equal(t, asDeputy(rbac.BlockMember, test.want), verdict(managed), "CheckManage")
		})
	}
}

// asDeputy is the verdict of a deputy's check that needs the action.
func asDeputy(action rbac.Action, answer string) string {
	if answer == "yes" {
		return byDeputy
	}
	return fmt.Sprintf("%s: %s", action, answer)
}

func TestCheckAssignNeedsItsActions(t *testing.T) {
	given, onProgram := inRole(bystander), inRole(bystander, "mp-1")
	bySetter, noRight := "yes, by setter (workspace)", "member.set_role: not_granted"
	checkRows(t, offices.CheckAssign, []adminRow{
		{"a role, by one who sets roles", annWith(inRole(setter)), inShop(), given, bySetter},
		{"a role, by one who only assigns programs", annWith(inRole(assigner)), inShop(), given, noRight},
		{"a role with a program, by one who only sets roles",
			annWith(inRole(setter)), inShop(), onProgram, "member.assign_miniprograms: not_granted"},
		{"a role with a program, by one who only assigns programs",
			annWith(inRole(assigner)), inShop(), onProgram, noRight},
		{"a role with a program, by one who does both by two roles",
			annWith(inRole(assigner), inRole(setter)), inShop(), onProgram, bySetter},
		{"a role with a program, by one who does both by one role", deputyWith(), inShop(), onProgram, byDeputy},
		{"a role with an empty list, by one who only sets roles",
			annWith(inRole(setter)), inShop(), rbac.Assignment{Role: bystander, MiniPrograms: []string{}}, bySetter},
	})
}

func TestCheckAssignRefusesWhatCannotBeHeld(t *testing.T) {
	ann, given, invalid := deputyWith(), inRole(bystander), "member.set_role: invalid_assignment"
	checkRows(t, offices.CheckAssign, []adminRow{
		{"an unknown role", ann, inShop(), inRole("nobody"), "member.set_role: unknown_role"},
		{"a role without a name", ann, inShop(), inRole(""), "member.set_role: unknown_role"},
		{"a role of the other kind", ann, inShop(), inRole(tenantRead), "member.set_role: other_kind"},
		{"an empty mini program", ann, inShop(), inRole(bystander, "mp-1", ""), invalid},
		{"a role that has expired", ann, inShop(), until(ago, given), invalid},
		{"a role with reversed bounds", ann, inShop(), from(later, until(soon, given)), invalid},
		{"a role with equal bounds", ann, inShop(), from(soon, until(soon, given)), invalid},
		{"a role for a nanosecond", ann, inShop(), from(soon, until(soon.Add(1), given)), byDeputy},
		{"a role that starts later", ann, inShop(), from(soon, given), byDeputy},
	})
}

func TestCheckAssignCoversWhatIsGiven(t *testing.T) {
	reads, releases, signs := inRole(reader), inRole(releaser, "mp-1"), inRole(signer)
	noReads, noProgram := lacks("report.read: workspace"), lacks("miniprogram.release: assigned")
	checkRows(t, offices.CheckAssign, []adminRow{
		{"nothing", deputyWith(), inShop(), inRole(bystander), byDeputy},
		{"what the actor lacks", deputyWith(), inShop(), reads, noReads},
		{"what another role of the actor has", deputyWith(reads), inShop(), reads, byDeputy},
		{"what the actor had", deputyWith(until(ago, reads)), inShop(), reads, noReads},
		{"what the actor will have", deputyWith(from(soon, reads)), inShop(), from(soon, reads), noReads},
		{"the actor's own role", deputyWith(), inShop(), inRole(deputy), byDeputy},
		{"the actor's own role, beside one that is unknown",
			annWith(inRole("nobody", "mp-1"), inRole(deputy)), inShop(), inRole(deputy), byDeputy},
		{"what only a role of the other kind has", annWith(inRole(fleet), inRole(deputy)), inShop(), reads, noReads},

		{"own things, by one without own things",
			deputyWith(), inShop(), inRole(requester), lacks("request.view: own")},
		{"own things, by one with own things", deputyWith(inRole(requester)), inShop(), inRole(requester), byDeputy},

		{"the actor's program", deputyWith(releases), inShop(), inRole(releaser, "mp-1"), byDeputy},
		{"another program", deputyWith(releases), inShop(), inRole(releaser, "mp-2"), noProgram},
		{"the actor's program and another",
			deputyWith(releases), inShop(), inRole(releaser, "mp-1", "mp-2"), noProgram},
		{"two programs of two assignments",
			deputyWith(releases, inRole(releaser, "mp-2")), inShop(), inRole(releaser, "mp-2", "mp-1"), byDeputy},
		{"no program", deputyWith(), inShop(), inRole(releaser), byDeputy},
		{"a program that another role of the actor names",
			annWith(inRole(deputy, "mp-2"), releases), inShop(), inRole(releaser, "mp-2"), noProgram},
		{"a program, by one with the whole workspace", deputyWith(signs), inShop(), inRole(releaser, "mp-9"), byDeputy},
		{"the whole workspace, by one with a program",
			deputyWith(releases), inShop(), signs, lacks("miniprogram.release: workspace")},
		{"a sibling of fewer rights", deputyWith(), inShop(), inRole(setter), byDeputy},
		{"a sibling of more rights",
			annWith(inRole(setter)), inShop(), inRole(deputy), lacks("member.assign_miniprograms: workspace, " +
				"member.block: workspace, role.define: workspace")},
	})
}

func TestCheckAssignCoversAtThePlaceOfTheChange(t *testing.T) {
	director := staff("ann", theWallet, inRole(regional, "mp-1"))
	confined := staff("ann", theWallet, inRole(walletOnly))
	wendy, inWallet := staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)), staff("bob", theWallet)
	regionally := "yes, by regional (tenant)"
	checkRows(t, offices.CheckAssign, []adminRow{
		{"a merchant's role, by one who has it in the whole tenant", director, inShop(), inRole(reader), regionally},
		{"a merchant's role, by one who has it in the wallet",
			confined, inShop(), inRole(reader), lacks("report.read: workspace")},
		{"a wallet's role, by one who has it in the wallet",
			confined, inWallet, inRole(tenantRead), "yes, by wallet_only (tenant)"},
		{"a wallet's role, by one who has it in the whole tenant", director, inWallet, inRole(tenantRead), regionally},
		{"the whole tenant, by one who has the wallet",
			confined, inWallet, inRole(fleet), lacks("report.read: tenant")},
		{"the whole tenant, by one who has it", director, inWallet, inRole(fleet), regionally},
		{"own things of a merchant, by one with own things of the wallet",
			confined, inShop(), inRole(requester), lacks("request.view: own")},
		{"a merchant's program, by one with the wallet's program of that ID",
			director, inShop(), inRole(releaser, "mp-1"), lacks("miniprogram.release: assigned")},
		{"a merchant's role, by a Workspace Admin",
			wendy, inShop(), inRole(reader), "member.set_role: own_workspace_only"},
	})
}

func TestCheckAssignCoversForAsLongAsItLasts(t *testing.T) {
	temporary := annWith(until(soon, inRole(deputy)))
	east := time.FixedZone("east", 14*3600)
	reads := until(soon, inRole(reader))
	noReads, noProgram := lacks("report.read: workspace"), lacks("miniprogram.release: assigned")
	program := inRole(releaser, "mp-1")
	releases := until(soon, program)
	checkRows(t, offices.CheckAssign, []adminRow{
		{"until the actor's end", deputyWith(reads), inShop(), until(soon, inRole(reader)), byDeputy},
		{"until just before the actor's end",
			deputyWith(reads), inShop(), until(soon.Add(-1), inRole(reader)), byDeputy},
		{"until just after the actor's end", deputyWith(reads), inShop(), until(soon.Add(1), inRole(reader)), noReads},
		{"until the actor's end in another zone",
			deputyWith(reads), inShop(), until(soon.In(east), inRole(reader)), byDeputy},
		{"without an end", deputyWith(reads), inShop(), inRole(reader), noReads},
		{"without an end, by one who has it without an end",
			deputyWith(inRole(reader)), inShop(), inRole(reader), byDeputy},
		{"later than now, until the actor's end",
			deputyWith(reads), inShop(), from(soon.Add(-1), until(soon, inRole(reader))), byDeputy},
		{"after the actor's end", deputyWith(reads), inShop(), from(soon, until(later, inRole(reader))), noReads},
		{"until the later of two ends",
			deputyWith(until(later, inRole(reader)), reads), inShop(), until(later, inRole(reader)), byDeputy},
		{"until the later of two ends, in the other order",
			deputyWith(reads, until(later, inRole(reader))), inShop(), until(later, inRole(reader)), byDeputy},
		{"a temporary deputy's right, without an end",
			temporary, inShop(), inRole(setter), lacks("member.set_role: workspace")},
		{"a temporary deputy's right, until the same end", temporary, inShop(), until(soon, inRole(setter)), byDeputy},
		{"a role of nothing, without an end, by a temporary deputy", temporary, inShop(), inRole(bystander), byDeputy},

		{"a program until the actor's end",
			deputyWith(releases), inShop(), until(soon, program), byDeputy},
		{"a program until just after the actor's end",
			deputyWith(releases), inShop(), until(soon.Add(1), program), noProgram},
		{"a program without an end", deputyWith(releases), inShop(), program, noProgram},
		{"a program without an end, by one whose whole workspace ends",
			deputyWith(until(soon, inRole(signer))), inShop(), program, noProgram},
		{"a program without an end, by one whose workspace ends and whose program does not",
			deputyWith(until(soon, inRole(signer)), program), inShop(), program, byDeputy},
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

// listOfLacking names the first n permissions of policyWithBroadRole.
func listOfLacking(n int) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf("a%02d: workspace", i))
	}
	return strings.Join(items, ", ")
}

// policyWithBroadRole has a role that sets roles, and a role that grants that many actions.
func policyWithBroadRole(actions int) *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.SetMemberRole: rbac.OnWorkspace}}
	broad := merchantRole("broad", rbac.Permissions{})
	for i := range actions {
		action := rbac.Action(fmt.Sprintf("a%02d", i))
		spec.Actions[action] = rbac.OnWorkspace
		broad.Permissions[action] = rbac.ScopeWorkspace
	}
	spec.Roles = []rbac.Role{broad, merchantRole(setter, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace})}
	return rbac.Must(rbac.New(spec))
}

// A merchant's Developer may add members of the workspace to the mini programs that are assigned to the Developer.
func TestCheckAssignLetsADeveloperAddOwnPrograms(t *testing.T) {
	developer := func(programs ...string) rbac.Assignment { return inRole(rbac.Developer, programs...) }
	dev, has3 := annWith(developer("mp-1", "mp-2")), inShop(developer("mp-3"))
	yes, no := "yes, by developer (assigned)", "member.set_role: not_granted"
	window := from(ago, until(soon, developer("mp-3")))
	stranger := staff("bob", theBakery, developer())
	temporary := annWith(until(soon, developer("mp-1", "mp-2")))
	lacking := lacksFor(rbac.ManageMiniProgramMembers, lackedByDevelopers(t))
	checkRows(t, offices.CheckAssign, []adminRow{
		{"a program of the actor", dev, has3, developer("mp-1"), yes},
		{"two programs of the actor", dev, has3, developer("mp-1", "mp-2"), yes},
		{"one beside one that is held", dev, has3, developer("mp-3", "mp-1"), yes},
		{"to one who holds the role without programs", dev, inShop(developer()), developer("mp-1"), yes},
		{"to one who holds another role", dev, inShop(inRole(rbac.Operator)), inRole(rbac.Operator, "mp-1"), yes},
		{"to one who is blocked", dev, inStatus(rbac.StatusBlocked, has3), developer("mp-1"), yes},

		{"a program of others", dev, has3, developer("mp-4"), no},
		{"one of the actor and one of others", dev, has3, developer("mp-1", "mp-4"), no},
		{"one of others and one of the actor", dev, has3, developer("mp-4", "mp-1"), no},
		{"no program", dev, has3, developer(), no},
		{"nothing but what is held", dev, has3, developer("mp-3"), no},
		{"an empty program", dev, has3, developer(""), no},
		{"a program and an empty one", dev, has3, developer("mp-1", ""), no},
		{"a role that is not held", dev, has3, inRole(rbac.Operator, "mp-1"), no},
		{"to one who holds nothing", dev, inShop(), developer("mp-1"), no},
		{"to oneself", dev, dev, developer("mp-2"), "member.set_role: self"},
		{"to one of another merchant", dev, stranger, developer("mp-1"), "member.set_role: other_workspace"},
		{"by an Operator", annWith(inRole(rbac.Operator, "mp-1")), has3, developer("mp-1"), no},
		{"by a Developer without programs", annWith(developer()), has3, developer("mp-1"), no},
		{"by a Developer who is blocked",
			inStatus(rbac.StatusBlocked, dev), has3, developer("mp-1"), "member.set_role: blocked"},
		{"by a Developer whose role has expired", annWith(until(ago, developer("mp-1"))), has3, developer("mp-1"), no},

		{"a role that gives more than the actor has there", dev, inShop(inRole(promoter, "mp-3")),
			inRole(promoter, "mp-1"), lacksFor("miniprogram.manage_members", "feedback.read: assigned")},
		{"a role that gives nothing there", dev, inShop(inRole(reader)), inRole(reader, "mp-1"), yes},
		{"by one who manages all programs and has none", annWith(inRole(keeper)), inShop(inRole(releaser, "mp-3")),
			inRole(releaser, "mp-1"), lacksFor("miniprogram.manage_members", "miniprogram.release: assigned")},
		{"by one who manages all programs, to a role of nothing", annWith(inRole(keeper)), inShop(inRole(bystander)),
			inRole(bystander, "mp-1"), "yes, by keeper (workspace)"},

		{"for the time of the held one", dev, inShop(window), from(ago, until(soon, developer("mp-1"))), yes},
		{"for less than its time", dev, inShop(window), from(ago.Add(1), until(soon.Add(-1), developer("mp-1"))), yes},
		{"from before its start", dev, inShop(window), from(ago.Add(-1), until(soon, developer("mp-1"))), no},
		{"without a start", dev, inShop(window), until(soon, developer("mp-1")), no},
		{"until after its end", dev, inShop(window), from(ago, until(soon.Add(1), developer("mp-1"))), no},
		{"without an end", dev, inShop(window), from(ago, developer("mp-1")), no},
		{"to what has expired", dev, inShop(until(ago, developer("mp-3"))), until(ago, developer("mp-1")), no},
		{"until the actor's end", temporary, inShop(window), from(ago, until(soon, developer("mp-1"))), yes},
		{"to what lasts longer than the actor", temporary, has3, developer("mp-1"), lacking},
		{"for a short time, to what lasts longer than the actor",
			temporary, has3, until(soon, developer("mp-1")), lacking},

		{"to the second assignment, where the first has it",
			dev, inShop(developer("mp-1"), developer("mp-3")), developer("mp-1"), yes},
		{"to one of two assignments, the first of which lasts too long",
			temporary, inShop(developer("mp-3"), window), from(ago, until(soon, developer("mp-1"))), lacking},
		{"to one of two assignments, the second of which lasts too long",
			temporary, inShop(window, developer("mp-3")), from(ago, until(soon, developer("mp-1"))), lacking},
		{"to one of two assignments, one of which has the program of others",
			dev, inShop(developer(), developer("mp-4")), developer("mp-1", "mp-4"), no},
		{"to the one assignment that lasts long enough",
			dev, inShop(window, developer("mp-3")), developer("mp-1"), yes},
		{"a program named twice", dev, has3, developer("mp-1", "mp-1"), yes},
		{"to a role that is unknown", dev, inShop(inRole("nobody", "mp-3")), inRole("nobody", "mp-1"), no},
		{"to a role of the other kind", dev, inShop(inRole(fleet, "mp-3")), inRole(fleet, "mp-1"), no},
		{"to neither of two assignments",
			temporary, inShop(developer("mp-3"), inRole(rbac.Operator)), developer("mp-1"), lacking},
	})
}

// lackedByDevelopers is what one lacks who has none of a Developer's permissions on a program.
func lackedByDevelopers(t *testing.T) string {
	t.Helper()
	lacking := assignedToDevelopers()
	require.Greater(t, len(lacking), 16)
	return cutList(lacking)
}

// assignedToDevelopers has the permissions of a Developer on assigned programs, in name order.
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

// cutList names the first sixteen.
func cutList(items []string) string {
	return strings.Join(items[:16], ", ") + fmt.Sprintf(", and %d more", len(items)-16)
}

func TestCheckRevokeTakesWhatIsHeldAndCovered(t *testing.T) {
	ann := deputyWith(inRole(releaser, "mp-1", "mp-2", "mp-3"))
	both, weakAndStrong := inShop(inRole(releaser, "mp-1", "mp-2")), inShop(inRole(bystander), inRole(signer))
	notHeld, tooStrong := "member.set_role: not_held", lacks("miniprogram.release: workspace")
	checkRows(t, offices.CheckRevoke, []adminRow{
		{"the role", ann, both, inRole(releaser), byDeputy},
		{"the role with its programs", ann, both, inRole(releaser, "mp-2", "mp-1"), byDeputy},
		{"some of its programs", ann, both, inRole(releaser, "mp-2"), byDeputy},
		{"a program that is not held", ann, both, inRole(releaser, "mp-3"), notHeld},
		{"a program that is held and one that is not", ann, both, inRole(releaser, "mp-1", "mp-3"), notHeld},
		{"an empty program", ann, inShop(inRole(releaser, "")), inRole(releaser, ""), notHeld},
		{"programs of two assignments at once",
			ann, inShop(inRole(releaser, "mp-1"), inRole(releaser, "mp-2")), inRole(releaser, "mp-1", "mp-2"), notHeld},
		{"from the second assignment",
			ann, inShop(inRole(bystander), inRole(releaser, "mp-2")), inRole(releaser, "mp-2"), byDeputy},
		{"another role", ann, both, inRole(bystander), notHeld},
		{"from one who holds nothing", ann, inShop(), inRole(releaser), notHeld},
		{"an unknown role that is held", ann, inShop(inRole("nobody", "mp-1")), inRole("nobody", "mp-1"), byDeputy},
		{"a role that has expired", ann, inShop(until(ago, inRole(signer))), inRole(signer), byDeputy},
		{"a role, with other bounds", ann, both, until(ago, inRole(releaser)), byDeputy},
		{"the stronger of two roles", ann, weakAndStrong, inRole(signer), tooStrong},
		{"the weaker of two roles", ann, weakAndStrong, inRole(bystander), tooStrong},
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
	developer := func(programs ...string) rbac.Assignment { return inRole(rbac.Developer, programs...) }
	dev, has := annWith(developer("mp-1", "mp-2")), inShop(developer("mp-1", "mp-3"))
	mp1 := inRole(releaser, "mp-1")
	brief := annWith(until(soon, mp1), inRole(keeper))
	lacking := lacksFor("miniprogram.manage_members", "miniprogram.release: assigned")
	yes, no := "yes, by developer (assigned)", "member.set_role: not_granted"
	checkRows(t, offices.CheckRevoke, []adminRow{
		{"a program of the actor", dev, has, developer("mp-1"), yes},
		{"two programs of the actor", dev, inShop(developer("mp-1", "mp-2", "mp-3")), developer("mp-2", "mp-1"), yes},
		{"the last program", dev, inShop(inRole(rbac.Operator, "mp-1")), inRole(rbac.Operator, "mp-1"), yes},
		{"from the second assignment", dev, inShop(developer("mp-3"), developer("mp-1")), developer("mp-1"), yes},
		{"a program of others", dev, has, developer("mp-3"), no},
		{"one of the actor and one of others", dev, has, developer("mp-1", "mp-3"), no},
		{"the role", dev, has, developer(), no},
		{"a program that is not held", dev, has, developer("mp-2"), no},
		{"a program that is held and one that is not", dev, has, developer("mp-1", "mp-2"), no},
		{"from a role that is not held", dev, has, inRole(rbac.Operator, "mp-1"), no},
		{"from oneself", dev, dev, developer("mp-1"), "member.set_role: self"},
		{"a role that gives more than the actor has there", dev, inShop(inRole(promoter, "mp-1")),
			inRole(promoter, "mp-1"), lacksFor("miniprogram.manage_members", "feedback.read: assigned")},
		{"from what lasts longer than the actor", brief, inShop(mp1), mp1, lacking},
		{"a program named twice", dev, has, developer("mp-1", "mp-1"), yes},
		{"an empty program", dev, inShop(developer("mp-1", "")), developer("mp-1", ""), no},
		{"from two assignments, the first of which lasts longer than the actor",
			brief, inShop(mp1, until(soon, mp1)), mp1, lacking},
		{"from two assignments, the second of which lasts longer than the actor",
			brief, inShop(until(soon, mp1), inRole(releaser, "mp-1", "mp-2")), mp1, lacking},
		{"from two assignments, one of which has expired", brief, inShop(mp1, until(ago, mp1)), mp1, lacking},
		{"from two assignments, the longer of which has other programs",
			brief, inShop(inRole(releaser, "mp-2"), until(soon, mp1)), mp1, "yes, by keeper (workspace)"},
		{"from a role that is unknown", dev, inShop(inRole("nobody", "mp-1")), inRole("nobody", "mp-1"), yes},
		{"from a role that gave more, and has expired",
			dev, inShop(until(ago, inRole(promoter, "mp-1"))), inRole(promoter, "mp-1"), yes},
		{"from one of another merchant",
			dev, staff("bob", theBakery, developer("mp-1")), developer("mp-1"), "member.set_role: other_workspace"},
	})
}

// A deputy who does not cover the other member is still a Developer, who may move own programs.
func TestCheckAssignAndRevokeLetADeputyMoveOwnPrograms(t *testing.T) {
	both := deputyWith(inRole(rbac.Developer, "mp-1"))
	stronger := inShop(inRole(reader), inRole(rbac.Developer, "mp-1", "mp-3"), inRole(rbac.Developer, "mp-3"))
	lacking := lacks(cutList(append(assignedToDevelopers(), "report.read: workspace")))
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

// The right to manage the members of a mini program works among a merchant's members only.
func TestCheckAssignAndRevokeDelegateToMerchantsOnly(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.WorkspaceDeveloper: {rbac.ManageMiniProgramMembers: rbac.ScopeAssigned},
		rbac.WorkspaceReviewer:  {rbac.ManageMiniProgramMembers: rbac.ScopeTenant},
	}}))
	builder := staff("ann", theWallet, inRole(rbac.WorkspaceDeveloper, "mp-1"))
	reviewer := staff("ann", theWallet, inRole(rbac.WorkspaceReviewer))
	bare, given := inRole(rbac.WorkspaceDeveloper), inRole(rbac.WorkspaceDeveloper, "mp-1")
	developer := inRole(rbac.Developer, "mp-1")
	const noRight = "member.set_role: not_granted"
	checkRows(t, policy.CheckAssign, []adminRow{
		{"within the tenant workspace", builder, staff("bob", theWallet, bare), given, noRight},
		{"from the tenant to a merchant", reviewer, inShop(inRole(rbac.Developer)), developer, noRight},
	})
	checkRows(t, policy.CheckRevoke, []adminRow{
		{"taking, within the tenant workspace", builder, staff("bob", theWallet, given), given, noRight},
		{"taking, from the tenant to a merchant", reviewer, inShop(developer), developer, noRight},
	})
}

// memberActions are actions on members. In memberPolicy a role of its own grants each.
var memberActions = []rbac.Action{
	rbac.InviteMember, rbac.WithdrawInvitation, rbac.ResendInvitation, rbac.BlockMember, rbac.DeleteMember,
	"member.greet",
}

func memberPolicy() *rbac.Policy {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{"member.greet": rbac.OnWorkspace}}
	for _, action := range memberActions {
		id := rbac.RoleID("may." + action)
		spec.Roles = append(spec.Roles, merchantRole(id, rbac.Permissions{action: rbac.ScopeWorkspace}))
	}
	return rbac.Must(rbac.New(rbac.Defaults(), spec))
}

func TestCheckManageNeedsItsAction(t *testing.T) {
	policy := memberPolicy()
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
		name  string
		given rbac.Assignment
		want  string
	}{
		{"an equal", inRole(rbac.DeveloperAdmin), "yes, by developer_admin (workspace)"},
		{"a Developer with programs", inRole(rbac.Developer, "mp-1"), "yes, by developer_admin (workspace)"},
		{"one with more", inRole(promoter, "mp-1"), lacksFor("member.invite", "feedback.read: assigned")},
		{"one with more, later", from(soon, inRole(reader)), lacksFor("member.invite", "report.read: workspace")},
		{"an unknown role", inRole("nobody"), "member.invite: unknown_role"},
		{"a role of the other kind", inRole(fleet), "member.invite: other_kind"},
		{"a role that has expired", until(ago, inRole(rbac.Operator)), "member.invite: invalid_assignment"},
		{"an empty program", inRole(rbac.Developer, ""), "member.invite: invalid_assignment"},
		{"a role that excludes another", inRole(checker), "member.invite: exclusive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			invited := rbac.Invite("bob", theShop, noon, inRole(maker), test.given)
			assert.Equal(t, test.want, verdict(offices.CheckManage(inviter, invited, rbac.InviteMember)))
		})
	}
}

// The member owns what is done to the member, so nobody passes four eyes on the own membership of another workspace.
func TestCheckManageAndAssignTakeTheMemberAsOwner(t *testing.T) {
	watched := rbac.Spec{FourEyes: []rbac.Action{rbac.BlockMember, rbac.SetMemberRole}}
	policy := rbac.Must(rbac.New(offices.Spec(), watched))
	director := staff("ann", theWallet, inRole(regional))
	assert.Equal(t, "member.block: own_request", verdict(policy.CheckManage(director, annWith(), rbac.BlockMember)))
	assert.Equal(t, "member.set_role: own_request", verdict(policy.CheckAssign(director, annWith(), inRole(reader))))
	assert.Equal(t, "yes, by regional (tenant)", verdict(policy.CheckManage(director, inShop(), rbac.BlockMember)))
	assert.Equal(t, "yes, by regional (tenant)", verdict(policy.CheckAssign(director, inShop(), inRole(reader))))
}

// newcomer is a role that no policy has.
func newcomer(kind rbac.WorkspaceKind, permissions rbac.Permissions) rbac.Role {
	return rbac.Role{ID: "newcomer", Kind: kind, Permissions: permissions}
}

func lacksToDefine(permissions string) string { return lacksFor(rbac.DefineRole, permissions) }

func TestCheckDefineGivesNewRolesNoMoreThanTheActorHas(t *testing.T) {
	dev, ten := rbac.KindDeveloper, rbac.KindTenant
	ann := deputyWith()
	inRegion := staff("ann", theWallet, inRole(regional, "mp-1"))
	director := staff("ann", theWallet, inRole(regional))
	confined := staff("ann", theWallet, inRole(walletOnly))
	reads := func(s rbac.Scope) rbac.Permissions { return rbac.Permissions{readReports: s} }
	releases := func(s rbac.Scope) rbac.Permissions { return rbac.Permissions{rbac.ReleaseMiniProgram: s} }
	noReads := lacksToDefine("report.read: workspace")
	noProgram, noOwn := lacksToDefine("miniprogram.release: assigned"), lacksToDefine("miniprogram.release: own")
	exists, invalid := "role.define: role_exists", "role.define: invalid_role"
	regionally, confinedly := "yes, by regional (tenant)", "yes, by wallet_only (workspace)"
	tests := []struct {
		name string
		by   rbac.Member
		role rbac.Role
		want string
	}{
		{"a role of nothing", ann, newcomer(dev, nil), byDeputy},
		{"a role with a name and a description",
			ann, rbac.Role{ID: "newcomer", Kind: dev, Name: "Newcomer", Description: "Looks around."}, byDeputy},
		{"a role of what the actor has",
			ann, newcomer(dev, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}), byDeputy},
		{"a role of what the actor has, and less",
			ann, newcomer(dev, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeOwn}), byDeputy},
		{"a role of the zero scope", ann, newcomer(dev, reads(0)), byDeputy},
		{"a role of what the actor lacks", ann, newcomer(dev, reads(rbac.ScopeWorkspace)), noReads},
		{"a role of several things that the actor lacks", ann,
			newcomer(dev, reads(rbac.ScopeWorkspace).Union(releases(rbac.ScopeAssigned|rbac.ScopeOwn))),
			lacksToDefine("miniprogram.release: own|assigned, report.read: workspace")},
		{"assigned, by one who has it on some program",
			deputyWith(inRole(releaser, "mp-1")), newcomer(dev, releases(rbac.ScopeAssigned)), byDeputy},
		{"assigned, by one who has the role on no program yet",
			deputyWith(inRole(releaser)), newcomer(dev, releases(rbac.ScopeAssigned)), byDeputy},
		{"assigned, by one who has the whole workspace",
			deputyWith(inRole(signer)), newcomer(dev, releases(rbac.ScopeAssigned)), byDeputy},
		{"assigned and own, by one who has it assigned",
			deputyWith(inRole(releaser, "mp-1")), newcomer(dev, releases(rbac.ScopeAssigned|rbac.ScopeOwn)), noOwn},
		{"the workspace, by one who has it assigned", deputyWith(inRole(releaser, "mp-1")),
			newcomer(dev, releases(rbac.ScopeWorkspace)), lacksToDefine("miniprogram.release: workspace")},
		{"own, by one who has own",
			deputyWith(inRole(requester)), newcomer(dev, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}), byDeputy},
		{"without an end, by one who has it for a time",
			deputyWith(until(soon, inRole(reader))), newcomer(dev, reads(rbac.ScopeWorkspace)), noReads},
		{"assigned without an end, by one who has it for a time",
			deputyWith(until(soon, inRole(releaser, "mp-1"))), newcomer(dev, releases(rbac.ScopeAssigned)), noProgram},

		{"a role that exists", ann, rbac.Role{ID: reader, Kind: dev}, exists},
		{"the first role of the policy", ann, rbac.Role{ID: firstOf(offices.Roles()).ID, Kind: dev}, exists},
		{"a role that exists, of the other kind", ann, rbac.Role{ID: rbac.WorkspaceAdmin, Kind: dev}, exists},
		{"a role without an ID", ann, rbac.Role{Kind: dev}, invalid},
		{"a role in capitals", ann, rbac.Role{ID: "Reader", Kind: dev}, invalid},
		{"a role of no kind", ann, rbac.Role{ID: "newcomer"}, invalid},
		{"a role whose name is too long",
			ann, rbac.Role{ID: "newcomer", Kind: dev, Name: strings.Repeat("n", 257)}, invalid},
		{"a role of an unknown action",
			ann, newcomer(dev, rbac.Permissions{"report.burn": rbac.ScopeWorkspace}), invalid},
		{"a role of an unknown action, with no scope", ann, newcomer(dev, rbac.Permissions{"report.burn": 0}), invalid},
		{"a role of an invalid scope", ann, newcomer(dev, reads(16)), invalid},
		{"a merchant's role of the tenant", ann, newcomer(dev, reads(rbac.ScopeTenant)), invalid},
		{"a tenant's role, by a merchant", ann, newcomer(ten, nil), "role.define: other_kind"},

		{"a tenant's role, by the tenant", director, newcomer(ten, reads(rbac.ScopeTenant)), regionally},
		{"a tenant's role, by one who has the wallet", confined, newcomer(ten, reads(rbac.ScopeWorkspace)), confinedly},
		{"a tenant's role of the tenant, by one who has the wallet",
			confined, newcomer(ten, reads(rbac.ScopeTenant)), lacksToDefine("report.read: tenant")},
		{"a merchant's role, by one who has the tenant",
			director, newcomer(dev, reads(rbac.ScopeWorkspace)), regionally},
		{"a merchant's role, by one who has the wallet", confined, newcomer(dev, reads(rbac.ScopeWorkspace)), noReads},
		{"a merchant's role of own things, by one who has own things of the wallet", confined,
			newcomer(dev, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}), lacksToDefine("request.view: own")},
		{"a merchant's role on assigned programs, by one who has programs of the wallet",
			inRegion, newcomer(dev, releases(rbac.ScopeAssigned)), noProgram},
		{"a tenant's role on assigned programs, by one who has programs of the wallet",
			inRegion, newcomer(ten, releases(rbac.ScopeAssigned)), regionally},

		{"by one who may not define", annWith(inRole(reader)), newcomer(dev, nil), "role.define: not_granted"},
		{"by one whose role has expired",
			annWith(until(ago, inRole(deputy))), newcomer(dev, nil), "role.define: expired"},
		{"by one who is blocked", inStatus(rbac.StatusBlocked, ann), newcomer(dev, nil), "role.define: blocked"},
		{"by one without an ID", staff("", theShop, inRole(deputy)), newcomer(dev, nil), "role.define: invalid_member"},
		{"by one of an invalid workspace",
			staff("ann", rbac.Workspace{}, inRole(deputy)), newcomer(dev, nil), "role.define: invalid_workspace"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, verdict(offices.CheckDefine(test.by, test.role)))
		})
	}
}

func TestCheckDefineWithoutAPolicy(t *testing.T) {
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		got := policy.CheckDefine(deputyWith(), newcomer(rbac.KindDeveloper, nil))
		assert.Equal(t, "role.define: no_policy", verdict(got), "the %s policy", name)
	}
}
