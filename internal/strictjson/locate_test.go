package strictjson_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// located is a document in which places are looked for.
const located = `{
  "name" : "A, \"B\": {[",
  "list" : [ 10, -2.5e3, true, null, [ ], { "a.b" : "first", "a" : { "b" : "second" } } ],
  "quoted key" : { "x\ty" : 1, "\u0061\u00e9" : 2, "[0]" : 3, "" : 4 }
}
`

func TestLocateFindsTheValueOfAPlace(t *testing.T) {
	t.Parallel()
	for place, start := range map[string]string{
		"":                       `{` + "\n",
		"name":                   `"A, `,
		"list":                   `[ 10`,
		"list[0]":                `10`,
		"list[1]":                `-2.5e3`,
		"list[2]":                `true`,
		"list[3]":                `null`,
		"list[4]":                `[ ]`,
		"list[5]":                `{ "a.b"`,
		`list[5]["a.b"]`:         `"first"`,
		`list[5]["a"]["b"]`:      `"second"`,
		"list[5].a.b":            `"second"`,
		`["list"][5]["a"].b`:     `"second"`,
		`["quoted key"]`:         `{ "x\ty"`,
		`["quoted key"]["x\ty"]`: `1, "\u0061`,
		`["quoted key"]["aé"]`:   `2, "[0]"`,
		`["quoted key"]["[0]"]`:  `3, ""`,
		`["quoted key"][""]`:     `4 }`,

		// Of a long key a place has the start only.
		`["quoted"...]`:         `{ "x\ty"`,
		`["quoted"...]["["...]`: `3, ""`,
		`["quoted key"...]`:     `{ "x\ty"`,

		// Without such a value it is the nearest one around it.
		"size":                      `{` + "\n",
		"Name":                      `{` + "\n",
		"name.first":                `"A, `,
		"name[0]":                   `"A, `,
		"list[6]":                   `[ 10`,
		"list[5].c.d":               `{ "a.b"`,
		"list[5].a.c":               `{ "b"`,
		"list.name":                 `[ 10`,
		"list[0].x":                 `10`,
		"list[4][0]":                `[ ]`,
		`list["0"]`:                 `[ 10`,
		`["quoted key"][0]`:         `{ "x\ty"`,
		`["unknown"...]`:            `{` + "\n",
		"list[-1]":                  `[ 10`,
		"list[x]":                   `[ 10`,
		"list[":                     `[ 10`,
		"list[9999999999999999999]": `[ 10`,
		`["list`:                    `{` + "\n",
		"list[5].a.b.c.d.e.f":       `"second"`,
	} {
		assert.Equal(t, strings.Index(located, start), strictjson.Locate([]byte(located), place), "the place %s", place)
	}
}

func TestLocateOfWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		"", " ", "{", "[", `{"a`, `{"a"`, `{"a":`, `{"a":[`, "nonsense", `{"a":]}`, "\xff", `[,]`,
	} {
		for _, place := range []string{"", "a", "a[0]", "[0]", `["a"...]`} {
			at := strictjson.Locate([]byte(document), place)
			assert.LessOrEqual(t, at, len(document), "%q in %q", place, document)
			assert.GreaterOrEqual(t, at, 0, "%q in %q", place, document)
		}
	}
}

// A document may be wrong in a thousand places, so it is not read again for each.
func TestLocateAllFindsEachPlace(t *testing.T) {
	t.Parallel()
	places := []string{
		"list[5].a.b", "size", "list", "list[5].a.b", "", `["quoted"...][""]`, `["quoted"...]`, "list[5].a.c", "list[1]",
	}
	all := strictjson.LocateAll([]byte(located), places)
	require.Len(t, all, len(places))
	for i, place := range places {
		assert.Equal(t, strictjson.Locate([]byte(located), place), all[i], "the place %s", place)
	}
	assert.Empty(t, strictjson.LocateAll([]byte(located), nil))
}

func TestLocateAllTakesTheFirstOfTwoKeysWithTheSameStart(t *testing.T) {
	t.Parallel()
	const document = `{"long name":1,"long time":2,"long time":3}`
	assert.Equal(t, []int{strings.Index(document, "1"), strings.Index(document, "2")},
		strictjson.LocateAll([]byte(document), []string{`["long"...]`, `["long time"]`}))
}

// Reading a text with an escape allocates, so the allocations tell how often the texts are read.
func TestLocateAllReadsTheDocumentOnce(t *testing.T) {
	const number = 500
	var places []string
	document := []byte("[")
	for i := range number {
		document = fmt.Appendf(document, "%s\n", strings.Repeat(`"t\u0065xt",`, 20))
		places = append(places, fmt.Sprintf("[%d]", 20*i))
	}
	document = append(document, "0]"...)
	once := testing.AllocsPerRun(1, func() { strictjson.LocateAll(document, places[number-1:]) })
	all := testing.AllocsPerRun(1, func() { strictjson.LocateAll(document, places) })
	assert.Greater(t, once, 10_000.0, "allocations for one place")
	assert.Less(t, all, 2*once, "allocations for %d places", number)
	offsets := strictjson.LocateAll(document, places)
	for i, position := range strictjson.Positions(document, offsets) {
		require.Equal(t, i+1, position.Line, places[i])
	}
}

func TestLineAndColumnCountFromOne(t *testing.T) {
	t.Parallel()
	const text = "ab\n\ncé\r\nd"
	for offset, want := range map[int]strictjson.Position{
		0: {1, 1}, 1: {1, 2}, 2: {1, 3}, 3: {2, 1}, 4: {3, 1}, 5: {3, 2}, 7: {3, 4}, 8: {3, 5}, 9: {4, 1}, 10: {4, 2},
		11: {4, 2}, 1_000: {4, 2},
	} {
		line, column := strictjson.LineAndColumn([]byte(text), offset)
		assert.Equal(t, want, strictjson.Position{Line: line, Column: column}, "the byte %d", offset)
	}
	line, column := strictjson.LineAndColumn(nil, 0)
	assert.Equal(t, []int{1, 1}, []int{line, column}, "of no text")
}

func TestPositionsKeepTheOrderOfTheirOffsets(t *testing.T) {
	t.Parallel()
	const text = "ab\ncd\n"
	assert.Equal(t, []strictjson.Position{{2, 2}, {1, 1}, {3, 1}, {2, 2}, {1, 2}, {3, 1}},
		strictjson.Positions([]byte(text), []int{4, 0, 6, 4, 1, 99}))
	assert.Empty(t, strictjson.Positions([]byte(text), nil))
}
