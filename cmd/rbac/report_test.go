package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnnotationCannotStartAnother(t *testing.T) {
	c := &call{}
	c.annotation("error", "a,b:c%.json", 3, 4, "title\n::warning::x", "first\r\n::error::second 100%")
	assert.Equal(t, "::error file=a%2Cb%3Ac%25.json,line=3,col=4,title=title%0A%3A%3Awarning%3A%3Ax::"+
		"first%0D%0A::error::second 100%25\n", c.out.String())
}

// A terminal and a log obey control characters, and bidirectional ones reorder a line.
func TestGitHubShowsNoControlCharacter(t *testing.T) {
	t.Chdir(t.TempDir())
	const hostile, name = `\u001b[31m::error::x\n\u0000\u0007\u0085\u202e\u2028\u200b`, "a\x1b\u202e.json"
	members := `{"a": {"id": "` + hostile + `", "status": "active",
		"workspace": {"kind": "developer", "id": "shop` + hostile + `", "tenant": "wallet"},
		"assignments": [{"role": "developer_admin"}]}}`
	require.NoError(t, os.WriteFile("t"+name, []byte(`{"policy": "default", "at": "2027-01-31T00:00:00Z",
		"members": `+members+`,
		"cases": [{"name": "`+hostile+`", "member": "a", "resource": "wallet", "allowed": ["member.invite"]}]}`), 0o644))
	require.NoError(t, os.WriteFile("v"+name, []byte(`{"extend": {"`+hostile+`": {}}, "x`+hostile+`": 1}`), 0o644))
	require.NoError(t, os.WriteFile("d"+name, []byte(`{"at_least": {"developer_admin": 2},
		"actions": {"merchant.list": ["developer"]},
		"extend": {"developer_admin": {"merchant.list": ["workspace"]}}}`), 0o644))
	require.NoError(t, os.WriteFile("m.json", []byte(`[`+members[len(`{"a": `):len(members)-1]+`]`), 0o644))
	for _, args := range [][]string{
		{"test", "-o", "github", "-coverage", "-min-coverage", "99", "t" + name},
		{"test", "-coverage", "-min-coverage", "99", "t" + name},
		{"validate", "-o", "github", "v" + name},
		{"diff", "-o", "github", "-members", "m.json", "default", "d" + name},
	} {
		stdout, stderr, code := execute(args...)
		require.Equal(t, no, code, stderr)
		require.NotEmpty(t, stdout)
		for _, line := range strings.Split(strings.TrimSuffix(stdout, "\n"), "\n") {
			assert.False(t, strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }), "%q", line)
			assert.Equal(t, slices.Contains(args, "github"), strings.HasPrefix(line, "::"), "%q", line)
		}
	}
}

func TestMarkdownHasNoMarksOfAStranger(t *testing.T) {
	for text, want := range map[string]string{
		"developer_admin":       "developer_admin",
		"_loud_ and **louder**": `\_loud_ and \*\*louder\*\*`,
		"a|b\nc":                `a\|b c`,
		"<img src=x> @team #1":  `&lt;img src=x&gt; &#64;team \#1`,
		"[a](http://b) `c`":     "\\[a\\](http://b) \\`c\\`",
	} {
		assert.Equal(t, want, markdown(text))
	}
}

func TestCSVHasNoFormulas(t *testing.T) {
	c := &call{}
	require.NoError(t, c.printCSV([][]string{{"-", "=1+1", "a,b", "@x", "-1"}}))
	assert.Equal(t, "-,'=1+1,\"a,b\",'@x,'-1\n", c.out.String())
}

func TestReportsCountColumnsAsTheirReadersDo(t *testing.T) {
	t.Chdir(t.TempDir())
	document := `{"labels": {"a": {"name": "😀"}}, "x": 1}` // four bytes, two units of UTF-16
	require.NoError(t, os.WriteFile("f.json", []byte(document), 0o644))
	for format, want := range map[string]string{
		"text": "f.json:1:37:", "json": `"column": 37`, "sarif": `"startColumn": 35`, "github": "line=1,col=35,",
	} {
		stdout, _, _ := execute("validate", "-o", format, "f.json")
		assert.Contains(t, stdout, want, format)
	}
}
