package main

import (
	"context"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// bigSize says how big a table is. Every workspace has as many mini programs as
// another.
type bigSize struct{ programs, workspaces, tenants int }

// fill fills the tables of an empty PostgreSQL. The mini programs of a workspace
// lie far apart, as those do that were created over years, and their IDs are in
// no order.
func (s bigSize) fill(ctx context.Context, db *Database) error {
	q := db.queries()
	_, err := q.exec(ctx, `
		INSERT INTO workspaces (tenant, kind, workspace)
		SELECT 'tenant-' || w % $1::int,
			CASE WHEN w < $1 THEN 'tenant' ELSE 'developer' END,
			CASE WHEN w < $1 THEN 'tenant-' ELSE 'merchant-' END || w
		FROM generate_series(0, $2::int - 1) w`, s.tenants, s.workspaces)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	_, err = q.exec(ctx, `
		INSERT INTO mini_programs (id, tenant, kind, workspace, owner, name)
		SELECT 'mp-' || md5(n::text), tenant, kind, workspace, 'owner-' || n % 100, 'Mini program ' || n
		FROM (
			SELECT row_number() OVER (ORDER BY tenant, workspace) - 1 AS number, tenant, kind, workspace FROM workspaces
		) numbered JOIN generate_series(0, $1::int - 1) n ON n % $2::int = number
		ORDER BY n`, s.programs, s.workspaces)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	_, err = q.exec(ctx, `VACUUM ANALYZE workspaces, mini_programs`)
	return err
}

// assignedPrograms is how many mini programs are assigned to the developer: more
// than a page.
const assignedPrograms = 80

// pages are those of a developer with assigned mini programs, of a merchant's
// admin and of a tenant's admin.
func (s bigSize) pages(ctx context.Context, db *Database) ([]page, error) {
	tenant := rbac.Tenant("tenant-1")
	merchant := tenant.Developer(fmt.Sprintf("merchant-%d", s.tenants+1))
	ids, err := db.queries().texts(ctx, `SELECT id FROM mini_programs WHERE tenant = $1 AND workspace = $2 ORDER BY name LIMIT $3`,
		tenant.ID, merchant.ID, assignedPrograms)
	if err != nil {
		return nil, err
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

func listOf(w rbac.Workspace, as rbac.Assignment) rbac.Filter {
	return policy.Bind(active(MemberKey{w, "somebody"}, as)).Filter(rbac.ListMiniPrograms)
}
