package load

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
)

// The words that stand for a base which is no file.
const (
	Default = "default" // the platform's policy
	None    = "none"    // nothing: the file is the whole policy
)

// Document is a spec as a file has it.
type Document struct {
	Spec rbac.Spec
	file *file
}

// Spec reads a spec. The error is *Unreadable for what is no JSON, and Problems for what
// is no spec.
func Spec(name string) (*Document, error) {
	f, err := read(name, mostPolicyBytes)
	if err != nil {
		return nil, err
	}
	return f.spec()
}

// SpecOf reads a spec as Spec does, from a text that is no file. The name stands in the
// errors.
func SpecOf(name string, text []byte) (*Document, error) {
	f := &file{name: name, data: text}
	if len(text) > mostPolicyBytes {
		return nil, f.tooLarge(mostPolicyBytes)
	}
	if err := f.checkText(); err != nil {
		return nil, err
	}
	return f.spec()
}

func (f *file) spec() (*Document, error) {
	spec, err := rbac.ParseSpec(f.data)
	if err != nil {
		if syntax := f.syntax(); syntax != nil {
			return nil, syntax
		}
		return nil, f.problems(err)
	}
	return &Document{Spec: spec, file: f}, nil
}

// Schema returns what $schema says, which a spec does not keep.
func (d *Document) Schema() string {
	var document struct {
		Schema string `json:"$schema"`
	}
	if json.Unmarshal(d.file.data, &document) != nil {
		return "" // it was read before, and read well
	}
	return document.Schema
}

// Base returns the policy that a word stands for: default, none, or a file on the default
// policy. The policy of none is nil.
func Base(word string) (*rbac.Policy, error) {
	switch word {
	case Default:
		return rbac.Default(), nil
	case None:
		return nil, nil
	}
	return Policy(word, Default)
}

// Policy reads a policy of a file on a base. The name default is the platform's policy.
// Without a name it is the base itself.
func Policy(name, base string) (*rbac.Policy, error) {
	switch {
	case name == Default:
		return rbac.Default(), nil
	case name == "" && base == None:
		return nil, &Unreadable{Problem{File: base, Problem: "there is no policy", Hint: "name a file"}}
	case name == "":
		return Base(base)
	}
	document, err := Spec(name)
	if err != nil {
		return nil, err
	}
	on, err := Base(base)
	if err != nil {
		return nil, err
	}
	return document.On(on)
}

// On builds the policy of the document on a base. A document that defines all roles of
// the platform itself, as the output of Policy.MarshalJSON does, stands alone: it is not
// added to the default policy.
func (d *Document) On(base *rbac.Policy) (*rbac.Policy, error) {
	build := rbac.New
	if base != nil && (base != rbac.Default() || !d.IsWhole()) {
		build = func(specs ...rbac.Spec) (*rbac.Policy, error) { return base.With(specs[0]) }
	}
	policy, err := build(d.Spec)
	if err != nil {
		return nil, d.file.problems(err)
	}
	return policy, nil
}

// IsWhole reports whether the document defines all of the platform's roles itself.
func (d *Document) IsWhole() bool {
	for _, role := range rbac.DefaultRoles() {
		if !slices.ContainsFunc(d.Spec.Roles, func(r rbac.Role) bool { return r.ID == role.ID }) {
			return false
		}
	}
	return true
}

// Warnings returns the warnings of the policy of the document that its base has not, as
// problems with lines.
func (d *Document) Warnings(policy, base *rbac.Policy) Problems {
	known := make(map[rbac.Warning]bool)
	for _, w := range base.Warnings() {
		known[w] = true
	}
	fresh := slices.DeleteFunc(policy.Warnings(), func(w rbac.Warning) bool { return known[w] })
	if len(fresh) == 0 {
		return nil
	}
	positions := make(map[string]string) // of roles, which warnings name by their IDs
	for i, role := range d.Spec.Roles {
		positions[fmt.Sprintf("roles[%q]", role.ID)] = fmt.Sprintf("roles[%d]", i)
	}
	var found Problems
	var places []string
	for _, w := range fresh {
		found = append(found, &Problem{File: d.file.name, Place: w.Place, Problem: w.Problem, Hint: w.Hint})
		places = append(places, cmp.Or(positions[w.Place], w.Place))
	}
	d.file.locate(found, strictjson.LocateAll(d.file.data, places))
	return found
}

// Bytes returns the file as it was read.
func (d *Document) Bytes() []byte { return d.file.data }
