package rbac_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAValidationErrorIsOneSentence(t *testing.T) {
	t.Parallel()
	problem := rbac.ValidationError{Place: "roles[3].permissions", Problem: `unknown action "miniprogram.relase"`, Hint: `did you mean "miniprogram.release"?`}
	assert.EqualError(t, &problem, `rbac: roles[3].permissions: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
	problem.Place = ""
	assert.EqualError(t, &problem, `rbac: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
}

// joinedProblems takes apart what New and the others join.
func joinedProblems(t *testing.T, err error) []rbac.ValidationError {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v is several errors joined", err)
	var all []rbac.ValidationError
	for _, one := range joined.Unwrap() {
		var problem *rbac.ValidationError
		require.ErrorAs(t, one, &problem)
		all = append(all, *problem)
	}
	return all
}

func TestEveryProblemCanBePointedAt(t *testing.T) {
	t.Parallel()
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{
		FourEyes: []rbac.Action{"miniprogram.relase"},
		AtMost:   map[rbac.RoleID]int{"operater": 1},
	})
	assert.Equal(t, []rbac.ValidationError{
		{Place: "specs[1].four_eyes[0]", Problem: `unknown action "miniprogram.relase"`, Hint: `did you mean "miniprogram.release"?`},
		{Place: `specs[1].at_most["operater"]`, Problem: `unknown role "operater"`, Hint: `did you mean "operator"?`},
	}, joinedProblems(t, err))
	assert.NotErrorIs(t, err, errors.ErrUnsupported)
}

func TestNamesOfActionsAndRolesHaveOneForm(t *testing.T) {
	t.Parallel()
	good := []string{
		"a", "z", "a0", "a9", "a_", "a_b", "a__b", "abc.def", "a.b.c", "a1.b2_", "miniprogram.release",
		strings.Repeat("a", 64), strings.Repeat("a.", 31) + "ab",
	}
	bad := []string{
		"", ".", "..", "a.", ".a", "a..b", "0", "0a", "9a", "_", "_a", "a.0", "a._", "a.b.", "A", "Z", "aB", "a.B", "a-b", "a b", " a", "a ",
		"a\n", "a\x00", "a*", "*", "a.*", "a/b", "a:b", "a`b", "a{b", "a@b", "a[b", "a^b", "a,b", "é", "aé", "\u212a", "а", "a\xff", "\xff", "\"", "a\"b",
		strings.Repeat("a", 65), strings.Repeat("a.", 32) + "a",
	}
	for i, names := range [][]string{good, bad} {
		for _, name := range names {
			_, asAction := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
			_, asRole := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: rbac.RoleID(name), Kind: rbac.KindTenant}}})
			assert.Equal(t, i == 0, asAction == nil, "an action of the name %q", name)
			assert.Equal(t, i == 0, asRole == nil, "a role of the name %q", name)
		}
	}
}

// A name is quoted and cut, so that a hostile one neither breaks a log nor fills it.
func TestAHostileNameIsQuotedInPart(t *testing.T) {
	t.Parallel()
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	for name, quoted := range map[string]string{
		"a\nb":                          `"a\nb"`,
		strings.Repeat("A", 64):         `"` + strings.Repeat("A", 64) + `"`,
		strings.Repeat("A", 65):         `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 16<<20):     `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 63) + "é.b": `"` + strings.Repeat("A", 63) + `\xc3"...`,
	} {
		_, err := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
		assert.EqualError(t, err, "rbac: actions["+quoted+"]: invalid name "+quoted+"; "+anyName)
		_, err = rbac.New(rbac.Spec{FourEyes: []rbac.Action{rbac.Action(name)}})
		assert.EqualError(t, err, "rbac: four_eyes[0]: unknown action "+quoted+"; declare it in actions")
	}
}

func TestARoleIsDescribedInWords(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct{ name, description, problem string }{
		"nothing":                            {"", "", ""},
		"256 bytes of name":                  {strings.Repeat("n", 256), "", ""},
		"257 bytes of name":                  {strings.Repeat("n", 257), "", "rbac: roles[0].name: 257 bytes are too many; use 256 at most"},
		"256 bytes of 128 letters":           {strings.Repeat("é", 128), "", ""},
		"258 bytes of 129 letters":           {strings.Repeat("é", 129), "", "rbac: roles[0].name: 258 bytes are too many; use 256 at most"},
		"1,024 bytes of description":         {"", strings.Repeat("d", 1_024), ""},
		"1,025 bytes of description":         {"", strings.Repeat("d", 1_025), "rbac: roles[0].description: 1025 bytes are too many; use 1024 at most"},
		"a name in any script":               {"審査員 \"<&>\" \u2028 😀", "\t\n", ""},
		"a name that is not UTF-8":           {"a\xff", "", "rbac: roles[0].name: text that is damaged or not UTF-8; write the text anew"},
		"a name with U+FFFD":                 {"a\ufffd", "", "rbac: roles[0].name: text that is damaged or not UTF-8; write the text anew"},
		"a description that is not UTF-8":    {"", "\xed\xa0\x80", "rbac: roles[0].description: text that is damaged or not UTF-8; write the text anew"},
		"too long and damaged are one thing": {strings.Repeat("\xff", 300), "", "rbac: roles[0].name: 300 bytes are too many; use 256 at most"},
	} {
		_, err := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Name: row.name, Description: row.description}}})
		if row.problem == "" {
			assert.NoError(t, err, sentence)
			continue
		}
		assert.EqualError(t, err, row.problem, sentence)
	}
}

// Near words are looked for a few times only: a document full of unknown names is refused as fast as any other.
func TestOnlyTheFirstSixteenProblemsGetSuggestions(t *testing.T) {
	t.Parallel()
	var misspelt []rbac.Action
	for range 18 {
		misspelt = append(misspelt, "miniprogram.relase")
	}
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: misspelt})
	found := joinedProblems(t, err)
	require.Len(t, found, 18)
	for i, problem := range found {
		want := `did you mean "miniprogram.release"?`
		if i >= 16 {
			want = "declare it in actions"
		}
		assert.Equal(t, want, problem.Hint, "the hint of problem %d", i)
		assert.Equal(t, fmt.Sprintf("specs[1].four_eyes[%d]", i), problem.Place)
	}
}
