package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	notAssigned    = "the mini program is not assigned to the member's role"
	notGranted     = "none of the member's roles grants it"
	ownOnly        = "the member's role grants it in the member's own workspace only"
	blocked        = "the member is blocked"
	notFound       = "404 page not found"
	signIn         = "sign in first"
	newMiniProgram = `{"name": "Tea"}`
)

func TestAnswers(t *testing.T) {
	for _, row := range []struct {
		name, token, method, path string
		status                    int
		body                      string
	}{
		{"alice releases mp-42", "alice", "POST", "/miniprograms/mp-42/release", 204, ""},
		{"alice views mp-42", "alice", "GET", "/miniprograms/mp-42", 200, `"Groceries"`},
		{"alice cannot release mp-43, which is not assigned to her", "alice", "POST", "/miniprograms/mp-43/release", 403, notAssigned},
		{"alice cannot release mp-7 of another merchant", "alice", "POST", "/miniprograms/mp-7/release", 404, notFound},
		{"alice cannot create a mini program", "alice", "POST", "/workspaces/shop/miniprograms", 403, notGranted},
		{"alice sees in her list what is assigned to her", "alice", "GET", "/miniprograms", 200, `[{"id":"mp-42","name":"Groceries","workspace":"shop","released":false}]`},

		{"ola, an operator, views mp-42", "ola", "GET", "/miniprograms/mp-42", 200, `"mp-42"`},
		{"ola cannot release mp-42", "ola", "POST", "/miniprograms/mp-42/release", 403, notGranted},
		{"ola has no list", "ola", "GET", "/miniprograms", 200, "[]"},

		{"sam, the shop's admin, releases mp-43", "sam", "POST", "/miniprograms/mp-43/release", 204, ""},
		{"sam deletes mp-42", "sam", "DELETE", "/miniprograms/mp-42", 204, ""},
		{"sam creates a mini program", "sam", "POST", "/workspaces/shop/miniprograms", 201, `"Tea"`},
		{"sam cannot create one in the bakery", "sam", "POST", "/workspaces/bakery/miniprograms", 404, notFound},
		{"sam cannot create one in the wallet", "sam", "POST", "/workspaces/wallet/miniprograms", 404, notFound},

		{"ann, the wallet's admin, views mp-42", "ann", "GET", "/miniprograms/mp-42", 200, `"mp-42"`},
		{"ann cannot release mp-42, which is a merchant's", "ann", "POST", "/miniprograms/mp-42/release", 403, ownOnly},
		{"ann releases the wallet's own top-up", "ann", "POST", "/miniprograms/top-up/release", 204, ""},

		{"bob of another merchant gets 404", "bob", "POST", "/miniprograms/mp-42/release", 404, notFound},
		{"eve of another tenant gets 404", "eve", "GET", "/miniprograms/mp-42", 404, notFound},
		{"eve lists nothing of the wallet", "eve", "GET", "/miniprograms", 200, "[]"},
		{"gil is blocked", "gil", "GET", "/miniprograms/mp-7", 403, blocked},
		{"gil learns nothing of another merchant, blocked or not", "gil", "GET", "/miniprograms/mp-42", 404, notFound},

		{"a mini program that does not exist", "sam", "GET", "/miniprograms/mp-99", 404, notFound},
		{"a workspace that does not exist", "sam", "POST", "/workspaces/mill/miniprograms", 404, notFound},
		{"a route that does not exist", "sam", "GET", "/secrets", 404, notFound},
		{"a method that does not exist", "sam", "PUT", "/miniprograms/mp-42", 405, "Method Not Allowed"},

		{"nobody is signed in", "", "GET", "/miniprograms/mp-42", 401, signIn},
		{"nobody lists", "", "GET", "/miniprograms", 401, signIn},
		{"a session that does not exist", "mallory", "GET", "/miniprograms/mp-42", 401, signIn},
		{"zoe has a session and is no member any more", "zoe", "GET", "/miniprograms/mp-42", 401, signIn},
		{"the public route is for everybody", "", "GET", "/healthz", 200, "ok"},
	} {
		t.Run(row.name, func(t *testing.T) {
			answer := newHost().send(t, row.token, row.method, row.path, newMiniProgram)
			assert.Equal(t, row.status, answer.Code)
			assert.Contains(t, answer.Body.String(), row.body)
		})
	}
}

func TestTheTourIsAsPrinted(t *testing.T) {
	h := newHost()
	for _, stop := range tour {
		answer := h.ask(t, stop.token, stop.method, stop.path)
		assert.Equal(t, stop.status, answer.Code, "%s %s as %s", stop.method, stop.path, stop.token)
	}
}

func TestWhoeverIsBlockedIsRefusedAtTheNextRequest(t *testing.T) {
	h := newHost()
	require.Equal(t, http.StatusOK, h.ask(t, "alice", "GET", "/miniprograms/mp-42").Code)

	alice := MemberKey{shop, "alice"}
	member, err := h.store.members[alice].Block()
	require.NoError(t, err)
	h.store.members[alice] = member

	assert.Equal(t, http.StatusForbidden, h.ask(t, "alice", "GET", "/miniprograms/mp-42").Code)
}

func TestMalformedBodiesAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":   "",
		"no JSON":   "Tea",
		"two names": newMiniProgram + newMiniProgram,
		"no name":   "{}",
		"endlessly": `{"name": "` + string(make([]byte, 2*largestBody)),
	} {
		t.Run(name, func(t *testing.T) {
			answer := newHost().send(t, "sam", "POST", "/workspaces/shop/miniprograms", body)
			assert.Equal(t, http.StatusBadRequest, answer.Code)
		})
	}
}
