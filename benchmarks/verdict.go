package main

import (
	"fmt"
	"strings"
)

// A verdict holds a measured ratio against what we set out to reach.
type verdict struct {
	target   string
	measured float64
	bound    float64 // zero where the ratio is there to be compared with, and is no target
	atMost   bool    // the ratio must not exceed the bound; else it must reach it
}

func (v verdict) met() string {
	switch {
	case v.bound == 0:
		return "no target"
	case v.atMost && v.measured <= v.bound || !v.atMost && v.measured >= v.bound:
		return "met"
	}
	return "**not met**"
}

// checkVerdicts compare the times of the mix. cedar-go is held to one target twice: with
// all of its policies, and with those that its host selects.
func (r *report) checkVerdicts() []verdict {
	ns := mixed(r.checks)
	faster := func(peer string, bound float64) verdict {
		return verdict{fmt.Sprintf("Can at least %g× faster than %s", bound, peer), ns[peer] / ns[oursName], bound, false}
	}
	return []verdict{
		faster(cedarName, 50), faster(cedarSlicedName, 50),
		faster(casbinName, 100), faster(opaName, 200), faster(casbinCachedName, 8),
		{"Can no slower than handwritten", ns[oursName] / ns[handName], 1, true},
		{"Subject.Can at most half of handwritten", ns[boundName] / ns[handName], 0.5, true},
		{"Subject.Can at most 3× the floor", ns[boundName] / ns[floorName], 3, true},
	}
}

// A listVerdict is about one way of a peer to list, for one viewer.
type listVerdict struct {
	verdict
	everyRow float64 // what the ratio is where ours tries every row
}

// listVerdicts hold the faster of our two ways against the peers. Where the host does
// with a peer what it does with ours, and no engine decides, there is no target.
func (r *report) listVerdicts() []listVerdict {
	var all []listVerdict
	for _, l := range r.lists[2:] {
		for i, v := range r.viewers {
			target := fmt.Sprintf("%s %s, for a %s", howMuchFaster[l.name].words, l.name, v.title)
			all = append(all, listVerdict{
				verdict{target, l.costs[i].ns / r.bestList(i), howMuchFaster[l.name].bound, false},
				l.costs[i].ns / r.lists[1].costs[i].ns,
			})
		}
	}
	return all
}

var howMuchFaster = map[string]struct {
	words string
	bound float64
}{
	casbinListName:  {"At least 100× faster than", 100},
	casbinIndexName: {"Beside", 0},
	cedarListName:   {"At least 100× faster than", 100},
	opaListName:     {"Faster than", 1},
	fgaListName:     {"At least 100× faster than", 100},
}

func (r *report) writeVerdicts(b *strings.Builder) {
	b.WriteString("\n## What we set out to reach\n\nOne check, on the mixed requests:\n\n")
	table(b, "target", "measured", "verdict")
	for _, v := range r.checkVerdicts() {
		row(b, v.target, ratio(v.measured), v.met())
	}
	if r.settings.checksOnly {
		return
	}
	fmt.Fprintf(b, "\nA list out of %s mini programs, the faster of our two ways for each member:\n\n", grouped(len(r.listed.programs)))
	table(b, "target", "measured", "with Filter.Match on every row", "verdict")
	for _, v := range r.listVerdicts() {
		row(b, v.target, ratio(v.measured), ratio(v.everyRow), v.met())
	}
}
