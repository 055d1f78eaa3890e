package rbac

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/miniprogram-platform/rbac/internal/canonical"
	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Fingerprint returns the SHA-256, in hexadecimal, of the canonical JSON of what
// decides: the policy's spec without labels, names and descriptions. It is for logs,
// ETags and the comparison of replicas. Policies that decide the same by equal specs
// have equal fingerprints. Of a nil or zero policy it is empty.
func (p *Policy) Fingerprint() string {
	if p.isZero() {
		return ""
	}
	if known := p.fingerprint.Load(); known != nil {
		return *known
	}
	spec := p.Spec()
	spec.Labels = nil
	for i := range spec.Roles {
		spec.Roles[i].Name, spec.Roles[i].Description = "", ""
	}
	sum := sha256.Sum256(spec.document())
	fingerprint := hex.EncodeToString(sum[:])
	p.fingerprint.Store(&fingerprint)
	return fingerprint
}

// Canonical returns the canonical JSON of the spec, as RFC 8785 defines it: keys, roles
// and sets in name order, without empty fields and white space. Specs that differ only
// in order have the same bytes, in every version of Go. A spec that UnmarshalJSON would
// refuse is an error with a *ValidationError for each problem, joined.
func (s Spec) Canonical() ([]byte, error) {
	if err := checkAlone(s); err != nil {
		return nil, err
	}
	s = s.clone().canonical()
	if size := s.size(); size > largestDocument {
		return nil, tooLarge(size)
	}
	return s.document(), nil
}

// MarshalJSON returns the document of Canonical. json.Marshal escapes <, > and & in it,
// as it does everywhere.
func (s Spec) MarshalJSON() ([]byte, error) { return s.Canonical() }

// document returns the JSON of a spec in canonical order.
func (s *Spec) document() []byte {
	w := writer("{")
	writeMap(&w, "actions", s.Actions, func(w *writer, t Target) { w.words(targetNames, uint8(t)) })
	writeMap(&w, "administers", s.Administers, (*writer).roleIDs)
	writeMap(&w, "at_least", s.AtLeast, (*writer).number)
	writeMap(&w, "at_most", s.AtMost, (*writer).number)
	if len(s.Exclusive) > 0 {
		w.key("exclusive")
		writeList(&w, s.Exclusive, (*writer).roleIDs)
	}
	writeMap(&w, "extend", s.Extend, (*writer).permissions)
	if len(s.FourEyes) > 0 {
		w.key("four_eyes")
		writeList(&w, s.FourEyes, writeName[Action])
	}
	writeMap(&w, "labels", s.Labels, (*writer).label)
	if len(s.Roles) > 0 {
		w.key("roles")
		writeList(&w, s.Roles, (*writer).role)
	}
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
	writeName(w, name)
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
	writeName(w, s.String())
	w.raw("]")
}

func (w *writer) roleIDs(ids []RoleID) { writeList(w, ids, writeName[RoleID]) }

func (w *writer) permissions(p Permissions) { writeEntries(w, sorted(p), (*writer).scope) }

func (w *writer) label(l Label) {
	w.raw("{")
	w.text("group", l.Group)
	w.text("name", l.Name)
	w.raw("}")
}

func (w *writer) role(r Role) {
	w.raw("{")
	w.text("description", r.Description)
	w.key("id")
	writeName(w, r.ID)
	w.key("kind")
	writeName(w, r.Kind.String())
	w.text("name", r.Name)
	if len(r.Permissions) > 0 {
		w.key("permissions")
		w.permissions(r.Permissions)
	}
	if r.Workspace != (Workspace{}) {
		w.key("workspace")
		w.workspace(r.Workspace)
	}
	w.raw("}")
}

func (w *writer) workspace(place Workspace) {
	w.raw("{")
	w.text("id", place.ID)
	w.key("kind")
	writeName(w, place.Kind.String())
	w.text("tenant", place.Tenant)
	w.raw("}")
}

// text writes a field that may need escapes, unless it is empty.
func (w *writer) text(key, text string) {
	if text == "" {
		return
	}
	w.key(key)
	*w = canonical.AppendString(*w, text)
}

func writeName[S ~string](w *writer, name S) {
	*w = append(*w, '"')
	*w = append(*w, name...)
	*w = append(*w, '"')
}

func writeList[E any](w *writer, list []E, write func(w *writer, e E)) {
	w.raw("[")
	for i, e := range list {
		if i > 0 {
			w.raw(",")
		}
		write(w, e)
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
	var schema string
	return r.Object(strictjson.Fields{
		"$schema":     into(&schema, (*strictjson.Reader).String), // for editors; says nothing about the policy
		"actions":     mapInto(&s.Actions, atMost(mostActions, "actions", s.countActions, readWords[Target](targetNames))),
		"labels":      mapInto(&s.Labels, readLabel),
		"roles":       listInto(&s.Roles, atMost(mostRoles, "roles", s.countRoles, readRole)),
		"extend":      mapInto(&s.Extend, readPermissions),
		"administers": mapInto(&s.Administers, readRoleIDs),
		"exclusive":   listInto(&s.Exclusive, readRoleIDs),
		"four_eyes":   listInto(&s.FourEyes, readName[Action]),
		"at_least":    mapInto(&s.AtLeast, (*strictjson.Reader).Int),
		"at_most":     mapInto(&s.AtMost, (*strictjson.Reader).Int),
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

func readWorkspace(r *strictjson.Reader) (workspace Workspace, err error) {
	err = r.Object(strictjson.Fields{
		"kind":   into(&workspace.Kind, readKind),
		"id":     into(&workspace.ID, (*strictjson.Reader).String),
		"tenant": into(&workspace.Tenant, (*strictjson.Reader).String),
	})
	return workspace, err
}

func readLabel(r *strictjson.Reader) (label Label, err error) {
	err = r.Object(strictjson.Fields{
		"name":  into(&label.Name, (*strictjson.Reader).String),
		"group": into(&label.Group, (*strictjson.Reader).String),
	})
	return label, err
}

func readRole(r *strictjson.Reader) (role Role, err error) {
	err = r.Object(strictjson.Fields{
		"id":          into(&role.ID, readName[RoleID]),
		"kind":        into(&role.Kind, readKind),
		"workspace":   into(&role.Workspace, readWorkspace),
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

// MarshalJSON returns the change as JSON, without empty fields. There is nothing that
// reads it.
func (c Change) MarshalJSON() ([]byte, error) {
	w := writer("{")
	w.text("action", string(c.Action))
	if c.After != (Grant{}) {
		w.key("after")
		w.grant(c.After)
	}
	if c.Before != (Grant{}) {
		w.key("before")
		w.grant(c.Before)
	}
	w.text("guard", c.Guard)
	w.text("guard_after", c.GuardAfter)
	w.text("guard_before", c.GuardBefore)
	w.text("revalidate", c.Revalidate)
	w.text("role", string(c.Role))
	return append(w, '}'), nil
}

// MarshalJSON returns the grant as JSON, without empty fields. There is nothing that
// reads it.
func (g Grant) MarshalJSON() ([]byte, error) {
	w := writer{}
	w.grant(g)
	return w, nil
}

func (w *writer) grant(g Grant) {
	w.raw("{")
	if g.FourEyes {
		w.key("four_eyes")
		w.raw("true")
	}
	if g.Kind != 0 {
		w.text("kind", g.Kind.String())
	}
	if g.Scope != 0 {
		w.key("scope")
		w.scope(g.Scope)
	}
	if g.Target != 0 {
		w.key("target")
		w.words(targetNames, uint8(g.Target))
	}
	if g.Workspace != (Workspace{}) {
		w.key("workspace")
		w.workspace(g.Workspace)
	}
	w.raw("}")
}
