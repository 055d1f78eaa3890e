// Compare puts the library beside the engines that a Go team would otherwise pick, on
// the same policy and the same requests, in one run.
//
//	go run .          # about four minutes on two cores
//	go run . -quick   # fewer repeats, smaller loads
//
// It checks first that all of them answer alike, and measures then. The tables are
// Markdown on standard output.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"
)

func main() {
	quick := flag.Bool("quick", false, "fewer repeats, smaller loads and a smaller grown universe")
	flag.Parse()
	log.SetFlags(0)
	if err := run(os.Stdout, newSettings(*quick)); err != nil {
		log.Fatal("compare: ", err)
	}
}

// settings are what -quick changes.
type settings struct {
	mix, grownMix       int
	check, list, growth plan
	counts              []int // of members to load
	grown               size
}

func newSettings(quick bool) settings {
	s := settings{
		mix: 4096, grownMix: 2048,
		check:  plan{rounds: 7, least: 60 * time.Millisecond, fewest: 512, longest: 100 * time.Millisecond},
		list:   plan{rounds: 3, least: 100 * time.Millisecond, fewest: 1, longest: 20 * time.Millisecond},
		growth: plan{rounds: 3, least: 60 * time.Millisecond, fewest: 64, longest: 20 * time.Millisecond},
		counts: []int{10, 1_000, 10_000},
		grown:  grownSize,
	}
	if quick {
		s.check.rounds, s.check.least, s.check.fewest, s.list.rounds = 3, 20*time.Millisecond, 128, 1
		s.counts = []int{10, 1_000}
		s.grown = size{seed: grownSize.seed, merchants: 20, programs: 20, members: 1_000, roles: 100}
	}
	return s
}

// repeats are how often a load is measured: once where it takes long.
func (s settings) repeats(name string, members int) int {
	if members > 1_000 || isFGA(name) && members > 100 {
		return 1
	}
	return 3
}

// skipsLoad leaves out loads that say the same again: a cache does not change them.
func (s settings) skipsLoad(name string) bool {
	return name == fgaCachedName || name == cedarSlicedName || name == casbinCachedName
}

func isFGA(name string) bool { return name == fgaName || name == fgaCachedName }

func run(out io.Writer, s settings) error {
	start := time.Now()
	r, err := measureAll(s)
	if err != nil {
		return err
	}
	r.took = time.Since(start)
	if _, err := io.WriteString(out, r.markdown()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// measureAll checks the agreement and measures everything, in the order of the report.
func measureAll(s settings) (*report, error) {
	u, err := newUniverse(checkSize)
	if err != nil {
		return nil, err
	}
	mix, err := newMix(u, s.mix)
	if err != nil {
		return nil, err
	}
	r := &report{settings: s, universe: u, mix: mix}
	if err := r.measureSmall(); err != nil {
		return nil, err
	}
	if err := r.measureListed(); err != nil {
		return nil, err
	}
	if r.loads, err = measureLoads(s, s.counts); err != nil {
		return nil, err
	}
	return r, r.measureGrown()
}

func (r *report) measureSmall() error {
	progress("checks: %d requests", len(r.mix))
	engines, err := buildAll(r.universe)
	if err != nil {
		return err
	}
	defer closeAll(engines)
	for _, e := range engines {
		if err := agree(e, r.mix); err != nil {
			return err
		}
		r.agreed = append(r.agreed, e.name())
	}
	r.checks, err = measureChecks(r.settings.check, engines, r.mix)
	return err
}

func (r *report) measureListed() error {
	progress("lists")
	u, err := newUniverse(listSize)
	if err != nil {
		return err
	}
	r.viewers, r.listed = viewers(u), len(u.programs)
	if r.predicates, err = measurePredicates(r.settings.check, u, r.viewers); err != nil {
		return err
	}
	r.lists, err = measureLists(r.settings.list, u, r.viewers)
	return err
}

func (r *report) measureGrown() error {
	u, err := newUniverse(r.settings.grown)
	if err != nil {
		return err
	}
	mix, err := newMix(u, r.settings.grownMix)
	if err != nil {
		return err
	}
	r.grown = u
	r.growths, err = measureGrowth(r.settings.growth, r.universe, u, r.mix[:len(mix)], mix)
	return err
}

// progress tells someone who waits, and is no part of the report.
func progress(format string, args ...any) {
	log.Printf("compare: %s: "+format, append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}
