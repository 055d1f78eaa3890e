package databases

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// now has nanoseconds, which no database keeps.
var now = time.Date(2026, 3, 29, 1, 30, 0, 123456789, time.UTC)

// bounds are at the instant of the question, next to it, and far away.
var bounds = []time.Time{
	time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
	time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
	now.Truncate(time.Microsecond).Add(-time.Hour).In(time.FixedZone("east", 8*3600)),
	now.Truncate(time.Microsecond).Add(-time.Microsecond),
	now.Truncate(time.Microsecond),
	now.Truncate(time.Microsecond).Add(time.Microsecond),
	now.Truncate(time.Second),
	now.Truncate(time.Second).Add(time.Second).In(time.FixedZone("west", -5*3600)),
	time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC),
	time.Date(2300, 1, 1, 0, 0, 0, 100000, time.UTC),
	time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
}

// world is a policy with a role for each set of scopes, and the IDs that its rows and members have.
type world struct {
	policy  *rbac.Policy
	actions []rbac.Action
	roles   map[rbac.WorkspaceKind][]rbac.RoleID
	vocabulary
	odd []string // IDs that look like those of the vocabulary
}

func newWorld(t *testing.T, v vocabulary, odd []string) *world {
	w := &world{vocabulary: v, odd: odd, roles: map[rbac.WorkspaceKind][]rbac.RoleID{}}
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}}
	for target := rbac.Target(1); target <= rbac.OnAny; target++ {
		for _, prefix := range []string{"free", "guarded"} {
			action := rbac.Action(fmt.Sprintf("%s.on_%d", prefix, target))
			spec.Actions[action] = target
			w.actions = append(w.actions, action)
			if prefix == "guarded" {
				spec.FourEyes = append(spec.FourEyes, action)
			}
		}
	}
	for scopes := rbac.ScopeOwn; scopes < rbac.ScopeTenant<<1; scopes++ {
		w.addRole(&spec, rbac.KindTenant, scopes, rbac.Workspace{})
		w.addRole(&spec, rbac.KindDeveloper, scopes, rbac.Workspace{})
	}
	wallet := rbac.Tenant(v.tenants[0])
	w.addRole(&spec, rbac.KindTenant, rbac.ScopeTenant, wallet)
	for _, merchant := range v.merchants {
		w.addRole(&spec, rbac.KindDeveloper, rbac.ScopeWorkspace, wallet.Developer(merchant))
	}
	spec.Exclusive = [][]rbac.RoleID{w.roles[rbac.KindTenant][:2], w.roles[rbac.KindDeveloper][:2]}
	policy, err := rbac.New(rbac.Defaults(), spec)
	require.NoError(t, err)
	w.policy = policy
	w.roles[rbac.KindTenant] = append(w.roles[rbac.KindTenant], rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper)
	w.roles[rbac.KindDeveloper] = append(w.roles[rbac.KindDeveloper], rbac.DeveloperAdmin, rbac.Developer)
	w.actions = append(w.actions, rbac.ViewMiniProgram, rbac.ReleaseMiniProgram, rbac.DecideRelease, rbac.ListMembers)
	return w
}

// addRole adds a role that grants every action with those of the scopes that it can have.
func (w *world) addRole(spec *rbac.Spec, kind rbac.WorkspaceKind, scopes rbac.Scope, owner rbac.Workspace) {
	if kind == rbac.KindDeveloper && scopes >= rbac.ScopeTenant {
		return
	}
	role := rbac.Role{
		ID:          rbac.RoleID(fmt.Sprintf("%s_%d_%d", kind, scopes, len(spec.Roles))),
		Kind:        kind,
		Workspace:   owner,
		Permissions: rbac.Permissions{},
	}
	for action, target := range spec.Actions {
		granted := scopes
		if target&(rbac.Target(kind)|rbac.OnMiniProgram) == 0 {
			granted &^= rbac.ScopeOwn | rbac.ScopeWorkspace
		}
		if target&rbac.OnMiniProgram == 0 {
			granted &^= rbac.ScopeAssigned
		}
		if granted == rbac.ScopeOwn && slices.Contains(spec.FourEyes, action) {
			continue
		}
		if granted != 0 {
			role.Permissions[action] = granted
		}
	}
	spec.Roles = append(spec.Roles, role)
	w.roles[kind] = append(w.roles[kind], role.ID)
}

// choose returns mostly one of the first plain IDs, and otherwise one that looks like an ID.
func (w *world) choose(random *rand.Rand, plain []string) string {
	if chance(random, 20) {
		return pick(random, w.odd)
	}
	return pick(random, plain[:1+random.IntN(len(plain))])
}

func (w *world) workspace(random *rand.Rand) rbac.Workspace {
	tenant := w.choose(random, w.tenants)
	if chance(random, 45) {
		return rbac.Tenant(tenant)
	}
	return rbac.Tenant(tenant).Developer(w.choose(random, w.merchants))
}

func (w *world) member(random *rand.Rand) rbac.Member {
	m := rbac.Member{ID: w.choose(random, w.people), Workspace: w.workspace(random), Status: rbac.StatusActive}
	for range 1 + random.IntN(3) {
		m.Assignments = append(m.Assignments, w.assignment(random, m.Workspace.Kind))
	}
	return m
}

func (w *world) assignment(random *rand.Rand, kind rbac.WorkspaceKind) rbac.Assignment {
	if kind == 0 || chance(random, 3) {
		kind = pick(random, []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper})
	}
	as := rbac.Assignment{Role: pick(random, w.roles[kind])}
	if chance(random, 15) { // more than a short list has
		as.MiniPrograms = slices.Clone(w.programs[2:])
	}
	for range random.IntN(6) {
		as.MiniPrograms = append(as.MiniPrograms, w.choose(random, w.programs))
	}
	return as
}

// resource returns a resource of a valid workspace.
func (w *world) resource(random *rand.Rand) rbac.Resource {
	r := w.workspace(random).Resource()
	if chance(random, 65) {
		r.MiniProgram = w.choose(random, w.programs)
	}
	if chance(random, 80) {
		r.Owner = w.choose(random, w.people)
	}
	return r
}

// ids returns the IDs that a filter of the member may ask for.
func ids(m rbac.Member) []string {
	all := []string{m.ID, m.Workspace.ID, m.Workspace.Tenant}
	for _, as := range m.Assignments {
		all = append(all, as.MiniPrograms...)
	}
	return all
}

func describe(m rbac.Member) string {
	text := fmt.Sprintf("%q of %s workspace %q in %q", m.ID, m.Workspace.Kind, m.Workspace.ID, m.Workspace.Tenant)
	for _, as := range m.Assignments {
		text += fmt.Sprintf(", %s on %s", as.Role, quoted(as.MiniPrograms))
	}
	return text
}

func quoted(ids []string) string {
	return strings.ReplaceAll(fmt.Sprintf("%q", ids), "\" \"", "\", \"")
}
