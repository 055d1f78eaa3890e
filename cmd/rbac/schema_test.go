package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const recordedSchema = "../../docs/rbac.schema.json"

func TestSchemaIsRecordedInDocs(t *testing.T) {
	stdout, _, code := execute("gen", "schema")
	require.Equal(t, yes, code)
	if *update {
		require.NoError(t, os.WriteFile(recordedSchema, []byte(stdout), 0o644))
	}
	recorded, err := os.ReadFile(recordedSchema)
	require.NoError(t, err)
	assert.Equal(t, string(recorded), stdout, "run: go test ./cmd/rbac -update")
}

// document is a policy in the repository.
type policyDocument struct {
	name    string
	content []byte
}

// policyDocuments returns all of them: files, code blocks of pages, and what the fuzz
// targets keep.
func policyDocuments(t *testing.T) (all []policyDocument) {
	t.Helper()
	corpus, err := filepath.Glob("../../internal/proof/testdata/fuzz/FuzzReadSpec/*")
	require.NoError(t, err)
	require.NotEmpty(t, corpus)
	for _, name := range corpus {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		quoted := regexp.MustCompile(`\[\]byte\((".*")\)`).FindSubmatch(text)
		require.NotNil(t, quoted, name)
		content, err := strconv.Unquote(string(quoted[1]))
		require.NoError(t, err)
		all = append(all, policyDocument{name, []byte(content)})
	}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	examples, err := filepath.Glob("../../examples/*/*.json")
	require.NoError(t, err)
	for _, name := range append(files, examples...) {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.HasPrefix(string(content), "{") && !strings.Contains(string(content), `"cases"`) {
			all = append(all, policyDocument{name, content})
		}
	}
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	for _, name := range append(pages, "../../README.md") {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for i, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1) {
			if bytes.Contains(block[1], []byte(`"roles": [`)) {
				all = append(all, policyDocument{fmt.Sprintf("%s block %d", name, i), block[1]})
			}
		}
	}
	return all
}

func TestSchemaAcceptsWhatTheLibraryAccepts(t *testing.T) {
	s := readSchema(t)
	accepted := 0
	documents := policyDocuments(t)
	for _, spec := range []rbac.Spec{rbac.Defaults(), rbac.Default().Spec(), {}} {
		content, err := spec.Canonical()
		require.NoError(t, err)
		documents = append(documents, policyDocument{"the default policy", content})
	}
	for _, d := range documents {
		if _, err := rbac.ParseSpec(d.content); err == nil {
			assert.Empty(t, s.problems(t, d.content), d.name)
			accepted++
		}
	}
	assert.GreaterOrEqual(t, accepted, 10)
}

// tooSubtle are hostile documents whose fault no schema can tell: it is about bytes, or a
// relation of one part to another.
var tooSubtle = regexp.MustCompile(`twice|repeated|surrogate|separator|exponent|minus_zero|` +
	`trailing|invalid_utf|replacement|number`)

func TestSchemaRefusesHostileDocuments(t *testing.T) {
	s := readSchema(t)
	refused := 0
	for _, d := range policyDocuments(t) {
		if _, err := rbac.ParseSpec(d.content); err == nil {
			continue
		}
		if !json.Valid(d.content) || len(s.problems(t, d.content)) > 0 {
			refused++
			continue
		}
		assert.Regexp(t, tooSubtle, filepath.Base(d.name), "the schema accepts it: %s", d.content)
	}
	assert.GreaterOrEqual(t, refused, 3)
	for name, document := range map[string]string{
		"an unknown key":      `{"role": []}`,
		"a mis-cased key":     `{"Roles": []}`,
		"a null":              `{"roles": null}`,
		"a role without kind": `{"roles": [{"id": "a"}]}`,
		"an unknown kind":     `{"roles": [{"id": "a", "kind": "tenants"}]}`,
		"an unknown scope":    `{"roles": [{"id": "a", "kind": "tenant", "permissions": {"a.b": ["all"]}}]}`,
		"a scope as text":     `{"roles": [{"id": "a", "kind": "tenant", "permissions": {"a.b": "own"}}]}`,
		"a scope twice":       `{"roles": [{"id": "a", "kind": "tenant", "permissions": {"a.b": ["own", "own"]}}]}`,
		"tenant scope of a developer role": `{"roles": [{"id": "a", "kind": "developer",` +
			` "permissions": {"a.b": ["tenant"]}}]}`,
		"another kind of workspace": `{"roles": [{"id": "a", "kind": "tenant",` +
			` "workspace": {"kind": "developer", "id": "a", "tenant": "b"}}]}`,
		"a malformed name of a role":    `{"roles": [{"id": "A", "kind": "tenant"}]}`,
		"a malformed name of an action": `{"actions": {"a..b": ["tenant"]}}`,
		"a long name":                   `{"actions": {"` + strings.Repeat("a", 65) + `": ["tenant"]}}`,
		"no target":                     `{"actions": {"a.b": []}}`,
		"an unknown target":             `{"actions": {"a.b": ["workspaces"]}}`,
		"one role that excludes itself": `{"exclusive": [["a"]]}`,
		"a role twice in a set":         `{"exclusive": [["a", "a"]]}`,
		"a negative count":              `{"at_least": {"a": -1}}`,
		"a fraction of a holder":        `{"at_least": {"a": 1.5}}`,
		"a long description": `{"roles": [{"id": "a", "kind": "tenant",` +
			` "description": "` + strings.Repeat("a", 1025) + `"}]}`,
		"a line break in a name":            `{"roles": [{"id": "a", "kind": "tenant", "name": "a\nb"}]}`,
		"text from right to left in a name": `{"roles": [{"id": "a", "kind": "tenant", "name": "a\u202eb"}]}`,
		"an unknown key of a label":         `{"labels": {"a.b": {"title": "A"}}}`,
		"a workspace without tenant": `{"roles": [{"id": "a", "kind": "tenant",` +
			` "workspace": {"kind": "tenant", "id": "a"}}]}`,
		"administers a role twice": `{"administers": {"a": ["b", "b"]}}`,
	} {
		_, err := rbac.ParseSpec([]byte(document))
		assert.Error(t, err, "the library refuses %s", name)
		assert.NotEmpty(t, s.problems(t, []byte(document)), "the schema refuses %s", name)
	}
}

// schema is a JSON Schema, of which it knows what the recorded one uses.
type schema struct{ root object }

func readSchema(t *testing.T) *schema {
	t.Helper()
	text, err := os.ReadFile(recordedSchema)
	require.NoError(t, err)
	s := &schema{}
	require.NoError(t, json.Unmarshal(text, &s.root))
	return s
}

// problems returns what a document does wrong.
func (s *schema) problems(t *testing.T, document []byte) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		return []string{err.Error()}
	}
	return s.check(t, s.root, value, "")
}

func (s *schema) check(t *testing.T, rules object, value any, place string) (problems []string) {
	t.Helper()
	add := func(ok bool, rule string) {
		if !ok {
			problems = append(problems, place+": "+rule)
		}
	}
	for rule, wanted := range rules {
		switch rule {
		case "$schema", "$id", "title", "description", "definitions", "then", "properties", "additionalProperties":
		case "$ref":
			name := strings.TrimPrefix(wanted.(string), "#/definitions/")
			target, found := s.root["definitions"].(object)[name].(object)
			require.True(t, found, name)
			problems = append(problems, s.check(t, target, value, place)...)
		case "type":
			add(isOfType(value, wanted.(string)), rule)
		case "enum":
			add(contains(wanted.([]any), value), rule)
		case "const":
			add(reflect.DeepEqual(wanted, value), rule)
		case "pattern":
			text, ok := value.(string)
			add(!ok || goPattern(wanted.(string)).MatchString(text), rule)
		case "maxLength":
			text, ok := value.(string)
			add(!ok || utf8.RuneCountInString(text) <= int(wanted.(float64)), rule)
		case "minimum":
			number, ok := value.(float64)
			add(!ok || number >= wanted.(float64), rule)
		case "maximum":
			number, ok := value.(float64)
			add(!ok || number <= wanted.(float64), rule)
		case "minItems":
			list, ok := value.([]any)
			add(!ok || len(list) >= int(wanted.(float64)), rule)
		case "maxItems":
			list, ok := value.([]any)
			add(!ok || len(list) <= int(wanted.(float64)), rule)
		case "maxProperties":
			entries, ok := value.(object)
			add(!ok || len(entries) <= int(wanted.(float64)), rule)
		case "uniqueItems":
			list, _ := value.([]any)
			for i := range list {
				add(!contains(list[:i], list[i]), rule)
			}
		case "items":
			list, _ := value.([]any)
			for i := range list {
				problems = append(problems, s.check(t, wanted.(object), list[i], fmt.Sprintf("%s[%d]", place, i))...)
			}
		case "required":
			entries, ok := value.(object)
			for _, key := range wanted.([]any) {
				_, found := entries[key.(string)]
				add(!ok || found, "required "+key.(string))
			}
		case "propertyNames":
			entries, _ := value.(object)
			for key := range entries {
				problems = append(problems, s.check(t, wanted.(object), key, place+" key "+key)...)
			}
		case "allOf":
			for _, one := range wanted.([]any) {
				problems = append(problems, s.check(t, one.(object), value, place)...)
			}
		case "anyOf":
			matched := false
			for _, one := range wanted.([]any) {
				matched = matched || len(s.check(t, one.(object), value, place)) == 0
			}
			add(matched, rule)
		case "if":
			if len(s.check(t, wanted.(object), value, place)) == 0 {
				problems = append(problems, s.check(t, rules["then"].(object), value, place)...)
			}
		default:
			t.Fatalf("the schema has a rule that the test does not know: %s", rule)
		}
	}
	return append(problems, s.checkProperties(t, rules, value, place)...)
}

func (s *schema) checkProperties(t *testing.T, rules object, value any, place string) (problems []string) {
	t.Helper()
	known, _ := rules["properties"].(object)
	entries, _ := value.(object)
	for key, entry := range entries {
		if rule, found := known[key]; found {
			problems = append(problems, s.check(t, rule.(object), entry, place+"."+key)...)
			continue
		}
		switch others := rules["additionalProperties"].(type) {
		case bool:
			problems = append(problems, place+": unknown key "+key)
		case object:
			problems = append(problems, s.check(t, others, entry, place+"."+key)...)
		}
	}
	return problems
}

func isOfType(value any, name string) bool {
	switch value := value.(type) {
	case object:
		return name == "object"
	case []any:
		return name == "array"
	case string:
		return name == "string"
	case float64:
		return name == "integer" && value == math.Trunc(value)
	}
	return false
}

func contains(list []any, value any) bool {
	for _, one := range list {
		if reflect.DeepEqual(one, value) {
			return true
		}
	}
	return false
}

var escapes = regexp.MustCompile(`\\u([0-9a-f]{4})`)

// goPattern returns a pattern of JavaScript as one of Go.
func goPattern(pattern string) *regexp.Regexp {
	return regexp.MustCompile(escapes.ReplaceAllString(pattern, `\x{$1}`))
}
