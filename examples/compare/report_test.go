package main

import (
	"strings"
	"testing"
)

// The report names every engine and every version, whatever the numbers are.
func TestReportIsComplete(t *testing.T) {
	u := smallUniverse(t)
	r := &report{settings: newSettings(true), universe: u, grown: u}
	for _, m := range makers() {
		c := cost{ns: 10, ops: 1}
		r.checks = append(r.checks, checkCosts{m.name, c, c, c})
		r.agreed = append(r.agreed, m.name)
		r.growths = append(r.growths, growth{m.name, c, c})
	}
	text := r.markdown()
	for _, m := range makers() {
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

func TestVerdictTellsMetFromNotMet(t *testing.T) {
	for _, c := range []struct {
		v    verdict
		want bool
	}{
		{verdict{measured: 50, bound: 50}, true},
		{verdict{measured: 49, bound: 50}, false},
		{verdict{measured: 1, bound: 1, atMost: true}, true},
		{verdict{measured: 1.1, bound: 1, atMost: true}, false},
	} {
		if got := c.v.met() == "met"; got != c.want {
			t.Errorf("%+v: met %t", c.v, got)
		}
	}
}

func TestCostIsMeasured(t *testing.T) {
	var kept [][]byte
	p := plan{rounds: 3, least: 1, fewest: 10, longest: 1}
	costs, err := p.costs([]task{{func(n int) error {
		for range n {
			kept = append(kept[:0], make([]byte, 4096))
		}
		return nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if costs[0].bytes < 4096 || costs[0].allocs < 1 || costs[0].ns <= 0 {
		t.Errorf("%+v", costs[0])
	}
}
