package view

import (
	"errors"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// MemberPage is the page of one member.
type MemberPage struct {
	Name        string
	Status      string
	Note        string
	Assignments []AssignmentLine
	MoreRoles   int
	Offers      []Offer  // steps that the viewer can take
	Denials     []Denial // steps that the viewer cannot take, and why
	Assign      *AssignmentForm
	Edit        *AssignmentForm
	Errors      []string // why the last step was refused
	Changed     []string // why the assignment to change is not shown
	Gone        bool     // the member has left
	Again       URL      // where the viewer can invite a member who has left; empty if they cannot
	Href        URL
	Back        URL
}

// Offer is a step that the viewer can take.
type Offer struct {
	Step
	Breaks []string // why the workspace does not allow it now, such as the last admin
}

// Denial is a step that the viewer cannot take.
type Denial struct{ Label, Why string }

// NewMemberPage tries every step of the viewer on a member. Programs are those of the
// workspace that the viewer sees.
func NewMemberPage(
	viewer Viewer, access MemberAccess, keys AssignmentKeys,
	members []rbac.Member, member rbac.Member, programs []string, now time.Time,
) MemberPage {
	policy := viewer.Policy
	t := &trial{policy, access, members, member}
	p := MemberPage{
		Name: ID(member.ID), Status: member.Status.String(), Note: statusNote(member, now),
		Assignments: newAssignmentLines(policy, member, access, now),
		MoreRoles:   max(0, len(member.Assignments)-mostNames),
		Href:        MemberLink(member.Workspace, member.ID), Back: Link("members", member.Workspace),
	}
	if p.Gone = IsGone(member.Status); p.Gone && IsTyped(member.ID) {
		if _, err := viewer.Subject.Invite(member.ID, member.Workspace); err == nil {
			p.Again = Link("members", member.Workspace, "invite", member.ID) + "#invite-id"
		}
	}
	p.addSteps(t, viewer)
	breaks := t.revocations()
	for i := range p.Assignments {
		held := member.Assignments[i]
		p.Assignments[i].Key = keys.Key(member, held)
		if after, err := viewer.Subject.Revoke(member, held); err == nil {
			p.Assignments[i].Revoke = &Offer{
				Step:   Step{Name: "revoke", Label: "Revoke", Explain: "The member loses this role."},
				Breaks: breaks(after),
			}
		}
		if mayEdit(viewer.Subject, member, held, programs) {
			p.Assignments[i].Edit = MemberLink(member.Workspace, member.ID, "edit", p.Assignments[i].Key)
		}
	}
	return p
}

// addSteps tries each of Steps, and to give a role.
func (p *MemberPage) addSteps(t *trial, viewer Viewer) {
	for _, step := range Steps() {
		after, err := step.Do(viewer.Subject, t.member)
		if err == nil {
			p.Offers = append(p.Offers, Offer{step, t.breaks(after)})
		} else if errors.Is(err, rbac.ErrDenied) && suits(step, t.member.Status) {
			p.Denials = append(p.Denials, Denial{step.Label, viewer.WhyStep(t.member, err)})
		}
	}
	if IsGone(t.member.Status) {
		return
	}
	form := newAssignForm(t.policy, viewer.Subject, t.member)
	if form.offersRole() {
		p.Assign = &form
	} else {
		_, err := viewer.Subject.Assign(t.member, rbac.Assignment{Role: firstRole(t.policy, t.member.Workspace)})
		p.Denials = append(p.Denials, Denial{"Give a role", viewer.WhyStep(t.member, err)})
	}
}

// suits reports whether the step fits the member's status, so that a page says why it is
// denied.
func suits(step Step, status rbac.Status) bool {
	switch step.Name {
	case "resend", "withdraw":
		return status == rbac.StatusInvited
	case "block":
		return status == rbac.StatusActive
	case "unblock":
		return status == rbac.StatusBlocked
	}
	return status == rbac.StatusActive || status == rbac.StatusBlocked
}

func firstRole(policy *rbac.Policy, workspace rbac.Workspace) rbac.RoleID {
	for role := range policy.Roles() {
		if isHeldIn(policy, role.ID, workspace) {
			return role.ID
		}
	}
	return ""
}
