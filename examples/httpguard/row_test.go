package main

import (
	"net/http"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheHandlerGetsTheRowThatWasChecked(t *testing.T) {
	h := newBareHost()
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

func TestARowThatMovesAfterTheCheckIsNotWritten(t *testing.T) {
	h := newBareHost()
	loadAndMove := func(r *http.Request) (MiniProgram, error) {
		checked, err := api{h.store}.miniProgram(r)
		require.NoError(t, err)
		moved := checked
		moved.Workspace = bakery
		require.NoError(t, h.store.Save(r.Context(), moved))
		return checked, nil
	}
	Handle(h.guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, loadAndMove, api{h.store}.release)

	answer := h.ask(t, "alice", "POST", "/miniprograms/mp-42/release")
	assert.Equal(t, http.StatusConflict, answer.Code)
	assert.False(t, h.store.miniPrograms["mp-42"].Released)
}

func TestARefusedRequestDoesNotReachTheHandler(t *testing.T) {
	h := newBareHost()
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
