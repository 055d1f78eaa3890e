package main

import "github.com/miniprogram-platform/rbac"

// can asks the policy about a member that the host has at hand.
type can struct {
	memberless
	policy *rbac.Policy
}

func newCan(u *universe) (engine, error) { return &can{policy: u.policy}, nil }

func (c *can) name() string { return oursName }
func (c *can) close() error { return nil }

func (c *can) prepare(mix []request) (sweep, error) {
	policy := c.policy
	return func(first, count int) (int, error) {
		allowed := 0
		part := mix[first : first+count]
		for i := range part {
			q := &part[i]
			if policy.Can(*q.Member, q.Action, q.Resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// bound asks subjects that were bound when the members were added.
type bound struct {
	policy   *rbac.Policy
	subjects map[string]*rbac.Subject
}

func newBound(u *universe) (engine, error) {
	return &bound{policy: u.policy, subjects: map[string]*rbac.Subject{}}, nil
}

func (b *bound) name() string { return boundName }
func (b *bound) close() error { return nil }

func (b *bound) add(members []rbac.Member) error {
	for _, member := range members {
		b.subjects[member.ID] = b.policy.Bind(member)
	}
	return nil
}

// boundRequest has the subject in place of the member: a host binds once for each web request.
type boundRequest struct {
	subject  *rbac.Subject
	action   rbac.Action
	resource rbac.Resource
}

func (b *bound) prepare(mix []request) (sweep, error) {
	asked := make([]boundRequest, len(mix))
	for i, q := range mix {
		asked[i] = boundRequest{b.subjects[q.Member.ID], q.Action, q.Resource}
	}
	return func(first, count int) (int, error) {
		allowed := 0
		part := asked[first : first+count]
		for i := range part {
			q := &part[i]
			if q.subject.Can(q.action, q.resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// matched lists with Filter.Match over every row that the host has.
type matched struct {
	can
	programs []rbac.Resource
}

func newMatched(u *universe) (engine, error) { return &matched{can{policy: u.policy}, u.programs}, nil }

func (l *matched) list(member *rbac.Member, action rbac.Action) (func() ([]string, error), error) {
	keys := keysOf(l.programs)
	return func() ([]string, error) {
		var seen []string
		filter := l.policy.Bind(*member).Filter(action)
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
	for i, program := range programs {
		keys[i] = programKey(program.Workspace, program.MiniProgram)
	}
	return keys
}

// indexed lists with Filter.Terms, which say where to look in an index of the host.
type indexed struct {
	can
	index *index
}

func newIndexed(u *universe) (engine, error) {
	return &indexed{can{policy: u.policy}, newIndex(u.programs)}, nil
}

func (l *indexed) list(member *rbac.Member, action rbac.Action) (func() ([]string, error), error) {
	return func() ([]string, error) {
		return l.index.find(l.policy.Bind(*member).Filter(action).Terms()), nil
	}, nil
}

// index finds mini programs that a host keeps in memory. It does for Filter.Terms what the indexes of a table do for
// the predicate of Filter.Where.
type index struct {
	rows       []rbac.Resource
	keys       []string
	tenants    map[string][]int
	workspaces map[rbac.Workspace][]int
	programs   map[place]int
	owners     map[place][]int
}

// place is a mini program, or an owner, in a workspace.
type place struct {
	workspace rbac.Workspace
	id        string
}

func newIndex(rows []rbac.Resource) *index {
	x := &index{
		rows:       rows,
		keys:       keysOf(rows),
		tenants:    map[string][]int{},
		workspaces: map[rbac.Workspace][]int{},
		programs:   map[place]int{},
		owners:     map[place][]int{},
	}
	for i, row := range rows {
		x.tenants[row.Workspace.Tenant] = append(x.tenants[row.Workspace.Tenant], i)
		x.workspaces[row.Workspace] = append(x.workspaces[row.Workspace], i)
		x.programs[place{row.Workspace, row.MiniProgram}] = i
		if row.Owner != "" {
			x.owners[place{row.Workspace, row.Owner}] = append(x.owners[place{row.Workspace, row.Owner}], i)
		}
	}
	return x
}

// find returns the keys of the mini programs that one of the terms describes. Those of one member and one action have
// one part at most, so that no row is found twice.
func (x *index) find(parts []rbac.Terms) []string {
	var keys []string
	for _, terms := range parts {
		keys = append(keys, x.findPart(terms)...)
	}
	return keys
}

func (x *index) findPart(terms rbac.Terms) []string {
	switch {
	case terms.Target&rbac.OnMiniProgram == 0:
		return nil
	case terms.Scope&rbac.ScopeTenant != 0:
		return x.keysFor(terms, x.tenants[terms.Workspace.Tenant])
	case terms.Scope&rbac.ScopeWorkspace != 0:
		return x.keysFor(terms, x.workspaces[terms.Workspace])
	}
	return x.keysFor(terms, x.ownOrAssigned(terms))
}

// ownOrAssigned are the member's own rows and the assigned ones, each once.
func (x *index) ownOrAssigned(terms rbac.Terms) []int {
	var found []int
	own := terms.Scope&rbac.ScopeOwn != 0
	if own {
		found = append(found, x.owners[place{terms.Workspace, terms.Member}]...)
	}
	for _, id := range terms.MiniPrograms {
		row, known := x.programs[place{terms.Workspace, id}]
		if known && !(own && x.rows[row].Owner == terms.Member) {
			found = append(found, row)
		}
	}
	return found
}

// keysFor leaves out what takes four eyes, unless somebody else is its owner.
func (x *index) keysFor(terms rbac.Terms, found []int) []string {
	keys := make([]string, 0, len(found))
	for _, row := range found {
		if terms.FourEyes && !ownedByAnother(&x.rows[row], terms.Member) {
			continue
		}
		keys = append(keys, x.keys[row])
	}
	return keys
}

func ownedByAnother(row *rbac.Resource, member string) bool {
	return row.Owner != "" && row.Owner != member
}
