package main

import (
	"context"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// policy is the platform's, and a release takes a second person.
var policy = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))

// Store answers and changes on behalf of members.
type Store struct{ db *Database }

// AddWorkspace adds a workspace. A merchant's tenant is added before it.
func (s *Store) AddWorkspace(ctx context.Context, w rbac.Workspace) error {
	if err := w.Validate(); err != nil {
		return err
	}
	_, err := s.db.queries().exec(ctx, `INSERT INTO workspaces (tenant, kind, workspace) VALUES ($1, $2, $3)`,
		w.Tenant, w.Kind.String(), w.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", place("workspaces", w.ID), err)
	}
	return nil
}
