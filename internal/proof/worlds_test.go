package proof

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// Laws and fuzz targets ask about generated worlds: a policy, members and resources. Everything depends on the dice
// alone, so a seed and a number, or the fuzzer's bytes, make the same world again.

// dice decides what a generator chooses: a seeded generator in tests, the fuzzer's bytes in fuzz targets.
type dice interface{ IntN(n int) int }

func seeded(seed, number uint64) dice { return rand.New(rand.NewPCG(seed, number)) }

// chance is false when every roll is zero, as it is when a fuzzer's bytes are used up.
func chance(d dice, percent int) bool { return d.IntN(100) >= 100-percent }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// picks may pick the same item twice, because a caller's list may have duplicates too.
func picks[T any](d dice, most int, from []T) []T {
	var picked []T
	for range d.IntN(most + 1) {
		picked = append(picked, pick(d, from))
	}
	return picked
}

// There are few IDs, so that they collide. A merchant has the ID of its tenant or of another tenant's merchant, and
// programs and members differ by spelling only.
var (
	tenantIDs   = []string{"wallet", "bank"}
	merchantIDs = []string{"shop", "wallet", "cafe"}
	memberIDs   = []string{"ann", "bob", "cy", "dee"}
	programIDs  = []string{"mp-1", "mp-2", "mp-3"}

	oddMemberIDs  = []string{"", "Ann", "ann ", "a'nn", "\u212ann", "wallet", "*", "%", "\xff", "a\x00"}
	oddProgramIDs = []string{"", "MP-1", "mp-1 ", "mp-01", "mp_1", "mp-1' OR '1'='1", "mp-%", "*", "\xff", "shop"}
)

// contradictory workspaces have fields that do not agree, and so have no relation to anything.
var contradictory = []rbac.Workspace{
	{},
	{Kind: rbac.KindTenant},
	{Kind: rbac.KindTenant, ID: "wallet"},
	{Kind: rbac.KindTenant, Tenant: "wallet"},
	{Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"},
	{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"},
	{Kind: rbac.KindDeveloper, ID: "shop"},
	{Kind: rbac.KindDeveloper, Tenant: "wallet"},
	{ID: "wallet", Tenant: "wallet"},
	{Kind: 9, ID: "shop", Tenant: "wallet"},
}

func anyWorkspace(d dice) rbac.Workspace {
	if chance(d, 7) {
		return pick(d, contradictory)
	}
	return validWorkspace(d)
}

func validWorkspace(d dice) rbac.Workspace {
	if chance(d, 40) {
		return workspaceOf(d, rbac.KindTenant)
	}
	return workspaceOf(d, rbac.KindDeveloper)
}

func mostly(d dice, percent int, odd, plain []string) string {
	if chance(d, percent) {
		return pick(d, odd)
	}
	return pick(d, plain)
}

func anyProgramID(d dice) string { return mostly(d, 8, oddProgramIDs, programIDs) }

func anyPrograms(d dice) []string {
	var programs []string
	for range d.IntN(4) {
		programs = append(programs, anyProgramID(d))
	}
	return programs
}

func anyResource(d dice) rbac.Resource {
	r := rbac.Resource{Workspace: anyWorkspace(d)}
	if chance(d, 70) {
		r.MiniProgram = anyProgramID(d)
	}
	if chance(d, 75) {
		r.Owner = mostly(d, 10, oddMemberIDs, memberIDs)
	}
	return r
}

// vocabulary is the actions and roles that a policy defines.
type vocabulary struct {
	actions []rbac.Action
	roles   []rbac.RoleID
	kinds   map[rbac.RoleID]rbac.WorkspaceKind
}

func vocabularyOf(ref reference) vocabulary {
	n := vocabulary{kinds: ref.kinds}
	for action := range ref.targets {
		n.actions = append(n.actions, action)
	}
	for role := range ref.kinds {
		n.roles = append(n.roles, role)
	}
	slices.Sort(n.actions)
	slices.Sort(n.roles)
	return n
}

func (n vocabulary) rolesOf(kind rbac.WorkspaceKind) []rbac.RoleID {
	return slices.DeleteFunc(slices.Clone(n.roles), func(id rbac.RoleID) bool { return n.kinds[id] != kind })
}

var unknownRoles = []rbac.RoleID{"", "nobody", "Workspace_Admin", "workspace_admin ", "developer\x00"}

var unknownActions = []rbac.Action{
	"", "miniprogram.relase", "MiniProgram.View", "miniprogram.view ", "*", "miniprogram.*",
}

func (n vocabulary) anyRole(d dice, kind rbac.WorkspaceKind) rbac.RoleID {
	if chance(d, 4) {
		return pick(d, unknownRoles)
	}
	fitting := n.rolesOf(kind)
	if len(fitting) == 0 || chance(d, 8) {
		return pick(d, n.roles)
	}
	return pick(d, fitting)
}

// timeline is the time of the question, and how far from it the bounds of assignments are.
type timeline struct {
	now    time.Time
	bounds []time.Duration
}

// wallTime keeps bounds an hour away from now, so that functions that read the clock have one answer.
func wallTime() timeline {
	return timeline{now: time.Now(), bounds: []time.Duration{-48 * time.Hour, -time.Hour, time.Hour, 48 * time.Hour}}
}

// fixedTime puts bounds at the instant of the question, and directly before and after it.
func fixedTime() timeline {
	return timeline{
		now:    time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC),
		bounds: []time.Duration{-time.Hour, -1, 0, 1, time.Hour},
	}
}

var zones = []*time.Location{time.UTC, time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)}

func (c timeline) anyBound(d dice) time.Time {
	if !chance(d, 20) {
		return time.Time{}
	}
	return c.now.Add(pick(d, c.bounds)).In(pick(d, zones))
}

func (n vocabulary) anyAssignment(d dice, c timeline, kind rbac.WorkspaceKind) rbac.Assignment {
	return rbac.Assignment{
		Role:         n.anyRole(d, kind),
		MiniPrograms: anyPrograms(d),
		NotBefore:    c.anyBound(d),
		NotAfter:     c.anyBound(d),
	}
}

var statuses = []rbac.Status{
	0, rbac.StatusInvited, rbac.StatusActive, rbac.StatusBlocked, rbac.StatusWithdrawn, rbac.StatusDeleted, 99,
}

func anyStatus(d dice) rbac.Status {
	if chance(d, 20) {
		return pick(d, statuses)
	}
	return rbac.StatusActive
}

func (n vocabulary) anyMember(d dice, c timeline) rbac.Member {
	m := rbac.Member{
		ID:        mostly(d, 6, oddMemberIDs, memberIDs),
		Workspace: anyWorkspace(d),
		Status:    anyStatus(d),
		Suspended: chance(d, 6),
		InvitedAt: c.now.Add(-time.Hour),
	}
	for range d.IntN(4) {
		m.Assignments = append(m.Assignments, n.anyAssignment(d, c, m.Workspace.Kind))
	}
	return m
}

// anySpec is a spec that New accepts after the specs of the known reference. What it defines has names that begin with
// the prefix.
func anySpec(d dice, prefix string, known reference) rbac.Spec {
	spec := rbac.Spec{Actions: anyActions(d, prefix), Labels: map[rbac.Action]rbac.Label{}}
	known = known.with(spec)
	spec.Extend = anyExtensions(d, known)
	spec.Roles = anyRoles(d, prefix, known)
	known = known.with(rbac.Spec{Extend: spec.Extend, Roles: spec.Roles})
	all := vocabularyOf(known)
	spec.Administers = anyAdministers(d, known)
	spec.Exclusive = anyExclusive(d, known)
	if chance(d, 60) {
		spec.FourEyes = anyFourEyes(d, known)
	}
	if chance(d, 30) {
		spec.AtMost = map[rbac.RoleID]int{pick(d, all.roles): 2 + d.IntN(3)}
	}
	for _, action := range picks(d, 2, all.actions) {
		spec.Labels[action] = rbac.Label{Name: "Do " + string(action), Group: prefix}
	}
	return spec
}

func anyFourEyes(d dice, known reference) []rbac.Action {
	return known.possibleFourEyes(unique(picks(d, 6, vocabularyOf(known).actions)))
}

// possibleFourEyes leaves out actions that some role grants only on one's own.
func (ref reference) possibleFourEyes(actions []rbac.Action) []rbac.Action {
	ref = ref.with(rbac.Spec{FourEyes: actions})
	return slices.DeleteFunc(actions, func(a rbac.Action) bool {
		for id := range ref.kinds {
			if ref.neverUnderFourEyes(id, a) {
				return true
			}
		}
		return false
	})
}

// anyAdministers lets a few roles administer roles whose holders they can reach.
func anyAdministers(d dice, known reference) map[rbac.RoleID][]rbac.RoleID {
	administers := map[rbac.RoleID][]rbac.RoleID{}
	roles := vocabularyOf(known).roles
	for _, id := range picks(d, 3, roles) {
		reachable := slices.DeleteFunc(slices.Clone(roles), func(other rbac.RoleID) bool {
			return !known.canAdminister(id, other)
		})
		administers[id] = unique(picks(d, 4, reachable))
	}
	return administers
}

var targets = []rbac.Target{
	rbac.OnTenant, rbac.OnDeveloper, rbac.OnMiniProgram,
	rbac.OnTenant | rbac.OnDeveloper, rbac.OnTenant | rbac.OnMiniProgram, rbac.OnDeveloper | rbac.OnMiniProgram,
	rbac.OnTenant | rbac.OnDeveloper | rbac.OnMiniProgram,
}

func anyActions(d dice, prefix string) map[rbac.Action]rbac.Target {
	actions := map[rbac.Action]rbac.Target{}
	for i := range 1 + d.IntN(4) {
		actions[rbac.Action(fmt.Sprintf("%s.action_%d", prefix, i))] = pick(d, targets)
	}
	return actions
}

var kinds = []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper}

func anyRoles(d dice, prefix string, known reference) []rbac.Role {
	var roles []rbac.Role
	for i := range 1 + d.IntN(4) {
		role := rbac.Role{
			ID:   rbac.RoleID(fmt.Sprintf("%s_role_%d", prefix, i)),
			Kind: pick(d, kinds),
			Name: fmt.Sprintf("%s role %d", prefix, i),
		}
		if chance(d, 25) {
			role.Workspace = workspaceOf(d, role.Kind)
		}
		role.Permissions = anyPermissions(d, known, role.Kind)
		roles = append(roles, role)
	}
	return roles
}

// workspaceOf is a valid workspace of the kind.
func workspaceOf(d dice, kind rbac.WorkspaceKind) rbac.Workspace {
	tenant := pick(d, tenantIDs)
	if kind == rbac.KindTenant {
		return rbac.Workspace{Kind: rbac.KindTenant, ID: tenant, Tenant: tenant}
	}
	return rbac.Workspace{Kind: rbac.KindDeveloper, ID: pick(d, merchantIDs), Tenant: tenant}
}

func anyExtensions(d dice, known reference) map[rbac.RoleID]rbac.Permissions {
	extend := map[rbac.RoleID]rbac.Permissions{}
	roles := vocabularyOf(known).roles
	if len(roles) == 0 {
		return extend
	}
	for _, role := range picks(d, 3, roles) {
		extend[role] = anyPermissions(d, known, known.kinds[role])
	}
	return extend
}

func anyPermissions(d dice, known reference, kind rbac.WorkspaceKind) rbac.Permissions {
	permissions := rbac.Permissions{}
	actions := vocabularyOf(known).actions
	for range 1 + d.IntN(12) {
		action := pick(d, actions)
		scope := anyScope(d, kind, known.targets[action])
		if scope == 0 || scope == rbac.ScopeOwn && known.fourEyes[action] {
			continue
		}
		permissions[action] = scope
	}
	return permissions
}

// anyScope is zero if no scope of such a role can reach such a target.
func anyScope(d dice, kind rbac.WorkspaceKind, target rbac.Target) rbac.Scope {
	var fitting []rbac.Scope
	for _, scope := range eachScope {
		if isUsable(scope, kind, target) {
			fitting = append(fitting, scope)
		}
	}
	if len(fitting) == 0 {
		return 0
	}
	scope := pick(d, fitting)
	return scope | pick(d, fitting)
}

// anyExclusive is mostly no set, and otherwise two roles that one member can hold.
func anyExclusive(d dice, known reference) [][]rbac.RoleID {
	roles := vocabularyOf(known).roles
	if !chance(d, 30) || len(roles) < 2 {
		return nil
	}
	first := pick(d, roles)
	for range 4 {
		if second := pick(d, roles); second != first && known.canMeet(first, second) {
			return [][]rbac.RoleID{{first, second}}
		}
	}
	return nil
}

func unique[T comparable](list []T) []T {
	var kept []T
	for _, item := range list {
		if !slices.Contains(kept, item) {
			kept = append(kept, item)
		}
	}
	return kept
}

// world is a policy, the reference for it, and the members and resources to ask about.
type world struct {
	label string
	timeline
	vocabulary
	specs     []rbac.Spec
	policy    *rbac.Policy
	ref       reference
	members   []rbac.Member
	resources []rbac.Resource
}

func (w world) String() string { return w.label }

// newWorld extends the default roles in two worlds of three, and has none of them in the third.
func newWorld(t testing.TB, d dice, c timeline, defaults reference) world {
	t.Helper()
	w := world{timeline: c, ref: noRules()}
	if d.IntN(3) > 0 {
		w.ref, w.specs = defaults, append(w.specs, rbac.Defaults())
	}
	for _, prefix := range picks(d, 1, []string{"extra"}) {
		w.add(anySpec(d, prefix, w.ref))
	}
	custom := anySpec(d, "custom", w.ref)
	if chance(d, 50) {
		w.addLayer(t, custom)
		return w
	}
	w.add(custom)
	w.policy, w.vocabulary = policyOf(t, w.specs...), vocabularyOf(w.ref)
	return w
}

// policyOf does not use testify, because fuzz targets call it in their loops.
func policyOf(t testing.TB, specs ...rbac.Spec) *rbac.Policy {
	t.Helper()
	policy, err := rbac.New(specs...)
	if err != nil {
		t.Fatalf("New refuses valid specs: %v\n%+v", err, specs)
	}
	return policy
}

func (w *world) add(spec rbac.Spec) { w.ref, w.specs = w.ref.with(spec), append(w.specs, spec) }

// addLayer adds a spec to the policy of those before, as With does.
func (w *world) addLayer(t testing.TB, layer rbac.Spec) {
	t.Helper()
	policy, err := policyOf(t, w.specs...).With(layer)
	if err != nil {
		t.Fatalf("With refuses a valid layer: %v\n%+v\non %+v", err, layer, w.specs)
	}
	w.ref, w.specs = w.ref.layered(layer), append(w.specs, layer)
	w.policy, w.vocabulary = policy, vocabularyOf(w.ref)
}

func (w *world) populate(d dice, members, resources int) {
	for range members {
		w.members = append(w.members, w.anyMember(d, w.timeline))
	}
	for range resources {
		w.resources = append(w.resources, w.anyResource(d))
	}
}

// anyResource is close to one of the members two times in three.
func (w world) anyResource(d dice) rbac.Resource {
	r := anyResource(d)
	if d.IntN(3) == 0 || len(w.members) == 0 {
		return r
	}
	m := pick(d, w.members)
	r.Workspace = m.Workspace
	if r.MiniProgram != "" && len(m.Assignments) > 0 {
		r.MiniProgram = oneOf(d, pick(d, m.Assignments).MiniPrograms, r.MiniProgram)
	}
	if chance(d, 30) {
		r.Owner = m.ID
	}
	return r
}

func oneOf[T any](d dice, from []T, otherwise T) T {
	if len(from) == 0 {
		return otherwise
	}
	return pick(d, from)
}

// someActions are an unknown action, some that a member's role grants, all custom ones, and some of any kind.
func (w world) someActions(d dice, others int) []rbac.Action {
	actions := []rbac.Action{pick(d, unknownActions)}
	for range others {
		actions = append(actions, w.grantedAction(d))
	}
	for _, action := range w.actions {
		if strings.HasPrefix(string(action), "custom.") || strings.HasPrefix(string(action), "extra.") {
			actions = append(actions, action)
		}
	}
	for range others {
		actions = append(actions, pick(d, w.actions))
	}
	return unique(actions)
}

func (w world) grantedAction(d dice) rbac.Action {
	as := oneOf(d, pick(d, w.members).Assignments, rbac.Assignment{})
	return oneOf(d, slices.Sorted(maps.Keys(w.ref.grants[as.Role])), pick(d, w.actions))
}

// eachQuestion asks about every member and resource, and about some actions.
func (w world) eachQuestion(d dice, others int, ask func(m rbac.Member, a rbac.Action, r rbac.Resource)) {
	actions := w.someActions(d, others)
	for _, m := range w.members {
		for _, r := range w.resources {
			for _, a := range actions {
				ask(m, a, r)
			}
		}
	}
}

// worlds visits a number of generated worlds. A failure names the seed and the number that make its world again.
func worlds(t *testing.T, seed uint64, number int, c timeline, visit func(d dice, w world)) {
	t.Helper()
	defaults := matrix(t)
	for i := range number {
		d := seeded(seed, uint64(i))
		w := newWorld(t, d, c, defaults)
		w.label = fmt.Sprintf("world %d of seed %d", i, seed)
		w.populate(d, 6, 16)
		visit(d, w)
		if t.Failed() {
			return
		}
	}
}

// tally counts answers, so that a test can require enough of both kinds to mean something.
type tally struct{ yes, no int }

func (c *tally) count(answer bool) {
	if answer {
		c.yes++
		return
	}
	c.no++
}

func (c *tally) add(more tally) {
	c.yes += more.yes
	c.no += more.no
}

func (c *tally) requireBoth(t testing.TB, atLeast int) {
	t.Helper()
	require.GreaterOrEqual(t, c.yes, atLeast, "grants seen")
	require.GreaterOrEqual(t, c.no, atLeast, "denials seen")
}

// questionText quotes every ID, because some have invisible characters.
func questionText(m rbac.Member, a rbac.Action, r rbac.Resource) string {
	return fmt.Sprintf("may %s do %q to mini program %q, owned by %q, of %s?",
		memberText(m), a, r.MiniProgram, r.Owner, workspaceText(r.Workspace))
}

func memberText(m rbac.Member) string {
	text := fmt.Sprintf("%v member %q of %s", m.Status, m.ID, workspaceText(m.Workspace))
	if m.Suspended {
		text += ", which is suspended"
	}
	for _, as := range m.Assignments {
		text += ", " + assignmentText(as)
	}
	return text
}

func assignmentText(as rbac.Assignment) string {
	text := fmt.Sprintf("%q for %q", as.Role, as.MiniPrograms)
	if !as.NotBefore.IsZero() {
		text += fmt.Sprintf(" from %v", as.NotBefore)
	}
	if !as.NotAfter.IsZero() {
		text += fmt.Sprintf(" until %v", as.NotAfter)
	}
	return text
}

func workspaceText(w rbac.Workspace) string {
	return fmt.Sprintf("%v workspace %q of tenant %q", w.Kind, w.ID, w.Tenant)
}
