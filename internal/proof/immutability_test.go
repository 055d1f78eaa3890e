package proof

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 9: nothing passed in or returned can change a policy afterwards, and all goroutines may share it without a lock.

func TestLaw9Immutable(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 14, 60, wallTime(), func(d dice, w world) {
		fingerprint, text := w.policy.Fingerprint(), string(encoded(t, w.policy.Spec()))
		answers := w.answers()
		seen.add(answers)
		own := string(encoded(t, w.policy.Own()))
		for _, spec := range append(w.specs, w.policy.Spec(), w.policy.Own(), rbac.Defaults()) {
			overwrite(spec)
		}
		overwriteRoles(rbac.DefaultRoles())
		overwriteRoles(slices.Collect(w.policy.Roles()))
		for _, id := range w.roles {
			role, _ := w.policy.Role(id)
			overwriteRoles([]rbac.Role{role})
		}
		for _, m := range w.members {
			w.overwriteAnswers(m)
		}
		assert.Equal(t, own, string(encoded(t, w.policy.Own())), "%v: the layer", w)
		assert.Equal(t, fingerprint, w.policy.Fingerprint(), "%v: the fingerprint", w)
		assert.Equal(t, text, string(encoded(t, w.policy.Spec())), "%v: the JSON", w)
		assert.Equal(t, answers, w.answers(), "%v: the numbers of grants and denials", w)
		assert.Zero(t, w.disagreements(), "%v: answers that changed", w)
	})
	seen.requireBoth(t, 2_000)
	assert.Equal(t, policyOf(t, rbac.Defaults()).Fingerprint(), rbac.Default().Fingerprint(), "the default policy")
}

// overwriteAnswers changes everything that a subject hands out.
func (w world) overwriteAnswers(m rbac.Member) {
	s := w.policy.Bind(m)
	clear(s.Permissions())
	widen(s.Permissions())
	for _, other := range w.members {
		for _, err := range everyStep(s, other) {
			var denied *rbac.DeniedError
			if errors.As(err, &denied) {
				widen(denied.Missing)
				clear(denied.Missing)
			}
		}
		if after, err := s.Assign(other, inRole(rbac.Developer, "mp-1")); err == nil {
			clear(after.Assignments[len(after.Assignments)-1].MiniPrograms)
			clear(after.Assignments)
		}
	}
	for _, remedy := range s.Explain(w.actions[0], w.resources[0]).Remedies {
		clear(remedy.Assignment.MiniPrograms)
	}
}

// answers counts the answers to every question about the world.
func (w world) answers() tally {
	var seen tally
	for _, m := range w.members {
		for _, r := range w.resources {
			for _, a := range w.actions {
				seen.count(w.policy.Can(m, a, r))
			}
		}
	}
	return seen
}

// disagreements counts the answers that the reference model does not give.
func (w world) disagreements() int {
	different := 0
	for _, m := range w.members {
		for _, r := range w.resources {
			for _, a := range w.actions {
				different += oneIf(w.policy.Can(m, a, r) != w.ref.allows(w.now, m, a, r))
			}
		}
	}
	return different
}

// overwrite changes everything that a spec refers to.
func overwrite(spec rbac.Spec) {
	overwriteRoles(spec.Roles)
	for _, permissions := range spec.Extend {
		widen(permissions)
	}
	clear(spec.Extend)
	for action := range spec.Actions {
		spec.Actions[action] = rbac.OnAny
	}
	for _, set := range spec.Exclusive {
		clear(set)
	}
	clear(spec.Exclusive)
	clear(spec.FourEyes)
	clear(spec.AtLeast)
	clear(spec.AtMost)
	clear(spec.Labels)
	for _, administered := range spec.Administers {
		clear(administered)
	}
	clear(spec.Administers)
}

func overwriteRoles(roles []rbac.Role) {
	for i := range roles {
		widen(roles[i].Permissions)
		roles[i] = rbac.Role{ID: "overwritten", Kind: rbac.KindTenant}
	}
}

func widen(permissions rbac.Permissions) {
	for action := range permissions {
		permissions[action] = rbac.ScopeTenant | rbac.ScopeWorkspace
	}
}

func TestLaw9SubjectsAreImmutable(t *testing.T) {
	t.Parallel()
	programs := []string{"mp-1", "mp-2"}
	ann := annWith(rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs}, inRole(rbac.Operator))
	subject := rbac.Default().Bind(ann)
	filter := subject.Filter(rbac.ReleaseMiniProgram)
	assigned, other := theShop.MiniProgram("mp-1"), theShop.MiniProgram("mp-9")
	denial := subject.Check(rbac.ReleaseMiniProgram, other)

	programs[0] = "mp-9"
	ann.Assignments[0].MiniPrograms[1] = "mp-9"
	ann.Assignments[0] = rbac.Assignment{}
	ann.Assignments[1].Role = rbac.DeveloperAdmin

	assert.True(t, subject.Can(rbac.ReleaseMiniProgram, assigned), "a program that was assigned at Bind")
	assert.Equal(t, denial, subject.Check(rbac.ReleaseMiniProgram, other), "a program that the caller wrote later")
	third := theShop.MiniProgram("mp-3")
	assert.False(t, subject.Can(rbac.ManageMiniProgramMembers, third), "a role that the caller wrote later")
	for _, filter := range []rbac.Filter{filter, subject.Filter(rbac.ReleaseMiniProgram)} {
		assert.True(t, filter.Match(assigned), "the filter of a program that was assigned at Bind")
		assert.False(t, filter.Match(other), "the filter of a program that the caller wrote later")
	}
}

func TestLaw9ArgumentsAreNotChanged(t *testing.T) {
	t.Parallel()
	worlds(t, 15, 20, wallTime(), func(d dice, w world) {
		w.specs = shuffledSpecs(d, w.specs) // those that New has not sorted yet
		before := fmt.Sprintf("%+v %+v", w.specs, w.members)
		policyOf(t, w.specs...)
		for _, m := range w.members {
			w.policy.Bind(m).Filter(pick(d, w.actions))
			s, other := w.policy.Bind(m), pick(d, w.members)
			everyStep(s, other)
			given := w.anyAssignment(d, w.timeline, other.Workspace.Kind)
			_, _ = s.Assign(other, given)
			_, _ = s.Replace(other, oneOf(d, other.Assignments, given), given)
			_ = w.policy.ValidateChange(other.Workspace, slices.Values(w.members), slices.Values(w.members))
			s.Explain(pick(d, w.actions), pick(d, w.resources))
		}
		assert.Equal(t, before, fmt.Sprintf("%+v %+v", w.specs, w.members), "%v: the arguments", w)
	})
}

// While one goroutine swaps the policy, readers on all cores get each answer from the old policy or the new one.
func TestLaw9PoliciesAreSwapped(t *testing.T) {
	t.Parallel()
	export, release := rbac.Action("report.export"), rbac.ReleaseMiniProgram
	specs := func(scope rbac.Scope) []rbac.Spec {
		return []rbac.Spec{rbac.Defaults(), {
			Actions: map[rbac.Action]rbac.Target{export: rbac.OnMiniProgram},
			Extend:  map[rbac.RoleID]rbac.Permissions{rbac.Developer: {export: scope, release: scope}},
		}}
	}
	ann := annWith(inRole(rbac.Developer, "mp-1"))
	first, second := theShop.MiniProgram("mp-1"), theShop.MiniProgram("mp-2")
	narrow, wide := policyOf(t, specs(rbac.ScopeAssigned)...), policyOf(t, specs(rbac.ScopeWorkspace)...)
	answer := func(p *rbac.Policy) [4]rbac.Decision {
		s := p.Bind(ann)
		return [4]rbac.Decision{
			p.Check(ann, export, first), p.Check(ann, release, second), s.Check(export, second), s.Check(export, first),
		}
	}
	possible := map[[4]rbac.Decision]bool{answer(narrow): true, answer(wide): true}
	require.Len(t, possible, 2, "the two policies must answer differently")

	var current atomic.Pointer[rbac.Policy]
	current.Store(narrow)
	var working sync.WaitGroup
	var done atomic.Bool
	var swapsSeen atomic.Int64 // times that a reader saw the answer change
	for range runtime.GOMAXPROCS(0) {
		working.Go(func() {
			for last := answer(narrow); !done.Load(); {
				got := answer(current.Load())
				if !possible[got] {
					t.Errorf("neither policy gives this answer: %+v", got)
					return
				}
				swapsSeen.Add(int64(oneIf(got != last)))
				last = got
			}
		})
	}
	working.Go(func() {
		defer done.Store(true)
		for i := 0; i < 10_000 && swapsSeen.Load() < 100; i++ {
			scope := []rbac.Scope{rbac.ScopeAssigned, rbac.ScopeWorkspace}[i%2]
			next, err := rbac.New(specs(scope)...)
			if err != nil {
				t.Errorf("the next policy: %v", err)
				return
			}
			current.Store(next)
		}
	})
	working.Wait()
	require.GreaterOrEqual(t, swapsSeen.Load(), int64(100), "times that a reader saw the answer change")
}

// One policy, one subject and one filter serve any number of goroutines.
func TestLaw9SharedWithoutLocks(t *testing.T) {
	t.Parallel()
	w := world{policy: gridPolicy, timeline: fixedTime(), resources: gridResources(), members: gridMembers()[:6]}
	w.actions = slices.Sorted(maps.Keys(gridPolicy.Spec().Actions))
	want := w.answers()
	ann := gridMember(rbac.KindDeveloper, rbac.ScopeOwn|rbac.ScopeAssigned, "mp-2", "mp-1", "mp-2")
	shared, private := w.policy.Bind(ann), w.policy.Bind(ann)
	matches := w.matches(private, private.Filter("on.any"))
	want.requireBoth(t, 100)
	require.Positive(t, matches)
	var working sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		working.Go(func() {
			if got := w.answers(); got != want {
				t.Errorf("%+v answers instead of %+v", got, want)
			}
			if got := w.matches(shared, shared.Filter("on.any")); got != matches {
				t.Errorf("%d matches of a shared subject and its filter instead of %d", got, matches)
			}
			w.policy.Fingerprint()
			w.policy.Spec()
			w.policy.Bind(w.members[0])
		})
	}
	working.Wait()
}

// matches counts what a subject and a filter allow.
func (w world) matches(s *rbac.Subject, f rbac.Filter) int {
	matched := 0
	for _, r := range w.resources {
		matched += oneIf(f.Match(r))
		for range s.Actions(r) {
			matched++
		}
	}
	return matched
}
