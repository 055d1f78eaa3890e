package upkeep

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestREADMEShowsTheRolesAndTheFigures(t *testing.T) {
	checkSections(t, "README.md", map[string]string{
		"roles": describeRoles(), "speed": describeSpeed(t), "peers": describePeers(t),
	})
}

// A reader finishes a README of this size.
func TestREADMEHasAtMost16KB(t *testing.T) {
	assert.LessOrEqual(t, len(read(t, "README.md")), 16<<10)
}

func describeRoles() string {
	text := row("role", "held in", "description") + "|---|---|---|\n"
	for _, role := range rbac.DefaultRoles() {
		name := fmt.Sprintf("**%s** `%s`", role.Name, role.ID)
		text += row(name, fmt.Sprintf("a %s workspace", role.Kind), role.Description)
	}
	return text
}

// describeSpeed shows our rows of the benchmark of one check.
func describeSpeed(t *testing.T) string {
	t.Helper()
	checks := cells(part(t, results, "One check"))
	text := row("one check", "time", "× hand-written", "allocations") + "|---|---:|---:|---:|\n"
	for _, line := range []struct{ engine, name string }{
		{"rbac Can", "`Policy.Can`"},
		{"rbac Subject.Can", "`Subject.Can`, a member that was bound beforehand"},
		{"handwritten", "hand-written maps of role to action to scope"},
		{"floor", "the same steps on integers: nothing to look up"},
	} {
		cost := strings.Split(mixed(t, checks, line.engine), " / ")
		text += row(line.name, cost[0]+" ns", ratio(t, checks, line.engine, "handwritten"), cost[2])
	}
	return text
}

// describePeers shows one row for each engine. What a peer is good for is ours
// to say; the figures are the benchmark's.
func describePeers(t *testing.T) string {
	t.Helper()
	checks, lists := cells(part(t, results, "One check")), cells(part(t, results, "A list out of"))
	text := row("", "one check", "× rbac", "a list of 1,000 among 10,000", "choose it for") + "|---|---:|---:|---:|---|\n"
	for _, line := range []struct{ name, check, list, use string }{
		{"rbac", "rbac Can", "rbac Filter.Match, every row", "roles and scopes of this platform, in process"},
		{"casbin", "casbin Enforce", "casbin BatchEnforce", "a matcher of your own; many adapters"},
		{"Cedar (cedar-go)", "cedar-go", "cedar-go batch", "conditions and forbids that can be analysed formally"},
		{"OPA", "OPA", "OPA, a rule that collects", "any computation over any document"},
		{"OpenFGA", "OpenFGA", "OpenFGA StreamedListObjects", "relations over relations, shared by many services"},
	} {
		require.Contains(t, lists, line.list)
		time, _, _ := strings.Cut(mixed(t, checks, line.check), " /")
		listed, _, _ := strings.Cut(lists[line.list][2], ",")
		text += row(line.name, time+" ns", checks[line.check][4], listed, line.use)
	}
	return text
}

// mixed is what one check of the mixed requests costs: ns / bytes / allocations.
func mixed(t *testing.T, checks map[string][]string, engine string) string {
	t.Helper()
	require.Contains(t, checks, engine)
	return checks[engine][3]
}

func ratio(t *testing.T, checks map[string][]string, engine, to string) string {
	t.Helper()
	var a, b float64
	_, err := fmt.Sscanf(mixed(t, checks, engine)+" "+mixed(t, checks, to), "%f / 0 / 0 %f / 0 / 0", &a, &b)
	require.NoError(t, err)
	return fmt.Sprintf("%.2f", a/b)
}

// What a reader copies from the README must compile.
func TestREADMECodeCompiles(t *testing.T) { assertGoCompiles(t, "README.md") }

func assertGoCompiles(t *testing.T, page string) {
	t.Helper()
	world := newTypeChecker()
	for i, block := range goBlocks(t, page) {
		t.Run(fmt.Sprintf("block %d", i+1), func(t *testing.T) {
			source := program(block)
			file, err := parser.ParseFile(world.files, page, source, parser.SkipObjectResolution)
			require.NoError(t, err, source)
			_, err = world.check("page", []*ast.File{file})
			assert.NoError(t, err, source)
		})
	}
}

func goBlocks(t *testing.T, page string) (blocks []string) {
	t.Helper()
	for _, found := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, page), -1) {
		blocks = append(blocks, found[1])
	}
	require.NotEmpty(t, blocks)
	return blocks
}

// The first program of the README prints the block that follows it.
func TestREADMEExamplePrintsItsOutput(t *testing.T) {
	shown := firstBlock(t, "README.md", "text")
	assert.Equal(t, shown, printedBy(t, goBlocks(t, "README.md")[0]))
}

// The README writes one spec in Go and in JSON.
func TestREADMEWritesOneSpecInGoAndInJSON(t *testing.T) {
	var spec rbac.Spec
	require.NoError(t, json.Unmarshal([]byte(firstBlock(t, "README.md", "json")), &spec))
	inJSON, err := rbac.New(rbac.Defaults(), spec)
	require.NoError(t, err)
	inGo := printedBy(t, `package main

import (
	"fmt"

	"`+modulePath+`"
)

func main() {
`+goBlocks(t, "README.md")[1]+`
	fmt.Print(rbac.Must(policy, err).Fingerprint())
}
`)
	assert.Equal(t, inJSON.Fingerprint(), inGo)
}

// The README shows what ParseSpec says of its own document with a slip in it.
func TestREADMEShowsTheErrorOfASlip(t *testing.T) {
	document := firstBlock(t, "README.md", "json")
	document = strings.Replace(document, `"report.export": ["tenant"]`, `"report.export": ["tenat"]`, 1)
	_, err := rbac.ParseSpec([]byte(document))
	require.Error(t, err)
	assert.Contains(t, read(t, "README.md"), "```text\n"+err.Error()+"\n```\n")
}

// The README's member is read and written again as it is, and can do what its role grants.
func TestREADMEShowsAMemberInJSON(t *testing.T) {
	blocks := strings.Split(read(t, "README.md"), "```json\n")
	document, _, _ := strings.Cut(blocks[len(blocks)-1], "```")
	var alice rbac.Member
	require.NoError(t, json.Unmarshal([]byte(document), &alice))
	written, err := json.Marshal(alice)
	require.NoError(t, err)
	assert.JSONEq(t, document, string(written))
	last := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	release := func(at time.Time) bool {
		return rbac.Default().CheckAt(at, alice, rbac.ReleaseMiniProgram, alice.Workspace.MiniProgram("mp-42")).Allowed
	}
	assert.True(t, release(last))
	assert.False(t, release(last.AddDate(0, 0, 1)))
}

// The README's auditor can be given because of Administers, as its text says.
func TestREADMESpecLetsAnAdminGiveTheNewRole(t *testing.T) {
	var spec rbac.Spec
	require.NoError(t, json.Unmarshal([]byte(firstBlock(t, "README.md", "json")), &spec))
	wallet := rbac.Tenant("wallet")
	ann := rbac.Invite("ann", wallet, time.Now(), rbac.Assignment{Role: rbac.WorkspaceAdmin})
	ann.Status = rbac.StatusActive
	give := func(policy *rbac.Policy) error {
		_, err := policy.Bind(ann).Invite("ivy", wallet, rbac.Assignment{Role: "auditor"})
		return err
	}
	with := rbac.Must(rbac.New(rbac.Defaults(), spec))
	assert.NoError(t, give(with))
	assert.Empty(t, with.Warnings())

	spec.Administers = nil
	without := rbac.Must(rbac.New(rbac.Defaults(), spec))
	assert.ErrorIs(t, give(without), rbac.ErrDenied)
	require.Len(t, without.Warnings(), 1)
	assert.Equal(t, `roles["auditor"]`, without.Warnings()[0].Place)
}

// firstBlock returns the first block of a page that is marked as such.
func firstBlock(t *testing.T, page, mark string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, page), "```"+mark+"\n")
	require.True(t, found)
	block, _, _ := strings.Cut(rest, "```")
	return block
}

// printedBy runs a program and returns what it prints.
func printedBy(t *testing.T, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o644))
	run := exec.Command("go", "run", file)
	run.Dir, run.Stderr = root, os.Stderr
	printed, err := run.Output()
	require.NoError(t, err)
	return string(printed)
}

// program makes a program of a fragment: it adds the imports that the fragment
// uses, and the variables that the code around it would declare.
func program(fragment string) string {
	if strings.HasPrefix(fragment, "package ") {
		return fragment
	}
	imports := map[string]string{
		"rbac": modulePath, "rbachttp": modulePath + "/rbachttp",
		"atomic": "sync/atomic", "context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http",
		"slices": "slices", "sql": "database/sql", "time": "time",
	}
	given := `var (
	policy *rbac.Policy
	member, other rbac.Member
	members []rbac.Member
	resource rbac.Resource
	shop rbac.Workspace
	columns rbac.Columns
	now time.Time
	db *sql.DB
	ctx context.Context
	after string
)
`
	if strings.Contains(fragment, "rbachttp.") {
		given += `type row struct{}
func (row) Resource() rbac.Resource { return rbac.Resource{} }
var (
	memberOf func(*http.Request) (rbac.Member, error)
	load func(*http.Request) (row, error)
	release func(http.ResponseWriter, *http.Request, rbac.Member, row) error
	list func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Filter) error
)
`
	}
	source := "package page\n"
	for name, path := range imports {
		if strings.Contains(given+fragment, name+".") {
			source += fmt.Sprintf("import %s %q\n", name, path)
		}
	}
	declared := regexp.MustCompile(`(?m)^\s*(\w+(?:, \w+)*) :=`).FindAllStringSubmatch(fragment, -1)
	used := ""
	for _, names := range declared {
		for name := range strings.SplitSeq(names[1], ", ") {
			if !slices.Contains(strings.Fields(used), name) {
				used += "_ = " + name + "\n"
			}
		}
	}
	return source + given + "func _() error {\n" + fragment + used + "return nil\n}\n"
}
