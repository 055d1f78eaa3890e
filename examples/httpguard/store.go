package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/miniprogram-platform/rbac"
)

// MiniProgram is a row of the host's own table.
type MiniProgram struct {
	ID        string
	Name      string
	Workspace rbac.Workspace
	Released  bool
	Revision  int // changes with the row
}

// Resource is built of the row that was loaded, and of nothing that a request
// claims.
func (p MiniProgram) Resource() rbac.Resource { return p.Workspace.MiniProgram(p.ID) }

// MemberKey names a member: someone in two workspaces is two members.
type MemberKey struct {
	Workspace rbac.Workspace
	ID        string
}

// Store stands for the host's database. What it returns is not to be changed in
// place.
type Store struct {
	mutex        sync.RWMutex
	members      map[MemberKey]rbac.Member
	workspaces   map[string]rbac.Workspace
	miniPrograms map[string]MiniProgram
	created      int
}

// ErrConflict is returned for a row that has changed since it was loaded.
var ErrConflict = errors.New("the row has changed since it was loaded")

// Member returns a member as it is now.
func (s *Store) Member(_ context.Context, key MemberKey) (rbac.Member, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return find(s.members, key)
}

// Workspace returns the workspace of that ID.
func (s *Store) Workspace(_ context.Context, id string) (rbac.Workspace, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return find(s.workspaces, id)
}

// MiniProgram returns the mini program of that ID.
func (s *Store) MiniProgram(_ context.Context, id string) (MiniProgram, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return find(s.miniPrograms, id)
}

func find[K comparable, R any](rows map[K]R, key K) (R, error) {
	row, found := rows[key]
	if !found {
		return row, ErrNotFound
	}
	return row, nil
}

// MiniPrograms returns the mini programs that the filter matches, in the order
// of their IDs. A database is asked with filter.Where.
func (s *Store) MiniPrograms(_ context.Context, filter rbac.Filter) ([]MiniProgram, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	rows := slices.Collect(maps.Values(s.miniPrograms))
	rows = slices.DeleteFunc(rows, func(p MiniProgram) bool { return !filter.Match(p.Resource()) })
	slices.SortFunc(rows, func(a, b MiniProgram) int { return cmp.Compare(a.ID, b.ID) })
	return rows, nil
}

// Create stores a new mini program of the workspace. The store gives the ID: a
// caller who chose it would learn from a conflict which IDs others have.
func (s *Store) Create(_ context.Context, w rbac.Workspace, name string) (MiniProgram, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.created++
	p := MiniProgram{ID: fmt.Sprintf("mp-new-%d", s.created), Name: name, Workspace: w}
	s.miniPrograms[p.ID] = p
	return p, nil
}

// Save stores a changed mini program, unless it has changed since it was
// loaded: had it gone to another workspace meanwhile, then what was checked
// would not be what is written.
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

// Delete removes a mini program, unless it has changed since it was loaded.
func (s *Store) Delete(_ context.Context, p MiniProgram) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if stored, found := s.miniPrograms[p.ID]; !found || stored.Revision != p.Revision {
		return ErrConflict
	}
	delete(s.miniPrograms, p.ID)
	return nil
}
