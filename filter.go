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
type Filter struct{ terms []*filterTerm }

// filterTerm is what one member may do one action to. It never changes once a Filter has it.
type filterTerm struct {
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
	t := &filterTerm{compiled: compiled}
	t.member.ID, t.member.Workspace = s.member.ID, s.member.Workspace
	var assigned [][]string
	for i := range s.active {
		granted := s.active[i].grants[compiled.position]
		t.scopes |= granted
		if granted&ScopeAssigned != 0 {
			assigned = append(assigned, s.active[i].programs.ids)
		}
	}
	t.simplify(assigned)
	if t.scopes == 0 {
		return Filter{}
	}
	return Filter{[]*filterTerm{t}}
}

// simplify drops every scope that another covers, ScopeAssigned if no mini program
// is named, and ScopeOwn under four eyes, which the owner never passes.
func (t *filterTerm) simplify(assigned [][]string) {
	if t.compiled.fourEyes {
		t.scopes &^= ScopeOwn
	}
	if t.scopes >= ScopeWorkspace {
		t.scopes = t.scopes.widest()
		return
	}
	programs := named(assigned)
	if len(programs) == 0 {
		t.scopes &^= ScopeAssigned
		return
	}
	if len(programs) <= mostSorted {
		programs = distinct(programs)
	}
	t.programs = &programSet{ids: programs}
}

// named returns the IDs of all lists, without empty ones. A single list is not copied: a
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
func (f Filter) Or(g Filter) Filter { return Filter{slices.Concat(f.terms, g.terms)} }

// None reports whether the filter matches no resource at all. The host then need
// not ask its database.
func (f Filter) None() bool { return len(f.terms) == 0 }

// Match reports whether the filter matches the resource.
func (f Filter) Match(resource Resource) bool {
	for _, t := range f.terms {
		if t.match(&resource) {
			return true
		}
	}
	return false
}

func (t *filterTerm) match(r *Resource) bool {
	scope := t.member.scopeReaching(t.scopes&t.member.Workspace.reach(&r.Workspace), r)
	if scope == 0 || scope == ScopeAssigned && !t.programs.has(r.MiniProgram) {
		return false
	}
	return t.compiled.appliesTo(&t.member, r)
}

// Terms is one alternative of a filter, for a store without SQL. It matches a
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

// Terms returns the alternatives of the filter, to write a query for a store without SQL:
// a resource matches the filter if it matches one of them. For the zero
// Filter there are none.
func (f Filter) Terms() []Terms {
	var terms []Terms
	for _, t := range f.terms {
		terms = append(terms, Terms{
			Scope:        t.scopes,
			Target:       t.compiled.target,
			Workspace:    t.member.Workspace,
			Member:       t.member.ID,
			MiniPrograms: t.programs.sorted(),
			FourEyes:     t.compiled.fourEyes,
		})
	}
	return terms
}

// String returns a sentence for each alternative of the filter. It names IDs, so it is for the
// host's own logs.
func (f Filter) String() string {
	if f.None() {
		return "nothing"
	}
	var sentences []string
	for _, t := range f.terms {
		sentences = append(sentences, t.sentence())
	}
	return strings.Join(sentences, "; or ")
}

func (t *filterTerm) sentence() string {
	home := t.member.Workspace
	target, of := t.compiled.target&(Target(home.Kind)|OnMiniProgram), fmt.Sprintf("%s workspace %q", home.Kind, home.ID)
	if t.scopes == ScopeTenant {
		target, of = t.compiled.target, fmt.Sprintf("tenant %q", home.ID)
	}
	if t.scopes == ScopeTenant && target != OnTenant {
		of += " and its merchants"
	}
	text := fmt.Sprintf("%s: %s of %s", t.compiled.name, things(target), of)
	var ways []string
	if t.scopes&ScopeOwn != 0 {
		ways = append(ways, fmt.Sprintf("are owned by %q", t.member.ID))
	}
	if t.scopes&ScopeAssigned != 0 {
		ways = append(ways, "are or belong to "+someQuoted(t.programs.sorted()))
	}
	if len(ways) > 0 {
		text += " that " + strings.Join(ways, " or ")
	}
	if t.compiled.fourEyes {
		text += fmt.Sprintf(", if the owner is known and not %q", t.member.ID)
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
// Each wrong column, an unknown dialect and an Offset below 0 or above 65,535 is a
// *ValidationError, joined, for every filter. With an error the clause is "1=0".
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
	if !slices.ContainsFunc(f.terms, c.hasRows) {
		return "1=0", nil, nil
	}
	w := clauseWriter{dialect: c.Dialect, bytewise: c.Bytewise, placeholder: c.Placeholder, offset: c.Offset}
	w.start()
	c.writeTerms(&w, f.terms)
	return w.text.String(), w.args, nil
}

func (f Filter) severalTenants() bool {
	return slices.ContainsFunc(f.terms, func(t *filterTerm) bool {
		return t.member.Workspace.Tenant != f.terms[0].member.Workspace.Tenant
	})
}

// hasRows reports whether the term can match a row of a table with these columns.
func (c *Columns) hasRows(t *filterTerm) bool {
	switch {
	case t.compiled.fourEyes && c.Owner == NoColumn:
		return false
	case t.scopes == ScopeTenant:
		return c.rowKindIn(t, KindTenant) != noRow || c.rowKindIn(t, KindDeveloper) != noRow
	}
	return c.usable(t) != 0 && c.rowKindIn(t, t.member.Workspace.Kind) != noRow
}

// usable returns the scopes through which a term reaches rows. Without a column no owner
// is known, and no row has a mini program.
func (c *Columns) usable(t *filterTerm) Scope {
	scopes := t.scopes
	if c.Owner == NoColumn {
		scopes &^= ScopeOwn
	}
	if c.MiniProgram == NoColumn {
		scopes &^= ScopeAssigned
	}
	return scopes
}

// rowKind is which rows of a workspace an action is done to.
type rowKind uint8

const (
	noRow rowKind = iota
	anyRow
	workspaceRow // rows without a mini program
	programRow   // rows with one
)

// rowKindIn returns to which rows of workspaces of the kind the action is done. Without a
// column for the mini program every row is a workspace-level thing.
func (c *Columns) rowKindIn(t *filterTerm, kind WorkspaceKind) rowKind {
	workspace, program := t.compiled.target&Target(kind) != 0, t.compiled.target&OnMiniProgram != 0
	switch {
	case workspace && (program || c.MiniProgram == NoColumn):
		return anyRow
	case workspace:
		return workspaceRow
	case program && c.MiniProgram != NoColumn:
		return programRow
	}
	return noRow
}

// writeTerms writes the condition for rows that one of the terms matches.
func (c *Columns) writeTerms(w *clauseWriter, terms []*filterTerm) {
	if len(terms) == 1 {
		c.writeTerm(w, terms[0])
		return
	}
	w.open()
	for _, t := range terms {
		if c.hasRows(t) {
			w.or()
			c.writeTerm(w, t)
		}
	}
	w.close()
}

func (c *Columns) writeTerm(w *clauseWriter, t *filterTerm) {
	w.open()
	if c.Tenant != NoColumn {
		w.equal(c.Tenant, t.member.Workspace.Tenant)
	}
	if t.scopes == ScopeTenant {
		c.writeTenantWide(w, t)
	} else {
		c.writeOwnWorkspace(w, t)
	}
	if t.compiled.fourEyes {
		w.and()
		w.isAnother(c.Owner, t.member.ID)
	}
	w.close()
}

// writeTenantWide writes the condition for rows of all valid workspaces of the tenant.
func (c *Columns) writeTenantWide(w *clauseWriter, t *filterTerm) {
	tenant, own, merchants := t.member.Workspace.Tenant, c.rowKindIn(t, KindTenant), c.rowKindIn(t, KindDeveloper)
	switch {
	case merchants == noRow:
		c.writeTenantRows(w, tenant, own)
	case own == noRow:
		c.writeMerchantRows(w, tenant, merchants)
	case own == merchants && c.Kind == NoColumn:
		w.and()
		w.present(c.Workspace)
		c.writeRowKind(w, own)
	case own == merchants:
		c.writeBoth(w, tenant, anyRow, anyRow)
		c.writeRowKind(w, own)
	default:
		c.writeBoth(w, tenant, own, merchants)
	}
}

func (c *Columns) writeBoth(w *clauseWriter, tenant string, own, merchants rowKind) {
	w.and()
	w.open()
	w.open()
	c.writeTenantRows(w, tenant, own)
	w.raw(") OR (")
	c.writeMerchantRows(w, tenant, merchants)
	w.close()
	w.close()
}

// writeTenantRows writes the condition for rows of the tenant's own workspace. Without a
// column for the kind, that is the workspace that has the tenant's ID.
func (c *Columns) writeTenantRows(w *clauseWriter, tenant string, rows rowKind) {
	c.writeKind(w, KindTenant)
	w.and()
	w.equal(c.Workspace, tenant)
	c.writeRowKind(w, rows)
}

// writeMerchantRows writes the condition for rows of the valid workspaces of merchants.
func (c *Columns) writeMerchantRows(w *clauseWriter, tenant string, rows rowKind) {
	c.writeKind(w, KindDeveloper)
	w.and()
	if c.Kind == NoColumn {
		w.isAnother(c.Workspace, tenant)
	} else {
		w.present(c.Workspace)
	}
	c.writeRowKind(w, rows)
}

func (c *Columns) writeKind(w *clauseWriter, kind WorkspaceKind) {
	if c.Kind != NoColumn {
		w.and()
		w.equal(c.Kind, kind.String())
	}
}

// writeOwnWorkspace writes the condition for rows of the member's own workspace.
func (c *Columns) writeOwnWorkspace(w *clauseWriter, t *filterTerm) {
	home := t.member.Workspace
	w.and()
	w.equal(c.Workspace, home.ID)
	c.writeKind(w, home.Kind)
	if t.scopes != ScopeAssigned { // a row of a named mini program is of no other target
		c.writeRowKind(w, c.rowKindIn(t, home.Kind))
	}
	switch c.usable(t) {
	case ScopeOwn:
		w.and()
		w.equal(c.Owner, t.member.ID)
	case ScopeAssigned:
		w.and()
		w.oneOf(c.MiniProgram, t.programs.ids)
	case ScopeOwn | ScopeAssigned:
		w.and()
		w.open()
		w.equal(c.Owner, t.member.ID)
		w.or()
		w.oneOf(c.MiniProgram, t.programs.ids)
		w.close()
	}
}

func (c *Columns) writeRowKind(w *clauseWriter, rows rowKind) {
	switch rows {
	case workspaceRow:
		w.and()
		w.absent(c.MiniProgram)
	case programRow:
		w.and()
		w.present(c.MiniProgram)
	}
}
