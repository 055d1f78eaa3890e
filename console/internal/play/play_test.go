package play_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/escaped"
	"github.com/miniprogram-platform/rbac/console/internal/play"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the templates of the playground")

func TestTemplatesAreThoseOfTheConsole(t *testing.T) {
	const file = "templates.go"
	console, err := view.NewTemplates()
	require.NoError(t, err)
	templates, err := console.Escaped(view.PlaygroundParts...)
	require.NoError(t, err)
	source, err := escaped.Source("play", "templates", templates)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, source, 0o644))
	}
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(source), string(written), "run go test ./internal/play -update")
}

// both renders each part twice: as the playground does, and by html/template.
type both struct {
	t         *testing.T
	console   *view.Templates
	templates *escaped.Set
}

func newBoth(t *testing.T) both {
	t.Helper()
	console, err := view.NewTemplates()
	require.NoError(t, err)
	return both{t, console, play.Templates()}
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

// large returns a policy with so many actions and roles, besides the platform's.
func large(t *testing.T, actions, roles int) *rbac.Policy {
	t.Helper()
	spec := rbac.Spec{Actions: make(map[rbac.Action]rbac.Target)}
	for i := range actions {
		spec.Actions[rbac.Action(fmt.Sprintf("a%d", i))] = rbac.OnAny
	}
	for i := range roles {
		spec.Roles = append(spec.Roles, rbac.Role{ID: rbac.RoleID(fmt.Sprintf("r%d", i)), Kind: rbac.KindTenant})
	}
	document, err := spec.Canonical()
	require.NoError(t, err)
	policy, problems := play.Policy(string(document), false)
	require.NotNil(t, policy, "%v", problems)
	return policy
}

func TestFieldsListSomeRolesAndActionsAndCountTheRest(t *testing.T) {
	b := newBoth(t)
	for _, row := range []struct {
		name              string
		actions, roles    int
		moreActions, more string
	}{
		{"all have room", 415, 493, "", ""},
		{"there is one role too many", 415, 494, "", "1 more roles are not listed"},
		{"there is one action too many", 416, 493, "1 more operations are not listed", ""},
		{"there are far too many of both", 3000, 3000, "2585 more operations", "2507 more roles"},
	} {
		fields, err := play.Fields(b, large(t, row.actions, row.roles), nil)
		require.NoError(t, err)
		for _, part := range []struct {
			name, more    string
			options, most int
		}{{"action", row.moreActions, 85 + row.actions, 500}, {"role", row.more, 7 + row.roles, 500}} {
			want := min(part.options, part.most)
			if part.more != "" {
				want++
			}
			assert.Equal(t, want, strings.Count(fields[part.name], "<option "), "%s: %s", row.name, part.name)
			assert.Equal(t, part.more != "", strings.Contains(fields[part.name], " disabled>"), "%s: %s", row.name, part.name)
			assert.Contains(t, fields[part.name], part.more, row.name)
		}
	}
}

func TestMeaningShowsTheBeginningOfALargeTable(t *testing.T) {
	meaning, err := play.Meaning(newBoth(t), large(t, 100, 5))
	require.NoError(t, err)
	assert.Contains(t, meaning["table"], "2 more roles are not shown.")
	assert.Contains(t, meaning["table"], "35 more operations are not shown.")
	assert.NotContains(t, meaning["table"], "Choose a group", "the playground has no groups to choose from")

	meaning, err = play.Meaning(newBoth(t), large(t, 0, 3))
	require.NoError(t, err)
	assert.NotContains(t, meaning["table"], "not shown")
}

func TestMeaningFillsInNoRoleThatItDoesNotShow(t *testing.T) {
	b := newBoth(t)
	const actions = 4000
	few, many := large(t, actions, 3), large(t, actions, 4000)
	used := func(policy *rbac.Policy) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := play.Meaning(b, policy)
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	assert.Less(t, used(many), 10*used(few), "bytes for 4,000 roles, beside those for the ten that are shown")
}

func TestPolicyRefusesATextThatWouldTakeLong(t *testing.T) {
	fits := "{}" + strings.Repeat("\n", 512<<10-2)
	policy, _ := play.Policy(fits, false)
	assert.NotNil(t, policy)
	policy, problems := play.Policy(fits+"\n", false)
	assert.Nil(t, policy)
	require.Len(t, problems, 1)
	assert.Equal(t, "the policy has 524289 bytes, and the playground reads 524288 at most; use the command rbac validate",
		problems[0].Text)
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
