package web

import (
	"errors"
	"fmt"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// invite invites a person.
func (c *console) invite(v *visit) error {
	id := v.r.PostForm.Get("id")
	assignments, err := v.firstAssignments()
	if err == nil {
		err = v.update(invitationEntry(id, assignments), func(locked *lockedWorkspace) (WorkspaceState, error) {
			return locked.invite(id, v.workspace, assignments)
		})
	}
	var refused *refusal
	if errors.As(err, &refused) {
		return v.renderMembers(refused.status, refused.lines)
	}
	if err != nil {
		return err
	}
	return v.redirectDone("invite", "members")
}

// firstAssignments reads what an invitation gives: one assignment, or none.
func (v *visit) firstAssignments() ([]rbac.Assignment, error) {
	first, err := v.assignment(rbac.Assignment{})
	if err != nil {
		return nil, err
	}
	if first.Role != "" {
		return []rbac.Assignment{first}, nil
	}
	if len(first.MiniPrograms) > 0 || !first.NotBefore.IsZero() || !first.NotAfter.IsZero() {
		return nil, invalid("Mini programs and times belong to a role. Choose the role, or leave them out.")
	}
	return nil, nil
}

func invitationEntry(id string, assignments []rbac.Assignment) LogEntry {
	entry := LogEntry{Action: rbac.InviteMember, Detail: "invite without a role"}
	if view.IsTyped(id) {
		entry.Member = id
	}
	for _, a := range assignments {
		entry.Detail = "invite as " + assignmentText(a)
	}
	return entry
}

// invite adds an invited member. A viewer who may not invite does not learn who is a member.
func (locked *lockedWorkspace) invite(
	id string, workspace rbac.Workspace, assignments []rbac.Assignment,
) (WorkspaceState, error) {
	guest, err := locked.actor.Invite(id, workspace, assignments...)
	if err != nil && len(assignments) > 0 {
		return WorkspaceState{}, locked.refuseAssignment(guest, err, assignments[0])
	}
	if err != nil {
		return WorkspaceState{}, locked.refuse(err)
	}
	if !view.IsTyped(id) {
		return WorkspaceState{}, invalid("An ID has at most 255 bytes, no control or invisible characters, " +
			"and no space at its ends.")
	}
	if member, found := view.Find(locked.state.Members, id); found && !view.IsGone(member.Status) {
		return WorkspaceState{}, invalid(fmt.Sprintf("There is a member %s already.", view.ID(id)))
	}
	for _, a := range assignments {
		if err := locked.refuseUnknownPrograms(nil, a.MiniPrograms); err != nil {
			return WorkspaceState{}, err
		}
	}
	return locked.store(guest)
}
