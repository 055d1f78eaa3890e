package web

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ownRoles returns the shop's own roles as they are stored.
func (h *host) ownRoles() map[rbac.RoleID]rbac.Role {
	roles := make(map[rbac.RoleID]rbac.Role)
	for _, r := range h.store.states[shop].Own.Roles {
		roles[r.ID] = r
	}
	return roles
}

// edit opens the form of a role as an editor would, and sends it with other fields.
func (h *host) edit(as, roleID, do string, keysAndValues ...string) answer {
	h.Helper()
	target := "/role"
	if roleID != "" {
		target += "?role=" + roleID
	}
	form := h.get(as, target)
	fields := url.Values{
		"role": {roleID}, "do": {do},
		"base_version": {form.hidden("base_version")}, "original_role": {form.hidden("original_role")},
	}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		fields.Set(keysAndValues[i], keysAndValues[i+1])
	}
	return h.ask(as, "POST", target, fields)
}

func TestRoleFormOffersOnlyWhatTheEditorMayGive(t *testing.T) {
	h := newHost(t, rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnWorkspace},
		Labels:  map[rbac.Action]rbac.Label{"report.export": {Name: "Export reports", Group: "Reports"}},
	})
	body := h.get("sam@shop", "/role").body
	options := func(action string) string {
		match := regexp.MustCompile(`(?s)<select id="p\.` + regexp.QuoteMeta(action) + `".*?</select>`).FindString(body)
		require.NotEmpty(t, match, action)
		return match
	}
	assert.Contains(t, options("miniprogram.release"), "<option>assigned</option>")
	assert.Contains(t, options("miniprogram.release"), "<option>workspace</option>")
	assert.NotContains(t, options("miniprogram.release"), "tenant", "no role of a merchant reaches that far")
	assert.Contains(t, options("report.export"), "<option disabled>workspace</option>")
	assert.NotContains(t, body, `id="p.app.view"`, "no role of a merchant can grant it")
	text := h.get("sam@shop", "/role").text()
	assert.Contains(t, text, "you cannot grant: own, workspace")
	assert.Contains(t, text, "not for this kind of workspace")
	native := h.get("ann@wallet", "/role").body
	assert.Regexp(t, `(?s)<select id="p\.miniprogram\.view".*?<option>tenant</option>`, native)
}

// A hand-made request gives no more than the form offers.
func TestRoleRefusesWhatTheEditorMayNotGive(t *testing.T) {
	h := newHost(t, rbac.Spec{Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnWorkspace}})
	before := h.store.states[shop]
	for _, row := range []struct {
		name, says string
		form       []string
	}{
		{"what the editor lacks", "You do not have “report.export” (workspace).",
			[]string{"p.report.export", "workspace"}},
		{"a scope that does not fit", "scope tenant cannot match", []string{"p.miniprogram.view", "tenant"}},
		{"a scope that is none", "everything", []string{"p.miniprogram.view", "everything"}},
		{"an action that is none", "unknown action", []string{"p.miniprogram.fly", "workspace"}},
		{"an action with markup", "unknown action", []string{"p.<script>", "workspace"}},
		{"a long name", "256", []string{"name", strings.Repeat("x", 257)}},
		{"a name with a right-to-left mark", "name", []string{"name", "a\u202eb"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := h.edit("sam@shop", "cashier", "save", row.form...)
			assert.GreaterOrEqual(t, a.status, 400)
			assert.Contains(t, a.text(), row.says)
			assert.NotContains(t, a.body, "<script>")
			assert.Equal(t, before, h.store.states[shop])
			preview := h.edit("sam@shop", "cashier", "fragment", row.form...)
			assert.Contains(t, preview.text(), "This cannot be saved:")
		})
	}
}

func TestRoleIsDefined(t *testing.T) {
	h := newHost(t)
	a := h.edit("sam@shop", "", "save", "role", "shift_lead", "name", "Shift lead", "description", "Opens\r\nthe shop.",
		"p.miniprogram.view", "workspace", "p.miniprogram.edit", "no")
	text := h.follow("sam@shop", a).text()
	assert.Contains(t, text, "The role is saved.")
	assert.Contains(t, text, "Shift lead")
	assert.Equal(t, rbac.Role{
		ID: "shift_lead", Kind: rbac.KindDeveloper, Workspace: shop, Name: "Shift lead", Description: "Opens the shop.",
		Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeWorkspace},
	}, h.ownRoles()["shift_lead"])
	require.Len(t, h.store.log, 1)
	assert.Equal(t, rbac.DefineRole, h.store.log[0].Action)
	assert.Equal(t, "define the role shift_lead: gains “View mini programs” (workspace, on mini programs)",
		h.store.log[0].Detail)
}

func TestRoleIsChanged(t *testing.T) {
	h := newHost(t)
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "name", "Till", "p.miniprogram.edit", "assigned"))
	assert.Equal(t, rbac.Permissions{
		rbac.ViewMiniProgram: rbac.ScopeAssigned, rbac.EditMiniProgram: rbac.ScopeAssigned,
	}, h.ownRoles()["cashier"].Permissions, "actions that the form does not have stay")
	assert.Equal(t, "Till", h.ownRoles()["cashier"].Name)
}

func TestRoleLogsWhatAChangeChanges(t *testing.T) {
	h := newHost(t)
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = nil })
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "name", "Till", "p.miniprogram.view", "no",
		"p.quality.search", "workspace"))
	form := []string{"name", "Till"}
	for action, target := range rbac.Default().Actions() {
		if group, _, _ := strings.Cut(string(action), "."); group == "miniprogram" && target == rbac.OnMiniProgram {
			form = append(form, "p."+string(action), "assigned")
		}
	}
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", form...))
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "remove"))
	require.Len(t, h.store.log, 3)
	assert.Equal(t, `define the role cashier: The name was "Cashier" and is "Till"; `+
		"loses “View mini programs” (assigned, on mini programs); "+
		"gains “Search mini programs” (workspace, on mini programs)", h.store.log[0].Detail)
	assert.Regexp(t, `(gains “[^”]*” \(assigned, on mini programs\); ){6}and \d+ more$`, h.store.log[1].Detail)
	assert.Regexp(t, `^remove the role cashier: loses “.*; and \d+ more$`, h.store.log[2].Detail)
}

func TestRoleKeepsWhatWasTypedIfItIsRefused(t *testing.T) {
	h := newHost(t)
	a := h.edit("sam@shop", "", "save", "role", "Not an ID", "name", "Till <b>", "p.miniprogram.view", "workspace")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.body, `value="Till &lt;b&gt;"`)
	assert.Contains(t, a.body, `value="Not an ID"`)
	assert.Regexp(t, `(?s)<select id="p\.miniprogram\.view".*?<option selected>workspace</option>`, a.body)
}

func TestRoleRefusesAnIDThatIsTaken(t *testing.T) {
	h := newHost(t)
	for id, says := range map[string]string{
		"cashier":   "The workspace has a role cashier already.",
		"developer": "There is a role developer already. Choose another ID.",
	} {
		a := h.edit("sam@shop", "", "save", "role", id, "p.miniprogram.view", "workspace")
		assert.GreaterOrEqual(t, a.status, 400, id)
		assert.Contains(t, a.text(), says)
		assert.NotContains(t, a.text(), "Held by", "the holders hold the other role")
		assert.NotContains(t, a.text(), "Nobody holds it")
	}
	assert.Equal(t, cashier(), h.ownRoles()["cashier"])
}

func TestRolePreviewShowsWhoGainsAndLoses(t *testing.T) {
	h := newHost(t)
	for _, do := range []string{"fragment", "preview"} {
		a := h.edit("sam@shop", "cashier", do, "p.miniprogram.view", "no", "p.miniprogram.edit", "assigned", "name", "Till")
		require.Equal(t, http.StatusOK, a.status)
		text := a.text()
		assert.Contains(t, text, "gains Edit mini programs' information: assigned, on mini programs")
		assert.Contains(t, text, "loses View mini programs: assigned, on mini programs")
		assert.Regexp(t, `carl gains Edit mini programs' information loses View mini programs`, text)
		assert.NotContains(t, text, "alice gains")
		assert.Contains(t, text, `The name was "Cashier" and is "Till".`)
	}
	fragment := h.edit("sam@shop", "cashier", "fragment", "p.miniprogram.view", "no", "name", "Cashier")
	assert.Equal(t, "preview", fragment.header.Get("X-Fragment"))
	assert.NotContains(t, fragment.body, "<html")
	assert.Equal(t, cashier(), h.ownRoles()["cashier"], "a preview stores nothing")
	assert.Empty(t, h.store.log)
}

// A viewer who may define roles but not list members does not learn whether somebody holds one.
func TestRoleFormSaysThatItsHoldersAreHidden(t *testing.T) {
	h := newHost(t, rbac.Spec{Roles: []rbac.Role{{ID: "definer", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.DefineRole: rbac.ScopeWorkspace, rbac.ViewMiniProgram: rbac.ScopeWorkspace,
	}}}})
	h.change(shop, "alice", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("definer")} })
	a := h.get("alice@shop", "/role?role=cashier")
	require.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, a.text(), "You cannot list members, so this page does not show who holds it.")
	assert.NotContains(t, a.text(), "Nobody holds it")
}

func TestRolePreviewSaysThatNothingChanges(t *testing.T) {
	h := newHost(t)
	assert.Equal(t, "Nothing changes.", h.edit("sam@shop", "cashier", "fragment", "name", "Cashier").text())
}

// Two editors: the second is told what the first has changed, and loses nothing that was
// typed.
func TestRoleRefusesAFormThatIsStale(t *testing.T) {
	h := newHost(t)
	first, second := h.get("sam@shop", "/role?role=cashier"), h.get("sam@shop", "/role?role=cashier")
	require.Equal(t, first.hidden("base_version"), second.hidden("base_version"))
	send := func(form answer, name, scope string) answer {
		return h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", name, "p.miniprogram.edit", scope,
			"base_version", form.hidden("base_version"), "original_role", form.hidden("original_role"), "do", "save")
	}
	h.follow("sam@shop", send(first, "Till", "assigned"))
	stale := send(second, "Desk", "workspace")
	assert.Equal(t, http.StatusConflict, stale.status)
	text := stale.text()
	assert.Contains(t, text, "have changed since you opened the page")
	assert.Contains(t, text, `The name was "Cashier" and is "Till".`)
	assert.Contains(t, text, "“Edit mini programs' information” was no and is assigned.")
	assert.Contains(t, stale.body, `value="Desk"`, "what was typed is kept")
	assert.Contains(t, text, "from assigned, on mini programs")
	assert.Equal(t, "Till", h.ownRoles()["cashier"].Name)
	assert.Equal(t, "stale", h.store.log[1].Reason)

	h.follow("sam@shop", send(stale, "Desk", "workspace"))
	assert.Equal(t, "Desk", h.ownRoles()["cashier"].Name, "after a look at it, it can be saved")
}

// shownFields returns the fields of a role's form as a browser sends them.
func (a answer) shownFields() url.Values {
	fields := url.Values{"do": {"save"}}
	for _, name := range []string{"base_version", "original_role"} {
		fields.Set(name, a.hidden(name))
	}
	for _, name := range []string{"role", "name"} {
		value := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
		fields.Set(name, html.UnescapeString(value[1]))
	}
	selects := regexp.MustCompile(`(?s)<select id="[^"]*" name="(p\.[^"]*)"([^>]*)>(.*?)</select>`)
	for _, match := range selects.FindAllStringSubmatch(a.body, -1) {
		if !strings.Contains(match[2], "disabled") {
			selected := regexp.MustCompile(`<option selected>([a-z|]*)`).FindStringSubmatch(match[3])
			fields.Set(match[1], selected[1])
		}
	}
	return fields
}

// Two editors change other things of one role. Saving the stale page again keeps both changes.
func TestRoleMergesWhatTwoEditorsChange(t *testing.T) {
	h := newHost(t)
	const target = "/role?role=cashier"
	first, second := h.get("sam@shop", target).shownFields(), h.get("sam@shop", target).shownFields()
	first.Set("p.quality.search", "workspace")
	first.Set("p.miniprogram.view", "no")
	first.Set("p.miniprogram.edit", "workspace")
	second.Set("p.miniprogram.list", "assigned")
	second.Set("p.miniprogram.edit", "assigned")
	second.Set("name", "Desk")
	h.follow("sam@shop", h.ask("sam@shop", "POST", target, first))

	second.Set("do", "fragment")
	preview := h.ask("sam@shop", "POST", target, second).text()
	assert.NotContains(t, preview, "Search mini programs", "the preview reverts nothing")
	assert.Contains(t, preview, "The roles have changed since you opened the page.")
	second.Set("do", "save")
	stale := h.ask("sam@shop", "POST", target, second)
	require.Equal(t, http.StatusConflict, stale.status)
	both := "Decide: “Edit mini programs' information” was no, is workspace now, and you chose assigned. What you changed"
	assert.Contains(t, stale.text(), both, "only what both have changed")
	assert.NotContains(t, strings.Split(stale.text(), "What it changes")[1], "Search mini programs")
	h.follow("sam@shop", h.ask("sam@shop", "POST", target, stale.shownFields()))
	assert.Equal(t, "Desk", h.ownRoles()["cashier"].Name)
	assert.Equal(t, rbac.Permissions{
		rbac.SearchQuality: rbac.ScopeWorkspace, rbac.ListMiniPrograms: rbac.ScopeAssigned,
		rbac.EditMiniProgram: rbac.ScopeAssigned,
	}, h.ownRoles()["cashier"].Permissions)
}

// A fingerprint leaves out names; the version that a form is based on does not.
func TestRoleRefusesAFormWhoseNameIsStale(t *testing.T) {
	h := newHost(t)
	form := h.get("sam@shop", "/role?role=cashier")
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "name", "Till"))
	a := h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", "Desk",
		"base_version", form.hidden("base_version"), "original_role", form.hidden("original_role"), "do", "save")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Equal(t, "Till", h.ownRoles()["cashier"].Name)
}

func TestRoleSaysThatAnotherRoleHasChanged(t *testing.T) {
	h := newHost(t)
	form := h.get("sam@shop", "/role?role=cashier")
	h.follow("sam@shop", h.edit("sam@shop", "", "save", "role", "other", "p.miniprogram.view", "workspace"))
	a := h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", "Desk",
		"base_version", form.hidden("base_version"), "original_role", form.hidden("original_role"), "do", "save")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.text(), "This role is as you saw it.")
}

// A new role was never stored, so nobody has removed it.
func TestRoleThatIsNewIsStaleIfAnotherRoleHasChanged(t *testing.T) {
	h := newHost(t)
	form := h.get("sam@shop", "/role").shownFields()
	form.Set("role", "shift_lead")
	form.Set("p.miniprogram.view", "workspace")
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "name", "Till"))
	stale := h.ask("sam@shop", "POST", "/role", form)
	assert.Equal(t, http.StatusConflict, stale.status)
	assert.Contains(t, stale.text(), "This role is as you saw it.")
	h.follow("sam@shop", h.ask("sam@shop", "POST", "/role", stale.shownFields()))
	assert.Contains(t, h.ownRoles(), rbac.RoleID("shift_lead"))
}

func TestRoleSaysThatThePlatformHasChanged(t *testing.T) {
	h := newHost(t)
	form := h.get("sam@shop", "/role?role=cashier")
	h.policy = rbac.Must(h.policy.With(rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.Operator: {rbac.EditMiniProgram: rbac.ScopeWorkspace},
	}}))
	a := h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", "Desk",
		"base_version", form.hidden("base_version"), "original_role", form.hidden("original_role"), "do", "save")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Equal(t, "Cashier", h.ownRoles()["cashier"].Name)
}

// A viewer who may define roles but not list members does not learn of members.
func TestRoleTellsNothingOfMembersToWhoMayNotListThem(t *testing.T) {
	editor := rbac.Role{ID: "role_editor", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.DefineRole:      rbac.ScopeWorkspace,
		rbac.SetMemberRole:   rbac.ScopeWorkspace,
		rbac.ViewMiniProgram: rbac.ScopeWorkspace,
	}}
	h := newHost(t, rbac.Spec{Roles: []rbac.Role{editor}})
	h.change(shop, "dev", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("role_editor")} })
	answers := map[string]answer{
		"the form":  h.get("dev@shop", "/role?role=cashier"),
		"a preview": h.edit("dev@shop", "cashier", "fragment", "p.miniprogram.view", "workspace"),
		"a removal": h.edit("dev@shop", "cashier", "remove"),
		"a save":    h.edit("dev@shop", "cashier", "save", "p.miniprogram.edit", "workspace"),
	}
	for name, a := range answers {
		assert.NotContains(t, a.text(), "carl", name)
	}
	assert.Contains(t, answers["a preview"].text(), "You cannot list members.")
	assert.Contains(t, answers["a removal"].text(), "You cannot list them")
	h.follow("dev@shop", h.edit("dev@shop", "cashier", "save", "p.miniprogram.view", "workspace"))
}

// What the form does not have stays as it is stored under the lock, not as it was loaded
// before.
func TestRoleKeepsPermissionsAsTheyAreUnderTheLock(t *testing.T) {
	h := newHost(t)
	form, state := h.get("sam@shop", "/role?role=cashier"), h.store.states[shop]
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "p.miniprogram.edit", "workspace", "name", "Cashier"))
	h.store.locked = func() { h.store.states[shop] = state }
	h.follow("sam@shop", h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", "Till",
		"base_version", form.hidden("base_version"), "do", "save"))
	assert.Equal(t, cashier().Permissions, h.ownRoles()["cashier"].Permissions)
}

func TestRoleSaysThatItWasRemovedMeanwhile(t *testing.T) {
	h := newHost(t)
	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = nil })
	form := h.get("sam@shop", "/role?role=cashier")
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "remove"))
	a := h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", "Desk", "p.miniprogram.edit", "assigned",
		"base_version", form.hidden("base_version"), "original_role", form.hidden("original_role"), "do", "save")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.text(), "The role was removed.")
	assert.Contains(t, a.body, `value="Desk"`)
	assert.Empty(t, h.ownRoles())
}

func TestRoleRefusesAFormWithoutAVersion(t *testing.T) {
	h := newHost(t)
	for _, based := range []string{"", "0", h.policy.Fingerprint()} {
		a := h.post("sam@shop", "/role?role=cashier", "role", "cashier", "name", "Desk", "base_version", based, "do", "save")
		assert.Equal(t, http.StatusConflict, a.status)
	}
	assert.Equal(t, cashier(), h.ownRoles()["cashier"])
}

func TestRoleIsRemovedOnceNobodyHoldsIt(t *testing.T) {
	h := newHost(t)
	page := h.get("sam@shop", "/role?role=cashier")
	assert.Contains(t, page.text(), "Held by carl.")
	assert.NotContains(t, page.buttons(), "Remove")
	a := h.edit("sam@shop", "cashier", "remove")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.text(), "unknown role")
	assert.NotEmpty(t, h.ownRoles())

	h.change(shop, "carl", func(m *rbac.Member) { m.Assignments = nil })
	assert.Contains(t, h.follow("sam@shop", h.edit("sam@shop", "cashier", "remove")).text(), "The role is removed.")
	assert.Empty(t, h.ownRoles())
}

// The members may have changed in a way that the new policy does not allow.
func TestRoleIsStoredOnlyIfTheMembersStayValid(t *testing.T) {
	h := newHost(t, rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Operator, rbac.Developer}}})
	h.change(shop, "dev", func(m *rbac.Member) {
		m.Assignments = []rbac.Assignment{role(rbac.Operator), role(rbac.Developer, "mp-43")}
	})
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "name", "Till"))
	assert.Equal(t, "Till", h.ownRoles()["cashier"].Name, "what was wrong before does not stop an edit")
}

func TestRoleCannotBeChangedByWhoHoldsIt(t *testing.T) {
	h := newHost(t)
	h.change(shop, "sam", func(m *rbac.Member) { m.Assignments = append(m.Assignments, role("cashier")) })
	page := h.get("sam@shop", "/role?role=cashier")
	assert.Contains(t, page.text(), "do not administer themselves")
	assert.NotContains(t, page.buttons(), "Save")
	a := h.edit("sam@shop", "cashier", "save", "p.miniprogram.edit", "workspace")
	assert.Equal(t, http.StatusForbidden, a.status)
	assert.Equal(t, cashier(), h.ownRoles()["cashier"])
}

func TestRoleIsLockedIfItGrantsWhatTheEditorLacks(t *testing.T) {
	h := newHost(t, rbac.Spec{Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnWorkspace}})
	state := h.store.states[shop]
	strong := cashier()
	strong.Permissions = rbac.Permissions{"report.export": rbac.ScopeWorkspace}
	state.Own = rbac.Spec{Roles: []rbac.Role{strong}}
	h.store.states[shop] = state
	page := h.get("sam@shop", "/role?role=cashier")
	assert.Contains(t, page.text(),
		"You cannot change this role, because it grants more than you can give. You do not have “report.export” (workspace).")
	a := h.edit("sam@shop", "cashier", "save", "p.report.export", "no")
	assert.Equal(t, http.StatusForbidden, a.status)
	assert.Equal(t, strong.Permissions, h.ownRoles()["cashier"].Permissions)
}

func TestRoleIsDefinedByMembersOfTheWorkspaceOnly(t *testing.T) {
	h := newHost(t)
	for _, as := range []string{"alice@shop", "carl@shop"} {
		a := h.post(as, "/role", "role", "eve", "p.miniprogram.view", "assigned", "do", "save")
		assert.Equal(t, http.StatusForbidden, a.status)
		assert.Contains(t, a.text(), "“Define custom roles” is not allowed:")
		assert.Contains(t, a.text(), "An admin of your workspace can give you a role that allows it.")
	}
	for _, do := range []string{"save", "remove", "preview", "fragment"} {
		a := h.post("ann@wallet", "/role?role=cashier&"+atShop, "role", "cashier", "do", do)
		assert.Equal(t, http.StatusForbidden, a.status)
		assert.Contains(t, a.text(), "Only members of this workspace can define its roles.")
		assert.NotContains(t, a.text(), "can give you a role", "none is enough")
	}
	var refused []string
	for _, e := range h.store.log {
		require.Equal(t, Refused, e.Outcome)
		refused = append(refused, e.Actor+": "+e.Detail+": "+e.Reason)
	}
	assert.Equal(t, []string{
		"alice: save the role eve: not_granted", "carl: save the role eve: not_granted",
		"ann: save the role cashier: own_workspace_only", "ann: remove the role cashier: own_workspace_only",
	}, refused)
	assert.Equal(t, cashier(), h.ownRoles()["cashier"])
}

func TestRoleFormCutsAHugePolicy(t *testing.T) {
	spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{}, Labels: map[rbac.Action]rbac.Label{}}
	for i := range 2000 {
		action := rbac.Action(fmt.Sprintf("many.a%04d", i))
		spec.Actions[action] = rbac.OnWorkspace
		spec.Labels[action] = rbac.Label{Name: "Many", Group: "Many"}
	}
	h := newHost(t, spec)
	for _, target := range []string{"/role?role=cashier&group=Many", "/roles?group=Many", "/roles", "/try"} {
		a := h.get("sam@shop", target)
		assert.Equal(t, http.StatusOK, a.status)
		assert.Less(t, len(a.body), 200_000, target)
	}
	h.follow("sam@shop", h.edit("sam@shop", "cashier", "save", "name", "Till"))
	assert.Equal(t, cashier().Permissions, h.ownRoles()["cashier"].Permissions)
}
