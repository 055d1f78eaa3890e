package demo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNothingIsStoredInAFileThatIsGone(t *testing.T) {
	source := filepath.Join(t.TempDir(), "a.db")
	s := open(t, source)
	require.NoError(t, os.Remove(source))
	assert.ErrorContains(t, set(t, s, Shop, web.WorkspaceState{}), "the database is gone")
	assert.ErrorContains(t, s.Record(t.Context(), web.LogEntry{Workspace: Shop}), "the database is gone")
	assert.NoFileExists(t, source)
}

func TestNoFileIsCreatedInPlaceOfOneThatIsGone(t *testing.T) {
	source := filepath.Join(t.TempDir(), "a.db")
	s := open(t, source)
	require.NoError(t, os.Remove(source))
	s.pool.SetMaxIdleConns(-1) // the next connection is a new one
	_, err := s.State(t.Context(), Shop)
	assert.ErrorContains(t, err, "unable to open database file")
	assert.NoFileExists(t, source)
}

func TestNothingIsStoredInAnotherFileThanTheOneThatWasOpened(t *testing.T) {
	directory := t.TempDir()
	source, copied := filepath.Join(directory, "a.db"), filepath.Join(directory, "b.db")
	s := open(t, source)
	other, err := Open(t.Context(), copied)
	require.NoError(t, err)
	require.NoError(t, other.Close())
	require.NoError(t, os.Rename(copied, source))
	assert.ErrorContains(t, set(t, s, Shop, web.WorkspaceState{}), "another file")
	s.pool.SetMaxIdleConns(-1) // the next connection is to the other file
	assert.ErrorContains(t, set(t, s, Shop, web.WorkspaceState{}), "another file")
	state, err := s.State(t.Context(), Shop)
	require.NoError(t, err)
	assert.NotEmpty(t, state.Members)
}

func TestOpenTakesAnyNameForAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	open(t, ":memory:")
	assert.FileExists(t, ":memory:")
	_, err := Open(t.Context(), "")
	assert.Error(t, err, "the working directory is no file")
}
