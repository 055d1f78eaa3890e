package rbac_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

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
	members  []rbac.Member
	requests []call
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
		w.requests = append(w.requests, q)
	}
	random.Shuffle(len(w.requests), func(i, j int) { w.requests[i], w.requests[j] = w.requests[j], w.requests[i] })
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
// map of action to scope, and then the comparisons.
type handwritten struct {
	grants  map[rbac.RoleID]map[rbac.Action]rbac.Scope
	targets map[rbac.Action]rbac.Target
}

func newHandwritten(s rbac.Spec) *handwritten {
	h := &handwritten{make(map[rbac.RoleID]map[rbac.Action]rbac.Scope), s.Actions}
	for _, role := range s.Roles {
		h.grants[role.ID] = role.Permissions
	}
	return h
}

func (h *handwritten) can(m rbac.Member, a rbac.Action, r rbac.Resource) bool {
	if m.Status != rbac.StatusActive || m.Workspace.Tenant != r.Workspace.Tenant {
		return false
	}
	for _, as := range m.Assignments {
		scope := h.grants[as.Role][a]
		if scope == 0 {
			continue
		}
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

func BenchmarkCheck(b *testing.B) {
	policy := rbac.Default()
	w := newWorkload(policy)
	subjects := make([]*rbac.Subject, len(w.members))
	for i, m := range w.members {
		subjects[i] = policy.Bind(m)
	}
	byHand := newHandwritten(rbac.Defaults())
	b.Run("handwritten", func(b *testing.B) {
		w.run(b, func(q *call) bool { return byHand.can(w.members[q.member], q.action, q.resource) })
	})
	b.Run("Can", func(b *testing.B) {
		w.run(b, func(q *call) bool { return policy.Can(w.members[q.member], q.action, q.resource) })
	})
	b.Run("Subject.Can", func(b *testing.B) {
		w.run(b, func(q *call) bool { return subjects[q.member].Can(q.action, q.resource) })
	})
}

func (w *workload) run(b *testing.B, can func(*call) bool) {
	b.ReportAllocs()
	allowed := 0
	for i := 0; b.Loop(); i++ {
		if can(&w.requests[i&4095]) {
			allowed++
		}
	}
	if allowed == 0 {
		b.Fatal("nothing was allowed")
	}
}
