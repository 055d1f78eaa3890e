package view

import (
	"fmt"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Log is the page with the decisions and changes of a workspace.
type Log struct {
	Rows           []LogRow
	Member         string
	Outcome        string
	Outcomes       []string
	Actions        []ActionChoice
	Newest         URL // of the first page; empty on it
	Older          URL // of the page with older entries; empty if there are none
	Kind           string
	WorkspaceField string // encoded, for a hidden field
}

// LogRow is an entry of a log.
type LogRow struct {
	When        string
	Actor       string
	Question    string // what was asked; empty for a change
	Member      string // whom a change is about; empty for the actor or nobody
	Action      string
	Resource    string
	Owner       string // of the resource
	Outcome     string
	Reason      string // as a sentence; empty if it only repeats the outcome
	Detail      string
	Fingerprint string // the beginning of that of the policy that decided
}

// Message is a page that says what happened and what to do.
type Message struct {
	Text   string
	Lines  []string // details
	Advice string
	Href   URL // of the link that follows
	Link   string
	Accept URL // where an invitation is accepted; empty for none
}

// Stale is the page for a form whose roles have been changed since it was opened.
type Stale struct {
	Changes []string // what has changed in the role; empty if something else has
	Both    []string // what the viewer has changed too, and must decide
	Form    RoleForm // with what was typed, merged with what has changed
}

// RolesPage is the page with the table of roles.
type RolesPage struct {
	Table          Table
	Filter         TableFilter
	Groups         []string
	Roles          []Column
	Scopes         []LegendEntry
	Kind           string
	WorkspaceField string // encoded, for a hidden field
	CSV            URL
	New            URL    // of the page for a new role; empty if the viewer can define none
	NoNew          string // why not
	Printed        string // what the table shows, for paper, which has no address and no filter
	Previous       URL
	Next           URL
}

// NewRolesPage arranges the table with what can be chosen.
func NewRolesPage(table Table, all Table, filter TableFilter) RolesPage {
	p := RolesPage{Table: table, Filter: filter, Roles: all.Columns, Scopes: legend()}
	p.Scopes = p.Scopes[:len(p.Scopes)-1]
	for _, group := range all.Groups {
		if group.Name != "" && len(p.Groups) < mostOptions {
			p.Groups = append(p.Groups, shortName(group.Name, longestName))
		}
	}
	p.Roles = slices.Clone(p.Roles[:min(len(p.Roles), mostOptions)])
	for i := range p.Roles {
		p.Roles[i].Name = shortName(p.Roles[i].Name, longestName)
	}
	return p
}

// PrintedText says what a table shows, and when it was so.
func PrintedText(
	workspace rbac.Workspace, filter TableFilter, table Table, at time.Time, fingerprint string,
) string {
	text := "Roles of " + WorkspaceName(workspace)
	if filter.Kind == 0 {
		text += " and its merchants"
	}
	if filter.Group != "" {
		text += ", group " + Text(filter.Group)
	}
	if filter.Role != "" {
		text += ", role " + ID(string(filter.Role))
	}
	if filter.Scope != 0 {
		text += ", scope " + filter.Scope.String()
	}
	if table.Parts > 1 {
		text += fmt.Sprintf(", page %d of %d", table.Part, table.Parts)
	}
	return fmt.Sprintf("%s. %s. Policy %.12s.", text, Instant(at), fingerprint)
}

// TryPage is the page on which a request is tried.
type TryPage struct {
	Kind, WorkspaceField string // for hidden fields
	Member               string
	MiniProgram          string
	Owner                string
	Actions              []ActionChoice
	Members              []string // to suggest
	Programs             []string
	OnlySelf             bool // the viewer may ask about no other member
	Tenant               bool // the viewer may ask about members of the native app
	OfTenant             bool
	Problem              string
	Answer               *Answer
}
