package web

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRolesShowsTheTable(t *testing.T) {
	h := newHost(t)
	text := h.get("sam@shop", "/roles").text()
	for _, has := range []string{
		"Developer Admin developer_admin role of merchants", "Cashier cashier this workspace’s own",
		"Release mini programs miniprogram.release on miniprogram workspace S assigned S no S no",
		"the platform's pages on its seven roles state it",
	} {
		assert.Contains(t, text, has)
	}
	assert.NotContains(t, text, "Workspace Reviewer", "a merchant holds no role of the native app")
}

func TestRolesShowsOwnRolesOnlyToTheirWorkspace(t *testing.T) {
	h := newHost(t)
	assert.NotContains(t, h.get("bob@bakery", "/roles").text(), "Cashier")
	assert.NotContains(t, h.get("ann@wallet", "/roles?held=all").text(), "Cashier")
	shopRoles := h.get("ann@wallet", "/roles?"+atShop)
	assert.Contains(t, shopRoles.text(), "Cashier")
	assert.NotContains(t, shopRoles.body, "role=cashier", "ann cannot change it, so no link leads there")
}

// A platform may keep the own roles of all workspaces in its one policy.
func TestRolesShowsNoOtherWorkspacesOwnRoles(t *testing.T) {
	baker := rbac.Role{ID: "baker", Kind: rbac.KindDeveloper, Workspace: bakery, Name: "Baker",
		Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned}}
	h := newHost(t, rbac.Spec{Roles: []rbac.Role{baker}})
	for _, target := range append(allPages, "/roles.csv", "/member?id=alice&edit="+key(h.stored(shop, "alice"), 0)) {
		assert.NotContains(t, strings.ToLower(h.get("sam@shop", target).body), "baker", target)
	}
	assert.Contains(t, h.get("bob@bakery", "/roles").text(), "Baker")
}

func TestRolesFilters(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		query     string
		has, lack string
	}{
		{"group=Analytics", "View performance", "Release mini programs"},
		{"role=developer", "developer role of merchants", "Developer Admin developer_admin"},
		{"scope=own", "View own submitted requests", "Release mini programs"},
		{"scope=tenant", "Nothing matches the filter.", "Release mini programs"},
		{"scope=nonsense", "Release mini programs", "Nothing matches"},
		{"group=<script>alert(1)</script>", "Nothing matches the filter.", "Release mini programs"},
	} {
		a := h.get("sam@shop", "/roles?"+url.PathEscape(row.query))
		assert.Contains(t, a.text(), row.has, row.query)
		assert.NotContains(t, a.text(), row.lack, row.query)
		assert.NotContains(t, a.body, "<script>")
	}
	assert.Contains(t, h.get("ann@wallet", "/roles?held=all").text(), "Developer Admin developer_admin")
	assert.NotContains(t, h.get("ann@wallet", "/roles").text(), "Developer Admin developer_admin")
}

func TestRolesMarksWhatDiffersFromTheDefaultTable(t *testing.T) {
	h := newHost(t, rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.Operator: {rbac.ReleaseMiniProgram: rbac.ScopeWorkspace},
	}})
	assert.Contains(t, h.get("sam@shop", "/roles").text(),
		"Release mini programs miniprogram.release on miniprogram workspace S assigned S workspace ∗")
}

func TestRolesCutsManyRoles(t *testing.T) {
	h := newHost(t)
	state := h.store.states[shop]
	for i := range 100 {
		r := cashier()
		r.ID = rbac.RoleID("r" + string(rune('a'+i/10)) + string(rune('a'+i%10)))
		r.Name = "Role " + string(r.ID)
		state.Own.Roles = append(state.Own.Roles, r)
	}
	h.store.states[shop] = state
	a := h.get("sam@shop", "/roles")
	assert.Less(t, len(a.body), 200_000)
	assert.Contains(t, a.text(), "Part 1 of 11 More roles")
	last := h.get("sam@shop", "/roles?part=11")
	assert.Less(t, len(last.body), 200_000)
	assert.Contains(t, last.text(), "rjj")
	assert.Contains(t, h.get("sam@shop", "/roles?role=rjj").text(), "rjj")
}

func TestRolesCSVHasTheWholeTable(t *testing.T) {
	h := newHost(t)
	a := h.get("ann@wallet", "/roles.csv?held=all")
	assert.Equal(t, `attachment; filename="roles.csv"`, a.header.Get("Content-Disposition"))
	assert.Equal(t, "text/csv; charset=utf-8", a.header.Get("Content-Type"))
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 86)
	assert.Equal(t, []string{
		"Mini Program", "View mini programs", "miniprogram.view", "miniprogram", "no", "tenant", "S",
	}, rows[1][:7])
	assert.Len(t, rows[0], 5+2*7)
}

func TestRolesCSVHasNoFormulas(t *testing.T) {
	h := newHost(t, rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"a.b": rbac.OnWorkspace},
		Labels:  map[rbac.Action]rbac.Label{"a.b": {Name: `=HYPERLINK("//evil")`, Group: "@SUM(1)"}},
	})
	state := h.store.states[shop]
	state.Own.Roles[0].Name = "+1+1"
	h.store.states[shop] = state
	rows, err := csv.NewReader(strings.NewReader(h.get("sam@shop", "/roles.csv").body)).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, cell := range row {
			assert.False(t, strings.ContainsAny(cell[:min(len(cell), 1)], "=+-@\t\r"), cell)
		}
	}
	assert.Contains(t, rows[len(rows)-1], `'=HYPERLINK("//evil")`)
	assert.Contains(t, rows[0], "'+1+1")
}

func TestTryAnswersAsThePolicyDoes(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		name, as, query string
		has             []string
		lack            string
	}{
		{"alice can release mp-42", "sam@shop", "member=alice&action=miniprogram.release&program=mp-42",
			[]string{"✓ Allowed", "The role Developer grants it, with the scope assigned.",
				"Developer: assigned grants it (assigned)", "Who may do it alice sam"}, "What would allow it"},
		{"alice cannot release mp-43", "sam@shop", "member=alice&action=miniprogram.release&program=mp-43",
			[]string{"✗ Denied", "The mini program is not assigned to the member's role.",
				"What would allow it name mp-43 in the developer assignment", "Who may do it dev sam"}, "✓"},
		{"gus is blocked", "sam@shop", "member=gus&action=miniprogram.release&program=mp-43",
			[]string{"✗ Denied", "The member is blocked.", "What this member may do there Nothing."}, "✓"},
		{"alice asks about herself", "alice@shop", "action=miniprogram.release&program=mp-42",
			[]string{"✓ Allowed", "What this member may do there"}, "Who may do it"},
		{"alice may not ask about sam", "alice@shop", "member=sam&action=miniprogram.release",
			[]string{"You may ask only about yourself."}, "Allowed"},
		{"there is no such member", "sam@shop", "member=nobody&action=miniprogram.release",
			[]string{"There is no member of that ID"}, "Denied"},
		{"a member of another merchant is none", "sam@shop", "member=bob&action=miniprogram.release",
			[]string{"There is no member of that ID"}, "Denied"},
		{"ann asks about rae at the shop", "ann@wallet",
			"member=rae&of=tenant&action=approval.decide_release&program=mp-42&" + atShop,
			[]string{"✓ Allowed", "Who may do it ann of the native app wallet rae of the native app wallet"}, "sam"},
		{"ann may not ask about sam of the shop", "ann@wallet", "member=sam&action=miniprogram.release&" + atShop,
			[]string{"There is no member of that ID"}, "Developer Admin"},
		{"an unknown action is denied", "sam@shop", "member=alice&action=miniprogram.fly",
			[]string{"✗ Denied", "The action is unknown."}, "✓"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := h.get(row.as, "/try?"+row.query)
			require.Equal(t, http.StatusOK, a.status)
			for _, has := range row.has {
				assert.Contains(t, a.text(), has)
			}
			assert.NotContains(t, a.text(), row.lack)
		})
	}
}

// Who sees a merchant and may not list the native app's members asks only about themselves.
func TestTryAnswersAScoutOnlyAboutThemselves(t *testing.T) {
	h := newHost(t, rbac.Spec{Roles: []rbac.Role{{ID: "scout", Kind: rbac.KindTenant, Permissions: rbac.Permissions{
		rbac.ViewDeveloperWorkspace: rbac.ScopeTenant, rbac.ViewMiniProgram: rbac.ScopeTenant,
	}}}})
	h.change(wallet, "ola", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("scout")} })
	a := h.get("ola@wallet", "/try?action=miniprogram.view&program=mp-42&"+atShop)
	assert.Contains(t, a.text(), "✓ Allowed")
	assert.NotContains(t, a.text(), "Who may do it")
	a = h.get("ola@wallet", "/try?member=ann&of=tenant&action=miniprogram.view&"+atShop)
	assert.Contains(t, a.text(), "You may ask only about yourself.")
	assert.NotContains(t, a.text(), "Workspace Admin")
}

func TestTryRecordsTheDecision(t *testing.T) {
	h := newHost(t)
	h.get("sam@shop", "/try")
	h.get("sam@shop", "/try?member=nobody&action=miniprogram.release")
	assert.Empty(t, h.store.log, "nothing was decided")
	h.get("sam@shop", "/try?member=alice&action=miniprogram.release&program=mp-43&owner=carl")
	require.Len(t, h.store.log, 1)
	entry := h.store.log[0]
	entry.Time, entry.Fingerprint = entry.Time.Truncate(1), ""
	assert.Equal(t, Entry{
		Time: entry.Time, Workspace: shop, Actor: "sam", ActorWorkspace: shop, Member: "alice",
		Action: rbac.ReleaseMiniProgram, MiniProgram: "mp-43", Owner: "carl",
		Outcome: Denied, Reason: "not_assigned", Detail: "tried",
	}, entry)
}

func TestTryAnswersNothingThatIsNotRecorded(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Store = &unrecorded{h.store}
	console, err := New(config)
	require.NoError(t, err)
	broken := &host{T: t, Handler: console, store: h.store, policy: h.policy}
	a := broken.get("sam@shop", "/try?member=alice&action=miniprogram.release&program=mp-42")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.NotContains(t, a.text(), "Allowed")
}

// unrecorded is a store whose log is gone.
type unrecorded struct{ *memory }

func (u *unrecorded) Record(_ context.Context, _ Entry) error { return errors.New("no log") }

func TestTrySuggestsOnlyWhatTheViewerMaySee(t *testing.T) {
	h := newHost(t)
	body := h.get("alice@shop", "/try").body
	assert.Contains(t, body, `value="mp-42"`)
	assert.NotContains(t, body, `value="mp-43"`)
	assert.NotContains(t, body, `value="sam"`)
}

func TestLogShowsWhatWasDoneAndRefused(t *testing.T) {
	h := newHost(t)
	h.post("sam@shop", "/member?id=alice", "step", "block")
	h.post("alice@shop", "/member?id=dev", "step", "block")
	h.change(shop, "alice", func(m *rbac.Member) { m.Status = rbac.StatusActive })
	h.post("alice@shop", "/member?id=dev", "step", "block")
	h.get("sam@shop", "/try?member=carl&action=miniprogram.view&program=mp-42")
	text := h.get("sam@shop", "/log").text()
	assert.Contains(t, text, "sam Block and unblock members about alice block stored")
	assert.Contains(t, text, "alice Block and unblock members about dev block refused not_granted")
	assert.Contains(t, text, "sam View mini programs about carl on mini program mp-42 tried allowed granted")

	for query, lack := range map[string]string{
		"member=carl": "about alice", "outcome=stored": "refused not_granted", "action=miniprogram.view": "about dev",
	} {
		filtered := h.get("sam@shop", "/log?"+query).text()
		assert.NotContains(t, filtered, lack, query)
		assert.Contains(t, filtered, "about", query)
	}
	assert.NotContains(t, h.get("bob@bakery", "/log").text(), "alice", "each workspace has its own log")
}

func TestLogCutsManyEntries(t *testing.T) {
	h := newHost(t)
	for range 150 {
		h.store.log = append(h.store.log, Entry{Workspace: shop, Actor: "sam", ActorWorkspace: shop, Outcome: Stored,
			Detail: strings.Repeat("long ", 50)})
	}
	a := h.get("sam@shop", "/log")
	assert.Contains(t, a.text(), "These are the newest.")
	assert.Less(t, len(a.body), 200_000)
}
