package escaped_test

import (
	"html/template"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/escaped"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type inner struct{ Name string }

type model struct {
	inner

	Text, Empty string
	Number      int
	Small       uint8
	Yes, No     bool
	List, None  []string
	Items       []*inner
	Any         any
	Nothing     *inner
	Pointer     *inner
	Scope       rbac.Scope
	Role        rbac.RoleID
}

const hostile = "</b><script>alert('1+1=\"2\"')</script>&amp;\x00\u2028\u202e\xff\ufffe"

var data = model{
	inner: inner{"inner"}, Text: hostile, Number: 3, Small: 3, Yes: true, List: []string{"a", hostile, ""},
	Items: []*inner{{"x"}, {hostile}}, Any: hostile, Pointer: &inner{"p"}, Scope: rbac.ScopeOwn | rbac.ScopeTenant,
	Role: "r",
}

var functions = map[string]any{
	"double": func(text string) string { return text + text },
	"sum":    func(a, b int) int { return a + b },
	"list":   func() []inner { return []inner{{"one"}, {hostile}} },
	"first":  func(list []string) *inner { return &inner{list[0]} },
}

// execute returns what html/template writes, and what Execute writes.
func execute(t *testing.T, text string, data any) (want, got string, err error) {
	t.Helper()
	set, err := template.New("root").Funcs(functions).Parse(text)
	require.NoError(t, err, text)
	templates, err := escaped.Compile(set, "root")
	require.NoError(t, err, text)
	var expected, actual strings.Builder
	expectedErr := set.ExecuteTemplate(&expected, "root", data)
	err = escaped.NewSet(templates, functions).Execute(&actual, "root", data)
	assert.Equal(t, expectedErr != nil, err != nil, "%s: html/template: %v", text, expectedErr)
	return expected.String(), actual.String(), err
}

func TestExecuteWritesWhatHTMLTemplateWrites(t *testing.T) {
	for _, text := range []string{
		`plain <b class="x">text</b>`,
		`{{.Text}} {{.Number}} {{.Small}} {{.Yes}} {{.Any}} {{.Scope}} {{.Role}} {{.Name}} {{.Pointer.Name}}`,
		`<p title="{{.Text}}" data-x='{{.Text}}'>{{.Text}}</p>`,
		`<title>{{.Text}}</title><textarea>{{.Text}}</textarea>`,
		`<input value="{{.Text}}"{{if .Yes}} checked{{end}} id="p.{{.Role}}-{{.Number}}">`,
		`{{/* a comment */}}{{- " trimmed " -}} x`,
		`{{if .Yes}}yes{{else}}no{{end}}{{if .No}}yes{{else if .Text}}text{{else}}no{{end}}{{if .Empty}}x{{end}}`,
		`{{if .None}}x{{else}}none{{end}}{{if .Number}}n{{end}}{{if .Nothing}}x{{end}}`,
		`{{if .Pointer}}p{{end}}{{if .Any}}a{{end}}`,
		`{{with .Text}}<i>{{.}}</i>{{$.Number}}{{else}}no{{end}}`,
		`{{with .Empty}}x{{else}}{{.Text}}{{end}}{{with .Nothing}}x{{end}}`,
		`{{with .Pointer}}{{.Name}}{{end}}{{with $n := .Number}}{{$n}}{{end}}`,
		`{{range .List}}<li>{{.}}</li>{{else}}none{{end}}{{range .None}}x{{else}}none{{end}}{{range .None}}x{{end}}`,
		`{{range $i, $x := .List}}{{if $i}}, {{end}}{{$x}}{{end}}{{range $x := .Items}}{{$x.Name}}{{.Name}}{{end}}`,
		`{{$wide := len .List}}{{range .Items}}{{sum $wide 1}}{{end}}{{$wide}}`,
		`{{$x := .Text}}{{if .Yes}}{{$x := .Number}}{{$x}}{{end}}{{$x}}`,
		`{{or .Empty .Text}}{{or .Empty .No}}{{and .Text .Number}}{{and .No .Text}}{{not .Yes}}{{or .Empty "x"}}`,
		`{{if and .Yes (not .No)}}1{{end}}{{if or .No (eq .Number 3)}}2{{end}}{{if and .Nothing .Nothing.Name}}3{{end}}`,
		`{{if or .Yes .Nothing.Name}}the second argument is not looked at{{end}}`,
		`{{eq .Text "x"}}{{eq .Number 4}}{{eq .Small 3}}{{eq .Role "r"}}`,
		`{{len .List}}{{len .Text}}{{len .None}}`,
		`{{double .Text}}{{.Text | double}}{{sum 1 2}}{{range list}}{{.Name}}{{end}}{{with first .List}}{{.Name}}{{end}}`,
		`{{define "a"}}<b>{{.}}</b>{{with $}}{{.}}{{end}}{{end}}{{template "a" .Text}}`,
		`{{range .Items}}{{template "b" .}}{{end}}{{define "b"}}{{.Name}}{{end}}`,
		`{{define "c"}}no data{{end}}{{template "c"}}<p title="x">{{template "d" .}}</p>{{define "d"}}{{.Text}}{{end}}`,
		`{{if .Edit}}x{{end}}`,
		`{{with .Nothing}}{{else}}{{.Nothing.Name}}{{end}}`,
		`{{.Text.Name}}`,
		`{{len .Number}}`,
		`{{eq .Text .Number}}`,
	} {
		want, got, err := execute(t, text, data)
		if err == nil {
			assert.Equal(t, want, got, text)
		}
	}
}

func TestCompileRefusesWhatExecuteDoesNotKnow(t *testing.T) {
	for text, problem := range map[string]string{
		`{{$x := 1}}{{$x = 2}}`:                     "not supported",
		`{{range .List}}{{break}}{{end}}`:           "not supported",
		`{{range .List}}{{continue}}{{end}}`:        "not supported",
		`{{(first .List).Name}}`:                    "not supported",
		`{{1.5}}`:                                   "not supported",
		`{{if eq .Nothing nil}}{{end}}`:             "not supported",
		`{{if true}}{{else}}{{.Text.Len 1}}{{end}}`: "not supported",
		`<p title="{{template "d" .}}">{{template "d" .}}</p>{{define "d"}}{{.}}{{end}}`: `no template "d$`,
		`<a href={{if .}}"x"{{end}} {{.}}`:                                               "",
		`{{print .}}`:                                                                    "print is not supported",
		`{{index . 0}}`:                                                                  "index is not supported",
		`{{if ne . 1}}{{end}}`:                                                           "ne is not supported",
		`{{if lt . 1}}{{end}}`:                                                           "lt is not supported",
		`{{if le . 1}}{{end}}`:                                                           "le is not supported",
		`{{if gt . 1}}{{end}}`:                                                           "gt is not supported",
		`{{if ge . 1}}{{end}}`:                                                           "ge is not supported",
		`{{template "none"}}`:                                                            `no such template "none"`,
	} {
		set := template.Must(template.New("root").Funcs(functions).Parse(text))
		_, err := escaped.Compile(set, "root")
		assert.ErrorContains(t, err, problem, text)
	}
	_, err := escaped.Compile(template.New("root"), "none")
	assert.ErrorContains(t, err, `no template "none"`)
}

// newSet returns a template "a" of a text.
func newSet(t *testing.T, text string) *escaped.Set {
	t.Helper()
	templates, err := escaped.Compile(template.Must(template.New("a").Funcs(functions).Parse(text)), "a")
	require.NoError(t, err, text)
	return escaped.NewSet(templates, functions)
}

func TestExecuteRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, problem := range map[string]string{
		`<a href="{{.Text}}">x</a>`:                             "_html_template_urlfilter is not supported",
		`<a href="/?x={{.Text}}">x</a>`:                         "_html_template_urlescaper is not supported",
		`{{range .Number}}x{{end}}`:                             "{{range}} over int is not supported",
		`{{not .Text .Text}}`:                                   "not is not supported for 2 arguments",
		`{{.Scope.String}}`:                                     "no field String",
		`{{sum 1 .Text}}`:                                       "argument 2 of sum is no int",
		`{{define "b"}}{{template "b"}}{{end}}{{template "b"}}`: "call each other",
	} {
		assert.ErrorContains(t, newSet(t, text).Execute(&strings.Builder{}, "a", data), problem, text)
	}
	assert.ErrorContains(t, newSet(t, "").Execute(&strings.Builder{}, "b", nil), `no template "b"`)
}

func TestSourceDeclaresTheTemplates(t *testing.T) {
	set := template.Must(template.New("a").Parse(`{{range .}}"\{{template "b"}}{{end}}{{define "b"}}{{end}}`))
	templates, err := escaped.Compile(set, "a")
	require.NoError(t, err)
	source, err := escaped.Source("play", "templates", templates)
	require.NoError(t, err)
	assert.Equal(t, `// Code generated by escaped.Source. DO NOT EDIT.

package play

import "github.com/miniprogram-platform/rbac/console/internal/escaped"

var templates = []escaped.Template{
	{Name: "a", Nodes: []escaped.Node{
		{Kind: "range", Pipe: escaped.Pipe{Commands: [][]escaped.Operand{{{Kind: "dot"}}}}, List: []escaped.Node{
			{Kind: "text", Text: "\"\\"},
			{Kind: "template", Text: "b"},
		}},
	}},
	{Name: "b"},
}
`, string(source))
}
