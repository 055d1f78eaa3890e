package web

import (
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/stretchr/testify/require"
)

// A wallet and two of its merchants, and a bank that has nothing to do with them.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
	bank   = rbac.Tenant("bank")
)

func member(id string, workspace rbac.Workspace, as ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: workspace, Status: rbac.StatusActive, Assignments: as}
}

func role(id rbac.RoleID, miniPrograms ...string) rbac.Assignment {
	return rbac.Assignment{Role: id, MiniPrograms: miniPrograms}
}

// memory is a Store that keeps everything in memory.
type memory struct {
	mu     sync.Mutex
	order  []rbac.Workspace
	states map[rbac.Workspace]WorkspaceState
	log    []LogEntry
	gone   error  // what every method returns, if it is not nil
	locked func() // called when Update has locked the workspace; may be nil
}

func (m *memory) add(workspace rbac.Workspace, s WorkspaceState) {
	slices.SortFunc(s.Members, func(a, b rbac.Member) int { return strings.Compare(a.ID, b.ID) })
	m.order = append(m.order, workspace)
	m.states[workspace] = s
}

func (m *memory) Workspaces(_ context.Context, tenant string) (all []rbac.Workspace, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, workspace := range m.order {
		if workspace.Tenant == tenant {
			all = append(all, workspace)
		}
	}
	return all, m.gone
}

func (m *memory) State(_ context.Context, workspace rbac.Workspace) (WorkspaceState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state(workspace)
}

func (m *memory) state(workspace rbac.Workspace) (WorkspaceState, error) {
	state, found := m.states[workspace]
	if !found {
		return WorkspaceState{}, errors.Join(ErrNotFound, m.gone)
	}
	state.Members = slices.Clone(state.Members)
	for i := range state.Members {
		state.Members[i].Suspended = state.Suspended
	}
	return state, m.gone
}

func (m *memory) Update(
	_ context.Context, workspace rbac.Workspace, change func(WorkspaceState) (WorkspaceState, LogEntry, error),
) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked != nil {
		m.locked()
	}
	state, err := m.state(workspace)
	if err != nil {
		return err
	}
	state, entry, err := change(state)
	if err != nil {
		return err
	}
	m.states[workspace] = state
	m.log = append(m.log, entry)
	return nil
}

func (m *memory) Record(_ context.Context, entry LogEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone == nil {
		m.log = append(m.log, entry)
	}
	return m.gone
}

func (m *memory) Entries(_ context.Context, workspace rbac.Workspace, q LogQuery) (found []LogEntry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, e := range slices.Backward(m.log) {
		e.Number = int64(i) + 1
		matches := e.Workspace == workspace && (q.Before == 0 || e.Number < q.Before) &&
			(q.Member == "" || q.Member == e.Actor || q.Member == e.Member) &&
			(q.Action == "" || q.Action == e.Action) && (q.Outcome == "" || q.Outcome == e.Outcome)
		if matches && (q.Limit == 0 || len(found) < q.Limit) {
			found = append(found, e)
		}
	}
	return found, m.gone
}

// cashier is a role of the shop's own.
func cashier() rbac.Role {
	return rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop, Name: "Cashier",
		Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned}}
}

// host is a program that mounts the console. Tests say who asks as "sam@shop".
type host struct {
	testing.TB
	http.Handler
	store  *memory
	policy *rbac.Policy
	keys   view.AssignmentKeys
}

func newHost(t testing.TB, specs ...rbac.Spec) *host {
	t.Helper()
	policy, err := rbac.New(append([]rbac.Spec{rbac.Defaults()}, specs...)...)
	require.NoError(t, err)
	h := &host{TB: t, policy: policy, store: &memory{states: make(map[rbac.Workspace]WorkspaceState)}}
	invited := time.Now().UTC().Truncate(time.Second)
	ivy := rbac.Invite("ivy", shop, invited, role(rbac.Operator))
	late := rbac.Invite("late", shop, invited.Add(-rbac.InvitationValidity), role(rbac.Operator))
	gus := member("gus", shop, role(rbac.Developer, "mp-43"))
	gus.Status = rbac.StatusBlocked
	left := member("left", shop)
	left.Status = rbac.StatusDeleted
	h.store.add(wallet, WorkspaceState{MiniPrograms: []string{"top-up"}, Members: []rbac.Member{
		member("ann", wallet, role(rbac.WorkspaceAdmin)), member("rae", wallet, role(rbac.WorkspaceReviewer)),
		member("dan", wallet, role(rbac.WorkspaceDeveloper, "top-up")), member("ola", wallet, role(rbac.WorkspaceOperator)),
	}})
	h.store.add(shop, WorkspaceState{
		MiniPrograms: []string{"mp-42", "mp-43"}, Own: rbac.Spec{Roles: []rbac.Role{cashier()}},
		Members: []rbac.Member{
			member("sam", shop, role(rbac.DeveloperAdmin)), member("alice", shop, role(rbac.Developer, "mp-42")),
			member("carl", shop, role("cashier", "mp-42", "mp-43")), ivy, late, gus, left,
			member("dev", shop, role(rbac.Developer, "mp-43")),
		},
	})
	h.store.add(bakery, WorkspaceState{MiniPrograms: []string{"mp-7"}, Members: []rbac.Member{
		member("bob", bakery, role(rbac.DeveloperAdmin)), member("mia", bakery, role(rbac.Operator)),
	}})
	h.store.add(bank, WorkspaceState{MiniPrograms: []string{"vault"}, Members: []rbac.Member{
		member("bea", bank, role(rbac.WorkspaceAdmin)),
	}})
	console, err := newConsole(h.config())
	require.NoError(t, err)
	h.Handler, h.keys = console.handler(), console.keys
	return h
}

var workspaces = map[string]rbac.Workspace{"wallet": wallet, "shop": shop, "bakery": bakery, "bank": bank}

func (h *host) config() Config {
	return Config{
		Policy: func() *rbac.Policy { return h.policy },
		Store:  h.store,
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		SignIn: "/who",
		Member: func(r *http.Request) (rbac.Member, error) {
			id, workspace, _ := strings.Cut(r.Header.Get("X-Member"), "@")
			if id == "" {
				return rbac.Member{}, ErrNoMember
			}
			state, err := h.store.State(r.Context(), workspaces[workspace])
			if err != nil {
				return rbac.Member{}, err
			}
			found, ok := view.Find(state.Members, id)
			if !ok {
				return rbac.Member{}, ErrNoMember
			}
			return found, nil
		},
	}
}

// change changes what is stored of a member, behind the console's back.
func (h *host) change(workspace rbac.Workspace, id string, change func(*rbac.Member)) {
	h.Helper()
	state := h.store.states[workspace]
	i := slices.IndexFunc(state.Members, func(m rbac.Member) bool { return m.ID == id })
	require.GreaterOrEqual(h, i, 0, id)
	state.Members = slices.Clone(state.Members)
	change(&state.Members[i])
	h.store.states[workspace] = state
}

// stored returns what is stored of a member; the zero Member if there is none.
func (h *host) stored(workspace rbac.Workspace, id string) rbac.Member {
	found, _ := view.Find(h.store.states[workspace].Members, id)
	return found
}

// answer is what a browser gets.
type answer struct {
	status int
	header http.Header
	body   string
}

// text is what a person reads of the page's main part, without markup.
func (a answer) text() string {
	text := a.body
	if _, main, found := strings.Cut(a.body, "<main"); found {
		text = "<main" + main
	}
	text = regexp.MustCompile(`(?s)<option.*?</option>|<[^>]*>`).ReplaceAllString(text, " ")
	text = strings.Join(strings.Fields(html.UnescapeString(text)), " ")
	return strings.NewReplacer(" ,", ",", " :", ":", " .", ".").Replace(text)
}

// hidden returns a hidden field of a form on the page.
func (a answer) hidden(name string) string {
	match := regexp.MustCompile(`type="hidden" name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if match == nil {
		return ""
	}
	return html.UnescapeString(match[1])
}

func (h *host) get(as, target string) answer { return h.ask(as, "GET", target, nil) }

func (h *host) post(as, target string, keysAndValues ...string) answer {
	form := url.Values{}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		form.Add(keysAndValues[i], keysAndValues[i+1])
	}
	return h.ask(as, "POST", target, form)
}

func (h *host) ask(as, method, target string, form url.Values, header ...string) answer {
	h.Helper()
	target, _, _ = strings.Cut(target, "#") // a browser keeps the fragment
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("X-Member", as)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// follow asks for the page to which an answer redirects.
func (h *host) follow(as string, a answer) answer {
	h.Helper()
	require.Equal(h, http.StatusSeeOther, a.status, a.text())
	location := a.header.Get("Location")
	require.NotContains(h, location, "/", "redirects are relative, so that a prefix may be stripped")
	return h.ask(as, "GET", "/"+location, nil, "Cookie", strings.Split(a.header.Get("Set-Cookie"), ";")[0])
}
