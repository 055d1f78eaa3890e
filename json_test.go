package rbac_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sampleDocument is the JSON of sampleSpec, as a person writes it.
const sampleDocument = `{"$schema": "https://example.com/policy.json", "actions": {"report.export": ["miniprogram"]},
 "labels": {"report.export": {"name": "Export reports", "group": "Reports"}},
 "roles": [{"id": "auditor", "kind": "tenant", "name": "Auditor", "permissions": {"report.export": ["tenant"]}}],
 "extend": {"developer_admin": {"report.export": ["workspace"]}},
 "administers": {"workspace_admin": ["auditor"]},
 "exclusive": [["workspace_developer", "workspace_reviewer"]],
 "four_eyes": ["approval.decide_release"]}`

func sampleSpec() rbac.Spec {
	return rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
		Labels:  map[rbac.Action]rbac.Label{"report.export": {Name: "Export reports", Group: "Reports"}},
		Roles: []rbac.Role{{
			ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor",
			Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant},
		}},
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.DeveloperAdmin: {"report.export": rbac.ScopeWorkspace}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}},
		Exclusive:   [][]rbac.RoleID{{rbac.WorkspaceDeveloper, rbac.WorkspaceReviewer}},
		FourEyes:    []rbac.Action{rbac.DecideRelease},
	}
}

func TestSpecUnmarshalJSONReadsTheSample(t *testing.T) {
	t.Parallel()
	var spec rbac.Spec
	require.NoError(t, json.Unmarshal([]byte(sampleDocument), &spec))
	assert.Equal(t, sampleSpec(), spec)
	p, err := rbac.New(rbac.Defaults(), spec)
	require.NoError(t, err)
	again, err := rbac.New(rbac.Defaults(), sampleSpec())
	require.NoError(t, err)
	assert.Equal(t, again.Fingerprint(), p.Fingerprint())
}

func TestSpecCanonicalAndMarshalJSONWriteOneForm(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		spec rbac.Spec
		want string
	}{
		"the zero spec": {rbac.Spec{}, `{}`},
		"a spec of empty fields": {rbac.Spec{
			Actions:     map[rbac.Action]rbac.Target{},
			Labels:      map[rbac.Action]rbac.Label{},
			Roles:       []rbac.Role{},
			Extend:      map[rbac.RoleID]rbac.Permissions{},
			Administers: map[rbac.RoleID][]rbac.RoleID{},
			Exclusive:   [][]rbac.RoleID{},
			FourEyes:    []rbac.Action{},
			AtLeast:     map[rbac.RoleID]int{},
			AtMost:      map[rbac.RoleID]int{},
		}, `{}`},
		"the sample": {sampleSpec(), `{"actions":{"report.export":["miniprogram"]},` +
			`"administers":{"workspace_admin":["auditor"]},` +
			`"exclusive":[["workspace_developer","workspace_reviewer"]],` +
			`"extend":{"developer_admin":{"report.export":["workspace"]}},` +
			`"four_eyes":["approval.decide_release"],` +
			`"labels":{"report.export":{"group":"Reports","name":"Export reports"}},` +
			`"roles":[{"id":"auditor","kind":"tenant","name":"Auditor","permissions":{"report.export":["tenant"]}}]}`},
		"a spec of every field, in name order": {everything(),
			`{"actions":{"report.export":["miniprogram"],"report.print":["tenant","developer","miniprogram"]},` +
				`"administers":{"workspace_admin":["auditor"]},` +
				`"at_least":{"auditor":1},` +
				`"at_most":{"auditor":4,"workspace_admin":9},` +
				`"exclusive":[["auditor","workspace_admin"]],` +
				`"extend":{"developer":{"report.export":["assigned"]}},` +
				`"four_eyes":["report.export"],` +
				`"labels":{"report.export":{"group":"Reports","name":"Export reports"}},` +
				`"roles":[{"description":"Reads.","id":"auditor","kind":"tenant","name":"Auditor",` +
				`"permissions":{"report.export":["tenant"]}},` +
				`{"id":"cashier","kind":"developer","workspace":{"id":"shop","kind":"developer","tenant":"wallet"}},` +
				`{"id":"printer","kind":"developer","permissions":{"report.print":["own","assigned"]}}]}`},

		"targets as single words": {rbac.Spec{Actions: map[rbac.Action]rbac.Target{
			"a": rbac.OnAny, "b": rbac.OnWorkspace, "c": rbac.OnTenant, "d": rbac.OnDeveloper | rbac.OnMiniProgram,
		}}, `{"actions":{"a":["tenant","developer","miniprogram"],"b":["tenant","developer"],` +
			`"c":["tenant"],"d":["developer","miniprogram"]}}`},
		"labels, also empty ones": {rbac.Spec{Labels: map[rbac.Action]rbac.Label{
			"c": {Group: "G"}, "b": {}, "a": {Name: "N"},
		}}, `{"labels":{"a":{"name":"N"},"b":{},"c":{"group":"G"}}}`},
		"scopes from narrow to wide": {rbac.Spec{Roles: []rbac.Role{tenantRole("r", rbac.Permissions{"a": 15})}},
			`{"roles":[{"id":"r","kind":"tenant","permissions":{"a":["own","assigned","workspace","tenant"]}}]}`},
		"a bare role": {rbac.Spec{Roles: []rbac.Role{merchantRole("r", nil)}},
			`{"roles":[{"id":"r","kind":"developer"}]}`},
		"a role of a tenant's own": {rbac.Spec{Roles: []rbac.Role{roleOf(theWallet, "r", nil)}},
			`{"roles":[{"id":"r","kind":"tenant","workspace":{"id":"wallet","kind":"tenant","tenant":"wallet"}}]}`},
		"a role that grants nothing": {rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{"a": rbac.OnAny},
			Roles:   []rbac.Role{merchantRole("r", rbac.Permissions{"a": 0})},
		}, `{"actions":{"a":["tenant","developer","miniprogram"]},` +
			`"roles":[{"id":"r","kind":"developer","permissions":{"a":[]}}]}`},
		"an extension that grants nothing": {
			rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"r": {"a": 0}, "q": nil}},
			`{"extend":{"q":{},"r":{"a":[]}}}`},
		"who administers whom, in name order": {
			rbac.Spec{Administers: map[rbac.RoleID][]rbac.RoleID{"b": {"z", "a", "b"}, "a": {}}},
			`{"administers":{"a":[],"b":["a","b","z"]}}`},
		"sets in order, each once": {rbac.Spec{
			Exclusive: [][]rbac.RoleID{{"c", "b"}, {"b", "a"}, {"b", "c"}, {"a", "b", "c"}},
			FourEyes:  []rbac.Action{"b", "a", "b"},
		}, `{"exclusive":[["a","b"],["a","b","c"],["b","c"]],"four_eyes":["a","b"]}`},
		"names in the order of their bytes": {rbac.Spec{FourEyes: []rbac.Action{"a.b", "ab", "a_b", "a1", "a", "aa.b"}},
			`{"four_eyes":["a","a.b","a1","a_b","aa.b","ab"]}`},
		"bounds, some of them 0": {
			rbac.Spec{AtLeast: map[rbac.RoleID]int{"a": 0, "b": 1}, AtMost: map[rbac.RoleID]int{"a": 0, "b": 10}},
			`{"at_least":{"a":0,"b":1},"at_most":{"a":0,"b":10}}`},
		"the largest bound": {rbac.Spec{AtLeast: map[rbac.RoleID]int{"a": 1<<31 - 1}},
			`{"at_least":{"a":2147483647}}`},
		"text with no more escapes than RFC 8785 has": {rbac.Spec{
			Labels: map[rbac.Action]rbac.Label{"a": {Name: "</script>", Group: `\u0041`}},
			Roles:  []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Name: "a\"\\<&>é😀/", Description: "d"}},
		}, `{"labels":{"a":{"group":"\\u0041","name":"</script>"}},` +
			`"roles":[{"description":"d","id":"r","kind":"tenant","name":"a\"\\<&>é😀/"}]}`},
		"an ID of a workspace with every escape": {rbac.Spec{
			Roles: []rbac.Role{roleOf(rbac.Tenant("\x00\b\t\n\v\f\r\x1f \x7f\u2028é"), "r", nil)},
		}, `{"roles":[{"id":"r","kind":"tenant","workspace":{` +
			`"id":"\u0000\b\t\n\u000b\f\r\u001f ` + "\x7f\u2028é" + `","kind":"tenant",` +
			`"tenant":"\u0000\b\t\n\u000b\f\r\u001f ` + "\x7f\u2028é" + `"}}]}`},
	} {
		document, err := row.spec.Canonical()
		require.NoError(t, err, sentence)
		assert.Equal(t, row.want, string(document), sentence)
		marshalled, err := row.spec.MarshalJSON()
		require.NoError(t, err, sentence)
		assert.Equal(t, row.want, string(marshalled), "%s, by MarshalJSON", sentence)
		var again rbac.Spec
		require.NoError(t, again.UnmarshalJSON(document), sentence)
		rewritten, err := again.Canonical()
		require.NoError(t, err, sentence)
		assert.Equal(t, row.want, string(rewritten), "%s, written again", sentence)
		assertMarshalsAs(t, row.spec, document)
	}
}

// assertMarshalsAs asserts that encoding/json writes the document too, and only escapes it as it escapes everything.
func assertMarshalsAs(t *testing.T, spec rbac.Spec, document []byte) {
	t.Helper()
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(spec))
	escaped, err := json.Marshal(spec)
	require.NoError(t, err)
	var want bytes.Buffer
	json.HTMLEscape(&want, document)
	assert.Equal(t, want.String(), string(escaped), "what json.Marshal writes")
	var read rbac.Spec
	for _, form := range [][]byte{escaped, plain.Bytes()} {
		require.NoError(t, json.Unmarshal(form, &read))
		again, err := read.Canonical()
		require.NoError(t, err)
		assert.Equal(t, string(document), string(again), "what encoding/json wrote, read again")
	}
}

// specHolder is a host's struct with specs among its fields.
type specHolder struct {
	Version int
	Value   rbac.Spec
	Pointer *rbac.Spec
	List    []rbac.Spec
	None    *rbac.Spec
}

func TestSpecMarshalJSONWithinOtherValues(t *testing.T) {
	t.Parallel()
	spec := everything()
	spec.Roles[0].Name = "<b>"
	document, err := spec.MarshalJSON()
	require.NoError(t, err)
	assert.Contains(t, string(document), `"name":"<b>"`)
	byValue, err := json.Marshal(spec)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(string(document), "<b>", `\u003cb\u003e`), string(byValue))

	within, err := json.Marshal(specHolder{3, spec, &spec, []rbac.Spec{{}, spec}, nil})
	require.NoError(t, err)
	one := string(byValue)
	assert.Equal(t, `{"Version":3,"Value":`+one+`,"Pointer":`+one+`,"List":[{},`+one+`],"None":null}`, string(within))
	var read specHolder
	require.NoError(t, json.Unmarshal(within, &read))
	again, err := json.Marshal(read)
	require.NoError(t, err)
	assert.Equal(t, string(within), string(again))

	_, err = json.Marshal(specHolder{Value: rbac.Spec{Roles: []rbac.Role{{ID: "A"}}}})
	var problem *rbac.ValidationError
	assert.ErrorAs(t, err, &problem)
	const isNull = "rbac: found null at byte 0; expected an object"
	assert.ErrorContains(t, json.Unmarshal([]byte(`{"Value":null}`), &read), isNull)
	assert.ErrorContains(t, json.Unmarshal([]byte("null"), &read.Value), isNull)
}

func TestSpecMarshalJSONRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	spec := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"A": rbac.OnAny},
		Labels:  map[rbac.Action]rbac.Label{"G": {Name: "\n", Group: "\xff"}},
		Roles: []rbac.Role{
			{ID: "r", Permissions: rbac.Permissions{"P": rbac.ScopeOwn}}, roleOf(rbac.Tenant(""), "s", nil),
		},
		Extend:      map[rbac.RoleID]rbac.Permissions{"E": {"p": 32}},
		Administers: map[rbac.RoleID][]rbac.RoleID{"D": {"C", "c", "c"}},
		Exclusive:   [][]rbac.RoleID{{"X", "r"}},
		FourEyes:    []rbac.Action{"F"},
		AtLeast:     map[rbac.RoleID]int{"L": 1},
		AtMost:      map[rbac.RoleID]int{"M": -1},
	}
	document, err := spec.Canonical()
	assert.Nil(t, document)
	marshalled, marshalErr := spec.MarshalJSON()
	assert.Nil(t, marshalled)
	assert.Equal(t, err, marshalErr)
	assert.EqualError(t, err, strings.Join([]string{
		`rbac: actions["A"]: invalid name "A"; ` + nameHint,
		`rbac: roles[0].kind: no kind; use tenant or developer`,
		`rbac: roles[1].workspace.id: the ID is empty; give the host's ID of the workspace`,
		`rbac: labels["G"]: invalid name "G"; ` + nameHint,
		`rbac: labels["G"].name: a control or bidirectional character; leave it out`,
		`rbac: labels["G"].group: text that is damaged or not UTF-8; replace the damaged text`,
		`rbac: roles[0].permissions: invalid name "P"; ` + nameHint,
		`rbac: extend["E"]: invalid name "E"; ` + nameHint,
		`rbac: extend["E"]["p"]: scope(32) is not a scope; use own, assigned, workspace or tenant`,
		`rbac: administers["D"]: invalid name "D"; ` + nameHint,
		`rbac: administers["D"][0]: invalid name "C"; ` + nameHint,
		`rbac: administers["D"][2]: role "c" is repeated; name it once`,
		`rbac: exclusive[0][0]: invalid name "X"; ` + nameHint,
		`rbac: four_eyes[0]: invalid name "F"; ` + nameHint,
		`rbac: at_least["L"]: invalid name "L"; ` + nameHint,
		`rbac: at_most["M"]: invalid name "M"; ` + nameHint,
		`rbac: at_most["M"]: -1 holders; use 0 to 2147483647`,
	}, "\n"))
}

// What is written can be read, so the writer refuses the numbers that the reader refuses.
func TestSpecMarshalJSONRefusesANumberThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if strconv.IntSize == 32 {
		return // an int cannot be too large here
	}
	tooMany := math.MaxInt32
	tooMany++
	for field, spec := range map[string]rbac.Spec{
		"at_least": {AtLeast: map[rbac.RoleID]int{"a": tooMany}},
		"at_most":  {AtMost: map[rbac.RoleID]int{"a": tooMany}},
	} {
		problem := "rbac: " + field + `["a"]: 2147483648 holders; use 0 to 2147483647`
		_, err := spec.MarshalJSON()
		assert.EqualError(t, err, problem)
		spec.Roles = []rbac.Role{{ID: "a", Kind: rbac.KindTenant}}
		_, err = rbac.New(spec)
		assert.EqualError(t, err, problem)
	}
}

// A permission that grants nothing still names an action, so a misspelt name is not lost when the spec is written.
func TestSpecMarshalJSONKeepsWhatNewRefuses(t *testing.T) {
	t.Parallel()
	for sentence, spec := range map[string]rbac.Spec{
		"no scope of an unknown action": {
			Roles: []rbac.Role{tenantRole("r", rbac.Permissions{"no.such": 0})},
		},
		"a role that is extended by an unknown action": {
			Roles:  []rbac.Role{tenantRole("r", nil)},
			Extend: map[rbac.RoleID]rbac.Permissions{"r": {"no.such": 0}},
		},
		"a label of an unknown action, which says nothing": {Labels: map[rbac.Action]rbac.Label{"no.such": {}}},
		"an unknown role that administers nobody":          {Administers: map[rbac.RoleID][]rbac.RoleID{"nobody": {}}},

		"an unknown role that is extended by nothing": {Extend: map[rbac.RoleID]rbac.Permissions{"nobody": {}}},
		"a lower bound of 0 of an unknown role":       {AtLeast: map[rbac.RoleID]int{"nobody": 0}},
		"an upper bound of 0 of an unknown role":      {AtMost: map[rbac.RoleID]int{"nobody": 0}},
	} {
		document, err := spec.MarshalJSON()
		require.NoError(t, err, sentence)
		var again rbac.Spec
		require.NoError(t, again.UnmarshalJSON(document), sentence)
		_, before := rbac.New(spec)
		_, after := rbac.New(again)
		assert.Equal(t, before == nil, after == nil, "%s: accepted before and after it was written", sentence)
	}
}

func TestSpecCanonicalIgnoresOrder(t *testing.T) {
	t.Parallel()
	const want = `{"actions":{"a.b":["tenant","developer"],"c":["miniprogram"]},"administers":{"r":["r","s"]},` +
		`"at_least":{"r":1,"s":2},"at_most":{"r":3,"s":4},"exclusive":[["q","r"]],` +
		`"extend":{"r":{"a.b":["workspace"]},"s":{"c":["own"]}},"four_eyes":["a.b"],` +
		`"labels":{"a.b":{"group":"A","name":"B"},"c":{"name":"C"}},` +
		`"roles":[{"id":"q","kind":"tenant","workspace":{"id":"w","kind":"tenant","tenant":"w"}},` +
		`{"id":"r","kind":"tenant","name":"R","permissions":{"a.b":["own","tenant"],"c":["assigned"]}},` +
		`{"id":"s","kind":"developer"}]}`
	fingerprints := make(map[string]bool)
	for _, document := range []string{
		want,
		`{"at_most":{"s":4,"r":3},"at_least":{"s":2,"r":1},"four_eyes":["a.b"],"exclusive":[["r","q"],["q","r"]],
		  "extend":{"s":{"c":["own"]},"r":{"a.b":["workspace"]}},"$schema":"x","administers":{"r":["s","r"]},
		  "roles":[{"kind":"developer","id":"s","permissions":{},"name":"","description":""},
		    {"permissions":{"c":["assigned"],"a.b":["tenant","own"]},"name":"\u0052","kind":"tenant","id":"r"},
		    {"workspace":{"tenant":"w","id":"w","kind":"tenant"},"id":"q","kind":"tenant"}],
		  "labels":{"c":{"group":"","name":"C"},"a.b":{"name":"B","group":"A"}},
		  "actions":{"c":["miniprogram"],"a.b":["developer","tenant"]}}`,
		`{"actions":{"\u0061.b":["workspace"],"c":["miniprogram"]},"four_eyes":["a.b","a.b"],"at_least":{"r":1,"s":2},
		  "exclusive":[["q","r"]],"extend":{"r":{"a.b":["workspace"]},"s":{"c":["own"]}},"at_most":{"r":3,"s":4},
		  "labels":{"a.b":{"group":"A","name":"B"},"c":{"name":"C"}},"administers":{"r":["r","s"]},
		  "roles":[{"id":"r","kind":"tenant","name":"R","permissions":{"a.b":["own","tenant"],"c":["assigned"]}},
		    {"id":"q","kind":"tenant","workspace":{"id":"w","kind":"tenant","tenant":"w"}},
		    {"id":"s","kind":"developer"}]}`,
	} {
		var spec rbac.Spec
		require.NoError(t, spec.UnmarshalJSON([]byte(document)), document)
		written, err := spec.Canonical()
		require.NoError(t, err)
		assert.Equal(t, want, string(written))
		p, err := rbac.New(spec)
		require.NoError(t, err)
		fingerprints[p.Fingerprint()] = true
	}
	assert.Len(t, fingerprints, 1)
}

func TestSpecMarshalJSONLeavesItsSpecAsItWas(t *testing.T) {
	t.Parallel()
	spec := everything()
	slices.Reverse(spec.Exclusive[0])
	spec.Administers[rbac.WorkspaceAdmin] = []rbac.RoleID{rbac.WorkspaceAdmin, "auditor"}
	spec.FourEyes = []rbac.Action{"report.print", "report.export", "report.print"}
	spec.AtLeast["printer"] = 0
	spec.Roles[0].Permissions["report.export"], spec.Extend[rbac.Developer]["report.print"] = 0, 0
	before := fmt.Sprintf("%#v", spec)
	_, err := spec.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, before, fmt.Sprintf("%#v", spec))
}

// hostileSpecs has documents that must be refused, each with the problem and its place.
var hostileSpecs = []struct{ sentence, document, problem string }{
	{"nothing at all", "", "found the end at byte 0; expected an object"},
	{"null", "null", "found null at byte 0; expected an object"},
	{"a list", "[]", "found a list at byte 0; expected an object"},
	{"a string", `"{}"`, "found a string at byte 0; expected an object"},
	{"a byte order mark", "\ufeff{}", `found '\ufeff' at byte 0; expected an object`},
	{"UTF-16", "{\x00}\x00", `found '\x00' at byte 1; expected a string`},
	{"Latin-1", "{\"roles\":[{\"id\":\"a\",\"kind\":\"tenant\",\"name\":\"caf\xe9\"}]}",
		"the document is not UTF-8; save it as UTF-8"},
	{"a second document", `{} {}`, "found an object at byte 3; expected the end of the document"},
	{"half a document", `{"actions":{"a":["any"]}`, "found the end at byte 24; expected ',' or '}'"},
	{"a comment", `{} // defaults`, "found '/' at byte 3; expected the end of the document"},
	{"a trailing comma", `{"four_eyes":["a"],}`, "found '}' at byte 19; expected a string"},
	{"deep nesting", strings.Repeat("[", 100_000), "found a list at byte 0; expected an object"},
	{"deep nesting within", `{"exclusive":` + strings.Repeat("[", 100_000),
		"exclusive[0][0]: found a list at byte 15; expected a string"},

	{"an unknown key", `{"deny":[]}`,
		`unknown key "deny"; ` +
			`known keys: $schema, actions, administers, at_least, at_most, exclusive, extend, four_eyes, labels, roles`},
	{"a misspelt key", `{"role":[]}`, `unknown key "role"; did you mean "roles"?`},
	{"a mis-cased key", `{"Roles":[]}`, `unknown key "Roles"; did you mean "roles"?`},
	{"the name of a Go field", `{"FourEyes":[]}`, `unknown key "FourEyes"; did you mean "four_eyes"?`},
	{"a repeated key", `{"four_eyes":["a"],"four_eyes":[]}`, `key "four_eyes" is repeated; keep one of the two`},
	{"a key that is repeated with an escape", `{"roles":[],"role\u0073":[]}`,
		`key "roles" is repeated; keep one of the two`},

	{"null for the actions", `{"actions":null}`, "actions: found null at byte 11; expected an object"},
	{"a list for the actions", `{"actions":["a"]}`, "actions: found a list at byte 11; expected an object"},
	{"a repeated action", `{"actions":{"a":["any"],"a":["tenant"]}}`,
		`actions: key "a" is repeated; keep one of the two`},
	{"an action in capitals", `{"actions":{"A":["any"]}}`, `actions["A"]: invalid name "A"; ` + nameHint},
	{"null for a target", `{"actions":{"a":null}}`, `actions["a"]: found null at byte 16; expected a list`},
	{"a word for a list of targets", `{"actions":{"a":"any"}}`,
		`actions["a"]: found a string at byte 16; expected a list`},
	{"null among targets", `{"actions":{"a":["tenant",null]}}`,
		`actions["a"][1]: found null at byte 26; expected a string`},
	{"a number among targets", `{"actions":{"a":[7]}}`,
		`actions["a"][0]: found a number at byte 17; expected a string`},
	{"no target", `{"actions":{"a":[]}}`,
		`actions["a"]: no target; use tenant, developer, miniprogram or several of them`},
	{"an unknown target", `{"actions":{"a":["tenant","merchant"]}}`,
		`actions["a"][1]: unknown target "merchant"; use tenant, developer, miniprogram, workspace, any`},
	{"a misspelt target", `{"actions":{"a":["Tenant"]}}`,
		`actions["a"][0]: unknown target "Tenant"; did you mean "tenant"?`},
	{"targets in one word", `{"actions":{"a":["tenant|developer"]}}`,
		`actions["a"][0]: unknown target "tenant|developer"; use tenant, developer, miniprogram, workspace, any`},
	{"a repeated target", `{"actions":{"a":["tenant","tenant"]}}`,
		`actions["a"][1]: target "tenant" is repeated; name it once`},
	{"a target within another", `{"actions":{"a":["any","developer"]}}`,
		`actions["a"][1]: target "developer" is repeated; name it once`},
	{"a target around another", `{"actions":{"a":["developer","workspace"]}}`,
		`actions["a"][1]: target "workspace" is repeated; name it once`},

	{"null for the roles", `{"roles":null}`, "roles: found null at byte 9; expected a list"},
	{"an object for the roles", `{"roles":{}}`, "roles: found an object at byte 9; expected a list"},
	{"null among the roles", `{"roles":[null]}`, "roles[0]: found null at byte 10; expected an object"},
	{"a word among the roles", `{"roles":["auditor"]}`, "roles[0]: found a string at byte 10; expected an object"},
	{"an unknown key of a role", `{"roles":[{"id":"a","kind":"tenant","inherits":[]}]}`,
		`roles[0]: unknown key "inherits"; known keys: description, id, kind, name, permissions, workspace`},
	{"a mis-cased key of a role", `{"roles":[{"ID":"a","kind":"tenant"}]}`,
		`roles[0]: unknown key "ID"; did you mean "id"?`},
	{"a repeated key of a role", `{"roles":[{"id":"a","kind":"tenant","id":"b"}]}`,
		`roles[0]: key "id" is repeated; keep one of the two`},
	{"a role without an ID", `{"roles":[{"kind":"tenant"}]}`, "roles[0]: no id; it is required"},
	{"a role with an empty ID", `{"roles":[{"id":"","kind":"tenant"}]}`, `roles[0].id: invalid name ""; ` + nameHint},
	{"null for a role's ID", `{"roles":[{"id":null}]}`, "roles[0].id: found null at byte 16; expected a string"},
	{"a role without a kind", `{"roles":[{"id":"a"}]}`, "roles[0]: no kind; it is required"},
	{"null for a kind", `{"roles":[{"kind":null}]}`, "roles[0].kind: found null at byte 18; expected a string"},
	{"a number for a kind", `{"roles":[{"kind":1}]}`, "roles[0].kind: found a number at byte 18; expected a string"},
	{"an unknown kind", `{"roles":[{"kind":"merchant"}]}`,
		`roles[0].kind: unknown workspace kind "merchant"; use one of tenant, developer`},
	{"a misspelt kind", `{"roles":[{"kind":"Developer"}]}`,
		`roles[0].kind: unknown workspace kind "Developer"; did you mean "developer"?`},
	{"an empty kind", `{"roles":[{"kind":""}]}`,
		`roles[0].kind: unknown workspace kind ""; use one of tenant, developer`},
	{"null for a name", `{"roles":[{"name":null}]}`, "roles[0].name: found null at byte 18; expected a string"},
	{"half a surrogate pair in a name", `{"roles":[{"name":"\ud83d"}]}`,
		"roles[0].name: text with U+FFFD, which stands for damaged text; replace the damaged text"},
	{"the other half of a surrogate pair in a name", `{"roles":[{"name":"\ude00"}]}`,
		"roles[0].name: text with U+FFFD, which stands for damaged text; replace the damaged text"},
	{"a line break in a name", "{\"roles\":[{\"name\":\"a\nb\"}]}",
		"roles[0].name: found a string at byte 18; expected a string without control characters"},
	{"an escaped line break in a name", `{"roles":[{"id":"a","kind":"tenant","name":"a\nb"}]}`,
		"roles[0].name: a control or bidirectional character; leave it out"},
	{"a name that is written from right to left", `{"roles":[{"id":"a","kind":"tenant","name":"a\u202eb"}]}`,
		"roles[0].name: a control or bidirectional character; leave it out"},
	{"a name of 257 bytes", `{"roles":[{"id":"a","kind":"tenant","name":"` + strings.Repeat("n", 257) + `"}]}`,
		"roles[0].name: 257 bytes are too many; use 256 at most"},
	{"a list for a description", `{"roles":[{"description":[]}]}`,
		"roles[0].description: found a list at byte 25; expected a string"},
	{"a description of 1,025 bytes",
		`{"roles":[{"id":"a","kind":"tenant","description":"` + strings.Repeat("d", 1_025) + `"}]}`,
		"roles[0].description: 1025 bytes are too many; use 1024 at most"},
	{"a role twice", `{"roles":[{"id":"a","kind":"tenant"},{"id":"a","kind":"tenant"}]}`,
		`roles[1]: role "a" is defined twice; give it another id, or use extend to add permissions`},

	{"null for a role's workspace", `{"roles":[{"workspace":null}]}`,
		"roles[0].workspace: found null at byte 23; expected an object"},
	{"a word for a role's workspace", `{"roles":[{"workspace":"shop"}]}`,
		"roles[0].workspace: found a string at byte 23; expected an object"},
	{"an unknown key of a workspace", `{"roles":[{"workspace":{"Kind":"tenant"}}]}`,
		`roles[0].workspace: unknown key "Kind"; did you mean "kind"?`},
	{"a repeated key of a workspace", `{"roles":[{"workspace":{"id":"a","id":"b"}}]}`,
		`roles[0].workspace: key "id" is repeated; keep one of the two`},
	{"an unknown kind of a workspace", `{"roles":[{"workspace":{"kind":"merchant"}}]}`,
		`roles[0].workspace.kind: unknown workspace kind "merchant"; use one of tenant, developer`},
	{"a number for a workspace's ID", `{"roles":[{"workspace":{"id":7}}]}`,
		"roles[0].workspace.id: found a number at byte 29; expected a string"},
	{"a workspace without a tenant",
		`{"roles":[{"id":"a","kind":"developer","workspace":{"kind":"developer","id":"shop"}}]}`,
		"roles[0].workspace: no tenant; it is required"},
	{"a workspace without an ID", `{"roles":[{"workspace":{"kind":"developer","tenant":"wallet"}}]}`,
		"roles[0].workspace: no id; it is required"},
	{"a workspace without a kind", `{"roles":[{"workspace":{"id":"shop","tenant":"wallet"}}]}`,
		"roles[0].workspace: no kind; it is required"},
	{"a workspace of an empty tenant", `{"roles":[{"workspace":{"kind":"developer","id":"shop","tenant":""}}]}`,
		"roles[0].workspace.tenant: the ID is empty; give the host's ID, or leave it out"},
	{"a tenant's workspace of another tenant", `{"roles":[{"workspace":{"kind":"tenant","id":"wallet","tenant":"bank"}}]}`,
		"roles[0].workspace: a tenant workspace belongs to itself; use Tenant(id)"},
	{"a workspace of the other kind",
		`{"roles":[{"id":"a","kind":"tenant","workspace":{"kind":"developer","id":"shop","tenant":"wallet"}}]}`,
		"roles[0].workspace: a developer workspace cannot own a tenant role; give the role the kind of its workspace"},

	{"null for permissions", `{"roles":[{"permissions":null}]}`,
		"roles[0].permissions: found null at byte 25; expected an object"},
	{"a list for permissions", `{"roles":[{"permissions":["a"]}]}`,
		"roles[0].permissions: found a list at byte 25; expected an object"},
	{"a repeated permission", `{"roles":[{"permissions":{"x":["own"],"x":["tenant"]}}]}`,
		`roles[0].permissions: key "x" is repeated; keep one of the two`},
	{"a permission in capitals", `{"roles":[{"id":"a","kind":"tenant","permissions":{"X":["own"]}}]}`,
		`roles[0].permissions: invalid name "X"; ` + nameHint},
	{"null for scopes", `{"roles":[{"permissions":{"x":null}}]}`,
		`roles[0].permissions["x"]: found null at byte 30; expected a list`},
	{"a word for scopes", `{"roles":[{"permissions":{"x":"own"}}]}`,
		`roles[0].permissions["x"]: found a string at byte 30; expected a list`},
	{"null among scopes", `{"roles":[{"permissions":{"x":[null]}}]}`,
		`roles[0].permissions["x"][0]: found null at byte 31; expected a string`},
	{"an unknown scope in the fourth role", `{"roles":[` +
		strings.Repeat(`{"id":"a","kind":"tenant"},`, 3) + `{"permissions":{"x":["global"]}}]}`,
		`roles[3].permissions["x"][0]: unknown scope "global"; use own, assigned, workspace, tenant`},
	{"a misspelt scope", `{"roles":[{"permissions":{"x":["own","tennant"]}}]}`,
		`roles[0].permissions["x"][1]: unknown scope "tennant"; did you mean "tenant"?`},
	{"the word for no scope", `{"roles":[{"permissions":{"x":["-"]}}]}`,
		`roles[0].permissions["x"][0]: unknown scope "-"; use own, assigned, workspace, tenant`},
	{"a repeated scope", `{"roles":[{"permissions":{"x":["own","tenant","own"]}}]}`,
		`roles[0].permissions["x"][2]: scope "own" is repeated; name it once`},
	{"a merchant's role over the tenant", `{"roles":[{"id":"a","kind":"developer","permissions":{"x":["tenant"]}}]}`,
		`roles[0].permissions["x"]: scope tenant cannot match; a developer role reaches its own workspace at most`},
	{"a scope that the action's target cannot match",
		`{"actions":{"x":["workspace"]},"roles":[{"id":"a","kind":"tenant","permissions":{"x":["assigned"]}}]}`,
		`roles[0].permissions["x"]: scope assigned cannot match; ` +
			`only mini programs are assigned, and the action is for workspace`},

	{"null for extend", `{"extend":null}`, "extend: found null at byte 10; expected an object"},
	{"null for an extension", `{"extend":{"a":null}}`, `extend["a"]: found null at byte 15; expected an object`},
	{"a role that is extended twice", `{"extend":{"a":{},"a":{}}}`, `extend: key "a" is repeated; keep one of the two`},
	{"a role in capitals that is extended", `{"extend":{"A":{}}}`, `extend["A"]: invalid name "A"; ` + nameHint},
	{"a repeated action of an extension", `{"extend":{"a":{"x":["own"],"x":["own"]}}}`,
		`extend["a"]: key "x" is repeated; keep one of the two`},
	{"an unknown scope in an extension", `{"extend":{"a":{"x":["onw"]}}}`,
		`extend["a"]["x"][0]: unknown scope "onw"; did you mean "own"?`},

	{"null for a schema", `{"$schema":null}`, "$schema: found null at byte 11; expected a string"},
	{"an object for a schema", `{"$schema":{}}`, "$schema: found an object at byte 11; expected a string"},
	{"a repeated schema", `{"$schema":"a","$schema":"b"}`, `key "$schema" is repeated; keep one of the two`},
	{"a mis-cased schema", `{"$Schema":"a"}`, `unknown key "$Schema"; did you mean "$schema"?`},

	{"null for the labels", `{"labels":null}`, "labels: found null at byte 10; expected an object"},
	{"a word for a label", `{"labels":{"a":"A"}}`, `labels["a"]: found a string at byte 15; expected an object`},
	{"a repeated label", `{"labels":{"a":{},"a":{}}}`, `labels: key "a" is repeated; keep one of the two`},
	{"an unknown key of a label", `{"labels":{"a":{"text":"A"}}}`,
		`labels["a"]: unknown key "text"; known keys: group, name`},
	{"null for the name of a label", `{"labels":{"a":{"name":null}}}`,
		`labels["a"].name: found null at byte 23; expected a string`},
	{"a list for the group of a label", `{"labels":{"a":{"group":[]}}}`,
		`labels["a"].group: found a list at byte 24; expected a string`},
	{"a label of an action in capitals", `{"labels":{"A":{}}}`, `labels["A"]: invalid name "A"; ` + nameHint},
	{"a label of 257 bytes", `{"labels":{"a":{"name":"` + strings.Repeat("n", 257) + `"}}}`,
		`labels["a"].name: 257 bytes are too many; use 256 at most`},
	{"a line break in a label", `{"labels":{"a":{"group":"\u0085"}}}`,
		`labels["a"].group: a control or bidirectional character; leave it out`},

	{"null for who administers whom", `{"administers":null}`, "administers: found null at byte 15; expected an object"},
	{"null for whom a role administers", `{"administers":{"a":null}}`,
		`administers["a"]: found null at byte 20; expected a list`},
	{"a word for whom a role administers", `{"administers":{"a":"b"}}`,
		`administers["a"]: found a string at byte 20; expected a list`},
	{"null among whom a role administers", `{"administers":{"a":["b",null]}}`,
		`administers["a"][1]: found null at byte 25; expected a string`},
	{"a role that administers twice", `{"administers":{"a":[],"a":[]}}`,
		`administers: key "a" is repeated; keep one of the two`},
	{"a role that is administered twice", `{"administers":{"a":["b","b"]}}`,
		`administers["a"][1]: role "b" is repeated; name it once`},
	{"a role in capitals that administers", `{"administers":{"A":[]}}`, `administers["A"]: invalid name "A"; ` + nameHint},
	{"a wildcard that is administered", `{"administers":{"a":["*"]}}`,
		`administers["a"][0]: invalid name "*"; ` + nameHint},

	{"null for exclusive", `{"exclusive":null}`, "exclusive: found null at byte 13; expected a list"},
	{"roles without a set", `{"exclusive":["a","b"]}`, "exclusive[0]: found a string at byte 14; expected a list"},
	{"null for a set", `{"exclusive":[["a","b"],null]}`, "exclusive[1]: found null at byte 24; expected a list"},
	{"null in a set", `{"exclusive":[["a",null]]}`, "exclusive[0][1]: found null at byte 19; expected a string"},
	{"a repeated role of a set", `{"exclusive":[["a","b","a"]]}`,
		`exclusive[0][2]: role "a" is repeated; name it once`},
	{"a set of one", `{"exclusive":[["a"]]}`,
		"exclusive[0]: fewer than two roles; name the roles of which a member may hold only one"},
	{"an empty set", `{"exclusive":[[]]}`,
		"exclusive[0]: fewer than two roles; name the roles of which a member may hold only one"},

	{"null for four eyes", `{"four_eyes":null}`, "four_eyes: found null at byte 13; expected a list"},
	{"null among four eyes", `{"four_eyes":[null]}`, "four_eyes[0]: found null at byte 14; expected a string"},
	{"an object for four eyes", `{"four_eyes":{"a":true}}`, "four_eyes: found an object at byte 13; expected a list"},
	{"no name among four eyes", `{"four_eyes":["a",""]}`, `four_eyes[1]: invalid name ""; ` + nameHint},

	{"null for the lower bounds", `{"at_least":null}`, "at_least: found null at byte 12; expected an object"},
	{"null for a bound", `{"at_least":{"a":null}}`,
		`at_least["a"]: found null at byte 17; expected a whole number from 0 to 2147483647`},
	{"a word for a bound", `{"at_least":{"a":"1"}}`,
		`at_least["a"]: found a string at byte 17; expected a whole number from 0 to 2147483647`},
	{"true for a bound", `{"at_least":{"a":true}}`,
		`at_least["a"]: found true at byte 17; expected a whole number from 0 to 2147483647`},
	{"a fraction", `{"at_least":{"a":1.0}}`,
		`at_least["a"]: found a number at byte 17; expected a whole number from 0 to 2147483647`},
	{"a power of ten", `{"at_least":{"a":1e0}}`,
		`at_least["a"]: found a number at byte 17; expected a whole number from 0 to 2147483647`},
	{"a negative number", `{"at_least":{"a":-1}}`,
		`at_least["a"]: found a number at byte 17; expected a whole number from 0 to 2147483647`},
	{"a leading zero", `{"at_most":{"a":01}}`,
		`at_most["a"]: found a number at byte 16; expected a whole number from 0 to 2147483647`},
	{"a number too large", `{"at_most":{"a":2147483648}}`,
		`at_most["a"]: found a number at byte 16; expected a whole number from 0 to 2147483647`},
	{"a huge number", `{"at_most":{"a":` + strings.Repeat("9", 100_000) + `}}`,
		`at_most["a"]: found a number at byte 16; expected a whole number from 0 to 2147483647`},
	{"a repeated lower bound", `{"at_least":{"a":1,"a":1}}`, `at_least: key "a" is repeated; keep one of the two`},
	{"a repeated upper bound", `{"at_most":{"a":1,"a":1}}`, `at_most: key "a" is repeated; keep one of the two`},
	{"a role in capitals", `{"at_most":{"A":1}}`, `at_most["A"]: invalid name "A"; ` + nameHint},
	{"an upper bound below the lower one", `{"at_least":{"a":2},"at_most":{"a":1}}`,
		`at_most["a"]: at most 1 holders, and at least 2; raise the one or lower the other`},
}

func TestSpecUnmarshalJSONRefusesAHostileDocument(t *testing.T) {
	t.Parallel()
	for _, row := range hostileSpecs {
		spec := everything()
		err := spec.UnmarshalJSON([]byte(row.document))
		assert.EqualError(t, err, "rbac: "+row.problem, row.sentence)
		var problem *rbac.ValidationError
		assert.ErrorAs(t, err, &problem, row.sentence)
		assert.Equal(t, everything(), spec, "the spec after %s", row.sentence)
	}
}

// encoding/json checks the syntax before it calls UnmarshalJSON.
func TestSpecUnmarshalJSONRefusesAHostileDocumentFromEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, row := range hostileSpecs {
		spec := everything()
		assert.Error(t, json.Unmarshal([]byte(row.document), &spec), row.sentence)
		assert.Equal(t, everything(), spec, "the spec after %s", row.sentence)
	}
}

// A hostile document must not fill a log.
func TestSpecUnmarshalJSONQuotesTheStartOfAHostileKey(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("k", 1<<20)
	for sentence, document := range map[string]string{
		"an unknown key":           `{"` + huge + `":1}`,
		"a key of a map":           `{"actions":{"` + huge + `":null}}`,
		"a repeated key":           `{"at_most":{"` + huge + `":1,"` + huge + `":1}}`,
		"a key without a colon":    `{"` + huge + `"}`,
		"a name that is too long":  `{"four_eyes":["` + huge + `"]}`,
		"a scope that is too long": `{"extend":{"a":{"b":["` + huge + `"]}}}`,
		"a kind that is too long":  `{"roles":[{"kind":"` + huge + `"}]}`,
	} {
		var spec rbac.Spec
		err := spec.UnmarshalJSON([]byte(document))
		require.Error(t, err, sentence)
		assert.Less(t, len(err.Error()), 512, "bytes of the error about %s of 1 MiB", sentence)
	}
}

func TestSpecUnmarshalJSONReturnsAValidationError(t *testing.T) {
	t.Parallel()
	var spec rbac.Spec
	err := spec.UnmarshalJSON([]byte(`{"roles":[{"permissions":{"x":["tennant"]}}]}`))
	var problem *rbac.ValidationError
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, rbac.ValidationError{
		Place: `roles[0].permissions["x"][0]`, Problem: `unknown scope "tennant"`, Hint: `did you mean "tenant"?`,
	}, *problem)
}

func TestSpecUnmarshalJSONReplacesTheReceiver(t *testing.T) {
	t.Parallel()
	spec := everything()
	require.NoError(t, spec.UnmarshalJSON([]byte(` {"four_eyes" : [ "a" ] } `)))
	assert.Equal(t, rbac.Spec{FourEyes: []rbac.Action{"a"}}, spec)
}

// Another spec may declare the names, so only New knows which are unknown.
func TestSpecUnmarshalJSONLeavesUnknownNamesToNew(t *testing.T) {
	t.Parallel()
	const document = `{"roles":[{"id":"r","kind":"tenant","permissions":{"miniprogram.relase":["tenant"]}}],` +
		`"labels":{"c":{"name":"C"}},"administers":{"admin":["operater"]},` +
		`"extend":{"developr":{"a":["own"]}},` +
		`"exclusive":[["r","develope"]],"four_eyes":["b"],"at_least":{"admin":1},"at_most":{"operater":1}}`
	var spec rbac.Spec
	require.NoError(t, spec.UnmarshalJSON([]byte(document)))
	_, err := rbac.New(rbac.Defaults(), spec)
	assert.EqualError(t, err, strings.Join([]string{
		`rbac: specs[1].labels["c"]: unknown action "c"; declare it in actions`,
		`rbac: specs[1].roles[0].permissions: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`,
		`rbac: specs[1].extend["developr"]: unknown role "developr"; did you mean "developer"?`,
		`rbac: specs[1].extend["developr"]: unknown action "a"; declare it in actions`,
		`rbac: specs[1].administers["admin"]: unknown role "admin"; define it in roles`,
		`rbac: specs[1].administers["admin"][0]: unknown role "operater"; did you mean "operator"?`,
		`rbac: specs[1].exclusive[0][1]: unknown role "develope"; did you mean "developer"?`,
		`rbac: specs[1].four_eyes[0]: unknown action "b"; declare it in actions`,
		`rbac: specs[1].at_least["admin"]: unknown role "admin"; define it in roles`,
		`rbac: specs[1].at_most["operater"]: unknown role "operater"; did you mean "operator"?`,
	}, "\n"))
}

// looseSpec is a Spec that json.Marshal writes without a check.
type looseSpec struct {
	Actions     map[rbac.Action]rbac.Target      `json:"actions,omitempty"`
	Labels      map[rbac.Action]rbac.Label       `json:"labels,omitempty"`
	Roles       []rbac.Role                      `json:"roles,omitempty"`
	Extend      map[rbac.RoleID]rbac.Permissions `json:"extend,omitempty"`
	Administers map[rbac.RoleID][]rbac.RoleID    `json:"administers,omitempty"`
	Exclusive   [][]rbac.RoleID                  `json:"exclusive,omitempty"`
	FourEyes    []rbac.Action                    `json:"four_eyes,omitempty"`
	AtLeast     map[rbac.RoleID]int              `json:"at_least,omitempty"`
	AtMost      map[rbac.RoleID]int              `json:"at_most,omitempty"`
}

// limitedList is a list or a map of a spec, with specs that are valid but for its length.
type limitedList struct {
	place, problem string
	most           int
	ofLength       func(n int) rbac.Spec
}

// limitedLists are all lists and maps of a spec.
var limitedLists = []limitedList{
	{"actions", "more than 4096 actions; declare fewer", 4_096, func(n int) rbac.Spec {
		return rbac.Spec{Actions: manyActions(n, "a")}
	}},
	{"labels", "more than 4096 labels; leave some out", 4_096, func(n int) rbac.Spec {
		spec := rbac.Spec{Actions: manyActions(4_096, "a"), Labels: make(map[rbac.Action]rbac.Label)}
		for action := range manyActions(n, "a") {
			spec.Labels[action] = rbac.Label{Name: "x"}
		}
		return spec
	}},
	{"roles", "more than 16384 roles; define fewer", 16_384, func(n int) rbac.Spec {
		return rbac.Spec{Roles: manyRoles(n, "r")}
	}},
	{"roles[0].permissions", "more than 4096 actions; leave some out", 4_096, func(n int) rbac.Spec {
		spec := rbac.Spec{Actions: manyActions(4_096, "a"), Roles: manyRoles(1, "r")}
		spec.Roles[0].Permissions = manyPermissions(n)
		return spec
	}},
	{"extend", "more than 16384 roles; leave some out", 16_384, func(n int) rbac.Spec {
		spec := rbac.Spec{Actions: manyActions(1, "a"), Roles: manyRoles(16_384, "r")}
		spec.Extend = valueForEach(manyNames(n), manyPermissions(1))
		return spec
	}},
	{`extend["r0"]`, "more than 4096 actions; leave some out", 4_096, func(n int) rbac.Spec {
		spec := rbac.Spec{Actions: manyActions(4_096, "a"), Roles: manyRoles(1, "r")}
		spec.Extend = valueForEach(manyNames(1), manyPermissions(n))
		return spec
	}},
	{"administers", "more than 16384 roles; leave some out", 16_384, func(n int) rbac.Spec {
		return rbac.Spec{Roles: manyRoles(16_384, "r"), Administers: valueForEach(manyNames(n), manyNames(1))}
	}},
	{`administers["r0"]`, "more than 16384 roles; leave some out", 16_384, func(n int) rbac.Spec {
		return rbac.Spec{Roles: manyRoles(16_384, "r"), Administers: valueForEach(manyNames(1), manyNames(n))}
	}},
	{"exclusive", "more than 131072 exclusive sets; leave some out", 131_072, manySets},
	{"exclusive[0]", "more than 16384 roles; leave some out", 16_384, func(n int) rbac.Spec {
		return rbac.Spec{Roles: manyRoles(16_384, "r"), Exclusive: [][]rbac.RoleID{manyNames(n)}}
	}},
	{"four_eyes", "more than 4096 actions; leave some out", 4_096, func(n int) rbac.Spec {
		spec := rbac.Spec{Actions: manyActions(4_096, "a")}
		spec.FourEyes = slices.Collect(maps.Keys(manyActions(n, "a")))
		return spec
	}},
	{"at_least", "more than 16384 roles; leave some out", 16_384, func(n int) rbac.Spec {
		return rbac.Spec{Roles: manyRoles(16_384, "r"), AtLeast: valueForEach(manyNames(n), 1)}
	}},
	{"at_most", "more than 16384 roles; leave some out", 16_384, func(n int) rbac.Spec {
		return rbac.Spec{Roles: manyRoles(16_384, "r"), AtMost: valueForEach(manyNames(n), 1)}
	}},
}

// manyNames are those of manyRoles.
func manyNames(n int) []rbac.RoleID {
	names := make([]rbac.RoleID, n)
	for i, role := range manyRoles(n, "r") {
		names[i] = role.ID
	}
	return names
}

func manyPermissions(n int) rbac.Permissions {
	permissions := make(rbac.Permissions, n)
	for action := range manyActions(n, "a") {
		permissions[action] = rbac.ScopeWorkspace
	}
	return permissions
}

func valueForEach[V any](names []rbac.RoleID, value V) map[rbac.RoleID]V {
	values := make(map[rbac.RoleID]V, len(names))
	for _, name := range names {
		values[name] = value
	}
	return values
}

// manySets has n different pairs of 600 roles, which make up to 179,700.
func manySets(n int) rbac.Spec {
	spec, names := rbac.Spec{Roles: manyRoles(600, "r")}, manyNames(600)
	for i, first := range names {
		for _, second := range names[i+1:] {
			if len(spec.Exclusive) == n {
				return spec
			}
			spec.Exclusive = append(spec.Exclusive, []rbac.RoleID{first, second})
		}
	}
	return spec
}

// What a spec of Go may have, a document may have, and no more.
func TestNewCanonicalAndReadersHaveTheSameLimits(t *testing.T) {
	t.Parallel()
	fields := reflect.TypeFor[looseSpec]()
	for i := range fields.NumField() {
		key, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		listed := slices.ContainsFunc(limitedLists, func(row limitedList) bool { return row.place == key })
		assert.True(t, listed, "a row for %s", key)
	}
	for _, row := range limitedLists {
		t.Run(row.place, func(t *testing.T) {
			t.Parallel()
			checkAccepted(t, row.ofLength(row.most))
			checkRefused(t, row.ofLength(row.most+1), "rbac: "+row.place+": "+row.problem)
		})
	}
}

// checkAccepted checks that a spec makes a policy, and that what is written of both is read back.
func checkAccepted(t *testing.T, spec rbac.Spec) {
	t.Helper()
	want, err := spec.Canonical()
	require.NoError(t, err)
	same := func(read rbac.Spec) bool {
		got, err := read.Canonical()
		return assert.NoError(t, err) && bytes.Equal(want, got)
	}
	var read rbac.Spec
	require.NoError(t, read.UnmarshalJSON(want))
	assert.True(t, same(read), "through JSON")
	written, err := spec.MarshalYAML()
	require.NoError(t, err)
	require.NoError(t, read.UnmarshalYAML(tree(written)))
	assert.True(t, same(read), "through YAML")

	p, err := rbac.New(spec)
	require.NoError(t, err)
	document, err := json.Marshal(p)
	require.NoError(t, err)
	read, err = rbac.ParseSpec(document)
	require.NoError(t, err)
	again, err := rbac.New(read)
	require.NoError(t, err)
	assert.Equal(t, p.Fingerprint(), again.Fingerprint(), "through the JSON of the policy")
}

func checkRefused(t *testing.T, spec rbac.Spec, problem string) {
	t.Helper()
	_, err := rbac.New(spec)
	assert.ErrorContains(t, err, problem, "New")
	_, err = spec.Canonical()
	assert.EqualError(t, err, problem, "Canonical")

	document, err := json.Marshal(looseSpec(spec))
	require.NoError(t, err)
	readers := strings.NewReplacer("declare fewer", "leave some out", "define fewer", "leave some out")
	var read rbac.Spec
	assert.EqualError(t, read.UnmarshalJSON(document), readers.Replace(problem), "UnmarshalJSON")
	loose, err := strictjson.Tree(document)
	require.NoError(t, err)
	assert.EqualError(t, read.UnmarshalYAML(tree(loose)), readers.Replace(problem), "UnmarshalYAML")
}

func TestSpecUnmarshalJSONReads16MiBAtMost(t *testing.T) {
	t.Parallel()
	largest := append([]byte("{}"), bytes.Repeat([]byte(" "), 16<<20-2)...)
	spec := everything()
	require.Len(t, largest, 16<<20)
	assert.NoError(t, spec.UnmarshalJSON(largest))

	spec = everything()
	assert.EqualError(t, spec.UnmarshalJSON(append(largest, ' ')),
		"rbac: the document has 16777217 bytes; 16777216 are the most; leave something out")
	assert.Equal(t, everything(), spec)
}

func TestSpecMarshalJSONWrites16MiBAtMost(t *testing.T) {
	t.Parallel()
	document, err := describedRoles(16 << 20).MarshalJSON()
	require.NoError(t, err)
	assert.Len(t, document, 16<<20)
	_, err = describedRoles(16<<20 + 1).MarshalJSON()
	assert.EqualError(t, err, "rbac: the document has 16777217 bytes; 16777216 are the most; leave something out")
}

func TestFingerprintTellsPoliciesApart(t *testing.T) {
	t.Parallel()
	base := rbac.Must(rbac.New(rbac.Defaults(), everything())).Fingerprint()
	assert.Regexp(t, `^[0-9a-f]{64}$`, base)
	seen := map[string]string{base: "unchanged"}
	for sentence, change := range map[string]func(*rbac.Spec){
		"another target":          func(s *rbac.Spec) { s.Actions["report.print"] &^= rbac.OnTenant },
		"one more action":         func(s *rbac.Spec) { s.Actions["report.burn"] = rbac.OnAny },
		"another kind":            func(s *rbac.Spec) { s.Roles[0].Kind = rbac.KindTenant },
		"another workspace":       func(s *rbac.Spec) { s.Roles[2].Workspace = theBakery },
		"everybody's role":        func(s *rbac.Spec) { s.Roles[2].Workspace = rbac.Workspace{} },
		"another scope":           func(s *rbac.Spec) { s.Roles[0].Permissions["report.print"] = rbac.ScopeOwn },
		"another extension":       func(s *rbac.Spec) { s.Extend[rbac.Developer]["report.export"] |= rbac.ScopeOwn },
		"whom nobody administers": func(s *rbac.Spec) { s.Administers = nil },
		"whom an admin administers": func(s *rbac.Spec) {
			s.Administers[rbac.WorkspaceAdmin] = []rbac.RoleID{"auditor", "printer"}
		},
		"no exclusive set":       func(s *rbac.Spec) { s.Exclusive = nil },
		"no four eyes":           func(s *rbac.Spec) { s.FourEyes = nil },
		"another least number":   func(s *rbac.Spec) { s.AtLeast["auditor"] = 2 },
		"another largest number": func(s *rbac.Spec) { s.AtMost["auditor"] = 3 },
	} {
		spec := everything()
		change(&spec)
		fingerprint := rbac.Must(rbac.New(rbac.Defaults(), spec)).Fingerprint()
		assert.Empty(t, seen[fingerprint], "the change with the same fingerprint as %s", sentence)
		seen[fingerprint] = sentence
	}
}

// A translated name decides nothing, so replicas and ETags need not change with it.
func TestFingerprintLeavesOutTextsForPeople(t *testing.T) {
	t.Parallel()
	p := rbac.Must(rbac.New(rbac.Defaults(), everything()))
	for sentence, change := range map[string]func(*rbac.Spec){
		"another name":        func(s *rbac.Spec) { s.Roles[0].Name = "Imprimeur" },
		"another description": func(s *rbac.Spec) { s.Roles[1].Description = "" },
		"another label": func(s *rbac.Spec) {
			s.Labels["report.export"], s.Labels[rbac.ViewApp] = rbac.Label{Name: "Exporter"}, rbac.Label{}
		},
		"no label": func(s *rbac.Spec) { s.Labels = nil },
	} {
		spec := everything()
		change(&spec)
		changed := rbac.Must(rbac.New(rbac.Defaults(), spec))
		assert.NotEqual(t, p.Spec(), changed.Spec(), sentence)
		assert.Equal(t, p.Fingerprint(), changed.Fingerprint(), sentence)
		assert.Empty(t, rbac.Diff(p, changed), sentence)
	}
}

// Another release of the library, or another program, must get the same fingerprint.
func TestFingerprintIsTheHashOfWhatDecides(t *testing.T) {
	t.Parallel()
	const document = `{"actions":{"report.export":["miniprogram"]},"administers":{"auditor":["auditor","clerk"]},` +
		`"at_least":{"clerk":1},"at_most":{"clerk":2},"exclusive":[["auditor","clerk"]],"four_eyes":["report.export"],` +
		`"roles":[{"id":"auditor","kind":"tenant","permissions":{"report.export":["tenant"]}},` +
		`{"id":"clerk","kind":"tenant","workspace":{"id":"<w>","kind":"tenant","tenant":"<w>"}}]}`
	p := rbac.Must(rbac.New(rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
		Labels:  map[rbac.Action]rbac.Label{"report.export": {Name: "Export", Group: "Reports"}},
		Roles: []rbac.Role{
			roleOf(rbac.Tenant("<w>"), "clerk", nil),
			{ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor", Description: "Reads."},
		},
		Extend:      map[rbac.RoleID]rbac.Permissions{"auditor": {"report.export": rbac.ScopeTenant}},
		Administers: map[rbac.RoleID][]rbac.RoleID{"auditor": {"clerk", "auditor"}},
		Exclusive:   [][]rbac.RoleID{{"clerk", "auditor"}},
		FourEyes:    []rbac.Action{"report.export"},
		AtLeast:     map[rbac.RoleID]int{"clerk": 1},
		AtMost:      map[rbac.RoleID]int{"clerk": 2},
	}))
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(document))), p.Fingerprint())
}

// stored has values of each type that a host stores, with their documents.
var stored = []struct {
	name     string
	value    any
	document string
}{
	{"a workspace", theShop, `{"kind":"developer","id":"shop","tenant":"wallet"}`},
	{"a tenant's workspace", theWallet, `{"kind":"tenant","id":"wallet","tenant":"wallet"}`},
	{"a workspace of hostile IDs", rbac.Tenant("\x00\n\u2028é\"\\").Developer("<b>"),
		`{"kind":"developer","id":"\u003cb\u003e","tenant":"\u0000\n\u2028é\"\\"}`},

	{"a resource", theShop.MiniProgram("mp-1").OwnedBy("ann"),
		`{"workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"mini_program":"mp-1","owner":"ann"}`},
	{"a workspace as a resource", theWallet.Resource(),
		`{"workspace":{"kind":"tenant","id":"wallet","tenant":"wallet"}}`},

	{"permissions", rbac.Permissions{"b": ownOrAssigned, "a.b": rbac.ScopeTenant, "c": 0},
		`{"a.b":["tenant"],"b":["own","assigned"],"c":[]}`},
	{"no permissions", rbac.Permissions{}, `{}`},

	{"a bare role", merchantRole("clerk", nil), `{"id":"clerk","kind":"developer"}`},
	{"a role", rbac.Role{
		ID: "clerk", Kind: rbac.KindDeveloper, Workspace: theShop, Name: "Clerk", Description: "Sells.",
		Permissions: rbac.Permissions{"a": rbac.ScopeOwn},
	}, `{"id":"clerk","kind":"developer","workspace":{"kind":"developer","id":"shop","tenant":"wallet"},` +
		`"name":"Clerk","description":"Sells.","permissions":{"a":["own"]}}`},

	{"a bare assignment", inRole("clerk"), `{"role":"clerk"}`},
	{"an assignment", from(noon.Add(1), until(noon.AddDate(1, 0, 0), inRole("clerk", "mp-2", "mp-1"))),
		`{"role":"clerk","mini_programs":["mp-2","mp-1"],` +
			`"not_before":"2026-03-02T12:00:00.000000001Z","not_after":"2027-03-02T12:00:00Z"}`},
	{"an assignment that is long over", until(time.Date(1, time.January, 1, 0, 0, 0, 1, time.UTC), inRole("clerk")),
		`{"role":"clerk","not_after":"0001-01-01T00:00:00.000000001Z"}`},
	{"an assignment far ahead", from(time.Date(2300, time.January, 1, 0, 0, 0, 0, time.UTC),
		until(time.Date(9999, time.December, 31, 23, 59, 59, 999_999_999, time.UTC), inRole("clerk"))),
		`{"role":"clerk","not_before":"2300-01-01T00:00:00Z","not_after":"9999-12-31T23:59:59.999999999Z"}`},

	{"a bare member", inStatus(rbac.StatusInvited, staff("ann", theShop)),
		`{"id":"ann","workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"status":"invited"}`},
	{"a member", rbac.Member{
		ID: "ann", Workspace: theWallet, Status: rbac.StatusBlocked, Suspended: true, InvitedAt: noon,
		Assignments: []rbac.Assignment{inRole("clerk", "mp-1"), until(noon, inRole("clerk"))},
	}, `{"id":"ann","workspace":{"kind":"tenant","id":"wallet","tenant":"wallet"},"status":"blocked","suspended":true,` +
		`"invited_at":"2026-03-02T12:00:00Z",` +
		`"assignments":[{"role":"clerk","mini_programs":["mp-1"]},{"role":"clerk","not_after":"2026-03-02T12:00:00Z"}]}`},
}

// readLike reads a document into a new value of the same type as the sample.
func readLike(sample any, document string) (any, error) {
	read := reflect.New(reflect.TypeOf(sample))
	err := json.Unmarshal([]byte(document), read.Interface())
	return read.Elem().Interface(), err
}

func TestUnmarshalJSONReadsWhatIsWrittenByStructTags(t *testing.T) {
	t.Parallel()
	for _, row := range stored {
		document, err := json.Marshal(row.value)
		require.NoError(t, err, row.name)
		assert.Equal(t, row.document, string(document), row.name)
		read, err := readLike(row.value, row.document)
		require.NoError(t, err, row.name)
		assert.Equal(t, row.value, read, row.name)
		pointer, err := json.MarshalIndent(&row.value, "\t", "  ")
		require.NoError(t, err, row.name)
		read, err = readLike(row.value, string(pointer))
		require.NoError(t, err, row.name)
		assert.Equal(t, row.value, read, "%s, from an indented document", row.name)
	}
}

// What a bound says is read, or it is an error. An expired admin does not become a permanent one.
func TestAssignmentUnmarshalJSONReadsItsBounds(t *testing.T) {
	t.Parallel()
	var expired rbac.Assignment
	const document = `{"role":"workspace_admin","not_after":"2020-01-01T00:00:00Z"}`
	require.NoError(t, json.Unmarshal([]byte(document), &expired))
	assert.Equal(t, until(time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC), inRole(rbac.WorkspaceAdmin)), expired)
	assert.False(t, rbac.Can(staff("ann", theWallet, expired), rbac.ManageWorkspace, theWallet.Resource()))

	var east rbac.Assignment
	require.NoError(t, json.Unmarshal([]byte(`{"role":"clerk","not_before":"2026-03-02T20:00:00+08:00"}`), &east))
	assert.True(t, noon.Equal(east.NotBefore), east.NotBefore)
	assert.True(t, east.NotAfter.IsZero())
}

// The order of the keys means nothing, and a list or a map may be empty.
func TestUnmarshalJSONReadsOtherSpellingsOfTheSame(t *testing.T) {
	t.Parallel()
	ann := staff("ann", theShop, inRole("clerk", "mp-1"))
	for _, document := range []string{
		`{"id":"ann","workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"status":"active",
		  "assignments":[{"role":"clerk","mini_programs":["mp-1"]}]}`,
		` {"assignments" : [ { "mini_programs":["\u006dp-1"], "role":"clerk" } ], "suspended" : false, "status":"active",
		  "workspace":{"tenant":"wallet","id":"shop","kind":"developer"},"i\u0064":"ann"} `,
	} {
		read, err := readLike(rbac.Member{}, document)
		require.NoError(t, err, document)
		assert.Equal(t, ann, read, document)
	}
	for document, want := range map[string]any{
		`{"id":"ann","workspace":` + aWorkspace + `,"status":"deleted","assignments":[]}`: inStatus(
			rbac.StatusDeleted, staff("ann", theShop)),
		`{"role":"clerk","mini_programs":[]}`: inRole("clerk"),
		`{"a":["tenant","own"]}`:              rbac.Permissions{"a": rbac.ScopeOwn | rbac.ScopeTenant},
		`{"id":"clerk","kind":"tenant","permissions":{},"name":"","description":""}`: tenantRole(
			"clerk", rbac.Permissions{}),
	} {
		read, err := readLike(want, document)
		require.NoError(t, err, document)
		assert.Equal(t, want, read, document)
	}
}

const (
	aWorkspace  = `{"kind":"developer","id":"shop","tenant":"wallet"}`
	aMember     = `{"id":"ann","workspace":` + aWorkspace + `,"status":"active"`
	knownKeys   = "; known keys: "
	expectsText = "; expected a string"
	noInstant   = " is no instant; write it as 2027-01-31T00:00:00Z"
	noBound     = "the zero time or a year out of range; leave it out, or use the years 1 to 9999"
	emptyID     = "the ID is empty; give the host's ID, or leave it out"
	replaceIt   = "text with U+FFFD, which stands for damaged text; replace the damaged text"
)

type hostileRow struct{ sentence, document, problem string }

// hostileDocuments has documents of each type that must be refused, each with the problem and its place.
var hostileDocuments = []struct {
	before any // the receiver, which stays as it was
	rows   []hostileRow
}{
	{theBakery, []hostileRow{
		{"no document", ``, "found the end at byte 0; expected an object"},
		{"null", `null`, "found null at byte 0; expected an object"},
		{"a string", `"shop"`, "found a string at byte 0; expected an object"},
		{"no field", `{}`, "no kind; it is required"},
		{"no kind", `{"id":"shop","tenant":"wallet"}`, "no kind; it is required"},
		{"no ID", `{"kind":"tenant","tenant":"wallet"}`, "no id; it is required"},
		{"no tenant", `{"kind":"tenant","id":"wallet"}`, "no tenant; it is required"},
		{"an unknown key", aWorkspace[:len(aWorkspace)-1] + `,"owner":"ann"}`,
			`unknown key "owner"` + knownKeys + "id, kind, tenant"},
		{"a mis-cased key", `{"Kind":"developer","id":"shop","tenant":"wallet"}`, `unknown key "Kind"; did you mean "kind"?`},
		{"a repeated key", `{"kind":"developer","id":"shop","id":"cafe","tenant":"wallet"}`,
			`key "id" is repeated; keep one of the two`},
		{"a key that is repeated with an escape", `{"kind":"developer","id":"shop","\u0069d":"cafe","tenant":"wallet"}`,
			`key "id" is repeated; keep one of the two`},
		{"a number for a kind", `{"kind":2,"id":"shop","tenant":"wallet"}`, "kind: found a number at byte 8" + expectsText},
		{"a kind in capitals", `{"kind":"DEVELOPER","id":"shop","tenant":"wallet"}`,
			`kind: unknown workspace kind "DEVELOPER"; did you mean "developer"?`},
		{"an empty kind", `{"kind":"","id":"shop","tenant":"wallet"}`,
			`kind: unknown workspace kind ""; use one of tenant, developer`},
		{"an empty ID", `{"kind":"developer","id":"","tenant":"wallet"}`, "id: " + emptyID},
		{"null for an ID", `{"kind":"developer","id":null,"tenant":"wallet"}`, "id: found null at byte 25" + expectsText},
		{"a number for an ID", `{"kind":"developer","id":7,"tenant":"wallet"}`,
			"id: found a number at byte 25" + expectsText},
		{"a damaged ID", `{"kind":"developer","id":"sh\ufffdp","tenant":"wallet"}`, "id: " + replaceIt},
		{"half a surrogate pair", `{"kind":"developer","id":"sh\ud83dp","tenant":"wallet"}`, "id: " + replaceIt},
		{"an ID that is not UTF-8", "{\"kind\":\"developer\",\"id\":\"sh\xffp\",\"tenant\":\"wallet\"}",
			"the document is not UTF-8; save it as UTF-8"},
		{"an empty tenant", `{"kind":"developer","id":"shop","tenant":""}`, "tenant: " + emptyID},
		{"a tenant of another tenant", `{"kind":"tenant","id":"shop","tenant":"wallet"}`,
			"a tenant workspace belongs to itself; use Tenant(id)"},
		{"a second document", aWorkspace + `{}`, "found an object at byte 50; expected the end of the document"},
		{"half a document", aWorkspace[:len(aWorkspace)-1], "found the end at byte 49; expected ',' or '}'"},
	}},
	{theShop.MiniProgram("mp-9"), []hostileRow{
		{"null", `null`, "found null at byte 0; expected an object"},
		{"no workspace", `{"mini_program":"mp-1","owner":"ann"}`, "no workspace; it is required"},
		{"null for a workspace", `{"workspace":null}`, "workspace: found null at byte 13; expected an object"},
		{"half a workspace", `{"workspace":{"kind":"developer","id":"shop"}}`, "workspace: no tenant; it is required"},
		{"a tenant's of another tenant", `{"workspace":{"kind":"tenant","id":"a","tenant":"b"}}`,
			"workspace: a tenant workspace belongs to itself; use Tenant(id)"},
		{"an empty mini program", `{"workspace":` + aWorkspace + `,"mini_program":""}`, "mini_program: " + emptyID},
		{"null for a mini program", `{"workspace":` + aWorkspace + `,"mini_program":null}`,
			"mini_program: found null at byte 79" + expectsText},
		{"an empty owner", `{"workspace":` + aWorkspace + `,"owner":""}`, "owner: " + emptyID},
		{"a mis-cased key", `{"workspace":` + aWorkspace + `,"Owner":"ann"}`, `unknown key "Owner"; did you mean "owner"?`},
		{"the name of a Go field", `{"workspace":` + aWorkspace + `,"MiniProgram":"mp-1"}`,
			`unknown key "MiniProgram"; did you mean "mini_program"?`},
		{"a repeated owner", `{"workspace":` + aWorkspace + `,"owner":"ann","owner":"bob"}`,
			`key "owner" is repeated; keep one of the two`},
	}},
	{rbac.Permissions{"a": rbac.ScopeOwn}, []hostileRow{
		{"null", `null`, "found null at byte 0; expected an object"},
		{"a list", `["a"]`, "found a list at byte 0; expected an object"},
		{"a repeated action", `{"a":["own"],"a":["tenant"]}`, `key "a" is repeated; keep one of the two`},
		{"null for scopes", `{"a":null}`, `["a"]: found null at byte 5; expected a list`},
		{"a word for scopes", `{"a":"own"}`, `["a"]: found a string at byte 5; expected a list`},
		{"a number for a scope", `{"a":[8]}`, `["a"][0]: found a number at byte 6` + expectsText},
		{"an unknown scope", `{"a":["own","everywhere"]}`,
			`["a"][1]: unknown scope "everywhere"; use own, assigned, workspace, tenant`},
		{"a mis-cased scope", `{"a":["Own"]}`, `["a"][0]: unknown scope "Own"; did you mean "own"?`},
		{"a repeated scope", `{"a":["own","own"]}`, `["a"][1]: scope "own" is repeated; name it once`},
		{"an action in capitals", `{"A":["own"]}`, `invalid name "A"; ` + nameHint},
		{"a wildcard", `{"*":["tenant"]}`, `invalid name "*"; ` + nameHint},
		{"an empty action", `{"":["own"]}`, `invalid name ""; ` + nameHint},
		{"a second document", `{} []`, "found a list at byte 3; expected the end of the document"},
	}},
	{merchantRole("before", rbac.Permissions{"a": rbac.ScopeOwn}), []hostileRow{
		{"null", `null`, "found null at byte 0; expected an object"},
		{"no ID", `{"kind":"tenant"}`, "no id; it is required"},
		{"no kind", `{"id":"clerk"}`, "no kind; it is required"},
		{"an empty ID", `{"id":"","kind":"tenant"}`, `id: invalid name ""; ` + nameHint},
		{"an ID in capitals", `{"id":"Clerk","kind":"tenant"}`, `id: invalid name "Clerk"; ` + nameHint},
		{"a number for a kind", `{"id":"clerk","kind":1}`, "kind: found a number at byte 21" + expectsText},
		{"a misspelt kind", `{"id":"clerk","kind":"tennant"}`,
			`kind: unknown workspace kind "tennant"; did you mean "tenant"?`},
		{"an unknown key", `{"id":"clerk","kind":"tenant","inherits":["admin"]}`,
			`unknown key "inherits"` + knownKeys + "description, id, kind, name, permissions, workspace"},
		{"a mis-cased key", `{"id":"clerk","kind":"tenant","Permissions":{}}`,
			`unknown key "Permissions"; did you mean "permissions"?`},
		{"a repeated key", `{"id":"clerk","kind":"tenant","permissions":{},"permissions":{}}`,
			`key "permissions" is repeated; keep one of the two`},
		{"null for permissions", `{"id":"clerk","kind":"tenant","permissions":null}`,
			"permissions: found null at byte 44; expected an object"},
		{"a scope that cannot match", `{"id":"clerk","kind":"developer","permissions":{"a":["tenant"]}}`,
			`permissions["a"]: scope tenant cannot match; a developer role reaches its own workspace at most`},
		{"an action in capitals", `{"id":"clerk","kind":"tenant","permissions":{"A":["own"]}}`,
			`permissions: invalid name "A"; ` + nameHint},
		{"a line break in a name", `{"id":"clerk","kind":"tenant","name":"a\nb"}`,
			"name: a control or bidirectional character; leave it out"},
		{"U+0000 in a name", `{"id":"clerk","kind":"tenant","name":"a\u0000"}`,
			"name: a control or bidirectional character; leave it out"},
		{"a name from right to left", `{"id":"clerk","kind":"tenant","name":"\u202e"}`,
			"name: a control or bidirectional character; leave it out"},
		{"a description of 1,025 bytes", `{"id":"clerk","kind":"tenant","description":"` + strings.Repeat("d", 1_025) + `"}`,
			"description: 1025 bytes are too many; use 1024 at most"},
		{"a workspace of the other kind", `{"id":"clerk","kind":"tenant","workspace":` + aWorkspace + `}`,
			"workspace: a developer workspace cannot own a tenant role; give the role the kind of its workspace"},
		{"half a workspace", `{"id":"clerk","kind":"tenant","workspace":{"kind":"tenant"}}`,
			"workspace: no id; it is required"},
	}},
	{until(noon, inRole("before", "mp-9")), []hostileRow{
		{"null", `null`, "found null at byte 0; expected an object"},
		{"a word", `"clerk"`, "found a string at byte 0; expected an object"},
		{"no role", `{"mini_programs":["mp-1"]}`, "no role; it is required"},
		{"null for a role", `{"role":null}`, "role: found null at byte 8" + expectsText},
		{"an empty role", `{"role":""}`, `role: invalid name ""; ` + nameHint},
		{"a role in capitals", `{"role":"Clerk"}`, `role: invalid name "Clerk"; ` + nameHint},
		{"a role with a blank", `{"role":"clerk "}`, `role: invalid name "clerk "; ` + nameHint},
		{"a misspelt bound", `{"role":"clerk","notAfter":"2020-01-01T00:00:00Z"}`,
			`unknown key "notAfter"; did you mean "not_after"?`},
		{"a mis-cased bound", `{"role":"clerk","Not_After":"2020-01-01T00:00:00Z"}`,
			`unknown key "Not_After"; did you mean "not_after"?`},
		{"an unknown bound", `{"role":"clerk","expires":"2020-01-01T00:00:00Z"}`,
			`unknown key "expires"` + knownKeys + "mini_programs, not_after, not_before, role"},
		{"a bound that is repeated", `{"role":"clerk","not_after":"2020-01-01T00:00:00Z","not_after":"2030-01-01T00:00:00Z"}`,
			`key "not_after" is repeated; keep one of the two`},
		{"null for a bound", `{"role":"clerk","not_after":null}`, "not_after: found null at byte 28" + expectsText},
		{"an empty bound", `{"role":"clerk","not_after":""}`, `not_after: ""` + noInstant},
		{"the zero time", `{"role":"clerk","not_after":"0001-01-01T00:00:00Z"}`, "not_after: " + noBound},
		{"the zero time elsewhere", `{"role":"clerk","not_before":"0001-01-01T08:00:00+08:00"}`, "not_before: " + noBound},
		{"the year 0", `{"role":"clerk","not_after":"0000-12-31T23:59:59Z"}`, "not_after: " + noBound},
		{"the year 0 in UTC", `{"role":"clerk","not_after":"0001-01-01T00:00:00+08:00"}`, "not_after: " + noBound},
		{"the year 10000 in UTC", `{"role":"clerk","not_after":"9999-12-31T23:59:59-08:00"}`, "not_after: " + noBound},
		{"the year 10000", `{"role":"clerk","not_after":"10000-01-01T00:00:00Z"}`,
			`not_after: "10000-01-01T00:00:00Z"` + noInstant},
		{"ten digits of a second", `{"role":"clerk","not_after":"2027-01-01T00:00:00.1234567891Z"}`,
			`not_after: "2027-01-01T00:00:00.1234567891Z"` + noInstant},
		{"a day", `{"role":"clerk","not_after":"2027-01-01"}`, `not_after: "2027-01-01"` + noInstant},
		{"no time zone", `{"role":"clerk","not_after":"2027-01-01T00:00:00"}`,
			`not_after: "2027-01-01T00:00:00"` + noInstant},
		{"a number for a bound", `{"role":"clerk","not_before":1801353600}`,
			"not_before: found a number at byte 29" + expectsText},
		{"null for mini programs", `{"role":"clerk","mini_programs":null}`,
			"mini_programs: found null at byte 32; expected a list"},
		{"a word for mini programs", `{"role":"clerk","mini_programs":"mp-1"}`,
			"mini_programs: found a string at byte 32; expected a list"},
		{"null among mini programs", `{"role":"clerk","mini_programs":["mp-1",null]}`,
			"mini_programs[1]: found null at byte 40" + expectsText},
		{"an empty mini program", `{"role":"clerk","mini_programs":["mp-1",""]}`, "mini_programs[1]: " + emptyID},
		{"a second document", `{"role":"clerk"}{"role":"admin"}`,
			"found an object at byte 16; expected the end of the document"},
	}},
	{annWith(inRole("before")), []hostileRow{
		{"null", `null`, "found null at byte 0; expected an object"},
		{"a list", `[]`, "found a list at byte 0; expected an object"},
		{"no field", `{}`, "no id; it is required"},
		{"no ID", `{"workspace":` + aWorkspace + `,"status":"active"}`, "no id; it is required"},
		{"no workspace", `{"id":"ann","status":"active"}`, "no workspace; it is required"},
		{"no status", `{"id":"ann","workspace":` + aWorkspace + `}`, "no status; it is required"},
		{"keys in two spellings", `{"ID":"a","id":"b","status":"blocked","Status":"active"}`,
			`unknown key "ID"; did you mean "id"?`},
		{"a status in two spellings", `{"id":"b","status":"blocked","Status":"active"}`,
			`unknown key "Status"; did you mean "status"?`},
		{"a repeated status", `{"id":"b","status":"blocked","status":"active"}`,
			`key "status" is repeated; keep one of the two`},
		{"an unknown key", aMember + `,"roles":["admin"]}`,
			`unknown key "roles"` + knownKeys + "assignments, id, invited_at, status, suspended, workspace"},
		{"a misspelt suspension", aMember + `,"suspend":true}`, `unknown key "suspend"; did you mean "suspended"?`},
		{"an empty ID", `{"id":"","workspace":` + aWorkspace + `,"status":"active"}`, "id: " + emptyID},
		{"a number for an ID", `{"id":7}`, "id: found a number at byte 6" + expectsText},
		{"a number for a status", `{"id":"ann","status":2}`, "status: found a number at byte 21" + expectsText},
		{"a status in capitals", `{"id":"ann","status":"Active"}`, `status: unknown status "Active"; did you mean "active"?`},
		{"an unknown status", `{"id":"ann","status":"on leave"}`,
			`status: unknown status "on leave"; use one of invited, active, blocked, withdrawn, deleted`},
		{"an empty status", `{"id":"ann","status":""}`,
			`status: unknown status ""; use one of invited, active, blocked, withdrawn, deleted`},
		{"null for suspension", aMember + `,"suspended":null}`, "suspended: found null at byte 105; expected true or false"},
		{"a number for suspension", aMember + `,"suspended":0}`,
			"suspended: found a number at byte 105; expected true or false"},
		{"a word for suspension", aMember + `,"suspended":"false"}`,
			"suspended: found a string at byte 105; expected true or false"},
		{"the zero time of an invitation", aMember + `,"invited_at":"0001-01-01T00:00:00Z"}`, "invited_at: " + noBound},
		{"null for assignments", aMember + `,"assignments":null}`, "assignments: found null at byte 107; expected a list"},
		{"an object for assignments", aMember + `,"assignments":{}}`,
			"assignments: found an object at byte 107; expected a list"},
		{"null among assignments", aMember + `,"assignments":[null]}`,
			"assignments[0]: found null at byte 108; expected an object"},
		{"an assignment without a role", aMember + `,"assignments":[{"role":"a"},{}]}`,
			"assignments[1]: no role; it is required"},
		{"a misspelt bound of an assignment", aMember + `,"assignments":[{"role":"a"},{"role":"b","not_afer":""}]}`,
			`assignments[1]: unknown key "not_afer"; did you mean "not_after"?`},
		{"the zero bound of an assignment", aMember + `,"assignments":[{"role":"a","not_before":"0001-01-01T00:00:00Z"}]}`,
			"assignments[0].not_before: " + noBound},
		{"a workspace that contradicts itself", `{"id":"ann","workspace":{"kind":"tenant","id":"a","tenant":"b"}}`,
			"workspace: a tenant workspace belongs to itself; use Tenant(id)"},
		{"a second document", aMember + `} {}`, "found an object at byte 94; expected the end of the document"},
		{"Latin-1", "{\"id\":\"caf\xe9\"}", "the document is not UTF-8; save it as UTF-8"},
	}},
}

func TestUnmarshalJSONRefusesAHostileDocumentOfEachType(t *testing.T) {
	t.Parallel()
	for _, of := range hostileDocuments {
		kind := reflect.TypeOf(of.before)
		for _, row := range of.rows {
			receiver := reflect.New(kind)
			receiver.Elem().Set(reflect.ValueOf(of.before))
			err := receiver.Interface().(json.Unmarshaler).UnmarshalJSON([]byte(row.document))
			assert.EqualError(t, err, "rbac: "+row.problem, "%s: %s", kind, row.sentence)
			assert.Len(t, problemsOf(t, err), 1, "%s: %s", kind, row.sentence)
			assert.Equal(t, of.before, receiver.Elem().Interface(), "the %s after %s", kind, row.sentence)

			assert.Error(t, json.Unmarshal([]byte(row.document), receiver.Interface()), "%s: %s", kind, row.sentence)
			assert.Equal(t, of.before, receiver.Elem().Interface(), "the %s after %s, from encoding/json", kind, row.sentence)
		}
	}
}

func TestUnmarshalJSONReadsMembersOf16MiBAtMost(t *testing.T) {
	t.Parallel()
	document := append([]byte(aMember+`}`), bytes.Repeat([]byte(" "), 16<<20-len(aMember+`}`))...)
	var member rbac.Member
	require.NoError(t, member.UnmarshalJSON(document))
	member = annWith()
	assert.ErrorContains(t, member.UnmarshalJSON(append(document, ' ')),
		"rbac: the document has 16777217 bytes; 16777216 are the most")
	assert.Equal(t, annWith(), member)
}

// What JSON cannot carry comes back as an error, and never as another's.
func TestJSONCarriesNoDamagedID(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{
		"a member": staff("a\xff", theShop), "an assignment": inRole("clerk", "a\xff"), "a workspace": rbac.Tenant("a\xff"),
		"a resource": theShop.Resource().OwnedBy("a\xff"), "a member with U+FFFD": staff("a\ufffd", theShop),
	} {
		document, err := json.Marshal(value)
		require.NoError(t, err, name)
		_, err = readLike(value, string(document))
		assert.ErrorContains(t, err, "replace the damaged text", name)
	}
	for name, value := range map[string]any{
		"the year 10000": until(time.Date(10_000, time.January, 1, 0, 0, 0, 0, time.UTC), inRole("clerk")),
		"no status":      inStatus(0, staff("ann", theShop)),
		"no kind":        staff("ann", rbac.Workspace{ID: "shop", Tenant: "wallet"}),
		"no such scope":  rbac.Permissions{"a": 32},
	} {
		_, err := json.Marshal(value)
		assert.Error(t, err, name)
	}
}

// A host's own type often embeds one of the library's, and must not lose what it adds.
func TestMarshalJSONOfAStructThatEmbedsAValue(t *testing.T) {
	t.Parallel()
	mp1 := theShop.MiniProgram("mp-1")
	explanation := rbac.Default().Bind(annWith(inRole(rbac.Developer))).Explain(rbac.ReleaseMiniProgram, mp1)
	next := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	change := rbac.Diff(rbac.Default(), next)[1]
	terms := filterOf(listed(rbac.KindDeveloper, assignedOnly, "mp-1"), "on.any").Terms()[0]
	label := rbac.Label{Name: "N"}
	for _, row := range []struct{ embedded, alone any }{
		{struct {
			rbac.Member
			Extra string
		}{annWith(inRole("a")), "x"}, annWith(inRole("a"))},
		{struct {
			*rbac.Member
			Extra string
		}{new(rbac.Member), "x"}, nil},
		{struct {
			rbac.Assignment
			Extra string
		}{until(noon, inRole("a", "b")), "x"}, until(noon, inRole("a", "b"))},
		{struct {
			rbac.Workspace
			Extra string
		}{theShop, "x"}, theShop},
		{struct {
			rbac.Resource
			Extra string
		}{mp1, "x"}, mp1},
		{struct {
			rbac.Role
			Extra string
		}{merchantRole("a", nil), "x"}, merchantRole("a", nil)},
		{struct {
			rbac.Decision
			Extra string
		}{explanation.Decision, "x"}, explanation.Decision},
		{struct {
			rbac.Explanation
			Extra string
		}{explanation, "x"}, explanation},
		{struct {
			rbac.Finding
			Extra string
		}{explanation.Findings[0], "x"}, explanation.Findings[0]},
		{struct {
			rbac.Change
			Extra string
		}{change, "x"}, change},
		{struct {
			rbac.Grant
			Extra string
		}{change.After, "x"}, change.After},
		{struct {
			rbac.Terms
			Extra string
		}{terms, "x"}, terms},
		{struct {
			rbac.Label
			Extra string
		}{label, "x"}, label},
	} {
		if row.alone == nil {
			_, err := json.Marshal(row.embedded)
			assert.Error(t, err, "a member without a status")
			continue
		}
		alone, err := json.Marshal(row.alone)
		require.NoError(t, err)
		document, err := json.Marshal(row.embedded)
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSuffix(string(alone), "}")+`,"Extra":"x"}`, string(document))
	}
}

// An embedded member reads the whole document, as encoding/json has it. The host's own fields are unknown keys, so none
// is lost without an error.
func TestUnmarshalJSONOfAStructThatEmbedsAMember(t *testing.T) {
	t.Parallel()
	var employee struct {
		rbac.Member
		Email string `json:"email"`
	}
	err := json.Unmarshal([]byte(aMember+`,"email":"ann@example.com"}`), &employee)
	assert.EqualError(t, err,
		`rbac: unknown key "email"; known keys: assignments, id, invited_at, status, suspended, workspace`)

	var named struct {
		Member rbac.Member    `json:"member"`
		Before []rbac.Member  `json:"before"`
		None   *rbac.Resource `json:"none"`
		Email  string         `json:"email"`
	}
	require.NoError(t, json.Unmarshal([]byte(
		`{"member":`+aMember+`},"before":[`+aMember+`}],"none":null,"email":"ann@example.com"}`), &named))
	assert.Equal(t, staff("ann", theShop), named.Member)
	assert.Equal(t, []rbac.Member{named.Member}, named.Before)
	assert.Nil(t, named.None)
	assert.Equal(t, "ann@example.com", named.Email)
}

// Whatever the library returns can be written: to a log, to a front end, to a store.
func TestEveryValueThatIsReturnedIsWritten(t *testing.T) {
	t.Parallel()
	mp1 := theShop.MiniProgram("mp-1")
	for _, q := range refusals() {
		policy := fourEyed(t)
		explanation := policy.BindAt(noon, q.member).Explain(q.action, q.resource)
		document, err := json.Marshal(explanation)
		require.NoError(t, err, q.sentence)
		assert.Contains(t, string(document), fmt.Sprintf(`"reason":%q`, q.reason.String()), q.sentence)
		require.Equal(t, len(explanation.Remedies), strings.Count(string(document), `"text":`), q.sentence)
		for _, remedy := range explanation.Remedies {
			text, err := json.Marshal(remedy.String())
			require.NoError(t, err)
			assert.Contains(t, string(document), `"text":`+string(text), q.sentence)
		}
		document, err = json.Marshal(policy.CheckAt(noon, q.member, q.action, q.resource))
		require.NoError(t, err, q.sentence)
		assert.True(t, strings.HasPrefix(string(document), `{"allowed":false,"reason":"`), string(document))
	}
	_, err := rbac.Default().Bind(annWith(inRole(rbac.DeveloperAdmin))).Define(
		merchantRole("a", rbac.Permissions{rbac.ManageTemplates: rbac.ScopeWorkspace}))
	for name, value := range map[string]any{
		"the zero Decision":    rbac.Decision{},
		"a granted Decision":   rbac.Default().Check(annWith(inRole(rbac.DeveloperAdmin)), rbac.ReleaseMiniProgram, mp1),
		"the zero Explanation": rbac.Explanation{},
		"the zero Finding":     rbac.Finding{},
		"the zero Remedy":      rbac.Remedy{},
		"the zero Change":      rbac.Change{},
		"a Diff":               rbac.Diff(rbac.Default(), rbac.Must(rbac.New(rbac.Defaults(), everything()))),
		"another Diff":         rbac.Diff(rbac.Must(rbac.New(everything(), rbac.Defaults())), rbac.Default()),
		"the warnings":         rbac.Default().Warnings(),
		"a DeniedError":        err,
		"the default policy":   rbac.Default(),
		"the default roles":    rbac.DefaultRoles(),
		"the default spec":     rbac.Defaults(),
		"permissions":          rbac.Default().Bind(annWith(inRole(rbac.Developer))).Permissions(),
	} {
		document, err := json.Marshal(value)
		require.NoError(t, err, name)
		assert.True(t, json.Valid(document), name)
	}
}

func TestRemedyMarshalJSONSaysWhatItChanges(t *testing.T) {
	t.Parallel()
	mp1 := theShop.MiniProgram("mp-1")
	blocked := inStatus(rbac.StatusBlocked, annWith(inRole(rbac.Developer, "mp-1")))
	for want, member := range map[string]rbac.Member{
		`[{"text":"unblock the member","status":"blocked","position":0}]`: blocked,
		`[{"text":"name mp-1 in the developer assignment","position":0,` +
			`"assignment":{"role":"developer","mini_programs":["mp-2","mp-1"]}},` +
			`{"text":"give the role developer_admin","position":1,` +
			`"assignment":{"role":"developer_admin"}}]`: annWith(inRole(rbac.Developer, "mp-2")),
	} {
		document, err := json.Marshal(rbac.Default().BindAt(noon, member).Explain(rbac.ReleaseMiniProgram, mp1).Remedies)
		require.NoError(t, err)
		assert.Equal(t, want, string(document))
	}
}

func TestPolicyMarshalJSONWritesItsSpec(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]*rbac.Policy{
		"the default policy": rbac.Default(),
		"a policy":           rbac.Must(rbac.New(rbac.Defaults(), everything())),
		"a policy's layer":   rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{roleOf(theShop, "cashier", nil)}})),
	} {
		document, err := json.Marshal(policy)
		require.NoError(t, err, name)
		want, err := json.Marshal(policy.Spec())
		require.NoError(t, err, name)
		assert.Equal(t, string(want), string(document), name)
		spec, err := rbac.ParseSpec(document)
		require.NoError(t, err, name)
		assert.Equal(t, policy.Fingerprint(), rbac.Must(rbac.New(spec)).Fingerprint(), name)
	}
	var none *rbac.Policy
	document, err := json.Marshal(none)
	require.NoError(t, err)
	assert.Equal(t, "null", string(document), "as encoding/json writes a nil pointer")
	document, err = none.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, "{}", string(document))
	document, err = json.Marshal(new(rbac.Policy))
	require.NoError(t, err)
	assert.Equal(t, "{}", string(document))
}

// A policy never changes, so it is not read in place.
func TestPolicyUnmarshalJSONIsAnError(t *testing.T) {
	t.Parallel()
	const problem = "rbac: a policy cannot be read in place; read a spec with ParseSpec, and build the policy with New"
	p := rbac.Must(rbac.New(everything(), rbac.Defaults()))
	before := p.Fingerprint()
	for _, document := range []string{`{}`, sampleDocument, `null`} {
		assert.EqualError(t, p.UnmarshalJSON([]byte(document)), problem)
	}
	assert.EqualError(t, json.Unmarshal([]byte(`{}`), new(rbac.Policy)), problem)
	var config struct{ Policy *rbac.Policy }
	assert.EqualError(t, json.Unmarshal([]byte(`{"Policy":{}}`), &config), problem)
	assert.Equal(t, before, p.Fingerprint())
	var none *rbac.Policy
	assert.EqualError(t, none.UnmarshalJSON([]byte(`{}`)), problem)
}

func TestParseSpecReadsAWholeFile(t *testing.T) {
	t.Parallel()
	spec, err := rbac.ParseSpec([]byte("\r\n\t" + sampleDocument + "\n\n"))
	require.NoError(t, err)
	assert.Equal(t, sampleSpec(), spec)
	_, err = rbac.ParseSpec(bytes.Repeat([]byte(" "), 16<<20+1))
	assert.EqualError(t, err, "rbac: the document has 16777217 bytes; 16777216 are the most; leave something out")
}

// ParseSpec says the same as UnmarshalJSON, and where.
func TestParseSpecRefusesAHostileDocument(t *testing.T) {
	t.Parallel()
	for _, row := range hostileSpecs {
		spec, err := rbac.ParseSpec([]byte(row.document))
		var problem *rbac.ValidationError
		require.ErrorAs(t, err, &problem, row.sentence)
		lines := strings.Split(row.document, "\n")
		require.LessOrEqual(t, problem.Line, len(lines), row.sentence)
		require.Positive(t, problem.Line, row.sentence)
		require.Positive(t, problem.Column, row.sentence)
		assert.LessOrEqual(t, problem.Column, 1+len(lines[problem.Line-1]), row.sentence)
		where := fmt.Sprintf("%d:%d: ", problem.Line, problem.Column)
		assert.EqualError(t, err, "rbac: "+where+row.problem, row.sentence)
		assert.Equal(t, rbac.Spec{}, spec, "the spec beside the error about %s", row.sentence)
	}
}

// Each document has one problem, at the sign ‸, which is no part of it.
func TestParseSpecSaysTheLineAndTheColumn(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 40) // 80 bytes, which an error cuts in the middle of a letter
	for _, row := range []struct{ document, problem string }{
		{"‸", "found the end at byte 0; expected an object"},
		{"\n\n  ‸[]", "found a list at byte 4; expected an object"},
		{"{\n  ‸\"deny\": []\n}", `unknown key "deny"; known keys: `},
		{"{\n  \"roles\": [],\n  ‸\"roles\": []\n}", `key "roles" is repeated; keep one of the two`},
		{"{\r\n\t\"four_eyes\": [\"a\",\r\n\t‸7]\r\n}", "four_eyes[1]: found a number at byte 25; expected a string"},
		{"{\"at_most\": {\"é\": ‸-1}}",
			`at_most["é"]: found a number at byte 19; expected a whole number from 0 to 2147483647`},
		{"{\n  \"roles\": [\n    {\"id\": \"a\", \"kind\": ‸\"merchant\"}]}",
			`roles[0].kind: unknown workspace kind "merchant"`},
		{"{\n  \"roles\": [\n    {\"id\": \"a\", \"kind\": \"tenant\"},\n    ‸{\"id\": \"a\"}]}",
			"roles[1]: no kind; it is required"},
		{"{\"exclusive\": [[\"a\", \"b\"],\n [\"a\", ‸null]]}", "exclusive[1][1]: found null at byte 34; expected a string"},
		{"{}\n‸{}", "found an object at byte 3; expected the end of the document"},
		{"{\n\"labels\": {\"a\": {\"name\": \"‸\xff\"}}}", "the document is not UTF-8; save it as UTF-8"},
		{"{\"four_eyes\": [‸\"\\ufffd\"]}", "four_eyes[0]: " + replaceIt},
		{"{\"four_eyes\": [\"a\"‸", "four_eyes: found the end at byte 18; expected ',' or ']'"},

		// What the reader accepts and the checks of New refuse.
		{"{\"four_eyes\": [\"a\",\n  ‸\"B\"]}", `four_eyes[1]: invalid name "B"; `},
		{"{\n\"roles\": [{\"id\": ‸\"A\", \"kind\": \"tenant\"}]}", `roles[0].id: invalid name "A"; `},
		{"{\n\"roles\": [{\"kind\": \"tenant\", \"name\":\n‸\"\\u202e\", \"id\": \"a\"}]}",
			"roles[0].name: a control or bidirectional character; leave it out"},
		{`{"roles": [{"id": "a", "kind": "developer",` + "\n" + `"permissions": {"x": ["own"], "y": ‸["tenant"]}}]}`,
			`roles[0].permissions["y"]: scope tenant cannot match; `},
		{"{\"roles\": [{\"id\": \"a\", \"kind\": \"tenant\"},\n\n‸{\"id\": \"a\", \"kind\": \"tenant\"}]}",
			`roles[1]: role "a" is defined twice; `},
		{"{\"actions\": {\n\"A\": ‸[\"any\"]}}", `actions["A"]: invalid name "A"; `},
		{"{\"actions\": {\n\"a\": ‸[]}}", `actions["a"]: no target; `},
		{"{\"labels\": {\"a\": {},\n\"b\": {\"group\": ‸\"\\n\"}}}",
			`labels["b"].group: a control or bidirectional character; `},
		{"{\"at_least\": {\"a\": 2}, \"at_most\": {\n \"a\": ‸1}}", `at_most["a"]: at most 1 holders, and at least 2; `},
		{"{\"exclusive\": [[\"a\", \"b\"], ‸[\"c\"]]}", "exclusive[1]: fewer than two roles; "},
		{"{\"exclusive\": [[\"a\", \"b\", ‸\"a\"]]}", `exclusive[0][2]: role "a" is repeated; `},
		{"{\"administers\": {\"a\": [\"b\",\n‸\"*\"]}}", `administers["a"][1]: invalid name "*"; `},
		{"{\"extend\": {\"é\\\"\": ‸{}}}", `extend["é\""]: invalid name "é\""; `},
		{"{\"actions\": {\"a\": [\"any\"], \"" + long + "\":\n‸[\"any\"]}}",
			fmt.Sprintf(`actions[%q...]: invalid name %q...; `, long[:64], long[:64])},
		{"{\"at_most\": {\"a" + long + "\":\n‸1}}",
			fmt.Sprintf(`at_most[%q...]: invalid name %q...; `, ("a" + long)[:64], ("a" + long)[:64])},
	} {
		before, after, found := strings.Cut(row.document, "‸")
		require.True(t, found, row.document)
		_, err := rbac.ParseSpec([]byte(before + after))
		line := 1 + strings.Count(before, "\n")
		column := len(before) - strings.LastIndex(before, "\n")
		require.Error(t, err, row.document)
		assert.Contains(t, err.Error(), fmt.Sprintf("rbac: %d:%d: %s", line, column, row.problem), row.document)
		assert.Len(t, problemsOf(t, err), 1, row.document)
	}
}

func TestParseSpecLocatesEachProblem(t *testing.T) {
	t.Parallel()
	_, err := rbac.ParseSpec([]byte("{\n\"four_eyes\": [\"A\",\n  \"b\", \"C\"],\n\"at_most\": {\"D\": 1}\n}"))
	assert.Equal(t, []rbac.ValidationError{
		{Place: "four_eyes[0]", Problem: `invalid name "A"`, Hint: nameHint, Line: 2, Column: 15},
		{Place: "four_eyes[2]", Problem: `invalid name "C"`, Hint: nameHint, Line: 3, Column: 8},
		{Place: `at_most["D"]`, Problem: `invalid name "D"`, Hint: nameHint, Line: 4, Column: 18},
	}, joinedProblems(t, err))
	_, err = rbac.ParseSpec([]byte(`{"four_eyes":[` + strings.TrimSuffix(strings.Repeat("\"\",\n", 4_096), ",\n") + `]}`))
	all := joinedProblems(t, err)
	require.Len(t, all, 1_001)
	for i, problem := range all[:1_000] {
		assert.Equal(t, i+1, problem.Line, problem.Place)
	}
}

// json.Unmarshal looks at the syntax first, and a json.Decoder stops where the document does. ParseSpec is for files.
func TestParseSpecRefusesWhatFollowsTheDocument(t *testing.T) {
	t.Parallel()
	const document = `{"four_eyes":["a"]} {"four_eyes":[]}`
	var syntax *json.SyntaxError
	assert.ErrorAs(t, json.Unmarshal([]byte(document), new(rbac.Spec)), &syntax)
	var problem *rbac.ValidationError
	assert.ErrorAs(t, new(rbac.Spec).UnmarshalJSON([]byte(document)), &problem)
	assert.NoError(t, json.NewDecoder(strings.NewReader(document)).Decode(new(rbac.Spec)))
	_, err := rbac.ParseSpec([]byte(document))
	assert.EqualError(t, err, "rbac: 1:21: found an object at byte 20; expected the end of the document")
}

// A hostile document is refused where a list becomes too long. What follows, which is no JSON, is not looked at.
func TestUnmarshalJSONStopsReadingAtTheLimit(t *testing.T) {
	t.Parallel()
	list := func(number int, element string) string { return strings.Repeat(element+",", number) + " and so on" }
	numbered := func(number int, value string) string {
		var keys strings.Builder
		for i := range number {
			fmt.Fprintf(&keys, `"r%d":%s,`, i, value)
		}
		return keys.String() + " and so on"
	}
	for document, problem := range map[string]string{
		`{"actions":{` + numbered(4_096, `["any"]`):               "actions: more than 4096 actions",
		`{"labels":{` + numbered(4_096, `{}`):                     "labels: more than 4096 labels",
		`{"roles":[` + list(16_384, `{"id":"a","kind":"tenant"}`): "roles: more than 16384 roles",
		`{"roles":[{"permissions":{` + numbered(4_096, `["own"]`): "roles[0].permissions: more than 4096 actions",
		`{"extend":{` + numbered(16_384, `{}`):                    "extend: more than 16384 roles",
		`{"extend":{"a":{` + numbered(4_096, `["own"]`):           `extend["a"]: more than 4096 actions`,
		`{"administers":{` + numbered(16_384, `[]`):               "administers: more than 16384 roles",
		`{"administers":{"a":[` + list(16_384, `"a"`):             `administers["a"]: more than 16384 roles`,
		`{"exclusive":[` + list(131_072, `[]`):                    "exclusive: more than 131072 exclusive sets",
		`{"exclusive":[[` + list(16_384, `"a"`):                   "exclusive[0]: more than 16384 roles",
		`{"four_eyes":[` + list(4_096, `"a"`):                     "four_eyes: more than 4096 actions",
		`{"at_least":{` + numbered(16_384, `1`):                   "at_least: more than 16384 roles",
		`{"at_most":{` + numbered(16_384, `1`):                    "at_most: more than 16384 roles",
	} {
		spec := everything()
		assert.EqualError(t, spec.UnmarshalJSON([]byte(document)), "rbac: "+problem+"; leave some out")
		assert.Equal(t, everything(), spec)
		_, err := rbac.ParseSpec([]byte(document))
		assert.ErrorContains(t, err, ": "+problem+"; leave some out")
	}
	var roles strings.Builder
	for i := range 131_072 {
		fmt.Fprintf(&roles, `["a","b%d"],`, i)
	}
	var spec rbac.Spec
	document := `{"exclusive":[` + strings.TrimSuffix(roles.String(), ",") + `]}`
	require.NoError(t, spec.UnmarshalJSON([]byte(document)))
	assert.Len(t, spec.Exclusive, 131_072)
}

// tree returns a function that decodes as one of a decoder of YAML does: it sets what it is given.
func tree(value any) func(any) error {
	return func(dst any) error {
		*dst.(*any) = value
		return nil
	}
}

type yamlValue interface {
	UnmarshalYAML(decode func(any) error) error
}

func TestUnmarshalYAMLReadsWhatMarshalYAMLWrites(t *testing.T) {
	t.Parallel()
	for _, row := range stored {
		written, err := row.value.(interface{ MarshalYAML() (any, error) }).MarshalYAML()
		if strings.ContainsFunc(fmt.Sprintf("%+v", row.value), unicode.IsControl) {
			assert.ErrorContains(t, err, "a control character, which encoders of YAML may change; write it in JSON", row.name)
			continue
		}
		require.NoError(t, err, row.name)
		var want any
		require.NoError(t, json.Unmarshal([]byte(row.document), &want))
		assert.Equal(t, want, written, row.name)
		read := reflect.New(reflect.TypeOf(row.value))
		require.NoError(t, read.Interface().(yamlValue).UnmarshalYAML(tree(written)), row.name)
		assert.Equal(t, row.value, read.Elem().Interface(), row.name)
	}
	spec := everything()
	written, err := spec.MarshalYAML()
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"auditor": int64(4), "workspace_admin": int64(9)}, written.(map[string]any)["at_most"])
	var read rbac.Spec
	require.NoError(t, read.UnmarshalYAML(tree(written)))
	want, err := spec.Canonical()
	require.NoError(t, err)
	got, err := read.Canonical()
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))

	_, err = rbac.Spec{FourEyes: []rbac.Action{"A"}}.MarshalYAML()
	assert.Error(t, err, "of a spec that cannot be read")
	_, err = inStatus(0, annWith()).MarshalYAML()
	assert.Error(t, err, "of a member without a status")
}

// A decoder of YAML has instants and integers beside texts. Where a text is wanted, neither is guessed.
func TestUnmarshalYAMLIsAsStrictAsUnmarshalJSON(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	place := object{"kind": "developer", "id": "shop", "tenant": "wallet"}
	var assignment rbac.Assignment
	require.NoError(t, assignment.UnmarshalYAML(tree(map[any]any{"role": "clerk", "not_after": noon.Local()})))
	assert.True(t, noon.Equal(assignment.NotAfter), "a timestamp where a time is wanted")
	assert.Equal(t, rbac.RoleID("clerk"), assignment.Role)

	var spec rbac.Spec
	require.NoError(t, spec.UnmarshalYAML(tree(object{
		"four_eyes": []any{"approval.decide_release"}, "at_least": object{"admin": 1},
		"at_most": map[any]any{"admin": uint64(2)},
	})))
	assert.Equal(t, rbac.Spec{
		FourEyes: []rbac.Action{"approval.decide_release"},
		AtLeast:  map[rbac.RoleID]int{"admin": 1}, AtMost: map[rbac.RoleID]int{"admin": 2},
	}, spec)

	for _, row := range []struct {
		before  any
		tree    any
		problem string
	}{
		{everything(), nil, "found null; expected an object"},
		{everything(), object{"FourEyes": []any{"a"}}, `unknown key "FourEyes"; did you mean "four_eyes"?`},
		{everything(), object{"foureyes": []any{"a"}}, `unknown key "foureyes"; did you mean "four_eyes"?`},
		{everything(), object{"four_eyes": []any{true}}, "four_eyes[0]: found true; expected a string"},
		{everything(), object{"four_eyes": "a"}, "four_eyes: found a string; expected a list"},
		{everything(), object{"at_least": object{"a": 1.0}},
			`at_least["a"]: found a number; expected a whole number from 0 to 2147483647`},
		{everything(), object{"at_least": object{"a": true}},
			`at_least["a"]: found true; expected a whole number from 0 to 2147483647`},
		{everything(), object{"actions": object{"a": []any{"Any"}}},
			`actions["a"][0]: unknown target "Any"; did you mean "any"?`},
		{everything(), object{"four_eyes": []any{"A"}}, `four_eyes[0]: invalid name "A"; ` + nameHint},
		{everything(), map[any]any{1: "a"}, "the key 1 is no text; quote it"},
		{annWith(), object{"id": 7, "workspace": place, "status": "active"},
			"id: found a number; expected a string"},
		{annWith(), object{"id": "ann", "workspace": place, "status": 2},
			"status: found a number; expected a string"},
		{annWith(), object{"id": noon, "workspace": place, "status": "active"},
			"id: found an instant; expected a string"},
		{annWith(), object{"id": "ann", "workspace": place}, "no status; it is required"},
		{annWith(), object{"id": "ann", "status": "active", "suspended": "no", "workspace": place},
			"suspended: found a string; expected true or false"},
		{inRole("b"), object{"role": "a", "not_after": nil}, "not_after: found null; expected a string"},
		{inRole("b"), object{"role": "a", "not_after": time.Time{}}, "not_after: " + noBound},
		{inRole("b"), object{"role": "a", "not_after": 2027}, "not_after: found a number; expected a string"},
		{inRole("b"), object{"role": "a", "notafter": noon}, `unknown key "notafter"; did you mean "not_after"?`},
		{theShop, object{"kind": "tenant", "id": "a", "tenant": "b"}, "a tenant workspace belongs to itself; use Tenant(id)"},
		{theShop.Resource(), object{"workspace": place, "owner": 7}, "owner: found a number; expected a string"},
		{merchantRole("b", nil), object{"id": "a", "kind": 2}, "kind: found a number; expected a string"},
		{rbac.Permissions{"b": 1}, object{"a": []any{"own", "own"}}, `["a"][1]: scope "own" is repeated; name it once`},
		{rbac.Permissions{"b": 1}, object{"A": []any{"own"}}, `invalid name "A"; ` + nameHint},
	} {
		receiver := reflect.New(reflect.TypeOf(row.before))
		receiver.Elem().Set(reflect.ValueOf(row.before))
		err := receiver.Interface().(yamlValue).UnmarshalYAML(tree(row.tree))
		assert.EqualError(t, err, "rbac: "+row.problem)
		assert.Len(t, problemsOf(t, err), 1, row.problem)
		assert.Equal(t, row.before, receiver.Elem().Interface(), "the receiver after %s", row.problem)
	}
	broken := errors.New("the document ends too soon")
	for _, value := range []yamlValue{
		new(rbac.Spec), new(rbac.Member), new(rbac.Assignment), new(rbac.Workspace), new(rbac.Resource), new(rbac.Role),
		new(rbac.Permissions),
	} {
		assert.Equal(t, broken, value.UnmarshalYAML(func(any) error { return broken }), "%T", value)
	}
}
