package main

import (
	_ "embed"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac/internal/baseline"
)

//go:embed caveats.md
var caveats string

const caveatsHeading = "\n## Caveats\n"

// report is everything that was measured.
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

// newReport makes what is to be measured.
func newReport(s settings) (*report, error) {
	r := &report{settings: s}
	var err error
	if r.universe, err = newUniverse(checkSize); err != nil {
		return nil, err
	}
	if r.mix, err = r.universe.requests(s.mix); err != nil {
		return nil, err
	}
	if r.listed, err = newUniverse(listSize); err != nil {
		return nil, err
	}
	r.viewers = viewers(r.listed)
	r.predicates, err = predicates(r.listed, r.viewers)
	return r, err
}

// markdown is the report as people read it.
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
	b.WriteString(caveatsHeading + "\n" + caveats)
	return b.String()
}

func (r *report) writeHead(b *strings.Builder) {
	fmt.Fprintf(b, "# Comparison with other engines\n\n%s. The run took %s.\n\n", machine(), r.took.Round(time.Second))
	for _, v := range versions() {
		fmt.Fprintf(b, "- %s\n", v)
	}
	fmt.Fprintf(b, "\nAll %d engines gave the same answer to each of %s different requests, %s of them allowed",
		len(r.checks), grouped(len(r.mix)), grouped(len(baseline.Only(r.mix, true))))
	if !r.settings.checksOnly {
		b.WriteString(", and listed the same mini programs")
	}
	b.WriteString(".\n")
}

// table starts a table. The first column is text, and the others are numbers.
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
	fmt.Fprintf(b, "\n## One check\n\n%d members with %d roles in %d workspaces, %d mini programs, %d actions. "+
		"Each cell: ns / bytes / allocations.\n\n",
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
	fmt.Fprintf(b, "\n## A list out of %s mini programs\n\n"+
		"Each cell: time, bytes, how many times as long as the faster of ours.\n\n", grouped(len(r.listed.programs)))
	head := []string{"engine"}
	for _, v := range r.viewers {
		head = append(head, fmt.Sprintf("%s, sees %s", v.title, grouped(v.sees)))
	}
	table(b, head...)
	for _, l := range r.lists {
		cells := []string{l.name}
		for i, c := range l.costs {
			times := ratio(c.ns / r.bestList(i))
			cells = append(cells, fmt.Sprintf("%s, %s, %s×", duration(c.ns), size64(int64(c.bytes)), times))
		}
		row(b, cells...)
	}
	fmt.Fprintf(b, "\nOur list as one SQL predicate. The database has the rows, and none is read here:\n\n")
	table(b, "who", "time to make it", "arguments", "predicate")
	for _, p := range r.predicates {
		row(b, p.title, duration(p.cost.ns), fmt.Sprint(p.args), "`"+p.clause+"`")
	}
}

// bestList is the time that the faster of our two ways to list takes.
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
	fmt.Fprintf(b, "\n## As the world grows\n\n"+
		"One check of the mix, from %d members with %d roles to %s members with %s roles, "+
		"in %d workspaces with %s mini programs.\n\n",
		len(small.members), len(small.spec.Roles), grouped(len(grown.members)), grouped(len(grown.spec.Roles)),
		len(grown.workspaces), grouped(len(grown.programs)))
	table(b, "engine", "small", "grown", "times as long", "members told of", "different requests", "checks a round")
	for _, g := range r.growths {
		row(b, g.name, duration(g.small.ns), duration(g.large.ns), ratio(g.large.ns/g.small.ns),
			grouped(g.members), grouped(g.requests), grouped(g.large.ops))
	}
}

// verdict compares a measured ratio with our target.
type verdict struct {
	target   string
	measured float64
	bound    float64 // zero if there is no target
	atMost   bool    // the ratio must not exceed the bound; otherwise it must reach it
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

// checkVerdicts compare the times of the mixed requests. cedar-go has the same target with all of its policies and
// with those that its host selects.
func (r *report) checkVerdicts() []verdict {
	ns := mixed(r.checks)
	faster := func(peer string, bound float64) verdict {
		target := fmt.Sprintf("Can at least %g× faster than %s", bound, peer)
		return verdict{target, ns[peer] / ns[oursName], bound, false}
	}
	return []verdict{
		faster(cedarName, 50), faster(cedarSlicedName, 50),
		faster(casbinName, 100), faster(opaName, 200), faster(casbinCachedName, 8),
		{"Can no slower than handwritten", ns[oursName] / ns[handName], 1, true},
		{"Subject.Can at most half of handwritten", ns[boundName] / ns[handName], 0.5, true},
		{"Subject.Can at most 3× the floor", ns[boundName] / ns[floorName], 3, true},
	}
}

// listVerdict is about one way to list and one viewer.
type listVerdict struct {
	verdict
	everyRow float64 // the ratio if ours tries every row
}

// listVerdicts compare the faster of our two ways with the peers. There is no target for casbin's rules and an index,
// because there the host does all the work, as it does with ours.
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
	casbinIndexName: {"Compared with", 0},
	cedarListName:   {"At least 100× faster than", 100},
	opaListName:     {"Faster than", 1},
	fgaListName:     {"At least 100× faster than", 100},
}

func (r *report) writeVerdicts(b *strings.Builder) {
	b.WriteString("\n## Targets\n\nOne check, on the mixed requests:\n\n")
	table(b, "target", "measured", "verdict")
	for _, v := range r.checkVerdicts() {
		row(b, v.target, ratio(v.measured), v.met())
	}
	if r.settings.checksOnly {
		return
	}
	fmt.Fprintf(b, "\nA list out of %s mini programs, the faster of our two ways for each member:\n\n",
		grouped(len(r.listed.programs)))
	table(b, "target", "measured", "with Filter.Match on every row", "verdict")
	for _, v := range r.listVerdicts() {
		row(b, v.target, ratio(v.measured), ratio(v.everyRow), v.met())
	}
}

const ours = "github.com/miniprogram-platform/rbac"

var peers = []string{
	"github.com/casbin/casbin/v3",
	"github.com/cedar-policy/cedar-go",
	"github.com/open-policy-agent/opa",
	"github.com/openfga/openfga",
}

// versions are those of the modules that this program was built with.
func versions() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return []string{"versions unknown: built without module information"}
	}
	found := map[string]string{}
	for _, dep := range info.Deps {
		found[dep.Path] = dep.Version
	}
	lines := []string{ours + " of this repository"}
	for _, path := range peers {
		lines = append(lines, fmt.Sprintf("%s %s", path, found[path]))
	}
	return lines
}

func machine() string {
	return fmt.Sprintf("%s, %s/%s, GOMAXPROCS %d, %s",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), cpu())
}

// cpu is the name of the processor, if the system tells it.
func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "CPU unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "CPU unknown"
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

func nanoseconds(ns float64) string {
	if ns < 100 {
		return fmt.Sprintf("%.1f", ns)
	}
	return grouped(int(ns + 0.5))
}

func ratio(r float64) string {
	if r < 10 {
		return fmt.Sprintf("%.2f", r)
	}
	return grouped(int(r + 0.5))
}

// number rounds what is almost nothing to zero, such as an occasional allocation of the runtime.
func number(n float64) string {
	if n < 0.05 {
		return "0"
	}
	return ratio(n)
}

// grouped writes a comma between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
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
