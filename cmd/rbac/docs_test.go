package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ciPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/ci.md")
	require.NoError(t, err)
	return string(page)
}

func TestPageOnCIHasExpectationsThatPass(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(ciPage(t), -1)
	require.Len(t, blocks, 2, "a policy and its expectations")
	dir := t.TempDir()
	policy, expectations := filepath.Join(dir, "roles.json"), filepath.Join(dir, "roles_test.json")
	require.NoError(t, os.WriteFile(policy, []byte(blocks[0][1]), 0o644))
	require.NoError(t, os.WriteFile(expectations, []byte(blocks[1][1]), 0o644))
	stdout, stderr, code := execute("test", expectations)
	assert.Equal(t, yes, code, stdout+stderr)
	assert.Contains(t, stdout, "passed, 6 cases")
	stdout, _, _ = execute("test", "-coverage", expectations)
	number := regexp.MustCompile(`exercise ([0-9.]+ %)`).FindStringSubmatch(ciPage(t))
	require.NotNil(t, number)
	assert.Contains(t, stdout, "coverage "+number[1])
	stdout, stderr, code = execute("fmt", "-check", policy)
	assert.Equal(t, yes, code, stdout+stderr)
}

func TestPageOnCIUsesCommandsAndFlagsThatExist(t *testing.T) {
	used := 0
	for _, line := range regexp.MustCompile("rbac (?:[a-z]+ )[^`|>\n]*").FindAllString(ciPage(t), -1) {
		words := strings.Fields(line)
		for _, known := range commands() {
			if known.name != words[1] {
				continue
			}
			for _, word := range words[2:] {
				if strings.HasPrefix(word, "-") {
					assert.Contains(t, known.usage, word, line)
					used++
				}
			}
		}
	}
	assert.Greater(t, used, 12)
}

// TestUsageNamesTheFlags compares the usage of each command with the flags that it takes.
func TestUsageNamesTheFlags(t *testing.T) {
	for _, known := range commands() {
		for _, name := range regexp.MustCompile(`-([a-z][a-z-]*)`).FindAllString(known.usage, -1) {
			_, stderr, _ := execute(known.name, name+"=~")
			assert.NotContains(t, stderr, "not defined", "%s %s", known.name, name)
		}
	}
}

func TestHelpShowsFilesThatCanBeRead(t *testing.T) {
	t.Chdir(t.TempDir())
	stdout, _, _ := execute("help", "who")
	members := regexp.MustCompile(`(?s)\n  \[\{.*?\}\]\n`).FindString(stdout)
	require.NoError(t, os.WriteFile("members.json", []byte(members), 0o644))
	stdout, stderr, code := execute("who", "-members", "members.json", "miniprogram.release", "wallet/shop#mp-42")
	assert.Equal(t, yes, code, stderr)
	assert.Equal(t, "alice@wallet/shop\n", stdout)

	stdout, _, _ = execute("help", "test")
	expectations := regexp.MustCompile(`(?s)\n  \{.*?\]\}\n`).FindString(stdout)
	require.NoError(t, os.WriteFile("roles.json", []byte("{}"), 0o644))
	require.NoError(t, os.WriteFile("roles_test.json", []byte(expectations), 0o644))
	stdout, stderr, code = execute("test", "roles_test.json")
	assert.Equal(t, yes, code, stderr)
	assert.Equal(t, "roles_test.json: passed, 1 case\n", stdout)
}
