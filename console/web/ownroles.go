package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// How a workspace's own roles are stored.
//
// They are the last layer of the workspace's policy. An edit names the version that its form
// was based on. Under the lock the library decides on the edit first, so that only who may
// make it learns that it is stale. Then the members are validated with the new policy, and
// the new layer is stored.

// ownRole returns a role of the workspace's own.
func ownRole(policy *rbac.Policy, workspace rbac.Workspace, id rbac.RoleID) (rbac.Role, bool) {
	role, found := policy.Role(id)
	return role, found && role.Workspace == workspace
}

// version returns a text that changes with everything that an editor of roles looks at: what
// decides, and names and descriptions too, which a fingerprint leaves out.
func version(policy *rbac.Policy) (string, error) {
	document, err := policy.Own().Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write(document)
	sum.Write([]byte("\n" + policy.Fingerprint()))
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// errStale refuses a form that is based on other roles than there are now.
var errStale = &refusal{status: http.StatusConflict, reason: reasonStale}

// saveRole stores a role, if the roles are still those that the form was based on and the
// members may be stored under the new policy.
func (v *visit) saveRole() error {
	typed := func(policy *rbac.Policy) (stored, role rbac.Role, problems []string) {
		stored, _ = ownRole(policy, v.workspace, rbac.RoleID(v.r.URL.Query().Get("role")))
		role, problems = v.typedRole(stored)
		return stored, role, problems
	}
	_, role, _ := typed(v.policy)
	entry := LogEntry{Action: rbac.DefineRole, Detail: "define the role " + view.ID(string(role.ID))}
	err := v.update(entry, func(locked *lockedWorkspace) (WorkspaceState, error) {
		return v.storeOwnRoles(locked, func() (*rbac.Policy, error) {
			stored, role, problems := typed(locked.policy)
			if problems != nil {
				return nil, invalid(problems...)
			}
			policy, err := define(locked.viewer, stored, role)
			if err == nil {
				locked.detail = view.ChangeText(locked.policy, policy, stored, role)
			}
			return policy, err
		})
	})
	return v.answerEdit(err, role, "save")
}

// removeRole removes a role of the workspace's own.
func (v *visit) removeRole() error {
	stored, err := v.requestedRole()
	if err != nil {
		return err
	}
	id := stored.ID
	entry := LogEntry{Action: rbac.DefineRole, Detail: "remove the role " + view.ID(string(id))}
	err = v.update(entry, func(locked *lockedWorkspace) (WorkspaceState, error) {
		return v.storeOwnRoles(locked, func() (*rbac.Policy, error) {
			policy, err := locked.actor.Undefine(id)
			if err != nil {
				return nil, locked.refuse(err)
			}
			locked.detail = view.ChangeText(locked.policy, policy, rbac.Role{}, rbac.Role{})
			return policy, nil
		})
	})
	return v.answerEdit(err, stored, "remove")
}

// storeOwnRoles stores the workspace's own roles as an edit leaves them.
func (v *visit) storeOwnRoles(locked *lockedWorkspace, edit func() (*rbac.Policy, error)) (WorkspaceState, error) {
	based, err := version(locked.policy)
	if err != nil {
		return WorkspaceState{}, err
	}
	policy, err := edit()
	if err != nil {
		return WorkspaceState{}, err
	}
	if based != v.r.PostForm.Get("base_version") {
		return WorkspaceState{}, errStale
	}
	if problems := view.NewProblems(locked.policy, policy, v.workspace, locked.state.Members); len(problems) > 0 {
		return WorkspaceState{}, &refusal{http.StatusConflict, reasonWorkspaceInvalid, locked.access.Problems(problems)}
	}
	locked.state.Own = policy.Own()
	return locked.state, nil
}

// define returns the policy with the role as it was typed.
func define(editor view.Viewer, stored, role rbac.Role) (*rbac.Policy, error) {
	defined, err := editor.Subject.Define(role)
	if err != nil && !errors.Is(err, rbac.ErrDenied) {
		lines := view.RoleProblems(editor.Policy, role, stored.ID == "", err)
		return nil, &refusal{http.StatusConflict, reasonInvalid, lines[:min(len(lines), 20)]}
	}
	if err != nil {
		return nil, refuse(editor.Policy, editor.Why, err)
	}
	if _, taken := ownRole(editor.Policy, editor.Workspace, role.ID); taken && stored.ID == "" {
		return nil, invalid(fmt.Sprintf("The workspace has a role %s already. Choose another ID.", view.ID(string(role.ID))))
	}
	return defined, nil
}
