package view

import (
	_ "embed" // for the evidence
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// evidence has a line for each action of the default policy, in the order of the
// platform's tables: the action, and the source of each default role's cell as a letter.
// A test compares it with testdata/matrix.csv.
//
//go:embed evidence.csv
var evidence string

// source is where a cell of the default table comes from: as a letter, in few words for each cell,
// and in a sentence for the legend.
type source struct{ Letter, Short, Meaning string }

// sources returns the legend of the letters.
func sources() []source {
	return []source{
		{"S", "stated by the platform", "the platform's pages on its seven roles state it"},
		{"E", "stated in another edition", "another edition of the same platform states it"},
		{"I", "inferred", "inferred from what these pages state"},
		{"D", "decided by this project", "decided by this project"},
		{"∗", "not the default", "not as in the default table"},
	}
}

// sourceTitle returns in few words what a letter says of a cell.
func sourceTitle(letter string) string {
	for _, s := range sources() {
		if s.Letter == letter {
			return s.Short
		}
	}
	return ""
}

// defaults is the default table: what a cell says, where that comes from, and in which
// order the platform has roles and actions.
type defaults struct {
	roles   []rbac.Role
	letters map[rbac.Action]string
	actions []rbac.Action
}

func newDefaults() *defaults {
	d := &defaults{roles: rbac.DefaultRoles(), letters: make(map[rbac.Action]string)}
	for line := range strings.Lines(evidence) {
		action, letters, _ := strings.Cut(strings.TrimSpace(line), ",")
		d.letters[rbac.Action(action)] = letters
		d.actions = append(d.actions, rbac.Action(action))
	}
	return d
}

// source returns the letter of a default cell, a star if the policy has another scope there,
// and nothing for the host's own roles and actions.
func (d *defaults) source(role rbac.RoleID, action rbac.Action, scope rbac.Scope) string {
	for i := range d.roles {
		if d.roles[i].ID != role || i >= len(d.letters[action]) {
			continue
		}
		if d.roles[i].Permissions[action] != scope {
			return "∗"
		}
		return d.letters[action][i : i+1]
	}
	return ""
}
