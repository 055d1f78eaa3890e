package enum_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var colors = enum.Names{Of: "color", Words: []string{"", "red", "green", "", "blue"}}

func TestNamesNameTheirValues(t *testing.T) {
	t.Parallel()
	for value, word := range map[uint8]string{1: "red", 2: "green", 4: "blue"} {
		assert.Equal(t, word, colors.String(value), "String of %d", value)
		text, err := colors.Marshal(value)
		assert.NoError(t, err, "Marshal of %d", value)
		assert.Equal(t, word, string(text), "Marshal of %d", value)
		read, err := colors.Unmarshal(word)
		assert.NoError(t, err, "Unmarshal of %q", word)
		assert.Equal(t, value, read, "Unmarshal of %q", word)
	}
}

func TestNamesRefuseAValueWithoutAWord(t *testing.T) {
	t.Parallel()
	for value, rows := range map[uint8]struct{ placeholder, problem string }{
		0:   {"color(0)", "rbac: color 0 has no name; use one of red, green, blue"},
		3:   {"color(3)", "rbac: color 3 has no name; use one of red, green, blue"},
		5:   {"color(5)", "rbac: color 5 has no name; use one of red, green, blue"},
		255: {"color(255)", "rbac: color 255 has no name; use one of red, green, blue"},
	} {
		assert.Equal(t, rows.placeholder, colors.String(value), "String of %d", value)
		text, err := colors.Marshal(value)
		assert.EqualError(t, err, rows.problem, "Marshal of %d", value)
		assert.Nil(t, text, "Marshal of %d", value)
	}
}

func TestNamesRefuseAWordTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	for word, problem := range map[string]string{
		"":         `rbac: unknown color ""; use one of red, green, blue`,
		"grene":    `rbac: unknown color "grene"; did you mean "green"?`,
		"Red":      `rbac: unknown color "Red"; did you mean "red"?`,
		"red ":     `rbac: unknown color "red "; did you mean "red"?`,
		"color(0)": `rbac: unknown color "color(0)"; use one of red, green, blue`,
		"1":        `rbac: unknown color "1"; use one of red, green, blue`,
	} {
		value, err := colors.Unmarshal(word)
		assert.EqualError(t, err, problem, "Unmarshal of %q", word)
		assert.Zero(t, value, "Unmarshal of %q", word)
	}
}

func TestAnUnknownWordIsToldApartFromOtherErrors(t *testing.T) {
	t.Parallel()
	var unknown *enum.UnknownError
	_, err := colors.Unmarshal("gren")
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, enum.UnknownError{Of: "color", Word: "gren", Hint: `did you mean "green"?`}, *unknown)

	_, err = rights.Unmarshal("read|wrte")
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, enum.UnknownError{Of: "right", Word: "wrte", Hint: `did you mean "write"?`}, *unknown)
}

func TestTheZeroValueMayHaveAWord(t *testing.T) {
	t.Parallel()
	switches := enum.Names{Of: "switch", Words: []string{"off", "on"}}
	assert.Equal(t, "off", switches.String(0))
	value, err := switches.Unmarshal("off")
	assert.NoError(t, err)
	assert.Zero(t, value)
}

type color uint8

func TestReadSetsTheValueOfAWord(t *testing.T) {
	t.Parallel()
	var got color
	require.NoError(t, enum.Read(colors, []byte("blue"), &got))
	assert.Equal(t, color(4), got)
	require.NoError(t, enum.Read(rights, []byte("read|share"), &got))
	assert.Equal(t, color(5), got, "of flags")
}

func TestReadLeavesTheValueOfAWordItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "Blue", "4", "color(4)", "read"} {
		got := color(2)
		assert.Error(t, enum.Read(colors, []byte(word), &got), "%q", word)
		assert.Equal(t, color(2), got, "the value after %q", word)
	}
	got := color(2)
	assert.EqualError(t, enum.Read(rights, []byte("read|"), &got),
		`rbac: unknown right ""; use read, write, share, edit`)
	assert.Equal(t, color(2), got, "the value after half a word for flags")
}

// A column of a database holds the word, and never the number.
func TestValueIsTheWord(t *testing.T) {
	t.Parallel()
	for value, word := range map[uint8]string{1: "red", 2: "green", 4: "blue"} {
		column, err := enum.Value(colors, value)
		assert.NoError(t, err, word)
		assert.Equal(t, word, column)
	}
	for _, value := range []uint8{0, 3, 5, 255} {
		column, err := enum.Value(colors, value)
		assert.EqualError(t, err, fmt.Sprintf("rbac: color %d has no name; use one of red, green, blue", value))
		assert.Nil(t, column, "the column of %d", value)
	}
}

func TestScanReadsTextOnly(t *testing.T) {
	t.Parallel()
	for _, column := range []any{"blue", []byte("blue")} {
		var got color
		assert.NoError(t, enum.Scan(colors, column, &got), "a %T", column)
		assert.Equal(t, color(4), got, "a %T", column)
	}
	const store = "; store one of red, green, blue"
	for _, row := range []struct {
		column  any
		problem string
	}{
		{nil, "rbac: the column of a color is NULL" + store},
		{int64(4), "rbac: the column of a color holds int64 and no text" + store},
		{4, "rbac: the column of a color holds int and no text" + store},
		{4.0, "rbac: the column of a color holds float64 and no text" + store},
		{true, "rbac: the column of a color holds bool and no text" + store},
		{time.Time{}, "rbac: the column of a color holds time.Time and no text" + store},
		{color(4), "rbac: the column of a color holds enum_test.color and no text" + store},
		{"", `rbac: unknown color ""; use one of red, green, blue`},
		{"Blue", `rbac: unknown color "Blue"; did you mean "blue"?`},
		{"blue ", `rbac: unknown color "blue "; did you mean "blue"?`},
		{"4", `rbac: unknown color "4"; use one of red, green, blue`},
		{[]byte("BLUE"), `rbac: unknown color "BLUE"; did you mean "blue"?`},
		{[]byte(nil), `rbac: unknown color ""; use one of red, green, blue`},
		{[]byte{4}, `rbac: unknown color "\x04"; use one of red, green, blue`},
	} {
		got := color(2)
		assert.EqualError(t, enum.Scan(colors, row.column, &got), row.problem, "%#v", row.column)
		assert.Equal(t, color(2), got, "the value after %#v", row.column)
	}
}
