package load

import (
	"fmt"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
)

// Members reads a list of members. A member that is there twice is an error.
func Members(name string) ([]rbac.Member, error) {
	var members []rbac.Member
	err := EachMember(name, func(m rbac.Member) { members = append(members, m) })
	if err != nil {
		return nil, err
	}
	return members, nil
}

// EachMember is Members without a list: it calls the function with one member at a time.
// If there is an error, what the function was told before does not count.
func EachMember(name string, member func(rbac.Member)) error {
	f, err := read(name, mostBytes)
	if err != nil {
		return err
	}
	seen := make(map[rbac.Workspace]map[string]bool)
	err = strictjson.Read(f.data, func(r *strictjson.Reader) error {
		return r.List(0, "", func(r *strictjson.Reader) error {
			m, err := Value[rbac.Member](r)
			if err != nil {
				return err
			}
			there := seen[m.Workspace]
			if there == nil {
				there = make(map[string]bool)
				seen[m.Workspace] = there
			}
			if there[m.ID] {
				problem := fmt.Sprintf("member %s is repeated", address.Member(m))
				return &strictjson.Error{Problem: problem, Hint: "keep one of the two"}
			}
			there[m.ID] = true
			member(m)
			return nil
		})
	})
	if err != nil {
		return f.readError(err)
	}
	return nil
}

// InForce reports whether an assignment is in force at an instant.
func InForce(a *rbac.Assignment, now time.Time) bool {
	return (a.NotBefore.IsZero() || !now.Before(a.NotBefore)) && (a.NotAfter.IsZero() || now.Before(a.NotAfter))
}

// Value reads one value of a document by the library's own reader of that type.
func Value[V any, P interface {
	*V
	UnmarshalJSON([]byte) error
}](r *strictjson.Reader) (V, error) {
	var v V
	raw, err := r.Raw()
	if err != nil {
		return v, err
	}
	if err := P(&v).UnmarshalJSON(raw); err != nil {
		return v, asReaderError(err)
	}
	return v, nil
}

// asReaderError returns the first error of the library as one of the reader, which adds
// the place around it.
func asReaderError(err error) error {
	if e, ok := flatten(err)[0].(*rbac.ValidationError); ok {
		return &strictjson.Error{Place: e.Place, Problem: withoutByte(e.Problem), Hint: e.Hint}
	}
	return &strictjson.Error{Problem: err.Error()}
}

// Text is a document that was read.
type Text struct{ file *file }

// Position returns the line and the column of an offset.
func (t *Text) Position(offset int) (line, column int) { return t.file.position(offset) }

// Locate returns the offset of a place.
func (t *Text) Locate(place string) int { return strictjson.Locate(t.file.data, place) }

// Read reads a file by the given function.
func Read(name string, document func(*strictjson.Reader) error) (*Text, error) {
	f, err := read(name, mostBytes)
	if err != nil {
		return nil, err
	}
	if err := strictjson.Read(f.data, document); err != nil {
		return nil, f.readError(err)
	}
	return &Text{f}, nil
}

// readError returns why a document was not read.
func (f *file) readError(err error) error {
	if syntax := f.syntax(); syntax != nil {
		return syntax
	}
	return f.problems(err)
}
