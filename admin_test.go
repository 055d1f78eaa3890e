package rbac_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// It is noon in the tests of administration.
var (
	morning = noon.Add(-6 * time.Hour)
	evening = noon.Add(6 * time.Hour)
	night   = noon.Add(12 * time.Hour)
)

// Roles of merchants, beside those of offices.
const (
	steward  rbac.RoleID = "steward"  // does every step on members, and lists them
	usher    rbac.RoleID = "usher"    // does every step on members, and does not list them
	manager  rbac.RoleID = "manager"  // does what a steward does, and administers reader and releaser
	copyist  rbac.RoleID = "copyist"  // grants what reader does
	shipper  rbac.RoleID = "shipper"  // grants what releaser does
	foreman  rbac.RoleID = "foreman"  // grants nothing, and administers reader
	overseer rbac.RoleID = "overseer" // grants nothing, and administers reader and shipper
	director rbac.RoleID = "director" // a tenant role: does every step everywhere, and lists members
)

const greetMember rbac.Action = "member.greet"

// memberActions are the actions of the steps on members. For each, teams has a role that grants nothing else.
var memberActions = []rbac.Action{
	rbac.InviteMember, rbac.ResendInvitation, rbac.WithdrawInvitation, rbac.SetMemberRole,
	rbac.AssignMiniPrograms, rbac.BlockMember, rbac.DeleteMember, greetMember,
}

func onlyMay(action rbac.Action) rbac.RoleID { return rbac.RoleID("may." + action) }

// teams is the policy of offices with these roles.
var teams = func() *rbac.Policy {
	spec := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{greetMember: rbac.OnWorkspace},
		Administers: map[rbac.RoleID][]rbac.RoleID{
			manager: {reader, releaser}, foreman: {reader}, overseer: {reader, shipper},
		},
	}
	steps, everywhere := make(rbac.Permissions), make(rbac.Permissions)
	for _, action := range memberActions {
		steps[action], everywhere[action] = rbac.ScopeWorkspace, rbac.ScopeTenant
		spec.Roles = append(spec.Roles, merchantRole(onlyMay(action), rbac.Permissions{action: rbac.ScopeWorkspace}))
	}
	lists := rbac.Permissions{rbac.ListMembers: rbac.ScopeWorkspace}
	spec.Roles = append(spec.Roles,
		merchantRole(steward, steps.Union(lists)), merchantRole(usher, steps), merchantRole(manager, steps.Union(lists)),
		merchantRole(copyist, rbac.Permissions{readReports: rbac.ScopeWorkspace}),
		merchantRole(shipper, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned}),
		merchantRole(foreman, nil), merchantRole(overseer, nil),
		tenantRole(director, everywhere.Union(rbac.Permissions{rbac.ListMembers: rbac.ScopeTenant})),
	)
	return rbac.Must(rbac.New(offices.Spec(), spec))
}()

// deputyWith is ann, who is a deputy and has other roles.
func deputyWith(held ...rbac.Assignment) rbac.Member {
	return annWith(append([]rbac.Assignment{inRole(deputy)}, held...)...)
}

// stewardWith is ann, who is a steward and has other roles.
func stewardWith(held ...rbac.Assignment) rbac.Member {
	return annWith(append([]rbac.Assignment{inRole(steward)}, held...)...)
}

func suspended(member rbac.Member) rbac.Member {
	member.Suspended = true
	return member
}

// verdict is the answer to a step in words: "yes", the action and why not and what is missing, or the status that
// forbids it.
func verdict(err error) string {
	var denied *rbac.DeniedError
	var status *rbac.StatusError
	switch {
	case err == nil:
		return "yes"
	case errors.As(err, &status):
		return fmt.Sprintf("cannot %s one who is %s", status.Step, status.Status)
	case !errors.As(err, &denied):
		return err.Error()
	case len(denied.Missing) == 0:
		return fmt.Sprintf("%s: %s", denied.Action, denied.Reason)
	}
	return fmt.Sprintf("%s: %s, missing %s", denied.Action, denied.Reason, listOf(denied.Missing))
}

func listOf(permissions rbac.Permissions) string {
	var items []string
	for _, action := range slices.Sorted(maps.Keys(permissions)) {
		items = append(items, fmt.Sprintf("%s: %s", action, permissions[action]))
	}
	return strings.Join(items, ", ")
}

// lacksFor is the verdict that the actor does not cover what the step gives or touches.
func lacksFor(action rbac.Action, missing string) string {
	return fmt.Sprintf("%s: not_covered, missing %s", action, missing)
}

func lacks(missing string) string { return lacksFor(rbac.SetMemberRole, missing) }

// adminStep is one step on a member who has the status from which it starts.
type adminStep struct {
	name   string
	action rbac.Action
	status rbac.Status
	do     func(by *rbac.Subject, to rbac.Member) (rbac.Member, error)
}

// invite is the step whose result is a new member.
func invite() adminStep {
	return adminStep{"Invite", rbac.InviteMember, rbac.StatusInvited,
		func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) {
			return by.Invite(to.ID, to.Workspace, to.Assignments...)
		}}
}

// coverNow are the steps that need cover now for what the member holds. They give and take only the role bystander,
// which grants nothing.
func coverNow() []adminStep {
	given := inRole(bystander)
	beside := func(to rbac.Member) rbac.Member {
		to.Assignments = append([]rbac.Assignment{given}, to.Assignments...)
		return to
	}
	return []adminStep{
		{"Assign", rbac.SetMemberRole, rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) { return by.Assign(to, given) }},
		{"Revoke", rbac.SetMemberRole, rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) { return by.Revoke(beside(to), given) }},
		{"Replace", rbac.SetMemberRole, rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) {
				return by.Replace(beside(to), given, from(evening, given))
			}},
		{"Block", rbac.BlockMember, rbac.StatusActive, (*rbac.Subject).Block},
		{"Withdraw", rbac.WithdrawInvitation, rbac.StatusInvited, (*rbac.Subject).Withdraw},
	}
}

// coverUntilItEnds are the steps that need cover for what the member holds until it ends.
func coverUntilItEnds() []adminStep {
	return []adminStep{
		{"Unblock", rbac.BlockMember, rbac.StatusBlocked, (*rbac.Subject).Unblock},
		{"Resend", rbac.ResendInvitation, rbac.StatusInvited, (*rbac.Subject).Resend},
		{"Delete", rbac.DeleteMember, rbac.StatusActive, (*rbac.Subject).Delete},
		{"Manage", greetMember, rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) { return to, by.Manage(to, greetMember) }},
	}
}

func stepsOnMembers() []adminStep { return append(coverNow(), coverUntilItEnds()...) }

func everyStep() []adminStep { return append(stepsOnMembers(), invite()) }

func TestEveryStepNeedsItsAction(t *testing.T) {
	for _, step := range everyStep() {
		for _, action := range memberActions {
			t.Run(fmt.Sprintf("%s by one with %s", step.name, action), func(t *testing.T) {
				want := fmt.Sprintf("%s: not_granted", step.action)
				if action == step.action {
					want = "yes"
				}
				by := teams.BindAt(noon, annWith(inRole(onlyMay(action))))
				_, err := step.do(by, inStatus(step.status, inShop()))
				assert.Equal(t, want, verdict(err))
			})
		}
	}
}

func TestEveryStepNeedsTwoMembers(t *testing.T) {
	isAdmin := inRole(steward)
	admin, tenants := annWith(isAdmin), staff("ann", theWallet, inRole(director))
	zero := &rbac.Policy{}
	tests := []struct {
		sentence string
		policy   *rbac.Policy
		by, to   rbac.Member
		want     rbac.Reason
	}{
		{"two members of the shop", teams, admin, inShop(), rbac.ReasonGranted},
		{"a member of the wallet and one of the shop", teams, tenants, inShop(), rbac.ReasonGranted},
		{"no policy", nil, admin, inShop(), rbac.ReasonNoPolicy},
		{"the zero policy", zero, admin, inShop(), rbac.ReasonNoPolicy},
		{"oneself", teams, admin, admin, rbac.ReasonSelf},
		{"oneself, without a policy", nil, admin, admin, rbac.ReasonNoPolicy},
		{"oneself, by the zero policy", zero, admin, admin, rbac.ReasonNoPolicy},
		{"the same person in another workspace", teams, tenants, annWith(), rbac.ReasonSelf},
		{"one of the same ID in another tenant",
			teams, admin, staff("ann", banksShop), rbac.ReasonOtherTenant},
		{"one without an ID", teams, admin, staff("", theShop), rbac.ReasonInvalidTarget},
		{"two without IDs", teams, staff("", theShop, isAdmin), staff("", theShop), rbac.ReasonInvalidMember},
		{"one of another merchant", teams, admin, staff("bob", theBakery), rbac.ReasonOtherWorkspace},
		{"one of the tenant", teams, admin, staff("bob", theWallet), rbac.ReasonOtherWorkspace},
		{"one of another tenant", teams, admin, staff("bob", theBank), rbac.ReasonOtherTenant},
		{"one of another tenant's shop of the same ID",
			teams, admin, staff("bob", banksShop), rbac.ReasonOtherTenant},
		{"one of an invalid workspace", teams, admin, staff("bob", rbac.Workspace{}), rbac.ReasonInvalidWorkspace},
		{"a tenant's admin and a merchant's member", offices, staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)),
			inShop(), rbac.ReasonOwnWorkspaceOnly},
		{"an actor without an ID", teams, staff("", theShop, isAdmin), inShop(), rbac.ReasonInvalidMember},
		{"an actor without a status", teams, inStatus(0, admin), inShop(), rbac.ReasonInvalidMember},
		{"an actor who is invited", teams, inStatus(rbac.StatusInvited, admin), inShop(), rbac.ReasonInvited},
		{"an actor who is blocked", teams, inStatus(rbac.StatusBlocked, admin), inShop(), rbac.ReasonBlocked},
		{"an actor who is withdrawn", teams, inStatus(rbac.StatusWithdrawn, admin), inShop(), rbac.ReasonWithdrawn},
		{"an actor who is deleted", teams, inStatus(rbac.StatusDeleted, admin), inShop(), rbac.ReasonDeleted},
		{"an actor whose workspace is suspended", teams, suspended(admin), inShop(), rbac.ReasonSuspended},
		{"a member whose workspace is suspended", teams, tenants, suspended(inShop()), rbac.ReasonGranted},
		{"an actor of an invalid workspace",
			teams, staff("ann", rbac.Workspace{}, isAdmin), inShop(), rbac.ReasonInvalidWorkspace},
		{"an actor whose role has expired", teams, annWith(until(noon, isAdmin)), inShop(), rbac.ReasonExpired},
		{"an actor whose role has not started",
			teams, annWith(from(noon.Add(1), isAdmin)), inShop(), rbac.ReasonNotYet},
		{"an actor whose role is unknown", teams, annWith(inRole("nobody")), inShop(), rbac.ReasonUnknownRole},
		{"an actor whose role is of the other kind", teams, annWith(inRole(director)), inShop(), rbac.ReasonOtherKind},
		{"an actor without a role", teams, annWith(), inShop(), rbac.ReasonNoRole},
	}
	for _, test := range tests {
		for _, step := range everyStep() {
			if test.policy == offices && step.name == "Manage" {
				continue // only teams declares its action
			}
			t.Run(test.sentence+", "+step.name, func(t *testing.T) {
				_, err := step.do(test.policy.BindAt(noon, test.by), inStatus(step.status, test.to))
				want := "yes"
				if test.want != rbac.ReasonGranted {
					want = fmt.Sprintf("%s: %s", step.action, test.want)
				}
				assert.Equal(t, want, verdict(err))
				assert.Equal(t, test.want != rbac.ReasonGranted, errors.Is(err, rbac.ErrDenied))
			})
		}
	}
}

func TestStepsOnMembersNeedAStatusThatExists(t *testing.T) {
	for _, status := range []rbac.Status{0, rbac.StatusDeleted + 1} {
		for _, step := range stepsOnMembers() {
			to := inStatus(status, inShop())
			_, err := step.do(teams.BindAt(noon, stewardWith()), to)
			assert.Equal(t, fmt.Sprintf("%s: invalid_target", step.action), verdict(err), "%s, %s", step.name, status)
		}
	}
}

func TestEveryStepByNoSubjectIsDenied(t *testing.T) {
	for name, by := range map[string]*rbac.Subject{"the nil subject": nil, "the zero subject": {}} {
		for _, step := range everyStep() {
			_, err := step.do(by, inStatus(step.status, inShop()))
			assert.Equal(t, fmt.Sprintf("%s: no_policy", step.action), verdict(err), "%s by %s", step.name, name)
		}
		assert.Empty(t, slices.Collect(by.Assignable(inShop())), "Assignable by %s", name)
		policy, err := by.Define(merchantRole("newcomer", nil))
		assert.Nil(t, policy, "Define by %s", name)
		assert.Equal(t, "role.define: no_policy", verdict(err), "Define by %s", name)
		policy, err = by.Undefine(bystander)
		assert.Nil(t, policy, "Undefine by %s", name)
		assert.Equal(t, "role.define: no_policy", verdict(err), "Undefine by %s", name)
	}
}

func TestEveryStepOfTheZeroMemberIsDenied(t *testing.T) {
	for _, step := range everyStep() {
		_, err := step.do(teams.BindAt(noon, stewardWith()), rbac.Member{})
		assert.Equal(t, fmt.Sprintf("%s: invalid_workspace", step.action), verdict(err), step.name)
	}
}

// holdingRow is what a member holds, and the answer to ann. The second answer is for steps that need cover until what
// is held ends.
type holdingRow struct {
	sentence      string
	by            rbac.Member
	held          []rbac.Assignment
	now, untilEnd string // "yes", or what follows the action
}

func checkHoldings(t *testing.T, rows []holdingRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			by := teams.BindAt(noon, row.by)
			for _, step := range stepsOnMembers() {
				want := row.now
				if slices.ContainsFunc(coverUntilItEnds(), func(s adminStep) bool { return s.name == step.name }) {
					want = row.untilEnd
				}
				if want != "yes" {
					want = fmt.Sprintf("%s: %s", step.action, want)
				}
				_, err := step.do(by, inStatus(step.status, inShop(row.held...)))
				assert.Equal(t, want, verdict(err), step.name)
			}
		})
	}
}

func held(assignments ...rbac.Assignment) []rbac.Assignment { return assignments }

func TestStepsOnMembersCoverWhatTheMemberHolds(t *testing.T) {
	const uncovered = "not_covered"
	const lacking, lackingProgram = "not_covered, missing miniprogram.release: workspace",
		"not_covered, missing miniprogram.release: assigned"
	strong, mp1, mp2 := inRole(signer), inRole(releaser, "mp-1"), inRole(releaser, "mp-2")
	checkHoldings(t, []holdingRow{
		{"nothing", stewardWith(), nil, "yes", "yes"},
		{"less than the actor", stewardWith(), held(inRole(setter)), "yes", "yes"},
		{"more than the actor", stewardWith(), held(strong), lacking, lacking},
		{"more, behind another assignment", stewardWith(), held(inRole(setter), strong), lacking, lacking},
		{"more, but the actor has it by another role", stewardWith(strong), held(strong), "yes", "yes"},
		{"more, from the evening on", stewardWith(), held(from(evening, strong)), lacking, lacking},
		{"more, until the morning", stewardWith(), held(until(morning, strong)), "yes", "yes"},
		{"more, until this instant", stewardWith(), held(until(noon, strong)), "yes", "yes"},
		{"more, until just after this instant", stewardWith(), held(until(noon.Add(1), strong)), lacking, lacking},
		{"more, with reversed bounds", stewardWith(), held(from(night, until(evening, strong))), "yes", "yes"},
		{"more, with equal bounds", stewardWith(), held(from(evening, until(evening, strong))), "yes", "yes"},

		{"what the actor holds for as long",
			stewardWith(until(evening, strong)), held(until(evening, strong)), "yes", "yes"},
		{"what the actor holds for less time",
			stewardWith(until(evening, strong)), held(until(evening.Add(1), strong)), "yes", lacking},
		{"without an end, what the actor holds until the evening",
			stewardWith(until(evening, strong)), held(strong), "yes", lacking},
		{"after the evening, what the actor holds until then",
			stewardWith(until(evening, strong)), held(from(evening, until(night, strong))), "yes", lacking},
		{"what the actor held until the morning", stewardWith(until(morning, strong)), held(strong), lacking, lacking},
		{"what the actor will hold", stewardWith(from(evening, strong)), held(from(evening, strong)), lacking, lacking},

		{"a mini program that is not the actor's", stewardWith(mp1), held(mp2), lackingProgram, lackingProgram},
		{"a mini program that is the actor's", stewardWith(mp1), held(mp1), "yes", "yes"},
		{"a mini program that is the actor's for less time",
			stewardWith(until(evening, mp1)), held(mp1), "yes", lackingProgram},
		{"a mini program, under the whole workspace", stewardWith(strong), held(mp2), "yes", "yes"},
		{"a mini program, under the whole workspace until the evening",
			stewardWith(until(evening, strong)), held(mp2), "yes", lackingProgram},
		{"an empty mini program", stewardWith(inRole(releaser, "")), held(inRole(releaser, "")), "yes", "yes"},
		{"a mini program that is not the actor's, behind an empty one",
			stewardWith(mp1), held(inRole(releaser, "", "mp-2")), lackingProgram, lackingProgram},
		{"own things, by one without own things", stewardWith(), held(inRole(requester)),
			"not_covered, missing request.view: own", "not_covered, missing request.view: own"},
		{"own things, by one with own things", stewardWith(inRole(requester)), held(inRole(requester)), "yes", "yes"},

		{"an unknown role", stewardWith(), held(inRole("nobody", "mp-1")), uncovered, uncovered},
		{"an unknown role that has ended", stewardWith(), held(until(morning, inRole("nobody"))), "yes", "yes"},
		{"a role of the other kind", stewardWith(), held(inRole(fleet)), uncovered, uncovered},
		{"two roles of more, in name order", stewardWith(), held(inRole(reader), strong),
			"not_covered, missing miniprogram.release: workspace, report.read: workspace",
			"not_covered, missing miniprogram.release: workspace, report.read: workspace"},
		{"two scopes of one action", stewardWith(), held(mp1, strong),
			"not_covered, missing miniprogram.release: assigned|workspace",
			"not_covered, missing miniprogram.release: assigned|workspace"},
	})
}

// The manager administers reader (report.read: workspace) and releaser (miniprogram.release: assigned).
func TestStepsOnMembersCoverByTheRolesThatTheActorAdministers(t *testing.T) {
	const noReads, noProgram = "not_covered, missing report.read: workspace",
		"not_covered, missing miniprogram.release: assigned"
	const uncovered = "not_covered"
	ann, today := annWith(inRole(manager)), annWith(until(evening, inRole(manager)))
	checkHoldings(t, []holdingRow{
		{"an administered role", ann, held(inRole(reader)), "yes", "yes"},
		{"an administered role on any mini program", ann, held(inRole(releaser, "mp-1", "mp-9")), "yes", "yes"},
		{"an administered role, for longer than the actor administers it", today, held(inRole(reader)), "yes", noReads},
		{"an administered role, for as long", today, held(until(evening, inRole(reader))), "yes", "yes"},
		{"an administered role, which the actor administered until the morning",
			stewardWith(until(morning, inRole(manager))), held(inRole(reader)), noReads, noReads},
		{"an administered role, which the actor will administer",
			stewardWith(from(evening, inRole(manager))), held(inRole(reader)), noReads, noReads},
		{"the permission of an administered role, by another role", ann, held(inRole(copyist)), "yes", noReads},
		{"the permission of an administered role on any mini program, by another role",
			ann, held(inRole(shipper, "mp-9")), "yes", noProgram},
		{"a wider permission than an administered role has", ann, held(inRole(signer)),
			"not_covered, missing miniprogram.release: workspace", "not_covered, missing miniprogram.release: workspace"},
		{"the actor's own role, which nobody administers", ann, held(inRole(manager)), "yes", uncovered},
		{"a role that administers less", ann, held(inRole(foreman)), "yes", uncovered},
		{"a role that administers more", ann, held(inRole(overseer)), uncovered, uncovered},
		{"a role that administers, by one who administers nothing", stewardWith(), held(inRole(foreman)),
			uncovered, uncovered},
	})
}

func TestStepsOnMembersTellWhatIsHeldOnlyToWhoMayListMembers(t *testing.T) {
	to := inShop(inRole(reader), inRole(signer))
	for _, step := range stepsOnMembers() {
		_, err := step.do(teams.BindAt(noon, annWith(inRole(usher))), inStatus(step.status, to))
		assert.Equal(t, fmt.Sprintf("%s: not_covered", step.action), verdict(err), step.name)
	}
	_, err := teams.BindAt(noon, annWith(inRole(usher))).Assign(inShop(inRole(signer)), inRole(reader))
	assert.Equal(t, lacks("report.read: workspace"), verdict(err), "what the step gives")
	_, err = teams.BindAt(noon, stewardWith()).Assign(inShop(inRole(signer)), inRole(reader))
	assert.Equal(t, lacks("miniprogram.release: workspace, report.read: workspace"), verdict(err), "both, to a steward")
}

func TestStepsOnMembersGoByTheStatus(t *testing.T) {
	starts := map[string][]rbac.Status{
		"Assign":   {rbac.StatusInvited, rbac.StatusActive, rbac.StatusBlocked},
		"Revoke":   {rbac.StatusInvited, rbac.StatusActive, rbac.StatusBlocked},
		"Replace":  {rbac.StatusInvited, rbac.StatusActive, rbac.StatusBlocked},
		"Block":    {rbac.StatusActive},
		"Withdraw": {rbac.StatusInvited},
		"Unblock":  {rbac.StatusBlocked},
		"Resend":   {rbac.StatusInvited},
		"Delete":   {rbac.StatusActive, rbac.StatusBlocked},
		"Manage": {rbac.StatusInvited, rbac.StatusActive, rbac.StatusBlocked,
			rbac.StatusWithdrawn, rbac.StatusDeleted},
	}
	for _, step := range stepsOnMembers() {
		for status := rbac.StatusInvited; status <= rbac.StatusDeleted; status++ {
			t.Run(fmt.Sprintf("%s of one who is %s", step.name, status), func(t *testing.T) {
				want := "yes"
				if !slices.Contains(starts[step.name], status) {
					want = fmt.Sprintf("cannot %s one who is %s", strings.ToLower(step.name), status)
				}
				_, err := step.do(teams.BindAt(noon, stewardWith()), inStatus(status, inShop()))
				assert.Equal(t, want, verdict(err), "by one who may")

				_, err = step.do(teams.BindAt(noon, annWith(inRole(reader))), inStatus(status, inShop()))
				assert.Equal(t, fmt.Sprintf("%s: not_granted", step.action), verdict(err), "by one who may not")

				_, err = step.do(teams.BindAt(noon, annWith(inRole(usher))), inStatus(status, inShop(inRole(reader))))
				assert.Equal(t, fmt.Sprintf("%s: not_covered", step.action), verdict(err), "without cover")
			})
		}
	}
}

func TestAssignCaseA6TellsTheStatusOnlyToWhoIsEntitled(t *testing.T) {
	deleted, withdrawn := inStatus(rbac.StatusDeleted, inShop()), inStatus(rbac.StatusWithdrawn, inShop())
	invited, role := inStatus(rbac.StatusInvited, inShop()), inRole(rbac.Developer)
	steps := map[string]func(by *rbac.Subject) error{
		"assign to one who is deleted":   func(by *rbac.Subject) error { _, err := by.Assign(deleted, role); return err },
		"assign to one who is withdrawn": func(by *rbac.Subject) error { _, err := by.Assign(withdrawn, role); return err },
		"block one who is invited":       func(by *rbac.Subject) error { _, err := by.Block(invited); return err },
		"resend to one who is active":    func(by *rbac.Subject) error { _, err := by.Resend(inShop()); return err },
	}
	for sentence, step := range steps {
		var status *rbac.StatusError
		assert.ErrorAs(t, step(rbac.Default().BindAt(noon, annWith(inRole(rbac.DeveloperAdmin)))), &status, sentence)
		assert.ErrorIs(t, step(rbac.Default().BindAt(noon, annWith(inRole(rbac.Operator)))), rbac.ErrDenied, sentence)
	}
	_, err := rbac.Default().BindAt(noon, annWith(inRole(rbac.DeveloperAdmin))).Assign(deleted, role)
	assert.EqualError(t, err, "rbac: cannot assign: the member is deleted; send a new invitation")
}

// The member owns what is done to the member.
func TestEveryStepTakesTheMemberAsOwner(t *testing.T) {
	watched := rbac.Must(rbac.New(teams.Spec(), rbac.Spec{FourEyes: memberActions}))
	for _, step := range everyStep() {
		_, err := step.do(watched.BindAt(noon, stewardWith()), inStatus(step.status, inShop()))
		assert.Equal(t, "yes", verdict(err), "%s under four eyes", step.name)
	}
}

// situation is one replacement in which everything is wrong, until it is repaired.
type situation struct {
	policy   *rbac.Policy
	by, to   rbac.Member
	held, as rbac.Assignment
}

func TestReplaceAnswersInOrder(t *testing.T) {
	s := situation{
		by:   rbac.Member{Workspace: theShop, Status: rbac.StatusBlocked, Suspended: true},
		to:   rbac.Member{Workspace: banksShop, Assignments: held(inRole(reader), inRole(maker))},
		held: inRole(bystander),
		as:   inRole("nobody", ""),
	}
	repairs := []struct {
		want   string
		repair func()
	}{
		{"member.set_role: no_policy", func() { s.policy = teams }},
		{"member.set_role: invalid_member", func() { s.by.ID = "ann" }},
		{"member.set_role: blocked", func() { s.by.Status = rbac.StatusActive }},
		{"member.set_role: suspended", func() { s.by.Suspended = false }},
		{"member.set_role: other_tenant", func() { s.to.Workspace = theBakery }},
		{"member.set_role: other_workspace", func() { s.to.Workspace, s.to.ID = theShop, "ann" }},
		{"member.set_role: self", func() { s.to.ID = "" }},
		{"member.set_role: invalid_target", func() { s.to.ID, s.to.Status = "bob", rbac.StatusDeleted }},
		{"member.set_role: no_role", func() { s.by.Assignments = held(inRole(onlyMay(rbac.SetMemberRole))) }},
		{"member.assign_miniprograms: not_granted", func() { s.by.Assignments = held(inRole(steward)) }},
		{"member.set_role: unknown_role", func() { s.as.Role = checker }},
		{"member.set_role: invalid_assignment", func() { s.as.MiniPrograms = nil }},
		{"member.set_role: not_covered, missing report.read: workspace",
			func() { s.by.Assignments = held(inRole(steward), inRole(reader)) }},
		{"cannot replace one who is deleted", func() { s.to.Status = rbac.StatusBlocked }},
		{"member.set_role: not_held", func() { s.to.Assignments = append(s.to.Assignments, inRole(bystander)) }},
		{"member.set_role: exclusive", func() { s.as.Role = requester }},
		{"member.set_role: not_covered, missing request.view: own", func() { s.as.Role = setter }},
	}
	for _, step := range repairs {
		before := clonedMember(s.to)
		got, err := s.policy.BindAt(noon, s.by).Replace(s.to, s.held, s.as)
		assert.Equal(t, step.want, verdict(err))
		assert.Equal(t, before, got, "the member as it was: %s", step.want)
		step.repair()
	}
	got, err := s.policy.BindAt(noon, s.by).Replace(s.to, s.held, s.as)
	require.NoError(t, err)
	assert.Equal(t, held(inRole(reader), inRole(maker), inRole(setter)), got.Assignments)
}

func TestEveryStepReturnsTheMemberAsItWasAndAnError(t *testing.T) {
	strangers := held(from(morning, until(night, inRole(signer, "mp-1"))), inRole(reader))
	for _, step := range stepsOnMembers() {
		to := inStatus(step.status, inShop(strangers...))
		to.InvitedAt = morning
		before := clonedMember(to)
		got, err := step.do(teams.BindAt(noon, stewardWith()), to)
		require.Error(t, err)
		if step.name == "Revoke" || step.name == "Replace" {
			got.Assignments = got.Assignments[1:] // what the step was to take
		}
		assert.Equal(t, before, got, step.name)
		assert.Equal(t, before, to, "the argument of %s", step.name)
	}
	got, err := teams.BindAt(noon, stewardWith()).Invite("bob", theShop, inRole(signer))
	require.Error(t, err)
	assert.Zero(t, got, "the member of an invitation that is denied")
}

// The result of a step shares no slice with what was passed in, nor the space behind one.
func TestEveryStepSharesNothing(t *testing.T) {
	roomy := func(assignments ...rbac.Assignment) []rbac.Assignment {
		room := append(make([]rbac.Assignment, 0, 8), assignments...)
		for i := range room {
			room[i].MiniPrograms = append(make([]string, 0, 8), room[i].MiniPrograms...)
		}
		return room
	}
	by := teams.BindAt(noon, stewardWith(inRole(signer)))
	spoil := func(m rbac.Member) {
		for i := range m.Assignments {
			for j := range m.Assignments[i].MiniPrograms {
				m.Assignments[i].MiniPrograms[j] = "spoilt"
			}
			m.Assignments[i].MiniPrograms = append(m.Assignments[i].MiniPrograms, "spoilt")
			m.Assignments[i].Role = "spoilt"
		}
	}
	given, other := inRole(bystander, "mp-3", "mp-4"), inRole(bystander, "mp-4")
	steps := append(everyStep(),
		adminStep{"Assign with mini programs", "", rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) { return by.Assign(to, given) }},
		adminStep{"Revoke with mini programs", "", rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) { return by.Revoke(to, to.Assignments[1]) }},
		adminStep{"Replace with mini programs", "", rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) {
				return by.Replace(to, to.Assignments[1], given)
			}},
	)
	for _, step := range steps {
		if step.name == "Manage" {
			continue // returns no member
		}
		to := inStatus(step.status, inShop(roomy(inRole(releaser, "mp-1", "mp-2"), other)...))
		before := clonedMember(to)
		got, err := step.do(by, to)
		require.NoError(t, err, step.name)
		kept := clonedMember(got)
		spoil(got)
		assert.Equal(t, before, to, "the argument of %s, after its result was changed", step.name)
		assert.Zero(t, to.Assignments[:3][2], "the space behind the assignments: %s", step.name)
		assert.Zero(t, to.Assignments[0].MiniPrograms[:3][2], "the space behind the mini programs: %s", step.name)

		got, err = step.do(by, to)
		require.NoError(t, err, step.name)
		spoil(to)
		assert.Equal(t, kept, got, "the result of %s, after its argument was changed", step.name)
	}
	assert.Equal(t, inRole(bystander, "mp-3", "mp-4"), given)
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

// cellOf is the answer to a step in a word or two.
func cellOf(err error) string {
	short := map[rbac.Reason]string{
		rbac.ReasonNotGranted:       "-",
		rbac.ReasonOwnWorkspaceOnly: "own only",
		rbac.ReasonOtherWorkspace:   "invisible",
		rbac.ReasonNotCovered:       "too much",
	}
	var denied *rbac.DeniedError
	if errors.As(err, &denied) && short[denied.Reason] != "" {
		return short[denied.Reason]
	}
	return verdict(err)
}

// The tables have what each of the seven roles may do to members of each of the seven roles. The member with the role
// of the row acts. The other member is in the workspace of the role of the column: in the wallet for the first four, in
// the shop for the last three.
//
//	yes        may do it
//	program    may do it for the mini program, and for no other
//	-          no role of the actor grants it
//	own only   the actor's role grants it in the actor's own workspace only
//	invisible  the actor may not know of the other member
const (
	adminsOnly = `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   -           -           -
operator             invisible   invisible   invisible   invisible   -           -           -
`
	adminsAndDevelopers = `
workspace_admin      yes         yes         yes         yes         own only    own only    own only
workspace_reviewer   -           -           -           -           -           -           -
workspace_developer  -           -           -           -           -           -           -
workspace_operator   -           -           -           -           -           -           -
developer_admin      invisible   invisible   invisible   invisible   yes         yes         yes
developer            invisible   invisible   invisible   invisible   program     program     program
operator             invisible   invisible   invisible   invisible   -           -           -
`
)

func TestEveryStepAmongTheSevenRoles(t *testing.T) {
	steps := []adminStep{
		{"inviting to a role", rbac.InviteMember, rbac.StatusInvited, invite().do},
		{"giving a role", rbac.SetMemberRole, rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) {
				return by.Assign(staff("bob", to.Workspace), to.Assignments[0])
			}},
		{"taking a role", rbac.SetMemberRole, rbac.StatusActive,
			func(by *rbac.Subject, to rbac.Member) (rbac.Member, error) { return by.Revoke(to, to.Assignments[0]) }},
		{"blocking", rbac.BlockMember, rbac.StatusActive, (*rbac.Subject).Block},
		{"unblocking", rbac.BlockMember, rbac.StatusBlocked, (*rbac.Subject).Unblock},
		{"deleting", rbac.DeleteMember, rbac.StatusActive, (*rbac.Subject).Delete},
		{"resending", rbac.ResendInvitation, rbac.StatusInvited, (*rbac.Subject).Resend},
		{"withdrawing", rbac.WithdrawInvitation, rbac.StatusInvited, (*rbac.Subject).Withdraw},
	}
	for _, step := range steps {
		for _, programs := range [][]string{nil, {"mp-1", "mp-2"}} {
			t.Run(fmt.Sprintf("%s on %d mini programs", step.name, len(programs)), func(t *testing.T) {
				got := tableOfRoles(func(actor, role rbac.RoleID) string {
					by := rbac.Default().BindAt(noon, staff("ann", homeOf(actor), inRole(actor, "mp-1")))
					_, err := step.do(by, inStatus(step.status, staff("bob", homeOf(role), inRole(role, programs...))))
					return cellOf(err)
				})
				assert.Equal(t, adminsOnly[1:], got)
			})
		}
	}
}

func TestReplaceAmongTheSevenRoles(t *testing.T) {
	tables := map[string]struct {
		own, foreign func(role rbac.RoleID) (has, as rbac.Assignment)
	}{
		"adding a mini program": {
			func(role rbac.RoleID) (has, as rbac.Assignment) {
				return inRole(role, "mp-2"), inRole(role, "mp-2", "mp-1")
			},
			func(role rbac.RoleID) (has, as rbac.Assignment) {
				return inRole(role, "mp-2"), inRole(role, "mp-2", "mp-9")
			},
		},
		"taking a mini program": {
			func(role rbac.RoleID) (has, as rbac.Assignment) {
				return inRole(role, "mp-1", "mp-9"), inRole(role, "mp-9")
			},
			func(role rbac.RoleID) (has, as rbac.Assignment) {
				return inRole(role, "mp-1", "mp-9"), inRole(role, "mp-1")
			},
		},
	}
	for name, table := range tables {
		t.Run(name, func(t *testing.T) {
			got := tableOfRoles(func(actor, role rbac.RoleID) string {
				by := rbac.Default().BindAt(noon, staff("ann", homeOf(actor), inRole(actor, "mp-1")))
				replace := func(has, as rbac.Assignment) string {
					_, err := by.Replace(staff("bob", homeOf(role), has), has, as)
					return cellOf(err)
				}
				own, foreign := replace(table.own(role)), replace(table.foreign(role))
				if own == "yes" && foreign == "-" {
					return "program"
				}
				assert.Equal(t, own, foreign, "%s and %s", actor, role)
				return own
			})
			assert.Equal(t, adminsAndDevelopers[1:], got)
		})
	}
}

func TestInviteReturnsTheMemberToStore(t *testing.T) {
	at := noon.In(time.FixedZone("east", 14*3600)).Add(1_234)
	given := from(evening, until(night, inRole(releaser, "mp-1", "mp-2")))
	by := teams.BindAt(at, stewardWith(inRole(signer)))
	got, err := by.Invite("bob", theShop, given, inRole(bystander))
	require.NoError(t, err)
	want := rbac.Member{
		ID: "bob", Workspace: theShop, Status: rbac.StatusInvited, InvitedAt: noon.Add(time.Microsecond),
		Assignments: held(given, inRole(bystander)),
	}
	assert.Equal(t, want, got)
	accepted, err := got.Accept(noon.Add(rbac.InvitationValidity))
	require.NoError(t, err)
	assert.True(t, teams.BindAt(evening, accepted).Can(rbac.ReleaseMiniProgram, theShop.MiniProgram("mp-2")))

	bare, err := by.Invite("bob", theShop)
	require.NoError(t, err)
	assert.Empty(t, bare.Assignments)
}

func TestInviteGivesNoMoreThanTheInviterHas(t *testing.T) {
	inviter := annWith(inRole(rbac.DeveloperAdmin))
	may := annWith(inRole(onlyMay(rbac.InviteMember)))
	tests := []struct {
		sentence string
		by       rbac.Member
		given    rbac.Assignment
		want     string
	}{
		{"an equal", inviter, inRole(rbac.DeveloperAdmin), "yes"},
		{"a Developer with mini programs", inviter, inRole(rbac.Developer, "mp-1"), "yes"},
		{"one with more", inviter, inRole(promoter, "mp-1"), lacksFor("member.invite", "feedback.read: assigned")},
		{"one with more, later",
			inviter, from(evening, inRole(reader)), lacksFor("member.invite", "report.read: workspace")},
		{"an unknown role", inviter, inRole("nobody"), "member.invite: unknown_role"},
		{"a role of the other kind", inviter, inRole(fleet), "member.invite: other_kind"},
		{"a role that has expired", inviter, until(noon, inRole(rbac.Operator)), "member.invite: invalid_assignment"},
		{"an empty mini program", inviter, inRole(rbac.Developer, ""), "member.invite: invalid_assignment"},
		{"a role that excludes another", inviter, inRole(checker), "member.invite: exclusive"},
		{"a role of nothing, by one who may only invite", may, inRole(bystander), "yes"},
		{"a role on a mini program, by one who may only invite", may, inRole(bystander, "mp-1"), "yes"},
		{"a role on a mini program of others",
			may, inRole(releaser, "mp-1"), lacksFor("member.invite", "miniprogram.release: assigned")},
		{"the inviter's role until the evening, without an end",
			annWith(until(evening, inRole(steward))), inRole(onlyMay(greetMember)),
			lacksFor("member.invite", "member.greet: workspace")},
		{"the inviter's role until the evening, until then",
			annWith(until(evening, inRole(steward))), until(evening, inRole(onlyMay(greetMember))), "yes"},
		{"a role that the inviter administers", annWith(inRole(manager)), inRole(releaser, "mp-7"), "yes"},
		{"a role that the inviter administers until the evening, without an end",
			annWith(until(evening, inRole(manager))), inRole(reader), lacksFor("member.invite", "report.read: workspace")},
		{"the inviter's own role, which administers others",
			annWith(inRole(manager)), inRole(manager), "member.invite: not_covered"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			got, err := teams.BindAt(noon, test.by).Invite("bob", theShop, inRole(maker), test.given)
			assert.Equal(t, test.want, verdict(err))
			if err != nil {
				assert.Zero(t, got)
			}
		})
	}
}

func TestInviteNeedsAPersonAndAPlace(t *testing.T) {
	by := teams.BindAt(noon, stewardWith())
	tests := []struct {
		sentence string
		id       string
		place    rbac.Workspace
		want     string
	}{
		{"another person to the shop", "bob", theShop, "yes"},
		{"oneself", "ann", theShop, "member.invite: self"},
		{"nobody", "", theShop, "member.invite: invalid_target"},
		{"to another merchant", "bob", theBakery, "member.invite: other_workspace"},
		{"to another tenant", "bob", theBank, "member.invite: other_tenant"},
		{"to nowhere", "bob", rbac.Workspace{}, "member.invite: invalid_workspace"},
	}
	for _, test := range tests {
		_, err := by.Invite(test.id, test.place)
		assert.Equal(t, test.want, verdict(err), test.sentence)
	}
}

// A tenant's admin invites the first admin of a merchant, without what that admin will hold.
func TestInviteLetsATenantsAdminBeginAMerchant(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceAdmin: {rbac.InviteMember: rbac.ScopeTenant}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {rbac.DeveloperAdmin}},
	}))
	wendy := policy.BindAt(noon, staff("wendy", theWallet, inRole(rbac.WorkspaceAdmin)))
	_, err := wendy.Invite("bob", theShop, inRole(rbac.DeveloperAdmin))
	assert.NoError(t, err)
	_, err = wendy.Invite("bob", theShop, inRole(rbac.Developer, "mp-1"))
	assert.Contains(t, verdict(err), "member.invite: not_covered", "a role that she does not administer")
	_, err = wendy.Assign(inShop(), inRole(rbac.DeveloperAdmin))
	assert.Equal(t, "member.set_role: own_workspace_only", verdict(err))
}

func TestStatusStepsReturnTheMemberToStore(t *testing.T) {
	by := teams.BindAt(noon.In(time.FixedZone("east", 14*3600)).Add(1_234), stewardWith())
	start := inShop(from(morning, until(evening, inRole(bystander, "mp-1"))))
	start.InvitedAt = morning
	tests := []struct {
		name     string
		do       func(rbac.Member) (rbac.Member, error)
		from, to rbac.Status
		invited  time.Time
	}{
		{"Resend", by.Resend, rbac.StatusInvited, rbac.StatusInvited, noon.Add(time.Microsecond)},
		{"Withdraw", by.Withdraw, rbac.StatusInvited, rbac.StatusWithdrawn, morning},
		{"Block", by.Block, rbac.StatusActive, rbac.StatusBlocked, morning},
		{"Unblock", by.Unblock, rbac.StatusBlocked, rbac.StatusActive, morning},
		{"Delete of one who is active", by.Delete, rbac.StatusActive, rbac.StatusDeleted, morning},
		{"Delete of one who is blocked", by.Delete, rbac.StatusBlocked, rbac.StatusDeleted, morning},
	}
	for _, test := range tests {
		want := inStatus(test.to, start)
		want.InvitedAt = test.invited
		got, err := test.do(inStatus(test.from, start))
		assert.NoError(t, err, test.name)
		assert.Equal(t, want, got, test.name)
	}
}

func TestManageKnowsActionsOnWorkspacesOnly(t *testing.T) {
	admin := rbac.Default().BindAt(noon, annWith(inRole(rbac.DeveloperAdmin)))
	tests := []struct {
		action rbac.Action
		want   string
	}{
		{rbac.InviteMember, "yes"},
		{rbac.ManageWorkspace, "yes"},
		{rbac.ReleaseMiniProgram, "miniprogram.release: wrong_target"},
		{rbac.EditApp, "app.edit: wrong_target"},
		{"member.promote", "member.promote: unknown_action"},
		{"", ": unknown_action"},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, verdict(admin.Manage(inShop(), test.action)), string(test.action))
	}
}

// assignmentRow is one assignment that ann gives or takes.
type assignmentRow struct {
	sentence   string
	by, to     rbac.Member
	assignment rbac.Assignment
	want       string
}

// checkAssign also checks what there is to store.
func checkAssign(t *testing.T, policy *rbac.Policy, rows []assignmentRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			want := clonedMember(row.to)
			if row.want == "yes" {
				want.Assignments = append(want.Assignments, row.assignment)
			}
			got, err := policy.BindAt(noon, row.by).Assign(row.to, row.assignment)
			assert.Equal(t, row.want, verdict(err))
			assert.Equal(t, want, got)
		})
	}
}

func TestAssignNeedsItsActions(t *testing.T) {
	given, onProgram := inRole(bystander), inRole(bystander, "mp-1")
	const noRight = "member.set_role: not_granted"
	checkAssign(t, offices, []assignmentRow{
		{"a role, by one who sets roles", annWith(inRole(setter)), inShop(), given, "yes"},
		{"a role, by one who only assigns mini programs", annWith(inRole(assigner)), inShop(), given, noRight},
		{"a role with a mini program, by one who only sets roles",
			annWith(inRole(setter)), inShop(), onProgram, "member.assign_miniprograms: not_granted"},
		{"a role with a mini program, by one who only assigns mini programs",
			annWith(inRole(assigner)), inShop(), onProgram, noRight},
		{"a role with a mini program, by one who does both by two roles",
			annWith(inRole(assigner), inRole(setter)), inShop(), onProgram, "yes"},
		{"a role with a mini program, by one who does both by one role", deputyWith(), inShop(), onProgram, "yes"},
		{"a role with an empty list, by one who only sets roles",
			annWith(inRole(setter)), inShop(), rbac.Assignment{Role: bystander, MiniPrograms: []string{}}, "yes"},
	})
}

func TestAssignRefusesWhatCannotBeHeld(t *testing.T) {
	ann, given := deputyWith(), inRole(bystander)
	const invalid = "member.set_role: invalid_assignment"
	checkAssign(t, offices, []assignmentRow{
		{"an unknown role", ann, inShop(), inRole("nobody"), "member.set_role: unknown_role"},
		{"a role without a name", ann, inShop(), inRole(""), "member.set_role: unknown_role"},
		{"a role of the other kind", ann, inShop(), inRole(tenantRead), "member.set_role: other_kind"},
		{"an empty mini program", ann, inShop(), inRole(bystander, "mp-1", ""), invalid},
		{"a mini program that is not UTF-8", ann, inShop(), inRole(bystander, "mp-1", "\xff"), invalid},
		{"a role that has expired", ann, inShop(), until(morning, given), invalid},
		{"a role that ends now", ann, inShop(), until(noon, given), invalid},
		{"a role that ends just after now", ann, inShop(), until(noon.Add(1), given), "yes"},
		{"a role with reversed bounds", ann, inShop(), from(night, until(evening, given)), invalid},
		{"a role with equal bounds", ann, inShop(), from(evening, until(evening, given)), invalid},
		{"a role for a nanosecond", ann, inShop(), from(evening, until(evening.Add(1), given)), "yes"},
		{"a role that starts later", ann, inShop(), from(evening, given), "yes"},
		{"a role until the year 9999",
			ann, inShop(), until(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), given), "yes"},
		{"a role until the year 10000",
			ann, inShop(), until(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), given), invalid},
		{"a role until an instant in a zone with seconds, which JSON would write later",
			ann, inShop(), until(evening.In(time.FixedZone("local", 90)), given), invalid},
		{"a role from before the year 1",
			ann, inShop(), from(time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), given), invalid},
	})
}

func TestAssignCoversWhatIsGiven(t *testing.T) {
	reads, releases, signs := inRole(reader), inRole(releaser, "mp-1"), inRole(signer)
	noReads, noProgram := lacks("report.read: workspace"), lacks("miniprogram.release: assigned")
	checkAssign(t, offices, []assignmentRow{
		{"nothing", deputyWith(), inShop(), inRole(bystander), "yes"},
		{"what the actor lacks", deputyWith(), inShop(), reads, noReads},
		{"what another role of the actor has", deputyWith(reads), inShop(), reads, "yes"},
		{"what the actor had", deputyWith(until(morning, reads)), inShop(), reads, noReads},
		{"what the actor will have", deputyWith(from(evening, reads)), inShop(), from(evening, reads), noReads},
		{"the actor's own role", deputyWith(), inShop(), inRole(deputy), "yes"},
		{"the actor's own role, beside one that is unknown",
			annWith(inRole("nobody", "mp-1"), inRole(deputy)), inShop(), inRole(deputy), "yes"},
		{"what only a role of the other kind has", annWith(inRole(fleet), inRole(deputy)), inShop(), reads, noReads},

		{"own things, by one without own things",
			deputyWith(), inShop(), inRole(requester), lacks("request.view: own")},
		{"own things, by one with own things", deputyWith(inRole(requester)), inShop(), inRole(requester), "yes"},

		{"the actor's mini program", deputyWith(releases), inShop(), inRole(releaser, "mp-1"), "yes"},
		{"another mini program", deputyWith(releases), inShop(), inRole(releaser, "mp-2"), noProgram},
		{"the actor's mini program and another",
			deputyWith(releases), inShop(), inRole(releaser, "mp-1", "mp-2"), noProgram},
		{"two mini programs of two assignments",
			deputyWith(releases, inRole(releaser, "mp-2")), inShop(), inRole(releaser, "mp-2", "mp-1"), "yes"},
		{"no mini program", deputyWith(), inShop(), inRole(releaser), "yes"},
		{"a mini program that another role of the actor names",
			annWith(inRole(deputy, "mp-2"), releases), inShop(), inRole(releaser, "mp-2"), noProgram},
		{"a mini program, by one with the whole workspace",
			deputyWith(signs), inShop(), inRole(releaser, "mp-9"), "yes"},
		{"the whole workspace, by one with a mini program",
			deputyWith(releases), inShop(), signs, lacks("miniprogram.release: workspace")},
		{"a sibling of fewer rights", deputyWith(), inShop(), inRole(setter), "yes"},
		{"a sibling of more rights",
			annWith(inRole(setter)), inShop(), inRole(deputy), lacks("member.assign_miniprograms: workspace, " +
				"member.block: workspace, role.define: workspace")},
	})
}

func TestAssignCoversAtThePlaceOfTheMember(t *testing.T) {
	region, confined := staff("ann", theWallet, inRole(regional, "mp-1")), staff("ann", theWallet, inRole(walletOnly))
	wendy, inWallet := staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)), staff("bob", theWallet)
	checkAssign(t, offices, []assignmentRow{
		{"a merchant's role, by one who has it in the whole tenant", region, inShop(), inRole(reader), "yes"},
		{"a merchant's role, by one who has it in the wallet",
			confined, inShop(), inRole(reader), lacks("report.read: workspace")},
		{"a wallet's role, by one who has it in the wallet", confined, inWallet, inRole(tenantRead), "yes"},
		{"a wallet's role, by one who has it in the whole tenant", region, inWallet, inRole(tenantRead), "yes"},
		{"the whole tenant, by one who has the wallet",
			confined, inWallet, inRole(fleet), lacks("report.read: tenant")},
		{"the whole tenant, by one who has it", region, inWallet, inRole(fleet), "yes"},
		{"own things of a merchant, by one with own things of the wallet",
			confined, inShop(), inRole(requester), lacks("request.view: own")},
		{"a merchant's mini program, by one with the wallet's mini program of that ID",
			region, inShop(), inRole(releaser, "mp-1"), lacks("miniprogram.release: assigned")},
		{"a merchant's role, by a Workspace Admin",
			wendy, inShop(), inRole(reader), "member.set_role: own_workspace_only"},
	})
}

func TestAssignCoversForAsLongAsItLasts(t *testing.T) {
	temporary := annWith(until(evening, inRole(deputy)))
	east := time.FixedZone("east", 14*3600)
	reads := until(evening, inRole(reader))
	noReads, noProgram := lacks("report.read: workspace"), lacks("miniprogram.release: assigned")
	program := inRole(releaser, "mp-1")
	releases := until(evening, program)
	checkAssign(t, offices, []assignmentRow{
		{"until the actor's end", deputyWith(reads), inShop(), until(evening, inRole(reader)), "yes"},
		{"until just before the actor's end",
			deputyWith(reads), inShop(), until(evening.Add(-1), inRole(reader)), "yes"},
		{"until just after the actor's end",
			deputyWith(reads), inShop(), until(evening.Add(1), inRole(reader)), noReads},
		{"until the actor's end in another zone",
			deputyWith(reads), inShop(), until(evening.In(east), inRole(reader)), "yes"},
		{"without an end", deputyWith(reads), inShop(), inRole(reader), noReads},
		{"without an end, by one who has it without an end",
			deputyWith(inRole(reader)), inShop(), inRole(reader), "yes"},
		{"later than now, until the actor's end",
			deputyWith(reads), inShop(), from(evening.Add(-1), until(evening, inRole(reader))), "yes"},
		{"after the actor's end",
			deputyWith(reads), inShop(), from(evening, until(night, inRole(reader))), noReads},
		{"until the later of two ends",
			deputyWith(until(night, inRole(reader)), reads), inShop(), until(night, inRole(reader)), "yes"},
		{"until the later of two ends, in the other order",
			deputyWith(reads, until(night, inRole(reader))), inShop(), until(night, inRole(reader)), "yes"},
		{"a temporary deputy's right, without an end",
			temporary, inShop(), inRole(setter), lacks("member.set_role: workspace")},
		{"a temporary deputy's right, until the same end", temporary, inShop(), until(evening, inRole(setter)), "yes"},
		{"a role of nothing, without an end, by a temporary deputy", temporary, inShop(), inRole(bystander), "yes"},

		{"a mini program until the actor's end", deputyWith(releases), inShop(), until(evening, program), "yes"},
		{"a mini program until just after the actor's end",
			deputyWith(releases), inShop(), until(evening.Add(1), program), noProgram},
		{"a mini program without an end", deputyWith(releases), inShop(), program, noProgram},
		{"a mini program without an end, by one whose whole workspace ends",
			deputyWith(until(evening, inRole(signer))), inShop(), program, noProgram},
		{"a mini program without an end, by one whose workspace ends and whose mini program does not",
			deputyWith(until(evening, inRole(signer)), program), inShop(), program, "yes"},
		{"a mini program without an end, by one of whose two assignments one ends",
			deputyWith(releases, program), inShop(), program, "yes"},
	})
}

func TestAssignCoversByTheRolesThatTheActorAdministers(t *testing.T) {
	ann, today := annWith(inRole(manager)), annWith(until(evening, inRole(manager)))
	noReads, noProgram := lacks("report.read: workspace"), lacks("miniprogram.release: assigned")
	checkAssign(t, teams, []assignmentRow{
		{"an administered role", ann, inShop(), inRole(reader), "yes"},
		{"an administered role on any mini program", ann, inShop(), inRole(releaser, "mp-1", "mp-9"), "yes"},
		{"an administered role to one who holds one", ann, inShop(inRole(releaser, "mp-9")), inRole(reader), "yes"},
		{"an administered role, for longer than the actor administers it", today, inShop(), inRole(reader), noReads},
		{"an administered role, until the actor's end", today, inShop(), until(evening, inRole(reader)), "yes"},
		{"another role that grants what an administered one does", ann, inShop(), inRole(copyist), noReads},
		{"another role that grants it on mini programs", ann, inShop(), inRole(shipper, "mp-9"), noProgram},
		{"the actor's own role", ann, inShop(), inRole(manager), "member.set_role: not_covered"},
		{"a role that administers less", ann, inShop(), inRole(foreman), "member.set_role: not_covered"},
		{"a role of nothing that administers, by one who administers nothing",
			stewardWith(), inShop(), inRole(foreman), "member.set_role: not_covered"},
	})
}

// peopleManager is the policy of an HR manager, who administers two roles without holding what they grant.
func peopleManager() *rbac.Policy {
	return rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Roles: []rbac.Role{tenantRole("people_manager", rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.InviteMember: rbac.ScopeWorkspace,
		})},
		Administers: map[rbac.RoleID][]rbac.RoleID{
			"people_manager": {rbac.WorkspaceDeveloper, rbac.WorkspaceOperator},
		},
	}))
}

func TestAssignCaseA2LetsAPeopleManagerGiveWhatIsAdministered(t *testing.T) {
	ann := staff("ann", theWallet, inRole("people_manager"))
	bob, developer := staff("bob", theWallet), inRole(rbac.WorkspaceDeveloper, "mp-1")
	policy := peopleManager()
	checkAssign(t, policy, []assignmentRow{
		{"A2: a Workspace Developer on mp-1", ann, bob, developer, "yes"},
		{"A2: a Workspace Operator", ann, bob, inRole(rbac.WorkspaceOperator), "yes"},
		{"A2: the manager's own role", ann, bob, inRole("people_manager"), "member.set_role: not_covered"},
		{"A2: oneself", ann, ann, developer, "member.set_role: self"},
	})
	_, err := policy.BindAt(noon, ann).Assign(bob, inRole(rbac.WorkspaceAdmin))
	var denied *rbac.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Equal(t, rbac.ReasonNotCovered, denied.Reason, "A2: a Workspace Admin")
	assert.Equal(t, rbac.ScopeTenant, denied.Missing[rbac.ViewMiniProgram], "what a Workspace Admin views")
	_, err = policy.BindAt(noon, ann).Invite("bob", theWallet, developer)
	assert.NoError(t, err, "A2: an invitation")
}

// auditors is the README's auditor: a role with an action that admins lack. With no administrators, nobody may give it.
func auditors(administrators ...rbac.RoleID) *rbac.Policy {
	administers := make(map[rbac.RoleID][]rbac.RoleID)
	for _, id := range administrators {
		administers[id] = []rbac.RoleID{"auditor"}
	}
	return rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions:     map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
		Roles:       []rbac.Role{tenantRole("auditor", rbac.Permissions{"report.export": rbac.ScopeTenant})},
		Administers: administers,
	}))
}

func TestEveryStepCaseA1AdministersARoleWithAnActionThatAdminsLack(t *testing.T) {
	admin := staff("ann", theWallet, inRole(rbac.WorkspaceAdmin))
	auditor := staff("bob", theWallet, inRole("auditor"))
	steps := map[string]func(by *rbac.Subject) error{
		"assign": func(by *rbac.Subject) error {
			_, err := by.Assign(staff("bob", theWallet), inRole("auditor"))
			return err
		},
		"block":  func(by *rbac.Subject) error { _, err := by.Block(auditor); return err },
		"delete": func(by *rbac.Subject) error { _, err := by.Delete(auditor); return err },
	}
	for name, step := range steps {
		assert.NoError(t, step(auditors(rbac.WorkspaceAdmin).BindAt(noon, admin)), "%s, administered", name)
		err := step(auditors().BindAt(noon, admin))
		assert.Contains(t, verdict(err), "not_covered, missing report.export: tenant", "%s, not administered", name)
	}
	warnings := auditors().Warnings()
	require.Len(t, warnings, 1)
	assert.Equal(t, `roles["auditor"]`, warnings[0].Place)
	assert.Contains(t, warnings[0].Problem, "report.export")
	assert.Empty(t, auditors(rbac.WorkspaceAdmin).Warnings(), "where the admin administers the role")
}

func TestEveryStepCaseA5TakesByWhatTheActorHoldsNow(t *testing.T) {
	end := noon.Add(14 * 24 * time.Hour)
	admin := rbac.Default().BindAt(noon, annWith(until(end, inRole(rbac.DeveloperAdmin))))
	operator, developer := inRole(rbac.Operator), inRole(rbac.Developer, "mp-1", "mp-2")

	_, err := admin.Block(inShop(operator))
	assert.NoError(t, err, "A5: she blocks a permanent operator")
	_, err = admin.Withdraw(rbac.Invite("bob", theShop, noon, operator))
	assert.NoError(t, err, "A5: she withdraws an invitation")
	_, err = admin.Replace(inShop(developer), developer, inRole(rbac.Developer, "mp-1"))
	assert.NoError(t, err, "A5: she takes a mini program away")
	_, err = admin.Revoke(inShop(operator), operator)
	assert.NoError(t, err, "A5: she takes a role away")

	_, err = admin.Assign(inShop(), operator)
	assert.Contains(t, verdict(err), "member.set_role: not_covered", "A5: she gives a role beyond her end")
	_, err = admin.Assign(inShop(), until(end, operator))
	assert.NoError(t, err, "A5: she gives a role until her end")
	_, err = admin.Unblock(inStatus(rbac.StatusBlocked, inShop(operator)))
	assert.Contains(t, verdict(err), "member.block: not_covered", "A5: she unblocks beyond her end")
}

func TestDeniedErrorNamesWhatIsMissing(t *testing.T) {
	_, err := offices.BindAt(noon, deputyWith()).Assign(inShop(), inRole(reader))
	assert.EqualError(t, err,
		"rbac: member.set_role denied: the member lacks permissions that the change needs (report.read: workspace)")
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
			_, err := policy.BindAt(noon, annWith(inRole(setter))).Assign(inShop(), inRole("broad"))
			var denied *rbac.DeniedError
			require.ErrorAs(t, err, &denied)
			assert.Len(t, denied.Missing, test.lacking)
			assert.True(t, strings.HasSuffix(err.Error(), " ("+test.want+")"), err.Error())
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

// revokeRow is one assignment that ann takes from bob, and what bob then holds.
type revokeRow struct {
	sentence string
	by       rbac.Member
	has      []rbac.Assignment
	taken    rbac.Assignment
	want     string
	rest     []rbac.Assignment // where want is "yes"
}

func checkRevoke(t *testing.T, policy *rbac.Policy, rows []revokeRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			rest := row.rest
			if row.want != "yes" {
				rest = row.has
			}
			to := inShop(row.has...)
			before := clonedMember(to)
			got, err := policy.BindAt(noon, row.by).Revoke(to, row.taken)
			assert.Equal(t, row.want, verdict(err))
			assert.ElementsMatch(t, rest, got.Assignments)
			assert.Equal(t, before, to, "the argument")
		})
	}
}

func TestRevokeTakesOneAssignmentWhole(t *testing.T) {
	ann, isBystander := deputyWith(inRole(releaser, "mp-1", "mp-2", "mp-3")), inRole(bystander)
	both, window := inRole(releaser, "mp-1", "mp-2"), from(morning, until(evening, isBystander))
	const notHeld = "member.set_role: not_held"
	checkRevoke(t, offices, []revokeRow{
		{"a role with its mini programs", ann, held(both), both, "yes", nil},
		{"a role with its mini programs in another order",
			ann, held(both), inRole(releaser, "mp-2", "mp-1"), "yes", nil},
		{"a role with a mini program named twice",
			ann, held(both), inRole(releaser, "mp-2", "mp-1", "mp-1"), "yes", nil},
		{"the first of two", ann, held(isBystander, both), isBystander, "yes", held(both)},
		{"the second of two", ann, held(isBystander, both), both, "yes", held(isBystander)},
		{"two that are equal", ann, held(isBystander, both, isBystander), isBystander, "yes", held(both)},
		{"one that has ended", ann, held(until(morning, inRole(signer))), until(morning, inRole(signer)), "yes", nil},
		{"one with an empty mini program",
			ann, held(inRole(releaser, "")), inRole(releaser, ""), "yes", nil},
		{"one with bounds", ann, held(window), window, "yes", nil},

		{"the role without its mini programs", ann, held(both), inRole(releaser), notHeld, nil},
		{"some of its mini programs", ann, held(both), inRole(releaser, "mp-2"), notHeld, nil},
		{"more mini programs than are held", ann, held(both), inRole(releaser, "mp-1", "mp-2", "mp-3"), notHeld, nil},
		{"mini programs of two assignments at once",
			ann, held(inRole(releaser, "mp-1"), inRole(releaser, "mp-2")), both, notHeld, nil},
		{"another role", ann, held(both), isBystander, notHeld, nil},
		{"from one who holds nothing", ann, nil, isBystander, notHeld, nil},
		{"without the bounds", ann, held(window), isBystander, notHeld, nil},
		{"with another start", ann, held(window), from(morning.Add(time.Microsecond), window), notHeld, nil},
		{"with another end", ann, held(window), until(evening.Add(-time.Microsecond), window), notHeld, nil},
		{"with bounds where there are none", ann, held(isBystander), until(evening, isBystander), notHeld, nil},
	})
}

// Databases cut instants to microseconds, and give them back in a zone of their own.
func TestRevokeComparesBoundsAsDatabasesKeepThem(t *testing.T) {
	exact := from(morning.Add(1_234), until(evening.Add(5_678), inRole(bystander)))
	west := time.FixedZone("west", -11*3600)
	read := from(morning.Add(1_000).In(west), until(evening.Add(5_000).In(west), inRole(bystander)))
	late := until(evening.Add(6_000), read)
	ann := deputyWith()
	const notHeld = "member.set_role: not_held"
	checkRevoke(t, offices, []revokeRow{
		{"as it was read, from what was not stored yet", ann, held(exact), read, "yes", nil},
		{"as it was not stored yet, from what was read", ann, held(read), exact, "yes", nil},
		{"two that are equal once they are stored", ann, held(exact, read), read, "yes", nil},
		{"one that ends a microsecond later", ann, held(exact), late, notHeld, nil},
	})
}

func TestRevokeNeedsItsActionsAndCover(t *testing.T) {
	onProgram, tooStrong := inRole(bystander, "mp-1"), "member.set_role: not_covered"
	checkRevoke(t, offices, []revokeRow{
		{"a role, by one who only sets roles",
			annWith(inRole(setter)), held(inRole(bystander)), inRole(bystander), "yes", nil},
		{"a role with a mini program, by one who only sets roles",
			annWith(inRole(setter)), held(onProgram), onProgram, "member.assign_miniprograms: not_granted", nil},
		{"a role with a mini program, by one who only assigns mini programs",
			annWith(inRole(assigner)), held(onProgram), onProgram, "member.set_role: not_granted", nil},
		{"a role with a mini program, by one who does both",
			annWith(inRole(setter), inRole(assigner)), held(onProgram), onProgram, "yes", nil},
		{"what is not held, by one without the right",
			annWith(inRole(reader)), held(inRole(maker)), inRole(bystander), "member.set_role: not_granted", nil},
		{"the stronger of two roles", deputyWith(), held(inRole(bystander), inRole(signer)), inRole(signer), tooStrong, nil},
		{"the weaker of two roles", deputyWith(), held(inRole(bystander), inRole(signer)), inRole(bystander), tooStrong, nil},
		{"what is not held, from a stronger one", deputyWith(), held(inRole(signer)), inRole(bystander), tooStrong, nil},
	})
}

// Nobody covers a role that the policy does not define. Only Revoke takes it away.
func TestRevokeTakesRolesThatThePolicyDoesNotDefine(t *testing.T) {
	bakerys := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theBakery}
	policy := rbac.Must(teams.With(rbac.Spec{Roles: []rbac.Role{bakerys}}))
	gone, alsoGone := inRole("nobody"), inRole("nothing")
	ann, uncovered := stewardWith(), "member.set_role: not_covered"
	checkRevoke(t, policy, []revokeRow{
		{"an unknown role", ann, held(gone), gone, "yes", nil},
		{"an unknown role on a mini program", ann, held(inRole("nobody", "mp-1")), inRole("nobody", "mp-1"), "yes", nil},
		{"one of two unknown roles", ann, held(gone, alsoGone), gone, "yes", held(alsoGone)},
		{"a role of the other kind", ann, held(inRole(fleet), gone), inRole(fleet), "yes", held(gone)},
		{"another workspace's own role", ann, held(inRole("cashier")), inRole("cashier"), "yes", nil},
		{"an unknown role beside a stronger one",
			ann, held(gone, inRole(signer)), gone, lacks("miniprogram.release: workspace"), nil},
		{"a defined role beside an unknown one", ann, held(gone, inRole(bystander)), inRole(bystander), uncovered, nil},
		{"an unknown role that is not held", ann, held(gone), alsoGone, "member.set_role: not_held", nil},
	})
}

// replaceRow is one assignment of bob's that ann replaces.
type replaceRow struct {
	sentence string
	by       rbac.Member
	held, as rbac.Assignment
	beside   []rbac.Assignment // what bob holds too
	want     string
}

func checkReplace(t *testing.T, policy *rbac.Policy, rows []replaceRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			to := inShop(append(held(row.held), row.beside...)...)
			want := clonedMember(to)
			if row.want == "yes" {
				want.Assignments[0] = row.as
			}
			got, err := policy.BindAt(noon, row.by).Replace(to, row.held, row.as)
			assert.Equal(t, row.want, verdict(err))
			assert.Equal(t, want, got)
		})
	}
}

func TestReplaceNeedsItsActions(t *testing.T) {
	bare, onProgram := inRole(bystander), inRole(bystander, "mp-1")
	sets, assigns := annWith(inRole(setter)), annWith(inRole(assigner))
	const noPrograms, noRight = "member.assign_miniprograms: not_granted", "member.set_role: not_granted"
	checkReplace(t, offices, []replaceRow{
		{"a role by another, by one who sets roles", sets, bare, inRole(maker), nil, "yes"},
		{"no mini program by one, by one who only sets roles", sets, bare, onProgram, nil, noPrograms},
		{"a mini program by none, by one who only sets roles", sets, onProgram, bare, nil, noPrograms},
		{"the time of a role on a mini program, by one who only sets roles",
			sets, onProgram, until(evening, onProgram), nil, noPrograms},
		{"no mini program by one, by one who only assigns mini programs", assigns, bare, onProgram, nil, noRight},
		{"no mini program by one, by one who does both", deputyWith(), bare, onProgram, nil, "yes"},
		{"a mini program by none, by one who does both", deputyWith(), onProgram, bare, nil, "yes"},
	})
}

func TestReplaceRefusesWhatCannotBeHeld(t *testing.T) {
	ann, bare := deputyWith(), inRole(bystander)
	const invalid = "member.set_role: invalid_assignment"
	checkReplace(t, offices, []replaceRow{
		{"by an unknown role", ann, bare, inRole("nobody"), nil, "member.set_role: unknown_role"},
		{"by a role of the other kind", ann, bare, inRole(fleet), nil, "member.set_role: other_kind"},
		{"by an empty mini program", ann, bare, inRole(bystander, ""), nil, invalid},
		{"by one that has ended", ann, bare, until(noon, bare), nil, invalid},
		{"by reversed bounds", ann, bare, from(night, until(evening, bare)), nil, invalid},
		{"an unknown role, which only Revoke takes", ann, inRole("nobody"), bare, nil, "member.set_role: not_covered"},
	})
}

func TestReplaceCoversWhatIsGivenBeyondTheOld(t *testing.T) {
	ann, today := stewardWith(), stewardWith(until(evening, inRole(signer)))
	noProgram, noWorkspace := lacks("miniprogram.release: assigned"), lacks("miniprogram.release: workspace")
	mp1 := inRole(releaser, "mp-1")
	checkReplace(t, teams, []replaceRow{
		{"the held role, which must be covered now", ann, mp1, inRole(bystander), nil, noProgram},
		{"a stronger role beside it", ann, inRole(bystander), inRole(maker), held(inRole(signer)), noWorkspace},
		{"by a stronger role", ann, inRole(bystander), inRole(signer), nil, noWorkspace},

		{"another mini program, which the actor covers until the evening",
			today, mp1, inRole(releaser, "mp-1", "mp-2"), nil, noProgram},
		{"fewer mini programs, for longer than the actor holds them",
			today, inRole(releaser, "mp-1", "mp-2"), mp1, nil, "yes"},
		{"another mini program, until the evening",
			today, until(evening, mp1), until(evening, inRole(releaser, "mp-1", "mp-2")), nil, "yes"},
		{"the same until earlier, for longer than the actor holds it", today, mp1, until(night, mp1), nil, "yes"},
		{"the same from later on, for longer than the actor holds it", today, mp1, from(evening, mp1), nil, "yes"},
		{"the same until later", today, until(evening, mp1), until(night, mp1), nil, noProgram},
		{"the same from earlier on, until the evening",
			today, from(evening, until(night, mp1)), from(noon, until(night, mp1)), nil, noProgram},
		{"the same without an end", today, until(evening, mp1), mp1, nil, noProgram},

		{"by another role that grants no more", today, mp1, inRole(shipper, "mp-1"), nil, "yes"},
		{"by another role that grants no more, on another mini program",
			today, mp1, inRole(shipper, "mp-2"), nil, noProgram},
		{"by another role that grants less", today, inRole(signer), inRole(releaser, "mp-1", "mp-2"), nil, "yes"},
		{"by another role that grants more", today, mp1, inRole(signer), nil, noWorkspace},
		{"by another role that grants more, until the evening", today, mp1, until(evening, inRole(signer)), nil, "yes"},
		{"by another role, until later", today, until(evening, mp1), until(night, inRole(shipper, "mp-1")), nil, noProgram},
		{"a role without mini programs by another with one, which it grants only there",
			today, inRole(reader), inRole(releaser, "mp-1"), nil,
			lacks("miniprogram.release: assigned, report.read: workspace")},
	})
}

func TestReplaceCoversByTheRolesThatTheActorAdministers(t *testing.T) {
	ann, today := annWith(inRole(manager)), annWith(until(evening, inRole(manager)))
	uncovered := "member.set_role: not_covered"
	checkReplace(t, teams, []replaceRow{
		{"one administered role by another", ann, inRole(reader), inRole(releaser, "mp-9"), nil, "yes"},
		{"one administered role by another, for longer than the actor administers them",
			today, inRole(reader), inRole(releaser, "mp-9"), nil, lacks("miniprogram.release: assigned")},
		{"an administered role by one of equal permissions", ann, inRole(reader), inRole(copyist), nil, "yes"},
		{"a role of equal permissions by an administered one", ann, inRole(copyist), inRole(reader), nil, "yes"},
		{"an administered role on one mini program by two",
			ann, inRole(releaser, "mp-8"), inRole(releaser, "mp-8", "mp-9"), nil, "yes"},
		{"an administered role by the actor's own", ann, inRole(reader), inRole(manager), nil, uncovered},
		{"the actor's own role by an administered one", ann, inRole(manager), inRole(reader), nil, "yes"},
		{"the actor's own role by itself with an end", ann, inRole(manager), until(evening, inRole(manager)), nil, "yes"},
		{"the actor's own role by itself without an end",
			ann, until(evening, inRole(manager)), inRole(manager), nil, uncovered},
		{"a role by one that administers", ann, inRole(bystander), inRole(foreman), nil, uncovered},
	})
}

func TestReplaceTakesOneAssignmentWhole(t *testing.T) {
	by := offices.BindAt(noon, deputyWith())
	first, second, last := inRole(bystander), inRole(bystander, "mp-1"), inRole(deputy)
	replace := func(has []rbac.Assignment, taken, given rbac.Assignment) ([]rbac.Assignment, string) {
		got, err := by.Replace(inShop(has...), taken, given)
		return got.Assignments, verdict(err)
	}
	got, answer := replace(held(first, second, last), second, inRole(setter))
	assert.Equal(t, "yes", answer)
	assert.Equal(t, held(first, inRole(setter), last), got, "in the place of the old one")
	got, answer = replace(held(last, first, second, first), first, inRole(setter))
	assert.Equal(t, "yes", answer)
	assert.Equal(t, held(last, inRole(setter), second), got, "one in the place of two that are equal")
	got, answer = replace(held(first, second), first, second)
	assert.Equal(t, "yes", answer)
	assert.Equal(t, held(second, second), got, "by one that is held already")
	got, answer = replace(held(first, second), second, second)
	assert.Equal(t, "yes", answer)
	assert.Equal(t, held(first, second), got, "by itself")
	for sentence, taken := range map[string]rbac.Assignment{
		"another mini program": inRole(bystander, "mp-2"),
		"another role":         inRole(setter),
		"with an end":          until(evening, first),
	} {
		got, answer = replace(held(first, second), taken, inRole(setter))
		assert.Equal(t, "member.set_role: not_held", answer, sentence)
		assert.Equal(t, held(first, second), got, sentence)
	}
}

// A replacement gives nothing beyond the time that is held, not even a part of a microsecond.
func TestReplaceKeepsWithinTheTimeThatIsHeld(t *testing.T) {
	today := stewardWith(until(noon.Add(time.Hour), inRole(signer)))
	stored := from(morning, until(evening, inRole(releaser, "mp-1")))
	claimed := from(morning, until(evening.Add(999), inRole(releaser, "mp-1")))
	got, err := teams.BindAt(noon, today).Replace(inShop(stored), claimed, claimed)
	require.NoError(t, err)
	assert.Equal(t, held(stored), got.Assignments, "bounds that are the same once stored stay")
	got, err = teams.BindAt(noon, today).Replace(inShop(stored), claimed, until(evening.Add(-1), stored))
	require.NoError(t, err)
	assert.Equal(t, held(until(evening.Add(-1), stored)), got.Assignments)

	developer := teams.BindAt(noon, annWith(inRole(rbac.Developer, "mp-2")))
	both := until(evening.Add(999), inRole(rbac.Operator, "mp-1", "mp-2"))
	got, err = developer.Replace(inShop(until(evening, inRole(rbac.Operator, "mp-1"))), until(evening.Add(999),
		inRole(rbac.Operator, "mp-1")), both)
	require.NoError(t, err, "by a Developer")
	assert.Equal(t, held(until(evening, inRole(rbac.Operator, "mp-1", "mp-2"))), got.Assignments, "by a Developer")
}

func TestReplaceCaseA7SwapsExclusiveRolesInOneStep(t *testing.T) {
	ann := deputyWith()
	checkReplace(t, offices, []replaceRow{
		{"A7: one exclusive role by the other", ann, inRole(maker), inRole(checker), nil, "yes"},
		{"A7: and back", ann, inRole(checker), inRole(maker), nil, "yes"},
		{"A7: a role by one that another excludes",
			ann, inRole(bystander), inRole(checker), held(inRole(maker)), "member.set_role: exclusive"},
	})
}

func TestReplaceLetsADeveloperAddAndTakeOwnPrograms(t *testing.T) {
	developer := func(programs ...string) rbac.Assignment { return inRole(rbac.Developer, programs...) }
	dev, has3 := annWith(developer("mp-1", "mp-2")), developer("mp-3")
	const no = "member.set_role: not_granted"
	window := from(morning, until(evening, has3))
	windowOf := func(programs ...string) rbac.Assignment { return from(morning, until(evening, developer(programs...))) }
	temporary := annWith(until(evening, developer("mp-1", "mp-2")))
	lacking := lacksFor(rbac.ManageMiniProgramMembers, listOf(assignedToDevelopers()))
	checkReplace(t, offices, []replaceRow{
		{"she adds her mini program", dev, has3, developer("mp-3", "mp-1"), nil, "yes"},
		{"she adds two of hers", dev, has3, developer("mp-1", "mp-2", "mp-3"), nil, "yes"},
		{"she adds hers where there was none", dev, developer(), developer("mp-1"), nil, "yes"},
		{"she adds hers to another role", dev, inRole(rbac.Operator), inRole(rbac.Operator, "mp-1"), nil, "yes"},
		{"she adds hers beside a stronger role", dev, has3, developer("mp-3", "mp-1"), held(inRole(signer)), "yes"},
		{"she adds hers, named twice", dev, has3, developer("mp-3", "mp-1", "mp-1"), nil, "yes"},
		{"she takes hers", dev, developer("mp-1", "mp-3"), has3, nil, "yes"},
		{"she takes two of hers", dev, developer("mp-1", "mp-2", "mp-3"), has3, nil, "yes"},
		{"she takes the last one", dev, inRole(rbac.Operator, "mp-1"), inRole(rbac.Operator), nil, "yes"},
		{"she takes one of hers and adds another", dev, developer("mp-1"), developer("mp-2"), nil, "yes"},

		{"she adds one of others", dev, has3, developer("mp-3", "mp-4"), nil, no},
		{"she adds hers and one of others", dev, has3, developer("mp-1", "mp-3", "mp-4"), nil, no},
		{"she takes one of others", dev, developer("mp-1", "mp-3"), developer("mp-1"), nil, no},
		{"she takes hers and one of others", dev, developer("mp-1", "mp-3"), developer(), nil, no},
		{"she takes one of others and adds hers", dev, has3, developer("mp-1"), nil, no},
		{"she changes nothing", dev, has3, has3, nil, no},
		{"she changes nothing of her mini program", dev, developer("mp-1"), developer("mp-1"), nil, no},
		{"she adds an empty one", dev, has3, developer("mp-3", ""), nil, no},
		{"she takes an empty one", dev, developer("mp-3", ""), has3, nil, no},
		{"she adds hers beside an empty one", dev, developer("mp-3", ""), developer("mp-3", "", "mp-1"), nil,
			"miniprogram.manage_members: invalid_assignment"},
		{"she gives another role", dev, developer("mp-1"), inRole(rbac.Operator, "mp-1"), nil, no},
		{"an Operator adds hers", annWith(inRole(rbac.Operator, "mp-1")), has3, developer("mp-3", "mp-1"), nil, no},
		{"a Developer without mini programs adds one", annWith(developer()), has3, developer("mp-3", "mp-1"), nil, no},
		{"one who is blocked adds hers", inStatus(rbac.StatusBlocked, dev), has3, developer("mp-3", "mp-1"), nil,
			"member.set_role: blocked"},
		{"one whose role has expired adds hers",
			annWith(until(noon, developer("mp-1"))), has3, developer("mp-3", "mp-1"), nil, "member.set_role: not_granted"},

		{"she adds to a role that gives more there", dev, inRole(promoter, "mp-3"), inRole(promoter, "mp-3", "mp-1"),
			nil, lacksFor("miniprogram.manage_members", "feedback.read: assigned")},
		{"she takes from a role that gives more there", dev, inRole(promoter, "mp-1"), inRole(promoter), nil,
			"miniprogram.manage_members: not_covered"},
		{"she adds to a role that gives nothing there", dev, inRole(reader), inRole(reader, "mp-1"), nil, "yes"},
		{"she adds to an unknown role", dev, inRole("nobody"), inRole("nobody", "mp-1"), nil,
			"miniprogram.manage_members: unknown_role"},
		{"she adds to a role of the other kind", dev, inRole(fleet), inRole(fleet, "mp-1"), nil,
			"miniprogram.manage_members: other_kind"},
		{"one who manages all mini programs and has none adds one", annWith(inRole(keeper)), inRole(releaser, "mp-3"),
			inRole(releaser, "mp-3", "mp-1"), nil,
			lacksFor("miniprogram.manage_members", "miniprogram.release: assigned")},
		{"one who manages all mini programs adds one to a role of nothing",
			annWith(inRole(keeper)), inRole(bystander), inRole(bystander, "mp-1"), nil, "yes"},

		{"she adds hers with the same bounds", dev, window, windowOf("mp-3", "mp-1"), nil, "yes"},
		{"she adds hers until earlier", dev, window, until(evening.Add(-time.Hour), windowOf("mp-3", "mp-1")), nil, no},
		{"she adds hers until later", dev, window, until(night, windowOf("mp-3", "mp-1")), nil, no},
		{"she adds hers without an end", dev, window, from(morning, developer("mp-3", "mp-1")), nil, no},
		{"she adds hers from earlier on",
			dev, window, from(morning.Add(-time.Hour), windowOf("mp-3", "mp-1")), nil, no},
		{"she adds hers until her end", temporary, window, windowOf("mp-3", "mp-1"), nil, "yes"},
		{"she adds hers beyond her end", temporary, has3, developer("mp-3", "mp-1"), nil, lacking},
		{"she takes hers from what lasts beyond her end", temporary, developer("mp-1", "mp-3"), has3, nil, "yes"},
		{"she adds hers to what has ended", dev, until(noon, has3), until(noon, developer("mp-3", "mp-1")), nil,
			"miniprogram.manage_members: invalid_assignment"},
	})
}

// assignedToDevelopers has the permissions of a Developer on assigned mini programs.
func assignedToDevelopers() rbac.Permissions {
	assigned := make(rbac.Permissions)
	for _, role := range rbac.DefaultRoles() {
		for action, scope := range role.Permissions {
			if role.ID == rbac.Developer && scope == rbac.ScopeAssigned {
				assigned[action] = scope
			}
		}
	}
	return assigned
}

func TestReplaceDelegatesAmongOtherActiveMembersOfTheMerchant(t *testing.T) {
	dev := offices.BindAt(noon, annWith(inRole(rbac.Developer, "mp-1")))
	has, as := inRole(rbac.Developer), inRole(rbac.Developer, "mp-1")
	tests := []struct {
		sentence string
		to       rbac.Member
		want     string
	}{
		{"one who is active", inShop(has), "yes"},
		{"one who is blocked", inStatus(rbac.StatusBlocked, inShop(has)), "yes"},
		{"one who is invited", inStatus(rbac.StatusInvited, inShop(has)), "yes"},
		{"one who is deleted", inStatus(rbac.StatusDeleted, inShop(has)), "cannot replace one who is deleted"},
		{"one who is withdrawn", inStatus(rbac.StatusWithdrawn, inShop(has)), "cannot replace one who is withdrawn"},
		{"one who holds nothing", inShop(), "miniprogram.manage_members: not_held"},
		{"one who holds another role", inShop(inRole(rbac.Operator)), "miniprogram.manage_members: not_held"},
		{"oneself", annWith(has), "member.set_role: self"},
		{"one of another merchant", staff("bob", theBakery, has), "member.set_role: other_workspace"},
		{"one of the tenant", staff("bob", theWallet, has), "member.set_role: other_workspace"},
	}
	for _, test := range tests {
		got, err := dev.Replace(test.to, has, as)
		assert.Equal(t, test.want, verdict(err), test.sentence)
		if err != nil {
			assert.Equal(t, test.to, got, test.sentence)
		}
	}
}

// A deputy who does not cover the other member is still a Developer, who may add and take own mini programs.
func TestReplaceLetsADeputyMoveOwnPrograms(t *testing.T) {
	both := deputyWith(inRole(rbac.Developer, "mp-1"))
	beside := held(inRole(reader), inRole(rbac.Developer, "mp-3", "mp-4"))
	programs := func(programs ...string) rbac.Assignment { return inRole(rbac.Developer, programs...) }
	const uncovered = "member.set_role: not_covered"
	lacking := lacks(listOf(assignedToDevelopers()))
	checkReplace(t, offices, []replaceRow{
		{"adding an own one", both, programs("mp-3"), programs("mp-3", "mp-1"), beside, "yes"},
		{"taking an own one", both, programs("mp-1", "mp-3"), programs("mp-3"), beside, "yes"},
		{"adding one of others", both, programs("mp-3"), programs("mp-3", "mp-4"), beside, lacking},
		{"taking one of others", both, programs("mp-1", "mp-3"), programs("mp-1"), beside, uncovered},
		{"giving a role of nothing", both, inRole(maker), inRole(bystander), beside, uncovered},
	})
}

// The right to manage the members of a mini program works within one's own workspace only.
func TestReplaceDelegatesInTheOwnWorkspaceOnly(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.WorkspaceDeveloper: {rbac.ManageMiniProgramMembers: rbac.ScopeAssigned},
		rbac.WorkspaceReviewer:  {rbac.ManageMiniProgramMembers: rbac.ScopeTenant},
	}}))
	builder := policy.BindAt(noon, staff("ann", theWallet, inRole(rbac.WorkspaceDeveloper, "mp-1")))
	reviewer := policy.BindAt(noon, staff("ann", theWallet, inRole(rbac.WorkspaceReviewer)))
	bare, given := inRole(rbac.WorkspaceDeveloper), inRole(rbac.WorkspaceDeveloper, "mp-1")
	_, err := builder.Replace(staff("bob", theWallet, bare), bare, given)
	assert.Equal(t, "yes", verdict(err), "within the tenant workspace")
	_, err = builder.Replace(staff("bob", theWallet, given), given, bare)
	assert.Equal(t, "yes", verdict(err), "taking, within the tenant workspace")
	bare, given = inRole(rbac.Developer), inRole(rbac.Developer, "mp-1")
	_, err = reviewer.Replace(inShop(bare), bare, given)
	assert.Equal(t, "member.set_role: not_granted", verdict(err), "from the tenant to a merchant")
	_, err = reviewer.Replace(inShop(given), given, bare)
	assert.Equal(t, "member.set_role: not_granted", verdict(err), "taking, from the tenant to a merchant")
}

func TestReplaceCaseA3TakesAMiniProgramAndLeavesTheRole(t *testing.T) {
	by := rbac.Default().BindAt(noon, annWith(inRole(rbac.Developer, "mp-42")))
	has := inRole(rbac.Developer, "mp-42")
	got, err := by.Replace(inShop(has), has, inRole(rbac.Developer))
	require.NoError(t, err)
	assert.Equal(t, inShop(inRole(rbac.Developer)), got, "A3: the role is still there")
	got, err = by.Revoke(inShop(has), has)
	assert.Equal(t, "member.set_role: not_granted", verdict(err), "A3: the whole role")
	assert.Equal(t, inShop(has), got)
}

func TestRevokeCaseA4LetsNoDeveloperTakeTheRoleOfAnAdmin(t *testing.T) {
	by := rbac.Default().BindAt(noon, annWith(inRole(rbac.Developer, "mp-42")))
	has := inRole(rbac.DeveloperAdmin, "mp-42")
	got, err := by.Revoke(inShop(has), has)
	assert.Equal(t, "member.set_role: not_granted", verdict(err), "A4")
	assert.Equal(t, inShop(has), got)
}

func TestReplaceCaseA8KeepsExclusiveRolesApartWhereItIsDelegated(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}},
	}))
	has := inRole(rbac.Developer)
	to := inShop(has, inRole(rbac.Operator)) // stored before they excluded each other
	got, err := policy.BindAt(noon, annWith(inRole(rbac.Developer, "mp-42"))).
		Replace(to, has, inRole(rbac.Developer, "mp-42"))
	assert.Equal(t, "miniprogram.manage_members: exclusive", verdict(err), "A8")
	assert.Equal(t, to, got)
}

func TestAssignableYieldsWhatAssignAllows(t *testing.T) {
	bakerys := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theBakery}
	shops := rbac.Role{ID: "baker", Kind: rbac.KindDeveloper, Workspace: theShop}
	policy := rbac.Must(teams.With(rbac.Spec{Roles: []rbac.Role{bakerys, shops}}))
	actors := map[string]rbac.Member{
		"a steward":                 stewardWith(),
		"a steward who signs":       stewardWith(inRole(signer)),
		"a steward for a day":       annWith(until(evening, inRole(steward))),
		"a manager":                 annWith(inRole(manager)),
		"a manager for a day":       stewardWith(until(evening, inRole(manager))),
		"an admin":                  annWith(inRole(rbac.DeveloperAdmin)),
		"a Developer":               annWith(inRole(rbac.Developer, "mp-1")),
		"a director":                staff("ann", theWallet, inRole(director)),
		"an admin of the wallet":    staff("ann", theWallet, inRole(rbac.WorkspaceAdmin)),
		"one who is blocked":        inStatus(rbac.StatusBlocked, stewardWith()),
		"an admin of the bakery":    staff("ann", theBakery, inRole(rbac.DeveloperAdmin)),
		"bob himself":               staff("bob", theShop, inRole(rbac.DeveloperAdmin)),
		"a steward with own things": stewardWith(inRole(requester), inRole(maker)),
	}
	others := map[string]rbac.Member{
		"nothing":                inShop(),
		"a maker":                inShop(inRole(maker)),
		"a maker until now":      inShop(until(noon, inRole(maker))),
		"a signer":               inShop(inRole(signer)),
		"an unknown role":        inShop(inRole("nobody")),
		"nothing, in the wallet": staff("bob", theWallet),
		"nothing, and is gone":   inStatus(rbac.StatusDeleted, inShop()),
		"nothing, and no status": inStatus(0, inShop()),
	}
	offered := 0
	for actor, by := range actors {
		for other, to := range others {
			s := policy.BindAt(noon, by)
			var want []rbac.RoleID
			for role := range policy.Roles() {
				if _, err := s.Assign(to, inRole(role.ID)); err == nil {
					want = append(want, role.ID)
				}
			}
			assert.Equal(t, want, slices.Collect(s.Assignable(to)), "%s, to one who holds %s", actor, other)
			offered += len(want)
		}
	}
	assert.Greater(t, offered, 100, "roles that may be given")
}

func TestAssignableIsWhatADropDownOffers(t *testing.T) {
	admin := rbac.Default().BindAt(noon, annWith(inRole(rbac.DeveloperAdmin)))
	all := []rbac.RoleID{rbac.Developer, rbac.DeveloperAdmin, rbac.Operator}
	assert.Equal(t, all, slices.Collect(admin.Assignable(inShop())))
	assert.Equal(t, all[0], firstOf(admin.Assignable(inShop())), "the caller stops at the first")
	ann := staff("ann", theWallet, inRole("people_manager"))
	assert.Equal(t, []rbac.RoleID{rbac.WorkspaceDeveloper, rbac.WorkspaceOperator},
		slices.Collect(peopleManager().BindAt(noon, ann).Assignable(staff("bob", theWallet))))
	assert.Empty(t, slices.Collect(admin.Assignable(staff("ann", theShop))), "oneself")
}

// The role that the tests define.
func newcomer(kind rbac.WorkspaceKind, permissions rbac.Permissions) rbac.Role {
	return rbac.Role{ID: "newcomer", Kind: kind, Permissions: permissions}
}

func lacksToDefine(missing string) string { return lacksFor(rbac.DefineRole, missing) }

func TestDefineGivesANewRoleNoMoreThanTheActorHas(t *testing.T) {
	dev, ten := rbac.KindDeveloper, rbac.KindTenant
	ann := deputyWith()
	inRegion := staff("ann", theWallet, inRole(regional, "mp-1"))
	confined := staff("ann", theWallet, inRole(walletOnly))
	reads := func(s rbac.Scope) rbac.Permissions { return rbac.Permissions{readReports: s} }
	releases := func(s rbac.Scope) rbac.Permissions { return rbac.Permissions{rbac.ReleaseMiniProgram: s} }
	ofWorkspace := func(w rbac.Workspace) rbac.Role {
		return rbac.Role{ID: "newcomer", Kind: w.Kind, Workspace: w}
	}
	noReads, noProgram := lacksToDefine("report.read: workspace"), lacksToDefine("miniprogram.release: assigned")
	const elsewhere = "rbac: role.workspace: it is another workspace; leave it out"
	const developerRole = "rbac: role.workspace: a developer workspace cannot own a tenant role; " +
		"give the role the kind of its workspace"
	const tenantsRole = "rbac: role.workspace: a tenant workspace cannot own a developer role; " +
		"give the role the kind of its workspace"
	const twice = "is defined twice; give it another id, or use extend to add permissions"
	tests := []struct {
		sentence string
		by       rbac.Member
		role     rbac.Role
		want     string
	}{
		{"a role of nothing", ann, newcomer(dev, nil), "yes"},
		{"a role with a name and a description",
			ann, rbac.Role{ID: "newcomer", Kind: dev, Name: "Newcomer", Description: "Looks around."}, "yes"},
		{"a role of what the actor has",
			ann, newcomer(dev, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}), "yes"},
		{"a role of what the actor has, and less",
			ann, newcomer(dev, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeOwn}), "yes"},
		{"a role of the zero scope", ann, newcomer(dev, reads(0)), "yes"},
		{"a role of what the actor lacks", ann, newcomer(dev, reads(rbac.ScopeWorkspace)), noReads},
		{"a role of several things that the actor lacks", ann,
			newcomer(dev, reads(rbac.ScopeWorkspace).Union(releases(rbac.ScopeAssigned|rbac.ScopeOwn))),
			lacksToDefine("miniprogram.release: own|assigned, report.read: workspace")},
		{"assigned, by one who has it on some mini program",
			deputyWith(inRole(releaser, "mp-1")), newcomer(dev, releases(rbac.ScopeAssigned)), noProgram},
		{"A14: assigned, by one who has the role on no mini program yet",
			deputyWith(inRole(releaser)), newcomer(dev, releases(rbac.ScopeAssigned)), noProgram},
		{"assigned, by one who has the whole workspace",
			deputyWith(inRole(signer)), newcomer(dev, releases(rbac.ScopeAssigned)), "yes"},
		{"the workspace, by one who has it assigned", deputyWith(inRole(releaser, "mp-1")),
			newcomer(dev, releases(rbac.ScopeWorkspace)), lacksToDefine("miniprogram.release: workspace")},
		{"own, by one who has own",
			deputyWith(inRole(requester)), newcomer(dev, rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn}), "yes"},
		{"own, by one who has it assigned", deputyWith(inRole(releaser, "mp-1")),
			newcomer(dev, releases(rbac.ScopeOwn)), lacksToDefine("miniprogram.release: own")},
		{"without an end, by one who has it for a time",
			deputyWith(until(evening, inRole(reader))), newcomer(dev, reads(rbac.ScopeWorkspace)), noReads},
		{"without an end, by one who has it for a time and without an end",
			deputyWith(until(evening, inRole(reader)), inRole(reader)), newcomer(dev, reads(rbac.ScopeWorkspace)), "yes"},
		{"what will be the actor's",
			deputyWith(from(evening, inRole(reader))), newcomer(dev, reads(rbac.ScopeWorkspace)), noReads},

		{"a role that the base defines", ann, rbac.Role{ID: reader, Kind: dev}, `rbac: role: role "reader" ` + twice},
		{"the first role of the base", ann, rbac.Role{ID: firstOf(offices.Roles()).ID, Kind: dev},
			`rbac: role: role "assigner" ` + twice},
		{"a role that the base defines, of the other kind", ann, rbac.Role{ID: rbac.WorkspaceAdmin, Kind: dev},
			`rbac: role: role "workspace_admin" ` + twice},
		{"a role without an ID", ann, rbac.Role{Kind: dev}, `rbac: role.id: invalid name ""; ` + nameHint},
		{"a role in capitals", ann, rbac.Role{ID: "Reader", Kind: dev},
			`rbac: role.id: invalid name "Reader"; ` + nameHint},
		{"a role of no kind", ann, rbac.Role{ID: "newcomer"}, "rbac: role.kind: no kind; use tenant or developer"},
		{"a role of an unknown kind", ann, rbac.Role{ID: "newcomer", Kind: 3},
			"rbac: role.kind: workspace kind(3) is not a kind; use tenant or developer"},
		{"a role whose name is too long", ann, rbac.Role{ID: "newcomer", Kind: dev, Name: strings.Repeat("n", 257)},
			"rbac: role.name: 257 bytes are too many; use 256 at most"},
		{"a role of an unknown action", ann, newcomer(dev, rbac.Permissions{"report.raed": rbac.ScopeWorkspace}),
			`rbac: role.permissions: unknown action "report.raed"; did you mean "report.read"?`},
		{"a role of an unknown action, with no scope", ann, newcomer(dev, rbac.Permissions{"zzz": 0}),
			`rbac: role.permissions: unknown action "zzz"; declare it in actions`},
		{"a role of an invalid scope", ann, newcomer(dev, reads(16)),
			`rbac: role.permissions["report.read"]: scope(16) is not a scope; use own, assigned, workspace or tenant`},
		{"a merchant's role of the tenant", ann, newcomer(dev, reads(rbac.ScopeTenant)),
			`rbac: role.permissions["report.read"]: scope tenant cannot match; ` +
				"a developer role reaches its own workspace at most"},
		{"a role with two problems", ann, rbac.Role{ID: "Reader"},
			`rbac: role.id: invalid name "Reader"; ` + nameHint + "\nrbac: role.kind: no kind; use tenant or developer"},

		{"a tenant's role, by a merchant", ann, newcomer(ten, nil), developerRole},
		{"a role of the actor's workspace, named", ann, ofWorkspace(theShop), "yes"},
		{"a role of another merchant", ann, ofWorkspace(theBakery), elsewhere},
		{"a role of a merchant of the same ID elsewhere", ann, ofWorkspace(banksShop), elsewhere},
		{"a merchant's role, by the tenant", inRegion, newcomer(dev, nil), tenantsRole},
		{"a role of a merchant, by the tenant", inRegion, ofWorkspace(theShop), elsewhere},

		{"a tenant's role, by one who has the tenant", inRegion, newcomer(ten, reads(rbac.ScopeTenant)), "yes"},
		{"a tenant's role, by one who has the wallet", confined, newcomer(ten, reads(rbac.ScopeWorkspace)), "yes"},
		{"a tenant's role of the tenant, by one who has the wallet",
			confined, newcomer(ten, reads(rbac.ScopeTenant)), lacksToDefine("report.read: tenant")},
		{"a tenant's role on assigned mini programs, by one who has mini programs of the wallet",
			inRegion, newcomer(ten, releases(rbac.ScopeAssigned)), noProgram},

		{"by one who may not define", annWith(inRole(reader)), newcomer(dev, nil), "role.define: not_granted"},
		{"by one whose role has expired",
			annWith(until(noon, inRole(deputy))), newcomer(dev, nil), "role.define: expired"},
		{"by one who is blocked", inStatus(rbac.StatusBlocked, ann), newcomer(dev, nil), "role.define: blocked"},
		{"by one whose workspace is suspended", suspended(ann), newcomer(dev, nil), "role.define: suspended"},
		{"by one without an ID", staff("", theShop, inRole(deputy)), newcomer(dev, nil), "role.define: invalid_member"},
		{"by one of an invalid workspace",
			staff("ann", rbac.Workspace{}, inRole(deputy)), newcomer(dev, nil), "role.define: invalid_workspace"},
		{"a role that is not well formed, by one who may not define",
			annWith(inRole(reader)), rbac.Role{}, "role.define: not_granted"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			before := offices.Fingerprint()
			policy, err := offices.BindAt(noon, test.by).Define(test.role)
			assert.Equal(t, test.want, verdict(err))
			assert.Equal(t, err == nil, policy != nil)
			assert.Equal(t, before, offices.Fingerprint(), "the policy as it was")
			if err != nil {
				assert.True(t, errors.Is(err, rbac.ErrDenied) || len(problemsOf(t, err)) > 0)
			}
		})
	}
}

func TestDefineReturnsThePolicyOfTheWorkspace(t *testing.T) {
	permissions := rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}
	role := newcomer(rbac.KindDeveloper, permissions)
	policy, err := offices.BindAt(noon, deputyWith()).Define(role)
	require.NoError(t, err)
	permissions[rbac.BlockMember] = rbac.ScopeWorkspace // too late

	want := newcomer(rbac.KindDeveloper, rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace})
	want.Workspace = theShop
	got, found := policy.Role("newcomer")
	assert.True(t, found)
	assert.Equal(t, want, got)
	assert.Equal(t, []rbac.Role{want}, policy.Own().Roles, "what the host stores")
	again, err := offices.With(policy.Own())
	require.NoError(t, err)
	assert.Equal(t, policy.Fingerprint(), again.Fingerprint(), "the policy from what is stored")

	shops, bakerys := inShop(inRole("newcomer")), staff("bob", theBakery, inRole("newcomer"))
	assert.True(t, policy.Can(shops, rbac.SetMemberRole, theShop.Resource()))
	assert.False(t, policy.Can(bakerys, rbac.SetMemberRole, theBakery.Resource()), "a member of another merchant")
	assert.False(t, offices.Can(shops, rbac.SetMemberRole, theShop.Resource()), "by the policy before")
}

func TestDefineChangesARoleOfTheLastLayer(t *testing.T) {
	sets := rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}
	reads := rbac.Permissions{readReports: rbac.ScopeWorkspace}
	role := func(permissions rbac.Permissions) rbac.Role {
		return rbac.Role{ID: "newcomer", Kind: rbac.KindDeveloper, Workspace: theShop, Permissions: permissions}
	}
	others := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theBakery}
	everybodys := merchantRole("helper", nil)
	layer := func(permissions rbac.Permissions) *rbac.Policy {
		return rbac.Must(offices.With(rbac.Spec{Roles: []rbac.Role{role(permissions), others, everybodys}}))
	}
	definer := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{Roles: []rbac.Role{
		merchantRole("definer", rbac.Permissions{rbac.DefineRole: rbac.ScopeWorkspace}),
	}}))
	noReads := lacksToDefine("report.read: workspace")
	twice := func(id rbac.RoleID) string {
		return fmt.Sprintf("rbac: role: role %q is defined twice; give it another id, or use extend to add permissions", id)
	}
	tests := []struct {
		sentence string
		policy   *rbac.Policy
		by       rbac.Member
		role     rbac.Role
		want     string
	}{
		{"to grant more", layer(nil), deputyWith(), role(sets), "yes"},
		{"to grant less", layer(sets), deputyWith(), role(nil), "yes"},
		{"to grant less than the actor covers", layer(reads), deputyWith(), role(nil), noReads},
		{"to grant more than the actor covers", layer(nil), deputyWith(), role(reads), noReads},
		{"that grants more than the actor covers, in its name only", layer(reads), deputyWith(), role(reads), noReads},
		{"that grants what the actor covers until the evening",
			layer(reads), deputyWith(until(evening, inRole(reader))), role(nil), noReads},
		{"that the actor covers", layer(reads), deputyWith(inRole(reader)), role(sets), "yes"},
		{"that the actor holds", layer(sets), deputyWith(inRole("newcomer")), role(nil), "role.define: self"},
		{"that the actor will hold",
			layer(sets), deputyWith(from(evening, inRole("newcomer"))), role(nil), "role.define: self"},
		{"of another merchant", layer(nil), deputyWith(), rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper},
			twice("cashier")},
		{"of everybody", layer(nil), deputyWith(), rbac.Role{ID: "helper", Kind: rbac.KindDeveloper}, twice("helper")},
		{"of the base", layer(nil), deputyWith(), rbac.Role{ID: reader, Kind: rbac.KindDeveloper}, twice(reader)},
		{"that is not well formed now", layer(nil), deputyWith(), rbac.Role{ID: "newcomer", Workspace: theShop},
			"rbac: role.kind: no kind; use tenant or developer"},
		{"by one who may define and not set roles",
			rbac.Must(definer.With(rbac.Spec{Roles: []rbac.Role{role(nil)}})),
			annWith(inRole("definer")), role(nil), "member.set_role: not_granted"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			got, err := test.policy.BindAt(noon, test.by).Define(test.role)
			assert.Equal(t, test.want, verdict(err))
			if err != nil {
				assert.Nil(t, got)
				return
			}
			changed, _ := got.Role("newcomer")
			assert.Equal(t, len(test.role.Permissions), len(changed.Permissions))
			assert.Len(t, got.Own().Roles, 3, "the other roles of the layer stay")
		})
	}
	policy, err := definer.BindAt(noon, annWith(inRole("definer"))).Define(role(nil))
	require.NoError(t, err, "a new role, by one who may define and not set roles")
	assert.Len(t, policy.Own().Roles, 1)
}

func TestUndefineTakesARoleOfTheLastLayer(t *testing.T) {
	role := rbac.Role{ID: "newcomer", Kind: rbac.KindDeveloper, Workspace: theShop}
	strong := rbac.Role{ID: "strong", Kind: rbac.KindDeveloper, Workspace: theShop,
		Permissions: rbac.Permissions{readReports: rbac.ScopeWorkspace}}
	others := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theBakery}
	layer := rbac.Must(offices.With(rbac.Spec{Roles: []rbac.Role{role, strong, others, merchantRole("helper", nil)}}))
	notOwn := func(id string) string {
		return fmt.Sprintf("rbac: role.id: the workspace has no role %s of its own; name a role that Define made", id)
	}
	tests := []struct {
		sentence string
		by       rbac.Member
		id       rbac.RoleID
		want     string
	}{
		{"a role of nothing", deputyWith(), "newcomer", "yes"},
		{"a role that the actor covers", deputyWith(inRole(reader)), "strong", "yes"},
		{"a role that the actor does not cover", deputyWith(), "strong", lacksToDefine("report.read: workspace")},
		{"a role that the actor covers until the evening",
			deputyWith(until(evening, inRole(reader))), "strong", lacksToDefine("report.read: workspace")},
		{"a role that the actor holds", deputyWith(inRole("newcomer")), "newcomer", "role.define: self"},
		{"another merchant's", deputyWith(), "cashier", notOwn("cashier")},
		{"everybody's", deputyWith(), "helper", notOwn("helper")},
		{"the base's", deputyWith(), reader, notOwn("reader")},
		{"an unknown one", deputyWith(), "nobody", notOwn("nobody")},
		{"a line that was not asked for", deputyWith(), "x\nyes", notOwn(`"x\nyes"`)},
		{"by one who may not define", annWith(inRole(setter)), "newcomer", "role.define: not_granted"},
		{"an unknown one, by one who may not define", annWith(inRole(setter)), "nobody", "role.define: not_granted"},
		{"by one who is blocked", inStatus(rbac.StatusBlocked, deputyWith()), "newcomer", "role.define: blocked"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			got, err := layer.BindAt(noon, test.by).Undefine(test.id)
			assert.Equal(t, test.want, verdict(err))
			if err != nil {
				assert.Nil(t, got)
				return
			}
			_, found := got.Role(test.id)
			assert.False(t, found)
			assert.Len(t, got.Own().Roles, 3, "the other roles of the layer stay")
		})
	}
	assert.Len(t, layer.Own().Roles, 4, "the policy as it was")
	policy, err := offices.BindAt(noon, deputyWith()).Undefine("newcomer")
	assert.Nil(t, policy)
	assert.Equal(t, notOwn("newcomer"), verdict(err), "where there is no layer")
}

// What else the layer says of a role must be taken away before.
func TestUndefineNeedsALayerThatStillFits(t *testing.T) {
	role := rbac.Role{ID: "newcomer", Kind: rbac.KindDeveloper, Workspace: theShop}
	for place, spec := range map[string]rbac.Spec{
		"exclusive[0][0]":          {Exclusive: [][]rbac.RoleID{{reader, "newcomer"}}},
		`extend["newcomer"]`:       {Extend: map[rbac.RoleID]rbac.Permissions{"newcomer": nil}},
		`administers["deputy"][0]`: {Administers: map[rbac.RoleID][]rbac.RoleID{deputy: {"newcomer"}}},
		`at_least["newcomer"]`:     {AtLeast: map[rbac.RoleID]int{"newcomer": 1}},
		`at_most["newcomer"]`:      {AtMost: map[rbac.RoleID]int{"newcomer": 1}},
	} {
		spec.Roles = []rbac.Role{role}
		layer := rbac.Must(offices.With(spec))
		got, err := layer.BindAt(noon, deputyWith()).Undefine("newcomer")
		assert.Nil(t, got, place)
		want := fmt.Sprintf(`rbac: %s: unknown role "newcomer"; define it in roles`, place)
		assert.Contains(t, problemsOf(t, err), want, place)
	}
}

func TestDefineKeepsWhatElseTheLayerSays(t *testing.T) {
	layer := rbac.Must(offices.With(rbac.Spec{
		Roles:     []rbac.Role{{ID: "newcomer", Kind: rbac.KindDeveloper, Workspace: theShop}},
		Exclusive: [][]rbac.RoleID{{reader, "newcomer"}},
		AtMost:    map[rbac.RoleID]int{"newcomer": 2},
	}))
	policy, err := layer.BindAt(noon, deputyWith()).Define(rbac.Role{ID: "second", Kind: rbac.KindDeveloper})
	require.NoError(t, err)
	own := policy.Own()
	assert.Len(t, own.Roles, 2)
	assert.Equal(t, layer.Own().Exclusive, own.Exclusive)
	assert.Equal(t, layer.Own().AtMost, own.AtMost)
	policy, err = policy.BindAt(noon, deputyWith()).Undefine("second")
	require.NoError(t, err)
	assert.Equal(t, layer.Fingerprint(), policy.Fingerprint(), "Undefine takes Define back")
	assert.Equal(t, layer.Own(), policy.Own())
}

func TestDefineCaseA9GivesEachMerchantACashier(t *testing.T) {
	shopsAdmin := annWith(inRole(rbac.DeveloperAdmin))
	cafe := theWallet.Developer("cafe")
	cafesAdmin := staff("cleo", cafe, inRole(rbac.DeveloperAdmin))
	cashier := func(scope rbac.Scope) rbac.Role {
		return rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.ViewTransactions: scope}}
	}
	cafes, err := rbac.Default().BindAt(noon, cafesAdmin).Define(cashier(rbac.ScopeWorkspace))
	require.NoError(t, err, "A9: cafe's admin defines cashier")
	shops, err := rbac.Default().BindAt(noon, shopsAdmin).Define(cashier(rbac.ScopeAssigned))
	require.NoError(t, err, "A9: shop's admin defines cashier")

	changed, err := cafes.BindAt(noon, cafesAdmin).Define(cashier(rbac.ScopeOwn))
	require.NoError(t, err, "A9: cafe's admin edits it")
	role, _ := changed.Role("cashier")
	assert.Equal(t, rbac.ScopeOwn, role.Permissions[rbac.ViewTransactions])
	role, _ = shops.Role("cashier")
	assert.Equal(t, rbac.ScopeAssigned, role.Permissions[rbac.ViewTransactions], "A9: shop's stays as it was")

	removed, err := shops.BindAt(noon, shopsAdmin).Undefine("cashier")
	require.NoError(t, err, "A9: shop's admin removes its own")
	assert.Equal(t, rbac.Default().Fingerprint(), removed.Fingerprint())

	_, err = shops.BindAt(noon, shopsAdmin).Assign(inShop(), inRole("cashier", "mp-1"))
	assert.NoError(t, err, "A9: shop's admin assigns its own")
	_, err = cafes.BindAt(noon, shopsAdmin).Assign(inShop(), inRole("cashier"))
	assert.Equal(t, "member.set_role: unknown_role", verdict(err), "A9: shop's admin assigns cafe's")
	assert.NotContains(t, slices.Collect(cafes.BindAt(noon, shopsAdmin).Assignable(inShop())), rbac.RoleID("cashier"))
}

func TestDefineCaseA14TakesAnAssignedRoleWithoutMiniProgramsForNoCover(t *testing.T) {
	by := offices.BindAt(noon, deputyWith(inRole(releaser)))
	role := newcomer(rbac.KindDeveloper, rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeAssigned})
	policy, err := by.Define(role)
	assert.Nil(t, policy)
	assert.Equal(t, lacksToDefine("miniprogram.release: assigned"), verdict(err), "A14")
}

func TestAssignAndCheckCaseA10DenyMembersOfASuspendedWorkspace(t *testing.T) {
	admin := suspended(annWith(inRole(rbac.DeveloperAdmin)))
	mp1, place := theShop.MiniProgram("mp-1"), theShop.Resource()
	s := rbac.Default().BindAt(noon, admin)
	assert.Equal(t, rbac.ReasonSuspended, s.Check(rbac.ReleaseMiniProgram, mp1).Reason, "A10: releases")
	assert.True(t, s.Filter(rbac.ListMiniPrograms).None(), "A10: lists")
	_, err := s.Assign(inShop(), inRole(rbac.Operator))
	assert.Equal(t, "member.set_role: suspended", verdict(err), "A10: assigns")
	assert.Empty(t, slices.Collect(s.Actions(place)), "A10: any action")
	assert.Empty(t, s.Permissions(), "A10: any permission")
	wendy := staff("wendy", theWallet, inRole(rbac.WorkspaceAdmin))
	assert.True(t, rbac.Default().Can(wendy, rbac.ViewMiniProgram, mp1), "A10: the wallet's admin views it")
	admin.Suspended = false
	assert.True(t, rbac.Default().Can(admin, rbac.ReleaseMiniProgram, mp1), "A10: once it is lifted")
}
