package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/miniprogram-platform/rbac"
)

// Guard holds the routes of a server. Each route names the action to check, or
// is declared public, so a route cannot be left unguarded by mistake.
type Guard struct {
	policy   atomic.Pointer[rbac.Policy] // nil denies everything
	identify Identify
	log      *slog.Logger
	routes   []route
}

// Identify returns the member who sent a request. It loads the member from the
// store each time, so that blocking a member takes effect at the next request.
// It returns ErrNoMember if no member sent the request.
type Identify func(*http.Request) (rbac.Member, error)

// ErrNoMember is returned by Identify for a request that no member sent.
var ErrNoMember = errors.New("no member sent the request")

// Row is what a route loads from the store, such as a mini program or a workspace.
type Row interface {
	Resource() rbac.Resource
}

// Load returns the row that a request is about, or ErrNotFound.
type Load[R Row] func(*http.Request) (R, error)

// ErrNotFound is returned by Load for a row that does not exist.
var ErrNotFound = errors.New("not found")

type route struct {
	pattern string
	action  rbac.Action // empty for a public route
	public  bool
	handler http.Handler // nil if a function for it was nil
}

// NewGuard returns a guard without routes.
func NewGuard(policy *rbac.Policy, identify Identify, log *slog.Logger) *Guard {
	guard := &Guard{identify: identify, log: log}
	guard.policy.Store(policy)
	return guard
}

// Swap replaces the policy; the next request uses the new one. If a route's
// action is not in the new policy, Swap returns an error and keeps the old one.
func (g *Guard) Swap(policy *rbac.Policy) error {
	if err := g.checkActions(policy); err != nil {
		return err
	}
	g.policy.Store(policy)
	return nil
}

// Registering routes.

// Handle registers a route that does an action to one row. For each request the
// guard identifies the member, loads the row and checks the action. It calls the
// handler only if the action is allowed, and passes it the row that was checked. A
// member who may do nothing, such as a blocked one, gets the same answer for every row.
//
// Handle is not a method of Guard because methods cannot have type parameters.
func Handle[R Row](
	g *Guard, pattern string, action rbac.Action, load Load[R],
	handle func(http.ResponseWriter, *http.Request, R) error,
) {
	if load == nil || handle == nil {
		g.add(pattern, action, nil)
		return
	}
	g.add(pattern, action, func(w http.ResponseWriter, r *http.Request, m rbac.Member) error {
		policy := g.policy.Load()
		var row R
		var resource rbac.Resource
		// The zero Resource is denied to everybody. Unless the reason is that it is hidden,
		// the reason is the member's own state, and no row needs to be loaded.
		if policy.Check(m, action, resource).Reason.Hidden() {
			loaded, err := load(r)
			switch {
			case err == nil:
				row, resource = loaded, loaded.Resource()
			case !errors.Is(err, ErrNotFound):
				return err
			}
		}
		// A missing row is checked too, as the zero Resource, so that it gets the same
		// answer as a row that the member may not know about.
		if decision := g.check(r, policy, m, action, resource); !decision.Allowed {
			writeDenial(w, r, decision)
			return nil
		}
		return handle(w, r, row)
	})
}

// HandleList registers a route that lists rows. The handler gets a filter for
// the rows on which the member may do the action. The filter matches nothing if
// the member may do it on no row; the list is then empty.
func (g *Guard) HandleList(
	pattern string, action rbac.Action,
	handle func(http.ResponseWriter, *http.Request, rbac.Filter) error,
) {
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

// Public registers a route for everybody. It checks nothing.
func (g *Guard) Public(pattern string, handler http.Handler) {
	g.routes = append(g.routes, route{pattern: pattern, public: true, handler: handler})
}

// memberHandler handles the request of an identified member. The guard answers
// its error with writeError.
type memberHandler func(http.ResponseWriter, *http.Request, rbac.Member) error

// add accepts a nil function. Handler reports it later, with all other problems.
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
			g.writeError(w, r, err)
		}
	})
}

// Starting.

// Handler returns a handler for the routes, or an error that names every
// invalid route.
func (g *Guard) Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	problems := []error{g.checkActions(g.policy.Load())}
	for _, r := range g.routes {
		problems = append(problems, r.mount(mux))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return mux, nil
}

// checkActions reports each route whose action the policy does not declare.
// Nobody could use such a route: the action is misspelled or the policy is wrong.
func (g *Guard) checkActions(policy *rbac.Policy) error {
	var problems []error
	declared := maps.Collect(policy.Actions())
	for _, r := range g.routes {
		if declared[r.action] == 0 && !r.public {
			err := fmt.Errorf("route %q: the policy does not declare the action %q", r.pattern, r.action)
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// mount adds the route to the mux. It refuses a pattern without a method,
// because one action must not allow both GET and DELETE. It turns a panic of
// the mux into an error.
func (r route) mount(mux *http.ServeMux) (err error) {
	if method, _, found := strings.Cut(r.pattern, " "); !found || method == "" {
		return fmt.Errorf("route %q: the pattern has no method", r.pattern)
	}
	if r.handler == nil {
		return fmt.Errorf("route %q: a function is nil", r.pattern)
	}
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("route %q: %v", r.pattern, problem)
		}
	}()
	mux.Handle(r.pattern, r.handler)
	return nil
}

// Deciding and answering.

// check asks the policy, and logs the decision.
func (g *Guard) check(
	r *http.Request, policy *rbac.Policy, m rbac.Member, action rbac.Action, resource rbac.Resource,
) rbac.Decision {
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

// writeDenial answers 404 if the member may not know whether the resource
// exists, and otherwise 403 with the reason.
func writeDenial(w http.ResponseWriter, r *http.Request, decision rbac.Decision) {
	if decision.Reason.Hidden() {
		http.NotFound(w, r)
		return
	}
	http.Error(w, decision.Err().Error(), http.StatusForbidden)
}

// writeError answers an error. The client never sees the text of an unexpected
// error: it may contain host names, queries or other people's data.
func (g *Guard) writeError(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNoMember):
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "sign in first", http.StatusUnauthorized)
	case errors.Is(err, ErrBadRequest):
		http.Error(w, "the request is malformed", http.StatusBadRequest)
	case errors.Is(err, ErrConflict):
		http.Error(w, "the row has changed; try again", http.StatusConflict)
	default:
		g.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		http.Error(w, "internal server error", http.StatusInternalServerError)
	}
}
