package upkeep

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pages returns the pages that a reader is led to, from the root.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	all := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}
	for _, page := range found {
		all = append(all, filepath.Join("docs", filepath.Base(page)))
	}
	return all
}

var (
	fenced  = regexp.MustCompile("(?s)```.*?```")
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unnamed = regexp.MustCompile(`[^\p{L}\p{N} _-]`) // what the name of a heading leaves out
)

// linksOf returns the targets of the relative links of a page.
func linksOf(t *testing.T, page string) (targets []string) {
	t.Helper()
	for _, link := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, page), ""), -1) {
		if !strings.Contains(link[1], "://") {
			targets = append(targets, link[1])
		}
	}
	return targets
}

func TestLinksOfPagesLeadToFilesAndHeadings(t *testing.T) {
	checked := 0
	for _, page := range pages(t) {
		for _, target := range linksOf(t, page) {
			checked++
			assertLinkLeads(t, page, target)
		}
	}
	assert.Greater(t, checked, 40)
}

func assertLinkLeads(t *testing.T, page, target string) {
	t.Helper()
	path, anchor, _ := strings.Cut(target, "#")
	file := page
	if path != "" {
		file = filepath.Join(filepath.Dir(page), path)
	}
	_, err := os.Stat(filepath.Join(root, file))
	if !assert.NoError(t, err, "%s links %s", page, target) || anchor == "" {
		return
	}
	assert.Contains(t, anchors(read(t, file)), anchor, "%s links %s", page, target)
}

// anchors returns the names by which the headings of a page can be linked.
func anchors(text string) (names []string) {
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		name := unnamed.ReplaceAllString(strings.ToLower(found[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func TestREADMELinksEveryPage(t *testing.T) {
	targets := linksOf(t, "README.md")
	for _, page := range pages(t) {
		if page != "README.md" {
			assert.Contains(t, targets, page)
		}
	}
}

func TestDocsLinkEachOther(t *testing.T) {
	for _, page := range pages(t) {
		if filepath.Dir(page) == "docs" {
			assert.Contains(t, linksOf(t, page), "../README.md", page)
		}
	}
}
