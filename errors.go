package rbac

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// ValidationError is one problem of a spec, a workspace, a member, a document or the
// columns of a clause. It names the place, so that a person or a tool can point at it.
//
// What builds, validates or writes returns one for each problem it finds, joined. After a
// thousand problems it stops, and the last error says that there are more. What reads a
// document stops at the first problem of its form.
type ValidationError struct {
	Place   string // where: "roles[3].permissions"
	Problem string // what is wrong: `unknown action "miniprogram.relase"`
	Hint    string // what to do: `did you mean "miniprogram.release"?`

	// Where in the text of a document, from 1; 0 where there is no text. A column counts
	// bytes.
	Line, Column int
}

func newProblem(place, problem, hint string) *ValidationError {
	return &ValidationError{Place: place, Problem: problem, Hint: hint}
}

// Error returns place, problem and hint as one sentence.
func (e *ValidationError) Error() string {
	text := "rbac: "
	if e.Line > 0 {
		text += fmt.Sprintf("%d:%d: ", e.Line, e.Column)
	}
	if e.Place != "" {
		text += e.Place + ": "
	}
	return text + e.Problem + "; " + e.Hint
}

// problems collects what is wrong, in the order in which it is found.
type problems []error

func (p *problems) add(place, problem, hint string) {
	switch {
	case len(*p) < mostProblems:
		*p = append(*p, newProblem(place, problem, hint))
	case len(*p) == mostProblems:
		*p = append(*p, newProblem("", "there are more problems than these", "fix these first"))
	}
}

// unknown adds a word that names nothing. The hint is the nearest known word, or
// the given text if no known word is near.
func (p *problems) unknown(place, what, word string, known iter.Seq[string], otherwise string) {
	hint := otherwise
	if len(*p) < mostSuggestions {
		hint = suggest.Hint(word, known, otherwise)
	}
	p.add(place, fmt.Sprintf("unknown %s %s", what, suggest.Quote(word)), hint)
}

func (p problems) err() error { return errors.Join(p...) }

// withEach returns the error with each of its problems changed by the function.
func withEach(err error, change func(*ValidationError)) error {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	var changed problems
	for _, problem := range all {
		e, ok := problem.(*ValidationError)
		if !ok {
			return err
		}
		copied := *e
		change(&copied)
		changed = append(changed, &copied)
	}
	return changed.err()
}

// replacePlace returns the error with the start of each place replaced.
func replacePlace(err error, old, place string) error {
	return withEach(err, func(e *ValidationError) {
		if rest, found := strings.CutPrefix(e.Place, old); found {
			e.Place = place + rest
		}
	})
}

const (
	// mostProblems bounds the size of an error. A hostile document in which
	// everything is wrong would otherwise give an error many times its own size.
	mostProblems = 1_000

	// mostSuggestions bounds the search for near words, so that a hostile document
	// full of unknown names is refused as fast as any other.
	mostSuggestions = 16
)
