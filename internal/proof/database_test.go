package proof

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
)

// A database that tests run clauses in. It reads the SQL that Where writes, in the dialect it is made for, and nothing
// else. It keeps the traps of real databases: NULL makes a comparison unknown, and unless the host says Bytewise, the
// collation of a column takes more than one ID for the same. Tests against real databases are in the module
// internal/integrations.

// table is what the clause is about, and how it was asked for.
type table struct {
	dialect     rbac.Dialect
	bytewise    bool
	columns     []string
	placeholder func(n int) string
	offset      int
}

// A value is nil for NULL, or a bool, an int64, a time.Time, a sqlText, a sqlBlob, or a []any.
type (
	sqlText struct {
		string
		collation collation
	}
	sqlBlob string
)

// collation says which texts are equal. The higher of two decides.
type collation uint8

const (
	ofArgument collation = iota // the other side decides
	loose                       // a column's own: neither case nor blanks, zeros and NUL matter
	padded                      // utf8mb4_bin: blanks at the end do not matter
	exact
)

func plain(s string) sqlText { return sqlText{s, ofArgument} }

// sqlRow has a value for each column.
type sqlRow map[string]any

// queryError is an error of the database, for a clause or for the values it meets.
type queryError struct{ problem string }

func (e *queryError) Error() string { return e.problem }

func fail(format string, args ...any) { panic(&queryError{fmt.Sprintf(format, args...)}) }

func recoverInto(err *error) {
	if recovered := recover(); recovered != nil {
		failed, ok := recovered.(*queryError)
		if !ok {
			panic(recovered)
		}
		*err = failed
	}
}

// query reports whether a database returns the row: if the clause is true, and not if it is unknown.
type query func(r sqlRow) (returned bool, err error)

// prepare reads the clause. It must be in one pair of parentheses, or be "1=0".
func (tb table) prepare(clause string, args []any) (q query, err error) {
	defer recoverInto(&err)
	if clause == "1=0" && len(args) == 0 {
		return func(sqlRow) (bool, error) { return false, nil }, nil
	}
	r := &clauseReader{table: tb, rest: clause, next: tb.offset + 1, args: args}
	if r.placeholder == nil {
		r.placeholder = map[rbac.Dialect]func(int) string{
			rbac.PostgreSQL: func(n int) string { return "$" + strconv.Itoa(n) },
			rbac.SQLite:     func(int) string { return "?" },
			rbac.MySQL:      func(int) string { return "?" },
		}[tb.dialect]
	}
	r.expect("(")
	holds := r.disjunction()
	r.expect(")")
	if r.rest != "" || len(r.args) > 0 {
		r.unexpected("the end of the clause and of the arguments")
	}
	return func(r sqlRow) (returned bool, err error) {
		defer recoverInto(&err)
		return truthOf(holds(r)) == true, nil
	}, nil
}

// expression is the value of a part of a clause for a row.
type expression func(r sqlRow) any

func constant(value any) expression { return func(sqlRow) any { return value } }

// clauseReader reads a clause from left to right. Each argument has one placeholder, in turn.
type clauseReader struct {
	table
	rest string
	next int
	args []any // those without a placeholder so far
}

func (r *clauseReader) unexpected(wanted string) {
	fail("expected %s at %q, with %d arguments left", wanted, r.rest, len(r.args))
}

func (r *clauseReader) take(word string) bool {
	rest, found := strings.CutPrefix(r.rest, word)
	if found {
		r.rest = rest
	}
	return found
}

// takeOf is take for a word of one dialect.
func (r *clauseReader) takeOf(dialect rbac.Dialect, word string) bool {
	return r.dialect == dialect && r.take(word)
}

func (r *clauseReader) expect(word string) {
	if !r.take(word) {
		r.unexpected(word)
	}
}

// disjunction is true if a term is, else unknown if a term is, and else false.
func (r *clauseReader) disjunction() expression {
	terms := []expression{r.conjunction()}
	for r.take(" OR ") {
		terms = append(terms, r.conjunction())
	}
	return decidedBy(true, terms)
}

func (r *clauseReader) conjunction() expression {
	terms := []expression{r.comparison()}
	for r.take(" AND ") {
		terms = append(terms, r.comparison())
	}
	return decidedBy(false, terms)
}

func decidedBy(decisive bool, terms []expression) expression {
	if len(terms) == 1 {
		return terms[0]
	}
	return func(r sqlRow) any {
		var result any = !decisive
		for _, term := range terms {
			switch truthOf(term(r)) {
			case decisive:
				return decisive
			case nil:
				result = nil
			}
		}
		return result
	}
}

func truthOf(value any) any {
	if _, ok := value.(bool); !ok && value != nil {
		fail("%v is no condition", value)
	}
	return value
}

func (r *clauseReader) comparison() expression {
	left := r.operand()
	switch {
	case r.take(" IS NULL"):
		return func(r sqlRow) any { return left(r) == nil }
	case r.takeOf(rbac.PostgreSQL, " IS FALSE"):
		return func(r sqlRow) any { return truthOf(left(r)) == false }
	case r.takeOf(rbac.PostgreSQL, " = ANY("):
		list := arrayOf(r.operand())
		r.expect(")")
		return r.among(left, list)
	case r.take(" IN (SELECT "):
		list := r.selection()
		r.expect(")")
		return r.among(left, list)
	case r.take(" IN ("):
		return r.among(left, r.list())
	case r.take(" NOT IN ("):
		return negated(r.among(left, r.list()))
	case r.take(" = "), r.take("="):
		return r.compared(left, r.operand(), r.equal)
	case r.take(" <> "):
		return negated(r.compared(left, r.operand(), r.equal))
	case r.take(" <= "):
		return negated(r.compared(left, r.operand(), after))
	case r.take(" > "):
		return r.compared(left, r.operand(), after)
	}
	return left
}

func negated(e expression) expression {
	return func(r sqlRow) any {
		if value := truthOf(e(r)); value != nil {
			return value == false
		}
		return nil
	}
}

// compared is unknown if one side is NULL.
func (r *clauseReader) compared(left, right expression, compare func(a, b any) bool) expression {
	return func(r sqlRow) any {
		a, b := left(r), right(r)
		if a == nil || b == nil {
			return nil
		}
		return compare(a, b)
	}
}

// among is true if one of the list is equal, and else unknown if NULL is on a side.
func (r *clauseReader) among(left, list expression) expression {
	equal := r.equal
	return func(r sqlRow) any {
		a, all := left(r), list(r).([]any)
		if a == nil && len(all) > 0 {
			return nil
		}
		var result any = false
		for _, b := range all {
			if b == nil {
				result = nil
			} else if equal(a, b) {
				return true
			}
		}
		return result
	}
}

// list is values that are written one by one.
func (r *clauseReader) list() expression {
	values := []expression{r.operand()}
	for r.take(", ") {
		values = append(values, r.operand())
	}
	r.expect(")")
	return func(r sqlRow) any {
		all := make([]any, len(values))
		for i, value := range values {
			all[i] = value(r)
		}
		return all
	}
}

// equal compares two values as the dialect does.
func (r *clauseReader) equal(a, b any) bool {
	switch x := a.(type) {
	case sqlText:
		switch y := b.(type) {
		case sqlText:
			return x.string == y.string || areEqual(x.string, y.string, max(x.collation, y.collation))
		case sqlBlob:
			return r.equalBytes(x.string, y)
		}
	case sqlBlob:
		switch y := b.(type) {
		case sqlText:
			return r.equalBytes(y.string, x)
		case sqlBlob:
			return x == y
		}
	case int64:
		return a == b
	}
	if _, isNumber := b.(int64); isNumber && r.dialect == rbac.SQLite {
		return false
	}
	fail("%T cannot be compared with %T", a, b)
	return false
}

// equalBytes compares a text with a blob. In SQLite they are never equal.
func (r *clauseReader) equalBytes(a string, b sqlBlob) bool {
	if r.dialect == rbac.PostgreSQL {
		fail("a text cannot be compared with a blob")
	}
	return r.dialect == rbac.MySQL && a == string(b)
}

func areEqual(a, b string, c collation) bool {
	switch c {
	case loose:
		return folded(a) == folded(b)
	case padded:
		return strings.TrimRight(a, " ") == strings.TrimRight(b, " ")
	}
	return a == b
}

var weightless = strings.NewReplacer(" ", "", "0", "", "\x00", "")

func folded(s string) string { return weightless.Replace(strings.ToLower(s)) }

// after says whether one instant, as the host stores it, is later than the other.
func after(a, b any) bool {
	switch x := a.(type) {
	case time.Time:
		return x.After(b.(time.Time))
	case int64:
		return x > b.(int64)
	case sqlText:
		return x.string > b.(sqlText).string
	}
	fail("%T is no instant", a)
	return false
}

// operand is a value, with what follows it.
func (r *clauseReader) operand() expression {
	e := r.primary()
	for {
		switch {
		case r.takeOf(rbac.PostgreSQL, "::text[]"):
			e = arrayOf(e)
		case r.takeOf(rbac.PostgreSQL, "::text"):
			e = each(e, func(v any) any { return plain(v.(sqlText).string) })
		case r.takeOf(rbac.PostgreSQL, " || ''"):
			e = each(e, func(v any) any { return v.(sqlText) })
		case r.takeOf(rbac.PostgreSQL, ` COLLATE "C"`):
			e = each(e, func(v any) any { return sqlText{v.(sqlText).string, exact} })
		case r.takeOf(rbac.MySQL, " COLLATE utf8mb4_bin"):
			e = each(e, func(v any) any { return sqlText{v.(sqlText).string, padded} })
		default:
			return e
		}
	}
}

// each is a function of a value. That of NULL is NULL.
func each(of expression, f func(value any) any) expression {
	return func(r sqlRow) any {
		if value := of(r); value != nil {
			return f(value)
		}
		return nil
	}
}

var literals = map[rbac.Dialect]map[string]any{
	rbac.PostgreSQL: {"''": plain(""), "1": int64(1), "0": int64(0)},
	rbac.SQLite:     {"''": plain(""), "x''": sqlBlob(""), "0": int64(0)},
	rbac.MySQL: {
		"''": plain(""), "'.'": plain("."), "'binary'": plain("binary"), "'0'": plain("0"), "x'00'": sqlBlob("\x00"),
	},
}

func (r *clauseReader) primary() expression {
	if len(r.args) > 0 && r.take(r.placeholder(r.next)) {
		return r.argument()
	}
	for literal, value := range literals[r.dialect] {
		if r.take(literal) {
			return constant(value)
		}
	}
	switch {
	case r.take("("):
		inner := r.disjunction()
		r.expect(")")
		return inner
	case r.take("COALESCE("):
		first, second := r.operands()
		return func(r sqlRow) any {
			if value := first(r); value != nil {
				return value
			}
			return second(r)
		}
	case r.takeOf(rbac.SQLite, "CAST("):
		return r.bytesOf(" AS BLOB)")
	case r.takeOf(rbac.MySQL, "CAST("):
		return r.bytesOf(" AS BINARY)")
	case r.takeOf(rbac.MySQL, "CONVERT("):
		return r.converted()
	case r.takeOf(rbac.MySQL, "CONCAT("):
		return r.concatenated()
	case r.takeOf(rbac.MySQL, "CHARSET("):
		return r.charset()
	case r.takeOf(rbac.MySQL, "IF("):
		return r.choice()
	}
	return r.column()
}

// argument is the next one. PostgreSQL refuses a text that it cannot hold.
func (r *clauseReader) argument() expression {
	value := r.args[0]
	r.args, r.next = r.args[1:], r.next+1
	switch v := value.(type) {
	case string:
		if r.dialect == rbac.PostgreSQL && !isHeldByPostgreSQL(v) {
			fail("%q is no text", v)
		}
		return constant(plain(v))
	case time.Time, int64:
		return constant(v)
	}
	fail("no driver is sure to take %T", value)
	return nil
}

func isHeldByPostgreSQL(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// column is a quoted name, each part by itself.
func (r *clauseReader) column() expression {
	quote := "`"
	if r.dialect == rbac.PostgreSQL {
		quote = `"`
	}
	var parts []string
	for len(parts) == 0 || r.take(".") {
		r.expect(quote)
		part, rest, found := strings.Cut(r.rest, quote)
		if !found {
			r.unexpected("the end of a name")
		}
		parts, r.rest = append(parts, part), rest
	}
	name := strings.Join(parts, ".")
	if !slices.Contains(r.columns, name) {
		fail("there is no column %q", name)
	}
	ofColumn := loose
	if r.bytewise {
		ofColumn = exact
	}
	return func(r sqlRow) any {
		if value, ok := r[name].(sqlText); ok {
			return sqlText{value.string, ofColumn}
		}
		return r[name]
	}
}

func (r *clauseReader) operands() (first, second expression) {
	first = r.operand()
	r.expect(", ")
	second = r.operand()
	r.expect(")")
	return first, second
}

func (r *clauseReader) bytesOf(end string) expression {
	e := r.operand()
	r.expect(end)
	return each(e, func(v any) any { return bytesOf(v) })
}

func bytesOf(value any) sqlBlob {
	if t, ok := value.(sqlText); ok {
		return sqlBlob(t.string)
	}
	return value.(sqlBlob)
}

// converted is text. A byte that is no part of a character becomes a question mark.
func (r *clauseReader) converted() expression {
	e := r.operand()
	r.expect(" USING utf8mb4)")
	return each(e, func(v any) any { return sqlText{strings.ToValidUTF8(string(bytesOf(v)), "?"), loose} })
}

// concatenated is text, and a blob if a part is one.
func (r *clauseReader) concatenated() expression {
	e := r.operand()
	tail := ""
	if r.take(",'.'") {
		tail = "."
	}
	r.expect(")")
	return each(e, func(v any) any {
		switch v := v.(type) {
		case sqlText:
			return sqlText{v.string + tail, v.collation}
		case int64:
			return plain(strconv.FormatInt(v, 10) + tail)
		}
		return v.(sqlBlob) + sqlBlob(tail)
	})
}

func (r *clauseReader) charset() expression {
	e := r.operand()
	r.expect(")")
	return func(r sqlRow) any {
		if _, isText := e(r).(sqlText); isText {
			return plain("utf8mb4")
		}
		return plain("binary")
	}
}

func (r *clauseReader) choice() expression {
	condition := r.comparison()
	r.expect(", ")
	yes, no := r.operands()
	return func(r sqlRow) any {
		if truthOf(condition(r)) == true {
			return yes(r)
		}
		return no(r)
	}
}

// selection is the rows that a list of the dialect makes of one argument.
func (r *clauseReader) selection() expression {
	if r.dialect == rbac.MySQL {
		return r.jsonTable()
	}
	list := r.jsonEach()
	for r.takeOf(rbac.SQLite, " UNION ALL SELECT ") {
		first, second := list, r.jsonEach()
		list = func(r sqlRow) any { return slices.Concat(first(r).([]any), second(r).([]any)) }
	}
	return list
}

func (r *clauseReader) jsonEach() expression {
	var element func(id string) any
	switch {
	case r.takeOf(rbac.SQLite, "value FROM json_each("):
		element = func(id string) any { return plain(id) }
	case r.takeOf(rbac.SQLite, "CAST(value AS BLOB) FROM json_each("):
		element = func(id string) any { return sqlBlob(id) }
	default:
		r.unexpected("a list")
	}
	list := r.operand()
	r.expect(")")
	return r.once(list, element)
}

var columnWidth = regexp.MustCompile(`^\d+`)

// jsonTable cuts what is wider than its column.
func (r *clauseReader) jsonTable() expression {
	r.expect("CONCAT(j.id,'.') FROM JSON_TABLE(")
	list := r.operand()
	r.expect(", '$[*]' COLUMNS(id VARCHAR(")
	digits := columnWidth.FindString(r.rest)
	width, err := strconv.Atoi(digits)
	if err != nil || width > 16_383 {
		r.unexpected("the width of a column")
	}
	r.expect(digits)
	r.expect(") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) j")
	return r.once(list, func(id string) any {
		characters := []rune(id)
		return sqlText{string(characters[:min(width, len(characters))]) + ".", padded}
	})
}

// once reads the list in JSON, which is an argument and so the same for every row.
func (r *clauseReader) once(list expression, element func(id string) any) expression {
	document := list(nil).(sqlText).string
	var ids []string
	if err := json.Unmarshal([]byte(document), &ids); err != nil || !utf8.ValidString(document) {
		fail("%q is no list of IDs: %v", document, err)
	}
	all := make([]any, len(ids))
	for i, id := range ids {
		if strings.Contains(id, "\x00") {
			fail("JSON of a database cannot hold %q", id)
		}
		all[i] = element(id)
	}
	return constant(all)
}

// arrayOf reads an argument as an array, unless that has been done.
func arrayOf(list expression) expression {
	value := list(nil)
	if _, done := value.([]any); !done {
		value = elementsOf(value)
	}
	return constant(value)
}

var arrayElement = regexp.MustCompile(`(?s)^"((?:[^"\\]|\\.)*)"(,|\}$)`)

// elementsOf reads an array of PostgreSQL as it is written in a text.
func elementsOf(value any) []any {
	literal := value.(sqlText).string
	rest, found := strings.CutPrefix(literal, "{")
	var all []any
	for found && rest != "" {
		parts := arrayElement.FindStringSubmatch(rest)
		if parts == nil {
			fail("malformed array literal: %q", literal)
		}
		all, rest = append(all, plain(unescaped(parts[1]))), rest[len(parts[0]):]
	}
	if len(all) == 0 || !strings.HasSuffix(literal, "}") {
		fail("malformed array literal: %q", literal)
	}
	return all
}

func unescaped(element string) string {
	var id strings.Builder
	for i := 0; i < len(element); i++ {
		if element[i] == '\\' {
			i++
		}
		id.WriteByte(element[i])
	}
	return id.String()
}
