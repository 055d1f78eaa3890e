package view

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write evidence.csv anew")

func TestEvidenceIsThatOfTheRolesTable(t *testing.T) {
	file, err := os.Open("../../../testdata/matrix.csv")
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	var want strings.Builder
	for _, row := range rows[1:] {
		want.WriteString(row[column["action"]] + "," + row[column["evidence"]] + "\n")
	}
	if *update {
		require.NoError(t, os.WriteFile("evidence.csv", []byte(want.String()), 0o644))
	}
	assert.Equal(t, want.String(), evidence, "run go test ./internal/view -update")
}

func TestTemplatesRenderTheirParts(t *testing.T) {
	templates, err := NewTemplates()
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, templates.Part(&out, "table", NewTable(rbac.Default(), rbac.Workspace{}, TableFilter{})))
	assert.Contains(t, out.String(), "Release mini programs")
}
