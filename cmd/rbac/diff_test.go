package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/people"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChangesOfGuardsWidenOrNarrow(t *testing.T) {
	reviewer, developer := rbac.WorkspaceReviewer, rbac.WorkspaceDeveloper
	none := rbac.Spec{}
	for _, row := range []struct {
		name         string
		weak, strong rbac.Spec
		oneWay       bool // Diff shows a set that has shrunk as one that is gone and one that is new
	}{
		{name: "four eyes", weak: none, strong: rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}},
		{name: "exclusive", weak: none, strong: rbac.Spec{Exclusive: [][]rbac.RoleID{{reviewer, developer}}}},
		{
			name:   "a larger exclusive set",
			weak:   rbac.Spec{Exclusive: [][]rbac.RoleID{{reviewer, developer}}},
			strong: rbac.Spec{Exclusive: [][]rbac.RoleID{{reviewer, developer, rbac.WorkspaceOperator}}},
			oneWay: true,
		},
		{name: "at least", weak: none, strong: rbac.Spec{AtLeast: map[rbac.RoleID]int{rbac.DeveloperAdmin: 2}}},
		{name: "at most", weak: none, strong: rbac.Spec{AtMost: map[rbac.RoleID]int{reviewer: 2}}},
		{
			name:   "fewer at most",
			weak:   rbac.Spec{AtMost: map[rbac.RoleID]int{reviewer: 10}},
			strong: rbac.Spec{AtMost: map[rbac.RoleID]int{reviewer: 9}},
		},
		{
			name:   "administers",
			weak:   rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{reviewer: {developer}}},
			strong: none,
		},
		{
			name:   "administers more",
			weak:   rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{reviewer: {developer, reviewer}}},
			strong: rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{reviewer: {developer}}},
		},
	} {
		weak, err := rbac.Default().With(row.weak)
		require.NoError(t, err)
		strong, err := rbac.Default().With(row.strong)
		require.NoError(t, err)
		narrowing, widening := changesOf(rbac.Diff(weak, strong)), changesOf(rbac.Diff(strong, weak))
		require.NotEmpty(t, narrowing, row.name)
		for i := range narrowing {
			changed := narrowing[i].Revalidate == ""
			assert.False(t, narrowing[i].Gains, "%s: %s", row.name, narrowing[i].Text)
			assert.Equal(t, changed, narrowing[i].Loses, "%s: %s", row.name, narrowing[i].Text)
		}
		for i := range widening {
			assert.True(t, widening[i].Gains || row.oneWay, "%s: %s", row.name, widening[i].Text)
			assert.False(t, widening[i].Loses && !row.oneWay, "%s: %s", row.name, widening[i].Text)
		}
	}
}

func TestMarkdownOfADifferenceFitsIntoAComment(t *testing.T) {
	d := &difference{}
	for i := range 1000 {
		action := rbac.Action(fmt.Sprintf("action.%d_%s", i, strings.Repeat("a", i%50)))
		text := fmt.Sprintf("developer gains %s: workspace on any", action)
		d.Changes = append(d.Changes, change{Change: rbac.Change{Action: action}, Gains: true, Text: text})
		d.People = append(d.People, &people.Person{
			Name: fmt.Sprint("member-", i), Effect: people.Effect{Gains: []rbac.Action{action}},
		})
	}
	long := &people.Person{Name: "dana", Problems: []string{strings.Repeat("a", 100_000)}}
	for name, affected := range map[string][]*people.Person{
		"many people":                  d.People,
		"a row that does not fit":      {long},
		"a row that does not fit last": append(slices.Clone(d.People[:10]), long),
	} {
		c := &call{}
		c.printDifferenceMarkdown(&difference{Changes: d.Changes, People: affected}, true)
		text := c.out.String()
		assert.Less(t, len(text), 65_536, name)
		rows := strings.Count(text, "\n| gains | developer") + strings.Count(text, "\n| member-")
		for _, rest := range regexp.MustCompile(`And (\d+) more`).FindAllStringSubmatch(text, -1) {
			missing, err := strconv.Atoi(rest[1])
			require.NoError(t, err)
			rows += missing
		}
		assert.Equal(t, len(d.Changes)+len(affected), rows, "%s: what is not shown is counted", name)
	}
}
