package rbachttp

import (
	"encoding/json"
	"errors"
	"maps"
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

// answerError answers an error of Config.Member, of a loader or of Config.Audit. None of
// them decides, so a denial that they return is an error like any other.
func (g *Guard) answerError(w http.ResponseWriter, r *http.Request, q *question, err error) {
	switch {
	case errors.Is(err, errAudit):
		g.logError(r, q, err)
		write(w, http.StatusInternalServerError, statusProblem(http.StatusInternalServerError, "").body())
	case errors.Is(err, ErrNoMember):
		w.Header().Set("WWW-Authenticate", g.config.Challenge)
		write(w, http.StatusUnauthorized, noMemberBody)
	case errors.Is(err, ErrNotFound):
		write(w, http.StatusNotFound, notFoundBody)
	default:
		g.answerUnexpected(w, r, q, err, http.StatusInternalServerError, "")
	}
}

// answerHandlerError answers an error of a handler. It takes back the headers that the
// handler set: a cookie would tell a row that is gone from one that never was.
func (g *Guard) answerHandlerError(
	w http.ResponseWriter, r *http.Request, q *question, before http.Header, err error,
) {
	clear(w.Header())
	maps.Copy(w.Header(), before)
	denied := denialIn(err)
	status, detail := stepStatus(err)
	switch {
	case errors.Is(err, ErrNoMember), errors.Is(err, ErrNotFound):
		g.answerError(w, r, q, err)
	case denied != nil:
		g.answerDenied(w, r, q, denied)
	default:
		g.answerUnexpected(w, r, q, err, status, detail)
	}
}

// copyHeader returns a copy of the headers that middleware has set, or nil if there are
// none.
func copyHeader(w http.ResponseWriter) http.Header {
	if header := w.Header(); len(header) > 0 {
		return header.Clone()
	}
	return nil
}

// denialIn returns the denial that the error is or wraps, or nil. One whose reason is that
// the action is granted denies nothing.
func denialIn(err error) *rbac.DeniedError {
	var denied *rbac.DeniedError
	if !errors.As(err, &denied) || denied == nil || denied.Reason == rbac.ReasonGranted {
		return nil
	}
	return denied
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

// stepStatus returns how an error of a step of administration is answered, and 500 for any
// other. A *rbac.StatusError says what is known to one who may do the step. The text of a
// *rbac.ValidationError may name other members, the holders of a role or a column.
func stepStatus(err error) (status int, detail string) {
	var forbidden *rbac.StatusError
	var invalid *rbac.ValidationError
	switch {
	case errors.As(err, &forbidden) && forbidden != nil:
		return http.StatusConflict, strings.TrimPrefix(forbidden.Error(), "rbac: ")
	case errors.Is(err, rbac.ErrInvitationExpired):
		return http.StatusConflict, strings.TrimPrefix(rbac.ErrInvitationExpired.Error(), "rbac: ")
	case errors.As(err, &invalid) && invalid != nil:
		return http.StatusUnprocessableEntity, ""
	}
	return http.StatusInternalServerError, ""
}

// answerUnexpected asks the host for a status and a text, and otherwise answers by those
// given. It logs what is the server's, and what neither the host nor the client would see.
// The client never sees the error's own text, which may have host names, queries or other
// people's data.
func (g *Guard) answerUnexpected(
	w http.ResponseWriter, r *http.Request, q *question, err error, status int, detail string,
) {
	unseen := detail == ""
	if given, text := g.hostStatus(err); given != 0 {
		status, detail, unseen = given, text, false
	}
	if unseen || status >= http.StatusInternalServerError {
		g.logError(r, q, err)
	}
	write(w, status, statusProblem(status, detail).body())
}

// hostStatus returns what Config.Errors says, or 0 if that is no status of an error.
func (g *Guard) hostStatus(err error) (status int, detail string) {
	if g.config.Errors != nil {
		status, detail = g.config.Errors(err)
	}
	if status < 400 || status > 599 {
		return 0, ""
	}
	return status, detail
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
