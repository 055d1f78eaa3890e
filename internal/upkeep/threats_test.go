package upkeep

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// threat is one row of the table of threats.
type threat struct {
	id, text string
	also     []string // the names of the tests beside TestThreats
}

// threats reads the table of threats from its source, because one test cannot
// import another.
func threats(t *testing.T) []threat {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), threatTable, read(t, threatTable), parser.SkipObjectResolution)
	require.NoError(t, err)
	var found []threat
	for _, line := range rowsOf(file, "threats") {
		texts := stringsIn(line)
		require.Greater(t, len(texts), 2)
		found = append(found, threat{texts[0], texts[1], texts[2:]})
	}
	return found
}

// rowsOf returns the elements of the slice that the variable is set to.
func rowsOf(file *ast.File, variable string) (rows []ast.Expr) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != variable || len(spec.Values) == 0 {
			return true
		}
		if table, ok := spec.Values[0].(*ast.CompositeLit); ok {
			rows = table.Elts
		}
		return false
	})
	return rows
}

// stringsIn returns the text of each string literal in the expression.
func stringsIn(e ast.Expr) (texts []string) {
	ast.Inspect(e, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}
