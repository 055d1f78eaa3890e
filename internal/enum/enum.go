// Package enum gives the names of enumerations and of sets of flags, and reads
// them back. It knows a name or refuses it: nothing is folded or trimmed.
package enum

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Names are the words for the values 0, 1, 2 and so on of an enumeration. An
// empty word is a value without a name, which is never written nor read.
type Names struct {
	Of    string // what is enumerated, for errors: "status"
	Words []string
}

// String returns the word of a value, and one such as "status(9)" for a value
// that has none.
func (n Names) String(value uint8) string {
	if !n.has(value) {
		return fmt.Sprintf("%s(%d)", n.Of, value)
	}
	return n.Words[value]
}

// Marshal returns the word of a value, or an error for a value that has none.
func (n Names) Marshal(value uint8) ([]byte, error) {
	if !n.has(value) {
		return nil, fmt.Errorf("rbac: %s %d has no name; use one of %s", n.Of, value, n.list())
	}
	return []byte(n.Words[value]), nil
}

// Unmarshal returns the value of a word, or an error for a word it does not
// know.
func (n Names) Unmarshal(word string) (uint8, error) {
	if i := slices.Index(n.Words, word); i >= 0 && word != "" {
		return uint8(i), nil
	}
	return 0, fmt.Errorf("rbac: %w", &UnknownError{Of: n.Of, Word: word, Hint: n.hint(word)})
}

// Read sets the value that the text names. With an error it leaves the value as
// it was.
func Read[V ~uint8](names interface{ Unmarshal(string) (uint8, error) }, text []byte, value *V) error {
	read, err := names.Unmarshal(string(text))
	if err == nil {
		*value = V(read)
	}
	return err
}

// Value returns the word of a value for a column of a database, or an error for a value
// that has none.
func Value(names Names, value uint8) (driver.Value, error) {
	word, err := names.Marshal(value)
	if err != nil {
		return nil, err
	}
	return string(word), nil
}

// Scan reads a word from a column of a database. Only text is read: a number in the column
// is another encoding, and NULL is no value.
func Scan[V ~uint8](names Names, column any, value *V) error {
	switch word := column.(type) {
	case nil:
		return fmt.Errorf("rbac: the column of a %s is NULL; store one of %s", names.Of, names.list())
	case string:
		return Read(names, []byte(word), value)
	case []byte:
		return Read(names, word, value)
	}
	return fmt.Errorf("rbac: the column of a %s holds %T and no text; store one of %s", names.Of, column, names.list())
}

// hint says which word a misspelt one may have been meant to be.
func (n Names) hint(word string) string {
	return suggest.Hint(word, slices.Values(n.Words), "use one of "+n.list())
}

func (n Names) has(value uint8) bool { return int(value) < len(n.Words) && n.Words[value] != "" }

func (n Names) list() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(n.Words), func(w string) bool { return w == "" }), ", ")
}

// UnknownError is a word that names nothing.
type UnknownError struct{ Of, Word, Hint string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown %s %s; %s", e.Of, suggest.Quote(e.Word), e.Hint)
}
