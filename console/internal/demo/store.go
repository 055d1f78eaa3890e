package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// Workspaces returns the workspaces of a tenant, its own first.
func (s *Store) Workspaces(ctx context.Context, tenant string) ([]rbac.Workspace, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return s.workspaces(ctx, `WHERE tenant = $1 ORDER BY kind DESC, id`, tenant)
}

func (s *Store) workspaces(ctx context.Context, which string, args ...any) (found []rbac.Workspace, err error) {
	err = each(ctx, s.pool, func(rows *sql.Rows) error {
		var workspace rbac.Workspace
		err := rows.Scan(&workspace.Tenant, &workspace.Kind, &workspace.ID)
		found = append(found, workspace)
		return err
	}, `SELECT tenant, kind, id FROM console_workspaces `+which, args...)
	return found, err
}

// State returns a workspace as it is now.
func (s *Store) State(ctx context.Context, workspace rbac.Workspace) (web.WorkspaceState, error) {
	if !possible(workspace) {
		return web.WorkspaceState{}, web.ErrNotFound
	}
	found, err := load(ctx, s.pool, workspace)
	return found.state, err
}

// Update changes a workspace in a transaction that locks it.
func (s *Store) Update(
	ctx context.Context, workspace rbac.Workspace,
	change func(web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error),
) error {
	if !possible(workspace) {
		return web.ErrNotFound
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if err := s.lock(ctx, tx, workspace); err != nil {
			return err
		}
		before, err := load(ctx, tx, workspace)
		if err != nil {
			return err
		}
		after, entry, err := change(before.state)
		if err != nil {
			return err
		}
		if err := save(ctx, tx, workspace, before, after); err != nil {
			return err
		}
		return record(ctx, tx, entry)
	})
}

// lock waits until no other transaction changes the workspace. In SQLite the transaction
// has the lock of the whole database already.
func (s *Store) lock(ctx context.Context, tx *sql.Tx, workspace rbac.Workspace) error {
	return each(ctx, tx, func(*sql.Rows) error { return nil },
		`SELECT 1 FROM console_workspaces WHERE tenant = $1 AND kind = $2 AND id = $3`+s.lockRows,
		workspace.Tenant, workspace.Kind, workspace.ID)
}

// stored is what the database has of one workspace.
type stored struct {
	state     web.WorkspaceState
	documents map[string]string // of the members, by ID
}

// load reads a workspace in one statement, so that no change comes in between.
func load(ctx context.Context, on querier, workspace rbac.Workspace) (stored, error) {
	found := stored{documents: make(map[string]string)}
	exists := false
	err := each(ctx, on, func(rows *sql.Rows) error {
		var own, miniPrograms string
		var id, document sql.NullString // NULL if the workspace has no member
		if err := rows.Scan(&found.state.Suspended, &own, &miniPrograms, &id, &document); err != nil {
			return err
		}
		if !exists {
			exists = true
			if err := readWorkspace(&found.state, workspace, own, miniPrograms); err != nil {
				return err
			}
		}
		if !id.Valid {
			return nil
		}
		member, err := readMember(workspace, id.String, document.String)
		member.Suspended = found.state.Suspended
		found.state.Members = append(found.state.Members, member)
		found.documents[id.String] = document.String
		return err
	}, `
		SELECT w.suspended, w.own, w.mini_programs, m.id, m.document
		FROM console_workspaces w
		LEFT JOIN console_members m ON m.tenant = w.tenant AND m.kind = w.kind AND m.workspace = w.id
		WHERE w.tenant = $1 AND w.kind = $2 AND w.id = $3
		ORDER BY m.id`, workspace.Tenant, workspace.Kind, workspace.ID)
	if err == nil && !exists {
		err = web.ErrNotFound
	}
	if err != nil {
		return stored{}, err
	}
	return found, nil
}

func readWorkspace(state *web.WorkspaceState, workspace rbac.Workspace, own, miniPrograms string) (err error) {
	if state.Own, err = rbac.ParseSpec([]byte(own)); err != nil {
		return &web.UnreadableError{Place: fmt.Sprintf("the roles of workspace %q", workspace.ID), Err: err}
	}
	if err := json.Unmarshal([]byte(miniPrograms), &state.MiniPrograms); err != nil {
		return &web.UnreadableError{Place: fmt.Sprintf("the mini programs of workspace %q", workspace.ID), Err: err}
	}
	return nil
}

// readMember refuses the document of another member: a row says who a member is, and its
// document must not say otherwise.
func readMember(workspace rbac.Workspace, id, document string) (member rbac.Member, err error) {
	err = json.Unmarshal([]byte(document), &member)
	if err == nil && (member.ID != id || member.Workspace != workspace) {
		err = errors.New("the document is another member's")
	}
	if err != nil {
		place := fmt.Sprintf("member %q of workspace %q", id, workspace.ID)
		return rbac.Member{}, &web.UnreadableError{Place: place, Err: err}
	}
	return member, nil
}

// save stores a state, and writes only the members that have changed. It refuses a document
// that could not be read back: the whole workspace could not be read then.
func save(
	ctx context.Context, tx *sql.Tx, workspace rbac.Workspace, before stored, state web.WorkspaceState,
) error {
	if err := check(workspace, before, state); err != nil {
		return err
	}
	own, err := json.Marshal(state.Own)
	if err != nil {
		return fmt.Errorf("demo: the roles of workspace %q: %w", workspace.ID, err)
	}
	miniPrograms, err := json.Marshal(state.MiniPrograms)
	if err != nil {
		return fmt.Errorf("demo: the mini programs of workspace %q: %w", workspace.ID, err)
	}
	if err := readWorkspace(&web.WorkspaceState{}, workspace, string(own), string(miniPrograms)); err != nil {
		return fmt.Errorf("demo: this cannot be read back: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE console_workspaces SET suspended = $1, own = $2, mini_programs = $3
		WHERE tenant = $4 AND kind = $5 AND id = $6`,
		state.Suspended, string(own), string(miniPrograms), workspace.Tenant, workspace.Kind, workspace.ID)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return saveMembers(ctx, tx, workspace, before.documents, state.Members)
}

func saveMembers(
	ctx context.Context, tx *sql.Tx, workspace rbac.Workspace, before map[string]string, members []rbac.Member,
) error {
	gone := maps.Clone(before)
	for _, member := range members {
		delete(gone, member.ID)
		member.Suspended = false
		document, err := json.Marshal(member)
		if err != nil {
			return fmt.Errorf("demo: member %q: %w", member.ID, err)
		}
		if before[member.ID] == string(document) {
			continue
		}
		if _, err := readMember(workspace, member.ID, string(document)); err != nil {
			return fmt.Errorf("demo: this cannot be read back: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO console_members (tenant, kind, workspace, id, document) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant, kind, workspace, id) DO UPDATE SET document = excluded.document`,
			workspace.Tenant, workspace.Kind, workspace.ID, member.ID, string(document))
		if err != nil {
			return fmt.Errorf("demo: member %q: %w", member.ID, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		_, err := tx.ExecContext(ctx,
			`DELETE FROM console_members WHERE tenant = $1 AND kind = $2 AND workspace = $3 AND id = $4`,
			workspace.Tenant, workspace.Kind, workspace.ID, id)
		if err != nil {
			return fmt.Errorf("demo: member %q: %w", id, err)
		}
	}
	return nil
}

// Member loads one member. If there is none, the error is web.ErrNotFound.
func (s *Store) Member(ctx context.Context, workspace rbac.Workspace, id string) (rbac.Member, error) {
	if !possible(workspace) || !storable(id) {
		return rbac.Member{}, web.ErrNotFound
	}
	err := web.ErrNotFound
	var member rbac.Member
	failed := each(ctx, s.pool, func(rows *sql.Rows) error {
		var suspended bool
		var document string
		if err := rows.Scan(&suspended, &document); err != nil {
			return err
		}
		member, err = readMember(workspace, id, document)
		member.Suspended = suspended
		return err
	}, `
		SELECT w.suspended, m.document FROM console_workspaces w
		JOIN console_members m ON m.tenant = w.tenant AND m.kind = w.kind AND m.workspace = w.id
		WHERE w.tenant = $1 AND w.kind = $2 AND w.id = $3 AND m.id = $4`, workspace.Tenant, workspace.Kind, workspace.ID, id)
	if failed != nil {
		return rbac.Member{}, failed
	}
	return member, err
}
