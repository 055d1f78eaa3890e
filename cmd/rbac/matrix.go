package main

import (
	"cmp"
	"encoding/csv"
	"slices"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/load"
)

var matrixCommand = &command{
	name:  "matrix",
	usage: "[-base default|none|FILE] [-o text|markdown|csv|json] [FILE]",
	about: "show which role may do what, and what differs from the platform's policy",
	help: `
A star marks a cell, an action or a role that differs from the platform's policy.

  -base   what FILE is added to
  -o      text, markdown, csv or json`,
	example: `
$ rbac matrix -o markdown roles.json > docs/roles.md`,
	run: runMatrix,
}

// matrix is a policy as a table.
type matrix struct {
	Roles   []matrixRole   `json:"roles"`
	Actions []matrixAction `json:"actions"`
}

type matrixRole struct {
	ID        rbac.RoleID        `json:"id"`
	Name      string             `json:"name,omitempty"`
	Kind      rbac.WorkspaceKind `json:"kind"`
	Workspace rbac.Workspace     `json:"workspace,omitzero"`
	New       bool               `json:"new,omitempty"` // the platform's policy has no such role

	permissions, usual rbac.Permissions
}

type matrixAction struct {
	Action   rbac.Action                `json:"action"`
	Label    rbac.Label                 `json:"label"`
	Target   rbac.Target                `json:"target"`
	FourEyes bool                       `json:"four_eyes,omitempty"`
	Changed  bool                       `json:"changed,omitempty"` // not so in the platform's policy
	Cells    map[rbac.RoleID]matrixCell `json:"cells"`
}

type matrixCell struct {
	Scope   rbac.Scope `json:"scope,omitzero"`
	Changed bool       `json:"changed,omitempty"`
	Default rbac.Scope `json:"default,omitzero"` // what the platform's policy says, of a changed cell
}

func runMatrix(c *call) (int, error) {
	base := c.flags.String("base", load.Default, "")
	format := c.flags.String("o", "text", "")
	args, err := c.parse(0, 1)
	if err != nil {
		return unusable, err
	}
	if err := c.oneOf("o", *format, "text", "markdown", "csv", "json"); err != nil {
		return unusable, err
	}
	policy, err := load.Policy(firstOf(args), *base)
	if err != nil {
		return unusable, err
	}
	m := matrixOf(policy, rbac.Default())
	switch *format {
	case "json":
		return yes, c.printJSON(m)
	case "csv":
		return yes, c.printCSV(m.rows())
	case "markdown":
		c.printMarkdown(m.rows())
	default:
		c.printTable(m.rows())
	}
	return yes, nil
}

// firstOf returns the first argument, or nothing.
func firstOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// matrixOf arranges a policy: the platform's roles in their order and then the others,
// actions by group.
func matrixOf(policy, usual *rbac.Policy) *matrix {
	m := &matrix{Roles: matrixRoles(policy, usual), Actions: []matrixAction{}}
	spec := policy.Spec()
	usualTargets := usual.Spec().Actions
	for action, target := range policy.Actions() {
		row := matrixAction{
			Action: action, Label: policy.Label(action), Target: target,
			FourEyes: slices.Contains(spec.FourEyes, action),
			Changed:  usualTargets[action] != target,
			Cells:    make(map[rbac.RoleID]matrixCell, len(m.Roles)),
		}
		for _, role := range m.Roles {
			cell := matrixCell{Scope: role.permissions[action]}
			if before := role.usual[action]; before != cell.Scope {
				cell.Changed, cell.Default = true, before
			}
			row.Cells[role.ID] = cell
		}
		m.Actions = append(m.Actions, row)
	}
	slices.SortStableFunc(m.Actions, func(a, b matrixAction) int {
		ungroupedLast := cmp.Compare(btoi(a.Label.Group == ""), btoi(b.Label.Group == ""))
		return cmp.Or(ungroupedLast, cmp.Compare(a.Label.Group, b.Label.Group))
	})
	return m
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func matrixRoles(policy, usual *rbac.Policy) []matrixRole {
	roles := []matrixRole{}
	seen := make(map[rbac.RoleID]bool)
	add := func(role rbac.Role) {
		before, known := usual.Role(role.ID)
		roles = append(roles, matrixRole{
			ID: role.ID, Name: role.Name, Kind: role.Kind, Workspace: role.Workspace, New: !known,
			permissions: role.Permissions, usual: before.Permissions,
		})
		seen[role.ID] = true
	}
	for _, usual := range rbac.DefaultRoles() {
		if role, defined := policy.Role(usual.ID); defined {
			add(role)
		}
	}
	for role := range policy.Roles() {
		if !seen[role.ID] {
			add(role)
		}
	}
	return roles
}

// rows returns the table as text, with its head.
func (m *matrix) rows() [][]string {
	head := []string{"group", "label", "action", "on"}
	for _, role := range m.Roles {
		head = append(head, starred(string(role.ID), role.New))
	}
	rows := [][]string{head}
	for _, action := range m.Actions {
		on := action.Target.String()
		if action.FourEyes {
			on += ", four eyes"
		}
		row := []string{action.Label.Group, action.Label.Name, starred(string(action.Action), action.Changed), on}
		for _, role := range m.Roles {
			cell := action.Cells[role.ID]
			row = append(row, starred(cell.Scope.String(), cell.Changed))
		}
		rows = append(rows, row)
	}
	return rows
}

func starred(text string, star bool) string {
	if star {
		return text + "*"
	}
	return text
}

// printCSV writes rows for a spreadsheet. A text that a spreadsheet would take for a
// formula gets an apostrophe.
func (c *call) printCSV(rows [][]string) error {
	w := csv.NewWriter(&c.out)
	for _, row := range rows {
		safe := slices.Clone(row)
		for i, cell := range safe {
			if len(cell) > 1 && slices.Contains([]byte("=+-@\t"), cell[0]) {
				safe[i] = "'" + cell
			}
		}
		if err := w.Write(safe); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
