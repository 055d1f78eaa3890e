package main

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
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
