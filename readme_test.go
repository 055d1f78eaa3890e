package rbac_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var updateREADME = flag.Bool("update-readme", false, "write the generated parts of README.md")

func TestREADMEShowsWhatIsMeasuredAndDecidedElsewhere(t *testing.T) {
	before, err := os.ReadFile("README.md")
	require.NoError(t, err)
	after := string(before)
	for name, text := range map[string]string{"roles": describeRoles(), "table": describeTable(t), "comparison": describeComparison(t)} {
		section := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]*-->\n).*(<!-- end of ` + name + ` -->)`)
		require.Regexp(t, section, after)
		after = section.ReplaceAllString(after, "${1}\n"+strings.ReplaceAll(text, "$", "$$")+"\n${2}")
	}
	if *updateREADME {
		require.NoError(t, os.WriteFile("README.md", []byte(after), 0o644))
		return
	}
	assert.Equal(t, after, string(before), "README.md does not show the policy; run: go test -run TestREADME . -update-readme")
}

func describeRoles() string {
	text := "| role | held in | in a few words |\n|---|---|---|\n"
	for _, role := range rbac.DefaultRoles() {
		text += fmt.Sprintf("| **%s** `%s` | a %s workspace | %s |\n", role.Name, role.ID, role.Kind, role.Description)
	}
	return text
}

// describeTable takes the scopes from the policy, and the labels and the
// evidence from the specification.
func describeTable(t *testing.T) string {
	t.Helper()
	roles := rbac.DefaultRoles()
	text := "| operation | action | on |"
	for _, role := range roles {
		text += " " + role.Name + " |"
	}
	text += "\n|---|---|---|" + strings.Repeat("---|", len(roles)) + "\n"
	group := ""
	for _, row := range specification(t) {
		if row["group"] != group {
			group = row["group"]
			text += "| **" + group + "** |" + strings.Repeat(" |", len(roles)+2) + "\n"
		}
		action := rbac.Action(row["action"])
		text += fmt.Sprintf("| %s | `%s` | %s |", row["operation"], action, rbac.Defaults().Actions[action])
		for i, role := range roles {
			text += fmt.Sprintf(" %s %s |", role.Permissions[action], evidence(row["evidence"][i:i+1]))
		}
		text += "\n"
	}
	return text
}

// describeComparison is what benchmarks printed: under which versions, and
// of each section the first table.
func describeComparison(t *testing.T) string {
	t.Helper()
	results, err := os.ReadFile("benchmarks/RESULTS.md")
	require.NoError(t, err)
	heading, rest, _ := strings.Cut(string(results), "\n## ")
	_, text, _ := strings.Cut(heading, "\n\n")
	for _, title := range []string{"One check", "A list out of", "Loading members", "As the world grows"} {
		first := regexp.MustCompile(`(?s)(?:^|\n## )(` + title + `.*?\n\n\|.*?\n)\n`).FindStringSubmatch(rest)
		require.NotNil(t, first, "the section %q of RESULTS.md", title)
		text += "\n#### " + first[1]
	}
	return text
}

// evidence makes what we decided stand out.
func evidence(letter string) string {
	if letter == "D" {
		return "**D**"
	}
	return letter
}

// specification is the rows of the platform's tables by the names of their
// columns.
func specification(t *testing.T) []map[string]string {
	t.Helper()
	file, err := os.Open("testdata/matrix.csv")
	require.NoError(t, err)
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	var rows []map[string]string
	for _, record := range records[1:] {
		row := make(map[string]string)
		for i, column := range records[0] {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// What a reader copies from the README must compile.
func TestREADMECodeCompiles(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, blocks)
	world := newTypeChecker()
	for i, block := range blocks {
		t.Run(fmt.Sprintf("block %d", i+1), func(t *testing.T) {
			source := program(block[1])
			file, err := parser.ParseFile(world.files, "README.md", source, parser.SkipObjectResolution)
			require.NoError(t, err, source)
			_, err = world.check("readme", []*ast.File{file})
			assert.NoError(t, err, source)
		})
	}
}

// program makes a program of a fragment: the imports it uses, and the variables
// that its surroundings would declare.
func program(fragment string) string {
	if strings.HasPrefix(fragment, "package ") {
		return fragment
	}
	imports := map[string]string{
		"rbac": modulePath, "fmt": "fmt", "atomic": "sync/atomic", "sql": "database/sql", "context": "context",
	}
	given := `var (
	policy *rbac.Policy
	member rbac.Member
	resource rbac.Resource
	db *sql.DB
	ctx context.Context
	after string
)
`
	source := "package readme\n"
	for _, name := range []string{"rbac", "fmt", "atomic", "sql", "context"} {
		if strings.Contains(given+fragment, name+".") {
			source += fmt.Sprintf("import %s %q\n", name, imports[name])
		}
	}
	declared := regexp.MustCompile(`(?m)^\s*(\w+(?:, \w+)*) :=`).FindAllStringSubmatch(fragment, -1)
	used := ""
	for _, names := range declared {
		for name := range strings.SplitSeq(names[1], ", ") {
			if !slices.Contains(strings.Fields(used), name) {
				used += "_ = " + name + "\n"
			}
		}
	}
	return source + given + "func _() error {\n" + fragment + used + "return nil\n}\n"
}
