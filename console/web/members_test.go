package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// buttons returns the labels of the buttons that can be pressed on a page.
func (a answer) buttons() (labels []string) {
	for _, match := range regexp.MustCompile(`(?s)<button([^>]*)>(.*?)</button>`).FindAllStringSubmatch(a.body, -1) {
		if !strings.Contains(match[1], "disabled") {
			labels = append(labels, regexp.MustCompile(`^\w+`).FindString(match[2]))
		}
	}
	return labels
}

// A link must not claim that something was done.
func TestMemberSaysWhatWasDoneOnlyRightAfterTheStep(t *testing.T) {
	h := newHost(t)
	assert.NotContains(t, h.get("sam@shop", "/member?id=alice&done=block").text(), "The member is blocked.")
	done := h.post("sam@shop", "/member?id=alice", "step", "block")
	page := h.follow("sam@shop", done)
	assert.Contains(t, page.text(), "The member is blocked.")
	assert.Contains(t, page.header.Get("Set-Cookie"), "Max-Age=0", "a reload does not say it again")
	assert.NotContains(t, h.get("sam@shop", "/"+done.header.Get("Location")).text(), "The member is blocked.")
	forged := h.ask("sam@shop", "GET", "/member?id=alice", nil, "Cookie", "console_done=<script>")
	assert.NotContains(t, forged.body, "<script>")
}

func TestMemberSaysHowSomebodyReturns(t *testing.T) {
	h := newHost(t)
	page := h.get("sam@shop", "/member?id=left")
	assert.Contains(t, page.text(), "To return, this person needs a new invitation. Invite again")
	link := regexp.MustCompile(`href="(members[^"#]*)#invite-id"`).FindStringSubmatch(page.body)
	require.NotNil(t, link)
	form := h.get("sam@shop", "/"+html.UnescapeString(link[1]))
	assert.Contains(t, form.body, `<input id="invite-id" name="id" value="left"`)
	h.change(shop, "alice", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("lister")} })
	h.policy = rbac.Must(h.policy.With(rbac.Spec{Roles: []rbac.Role{{ID: "lister", Kind: rbac.KindDeveloper,
		Permissions: rbac.Permissions{rbac.ListMembers: rbac.ScopeWorkspace}}}}))
	page = h.get("alice@shop", "/member?id=left")
	assert.Contains(t, page.text(), "To return, this person needs a new invitation.")
	assert.NotContains(t, page.body, "Invite again", "alice can invite nobody")
}

// A form that comes with a role chosen would give it by one press of the button.
func TestMemberGivesNoRoleThatWasNotChosen(t *testing.T) {
	h := newHost(t)
	page := h.get("sam@shop", "/member?id=carl")
	assert.Regexp(t, `<select id="assign-role" name="role" required>\s*<option value="">choose a role</option>`, page.body)
	a := h.post("sam@shop", "/member?id=carl", "step", "assign", "role", "")
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.text(), "Nothing was stored. Choose a role.")
	assert.Len(t, h.stored(shop, "carl").Assignments, 1)
	refused := h.post("alice@shop", "/member?id=carl", "step", "assign", "role", "")
	assert.Equal(t, http.StatusForbidden, refused.status, "only who may give roles learns what is missing")
}

func TestMembersListsWhoTheyAre(t *testing.T) {
	h := newHost(t)
	text := h.get("sam@shop", "/members").text()
	for _, has := range []string{
		"alice active Developer on mp-42", "ivy invited the invitation is valid until",
		"late invited the invitation has expired",
		"gus blocked", "carl active Cashier on mp-42, mp-43",
	} {
		assert.Contains(t, text, has)
	}
	assert.NotContains(t, text, "left deleted")
	assert.Contains(t, h.get("sam@shop", "/members?status=deleted").text(), "left deleted")
	filtered := h.get("sam@shop", "/members?q=ali").text()
	assert.Contains(t, filtered, "alice active")
	assert.NotContains(t, filtered, "carl active")
	assert.Regexp(t, "1 member( |$)", strings.Split(filtered, "Invite")[0])
	assert.Contains(t, text, "7 members")
}

func TestMembersShowsADelegateOnlyTheirMiniPrograms(t *testing.T) {
	h := newHost(t)
	text := h.get("alice@shop", "/members").text()
	assert.Contains(t, text, "dev active Developer")
	assert.Contains(t, text, "carl active Cashier on mp-42")
	assert.NotContains(t, text, "mp-43", "alice does not manage it")
	assert.NotContains(t, text, "gus", "only active members can be picked")
	assert.NotContains(t, text, "ivy")
	page := h.get("alice@shop", "/member?id=dev").text()
	assert.NotContains(t, page, "mp-43")
	assert.Equal(t, http.StatusNotFound, h.get("alice@shop", "/member?id=gus").status)
}

func TestMembersCutsALongList(t *testing.T) {
	h := newHost(t)
	h.addMembers(1000)
	a := h.get("sam@shop", "/members")
	assert.Contains(t, a.text(), "page 1 of 21")
	assert.Less(t, len(a.body), 200_000)
	next := h.get("sam@shop", "/members?part=21").text()
	assert.Contains(t, next, "Previous")
	assert.NotContains(t, next, "Next")
}

// addMembers gives the shop many members who hold the cashier's role.
func (h *host) addMembers(n int) {
	state := h.store.states[shop]
	for i := range n {
		m := member(fmt.Sprintf("m%04d", i), shop, role("cashier", "mp-42"))
		state.Members = view.With(state.Members, m)
	}
	h.store.states[shop] = state
}

func TestMemberShowsAButtonOnlyForStepsThatAreAllowed(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		name, as, target string
		has              []string
	}{
		{"sam may change alice", "sam@shop", "/member?id=alice", []string{"Revoke", "Give", "Block", "Delete"}},
		{"sam may change ivy's invitation", "sam@shop", "/member?id=ivy", []string{"Revoke", "Give", "Renew", "Withdraw"}},
		{"sam may unblock gus", "sam@shop", "/member?id=gus", []string{"Revoke", "Give", "Unblock", "Delete"}},
		{"sam may do nothing with who has left", "sam@shop", "/member?id=left", nil},
		{"sam may not change himself", "sam@shop", "/member?id=sam", nil},
		{"alice may press no button about carl", "alice@shop", "/member?id=carl", nil},
		{"ann may change rae", "ann@wallet", "/member?id=rae", []string{"Revoke", "Give", "Block", "Delete"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.has, h.get(row.as, row.target).buttons())
		})
	}
}

func TestMemberSaysWhatADenialLacks(t *testing.T) {
	auditor := rbac.Role{ID: "auditor", Kind: rbac.KindDeveloper, Name: "Auditor",
		Permissions: rbac.Permissions{"report.export": rbac.ScopeWorkspace}}
	h := newHost(t, rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnWorkspace},
		Labels:  map[rbac.Action]rbac.Label{"report.export": {Name: "Export reports"}},
		Roles:   []rbac.Role{auditor},
	})
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("auditor")} })
	text := h.get("sam@shop", "/member?id=carl").text()
	assert.Contains(t, text, `Block “Block and unblock members” is not allowed: `+
		`you lack permissions that the change needs. You do not have “Export reports” (workspace).`)
	assert.Contains(t, h.get("sam@shop", "/member?id=sam").text(), "members do not administer themselves")
	a := h.post("sam@shop", "/member?id=carl", "step", "block")
	assert.Equal(t, http.StatusForbidden, a.status)
	assert.Contains(t, a.text(), "Nothing was stored. “Block and unblock members” is not allowed:")
}

func TestMemberExplainsTheLastAdminBefore(t *testing.T) {
	h := newHost(t, rbac.Spec{AtLeast: map[rbac.RoleID]int{rbac.Operator: 1}})
	h.change(shop, "dev", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role(rbac.Operator)} })
	a := h.get("sam@shop", "/member?id=dev")
	assert.Equal(t, []string{"Give"}, a.buttons(), "what would be refused is disabled")
	assert.Contains(t, a.text(), "Not possible now:")
	assert.Contains(t, a.text(), "operator")
	for _, step := range []string{"block", "delete"} {
		refused := h.post("sam@shop", "/member?id=dev", "step", step)
		assert.Equal(t, http.StatusConflict, refused.status, step)
		assert.Contains(t, refused.text(), "Nothing was stored.")
	}
	assert.Equal(t, rbac.StatusActive, h.stored(shop, "dev").Status)
}

func TestMemberExplainsExclusiveRolesBefore(t *testing.T) {
	h := newHost(t, rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}}})
	a := h.get("sam@shop", "/member?id=alice")
	assert.Regexp(t,
		`<option value="operator" disabled>Operator \(cannot be held with another role of the member\)`, a.body)
	refused := h.post("sam@shop", "/member?id=alice", "step", "assign", "role", "operator")
	assert.Equal(t, http.StatusForbidden, refused.status)
	assert.Contains(t, refused.text(), "the other member may not hold both roles")
}

func TestMemberShowsARoleThatThePolicyNoLongerHas(t *testing.T) {
	h := newHost(t)
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("gone", "mp-42")} })
	a := h.get("sam@shop", "/member?id=carl")
	assert.Contains(t, a.text(), "The policy has no such role here")
	assert.Contains(t, a.buttons(), "Revoke")
	assert.NotContains(t, a.buttons(), "Block")
	h.follow("sam@shop", h.post("sam@shop", "/member?id=carl", "step", "revoke", "held", h.key(h.stored(shop, "carl"), 0)))
	assert.Empty(t, h.stored(shop, "carl").Assignments)
	assert.Contains(t, h.get("carl@shop", "/roles").text(), "Roles", "who holds no role still sees the table")
}

func (h *host) key(m rbac.Member, i int) string { return h.keys.Key(m, m.Assignments[i]) }

func TestMemberTakesEachStep(t *testing.T) {
	for _, row := range []struct {
		step, id string
		says     string
		status   rbac.Status
	}{
		{"resend", "late", "The invitation is valid for another three days.", rbac.StatusInvited},
		{"withdraw", "ivy", "The invitation is withdrawn.", rbac.StatusWithdrawn},
		{"block", "alice", "The member is blocked.", rbac.StatusBlocked},
		{"unblock", "gus", "The member is active again.", rbac.StatusActive},
		{"delete", "alice", "The member is deleted.", rbac.StatusDeleted},
	} {
		t.Run(row.step, func(t *testing.T) {
			h := newHost(t)
			a := h.follow("sam@shop", h.post("sam@shop", "/member?id="+row.id, "step", row.step))
			assert.Contains(t, a.text(), row.says)
			assert.Equal(t, row.status, h.stored(shop, row.id).Status)
			require.Len(t, h.store.log, 1)
			entry := h.store.log[0]
			assert.Equal(t, Stored, entry.Outcome)
			assert.Equal(t, "sam", entry.Actor)
			assert.Equal(t, row.id, entry.Member)
			assert.Equal(t, row.step, entry.Detail)
			assert.NotEmpty(t, entry.Fingerprint)
			assert.Equal(t, shop, entry.Workspace)
		})
	}
}

func TestMemberRefusesEachStepToWhoMayNot(t *testing.T) {
	h := newHost(t)
	before := h.store.states[shop]
	held := h.key(h.stored(shop, "dev"), 0)
	for _, form := range [][]string{
		{"step", "block"}, {"step", "delete"}, {"step", "unblock"}, {"step", "resend"}, {"step", "withdraw"},
		{"step", "assign", "role", "developer"}, {"step", "revoke", "held", held},
		{"step", "replace", "held", held, "role", "developer_admin"},
	} {
		a := h.post("alice@shop", "/member?id=dev", form...)
		assert.Equal(t, http.StatusForbidden, a.status, form)
		assert.Contains(t, a.text(), "” is not allowed: ", form)
		a = h.post("carl@shop", "/member?id=dev", form...)
		assert.Equal(t, http.StatusNotFound, a.status, form)
	}
	assert.Equal(t, before, h.store.states[shop])
	for _, entry := range h.store.log {
		assert.Equal(t, Refused, entry.Outcome)
		assert.NotEmpty(t, entry.Reason)
	}
	assert.Len(t, h.store.log, 8, "refusals are in the log too")
}

func TestMemberRefusesAStepThatTheStatusForbids(t *testing.T) {
	h := newHost(t)
	a := h.post("sam@shop", "/member?id=alice", "step", "unblock")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.text(), "active")
}

func TestMemberAssigns(t *testing.T) {
	h := newHost(t)
	end := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Minute)
	a := h.post("sam@shop", "/member?id=alice", "step", "assign", "role", "cashier",
		"program", "mp-43", "other", "mp-42\r\n\r\n", "not_after", view.FieldTime(end))
	assert.Contains(t, h.follow("sam@shop", a).text(), "The role is given.")
	given := h.stored(shop, "alice").Assignments[1]
	assert.Equal(t, rbac.RoleID("cashier"), given.Role)
	assert.Equal(t, []string{"mp-43", "mp-42"}, given.MiniPrograms)
	assert.True(t, end.Equal(given.NotAfter))
	assert.Contains(t, h.store.log[0].Detail, "give cashier on mp-43, mp-42, until")
}

func TestMemberStoresAnAssignmentThatIsSentTwiceOnce(t *testing.T) {
	h := newHost(t)
	form := []string{"step", "assign", "role", "operator", "program", "mp-42", "program", "mp-43"}
	h.follow("sam@shop", h.post("sam@shop", "/member?id=carl", form...))
	a := h.post("sam@shop", "/member?id=carl", "step", "assign", "role", "operator", "other", "mp-43\r\nmp-42")
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.text(), "The member has this role already")
	h.follow("sam@shop", h.post("sam@shop", "/member?id=carl", "step", "assign", "role", "operator", "program", "mp-42"))
	assert.Len(t, h.stored(shop, "carl").Assignments, 3, "what was held, both programs, and one")
}

// A viewer who may give a role but not see its mini program does not learn that it is held.
func TestMemberDoesNotSayThatAHiddenAssignmentIsHeld(t *testing.T) {
	h := newHost(t, rbac.Spec{
		Roles: []rbac.Role{{ID: "helper", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			rbac.ManageMiniProgramMembers: rbac.ScopeAssigned,
		}}},
		Administers: map[rbac.RoleID][]rbac.RoleID{"helper": {rbac.Developer}},
	})
	h.change(shop, "alice", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("helper", "mp-42")} })
	for _, program := range []string{"mp-43", "mp-42"} {
		h.follow("alice@shop",
			h.post("alice@shop", "/member?id=dev", "step", "assign", "role", "developer", "program", program))
	}
	assert.Len(t, h.stored(shop, "dev").Assignments, 2, "mp-43 was held")
}

func TestMemberKeepsWhatWasTypedIfItIsRefused(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		name, says string
		form       []string
	}{
		{"no such mini program", "The workspace has no mini program mp-99.", []string{"other", "mp-99"}},
		{"no time", "The time of the end is not valid", []string{"other", "mp-99", "not_after", "tomorrow"}},
		{"an end that has passed", "The end has passed.",
			[]string{"other", "mp-99", "not_after", "2020-01-01T00:00"}},
		{"an end before the beginning", "The end is not after the beginning.",
			[]string{"other", "mp-99", "not_before", "2101-01-01T00:00", "not_after", "2100-01-01T00:00"}},
		{"no such role", "the role is unknown", []string{"other", "mp-99", "role", "nobody"}},
		{"a role of the other kind", "the role is for the other kind", []string{"other", "mp-99", "role", "workspace_admin"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			form := append([]string{"step", "assign"}, row.form...)
			if row.form[len(row.form)-2] != "role" {
				form = append(form, "role", "developer")
			}
			a := h.post("sam@shop", "/member?id=carl", form...)
			assert.GreaterOrEqual(t, a.status, 400)
			assert.Contains(t, a.text(), row.says)
			assert.Regexp(t, `<textarea id="assign-other"[^>]*>mp-99</textarea>`, a.body)
			assert.Len(t, h.stored(shop, "carl").Assignments, 1)
		})
	}
}

func TestMemberReplacesBoundsMiniProgramsAndRole(t *testing.T) {
	h := newHost(t)
	held := h.key(h.stored(shop, "carl"), 0)
	form := h.get("sam@shop", "/member?id=carl&edit="+held)
	assert.Equal(t, held, form.hidden("held"))
	a := h.post("sam@shop", "/member?id=carl", "step", "replace", "held", held, "role", "operator",
		"had", "mp-42", "had", "mp-43", "program", "mp-43", "not_before", "2100-01-01T00:00", "not_after", "2101-01-01T00:00")
	h.follow("sam@shop", a)
	assert.Equal(t, []rbac.Assignment{{
		Role: rbac.Operator, MiniPrograms: []string{"mp-43"},
		NotBefore: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC),
	}}, h.stored(shop, "carl").Assignments)
}

// changeCarl sends the form that changes carl's assignment as a browser does: with the fields as the page
// shows them, but for those that are given.
func (h *host) changeCarl(keysAndValues ...string) answer {
	h.Helper()
	form := h.get("sam@shop", "/member?id=carl&edit="+h.key(h.stored(shop, "carl"), 0))
	fields := url.Values{"step": {"replace"}, "held": {form.hidden("held")}, "role": {"cashier"}}
	for _, name := range []string{"not_before", "not_after"} {
		shown := regexp.MustCompile(`<input id="[^>]* name="` + name + `"[^>]* value="([^"]*)"`).
			FindStringSubmatch(strings.Split(form.body, "Change the assignment")[1])
		require.NotNil(h, shown, name)
		fields.Set(name, shown[1])
	}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		fields.Set(keysAndValues[i], keysAndValues[i+1])
	}
	return h.ask("sam@shop", "POST", "/member?id=carl", fields)
}

// A database keeps microseconds, and a field shows fewer digits.
func TestMemberKeepsBoundsThatTheFormShows(t *testing.T) {
	h := newHost(t)
	begin := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	end := time.Date(2126, 12, 26, 11, 24, 16, 822389000, time.UTC)
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments[0].NotBefore, m.Assignments[0].NotAfter = begin, end })
	h.follow("sam@shop", h.changeCarl("program", "mp-42"))
	after := h.stored(shop, "carl").Assignments[0]
	assert.Equal(t, []time.Time{begin, end}, []time.Time{after.NotBefore, after.NotAfter})
	h.follow("sam@shop", h.changeCarl("not_after", "2127-01-01T00:00"))
	after = h.stored(shop, "carl").Assignments[0]
	end = time.Date(2127, 1, 1, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, []time.Time{begin, end}, []time.Time{after.NotBefore, after.NotAfter})
}

// alice may change the mini programs only, so the bounds must come back as they are stored.
func TestMemberKeepsBoundsIfADelegateChangesMiniPrograms(t *testing.T) {
	h := newHost(t)
	end := time.Date(2126, 12, 26, 11, 24, 16, 822389000, time.UTC)
	h.change(shop, "dev", func(m *rbac.Member) { m.Assignments[0].NotAfter = end })
	form := h.get("alice@shop", "/member?id=dev&edit="+h.key(h.stored(shop, "dev"), 0))
	h.follow("alice@shop", h.post("alice@shop", "/member?id=dev", "step", "replace", "held", form.hidden("held"),
		"role", "developer", "program", "mp-42",
		"not_before", form.hidden("not_before"), "not_after", form.hidden("not_after")))
	after := h.stored(shop, "dev").Assignments[0]
	assert.Equal(t, []string{"mp-43", "mp-42"}, after.MiniPrograms)
	assert.Equal(t, end, after.NotAfter)
}

// A browser that could not show a bound sends an empty field, too.
func TestMemberRemovesABoundOnlyOnRequest(t *testing.T) {
	begin, end := time.Date(2026, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(2101, 1, 1, 0, 0, 0, 1000, time.UTC)
	for _, row := range []struct{ field, none, says, shown string }{
		{"not_before", "no_start", "The beginning is empty, and it was 1 January 2026, 00:00 UTC.", "2026-01-01T00:00"},
		{"not_after", "no_end", "The end is empty, and it was 1 January 2101, 00:00 UTC.", "2101-01-01T00:00"},
	} {
		h := newHost(t)
		h.change(shop, "carl", func(m *rbac.Member) { m.Assignments[0].NotBefore, m.Assignments[0].NotAfter = begin, end })
		bound := func() time.Time {
			held := h.stored(shop, "carl").Assignments[0]
			return map[string]time.Time{"not_before": held.NotBefore, "not_after": held.NotAfter}[row.field]
		}
		stored := bound()
		a := h.changeCarl(row.field, "")
		assert.Equal(t, http.StatusUnprocessableEntity, a.status)
		assert.Contains(t, a.text(), row.says)
		assert.Contains(t, a.body, `value="`+row.shown+`"`, "the form shows it again")
		assert.Equal(t, stored, bound())
		a = h.changeCarl(row.field, "2100-01-01T00:00", row.none, "yes")
		assert.Contains(t, a.text(), "Choose one of the two.")
		assert.Equal(t, stored, bound())
		h.follow("sam@shop", h.changeCarl(row.none, "yes"))
		assert.True(t, bound().IsZero(), row.field)
	}
}

// The zero time means no bound, so a form that writes it out must not remove one.
func TestMemberRefusesABoundThatIsTheZeroTime(t *testing.T) {
	h := newHost(t)
	end := time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments[0].NotAfter = end })
	for _, bound := range []string{"not_before", "not_after"} {
		for _, text := range []string{"0001-01-01T00:00", "0001-01-01T00:00:00"} {
			held := h.key(h.stored(shop, "carl"), 0)
			a := h.post("sam@shop", "/member?id=carl", "step", "replace", "held", held, "role", "cashier", bound, text)
			assert.Equal(t, http.StatusUnprocessableEntity, a.status, "%s=%s", bound, text)
			assert.Equal(t, end, h.stored(shop, "carl").Assignments[0].NotAfter)
		}
	}
}

// Mini programs that a form does not show stay: alice sees only mp-42 of carl's.
func TestMemberReplacesOnlyWhatADelegateManages(t *testing.T) {
	h := newHost(t)
	held := h.key(h.stored(shop, "dev"), 0)
	form := h.get("alice@shop", "/member?id=dev&edit="+held)
	assert.Contains(t, form.body, `value="mp-42"`)
	assert.NotContains(t, form.body, "mp-43")
	h.follow("alice@shop", h.post("alice@shop", "/member?id=dev",
		"step", "replace", "held", held, "role", "developer", "program", "mp-42"))
	assert.Equal(t, []string{"mp-43", "mp-42"}, h.stored(shop, "dev").Assignments[0].MiniPrograms)

	held = h.key(h.stored(shop, "dev"), 0)
	h.follow("alice@shop", h.post("alice@shop", "/member?id=dev",
		"step", "replace", "held", held, "role", "developer", "had", "mp-42"))
	assert.Equal(t, []string{"mp-43"}, h.stored(shop, "dev").Assignments[0].MiniPrograms)

	held = h.key(h.stored(shop, "dev"), 0)
	a := h.post("alice@shop", "/member?id=dev", "step", "replace", "held", held, "role", "developer", "had", "mp-43")
	assert.Equal(t, http.StatusForbidden, a.status, "alice does not manage mp-43, whatever the form says")
	assert.Equal(t, []string{"mp-43"}, h.stored(shop, "dev").Assignments[0].MiniPrograms)
}

// alice does not see that dev is on mp-43, so no answer may tell it from a program where dev is not.
func TestMemberAnswersADelegateAlikeWhateverIsHidden(t *testing.T) {
	for _, field := range []string{"program", "had", "other"} {
		var texts []string
		for _, hidden := range []string{"mp-43", "mp-44", "mp-99"} {
			h := newHost(t)
			state := h.store.states[shop]
			state.MiniPrograms = append(state.MiniPrograms, "mp-44")
			h.store.states[shop] = state
			held := h.key(h.stored(shop, "dev"), 0)
			a := h.post("alice@shop", "/member?id=dev", "step", "replace", "held", held, "role", "developer",
				"program", "mp-42", field, hidden)
			assert.Equal(t, http.StatusForbidden, a.status, "%s=%s", field, hidden)
			assert.Equal(t, []string{"mp-43"}, h.stored(shop, "dev").Assignments[0].MiniPrograms)
			texts = append(texts, strings.ReplaceAll(a.text(), hidden, "X"))
		}
		assert.Equal(t, texts[0], texts[1], field)
		assert.Equal(t, texts[0], texts[2], field)
	}
}

func TestMemberRefusesAnAssignmentThatWasChangedMeanwhile(t *testing.T) {
	h := newHost(t)
	held := h.key(h.stored(shop, "carl"), 0)
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("cashier", "mp-42")} })
	for _, step := range []string{"revoke", "replace"} {
		a := h.post("sam@shop", "/member?id=carl", "step", step, "held", held, "role", "operator")
		assert.Equal(t, http.StatusConflict, a.status, step)
		assert.Contains(t, a.text(), "changed or revoked since you opened it, or the console was restarted.")
		entry := h.store.log[len(h.store.log)-1]
		assert.Equal(t, []string{"carl", step, "stale"}, []string{entry.Member, entry.Detail, entry.Reason})
	}
	assert.Contains(t, h.get("sam@shop", "/member?id=carl&edit="+held).text(), "changed or revoked since")
	assert.Equal(t, []rbac.Assignment{role("cashier", "mp-42")}, h.stored(shop, "carl").Assignments)
}

// The actor may have been blocked between the load and the lock.
func TestMemberDecidesUnderTheLock(t *testing.T) {
	for name, meanwhile := range map[string]func(*rbac.Member){
		"blocked": func(m *rbac.Member) { m.Status = rbac.StatusBlocked },
		"demoted": func(m *rbac.Member) { m.Assignments = nil },
	} {
		h := newHost(t)
		h.store.locked = func() { h.change(shop, "sam", meanwhile) }
		a := h.post("sam@shop", "/member?id=alice", "step", "block")
		assert.GreaterOrEqual(t, a.status, 400, name)
		assert.Equal(t, rbac.StatusActive, h.stored(shop, "alice").Status, name)
	}
}

// A viewer who may take a step but not list members does not learn of other members.
func TestMemberTellsNothingOfOthersToWhoMayNotListThem(t *testing.T) {
	h := newHost(t, rbac.Spec{
		AtLeast: map[rbac.RoleID]int{rbac.Operator: 1},
		Roles: []rbac.Role{{ID: "guard", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.BlockMember: rbac.ScopeWorkspace, rbac.ManageMiniProgramMembers: rbac.ScopeWorkspace,
		}}},
		Administers: map[rbac.RoleID][]rbac.RoleID{"guard": {rbac.Operator}},
	})
	h.change(shop, "dev", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("guard")} })
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role(rbac.Operator)} })
	page, refused := h.get("dev@shop", "/member?id=carl"), h.post("dev@shop", "/member?id=carl", "step", "block")
	for _, a := range []answer{page, refused} {
		assert.Contains(t, a.text(), "Some members of the workspace would no longer be valid. You cannot list them.")
	}
	assert.Equal(t, rbac.StatusActive, h.stored(shop, "carl").Status)
}

// Two admins who block each other at once: one of them stays.
func TestMemberKeepsAnAdminIfTwoBlockEachOther(t *testing.T) {
	for range 20 {
		h := newHost(t)
		h.change(shop, "dev", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role(rbac.DeveloperAdmin)} })
		done := make(chan answer, 2)
		go func() { done <- h.post("sam@shop", "/member?id=dev", "step", "block") }()
		go func() { done <- h.post("dev@shop", "/member?id=sam", "step", "block") }()
		<-done
		<-done
		active := 0
		for _, id := range []string{"sam", "dev"} {
			if h.stored(shop, id).Status == rbac.StatusActive {
				active++
			}
		}
		assert.Equal(t, 1, active)
	}
}

func TestMemberStoresNothingIfTheDatabaseFails(t *testing.T) {
	h := newHost(t)
	h.store.locked = func() { h.store.gone = errors.New("secret address") }
	a := h.post("sam@shop", "/member?id=alice", "step", "block")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.text(), "check before you repeat the change")
	assert.NotContains(t, a.body, "secret")
	assert.Equal(t, rbac.StatusActive, h.stored(shop, "alice").Status)
}

func TestInvite(t *testing.T) {
	h := newHost(t)
	a := h.post("sam@shop", "/members", "step", "invite", "id", "zoe", "role", "developer", "program", "mp-42")
	assert.Contains(t, h.follow("sam@shop", a).text(), "The invitation is stored. It can be accepted within three days.")
	zoe := h.stored(shop, "zoe")
	assert.Equal(t, rbac.StatusInvited, zoe.Status)
	assert.Equal(t, []rbac.Assignment{role(rbac.Developer, "mp-42")}, zoe.Assignments)
	assert.WithinDuration(t, time.Now(), zoe.InvitedAt, time.Minute)
}

func TestInviteWithoutARole(t *testing.T) {
	h := newHost(t)
	a := h.post("sam@shop", "/members", "step", "invite", "id", "zoe", "role", "", "program", "mp-42")
	assert.Contains(t, a.text(), "Choose the role, or leave them out.")
	assert.Empty(t, h.stored(shop, "zoe"))
	h.follow("sam@shop", h.post("sam@shop", "/members", "step", "invite", "id", "zoe", "role", ""))
	assert.Empty(t, h.stored(shop, "zoe").Assignments)
}

func TestInviteRefuses(t *testing.T) {
	h := newHost(t)
	before := h.store.states[shop]
	for _, row := range []struct{ name, as, id, role, says string }{
		{"a member who is there", "sam@shop", "alice", "operator", "There is a member alice already."},
		{"an invited one", "sam@shop", "ivy", "operator", "There is a member ivy already."},
		{"oneself", "sam@shop", "sam", "operator", "members do not administer themselves"},
		{"a role of the platform that is not for merchants", "sam@shop", "zoe", "workspace_admin", "the other kind"},
		{"an empty ID", "sam@shop", "", "operator", "is not valid"},
		{"an ID with a line end", "sam@shop", "a\nb", "operator", "no control or invisible characters"},
		{"an ID with a right-to-left mark", "sam@shop", "a\u202eb", "operator", "no control or invisible characters"},
		{"an ID with a zero-width space", "sam@shop", "a\u200bb", "operator", "no control or invisible characters"},
		{"an ID that ends in a space", "sam@shop", "zoe ", "operator", "no space at its ends"},
		{"a long ID", "sam@shop", strings.Repeat("x", 256), "operator", "at most 255 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := h.post(row.as, "/members", "step", "invite", "id", row.id, "role", row.role)
			assert.GreaterOrEqual(t, a.status, 400)
			assert.Contains(t, a.text(), row.says)
			assert.Equal(t, before, h.store.states[shop])
		})
	}
	a := h.post("alice@shop", "/members", "step", "invite", "id", "zoe", "role", "operator")
	assert.Equal(t, http.StatusForbidden, a.status)
	assert.Contains(t, h.get("alice@shop", "/members").text(), "You manage the members of some mini programs")
	assert.Equal(t, before, h.store.states[shop])
}

// A native app's admin may invite a merchant's first admin and see none of its members.
func TestInviteByWhoMayNotListMembers(t *testing.T) {
	h := newHost(t, rbac.Spec{
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceAdmin: {rbac.InviteMember: rbac.ScopeTenant}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {rbac.DeveloperAdmin}},
	})
	page := h.get("ann@wallet", "/members?"+atShop)
	assert.Contains(t, page.buttons(), "Invite")
	assert.NotContains(t, page.text(), "sam")
	a := h.post("ann@wallet", "/members?"+atShop, "step", "invite", "id", "zoe", "role", "developer_admin")
	assert.Contains(t, h.follow("ann@wallet", a).text(), "The invitation is stored. It can be accepted within three days.")
	assert.Equal(t, rbac.StatusInvited, h.stored(shop, "zoe").Status)
	assert.Equal(t, wallet, h.store.log[0].ActorWorkspace)
}

func TestMemberPageBearsManyMiniPrograms(t *testing.T) {
	h := newHost(t)
	var ids []string
	for i := range 100_000 {
		ids = append(ids, fmt.Sprintf("mp-%06d", i))
	}
	state := h.store.states[shop]
	state.MiniPrograms = append(slices.Clone(ids), "mp-42", "mp-43")
	h.store.states[shop] = state
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("cashier", ids...)} })
	held := h.key(h.stored(shop, "carl"), 0)
	begun := time.Now()
	for _, target := range []string{"/members", "/member?id=carl", "/member?id=carl&edit=" + held} {
		assert.Less(t, len(h.get("sam@shop", target).body), 200_000, target)
	}
	h.follow("sam@shop", h.post("sam@shop", "/member?id=carl", "step", "replace", "held", held, "role", "cashier",
		"had", "mp-000000", "other", "mp-42"))
	t.Logf("four pages: %s", time.Since(begun))
	after := h.stored(shop, "carl").Assignments[0].MiniPrograms
	assert.True(t, slices.Equal(append(ids[1:], "mp-42"), after), "what the form did not show stays")
}

func TestInviteBringsBackWhoHasLeft(t *testing.T) {
	h := newHost(t)
	h.follow("sam@shop", h.post("sam@shop", "/members", "step", "invite", "id", "left", "role", "operator"))
	assert.Equal(t, rbac.StatusInvited, h.stored(shop, "left").Status)
	assert.Len(t, h.store.states[shop].Members, 8, "the person is there once")
}

func TestAccept(t *testing.T) {
	h := newHost(t)
	assert.Contains(t, h.get("ivy@shop", "/").buttons(), "Accept")
	a := h.follow("ivy@shop", h.post("ivy@shop", "/accept"))
	assert.Contains(t, a.text(), "You have accepted the invitation.")
	assert.Equal(t, rbac.StatusActive, h.stored(shop, "ivy").Status)
	a = h.follow("ivy@shop", h.post("ivy@shop", "/accept"))
	assert.Contains(t, a.text(), "Roles", "a second time changes nothing")
	assert.Len(t, h.store.log, 1)
}

func TestAcceptRefuses(t *testing.T) {
	h := newHost(t)
	a := h.post("late@shop", "/accept")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.text(), "has expired")
	assert.Equal(t, rbac.StatusInvited, h.stored(shop, "late").Status)
	assert.Equal(t, http.StatusForbidden, h.post("gus@shop", "/accept").status)
	h.store.locked = func() { h.change(shop, "ivy", func(m *rbac.Member) { m.Status = rbac.StatusWithdrawn }) }
	assert.Equal(t, http.StatusConflict, h.post("ivy@shop", "/accept").status)
	assert.Equal(t, rbac.StatusWithdrawn, h.stored(shop, "ivy").Status)
}

// picky is a store that cannot hold what it is given.
type picky struct{ *memory }

func (p *picky) Update(
	ctx context.Context, workspace rbac.Workspace, change func(WorkspaceState) (WorkspaceState, LogEntry, error),
) error {
	return p.memory.Update(ctx, workspace, func(state WorkspaceState) (WorkspaceState, LogEntry, error) {
		if state, entry, err := change(state); err != nil {
			return state, entry, err
		}
		return WorkspaceState{}, LogEntry{}, &rbac.ValidationError{Place: "zoe", Problem: "too long", Hint: "shorten it"}
	})
}

func TestInviteSaysWhatTheStoreCannotHold(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Store = &picky{h.store}
	console, err := New(config)
	require.NoError(t, err)
	h.Handler = console
	a := h.post("sam@shop", "/members", "step", "invite", "id", "zoe", "role", "operator")
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.text(), "zoe: too long")
	assert.Equal(t, Refused, h.store.log[0].Outcome)
	a = h.post("sam@shop", "/members", "step", "invite", "id", "alice", "role", "operator")
	assert.Contains(t, a.text(), "There is a member alice already.", "the console's own refusal comes first")
}
