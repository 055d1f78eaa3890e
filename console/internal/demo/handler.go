package demo

import (
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// NewHandler returns the console over a store, with the page where one chooses whom to be.
func NewHandler(store *Store) (http.Handler, error) {
	console, err := web.New(web.Config{Policy: rbac.Default, Store: store, Member: store.looking, Switch: "people"})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", console)
	mux.HandleFunc("GET /people", store.showPeople)
	mux.HandleFunc("POST /people", store.choosePerson)
	return http.NewCrossOriginProtection().Handler(mux), nil
}

//go:embed people.html
var files embed.FS

var peoplePage = template.Must(template.ParseFS(files, "people.html"))

// workspacePeople is a workspace on the page of people.
type workspacePeople struct {
	Name    string
	Members []person
}

type person struct {
	Key, ID, Status string
	Roles           []string
	Chosen          bool
}

func (s *Store) showPeople(w http.ResponseWriter, r *http.Request) {
	members, err := s.People(r.Context())
	if err != nil {
		fail(w, r, err)
		return
	}
	current := ""
	if looking, err := s.looking(r); err == nil {
		current = key(looking)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	if err := peoplePage.Execute(w, group(members, current)); err != nil {
		slog.ErrorContext(r.Context(), "cannot write the page of people", "error", err)
	}
}

// group returns the members by workspace. They come sorted by workspace.
func group(members []rbac.Member, current string) (groups []workspacePeople) {
	var last rbac.Workspace
	for _, m := range members {
		if m.Workspace != last {
			last = m.Workspace
			groups = append(groups, workspacePeople{Name: title(last)})
		}
		p := person{Key: key(m), ID: m.ID, Status: m.Status.String(), Chosen: key(m) == current}
		for _, assignment := range m.Assignments {
			p.Roles = append(p.Roles, string(assignment.Role))
		}
		group := &groups[len(groups)-1]
		group.Members = append(group.Members, p)
	}
	return groups
}

func title(w rbac.Workspace) string {
	if w.Kind == rbac.KindTenant {
		return w.ID + ", the native app"
	}
	return w.ID + ", a merchant of " + w.Tenant
}

// longestForm is how many bytes a form of this page may have.
const longestForm = 8 << 10

func (s *Store) choosePerson(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	member, err := s.find(r.Context(), r.PostFormValue("member"))
	if errors.Is(err, web.ErrNoMember) {
		http.Error(w, "There is no such member. Go back, load the page again and choose another one.", http.StatusBadRequest)
		return
	}
	if err != nil {
		fail(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: key(member), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "./", http.StatusSeeOther)
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "the page of people failed", "error", err)
	http.Error(w, "The database does not answer. Nothing was changed. Try again in a minute.", http.StatusServiceUnavailable)
}
