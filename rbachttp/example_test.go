package rbachttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
)

// What docs/http.md shows.

// snippet: row
// MiniProgram is a row of the host's store.
type MiniProgram struct {
	ID        string
	Workspace rbac.Workspace
}

func (p MiniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID) }

// end

var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
)

// members maps the token of a request to its member. A real host verifies a session.
var members = map[string]rbac.Member{
	"alice": {ID: "alice", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}},
	}},
	"ann": {ID: "ann", Workspace: wallet, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.WorkspaceAdmin},
	}},
}

func memberOf(r *http.Request) (rbac.Member, error) {
	member, found := members[r.Header.Get("X-Demo-User")]
	if !found {
		return rbac.Member{}, rbachttp.ErrNoMember
	}
	return member, nil
}

// store is the host's. With a database, MiniPrograms uses filter.Where in its query.
type store []MiniProgram

var rows = store{{"mp-42", shop}, {"mp-43", shop}, {"savings", rbac.Tenant("bank")}}

func (s store) MiniProgram(_ context.Context, id string) (MiniProgram, error) {
	i := slices.IndexFunc(s, func(p MiniProgram) bool { return p.ID == id })
	if i < 0 {
		return MiniProgram{}, rbachttp.ErrNotFound
	}
	return s[i], nil
}

func (s store) MiniPrograms(_ context.Context, filter rbac.Filter) (found []MiniProgram, err error) {
	for _, p := range s {
		if filter.Match(p.Resource()) {
			found = append(found, p)
		}
	}
	return found, nil
}

// snippet: functions
func load(r *http.Request) (MiniProgram, error) {
	return rows.MiniProgram(r.Context(), r.PathValue("id")) // rbachttp.ErrNotFound if there is none
}

func release(w http.ResponseWriter, _ *http.Request, member rbac.Member, row MiniProgram) error {
	_, err := fmt.Fprintf(w, "%s released %s\n", member.ID, row.ID)
	return err
}

func list(w http.ResponseWriter, r *http.Request, _ rbac.Member, filter rbac.Filter) error {
	found, err := rows.MiniPrograms(r.Context(), filter)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(found)
}

// end

func printRecord(_ context.Context, record rbachttp.Record) error {
	fmt.Println("  recorded:", record.Member.ID, record.Action, record.Decision.Reason)
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

// A guard in front of two routes. The host says who sends a request and how to load a row.
func Example() {
	start := func() (http.Handler, error) {
		// snippet: guard
		guard := rbachttp.New(rbachttp.Config{
			Policy: rbac.Default(),
			Member: memberOf,    // who sends a request, or rbachttp.ErrNoMember
			Audit:  printRecord, // keeps each decision; nil writes it to the log
		})
		rbachttp.Handle(guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, load, release)
		guard.List("GET /miniprograms", rbac.ListMiniPrograms, list)
		guard.Public("GET /healthz", http.RedirectHandler("/", http.StatusFound))
		return guard.Handler() // an error names every invalid route
		// end
	}
	handler, err := start()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range []string{"mp-42", "mp-43", "savings", "no-such"} {
		fmt.Println("alice releases", id)
		response := ask(handler, "alice", "POST", "/miniprograms/"+id+"/release")
		fmt.Println("  answered:", response.Code)
	}
	// Output:
	// alice releases mp-42
	//   recorded: alice miniprogram.release granted
	//   answered: 200
	// alice releases mp-43
	//   recorded: alice miniprogram.release not_assigned
	//   answered: 403
	// alice releases savings
	//   recorded: alice miniprogram.release other_tenant
	//   answered: 404
	// alice releases no-such
	//   recorded: alice miniprogram.release invalid_workspace
	//   answered: 404
}

// The body of a denial has the reason, and no ID.
func ExampleHandle() {
	guard := rbachttp.New(rbachttp.Config{Policy: rbac.Default(), Member: memberOf, Audit: printRecord})
	rbachttp.Handle(guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, load, release)
	handler, err := guard.Handler()
	if err != nil {
		fmt.Println(err)
		return
	}
	response := ask(handler, "alice", "POST", "/miniprograms/mp-43/release")
	var indented bytes.Buffer
	if err := json.Indent(&indented, response.Body.Bytes(), "", "  "); err != nil {
		fmt.Println(err)
	}
	fmt.Print(response.Code, " ", response.Header().Get("Content-Type"), "\n", &indented)
	// Output:
	//   recorded: alice miniprogram.release not_assigned
	// 403 application/problem+json
	// {
	//   "type": "https://github.com/miniprogram-platform/rbac/blob/main/docs/http.md#denials",
	//   "title": "Forbidden",
	//   "status": 403,
	//   "detail": "the mini program is not assigned to the member's role",
	//   "reason": "not_assigned"
	// }
}

// A list has the rows on which the member may do the action.
func ExampleGuard_List() {
	guard := rbachttp.New(rbachttp.Config{Policy: rbac.Default(), Member: memberOf, Audit: printRecord})
	guard.List("GET /miniprograms", rbac.ListMiniPrograms,
		func(w http.ResponseWriter, r *http.Request, _ rbac.Member, filter rbac.Filter) error {
			found, err := rows.MiniPrograms(r.Context(), filter)
			for _, row := range found {
				fmt.Fprintln(w, " ", row.ID)
			}
			return err
		})
	handler, err := guard.Handler()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, user := range []string{"alice", "ann"} {
		fmt.Print(user, "\n", ask(handler, user, "GET", "/miniprograms").Body)
	}
	// Output:
	//   recorded: alice miniprogram.list granted
	// alice
	//   mp-42
	//   recorded: ann miniprogram.list granted
	// ann
	//   mp-42
	//   mp-43
}

// A policy that lacks a route's action is refused, and the old one stays.
func ExampleGuard_Swap() {
	guard := rbachttp.New(rbachttp.Config{Policy: rbac.Default(), Member: memberOf})
	guard.List("GET /miniprograms", rbac.ListMiniPrograms, list)
	empty := rbac.Must(rbac.New(rbac.Spec{}))
	fmt.Println(guard.Swap(empty))
	fmt.Println(guard.Policy() == rbac.Default())
	// Output:
	// rbachttp: route "GET /miniprograms": the policy does not declare the action "miniprogram.list"
	// true
}
