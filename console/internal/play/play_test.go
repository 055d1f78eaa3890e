package play_test

import (
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/escaped"
	"github.com/miniprogram-platform/rbac/console/internal/play"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// both renders each part twice: as the playground does, and by html/template.
type both struct {
	t         *testing.T
	console   *view.Templates
	templates *escaped.Templates
}

func newBoth(t *testing.T) both {
	t.Helper()
	console, err := view.NewTemplates()
	require.NoError(t, err)
	source, err := view.NewTemplates()
	require.NoError(t, err)
	document, err := source.Escaped(view.PlaygroundParts...)
	require.NoError(t, err)
	templates, err := escaped.Parse(document, view.Functions())
	require.NoError(t, err)
	return both{t, console, templates}
}

func (b both) Execute(name string, model any) (string, error) {
	var want, got strings.Builder
	require.NoError(b.t, b.console.Part(&want, name, model), name)
	require.NoError(b.t, b.templates.Execute(&got, name, model), name)
	assert.Equal(b.t, want.String(), got.String(), name)
	return got.String(), nil
}

const auditor = `{
  "actions": {"report.export": ["miniprogram"]},
  "labels": {"report.export": {"name": "Export <b>reports</b>", "group": "Rep\"orts"}},
  "roles": [{"id": "auditor", "kind": "tenant", "name": "Auditor & Co",
    "permissions": {"report.export": ["tenant"], "miniprogram.view": ["tenant"]}}],
  "extend": {"developer": {"report.export": ["assigned"]}},
  "four_eyes": ["approval.decide_release"],
  "exclusive": [["workspace_developer", "workspace_reviewer"]]
}`

func TestPlaygroundRendersAsTheConsoleDoes(t *testing.T) {
	b := newBoth(t)
	policy, problems := play.Policy(auditor, false)
	require.NotNil(t, policy)
	fields, err := play.Fields(b, policy, problems)
	require.NoError(t, err)
	assert.Contains(t, fields["problems"], "Warning", "nobody may give the role")
	assert.Contains(t, fields["role"], "Auditor &amp; Co")
	meaning, err := play.Meaning(b, policy)
	require.NoError(t, err)
	assert.Contains(t, meaning["table"], "Export &lt;b&gt;reports&lt;/b&gt;")
	assert.Contains(t, meaning["difference"], "auditor")
	for _, request := range []play.Request{
		{}, {Role: "nobody", Action: "no.action"},
		{Role: rbac.Developer, Assigned: "mp-42, <b>", Action: rbac.ReleaseMiniProgram, Place: "own", MiniProgram: "<b>"},
		{Role: rbac.Developer, Assigned: "mp-42", Action: rbac.ReleaseMiniProgram, Place: "shop", MiniProgram: "mp-43"},
	} {
		_, err := play.Try(b, policy, request)
		assert.NoError(t, err)
	}
}

func TestPolicyNamesTheLineOfEachProblem(t *testing.T) {
	for _, row := range []struct {
		text  string
		whole bool
		want  []view.ProblemLine
	}{
		{"", false, []view.ProblemLine{{Text: "the file is empty; write a JSON document"}}},
		{"{\n\"x\": 1}", false, []view.ProblemLine{{Line: 2, Column: 1, Text: `unknown key "x"`}}},
		{"{\"four_eyes\":\n [\"x.y\"]}", false, []view.ProblemLine{
			{Line: 2, Column: 3, Text: `four_eyes[0]: unknown action "x.y"; declare it in actions`},
		}},
		{"{\"extend\":\n{\"developer\": {}}}", true, []view.ProblemLine{
			{Line: 2, Column: 15, Text: `extend["developer"]: unknown role "developer"; define it in roles`},
		}},
		{"{\n\"roles\": [\n {\"id\": \"x\", \"kind\": \"tenant\"}]}", false, nil},
	} {
		policy, problems := play.Policy(row.text, row.whole)
		if row.want == nil {
			assert.NotNil(t, policy, row.text)
			continue
		}
		assert.Nil(t, policy, row.text)
		require.Len(t, problems, len(row.want), row.text)
		for i := range row.want {
			assert.Equal(t, row.want[i].Line, problems[i].Line, row.text)
			assert.Equal(t, row.want[i].Column, problems[i].Column, row.text)
			assert.Contains(t, problems[i].Text, row.want[i].Text)
		}
	}
}

func TestFieldsOfATextWithProblemsAreTheProblems(t *testing.T) {
	policy, problems := play.Policy("{", false)
	fields, err := play.Fields(newBoth(t), policy, problems)
	require.NoError(t, err)
	assert.Len(t, fields, 1)
	assert.Contains(t, fields["problems"], "Line 1")
}

func TestTryAsksTheLibrary(t *testing.T) {
	b := newBoth(t)
	own := `{"roles": [{"id": "cashier", "kind": "developer", "permissions": {"miniprogram.view": ["workspace"]},
		"workspace": {"kind": "developer", "id": "cafe", "tenant": "mall"}}]}`
	for _, row := range []struct {
		name    string
		policy  string
		request play.Request
		allowed bool
	}{
		{"a developer releases an assigned program", "{}", play.Request{
			Role: rbac.Developer, Assigned: " mp-1 ,mp-42", Action: rbac.ReleaseMiniProgram,
			Place: "own", MiniProgram: " mp-42 ",
		}, true},
		{"a developer cannot release another one", "{}", play.Request{
			Role: rbac.Developer, Assigned: "mp-1", Action: rbac.ReleaseMiniProgram, Place: "shop", MiniProgram: "mp-42",
		}, false},
		{"a developer of the shop reaches nothing of the bakery", "{}", play.Request{
			Role: rbac.Developer, Assigned: "mp-1", Action: rbac.ReleaseMiniProgram, Place: "bakery", MiniProgram: "mp-1",
		}, false},
		{"an admin of the wallet sees the bakery's programs", "{}", play.Request{
			Role: rbac.WorkspaceAdmin, Action: rbac.ViewMiniProgram, Place: "bakery", MiniProgram: "mp-7",
		}, true},
		{"a reviewer does not decide on an own request", auditor, play.Request{
			Role: rbac.WorkspaceReviewer, Action: rbac.DecideRelease, Place: "wallet", MiniProgram: "mp-1", Owner: " alice ",
		}, false},
		{"a reviewer decides on somebody else's", auditor, play.Request{
			Role: rbac.WorkspaceReviewer, Action: rbac.DecideRelease, Place: "wallet", MiniProgram: "mp-1", Owner: "dan",
		}, true},
		{"a role of a workspace's own is held there", own, play.Request{
			Role: "cashier", Action: rbac.ViewMiniProgram, Place: "own", MiniProgram: "mp-1",
		}, true},
	} {
		policy, problems := play.Policy(row.policy, false)
		require.NotNil(t, policy, "%s: %v", row.name, problems)
		answer, err := play.Try(b, policy, row.request)
		require.NoError(t, err)
		assert.Equal(t, row.allowed, strings.Contains(answer, "Allowed"), row.name)
	}
}

func FuzzPlayground(f *testing.F) {
	for _, text := range []string{auditor, "{}", "{", `{"roles": [{"id": "x", "kind": "tenant", "name": "<>"}]}`} {
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, whole bool) {
		b := newBoth(t)
		policy, problems := play.Policy(text, whole)
		if _, err := play.Fields(b, policy, problems); err != nil {
			t.Fatal(err)
		}
		if policy == nil {
			return
		}
		if _, err := play.Meaning(b, policy); err != nil {
			t.Fatal(err)
		}
	})
}
