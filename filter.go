package rbac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Filter describes exactly the resources for which a Subject's Can is true for one
// action: which rows to list. Match decides about one resource in memory, Where
// finds the rows in the host's database. A Filter is as of the time when the
// Subject was bound. Or joins several.
//
// The zero Filter matches nothing.
type Filter struct{ parts []*part }

// part is what one member may do one action to. It never changes once a Filter has it.
type part struct {
	member   Member // its ID and its workspace
	compiled *compiledAction
	scopes   Scope       // none that another covers
	programs *programSet // what ScopeAssigned reaches; nil for nothing
}

// Filter returns the filter of the resources to which the member may do the action.
// For an action that the policy does not declare, and for a member who may do
// nothing, it is the zero Filter.
func (s *Subject) Filter(action Action) Filter {
	if s == nil || len(s.active) == 0 {
		return Filter{}
	}
	compiled := s.policy.actionIndex.Find(string(action))
	if compiled == nil {
		return Filter{}
	}
	p := &part{compiled: compiled}
	p.member.ID, p.member.Workspace = s.member.ID, s.member.Workspace
	var programs []string
	for i := range s.active {
		granted := s.active[i].grants[compiled.position]
		p.scopes |= granted
		if granted&ScopeAssigned != 0 {
			programs = append(programs, s.active[i].programs.ids...)
		}
	}
	p.simplify(programs)
	if p.scopes == 0 {
		return Filter{}
	}
	return Filter{[]*part{p}}
}

// simplify drops every scope that another covers, ScopeAssigned if no mini program
// is named, and ScopeOwn under four eyes, which the owner never passes.
func (p *part) simplify(programs []string) {
	if p.compiled.fourEyes {
		p.scopes &^= ScopeOwn
	}
	if p.scopes >= ScopeWorkspace {
		p.scopes = p.scopes.widest()
		return
	}
	programs = slices.DeleteFunc(programs, func(id string) bool { return id == "" })
	if len(programs) == 0 {
		p.scopes &^= ScopeAssigned
		return
	}
	if len(programs) <= mostSorted {
		programs = distinct(programs)
	}
	p.programs = &programSet{ids: programs}
}

// mostSorted is how many mini programs a filter sorts, so that equal filters have equal
// clauses. Sorting more would cost more than all else that Where does.
const mostSorted = 1_024

// Or returns a filter that matches what either matches: for one list of several
// members, actions or tenants. The zero Filter adds nothing.
func (f Filter) Or(g Filter) Filter { return Filter{slices.Concat(f.parts, g.parts)} }

// None reports whether the filter matches no resource at all. The host then need
// not ask its database.
func (f Filter) None() bool { return len(f.parts) == 0 }

// Match reports whether the filter matches the resource.
func (f Filter) Match(resource Resource) bool {
	for _, p := range f.parts {
		if p.match(&resource) {
			return true
		}
	}
	return false
}

func (p *part) match(r *Resource) bool {
	scope := p.member.scopeReaching(p.scopes&p.member.Workspace.reach(&r.Workspace), r)
	if scope == 0 || scope == ScopeAssigned && !p.programs.has(r.MiniProgram) {
		return false
	}
	return p.compiled.appliesTo(&p.member, r)
}

// Terms is a part of a filter, for a store that is not asked in SQL. It matches a
// resource of a valid workspace, of a kind in Target, that
//
//   - with ScopeTenant belongs to the tenant Workspace.Tenant,
//   - with ScopeWorkspace belongs to Workspace,
//   - with ScopeOwn belongs to Workspace and has Member as its Owner,
//   - with ScopeAssigned belongs to Workspace and has one of MiniPrograms,
//
// any of which is enough. With FourEyes it also has an Owner other than Member.
type Terms struct {
	Scope        Scope     `json:"scope"`                   // none that another covers; the zero Scope matches nothing
	Target       Target    `json:"target"`                  // what the action is done to
	Workspace    Workspace `json:"workspace"`               // the member's own
	Member       string    `json:"member"`                  // the member's ID
	MiniPrograms []string  `json:"mini_programs,omitempty"` // sorted, each once; with ScopeAssigned only
	FourEyes     bool      `json:"four_eyes,omitempty"`
}

// Terms returns the filter in parts, to write a query for a store that has another
// language: a resource matches the filter if it matches one of them. For the zero
// Filter there are none.
func (f Filter) Terms() []Terms {
	var terms []Terms
	for _, p := range f.parts {
		terms = append(terms, Terms{
			Scope:        p.scopes,
			Target:       p.compiled.target,
			Workspace:    p.member.Workspace,
			Member:       p.member.ID,
			MiniPrograms: p.programs.sorted(),
			FourEyes:     p.compiled.fourEyes,
		})
	}
	return terms
}

// String returns a sentence for each part of the filter. It names IDs, so it is for the
// host's own logs.
func (f Filter) String() string {
	if f.None() {
		return "nothing"
	}
	var sentences []string
	for _, p := range f.parts {
		sentences = append(sentences, p.sentence())
	}
	return strings.Join(sentences, "; or ")
}

func (p *part) sentence() string {
	home := p.member.Workspace
	target, of := p.compiled.target&(Target(home.Kind)|OnMiniProgram), fmt.Sprintf("%s workspace %q", home.Kind, home.ID)
	if p.scopes == ScopeTenant {
		target, of = p.compiled.target, fmt.Sprintf("tenant %q", home.ID)
	}
	if p.scopes == ScopeTenant && target != OnTenant {
		of += " and its merchants"
	}
	text := fmt.Sprintf("%s: %s of %s", p.compiled.name, things(target), of)
	var ways []string
	if p.scopes&ScopeOwn != 0 {
		ways = append(ways, fmt.Sprintf("are owned by %q", p.member.ID))
	}
	if p.scopes&ScopeAssigned != 0 {
		ways = append(ways, "are or belong to "+someQuoted(p.programs.sorted()))
	}
	if len(ways) > 0 {
		text += " that " + strings.Join(ways, " or ")
	}
	if p.compiled.fourEyes {
		text += fmt.Sprintf(", if the owner is known and not %q", p.member.ID)
	}
	return text
}

func things(t Target) string {
	switch {
	case t&OnMiniProgram == 0:
		return "workspace-level resources"
	case t&OnWorkspace == 0:
		return "mini programs"
	}
	return "resources"
}

// someQuoted quotes the first IDs and counts the others.
func someQuoted(ids []string) string {
	const most = 8
	quoted := make([]string, 0, most)
	for _, id := range ids[:min(most, len(ids))] {
		quoted = append(quoted, strconv.Quote(id))
	}
	text := strings.Join(quoted, ", ")
	if len(ids) > most {
		text += fmt.Sprintf(" and %d more", len(ids)-most)
	}
	return text
}

// Where returns the filter as an SQL condition on the host's table, with the arguments
// for its placeholders. It is true for exactly the rows that Match matches. The clause
// can follow any AND: it is in parentheses, or it is "1=0", which is true for no row.
// Values are always arguments and never part of the clause. If the database cannot hold
// an ID, the query fails or finds nothing.
//
// Each wrong column, an unknown dialect and a negative Offset is a *ValidationError,
// joined, for every filter. With an error the clause is "1=0".
func (f Filter) Where(c Columns) (clause string, args []any, err error) {
	problems := checkColumns(c.Dialect, c.Offset, []namedColumn{
		{"kind", c.Kind, true},
		{"tenant", c.Tenant, true},
		{"workspace", c.Workspace, false},
		{"mini_program", c.MiniProgram, true},
		{"owner", c.Owner, true},
	})
	if c.Tenant == NoColumn && f.severalTenants() {
		problems.add("columns.tenant", "the filter is of two tenants", "name the column that holds the tenant")
	}
	if err := problems.err(); err != nil {
		return "1=0", nil, err
	}
	any := make([]condition, 0, len(f.parts))
	for _, p := range f.parts {
		any = append(any, c.rows(p))
	}
	w := clauseWriter{dialect: c.Dialect, bytewise: c.Bytewise, placeholder: c.Placeholder, offset: c.Offset}
	clause, args = w.clause(anyOf(any...))
	return clause, args, nil
}

func (f Filter) severalTenants() bool {
	return slices.ContainsFunc(f.parts, func(p *part) bool {
		return p.member.Workspace.Tenant != f.parts[0].member.Workspace.Tenant
	})
}

// rows is the condition for the rows that a part matches.
func (c *Columns) rows(p *part) condition {
	all := make([]condition, 0, 8)
	all = append(all, c.ofTenant(p.member.Workspace.Tenant))
	if p.scopes == ScopeTenant {
		all = append(all, c.tenantWide(p))
	} else {
		all = append(all, c.atHome(p))
	}
	if p.compiled.fourEyes {
		all = append(all, c.owner(differs, p.member.ID))
	}
	return allOf(all...)
}

// tenantWide is for rows of valid workspaces, of the kinds that the action is done to.
func (c *Columns) tenantWide(p *part) condition {
	tenant, target := p.member.Workspace.Tenant, p.compiled.target
	onTenant, onDeveloper := c.ofTarget(target, KindTenant), c.ofTarget(target, KindDeveloper)
	ofTenant, ofDeveloper := c.ofKind(KindTenant, tenant), c.ofKind(KindDeveloper, tenant)
	switch {
	case onTenant.op != onDeveloper.op:
		return anyOf(allOf(ofTenant, onTenant), allOf(ofDeveloper, onDeveloper))
	case c.Kind == NoColumn:
		return allOf(condition{op: present, column: c.Workspace}, onTenant)
	}
	return allOf(anyOf(ofTenant, ofDeveloper), onTenant)
}

// atHome is for rows of the member's own workspace.
func (c *Columns) atHome(p *part) condition {
	home := p.member.Workspace
	all := []condition{{op: equal, column: c.Workspace, value: home.ID}}
	if c.Kind != NoColumn {
		all = append(all, condition{op: equal, column: c.Kind, value: home.Kind.String()})
	}
	if p.scopes != ScopeAssigned { // a row of a named mini program is of no other target
		all = append(all, c.ofTarget(p.compiled.target, home.Kind))
	}
	if p.scopes == ScopeWorkspace {
		return allOf(all...)
	}
	var ways []condition
	if p.scopes&ScopeOwn != 0 {
		ways = append(ways, c.owner(equal, p.member.ID))
	}
	if p.scopes&ScopeAssigned != 0 {
		ways = append(ways, c.miniProgram(condition{op: oneOf, list: p.programs.ids}))
	}
	return allOf(append(all, anyOf(ways...))...)
}

func (c *Columns) ofTenant(tenant string) condition {
	if c.Tenant == NoColumn {
		return condition{op: always}
	}
	return condition{op: equal, column: c.Tenant, value: tenant}
}

// ofKind is for rows of valid workspaces of a kind in the tenant. Without a column for
// the kind, the tenant's own workspace is the one that has its ID.
func (c *Columns) ofKind(kind WorkspaceKind, tenant string) condition {
	id := condition{op: equal, column: c.Workspace, value: tenant}
	if kind == KindDeveloper {
		id = condition{op: present, column: c.Workspace}
		if c.Kind == NoColumn {
			id = condition{op: differs, column: c.Workspace, value: tenant}
		}
	}
	if c.Kind == NoColumn {
		return id
	}
	return allOf(condition{op: equal, column: c.Kind, value: kind.String()}, id)
}

// ofTarget is for rows of a kind of workspace to which an action of the target is done.
func (c *Columns) ofTarget(target Target, kind WorkspaceKind) condition {
	switch workspace, program := target&Target(kind) != 0, target&OnMiniProgram != 0; {
	case workspace && program:
		return condition{op: always}
	case workspace:
		return c.miniProgram(condition{op: absent})
	case program:
		return c.miniProgram(condition{op: present})
	}
	return condition{op: never}
}

// miniProgram is a condition on the mini program of a row. Without a column every row is
// a workspace-level thing.
func (c *Columns) miniProgram(on condition) condition {
	on.column = c.MiniProgram
	switch {
	case c.MiniProgram != NoColumn:
		return on
	case on.op == absent:
		return condition{op: always}
	}
	return condition{op: never}
}

// owner is a condition on the owner of a row. Without a column no owner is known.
func (c *Columns) owner(op operator, id string) condition {
	if c.Owner == NoColumn {
		return condition{op: never}
	}
	return condition{op: op, column: c.Owner, value: id}
}
