package rbac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/names"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Filter describes exactly the resources for which a Subject's Can is true for one
// action: which rows to list. Match decides about one resource in memory, Where
// finds the rows in the host's database. A Filter is as of the time when the
// Subject was bound.
//
// The zero Filter matches nothing.
type Filter struct{ terms *terms }

// terms never change once a Filter holds them.
type terms struct {
	action   Action
	member   Member // its ID and its workspace
	compiled *compiledAction
	scopes   Scope               // none that another covers
	programs []string            // what ScopeAssigned reaches, sorted
	index    names.Table[string] // of the programs
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
	t := &terms{action: action, compiled: compiled}
	t.member.ID, t.member.Workspace = s.member.ID, s.member.Workspace
	for i := range s.active {
		granted := s.active[i].grants[compiled.position]
		t.scopes |= granted
		if granted&ScopeAssigned != 0 {
			t.programs = append(t.programs, s.active[i].miniPrograms...)
		}
	}
	t.simplify()
	if t.scopes == 0 {
		return Filter{}
	}
	return Filter{t}
}

// simplify drops every scope that another covers, ScopeAssigned if no mini program
// is named, and ScopeOwn under four eyes, which the owner never passes.
func (t *terms) simplify() {
	if t.compiled.fourEyes {
		t.scopes &^= ScopeOwn
	}
	slices.Sort(t.programs)
	t.programs = slices.Compact(t.programs)
	if len(t.programs) > 0 && t.programs[0] == "" {
		t.programs = t.programs[1:]
	}
	if len(t.programs) == 0 {
		t.scopes &^= ScopeAssigned
	}
	if t.scopes >= ScopeWorkspace {
		t.scopes, t.programs = t.scopes.widest(), nil
	}
	t.index = names.New(t.programs, t.programs)
}

// None reports whether the filter matches no resource at all. The host then need
// not ask its database.
func (f Filter) None() bool { return f.terms == nil }

// Match reports whether the filter matches the resource.
func (f Filter) Match(resource Resource) bool {
	t := f.terms
	if t == nil {
		return false
	}
	scope := t.member.scopeReaching(t.scopes&t.member.Workspace.reach(&resource.Workspace), &resource)
	if scope == 0 || scope == ScopeAssigned && t.index.Find(resource.MiniProgram) == nil {
		return false
	}
	return t.compiled.appliesTo(&t.member, &resource)
}

// Terms is a filter in parts, for a store that is not asked in SQL. It matches a
// resource of a valid workspace, of a kind in Target, that
//
//   - with ScopeTenant belongs to the tenant Workspace.Tenant,
//   - with ScopeWorkspace belongs to Workspace,
//   - with ScopeOwn belongs to Workspace and has Member as its Owner,
//   - with ScopeAssigned belongs to Workspace and has one of MiniPrograms,
//
// any of which is enough. With FourEyes it also has an Owner other than Member.
type Terms struct {
	Scope        Scope     // none that another covers; the zero Scope matches nothing
	Target       Target    // what the action is done to
	Workspace    Workspace // the member's own
	Member       string    // the member's ID
	MiniPrograms []string  // sorted, each once; with ScopeAssigned only
	FourEyes     bool
}

// Terms returns the filter in parts, to write a query for a store that has another
// language. For the zero Filter it is the zero Terms.
func (f Filter) Terms() Terms {
	t := f.terms
	if t == nil {
		return Terms{}
	}
	return Terms{t.scopes, t.compiled.target, t.member.Workspace, t.member.ID, slices.Clone(t.programs), t.compiled.fourEyes}
}

// String returns a sentence that says what the filter matches. It names IDs, so it
// is for the host's own logs.
func (f Filter) String() string {
	if f.terms == nil {
		return "nothing"
	}
	return f.terms.sentence()
}

func (t *terms) sentence() string {
	home := t.member.Workspace
	target, of := t.compiled.target&(Target(home.Kind)|OnMiniProgram), fmt.Sprintf("%s workspace %q", home.Kind, home.ID)
	if t.scopes == ScopeTenant {
		target, of = t.compiled.target, fmt.Sprintf("tenant %q", home.ID)
	}
	if t.scopes == ScopeTenant && target != OnTenant {
		of += " and its merchants"
	}
	text := fmt.Sprintf("%s: %s of %s", t.action, things(target), of)
	var ways []string
	if t.scopes&ScopeOwn != 0 {
		ways = append(ways, fmt.Sprintf("are owned by %q", t.member.ID))
	}
	if t.scopes&ScopeAssigned != 0 {
		ways = append(ways, "are or belong to "+someQuoted(t.programs))
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

// Columns names the columns of the host's table that say what resource a row is.
// The columns hold text, and the database must compare it byte by byte, as Can
// does. A collation that folds case or pads with blanks finds other rows.
//
// A column is an identifier [A-Za-z_][A-Za-z0-9_]*, qualified by a table and a
// schema where needed ("m.workspace_id").
type Columns struct {
	Kind        string // "tenant" or "developer"; may be empty if no ID serves both kinds
	Tenant      string
	Workspace   string
	MiniProgram string             // NULL or '' in the row of a workspace-level thing
	Owner       string             // NULL or '' if the owner is unknown
	Placeholder func(n int) string // of argument n, from 1: "$1"; nil means "?"
	Offset      int                // placeholders already used by the host's query

	// Array makes one argument of a list of IDs, for a database that compares with
	// "= ANY(...)" as PostgreSQL does. The clause then has the same text for any
	// number of IDs. Nil means "IN (...)", with an argument for each ID.
	Array func(ids []string) any
}

// Where returns the filter as an SQL condition on the host's table, with the
// arguments for its placeholders. It is true for exactly the rows that Match
// matches, if NULL is read as an empty string. The clause can follow any AND: it is
// in parentheses, or it is "1=0", which is true for no row. Values are always
// arguments and never part of the clause. If the database cannot hold an ID, such
// as one with a NUL, the query fails.
//
// A column that is no identifier or that is needed and empty, and a negative
// Offset, are each a *ValidationError, joined.
func (f Filter) Where(c Columns) (clause string, args []any, err error) {
	w := where{columns: c}
	w.checkColumns()
	if f.terms != nil {
		w.filter(f.terms)
	}
	if err := w.problems.err(); err != nil {
		return "", nil, err
	}
	if f.terms == nil {
		return "1=0", nil, nil
	}
	return "(" + strings.Join(w.conditions, " AND ") + ")", w.args, nil
}

// where writes a clause of conditions joined by AND. NULL makes a condition unknown.
// That is as good as false, because no condition is negated.
type where struct {
	columns    Columns
	conditions []string
	args       []any
	problems   problems
	missing    []string // fields of columns that are needed and empty
}

func (w *where) checkColumns() {
	c := &w.columns
	for _, column := range []struct{ field, name string }{
		{"kind", c.Kind}, {"tenant", c.Tenant}, {"workspace", c.Workspace}, {"mini_program", c.MiniProgram}, {"owner", c.Owner},
	} {
		if column.name != "" && !isColumn(column.name) {
			w.problems.add("columns."+column.field, "invalid column name "+suggest.Quote(column.name),
				`use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`)
		}
	}
	if c.Offset < 0 {
		w.problems.add("columns.offset", fmt.Sprintf("%d placeholders are used already", c.Offset), "count from 0")
	}
}

// isColumn reports whether the name is one to three identifiers joined by ".".
func isColumn(name string) bool {
	parts := strings.Split(name, ".")
	return len(parts) <= 3 && !slices.ContainsFunc(parts, func(part string) bool { return !isIdentifier(part) })
}

func isIdentifier(name string) bool {
	for i := range len(name) {
		c := name[i] | 0x20
		letter := 'a' <= c && c <= 'z' || name[i] == '_'
		if !letter && (i == 0 || name[i] < '0' || name[i] > '9') {
			return false
		}
	}
	return name != "" && len(name) <= longestName
}

func (w *where) filter(t *terms) {
	w.and(w.equal(w.tenant(), t.member.Workspace.Tenant))
	if t.scopes == ScopeTenant {
		w.tenantWide(t)
	} else {
		w.home(t)
	}
	if t.compiled.fourEyes {
		w.and(w.owner() + " <> ''")
		w.and(w.owner() + " <> " + w.bind(t.member.ID))
	}
}

// tenantWide adds conditions on the kind of the row and on its workspace, which must
// be valid.
func (w *where) tenantWide(t *terms) {
	tenant, developer := t.compiled.target&OnTenant != 0, t.compiled.target&OnDeveloper != 0
	if t.compiled.target&OnMiniProgram == 0 {
		w.and(w.isWorkspaceLevel())
		w.and(w.ofKind(t, tenant, developer))
		return
	}
	if tenant == developer {
		if !tenant {
			w.and(w.isMiniProgram())
		}
		w.and(w.ofKind(t, true, true))
		return
	}
	level := w.ofKind(t, tenant, developer)
	program := w.ofKind(t, !tenant, !developer)
	w.and("(" + level + " OR (" + program + " AND " + w.isMiniProgram() + "))")
}

// ofKind returns a condition that is true for rows of valid workspaces of the kinds.
func (w *where) ofKind(t *terms, tenant, developer bool) string {
	switch {
	case w.columns.Kind == "" && tenant && developer:
		return w.workspace() + " <> ''"
	case tenant && developer:
		return "(" + w.ofKind(t, true, false) + " OR " + w.ofKind(t, false, true) + ")"
	case w.columns.Kind == "" && tenant:
		return w.equal(w.workspace(), t.member.Workspace.ID)
	case w.columns.Kind == "":
		return "(" + w.workspace() + " <> '' AND " + w.workspace() + " <> " + w.bind(t.member.Workspace.ID) + ")"
	case tenant:
		return "(" + w.equal(w.columns.Kind, KindTenant.String()) +
			" AND " + w.equal(w.workspace(), t.member.Workspace.ID) + ")"
	}
	return "(" + w.equal(w.columns.Kind, KindDeveloper.String()) + " AND " + w.workspace() + " <> '')"
}

// home adds conditions for rows of the member's own workspace.
func (w *where) home(t *terms) {
	home := t.member.Workspace
	w.and(w.equal(w.workspace(), home.ID))
	if w.columns.Kind != "" {
		w.and(w.equal(w.columns.Kind, home.Kind.String()))
	}
	level, program := t.compiled.target&Target(home.Kind) != 0, t.compiled.target&OnMiniProgram != 0
	switch {
	case t.scopes == ScopeAssigned: // names mini programs and nothing else
	case !program:
		w.and(w.isWorkspaceLevel())
	case !level:
		w.and(w.isMiniProgram())
	}
	switch t.scopes {
	case ScopeOwn:
		w.and(w.equal(w.owner(), t.member.ID))
	case ScopeAssigned:
		w.and(w.in(w.miniProgram(), t.programs))
	case ScopeOwn | ScopeAssigned:
		w.and("(" + w.equal(w.owner(), t.member.ID) + " OR " + w.in(w.miniProgram(), t.programs) + ")")
	}
}

func (w *where) and(condition string) { w.conditions = append(w.conditions, condition) }

func (w *where) equal(column, value string) string { return column + " = " + w.bind(value) }

func (w *where) in(column string, values []string) string {
	if w.columns.Array != nil {
		return column + " = ANY(" + w.bind(w.columns.Array(slices.Clone(values))) + ")"
	}
	placeholders := make([]string, len(values))
	for i, value := range values {
		placeholders[i] = w.bind(value)
	}
	return column + " IN (" + strings.Join(placeholders, ", ") + ")"
}

// bind adds an argument and returns its placeholder.
func (w *where) bind(value any) string {
	w.args = append(w.args, value)
	if w.columns.Placeholder == nil {
		return "?"
	}
	return w.columns.Placeholder(w.columns.Offset + len(w.args))
}

func (w *where) isMiniProgram() string { return w.miniProgram() + " <> ''" }

func (w *where) isWorkspaceLevel() string {
	return "(" + w.miniProgram() + " IS NULL OR " + w.miniProgram() + " = '')"
}

func (w *where) tenant() string { return w.need("tenant", w.columns.Tenant) }

func (w *where) workspace() string { return w.need("workspace", w.columns.Workspace) }

func (w *where) miniProgram() string { return w.need("mini_program", w.columns.MiniProgram) }

func (w *where) owner() string { return w.need("owner", w.columns.Owner) }

// need returns a column that the clause needs, and reports it if it is empty.
func (w *where) need(field, column string) string {
	if column == "" && !slices.Contains(w.missing, field) {
		w.missing = append(w.missing, field)
		w.problems.add("columns."+field, "no column is named, and the filter needs it", "name the column that holds it")
	}
	return column
}
