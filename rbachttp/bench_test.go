package rbachttp

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// discard is a http.ResponseWriter that allocates nothing of its own.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// benchmarks lists requests to a guard, each beside a handler that loads and answers the
// same without one. The list without a guard makes the same filter: the price of that is
// the policy's.
func benchmarks(tb testing.TB) []benchmarkCase {
	tb.Helper()
	m, stranger := members["alice"], members["bob"]
	memberOf := func(*http.Request) (rbac.Member, error) { return m, nil }
	strangerOf := func(*http.Request) (rbac.Member, error) { return stranger, nil }
	policy := rbac.Default()
	unguarded := http.NewServeMux()
	unguarded.HandleFunc(viewRoute, func(w http.ResponseWriter, r *http.Request) {
		m, _ := memberOf(r)
		p, _ := loadMiniProgram(r)
		_ = noContent(w, r, m, p)
	})
	unguarded.HandleFunc("GET /missing/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = memberOf(r)
		_, _ = loadMiniProgram(r)
		http.Error(w, "not found", http.StatusNotFound)
	})
	unguarded.HandleFunc("GET /miniprograms", func(w http.ResponseWriter, r *http.Request) {
		m, _ := memberOf(r)
		_ = listNothing(w, r, m, policy.Bind(m).Filter(rbac.ListMiniPrograms))
	})
	guarded, hidden := benchmarkGuard(tb, memberOf), benchmarkGuard(tb, strangerOf)
	return []benchmarkCase{
		{"granted", guarded, "/miniprograms/mp-42", unguarded, "/miniprograms/mp-42"},
		{"denied", guarded, "/miniprograms/mp-43", unguarded, "/missing/mp-43"},
		{"hidden", hidden, "/miniprograms/mp-42", unguarded, "/missing/mp-42"},
		{"list", guarded, "/miniprograms", unguarded, "/miniprograms"},
	}
}

type benchmarkCase struct {
	name          string
	guarded       http.Handler
	path          string
	unguarded     http.Handler
	unguardedPath string
}

// What a guard adds to a request is the difference of the two.
func BenchmarkGuard(b *testing.B) {
	for _, c := range benchmarks(b) {
		b.Run(c.name+"/guarded", func(b *testing.B) { benchmark(b, c.guarded, c.path) })
		b.Run(c.name+"/unguarded", func(b *testing.B) { benchmark(b, c.unguarded, c.unguardedPath) })
	}
}

func TestGuardAddsAtMostThreeAllocations(t *testing.T) {
	for _, c := range benchmarks(t) {
		added := allocations(t, c.guarded, c.path) - allocations(t, c.unguarded, c.unguardedPath)
		assert.LessOrEqual(t, added, 3.0, c.name)
	}
}

func allocations(t *testing.T, handler http.Handler, path string) float64 {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, path, nil)
	require.NoError(t, err)
	w := discard{http.Header{}}
	return testing.AllocsPerRun(20, func() {
		clear(w.header)
		handler.ServeHTTP(w, request)
	})
}

func benchmarkGuard(tb testing.TB, memberOf func(*http.Request) (rbac.Member, error)) http.Handler {
	tb.Helper()
	g := New(Config{
		Policy: rbac.Default(),
		Member: memberOf,
		Audit:  func(context.Context, Record) error { return nil },
		Log:    slog.New(slog.DiscardHandler),
	})
	Handle(g, viewRoute, rbac.ViewMiniProgram, loadMiniProgram, noContent)
	g.List("GET /miniprograms", rbac.ListMiniPrograms, listNothing)
	handler, err := g.Handler()
	if err != nil {
		tb.Fatal(err)
	}
	return handler
}

func noContent(w http.ResponseWriter, _ *http.Request, _ rbac.Member, _ miniProgram) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func listNothing(w http.ResponseWriter, _ *http.Request, _ rbac.Member, _ rbac.Filter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func benchmark(b *testing.B, handler http.Handler, path string) {
	request, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		b.Fatal(err)
	}
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		handler.ServeHTTP(w, request)
	}
}
