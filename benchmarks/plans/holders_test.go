package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHoldersAreThoseOfWhoCanAndAreFoundByAnIndex(t *testing.T) {
	needs(t, kinds[0])
	var report strings.Builder
	require.NoError(t, runHolders(t.Context(), os.Getenv, 40_000, &report))
	assert.Contains(t, report.String(), "among 40000 members")
	assert.Contains(t, report.String(), "members_of_workspace")
	assert.NotContains(t, report.String(), ": 0 members")
}
