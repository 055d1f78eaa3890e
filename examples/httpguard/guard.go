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

// Guard is the only way to a route. A server takes a *Guard and not an
// http.Handler, and a route comes into a Guard with an action to check, or
// declared public: there is no place for an unguarded one.
type Guard struct {
	policy   atomic.Pointer[rbac.Policy] // nil denies everything
	identify Identify
	log      *slog.Logger
	routes   []route
}

// Identify returns the member who sent a request, as the store has it now, so
// that blocking a member takes effect at the next request. It returns
// ErrNoMember for anybody else.
type Identify func(*http.Request) (rbac.Member, error)

// ErrNoMember is Identify's answer to a request that no member sent.
var ErrNoMember = errors.New("no member sent the request")

type route struct {
	pattern string
	action  rbac.Action // empty for a public route
	public  bool
	handler http.Handler // nil if something to make it of was nil
}

// NewGuard returns a guard without routes.
func NewGuard(policy *rbac.Policy, identify Identify, log *slog.Logger) *Guard {
	guard := &Guard{identify: identify, log: log}
	guard.policy.Store(policy)
	return guard
}

// Swap puts another policy in force for the requests that come from now on. A
// policy that does not declare the action of a route is refused, and the policy
// in force stays.
func (g *Guard) Swap(policy *rbac.Policy) error {
	if err := g.undeclared(policy); err != nil {
		return err
	}
	g.policy.Store(policy)
	return nil
}

// Handler returns what serves the routes, or everything that is wrong with
// them: a server with such a route must not start.
func (g *Guard) Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	problems := []error{g.undeclared(g.policy.Load())}
	for _, r := range g.routes {
		problems = append(problems, r.mount(mux))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return mux, nil
}

// undeclared names the routes that nobody could ever use, because the policy
// does not know their action: it is misspelt, or the policy is the wrong one.
func (g *Guard) undeclared(policy *rbac.Policy) error {
	var problems []error
	declared := maps.Collect(policy.Actions())
	for _, r := range g.routes {
		if declared[r.action] == 0 && !r.public {
			problems = append(problems, fmt.Errorf("route %q: the policy does not declare the action %q", r.pattern, r.action))
		}
	}
	return errors.Join(problems...)
}

// mount registers the route. A pattern without a method is refused, because
// what a GET may do is not what a DELETE may do; and what the mux would panic
// about becomes an error beside the others.
func (r route) mount(mux *http.ServeMux) (err error) {
	if method, _, found := strings.Cut(r.pattern, " "); !found || method == "" {
		return fmt.Errorf("route %q: the pattern names no method", r.pattern)
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
