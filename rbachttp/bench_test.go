package rbachttp

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/miniprogram-platform/rbac"
)

// discard is a http.ResponseWriter that allocates nothing of its own.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// What a guard adds to a request: each case beside the same loading and the same handler
// without a guard.
func BenchmarkHandle(b *testing.B) {
	m, stranger := members["alice"], members["bob"]
	memberOf := func(*http.Request) (rbac.Member, error) { return m, nil }
	strangerOf := func(*http.Request) (rbac.Member, error) { return stranger, nil }
	unguarded := http.NewServeMux()
	unguarded.HandleFunc(viewRoute, func(w http.ResponseWriter, r *http.Request) {
		m, _ := memberOf(r)
		p, _ := loadMiniProgram(r)
		_ = noContent(w, r, m, p)
	})
	unguarded.HandleFunc("GET /denied/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = memberOf(r)
		_, _ = loadMiniProgram(r)
		http.Error(w, "not found", http.StatusNotFound)
	})
	b.Run("unguarded", func(b *testing.B) { benchmark(b, unguarded, "/miniprograms/mp-42") })
	b.Run("guarded", func(b *testing.B) { benchmark(b, benchmarkGuard(b, memberOf), "/miniprograms/mp-42") })
	b.Run("unguarded 404", func(b *testing.B) { benchmark(b, unguarded, "/denied/mp-42") })
	b.Run("hidden", func(b *testing.B) { benchmark(b, benchmarkGuard(b, strangerOf), "/miniprograms/mp-42") })
	b.Run("denied", func(b *testing.B) { benchmark(b, benchmarkGuard(b, memberOf), "/miniprograms/mp-43") })
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
