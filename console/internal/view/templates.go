//go:build !js

package view

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"

	"github.com/miniprogram-platform/rbac/console/internal/escaped"
)

//go:embed style.css
var style string

//go:embed script.js
var script string

//go:embed icon.svg
var icon string

//go:embed templates/*.html
var files embed.FS

// Style returns the style sheet of every page.
func Style() string { return style }

// Script returns the script of every page.
func Script() string { return script }

// Icon returns the picture that a browser shows in a tab, as SVG.
func Icon() string { return icon }

// Version returns a short text that changes with the file, for its address.
func Version(file string) string {
	sum := sha256.Sum256([]byte(file))
	return hex.EncodeToString(sum[:6])
}

// Templates renders pages and parts of pages. Any number of goroutines may use it.
type Templates struct {
	pages map[string]*template.Template
	parts *template.Template
}

// pageNames are the pages; each has a file of templates.
var pageNames = [...]string{"choose", "roles", "try", "role", "stale", "members", "member", "log", "message", "people"}

// NewTemplates parses the templates, once for all pages.
func NewTemplates() (*Templates, error) {
	parts, err := template.New("parts").Funcs(Functions()).ParseFS(files,
		"templates/layout.html", "templates/parts.html", "templates/roleform.html", "templates/playground.html")
	if err != nil {
		return nil, err
	}
	t := &Templates{pages: make(map[string]*template.Template), parts: parts}
	for _, name := range pageNames {
		page, err := template.Must(parts.Clone()).ParseFS(files, "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		t.pages[name] = page
	}
	return t, nil
}

// Render writes a page.
func (t *Templates) Render(w io.Writer, name string, page Page) error {
	found, ok := t.pages[name]
	if !ok {
		return fmt.Errorf("view: there is no page %q", name)
	}
	page.Head.Style = page.Head.Root + URL("style.css?v="+Version(style))
	page.Head.Script = page.Head.Root + URL("script.js?v="+Version(script))
	return found.ExecuteTemplate(w, "page", page)
}

// Part writes a part of a page by itself: "table", "answer" or "preview".
func (t *Templates) Part(w io.Writer, name string, model any) error {
	return t.parts.ExecuteTemplate(w, name, model)
}

// Escaped returns parts of pages for a program that renders them without html/template.
func (t *Templates) Escaped(names ...string) ([]escaped.Template, error) {
	return escaped.Compile(t.parts, names...)
}
