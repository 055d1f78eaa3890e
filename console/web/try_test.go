package web

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTryAnswersAsThePolicyDoes(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		name, as, query string
		has             []string
		lack            string
	}{
		{"alice can release mp-42", "sam@shop", "member=alice&action=miniprogram.release&program=mp-42",
			[]string{"✓ Allowed", "The role Developer grants it, with the scope assigned.",
				"Developer: assigned grants it (assigned)", "Who can do it alice sam"}, "What would allow it"},
		{"alice cannot release mp-43", "sam@shop", "member=alice&action=miniprogram.release&program=mp-43",
			[]string{"✗ Denied", "The mini program is not assigned to the member's role.",
				"What would allow it assign the mini program mp-43 with the role Developer", "Who can do it dev sam"}, "✓"},
		{"gus is blocked", "sam@shop", "member=gus&action=miniprogram.release&program=mp-43",
			[]string{"✗ Denied", "The member is blocked.", "What this member can do there Nothing."}, "✓"},
		{"alice asks about herself", "alice@shop", "action=miniprogram.release&program=mp-42",
			[]string{"✓ Allowed", "What this member can do there"}, "Who can do it"},
		{"alice may not ask about sam", "alice@shop", "member=sam&action=miniprogram.release",
			[]string{"You can ask only about yourself. To ask about others you need “View member list”."}, "Allowed"},
		{"there is no such member", "sam@shop", "member=nobody&action=miniprogram.release",
			[]string{"There is no member with that ID, or you cannot ask about them."}, "Denied"},
		{"a member of another merchant is none", "sam@shop", "member=bob&action=miniprogram.release",
			[]string{"There is no member with that ID, or you cannot ask about them."}, "Denied"},
		{"ann asks about rae at the shop", "ann@wallet",
			"member=rae&of=tenant&action=approval.decide_release&program=mp-42&" + atShop,
			[]string{"✓ Allowed", "Who can do it ann of the native app wallet rae of the native app wallet"}, "sam"},
		{"ann may not ask about sam of the shop", "ann@wallet", "member=sam&action=miniprogram.release&" + atShop,
			[]string{"There is no member with that ID, or you cannot ask about them."}, "Developer Admin"},
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

// A viewer who sees a merchant but may not list the native app's members asks only about
// themselves.
func TestTryAnswersAScoutOnlyAboutThemselves(t *testing.T) {
	h := newHost(t, rbac.Spec{Roles: []rbac.Role{{ID: "scout", Kind: rbac.KindTenant, Permissions: rbac.Permissions{
		rbac.ViewDeveloperWorkspace: rbac.ScopeTenant, rbac.ViewMiniProgram: rbac.ScopeTenant,
	}}}})
	h.change(wallet, "ola", func(m *rbac.Member) { m.Assignments = []rbac.Assignment{role("scout")} })
	a := h.get("ola@wallet", "/try?action=miniprogram.view&program=mp-42&"+atShop)
	assert.Contains(t, a.text(), "✓ Allowed")
	assert.NotContains(t, a.text(), "Who can do it")
	a = h.get("ola@wallet", "/try?member=ann&of=tenant&action=miniprogram.view&"+atShop)
	assert.Contains(t, a.text(), "You can ask only about yourself. To ask about others you need “View member list”.")
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
	assert.Equal(t, LogEntry{
		Time: entry.Time, Workspace: shop, Actor: "sam", ActorWorkspace: shop, Member: "alice",
		Action: rbac.ReleaseMiniProgram, MiniProgram: "mp-43", Owner: "carl",
		Outcome: Denied, Reason: "not_assigned",
	}, entry)
}

// What ann asks about ola of the native app is told to the native app, and not to the shop.
func TestTryRecordsTheDecisionInTheLogOfTheMembersWorkspace(t *testing.T) {
	h := newHost(t)
	h.change(wallet, "ola", func(m *rbac.Member) { m.Status = rbac.StatusBlocked })
	h.get("ann@wallet", "/try?of=tenant&member=ola&action=member.list&"+atShop)
	text := h.get("sam@shop", "/log").text()
	assert.NotContains(t, text, "ola")
	assert.NotContains(t, text, "blocked")
	assert.Contains(t, h.get("ann@wallet", "/log").text(),
		"asked: can ola do “View member list”? at the merchant shop denied ola is blocked")
}

func TestTryAnswersOnlyWhatTheViewerAsks(t *testing.T) {
	h := newHost(t)
	const target = "/try?member=alice&action=miniprogram.release&program=mp-42"
	h.ask("sam@shop", "HEAD", target, nil)
	for _, site := range []string{"cross-site", "same-site"} {
		a := h.ask("sam@shop", "GET", target, nil, "Sec-Fetch-Site", site)
		assert.NotContains(t, a.text(), "Allowed", site)
		assert.Contains(t, a.body, `value="alice"`, "the form is filled in, so that the viewer may ask")
	}
	assert.Empty(t, h.store.log)
	for _, site := range []string{"none", "same-origin"} {
		assert.Contains(t, h.ask("sam@shop", "GET", target, nil, "Sec-Fetch-Site", site).text(), "Allowed", site)
	}
	assert.Len(t, h.store.log, 2)
}

func TestTryAnswersNothingThatIsNotRecorded(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Store = &unrecorded{h.store}
	console, err := New(config)
	require.NoError(t, err)
	broken := &host{TB: t, Handler: console, store: h.store, policy: h.policy}
	a := broken.get("sam@shop", "/try?member=alice&action=miniprogram.release&program=mp-42")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.NotContains(t, a.text(), "Allowed")
}

// unrecorded is a store whose log is gone.
type unrecorded struct{ *memory }

func (u *unrecorded) Record(_ context.Context, _ LogEntry) error { return errors.New("no log") }

func TestTrySuggestsOnlyWhatTheViewerMaySee(t *testing.T) {
	h := newHost(t)
	body := h.get("alice@shop", "/try").body
	assert.Contains(t, body, `value="mp-42"`)
	assert.NotContains(t, body, `value="mp-43"`)
	assert.NotContains(t, body, `value="sam"`)
}
