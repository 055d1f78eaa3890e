package rbac

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// ValidationError is one problem of a spec, a workspace, a member or the columns
// of a filter. It names the place, so that a person or a tool can point at it.
//
// Workspace.Validate returns one. New, Policy.With, Subject.Define, Spec.Canonical,
// Spec.MarshalJSON, Spec.UnmarshalJSON, Policy.ValidateMember, Policy.ValidateWorkspace,
// Policy.ValidateChange and Filter.Where return one for each problem they find, joined.
// After a thousand problems they stop, and the last error says that there are more.
type ValidationError struct {
	Place   string // where: "roles[3].permissions"
	Problem string // what is wrong: `unknown action "miniprogram.relase"`
	Hint    string // what to do: `did you mean "miniprogram.release"?`
}

// Error returns place, problem and hint as one sentence.
func (e *ValidationError) Error() string {
	text := "rbac: "
	if e.Place != "" {
		text += e.Place + ": "
	}
	return text + e.Problem + "; " + e.Hint
}

// Warning is something about a policy that is legal and surely not meant.
type Warning struct {
	Place   string // where: `roles["auditor"]`
	Problem string // what is surely not meant
	Hint    string // what to do
}

// String returns place, problem and hint as one sentence.
func (w Warning) String() string { return fmt.Sprintf("%s: %s; %s", w.Place, w.Problem, w.Hint) }

// problems collects what is wrong, in the order in which it is found.
type problems []error

func (p *problems) add(place, problem, hint string) {
	switch {
	case len(*p) < mostProblems:
		*p = append(*p, &ValidationError{place, problem, hint})
	case len(*p) == mostProblems:
		*p = append(*p, &ValidationError{"", "there are more problems than these", "fix these first"})
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

// replacePlace returns the error with the start of each place replaced.
func replacePlace(err error, old, place string) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var replaced problems
	for _, problem := range joined.Unwrap() {
		e := *problem.(*ValidationError)
		if rest, found := strings.CutPrefix(e.Place, old); found {
			e.Place = place + rest
		}
		replaced = append(replaced, &e)
	}
	return replaced.err()
}

const (
	// mostProblems bounds the size of an error. A hostile document in which
	// everything is wrong would otherwise give an error many times its own size.
	mostProblems = 1_000

	// mostSuggestions bounds the search for near words, so that a hostile document
	// full of unknown names is refused as fast as any other.
	mostSuggestions = 16
)
