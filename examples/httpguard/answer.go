package main

import (
	"errors"
	"net/http"

	"github.com/miniprogram-platform/rbac"
)

// refuse answers a denial: 404 where the member must not learn whether there is
// such a resource, and otherwise 403 with the reason.
func refuse(w http.ResponseWriter, r *http.Request, decision rbac.Decision) {
	if decision.Reason.Hidden() {
		http.NotFound(w, r)
		return
	}
	http.Error(w, decision.Err().Error(), http.StatusForbidden)
}

// fail answers an error. What went wrong in the store is for the log: its text
// may name hosts, queries and other people's rows.
func (g *Guard) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNoMember):
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "sign in first", http.StatusUnauthorized)
	case errors.Is(err, ErrBadRequest):
		http.Error(w, "the request is malformed", http.StatusBadRequest)
	case errors.Is(err, ErrConflict):
		http.Error(w, "somebody else changed it meanwhile; try again", http.StatusConflict)
	default:
		g.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		http.Error(w, "internal server error", http.StatusInternalServerError)
	}
}
