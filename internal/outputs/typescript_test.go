package outputs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// compile checks files in a folder by the compiler, as strictly as it can.
func compile(t *testing.T, folder string, files ...string) result {
	t.Helper()
	compiler, err := filepath.Abs(filepath.Join(packages, "node_modules/typescript/bin/tsc"))
	require.NoError(t, err)
	return run(t, folder, "", "node", append([]string{
		compiler, "--strict", "--noEmit", "--isolatedModules", "--verbatimModuleSyntax", "--module", "esnext",
		"--moduleResolution", "bundler", "--target", "es2022", "--lib", "es2022", "--skipLibCheck", "--noUnusedLocals",
	}, files...)...)
}

// generate returns the types of a policy.
func generate(t *testing.T, from string, args ...string) string {
	t.Helper()
	source := execute(t, from, append([]string{"gen"}, args...)...)
	require.Zero(t, source.code, source.stderr)
	return source.stdout
}

func TestTypeScriptCompiles(t *testing.T) {
	hostile := t.TempDir()
	write(t, hostile, "labels.json", `{
		"actions": {"constructor": ["any"], "class.new": ["any"]},
		"labels": {"class.new": {"name": "\"; */ </script> ${x} \\ \u0060 '", "group": "*/"}},
		"roles": [{"id": "default", "kind": "tenant", "name": "\"}; //", "permissions": {"class.new": ["tenant"]}}]
	}`)
	folder := t.TempDir()
	var files []string
	for name, row := range map[string]struct {
		from string
		args []string
	}{
		"platform.ts": {samples, []string{"ts"}},
		"more.ts":     {samples, []string{"ts", "reports.json"}},
		"own.ts":      {samples, []string{"-base", "none", "ts", "tiny.json"}},
		"hostile.ts":  {hostile, []string{"-base", "none", "ts", "labels.json"}},
	} {
		write(t, folder, name, generate(t, row.from, row.args...))
		files = append(files, name)
	}
	compiled := compile(t, folder, files...)
	assert.Zero(t, compiled.code, compiled.stdout)
	write(t, folder, "own.ts", "export const n: number = 'a';\n")
	assert.NotZero(t, compile(t, folder, files...).code, "an error is found")
}

func TestTypeScriptKnowsTheNamesOfThePolicy(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "policy.ts", generate(t, samples, "ts", "reports.json"))
	consumer, err := os.ReadFile(filepath.Join(packages, "consumer.ts"))
	require.NoError(t, err)
	write(t, folder, "consumer.ts", string(consumer))
	compiled := compile(t, folder, "consumer.ts")
	assert.Zero(t, compiled.code, compiled.stdout)
}

// TestTypeScriptTypesWhatIsWritten gives the compiler documents that the library writes.
func TestTypeScriptTypesWhatIsWritten(t *testing.T) {
	members, err := os.ReadFile(filepath.Join(samples, "members.json"))
	require.NoError(t, err)
	asked := []string{"-o", "json", "-members", "members.json", "-at", "2026-07-01T12:00:00Z"}
	answer := func(command string, question ...string) string {
		answered := execute(t, samples, append(append([]string{command}, asked...), question...)...)
		require.Empty(t, answered.stderr)
		require.True(t, json.Valid([]byte(answered.stdout)), answered.stdout)
		return answered.stdout
	}
	folder := t.TempDir()
	write(t, folder, "policy.ts", generate(t, samples, "ts"))
	write(t, folder, "documents.ts", strings.Join([]string{
		`import type { Action, Decision, Member, Permissions } from "./policy";`,
		"export const members: Member[] = " + string(members),
		"export const holders: Member[] = " + answer("who", "miniprogram.view", "wallet/shop#mp-42"),
		"export const granted: Decision = " + answer("can", "alice", "miniprogram.release", "wallet/shop#mp-42"),
		"export const denied: Decision = " + answer("can", "alice", "miniprogram.release", "wallet/shop#mp-43"),
		"export const buttons: Action[] = " + answer("actions", "alice", "wallet/shop#mp-42"),
		"export const permissions: Permissions = " + answer("permissions", "alice"),
	}, "\n"))
	compiled := compile(t, folder, "documents.ts")
	assert.Zero(t, compiled.code, compiled.stdout)
}
