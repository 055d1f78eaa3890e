package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// A size says how large a universe is. Every number but seed counts things.
type size struct {
	seed      uint64
	merchants int // of each tenant
	programs  int // of each workspace
	members   int
	roles     int // custom roles, beside the seven default ones
}

// The sizes that the run and the tests use.
var (
	checkSize = size{seed: 1, merchants: 4, programs: 40, members: 50}
	listSize  = size{seed: 2, merchants: 4, programs: 1000, members: 50}
	grownSize = size{seed: 3, merchants: 50, programs: 20, members: 10_000, roles: 1_000}
)

// A universe is what every engine is told: a policy, two tenants with merchants
// of the same names, mini programs with the same IDs in each, and members.
type universe struct {
	spec       rbac.Spec
	policy     *rbac.Policy
	merchants  int                            // of each tenant
	custom     map[rbac.RoleID]rbac.Workspace // where each custom role is held
	workspaces []rbac.Workspace
	programs   []rbac.Resource
	members    []rbac.Member
}

func newUniverse(s size) (*universe, error) {
	u := &universe{merchants: s.merchants, custom: map[rbac.RoleID]rbac.Workspace{}}
	u.addWorkspaces(s)
	extra := u.customRoles(s)
	policy, err := rbac.New(rbac.Defaults(), rbac.Spec{Roles: extra})
	if err != nil {
		return nil, fmt.Errorf("universe: policy of %d custom roles: %w", len(extra), err)
	}
	u.policy, u.spec = policy, policy.Spec()
	u.addMembers(s)
	return u, nil
}

// withMembers is the same universe with other members in it.
func (u *universe) withMembers(members []rbac.Member) *universe {
	same := *u
	same.members = members
	return &same
}

func (u *universe) addWorkspaces(s size) {
	for _, tenant := range []string{"wallet", "bank"} {
		w := rbac.Tenant(tenant)
		u.addWorkspace(w, s)
		for i := range s.merchants {
			u.addWorkspace(w.Developer(merchantID(i)), s)
		}
	}
}

func (u *universe) addWorkspace(w rbac.Workspace, s size) {
	u.workspaces = append(u.workspaces, w)
	for i := range s.programs {
		u.programs = append(u.programs, w.MiniProgram(programID(i)))
	}
}

func merchantID(i int) string { return fmt.Sprintf("shop-%d", i) }
func programID(i int) string  { return fmt.Sprintf("mp-%d", i) }

// customRoles are subsets of default roles, each held in one workspace: what an
// admin who may give no more than they have would define.
func (u *universe) customRoles(s size) []rbac.Role {
	rng := rand.New(rand.NewPCG(s.seed, 'r'))
	var roles []rbac.Role
	for i := range s.roles {
		w := u.workspaces[i%len(u.workspaces)]
		like := pick(rng, rolesOf(rbac.DefaultRoles(), w.Kind))
		role := rbac.Role{ID: rbac.RoleID(fmt.Sprintf("custom_%d", i)), Kind: w.Kind, Name: fmt.Sprintf("Custom %d", i), Permissions: some(rng, like.Permissions, 6)}
		u.custom[role.ID] = w
		roles = append(roles, role)
	}
	return roles
}

// some takes n of the permissions.
func some(rng *rand.Rand, from rbac.Permissions, n int) rbac.Permissions {
	actions := sortedActions(from)
	rng.Shuffle(len(actions), func(i, j int) { actions[i], actions[j] = actions[j], actions[i] })
	taken := rbac.Permissions{}
	for _, a := range actions[:min(n, len(actions))] {
		taken[a] = from[a]
	}
	return taken
}

func rolesOf(roles []rbac.Role, kind rbac.WorkspaceKind) []rbac.Role {
	return slices.DeleteFunc(slices.Clone(roles), func(r rbac.Role) bool { return r.Kind != kind })
}

func (u *universe) addMembers(s size) {
	rng := rand.New(rand.NewPCG(s.seed, 'm'))
	defaults := rbac.DefaultRoles()
	for i := range s.members {
		if i < len(defaults) {
			u.members = append(u.members, u.firstHolder(rng, i, defaults[i], s))
			continue
		}
		u.members = append(u.members, u.member(rng, i, s))
	}
}

// firstHolder makes sure that every default role is held, by someone active.
func (u *universe) firstHolder(rng *rand.Rand, i int, role rbac.Role, s size) rbac.Member {
	w := u.workspaces[0]
	if role.Kind == rbac.KindDeveloper {
		w = u.workspaces[1]
	}
	return rbac.Member{ID: memberID(i), Workspace: w, Status: rbac.StatusActive, Assignments: []rbac.Assignment{assignment(rng, role, s)}}
}

func memberID(i int) string { return fmt.Sprintf("member-%d", i) }

func (u *universe) member(rng *rand.Rand, i int, s size) rbac.Member {
	w := u.workspaces[1+rng.IntN(s.merchants)]
	if rng.IntN(2) == 0 {
		w = pick(rng, u.workspaces)
	}
	if rng.IntN(4) == 0 {
		w = u.workspaces[0]
	}
	m := rbac.Member{ID: memberID(i), Workspace: w, Status: statusOf(i)}
	for _, role := range u.rolesFor(rng, w) {
		m.Assignments = append(m.Assignments, assignment(rng, role, s))
	}
	return m
}

// statusOf leaves one member in ten in one of the states that allow nothing.
func statusOf(i int) rbac.Status {
	idle := []rbac.Status{rbac.StatusInvited, rbac.StatusBlocked, rbac.StatusWithdrawn, rbac.StatusDeleted}
	if i%10 != 9 {
		return rbac.StatusActive
	}
	return idle[i/10%len(idle)]
}

// rolesFor picks the one or two roles that a member of w holds.
func (u *universe) rolesFor(rng *rand.Rand, w rbac.Workspace) []rbac.Role {
	defaults := rolesOf(rbac.DefaultRoles(), w.Kind)
	roles := []rbac.Role{pick(rng, defaults)}
	if custom := u.customRolesOf(w); len(custom) > 0 && rng.IntN(5) > 0 {
		return []rbac.Role{pick(rng, custom)}
	}
	if other := pick(rng, defaults); rng.IntN(4) == 0 && other.ID != roles[0].ID {
		roles = append(roles, other)
	}
	return roles
}

func (u *universe) customRolesOf(w rbac.Workspace) []rbac.Role {
	var held []rbac.Role
	for _, role := range u.spec.Roles {
		if u.custom[role.ID] == w {
			held = append(held, role)
		}
	}
	return held
}

// assignment names up to eight mini programs where the role reaches assigned ones. The
// role's name is a copy: a host reads it from a row, and not from the policy.
func assignment(rng *rand.Rand, role rbac.Role, s size) rbac.Assignment {
	a := rbac.Assignment{Role: rbac.RoleID(strings.Clone(string(role.ID)))}
	if !reachesAssigned(role) {
		return a
	}
	for _, i := range rng.Perm(s.programs)[:min(1+rng.IntN(8), s.programs)] {
		a.MiniPrograms = append(a.MiniPrograms, programID(i))
	}
	return a
}

func reachesAssigned(role rbac.Role) bool {
	for _, scope := range role.Permissions {
		if scope&rbac.ScopeAssigned != 0 {
			return true
		}
	}
	return false
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
