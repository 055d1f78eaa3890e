package rbac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/canonical"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// How a clause compares.
//
// Can compares IDs byte by byte, and databases do not: a collation folds case, char(n)
// pads with blanks, and a column of numbers takes "1" for "01". So a comparison says
// two things. The native c = ? finds the rows by the index, and may find too many. The
// exact one converts the column to bytes and decides. Where the type of a column cannot
// hold an ID, the query may fail or find nothing; it never finds more.
//
// A column name is always quoted, so that it never is a word of SQL's own, and a value
// is always an argument. No condition is negated, so that NULL, which makes a condition
// unknown, is as good as false.

// Dialect is the kind of SQL that a database speaks. The zero Dialect is an error.
type Dialect uint8

const (
	PostgreSQL Dialect = iota + 1
	SQLite
	MySQL // and MariaDB
)

// NoColumn says that the table has no such column. What that means is said at each
// field.
const NoColumn = "-"

// Columns names the columns of the host's table that say what resource a row is. Every
// field is a column or NoColumn; an empty one is an error, so that none is forgotten.
// NULL is read as an empty text.
//
// A column is an identifier [A-Za-z_][A-Za-z0-9_]*, qualified by a table and a schema
// where needed ("m.workspace_id"). It is quoted, and so in PostgreSQL written as the
// catalog has it. Qualify columns in PostgreSQL: it takes a bare name that is the
// table's own for the whole row.
type Columns struct {
	Dialect     Dialect
	Kind        string // "tenant" or "developer"; NoColumn: no workspace ID serves both kinds
	Tenant      string // NoColumn: the whole table is the member's tenant's; for a filter of two tenants, an error
	Workspace   string // never NoColumn
	MiniProgram string // NULL or '' for a workspace-level thing; NoColumn: every row is one
	Owner       string // NULL or '' if unknown; NoColumn: of no row is the owner known

	Bytewise    bool               // the columns compare byte by byte already: a shorter clause
	Placeholder func(n int) string // of argument n, from 1; nil is the dialect's own
	Offset      int                // placeholders that the host's query has before the clause
}

// MemberColumns names the columns of members JOIN assignments LEFT JOIN their mini
// programs: one row for each mini program of each assignment, or one for an assignment
// without any. Use the clause in IN (SELECT …) or EXISTS, so that a member counts once.
// Columns are written as those of Columns are.
type MemberColumns struct {
	Dialect                 Dialect
	Kind, Tenant, Workspace string // of the member's workspace; NoColumn for Kind and Tenant as in Columns
	ID, Status              string // Status holds its word
	Suspended               string // a boolean; NULL counts as suspended; NoColumn: no workspace is suspended
	Role                    string
	NotBefore, NotAfter     string // NULL is no bound; NoColumn: there are no bounds
	MiniProgram             string // NoColumn: no assignment names mini programs

	// Time returns an instant as the host stores it. Stored values must sort as instants
	// do. Nil means as it is.
	Time func(time.Time) any

	Bytewise    bool               // as in Columns
	Placeholder func(n int) string // as in Columns
	Offset      int                // as in Columns
}

// namedColumn is a column with the field that it is for.
type namedColumn struct {
	field, name string
	optional    bool // NoColumn is allowed
}

// checkColumns reports what is wrong with the columns, the dialect and the offset.
func checkColumns(dialect Dialect, offset int, columns []namedColumn) (p problems) {
	if dialect < PostgreSQL || dialect > MySQL {
		p.add("columns.dialect", "no dialect", "use PostgreSQL, SQLite or MySQL")
	}
	for _, column := range columns {
		place := "columns." + column.field
		switch {
		case column.name == NoColumn && column.optional, isColumn(column.name):
		case column.name == NoColumn:
			p.add(place, "the clause needs a column", "name the column that holds it")
		case column.name == "" && column.optional:
			p.add(place, "no column is named", "name the column that holds it, or say NoColumn")
		case column.name == "":
			p.add(place, "no column is named", "name the column that holds it")
		default:
			p.add(place, "invalid column name "+suggest.Quote(column.name),
				`use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`)
		}
	}
	if offset < 0 {
		p.add("columns.offset", fmt.Sprintf("%d placeholders are used already", offset), "count from 0")
	}
	return p
}

// isColumn reports whether the name is one to three identifiers joined by ".".
func isColumn(name string) bool {
	for range 3 {
		part, rest, more := strings.Cut(name, ".")
		if !isIdentifier(part) {
			return false
		}
		if !more {
			return true
		}
		name = rest
	}
	return false
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

// condition is a node of a clause. Conditions that are always true or false are known
// before anything is written.
type condition struct {
	op       operator
	column   string
	value    string
	list     []string
	instant  *time.Time
	children []condition
}

type operator uint8

const (
	never operator = iota
	always
	equal       // the column is the value
	differs     // the column is known, and is not the value
	absent      // the column is NULL or empty
	present     // the column is neither NULL nor empty
	oneOf       // the column is one of the list
	isFalse     // the boolean column is false
	begun       // the time column is NULL or not after the instant
	notEnded    // the time column is NULL or after the instant
	conjunction // all children hold
	disjunction // one of the children holds
)

// allOf is a condition that holds if all the given ones do.
func allOf(conditions ...condition) condition {
	return combine(conjunction, always, never, conditions)
}

// anyOf is a condition that holds if one of the given ones does.
func anyOf(conditions ...condition) condition {
	return combine(disjunction, never, always, conditions)
}

// combine drops the neutral conditions, and is the absorbing one if that is among them.
func combine(op, neutral, absorbing operator, conditions []condition) condition {
	kept := make([]condition, 0, len(conditions)) // not conditions[:0]: one condition may become several
	for _, c := range conditions {
		switch c.op {
		case neutral:
		case absorbing:
			return condition{op: absorbing}
		case op:
			kept = append(kept, c.children...)
		default:
			kept = append(kept, c)
		}
	}
	switch len(kept) {
	case 0:
		return condition{op: neutral}
	case 1:
		return kept[0]
	}
	return condition{op: op, children: kept}
}

// clauseWriter writes conditions as SQL.
type clauseWriter struct {
	dialect     Dialect
	bytewise    bool
	placeholder func(n int) string
	offset      int
	toStored    func(time.Time) any
	text        []byte
	args        []any
}

// clause returns a condition that can follow any AND, and its arguments.
func (w *clauseWriter) clause(c condition) (string, []any) {
	if c.op == never {
		return "1=0", nil
	}
	w.text, w.args = make([]byte, 0, 512), make([]any, 0, 12)
	switch c.op {
	case conjunction, disjunction:
		w.condition(c)
		return string(w.text), w.args
	}
	w.condition(condition{op: conjunction, children: []condition{c}})
	return string(w.text), w.args
}

func (w *clauseWriter) condition(c condition) {
	switch c.op {
	case always:
		w.raw("1=1")
	case never:
		w.raw("1=0")
	case equal:
		w.equal(c.column, c.value)
	case differs:
		w.differs(c.column, c.value)
	case absent:
		w.emptiness(c.column, " = ")
	case present:
		w.emptiness(c.column, " <> ")
	case oneOf:
		w.oneOf(c.column, c.list)
	case isFalse:
		w.isFalse(c.column)
	case begun:
		w.bound(c.column, " <= ", *c.instant)
	case notEnded:
		w.bound(c.column, " > ", *c.instant)
	case conjunction:
		w.joined(c.children, " AND ")
	case disjunction:
		w.joined(c.children, " OR ")
	}
}

func (w *clauseWriter) joined(children []condition, operator string) {
	w.raw("(")
	for i, child := range children {
		if i > 0 {
			w.raw(operator)
		}
		w.condition(child)
	}
	w.raw(")")
}

func (w *clauseWriter) raw(text string) { w.text = append(w.text, text...) }

// name writes a quoted column name.
func (w *clauseWriter) name(column string) {
	quote := byte('`')
	if w.dialect == PostgreSQL {
		quote = '"'
	}
	w.text = append(w.text, quote)
	for i := range len(column) {
		if column[i] == '.' {
			w.text = append(w.text, quote, '.', quote)
			continue
		}
		w.text = append(w.text, column[i])
	}
	w.text = append(w.text, quote)
}

// bind adds an argument and writes its placeholder. No placeholder is used twice: a
// database gives each argument one type.
func (w *clauseWriter) bind(value any) {
	w.args = append(w.args, value)
	n := w.offset + len(w.args)
	switch {
	case w.placeholder != nil:
		w.raw(w.placeholder(n))
	case w.dialect == PostgreSQL:
		w.text = strconv.AppendInt(append(w.text, '$'), int64(n), 10)
	default:
		w.raw("?")
	}
}

// equal writes that a column is an ID.
func (w *clauseWriter) equal(column, id string) {
	if w.dialect == PostgreSQL && !holdsText(id) {
		w.raw("1=0") // no text of PostgreSQL can be that ID, and asking for it fails
		return
	}
	if w.bytewise {
		w.name(column)
		w.raw(" = ")
		w.bind(id)
		return
	}
	w.raw("(")
	w.name(column)
	switch w.dialect {
	case PostgreSQL:
		w.raw(" = ")
		w.bind(id)
		w.raw(" AND ")
		w.exact(column)
		w.raw(" = ")
		w.bind(id)
		w.raw("::text")
	case SQLite:
		w.raw(" IN (")
		w.bind(id)
		w.raw(", CAST(")
		w.bind(id)
		w.raw(" AS BLOB)) AND ")
		w.exact(column)
		w.raw(" = CAST(")
		w.bind(id)
		w.raw(" AS BLOB)")
	case MySQL:
		w.raw(" = ")
		w.bind(id)
		w.raw(" AND ")
		w.exact(column)
		w.raw(" = CAST(")
		w.bind(id)
		w.raw(" AS BINARY)")
	}
	w.raw(")")
}

// exact writes the bytes of a column. NULL stays NULL.
func (w *clauseWriter) exact(column string) {
	switch w.dialect {
	case PostgreSQL: // || and not a cast, which takes bytea for its hexadecimal text
		w.raw("(")
		w.name(column)
		w.raw(` || '') COLLATE "C"`)
	case SQLite:
		w.raw("CAST(")
		w.name(column)
		w.raw(" AS BLOB)")
	case MySQL: // one conversion for binary strings and one for text, or characters are lost
		w.raw("IF(CHARSET(CONCAT(")
		w.name(column)
		w.raw("))='binary', CAST(")
		w.name(column)
		w.raw(" AS BINARY), CAST(CONVERT(")
		w.name(column)
		w.raw(" USING utf8mb4) AS BINARY))")
	}
}

// known writes the bytes of a column, with nothing for NULL.
func (w *clauseWriter) known(column string) {
	w.raw("COALESCE(")
	switch {
	case w.bytewise:
		w.name(column)
		w.raw(", '')")
	case w.dialect == PostgreSQL:
		w.name(column)
		w.raw(` || '', '') COLLATE "C"`)
	case w.dialect == SQLite:
		w.exact(column)
		w.raw(", x'')")
	default:
		w.exact(column)
		w.raw(", '')")
	}
}

// empty writes the empty text as known compares with it.
func (w *clauseWriter) empty() {
	if w.dialect == SQLite && !w.bytewise {
		w.raw("x''")
		return
	}
	w.raw("''")
}

// differs writes that a column is known and is not an ID.
func (w *clauseWriter) differs(column, id string) {
	if w.dialect == PostgreSQL && !holdsText(id) {
		w.emptiness(column, " <> ")
		return
	}
	w.known(column)
	w.raw(" NOT IN (")
	w.empty()
	w.raw(", ")
	switch {
	case w.bytewise:
		w.bind(id)
	case w.dialect == PostgreSQL:
		w.bind(id)
		w.raw("::text")
	case w.dialect == SQLite:
		w.raw("CAST(")
		w.bind(id)
		w.raw(" AS BLOB)")
	default:
		w.raw("CAST(")
		w.bind(id)
		w.raw(" AS BINARY)")
	}
	w.raw(")")
}

func (w *clauseWriter) emptiness(column, operator string) {
	w.known(column)
	w.raw(operator)
	w.empty()
}

// isFalse writes that a boolean column is false. Text such as 'false' and NULL count as
// true.
func (w *clauseWriter) isFalse(column string) {
	switch w.dialect {
	case PostgreSQL:
		w.name(column)
		w.raw(" IS FALSE")
	case SQLite:
		w.name(column)
		w.raw(" = 0")
	case MySQL:
		w.raw("CAST(CONCAT(")
		w.name(column)
		w.raw(") AS BINARY) IN ('0', x'00')")
	}
}

func (w *clauseWriter) bound(column, operator string, instant time.Time) {
	w.raw("(")
	w.name(column)
	w.raw(" IS NULL OR ")
	w.name(column)
	w.raw(operator)
	if w.toStored == nil {
		w.bind(instant)
	} else {
		w.bind(w.toStored(instant))
	}
	w.raw(")")
}

// longList is how many IDs a list may have for the index on its column to be worth
// asking: above that, only the bytes are compared.
const longList = 32

// oneOf writes that a column is one of the IDs. However many there are, they are one or
// two arguments. What a list of the database cannot carry goes alone.
func (w *clauseWriter) oneOf(column string, ids []string) {
	listed, alone := w.split(ids)
	if len(listed) == 1 {
		listed, alone = nil, append(alone, listed...)
	}
	if len(listed)+len(alone) == 0 {
		w.raw("1=0")
		return
	}
	w.raw("(")
	if len(listed) > 0 {
		w.list(column, listed)
	}
	for i, id := range alone {
		if i > 0 || len(listed) > 0 {
			w.raw(" OR ")
		}
		w.equal(column, id)
	}
	w.raw(")")
}

// split returns the IDs that a list can carry, and those that must go alone. No text of
// PostgreSQL can be one of the latter, so there they are left out.
func (w *clauseWriter) split(ids []string) (listed, alone []string) {
	if !slices.ContainsFunc(ids, w.goesAlone) {
		return ids, nil
	}
	for _, id := range ids {
		switch {
		case !w.goesAlone(id):
			listed = append(listed, id)
		case w.dialect != PostgreSQL:
			alone = append(alone, id)
		}
	}
	return listed, alone
}

func (w *clauseWriter) goesAlone(id string) bool {
	return !holdsText(id) || w.dialect == MySQL && len(id) > widest
}

// MySQL cuts what is longer than the column of a JSON_TABLE, which would make it
// another's ID. So the column is as wide as the longest ID, in a few sizes, and a longer
// one goes alone.
const (
	narrowest = 64
	widest    = 4_096
)

// holdsText reports whether an ID can stand in JSON and in a text of PostgreSQL.
func holdsText(id string) bool { return utf8.ValidString(id) && strings.IndexByte(id, 0) < 0 }

// list writes that a column is one of the IDs, natively and exactly as far as needed.
func (w *clauseWriter) list(column string, ids []string) {
	if w.dialect == MySQL {
		w.jsonTable(column, ids)
		return
	}
	list := listOf(ids)
	if w.dialect == PostgreSQL {
		list = arrayOf(ids)
	}
	if w.bytewise || len(ids) <= longList {
		w.nativeList(column, list)
	}
	if !w.bytewise && len(ids) <= longList {
		w.raw(" AND ")
	}
	if !w.bytewise {
		w.exactList(column, list)
	}
}

func (w *clauseWriter) nativeList(column, list string) {
	w.name(column)
	if w.dialect == PostgreSQL {
		w.raw(" = ANY(")
		w.bind(list)
		w.raw(")")
		return
	}
	w.raw(" IN (SELECT value FROM json_each(")
	w.bind(list)
	w.raw(")")
	if !w.bytewise { // a column without a type may have blobs too
		w.raw(" UNION ALL SELECT CAST(value AS BLOB) FROM json_each(")
		w.bind(list)
		w.raw(")")
	}
	w.raw(")")
}

func (w *clauseWriter) exactList(column, list string) {
	w.exact(column)
	if w.dialect == PostgreSQL {
		w.raw(" = ANY(")
		w.bind(list)
		w.raw("::text[])")
		return
	}
	w.raw(" IN (SELECT CAST(value AS BLOB) FROM json_each(")
	w.bind(list)
	w.raw("))")
}

// jsonTable writes the list of MySQL. The point after each ID keeps blanks at its end
// from being padding.
func (w *clauseWriter) jsonTable(column string, ids []string) {
	width := narrowest
	for _, id := range ids {
		for width < len(id) {
			width *= 4
		}
	}
	w.raw("CONCAT(CONVERT(")
	w.name(column)
	w.raw(" USING utf8mb4),'.') COLLATE utf8mb4_bin IN (SELECT CONCAT(j.id,'.') FROM JSON_TABLE(")
	w.bind(listOf(ids))
	w.raw(", '$[*]' COLUMNS(id VARCHAR(")
	w.text = strconv.AppendInt(w.text, int64(width), 10)
	w.raw(") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) j) AND CAST(CONVERT(")
	w.name(column)
	w.raw(" USING utf8mb4) AS BINARY) = ")
	w.exact(column)
}

// listOf returns the IDs as a list in JSON.
func listOf(ids []string) string {
	text := append(make([]byte, 0, sizeOf(ids)), '[')
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = canonical.AppendString(text, id)
	}
	return string(append(text, ']'))
}

// arrayOf returns the IDs as the text of an array in PostgreSQL.
func arrayOf(ids []string) string {
	text := append(make([]byte, 0, sizeOf(ids)), '{')
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '"')
		start := 0
		for j := range len(id) {
			if id[j] == '"' || id[j] == '\\' {
				text = append(append(text, id[start:j]...), '\\')
				start = j
			}
		}
		text = append(append(text, id[start:]...), '"')
	}
	return string(append(text, '}'))
}

// sizeOf returns the size of a list of IDs that need no escapes.
func sizeOf(ids []string) int {
	size := len("[]")
	for _, id := range ids {
		size += len(id) + len(`"",`)
	}
	return size
}
