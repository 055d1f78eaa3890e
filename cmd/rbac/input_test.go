package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// badFiles are files that commands cannot read, and what they say of each.
var badFiles = map[string]struct {
	content, problem string
	only             string // the command, where others can read it or say something else
}{
	"no JSON": {
		content: "roles: []",
		problem: "FILE:1:1: this is not JSON: invalid character 'r' looking for beginning of value",
	},
	"half a document": {
		content: `{"roles": [`,
		problem: "FILE:1:11: this is not JSON: unexpected end of JSON input",
	},
	"a second document": {
		content: "{}\n{}",
		problem: "FILE:2:1: this is not JSON: invalid character '{' after top-level value",
	},
	"a deep document": {
		content: strings.Repeat("[", 20_000),
		problem: "FILE:1:10001: this is not JSON: invalid character '[' exceeded max depth",
	},
	"a byte order mark": {content: "\xef\xbb\xbf{}", problem: "FILE:1:1: the file begins with a byte order mark"},
	"UTF-16":            {content: "\xff\xfe{\x00}\x00", problem: "FILE:1:1: the file is UTF-16"},
	"a damaged byte":    {content: "{\n\"\xff\": 1}", problem: "FILE:2:2: the file is not UTF-8"},
	"an empty file":     {content: " \n", problem: "FILE: the file is empty"},
	"a list for a policy": {
		content: "[]", problem: "FILE:1:1: found a list; expected an object", only: "fmt",
	},
	"a policy for members": {
		content: "{}", problem: "FILE:1:1: found an object; expected a list", only: "members",
	},
	"a member twice": {
		content: "[" + memberDocument + ",\n " + memberDocument + "]",
		problem: "FILE:2:2: [1]: member alice@wallet is repeated; keep one of the two",
		only:    "members",
	},
	"a member without status": {
		content: `[{"id": "a", "workspace": {"kind": "tenant", "id": "wallet", "tenant": "wallet"}}]`,
		problem: "FILE:1:2: [0]: no status; it is required",
		only:    "members",
	},
	"a misspelt status": {
		content: strings.Replace("[\n"+memberDocument+"]", "active", "actve", 1),
		problem: `FILE:2:96: [0].status: unknown status "actve"; did you mean "active"?`,
		only:    "members",
	},
	"a number for text": {
		content: strings.Replace("["+memberDocument+"]", `"alice"`, "7", 1),
		problem: "FILE:1:9: [0].id: found a number; expected a string",
		only:    "members",
	},
}

const memberDocument = `{"id": "alice", "workspace": {"kind": "tenant", "id": "wallet", "tenant": "wallet"}, ` +
	`"status": "active"}`

// readers are commands that read FILE.
var readers = map[string][]string{
	"validate": {"validate", "FILE"},
	"base":     {"validate", "-base", "FILE", "FILE"},
	"fmt":      {"fmt", "-w", "FILE"},
	"matrix":   {"matrix", "FILE"},
	"policy":   {"can", "-policy", "FILE", "-members", "FILE", "a", "miniprogram.view", "wallet"},
	"diff":     {"diff", "default", "FILE"},
	"test":     {"test", "FILE"},
	"gen":      {"gen", "go", "FILE"},
	"members":  {"who", "-members", "FILE", "miniprogram.view", "wallet"},
}

func TestRunSaysInOneLineWhatCannotBeRead(t *testing.T) {
	for name, bad := range badFiles {
		file := filepath.Join(t.TempDir(), "f.json")
		require.NoError(t, os.WriteFile(file, []byte(bad.content), 0o644))
		for command, args := range readers {
			if bad.only != "" && bad.only != command {
				continue
			}
			assertRefused(t, name+": "+command, replaced(args, file), strings.ReplaceAll(bad.problem, "FILE", file))
		}
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, bad.content, string(content), "fmt -w leaves it as it is: %s", name)
	}
}

func replaced(args []string, file string) (all []string) {
	for _, arg := range args {
		all = append(all, strings.ReplaceAll(arg, "FILE", file))
	}
	return all
}

func assertRefused(t *testing.T, name string, args []string, problem string) {
	t.Helper()
	stdout, stderr, code := execute(args...)
	assert.Equal(t, unusable, code, name)
	assert.Empty(t, stdout, name)
	assert.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s: %s", name, stderr)
	assert.Contains(t, stderr, problem, name)
}

func TestRunRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.json")
	file, err := os.Create(huge)
	require.NoError(t, err)
	require.NoError(t, file.Truncate(1<<30))
	require.NoError(t, file.Close())
	for command, args := range readers {
		assertRefused(t, command, replaced(args, dir), dir+": this is a directory; name a file")
		assertRefused(t, command, replaced(args, filepath.Join(dir, "none.json")), "none.json: cannot read it: no such file")
		assertRefused(t, command, replaced(args, huge), "huge.json: the file is larger than")
	}
}

// asCommand returns this program as a process of its own.
func asCommand(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "RBAC_TEST_AS_COMMAND=1")
	return cmd
}

func TestMainReportsAPipeThatCloses(t *testing.T) {
	reading, writing, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reading.Close())
	cmd := asCommand("matrix")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = writing, &stderr
	err = cmd.Run()
	require.NoError(t, writing.Close())
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, unusable, exit.ExitCode())
	assert.Equal(t, "rbac matrix: cannot write the output: broken pipe\n", stderr.String())
}

func TestMainReadsStandardInput(t *testing.T) {
	cmd := asCommand("fmt", "-")
	cmd.Stdin = strings.NewReader(`{"four_eyes":["approval.decide_release"]}`)
	out, err := cmd.Output()
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"four_eyes\": [\"approval.decide_release\"]\n}\n", string(out))
}

func TestFormatKeepsTheMeaningAndIsStable(t *testing.T) {
	documents := []string{"{}", `{"$schema": "a \"b\""}`, `{"roles": [], "exclusive": []}`}
	for _, pattern := range []string{"testdata/*.json", "../../examples/*/*.json"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			documents = append(documents, string(content))
		}
	}
	defaults, err := rbac.Defaults().Canonical()
	require.NoError(t, err)
	documents = append(documents, string(defaults))
	formatted := 0
	for _, document := range documents {
		spec, err := rbac.ParseSpec([]byte(document))
		if err != nil {
			continue
		}
		file := filepath.Join(t.TempDir(), "f.json")
		require.NoError(t, os.WriteFile(file, []byte(document), 0o644))
		once, stderr, code := execute("fmt", file)
		require.Equal(t, yes, code, "%s: %s", stderr, document)
		read, err := rbac.ParseSpec([]byte(once))
		require.NoError(t, err, "%s", once)
		want, err := spec.Canonical()
		require.NoError(t, err)
		got, err := read.Canonical()
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got))
		require.NoError(t, os.WriteFile(file, []byte(once), 0o644))
		twice, _, _ := execute("fmt", file)
		assert.Equal(t, once, twice)
		formatted++
	}
	assert.Greater(t, formatted, 10)
}
