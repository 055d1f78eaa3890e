package main

import (
	"os"
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
