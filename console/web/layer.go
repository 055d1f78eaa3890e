package web

import (
	"crypto/sha256"
	"encoding/hex"
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
func ownRole(policy *rbac.Policy, place rbac.Workspace, id rbac.RoleID) (rbac.Role, bool) {
	role, found := policy.Role(id)
	return role, found && role.Workspace == place
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
var errStale = &refusal{status: http.StatusConflict, reason: "stale"}

// saveRole stores a role, if the roles are still those that the form was based on and the
// members may be stored under the new policy.
func (v *visit) saveRole() error {
	typed := func(policy *rbac.Policy) (stored, role rbac.Role, problems []string) {
		stored, _ = ownRole(policy, v.place, rbac.RoleID(v.r.URL.Query().Get("role")))
		role, problems = v.typedRole(stored)
		return stored, role, problems
	}
	_, role, _ := typed(v.policy)
	entry := Entry{Action: rbac.DefineRole, Detail: "define the role " + view.ID(string(role.ID))}
	err := v.update(entry, func(s *scene) (State, error) {
		return v.relayer(s, func() (*rbac.Policy, error) {
			stored, role, problems := typed(s.policy)
			if problems != nil {
				return nil, invalid(problems...)
			}
			return s.define(v.place, stored, role)
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
	entry := Entry{Action: rbac.DefineRole, Detail: "remove the role " + view.ID(string(id))}
	err = v.update(entry, func(s *scene) (State, error) {
		return v.relayer(s, func() (*rbac.Policy, error) {
			policy, err := s.actor.Undefine(id)
			if err != nil {
				return nil, refuse(s.policy, err)
			}
			return policy, nil
		})
	})
	return v.answerEdit(err, stored, "remove")
}

// relayer stores the workspace's own roles as an edit leaves them.
func (v *visit) relayer(s *scene, edit func() (*rbac.Policy, error)) (State, error) {
	based, err := version(s.policy)
	if err != nil {
		return State{}, err
	}
	policy, err := edit()
	if err != nil {
		return State{}, err
	}
	if based != v.r.PostForm.Get("based") {
		return State{}, errStale
	}
	if problems := view.NewProblems(s.policy, policy, v.place, s.state.Members); len(problems) > 0 {
		return State{}, &refusal{http.StatusConflict, "workspace_invalid", s.sight.Problems(problems)}
	}
	s.state.Own = policy.Own()
	return s.state, nil
}

// define returns the policy with the role as it was typed.
func (s *scene) define(place rbac.Workspace, stored, role rbac.Role) (*rbac.Policy, error) {
	policy, err := s.actor.Define(role)
	if err != nil {
		return nil, refuse(s.policy, err)
	}
	if _, taken := ownRole(s.policy, place, role.ID); taken && stored.ID == "" {
		return nil, invalid(fmt.Sprintf("The workspace has a role %s already. Choose another ID.", view.ID(string(role.ID))))
	}
	return policy, nil
}
