package rbachttp

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// typeDenied is the problem type of a denial. It has the member "reason", and "missing"
// where a step of administration needs permissions that the member lacks.
const typeDenied = "https://github.com/miniprogram-platform/rbac/blob/main/docs/http.md#denials"

// problem is a body as RFC 9457 defines it.
type problem struct {
	Type    string           `json:"type,omitempty"`
	Title   string           `json:"title"`
	Status  int              `json:"status"`
	Detail  string           `json:"detail,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Missing rbac.Permissions `json:"missing,omitempty"`
}

func (p problem) body() []byte {
	document, err := json.Marshal(p)
	if err != nil {
		return []byte(`{}`)
	}
	return append(document, '\n')
}

// statusProblem says no more than the status and the text.
func statusProblem(status int, detail string) problem {
	return problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

var (
	notFoundBody  = statusProblem(http.StatusNotFound, "").body()
	noMemberBody  = statusProblem(http.StatusUnauthorized, "sign in first").body()
	forbiddenBody = forbiddenBodies()
)

// forbiddenBodies returns the body of each reason.
func forbiddenBodies() [][]byte {
	var bodies [][]byte
	for reason := rbac.Reason(0); ; reason++ {
		if _, err := reason.MarshalText(); err != nil {
			return bodies
		}
		bodies = append(bodies, denial(reason, nil).body())
	}
}

func denial(reason rbac.Reason, missing rbac.Permissions) problem {
	sentence := strings.TrimPrefix(rbac.Decision{Reason: reason}.Err().Error(), "rbac: denied: ")
	return problem{
		Type:    typeDenied,
		Title:   http.StatusText(http.StatusForbidden),
		Status:  http.StatusForbidden,
		Detail:  sentence,
		Reason:  reason.String(),
		Missing: missing,
	}
}

// writeDenial answers 404 if the member may not know that the resource exists, and
// otherwise 403 with the reason.
func writeDenial(w http.ResponseWriter, reason rbac.Reason, missing rbac.Permissions) {
	switch {
	case reason.Hidden():
		write(w, http.StatusNotFound, notFoundBody)
	case len(missing) > 0 || int(reason) >= len(forbiddenBody):
		write(w, http.StatusForbidden, denial(reason, missing).body())
	default:
		write(w, http.StatusForbidden, forbiddenBody[reason])
	}
}

// answerError answers an error that was returned to the guard.
func (g *Guard) answerError(w http.ResponseWriter, r *http.Request, q *question, err error) {
	var denied *rbac.DeniedError
	switch {
	case errors.Is(err, errAudit):
		g.answerUnexpected(w, r, q, err, http.StatusInternalServerError, "")
	case errors.Is(err, ErrNoMember):
		w.Header().Set("WWW-Authenticate", g.config.Challenge)
		write(w, http.StatusUnauthorized, noMemberBody)
	case errors.Is(err, ErrNotFound):
		write(w, http.StatusNotFound, notFoundBody)
	case errors.As(err, &denied):
		g.answerDenied(w, r, q, denied)
	default:
		status, detail := g.statusOf(err)
		g.answerUnexpected(w, r, q, err, status, detail)
	}
}

// answerDenied records and answers the denial of a step that a handler took.
func (g *Guard) answerDenied(w http.ResponseWriter, r *http.Request, q *question, denied *rbac.DeniedError) {
	q.Action = denied.Action
	q.Decision = rbac.Decision{Reason: denied.Reason, Action: denied.Action}
	if err := g.audit(r, &q.Record); err != nil {
		g.logError(r, q, err)
	}
	writeDenial(w, denied.Reason, denied.Missing)
}

// statusOf asks the host.
func (g *Guard) statusOf(err error) (status int, detail string) {
	if g.config.Errors != nil {
		status, detail = g.config.Errors(err)
	}
	if status < 400 || status > 599 {
		return http.StatusInternalServerError, ""
	}
	return status, detail
}

// answerUnexpected logs the error if the status says that it is the server's. The client
// never sees its text, which may have host names, queries or other people's data.
func (g *Guard) answerUnexpected(
	w http.ResponseWriter, r *http.Request, q *question, err error, status int, detail string,
) {
	if status >= http.StatusInternalServerError {
		g.logError(r, q, err)
	}
	write(w, status, statusProblem(status, detail).body())
}

func (g *Guard) logError(r *http.Request, q *question, err error) {
	g.config.Log.ErrorContext(r.Context(), "request failed",
		"method", r.Method, "path", r.URL.Path, "request_id", q.RequestID, "error", err)
}

// write removes the headers of an answer that a handler began, as http.Error does. No
// cache may keep the answer: it depends on who asks.
func write(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	for _, key := range [...]string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified"} {
		header.Del(key)
	}
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
