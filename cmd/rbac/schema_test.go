package main

import (
	"os"
	"testing"

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
