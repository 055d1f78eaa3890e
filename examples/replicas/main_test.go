package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProgramShowsEveryStep(t *testing.T) {
	for _, row := range []struct{ name, disturbed string }{
		{"NATS", "is stopped."}, {"PostgreSQL", "are cut."},
	} {
		t.Run(row.name, func(t *testing.T) {
			database := ""
			if row.name == "PostgreSQL" {
				database = databaseURL(t)
			}
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), database, &out))
			for _, step := range []string{"Publish the platform's policy", "Add the role auditor", "Add the role helper"} {
				assert.Contains(t, out.String(), step+": revision ")
			}
			assert.Contains(t, out.String(), row.disturbed)
			assert.Equal(t, 9, strings.Count(out.String(), "  replica "), out.String())
		})
	}
}

func TestProgramSaysThatItCannotConnect(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Error(t, run(ctx, "postgres://127.0.0.1:1/none", &bytes.Buffer{}))
	assert.Error(t, run(ctx, "no URL", &bytes.Buffer{}))
}

// TestMain prints what is skipped, which go test does not print without -v. The test's binary is also a
// program that runs a node.
func TestMain(m *testing.M) {
	if os.Getenv(nodeVariable) != "" {
		runNode()
		return
	}
	if os.Getenv("DATABASE_URL") == "" {
		fmt.Fprintln(os.Stderr, "PostgreSQL is not tested: DATABASE_URL is not set; .ci/postgres starts one")
	}
	os.Exit(m.Run())
}

func databaseURL(t *testing.T) string {
	url := os.Getenv("DATABASE_URL")
	if url == "" && os.Getenv("RBAC_REQUIRE_POSTGRES") != "" {
		t.Fatal("RBAC_REQUIRE_POSTGRES is set, and DATABASE_URL is not")
	}
	if url == "" {
		t.Skip("DATABASE_URL is not set")
	}
	return url
}

func newCluster(t *testing.T) *nodes {
	n, err := startNodes()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.remove()) })
	return n
}

func newSchema(t *testing.T) *schema {
	s, err := createSchema(t.Context(), databaseURL(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.remove()) })
	return s
}

// onEach runs a test on each store, each time on an empty one. Most tests wait most of the time, so they run
// beside each other.
func onEach(t *testing.T, test func(t *testing.T, store place)) {
	t.Parallel()
	onEachAlone(t, test)
}

func onEachAlone(t *testing.T, test func(t *testing.T, store place)) {
	t.Run("NATS", func(t *testing.T) { test(t, newCluster(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newSchema(t)) })
}

func connect(t *testing.T, store place) Source {
	source, closeSource, err := store.connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(closeSource)
	return source
}

// run starts replicas that end with the test.
func start(t *testing.T, store place, count int, options Options) []*Replica {
	replicas, stop, err := startReplicas(t.Context(), store, count, options)
	require.NoError(t, err)
	t.Cleanup(stop)
	return replicas
}
