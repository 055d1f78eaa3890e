package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// pageSize is how many mini programs a page of the list shows.
const pageSize = 50

// programColumns says where a row of mini_programs holds what rbac asks for.
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

// Resource is the mini program as a policy sees it.
func (p MiniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID).OwnedBy(p.Owner) }

// AddMiniProgram adds a mini program. It is part of the set-up: that somebody
// may create one is for the caller to check, with rbac.CreateMiniProgram.
func (s *Store) AddMiniProgram(ctx context.Context, p MiniProgram) error {
	w := p.Workspace
	_, err := s.db.queries().exec(ctx, `INSERT INTO mini_programs (id, tenant, kind, workspace, owner, name) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, w.Tenant, w.Kind.String(), w.ID, p.Owner, p.Name)
	if err != nil {
		return fmt.Errorf("%s: %w", place("mini_programs", p.ID), err)
	}
	return nil
}

// MiniProgram loads a mini program and checks nothing: whoever is shown it must be
// checked first.
func (s *Store) MiniProgram(ctx context.Context, id string) (MiniProgram, error) {
	var programs []MiniProgram
	err := s.db.queries().each(ctx, appendProgram(&programs), selectPrograms+` WHERE id = $1`, id)
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

// ListMiniPrograms returns the page that follows the mini program of that ID,
// the first page after "". The database chooses the rows: a page that is
// filtered after it was loaded has fewer rows than a page, and says how many
// others there are.
func (s *Store) ListMiniPrograms(ctx context.Context, who *rbac.Subject, after string) ([]MiniProgram, error) {
	filter := who.Filter(rbac.ListMiniPrograms)
	if filter.None() {
		return nil, nil
	}
	query, args, err := pageOf(filter, after)
	if err != nil {
		return nil, err
	}
	var page []MiniProgram
	err = s.db.queries().each(ctx, appendProgram(&page), query, args...)
	return page, err
}

func pageOf(filter rbac.Filter, after string) (query string, args []any, err error) {
	args = []any{after, pageSize}
	clause, more, err := where(filter, programColumns, len(args))
	if err != nil {
		return "", nil, err
	}
	query = selectPrograms + ` WHERE id > $1 AND ` + clause + ` ORDER BY id LIMIT $2`
	return query, append(args, more...), nil
}

// where is the filter's clause for a query that has used some placeholders.
func where(filter rbac.Filter, columns rbac.Columns, used int) (clause string, args []any, err error) {
	columns.Offset = used
	return filter.Where(columns)
}

// RenameMiniProgram renames a mini program if the member may edit it at the
// moment of writing: the check is part of the UPDATE, so it does not matter what
// happened to the row since somebody looked at it.
func (s *Store) RenameMiniProgram(ctx context.Context, who *rbac.Subject, id, name string) error {
	args := []any{name, id}
	clause, more, err := where(who.Filter(rbac.EditMiniProgram), programColumns, len(args))
	if err != nil {
		return err
	}
	changed, err := s.db.queries().exec(ctx, `UPDATE mini_programs SET name = $1 WHERE id = $2 AND `+clause, append(args, more...)...)
	if err != nil {
		return err
	}
	if changed == 0 {
		return s.whyUnchanged(ctx, who, rbac.EditMiniProgram, id)
	}
	return nil
}

// whyUnchanged says why no row was changed. It looks at the row as it is now,
// so it explains, and decides nothing.
func (s *Store) whyUnchanged(ctx context.Context, who *rbac.Subject, action rbac.Action, id string) error {
	p, err := s.MiniProgram(ctx, id)
	if err != nil {
		return err
	}
	if err := refusal(who.Check(action, p.Resource()), place("mini_programs", id)); err != nil {
		return err
	}
	return &ConflictError{place("mini_programs", id), "it was changed meanwhile; try again"}
}

// refusal is nil for a decision that allows. To a stranger what is denied does
// not exist.
func refusal(d rbac.Decision, place string) error {
	var denied *rbac.DeniedError
	err := d.Err()
	if !errors.As(err, &denied) {
		return err
	}
	if denied.Reason.Hidden() {
		return &NotFoundError{place}
	}
	return err
}

// MoveMiniProgram hands a mini program over to another workspace. It is the
// platform's own act.
func (s *Store) MoveMiniProgram(ctx context.Context, id string, to rbac.Workspace) error {
	changed, err := s.db.queries().exec(ctx, `UPDATE mini_programs SET tenant = $1, kind = $2, workspace = $3 WHERE id = $4`,
		to.Tenant, to.Kind.String(), to.ID, id)
	if err == nil && changed == 0 {
		err = &NotFoundError{place("mini_programs", id)}
	}
	return err
}
