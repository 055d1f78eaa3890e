package main

import (
	"context"
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// AddMember adds a member who came by other means than an invitation, such as
// the first admin of a workspace. Nobody is asked.
func (s *Store) AddMember(ctx context.Context, m rbac.Member) error {
	if err := policy.ValidateMember(m); err != nil {
		return err
	}
	return s.db.transact(ctx, func(q queries) error { return q.saveMember(ctx, m) })
}

// Assign gives a member a further assignment.
func (s *Store) Assign(ctx context.Context, by, to MemberKey, a rbac.Assignment) error {
	give := func(m rbac.Member) (rbac.Member, error) {
		m.Assignments = append(m.Assignments, a)
		return m, nil
	}
	return s.changeMember(ctx, by, to, give, func(actor, m rbac.Member) rbac.Decision {
		return policy.CheckAssign(actor, m, a)
	})
}

// Block keeps a member from everything.
func (s *Store) Block(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, rbac.Member.Block, managing(rbac.BlockMember))
}

// Delete removes a member from the workspace.
func (s *Store) Delete(ctx context.Context, by, target MemberKey) error {
	return s.changeMember(ctx, by, target, rbac.Member.Delete, managing(rbac.DeleteMember))
}

func managing(action rbac.Action) func(actor, m rbac.Member) rbac.Decision {
	return func(actor, m rbac.Member) rbac.Decision { return policy.CheckManage(actor, m, action) }
}

// changeMember changes one member on behalf of another.
func (s *Store) changeMember(
	ctx context.Context, by, target MemberKey,
	change func(rbac.Member) (rbac.Member, error),
	check func(actor, m rbac.Member) rbac.Decision,
) error {
	return s.alone(ctx, target.Workspace, func(q queries) error {
		actor, err := q.member(ctx, by)
		if err != nil {
			return err
		}
		m, err := q.member(ctx, target)
		if err != nil {
			return err
		}
		if err := refusal(check(actor, m), target.place()); err != nil {
			return err
		}
		return q.storeChanged(ctx, m, change)
	})
}

// Leave lets members go of their own accord. It takes nobody's permission, but
// the workspace must keep an admin.
func (s *Store) Leave(ctx context.Context, key MemberKey) error {
	return s.alone(ctx, key.Workspace, func(q queries) error {
		m, err := q.member(ctx, key)
		if err != nil {
			return err
		}
		return q.storeChanged(ctx, m, rbac.Member.Delete)
	})
}

func (q queries) storeChanged(ctx context.Context, m rbac.Member, change func(rbac.Member) (rbac.Member, error)) error {
	changed, err := change(m)
	if err != nil {
		return err
	}
	return q.saveMember(ctx, changed)
}

// alone changes members of a workspace while nobody else changes any of the
// tenant, and keeps the change if the workspace is sound afterwards.
//
// A transaction alone would not do: two admins who leave at once would each
// still see the other. Both the actor and the target must be loaded behind the
// lock, because one may just have been blocked by the other.
func (s *Store) alone(ctx context.Context, w rbac.Workspace, change func(queries) error) error {
	return s.db.transact(ctx, func(q queries) error {
		if err := q.lockTenant(ctx, w); err != nil {
			return err
		}
		if err := change(q); err != nil {
			return err
		}
		members, err := q.members(ctx, w)
		if err != nil {
			return err
		}
		return policy.ValidateWorkspace(w, slices.Values(members))
	})
}

// lockTenant keeps all others from changing members of the tenant until the
// transaction ends. It is an UPDATE because every database makes the second
// wait.
func (q queries) lockTenant(ctx context.Context, w rbac.Workspace) error {
	locked, err := q.exec(ctx, `UPDATE workspaces SET revision = revision + 1 WHERE tenant = $1 AND kind = 'tenant'`, w.Tenant)
	if err == nil && locked == 0 {
		err = &NotFoundError{place("workspaces", w.Tenant)}
	}
	return err
}
