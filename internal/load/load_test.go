package load_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/load"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write returns the name of a file with the content.
func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "f.json")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	return name
}

// lines returns what an error says, without the folder of the file.
func lines(t *testing.T, err error) (all []string) {
	t.Helper()
	var problems load.Problems
	require.ErrorAs(t, err, &problems)
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message()))
	}
	return all
}

func TestSpecNamesThePlaceOfEachProblem(t *testing.T) {
	t.Parallel()
	_, err := load.Spec(write(t, `{
  "roles": [
    {"id": "A", "kind": "tenant"},
    {"id": "b", "kind": "tenant", "name": "a\u202e"}
  ]}`))
	assert.Equal(t, []string{
		`3:12: roles[0].id: invalid name "A"; use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`,
		`4:43: roles[1].name: a control or bidirectional character; leave it out`,
	}, lines(t, err))
	assert.NotContains(t, err.Error(), "\n")
	assert.Contains(t, err.Error(), "(and 1 more")
}

func TestProblemsCountBytesAndCharacters(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		content           string
		column, character int
	}{
		"ASCII":               {`{"roles": [], "x": 1}`, 15, 15},
		"two bytes":           {`{"labels": {"a": {"name": "é"}}, "x": 1}`, 35, 34},
		"a surrogate pair":    {`{"labels": {"a": {"name": "😀"}}, "x": 1}`, 37, 35},
		"a byte of no letter": {"{\n \"é\xff\"}", 5, 4},
	} {
		_, err := load.Spec(write(t, row.content))
		var problems load.Problems
		var unreadable *load.Unreadable
		got := &load.Problem{}
		switch {
		case errors.As(err, &problems):
			got = problems[0]
		case errors.As(err, &unreadable):
			got = &unreadable.Problem
		}
		assert.Equal(t, []int{row.column, row.character}, []int{got.Column, got.Character}, "%s: %v", name, err)
	}
}

func TestSpecOfReadsATextAsSpecReadsAFile(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"", " ", "{", "{}\n {}", "\xef\xbb\xbf{}", "\xff\xfe{}", "{\n \xff}", `{"x": 1}`, `{"roles": [{"id": "A"}]}`,
		`{"four_eyes": []}`, strings.Repeat(" ", 16<<20+1),
	} {
		name := write(t, content)
		want, wantErr := load.Spec(name)
		got, err := load.SpecOf(name, []byte(content))
		assert.Equal(t, wantErr, err, "%.20q", content)
		if wantErr == nil {
			assert.Equal(t, want.Spec, got.Spec, "%.20q", content)
		}
	}
}

func TestPolicyNamesThePlaceOfEachProblem(t *testing.T) {
	t.Parallel()
	_, err := load.Policy(write(t, `{
  "extend": {"developer": {"a.b": ["own"]},
    "nobody": {}},
  "exclusive": [["developer",
    "nobody"]]
}`), load.Default)
	assert.Equal(t, []string{
		`2:35: extend["developer"]: unknown action "a.b"; declare it in actions`,
		`3:15: extend["nobody"]: unknown role "nobody"; define it in roles`,
		`5:5: exclusive[0][1]: unknown role "nobody"; define it in roles`,
	}, lines(t, err))
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	for content, position := range map[string]string{
		"": "f.json: the file is empty", "{": "f.json:1:1: ", "{}\n {}": "f.json:2:2: ", "[1,\n2\n": "f.json:",
		"\xef\xbb\xbf{}": "f.json:1:1: ", "\xfe\xff{}": "f.json:1:1: ", "{\n\n \xff}": "f.json:3:2: ",
	} {
		name := write(t, content)
		_, specErr := load.Spec(name)
		_, membersErr := load.Members(name)
		for _, err := range []error{specErr, membersErr} {
			var unreadable *load.Unreadable
			require.ErrorAs(t, err, &unreadable, "%q", content)
			assert.Contains(t, err.Error(), position, "%q", content)
		}
	}
	for _, name := range []string{t.TempDir(), "none.json"} {
		_, err := load.Spec(name)
		var unreadable *load.Unreadable
		assert.ErrorAs(t, err, &unreadable)
	}
}

func TestFilesOverTheLimitAreNotRead(t *testing.T) {
	t.Parallel()
	name := write(t, "{}")
	require.NoError(t, os.Truncate(name, 16<<20+1))
	_, err := load.Spec(name)
	assert.ErrorContains(t, err, "larger than 16 MiB")
	require.NoError(t, os.Truncate(name, 256<<20+1))
	_, err = load.Members(name)
	assert.ErrorContains(t, err, "larger than 256 MiB")
}

func TestPolicyOnABase(t *testing.T) {
	t.Parallel()
	layer := write(t, `{"extend": {"developer": {"miniprogram.create": ["workspace"]}}}`)
	whole, err := rbac.Defaults().Canonical()
	require.NoError(t, err)
	alone := write(t, string(whole))
	own := write(t, `{"roles": [{"id": "cashier", "kind": "developer"}]}`)
	for _, row := range []struct {
		name, base string
		roles      int // 0 for an error
	}{
		{"", load.Default, 7},
		{load.Default, load.None, 7},
		{layer, load.Default, 7},
		{"", layer, 7},
		{own, layer, 8},
		{own, load.None, 1},
		{alone, load.Default, 7},
		{alone, load.None, 7},
		{"", load.None, 0},
		{layer, load.None, 0},
		{alone, layer, 0},
		{layer, "none.json", 0},
		{"none.json", load.Default, 0},
	} {
		policy, err := load.Policy(row.name, row.base)
		count := 0
		for range policy.Roles() {
			count++
		}
		assert.Equal(t, row.roles, count, "%s on %s: %v", row.name, row.base, err)
		assert.Equal(t, row.roles == 0, err != nil, "%s on %s", row.name, row.base)
	}
	document, err := load.Spec(own)
	require.NoError(t, err)
	base, err := load.Base(layer)
	require.NoError(t, err)
	policy, err := document.On(base)
	require.NoError(t, err)
	assert.Len(t, policy.Own().Roles, 1, "the file is a layer of its own")
}

func TestWarningsHaveLinesAndLeaveOutThoseOfTheBase(t *testing.T) {
	t.Parallel()
	base, err := load.Base(write(t, `{"actions": {"a.b": ["any"]}}`))
	require.NoError(t, err)
	require.Len(t, base.Warnings(), 1)
	document, err := load.Spec(write(t, `{"actions": {
  "c.d": ["any"]}, "roles": [
  {"id": "x", "kind": "tenant", "permissions": {"c.d": ["tenant"]}}]}`))
	require.NoError(t, err)
	policy, err := document.On(base)
	require.NoError(t, err)
	warnings := document.Warnings(policy, base)
	require.Len(t, warnings, 1)
	assert.Equal(t, `roles["x"]`, warnings[0].Place)
	assert.Equal(t, 3, warnings[0].Line)
}

func TestSchemaIsWhatTheFileSays(t *testing.T) {
	t.Parallel()
	content := `{"$schema": "a/b", "four_eyes": []}`
	document, err := load.Spec(write(t, content))
	require.NoError(t, err)
	assert.Equal(t, "a/b", document.Schema())
	assert.Equal(t, content, string(document.Bytes()))
}

func TestMembersAreReadStrictly(t *testing.T) {
	t.Parallel()
	member := `{"id": "a", "workspace": {"kind": "tenant", "id": "w", "tenant": "w"}, "status": "active"}`
	members, err := load.Members(write(t, "["+member+",\n"+strings.Replace(member, `"a"`, `"b"`, 1)+"]"))
	require.NoError(t, err)
	assert.Len(t, members, 2)
	for content, problem := range map[string]string{
		"[" + member + ",\n " + member + "]":                         "2:2: [1]: member a@w is repeated; keep one of the two",
		"[\n" + strings.Replace(member, `"active"`, "null", 1) + "]": "2:82: [0].status: found null; expected a string",
		"[\n" + strings.Replace(member, `"status"`, `"x"`, 1) + "]":  `2:1: [0]: unknown key "x"`,
		"[7]": "1:2: [0]: found a number; expected an object",
	} {
		_, err := load.Members(write(t, content))
		assert.Contains(t, strings.Join(lines(t, err), "\n"), problem)
	}
}

func TestReadReportsAnErrorOfTheReader(t *testing.T) {
	t.Parallel()
	name := write(t, "[\n1]")
	text, err := load.Read(name, func(r *strictjson.Reader) error {
		return r.List(0, "", func(r *strictjson.Reader) error {
			_, err := r.Int()
			return err
		})
	})
	require.NoError(t, err)
	line, column := text.Position(text.Locate("[0]"))
	assert.Equal(t, []int{2, 1}, []int{line, column})
	_, err = load.Read(name, func(*strictjson.Reader) error { return errors.New("rbac: other") })
	assert.Equal(t, []string{"1:1: other"}, lines(t, err))
}

func TestInForce(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name          string
		before, after time.Time
		want          bool
	}{
		{"without bounds", time.Time{}, time.Time{}, true},
		{"from now", noon, time.Time{}, true},
		{"from later", noon.Add(1), time.Time{}, false},
		{"until now", time.Time{}, noon, false},
		{"until later", time.Time{}, noon.Add(1), true},
		{"an instant", noon, noon.Add(1), true},
	} {
		a := rbac.Assignment{NotBefore: row.before, NotAfter: row.after}
		assert.Equal(t, row.want, load.InForce(&a, noon), row.name)
	}
}
