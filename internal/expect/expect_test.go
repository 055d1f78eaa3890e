package expect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/expect"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// member returns the JSON of a member of the merchant.
func member(id, assignment string) string {
	return `{"id": "` + id + `", "workspace": ` + shop + `, "status": "active", "assignments": [{` + assignment + `}]}`
}

const shop = `{"kind": "developer", "id": "shop", "tenant": "wallet"}`

var (
	dana  = member("dana", `"role": "developer_admin"`)
	alice = member("alice", `"role": "developer", "mini_programs": ["mp-42"]`)
)

// asks is the start of a case about one request.
const asks = `"member": "alice", "resource": "tea", `

// one returns a file with one case.
func one(expectation string) string { return file(`{"name": "x", ` + expectation + `}`) }

// file returns a file with two members, one resource and the given cases.
func file(cases string) string {
	return `{"at": "2026-07-01T12:00:00Z", "members": {"dana": ` + dana + `, "alice": ` + alice + `},
"resources": {"tea": "wallet/shop#mp-42"},
"cases": [` + cases + `]}`
}

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "t.json")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	return name
}

func failures(t *testing.T, policy *rbac.Policy, content string) (all []string) {
	t.Helper()
	f, err := expect.Read(write(t, content), policy)
	require.NoError(t, err)
	for _, c := range f.Cases {
		for _, failure := range f.Run(c) {
			all = append(all, c.Name+": "+failure)
		}
	}
	return all
}

func TestRead(t *testing.T) {
	t.Parallel()
	blocks := `"member": "alice", "step": {"do": "block", "member": "dana", `
	for content, problem := range map[string]string{
		file(``):                              "cases: there is no case",
		file(`{"name": "x"}`):                 "cases[0]: the case expects nothing",
		file(`{` + asks + `"denied": ["a"]}`): "cases[0]: no name; it is required",
		file(`{"name": "", ` + asks + `"denied": ["a"]}`):                                           `the name "" is empty or repeated`,
		file(`{"name": "x", ` + asks + `"denied": ["a"]}, {"name": "x", ` + asks + `"denied": []}`): "cases[1].name",

		one(asks + `"denied": []`):                           "expects nothing",
		one(`"resource": "tea", "denied": ["a"]`):            "no member",
		one(`"member": "alice", "denied": ["a"]`):            "no resource",
		one(asks + `"denied": ["a", "a"]`):                   "cases[0].denied[1]: it is repeated",
		one(asks + `"denied": ["a"], "allowed": ["a"]`):      `cases[0].denied: "a" is allowed too`,
		one(asks + `"reasons": {"a": "not_asigned"}`):        `unknown reason "not_asigned"; did you mean "not_assigned"?`,
		one(asks + `"Denied": ["a"]`):                        `unknown key "Denied"; did you mean "denied"?`,
		one(`"member": "alic", "denied": ["a"]`):             `cases[0].member: unknown member "alic"; did you mean "alice"?`,
		one(`"resource": "wallet/", "denied": ["a"]`):        `"wallet/" is no resource`,
		one(`"resource": {"workspace": 1}, "denied": ["a"]`): "cases[0].resource.workspace: found a number",
		one(`"resource": "tea", "who": {"a": ["bob"]}`):      `cases[0].who["a"][0]: unknown member "bob"`,
		one(`"member": "alice", "rows": {"a": ["cake"]}`):    `cases[0].rows["a"][0]: unknown resource "cake"`,

		one(`"member": "alice", "step": {"member": "dana"}`): "cases[0].step: no do; it is required",
		one(`"member": "alice", "step": {"do": "block"}`):    "cases[0].step: no member; block needs member",
		one(blocks + `"id": "x"}`):                           "block has no id",
		one(blocks + `"refused": "granted"}`):                `unknown reason "granted"`,
		one(blocks + `"missing": {}}`):                       "missing without not_covered",
		one(blocks + `"refused": "self", "stored": {}}`):     "stored and refused",
		one(blocks + `"stored": {"id": "dana"}}`):            "cases[0].step.stored: no workspace",

		`{"members": {}, "cases": []}`: "no at; it is required",
		strings.Replace(one(asks+`"denied": ["a"]`), `"at"`, `"policy": "gone.json", "at"`, 1): "gone.json: cannot read it",
		strings.Replace(one(asks+`"denied": ["a"]`), `"alice": {`, `"dana": {`, 1):             `key "dana" is repeated`,
	} {
		_, err := expect.Read(write(t, content), nil)
		if assert.Error(t, err, content) {
			assert.Contains(t, err.Error(), problem)
			assert.NotContains(t, err.Error(), "\n")
		}
	}
}

func TestReadSaysInWhichLineAProblemIs(t *testing.T) {
	t.Parallel()
	_, err := expect.Read(write(t, file("\n\n{"+`"name": "x", `+asks+`"reasons": {"miniprogram.view": "nope"}}`)), nil)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "t.json:5:85: cases[0].reasons[\"miniprogram.view\"]: unknown reason")
}

func TestRunTakesThePolicyOfTheProgram(t *testing.T) {
	t.Parallel()
	spec := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.Developer: {rbac.CreateMiniProgram: rbac.ScopeWorkspace},
	}}
	policy, err := rbac.Default().With(spec)
	require.NoError(t, err)
	content := one(`"member": "alice", "resource": "wallet/shop", "allowed": ["miniprogram.create"]`)
	assert.Empty(t, failures(t, policy, content))
	assert.Len(t, failures(t, nil, content), 1)
	_, err = expect.Read(write(t, strings.Replace(content, `"at"`, `"policy": "p.json", "at"`, 1)), policy)
	assert.ErrorContains(t, err, "the test brings its own policy")
}

func TestRunFailsForAnUndeclaredActionWhereverItIs(t *testing.T) {
	t.Parallel()
	for _, expectation := range []string{
		`"member": "alice", "resource": "tea", "denied": ["a.b"]`,
		`"member": "alice", "resource": "tea", "reasons": {"a.b": "unknown_action"}`,
		`"resource": "tea", "who": {"a.b": []}`,
		`"member": "alice", "rows": {"a.b": []}`,
		`"member": "alice", "step": {"do": "manage", "member": "dana", "action": "a.b", "refused": "unknown_action"}`,
	} {
		got := failures(t, nil, one(expectation))
		assert.Equal(t, []string{`x: unknown action "a.b"; declare it in the policy`}, got)
	}
}

func TestRunFailsForAMemberWhomThePolicyDoesNotAccept(t *testing.T) {
	t.Parallel()
	content := strings.Replace(one(asks+`"denied": ["miniprogram.view"]`), `"role": "developer"`, `"role": "nobody"`, 1)
	want := `member alice: assignments[0].role: unknown role "nobody"; define it in the policy`
	assert.Equal(t, []string{want}, failures(t, nil, content))
}

// steps are a row for each step of administration. Each is right, and wrong with another
// outcome.
func TestRunTakesSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []string{
		`"do": "invite", "id": "eve", "workspace": ` + shop + `, "assignments": [{"role": "operator"}]`,
		`"do": "assign", "member": "alice", "assignment": {"role": "operator"}`,
		`"do": "revoke", "member": "alice", "held": {"role": "developer", "mini_programs": ["mp-42"]}`,
		`"do": "replace", "member": "alice", "held": {"role": "developer", "mini_programs": ["mp-42"]},
			"by": {"role": "operator"}`,
		`"do": "block", "member": "alice"`,
		`"do": "delete", "member": "alice"`,
		`"do": "manage", "member": "alice", "action": "member.list"`,
		`"do": "define", "role": {"id": "cashier", "kind": "developer"}`,
	} {
		row := func(actor, outcome string) []string {
			return failures(t, nil, one(fmt.Sprintf(`"member": %q, "step": {%s%s}`, actor, step, outcome)))
		}
		assert.Empty(t, row("dana", ""), step)
		assert.Len(t, row("dana", `, "refused": "not_granted"`), 1, step)
		assert.Len(t, row("alice", ""), 1, step)
		if !strings.Contains(step, "define") {
			assert.Len(t, row("dana", `, "stored": `+dana), 1, "another member is stored: %s", step)
		}
	}
	for step, refused := range map[string]string{
		`"do": "resend", "member": "alice"`:   "status",
		`"do": "withdraw", "member": "alice"`: "status",
		`"do": "unblock", "member": "alice"`:  "status",
		`"do": "undefine", "id": "cashier"`:   "invalid",
	} {
		right := one(`"member": "dana", "step": {` + step + `, "refused": "` + refused + `"}`)
		assert.Empty(t, failures(t, nil, right), step)
		assert.Len(t, failures(t, nil, one(`"member": "dana", "step": {`+step+`}`)), 1, step)
	}
}

func TestCoverageIsExact(t *testing.T) {
	t.Parallel()
	roles := []rbac.Role{
		{ID: "reader", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			"page.read": rbac.ScopeOwn | rbac.ScopeAssigned, "page.write": rbac.ScopeWorkspace,
		}},
		{ID: "owner", Kind: rbac.KindTenant, Permissions: rbac.Permissions{"page.read": rbac.ScopeTenant}},
	}
	spec := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"page.read": rbac.OnAny, "page.write": rbac.OnAny}, Roles: roles,
	}
	members := `"rae": ` + member("rae", `"role": "reader", "mini_programs": ["mp-42"]`) + `,
		"olga": {"id": "olga", "workspace": {"kind": "tenant", "id": "wallet", "tenant": "wallet"}, "status": "active",
			"assignments": [{"role": "owner"}]},
		"bea": ` + strings.Replace(member("bea", `"role": "reader"`), "active", "blocked", 1) + `,
		"late": ` + member("late", `"role": "reader", "not_after": "2026-01-01T00:00:00Z"`)
	for _, row := range []struct {
		name, expectation string
		exercised         []string
	}{
		{
			"a grant by one scope",
			`"member": "rae", "resource": "wallet/shop#mp-42", "allowed": ["page.read"]`,
			[]string{"reader page.read assigned allowed"},
		},
		{
			"a grant by two scopes",
			`"member": "rae", "resource": "wallet/shop#mp-42@rae", "allowed": ["page.read"]`,
			[]string{"reader page.read assigned allowed", "reader page.read own allowed"},
		},
		{
			"a denial beyond two scopes",
			`"member": "rae", "resource": "wallet/shop#mp-43", "denied": ["page.read"]`,
			[]string{"reader page.read assigned denied", "reader page.read own denied"},
		},
		{
			"a denial of another workspace",
			`"member": "rae", "resource": "wallet/other", "denied": ["page.write"]`,
			[]string{"reader page.write workspace denied"},
		},
		{
			"a denial of what is not granted",
			`"member": "olga", "resource": "wallet/shop", "denied": ["page.write"]`,
			[]string{"owner page.write - denied"},
		},
		{
			"a reason",
			`"member": "olga", "resource": "bank", "reasons": {"page.read": "other_tenant"}`,
			[]string{"owner page.read tenant denied"},
		},
		{
			"who",
			`"resource": "wallet/shop", "who": {"page.write": ["rae"]}`,
			[]string{"owner page.write - denied", "reader page.write workspace allowed"},
		},
		{
			"rows",
			`"member": "rae", "rows": {"page.read": []}`,
			[]string{"reader page.read assigned denied", "reader page.read own denied"},
		},
		{
			"a member who is blocked",
			`"member": "bea", "resource": "wallet/shop", "denied": ["page.write"]`,
			nil,
		},
		{
			"an assignment that has ended",
			`"member": "late", "resource": "wallet/shop", "denied": ["page.write"]`,
			nil,
		},
		{
			"a case that fails",
			`"member": "rae", "resource": "wallet/shop", "denied": ["page.write"]`,
			nil,
		},
	} {
		content := `{"at": "2026-07-01T12:00:00Z", "members": {` + members + `}, "resources": {"tea": "wallet/shop#mp-43"},
			"cases": [{"name": "x", ` + row.expectation + `}]}`
		policy, err := rbac.New(spec)
		require.NoError(t, err)
		f, err := expect.Read(write(t, content), policy)
		require.NoError(t, err)
		all := open(f)
		for _, c := range f.Cases {
			f.Run(c)
		}
		left := open(f)
		for _, side := range row.exercised {
			assert.True(t, all[side], "%s: there is a cell %s", row.name, side)
			assert.False(t, left[side], "%s exercises %s", row.name, side)
			delete(all, side)
		}
		assert.Equal(t, all, left, "%s exercises nothing else", row.name)
	}
}

// open returns the sides of cells that are not exercised.
func open(f *expect.File) map[string]bool {
	sides := make(map[string]bool)
	for _, cell := range f.Coverage().Open() {
		name := fmt.Sprintf("%s %s %s", cell.Role, cell.Action, cell.Scope)
		if cell.Scope != 0 && !cell.Allowed {
			sides[name+" allowed"] = true
		}
		if !cell.Denied {
			sides[name+" denied"] = true
		}
	}
	return sides
}

func TestCoverageCountsEachCell(t *testing.T) {
	t.Parallel()
	f, err := expect.Read(write(t, one(asks+`"allowed": ["miniprogram.view"]`)), nil)
	require.NoError(t, err)
	granted, absent := 0, 0
	for role := range rbac.Default().Roles() {
		for action := range rbac.Default().Actions() {
			if role.Permissions[action] == 0 {
				absent++
			} else {
				granted++ // the default roles have one scope in each cell
			}
		}
	}
	assert.Equal(t, expect.Count{Covered: 0, Cells: 2*granted + absent}, f.Coverage().Total())
	f.Run(f.Cases[0])
	assert.Equal(t, expect.Count{Covered: 1, Cells: 2*granted + absent}, f.Coverage().Total())
	assert.Len(t, f.Coverage().Roles(), 7)
}

func TestTenThousandCasesTakeLessThanASecond(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures time")
	}
	var cases []string
	for i := range 10_000 {
		cases = append(cases, fmt.Sprintf(`{"name": "case %d", "member": "alice",
			"resource": "wallet/shop#mp-%d", "denied": ["miniprogram.delete"]}`, i, i%40))
	}
	begun := time.Now()
	got := failures(t, nil, file(strings.Join(cases, ",\n")))
	assert.Less(t, time.Since(begun), 4*time.Second, "a second, and room for a busy machine")
	assert.Empty(t, got)
}
