package rbachttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
)

// MiniProgram is a row of the host's store.
type MiniProgram struct {
	ID        string
	Workspace rbac.Workspace
}

func (p MiniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID) }

// A guard in front of one route. The host says who sends a request and how to load a row.
func Example() {
	shop := rbac.Tenant("wallet").Developer("shop")
	members := map[string]rbac.Member{
		"alice": {ID: "alice", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
			{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}},
		}},
	}
	rows := map[string]MiniProgram{"mp-42": {"mp-42", shop}, "mp-43": {"mp-43", shop}}

	guard := rbachttp.New(rbachttp.Config{
		Policy: rbac.Default(),
		Member: func(r *http.Request) (rbac.Member, error) {
			member, found := members[r.Header.Get("X-Demo-User")] // a real host verifies a session
			if !found {
				return rbac.Member{}, rbachttp.ErrNoMember
			}
			return member, nil
		},
		Audit: func(_ context.Context, record rbachttp.Record) error {
			fmt.Println("  recorded:", record.Member.ID, record.Action, record.Decision.Reason)
			return nil
		},
	})
	load := func(r *http.Request) (MiniProgram, error) {
		row, found := rows[r.PathValue("id")]
		if !found {
			return row, rbachttp.ErrNotFound
		}
		return row, nil
	}
	release := func(w http.ResponseWriter, _ *http.Request, member rbac.Member, row MiniProgram) error {
		_, err := fmt.Fprintf(w, "%s released %s\n", member.ID, row.ID)
		return err
	}
	rbachttp.Handle(guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, load, release)
	handler, err := guard.Handler()
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, id := range []string{"mp-42", "mp-43", "mp-99"} {
		request := httptest.NewRequest("POST", "/miniprograms/"+id+"/release", nil)
		request.Header.Set("X-Demo-User", "alice")
		response := httptest.NewRecorder()
		fmt.Println("alice releases", id)
		handler.ServeHTTP(response, request)
		fmt.Println("  answered:", response.Code, response.Header().Get("Content-Type"))
	}
	// Output:
	// alice releases mp-42
	//   recorded: alice miniprogram.release granted
	//   answered: 200 text/plain; charset=utf-8
	// alice releases mp-43
	//   recorded: alice miniprogram.release not_assigned
	//   answered: 403 application/problem+json
	// alice releases mp-99
	//   recorded: alice miniprogram.release invalid_workspace
	//   answered: 404 application/problem+json
}

// A list that is filtered before it is loaded. With a database, use filter.Where in the
// query.
func ExampleGuard_List() {
	wallet := rbac.Tenant("wallet")
	ann := rbac.Member{ID: "ann", Workspace: wallet, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.WorkspaceAdmin},
	}}
	rows := []MiniProgram{
		{"top-up", wallet}, {"mp-42", wallet.Developer("shop")}, {"savings", rbac.Tenant("bank")},
	}
	guard := rbachttp.New(rbachttp.Config{
		Policy: rbac.Default(),
		Member: func(*http.Request) (rbac.Member, error) { return ann, nil },
		Audit:  func(context.Context, rbachttp.Record) error { return nil },
	})
	guard.List("GET /miniprograms", rbac.ListMiniPrograms,
		func(w http.ResponseWriter, _ *http.Request, _ rbac.Member, filter rbac.Filter) error {
			for _, row := range rows {
				if filter.Match(row.Resource()) {
					fmt.Fprintln(w, row.ID)
				}
			}
			return nil
		})
	handler, err := guard.Handler()
	if err != nil {
		fmt.Println(err)
		return
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest("GET", "/miniprograms", nil))
	fmt.Print(response.Body)
	// Output:
	// top-up
	// mp-42
}

// A policy that lacks a route's action is refused, and the old one stays.
func ExampleGuard_Swap() {
	guard := rbachttp.New(rbachttp.Config{Policy: rbac.Default()})
	guard.List("GET /miniprograms", rbac.ListMiniPrograms,
		func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Filter) error { return nil })
	empty := rbac.Must(rbac.New(rbac.Spec{}))
	fmt.Println(guard.Swap(empty))
	fmt.Println(guard.Policy() == rbac.Default())
	// Output:
	// rbachttp: route "GET /miniprograms": the policy does not declare the action "miniprogram.list"
	// true
}
