package rbac

import (
	"math/bits"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac/internal/names"
)

// The checks below answer who may change what others may do. Nobody gives,
// takes or touches more than they have: beside the action that the change needs,
// the actor's own permissions, in force now, must cover what the change touches,
// action by action, scope by scope, program by program, and for as long as it
// lasts. In the actor's own workspace ScopeWorkspace and ScopeTenant cover
// everything of an action; in a merchant's workspace only ScopeTenant does.
// A role that the policy does not define grants nothing, so there is nothing of
// it to cover.
//
// The checks see two members and not the whole workspace: whether it keeps its
// last admin is answered by ValidateWorkspace, after the change and within the
// same transaction.

// CheckAssign decides whether one member may give another a further assignment.
//
// It needs SetMemberRole in the other's workspace, and AssignMiniPrograms too
// where the assignment names mini programs. The actor must cover the assignment
// and all that the other holds already.
//
// A member of a developer workspace who may ManageMiniProgramMembers of each
// mini program that is new may add it to an assignment which a member of the
// same workspace holds already, if what that gives is covered. Then the
// decision's Scope is that of ManageMiniProgramMembers, and the assignment must
// give no more: the same role, within the time of the one that is held, until
// the end of which it must be covered. Where several that are held would do, it
// must be covered for each of them, since nothing says which is meant.
//
// Nobody assigns to themselves, nor an unknown role, one of the other kind, one
// that excludes another which is held, or one whose time is over.
func (p *Policy) CheckAssign(by, to Member, a Assignment) Decision {
	c := &adminCheck{policy: p, by: &by, to: &to, action: SetMemberRole}
	return c.setRole(&a, c.assign, c.addition)
}

// setRole decides by the right to set roles, and failing that by the right to
// manage the members of mini programs.
func (c *adminCheck) setRole(
	a *Assignment, set func(*Assignment) Decision, moved func(*Assignment) programDelta,
) Decision {
	if reason := c.parties(); reason != ReasonGranted {
		return c.refuse(reason)
	}
	decision := set(a)
	if decision.Allowed {
		return decision
	}
	return c.delegated(decision, a, moved)
}

func (c *adminCheck) assign(a *Assignment) Decision {
	authority := c.authority(a)
	if !authority.Allowed {
		return authority
	}
	if reason := c.assignable(c.policy.exclusions(c.clock.now(), c.to.Assignments), a); reason != ReasonGranted {
		return c.refuse(reason)
	}
	c.coverMember()
	c.cover(a)
	return c.decision(authority)
}

// CheckRevoke decides whether one member may take an assignment from another:
// the role with the mini programs that are named, or some of its mini programs.
// When it begins and ends is not looked at: what is meant is whichever the other
// holds of that role with those mini programs.
//
// It needs SetMemberRole in the other's workspace, and AssignMiniPrograms too
// where the assignment names mini programs. The actor must cover all that the
// other holds.
//
// A member of a developer workspace who may ManageMiniProgramMembers of each
// mini program that is named may take it from the assignments of a member of the
// same workspace, if what that takes is covered. Then the decision's Scope is
// that of ManageMiniProgramMembers, and the role must stay.
//
// Nobody revokes from themselves, or what is not held.
func (p *Policy) CheckRevoke(by, from Member, a Assignment) Decision {
	c := &adminCheck{policy: p, by: &by, to: &from, action: SetMemberRole}
	return c.setRole(&a, c.revoke, c.removal)
}

func (c *adminCheck) revoke(a *Assignment) Decision {
	authority := c.authority(a)
	if !authority.Allowed {
		return authority
	}
	if !c.isHeld(a) {
		return c.refuse(ReasonNotHeld)
	}
	c.coverMember()
	return c.decision(authority)
}

// CheckManage decides whether one member may do an action to another as a
// member: InviteMember, WithdrawInvitation, ResendInvitation, BlockMember (to
// block and to unblock), DeleteMember, or an action of the host's own on
// workspaces.
//
// It needs that action in the other's workspace. The actor must cover all that
// the other holds, whatever the other's status. For InviteMember that is what
// the invitation gives, which must be such that CheckAssign could allow it.
// Nobody manages themselves.
//
// An invitation is for someone new. Whether the workspace has a member of that
// ID already is for the host to look up: to replace one that is neither deleted
// nor withdrawn is to change that one, which is not what is asked here.
func (p *Policy) CheckManage(by, target Member, a Action) Decision {
	c := &adminCheck{policy: p, by: &by, to: &target, action: a}
	if reason := c.parties(); reason != ReasonGranted {
		return c.refuse(reason)
	}
	authority := c.may(a, target.Workspace.Resource())
	if !authority.Allowed {
		return authority
	}
	if a == InviteMember {
		if reason := c.invitable(); reason != ReasonGranted {
			return c.refuse(reason)
		}
	}
	c.coverMember()
	return c.decision(authority)
}

// CheckDefine decides whether a member may define a new role. It needs
// DefineRole in the member's own workspace. The member must cover what the role
// grants, and without an end, since a role has none. For a developer role
// defined by a tenant's member only ScopeTenant covers. A role has no owner, so
// a policy with four eyes on DefineRole lets nobody define one.
//
// It is for new roles. One that the policy already has may be held in workspaces
// which the member has nothing to do with, so changing it is the host's act,
// with Diff to look at first. The same goes for the ID of a role that is gone,
// as long as stored assignments still name it: it would come to life for them.
func (p *Policy) CheckDefine(by Member, r Role) Decision {
	place := by.Workspace
	if r.Kind != by.Workspace.Kind {
		place = by.Workspace.Developer("a merchant's, whichever")
	}
	c := &adminCheck{policy: p, by: &by, to: &Member{Workspace: place}, action: DefineRole}
	authority := p.check(&c.clock, &by, DefineRole, &Resource{Workspace: by.Workspace})
	if !authority.Allowed {
		return authority
	}
	if reason := c.definable(&r); reason != ReasonGranted {
		return c.refuse(reason)
	}
	c.coverRole(&r)
	return c.decision(authority)
}

// adminCheck decides on one change of a member by another.
type adminCheck struct {
	policy  *Policy
	by, to  *Member
	action  Action // what a refusal refuses
	clock   clock
	actor   *authority  // the actor's, once it is needed
	missing Permissions // what the actor lacks
}

func (c *adminCheck) refuse(reason Reason) Decision {
	return Decision{Reason: reason, refused: c.action}
}

// parties is ReasonGranted for two members who are not the same one.
func (c *adminCheck) parties() Reason {
	switch {
	case c.policy == nil || c.policy.actions == nil:
		return ReasonNoPolicy
	case c.by.is(c.to):
		return ReasonSelf
	case c.to.ID == "" || c.to.Status < StatusInvited || c.to.Status > StatusDeleted:
		return ReasonInvalidTarget
	}
	return ReasonGranted
}

// may decides on an action to the other member, whose own that thing is.
func (c *adminCheck) may(a Action, r Resource) Decision {
	r.Owner = c.to.ID
	return c.policy.check(&c.clock, c.by, a, &r)
}

// authority decides on the actions that setting a role needs.
func (c *adminCheck) authority(a *Assignment) Decision {
	place := c.to.Workspace.Resource()
	decision := c.may(SetMemberRole, place)
	if !decision.Allowed || len(a.MiniPrograms) == 0 {
		return decision
	}
	if programs := c.may(AssignMiniPrograms, place); !programs.Allowed {
		return programs
	}
	return decision
}

// invitable is ReasonGranted for an invitation whose assignments the other could
// be given one after the other. A role that nobody has defined is nothing to
// cover, and would come to life with whoever defines it later.
func (c *adminCheck) invitable() Reason {
	beside := c.policy.exclusions(c.clock.now(), nil)
	for i := range c.to.Assignments {
		given := &c.to.Assignments[i]
		if reason := c.assignable(beside, given); reason != ReasonGranted {
			return reason
		}
		beside.add(given)
	}
	return ReasonGranted
}

// assignable is ReasonGranted for an assignment that the other could hold
// beside those.
func (c *adminCheck) assignable(beside *exclusions, a *Assignment) Reason {
	if reason := c.assignableAlone(a); reason != ReasonGranted {
		return reason
	}
	if _, excluded := beside.first(a); excluded {
		return ReasonExclusive
	}
	return ReasonGranted
}

func (c *adminCheck) assignableAlone(a *Assignment) Reason {
	if _, reason := c.policy.roleFor(a.Role, c.to.Workspace.Kind); reason != ReasonGranted {
		return reason
	}
	if slices.Contains(a.MiniPrograms, "") || a.endedAt(c.clock.now()) {
		return ReasonInvalidAssignment
	}
	return ReasonGranted
}

// programDelta is mini programs that are added to assignments of a role, or taken from
// them.
type programDelta struct {
	programs []string
	role     RoleID
	end      time.Time // the last end of all assignments that the programDelta may be meant for
}

// delegated decides for one who may not make the change by setting roles, but
// manages the members of the mini programs in question.
func (c *adminCheck) delegated(denied Decision, a *Assignment, moved func(*Assignment) programDelta) Decision {
	if c.to.Workspace != c.by.Workspace || c.to.Workspace.Kind != KindDeveloper {
		return denied
	}
	m := moved(a)
	if len(m.programs) == 0 {
		return denied
	}
	authority := c.manages(m.programs)
	if !authority.Allowed {
		return denied
	}
	c.missing = nil
	c.coverPrograms(&Assignment{Role: m.role, NotAfter: m.end}, m.programs)
	decision := c.decision(authority)
	switch {
	case decision.Allowed:
		return decision
	case denied.Reason == ReasonNotCovered:
		return denied
	}
	decision.refused = ManageMiniProgramMembers
	return decision
}

// manages decides on ManageMiniProgramMembers of every one of the programs.
func (c *adminCheck) manages(programs []string) (decision Decision) {
	c.clock.now() // one instant for all
	by := c.policy.bind(c.clock, *c.by)
	for _, program := range programs {
		decision = by.Check(ManageMiniProgramMembers, c.to.Workspace.MiniProgram(program).OwnedBy(c.to.ID))
		if !decision.Allowed {
			return decision
		}
	}
	return decision
}

// addition is the mini programs that are new to any assignment of the other
// which the given one could be added to. There are none where it adds anything
// else, such as another role or a longer time.
func (c *adminCheck) addition(a *Assignment) programDelta {
	m := programDelta{role: a.Role, end: c.clock.now()}
	if c.assignableAlone(a) != ReasonGranted {
		return m
	}
	asked := distinct(a.MiniPrograms)
	index, fitting, holders := names.New(asked, asked), 0, make(map[string]int)
	for i := range c.to.Assignments {
		held := &c.to.Assignments[i]
		if held.Role != a.Role || !held.spans(a) {
			continue
		}
		fitting++
		for _, program := range common(&index, held.MiniPrograms) {
			holders[program]++
		}
		m.include(held)
	}
	m.programs = slices.DeleteFunc(asked, func(program string) bool { return holders[program] == fitting })
	return m
}

// removal is the mini programs that are taken from whatever the other holds of
// that role and names any of them, if something names them all.
func (c *adminCheck) removal(a *Assignment) programDelta {
	m := programDelta{role: a.Role, end: c.clock.now()}
	if !c.isHeld(a) {
		return m
	}
	m.programs = distinct(a.MiniPrograms)
	index := names.New(m.programs, m.programs)
	for i := range c.to.Assignments {
		if held := &c.to.Assignments[i]; held.Role == a.Role && len(common(&index, held.MiniPrograms)) > 0 {
			m.include(held)
		}
	}
	return m
}

// include makes the programDelta last until the end of what is held, unless that is over.
func (m *programDelta) include(held *Assignment) {
	if !held.endedAt(m.end) {
		m.end = held.end()
	}
}

// isHeld reports whether the other holds the role with all of the programs.
func (c *adminCheck) isHeld(a *Assignment) bool {
	programs := distinct(a.MiniPrograms)
	index := names.New(programs, programs)
	return slices.ContainsFunc(c.to.Assignments, func(held Assignment) bool {
		return held.Role == a.Role && len(common(&index, held.MiniPrograms)) == len(programs)
	})
}

// distinct returns the IDs, each once.
func distinct(ids []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// common returns those of the IDs that are in the index, each once. An empty ID
// is no program's, and never among them.
func common(index *names.Table[string], ids []string) []string {
	return slices.DeleteFunc(distinct(ids), func(id string) bool { return id == "" || index.Find(id) == nil })
}

// spans reports whether the time of an assignment lies within that of the held
// one.
func (held *Assignment) spans(a *Assignment) bool {
	return !a.NotBefore.Before(held.NotBefore) && !held.end().Before(a.end())
}

// definable is ReasonGranted for a new role that is well formed and not of a
// kind above the actor's own.
func (c *adminCheck) definable(r *Role) Reason {
	if c.policy.roleIndex.Find(string(r.ID)) != nil {
		return ReasonRoleExists
	}
	check := &checker{whole: true, actions: c.policy.spec.Actions, roles: make(map[RoleID]WorkspaceKind)}
	check.declareRole("", r)
	check.checkPermissions("", r.Kind, r.Permissions)
	switch {
	case check.err() != nil:
		return ReasonInvalidRole
	case r.Kind != c.to.Workspace.Kind:
		return ReasonOtherKind
	}
	return ReasonGranted
}

// decision allows by the given authority, unless something is not covered.
func (c *adminCheck) decision(authority Decision) Decision {
	if len(c.missing) == 0 {
		return authority
	}
	return Decision{Reason: ReasonNotCovered, refused: c.action, lacking: c.missing.list()}
}

// coverMember notes what the actor lacks of anything that the other holds or
// will hold.
func (c *adminCheck) coverMember() {
	for i := range c.to.Assignments {
		if held := &c.to.Assignments[i]; !held.endedAt(c.clock.now()) {
			c.cover(held)
		}
	}
}

// cover notes what the actor lacks of one assignment.
func (c *adminCheck) cover(a *Assignment) {
	rank, _ := c.policy.roleFor(a.Role, c.to.Workspace.Kind)
	if rank == nil {
		return
	}
	for position, granted := range rank.grants {
		c.need(position, granted&^ScopeAssigned, a.end())
	}
	c.coverPrograms(a, a.MiniPrograms)
}

// coverPrograms notes what the actor lacks of what an assignment grants on the
// mini programs.
func (c *adminCheck) coverPrograms(a *Assignment, programs []string) {
	rank, _ := c.policy.roleFor(a.Role, c.to.Workspace.Kind)
	if rank == nil || a.endedAt(c.clock.now()) {
		return
	}
	for _, program := range programs {
		if program == "" {
			continue // it names nothing, so there is nothing to cover
		}
		holdings := c.actorAuthority().naming[program]
		for position, granted := range rank.grants {
			if granted&ScopeAssigned != 0 && !assignedUntil(holdings, position, a.end()) {
				c.need(position, ScopeAssigned, a.end())
			}
		}
	}
}

// coverRole notes what the actor lacks of a role that nobody holds yet. On
// which programs it will be held is checked when it is assigned.
func (c *adminCheck) coverRole(r *Role) {
	for action, granted := range r.Permissions {
		position := c.policy.actionIndex.Find(string(action)).position
		if assignedUntil(c.actorAuthority().local, position, forever) {
			granted &^= ScopeAssigned
		}
		c.need(position, granted, forever)
	}
}

// need notes the scopes of an action that the actor does not hold until then.
func (c *adminCheck) need(position int, scopes Scope, until time.Time) {
	for scope := ScopeOwn; scope <= ScopeTenant; scope <<= 1 {
		if scopes&scope != 0 && c.actorAuthority().expiry(position, scope).Before(until) {
			if c.missing == nil {
				c.missing = make(Permissions)
			}
			c.missing[c.policy.actions[position].name] |= scope
		}
	}
}

func (c *adminCheck) actorAuthority() *authority {
	if c.actor == nil {
		c.actor = c.policy.authorityOf(&c.clock, c.by, &c.to.Workspace)
	}
	return c.actor
}

// authority is what an actor holds at a place, and until when.
type authority struct {
	ends   [][4]time.Time             // by the position of the action and the scope; the zero time for what is not held
	local  []assignedGrant            // what ScopeAssigned gives in the workspace of the change
	naming map[string][]assignedGrant // the same by the mini program that is named
}

// assignedGrant is an assignment of the actor in the workspace of the change.
type assignedGrant struct {
	grants []Scope
	end    time.Time
}

func (p *Policy) authorityOf(c *clock, by *Member, place *Workspace) *authority {
	w := &authority{ends: make([][4]time.Time, len(p.actions)), naming: make(map[string][]assignedGrant)}
	home := by.Workspace == *place
	for i := range by.Assignments {
		as := &by.Assignments[i]
		rank, _ := p.roleFor(as.Role, by.Workspace.Kind)
		if rank == nil || !as.inForce(c) {
			continue
		}
		for position, granted := range rank.grants {
			w.add(position, coverage(granted, home), as.end())
		}
		if home {
			w.name(as.MiniPrograms, assignedGrant{rank.grants, as.end()})
		}
	}
	return w
}

// coverage is what a granted scope covers of the whole of a workspace.
// ScopeAssigned covers named programs only.
func coverage(granted Scope, home bool) Scope {
	switch {
	case granted&ScopeTenant != 0, home && granted&ScopeWorkspace != 0:
		return granted.covered()
	case home:
		return granted & ScopeOwn
	}
	return 0
}

func (w *authority) add(position int, scopes Scope, end time.Time) {
	for i := range w.ends[position] {
		if scopes>>i&1 != 0 && w.ends[position][i].Before(end) {
			w.ends[position][i] = end
		}
	}
}

// expiry is when the actor ceases to hold the one scope.
func (w *authority) expiry(position int, scope Scope) time.Time {
	return w.ends[position][bits.TrailingZeros8(uint8(scope))]
}

func (w *authority) name(programs []string, l assignedGrant) {
	w.local = append(w.local, l)
	for _, program := range programs {
		w.naming[program] = append(w.naming[program], l)
	}
}

func assignedUntil(holdings []assignedGrant, position int, until time.Time) bool {
	return slices.ContainsFunc(holdings, func(l assignedGrant) bool {
		return l.grants[position]&ScopeAssigned != 0 && !l.end.Before(until)
	})
}
