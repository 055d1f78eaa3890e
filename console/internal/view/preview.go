package view

import (
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/people"
)

// Preview is what a new policy changes, and for whom.
type Preview struct {
	Errors      []string // why there is no new policy
	Changes     []Change
	MoreChanges int // changes that are not shown
	People      []Person
	MorePeople  int      // people that are not shown
	Problems    []string // why the members could not be stored under the new policy
	Hidden      bool     // the viewer may not see members
	Texts       []string // changes of the name and the description, which decide nothing
}

// Change is a line of a difference.
type Change struct {
	Word  string // "gains", "loses", "changes" or "check"
	Role  string
	Name  string // of the action; empty for a change that is about none
	Text  string
	Class string
}

// Person is a member for whom something changes.
type Person struct {
	Name         string
	Gains, Loses []string
	Problems     []string
}

// NewPreview compares two policies for a workspace's members, as of an instant.
func NewPreview(before, after *rbac.Policy, members []rbac.Member, now time.Time) Preview {
	changes := rbac.Diff(before, after)
	p := Preview{MoreChanges: max(0, len(changes)-mostRows)}
	for _, c := range changes[:min(len(changes), mostRows)] {
		p.Changes = append(p.Changes, changeLine(before, after, c))
	}
	search := people.NewSearch(before, after, now, changes)
	for _, m := range members {
		search.Add(m)
	}
	affected := search.People()
	p.MorePeople = max(0, len(affected)-mostNames)
	for _, person := range affected[:min(len(affected), mostNames)] {
		p.People = append(p.People, Person{
			Name:     ID(person.Member),
			Gains:    actionNames(after, person.Gains),
			Loses:    actionNames(before, person.Loses),
			Problems: person.Problems,
		})
	}
	return p
}

func changeLine(before, after *rbac.Policy, c rbac.Change) Change {
	line := Change{Role: string(c.Role), Text: c.String(), Word: "check", Class: "check"}
	if c.Action == "" || c.Guard != "" {
		return line
	}
	line.Name = ActionName(after, c.Action)
	if line.Name == string(c.Action) {
		line.Name = ActionName(before, c.Action)
	}
	switch {
	case c.Gains() && c.Loses():
		line.Word, line.Class, line.Text = "changes", "check", "from "+c.Before.String()+" to "+c.After.String()
	case c.Gains():
		line.Word, line.Class, line.Text = "gains", "gains", widened(c.Before, c.After)
	default:
		line.Word, line.Class, line.Text = "loses", "loses", widened(c.After, c.Before)
		if c.After.Scope != 0 {
			line.Text = c.Before.String() + ", and keeps " + c.After.String()
		}
	}
	return line
}

// widened describes a grant, and the smaller one that it replaces.
func widened(from, to rbac.Grant) string {
	if from.Scope == 0 {
		return to.String()
	}
	return to.String() + ", up from " + from.String()
}

func actionNames(policy *rbac.Policy, actions []rbac.Action) (names []string) {
	for _, action := range actions[:min(len(actions), mostNames)] {
		names = append(names, ActionName(policy, action))
	}
	if more := len(actions) - mostNames; more > 0 {
		names = append(names, "and more")
	}
	return names
}

// NewProblems returns what is wrong with a workspace's members under the new policy, and
// was not under the old one.
func NewProblems(before, after *rbac.Policy, workspace rbac.Workspace, members []rbac.Member) []string {
	all := slices.Values(members)
	problems := Problems(after.ValidateWorkspace(workspace, all))
	if len(problems) == 0 {
		return nil
	}
	known := Problems(before.ValidateWorkspace(workspace, all))
	return slices.DeleteFunc(problems, func(text string) bool { return slices.Contains(known, text) })
}
