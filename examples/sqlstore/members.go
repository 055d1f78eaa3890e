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
// of a tenant. If there is such a member already, it returns a ConflictError.
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
// of the same row wait. It is the first statement, because MariaDB reads what was
// committed when the transaction first read.
func (q queries) lockTenant(ctx context.Context, workspace rbac.Workspace) error {
	tenant := rbac.Tenant(workspace.Tenant)
	locked, err := q.exec(ctx,
		`UPDATE workspaces SET revision = revision + 1 WHERE tenant = ? AND kind = ? AND workspace = ?`,
		tenant.Tenant, tenant.Kind, tenant.ID)
	if err == nil && locked == 0 {
		err = &NotFoundError{place("workspaces", tenant.ID)}
	}
	return err
}

// Who can.

// memberColumns maps the columns of memberTables. A policy's Holders find members by them.
func (d dialect) memberColumns() rbac.MemberColumns {
	return rbac.MemberColumns{
		Dialect: d.sql,
		Kind:    "members.kind", Tenant: "members.tenant", Workspace: "members.workspace",
		ID: "members.member", Status: "members.status", Suspended: "workspaces.suspended",
		Role: "assignments.role", NotBefore: "assignments.not_before", NotAfter: "assignments.not_after",
		MiniProgram: "assigned_programs.mini_program",
		Time:        storedInstant,
		Bytewise:    true,
		Placeholder: unnumbered,
	}
}

// holders returns the keys of the members that rbac describes. A member who holds several
// roles comes once.
func (q queries) holders(ctx context.Context, holders rbac.Holders) ([]MemberKey, error) {
	if holders.None() {
		return nil, nil
	}
	clause, args, err := holders.Where(q.dialect.memberColumns())
	if err != nil {
		return nil, err
	}
	var keys []MemberKey
	err = q.each(ctx, func(rows *sql.Rows) error {
		var key MemberKey
		err := rows.Scan(&key.Workspace.Tenant, &key.Workspace.Kind, &key.Workspace.ID, &key.ID)
		keys = append(keys, key)
		return err
	}, `SELECT DISTINCT tenant, kind, workspace, member`+memberTables+` WHERE `+clause+` ORDER BY kind, workspace, member`,
		args...)
	return keys, err
}

// Reading and writing rows.

const memberTables = `
	FROM members
	JOIN workspaces USING (tenant, kind, workspace)
	LEFT JOIN assignments USING (tenant, kind, workspace, member)
	LEFT JOIN assigned_programs USING (tenant, kind, workspace, member, number)`

const selectMembers = `
	SELECT member, status, suspended, invited_at, number, role, not_before, not_after, mini_program` + memberTables + `
	WHERE tenant = ? AND kind = ? AND workspace = ?`

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
	members, err := q.readMembers(ctx, w, selectMembers+` AND member = ?`+inOrder, w.Tenant, w.Kind, w.ID, key.ID)
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
	return q.readMembers(ctx, w, selectMembers+inOrder, w.Tenant, w.Kind, w.ID)
}

func (q queries) readMembers(ctx context.Context, w rbac.Workspace, query string, args ...any) ([]rbac.Member, error) {
	var members []rbac.Member
	last := memberRow{}
	err := q.each(ctx, func(rows *sql.Rows) error {
		row := memberRow{}
		if err := row.read(rows, w); err != nil {
			return err
		}
		if len(members) == 0 || row.m.ID != last.m.ID {
			members = append(members, row.m)
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
	m           rbac.Member // without assignments
	number      sql.NullInt64
	assignment  rbac.Assignment // without mini programs
	miniProgram sql.NullString
}

// read scans a row. A status that is no word of rbac's is an error, and so is a text that
// is no instant.
func (r *memberRow) read(rows *sql.Rows, w rbac.Workspace) error {
	var invitedAt, role, notBefore, notAfter sql.NullString
	r.m.Workspace = w
	err := rows.Scan(&r.m.ID, &r.m.Status, &r.m.Suspended, &invitedAt,
		&r.number, &role, &notBefore, &notAfter, &r.miniProgram)
	if err != nil {
		return &RowError{MemberKey{w, r.m.ID}.place(), err}
	}
	r.assignment.Role = rbac.RoleID(role.String)
	for _, column := range []struct {
		name string
		text sql.NullString
		at   *time.Time
	}{
		{"invited_at", invitedAt, &r.m.InvitedAt},
		{"not_before", notBefore, &r.assignment.NotBefore},
		{"not_after", notAfter, &r.assignment.NotAfter},
	} {
		if *column.at, err = instantOf(column.text); err != nil {
			return &RowError{MemberKey{w, r.m.ID}.place() + "." + column.name, err}
		}
	}
	return nil
}

// addTo adds the assignment or mini program that the last row did not have. A
// role that the policy does not define is loaded too; it grants nothing.
func (r *memberRow) addTo(m *rbac.Member, last memberRow) {
	if !r.number.Valid {
		return
	}
	if r.m.ID != last.m.ID || r.number != last.number {
		m.Assignments = append(m.Assignments, r.assignment)
	}
	if r.miniProgram.Valid {
		as := &m.Assignments[len(m.Assignments)-1]
		as.MiniPrograms = append(as.MiniPrograms, r.miniProgram.String)
	}
}

// addMember stores a new member. It never overwrites one who is invited, active or
// blocked. Someone who was deleted, or whose invitation was withdrawn, may return.
func (q queries) addMember(ctx context.Context, m rbac.Member) error {
	if err := checkMember(m); err != nil {
		return err
	}
	key := MemberKey{m.Workspace, m.ID}
	stored, err := q.member(ctx, key)
	switch {
	case isMissing(err):
		return q.insertMember(ctx, m)
	case err != nil:
		return err
	case stored.Status != rbac.StatusWithdrawn && stored.Status != rbac.StatusDeleted:
		return &ConflictError{key.place(), "there is such a member already, who is " + stored.Status.String()}
	}
	return q.saveMember(ctx, m)
}

// checkMember refuses what the tables cannot hold exactly.
func checkMember(m rbac.Member) error {
	place := MemberKey{m.Workspace, m.ID}.place()
	problems := []error{checkID(place, m.ID), checkInstant(place+".invited_at", m.InvitedAt)}
	for number, as := range m.Assignments {
		place := fmt.Sprintf("%s.assignments[%d]", place, number)
		problems = append(problems,
			checkID(place+".role", string(as.Role)),
			checkInstant(place+".not_before", as.NotBefore),
			checkInstant(place+".not_after", as.NotAfter))
		for _, program := range as.MiniPrograms {
			problems = append(problems, checkID(place+".mini_programs", program))
		}
	}
	return errors.Join(problems...)
}

func (q queries) insertMember(ctx context.Context, m rbac.Member) error {
	w, place := m.Workspace, MemberKey{m.Workspace, m.ID}.place()
	_, err := q.exec(ctx,
		`INSERT INTO members (tenant, kind, workspace, member, status, invited_at) VALUES (?, ?, ?, ?, ?, ?)`,
		w.Tenant, w.Kind, w.ID, m.ID, m.Status, columnOf(m.InvitedAt))
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return q.insertAssignments(ctx, m)
}

// saveMember replaces a stored member.
func (q queries) saveMember(ctx context.Context, m rbac.Member) error {
	if err := checkMember(m); err != nil {
		return err
	}
	w, place := m.Workspace, MemberKey{m.Workspace, m.ID}.place()
	changed, err := q.exec(ctx, `
		UPDATE members SET status = ?, invited_at = ? WHERE tenant = ? AND kind = ? AND workspace = ? AND member = ?`,
		m.Status, columnOf(m.InvitedAt), w.Tenant, w.Kind, w.ID, m.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	if changed == 0 {
		return &NotFoundError{place}
	}
	_, err = q.exec(ctx, `DELETE FROM assignments WHERE tenant = ? AND kind = ? AND workspace = ? AND member = ?`,
		w.Tenant, w.Kind, w.ID, m.ID)
	if err != nil {
		return fmt.Errorf("%s.assignments: %w", place, err)
	}
	return q.insertAssignments(ctx, m)
}

func (q queries) insertAssignments(ctx context.Context, m rbac.Member) error {
	for number, as := range m.Assignments {
		if err := q.insertAssignment(ctx, m, number, as); err != nil {
			return fmt.Errorf("%s.assignments[%d]: %w", MemberKey{m.Workspace, m.ID}.place(), number, err)
		}
	}
	return nil
}

func (q queries) insertAssignment(ctx context.Context, m rbac.Member, number int, as rbac.Assignment) error {
	w := m.Workspace
	_, err := q.exec(ctx, `
		INSERT INTO assignments (tenant, kind, workspace, member, number, role, not_before, not_after)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		w.Tenant, w.Kind, w.ID, m.ID, number, string(as.Role), columnOf(as.NotBefore), columnOf(as.NotAfter))
	if err != nil {
		return err
	}
	for _, program := range slices.Compact(slices.Sorted(slices.Values(as.MiniPrograms))) {
		_, err := q.exec(ctx, `
			INSERT INTO assigned_programs (tenant, kind, workspace, member, number, mini_program)
			VALUES (?, ?, ?, ?, ?, ?)`,
			w.Tenant, w.Kind, w.ID, m.ID, number, program)
		if err != nil {
			return err
		}
	}
	return nil
}
