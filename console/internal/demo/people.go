package demo

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// People is the members of one workspace.
type People struct {
	Workspace  rbac.Workspace
	Own        rbac.Spec     // the workspace's own roles; zero if they cannot be read
	Members    []rbac.Member // sorted by ID
	Unreadable []error       // what cannot be read
}

// People returns the members of all workspaces. A record that cannot be read leaves out no other.
func (s *Store) People(ctx context.Context) (all []People, err error) {
	err = each(ctx, s.pool, func(rows *sql.Rows) error {
		var workspace rbac.Workspace
		var own string
		var id, document sql.NullString // NULL if the workspace has no member
		if err := rows.Scan(&workspace.Tenant, &workspace.Kind, &workspace.ID, &own, &id, &document); err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].Workspace != workspace {
			all = append(all, peopleOf(workspace, own))
		}
		if id.Valid {
			all[len(all)-1].add(id.String, document.String)
		}
		return nil
	}, `
		SELECT w.tenant, w.kind, w.id, w.own, m.id, m.document
		FROM console_workspaces w
		LEFT JOIN console_members m ON m.tenant = w.tenant AND m.kind = w.kind AND m.workspace = w.id
		ORDER BY w.tenant, w.kind DESC, w.id, m.id`)
	return all, err
}

func peopleOf(workspace rbac.Workspace, own string) People {
	p := People{Workspace: workspace}
	var state web.WorkspaceState
	if err := readWorkspace(&state, workspace, own, "[]"); err != nil {
		p.Unreadable = append(p.Unreadable, err)
	}
	p.Own = state.Own
	return p
}

func (p *People) add(id, document string) {
	member, err := readMember(p.Workspace, id, document)
	if err != nil {
		p.Unreadable = append(p.Unreadable, err)
		return
	}
	p.Members = append(p.Members, member)
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
