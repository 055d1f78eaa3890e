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
	var assigned [][]string
	for i := range s.active {
		granted := s.active[i].grants[compiled.position]
		p.scopes |= granted
		if granted&ScopeAssigned != 0 {
			assigned = append(assigned, s.active[i].programs.ids)
		}
	}
	p.simplify(assigned)
	if p.scopes == 0 {
		return Filter{}
	}
	return Filter{[]*part{p}}
}

// simplify drops every scope that another covers, ScopeAssigned if no mini program
// is named, and ScopeOwn under four eyes, which the owner never passes.
func (p *part) simplify(assigned [][]string) {
	if p.compiled.fourEyes {
		p.scopes &^= ScopeOwn
	}
	if p.scopes >= ScopeWorkspace {
		p.scopes = p.scopes.widest()
		return
	}
	programs := named(assigned)
	if len(programs) == 0 {
		p.scopes &^= ScopeAssigned
		return
	}
	if len(programs) <= mostSorted {
		programs = distinct(programs)
	}
	p.programs = &programSet{ids: programs}
}

// named returns the IDs of all lists, save empty ones. A single list is not copied: a
// Subject never changes its own.
func named(lists [][]string) []string {
	if len(lists) == 1 && !slices.Contains(lists[0], "") {
		return lists[0]
	}
	return slices.DeleteFunc(slices.Concat(lists...), func(id string) bool { return id == "" })
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
	if !slices.ContainsFunc(f.parts, c.hasRows) {
		return "1=0", nil, nil
	}
	w := clauseWriter{dialect: c.Dialect, bytewise: c.Bytewise, placeholder: c.Placeholder, offset: c.Offset}
	w.start()
	c.parts(&w, f.parts)
	return string(w.text), w.args, nil
}

func (f Filter) severalTenants() bool {
	return slices.ContainsFunc(f.parts, func(p *part) bool {
		return p.member.Workspace.Tenant != f.parts[0].member.Workspace.Tenant
	})
}

// hasRows reports whether a row of a table with these columns can be of the part.
func (c *Columns) hasRows(p *part) bool {
	switch {
	case p.compiled.fourEyes && c.Owner == NoColumn:
		return false
	case p.scopes == ScopeTenant:
		return c.level(p, KindTenant) != noRow || c.level(p, KindDeveloper) != noRow
	}
	return c.usable(p) != 0 && c.level(p, p.member.Workspace.Kind) != noRow
}

// usable returns the scopes by which a part reaches rows. Without a column no owner is
// known, and no row has a mini program.
func (c *Columns) usable(p *part) Scope {
	scopes := p.scopes
	if c.Owner == NoColumn {
		scopes &^= ScopeOwn
	}
	if c.MiniProgram == NoColumn {
		scopes &^= ScopeAssigned
	}
	return scopes
}

// level is which rows of a workspace an action is done to.
type level uint8

const (
	noRow level = iota
	anyRow
	workspaceLevel // rows without a mini program
	programLevel   // rows with one
)

// level returns which rows of workspaces of the kind the action of the part is done to.
// Without a column for the mini program every row is a workspace-level thing.
func (c *Columns) level(p *part, kind WorkspaceKind) level {
	workspace, program := p.compiled.target&Target(kind) != 0, p.compiled.target&OnMiniProgram != 0
	switch {
	case workspace && (program || c.MiniProgram == NoColumn):
		return anyRow
	case workspace:
		return workspaceLevel
	case program && c.MiniProgram != NoColumn:
		return programLevel
	}
	return noRow
}

// parts writes the condition for the rows that one of the parts matches.
func (c *Columns) parts(w *clauseWriter, parts []*part) {
	if len(parts) == 1 {
		c.part(w, parts[0])
		return
	}
	w.open()
	for _, p := range parts {
		if c.hasRows(p) {
			w.or()
			c.part(w, p)
		}
	}
	w.close()
}

func (c *Columns) part(w *clauseWriter, p *part) {
	w.open()
	if c.Tenant != NoColumn {
		w.equal(c.Tenant, p.member.Workspace.Tenant)
	}
	if p.scopes == ScopeTenant {
		c.tenantWide(w, p)
	} else {
		c.atHome(w, p)
	}
	if p.compiled.fourEyes {
		w.and()
		w.differs(c.Owner, p.member.ID)
	}
	w.close()
}

// tenantWide is for rows of valid workspaces, of the kinds that the action is done to.
func (c *Columns) tenantWide(w *clauseWriter, p *part) {
	tenant, own, merchants := p.member.Workspace.Tenant, c.level(p, KindTenant), c.level(p, KindDeveloper)
	switch {
	case merchants == noRow:
		c.ofTenant(w, tenant, own)
	case own == noRow:
		c.ofMerchants(w, tenant, merchants)
	case own == merchants && c.Kind == NoColumn:
		w.and()
		w.present(c.Workspace)
		c.atLevel(w, own)
	case own == merchants:
		c.ofEither(w, tenant, anyRow, anyRow)
		c.atLevel(w, own)
	default:
		c.ofEither(w, tenant, own, merchants)
	}
}

func (c *Columns) ofEither(w *clauseWriter, tenant string, own, merchants level) {
	w.and()
	w.open()
	w.open()
	c.ofTenant(w, tenant, own)
	w.raw(") OR (")
	c.ofMerchants(w, tenant, merchants)
	w.close()
	w.close()
}

// ofTenant is for rows of the tenant's own workspace. Without a column for the kind, that
// is the workspace that has the tenant's ID.
func (c *Columns) ofTenant(w *clauseWriter, tenant string, at level) {
	c.ofKind(w, KindTenant)
	w.and()
	w.equal(c.Workspace, tenant)
	c.atLevel(w, at)
}

// ofMerchants is for rows of valid workspaces of the tenant's merchants.
func (c *Columns) ofMerchants(w *clauseWriter, tenant string, at level) {
	c.ofKind(w, KindDeveloper)
	w.and()
	if c.Kind == NoColumn {
		w.differs(c.Workspace, tenant)
	} else {
		w.present(c.Workspace)
	}
	c.atLevel(w, at)
}

func (c *Columns) ofKind(w *clauseWriter, kind WorkspaceKind) {
	if c.Kind != NoColumn {
		w.and()
		w.equal(c.Kind, kind.String())
	}
}

// atHome is for rows of the member's own workspace.
func (c *Columns) atHome(w *clauseWriter, p *part) {
	home := p.member.Workspace
	w.and()
	w.equal(c.Workspace, home.ID)
	c.ofKind(w, home.Kind)
	if p.scopes != ScopeAssigned { // a row of a named mini program is of no other target
		c.atLevel(w, c.level(p, home.Kind))
	}
	switch c.usable(p) {
	case ScopeOwn:
		w.and()
		w.equal(c.Owner, p.member.ID)
	case ScopeAssigned:
		w.and()
		w.oneOf(c.MiniProgram, p.programs.ids)
	case ScopeOwn | ScopeAssigned:
		w.and()
		w.open()
		w.equal(c.Owner, p.member.ID)
		w.or()
		w.oneOf(c.MiniProgram, p.programs.ids)
		w.close()
	}
}

// atLevel is for rows of that level.
func (c *Columns) atLevel(w *clauseWriter, at level) {
	switch at {
	case workspaceLevel:
		w.and()
		w.absent(c.MiniProgram)
	case programLevel:
		w.and()
		w.present(c.MiniProgram)
	}
}
