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
	"strings"
	"time"
	"unicode"

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
// in order have the same bytes, in every version of Go. If UnmarshalJSON would refuse what
// json.Marshal writes of the spec, it returns a *ValidationError for each problem, joined.
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

// MarshalJSON returns the document of Canonical. json.Marshal escapes <, >, &, U+2028
// and U+2029 in it, as it does everywhere.
func (s Spec) MarshalJSON() ([]byte, error) { return s.Canonical() }

// document returns the JSON of a spec in canonical order.
func (s *Spec) document() []byte {
	var w writer
	w.spec(s)
	return w.json
}

// size returns how many bytes json.Marshal makes of the document, without keeping it.
func (s *Spec) size() int {
	w := writer{json: make([]byte, 0, 512), measures: true}
	w.spec(s)
	return w.dropped + len(w.json)
}

// sorted yields the entries of a map in the order of its keys.
func sorted[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// writer writes JSON. Names are checked before, and need no escapes. A writer that
// measures drops what it has written, and writes maps in any order: the length is the
// same.
type writer struct {
	json     []byte
	measures bool
	dropped  int // bytes, and those that json.Marshal adds
}

func (w *writer) spec(s *Spec) {
	w.raw("{")
	writeMap(w, "actions", s.Actions, func(w *writer, t Target) { w.words(targetNames, uint8(t)) })
	writeMap(w, "administers", s.Administers, (*writer).roleIDs)
	writeMap(w, "at_least", s.AtLeast, (*writer).number)
	writeMap(w, "at_most", s.AtMost, (*writer).number)
	if len(s.Exclusive) > 0 {
		w.key("exclusive")
		writeList(w, s.Exclusive, (*writer).roleIDs)
	}
	writeMap(w, "extend", s.Extend, (*writer).permissions)
	if len(s.FourEyes) > 0 {
		w.key("four_eyes")
		writeList(w, s.FourEyes, writeName[Action])
	}
	writeMap(w, "labels", s.Labels, (*writer).label)
	if len(s.Roles) > 0 {
		w.key("roles")
		writeList(w, s.Roles, (*writer).role)
	}
	w.raw("}")
}

func (w *writer) raw(text string) { w.json = append(w.json, text...) }

// comma separates an element from the one before, if there is one.
func (w *writer) comma() {
	if last := w.json[len(w.json)-1]; last != '{' && last != '[' {
		w.raw(",")
	}
}

// key starts the next field of an object.
func (w *writer) key(name string) {
	w.comma()
	writeName(w, name)
	w.raw(":")
}

func (w *writer) number(n int) { w.json = strconv.AppendInt(w.json, int64(n), 10) }

func (w *writer) words(names enum.Flags, set uint8) {
	w.raw("[")
	for word := range names.Singles(set) {
		w.comma()
		writeName(w, word)
	}
	w.raw("]")
}

func (w *writer) scope(s Scope) { w.words(scopeNames, uint8(s)) }

func (w *writer) roleIDs(ids []RoleID) { writeList(w, ids, writeName[RoleID]) }

func (w *writer) permissions(p Permissions) { writeEntries(w, p, (*writer).scope) }

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
	w.json = canonical.AppendString(w.json, text)
	if w.measures {
		w.dropped += addedByMarshal(text)
	}
}

// addedByMarshal returns how many bytes json.Marshal adds to a text of a document that
// MarshalJSON returns: it makes six of each of these characters.
func addedByMarshal(text string) (added int) {
	for _, escaped := range []string{"<", ">", "&", "\u2028", "\u2029"} {
		added += strings.Count(text, escaped) * (len(`\u003c`) - len(escaped))
	}
	return added
}

// drop drops all that a writer has measured but the last byte, which comma needs.
func (w *writer) drop() {
	if w.measures {
		last := len(w.json) - 1
		w.dropped += last
		w.json = append(w.json[:0], w.json[last])
	}
}

func writeName[S ~string](w *writer, name S) {
	w.json = append(w.json, '"')
	w.json = append(w.json, name...)
	w.json = append(w.json, '"')
}

func writeList[E any](w *writer, list []E, write func(w *writer, e E)) {
	w.raw("[")
	for _, e := range list {
		w.comma()
		write(w, e)
		w.drop()
	}
	w.raw("]")
}

// writeMap writes a field that is a map, unless it is empty.
func writeMap[K ~string, V any](w *writer, key string, m map[K]V, write func(*writer, V)) {
	if len(m) > 0 {
		w.key(key)
		writeEntries(w, m, write)
	}
}

func writeEntries[K ~string, V any](w *writer, m map[K]V, write func(*writer, V)) {
	entries := maps.All(m)
	if !w.measures {
		entries = sorted(m)
	}
	w.raw("{")
	for key, value := range entries {
		w.key(string(key))
		write(w, value)
		w.drop()
	}
	w.raw("}")
}

// MarshalJSON returns the document of the policy's Spec.
func (p *Policy) MarshalJSON() ([]byte, error) {
	spec := p.Spec()
	return spec.document(), nil
}

// UnmarshalJSON returns an error: a policy is read by ParseSpec and built by New.
func (p *Policy) UnmarshalJSON([]byte) error {
	return newProblem("", "a policy cannot be read in place", "read a spec with ParseSpec, and build the policy with New")
}

// ParseSpec reads a document as UnmarshalJSON does. It is for whole files: what follows
// the document is an error too, and each problem has its line and column.
func ParseSpec(document []byte) (s Spec, err error) {
	if len(document) > largestDocument {
		return Spec{}, tooLarge(len(document))
	}
	err = strictjson.Read(document, into(&s, readSpec))
	if err == nil {
		return s, nil
	}
	var problem *strictjson.Error
	if errors.As(err, &problem) {
		e := newProblem(problem.Place, problem.Problem, problem.Hint)
		e.Line, e.Column = strictjson.LineAndColumn(document, problem.Offset)
		return Spec{}, e
	}
	return Spec{}, located(document, err)
}

// located returns the error with the line and the column of each of its problems.
func located(document []byte, err error) error {
	var places []string
	err = withEach(err, func(e *ValidationError) { places = append(places, e.Place) })
	positions := strictjson.Positions(document, strictjson.LocateAll(document, places))
	next := 0
	return withEach(err, func(e *ValidationError) {
		e.Line, e.Column = positions[next].Line, positions[next].Column
		next++
	})
}

// UnmarshalJSON reads a document strictly. An unknown, mis-cased or repeated key, a
// null, an unknown scope or target, invalid UTF-8 and a document over the limits
// are each a *ValidationError that names the place. With an error it leaves the
// spec as it was. New checks the names that another spec may declare. The key $schema
// is for editors, and ignored.
//
// json.Unmarshal reports what follows the document as a *json.SyntaxError, and a
// json.Decoder does not see it. For files use ParseSpec.
func (s *Spec) UnmarshalJSON(data []byte) error { return unmarshal(data, s, readSpec) }

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (s *Spec) UnmarshalYAML(decode func(any) error) error { return unmarshalYAML(decode, s, readSpec) }

// MarshalYAML returns the document of MarshalJSON as a tree.
func (s Spec) MarshalYAML() (any, error) { return marshalYAML(s) }

// UnmarshalJSON reads a member as strictly as a Spec is read. It needs id, workspace and
// status. It does not know the policy: ValidateMember does.
func (m *Member) UnmarshalJSON(data []byte) error { return unmarshal(data, m, readMember) }

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (m *Member) UnmarshalYAML(decode func(any) error) error {
	return unmarshalYAML(decode, m, readMember)
}

// MarshalYAML returns the JSON of the member as a tree. A struct that embeds a Member
// needs a MarshalYAML of its own: this one would write the member alone.
func (m Member) MarshalYAML() (any, error) { return marshalYAML(m) }

// UnmarshalJSON reads an assignment as strictly as a Spec is read. It needs role. Only an
// absent bound is no bound: the zero time is an error.
func (a *Assignment) UnmarshalJSON(data []byte) error { return unmarshal(data, a, readAssignment) }

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (a *Assignment) UnmarshalYAML(decode func(any) error) error {
	return unmarshalYAML(decode, a, readAssignment)
}

// MarshalYAML returns the JSON of the assignment as a tree.
func (a Assignment) MarshalYAML() (any, error) { return marshalYAML(a) }

// UnmarshalJSON reads a workspace as strictly as a Spec is read. It needs kind, id and
// tenant, and they must agree.
func (w *Workspace) UnmarshalJSON(data []byte) error { return unmarshal(data, w, readWorkspace) }

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (w *Workspace) UnmarshalYAML(decode func(any) error) error {
	return unmarshalYAML(decode, w, readWorkspace)
}

// MarshalYAML returns the JSON of the workspace as a tree.
func (w Workspace) MarshalYAML() (any, error) { return marshalYAML(w) }

// UnmarshalJSON reads a resource as strictly as a Spec is read. It needs workspace.
func (r *Resource) UnmarshalJSON(data []byte) error { return unmarshal(data, r, readResource) }

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (r *Resource) UnmarshalYAML(decode func(any) error) error {
	return unmarshalYAML(decode, r, readResource)
}

// MarshalYAML returns the JSON of the resource as a tree.
func (r Resource) MarshalYAML() (any, error) { return marshalYAML(r) }

// UnmarshalJSON reads a role as strictly as a Spec is read. It needs id and kind.
func (r *Role) UnmarshalJSON(data []byte) error { return unmarshal(data, r, readWholeRole) }

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (r *Role) UnmarshalYAML(decode func(any) error) error {
	return unmarshalYAML(decode, r, readWholeRole)
}

// MarshalYAML returns the JSON of the role as a tree.
func (r Role) MarshalYAML() (any, error) { return marshalYAML(r) }

// UnmarshalJSON reads permissions as strictly as a Spec is read.
func (p *Permissions) UnmarshalJSON(data []byte) error {
	return unmarshal(data, p, readWholePermissions)
}

// UnmarshalYAML reads what a decoder of YAML has read, as strictly as UnmarshalJSON.
func (p *Permissions) UnmarshalYAML(decode func(any) error) error {
	return unmarshalYAML(decode, p, readWholePermissions)
}

// MarshalYAML returns the JSON of the permissions as a tree.
func (p Permissions) MarshalYAML() (any, error) { return marshalYAML(p) }

// MarshalJSON returns the scope as a list of words. The zero Scope is the empty list. An
// unknown flag is an error.
func (s Scope) MarshalJSON() ([]byte, error) { return marshalWords(scopeNames, uint8(s)) }

// UnmarshalJSON reads the list of words of MarshalJSON.
func (s *Scope) UnmarshalJSON(data []byte) error {
	return unmarshal(data, s, readScope)
}

// MarshalJSON returns the target as a list of words. The zero Target, which is invalid, is
// the empty list. An unknown flag is an error.
func (t Target) MarshalJSON() ([]byte, error) { return marshalWords(targetNames, uint8(t)) }

// UnmarshalJSON reads the list of words of MarshalJSON.
func (t *Target) UnmarshalJSON(data []byte) error {
	return unmarshal(data, t, readTarget)
}

// MarshalJSON writes the remedy, with its sentence as text. It cannot be read back.
func (r Remedy) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Text       string     `json:"text"`
		Status     Status     `json:"status,omitzero"`
		Position   int        `json:"position"`
		Assignment Assignment `json:"assignment,omitzero"`
	}{r.sentence, r.Status, r.Position, r.Assignment})
}

func marshalWords(names enum.Flags, set uint8) ([]byte, error) {
	if set&^names.All() != 0 {
		_, err := names.Marshal(set)
		return nil, err
	}
	var w writer
	w.words(names, set)
	return w.json, nil
}

// read reads one value of a document.
type read[V any] func(*strictjson.Reader) (V, error)

// unmarshal reads a whole document into dst. With an error it leaves dst as it was.
func unmarshal[V any](data []byte, dst *V, value read[V]) error {
	if len(data) > largestDocument {
		return tooLarge(len(data))
	}
	var v V
	if err := strictjson.Read(data, into(&v, value)); err != nil {
		return asValidationError(err)
	}
	*dst = v
	return nil
}

// unmarshalYAML is unmarshal for YAML, with any decoder.
func unmarshalYAML[V any](decode func(any) error, dst *V, value read[V]) error {
	var tree any
	if err := decode(&tree); err != nil {
		return err
	}
	var v V
	if err := strictjson.ReadTree(tree, into(&v, value)); err != nil {
		return asValidationError(err)
	}
	*dst = v
	return nil
}

// marshalYAML returns what json.Marshal writes, as maps, lists, texts and numbers. Some
// encoders lose a line break at the beginning of a text, a tab or a carriage return, so a
// text with one is an error.
func marshalYAML(v any) (any, error) {
	document, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	tree, err := strictjson.Tree(document)
	if err == nil && hasControls(tree) {
		return nil, newProblem("", "a control character, which encoders of YAML may change", "write it in JSON")
	}
	return tree, err
}

// hasControls reports whether a text in the tree has a control character.
func hasControls(tree any) bool {
	switch v := tree.(type) {
	case string:
		return strings.ContainsFunc(v, unicode.IsControl)
	case []any:
		return slices.ContainsFunc(v, hasControls)
	case map[string]any:
		for key, value := range v {
			if hasControls(key) || hasControls(value) {
				return true
			}
		}
	}
	return false
}

// asValidationError turns an error of the reader into a *ValidationError, and returns any
// other error unchanged.
func asValidationError(err error) error {
	var problem *strictjson.Error
	if errors.As(err, &problem) {
		return newProblem(problem.Place, problem.Problem, problem.Hint)
	}
	return err
}

var specKeys = strictjson.Keys{Optional: []string{
	"$schema", "actions", "labels", "roles", "extend", "administers", "exclusive", "four_eyes", "at_least", "at_most",
}}

func readSpec(r *strictjson.Reader) (s Spec, err error) {
	err = r.Object(&specKeys, func(key string) (err error) {
		switch key {
		case "$schema":
			_, err = r.String()
		case "actions":
			s.Actions, err = readMap[Action](r, actionLimit, readTarget)
		case "labels":
			s.Labels, err = readMap[Action](r, labelLimit, readLabel)
		case "roles":
			s.Roles, err = readList(r, roleLimit, readRole)
		case "extend":
			s.Extend, err = readMap[RoleID](r, roleLimit, readPermissions)
		case "administers":
			s.Administers, err = readMap[RoleID](r, roleLimit, readRoleIDs)
		case "exclusive":
			s.Exclusive, err = readList(r, setLimit, readRoleIDs)
		case "four_eyes":
			s.FourEyes, err = readList(r, actionLimit, readName[Action])
		case "at_least":
			s.AtLeast, err = readMap[RoleID](r, roleLimit, (*strictjson.Reader).Int)
		case "at_most":
			s.AtMost, err = readMap[RoleID](r, roleLimit, (*strictjson.Reader).Int)
		}
		return err
	})
	if err != nil {
		return s, err
	}
	return s, checkAlone(s)
}

func readMap[K ~string, V any](r *strictjson.Reader, limit limit, value read[V]) (map[K]V, error) {
	m := make(map[K]V)
	return m, strictjson.Map(r, m, limit.most, limit.what, value)
}

func readList[E any](r *strictjson.Reader, limit limit, element read[E]) ([]E, error) {
	return strictjson.ListOf(r, limit.most, limit.what, element)
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

// readID reads an ID of the host. An empty one names nothing.
func readID(r *strictjson.Reader) (string, error) {
	id, err := r.String()
	if err == nil && id == "" {
		return "", &strictjson.Error{Problem: "the ID is empty", Hint: "give the host's ID, or leave it out"}
	}
	return id, err
}

func readRoleIDs(r *strictjson.Reader) ([]RoleID, error) {
	return readList(r, roleLimit, readName[RoleID])
}

func readPermissions(r *strictjson.Reader) (Permissions, error) {
	return readMap[Action](r, actionLimit, readScope)
}

// readWholePermissions reads permissions that are no part of a spec, and checks them as
// those of a role.
func readWholePermissions(r *strictjson.Reader) (Permissions, error) {
	p, err := readPermissions(r)
	if err != nil {
		return p, err
	}
	role := Role{ID: "role", Kind: KindTenant, Permissions: p}
	return p, replacePlace(checkAlone(Spec{Roles: []Role{role}}), "roles[0].permissions", "")
}

func readKind(r *strictjson.Reader) (WorkspaceKind, error) {
	return readWord[WorkspaceKind](r, kindNames)
}

func readStatus(r *strictjson.Reader) (Status, error) { return readWord[Status](r, statusNames) }

// readWord reads one word of an enumeration.
func readWord[V ~uint8](r *strictjson.Reader, names enum.Names) (V, error) {
	word, err := r.String()
	if err != nil {
		return 0, err
	}
	value, err := names.Unmarshal(word)
	return V(value), unknownWord(err)
}

var workspaceKeys = strictjson.Keys{Required: []string{"kind", "id", "tenant"}}

func readWorkspace(r *strictjson.Reader) (w Workspace, err error) {
	err = r.Object(&workspaceKeys, func(key string) (err error) {
		switch key {
		case "kind":
			w.Kind, err = readKind(r)
		case "id":
			w.ID, err = readID(r)
		case "tenant":
			w.Tenant, err = readID(r)
		}
		return err
	})
	if err != nil {
		return w, err
	}
	if problem, ok := w.Validate().(*ValidationError); ok {
		return w, &strictjson.Error{Problem: problem.Problem, Hint: problem.Hint}
	}
	return w, nil
}

var resourceKeys = strictjson.Keys{Required: []string{"workspace"}, Optional: []string{"mini_program", "owner"}}

func readResource(r *strictjson.Reader) (resource Resource, err error) {
	err = r.Object(&resourceKeys, func(key string) (err error) {
		switch key {
		case "workspace":
			resource.Workspace, err = readWorkspace(r)
		case "mini_program":
			resource.MiniProgram, err = readID(r)
		case "owner":
			resource.Owner, err = readID(r)
		}
		return err
	})
	return resource, err
}

var labelKeys = strictjson.Keys{Optional: []string{"name", "group"}}

func readLabel(r *strictjson.Reader) (label Label, err error) {
	err = r.Object(&labelKeys, func(key string) (err error) {
		switch key {
		case "name":
			label.Name, err = r.String()
		case "group":
			label.Group, err = r.String()
		}
		return err
	})
	return label, err
}

var roleKeys = strictjson.Keys{
	Required: []string{"id", "kind"},
	Optional: []string{"workspace", "name", "description", "permissions"},
}

func readRole(r *strictjson.Reader) (role Role, err error) {
	err = r.Object(&roleKeys, func(key string) (err error) {
		switch key {
		case "id":
			role.ID, err = readName[RoleID](r)
		case "kind":
			role.Kind, err = readKind(r)
		case "workspace":
			role.Workspace, err = readWorkspace(r)
		case "name":
			role.Name, err = r.String()
		case "description":
			role.Description, err = r.String()
		case "permissions":
			role.Permissions, err = readPermissions(r)
		}
		return err
	})
	return role, err
}

// readWholeRole reads a role that is no part of a spec, and checks it as one.
func readWholeRole(r *strictjson.Reader) (Role, error) {
	role, err := readRole(r)
	if err != nil {
		return role, err
	}
	return role, replacePlace(checkAlone(Spec{Roles: []Role{role}}), "roles[0].", "")
}

var memberKeys = strictjson.Keys{
	Required: []string{"id", "workspace", "status"},
	Optional: []string{"suspended", "invited_at", "assignments"},
}

func readMember(r *strictjson.Reader) (m Member, err error) {
	err = r.Object(&memberKeys, func(key string) (err error) {
		switch key {
		case "id":
			m.ID, err = readID(r)
		case "workspace":
			m.Workspace, err = readWorkspace(r)
		case "status":
			m.Status, err = readStatus(r)
		case "suspended":
			m.Suspended, err = r.Bool()
		case "invited_at":
			m.InvitedAt, err = readInstant(r)
		case "assignments":
			m.Assignments, err = strictjson.ListOf(r, 0, "", readAssignment)
		}
		return err
	})
	return m, err
}

var assignmentKeys = strictjson.Keys{
	Required: []string{"role"},
	Optional: []string{"mini_programs", "not_before", "not_after"},
}

func readAssignment(r *strictjson.Reader) (a Assignment, err error) {
	err = r.Object(&assignmentKeys, func(key string) (err error) {
		switch key {
		case "role":
			a.Role, err = readRoleName(r)
		case "mini_programs":
			a.MiniPrograms, err = strictjson.ListOf(r, 0, "", readID)
		case "not_before":
			a.NotBefore, err = readInstant(r)
		case "not_after":
			a.NotAfter, err = readInstant(r)
		}
		return err
	})
	return a, err
}

// readRoleName reads the name of a role that some policy may define.
func readRoleName(r *strictjson.Reader) (RoleID, error) {
	name, err := r.String()
	if err == nil && !isName(name) {
		return "", &strictjson.Error{Problem: "invalid name " + suggest.Quote(name), Hint: nameHint}
	}
	return RoleID(name), err
}

// readInstant reads an instant that is not the zero time, which would be no bound.
func readInstant(r *strictjson.Reader) (time.Time, error) {
	t, err := r.Time()
	if err == nil && (t.IsZero() || !isInYears(t)) {
		return time.Time{}, &strictjson.Error{
			Problem: "the zero time or a year out of range", Hint: "leave it out, or use the years 1 to 9999",
		}
	}
	return t, err
}

func readScope(r *strictjson.Reader) (Scope, error) {
	set, err := readWords(r, scopeNames)
	return Scope(set), err
}

func readTarget(r *strictjson.Reader) (Target, error) {
	set, err := readWords(r, targetNames)
	return Target(set), err
}

// readWords reads a list of words as flags.
func readWords(r *strictjson.Reader, names enum.Flags) (set uint8, err error) {
	err = r.List(0, "", func(r *strictjson.Reader) error {
		word, err := r.String()
		if err != nil {
			return err
		}
		bits, err := names.Find(word)
		if err != nil {
			return unknownWord(err)
		}
		if set&bits != 0 {
			return &strictjson.Error{Problem: fmt.Sprintf("%s %q is repeated", names.Of, word), Hint: "name it once"}
		}
		set |= bits
		return nil
	})
	return set, err
}

func unknownWord(err error) error {
	var unknown *enum.UnknownError
	if errors.As(err, &unknown) {
		problem := fmt.Sprintf("unknown %s %s", unknown.Of, suggest.Quote(unknown.Word))
		return &strictjson.Error{Problem: problem, Hint: unknown.Hint}
	}
	return err
}
