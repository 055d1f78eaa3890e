package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	atShop   = "kind=developer&workspace=shop"
	atBakery = "kind=developer&workspace=bakery"
	atWallet = "kind=tenant&workspace=wallet"
)

func TestPagesAreForWhoMaySeeTheWorkspace(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		name, as, target string
		status           int
	}{
		{"sam sees the shop's roles", "sam@shop", "/roles?" + atShop, 200},
		{"sam sees his own workspace by default", "sam@shop", "/roles", 200},
		{"alice sees the roles of her workspace", "alice@shop", "/roles", 200},
		{"alice may define no role", "alice@shop", "/role", 403},
		{"carl may not list members", "carl@shop", "/members", 403},
		{"carl may not see the log", "carl@shop", "/log", 403},
		{"alice may not see the log", "alice@shop", "/log", 403},
		{"ann sees a merchant's roles", "ann@wallet", "/roles?" + atShop, 200},
		{"ann may not list a merchant's members", "ann@wallet", "/members?" + atShop, 403},
		{"ann may not define a merchant's role", "ann@wallet", "/role?" + atShop, 403},
		{"ann sees no member of a merchant", "ann@wallet", "/member?id=sam&" + atShop, 404},
		{"rae sees no merchant", "rae@wallet", "/roles?" + atShop, 404},
		{"sam does not see another merchant", "sam@shop", "/roles?" + atBakery, 404},
		{"sam does not see the native app", "sam@shop", "/roles?" + atWallet, 404},
		{"ann does not see another native app", "ann@wallet", "/roles?kind=tenant&workspace=bank", 404},
		{"bea has no merchant named shop", "bea@bank", "/roles?" + atShop, 404},
		{"there is no such merchant", "ann@wallet", "/roles?kind=developer&workspace=nobody", 404},
		{"the kind is part of the address", "sam@shop", "/roles?workspace=shop", 404},
		{"an unknown kind is no workspace", "sam@shop", "/roles?kind=other&workspace=shop", 404},
		{"an empty workspace is none", "sam@shop", "/roles?kind=developer&workspace=", 404},
		{"a damaged workspace is none", "sam@shop", "/roles?kind=developer&workspace=%25zz", 404},
		{"there is no such member", "sam@shop", "/member?id=nobody", 404},
		{"there is no such role", "sam@shop", "/role?role=nobody", 404},
		{"a role of the platform is not the workspace's own", "sam@shop", "/role?role=developer", 404},
		{"there is no such page", "sam@shop", "/nothing", 404},
		{"nobody is signed in", "", "/roles", 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := h.get(row.as, row.target)
			assert.Equal(t, row.status, a.status, a.text())
		})
	}
}

// A page that a viewer may not see gets the same bytes as one that does not exist.
func TestPagesThatAreHiddenAndMissingAreTheSame(t *testing.T) {
	h := newHost(t)
	for as, targets := range map[string][]string{
		"sam@shop": {
			"/nothing", "/roles?" + atBakery, "/roles?" + atWallet, "/roles?kind=developer&workspace=nobody",
			"/member?id=nobody", "/member?id=bob", "/members?" + atBakery, "/log?" + atBakery, "/role?role=nobody",
			"/try?" + atBakery, "/roles.csv?" + atBakery, "/member?id=bob&" + atBakery,
		},
		"rae@wallet": {
			"/nothing", "/roles?" + atShop, "/roles?kind=developer&workspace=nobody",
			"/roles?kind=tenant&workspace=bank", "/member?id=ann",
		},
		"alice@shop": {"/nothing", "/member?id=gus", "/member?id=ivy", "/member?id=left", "/member?id=nobody"},
		"ann@wallet": {"/nothing", "/member?id=sam&" + atShop, "/member?id=nobody&" + atShop},
	} {
		missing := h.get(as, targets[0])
		assert.Equal(t, http.StatusNotFound, missing.status)
		for _, target := range targets[1:] {
			assert.Equal(t, missing, h.get(as, target), "%s %s", as, target)
		}
	}
	hidden := h.post("sam@shop", "/member?id=bob&"+atBakery, "step", "block")
	assert.Equal(t, hidden, h.post("sam@shop", "/member?id=bob&kind=developer&workspace=nobody", "step", "block"))
	assert.Equal(t, http.StatusNotFound, hidden.status)
}

// A hidden workspace is not even loaded, so that neither time nor a failing store reveals it.
func TestPagesLoadNothingThatIsOutOfSight(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Store = &watched{h.store, t}
	console, err := New(config)
	require.NoError(t, err)
	watching := &host{TB: t, Handler: console, store: h.store, policy: h.policy}
	for _, target := range []string{"/roles?" + atBakery, "/members?" + atWallet, "/log?kind=tenant&workspace=bank"} {
		assert.Equal(t, http.StatusNotFound, watching.get("sam@shop", target).status)
	}
}

// watched is a store that is asked about the shop only.
type watched struct {
	*memory
	t *testing.T
}

func (w *watched) State(ctx context.Context, workspace rbac.Workspace) (WorkspaceState, error) {
	assert.Equal(w.t, shop, workspace)
	return w.memory.State(ctx, workspace)
}

func TestPagesAreClosedToWhoMayDoNothing(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct{ as, says string }{
		{"gus@shop", "You are blocked in this workspace."},
		{"left@shop", "You have left this workspace."},
		{"ivy@shop", "You are invited to the merchant shop"},
		{"late@shop", "Your invitation has expired. Ask an admin of the workspace to renew it."},
	} {
		for _, target := range []string{"/", "/roles", "/members", "/log", "/try", "/nothing", "/roles?" + atBakery} {
			a := h.get(row.as, target)
			assert.Equal(t, http.StatusForbidden, a.status, "%s %s", row.as, target)
			assert.Contains(t, a.text(), row.says)
			assert.NotContains(t, a.text(), "Cashier")
		}
		a := h.post(row.as, "/member?id=alice", "step", "block")
		assert.Equal(t, http.StatusForbidden, a.status)
	}
	assert.Equal(t, rbac.StatusActive, h.stored(shop, "alice").Status)
}

func TestPagesAreClosedWhileTheWorkspaceIsSuspended(t *testing.T) {
	h := newHost(t)
	state := h.store.states[shop]
	state.Suspended = true
	h.store.states[shop] = state
	a := h.get("sam@shop", "/roles")
	assert.Equal(t, http.StatusForbidden, a.status)
	assert.Contains(t, a.text(), "The workspace is suspended")
	assert.Equal(t, http.StatusOK, h.get("ann@wallet", "/roles?"+atShop).status, "the native app still sees it")
	invited := h.get("ivy@shop", "/")
	assert.Contains(t, invited.text(), "The workspace is suspended, so invitations cannot be accepted.")
	assert.NotContains(t, invited.body, `action="accept"`)
	assert.Equal(t, http.StatusForbidden, h.post("ivy@shop", "/accept").status)
	assert.Equal(t, rbac.StatusInvited, h.stored(shop, "ivy").Status)
}

func TestPagesLoadTheViewerAnewForEachRequest(t *testing.T) {
	h := newHost(t)
	assert.Equal(t, http.StatusOK, h.get("sam@shop", "/members").status)
	h.change(shop, "sam", func(m *rbac.Member) { m.Status = rbac.StatusBlocked })
	assert.Equal(t, http.StatusForbidden, h.get("sam@shop", "/members").status)
}

func TestPagesSayThatTheDatabaseIsGone(t *testing.T) {
	h := newHost(t)
	for name, gone := range map[string]func(*Config){
		"for the member": func(c *Config) {
			c.Member = func(*http.Request) (rbac.Member, error) { return rbac.Member{}, errors.New("secret address") }
		},
		"for the workspace": func(c *Config) {
			c.Store = &memory{states: h.store.states, gone: errors.New("secret address")}
		},
	} {
		config := h.config()
		gone(&config)
		console, err := New(config)
		assert.NoError(t, err)
		broken := &host{TB: t, Handler: console, store: h.store, policy: h.policy}
		for _, target := range []string{"/", "/roles", "/members", "/member?id=alice", "/log", "/try"} {
			a := broken.get("ann@wallet", target)
			assert.Equal(t, http.StatusServiceUnavailable, a.status, "%s %s", name, target)
			assert.Contains(t, a.text(), "Nothing was changed.")
			assert.NotContains(t, a.body, "secret")
		}
	}
}

func TestPagesSayThatThereIsNoPolicy(t *testing.T) {
	h := newHost(t)
	h.policy = nil
	a := h.get("sam@shop", "/roles")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.text(), "nobody has access")
}

// A layer that no longer fits is never dropped: the workspace then has no policy.
func TestPagesSayThatOwnRolesNoLongerFit(t *testing.T) {
	h := newHost(t)
	state := h.store.states[shop]
	outdated := cashier()
	outdated.Permissions = rbac.Permissions{"report.export": rbac.ScopeWorkspace}
	state.Own = rbac.Spec{Roles: []rbac.Role{outdated}}
	h.store.states[shop] = state
	a := h.get("sam@shop", "/members")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.text(), "no longer fit the platform's policy")
	assert.Contains(t, a.text(), "report.export")
	a = h.get("ann@wallet", "/roles?"+atShop)
	assert.Equal(t, http.StatusNotFound, a.status, "others learn nothing of it")
}

func TestPagesLinkAllWorkspacesForTheNativeAppOnly(t *testing.T) {
	h := newHost(t)
	assert.Contains(t, h.get("ann@wallet", "/roles?"+atShop).text(), "the merchant shop · all workspaces")
	assert.NotContains(t, h.get("sam@shop", "/roles").text(), "all workspaces")
}

// An admin of the native app can give no role that reaches the members of a merchant.
func TestPagesSayWhatWouldHelp(t *testing.T) {
	reaching := rbac.Spec{Roles: []rbac.Role{{ID: "auditor", Kind: rbac.KindTenant,
		Permissions: rbac.Permissions{rbac.ListMembers: rbac.ScopeTenant}}}}
	for _, row := range []struct {
		name, as, target, says string
		specs                  []rbac.Spec
	}{
		{"at home", "carl@shop", "/log", "An admin of your workspace can give you a role that allows it.", nil},
		{"at a merchant", "ann@wallet", "/members?" + atShop,
			"No role of your workspace allows it here. Ask an admin of the merchant shop.", nil},
		{"in a merchant's log", "ann@wallet", "/log?" + atShop,
			"your role grants it in your own workspace only. No role of your workspace allows it here.", nil},
		{"where a role reaches merchants", "ann@wallet", "/log?" + atShop,
			"An admin of your workspace can give you a role that allows it.", []rbac.Spec{reaching}},
	} {
		a := newHost(t, row.specs...).get(row.as, row.target)
		assert.Equal(t, http.StatusForbidden, a.status, row.name)
		assert.Contains(t, a.text(), row.says, row.name)
	}
}

func TestChooseListsWhatTheViewerMaySee(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		as        string
		has, lack []string
	}{
		{"ann@wallet", []string{"wallet", "shop", "bakery"}, []string{"bank"}},
		{"rae@wallet", []string{"wallet"}, []string{"shop", "bakery", "bank"}},
		{"sam@shop", []string{"shop"}, []string{"bakery", "bank"}},
	} {
		a := h.get(row.as, "/")
		for _, name := range row.has {
			assert.Contains(t, a.body, "workspace="+name+`"`, row.as)
		}
		for _, name := range row.lack {
			assert.NotContains(t, a.body, "workspace="+name+`"`, row.as)
		}
	}
}

// A viewer who may not see merchants does not learn from the store's errors which exist.
func TestVisitOfAHiddenWorkspaceDoesNotAskTheStore(t *testing.T) {
	h := newHost(t)
	h.change(wallet, "ola", func(m *rbac.Member) { m.Assignments = nil })
	config := h.config()
	config.Store = &broken{h.store}
	console, err := New(config)
	require.NoError(t, err)
	h.Handler = console
	assert.Equal(t, http.StatusNotFound, h.get("ola@wallet", "/roles?"+atShop).status)
	assert.Equal(t, http.StatusServiceUnavailable, h.get("ann@wallet", "/roles?"+atShop).status)
}

// A question about a workspace is asked of that workspace's policy, which may add four eyes.
func TestVisitAsksThePolicyOfTheWorkspace(t *testing.T) {
	h := newHost(t)
	assert.Equal(t, http.StatusOK, h.get("ann@wallet", "/roles?"+atShop).status)
	state := h.store.states[shop]
	state.Own.FourEyes = []rbac.Action{rbac.ViewDeveloperWorkspace}
	h.store.states[shop] = state
	assert.Equal(t, http.StatusNotFound, h.get("ann@wallet", "/roles?"+atShop).status)
}

// broken is a store that can read no workspace.
type broken struct{ *memory }

func (b *broken) State(context.Context, rbac.Workspace) (WorkspaceState, error) {
	return WorkspaceState{}, errors.New("no answer")
}

// damaged is a store that has a member of each workspace whom it cannot read.
type damaged struct{ *memory }

func (d *damaged) State(_ context.Context, workspace rbac.Workspace) (WorkspaceState, error) {
	return WorkspaceState{},
		&UnreadableError{"member \"eve\" of workspace \"" + workspace.ID + "\"", errors.New("no status")}
}

func TestVisitSaysThatWhatIsStoredCannotBeRead(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Store = &damaged{h.store}
	console, err := New(config)
	require.NoError(t, err)
	h.Handler = console
	for as, names := range map[string]bool{"sam@shop": true, "carl@shop": false} {
		a := h.get(as, "/roles")
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Contains(t, a.text(), "What is stored cannot be read", as)
		assert.NotContains(t, a.text(), "does not answer", as)
		assert.Equal(t, names, strings.Contains(a.text(), `member "eve" of workspace "shop": no status`), as)
	}
}

func TestVisitOfAViewerWhoCannotBeReadSaysSo(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Member = func(*http.Request) (rbac.Member, error) {
		return rbac.Member{}, &UnreadableError{"member sam", errors.New("no status")}
	}
	console, err := New(config)
	require.NoError(t, err)
	h.Handler = console
	a := h.get("sam@shop", "/roles")
	assert.Contains(t, a.text(), "What is stored cannot be read")
	assert.NotContains(t, a.text(), "no status")
}

func TestUpdateSaysThatWhatIsStoredCannotBeRead(t *testing.T) {
	h := newHost(t)
	h.store.locked = func() { h.store.gone = &UnreadableError{"member eve", errors.New("no status")} }
	a := h.post("sam@shop", "/member?id=alice", "step", "block")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.text(), "member eve: no status")
}

// forgetful is a store that cannot read back what it has stored.
type forgetful struct{ *memory }

func (f *forgetful) Update(
	ctx context.Context, workspace rbac.Workspace, change func(WorkspaceState) (WorkspaceState, LogEntry, error),
) error {
	if err := f.memory.Update(ctx, workspace, change); err != nil {
		return err
	}
	return &UnreadableError{"member eve", errors.New("no status")}
}

// After the change, the page must not say that nothing was changed.
func TestUpdateDoesNotKnowWhatWasStoredIfItCannotBeReadBack(t *testing.T) {
	h := newHost(t)
	config := h.config()
	config.Store = &forgetful{h.store}
	console, err := New(config)
	require.NoError(t, err)
	h.Handler = console
	a := h.post("sam@shop", "/member?id=alice", "step", "block")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.text(), "The console does not know whether the change was stored.")
	assert.NotContains(t, a.text(), "Nothing was changed")
}
