package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// MemberKey identifies a member: a person in one workspace.
type MemberKey struct {
	Workspace rbac.Workspace
	ID        string
}

func (k MemberKey) place() string { return place("members", k.ID+"@"+k.Workspace.ID) }

// AddWorkspace stores a workspace. Add a tenant before its merchants.
func (s *Store) AddWorkspace(ctx context.Context, workspace rbac.Workspace) error {
	if err := workspace.Validate(); err != nil {
		return err
	}
	_, err := s.queries().exec(ctx, `INSERT INTO workspaces (tenant, kind, workspace) VALUES ($1, $2, $3)`,
		workspace.Tenant, workspace.Kind.String(), workspace.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", place("workspaces", workspace.ID), err)
	}
	return nil
}

// AddMember stores a member without asking anybody. Use it for the first admin
// of a workspace.
func (s *Store) AddMember(ctx context.Context, m rbac.Member) error {
	if err := policy.ValidateMember(m); err != nil {
		return err
	}
	return s.transact(ctx, func(q queries) error { return q.saveMember(ctx, m) })
}

// Member loads a member with all assignments. The caller must authenticate the
// member first.
func (s *Store) Member(ctx context.Context, key MemberKey) (rbac.Member, error) {
	return s.queries().member(ctx, key)
}

// Subject loads a member for one request. If the member is blocked during the
// request, the request still finishes.
func (s *Store) Subject(ctx context.Context, key MemberKey) (*rbac.Subject, error) {
	m, err := s.Member(ctx, key)
	if err != nil {
		return nil, err
	}
	return policy.Bind(m), nil
}

// Changing members on behalf of other members. This is the only code that uses
// the administration of rbac.

// Assign gives a member another assignment.
func (s *Store) Assign(ctx context.Context, by, to MemberKey, assignment rbac.Assignment) error {
	return s.changeMember(ctx, by, to, func(actor, m rbac.Member) (rbac.Member, error) {
		if err := policy.CheckAssign(actor, m, assignment).Err(); err != nil {
			return m, err
		}
		m.Assignments = append(m.Assignments, assignment)
		return m, nil
	})
}

// Block blocks a member. A blocked member can do nothing.
func (s *Store) Block(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, func(actor, m rbac.Member) (rbac.Member, error) {
		if err := policy.CheckManage(actor, m, rbac.BlockMember).Err(); err != nil {
			return m, err
		}
		return m.Block()
	})
}

// Delete removes a member from the workspace.
func (s *Store) Delete(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, func(actor, m rbac.Member) (rbac.Member, error) {
		if err := policy.CheckManage(actor, m, rbac.DeleteMember).Err(); err != nil {
			return m, err
		}
		return m.Delete()
	})
}

// Leave removes a member who wants to go. It needs no permission, but the
// workspace must keep an admin.
func (s *Store) Leave(ctx context.Context, key MemberKey) error {
	return s.changeMember(ctx, key, key, func(_, m rbac.Member) (rbac.Member, error) { return m.Delete() })
}

// changeMember loads the actor and the target, and stores what step returns. An
// error of step leaves the target as it is.
//
// It locks the tenant first and checks the whole workspace last. A transaction
// alone is not enough: two admins who leave at the same time would each still
// see the other, and the workspace would have no admin. The actor is loaded
// after the lock, because another change may just have blocked the actor.
func (s *Store) changeMember(
	ctx context.Context, by, target MemberKey, step func(actor, m rbac.Member) (rbac.Member, error),
) error {
	return s.inLockedTenant(ctx, target.Workspace, func(q queries) error {
		actor, err := q.member(ctx, by)
		if err != nil {
			return err
		}
		m, err := q.member(ctx, target)
		if err != nil {
			return err
		}
		changed, err := step(actor, m)
		if err != nil {
			return hide(err, target.place())
		}
		return q.saveMember(ctx, changed)
	})
}

// inLockedTenant runs change while nobody else changes members of the tenant. It
// commits only if the workspace is valid afterwards.
func (s *Store) inLockedTenant(ctx context.Context, workspace rbac.Workspace, change func(queries) error) error {
	return s.transact(ctx, func(q queries) error {
		if err := q.lockTenant(ctx, workspace); err != nil {
			return err
		}
		if err := change(q); err != nil {
			return err
		}
		members, err := q.members(ctx, workspace)
		if err != nil {
			return err
		}
		return policy.ValidateWorkspace(workspace, slices.Values(members))
	})
}

// lockTenant makes other changes of members of the tenant wait until the
// transaction ends. It is an UPDATE because every database makes a second UPDATE
// of the same row wait.
func (q queries) lockTenant(ctx context.Context, workspace rbac.Workspace) error {
	locked, err := q.exec(ctx,
		`UPDATE workspaces SET revision = revision + 1 WHERE tenant = $1 AND kind = 'tenant'`, workspace.Tenant)
	if err == nil && locked == 0 {
		err = &NotFoundError{place("workspaces", workspace.Tenant)}
	}
	return err
}

// Reading and writing rows.

const selectMembers = `
	SELECT member, status, invited_at, number, role, not_before, not_after, mini_program
	FROM members
	LEFT JOIN assignments USING (tenant, kind, workspace, member)
	LEFT JOIN assigned_programs USING (tenant, kind, workspace, member, number)
	WHERE tenant = $1 AND kind = $2 AND workspace = $3`

const inOrder = ` ORDER BY member, number, mini_program`

func (q queries) member(ctx context.Context, key MemberKey) (rbac.Member, error) {
	w := key.Workspace
	members, err := q.readMembers(ctx, w, selectMembers+` AND member = $4`+inOrder,
		w.Tenant, w.Kind.String(), w.ID, key.ID)
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

// memberRow is a row of selectMembers: a member, with one assignment and one of
// its mini programs, if there are any.
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

// addTo adds the assignment or mini program that the last row did not have. A
// role that the policy does not define is loaded too; it grants nothing.
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

// saveMember stores a member, and replaces a stored one.
func (q queries) saveMember(ctx context.Context, m rbac.Member) error {
	w := m.Workspace
	_, err := q.exec(ctx, `
		INSERT INTO members (tenant, kind, workspace, member, status, invited_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, kind, workspace, member)
		DO UPDATE SET status = excluded.status, invited_at = excluded.invited_at`,
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
		w.Tenant, w.Kind.String(), w.ID, m.ID, number, string(as.Role),
		nanoseconds(as.NotBefore), nanoseconds(as.NotAfter))
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

// nanoseconds returns NULL for the zero time, which means no bound.
func nanoseconds(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixNano(), Valid: !t.IsZero()}
}

func timeOf(nanoseconds sql.NullInt64) time.Time {
	if !nanoseconds.Valid {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds.Int64).UTC()
}
