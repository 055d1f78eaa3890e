package canonical

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func appended(text string) string { return string(AppendString(nil, text)) }

// The inputs and outputs are those of RFC 8785: the string of section 3.2.2, and the keys and values of section 3.2.3.
func TestAppendStringWritesTheVectorsOfRFC8785(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`: `"€$\u000f\nA'B\"\\\\\"/"`,

		`"\u20ac"`:       `"€"`,
		`"\r"`:           `"\r"`,
		`"\ufb33"`:       "\"\ufb33\"",
		`"1"`:            `"1"`,
		`"\ud83d\ude00"`: `"😀"`,
		`"\u0080"`:       "\"\u0080\"",
		`"\u00f6"`:       `"ö"`,

		`"Hebrew Letter Dalet With Dagesh"`: `"Hebrew Letter Dalet With Dagesh"`,
		`"Control\u007f"`:                   "\"Control\x7f\"",
		`"</script>"`:                       `"</script>"`,
	} {
		var text string
		require.NoError(t, json.Unmarshal([]byte(input), &text), input)
		assert.Equal(t, want, appended(text), input)
	}
}

// Section 3.2.2.2 has a short form for some control characters, and lower-case digits for the others.
func TestAppendStringEscapesWhatRFC8785EscapesAndNothingElse(t *testing.T) {
	t.Parallel()
	short := map[byte]string{
		'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '\\': `\\`,
	}
	for c := range byte(utf8.RuneSelf) {
		want := string(rune(c))
		if c < ' ' {
			want = fmt.Sprintf(`\u%04x`, c)
		}
		if escape, found := short[c]; found {
			want = escape
		}
		assert.Equal(t, `"`+want+`"`, appended(string(rune(c))), "U+%04X", c)
		assert.Equal(t, `"é`+want+want+`é"`, appended("é"+strings.Repeat(string(rune(c)), 2)+"é"), "U+%04X", c)
	}
	for r := rune(utf8.RuneSelf); r <= utf8.MaxRune; r++ {
		if text := string(r); utf8.ValidRune(r) && appended(text) != `"`+text+`"` {
			assert.Equal(t, `"`+text+`"`, appended(text), "U+%04X", r)
		}
	}
}

func TestAppendStringAppends(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `""`, appended(""))
	to := []byte(`{"a":`)
	assert.Equal(t, `{"a":"b"`, string(AppendString(to, "b")))
	assert.Equal(t, `{"a":`, string(to), "what the caller holds")
}

// What is written is read back as it was, whatever the text.
func TestAppendStringWritesWhatJSONReadsBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 785))
	for range 20_000 {
		text := randomText(random)
		written := appended(text)
		var read string
		if err := json.Unmarshal([]byte(written), &read); err != nil || read != text {
			t.Fatalf("%q was written as %s and read as %q: %v", text, written, read, err)
		}
		if again := appended(read); again != written {
			t.Fatalf("%q was written as %s, and again as %s", text, written, again)
		}
	}
}

// randomText has runes of every length in UTF-8, and many that need an escape.
func randomText(random *rand.Rand) string {
	var text strings.Builder
	for range random.IntN(20) {
		limits := []rune{' ', utf8.RuneSelf, 0x800, 0x1_0000, utf8.MaxRune + 1}
		r := random.Int32N(limits[random.IntN(len(limits))])
		if random.IntN(4) == 0 {
			r = rune(`"\/u`[random.IntN(4)])
		}
		if utf8.ValidRune(r) {
			text.WriteRune(r)
		}
	}
	return text.String()
}
