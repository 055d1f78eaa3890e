package proof

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// A coalition is a world whose members administer each other, as far as the library allows. Together they try to gain
// a right that none of them had. TestLaw7NoEscalation and FuzzAdministration walk through it at random.
type coalition struct {
	world
	pooled []right            // what those who could act at the start held between them
	own    map[string][]right // what each active member's assignments gave at the start, now or later
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

var coalitionRoles = []rbac.RoleID{
	rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, "tenant_admin", "wallet_deputy",
	rbac.DeveloperAdmin, rbac.Developer, rbac.Operator, "shop_deputy",
}

// newCoalition has the default roles and others, and mostly valid members.
func newCoalition(t testing.TB, d dice, defaults reference) *coalition {
	t.Helper()
	w := world{timeline: wallTime(), ref: defaults, specs: []rbac.Spec{rbac.Defaults()}}
	w.add(adminSpec(d, w.ref))
	custom := anySpec(d, "custom", w.ref)
	custom.FourEyes = nil // four eyes are no part of law 7
	custom.Exclusive = append(custom.Exclusive, []rbac.RoleID{rbac.DeveloperAdmin, rbac.Operator})
	w.add(custom)
	w.policy, w.vocabulary = policyOf(t, w.specs...), vocabularyOf(w.ref)
	for i := range 8 {
		w.members = append(w.members, w.anyColleague(d, i))
	}
	c := &coalition{world: w, own: map[string][]right{}}
	for _, m := range w.members {
		c.pooled = append(c.pooled, w.ref.currentRights(w.now, m)...)
		if m.Status == rbac.StatusActive {
			c.own[memberKey(m)] = w.ref.allRights(w.now, m)
		}
	}
	return c
}

func (w world) anyColleague(d dice, number int) rbac.Member {
	m := rbac.Member{
		ID:        fmt.Sprintf("%s %d", pick(d, memberIDs), number),
		Workspace: pick(d, []rbac.Workspace{theWallet, theWallet, theShop, theShop, namesakeOfWallet, namesakeOfShop}),
		Status:    anyStatus(d),
		InvitedAt: w.now.Add(-time.Hour),
	}
	fitting := slices.DeleteFunc(slices.Clone(coalitionRoles), func(id rbac.RoleID) bool {
		return w.kinds[id] != m.Workspace.Kind
	})
	for range d.IntN(3) {
		as := w.anyAssignment(d, w.timeline, m.Workspace.Kind)
		if chance(d, 75) {
			as.Role = pick(d, fitting)
		}
		m.Assignments = append(m.Assignments, as)
	}
	return m
}

func memberKey(m rbac.Member) string { return fmt.Sprintf("%v %q", m.Workspace, m.ID) }

// escalations are the rights that the member has or will have, and that neither the member nor anyone who could act
// had at the start.
func (c *coalition) escalations(m rbac.Member) []right {
	if m.Status != rbac.StatusActive {
		return nil
	}
	return uncovered(c.pooled, uncovered(c.own[memberKey(m)], c.ref.allRights(c.now, m)))
}

// proposal is one step of administration that somebody tries.
type proposal struct {
	what    string
	by      rbac.Member
	target  rbac.Member
	got     rbac.Decision      // of the library
	want    bool               // of the reference model
	perform func() rbac.Member // takes the step and returns the member who may have gained by it
}

func (p proposal) String() string {
	return fmt.Sprintf("%s\n  by %s\n  on %s", p.what, memberText(p.by), memberText(p.target))
}

const assignProgram = "assign a program"

var proposals = []struct {
	name string
	make func(c *coalition, d dice) proposal
}{
	{"assign", (*coalition).proposeAssignment},
	{assignProgram, (*coalition).proposeProgram},
	{"revoke", (*coalition).proposeRevocation},
	{"manage", (*coalition).proposeStep},
	{"invite", (*coalition).proposeInvitation},
	{"define", (*coalition).proposeRole},
}

// pair is an actor and the position of a target, which is mostly another member whom the actor can see.
func (c *coalition) pair(d dice) (by rbac.Member, at int) {
	by = pick(d, c.members)
	for range 4 {
		at = d.IntN(len(c.members))
		if related(by.Workspace, c.members[at].Workspace) && memberKey(by) != memberKey(c.members[at]) {
			break
		}
	}
	return by, at
}

func (c *coalition) proposeAssignment(d dice) proposal {
	by, at := c.pair(d)
	return c.proposeAssign(by, at, c.anyAssignment(d, c.timeline, c.members[at].Workspace.Kind))
}

// proposeProgram adds mini programs to a role that the target holds, mostly mini programs of the actor.
func (c *coalition) proposeProgram(d dice) proposal {
	by, at := c.pair(d)
	as := oneOf(d, c.members[at].Assignments, rbac.Assignment{Role: rbac.Developer})
	as.MiniPrograms = oneOf(d, by.Assignments, rbac.Assignment{}).MiniPrograms
	if len(as.MiniPrograms) == 0 || chance(d, 30) {
		as.MiniPrograms = anyPrograms(d)
	}
	return c.proposeAssign(by, at, as)
}

func (c *coalition) proposeAssign(by rbac.Member, at int, as rbac.Assignment) proposal {
	to := c.members[at]
	return proposal{
		what: "assign " + assignmentText(as), by: by, target: to,
		got:  c.policy.CheckAssign(by, to, as),
		want: c.ref.mayAssign(c.now, by, to, as),
		perform: func() rbac.Member {
			c.members[at].Assignments = append(slices.Clone(to.Assignments), as)
			if !c.ref.mayGive(c.now, by, to, as) {
				c.members[at].Assignments = withPrograms(to.Assignments, as)
			}
			return c.members[at]
		},
	}
}

// withPrograms adds the mini programs to the assignment that lasts longest, of those that they may be added to.
func withPrograms(held []rbac.Assignment, added rbac.Assignment) []rbac.Assignment {
	held = slices.Clone(held)
	longest := -1
	for i, as := range held {
		if as.Role == added.Role && spans(as, added) && (longest < 0 || lasts(as.NotAfter, held[longest].NotAfter)) {
			longest = i
		}
	}
	held[longest].MiniPrograms = slices.Concat(held[longest].MiniPrograms, added.MiniPrograms)
	return held
}

func (c *coalition) proposeRevocation(d dice) proposal {
	by, at := c.pair(d)
	from := c.members[at]
	as := c.anyAssignment(d, c.timeline, from.Workspace.Kind)
	if len(from.Assignments) > 0 && chance(d, 90) {
		as = pick(d, from.Assignments)
		as.MiniPrograms = as.MiniPrograms[:d.IntN(len(as.MiniPrograms)+1)]
	}
	return proposal{
		what: "revoke " + assignmentText(as), by: by, target: from,
		got:  c.policy.CheckRevoke(by, from, as),
		want: c.ref.mayRevoke(c.now, by, from, as),
		perform: func() rbac.Member {
			c.members[at].Assignments = without(from.Assignments, as)
			return c.members[at]
		},
	}
}

// without takes the mini programs away, or the whole role if none are named.
func without(held []rbac.Assignment, gone rbac.Assignment) []rbac.Assignment {
	held = slices.Clone(held)
	at := slices.IndexFunc(held, func(as rbac.Assignment) bool {
		return as.Role == gone.Role && len(missing(as.MiniPrograms, gone.MiniPrograms)) == 0
	})
	if len(gone.MiniPrograms) == 0 {
		return slices.Delete(held, at, at+1)
	}
	held[at].MiniPrograms = missing(gone.MiniPrograms, held[at].MiniPrograms)
	return held
}

// statusSteps are the steps of a member's life, with the action that each needs.
var statusSteps = []struct {
	action rbac.Action
	take   func(m rbac.Member, now time.Time) (rbac.Member, error)
}{
	{rbac.BlockMember, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Block() }},
	{rbac.BlockMember, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Unblock() }},
	{rbac.DeleteMember, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Delete() }},
	{rbac.WithdrawInvitation, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Withdraw() }},
	{rbac.ResendInvitation, resendAndAccept},
}

// resendAndAccept also accepts, because only an active member has rights.
func resendAndAccept(m rbac.Member, now time.Time) (rbac.Member, error) {
	m, err := m.Resend(now)
	if err != nil {
		return m, err
	}
	return m.Accept(now)
}

func (c *coalition) proposeStep(d dice) proposal {
	by, at := c.pair(d)
	step, target := pick(d, statusSteps), c.members[at]
	next, err := step.take(target, c.now)
	if err != nil {
		next = target
	}
	return proposal{
		what: "manage: " + string(step.action), by: by, target: target,
		got:  c.policy.CheckManage(by, target, step.action),
		want: c.ref.mayManage(c.now, by, target, step.action),
		perform: func() rbac.Member {
			c.members[at] = next
			return next
		},
	}
}

func (c *coalition) proposeInvitation(d dice) proposal {
	by := pick(d, c.members)
	place := by.Workspace
	if chance(d, 30) {
		place = validWorkspace(d)
	}
	as := c.anyAssignment(d, c.timeline, place.Kind)
	if chance(d, 10) {
		as.Role = anyNewRole(d) // a role that a later step may define
	}
	guest := rbac.Invite(fmt.Sprintf("guest %d", len(c.members)), place, c.now, as)
	next, err := guest.Accept(c.now)
	if err != nil {
		next = guest
	}
	return proposal{
		what: "invite", by: by, target: guest,
		got:  c.policy.CheckManage(by, guest, rbac.InviteMember),
		want: c.ref.mayManage(c.now, by, guest, rbac.InviteMember),
		perform: func() rbac.Member {
			c.members = append(c.members, next)
			return next
		},
	}
}

func (c *coalition) proposeRole(d dice) proposal {
	by := pick(d, c.members)
	role := rbac.Role{ID: anyNewRole(d), Kind: pick(d, kinds)}
	role.Permissions = anyPermissions(d, c.ref, role.Kind)
	if held := c.ref.currentRights(c.now, by); len(held) > 0 && chance(d, 60) {
		role.Permissions = somePermissions(d, held)
	}
	return proposal{
		what: fmt.Sprintf("define %+v", role), by: by, target: by,
		got:  c.policy.CheckDefine(by, role),
		want: c.ref.mayDefine(c.now, by, role),
		perform: func() rbac.Member {
			c.define(role)
			return by
		},
	}
}

func anyNewRole(d dice) rbac.RoleID { return rbac.RoleID(fmt.Sprintf("new_role_%d", d.IntN(20))) }

// somePermissions are a few of those that the rights contain.
func somePermissions(d dice, held []right) rbac.Permissions {
	all, some := rbac.Permissions{}, rbac.Permissions{}
	for _, h := range held {
		all[h.action] |= h.scope
	}
	for _, action := range picks(d, 5, slices.Sorted(maps.Keys(all))) {
		some[action] = all[action]
	}
	return some
}

func (c *coalition) define(role rbac.Role) {
	spec := rbac.Spec{Roles: []rbac.Role{role}}
	policy, err := rbac.New(c.policy.Spec(), spec)
	if err != nil {
		panic(fmt.Sprintf("%v: CheckDefine allows a role that New refuses: %+v: %v", c, role, err))
	}
	c.policy, c.ref = policy, c.ref.with(spec)
	c.vocabulary = vocabularyOf(c.ref)
}
