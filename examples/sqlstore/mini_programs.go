package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/miniprogram-platform/rbac"
)

// pageSize is the number of mini programs on a page of the list.
const pageSize = 50

// programColumns maps the columns of mini_programs for rbac. Names are qualified, because
// PostgreSQL takes a bare name that is the table's own for the whole row. The columns
// compare byte by byte, so the clause can be short.
func (d dialect) programColumns() rbac.Columns {
	return rbac.Columns{
		Dialect: d.sql,
		Kind:    "mini_programs.kind", Tenant: "mini_programs.tenant", Workspace: "mini_programs.workspace",
		MiniProgram: "mini_programs.id", Owner: "mini_programs.owner",
		Bytewise:    true,
		Placeholder: unnumbered,
	}
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

// AddMiniProgram stores a new mini program. It asks no policy: if a member asks for
// it, the caller must check rbac.CreateMiniProgram first.
func (s *Store) AddMiniProgram(ctx context.Context, p MiniProgram) error {
	w, place := p.Workspace, place("mini_programs", p.ID)
	if err := errors.Join(checkID(place, p.ID), checkID(place+".owner", p.Owner)); err != nil {
		return err
	}
	_, err := s.queries().exec(ctx,
		`INSERT INTO mini_programs (id, tenant, kind, workspace, owner, name) VALUES (?, ?, ?, ?, ?, ?)`,
		p.ID, w.Tenant, w.Kind, w.ID, p.Owner, p.Name)
	if err != nil {
		return s.queries().whyNotAdded(ctx, err, place, `SELECT id FROM mini_programs WHERE id = ?`, p.ID)
	}
	return nil
}

// MiniProgram loads a mini program. It checks nothing: the caller must check
// before a member sees the row.
func (s *Store) MiniProgram(ctx context.Context, id string) (MiniProgram, error) {
	var programs []MiniProgram
	err := s.queries().each(ctx, appendProgram(&programs), selectPrograms+` WHERE id = ?`, id)
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
		err := rows.Scan(&p.ID, &p.Workspace.Tenant, &p.Workspace.Kind, &p.Workspace.ID, &p.Owner, &p.Name)
		if err != nil {
			return &RowError{place("mini_programs", p.ID), err}
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
	clause, args, err := filter.Where(s.dialect.programColumns())
	if err != nil {
		return nil, err
	}
	query := selectPrograms + ` WHERE id > ? AND ` + clause + ` ORDER BY id LIMIT ?`
	args = append(append([]any{after}, args...), pageSize)
	var page []MiniProgram
	err = s.queries().each(ctx, appendProgram(&page), query, args...)
	return page, err
}

// RenameMiniProgram renames a mini program if the member may edit it. The check
// is part of the UPDATE, so it sees the row as it is when it is written, even if
// the row has changed since the member saw it.
func (s *Store) RenameMiniProgram(ctx context.Context, subject *rbac.Subject, id, name string) error {
	clause, args, err := subject.Filter(rbac.EditMiniProgram).Where(s.dialect.programColumns())
	if err != nil {
		return err
	}
	changed, err := s.queries().exec(ctx,
		`UPDATE mini_programs SET name = ? WHERE id = ? AND `+clause, append([]any{name, id}, args...)...)
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
		`UPDATE mini_programs SET tenant = ?, kind = ?, workspace = ? WHERE id = ?`,
		to.Tenant, to.Kind, to.ID, id)
	if err == nil && changed == 0 {
		err = &NotFoundError{place("mini_programs", id)}
	}
	return err
}
