package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newHostWithoutRoutes is for tests that register routes of their own.
func newHostWithoutRoutes() *host {
	h := newHost()
	h.guard.routes = nil
	return h
}

// noop is a handler that has nothing to do.
func noop[R any](w http.ResponseWriter, _ *http.Request, _ R) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Starting.

func TestNewServerRefusesInvalidRoutes(t *testing.T) {
	const release = "POST /miniprograms/{id}/release"
	for _, row := range []struct {
		name     string
		register func(*host)
		problem  string
	}{
		{"a misspelled action is refused", func(h *host) {
			Handle(h.guard, release, "miniprogram.relase", api{h.store}.miniProgram, noop)
		}, `route "POST /miniprograms/{id}/release": the policy does not declare the action "miniprogram.relase"`},
		{"a misspelled action of a list is refused", func(h *host) {
			h.guard.HandleList("GET /miniprograms", "miniprogram.lst", noop)
		}, `the policy does not declare the action "miniprogram.lst"`},
		{"an empty action is refused", func(h *host) {
			Handle(h.guard, release, "", api{h.store}.miniProgram, noop)
		}, `the policy does not declare the action ""`},
		{"a nil loader is refused", func(h *host) {
			Handle[MiniProgram](h.guard, release, rbac.ReleaseMiniProgram, nil, noop)
		}, "a function is nil"},
		{"a nil handler is refused", func(h *host) {
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, nil)
		}, "a function is nil"},
		{"a nil handler of a public route is refused", func(h *host) {
			h.guard.Public("GET /healthz", nil)
		}, "a function is nil"},
		{"a pattern without a method is refused", func(h *host) {
			Handle(h.guard, "/miniprograms/{id}/release", rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
		}, "the pattern has no method"},
		{"a public pattern without a method is refused", func(h *host) {
			h.guard.Public("/", http.NotFoundHandler())
		}, "the pattern has no method"},
		{"a public route with the pattern of a guarded one is refused", func(h *host) {
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
			h.guard.Public(release, http.NotFoundHandler())
		}, "conflicts with pattern"},
		{"a malformed pattern is refused", func(h *host) {
			h.guard.Public("GET /{", http.NotFoundHandler())
		}, `route "GET /{": `},
		{"a guard without Identify is refused", func(h *host) {
			h.guard.identify = nil
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
		}, "a function is nil"},
		{"a guard without a policy is refused", func(h *host) {
			h.guard.policy.Store(nil)
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
		}, `the policy does not declare the action "miniprogram.release"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHostWithoutRoutes()
			row.register(h)
			server, err := newServer(h.guard)
			assert.ErrorContains(t, err, row.problem)
			assert.Nil(t, server)
		})
	}
}

func TestGuardHandlerReportsEveryProblem(t *testing.T) {
	h := newHostWithoutRoutes()
	Handle(h.guard, "GET /a", "no.such", api{h.store}.miniProgram, noop)
	h.guard.Public("/b", http.NotFoundHandler())
	_, err := h.guard.Handler()
	assert.ErrorContains(t, err, `"GET /a"`)
	assert.ErrorContains(t, err, `"/b"`)
}

func TestGuardHandlerIgnoresLaterRoutes(t *testing.T) {
	h := newHost()
	handler, err := h.guard.Handler()
	assert.NoError(t, err)
	h.guard.Public("GET /late", http.RedirectHandler("/", http.StatusFound))
	assert.Equal(t, http.StatusNotFound, serveOne(handler, "ann", "GET", "/late").status)
}

// The row.

func TestHandlePassesTheCheckedRow(t *testing.T) {
	h := newHostWithoutRoutes()
	loads, given := 0, MiniProgram{}
	load := func(r *http.Request) (MiniProgram, error) {
		loads++
		return api{h.store}.miniProgram(r)
	}
	handle := func(_ http.ResponseWriter, _ *http.Request, p MiniProgram) error {
		given = p
		return nil
	}
	Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, load, handle)

	h.ask(t, "alice", "GET", "/miniprograms/mp-42")
	assert.Equal(t, 1, loads)
	assert.Equal(t, h.store.miniPrograms["mp-42"], given)
}

func TestHandleDoesNotWriteARowThatMovedAfterTheCheck(t *testing.T) {
	h := newHostWithoutRoutes()
	loadAndMove := func(r *http.Request) (MiniProgram, error) {
		checked, err := api{h.store}.miniProgram(r)
		require.NoError(t, err)
		moved := checked
		moved.Workspace = bakery
		require.NoError(t, h.store.Save(r.Context(), moved))
		return checked, nil
	}
	Handle(h.guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, loadAndMove, api{h.store}.release)

	response := h.ask(t, "alice", "POST", "/miniprograms/mp-42/release")
	assert.Equal(t, http.StatusConflict, response.Code)
	assert.False(t, h.store.miniPrograms["mp-42"].Released)
}

func TestHandleDoesNotCallTheHandlerOnADenial(t *testing.T) {
	h := newHostWithoutRoutes()
	handle := func(http.ResponseWriter, *http.Request, MiniProgram) error {
		t.Error("the handler is called")
		return nil
	}
	Handle(h.guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, api{h.store}.miniProgram, handle)
	for _, token := range []string{"", "ola", "bob", "eve", "gil", "ann", "zoe"} {
		h.ask(t, token, "POST", "/miniprograms/mp-42/release")
	}
	h.ask(t, "alice", "POST", "/miniprograms/mp-99/release")
}

func TestHandleDoesNotLoadARowForAMemberWhoMayDoNothing(t *testing.T) {
	h := newHostWithoutRoutes()
	load := func(*http.Request) (MiniProgram, error) {
		t.Error("the row is loaded")
		return MiniProgram{}, nil
	}
	Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, load, noop)
	assert.Equal(t, http.StatusForbidden, h.ask(t, "gil", "GET", "/miniprograms/mp-7").Code)
}

// errSecret is an error as a database driver may return it.
var errSecret = errors.New("dial db-7.internal: password of app rejected")

func TestHandleLogsInternalErrorsAndHidesThem(t *testing.T) {
	failingLoad := func(*http.Request) (MiniProgram, error) { return MiniProgram{}, errSecret }
	failingHandler := func(http.ResponseWriter, *http.Request, MiniProgram) error { return errSecret }
	for name, register := range map[string]func(*host){
		"an error of the loader is hidden": func(h *host) {
			Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, failingLoad, noop)
		},
		"an error of the handler is hidden": func(h *host) {
			Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, api{h.store}.miniProgram, failingHandler)
		},
		"an error of Identify is hidden": func(h *host) {
			h.guard.identify = func(*http.Request) (rbac.Member, error) { return rbac.Member{}, errSecret }
			Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, api{h.store}.miniProgram, noop)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostWithoutRoutes()
			register(h)
			response := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
			assert.Equal(t, http.StatusInternalServerError, response.Code)
			assert.Equal(t, "internal server error\n", response.Body.String())
			assert.Contains(t, h.log.String(), errSecret.Error())
		})
	}
}

// The log.

func TestHandleLogsEachDecision(t *testing.T) {
	for _, row := range []struct {
		name, token, path string
		found             bool
		decision          map[string]any
	}{
		{"alice can view mp-42", "alice", "/miniprograms/mp-42", true, map[string]any{
			"allowed": true, "reason": "granted", "action": "miniprogram.view", "role": "developer", "scope": "assigned",
		}},
		{"alice cannot view mp-43", "alice", "/miniprograms/mp-43", true, map[string]any{
			"allowed": false, "reason": "not_assigned", "action": "miniprogram.view", "role": "", "scope": "-",
		}},
		{"bob gets 404 and the log has the reason", "bob", "/miniprograms/mp-42", true, map[string]any{
			"allowed": false, "reason": "other_workspace", "action": "miniprogram.view", "role": "", "scope": "-",
		}},
		{"bob gets 404 and the log says that nothing was found", "bob", "/miniprograms/mp-99", false, map[string]any{
			"allowed": false, "reason": "invalid_workspace", "action": "miniprogram.view", "role": "", "scope": "-",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHost()
			h.ask(t, row.token, "GET", row.path)
			logged := logLine(t, h)
			assert.Equal(t, "decision", logged["msg"])
			assert.Equal(t, "miniprogram.view", logged["action"])
			assert.Equal(t, row.path, logged["path"])
			assert.Equal(t, row.found, logged["found"])
			assert.Equal(t, row.decision, logged["decision"])
			assert.Equal(t, row.token, logged["member"].(map[string]any)["id"])
		})
	}
}

func TestHandleListLogsTheFilter(t *testing.T) {
	h := newHost()
	h.ask(t, "alice", "GET", "/miniprograms")
	logged := logLine(t, h)
	assert.Equal(t, "list", logged["msg"])
	const filter = `miniprogram.list: mini programs of developer workspace "shop" that are or belong to "mp-42"`
	assert.Equal(t, filter, logged["filter"])
}

func TestReloadLogsTheFingerprint(t *testing.T) {
	h := newHost()
	require.NoError(t, reload(h.guard, file(t, operatorsRelease)))
	logged := logLine(t, h)
	assert.Equal(t, "policy reloaded", logged["msg"])
	assert.Equal(t, h.guard.policy.Load().Fingerprint(), logged["policy"])
}

func logLine(t *testing.T, h *host) map[string]any {
	t.Helper()
	var line map[string]any
	require.NoError(t, json.Unmarshal(h.log.Bytes(), &line), "the log has one line: %s", h.log.String())
	return line
}

// The policy.

const operatorsRelease = `{"extend": {"operator": {"miniprogram.release": ["assigned"]}}}`

func TestLoadPolicyWithoutAPathIsTheDefault(t *testing.T) {
	policy, err := loadPolicy("")
	require.NoError(t, err)
	assert.Same(t, rbac.Default(), policy)
}

func TestReloadTakesEffectAtTheNextRequest(t *testing.T) {
	h := newHost()
	require.Equal(t, http.StatusForbidden, h.ask(t, "ola", "POST", "/miniprograms/mp-42/release").Code)
	require.NoError(t, reload(h.guard, file(t, operatorsRelease)))
	assert.Equal(t, http.StatusNoContent, h.ask(t, "ola", "POST", "/miniprograms/mp-42/release").Code)
}

func TestReloadKeepsThePolicyOnAnError(t *testing.T) {
	h := newHost()
	for name, path := range map[string]string{
		"a missing file is an error":    filepath.Join(t.TempDir(), "policy.json"),
		"an empty file is an error":     file(t, ""),
		"half a document is an error":   file(t, operatorsRelease[:20]),
		"an unknown action is an error": file(t, `{"extend": {"operator": {"miniprogram.relase": ["assigned"]}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, reload(h.guard, path))
			assert.Same(t, rbac.Default(), h.guard.policy.Load())
		})
	}
}

func TestGuardSwapRefusesAPolicyWithoutTheActions(t *testing.T) {
	h := newHost()
	other := rbac.Must(rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{"door.open": rbac.OnTenant}}))
	for name, policy := range map[string]*rbac.Policy{
		"the policy of another program is refused": other,
		"a nil policy is refused":                  nil,
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, h.guard.Swap(policy), `does not declare the action "miniprogram.release"`)
			assert.Same(t, rbac.Default(), h.guard.policy.Load())
		})
	}
}

func TestGuardWithoutAPolicyDeniesEverything(t *testing.T) {
	h := newHost()
	handler, err := h.guard.Handler()
	require.NoError(t, err)
	h.guard.policy.Store(nil)
	assert.Equal(t, http.StatusForbidden, serveOne(handler, "sam", "GET", "/miniprograms/mp-42").status)
	assert.Equal(t, "[]\n", serveOne(handler, "sam", "GET", "/miniprograms").body)
}

func TestGuardWithoutAPolicyHidesWhatExists(t *testing.T) {
	h := newHost()
	handler, err := h.guard.Handler()
	require.NoError(t, err)
	h.guard.policy.Store(nil)
	for _, token := range []string{"sam", "bob"} {
		for _, e := range existing {
			assert.Equal(t, serveOne(handler, token, e.method, e.missing), serveOne(handler, token, e.method, e.path))
		}
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
