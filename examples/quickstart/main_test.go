package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const golden = "testdata/output.txt"

var update = flag.Bool("update", false, "write the output to "+golden)

func TestRunPrintsTheRecordedOutput(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out))
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
	}
	recorded, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(recorded), out.String())
}

func TestMembersHaveEveryDefaultRole(t *testing.T) {
	seen := map[rbac.RoleID]bool{}
	for _, member := range members {
		seen[member.Assignments[0].Role] = true
	}
	assert.Len(t, seen, 7)
}
