package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStoryIsTheSameOnBothDatabases(t *testing.T) {
	expected, err := os.ReadFile("testdata/story.txt")
	require.NoError(t, err)
	onEach(t, func(t *testing.T, store *Store) {
		var told strings.Builder
		require.NoError(t, story(t.Context(), store, &told))
		assert.Equal(t, string(expected), told.String())
	})
}

func TestStoryEndsAtAFailure(t *testing.T) {
	store := scratch(t, "")
	require.NoError(t, store.Close())
	assert.Error(t, story(t.Context(), store, &strings.Builder{}))
}

// The databases.

const notRun = "not run: DATABASE_URL names no PostgreSQL; .ci/postgres starts one"

// TestMain prints that PostgreSQL is skipped. Without -v, go test does not print it.
func TestMain(m *testing.M) {
	if os.Getenv("DATABASE_URL") == "" {
		fmt.Fprintln(os.Stderr, "PostgreSQL:", notRun)
	}
	os.Exit(m.Run())
}

// onEach runs a test on both databases, each time in a new store with empty tables.
func onEach(t *testing.T, test func(t *testing.T, store *Store)) {
	t.Run("SQLite", func(t *testing.T) { test(t, scratch(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, scratch(t, postgresURL(t))) })
}

// onStory runs a test on both databases, with the rows that the story starts with.
func onStory(t *testing.T, test func(t *testing.T, ctx context.Context, s *Store)) {
	onEach(t, func(t *testing.T, store *Store) {
		require.NoError(t, store.populate(t.Context()))
		test(t, t.Context(), store)
	})
}

func postgresURL(t *testing.T) string {
	url := os.Getenv("DATABASE_URL")
	if url == "" && os.Getenv("RBAC_REQUIRE_POSTGRES") != "" {
		t.Fatal("RBAC_REQUIRE_POSTGRES is set: " + notRun)
	}
	if url == "" {
		t.Skip(notRun)
	}
	return url
}

func scratch(t *testing.T, url string) *Store {
	store, remove, err := openScratch(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, remove()) })
	return store
}

// Helpers of several files.

func (s *Store) subject(t *testing.T, key MemberKey) *rbac.Subject {
	subject, err := s.Subject(t.Context(), key)
	require.NoError(t, err)
	return subject
}

func join(t *testing.T, s *Store, key MemberKey, assignments ...rbac.Assignment) {
	require.NoError(t, s.AddMember(t.Context(), active(key, assignments...)))
}

// atOnce starts all acts at the same moment and returns their errors.
func atOnce(acts ...func() error) []error {
	results := make([]error, len(acts))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, act := range acts {
		all.Go(func() {
			<-start
			results[i] = act()
		})
	}
	close(start)
	all.Wait()
	return results
}

func successes(results []error) int {
	n := 0
	for _, err := range results {
		if err == nil {
			n++
		}
	}
	return n
}
