package proof

import (
	"fmt"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLaw7NoEscalation(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	seen := map[string]*tally{"move a program without setting roles": {}}
	exclusive := 0
	for _, kind := range proposals {
		seen[kind.name] = &tally{}
	}
	for i := range 250 {
		d := seeded(10, uint64(i))
		s := newCoalition(t, d, defaults)
		s.label = fmt.Sprintf("world %d of seed 10", i)
		for range 120 {
			kind := pick(d, proposals)
			c := kind.make(s, d)
			seen[kind.name].count(c.may.Allowed)
			exclusive += count(c.may.Reason == rbac.ReasonExclusive)
			if !s.policy.Can(c.by, rbac.SetMemberRole, c.target.Workspace.Resource()) && kind.name == "assign a program" {
				seen["move a program without setting roles"].count(c.may.Allowed)
			}
			s.requireNoEscalation(t, c)
		}
	}
	for name, both := range seen {
		t.Logf("%s: %d allowed, %d refused", name, both.yes, both.no)
		both.requireBoth(t, 30)
	}
	require.GreaterOrEqual(t, exclusive, 30, "changes refused for exclusive roles")
}

// requireNoEscalation performs an allowed change and looks at what became of the one who was changed.
func (s *coalition) requireNoEscalation(t testing.TB, c proposal) {
	t.Helper()
	if c.may.Allowed != c.should {
		t.Fatalf("%v: the library says %+v, law 7 says %v: %v", s, c.may, c.should, c)
	}
	if c.may.Allowed != (c.may.Reason == rbac.ReasonGranted) {
		t.Fatalf("%v: allowed and reason contradict each other: %+v: %v", s, c.may, c)
	}
	if !c.may.Allowed {
		return
	}
	c.perform()
	if escalations := s.escalations(c.afterward()); len(escalations) > 0 {
		t.Fatalf("%v: nobody held before what the member has now: %+v: %v", s, escalations[0], c)
	}
}

func TestLaw7NobodyActsOnThemselves(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	onTwins := 0
	for i := range 60 {
		d := seeded(11, uint64(i))
		s := newCoalition(t, d, defaults)
		for _, m := range s.members {
			as := rbac.Assignment{Role: pick(d, coalitionRoles), MiniPrograms: []string{"mp-1"}}
			assert.False(t, s.policy.CheckAssign(m, m, as).Allowed, "world %d of seed 11: gives itself %s: %s", i, describeAssignment(as), describeMember(m))
			twin := m
			twin.ID += "'s twin"
			onTwins += count(s.policy.CheckAssign(m, twin, as).Allowed)
			for _, held := range m.Assignments {
				assert.False(t, s.policy.CheckRevoke(m, m, held).Allowed, "world %d of seed 11: takes from itself %s: %s", i, describeAssignment(held), describeMember(m))
			}
		}
	}
	require.GreaterOrEqual(t, onTwins, 10, "changes of another who holds the same")
}

// It is the ID and the workspace that make a member oneself, and not what else is said of it.
func TestLaw7OneselfIsToldByIDAndWorkspace(t *testing.T) {
	t.Parallel()
	admin := staff("ann", theWallet, rbac.Assignment{Role: rbac.WorkspaceAdmin})
	rows := map[string]struct {
		target  rbac.Member
		allowed bool
	}{
		"herself":                    {admin, false},
		"herself, told without role": {staff("ann", theWallet), false},
		"herself, told as invited":   {inStatus(rbac.StatusInvited, staff("ann", theWallet)), false},
		"another spelling":           {staff("Ann", theWallet), true},
		"somebody else":              {staff("bob", theWallet), true},
	}
	for name, row := range rows {
		decision := rbac.Default().CheckAssign(admin, row.target, rbac.Assignment{Role: rbac.WorkspaceOperator})
		assert.Equal(t, row.allowed, decision.Allowed, "an admin gives a role to %s: %+v", name, decision)
	}
}

// The stronger one is safe whatever the status, and before the strength is in force.
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
	registrar := staff("reg", theWallet, rbac.Assignment{Role: "registrar"})
	reader := rbac.Assignment{Role: "tenant_reader"}
	admin := rbac.Assignment{Role: rbac.WorkspaceAdmin}
	now := time.Now()
	rows := map[string]struct {
		target  rbac.Member
		allowed bool
	}{
		"one who holds nothing":            {staff("bob", theWallet), true},
		"one who holds as little":          {staff("bob", theWallet, reader), true},
		"an admin":                         {staff("bob", theWallet, admin), false},
		"an admin among lesser roles":      {staff("bob", theWallet, reader, admin, reader), false},
		"an admin of tomorrow":             {staff("bob", theWallet, between(admin, now.Add(day), time.Time{})), false},
		"an admin until tomorrow":          {staff("bob", theWallet, between(admin, time.Time{}, now.Add(day))), false},
		"an admin until yesterday":         {staff("bob", theWallet, between(admin, time.Time{}, now.Add(-day))), true},
		"an admin never":                   {staff("bob", theWallet, between(admin, now.Add(2*day), now.Add(day))), true},
		"a blocked admin":                  {inStatus(rbac.StatusBlocked, staff("bob", theWallet, admin)), false},
		"an invited admin":                 {inStatus(rbac.StatusInvited, staff("bob", theWallet, admin)), false},
		"one of another tenant":            {staff("bob", namesakeOfShop), false},
		"a merchant's who holds nothing":   {staff("bob", theShop), true},
		"a merchant's admin":               {staff("bob", theShop, rbac.Assignment{Role: rbac.DeveloperAdmin}), false},
		"one of a contradictory workspace": {staff("bob", rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}), false},
		"one whose ID is empty":            {staff("", theWallet), false},
	}
	for name, row := range rows {
		as := rbac.Assignment{Role: rbac.RoleID(row.target.Workspace.Kind.String()) + "_reader"}
		assert.Equal(t, row.allowed, policy.CheckAssign(registrar, row.target, as).Allowed, "assign to %s", name)
		assert.Equal(t, row.allowed, policy.CheckManage(registrar, row.target, rbac.BlockMember).Allowed, "block %s", name)
	}
}

func between(as rbac.Assignment, from, until time.Time) rbac.Assignment {
	as.NotBefore, as.NotAfter = from, until
	return as
}

// A temporary admin makes no permanent one, nor one for an instant longer.
func TestLaw7NobodyGivesBeyondTheirEnd(t *testing.T) {
	t.Parallel()
	end, never := time.Now().Add(day), time.Time{}
	admin := rbac.Assignment{Role: rbac.WorkspaceAdmin}
	temporary := staff("ann", theWallet, between(admin, never, end))
	rows := map[string]struct {
		by      rbac.Member
		until   time.Time
		allowed bool
	}{
		"for ever":                               {temporary, never, false},
		"for an instant longer":                  {temporary, end.Add(1), false},
		"to the same instant":                    {temporary, end, true},
		"to the same instant in another zone":    {temporary, end.In(zones[1]), true},
		"for an instant less":                    {temporary, end.Add(-1), true},
		"for ever, being admin again later":      {staff("ann", theWallet, between(admin, never, end), between(admin, end, never)), never, false},
		"for an hour, being admin later":         {staff("ann", theWallet, between(admin, end, never)), time.Now().Add(time.Hour), false},
		"for ever, being admin for ever as well": {staff("ann", theWallet, between(admin, never, end), admin), never, true},
	}
	for name, row := range rows {
		as := between(rbac.Assignment{Role: rbac.WorkspaceOperator}, never, row.until)
		decision := rbac.Default().CheckAssign(row.by, staff("bob", theWallet), as)
		assert.Equal(t, row.allowed, decision.Allowed, "give %s: %+v", name, decision)
	}
	role := rbac.Role{ID: "reader", Kind: rbac.KindTenant, Permissions: rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace}}
	assert.True(t, rbac.Default().CheckDefine(staff("ann", theWallet, admin), role).Allowed, "an admin defines a role")
	assert.False(t, rbac.Default().CheckDefine(temporary, role).Allowed, "a temporary admin defines a role, which has no end")
}

// A merchant's Developer adds a program to what a colleague holds, or takes it away, and does nothing else.
func TestLaw7DevelopersMoveTheirPrograms(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{{
		ID: "registrar", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
		},
	}}})
	tomorrow, never := time.Now().Add(day), time.Time{}
	developer := func(programs ...string) rbac.Assignment {
		return rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs}
	}
	of := func(role rbac.RoleID, programs ...string) rbac.Assignment {
		return rbac.Assignment{Role: role, MiniPrograms: programs}
	}
	ann := staff("ann", theShop, developer("mp-1"))
	temporary := staff("ann", theShop, between(developer("mp-1"), never, tomorrow))
	colleague := func(held rbac.Assignment) rbac.Member { return staff("bob", theShop, held) }
	rows := map[string]struct {
		by, to    rbac.Member
		as        rbac.Assignment
		mayAssign bool
		mayRevoke bool
	}{
		"a program to a developer":                  {ann, colleague(developer("mp-2")), developer("mp-1"), true, false},
		"a program to an operator":                  {ann, colleague(of(rbac.Operator)), of(rbac.Operator, "mp-1"), true, false},
		"a program to the stronger, who gains none": {ann, colleague(of(rbac.DeveloperAdmin)), of(rbac.DeveloperAdmin, "mp-1"), true, false},
		"a program that is there":                   {ann, colleague(developer("mp-1", "mp-2")), developer("mp-1"), false, true},
		"a program of the stronger":                 {ann, colleague(of(rbac.DeveloperAdmin, "mp-1")), of(rbac.DeveloperAdmin, "mp-1"), false, true},
		"the role":                                  {ann, colleague(developer("mp-1")), developer(), false, false},
		"another's program":                         {ann, colleague(developer("mp-3")), developer("mp-2"), false, false},
		"another's program that is there":           {ann, colleague(developer("mp-2")), developer("mp-2"), false, false},
		"another's program beside the own":          {ann, colleague(developer("mp-3")), developer("mp-1", "mp-2"), false, false},
		"another role":                              {ann, colleague(of(rbac.Operator)), developer("mp-1"), false, false},
		"to one without roles":                      {ann, staff("bob", theShop), developer("mp-1"), false, false},
		"to oneself":                                {ann, ann, developer("mp-1"), false, false},
		"to another merchant's":                     {ann, staff("bob", walletCafe, developer("mp-2")), developer("mp-1"), false, false},
		"for longer than the role is held":          {ann, colleague(between(developer("mp-2"), never, tomorrow)), developer("mp-1"), false, false},
		"sooner than the role is held":              {ann, colleague(between(developer("mp-2"), tomorrow, never)), developer("mp-1"), false, false},
		"for as long as the role is held": {
			ann, colleague(between(developer("mp-2"), never, tomorrow)), between(developer("mp-1"), never, tomorrow), true, false,
		},
		"for longer than one manages it":           {temporary, colleague(developer("mp-2")), developer("mp-1"), false, false},
		"a program of an unknown role":             {ann, colleague(of("nobody", "mp-2")), of("nobody", "mp-1"), false, false},
		"a program of a role of the other kind":    {ann, colleague(of(rbac.WorkspaceDeveloper)), of(rbac.WorkspaceDeveloper, "mp-1"), false, false},
		"a program by one who may set roles, too":  {staff("ann", theShop, developer("mp-1"), of("registrar")), colleague(developer("mp-2")), developer("mp-1"), true, false},
		"a program by one who is a developer only": {staff("ann", theShop, developer("mp-9")), colleague(developer("mp-2")), developer("mp-1"), false, false},
	}
	for name, row := range rows {
		decision := policy.CheckAssign(row.by, row.to, row.as)
		assert.Equal(t, row.mayAssign, decision.Allowed, "give %s: %+v", name, decision)
		decision = policy.CheckRevoke(row.by, row.to, row.as)
		assert.Equal(t, row.mayRevoke, decision.Allowed, "take %s: %+v", name, decision)
	}
}
