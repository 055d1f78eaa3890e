package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// AddWorkspace stores a workspace. Add a tenant before its merchants.
func (s *Store) AddWorkspace(ctx context.Context, workspace rbac.Workspace) error {
	if err := workspace.Validate(); err != nil {
		return err
	}
	_, err := s.queries().exec(ctx, `INSERT INTO workspaces (tenant, kind, workspace) VALUES ($1, $2, $3)`,
		workspace.Tenant, workspace.Kind.String(), workspace.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", place("workspaces", workspace.ID), err)
	}
	return nil
}

// SetSuspended suspends a merchant's workspace, or lifts that. Members are loaded with
// it, so the members of a suspended workspace can do nothing from the next request on.
func (s *Store) SetSuspended(ctx context.Context, by MemberKey, workspace rbac.Workspace, suspended bool) error {
	actor, err := s.Subject(ctx, by)
	if err != nil {
		return err
	}
	if err := actor.Check(suspendWorkspace, workspace.Resource()).Err(); err != nil {
		return hide(err, place("workspaces", workspace.ID))
	}
	changed, err := s.queries().exec(ctx,
		`UPDATE workspaces SET suspended = $1 WHERE tenant = $2 AND kind = $3 AND workspace = $4`,
		suspended, workspace.Tenant, workspace.Kind.String(), workspace.ID)
	if err == nil && changed == 0 {
		err = &NotFoundError{place("workspaces", workspace.ID)}
	}
	return err
}

// The roles of a workspace's own. The workspace stores what its policy adds to the
// platform's, and how often that has changed.

// Policy returns the policy of a workspace, and the revision of its roles: for a page
// that shows the roles, and sends the revision back with a change.
func (s *Store) Policy(ctx context.Context, workspace rbac.Workspace) (*rbac.Policy, int64, error) {
	return s.queries().policy(ctx, workspace)
}

// policy builds the policy of a workspace. If the roles that are stored no longer fit the
// platform's policy, it returns an error: nobody in the workspace can do anything
// until that is repaired. The platform's policy alone would be another one than the
// workspace has decided on.
//
// A program with many requests can keep policies by the workspace, the revision and the
// platform's fingerprint.
func (q queries) policy(ctx context.Context, w rbac.Workspace) (*rbac.Policy, int64, error) {
	var found []ownRoles
	err := q.each(ctx, appendRoles(&found),
		selectRoles+` WHERE tenant = $1 AND kind = $2 AND workspace = $3`, w.Tenant, w.Kind.String(), w.ID)
	if err != nil {
		return nil, 0, err
	}
	if len(found) == 0 {
		return nil, 0, &NotFoundError{place("workspaces", w.ID)}
	}
	policy, err := found[0].on(platform)
	return policy, found[0].revision, err
}

const selectRoles = `SELECT workspace, roles, roles_revision FROM workspaces`

// ownRoles is a row of selectRoles.
type ownRoles struct {
	workspace, document string
	revision            int64
}

func appendRoles(all *[]ownRoles) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var r ownRoles
		err := rows.Scan(&r.workspace, &r.document, &r.revision)
		*all = append(*all, r)
		return err
	}
}

// on adds the roles to a policy. An empty document makes a layer too, so that Define
// never changes a layer of the platform's.
func (r ownRoles) on(base *rbac.Policy) (*rbac.Policy, error) {
	var spec rbac.Spec
	err := json.Unmarshal([]byte(r.document), &spec)
	if err == nil {
		var policy *rbac.Policy
		if policy, err = base.With(spec); err == nil {
			return policy, nil
		}
	}
	return nil, &RowError{place("workspaces", r.workspace) + ".roles", err}
}

// TryPolicy returns an error for each workspace whose roles do not fit a new policy of the
// platform. Call it before the new policy is deployed.
func (s *Store) TryPolicy(ctx context.Context, next *rbac.Policy) error {
	var all []ownRoles
	if err := s.queries().each(ctx, appendRoles(&all), selectRoles+` ORDER BY tenant, kind, workspace`); err != nil {
		return err
	}
	var problems []error
	for _, roles := range all {
		if _, err := roles.on(next); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// DefineRole stores a role of the member's own workspace: a new one, or a changed one.
// The revision is the one that Policy returned when the member read the roles. If they
// have changed since then, it returns a ConflictError.
func (s *Store) DefineRole(ctx context.Context, by MemberKey, revision int64, role rbac.Role) error {
	return s.changeRoles(ctx, by, revision, func(actor *rbac.Subject) (*rbac.Policy, error) { return actor.Define(role) })
}

// RemoveRole removes a role of the member's own workspace. Revoke it from its holders
// first.
func (s *Store) RemoveRole(ctx context.Context, by MemberKey, revision int64, id rbac.RoleID) error {
	return s.changeRoles(ctx, by, revision, func(actor *rbac.Subject) (*rbac.Policy, error) { return actor.Undefine(id) })
}

// changeRoles stores the own layer of the policy that step returns. The members must be
// valid under the new policy: rbac does not know who holds a role that is changed.
func (s *Store) changeRoles(
	ctx context.Context, by MemberKey, revision int64, step func(*rbac.Subject) (*rbac.Policy, error),
) error {
	return s.inLockedTenant(ctx, by.Workspace, func(q queries, policy *rbac.Policy) error {
		actor, err := q.subject(ctx, policy, by)
		if err != nil {
			return err
		}
		changed, err := step(actor)
		if err != nil {
			return err
		}
		members, err := q.members(ctx, by.Workspace)
		if err != nil {
			return err
		}
		if err := changed.ValidateWorkspace(by.Workspace, slices.Values(members)); err != nil {
			return err
		}
		return q.saveRoles(ctx, by.Workspace, revision, changed.Own())
	})
}

// saveRoles stores the roles of a workspace, if they are still those of the revision. A
// fingerprint would not do: it does not change with the name of a role.
func (q queries) saveRoles(ctx context.Context, w rbac.Workspace, revision int64, own rbac.Spec) error {
	document, err := json.Marshal(own)
	if err != nil {
		return err
	}
	changed, err := q.exec(ctx, `
		UPDATE workspaces SET roles = $1, roles_revision = roles_revision + 1
		WHERE tenant = $2 AND kind = $3 AND workspace = $4 AND roles_revision = $5`,
		string(document), w.Tenant, w.Kind.String(), w.ID, revision)
	if err == nil && changed == 0 {
		err = &ConflictError{place("workspaces", w.ID) + ".roles", "the roles have changed since they were read"}
	}
	return err
}
