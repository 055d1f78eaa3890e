package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/demo"
	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// page is a page of the console, as somebody sees it.
type page struct {
	name, path, id, place string
	status                string // of a page that says no
}

const (
	inShop   = "?kind=developer&workspace=shop"
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
	{name: "members", path: "/members" + inShop, id: "sam", place: "shop"},
	{name: "active member", path: "/member" + inShop + "&id=alice", id: "sam", place: "shop"},
	{name: "invited member", path: "/member" + inShop + "&id=ivy", id: "sam", place: "shop"},
	{name: "blocked member", path: "/member" + inShop + "&id=cem", id: "sam", place: "shop"},
	{name: "last admin", path: "/member" + inShop + "&id=sam", id: "sam", place: "shop"},
	{name: "log", path: "/log" + inShop, id: "sam", place: "shop"},
	{name: "no such page", path: "/members?kind=developer&workspace=none", id: "sam", place: "shop", status: "404"},
	{name: "no permission", path: "/members" + inShop, id: "alice", place: "shop"},
	{name: "nobody", path: "/", status: "401"},
}

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
	return c
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
			b.checkSize(p)
			for _, width := range []int64{360, 1400} {
				for _, colours := range []string{"light", "dark"} {
					b.look(width, 900, colours)
					b.checkLayout(fmt.Sprintf("%d pixels, %s", width, colours), width)
				}
			}
			b.checkKeyboard()
			b.checkWithoutScripts(p)
		})
	}
}

// checkSize opens a page, and counts what it loads.
func (b *tab) checkSize(p page) {
	b.t.Helper()
	b.open(p.path)
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
	b.checkAccessibility(name)
}

// checkWithoutScripts opens the page again without its script. It must say the same.
func (b *tab) checkWithoutScripts(p page) {
	b.t.Helper()
	b.open(p.path)
	with := b.mainText()
	b.disableScripts()
	b.open(p.path)
	assert.Equal(b.t, with, b.mainText(), "the page without JavaScript")
}
