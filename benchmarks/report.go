package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed caveats.md
var caveats string

// A report is everything that was measured.
type report struct {
	settings   settings
	universe   *universe
	mix        []request
	checks     []checkCosts
	listed     *universe
	viewers    []viewer
	predicates []predicate
	lists      []listCosts
	loads      []loadCosts
	grown      *universe
	growths    []growth
	took       time.Duration
}

// newReport says what there is to measure.
func newReport(s settings) (*report, error) {
	r := &report{settings: s}
	var err error
	if r.universe, err = newUniverse(checkSize); err != nil {
		return nil, err
	}
	if r.mix, err = newMix(r.universe, s.mix); err != nil {
		return nil, err
	}
	if r.listed, err = newUniverse(listSize); err != nil {
		return nil, err
	}
	r.viewers = viewers(r.listed)
	r.predicates, err = predicates(r.listed, r.viewers)
	return r, err
}

// markdown writes the report for people.
func (r *report) markdown() string {
	var b strings.Builder
	r.writeHead(&b)
	r.writeVerdicts(&b)
	r.writeChecks(&b)
	if r.settings.checksOnly {
		return b.String()
	}
	r.writeLists(&b)
	r.writeLoads(&b)
	r.writeGrowth(&b)
	fmt.Fprintf(&b, "\n## What to keep in mind\n\n%s", caveats)
	return b.String()
}

func (r *report) writeHead(b *strings.Builder) {
	fmt.Fprintf(b, "# Compared\n\n%s. The run took %s.\n\n", machine(), r.took.Round(time.Second))
	for _, v := range versions() {
		fmt.Fprintf(b, "- %s\n", v)
	}
	fmt.Fprintf(b, "\nAll %d engines gave the same answer to each of %s different requests, %s of them allowed",
		len(r.checks), grouped(len(r.mix)), grouped(len(only(r.mix, true))))
	if !r.settings.checksOnly {
		b.WriteString(", and listed the same mini programs")
	}
	b.WriteString(".\n")
}

// table starts a table: the first column is text, the others are numbers.
func table(b *strings.Builder, head ...string) {
	row(b, head...)
	rules := []string{"---"}
	for range head[1:] {
		rules = append(rules, "---:")
	}
	row(b, rules...)
}

func row(b *strings.Builder, cells ...string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

func (r *report) writeChecks(b *strings.Builder) {
	u := r.universe
	fmt.Fprintf(b, "\n## One check\n\n%d members with %d roles in %d workspaces, %d mini programs, %d actions. Each cell: ns / bytes / allocations.\n\n",
		len(u.members), len(u.spec.Roles), len(u.workspaces), len(u.programs), len(u.spec.Actions))
	table(b, "engine", "allowed", "denied", "mixed", "× rbac Can", "checks a round")
	can := r.checks[0].mixed.ns
	for _, c := range r.checks {
		row(b, c.name, each(c.allowed), each(c.denied), each(c.mixed), ratio(c.mixed.ns/can), grouped(c.mixed.ops))
	}
}

func each(c cost) string {
	return nanoseconds(c.ns) + " / " + number(c.bytes) + " / " + number(c.allocs)
}

func (r *report) writeLists(b *strings.Builder) {
	fmt.Fprintf(b, "\n## A list out of %s mini programs\n\nEach cell: time, bytes, how many times as long as the faster of ours.\n\n", grouped(len(r.listed.programs)))
	head := []string{"engine"}
	for _, v := range r.viewers {
		head = append(head, fmt.Sprintf("%s, sees %s", v.title, grouped(v.sees)))
	}
	table(b, head...)
	for _, l := range r.lists {
		cells := []string{l.name}
		for i, c := range l.costs {
			cells = append(cells, fmt.Sprintf("%s, %s, %s×", duration(c.ns), size64(int64(c.bytes)), ratio(c.ns/r.bestList(i))))
		}
		row(b, cells...)
	}
	fmt.Fprintf(b, "\nOur list as one predicate for the database that has the rows; no row is read here:\n\n")
	table(b, "who", "time to make it", "arguments", "predicate")
	for _, p := range r.predicates {
		row(b, p.title, duration(p.cost.ns), fmt.Sprint(p.args), "`"+p.clause+"`")
	}
}

// bestList is the time of the faster of our two ways to list.
func (r *report) bestList(viewer int) float64 {
	return min(r.lists[0].costs[viewer].ns, r.lists[1].costs[viewer].ns)
}

func (r *report) writeLoads(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Loading members\n\nEach cell: time, heap kept. The fastest of %s loads.\n\n", r.loadsEach())
	head := []string{"engine"}
	for _, n := range r.settings.counts {
		head = append(head, grouped(n)+" members")
	}
	table(b, head...)
	for _, lc := range r.loads {
		cells := []string{lc.name}
		for _, l := range lc.loads {
			cells = append(cells, l.String())
		}
		row(b, cells...)
	}
}

func (r *report) loadsEach() string {
	var each []string
	for _, n := range r.settings.counts {
		each = append(each, fmt.Sprint(loadsOf(n)))
	}
	return strings.Join(each, ", ")
}

func (r *report) writeGrowth(b *strings.Builder) {
	small, grown := r.universe, r.grown
	fmt.Fprintf(b, "\n## As the world grows\n\nOne check of the mix, from %d members with %d roles to %s members with %s roles, in %d workspaces with %s mini programs.\n\n",
		len(small.members), len(small.spec.Roles), grouped(len(grown.members)), grouped(len(grown.spec.Roles)), len(grown.workspaces), grouped(len(grown.programs)))
	table(b, "engine", "small", "grown", "times as long", "members told of", "different requests", "checks a round")
	for _, g := range r.growths {
		row(b, g.name, duration(g.small.ns), duration(g.large.ns), ratio(g.large.ns/g.small.ns), grouped(g.members), grouped(g.requests), grouped(g.large.ops))
	}
}
