package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const skipped = "DATABASE_URL names no PostgreSQL; .ci/postgres starts one"

// TestMain prints what go test does not show when tests are skipped.
func TestMain(m *testing.M) {
	if os.Getenv("DATABASE_URL") == "" {
		fmt.Fprintln(os.Stderr, "PostgreSQL is not tested:", skipped)
	}
	os.Exit(m.Run())
}

func postgresURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("DATABASE_URL")
	if url == "" && os.Getenv("RBAC_REQUIRE_POSTGRES") != "" {
		t.Fatal("RBAC_REQUIRE_POSTGRES is set, but " + skipped)
	}
	if url == "" {
		t.Skip(skipped)
	}
	return url
}

func TestExplainShowsAnIndexForEveryPage(t *testing.T) {
	db, remove, err := openScratch(t.Context(), postgresURL(t))
	require.NoError(t, err)
	defer func() { assert.NoError(t, remove()) }()
	size := size{programs: 50_000, workspaces: 100, tenants: 5}
	require.NoError(t, size.fill(t.Context(), db))
	pages, err := size.pages(t.Context(), db)
	require.NoError(t, err)
	for _, p := range pages {
		for _, after := range []string{"", "mp-80"} {
			query, args, err := p.query(after)
			require.NoError(t, err)
			plan, err := explain(t.Context(), db, query, args)
			require.NoError(t, err)
			assert.Contains(t, plan, "Index", "%s after %q:\n%s", p.who, after, plan)
			assert.NotContains(t, plan, "Seq Scan", "%s after %q", p.who, after)
		}
	}
}

// measure fails if the filter and the static query find different rows.
func TestRunFindsThatBothQueriesAgree(t *testing.T) {
	var text strings.Builder
	size := size{programs: 2_000, workspaces: 10, tenants: 2}
	require.NoError(t, run(t.Context(), postgresURL(t), size, &text))
	assert.Equal(t, 3, strings.Count(text.String(), "| 50 |"), "each of the three has a full page:\n%s", text.String())
}

func TestRunNeedsAPostgreSQL(t *testing.T) {
	assert.ErrorContains(t, run(t.Context(), "", size{}, io.Discard), "DATABASE_URL")
	assert.ErrorContains(t, run(t.Context(), "not a URL", size{}, io.Discard), "DATABASE_URL")
}

func TestPlansBeginsAsTheReportDoes(t *testing.T) {
	printed, err := os.ReadFile("PLANS.md")
	require.NoError(t, err)
	var head strings.Builder
	require.NoError(t, write(&head, large, nil))
	assert.True(t, strings.HasPrefix(string(printed), head.String()), "print it with: go run ./plans > plans/PLANS.md")
}
