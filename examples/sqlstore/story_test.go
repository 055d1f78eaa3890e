package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheStoryIsTheSameOnBothDatabases(t *testing.T) {
	expected, err := os.ReadFile("testdata/story.txt")
	require.NoError(t, err)
	onEach(t, func(t *testing.T, db *Database) {
		var told strings.Builder
		require.NoError(t, story(t.Context(), db, &told))
		assert.Equal(t, string(expected), told.String())
	})
}

func TestTheStoryEndsAtWhatIsNoPartOfIt(t *testing.T) {
	db := scratch(t, "")
	require.NoError(t, db.Close())
	assert.Error(t, story(t.Context(), db, &strings.Builder{}))
}
