package proof

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

// Law 6: the order of roles, assignments, slices of a spec and JSON keys changes no answer, no JSON and no fingerprint.

func TestLaw6OrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 9, 120, wallTime(), func(d dice, w world) {
		text := encoded(t, w.policy.Spec())
		others := map[string]*rbac.Policy{
			"specs with shuffled slices": policyOf(t, shuffledSpecs(d, w.specs)...),
			"JSON with shuffled keys":    policyOf(t, parsed(t, shuffledJSON(d, text))),
		}
		for what, other := range others {
			assert.Equal(t, string(text), string(encoded(t, other.Spec())), "%v: %s: the JSON", w, what)
			assert.Equal(t, w.policy.Fingerprint(), other.Fingerprint(), "%v: %s: the fingerprint", w, what)
		}
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := w.policy.Check(m, a, r)
			seen.count(want.Allowed)
			for what, other := range others {
				if got := other.Check(m, a, r); got != want {
					t.Errorf("%v: %s: %+v instead of %+v: %s", w, what, got, want, questionText(m, a, r))
				}
			}
			got := w.policy.Check(shuffledMember(d, m), a, r)
			if got.Allowed != want.Allowed || got.Reason != want.Reason {
				t.Errorf("%v: shuffled assignments: %+v instead of %+v: %s", w, got, want, questionText(m, a, r))
			}
		})
	})
	seen.requireBoth(t, 2_000)
}

func shuffled[T any](d dice, list []T) []T {
	list = slices.Clone(list)
	for i := len(list) - 1; i > 0; i-- {
		j := d.IntN(i + 1)
		list[i], list[j] = list[j], list[i]
	}
	return list
}

func shuffledMember(d dice, m rbac.Member) rbac.Member {
	m.Assignments = shuffled(d, m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].MiniPrograms = shuffled(d, m.Assignments[i].MiniPrograms)
	}
	return m
}

func shuffledSpecs(d dice, specs []rbac.Spec) []rbac.Spec {
	specs = slices.Clone(specs)
	for i := range specs {
		specs[i].Roles = shuffled(d, specs[i].Roles)
		specs[i].FourEyes = shuffled(d, specs[i].FourEyes)
		specs[i].Exclusive = shuffled(d, specs[i].Exclusive)
		for j := range specs[i].Exclusive {
			specs[i].Exclusive[j] = shuffled(d, specs[i].Exclusive[j])
		}
	}
	return specs
}

// shuffledJSON is the same document with shuffled keys and shuffled lists, which are all sets.
func shuffledJSON(d dice, text []byte) []byte {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		panic(err)
	}
	return appendShuffled(d, nil, document)
}

func appendShuffled(d dice, to []byte, value any) []byte {
	switch value := value.(type) {
	case map[string]any:
		return appendShuffledObject(d, to, value)
	case []any:
		return appendShuffledArray(d, to, value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return append(to, text...)
}

func appendShuffledObject(d dice, to []byte, object map[string]any) []byte {
	to = append(to, '{')
	for i, key := range shuffled(d, slices.Sorted(maps.Keys(object))) {
		if i > 0 {
			to = append(to, ", \n"...)
		}
		to = appendShuffled(d, to, key)
		to = append(to, " :\t"...)
		to = appendShuffled(d, to, object[key])
	}
	return append(to, '}')
}

func appendShuffledArray(d dice, to []byte, array []any) []byte {
	to = append(to, '[')
	for i, item := range shuffled(d, array) {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendShuffled(d, to, item)
	}
	return append(to, ']')
}
