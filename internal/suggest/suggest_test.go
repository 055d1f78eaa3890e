package suggest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac/internal/suggest"
	"github.com/stretchr/testify/assert"
)

const otherwise = "nothing is near"

func TestHintNamesTheNearestWord(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		word  string
		known []string
		want  string
	}{
		"a letter is missing": {
			"miniprogram.relase", []string{"miniprogram.release", "miniprogram.remove"}, "miniprogram.release",
		},
		"a letter is too many":              {"viewer", []string{"view"}, "view"},
		"a letter is another":               {"tanant", []string{"tenant"}, "tenant"},
		"two neighbours are swapped":        {"opreator", []string{"operator"}, "operator"},
		"the first two letters are swapped": {"on", []string{"no"}, "no"},
		"the word is known":                 {"own", []string{"owns", "own"}, "own"},
		"all letters are mis-cased":         {"FOUR_EYES", []string{"four_eyes"}, "four_eyes"},
		"a near one beats a farther one": {
			"workspace_admi", []string{"workspace_adm", "workspace_admin", "workspace_add"}, "workspace_adm",
		},
		"a nearer one comes later":                 {"abcdefgh", []string{"abcdexxh", "abcdexgh"}, "abcdexgh"},
		"a nearer one comes first":                 {"abcdefgh", []string{"abcdexgh", "abcdexxh"}, "abcdexgh"},
		"of equally near ones the first in order":  {"rxle", []string{"rule", "role"}, "role"},
		"of equally near ones whatever came first": {"rxle", []string{"role", "rule"}, "role"},
		"a swap is as far as another letter":       {"baker", []string{"abker", "aaker"}, "aaker"},
		"one more is as far as another letter":     {"role", []string{"roles", "rola"}, "rola"},
		"one less is as far as another letter":     {"xrole", []string{"role", "arole"}, "arole"},
		"a letter of one is close enough":          {"x", []string{"y"}, "y"},
		"a letter of two is close enough":          {"ab", []string{"ax"}, "ax"},
		"two letters of three are close enough":    {"abc", []string{"axx"}, "axx"},
		"two letters of five are close enough":     {"abcde", []string{"abcxx"}, "abcxx"},
		"three letters of six are close enough":    {"abcdef", []string{"abcxxx"}, "abcxxx"},
		"four letters of nine are close enough":    {"abcdefghi", []string{"abcdexxxx"}, "abcdexxxx"},
		"four letters of twelve are close enough":  {"abcdefghijkl", []string{"abcdefghxxxx"}, "abcdefghxxxx"},
		"a word may be as much longer as is close": {"abc", []string{"a"}, "a"},
		"one letter was added to nothing":          {"", []string{"a"}, "a"},
		"64 bytes are still looked at": {
			strings.Repeat("a", 63) + "b", []string{strings.Repeat("a", 64)}, strings.Repeat("a", 64),
		},
		"64 bytes are still found": {
			strings.Repeat("a", 63), []string{strings.Repeat("a", 64)}, strings.Repeat("a", 64),
		},
	} {
		got := suggest.Hint(row.word, slices.Values(row.known), otherwise)
		assert.Equal(t, `did you mean "`+row.want+`"?`, got, sentence)
	}
}

func TestHintNamesNoWordThatIsFar(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		word  string
		known []string
	}{
		"no words are known":                        {"role", nil},
		"only the empty word is known":              {"a", []string{""}},
		"two letters of two are too many":           {"ab", []string{"xy"}},
		"a letter of one and one more are too many": {"a", []string{"xy"}},
		"three letters of five are too far":         {"abcde", []string{"abxxx"}},
		"four letters of six are too far":           {"abcdef", []string{"abxxxx"}},
		"five letters of twelve are too far":        {"abcdefghijkl", []string{"abcdefgxxxxx"}},
		"five letters of fifteen are too far":       {"abcdefghijklmno", []string{"abcdefghijxxxxx"}},
		"far longer":                                {"own", []string{"own_workspace"}},
		"far shorter":                               {"own_workspace", []string{"own"}},
		"letters swapped over a distance":           {"abc", []string{"cbaz"}},
		"a word of 65 bytes":                        {strings.Repeat("a", 65), []string{strings.Repeat("a", 64)}},
		"a known word of 65 bytes":                  {strings.Repeat("a", 64), []string{strings.Repeat("a", 65)}},
	} {
		assert.Equal(t, otherwise, suggest.Hint(row.word, slices.Values(row.known), otherwise), sentence)
	}
}

// The neighbours of the letters in ASCII differ from each other by the same bit as a letter from its capital, and are
// different characters all the same. The digit sorts before them: it is named when they are as far as it is.
func TestOnlyLettersHaveCapitals(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"@", "`"}, {"[", "{"}, {"]", "}"}, {"^", "~"}} {
		got := suggest.Hint(pair[0], slices.Values([]string{pair[1], "0"}), otherwise)
		assert.Equal(t, `did you mean "0"?`, got, "%s is not another case of %s", pair[0], pair[1])
	}
	for _, pair := range [][2]string{{"A", "a"}, {"a", "A"}, {"Z", "z"}, {"z", "Z"}} {
		got := suggest.Hint(pair[0], slices.Values([]string{"0", pair[1]}), otherwise)
		assert.Equal(t, `did you mean "`+pair[1]+`"?`, got, "%s is another case of %s", pair[0], pair[1])
	}
}
