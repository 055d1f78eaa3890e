package outputs

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// block returns the only block of docs/ci.md that is in a language and has a text.
func block(t *testing.T, language, text string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/ci.md")
	require.NoError(t, err)
	var found []string
	for _, match := range regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		if match[1] == language && strings.Contains(match[2], text) {
			found = append(found, match[2])
		}
	}
	require.Len(t, found, 1, "blocks of %s with %q", language, text)
	return found[0]
}

func gitHubWorkflow(t *testing.T) string { return block(t, "yaml", "runs-on:") }
func gitLabJob(t *testing.T) string      { return block(t, "yaml", "artifacts:") }

// repository is a git repository with the policy of the page, as a runner has it.
type repository struct {
	folder string
	base   string // the commit before the change
	calls  string // a file with what was called that needs the network
	path   string // the programs: rbac, and stand-ins for what needs the network
}

// policies are the policy before and after a change. An empty one is no file.
type policies struct{ before, after, expectations string }

func changed(t *testing.T) policies {
	t.Helper()
	return policies{
		before: `{"actions": {"report.export": ["miniprogram"]}}`,
		after:  block(t, "json", `"$schema"`), expectations: block(t, "json", `"cases"`),
	}
}

func newRepository(t *testing.T, p policies) *repository {
	t.Helper()
	r := &repository{folder: t.TempDir()}
	stand := t.TempDir()
	r.calls = filepath.Join(stand, "calls")
	for _, name := range []string{"go", "gh", "curl"} {
		script := "#!/bin/sh\necho " + name + " \"$@\" >> " + r.calls + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(stand, name), []byte(script), 0o755))
	}
	r.path = stand + ":" + programs + ":" + os.Getenv("PATH")
	r.git(t, "init", "--quiet", "--initial-branch", "main")
	write(t, r.folder, "README.md", "A policy.\n")
	if p.before != "" {
		write(t, r.folder, "policy/roles.json", p.before)
	}
	r.commit(t)
	r.base = r.git(t, "rev-parse", "HEAD")
	write(t, r.folder, "policy/roles.json", p.after)
	write(t, r.folder, "policy/roles_test.json", p.expectations)
	r.commit(t)
	return r
}

func (r *repository) git(t *testing.T, args ...string) string {
	t.Helper()
	got := run(t, r.folder, "", "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	require.Zero(t, got.code, got.stderr)
	return strings.TrimSpace(got.stdout)
}

func (r *repository) commit(t *testing.T) {
	t.Helper()
	r.git(t, "add", "--all")
	r.git(t, "commit", "--quiet", "--message", "Change the policy")
}

// shell runs a script as a runner does.
func (r *repository) shell(t *testing.T, script string, environment ...string) result {
	t.Helper()
	c := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script)
	c.Dir = r.folder
	c.Env = append(os.Environ(), "PATH="+r.path)
	c.Env = append(c.Env, environment...)
	return finish(t, "", c)
}

func (r *repository) read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.folder, name))
	require.NoError(t, err)
	return string(content)
}

func (r *repository) called(t *testing.T) string {
	t.Helper()
	calls, err := os.ReadFile(r.calls)
	require.NoError(t, err)
	return string(calls)
}

// lintGitHub returns what is wrong with a workflow.
func lintGitHub(t *testing.T, workflow string) []*actionlint.Error {
	t.Helper()
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	require.NoError(t, err)
	problems, err := linter.Lint("workflow.yml", []byte(workflow), nil)
	require.NoError(t, err)
	return problems
}

func TestGitHubWorkflowIsValid(t *testing.T) {
	assert.Empty(t, lintGitHub(t, gitHubWorkflow(t)))
	wrong := strings.Replace(gitHubWorkflow(t), "github.event.pull_request.number", "github.evnt.number", 1)
	assert.NotEmpty(t, lintGitHub(t, wrong), "an expression that is wrong")
	ours, err := os.ReadFile("../../.github/workflows/ci.yml")
	require.NoError(t, err)
	assert.Empty(t, lintGitHub(t, string(ours)), "the workflow of this repository")
}

type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Uses, Run string
			Env       map[string]string
		}
	}
}

// runGitHub runs the steps of the workflow, and returns what the last one did.
func (r *repository) runGitHub(t *testing.T) (last result, script string) {
	t.Helper()
	var parsed workflow
	require.NoError(t, yaml.Unmarshal([]byte(gitHubWorkflow(t)), &parsed))
	steps := parsed.Jobs["policy"].Steps
	require.Len(t, steps, 8)
	values := map[string]string{
		"${{ github.event.pull_request.base.sha }}": r.base,
		"${{ github.event.pull_request.number }}":   "7",
		"${{ github.token }}":                       "secret",
	}
	for _, step := range steps {
		if step.Run == "" {
			continue
		}
		environment := []string{"GITHUB_STEP_SUMMARY=" + filepath.Join(r.folder, "summary.md")}
		for name, expression := range step.Env {
			require.Contains(t, values, expression)
			environment = append(environment, name+"="+values[expression])
		}
		last, script = r.shell(t, step.Run, environment...), step.Run
		if last.code != 0 {
			return last, script
		}
	}
	return last, script
}

func TestGitHubWorkflowReportsAChange(t *testing.T) {
	r := newRepository(t, changed(t))
	last, script := r.runGitHub(t)
	require.Zero(t, last.code, "%s\n%s%s", script, last.stdout, last.stderr)
	assert.Contains(t, r.read(t, "diff.md"), "developer gains report.export: assigned on miniprogram")
	assert.Equal(t, r.read(t, "diff.md"), r.read(t, "summary.md"))
	assert.Equal(t, "go install github.com/miniprogram-platform/rbac/cmd/rbac@latest\n"+
		"gh pr comment 7 --edit-last --create-if-none --body-file diff.md\n", r.called(t))
}

func TestGitHubWorkflowReportsTheFirstPolicy(t *testing.T) {
	p := changed(t)
	p.before = ""
	r := newRepository(t, p)
	last, script := r.runGitHub(t)
	require.Zero(t, last.code, "%s\n%s%s", script, last.stdout, last.stderr)
	assert.Contains(t, r.read(t, "diff.md"), "auditor gains report.export: tenant on miniprogram")
}

// wrongChanges are changes that a pipeline refuses, by the command that finds out.
func wrongChanges(t *testing.T) map[string]policies {
	t.Helper()
	replaced := func(old, new string) policies {
		p := changed(t)
		after := strings.Replace(p.after, old, new, 1)
		require.NotEqual(t, p.after, after)
		p.after = after
		return p
	}
	denied, granted := `"denied": ["member.invite"]`, `"reasons": {"member.invite": "granted"}`
	failing := changed(t)
	failing.expectations = strings.Replace(failing.expectations, denied, granted, 1)
	return map[string]policies{
		"rbac validate": replaced(`"assigned"`, `"asigned"`),
		"rbac fmt":      replaced("\n", " "),
		"rbac test":     failing,
	}
}

func TestGitHubWorkflowStopsAtWhatIsWrong(t *testing.T) {
	for command, p := range wrongChanges(t) {
		r := newRepository(t, p)
		last, script := r.runGitHub(t)
		assert.Equal(t, 1, last.code, "%s: %s%s", command, last.stdout, last.stderr)
		assert.True(t, strings.HasPrefix(script, command), "%s stops at %s", command, script)
		assert.NotEmpty(t, last.stdout, "%s says what is wrong", command)
	}
}

func TestGitLabJobIsValid(t *testing.T) {
	listed := lintGitLab(t, gitLabJob(t))
	assert.Zero(t, listed.code, listed.stderr)
	assert.Contains(t, listed.stdout, `"name": "policy"`)
	wrong := strings.Replace(gitLabJob(t), "changes:", "chanes:", 1)
	assert.NotZero(t, lintGitLab(t, wrong).code, "a key that is wrong")
}

// lintGitLab lists the jobs of a pipeline, which must keep to GitLab's own schema.
func lintGitLab(t *testing.T, pipeline string) result {
	t.Helper()
	p := changed(t)
	r := newRepository(t, p)
	write(t, r.folder, ".gitlab-ci.yml", pipeline)
	r.commit(t)
	r.git(t, "remote", "add", "origin", "git@gitlab.example.com:wallet/policy.git")
	r.git(t, "update-ref", "refs/remotes/origin/main", "HEAD")
	r.git(t, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	installed, err := filepath.Abs(packages)
	require.NoError(t, err)
	return run(t, r.folder, "", "node", "--require", filepath.Join(installed, "node20.cjs"),
		filepath.Join(installed, "node_modules/gitlab-ci-local/dist/index.js"), "--list-json", "--home", t.TempDir())
}

// runGitLab runs the lines of the job one after the other in one shell, as GitLab does.
func (r *repository) runGitLab(t *testing.T, token string) result {
	t.Helper()
	var parsed map[string]struct{ Script []string }
	require.NoError(t, yaml.Unmarshal([]byte(gitLabJob(t)), &parsed))
	require.Len(t, parsed["policy"].Script, 7)
	return r.shell(t, strings.Join(parsed["policy"].Script, "\n"),
		"CI_MERGE_REQUEST_DIFF_BASE_SHA="+r.base, "CI_MERGE_REQUEST_IID=7", "CI_PROJECT_ID=5",
		"CI_API_V4_URL=https://gitlab.example.com/api/v4", "POLICY_TOKEN="+token)
}

func TestGitLabJobReportsAChange(t *testing.T) {
	r := newRepository(t, changed(t))
	got := r.runGitLab(t, "secret")
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Contains(t, r.read(t, "diff.md"), "developer gains report.export: assigned on miniprogram")
	assert.Contains(t, r.read(t, "policy.xml"), `tests="6" failures="0"`)
	assert.Equal(t, "go install github.com/miniprogram-platform/rbac/cmd/rbac@latest\n"+
		"curl --fail --silent --show-error --request POST --header PRIVATE-TOKEN: secret "+
		"--data-urlencode body@diff.md https://gitlab.example.com/api/v4/projects/5/merge_requests/7/notes\n", r.called(t))
}

func TestGitLabJobNeedsNoToken(t *testing.T) {
	r := newRepository(t, changed(t))
	got := r.runGitLab(t, "")
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.NotContains(t, r.called(t), "curl")
}

func TestGitLabJobReportsTheFirstPolicy(t *testing.T) {
	p := changed(t)
	p.before = ""
	r := newRepository(t, p)
	got := r.runGitLab(t, "secret")
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Contains(t, r.read(t, "diff.md"), "auditor gains report.export: tenant on miniprogram")
}

func TestGitLabJobStopsAtWhatIsWrong(t *testing.T) {
	for command, p := range wrongChanges(t) {
		r := newRepository(t, p)
		got := r.runGitLab(t, "secret")
		assert.Equal(t, 1, got.code, "%s: %s", command, got.stdout+got.stderr)
		if command == "rbac test" {
			assert.Contains(t, r.read(t, "policy.xml"), `failures="1"`, "the report is there all the same")
		}
	}
}

func TestCommandsOfThePageRun(t *testing.T) {
	r := newRepository(t, changed(t))
	write(t, r.folder, "old.json", "{}")
	write(t, r.folder, "members.json", `[{
		"id": "alice", "workspace": {"kind": "developer", "id": "shop", "tenant": "wallet"}, "status": "active",
		"assignments": [{"role": "developer", "mini_programs": ["mp-42"]}]
	}]`)
	write(t, r.folder, "workspaces/shop.json", `{
		"roles": [{
			"id": "cashier", "kind": "developer", "workspace": {"kind": "developer", "id": "shop", "tenant": "wallet"},
			"permissions": {"report.export": ["workspace"]}
		}],
		"administers": {"developer_admin": ["cashier"]}
	}`)
	page, err := os.ReadFile("../../docs/ci.md")
	require.NoError(t, err)
	run := 0
	commands := regexp.MustCompile("`(rbac [a-z]+ [^`]*[a-z]+\\.(?:json|sarif)[^`]*)`")
	for _, match := range commands.FindAllStringSubmatch(string(page), -1) {
		want := 0
		if strings.HasPrefix(match[1], "rbac diff") {
			want = 1
		}
		got := r.shell(t, match[1])
		assert.Equal(t, want, got.code, "%s\n%s%s", match[1], got.stdout, got.stderr)
		run++
	}
	assert.Equal(t, 10, run)
}

// TestBeginningOfThePageRuns follows the page in an empty folder.
func TestBeginningOfThePageRuns(t *testing.T) {
	r := newRepository(t, changed(t))
	r.folder = t.TempDir()
	got := r.shell(t, block(t, "sh", "mkdir"))
	require.Zero(t, got.code, got.stderr)
	assert.Contains(t, got.stdout, "miniprogram.release")
	write(t, r.folder, "policy/roles.json", changed(t).after)
	got = r.shell(t, block(t, "sh", "rbac fmt -w"))
	assert.Equal(t, 1, got.code, "diff finds the change")
	assert.Contains(t, got.stdout, "policy/roles.json: valid")
	assert.Contains(t, got.stdout, "developer gains report.export")
}
