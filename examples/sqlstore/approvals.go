package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// requestColumns are those of a request joined with its mini program. Its owner
// is who submitted it, whoever owns the mini program.
var requestColumns = rbac.Columns{
	Kind: "p.kind", Tenant: "p.tenant", Workspace: "p.workspace", MiniProgram: "p.id", Owner: "r.submitter",
	Placeholder: dollar,
}

// SubmitRelease asks for the release of a mini program on behalf of a member
// who may release it at the moment of asking.
func (s *Store) SubmitRelease(ctx context.Context, submitter MemberKey, request, miniProgram string) error {
	who, err := s.Subject(ctx, submitter)
	if err != nil {
		return err
	}
	args := []any{request, submitter.ID, miniProgram}
	clause, more, err := where(who.Filter(rbac.ReleaseMiniProgram), programColumns, len(args))
	if err != nil {
		return err
	}
	added, err := s.db.queries().exec(ctx, `
		INSERT INTO release_requests (id, mini_program, submitter)
		SELECT $1, id, $2 FROM mini_programs WHERE id = $3 AND `+clause, append(args, more...)...)
	if err != nil {
		return fmt.Errorf("%s: %w", place("release_requests", request), err)
	}
	if added == 0 {
		return s.whyUnchanged(ctx, who, rbac.ReleaseMiniProgram, miniProgram)
	}
	return nil
}

// Inbox returns the pending requests that the member may decide. One's own are
// not among them, because a decision takes a second person.
func (s *Store) Inbox(ctx context.Context, who *rbac.Subject) ([]string, error) {
	args := []any{pageSize}
	clause, more, err := where(who.Filter(rbac.DecideRelease), requestColumns, len(args))
	if err != nil {
		return nil, err
	}
	return s.db.queries().texts(ctx, `
		SELECT r.id FROM release_requests r JOIN mini_programs p ON p.id = r.mini_program
		WHERE r.state = 'pending' AND `+clause+` ORDER BY r.id LIMIT $1`, append(args, more...)...)
}

// Approve approves a request. That it is pending, and that the member may decide
// it, is part of the UPDATE: of two who decide at once, one is told that it has
// been done.
func (s *Store) Approve(ctx context.Context, decider MemberKey, request string) error {
	who, err := s.Subject(ctx, decider)
	if err != nil {
		return err
	}
	args := []any{decider.ID, request}
	clause, more, err := where(who.Filter(rbac.DecideRelease), requestColumns, len(args))
	if err != nil {
		return err
	}
	changed, err := s.db.queries().exec(ctx, `
		UPDATE release_requests AS r SET state = 'approved', decided_by = $1
		FROM mini_programs p
		WHERE p.id = r.mini_program AND r.id = $2 AND r.state = 'pending' AND `+clause, append(args, more...)...)
	if err != nil {
		return err
	}
	if changed == 0 {
		return s.whyUndecided(ctx, who, request)
	}
	return nil
}

func (s *Store) whyUndecided(ctx context.Context, who *rbac.Subject, request string) error {
	r, err := s.Request(ctx, request)
	if err != nil {
		return err
	}
	if err := refusal(who.Check(rbac.DecideRelease, r.resource), place("release_requests", request)); err != nil {
		return err
	}
	return &ConflictError{place("release_requests", request), "it is " + r.State + " already"}
}

// Request is a row of release_requests.
type Request struct {
	State     string
	DecidedBy string // empty while it is pending
	resource  rbac.Resource
}

// Request loads a request and checks nothing: whoever is shown it must be checked
// first.
func (s *Store) Request(ctx context.Context, id string) (Request, error) {
	var r Request
	var program, submitter string
	var decidedBy sql.NullString
	err := s.db.queries().each(ctx, func(rows *sql.Rows) error {
		return rows.Scan(&program, &submitter, &r.State, &decidedBy)
	}, `SELECT mini_program, submitter, state, decided_by FROM release_requests WHERE id = $1`, id)
	if err != nil {
		return Request{}, err
	}
	p, err := s.MiniProgram(ctx, program)
	if missing := (*NotFoundError)(nil); errors.As(err, &missing) {
		return Request{}, &NotFoundError{place("release_requests", id)}
	}
	if err != nil {
		return Request{}, err
	}
	r.DecidedBy, r.resource = decidedBy.String, p.Resource().OwnedBy(submitter)
	return r, nil
}
