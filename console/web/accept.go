package web

import (
	"errors"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// accept makes an invited viewer a member. A viewer who is a member already goes on
// to the roles.
func (c *console) accept(v *visit) error {
	v.workspace = v.viewer.Workspace
	if v.viewer.Status != rbac.StatusInvited || v.viewer.Suspended {
		if err := v.refuseInactive(); err != nil {
			return err
		}
		return v.redirect("roles")
	}
	_, policy, err := v.load(v.workspace)
	if err != nil {
		return err
	}
	v.policy = policy
	entry := LogEntry{Member: v.viewer.ID, Action: rbac.InviteMember, Detail: "accept the invitation"}
	err = v.update(entry, func(locked *lockedWorkspace) (WorkspaceState, error) {
		member, found := view.Find(locked.state.Members, v.viewer.ID)
		if !found {
			return WorkspaceState{}, errHidden
		}
		accepted, err := member.Accept(time.Now())
		if err != nil {
			return WorkspaceState{}, locked.refuse(err)
		}
		return locked.store(accepted)
	})
	var refused *refusal
	if errors.As(err, &refused) {
		return &failure{status: refused.status, title: "The invitation is not accepted", body: view.Message{
			Text: "Nothing was stored.", Lines: refused.lines, Advice: "Ask an admin of the workspace.",
		}}
	}
	if err != nil {
		return err
	}
	return v.redirectDone("accept", "roles")
}
