package baseline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewWorkloadIsHalfAllowedAndHasNoRepeats(t *testing.T) {
	w := NewWorkload()
	assert.Len(t, w.Members, 50)
	assert.Len(t, w.Requests, 4096)
	assert.Len(t, Only(w.Requests, true), 2048)
	assert.Len(t, Only(w.Requests, false), 2048)
	seen, most := map[string]bool{}, 0
	for _, q := range w.Requests {
		seen[fmt.Sprint(q.Member.ID, q.Action, q.Resource)] = true
		most = max(most, len(q.Member.Assignments[0].MiniPrograms))
	}
	assert.Len(t, seen, 4096, "different requests")
	assert.Equal(t, 8, most, "mini programs of one assignment, at most")
	assert.Equal(t, w, NewWorkload(), "the same in every run")
}

func TestRequestStringSaysWhatIsAsked(t *testing.T) {
	member := rbac.Member{ID: "bob"}
	q := Request{Member: &member, Action: rbac.ViewMiniProgram, Resource: rbac.Tenant("wallet").MiniProgram("mp-1")}
	assert.Regexp(t, `^may bob \{.*\} do miniprogram\.view to \{.*\}\? The answer is false$`, q.String())
}

// The handwritten code and the floor are comparable with the library only if they answer alike.
func TestHandwrittenAndFloorAnswerTheWorkloadAsTheLibraryDoes(t *testing.T) {
	w := NewWorkload()
	compare(t, rbac.Default(), w.Members, w.Requests)
}

// They decide more than the workload asks: custom roles, any number of assignments, hundreds of mini programs in each,
// every status, and places that they have not heard of before.
func TestHandwrittenAndFloorAnswerAnythingAsTheLibraryDoes(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{
		customRole("merchant_both", rbac.KindDeveloper, rbac.ScopeOwn|rbac.ScopeAssigned),
		customRole("tenant_both", rbac.KindTenant, rbac.ScopeOwn|rbac.ScopeAssigned),
		customRole("tenant_all", rbac.KindTenant, rbac.ScopeOwn|rbac.ScopeTenant),
	}}))
	random := rand.New(rand.NewPCG(11, 'b'))
	members := make([]rbac.Member, 120)
	for i := range members {
		members[i] = busyMember(policy.Spec(), random, i)
	}
	actions := sortedActions(policy.Spec().Actions)
	requests := make([]Request, 60_000)
	for i := range requests {
		member, action := &members[random.IntN(len(members))], actions[random.IntN(len(actions))]
		resource := busyResource(random, member)
		requests[i] = Request{member, action, resource, policy.Can(*member, action, resource)}
	}
	allowed := len(Only(requests, true))
	require.Greater(t, min(allowed, len(requests)-allowed), 4_000, "%d of %d are allowed", allowed, len(requests))
	compare(t, policy, members, requests)
}

// compare asks the library, the handwritten code and the floor.
func compare(t *testing.T, policy *rbac.Policy, members []rbac.Member, requests []Request) {
	t.Helper()
	handwritten, floor := NewHandwritten(policy.Spec()), NewFloor(policy.Spec())
	floor.Add(members)
	numbered := floor.Requests(requests)
	subjects := make(map[string]*rbac.Subject)
	for _, member := range members {
		subjects[member.ID] = policy.Bind(member)
	}
	for i, q := range requests {
		answers := map[string]bool{
			"Policy.Can":      policy.Can(*q.Member, q.Action, q.Resource),
			"Subject.Can":     subjects[q.Member.ID].Can(q.Action, q.Resource),
			"Handwritten.Can": handwritten.Can(*q.Member, q.Action, q.Resource),
			"Floor.Can":       floor.Can(&numbered[i]),
		}
		for name, answer := range answers {
			if answer != q.Allowed {
				t.Fatalf("%s says %t: %s", name, answer, q)
			}
		}
	}
}

func customRole(id rbac.RoleID, kind rbac.WorkspaceKind, scope rbac.Scope) rbac.Role {
	return rbac.Role{ID: id, Kind: kind, Permissions: rbac.Permissions{
		rbac.ReleaseMiniProgram: scope, rbac.ViewMiniProgram: scope, rbac.ListMiniPrograms: scope,
	}}
}

func busyMember(spec rbac.Spec, random *rand.Rand, i int) rbac.Member {
	member := rbac.Member{ID: fmt.Sprintf("member-%d", i), Workspace: busyWorkspace(random), Status: rbac.StatusActive}
	if i%10 == 9 {
		member.Status = rbac.Status(1 + random.IntN(int(rbac.StatusDeleted)))
	}
	roles := slices.DeleteFunc(spec.Roles, func(role rbac.Role) bool { return role.Kind != member.Workspace.Kind })
	for range random.IntN(6) {
		assignment := rbac.Assignment{Role: roles[random.IntN(len(roles))].ID}
		for range random.IntN(600) {
			assignment.MiniPrograms = append(assignment.MiniPrograms, fmt.Sprintf("mp-%d", random.IntN(1_000)))
		}
		member.Assignments = append(member.Assignments, assignment)
	}
	return member
}

// busyWorkspace is of two tenants, whose merchants have the same IDs, one of them its tenant's.
func busyWorkspace(random *rand.Rand) rbac.Workspace {
	tenant := rbac.Tenant([]string{"wallet", "bank"}[random.IntN(2)])
	merchants := []string{"", "", "shop-0", "shop-1", "shop-2", "wallet"}
	if merchant := merchants[random.IntN(len(merchants))]; merchant != "" {
		return tenant.Developer(merchant)
	}
	return tenant
}

func busyResource(random *rand.Rand, member *rbac.Member) rbac.Resource {
	workspace := member.Workspace
	switch random.IntN(4) {
	case 0:
		workspace = busyWorkspace(random)
	case 1:
		workspace = rbac.Tenant(workspace.Tenant).Developer(fmt.Sprintf("new-%d", random.IntN(50)))
	}
	resource := workspace.Resource()
	if random.IntN(3) > 0 {
		resource.MiniProgram = fmt.Sprintf("mp-%d", random.IntN(1_500))
	}
	if random.IntN(2) > 0 {
		resource.Owner = fmt.Sprintf("member-%d", random.IntN(150))
	}
	return resource
}
