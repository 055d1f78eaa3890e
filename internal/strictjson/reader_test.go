package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shelf is a document that has each kind of value, and each within another.
type shelf struct {
	name   string
	number int
	books  []string
	pages  map[string]int
	boxes  []map[string][]int
}

var shelfKeys = strictjson.Keys{Optional: []string{"name", "number", "books", "pages", "boxes"}}

func (s *shelf) read(r *strictjson.Reader) error {
	return r.Object(&shelfKeys, func(key string) (err error) {
		switch key {
		case "name":
			s.name, err = r.String()
		case "number":
			s.number, err = r.Int()
		case "books":
			s.books, err = strictjson.ListOf(r, 0, "", (*strictjson.Reader).String)
		case "pages":
			s.pages, err = mapOf((*strictjson.Reader).Int)(r)
		case "boxes":
			s.boxes, err = strictjson.ListOf(r, 0, "", mapOf(listOf((*strictjson.Reader).Int)))
		}
		return err
	})
}

// valueOf reads one value.
type valueOf[V any] func(*strictjson.Reader) (V, error)

func listOf[E any](element valueOf[E]) valueOf[[]E] {
	return func(r *strictjson.Reader) ([]E, error) { return strictjson.ListOf(r, 0, "", element) }
}

func mapOf[V any](value valueOf[V]) valueOf[map[string]V] {
	return func(r *strictjson.Reader) (map[string]V, error) {
		all := make(map[string]V)
		return all, strictjson.Map(r, all, 0, "", value)
	}
}

func readShelf(document string) (s shelf, err error) {
	return s, strictjson.Read([]byte(document), s.read)
}

func TestADocumentIsRead(t *testing.T) {
	t.Parallel()
	got, err := readShelf(`{"name":"A","number":12,"books":["x","y"],"pages":{"x":1,"y":0},` +
		`"boxes":[{},{"b":[3,4],"c":[]}]}`)
	require.NoError(t, err)
	assert.Equal(t, shelf{
		name: "A", number: 12, books: []string{"x", "y"}, pages: map[string]int{"x": 1, "y": 0},
		boxes: []map[string][]int{{}, {"b": {3, 4}, "c": nil}},
	}, got)
}

func TestWhiteSpaceMayStandBetween(t *testing.T) {
	t.Parallel()
	got, err := readShelf(" \t\r\n{ \"books\" : [ \"x\" , \"y\" ] ,\n\t\"number\":\r7 , " +
		"\"pages\" : { } , \"boxes\" : [ ] } \n\n")
	require.NoError(t, err)
	assert.Equal(t, shelf{number: 7, books: []string{"x", "y"}, pages: map[string]int{}}, got)
}

func TestAStringIsRead(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		`""`:                                 "",
		`" a "`:                              " a ",
		`"é 世 \ud83d\ude00"`:                 "é 世 😀",
		`"\"\\\/\b\f\n\r\t\u0041\u00e9"`:     "\"\\/\b\f\n\r\tAé",
		`"a\\"`:                              `a\`,
		`"\u0000"`:                           "\x00",
		"\"\x7f\"":                           "\x7f",
		`"` + strings.Repeat("a", 1e5) + `"`: strings.Repeat("a", 1e5),
	} {
		got, err := readShelf(`{"name":` + document + `}`)
		assert.NoError(t, err, "the string %.40s", document)
		assert.Equal(t, want, got.name, "the string %.40s", document)
	}
}

func TestANumberIsRead(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]int{
		"0": 0, "1": 1, "10": 10, "2147483646": 1<<31 - 2, "2147483647": 1<<31 - 1,
	} {
		got, err := readShelf(`{"number":` + document + `}`)
		assert.NoError(t, err, "the number %s", document)
		assert.Equal(t, want, got.number, "the number %s", document)
	}
}

func TestANumberIsRefused(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		"2147483648", "4294967296", "9223372036854775808", strings.Repeat("9", 1_000), "-1", "-0", "+1", "00", "01", "007",
		"1.0", "0.0", "1.", ".5", "1e0", "1E0", "1e", "0x1", "1_000", "Infinity", "NaN", "١",
	} {
		_, err := readShelf(`{"number":` + document + `}`)
		assert.Error(t, err, "the number %.40s", document)
	}
}

// hostileShelves says of each document what is wrong with it and where.
var hostileShelves = []struct{ sentence, document, problem string }{
	{"nothing at all", ``, "found the end at byte 0; expected an object"},
	{"white space only", " \n", "found the end at byte 2; expected an object"},
	{"a list for the document", `[]`, "found a list at byte 0; expected an object"},
	{"null for the document", `null`, "found null at byte 0; expected an object"},
	{"a byte order mark", "\ufeff{}", `found '\ufeff' at byte 0; expected an object`},
	{"a comment", `/**/{}`, `found '/' at byte 0; expected an object`},
	{"bytes that are not UTF-8", "{\"name\":\"\xff\"}", "the document is not UTF-8; save it as UTF-8"},
	{"bytes that are not UTF-8 after the end", "{}\xc3", "the document is not UTF-8; save it as UTF-8"},
	{"a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}", "the document is not UTF-8; save it as UTF-8"},

	{"a second document", `{}{}`, "found an object at byte 2; expected the end of the document"},
	{"a second bracket", `{}]`, "found ']' at byte 2; expected the end of the document"},
	{"a zero byte after the end", "{}\x00", `found '\x00' at byte 2; expected the end of the document`},
	{"a zero byte and more after the end", "{} \x00{}", `found '\x00' at byte 3; expected the end of the document`},
	{"a space that is none of JSON's", "{}\u00a0", `found '\u00a0' at byte 2; expected the end of the document`},
	{"a vertical tab", "{}\v", `found '\v' at byte 2; expected the end of the document`},
	{"a form feed", "\f{}", `found '\f' at byte 0; expected an object`},

	{"an object that does not end", `{`, "found the end at byte 1; expected a string"},
	{"an object that does not end after a member", `{"number":1`, "found the end at byte 11; expected ',' or '}'"},
	{"an object that ends as a list does", `{"number":1]`, "found ']' at byte 11; expected ',' or '}'"},
	{"an object without a colon", `{"number" 1}`, `found a number at byte 10; expected ':' after the key "number"`},
	{"an object without a value", `{"number":}`,
		"number: found '}' at byte 10; expected a whole number from 0 to 2147483647"},
	{"an object without a comma", `{"number":1 "name":""}`, "found a string at byte 12; expected ',' or '}'"},
	{"an object with a comma too many", `{"number":1,}`, "found '}' at byte 12; expected a string"},
	{"an object with nothing but a comma", `{,}`, "found ',' at byte 1; expected a string"},
	{"a key without quotes", `{number:1}`, "found 'n' at byte 1; expected a string"},
	{"a key in single quotes", `{'number':1}`, `found '\'' at byte 1; expected a string`},
	{"a number for a key", `{1:1}`, "found a number at byte 1; expected a string"},
	{"null for a key", `{null:1}`, "found null at byte 1; expected a string"},
	{"a key that does not end", `{"number`, "found a string at byte 1; expected a string that ends"},
	{"a damaged key", `{"\ud800":1}`, "text with U+FFFD, which stands for damaged text; replace the damaged text"},

	{"an unknown key", `{"size":1}`, `unknown key "size"; known keys: books, boxes, name, number, pages`},
	{"a misspelt key", `{"numbr":1}`, `unknown key "numbr"; did you mean "number"?`},
	{"a mis-cased key", `{"Number":1}`, `unknown key "Number"; did you mean "number"?`},
	{"a key with a space", `{"number ":1}`, `unknown key "number "; did you mean "number"?`},
	{"a key with a letter that folds to another", `{"boo\u212as":[]}`,
		"unknown key \"boo\u212as\"; did you mean \"books\"?"},
	{"an empty key", `{"":1}`, `unknown key ""; known keys: books, boxes, name, number, pages`},
	{"a key that is repeated", `{"number":1,"number":1}`, `key "number" is repeated; keep one of the two`},
	{"a key that is repeated in two spellings", `{"number":1,"n\u0075mber":1}`,
		`key "number" is repeated; keep one of the two`},
	{"a key of a map that is repeated", `{"pages":{"x":1,"y":2,"x":3}}`,
		`pages: key "x" is repeated; keep one of the two`},
	{"a key of a map that is repeated in two spellings", `{"pages":{"x":1,"\u0078":3}}`,
		`pages: key "x" is repeated; keep one of the two`},

	{"null for a string", `{"name":null}`, "name: found null at byte 8; expected a string"},
	{"true for a string", `{"name":true}`, "name: found true at byte 8; expected a string"},
	{"false for a string", `{"name":false}`, "name: found false at byte 8; expected a string"},
	{"a number for a string", `{"name":7}`, "name: found a number at byte 8; expected a string"},
	{"an object for a string", `{"name":{}}`, "name: found an object at byte 8; expected a string"},
	{"a list for a string", `{"name":[]}`, "name: found a list at byte 8; expected a string"},
	{"a bare word for a string", `{"name":wallet}`, "name: found 'w' at byte 8; expected a string"},
	{"a string that does not end", `{"name":"a`, "name: found a string at byte 8; expected a string that ends"},
	{"a string that ends in a backslash", `{"name":"a\`, "name: found a string at byte 8; expected a well-formed string"},
	{"a string that ends in an escaped quote", `{"name":"a\"`,
		"name: found a string at byte 8; expected a well-formed string"},
	{"an escape that is none", `{"name":"\x41"}`, "name: found a string at byte 8; expected a well-formed string"},
	{"an escape cut short", `{"name":"\u00"}`, "name: found a string at byte 8; expected a well-formed string"},
	{"a line break in a string", "{\"name\":\"a\nb\"}",
		"name: found a string at byte 8; expected a string without control characters"},
	{"the last control character in a string", "{\"name\":\"\x1f\"}",
		"name: found a string at byte 8; expected a string without control characters"},
	{"a zero byte in a string", "{\"name\":\"\x00\"}",
		"name: found a string at byte 8; expected a string without control characters"},
	{"a control character after an escape", "{\"name\":\"\\n\n\"}",
		"name: found a string at byte 8; expected a well-formed string"},
	{"a high surrogate alone", `{"name":"\ud83d"}`,
		"name: text with U+FFFD, which stands for damaged text; replace the damaged text"},
	{"a low surrogate alone", `{"name":"\ude00"}`,
		"name: text with U+FFFD, which stands for damaged text; replace the damaged text"},
	{"surrogates in the wrong order", `{"name":"\ude00\ud83d"}`,
		"name: text with U+FFFD, which stands for damaged text; replace the damaged text"},
	{"a replacement character", "{\"name\":\"\ufffd\"}",
		"name: text with U+FFFD, which stands for damaged text; replace the damaged text"},
	{"an escaped replacement character", `{"name":"\ufffd"}`,
		"name: text with U+FFFD, which stands for damaged text; replace the damaged text"},

	{"null for a number", `{"number":null}`,
		"number: found null at byte 10; expected a whole number from 0 to 2147483647"},
	{"a string for a number", `{"number":"1"}`,
		"number: found a string at byte 10; expected a whole number from 0 to 2147483647"},
	{"a negative number", `{"number":-1}`,
		"number: found a number at byte 10; expected a whole number from 0 to 2147483647"},
	{"a fraction", `{"number": 1.0}`,
		"number: found a number at byte 11; expected a whole number from 0 to 2147483647"},
	{"a power of ten", `{"number":1e0}`,
		"number: found a number at byte 10; expected a whole number from 0 to 2147483647"},
	{"a power of ten in capitals", `{"number":1E0}`,
		"number: found a number at byte 10; expected a whole number from 0 to 2147483647"},
	{"a leading zero", `{"number":01}`,
		"number: found a number at byte 10; expected a whole number from 0 to 2147483647"},
	{"the smallest number that is too large", `{"number":2147483648}`,
		"number: found a number at byte 10; expected a whole number from 0 to 2147483647"},
	{"the document ends in a number", `{"number":1`, "found the end at byte 11; expected ',' or '}'"},
	{"a letter after a number", `{"number":1a}`, "found 'a' at byte 11; expected ',' or '}'"},
	{"a sign", `{"number":+1}`, "number: found '+' at byte 10; expected a whole number from 0 to 2147483647"},
	{"nine", `{"name":9}`, "name: found a number at byte 8; expected a string"},
	{"zero", `{"name":0}`, "name: found a number at byte 8; expected a string"},
	{"the character before zero", `{"name":/}`, "name: found '/' at byte 8; expected a string"},
	{"a letter beyond ASCII", `{"name":é}`, "name: found 'é' at byte 8; expected a string"},

	{"null for a list", `{"books":null}`, "books: found null at byte 9; expected a list"},
	{"an object for a list", `{"books":{}}`, "books: found an object at byte 9; expected a list"},
	{"null in a list", `{"books":["x",null]}`, "books[1]: found null at byte 14; expected a string"},
	{"a list in a list", `{"books":["x","y",[]]}`, "books[2]: found a list at byte 18; expected a string"},
	{"a list that does not end", `{"books":["x"`, "books: found the end at byte 13; expected ',' or ']'"},
	{"a list that ends as an object does", `{"books":["x"}`, "books: found '}' at byte 13; expected ',' or ']'"},
	{"a list without a comma", `{"books":["x" "y"]}`, "books: found a string at byte 14; expected ',' or ']'"},
	{"a list with a comma too many", `{"books":["x",]}`, "books[1]: found ']' at byte 14; expected a string"},
	{"a list with nothing but a comma", `{"books":[,]}`, "books[0]: found ',' at byte 10; expected a string"},

	{"null for a map", `{"pages":null}`, "pages: found null at byte 9; expected an object"},
	{"null in a map", `{"pages":{"x":null}}`,
		`pages["x"]: found null at byte 14; expected a whole number from 0 to 2147483647`},
	{"a list for a map", `{"pages":[]}`, "pages: found a list at byte 9; expected an object"},
	{"a key of a map with quotes in it", `{"pages":{"a\"b":[]}}`,
		`pages["a\"b"]: found a list at byte 17; expected a whole number from 0 to 2147483647`},
	{"a wrong value deep inside", `{"boxes":[{},{"b":[1,2,-3]}]}`,
		`boxes[1]["b"][2]: found a number at byte 23; expected a whole number from 0 to 2147483647`},
	{"a key that is repeated deep inside", `{"boxes":[{},{"b":[],"b":[]}]}`,
		`boxes[1]: key "b" is repeated; keep one of the two`},
}

func TestAHostileDocumentIsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range hostileShelves {
		_, err := readShelf(row.document)
		assert.EqualError(t, err, row.problem, row.sentence)
		var problem *strictjson.Error
		assert.ErrorAs(t, err, &problem, row.sentence)
	}
}

// A document cannot be nested deeper than the code that reads it, so the depth is refused where it starts.
func TestDeepNestingIsRefusedAtTheFirstLevelThatIsTooMany(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 1_000_000)
	_, err := readShelf(deep)
	assert.EqualError(t, err, "found a list at byte 0; expected an object")
	_, err = readShelf(`{"books":[` + deep)
	assert.EqualError(t, err, "books[0]: found a list at byte 10; expected a string")
	_, err = readShelf(`{"boxes":[` + strings.Repeat(`{"a":`, 1_000_000))
	assert.EqualError(t, err, `boxes[0]["a"]: found an object at byte 15; expected a list`)
}

func TestAProblemSaysWhereWhatAndWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := readShelf(`{"boxes":[{"b":[1,"2"]}]}`)
	var problem *strictjson.Error
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, strictjson.Error{
		Place:   `boxes[0]["b"][1]`,
		Problem: "found a string at byte 18",
		Hint:    "expected a whole number from 0 to 2147483647",
		Offset:  18,
	}, *problem)
}

// What the caller finds wrong itself gets its place in the same way.
func TestTheCallersProblemGetsItsPlace(t *testing.T) {
	t.Parallel()
	refuse := func(*strictjson.Reader) error { return &strictjson.Error{Problem: "too heavy", Hint: "take another"} }
	err := strictjson.Read([]byte(`{"books":[`), func(r *strictjson.Reader) error {
		return r.Object(&shelfKeys, func(string) error { return r.List(0, "", refuse) })
	})
	assert.EqualError(t, err, "books[0]: too heavy; take another")
}

func TestPlacesWithinObjectsAreJoinedByDots(t *testing.T) {
	t.Parallel()
	outer := strictjson.Keys{Optional: []string{"inner"}}
	err := strictjson.Read([]byte(`{"inner":{"number":""}}`), func(r *strictjson.Reader) error {
		return r.Object(&outer, func(string) error { return new(shelf).read(r) })
	})
	assert.EqualError(t, err, "inner.number: found a string at byte 19; expected a whole number from 0 to 2147483647")
}

func TestAnotherErrorOfTheCallerIsHandedOn(t *testing.T) {
	t.Parallel()
	other := errors.New("out of paper")
	err := strictjson.Read([]byte(`{"books":[1]}`), func(r *strictjson.Reader) error {
		return r.Object(&shelfKeys, func(string) error {
			return r.List(0, "", func(*strictjson.Reader) error { return other })
		})
	})
	assert.Equal(t, other, err)
}

// What stands in memory after the document is none of it.
func TestNothingIsReadBeyondTheEnd(t *testing.T) {
	t.Parallel()
	const longer = `{"name":"\n"}`
	for end := range len(longer) {
		var s shelf
		beyond := strictjson.Read([]byte(longer)[:end], s.read)
		_, err := readShelf(longer[:end])
		require.Error(t, err, "the first %d bytes", end)
		assert.Equal(t, err, beyond, "the first %d bytes", end)
	}
}

// crate has two fields that a document needs, and two that are bounded.
type crate struct {
	id, kind string
	sealed   bool
	packed   time.Time
	labels   []string
	weights  map[string]int
}

var crateKeys = strictjson.Keys{
	Required: []string{"id", "kind"},
	Optional: []string{"sealed", "packed", "labels", "weights"},
}

func (c *crate) read(r *strictjson.Reader) error {
	return r.Object(&crateKeys, func(key string) (err error) {
		switch key {
		case "id":
			c.id, err = r.String()
		case "kind":
			c.kind, err = r.String()
		case "sealed":
			c.sealed, err = r.Bool()
		case "packed":
			c.packed, err = r.Time()
		case "labels":
			c.labels, err = strictjson.ListOf(r, 2, "labels", (*strictjson.Reader).String)
		case "weights":
			c.weights = make(map[string]int)
			err = strictjson.Map(r, c.weights, 2, "weights", (*strictjson.Reader).Int)
		}
		return err
	})
}

func readCrate(document string) (c crate, err error) {
	return c, strictjson.Read([]byte(document), c.read)
}

// crateWith is a crate that has what it needs, and one field more.
func crateWith(field string) string { return `{"id":"a","kind":"b",` + field + `}` }

func TestObjectReadsItsFieldsInAnyOrder(t *testing.T) {
	t.Parallel()
	want := crate{
		id: "a", kind: "b", sealed: true, packed: time.Date(2027, time.January, 31, 0, 0, 0, 0, time.UTC),
		labels: []string{"x", "y"}, weights: map[string]int{"x": 1, "y": 2},
	}
	for _, document := range []string{
		`{"id":"a","kind":"b","sealed":true,"packed":"2027-01-31T00:00:00Z","labels":["x","y"],"weights":{"x":1,"y":2}}`,
		`{"weights":{"y":2,"x":1},"labels":["x","y"],"packed":"2027-01-31T00:00:00Z","sealed":true,"kind":"b","id":"a"}`,
	} {
		got, err := readCrate(document)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestObjectNeedsItsRequiredFields(t *testing.T) {
	t.Parallel()
	for document, problem := range map[string]string{
		`{"id":"a","kind":"b"}`:  "",
		`{"id":"","kind":""}`:    "", // whether a text may be empty is for the caller to say
		`{"kind":"b","id":"a"}`:  "",
		`{"id":"a"}`:             "no kind; it is required",
		`{"kind":"b"}`:           "no id; it is required",
		`{}`:                     "no id; it is required",
		`{"sealed":true}`:        "no id; it is required",
		`{"id":"a","Kind":"b"}`:  `unknown key "Kind"; did you mean "kind"?`,
		`{"id":"a","kind":null}`: "kind: found null at byte 17; expected a string",
	} {
		_, err := readCrate(document)
		if problem == "" {
			assert.NoError(t, err, document)
			continue
		}
		assert.EqualError(t, err, problem, document)
	}
}

func TestAMissingFieldIsMissingFromTheObjectThatNeedsIt(t *testing.T) {
	t.Parallel()
	const document = " [ {\"id\":\"a\",\"kind\":\"b\"},\n  {\"id\":\"c\"} ]"
	err := strictjson.Read([]byte(document), func(r *strictjson.Reader) error {
		return r.List(0, "", func(r *strictjson.Reader) error { return new(crate).read(r) })
	})
	assert.Equal(t, &strictjson.Error{Place: "[1]", Problem: "no kind", Hint: "it is required", Offset: 28}, err)
}

func TestAListAndAMapAreBounded(t *testing.T) {
	t.Parallel()
	for field, problem := range map[string]string{
		`"labels":[]`:                      "",
		`"labels":["x","y"]`:               "",
		`"labels":["x","y","z"]`:           "labels: more than 2 labels; leave some out",
		`"labels":["x","y",null]`:          "labels: more than 2 labels; leave some out",
		`"labels":["x","y", and whatever`:  "labels: more than 2 labels; leave some out",
		`"weights":{}`:                     "",
		`"weights":{"x":1,"y":2}`:          "",
		`"weights":{"x":1,"y":2,"z":3}`:    "weights: more than 2 weights; leave some out",
		`"weights":{"x":1,"y":2,"x":1}`:    "weights: more than 2 weights; leave some out",
		`"weights":{"x":1,"x":2,"z":3}`:    `weights: key "x" is repeated; keep one of the two`,
		`"weights":{"x":1,"y":2, whatever`: "weights: more than 2 weights; leave some out",
		`"labels":["x"],"weights":{"x":-1}`: `weights["x"]: found a number at byte 51; ` +
			`expected a whole number from 0 to 2147483647`,
	} {
		_, err := readCrate(crateWith(field))
		if problem == "" {
			assert.NoError(t, err, field)
			continue
		}
		assert.EqualError(t, err, problem, field)
	}
	_, err := readCrate(crateWith(`"labels":["x", "y",  "z"]`))
	var bound *strictjson.Error
	require.ErrorAs(t, err, &bound)
	assert.Equal(t, 42, bound.Offset, "where the third label starts")
}

func TestABoolIsRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"true": true, "false": false, " true ": true, "\nfalse": false} {
		got, err := readCrate(crateWith(`"sealed":` + text))
		assert.NoError(t, err, text)
		assert.Equal(t, want, got.sealed, text)
	}
	for _, text := range []string{
		"null", "0", "1", `"true"`, `"false"`, "True", "FALSE", "yes", "tru", "t", "[]", "{}", "", "trueish", "falsely",
		"true1",
	} {
		got, err := readCrate(crateWith(`"sealed":` + text))
		assert.Error(t, err, "%q", text)
		assert.False(t, got.sealed && !strings.HasPrefix(text, "true"), "%q", text)
	}
}

func TestATimeIsRead(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 8*60*60)
	for text, want := range map[string]time.Time{
		"2027-01-31T00:00:00Z":           time.Date(2027, time.January, 31, 0, 0, 0, 0, time.UTC),
		"2027-01-31T08:00:00+08:00":      time.Date(2027, time.January, 31, 8, 0, 0, 0, east),
		"2027-01-31T00:00:00.000000001Z": time.Date(2027, time.January, 31, 0, 0, 0, 1, time.UTC),
		"2027-01-31T00:00:00.5-08:00":    time.Date(2027, time.January, 31, 8, 0, 0, 500_000_000, time.UTC),
		"2028-02-29T23:59:59.999Z":       time.Date(2028, time.February, 29, 23, 59, 59, 999_000_000, time.UTC),
		"0001-01-01T00:00:00Z":           {}, // whether the zero time is an instant is for the caller to say
		"2027-01-31T00:00:00-00:00":      time.Date(2027, time.January, 31, 0, 0, 0, 0, time.UTC),
		"2027-01-31T00:00:00+23:59":      time.Date(2027, time.January, 30, 0, 1, 0, 0, time.UTC),
		"9999-12-31T23:59:59Z":           time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
	} {
		got, err := readCrate(crateWith(`"packed":"` + text + `"`))
		assert.NoError(t, err, text)
		assert.True(t, want.Equal(got.packed), "%s is %s", text, got.packed)
	}
}

func TestATimeIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "2027", "2027-01-31", "2027-01-31T00:00:00", "2027-01-31 00:00:00Z", "2027-01-31t00:00:00Z",
		"2027-01-31T00:00:00z",
		"2027-01-31T24:00:00Z", "2027-01-31T00:60:00Z", "2027-01-31T00:00:60Z", "2027-02-29T00:00:00Z",
		"2027-13-01T00:00:00Z",
		"2027-00-01T00:00:00Z", "2027-1-31T00:00:00Z", "2027-01-31T0:00:00Z", "27-01-31T00:00:00Z", "12027-01-31T00:00:00Z",
		"-2027-01-31T00:00:00Z", "+2027-01-31T00:00:00Z", "2027-01-31T00:00:00+0800", "2027-01-31T00:00:00+24:00",
		"2027-01-31T00:00:00+08:60", "2027-01-31T00:00:00,5Z",
		"2027-01-31T00:00:00,1234Z", "2027-01-31T00:00:00,12345678901Z", "2027-01-31T00:00:00+08",
		"2027-01-31T00:00:00.Z", "2027-01-31T00:00Z", "2027-01-31T00:00:00Z ",
		" 2027-01-31T00:00:00Z", "2027-01-31T00:00:00UTC", "1801353600", "Sun, 31 Jan 2027 00:00:00 GMT", "tomorrow",
		"2027-01-31T00:00:00.0000000000Z", "2027-01-31T00:00:00.1234567891Z", "2027-01-31T00:00:00.1234567890+08:00",
	} {
		_, err := readCrate(crateWith(`"packed":"` + text + `"`))
		assert.EqualError(t, err, fmt.Sprintf("packed: %q is no instant; write it as 2027-01-31T00:00:00Z", text), text)
	}
	for text, found := range map[string]string{
		"null": "null", "1801353600": "a number", "{}": "an object", "@2027-01-31T00:00:00Z@": "'@'",
	} {
		_, err := readCrate(crateWith(`"packed":` + text))
		assert.EqualError(t, err, "packed: found "+found+" at byte 30; expected a string")
	}
}

// Each error knows the byte at which it is, so that a file can be opened there.
func TestAProblemKnowsItsByte(t *testing.T) {
	t.Parallel()
	for document, start := range map[string]string{
		`{"name": 7}`:                      `7}`,
		`{"name":"a", "Number": 1}`:        `"Number"`,
		`{"name":"a", "name":"b"}`:         `"name":"b"`,
		`{"books":["a",  "\ufffd"]}`:       `"\ufffd"`,
		`{"pages":{"x": 1, "y": -1}}`:      `-1`,
		`{"pages":{"x": 1, "x": 1}}`:       `"x": 1}}`,
		`{"boxes":[{}, {"b": [1, "2"]}]}`:  `"2"`,
		"{\"name\":\"\xff\"}":              "\xff",
		"{\"name\":\"é\xe4\xb8\"}":         "\xe4\xb8\"",
		`{"name":"a"} {}`:                  `{}`,
		`{"number": 1 "name":"a"}`:         `"name":"a"}`,
		`{"boxes":[{"\ud800":[]}]}`:        `"\ud800"`,
		`{"name":"a`:                       `"a`,
		`{"name":"a",` + "\n\t" + `"x":1}`: `"x"`,
	} {
		_, err := readShelf(document)
		var problem *strictjson.Error
		require.ErrorAs(t, err, &problem, document)
		assert.Equal(t, strings.LastIndex(document, start), problem.Offset, "%s: %v", document, err)
	}
}
