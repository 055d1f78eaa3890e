package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// try answers a request that the viewer makes up: whether a member may do an action.
func (c *console) try(v *visit) error {
	q, err := v.readQuestion()
	if err != nil {
		return err
	}
	page := q.page()
	if q.action == "" || !v.isAsked() {
		return v.render(http.StatusOK, "try", "Try a request", page)
	}
	if page.Problem = q.problem(); page.Problem == "" {
		member, _ := view.Find(q.candidates, q.member)
		resource := v.workspace.MiniProgram(page.MiniProgram).OwnedBy(page.Owner)
		answer := view.NewAnswer(v.policy, member, q.action, resource)
		if !q.onlySelf() {
			answer.Who = view.NewWho(v.policy, q.action, resource, slices.Values(q.listed))
		}
		page.Answer = &answer
		if err := v.recordDecision(member, q.action, resource); err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "try", "Try a request", page)
}

// isAsked reports whether the viewer asks. A HEAD request and one from another site get no
// answer, so that they do not fill the log.
func (v *visit) isAsked() bool {
	site := v.r.Header.Get("Sec-Fetch-Site")
	return v.r.Method == http.MethodGet && (site == "" || site == "none" || site == "same-origin")
}

// question is what the viewer asks about.
//
// A viewer who may not list members can ask only about themselves: the answer names the
// member's roles and mini programs.
type question struct {
	*visit
	tenant     []rbac.Member // what tenantMembers returns
	ofTenant   bool          // it is about one of these
	listed     []rbac.Member // all members that the viewer may list
	candidates []rbac.Member // whom it may be about
	member     string
	action     rbac.Action
}

// readQuestion reads the question of the request.
func (v *visit) readQuestion() (*question, error) {
	tenant, err := v.tenantMembers()
	if err != nil {
		return nil, err
	}
	q := &question{visit: v, tenant: tenant, member: v.field("member"), action: rbac.Action(v.field("action"))}
	q.ofTenant = tenant != nil && (v.field("of") == "tenant" || !v.r.Form.Has("member"))
	q.listed, q.candidates = slices.Clone(tenant), tenant
	if v.mayList() {
		q.listed = append(q.listed, v.state.Members...)
	}
	if !q.ofTenant {
		q.candidates = []rbac.Member{v.viewer}
		if v.mayList() {
			q.candidates = v.state.Members
		}
	}
	if q.member == "" {
		q.member = v.viewer.ID
	}
	return q, nil
}

func (q *question) onlySelf() bool { return q.tenant == nil && !q.mayList() }

// page returns the form with the question.
func (q *question) page() view.TryPage {
	page := view.TryPage{
		Kind: q.workspace.Kind.String(), WorkspaceField: view.EncodeID(q.workspace.ID),
		Member: q.member, MiniProgram: q.field("program"), Owner: q.field("owner"),
		Members:  view.Suggestions(view.MemberIDs(q.listed)),
		Programs: view.Suggestions(slices.Values(q.miniPrograms())),
		Actions:  view.NewActionChoices(q.policy, q.action),
		OnlySelf: q.onlySelf(), Tenant: q.tenant != nil, OfTenant: q.ofTenant,
	}
	if page.OnlySelf {
		page.Member = q.viewer.ID
	}
	return page
}

// problem says why there is no answer; nothing if there is one.
func (q *question) problem() string {
	_, found := view.Find(q.candidates, q.member)
	switch {
	case !isAskable(q.member, q.field("program"), q.field("owner"), string(q.action)):
		return "An ID can have at most 1,024 bytes of UTF-8 text without U+0000."
	case q.onlySelf() && q.member != q.viewer.ID:
		return fmt.Sprintf("You can ask only about yourself. To ask about others you need “%s”.",
			view.ActionName(q.policy, rbac.ListMembers))
	case !found:
		return "There is no member with that ID, or you cannot ask about them."
	}
	return ""
}

// tenantMembers returns the native app's members, if the page is about a merchant and the
// viewer may list them; nil otherwise.
func (v *visit) tenantMembers() ([]rbac.Member, error) {
	home := v.viewer.Workspace
	if v.workspace == home || home.Kind != rbac.KindTenant {
		return nil, nil
	}
	state, policy, err := v.load(home)
	if err != nil || !policy.Can(v.viewer, rbac.ListMembers, home.Resource()) {
		return nil, err
	}
	return state.Members, nil
}

// recordDecision writes the decision to the log of the member's workspace: it tells of the
// member, so only a viewer who may list the members there may read it.
func (v *visit) recordDecision(member rbac.Member, action rbac.Action, resource rbac.Resource) error {
	decision := v.policy.Check(member, action, resource)
	entry := v.entry(LogEntry{
		Member: member.ID, Action: action, MiniProgram: resource.MiniProgram, Owner: resource.Owner,
		Outcome: Denied, Reason: decision.Reason.String(),
	})
	if entry.Workspace = member.Workspace; entry.Workspace != v.workspace {
		entry.Detail = "at " + view.WorkspaceName(v.workspace)
	}
	if decision.Allowed {
		entry.Outcome = Allowed
	}
	if err := v.console.config.Store.Record(v.r.Context(), entry); err != nil {
		return unavailable(err)
	}
	return nil
}

// isAskable reports whether texts can be in a question and in the log.
func isAskable(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool {
		return len(text) > 1024 || !utf8.ValidString(text) || strings.ContainsRune(text, 0)
	})
}
