package outputs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/miniprogram-platform/rbac"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// policyDocument is a policy in the repository.
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
	files, err := filepath.Glob(samples + "/*.json")
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

// policySchema returns the schema of docs/rbac.schema.json, which must keep to the schema of
// schemas. Its patterns are those of JavaScript.
func policySchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(javaScriptPattern)
	schema, err := compiler.Compile("../../docs/rbac.schema.json")
	require.NoError(t, err)
	return schema
}

type pattern struct{ *regexp2.Regexp }

func javaScriptPattern(text string) (jsonschema.Regexp, error) {
	compiled, err := regexp2.Compile(text, regexp2.ECMAScript)
	return pattern{compiled}, err
}

func (p pattern) MatchString(text string) bool {
	matched, err := p.Regexp.MatchString(text)
	return err == nil && matched
}

func TestSchemaAcceptsWhatTheLibraryAccepts(t *testing.T) {
	schema := policySchema(t)
	accepted := 0
	documents := policyDocuments(t)
	for _, spec := range []rbac.Spec{rbac.Defaults(), rbac.Default().Spec(), {}} {
		content, err := spec.Canonical()
		require.NoError(t, err)
		documents = append(documents, policyDocument{"the default policy", content})
	}
	for _, d := range documents {
		if _, err := rbac.ParseSpec(d.content); err == nil {
			assert.NoError(t, validate(t, schema, string(d.content)), d.name)
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
	schema := policySchema(t)
	refused := 0
	for _, d := range policyDocuments(t) {
		if _, err := rbac.ParseSpec(d.content); err == nil {
			continue
		}
		if !json.Valid(d.content) || validate(t, schema, string(d.content)) != nil {
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
		assert.Error(t, validate(t, schema, document), "the schema refuses %s", name)
	}
}
