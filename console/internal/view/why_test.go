package view

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhySaysWhatIsMissing(t *testing.T) {
	missing := make(rbac.Permissions)
	for action := range rbac.Default().Actions() {
		missing[action] = rbac.ScopeWorkspace
	}
	denied := &rbac.DeniedError{Action: rbac.BlockMember, Reason: rbac.ReasonNotCovered, Missing: missing}
	viewer := viewerOf(rbac.Default(), rbac.Member{ID: "bob", Workspace: shop, Status: rbac.StatusActive})
	text := viewer.Why(denied)
	assert.Contains(t, text,
		"“Block and unblock members” is not allowed: you lack permissions that the change needs. You do not have “")
	assert.Contains(t, text, "and 77 more")
	joined := errors.Join(errors.New("a\nb"), errors.New("rbac: c"))
	assert.Equal(t, `"a\nb". c.`, viewer.Why(joined), "no text makes a line of its own")
}

// In a page the actor is "you", and "the member" would be somebody else.
func TestWhyCallsTheActorYou(t *testing.T) {
	viewer := viewerOf(rbac.Default(), admin(time.Time{}))
	for reason := rbac.ReasonNoPolicy; reason <= rbac.ReasonExclusive; reason++ {
		text := viewer.Why(&rbac.DeniedError{Action: rbac.ListMembers, Reason: reason})
		assert.NotContains(t, text, "the member ", reason)
		assert.NotContains(t, text, "the member's", reason)
	}
	text := viewer.Why(&rbac.DeniedError{Action: rbac.ListMembers, Reason: rbac.ReasonNotGranted})
	assert.Equal(t, "“View member list” is not allowed: none of your roles grants it.", text)
}

func TestWhySaysUntilWhenAPermissionLasts(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnWorkspace, "report.read": rbac.OnWorkspace},
		Roles: []rbac.Role{{ID: "auditor", Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{"report.export": rbac.ScopeWorkspace}}, {ID: "reader", Kind: rbac.KindDeveloper,
			Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeWorkspace}}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.DeveloperAdmin: {"auditor"}},
	}))
	missing := rbac.Permissions{
		rbac.ViewMiniProgram: rbac.ScopeAssigned, "report.export": rbac.ScopeWorkspace, "report.read": rbac.ScopeWorkspace,
	}
	end := time.Date(2126, 12, 26, 11, 24, 0, 0, time.UTC)
	denied := &rbac.DeniedError{Action: rbac.DeleteMember, Reason: rbac.ReasonNotCovered, Missing: missing}
	for _, row := range []struct {
		name string
		held []rbac.Assignment
		says string
	}{
		{"an admin with an end", []rbac.Assignment{{Role: rbac.DeveloperAdmin, NotAfter: end}},
			" You do not have “report.read” (workspace). You have “View mini programs” (assigned), " +
				"“report.export” (workspace) only until 26 December 2126, 11:24 UTC."},
		{"an admin of two terms", []rbac.Assignment{
			{Role: rbac.DeveloperAdmin, NotAfter: end}, {Role: rbac.DeveloperAdmin, NotAfter: end.AddDate(-1, 0, 0)},
		}, "only until 26 December 2126, 11:24 UTC."},
		{"an admin whose term has not begun", []rbac.Assignment{
			{Role: rbac.DeveloperAdmin, NotBefore: end.AddDate(-1, 0, 0), NotAfter: end},
		}, " You do not have “View mini programs” (assigned), “report.export” (workspace), “report.read” (workspace)."},
		{"an admin whose term has ended", []rbac.Assignment{{Role: rbac.DeveloperAdmin, NotAfter: time.Unix(1, 0)}},
			" You do not have “View mini programs” (assigned), “report.export” (workspace), “report.read” (workspace)."},
		{"an admin without an end", []rbac.Assignment{{Role: rbac.DeveloperAdmin}},
			" You do not have “View mini programs” (assigned), “report.export” (workspace), “report.read” (workspace)."},
		{"an admin of a term, and without an end", []rbac.Assignment{
			{Role: rbac.DeveloperAdmin, NotAfter: end}, {Role: rbac.DeveloperAdmin},
		}, " You do not have “View mini programs” (assigned), “report.export” (workspace), “report.read” (workspace)."},
	} {
		actor := admin(time.Time{})
		actor.Assignments = row.held
		assert.Contains(t, viewerOf(policy, actor).Why(denied), row.says, row.name)
	}
	short := viewerOf(policy, admin(end))
	delete(missing, "report.read")
	assert.Contains(t, short.Why(denied), "is not allowed: the change needs permissions for longer than you have them.")
	reader := viewerOf(policy, admin(end))
	reader.Member.Assignments[0].Role = "reader"
	assert.Contains(t, reader.Why(denied), "You have “View mini programs” (assigned) only until")
	reader.Workspace = rbac.Tenant("wallet").Developer("other")
	assert.NotContains(t, reader.Why(denied), "only until", "it reaches no other workspace")
}

// cem holds a role that the policy no longer has.
func TestWhyStepNamesTheRoleThatThePolicyLacks(t *testing.T) {
	policy := rbac.Default()
	cem := rbac.Member{ID: "cem", Workspace: shop, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: "gone_role"}, {Role: "ended", NotAfter: time.Unix(1, 0)}}}
	sam := viewerOf(policy, admin(time.Time{}))
	members := []rbac.Member{sam.Member, cem}
	access, _ := NewMemberAccess(sam.Subject, shop)
	page := NewMemberPage(sam, access, NewAssignmentKeys(nil), members, cem, nil, time.Now())
	var labels []string
	for _, denial := range page.Denials {
		labels = append(labels, denial.Label)
		assert.Contains(t, denial.Why, "cem holds a role that the policy does not have here. Revoke gone_role first.")
		assert.NotContains(t, denial.Why, "ended")
	}
	assert.Equal(t, []string{"Block", "Delete", "Give a role"}, labels)

	cem.Assignments = append(cem.Assignments, rbac.Assignment{Role: rbac.DeveloperAdmin})
	alice := viewerOf(policy, rbac.Member{ID: "alice", Workspace: shop, Status: rbac.StatusActive})
	text := alice.WhyStep(cem, &rbac.DeniedError{Action: rbac.BlockMember, Reason: rbac.ReasonNotCovered})
	assert.Contains(t, text, "Somebody who can must revoke gone_role first.")
	text = alice.WhyStep(cem, &rbac.DeniedError{Action: rbac.BlockMember, Reason: rbac.ReasonNotGranted})
	assert.NotContains(t, text, "gone_role")
}

// The sentences are made of the library's texts; this holds the two together.
func TestProblemsSayWhichHoldersAreMissing(t *testing.T) {
	end := time.Date(2126, 11, 28, 11, 28, 0, 0, time.UTC)
	until := func(id string, role rbac.RoleID, end time.Time) rbac.Member {
		return rbac.Member{ID: id, Workspace: shop, Status: rbac.StatusActive,
			Assignments: []rbac.Assignment{{Role: role, NotAfter: end}}}
	}
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		AtLeast: map[rbac.RoleID]int{rbac.Operator: 2, rbac.Developer: 1}, AtMost: map[rbac.RoleID]int{rbac.Operator: 3},
	}))
	admins := []rbac.Member{until("sam", rbac.DeveloperAdmin, time.Time{}), until("tia", rbac.DeveloperAdmin, end)}
	for _, row := range []struct {
		name    string
		members []rbac.Member
		says    string
	}{
		{"no admin", nil, "The workspace would lose its last admin: nobody active would hold the role Developer Admin. " +
			"Give it to somebody else first."},
		{"an admin with an end", admins[1:], "The workspace would lose its last admin: nobody active would hold the role " +
			"Developer Admin from 28 November 2126, 11:28 UTC on. Give it to somebody else first."},
		{"no developer", admins, "The workspace would lose the last holder of a role that it needs: " +
			"nobody active would hold the role Developer. Give it to somebody else first."},
		{"one operator of two", []rbac.Member{until("ola", rbac.Operator, time.Time{})},
			"The role Operator would have only 1 active holder, and the workspace needs 2. Give it to somebody else first."},
		{"four operators of three", []rbac.Member{until("a", rbac.Operator, end), until("b", rbac.Operator, end),
			until("c", rbac.Operator, end), until("d", rbac.Operator, end)},
			"The role Operator would have 4 active holders, and it can have 3 at most. Revoke it from the others."},
	} {
		assert.Contains(t, Problems(policy, policy.ValidateWorkspace(shop, slices.Values(row.members))), row.says, row.name)
	}
}

func TestProblemsSayWhichStepsTheStatusAllows(t *testing.T) {
	for _, row := range []struct {
		status rbac.Status
		step   string
		says   string
	}{
		{rbac.StatusActive, "unblock", "The member is active, so “Unblock” is not possible. Possible: “Block”, “Delete”."},
		{rbac.StatusInvited, "block", "The member is invited, so “Block” is not possible. " +
			"Possible: “Renew the invitation”, “Withdraw the invitation”."},
		{rbac.StatusDeleted, "block",
			"The member is deleted, so “Block” is not possible. To bring the person back, invite again."},
	} {
		step, _ := StepNamed(row.step)
		bob := rbac.Member{ID: "bob", Workspace: shop, Status: row.status}
		_, err := step.Do(rbac.Default().Bind(admin(time.Time{})), bob)
		assert.Equal(t, []string{row.says}, Problems(rbac.Default(), err))
	}
	_, err := rbac.Default().Bind(admin(time.Time{})).
		Assign(rbac.Member{ID: "bob", Workspace: shop, Status: rbac.StatusWithdrawn}, rbac.Assignment{Role: rbac.Operator})
	says := "The member is withdrawn, so this step is not possible. To bring the person back, invite again."
	assert.Equal(t, []string{says}, Problems(rbac.Default(), err))
}

func TestRoleProblemsAreSaidForPeople(t *testing.T) {
	policy := rbac.Default()
	editor := policy.Bind(admin(time.Time{}))
	for _, row := range []struct{ name, id, roleName, says string }{
		{"a name for an ID", "Shift Lead", "", `The ID cannot be "Shift Lead". ` +
			"Use lower-case letters, digits and _, and begin with a letter, such as shift_lead."},
		{"an ID that begins with a digit", "2nd", "", "The ID cannot be 2nd. " +
			"Use lower-case letters, digits and _, and begin with a letter, such as shift_lead."},
		{"no ID", "", "", "Write an ID."},
		{"an ID of the platform", "developer", "", "There is a role developer already. Choose another ID."},
		{"a name with a line end", "till", "a\nb", "The name is not possible: a control or bidirectional character. " +
			"A name has at most 256 bytes and is one line of text."},
	} {
		role := rbac.Role{ID: rbac.RoleID(row.id), Name: row.roleName, Kind: rbac.KindDeveloper}
		_, err := editor.Define(role)
		require.Error(t, err, row.name)
		assert.Equal(t, []string{row.says}, RoleProblems(policy, role, true, err), row.name)
	}
	for typed, id := range map[string]string{
		"Shift Lead": "shift_lead", "  Till 2 ": "till_2", "Ünï": "n", "…": "shift_lead",
	} {
		assert.Equal(t, id, suggestedID(typed))
	}
}
