package view

import (
	"fmt"
	"slices"
	"strings"
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
	When         string // when it does; empty for now
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
	search, later := people.NewSearch(before, after, now, changes), newLaterPeople(before, after, now, changes)
	for _, m := range members {
		search.Add(m)
		later.add(m)
	}
	affected := search.People()
	present := make(map[string]people.Effect)
	for _, person := range affected {
		present[person.Member] = person.Effect
		p.addPerson(before, after, person, "")
	}
	for _, person := range later.search.People() {
		person.Problems = nil // search has found them already
		if !isEffect(person.Effect) || isSameEffect(person.Effect, present[person.Member]) {
			continue
		}
		p.addPerson(before, after, person, later.when[person.Member])
	}
	return p
}

func (p *Preview) addPerson(before, after *rbac.Policy, person *people.Person, when string) {
	if len(p.People) == mostNames {
		p.MorePeople++
		return
	}
	p.People = append(p.People, Person{
		Name: ID(person.Member), When: when, Gains: actionNames(after, person.Gains),
		Loses: actionNames(before, person.Loses), Problems: person.Problems,
	})
}

func isEffect(e people.Effect) bool { return len(e.Gains)+len(e.Loses) > 0 }

func isSameEffect(a, b people.Effect) bool {
	return slices.Equal(a.Gains, b.Gains) && slices.Equal(a.Loses, b.Loses)
}

// mostLoggedChanges is how many changes of a role a log entry names.
const mostLoggedChanges = 6

// ChangeText says in one line what a change of a role changes, for the log: what the role grants, and
// its texts if it was stored before.
func ChangeText(before, after *rbac.Policy, stored, role rbac.Role) string {
	var texts []string
	if stored.ID != "" {
		for _, text := range TextDifferences(stored, role) {
			texts = append(texts, strings.TrimSuffix(text, "."))
		}
	}
	for _, c := range rbac.Diff(before, after) {
		if line := changeLine(before, after, c); line.Name != "" {
			texts = append(texts, fmt.Sprintf("%s “%s” (%s)", line.Word, line.Name, line.Text))
		}
	}
	if more := len(texts) - mostLoggedChanges; more > 0 {
		texts = append(texts[:mostLoggedChanges], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
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
	was, is := grantText(c.Before), grantText(c.After)
	both := c.Before.Scope != 0 && c.After.Scope != 0
	if both && (c.Before.Kind != c.After.Kind || c.Before.Workspace != c.After.Workspace) {
		was, is = was+" in "+homeText(c.Before), is+" in "+homeText(c.After)
	}
	switch {
	case c.Gains() && c.Loses():
		line.Word, line.Text = "changes", "from "+was+" to "+is
	case c.Gains():
		line.Word, line.Class, line.Text = "gains", "gains", is
		if c.Before.Scope != 0 {
			line.Text += ", up from " + was
		}
	default:
		line.Word, line.Class, line.Text = "loses", "loses", was
		if c.After.Scope != 0 {
			line.Text += ", and keeps " + is
		}
	}
	return line
}

// grantText says how far a grant reaches.
func grantText(g rbac.Grant) string {
	text := g.Scope.String() + ", on " + targetText(g.Target)
	if g.FourEyes {
		text += ", with four eyes"
	}
	return text
}

// targetText says what an action is done to.
func targetText(target rbac.Target) string {
	var words []string
	switch target & rbac.OnWorkspace {
	case rbac.OnWorkspace:
		words = append(words, "workspaces")
	case rbac.OnTenant:
		words = append(words, "native apps")
	case rbac.OnDeveloper:
		words = append(words, "merchants")
	}
	if target&rbac.OnMiniProgram != 0 {
		words = append(words, "mini programs")
	}
	return strings.Join(words, " and ")
}

// homeText says where the role of a grant can be held.
func homeText(g rbac.Grant) string {
	switch {
	case g.Workspace != rbac.Workspace{}:
		return WorkspaceName(g.Workspace)
	case g.Kind == rbac.KindTenant:
		return "any native app"
	}
	return "any merchant"
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
	problems := Problems(after, after.ValidateWorkspace(workspace, all))
	if len(problems) == 0 {
		return nil
	}
	known := Problems(after, before.ValidateWorkspace(workspace, all)) // with the same names of roles
	return slices.DeleteFunc(problems, func(text string) bool { return slices.Contains(known, text) })
}
