package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// mostEntries is how many entries of a log a page shows.
const mostEntries = 100

// log shows the decisions and changes of the workspace, newest first.
func (c *console) log(v *visit) error {
	if !v.mayList() {
		return forbidden("You cannot see the log", v.why(rbac.ListMembers), v.advice(rbac.ListMembers))
	}
	query := LogQuery{
		Member: v.field("member"), Action: rbac.Action(v.field("action")), Outcome: Outcome(v.field("outcome")),
		Before: max(0, int64(v.number("before"))), Limit: mostEntries + 1,
	}
	page := view.Log{
		Member: query.Member, Outcome: string(query.Outcome),
		Outcomes: []string{string(Allowed), string(Denied), string(Stored), string(Refused)},
		Actions:  view.NewActionChoices(v.policy, query.Action),
		Kind:     v.workspace.Kind.String(), WorkspaceField: view.EncodeID(v.workspace.ID),
	}
	if !isAskable(query.Member, string(query.Action), string(query.Outcome)) {
		return v.render(http.StatusOK, "log", "Log", page)
	}
	entries, err := c.config.Store.Entries(v.r.Context(), v.workspace, query)
	if err != nil {
		return unavailable(err)
	}
	link := func(keysAndValues ...string) view.URL {
		return view.Link("log", v.workspace, append(keysAndValues,
			"member", query.Member, "action", string(query.Action), "outcome", string(query.Outcome))...)
	}
	if query.Before > 0 {
		page.Newest = link()
	}
	if len(entries) > mostEntries {
		entries = entries[:mostEntries]
		page.Older = link("before", strconv.FormatInt(entries[mostEntries-1].Number, 10))
	}
	for _, e := range entries {
		page.Rows = append(page.Rows, v.logRow(e))
	}
	return v.render(http.StatusOK, "log", "Log", page)
}

// shownFingerprint is how many characters of a fingerprint the log shows.
const shownFingerprint = 12

func (v *visit) logRow(e LogEntry) view.LogRow {
	row := view.LogRow{
		When: view.Instant(e.Time), Actor: view.ID(e.Actor), Action: view.ActionName(v.policy, e.Action),
		Outcome: view.Text(string(e.Outcome)), Reason: reasonOf(e), Detail: view.Text(e.Detail),
		Fingerprint: view.Text(e.Fingerprint[:min(len(e.Fingerprint), shownFingerprint)]),
	}
	if e.ActorWorkspace != v.workspace {
		row.Actor += " of " + view.WorkspaceName(e.ActorWorkspace)
	}
	if e.Outcome == Allowed || e.Outcome == Denied {
		row.Question = fmt.Sprintf("asked: can %s do “%s”?", view.ID(e.Member), row.Action)
	} else if e.Member != "" && (e.Member != e.Actor || e.ActorWorkspace != v.workspace) {
		row.Member = view.ID(e.Member)
	}
	if e.MiniProgram != "" {
		row.Resource = "mini program " + view.ID(e.MiniProgram)
	}
	if e.Owner != "" {
		row.Owner = view.ID(e.Owner)
	}
	return row
}

// reasonOf returns an entry's reason as a sentence. A change is refused because of the actor, and a
// question is denied because of the member whom it is about.
func reasonOf(e LogEntry) string {
	if e.Outcome == Allowed || e.Outcome == Stored {
		return ""
	}
	of := e.Member
	if e.Outcome == Refused {
		of = e.Actor
	}
	switch e.Reason {
	case reasonInvalid:
		return "what was asked for is not valid"
	case reasonStatus:
		return "the member's status does not allow it"
	case reasonStale:
		return "the page was out of date"
	case reasonWorkspaceInvalid:
		return "the members of the workspace would no longer be valid"
	}
	return view.ReasonOf(e.Reason, of)
}
