package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The report names every engine and every version, whatever the numbers are.
func TestReportIsComplete(t *testing.T) {
	text := unmeasured(t).markdown()
	for _, m := range append(makers(), listMakers()...) {
		if !strings.Contains(text, "| "+m.name+" |") {
			t.Errorf("no line for %s", m.name)
		}
	}
	for _, path := range peers {
		if !strings.Contains(text, path) {
			t.Errorf("no version of %s", path)
		}
	}
}

func TestReportOfChecksHasNothingElse(t *testing.T) {
	r := unmeasured(t)
	r.settings = r.settings.onlyChecks()
	text := r.markdown()
	if !strings.Contains(text, "\n## One check\n") || strings.Contains(text, "list") || strings.Contains(text, "\n## Loading") {
		t.Error(text)
	}
}

// RESULTS.md was printed by this program: it has the same headings, tables, lines of
// tables and caveats. What it says about times is of the run that printed it.
func TestResultsHaveTheShapeOfTheReport(t *testing.T) {
	printed, err := os.ReadFile("RESULTS.md")
	if os.IsNotExist(err) {
		t.Skip("no RESULTS.md; print it with: go run . -o RESULTS.md")
	}
	if err != nil {
		t.Fatal(err)
	}
	got, want := shape(string(printed)), shape(unmeasured(t).markdown())
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("RESULTS.md is not what this program prints, from line %d of its shape on; print it again with: go run . -o RESULTS.md\nit has %q\nand now there would be %q",
				i+1, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}

func TestShapeIsOfWordsAndNotOfNumbers(t *testing.T) {
	of := func(text string) string { return strings.Join(shape(text), "\n") }
	first := of("# A\n\nIt took 3 s.\n\n| engine | time |\n| --- | ---: |\n| ours | 3 ns |\n\n## What to keep in mind\n\n- a\n")
	for text, same := range map[string]bool{
		"# A\n\nIt took 4 s.\n\n| engine | time |\n| --- | ---: |\n| ours | 4 ns |\n\n## What to keep in mind\n\n- a\n":  true,
		"# A\n\nIt took 3 s.\n\n| engine | bytes |\n| --- | ---: |\n| ours | 3 ns |\n\n## What to keep in mind\n\n- a\n": false,
		"# A\n\nIt took 3 s.\n\n| engine | time |\n| --- | ---: |\n| peer | 3 ns |\n\n## What to keep in mind\n\n- a\n":  false,
		"# B\n\nIt took 3 s.\n\n| engine | time |\n| --- | ---: |\n| ours | 3 ns |\n\n## What to keep in mind\n\n- a\n":  false,
		"# A\n\nIt took 3 s.\n\n| engine | time |\n| --- | ---: |\n| ours | 3 ns |\n\n## What to keep in mind\n\n- b\n":  false,
	} {
		if got := of(text) == first; got != same {
			t.Errorf("same shape: %t, of\n%s", got, text)
		}
	}
}

// shape is what does not differ from run to run: headings, the heads of tables, the
// first cell of their other lines, and the caveats.
func shape(text string) []string {
	body, kept, _ := strings.Cut(text, "\n## What to keep in mind\n")
	var lines []string
	before := ""
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			lines = append(lines, line)
		case strings.HasPrefix(line, "|") && !strings.HasPrefix(before, "|"):
			lines = append(lines, line)
		case strings.HasPrefix(line, "|"):
			lines = append(lines, strings.TrimSpace(strings.Split(line, "|")[1]))
		}
		before = line
	}
	return append(lines, strings.Split(kept, "\n")...)
}

// unmeasured is the report of a full run in which everything took no time.
func unmeasured(t *testing.T) *report {
	t.Helper()
	r, err := newReport(newSettings(false))
	if err != nil {
		t.Fatal(err)
	}
	r.grown = r.universe
	for _, m := range makers() {
		r.checks = append(r.checks, checkCosts{name: m.name})
	}
	for _, m := range listMakers() {
		r.lists = append(r.lists, listCosts{m.name, make([]cost, len(r.viewers))})
	}
	for _, m := range loadMakers() {
		r.loads = append(r.loads, loadCosts{m.name, make([]load, len(r.settings.counts))})
	}
	for _, m := range makers() {
		r.growths = append(r.growths, growth{name: m.name})
	}
	return r
}

func TestVerdictTellsMetFromNotMet(t *testing.T) {
	for _, c := range []struct {
		v    verdict
		want string
	}{
		{verdict{measured: 50, bound: 50}, "met"},
		{verdict{measured: 49, bound: 50}, "**not met**"},
		{verdict{measured: 1, bound: 1, atMost: true}, "met"},
		{verdict{measured: 1.1, bound: 1, atMost: true}, "**not met**"},
		{verdict{measured: 7}, "no target"},
	} {
		if got := c.v.met(); got != c.want {
			t.Errorf("%+v: %s", c.v, got)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestCostIsMeasured(t *testing.T) {
	var kept [][]byte
	p := plan{rounds: 3, few: 1, least: 1, enough: time.Second, fewest: 10}
	costs, err := p.costs([]task{{func(n int) error {
		for range n {
			kept = append(kept[:0], make([]byte, 4096))
		}
		return nil
	}, 7}})
	if err != nil {
		t.Fatal(err)
	}
	if costs[0].bytes < 4096 || costs[0].allocs < 1 || costs[0].ns <= 0 || costs[0].ops != 14 {
		t.Errorf("%+v", costs[0])
	}
}

// A wrong answer is found in a whole sweep, and in a part of one.
func TestWrongAnswerIsFoundWhileMeasured(t *testing.T) {
	always := func(_, count int) (int, error) { return count, nil }
	mix := []request{{allowed: true}, {}, {allowed: true}}
	for n, wrong := range []bool{false, false, true, true, true} {
		if found := sweeping("x", always, mix).run(n) != nil; found != wrong {
			t.Errorf("%d requests, all allowed: found wrong? %t", n, found)
		}
	}
}

// What holds no members has no load to measure, and no other engine says so.
func TestNothingToLoadWithoutMembers(t *testing.T) {
	u := smallUniverse(t)
	for _, m := range loadMakers() {
		l, err := loadOnce(m, u.withMembers(nil), u.members)
		if err != nil {
			t.Fatal(err)
		}
		if none := l.String() == "nothing to load"; none != (m.name == oursName || m.name == handName) {
			t.Errorf("%s: %s", m.name, l)
		}
	}
}
