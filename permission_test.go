package rbac_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// actionConstant is a constant of type Action: its value and its trailing comment.
type actionConstant struct{ value, label string }

// actionConstants reads the constants of type Action from permission.go, because only the source has their names.
func actionConstants(t *testing.T) map[string]actionConstant {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "permission.go", nil, parser.ParseComments)
	require.NoError(t, err)
	constants := make(map[string]actionConstant)
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && isActionType(spec.Type) {
			constants[spec.Names[0].Name] = readConstant(t, spec)
		}
		return true
	})
	return constants
}

func isActionType(expression ast.Expr) bool {
	name, ok := expression.(*ast.Ident)
	return ok && name.Name == "Action"
}

func readConstant(t *testing.T, spec *ast.ValueSpec) actionConstant {
	t.Helper()
	require.Len(t, spec.Names, 1, "constants in the line of %s", spec.Names[0].Name)
	literal, ok := spec.Values[0].(*ast.BasicLit)
	require.True(t, ok, "%s is a literal", spec.Names[0].Name)
	value, err := strconv.Unquote(literal.Value)
	require.NoError(t, err)
	return actionConstant{value, strings.TrimSpace(spec.Comment.Text())}
}

func TestActionConstantsAreThePublishedOperations(t *testing.T) {
	t.Parallel()
	_, rows := publishedTable(t)
	constants := actionConstants(t)
	for _, row := range rows {
		name := row["constant"]
		constant, there := constants[name]
		assert.True(t, there, "permission.go has the constant %s", name)
		assert.Equal(t, row["action"], constant.value, "the value of %s", name)
		assert.Equal(t, row["operation"], constant.label, "the trailing comment of %s", name)
		delete(constants, name)
	}
	assert.Empty(t, slices.Sorted(maps.Keys(constants)), "constants that no operation has")
}

func TestNewAcceptsNamesOfOneForm(t *testing.T) {
	t.Parallel()
	good := []string{
		"a", "z", "a0", "a9", "a_", "a_b", "a__b", "abc.def", "a.b.c", "a1.b2_", "miniprogram.release",
		strings.Repeat("a", 64), strings.Repeat("a.", 31) + "ab",
	}
	bad := []string{
		"", ".", "..", "a.", ".a", "a..b", "0", "0a", "9a", "_", "_a", "a.0", "a._", "a.b.",
		"A", "Z", "aB", "a.B", "a-b", "a b", " a", "a ", "a\n", "a\x00", "a*", "*", "a.*", "a/b", "a:b",
		"a`b", "a{b", "a@b", "a[b", "a^b", "a,b", "é", "aé", "\u212a", "а", "a\xff", "\xff", "\"", "a\"b",
		strings.Repeat("a", 65), strings.Repeat("a.", 32) + "a",
	}
	for i, forms := range [][]string{good, bad} {
		for _, name := range forms {
			_, asAction := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
			_, asRole := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: rbac.RoleID(name), Kind: rbac.KindTenant}}})
			assert.Equal(t, i == 0, asAction == nil, "an action named %q", name)
			assert.Equal(t, i == 0, asRole == nil, "a role named %q", name)
		}
	}
}

// targetTexts has every set of the three flags but the empty one.
var targetTexts = map[rbac.Target]string{
	rbac.OnTenant:                                         "tenant",
	rbac.OnDeveloper:                                      "developer",
	rbac.OnTenant | rbac.OnDeveloper:                      "workspace",
	rbac.OnMiniProgram:                                    "miniprogram",
	rbac.OnTenant | rbac.OnMiniProgram:                    "tenant|miniprogram",
	rbac.OnDeveloper | rbac.OnMiniProgram:                 "developer|miniprogram",
	rbac.OnTenant | rbac.OnDeveloper | rbac.OnMiniProgram: "any",
}

func TestTargetFlags(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []rbac.Target{1, 2, 4}, []rbac.Target{rbac.OnTenant, rbac.OnDeveloper, rbac.OnMiniProgram})
	assert.Equal(t, rbac.OnTenant|rbac.OnDeveloper, rbac.OnWorkspace)
	assert.Equal(t, rbac.OnTenant|rbac.OnDeveloper|rbac.OnMiniProgram, rbac.OnAny)
	assert.Equal(t, rbac.Target(rbac.KindTenant), rbac.OnTenant, "a target has the value of the workspace's kind")
	assert.Equal(t, rbac.Target(rbac.KindDeveloper), rbac.OnDeveloper, "a target has the value of the workspace's kind")
}

func TestTargetUnmarshalTextReadsWhatMarshalTextWrites(t *testing.T) {
	t.Parallel()
	require.Len(t, targetTexts, 7, "sets of flags")
	for target, name := range targetTexts {
		assert.Equal(t, name, target.String())
		text, err := target.MarshalText()
		assert.NoError(t, err, name)
		assert.Equal(t, name, string(text))
		var read rbac.Target
		assert.NoError(t, read.UnmarshalText(text), name)
		assert.Equal(t, target, read, name)
	}
}

func TestTargetMarshalTextRefusesAnInvalidTarget(t *testing.T) {
	t.Parallel()
	for target, placeholder := range map[rbac.Target]string{
		0: "target(0)", 8: "target(8)", 15: "target(15)", 255: "target(255)",
	} {
		assert.Equal(t, placeholder, target.String())
		text, err := target.MarshalText()
		assert.Error(t, err, placeholder)
		assert.Nil(t, text, placeholder)
	}
	_, err := rbac.Target(0).MarshalText()
	assert.EqualError(t, err, "rbac: target 0 has no name; use tenant, developer, miniprogram, workspace, any")
}

func TestTargetUnmarshalTextRefusesOtherWords(t *testing.T) {
	t.Parallel()
	const known = `use tenant, developer, miniprogram, workspace, any`
	for word, problem := range map[string]string{
		"":                    `rbac: unknown target ""; ` + known,
		"Any":                 `rbac: unknown target "Any"; did you mean "any"?`,
		"mini_program":        `rbac: unknown target "mini_program"; did you mean "miniprogram"?`,
		"tenant|merchant":     `rbac: unknown target "merchant"; ` + known,
		"tenant|":             `rbac: unknown target ""; ` + known,
		"-":                   `rbac: unknown target "-"; ` + known,
		"tenant, miniprogram": `rbac: unknown target "tenant, miniprogram"; ` + known,
	} {
		target := rbac.OnMiniProgram
		assert.EqualError(t, target.UnmarshalText([]byte(word)), problem)
		assert.Equal(t, rbac.OnMiniProgram, target, "the target after %q", word)
	}
}

// In a document a target is a list of words, so that a schema can tell which there are.
func TestTargetUnmarshalJSONReadsWhatMarshalJSONWrites(t *testing.T) {
	t.Parallel()
	for target, document := range map[rbac.Target]string{
		0: `[]`, 1: `["tenant"]`, 2: `["developer"]`, 3: `["tenant","developer"]`, 4: `["miniprogram"]`,
		5: `["tenant","miniprogram"]`, 6: `["developer","miniprogram"]`, 7: `["tenant","developer","miniprogram"]`,
	} {
		written, err := json.Marshal(target)
		require.NoError(t, err, document)
		assert.Equal(t, document, string(written))
		read := rbac.OnAny
		require.NoError(t, json.Unmarshal(written, &read), document)
		assert.Equal(t, target, read, document)
	}
	for document, target := range map[string]rbac.Target{
		`["workspace"]`: rbac.OnWorkspace, `["any"]`: rbac.OnAny, ` [ "miniprogram" , "tenant" ] `: 5,
	} {
		var read rbac.Target
		require.NoError(t, json.Unmarshal([]byte(document), &read), document)
		assert.Equal(t, target, read, document)
	}
	for _, target := range []rbac.Target{8, 15, 255} {
		_, err := target.MarshalJSON()
		assert.EqualError(t, err,
			fmt.Sprintf("rbac: target %d has no name; use tenant, developer, miniprogram, workspace, any", target))
	}
}

func TestTargetUnmarshalJSONRefusesOtherDocuments(t *testing.T) {
	t.Parallel()
	for document, problem := range map[string]string{
		`"any"`:                  "rbac: found a string at byte 0; expected a list",
		`7`:                      "rbac: found a number at byte 0; expected a list",
		`null`:                   "rbac: found null at byte 0; expected a list",
		`{}`:                     "rbac: found an object at byte 0; expected a list",
		`[4]`:                    "rbac: [0]: found a number at byte 1; expected a string",
		`[null]`:                 "rbac: [0]: found null at byte 1; expected a string",
		`["tenant","Developer"]`: `rbac: [1]: unknown target "Developer"; did you mean "developer"?`,
		`["tenant|developer"]`: `rbac: [0]: unknown target "tenant|developer"; ` +
			`use tenant, developer, miniprogram, workspace, any`,
		`["tenant","any"]`: `rbac: [1]: target "any" is repeated; name it once`,
		`["tenant"] []`:    "rbac: found a list at byte 11; expected the end of the document",
		`["tenant"`:        "rbac: found the end at byte 9; expected ',' or ']'",
		"[\"\xff\"]":       "rbac: the document is not UTF-8; save it as UTF-8",
	} {
		target := rbac.OnMiniProgram
		assert.EqualError(t, target.UnmarshalJSON([]byte(document)), problem, document)
		assert.Equal(t, rbac.OnMiniProgram, target, "the target after %s", document)
	}
}

// scopeTexts has every scope, by its value.
var scopeTexts = []string{
	"-", "own", "assigned", "own|assigned",
	"workspace", "own|workspace", "assigned|workspace", "own|assigned|workspace",
	"tenant", "own|tenant", "assigned|tenant", "own|assigned|tenant",
	"workspace|tenant", "own|workspace|tenant", "assigned|workspace|tenant", "own|assigned|workspace|tenant",
}

func TestScopeFlags(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []rbac.Scope{1, 2, 4, 8},
		[]rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant})
}

func TestScopeUnmarshalTextReadsWhatMarshalTextWrites(t *testing.T) {
	t.Parallel()
	for i, name := range scopeTexts {
		scope := rbac.Scope(i)
		assert.Equal(t, name, scope.String())
		text, err := scope.MarshalText()
		assert.NoError(t, err, name)
		assert.Equal(t, name, string(text))
		read := rbac.ScopeTenant
		assert.NoError(t, read.UnmarshalText(text), name)
		assert.Equal(t, scope, read, name)
	}
}

func TestScopeMarshalTextRefusesAnInvalidScope(t *testing.T) {
	t.Parallel()
	for scope, placeholder := range map[rbac.Scope]string{
		16: "scope(16)", 17: "scope(17)", 128: "scope(128)", 255: "scope(255)",
	} {
		assert.Equal(t, placeholder, scope.String())
		text, err := scope.MarshalText()
		assert.Error(t, err, placeholder)
		assert.Nil(t, text, placeholder)
	}
	_, err := rbac.Scope(16).MarshalText()
	assert.EqualError(t, err, "rbac: scope 16 has no name; use own, assigned, workspace, tenant")
}

func TestScopeUnmarshalTextRefusesOtherWords(t *testing.T) {
	t.Parallel()
	for word, problem := range map[string]string{
		"":             `rbac: unknown scope ""; use own, assigned, workspace, tenant`,
		"Own":          `rbac: unknown scope "Own"; did you mean "own"?`,
		"workpsace":    `rbac: unknown scope "workpsace"; did you mean "workspace"?`,
		"all":          `rbac: unknown scope "all"; use own, assigned, workspace, tenant`,
		"own|":         `rbac: unknown scope ""; use own, assigned, workspace, tenant`,
		"own|-":        `rbac: unknown scope "-"; use own, assigned, workspace, tenant`,
		"own assigned": `rbac: unknown scope "own assigned"; did you mean "assigned"?`,
	} {
		scope := rbac.ScopeTenant
		assert.EqualError(t, scope.UnmarshalText([]byte(word)), problem)
		assert.Equal(t, rbac.ScopeTenant, scope, "the scope after %q", word)
	}
}

func TestScopeUnmarshalJSONReadsWhatMarshalJSONWrites(t *testing.T) {
	t.Parallel()
	for i, name := range scopeTexts {
		document := `["` + strings.ReplaceAll(name, "|", `","`) + `"]`
		if i == 0 {
			document = `[]`
		}
		written, err := json.Marshal(rbac.Scope(i))
		require.NoError(t, err, name)
		assert.Equal(t, document, string(written))
		read := rbac.ScopeTenant
		require.NoError(t, json.Unmarshal(written, &read), name)
		assert.Equal(t, rbac.Scope(i), read, name)
	}
	for _, scope := range []rbac.Scope{16, 17, 255} {
		_, err := scope.MarshalJSON()
		assert.EqualError(t, err, fmt.Sprintf("rbac: scope %d has no name; use own, assigned, workspace, tenant", scope))
	}
}

func TestScopeUnmarshalJSONRefusesOtherDocuments(t *testing.T) {
	t.Parallel()
	for document, problem := range map[string]string{
		`"own"`:          "rbac: found a string at byte 0; expected a list",
		`1`:              "rbac: found a number at byte 0; expected a list",
		`null`:           "rbac: found null at byte 0; expected a list",
		`[1]`:            "rbac: [0]: found a number at byte 1; expected a string",
		`["Own"]`:        `rbac: [0]: unknown scope "Own"; did you mean "own"?`,
		`["-"]`:          `rbac: [0]: unknown scope "-"; use own, assigned, workspace, tenant`,
		`["own","own"]`:  `rbac: [1]: scope "own" is repeated; name it once`,
		`["own|tenant"]`: `rbac: [0]: unknown scope "own|tenant"; did you mean "tenant"?`,
		`["own","all"]`:  `rbac: [1]: unknown scope "all"; use own, assigned, workspace, tenant`,
		`["own"]["own"]`: "rbac: found a list at byte 7; expected the end of the document",
		`["own",]`:       "rbac: [1]: found ']' at byte 7; expected a string",
		"[\"own\xc3\"]":  "rbac: the document is not UTF-8; save it as UTF-8",
		`["own\ud800"]`:  "rbac: [0]: text with U+FFFD, which stands for damaged text; replace the damaged text",
		`["tenant "]`:    `rbac: [0]: unknown scope "tenant "; did you mean "tenant"?`,
		`["workspacе"]`:  `rbac: [0]: unknown scope "workspacе"; did you mean "workspace"?`, // a Cyrillic letter
	} {
		scope := rbac.ScopeTenant
		assert.EqualError(t, scope.UnmarshalJSON([]byte(document)), problem, document)
		assert.Equal(t, rbac.ScopeTenant, scope, "the scope after %s", document)
	}
}

func TestUnionGrantsWhatEitherGrants(t *testing.T) {
	t.Parallel()
	type grants = rbac.Permissions
	own, assigned, tenant := rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeTenant
	for sentence, row := range map[string]struct{ p, q, want grants }{
		"nothing and nothing":         {nil, nil, grants{}},
		"nothing and something":       {nil, grants{"a": own}, grants{"a": own}},
		"something and nothing":       {grants{"a": own}, nil, grants{"a": own}},
		"different actions":           {grants{"a": own}, grants{"b": tenant}, grants{"a": own, "b": tenant}},
		"different scopes":            {grants{"a": own}, grants{"a": assigned}, grants{"a": own | assigned}},
		"the same scope twice":        {grants{"a": own}, grants{"a": own}, grants{"a": own}},
		"a wide and a narrow scope":   {grants{"a": tenant}, grants{"a": own}, grants{"a": tenant | own}},
		"the zero scope of one":       {grants{"a": 0}, grants{"b": own}, grants{"b": own}},
		"the zero scope of the other": {grants{"a": own}, grants{"a": 0, "b": 0}, grants{"a": own}},
	} {
		assert.Equal(t, row.want, row.p.Union(row.q), sentence)
	}
}

func TestMissingIsWhatIsNotCovered(t *testing.T) {
	t.Parallel()
	type grants = rbac.Permissions
	own, assigned, workspace, tenant := rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant
	for sentence, row := range map[string]struct{ p, q, want grants }{
		"nothing of nothing":         {nil, nil, grants{}},
		"nothing has a permission":   {nil, grants{"a": own}, grants{"a": own}},
		"nothing is needed":          {grants{"a": own}, nil, grants{}},
		"the zero scope is needed":   {grants{"a": own}, grants{"a": 0, "b": 0}, grants{}},
		"another action is needed":   {grants{"a": tenant}, grants{"b": own}, grants{"b": own}},
		"a second scope is needed":   {grants{"a": own}, grants{"a": own | assigned}, grants{"a": assigned}},
		"a wider scope is needed":    {grants{"a": workspace}, grants{"a": tenant | own}, grants{"a": tenant}},
		"an invalid scope is needed": {grants{"a": tenant}, grants{"a": 16}, grants{"a": 16}},
	} {
		assert.Equal(t, row.want, row.p.Missing(row.q), sentence)
	}
}

// coveredBy has the scopes that cover each one: tenant covers workspace, which covers assigned and own.
var coveredBy = map[rbac.Scope][]rbac.Scope{
	rbac.ScopeOwn:       {rbac.ScopeOwn, rbac.ScopeWorkspace, rbac.ScopeTenant},
	rbac.ScopeAssigned:  {rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant},
	rbac.ScopeWorkspace: {rbac.ScopeWorkspace, rbac.ScopeTenant},
	rbac.ScopeTenant:    {rbac.ScopeTenant},
}

func uncoveredScopes(have, want rbac.Scope) (uncovered rbac.Scope) {
	for flag, covering := range coveredBy {
		covered := want&flag == 0
		for _, wider := range covering {
			covered = covered || have&wider != 0
		}
		if !covered {
			uncovered |= flag
		}
	}
	return uncovered
}

func TestMissingKnowsWhatEachScopeCovers(t *testing.T) {
	t.Parallel()
	for have := rbac.Scope(0); have < 16; have++ {
		for want := rbac.Scope(0); want < 16; want++ {
			missing := rbac.Permissions{"a": have}.Missing(rbac.Permissions{"a": want})
			assert.Equal(t, uncoveredScopes(have, want), missing["a"], "what %s does not cover of %s", have, want)
		}
	}
}

// The laws hold for every pair of scopes on a common action, beside an action that only one side has.
func TestUnionAndMissingKeepTheirLaws(t *testing.T) {
	t.Parallel()
	for have := rbac.Scope(0); have < 16; have++ {
		for want := rbac.Scope(0); want < 16; want++ {
			p := rbac.Permissions{"both": have, "left": want}
			q := rbac.Permissions{"both": want, "right": have}
			assertUnionLaws(t, p, q)
		}
	}
}

func assertUnionLaws(t *testing.T, p, q rbac.Permissions) {
	t.Helper()
	union, missing := p.Union(q), p.Missing(q)
	assert.Equal(t, union, q.Union(p), "the union of %v and %v in either order", p, q)
	assert.Equal(t, union, union.Union(q), "%v a second time in %v", q, union)
	assert.Empty(t, union.Missing(p), "what %v lacks of its part %v", union, p)
	assert.Empty(t, union.Missing(q), "what %v lacks of its part %v", union, q)
	assert.Empty(t, p.Union(missing).Missing(q), "what %v lacks of %v with what it lacked", p, q)
	assert.Empty(t, q.Missing(missing), "what %v lacks of its part %v", q, missing)
	for action, scope := range missing {
		assert.NotZero(t, scope, "what %v lacks of %v on %s", p, q, action)
	}
	for action, scope := range union {
		assert.NotZero(t, scope, "what %v and %v grant on %s", p, q, action)
	}
}

func TestUnionAndMissingReturnFreshMaps(t *testing.T) {
	t.Parallel()
	p, q := rbac.Permissions{"a": rbac.ScopeOwn}, rbac.Permissions{"b": rbac.ScopeTenant}
	before, asked := maps.Clone(p), maps.Clone(q)
	for name, fresh := range map[string]rbac.Permissions{
		"the union":                p.Union(q),
		"the union with nil":       p.Union(nil),
		"the union of nil":         rbac.Permissions(nil).Union(q),
		"what is missing":          p.Missing(q),
		"what is missing from nil": rbac.Permissions(nil).Missing(q),
	} {
		require.NotNil(t, fresh, name)
		fresh["a"], fresh["b"] = rbac.ScopeWorkspace, rbac.ScopeWorkspace
		assert.Equal(t, before, p, "%s is changed, and p is not", name)
		assert.Equal(t, asked, q, "%s is changed, and q is not", name)
	}
}
