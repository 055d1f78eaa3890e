package proof

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
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

// Canonical and json.Marshal write one document. Only the escapes that json.Marshal adds differ.
func TestLaw8CanonicalIsWhatMarshalWrites(t *testing.T) {
	t.Parallel()
	worlds(t, 24, 40, wallTime(), func(_ dice, w world) {
		spec := w.policy.Spec()
		spec.Roles = append(spec.Roles, rbac.Role{ID: "named", Kind: rbac.KindTenant, Name: "<R&D> \u00e9"})
		text, err := spec.Canonical()
		require.NoError(t, err)
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, text)
		assert.Equal(t, escaped.String(), string(encoded(t, spec)), "%v", w)
		assert.Equal(t, parsed(t, text), parsed(t, encoded(t, spec)), "%v", w)
	})
}

// A policy is fingerprinted by what decides. Names, descriptions and labels are for people.
func TestLaw8FingerprintIsOfWhatDecides(t *testing.T) {
	t.Parallel()
	changed := map[string]int{}
	worlds(t, 25, 60, wallTime(), func(d dice, w world) {
		spec := w.policy.Spec()
		for i := range spec.Roles {
			spec.Roles[i].Name, spec.Roles[i].Description = "Nom", "Traduit."
		}
		for action := range spec.Actions {
			spec.Labels[action] = rbac.Label{Name: "Libell\u00e9", Group: "Groupe"}
		}
		translated := policyOf(t, spec)
		assert.Equal(t, w.policy.Fingerprint(), translated.Fingerprint(), "%v: translated", w)
		assert.Empty(t, rbac.Diff(w.policy, translated), "%v: translated", w)
		for what, change := range decidingChanges {
			other := w.policy.Spec()
			if !change(d, &other) {
				continue
			}
			policy, err := rbac.New(other)
			if err != nil {
				continue
			}
			changed[what]++
			assert.NotEqual(t, w.policy.Fingerprint(), policy.Fingerprint(), "%v: %s", w, what)
		}
	})
	for what := range decidingChanges {
		require.GreaterOrEqual(t, changed[what], 20, what)
	}
}

// decidingChanges change one thing that decides, and report whether there was one to change.
var decidingChanges = map[string]func(d dice, spec *rbac.Spec) bool{
	"a permission": func(d dice, spec *rbac.Spec) bool {
		permissions := pick(d, spec.Roles).Permissions
		for action := range permissions {
			delete(permissions, action)
			return true
		}
		return false
	},
	"an action": func(_ dice, spec *rbac.Spec) bool {
		spec.Actions["another.action"] = rbac.OnAny
		return true
	},
	"a role": func(_ dice, spec *rbac.Spec) bool {
		spec.Roles = append(spec.Roles, rbac.Role{ID: "another", Kind: rbac.KindTenant})
		return true
	},
	"whose own role it is": func(d dice, spec *rbac.Spec) bool {
		role := &spec.Roles[d.IntN(len(spec.Roles))]
		if role.Workspace != nowhere {
			role.Workspace = nowhere
			return true
		}
		role.Workspace = theBank
		if role.Kind == rbac.KindDeveloper {
			role.Workspace = banksShop
		}
		return true
	},
	"what a role administers": func(d dice, spec *rbac.Spec) bool {
		for id := range spec.Administers {
			delete(spec.Administers, id)
			return true
		}
		return false
	},
	"an exclusive set": func(d dice, spec *rbac.Spec) bool {
		if len(spec.Exclusive) > 0 {
			spec.Exclusive = spec.Exclusive[1:]
			return true
		}
		spec.Exclusive = [][]rbac.RoleID{{pick(d, spec.Roles).ID, pick(d, spec.Roles).ID}}
		return true
	},
	"four eyes": func(d dice, spec *rbac.Spec) bool {
		for _, action := range shuffled(d, slices.Sorted(maps.Keys(spec.Actions))) {
			onOwn := func(role rbac.Role) bool { return role.Permissions[action] == rbac.ScopeOwn }
			if !slices.Contains(spec.FourEyes, action) && !slices.ContainsFunc(spec.Roles, onOwn) {
				spec.FourEyes = append(spec.FourEyes, action)
				return true
			}
		}
		return false
	},
	"at least": func(d dice, spec *rbac.Spec) bool {
		bounds := maps.Clone(spec.AtLeast)
		if bounds == nil {
			bounds = map[rbac.RoleID]int{}
		}
		bounds[pick(d, spec.Roles).ID] += 2
		spec.AtLeast = bounds
		return true
	},
	"at most": func(d dice, spec *rbac.Spec) bool {
		spec.AtMost = map[rbac.RoleID]int{pick(d, spec.Roles).ID: 99}
		return true
	},
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
		"an exclusive set over two kinds": {
			rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.WorkspaceReviewer, rbac.DeveloperAdmin}}},
			`{"exclusive":[["workspace_reviewer","developer_admin"]]}`,
		},
		"four eyes on one's own": {
			rbac.Spec{FourEyes: []rbac.Action{rbac.ViewRequest}, Roles: []rbac.Role{{
				ID: "new", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn},
			}}},
			`{"four_eyes":["request.view"],"roles":[{"id":"new","kind":"developer","permissions":{"request.view":["own"]}}]}`,
		},
		"four eyes on one's own, by extension": {
			rbac.Spec{
				FourEyes: []rbac.Action{rbac.EditFeature},
				Extend:   map[rbac.RoleID]rbac.Permissions{rbac.Operator: {rbac.EditFeature: rbac.ScopeOwn}},
			},
			`{"four_eyes":["feature.edit"],"extend":{"operator":{"feature.edit":["own"]}}}`,
		},
		"a merchant's role over a tenant's": {
			rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{rbac.DeveloperAdmin: {rbac.WorkspaceAdmin}}},
			`{"administers":{"developer_admin":["workspace_admin"]}}`,
		},
		"an unknown role administered": {
			rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{rbac.DeveloperAdmin: {"nobody"}}},
			`{"administers":{"developer_admin":["nobody"]}}`,
		},
		"a label of an unknown action": {
			rbac.Spec{Labels: map[rbac.Action]rbac.Label{"a.b": {Name: "A"}}},
			`{"labels":{"a.b":{"name":"A"}}}`,
		},
		"a name that turns the text around": {
			rbac.Spec{Roles: []rbac.Role{{ID: "new", Kind: rbac.KindTenant, Name: "admin\u202e"}}},
			`{"roles":[{"id":"new","kind":"tenant","name":"admin\u202e"}]}`,
		},
		"a role of a workspace of the other kind": {
			rbac.Spec{Roles: []rbac.Role{{ID: "new", Kind: rbac.KindTenant, Workspace: theShop}}},
			`{"roles":[{"id":"new","kind":"tenant","workspace":{"kind":"developer","id":"shop","tenant":"wallet"}}]}`,
		},
		"a role of a workspace that contradicts itself": {
			rbac.Spec{Roles: []rbac.Role{{ID: "new", Kind: rbac.KindTenant,
				Workspace: rbac.Workspace{Kind: rbac.KindTenant, ID: "a", Tenant: "b"}}}},
			`{"roles":[{"id":"new","kind":"tenant","workspace":{"kind":"tenant","id":"a","tenant":"b"}}]}`,
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
