package view

import (
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// Sight is what a viewer may know of the members of a workspace: all of it, or only who
// they are and which of the viewer's mini programs are assigned to them.
type Sight struct {
	All    bool
	filter rbac.Filter
	place  rbac.Workspace
}

// NewSight returns what the viewer may know of the members. Who may list members sees all
// of them; who may manage the members of a mini program of their own workspace sees who they
// are.
func NewSight(viewer *rbac.Subject, workspace rbac.Workspace) (sight Sight, ok bool) {
	if viewer.Can(rbac.ListMembers, workspace.Resource()) {
		return Sight{All: true}, true
	}
	filter := viewer.Filter(rbac.ManageMiniProgramMembers)
	atHome := slices.ContainsFunc(filter.Terms(), func(t rbac.Terms) bool { return t.Workspace == workspace })
	return Sight{filter: filter, place: workspace}, atHome
}

// sees reports whether the viewer may know that the mini program is assigned.
func (s Sight) sees(miniProgram string) bool {
	return s.All || s.filter.Match(s.place.MiniProgram(miniProgram))
}

// Problems returns problems of a workspace's members as far as the viewer may know of them.
func (s Sight) Problems(problems []string) []string {
	if s.All || len(problems) == 0 {
		return problems[:min(len(problems), 20)]
	}
	return []string{"Members of the workspace would not be valid any more, and you may not list them."}
}
