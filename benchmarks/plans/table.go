package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/miniprogram-platform/rbac"
)

//go:embed schema.sql
var schema string

// openScratch makes a schema with empty tables, and returns how to remove it.
func openScratch(ctx context.Context, url string) (*sql.DB, func() error, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	name := "plans_" + rand.Text()
	config.RuntimeParams["search_path"] = name
	db := stdlib.OpenDB(*config)
	remove := func() error {
		// The context of the caller may have ended.
		_, err := db.ExecContext(context.Background(), "DROP SCHEMA IF EXISTS "+name+" CASCADE")
		return errors.Join(err, db.Close())
	}
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+name+";"+schema); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("create the tables: %w", err), remove())
	}
	return db, remove, nil
}

// size says how large the table is. All workspaces have the same number of mini programs.
type size struct{ programs, workspaces, tenants int }

// fill fills the tables. The mini programs of a workspace lie far apart, like those that were created over years, and
// their IDs are in no order.
func (s size) fill(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `
		INSERT INTO workspaces (tenant, kind, workspace)
		SELECT 'tenant-' || w % $1::int,
			CASE WHEN w < $1 THEN 'tenant' ELSE 'developer' END,
			CASE WHEN w < $1 THEN 'tenant-' ELSE 'merchant-' END || w
		FROM generate_series(0, $2::int - 1) w`, s.tenants, s.workspaces)
	if err != nil {
		return fmt.Errorf("fill workspaces: %w", err)
	}
	_, err = db.ExecContext(ctx, `
		INSERT INTO mini_programs (id, tenant, kind, workspace, owner, name)
		SELECT 'mp-' || md5(n::text), tenant, kind, workspace, 'owner-' || n % 100, 'Mini program ' || n
		FROM (
			SELECT row_number() OVER (ORDER BY tenant, workspace) - 1 AS number, tenant, kind, workspace FROM workspaces
		) numbered JOIN generate_series(0, $1::int - 1) n ON n % $2::int = number
		ORDER BY n`, s.programs, s.workspaces)
	if err != nil {
		return fmt.Errorf("fill mini_programs: %w", err)
	}
	if _, err = db.ExecContext(ctx, `VACUUM ANALYZE workspaces, mini_programs`); err != nil {
		return fmt.Errorf("vacuum: %w", err)
	}
	return nil
}

// assignedPrograms is how many mini programs are assigned to the developer: more than a page.
const assignedPrograms = 80

// pages are those of a developer with assigned mini programs, of a merchant's admin and of a tenant's admin.
func (s size) pages(ctx context.Context, db *sql.DB) ([]page, error) {
	tenant := rbac.Tenant("tenant-1")
	merchant := tenant.Developer(fmt.Sprintf("merchant-%d", s.tenants+1))
	ids, err := texts(ctx, db, `
		SELECT id FROM mini_programs WHERE tenant = $1 AND workspace = $2 ORDER BY name LIMIT $3`,
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

func listOf(workspace rbac.Workspace, assignment rbac.Assignment) rbac.Filter {
	member := rbac.Member{
		ID: "somebody", Workspace: workspace, Status: rbac.StatusActive, Assignments: []rbac.Assignment{assignment},
	}
	return rbac.Default().Bind(member).Filter(rbac.ListMiniPrograms)
}

// texts returns the first column of every row.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		found = append(found, text)
	}
	return found, rows.Err()
}
