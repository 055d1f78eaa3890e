package view

import (
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// Step is a step that takes no argument but the member.
type Step struct {
	Name    string // in forms
	Label   string // on the button
	Explain string // what it does
	Done    string // what the page says afterwards
	Final   bool
	Action  rbac.Action // which it needs
	Do      func(*rbac.Subject, rbac.Member) (rbac.Member, error)
}

// Steps returns the steps in the order in which a page shows them.
func Steps() []Step {
	return []Step{
		{"resend", "Renew the invitation", "It is valid for three days from now.",
			"The invitation is valid for another three days.", false, rbac.ResendInvitation, (*rbac.Subject).Resend},
		{"withdraw", "Withdraw the invitation", "It can no longer be accepted. This is final; you can invite again.",
			"The invitation is withdrawn.", true, rbac.WithdrawInvitation, (*rbac.Subject).Withdraw},
		{"block", "Block", "The member can do nothing until unblocked, and keeps the roles.",
			"The member is blocked.", false, rbac.BlockMember, (*rbac.Subject).Block},
		{"unblock", "Unblock", "The member can use the roles again.",
			"The member is active again.", false, rbac.BlockMember, (*rbac.Subject).Unblock},
		{"delete", "Delete", "The member leaves the workspace. This is final; a new invitation is needed to return.",
			"The member is deleted.", true, rbac.DeleteMember, (*rbac.Subject).Delete},
	}
}

// StepNamed returns the step of that name.
func StepNamed(name string) (Step, bool) {
	steps := Steps()
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		return Step{}, false
	}
	return steps[i], true
}

// trial finds what a step would break, without storing it.
type trial struct {
	policy  *rbac.Policy
	access  MemberAccess
	members []rbac.Member
	member  rbac.Member
}

// breaks returns why the workspace could not be stored with the member as a step left it;
// nothing if it could.
func (t *trial) breaks(after rbac.Member) []string {
	changed := With(t.members, after)
	err := t.policy.ValidateChange(after.Workspace, slices.Values(t.members), slices.Values(changed))
	return t.access.Problems(Problems(t.policy, err))
}

// mostRevocations is how many revocations are asked about one by one. Each looks at every member of
// the workspace. One that is not asked about is offered, and refused when it is done.
const mostRevocations = 10

// revocations returns a function like breaks for the revocation of a single role. Taking a role
// breaks only how many must hold it, so if taking all roles breaks nothing, none does.
func (t *trial) revocations() func(after rbac.Member) []string {
	none := t.member
	none.Assignments = nil
	left := mostRevocations
	if len(t.breaks(none)) == 0 {
		left = 0
	}
	return func(after rbac.Member) []string {
		if left == 0 {
			return nil
		}
		left--
		return t.breaks(after)
	}
}

// With returns the members with one of them replaced, or added, sorted by ID.
func With(members []rbac.Member, changed rbac.Member) []rbac.Member {
	for i := range members {
		if members[i].ID == changed.ID {
			all := slices.Clone(members)
			all[i] = changed
			return all
		}
	}
	i := slices.IndexFunc(members, func(m rbac.Member) bool { return m.ID > changed.ID })
	if i < 0 {
		i = len(members)
	}
	return slices.Insert(slices.Clone(members), i, changed)
}
