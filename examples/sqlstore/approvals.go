package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// requestColumns maps the columns of release_requests r joined with
// mini_programs p. The owner of a request is its submitter, not the owner of the
// mini program.
var requestColumns = rbac.Columns{
	Kind: "p.kind", Tenant: "p.tenant", Workspace: "p.workspace", MiniProgram: "p.id", Owner: "r.submitter",
	Placeholder: dollar,
}

// SubmitRelease stores a request to release a mini program. The check that the
// submitter may release it is part of the INSERT.
func (s *Store) SubmitRelease(ctx context.Context, submitter MemberKey, request, miniProgram string) error {
	subject, err := s.Subject(ctx, submitter)
	if err != nil {
		return err
	}
	args := []any{request, submitter.ID, miniProgram}
	clause, more, err := where(subject.Filter(rbac.ReleaseMiniProgram), programColumns, len(args))
	if err != nil {
		return err
	}
	added, err := s.queries().exec(ctx, `
		INSERT INTO release_requests (id, mini_program, submitter)
		SELECT $1, id, $2 FROM mini_programs WHERE id = $3 AND `+clause, append(args, more...)...)
	if err != nil {
		return fmt.Errorf("%s: %w", place("release_requests", request), err)
	}
	if added == 0 {
		return s.whyUnchanged(ctx, subject, rbac.ReleaseMiniProgram, miniProgram)
	}
	return nil
}

// Inbox returns the pending requests that the member may decide. Those that the
// member submitted are not among them: a decision needs a second person.
func (s *Store) Inbox(ctx context.Context, subject *rbac.Subject) ([]string, error) {
	args := []any{pageSize}
	clause, more, err := where(subject.Filter(rbac.DecideRelease), requestColumns, len(args))
	if err != nil {
		return nil, err
	}
	return s.queries().texts(ctx, `
		SELECT r.id FROM release_requests r JOIN mini_programs p ON p.id = r.mini_program
		WHERE r.state = 'pending' AND `+clause+` ORDER BY r.id LIMIT $1`, append(args, more...)...)
}

// Approve approves a request. The UPDATE checks that the request is pending and
// that the member may decide it. If two members approve at the same time, one of
// them gets a ConflictError.
func (s *Store) Approve(ctx context.Context, decider MemberKey, request string) error {
	subject, err := s.Subject(ctx, decider)
	if err != nil {
		return err
	}
	args := []any{decider.ID, request}
	clause, more, err := where(subject.Filter(rbac.DecideRelease), requestColumns, len(args))
	if err != nil {
		return err
	}
	changed, err := s.queries().exec(ctx, `
		UPDATE release_requests AS r SET state = 'approved', decided_by = $1
		FROM mini_programs p
		WHERE p.id = r.mini_program AND r.id = $2 AND r.state = 'pending' AND `+clause, append(args, more...)...)
	if err != nil {
		return err
	}
	if changed == 0 {
		return s.whyUndecided(ctx, subject, request)
	}
	return nil
}

// whyUndecided returns the reason why Approve changed no row.
func (s *Store) whyUndecided(ctx context.Context, subject *rbac.Subject, request string) error {
	r, err := s.Request(ctx, request)
	if err != nil {
		return err
	}
	if err := subject.Check(rbac.DecideRelease, r.resource).Err(); err != nil {
		return hide(err, place("release_requests", request))
	}
	return &ConflictError{place("release_requests", request), "the request is already " + r.State}
}

// Request is a row of release_requests.
type Request struct {
	State     string
	DecidedBy string // empty while the request is pending
	resource  rbac.Resource
}

// Request loads a request. It checks nothing: the caller must check before a
// member sees the request.
func (s *Store) Request(ctx context.Context, id string) (Request, error) {
	var r Request
	var program, submitter string
	var decidedBy sql.NullString
	err := s.queries().each(ctx, func(rows *sql.Rows) error {
		return rows.Scan(&program, &submitter, &r.State, &decidedBy)
	}, `SELECT mini_program, submitter, state, decided_by FROM release_requests WHERE id = $1`, id)
	if err != nil {
		return Request{}, err
	}
	p, err := s.MiniProgram(ctx, program)
	if isMissing(err) {
		return Request{}, &NotFoundError{place("release_requests", id)}
	}
	if err != nil {
		return Request{}, err
	}
	r.DecidedBy, r.resource = decidedBy.String, p.Resource().OwnedBy(submitter)
	return r, nil
}
