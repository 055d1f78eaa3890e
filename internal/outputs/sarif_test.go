package outputs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sarifSchema returns the schema of SARIF 2.1.0, with the forms of URIs checked too.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	file := filepath.Join(packages, "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
	content, err := os.Open(file)
	require.NoError(t, err)
	defer content.Close()
	document, err := jsonschema.UnmarshalJSON(content)
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource("sarif.json", document))
	schema, err := compiler.Compile("sarif.json")
	require.NoError(t, err)
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	return schema.Validate(document)
}

func TestSARIFReportIsValid(t *testing.T) {
	schema := sarifSchema(t)
	folder := t.TempDir()
	absolute := filepath.Join(folder, "a b#c?%.json")
	write(t, folder, "a b#c?%.json", `{"roles": [{"id": "A", "kind": "tenant"}]}`)
	for name, row := range map[string]struct {
		folder  string
		files   []string
		results int
	}{
		"valid":              {samples, []string{"reports.json"}, 0},
		"wrong":              {samples, []string{"wrong.json"}, 4},
		"warned":             {samples, []string{"warned.json"}, 2},
		"several":            {samples, []string{"reports.json", "wrong.json", "warned.json"}, 6},
		"a name of any kind": {folder, []string{"a b#c?%.json"}, 1},
		"a whole path":       {folder, []string{absolute}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			report := execute(t, row.folder, append([]string{"validate", "-o", "sarif"}, row.files...)...)
			require.Empty(t, report.stderr)
			assert.NoError(t, validate(t, schema, report.stdout))
			assert.Equal(t, row.results, strings.Count(report.stdout, `"ruleId"`))
		})
	}
}

func TestSARIFSchemaRefusesOtherReports(t *testing.T) {
	schema := sarifSchema(t)
	report := execute(t, samples, "validate", "-o", "sarif", "wrong.json").stdout
	for name, wrong := range map[string]string{
		"another level":         strings.Replace(report, `"level": "error"`, `"level": "bad"`, 1),
		"a line before all":     strings.Replace(report, `"startLine": 7`, `"startLine": 0`, 1),
		"a key of its own":      strings.Replace(report, `"startLine": 7`, `"startLine": 7, "beginColumn": 3`, 1),
		"another version":       strings.Replace(report, `"version": "2.1.0"`, `"version": "2.1"`, 1),
		"a tool without a name": strings.Replace(report, `"name": "rbac",`, "", 1),
	} {
		require.NotEqual(t, report, wrong, name)
		assert.Error(t, validate(t, schema, wrong), name)
	}
}
