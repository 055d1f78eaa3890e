package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// host is a server of its own for each test, without a network.
type host struct {
	store *Store
	guard *Guard
	log   bytes.Buffer
}

func newHost() *host {
	h := &host{store: demoStore()}
	h.guard = NewGuard(rbac.Default(), demoSessions().identify(h.store), slog.New(slog.NewJSONHandler(&h.log, nil)))
	api{h.store}.register(h.guard)
	return h
}

// newBareHost has no routes yet.
func newBareHost() *host {
	h := newHost()
	h.guard.routes = nil
	return h
}

func (h *host) ask(t *testing.T, token, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	return h.send(t, token, method, path, "")
}

func (h *host) send(t *testing.T, token, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	handler, err := h.guard.Handler()
	require.NoError(t, err)
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// noop is a handler that is never reached, or has nothing to do.
func noop[R any](w http.ResponseWriter, _ *http.Request, _ R) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
