package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// MIGRATION.md shows nothing but code that is tested here: before each of its fenced
// blocks stands a comment that says from which file it is, and from which snippet.
func TestMigrationGuideShowsTestedCode(t *testing.T) {
	page := readFile(t, "MIGRATION.md")
	fences := strings.Count(page, "\n```")
	blocks := regexp.MustCompile("(?s)<!-- from ([^ :]+)(?:: ([^\n]+))? -->\n```[a-z]*\n(.*?)```\n").FindAllStringSubmatch(page, -1)
	if len(blocks) == 0 || fences != 2*len(blocks) {
		t.Fatalf("%d fences, but %d blocks that say where they are from", fences, len(blocks))
	}
	for _, block := range blocks {
		file, snippet, shown := block[1], block[2], block[3]
		if want := snippetOf(t, file, snippet); shown != want {
			t.Errorf("%s: %s: the page shows\n%s\nand the code is\n%s", file, snippet, shown, want)
		}
	}
}

// snippetOf is a whole file, or what stands between "// snippet: name" and "// end".
func snippetOf(t *testing.T, file, name string) string {
	t.Helper()
	text := readFile(t, file)
	if name == "" {
		return text
	}
	_, after, found := strings.Cut(text, "// snippet: "+name+"\n")
	body, _, ended := strings.Cut(after, "// end\n")
	if !found || !ended {
		t.Fatalf("%s has no snippet %q", file, name)
	}
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
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
