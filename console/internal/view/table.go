package view

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/miniprogram-platform/rbac"
)

// How many columns and rows of a table one page has, so that it is small for every policy.
const (
	mostColumns = 10
	mostRows    = 150
)

// Table is a policy's roles and actions.
type Table struct {
	Columns []Column
	Groups  []Group

	// Where the table is cut: the part that is shown, from 1, and how many there are.
	Part, Parts int
	Left        int // rows that are not shown
}

// Column is a role.
type Column struct {
	ID   rbac.RoleID
	Name string
	Kind string
	Own  bool // it is the workspace's own
	Edit URL  // of the page to change it; empty if it is not the workspace's own

	permissions rbac.Permissions
}

// Group is the rows of one group of actions.
type Group struct {
	Name string
	Rows []Row
}

// Row is an action.
type Row struct {
	Action   rbac.Action
	Name     string
	Target   string // what it is done to, in words
	target   rbac.Target
	FourEyes bool
	Cells    []Cell
}

// Cell is how far a role's grant reaches, and where that comes from.
type Cell struct {
	Scope  rbac.Scope
	Source string
}

// TableFilter selects columns and rows. The zero filter selects all.
type TableFilter struct {
	Group string // as NewRolesPage offers it
	Role  rbac.RoleID
	Scope rbac.Scope
	Kind  rbac.WorkspaceKind // roles that are held there
}

// NewTable arranges a policy: the platform's default roles in their order, then others,
// then the workspace's own. Roles of other workspaces' own are left out. A zero workspace
// is none: every role is shown.
func NewTable(policy *rbac.Policy, workspace rbac.Workspace, filter TableFilter) Table {
	d := newDefaults()
	columns := slices.DeleteFunc(d.columns(policy, workspace), func(c Column) bool {
		return filter.Role != "" && c.ID != filter.Role || filter.Kind != 0 && c.Kind != filter.Kind.String()
	})
	if filter.Role != "" && len(columns) == 0 {
		return Table{Part: 1, Parts: 1} // rows without a cell would say nothing
	}
	return d.table(policy, columns, filter)
}

// table fills in the rows under columns.
func (d *defaults) table(policy *rbac.Policy, columns []Column, filter TableFilter) Table {
	t := Table{Columns: columns, Part: 1, Parts: 1}
	fourEyes := policy.Spec().FourEyes
	for _, group := range groupsOf(policy, d) {
		if filter.Group != "" && shortName(group.name, longestName) != filter.Group {
			continue
		}
		rows := make([]Row, 0, len(group.actions))
		for _, a := range group.actions {
			row := Row{Action: a.name, Name: ActionName(policy, a.name), Target: targetText(a.target), target: a.target}
			_, row.FourEyes = slices.BinarySearch(fourEyes, a.name)
			for _, column := range t.Columns {
				scope := column.permissions[a.name]
				row.Cells = append(row.Cells, Cell{scope, d.source(column.ID, a.name, scope)})
			}
			if filter.Scope == 0 || row.has(filter.Scope) {
				rows = append(rows, row)
			}
		}
		if len(rows) > 0 {
			t.Groups = append(t.Groups, Group{group.name, rows})
		}
	}
	return t
}

func (r Row) has(scope rbac.Scope) bool {
	return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Scope&scope != 0 })
}

func (d *defaults) columns(policy *rbac.Policy, workspace rbac.Workspace) (columns []Column) {
	for role := range policy.Roles() {
		if role.Workspace != (rbac.Workspace{}) && workspace != (rbac.Workspace{}) && role.Workspace != workspace {
			continue
		}
		c := Column{
			ID: role.ID, Name: wholeRoleName(policy, role.ID), Kind: role.Kind.String(),
			Own: role.Workspace != rbac.Workspace{}, permissions: role.Permissions,
		}
		if c.Own && workspace != (rbac.Workspace{}) {
			c.Edit = Link("role", workspace, "role", string(role.ID))
		}
		columns = append(columns, c)
	}
	position := func(c Column) int {
		i := slices.IndexFunc(d.roles, func(role rbac.Role) bool { return role.ID == c.ID })
		switch {
		case c.Own:
			return len(d.roles) + 1
		case i < 0:
			return len(d.roles)
		}
		return i
	}
	slices.SortStableFunc(columns, func(a, b Column) int { return cmp.Compare(position(a), position(b)) })
	return columns
}

// actionGroup is the actions of a group, in the order in which a page lists them.
type actionGroup struct {
	name    string
	actions []declared
}

type declared struct {
	name   rbac.Action
	target rbac.Target
}

// groupsOf arranges a policy's actions by group: the platform's groups in their order, then
// others by name, then actions without a group.
func groupsOf(policy *rbac.Policy, d *defaults) (groups []actionGroup) {
	position := make(map[rbac.Action]int, len(d.actions))
	for i, action := range d.actions {
		position[action] = i - len(d.actions)
	}
	byName := make(map[string]int)
	for action, target := range policy.Actions() {
		name := policy.Label(action).Group
		i, known := byName[name]
		if !known {
			i = len(groups)
			byName[name] = i
			groups = append(groups, actionGroup{name: name})
		}
		groups[i].actions = append(groups[i].actions, declared{action, target})
	}
	for _, group := range groups {
		slices.SortStableFunc(group.actions, func(a, b declared) int {
			return cmp.Compare(position[a.name], position[b.name])
		})
	}
	slices.SortStableFunc(groups, func(a, b actionGroup) int {
		return cmp.Or(
			cmp.Compare(position[a.actions[0].name], position[b.actions[0].name]),
			-cmp.Compare(min(len(a.name), 1), min(len(b.name), 1)),
			strings.Compare(a.name, b.name),
		)
	})
	return groups
}

// Cut returns one part of the table, from 1: some columns, and the first rows.
func (t Table) Cut(part int) Table {
	t.Parts = max(1, (len(t.Columns)+mostColumns-1)/mostColumns)
	t.Part = min(max(part, 1), t.Parts)
	from, to := (t.Part-1)*mostColumns, min(t.Part*mostColumns, len(t.Columns))
	t.Columns = t.Columns[from:to]
	groups, shown := t.Groups, 0
	t.Groups = nil
	for _, group := range groups {
		kept := group.Rows[:min(len(group.Rows), mostRows-shown)]
		shown += len(kept)
		t.Left += len(group.Rows) - len(kept)
		if len(kept) == 0 {
			continue
		}
		rows := slices.Clone(kept)
		for i := range rows {
			rows[i].Cells = rows[i].Cells[from:to]
		}
		t.Groups = append(t.Groups, Group{group.Name, rows})
	}
	return t
}

// WriteCSV writes the table for a spreadsheet.
func (t Table) WriteCSV(w io.Writer) error {
	header := []string{"group", "operation", "action", "on", "four eyes"}
	for _, c := range t.Columns {
		header = append(header, c.Name, "source of "+c.Name)
	}
	if err := writeCSVLine(w, header); err != nil {
		return err
	}
	for _, group := range t.Groups {
		for _, row := range group.Rows {
			fourEyes := "no"
			if row.FourEyes {
				fourEyes = "yes"
			}
			record := []string{group.Name, row.Name, string(row.Action), row.target.String(), fourEyes}
			for _, cell := range row.Cells {
				record = append(record, chipOf(cell.Scope).Word, cell.Source)
			}
			if err := writeCSVLine(w, record); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeCSVLine quotes every cell, which encoding/csv does not: where ; separates cells, a ; in a
// cell without quotes begins another.
func writeCSVLine(w io.Writer, cells []string) error {
	quoted := make([]string, len(cells))
	for i, cell := range cells {
		quoted[i] = `"` + strings.ReplaceAll(plainCell(cell), `"`, `""`) + `"`
	}
	_, err := io.WriteString(w, strings.Join(quoted, ",")+"\n")
	return err
}

// plainCell returns a text of which no spreadsheet takes a part for a formula: neither its
// beginning, nor what follows a sign that may separate cells, nor either after spaces.
func plainCell(text string) string {
	var plain strings.Builder
	begins := true
	for _, r := range text {
		if begins && strings.ContainsRune("=+-@＝＋－＠", r) {
			plain.WriteByte('\'')
		}
		begins = strings.ContainsRune(";\t\r\n", r) || begins && unicode.IsSpace(r)
		plain.WriteRune(r)
	}
	return plain.String()
}
