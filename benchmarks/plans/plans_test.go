package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/miniprogram-platform/rbac"
)

// required names the variables that make a missing server a failure.
var required = map[string]string{"DATABASE_URL": "RBAC_REQUIRE_POSTGRES", "MYSQL_DSN": "RBAC_REQUIRE_MARIADB"}

// TestMain prints what go test does not show when tests are skipped.
func TestMain(m *testing.M) {
	for _, k := range kinds {
		if os.Getenv(k.variable) == "" {
			fmt.Fprintf(os.Stderr, "%s is not tested: %s is not set; a script in .ci starts one\n", k.name, k.variable)
		}
	}
	os.Exit(m.Run())
}

func needs(t *testing.T, k kind) {
	t.Helper()
	switch {
	case os.Getenv(k.variable) != "":
	case os.Getenv(required[k.variable]) != "":
		t.Fatalf("%s is set, and %s is not", required[k.variable], k.variable)
	default:
		t.Skipf("%s is not set", k.variable)
	}
}

func TestExplainShowsAnIndexForEveryPage(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			needs(t, k)
			db, remove, err := k.open(t.Context(), os.Getenv(k.variable))
			require.NoError(t, err)
			defer func() { assert.NoError(t, remove()) }()
			size := size{programs: 50_000, workspaces: 100, tenants: 5}
			require.NoError(t, size.fill(t.Context(), db))
			pages, err := size.pages(t.Context(), db)
			require.NoError(t, err)
			for _, p := range pages {
				for _, after := range []string{"", "mp-80"} {
					query, args, err := p.query(k, after)
					require.NoError(t, err)
					plan, err := db.explain(t.Context(), query, args)
					require.NoError(t, err)
					assertUsesIndex(t, k, plan, p.who, after)
				}
			}
		})
	}
}

func assertUsesIndex(t *testing.T, k kind, plan, who, after string) {
	t.Helper()
	if k.dialect == rbac.PostgreSQL {
		assert.Contains(t, plan, "Index", "%s after %q:\n%s", who, after, plan)
		assert.NotContains(t, plan, "Seq Scan", "%s after %q", who, after)
		return
	}
	assert.Regexp(t, `table mini_programs, type (ref|range), key \w+`, plan, "%s after %q", who, after)
}

// measure fails if the filter and the static query find different rows.
func TestRunFindsThatBothQueriesAgree(t *testing.T) {
	for _, k := range kinds {
		needs(t, k)
	}
	var text strings.Builder
	size := size{programs: 2_000, workspaces: 10, tenants: 2}
	require.NoError(t, run(t.Context(), os.Getenv, size, &text))
	assert.Equal(t, 6, strings.Count(text.String(), "| 50 |"), "each of the three has a full page:\n%s", text.String())
}

func TestRunNeedsServers(t *testing.T) {
	none := func(string) string { return "" }
	assert.ErrorContains(t, run(t.Context(), none, size{}, io.Discard), "DATABASE_URL")
	for _, k := range kinds {
		_, _, err := k.open(t.Context(), "not an address")
		assert.ErrorContains(t, err, k.variable)
	}
}

func TestPlansBeginsAsTheReportDoes(t *testing.T) {
	printed, err := os.ReadFile("PLANS.md")
	require.NoError(t, err)
	var head strings.Builder
	require.NoError(t, write(&head, large, nil))
	assert.True(t, strings.HasPrefix(string(printed), head.String()), "print it with: go run ./plans > plans/PLANS.md")
	for _, k := range kinds {
		assert.Equal(t, 3, strings.Count(string(printed), "\n| "+k.name+" | "), "rows of %s", k.name)
	}
}
