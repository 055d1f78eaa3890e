package proof

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// A coalition is a number of members who administer each other, as far as the library allows. Together they try to gain
// a right that none of them had at the start. TestLaw7NoEscalation and FuzzAdministration walk through it at random.

// coalition has a policy for each workspace: that of the platform, or what With makes of it. A step is asked of the
// policy of the workspace of the member that it changes.
type coalition struct {
	label string
	timeline
	specs   []rbac.Spec // of the platform
	base    office
	offices map[rbac.Workspace]office
	members []rbac.Member
	pooled  map[rbac.Action][]right // what there was at the start
	defined int                     // how many policies have come of allowed definitions
}

// office is the policy of one workspace, with the reference for it.
type office struct {
	policy *rbac.Policy
	ref    reference
	vocabulary
}

func newOffice(p *rbac.Policy, ref reference) office { return office{p, ref, vocabularyOf(ref)} }

func (c *coalition) String() string { return c.label }

func (c *coalition) at(w rbac.Workspace) office {
	if own, found := c.offices[w]; found {
		return own
	}
	return c.base
}

var coalitionPlaces = []rbac.Workspace{
	theWallet, theWallet, theShop, theShop, walletCafe, namesakeOfWallet, namesakeOfShop,
}

// founders can do something on one platform or the other.
var founders = []rbac.Member{
	staff("fay", theWallet, inRole(rbac.WorkspaceAdmin), inRole("tenant_chief")),
	staff("gus", theShop, inRole(rbac.DeveloperAdmin), inRole("developer_chief")),
}

// newCoalition has a platform of its own nine times in ten, and otherwise the default policy with more roles.
func newCoalition(t testing.TB, d dice, defaults reference) *coalition {
	t.Helper()
	c := &coalition{timeline: stepTime(), offices: map[rbac.Workspace]office{}, pooled: map[rbac.Action][]right{}}
	ref := noRules()
	if chance(d, 10) {
		ref = defaults
		c.specs = []rbac.Spec{rbac.Defaults(), adminSpec(d, defaults)}
		ref = ref.with(c.specs[1])
	} else {
		c.specs = []rbac.Spec{smallSpec(d)}
		ref = ref.with(c.specs[0])
	}
	custom := anySpec(d, "custom", ref)
	custom.AtMost = nil
	if !chance(d, 10) {
		custom.FourEyes = nil
	}
	if chance(d, 10) {
		custom.FourEyes = ref.with(custom).possibleFourEyes(append(custom.FourEyes, rbac.DefineRole))
	}
	c.specs = append(c.specs, custom)
	c.base = newOffice(policyOf(t, c.specs...), ref.with(custom))
	for _, place := range unique(coalitionPlaces) {
		if chance(d, 70) {
			c.open(t, place, layerFor(d, place, c.base.ref))
		}
	}
	if chance(d, 80) {
		c.members = append(c.members, founders...)
	}
	for range 6 {
		c.members = append(c.members, c.anyColleague(d))
	}
	c.pool()
	return c
}

// open gives a workspace a layer of its own.
func (c *coalition) open(t testing.TB, place rbac.Workspace, layer rbac.Spec) {
	t.Helper()
	policy, err := c.base.policy.With(layer)
	if err != nil {
		t.Fatalf("With refuses a valid layer: %v\n%+v\non %+v", err, layer, c.specs)
	}
	c.offices[place] = newOffice(policy, c.base.ref.layered(layer))
}

// stepTime has bounds at the instant of the question and around it, some of which databases do not tell apart.
func stepTime() timeline {
	c := fixedTime()
	c.bounds = []time.Duration{-48 * time.Hour, -time.Hour, -1, 0, 1, 2, time.Microsecond, time.Hour, 48 * time.Hour}
	return c
}

// administration are the actions that the steps ask for.
var administration = map[rbac.Action]rbac.Target{
	rbac.ListMembers: rbac.OnWorkspace, rbac.InviteMember: rbac.OnWorkspace, rbac.WithdrawInvitation: rbac.OnWorkspace,
	rbac.ResendInvitation: rbac.OnWorkspace, rbac.SetMemberRole: rbac.OnWorkspace,
	rbac.AssignMiniPrograms: rbac.OnWorkspace, rbac.BlockMember: rbac.OnWorkspace, rbac.DeleteMember: rbac.OnWorkspace,
	rbac.DefineRole: rbac.OnWorkspace, rbac.ManageMiniProgramMembers: rbac.OnMiniProgram,
}

// smallSpec is a platform with few actions, so that members often cover each other and often do not.
func smallSpec(d dice) rbac.Spec {
	spec := rbac.Spec{
		Actions:     maps.Clone(administration),
		Administers: map[rbac.RoleID][]rbac.RoleID{"tenant_chief": {"developer_chief"}},
	}
	spec.Actions["job.read"], spec.Actions["job.do"] = rbac.OnAny, rbac.OnMiniProgram
	spec.Actions["job.sign"] = pick(d, targets)
	for _, kind := range kinds {
		roles := smallRoles(d, kind, spec.Actions)
		spec.Roles = append(spec.Roles, roles...)
		chief := roles[1].ID
		for _, role := range roles {
			if chance(d, 60) {
				spec.Administers[chief] = append(spec.Administers[chief], role.ID)
			}
		}
	}
	if chance(d, 40) { // the chief administers what nobody in the wallet can hold
		banks := spec.Roles[0]
		banks.ID, banks.Workspace = "banks", theBank
		spec.Roles = append(spec.Roles, banks)
		spec.Administers["tenant_chief"] = append(spec.Administers["tenant_chief"], banks.ID)
	}
	if chance(d, 60) {
		spec.Exclusive = [][]rbac.RoleID{
			{"tenant_2", "tenant_3", "tenant_4"}, {"developer_2", "developer_3", "developer_4"},
		}
	}
	for id, more := range anyAdministers(d, noRules().with(spec)) {
		spec.Administers[id] = unique(slices.Concat(spec.Administers[id], more))
	}
	return spec
}

// smallRoles are five roles of a kind, each with less than the one before. The second is the chief.
func smallRoles(d dice, kind rbac.WorkspaceKind, actions map[rbac.Action]rbac.Target) []rbac.Role {
	var roles []rbac.Role
	for i, widest := range []rbac.Scope{
		rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeWorkspace,
		rbac.ScopeAssigned | rbac.ScopeOwn, rbac.ScopeAssigned,
	} {
		role := rbac.Role{ID: rbac.RoleID(fmt.Sprintf("%s_%d", kind, i)), Kind: kind, Permissions: rbac.Permissions{}}
		if i == 1 {
			role.ID = rbac.RoleID(kind.String() + "_chief")
		}
		for _, action := range slices.Sorted(maps.Keys(actions)) {
			for _, scope := range eachScope {
				refusedByFourEyes := action == rbac.DefineRole && scope == rbac.ScopeOwn
				if widest&scope != 0 && isUsable(scope, kind, actions[action]) && !refusedByFourEyes &&
					chance(d, 97-10*i) {
					role.Permissions[action] |= scope
				}
			}
		}
		roles = append(roles, role)
	}
	return roles
}

// adminSpec defines roles whose holders can give a lot: an admin of the whole tenant, and deputies of both kinds.
func adminSpec(d dice, known reference) rbac.Spec {
	everywhere, wallet, shop := rbac.Permissions{}, rbac.Permissions{}, rbac.Permissions{}
	for _, action := range vocabularyOf(known).actions {
		if chance(d, 97) {
			everywhere[action] = rbac.ScopeTenant
		}
		wallet[action] = known.grants[rbac.WorkspaceAdmin][action]
		shop[action] = known.grants[rbac.DeveloperAdmin][action]
		if chance(d, 5) {
			wallet[action], shop[action] = 0, 0
		}
	}
	return rbac.Spec{Roles: []rbac.Role{
		{ID: "tenant_admin", Kind: rbac.KindTenant, Permissions: everywhere},
		{ID: "wallet_deputy", Kind: rbac.KindTenant, Permissions: wallet},
		{ID: "shop_deputy", Kind: rbac.KindDeveloper, Permissions: shop},
	}}
}

// layerFor is what a workspace adds for itself: roles of its own, which roles of the platform may administer.
func layerFor(d dice, place rbac.Workspace, known reference) rbac.Spec {
	layer := rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{}}
	for i := range d.IntN(4) {
		role := rbac.Role{ID: rbac.RoleID(fmt.Sprintf("own_%d", i)), Kind: place.Kind, Workspace: place}
		role.Permissions = anyPermissions(d, known, place.Kind)
		if chance(d, 10) {
			role.Workspace = rbac.Workspace{}
		}
		layer.Roles = append(layer.Roles, role)
	}
	known = known.with(layer)
	for _, role := range layer.Roles {
		boss := pick(d, vocabularyOf(known).roles)
		if chance(d, 40) && known.canAdminister(boss, role.ID) {
			layer.Administers[boss] = append(layer.Administers[boss], role.ID)
		}
	}
	layer.Exclusive = anyExclusive(d, known)
	return layer
}

func (c *coalition) anyColleague(d dice) rbac.Member {
	m := rbac.Member{
		ID:        mostly(d, 4, oddMemberIDs, memberIDs),
		Workspace: pick(d, coalitionPlaces),
		Status:    anyStatus(d),
		Suspended: chance(d, 4),
		InvitedAt: c.now.Add(-time.Hour),
	}
	if chance(d, 2) {
		m.Workspace = pick(d, contradictory)
	}
	for range d.IntN(4) {
		m.Assignments = append(m.Assignments, c.anyRoleFor(d, m.Workspace))
	}
	return m
}

// powerful are roles that administer much.
var powerful = []rbac.RoleID{
	rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, "tenant_admin", "wallet_deputy",
	"tenant_0", "tenant_chief", "tenant_2",
	rbac.DeveloperAdmin, rbac.Developer, "shop_deputy", "developer_chief", "developer_2", "developer_3",
}

func (c *coalition) anyRoleFor(d dice, place rbac.Workspace) rbac.Assignment {
	known := c.at(place).ref
	as := c.at(place).anyAssignment(d, c.timeline, place.Kind)
	fitting := slices.DeleteFunc(slices.Clone(powerful), func(id rbac.RoleID) bool {
		return known.roleReason(id, place) != rbac.ReasonGranted
	})
	if chance(d, 55) {
		as.Role = oneOf(d, fitting, as.Role)
	}
	if chance(d, 60) {
		as.NotBefore, as.NotAfter = time.Time{}, time.Time{}
	}
	return as
}

// pool keeps what there is at the start: what the members' assignments give, whatever the members' status, and what the
// roles grant which those administer, directly or through others, in every workspace that such a role reaches.
func (c *coalition) pool() {
	for _, m := range c.members {
		known := c.at(m.Workspace).ref
		for _, as := range m.Assignments {
			c.keep(known.rightsFrom(c.now, m.Workspace, as)...)
			c.poolAdministered(m.Workspace, as, known)
			if m.Workspace.Kind != rbac.KindTenant {
				continue
			}
			for place, office := range c.offices {
				if place.Tenant == m.Workspace.Tenant {
					c.poolAdministered(m.Workspace, as, office.ref)
				}
			}
		}
	}
}

// poolAdministered keeps what the roles grant that an assignment administers, for as long as it is in force.
func (c *coalition) poolAdministered(home rbac.Workspace, as rbac.Assignment, known reference) {
	if known.roleReason(as.Role, home) != rbac.ReasonGranted || ended(c.now, as) {
		return
	}
	for _, id := range known.administeredBy(as.Role) {
		one := right{place: home, from: c.now, until: as.NotAfter}
		if as.NotBefore.After(c.now) {
			one.from = as.NotBefore
		}
		if known.kinds[id] != home.Kind {
			one.place = rbac.Workspace{Kind: known.kinds[id], ID: anyMerchant, Tenant: home.Tenant}
		}
		if owner, owned := known.owners[id]; owned {
			one.place = owner
		}
		c.keep(known.rightsOf(id, one, anyProgram)...)
	}
}

func (c *coalition) keep(given ...right) {
	for _, one := range given {
		c.pooled[one.action] = append(c.pooled[one.action], one)
	}
}

// administeredBy are the roles that a role administers, directly or through others.
func (ref reference) administeredBy(id rbac.RoleID) []rbac.RoleID {
	all := slices.Clone(ref.administers[id])
	for i := 0; i < len(all); i++ {
		all = unique(append(all, ref.administers[all[i]]...))
	}
	return all
}

// escalations are the rights that a member has or will have at some instant from now on, and that nothing gave at the
// start. The member's status does not matter: it may change.
func (c *coalition) escalations(m rbac.Member) []right {
	known := c.at(m.Workspace).ref
	var gained []right
	for _, as := range m.Assignments {
		for _, have := range known.rightsFrom(c.now, m.Workspace, as) {
			if !c.gaveAlways(have) {
				gained = append(gained, have)
			}
		}
	}
	return gained
}

// gaveAlways goes from instant to instant, as far as the rights of the start last.
func (c *coalition) gaveAlways(have right) bool {
	for at := have.from; ; {
		last, found := at, false
		for _, given := range c.pooled[have.action] {
			if given.from.After(at) || !given.reaches(have) {
				continue
			}
			if lasts(given.until, have.until) {
				return true
			}
			if given.until.After(last) {
				last, found = given.until, true
			}
		}
		if !found {
			return false
		}
		at = last
	}
}

// trial is one step of administration that somebody tries.
type trial struct {
	what  func() string
	by    rbac.Member
	on    rbac.Member
	got   answer        // of the library
	want  outcome       // of the reference model
	store func(*answer) // keeps what an allowed step returns
}

// answer is what the library returns.
type answer struct {
	member rbac.Member
	policy *rbac.Policy
	err    error
}

func (tr trial) String() string {
	return fmt.Sprintf("%s\n  by %s\n  on %s", tr.what(), memberText(tr.by), memberText(tr.on))
}

// text says what is tried, once somebody wants to know.
func text(what string, assignments ...rbac.Assignment) func() string {
	return func() string {
		for _, as := range assignments {
			what += "\n    " + assignmentText(as)
		}
		return what
	}
}

// disagreement says how the library and the model differ, if they do.
func (tr trial) disagreement() string {
	want, got := tr.want, tr.got
	if want.allowed() {
		if got.err != nil || !equalMembers(got.member, want.member) {
			return fmt.Sprintf("the step is allowed, and gives\n  %s\nthe library gives\n  %s, %v",
				memberText(want.member), memberText(got.member), got.err)
		}
		return ""
	}
	if !equalMembers(got.member, want.member) || got.policy != nil {
		return fmt.Sprintf("the step is refused, and the member is not as before: %s", memberText(got.member))
	}
	var denied *rbac.DeniedError
	var status *rbac.StatusError
	var invalid *rbac.ValidationError
	switch {
	case want.denied != nil && errors.As(got.err, &denied):
		if denied.Action == want.denied.Action && denied.Reason == want.denied.Reason &&
			maps.Equal(denied.Missing, want.denied.Missing) && errors.Is(got.err, rbac.ErrDenied) {
			return ""
		}
	case want.status != nil && errors.As(got.err, &status) && reflect.DeepEqual(*status, *want.status):
		return ""
	case want.invalid != "" && errors.As(got.err, &invalid) && strings.HasPrefix(invalid.Place, want.invalid):
		return ""
	}
	return fmt.Sprintf("want %v, got %v", want.text(), got.err)
}

func (o outcome) text() string {
	switch {
	case o.denied != nil:
		return fmt.Sprintf("%v (%v)", o.denied, o.denied.Reason)
	case o.status != nil:
		return o.status.Error()
	}
	return "a *ValidationError at " + o.invalid
}

func equalMembers(a, b rbac.Member) bool {
	return a.ID == b.ID && a.Workspace == b.Workspace && a.Status == b.Status && a.Suspended == b.Suspended &&
		a.InvitedAt.Equal(b.InvitedAt) && slices.EqualFunc(a.Assignments, b.Assignments, equalAssignments)
}

func equalAssignments(a, b rbac.Assignment) bool {
	return a.Role == b.Role && slices.Equal(a.MiniPrograms, b.MiniPrograms) &&
		a.NotBefore.Equal(b.NotBefore) && a.NotAfter.Equal(b.NotAfter)
}

// trials are the steps, and how often each is tried.
var trials = []struct {
	name  string
	often int
	try   func(c *coalition, d dice) trial
}{
	{"invite", 3, (*coalition).tryInvite},
	{"assign", 5, (*coalition).tryAssign},
	{"revoke", 4, (*coalition).tryRevoke},
	{"replace", 5, (*coalition).tryReplace},
	{"replace programs", 5, (*coalition).tryReplacePrograms},
	{"change the status", 5, (*coalition).tryStatus},
	{"manage", 2, (*coalition).tryManage},
	{"define", 2, (*coalition).tryDefine},
	{"undefine", 1, (*coalition).tryUndefine},
}

// tryAny tries one step, and returns its name too.
func (c *coalition) tryAny(d dice) (string, trial) {
	var lots []int
	for i, kind := range trials {
		lots = append(lots, slices.Repeat([]int{i}, kind.often)...)
	}
	kind := trials[pick(d, lots)]
	return kind.name, kind.try(c, d)
}

// pair is an actor and the position of a target, which is mostly another member whom the actor can see.
func (c *coalition) pair(d dice) (by rbac.Member, at int) {
	by = pick(d, c.members)
	for range 4 {
		if memberReason(by) == rbac.ReasonGranted && len(by.Assignments) > 0 {
			break
		}
		by = pick(d, c.members)
	}
	var others []int
	for i, m := range c.members {
		if related(by.Workspace, m.Workspace) && by.ID != m.ID {
			others = append(others, i)
		}
	}
	if chance(d, 90) {
		return by, oneOf(d, others, 0)
	}
	return by, d.IntN(len(c.members))
}

// onMember is a step that changes the member at that position.
func (c *coalition) onMember(
	what func() string, by rbac.Member, at int,
	take func(*rbac.Subject, rbac.Member) (rbac.Member, error), want outcome,
) trial {
	tr := trial{what: what, by: by, on: c.members[at], want: want}
	tr.got.member, tr.got.err = take(c.at(tr.on.Workspace).policy.BindAt(c.now, by), tr.on)
	tr.store = func(got *answer) { c.members[at] = got.member }
	return tr
}

func (c *coalition) tryInvite(d dice) trial {
	by, _ := c.pair(d)
	place := by.Workspace
	if chance(d, 30) {
		place = pick(d, coalitionPlaces)
	}
	id := mostly(d, 4, oddMemberIDs, append([]string{"guest"}, memberIDs...))
	var given []rbac.Assignment
	for range d.IntN(3) {
		given = append(given, c.anyRoleFor(d, place))
	}
	guest := rbac.Member{ID: id, Workspace: place, Status: rbac.StatusInvited, Assignments: given}
	tr := trial{what: text("invite"), by: by, on: guest, want: c.at(place).ref.invite(c.now, by, id, place, given...)}
	tr.got.member, tr.got.err = c.at(place).policy.BindAt(c.now, by).Invite(id, place, given...)
	accepts := chance(d, 80)
	tr.store = func(got *answer) {
		if active, err := got.member.Accept(c.now); err == nil && accepts {
			got.member = active
		}
		c.members = append(c.members, got.member)
	}
	return tr
}

func (c *coalition) tryAssign(d dice) trial {
	by, at := c.pair(d)
	on := c.members[at]
	given := c.anyRoleFor(d, on.Workspace)
	if chance(d, 1) {
		given.NotAfter = time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	assign := func(s *rbac.Subject, m rbac.Member) (rbac.Member, error) { return s.Assign(m, given) }
	return c.onMember(text("assign", given), by, at, assign, c.at(on.Workspace).ref.assign(c.now, by, on, given))
}

// anyHeld is mostly an assignment that the member holds, as a host could read it from a database or from a request.
func (c *coalition) anyHeld(d dice, m rbac.Member) rbac.Assignment {
	if len(m.Assignments) == 0 || chance(d, 6) {
		return c.anyRoleFor(d, m.Workspace)
	}
	held := pick(d, m.Assignments)
	switch d.IntN(8) {
	case 0:
		held.NotBefore, held.NotAfter = cut(held.NotBefore), cut(held.NotAfter).UTC()
	case 1:
		held.MiniPrograms = shuffled(d, held.MiniPrograms)
	case 2:
		held.MiniPrograms = slices.Concat(held.MiniPrograms, held.MiniPrograms)
	}
	return held
}

func (c *coalition) tryRevoke(d dice) trial {
	by, at := c.pair(d)
	on := c.members[at]
	held := c.anyHeld(d, on)
	revoke := func(s *rbac.Subject, m rbac.Member) (rbac.Member, error) { return s.Revoke(m, held) }
	return c.onMember(text("revoke", held), by, at, revoke, c.at(on.Workspace).ref.revoke(c.now, by, on, held))
}

func (c *coalition) tryReplace(d dice) trial {
	by, at := c.pair(d)
	held, other := c.anyHeld(d, c.members[at]), c.anyRoleFor(d, c.members[at].Workspace)
	switch d.IntN(4) {
	case 0:
		other.Role = held.Role
	case 1:
		other.NotBefore, other.NotAfter = held.NotBefore, held.NotAfter
	case 2:
		other.MiniPrograms = held.MiniPrograms
	}
	return c.tryToReplace(by, at, held, other)
}

// tryReplacePrograms adds mini programs to an assignment or takes them, mostly mini programs of the actor.
func (c *coalition) tryReplacePrograms(d dice) trial {
	by, at := c.pair(d)
	held := c.anyHeld(d, c.members[at])
	other := held
	programs := oneOf(d, by.Assignments, rbac.Assignment{}).MiniPrograms
	if len(programs) == 0 || chance(d, 20) {
		programs = anyPrograms(d)
	}
	if chance(d, 50) {
		other.MiniPrograms = slices.Concat(held.MiniPrograms, programs)
	} else {
		other.MiniPrograms = missing(programs, held.MiniPrograms)
	}
	if chance(d, 10) {
		other.NotAfter = held.NotAfter.Add(pick(d, []time.Duration{-1, 1, 100, time.Microsecond}))
	}
	return c.tryToReplace(by, at, held, other)
}

func (c *coalition) tryToReplace(by rbac.Member, at int, held, other rbac.Assignment) trial {
	on := c.members[at]
	replace := func(s *rbac.Subject, m rbac.Member) (rbac.Member, error) { return s.Replace(m, held, other) }
	return c.onMember(text("replace", held, other), by, at, replace,
		c.at(on.Workspace).ref.replace(c.now, by, on, held, other))
}

func (c *coalition) tryStatus(d dice) trial {
	by, at := c.pair(d)
	on, step := c.members[at], pick(d, lifeSteps)
	return c.onMember(text(step.name), by, at, step.take, c.at(on.Workspace).ref.changeStatus(c.now, by, on, step))
}

func (c *coalition) tryManage(d dice) trial {
	by, at := c.pair(d)
	on := c.members[at]
	action := pick(d, c.at(on.Workspace).actions)
	if chance(d, 30) {
		action = pick(d, []rbac.Action{"job.read", "job.sign"})
	}
	if chance(d, 10) {
		action = pick(d, unknownActions)
	}
	tr := trial{what: text("manage: " + string(action)), by: by, on: on}
	tr.want = c.at(on.Workspace).ref.manage(c.now, by, on, action)
	tr.got.err = c.at(on.Workspace).policy.BindAt(c.now, by).Manage(on, action)
	tr.store = func(*answer) {}
	return tr
}

func (c *coalition) tryDefine(d dice) trial {
	by, _ := c.pair(d)
	office := c.at(by.Workspace)
	role := c.anyDefinition(d, by, office)
	tr := trial{what: text(fmt.Sprint("define ", role)), by: by, on: by}
	tr.want = office.ref.defineRole(c.now, by, role)
	tr.got.policy, tr.got.err = office.policy.BindAt(c.now, by).Define(role)
	tr.store = c.keepPolicy(by.Workspace, tr.want)
	return tr
}

func (c *coalition) tryUndefine(d dice) trial {
	by, _ := c.pair(d)
	office := c.at(by.Workspace)
	id := pick(d, office.roles)
	if own := office.ref.layer.Roles; len(own) > 0 && chance(d, 80) {
		id = pick(d, own).ID
	}
	tr := trial{what: text("undefine " + string(id)), by: by, on: by, want: office.ref.undefineRole(c.now, by, id)}
	tr.got.policy, tr.got.err = office.policy.BindAt(c.now, by).Undefine(id)
	tr.store = c.keepPolicy(by.Workspace, tr.want)
	return tr
}

// anyDefinition is a role that is mostly new, or one that the workspace has already.
func (c *coalition) anyDefinition(d dice, by rbac.Member, office office) rbac.Role {
	role := rbac.Role{ID: rbac.RoleID(fmt.Sprintf("own_%d", d.IntN(8))), Kind: by.Workspace.Kind}
	role.Permissions = anyPermissions(d, office.ref, role.Kind)
	held := office.ref.powerOf(c.now, by, by.Workspace).rights
	if len(held) > 0 && chance(d, 80) {
		role.Permissions = somePermissions(d, held)
	}
	switch d.IntN(40) {
	case 0:
		role.ID = pick(d, unknownRoles)
	case 1:
		role.ID = pick(d, office.roles)
	case 2:
		role.Kind = pick(d, kinds)
	case 3:
		role.Workspace = pick(d, coalitionPlaces)
	case 4:
		role.Workspace = by.Workspace
	case 5:
		role.Name = "two\nlines"
	case 6:
		role.Permissions["job.raed"] = rbac.ScopeOwn
	case 7:
		role.Permissions[pick(d, office.actions)] = rbac.Scope(1 + d.IntN(31))
	}
	return role
}

// somePermissions are a few of those that the rights contain.
func somePermissions(d dice, held []right) rbac.Permissions {
	all, some := rbac.Permissions{}, rbac.Permissions{}
	for _, one := range held {
		all[one.action] |= one.scope
	}
	for _, action := range picks(d, 5, slices.Sorted(maps.Keys(all))) {
		some[action] = all[action]
	}
	return some
}

// keepPolicy keeps the policy of an allowed definition.
func (c *coalition) keepPolicy(place rbac.Workspace, want outcome) func(*answer) {
	return func(got *answer) { c.offices[place] = newOffice(got.policy, *want.policy) }
}

// take compares a step with the model. It stores what an allowed step returns, and looks at what anyone has gained.
func (c *coalition) take(t testing.TB, tr trial) {
	t.Helper()
	if problem := tr.disagreement(); problem != "" {
		t.Fatalf("%v, at %v: %s\n%v", c, c.now, problem, tr)
	}
	if !tr.want.allowed() {
		return
	}
	if tr.want.policy != nil {
		c.comparePolicy(t, tr)
	}
	tr.store(&tr.got)
	changed := []rbac.Member{tr.got.member}
	if tr.want.policy != nil {
		changed = c.members
	}
	for _, m := range changed {
		if gained := c.escalations(m); len(gained) > 0 {
			t.Fatalf("%v, at %v: nothing gave this right at the start: %+v, of %s\n%v",
				c, c.now, gained[0], memberText(m), tr)
		}
	}
}

// comparePolicy requires the roles that the model has, and the policy that New makes of the layer.
func (c *coalition) comparePolicy(t testing.TB, tr trial) {
	t.Helper()
	want, count := *tr.want.policy, 0
	for role := range tr.got.policy.Roles() {
		count++
		same := maps.EqualFunc(role.Permissions, want.grants[role.ID], func(a, b rbac.Scope) bool { return a == b })
		if !same || want.kinds[role.ID] != role.Kind || want.owners[role.ID] != role.Workspace {
			t.Fatalf("%v: the policy has %+v, and the model %v: %v", c, role, want.grants[role.ID], tr)
		}
	}
	if count != len(want.kinds) {
		t.Fatalf("%v: the policy has %d roles, and the model %d: %v", c, count, len(want.kinds), tr)
	}
	if c.defined++; c.defined%8 != 1 {
		return // New takes a while
	}
	whole := policyOf(t, append(slices.Clone(c.specs), want.layer)...)
	if whole.Fingerprint() != tr.got.policy.Fingerprint() {
		t.Fatalf("%v: New makes another policy of the same layer: %v", c, tr)
	}
}

func TestLaw7NoCoalitionEscalates(t *testing.T) {
	const coalitions, steps, parts = 2_000 / fewer, 50, 4
	defaults := matrix(t)
	for part := range parts {
		t.Run(fmt.Sprintf("part %d", part), func(t *testing.T) {
			t.Parallel()
			n, walked, stuck := newCensus(), 0, 0
			for i := part; walked < coalitions/parts; i += parts {
				d := seeded(10, uint64(i))
				c := newCoalition(t, d, defaults)
				c.label = fmt.Sprintf("world %d of seed 10", i)
				applied := c.walk(t, d, steps, n)
				walked += oneIf(applied == steps)
				stuck += oneIf(applied < steps)
			}
			t.Logf("%v; %d coalitions took %d steps each, and %d were stuck before", n, walked, steps, stuck)
			require.Less(t, stuck, walked/5, "coalitions that may do too little")
			n.requireEverything(t, 20)
		})
	}
}

// walk tries steps until so many are applied, or hardly any is allowed. From time to time it moves the clock. It
// returns how many are applied.
func (c *coalition) walk(t testing.TB, d dice, steps int, n *census) (applied int) {
	t.Helper()
	for tried := 0; applied < steps && tried < 30*steps; tried++ {
		if chance(d, 5) {
			c.now = c.now.Add(pick(d, []time.Duration{1, time.Microsecond, time.Hour, 25 * time.Hour}))
		}
		name, tr := c.tryAny(d)
		n.count(name, tr.want)
		c.take(t, tr)
		applied += oneIf(tr.want.allowed())
	}
	return applied
}
