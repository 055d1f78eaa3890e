package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// size says how large the table is. All workspaces have the same number of mini programs.
type size struct{ programs, workspaces, tenants int }

// fill fills the tables. The mini programs of a workspace lie far apart, like those that were created over years, and
// their IDs are in no order.
func (s size) fill(ctx context.Context, db *database) error {
	numbers := func(below int) string { return fmt.Sprintf(db.numbers, below-1) }
	workspace := strings.NewReplacer("{tenants}", fmt.Sprint(s.tenants)).Replace(`
		CONCAT('tenant-', w % {tenants}) AS tenant,
		CASE WHEN w < {tenants} THEN 'tenant' ELSE 'developer' END AS kind,
		CONCAT(CASE WHEN w < {tenants} THEN 'tenant-' ELSE 'merchant-' END, w) AS workspace`)
	for _, statement := range []string{
		`INSERT INTO workspaces (tenant, kind, workspace)
		SELECT ` + workspace + ` FROM (SELECT n AS w FROM ` + numbers(s.workspaces) + `) numbered`,
		`INSERT INTO mini_programs (id, tenant, kind, workspace, owner, name)
		SELECT CONCAT('mp-', MD5(CONCAT(n))), ` + workspace + `, CONCAT('owner-', n % 100), CONCAT('Mini program ', n)
		FROM (SELECT n, n % ` + fmt.Sprint(s.workspaces) + ` AS w FROM ` + numbers(s.programs) + `) numbered
		ORDER BY ` + db.order,
		db.settle,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("fill the tables: %w", err)
		}
	}
	return nil
}

// assignedPrograms is how many mini programs are assigned to the developer: more than a page.
const assignedPrograms = 80

// pages are those of a developer with assigned mini programs, of a merchant's admin and of a tenant's admin.
func (s size) pages(ctx context.Context, db *database) ([]page, error) {
	tenant := rbac.Tenant("tenant-1")
	merchant := tenant.Developer(fmt.Sprintf("merchant-%d", s.tenants+1))
	_, found, err := db.rows(ctx, `SELECT id FROM mini_programs WHERE tenant = ? AND workspace = ? ORDER BY name LIMIT ?`,
		tenant.ID, merchant.ID, assignedPrograms)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range found {
		ids = append(ids, row[0])
	}
	return []page{
		{
			who:    "an assigned developer",
			filter: listOf(merchant, rbac.Assignment{Role: rbac.Developer, MiniPrograms: ids}),
			static: flags{tenant: tenant.ID, workspaces: []string{}, ids: ids},
		}, {
			who:    "a merchant's admin",
			filter: listOf(merchant, rbac.Assignment{Role: rbac.DeveloperAdmin}),
			static: flags{tenant: tenant.ID, workspaces: []string{merchant.ID}, ids: []string{}},
		}, {
			who:    "a tenant's admin",
			filter: listOf(tenant, rbac.Assignment{Role: rbac.WorkspaceAdmin}),
			static: flags{tenant: tenant.ID, all: true, workspaces: []string{}, ids: []string{}},
		},
	}, nil
}

func listOf(workspace rbac.Workspace, assignment rbac.Assignment) rbac.Filter {
	member := rbac.Member{
		ID: "somebody", Workspace: workspace, Status: rbac.StatusActive, Assignments: []rbac.Assignment{assignment},
	}
	return rbac.Default().Bind(member).Filter(rbac.ListMiniPrograms)
}
