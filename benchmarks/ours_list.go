package main

import "github.com/miniprogram-platform/rbac"

// matched lists with Filter.Match, over every row that the host has.
type matched struct {
	can
	programs []rbac.Resource
}

func newMatched(u *universe) (engine, error) { return &matched{can{policy: u.policy}, u.programs}, nil }

func (l *matched) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	keys := keysOf(l.programs)
	return func() ([]string, error) {
		var seen []string
		filter := l.policy.Bind(*m).Filter(a)
		for i := range l.programs {
			if filter.Match(l.programs[i]) {
				seen = append(seen, keys[i])
			}
		}
		return seen, nil
	}, nil
}

func keysOf(programs []rbac.Resource) []string {
	keys := make([]string, len(programs))
	for i, p := range programs {
		keys[i] = programKey(p.Workspace, p.MiniProgram)
	}
	return keys
}

// indexed lists with Filter.Terms, which say what index of the host to look in.
type indexed struct {
	can
	index *index
}

func newIndexed(u *universe) (engine, error) {
	return &indexed{can{policy: u.policy}, newIndex(u.programs)}, nil
}

func (l *indexed) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	return func() ([]string, error) {
		return l.index.find(l.policy.Bind(*m).Filter(a).Terms()), nil
	}, nil
}

// An index is how a host that keeps its mini programs in memory finds them: what the
// indexes of its table are to the predicate of Filter.Where.
type index struct {
	rows       []rbac.Resource
	keys       []string
	tenants    map[string][]int
	workspaces map[rbac.Workspace][]int
	programs   map[place]int
	owners     map[place][]int
}

// A place is a mini program, or an owner, in a workspace.
type place struct {
	workspace rbac.Workspace
	id        string
}

func newIndex(rows []rbac.Resource) *index {
	x := &index{
		rows: rows, keys: keysOf(rows),
		tenants: map[string][]int{}, workspaces: map[rbac.Workspace][]int{}, programs: map[place]int{}, owners: map[place][]int{},
	}
	for i, r := range rows {
		x.tenants[r.Workspace.Tenant] = append(x.tenants[r.Workspace.Tenant], i)
		x.workspaces[r.Workspace] = append(x.workspaces[r.Workspace], i)
		x.programs[place{r.Workspace, r.MiniProgram}] = i
		if r.Owner != "" {
			x.owners[place{r.Workspace, r.Owner}] = append(x.owners[place{r.Workspace, r.Owner}], i)
		}
	}
	return x
}

// find returns the keys of the mini programs that the terms describe.
func (x *index) find(t rbac.Terms) []string {
	switch {
	case t.Target&rbac.OnMiniProgram == 0:
		return nil
	case t.Scope&rbac.ScopeTenant != 0:
		return x.keysFor(t, x.tenants[t.Workspace.Tenant])
	case t.Scope&rbac.ScopeWorkspace != 0:
		return x.keysFor(t, x.workspaces[t.Workspace])
	}
	return x.keysFor(t, x.few(t))
}

// few are the member's own rows and those that are assigned, each once.
func (x *index) few(t rbac.Terms) []int {
	var found []int
	own := t.Scope&rbac.ScopeOwn != 0
	if own {
		found = append(found, x.owners[place{t.Workspace, t.Member}]...)
	}
	for _, id := range t.MiniPrograms {
		row, known := x.programs[place{t.Workspace, id}]
		if known && !(own && x.rows[row].Owner == t.Member) {
			found = append(found, row)
		}
	}
	return found
}

// keysFor leaves out what needs four eyes, unless someone else is its owner.
func (x *index) keysFor(t rbac.Terms, found []int) []string {
	keys := make([]string, 0, len(found))
	for _, row := range found {
		if t.FourEyes && !ownedByAnother(&x.rows[row], t.Member) {
			continue
		}
		keys = append(keys, x.keys[row])
	}
	return keys
}

func ownedByAnother(r *rbac.Resource, member string) bool { return r.Owner != "" && r.Owner != member }
