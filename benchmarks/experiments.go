package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
)

// Four things are measured: one check, one list, a load of members, and one check as the universe grows.

// checkCosts are what one check costs in an engine.
type checkCosts struct {
	name                   string
	allowed, denied, mixed cost
}

// measureChecks measures every engine on the same requests.
func measureChecks(p plan, engines []engine, mix []request) ([]checkCosts, error) {
	var tasks []task
	sets := [][]request{baseline.Only(mix, true), baseline.Only(mix, false), mix}
	for _, e := range engines {
		for _, set := range sets {
			ask, err := e.prepare(set)
			if err != nil {
				return nil, fmt.Errorf("%s: prepare: %w", e.name(), err)
			}
			tasks = append(tasks, sweeping(e.name(), ask, set))
		}
	}
	costs, err := p.costs(tasks)
	if err != nil {
		return nil, err
	}
	var all []checkCosts
	for i, e := range engines {
		all = append(all, checkCosts{e.name(), costs[3*i], costs[3*i+1], costs[3*i+2]})
	}
	return all, nil
}

// mixed are the times of the mixed requests by the engine's name.
func mixed(all []checkCosts) map[string]float64 {
	ns := map[string]float64{}
	for _, c := range all {
		ns[c.name] = c.mixed.ns
	}
	return ns
}

// viewer is a member whose list is measured.
type viewer struct {
	title  string
	member *rbac.Member
	sees   int
}

// viewers are members who see a whole tenant, a whole workspace, and only assigned mini programs: the first holders
// of three default roles.
func viewers(u *universe) []viewer {
	return []viewer{
		newViewer(u, "Workspace Admin", rbac.WorkspaceAdmin),
		newViewer(u, "Developer Admin", rbac.DeveloperAdmin),
		newViewer(u, "Developer", rbac.Developer),
	}
}

func newViewer(u *universe, title string, role rbac.RoleID) viewer {
	first := slices.IndexFunc(u.members, func(m rbac.Member) bool { return m.Assignments[0].Role == role })
	member := &u.members[first]
	return viewer{title, member, len(expectedList(u, member, rbac.ListMiniPrograms))}
}

// listCosts are what one list costs in an engine for each viewer.
type listCosts struct {
	name  string
	costs []cost
}

// measureLists checks that all engines list the same, and measures them.
func measureLists(p plan, u *universe, who []viewer) ([]listCosts, error) {
	var all []listCosts
	var tasks []task
	for _, m := range listMakers() {
		e, err := build(m, u)
		if err != nil {
			return nil, err
		}
		defer e.close()
		all = append(all, listCosts{name: m.name})
		for _, v := range who {
			t, err := listing(e.(lister), u, v)
			if err != nil {
				return nil, err
			}
			tasks = append(tasks, t)
		}
	}
	costs, err := p.costs(tasks)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].costs = costs[i*len(who) : (i+1)*len(who)]
	}
	return all, nil
}

func listing(l lister, u *universe, v viewer) (task, error) {
	if err := agreeOnList(l, u, v.member, rbac.ListMiniPrograms); err != nil {
		return task{}, err
	}
	run, err := l.list(v.member, rbac.ListMiniPrograms)
	if err != nil {
		return task{}, fmt.Errorf("%s: list: %w", l.name(), err)
	}
	return task{func(n int) error {
		for range n {
			seen, err := run()
			if err != nil {
				return err
			}
			if len(seen) != v.sees {
				return fmt.Errorf("%s: listed %d for %s while measured, want %d", l.name(), len(seen), v.title, v.sees)
			}
		}
		return nil
	}, 1}, nil
}

// predicate is our list as one SQL condition for the database that has the rows.
type predicate struct {
	title  string
	make   func() (clause string, args []any, err error)
	clause string
	args   int
	cost   cost
}

// columns are of a table in PostgreSQL whose columns compare byte by byte, as text does there.
var columns = rbac.Columns{
	Dialect: rbac.PostgreSQL,
	Kind:    "m.kind", Tenant: "m.tenant", Workspace: "m.workspace", MiniProgram: "m.id", Owner: "m.owner",
	Bytewise: true,
}

// predicates are those of the viewers. Columns.Bytewise makes each of them shorter; the last one is made without it too.
func predicates(u *universe, who []viewer) ([]predicate, error) {
	anyType := columns
	anyType.Bytewise = false
	var all []predicate
	for _, v := range who {
		all = append(all, newPredicate(u, v.title, v, columns))
	}
	last := who[len(who)-1]
	all = append(all, newPredicate(u, last.title+", columns of any type", last, anyType))
	for i := range all {
		clause, args, err := all[i].make()
		if err != nil {
			return nil, fmt.Errorf("predicate for %s: %w", all[i].title, err)
		}
		all[i].clause, all[i].args = clause, len(args)
	}
	return all, nil
}

func newPredicate(u *universe, title string, v viewer, c rbac.Columns) predicate {
	return predicate{title: title, make: func() (string, []any, error) {
		return u.policy.Bind(*v.member).Filter(rbac.ListMiniPrograms).Where(c)
	}}
}

// measurePredicates measures how long it takes to make them, including Bind.
func measurePredicates(p plan, all []predicate) error {
	var tasks []task
	for _, one := range all {
		tasks = append(tasks, task{func(n int) error {
			for range n {
				if _, _, err := one.make(); err != nil {
					return err
				}
			}
			return nil
		}, 1})
	}
	costs, err := p.costs(tasks)
	for i := range costs {
		all[i].cost = costs[i]
	}
	return err
}

// load is what it costs to tell an engine of some members.
type load struct {
	none  bool // the engine holds no members
	took  time.Duration
	bytes int64 // of heap kept
}

func (l load) String() string {
	if l.none {
		return "nothing to load"
	}
	return duration(float64(l.took.Nanoseconds())) + ", " + size64(l.bytes)
}

// loadCosts are the loads of an engine for each number of members.
type loadCosts struct {
	name  string
	loads []load
}

// loadMakers leave out engines that load members as another one does: those with a cache, and the one whose host
// selects policies.
func loadMakers() []maker {
	return slices.DeleteFunc(makers(), func(m maker) bool {
		return m.name == fgaCachedName || m.name == cedarSlicedName || m.name == casbinCachedName
	})
}

// measureLoads loads each number of members into engines that already know the policy and the mini programs.
func measureLoads(counts []int) ([]loadCosts, error) {
	var all []loadCosts
	for _, m := range loadMakers() {
		progress("loads: %s", m.name)
		lc := loadCosts{name: m.name}
		for _, n := range counts {
			l, err := measureLoad(m, n, loadsOf(n))
			if err != nil {
				return nil, err
			}
			lc.loads = append(lc.loads, l)
		}
		all = append(all, lc)
	}
	return all, nil
}

// loadsOf is how often a load is measured: once if it takes long.
func loadsOf(members int) int {
	if members > 1_000 {
		return 1
	}
	return 3
}

func measureLoad(m maker, members, repeats int) (load, error) {
	sized := checkSize
	sized.members = members
	u, err := newUniverse(sized)
	if err != nil {
		return load{}, err
	}
	var loads []load
	for range repeats {
		l, err := loadOnce(m, u.withMembers(nil), u.members)
		if err != nil {
			return load{}, err
		}
		loads = append(loads, l)
	}
	return slices.MinFunc(loads, func(a, b load) int { return cmp.Compare(a.took, b.took) }), nil
}

func loadOnce(m maker, empty *universe, members []rbac.Member) (load, error) {
	e, err := m.make(empty)
	if err != nil {
		return load{}, err
	}
	if _, none := e.(interface{ loadsNothing() }); none {
		return load{none: true}, e.close()
	}
	before := heap()
	start := time.Now()
	if err := e.add(members); err != nil {
		return load{}, fmt.Errorf("%s: load %d members: %w", m.name, len(members), err)
	}
	took := time.Since(start)
	kept := heap() - before
	return load{took: took, bytes: max(kept, 0)}, e.close()
}

// heap is how many bytes are reachable. It collects twice, because finalizers free some of them late.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// growth compares a check in the small universe with one in the grown universe.
type growth struct {
	name              string
	small, large      cost
	members, requests int // how many of the grown universe the engine was told of, and was asked
}

// sample is how much of the grown universe an engine is told of and asked.
type sample struct{ members, requests int }

// sampleOf is smaller for engines that take milliseconds for a check in the grown universe. OpenFGA's memory store
// compares each tuple that it writes with all that it has, so OpenFGA is told of fewer members. A smaller store is an
// advantage for it, with the check cache and without.
func sampleOf(name string, s settings) sample {
	whole := sample{s.grown.members, s.grownMix}
	switch name {
	case casbinName:
		return sample{whole.members, min(256, whole.requests)}
	case fgaName, fgaCachedName:
		return sample{min(2_000, whole.members), min(64, whole.requests)}
	}
	return whole
}

// measureGrowth builds the engines for both universes, checks that they agree in both, and measures the requests in
// turns.
func measureGrowth(s settings, small, grown *universe, smallMix, grownMix []request) ([]growth, error) {
	var all []growth
	var tasks []task
	for _, m := range makers() {
		progress("growth: %s", m.name)
		part := sampleOf(m.name, s)
		told := grown.withMembers(grown.members[:part.members])
		asked := about(told.members, grownMix, part.requests)
		before, err := builtTask(m, small, smallMix[:len(asked)])
		if err != nil {
			return nil, err
		}
		after, err := builtTask(m, told, asked)
		if err != nil {
			return nil, err
		}
		defer before.close()
		defer after.close()
		tasks = append(tasks, before.task, after.task)
		all = append(all, growth{name: m.name, members: len(told.members), requests: len(asked)})
	}
	costs, err := s.growth.costs(tasks)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].small, all[i].large = costs[2*i], costs[2*i+1]
	}
	return all, nil
}

// about are the first n requests that these members make, or all of them if there are fewer.
func about(members []rbac.Member, mix []request, n int) []request {
	known := map[string]bool{}
	for _, member := range members {
		known[member.ID] = true
	}
	var asked []request
	for _, q := range mix {
		if known[q.Member.ID] && len(asked) < n {
			asked = append(asked, q)
		}
	}
	return asked
}

// enginedTask is a task and the engine to close after it.
type enginedTask struct {
	task
	engine
}

func builtTask(m maker, u *universe, mix []request) (enginedTask, error) {
	e, err := build(m, u)
	if err != nil {
		return enginedTask{}, fmt.Errorf("growth: %w", err)
	}
	if err := agree(e, mix); err != nil {
		return enginedTask{}, fmt.Errorf("growth: %w", err)
	}
	ask, err := e.prepare(mix)
	if err != nil {
		return enginedTask{}, fmt.Errorf("growth: %s: prepare: %w", e.name(), err)
	}
	return enginedTask{sweeping(e.name(), ask, mix), e}, nil
}
