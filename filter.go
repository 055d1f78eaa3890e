package rbac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/names"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Filter describes exactly the resources for which a Subject's Can is true of
// one action: which rows to list. Match answers for a row in memory, Where asks
// the host's database for the rows. It is as of the time the subject was bound.
//
// The zero Filter matches nothing.
type Filter struct{ terms *terms }

// terms never change once a Filter holds them.
type terms struct {
	action   Action
	member   Member // its ID and its workspace
	rule     *rule
	scopes   Scope               // what reaches a resource; no scope that another of them covers
	programs []string            // what ScopeAssigned reaches, sorted
	index    names.Table[string] // of the programs
}

// Filter returns the filter of what the member may do the action to. Of an
// action the policy does not declare, or of a member who may do nothing, it is
// the zero Filter.
func (s *Subject) Filter(a Action) Filter {
	if s == nil || len(s.holdings) == 0 {
		return Filter{}
	}
	rule := s.policy.actions.Find(string(a))
	if rule == nil {
		return Filter{}
	}
	t := &terms{action: a, rule: rule}
	t.member.ID, t.member.Workspace = s.member.ID, s.member.Workspace
	for i := range s.holdings {
		granted := s.holdings[i].grants[rule.position]
		t.scopes |= granted
		if granted&ScopeAssigned != 0 {
			t.programs = append(t.programs, s.holdings[i].miniPrograms...)
		}
	}
	t.simplify()
	if t.scopes == 0 {
		return Filter{}
	}
	return Filter{t}
}

// simplify drops every scope that another covers, ScopeAssigned where no mini
// program is named, and ScopeOwn under four eyes, which are never the owner's.
func (t *terms) simplify() {
	if t.rule.fourEyes {
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

// None reports whether there is no resource at all that the filter matches, so
// that a host need not ask its database.
func (f Filter) None() bool { return f.terms == nil }

// Match reports whether the resource is one of those the filter describes.
func (f Filter) Match(r Resource) bool {
	t := f.terms
	if t == nil {
		return false
	}
	scope := t.member.through(t.scopes&t.member.Workspace.reach(&r.Workspace), &r)
	if scope == 0 || scope == ScopeAssigned && t.index.Find(r.MiniProgram) == nil {
		return false
	}
	return t.rule.admits(&t.member, &r)
}

// Terms is a filter in parts, for a store that is not asked in SQL. It describes
// a resource of a valid workspace, of a kind in Target, which
//
//   - with ScopeTenant belongs to the tenant Workspace.Tenant,
//   - with ScopeWorkspace belongs to Workspace,
//   - with ScopeOwn belongs to Workspace and has Member as its Owner,
//   - with ScopeAssigned belongs to Workspace and has one of MiniPrograms,
//
// any of which is enough; and under FourEyes, has an Owner other than Member.
type Terms struct {
	Scope        Scope     // none that another covers; the zero Scope describes nothing
	Target       Target    // what the action is done to
	Workspace    Workspace // the member's own
	Member       string    // the member's ID
	MiniPrograms []string  // sorted, each once; with ScopeAssigned only
	FourEyes     bool
}

// Terms returns the filter in parts: to choose an index of the host's own, or to
// write the query of a store that has another language. Of the zero Filter it is
// the zero Terms.
func (f Filter) Terms() Terms {
	t := f.terms
	if t == nil {
		return Terms{}
	}
	return Terms{t.scopes, t.rule.target, t.member.Workspace, t.member.ID, slices.Clone(t.programs), t.rule.fourEyes}
}

// String says in a sentence what the filter matches. It names IDs, so it is for
// the host's own logs.
func (f Filter) String() string {
	if f.terms == nil {
		return "nothing"
	}
	return f.terms.sentence()
}

func (t *terms) sentence() string {
	home := t.member.Workspace
	target, of := t.rule.target&(Target(home.Kind)|OnMiniProgram), fmt.Sprintf("%s workspace %q", home.Kind, home.ID)
	if t.scopes == ScopeTenant {
		target, of = t.rule.target, fmt.Sprintf("tenant %q", home.ID)
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
	if t.rule.fourEyes {
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

// someQuoted quotes the first few of the IDs and counts the rest.
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

// Columns names the columns of the host's own table in which a row says what
// resource it is. The columns hold text that the database compares byte by
// byte, as Can does: a collation that folds case or pads with blanks finds
// other rows.
//
// A column is an identifier [A-Za-z_][A-Za-z0-9_]*, qualified by a table and a
// schema where needed ("m.workspace_id").
type Columns struct {
	Kind        string // holds WorkspaceKind as text, "tenant" or "developer"; may be empty where workspace IDs are unique across kinds
	Tenant      string
	Workspace   string
	MiniProgram string             // NULL or '' in a row for a workspace-level thing
	Owner       string             // NULL or '' in a row whose owner is unknown
	Placeholder func(n int) string // of the n-th argument, from 1: "$1"; nil means "?"
	Offset      int                // placeholders already used by the host's query

	// Array makes one argument of the IDs that a list names, where the database
	// compares with "= ANY(...)" as PostgreSQL does: the clause then has the same
	// text however many they are. Nil means "IN (...)", an argument for each.
	Array func(ids []string) any
}

// Where returns the filter as a condition of SQL on the host's own table, and
// the arguments for its placeholders. It holds for exactly the rows that Match
// matches, where a NULL is read as an empty string. The clause can stand after
// any AND: it is in parentheses, or it is "1=0", which matches no row. Values
// are always arguments and never part of the clause. An ID that the database
// cannot hold, such as one with a NUL, makes the query fail and not the check.
//
// For every column that is no identifier, or that is empty and needed, and for a
// negative Offset, the error has a *ValidationError, joined.
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

// where writes a clause: conditions that all must hold. NULL makes a condition
// unknown, which is as good as false, because none is negated.
type where struct {
	columns    Columns
	conditions []string
	args       []any
	problems   problems
	missing    []string // fields of columns that are needed and not named
}

func (w *where) checkColumns() {
	c := &w.columns
	for _, column := range []struct{ field, name string }{
		{"kind", c.Kind}, {"tenant", c.Tenant}, {"workspace", c.Workspace}, {"mini_program", c.MiniProgram}, {"owner", c.Owner},
	} {
		if column.name != "" && !isColumn(column.name) {
			w.problems.add("columns."+column.field, "invalid column name "+suggest.Quote(column.name), `use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`)
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
	if t.rule.fourEyes {
		w.and(w.owner() + " <> ''")
		w.and(w.owner() + " <> " + w.bind(t.member.ID))
	}
}

// tenantWide adds that the row is of a kind the action is done to, and that its
// workspace is valid, as any that Can answers for must be.
func (w *where) tenantWide(t *terms) {
	tenant, developer := t.rule.target&OnTenant != 0, t.rule.target&OnDeveloper != 0
	if t.rule.target&OnMiniProgram == 0 {
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

// ofKind holds for rows of a valid workspace of either kind or of both.
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
		return "(" + w.equal(w.columns.Kind, KindTenant.String()) + " AND " + w.equal(w.workspace(), t.member.Workspace.ID) + ")"
	}
	return "(" + w.equal(w.columns.Kind, KindDeveloper.String()) + " AND " + w.workspace() + " <> '')"
}

// home adds that the row is of the member's own workspace, and is reached there.
func (w *where) home(t *terms) {
	home := t.member.Workspace
	w.and(w.equal(w.workspace(), home.ID))
	if w.columns.Kind != "" {
		w.and(w.equal(w.columns.Kind, home.Kind.String()))
	}
	level, program := t.rule.target&Target(home.Kind) != 0, t.rule.target&OnMiniProgram != 0
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

func (w *where) tenant() string      { return w.need("tenant", w.columns.Tenant) }
func (w *where) workspace() string   { return w.need("workspace", w.columns.Workspace) }
func (w *where) miniProgram() string { return w.need("mini_program", w.columns.MiniProgram) }
func (w *where) owner() string       { return w.need("owner", w.columns.Owner) }

// need returns a column that the clause cannot do without.
func (w *where) need(field, column string) string {
	if column == "" && !slices.Contains(w.missing, field) {
		w.missing = append(w.missing, field)
		w.problems.add("columns."+field, "no column is named, and the filter needs it", "name the column that holds it")
	}
	return column
}
