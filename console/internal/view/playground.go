package view

import (
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
)

// PlaygroundParts are the parts of pages that the playground renders.
var PlaygroundParts = []string{
	"firsttable", "legend", "answer", "actionchoice", "problems", "rolechoice", "difference",
}

// FirstTable is the beginning of a policy's table: some roles and some actions, so that it
// takes little time and room whatever the policy.
type FirstTable struct {
	Table                  Table
	MoreRoles, MoreActions int
}

// NewFirstTable arranges the beginning of a policy's table.
func NewFirstTable(policy *rbac.Policy) FirstTable {
	d := newDefaults()
	columns := d.columns(policy, rbac.Workspace{})
	shown := columns[:min(len(columns), mostColumns)]
	first := FirstTable{Table: d.table(policy, shown, TableFilter{}).Cut(1), MoreRoles: len(columns) - len(shown)}
	first.MoreActions, first.Table.Left = first.Table.Left, 0
	return first
}

// RoleChoice is roles to choose from.
type RoleChoice struct {
	Roles []Column
	More  int // roles that are not listed
}

// NewRoleChoice returns a policy's roles in the order of the table, for a drop-down.
func NewRoleChoice(policy *rbac.Policy) RoleChoice {
	columns := newDefaults().columns(policy, rbac.Workspace{})
	shown := columns[:min(len(columns), mostOptions)]
	return RoleChoice{shown, len(columns) - len(shown)}
}

// ActionDropDown is actions to choose from.
type ActionDropDown struct {
	Groups []ActionChoice
	More   int // actions that are not listed
}

// NewActionDropDown returns a policy's actions by group, for a drop-down.
func NewActionDropDown(policy *rbac.Policy, selected rbac.Action) ActionDropDown {
	choice := ActionDropDown{Groups: NewActionChoices(policy, selected)}
	for range policy.Actions() {
		choice.More++
	}
	for _, group := range choice.Groups {
		choice.More -= len(group.Options)
	}
	return choice
}

// ProblemLine is a problem of a policy, or a warning, and the line where it is; 0 if it is
// at no line.
type ProblemLine struct {
	Line, Column int
	Warning      bool
	Text         string
}

// NewProblemLines returns problems as a page shows them.
func NewProblemLines(problems load.Problems, warning bool) (lines []ProblemLine) {
	for _, p := range problems[:min(len(problems), mostRows)] {
		lines = append(lines, ProblemLine{p.Line, p.Column, warning, address.OneLine(p.Message())})
	}
	return lines
}
