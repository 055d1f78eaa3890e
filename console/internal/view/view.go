// Package view is what the console's pages show: models, which are functions of a policy
// and its members, and the templates, the style and the script that render them. It knows
// nothing of HTTP, so that the playground renders the same templates.
package view

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"

	"github.com/miniprogram-platform/rbac"
)

//go:embed style.css
var style string

//go:embed script.js
var script string

//go:embed templates/*.html
var files embed.FS

// Style returns the style sheet of every page.
func Style() string { return style }

// Script returns the script of every page.
func Script() string { return script }

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
var pageNames = [...]string{"choose", "roles", "try", "role", "stale", "members", "member", "log", "message"}

// NewTemplates parses the templates, once for all pages.
func NewTemplates() (*Templates, error) {
	functions := template.FuncMap{
		"id":      ID,
		"add":     func(a, b int) int { return a + b },
		"chip":    ChipOf,
		"legend":  Legend,
		"sources": Sources,
	}
	parts, err := template.New("parts").Funcs(functions).ParseFS(files,
		"templates/layout.html", "templates/parts.html", "templates/roleform.html")
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

// Page is a whole page: what surrounds it, and its own model.
type Page struct {
	Head Head
	Body any
}

// Head is what every page has in common.
type Head struct {
	Title     string
	Workspace string // what the page is about; empty for none
	Viewer    string // who looks; empty for nobody
	Home      string // the workspace of who looks
	Switch    string // address of the page where one signs in as somebody else
	Tabs      []Tab
	Notice    string // what has just been done
	Style     template.URL
	Script    template.URL
}

// Tab is a link to a page of the workspace.
type Tab struct {
	Name    string
	Href    template.URL
	Current bool
}

// Render writes a page.
func (t *Templates) Render(w io.Writer, name string, page Page) error {
	found, ok := t.pages[name]
	if !ok {
		return fmt.Errorf("view: there is no page %q", name)
	}
	page.Head.Style = template.URL("style.css?v=" + Version(style))
	page.Head.Script = template.URL("script.js?v=" + Version(script))
	return found.ExecuteTemplate(w, "page", page)
}

// Part writes a part of a page by itself: "table", "answer" or "preview".
func (t *Templates) Part(w io.Writer, name string, model any) error {
	return t.parts.ExecuteTemplate(w, name, model)
}

// Tabs returns the links to the pages of a workspace.
func Tabs(workspace rbac.Workspace, current string) []Tab {
	tabs := []Tab{{Name: "Roles"}, {Name: "Try"}, {Name: "Members"}, {Name: "Log"}}
	for i, page := range []string{"roles", "try", "members", "log"} {
		tabs[i].Href = Link(page, workspace)
		tabs[i].Current = page == current
	}
	return tabs
}
