package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// junitRules are the part of the schema that Jenkins publishes (junit-10.xsd) which our
// reports use: for each element the attributes that it must have and may have, and the
// elements in it.
var junitRules = map[string]struct{ must, may, children []string }{
	"testsuites": {nil, []string{"name", "time", "tests", "failures", "errors"}, []string{"testsuite"}},
	"testsuite": {
		[]string{"name", "tests", "failures", "errors"},
		[]string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
		[]string{"testsuite", "properties", "testcase", "system-out", "system-err"},
	},
	"testcase": {
		[]string{"name"}, []string{"time", "classname", "group"}, []string{"skipped", "error", "failure", "system-out"},
	},
	"failure": {nil, []string{"type", "message"}, nil},
}

func TestJUnitReportKeepsToTheSchema(t *testing.T) {
	t.Chdir("testdata")
	for _, name := range []string{"test-junit", "test"} {
		args := strings.Fields(goldenRuns[name])
		if name == "test" {
			args = append([]string{"test", "-o", "junit"}, args[1:]...)
		}
		stdout, _, _ := execute(args...)
		elements := assertJUnit(t, stdout)
		assert.Greater(t, elements["testcase"], 5)
	}
}

func assertJUnit(t *testing.T, document string) map[string]int {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(document))
	count := make(map[string]int)
	var open []string
	declared := make(map[string]int)
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			rules, known := junitRules[name]
			require.True(t, known, name)
			if len(open) == 0 {
				assert.Equal(t, "testsuites", name)
			} else {
				assert.Contains(t, junitRules[open[len(open)-1]].children, name)
			}
			var attributes []string
			for _, a := range token.Attr {
				attributes = append(attributes, a.Name.Local)
				assert.Contains(t, slices.Concat(rules.must, rules.may), a.Name.Local, name)
				if n, err := strconv.Atoi(a.Value); err == nil && name == "testsuites" {
					declared[a.Name.Local] = n
				}
			}
			assert.Subset(t, attributes, rules.must, name)
			count[name]++
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	assert.Equal(t, count["testcase"], declared["tests"])
	assert.Equal(t, count["failure"], declared["failures"])
	return count
}

// sarifRequired is the part of the schema of SARIF 2.1.0 that our reports use: for each
// object the keys that we write. The schema allows all of them where they are.
var sarifRequired = map[string][]string{
	"":                 {"$schema", "version", "runs"},
	"runs":             {"tool", "results"},
	"tool":             {"driver"},
	"driver":           {"name", "informationUri", "rules"},
	"rules":            {"id", "shortDescription"},
	"shortDescription": {"text"},
	"results":          {"ruleId", "ruleIndex", "level", "message", "locations"},
	"message":          {"text"},
	"locations":        {"physicalLocation"},
	"physicalLocation": {"artifactLocation"},
	"artifactLocation": {"uri"},
	"region":           {"startLine", "startColumn"},
}

var sarifOptional = map[string][]string{"physicalLocation": {"region"}}

func TestSARIFReportKeepsToTheSchema(t *testing.T) {
	t.Chdir("testdata")
	for _, line := range []string{
		goldenRuns["validate-sarif"], "validate -o sarif reports.json", "validate -o sarif ../testdata/wrong.json",
	} {
		stdout, _, _ := execute(strings.Fields(line)...)
		var document any
		require.NoError(t, json.Unmarshal([]byte(stdout), &document))
		assertSARIF(t, "", document)
		assert.Equal(t, "2.1.0", document.(object)["version"])
	}
}

func assertSARIF(t *testing.T, name string, value any) {
	t.Helper()
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			assertSARIF(t, name, element)
		}
	case object:
		var keys []string
		for key, entry := range value {
			keys = append(keys, key)
			assertSARIF(t, key, entry)
		}
		required, known := sarifRequired[name]
		require.True(t, known, name)
		assert.Subset(t, keys, required, name)
		assert.Subset(t, slices.Concat(required, sarifOptional[name]), keys, name)
	case float64:
		assert.True(t, value >= 1 || name == "ruleIndex" && value >= 0, "%s is %v", name, value)
	case string:
		switch name {
		case "level":
			assert.Contains(t, []string{"none", "note", "warning", "error"}, value)
		case "uri", "informationUri", "$schema":
			_, err := url.Parse(value)
			assert.NoError(t, err)
		}
	}
}

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
