package view

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The table says what the policy does: a cell for each role and action.
func TestTableHasEveryCellOfThePolicy(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions:  map[rbac.Action]rbac.Target{"a.b": rbac.OnAny, "miniprogram.fly": rbac.OnMiniProgram},
		Labels:   map[rbac.Action]rbac.Label{"miniprogram.fly": {Name: "Fly", Group: "Mini Program"}},
		Roles:    []rbac.Role{{ID: "auditor", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"a.b": rbac.ScopeTenant}}},
		FourEyes: []rbac.Action{rbac.DecideRelease},
	}))
	table := NewTable(policy, rbac.Workspace{}, TableFilter{})
	require.Len(t, table.Columns, 8)
	seen := make(map[rbac.Action]bool)
	for _, group := range table.Groups {
		for _, row := range group.Rows {
			seen[row.Action] = true
			assert.Equal(t, row.Action == rbac.DecideRelease, row.FourEyes)
			assert.Equal(t, policy.Label(row.Action).Group, group.Name)
			require.Len(t, row.Cells, 8)
			for i, cell := range row.Cells {
				role, found := policy.Role(table.Columns[i].ID)
				require.True(t, found)
				assert.Equal(t, role.Permissions[row.Action], cell.Scope)
			}
		}
	}
	for action := range policy.Actions() {
		assert.True(t, seen[action], action)
	}
	assert.Len(t, seen, 87)
}

func TestTableKeepsThePlatformsOrder(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a.alone": rbac.OnAny, "a.first": rbac.OnAny},
		Labels:  map[rbac.Action]rbac.Label{"a.first": {Name: "First", Group: "AAA"}},
		Roles: []rbac.Role{
			{ID: "aaa", Kind: rbac.KindDeveloper},
			{ID: "aab", Kind: rbac.KindDeveloper, Workspace: shop},
			{ID: "zzz", Kind: rbac.KindDeveloper},
		},
	}))
	table := NewTable(policy, shop, TableFilter{Kind: rbac.KindDeveloper})
	var columns []rbac.RoleID
	for _, c := range table.Columns {
		columns = append(columns, c.ID)
	}
	assert.Equal(t, []rbac.RoleID{rbac.DeveloperAdmin, rbac.Developer, rbac.Operator, "aaa", "zzz", "aab"}, columns)
	assert.Equal(t, "Mini Program", table.Groups[0].Name)
	assert.Equal(t, rbac.ViewMiniProgram, table.Groups[0].Rows[0].Action)
	last := table.Groups[len(table.Groups)-2:]
	assert.Equal(t, []string{"AAA", ""}, []string{last[0].Name, last[1].Name}, "actions without a group come last")
}

func TestTableSaysWhereDefaultCellsComeFrom(t *testing.T) {
	table := NewTable(rbac.Default(), rbac.Workspace{}, TableFilter{})
	counts := make(map[string]int)
	for _, group := range table.Groups {
		for _, row := range group.Rows {
			for _, cell := range row.Cells {
				counts[cell.Source]++
			}
		}
	}
	assert.Equal(t, map[string]int{"S": 222, "E": 170, "I": 144, "D": 59}, counts, "as docs/roles.md counts them")
}

func TestTableMarksCellsThatDiffer(t *testing.T) {
	spec := rbac.Defaults()
	for i := range spec.Roles {
		delete(spec.Roles[i].Permissions, rbac.DeleteMiniProgram)
	}
	table := NewTable(rbac.Must(rbac.New(spec)), rbac.Workspace{}, TableFilter{Group: "Mini Program"})
	for _, row := range table.Groups[0].Rows {
		for i, cell := range row.Cells {
			differs := rbac.DefaultRoles()[i].Permissions[row.Action] != cell.Scope
			assert.Equal(t, differs, cell.Source == "∗", "%s %d", row.Action, i)
		}
	}
}

func TestTableIsCutWithoutLosingAnything(t *testing.T) {
	spec := rbac.Spec{Actions: make(map[rbac.Action]rbac.Target)}
	for i := range 400 {
		spec.Actions[rbac.Action(fmt.Sprintf("many.a%03d", i))] = rbac.OnAny
	}
	for i := range 33 {
		spec.Roles = append(spec.Roles, rbac.Role{ID: rbac.RoleID(fmt.Sprintf("r%02d", i)), Kind: rbac.KindTenant})
	}
	table := NewTable(rbac.Must(rbac.New(spec)), rbac.Workspace{}, TableFilter{})
	var columns []rbac.RoleID
	for part := 1; part <= table.Cut(1).Parts; part++ {
		cut := table.Cut(part)
		rows := 0
		for _, c := range cut.Columns {
			columns = append(columns, c.ID)
		}
		for _, group := range cut.Groups {
			rows += len(group.Rows)
			for _, row := range group.Rows {
				assert.Len(t, row.Cells, len(cut.Columns))
			}
		}
		assert.Equal(t, 400, rows+cut.Left)
	}
	assert.Len(t, columns, 33)
	assert.True(t, slices.IsSorted(columns))
	assert.Equal(t, table.Cut(4), table.Cut(99), "a part that is none is the last")
	assert.Equal(t, table.Cut(1), table.Cut(-1))
}

func TestChipOfSaysTheScopeInAWordAndAColour(t *testing.T) {
	for scope, want := range map[rbac.Scope][2]string{
		0:                                {"no", "scope-none"},
		rbac.ScopeOwn:                    {"own", "scope-own"},
		rbac.ScopeOwn | rbac.ScopeTenant: {"own|tenant", "scope-tenant"},
		rbac.ScopeAssigned:               {"assigned", "scope-assigned"},
		rbac.ScopeWorkspace:              {"workspace", "scope-workspace"},
	} {
		chip := chipOf(scope)
		assert.Equal(t, want, [2]string{chip.Word, chip.Class})
		assert.NotEmpty(t, chip.Title)
	}
}

func TestPlainCellBreaksEveryFormula(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"Release mini programs":     "Release mini programs",
		"A - B, 1+1=2, a@b, O'Neil": "A - B, 1+1=2, a@b, O'Neil",
		"=1+1":                      "'=1+1",
		"＝1":                        "'＝1",
		"  -1":                      "  '-1",
		"\u00a0@A":                  "\u00a0'@A",
		"\t+1":                      "\t'+1",
		"x;=1+1;y":                  "x;'=1+1;y",
		"x; \t@SUM(1)":              "x; \t'@SUM(1)",
		"x\r\n=1":                   "x\r\n'=1",
	} {
		assert.Equal(t, want, plainCell(text), "%q", text)
	}
}

func TestWriteCSVQuotesEveryCell(t *testing.T) {
	policy, err := rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a.b": rbac.OnWorkspace},
		Labels:  map[rbac.Action]rbac.Label{"a.b": {Name: `x;=1+1;"y"`}},
	})
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, NewTable(policy, rbac.Workspace{}, TableFilter{}).WriteCSV(&out))
	assert.Equal(t, `"group","operation","action","on","four eyes"
"","x;'=1+1;""y""","a.b","workspace","no"
`, out.String())
}

func TestPrintedTextSaysWhatTheTableShows(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	fingerprint := strings.Repeat("0123456789abcdef", 4)
	for _, row := range []struct {
		name      string
		workspace rbac.Workspace
		filter    TableFilter
		table     Table
		want      string
	}{
		{"all roles of a merchant", shop, TableFilter{Kind: rbac.KindDeveloper}, Table{Part: 1, Parts: 1},
			"Roles of the merchant shop. 1 July 2026, 12:00 UTC. Policy 0123456789ab."},
		{"a filter", shop, TableFilter{Group: "a\nb", Role: "x y", Scope: rbac.ScopeOwn, Kind: rbac.KindDeveloper},
			Table{Part: 1, Parts: 1}, `Roles of the merchant shop, group "a\nb", role "x y", scope own. ` +
				"1 July 2026, 12:00 UTC. Policy 0123456789ab."},
		{"the second page", wallet, TableFilter{}, Table{Part: 2, Parts: 3}, "Roles of the native app wallet " +
			"and its merchants, page 2 of 3. 1 July 2026, 12:00 UTC. Policy 0123456789ab."},
	} {
		assert.Equal(t, row.want, PrintedText(row.workspace, row.filter, row.table, at, fingerprint), row.name)
	}
}
