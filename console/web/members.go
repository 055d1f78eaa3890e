package web

import (
	"net/http"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// members lists the members of the workspace.
func (c *console) members(v *visit) error { return v.renderMembers(http.StatusOK, nil) }

// renderMembers shows the list, with why an invitation was refused.
func (v *visit) renderMembers(status int, refused []string) error {
	form, err := view.NewInvitationForm(v.policy, v.subject, v.workspace)
	access, sees := v.memberAccess()
	page := view.MemberList{}
	if sees {
		query := v.r.URL.Query()
		filter := view.MemberFilter{Text: query.Get("q"), Status: query.Get("status"), Part: v.number("part")}
		page = view.NewMemberList(v.policy, v.workspace, v.state.Members, access, filter, time.Now())
	} else {
		page.Unlisted = v.why(rbac.ListMembers)
	}
	page.Errors = refused
	if err != nil && !sees {
		return forbidden("You cannot list members", page.Unlisted, v.advice(rbac.ListMembers))
	}
	if err != nil {
		page.NoInvite = v.asViewer().Why(err)
		return v.render(status, "members", "Members", page)
	}
	form.Href = view.Link("members", v.workspace)
	form.AddPrograms(v.miniPrograms())
	if id := v.r.URL.Query().Get("invite"); view.IsTyped(id) {
		form.ID = id
	}
	v.keepTyped(&form, "invite")
	page.Invite = &form
	return v.render(status, "members", "Members", page)
}
