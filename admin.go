package rbac

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"time"
)

// How a step of administration is decided.
//
// A step is one member, the actor, changing another. The actor must be another
// person, may do the step's action in the other's workspace, and must cover what the
// step touches: what it gives, until that ends, and what the other holds, now or until
// that ends. Nobody can then give, take or touch more than they have.
//
// A permission of the actor covers the same action at that place. In the actor's own
// workspace ScopeWorkspace covers all of the workspace, ScopeAssigned the mini programs
// of the same assignment, and ScopeOwn ScopeOwn. In a merchant's workspace only
// ScopeTenant of a tenant's member covers anything.
//
// A role that one of the actor's roles administers is covered whole, on every mini
// program, for as long as the actor holds the role that administers it. What must only
// be covered now is also covered by what any administered role grants. The power to
// administer is no permission. A role that has it can be given only by someone who
// administers that role. It can also be taken by someone who administers all that it
// administers.
//
// A role that the policy does not define for that workspace is covered by nobody.
//
// The order of answers keeps secrets: first what is out of the actor's sight, then
// whether the actor may do the step and covers it, and only then what the other's
// status and assignments make of it.

// Invite returns an invited member of the workspace, to be stored as a new one. It
// needs InviteMember there, and cover for what the assignments give. Four eyes and
// ReasonSelf go by the ID. The invitation is valid for InvitationValidity. Assignments
// that exclude each other are ReasonExclusive, and one that cannot be stored or has ended
// is ReasonInvalidAssignment.
//
// The host checks that the workspace has no member of that ID. With an error the
// result is the zero Member.
func (s *Subject) Invite(id string, workspace Workspace, assignments ...Assignment) (Member, error) {
	guest := Invite(id, workspace, s.storedNow(), assignments...)
	c := s.check(&guest, InviteMember)
	if isDamaged(id) {
		c.fail(InviteMember, ReasonInvalidTarget)
	}
	c.need(InviteMember)
	for i := range guest.Assignments {
		c.give(&guest.Assignments[i])
	}
	if err := c.decide(); err != nil {
		return Member{}, err
	}
	if len(c.policy.exclusions(c.now, guest.Assignments).conflicts()) > 0 {
		return Member{}, c.deny(ReasonExclusive)
	}
	return guest, nil
}

// Resend returns the member with the invitation sent again, valid for another
// InvitationValidity. It needs ResendInvitation, and cover for all that the member
// holds until it ends, because the step starts it again.
func (s *Subject) Resend(member Member) (Member, error) {
	return s.changeStatus(member, ResendInvitation, untilItEnds, func(m Member) (Member, error) {
		return m.Resend(s.storedNow())
	})
}

// Withdraw returns the member with the invitation withdrawn, which is final. It needs
// WithdrawInvitation, and cover for what the member holds.
func (s *Subject) Withdraw(member Member) (Member, error) {
	return s.changeStatus(member, WithdrawInvitation, onlyNow, Member.Withdraw)
}

// Block returns the member blocked. It needs BlockMember, and cover for what the
// member holds.
func (s *Subject) Block(member Member) (Member, error) {
	return s.changeStatus(member, BlockMember, onlyNow, Member.Block)
}

// Unblock returns the blocked member active again. It needs BlockMember, and cover for
// all that the member holds until it ends, because the step starts it again.
func (s *Subject) Unblock(member Member) (Member, error) {
	return s.changeStatus(member, BlockMember, untilItEnds, Member.Unblock)
}

// Delete returns the member deleted, which is final. It needs DeleteMember, and cover
// for all that the member holds until it ends.
func (s *Subject) Delete(member Member) (Member, error) {
	return s.changeStatus(member, DeleteMember, untilItEnds, Member.Delete)
}

// Manage decides on an action of the host's own on a member. It needs that action, and
// cover for all that the member holds until it ends. The action is done to the member's
// workspace, so an action that is for mini programs alone is always denied.
func (s *Subject) Manage(member Member, action Action) error {
	_, err := s.changeStatus(member, action, untilItEnds, func(m Member) (Member, error) { return m, nil })
	return err
}

func (s *Subject) changeStatus(
	member Member, action Action, needed duration, step func(Member) (Member, error),
) (Member, error) {
	c := s.check(&member, action)
	c.need(action)
	c.touch(needed)
	if err := c.decide(); err != nil {
		return member, err
	}
	next, err := step(member)
	if err != nil {
		return member, err
	}
	return next.clone(), nil
}

// Assign returns the member with one more assignment. It needs SetMemberRole, and
// AssignMiniPrograms too if the assignment names mini programs. The actor must cover
// what the assignment gives until it ends, and what the member holds. Withdrawn and
// deleted members are a *StatusError. A role that may not be held beside another is
// ReasonExclusive, and an assignment that cannot be stored or has ended is
// ReasonInvalidAssignment.
func (s *Subject) Assign(member Member, assignment Assignment) (Member, error) {
	c := s.check(&member, SetMemberRole)
	c.needToSet(&assignment)
	c.give(&assignment)
	c.touch(onlyNow)
	if err := c.decide(); err != nil {
		return member, err
	}
	if err := c.mayHold("assign"); err != nil {
		return member, err
	}
	if c.policy.exclusions(c.now, member.Assignments).excludes(&assignment) {
		return member, c.deny(ReasonExclusive)
	}
	member = member.clone()
	member.Assignments = append(member.Assignments, assignment.clone())
	return member, nil
}

// Revoke returns the member without an assignment that is held. The assignment must be
// given whole: the role, the set of mini programs, and the bounds as far as databases
// keep them, to the microsecond. Otherwise the denial is ReasonNotHeld. To take only a
// mini program, use Replace.
//
// It needs SetMemberRole, and AssignMiniPrograms too if the assignment names mini
// programs. The actor must cover what the member holds. If the policy does not define
// the role for that workspace, the actor must cover all other roles that it defines.
func (s *Subject) Revoke(member Member, held Assignment) (Member, error) {
	c := s.check(&member, SetMemberRole)
	c.needToSet(&held)
	_, reason := c.policy.roleFor(held.Role, &member.Workspace)
	c.ignoreUndefined = reason != ReasonGranted
	c.touch(onlyNow)
	if err := c.decide(); err != nil {
		return member, err
	}
	if err := c.mayHold("revoke"); err != nil {
		return member, err
	}
	rest := without(member.Assignments, &held)
	if len(rest) == len(member.Assignments) {
		return member, c.deny(ReasonNotHeld)
	}
	member.Assignments = rest
	return member.clone(), nil
}

// Replace returns the member with one assignment in the place of another that is held.
// The held one must be given whole, as for Revoke; otherwise the denial is ReasonNotHeld.
// Adding a mini program or taking one is to replace the assignment by one with other mini
// programs.
//
// It needs SetMemberRole, and AssignMiniPrograms too if one of the two names mini
// programs. The actor must cover what the new assignment gives and the old one does
// not, until the new one ends, and what the member holds.
//
// Bounds that are the same once they are stored stay as the member has them.
//
// To replace only mini programs, in the actor's own workspace, ManageMiniProgramMembers
// of each that is added or taken is enough. The actor then covers what the role grants
// on those that are added until the assignment ends, and on those that are taken.
func (s *Subject) Replace(member Member, held, by Assignment) (Member, error) {
	position := slices.IndexFunc(member.Assignments, func(a Assignment) bool { return a.isSame(&held) })
	if position >= 0 {
		held = member.Assignments[position]
	}
	if held.sameBounds(&by) {
		by.NotBefore, by.NotAfter = held.NotBefore, held.NotAfter
	}
	c := s.check(&member, SetMemberRole)
	c.needToSet(&held, &by)
	c.giveBeyond(&held, &by)
	c.touch(onlyNow)
	if err := c.decide(); err != nil {
		if c = c.delegated(&held, &by, err); c.err != nil {
			return member, c.err
		}
	}
	if err := c.mayHold("replace"); err != nil {
		return member, err
	}
	if position < 0 {
		return member, c.deny(ReasonNotHeld)
	}
	rest := without(member.Assignments, &held)
	if c.policy.exclusions(c.now, rest).excludes(&by) {
		return member, c.deny(ReasonExclusive)
	}
	member.Assignments = slices.Insert(rest, position, by)
	return member.clone(), nil
}

// Assignable yields the roles, in name order, that Assign allows the actor to give the
// member without mini programs and without end: what to offer in a drop-down.
func (s *Subject) Assignable(member Member) iter.Seq[RoleID] {
	return func(yield func(RoleID) bool) {
		c := s.check(&member, SetMemberRole)
		c.need(SetMemberRole)
		c.touch(onlyNow)
		if c.decide() != nil || c.mayHold("assign") != nil {
			return
		}
		exclusions := c.policy.exclusions(c.now, member.Assignments)
		c.policy.eachRole(func(role *Role, _ *compiledRole) bool {
			given := Assignment{Role: role.ID}
			if !c.authority().covers(&given, forever, nil) || exclusions.excludes(&given) {
				return true
			}
			return yield(role.ID)
		})
	}
}

// Define returns the policy with a role of the actor's own workspace: added to the last
// layer, or changed there if that layer defines it already. It sets Role.Workspace. The
// host stores Own of the result. With an error the policy is nil.
//
// The last layer must be the workspace's own. For a workspace that has stored nothing
// yet, it is an empty one: With of the zero Spec.
//
// It needs DefineRole, and SetMemberRole too to change a role. The actor must cover
// what the role grants and what it granted, by permissions that have no end; only
// ScopeWorkspace and ScopeTenant cover ScopeAssigned. Nobody changes a role that they
// hold. A role that is not well formed, or whose ID is taken, is a *ValidationError.
//
// Define does not know who holds a role. Validate the workspace with the new policy
// in the transaction that stores it.
func (s *Subject) Define(role Role) (*Policy, error) {
	c := s.checkDefinition()
	c.need(DefineRole)
	if c.err != nil {
		return nil, c.err
	}
	workspace := s.member.Workspace
	if role.Workspace != (Workspace{}) && role.Workspace != workspace {
		return nil, newProblem("role.workspace", "it is another workspace", "leave it out")
	}
	role.Workspace = workspace
	layer := s.policy.Own()
	i := ownRole(layer, role.ID, workspace)
	if i >= 0 {
		c.needToChange(&layer.Roles[i])
		layer.Roles[i] = role
	} else {
		i = len(layer.Roles)
		layer.Roles = append(layer.Roles, role)
	}
	if c.err != nil {
		return nil, c.err
	}
	policy, err := c.relayered(layer)
	if err != nil {
		return nil, replacePlace(err, fmt.Sprintf("roles[%d]", i), "role")
	}
	c.coverGrants(policy.findRole(role.ID).grants)
	if err := c.decide(); err != nil {
		return nil, err
	}
	return policy, nil
}

// Undefine returns the policy without a role of the actor's own workspace that its
// last layer has. It needs what Define of a changed role needs. Revoke the role from
// its holders before.
func (s *Subject) Undefine(id RoleID) (*Policy, error) {
	c := s.checkDefinition()
	c.need(DefineRole)
	c.need(SetMemberRole)
	if c.err != nil {
		return nil, c.err
	}
	layer := s.policy.Own()
	i := ownRole(layer, id, s.member.Workspace)
	if i < 0 {
		return nil, newProblem("role.id", "the workspace has no role "+plainName(string(id))+" of its own",
			"name a role that Define made")
	}
	c.needToChange(&layer.Roles[i])
	layer.Roles = slices.Delete(layer.Roles, i, i+1)
	if err := c.decide(); err != nil {
		return nil, err
	}
	return c.relayered(layer)
}

// ownRole returns the position of a role that the layer defines and that belongs to
// the workspace, or -1.
func ownRole(layer Spec, id RoleID, workspace Workspace) int {
	return slices.IndexFunc(layer.Roles, func(role Role) bool { return role.ID == id && role.Workspace == workspace })
}

// adminCheck decides on one step. Its methods note the first reason to deny, and what
// the actor lacks; decide tells.
type adminCheck struct {
	actor  *Subject
	policy *Policy
	now    time.Time
	other  *Member
	action Action // what a denial names
	err    error  // the first reason to deny, but for what is not covered

	covering        *authority // of the actor, once it is needed
	uncovered       bool
	ignoreUndefined bool        // roles that the policy does not define need no cover
	lacksToGive     Permissions // what the actor lacks of what the step gives
	lacksOfHeld     Permissions // what the actor lacks of what the other holds
}

// duration says until when something must be covered.
type duration bool

const (
	onlyNow     duration = false
	untilItEnds duration = true
)

// storedNow returns the Subject's instant as it is stored.
func (s *Subject) storedNow() time.Time {
	if s == nil || s.policy == nil {
		return time.Time{}
	}
	return stored(s.clock.now())
}

// check begins a step on another member. It asks what comes before everything else:
// that the actor may do anything, sees the other's workspace and is another person.
func (s *Subject) check(other *Member, action Action) *adminCheck {
	c := &adminCheck{actor: s, other: other, action: action, policy: &Policy{}}
	if s == nil || s.policy.isZero() {
		c.fail(action, ReasonNoPolicy)
		return c
	}
	c.policy, c.now = s.policy, s.clock.now()
	place := other.Workspace.Resource()
	if reason := s.member.reason(); reason != ReasonGranted {
		c.fail(action, reason)
	} else if reason := visibility(&s.member, &place); reason != ReasonGranted {
		c.fail(action, reason)
	}
	switch {
	case s.member.isPerson(other):
		c.fail(action, ReasonSelf)
	case other.ID == "", other.Status < StatusInvited, other.Status > StatusDeleted:
		c.fail(action, ReasonInvalidTarget)
	}
	return c
}

// checkDefinition begins a step on the roles of the actor's own workspace.
func (s *Subject) checkDefinition() *adminCheck {
	c := &adminCheck{actor: s, action: DefineRole, policy: &Policy{}}
	if s == nil || s.policy.isZero() {
		c.fail(DefineRole, ReasonNoPolicy)
		return c
	}
	c.policy, c.now = s.policy, s.clock.now()
	c.other = &Member{Workspace: s.member.Workspace}
	return c
}

func (c *adminCheck) deny(reason Reason) error { return &DeniedError{Action: c.action, Reason: reason} }

// fail notes a reason to deny, unless there is one already.
func (c *adminCheck) fail(action Action, reason Reason) {
	if c.err == nil {
		c.err = &DeniedError{Action: action, Reason: reason}
	}
}

// need asks whether the actor may do the action to the other member, whose own that
// resource is.
func (c *adminCheck) need(action Action) {
	if c.err != nil {
		return
	}
	place := c.other.Workspace.Resource().OwnedBy(c.other.ID)
	if decision := c.actor.Check(action, place); !decision.Allowed {
		c.fail(action, decision.Reason)
	}
}

// needToSet asks for the actions that setting such assignments takes.
func (c *adminCheck) needToSet(assignments ...*Assignment) {
	c.need(SetMemberRole)
	if slices.ContainsFunc(assignments, func(a *Assignment) bool { return len(a.MiniPrograms) > 0 }) {
		c.need(AssignMiniPrograms)
	}
}

// needToChange asks for what changing an existing role takes.
func (c *adminCheck) needToChange(role *Role) {
	c.need(SetMemberRole)
	holds := func(a Assignment) bool { return a.Role == role.ID }
	if slices.ContainsFunc(c.actor.member.Assignments, holds) {
		c.fail(DefineRole, ReasonSelf)
	}
	c.coverGrants(c.policy.findRole(role.ID).grants)
}

// relayered returns the policy with another last layer.
func (c *adminCheck) relayered(layer Spec) (*Policy, error) {
	base := c.policy
	if base.base != nil {
		base = base.base
	}
	return base.With(layer)
}

// give asks whether the other could hold the assignment at all, and the actor covers
// what it gives until it ends.
func (c *adminCheck) give(assignment *Assignment) {
	if c.isAssignable(assignment) && !c.authority().covers(assignment, assignment.end(), &c.lacksToGive) {
		c.uncovered = true
	}
}

// isAssignable notes why the assignment cannot be held in the other's workspace.
func (c *adminCheck) isAssignable(assignment *Assignment) bool {
	if c.err != nil {
		return false
	}
	_, reason := c.policy.roleFor(assignment.Role, &c.other.Workspace)
	switch {
	case reason != ReasonGranted:
		c.fail(c.action, reason)
	case slices.Contains(assignment.MiniPrograms, ""), slices.ContainsFunc(assignment.MiniPrograms, isDamaged),
		assignment.endedAt(c.now),
		!isStorable(assignment.NotBefore), !isStorable(assignment.NotAfter):
		c.fail(c.action, ReasonInvalidAssignment)
	}
	return c.err == nil
}

// giveBeyond is give for what one assignment gives and another does not.
func (c *adminCheck) giveBeyond(held, by *Assignment) {
	if !c.isAssignable(by) {
		return
	}
	old, reason := c.policy.roleFor(held.Role, &c.other.Workspace)
	if reason != ReasonGranted || !held.spans(by) {
		c.give(by)
		return
	}
	if !c.authority().coversBeyond(old, held, by, &c.lacksToGive) {
		c.uncovered = true
	}
}

// touch asks whether the actor covers all that the other holds and will hold.
func (c *adminCheck) touch(needed duration) {
	if c.err != nil {
		return
	}
	for i := range c.other.Assignments {
		held := &c.other.Assignments[i]
		if held.endedAt(c.now) {
			continue
		}
		if _, reason := c.policy.roleFor(held.Role, &c.other.Workspace); reason != ReasonGranted && c.ignoreUndefined {
			continue
		}
		covered := false
		if needed == onlyNow {
			covered = c.authority().coversNow(held, &c.lacksOfHeld)
		} else {
			covered = c.authority().covers(held, held.end(), &c.lacksOfHeld)
		}
		c.uncovered = c.uncovered || !covered
	}
}

// decide returns nil if the actor may do the step and covers it, and otherwise why
// not. It tells of what the other holds only to someone who may list members there.
func (c *adminCheck) decide() error {
	if c.err != nil || !c.uncovered {
		return c.err
	}
	missing := c.lacksToGive
	if c.actor.Can(ListMembers, c.other.Workspace.Resource().OwnedBy(c.other.ID)) {
		missing = missing.Union(c.lacksOfHeld)
	}
	return &DeniedError{Action: c.action, Reason: ReasonNotCovered, Missing: missing}
}

// mayHold returns a *StatusError if the other's status is final.
func (c *adminCheck) mayHold(step string) error {
	if c.other.Status == StatusWithdrawn || c.other.Status == StatusDeleted {
		return &StatusError{Step: step, Status: c.other.Status}
	}
	return nil
}

// delegated decides on a replacement that was denied, by the right to manage the
// members of the mini programs that are added or taken.
func (c *adminCheck) delegated(held, by *Assignment, denied error) *adminCheck {
	refused := &adminCheck{err: denied}
	if c.actor == nil || c.other.Workspace != c.actor.member.Workspace || held.Role != by.Role {
		return refused
	}
	if !held.sameBounds(by) || !held.spans(by) {
		return refused
	}
	added, taken := missingFrom(held.MiniPrograms, by.MiniPrograms), missingFrom(by.MiniPrograms, held.MiniPrograms)
	if len(added)+len(taken) == 0 {
		return refused
	}
	d := c.actor.check(c.other, SetMemberRole)
	d.action, d.covering = ManageMiniProgramMembers, c.covering
	if d.err != nil || !d.authority().managesMembersOf(slices.Concat(added, taken)) {
		return refused
	}
	if role, reason := d.policy.roleFor(by.Role, &d.other.Workspace); d.isAssignable(by) && reason == ReasonGranted {
		authority := d.authority()
		if !authority.administers(by) {
			role = role.onAssignedOnly()
			d.uncovered = !authority.coversPrograms(role, added, by.end(), &d.lacksToGive) || d.uncovered
			d.uncovered = !authority.coversProgramsNow(role, taken, &d.lacksOfHeld) || d.uncovered
		}
	}
	if d.err = d.decide(); d.err == nil {
		return d
	}
	if e, ok := denied.(*DeniedError); ok && e.Reason == ReasonNotCovered {
		return refused
	}
	return d
}

// coverGrants asks whether the actor's own permissions that have no end cover what a
// role of the actor's workspace grants.
func (c *adminCheck) coverGrants(grants []Scope) {
	if c.err != nil {
		return
	}
	for position, granted := range grants {
		if !c.authority().coversScopes(position, granted, forever, &c.lacksToGive) {
			c.uncovered = true
		}
	}
}

func (c *adminCheck) authority() *authority {
	if c.covering == nil {
		c.covering = newAuthority(c.actor, &c.other.Workspace)
	}
	return c.covering
}

// authority is what an actor covers in one workspace, and until when.
type authority struct {
	policy       *Policy
	place        *Workspace
	actor        *Subject
	now          time.Time
	atHome       bool
	ends         [][4]time.Time       // by the position of the action and the scope; zero for what is not covered
	administered map[RoleID]time.Time // by role
	powers       map[RoleID]bool      // what coversPowerNow has found, by role
	lent         []Scope              // what administered roles grant, by the position of the action; nil until needed
	named        map[string][]assignedGrant
}

// assignedGrant is an assignment of the actor that names a mini program.
type assignedGrant struct {
	role   RoleID
	grants []Scope
	end    time.Time
}

func newAuthority(actor *Subject, place *Workspace) *authority {
	a := &authority{
		policy:       actor.policy,
		place:        place,
		actor:        actor,
		now:          actor.clock.now(),
		atHome:       actor.member.Workspace == *place,
		ends:         make([][4]time.Time, len(actor.policy.actions)),
		administered: make(map[RoleID]time.Time),
	}
	for _, role := range lastOfEach(actor.active) {
		for position, granted := range role.grants {
			a.extend(position, covering(granted, a.atHome), role.end)
		}
		for _, id := range a.policy.administered(role.role) {
			if a.administered[id].Before(role.end) {
				a.administered[id] = role.end
			}
		}
	}
	return a
}

// lastOfEach returns of each role the assignment in force that lasts longest.
func lastOfEach(active []activeRole) map[RoleID]*activeRole {
	last := make(map[RoleID]*activeRole)
	for i := range active {
		role := &active[i]
		if known := last[role.role]; known == nil || known.end.Before(role.end) {
			last[role.role] = role
		}
	}
	return last
}

// covering returns the scopes that a granted scope covers on the whole of a workspace.
// ScopeAssigned covers only mini programs that are named.
func covering(granted Scope, atHome bool) Scope {
	switch {
	case granted&ScopeTenant != 0, atHome && granted&ScopeWorkspace != 0:
		return granted.covered()
	case atHome:
		return granted & ScopeOwn
	}
	return 0
}

func (a *authority) extend(position int, scopes Scope, end time.Time) {
	for ; scopes != 0; scopes &= scopes - 1 {
		last := &a.ends[position][bits.TrailingZeros8(uint8(scopes))]
		if last.Before(end) {
			*last = end
		}
	}
}

// administers reports whether the actor administers the role of the assignment until
// the assignment ends.
func (a *authority) administers(assignment *Assignment) bool {
	end, administered := a.administered[assignment.Role]
	return administered && !end.Before(assignment.end())
}

// covers reports whether the actor covers what an assignment gives until then, and
// adds to missing what the actor lacks.
func (a *authority) covers(assignment *Assignment, until time.Time, missing *Permissions) bool {
	role, reason := a.policy.roleFor(assignment.Role, a.place)
	if reason != ReasonGranted {
		return false
	}
	if end, administered := a.administered[assignment.Role]; administered && !end.Before(until) {
		return true
	}
	covered := !a.policy.hasPower(assignment.Role)
	for position, granted := range role.grants {
		covered = a.coversScopes(position, granted&^ScopeAssigned, until, missing) && covered
	}
	return a.coversPrograms(role, assignment.MiniPrograms, until, missing) && covered
}

// coversNow is covers for what must be covered now and no longer. What any
// administered role grants covers it too.
func (a *authority) coversNow(assignment *Assignment, missing *Permissions) bool {
	role, reason := a.policy.roleFor(assignment.Role, a.place)
	if reason != ReasonGranted {
		return false
	}
	if _, administered := a.administered[assignment.Role]; administered {
		return true
	}
	covered := a.coversPowerNow(assignment.Role)
	for position, granted := range role.grants {
		needed := a.withoutLent(position, granted&^ScopeAssigned)
		covered = a.coversScopes(position, needed, a.now, missing) && covered
	}
	return a.coversProgramsNow(role, assignment.MiniPrograms, missing) && covered
}

// coversPowerNow reports whether the actor administers all that a role administers.
func (a *authority) coversPowerNow(id RoleID) bool {
	if covered, known := a.powers[id]; known {
		return covered
	}
	covered := !slices.ContainsFunc(a.policy.administered(id), func(id RoleID) bool {
		_, administered := a.administered[id]
		return !administered
	})
	if a.powers == nil {
		a.powers = make(map[RoleID]bool)
	}
	a.powers[id] = covered
	return covered
}

// onAssignedOnly returns what the role grants on mini programs that are assigned, and not
// on others: what adding a mini program gives, and taking one takes.
func (r *compiledRole) onAssignedOnly() *compiledRole {
	only := &compiledRole{kind: r.kind, grants: make([]Scope, len(r.grants))}
	for position, granted := range r.grants {
		if granted&(ScopeWorkspace|ScopeTenant) == 0 {
			only.grants[position] = granted & ScopeAssigned
		}
	}
	return only
}

// coversBeyond is covers for what an assignment gives and another, which lasts as long,
// does not.
func (a *authority) coversBeyond(old *compiledRole, held, by *Assignment, missing *Permissions) bool {
	role, _ := a.policy.roleFor(by.Role, a.place)
	if a.administers(by) {
		return true
	}
	covered := held.Role == by.Role || !a.policy.hasPower(by.Role)
	beyond := compiledRole{kind: role.kind, grants: make([]Scope, len(role.grants))}
	both := compiledRole{kind: role.kind, grants: make([]Scope, len(role.grants))}
	for position, granted := range role.grants {
		kept := covering(old.grants[position], true)
		covered = a.coversScopes(position, granted&^ScopeAssigned&^kept, by.end(), missing) && covered
		if granted&ScopeAssigned&^kept == 0 {
			continue
		}
		beyond.grants[position] = ScopeAssigned
		if old.grants[position]&ScopeAssigned == 0 {
			both.grants[position] = ScopeAssigned
		}
	}
	added := missingFrom(held.MiniPrograms, by.MiniPrograms)
	kept := missingFrom(added, by.MiniPrograms)
	covered = a.coversPrograms(&beyond, added, by.end(), missing) && covered
	return a.coversPrograms(&both, kept, by.end(), missing) && covered
}

// coversScopes reports whether the actor covers the scopes of an action until then.
func (a *authority) coversScopes(position int, scopes Scope, until time.Time, missing *Permissions) bool {
	covered := true
	for ; scopes != 0; scopes &= scopes - 1 {
		if end := a.ends[position][bits.TrailingZeros8(uint8(scopes))]; end.IsZero() || end.Before(until) {
			a.lack(missing, position, scopes&-scopes)
			covered = false
		}
	}
	return covered
}

// coversPrograms reports whether the actor covers what a role grants on assigned mini
// programs until then.
func (a *authority) coversPrograms(role *compiledRole, programs []string, until time.Time, missing *Permissions) bool {
	var needed []int
	for position, granted := range role.grants {
		if granted&ScopeAssigned != 0 && !a.coversScopes(position, ScopeAssigned, until, nil) {
			needed = append(needed, position)
		}
	}
	return a.coversNamed(needed, programs, until, missing)
}

func (a *authority) coversProgramsNow(role *compiledRole, programs []string, missing *Permissions) bool {
	var needed []int
	for position, granted := range role.grants {
		assigned := a.withoutLent(position, granted&ScopeAssigned)
		if assigned != 0 && !a.coversScopes(position, assigned, a.now, nil) {
			needed = append(needed, position)
		}
	}
	return a.coversNamed(needed, programs, a.now, missing)
}

// coversNamed reports whether assignments of the actor that name the mini programs
// grant the actions there until then.
func (a *authority) coversNamed(positions []int, programs []string, until time.Time, missing *Permissions) bool {
	covered := true
	for _, program := range programs {
		if program == "" {
			continue // an empty ID names nothing
		}
		for _, position := range positions {
			if !slices.ContainsFunc(a.grantsOn(program), func(g assignedGrant) bool {
				return g.grants[position]&ScopeAssigned != 0 && !g.end.Before(until)
			}) {
				a.lack(missing, position, ScopeAssigned)
				covered = false
			}
		}
	}
	return covered
}

// managesMembersOf reports whether the actor may manage the members of all the mini
// programs. It says what Can says of each of them, when another member is the owner.
func (a *authority) managesMembersOf(programs []string) bool {
	action := a.policy.actionIndex.Find(string(ManageMiniProgramMembers))
	if action == nil || action.target&OnMiniProgram == 0 || slices.Contains(programs, "") {
		return false
	}
	if a.coversScopes(action.position, ScopeAssigned, a.now, nil) {
		return true
	}
	return a.coversNamed([]int{action.position}, programs, a.now, nil)
}

// grantsOn returns the actor's assignments that name the mini program, one for each
// role.
func (a *authority) grantsOn(program string) []assignedGrant {
	if a.named != nil || !a.atHome {
		return a.named[program]
	}
	a.named = make(map[string][]assignedGrant)
	for i := range a.actor.active {
		role := &a.actor.active[i]
		for _, id := range role.programs.ids {
			grants := a.named[id]
			known := slices.IndexFunc(grants, func(g assignedGrant) bool { return g.role == role.role })
			switch {
			case known < 0:
				a.named[id] = append(grants, assignedGrant{role.role, role.grants, role.end})
			case grants[known].end.Before(role.end):
				grants[known].end = role.end
			}
		}
	}
	return a.named[program]
}

// withoutLent returns those of the scopes that no administered role grants.
func (a *authority) withoutLent(position int, scopes Scope) Scope {
	if scopes == 0 || len(a.administered) == 0 {
		return scopes
	}
	if a.lent == nil {
		a.lent = make([]Scope, len(a.ends))
		for id := range a.administered {
			a.lend(a.policy.findRole(id))
		}
	}
	return scopes &^ a.lent[position]
}

// lend adds what the holders of an administered role can reach in the workspace.
func (a *authority) lend(role *compiledRole) {
	held := role.heldIn(a.place)
	tenantWide := role.kind == KindTenant && (role.workspace == nil || role.workspace.Tenant == a.place.Tenant)
	for position, granted := range role.grants {
		switch {
		case held:
			a.lent[position] |= granted.covered()
		case tenantWide && granted&ScopeTenant != 0:
			a.lent[position] |= granted.covered()
		}
	}
}

// lack adds to missing what the actor lacks, if anybody wants to know.
func (a *authority) lack(missing *Permissions, position int, scope Scope) {
	if missing == nil {
		return
	}
	if *missing == nil {
		*missing = make(Permissions)
	}
	(*missing)[a.policy.actions[position].name] |= scope
}

// spans reports whether the time of another assignment lies within that of this one.
func (a *Assignment) spans(other *Assignment) bool {
	return !other.NotBefore.Round(0).Before(a.NotBefore) && !a.end().Before(other.end())
}

// isSame reports whether two assignments are the same once a database has stored them.
func (a *Assignment) isSame(other *Assignment) bool {
	return a.Role == other.Role && a.sameBounds(other) && sameIDs(a.MiniPrograms, other.MiniPrograms)
}

func (a *Assignment) sameBounds(other *Assignment) bool {
	return sameBound(a.NotBefore, other.NotBefore) && sameBound(a.NotAfter, other.NotAfter)
}

// sameBound never takes an instant for no bound, not even one that is cut to the zero time.
func sameBound(a, b time.Time) bool { return a.IsZero() == b.IsZero() && stored(a).Equal(stored(b)) }

// without returns the assignments that are not the same as the one that is held.
func without(assignments []Assignment, held *Assignment) []Assignment {
	return slices.DeleteFunc(slices.Clone(assignments), func(a Assignment) bool { return a.isSame(held) })
}
