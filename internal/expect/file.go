// Package expect reads what people expect of a policy, and says where it differs.
//
// A file names a policy, an instant, members, resources and cases. A case is about one
// request, a list or a step of administration:
//
//	{
//	  "policy": "roles.json",
//	  "at": "2026-07-01T12:00:00Z",
//	  "members": {"alice": {"id": "alice", …}},
//	  "resources": {"tea": "wallet/shop#mp-42"},
//	  "cases": [
//	    {"name": "alice releases what is assigned to her",
//	     "member": "alice", "resource": "tea", "allowed": ["miniprogram.release"]}
//	  ]
//	}
//
// It is read as strictly as a policy. A case that expects nothing, an unknown name and a
// repeated one are errors. An action that the policy does not declare and a member whom
// the policy does not accept are failures, and no denials.
package expect

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// File is a file of expectations that was read, with its policy.
type File struct {
	Name   string
	Policy *rbac.Policy
	At     time.Time
	Cases  []*Case

	members   map[string]rbac.Member
	resources map[string]rbac.Resource
	roles     map[rbac.RoleID]rbac.Role
	actions   map[rbac.Action]bool
	subjects  map[subjectKey]*rbac.Subject
	coverage  *Coverage
}

// Case is one case. Its line and column are where it begins in the file.
type Case struct {
	Name         string
	Line, Column int

	offset   int
	at       time.Time // zero: the instant of the file
	member   string
	resource *rbac.Resource
	allowed  []rbac.Action
	denied   []rbac.Action
	reasons  map[rbac.Action]rbac.Reason
	who      map[rbac.Action][]string
	rows     map[rbac.Action][]string
	step     *step
	problems []string // of a member that the policy does not accept
}

// Read reads a file and the policy that it names, relative to the file. If the policy is
// given, the file may not name one.
func Read(name string, policy *rbac.Policy) (*File, error) {
	f := &File{
		Name: name, Policy: policy,
		members: make(map[string]rbac.Member), resources: make(map[string]rbac.Resource),
		roles: make(map[rbac.RoleID]rbac.Role), actions: make(map[rbac.Action]bool),
		subjects: make(map[subjectKey]*rbac.Subject),
	}
	r := &reader{File: f, base: load.Default}
	text, err := load.Read(name, r.document)
	if err != nil {
		return nil, err
	}
	if policy == nil {
		if f.Policy, err = load.Policy(beside(name, r.policyFile), beside(name, r.base)); err != nil {
			return nil, err
		}
	}
	for role := range f.Policy.Roles() {
		f.roles[role.ID] = role
	}
	for action := range f.Policy.Actions() {
		f.actions[action] = true
	}
	f.coverage = newCoverage(f)
	f.checkMembers(text)
	for _, c := range f.Cases {
		c.Line, c.Column = text.Position(c.offset)
	}
	return f, nil
}

// beside returns the path of a file that another one names.
func beside(file, name string) string {
	if name == "" || name == load.Default || name == load.None || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

// checkMembers puts a failing case for each member that the policy does not accept
// before the others.
func (f *File) checkMembers(text *load.Text) {
	var invalid []*Case
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		if err := f.Policy.ValidateMemberAt(f.At, f.members[name]); err != nil {
			offset := text.Locate("members[" + suggest.Quote(name) + "]")
			invalid = append(invalid, &Case{Name: "member " + address.ID(name), offset: offset, problems: texts(err)})
		}
	}
	f.Cases = append(invalid, f.Cases...)
}

// reader reads a file of expectations.
type reader struct {
	*File
	given      bool // the policy is given, and not named in the file
	policyFile string
	base       string
	names      map[string]bool // of cases
}

var fileKeys = strictjson.Keys{
	Required: []string{"at", "cases"},
	Optional: []string{"$schema", "policy", "base", "members", "resources"},
}

func (f *reader) document(r *strictjson.Reader) error {
	f.names = make(map[string]bool)
	f.given = f.Policy != nil
	var cases []rawCase
	err := r.Object(&fileKeys, func(key string) (err error) {
		switch key {
		case "$schema":
			_, err = r.String()
		case "policy":
			f.policyFile, err = f.readPath(r)
		case "base":
			f.base, err = f.readPath(r)
		case "at":
			f.At, err = readInstant(r)
		case "members":
			err = strictjson.Map(r, f.members, 0, "", load.Value[rbac.Member])
		case "resources":
			err = strictjson.Map(r, f.resources, 0, "", readResource)
		case "cases":
			cases, err = strictjson.ListOf(r, 0, "", readRawCase)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return &strictjson.Error{Place: "cases", Problem: "there is no case", Hint: "a file that expects nothing cannot fail"}
	}
	// Cases name members and resources, which may come after them in the file.
	for i, raw := range cases {
		if err := f.addCase(raw); err != nil {
			return inCase(i, raw.offset, err)
		}
	}
	return nil
}

type rawCase struct {
	offset int
	data   []byte
}

func readRawCase(r *strictjson.Reader) (rawCase, error) {
	offset := r.Offset()
	raw, err := r.Raw()
	return rawCase{offset, raw}, err
}

// inCase adds where a case is to the place and the offset of an error in it.
func inCase(i, offset int, err error) error {
	e, ok := err.(*strictjson.Error)
	if !ok {
		return err
	}
	place := fmt.Sprintf("cases[%d]", i)
	if e.Place != "" {
		place += "." + e.Place
	}
	return &strictjson.Error{Place: place, Problem: e.Problem, Hint: e.Hint, Offset: offset + e.Offset}
}

// readPath reads the name of a file.
func (f *reader) readPath(r *strictjson.Reader) (string, error) {
	name, err := r.String()
	switch {
	case err != nil:
		return "", err
	case name == "":
		return "", &strictjson.Error{Problem: "the name is empty", Hint: "name a file, or leave it out"}
	case f.given:
		return "", &strictjson.Error{Problem: "the test brings its own policy", Hint: "leave this out"}
	}
	return name, nil
}

// readResource reads a resource, written as one word or as an object.
func readResource(r *strictjson.Reader) (rbac.Resource, error) {
	if !r.AtString() {
		return load.Value[rbac.Resource](r)
	}
	word, err := r.String()
	if err != nil {
		return rbac.Resource{}, err
	}
	return parseResource(word)
}

func parseResource(word string) (rbac.Resource, error) {
	resource, err := address.ParseResource(word)
	if err != nil {
		return resource, &strictjson.Error{Problem: err.Error(), Hint: "such as wallet/shop#mp-42@dana"}
	}
	return resource, nil
}

// addCase reads a case and checks what it names.
func (f *reader) addCase(raw rawCase) error {
	c := &Case{offset: raw.offset}
	if err := strictjson.Read(raw.data, func(r *strictjson.Reader) error { return f.readCase(r, c) }); err != nil {
		return err
	}
	if c.Name == "" || f.names[c.Name] {
		problem := fmt.Sprintf("the name %s is empty or repeated", suggest.Quote(c.Name))
		return &strictjson.Error{Place: "name", Problem: problem, Hint: "give each case a name of its own"}
	}
	f.names[c.Name] = true
	f.Cases = append(f.Cases, c)
	return c.check()
}

var caseKeys = strictjson.Keys{
	Required: []string{"name"},
	Optional: []string{"at", "member", "resource", "allowed", "denied", "reasons", "who", "rows", "step"},
}

func (f *reader) readCase(r *strictjson.Reader, c *Case) error {
	return r.Object(&caseKeys, func(key string) (err error) {
		switch key {
		case "name":
			c.Name, err = r.String()
		case "at":
			c.at, err = readInstant(r)
		case "member":
			c.member, err = f.readMemberName(r)
		case "resource":
			c.resource = new(rbac.Resource)
			*c.resource, err = f.readResourceOrName(r)
		case "allowed":
			c.allowed, err = readSet(r, readAction)
		case "denied":
			c.denied, err = readSet(r, readAction)
		case "reasons":
			c.reasons, err = readMap[rbac.Action](r, readReason)
		case "who":
			c.who, err = readMap[rbac.Action](r, func(r *strictjson.Reader) ([]string, error) {
				return readSet(r, f.readMemberName)
			})
		case "rows":
			c.rows, err = readMap[rbac.Action](r, func(r *strictjson.Reader) ([]string, error) {
				return readSet(r, f.readResourceName)
			})
		case "step":
			c.step, err = f.readStep(r)
		}
		return err
	})
}

// check finds cases that expect nothing, or that do not say of whom or what.
func (c *Case) check() error {
	asks := len(c.allowed)+len(c.denied)+len(c.reasons) > 0
	switch {
	case !asks && len(c.who)+len(c.rows) == 0 && c.step == nil:
		return &strictjson.Error{Problem: "the case expects nothing", Hint: "use allowed, denied, reasons, who, rows or step"}
	case (asks || len(c.rows) > 0 || c.step != nil) && c.member == "":
		return &strictjson.Error{Problem: "no member", Hint: "say of whom it is expected"}
	case (asks || len(c.who) > 0) && c.resource == nil:
		return &strictjson.Error{Problem: "no resource", Hint: "say of what it is expected"}
	}
	for _, action := range c.allowed {
		if slices.Contains(c.denied, action) {
			problem := suggest.Quote(string(action)) + " is allowed too"
			return &strictjson.Error{Place: "denied", Problem: problem, Hint: "expect one of the two"}
		}
	}
	return nil
}

func (f *reader) readMemberName(r *strictjson.Reader) (string, error) {
	return known(r, "member", f.members)
}

func (f *reader) readResourceName(r *strictjson.Reader) (string, error) {
	return known(r, "resource", f.resources)
}

// readResourceOrName reads a resource, or the name of one.
func (f *reader) readResourceOrName(r *strictjson.Reader) (rbac.Resource, error) {
	if !r.AtString() {
		return load.Value[rbac.Resource](r)
	}
	word, err := r.String()
	if err != nil {
		return rbac.Resource{}, err
	}
	if resource, named := f.resources[word]; named {
		return resource, nil
	}
	return parseResource(word)
}

func known[V any](r *strictjson.Reader, what string, all map[string]V) (string, error) {
	name, err := r.String()
	if err != nil {
		return "", err
	}
	if _, found := all[name]; !found {
		hint := suggest.Hint(name, maps.Keys(all), "name it in "+what+"s")
		return "", &strictjson.Error{Problem: fmt.Sprintf("unknown %s %s", what, suggest.Quote(name)), Hint: hint}
	}
	return name, nil
}
