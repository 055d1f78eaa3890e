package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
	"github.com/miniprogram-platform/rbac/internal/people"
)

var diffCommand = &command{
	name: "diff",
	usage: "[-base default|none|FILE] [-members FILE] [-at TIME] [-fail-on gains|loses|any] " +
		"[-o text|markdown|json|github] OLD NEW",
	about: "show what roles gain and lose, which guards are gone, and which members are affected",
	help: `
OLD and NEW are files, or default for the platform's policy. Names, descriptions and labels
are not compared.

  -base      what the files are added to
  -members   a JSON list of members: show who gains and loses what, and who is not valid any more
  -at        the instant for which members are compared; the default is now
  -fail-on   exit 1 if somebody gains (or a guard is gone or weaker), loses (or a guard is new
             or stronger), or if anything differs, which is the default
  -o         text, markdown (a comment for review), json or github (annotations of a workflow)`,
	example: `
$ rbac diff -members members.json default roles.json
developer gains miniprogram.delete: assigned on miniprogram
alice@wallet/shop gains miniprogram.delete`,
	run: runDiff,
}

// difference is what a new policy changes.
type difference struct {
	Changes    []change           `json:"changes"`
	People     []*people.Person   `json:"people,omitempty"`
	Workspaces []people.Workspace `json:"workspaces,omitempty"`
}

type change struct {
	rbac.Change
	Gains bool   `json:"gains"`
	Loses bool   `json:"loses"`
	Text  string `json:"text"`
}

func runDiff(c *call) (int, error) {
	base := c.flags.String("base", load.Default, "")
	membersFile := c.flags.String("members", "", "")
	at := c.flags.String("at", "", "")
	failOn := c.flags.String("fail-on", "any", "")
	format := c.flags.String("o", "text", "")
	args, err := c.parse(2, 2)
	if err != nil {
		return unusable, err
	}
	if err := c.oneOf("fail-on", *failOn, "gains", "loses", "any"); err != nil {
		return unusable, err
	}
	if err := c.oneOf("o", *format, "text", "markdown", "json", "github"); err != nil {
		return unusable, err
	}
	now, err := c.instant(*at)
	if err != nil {
		return unusable, err
	}
	old, err := load.Policy(args[0], *base)
	if err != nil {
		return unusable, err
	}
	new, err := load.Policy(args[1], *base)
	if err != nil {
		return unusable, err
	}
	found := rbac.Diff(old, new)
	d := &difference{Changes: changesOf(found)}
	if *membersFile != "" {
		search := people.NewSearch(old, new, now, found)
		if err := load.EachMember(*membersFile, search.Add); err != nil {
			return unusable, err
		}
		d.People, d.Workspaces = search.People(), search.Workspaces()
	}
	if err := c.printDifference(d, *format, *membersFile != ""); err != nil {
		return unusable, err
	}
	if d.fails(*failOn) {
		return no, nil
	}
	return yes, nil
}

func changesOf(found []rbac.Change) []change {
	changes := []change{}
	for _, c := range found {
		changes = append(changes, change{c, widens(c), narrows(c), c.String()})
	}
	return changes
}

// widens reports whether somebody may do more after a change, or a workspace may hold
// what it could not.
func widens(c rbac.Change) bool {
	switch c.Guard {
	case "":
		return c.Gains()
	case "administers":
		return namesMore(c.GuardAfter, c.GuardBefore)
	}
	return guardsMore(c.Guard, c.GuardBefore, c.GuardAfter)
}

// narrows is the reverse of widens.
func narrows(c rbac.Change) bool {
	switch c.Guard {
	case "":
		return c.Loses()
	case "administers":
		return namesMore(c.GuardBefore, c.GuardAfter)
	}
	return guardsMore(c.Guard, c.GuardAfter, c.GuardBefore)
}

// guardsMore reports whether a guard that says one thing refuses more than if it said the
// other. An empty text is no guard.
func guardsMore(guard, this, other string) bool {
	if this == "" || other == "" {
		return this != ""
	}
	if guard == "exclusive" {
		return namesMore(this, other)
	}
	a, _ := strconv.Atoi(this)
	b, _ := strconv.Atoi(other)
	if guard == "at_most" {
		return a < b
	}
	return a > b
}

// namesMore reports whether a list of roles has one that another list has not.
func namesMore(list, other string) bool {
	known := strings.Split(other, ", ")
	return list != "" && slices.ContainsFunc(strings.Split(list, ", "), func(name string) bool {
		return !slices.Contains(known, name)
	})
}

func (d *difference) fails(on string) bool {
	switch on {
	case "gains":
		return slices.ContainsFunc(d.Changes, func(c change) bool { return c.Gains })
	case "loses":
		return slices.ContainsFunc(d.Changes, func(c change) bool { return c.Loses })
	}
	return len(d.Changes) > 0
}

const equalText = "no difference in what is decided"

func (c *call) printDifference(d *difference, format string, withPeople bool) error {
	switch format {
	case "json":
		return c.printJSON(d)
	case "markdown":
		c.printDifferenceMarkdown(d, withPeople)
	case "github":
		c.printDifferenceGitHub(d)
	default:
		c.printDifferenceText(d)
	}
	return nil
}

func (c *call) printDifferenceText(d *difference) {
	if len(d.Changes) == 0 {
		c.printf("%s\n", equalText)
	}
	for _, found := range d.Changes {
		c.printf("%s\n", c.paint(found.colour(), found.Text))
	}
	for _, p := range d.People {
		c.printf("%s\n", personText(p))
	}
	for _, w := range d.Workspaces {
		c.printf("%s\n", workspaceText(w))
	}
}

func (c *change) colour() string {
	switch {
	case c.Gains:
		return green
	case c.Loses:
		return red
	}
	return yellow
}

func (c *call) printDifferenceMarkdown(d *difference, withPeople bool) {
	if len(d.Changes) == 0 {
		c.printf("No difference in what is decided.\n")
		return
	}
	c.printf("### What the policy changes\n\n")
	rows := [][]string{{"", "change"}}
	for _, found := range d.Changes {
		rows = append(rows, []string{found.effect(), found.Text})
	}
	c.printBeginning(rows, "changes")
	if !withPeople {
		return
	}
	c.printf("\n### Who notices\n\n")
	if len(d.People)+len(d.Workspaces) == 0 {
		c.printf("None of the members.\n")
		return
	}
	rows = [][]string{{"who", "gains", "loses", "not valid any more"}}
	for _, p := range d.People {
		rows = append(rows, []string{p.Name, joinActions(p.Gains), joinActions(p.Loses), strings.Join(p.Problems, "; ")})
	}
	for _, w := range d.Workspaces {
		rows = append(rows, []string{address.Workspace(w.Workspace), "", "", strings.Join(w.Problems, "; ")})
	}
	c.printBeginning(rows, "members or workspaces")
}

// mostTableBytes is how long a table may be, so that a comment with two of them fits into
// the 65,536 characters that GitHub takes.
const mostTableBytes = 30_000

// printBeginning writes as many rows of a table as may stand in a comment, and says how
// many are missing.
func (c *call) printBeginning(rows [][]string, what string) {
	shown, size := 0, 0
	for _, row := range rows {
		if size += len(markdownRow(row)); size > mostTableBytes {
			break
		}
		shown++
	}
	c.printMarkdown(rows[:shown])
	if shown < len(rows) {
		c.printf("\nAnd %d more %s.\n", len(rows)-shown, what)
	}
}

func (c *change) effect() string {
	switch {
	case c.Gains && c.Loses:
		return "changes"
	case c.Gains:
		return "gains"
	case c.Loses:
		return "loses"
	}
	return "validate"
}

func (c *call) printDifferenceGitHub(d *difference) {
	for _, found := range d.Changes {
		level := "notice"
		if found.Gains {
			level = "warning"
		}
		c.annotation(level, "", 0, 0, "policy: "+found.effect(), found.Text)
	}
	for _, p := range d.People {
		c.annotation("notice", "", 0, 0, "policy: who notices", personText(p))
	}
	for _, w := range d.Workspaces {
		c.annotation("warning", "", 0, 0, "policy: who notices", workspaceText(w))
	}
}

func joinActions(actions []rbac.Action) string {
	texts := make([]string, len(actions))
	for i, action := range actions {
		texts[i] = string(action)
	}
	return strings.Join(texts, ", ")
}

// personText says on one line what changes for a person.
func personText(p *people.Person) string {
	var parts []string
	if len(p.Gains) > 0 {
		parts = append(parts, "gains "+joinActions(p.Gains))
	}
	if len(p.Loses) > 0 {
		parts = append(parts, "loses "+joinActions(p.Loses))
	}
	if len(p.Problems) > 0 {
		parts = append(parts, "is not valid any more: "+strings.Join(p.Problems, "; "))
	}
	return p.Name + " " + strings.Join(parts, ", ")
}

// workspaceText says on one line what is wrong with a workspace.
func workspaceText(w people.Workspace) string {
	return fmt.Sprintf("%s is not valid any more: %s", address.Workspace(w.Workspace), strings.Join(w.Problems, "; "))
}
