package rbac

import (
	"fmt"
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

// NoColumn means that the table has no such column. Each field says what follows from
// that.
const NoColumn = "-"

// Columns names the columns of the host's table that say what resource a row is. Kind,
// Tenant, Workspace, MiniProgram and Owner each name a column, or are NoColumn where that
// is allowed. An empty one is an error, so that none is forgotten. NULL is read as an
// empty text.
//
// A column is an identifier [A-Za-z_][A-Za-z0-9_]* of at most 64 bytes, qualified by a
// table and a schema where needed ("m.workspace_id"). It is quoted, so write it in
// PostgreSQL as the catalog has it. Qualify columns in PostgreSQL: there, a bare name that
// is the table's own means the whole row.
type Columns struct {
	Dialect     Dialect
	Kind        string // "tenant" or "developer"; NoColumn: no two workspaces of different kinds have one ID
	Tenant      string // NoColumn: the whole table is the member's tenant's; for a filter of two tenants, an error
	Workspace   string // never NoColumn
	MiniProgram string // NULL or '' for a workspace-level thing; NoColumn: every row is one
	Owner       string // NULL or '' if unknown; NoColumn: no row has a known owner

	Bytewise    bool               // every named column compares byte by byte; where one does not, other IDs match too
	Placeholder func(n int) string // of argument n, from 1; nil is the dialect's own
	Offset      int                // placeholders that the host's query has before the clause, from 0 to 65,535
}

// MemberColumns names the columns of members JOIN assignments LEFT JOIN their mini
// programs: one row for each mini program of each assignment, or one for an assignment
// without any. Use the clause in IN (SELECT …) or EXISTS, so that a member counts once.
// Column names follow the rules of Columns.
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
		if !isColumn(column.name) && (column.name != NoColumn || !column.optional) {
			p.add("columns."+column.field, column.problem(), column.hint())
		}
	}
	if offset < 0 || offset > mostPlaceholders {
		p.add("columns.offset", fmt.Sprintf("%d placeholders are used already", offset),
			fmt.Sprintf("use 0 to %d", mostPlaceholders))
	}
	return p
}

// mostPlaceholders is how many placeholders a query may have: PostgreSQL and MySQL count
// them in 16 bits, and SQLite takes fewer.
const mostPlaceholders = 65_535

func (c *namedColumn) problem() string {
	switch c.name {
	case NoColumn:
		return "the clause needs a column"
	case "":
		return "no column is named"
	}
	return "invalid column name " + suggest.Quote(c.name)
}

func (c *namedColumn) hint() string {
	switch {
	case c.name != NoColumn && c.name != "":
		return `use [A-Za-z_][A-Za-z0-9_]*, qualified with "." where needed`
	case c.optional:
		return "name the column that holds it, or say NoColumn"
	}
	return "name the column that holds it"
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

// clauseWriter writes a clause from left to right. The caller leaves out conditions that
// no row can meet.
type clauseWriter struct {
	dialect     Dialect
	bytewise    bool
	placeholder func(n int) string
	offset      int
	toStored    func(time.Time) any
	text        strings.Builder
	args        []any
}

// start makes room for a clause of usual length.
func (w *clauseWriter) start() {
	size := 512
	if w.dialect == MySQL && !w.bytewise {
		size = 1_024
	}
	w.text.Grow(size)
	w.args = make([]any, 0, 16)
}

func (w *clauseWriter) open()  { w.raw("(") }
func (w *clauseWriter) close() { w.raw(")") }

// and separates the condition that follows from the one before it.
func (w *clauseWriter) and() { w.separate(" AND ") }

// or separates the condition that follows from the one before it.
func (w *clauseWriter) or() { w.separate(" OR ") }

// separate writes the operator, except where the first condition of a group follows.
func (w *clauseWriter) separate(operator string) {
	if text := w.text.String(); text != "" && text[len(text)-1] != '(' {
		w.raw(operator)
	}
}

func (w *clauseWriter) raw(text string) { w.text.WriteString(text) }

// name writes a quoted column name, and returns it.
func (w *clauseWriter) name(column string) string {
	start := w.text.Len()
	quote := byte('`')
	if w.dialect == PostgreSQL {
		quote = '"'
	}
	for {
		part, rest, more := strings.Cut(column, ".")
		w.text.WriteByte(quote)
		w.text.WriteString(part)
		w.text.WriteByte(quote)
		if !more {
			return w.text.String()[start:]
		}
		w.text.WriteByte('.')
		column = rest
	}
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
		w.raw("$")
		w.raw(strconv.Itoa(n))
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
	value := any(id)
	if w.bytewise {
		w.name(column)
		w.raw(" = ")
		w.bind(value)
		return
	}
	w.open()
	w.name(column)
	switch w.dialect {
	case PostgreSQL:
		w.raw(" = ")
		w.bind(value)
		w.raw(" AND ")
		w.bytesOf(column)
		w.raw(" = ")
		w.bind(value)
		w.raw("::text")
	case SQLite:
		w.raw(" IN (")
		w.bind(value)
		w.raw(", CAST(")
		w.bind(value)
		w.raw(" AS BLOB)) AND ")
		w.bytesOf(column)
		w.raw(" = CAST(")
		w.bind(value)
		w.raw(" AS BLOB)")
	case MySQL:
		w.raw(" = ")
		w.bind(value)
		w.raw(" AND ")
		w.bytesOf(column)
		w.raw(" = CAST(")
		w.bind(value)
		w.raw(" AS BINARY)")
	}
	w.close()
}

// bytesOf writes the bytes of a column. NULL stays NULL.
func (w *clauseWriter) bytesOf(column string) {
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
		name := w.name(column)
		w.raw("))='binary', CAST(")
		w.raw(name)
		w.raw(" AS BINARY), CAST(CONVERT(")
		w.raw(name)
		w.raw(" USING utf8mb4) AS BINARY))")
	}
}

// bytesOrEmpty writes the bytes of a column, or no bytes for NULL.
func (w *clauseWriter) bytesOrEmpty(column string) {
	w.raw("COALESCE(")
	switch {
	case w.bytewise:
		w.name(column)
		w.raw(", '')")
	case w.dialect == PostgreSQL:
		w.name(column)
		w.raw(` || '', '') COLLATE "C"`)
	case w.dialect == SQLite:
		w.bytesOf(column)
		w.raw(", x'')")
	default:
		w.bytesOf(column)
		w.raw(", '')")
	}
}

// emptyBytes writes the empty text as bytesOrEmpty compares with it.
func (w *clauseWriter) emptyBytes() {
	if w.dialect == SQLite && !w.bytewise {
		w.raw("x''")
		return
	}
	w.raw("''")
}

// isAnother writes that a column is neither empty nor the ID.
func (w *clauseWriter) isAnother(column, id string) {
	if w.dialect == PostgreSQL && !holdsText(id) {
		w.present(column)
		return
	}
	w.bytesOrEmpty(column)
	w.raw(" NOT IN (")
	w.emptyBytes()
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

// absent writes that a column is NULL or empty.
func (w *clauseWriter) absent(column string) {
	w.bytesOrEmpty(column)
	w.raw(" = ")
	w.emptyBytes()
}

// present writes that a column is neither NULL nor empty.
func (w *clauseWriter) present(column string) {
	w.bytesOrEmpty(column)
	w.raw(" <> ")
	w.emptyBytes()
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

// begun writes that a time column is NULL or not after the instant.
func (w *clauseWriter) begun(column string, now time.Time) { w.bound(column, " <= ", now) }

// notEnded writes that a time column is NULL or after the instant.
func (w *clauseWriter) notEnded(column string, now time.Time) { w.bound(column, " > ", now) }

func (w *clauseWriter) bound(column, operator string, instant time.Time) {
	w.open()
	w.name(column)
	w.raw(" IS NULL OR ")
	w.name(column)
	w.raw(operator)
	if w.toStored == nil {
		w.bind(instant)
	} else {
		w.bind(w.toStored(instant))
	}
	w.close()
}

// longList is how many IDs a list may have for the index on its column to be worth
// asking: above that, only the bytes are compared.
const longList = 32

// oneOf writes that a column is one of the IDs. However many there are, they are one or
// two arguments. An ID that a list of the database cannot hold is compared on its own.
func (w *clauseWriter) oneOf(column string, ids []string) {
	if len(ids) == 1 {
		w.equal(column, ids[0])
		return
	}
	list := w.listOf(ids)
	if list.count+len(list.others) == 0 {
		w.raw("1=0")
		return
	}
	w.open()
	if list.count > 0 {
		w.list(column, &list)
	}
	for _, id := range list.others {
		w.or()
		w.equal(column, id)
	}
	w.close()
}

// idList is a list of IDs as one argument.
type idList struct {
	value   any // a JSON array, or the text of an array in PostgreSQL
	count   int
	longest int      // bytes of the longest ID
	others  []string // IDs that the list cannot hold
}

// listOf returns the IDs as a list. No text of PostgreSQL can be an ID that its list
// cannot hold, so there they are left out.
func (w *clauseWriter) listOf(ids []string) (list idList) {
	begin, end, appendID := byte('['), byte(']'), canonical.AppendString
	if w.dialect == PostgreSQL {
		begin, end, appendID = '{', '}', appendElement
	}
	text := append(make([]byte, 0, listSize(ids)), begin)
	for _, id := range ids {
		plain := isPlain(id)
		switch {
		case w.dialect == MySQL && len(id) > widest, !plain && !holdsText(id):
			if w.dialect != PostgreSQL {
				list.others = append(list.others, id)
			}
			continue
		case plain:
			text = append(append(append(text, '"'), id...), '"', ',')
		default:
			text = append(appendID(text, id), ',')
		}
		list.count++
		list.longest = max(list.longest, len(id))
	}
	if list.count > 0 {
		text[len(text)-1] = end // in place of the last comma
		list.value = string(text)
	}
	return list
}

// isPlain reports whether an ID stands for itself in any list.
func isPlain(id string) bool {
	for i := range len(id) {
		if c := id[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendElement appends an ID as an element of an array in PostgreSQL.
func appendElement(to []byte, id string) []byte {
	to = append(to, '"')
	for i := range len(id) {
		if id[i] == '"' || id[i] == '\\' {
			to = append(to, '\\')
		}
		to = append(to, id[i])
	}
	return append(to, '"')
}

// listSize returns the size of a list of IDs that need no escapes.
func listSize(ids []string) int {
	size := len("[]")
	for _, id := range ids {
		size += len(id) + len(`"",`)
	}
	return size
}

// MySQL truncates a value that is longer than the column of a JSON_TABLE, which could
// make it another ID. So the column is as wide as the longest ID, in a few sizes, and
// even longer ones are compared on their own.
const (
	narrowest = 64
	widest    = 4_096
)

// holdsText reports whether an ID can stand in JSON and in a text of PostgreSQL.
func holdsText(id string) bool { return utf8.ValidString(id) && strings.IndexByte(id, 0) < 0 }

// list writes that a column is one of the IDs, natively and exactly as far as needed.
func (w *clauseWriter) list(column string, list *idList) {
	switch {
	case w.dialect == MySQL:
		w.jsonTable(column, list)
	case w.bytewise:
		w.nativeList(column, list.value)
	case list.count > longList:
		w.exactList(column, list.value)
	default:
		w.nativeList(column, list.value)
		w.raw(" AND ")
		w.exactList(column, list.value)
	}
}

func (w *clauseWriter) nativeList(column string, list any) {
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

func (w *clauseWriter) exactList(column string, list any) {
	w.bytesOf(column)
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
func (w *clauseWriter) jsonTable(column string, list *idList) {
	width := narrowest
	for width < list.longest {
		width *= 4
	}
	w.raw("CONCAT(CONVERT(")
	w.name(column)
	w.raw(" USING utf8mb4),'.') COLLATE utf8mb4_bin IN (SELECT CONCAT(j.id,'.') FROM JSON_TABLE(")
	w.bind(list.value)
	w.raw(", '$[*]' COLUMNS(id VARCHAR(")
	w.raw(strconv.Itoa(width))
	w.raw(") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) j) AND CAST(CONVERT(")
	w.name(column)
	w.raw(" USING utf8mb4) AS BINARY) = ")
	w.bytesOf(column)
}
