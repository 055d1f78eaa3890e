package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryPageUsesAnIndex(t *testing.T) {
	db := scratch(t, postgresURL(t))
	size := bigSize{programs: 50_000, workspaces: 100, tenants: 5}
	require.NoError(t, size.fill(t.Context(), db))
	pages, err := size.pages(t.Context(), db)
	require.NoError(t, err)
	for _, p := range pages {
		for _, after := range []string{"", "mp-80"} {
			query, args, err := pageOf(p.filter, after)
			require.NoError(t, err)
			plan, err := explain(t.Context(), db, query, args)
			require.NoError(t, err)
			assert.Contains(t, plan, "Index", "%s after %q:\n%s", p.who, after, plan)
			assert.NotContains(t, plan, "Seq Scan", "%s after %q", p.who, after)
		}
	}
}

func TestTheReportFindsThatBothQueriesAgree(t *testing.T) {
	db := scratch(t, postgresURL(t))
	size := bigSize{programs: 2_000, workspaces: 10, tenants: 2}
	var text strings.Builder
	require.NoError(t, size.report(t.Context(), db, &text))
	assert.Equal(t, 3, strings.Count(text.String(), "| 50 |"), "each of the three has a full page:\n%s", text.String())
}

func TestTheReportIsOfPostgreSQL(t *testing.T) {
	assert.ErrorContains(t, report(t.Context(), scratch(t, ""), &strings.Builder{}), "DATABASE_URL")
}
