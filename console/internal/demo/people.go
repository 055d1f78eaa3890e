package demo

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// People returns the members of all workspaces, sorted by workspace and ID.
func (s *Store) People(ctx context.Context) ([]rbac.Member, error) {
	workspaces, err := s.workspaces(ctx, `ORDER BY tenant, kind DESC, id`)
	if err != nil {
		return nil, err
	}
	var people []rbac.Member
	for _, w := range workspaces {
		state, err := s.State(ctx, w)
		if err != nil {
			return nil, err
		}
		people = append(people, state.Members...)
	}
	return people, nil
}

// cookieName is the cookie that says who is looking. It is not signed: whoever reaches the
// demo may be anybody.
const cookieName = "member"

// key writes who a member is, for a cookie and a form.
func key(m rbac.Member) string {
	w := m.Workspace
	return url.Values{"kind": {w.Kind.String()}, "tenant": {w.Tenant}, "workspace": {w.ID}, "id": {m.ID}}.Encode()
}

func parseKey(text string) (w rbac.Workspace, id string, err error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return rbac.Workspace{}, "", err
	}
	w = rbac.Workspace{ID: values.Get("workspace"), Tenant: values.Get("tenant")}
	err = w.Kind.UnmarshalText([]byte(values.Get("kind")))
	return w, values.Get("id"), err
}

// looking loads the member whom the request's cookie names.
func (s *Store) looking(r *http.Request) (rbac.Member, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return rbac.Member{}, web.ErrNoMember
	}
	return s.find(r.Context(), cookie.Value)
}

// find loads the member of a key.
func (s *Store) find(ctx context.Context, key string) (rbac.Member, error) {
	w, id, err := parseKey(key)
	if err != nil {
		return rbac.Member{}, web.ErrNoMember
	}
	member, err := s.Member(ctx, w, id)
	if errors.Is(err, web.ErrNotFound) {
		err = web.ErrNoMember
	}
	return member, err
}
