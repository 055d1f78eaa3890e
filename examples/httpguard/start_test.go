package main

import (
	"net/http"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

func TestStartIsRefused(t *testing.T) {
	const release = "POST /miniprograms/{id}/release"
	for _, row := range []struct {
		name     string
		register func(*host)
		problem  string
	}{
		{"with a misspelt action", func(h *host) {
			Handle(h.guard, release, "miniprogram.relase", api{h.store}.miniProgram, noop)
		}, `route "POST /miniprograms/{id}/release": the policy does not declare the action "miniprogram.relase"`},
		{"with a misspelt action of a list", func(h *host) {
			h.guard.HandleList("GET /miniprograms", "miniprogram.lst", noop)
		}, `the policy does not declare the action "miniprogram.lst"`},
		{"with a route without an action", func(h *host) {
			Handle(h.guard, release, "", api{h.store}.miniProgram, noop)
		}, `the policy does not declare the action ""`},
		{"with a route without a loader", func(h *host) {
			Handle[MiniProgram](h.guard, release, rbac.ReleaseMiniProgram, nil, noop)
		}, "a function is nil"},
		{"with a route without a handler", func(h *host) {
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, nil)
		}, "a function is nil"},
		{"with a public route without a handler", func(h *host) {
			h.guard.Public("GET /healthz", nil)
		}, "a function is nil"},
		{"with a route for any method", func(h *host) {
			Handle(h.guard, "/miniprograms/{id}/release", rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
		}, "the pattern names no method"},
		{"with a public route for any method", func(h *host) {
			h.guard.Public("/", http.NotFoundHandler())
		}, "the pattern names no method"},
		{"with a public route in the place of a guarded one", func(h *host) {
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
			h.guard.Public(release, http.NotFoundHandler())
		}, "conflicts with pattern"},
		{"with a pattern that is none", func(h *host) {
			h.guard.Public("GET /{", http.NotFoundHandler())
		}, `route "GET /{": `},
		{"without anybody to tell who is asking", func(h *host) {
			h.guard.identify = nil
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
		}, "a function is nil"},
		{"without a policy", func(h *host) {
			h.guard.policy.Store(nil)
			Handle(h.guard, release, rbac.ReleaseMiniProgram, api{h.store}.miniProgram, noop)
		}, `the policy does not declare the action "miniprogram.release"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newBareHost()
			row.register(h)
			server, err := newServer(h.guard)
			assert.ErrorContains(t, err, row.problem)
			assert.Nil(t, server)
		})
	}
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	h := newBareHost()
	Handle(h.guard, "GET /a", "no.such", api{h.store}.miniProgram, noop)
	h.guard.Public("/b", http.NotFoundHandler())
	_, err := h.guard.Handler()
	assert.ErrorContains(t, err, `"GET /a"`)
	assert.ErrorContains(t, err, `"/b"`)
}

// A route that comes after the start is served by nobody, guarded or not.
func TestNoRouteIsAddedWhileServing(t *testing.T) {
	h := newHost()
	handler, err := h.guard.Handler()
	assert.NoError(t, err)
	h.guard.Public("GET /late", http.RedirectHandler("/", http.StatusFound))
	assert.Equal(t, http.StatusNotFound, serveOne(handler, "ann", "GET", "/late").status)
}
