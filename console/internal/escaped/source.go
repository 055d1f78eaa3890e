//go:build !js

package escaped

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/template/parse"
)

// Source escapes templates of a set, and returns the text of these and of the templates
// that they use.
func Source(set *template.Template, names ...string) (string, error) {
	s := source{set: set, done: make(map[string]bool)}
	for _, name := range names {
		if err := s.escape(name); err != nil {
			return "", err
		}
	}
	for _, name := range names {
		s.add(name)
	}
	return s.text.String(), errors.Join(s.problems...)
}

type source struct {
	set      *template.Template
	done     map[string]bool
	text     strings.Builder
	problems []error
}

// escape makes html/template escape a template: that is the first thing which executing it
// does. Without data, executing it may fail afterwards.
func (s *source) escape(name string) error {
	err := s.set.ExecuteTemplate(io.Discard, name, nil)
	var problem *template.Error
	if errors.As(err, &problem) {
		return err
	}
	return nil
}

// add writes a template, and those that it uses.
func (s *source) add(name string) {
	if s.done[name] {
		return
	}
	s.done[name] = true
	found := s.set.Lookup(name)
	if found == nil || found.Tree == nil {
		s.problems = append(s.problems, fmt.Errorf("escaped: there is no template %q", name))
		return
	}
	fmt.Fprintf(&s.text, "{{define %q}}%s{{end}}\n", name, found.Tree.Root)
	visit(found.Tree.Root, func(node parse.Node) {
		if call, ok := node.(*parse.TemplateNode); ok {
			s.add(call.Name)
		}
	})
}
