package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// visit is one request: who asks, and what the page is about.
type visit struct {
	console *console
	w       http.ResponseWriter
	r       *http.Request

	viewer    rbac.Member // zero until enter has returned nil
	entered   bool        // the viewer may see the workspace
	workspace rbac.Workspace
	state     WorkspaceState
	policy    *rbac.Policy  // the workspace's
	subject   *rbac.Subject // the viewer
}

// enter loads the viewer and parses the form. It refuses viewers who have no access, before
// they learn anything.
func (v *visit) enter() error {
	viewer, err := v.console.config.Member(v.r)
	var damaged *UnreadableError
	switch {
	case errors.Is(err, ErrNoMember):
		return errNobody
	case errors.As(err, &damaged):
		return v.unreadable(rbac.Workspace{}, damaged)
	case err != nil:
		return unavailable(err)
	}
	v.viewer = viewer
	if len(v.r.URL.RawQuery) > maxQuery {
		return errLongAddress
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxBody)
	if err := v.r.ParseForm(); err != nil {
		return formError(err)
	}
	if err := v.refuseLongFields(); err != nil {
		return err
	}
	if v.r.Method == http.MethodPost && v.r.URL.Path == "/accept" {
		return nil // accept checks that the viewer is invited
	}
	return v.refuseInactive()
}

// isForm reports whether the body has the type of the console's forms. ParseForm reads nothing of
// another type, and the console would answer as if the form was empty.
func isForm(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == "application/x-www-form-urlencoded"
}

// refuseLongFields refuses a form that would make the page large that shows its fields again.
func (v *visit) refuseLongFields() error {
	for name, values := range v.r.PostForm {
		most := maxField
		switch name {
		case "other":
			most = maxPrograms
		case "original_role":
			most = maxBody
		}
		if slices.ContainsFunc(values, func(value string) bool { return len(value) > most }) {
			return malformed(fmt.Sprintf("the field %s has more than %d bytes", view.ID(name), most))
		}
	}
	return nil
}

// refuseInactive returns why the viewer has no access; nil if they have.
func (v *visit) refuseInactive() error {
	policy := v.console.config.Policy()
	decision := policy.Check(v.viewer, rbac.ViewWorkspace, v.viewer.Workspace.Resource())
	switch reason := decision.Reason; {
	case reason == rbac.ReasonNoPolicy:
		return errNoPolicy
	case reason >= rbac.ReasonInvalidMember && reason <= rbac.ReasonSuspended, reason.Hidden():
		return inactive(v.viewer, decision)
	}
	return nil
}

// enterWorkspace loads the workspace that the request names, or the viewer's own. It is
// hidden unless it is the viewer's own, or the viewer may view its details. The platform's policy
// is asked before the store, so that neither time nor an error of the store says what exists: no
// role of the other workspace's own can be the viewer's.
func (v *visit) enterWorkspace() error {
	workspace, ok := v.requested()
	if !ok {
		return errHidden
	}
	other := workspace != v.viewer.Workspace
	if other && !v.console.config.Policy().Can(v.viewer, rbac.ViewDeveloperWorkspace, workspace.Resource()) {
		return errHidden
	}
	state, policy, err := v.load(workspace)
	if err != nil {
		return err
	}
	if other && !policy.Can(v.viewer, rbac.ViewDeveloperWorkspace, workspace.Resource()) {
		return errHidden
	}
	v.workspace, v.state, v.policy, v.entered = workspace, state, policy, true
	v.subject = policy.Bind(v.viewer)
	return nil
}

// load returns a workspace and its policy.
func (v *visit) load(workspace rbac.Workspace) (WorkspaceState, *rbac.Policy, error) {
	state, err := v.console.config.Store.State(v.r.Context(), workspace)
	if errors.Is(err, ErrNotFound) {
		return WorkspaceState{}, nil, errHidden
	}
	var damaged *UnreadableError
	if errors.As(err, &damaged) {
		return WorkspaceState{}, nil, v.unreadable(workspace, damaged)
	}
	if err != nil {
		return WorkspaceState{}, nil, unavailable(err)
	}
	policy, err := v.policyOf(workspace, state)
	return state, policy, err
}

// policyOf returns the policy of a workspace: the platform's with the workspace's own
// roles. If these no longer fit, the workspace has no policy.
func (v *visit) policyOf(workspace rbac.Workspace, state WorkspaceState) (*rbac.Policy, error) {
	policy, err := v.console.config.Policy().With(state.Own)
	if err == nil {
		return policy, nil
	}
	if workspace != v.viewer.Workspace {
		return nil, errHidden
	}
	return nil, ownRolesInvalid(v.console.config.Policy(), err)
}

// requested returns the workspace that the request names: a native app, or a merchant of the
// viewer's.
func (v *visit) requested() (rbac.Workspace, bool) {
	query := v.r.URL.Query()
	if !query.Has("kind") && !query.Has("workspace") {
		return v.viewer.Workspace, true
	}
	id, ok := view.DecodeID(query.Get("workspace"))
	if !ok || id == "" || !view.IsAddressable(id) {
		return rbac.Workspace{}, false
	}
	switch query.Get("kind") {
	case rbac.KindTenant.String():
		return rbac.Tenant(id), true
	case rbac.KindDeveloper.String():
		return rbac.Tenant(v.viewer.Workspace.Tenant).Developer(id), true
	}
	return rbac.Workspace{}, false
}

// asViewer returns the viewer as pages speak of them.
func (v *visit) asViewer() view.Viewer {
	return view.Viewer{Policy: v.policy, Subject: v.subject, Member: v.viewer, Workspace: v.workspace}
}

// why says why the viewer may not do an action to the workspace.
func (v *visit) why(action rbac.Action) string {
	return v.asViewer().Why(v.subject.Check(action, v.workspace.Resource()).Err())
}

// advice says what helps a viewer who may not do an action to the workspace.
func (v *visit) advice(action rbac.Action) string {
	needed := rbac.ScopeWorkspace
	if v.workspace != v.viewer.Workspace {
		needed = rbac.ScopeTenant
	}
	for id := range v.policy.RolesWith(action, needed) {
		role, _ := v.policy.Role(id)
		everybodys := role.Workspace == rbac.Workspace{}
		if role.Kind == v.viewer.Workspace.Kind && (everybodys || role.Workspace == v.viewer.Workspace) {
			return "An admin of your workspace can give you a role that allows it."
		}
	}
	if v.workspace != v.viewer.Workspace {
		return "No role of your workspace allows it here. Ask an admin of " + view.WorkspaceName(v.workspace) + "."
	}
	return "No role of your workspace allows it."
}

// field returns a field of the form, or of the query.
func (v *visit) field(name string) string { return v.r.Form.Get(name) }

// number returns a number of the query, or 0.
func (v *visit) number(name string) int {
	n, err := strconv.Atoi(v.field(name))
	if err != nil {
		return 0
	}
	return n
}

func (v *visit) viewerName() string {
	if v.viewer.ID == "" {
		return ""
	}
	return view.ID(v.viewer.ID)
}

func (v *visit) home() string {
	if v.viewer.ID == "" {
		return ""
	}
	return view.WorkspaceName(v.viewer.Workspace)
}

// tab returns the tab to which the page belongs.
func (v *visit) tab() string {
	switch page := strings.TrimPrefix(v.r.URL.Path, "/"); page {
	case "role":
		return "roles"
	case "member":
		return "members"
	default:
		return page
	}
}

// notices say what has just been done.
func notices() map[string]string {
	all := map[string]string{
		"invite":  "The invitation is stored. It can be accepted within three days.",
		"assign":  "The role is given.",
		"revoke":  "The role is revoked.",
		"replace": "The assignment is changed.",
		"accept":  "You have accepted the invitation.",
		"save":    "The role is saved.",
		"remove":  "The role is removed.",
	}
	for _, step := range view.Steps() {
		all[step.Name] = step.Done
	}
	return all
}

// notice says once what has just been done.
func (v *visit) notice() string {
	cookie, err := v.r.Cookie(doneCookie)
	if err != nil || v.r.Method != http.MethodGet || !v.entered {
		return ""
	}
	http.SetCookie(v.w, &http.Cookie{Name: doneCookie, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return notices()[cookie.Value]
}

// memberAccess returns what the viewer may know of the workspace's members.
func (v *visit) memberAccess() (access view.MemberAccess, ok bool) {
	return view.NewMemberAccess(v.subject, v.workspace)
}

// mayList reports whether the viewer may know everything about the workspace's members.
func (v *visit) mayList() bool {
	access, ok := v.memberAccess()
	return ok && access.CanSeeAll
}

// miniPrograms returns those mini programs of the workspace that the viewer may view.
func (v *visit) miniPrograms() []string {
	if v.mayList() {
		return v.state.MiniPrograms
	}
	filters := []rbac.Filter{v.subject.Filter(rbac.ViewMiniProgram), v.subject.Filter(rbac.ManageMiniProgramMembers)}
	seen := filters[0].Or(filters[1])
	return slices.DeleteFunc(slices.Clone(v.state.MiniPrograms), func(id string) bool {
		return !seen.Match(v.workspace.MiniProgram(id))
	})
}
