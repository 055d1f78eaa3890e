package expect

import (
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// read reads one value of a document.
type read[V any] func(*strictjson.Reader) (V, error)

func into[V any](dst *V, value read[V]) func(*strictjson.Reader) error {
	return func(r *strictjson.Reader) (err error) {
		*dst, err = value(r)
		return err
	}
}

func text(key string, dst *string) strictjson.Field {
	return strictjson.Field{Key: key, Read: into(dst, (*strictjson.Reader).String)}
}

func instant(dst *time.Time) func(*strictjson.Reader) error {
	return func(r *strictjson.Reader) (err error) {
		if *dst, err = r.Time(); err == nil && dst.IsZero() {
			return &strictjson.Error{Problem: "the zero time", Hint: "write an instant such as 2027-01-31T00:00:00Z"}
		}
		return err
	}
}

// readList reads a list in which nothing is repeated.
func readList[E comparable](element read[E]) read[[]E] {
	return func(r *strictjson.Reader) ([]E, error) {
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
}

func readMap[K ~string, V any](dst *map[K]V, value read[V]) func(*strictjson.Reader) error {
	return func(r *strictjson.Reader) error {
		*dst = make(map[K]V)
		return strictjson.Map(r, *dst, 0, "", value)
	}
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
