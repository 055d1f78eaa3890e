package demo

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/miniprogram-platform/rbac/console/web"
)

// handler serves the page where one chooses a member.
type handler struct {
	store     *Store
	templates *view.Templates
}

// NewHandler returns the console over a store, with the page where one chooses a member.
func NewHandler(store *Store) (http.Handler, error) {
	console, err := web.New(web.Config{Policy: rbac.Default, Store: store, Member: store.looking, SignIn: "people"})
	if err != nil {
		return nil, err
	}
	templates, err := view.NewTemplates()
	if err != nil {
		return nil, err
	}
	h := &handler{store, templates}
	mux := http.NewServeMux()
	mux.Handle("/", console)
	mux.HandleFunc("GET /favicon.ico", showIcon)
	mux.HandleFunc("GET /people", h.show)
	mux.Handle("POST /people", http.NewCrossOriginProtection().Handler(http.HandlerFunc(h.choose)))
	return mux, nil
}

func showIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = io.WriteString(w, view.Icon())
}

func (h *handler) show(w http.ResponseWriter, r *http.Request) {
	members, err := h.store.People(r.Context())
	if err != nil {
		h.fail(w, r, err)
		return
	}
	current := ""
	head := view.Head{Title: "Choose a member"}
	if looking, err := h.store.looking(r); err == nil {
		current = key(looking)
		head.Viewer, head.Home = view.ID(looking.ID), view.WorkspaceName(looking.Workspace)
	}
	h.write(w, r, http.StatusOK, "people", view.Page{Head: head, Body: candidates(members, current)})
}

// candidates returns the members by workspace. They come sorted by workspace.
func candidates(members []rbac.Member, current string) (groups []view.PeopleOf) {
	var last rbac.Workspace
	for _, m := range members {
		if m.Workspace != last {
			last = m.Workspace
			groups = append(groups, view.PeopleOf{Workspace: view.WorkspaceName(last)})
		}
		c := view.Candidate{Key: key(m), ID: view.ID(m.ID), Status: m.Status.String(), Chosen: key(m) == current}
		for _, assignment := range m.Assignments {
			c.Roles = append(c.Roles, view.ID(string(assignment.Role)))
		}
		group := &groups[len(groups)-1]
		group.Members = append(group.Members, c)
	}
	return groups
}

// longestForm is how many bytes the form of this page may have.
const longestForm = 8 << 10

func (h *handler) choose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	member, err := h.store.find(r.Context(), r.PostFormValue("member"))
	if errors.Is(err, web.ErrNoMember) {
		h.message(w, r, http.StatusBadRequest, "There is no such member.", "Choose another member.")
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: key(member), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "./", http.StatusSeeOther)
}

func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "cannot list the members", "error", err)
	h.message(w, r, http.StatusServiceUnavailable,
		"The database does not answer. Nothing was changed.", "Try again in a minute.")
}

func (h *handler) message(w http.ResponseWriter, r *http.Request, status int, text, advice string) {
	h.write(w, r, status, "message", view.Page{
		Head: view.Head{Title: http.StatusText(status)},
		Body: view.Message{Text: text, Advice: advice, Href: "people", Link: "Choose a member"},
	})
}

func (h *handler) write(w http.ResponseWriter, r *http.Request, status int, name string, page view.Page) {
	var body bytes.Buffer
	if err := h.templates.Render(&body, name, page); err != nil {
		slog.ErrorContext(r.Context(), "cannot render", "page", name, "error", err)
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
