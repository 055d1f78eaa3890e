package rbachttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHandlerAnswers(t *testing.T) {
	const notFound = `{"title":"Not Found","status":404}`
	for _, row := range []struct {
		name, token, method, path string
		status                    int
		body                      string
	}{
		{"alice can release mp-42", "alice", "POST", "/miniprograms/mp-42/release", 200, "handled for alice"},
		{"alice can view mp-42", "alice", "GET", "/miniprograms/mp-42", 200, "mp-42"},
		{"alice can ask for the head of mp-42", "alice", "HEAD", "/miniprograms/mp-42", 200, ""},
		{"alice cannot release mp-43, which is not assigned to her",
			"alice", "POST", "/miniprograms/mp-43/release", 403, `"not_assigned"`},
		{"alice cannot release mp-7 of another merchant", "alice", "POST", "/miniprograms/mp-7/release", 404, notFound},
		{"alice cannot create a mini program", "alice", "POST", "/workspaces/shop/miniprograms", 403, `"not_granted"`},
		{"alice lists only what is assigned to her", "alice", "GET", "/miniprograms", 200, `"mp-42"`},

		{"ola, an operator, can view mp-42", "ola", "GET", "/miniprograms/mp-42", 200, "mp-42"},
		{"ola cannot release mp-42", "ola", "POST", "/miniprograms/mp-42/release", 403, `"not_granted"`},
		{"ola lists nothing", "ola", "GET", "/miniprograms", 200, "listed for ola: nothing"},

		{"sam, the shop's admin, can release mp-43", "sam", "POST", "/miniprograms/mp-43/release", 200, "mp-43"},
		{"sam can create a mini program in the shop", "sam", "POST", "/workspaces/shop/miniprograms", 200, "shop"},
		{"sam cannot create one in the bakery", "sam", "POST", "/workspaces/bakery/miniprograms", 404, notFound},
		{"sam cannot create one in the wallet", "sam", "POST", "/workspaces/wallet/miniprograms", 404, notFound},

		{"ann, the wallet's admin, can view mp-42", "ann", "GET", "/miniprograms/mp-42", 200, "mp-42"},
		{"ann cannot release mp-42 of a merchant",
			"ann", "POST", "/miniprograms/mp-42/release", 403, `"own_workspace_only"`},
		{"ann can release the wallet's own top-up", "ann", "POST", "/miniprograms/top-up/release", 200, "top-up"},

		{"bob of another merchant gets 404", "bob", "POST", "/miniprograms/mp-42/release", 404, notFound},
		{"eve of another tenant gets 404", "eve", "GET", "/miniprograms/mp-42", 404, notFound},
		{"sam gets 404 for a missing mini program", "sam", "GET", "/miniprograms/mp-99", 404, notFound},
		{"sam gets 404 for a missing workspace", "sam", "POST", "/workspaces/mill/miniprograms", 404, notFound},

		{"a client without a session cannot view", "", "GET", "/miniprograms/mp-42", 401, "sign in first"},
		{"a client without a session cannot list", "", "GET", "/miniprograms", 401, "sign in first"},
		{"a client with an unknown session cannot view", "mallory", "GET", "/miniprograms/mp-42", 401, "sign in first"},
		{"a client without a session can use the public route", "", "GET", "/healthz", 200, "ok"},
	} {
		t.Run(row.name, func(t *testing.T) {
			answer := newHost().withRoutes().ask(t, row.token, row.method, row.path)
			assert.Equal(t, row.status, answer.status)
			assert.Contains(t, answer.body, row.body)
			assert.Equal(t, row.status >= 400, answer.header.Get("Content-Type") == "application/problem+json")
		})
	}
}

// The row.

func TestHandlePassesTheCheckedRow(t *testing.T) {
	h := newHost()
	loads, given := 0, (*miniProgram)(nil)
	loaded := &miniProgram{"mp-42", shop}
	load := func(*http.Request) (*miniProgram, error) {
		loads++
		return loaded, nil
	}
	handle := func(_ http.ResponseWriter, _ *http.Request, m rbac.Member, p *miniProgram) error {
		given = p
		assert.Equal(t, members["alice"], m)
		return nil
	}
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, load, handle)

	h.ask(t, "alice", "GET", "/miniprograms/mp-43")
	assert.Equal(t, 1, loads)
	assert.Same(t, loaded, given)
	assert.Equal(t, shop.MiniProgram("mp-42"), h.records[0].Resource)
}

func TestHandleDoesNotCallTheHandlerOnADenial(t *testing.T) {
	h := newHost()
	handle := func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error {
		t.Error("the handler is called")
		return nil
	}
	Handle(h.Guard, releaseRoute, rbac.ReleaseMiniProgram, loadMiniProgram, handle)
	for _, token := range []string{"", "ola", "bob", "eve", "ann", "gil", "ivy", "wes", "dan", "sue", "nil", "zoe"} {
		assert.GreaterOrEqual(t, h.ask(t, token, "POST", "/miniprograms/mp-42/release").status, 400)
	}
	assert.Equal(t, 404, h.ask(t, "alice", "POST", "/miniprograms/mp-99/release").status)
}

func TestHandleDoesNotLoadARowForAMemberWhoMayDoNothing(t *testing.T) {
	h := newHost()
	load := func(*http.Request) (miniProgram, error) {
		t.Error("the row is loaded")
		return miniProgram{}, nil
	}
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, load, showRow)
	for token, reason := range idle {
		answer := h.ask(t, token, "GET", "/miniprograms/mp-7")
		assert.Equal(t, http.StatusForbidden, answer.status, token)
		assert.Contains(t, answer.body, `"reason":"`+reason+`"`)
		assert.Equal(t, reason, h.records[len(h.records)-1].Decision.Reason.String())
	}
	assert.Len(t, h.records, len(idle))
}

func TestHandleDoesNotLoadARowWithoutAMember(t *testing.T) {
	h := newHost()
	load := func(*http.Request) (miniProgram, error) {
		t.Error("the row is loaded")
		return miniProgram{}, nil
	}
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, load, showRow)
	answer := h.ask(t, "", "GET", "/miniprograms/mp-7")
	assert.Equal(t, http.StatusUnauthorized, answer.status)
	assert.Equal(t, "Bearer", answer.header.Get("WWW-Authenticate"))
	assert.Empty(t, h.records)
}

func TestHandleTakesANilRowForAMissingOne(t *testing.T) {
	for name, register := range map[string]func(*Guard){
		"a nil pointer": func(g *Guard) {
			load := func(*http.Request) (*miniProgram, error) { return nil, nil }
			Handle(g, viewRoute, rbac.ViewMiniProgram, load, showRow)
		},
		"a nil interface": func(g *Guard) {
			load := func(*http.Request) (Row, error) { return nil, nil }
			Handle(g, viewRoute, rbac.ViewMiniProgram, load, showRow)
		},
		"a nil pointer in an interface": func(g *Guard) {
			load := func(*http.Request) (Row, error) { return (*miniProgram)(nil), nil }
			Handle(g, viewRoute, rbac.ViewMiniProgram, load, showRow)
		},
		"a zero row": func(g *Guard) {
			load := func(*http.Request) (miniProgram, error) { return miniProgram{}, nil }
			Handle(g, viewRoute, rbac.ViewMiniProgram, load, showRow)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost()
			register(h.Guard)
			assert.Equal(t, newHost().withRoutes().ask(t, "alice", "GET", "/miniprograms/mp-99"),
				h.ask(t, "alice", "GET", "/miniprograms/mp-42"))
		})
	}
}

func TestListPassesTheFilter(t *testing.T) {
	h := newHost()
	var given rbac.Filter
	h.List("GET /miniprograms", rbac.ListMiniPrograms,
		func(_ http.ResponseWriter, _ *http.Request, m rbac.Member, filter rbac.Filter) error {
			given = filter
			assert.Equal(t, members["alice"], m)
			return nil
		})
	h.ask(t, "alice", "GET", "/miniprograms")
	for id, p := range miniPrograms {
		assert.Equal(t, id == "mp-42", given.Match(p.Resource()), id)
	}
}

func TestListRefusesMembersWhoMayDoNothing(t *testing.T) {
	h := newHost()
	h.List("GET /miniprograms", rbac.ListMiniPrograms,
		func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Filter) error {
			t.Error("the handler is called")
			return nil
		})
	for token, reason := range idle {
		answer := h.ask(t, token, "GET", "/miniprograms")
		assert.Equal(t, http.StatusForbidden, answer.status)
		assert.Contains(t, answer.body, `"reason":"`+reason+`"`)
	}
	assert.Equal(t, http.StatusUnauthorized, h.ask(t, "", "GET", "/miniprograms").status)
}

// What strangers can learn.

func TestHandleHidesWhatExistsFromStrangers(t *testing.T) {
	handler := newHost().withRoutes().handler(t)
	strangers := []string{"bob", "eve", "gil", "ivy", "wes", "dan", "sue", "nil", "zoe", ""}
	for _, token := range strangers {
		for _, e := range existing {
			missing, present := ask(handler, token, e.method, e.missing), ask(handler, token, e.method, e.path)
			assert.Equal(t, missing, present, "%s %s as %s", e.method, e.path, token)
			assert.GreaterOrEqual(t, present.status, 400)
		}
	}
}

func TestHandleNamesNobodyInADenial(t *testing.T) {
	h := newHost().withRoutes()
	handler := h.handler(t)
	names := []string{"wallet", "shop", "bakery", "bank", "mp-42", "mp-43", "mp-7", "top-up", "request-1"}
	for token := range members {
		for _, e := range existing {
			answer := ask(handler, token, e.method, e.path)
			if answer.status < 400 {
				continue
			}
			for _, name := range append(names, "\""+token+"\"") {
				assert.NotContains(t, answer.body, name, "%s %s as %s", e.method, e.path, token)
				assert.NotContains(t, fmt.Sprint(answer.header), name)
			}
		}
	}
}

// Methods and paths.

// Each of these asks for mp-42 in a way that a router may read in another way than the
// guard. Nobody who may not release mp-42 gets it released, or learns that it exists.
func TestHandleResistsMethodsAndPaths(t *testing.T) {
	targets := []string{
		"/miniprograms/mp-42/release", "/miniprograms/mp-42/release/", "//miniprograms/mp-42/release",
		"/miniprograms//mp-42/release", "/miniprograms/./mp-42/release", "/x/../miniprograms/mp-42/release",
		"/miniprograms/mp-7/../mp-42/release", "/miniprograms/mp-42%2Frelease", "/miniprograms%2Fmp-42/release",
		"/miniprograms/mp-42/rel%65ase", "/miniprograms/%6dp-42/release", "/miniprograms/mp-42%00/release",
		"/miniprograms/mp-42;/release", "/miniprograms/mp-42%20/release", "/miniprograms/MP-42/release",
		"/miniprograms/%2e%2e/miniprograms/mp-42/release", "/healthz/../miniprograms/mp-42/release",
		"/miniprograms/mp-42/release?id=mp-7", "/MINIPROGRAMS/mp-42/release", "/miniprograms/mp-42\\release",
	}
	methods := []string{
		"POST", "post", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "RELEASE",
	}
	overrides := []string{
		"X-Http-Method-Override", "X-Method-Override", "X-Http-Method", "X-Original-Url", "X-Rewrite-Url",
	}

	for _, token := range []string{"", "ola", "bob", "eve", "gil"} {
		h := newHost()
		Handle(h.Guard, releaseRoute, rbac.ReleaseMiniProgram, loadMiniProgram,
			func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error {
				t.Errorf("the handler is called for %q", token)
				return nil
			})
		Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram, showRow)
		h.Public("GET /healthz", http.NotFoundHandler())
		handler := h.handler(t)
		for _, method := range methods {
			for _, target := range targets {
				present := askWith(handler, token, method, target, overrides)
				missing := askWith(handler, token, method, strings.ReplaceAll(target, "p-42", "p-99"), overrides)
				if token == "ola" && present.status == http.StatusForbidden {
					continue // she may view mp-42, so she may know of it
				}
				assert.Equal(t, missing, present, "%s %s as %q", method, target, token)
			}
		}
	}
}

// askWith also sends headers that some routers obey. It puts mp-99 for mp-42 in a redirect.
func askWith(handler http.Handler, token, method, target string, headers []string) visible {
	request := httptest.NewRequest(method, "http://example.com/", nil)
	if err := setTarget(request, target); err != nil {
		return visible{status: http.StatusBadRequest}
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for _, header := range headers {
		request.Header.Set(header, "POST")
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	header := response.Header()
	if location := header.Get("Location"); location != "" {
		header.Set("Location", strings.ReplaceAll(location, "p-42", "p-99"))
	}
	return visible{response.Code, header, strings.ReplaceAll(response.Body.String(), "p-42", "p-99")}
}

// setTarget reads a request's target as net/http does.
func setTarget(r *http.Request, target string) error {
	parsed, err := url.ParseRequestURI(target)
	if err != nil {
		return err
	}
	r.URL, r.RequestURI = parsed, target
	return nil
}

// The errors of a host.

func TestHandleLogsInternalErrorsAndHidesThem(t *testing.T) {
	failingLoad := func(*http.Request) (miniProgram, error) { return miniProgram{}, errSecret }
	failing := func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error { return errSecret }
	failingList := func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Filter) error { return errSecret }
	failingMember := func(*http.Request) (rbac.Member, error) { return rbac.Member{}, errSecret }
	for name, h := range map[string]func() *host{
		"an error of the loader is hidden": func() *host {
			h := newHost()
			Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, failingLoad, showRow)
			return h
		},
		"an error of the handler is hidden": func() *host {
			h := newHost()
			Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram, failing)
			return h
		},
		"an error of a list is hidden": func() *host {
			h := newHost()
			h.List("GET /miniprograms/mp-42", rbac.ListMiniPrograms, failingList)
			return h
		},
		"an error of Member is hidden": func() *host {
			return newHost(func(c *Config) { c.Member = failingMember }).withRoutes()
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := h()
			answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
			assert.Equal(t, http.StatusInternalServerError, answer.status)
			assert.Equal(t, `{"title":"Internal Server Error","status":500}`+"\n", answer.body)
			assert.Contains(t, h.log.String(), errSecret.Error())
			assert.Contains(t, h.log.String(), "request-1")
		})
	}
}

func TestHandleAnswersTheHostsErrors(t *testing.T) {
	errConflict := errors.New("revision 3, stored 4")
	for _, row := range []struct {
		name         string
		err          error
		status       int
		detail, body string
		answered     int
		logged       bool
	}{
		{"a conflict is answered in the host's words",
			errConflict, 409, "try again", `{"title":"Conflict","status":409,"detail":"try again"}`, 409, false},
		{"a status without words is answered",
			errConflict, 422, "", `{"title":"Unprocessable Entity","status":422}`, 422, false},
		{"a failure of the server is logged",
			errConflict, 503, "later", `{"title":"Service Unavailable","status":503,"detail":"later"}`, 503, true},
		{"no status means 500",
			errConflict, 0, "unused", `{"title":"Internal Server Error","status":500}`, 500, true},
		{"success is no answer to an error",
			errConflict, 200, "unused", `{"title":"Internal Server Error","status":500}`, 500, true},
		{"a row that is gone is not found",
			fmt.Errorf("delete: %w", ErrNotFound), 409, "unused", `{"title":"Not Found","status":404}`, 404, false},
		{"a denied step is denied",
			fmt.Errorf("block: %w", &rbac.DeniedError{Action: rbac.BlockMember, Reason: rbac.ReasonSelf}),
			409, "unused", `"reason":"self"`, 403, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHost(func(c *Config) {
				c.Errors = func(err error) (int, string) {
					assert.ErrorIs(t, err, errConflict)
					return row.status, row.detail
				}
			})
			handle := func(w http.ResponseWriter, _ *http.Request, _ rbac.Member, _ miniProgram) error {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Etag", `"4"`)
				return row.err
			}
			Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram, handle)
			answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
			assert.Equal(t, row.answered, answer.status)
			assert.Contains(t, answer.body, row.body)
			assert.Equal(t, "application/problem+json", answer.header.Get("Content-Type"))
			assert.Empty(t, answer.header.Get("Etag"))
			assert.Equal(t, row.logged, strings.Contains(h.log.String(), errConflict.Error()))
		})
	}
}

// A step of administration that a handler takes.

func TestHandleAnswersAndRecordsADeniedStep(t *testing.T) {
	h := newHost()
	block := func(_ http.ResponseWriter, r *http.Request, m rbac.Member, _ rbac.Workspace) error {
		_, err := h.Policy().Bind(m).Block(members[r.PathValue("member")])
		return err
	}
	Handle(h.Guard, "POST /workspaces/{id}/members/{member}/block", rbac.BlockMember, loadWorkspace, block)

	present := h.ask(t, "sam", "POST", "/workspaces/shop/members/bob/block")
	missing := h.ask(t, "sam", "POST", "/workspaces/mill/members/bob/block")
	assert.Equal(t, missing, present, "a member of another merchant is hidden")

	h.records = nil
	self := h.ask(t, "sam", "POST", "/workspaces/shop/members/sam/block")
	assert.Equal(t, http.StatusForbidden, self.status)
	require.Len(t, h.records, 2, "the guard's decision and the step's")
	assert.True(t, h.records[0].Decision.Allowed)
	assert.Equal(t, rbac.Decision{Reason: rbac.ReasonSelf, Action: rbac.BlockMember}, h.records[1].Decision)
}

func TestHandleSaysWhatAStepNeeds(t *testing.T) {
	h := newHost()
	missing := rbac.Permissions{rbac.ReleaseMiniProgram: rbac.ScopeWorkspace}
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
		func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error {
			return &rbac.DeniedError{Action: rbac.SetMemberRole, Reason: rbac.ReasonNotCovered, Missing: missing}
		})
	var body struct {
		Reason  string
		Missing rbac.Permissions
	}
	answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
	require.NoError(t, json.Unmarshal([]byte(answer.body), &body))
	assert.Equal(t, "not_covered", body.Reason)
	assert.Equal(t, missing, body.Missing)
}

// hostReturning returns a host whose handler returns an error.
func hostReturning(err error, changes ...func(*Config)) *host {
	h := newHost(changes...)
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
		func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error { return err })
	return h
}

func TestHandleAnswersTheErrorsOfSteps(t *testing.T) {
	sam := rbac.Default().Bind(members["sam"])
	gil := with(members["alice"], func(m *rbac.Member) { m.Status = rbac.StatusBlocked })
	_, errBlocked := sam.Block(gil)
	_, errExpired := rbac.Invite("ivy", shop, time.Now().Add(-rbac.InvitationValidity)).Accept(time.Now())
	_, errRole := sam.Define(rbac.Role{ID: "Cashier", Kind: rbac.KindDeveloper})
	errWorkspace := rbac.Default().ValidateWorkspace(shop, slices.Values([]rbac.Member{members["alice"]}))
	for _, row := range []struct {
		name   string
		err    error
		status int
		body   string
		logged bool
	}{
		{"to block one who is blocked is a conflict", errBlocked, 409, `{"title":"Conflict","status":409,` +
			`"detail":"cannot block: the member is blocked; possible: unblock, delete"}`, false},
		{"to accept too late is a conflict", errExpired, 409,
			`{"title":"Conflict","status":409,"detail":"the invitation has expired; resend it"}`, false},
		{"an invalid role is not processed", errRole, 422, `{"title":"Unprocessable Entity","status":422}`, true},
		{"an invalid workspace is not processed, and nobody is named",
			errWorkspace, 422, `{"title":"Unprocessable Entity","status":422}`, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Error(t, row.err)
			wrapped := fmt.Errorf("step: %w", row.err)
			silent := hostReturning(wrapped, func(c *Config) { c.Errors = func(error) (int, string) { return 0, "unused" } })
			for _, h := range []*host{hostReturning(wrapped), silent} {
				answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
				assert.Equal(t, row.status, answer.status)
				assert.Equal(t, row.body+"\n", answer.body)
				assert.Equal(t, row.logged, strings.Contains(h.log.String(), "request failed"))
			}
			h := hostReturning(wrapped, func(c *Config) { c.Errors = func(error) (int, string) { return 418, "tea" } })
			answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
			assert.Equal(t, 418, answer.status, "the host's status is used")
			assert.Contains(t, answer.body, `"detail":"tea"`)
			assert.Empty(t, h.log.String())
		})
	}
}

// A member or a row that cannot be read is the server's fault.
func TestHandleTakesNoErrorOfALoaderForOneOfAStep(t *testing.T) {
	for name, err := range map[string]error{
		"an invalid document": fmt.Errorf("load: %w", &rbac.ValidationError{Place: "status"}),
		"a status":            &rbac.StatusError{Step: "block", Status: rbac.StatusBlocked},
		"an invitation":       rbac.ErrInvitationExpired,
		"a denial":            fmt.Errorf("load: %w", &rbac.DeniedError{Reason: rbac.ReasonBlocked}),
		"a granted denial":    &rbac.DeniedError{Reason: rbac.ReasonGranted},
		"a hidden denial":     &rbac.DeniedError{Reason: rbac.ReasonOtherTenant},
		"a nil denial":        (*rbac.DeniedError)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			ofMember := newHost(func(c *Config) {
				c.Member = func(*http.Request) (rbac.Member, error) { return rbac.Member{}, err }
			}).withRoutes()
			ofLoader := newHost()
			Handle(ofLoader.Guard, viewRoute, rbac.ViewMiniProgram,
				func(*http.Request) (miniProgram, error) { return miniProgram{}, err }, showRow)
			for _, h := range []*host{ofMember, ofLoader} {
				assertServerError(t, h)
				assert.Empty(t, h.records, "no decision is recorded")
			}
		})
	}
}

func TestHandleTakesWhatIsNoDenialForAnErrorOfTheServer(t *testing.T) {
	for name, err := range map[string]error{
		"a nil denial":         (*rbac.DeniedError)(nil),
		"a wrapped nil denial": fmt.Errorf("block: %w", (*rbac.DeniedError)(nil)),
		"a granted denial":     &rbac.DeniedError{Action: rbac.BlockMember, Reason: rbac.ReasonGranted},
		"a nil status error":   (*rbac.StatusError)(nil),
		"a nil problem":        (*rbac.ValidationError)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			h := hostReturning(err)
			assertServerError(t, h)
			assert.Len(t, h.records, 1, "only the guard's decision is recorded")
		})
	}
}

// assertServerError asks for mp-42, and asserts that the answer is 500 and says nothing, and
// that the log has the error.
func assertServerError(t *testing.T, h *host) {
	t.Helper()
	answer := h.ask(t, "alice", "GET", "/miniprograms/mp-42")
	assert.Equal(t, http.StatusInternalServerError, answer.status)
	assert.Equal(t, `{"title":"Internal Server Error","status":500}`+"\n", answer.body)
	assert.Contains(t, h.log.String(), "request failed")
}

// What a handler has set does not tell a row that is gone from one that never was. What
// middleware has set stays.
func TestHandleTakesBackTheHeadersOfAHandlerThatFails(t *testing.T) {
	setHeaders := func(w http.ResponseWriter) {
		w.Header().Set("Set-Cookie", "seen=mp-42")
		w.Header().Set("X-Secret", "mp-42")
		w.Header().Set("X-Trace", "mp-42")
		w.Header().Add("Vary", "Cookie")
		w.Header().Del("X-Frame-Options")
	}
	for name, err := range map[string]error{
		"a row that is gone":  ErrNotFound,
		"a hidden denial":     &rbac.DeniedError{Reason: rbac.ReasonOtherWorkspace},
		"an error of a store": errSecret,
		"a conflict":          rbac.ErrInvitationExpired,
	} {
		for _, before := range []http.Header{
			nil, {"Vary": {"Accept"}, "X-Trace": {"request-1"}, "X-Frame-Options": {"DENY"}},
		} {
			quiet, noisy := hostReturning(err), newHost()
			Handle(noisy.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
				func(w http.ResponseWriter, _ *http.Request, _ rbac.Member, _ miniProgram) error {
					setHeaders(w)
					return err
				})
			noisy.List("GET /miniprograms", rbac.ListMiniPrograms,
				func(w http.ResponseWriter, _ *http.Request, _ rbac.Member, _ rbac.Filter) error {
					setHeaders(w)
					return err
				})
			expected := ask(behind(before, quiet.handler(t)), "alice", "GET", "/miniprograms/mp-42")
			for _, path := range []string{"/miniprograms/mp-42", "/miniprograms"} {
				assert.Equal(t, expected, ask(behind(before, noisy.handler(t)), "alice", "GET", path), name)
			}
			if expected.status == http.StatusNotFound {
				missing := ask(behind(before, noisy.handler(t)), "alice", "GET", "/miniprograms/mp-99")
				assert.Equal(t, missing, expected, name)
			}
			for key := range before {
				assert.Equal(t, before[key], expected.header[key], name)
			}
		}
	}
}

// behind returns the handler behind middleware that sets headers.
func behind(header http.Header, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for key, values := range header {
			w.Header()[key] = slices.Clone(values)
		}
		handler.ServeHTTP(w, r)
	})
}

// Problem details.

func TestDenialBodiesAreProblemDetails(t *testing.T) {
	require.Greater(t, len(forbiddenBody), int(rbac.ReasonExclusive))
	for i, document := range forbiddenBody {
		var body struct {
			Type, Title, Detail string
			Status              int
			Reason              rbac.Reason
		}
		require.NoError(t, json.Unmarshal(document, &body))
		assert.Equal(t, typeDenied, body.Type)
		assert.Equal(t, "Forbidden", body.Title)
		assert.Equal(t, http.StatusForbidden, body.Status)
		assert.Equal(t, rbac.Reason(i), body.Reason)
		assert.NotContains(t, body.Detail, "rbac:")
		assert.NotEmpty(t, body.Detail)
	}
}

func TestWriteDenialAnswersAReasonThatIsNotKnown(t *testing.T) {
	response := httptest.NewRecorder()
	writeDenial(response, rbac.Reason(200), nil)
	assert.Equal(t, http.StatusForbidden, response.Code)
	assert.Contains(t, response.Body.String(), `"reason":"reason(200)"`)
}

func TestDenialsAreNotCached(t *testing.T) {
	handler := newHost().withRoutes().handler(t)
	for _, token := range []string{"", "alice", "bob", "gil"} {
		answer := ask(handler, token, "GET", "/miniprograms/mp-43")
		require.GreaterOrEqual(t, answer.status, 400)
		assert.Equal(t, "no-store", answer.header.Get("Cache-Control"))
	}
}
