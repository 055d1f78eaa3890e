package web

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/stretchr/testify/assert"
)

// hostileIDs are IDs that a host may have stored.
var hostileIDs = map[string]string{
	"markup":              `<script>alert(1)</script>`,
	"an attribute":        `" autofocus onfocus="alert(1)`,
	"quotes":              `'"` + "`",
	"an address":          `javascript:alert(1)`,
	"signs of an address": `a&b=c?d#e/../f%2e`,
	"dots":                `..`,
	"a right-to-left":     "abc\u202ecba",
	"a line end":          "a\r\nb\nc",
	"NUL":                 "a\x00b",
	"invalid UTF-8":       "a\xffb",
	"1 MB":                strings.Repeat("x", 1<<20),
	"1 MB of markup":      strings.Repeat("<b>", 1<<18),
	"a template":          `{{.}}`,
}

// plant stores an ID everywhere in the shop.
func (h *host) plant(id string) {
	state := h.store.states[shop]
	state.MiniPrograms = append(state.MiniPrograms, id)
	state.Members = view.With(state.Members, member(id, shop, role(rbac.Developer, id, "mp-42"), role(rbac.Operator)))
	h.store.states[shop] = state
	h.store.log = append(h.store.log, LogEntry{Workspace: shop, Actor: id, ActorWorkspace: wallet.Developer(id),
		Member: "x" + id, Action: rbac.Action(id), MiniProgram: id, Owner: id, Outcome: Stored, Reason: id, Detail: id})
	merchant := wallet.Developer(id)
	h.store.add(merchant, WorkspaceState{MiniPrograms: []string{id}})
}

func TestPagesShowHostileIDsAsText(t *testing.T) {
	for name, id := range hostileIDs {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.plant(id)
			target := string(view.MemberLink(shop, id))
			pages := []string{
				"/members", "/member?id=alice", "/log", "/", "/roles", "/try", "/role?role=cashier",
			}
			if len(id) <= 1024 {
				pages = append(pages, "/"+target, "/"+target+"&edit="+h.key(h.stored(shop, id), 0))
			}
			for _, page := range pages {
				a := h.get("sam@shop", page)
				assert.Equal(t, http.StatusOK, a.status, page)
				assert.Less(t, len(a.body), 200_000, page)
				assertHarmless(t, a.body, page)
			}
			for _, page := range []string{"/", "/" + string(view.Link("roles", wallet.Developer(id)))} {
				a := h.get("ann@wallet", page)
				assert.Less(t, a.status, 500, page)
				assert.Less(t, len(a.body), 200_000, page)
				assertHarmless(t, a.body, page)
			}
		})
	}
}

// assertHarmless asserts that no hostile text has become markup or moves what stands
// beside it.
func assertHarmless(t *testing.T, body, page string) {
	t.Helper()
	for _, bad := range []string{"<script>", "<b>", "onfocus=\"", `href="javascript`, "\u202e", "\x00", "ZgotmplZ"} {
		assert.False(t, strings.Contains(body, bad), "%s has %q", page, bad)
	}
}

// A member can be administered even if nobody can type the ID.
func TestMemberTakesStepsOnHostileIDs(t *testing.T) {
	for name, id := range hostileIDs {
		if len(id) > 1024 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.plant(id)
			target := "/" + string(view.MemberLink(shop, id))
			form := h.get("sam@shop", target+"&edit="+h.key(h.stored(shop, id), 0))
			assert.Contains(t, form.body, `value="`+html.EscapeString(view.EncodeID(id))+`"`)
			kept := id
			if !utf8.ValidString(id) { // it can be taken, and not given again
				kept = "mp-42"
			}
			a := h.post("sam@shop", target, "step", "replace", "held", form.hidden("held"), "role", "developer",
				"had", view.EncodeID(id), "had", "mp-42", "program", view.EncodeID(kept))
			h.follow("sam@shop", a)
			assert.Equal(t, []string{kept}, h.stored(shop, id).Assignments[0].MiniPrograms)
			h.follow("sam@shop", h.post("sam@shop", target, "step", "delete"))
			assert.Equal(t, rbac.StatusDeleted, h.stored(shop, id).Status)
			assert.Equal(t, rbac.StatusActive, h.stored(shop, "alice").Status)
		})
	}
}

func TestPagesReadHostileParameters(t *testing.T) {
	h := newHost(t)
	before := h.store.states[shop]
	for name, id := range hostileIDs {
		id = id[:min(len(id), 5000)]
		value := url.QueryEscape(id)
		for _, target := range []string{
			"/roles?group=" + value + "&role=" + value + "&scope=" + value + "&part=" + value, "/roles.csv?role=" + value,
			"/roles?kind=developer&workspace=" + value, "/roles?kind=" + value, "/members?q=" + value + "&status=" + value,
			"/member?id=" + value, "/member?id=alice&edit=" + value, "/member?id=alice&done=" + value, "/role?role=" + value,
			"/try?member=" + value + "&action=" + value + "&program=" + value + "&owner=" + value,
			"/log?member=" + value + "&action=" + value + "&outcome=" + value, "/?q=" + value,
		} {
			a := h.get("sam@shop", target)
			assert.Less(t, a.status, 500, "%s: %s", name, target)
			assert.Less(t, len(a.body), 200_000)
			if !strings.Contains(target, ".csv") {
				assertHarmlessBut(t, a.body, target)
			}
		}
		for _, form := range [][]string{
			{"step", id}, {"step", "assign", "role", id, "other", id, "program", id, "not_after", id},
			{"step", "revoke", "held", id}, {"step", "invite", "id", id, "role", id},
		} {
			for _, target := range []string{"/member?id=alice", "/members"} {
				a := h.post("sam@shop", target, form...)
				assert.GreaterOrEqual(t, a.status, 400, name)
				assert.Less(t, a.status, 500, name)
				assertHarmlessBut(t, a.body, target)
			}
		}
	}
	assert.Equal(t, before, h.store.states[shop])
}

// assertHarmlessBut is assertHarmless for a page that keeps what was typed in a field: marks
// of direction stay there, where they move nothing but themselves.
func assertHarmlessBut(t *testing.T, body, page string) {
	t.Helper()
	assertHarmless(t, strings.NewReplacer("\u202e", "", "\x00", "").Replace(body), page)
}

// A form may be forged in any field; what it says about the past is only shown.
func TestRoleReadsAForgedPast(t *testing.T) {
	h := newHost(t)
	other := cashier()
	other.Workspace = bakery
	other.Name = "<script>alert(1)</script>"
	forged, err := json.Marshal(other)
	assert.NoError(t, err)
	for _, was := range []string{string(forged), "{", `{"id": "cashier"}`, strings.Repeat("[", 100_000), "null"} {
		a := h.post("sam@shop", "/role?role=cashier",
			"role", "cashier", "original_role", was, "base_version", "forged", "do", "save")
		assert.Equal(t, http.StatusConflict, a.status)
		assertHarmless(t, a.body, "/role")
	}
	assert.Equal(t, cashier(), h.ownRoles()["cashier"])
}

// Every kind of viewer sends every form at every workspace: only what the library allows
// changes, and only in the workspace that was named.
func TestNoViewerChangesAWorkspaceThatTheyMayNot(t *testing.T) {
	targets := []string{
		"/members", "/member?id=alice", "/member?id=mia", "/member?id=rae", "/role", "/role?role=cashier", "/accept",
	}
	allowed := map[string]rbac.Workspace{"sam@shop": shop, "bob@bakery": bakery, "ann@wallet": wallet, "bea@bank": bank}
	for _, as := range []string{
		"sam@shop", "alice@shop", "carl@shop", "gus@shop", "left@shop", "late@shop", "bob@bakery", "mia@bakery",
		"ann@wallet", "rae@wallet", "dan@wallet", "ola@wallet", "bea@bank", "",
	} {
		h := newHost(t)
		before := make(map[rbac.Workspace]WorkspaceState)
		for workspace, state := range h.store.states {
			before[workspace] = state
		}
		for _, workspace := range []string{"", atShop, atBakery, atWallet, "kind=tenant&workspace=bank"} {
			for _, target := range targets {
				sign := "?"
				if strings.Contains(target, "?") {
					sign = "&"
				}
				for _, form := range [][]string{
					{"step", "invite", "id", "eve", "role", "operator"}, {"step", "invite", "id", "eve", "role", "workspace_operator"},
					{"step", "block"}, {"step", "delete"}, {"step", "assign", "role", "operator"},
					{"do", "save", "role", "eve", "base_version", "x"}, {"do", "remove", "base_version", "x"},
				} {
					h.post(as, target+sign+workspace, form...)
				}
			}
		}
		for workspace, state := range h.store.states {
			if workspace == allowed[as] {
				assert.NotEqual(t, before[workspace], state, "%s can do something at home", as)
				continue
			}
			assert.Equal(t, before[workspace], state, "%s in %s", as, workspace.ID)
		}
	}
}

// Long names, addresses and fields make no page large.
func TestPagesStaySmallWhateverIsLong(t *testing.T) {
	h := newHost(t)
	state := h.store.states[shop]
	for i := range 600 {
		r := cashier()
		r.ID, r.Name = rbac.RoleID(fmt.Sprintf("r%03d", i)), strings.Repeat("<", 256)
		state.Own.Roles = append(state.Own.Roles, r)
	}
	h.store.states[shop] = state
	h.change(shop, "carl", func(m *rbac.Member) {
		m.Assignments = nil
		for i := range 60 {
			m.Assignments = append(m.Assignments, role(rbac.RoleID(fmt.Sprintf("r%03d", i)), "mp-42"))
		}
	})
	long := strings.Repeat("<", 300_000)
	for name, a := range map[string]answer{
		"roles":           h.get("sam@shop", "/roles"),
		"members":         h.get("sam@shop", "/members"),
		"member":          h.get("sam@shop", "/member?id=carl"),
		"a long query":    h.get("sam@shop", "/roles?group="+url.QueryEscape(long)),
		"a long name":     h.post("sam@shop", "/role", "do", "preview", "role", "new", "name", long),
		"a long original": h.post("sam@shop", "/role", "do", "preview", "role", "new", "original_role", long),
		"a long ID":       h.post("sam@shop", "/members", "step", "invite", "id", long),
		"many programs":   h.post("sam@shop", "/members", "step", "invite", "id", "zoe", "other", long),
	} {
		assert.Less(t, len(a.body), 200_000, name)
	}
	assert.Equal(t, http.StatusRequestURITooLong, h.get("sam@shop", "/?q="+url.QueryEscape(long)).status)
	assert.Equal(t, http.StatusBadRequest, h.post("sam@shop", "/role", "do", "save", "name", long).status)
}
