package rbac

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Fingerprint returns the SHA-256 of the policy's canonical JSON in hexadecimal,
// for logs, ETags and the comparison of replicas. Equal policies have equal
// fingerprints. Of a nil or zero policy it is empty.
func (p *Policy) Fingerprint() string {
	if p == nil || p.actions == nil {
		return ""
	}
	if known := p.fingerprint.Load(); known != nil {
		return *known
	}
	sum := sha256.Sum256(p.document())
	fingerprint := hex.EncodeToString(sum[:])
	p.fingerprint.Store(&fingerprint)
	return fingerprint
}

// MarshalJSON returns the canonical JSON of the spec: keys, roles and sets in name
// order, without empty fields and white space. Specs that differ only in order have
// the same bytes. A spec that UnmarshalJSON would refuse is an error with a
// *ValidationError for each problem, joined.
func (s Spec) MarshalJSON() ([]byte, error) {
	if err := checkAlone(s); err != nil {
		return nil, err
	}
	s = s.clone().canonical()
	if size := s.size(); size > largestDocument {
		return nil, tooLarge(size)
	}
	return s.document(func(i int) iter.Seq2[Action, Scope] { return sorted(s.Roles[i].Permissions) }), nil
}

// document returns the canonical JSON of the policy. The compiled roles have their
// permissions in order, so nothing is sorted again.
func (p *Policy) document() []byte {
	return p.spec.document(func(i int) iter.Seq2[Action, Scope] {
		return func(yield func(Action, Scope) bool) {
			for position, scope := range p.roles[i].grants {
				if scope != 0 && !yield(p.actions[position].name, scope) {
					return
				}
			}
		}
	})
}

// document returns the JSON of a canonical spec, with the permissions of each role
// as given.
func (s Spec) document(permissions func(i int) iter.Seq2[Action, Scope]) []byte {
	w := writer("{")
	writeMap(&w, "actions", s.Actions, func(w *writer, t Target) { w.words(targetNames, uint8(t)) })
	if len(s.Roles) > 0 {
		w.key("roles")
		writeList(&w, s.Roles, func(w *writer, i int, r Role) { w.role(r, permissions(i)) })
	}
	writeMap(&w, "extend", s.Extend, func(w *writer, p Permissions) { writeEntries(w, sorted(p), (*writer).scope) })
	if len(s.Exclusive) > 0 {
		w.key("exclusive")
		writeList(&w, s.Exclusive, func(w *writer, _ int, set []RoleID) { writeList(w, set, writeName[RoleID]) })
	}
	if len(s.FourEyes) > 0 {
		w.key("four_eyes")
		writeList(&w, s.FourEyes, writeName[Action])
	}
	writeMap(&w, "at_least", s.AtLeast, (*writer).number)
	writeMap(&w, "at_most", s.AtMost, (*writer).number)
	return append(w, '}')
}

// sorted yields the entries of a map in the order of its keys.
func sorted[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		slices.Values(slices.Sorted(maps.Keys(m)))(func(k K) bool { return yield(k, m[k]) })
	}
}

// writer appends JSON. Names are checked before, and need no escapes.
type writer []byte

func (w *writer) raw(text string) { *w = append(*w, text...) }

// key starts the next field of an object.
func (w *writer) key(name string) {
	if last := (*w)[len(*w)-1]; last != '{' {
		w.raw(",")
	}
	writeName(w, 0, name)
	w.raw(":")
}

func (w *writer) number(n int) { *w = strconv.AppendInt(*w, int64(n), 10) }

func (w *writer) words(names enum.Flags, set uint8) {
	writeList(w, names.Singles(set), writeName[string])
}

func (w *writer) scope(s Scope) {
	if s == 0 || s&(s-1) != 0 {
		w.words(scopeNames, uint8(s))
		return
	}
	w.raw("[")
	writeName(w, 0, s.String())
	w.raw("]")
}

func writeName[S ~string](w *writer, _ int, name S) {
	*w = append(*w, '"')
	*w = append(*w, name...)
	*w = append(*w, '"')
}

func writeList[E any](w *writer, list []E, write func(w *writer, i int, e E)) {
	w.raw("[")
	for i, e := range list {
		if i > 0 {
			w.raw(",")
		}
		write(w, i, e)
	}
	w.raw("]")
}

// writeMap writes a field that is a map, unless it is empty.
func writeMap[K ~string, V any](w *writer, key string, m map[K]V, write func(*writer, V)) {
	if len(m) > 0 {
		w.key(key)
		writeEntries(w, sorted(m), write)
	}
}

func writeEntries[K ~string, V any](w *writer, entries iter.Seq2[K, V], write func(*writer, V)) {
	w.raw("{")
	for k, v := range entries {
		w.key(string(k))
		write(w, v)
	}
	w.raw("}")
}

func (w *writer) role(r Role, permissions iter.Seq2[Action, Scope]) {
	w.raw("{")
	w.key("id")
	writeName(w, 0, r.ID)
	w.key("kind")
	writeName(w, 0, r.Kind.String())
	w.text("name", r.Name)
	w.text("description", r.Description)
	if len(r.Permissions) > 0 {
		w.key("permissions")
		writeEntries(w, permissions, (*writer).scope)
	}
	w.raw("}")
}

// text writes a field for people, escaped as encoding/json does it, unless it is
// empty.
func (w *writer) text(key, text string) {
	if text == "" {
		return
	}
	w.key(key)
	escaped, _ := json.Marshal(text) // no string makes it fail
	*w = append(*w, escaped...)
}

// UnmarshalJSON reads a document strictly. An unknown, mis-cased or repeated key, a
// null, an unknown scope or target, invalid UTF-8 and a document over the limits
// are each a *ValidationError that names the place. With an error it leaves the
// spec as it was. New checks the names that another spec may declare.
//
// To read a file, pass all of it to json.Unmarshal. A json.Decoder stops at the end
// of the document and does not see what follows.
func (s *Spec) UnmarshalJSON(data []byte) error {
	if len(data) > largestDocument {
		return tooLarge(len(data))
	}
	var read Spec
	if err := strictjson.Read(data, read.fields); err != nil {
		return asValidationError(err)
	}
	if err := checkAlone(read); err != nil {
		return err
	}
	*s = read
	return nil
}

func asValidationError(err error) error {
	var problem *strictjson.Error
	if errors.As(err, &problem) {
		return &ValidationError{problem.Place, problem.Problem, problem.Hint}
	}
	return err
}

func (s *Spec) fields(r *strictjson.Reader) error {
	return r.Object(strictjson.Fields{
		"actions":   mapInto(&s.Actions, atMost(mostActions, "actions", s.countActions, readWords[Target](targetNames))),
		"roles":     listInto(&s.Roles, atMost(mostRoles, "roles", s.countRoles, readRole)),
		"extend":    mapInto(&s.Extend, readPermissions),
		"exclusive": listInto(&s.Exclusive, readRoleIDs),
		"four_eyes": listInto(&s.FourEyes, readName[Action]),
		"at_least":  mapInto(&s.AtLeast, (*strictjson.Reader).Int),
		"at_most":   mapInto(&s.AtMost, (*strictjson.Reader).Int),
	})
}

func (s *Spec) countActions() int { return len(s.Actions) }
func (s *Spec) countRoles() int   { return len(s.Roles) }

type read[V any] func(*strictjson.Reader) (V, error)

// atMost reads no more values than the limit, however many the document has.
func atMost[V any](most int, what string, kept func() int, value read[V]) read[V] {
	return func(r *strictjson.Reader) (V, error) {
		if kept() == most {
			var none V
			return none, &strictjson.Error{Problem: moreThan(most, what), Hint: "leave some out"}
		}
		return value(r)
	}
}

func mapInto[K ~string, V any](dst *map[K]V, value read[V]) func(*strictjson.Reader) error {
	return func(r *strictjson.Reader) error {
		*dst = make(map[K]V)
		return strictjson.Map(r, *dst, value)
	}
}

func listInto[E any](dst *[]E, element read[E]) func(*strictjson.Reader) error {
	return func(r *strictjson.Reader) error {
		return r.List(func(r *strictjson.Reader) error {
			e, err := element(r)
			*dst = append(*dst, e)
			return err
		})
	}
}

func into[V any](dst *V, value read[V]) func(*strictjson.Reader) error {
	return func(r *strictjson.Reader) (err error) {
		*dst, err = value(r)
		return err
	}
}

func readName[S ~string](r *strictjson.Reader) (S, error) {
	name, err := r.String()
	return S(name), err
}

func readRoleIDs(r *strictjson.Reader) (ids []RoleID, err error) {
	err = listInto(&ids, readName[RoleID])(r)
	return ids, err
}

func readPermissions(r *strictjson.Reader) (Permissions, error) {
	p := make(Permissions)
	return p, strictjson.Map(r, p, readWords[Scope](scopeNames))
}

func readKind(r *strictjson.Reader) (WorkspaceKind, error) {
	word, err := r.String()
	if err != nil {
		return 0, err
	}
	kind, err := kindNames.Unmarshal(word)
	return WorkspaceKind(kind), unknownWord(err)
}

func readRole(r *strictjson.Reader) (role Role, err error) {
	err = r.Object(strictjson.Fields{
		"id":          into(&role.ID, readName[RoleID]),
		"kind":        into(&role.Kind, readKind),
		"name":        into(&role.Name, (*strictjson.Reader).String),
		"description": into(&role.Description, (*strictjson.Reader).String),
		"permissions": into(&role.Permissions, readPermissions),
	})
	return role, err
}

// readWords reads a list of words as flags.
func readWords[F ~uint8](names enum.Flags) read[F] {
	return func(r *strictjson.Reader) (set F, err error) {
		err = r.List(func(r *strictjson.Reader) error {
			word, err := r.String()
			if err != nil {
				return err
			}
			bits, err := names.Find(word)
			if err != nil {
				return unknownWord(err)
			}
			if set&F(bits) != 0 {
				return &strictjson.Error{Problem: fmt.Sprintf("%s %q is repeated", names.Of, word), Hint: "name it once"}
			}
			set |= F(bits)
			return nil
		})
		return set, err
	}
}

func unknownWord(err error) error {
	var unknown *enum.UnknownError
	if errors.As(err, &unknown) {
		problem := fmt.Sprintf("unknown %s %s", unknown.Of, suggest.Quote(unknown.Word))
		return &strictjson.Error{Problem: problem, Hint: unknown.Hint}
	}
	return err
}
