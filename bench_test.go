package rbac_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// call is one row of the mixed workload.
type call struct {
	member   int
	action   rbac.Action
	resource rbac.Resource
}

// workload is 50 members with up to 8 assigned mini programs each, and 4,096
// different requests of which half are allowed.
type workload struct {
	members []rbac.Member
	calls   []call
}

const workloadSeed = 20261123

func newWorkload(p *rbac.Policy) workload {
	random := rand.New(rand.NewPCG(workloadSeed, 1))
	w := workload{members: workloadMembers(random)}
	actions := make([]rbac.Action, 0, 85)
	for action := range p.Actions() {
		actions = append(actions, action)
	}
	seen := make(map[string]bool)
	for allowed, denied := 0, 0; allowed+denied < 4096; {
		q := call{random.IntN(len(w.members)), actions[random.IntN(len(actions))], w.resource(random)}
		key := fmt.Sprint(q)
		if seen[key] {
			continue
		}
		if p.Can(w.members[q.member], q.action, q.resource) {
			if allowed == 2048 {
				continue
			}
			allowed++
		} else {
			if denied == 2048 {
				continue
			}
			denied++
		}
		seen[key] = true
		w.calls = append(w.calls, q)
	}
	random.Shuffle(len(w.calls), func(i, j int) { w.calls[i], w.calls[j] = w.calls[j], w.calls[i] })
	return w
}

func workspaceOf(i int) rbac.Workspace {
	wallet := rbac.Tenant(strings.Clone("wallet"))
	if i == 0 {
		return wallet
	}
	return wallet.Developer(fmt.Sprintf("merchant-%d", i))
}

func programOf(workspace, i int) string { return fmt.Sprintf("mp-%d-%d", workspace, i) }

func workloadMembers(random *rand.Rand) []rbac.Member {
	roles := rbac.DefaultRoles()
	members := make([]rbac.Member, 50)
	for i := range members {
		role := roles[i%len(roles)]
		workspace := 0
		if role.Kind == rbac.KindDeveloper {
			workspace = 1 + random.IntN(4)
		}
		var programs []string
		for range random.IntN(9) {
			programs = append(programs, programOf(workspace, random.IntN(16)))
		}
		members[i] = rbac.Member{
			ID: fmt.Sprintf("member-%d", i), Workspace: workspaceOf(workspace), Status: rbac.StatusActive,
			Assignments: []rbac.Assignment{{Role: rbac.RoleID(strings.Clone(string(role.ID))), MiniPrograms: programs}},
		}
	}
	return members
}

func (w *workload) resource(random *rand.Rand) rbac.Resource {
	workspace := random.IntN(5)
	r := workspaceOf(workspace).Resource()
	if random.IntN(3) > 0 {
		r.MiniProgram = programOf(workspace, random.IntN(16))
	}
	if random.IntN(2) > 0 {
		r.Owner = fmt.Sprintf("member-%d", random.IntN(50))
	}
	return r
}

// handwritten is what a host would write without a library: a map of role to a
// map of action to scope, and then the comparisons. What the action is done to
// stands beside the scope, which saves a third lookup.
type handwritten map[rbac.RoleID]map[rbac.Action]handwrittenGrant

type handwrittenGrant struct {
	scope  rbac.Scope
	target rbac.Target
}

func newHandwritten(s rbac.Spec) handwritten {
	h := make(handwritten)
	for _, role := range s.Roles {
		h[role.ID] = make(map[rbac.Action]handwrittenGrant)
		for action, scope := range role.Permissions {
			h[role.ID][action] = handwrittenGrant{scope, s.Actions[action]}
		}
	}
	return h
}

func (h handwritten) can(m rbac.Member, a rbac.Action, r rbac.Resource) bool {
	if m.Status != rbac.StatusActive || m.Workspace.Tenant != r.Workspace.Tenant {
		return false
	}
	for i := range m.Assignments {
		as := &m.Assignments[i]
		grant := h[as.Role][a]
		if grant.target&targetOf(&r) == 0 {
			continue
		}
		scope := grant.scope
		if scope&rbac.ScopeTenant != 0 {
			return true
		}
		if m.Workspace.ID != r.Workspace.ID || m.Workspace.Kind != r.Workspace.Kind {
			continue
		}
		if scope&rbac.ScopeWorkspace != 0 || scope&rbac.ScopeOwn != 0 && r.Owner == m.ID {
			return true
		}
		if scope&rbac.ScopeAssigned == 0 {
			continue
		}
		for _, program := range as.MiniPrograms {
			if program == r.MiniProgram {
				return true
			}
		}
	}
	return false
}

func targetOf(r *rbac.Resource) rbac.Target {
	switch {
	case r.MiniProgram != "":
		return rbac.OnMiniProgram
	case r.Workspace.Kind == rbac.KindTenant:
		return rbac.OnTenant
	}
	return rbac.OnDeveloper
}

// floor is the same decision on integers that were interned beforehand: what is
// left when nothing has to be looked up by name.
type floor struct {
	members []internedMember
	calls   []internedCall
	targets []rbac.Target
}

type internedMember struct {
	active                bool
	id, tenant, workspace int
	assignments           []internedAssignment
}

type internedAssignment struct {
	grants   []rbac.Scope // by action
	programs []uint64     // a bit for each mini program
}

type internedCall struct {
	member, action, tenant, workspace, program, owner int
	target                                            rbac.Target
}

// interner gives each string a number; the empty string has none.
type interner map[string]int

func (n interner) number(s string) int {
	if s == "" {
		return -1
	}
	if _, known := n[s]; !known {
		n[s] = len(n)
	}
	return n[s]
}

func newFloor(s rbac.Spec, w workload) *floor {
	f, actions, ids, workspaces, programs := &floor{}, interner{}, interner{}, interner{}, interner{}
	for action, target := range s.Actions {
		actions.number(string(action))
		f.targets = append(f.targets, target)
	}
	for _, c := range w.calls {
		workspace := fmt.Sprint(c.resource.Workspace)
		f.calls = append(f.calls, internedCall{
			c.member, actions.number(string(c.action)), workspaces.number(c.resource.Workspace.Tenant),
			workspaces.number(workspace), programs.number(c.resource.MiniProgram), ids.number(c.resource.Owner), targetOf(&c.resource),
		})
	}
	for _, m := range w.members {
		im := internedMember{
			active: m.Status == rbac.StatusActive, id: ids.number(m.ID),
			tenant: workspaces.number(m.Workspace.Tenant), workspace: workspaces.number(fmt.Sprint(m.Workspace)),
		}
		for _, as := range m.Assignments {
			ia := internedAssignment{make([]rbac.Scope, len(actions)), make([]uint64, 16)}
			for action, scope := range permissionsOf(s, as.Role) {
				ia.grants[actions.number(string(action))] = scope
			}
			for _, program := range as.MiniPrograms {
				number := programs.number(program)
				ia.programs[number/64] |= 1 << (number % 64)
			}
			im.assignments = append(im.assignments, ia)
		}
		f.members = append(f.members, im)
	}
	return f
}

func permissionsOf(s rbac.Spec, id rbac.RoleID) rbac.Permissions {
	return s.Roles[slices.IndexFunc(s.Roles, func(r rbac.Role) bool { return r.ID == id })].Permissions
}

func (f *floor) can(c *internedCall) bool {
	m := &f.members[c.member]
	if !m.active || f.targets[c.action]&c.target == 0 || m.tenant != c.tenant {
		return false
	}
	for i := range m.assignments {
		if m.assignments[i].reaches(m, c) {
			return true
		}
	}
	return false
}

func (a *internedAssignment) reaches(m *internedMember, c *internedCall) bool {
	scope := a.grants[c.action]
	switch {
	case scope&rbac.ScopeTenant != 0:
		return true
	case scope == 0 || m.workspace != c.workspace:
		return false
	case scope&rbac.ScopeWorkspace != 0 || scope&rbac.ScopeOwn != 0 && c.owner == m.id:
		return true
	case scope&rbac.ScopeAssigned == 0 || c.program < 0:
		return false
	}
	return a.programs[c.program/64]>>(c.program%64)&1 != 0
}

// contenders answer the i-th call of the workload, each in its own way.
func contenders(w workload) map[string]func(i int) bool {
	policy := rbac.Default()
	subjects := make([]*rbac.Subject, len(w.members))
	for i, m := range w.members {
		subjects[i] = policy.Bind(m)
	}
	byHand, interned := newHandwritten(rbac.Defaults()), newFloor(rbac.Defaults(), w)
	return map[string]func(i int) bool{
		"floor":       func(i int) bool { return interned.can(&interned.calls[i]) },
		"handwritten": func(i int) bool { c := &w.calls[i]; return byHand.can(w.members[c.member], c.action, c.resource) },
		"Can":         func(i int) bool { c := &w.calls[i]; return policy.Can(w.members[c.member], c.action, c.resource) },
		"Check": func(i int) bool {
			c := &w.calls[i]
			return policy.Check(w.members[c.member], c.action, c.resource).Allowed
		},
		"Subject.Can":   func(i int) bool { c := &w.calls[i]; return subjects[c.member].Can(c.action, c.resource) },
		"Subject.Check": func(i int) bool { c := &w.calls[i]; return subjects[c.member].Check(c.action, c.resource).Allowed },
	}
}

// The contenders are only comparable if they answer alike.
func TestContendersOfTheBenchmarkAgree(t *testing.T) {
	w := newWorkload(rbac.Default())
	answers := contenders(w)
	allowed := 0
	for i, c := range w.calls {
		want := answers["Can"](i)
		if want {
			allowed++
		}
		for name, answer := range answers {
			if answer(i) != want {
				t.Errorf("%s disagrees with Can, which says %t: %+v by %+v", name, want, c, w.members[c.member])
			}
		}
	}
	if len(w.calls) != 4096 || allowed != 2048 {
		t.Errorf("the workload has %d calls, of which %d are allowed", len(w.calls), allowed)
	}
}

func BenchmarkCheck(b *testing.B) {
	w := newWorkload(rbac.Default())
	answers := contenders(w)
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		b.Run(name, func(b *testing.B) {
			answer := answers[name]
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				answer(i & 4095)
			}
		})
	}
}

// BenchmarkRatio lets the contenders take turns, so that what else the machine
// does hits them alike, and reports the best turn of each: ns for one call, and
// as a multiple of the handwritten code and of the floor.
func BenchmarkRatio(b *testing.B) {
	w := newWorkload(rbac.Default())
	answers := contenders(w)
	best := make(map[string]time.Duration)
	b.ReportAllocs()
	for b.Loop() {
		for name, answer := range answers {
			if d := turn(answer); best[name] == 0 || d < best[name] {
				best[name] = d
			}
		}
	}
	for name, d := range best {
		b.ReportMetric(float64(d)/4096, name+"-ns")
		b.ReportMetric(float64(d)/float64(best["handwritten"]), name+"/handwritten")
		b.ReportMetric(float64(d)/float64(best["floor"]), name+"/floor")
	}
}

// BenchmarkGrowth shows that a check costs the same however many roles the
// policy has: 50 members of 10, of 1,000 and of 10,000 roles, which take turns.
func BenchmarkGrowth(b *testing.B) {
	sizes := []int{10, 1_000, 10_000}
	answers := make(map[int]func(i int) bool)
	for _, size := range sizes {
		policy, roles := policyWithRoles(size)
		w := newWorkload(rbac.Default())
		random := rand.New(rand.NewPCG(workloadSeed, 2))
		for i := range w.members {
			w.members[i].Workspace = workspaceOf(1 + i%4)
			w.members[i].Assignments[0].Role = roles[random.IntN(size)]
		}
		for i := range w.calls {
			w.calls[i].resource.Workspace = w.members[w.calls[i].member].Workspace // where it takes the role to decide
		}
		answers[size] = func(i int) bool { c := &w.calls[i]; return policy.Can(w.members[c.member], c.action, c.resource) }
	}
	best := make(map[int]time.Duration)
	b.ReportAllocs()
	for b.Loop() {
		for _, size := range sizes {
			if d := turn(answers[size]); best[size] == 0 || d < best[size] {
				best[size] = d
			}
		}
	}
	for _, size := range sizes {
		b.ReportMetric(float64(best[size])/4096, fmt.Sprintf("%d-roles-ns", size))
	}
}

// policyWithRoles adds roles to the defaults, each with 40 of their actions.
func policyWithRoles(size int) (*rbac.Policy, []rbac.RoleID) {
	random := rand.New(rand.NewPCG(workloadSeed, 3))
	granting := slices.Sorted(maps.Keys(permissionsOf(rbac.Defaults(), rbac.DeveloperAdmin)))
	roles, ids := make([]rbac.Role, size), make([]rbac.RoleID, size)
	for i := range roles {
		ids[i] = rbac.RoleID(fmt.Sprintf("role_%d", i))
		roles[i] = rbac.Role{ID: ids[i], Kind: rbac.KindDeveloper, Permissions: make(rbac.Permissions)}
		for _, at := range random.Perm(len(granting))[:40] {
			roles[i].Permissions[granting[at]] = rbac.ScopeWorkspace
		}
	}
	return rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: roles})), ids
}

func turn(answer func(i int) bool) time.Duration {
	start := time.Now()
	for i := range 4096 {
		answer(i)
	}
	return time.Since(start)
}
