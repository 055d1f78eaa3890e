package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReportNamesEveryEngineAndVersion(t *testing.T) {
	text := unmeasured(t).markdown()
	for _, m := range append(makers(), listMakers()...) {
		assert.Contains(t, text, "| "+m.name+" |")
	}
	for _, path := range peers {
		assert.Contains(t, text, path)
	}
}

func TestReportOfChecksHasNothingElse(t *testing.T) {
	r := unmeasured(t)
	r.settings = r.settings.onlyChecks()
	text := r.markdown()
	assert.Contains(t, text, "\n## One check\n")
	assert.NotContains(t, text, "list")
	assert.NotContains(t, text, "\n## Loading")
}

// RESULTS.md is what the program printed: it has the same headings, tables, lines of tables and caveats. The figures
// in it are those of the run that printed it.
func TestResultsHaveTheShapeOfTheReport(t *testing.T) {
	printed, err := os.ReadFile("RESULTS.md")
	require.NoError(t, err, "print it with: go run . -o RESULTS.md")
	assert.Equal(t, shape(unmeasured(t).markdown()), shape(string(printed)),
		"RESULTS.md is not what this program prints; print it again with: go run . -o RESULTS.md")
}

func TestShapeIsOfWordsAndNotOfNumbers(t *testing.T) {
	text := "# A\n\nIt took 3 s.\n\n| engine | time |\n| --- | ---: |\n| ours | 3 ns |\n" + caveatsHeading + "\n- a\n"
	for _, row := range []struct {
		old, new string
		same     bool
	}{
		{"took 3 s", "took 4 s", true},
		{"| 3 ns", "| 4 ns", true},
		{"| time", "| bytes", false},
		{"| ours", "| peer", false},
		{"# A", "# B", false},
		{"- a", "- b", false},
	} {
		changed := strings.Replace(text, row.old, row.new, 1)
		require.NotEqual(t, text, changed)
		assert.Equal(t, row.same, assert.ObjectsAreEqual(shape(text), shape(changed)), "%q for %q", row.new, row.old)
	}
}

// shape is what does not differ from run to run: headings, the heads of tables, the first cell of their other lines,
// and the caveats.
func shape(text string) []string {
	body, kept, _ := strings.Cut(text, caveatsHeading)
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
	require.NoError(t, err)
	r.grown = r.universe
	for _, m := range makers() {
		r.checks = append(r.checks, checkCosts{name: m.name})
		r.growths = append(r.growths, growth{name: m.name})
	}
	for _, m := range listMakers() {
		r.lists = append(r.lists, listCosts{m.name, make([]cost, len(r.viewers))})
	}
	for _, m := range loadMakers() {
		r.loads = append(r.loads, loadCosts{m.name, make([]load, len(r.settings.counts))})
	}
	return r
}

func TestVerdictMet(t *testing.T) {
	for _, row := range []struct {
		verdict verdict
		want    string
	}{
		{verdict{measured: 50, bound: 50}, "met"},
		{verdict{measured: 49, bound: 50}, "**not met**"},
		{verdict{measured: 1, bound: 1, atMost: true}, "met"},
		{verdict{measured: 1.1, bound: 1, atMost: true}, "**not met**"},
		{verdict{measured: 7}, "no target"},
	} {
		assert.Equal(t, row.want, row.verdict.met(), "%+v", row.verdict)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		assert.Equal(t, want, grouped(n))
	}
}
