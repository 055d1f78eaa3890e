package proof

import (
	"fmt"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 7: nobody gives or takes what they do not cover, and no sequence of allowed steps gives anyone a right that the
// members did not have at the start.

func TestLaw7NoEscalation(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	const delegated = "assign a program without setting roles"
	seen := map[string]*tally{delegated: {}}
	exclusive := 0
	for _, kind := range proposals {
		seen[kind.name] = &tally{}
	}
	for i := range 250 {
		d := seeded(10, uint64(i))
		c := newCoalition(t, d, defaults)
		c.label = fmt.Sprintf("world %d of seed 10", i)
		for range 120 {
			kind := pick(d, proposals)
			p := kind.make(c, d)
			seen[kind.name].count(p.got.Allowed)
			exclusive += oneIf(p.got.Reason == rbac.ReasonExclusive)
			setsRoles := c.policy.Can(p.by, rbac.SetMemberRole, p.target.Workspace.Resource())
			if kind.name == assignProgram && !setsRoles {
				seen[delegated].count(p.got.Allowed)
			}
			c.requireNoEscalation(t, p)
		}
	}
	for name, both := range seen {
		t.Logf("%s: %d allowed, %d refused", name, both.yes, both.no)
		both.requireBoth(t, 30)
	}
	require.GreaterOrEqual(t, exclusive, 30, "proposals refused for exclusive roles")
}

// requireNoEscalation compares the library with the reference model. It takes a step that is allowed, and looks at what
// the member has gained.
func (c *coalition) requireNoEscalation(t testing.TB, p proposal) {
	t.Helper()
	if p.got.Allowed != p.want {
		t.Fatalf("%v: the library says %+v, law 7 says %v: %v", c, p.got, p.want, p)
	}
	if p.got.Allowed != (p.got.Reason == rbac.ReasonGranted) {
		t.Fatalf("%v: Allowed and Reason contradict each other: %+v: %v", c, p.got, p)
	}
	if !p.got.Allowed {
		return
	}
	if gained := c.escalations(p.perform()); len(gained) > 0 {
		t.Fatalf("%v: nobody had this right at the start: %+v: %v", c, gained[0], p)
	}
}

func TestLaw7NobodyActsOnThemselves(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	onTwins := 0
	for i := range 60 {
		d := seeded(11, uint64(i))
		c := newCoalition(t, d, defaults)
		c.label = fmt.Sprintf("world %d of seed 11", i)
		for _, m := range c.members {
			as := inRole(pick(d, coalitionRoles), "mp-1")
			assert.False(t, c.policy.CheckAssign(m, m, as).Allowed,
				"%v: assign %s to oneself: %s", c, assignmentText(as), memberText(m))
			twin := m
			twin.ID += "'s twin"
			onTwins += oneIf(c.policy.CheckAssign(m, twin, as).Allowed)
			for _, held := range m.Assignments {
				assert.False(t, c.policy.CheckRevoke(m, m, held).Allowed,
					"%v: revoke %s from oneself: %s", c, assignmentText(held), memberText(m))
			}
		}
	}
	require.GreaterOrEqual(t, onTwins, 10, "assignments to another member who holds the same")
}

// The ID and the workspace say who is acting on themselves. Nothing else about the member matters.
func TestLaw7OneselfIsTheSameIDAndWorkspace(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		target  rbac.Member
		allowed bool
	}{
		"herself":                {walletAdmin(), false},
		"herself, without roles": {staff("ann", theWallet), false},
		"herself, invited":       {inStatus(rbac.StatusInvited, staff("ann", theWallet)), false},
		"another spelling":       {staff("Ann", theWallet), true},
		"somebody else":          {staff("bob", theWallet), true},
	} {
		decision := rbac.Default().CheckAssign(walletAdmin(), row.target, inRole(rbac.WorkspaceOperator))
		assert.Equal(t, row.allowed, decision.Allowed, "ann, an admin, gives a role to %s: %+v", name, decision)
	}
}

// A stronger member is safe in every status, and before the stronger role begins.
func TestLaw7NobodyActsOnTheStronger(t *testing.T) {
	t.Parallel()
	reads := rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace}
	policy := policyOf(t, rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{
		{ID: "tenant_reader", Kind: rbac.KindTenant, Permissions: reads},
		{ID: "developer_reader", Kind: rbac.KindDeveloper, Permissions: reads},
		{ID: "registrar", Kind: rbac.KindTenant, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant,
			rbac.BlockMember:   rbac.ScopeTenant,
			rbac.ViewTemplates: rbac.ScopeTenant,
		}},
	}})
	registrar := staff("reg", theWallet, inRole("registrar"))
	reader, admin := inRole("tenant_reader"), inRole(rbac.WorkspaceAdmin)
	bob := func(as ...rbac.Assignment) rbac.Member { return staff("bob", theWallet, as...) }
	now := time.Now()
	orphan := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}
	yesterday, tomorrow, dayAfter := now.Add(-day), now.Add(day), now.Add(2*day)
	for name, row := range map[string]struct {
		target  rbac.Member
		allowed bool
	}{
		"a member without roles":            {bob(), true},
		"a member with as little":           {bob(reader), true},
		"an admin":                          {bob(admin), false},
		"an admin with lesser roles":        {bob(reader, admin, reader), false},
		"an admin from tomorrow":            {bob(from(tomorrow, admin)), false},
		"an admin until tomorrow":           {bob(until(tomorrow, admin)), false},
		"an admin until yesterday":          {bob(until(yesterday, admin)), true},
		"an admin with reversed bounds":     {bob(from(dayAfter, until(tomorrow, admin))), true},
		"a blocked admin":                   {inStatus(rbac.StatusBlocked, bob(admin)), false},
		"an invited admin":                  {inStatus(rbac.StatusInvited, bob(admin)), false},
		"a member of another tenant":        {staff("bob", namesakeOfShop), false},
		"a merchant's member without roles": {staff("bob", theShop), true},
		"a merchant's admin":                {staff("bob", theShop, inRole(rbac.DeveloperAdmin)), false},
		"a member of an invalid workspace":  {staff("bob", orphan), false},
		"a member without an ID":            {staff("", theWallet), false},
	} {
		as := inRole(rbac.RoleID(row.target.Workspace.Kind.String()) + "_reader")
		blocked := policy.CheckManage(registrar, row.target, rbac.BlockMember)
		assert.Equal(t, row.allowed, policy.CheckAssign(registrar, row.target, as).Allowed, "assign to %s", name)
		assert.Equal(t, row.allowed, blocked.Allowed, "block %s", name)
	}
}

// A temporary admin makes no permanent admin, and none for an instant longer.
func TestLaw7NobodyGivesBeyondTheirEnd(t *testing.T) {
	t.Parallel()
	end, never := time.Now().Add(day), time.Time{}
	admin := inRole(rbac.WorkspaceAdmin)
	ann := func(as ...rbac.Assignment) rbac.Member { return staff("ann", theWallet, as...) }
	temporary := ann(until(end, admin))
	for name, row := range map[string]struct {
		by      rbac.Member
		until   time.Time
		allowed bool
	}{
		"a temporary admin gives forever":                    {temporary, never, false},
		"a temporary admin gives for an instant longer":      {temporary, end.Add(1), false},
		"a temporary admin gives until the same instant":     {temporary, end, true},
		"a temporary admin gives until it, in another zone":  {temporary, end.In(zones[1]), true},
		"a temporary admin gives for an instant less":        {temporary, end.Add(-1), true},
		"an admin now and again from then on gives forever":  {ann(until(end, admin), from(end, admin)), never, false},
		"an admin of tomorrow gives for an hour":             {ann(from(end, admin)), time.Now().Add(time.Hour), false},
		"an admin twice, once without an end, gives forever": {ann(until(end, admin), admin), never, true},
	} {
		as := until(row.until, inRole(rbac.WorkspaceOperator))
		decision := rbac.Default().CheckAssign(row.by, staff("bob", theWallet), as)
		assert.Equal(t, row.allowed, decision.Allowed, "%s: %+v", name, decision)
	}
	role := newRole(rbac.KindTenant, rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace})
	assert.True(t, rbac.Default().CheckDefine(ann(admin), role).Allowed, "an admin defines a role")
	assert.False(t, rbac.Default().CheckDefine(temporary, role).Allowed, "a temporary admin defines a role without end")
}

// A merchant's Developer adds a mini program to what a colleague holds, or takes one away, and does nothing else.
func TestLaw7DevelopersAssignTheirPrograms(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{{
		ID: "registrar", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
		},
	}}})
	const dev, op, admin = rbac.Developer, rbac.Operator, rbac.DeveloperAdmin
	tomorrow := time.Now().Add(day)
	mp1, mp2 := inRole(dev, "mp-1"), inRole(dev, "mp-2")
	ann := annWith(mp1)
	for name, row := range map[string]struct {
		by, to    rbac.Member
		as        rbac.Assignment
		mayAssign bool
		mayRevoke bool
	}{
		"mp-1 to a developer of mp-2":            {ann, bobWith(mp2), mp1, true, false},
		"mp-1 to an operator":                    {ann, bobWith(inRole(op)), inRole(op, "mp-1"), true, false},
		"mp-1 to an admin without mini programs": {ann, bobWith(inRole(admin)), inRole(admin, "mp-1"), true, false},
		"mp-1 to an admin with mp-1": {
			ann, bobWith(inRole(admin, "mp-1")), inRole(admin, "mp-1"), false, true,
		},
		"mp-1 to a developer of mp-1":     {ann, bobWith(inRole(dev, "mp-1", "mp-2")), mp1, false, true},
		"the role, without mini programs": {ann, bobWith(mp1), inRole(dev), false, false},
		"mp-2 to a developer of mp-3":     {ann, bobWith(inRole(dev, "mp-3")), mp2, false, false},
		"mp-2 to a developer of mp-2":     {ann, bobWith(mp2), mp2, false, false},
		"mp-1 and mp-2 to a developer of mp-3": {
			ann, bobWith(inRole(dev, "mp-3")), inRole(dev, "mp-1", "mp-2"), false, false,
		},
		"mp-1 in a role that bob does not hold": {ann, bobWith(inRole(op)), mp1, false, false},
		"mp-1 to a member without roles":        {ann, bobWith(), mp1, false, false},
		"mp-1 to ann herself":                   {ann, ann, mp1, false, false},
		"mp-1 to another merchant's member":     {ann, staff("bob", walletCafe, mp2), mp1, false, false},
		"mp-1 to an unknown role": {
			ann, bobWith(inRole("nobody", "mp-2")), inRole("nobody", "mp-1"), false, false,
		},
		"mp-1 to a role of the other kind": {
			ann, bobWith(inRole(rbac.WorkspaceDeveloper)), inRole(rbac.WorkspaceDeveloper, "mp-1"), false, false,
		},
		"mp-1 forever to a temporary role":        {ann, bobWith(until(tomorrow, mp2)), mp1, false, false},
		"mp-1 now to a role that begins tomorrow": {ann, bobWith(from(tomorrow, mp2)), mp1, false, false},
		"mp-1 until the end of a temporary role": {
			ann, bobWith(until(tomorrow, mp2)), until(tomorrow, mp1), true, false,
		},
		"mp-1 forever, by a temporary developer": {annWith(until(tomorrow, mp1)), bobWith(mp2), mp1, false, false},
		"mp-1, by a developer who may also set roles": {
			annWith(mp1, inRole("registrar")), bobWith(mp2), mp1, true, false,
		},
		"mp-1, by a developer of mp-9": {annWith(inRole(dev, "mp-9")), bobWith(mp2), mp1, false, false},
	} {
		decision := policy.CheckAssign(row.by, row.to, row.as)
		assert.Equal(t, row.mayAssign, decision.Allowed, "ann, Developer of mp-1, assigns %s: %+v", name, decision)
		decision = policy.CheckRevoke(row.by, row.to, row.as)
		assert.Equal(t, row.mayRevoke, decision.Allowed, "ann, Developer of mp-1, revokes %s: %+v", name, decision)
	}
}
