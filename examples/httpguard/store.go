package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
)

// MiniProgram is a row of the store.
type MiniProgram struct {
	ID        string
	Name      string
	Workspace rbac.Workspace
	Released  bool
	Revision  int // grows with each change
}

// Resource returns the mini program as a policy sees it. It uses the stored row
// only, never what a request says.
func (p MiniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID) }

// MemberKey identifies a member. A person in two workspaces is two members.
type MemberKey struct {
	Workspace rbac.Workspace
	ID        string
}

// Store takes the place of a database. Callers must not modify the slices of a
// member that it returns.
type Store struct {
	mutex        sync.RWMutex
	members      map[MemberKey]rbac.Member
	workspaces   map[string]rbac.Workspace
	suspended    map[rbac.Workspace]bool // a column of the workspaces in a database
	miniPrograms map[string]MiniProgram
	created      int
}

// ErrConflict is returned for a row that has changed since it was loaded.
var ErrConflict = errors.New("the row has changed since it was loaded")

// Member returns the member with that key. Whether the workspace is suspended is read
// with each member.
func (s *Store) Member(_ context.Context, key MemberKey) (rbac.Member, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	member, err := find(s.members, key)
	member.Suspended = s.suspended[key.Workspace]
	return member, err
}

// Workspace returns the workspace with that ID.
func (s *Store) Workspace(_ context.Context, id string) (rbac.Workspace, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return find(s.workspaces, id)
}

// MiniProgram returns the mini program with that ID.
func (s *Store) MiniProgram(_ context.Context, id string) (MiniProgram, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return find(s.miniPrograms, id)
}

func find[K comparable, R any](rows map[K]R, key K) (R, error) {
	row, found := rows[key]
	if !found {
		return row, rbachttp.ErrNotFound
	}
	return row, nil
}

// MiniPrograms returns the mini programs that the filter matches, sorted by ID.
// With a database, use filter.Where in the query.
func (s *Store) MiniPrograms(_ context.Context, filter rbac.Filter) ([]MiniProgram, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	rows := slices.Collect(maps.Values(s.miniPrograms))
	rows = slices.DeleteFunc(rows, func(p MiniProgram) bool { return !filter.Match(p.Resource()) })
	slices.SortFunc(rows, func(a, b MiniProgram) int { return cmp.Compare(a.ID, b.ID) })
	return rows, nil
}

// Create stores a new mini program. The store chooses the ID: if the caller
// chose it, a conflict would tell which IDs others use.
func (s *Store) Create(_ context.Context, workspace rbac.Workspace, name string) (MiniProgram, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.created++
	p := MiniProgram{ID: fmt.Sprintf("mp-new-%d", s.created), Name: name, Workspace: workspace}
	s.miniPrograms[p.ID] = p
	return p, nil
}

// Save stores a changed mini program. It returns ErrConflict if the stored row
// has changed since it was loaded: it may have moved to another workspace, where
// the member may not change it.
func (s *Store) Save(_ context.Context, p MiniProgram) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if stored, found := s.miniPrograms[p.ID]; !found || stored.Revision != p.Revision {
		return ErrConflict
	}
	p.Revision++
	s.miniPrograms[p.ID] = p
	return nil
}

// Delete removes a mini program. It returns ErrConflict as Save does.
func (s *Store) Delete(_ context.Context, p MiniProgram) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if stored, found := s.miniPrograms[p.ID]; !found || stored.Revision != p.Revision {
		return ErrConflict
	}
	delete(s.miniPrograms, p.ID)
	return nil
}

// Sessions maps the token in a request to the member who is signed in. In a real
// program, tokens are long and random, and only their hashes are stored.
type Sessions map[string]MemberKey

// memberFrom returns a function that reads the token of a request and loads its
// member from the store.
func (s Sessions) memberFrom(store *Store) func(*http.Request) (rbac.Member, error) {
	return func(r *http.Request) (rbac.Member, error) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		key, signedIn := s[token]
		if !isBearer || !signedIn {
			return rbac.Member{}, rbachttp.ErrNoMember
		}
		member, err := store.Member(r.Context(), key)
		if errors.Is(err, rbachttp.ErrNotFound) {
			return rbac.Member{}, rbachttp.ErrNoMember
		}
		return member, err
	}
}

// The demo data: two native apps, and two merchants of the first.

var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
	bank   = rbac.Tenant("bank")
)

// demoStore returns a store with a few rows.
func demoStore() *Store {
	s := &Store{
		members:      map[MemberKey]rbac.Member{},
		workspaces:   map[string]rbac.Workspace{},
		suspended:    map[rbac.Workspace]bool{},
		miniPrograms: map[string]MiniProgram{},
	}
	for _, w := range []rbac.Workspace{wallet, shop, bakery, bank} {
		s.workspaces[w.ID] = w
	}
	for _, p := range []MiniProgram{
		{ID: "top-up", Name: "Top-up", Workspace: wallet},
		{ID: "mp-42", Name: "Groceries", Workspace: shop},
		{ID: "mp-43", Name: "Vouchers", Workspace: shop},
		{ID: "mp-7", Name: "Cakes", Workspace: bakery},
	} {
		s.miniPrograms[p.ID] = p
	}
	for _, m := range []rbac.Member{
		demoMember("ann", wallet, rbac.StatusActive, rbac.WorkspaceAdmin),
		demoMember("sam", shop, rbac.StatusActive, rbac.DeveloperAdmin),
		demoMember("alice", shop, rbac.StatusActive, rbac.Developer, "mp-42"),
		demoMember("ola", shop, rbac.StatusActive, rbac.Operator, "mp-42"),
		demoMember("bob", bakery, rbac.StatusActive, rbac.DeveloperAdmin),
		demoMember("gil", bakery, rbac.StatusBlocked, rbac.DeveloperAdmin),
		demoMember("eve", bank, rbac.StatusActive, rbac.WorkspaceAdmin),
	} {
		s.members[MemberKey{m.Workspace, m.ID}] = m
	}
	return s
}

func demoMember(
	id string, workspace rbac.Workspace, status rbac.Status, role rbac.RoleID, assigned ...string,
) rbac.Member {
	return rbac.Member{
		ID:          id,
		Workspace:   workspace,
		Status:      status,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: assigned}},
	}
}

// demoSessions has a session for each member, and one for zoe, who is not a
// member any more.
func demoSessions() Sessions {
	return Sessions{
		"ann":   {wallet, "ann"},
		"sam":   {shop, "sam"},
		"alice": {shop, "alice"},
		"ola":   {shop, "ola"},
		"bob":   {bakery, "bob"},
		"gil":   {bakery, "gil"},
		"eve":   {bank, "eve"},
		"zoe":   {shop, "zoe"},
	}
}
