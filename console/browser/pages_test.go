package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/demo"
	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// page is a page of the console, as somebody sees it.
type page struct {
	name, path, id, place string
	send                  string // JavaScript that follows a link or sends a form of that page
	status                string // of a page that says no
	says                  string // what makes it that page
}

const (
	inShop   = "?kind=developer&workspace=shop"
	inBakery = "?kind=developer&workspace=bakery"
	inWallet = "?kind=tenant&workspace=wallet"
)

var pages = []page{
	{name: "people", path: "/people", id: "sam", place: "shop"},
	{name: "workspaces", path: "/", id: "ann", place: "wallet"},
	{name: "roles", path: "/roles" + inShop, id: "sam", place: "shop"},
	{name: "roles of the wallet", path: "/roles" + inWallet + "&held=all", id: "ann", place: "wallet"},
	{name: "roles, nothing found", path: "/roles" + inShop + "&group=Members&scope=own", id: "sam", place: "shop"},
	{name: "try", path: "/try" + inShop, id: "sam", place: "shop"},
	{name: "try, allowed", path: "/try" + inShop + "&member=sam&action=member.invite", id: "sam", place: "shop"},
	{
		name: "try, denied", path: "/try" + inShop + "&member=alice&action=miniprogram.release&program=mp-43",
		id: "sam", place: "shop",
	},
	{name: "new role", path: "/role" + inShop, id: "sam", place: "shop"},
	{name: "change a role", path: "/role" + inShop + "&role=cashier", id: "sam", place: "shop"},
	{
		name: "previewed role", path: "/role" + inShop + "&role=cashier", id: "sam", place: "shop",
		send: choosePerformance + click(`[value="preview"]`), says: "kim",
	},
	{
		name: "refused role", path: "/role" + inShop, id: "sam", place: "shop",
		send: `document.getElementById("id").value = "Not An ID";` + click(`[value="save"]`), status: "409",
		says: "Nothing was stored",
	},
	{
		name: "stale role", path: "/role" + inShop + "&role=cashier", id: "sam", place: "shop",
		send: choosePerformance + pretendClerk + click(`[value="save"]`), status: "409", says: "Clerk",
	},
	{name: "members", path: "/members" + inShop, id: "sam", place: "shop"},
	{name: "active member", path: "/member" + inShop + "&id=alice", id: "sam", place: "shop"},
	{name: "invited member", path: "/member" + inShop + "&id=ivy", id: "sam", place: "shop"},
	{name: "blocked member", path: "/member" + inShop + "&id=cem", id: "sam", place: "shop"},
	{
		name: "oneself", path: "/member" + inShop + "&id=sam", id: "sam", place: "shop",
		says: "You cannot change this membership",
	},
	{
		name: "last admin", path: "/member" + inBakery + "&id=pia", id: "lea", place: "bakery",
		says: "Not possible now",
	},
	{
		name: "change an assignment", path: "/member" + inShop + "&id=eve", id: "sam", place: "shop",
		send: click(`a[href*="edit="]`), says: "Save the assignment",
	},
	{
		name: "refused assignment", path: "/member" + inShop + "&id=alice", id: "sam", place: "shop",
		send: `document.getElementById("assign-role").value = "cashier";
			document.getElementById("assign-until").value = "2020-01-01T00:00";` +
			click(`form:has(#assign-role) button`), status: "403", says: "The end has passed",
	},
	{name: "log", path: "/log" + inShop, id: "sam", place: "shop"},
	{
		name: "log, older entries", path: "/log" + inBakery, id: "lea", place: "bakery",
		send: click(`.pager a`), says: "Newest",
	},
	{name: "no such page", path: "/members?kind=developer&workspace=none", id: "sam", place: "shop", status: "404"},
	{name: "some members", path: "/members" + inShop, id: "alice", place: "shop", says: "those mini programs only"},
	{
		name: "no permission", path: "/log" + inShop, id: "alice", place: "shop", status: "403",
		says: "You cannot see the log",
	},
	{name: "invited viewer", path: "/", id: "ivy", place: "shop", status: "403", says: "Accept the invitation"},
	{name: "blocked viewer", path: "/", id: "cem", place: "shop", status: "403", says: "You are blocked"},
	{name: "nobody", path: "/", status: "401"},
}

// JavaScript that fills in the form of the cashier.
const (
	choosePerformance = `document.querySelector('[name="p.analytics.view_performance"]').value = "workspace";`

	// pretendClerk makes the form one of before the role was renamed from Clerk to Cashier.
	pretendClerk = `
		document.querySelector('[name="base_version"]').value = "old";
		const original = document.querySelector('[name="original_role"]');
		original.value = original.value.replace("Cashier", "Clerk");`
)

// click is JavaScript that clicks an element.
func click(selector string) string { return "document.querySelector('" + selector + "').click();" }

// most is how many bytes a page may load, with its style and script.
const most = 200_000

// startFilledConsole starts a console with entries in the log.
func startFilledConsole(t *testing.T) *console {
	t.Helper()
	c := startConsole(t)
	for i, e := range []web.LogEntry{
		{Actor: "sam", Member: "cem", Action: rbac.BlockMember, Outcome: web.Stored, Detail: "block"},
		{Actor: "sam", Member: "ivy", Action: rbac.InviteMember, Outcome: web.Stored, Detail: "invite as cashier on mp-42"},
		{
			Actor: "eve", Member: "alice", Action: rbac.SetMemberRole, Outcome: web.Refused, Reason: "not_granted",
			Detail: "assign",
		},
		{
			Actor: "sam", Member: "alice", Action: rbac.ReleaseMiniProgram, MiniProgram: "mp-42", Outcome: web.Allowed,
			Reason: "granted", Detail: "tried",
		},
		{
			Actor: "sam", Member: "alice", Action: rbac.ReleaseMiniProgram, MiniProgram: "mp-43", Outcome: web.Denied,
			Reason: "not_assigned", Detail: "tried",
		},
	} {
		e.Time, e.Workspace, e.ActorWorkspace = time.Date(2026, 7, 1, 12, i, 0, 0, time.UTC), demo.Shop, demo.Shop
		require.NoError(t, c.store.Record(t.Context(), e))
	}
	c.fillBakery(t)
	return c
}

// fillBakery gives the bakery a log of two pages and a lead: somebody who may do what its only
// admin may, and is none.
func (c *console) fillBakery(t *testing.T) {
	t.Helper()
	admin, found := rbac.Default().Role(rbac.DeveloperAdmin)
	require.True(t, found)
	lead := rbac.Role{ID: "lead", Kind: rbac.KindDeveloper, Workspace: demo.Bakery, Name: "Lead",
		Permissions: admin.Permissions}
	c.update(t, demo.Bakery, func(state *web.WorkspaceState) {
		state.Own.Roles = append(state.Own.Roles, lead)
		state.Own.Administers = map[rbac.RoleID][]rbac.RoleID{lead.ID: {admin.ID}}
		state.Members = append(state.Members, rbac.Member{
			ID: "lea", Workspace: demo.Bakery, Status: rbac.StatusActive, Assignments: []rbac.Assignment{{Role: lead.ID}},
		})
	})
	for range 105 {
		require.NoError(t, c.store.Record(t.Context(), entryOf(demo.Bakery)))
	}
}

// entryOf returns an entry of a workspace's log.
func entryOf(workspace rbac.Workspace) web.LogEntry {
	return web.LogEntry{
		Time: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), Workspace: workspace, Actor: "pia", ActorWorkspace: workspace,
		Action: rbac.SetMemberRole, Member: "lea", Outcome: web.Stored, Detail: "give lead",
	}
}

// update changes what is stored of a workspace, without asking anybody.
func (c *console) update(t *testing.T, workspace rbac.Workspace, change func(*web.WorkspaceState)) {
	t.Helper()
	require.NoError(t, c.store.Update(t.Context(), workspace,
		func(state web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
			change(&state)
			return state, entryOf(workspace), nil
		}))
}

func (c *console) openPage(t *testing.T, p page) *tab {
	t.Helper()
	b := c.openAs(t, p.id, p.place)
	b.mu.Lock()
	b.status = p.status
	b.mu.Unlock()
	return b
}

func TestPages(t *testing.T) {
	c := startFilledConsole(t)
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			b := c.openPage(t, p)
			b.checkPage(p)
		})
	}
}

func TestPageOfASuspendedWorkspace(t *testing.T) {
	c := startConsole(t)
	c.update(t, demo.Bakery, func(state *web.WorkspaceState) { state.Suspended = true })
	p := page{path: "/", id: "pia", place: "bakery", status: "403", says: "The workspace is suspended"}
	c.openPage(t, p).checkPage(p)
}

// checkPage checks how a page looks, at both widths and in both colours, and how it is used.
func (b *tab) checkPage(p page) {
	b.t.Helper()
	b.checkSize(p)
	assert.Contains(b.t, b.mainText(), p.says)
	for _, width := range []int64{360, 1400} {
		for _, colours := range []string{"light", "dark"} {
			b.look(width, 900, colours)
			b.checkLayout(fmt.Sprintf("%d pixels, %s", width, colours), width)
		}
	}
	b.checkKeyboard()
	b.checkWithoutScripts(p)
}

// reach opens a page, or the page from which it is reached.
func (b *tab) reach(p page) {
	b.t.Helper()
	b.open(p.path)
	if p.send == "" {
		return
	}
	b.forget()
	b.follow(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[any](p.send+"null")(ctx, target)
		return err
	}))
}

// checkSize opens a page, and counts what it loads.
func (b *tab) checkSize(p page) {
	b.t.Helper()
	b.reach(p)
	types, bytes := b.loaded()
	assert.Equal(b.t, map[network.ResourceType]int{
		network.ResourceTypeDocument: 1, network.ResourceTypeStylesheet: 1, network.ResourceTypeScript: 1,
	}, types, "what the page requests")
	assert.Less(b.t, bytes, most)
	assert.Positive(b.t, bytes)
	b.t.Logf("%d bytes with style and script", bytes)
}

func (b *tab) checkLayout(name string, width int64) {
	b.t.Helper()
	scrolled := eval[int64](b, `document.documentElement.scrollWidth`)
	assert.LessOrEqual(b.t, scrolled, width, "%s: the page scrolls sideways", name)
	assert.Empty(b.t, eval[[]string](b, brokenWords), name)
	b.checkAccessibility(name)
}

// checkWithoutScripts opens the page again without its script. It must say the same.
func (b *tab) checkWithoutScripts(p page) {
	b.t.Helper()
	b.reach(p)
	with := b.mainText()
	b.disableScripts()
	b.reach(p)
	assert.Equal(b.t, with, b.mainText(), "the page without JavaScript")
}
