// Command benchmarks compares the library with casbin, cedar-go, OPA and OpenFGA, on the same policy and the same
// requests, in one run.
//
//	go run .                 # less than four minutes on two quiet cores
//	go run . -o RESULTS.md   # the same, into a file
//	go run . -quick          # fewer rounds, smaller loads, a smaller grown universe: less than a minute
//	go run . -checks         # one check and its verdicts only: less than twenty seconds
//
// It first checks that all of them give the same answers, and then measures. The report is Markdown.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	quick := flag.Bool("quick", false, "fewer rounds, smaller loads and a smaller grown universe")
	checks := flag.Bool("checks", false, "one check and its verdicts only")
	file := flag.String("o", "", "write the report to this `file` instead of standard output")
	flag.Parse()
	log.SetFlags(0)
	s := newSettings(*quick)
	if *checks {
		s = s.onlyChecks()
	}
	if err := run(*file, s); err != nil {
		log.Fatal("benchmarks: ", err)
	}
}

// settings are what the flags change.
type settings struct {
	checksOnly          bool
	mix, grownMix       int
	check, list, growth plan
	counts              []int // of members to load
	grown               size
}

func newSettings(quick bool) settings {
	s := settings{
		mix: 4096, grownMix: 2048,
		check:  plan{rounds: 30, few: 5, least: 10 * time.Millisecond, enough: time.Second, fewest: 256},
		list:   plan{rounds: 30, few: 3, least: 10 * time.Millisecond, enough: time.Second, fewest: 1},
		growth: plan{rounds: 20, few: 3, least: 10 * time.Millisecond, enough: time.Second / 2, fewest: 32},
		counts: []int{10, 1_000, 10_000},
		grown:  grownSize,
	}
	if quick {
		s.check.rounds, s.check.few, s.check.enough, s.check.fewest = 8, 3, time.Second/10, 128
		s.list.rounds, s.list.few, s.list.enough = 10, 1, time.Second/5
		s.growth.rounds, s.growth.enough = 8, time.Second/5
		s.counts = []int{10, 1_000}
		s.grown = size{seed: grownSize.seed, merchants: 20, programs: 20, members: 1_000, roles: 100}
	}
	return s
}

// onlyChecks takes fewer rounds, so that it ends while somebody waits.
func (s settings) onlyChecks() settings {
	s.checksOnly = true
	s.check.rounds, s.check.few, s.check.enough, s.check.fewest = 10, 2, time.Second/10, 128
	return s
}

func run(file string, s settings) error {
	start := time.Now()
	r, err := measureAll(s)
	if err != nil {
		return err
	}
	r.took = time.Since(start)
	if file == "" {
		_, err = os.Stdout.WriteString(r.markdown())
	} else {
		err = os.WriteFile(file, []byte(r.markdown()), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// measureAll compares the answers and measures everything, in the order of the report.
func measureAll(s settings) (*report, error) {
	r, err := newReport(s)
	if err != nil {
		return nil, err
	}
	if err := r.measureSmall(); err != nil || s.checksOnly {
		return r, err
	}
	if err := r.measureListed(); err != nil {
		return nil, err
	}
	if r.loads, err = measureLoads(s.counts); err != nil {
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
	}
	r.checks, err = measureChecks(r.settings.check, engines, r.mix)
	return err
}

func (r *report) measureListed() error {
	progress("lists")
	err := measurePredicates(r.settings.check, r.predicates)
	if err != nil {
		return err
	}
	r.lists, err = measureLists(r.settings.list, r.listed, r.viewers)
	return err
}

func (r *report) measureGrown() error {
	grown, err := newUniverse(r.settings.grown)
	if err != nil {
		return err
	}
	mix, err := grown.requests(r.settings.grownMix)
	if err != nil {
		return err
	}
	r.grown = grown
	r.growths, err = measureGrowth(r.settings, r.universe, grown, r.mix, mix)
	return err
}

// progress goes to standard error, for somebody who waits.
func progress(format string, args ...any) {
	log.Printf("benchmarks: %s: "+format, append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}
