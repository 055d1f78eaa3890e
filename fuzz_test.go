package rbac_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
)

// bytesOf rolls the fuzzer's bytes, and zeros when they are used up.
type bytesOf struct{ rest []byte }

func (b *bytesOf) IntN(n int) int {
	if len(b.rest) == 0 {
		return 0
	}
	roll := int(b.rest[0]) % n
	b.rest = b.rest[1:]
	return roll
}

// addRolls gives a fuzz target worlds to start from.
func addRolls(add func(rolls []byte)) {
	for seed := range uint64(8) {
		d := seeded(99, seed)
		rolls := make([]byte, 100<<(seed%4))
		for i := range rolls {
			rolls[i] = byte(d.IntN(256))
		}
		add(rolls)
	}
}

func FuzzReadSpec(f *testing.F) {
	for _, text := range readable {
		f.Add([]byte(text))
	}
	if text, err := json.Marshal(rbac.Defaults()); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		spec := rbac.Spec{FourEyes: []rbac.Action{"before"}}
		if err := spec.UnmarshalJSON(text); err != nil {
			if !reflect.DeepEqual(spec, rbac.Spec{FourEyes: []rbac.Action{"before"}}) {
				t.Fatalf("an error (%v) has changed the receiver to %+v", err, spec)
			}
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) || repeatsKey(text) {
			t.Fatalf("a document is accepted that is no strict JSON: %q", text)
		}
		requireFixedPoint(t, spec)
	})
}

// readable are documents that are read, or nearly so.
var readable = []string{
	`{}`, ` {} `, `null`, `[]`, `{"roles":null}`, `{} {}`, `{"Roles":[]}`, `{"roles":[],"roles":[]}`, "{\"\xff\":1}",
	`{"actions":{"report.export":["miniprogram"]}}`,
	`{"actions":{"report.export":["tenant","developer","miniprogram"]},"four_eyes":["report.export"]}`,
	`{"roles":[{"id":"auditor","kind":"tenant","name":"Auditor","permissions":{"report.export":["tenant","own"]}}]}`,
	`{"roles":[{"id":"a","kind":"developer","description":"\u00e9\ud83d\ude00 <b>\\\"\n"},{"id":"b.c_1","kind":"tenant"}]}`,
	`{"extend":{"developer_admin":{"report.export":["workspace"]}},"exclusive":[["b","a"],["a","b"],["a","c","b"]]}`,
	`{"at_least":{"a":1},"at_most":{"a":3,"b":0}}`, `{"at_least":{"a":1e0}}`, `{"at_most":{"a":-1}}`, `{"at_most":{"a":99999999999999999999}}`,
	`{"roles":[{"id":"a","kind":"tenant","permissions":{"a.b":["tenant","tenant"]}}]}`, `{"actions":{"a":["any"]}}`, `{"actions":{"a":[]}}`,
	`{"roles":[{"id":"a","kind":"tenant","name":"\ud800"}]}`, `{"\u0072oles":[]}`, `{"four_eyes":["a","a"]}`,
}

// requireFixedPoint writes what was read, and reads and writes it again.
func requireFixedPoint(t *testing.T, spec rbac.Spec) {
	t.Helper()
	written, err := json.Marshal(spec)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v: %+v", err, spec)
	}
	var again rbac.Spec
	if err := again.UnmarshalJSON(written); err != nil {
		t.Fatalf("what was written cannot be read: %v: %s", err, written)
	}
	rewritten, err := json.Marshal(again)
	if err != nil || !bytes.Equal(written, rewritten) {
		t.Fatalf("written, read and written again (%v):\n%s\n%s", err, written, rewritten)
	}
	requireSamePolicy(t, spec, again)
}

func requireSamePolicy(t *testing.T, one, other rbac.Spec) {
	t.Helper()
	p, err := rbac.New(one)
	q, otherErr := rbac.New(other)
	if (err == nil) != (otherErr == nil) || p.Fingerprint() != q.Fingerprint() {
		t.Fatalf("one document, two policies: %v %v, %v %v", p.Fingerprint(), err, q.Fingerprint(), otherErr)
	}
	if (p == nil) == (err == nil) {
		t.Fatalf("a policy and an error, or neither: %v, %v", p, err)
	}
}

// repeatsKey walks valid JSON on its own, because encoding/json lets the last of two equal keys win.
func repeatsKey(text []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(text))
	var seen []map[string]bool // of the open objects, nil for arrays
	key := false
	for {
		token, err := decoder.Token()
		if err == io.EOF || err != nil {
			return false
		}
		if name, isString := token.(string); isString && key {
			if seen[len(seen)-1][name] {
				return true
			}
			seen[len(seen)-1][name] = true
			key = false
			continue
		}
		switch token {
		case json.Delim('{'):
			seen = append(seen, map[string]bool{})
		case json.Delim('['):
			seen = append(seen, nil)
		case json.Delim('}'), json.Delim(']'):
			seen = seen[:len(seen)-1]
		}
		key = len(seen) > 0 && seen[len(seen)-1] != nil
	}
}

func FuzzDecide(f *testing.F) {
	addRolls(func(rolls []byte) { f.Add(rolls) })
	defaults := matrix(f)
	f.Fuzz(func(t *testing.T, rolls []byte) {
		d := &bytesOf{rolls}
		w := newWorld(t, d, givenClock(), defaults)
		w.populate(d, 2, 3)
		for _, m := range w.members {
			e := entranceAt(w.now, w.policy, m)
			for _, r := range w.resources {
				for _, a := range w.someActions(d, 4) {
					e.compare(t, w.ref.allows(w.now, m, a, r), a, r)
				}
			}
		}
	})
}

func FuzzAdministration(f *testing.F) {
	addRolls(func(rolls []byte) { f.Add(rolls) })
	defaults := matrix(f)
	f.Fuzz(func(t *testing.T, rolls []byte) {
		d := &bytesOf{rolls}
		s := newSociety(t, d, defaults)
		for range 8 {
			s.requireNoEscalation(t, pick(d, changes).make(s, d))
		}
	})
}

func FuzzWhere(f *testing.F) {
	addRolls(func(rolls []byte) {
		f.Add(rolls, "kind", "tenant_id", "workspace_id", "program_id", "owner_id", "$", 3)
	})
	addRolls(func(rolls []byte) { f.Add(rolls, "", "t", "m.w", "public.m.p", "o", "?", 0) })
	f.Add([]byte("x"), "kind; --", "t", "w", "p", "o", "?", 0)
	f.Add([]byte("x"), "AND", "OR", "IN", "IS", "NULL", ":p", -1)
	f.Add([]byte("x"), "k", "", "", "", "", "@p", 1)
	defaults := matrix(f)
	f.Fuzz(func(t *testing.T, rolls []byte, kind, tenant, workspace, program, owner, mark string, offset int) {
		d := &bytesOf{rolls}
		w := newWorld(t, d, givenClock(), defaults)
		w.populate(d, 2, 6)
		columns := rbac.Columns{Kind: kind, Tenant: tenant, Workspace: workspace, MiniProgram: program, Owner: owner, Offset: offset}
		if mark != "?" {
			columns.Placeholder = func(n int) string { return fmt.Sprint(mark, n) }
		}
		for _, m := range w.members {
			for _, a := range w.someActions(d, 4) {
				w.compareWhere(t, d, m, a, columns)
			}
		}
	})
}

// compareWhere reads the clause as a database would and holds it to Match. It returns how many rows it compared.
func (w world) compareWhere(t testing.TB, d dice, m rbac.Member, a rbac.Action, c rbac.Columns) (compared tally) {
	t.Helper()
	filter := w.policy.BindAt(w.now, m).Filter(a)
	clause, args, err := filter.Where(c)
	if err != nil {
		if clause != "" || args != nil {
			t.Fatalf("%v: a clause and an error: %q, %v, %v", w, clause, args, err)
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
		if c.Kind == "" && (isNamesake(m.Workspace) || isNamesake(r.Workspace) || !sound(r.Workspace)) {
			continue
		}
		want := filter.Match(r)
		compared.count(want)
		if got := holds(rowOf(d, r, c)); (got == isTrue) != want {
			t.Fatalf("%v: Match says %v, the clause %v: %s\n%s, %q", w, want, got, question(m, a, r), clause, args)
		}
	}
	return compared
}

var column = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

func columnsOf(c rbac.Columns) []string {
	return slices.DeleteFunc([]string{c.Kind, c.Tenant, c.Workspace, c.MiniProgram, c.Owner}, func(name string) bool { return name == "" })
}

func requireIdentifiers(t testing.TB, c rbac.Columns) {
	t.Helper()
	for _, name := range columnsOf(c) {
		if !column.MatchString(name) {
			t.Fatalf("a column is accepted that is no identifier: %q", name)
		}
	}
}

// tellsRowsApart is false where two things stand in one column, or one that may be needed in none.
func tellsRowsApart(c rbac.Columns) bool {
	named := columnsOf(c)
	return len(named) == len(unique(named)) && c.Tenant != "" && c.Workspace != "" && c.MiniProgram != "" && c.Owner != ""
}

// isNamesake is a merchant that a table without a column for the kind takes for its tenant.
func isNamesake(w rbac.Workspace) bool { return w.Kind == rbac.KindDeveloper && w.ID == w.Tenant }

// rowOf stores a resource as a host does: what is empty as NULL, sometimes.
func rowOf(d dice, r rbac.Resource, c rbac.Columns) map[string]any {
	kind := map[rbac.WorkspaceKind]string{rbac.KindTenant: "tenant", rbac.KindDeveloper: "developer"}[r.Workspace.Kind]
	row := map[string]any{
		c.Kind: kind, c.Tenant: r.Workspace.Tenant, c.Workspace: r.Workspace.ID, c.MiniProgram: r.MiniProgram, c.Owner: r.Owner,
	}
	for _, name := range slices.Sorted(maps.Keys(row)) { // in one order, so that the same rolls make the same row
		if row[name] == "" && chance(d, 50) {
			row[name] = nil
		}
	}
	return row
}

// truth is SQL's: of a row for which the clause is unknown, the database returns nothing.
type truth int

const (
	isFalse truth = iota
	isUnknown
	isTrue
)

type predicate func(row map[string]any) truth

// parseWhere reads the little SQL that Where writes. Anything else in a clause, a value above all, is an error, and so
// is a placeholder that is not the next one.
func parseWhere(clause string, c rbac.Columns, args []any) (predicate, error) {
	if clause == "1=0" && len(args) == 0 {
		return func(map[string]any) truth { return isFalse }, nil
	}
	p := &whereParser{rest: clause, columns: columnsOf(c), placeholder: c.Placeholder, next: c.Offset + 1, args: args}
	if p.placeholder == nil {
		p.placeholder = func(int) string { return "?" }
	}
	p.need("(")
	holds := p.disjunction()
	p.need(")")
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
	args        []any // those that no placeholder has taken yet
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

func (p *whereParser) need(word string) {
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
	p.need(")")
	return inner
}

func (p *whereParser) comparison() predicate {
	name := p.column()
	switch {
	case p.take(" IS NULL"):
		return func(row map[string]any) truth { return truthOf(row[name] == nil) }
	case p.take(" = ANY("):
		ids, _ := p.value().([]string)
		p.need(")")
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

// onValue is a comparison, which of NULL is unknown.
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
	p.need(")")
	return values
}

// value is the next argument, or the empty string, which is the only literal.
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
