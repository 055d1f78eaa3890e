package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// A wallet (the native app) and two of its merchants: the workspaces of examples/quickstart.
var (
	Wallet = rbac.Tenant("wallet")
	Shop   = Wallet.Developer("shop")
	Bakery = Wallet.Developer("bakery")
)

// newPolicy returns the platform's policy: the default one, and nobody of a merchant may be both a
// developer and an operator.
func newPolicy() (*rbac.Policy, error) {
	return rbac.New(rbac.Defaults(), rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}}})
}

// seed fills empty tables.
func (s *Store) seed(ctx context.Context) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		filled := false
		err := each(ctx, tx, func(*sql.Rows) error { filled = true; return nil }, `SELECT 1 FROM console_workspaces LIMIT 1`)
		if err != nil || filled {
			return err
		}
		now := time.Now().UTC().Truncate(time.Microsecond)
		for _, workspace := range []rbac.Workspace{Wallet, Shop, Bakery} {
			if err := add(ctx, tx, workspace); err != nil {
				return err
			}
			if err := save(ctx, tx, workspace, stored{}, initial(workspace, now)); err != nil {
				return err
			}
		}
		return nil
	})
}

func add(ctx context.Context, tx *sql.Tx, workspace rbac.Workspace) error {
	empty, err := json.Marshal(rbac.Spec{})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO console_workspaces (tenant, kind, id, own, mini_programs) VALUES ($1, $2, $3, $4, '[]')`,
		workspace.Tenant, workspace.Kind, workspace.ID, string(empty))
	if err != nil {
		return fmt.Errorf("demo: workspace %q: %w", workspace.ID, err)
	}
	return nil
}

// initial returns what a workspace begins with: the members of examples/quickstart, and in
// the shop a role of its own, who holds it, an invitation, a member who is blocked, a role that
// ends and a second admin for a time, who finds that sam is the last one.
func initial(workspace rbac.Workspace, now time.Time) web.WorkspaceState {
	var state web.WorkspaceState
	switch workspace {
	case Wallet:
		state.MiniPrograms = []string{"rewards", "top-up"}
		state.Members = []rbac.Member{
			active("ann", workspace, rbac.WorkspaceAdmin),
			active("dan", workspace, rbac.WorkspaceDeveloper, "top-up"),
			active("ola", workspace, rbac.WorkspaceOperator),
			active("rae", workspace, rbac.WorkspaceReviewer),
		}
	case Shop:
		state.MiniPrograms = []string{"mp-42", "mp-43"}
		state.Own = rbac.Spec{Roles: []rbac.Role{cashier}}
		blocked := active("cem", workspace, rbac.Operator)
		blocked.Status = rbac.StatusBlocked
		ending := active("eve", workspace, rbac.Developer, "mp-43")
		ending.Assignments[0].NotAfter = now.AddDate(0, 0, 30).Truncate(time.Second).Add(822_389 * time.Microsecond)
		deputy := active("tia", workspace, rbac.DeveloperAdmin)
		deputy.Assignments[0].NotAfter = now.AddDate(0, 0, 30)
		state.Members = []rbac.Member{
			active("alice", workspace, rbac.Developer, "mp-42"), blocked, ending,
			active("kim", workspace, cashier.ID, "mp-43"),
			rbac.Invite("ivy", workspace, now, rbac.Assignment{Role: cashier.ID, MiniPrograms: []string{"mp-42"}}),
			active("sam", workspace, rbac.DeveloperAdmin), deputy,
		}
	case Bakery:
		state.MiniPrograms = []string{"mp-7"}
		state.Members = []rbac.Member{
			active("bob", workspace, rbac.Operator, "mp-7"),
			active("pia", workspace, rbac.DeveloperAdmin),
		}
	}
	slices.SortFunc(state.Members, func(a, b rbac.Member) int { return strings.Compare(a.ID, b.ID) })
	return state
}

// cashier is a role of the shop's own.
var cashier = rbac.Role{
	ID: "cashier", Kind: rbac.KindDeveloper, Workspace: Shop, Name: "Cashier",
	Description: "Looks up the payments of the assigned mini programs.",
	Permissions: rbac.Permissions{
		rbac.ViewMiniProgram: rbac.ScopeAssigned, rbac.ListMiniPrograms: rbac.ScopeAssigned,
		rbac.ViewTransactions: rbac.ScopeAssigned,
	},
}

func active(id string, workspace rbac.Workspace, role rbac.RoleID, assigned ...string) rbac.Member {
	return rbac.Member{
		ID: id, Workspace: workspace, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: assigned}},
	}
}
