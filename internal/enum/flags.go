package enum

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Flags are the words for sets of bits.
type Flags struct {
	Of    string // what the set is, for errors: "scope"
	None  string // the word for the empty set; empty where the empty set has no word
	Words []Word // single bits first, in their order; then words for several bits
}

// Word names one bit, or several that have a name of their own.
type Word struct {
	Name string
	Bits uint8
}

// String returns the one word for the set, or the words of its bits joined by
// "|", and one such as "scope(32)" for a set with an unknown bit.
func (f Flags) String(set uint8) string {
	switch {
	case set == 0 && f.None != "":
		return f.None
	case set == 0 || set&^f.All() != 0:
		return fmt.Sprintf("%s(%d)", f.Of, set)
	}
	for _, w := range f.Words {
		if w.Bits == set {
			return w.Name
		}
	}
	return strings.Join(slices.Collect(f.Singles(set)), "|")
}

// Singles yields the words of the single bits in the set, in their order.
func (f Flags) Singles(set uint8) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, w := range f.Words {
			if w.Bits&(w.Bits-1) == 0 && set&w.Bits != 0 && !yield(w.Name) {
				return
			}
		}
	}
}

// Marshal returns what String does, or an error for a set that has no words.
func (f Flags) Marshal(set uint8) ([]byte, error) {
	if set&^f.All() != 0 || set == 0 && f.None == "" {
		return nil, fmt.Errorf("rbac: %s %d has no name; use %s", f.Of, set, f.list())
	}
	return []byte(f.String(set)), nil
}

// Unmarshal returns the set of a word or of words joined by "|".
func (f Flags) Unmarshal(text string) (uint8, error) {
	if text == f.None && text != "" {
		return 0, nil
	}
	var set uint8
	for word := range strings.SplitSeq(text, "|") {
		bits, err := f.Find(word)
		if err != nil {
			return 0, fmt.Errorf("rbac: %w", err)
		}
		set |= bits
	}
	return set, nil
}

// Find returns the bits of one word, or an *UnknownError.
func (f Flags) Find(word string) (uint8, error) {
	for _, w := range f.Words {
		if w.Name == word {
			return w.Bits, nil
		}
	}
	return 0, &UnknownError{Of: f.Of, Word: word, Hint: suggest.Hint(word, f.names(), "use "+f.list())}
}

// All is the set of all known bits.
func (f Flags) All() uint8 {
	var all uint8
	for _, w := range f.Words {
		all |= w.Bits
	}
	return all
}

func (f Flags) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		slices.Values(f.Words)(func(w Word) bool { return yield(w.Name) })
	}
}

func (f Flags) list() string { return strings.Join(slices.Collect(f.names()), ", ") }
