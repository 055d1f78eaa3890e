package view

import (
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// MemberAccess is what a viewer may know of the members of a workspace: everything, or only
// who they are and which of the viewer's mini programs are assigned to them.
type MemberAccess struct {
	CanSeeAll bool
	filter    rbac.Filter
	workspace rbac.Workspace
}

// NewMemberAccess returns what the viewer may know of the members; false if nothing. A viewer
// who may list members sees all of them. A viewer who may manage the members of a mini
// program of their own workspace sees who they are.
func NewMemberAccess(viewer *rbac.Subject, workspace rbac.Workspace) (access MemberAccess, ok bool) {
	if viewer.Can(rbac.ListMembers, workspace.Resource()) {
		return MemberAccess{CanSeeAll: true}, true
	}
	filter := viewer.Filter(rbac.ManageMiniProgramMembers)
	atHome := slices.ContainsFunc(filter.Terms(), func(t rbac.Terms) bool { return t.Workspace == workspace })
	return MemberAccess{filter: filter, workspace: workspace}, atHome
}

// Sees reports whether the viewer may know that the mini program is assigned.
func (a MemberAccess) Sees(miniProgram string) bool {
	return a.CanSeeAll || a.filter.Match(a.workspace.MiniProgram(miniProgram))
}

// Problems returns problems of a workspace's members as far as the viewer may know of them.
func (a MemberAccess) Problems(problems []string) []string {
	if a.CanSeeAll || len(problems) == 0 {
		return problems[:min(len(problems), 20)]
	}
	return []string{"Some members of the workspace would no longer be valid. You cannot list them."}
}
