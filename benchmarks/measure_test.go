package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCostsAreMeasured(t *testing.T) {
	var kept [][]byte
	p := plan{rounds: 3, few: 1, least: 1, enough: time.Second, fewest: 10}
	costs, err := p.costs([]task{{func(n int) error {
		for range n {
			kept = append(kept[:0], make([]byte, 4096))
		}
		return nil
	}, 7}})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, costs[0].bytes, 4096.0)
	assert.GreaterOrEqual(t, costs[0].allocs, 1.0)
	assert.Positive(t, costs[0].ns)
	assert.Equal(t, 14, costs[0].ops, "whole sweeps of 7")
}

// A wrong answer is found in a whole sweep, and in a part of one.
func TestSweepingFindsAWrongAnswer(t *testing.T) {
	always := func(_, count int) (int, error) { return count, nil }
	mix := []request{{Allowed: true}, {}, {Allowed: true}}
	for n, wrong := range []bool{false, false, true, true, true} {
		err := sweeping("x", always, mix).run(n)
		assert.Equal(t, wrong, err != nil, "%d requests, all allowed: %v", n, err)
	}
}

func TestLoadOnceLoadsNothingIfTheHostPassesTheMembers(t *testing.T) {
	u := smallUniverse(t)
	for _, m := range loadMakers() {
		l, err := loadOnce(m, u.withMembers(nil), u.members)
		require.NoError(t, err)
		assert.Equal(t, m.name == oursName || m.name == handName, l.String() == "nothing to load", "%s: %s", m.name, l)
	}
}
