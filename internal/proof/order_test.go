package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// The order of what is held changes neither who may do a step nor what is left after it.
func TestLaw6OrderDoesNotMatterToSteps(t *testing.T) {
	t.Parallel()
	done, denied := map[string]int{}, map[rbac.Reason]int{}
	worlds(t, 21, 400, fixedTime(), func(d dice, w world) {
		for _, actor := range w.members {
			for _, m := range w.members {
				s, other := w.policy.BindAt(w.now, actor), w.policy.BindAt(w.now, shuffledMember(d, actor))
				want, got := everyStep(s, m), everyStep(other, m)
				for step, err := range want {
					if !reflect.DeepEqual(err, got[step]) {
						t.Errorf("%v: %s: %v, and of shuffled assignments %v: %s", w, step, err, got[step], memberText(actor))
					}
					var reason *rbac.DeniedError
					if errors.As(err, &reason) {
						denied[reason.Reason]++
						continue
					}
					done[step]++
				}
				w.compareShuffledTarget(t, d, s, m)
			}
		}
	})
	require.Len(t, done, 12, "steps that somebody could do: %v", done)
	require.GreaterOrEqual(t, denied[rbac.ReasonNotCovered], 300, "steps that were not covered")
}

// compareShuffledTarget gives and takes with the other's assignments in another order.
func (w world) compareShuffledTarget(t *testing.T, d dice, s *rbac.Subject, m rbac.Member) {
	t.Helper()
	shuffledTarget := shuffledMember(d, m)
	given := w.anyAssignment(d, w.timeline, m.Workspace.Kind)
	held := oneOf(d, m.Assignments, given)
	for step, take := range map[string]func(rbac.Member) (rbac.Member, error){
		"Assign":  func(m rbac.Member) (rbac.Member, error) { return s.Assign(m, given) },
		"Revoke":  func(m rbac.Member) (rbac.Member, error) { return s.Revoke(m, held) },
		"Replace": func(m rbac.Member) (rbac.Member, error) { return s.Replace(m, held, given) },
		"Block":   s.Block,
		"Delete":  s.Delete,
	} {
		want, wantErr := take(m)
		got, err := take(shuffledTarget)
		if !reflect.DeepEqual(wantErr, err) || !sameMember(want, got) {
			t.Errorf("%v: %s: %v instead of %v: %s instead of %s", w, step, err, wantErr, memberText(got), memberText(want))
		}
	}
}

// sameMember ignores the order of assignments and of the mini programs they name.
func sameMember(m, n rbac.Member) bool {
	texts := func(m rbac.Member) []string {
		var all []string
		for _, as := range m.Assignments {
			as.MiniPrograms = slices.Sorted(slices.Values(as.MiniPrograms))
			all = append(all, assignmentText(as))
		}
		slices.Sort(all)
		return append(all, fmt.Sprint(m.ID, m.Workspace, m.Status, m.Suspended, m.InvitedAt))
	}
	return slices.Equal(texts(m), texts(n))
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
		specs[i].Administers = maps.Clone(specs[i].Administers)
		for id, administered := range specs[i].Administers {
			specs[i].Administers[id] = shuffled(d, administered)
		}
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
