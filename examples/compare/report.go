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
	agreed     []string
	checks     []checkCosts
	viewers    []viewer
	listed     int
	predicates []predicate
	lists      []listCosts
	loads      []loadCosts
	grown      *universe
	growths    []growth
	took       time.Duration
}

// markdown writes the report for people.
func (r *report) markdown() string {
	var b strings.Builder
	r.writeHead(&b)
	r.writeVerdicts(&b)
	r.writeChecks(&b)
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
	fmt.Fprintf(b, "\nAll %d engines gave the same answer to each of %d different requests, %d of them allowed: %s.\n",
		len(r.agreed), len(r.mix), len(only(r.mix, true)), strings.Join(r.agreed, ", "))
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
	fmt.Fprintf(b, "\n## One check\n\n%d members over %d roles in %d workspaces, %d mini programs, %d actions.\n\n",
		len(r.universe.members), len(r.universe.spec.Roles), len(r.universe.workspaces), len(r.universe.programs), len(r.universe.spec.Actions))
	table(b, "engine", "allowed", "denied", "mixed", "bytes", "allocations", "× rbac Can", "checks a round")
	can := r.checks[0].mixed.ns
	for _, c := range r.checks {
		row(b, c.name, duration(c.allowed.ns), duration(c.denied.ns), duration(c.mixed.ns), number(c.mixed.bytes), number(c.mixed.allocs),
			ratio(c.mixed.ns/can), fmt.Sprint(c.mixed.ops))
	}
}

func (r *report) writeLists(b *strings.Builder) {
	fmt.Fprintf(b, "\n## A list out of %d mini programs\n\n", r.listed)
	head := []string{"engine"}
	for _, v := range r.viewers {
		head = append(head, fmt.Sprintf("%s, sees %d", v.title, v.sees), "× ours", "bytes")
	}
	table(b, head...)
	for _, l := range r.lists {
		cells := []string{l.name}
		for i, c := range l.costs {
			cells = append(cells, duration(c.ns), ratio(c.ns/r.lists[0].costs[i].ns), number(c.bytes))
		}
		row(b, cells...)
	}
	fmt.Fprintf(b, "\nOur list as a predicate for the host's own table, which reads no row here:\n\n")
	table(b, "who", "time to make it", "predicate", "arguments")
	for _, p := range r.predicates {
		row(b, p.title, duration(p.cost.ns), "`"+p.clause+"`", fmt.Sprint(len(p.args)))
	}
}

func (r *report) writeLoads(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Loading members\n\n")
	head := []string{"engine"}
	for _, n := range r.settings.counts {
		head = append(head, fmt.Sprintf("%d members", n), "heap kept", "loads")
	}
	table(b, head...)
	for _, lc := range r.loads {
		cells := []string{lc.name}
		for _, l := range lc.loads {
			cells = append(cells, duration(float64(l.took.Nanoseconds())), size64(l.bytes), fmt.Sprint(l.repeats))
		}
		row(b, cells...)
	}
}

func (r *report) writeGrowth(b *strings.Builder) {
	fmt.Fprintf(b, "\n## As the world grows\n\nOne check of the mix, from %d members and %d roles to %d members and %d roles, in %d workspaces with %d mini programs.\n\n",
		len(r.universe.members), len(r.universe.spec.Roles), len(r.grown.members), len(r.grown.spec.Roles), len(r.grown.workspaces), len(r.grown.programs))
	table(b, "engine", "small", "grown", "times as long", "checks a round")
	for _, g := range r.growths {
		row(b, g.name, duration(g.small.ns), duration(g.large.ns), ratio(g.large.ns/g.small.ns), fmt.Sprint(g.large.ops))
	}
}

func duration(ns float64) string {
	switch {
	case ns < 1_000:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 1_000_000:
		return fmt.Sprintf("%.1f µs", ns/1_000)
	case ns < 1_000_000_000:
		return fmt.Sprintf("%.1f ms", ns/1_000_000)
	default:
		return fmt.Sprintf("%.1f s", ns/1_000_000_000)
	}
}

func ratio(r float64) string {
	if r < 10 {
		return fmt.Sprintf("%.2f", r)
	}
	return fmt.Sprintf("%.0f", r)
}

// number rounds what is almost nothing, as the odd allocation of the runtime, to zero.
func number(n float64) string {
	if n < 0.05 {
		return "0"
	}
	return ratio(n)
}

func size64(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	default:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
}
