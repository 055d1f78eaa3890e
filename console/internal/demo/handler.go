package demo

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/miniprogram-platform/rbac/console/web"
)

// handler serves the page where one chooses a member.
type handler struct {
	store     *Store
	policy    *rbac.Policy // the platform's
	templates *view.Templates
}

// NewHandler returns the console over a store, with the page where one chooses a member.
func NewHandler(store *Store) (http.Handler, error) {
	policy, err := newPolicy()
	if err != nil {
		return nil, err
	}
	console, err := web.New(web.Config{
		Policy: func() *rbac.Policy { return policy }, Store: store, Member: store.looking, SignIn: "people",
	})
	if err != nil {
		return nil, err
	}
	templates, err := view.NewTemplates()
	if err != nil {
		return nil, err
	}
	h := &handler{store, policy, templates}
	mux := http.NewServeMux()
	mux.Handle("/", console)
	mux.HandleFunc("GET /favicon.ico", showIcon)
	mux.HandleFunc("GET /people", h.show)
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(h.refuse))
	mux.Handle("POST /people", protection.Handler(http.HandlerFunc(h.choose)))
	return secured(mux), nil
}

// secured adds what every answer has, also those of the mux itself.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func showIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = io.WriteString(w, view.Icon())
}

func (h *handler) show(w http.ResponseWriter, r *http.Request) {
	people, err := h.store.People(r.Context())
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
	body := h.candidates(people, current, r.URL.Query().Get("q"))
	h.write(w, r, http.StatusOK, "people", view.Page{Head: head, Body: body})
}

// What keeps the page small.
const (
	mostCandidates = 100
	mostUnreadable = 20
	longestKey     = 600
	longestFilter  = 255
)

// candidates returns the members by workspace whose IDs contain the text.
func (h *handler) candidates(people []People, current, text string) view.People {
	page := view.People{Text: text[:min(len(text), longestFilter)], Start: canStart(people)}
	shown := 0
	for _, p := range people {
		for _, err := range p.Unreadable[:min(len(p.Unreadable), mostUnreadable-len(page.Unreadable))] {
			page.Unreadable = append(page.Unreadable, view.Text(err.Error()))
		}
		policy, err := h.policy.With(p.Own)
		if err != nil {
			policy = h.policy
		}
		group := view.PeopleOf{Workspace: view.WorkspaceName(p.Workspace)}
		for _, m := range p.Members {
			switch {
			case !strings.Contains(m.ID, page.Text):
			case shown == mostCandidates:
				page.More++
			default:
				shown++
				group.Members = append(group.Members, candidate(policy, m, current))
			}
		}
		if len(group.Members) > 0 {
			page.Groups = append(page.Groups, group)
		}
	}
	return page
}

func candidate(policy *rbac.Policy, m rbac.Member, current string) view.Candidate {
	key := key(m)
	if len(key) > longestKey {
		return view.NewCandidate(policy, m, "", false)
	}
	return view.NewCandidate(policy, m, key, key == current)
}

// canStart reports whether those are there whom the page names to start with.
func canStart(people []People) bool {
	for _, start := range []rbac.Member{
		active("sam", Shop, rbac.DeveloperAdmin), active("ann", Wallet, rbac.WorkspaceAdmin),
		active("alice", Shop, rbac.Developer),
	} {
		isThere := func(m rbac.Member) bool {
			return m.ID == start.ID && m.Workspace == start.Workspace && m.Status == rbac.StatusActive &&
				slices.ContainsFunc(m.Assignments, func(a rbac.Assignment) bool { return a.Role == start.Assignments[0].Role })
		}
		if !slices.ContainsFunc(people, func(p People) bool { return slices.ContainsFunc(p.Members, isThere) }) {
			return false
		}
	}
	return true
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

// refuse answers a form that another site has sent.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request) {
	h.message(w, r, http.StatusForbidden, "Nothing was changed: this form was sent from another site.",
		"If you meant it, choose here.")
}

func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "cannot show the members", "error", err)
	var damaged *web.UnreadableError
	if errors.As(err, &damaged) {
		h.message(w, r, http.StatusServiceUnavailable,
			"What is stored of this member is damaged. Nothing was changed.", "Choose another member.")
		return
	}
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
	header.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
