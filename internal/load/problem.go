package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
)

// Problem is what is wrong with a file, and where. Line, Column and Character are from 1,
// and 0 if the problem is not at one place.
type Problem struct {
	File      string
	Line      int
	Column    int    // in bytes, as Go's tools count
	Character int    // the column in units of UTF-16, as SARIF and editors count
	Place     string // "roles[3].permissions"
	Problem   string
	Hint      string
}

// Error returns the problem on one line: file:line:column: place: problem; hint.
func (p *Problem) Error() string { return p.Position() + ": " + p.Message() }

// Position returns file:line:column, as far as it is known.
func (p *Problem) Position() string {
	if p.Line == 0 {
		return address.ID(p.File)
	}
	return fmt.Sprintf("%s:%d:%d", address.ID(p.File), p.Line, p.Column)
}

// Message returns the problem without the file and the line.
func (p *Problem) Message() string {
	text := p.Problem
	if p.Place != "" {
		text = p.Place + ": " + text
	}
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// Problems are all that is wrong with a file that can be read.
type Problems []*Problem

// Error returns one line: the first problem, and how many more there are.
func (p Problems) Error() string {
	if len(p) > 1 {
		return fmt.Sprintf("%s (and %d more; rbac validate shows all)", p[0].Error(), len(p)-1)
	}
	return p[0].Error()
}

// Unreadable is the problem of a file that cannot be read as JSON: it cannot be opened,
// is too large, or is no text in UTF-8 or no JSON.
type Unreadable struct{ Problem }

func (f *file) unreadable(offset int, problem, hint string) error {
	e := &Unreadable{Problem{File: f.name, Problem: problem, Hint: hint}}
	if offset >= 0 {
		f.locate(Problems{&e.Problem}, []int{offset})
	}
	return e
}

// syntax returns why a file is not JSON, or nil if it is.
func (f *file) syntax() error {
	var any json.RawMessage
	err := json.Unmarshal(f.data, &any)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return f.unreadable(max(int(syntax.Offset)-1, 0), "this is not JSON: "+syntax.Error(), "fix it there or just before")
	}
	return f.unreadable(-1, "this is not JSON: "+err.Error(), "")
}

// problems returns the errors of the library or of the reader as Problems of the file,
// each with its line.
func (f *file) problems(err error) error {
	var found Problems
	var offsets []int
	for _, e := range flatten(err) {
		problem, offset := f.problem(e)
		found, offsets = append(found, problem), append(offsets, offset)
	}
	places := make([]string, len(found))
	for i, problem := range found {
		// An unknown name may be a key of the place. If it is none, the place itself is found.
		places[i] = problem.Place
		if name := unknownName(problem.Problem); name != "" {
			places[i] += "[" + name + "]"
		}
	}
	for i, at := range strictjson.LocateAll(f.data, places) {
		offsets[i] = max(at, offsets[i])
	}
	f.locate(found, offsets)
	return found
}

// problem returns an error as a problem, with its offset if the error knows it.
func (f *file) problem(err error) (*Problem, int) {
	if e, ok := err.(*strictjson.Error); ok {
		return &Problem{File: f.name, Place: e.Place, Problem: withoutByte(e.Problem), Hint: e.Hint}, e.Offset
	}
	var e *rbac.ValidationError
	if !errors.As(err, &e) {
		return &Problem{File: f.name, Problem: strings.TrimPrefix(err.Error(), "rbac: ")}, 0
	}
	offset := 0
	if e.Line > 0 {
		offset = f.offset(e.Line, e.Column)
	}
	return &Problem{File: f.name, Place: e.Place, Problem: withoutByte(e.Problem), Hint: e.Hint}, offset
}

// unknownName returns the name in quotes that a problem says is unknown.
func unknownName(problem string) string {
	for _, kind := range []string{"unknown action ", "unknown role "} {
		if name, found := strings.CutPrefix(problem, kind); found && strings.HasPrefix(name, `"`) {
			return name
		}
	}
	return ""
}

// withoutByte leaves out where the reader was, because the line and the column say it.
func withoutByte(problem string) string {
	const at = " at byte "
	i := strings.LastIndex(problem, at)
	if i < 0 || i+len(at) == len(problem) || strings.Trim(problem[i+len(at):], "0123456789") != "" {
		return problem
	}
	return problem[:i]
}

// flatten returns the errors that are joined in one.
func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
