package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/miniprogram-platform/rbac"
)

// Row is what a host loads from its store. A workspace is a row too.
type Row interface {
	Resource() rbac.Resource
}

// ErrNotFound is a loader's answer where there is no such row.
var ErrNotFound = errors.New("not found")

// Load returns the row that a request is about, or ErrNotFound.
type Load[R Row] func(*http.Request) (R, error)

// Handle registers a route for an action on one row. For each request the guard
// identifies the member, loads the row, and checks; the handler is called only
// if the member may, and it is given the row that was checked, so that it need
// not load another.
//
// It is no method of Guard because methods have no type parameters.
func Handle[R Row](g *Guard, pattern string, action rbac.Action, load Load[R], handle func(http.ResponseWriter, *http.Request, R) error) {
	if load == nil || handle == nil {
		g.add(pattern, action, nil)
		return
	}
	g.add(pattern, action, func(w http.ResponseWriter, r *http.Request, m rbac.Member) error {
		row, err := load(r)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		found := err == nil
		if decision := g.check(r, m, action, resourceOf(row, found)); !decision.Allowed {
			refuse(w, r, decision)
			return nil
		}
		return handle(w, r, row)
	})
}

// resourceOf a row that is missing is the zero Resource, which everybody is
// denied. The request is decided all the same, so that whatever the decision
// says of the member, such as that it is blocked, is said whether or not there
// is a row: otherwise the answer to a blocked stranger would tell.
func resourceOf(row Row, found bool) rbac.Resource {
	if !found {
		return rbac.Resource{}
	}
	return row.Resource()
}

// HandleList registers a route that shows the rows to which the member may do
// the action: the handler asks the store for what the filter describes. A
// member who may do it to nothing gets an empty list.
func (g *Guard) HandleList(pattern string, action rbac.Action, handle func(http.ResponseWriter, *http.Request, rbac.Filter) error) {
	if handle == nil {
		g.add(pattern, action, nil)
		return
	}
	g.add(pattern, action, func(w http.ResponseWriter, r *http.Request, m rbac.Member) error {
		filter := g.policy.Load().Bind(m).Filter(action)
		g.log.InfoContext(r.Context(), "list", memberAttr(m), "action", action, "filter", filter.String())
		return handle(w, r, filter)
	})
}

// Public registers a route that everybody may use, members or not.
func (g *Guard) Public(pattern string, handler http.Handler) {
	g.routes = append(g.routes, route{pattern: pattern, public: true, handler: handler})
}

// memberHandler serves the requests of members. Its error is answered by fail.
type memberHandler func(http.ResponseWriter, *http.Request, rbac.Member) error

// add leaves what is nil to Handler to complain about.
func (g *Guard) add(pattern string, action rbac.Action, handle memberHandler) {
	r := route{pattern: pattern, action: action}
	if handle != nil && g.identify != nil {
		r.handler = g.forMembers(handle)
	}
	g.routes = append(g.routes, r)
}

func (g *Guard) forMembers(handle memberHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		member, err := g.identify(r)
		if err == nil {
			err = handle(w, r, member)
		}
		if err != nil {
			g.fail(w, r, err)
		}
	})
}

// check decides by the policy in force, and logs what it decided.
func (g *Guard) check(r *http.Request, m rbac.Member, action rbac.Action, resource rbac.Resource) rbac.Decision {
	policy := g.policy.Load()
	decision := policy.Check(m, action, resource)
	g.log.InfoContext(r.Context(), "decision",
		memberAttr(m),
		"action", action,
		"path", r.URL.Path,
		"found", resource != rbac.Resource{},
		"decision", decision,
		"policy", policy.Fingerprint(),
	)
	return decision
}

func memberAttr(m rbac.Member) slog.Attr {
	return slog.Group("member", "id", m.ID, "workspace", m.Workspace.ID, "tenant", m.Workspace.Tenant)
}
