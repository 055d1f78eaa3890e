package rbachttp

import (
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Row is what a route loads from the store, such as a mini program. Its resource comes
// from what is stored, never from what a request says. An rbac.Workspace is a Row.
type Row interface {
	Resource() rbac.Resource
}

// Handle registers a route that does an action to one row. May this member do this
// action to the row that this request names? If so, handle gets the member and the row
// that was checked; it must not load the row again. The row may change before handle
// writes: a store that compares a revision, or a transaction, prevents that.
//
// The loader returns the row, or ErrNotFound; a nil pointer counts as not found. It runs
// before the decision, so its other errors must not depend on whether the row exists.
// It need not check anything.
//
// The handler writes the answer and returns nil, or writes nothing and returns an error.
// The guard then takes back the headers that the handler set. A *rbac.DeniedError, as a
// step of administration returns, is recorded and answered as a denial of the guard; one
// that is nil, or whose reason is rbac.ReasonGranted, is an error of the server.
//
// A nil function, an unknown action and an invalid pattern are errors of Guard.Handler.
// Handle is not a method because methods cannot have type parameters.
func Handle[R Row](
	g *Guard, pattern string, action rbac.Action,
	load func(*http.Request) (R, error),
	handle func(http.ResponseWriter, *http.Request, rbac.Member, R) error,
) {
	if load == nil || handle == nil {
		g.add(route{pattern: pattern, action: action})
		return
	}
	kind := reflect.TypeFor[R]().Kind()
	canBeNil := kind == reflect.Pointer || kind == reflect.Interface
	serve := func(w http.ResponseWriter, r *http.Request) {
		q, ok := g.begin(w, r, action)
		if !ok {
			return
		}
		row, err := load(r)
		missing := errors.Is(err, ErrNotFound) || err == nil && canBeNil && isNil(row)
		if err != nil && !missing {
			g.answerError(w, r, &q, err)
			return
		}
		if !missing {
			q.Resource = row.Resource()
			q.Decision = q.policy.CheckAt(q.Time, q.Member, action, q.Resource)
		}
		if !g.settle(w, r, &q) {
			return
		}
		before := copyHeader(w)
		if err := handle(w, r, q.Member, row); err != nil {
			g.answerHandlerError(w, r, &q, before, err)
		}
	}
	g.add(route{pattern: pattern, action: action, handler: http.HandlerFunc(serve)})
}

// List registers a route that lists rows. On which rows may this member do this action?
// The handler gets the member and the filter of those rows. The filter matches nothing if
// the member may do the action on no row; the list is then empty, not denied.
func (g *Guard) List(
	pattern string, action rbac.Action,
	handle func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Filter) error,
) {
	if handle == nil {
		g.add(route{pattern: pattern, action: action})
		return
	}
	serve := func(w http.ResponseWriter, r *http.Request) {
		q, ok := g.begin(w, r, action)
		if !ok {
			return
		}
		q.Filter = q.policy.BindAt(q.Time, q.Member).Filter(action)
		q.Decision = rbac.Decision{Reason: rbac.ReasonNotGranted, Action: action}
		if !q.Filter.None() {
			q.Decision = rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted, Action: action}
		}
		if err := g.audit(r, &q.Record); err != nil {
			g.answerError(w, r, &q, err)
			return
		}
		before := copyHeader(w)
		if err := handle(w, r, q.Member, q.Filter); err != nil {
			g.answerHandlerError(w, r, &q, before, err)
		}
	}
	g.add(route{pattern: pattern, action: action, handler: http.HandlerFunc(serve)})
}

// Public registers a route for everybody. It checks and records nothing.
func (g *Guard) Public(pattern string, handler http.Handler) {
	g.add(route{pattern: pattern, public: true, handler: handler})
}

// question is one request of a member.
type question struct {
	policy *rbac.Policy // the one that decides about the whole request
	Record
}

// begin identifies the member. It answers the request and returns false if there is
// none, or one who may do nothing. Otherwise the decision is the one for a row that is
// missing.
func (g *Guard) begin(w http.ResponseWriter, r *http.Request, action rbac.Action) (q question, ok bool) {
	q.policy = g.policy.Load()
	q.Path, q.Action, q.Policy = r.URL.Path, action, q.policy.Fingerprint()
	if g.config.RequestID != nil {
		q.RequestID = g.config.RequestID(r)
	}
	member, err := g.config.Member(r)
	if err != nil {
		g.answerError(w, r, &q, err)
		return q, false
	}
	q.Member, q.Time = member, time.Now().Round(0)
	// The zero Resource is denied to everybody. Unless the reason is that it is hidden, the
	// reason is the member's own state, and no row is needed.
	q.Decision = q.policy.CheckAt(q.Time, member, action, rbac.Resource{})
	if q.Decision.Reason.Hidden() {
		return q, true
	}
	return q, g.settle(w, r, &q)
}

// settle records the decision. It returns true if the handler may be called, and otherwise
// answers the request.
func (g *Guard) settle(w http.ResponseWriter, r *http.Request, q *question) bool {
	err := g.audit(r, &q.Record)
	switch {
	case !q.Decision.Allowed:
		if err != nil {
			g.logError(r, q, err)
		}
		writeDenial(w, q.Decision.Reason, nil)
		return false
	case err != nil:
		g.answerError(w, r, q, err)
		return false
	}
	return true
}

// isNil reports whether a pointer or an interface is nil.
func isNil(row any) bool {
	value := reflect.ValueOf(row)
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}
