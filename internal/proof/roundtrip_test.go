package proof

import (
	"encoding/json"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 8: what is written is read back as the same policy, and JSON passes the same checks as Go code.

func TestLaw8RoundTrip(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 12, 120, wallTime(), func(d dice, w world) {
		text := encoded(t, w.policy.Spec())
		others := map[string]*rbac.Policy{
			"the merged spec":        policyOf(t, w.policy.Spec()),
			"the merged spec's JSON": policyOf(t, parsed(t, text)),
			"the JSON of each spec":  policyOf(t, eachParsed(t, w.specs)...),
		}
		for what, other := range others {
			assert.Equal(t, string(text), string(encoded(t, other.Spec())), "%v: the canonical JSON of %s", w, what)
			assert.Equal(t, w.policy.Fingerprint(), other.Fingerprint(), "%v: the fingerprint of %s", w, what)
			assert.Empty(t, rbac.Diff(w.policy, other), "%v: the difference to %s", w, what)
		}
		assert.Equal(t, string(text), string(encoded(t, parsed(t, text))), "%v: written, read and written again", w)
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := w.policy.Check(m, a, r)
			seen.count(want.Allowed)
			for what, other := range others {
				if got := other.Check(m, a, r); got != want {
					t.Errorf("%v: %s: %+v instead of %+v: %s", w, what, got, want, questionText(m, a, r))
				}
			}
		})
	})
	seen.requireBoth(t, 2_000)
}

func eachParsed(t testing.TB, specs []rbac.Spec) []rbac.Spec {
	t.Helper()
	var read []rbac.Spec
	for _, spec := range specs {
		read = append(read, parsed(t, encoded(t, spec)))
	}
	return read
}

// Different policies have different fingerprints.
func TestLaw8FingerprintsTellPoliciesApart(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	worlds(t, 13, 100, wallTime(), func(_ dice, w world) {
		text := string(encoded(t, w.policy.Spec()))
		if other, seen := documents[w.policy.Fingerprint()]; seen && other != text {
			t.Errorf("%v: two policies with one fingerprint:\n%s\n%s", w, text, other)
		}
		documents[w.policy.Fingerprint()] = text
	})
	require.GreaterOrEqual(t, len(documents), 90, "different policies")
}

// What New refuses in Go code is refused in JSON too, when it is read or when a policy is built from it.
func TestLaw8OneSetOfChecks(t *testing.T) {
	t.Parallel()
	developer := func(p rbac.Permissions) rbac.Spec {
		return rbac.Spec{Roles: []rbac.Role{{ID: "new", Kind: rbac.KindDeveloper, Permissions: p}}}
	}
	rows := map[string]struct {
		spec rbac.Spec
		text string
	}{
		"an unknown action": {
			developer(rbac.Permissions{"miniprogram.relase": rbac.ScopeWorkspace}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"miniprogram.relase":["workspace"]}}]}`,
		},
		"a merchant's role over the tenant": {
			developer(rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeTenant}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"miniprogram.view":["tenant"]}}]}`,
		},
		"assigned without programs": {
			developer(rbac.Permissions{rbac.ManageWorkspace: rbac.ScopeAssigned}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"workspace.manage":["assigned"]}}]}`,
		},
		"an invalid scope": {
			developer(rbac.Permissions{rbac.ViewMiniProgram: 1 << 7}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"miniprogram.view":["all"]}}]}`,
		},
		"a role without kind": {
			rbac.Spec{Roles: []rbac.Role{{ID: "new"}}},
			`{"roles":[{"id":"new"}]}`,
		},
		"a role without ID": {
			rbac.Spec{Roles: []rbac.Role{{Kind: rbac.KindTenant}}},
			`{"roles":[{"kind":"tenant"}]}`,
		},
		"a role defined again": {
			rbac.Spec{Roles: []rbac.Role{{ID: "developer", Kind: rbac.KindDeveloper}}},
			`{"roles":[{"id":"developer","kind":"developer"}]}`,
		},
		"an action declared again": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.ViewMiniProgram: rbac.OnMiniProgram}},
			`{"actions":{"miniprogram.view":["miniprogram"]}}`,
		},
		"an action on nothing": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{"a.b": 0}},
			`{"actions":{"a.b":[]}}`,
		},
		"a wildcard": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{"miniprogram.*": rbac.OnMiniProgram}},
			`{"actions":{"miniprogram.*":["miniprogram"]}}`,
		},
		"capital letters": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{"MiniProgram.view": rbac.OnMiniProgram}},
			`{"actions":{"MiniProgram.view":["miniprogram"]}}`,
		},
		"an unknown role extended": {
			rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"nobody": {rbac.ViewMiniProgram: rbac.ScopeAssigned}}},
			`{"extend":{"nobody":{"miniprogram.view":["assigned"]}}}`,
		},
		"an exclusive set of one": {
			rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer}}},
			`{"exclusive":[["developer"]]}`,
		},
		"four eyes on an unknown action": {
			rbac.Spec{FourEyes: []rbac.Action{"a.b"}},
			`{"four_eyes":["a.b"]}`,
		},
		"a cardinality of an unknown role": {
			rbac.Spec{AtLeast: map[rbac.RoleID]int{"nobody": 1}},
			`{"at_least":{"nobody":1}}`,
		},
	}
	for name, row := range rows {
		policy, err := rbac.New(rbac.Defaults(), row.spec)
		assert.Error(t, err, "%s, in Go", name)
		assert.Nil(t, policy, "%s, in Go", name)
		policy, err = readAndBuild(row.text)
		assert.Error(t, err, "%s, in JSON", name)
		assert.Nil(t, policy, "%s, in JSON", name)
	}
}

func readAndBuild(text string) (*rbac.Policy, error) {
	var spec rbac.Spec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return nil, err
	}
	return rbac.New(rbac.Defaults(), spec)
}

func encoded(t testing.TB, spec rbac.Spec) []byte {
	t.Helper()
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	return text
}

func parsed(t testing.TB, text []byte) rbac.Spec {
	t.Helper()
	var spec rbac.Spec
	require.NoError(t, json.Unmarshal(text, &spec), "%s", text)
	return spec
}
