// Package web is a console for the roles and members of a mini program platform: an
// http.Handler that a host mounts.
//
// The host says who the viewer is, for each request. The console asks the library before it
// shows or does anything. A page that a member may not see gets the same answer as one that
// does not exist.
package web

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// ErrNoMember is returned by [Config.Member] if the request is nobody's.
var ErrNoMember = errors.New("web: nobody is signed in")

// Config says what a console shows, and to whom.
type Config struct {
	// Policy returns the platform's policy as it is now. The console adds each
	// workspace's own roles to it.
	Policy func() *rbac.Policy

	// Store keeps members, own roles and the log.
	Store Store

	// Member returns the viewer. It authenticates the request and loads the member from
	// storage each time, with Suspended. ErrNoMember means that nobody is signed in; an
	// *UnreadableError, that what is stored of the member is damaged; any other error,
	// that the member could not be loaded.
	Member func(*http.Request) (rbac.Member, error)

	// Secret is what forms name assignments with. If several processes serve the console,
	// give all of them the same: otherwise a form of one is out of date for another. It has 16
	// random bytes or more. Empty means a new random one for each New, so that a restart makes
	// forms out of date.
	Secret []byte

	// SignIn is the URL of the host's sign-in page. If it is empty, pages have no such
	// link.
	SignIn string

	// Log receives what went wrong on the server. Nil is slog.Default.
	Log *slog.Logger
}

// How many bytes a request may have. What a page shows again must not make it large.
const (
	maxBody     = 1 << 20 // of a form
	maxQuery    = 1 << 14 // of the query of an address
	maxField    = 1 << 12 // of a field of a form
	maxPrograms = 1 << 15 // of the field in which mini programs are typed
)

// leastSecret is how many bytes a secret has at least, so that nobody guesses it.
const leastSecret = 16

// policyHeader lets pages load nothing but the console's own style and script.
const policyHeader = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// New returns the console. Mount it at a path that ends with "/", and strip the prefix with
// [http.StripPrefix]: all its links are relative. It returns an error if the configuration
// lacks Policy, Store or Member, or has a short Secret.
func New(config Config) (http.Handler, error) {
	c, err := newConsole(config)
	if err != nil {
		return nil, err
	}
	return c.handler(), nil
}

func newConsole(config Config) (*console, error) {
	if config.Policy == nil || config.Store == nil || config.Member == nil {
		return nil, errors.New("web: Config needs Policy, Store and Member")
	}
	if n := len(config.Secret); n > 0 && n < leastSecret {
		return nil, fmt.Errorf("web: Config.Secret has %d bytes; use %d random ones or more, or none", n, leastSecret)
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	templates, err := view.NewTemplates()
	if err != nil {
		return nil, err
	}
	return &console{config, templates, view.NewAssignmentKeys(config.Secret)}, nil
}

type console struct {
	config    Config
	templates *view.Templates
	keys      view.AssignmentKeys
}

func (c *console) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /style.css", asset("text/css; charset=utf-8", view.Style()))
	mux.Handle("GET /script.js", asset("text/javascript; charset=utf-8", view.Script()))
	mux.Handle("GET /{$}", c.page(c.choose))
	mux.Handle("POST /accept", c.page(c.accept))
	mux.Handle("GET /roles", c.workspacePage(c.roles))
	mux.Handle("GET /roles.csv", c.workspacePage(c.rolesCSV))
	mux.Handle("GET /try", c.workspacePage(c.try))
	mux.Handle("GET /role", c.workspacePage(c.role))
	mux.Handle("POST /role", c.workspacePage(c.changeRole))
	mux.Handle("GET /members", c.workspacePage(c.members))
	mux.Handle("POST /members", c.workspacePage(c.invite))
	mux.Handle("GET /member", c.workspacePage(c.member))
	mux.Handle("POST /member", c.workspacePage(c.changeMember))
	mux.Handle("GET /log", c.workspacePage(c.log))
	mux.Handle("/", c.page(func(*visit) error { return errHidden }))

	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(c.page(func(*visit) error { return errForged }))
	return secured(protection.Handler(mux))
}

// secured adds the headers that every answer has.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policyHeader)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// asset serves a file whose address changes with its content.
func asset(contentType, content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		if r.URL.Query().Get("v") == view.Version(content) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		_, _ = strings.NewReader(content).WriteTo(w)
	})
}

// page serves a page that is about no workspace.
func (c *console) page(serve func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{console: c, w: w, r: r}
		err := v.enter()
		if err == nil {
			err = serve(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// workspacePage serves a page of the workspace that the request names.
func (c *console) workspacePage(serve func(*visit) error) http.Handler {
	return c.page(func(v *visit) error {
		if err := v.enterWorkspace(); err != nil {
			return err
		}
		if v.r.Method == http.MethodPost && !isForm(v.r) {
			return malformed("the browser did not send it as a form")
		}
		return serve(v)
	})
}

// render writes a page. It is complete before its first byte is sent.
func (v *visit) render(status int, name, title string, body any) error {
	var out bytes.Buffer
	head := view.Head{
		Title: title, SignIn: v.console.config.SignIn, Viewer: v.viewerName(), Home: v.home(), Notice: v.notice(),
		Root: root(v.r),
	}
	if v.entered {
		head.Workspace, head.Tabs = view.WorkspaceName(v.workspace), view.Tabs(v.workspace, v.tab())
		if v.viewer.Workspace.Kind == rbac.KindTenant {
			head.Workspaces = "./"
		}
	}
	if err := v.console.templates.Render(&out, name, view.Page{Head: head, Body: body}); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = out.WriteTo(v.w)
	return nil
}

// root returns the relative address of the console: a page that does not exist may be at a deeper
// path.
func root(r *http.Request) view.URL {
	return view.URL(strings.Repeat("../", max(0, strings.Count(r.URL.EscapedPath(), "/")-1)))
}

// doneCookie is the cookie that tells the next page what was done, which no link can claim.
const doneCookie = "console_done"

// redirectDone sends the browser to another page, which says what was done.
func (v *visit) redirectDone(done, page string, keysAndValues ...string) error {
	http.SetCookie(v.w, &http.Cookie{
		Name: doneCookie, Value: done, MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	return v.redirect(page, keysAndValues...)
}

// redirect sends the browser to another page.
func (v *visit) redirect(page string, keysAndValues ...string) error {
	v.w.Header().Set("Location", string(view.Link(page, v.workspace, keysAndValues...)))
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}
