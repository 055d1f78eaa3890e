package rbac_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
)

// The benchmarks ask the requests of one workload: 50 members and 4,096 different requests, half of them allowed. A
// ratio is more reliable than a time. To get one, contenders take turns, and the best turn of each counts. The
// comparison with other engines is a module of its own, in benchmarks/.

// contender answers the i-th request of the workload in its own way.
type contender func(i int) bool

func contenders(w *baseline.Workload) map[string]contender {
	policy, requests, subjects := rbac.Default(), w.Requests, bindAll(w)
	handwritten, floor := baseline.NewHandwritten(rbac.Defaults()), baseline.NewFloor(rbac.Defaults())
	floor.Add(w.Members)
	numbered := floor.Requests(requests)
	return map[string]contender{
		"floor":       func(i int) bool { return floor.Can(&numbered[i]) },
		"handwritten": func(i int) bool { q := &requests[i]; return handwritten.Can(*q.Member, q.Action, q.Resource) },
		"Can":         func(i int) bool { q := &requests[i]; return policy.Can(*q.Member, q.Action, q.Resource) },
		"Check": func(i int) bool {
			q := &requests[i]
			return policy.Check(*q.Member, q.Action, q.Resource).Allowed
		},
		"Subject.Can": func(i int) bool { q := &requests[i]; return subjects[i].Can(q.Action, q.Resource) },
		"Subject.Check": func(i int) bool {
			q := &requests[i]
			return subjects[i].Check(q.Action, q.Resource).Allowed
		},
	}
}

// bindAll binds each member once, and returns the subject of each request.
func bindAll(w *baseline.Workload) []*rbac.Subject {
	bound := make(map[string]*rbac.Subject)
	for _, member := range w.Members {
		bound[member.ID] = rbac.Default().Bind(member)
	}
	subjects := make([]*rbac.Subject, len(w.Requests))
	for i, q := range w.Requests {
		subjects[i] = bound[q.Member.ID]
	}
	return subjects
}

// The contenders are comparable only if they answer alike.
func TestContendersOfTheBenchmarksAgree(t *testing.T) {
	w := baseline.NewWorkload()
	answers := contenders(w)
	answers["Filter.Match"], _ = filterContenders(w)
	for i, q := range w.Requests {
		for name, answer := range answers {
			if got := answer(i); got != q.Allowed {
				t.Errorf("%s says %t: %s", name, got, q)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	answers := contenders(baseline.NewWorkload())
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		b.Run(name, func(b *testing.B) { askAll(b, answers[name]) })
	}
}

// askAll reports the cost of one answer.
func askAll(b *testing.B, answer contender) {
	b.ReportAllocs()
	allowed := 0
	for i := 0; b.Loop(); i++ {
		if answer(i % baseline.Requests) {
			allowed++
		}
	}
	if allowed == 0 && b.N >= baseline.Requests {
		b.Fatal("nothing was allowed")
	}
}

// BenchmarkRatio reports the time of one check in nanoseconds, as a multiple of the handwritten code and of the floor.
func BenchmarkRatio(b *testing.B) {
	best := takeTurns(b, contenders(baseline.NewWorkload()))
	for name, ns := range best {
		b.ReportMetric(ns, name+"-ns")
		b.ReportMetric(ns/best["handwritten"], name+"/handwritten")
		b.ReportMetric(ns/best["floor"], name+"/floor")
	}
}

// takeTurns lets each contender answer the whole workload in turn, so that what else the machine does affects all of
// them alike. Each round has another order, so that none always comes after the same one. It returns the nanoseconds of
// one answer in the best turn of each.
func takeTurns(b *testing.B, answers map[string]contender) map[string]float64 {
	b.ReportAllocs()
	best := make(map[string]float64)
	for b.Loop() {
		for name, answer := range answers {
			if ns := turn(answer); best[name] == 0 || ns < best[name] {
				best[name] = ns
			}
		}
	}
	return best
}

func turn(answer contender) (ns float64) {
	start := time.Now()
	for i := range baseline.Requests {
		answer(i)
	}
	return float64(time.Since(start)) / baseline.Requests
}

// BenchmarkGrowth shows that the number of roles in a policy hardly matters to a check: the same members hold roles of
// three policies with 10, 1,000 and 10,000 custom roles.
func BenchmarkGrowth(b *testing.B) {
	answers := make(map[string]contender)
	for _, size := range []int{10, 1_000, 10_000} {
		answers[fmt.Sprintf("%d-roles-ns", size)] = checkAmongRoles(size)
	}
	for name, ns := range takeTurns(b, answers) {
		b.ReportMetric(ns, name)
	}
}

// checkAmongRoles asks each member about their own workspace, so that the answer depends on the role.
func checkAmongRoles(size int) contender {
	policy, roles := policyWithRoles(size)
	w := baseline.NewWorkload()
	random := rand.New(rand.NewPCG(baseline.Seed, 2))
	for i := range w.Members {
		w.Members[i].Workspace = rbac.Tenant("wallet").Developer(fmt.Sprintf("merchant-%d", i%4))
		w.Members[i].Assignments[0].Role = roles[random.IntN(size)]
	}
	for i := range w.Requests {
		w.Requests[i].Resource.Workspace = w.Requests[i].Member.Workspace
	}
	return func(i int) bool { q := &w.Requests[i]; return policy.Can(*q.Member, q.Action, q.Resource) }
}

// policyWithRoles adds roles to the defaults, each with 40 of their actions.
func policyWithRoles(size int) (*rbac.Policy, []rbac.RoleID) {
	random := rand.New(rand.NewPCG(baseline.Seed, 3))
	admin := slices.IndexFunc(rbac.DefaultRoles(), func(role rbac.Role) bool { return role.ID == rbac.DeveloperAdmin })
	actions := slices.Sorted(maps.Keys(rbac.DefaultRoles()[admin].Permissions))
	roles, ids := make([]rbac.Role, size), make([]rbac.RoleID, size)
	for i := range roles {
		ids[i] = rbac.RoleID(fmt.Sprintf("role_%d", i))
		roles[i] = rbac.Role{ID: ids[i], Kind: rbac.KindDeveloper, Permissions: make(rbac.Permissions)}
		for _, at := range random.Perm(len(actions))[:40] {
			roles[i].Permissions[actions[at]] = rbac.ScopeWorkspace
		}
	}
	return rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: roles})), ids
}

// BenchmarkLayer compares a check by a role of the base and by one of a layer of ten roles with the same check of the
// default policy.
func BenchmarkLayer(b *testing.B) {
	w := baseline.NewWorkload()
	layer, renamed := copiedRoles(w)
	layered := rbac.Must(rbac.Default().With(layer))
	by := func(policy *rbac.Policy, requests []baseline.Request) contender {
		return func(i int) bool { q := &requests[i]; return policy.Can(*q.Member, q.Action, q.Resource) }
	}
	best := takeTurns(b, map[string]contender{
		"default": by(rbac.Default(), w.Requests),
		"base":    by(layered, w.Requests),
		"layer":   by(layered, renamed),
	})
	for name, ns := range best {
		b.ReportMetric(ns, name+"-ns")
	}
	b.ReportMetric(best["base"]/best["default"], "base/default")
	b.ReportMetric(best["layer"]/best["default"], "layer/default")
}

// copiedRoles is a layer of ten roles, the default ones under other names and three more, and the requests of the
// workload by members who hold those.
func copiedRoles(w *baseline.Workload) (layer rbac.Spec, requests []baseline.Request) {
	const prefix = "copied_"
	layer.Roles = rbac.DefaultRoles()
	for i := range 3 {
		id := rbac.RoleID(fmt.Sprintf("added_%d", i))
		layer.Roles = append(layer.Roles, rbac.Role{ID: id, Kind: rbac.KindDeveloper})
	}
	for i := range layer.Roles {
		layer.Roles[i].ID = prefix + layer.Roles[i].ID
	}
	members := make(map[*rbac.Member]*rbac.Member)
	for _, q := range w.Requests {
		if members[q.Member] == nil {
			member := *q.Member
			member.Assignments = slices.Clone(member.Assignments)
			for i := range member.Assignments {
				member.Assignments[i].Role = prefix + member.Assignments[i].Role
			}
			members[q.Member] = &member
		}
		q.Member = members[q.Member]
		requests = append(requests, q)
	}
	return layer, requests
}

// BenchmarkWith makes the policy of a workspace with one role of its own, which has ten permissions. It also reports
// what 10,000 of them keep.
func BenchmarkWith(b *testing.B) {
	large := specWithRoles(1_000)
	for name, base := range map[string]*rbac.Policy{
		"default": rbac.Default(), "1000 roles": rbac.Must(rbac.New(rbac.Defaults(), large)),
	} {
		b.Run(name, func(b *testing.B) {
			layer := cashierLayer()
			repeat(b, func() error { _, err := base.With(layer); return err })
			const workspaces = 10_000
			kept := bytesKeptBy(func() any {
				policies := make([]*rbac.Policy, workspaces)
				for i := range policies {
					policies[i] = rbac.Must(base.With(layer))
				}
				return policies
			})
			b.ReportMetric(float64(kept)/workspaces, "B-kept")
			b.ReportMetric(float64(kept)/(1<<20), "MiB/10000")
		})
	}
}

// cashierLayer has names of its own, as one that is read from a database has.
func cashierLayer() rbac.Spec {
	cashier := rbac.Role{
		ID: "cashier", Kind: rbac.KindDeveloper, Name: "Cashier", Workspace: rbac.Tenant("wallet").Developer("shop"),
		Permissions: make(rbac.Permissions),
	}
	for action, target := range rbac.Default().Actions() {
		if target == rbac.OnWorkspace && len(cashier.Permissions) < 10 {
			cashier.Permissions[action] = rbac.ScopeWorkspace
		}
	}
	return rbac.Spec{Roles: []rbac.Role{cashier}}
}

// bytesKeptBy returns how much larger the heap is with what the function makes.
func bytesKeptBy(create func() any) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept := create()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return after.HeapAlloc - before.HeapAlloc
}

// BenchmarkSteps takes each step of administration on a member with ten assignments. Bind is not part of it.
func BenchmarkSteps(b *testing.B) {
	shop := rbac.Tenant("wallet").Developer("shop")
	admin := rbac.Member{ID: "ann", Workspace: shop, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.DeveloperAdmin}}}
	bob := rbac.Member{ID: "bob", Workspace: shop, Status: rbac.StatusActive}
	for i := range 10 {
		programs := []string{fmt.Sprintf("mp-%d", i), fmt.Sprintf("mp-%d", i+1)}
		bob.Assignments = append(bob.Assignments, rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs})
	}
	developer := admin
	developer.Assignments = bob.Assignments
	invited, blocked := bob, bob
	invited.Status, blocked.Status = rbac.StatusInvited, rbac.StatusBlocked
	held, by := bob.Assignments[5], rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-5"}}
	role := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.ViewTemplates: rbac.ScopeWorkspace, rbac.EditFeature: rbac.ScopeWorkspace,
	}}
	s, delegate := rbac.Default().Bind(admin), rbac.Default().Bind(developer)
	steps := map[string]func() error{
		"Invite":             func() error { _, err := s.Invite("eve", shop, bob.Assignments...); return err },
		"Resend":             func() error { _, err := s.Resend(invited); return err },
		"Withdraw":           func() error { _, err := s.Withdraw(invited); return err },
		"Assign":             func() error { _, err := s.Assign(bob, by); return err },
		"Revoke":             func() error { _, err := s.Revoke(bob, held); return err },
		"Replace":            func() error { _, err := s.Replace(bob, held, by); return err },
		"Replace, delegated": func() error { _, err := delegate.Replace(bob, held, by); return err },
		"Block":              func() error { _, err := s.Block(bob); return err },
		"Unblock":            func() error { _, err := s.Unblock(blocked); return err },
		"Delete":             func() error { _, err := s.Delete(bob); return err },
		"Manage":             func() error { return s.Manage(bob, rbac.ListMembers) },
		"Define":             func() error { _, err := s.Define(role); return err },
	}
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		b.Run(name, func(b *testing.B) { repeat(b, steps[name]) })
	}
}

// repeat also reports the quickest call, which what else the machine does affects least.
func repeat(b *testing.B, call func() error) {
	b.ReportAllocs()
	quickest := time.Hour
	for b.Loop() {
		start := time.Now()
		err := call()
		quickest = min(quickest, time.Since(start))
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(quickest), "ns-quickest")
}

// BenchmarkActions finds the buttons to show for each resource of the workload.
func BenchmarkActions(b *testing.B) {
	w := baseline.NewWorkload()
	subjects := bindAll(w)
	actions := slices.Sorted(maps.Keys(rbac.Defaults().Actions))
	all := func(i int) bool {
		some := false
		for range subjects[i].Actions(w.Requests[i].Resource) {
			some = true
		}
		return some
	}
	oneByOne := func(i int) bool {
		some := false
		for _, action := range actions {
			some = subjects[i].Can(action, w.Requests[i].Resource) || some
		}
		return some
	}
	b.Run("Subject.Actions", func(b *testing.B) { askAll(b, all) })
	b.Run("85 Subject.Can", func(b *testing.B) { askAll(b, oneByOne) })
	b.Run("ratio", func(b *testing.B) { reportRatio(b, "Can/Actions", oneByOne, all) })
}

// reportRatio reports how many times as long the first takes.
func reportRatio(b *testing.B, name string, first, second contender) {
	best := takeTurns(b, map[string]contender{"first": first, "second": second})
	b.ReportMetric(best["first"]/best["second"], name)
}

// filterContenders answer with a filter and with a subject that were made beforehand.
func filterContenders(w *baseline.Workload) (match, can contender) {
	subjects := bindAll(w)
	filters := make([]rbac.Filter, len(w.Requests))
	for i, q := range w.Requests {
		filters[i] = subjects[i].Filter(q.Action)
	}
	match = func(i int) bool { return filters[i].Match(w.Requests[i].Resource) }
	can = func(i int) bool { return subjects[i].Can(w.Requests[i].Action, w.Requests[i].Resource) }
	return match, can
}

func BenchmarkFilterMatch(b *testing.B) {
	match, can := filterContenders(baseline.NewWorkload())
	b.Run("Filter.Match", func(b *testing.B) { askAll(b, match) })
	b.Run("Subject.Can", func(b *testing.B) { askAll(b, can) })
	b.Run("ratio", func(b *testing.B) { reportRatio(b, "Can/Match", can, match) })
}

// BenchmarkFilterRows lists 10,000 mini programs for one member, by one filter and by one subject.
func BenchmarkFilterRows(b *testing.B) {
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop-1")
	var rows []rbac.Resource
	for i := range 10_000 {
		workspace := wallet
		if i%5 > 0 {
			workspace = wallet.Developer(fmt.Sprintf("shop-%d", i%5))
		}
		rows = append(rows, workspace.MiniProgram(fmt.Sprintf("mp-%d", i)))
	}
	members := []rbac.Member{
		rbac.Invite("admin", wallet, time.Now(), rbac.Assignment{Role: rbac.WorkspaceAdmin}),
		rbac.Invite("developer", shop, time.Now(), rbac.Assignment{
			Role: rbac.Developer, MiniPrograms: []string{"mp-1", "mp-501", "mp-1001", "mp-1501"},
		}),
	}
	for _, member := range members {
		member.Status = rbac.StatusActive
		subject := rbac.Default().Bind(member)
		filter := subject.Filter(rbac.ListMiniPrograms)
		can := func(r rbac.Resource) bool { return subject.Can(rbac.ListMiniPrograms, r) }
		b.Run(member.ID+"/Filter.Match", func(b *testing.B) { listAll(b, rows, filter.Match) })
		b.Run(member.ID+"/Subject.Can", func(b *testing.B) { listAll(b, rows, can) })
	}
}

func listAll(b *testing.B, rows []rbac.Resource, match func(rbac.Resource) bool) {
	b.ReportAllocs()
	for b.Loop() {
		listed := 0
		for _, row := range rows {
			if match(row) {
				listed++
			}
		}
		if listed == 0 {
			b.Fatal("nothing was listed")
		}
	}
}

// BenchmarkWhere writes the clause for a developer of eight mini programs.
func BenchmarkWhere(b *testing.B) {
	filter := rbac.Default().Bind(assignedTo(8)).Filter(rbac.ViewMiniProgram)
	for _, dialect := range []rbac.Dialect{rbac.PostgreSQL, rbac.SQLite, rbac.MySQL} {
		for _, bytewise := range []bool{true, false} {
			columns := columnsOfRows(dialect, bytewise)
			b.Run(fmt.Sprintf("dialect=%d/bytewise=%t", dialect, bytewise), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := filter.Where(columns); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkLongList binds a developer of 100,000 mini programs and writes the clause.
func BenchmarkLongList(b *testing.B) {
	member := assignedTo(100_000)
	for _, dialect := range []rbac.Dialect{rbac.PostgreSQL, rbac.SQLite, rbac.MySQL} {
		columns := columnsOfRows(dialect, false)
		b.Run(fmt.Sprintf("dialect=%d", dialect), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := rbac.Default().Bind(member).Filter(rbac.ViewMiniProgram).Where(columns); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func assignedTo(number int) rbac.Member {
	programs := make([]string, number)
	for i := range programs {
		programs[i] = fmt.Sprintf("mp-%d", i*7_919)
	}
	return staff("alice", theShop, inRole(rbac.Developer, programs...))
}

func columnsOfRows(dialect rbac.Dialect, bytewise bool) rbac.Columns {
	return rbac.Columns{
		Dialect: dialect, Kind: "m.workspace_kind", Tenant: "m.tenant_id", Workspace: "m.workspace_id",
		MiniProgram: "m.id", Owner: rbac.NoColumn, Bytewise: bytewise,
	}
}

// BenchmarkReadMember reads a member with ten assignments of three mini programs each.
func BenchmarkReadMember(b *testing.B) {
	member := assignedTo(3)
	for len(member.Assignments) < 10 {
		member.Assignments = append(member.Assignments, member.Assignments[0])
	}
	document, err := json.Marshal(member)
	if err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func([]byte, *rbac.Member) error{
		"json.Unmarshal": func(data []byte, m *rbac.Member) error { return json.Unmarshal(data, m) },
		"UnmarshalJSON":  func(data []byte, m *rbac.Member) error { return m.UnmarshalJSON(data) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(document)))
			b.ReportAllocs()
			for b.Loop() {
				var m rbac.Member
				if err := read(document, &m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	defaults, custom := rbac.Defaults(), specWithRoles(1_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rbac.New(defaults, custom); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadSpec(b *testing.B) {
	document, err := specWithRoles(340).MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	if len(document) < 1<<20 || len(document) > 2<<20 {
		b.Fatalf("the document has %d bytes, and should have 1 to 2 MiB", len(document))
	}
	b.SetBytes(int64(len(document)))
	b.ReportAllocs()
	for b.Loop() {
		var spec rbac.Spec
		if err := spec.UnmarshalJSON(document); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefuse refuses documents of 16 MiB.
func BenchmarkRefuse(b *testing.B) {
	const size = 16 << 20
	for name, document := range map[string]string{
		"one long name":      `{"four_eyes":["` + strings.Repeat("a", size-30) + `"]}`,
		"unknown keys":       `{"roles":[{"id":"a","kind":"tenant"},{` + strings.Repeat(`"x":{},`, size/7-10) + `"y":1}]}`,
		"roles without end":  `{"roles":[` + strings.Repeat(`{"id":"a","kind":"tenant"},`, size/27-10),
		"scopes without end": `{"extend":{"a":{"b":[` + strings.Repeat(`"own",`, size/6-10),
		"wrong at the end":   `{"exclusive":[["a","b"` + strings.Repeat(" ", size-30),
		"sets without end":   `{"exclusive":[` + strings.Repeat(`["a","b"],`, size/10-10),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(document)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rbac.ParseSpec([]byte(document)); err == nil {
					b.Fatal("it was read")
				}
			}
		})
	}
}

// specWithRoles has 200 actions, and roles with 100 of them each.
func specWithRoles(size int) rbac.Spec {
	spec := rbac.Spec{Actions: make(map[rbac.Action]rbac.Target), Roles: make([]rbac.Role, size)}
	action := func(i int) rbac.Action { return rbac.Action(fmt.Sprintf("custom.action_%d", i%200)) }
	for i := range 200 {
		spec.Actions[action(i)] = rbac.OnMiniProgram
	}
	for i := range spec.Roles {
		permissions := make(rbac.Permissions)
		for j := range 100 {
			permissions[action(i+j)] = rbac.ScopeTenant >> (j % 4)
		}
		id := rbac.RoleID(fmt.Sprintf("custom_role_%d", i))
		spec.Roles[i] = rbac.Role{ID: id, Kind: rbac.KindTenant, Permissions: permissions}
	}
	return spec
}
