package routers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func withChi(kept *records) http.Handler {
	requestID := func(r *http.Request) string { return middleware.GetReqID(r.Context()) }

	router := chi.NewRouter()
	router.Use(middleware.RequestID, middleware.Recoverer, middleware.Timeout(5*time.Second))
	router.Use(middleware.RequestSize(64 << 10))
	router.Post("/hello", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	router.Mount("/v1", guarded(requestID, kept))
	return router
}

func Example_chi() {
	var kept records
	tour(withChi(&kept), &kept)
	// Output:
	// alice /v1/miniprograms/mp-42/release 200
	// alice /v1/miniprograms/mp-43/release 403
	// alice /hello 204
	// with a request ID: true
}
