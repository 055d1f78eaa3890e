// Package rbachttp guards the routes of a net/http server with an rbac.Policy.
//
// Each route names the action to check, or is declared public. For each request the
// guard identifies the member, loads the row, asks the policy, records the decision,
// and calls the handler only if the action is allowed:
//
//	guard := rbachttp.New(rbachttp.Config{Policy: rbac.Default(), Member: memberOf})
//	rbachttp.Handle(guard, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, load, release)
//	guard.List("GET /miniprograms", rbac.ListMiniPrograms, list)
//	guard.Public("GET /healthz", healthz)
//	handler, err := guard.Handler() // an error names every invalid route
//
// What a client learns of a denial depends on the member:
//
//	401  no member sent the request
//	403  the action is denied; the body has the reason and no ID
//	404  the row does not exist, or the member may not know that it exists: the same bytes
//
// A member who may do nothing, such as a blocked one, gets 403 before any row is
// loaded, and so the same answer for every row.
//
// Bodies of errors are problem details (RFC 9457). The handler of a guard is an
// http.Handler, so it works below other routers and middleware. Deadlines, limits of
// bodies, sessions and protection against cross-origin requests are the host's.
package rbachttp
