package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// MemberKey names a member: a person in one workspace.
type MemberKey struct {
	Workspace rbac.Workspace
	ID        string
}

func (k MemberKey) place() string { return place("members", k.ID+"@"+k.Workspace.ID) }

// Member loads a member with its assignments. Whoever asks must be known by
// other means: that the person is logged in is not this store's business.
func (s *Store) Member(ctx context.Context, key MemberKey) (rbac.Member, error) {
	return s.db.queries().member(ctx, key)
}

// Subject loads a member for the length of a request. One who is blocked
// meanwhile can still finish it.
func (s *Store) Subject(ctx context.Context, key MemberKey) (*rbac.Subject, error) {
	m, err := s.Member(ctx, key)
	if err != nil {
		return nil, err
	}
	return policy.Bind(m), nil
}

const selectMembers = `
	SELECT member, status, invited_at, number, role, not_before, not_after, mini_program
	FROM members
	LEFT JOIN assignments USING (tenant, kind, workspace, member)
	LEFT JOIN assigned_programs USING (tenant, kind, workspace, member, number)
	WHERE tenant = $1 AND kind = $2 AND workspace = $3`

const inOrder = ` ORDER BY member, number, mini_program`

func (q queries) member(ctx context.Context, key MemberKey) (rbac.Member, error) {
	w := key.Workspace
	members, err := q.readMembers(ctx, w, selectMembers+` AND member = $4`+inOrder, w.Tenant, w.Kind.String(), w.ID, key.ID)
	if err != nil {
		return rbac.Member{}, err
	}
	if len(members) == 0 {
		return rbac.Member{}, &NotFoundError{key.place()}
	}
	return members[0], nil
}

// members loads all members of a workspace.
func (q queries) members(ctx context.Context, w rbac.Workspace) ([]rbac.Member, error) {
	return q.readMembers(ctx, w, selectMembers+inOrder, w.Tenant, w.Kind.String(), w.ID)
}

func (q queries) readMembers(ctx context.Context, w rbac.Workspace, query string, args ...any) ([]rbac.Member, error) {
	var members []rbac.Member
	last := memberRow{}
	err := q.each(ctx, func(rows *sql.Rows) error {
		row := memberRow{}
		if err := row.scan(rows); err != nil {
			return err
		}
		if len(members) == 0 || row.id != last.id {
			m, err := row.member(w)
			if err != nil {
				return err
			}
			members = append(members, m)
		}
		row.addTo(&members[len(members)-1], last)
		last = row
		return nil
	}, query, args...)
	return members, err
}

// memberRow is a member with one of the assignments, if there are any, and one
// of the mini programs that it names.
type memberRow struct {
	id, status          string
	invitedAt           int64
	number              sql.NullInt64
	role, miniProgram   sql.NullString
	notBefore, notAfter sql.NullInt64
}

func (r *memberRow) scan(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.status, &r.invitedAt, &r.number, &r.role, &r.notBefore, &r.notAfter, &r.miniProgram)
}

func (r *memberRow) member(w rbac.Workspace) (rbac.Member, error) {
	m := rbac.Member{ID: r.id, Workspace: w, InvitedAt: time.Unix(0, r.invitedAt).UTC()}
	if err := m.Status.UnmarshalText([]byte(r.status)); err != nil {
		return rbac.Member{}, &RowError{MemberKey{w, r.id}.place() + ".status", err}
	}
	return m, nil
}

// addTo adds what the row has beyond the row before it. A role that the policy
// does not define is loaded as it is, and grants nothing.
func (r *memberRow) addTo(m *rbac.Member, last memberRow) {
	if !r.number.Valid {
		return
	}
	if r.id != last.id || r.number != last.number {
		m.Assignments = append(m.Assignments, rbac.Assignment{
			Role:      rbac.RoleID(r.role.String),
			NotBefore: timeOf(r.notBefore),
			NotAfter:  timeOf(r.notAfter),
		})
	}
	if r.miniProgram.Valid {
		as := &m.Assignments[len(m.Assignments)-1]
		as.MiniPrograms = append(as.MiniPrograms, r.miniProgram.String)
	}
}

// saveMember writes the member in place of what is stored of it.
func (q queries) saveMember(ctx context.Context, m rbac.Member) error {
	w := m.Workspace
	_, err := q.exec(ctx, `
		INSERT INTO members (tenant, kind, workspace, member, status, invited_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, kind, workspace, member) DO UPDATE SET status = excluded.status, invited_at = excluded.invited_at`,
		w.Tenant, w.Kind.String(), w.ID, m.ID, m.Status.String(), m.InvitedAt.UnixNano())
	if err != nil {
		return fmt.Errorf("%s: %w", MemberKey{w, m.ID}.place(), err)
	}
	_, err = q.exec(ctx, `DELETE FROM assignments WHERE tenant = $1 AND kind = $2 AND workspace = $3 AND member = $4`,
		w.Tenant, w.Kind.String(), w.ID, m.ID)
	if err != nil {
		return fmt.Errorf("%s.assignments: %w", MemberKey{w, m.ID}.place(), err)
	}
	for number, as := range m.Assignments {
		if err := q.saveAssignment(ctx, m, number, as); err != nil {
			return fmt.Errorf("%s.assignments[%d]: %w", MemberKey{w, m.ID}.place(), number, err)
		}
	}
	return nil
}

func (q queries) saveAssignment(ctx context.Context, m rbac.Member, number int, as rbac.Assignment) error {
	w := m.Workspace
	_, err := q.exec(ctx, `
		INSERT INTO assignments (tenant, kind, workspace, member, number, role, not_before, not_after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		w.Tenant, w.Kind.String(), w.ID, m.ID, number, string(as.Role), nanoseconds(as.NotBefore), nanoseconds(as.NotAfter))
	if err != nil {
		return err
	}
	for _, program := range as.MiniPrograms {
		_, err := q.exec(ctx, `
			INSERT INTO assigned_programs (tenant, kind, workspace, member, number, mini_program)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			w.Tenant, w.Kind.String(), w.ID, m.ID, number, program)
		if err != nil {
			return err
		}
	}
	return nil
}

// nanoseconds is NULL for the zero time, which is no bound.
func nanoseconds(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixNano(), Valid: !t.IsZero()}
}

func timeOf(nanoseconds sql.NullInt64) time.Time {
	if !nanoseconds.Valid {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds.Int64).UTC()
}
