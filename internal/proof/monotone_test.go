package proof

import (
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// Law 4: adding an assignment, a mini program or a permission never takes a right away.

func TestLaw4Monotone(t *testing.T) {
	t.Parallel()
	kept, gained := 0, map[string]int{}
	worlds(t, 7, 120, wallTime(), func(d dice, w world) {
		extended, layered := w.extendedPolicies(t, d)
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			before := w.policy.Can(m, a, r)
			more := map[string]bool{
				"a further assignment": w.policy.Can(withAssignment(d, w, m), a, r),
				"a further program":    w.policy.Can(withProgram(d, m, r.MiniProgram), a, r),
				"a further permission": extended.Can(m, a, r),
				"one in a layer":       layered.Can(m, a, r),
			}
			for what, after := range more {
				if before && !after {
					t.Errorf("%v: %s takes a right away: %s", w, what, questionText(m, a, r))
				}
				kept += oneIf(before && after)
				gained[what] += oneIf(after && !before)
			}
		})
	})
	require.GreaterOrEqual(t, kept, 3_000, "questions allowed before and after")
	require.Len(t, gained, 4)
	for what, times := range gained {
		require.GreaterOrEqual(t, times, 100, "questions that only %s allowed", what)
	}
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// extendedPolicies grant each role further permissions, in one policy and in a layer on top.
func (w world) extendedPolicies(t testing.TB, d dice) (extended, layered *rbac.Policy) {
	t.Helper()
	extend := map[rbac.RoleID]rbac.Permissions{}
	for _, role := range w.roles {
		extend[role] = anyPermissions(d, w.ref, w.kinds[role])
	}
	layered, err := w.policy.With(rbac.Spec{Extend: extend})
	if err != nil {
		t.Fatalf("%v: With refuses a valid layer: %v", w, err)
	}
	return policyOf(t, append(slices.Clone(w.specs), rbac.Spec{Extend: extend})...), layered
}

func withAssignment(d dice, w world, m rbac.Member) rbac.Member {
	added := w.anyAssignment(d, w.timeline, m.Workspace.Kind)
	m.Assignments = slices.Insert(slices.Clone(m.Assignments), d.IntN(len(m.Assignments)+1), added)
	return m
}

func withProgram(d dice, m rbac.Member, program string) rbac.Member {
	if len(m.Assignments) == 0 {
		return m
	}
	m.Assignments = slices.Clone(m.Assignments)
	as := &m.Assignments[d.IntN(len(m.Assignments))]
	as.MiniPrograms = slices.Insert(slices.Clone(as.MiniPrograms), d.IntN(len(as.MiniPrograms)+1), program)
	return m
}
