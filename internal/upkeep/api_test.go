package upkeep

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/exp/apidiff"
)

const (
	modulePath  = "github.com/miniprogram-platform/rbac"
	recordedAPI = "testdata/api.txt"
)

// The exported API is the one that testdata/api.txt records. A change that
// breaks a program fails this test even when -update records it, so that nobody
// records one by accident: read it, and run the test again.
func TestExportedAPIIsTheRecordedOne(t *testing.T) {
	world := newTypeChecker()
	current := world.library(t)
	report := apidiff.Changes(world.recorded(t), current)
	for _, change := range report.Changes {
		if !change.Compatible {
			t.Errorf("a change that breaks programs: %s\nrecord it with -update, and say so in CHANGELOG.md", change.Message)
		}
	}
	if *update {
		writeAPI(t, current)
		return
	}
	text, err := os.ReadFile(recordedAPI)
	require.NoError(t, err)
	if string(text) == describeAPI(current) {
		return
	}
	for _, change := range report.Changes {
		if change.Compatible {
			t.Errorf("a change that is not recorded: %s", change.Message)
		}
	}
	t.Errorf("the API is not as recorded; run: go test ./internal/upkeep -run API -update")
}

// An API guard that finds nothing guards nothing.
func TestAPIGuardNamesWhatBreaks(t *testing.T) {
	world := newTypeChecker()
	text, err := os.ReadFile(recordedAPI)
	require.NoError(t, err)
	rows := []struct{ name, old, new, message string }{
		{"a function is gone", "func Tenant(id string) Workspace\n", "",
			"Tenant: removed"},
		{"a method is gone", "func (Decision) Err() error\n", "",
			"Decision.Err: removed"},
		{"a field changes its type", "\tAllowed bool", "\tAllowed string",
			"Decision.Allowed: changed from bool to string"},
		{"a constant changes its value", `"feature.add"`, `"feature.plus"`,
			`AddFeature: value changed from "feature.add" to "feature.plus"`},
		{"a type is no longer comparable", "type Decision struct {\n", "type Decision struct {\n\tAny []int\n",
			"Decision: old is comparable, new is not"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, string(text), row.old)
			broken := strings.Replace(string(text), row.old, row.new, 1)
			report := apidiff.Changes(world.recorded(t), world.parse(t, broken))
			require.Contains(t, report.Changes, apidiff.Change{Message: row.message, Compatible: false})
		})
	}
}

// typeChecker imports each package once, so that a type of another package is
// the same one in both APIs.
type typeChecker struct {
	files    *token.FileSet
	standard types.Importer
	own      map[string]*types.Package
}

func newTypeChecker() *typeChecker {
	files := token.NewFileSet()
	return &typeChecker{files, importer.ForCompiler(files, "gc", nil), make(map[string]*types.Package)}
}

// Import type-checks a package of this module from its source.
func (c *typeChecker) Import(path string) (*types.Package, error) {
	dir, own := strings.CutPrefix(path, modulePath)
	if !own {
		return c.standard.Import(path)
	}
	if done := c.own[path]; done != nil {
		return done, nil
	}
	names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var sources []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(c.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	checked, err := c.check(path, sources)
	c.own[path] = checked
	return checked, err
}

func (c *typeChecker) check(path string, sources []*ast.File) (*types.Package, error) {
	config := types.Config{Importer: c}
	return config.Check(path, c.files, sources, nil)
}

func (c *typeChecker) library(t *testing.T) *types.Package {
	t.Helper()
	library, err := c.Import(modulePath)
	require.NoError(t, err)
	return library
}

func (c *typeChecker) recorded(t *testing.T) *types.Package {
	t.Helper()
	text, err := os.ReadFile(recordedAPI)
	require.NoError(t, err)
	return c.parse(t, string(text))
}

func (c *typeChecker) parse(t *testing.T, api string) *types.Package {
	t.Helper()
	source, err := parser.ParseFile(c.files, recordedAPI, api, parser.SkipObjectResolution)
	require.NoError(t, err)
	parsed, err := c.check(modulePath, []*ast.File{source})
	require.NoError(t, err)
	return parsed
}

func writeAPI(t *testing.T, library *types.Package) {
	t.Helper()
	require.NoError(t, os.WriteFile(recordedAPI, []byte(describeAPI(library)), 0o644))
}

// describeAPI writes the exported API as Go without bodies: for people to read,
// and for the type checker to read back.
func describeAPI(library *types.Package) string {
	d := &description{library: library}
	scope := library.Scope()
	for _, name := range scope.Names() {
		if object := scope.Lookup(name); object.Exported() {
			d.object(object)
		}
	}
	imports := "import (\n"
	slices.Sort(d.imports)
	for _, path := range slices.Compact(d.imports) {
		imports += fmt.Sprintf("\t%q\n", path)
	}
	return formatted("package " + library.Name() + "\n\n" + imports + ")\n" + d.text.String())
}

func formatted(source string) string {
	text, err := format.Source([]byte(source))
	if err != nil {
		panic(fmt.Sprintf("the description of the API is not Go: %v", err))
	}
	return string(text)
}

type description struct {
	library *types.Package
	imports []string
	text    strings.Builder
}

func (d *description) line(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

func (d *description) qualify(p *types.Package) string {
	if p == d.library {
		return ""
	}
	d.imports = append(d.imports, p.Path())
	return p.Name()
}

func (d *description) write(t types.Type) string { return types.TypeString(t, d.qualify) }

func (d *description) object(object types.Object) {
	d.line("")
	switch o := object.(type) {
	case *types.Const:
		d.constant(o)
	case *types.Var:
		d.line("var %s %s", o.Name(), d.write(o.Type()))
	case *types.Func:
		d.line("%s", types.ObjectString(o, d.qualify))
	case *types.TypeName:
		d.typeName(o)
	}
}

// constant leaves out a type that Go has no name for: that of a constant without one.
func (d *description) constant(o *types.Const) {
	basic, ok := o.Type().(*types.Basic)
	if ok && basic.Info()&types.IsUntyped != 0 {
		d.line("const %s = %s", o.Name(), o.Val().ExactString())
		return
	}
	d.line("const %s %s = %s", o.Name(), d.write(o.Type()), o.Val().ExactString())
}

func (d *description) typeName(o *types.TypeName) {
	if fields, ok := o.Type().Underlying().(*types.Struct); ok {
		d.structure(o, fields)
	} else {
		d.line("type %s %s", o.Name(), d.write(o.Type().Underlying()))
	}
	methods := types.NewMethodSet(types.NewPointer(o.Type()))
	for i := range methods.Len() {
		if method := methods.At(i).Obj().(*types.Func); method.Exported() {
			d.method(method)
		}
	}
}

func (d *description) method(m *types.Func) {
	signature := m.Type().(*types.Signature)
	receiver := d.write(signature.Recv().Type())
	d.line("func (%s) %s%s", receiver, m.Name(), strings.TrimPrefix(d.write(signature), "func"))
}

// structure writes the exported fields, with their tags: what is stored has the names in
// them. Of the other fields it keeps what a program can notice: that there are any, and
// whether values can be compared.
func (d *description) structure(o *types.TypeName, s *types.Struct) {
	d.line("type %s struct {", o.Name())
	hidden := ""
	for i := range s.NumFields() {
		field, tag := s.Field(i), s.Tag(i)
		if tag != "" {
			tag = " `" + tag + "`"
		}
		if field.Exported() {
			d.line("\t%s %s%s", field.Name(), d.write(field.Type()), tag)
		} else {
			hidden = "\t_ struct{} // unexported fields"
		}
	}
	if hidden != "" && !types.Comparable(o.Type()) {
		hidden = "\t_ [0]func() // unexported fields, which cannot be compared"
	}
	if hidden != "" {
		d.line("%s", hidden)
	}
	d.line("}")
}
