package strictjson_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plain and keyed are the maps of decoders of YAML: some have only texts for keys, some any value.
type (
	plain = map[string]any
	keyed = map[any]any
)

func crateOf(tree any) (c crate, err error) { return c, strictjson.ReadTree(tree, c.read) }

func TestReadTreeReadsWhatADecoderOfYAMLMakes(t *testing.T) {
	t.Parallel()
	packed := time.Date(2027, time.January, 31, 8, 0, 0, 1, time.FixedZone("", 8*60*60))
	want := crate{
		id: "a\n\"\\\x00\u2028é", kind: "b", sealed: true, packed: packed,
		labels: []string{"x", ""}, weights: map[string]int{"x": 1, "y": math.MaxInt32},
	}
	for name, tree := range map[string]any{
		"maps of texts": plain{
			"id": want.id, "kind": "b", "sealed": true, "packed": packed,
			"labels": []any{"x", ""}, "weights": plain{"x": 1, "y": int64(math.MaxInt32)},
		},
		"maps of anything": keyed{
			"id": want.id, "kind": "b", "sealed": true, "packed": "2027-01-31T08:00:00.000000001+08:00",
			"labels": []any{"x", ""}, "weights": keyed{"x": uint64(1), "y": uint64(math.MaxInt32)},
		},
	} {
		got, err := crateOf(tree)
		require.NoError(t, err, name)
		assert.True(t, packed.Equal(got.packed), "%s: %s", name, got.packed)
		got.packed = packed
		assert.Equal(t, want, got, name)
	}
}

// nested is so many lists, each in the one before.
func nested(depth int) any {
	var tree any = "deep"
	for range depth {
		tree = []any{tree}
	}
	return tree
}

func TestReadTreeRefusesWhatJSONWouldRefuse(t *testing.T) {
	t.Parallel()
	with := func(key string, value any) plain { return plain{"id": "a", "kind": "b", key: value} }
	for name, row := range map[string]struct {
		tree    any
		problem string
	}{
		"nothing":              {nil, "found null; expected an object"},
		"a text":               {"{}", "found a string; expected an object"},
		"a list":               {[]any{}, "found a list; expected an object"},
		"an instant":           {time.Now(), "found an instant; expected an object"},
		"a map without its id": {plain{"kind": "b"}, "no id; it is required"},
		"an unknown key": {with("size", 1),
			`unknown key "size"; known keys: id, kind, labels, packed, sealed, weights`},
		"a mis-cased key":     {with("Labels", nil), `unknown key "Labels"; did you mean "labels"?`},
		"null for a list":     {with("labels", nil), "labels: found null; expected a list"},
		"null in a list":      {with("labels", []any{nil}), "labels[0]: found null; expected a string"},
		"a number for a text": {with("labels", []any{7}), "labels[0]: found a number; expected a string"},
		"a bool for a text":   {with("labels", []any{true}), "labels[0]: found true; expected a string"},
		"an instant for a text": {with("labels", []any{time.Now()}),
			"labels[0]: found an instant; expected a string"},
		"a text for a bool":   {with("sealed", "yes"), "sealed: found a string; expected true or false"},
		"a number for a bool": {with("sealed", 1), "sealed: found a number; expected true or false"},
		"a number for a time": {with("packed", 1801353600), "packed: found a number; expected a string"},
		"a text for a number": {with("weights", plain{"x": "1"}),
			`weights["x"]: found a string; expected a whole number from 0 to 2147483647`},
		"a fraction": {with("weights", plain{"x": 1.5}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"a float that is whole": {with("weights", plain{"x": 1.0}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"a large float": {with("weights", plain{"x": 1e30}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"no number": {with("weights", plain{"x": math.NaN()}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"infinity": {with("weights", plain{"x": math.Inf(1)}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"minus infinity": {with("weights", plain{"x": math.Inf(-1)}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"a negative number": {with("weights", plain{"x": -1}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"a number too large": {with("weights", plain{"x": uint64(math.MaxUint64)}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"a negative number that is too large": {with("weights", plain{"x": int64(math.MinInt64)}),
			`weights["x"]: found a number; expected a whole number from 0 to 2147483647`},
		"too many labels":  {with("labels", []any{"x", "y", "z"}), "labels: more than 2 labels; leave some out"},
		"too many weights": {with("weights", keyed{"x": 1, "y": 1, "z": 1}), "weights: more than 2 weights; leave some out"},

		"a number for a key": {keyed{1: "a"}, "the key 1 is no text; quote it"},
		"a bool for a key":   {with("weights", keyed{true: 1}), "weights: the key true is no text; quote it"},
		"null for a key":     {with("labels", []any{keyed{nil: 1}}), "labels[0]: the key <nil> is no text; quote it"},
		"a text that is not UTF-8": {with("labels", []any{"\xff"}),
			"labels[0]: text that is not UTF-8; replace the damaged text"},
		"a key that is not UTF-8": {plain{"\xff": 1}, "text that is not UTF-8; replace the damaged text"},
		"a damaged text": {with("labels", []any{"a\ufffd"}),
			"labels[0]: text with U+FFFD, which stands for damaged text; replace the damaged text"},
		"a type of Go's own": {with("packed", time.Hour),
			"packed: a value of type time.Duration; write it as the documentation shows"},
		"bytes":     {with("labels", []byte("x")), "labels: a value of type []uint8; write it as the documentation shows"},
		"32 levels": {nested(32), "found a list; expected an object"},
		"33 levels": {nested(33),
			strings.Repeat("[0]", 33) + ": the document is nested too deeply; write it as the documentation shows"},
		"a time of the year 10000": {with("packed", time.Date(10_000, time.January, 1, 0, 0, 0, 0, time.UTC)),
			`packed: "10000-01-01T00:00:00Z" is no instant; write it as 2027-01-31T00:00:00Z`},
		"a time before the year 0": {with("packed", time.Date(-1, time.January, 1, 0, 0, 0, 0, time.UTC)),
			`packed: "-0001-01-01T00:00:00Z" is no instant; write it as 2027-01-31T00:00:00Z`},
	} {
		_, err := crateOf(row.tree)
		assert.EqualError(t, err, row.problem, name)
		var problem *strictjson.Error
		assert.ErrorAs(t, err, &problem, name)
	}
}

// A decoder of YAML may make one value stand in many places, so that a small file is a tree without end.
func TestReadTreeRefusesATreeThatGrowsWithoutBound(t *testing.T) {
	t.Parallel()
	var tree any = strings.Repeat("ha", 1_000)
	for range 30 {
		tree = []any{tree, tree, tree, tree, tree, tree, tree, tree}
	}
	_, err := crateOf(plain{"labels": tree})
	assert.ErrorContains(t, err, "the document has more than 16 MiB as JSON; leave something out")

	_, err = crateOf(plain{"id": strings.Repeat("a", 16<<20), "kind": "b"})
	assert.EqualError(t, err, "the document has more than 16 MiB as JSON; leave something out", "one text is enough")

	itself := plain{}
	itself["labels"] = []any{itself}
	_, err = crateOf(itself)
	assert.ErrorContains(t, err, "the document is nested too deeply; write it as the documentation shows")
}

// What a tree says must not be taken for the mark of an instant.
func TestReadTreeKeepsTextsThatLookLikeInstants(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"@", "@2027-01-31T00:00:00Z@", `"@`, "2027-01-31T00:00:00Z"} {
		got, err := crateOf(plain{"id": text, "kind": text, "labels": []any{text}, "weights": plain{text: 1}})
		require.NoError(t, err, text)
		assert.Equal(t, crate{id: text, kind: text, labels: []string{text}, weights: map[string]int{text: 1}}, got)
	}
}

func TestTreeIsWhatJSONSays(t *testing.T) {
	t.Parallel()
	tree, err := strictjson.Tree([]byte(`{"a":[{"b":"<é>"},[],{},7,2147483647,-1,true,false,""],"c":{"d":0}}`))
	require.NoError(t, err)
	assert.Equal(t, plain{
		"a": []any{plain{"b": "<é>"}, []any{}, plain{}, int64(7), int64(math.MaxInt32), int64(-1), true, false, ""},
		"c": plain{"d": int64(0)},
	}, tree)
	for _, number := range []string{"7", "0", "-1"} {
		tree, err = strictjson.Tree([]byte(number))
		require.NoError(t, err)
		want, err := json.Number(number).Int64()
		require.NoError(t, err)
		assert.Equal(t, want, tree)
	}
	_, err = strictjson.Tree([]byte(`{`))
	assert.Error(t, err)
}

func TestTreeIsReadAgain(t *testing.T) {
	t.Parallel()
	const document = `{"id":"a","kind":"b","labels":["x","@"],"packed":"2027-01-31T00:00:00Z","sealed":true,` +
		`"weights":{"x":7}}`
	want, err := readCrate(document)
	require.NoError(t, err)
	tree, err := strictjson.Tree([]byte(document))
	require.NoError(t, err)
	got, err := crateOf(tree)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}
