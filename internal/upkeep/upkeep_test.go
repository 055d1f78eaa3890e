package upkeep

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated parts of the pages, and the recorded API")

// Where the tests find what they compare. All paths begin at the root of the
// repository.
const (
	root        = "../.."
	roleTable   = "testdata/matrix.csv"
	threatTable = "internal/proof/threats_test.go"
	results     = "benchmarks/RESULTS.md"
	plans       = "benchmarks/plans/PLANS.md"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

// checkSections compares the generated sections of a page with their texts, by
// name. With -update it writes them.
func checkSections(t *testing.T, page string, sections map[string]string) {
	t.Helper()
	before := read(t, page)
	after := before
	for name, text := range sections {
		section := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]*-->\n).*(<!-- end of ` + name + ` -->)`)
		require.Regexp(t, section, after, "%s has no section %q", page, name)
		after = section.ReplaceAllString(after, "${1}\n"+strings.ReplaceAll(text, "$", "$$")+"\n${2}")
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root, page), []byte(after), 0o644))
		return
	}
	assert.Equal(t, after, before, "%s is out of date; run: go test ./internal/upkeep -update", page)
}

// row writes one row of a table in Markdown.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// part returns what a page of Markdown has under the heading that begins with
// the title: the heading without its marks, and all up to the end of the first
// table.
func part(t *testing.T, page, title string) string {
	t.Helper()
	found := regexp.MustCompile(`(?ms)^#+ (` + title + `.*?\n\n\|.*?\n)(?:\n|\z)`).FindStringSubmatch(read(t, page))
	require.NotNil(t, found, "the section %q of %s", title, page)
	return found[1]
}

// cells returns the rows of a table in Markdown, each by the text of its first
// cell.
func cells(table string) map[string][]string {
	rows := make(map[string][]string)
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		row := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows[row[0]] = row
	}
	return rows
}
