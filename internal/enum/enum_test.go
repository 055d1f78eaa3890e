package enum_test

import (
	"testing"

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
