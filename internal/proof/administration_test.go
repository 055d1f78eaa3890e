package proof

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 7: nobody gives or takes what they do not cover, no sequence of allowed steps gives anyone a right that the
// members did not have at the start, and nothing comes to a state that nobody can end. coalition_test.go has the
// sequences.

// census counts what steps come to.
type census struct {
	allowed map[string]int // by the name of the step
	reasons map[rbac.Reason]int
	status  int
	invalid int
	tried   int
}

func newCensus() *census { return &census{allowed: map[string]int{}, reasons: map[rbac.Reason]int{}} }

func (n *census) count(name string, o outcome) {
	n.tried++
	switch {
	case o.denied != nil:
		n.reasons[o.denied.Reason]++
	case o.status != nil:
		n.status++
	case o.invalid != "":
		n.invalid++
	default:
		n.allowed[name]++
	}
}

func (n *census) String() string {
	allowed := 0
	for _, times := range n.allowed {
		allowed += times
	}
	return fmt.Sprintf("%d steps compared: %d allowed %v, %d of the wrong status, %d not well formed, denied %v",
		n.tried, allowed, n.allowed, n.status, n.invalid, n.reasons)
}

// stepReasons are those with which some step can be denied. Nobody passes for the owner of another person's membership,
// so four eyes never find a member at the member's own request.
func stepReasons() []rbac.Reason {
	var reasons []rbac.Reason
	for reason := rbac.ReasonInvalidMember; reason <= rbac.ReasonExclusive; reason++ {
		if reason != rbac.ReasonOwnRequest {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

func (n *census) requireEverything(t *testing.T, atLeast int) {
	t.Helper()
	if fewer > 1 {
		return // too few to see every reason
	}
	for _, kind := range trials {
		require.GreaterOrEqual(t, n.allowed[kind.name], atLeast, "steps allowed: %s", kind.name)
	}
	for _, reason := range stepReasons() {
		require.GreaterOrEqual(t, n.reasons[reason], atLeast, "steps denied with %v", reason)
	}
	require.GreaterOrEqual(t, n.status, atLeast, "steps that the status does not allow")
	require.GreaterOrEqual(t, n.invalid, atLeast, "definitions that are not well formed")
}

func TestLaw7StepsAreThoseOfTheModel(t *testing.T) {
	defaults := matrix(t)
	const worlds, parts = 1_000 / fewer, 4
	for part := range parts {
		t.Run(fmt.Sprintf("part %d", part), func(t *testing.T) {
			t.Parallel()
			n := newCensus()
			for i := part; i < worlds; i += parts {
				d := seeded(11, uint64(i))
				c := newCoalition(t, d, defaults)
				c.label = fmt.Sprintf("world %d of seed 11", i)
				for range 160 {
					name, tr := c.tryAny(d)
					n.count(name, tr.want)
					c.take(t, tr)
				}
			}
			t.Log(n)
			n.requireEverything(t, 5)
		})
	}
}

func TestLaw7AssignableIsWhatAssignAllows(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	var seen tally
	for i := range 150 {
		d := seeded(12, uint64(i))
		c := newCoalition(t, d, defaults)
		for range 8 {
			by, at := c.pair(d)
			on := c.members[at]
			want := c.at(on.Workspace).ref.assignable(c.now, by, on)
			got := slices.Collect(c.at(on.Workspace).policy.BindAt(c.now, by).Assignable(on))
			if !slices.Equal(got, want) {
				t.Fatalf("world %d of seed 12: %v may be assigned, and not %v\n  by %s\n  on %s",
					i, want, got, memberText(by), memberText(on))
			}
			seen.yes += len(want)
			seen.no += len(c.at(on.Workspace).roles) - len(want)
		}
	}
	seen.requireBoth(t, 500)
}

// stepErrors are the errors of every step on a member that needs no more than the member.
func stepErrors(s *rbac.Subject, m rbac.Member, given rbac.Assignment) map[string]error {
	all := map[string]error{}
	for _, step := range lifeSteps {
		_, all[step.name] = step.take(s, m)
	}
	_, all["assign"] = s.Assign(m, given)
	_, all["revoke"] = s.Revoke(m, given)
	_, all["replace"] = s.Replace(m, given, given)
	all["manage"] = s.Manage(m, rbac.BlockMember)
	_, all["invite"] = s.Invite(m.ID, m.Workspace, given)
	return all
}

func reasonOf(err error) rbac.Reason {
	var denied *rbac.DeniedError
	if errors.As(err, &denied) {
		return denied.Reason
	}
	return rbac.ReasonGranted
}

func TestLaw7NobodyActsOnThemselves(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	selves, onTwins := 0, 0
	for i := range 60 {
		d := seeded(13, uint64(i))
		c := newCoalition(t, d, defaults)
		for _, m := range c.members {
			if memberReason(m) != rbac.ReasonGranted {
				continue
			}
			s, given := c.at(m.Workspace).policy.BindAt(c.now, m), c.anyRoleFor(d, m.Workspace)
			for step, err := range stepErrors(s, m, given) {
				selves++
				assert.Equal(t, rbac.ReasonSelf, reasonOf(err),
					"world %d of seed 13: %s oneself: %s", i, step, memberText(m))
			}
			twin := m
			twin.ID += "'s twin"
			for _, err := range stepErrors(s, twin, given) {
				onTwins += oneIf(err == nil)
			}
		}
	}
	require.GreaterOrEqual(t, selves, 1_000, "steps on oneself")
	require.GreaterOrEqual(t, onTwins, 100, "steps on another member who holds the same")
}

// The ID and the tenant say who is acting on themselves. Nothing else about the member matters.
func TestLaw7OneselfIsTheSameIDAndTenant(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, rbac.Defaults(), rbac.Spec{
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceAdmin: {rbac.SetMemberRole: rbac.ScopeTenant}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {rbac.Operator}},
	})
	for name, row := range map[string]struct {
		on   rbac.Member
		want rbac.Reason
	}{
		"herself":                  {walletAdmin(), rbac.ReasonSelf},
		"herself, without roles":   {staff("ann", theWallet), rbac.ReasonSelf},
		"herself, invited":         {inStatus(rbac.StatusInvited, staff("ann", theWallet)), rbac.ReasonSelf},
		"herself, in the shop":     {staff("ann", theShop), rbac.ReasonSelf},
		"herself, of a namesake":   {staff("ann", namesakeOfWallet), rbac.ReasonSelf},
		"ann of another tenant":    {staff("ann", theBank), rbac.ReasonOtherTenant},
		"another spelling":         {staff("Ann", theWallet), rbac.ReasonGranted},
		"somebody else":            {staff("bob", theWallet), rbac.ReasonGranted},
		"somebody in the shop":     {staff("bob", theShop), rbac.ReasonGranted},
		"a member without an ID":   {staff("", theWallet), rbac.ReasonInvalidTarget},
		"a member with no status":  {inStatus(0, staff("bob", theWallet)), rbac.ReasonInvalidTarget},
		"a member of no workspace": {staff("bob", nowhere), rbac.ReasonInvalidWorkspace},
	} {
		role := rbac.WorkspaceOperator
		if row.on.Workspace.Kind == rbac.KindDeveloper {
			role = rbac.Operator
		}
		_, err := policy.Bind(walletAdmin()).Assign(row.on, inRole(role))
		assert.Equal(t, row.want, reasonOf(err), "ann, an admin, gives a role to %s: %v", name, err)
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
	registrar := policy.Bind(staff("reg", theWallet, inRole("registrar")))
	reader, admin := inRole("tenant_reader"), inRole(rbac.WorkspaceAdmin)
	bob := func(as ...rbac.Assignment) rbac.Member { return staff("bob", theWallet, as...) }
	now := time.Now()
	orphan := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}
	yesterday, tomorrow, dayAfter := now.Add(-day), now.Add(day), now.Add(2*day)
	const granted, uncovered = rbac.ReasonGranted, rbac.ReasonNotCovered
	for name, row := range map[string]struct {
		on   rbac.Member
		want rbac.Reason
	}{
		"a member without roles":            {bob(), granted},
		"a member with as little":           {bob(reader), granted},
		"an admin":                          {bob(admin), uncovered},
		"an admin with lesser roles":        {bob(reader, admin, reader), uncovered},
		"an admin from tomorrow":            {bob(from(tomorrow, admin)), uncovered},
		"an admin until tomorrow":           {bob(until(tomorrow, admin)), uncovered},
		"an admin until yesterday":          {bob(until(yesterday, admin)), granted},
		"an admin with reversed bounds":     {bob(from(dayAfter, until(tomorrow, admin))), granted},
		"a blocked admin":                   {inStatus(rbac.StatusBlocked, bob(admin)), uncovered},
		"an invited admin":                  {inStatus(rbac.StatusInvited, bob(admin)), uncovered},
		"a suspended admin":                 {suspended(bob(admin)), uncovered},
		"a member with an unknown role":     {bob(inRole("nobody")), uncovered},
		"a member of another tenant":        {staff("bob", namesakeOfShop), rbac.ReasonOtherTenant},
		"a merchant's member without roles": {staff("bob", theShop), granted},
		"a merchant's admin":                {staff("bob", theShop, inRole(rbac.DeveloperAdmin)), uncovered},
		"a member of an invalid workspace":  {staff("bob", orphan), rbac.ReasonInvalidWorkspace},
		"a member without an ID":            {staff("", theWallet), rbac.ReasonInvalidTarget},
	} {
		given := inRole(rbac.RoleID(row.on.Workspace.Kind.String()) + "_reader")
		_, err := registrar.Assign(row.on, given)
		assert.Equal(t, row.want, reasonOf(err), "assign to %s", name)
		_, err = registrar.Block(row.on)
		assert.Equal(t, row.want, reasonOf(err), "block %s", name)
		assert.Equal(t, row.want, reasonOf(registrar.Manage(row.on, rbac.BlockMember)), "manage %s", name)
	}
}

// A temporary admin makes no permanent admin, and none for an instant longer, but blocks one and takes the role.
func TestLaw7NobodyGivesBeyondTheirEnd(t *testing.T) {
	t.Parallel()
	now := time.Now()
	end, never := now.Add(day), time.Time{}
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
		"an admin of tomorrow gives for an hour":             {ann(from(end, admin)), now.Add(time.Hour), false},
		"an admin twice, once without an end, gives forever": {ann(until(end, admin), admin), never, true},
	} {
		given := until(row.until, inRole(rbac.WorkspaceOperator))
		_, err := rbac.Default().BindAt(now, row.by).Assign(staff("bob", theWallet), given)
		assert.Equal(t, row.allowed, err == nil, "%s: %v", name, err)
		_, err = rbac.Default().BindAt(now, row.by).Invite("bob", theWallet, given)
		assert.Equal(t, row.allowed, err == nil, "%s, by an invitation: %v", name, err)
		blocked := inStatus(rbac.StatusBlocked, staff("bob", theWallet, given))
		_, err = rbac.Default().BindAt(now, row.by).Unblock(blocked)
		assert.Equal(t, row.allowed, err == nil, "%s, by unblocking: %v", name, err)
	}
	role := newRole(rbac.KindTenant, rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace})
	_, err := rbac.Default().Bind(ann(admin)).Define(role)
	require.NoError(t, err, "an admin defines a role")
	_, err = rbac.Default().Bind(temporary).Define(role)
	assert.Equal(t, rbac.ReasonNotCovered, reasonOf(err), "a temporary admin defines a role without end")

	s, bob := rbac.Default().Bind(temporary), staff("bob", theWallet, admin)
	_, err = s.Block(bob)
	assert.NoError(t, err, "a temporary admin blocks a permanent one")
	_, err = s.Revoke(bob, admin)
	assert.NoError(t, err, "a temporary admin takes the role from a permanent one")
	_, err = s.Delete(bob)
	assert.Equal(t, rbac.ReasonNotCovered, reasonOf(err), "a temporary admin deletes a permanent one")
}

// A merchant's Developer adds a mini program to what a colleague holds, or takes one away, and does nothing else.
func TestLaw7DevelopersReplaceTheirPrograms(t *testing.T) {
	t.Parallel()
	const (
		dev, op, admin     = rbac.Developer, rbac.Operator, rbac.DeveloperAdmin
		granted, uncovered = rbac.ReasonGranted, rbac.ReasonNotCovered
		noRight            = rbac.ReasonNotGranted
	)
	tomorrow := time.Now().Add(day).Round(0)
	mp1, mp2, both, three := inRole(dev, "mp-1"), inRole(dev, "mp-2"), inRole(dev, "mp-1", "mp-2"),
		inRole(dev, "mp-1", "mp-2", "mp-3")
	ann, short := annWith(mp1), annWith(until(tomorrow, mp1))
	operator, admin0, admin1 := inRole(op), inRole(admin), inRole(admin, "mp-1")
	nobody := inRole("nobody")
	stranger := staff("bob", walletCafe, mp2)
	for name, row := range map[string]struct {
		by, to    rbac.Member
		held, new rbac.Assignment
		want      rbac.Reason
	}{
		"adds mp-1 to a developer of mp-2":          {ann, bobWith(mp2), mp2, both, granted},
		"takes mp-1 from a developer of both":       {ann, bobWith(both), both, mp2, granted},
		"takes mp-1 from a developer of mp-1":       {ann, bobWith(mp1), mp1, inRole(dev), granted},
		"adds mp-1 to an operator":                  {ann, bobWith(operator), operator, inRole(op, "mp-1"), granted},
		"adds mp-1 to an admin":                     {ann, bobWith(admin0), admin0, admin1, granted},
		"takes mp-1 from an admin":                  {ann, bobWith(admin1), admin1, admin0, granted},
		"changes nothing":                           {ann, bobWith(mp1), mp1, mp1, noRight},
		"changes the role":                          {ann, bobWith(mp2), mp2, inRole(op, "mp-1", "mp-2"), noRight},
		"changes the end":                           {ann, bobWith(mp2), mp2, until(tomorrow, both), noRight},
		"adds mp-2 to a developer of mp-1":          {ann, bobWith(mp1), mp1, both, noRight},
		"takes mp-2 from a developer of both":       {ann, bobWith(both), both, mp1, noRight},
		"adds mp-1 and mp-3":                        {ann, bobWith(mp2), mp2, three, noRight},
		"adds mp-1 to a role that is not held":      {ann, bobWith(operator), mp2, both, rbac.ReasonNotHeld},
		"adds mp-1 to herself":                      {ann, annWith(mp2), mp2, both, rbac.ReasonSelf},
		"adds mp-1 to another merchant's member":    {ann, stranger, mp2, both, rbac.ReasonOtherWorkspace},
		"adds mp-1, as a developer of mp-9":         {annWith(inRole(dev, "mp-9")), bobWith(mp2), mp2, both, noRight},
		"adds mp-1 forever, until tomorrow herself": {short, bobWith(mp2), mp2, both, uncovered},
		"takes mp-1, until tomorrow herself":        {short, bobWith(both), both, mp2, granted},
		"adds mp-1 to an unknown role": {
			ann, bobWith(nobody), nobody, inRole("nobody", "mp-1"), rbac.ReasonUnknownRole,
		},
		"adds mp-1 until the end of the role": {
			ann, bobWith(until(tomorrow, mp2)), until(tomorrow, mp2), until(tomorrow, both), granted,
		},
	} {
		got, err := rbac.Default().Bind(row.by).Replace(row.to, row.held, row.new)
		assert.Equal(t, row.want, reasonOf(err), "ann, Developer of mp-1, %s: %v", name, err)
		want := row.to
		if err == nil {
			want.Assignments = []rbac.Assignment{row.new}
		}
		assert.Equal(t, want, got, "ann, Developer of mp-1, %s", name)
		_, err = rbac.Default().Bind(row.by).Revoke(row.to, row.held)
		assert.NotEqual(t, granted, reasonOf(err), "ann, Developer of mp-1, revokes instead: %s", name)
	}
	withdrawn := inStatus(rbac.StatusWithdrawn, bobWith(mp2))
	_, err := rbac.Default().Bind(ann).Replace(withdrawn, mp2, both)
	var status *rbac.StatusError
	require.ErrorAs(t, err, &status, "ann adds mp-1 to a withdrawn guest")
	assert.Equal(t, rbac.StatusError{Step: "replace", Status: rbac.StatusWithdrawn}, *status)
}

// What is held is what the member has, and not what a request claims. A claim may differ by less than a microsecond,
// because databases cut that off, but the difference gives nobody any time.
func TestLaw7ReplaceKeepsTheBoundsThatAreHeld(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(day).Truncate(time.Microsecond)
	one, both := inRole(rbac.Developer, "mp-2"), inRole(rbac.Developer, "mp-1", "mp-2")
	ann := rbac.Default().Bind(annWith(inRole(rbac.Developer, "mp-1")))
	got, err := ann.Replace(bobWith(until(end, one)), until(end.Add(400), one), until(end.Add(900), both))
	require.NoError(t, err)
	assert.Equal(t, bobWith(until(end, both)), got, "ann adds mp-1 to a role that ends in a day")

	cutToZero := time.Time{}.Add(100)
	admin := rbac.Default().Bind(shopAdmin())
	for name, row := range map[string]struct{ has, claimed rbac.Assignment }{
		"a role without an end, by one that ended in the year 1":   {one, until(cutToZero, one)},
		"a role that ended in the year 1, by one without an end":   {until(cutToZero, one), one},
		"a role without a start, by one that starts in the year 1": {one, from(cutToZero, one)},
	} {
		_, err := admin.Revoke(bobWith(row.has), row.claimed)
		assert.Equal(t, rbac.ReasonNotHeld, reasonOf(err), "revoke %s: %v", name, err)
	}
}

// No dead end: who administers every role of a workspace's kind can always block, revoke and delete, whatever others
// have given and defined.
func TestLaw7NoDeadEnd(t *testing.T) {
	const coalitions, parts = 400 / fewer, 4
	defaults := matrix(t)
	for part := range parts {
		t.Run(fmt.Sprintf("part %d", part), func(t *testing.T) {
			t.Parallel()
			rescued, beyond := map[string]int{}, 0
			for i := part; i < coalitions; i += parts {
				d := seeded(14, uint64(i))
				c := newCoalition(t, d, defaults)
				c.label = fmt.Sprintf("world %d of seed 14", i)
				c.addRescuers(t)
				c.walk(t, d, 30, newCensus())
				for _, m := range c.members {
					if isValid(m.Workspace) && m.ID != "" && memberReason(m) != rbac.ReasonInvalidMember {
						beyond += oneIf(c.rescue(t, m, rescued))
					}
				}
			}
			t.Logf("members blocked, revoked and deleted: %v; beyond the rescuer's own rights: %d", rescued, beyond)
			for _, step := range []string{"block", "revoke", "delete", "withdraw"} {
				require.GreaterOrEqual(t, rescued[step], 50/fewer, "steps: %s", step)
			}
			require.GreaterOrEqual(t, beyond, 50/fewer, "members who hold what the rescuer does not")
		})
	}
}

// rescuer may take the steps. There is one for each kind.
func rescuer(kind rbac.WorkspaceKind) rbac.RoleID { return rbac.RoleID(kind.String() + "_rescuer") }

// addRescuers adds them to the platform. In each workspace they administer every role that its policy defines so far.
func (c *coalition) addRescuers(t testing.TB) {
	var spec rbac.Spec
	for _, kind := range kinds {
		spec.Roles = append(spec.Roles, rbac.Role{ID: rescuer(kind), Kind: kind, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.BlockMember: rbac.ScopeWorkspace, rbac.DeleteMember: rbac.ScopeWorkspace,
			rbac.WithdrawInvitation: rbac.ScopeWorkspace,
		}})
	}
	c.specs = append(c.specs, spec)
	c.base = newOffice(policyOf(t, c.specs...), c.base.ref.with(spec))
	for _, place := range unique(coalitionPlaces) {
		layer := c.at(place).ref.layer
		known := c.base.ref.with(layer)
		layer.Administers = maps.Clone(layer.Administers)
		if layer.Administers == nil {
			layer.Administers = map[rbac.RoleID][]rbac.RoleID{}
		}
		for _, id := range vocabularyOf(known).roles {
			if known.roleReason(id, place) == rbac.ReasonGranted {
				layer.Administers[rescuer(place.Kind)] = append(layer.Administers[rescuer(place.Kind)], id)
			}
		}
		c.open(t, place, layer)
	}
	c.pooled = map[rbac.Action][]right{}
	c.pool()
}

// rescue takes everything from a member. It returns whether the member held what the rescuer does not.
func (c *coalition) rescue(t testing.TB, m rbac.Member, rescued map[string]int) (beyond bool) {
	t.Helper()
	known := c.at(m.Workspace)
	actor := staff("the rescuer", m.Workspace, inRole(rescuer(m.Workspace.Kind)))
	s := known.policy.BindAt(c.now, actor)
	held := known.ref.powerOf(c.now, actor, m.Workspace).rights
	for _, as := range m.Assignments {
		beyond = beyond || len(uncovered(held, known.ref.rightsFrom(c.now, m.Workspace, as))) > 0
	}
	take := func(step string, next rbac.Member, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%v, at %v: nobody can %s: %v\n  %s", c, c.now, step, err, memberText(m))
		}
		rescued[step]++
		m = next
	}
	undefined := func(as rbac.Assignment) bool {
		return !ended(c.now, as) && known.ref.roleReason(as.Role, m.Workspace) != rbac.ReasonGranted
	}
	if m.Status == rbac.StatusWithdrawn || m.Status == rbac.StatusDeleted {
		return beyond
	}
	for slices.ContainsFunc(m.Assignments, undefined) {
		next, err := s.Revoke(m, m.Assignments[slices.IndexFunc(m.Assignments, undefined)])
		take("revoke", next, err)
	}
	if m.Status == rbac.StatusInvited {
		next, err := s.Withdraw(m)
		take("withdraw", next, err)
		return beyond
	}
	if m.Status == rbac.StatusActive {
		next, err := s.Block(m)
		take("block", next, err)
	}
	for len(m.Assignments) > 0 {
		next, err := s.Revoke(m, m.Assignments[0])
		take("revoke", next, err)
	}
	next, err := s.Delete(m)
	take("delete", next, err)
	return beyond
}
