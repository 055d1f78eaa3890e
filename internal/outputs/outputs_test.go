package outputs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	packages = "testdata/npm"
	samples  = "../../cmd/rbac/testdata"
)

// programs is a folder with the command under test.
var programs string

func TestMain(m *testing.M) {
	os.Exit(setUp(m))
}

func setUp(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "rbac-outputs-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(programs)
	commands := []*exec.Cmd{command("../..", "go", "build", "-o", filepath.Join(programs, "rbac"), "./cmd/rbac")}
	if !installed() {
		commands = append(commands, command(packages, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"))
	}
	for _, c := range commands {
		if output, err := c.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s\n%s", c, err, output)
			return 1
		}
	}
	return m.Run()
}

// installed reports whether npm has installed the packages since they were pinned.
func installed() bool {
	pinned, err := os.Stat(filepath.Join(packages, "package-lock.json"))
	if err != nil {
		return false
	}
	there, err := os.Stat(filepath.Join(packages, "node_modules/.package-lock.json"))
	return err == nil && there.ModTime().After(pinned.ModTime())
}

// result is what a command writes and how it ends.
type result struct {
	stdout, stderr string
	code           int
}

// run runs a command in a folder to its end.
func run(t *testing.T, folder, input, name string, args ...string) result {
	t.Helper()
	return finish(t, input, command(folder, name, args...))
}

func command(folder, name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = folder
	return c
}

func finish(t *testing.T, input string, c *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(input), &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return result{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
}

// execute runs the command under test in a folder.
func execute(t *testing.T, folder string, args ...string) result {
	t.Helper()
	return run(t, folder, "", filepath.Join(programs, "rbac"), args...)
}

func write(t *testing.T, folder, name, content string) {
	t.Helper()
	file := filepath.Join(folder, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
}
