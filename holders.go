package rbac

import (
	"iter"
	"slices"
	"time"
)

// WhoCan yields those of the members who may do the action to the resource, in the
// order in which they come. It reads the clock once, and one member at a time, and stops
// when the caller stops. Of nil members it yields none. For members in a database, see
// Holders.
func (p *Policy) WhoCan(action Action, resource Resource, members iter.Seq[Member]) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		p.WhoCanAt(wallClock(), action, resource, members)(yield)
	}
}

// WhoCanAt is WhoCan at the given time.
func (p *Policy) WhoCanAt(
	now time.Time, action Action, resource Resource, members iter.Seq[Member],
) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if members == nil {
			return
		}
		for member := range members {
			if p.CheckAt(now, member, action, resource).Allowed && !yield(member) {
				return
			}
		}
	}
}

// Holders describes exactly the members who may do one action to one resource, as of
// one instant. Match decides about one member in memory, Where finds them in the host's
// database.
//
// The zero Holders matches nobody.
type Holders struct {
	policy   *Policy
	now      time.Time
	action   Action
	resource Resource
	groups   []roleGroup
	fourEyes bool
}

// roleGroup is roles that let members of one workspace do the action through one scope.
type roleGroup struct {
	workspace Workspace
	scope     Scope
	roles     []string
}

// Holders returns the members who may do the action to the resource, as of now. For an
// action that the policy does not declare, or that nobody may do to the resource, it is
// the zero Holders.
func (p *Policy) Holders(action Action, resource Resource) Holders {
	return p.HoldersAt(wallClock(), action, resource)
}

// HoldersAt is Holders at the given time.
func (p *Policy) HoldersAt(now time.Time, action Action, resource Resource) Holders {
	if p.isZero() || !resource.Workspace.isValid() {
		return Holders{}
	}
	compiled := p.actionIndex.Find(string(action))
	if compiled == nil || compiled.target&resource.target() == 0 || compiled.fourEyes && resource.Owner == "" {
		return Holders{}
	}
	h := Holders{policy: p, now: now.Round(0), action: action, resource: resource, fourEyes: compiled.fourEyes}
	h.groups = p.groups(compiled, &resource)
	if len(h.groups) == 0 {
		return Holders{}
	}
	return h
}

// groups returns the roles that reach the resource, by the workspace of their holders
// and by scope: first those of the resource's own workspace, then those of its tenant's.
func (p *Policy) groups(action *compiledAction, resource *Resource) []roleGroup {
	own, tenant := resource.Workspace, Tenant(resource.Workspace.Tenant)
	var whole, assigned, owners, tenantWide []string
	p.eachRole(func(role *Role, compiled *compiledRole) bool {
		id, granted := string(role.ID), compiled.grants[action.position]
		if !compiled.heldIn(&own) {
			if granted&ScopeTenant != 0 && compiled.heldIn(&tenant) {
				tenantWide = append(tenantWide, id)
			}
			return true
		}
		if granted >= ScopeWorkspace {
			whole = append(whole, id)
		}
		if granted&ScopeAssigned != 0 && resource.MiniProgram != "" {
			assigned = append(assigned, id)
		}
		if granted&ScopeOwn != 0 && resource.Owner != "" && !action.fourEyes {
			owners = append(owners, id)
		}
		return true
	})
	groups := []roleGroup{
		{own, ScopeWorkspace, whole},
		{own, ScopeAssigned, assigned},
		{own, ScopeOwn, owners},
		{tenant, ScopeTenant, tenantWide},
	}
	return slices.DeleteFunc(groups, func(g roleGroup) bool { return len(g.roles) == 0 })
}

// None reports whether nobody may do the action to the resource, whoever the members
// are. The host then need not ask its database.
func (h Holders) None() bool { return len(h.groups) == 0 }

// Match reports whether the member is one of them.
func (h Holders) Match(member Member) bool {
	return h.policy.CheckAt(h.now, member, h.action, h.resource).Allowed
}

// Where returns an SQL condition on the host's members, with the arguments for its
// placeholders. It is true for the rows of exactly the members that Match matches: for
// those rows of theirs that let them do the action. The clause can follow any AND: it is
// in parentheses, or it is "1=0", which is true for no row. Values are always arguments
// and never part of the clause.
//
// Each wrong column, an unknown dialect and an Offset below 0 or above 65,535 is a
// *ValidationError, joined, whoever the holders are. With an error the clause is "1=0".
func (h Holders) Where(c MemberColumns) (clause string, args []any, err error) {
	problems := checkColumns(c.Dialect, c.Offset, []namedColumn{
		{"kind", c.Kind, true},
		{"tenant", c.Tenant, true},
		{"workspace", c.Workspace, false},
		{"id", c.ID, false},
		{"status", c.Status, false},
		{"suspended", c.Suspended, true},
		{"role", c.Role, false},
		{"not_before", c.NotBefore, true},
		{"not_after", c.NotAfter, true},
		{"mini_program", c.MiniProgram, true},
	})
	if err := problems.err(); err != nil {
		return "1=0", nil, err
	}
	groups := h.groups
	if c.MiniProgram == NoColumn {
		groups = slices.DeleteFunc(slices.Clone(groups), func(g roleGroup) bool { return g.scope == ScopeAssigned })
	}
	if len(groups) == 0 {
		return "1=0", nil, nil
	}
	w := clauseWriter{
		dialect: c.Dialect, bytewise: c.Bytewise, placeholder: c.Placeholder, offset: c.Offset, toStored: c.Time,
	}
	w.start()
	c.write(&w, &h, groups)
	return w.text.String(), w.args, nil
}

// write writes the condition for the rows of members who hold a role of one of the
// groups in force.
func (c *MemberColumns) write(w *clauseWriter, h *Holders, groups []roleGroup) {
	w.open()
	if c.Tenant != NoColumn {
		w.equal(c.Tenant, h.resource.Workspace.Tenant)
	}
	w.and()
	w.equal(c.Status, StatusActive.String())
	if c.Suspended != NoColumn {
		w.and()
		w.isFalse(c.Suspended)
	}
	now := stored(h.now)
	if c.NotBefore != NoColumn {
		w.and()
		w.begun(c.NotBefore, now)
	}
	if c.NotAfter != NoColumn {
		w.and()
		w.notEnded(c.NotAfter, now)
	}
	c.writeGroups(w, groups, &h.resource)
	w.and()
	if h.fourEyes {
		w.isAnother(c.ID, h.resource.Owner)
	} else {
		w.present(c.ID)
	}
	w.close()
}

func (c *MemberColumns) writeGroups(w *clauseWriter, groups []roleGroup, r *Resource) {
	if len(groups) == 1 {
		c.writeGroup(w, &groups[0], r)
		return
	}
	w.and()
	w.open()
	for i := range groups {
		w.or()
		w.open()
		c.writeGroup(w, &groups[i], r)
		w.close()
	}
	w.close()
}

// writeGroup writes the condition for rows of members of one workspace who hold one of the roles.
func (c *MemberColumns) writeGroup(w *clauseWriter, g *roleGroup, r *Resource) {
	w.and()
	w.equal(c.Workspace, g.workspace.ID)
	if c.Kind != NoColumn {
		w.and()
		w.equal(c.Kind, g.workspace.Kind.String())
	}
	w.and()
	w.oneOf(c.Role, g.roles)
	switch g.scope {
	case ScopeOwn:
		w.and()
		w.equal(c.ID, r.Owner)
	case ScopeAssigned:
		w.and()
		w.equal(c.MiniProgram, r.MiniProgram)
	}
}
