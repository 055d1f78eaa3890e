package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// pageSize is the number of mini programs on a page of the list.
const pageSize = 50

// programColumns maps the columns of mini_programs for rbac.
var programColumns = rbac.Columns{
	Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "id", Owner: "owner",
	Placeholder: dollar,
}

// MiniProgram is a row of mini_programs.
type MiniProgram struct {
	ID        string
	Workspace rbac.Workspace
	Owner     string
	Name      string
}

// Resource returns the mini program as a policy sees it.
func (p MiniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID).OwnedBy(p.Owner) }

// AddMiniProgram stores a mini program. It checks nothing: if a member asks for
// it, the caller must check rbac.CreateMiniProgram first.
func (s *Store) AddMiniProgram(ctx context.Context, p MiniProgram) error {
	w := p.Workspace
	_, err := s.queries().exec(ctx, `
		INSERT INTO mini_programs (id, tenant, kind, workspace, owner, name) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, w.Tenant, w.Kind.String(), w.ID, p.Owner, p.Name)
	if err != nil {
		return fmt.Errorf("%s: %w", place("mini_programs", p.ID), err)
	}
	return nil
}

// MiniProgram loads a mini program. It checks nothing: the caller must check
// before a member sees the row.
func (s *Store) MiniProgram(ctx context.Context, id string) (MiniProgram, error) {
	var programs []MiniProgram
	err := s.queries().each(ctx, appendProgram(&programs), selectPrograms+` WHERE id = $1`, id)
	if err != nil {
		return MiniProgram{}, err
	}
	if len(programs) == 0 {
		return MiniProgram{}, &NotFoundError{place("mini_programs", id)}
	}
	return programs[0], nil
}

const selectPrograms = `SELECT id, tenant, kind, workspace, owner, name FROM mini_programs`

func appendProgram(programs *[]MiniProgram) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var p MiniProgram
		var kind string
		if err := rows.Scan(&p.ID, &p.Workspace.Tenant, &kind, &p.Workspace.ID, &p.Owner, &p.Name); err != nil {
			return err
		}
		if err := p.Workspace.Kind.UnmarshalText([]byte(kind)); err != nil {
			return &RowError{place("mini_programs", p.ID) + ".kind", err}
		}
		*programs = append(*programs, p)
		return nil
	}
}

// ListMiniPrograms returns the page after the mini program with the ID after, or
// the first page if after is "".
//
// The database filters the rows. Filtering a loaded page in Go would make pages
// too short, and their length would tell how many hidden rows there are.
func (s *Store) ListMiniPrograms(ctx context.Context, subject *rbac.Subject, after string) ([]MiniProgram, error) {
	filter := subject.Filter(rbac.ListMiniPrograms)
	if filter.None() {
		return nil, nil
	}
	args := []any{after, pageSize}
	clause, more, err := where(filter, programColumns, len(args))
	if err != nil {
		return nil, err
	}
	query := selectPrograms + ` WHERE id > $1 AND ` + clause + ` ORDER BY id LIMIT $2`
	var page []MiniProgram
	err = s.queries().each(ctx, appendProgram(&page), query, append(args, more...)...)
	return page, err
}

// where returns the filter's clause for a query that already uses some placeholders.
func where(filter rbac.Filter, columns rbac.Columns, used int) (clause string, args []any, err error) {
	columns.Offset = used
	return filter.Where(columns)
}

// RenameMiniProgram renames a mini program if the member may edit it. The check
// is part of the UPDATE, so it sees the row as it is when it is written, even if
// the row has changed since the member saw it.
func (s *Store) RenameMiniProgram(ctx context.Context, subject *rbac.Subject, id, name string) error {
	args := []any{name, id}
	clause, more, err := where(subject.Filter(rbac.EditMiniProgram), programColumns, len(args))
	if err != nil {
		return err
	}
	changed, err := s.queries().exec(ctx,
		`UPDATE mini_programs SET name = $1 WHERE id = $2 AND `+clause, append(args, more...)...)
	if err != nil {
		return err
	}
	if changed == 0 {
		return s.whyUnchanged(ctx, subject, rbac.EditMiniProgram, id)
	}
	return nil
}

// whyUnchanged returns the reason why a write changed no row. It only explains:
// the write has decided.
func (s *Store) whyUnchanged(ctx context.Context, subject *rbac.Subject, action rbac.Action, id string) error {
	p, err := s.MiniProgram(ctx, id)
	if err != nil {
		return err
	}
	if err := subject.Check(action, p.Resource()).Err(); err != nil {
		return hide(err, place("mini_programs", id))
	}
	return &ConflictError{place("mini_programs", id), "the row has changed; try again"}
}

// MoveMiniProgram moves a mini program to another workspace. It checks nothing:
// only the platform itself does it.
func (s *Store) MoveMiniProgram(ctx context.Context, id string, to rbac.Workspace) error {
	changed, err := s.queries().exec(ctx,
		`UPDATE mini_programs SET tenant = $1, kind = $2, workspace = $3 WHERE id = $4`,
		to.Tenant, to.Kind.String(), to.ID, id)
	if err == nil && changed == 0 {
		err = &NotFoundError{place("mini_programs", id)}
	}
	return err
}
