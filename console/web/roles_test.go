package web

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRolesShowsTheTable(t *testing.T) {
	h := newHost(t)
	text := h.get("sam@shop", "/roles").text()
	for _, has := range []string{
		"Developer Admin developer_admin role of merchants", "Cashier cashier this workspace’s own",
		"Release mini programs miniprogram.release on mini programs workspace S assigned S no S no",
		"the platform's pages on its seven roles state it",
	} {
		assert.Contains(t, text, has)
	}
	assert.Contains(t, h.get("sam@shop", "/roles").body, `<abbr title="stated by the platform">S</abbr>`)
	assert.NotContains(t, text, "Workspace Reviewer", "a merchant holds no role of the native app")
}

func TestRolesShowsOwnRolesOnlyToTheirWorkspace(t *testing.T) {
	h := newHost(t)
	assert.NotContains(t, h.get("bob@bakery", "/roles").text(), "Cashier")
	assert.NotContains(t, h.get("ann@wallet", "/roles?held=all").text(), "Cashier")
	shopRoles := h.get("ann@wallet", "/roles?"+atShop)
	assert.Contains(t, shopRoles.text(), "Cashier")
	assert.NotContains(t, shopRoles.body, "role=cashier", "ann cannot change it, so no link leads there")
}

// A platform may keep the own roles of all workspaces in its one policy.
func TestRolesShowsNoOtherWorkspacesOwnRoles(t *testing.T) {
	baker := rbac.Role{ID: "baker", Kind: rbac.KindDeveloper, Workspace: bakery, Name: "Baker",
		Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned}}
	h := newHost(t, rbac.Spec{Roles: []rbac.Role{baker}})
	for _, target := range append(allPages, "/roles.csv", "/member?id=alice&edit="+h.key(h.stored(shop, "alice"), 0)) {
		assert.NotContains(t, strings.ToLower(h.get("sam@shop", target).body), "baker", target)
	}
	assert.Contains(t, h.get("bob@bakery", "/roles").text(), "Baker")
}

func TestRolesFilters(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		query     string
		has, lack string
	}{
		{"group=Analytics", "View performance", "Release mini programs"},
		{"role=developer", "developer role of merchants", "Developer Admin developer_admin"},
		{"scope=own", "View own submitted requests", "Release mini programs"},
		{"scope=tenant", "Nothing matches the filter.", "Release mini programs"},
		{"role=nosuch", "Nothing matches the filter.", "Release mini programs"},
		{"scope=nonsense", "Release mini programs", "Nothing matches"},
		{"group=<script>alert(1)</script>", "Nothing matches the filter.", "Release mini programs"},
	} {
		a := h.get("sam@shop", "/roles?"+url.PathEscape(row.query))
		assert.Contains(t, a.text(), row.has, row.query)
		assert.NotContains(t, a.text(), row.lack, row.query)
		assert.NotContains(t, a.body, "<script>")
	}
	assert.Contains(t, h.get("ann@wallet", "/roles?held=all").text(), "Developer Admin developer_admin")
	assert.NotContains(t, h.get("ann@wallet", "/roles").text(), "Developer Admin developer_admin")
}

func TestRolesMarksWhatDiffersFromTheDefaultTable(t *testing.T) {
	h := newHost(t, rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.Operator: {rbac.ReleaseMiniProgram: rbac.ScopeWorkspace},
	}})
	assert.Contains(t, h.get("sam@shop", "/roles").text(),
		"Release mini programs miniprogram.release on mini programs workspace S assigned S workspace ∗")
}

func TestRolesCutsManyRoles(t *testing.T) {
	h := newHost(t)
	state := h.store.states[shop]
	for i := range 100 {
		r := cashier()
		r.ID = rbac.RoleID("r" + string(rune('a'+i/10)) + string(rune('a'+i%10)))
		r.Name = "Role " + string(r.ID)
		state.Own.Roles = append(state.Own.Roles, r)
	}
	h.store.states[shop] = state
	a := h.get("sam@shop", "/roles")
	assert.Less(t, len(a.body), 200_000)
	assert.Contains(t, a.text(), "Page 1 of 11 More roles")
	last := h.get("sam@shop", "/roles?part=11")
	assert.Less(t, len(last.body), 200_000)
	assert.Contains(t, last.text(), "rjj")
	assert.Contains(t, h.get("sam@shop", "/roles?role=rjj").text(), "rjj")
}

func TestRolesCSVHasTheWholeTable(t *testing.T) {
	h := newHost(t)
	a := h.get("ann@wallet", "/roles.csv?held=all")
	assert.Equal(t, `attachment; filename="roles.csv"`, a.header.Get("Content-Disposition"))
	assert.Equal(t, "text/csv; charset=utf-8", a.header.Get("Content-Type"))
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 86)
	assert.Equal(t, []string{
		"Mini Program", "View mini programs", "miniprogram.view", "miniprogram", "no", "tenant", "S",
	}, rows[1][:7])
	assert.Len(t, rows[0], 5+2*7)
}

func TestRolesCSVHasNoFormulas(t *testing.T) {
	h := newHost(t, rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a.b": rbac.OnWorkspace},
		Labels:  map[rbac.Action]rbac.Label{"a.b": {Name: `=HYPERLINK("//evil")`, Group: "@SUM(1)"}},
	})
	state := h.store.states[shop]
	state.Own.Roles[0].Name = "+1+1"
	h.store.states[shop] = state
	rows, err := csv.NewReader(strings.NewReader(h.get("sam@shop", "/roles.csv").body)).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, cell := range row {
			assert.False(t, strings.ContainsAny(cell[:min(len(cell), 1)], "=+-@\t\r"), cell)
		}
	}
	assert.Contains(t, rows[len(rows)-1], `'=HYPERLINK("//evil")`)
	assert.Contains(t, rows[0], "'+1+1")
}
