package proof

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

// Law 10: no call takes more than in proportion to its input. The tests run a call on a small input and on one 32 times
// as large, and compare the two times. A call that compares everything with everything else would take 1,024 times as
// long. They do not run in parallel, so that they measure the library and not each other. The benchmark prints how much
// longer a call takes each time the input doubles.

const (
	smallSize = 250
	largeSize = 32 * smallSize
)

// inProportion is how many times as long the large input may take. It is well above 32, because a large input leaves
// the processor's caches and makes garbage, and well below 1,024.
const inProportion = 256.0

// aboutTheSame is for calls whose time should not depend on the size at all.
const aboutTheSame = 8.0

// growing is a call on an input of any size.
type growing struct {
	name   string
	first  int // the smallest size of the benchmark, which doubles it four times; 0 leaves it out
	most   float64
	ofSize func(n int) func()
}

var growingCalls = []growing{
	{"Diff where a role joins an exclusive set", 1_000, inProportion, func(n int) func() {
		before := exclusiveRoles(n)
		after := exclusiveRoles(n)
		joined := rbac.Role{ID: "joined", Kind: rbac.KindTenant}
		before.Roles, after.Roles = append(before.Roles, joined), append(after.Roles, joined)
		after.Exclusive[0] = append(after.Exclusive[0], joined.ID)
		old, new := rbac.Must(rbac.New(before)), rbac.Must(rbac.New(after))
		return func() { rbac.Diff(old, new) }
	}},
	{"Diff where nothing changed", 1_000, inProportion, func(n int) func() {
		old, new := rbac.Must(rbac.New(exclusiveRoles(n))), rbac.Must(rbac.New(exclusiveRoles(n)))
		return func() { rbac.Diff(old, new) }
	}},
	{"Diff where a set is split in two", 1_000, inProportion, func(n int) func() {
		before, after := exclusiveRoles(n), exclusiveRoles(n)
		all := after.Exclusive[0]
		after.Exclusive = [][]rbac.RoleID{slices.Clone(all[:2*n/3]), slices.Clone(all[n/3:])}
		old, new := rbac.Must(rbac.New(before)), rbac.Must(rbac.New(after))
		return func() { rbac.Diff(old, new); rbac.Diff(new, old) }
	}},
	{"Invite with many assignments", 2_000, inProportion, func(n int) func() {
		s, invited := exclusivePolicy.Bind(shopAdmin()), manyAssignments(n).Assignments
		return func() { _, _ = s.Invite("bob", theShop, invited...) }
	}},
	{"Explain of many assignments", 2_000, inProportion, func(n int) func() {
		s, absent := exclusivePolicy.Bind(manyAssignments(n)), theShop.MiniProgram("mp-none")
		return func() { s.Explain(rbac.ReleaseMiniProgram, absent) }
	}},
	{"Replace that covers many programs", 4_000, inProportion, func(n int) func() {
		s, many := rbac.Default().Bind(annWith(manyPrograms(n))), manyPrograms(n)
		bob, fewer := bobWith(many), manyPrograms(n/2)
		return func() { _, _ = s.Replace(bob, many, fewer) }
	}},
	{"Replace that covers programs of many assignments", 4_000, inProportion, func(n int) func() {
		s, many := rbac.Default().Bind(renamedTo("ann", manyAssignments(n))), manyPrograms(n)
		bob, fewer := bobWith(many), manyPrograms(n/2)
		return func() { _, _ = s.Replace(bob, many, fewer) }
	}},
	{"Replace one of many assignments", 2_000, inProportion, func(n int) func() {
		s, bob, by := exclusivePolicy.Bind(shopAdmin()), manyAssignments(n), inRole(rbac.Developer, "mp-new")
		return func() { _, _ = s.Replace(bob, bob.Assignments[n/2], by) }
	}},
	{"Assign to one with many assignments", 2_000, inProportion, func(n int) func() {
		s, bob := exclusivePolicy.Bind(shopAdmin()), manyAssignments(n)
		return func() { _, _ = s.Assign(bob, inRole(rbac.Operator)) }
	}},
	{"Assignable to one with many assignments", 2_000, inProportion, func(n int) func() {
		s, bob := exclusivePolicy.Bind(shopAdmin()), manyAssignments(n)
		return func() { isEmpty(s.Assignable(bob)) }
	}},
	{"Assign many programs, by an operator, who may not", 2_000, inProportion, func(n int) func() {
		s, many := officePolicy.Bind(annWith(inRole(rbac.Operator))), manyPrograms(n)
		return func() { _, _ = s.Assign(bobWith(many), many) }
	}},
	{"Assign by one who may not, with many assignments", 2_000, inProportion, func(n int) func() {
		s, many := officePolicy.Bind(annWith(inRole(deputy), inRole(releaser, "mp-1"))), manyAssignments(n)
		return func() { _, _ = s.Assign(many, inRole(setter)) }
	}},
	{"Revoke one program named many times", 2_000, inProportion, func(n int) func() {
		s := rbac.Default().Bind(shopAdmin())
		repeated := inRole(rbac.Developer, slices.Repeat([]string{"mp-1"}, n)...)
		return func() { _, _ = s.Revoke(bobWith(manyPrograms(n)), repeated) }
	}},
	{"Revoke an assignment that is not held", 2_000, inProportion, func(n int) func() {
		s, huge := officePolicy.Bind(shopAdmin()), manyAssignments(n)
		return func() { _, _ = s.Revoke(huge, inRole(rbac.Developer, "mp-none")) }
	}},
	{"Block by one with many assignments", 2_000, inProportion, func(n int) func() {
		huge := manyAssignments(n)
		huge.Assignments = append(huge.Assignments, inRole(rbac.DeveloperAdmin))
		s, colleague := officePolicy.Bind(renamedTo("ann", huge)), bobWith(inRole(rbac.Developer, "mp-1"))
		return func() { _, _ = s.Block(colleague) }
	}},
	{"Block one who often holds a role that administers many", 600, inProportion, func(n int) func() {
		spec, all := rolesOfOneLead(n)
		spec.Administers = map[rbac.RoleID][]rbac.RoleID{"lead": all, rbac.DeveloperAdmin: all}
		s, bob := rbac.Must(rbac.New(rbac.Defaults(), spec)).Bind(shopAdmin()), bobWith()
		for _, program := range programsTo(n) {
			bob.Assignments = append(bob.Assignments, inRole("lead", program))
		}
		return func() { _, _ = s.Block(bob) }
	}},
	{"Delete one who often holds a role that administers many in a layer", 600, inProportion, func(n int) func() {
		spec, all := rolesOfOneLead(n)
		spec.Administers = map[rbac.RoleID][]rbac.RoleID{"lead": all}
		s, bob := rbac.Must(rbac.Default().With(spec)).Bind(shopAdmin()), bobWith()
		for _, program := range programsTo(n) {
			bob.Assignments = append(bob.Assignments, inRole("lead", program))
		}
		return func() { _, _ = s.Delete(bob) }
	}},
	{"Block by one who administers many, each time for longer", 600, inProportion, func(n int) func() {
		spec, all := rolesOfOneLead(n)
		spec.Administers = map[rbac.RoleID][]rbac.RoleID{rbac.DeveloperAdmin: all}
		ann := annWith()
		for i := range n {
			end := soon.Add(time.Duration(i) * time.Hour)
			ann.Assignments = append(ann.Assignments, until(end, inRole(rbac.DeveloperAdmin)))
		}
		s, colleague := rbac.Must(rbac.New(rbac.Defaults(), spec)).Bind(ann), bobWith(inRole(rbac.Operator))
		return func() { _, _ = s.Block(colleague) }
	}},
	{"WhoCan among members with many assignments", 0, inProportion, func(n int) func() {
		members, absent := slices.Repeat([]rbac.Member{manyAssignments(n)}, 20), theShop.MiniProgram("mp-none")
		return func() { isEmpty(officePolicy.WhoCan(rbac.ReleaseMiniProgram, absent, slices.Values(members))) }
	}},
	{"ValidateMember of many assignments", 2_000, inProportion, func(n int) func() {
		huge := manyAssignments(n)
		return func() { _ = exclusivePolicy.ValidateMember(huge) }
	}},
	{"ValidateMember where roles are exclusive as pairs", 5_000, inProportion, func(pairs int) func() {
		policy, all := pairwiseExclusive(pairs)
		return func() { _ = policy.ValidateMember(all) }
	}},
	{"ValidateMember of one role that is held often and is in many sets", 600, inProportion, func(n int) func() {
		policy, often := oneAgainstMany(n, false)
		return func() { _ = policy.ValidateMember(often) }
	}},
	{"ValidateMember of one role that is held often, after many that it excludes", 600, inProportion, func(n int) func() {
		policy, often := oneAgainstMany(n, true)
		return func() { _ = policy.ValidateMember(often) }
	}},
	{"Explain of one role that is held often and is in many sets", 600, inProportion, func(n int) func() {
		policy, often := oneAgainstMany(n, true)
		s, absent := policy.Bind(often), theShop.MiniProgram("mp-none")
		return func() { s.Explain(rbac.ReleaseMiniProgram, absent) }
	}},
	{"ValidateChange of one role that is held often and is in many sets", 600, inProportion, func(n int) func() {
		policy, often := oneAgainstMany(n, true)
		before, after := []rbac.Member{shopAdmin()}, []rbac.Member{shopAdmin(), often}
		return func() { _ = policy.ValidateChange(theShop, slices.Values(before), slices.Values(after)) }
	}},
	{"ValidateWorkspace of many members", 2_000, inProportion, func(n int) func() {
		members := manyAdmins(n)
		return func() { _ = exclusivePolicy.ValidateWorkspace(theShop, slices.Values(members)) }
	}},
	{"ValidateChange of many members", 2_000, inProportion, func(n int) func() {
		before, after := manyAdmins(n), manyAdmins(n)
		after[n/2].Status = rbac.StatusBlocked
		return func() {
			_ = exclusivePolicy.ValidateChange(theShop, slices.Values(before), slices.Values(after))
		}
	}},
	{"ValidateChange where roles are exclusive as pairs", 5_000, inProportion, func(pairs int) func() {
		policy, all := pairwiseExclusive(pairs)
		before, after := []rbac.Member{shopAdmin()}, []rbac.Member{shopAdmin(), all}
		return func() { _ = policy.ValidateChange(theShop, slices.Values(before), slices.Values(after)) }
	}},
	{"New of a role that administers many", 500, inProportion, func(n int) func() {
		spec := exclusiveRoles(n)
		administered := make([]rbac.RoleID, 0, n)
		for _, role := range spec.Roles {
			administered = append(administered, role.ID)
		}
		spec.Administers = map[rbac.RoleID][]rbac.RoleID{administered[0]: administered}
		return func() { rbac.Must(rbac.New(rbac.Defaults(), spec)) }
	}},
	{"Warnings about many roles", 600, inProportion, func(n int) func() {
		policy := rbac.Must(rbac.New(rbac.Defaults(), exclusiveRoles(n)))
		return func() { policy.Warnings() }
	}},
	{"Warnings where each role gives the next", 600, inProportion, func(n int) func() {
		policy := rbac.Must(rbac.New(chainOfRoles(n, roleNumber)))
		return func() { policy.Warnings() }
	}},
	{"Warnings where each role gives the one before it", 600, inProportion, func(n int) func() {
		policy := rbac.Must(rbac.New(chainOfRoles(n, func(i int) rbac.RoleID { return roleNumber(n - i) })))
		return func() { policy.Warnings() }
	}},
	{"Warnings about many workspaces with own roles", 600, inProportion, func(n int) func() {
		policy := rbac.Must(rbac.New(rbac.Defaults(), rolesOfMerchants(n)))
		return func() { policy.Warnings() }
	}},
	{"With of a role on many roles", 600, aboutTheSame, func(n int) func() {
		base, layer := rbac.Must(rbac.New(rbac.Defaults(), exclusiveRoles(n))), cashierLayer()
		return func() { rbac.Must(base.With(layer)) }
	}},
	{"With of many four eyes on many roles", 500, inProportion, func(n int) func() {
		base, layer := exclusiveRoles(n), rbac.Spec{}
		base.Actions = make(map[rbac.Action]rbac.Target)
		for i := range n / 2 {
			action := rbac.Action(fmt.Sprintf("act_%d", i))
			base.Actions[action] = rbac.OnTenant
			layer.FourEyes = append(layer.FourEyes, action)
			base.Roles[i].Permissions = rbac.Permissions{action: rbac.ScopeWorkspace}
		}
		platform := rbac.Must(rbac.New(base))
		return func() { rbac.Must(platform.With(layer)) }
	}},
	{"With of many roles", 600, inProportion, func(n int) func() {
		layer := exclusiveRoles(n)
		return func() { rbac.Must(rbac.Default().With(layer)) }
	}},
	{"Define in a layer of many roles", 600, inProportion, func(n int) func() {
		layer := rbac.Spec{}
		for i := range n {
			id := rbac.RoleID(fmt.Sprintf("role_%d", i))
			layer.Roles = append(layer.Roles, rbac.Role{ID: id, Kind: rbac.KindDeveloper, Workspace: theShop})
		}
		s := rbac.Must(rbac.Default().With(layer)).Bind(shopAdmin())
		return func() { rbac.Must(s.Define(newRole(rbac.KindDeveloper, nil))) }
	}},
}

func TestGrowthIsInProportion(t *testing.T) {
	for _, call := range growingCalls {
		t.Run(call.name, func(t *testing.T) {
			assert.Less(t, growth(call.ofSize, call.most), call.most, "times as long for 32 times as much")
		})
	}
}

// BenchmarkGrowth prints how many times as long each call takes when its input doubles, four times, and the time of the
// largest input.
//
//	go test ./internal/proof -run '^$' -bench Growth -benchtime 3x
func BenchmarkGrowth(b *testing.B) {
	for _, call := range growingCalls {
		if call.first == 0 {
			continue
		}
		b.Run(call.name, func(b *testing.B) {
			var calls [5]func()
			var best [5]float64
			for i := range calls {
				calls[i], best[i] = call.ofSize(call.first<<i), math.Inf(1)
			}
			for b.Loop() {
				for i, call := range calls {
					best[i] = min(best[i], timeOf(call))
				}
			}
			for i := 1; i < len(best); i++ {
				b.ReportMetric(best[i]/best[i-1], fmt.Sprintf("x-at-%d", call.first<<i))
			}
			b.ReportMetric(best[4]/1e6, "ms-last")
		})
	}
}

// growth is how many times as long the large input takes. It counts the time of the processors, because other work on
// the machine would lengthen the large call more than the small one. What is left of noise makes a measurement larger,
// and never makes a square look like a line in all of them. So the smallest of several counts, and the first that is
// below enough ends the measuring.
func growth(ofSize func(n int) func(), enough float64) float64 {
	small, large := ofSize(smallSize), ofSize(largeSize)
	least := math.Inf(1)
	for attempt := 0; attempt < 6 && least >= enough; attempt++ {
		least = min(least, timeOf(large)/timeOf(small))
	}
	return least
}

// timeOf is the least time of one call in nanoseconds, of a few measurements that are long enough for the clock.
func timeOf(call func()) float64 {
	best := math.Inf(1)
	for range 3 {
		calls, start := 0, cpuTime()
		for calls == 0 || cpuTime()-start < 10*time.Millisecond {
			call()
			calls++
		}
		best = min(best, float64(cpuTime()-start)/float64(calls))
	}
	return best
}

// manyAssignments is bob with n assignments of one role, each with another mini program.
func manyAssignments(n int) rbac.Member {
	m := bobWith()
	for _, program := range programsTo(n) {
		m.Assignments = append(m.Assignments, inRole(rbac.Developer, program))
	}
	return m
}

// manyPrograms is one assignment with n mini programs.
func manyPrograms(n int) rbac.Assignment { return inRole(rbac.Developer, programsTo(n)...) }

func renamedTo(id string, m rbac.Member) rbac.Member {
	m.ID = id
	return m
}

// exclusivePolicy lets the roles of a merchant exclude each other, all but the admin's.
var exclusivePolicy = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}},
}))

// exclusiveRoles are n roles of which a member may hold one.
func exclusiveRoles(n int) rbac.Spec {
	spec := rbac.Spec{Exclusive: [][]rbac.RoleID{nil}}
	for i := range n {
		id := rbac.RoleID(fmt.Sprintf("role_%d", i))
		spec.Roles = append(spec.Roles, rbac.Role{ID: id, Kind: rbac.KindTenant})
		spec.Exclusive[0] = append(spec.Exclusive[0], id)
	}
	return spec
}

// pairwiseExclusive is a policy with so many sets of two roles, and a member who holds all of the roles.
func pairwiseExclusive(pairs int) (*rbac.Policy, rbac.Member) {
	spec, all := rbac.Spec{}, bobWith()
	for i := 0; len(spec.Exclusive) < pairs; i++ {
		id := rbac.RoleID(fmt.Sprintf("role_%d", i))
		for _, role := range spec.Roles {
			spec.Exclusive = append(spec.Exclusive, []rbac.RoleID{role.ID, id})
		}
		spec.Roles = append(spec.Roles, rbac.Role{ID: id, Kind: rbac.KindDeveloper})
		all.Assignments = append(all.Assignments, inRole(id))
	}
	return rbac.Must(rbac.New(rbac.Defaults(), spec)), all
}

// rolesOfOneLead are n roles of merchants, and a lead.
func rolesOfOneLead(n int) (rbac.Spec, []rbac.RoleID) {
	spec := rbac.Spec{Roles: []rbac.Role{{ID: "lead", Kind: rbac.KindDeveloper}}}
	var all []rbac.RoleID
	for i := range n {
		all = append(all, roleNumber(i))
		spec.Roles = append(spec.Roles, rbac.Role{ID: roleNumber(i), Kind: rbac.KindDeveloper})
	}
	return spec, all
}

// oneAgainstMany is a policy with n sets of a developer and another role, and a member who is a developer n times. The
// member may also have held each of the other roles, until the developer's time begins.
func oneAgainstMany(n int, others bool) (*rbac.Policy, rbac.Member) {
	spec, often := rbac.Spec{}, bobWith()
	for i := range n {
		spec.Roles = append(spec.Roles, rbac.Role{ID: roleNumber(i), Kind: rbac.KindDeveloper})
		spec.Exclusive = append(spec.Exclusive, []rbac.RoleID{rbac.Developer, roleNumber(i)})
		often.Assignments = append(often.Assignments, from(soon, inRole(rbac.Developer, fmt.Sprintf("mp-%d", i))))
		if others {
			often.Assignments = append(often.Assignments, until(soon, inRole(roleNumber(i))))
		}
	}
	return rbac.Must(rbac.New(rbac.Defaults(), spec)), often
}

// manyAdmins follow each other, one hour each.
func manyAdmins(n int) []rbac.Member {
	members := make([]rbac.Member, n)
	for i := range members {
		turn := from(soon.Add(time.Duration(i)*time.Hour), inRole(rbac.DeveloperAdmin))
		members[i] = staff(fmt.Sprintf("admin-%d", i), theShop, until(turn.NotBefore.Add(time.Hour), turn))
	}
	members[0].Assignments[0].NotBefore = time.Time{}
	members[n-1].Assignments[0].NotAfter = time.Time{}
	return members
}

// roleNumber is a role's name, in the order of the numbers.
func roleNumber(i int) rbac.RoleID { return rbac.RoleID(fmt.Sprintf("role_%05d", i)) }

// rolesOfMerchants are n roles of n/2 merchants: each has an admin of its own, who alone can give the other role.
func rolesOfMerchants(n int) rbac.Spec {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{"till.open": rbac.OnWorkspace}}
	open := rbac.Permissions{"till.open": rbac.ScopeWorkspace}
	admin := rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace, "till.open": rbac.ScopeWorkspace}
	for i := range n / 2 {
		merchant := theWallet.Developer(fmt.Sprintf("merchant-%d", i))
		for name, permissions := range map[string]rbac.Permissions{"boss": admin, "cashier": open} {
			id := rbac.RoleID(fmt.Sprintf("%s_%d", name, i))
			spec.Roles = append(spec.Roles, rbac.Role{
				ID: id, Kind: rbac.KindDeveloper, Workspace: merchant, Permissions: permissions,
			})
		}
	}
	return spec
}

// chainOfRoles are n roles, of which each can be given only by who holds the one before it, whose name is as given.
func chainOfRoles(n int, name func(i int) rbac.RoleID) rbac.Spec {
	spec := rbac.Spec{
		Actions:     map[rbac.Action]rbac.Target{rbac.SetMemberRole: rbac.OnWorkspace, rbac.BlockMember: rbac.OnWorkspace},
		Administers: make(map[rbac.RoleID][]rbac.RoleID),
	}
	for i := range n {
		spec.Roles = append(spec.Roles, rbac.Role{ID: name(i), Kind: rbac.KindTenant})
		if i+1 < n {
			spec.Administers[name(i)] = []rbac.RoleID{name(i + 1)}
		}
	}
	spec.Roles[0].Permissions = rbac.Permissions{
		rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.BlockMember: rbac.ScopeWorkspace,
	}
	return spec
}

// cashierLayer is a typical layer: one role with ten permissions.
func cashierLayer() rbac.Spec {
	cashier := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theShop, Permissions: rbac.Permissions{}}
	for action, target := range rbac.Default().Actions() {
		if target == rbac.OnWorkspace && len(cashier.Permissions) < 10 {
			cashier.Permissions[action] = rbac.ScopeWorkspace
		}
	}
	return rbac.Spec{Roles: []rbac.Role{cashier}}
}

// The quick comparison of exclusive sets finds what comparing every pair of roles finds.
func TestDiffFindsTheRolesThatExcludeMore(t *testing.T) {
	var seen tally
	for i := range 400 {
		d := seeded(60, uint64(i))
		ids := []rbac.RoleID{"a", "b", "c", "d", "e", "f"}
		spec := func() rbac.Spec {
			spec := rbac.Spec{}
			for _, id := range ids {
				spec.Roles = append(spec.Roles, rbac.Role{ID: id, Kind: rbac.KindTenant})
			}
			for range d.IntN(5) {
				spec.Exclusive = append(spec.Exclusive, shuffled(d, ids)[:2+d.IntN(4)])
			}
			return spec
		}
		before, after := noRules().with(spec()), noRules().with(spec())
		old, new := rbac.Must(rbac.New(specOf(before))), rbac.Must(rbac.New(specOf(after)))
		more := map[rbac.RoleID]bool{}
		for _, change := range rbac.Diff(old, new) {
			if change.Revalidate != "" {
				more[change.Role] = true
			}
		}
		for _, id := range ids {
			want := slices.ContainsFunc(ids, func(other rbac.RoleID) bool {
				return after.excludes(id, other) && !before.excludes(id, other)
			})
			seen.count(want)
			if more[id] != want {
				t.Fatalf("policies %d: role %q excludes more: %v, and Diff says %v", i, id, want, more[id])
			}
		}
	}
	seen.requireBoth(t, 300)
}

func specOf(ref reference) rbac.Spec {
	spec := rbac.Spec{Exclusive: ref.exclusive}
	for _, id := range vocabularyOf(ref).roles {
		spec.Roles = append(spec.Roles, rbac.Role{ID: id, Kind: ref.kinds[id]})
	}
	return spec
}
