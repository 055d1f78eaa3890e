package proof

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Law 7 in the reference model: what each step of administration comes to.

// outcome is what a step comes to: what is to be stored, or why not.
type outcome struct {
	member  rbac.Member // as it is to be stored, or as it was
	policy  *reference  // of Define and Undefine
	denied  *rbac.DeniedError
	status  *rbac.StatusError
	invalid string // of a *ValidationError, how its place begins
}

func (o outcome) allowed() bool { return o.denied == nil && o.status == nil && o.invalid == "" }

func denied(action rbac.Action, reason rbac.Reason) *rbac.DeniedError {
	return &rbac.DeniedError{Action: action, Reason: reason}
}

// right is the smallest unit of law 7: one action, with one scope, in one place, for one stretch of time.
type right struct {
	action  rbac.Action
	scope   rbac.Scope // a single flag
	place   rbac.Workspace
	program string    // for ScopeAssigned only
	from    time.Time // not before the time of the question
	until   time.Time // zero: no end
}

// These IDs stand for every mini program and every merchant of the tenant. Nothing in a world has them.
const (
	anyProgram  = "\x00any program"
	anyMerchant = "\x00any merchant"
)

// rightsFrom are the rights that the assignment gives a member of the workspace, now or later.
func (ref reference) rightsFrom(now time.Time, w rbac.Workspace, as rbac.Assignment) []right {
	if ref.roleReason(as.Role, w) != rbac.ReasonGranted || ended(now, as) {
		return nil
	}
	one := right{place: w, from: now, until: as.NotAfter}
	if as.NotBefore.After(now) {
		one.from = as.NotBefore
	}
	return ref.rightsOf(as.Role, one, as.MiniPrograms...)
}

// rightsOf is the right once for each action and scope of the role, and for ScopeAssigned once for each mini program.
func (ref reference) rightsOf(id rbac.RoleID, one right, programs ...string) []right {
	all := make([]right, 0, 2*len(ref.grants[id]))
	for action, scopes := range ref.grants[id] {
		one.action = action
		for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn} {
			if scopes&scope != 0 {
				one.scope = scope
				all = append(all, one)
			}
		}
		if scopes&rbac.ScopeAssigned == 0 {
			continue
		}
		for _, program := range programs {
			if program != "" {
				assigned := one
				assigned.scope, assigned.program = rbac.ScopeAssigned, program
				all = append(all, assigned)
			}
		}
	}
	return all
}

func (have right) covers(want right) bool {
	return have.reaches(want) && !want.from.Before(have.from) && lasts(have.until, want.until)
}

// reaches is covers, whatever the times are.
func (have right) reaches(want right) bool {
	if have.action != want.action {
		return false
	}
	if have.scope == rbac.ScopeTenant {
		return have.place.Kind == rbac.KindTenant && have.place.Tenant == want.place.Tenant
	}
	everyMerchant := have.place.ID == anyMerchant && want.place.Kind == rbac.KindDeveloper &&
		have.place.Tenant == want.place.Tenant
	if have.place != want.place && !everyMerchant {
		return false
	}
	if have.scope == rbac.ScopeWorkspace {
		return want.scope != rbac.ScopeTenant
	}
	return have.scope == want.scope && (have.program == want.program || have.program == anyProgram)
}

// lasts says whether what ends at until lasts as long as is wanted. The zero time is no end.
func lasts(until, wanted time.Time) bool {
	if until.IsZero() {
		return true
	}
	return !wanted.IsZero() && !until.Before(wanted)
}

// spans says whether the whole is in force for all the time of the part.
func spans(whole, part rbac.Assignment) bool {
	return !part.NotBefore.Before(whole.NotBefore) && lasts(whole.NotAfter, part.NotAfter)
}

// uncovered are the wanted rights that nothing held covers.
func uncovered(held, wanted []right) []right {
	var all []right
	for _, want := range wanted {
		if !slices.ContainsFunc(held, func(have right) bool { return have.covers(want) }) {
			all = append(all, want)
		}
	}
	return all
}

// power is what an actor can cover in one workspace.
type power struct {
	ref          reference
	now          time.Time
	place        rbac.Workspace
	rights       []right                     // of the assignments in force
	administered map[rbac.RoleID][]time.Time // until when, for each assignment that administers the role
}

func (ref reference) powerOf(now time.Time, by rbac.Member, place rbac.Workspace) power {
	p := power{ref: ref, now: now, place: place, administered: map[rbac.RoleID][]time.Time{}}
	if memberReason(by) != rbac.ReasonGranted {
		return p
	}
	for _, as := range by.Assignments {
		if !inForce(now, as) || ref.roleReason(as.Role, by.Workspace) != rbac.ReasonGranted {
			continue
		}
		p.rights = append(p.rights, ref.rightsFrom(now, by.Workspace, as)...)
		for _, id := range ref.administers[as.Role] {
			p.administered[id] = append(p.administered[id], as.NotAfter)
		}
	}
	return p
}

// lent is what the administered roles grant. It covers what must be covered only now.
func (p power) lent() []right {
	var all []right
	for id := range p.administered {
		all = append(all, p.ref.everythingOf(p.now, id, p.place)...)
	}
	return all
}

// everythingOf are the rights that a role gives in the workspace to some member, on any mini program: to one of the
// workspace, or to one of its tenant.
func (ref reference) everythingOf(now time.Time, id rbac.RoleID, place rbac.Workspace) []right {
	home := place
	if ref.kinds[id] == rbac.KindTenant {
		home = rbac.Workspace{Kind: rbac.KindTenant, ID: place.Tenant, Tenant: place.Tenant}
	}
	return ref.rightsFrom(now, home, rbac.Assignment{Role: id, MiniPrograms: []string{anyProgram}})
}

func (p power) administersUntil(id rbac.RoleID, end time.Time) bool {
	return slices.ContainsFunc(p.administered[id], func(until time.Time) bool { return lasts(until, end) })
}

// shortage is what is not covered: some rights, or something that no right can cover.
type shortage struct {
	lacking []right
	refused bool
}

func (s *shortage) add(more shortage) {
	s.lacking, s.refused = append(s.lacking, more.lacking...), s.refused || more.refused
}

func (s shortage) isEmpty() bool { return len(s.lacking) == 0 && !s.refused }

func (s shortage) permissions() rbac.Permissions {
	missing := rbac.Permissions{}
	for _, one := range s.lacking {
		missing[one.action] |= one.scope
	}
	return missing
}

// untilItEnds is what the actor lacks to cover all of the assignment until it ends. Nobody but who administers the role
// covers a role that administers others.
func (p power) untilItEnds(as rbac.Assignment) shortage {
	if p.ref.roleReason(as.Role, p.place) != rbac.ReasonGranted {
		return shortage{refused: true}
	}
	if p.administersUntil(as.Role, as.NotAfter) {
		return shortage{}
	}
	return shortage{
		lacking: uncovered(p.rights, p.ref.rightsFrom(p.now, p.place, as)),
		refused: len(p.ref.administers[as.Role]) > 0,
	}
}

// onlyNow is what the actor lacks to cover all of the assignment now.
func (p power) onlyNow(as rbac.Assignment) shortage {
	if p.ref.roleReason(as.Role, p.place) != rbac.ReasonGranted {
		return shortage{refused: true}
	}
	if len(p.administered[as.Role]) > 0 {
		return shortage{}
	}
	return shortage{
		lacking: p.lacksNow(p.ref.rightsFrom(p.now, p.place, as)),
		refused: slices.ContainsFunc(p.ref.administers[as.Role], func(id rbac.RoleID) bool {
			return len(p.administered[id]) == 0
		}),
	}
}

func (p power) lacksNow(wanted []right) []right {
	wanted = slices.Clone(wanted)
	for i := range wanted {
		wanted[i].from, wanted[i].until = p.now, p.now
	}
	wanted = uncovered(p.rights, wanted)
	if len(wanted) == 0 {
		return nil
	}
	return uncovered(p.lent(), wanted)
}

// beyond is what the actor lacks to cover what the new assignment gives and the old one does not.
func (p power) beyond(old, new rbac.Assignment) shortage {
	if p.ref.roleReason(old.Role, p.place) != rbac.ReasonGranted || !spans(old, new) {
		return p.untilItEnds(new)
	}
	if p.administersUntil(new.Role, new.NotAfter) {
		return shortage{}
	}
	return shortage{
		lacking: uncovered(p.rights, p.ref.gained(p.now, p.place, old, new)),
		refused: old.Role != new.Role && len(p.ref.administers[new.Role]) > 0,
	}
}

// gained are the rights that one assignment gives and the other does not cover.
func (ref reference) gained(now time.Time, place rbac.Workspace, old, new rbac.Assignment) []right {
	return uncovered(ref.rightsFrom(now, place, old), ref.rightsFrom(now, place, new))
}

// demand is what a step on a member asks of the actor: a row of law 7's table.
type demand struct {
	action    rbac.Action       // what a denial names
	needs     []rbac.Action     // what the actor must be allowed to do, in the order in which it is asked
	gives     []rbac.Assignment // what must be covered until it ends
	replaces  *rbac.Assignment  // whose rights need not be covered in what the step gives
	finally   bool              // what is held must be covered until it ends, and not only now
	undefined bool              // held roles that nobody can hold there need no cover
}

// refuses is why the actor may not do the step, or nil.
func (ref reference) refuses(now time.Time, by, on rbac.Member, ask demand) *rbac.DeniedError {
	if reason := personReason(by, on); reason != rbac.ReasonGranted {
		return denied(ask.action, reason)
	}
	for _, action := range ask.needs {
		decision := ref.decide(now, by, action, rbac.Resource{Workspace: on.Workspace, Owner: on.ID})
		if !decision.Allowed {
			return denied(action, decision.Reason)
		}
	}
	for _, as := range ask.gives {
		if reason := ref.cannotHold(now, on.Workspace, as); reason != rbac.ReasonGranted {
			return denied(ask.action, reason)
		}
	}
	p := ref.powerOf(now, by, on.Workspace)
	var given, held shortage
	for _, as := range ask.gives {
		if ask.replaces != nil {
			given.add(p.beyond(*ask.replaces, as))
		} else {
			given.add(p.untilItEnds(as))
		}
	}
	for _, as := range on.Assignments {
		if !ended(now, as) && !(ask.undefined && ref.roleReason(as.Role, on.Workspace) != rbac.ReasonGranted) {
			held.add(p.heldShortage(as, ask.finally))
		}
	}
	return ref.notCovered(now, by, on, ask.action, given, held)
}

func (p power) heldShortage(as rbac.Assignment, finally bool) shortage {
	if finally {
		return p.untilItEnds(as)
	}
	return p.onlyNow(as)
}

// notCovered tells what is missing. Of what the other holds it tells only who may list members.
func (ref reference) notCovered(
	now time.Time, by, on rbac.Member, action rbac.Action, given, held shortage,
) *rbac.DeniedError {
	if given.isEmpty() && held.isEmpty() {
		return nil
	}
	refusal := denied(action, rbac.ReasonNotCovered)
	if ref.allows(now, by, "member.list", rbac.Resource{Workspace: on.Workspace, Owner: on.ID}) {
		given.add(held)
	}
	refusal.Missing = given.permissions()
	return refusal
}

// personReason is why the actor may do nothing to that member.
func personReason(by, on rbac.Member) rbac.Reason {
	if reason := memberReason(by); reason != rbac.ReasonGranted {
		return reason
	}
	if reason := sightReason(by, on.Workspace); reason != rbac.ReasonGranted {
		return reason
	}
	if by.ID == on.ID && by.Workspace.Tenant == on.Workspace.Tenant {
		return rbac.ReasonSelf
	}
	if on.ID == "" || on.Status < rbac.StatusInvited || on.Status > rbac.StatusDeleted {
		return rbac.ReasonInvalidTarget
	}
	return rbac.ReasonGranted
}

// cannotStore reports whether no document can have the ID.
func cannotStore(id string) bool {
	document, err := json.Marshal(id)
	return id == "" || err != nil || strings.Contains(strings.ToLower(string(document)), `\ufffd`) ||
		strings.ContainsRune(id, '\ufffd')
}

// cannotHold is why no member of the workspace can hold the assignment.
func (ref reference) cannotHold(now time.Time, w rbac.Workspace, as rbac.Assignment) rbac.Reason {
	if reason := ref.roleReason(as.Role, w); reason != rbac.ReasonGranted {
		return reason
	}
	tooLate := time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC)
	if slices.ContainsFunc(as.MiniPrograms, cannotStore) || ended(now, as) || !as.NotBefore.Before(tooLate) ||
		!as.NotAfter.Before(tooLate) {
		return rbac.ReasonInvalidAssignment
	}
	return rbac.ReasonGranted
}

// settingRoles are the actions that a step on assignments needs.
func settingRoles(touched ...rbac.Assignment) []rbac.Action {
	needs := []rbac.Action{"member.set_role"}
	if slices.ContainsFunc(touched, func(as rbac.Assignment) bool { return len(as.MiniPrograms) > 0 }) {
		needs = append(needs, "member.assign_miniprograms")
	}
	return needs
}

// finalStatus is why a withdrawn or deleted member can be given nothing and nothing taken.
func finalStatus(step string, on rbac.Member) *rbac.StatusError {
	if on.Status == rbac.StatusWithdrawn || on.Status == rbac.StatusDeleted {
		return &rbac.StatusError{Step: step, Status: on.Status}
	}
	return nil
}

// invite is Subject.Invite. An invitation is sent when it is stored, in microseconds.
func (ref reference) invite(
	now time.Time, by rbac.Member, id string, w rbac.Workspace, given ...rbac.Assignment,
) outcome {
	guest := rbac.Member{ID: id, Workspace: w, Status: rbac.StatusInvited, InvitedAt: cut(now), Assignments: given}
	stranger := guest
	stranger.Assignments = nil
	ask := demand{action: "member.invite", needs: []rbac.Action{"member.invite"}, gives: given}
	if cannotStore(id) && personReason(by, stranger) == rbac.ReasonGranted {
		return outcome{denied: denied("member.invite", rbac.ReasonInvalidTarget)}
	}
	if refusal := ref.refuses(now, by, stranger, ask); refusal != nil {
		return outcome{denied: refusal}
	}
	for i, as := range given {
		if ref.conflicts(now, given[:i], as) {
			return outcome{denied: denied("member.invite", rbac.ReasonExclusive)}
		}
	}
	return outcome{member: guest}
}

// conflicts says whether the assignment excludes one of the others.
func (ref reference) conflicts(now time.Time, others []rbac.Assignment, as rbac.Assignment) bool {
	return slices.ContainsFunc(others, func(other rbac.Assignment) bool {
		return ref.excludes(other.Role, as.Role) && overlap(now, other, as)
	})
}

func (ref reference) assign(now time.Time, by, on rbac.Member, given rbac.Assignment) outcome {
	ask := demand{action: "member.set_role", needs: settingRoles(given), gives: []rbac.Assignment{given}}
	if refusal := ref.refuses(now, by, on, ask); refusal != nil {
		return outcome{member: on, denied: refusal}
	}
	if final := finalStatus("assign", on); final != nil {
		return outcome{member: on, status: final}
	}
	if ref.conflicts(now, on.Assignments, given) {
		return outcome{member: on, denied: denied("member.set_role", rbac.ReasonExclusive)}
	}
	on.Assignments = append(slices.Clone(on.Assignments), given)
	return outcome{member: on}
}

func (ref reference) revoke(now time.Time, by, on rbac.Member, taken rbac.Assignment) outcome {
	ask := demand{
		action: "member.set_role", needs: settingRoles(taken),
		undefined: ref.roleReason(taken.Role, on.Workspace) != rbac.ReasonGranted,
	}
	if refusal := ref.refuses(now, by, on, ask); refusal != nil {
		return outcome{member: on, denied: refusal}
	}
	if final := finalStatus("revoke", on); final != nil {
		return outcome{member: on, status: final}
	}
	if !slices.ContainsFunc(on.Assignments, sameAs(taken)) {
		return outcome{member: on, denied: denied("member.set_role", rbac.ReasonNotHeld)}
	}
	on.Assignments = slices.DeleteFunc(slices.Clone(on.Assignments), sameAs(taken))
	return outcome{member: on}
}

// replace is Subject.Replace. Bounds that are the same once they are stored stay as the member has them.
func (ref reference) replace(now time.Time, by, on rbac.Member, old, new rbac.Assignment) outcome {
	at := slices.IndexFunc(on.Assignments, sameAs(old))
	if at >= 0 {
		old = on.Assignments[at]
	}
	if sameBounds(old, new) {
		new.NotBefore, new.NotAfter = old.NotBefore, old.NotAfter
	}
	action, refusal := ref.refusesToReplace(now, by, on, old, new)
	if refusal != nil {
		return outcome{member: on, denied: refusal}
	}
	if final := finalStatus("replace", on); final != nil {
		return outcome{member: on, status: final}
	}
	if at < 0 {
		return outcome{member: on, denied: denied(action, rbac.ReasonNotHeld)}
	}
	others := slices.DeleteFunc(slices.Clone(on.Assignments), sameAs(old))
	if ref.conflicts(now, others, new) {
		return outcome{member: on, denied: denied(action, rbac.ReasonExclusive)}
	}
	on.Assignments = slices.Insert(others, at, new)
	return outcome{member: on}
}

// refusesToReplace asks for the right to set roles, and then for the right to manage the members of the mini programs.
// If both refuse, the one that got farther gives the reason. It returns the action that the step rests on.
func (ref reference) refusesToReplace(
	now time.Time, by, on rbac.Member, old, new rbac.Assignment,
) (rbac.Action, *rbac.DeniedError) {
	ask := demand{
		action: "member.set_role", needs: settingRoles(old, new),
		gives: []rbac.Assignment{new}, replaces: &old,
	}
	refusal := ref.refuses(now, by, on, ask)
	if refusal == nil || !ref.mayDelegate(now, by, on, old, new) {
		return "member.set_role", refusal
	}
	delegated := ref.refusesDelegation(now, by, on, old, new)
	if delegated != nil && refusal.Reason == rbac.ReasonNotCovered {
		return "member.set_role", refusal
	}
	return "miniprogram.manage_members", delegated
}

// mayDelegate says whether the step only adds and takes mini programs whose members the actor manages, of the actor's
// own workspace.
func (ref reference) mayDelegate(now time.Time, by, on rbac.Member, old, new rbac.Assignment) bool {
	if personReason(by, on) != rbac.ReasonGranted || by.Workspace != on.Workspace {
		return false
	}
	if old.Role != new.Role || !sameBounds(old, new) {
		return false
	}
	changed := slices.Concat(missing(old.MiniPrograms, new.MiniPrograms), missing(new.MiniPrograms, old.MiniPrograms))
	for _, program := range changed {
		resource := rbac.Resource{Workspace: on.Workspace, MiniProgram: program, Owner: on.ID}
		if program == "" || !ref.allows(now, by, "miniprogram.manage_members", resource) {
			return false
		}
	}
	return len(changed) > 0
}

// refusesDelegation asks to cover what is added until it ends, and what is taken now.
func (ref reference) refusesDelegation(now time.Time, by, on rbac.Member, old, new rbac.Assignment) *rbac.DeniedError {
	const action = "miniprogram.manage_members"
	if reason := ref.cannotHold(now, on.Workspace, new); reason != rbac.ReasonGranted {
		return denied(action, reason)
	}
	p := ref.powerOf(now, by, on.Workspace)
	added := p.beyond(old, new)
	taken := shortage{lacking: p.lacksNow(ref.gained(now, on.Workspace, new, old))}
	return ref.notCovered(now, by, on, action, added, taken)
}

// sameAs says which assignments are meant: those that are the same once they are stored.
func sameAs(one rbac.Assignment) func(rbac.Assignment) bool {
	return func(other rbac.Assignment) bool {
		return one.Role == other.Role && sameBounds(one, other) &&
			len(missing(one.MiniPrograms, other.MiniPrograms)) == 0 &&
			len(missing(other.MiniPrograms, one.MiniPrograms)) == 0
	}
}

func sameBounds(one, other rbac.Assignment) bool {
	return sameBound(one.NotBefore, other.NotBefore) && sameBound(one.NotAfter, other.NotAfter)
}

func sameBound(one, other time.Time) bool {
	return one.IsZero() == other.IsZero() && cut(one).Equal(cut(other))
}

// cut is the instant as databases keep it.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Truncate(time.Microsecond)
}

// missing are the wanted IDs that are not among those held.
func missing(held, wanted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(id string) bool { return slices.Contains(held, id) })
}

// lifeStep is one step of a member's life that an actor can take.
type lifeStep struct {
	name    string
	action  rbac.Action
	from    []rbac.Status
	to      rbac.Status
	finally bool // what is held must be covered until it ends
	take    func(s *rbac.Subject, m rbac.Member) (rbac.Member, error)
}

var lifeSteps = []lifeStep{
	{"resend", "member.resend_invitation", []rbac.Status{rbac.StatusInvited}, rbac.StatusInvited, true,
		(*rbac.Subject).Resend},
	{"withdraw", "member.withdraw_invitation", []rbac.Status{rbac.StatusInvited}, rbac.StatusWithdrawn, false,
		(*rbac.Subject).Withdraw},
	{"block", "member.block", []rbac.Status{rbac.StatusActive}, rbac.StatusBlocked, false,
		(*rbac.Subject).Block},
	{"unblock", "member.block", []rbac.Status{rbac.StatusBlocked}, rbac.StatusActive, true,
		(*rbac.Subject).Unblock},
	{"delete", "member.delete", []rbac.Status{rbac.StatusActive, rbac.StatusBlocked}, rbac.StatusDeleted, true,
		(*rbac.Subject).Delete},
}

// stepsFrom are the steps that a status allows.
var stepsFrom = map[rbac.Status][]string{
	rbac.StatusInvited: {"accept", "resend", "withdraw"},
	rbac.StatusActive:  {"block", "delete"},
	rbac.StatusBlocked: {"unblock", "delete"},
}

func (ref reference) changeStatus(now time.Time, by, on rbac.Member, step lifeStep) outcome {
	ask := demand{action: step.action, needs: []rbac.Action{step.action}, finally: step.finally}
	if refusal := ref.refuses(now, by, on, ask); refusal != nil {
		return outcome{member: on, denied: refusal}
	}
	if !slices.Contains(step.from, on.Status) {
		return outcome{member: on, status: &rbac.StatusError{
			Step: step.name, Status: on.Status, Allowed: stepsFrom[on.Status],
		}}
	}
	on.Status = step.to
	if step.name == "resend" {
		on.InvitedAt = cut(now)
	}
	return outcome{member: on}
}

// manage is Subject.Manage, which changes nothing.
func (ref reference) manage(now time.Time, by, on rbac.Member, action rbac.Action) outcome {
	ask := demand{action: action, needs: []rbac.Action{action}, finally: true}
	return outcome{denied: ref.refuses(now, by, on, ask)}
}

// assignable is Subject.Assignable: whatever Assign allows without mini programs and without an end.
func (ref reference) assignable(now time.Time, by, on rbac.Member) []rbac.RoleID {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(ref.kinds)), func(id rbac.RoleID) bool {
		return !ref.assign(now, by, on, rbac.Assignment{Role: id}).allowed()
	})
}

// layers are what a workspace's own layer stands on, and the layer.
func (ref reference) layers() (reference, rbac.Spec) {
	if ref.under == nil {
		return ref, rbac.Spec{}
	}
	layer := ref.layer
	layer.Roles = slices.Clone(layer.Roles)
	return *ref.under, layer
}

// defineRole is Subject.Define.
func (ref reference) defineRole(now time.Time, by rbac.Member, role rbac.Role) outcome {
	if refusal := ref.refusesToDefine(now, by, "role.define"); refusal != nil {
		return outcome{denied: refusal}
	}
	if role.Workspace != (rbac.Workspace{}) && role.Workspace != by.Workspace {
		return outcome{invalid: "role"}
	}
	role.Workspace = by.Workspace
	base, layer := ref.layers()
	touched := ref.ownGrants(by, role.ID)
	at := ownRole(layer, role)
	if at >= 0 {
		if refusal := ref.refusesToChange(now, by, role.ID); refusal != nil {
			return outcome{denied: refusal}
		}
		layer.Roles = slices.Delete(layer.Roles, at, at+1)
	}
	if base.with(layer).isMalformed(role) {
		return outcome{invalid: "role"}
	}
	layer.Roles = append(layer.Roles, role)
	next := base.layered(layer)
	touched = append(touched, next.ownGrants(by, role.ID)...)
	lacking := shortage{lacking: ref.lacksForever(now, by, touched)}
	if refusal := ref.notCovered(now, by, by, "role.define", lacking, shortage{}); refusal != nil {
		return outcome{denied: refusal}
	}
	return outcome{policy: &next}
}

// undefineRole is Subject.Undefine.
func (ref reference) undefineRole(now time.Time, by rbac.Member, id rbac.RoleID) outcome {
	if refusal := ref.refusesToDefine(now, by, "role.define", "member.set_role"); refusal != nil {
		return outcome{denied: refusal}
	}
	base, layer := ref.layers()
	at := ownRole(layer, rbac.Role{ID: id, Workspace: by.Workspace})
	if at < 0 {
		return outcome{invalid: "role"}
	}
	if refusal := ref.refusesToChange(now, by, id); refusal != nil {
		return outcome{denied: refusal}
	}
	lacking := shortage{lacking: ref.lacksForever(now, by, ref.ownGrants(by, id))}
	if refusal := ref.notCovered(now, by, by, "role.define", lacking, shortage{}); refusal != nil {
		return outcome{denied: refusal}
	}
	layer.Roles = slices.Delete(layer.Roles, at, at+1)
	if section := sectionNaming(layer, id); section != "" {
		return outcome{invalid: section}
	}
	next := base.layered(layer)
	return outcome{policy: &next}
}

func ownRole(layer rbac.Spec, role rbac.Role) int {
	return slices.IndexFunc(layer.Roles, func(own rbac.Role) bool {
		return own.ID == role.ID && own.Workspace == role.Workspace
	})
}

// refusesToDefine asks for actions in the actor's own workspace.
func (ref reference) refusesToDefine(now time.Time, by rbac.Member, needs ...rbac.Action) *rbac.DeniedError {
	for _, action := range needs {
		if decision := ref.decide(now, by, action, rbac.Resource{Workspace: by.Workspace}); !decision.Allowed {
			return denied(action, decision.Reason)
		}
	}
	return nil
}

func (ref reference) refusesToChange(now time.Time, by rbac.Member, id rbac.RoleID) *rbac.DeniedError {
	if refusal := ref.refusesToDefine(now, by, "member.set_role"); refusal != nil {
		return refusal
	}
	if slices.ContainsFunc(by.Assignments, func(as rbac.Assignment) bool { return as.Role == id }) {
		return denied("role.define", rbac.ReasonSelf)
	}
	return nil
}

// ownGrants are the rights that a role of the actor's workspace grants its holders, on any mini program.
func (ref reference) ownGrants(by rbac.Member, id rbac.RoleID) []right {
	if ref.owners[id] != by.Workspace {
		return nil
	}
	return ref.rightsOf(id, right{place: by.Workspace}, anyProgram)
}

// lacksForever are the rights that no permission of the actor without an end covers. A mini program that is assigned to
// the actor covers nothing here, because the role may be given on any.
func (ref reference) lacksForever(now time.Time, by rbac.Member, wanted []right) []right {
	wanted = slices.Clone(wanted)
	for i := range wanted {
		wanted[i].from = now
	}
	return uncovered(ref.powerOf(now, by, by.Workspace).rights, wanted)
}

// isMalformed says whether the role cannot be added to the policy.
func (ref reference) isMalformed(role rbac.Role) bool {
	_, taken := ref.kinds[role.ID]
	if taken || !isName(string(role.ID)) || role.Kind != role.Workspace.Kind || strings.Contains(role.Name, "\n") {
		return true
	}
	whole := ref.with(rbac.Spec{Roles: []rbac.Role{role}})
	for action, scopes := range role.Permissions {
		if _, declared := ref.targets[action]; !declared || scopes >= 2*rbac.ScopeTenant {
			return true
		}
		for _, scope := range eachScope {
			if scopes&scope != 0 && !isUsable(scope, role.Kind, ref.targets[action]) {
				return true
			}
		}
		if whole.neverUnderFourEyes(role.ID, action) {
			return true
		}
	}
	return false
}

// isName says whether each part between dots begins with a letter, and goes on with letters, digits and underscores.
func isName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || !strings.Contains(letters, part[:1]) || strings.Trim(part, letters+"0123456789_") != "" {
			return false
		}
	}
	return len(name) <= 64
}

// sectionNaming is the first section of the layer that names the role without defining it.
func sectionNaming(layer rbac.Spec, id rbac.RoleID) string {
	if _, extended := layer.Extend[id]; extended {
		return "extend"
	}
	for actor, administered := range layer.Administers {
		if actor == id || slices.Contains(administered, id) {
			return "administers"
		}
	}
	if slices.ContainsFunc(layer.Exclusive, func(set []rbac.RoleID) bool { return slices.Contains(set, id) }) {
		return "exclusive"
	}
	if _, bounded := layer.AtLeast[id]; bounded {
		return "at_least"
	}
	if _, bounded := layer.AtMost[id]; bounded {
		return "at_most"
	}
	return ""
}
