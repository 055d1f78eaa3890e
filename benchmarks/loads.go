package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// A load is what it takes to tell an engine of some members.
type load struct {
	none  bool // where the engine holds no members
	took  time.Duration
	bytes int64 // of heap kept
}

func (l load) String() string {
	if l.none {
		return "nothing to load"
	}
	return duration(float64(l.took.Nanoseconds())) + ", " + size64(l.bytes)
}

// loadCosts are the loads of an engine, by how many members.
type loadCosts struct {
	name  string
	loads []load
}

// loadMakers leave out what another line says already: a cache, or policies that the
// host selects, do not change a load of members.
func loadMakers() []maker {
	return slices.DeleteFunc(makers(), func(m maker) bool {
		return m.name == fgaCachedName || m.name == cedarSlicedName || m.name == casbinCachedName
	})
}

// measureLoads loads each number of members into an engine that knows the policy and
// the mini programs already.
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

// loadsOf is how often a load is measured: once where it takes long.
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

// heap is what is reachable: two collections, since finalizers free things late.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
