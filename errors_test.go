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

func TestValidationErrorIsOneSentence(t *testing.T) {
	t.Parallel()
	problem := rbac.ValidationError{
		Place:   "roles[3].permissions",
		Problem: `unknown action "miniprogram.relase"`,
		Hint:    `did you mean "miniprogram.release"?`,
	}
	assert.EqualError(t, &problem,
		`rbac: roles[3].permissions: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
	problem.Line, problem.Column = 12, 7
	assert.EqualError(t, &problem,
		`rbac: 12:7: roles[3].permissions: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
	problem.Place = ""
	assert.EqualError(t, &problem,
		`rbac: 12:7: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
	problem.Line, problem.Column = 0, 0
	assert.EqualError(t, &problem, `rbac: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
}

func TestNewJoinsAValidationErrorForEachProblem(t *testing.T) {
	t.Parallel()
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{
		FourEyes: []rbac.Action{"miniprogram.relase"},
		AtMost:   map[rbac.RoleID]int{"operater": 1},
	})
	assert.Equal(t, []rbac.ValidationError{
		{
			Place: "specs[1].four_eyes[0]", Problem: `unknown action "miniprogram.relase"`,
			Hint: `did you mean "miniprogram.release"?`,
		},
		{Place: `specs[1].at_most["operater"]`, Problem: `unknown role "operater"`, Hint: `did you mean "operator"?`},
	}, joinedProblems(t, err))
	assert.NotErrorIs(t, err, errors.ErrUnsupported)
}

// joinedProblems takes a joined error apart.
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

// The search for near words is bounded, so a document full of unknown names is refused as fast as any other.
func TestNewSuggestsWordsForTheFirstSixteenProblems(t *testing.T) {
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

// The error for a hostile document stays small, even if everything in it is wrong.
func TestSpecUnmarshalJSONReportsAThousandProblemsAtMost(t *testing.T) {
	t.Parallel()
	for wrong, reported := range map[int]int{999: 999, 1_000: 1_000, 1_001: 1_001, 4_096: 1_001} {
		document := `{"four_eyes":[` + strings.TrimSuffix(strings.Repeat(`"",`, wrong), ",") + `]}`
		problems := strings.Split(new(rbac.Spec).UnmarshalJSON([]byte(document)).Error(), "\n")
		assert.Len(t, problems, reported, "%d problems", wrong)
		if wrong > 1_000 {
			const others = "rbac: there are more problems than these; fix these first"
			assert.Equal(t, others, problems[1_000], "%d problems", wrong)
		}
	}
}
