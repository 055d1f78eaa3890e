package rbac_test

import (
	"encoding/csv"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// publishedRow is a row of the platform's role tables, by the name of the column.
type publishedRow map[string]string

// publishedTable reads testdata/matrix.csv, which the library's table is held to.
func publishedTable(t *testing.T) (header []string, rows []publishedRow) {
	t.Helper()
	file, err := os.Open("testdata/matrix.csv")
	require.NoError(t, err)
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	header = records[0]
	for _, record := range records[1:] {
		row := make(publishedRow)
		for i, column := range header {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	require.Len(t, rows, 85, "operations in testdata/matrix.csv")
	return header, rows
}

// roleColumns are the columns between what an action is done to and where its cells come from.
func roleColumns(t *testing.T, header []string) []string {
	t.Helper()
	first, end := slices.Index(header, "target")+1, slices.Index(header, "evidence")
	require.Equal(t, 7, end-first, "columns of roles in testdata/matrix.csv")
	return header[first:end]
}

func TestDefaultRolesAreTheColumnsOfThePublishedTable(t *testing.T) {
	t.Parallel()
	header, _ := publishedTable(t)
	var ids []string
	for _, role := range rbac.DefaultRoles() {
		ids = append(ids, string(role.ID))
	}
	assert.Equal(t, roleColumns(t, header), ids)
}

func TestDefaultsDeclareTheActionsOfThePublishedTable(t *testing.T) {
	t.Parallel()
	_, rows := publishedTable(t)
	actions := rbac.Defaults().Actions
	assert.Len(t, actions, len(rows))
	for _, row := range rows {
		assert.Equal(t, row["target"], actions[rbac.Action(row["action"])].String(), "what %s is done to", row["action"])
	}
}

func TestDefaultRolesGrantTheCellsOfThePublishedTable(t *testing.T) {
	t.Parallel()
	_, rows := publishedTable(t)
	for _, role := range rbac.DefaultRoles() {
		granted := 0
		for _, row := range rows {
			scope, cell := role.Permissions[rbac.Action(row["action"])], row[string(role.ID)]
			assert.Equal(t, cell, scope.String(), "what %s grants of %s", role.ID, row["action"])
			if cell != "-" {
				granted++
			}
		}
		assert.Len(t, role.Permissions, granted, "a permission for each cell of %s that grants, and no other", role.ID)
	}
}

func TestDefaultRolesHaveKindsNamesAndDescriptions(t *testing.T) {
	t.Parallel()
	want := []struct {
		id   rbac.RoleID
		kind rbac.WorkspaceKind
		name string
	}{
		{rbac.WorkspaceAdmin, rbac.KindTenant, "Workspace Admin"},
		{rbac.WorkspaceReviewer, rbac.KindTenant, "Workspace Reviewer"},
		{rbac.WorkspaceDeveloper, rbac.KindTenant, "Workspace Developer"},
		{rbac.WorkspaceOperator, rbac.KindTenant, "Workspace Operator"},
		{rbac.DeveloperAdmin, rbac.KindDeveloper, "Developer Admin"},
		{rbac.Developer, rbac.KindDeveloper, "Developer"},
		{rbac.Operator, rbac.KindDeveloper, "Operator"},
	}
	roles := rbac.DefaultRoles()
	require.Len(t, roles, len(want))
	for i, role := range roles {
		assert.Equal(t, want[i].id, role.ID, "the role of column %d", i)
		assert.Equal(t, want[i].kind, role.Kind, "the kind of %s", role.ID)
		assert.Equal(t, want[i].name, role.Name, "the name of %s", role.ID)
		assert.Regexp(t, `^[A-Z].*\.$`, role.Description, "the description of %s is a sentence", role.ID)
	}
}

func TestDefaultsKeepTheLastAdmin(t *testing.T) {
	t.Parallel()
	defaults := rbac.Defaults()
	assert.Equal(t, rbac.DefaultRoles(), defaults.Roles)
	assert.Equal(t, map[rbac.RoleID]int{"workspace_admin": 1, "developer_admin": 1}, defaults.AtLeast)
	defaults.Actions, defaults.Roles, defaults.AtLeast = nil, nil, nil
	assert.Equal(t, rbac.Spec{}, defaults, "nothing but actions, roles and the last admins")
}

func TestDefaultsAreFresh(t *testing.T) {
	t.Parallel()
	spoiled, before := rbac.Defaults(), rbac.Default().Fingerprint()
	for action := range spoiled.Actions {
		spoiled.Actions[action] = rbac.OnAny
		spoiled.Roles[0].Permissions[action] = rbac.ScopeTenant
	}
	spoiled.Roles[1], spoiled.AtLeast[rbac.WorkspaceAdmin] = rbac.Role{}, 0
	roles := rbac.DefaultRoles()
	clear(roles[0].Permissions)
	roles[1] = rbac.Role{}

	assert.Equal(t, before, rbac.Must(rbac.New(rbac.Defaults())).Fingerprint(), "the defaults stay as they were")
	assert.Equal(t, rbac.OnTenant, rbac.Defaults().Actions[rbac.ListApps])
	assert.Equal(t, rbac.ScopeWorkspace, rbac.DefaultRoles()[0].Permissions[rbac.ListApps])
	assert.Equal(t, rbac.WorkspaceReviewer, rbac.DefaultRoles()[1].ID)
}

// constantOf is a constant of permission.go: its value and its doc comment as one line.
type constantOf struct{ value, label string }

// actionConstants reads the constants of type Action from the source, because their names are nowhere else.
func actionConstants(t *testing.T) map[string]constantOf {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "permission.go", nil, parser.ParseComments)
	require.NoError(t, err)
	constants := make(map[string]constantOf)
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && isActionType(spec.Type) {
			constants[spec.Names[0].Name] = readConstant(t, spec)
		}
		return true
	})
	return constants
}

func isActionType(expression ast.Expr) bool {
	name, ok := expression.(*ast.Ident)
	return ok && name.Name == "Action"
}

func readConstant(t *testing.T, spec *ast.ValueSpec) constantOf {
	t.Helper()
	require.Len(t, spec.Names, 1, "constants in the line of %s", spec.Names[0].Name)
	literal, ok := spec.Values[0].(*ast.BasicLit)
	require.True(t, ok, "%s is a literal", spec.Names[0].Name)
	value, err := strconv.Unquote(literal.Value)
	require.NoError(t, err)
	return constantOf{value, strings.TrimSpace(spec.Comment.Text())}
}

func TestEveryPublishedOperationHasItsConstant(t *testing.T) {
	t.Parallel()
	_, rows := publishedTable(t)
	constants := actionConstants(t)
	for _, row := range rows {
		name := row["constant"]
		constant, there := constants[name]
		assert.True(t, there, "permission.go has the constant %s", name)
		assert.Equal(t, row["action"], constant.value, "the value of %s", name)
		assert.Equal(t, row["operation"], constant.label, "the comment after %s", name)
		delete(constants, name)
	}
	assert.Empty(t, slices.Sorted(maps.Keys(constants)), "constants that no operation has")
}
