package proof

import (
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLaw2OneTruth(t *testing.T) {
	t.Parallel()
	t.Run("with the clock on the wall", func(t *testing.T) {
		t.Parallel()
		compareEntryPoints(t, 2, 160, wallTime(), entryPointsNow)
	})
	t.Run("at the very instant of a bound", func(t *testing.T) {
		t.Parallel()
		compareEntryPoints(t, 3, 160, fixedTime(), entryPointsAt)
	})
}

func compareEntryPoints(t *testing.T, seed uint64, number int, c timeline, enter func(time.Time, *rbac.Policy, rbac.Member) entryPoints) {
	t.Helper()
	var seen tally
	compared := 0
	worlds(t, seed, number, c, func(d dice, w world) {
		actions := w.someActions(d, 12)
		for _, m := range w.members {
			e := enter(w.now, w.policy, m)
			e.label = w.label + ": "
			for _, r := range w.resources {
				for _, a := range actions {
					want := w.ref.allows(w.now, m, a, r)
					compared += e.compare(t, want, a, r)
					seen.count(want)
				}
			}
		}
	})
	t.Logf("%d decisions compared: %d questions", compared, seen.yes+seen.no)
	seen.requireBoth(t, 3_000)
}

func TestLaw2WhoCanKeepsThoseWhoCan(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 4, 80, wallTime(), func(d dice, w world) {
		for _, a := range w.someActions(d, 12) {
			for _, r := range w.resources {
				want := slices.DeleteFunc(slices.Clone(w.members), func(m rbac.Member) bool { return !w.policy.Can(m, a, r) })
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

// What databases make of the clause, with their NULLs and their collations, is tested where there are databases; here
// it is read by three-valued logic alone.
func TestLaw2WhereKeepsTheSameRows(t *testing.T) {
	t.Parallel()
	columns := rbac.Columns{Kind: "kind", Tenant: "tenant_id", Workspace: "workspace_id", MiniProgram: "program_id", Owner: "owner_id"}
	kindless, arrays := columns, columns
	kindless.Kind = ""
	arrays.Array = func(ids []string) any { return ids }
	var seen tally
	worlds(t, 18, 150, fixedTime(), func(d dice, w world) {
		for _, m := range w.members {
			for _, a := range w.someActions(d, 12) {
				for _, c := range []rbac.Columns{columns, kindless, arrays} {
					compared := w.compareWhere(t, d, m, a, c)
					seen.yes += compared.yes
					seen.no += compared.no
				}
			}
		}
	})
	t.Logf("%d rows compared", seen.yes+seen.no)
	seen.requireBoth(t, 5_000)
}

// A remedy is held to Can as well: with it, the denied is allowed.
func TestLaw2RemediesAllow(t *testing.T) {
	t.Parallel()
	remedies := 0
	worlds(t, 19, 40, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 6, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			explained := w.policy.Explain(m, a, r)
			if explained.Decision != w.policy.Check(m, a, r) {
				t.Errorf("%v: Explain decides %+v, not as Check does: %s", w, explained.Decision, describeQuestion(m, a, r))
			}
			for _, remedy := range explained.Remedies {
				remedies++
				if fixed := remedy.Apply(m); explained.Decision.Allowed || !w.policy.Can(fixed, a, r) {
					t.Errorf("%v: %q does not help, or nothing needs help: %s", w, remedy, describeQuestion(m, a, r))
				}
			}
		})
	})
	require.GreaterOrEqual(t, remedies, 2_000, "remedies applied")
}
