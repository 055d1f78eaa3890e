package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// choose lists the workspaces that the viewer may look at.
func (c *console) choose(v *visit) error {
	own := v.viewer.Workspace
	workspaces := []rbac.Workspace{own}
	if own.Kind == rbac.KindTenant {
		all, err := c.config.Store.Workspaces(v.r.Context(), own.Tenant)
		if err != nil {
			return unavailable(err)
		}
		subject := c.config.Policy().Bind(v.viewer)
		workspaces = append(workspaces, slices.DeleteFunc(all, func(workspace rbac.Workspace) bool {
			return workspace == own || !subject.Can(rbac.ViewDeveloperWorkspace, workspace.Resource())
		})...)
	}
	text := v.field("q")
	workspaces = slices.DeleteFunc(workspaces, func(workspace rbac.Workspace) bool {
		return !strings.Contains(workspace.ID, text)
	})
	return v.render(http.StatusOK, "choose", "Workspaces", view.NewChoices(own, workspaces, text))
}
