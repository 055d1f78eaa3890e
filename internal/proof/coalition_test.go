package proof

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// society is a world whose members change each other, as far as the library allows.
type coalition struct {
	world
	held     []right            // what all who could act at the start held between them
	expected map[string][]right // what was each one's own at the start, now or later
}

func (w world) coalition() *coalition {
	s := &coalition{world: w, expected: map[string][]right{}}
	for _, m := range w.members {
		s.held = append(s.held, w.ref.currentRights(w.now, m)...)
		if m.Status == rbac.StatusActive {
			s.expected[key(m)] = w.ref.allRights(w.now, m)
		}
	}
	return s
}

func key(m rbac.Member) string { return fmt.Sprintf("%v %q", m.Workspace, m.ID) }

// risen is what the member has, or will have, that neither the member nor anyone who could act had at the start.
func (s *coalition) escalations(m rbac.Member) []right {
	if m.Status != rbac.StatusActive {
		return nil
	}
	return uncovered(s.held, uncovered(s.expected[key(m)], s.ref.allRights(s.now, m)))
}

// change is one act of administration. may is what the library says, should what law 7 says, and done what follows.
type proposal struct {
	what      string
	by        rbac.Member
	target    rbac.Member
	may       rbac.Decision
	should    bool
	perform   func()
	afterward func() rbac.Member
}

func (c proposal) String() string {
	return fmt.Sprintf("%s\n  by %s\n  on %s", c.what, describeMember(c.by), describeMember(c.target))
}

var proposals = []struct {
	name string
	make func(s *coalition, d dice) proposal
}{
	{"assign", (*coalition).proposeAssignment},
	{"assign a program", (*coalition).proposeProgram},
	{"revoke", (*coalition).proposeRevocation},
	{"manage", (*coalition).proposeStep},
	{"invite", (*coalition).proposeInvitation},
	{"define", (*coalition).proposeRole},
}

// pair is an actor and the position of a target, mostly one within the actor's sight.
func (s *coalition) pair(d dice) (by rbac.Member, at int) {
	by = pick(d, s.members)
	for range 4 {
		at = d.IntN(len(s.members))
		if related(by.Workspace, s.members[at].Workspace) && key(by) != key(s.members[at]) {
			break
		}
	}
	return by, at
}

func (s *coalition) proposeAssignment(d dice) proposal {
	by, at := s.pair(d)
	return s.proposeAssign(by, at, s.anyAssignment(d, s.timeline, s.members[at].Workspace.Kind))
}

// aProgram is a further program for a role that the member holds already, mostly one that the actor works on.
func (s *coalition) proposeProgram(d dice) proposal {
	by, at := s.pair(d)
	as := oneOf(d, s.members[at].Assignments, rbac.Assignment{Role: rbac.Developer})
	as.MiniPrograms = oneOf(d, by.Assignments, rbac.Assignment{}).MiniPrograms
	if len(as.MiniPrograms) == 0 || chance(d, 30) {
		as.MiniPrograms = anyPrograms(d)
	}
	return s.proposeAssign(by, at, as)
}

func (s *coalition) proposeAssign(by rbac.Member, at int, as rbac.Assignment) proposal {
	to := s.members[at]
	return proposal{
		what: "assign " + describeAssignment(as), by: by, target: to,
		may:    s.policy.CheckAssign(by, to, as),
		should: s.ref.mayAssign(s.now, by, to, as),
		perform: func() {
			s.members[at].Assignments = append(slices.Clone(to.Assignments), as)
			if !s.ref.mayGive(s.now, by, to, as) {
				s.members[at].Assignments = withPrograms(to.Assignments, as)
			}
		},
		afterward: func() rbac.Member { return s.members[at] },
	}
}

// merged adds the programs to what is held of the role for longest, of all that they could be added to.
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

func (s *coalition) proposeRevocation(d dice) proposal {
	by, at := s.pair(d)
	from := s.members[at]
	as := s.anyAssignment(d, s.timeline, from.Workspace.Kind)
	if len(from.Assignments) > 0 && chance(d, 90) {
		as = pick(d, from.Assignments)
		as.MiniPrograms = as.MiniPrograms[:d.IntN(len(as.MiniPrograms)+1)]
	}
	return proposal{
		what: "revoke " + describeAssignment(as), by: by, target: from,
		may:       s.policy.CheckRevoke(by, from, as),
		should:    s.ref.mayRevoke(s.now, by, from, as),
		perform:   func() { s.members[at].Assignments = without(from.Assignments, as) },
		afterward: func() rbac.Member { return s.members[at] },
	}
}

// without takes the programs away, or the role where no programs are named.
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

// steps are what the actions of administration do to a member's status.
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

// resendAndAccept goes on to the acceptance, because only an active member can have risen.
func resendAndAccept(m rbac.Member, now time.Time) (rbac.Member, error) {
	m, err := m.Resend(now)
	if err != nil {
		return m, err
	}
	return m.Accept(now)
}

func (s *coalition) proposeStep(d dice) proposal {
	by, at := s.pair(d)
	step, target := pick(d, statusSteps), s.members[at]
	next, err := step.take(target, s.now)
	if err != nil {
		next = target
	}
	return proposal{
		what: "manage: " + string(step.action), by: by, target: target,
		may:       s.policy.CheckManage(by, target, step.action),
		should:    s.ref.mayManage(s.now, by, target, step.action),
		perform:   func() { s.members[at] = next },
		afterward: func() rbac.Member { return s.members[at] },
	}
}

func (s *coalition) proposeInvitation(d dice) proposal {
	by := pick(d, s.members)
	place := by.Workspace
	if chance(d, 30) {
		place = validWorkspace(d)
	}
	as := s.anyAssignment(d, s.timeline, place.Kind)
	if chance(d, 10) {
		as.Role = anyNewRole(d) // which may be defined later on
	}
	guest := rbac.Invite(fmt.Sprintf("guest %d", len(s.members)), place, s.now, as)
	next, err := guest.Accept(s.now)
	if err != nil {
		next = guest
	}
	return proposal{
		what: "invite", by: by, target: guest,
		may:       s.policy.CheckManage(by, guest, rbac.InviteMember),
		should:    s.ref.mayManage(s.now, by, guest, rbac.InviteMember),
		perform:   func() { s.members = append(s.members, next) },
		afterward: func() rbac.Member { return next },
	}
}

func (s *coalition) proposeRole(d dice) proposal {
	by := pick(d, s.members)
	role := rbac.Role{ID: anyNewRole(d), Kind: pick(d, kinds)}
	role.Permissions = anyPermissions(d, s.ref, role.Kind)
	if held := s.ref.currentRights(s.now, by); len(held) > 0 && chance(d, 60) {
		role.Permissions = somePermissions(d, held)
	}
	return proposal{
		what: fmt.Sprintf("define %+v", role), by: by, target: by,
		may:       s.policy.CheckDefine(by, role),
		should:    s.ref.mayDefine(s.now, by, role),
		perform:   func() { s.define(role) },
		afterward: func() rbac.Member { return by },
	}
}

func anyNewRole(d dice) rbac.RoleID { return rbac.RoleID(fmt.Sprintf("new_role_%d", d.IntN(20))) }

// somePermissions are some of what is held.
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

func (s *coalition) define(role rbac.Role) {
	spec := rbac.Spec{Roles: []rbac.Role{role}}
	policy, err := rbac.New(s.policy.Spec(), spec)
	if err != nil {
		panic(fmt.Sprintf("%v: CheckDefine allowed what New refuses: %+v: %v", s, role, err))
	}
	s.policy, s.ref = policy, s.ref.with(spec)
	s.vocabulary = vocabularyOf(s.ref)
}

// adminSpec adds those who can pass on a lot: an admin of the whole tenant, and deputies of both kinds.
func adminSpec(d dice, known reference) rbac.Spec {
	chain, wallet, shop := rbac.Permissions{}, rbac.Permissions{}, rbac.Permissions{}
	for _, action := range vocabularyOf(known).actions {
		if chance(d, 97) {
			chain[action] = rbac.ScopeTenant
		}
		wallet[action] = known.grants[rbac.WorkspaceAdmin][action]
		shop[action] = known.grants[rbac.DeveloperAdmin][action]
		if chance(d, 5) {
			wallet[action], shop[action] = 0, 0
		}
	}
	return rbac.Spec{Roles: []rbac.Role{
		{ID: "chain_admin", Kind: rbac.KindTenant, Permissions: chain},
		{ID: "wallet_deputy", Kind: rbac.KindTenant, Permissions: wallet},
		{ID: "shop_deputy", Kind: rbac.KindDeveloper, Permissions: shop},
	}}
}

var coalitionRoles = []rbac.RoleID{
	rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, "chain_admin", "wallet_deputy",
	rbac.DeveloperAdmin, rbac.Developer, rbac.Operator, "shop_deputy",
}

// newSociety has the default roles and further ones, and members who are mostly what they seem.
func newCoalition(t testing.TB, d dice, defaults reference) *coalition {
	t.Helper()
	w := world{timeline: wallTime(), ref: defaults, specs: []rbac.Spec{rbac.Defaults()}}
	w.add(adminSpec(d, w.ref))
	custom := anySpec(d, "custom", w.ref)
	custom.FourEyes = nil // four eyes aside, as the law says
	custom.Exclusive = append(custom.Exclusive, []rbac.RoleID{rbac.DeveloperAdmin, rbac.Operator})
	w.add(custom)
	w.policy, w.vocabulary = policyOf(t, w.specs...), vocabularyOf(w.ref)
	for i := range 8 {
		w.members = append(w.members, w.anyColleague(d, i))
	}
	return w.coalition()
}

func (w world) anyColleague(d dice, number int) rbac.Member {
	m := rbac.Member{
		ID:        fmt.Sprintf("%s %d", pick(d, memberIDs), number),
		Workspace: pick(d, []rbac.Workspace{theWallet, theWallet, theShop, theShop, namesakeOfWallet, namesakeOfShop}),
		Status:    anyStatus(d),
		InvitedAt: w.now.Add(-time.Hour),
	}
	fitting := slices.DeleteFunc(slices.Clone(coalitionRoles), func(id rbac.RoleID) bool { return w.kinds[id] != m.Workspace.Kind })
	for range d.IntN(3) {
		as := w.anyAssignment(d, w.timeline, m.Workspace.Kind)
		if chance(d, 75) {
			as.Role = pick(d, fitting)
		}
		m.Assignments = append(m.Assignments, as)
	}
	return m
}
