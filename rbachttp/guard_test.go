package rbachttp

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Starting.

func TestHandlerRefusesInvalidRoutes(t *testing.T) {
	for _, row := range []struct {
		name     string
		register func(*Guard)
		problem  string
	}{
		{"a misspelled action is refused", func(g *Guard) {
			Handle(g, releaseRoute, "miniprogram.relase", loadMiniProgram, showRow)
		}, `route "POST /miniprograms/{id}/release": the policy does not declare the action "miniprogram.relase"`},
		{"a misspelled action of a list is refused", func(g *Guard) {
			g.List("GET /miniprograms", "miniprogram.lst", showFilter)
		}, `the policy does not declare the action "miniprogram.lst"`},
		{"an empty action is refused", func(g *Guard) {
			Handle(g, releaseRoute, "", loadMiniProgram, showRow)
		}, `the policy does not declare the action ""`},
		{"an empty action of a list is refused", func(g *Guard) {
			g.List("GET /miniprograms", "", showFilter)
		}, `the policy does not declare the action ""`},
		{"a nil loader is refused", func(g *Guard) {
			Handle[miniProgram](g, releaseRoute, rbac.ReleaseMiniProgram, nil, showRow)
		}, "a function is nil"},
		{"a nil handler is refused", func(g *Guard) {
			Handle(g, releaseRoute, rbac.ReleaseMiniProgram, loadMiniProgram, nil)
		}, "a function is nil"},
		{"a nil handler of a list is refused", func(g *Guard) {
			g.List("GET /miniprograms", rbac.ListMiniPrograms, nil)
		}, "a function is nil"},
		{"a nil handler of a public route is refused", func(g *Guard) {
			g.Public("GET /healthz", nil)
		}, "a function is nil"},
		{"a pattern without a method is refused", func(g *Guard) {
			Handle(g, "/miniprograms/{id}/release", rbac.ReleaseMiniProgram, loadMiniProgram, showRow)
		}, "the pattern has no method"},
		{"a pattern of a host without a method is refused", func(g *Guard) {
			Handle(g, "example.com/{id}", rbac.ReleaseMiniProgram, loadMiniProgram, showRow)
		}, "the pattern has no method"},
		{"an empty method is refused", func(g *Guard) {
			Handle(g, " /miniprograms/{id}/release", rbac.ReleaseMiniProgram, loadMiniProgram, showRow)
		}, "the pattern has no method"},
		{"a method that is not in capital letters is refused", func(g *Guard) {
			Handle(g, "get /miniprograms/{id}", rbac.ViewMiniProgram, loadMiniProgram, showRow)
		}, `route "get /miniprograms/{id}": the method "get" is not in capital letters; write "GET /miniprograms/{id}"`},
		{"a list whose method is not in capital letters is refused", func(g *Guard) {
			g.List("Get /miniprograms", rbac.ListMiniPrograms, showFilter)
		}, `the method "Get" is not in capital letters; write "GET /miniprograms"`},
		{"a public route whose method is not in capital letters is refused", func(g *Guard) {
			g.Public("gEt  /healthz", http.NotFoundHandler())
		}, `the method "gEt" is not in capital letters`},
		{"a list without a method is refused", func(g *Guard) {
			g.List("/miniprograms", rbac.ListMiniPrograms, showFilter)
		}, "the pattern has no method"},
		{"a public pattern without a method is refused", func(g *Guard) {
			g.Public("/", http.NotFoundHandler())
		}, "the pattern has no method"},
		{"a public route with the pattern of a guarded one is refused", func(g *Guard) {
			Handle(g, releaseRoute, rbac.ReleaseMiniProgram, loadMiniProgram, showRow)
			g.Public("POST /miniprograms/{other}/release", http.NotFoundHandler())
		}, "conflicts with pattern"},
		{"a malformed pattern is refused", func(g *Guard) {
			g.Public("GET /{", http.NotFoundHandler())
		}, `route "GET /{": `},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHost()
			row.register(h.Guard)
			handler, err := h.Handler()
			assert.ErrorContains(t, err, row.problem)
			assert.Nil(t, handler)
		})
	}
}

func TestHandlerRefusesAConfigWithoutWhatIsRequired(t *testing.T) {
	withoutMember := newHost(func(c *Config) { c.Member = nil })
	_, err := withoutMember.Handler()
	assert.ErrorContains(t, err, "Config.Member is nil")

	withoutPolicy := newHost(func(c *Config) { c.Policy = nil }).withRoutes()
	_, err = withoutPolicy.Handler()
	assert.ErrorContains(t, err, `the policy does not declare the action "miniprogram.release"`)
}

func TestHandlerReportsEveryProblem(t *testing.T) {
	h := newHost(func(c *Config) { c.Member = nil })
	Handle(h.Guard, "GET /a", "no.such", loadMiniProgram, showRow)
	h.Public("/b", http.NotFoundHandler())
	_, err := h.Handler()
	for _, problem := range []string{`"GET /a"`, `"/b"`, "Config.Member"} {
		assert.ErrorContains(t, err, problem)
	}
}

func TestHandlerIgnoresLaterRoutes(t *testing.T) {
	h := newHost().withRoutes()
	handler := h.handler(t)
	h.Public("GET /late", http.RedirectHandler("/", http.StatusFound))
	assert.Equal(t, http.StatusNotFound, ask(handler, "ann", "GET", "/late").status)
}

func TestHandlerTakesAMethodOfAnExtension(t *testing.T) {
	h := newHost()
	h.Public("VERSION-CONTROL /x", http.RedirectHandler("/", http.StatusFound))
	assert.Equal(t, http.StatusFound, h.ask(t, "", "VERSION-CONTROL", "/x").status)
}

// The policy.

// operatorsRelease returns the default policy, with operators who can release.
func operatorsRelease(t testing.TB) *rbac.Policy {
	t.Helper()
	policy, err := rbac.Default().With(rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.Operator: {rbac.ReleaseMiniProgram: rbac.ScopeAssigned},
	}})
	require.NoError(t, err)
	return policy
}

func TestSwapTakesEffectAtTheNextRequest(t *testing.T) {
	h := newHost().withRoutes()
	handler := h.handler(t)
	require.Equal(t, http.StatusForbidden, ask(handler, "ola", "POST", "/miniprograms/mp-42/release").status)

	next := operatorsRelease(t)
	require.NoError(t, h.Swap(next))
	assert.Same(t, next, h.Policy())
	assert.Equal(t, http.StatusOK, ask(handler, "ola", "POST", "/miniprograms/mp-42/release").status)
	assert.Equal(t, rbac.Default().Fingerprint(), h.records[0].Policy)
	assert.Equal(t, next.Fingerprint(), h.records[1].Policy)
}

func TestSwapRefusesAPolicyWithoutTheActions(t *testing.T) {
	other := rbac.Must(rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{"door.open": rbac.OnTenant}}))
	for name, policy := range map[string]*rbac.Policy{
		"the policy of another program is refused": other,
		"a nil policy is refused":                  nil,
		"a zero policy is refused":                 {},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost().withRoutes()
			err := h.Swap(policy)
			require.ErrorContains(t, err, `does not declare the action "miniprogram.release"`)
			require.ErrorContains(t, err, `does not declare the action "miniprogram.list"`)
			assert.NotContains(t, err.Error(), "healthz")
			assert.Same(t, rbac.Default(), h.Policy())
		})
	}
}

// No public call leaves a guard with routes and without a policy.
func TestHandlerDeniesEverythingWithoutAPolicy(t *testing.T) {
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			h := newHost().withRoutes()
			handler := h.handler(t)
			h.policy.Store(policy)
			for token := range members {
				for _, e := range existing {
					present, missing := ask(handler, token, e.method, e.path), ask(handler, token, e.method, e.missing)
					assert.Equal(t, missing, present, "%s %s as %s", e.method, e.path, token)
					assert.Equal(t, http.StatusForbidden, present.status)
				}
				assert.Equal(t, http.StatusForbidden, ask(handler, token, "GET", "/miniprograms").status)
			}
			assert.Equal(t, http.StatusOK, ask(handler, "", "GET", "/healthz").status)
		})
	}
}

// Each request is decided by one policy, whole: its record can be decided again by the
// policy that it names. Run with -race.
func TestSwapWhileRequestsRun(t *testing.T) {
	h := newHost().withRoutes()
	handler := h.handler(t)
	policies := map[string]*rbac.Policy{}
	for _, policy := range []*rbac.Policy{rbac.Default(), operatorsRelease(t)} {
		policies[policy.Fingerprint()] = policy
	}
	invalid := rbac.Must(rbac.New(rbac.Spec{}))

	const workers, requests = 4, 200
	done := make(chan struct{})
	var swapper, clients sync.WaitGroup
	swapper.Go(func() {
		for {
			for _, policy := range policies {
				assert.NoError(t, h.Swap(policy))
				assert.Error(t, h.Swap(invalid))
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for range workers {
		clients.Go(func() {
			for range requests {
				assert.Contains(t, []int{200, 403}, ask(handler, "ola", "POST", "/miniprograms/mp-42/release").status)
				assert.Equal(t, 404, ask(handler, "bob", "POST", "/miniprograms/mp-42/release").status)
				assert.Equal(t, 200, ask(handler, "alice", "GET", "/miniprograms").status)
			}
		})
	}
	clients.Wait()
	close(done)
	swapper.Wait()

	require.Len(t, h.records, workers*requests*3)
	for _, record := range h.records {
		policy := policies[record.Policy]
		require.NotNil(t, policy)
		if record.Filter.None() {
			again := policy.CheckAt(record.Time, record.Member, record.Action, record.Resource)
			require.Equal(t, again, record.Decision)
		}
	}
}

// Routes can be added while the policy is swapped.
func TestSwapWhileRoutesAreAdded(t *testing.T) {
	h := newHost()
	var adders sync.WaitGroup
	for i := range 8 {
		adders.Go(func() {
			h.Public("GET /"+strings.Repeat("a", i+1), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "ok")
			}))
			assert.NoError(t, h.Swap(rbac.Default()))
		})
	}
	adders.Wait()
	assert.Equal(t, http.StatusOK, h.ask(t, "", "GET", "/aaaaaaaa").status)
}
