package outputs

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestJUnitReportIsValid(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a <b> & \"c\"_test.json", `{"at": "2026-07-01T12:00:00Z", "cases": [{
		"name": "<failure message=\"&amp;\"> \u0001 \u2028 ]]>",
		"resource": "wallet", "who": {"no.such": []}
	}]}`)
	for name, row := range map[string]struct {
		folder string
		args   []string
	}{
		"passed":            {samples, []string{"passing_test.json"}},
		"failed":            {samples, []string{"failing_test.json", "passing_test.json"}},
		"too little tested": {samples, []string{"-min-coverage", "90", "passing_test.json"}},
		"names with markup": {folder, []string{"a <b> & \"c\"_test.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			report := execute(t, row.folder, append([]string{"test", "-o", "junit"}, row.args...)...)
			require.Empty(t, report.stderr)
			checked := run(t, packages, report.stdout, "node", "junit.mjs")
			assert.Zero(t, checked.code, "%s%s\n%s", checked.stdout, checked.stderr, report.stdout)
			assertTotals(t, report.stdout)
		})
	}
}

// assertTotals compares the numbers of a report with what is in it.
func assertTotals(t *testing.T, report string) {
	t.Helper()
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	require.NoError(t, xml.Unmarshal([]byte(report), &suites))
	assert.Equal(t, strings.Count(report, "<testcase "), suites.Tests)
	assert.Equal(t, strings.Count(report, "<failure "), suites.Failures)
}

func TestJUnitSchemaRefusesOtherReports(t *testing.T) {
	report := execute(t, samples, "test", "-o", "junit", "failing_test.json").stdout
	suite := `<testsuite name="failing_test.json" `
	for name, wrong := range map[string]string{
		"an attribute that is not known": strings.Replace(report, "<testsuite ", `<testsuite colour="red" `, 1),
		"a case without a name":          strings.Replace(report, "<testcase name=", "<testcase status=", 1),
		"a suite without a number":       strings.Replace(report, suite+"tests=", suite+"id=", 1),
	} {
		require.NotEqual(t, report, wrong, name)
		assert.NotZero(t, run(t, packages, wrong, "node", "junit.mjs").code, name)
	}
}
