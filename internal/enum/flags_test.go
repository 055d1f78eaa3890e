package enum_test

import (
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/stretchr/testify/assert"
)

// rights have a word for the empty set, and one for several bits; bit 8 has none.
var rights = enum.Flags{Of: "right", None: "none", Words: []enum.Word{
	{Name: "read", Bits: 1}, {Name: "write", Bits: 2}, {Name: "share", Bits: 4}, {Name: "edit", Bits: 3},
}}

// sides have no word for the empty set.
var sides = enum.Flags{Of: "side", Words: []enum.Word{{Name: "left", Bits: 1}, {Name: "right", Bits: 2}}}

func TestFlagsNameTheirSets(t *testing.T) {
	t.Parallel()
	for set, text := range []string{
		"none", "read", "write", "edit", "share", "read|share", "write|share", "read|write|share",
	} {
		assert.Equal(t, text, rights.String(uint8(set)), "String of %d", set)
		written, err := rights.Marshal(uint8(set))
		assert.NoError(t, err, "Marshal of %d", set)
		assert.Equal(t, text, string(written), "Marshal of %d", set)
		read, err := rights.Unmarshal(text)
		assert.NoError(t, err, "Unmarshal of %q", text)
		assert.Equal(t, uint8(set), read, "Unmarshal of %q", text)
	}
}

func TestFlagsRefuseASetWithoutWords(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		flags                enum.Flags
		set                  uint8
		placeholder, problem string
	}{
		{rights, 8, "right(8)", "rbac: right 8 has no name; use read, write, share, edit"},
		{rights, 9, "right(9)", "rbac: right 9 has no name; use read, write, share, edit"},
		{rights, 255, "right(255)", "rbac: right 255 has no name; use read, write, share, edit"},
		{sides, 0, "side(0)", "rbac: side 0 has no name; use left, right"},
		{sides, 4, "side(4)", "rbac: side 4 has no name; use left, right"},
	} {
		assert.Equal(t, row.placeholder, row.flags.String(row.set))
		text, err := row.flags.Marshal(row.set)
		assert.EqualError(t, err, row.problem)
		assert.Nil(t, text, "Marshal of %s", row.placeholder)
	}
}

func TestFlagsRefuseAWordTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		flags         enum.Flags
		text, problem string
	}{
		{rights, "", `rbac: unknown right ""; use read, write, share, edit`},
		{rights, "None", `rbac: unknown right "None"; use read, write, share, edit`},
		{rights, "none|read", `rbac: unknown right "none"; use read, write, share, edit`},
		{rights, "read|", `rbac: unknown right ""; use read, write, share, edit`},
		{rights, "|", `rbac: unknown right ""; use read, write, share, edit`},
		{rights, "read, write", `rbac: unknown right "read, write"; use read, write, share, edit`},
		{rights, "wriet|read", `rbac: unknown right "wriet"; did you mean "write"?`},
		{sides, "", `rbac: unknown side ""; use left, right`},
		{sides, "LEFT", `rbac: unknown side "LEFT"; did you mean "left"?`},
	} {
		set, err := row.flags.Unmarshal(row.text)
		assert.EqualError(t, err, row.problem, "Unmarshal of %q", row.text)
		assert.Zero(t, set, "Unmarshal of %q", row.text)
	}
}

func TestFlagsFindOneWordOnly(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]uint8{"read": 1, "write": 2, "share": 4, "edit": 3} {
		bits, err := rights.Find(word)
		assert.NoError(t, err, "Find of %q", word)
		assert.Equal(t, want, bits, "Find of %q", word)
	}
	for _, word := range []string{"none", "read|write", ""} {
		_, err := rights.Find(word)
		assert.Error(t, err, "Find of %q", word)
	}
}

func TestFlagsListTheWordsOfSingleBits(t *testing.T) {
	t.Parallel()
	assert.Empty(t, slices.Collect(rights.Singles(0)))
	assert.Equal(t, []string{"share"}, slices.Collect(rights.Singles(4)))
	assert.Equal(t, []string{"read", "write"}, slices.Collect(rights.Singles(3)), "edit is two bits and no single word")
	assert.Equal(t, []string{"read", "write", "share"}, slices.Collect(rights.Singles(255)))
}

func TestFlagsKnowAllTheirBits(t *testing.T) {
	t.Parallel()
	assert.Equal(t, uint8(7), rights.All())
	assert.Equal(t, uint8(3), sides.All())
	assert.Zero(t, enum.Flags{}.All())
}
