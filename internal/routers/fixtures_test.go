package routers

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
)

var shop = rbac.Tenant("wallet").Developer("shop")

type miniProgram struct{ id string }

func (p miniProgram) Resource() rbac.Resource { return shop.MiniProgram(p.id) }

var miniPrograms = map[string]miniProgram{"mp-42": {"mp-42"}, "mp-43": {"mp-43"}}

// members maps the token of a request to its member.
var members = map[string]rbac.Member{
	"alice": {ID: "alice", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}},
	}},
	"bob": {ID: "bob", Workspace: rbac.Tenant("wallet").Developer("bakery"), Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.DeveloperAdmin}}},
}

// records keeps what a guard records.
type records struct {
	mutex sync.Mutex
	list  []rbachttp.Record
}

func (r *records) keep(_ context.Context, record rbachttp.Record) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.list = append(r.list, record)
	return nil
}

// guarded returns the handler of a guard, with its patterns below /v1.
func guarded(requestID func(*http.Request) string, kept *records) http.Handler {
	guard := rbachttp.New(rbachttp.Config{
		Policy: rbac.Default(),
		Member: func(r *http.Request) (rbac.Member, error) {
			member, found := members[r.Header.Get("X-Demo-User")]
			if !found {
				return rbac.Member{}, rbachttp.ErrNoMember
			}
			return member, nil
		},
		Audit:     kept.keep,
		RequestID: requestID,
	})
	rbachttp.Handle(guard, "POST /v1/miniprograms/{id}/release", rbac.ReleaseMiniProgram, load, release)
	guard.List("GET /v1/miniprograms", rbac.ListMiniPrograms, list)
	handler, err := guard.Handler()
	if err != nil {
		panic(err) // the routes above are wrong
	}
	return handler
}

func load(r *http.Request) (miniProgram, error) {
	p, found := miniPrograms[r.PathValue("id")]
	if !found {
		return p, rbachttp.ErrNotFound
	}
	return p, nil
}

func release(w http.ResponseWriter, _ *http.Request, member rbac.Member, p miniProgram) error {
	_, err := fmt.Fprintf(w, "%s released %s", member.ID, p.id)
	return err
}

func list(w http.ResponseWriter, _ *http.Request, _ rbac.Member, filter rbac.Filter) error {
	for _, id := range []string{"mp-42", "mp-43"} {
		if filter.Match(miniPrograms[id].Resource()) {
			fmt.Fprintln(w, id)
		}
	}
	return nil
}

// ask sends a request without a body.
func ask(handler http.Handler, user, method, path string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, nil)
	request.Header.Set("X-Demo-User", user)
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	return response
}

// tour prints what a few requests are answered.
func tour(handler http.Handler, kept *records) {
	for _, path := range []string{"/v1/miniprograms/mp-42/release", "/v1/miniprograms/mp-43/release", "/hello"} {
		fmt.Println("alice", path, ask(handler, "alice", "POST", path).Code)
	}
	fmt.Println("with a request ID:", kept.list[0].RequestID != "")
}
