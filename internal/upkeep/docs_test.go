package upkeep

import (
	"encoding/csv"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRolesPageShowsThePolicy(t *testing.T) {
	checkSections(t, "docs/roles.md", map[string]string{
		"sources": describeSources(t), "table": describeTable(t), "decided": describeDecided(t), "notes": describeNotes(t),
	})
}

// describeSources counts the cells of the table by their source.
func describeSources(t *testing.T) string {
	t.Helper()
	count := make(map[string]int)
	for _, line := range specification(t) {
		for _, letter := range strings.Split(line["evidence"], "") {
			count[letter]++
		}
	}
	text := row("letter", "source", "cells") + "|---|---|---:|\n"
	for _, source := range []struct{ letter, meaning string }{
		{"S", "The platform's pages on its seven roles state it."},
		{"E", "Another edition of the same platform states it."},
		{"I", "We inferred it from what these pages state."},
		{"D", "We decided it."},
	} {
		text += row(mark(source.letter), source.meaning, fmt.Sprint(count[source.letter]))
	}
	return text
}

// describeTable takes the scopes from the policy, and the labels and the
// sources from the specification.
func describeTable(t *testing.T) string {
	t.Helper()
	roles := rbac.DefaultRoles()
	heads := []string{"operation", "action", "on"}
	for _, role := range roles {
		heads = append(heads, role.Name)
	}
	text := row(heads...) + "|---|---|---|" + strings.Repeat("---|", len(roles)) + "\n"
	group := ""
	for _, line := range specification(t) {
		if line["group"] != group {
			group = line["group"]
			text += "| **" + group + "** |" + strings.Repeat(" |", len(roles)+2) + "\n"
		}
		action := rbac.Action(line["action"])
		found := []string{line["operation"], "`" + line["action"] + "`", rbac.Defaults().Actions[action].String()}
		for i, role := range roles {
			found = append(found, role.Permissions[action].String()+" "+mark(line["evidence"][i:i+1]))
		}
		text += row(found...)
	}
	return text
}

// describeDecided lists the cells that nobody but us states.
func describeDecided(t *testing.T) string {
	t.Helper()
	text := row("operation", "allowed", "denied") + "|---|---|---|\n"
	for _, line := range specification(t) {
		var allowed, denied []string
		for i, role := range rbac.DefaultRoles() {
			scope := role.Permissions[rbac.Action(line["action"])]
			switch {
			case line["evidence"][i] != 'D':
			case scope == 0:
				denied = append(denied, role.Name)
			default:
				allowed = append(allowed, fmt.Sprintf("%s: %s", role.Name, scope))
			}
		}
		if len(allowed)+len(denied) > 0 {
			text += row(line["operation"], strings.Join(allowed, ", "), strings.Join(denied, ", "))
		}
	}
	return text
}

func describeNotes(t *testing.T) string {
	t.Helper()
	text := ""
	for _, line := range specification(t) {
		if line["note"] != "" {
			text += fmt.Sprintf("- %s (`%s`): %s.\n", line["operation"], line["action"], line["note"])
		}
	}
	return text
}

// mark makes what we decided stand out.
func mark(letter string) string {
	if letter == "D" {
		return "**D**"
	}
	return letter
}

// specification is the rows of the platform's tables, each by the names of its
// columns.
func specification(t *testing.T) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(read(t, roleTable))).ReadAll()
	require.NoError(t, err)
	var rows []map[string]string
	for _, record := range records[1:] {
		line := make(map[string]string)
		for i, column := range records[0] {
			line[column] = record[i]
		}
		rows = append(rows, line)
	}
	return rows
}

func TestPerformancePageShowsTheResults(t *testing.T) {
	checkSections(t, "docs/performance.md", map[string]string{
		"comparison": describeComparison(t), "pages": describePages(t),
	})
}

// describeComparison is what the benchmarks printed: under which versions, and
// of each section the first table.
func describeComparison(t *testing.T) string {
	t.Helper()
	heading, _, _ := strings.Cut(read(t, results), "\n## ")
	_, text, _ := strings.Cut(heading, "\n\n")
	for _, title := range []string{"One check", "A list out of", "Loading members", "As the world grows"} {
		text += "\n### " + part(t, results, title)
	}
	return text
}

// describePages is the first table of the study of query plans.
func describePages(t *testing.T) string {
	t.Helper()
	_, table, _ := strings.Cut(part(t, plans, "A page of 50"), "\n\n")
	return table
}

func TestSQLAndRolesPagesCompile(t *testing.T) {
	for _, page := range []string{"docs/sql.md", "docs/roles.md"} {
		t.Run(page, func(t *testing.T) { assertGoCompiles(t, page) })
	}
}

// Each block of Go on these pages is part of an example, and each output is what an
// example prints. go test runs the examples.
func TestPagesShowTestedCode(t *testing.T) {
	for page, source := range map[string]string{
		"docs/administration.md": "internal/upkeep/administration_test.go",
		"docs/http.md":           "rbachttp/example_test.go",
	} {
		t.Run(page, func(t *testing.T) { assertShowsTestedCode(t, page, source) })
	}
}

func assertShowsTestedCode(t *testing.T, page, source string) {
	t.Helper()
	code, outputs := read(t, source), examples(t, source)
	blocks := regexp.MustCompile("(?s)<!-- (from|printed by) ([^\n]+) -->\n```[a-z]*\n(.*?)```\n").
		FindAllStringSubmatch(read(t, page), -1)
	shown := make(map[string]int)
	for _, block := range blocks {
		how, name, text := block[1], block[2], block[3]
		shown[how]++
		if how == "from" {
			assert.Equal(t, snippetOf(t, code, name), text, name)
		} else {
			assert.Equal(t, outputs[name], text, name)
		}
	}
	assert.Equal(t, len(goBlocks(t, page)), shown["from"], "each block of Go has its source")
	assert.Positive(t, shown["printed by"])
}

// examples returns what each example prints. An example whose output go test does not
// find is not run, so it has one here.
func examples(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, read(t, path), parser.ParseComments)
	require.NoError(t, err)
	outputs := make(map[string]string)
	for _, example := range doc.Examples(file) {
		require.NotEmpty(t, example.Output, example.Name)
		outputs["Example"+example.Name] = example.Output
	}
	return outputs
}

// snippetOf returns the part of a file between "// snippet: name" and "// end",
// without its indent.
func snippetOf(t *testing.T, code, name string) string {
	t.Helper()
	_, after, found := strings.Cut(code, "// snippet: "+name+"\n")
	body, _, ended := strings.Cut(after, "// end\n")
	require.True(t, found && ended, "there is a snippet %q", name)
	body = strings.TrimRight(body, "\t\n") + "\n"
	indent := body[:len(body)-len(strings.TrimLeft(body, "\t"))]
	return strings.ReplaceAll(strings.TrimPrefix(body, indent), "\n"+indent, "\n")
}

func TestSecurityPageListsTheThreats(t *testing.T) {
	checkSections(t, "SECURITY.md", map[string]string{"threats": describeThreats(t)})
}

func describeThreats(t *testing.T) string {
	t.Helper()
	text := row("", "threat", "test", "also") + "|---|---|---|---|\n"
	found := threats(t)
	require.Len(t, found, 32)
	for i, threat := range found {
		assert.Equal(t, fmt.Sprintf("T%d", i+1), threat.id)
		text += row(threat.id, threat.text, "`TestThreats/"+threat.id+"`", "`"+strings.Join(threat.also, "`, `")+"`")
	}
	return text
}
