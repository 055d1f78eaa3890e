package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

const notRun = "not run: DATABASE_URL names no PostgreSQL; .ci/postgres starts one"

// TestMain says aloud what go test keeps to itself when tests are skipped.
func TestMain(m *testing.M) {
	if os.Getenv("DATABASE_URL") == "" {
		fmt.Fprintln(os.Stderr, "PostgreSQL:", notRun)
	}
	os.Exit(m.Run())
}

// onEach runs a test on both databases, each time on an empty one of its own.
func onEach(t *testing.T, test func(t *testing.T, db *Database)) {
	t.Run("SQLite", func(t *testing.T) { test(t, scratch(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, scratch(t, postgresURL(t))) })
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

func scratch(t *testing.T, url string) *Database {
	db, remove, err := openScratch(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, remove()) })
	return db
}
