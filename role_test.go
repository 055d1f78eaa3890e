package rbac_test

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaultRolesAreTheColumnsOfThePublishedTable(t *testing.T) {
	t.Parallel()
	header, _ := publishedTable(t)
	var ids []string
	for _, role := range rbac.DefaultRoles() {
		ids = append(ids, string(role.ID))
	}
	assert.Equal(t, roleColumns(t, header), ids)
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
