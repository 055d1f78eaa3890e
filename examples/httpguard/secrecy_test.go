package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// existing are requests for what is there, and missing the same for what is not.
var existing = []struct{ method, path, missing string }{
	{"GET", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"DELETE", "/miniprograms/mp-42", "/miniprograms/mp-99"},
	{"POST", "/miniprograms/mp-42/release", "/miniprograms/mp-99/release"},
	{"POST", "/workspaces/shop/miniprograms", "/workspaces/mill/miniprograms"},
}

func TestStrangersCannotTellWhatExists(t *testing.T) {
	for name, token := range map[string]string{
		"bob of another merchant":               "bob",
		"eve of another tenant":                 "eve",
		"gil, who is blocked, of another still": "gil",
		"somebody who is not signed in":         "",
	} {
		t.Run(name, func(t *testing.T) {
			requireIndistinguishable(t, newHost(), token)
		})
	}
}

func TestWithoutAPolicyNobodyCanTellWhatExists(t *testing.T) {
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

func requireIndistinguishable(t *testing.T, h *host, token string) {
	t.Helper()
	handler, err := h.guard.Handler()
	require.NoError(t, err)
	for _, e := range existing {
		there, missing := serveOne(handler, token, e.method, e.path), serveOne(handler, token, e.method, e.missing)
		assert.Equal(t, missing, there, "%s %s", e.method, e.path)
		assert.GreaterOrEqual(t, there.status, 400)
	}
}

// seen is all that a client sees.
type seen struct {
	status int
	header http.Header
	body   string
}

func serveOne(handler http.Handler, token, method, path string) seen {
	request := httptest.NewRequest(method, path, nil)
	request.Header.Set("Authorization", "Bearer "+token)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return seen{answer.Code, answer.Header(), answer.Body.String()}
}

func TestRefusalsNameNobodyAndNothing(t *testing.T) {
	h := newHost()
	names := []string{"wallet", "shop", "bakery", "bank", "mp-42", "mp-43", "mp-7", "top-up", "Groceries", "Cakes"}
	for token, key := range demoSessions() {
		for _, e := range existing {
			answer := h.send(t, token, e.method, e.path, "{}")
			if answer.Code < 400 {
				continue
			}
			for _, name := range append(names, key.ID) {
				assert.NotContains(t, answer.Body.String(), name, "%s %s as %s", e.method, e.path, token)
				assert.NotContains(t, fmt.Sprint(answer.Header()), name)
			}
		}
	}
}

// errSecret is what a database driver may say.
var errSecret = errors.New("dial db-7.internal: password of app rejected")

func TestStoreErrorsAreForTheLogOnly(t *testing.T) {
	failingLoad := func(*http.Request) (MiniProgram, error) { return MiniProgram{}, errSecret }
	failingHandler := func(http.ResponseWriter, *http.Request, MiniProgram) error { return errSecret }
	for name, register := range map[string]func(*host){
		"of the row": func(h *host) {
			Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, failingLoad, noop)
		},
		"of the handler": func(h *host) {
			Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, api{h.store}.miniProgram, failingHandler)
		},
		"of the member": func(h *host) {
			h.guard.identify = func(*http.Request) (rbac.Member, error) { return rbac.Member{}, errSecret }
			Handle(h.guard, "GET /miniprograms/{id}", rbac.ViewMiniProgram, api{h.store}.miniProgram, noop)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newBareHost()
			register(h)
			answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
			assert.Equal(t, http.StatusInternalServerError, answer.Code)
			assert.Equal(t, "internal server error\n", answer.Body.String())
			assert.Contains(t, h.log.String(), errSecret.Error())
		})
	}
}
