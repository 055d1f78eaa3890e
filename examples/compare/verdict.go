package main

import (
	"fmt"
	"strings"
)

// A verdict holds a measured ratio against what we set out to reach.
type verdict struct {
	target   string
	measured float64
	bound    float64
	atMost   bool // the ratio must not exceed the bound; else it must reach it
}

func (v verdict) met() string {
	if v.atMost && v.measured <= v.bound || !v.atMost && v.measured >= v.bound {
		return "met"
	}
	return "**not met**"
}

// verdicts compare the medians of the mix, and lists for each viewer.
func (r *report) verdicts() []verdict {
	ns := mixed(r.checks)
	faster := func(peer string, bound float64) verdict {
		return verdict{fmt.Sprintf("Can at least %g× faster than %s", bound, peer), ns[peer] / ns[oursName], bound, false}
	}
	all := []verdict{
		faster(cedarName, 50), faster(cedarSlicedName, 50), faster(casbinName, 100), faster(opaName, 200), faster(casbinCachedName, 8),
		{"Can no slower than handwritten", ns[oursName] / ns[handName], 1, true},
		{"Subject.Can at most half of handwritten", ns[boundName] / ns[handName], 0.5, true},
		{"Subject.Can at most 3× the floor", ns[boundName] / ns[floorName], 3, true},
	}
	for _, peer := range []string{casbinName, cedarName, fgaName} {
		all = append(all, r.listVerdicts(peer, 100)...)
	}
	return append(all, r.listVerdicts(opaName, 1)...)
}

func (r *report) listVerdicts(peer string, bound float64) []verdict {
	var all []verdict
	for _, l := range r.lists {
		if l.name != peer {
			continue
		}
		for i, v := range r.viewers {
			target := fmt.Sprintf("List of %d at least %g× as fast as %s, for a %s", r.listed, bound, peer, v.title)
			all = append(all, verdict{target, l.costs[i].ns / r.lists[0].costs[i].ns, bound, false})
		}
	}
	return all
}

func (r *report) writeVerdicts(b *strings.Builder) {
	b.WriteString("\n## What we set out to reach\n\nOn the mixed requests.\n\n")
	table(b, "target", "measured", "")
	for _, v := range r.verdicts() {
		row(b, v.target, ratio(v.measured), v.met())
	}
}
