package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The story has the clauses of SQLite. Those of the others are as long as they need to be.
func TestStoryIsTheSameOnEachDatabase(t *testing.T) {
	expected, err := os.ReadFile("testdata/story.txt")
	require.NoError(t, err)
	onEach(t, func(t *testing.T, store *Store) {
		var told strings.Builder
		require.NoError(t, story(t.Context(), store, &told))
		if store.dialect.sql == rbac.SQLite {
			assert.Equal(t, string(expected), told.String())
			return
		}
		assert.Equal(t, withoutClauses(string(expected)), withoutClauses(told.String()))
	})
}

func withoutClauses(story string) string {
	return regexp.MustCompile(`(?m)^    WHERE .*\n`).ReplaceAllString(story, "")
}

func TestStoryEndsAtAFailure(t *testing.T) {
	store := scratch(t, server{dialect: sqlite})
	require.NoError(t, store.Close())
	assert.Error(t, story(t.Context(), store, &strings.Builder{}))
}

func TestServerOfTheEnvironment(t *testing.T) {
	for _, row := range []struct {
		environment map[string]string
		server      server
	}{
		{nil, server{dialect: sqlite}},
		{map[string]string{"DATABASE_URL": "postgres://host"}, server{postgreSQL, "postgres://host"}},
		{map[string]string{"MYSQL_DSN": "tcp(host)/"}, server{mariaDB, "tcp(host)/"}},
	} {
		assert.Equal(t, row.server, serverOf(func(name string) string { return row.environment[name] }))
	}
}

// The databases.

// servers are those to test, each with the variables that name it and that require it.
var servers = []struct {
	dialect           dialect
	address, required string
}{
	{dialect: sqlite},
	{postgreSQL, "DATABASE_URL", "RBAC_REQUIRE_POSTGRES"},
	{mariaDB, "MYSQL_DSN", "RBAC_REQUIRE_MARIADB"},
}

// TestMain prints what is skipped. Without -v, go test does not print it.
func TestMain(m *testing.M) {
	for _, on := range servers {
		if on.address != "" && os.Getenv(on.address) == "" {
			fmt.Fprintf(os.Stderr, "%s is not tested: %s is not set; a script in .ci starts one\n", on.dialect.name, on.address)
		}
	}
	os.Exit(m.Run())
}

// onServers runs a test for each of the databases.
func onServers(t *testing.T, test func(t *testing.T, on server)) {
	for _, on := range servers {
		t.Run(on.dialect.name, func(t *testing.T) {
			address := os.Getenv(on.address)
			if on.address != "" && address == "" {
				if os.Getenv(on.required) != "" {
					t.Fatalf("%s is set, and %s is not", on.required, on.address)
				}
				t.Skipf("%s is not set", on.address)
			}
			test(t, server{on.dialect, address})
		})
	}
}

// onEach runs a test on each database, each time in a new store with empty tables.
func onEach(t *testing.T, test func(t *testing.T, store *Store)) {
	onServers(t, func(t *testing.T, on server) { test(t, scratch(t, on)) })
}

// onStory runs a test on each database, with the rows that the story starts with.
func onStory(t *testing.T, test func(t *testing.T, ctx context.Context, s *Store)) {
	onEach(t, func(t *testing.T, store *Store) {
		require.NoError(t, store.populate(t.Context()))
		test(t, t.Context(), store)
	})
}

func scratch(t *testing.T, on server) *Store {
	store, remove, err := on.openScratch(t.Context())
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
