package outputs

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGoCompiles(t *testing.T) {
	library, err := filepath.Abs("../..")
	require.NoError(t, err)
	folder := t.TempDir()
	write(t, folder, "go.mod", "module host\n\ngo 1.25.0\n\nrequire github.com/miniprogram-platform/rbac v0.0.0\n\n"+
		"replace github.com/miniprogram-platform/rbac => "+library+"\n")
	for name, arguments := range map[string]string{
		"platform": "go",
		"reports":  "-package reports go reports.json",
		"alike":    "-base none go alike.json",
		"empty":    "-base reports.json -package empty go two_admins.json",
	} {
		source := execute(t, samples, append([]string{"gen"}, strings.Fields(arguments)...)...)
		require.Zero(t, source.code, source.stderr)
		write(t, folder, name+"/generated.go", source.stdout)
	}
	write(t, folder, "main.go", `package main

import (
	"host/reports"

	"github.com/miniprogram-platform/rbac"
)

var (
	_ rbac.Action = reports.ActionReportExport
	_ rbac.RoleID = reports.RoleAuditor
)

func main() {}
`)
	vetted := run(t, folder, "", "go", "vet", "./...")
	assert.Zero(t, vetted.code, vetted.stderr)
	formatted := run(t, folder, "", "gofmt", "-l", ".")
	assert.Empty(t, formatted.stdout)
}
