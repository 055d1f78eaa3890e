package main

import (
	"context"
	"database/sql"

	"github.com/miniprogram-platform/rbac"
)

// requestColumns maps the columns of release_requests and mini_programs. The owner of a
// request is its submitter, not the owner of the mini program.
func (d dialect) requestColumns() rbac.Columns {
	columns := d.programColumns()
	columns.Owner = "release_requests.submitter"
	return columns
}

// SubmitRelease stores a request to release a mini program. The check that the
// submitter may release it is part of the INSERT.
func (s *Store) SubmitRelease(ctx context.Context, submitter MemberKey, request, miniProgram string) error {
	subject, err := s.Subject(ctx, submitter)
	if err != nil {
		return err
	}
	place := place("release_requests", request)
	if err := checkID(place, request); err != nil {
		return err
	}
	clause, args, err := subject.Filter(rbac.ReleaseMiniProgram).Where(s.dialect.programColumns())
	if err != nil {
		return err
	}
	added, err := s.queries().exec(ctx, `
		INSERT INTO release_requests (id, mini_program, submitter)
		SELECT ?, id, ? FROM mini_programs WHERE id = ? AND `+clause,
		append([]any{request, submitter.ID, miniProgram}, args...)...)
	if err != nil {
		return s.queries().whyNotAdded(ctx, err, place, `SELECT id FROM release_requests WHERE id = ?`, request)
	}
	if added == 0 {
		return s.whyUnchanged(ctx, subject, rbac.ReleaseMiniProgram, miniProgram)
	}
	return nil
}

// Inbox returns the pending requests that the member may decide. Those that the
// member submitted are not among them: a decision needs a second person.
func (s *Store) Inbox(ctx context.Context, subject *rbac.Subject) ([]string, error) {
	clause, args, err := subject.Filter(rbac.DecideRelease).Where(s.dialect.requestColumns())
	if err != nil {
		return nil, err
	}
	return s.queries().texts(ctx, `
		SELECT release_requests.id FROM release_requests
		JOIN mini_programs ON mini_programs.id = release_requests.mini_program
		WHERE state = 'pending' AND `+clause+` ORDER BY release_requests.id LIMIT ?`, append(args, pageSize)...)
}

// Deciders returns the members who may decide a request: whom to tell of it. It checks
// nothing. Members of the native app decide by a role of the platform, which every
// workspace's policy has.
func (s *Store) Deciders(ctx context.Context, request string) ([]MemberKey, error) {
	r, err := s.Request(ctx, request)
	if err != nil {
		return nil, err
	}
	policy, _, err := s.Policy(ctx, r.resource.Workspace)
	if err != nil {
		return nil, err
	}
	return s.queries().holders(ctx, policy.Holders(rbac.DecideRelease, r.resource))
}

// Approve approves a request. The UPDATE checks that the request is pending and
// that the member may decide it. If two members approve at the same time, one of
// them gets a ConflictError.
func (s *Store) Approve(ctx context.Context, decider MemberKey, request string) error {
	subject, err := s.Subject(ctx, decider)
	if err != nil {
		return err
	}
	clause, args, err := subject.Filter(rbac.DecideRelease).Where(s.dialect.requestColumns())
	if err != nil {
		return err
	}
	changed, err := s.queries().exec(ctx, `
		UPDATE release_requests SET state = 'approved', decided_by = ?
		WHERE id = ? AND state = 'pending' AND EXISTS (
			SELECT 1 FROM mini_programs WHERE mini_programs.id = release_requests.mini_program AND `+clause+`
		)`, append([]any{decider.ID, request}, args...)...)
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
	}, `SELECT mini_program, submitter, state, decided_by FROM release_requests WHERE id = ?`, id)
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
