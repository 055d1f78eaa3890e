package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
)

// size says how large a universe is.
type size struct {
	seed      uint64
	merchants int // of each tenant
	programs  int // of each workspace
	members   int
	roles     int // custom roles, besides the seven default ones
}

// The universes of a check, of a list, and of a check among many members and roles.
var (
	checkSize = size{seed: 1, merchants: 4, programs: 40, members: 50}
	listSize  = size{seed: 2, merchants: 4, programs: 1000, members: 50}
	grownSize = size{seed: 3, merchants: 50, programs: 20, members: 10_000, roles: 1_000}
)

// universe is a policy, two tenants whose merchants have the same IDs, mini programs with the same IDs in each
// workspace, and members.
type universe struct {
	spec       rbac.Spec
	policy     *rbac.Policy
	workspaces []rbac.Workspace
	programs   []rbac.Resource
	members    []rbac.Member
	custom     map[rbac.RoleID]rbac.Workspace // where each custom role is held
	merchants  int                            // of each tenant
}

// newUniverse makes the same universe whenever the size is the same.
func newUniverse(s size) (*universe, error) {
	u := &universe{merchants: s.merchants, custom: map[rbac.RoleID]rbac.Workspace{}}
	u.addWorkspaces(s)
	roles := u.customRoles(s)
	policy, err := rbac.New(rbac.Defaults(), rbac.Spec{Roles: roles})
	if err != nil {
		return nil, fmt.Errorf("universe with %d custom roles: %w", len(roles), err)
	}
	u.policy, u.spec = policy, policy.Spec()
	u.addMembers(s)
	return u, nil
}

// withMembers is the same universe with these members in place of its own.
func (u *universe) withMembers(members []rbac.Member) *universe {
	other := *u
	other.members = members
	return &other
}

func (u *universe) addWorkspaces(s size) {
	for _, id := range []string{"wallet", "bank"} {
		tenant := rbac.Tenant(id)
		u.addWorkspace(tenant, s)
		for i := range s.merchants {
			u.addWorkspace(tenant.Developer(merchantID(i)), s)
		}
	}
}

func (u *universe) addWorkspace(workspace rbac.Workspace, s size) {
	u.workspaces = append(u.workspaces, workspace)
	for i := range s.programs {
		u.programs = append(u.programs, workspace.MiniProgram(programID(i)))
	}
}

func merchantID(i int) string { return fmt.Sprintf("shop-%d", i) }
func programID(i int) string  { return fmt.Sprintf("mp-%d", i) }
func memberID(i int) string   { return fmt.Sprintf("member-%d", i) }

// customRoles are subsets of default roles, each held in one workspace: what its admin could define.
func (u *universe) customRoles(s size) []rbac.Role {
	random := rand.New(rand.NewPCG(s.seed, 'r'))
	var roles []rbac.Role
	for i := range s.roles {
		workspace := u.workspaces[i%len(u.workspaces)]
		like := pick(random, rolesOf(rbac.DefaultRoles(), workspace.Kind))
		role := rbac.Role{
			ID:          rbac.RoleID(fmt.Sprintf("custom_%d", i)),
			Kind:        workspace.Kind,
			Name:        fmt.Sprintf("Custom %d", i),
			Permissions: some(random, like.Permissions, 6),
		}
		u.custom[role.ID] = workspace
		roles = append(roles, role)
	}
	return roles
}

// some takes n of the permissions.
func some(random *rand.Rand, permissions rbac.Permissions, n int) rbac.Permissions {
	actions := sortedActions(permissions)
	random.Shuffle(len(actions), func(i, j int) { actions[i], actions[j] = actions[j], actions[i] })
	taken := rbac.Permissions{}
	for _, action := range actions[:min(n, len(actions))] {
		taken[action] = permissions[action]
	}
	return taken
}

func rolesOf(roles []rbac.Role, kind rbac.WorkspaceKind) []rbac.Role {
	return slices.DeleteFunc(slices.Clone(roles), func(role rbac.Role) bool { return role.Kind != kind })
}

func (u *universe) addMembers(s size) {
	random := rand.New(rand.NewPCG(s.seed, 'm'))
	defaults := rbac.DefaultRoles()
	for i := range s.members {
		if i < len(defaults) {
			u.members = append(u.members, u.firstHolder(random, i, defaults[i], s))
			continue
		}
		u.members = append(u.members, u.member(random, i, s))
	}
}

// firstHolder is an active member with the role, so that every default role is held.
func (u *universe) firstHolder(random *rand.Rand, i int, role rbac.Role, s size) rbac.Member {
	workspace := u.workspaces[0]
	if role.Kind == rbac.KindDeveloper {
		workspace = u.workspaces[1]
	}
	return rbac.Member{
		ID:          memberID(i),
		Workspace:   workspace,
		Status:      rbac.StatusActive,
		Assignments: []rbac.Assignment{assignmentOf(random, role, s)},
	}
}

func (u *universe) member(random *rand.Rand, i int, s size) rbac.Member {
	workspace := u.workspaces[1+random.IntN(s.merchants)]
	if random.IntN(2) == 0 {
		workspace = pick(random, u.workspaces)
	}
	if random.IntN(4) == 0 {
		workspace = u.workspaces[0]
	}
	member := rbac.Member{ID: memberID(i), Workspace: workspace, Status: statusOf(i)}
	for _, role := range u.rolesFor(random, workspace) {
		member.Assignments = append(member.Assignments, assignmentOf(random, role, s))
	}
	return member
}

// statusOf leaves one member in ten in a status that allows nothing.
func statusOf(i int) rbac.Status {
	idle := []rbac.Status{rbac.StatusInvited, rbac.StatusBlocked, rbac.StatusWithdrawn, rbac.StatusDeleted}
	if i%10 != 9 {
		return rbac.StatusActive
	}
	return idle[i/10%len(idle)]
}

// rolesFor picks the one or two roles that a member of the workspace holds.
func (u *universe) rolesFor(random *rand.Rand, workspace rbac.Workspace) []rbac.Role {
	defaults := rolesOf(rbac.DefaultRoles(), workspace.Kind)
	roles := []rbac.Role{pick(random, defaults)}
	if custom := u.customRolesOf(workspace); len(custom) > 0 && random.IntN(5) > 0 {
		return []rbac.Role{pick(random, custom)}
	}
	if other := pick(random, defaults); random.IntN(4) == 0 && other.ID != roles[0].ID {
		roles = append(roles, other)
	}
	return roles
}

func (u *universe) customRolesOf(workspace rbac.Workspace) []rbac.Role {
	var held []rbac.Role
	for _, role := range u.spec.Roles {
		if u.custom[role.ID] == workspace {
			held = append(held, role)
		}
	}
	return held
}

// assignmentOf names up to eight mini programs if the role reaches assigned ones. The role's ID is a copy, because a
// host reads it from a row and not from the policy.
func assignmentOf(random *rand.Rand, role rbac.Role, s size) rbac.Assignment {
	assignment := rbac.Assignment{Role: rbac.RoleID(strings.Clone(string(role.ID)))}
	if !reachesAssigned(role) {
		return assignment
	}
	for _, i := range random.Perm(s.programs)[:min(1+random.IntN(8), s.programs)] {
		assignment.MiniPrograms = append(assignment.MiniPrograms, programID(i))
	}
	return assignment
}

func reachesAssigned(role rbac.Role) bool {
	for _, scope := range role.Permissions {
		if scope&rbac.ScopeAssigned != 0 {
			return true
		}
	}
	return false
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// request is one question: may this member do this to that?
type request = baseline.Request

// class is why a request is allowed or denied.
type class string

const (
	allowedOwn       class = "allowed, own"
	allowedAssigned  class = "allowed, assigned"
	allowedWorkspace class = "allowed, workspace"
	allowedTenant    class = "allowed, tenant"
	deniedStatus     class = "denied, not active"
	deniedTarget     class = "denied, wrong target"
	deniedAction     class = "denied, no role grants it"
	deniedTenant     class = "denied, other tenant"
	deniedWorkspace  class = "denied, other workspace"
	deniedUnassigned class = "denied, not assigned"
	deniedOwner      class = "denied, not the owner"
)

var (
	allowedClasses = []class{allowedOwn, allowedAssigned, allowedWorkspace, allowedTenant}
	deniedClasses  = []class{
		deniedStatus, deniedTarget, deniedAction, deniedTenant, deniedWorkspace, deniedUnassigned, deniedOwner,
	}
)

// requests draws n different requests, half of them allowed. Each half has as many of each class as the universe
// allows, so that nothing is measured on one path only.
func (u *universe) requests(n int) ([]request, error) {
	d := newDrawer(u, rand.New(rand.NewPCG(uint64(n), 'q')))
	if err := d.draw(allowedClasses, n/2); err != nil {
		return nil, err
	}
	if err := d.draw(deniedClasses, n-n/2); err != nil {
		return nil, err
	}
	d.random.Shuffle(len(d.drawn), func(i, j int) { d.drawn[i], d.drawn[j] = d.drawn[j], d.drawn[i] })
	return d.drawn, nil
}

type drawer struct {
	universe    *universe
	random      *rand.Rand
	handwritten baseline.Handwritten
	actions     []rbac.Action
	granted     map[string][]rbac.Action // by member: what their roles grant
	seen        map[string]bool
	have        map[class]int
	drawn       []request
}

func newDrawer(u *universe, random *rand.Rand) *drawer {
	return &drawer{
		universe:    u,
		random:      random,
		handwritten: baseline.NewHandwritten(u.spec),
		actions:     sortedActions(u.spec.Actions),
		granted:     map[string][]rbac.Action{},
		seen:        map[string]bool{},
		have:        map[class]int{},
	}
}

// draw takes the same share of every class first, and fills up with any of them.
func (d *drawer) draw(classes []class, n int) error {
	share := n / len(classes)
	left := n
	for tries := 0; left > 0; tries++ {
		if tries > 4_000*n {
			return fmt.Errorf("requests: only %d of %d could be drawn of %v", n-left, n, classes)
		}
		if tries > 400*n {
			share = n
		}
		if d.take(classes, share) {
			left--
		}
	}
	return nil
}

// take draws one request, and keeps it if it is new and its share is not yet used up.
func (d *drawer) take(classes []class, share int) bool {
	q := d.candidate()
	c := d.classify(q)
	if !slices.Contains(classes, c) || d.have[c] >= share {
		return false
	}
	key := fmt.Sprint(q.Member.ID, q.Action, q.Resource)
	if d.seen[key] {
		return false
	}
	d.seen[key] = true
	d.have[c]++
	q.Allowed = slices.Contains(allowedClasses, c)
	q.Resource = fresh(q.Resource)
	d.drawn = append(d.drawn, q)
	return true
}

func (d *drawer) candidate() request {
	member := &d.universe.members[d.random.IntN(len(d.universe.members))]
	action := pick(d.random, d.actions)
	if d.random.IntN(2) == 0 && len(member.Assignments) > 0 {
		action = pick(d.random, d.grantedTo(member))
	}
	workspace := d.workspace(member)
	resource := workspace.Resource()
	if d.random.IntN(3) > 0 {
		resource = workspace.MiniProgram(d.program(member))
	}
	return request{Member: member, Action: action, Resource: d.owned(member, resource)}
}

// grantedTo are the actions that the member's roles grant.
func (d *drawer) grantedTo(member *rbac.Member) []rbac.Action {
	if actions, known := d.granted[member.ID]; known {
		return actions
	}
	all := map[rbac.Action]bool{}
	for _, assignment := range member.Assignments {
		for action := range d.handwritten[assignment.Role] {
			all[action] = true
		}
	}
	d.granted[member.ID] = sortedActions(all)
	return d.granted[member.ID]
}

// workspace is where the resource is: usually the member's own workspace, otherwise one that has the tenant or an ID
// in common with it.
func (d *drawer) workspace(member *rbac.Member) rbac.Workspace {
	switch d.random.IntN(6) {
	case 0:
		return pick(d.random, d.universe.workspaces)
	case 1:
		return rbac.Tenant(member.Workspace.Tenant)
	case 2:
		return rbac.Tenant(member.Workspace.Tenant).Developer(merchantID(d.random.IntN(d.universe.merchants)))
	}
	return member.Workspace
}

func (d *drawer) program(member *rbac.Member) string {
	assignment := pick(d.random, member.Assignments)
	if len(assignment.MiniPrograms) > 0 && d.random.IntN(2) == 0 {
		return pick(d.random, assignment.MiniPrograms)
	}
	return pick(d.random, d.universe.programs).MiniProgram
}

func (d *drawer) owned(member *rbac.Member, resource rbac.Resource) rbac.Resource {
	switch d.random.IntN(3) {
	case 0:
		return resource.OwnedBy(member.ID)
	case 1:
		return resource.OwnedBy(pick(d.random, d.universe.members).ID)
	}
	return resource
}

// fresh copies the strings of a resource, because a host reads them from a row or a URL. No comparison ends early
// because two strings share memory.
func fresh(resource rbac.Resource) rbac.Resource {
	resource.Workspace.ID = strings.Clone(resource.Workspace.ID)
	resource.Workspace.Tenant = strings.Clone(resource.Workspace.Tenant)
	resource.MiniProgram = strings.Clone(resource.MiniProgram)
	resource.Owner = strings.Clone(resource.Owner)
	return resource
}

// classify says why the handwritten code allows or denies the request.
func (d *drawer) classify(q request) class {
	active := *q.Member
	active.Status = rbac.StatusActive
	granted := d.scope(q)
	switch {
	case d.handwritten.Can(*q.Member, q.Action, q.Resource):
		return allowedBy(granted)
	case d.handwritten.Can(active, q.Action, q.Resource):
		return deniedStatus
	case !slices.Contains(targetKinds(d.universe.spec.Actions[q.Action]), targetKind(q.Resource)):
		return deniedTarget
	case granted == 0:
		return deniedAction
	}
	return deniedAt(q, granted)
}

// scope is all that the member's roles together grant for the action.
func (d *drawer) scope(q request) rbac.Scope {
	var all rbac.Scope
	for _, assignment := range q.Member.Assignments {
		all |= d.handwritten[assignment.Role][q.Action].Scope
	}
	return all
}

func allowedBy(granted rbac.Scope) class {
	switch {
	case granted&rbac.ScopeTenant != 0:
		return allowedTenant
	case granted&rbac.ScopeWorkspace != 0:
		return allowedWorkspace
	case granted&rbac.ScopeAssigned != 0:
		return allowedAssigned
	}
	return allowedOwn
}

func deniedAt(q request, granted rbac.Scope) class {
	switch {
	case q.Resource.Workspace.Tenant != q.Member.Workspace.Tenant:
		return deniedTenant
	case q.Resource.Workspace != q.Member.Workspace:
		return deniedWorkspace
	case granted&rbac.ScopeAssigned != 0:
		return deniedUnassigned
	}
	return deniedOwner
}
