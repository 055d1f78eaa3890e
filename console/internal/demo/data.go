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

// A wallet (the native app) and two of its merchants: the places of examples/quickstart.
var (
	Wallet = rbac.Tenant("wallet")
	Shop   = Wallet.Developer("shop")
	Bakery = Wallet.Developer("bakery")
)

// seed fills empty tables.
func (s *Store) seed(ctx context.Context) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		filled := false
		err := each(ctx, tx, func(*sql.Rows) error { filled = true; return nil }, `SELECT 1 FROM console_workspaces LIMIT 1`)
		if err != nil || filled {
			return err
		}
		now := time.Now().UTC().Truncate(time.Microsecond)
		for _, w := range []rbac.Workspace{Wallet, Shop, Bakery} {
			if err := add(ctx, tx, w); err != nil {
				return err
			}
			if err := save(ctx, tx, w, nil, initial(w, now)); err != nil {
				return err
			}
		}
		return nil
	})
}

func add(ctx context.Context, tx *sql.Tx, w rbac.Workspace) error {
	empty, err := json.Marshal(rbac.Spec{})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO console_workspaces (tenant, kind, id, own, mini_programs) VALUES ($1, $2, $3, $4, '[]')`,
		w.Tenant, w.Kind, w.ID, string(empty))
	if err != nil {
		return fmt.Errorf("demo: workspace %q: %w", w.ID, err)
	}
	return nil
}

// initial returns what a workspace begins with: the members of examples/quickstart, and in
// the shop a role of its own, who holds it, an invitation, a member who is blocked and a
// role that ends.
func initial(w rbac.Workspace, now time.Time) web.State {
	var state web.State
	switch w {
	case Wallet:
		state.MiniPrograms = []string{"rewards", "top-up"}
		state.Members = []rbac.Member{
			active("ann", w, rbac.WorkspaceAdmin),
			active("dan", w, rbac.WorkspaceDeveloper, "top-up"),
			active("ola", w, rbac.WorkspaceOperator),
			active("rae", w, rbac.WorkspaceReviewer),
		}
	case Shop:
		state.MiniPrograms = []string{"mp-42", "mp-43"}
		state.Own = rbac.Spec{Roles: []rbac.Role{cashier}}
		blocked := active("cem", w, rbac.Operator)
		blocked.Status = rbac.StatusBlocked
		ending := active("eve", w, rbac.Developer, "mp-43")
		ending.Assignments[0].NotAfter = now.AddDate(0, 0, 30)
		state.Members = []rbac.Member{
			active("alice", w, rbac.Developer, "mp-42"), blocked, ending,
			active("kim", w, cashier.ID, "mp-43"),
			rbac.Invite("ivy", w, now, rbac.Assignment{Role: cashier.ID, MiniPrograms: []string{"mp-42"}}),
			active("sam", w, rbac.DeveloperAdmin),
		}
	case Bakery:
		state.MiniPrograms = []string{"mp-7"}
		state.Members = []rbac.Member{
			active("bob", w, rbac.Operator, "mp-7"),
			active("pia", w, rbac.DeveloperAdmin),
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

func active(id string, w rbac.Workspace, role rbac.RoleID, assigned ...string) rbac.Member {
	return rbac.Member{
		ID: id, Workspace: w, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: assigned}},
	}
}
