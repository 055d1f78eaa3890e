package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommandIsSmallAndNeedsTheStandardLibraryOnly(t *testing.T) {
	const module = "github.com/miniprogram-platform/rbac"
	format := "{{if not .Standard}}{{.ImportPath}}{{end}}"
	out, err := exec.Command("go", "list", "-deps", "-f", format, ".", "../../rbactest").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, path := range strings.Fields(string(out)) {
		assert.True(t, path == module || strings.HasPrefix(path, module+"/"), "it imports %s", path)
	}
	if testing.Short() {
		return
	}
	binary := filepath.Join(t.TempDir(), "rbac")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err = build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	info, err := os.Stat(binary)
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(6_000_000), "bytes of the stripped binary")
}
