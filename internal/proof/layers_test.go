package proof

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 8, for layers: With decides, writes, warns and refuses as New of the same specs does, and is fingerprinted alike.

// stack is a policy with a layer on it, made by With and by New.
type stack struct {
	world          // about the whole, so that its questions are about the layer too
	base           *rbac.Policy
	layer          rbac.Spec
	layered, whole *rbac.Policy
}

// stacks visits generated policies with a layer each. Half of the bases have a layer themselves.
func stacks(t *testing.T, seed uint64, number int, c timeline, visit func(d dice, s stack)) {
	t.Helper()
	worlds(t, seed, number, c, func(d dice, w world) {
		s := stack{world: w, base: w.policy, layer: anyLayer(d, w.ref)}
		var err error
		if s.layered, err = s.base.With(s.layer); err != nil {
			t.Fatalf("%v: With refuses a valid layer: %v", w, err)
		}
		s.whole = policyOf(t, s.base.Spec(), s.layer)
		s.ref = w.ref.layered(s.layer)
		s.vocabulary = vocabularyOf(s.ref)
		s.policy, s.members, s.resources = s.layered, nil, nil
		s.populate(d, 6, 14)
		visit(d, s)
	})
}

// anyLayer is a spec with a few things left out, because most layers add only one.
func anyLayer(d dice, ref reference) rbac.Spec {
	layer := anySpec(d, "layer", ref)
	if chance(d, 50) {
		layer.FourEyes = nil
	}
	if chance(d, 40) {
		layer.Extend = nil
	}
	if chance(d, 40) {
		layer.Actions = nil
		declared := ref.targets
		forget := func(a rbac.Action, _ rbac.Scope) bool { _, known := declared[a]; return !known }
		for _, role := range layer.Roles {
			maps.DeleteFunc(role.Permissions, forget)
		}
		for _, permissions := range layer.Extend {
			maps.DeleteFunc(permissions, forget)
		}
		maps.DeleteFunc(layer.Labels, func(a rbac.Action, _ rbac.Label) bool { return forget(a, 0) })
		layer.FourEyes = slices.DeleteFunc(layer.FourEyes, func(a rbac.Action) bool { return forget(a, 0) })
	}
	layer.FourEyes = usableFourEyes(layer.FourEyes, ref.with(layer))
	for _, action := range picks(d, 2, vocabularyOf(ref).actions) {
		layer.Labels[action] = pick(d, []rbac.Label{{}, {Name: "Changed"}, {Group: "Moved"}})
	}
	return layer
}

// usableFourEyes leaves out actions that a role grants only on one's own.
func usableFourEyes(actions []rbac.Action, ref reference) []rbac.Action {
	return slices.DeleteFunc(actions, func(a rbac.Action) bool {
		never := func(id rbac.RoleID) bool { return ref.neverUnderFourEyes(id, a) }
		return slices.ContainsFunc(vocabularyOf(ref).roles, never)
	})
}

func TestLaw8LayersDecideAsOnePolicy(t *testing.T) {
	t.Parallel()
	var seen tally
	stacks(t, 50, 250, fixedTime(), func(d dice, s stack) {
		s.eachQuestion(d, 8, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := s.whole.CheckAt(s.now, m, a, r)
			seen.count(want.Allowed)
			if got := s.layered.CheckAt(s.now, m, a, r); got != want {
				t.Errorf("%v: With says %+v, New %+v: %s", s, got, want, questionText(m, a, r))
			}
			if reference := s.ref.allows(s.now, m, a, r); reference != want.Allowed {
				t.Errorf("%v: New says %+v, the reference %v: %s", s, want, reference, questionText(m, a, r))
			}
		})
		for _, m := range s.members {
			s.compareSubjects(t, d, m)
		}
	})
	seen.requireBoth(t, 5_000)
}

// compareSubjects compares every answer of a subject but those of Define and Undefine, which go by the last layer.
func (s stack) compareSubjects(t *testing.T, d dice, m rbac.Member) {
	t.Helper()
	got, want := s.layered.BindAt(s.now, m), s.whole.BindAt(s.now, m)
	assert.Equal(t, want.Permissions(), got.Permissions(), "%v: Permissions of %s", s, memberText(m))
	for range 3 {
		a, r, other := pick(d, s.actions), pick(d, s.resources), pick(d, s.members)
		assert.Equal(t, slices.Collect(want.Actions(r)), slices.Collect(got.Actions(r)), "%v: Actions", s)
		assert.Equal(t, want.Filter(a).String(), got.Filter(a).String(), "%v: Filter", s)
		assert.Equal(t, want.Explain(a, r), got.Explain(a, r), "%v: Explain", s)
		assert.Equal(t, slices.Collect(want.Assignable(other)), slices.Collect(got.Assignable(other)),
			"%v: Assignable, by %s to %s", s, memberText(m), memberText(other))
		wantSteps, gotSteps := everyStep(want, other), everyStep(got, other)
		for _, steps := range []map[string]error{wantSteps, gotSteps} {
			delete(steps, "Define")
			delete(steps, "Undefine")
		}
		assert.Equal(t, wantSteps, gotSteps, "%v: steps by %s on %s", s, memberText(m), memberText(other))
		given := s.anyAssignment(d, s.timeline, other.Workspace.Kind)
		wantMember, wantErr := want.Assign(other, given)
		gotMember, gotErr := got.Assign(other, given)
		assert.Equal(t, wantErr, gotErr, "%v: Assign %s, by %s", s, assignmentText(given), memberText(m))
		assert.Equal(t, wantMember, gotMember, "%v: Assign", s)
	}
}

func TestLaw8LayersListAndWriteAsOnePolicy(t *testing.T) {
	t.Parallel()
	warnings := 0
	stacks(t, 51, 200, fixedTime(), func(d dice, s stack) {
		got, want := s.layered, s.whole
		before := s.base.Fingerprint() + string(encoded(t, s.base.Spec()))
		assert.Equal(t, string(canonical(t, want.Spec())), string(canonical(t, got.Spec())), "%v: Spec", s)
		assert.Equal(t, want.Fingerprint(), got.Fingerprint(), "%v: Fingerprint", s)
		assert.Equal(t, slices.Collect(want.Roles()), slices.Collect(got.Roles()), "%v: Roles", s)
		assert.Equal(t, want.Warnings(), got.Warnings(), "%v: Warnings", s)
		assert.Empty(t, rbac.Diff(want, got), "%v: Diff", s)
		assert.Equal(t, rbac.Diff(s.base, want), rbac.Diff(s.base, got), "%v: Diff from the base", s)
		warnings += len(want.Warnings())
		targets := map[rbac.Action]rbac.Target{}
		for action, target := range got.Actions() {
			targets[action] = target
			assert.Equal(t, want.Label(action), got.Label(action), "%v: Label of %s", s, action)
			scope := pick(d, eachScope)
			assert.Equal(t, slices.Collect(want.RolesWith(action, scope)), slices.Collect(got.RolesWith(action, scope)),
				"%v: RolesWith %s, %s", s, action, scope)
		}
		assert.Equal(t, want.Spec().Actions, targets, "%v: Actions", s)
		for _, id := range append(s.roles, "nobody", "") {
			wantRole, wantFound := want.Role(id)
			gotRole, gotFound := got.Role(id)
			assert.Equal(t, wantFound, gotFound, "%v: Role %q", s, id)
			assert.Equal(t, wantRole, gotRole, "%v: Role %q", s, id)
		}
		for _, m := range s.members {
			assert.Equal(t, want.ValidateMemberAt(s.now, m), got.ValidateMemberAt(s.now, m), "%v: ValidateMember", s)
			assert.Equal(t, want.ValidateWorkspaceAt(s.now, m.Workspace, slices.Values(s.members)),
				got.ValidateWorkspaceAt(s.now, m.Workspace, slices.Values(s.members)), "%v: ValidateWorkspace", s)
		}
		assert.Equal(t, before, s.base.Fingerprint()+string(encoded(t, s.base.Spec())), "%v: the base", s)
	})
	require.GreaterOrEqual(t, warnings, 200, "warnings compared")
}

func canonical(t testing.TB, spec rbac.Spec) []byte {
	t.Helper()
	text, err := spec.Canonical()
	require.NoError(t, err)
	return text
}

// A host stores Own and puts it on the same base again, or on a newer one.
func TestLaw8OwnIsTheLayer(t *testing.T) {
	t.Parallel()
	stacks(t, 52, 120, fixedTime(), func(d dice, s stack) {
		assert.Equal(t, string(canonical(t, s.layer)), string(canonical(t, s.layered.Own())), "%v: Own", s)
		again, err := s.base.With(parsed(t, encoded(t, s.layered.Own())))
		require.NoError(t, err, "%v: the stored layer", s)
		assert.Equal(t, string(canonical(t, s.layered.Spec())), string(canonical(t, again.Spec())), "%v: Spec", s)
		assert.Equal(t, s.layered.Fingerprint(), again.Fingerprint(), "%v: Fingerprint", s)
		assert.Empty(t, s.whole.Own(), "%v: Own of a policy of New", s)

		second := anySpec(d, "second", s.ref)
		onTop, err := s.layered.With(second)
		require.NoError(t, err, "%v: a layer on a layer", s)
		assert.Equal(t, string(canonical(t, second)), string(canonical(t, onTop.Own())), "%v: Own of the last layer", s)
		want := policyOf(t, s.layered.Spec(), second)
		assert.Equal(t, string(canonical(t, want.Spec())), string(canonical(t, onTop.Spec())), "%v: two layers", s)
		assert.Equal(t, want.Fingerprint(), onTop.Fingerprint(), "%v: two layers", s)
	})
}

// damages make a layer that does not fit its base, or is not well formed.
var damages = []func(d dice, w world, layer *rbac.Spec){
	func(_ dice, _ world, layer *rbac.Spec) {
		layer.Extend = map[rbac.RoleID]rbac.Permissions{"nobody": {rbac.ViewMiniProgram: rbac.ScopeAssigned}}
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.Roles = append(layer.Roles, rbac.Role{ID: pick(d, w.roles), Kind: rbac.KindTenant})
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.Actions = map[rbac.Action]rbac.Target{pick(d, w.actions): rbac.OnAny}
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.FourEyes = append(layer.FourEyes, pick(d, unknownActions), pick(d, w.actions), pick(d, w.actions))
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.Exclusive = append(layer.Exclusive, []rbac.RoleID{pick(d, w.roles), pick(d, w.roles)})
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.Administers = map[rbac.RoleID][]rbac.RoleID{pick(d, w.roles): {pick(d, w.roles), pick(d, w.roles), "x"}}
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.AtLeast = map[rbac.RoleID]int{pick(d, w.roles): 2 + d.IntN(3), "workspace_admin": 2}
		layer.AtMost = map[rbac.RoleID]int{pick(d, w.roles): d.IntN(3) - 1, "developer_admin": d.IntN(2)}
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.Extend = map[rbac.RoleID]rbac.Permissions{pick(d, w.roles): {pick(d, w.actions): pick(d, eachScope) | 16}}
	},
	func(d dice, w world, layer *rbac.Spec) {
		layer.Extend = map[rbac.RoleID]rbac.Permissions{pick(d, w.roles): {pick(d, w.actions): pick(d, eachScope)}}
	},
	func(d dice, _ world, layer *rbac.Spec) { *layer = hostileSpec(d) },
	func(d dice, w world, layer *rbac.Spec) {
		layer.Labels = map[rbac.Action]rbac.Label{pick(d, unknownActions): {Name: "line\nbreak"}}
	},
}

func TestLaw8LayersAreRefusedAsOnePolicy(t *testing.T) {
	t.Parallel()
	refused, accepted, problems := 0, 0, map[string]bool{}
	worlds(t, 53, 300, fixedTime(), func(d dice, w world) {
		for range 5 {
			layer := anyLayer(d, w.ref)
			for range 1 + d.IntN(2) {
				pick(d, damages)(d, w, &layer)
			}
			layered, gotErr := w.policy.With(layer)
			_, wantErr := rbac.New(w.policy.Spec(), layer)
			if (gotErr == nil) != (wantErr == nil) || (layered == nil) == (gotErr == nil) {
				t.Fatalf("%v: With says %v, New %v: %+v", w, gotErr, wantErr, layer)
			}
			got, want := problemTexts(t, gotErr), problemTexts(t, wantErr)
			if !maps.Equal(got, want) {
				t.Fatalf("%v: With says %v, New %v: %+v", w, gotErr, wantErr, layer)
			}
			refused += oneIf(gotErr != nil)
			accepted += oneIf(gotErr == nil)
			for text := range got {
				problems[strings.Map(dropQuoted(), text)] = true
			}
		}
	})
	require.GreaterOrEqual(t, refused, 500, "layers that are refused")
	require.GreaterOrEqual(t, accepted, 50, "layers that are accepted")
	require.GreaterOrEqual(t, len(problems), 20, "kinds of problems: %v", slices.Sorted(maps.Keys(problems)))
}

// problemTexts counts the problems of an error. New calls the places of the layer "specs[1]...". A problem that it finds
// in the base's own spec has no place in a layer, and is compared by its words alone.
func problemTexts(t testing.TB, err error) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, one := range errorsIn(err) {
		var problem *rbac.ValidationError
		if !errors.As(one, &problem) {
			t.Fatalf("not a *ValidationError: %v", one)
		}
		if strings.Contains(problem.Problem, "only on one's own") {
			found[problem.Problem] = 1
			continue
		}
		place, _ := strings.CutPrefix(problem.Place, "specs[1].")
		found[fmt.Sprintf("%s: %s; %s", place, problem.Problem, problem.Hint)]++
	}
	return found
}

// dropQuoted leaves out what stands in quotes.
func dropQuoted() func(rune) rune {
	quoted := false
	return func(r rune) rune {
		if r == '"' {
			quoted = !quoted
		}
		if quoted || '0' <= r && r <= '9' {
			return -1
		}
		return r
	}
}

// A layer names roles of its base. Once one of them is gone the layer is an error, and not the base alone.
func TestLaw8LayersNeedWhatTheyName(t *testing.T) {
	t.Parallel()
	missing := 0
	stacks(t, 54, 150, fixedTime(), func(d dice, s stack) {
		for _, id := range vocabularyOf(*s.ref.under).roles {
			if !mentions(s.layer, id) {
				continue
			}
			older := without(s.base.Spec(), id)
			base, err := rbac.New(older)
			require.NoError(t, err, "%v: the base without %s", s, id)
			layered, err := base.With(s.layered.Own())
			assert.ErrorContains(t, err, fmt.Sprintf("unknown role %q", id), "%v", s)
			assert.Nil(t, layered, "%v: a policy together with an error", s)
			missing++
		}
	})
	require.GreaterOrEqual(t, missing, 100, "roles that a layer names and its base no longer has")
}

func mentions(layer rbac.Spec, id rbac.RoleID) bool {
	_, extended := layer.Extend[id]
	_, bounded := layer.AtMost[id]
	lists := slices.Concat(slices.Collect(maps.Values(layer.Administers)), layer.Exclusive)
	_, administers := layer.Administers[id]
	return extended || bounded || administers || slices.ContainsFunc(lists, func(ids []rbac.RoleID) bool {
		return slices.Contains(ids, id)
	})
}

// without is the spec without a role, wherever it is named.
func without(spec rbac.Spec, id rbac.RoleID) rbac.Spec {
	named := func(other rbac.RoleID) bool { return other == id }
	spec.Roles = slices.DeleteFunc(spec.Roles, func(role rbac.Role) bool { return role.ID == id })
	delete(spec.Administers, id)
	for other, administered := range spec.Administers {
		spec.Administers[other] = slices.DeleteFunc(administered, named)
	}
	spec.Exclusive = slices.DeleteFunc(spec.Exclusive, func(set []rbac.RoleID) bool { return slices.Contains(set, id) })
	delete(spec.AtLeast, id)
	delete(spec.AtMost, id)
	return spec
}

// Nothing that With is given, or that its policy hands out, is shared with the policy or its base.
func TestLaw9LayersShareNothingWithTheCaller(t *testing.T) {
	t.Parallel()
	stacks(t, 55, 80, fixedTime(), func(_ dice, s stack) {
		texts := func() []string {
			var all []string
			for _, p := range []*rbac.Policy{s.base, s.layered} {
				all = append(all, string(canonical(t, p.Spec())), string(canonical(t, p.Own())), p.Fingerprint())
			}
			return all
		}
		before, answers := texts(), s.answers()
		overwrite(s.layer)
		overwrite(s.layered.Own())
		overwrite(s.layered.Spec())
		overwriteRoles(slices.Collect(s.layered.Roles()))
		assert.Equal(t, before, texts(), "%v: the base and the layer", s)
		assert.Equal(t, answers, s.answers(), "%v: the answers", s)
		assert.False(t, reflect.DeepEqual(s.layer, s.layered.Own()), "%v: the layer is not overwritten", s)
	})
}

// Policies with one base are built and asked by many goroutines at once.
func TestLaw9LayersAreBuiltAtOnce(t *testing.T) {
	t.Parallel()
	base, err := officePolicy.With(rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		bystander: {readReports: rbac.ScopeWorkspace},
	}})
	require.NoError(t, err)
	cashier := rbac.Spec{Roles: []rbac.Role{{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: theShop,
		Permissions: rbac.Permissions{readReports: rbac.ScopeWorkspace}}}}
	want := policyOf(t, base.Spec(), cashier).Fingerprint()
	results := make(chan error, 16)
	for range cap(results) {
		go func() {
			layered, err := base.With(cashier)
			if err == nil && layered.Fingerprint() != want {
				err = fmt.Errorf("another fingerprint: %s", layered.Fingerprint())
			}
			if err == nil && !layered.Can(annWith(inRole("cashier")), readReports, theShop.Resource()) {
				err = errors.New("the cashier may not read reports")
			}
			results <- err
		}()
	}
	for range cap(results) {
		assert.NoError(t, <-results)
	}
}
