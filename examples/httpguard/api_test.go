package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// host is a server with the demo data. Each test has its own, without a network.
type host struct {
	store  *Store
	guard  *rbachttp.Guard
	server *http.Server
	log    bytes.Buffer
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{store: demoStore()}
	h.guard = newGuard(rbac.Default(), h.store, h.logger())
	server, err := newServer(h.guard, h.logger())
	require.NoError(t, err)
	h.server = server
	return h
}

func (h *host) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(&h.log, nil)) }

// ask sends a request without a body.
func (h *host) ask(token, method, path string) *httptest.ResponseRecorder {
	return h.send(token, method, path, "")
}

// send sends a request; an empty token means no session.
func (h *host) send(token, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response := httptest.NewRecorder()
	h.server.Handler.ServeHTTP(response, request)
	return response
}

const (
	notAssigned    = "the mini program is not assigned to the member's role"
	notGranted     = "none of the member's roles grants it"
	ownOnly        = "the member's role grants it in the member's own workspace only"
	blocked        = "the member is blocked"
	notFound       = `{"title":"Not Found","status":404}`
	signIn         = "sign in first"
	onlyMP42       = `[{"id":"mp-42","name":"Groceries","workspace":"shop","released":false}]`
	newMiniProgram = `{"name": "Tea"}`
)

func TestAPIAnswers(t *testing.T) {
	for _, row := range []struct {
		name, token, method, path string
		status                    int
		body                      string
	}{
		{"alice can release mp-42", "alice", "POST", "/miniprograms/mp-42/release", 204, ""},
		{"alice can view mp-42", "alice", "GET", "/miniprograms/mp-42", 200, `"Groceries"`},
		{"alice cannot release mp-43, which is not assigned to her",
			"alice", "POST", "/miniprograms/mp-43/release", 403, notAssigned},
		{"alice cannot release mp-7 of another merchant", "alice", "POST", "/miniprograms/mp-7/release", 404, notFound},
		{"alice cannot create a mini program", "alice", "POST", "/workspaces/shop/miniprograms", 403, notGranted},
		{"alice lists only what is assigned to her", "alice", "GET", "/miniprograms", 200, onlyMP42},

		{"ola, an operator, can view mp-42", "ola", "GET", "/miniprograms/mp-42", 200, `"mp-42"`},
		{"ola cannot release mp-42", "ola", "POST", "/miniprograms/mp-42/release", 403, notGranted},
		{"ola lists nothing", "ola", "GET", "/miniprograms", 200, "[]"},

		{"sam, the shop's admin, can release mp-43", "sam", "POST", "/miniprograms/mp-43/release", 204, ""},
		{"sam can delete mp-42", "sam", "DELETE", "/miniprograms/mp-42", 204, ""},
		{"sam can create a mini program in the shop", "sam", "POST", "/workspaces/shop/miniprograms", 201, `"Tea"`},
		{"sam cannot create one in the bakery", "sam", "POST", "/workspaces/bakery/miniprograms", 404, notFound},
		{"sam cannot create one in the wallet", "sam", "POST", "/workspaces/wallet/miniprograms", 404, notFound},

		{"ann, the wallet's admin, can view mp-42", "ann", "GET", "/miniprograms/mp-42", 200, `"mp-42"`},
		{"ann cannot release mp-42 of a merchant", "ann", "POST", "/miniprograms/mp-42/release", 403, ownOnly},
		{"ann can release the wallet's own top-up", "ann", "POST", "/miniprograms/top-up/release", 204, ""},

		{"bob of another merchant gets 404", "bob", "POST", "/miniprograms/mp-42/release", 404, notFound},
		{"eve of another tenant gets 404", "eve", "GET", "/miniprograms/mp-42", 404, notFound},
		{"eve lists nothing of the wallet", "eve", "GET", "/miniprograms", 200, "[]"},
		{"gil cannot list", "gil", "GET", "/miniprograms", 403, blocked},
		{"gil is told that he is blocked", "gil", "GET", "/miniprograms/mp-7", 403, blocked},
		{"gil is told the same for another merchant's", "gil", "GET", "/miniprograms/mp-42", 403, blocked},
		{"gil is told the same for a missing one", "gil", "GET", "/miniprograms/mp-99", 403, blocked},

		{"sam gets 404 for a missing mini program", "sam", "GET", "/miniprograms/mp-99", 404, notFound},
		{"sam gets 404 for a missing workspace", "sam", "POST", "/workspaces/mill/miniprograms", 404, notFound},
		{"sam gets 404 for a missing route", "sam", "GET", "/secrets", 404, "not found"},
		{"sam gets 405 for a missing method", "sam", "PUT", "/miniprograms/mp-42", 405, "Method Not Allowed"},

		{"a client without a session cannot view", "", "GET", "/miniprograms/mp-42", 401, signIn},
		{"a client without a session cannot list", "", "GET", "/miniprograms", 401, signIn},
		{"a client with an unknown session cannot view", "mallory", "GET", "/miniprograms/mp-42", 401, signIn},
		{"zoe, not a member any more, cannot view", "zoe", "GET", "/miniprograms/mp-42", 401, signIn},
		{"a client without a session can use the public route", "", "GET", "/healthz", 200, "ok"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response := newHost(t).send(row.token, row.method, row.path, newMiniProgram)
			assert.Equal(t, row.status, response.Code)
			assert.Contains(t, response.Body.String(), row.body)
		})
	}
}

func TestAPIRefusesABlockedMemberAtTheNextRequest(t *testing.T) {
	h := newHost(t)
	require.Equal(t, http.StatusOK, h.ask("alice", "GET", "/miniprograms/mp-42").Code)

	sam, alice := MemberKey{shop, "sam"}, MemberKey{shop, "alice"}
	member, err := rbac.Default().Bind(h.store.members[sam]).Block(h.store.members[alice])
	require.NoError(t, err)
	h.store.members[alice] = member

	assert.Equal(t, http.StatusForbidden, h.ask("alice", "GET", "/miniprograms/mp-42").Code)
}

func TestAPIRefusesMembersOfASuspendedWorkspaceAtTheNextRequest(t *testing.T) {
	h := newHost(t)
	require.Equal(t, http.StatusOK, h.ask("sam", "GET", "/miniprograms/mp-42").Code)
	h.store.suspended[shop] = true

	for _, path := range []string{"/miniprograms", "/miniprograms/mp-42", "/miniprograms/mp-7", "/miniprograms/mp-99"} {
		response := h.ask("sam", "GET", path)
		assert.Equal(t, http.StatusForbidden, response.Code)
		assert.Contains(t, response.Body.String(), "the member's workspace is suspended")
	}
	assert.Equal(t, http.StatusOK, h.ask("ann", "GET", "/miniprograms/mp-42").Code, "ann of the wallet still sees it")
}

func TestAPICreateRefusesMalformedBodies(t *testing.T) {
	for name, body := range map[string]string{
		"an empty body is refused":       "",
		"a body without JSON is refused": "Tea",
		"two documents are refused":      newMiniProgram + newMiniProgram,
		"a missing name is refused":      "{}",
	} {
		t.Run(name, func(t *testing.T) {
			response := newHost(t).send("sam", "POST", "/workspaces/shop/miniprograms", body)
			assert.Equal(t, http.StatusBadRequest, response.Code)
		})
	}
}

func TestAPICreateRefusesALargeBody(t *testing.T) {
	body := `{"name": "` + strings.Repeat("a", maxBody) + `"}`
	response := newHost(t).send("sam", "POST", "/workspaces/shop/miniprograms", body)
	assert.Equal(t, http.StatusRequestEntityTooLarge, response.Code)
	assert.Contains(t, response.Body.String(), "the body is too large")
}

func TestAPIDoesNotWriteARowThatMovedAfterTheCheck(t *testing.T) {
	store := demoStore()
	checked := store.miniPrograms["mp-42"]
	moved := checked
	moved.Workspace = bakery
	require.NoError(t, store.Save(t.Context(), moved))

	request := httptest.NewRequest("POST", "/", nil)
	err := api{store}.release(httptest.NewRecorder(), request, rbac.Member{}, checked)
	assert.ErrorIs(t, err, ErrConflict)
	assert.False(t, store.miniPrograms["mp-42"].Released)
}

func TestStatusOf(t *testing.T) {
	for name, row := range map[string]struct {
		err    error
		status int
		detail string
	}{
		"a conflict":        {ErrConflict, 409, "the row has changed; try again"},
		"a malformed body":  {ErrBadRequest, 400, "the request is malformed"},
		"a deadline":        {context.DeadlineExceeded, 503, "it takes too long; try again later"},
		"an internal error": {errors.New("dial db-7.internal"), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, detail := statusOf(fmt.Errorf("save: %w", row.err))
			assert.Equal(t, row.status, status)
			assert.Equal(t, row.detail, detail)
		})
	}
}

// What strangers can learn.

// existing lists requests for rows that exist, each with the path of a row that
// does not.
var existing = []struct{ method, path, missing string }{
	{"GET", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"DELETE", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"POST", "/miniprograms/mp-42/release", "/miniprograms/mp-99/release"},
	{"POST", "/workspaces/shop/miniprograms", "/workspaces/mill/miniprograms"},
}

func TestAPIHidesWhatExistsFromStrangers(t *testing.T) {
	for name, token := range map[string]string{
		"bob of another merchant cannot tell":           "bob",
		"eve of another tenant cannot tell":             "eve",
		"gil, blocked, of another merchant cannot tell": "gil",
		"a client without a session cannot tell":        "",
	} {
		t.Run(name, func(t *testing.T) {
			handler := newHost(t).server.Handler
			for _, e := range existing {
				missing := serveOne(handler, token, e.method, e.missing)
				present := serveOne(handler, token, e.method, e.path)
				assert.Equal(t, missing, present, "%s %s", e.method, e.path)
				assert.GreaterOrEqual(t, present.status, 400)
			}
		})
	}
}

// visible is all that a client sees of a response.
type visible struct {
	status int
	header http.Header
	body   string
}

func serveOne(handler http.Handler, token, method, path string) visible {
	request := httptest.NewRequest(method, path, nil)
	request.Header.Set("Authorization", "Bearer "+token)
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	response.Header().Del(requestID) // another one for each request
	return visible{response.Code, response.Header(), response.Body.String()}
}

func TestAPIRefusalsContainNoNames(t *testing.T) {
	h := newHost(t)
	names := []string{"wallet", "shop", "bakery", "bank", "mp-42", "mp-43", "mp-7", "top-up", "Groceries", "Cakes"}
	for token, key := range demoSessions() {
		for _, e := range existing {
			response := h.send(token, e.method, e.path, "{}")
			if response.Code < 400 {
				continue
			}
			for _, name := range append(names, key.ID) {
				assert.NotContains(t, response.Body.String(), name, "%s %s as %s", e.method, e.path, token)
				assert.NotContains(t, fmt.Sprint(response.Header()), name)
			}
		}
	}
}

func TestSessionsMemberFrom(t *testing.T) {
	for header, expected := range map[string]error{
		"Bearer alice":  nil,
		"alice":         rbachttp.ErrNoMember,
		"Basic alice":   rbachttp.ErrNoMember,
		"Bearer Alice":  rbachttp.ErrNoMember,
		"Bearer alice ": rbachttp.ErrNoMember,
		"Bearer ":       rbachttp.ErrNoMember,
		"":              rbachttp.ErrNoMember,
	} {
		t.Run(header, func(t *testing.T) {
			request := httptest.NewRequest("GET", "/", nil)
			request.Header.Set("Authorization", header)
			_, err := demoSessions().memberFrom(demoStore())(request)
			assert.ErrorIs(t, err, expected)
		})
	}
}

// The tour and the server.

func TestTourAnswersAsPrinted(t *testing.T) {
	h := newHost(t)
	for _, stop := range tour {
		response := h.ask(stop.token, stop.method, stop.path)
		assert.Equal(t, stop.status, response.Code, "%s %s as %s", stop.method, stop.path, stop.token)
	}
}

func TestPrintTour(t *testing.T) {
	var out strings.Builder
	printTour(&out, "http://localhost:8080")
	const command = "curl -i -X POST -H 'Authorization: Bearer alice' " +
		"http://localhost:8080/miniprograms/mp-42/release\n"
	assert.Contains(t, out.String(), command)
}

func TestServeFinishesRunningRequests(t *testing.T) {
	h := newHost(t)
	started, finish := make(chan struct{}), make(chan struct{})
	h.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-finish
		_, _ = io.WriteString(w, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	listener, ended := loopback(t), make(chan error, 1)
	go func() { ended <- serve(ctx, listener, h.server) }()
	body := make(chan string, 1)
	go func() { body <- get("http://" + listener.Addr().String() + "/slow") }()

	<-started
	stop()
	close(finish)
	assert.Equal(t, "done", <-body)
	assert.NoError(t, <-ended)
}

func TestNewServerRefusesAnInvalidRoute(t *testing.T) {
	h := newHost(t)
	rbachttp.Handle(h.guard, "GET /late/{id}", "no.such", api{h.store}.miniProgram, api{h.store}.view)
	server, err := newServer(h.guard, h.logger())
	assert.ErrorContains(t, err, `"no.such"`)
	assert.Nil(t, server)
}

func TestNewServerGivesEachRequestADeadlineAndAnID(t *testing.T) {
	h := newHost(t)
	h.guard.Public("GET /probe", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, limited := r.Context().Deadline()
		fmt.Fprint(w, limited, " ", r.Header.Get(requestID))
	}))
	server, err := newServer(h.guard, h.logger())
	require.NoError(t, err)
	request := httptest.NewRequest("GET", "/probe", nil)
	request.Header.Set(requestID, "chosen by the client")
	response := httptest.NewRecorder()
	server.Handler.ServeHTTP(response, request)
	id := response.Header().Get(requestID)
	assert.NotEmpty(t, id)
	assert.NotContains(t, id, "client")
	assert.Equal(t, "true "+id, response.Body.String())
}

// The log and the policy.

func TestServerLogsEachDecision(t *testing.T) {
	h := newHost(t)
	response := h.ask("alice", "GET", "/miniprograms/mp-43")
	line := logLine(t, h)
	assert.Equal(t, "decision", line["msg"])
	assert.Equal(t, "not_assigned", line["decision"].(map[string]any)["reason"])
	assert.Equal(t, response.Header().Get(requestID), line["request_id"])
}

func TestReloadLogsTheFingerprint(t *testing.T) {
	h := newHost(t)
	require.NoError(t, reload(h.guard, file(t, operatorsRelease), h.logger()))
	line := logLine(t, h)
	assert.Equal(t, "policy reloaded", line["msg"])
	assert.Equal(t, h.guard.Policy().Fingerprint(), line["policy"])
}

func logLine(t *testing.T, h *host) map[string]any {
	t.Helper()
	var line map[string]any
	require.NoError(t, json.Unmarshal(h.log.Bytes(), &line), "the log has one line: %s", h.log.String())
	return line
}

const operatorsRelease = `{"extend": {"operator": {"miniprogram.release": ["assigned"]}}}`

func TestLoadPolicyWithoutAPathIsTheDefault(t *testing.T) {
	policy, err := loadPolicy("")
	require.NoError(t, err)
	assert.Same(t, rbac.Default(), policy)
}

func TestReloadTakesEffectAtTheNextRequest(t *testing.T) {
	h := newHost(t)
	require.Equal(t, http.StatusForbidden, h.ask("ola", "POST", "/miniprograms/mp-42/release").Code)
	require.NoError(t, reload(h.guard, file(t, operatorsRelease), h.logger()))
	assert.Equal(t, http.StatusNoContent, h.ask("ola", "POST", "/miniprograms/mp-42/release").Code)
}

func TestReloadKeepsThePolicyOnAnError(t *testing.T) {
	h := newHost(t)
	for name, path := range map[string]string{
		"a missing file is an error":    filepath.Join(t.TempDir(), "policy.json"),
		"an empty file is an error":     file(t, ""),
		"half a document is an error":   file(t, operatorsRelease[:20]),
		"an unknown action is an error": file(t, `{"extend": {"operator": {"miniprogram.relase": ["assigned"]}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, reload(h.guard, path, h.logger()))
			assert.Same(t, rbac.Default(), h.guard.Policy())
		})
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestNewServerSetsTimeouts(t *testing.T) {
	server := newHost(t).server
	assert.Positive(t, server.ReadHeaderTimeout)
	assert.Positive(t, server.ReadTimeout)
	assert.Positive(t, server.WriteTimeout)
	assert.Positive(t, server.IdleTimeout)
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// get returns the body, or the text of the error.
func get(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
