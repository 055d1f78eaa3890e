package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// whyNotDefine says why the viewer can define no role of the workspace; nothing if roles can
// be defined.
func (v *visit) whyNotDefine() string {
	if v.workspace != v.viewer.Workspace {
		return "Only members of this workspace can define its roles."
	}
	if !v.subject.Can(rbac.DefineRole, v.workspace.Resource()) {
		return v.why(rbac.DefineRole)
	}
	return ""
}

// role shows the form of a role of the workspace's own, or of a new one.
func (c *console) role(v *visit) error {
	stored, err := v.requestedRole()
	if err != nil {
		return err
	}
	role := stored
	if role.ID == "" {
		role = rbac.Role{Kind: v.workspace.Kind}
	}
	form, err := v.roleForm(stored, role)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "role", form.Title(), form)
}

// requestedRole returns the role that the address names, or the zero Role if it names none.
// If the viewer can define no role, the error says why.
func (v *visit) requestedRole() (rbac.Role, error) {
	if why := v.whyNotDefine(); why != "" {
		advice := v.advice(rbac.DefineRole)
		if v.workspace != v.viewer.Workspace {
			advice = ""
		}
		return rbac.Role{}, forbidden("You cannot define roles here", why, advice)
	}
	id := rbac.RoleID(v.r.URL.Query().Get("role"))
	if id == "" {
		return rbac.Role{}, nil
	}
	role, found := ownRole(v.policy, v.workspace, id)
	if !found {
		return rbac.Role{}, errHidden
	}
	return role, nil
}

// roleForm returns the form for a role as the form says, based on what is stored now.
func (v *visit) roleForm(stored, role rbac.Role) (view.RoleForm, error) {
	form := view.NewRoleForm(v.asViewer(), stored, role, v.r.URL.Query().Get("group"))
	form.Href, form.Back = view.Link("role", v.workspace), view.Link("roles", v.workspace)
	if stored.ID != "" {
		form.Href = view.Link("role", v.workspace, "role", string(stored.ID))
		document, err := json.Marshal(stored)
		if err != nil {
			return form, err
		}
		form.OriginalRole = string(document)
	}
	if form.HoldersHidden = !v.mayList(); !form.HoldersHidden {
		form.AddHolders(v.state.Members)
	}
	var err error
	form.BaseVersion, err = version(v.policy)
	return form, err
}

// changeRole previews, saves or removes a role.
func (c *console) changeRole(v *visit) error {
	do := v.r.PostForm.Get("do")
	if do == "save" || do == "remove" {
		if err := v.recordForbiddenEdit(do); err != nil {
			return err
		}
	}
	if do == "remove" {
		return v.removeRole()
	}
	stored, err := v.requestedRole()
	if was, ok := v.originalRole(); errors.Is(err, errHidden) && ok {
		return v.renderStale(was.ID)
	}
	if err != nil {
		return err
	}
	role, problems := v.typedRole(stored)
	switch do {
	case "fragment":
		return v.renderFragment(v.previewMerged(stored, role, problems))
	case "preview":
		form, err := v.roleForm(stored, role)
		if err != nil {
			return err
		}
		// The version stays that of the page: a change that is seen only in a preview is
		// still one that the editor was not shown.
		v.keepVersion(&form)
		preview := v.previewMerged(stored, role, problems)
		form.Preview = &preview
		return v.render(http.StatusOK, "role", form.Title(), form)
	case "save":
		return v.saveRole()
	}
	return malformed("the form names no known button")
}

// recordForbiddenEdit logs the edit of a viewer who may not define roles of the workspace.
func (v *visit) recordForbiddenEdit(do string) error {
	if v.whyNotDefine() == "" {
		return nil
	}
	id := rbac.RoleID(v.r.PostForm.Get("role"))
	decision := v.subject.Check(rbac.DefineRole, v.workspace.Resource())
	entry := v.entry(LogEntry{
		Action: rbac.DefineRole, Detail: do + " the role " + view.ID(string(id)), Outcome: Refused,
		Reason: decision.Reason.String(),
	})
	if decision.Allowed { // a role grants it here, but only members define roles
		entry.Reason = rbac.ReasonOtherWorkspace.String()
	}
	if err := v.console.config.Store.Record(v.r.Context(), entry); err != nil {
		return unavailable(err)
	}
	return nil
}

// originalRole returns the role as it was when the form was made, by what the form says. It only
// serves to show the viewer what has changed, and to fill in the form again.
func (v *visit) originalRole() (role rbac.Role, ok bool) {
	err := role.UnmarshalJSON([]byte(v.r.PostForm.Get("original_role")))
	return role, err == nil && string(role.ID) == v.r.PostForm.Get("role")
}

// keepVersion keeps in the form what the sent one was based on.
func (v *visit) keepVersion(form *view.RoleForm) {
	form.BaseVersion, form.OriginalRole = v.r.PostForm.Get("base_version"), ""
	if _, ok := v.originalRole(); ok {
		form.OriginalRole = v.r.PostForm.Get("original_role")
	}
}

// typedRole returns the stored role with what the form says. Actions that the form does not
// have stay as they are.
func (v *visit) typedRole(stored rbac.Role) (role rbac.Role, problems []string) {
	form := v.r.PostForm
	role = stored
	if stored.ID == "" {
		role = rbac.Role{ID: rbac.RoleID(form.Get("role")), Kind: v.workspace.Kind}
	}
	role.Name = form.Get("name")
	role.Description = strings.ReplaceAll(form.Get("description"), "\r\n", " ")
	permissions := role.Permissions.Union(nil) // a copy
	for name := range form {
		action, ok := strings.CutPrefix(name, "p.")
		if !ok {
			continue
		}
		var scope rbac.Scope
		if word := form.Get(name); word == "no" {
			delete(permissions, rbac.Action(action))
		} else if err := scope.UnmarshalText([]byte(word)); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %s", view.ID(action), view.Problems(v.policy, err)[0]))
		} else {
			permissions[rbac.Action(action)] = scope
		}
	}
	role.Permissions = permissions
	slices.Sort(problems)
	return role, problems[:min(len(problems), 20)]
}

// previewMerged returns what saving the role would change. If the roles have changed since the
// form was made, it is what saving the merged role would change.
func (v *visit) previewMerged(stored, role rbac.Role, problems []string) view.Preview {
	based, err := version(v.policy)
	was, ok := v.originalRole()
	if err != nil || !ok || based == v.r.PostForm.Get("base_version") {
		return v.preview(stored, role, problems)
	}
	merged, _ := view.MergeRole(v.policy, was, stored, role)
	preview := v.preview(stored, merged, problems)
	preview.Texts = append(preview.Texts,
		"The roles have changed since you opened the page. Before anything is stored, Save shows you what has changed.")
	return preview
}

// preview returns what saving the role would change.
func (v *visit) preview(stored, role rbac.Role, problems []string) view.Preview {
	if problems != nil {
		return view.Preview{Errors: problems}
	}
	policy, err := define(v.asViewer(), stored, role)
	var refused *refusal
	if errors.As(err, &refused) {
		return view.Preview{Errors: refused.lines}
	}
	access, _ := v.memberAccess()
	members := v.state.Members
	if !access.CanSeeAll {
		members = nil
	}
	p := view.NewPreview(v.policy, policy, members, time.Now())
	p.Hidden = !access.CanSeeAll
	p.Problems = access.Problems(view.NewProblems(v.policy, policy, v.workspace, v.state.Members))
	if stored.ID != "" {
		p.Texts = view.TextDifferences(stored, role)
	} else {
		p.Texts = []string{"The role is new."}
	}
	return p
}

// renderFragment writes a preview alone, for the script.
func (v *visit) renderFragment(preview view.Preview) error {
	var out bytes.Buffer
	if err := v.console.templates.Part(&out, "preview", preview); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("X-Fragment", "preview")
	_, _ = out.WriteTo(v.w)
	return nil
}

// answerEdit answers an edit: with the roles, or with the form and why it was refused.
func (v *visit) answerEdit(err error, role rbac.Role, done string) error {
	var refused *refusal
	switch {
	case err == nil:
		return v.redirectDone(done, "roles")
	case errors.Is(err, errStale):
		return v.renderStale(role.ID)
	case !errors.As(err, &refused):
		return err
	}
	stored, _ := ownRole(v.policy, v.workspace, rbac.RoleID(v.r.URL.Query().Get("role")))
	form, err := v.roleForm(stored, role)
	if err != nil {
		return err
	}
	v.keepVersion(&form)
	form.Errors = refused.lines
	return v.render(refused.status, "role", form.Title(), form)
}

// renderStale shows what has changed since the form was opened, and merges it with what was typed.
func (v *visit) renderStale(id rbac.RoleID) error {
	if err := v.enterWorkspace(); err != nil {
		return err
	}
	stored, found := ownRole(v.policy, v.workspace, id)
	was, known := v.originalRole()
	page := view.Stale{}
	var typed rbac.Role
	switch {
	case found && known:
		typed, _ = v.typedRole(stored)
		page.Changes = view.RoleDifferences(v.policy, was, stored)
		typed, page.Both = view.MergeRole(v.policy, was, stored, typed)
	case found:
		typed, _ = v.typedRole(stored)
		page.Changes = []string{"Somebody has created a role with this ID. If you save yours, it replaces that one."}
	case !known: // the role is new
		typed, _ = v.typedRole(rbac.Role{})
	default:
		typed, _ = v.typedRole(was)
		page.Changes = []string{"The role was removed. If you save it, it is a new role."}
	}
	form, err := v.roleForm(stored, typed)
	if err != nil {
		return err
	}
	preview := v.preview(stored, typed, nil)
	form.Preview = &preview
	page.Form = form
	return v.render(http.StatusConflict, reasonStale, "The roles have changed", page)
}
