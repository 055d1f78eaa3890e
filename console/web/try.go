package web

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// try answers a request that the viewer makes up: whether a member may do an action.
//
// Without the right to list members one may ask only about oneself: the answer names the
// member's roles and mini programs.
func (c *console) try(v *visit) error {
	tenant, err := v.tenantMembers()
	if err != nil {
		return err
	}
	mayList := v.mayList()
	page := view.TryPage{
		Kind: v.place.Kind.String(), Place: view.Wire(v.place.ID),
		Member: v.field("member"), MiniProgram: v.field("program"), Owner: v.field("owner"),
		Programs: view.Suggestions(slices.Values(v.miniPrograms())),
		OnlySelf: !mayList && tenant == nil, Tenant: tenant != nil,
		OfTenant: tenant != nil && (v.field("of") == "tenant" || !v.r.Form.Has("member")),
	}
	if page.Member == "" || page.OnlySelf {
		page.Member = v.viewer.ID
	}
	if mayList {
		page.Members = view.Suggestions(view.MemberIDs(v.state.Members))
	} else if tenant != nil {
		page.Members = view.Suggestions(view.MemberIDs(tenant))
	}
	action := rbac.Action(v.field("action"))
	page.Actions = view.NewActionChoices(v.policy, action)
	if action == "" {
		return v.render(http.StatusOK, "try", "Try a request", page)
	}
	candidates := []rbac.Member{v.viewer}
	switch {
	case page.OfTenant:
		candidates = tenant
	case mayList:
		candidates = v.state.Members
	}
	member, found := view.Find(candidates, page.Member)
	switch {
	case !isAskable(page.Member) || !isAskable(page.MiniProgram) || !isAskable(page.Owner) || !isAskable(string(action)):
		page.Problem = "An ID here has at most 1,024 bytes of valid text."
	case asksAboutAnother(v, page):
		page.Problem = "You may ask only about yourself. To ask about others takes “View member list”."
	case !found:
		page.Problem = "There is no member of that ID that you may ask about."
	default:
		resource := v.place.MiniProgram(page.MiniProgram).OwnedBy(page.Owner)
		answer := view.NewAnswer(v.policy, member, action, resource)
		if mayList || tenant != nil {
			all := slices.Clone(tenant)
			if mayList {
				all = append(all, v.state.Members...)
			}
			answer.Who = view.NewWho(v.policy, action, resource, slices.Values(all))
		}
		page.Answer = &answer
		if err := v.recordDecision(member, action, resource); err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "try", "Try a request", page)
}

// asksAboutAnother reports whether a viewer who may ask only about themselves names
// somebody else.
func asksAboutAnother(v *visit, page view.TryPage) bool {
	asked := v.field("member")
	return page.OnlySelf && asked != "" && asked != v.viewer.ID
}

// tenantMembers returns the native app's members, if the page is about a merchant and the
// viewer may list them; nil otherwise.
func (v *visit) tenantMembers() ([]rbac.Member, error) {
	home := v.viewer.Workspace
	if v.place == home || home.Kind != rbac.KindTenant {
		return nil, nil
	}
	state, policy, err := v.load(home)
	if err != nil {
		return nil, err
	}
	if !policy.Can(v.viewer, rbac.ListMembers, home.Resource()) {
		return nil, nil
	}
	return state.Members, nil
}

// recordDecision writes the decision that was asked for to the log.
func (v *visit) recordDecision(member rbac.Member, action rbac.Action, resource rbac.Resource) error {
	decision := v.policy.Check(member, action, resource)
	entry := v.entry(Entry{
		Member: member.ID, Action: action, MiniProgram: resource.MiniProgram, Owner: resource.Owner,
		Outcome: Denied, Reason: decision.Reason.String(), Detail: "tried",
	})
	if decision.Allowed {
		entry.Outcome = Allowed
	}
	if err := v.console.config.Store.Record(v.r.Context(), entry); err != nil {
		return unavailable(err)
	}
	return nil
}

// isAskable reports whether a text can be asked about and written to the log.
func isAskable(text string) bool {
	return len(text) <= 1024 && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
