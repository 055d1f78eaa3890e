package proof

import (
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 2: there is one truth. Every function that answers the question of Can gives the answer of the reference model.

func TestLaw2OneTruth(t *testing.T) {
	t.Parallel()
	t.Run("functions that read the clock", func(t *testing.T) {
		t.Parallel()
		compareEntryPoints(t, 2, 160, wallTime(), entryPointsNow)
	})
	t.Run("at the instant of a bound", func(t *testing.T) {
		t.Parallel()
		compareEntryPoints(t, 3, 160, fixedTime(), entryPointsAt)
	})
}

func compareEntryPoints(
	t *testing.T, seed uint64, number int, when timeline,
	bind func(time.Time, *rbac.Policy, rbac.Member) entryPoints,
) {
	t.Helper()
	var seen tally
	compared := 0
	worlds(t, seed, number, when, func(d dice, w world) {
		actions := w.someActions(d, 12)
		for _, m := range w.members {
			e := bind(w.now, w.policy, m)
			e.label = w.label + ": "
			for _, r := range w.resources {
				for _, a := range actions {
					want := w.ref.decide(w.now, m, a, r)
					compared += e.compare(t, want, a, r)
					seen.count(want.Allowed)
				}
			}
		}
	})
	t.Logf("%d decisions compared: %d questions", compared, seen.yes+seen.no)
	seen.requireBoth(t, 3_000)
}

func TestLaw2WhoCanReturnsThoseWhoCan(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 4, 80, wallTime(), func(d dice, w world) {
		for _, a := range w.someActions(d, 12) {
			for _, r := range w.resources {
				cannot := func(m rbac.Member) bool { return !w.policy.Can(m, a, r) }
				want := slices.DeleteFunc(slices.Clone(w.members), cannot)
				got := slices.Collect(w.policy.WhoCan(a, r, slices.Values(w.members)))
				if !assert.ElementsMatch(t, want, got, "%v: who can %q: %+q", w, a, r) {
					return
				}
				seen.count(len(want) > 0)
			}
		}
	})
	seen.requireBoth(t, 500)
}

func TestLaw2ExplainRemediesAllow(t *testing.T) {
	t.Parallel()
	remedies := 0
	worlds(t, 19, 40, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 6, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			explained, want := w.policy.Bind(m).Explain(a, r), w.policy.Check(m, a, r)
			if explained.Decision != want {
				t.Errorf("%v: Explain says %+v, Check %+v: %s", w, explained.Decision, want, questionText(m, a, r))
			}
			if want.Allowed && len(explained.Remedies) > 0 {
				t.Errorf("%v: a grant has the remedies %v: %s", w, explained.Remedies, questionText(m, a, r))
			}
			for _, remedy := range explained.Remedies {
				remedies++
				after := remedy.Apply(m)
				if !w.policy.Can(after, a, r) {
					t.Errorf("%v: %q does not help: %s", w, remedy, questionText(m, a, r))
				}
				if remedy.Position < len(m.Assignments) && widensTime(w.now, m.Assignments, after.Assignments) {
					t.Errorf("%v: %q gives time without end, or a past: %s", w, remedy, questionText(m, a, r))
				}
			}
		})
	})
	require.GreaterOrEqual(t, remedies, 2_000, "remedies applied")
}

// widensTime says whether an assignment lost a bound, or is in force at an earlier time than now and than before.
func widensTime(now time.Time, before, after []rbac.Assignment) bool {
	for i, old := range before {
		fixed := after[i]
		if fixed.NotAfter.IsZero() && !old.NotAfter.IsZero() || fixed.NotBefore.IsZero() && !old.NotBefore.IsZero() {
			return true
		}
		if fixed.NotAfter.Equal(old.NotAfter) && fixed.NotBefore.Equal(old.NotBefore) {
			continue
		}
		if fixed.NotBefore.Before(now.Add(-time.Minute)) {
			return true
		}
	}
	return false
}
