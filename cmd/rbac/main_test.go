package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the outputs in testdata/golden, and docs/rbac.schema.json")

// The tests run this program again to see it end like any other.
func TestMain(m *testing.M) {
	if os.Getenv("RBAC_TEST_AS_COMMAND") != "" {
		main()
	}
	flag.Parse()
	os.Exit(m.Run())
}

// execute runs a command in testdata and returns what it writes.
func execute(args ...string) (stdout, stderr string, code int) {
	var out, problems bytes.Buffer
	code = run(args, &out, &problems, false)
	return out.String(), problems.String(), code
}

// goldenRuns are commands whose output is recorded, by the name of the file.
var goldenRuns = map[string]string{
	"help":             "help",
	"help-unknown":     "help valid",
	"no-command":       "",
	"unknown-command":  "validat",
	"unknown-flag":     "fmt -x reports.json",
	"flag-too-late":    "fmt reports.json -w",
	"unknown-format":   "matrix -o yaml",
	"too-few":          "diff default",
	"validate":         "validate reports.json wrong.json misspelt.json warned.json",
	"validate-json":    "validate -o json wrong.json warned.json",
	"validate-sarif":   "validate -o sarif wrong.json warned.json",
	"validate-github":  "validate -o github wrong.json warned.json",
	"validate-warned":  "validate warned.json",
	"validate-strict":  "validate -strict warned.json",
	"validate-none":    "validate -base none reports.json",
	"validate-layer":   "validate -base reports.json cashier.json",
	"validate-alone":   "validate cashier.json",
	"validate-no-base": "validate -base wrong.json cashier.json",
	"fmt":              "fmt unsorted.json",
	"fmt-sorted":       "fmt -check reports.json",
	"fmt-check":        "fmt -check unsorted.json reports.json",
	"fmt-canonical":    "fmt -canonical reports.json",
	"fmt-wrong":        "fmt misspelt.json",
	"fmt-both":         "fmt -w -check unsorted.json",
	"matrix":           "matrix",
	"matrix-file":      "matrix reports.json",
	"matrix-base":      "matrix -base reports.json",
	"matrix-none":      "matrix -base none",
	"matrix-layer":     "matrix -base reports.json cashier.json",
	"matrix-markdown":  "matrix -o markdown reports.json",
	"matrix-csv":       "matrix -o csv reports.json",
	"matrix-json":      "matrix -base none -o json tiny.json",

	"can":             asked("can", "alice miniprogram.release wallet/shop#mp-42"),
	"can-denied":      asked("can", "alice miniprogram.release wallet/shop#mp-43"),
	"can-json":        asked("can -o json", "alice miniprogram.release wallet/shop#mp-42"),
	"can-policy":      asked("can -policy reports.json", "alice report.export wallet/shop#mp-42"),
	"can-layer":       asked("can -base reports.json -policy cashier.json", "alice report.export wallet/shop#mp-42"),
	"can-base":        asked("can -base reports.json", "alice report.export wallet/shop#mp-42"),
	"can-several":     asked("can", "dana miniprogram.view wallet/shop#mp-42"),
	"can-one-of":      asked("can", "dana@wallet/shop miniprogram.view wallet/shop#mp-42"),
	"can-nobody":      asked("can", "alicia miniprogram.view wallet/shop#mp-42"),
	"can-unknown":     asked("can", "alice miniprogram.veiw wallet/shop#mp-42"),
	"can-malformed":   asked("can", "alice miniprogram.view wallet/shop/tea"),
	"can-no-instant":  "can -members members.json -at monday alice miniprogram.view wallet",
	"can-no-members":  "can alice miniprogram.view wallet",
	"explain":         asked("explain", "alice miniprogram.release wallet/shop#mp-43"),
	"explain-json":    asked("explain -o json", "alice miniprogram.release wallet/shop#mp-43"),
	"actions":         asked("actions", "alice wallet/shop#mp-42"),
	"actions-none":    asked("actions", "alice bank#mp-42"),
	"actions-json":    asked("actions -o json", "dana@wallet wallet#top-up@dana"),
	"who":             asked("who", "miniprogram.view wallet/shop#mp-42"),
	"who-json":        asked("who -o json", "miniprogram.release wallet/shop#mp-42"),
	"permissions":     asked("permissions", "alice"),
	"permissions-all": asked("permissions -o json -policy reports.json", "dana@wallet/shop"),

	"diff":            "diff default reports.json",
	"diff-equal":      "diff reports.json reports.json",
	"diff-members":    "diff -members members.json -at 2026-07-01T12:00:00Z default reports.json",
	"diff-back":       "diff -members members.json -at 2026-07-01T12:00:00Z reports.json default",
	"diff-recount":    "diff -members members.json -at 2026-07-01T12:00:00Z default two_admins.json",
	"diff-recount-md": "diff -o markdown -members members.json -at 2026-07-01T12:00:00Z default two_admins.json",
	"diff-fail-loses": "diff -fail-on loses -base reports.json reports.json cashier.json",
	"diff-fail-gains": "diff -fail-on gains default reports.json",
	"diff-markdown":   "diff -o markdown -members members.json -at 2026-07-01T12:00:00Z default reports.json",
	"diff-json":       "diff -o json -members members.json -at 2026-07-01T12:00:00Z default reports.json",
	"diff-github":     "diff -o github -members members.json -at 2026-07-01T12:00:00Z reports.json default",

	"test":          "test passing_test.json",
	"test-failing":  "test failing_test.json passing_test.json",
	"test-json":     "test -o json failing_test.json",
	"test-junit":    "test -o junit -min-coverage 90 failing_test.json passing_test.json",
	"test-github":   "test -o github -coverage -min-coverage 2.5 failing_test.json",
	"test-coverage": "test -coverage passing_test.json failing_test.json",
	"test-tiny":     "test -coverage -min-coverage 100 tiny_test.json",
	"test-open":     "test -coverage -o json tiny_open_test.json",
	"test-percent":  "test -min-coverage 101 tiny_test.json",

	"gen-go":         "gen -package reports go reports.json",
	"gen-go-default": "gen go",
	"gen-go-alike":   "gen -base none go alike.json",
	"gen-ts":         "gen ts reports.json",
	"gen-schema":     "gen -base none schema tiny.json",
	"gen-unknown":    "gen java",
}

func asked(command, question string) string {
	return command + " -members members.json -at 2026-07-01T12:00:00Z " + question
}

func TestRunPrintsTheRecordedOutput(t *testing.T) {
	t.Chdir("testdata")
	runs := make(map[string]string)
	for name, line := range goldenRuns {
		runs[name] = line
	}
	for _, known := range commands() {
		runs["help-"+known.name] = "help " + known.name
	}
	for name, line := range runs {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := execute(strings.Fields(line)...)
			got := fmt.Sprintf("$ rbac %s\n%s", line, stdout)
			if stderr != "" {
				got += "-- standard error\n" + stderr
			}
			got += fmt.Sprintf("-- exit %d\n", code)
			file := filepath.Join("golden", name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			recorded, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(recorded), got)
		})
	}
	recorded, err := filepath.Glob("golden/*.txt")
	require.NoError(t, err)
	assert.Len(t, recorded, len(runs), "files in golden that no run writes")
}

func TestRunWritesEitherAnAnswerOrOneLineOfError(t *testing.T) {
	t.Chdir("testdata")
	for _, line := range goldenRuns {
		stdout, stderr, code := execute(strings.Fields(line)...)
		if code == unusable {
			assert.Empty(t, stdout, "standard output of %q", line)
			assert.Equal(t, 1, strings.Count(stderr, "\n"), "lines of error of %q", line)
		} else {
			assert.Empty(t, stderr, "standard error of %q", line)
			assert.NotContains(t, stdout, "\x1b", "no colours outside a terminal: %q", line)
		}
	}
}

func TestRunColoursATerminal(t *testing.T) {
	t.Chdir("testdata")
	var out, problems bytes.Buffer
	code := run(strings.Fields(goldenRuns["can"]), &out, &problems, true)
	assert.Equal(t, yes, code)
	assert.Contains(t, out.String(), "\x1b[32mallowed\x1b[0m")
}

func TestHelpShowsAnExampleOfEachCommand(t *testing.T) {
	for _, known := range commands() {
		for _, args := range [][]string{{"help", known.name}, {known.name, "-h"}, {known.name, "-o", "json", "--help"}} {
			stdout, stderr, code := execute(args...)
			assert.Equal(t, yes, code, "%v", args)
			assert.Empty(t, stderr, "%v", args)
			assert.Contains(t, stdout, "$ rbac "+known.name, "%v", args)
		}
	}
}
