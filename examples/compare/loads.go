package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// A load is what it takes to tell an engine of some members.
type load struct {
	members int
	took    time.Duration
	bytes   int64 // of heap kept
	repeats int
}

// loadCosts are the loads of an engine, by how many members.
type loadCosts struct {
	name  string
	loads []load
}

// measureLoads loads each number of members into an engine that knows the policy and
// the mini programs already.
func measureLoads(s settings, counts []int) ([]loadCosts, error) {
	var all []loadCosts
	for _, m := range makers() {
		if s.skipsLoad(m.name) {
			continue
		}
		progress("loads: %s", m.name)
		lc := loadCosts{name: m.name}
		for _, n := range counts {
			l, err := measureLoad(m, n, s.repeats(m.name, n))
			if err != nil {
				return nil, err
			}
			lc.loads = append(lc.loads, l)
		}
		all = append(all, lc)
	}
	return all, nil
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
	slices.SortFunc(loads, func(a, b load) int { return int(a.took - b.took) })
	middle := loads[len(loads)/2]
	middle.repeats = repeats
	return middle, nil
}

func loadOnce(m maker, empty *universe, members []rbac.Member) (load, error) {
	e, err := m.make(empty)
	if err != nil {
		return load{}, err
	}
	before := heap()
	start := time.Now()
	if err := e.add(members); err != nil {
		return load{}, fmt.Errorf("%s: load %d members: %w", m.name, len(members), err)
	}
	took := time.Since(start)
	kept := heap() - before
	return load{members: len(members), took: took, bytes: max(kept, 0)}, e.close()
}

// heap is what is reachable: two collections, since finalizers free things late.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
