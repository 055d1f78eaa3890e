// Package migration has the code that docs/migration.md shows.
package migration

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every fenced block of the page is a file of this folder or a part of one. The comment before it says which.
func TestMigrationGuideShowsTestedCode(t *testing.T) {
	page := readFile(t, "../../docs/migration.md")
	block := regexp.MustCompile("(?s)<!-- from ([^ :]+)(?:: ([^\n]+))? -->\n```[a-z]*\n(.*?)```\n")
	blocks := block.FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, blocks)
	require.Equal(t, 2*len(blocks), strings.Count(page, "\n```"), "each fence is of a block with its source")
	for _, block := range blocks {
		file, snippet, shown := block[1], block[2], block[3]
		assert.Equal(t, snippetOf(t, file, snippet), shown, "%s: %s", file, snippet)
	}
}

// snippetOf is a whole file, or the part between "// snippet: name" and "// end".
func snippetOf(t *testing.T, file, name string) string {
	t.Helper()
	text := readFile(t, file)
	if name == "" {
		return text
	}
	_, after, found := strings.Cut(text, "// snippet: "+name+"\n")
	body, _, ended := strings.Cut(after, "// end\n")
	require.True(t, found && ended, "%s has the snippet %q", file, name)
	return dedented(body)
}

func dedented(body string) string {
	body = strings.TrimRight(body, "\t\n") + "\n"
	indent := body[:len(body)-len(strings.TrimLeft(body, "\t"))]
	return strings.ReplaceAll(strings.TrimPrefix(body, indent), "\n"+indent, "\n")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
