package proof

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
)

// compareWhere reads the clause of a filter as a database does, and compares the rows it selects with Match. It returns
// how many rows it compared.
func (w world) compareWhere(t testing.TB, d dice, m rbac.Member, a rbac.Action, c rbac.Columns) (compared tally) {
	t.Helper()
	filter := w.policy.BindAt(w.now, m).Filter(a)
	clause, args, err := filter.Where(c)
	if err != nil {
		if clause != "" || args != nil {
			t.Fatalf("%v: Where returns both a clause and an error: %q, %v, %v", w, clause, args, err)
		}
		return compared
	}
	requireIdentifiers(t, c)
	holds, err := parseWhere(clause, c, args)
	if err != nil {
		t.Fatalf("%v: %v: %s with %q, for %q by %s", w, err, clause, args, a, memberText(m))
	}
	if filter.None() && clause != "1=0" {
		t.Fatalf("%v: the clause of a filter that matches nothing: %s", w, clause)
	}
	if !tellsRowsApart(c) {
		return compared
	}
	for _, r := range w.resources {
		if c.Kind == "" && (isNamesake(m.Workspace) || isNamesake(r.Workspace) || !isValid(r.Workspace)) {
			continue
		}
		want := filter.Match(r)
		compared.count(want)
		if got := holds(rowOf(d, r, c)); (got == isTrue) != want {
			t.Fatalf("%v: Match says %v, the clause %v: %s\n%s, %q", w, want, got, questionText(m, a, r), clause, args)
		}
	}
	return compared
}

var column = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

func columnsOf(c rbac.Columns) []string {
	all := []string{c.Kind, c.Tenant, c.Workspace, c.MiniProgram, c.Owner}
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

func requireIdentifiers(t testing.TB, c rbac.Columns) {
	t.Helper()
	for _, name := range columnsOf(c) {
		if !column.MatchString(name) {
			t.Fatalf("Where accepts a column that is no identifier: %q", name)
		}
	}
}

// tellsRowsApart is false if one column has two fields, or if a field that may be needed has no column.
func tellsRowsApart(c rbac.Columns) bool {
	named := columnsOf(c)
	complete := c.Tenant != "" && c.Workspace != "" && c.MiniProgram != "" && c.Owner != ""
	return complete && len(named) == len(unique(named))
}

// isNamesake is a merchant that looks like its tenant in a table without a column for the kind.
func isNamesake(w rbac.Workspace) bool { return w.Kind == rbac.KindDeveloper && w.ID == w.Tenant }

// rowOf stores a resource as a host does, with some of the empty fields as NULL.
func rowOf(d dice, r rbac.Resource, c rbac.Columns) map[string]any {
	kind := map[rbac.WorkspaceKind]string{rbac.KindTenant: "tenant", rbac.KindDeveloper: "developer"}[r.Workspace.Kind]
	row := map[string]any{
		c.Kind: kind, c.Tenant: r.Workspace.Tenant, c.Workspace: r.Workspace.ID,
		c.MiniProgram: r.MiniProgram, c.Owner: r.Owner,
	}
	for _, name := range slices.Sorted(maps.Keys(row)) { // sorted, so that the same rolls make the same row
		if row[name] == "" && chance(d, 50) {
			row[name] = nil
		}
	}
	return row
}

// truth is a truth value of SQL. A database does not return a row for which the clause is unknown.
type truth int

const (
	isFalse truth = iota
	isUnknown
	isTrue
)

type predicate func(row map[string]any) truth

// parseWhere reads the subset of SQL that Where writes. Anything else is an error, such as a value in the clause or a
// placeholder out of turn.
func parseWhere(clause string, c rbac.Columns, args []any) (predicate, error) {
	if clause == "1=0" && len(args) == 0 {
		return func(map[string]any) truth { return isFalse }, nil
	}
	p := &whereParser{rest: clause, columns: columnsOf(c), placeholder: c.Placeholder, next: c.Offset + 1, args: args}
	if p.placeholder == nil {
		p.placeholder = func(int) string { return "?" }
	}
	p.expect("(")
	holds := p.disjunction()
	p.expect(")")
	if p.rest != "" || len(p.args) > 0 {
		p.fail("the end of the clause and of the arguments")
	}
	return holds, p.err
}

type whereParser struct {
	rest        string
	columns     []string
	placeholder func(n int) string
	next        int
	args        []any // those without a placeholder so far
	err         error
}

func (p *whereParser) fail(expected string) {
	if p.err == nil {
		p.err = fmt.Errorf("expected %s at %q, with %d arguments left", expected, p.rest, len(p.args))
	}
	p.rest = ""
}

func (p *whereParser) take(word string) bool {
	rest, found := strings.CutPrefix(p.rest, word)
	if found {
		p.rest = rest
	}
	return found
}

func (p *whereParser) expect(word string) {
	if !p.take(word) {
		p.fail(word)
	}
}

func (p *whereParser) disjunction() predicate {
	terms := []predicate{p.conjunction()}
	for p.take(" OR ") {
		terms = append(terms, p.conjunction())
	}
	return func(row map[string]any) truth { return slices.Max(answersOf(terms, row)) }
}

func (p *whereParser) conjunction() predicate {
	terms := []predicate{p.term()}
	for p.take(" AND ") {
		terms = append(terms, p.term())
	}
	return func(row map[string]any) truth { return slices.Min(answersOf(terms, row)) }
}

func answersOf(terms []predicate, row map[string]any) []truth {
	answers := make([]truth, len(terms))
	for i, term := range terms {
		answers[i] = term(row)
	}
	return answers
}

func (p *whereParser) term() predicate {
	if !p.take("(") {
		return p.comparison()
	}
	inner := p.disjunction()
	p.expect(")")
	return inner
}

func (p *whereParser) comparison() predicate {
	name := p.column()
	switch {
	case p.take(" IS NULL"):
		return func(row map[string]any) truth { return truthOf(row[name] == nil) }
	case p.take(" = ANY("):
		ids, _ := p.value().([]string)
		p.expect(")")
		return onValue(name, func(got any) bool { return slices.Contains(ids, got.(string)) })
	case p.take(" = "):
		value := p.value()
		return onValue(name, func(got any) bool { return got == value })
	case p.take(" <> "):
		value := p.value()
		return onValue(name, func(got any) bool { return got != value })
	case p.take(" IN ("):
		values := p.values()
		return onValue(name, func(got any) bool { return slices.Contains(values, got) })
	}
	p.fail("an operator")
	return nil
}

// onValue is a comparison. It is unknown for NULL.
func onValue(name string, holds func(got any) bool) predicate {
	return func(row map[string]any) truth {
		if row[name] == nil {
			return isUnknown
		}
		return truthOf(holds(row[name]))
	}
}

func truthOf(holds bool) truth {
	if holds {
		return isTrue
	}
	return isFalse
}

func (p *whereParser) column() string {
	end := strings.IndexByte(p.rest, ' ')
	if end < 0 || !slices.Contains(p.columns, p.rest[:end]) {
		p.fail("a column")
		return ""
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	return name
}

func (p *whereParser) values() []any {
	values := []any{p.value()}
	for p.take(", ") {
		values = append(values, p.value())
	}
	p.expect(")")
	return values
}

// value is the next argument, or the only literal, the empty string.
func (p *whereParser) value() any {
	if p.take("''") {
		return ""
	}
	if len(p.args) == 0 || !p.take(p.placeholder(p.next)) {
		p.fail("the next placeholder")
		return nil
	}
	value := p.args[0]
	p.args, p.next = p.args[1:], p.next+1
	return value
}
