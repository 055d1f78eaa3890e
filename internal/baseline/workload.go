package baseline

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// Request is one question: may this member do this to that?
type Request struct {
	Member   *rbac.Member
	Action   rbac.Action
	Resource rbac.Resource
	Allowed  bool // what the library answers
}

func (q Request) String() string {
	return fmt.Sprintf("may %s %+v do %s to %+v? The answer is %t",
		q.Member.ID, *q.Member, q.Action, q.Resource, q.Allowed)
}

// Only returns the requests that are allowed, or those that are denied.
func Only(requests []Request, allowed bool) []Request {
	var kept []Request
	for _, q := range requests {
		if q.Allowed == allowed {
			kept = append(kept, q)
		}
	}
	return kept
}

// Workload is 50 members with up to eight assigned mini programs each, and Requests different requests of theirs, half
// of them allowed. They are the same in every run.
type Workload struct {
	Members  []rbac.Member
	Requests []Request
}

// Requests is how many requests a workload has. It is a power of two: to wrap an index around costs nothing.
const Requests = 4096

// Seed is where everything random in a workload comes from.
const Seed = 20261123

// NewWorkload makes the workload for the default policy.
func NewWorkload() *Workload {
	random := rand.New(rand.NewPCG(Seed, 1))
	w := &Workload{Members: workloadMembers(random)}
	actions := sortedActions(rbac.Defaults().Actions)
	seen := make(map[string]bool)
	left := map[bool]int{true: Requests / 2, false: Requests / 2}
	for len(w.Requests) < Requests {
		number, action := random.IntN(len(w.Members)), actions[random.IntN(len(actions))]
		q := Request{Member: &w.Members[number], Action: action, Resource: workloadResource(random)}
		q.Allowed = rbac.Can(*q.Member, q.Action, q.Resource)
		key := fmt.Sprint(number, q.Action, q.Resource)
		if seen[key] || left[q.Allowed] == 0 {
			continue
		}
		seen[key] = true
		left[q.Allowed]--
		w.Requests = append(w.Requests, q)
	}
	random.Shuffle(len(w.Requests), func(i, j int) { w.Requests[i], w.Requests[j] = w.Requests[j], w.Requests[i] })
	return w
}

// workloadMembers hold the default roles in turn. Their strings are copies, because a host reads them from rows: no
// comparison ends early because two strings share memory.
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
			programs = append(programs, workloadProgram(workspace, random.IntN(16)))
		}
		members[i] = rbac.Member{
			ID: fmt.Sprintf("member-%d", i), Workspace: workloadWorkspace(workspace), Status: rbac.StatusActive,
			Assignments: []rbac.Assignment{{Role: rbac.RoleID(strings.Clone(string(role.ID))), MiniPrograms: programs}},
		}
	}
	return members
}

func workloadResource(random *rand.Rand) rbac.Resource {
	workspace := random.IntN(5)
	resource := workloadWorkspace(workspace).Resource()
	if random.IntN(3) > 0 {
		resource.MiniProgram = workloadProgram(workspace, random.IntN(16))
	}
	if random.IntN(2) > 0 {
		resource.Owner = fmt.Sprintf("member-%d", random.IntN(50))
	}
	return resource
}

// workloadWorkspace is the tenant's workspace for 0, and otherwise a merchant's.
func workloadWorkspace(i int) rbac.Workspace {
	wallet := rbac.Tenant(strings.Clone("wallet"))
	if i == 0 {
		return wallet
	}
	return wallet.Developer(fmt.Sprintf("merchant-%d", i))
}

func workloadProgram(workspace, i int) string { return fmt.Sprintf("mp-%d-%d", workspace, i) }

func sortedActions(actions map[rbac.Action]rbac.Target) []rbac.Action {
	return slices.Sorted(maps.Keys(actions))
}
