package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// failure is a page that says what happened and what to do.
type failure struct {
	status int
	title  string
	body   view.Message
	cause  error // for the log of the server; nil if it is the viewer's own
}

func (f *failure) Error() string { return f.title }

// errHidden is the same page for what does not exist and for what the viewer may not see.
var errHidden error = &failure{status: http.StatusNotFound, title: "There is nothing here",
	body: view.Message{
		Text:   "The page does not exist, or you cannot see it.",
		Advice: "Choose a workspace. If you followed a link, ask who sent it.",
		Href:   "./", Link: "Choose a workspace",
	}}

var errNobody error = &failure{status: http.StatusUnauthorized, title: "Nobody is signed in",
	body: view.Message{Text: "Only members can use this console.", Advice: "Sign in, and open the page again."}}

var errForged error = &failure{status: http.StatusForbidden, title: "The form came from another site",
	body: view.Message{
		Text:   "Nothing was stored: this form was sent from another site.",
		Advice: "If you meant it, open the page here and do it again.",
		Href:   "./", Link: "Choose a workspace",
	}}

var errNoPolicy error = &failure{status: http.StatusServiceUnavailable, title: "There is no policy",
	body: view.Message{
		Text:   "The platform has no policy now, so nobody has access.",
		Advice: "Contact the people who run the platform.",
	},
	cause: errors.New("web: Config.Policy returned no policy")}

// unavailable is the page for a store that fails while the console reads.
func unavailable(cause error) error {
	return &failure{status: http.StatusServiceUnavailable, title: "The database does not answer",
		body: view.Message{
			Text:   "The console cannot read what it needs. Nothing was changed.",
			Advice: "Try again in a minute. If this continues, contact the people who run the platform.",
		}, cause: cause}
}

// storeOutcomeUnknown is the page for a store that fails while it stores a change.
func storeOutcomeUnknown(cause error) error {
	return &failure{status: http.StatusServiceUnavailable, title: "The database does not answer",
		body: view.Message{
			Text: "The console does not know whether the change was stored. It was stored as a whole, or not at all.",
			Advice: "Open the page again in a minute, and check before you repeat the change. " +
				"If this continues, contact the people who run the platform.",
			Href: "./", Link: "Choose a workspace",
		}, cause: cause}
}

// unreadable is the page for a workspace with a stored record that cannot be read. A viewer who may
// list its members learns which.
func (v *visit) unreadable(workspace rbac.Workspace, cause *UnreadableError) error {
	f := &failure{status: http.StatusServiceUnavailable, title: "What is stored cannot be read",
		body: view.Message{
			Text: "Something that is stored of this workspace is damaged. Nothing was changed.",
			Advice: "Contact the people who run the platform. " +
				"The console cannot show the workspace until the record is repaired.",
		}, cause: cause}
	if v.console.config.Policy().Can(v.viewer, rbac.ListMembers, workspace.Resource()) {
		f.body.Lines = []string{view.Text(cause.Error())}
	}
	return f
}

// ownRolesInvalid is the page of a workspace whose own roles do not fit the platform's policy.
func ownRolesInvalid(platform *rbac.Policy, problem error) error {
	lines := view.Problems(platform, problem)
	return &failure{status: http.StatusServiceUnavailable, title: "The workspace has no policy",
		body: view.Message{
			Text:   "The workspace's own roles no longer fit the platform's policy, so nobody has access here.",
			Lines:  lines[:min(len(lines), 20)],
			Advice: "Send these lines to the people who run the platform. The stored roles are not changed.",
		}, cause: fmt.Errorf("web: own roles do not fit the policy: %w", problem)}
}

var errLongAddress error = &failure{status: http.StatusRequestURITooLong, title: "The address is too long",
	body: view.Message{
		Text:   "The console cannot read such a long address.",
		Advice: "Open the page from a link of the console, and choose less at once.",
		Href:   "./", Link: "Choose a workspace",
	}}

func formError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &failure{status: http.StatusRequestEntityTooLarge, title: "The form is too large", body: view.Message{
			Text:   fmt.Sprintf("Nothing was stored: a form can have at most %d bytes.", tooLarge.Limit),
			Advice: "Go back, and send less at once.",
		}}
	}
	return malformed("the form is damaged")
}

// malformed is the page for a form that the console's own pages do not send.
func malformed(what string) error {
	return &failure{status: http.StatusBadRequest, title: "The form cannot be read", body: view.Message{
		Text:   "Nothing was stored: " + what + ".",
		Advice: "Open the page again, and fill it in there.",
		Href:   "./", Link: "Choose a workspace",
	}}
}

// forbidden is the page for an action that the viewer may not do, where they may see its target.
func forbidden(title, text, advice string) error {
	return &failure{status: http.StatusForbidden, title: title, body: view.Message{Text: text, Advice: advice}}
}

// inactive is the page for a viewer who has no access.
func inactive(viewer rbac.Member, decision rbac.Decision) error {
	f := &failure{status: http.StatusForbidden, title: "You have no access at the moment"}
	f.body.Text = "Your membership record is not valid."
	f.body.Advice = "Ask an admin of the workspace."
	switch decision.Reason {
	case rbac.ReasonInvited:
		f.title, f.body = "You are invited", invited(viewer)
	case rbac.ReasonBlocked:
		f.body.Text = "You are blocked in this workspace. Your roles are kept."
		f.body.Advice = "Ask an admin of the workspace to unblock you."
	case rbac.ReasonWithdrawn:
		f.body.Text = "Your invitation was withdrawn."
	case rbac.ReasonDeleted:
		f.body.Text = "You have left this workspace."
		f.body.Advice = "To return you need a new invitation."
	case rbac.ReasonSuspended:
		f.body.Text = "The workspace is suspended: its members have no access until that is lifted."
		f.body.Advice = "Ask the native app that it belongs to."
	}
	return f
}

// invited says until when the viewer can accept the invitation, or why that is not possible.
func invited(viewer rbac.Member) view.Message {
	until := viewer.InvitedAt.Add(rbac.InvitationValidity)
	switch {
	case viewer.Suspended:
		return view.Message{
			Text:   "The workspace is suspended, so invitations cannot be accepted.",
			Advice: "Ask the native app that it belongs to.",
		}
	case !time.Now().Before(until):
		return view.Message{Text: "Your invitation has expired.", Advice: "Ask an admin of the workspace to renew it."}
	}
	return view.Message{
		Text:   fmt.Sprintf("You are invited to %s, until %s.", view.WorkspaceName(viewer.Workspace), view.Instant(until)),
		Accept: "accept",
	}
}

// fail shows the page of an error.
func (v *visit) fail(err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{status: http.StatusInternalServerError, title: "Something went wrong in the console",
			body: view.Message{
				Text:   "The console cannot show this page.",
				Advice: "Contact the people who run the platform, and tell them what you did.",
			}, cause: err}
	}
	if f.cause != nil {
		v.console.config.Log.ErrorContext(v.r.Context(), f.title, "error", f.cause, "path", v.r.URL.Path)
	}
	v.entered = false // the page must not tell of the workspace
	body := f.body
	if body.Href != "" {
		body.Href = root(v.r) + body.Href
	}
	if body.Accept != "" {
		body.Accept = root(v.r) + body.Accept
	}
	if err := v.render(f.status, "message", f.title, body); err != nil {
		v.console.config.Log.ErrorContext(v.r.Context(), "cannot render the error page", "error", err)
		http.Error(v.w, f.title, http.StatusInternalServerError)
	}
}
