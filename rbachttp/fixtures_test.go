package rbachttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// Two native apps, and two merchants of the first.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
	bank   = rbac.Tenant("bank")
)

type miniProgram struct {
	ID        string
	Workspace rbac.Workspace
}

func (p miniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID) }

var miniPrograms = map[string]miniProgram{
	"top-up":  {"top-up", wallet},
	"mp-42":   {"mp-42", shop},
	"mp-43":   {"mp-43", shop},
	"mp-7":    {"mp-7", bakery},
	"savings": {"savings", bank},
}

var workspaces = map[string]rbac.Workspace{"wallet": wallet, "shop": shop, "bakery": bakery, "bank": bank}

// members maps the token of a request to its member.
var members = map[string]rbac.Member{
	"ann":   member("ann", wallet, rbac.WorkspaceAdmin),
	"sam":   member("sam", shop, rbac.DeveloperAdmin),
	"alice": member("alice", shop, rbac.Developer, "mp-42"),
	"ola":   member("ola", shop, rbac.Operator, "mp-42"),
	"bob":   member("bob", bakery, rbac.DeveloperAdmin),
	"eve":   member("eve", bank, rbac.WorkspaceAdmin),

	// These may do nothing.
	"gil": with(member("gil", bakery, rbac.DeveloperAdmin), func(m *rbac.Member) { m.Status = rbac.StatusBlocked }),
	"ivy": with(member("ivy", bakery, rbac.DeveloperAdmin), func(m *rbac.Member) { m.Status = rbac.StatusInvited }),
	"wes": with(member("wes", bakery, rbac.DeveloperAdmin), func(m *rbac.Member) { m.Status = rbac.StatusWithdrawn }),
	"dan": with(member("dan", bakery, rbac.DeveloperAdmin), func(m *rbac.Member) { m.Status = rbac.StatusDeleted }),
	"sue": with(member("sue", bakery, rbac.DeveloperAdmin), func(m *rbac.Member) { m.Suspended = true }),
	"nil": {},
}

// idle maps the tokens of members who may do nothing to the reason.
var idle = map[string]string{
	"gil": "blocked", "ivy": "invited", "wes": "withdrawn", "dan": "deleted", "sue": "suspended",
	"nil": "invalid_member",
}

func member(id string, w rbac.Workspace, role rbac.RoleID, programs ...string) rbac.Member {
	return rbac.Member{
		ID: id, Workspace: w, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: programs}},
	}
}

func with(m rbac.Member, change func(*rbac.Member)) rbac.Member {
	change(&m)
	return m
}

// memberOf is a Config.Member.
func memberOf(r *http.Request) (rbac.Member, error) {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	m, found := members[token]
	if !isBearer || !found {
		return rbac.Member{}, ErrNoMember
	}
	return m, nil
}

func loadMiniProgram(r *http.Request) (miniProgram, error) {
	return find(miniPrograms, r.PathValue("id"))
}
func loadWorkspace(r *http.Request) (rbac.Workspace, error) {
	return find(workspaces, r.PathValue("id"))
}

func find[R any](rows map[string]R, id string) (R, error) {
	row, found := rows[id]
	if !found {
		return row, fmt.Errorf("load: %w", ErrNotFound)
	}
	return row, nil
}

// host is a guard with routes, and all that it records and logs.
type host struct {
	*Guard
	mutex   sync.Mutex
	records []Record
	log     bytes.Buffer
}

// newHost returns a host without routes. A change of the config is optional.
func newHost(changes ...func(*Config)) *host {
	h := &host{}
	config := Config{
		Policy:    rbac.Default(),
		Member:    memberOf,
		Audit:     h.keep,
		RequestID: func(r *http.Request) string { return r.Header.Get("X-Request-Id") },
		Log:       slog.New(slog.NewJSONHandler(&h.log, nil)),
	}
	for _, change := range changes {
		change(&config)
	}
	h.Guard = New(config)
	return h
}

func (h *host) keep(_ context.Context, record Record) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.records = append(h.records, record)
	return nil
}

const (
	viewRoute    = "GET /miniprograms/{id}"
	releaseRoute = "POST /miniprograms/{id}/release"
)

// withRoutes adds the routes that most tests ask.
func (h *host) withRoutes() *host {
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram, showRow)
	Handle(h.Guard, "DELETE /miniprograms/{id}", rbac.DeleteMiniProgram, loadMiniProgram, showRow)
	Handle(h.Guard, releaseRoute, rbac.ReleaseMiniProgram, loadMiniProgram, showRow)
	Handle(h.Guard, "POST /workspaces/{id}/miniprograms", rbac.CreateMiniProgram, loadWorkspace, showRow)
	h.List("GET /miniprograms", rbac.ListMiniPrograms, showFilter)
	h.Public("GET /healthz", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok")
	}))
	return h
}

// showRow and showFilter are handlers that say what they got.
func showRow[R Row](w http.ResponseWriter, _ *http.Request, m rbac.Member, row R) error {
	_, err := fmt.Fprintf(w, "handled for %s: %v", m.ID, row)
	return err
}

func showFilter(w http.ResponseWriter, _ *http.Request, m rbac.Member, filter rbac.Filter) error {
	_, err := fmt.Fprintf(w, "listed for %s: %v", m.ID, filter)
	return err
}

// visible is all that a client sees of an answer.
type visible struct {
	status int
	header http.Header
	body   string
}

// ask sends one request. An empty token means no session.
func ask(handler http.Handler, token, method, path string) visible {
	request := httptest.NewRequest(method, path, nil)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("X-Request-Id", "request-1")
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	return visible{response.Code, response.Header(), response.Body.String()}
}

func (h *host) handler(t *testing.T) http.Handler {
	t.Helper()
	handler, err := h.Handler()
	require.NoError(t, err)
	return handler
}

func (h *host) ask(t *testing.T, token, method, path string) visible {
	t.Helper()
	return ask(h.handler(t), token, method, path)
}

// existing lists requests for rows that exist, each with the path of a row that does not.
var existing = []struct{ method, path, missing string }{
	{"GET", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"HEAD", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"DELETE", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"POST", "/miniprograms/mp-42/release", "/miniprograms/mp-99/release"},
	{"POST", "/workspaces/shop/miniprograms", "/workspaces/mill/miniprograms"},
}

// errSecret is an error as a database driver may return it.
var errSecret = errors.New("dial db-7.internal: password of app rejected")
