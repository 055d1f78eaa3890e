package strictjson_test

import (
	"testing"

	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const furniture = `{
  "rooms": [{"name": "hall"}, {"name": "attic \"[x].y", "boxes": {"a.b": [1, {"c": null}], "a": 2}}],
  "a very long key that goes on and on and on and on and on and on and on": {"x": 1},
  "rooms again": [], "empty": {}
}`

func TestLocateAllFindsWhatLocateFinds(t *testing.T) {
	t.Parallel()
	places := []string{
		"", "rooms", "rooms[0]", "rooms[0].name", "rooms[1].boxes", `rooms[1].boxes["a.b"]`, `rooms[1].boxes["a.b"][1].c`,
		`rooms[1].boxes["a"]`, `rooms[1].boxes["missing"]`, "rooms[7].name", "nothing", "nothing[3].x", "empty.x",
		"rooms[0].name[2]",
		`["a very long key that goes on and on and on and on and on and on a"...]`, `["rooms again"]`, "rooms[1]", "rooms",
	}
	offsets := strictjson.LocateAll([]byte(furniture), places)
	distinct := make(map[int]bool)
	for i, place := range places {
		assert.Equal(t, strictjson.Locate([]byte(furniture), place), offsets[i], "place %q", place)
		distinct[offsets[i]] = true
	}
	assert.GreaterOrEqual(t, len(distinct), 10, "the places are not all the same")
}

func TestLocateAllStopsWhereADocumentIsBroken(t *testing.T) {
	t.Parallel()
	for end := range len(furniture) {
		strictjson.LocateAll([]byte(furniture[:end]), []string{"rooms[1].boxes", "empty.x"})
	}
	assert.Equal(t, []int{0}, strictjson.LocateAll(nil, []string{"a"}))
}

func TestRawReturnsTheBytesOfOneValue(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		`{}`, `[]`, `"a]\"}"`, `7.5e1`, `null`, `[1, {"a": "]}"}, "\\"]`, `{"a": [[]]}`, `"\\"`, `["\\\""]`,
	} {
		var raws []string
		err := strictjson.Read([]byte(" [ "+value+" , "+value+" ] "), func(r *strictjson.Reader) error {
			return r.List(0, "", func(r *strictjson.Reader) error {
				assert.Equal(t, value[0] == '"', r.AtString(), "AtString at %s", value)
				raw, err := r.Raw()
				raws = append(raws, string(raw))
				return err
			})
		})
		require.NoError(t, err, value)
		assert.Equal(t, []string{value, value}, raws)
	}
}

func TestRawRefusesAValueThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	for _, document := range []string{``, `[`, `{"a": "`, `{"a": "b\`, `"a`, `[[]`} {
		err := strictjson.Read([]byte(document), func(r *strictjson.Reader) error {
			_, err := r.Raw()
			return err
		})
		assert.Error(t, err, document)
	}
}

func TestOffsetIsWhereTheNextValueStarts(t *testing.T) {
	t.Parallel()
	var offsets []int
	err := strictjson.Read([]byte("[ 1,\n  2]"), func(r *strictjson.Reader) error {
		return r.List(0, "", func(r *strictjson.Reader) error {
			offsets = append(offsets, r.Offset())
			_, err := r.Int()
			return err
		})
	})
	require.NoError(t, err)
	assert.Equal(t, []int{2, 7}, offsets)
}
