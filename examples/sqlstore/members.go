package main

import (
	"context"
	"database/sql"
	"errors"
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

// AddMember stores a new member without asking anybody. Use it for the first admin
// of a tenant.
func (s *Store) AddMember(ctx context.Context, m rbac.Member) error {
	return s.inLockedTenant(ctx, m.Workspace, func(q queries, _ *rbac.Policy) error { return q.addMember(ctx, m) })
}

// Member loads a member with all assignments. The caller must authenticate the
// member first.
func (s *Store) Member(ctx context.Context, key MemberKey) (rbac.Member, error) {
	return s.queries().member(ctx, key)
}

// Subject loads a member for one request, with the policy of the member's workspace.
// If the member is blocked during the request, the request still finishes.
func (s *Store) Subject(ctx context.Context, key MemberKey) (*rbac.Subject, error) {
	policy, _, err := s.queries().policy(ctx, key.Workspace)
	if err != nil {
		return nil, err
	}
	return s.queries().subject(ctx, policy, key)
}

// Changing members on behalf of other members. Each method asks a step of
// rbac.Subject, and stores the member that it returns.

// Invite stores an invitation. If there is such a member already, it returns a
// ConflictError.
func (s *Store) Invite(ctx context.Context, by, guest MemberKey, assignments ...rbac.Assignment) error {
	return s.inLockedTenant(ctx, guest.Workspace, func(q queries, policy *rbac.Policy) error {
		actor, err := q.subject(ctx, policy, by)
		if err != nil {
			return err
		}
		invited, err := actor.Invite(guest.ID, guest.Workspace, assignments...)
		if err != nil {
			return hide(err, guest.place())
		}
		return q.addMember(ctx, invited)
	})
}

// Resend makes an invitation valid for three more days.
func (s *Store) Resend(ctx context.Context, by, guest MemberKey) error {
	return s.changeMember(ctx, by, guest, (*rbac.Subject).Resend)
}

// Withdraw takes back an invitation that is not accepted yet.
func (s *Store) Withdraw(ctx context.Context, by, guest MemberKey) error {
	return s.changeMember(ctx, by, guest, (*rbac.Subject).Withdraw)
}

// Assign gives a member another assignment.
func (s *Store) Assign(ctx context.Context, by, to MemberKey, assignment rbac.Assignment) error {
	return s.changeMember(ctx, by, to, func(actor *rbac.Subject, m rbac.Member) (rbac.Member, error) {
		return actor.Assign(m, assignment)
	})
}

// Revoke takes an assignment away, whole.
func (s *Store) Revoke(ctx context.Context, by, from MemberKey, held rbac.Assignment) error {
	return s.changeMember(ctx, by, from, func(actor *rbac.Subject, m rbac.Member) (rbac.Member, error) {
		return actor.Revoke(m, held)
	})
}

// Replace puts one assignment in the place of another. To add a mini program or to
// take one is to replace an assignment by one with other mini programs.
func (s *Store) Replace(ctx context.Context, by, of MemberKey, held, next rbac.Assignment) error {
	return s.changeMember(ctx, by, of, func(actor *rbac.Subject, m rbac.Member) (rbac.Member, error) {
		return actor.Replace(m, held, next)
	})
}

// Block blocks a member. A blocked member can do nothing.
func (s *Store) Block(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, (*rbac.Subject).Block)
}

// Unblock makes a blocked member active again.
func (s *Store) Unblock(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, (*rbac.Subject).Unblock)
}

// Delete removes a member from the workspace.
func (s *Store) Delete(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, (*rbac.Subject).Delete)
}

// What members do themselves needs no permission. The workspace must be valid
// afterwards all the same.

// Accept makes an invited member active. The caller makes sure that it is the invited
// person who accepts.
func (s *Store) Accept(ctx context.Context, guest MemberKey) error {
	return s.changeMember(ctx, guest, guest, func(_ *rbac.Subject, m rbac.Member) (rbac.Member, error) {
		return m.Accept(time.Now())
	})
}

// Leave removes a member who wants to go. The workspace must keep an admin.
func (s *Store) Leave(ctx context.Context, key MemberKey) error {
	return s.changeMember(ctx, key, key, func(_ *rbac.Subject, m rbac.Member) (rbac.Member, error) {
		return m.Delete()
	})
}

// How a change is stored.

// changeMember loads the actor and the target, and stores what step returns. An
// error of step leaves the target as it is. The actor is loaded after the lock,
// because another change may just have blocked the actor.
func (s *Store) changeMember(
	ctx context.Context, by, target MemberKey, step func(actor *rbac.Subject, m rbac.Member) (rbac.Member, error),
) error {
	return s.inLockedTenant(ctx, target.Workspace, func(q queries, policy *rbac.Policy) error {
		actor, err := q.subject(ctx, policy, by)
		if err != nil {
			return err
		}
		m, err := q.member(ctx, target)
		if isMissing(err) {
			return askAboutNobody(actor, target, step)
		}
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

// askAboutNobody answers for a member who does not exist. Only who may do the step
// learns that. No step can change a deleted member, so it always fails.
func askAboutNobody(
	actor *rbac.Subject, target MemberKey, step func(actor *rbac.Subject, m rbac.Member) (rbac.Member, error),
) error {
	nobody := rbac.Member{ID: target.ID, Workspace: target.Workspace, Status: rbac.StatusDeleted}
	if _, err := step(actor, nobody); errors.Is(err, rbac.ErrDenied) {
		return hide(err, target.place())
	}
	return &NotFoundError{target.place()}
}

// inLockedTenant runs change while nobody else changes members of the tenant. It gives
// it the policy of the workspace whose members change, and commits only if the
// workspace is no worse afterwards.
//
// A transaction alone is not enough: two admins who leave at the same time would
// each still see the other, and the workspace would have no admin.
func (s *Store) inLockedTenant(
	ctx context.Context, workspace rbac.Workspace, change func(queries, *rbac.Policy) error,
) error {
	return s.transact(ctx, func(q queries) error {
		if err := q.lockTenant(ctx, workspace); err != nil {
			return err
		}
		policy, _, err := q.policy(ctx, workspace)
		if err != nil {
			return err
		}
		before, err := q.members(ctx, workspace)
		if err != nil {
			return err
		}
		if err := change(q, policy); err != nil {
			return err
		}
		after, err := q.members(ctx, workspace)
		if err != nil {
			return err
		}
		return policy.ValidateChange(workspace, slices.Values(before), slices.Values(after))
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
	SELECT member, status, suspended, invited_at, number, role, not_before, not_after, mini_program
	FROM members
	JOIN workspaces USING (tenant, kind, workspace)
	LEFT JOIN assignments USING (tenant, kind, workspace, member)
	LEFT JOIN assigned_programs USING (tenant, kind, workspace, member, number)
	WHERE tenant = $1 AND kind = $2 AND workspace = $3`

const inOrder = ` ORDER BY member, number, mini_program`

// subject loads a member who asks a policy.
func (q queries) subject(ctx context.Context, policy *rbac.Policy, key MemberKey) (*rbac.Subject, error) {
	m, err := q.member(ctx, key)
	if err != nil {
		return nil, err
	}
	return policy.Bind(m), nil
}

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
// its mini programs, if there are any. Whether the workspace is suspended is read
// with every member, so that it takes effect at the next request.
type memberRow struct {
	id, status          string
	suspended           bool
	invitedAt           int64
	number              sql.NullInt64
	role, miniProgram   sql.NullString
	notBefore, notAfter sql.NullInt64
}

func (r *memberRow) scan(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.status, &r.suspended, &r.invitedAt,
		&r.number, &r.role, &r.notBefore, &r.notAfter, &r.miniProgram)
}

func (r *memberRow) member(w rbac.Workspace) (rbac.Member, error) {
	m := rbac.Member{ID: r.id, Workspace: w, Suspended: r.suspended, InvitedAt: time.Unix(0, r.invitedAt).UTC()}
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

// addMember stores a new member. It never overwrites one who is invited, active or
// blocked. Someone who was deleted, or whose invitation was withdrawn, may return.
func (q queries) addMember(ctx context.Context, m rbac.Member) error {
	key := MemberKey{m.Workspace, m.ID}
	stored, err := q.member(ctx, key)
	switch {
	case isMissing(err):
		return q.saveMember(ctx, m)
	case err != nil:
		return err
	case stored.Status != rbac.StatusWithdrawn && stored.Status != rbac.StatusDeleted:
		return &ConflictError{key.place(), "there is such a member already, who is " + stored.Status.String()}
	}
	return q.saveMember(ctx, m)
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
