package expect

import (
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// read reads one value of a document.
type read[V any] func(*strictjson.Reader) (V, error)

func readInstant(r *strictjson.Reader) (time.Time, error) {
	at, err := r.Time()
	if err == nil && at.IsZero() {
		err = &strictjson.Error{Problem: "the zero time", Hint: "write an instant such as 2027-01-31T00:00:00Z"}
	}
	return at, err
}

// readSet reads a list in which nothing is repeated. An empty one is not nil.
func readSet[E comparable](r *strictjson.Reader, element read[E]) ([]E, error) {
	all := []E{}
	seen := make(map[E]bool)
	err := r.List(0, "", func(r *strictjson.Reader) error {
		e, err := element(r)
		if err == nil && seen[e] {
			return &strictjson.Error{Problem: "it is repeated", Hint: "name it once"}
		}
		seen[e] = true
		all = append(all, e)
		return err
	})
	return all, err
}

func readMap[K ~string, V any](r *strictjson.Reader, value read[V]) (map[K]V, error) {
	m := make(map[K]V)
	return m, strictjson.Map(r, m, 0, "", value)
}

func readAction(r *strictjson.Reader) (rbac.Action, error) {
	name, err := r.String()
	return rbac.Action(name), err
}

// reasonNames yields the words for all reasons.
func reasonNames(yield func(string) bool) {
	for reason := rbac.Reason(0); ; reason++ {
		word, err := reason.MarshalText()
		if err != nil || !yield(string(word)) {
			return
		}
	}
}

func readReason(r *strictjson.Reader) (reason rbac.Reason, err error) {
	word, err := r.String()
	if err != nil {
		return 0, err
	}
	if reason.UnmarshalText([]byte(word)) != nil {
		hint := suggest.Hint(word, reasonNames, "use the name of a reason, such as not_assigned")
		return 0, &strictjson.Error{Problem: "unknown reason " + suggest.Quote(word), Hint: hint}
	}
	return reason, nil
}
