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
	for _, workspace := range workspaces {
		state, err := s.State(ctx, workspace)
		if err != nil {
			return nil, err
		}
		people = append(people, state.Members...)
	}
	return people, nil
}

// cookieName is the cookie that says who is looking. It is not signed: anybody who can
// reach the demo can act as any member.
const cookieName = "member"

// key writes who a member is, for a cookie and a form.
func key(m rbac.Member) string {
	workspace := m.Workspace
	return url.Values{
		"kind": {workspace.Kind.String()}, "tenant": {workspace.Tenant}, "workspace": {workspace.ID}, "id": {m.ID},
	}.Encode()
}

func parseKey(text string) (workspace rbac.Workspace, id string, err error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return rbac.Workspace{}, "", err
	}
	workspace = rbac.Workspace{ID: values.Get("workspace"), Tenant: values.Get("tenant")}
	err = workspace.Kind.UnmarshalText([]byte(values.Get("kind")))
	return workspace, values.Get("id"), err
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
	workspace, id, err := parseKey(key)
	if err != nil {
		return rbac.Member{}, web.ErrNoMember
	}
	member, err := s.Member(ctx, workspace, id)
	if errors.Is(err, web.ErrNotFound) {
		err = web.ErrNoMember
	}
	return member, err
}
