package rbachttp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/miniprogram-platform/rbac"
)

// Config is what a host gives to a guard. Only Policy and Member are required.
type Config struct {
	// Policy decides. Swap replaces it later.
	Policy *rbac.Policy

	// Member returns the member who sent a request, or ErrNoMember. It loads the
	// member and the state of the workspace from the store each time, so that
	// blocking a member or suspending a workspace takes effect at the next request.
	Member func(*http.Request) (rbac.Member, error)

	// Audit keeps the record of one decision. The guard calls it before it answers,
	// and waits for it: while it blocks, the request waits and its handler does not
	// run. Return an error when the context ends. If Audit returns an error or panics,
	// the guard logs it. A list, and a request that would be allowed, then get 500; a
	// denial is answered as if Audit had succeeded. Nil writes records to Log, as
	// LogRecords does.
	Audit func(context.Context, Record) error

	// RequestID returns the ID of a request for its records. An ID that a client chose
	// may have any length and content. Nil leaves the ID empty.
	RequestID func(*http.Request) string

	// Errors returns the status and the text that the client gets for an error of
	// Member, of a loader or of a handler, such as 409 for a conflict. The text is all
	// that the client sees of the error. Return 0 for an error that you do not know: with
	// a status that is not from 400 to 599, and with nil, the guard answers itself. For a
	// handler's *rbac.StatusError and rbac.ErrInvitationExpired that is 409 with what the
	// error says, for its *rbac.ValidationError 422 without a text, because such an error
	// may name other members, and for any other error 500 without a text.
	Errors func(error) (status int, detail string)

	// Challenge is the WWW-Authenticate header of a 401. Empty means "Bearer".
	Challenge string

	// Log gets each error that is answered by a status of 500 or more, and each
	// *rbac.ValidationError to which Errors gives no status. Nil means slog.Default.
	Log *slog.Logger
}

// Guard holds the routes of a server and the policy that decides about them. Create
// it with New. Any number of goroutines may use a Guard.
type Guard struct {
	config Config
	policy atomic.Pointer[rbac.Policy] // nil denies everything

	mutex  sync.Mutex // for routes, and for checking their actions before a policy is stored
	routes []route
}

type route struct {
	pattern string
	action  rbac.Action // empty for a public route
	public  bool
	handler http.Handler // nil if a function for it was nil
}

var (
	// ErrNoMember is returned by Config.Member for a request that no member sent. It is
	// answered by 401.
	ErrNoMember = errors.New("rbachttp: no member sent the request")

	// ErrNotFound is returned by a loader for a row that does not exist, and by a handler
	// for a row that is gone since. It is answered as a row that the member may not know
	// about.
	ErrNotFound = errors.New("rbachttp: not found")
)

// New returns a guard without routes. Handler reports what is missing in the config.
func New(config Config) *Guard {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Audit == nil {
		config.Audit = LogRecords(config.Log)
	}
	if config.Challenge == "" {
		config.Challenge = "Bearer"
	}
	guard := &Guard{config: config}
	guard.store(config.Policy)
	return guard
}

// Policy returns the policy in force: which buttons to show, and whether a step of
// administration is allowed. It may be newer than the one that decided about a
// request which is still running.
func (g *Guard) Policy() *rbac.Policy { return g.policy.Load() }

// Swap replaces the policy. Each later request is decided by the new one, and each
// request by one policy only. If a route's action is not in the new policy, Swap
// returns an error that names each such route, and keeps the old policy.
func (g *Guard) Swap(policy *rbac.Policy) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if err := g.checkActions(policy); err != nil {
		return err
	}
	g.store(policy)
	return nil
}

func (g *Guard) store(policy *rbac.Policy) {
	policy.Fingerprint() // computed now, so that no request waits for it
	g.policy.Store(policy)
}

// Handler returns a handler for the routes so far, or an error that names every
// problem: an action that the policy does not declare, a pattern without a method or with
// one that is not in capital letters, two patterns that conflict, a function that is nil.
func (g *Guard) Handler() (http.Handler, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	mux := http.NewServeMux()
	problems := []error{g.checkActions(g.policy.Load())}
	if g.config.Member == nil {
		problems = append(problems, errors.New("rbachttp: Config.Member is nil"))
	}
	for _, r := range g.routes {
		problems = append(problems, r.mount(mux))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return mux, nil
}

func (g *Guard) add(r route) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.routes = append(g.routes, r)
}

// checkActions reports each route whose action the policy does not declare. Nobody
// could use such a route: the action is misspelled or the policy is wrong.
func (g *Guard) checkActions(policy *rbac.Policy) error {
	var problems []error
	declared := maps.Collect(policy.Actions())
	for _, r := range g.routes {
		if declared[r.action] == 0 && !r.public {
			err := fmt.Errorf("rbachttp: route %q: the policy does not declare the action %q", r.pattern, r.action)
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// mount adds the route to the mux. It refuses a pattern without a method, because one
// action must not allow both GET and DELETE, and a method such as "get", which is not GET.
// It turns a panic of the mux into an error.
func (r route) mount(mux *http.ServeMux) (err error) {
	method, path, found := strings.Cut(r.pattern, " ")
	if !found || method == "" {
		return fmt.Errorf("rbachttp: route %q: the pattern has no method", r.pattern)
	}
	if capital := strings.ToUpper(method); method != capital {
		return fmt.Errorf("rbachttp: route %q: the method %q is not in capital letters; write %q",
			r.pattern, method, capital+" "+path)
	}
	if r.handler == nil {
		return fmt.Errorf("rbachttp: route %q: a function is nil", r.pattern)
	}
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("rbachttp: route %q: %v", r.pattern, problem)
		}
	}()
	mux.Handle(r.pattern, r.handler)
	return nil
}
