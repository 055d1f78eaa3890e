package yaml

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	yamlorg "go.yaml.in/yaml/v3"
	yamlv3 "gopkg.in/yaml.v3"
	sigs "sigs.k8s.io/yaml"
)

// modules are the modules that read YAML. sigs.k8s.io/yaml goes through JSON.
var modules = []struct {
	name      string
	marshal   func(any) ([]byte, error)
	unmarshal func([]byte, any) error
}{
	{"go.yaml.in/yaml/v3", yamlorg.Marshal, yamlorg.Unmarshal},
	{"gopkg.in/yaml.v3", yamlv3.Marshal, yamlv3.Unmarshal},
	{"github.com/goccy/go-yaml", yaml.Marshal, yaml.Unmarshal},
	{"sigs.k8s.io/yaml", sigs.Marshal, func(text []byte, v any) error { return sigs.Unmarshal(text, v) }},
	{"sigs.k8s.io/yaml, strict", sigs.Marshal, func(text []byte, v any) error { return sigs.UnmarshalStrict(text, v) }},
}

// hostile are IDs that YAML may take for another value, or for its own signs.
var hostile = []string{
	"123", "0123", "0x1F", "0o17", "1_000", "1e3", "1.0", "-1", "+1", ".5", ".inf", ".nan", "190:20:30",
	"true", "True", "yes", "no", "on", "off", "y", "n", "null", "Null", "~", "2026-01-01",
	"2026-01-01T00:00:00Z", "2026-1-1 0:0:0", "<<", "=", "!", "!!str x", "!!binary eA==", "&a", "*a", "- a",
	"? a", ": a", "a: b", "a:", "#a", "a #b", "a # b", "[a]", "{a}", "{a: b}", "a, b", "|", ">", "%a", "@a",
	"`a", "'", "''", `"`, `""`, `\`, `\n`, `a\`, "...", "---", "--- a", "a\n---\nb", " a", "a ", "  ", "a\tb",
	"\ta", "a\nb", "a\n", "\na", "\n\n", "a\r\nb", "\r", "a\n b\n  c\n", "é", "e\u0301", "\u0085", "\u2028",
	"\u2029", "\ufeff", "\ufeffa", "\u00a0", "\u200b", "\u202e", "😀", "\ufffd", "\x01", "\x1b", "\x7f",
	"\u009f", strings.Repeat("a b ", 100),
}

// values are one of each type, with the ID in every place that takes one.
func values(id string) []any {
	shop := rbac.Tenant(id).Developer(id)
	begins := time.Date(2026, 3, 29, 1, 30, 0, 123456000, time.UTC)
	return []any{
		shop,
		rbac.Tenant(id),
		shop.MiniProgram(id).OwnedBy(id),
		rbac.Assignment{
			Role: rbac.Developer, MiniPrograms: []string{id, "b"},
			NotBefore: begins, NotAfter: begins.AddDate(7973, 0, 0),
		},
		rbac.Member{
			ID: id, Workspace: shop, Status: rbac.StatusActive, Suspended: true, InvitedAt: begins,
			Assignments: []rbac.Assignment{
				{Role: rbac.Developer, MiniPrograms: []string{id}},
				{Role: rbac.Operator, NotAfter: begins},
			},
		},
		rbac.Role{
			ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop,
			Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeOwn | rbac.ScopeAssigned},
		},
		rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeTenant, rbac.ListMembers: rbac.ScopeOwn},
		rbac.Spec{Roles: []rbac.Role{
			{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop, Permissions: rbac.Permissions{}},
		}},
	}
}

func TestValuesAreReadAsTheyWereWritten(t *testing.T) {
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			for _, value := range values("shop") {
				document, err := module.marshal(value)
				require.NoError(t, err, "%#v", value)
				read := reflect.New(reflect.TypeOf(value))
				require.NoError(t, module.unmarshal(document, read.Interface()), "%s", document)
				assertSame(t, value, read.Elem().Interface(), document)
			}
		})
	}
}

func TestTheDefaultSpecIsReadAsItWasWritten(t *testing.T) {
	spec := rbac.Defaults()
	spec.FourEyes = []rbac.Action{rbac.DecideRelease}
	spec.AtMost = map[rbac.RoleID]int{rbac.WorkspaceAdmin: 3}
	spec.Exclusive = [][]rbac.RoleID{{rbac.WorkspaceDeveloper, rbac.WorkspaceReviewer}}
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			document, err := module.marshal(spec)
			require.NoError(t, err)
			var read rbac.Spec
			require.NoError(t, module.unmarshal(document, &read))
			assertSame(t, spec, read, nil)
		})
	}
}

// nextLine is changed to a line feed by sigs.k8s.io/yaml, which never asks for MarshalYAML.
const nextLine = "\u0085"

// A module may refuse an ID. It may not make another ID of it.
func TestHostileIDsAreReadAsTheyWereWrittenOrNotAtAll(t *testing.T) {
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			refused := map[string]bool{}
			for _, id := range append(hostile, "\xff", "a\xff", "\x00", "a\x00b", "\xed\xa0\x80") {
				if id == nextLine && strings.HasPrefix(module.name, "sigs") {
					continue
				}
				for _, value := range values(id) {
					document, err := module.marshal(value)
					if err != nil {
						refused[id] = true
						continue
					}
					read := reflect.New(reflect.TypeOf(value))
					if err := module.unmarshal(document, read.Interface()); err != nil {
						refused[id] = true
						continue
					}
					assertSame(t, value, read.Elem().Interface(), document)
				}
			}
			t.Logf("%d of %d IDs are refused: %q", len(refused), len(hostile)+5, keys(refused))
			for _, id := range hostile {
				if refused[id] && !unwritten(id) {
					assert.Contains(t, unreadable[module.name], id)
				}
			}
		})
	}
}

// unreadable are IDs that a module writes and does not read.
var unreadable = map[string][]string{"github.com/goccy/go-yaml": {".inf", ".nan", "? a"}}

// unwritten are IDs that MarshalYAML refuses, and one that stands for damaged text.
func unwritten(id string) bool {
	return strings.ContainsFunc(id, unicode.IsControl) || strings.Contains(id, "\ufffd")
}

func TestDocumentsAreReadAsStrictlyAsJSON(t *testing.T) {
	const (
		member   = "{id: ann, workspace: {kind: tenant, id: wallet, tenant: wallet}, status: active"
		resource = "{workspace: {kind: tenant, id: wallet, tenant: wallet}, "
	)
	wrong := map[string]struct {
		into     func() any
		document string
	}{
		"an unknown key of a spec":             {spec, "four_eyez: [member.delete]"},
		"a mis-cased key of a spec":            {spec, "Four_eyes: [member.delete]"},
		"a mis-cased key beside a right one":   {spec, "{four_eyes: [a.b], Four_eyes: [member.delete]}"},
		"a field's name in Go":                 {spec, "FourEyes: [member.delete]"},
		"a key twice in a spec":                {spec, "at_least: {owner: 1}\nat_least: {owner: 2}"},
		"a key twice in a map":                 {spec, "at_least: {owner: 1, owner: 2}"},
		"a key that is a number":               {spec, "at_least: {1: 1}"},
		"a key that is null":                   {spec, "at_least: {~: 1}"},
		"a key that is a list":                 {spec, "at_least: {[owner]: 1}"},
		"null in place of a list":              {spec, "four_eyes: null"},
		"nothing in place of a list":           {spec, "four_eyes:"},
		"a text in place of a list":            {spec, "four_eyes: member.delete"},
		"a text in place of a number":          {spec, `at_least: {owner: "1"}`},
		"a fraction":                           {spec, "at_least: {owner: 1.5}"},
		"a number beyond int64":                {spec, "at_least: {owner: 99999999999999999999}"},
		"infinity":                             {spec, "at_least: {owner: .inf}"},
		"a boolean in place of a number":       {spec, "at_least: {owner: true}"},
		"a number in place of a scope":         {spec, "extend: {owner: {a.b: [2]}}"},
		"a number in place of scopes":          {spec, "extend: {owner: {a.b: 2}}"},
		"an unknown scope":                     {spec, "extend: {owner: {a.b: [all]}}"},
		"a list in place of a spec":            {spec, "[]"},
		"a text in place of a spec":            {spec, "a"},
		"an unknown key of a member":           {aMember, member + ", stats: active}"},
		"a mis-cased key of a member":          {aMember, member + ", Status: blocked}"},
		"a key twice in a member":              {aMember, member + ", status: blocked}"},
		"an ID that is a number":               {aMember, strings.Replace(member, "ann", "123", 1) + "}"},
		"an ID that is a boolean":              {aMember, strings.Replace(member, "ann", "true", 1) + "}"},
		"an ID that is null":                   {aMember, strings.Replace(member, "ann", "~", 1) + "}"},
		"an ID that is a fraction":             {aMember, strings.Replace(member, "ann", "1.0", 1) + "}"},
		"an ID that is no UTF-8":               {aMember, strings.Replace(member, "ann", "!!binary gIGC", 1) + "}"},
		"a status that is a number":            {aMember, strings.Replace(member, "active", "2", 1) + "}"},
		"a mis-cased status":                   {aMember, strings.Replace(member, "active", "Active", 1) + "}"},
		"no ID":                                {aMember, strings.Replace(member, "id: ann, ", "", 1) + "}"},
		"assignments that are null":            {aMember, member + ", assignments: null}"},
		"an assignment that is null":           {aMember, member + ", assignments: [null]}"},
		"suspended as a text":                  {aMember, member + ", suspended: 'true'}"},
		"suspended as a number":                {aMember, member + ", suspended: 1}"},
		"an unknown key of an assignment":      {anAssignment, "{role: developer, notafter: 2026-01-01T00:00:00Z}"},
		"a lost bound":                         {anAssignment, "{role: developer, not_after: null}"},
		"a bound that is nothing":              {anAssignment, "role: developer\nnot_after:"},
		"a bound that is the zero time":        {anAssignment, `{role: developer, not_after: "0001-01-01T00:00:00Z"}`},
		"a bound that is a zero timestamp":     {anAssignment, "{role: developer, not_after: 0001-01-01T00:00:00Z}"},
		"a bound that is a number":             {anAssignment, "{role: developer, not_after: 1767225600}"},
		"a bound that is text without a zone":  {anAssignment, `{role: developer, not_after: "2026-01-01"}`},
		"a program that is a number":           {anAssignment, "{role: developer, mini_programs: [42]}"},
		"a program that is null":               {anAssignment, "{role: developer, mini_programs: [~]}"},
		"a role that is a number":              {anAssignment, "{role: 1}"},
		"an unknown key of a workspace":        {aWorkspace, "{kind: tenant, id: a, tenant: a, name: b}"},
		"a kind that is a number":              {aWorkspace, "{kind: 1, id: a, tenant: a}"},
		"a workspace that contradicts itself":  {aWorkspace, "{kind: tenant, id: a, tenant: b}"},
		"an unknown key of a resource":         {aResource, resource + "mini_programs: b}"},
		"an owner that is a number":            {aResource, resource + "owner: 7}"},
		"an unknown key of a role":             {aRole, "{id: cashier, kind: tenant, permission: {}}"},
		"a role without a kind":                {aRole, "{id: cashier}"},
		"permissions that are null":            {permissions, "null"},
		"permissions with a key twice":         {permissions, "{a.b: [own], a.b: [tenant]}"},
		"permissions with a scope that is one": {permissions, "{a.b: own}"},
	}
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			for name, document := range wrong {
				into := document.into()
				before := fmt.Sprintf("%#v", reflect.ValueOf(into).Elem().Interface())
				err := module.unmarshal([]byte(document.document), into)
				if exception := exceptions[module.name][name]; exception != "" {
					assert.NoError(t, err, "%s: the exception is needed no more: %s", name, exception)
					continue
				}
				assert.Error(t, err, "%s: %s", name, document.document)
				assert.Equal(t, before, fmt.Sprintf("%#v", reflect.ValueOf(into).Elem().Interface()), "%s: it is changed", name)
			}
		})
	}
}

// exceptions are documents of which a module tells less than they say, so that nobody behind it can be strict.
var exceptions = map[string]map[string]string{
	"go.yaml.in/yaml/v3":       {"permissions that are null": neverAsked},
	"gopkg.in/yaml.v3":         {"permissions that are null": neverAsked},
	"github.com/goccy/go-yaml": {"a key that is null": `it reads ~ as the key "null"`},
	"sigs.k8s.io/yaml": {
		"permissions that are null":    neverAsked,
		"a key twice in a spec":        onlyStrict,
		"a key twice in a map":         onlyStrict,
		"a key twice in a member":      onlyStrict,
		"permissions with a key twice": onlyStrict,
	},
	"sigs.k8s.io/yaml, strict": {"permissions that are null": neverAsked},
}

const (
	neverAsked = "it does not ask a type about null"
	onlyStrict = "it drops the first one, unless UnmarshalStrict is called"
)

// A type is not asked about what a module takes for no document, or reads as another number, or does not read. The
// page docs/administration.md says so.
func TestDecodersSkipEmptyDocumentsAndLaterOnes(t *testing.T) {
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			for _, empty := range []string{"", "# nothing\n", "---\n...\n", "~", "null"} {
				var read rbac.Spec
				err := module.unmarshal([]byte(empty), &read)
				if err == nil {
					assert.Equal(t, rbac.Spec{}, read, "%q is an empty layer", empty)
					continue
				}
				assert.Equal(t, "github.com/goccy/go-yaml", module.name, "%q is an error", empty)
			}
			var read rbac.Spec
			require.NoError(t, module.unmarshal([]byte("at_least: {developer_admin: 010}\n---\nfour_eyes: [no.such]\n"), &read))
			assert.Equal(t, rbac.Spec{AtLeast: map[rbac.RoleID]int{rbac.DeveloperAdmin: 8}}, read)
		})
	}
}

// A timestamp is a time where a time is wanted, and no text.
func TestTimestamps(t *testing.T) {
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			want := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			for _, text := range []string{"2027-01-01T00:00:00Z", `"2027-01-01T00:00:00Z"`, "2027-01-01T08:00:00+08:00"} {
				var a rbac.Assignment
				require.NoError(t, module.unmarshal([]byte("{role: developer, not_after: "+text+"}"), &a), text)
				assert.True(t, a.NotAfter.Equal(want), "%s is %v", text, a.NotAfter)
			}
			for _, text := range []string{"2027-01-01", "2027-01-01T00:00:00Z"} {
				var a rbac.Assignment
				if err := module.unmarshal([]byte("{role: developer, mini_programs: ["+text+"]}"), &a); err == nil {
					assert.Equal(t, []string{text}, a.MiniPrograms, "a module that knows no timestamps reads the text")
				}
			}
		})
	}
}

// A host's own document has our values in it.
func TestHostsDocument(t *testing.T) {
	type file struct {
		Note    string        `json:"note" yaml:"note"`
		Members []rbac.Member `json:"members" yaml:"members"`
		Policy  *rbac.Spec    `json:"policy" yaml:"policy"`
	}
	const document = `
note: who may do what
members:
  - &ann
    id: ann
    workspace: {kind: developer, id: shop, tenant: wallet}
    status: active
    assignments:
      - {role: developer, mini_programs: [mp-1, "42"], not_after: 2027-01-01T00:00:00Z}
policy:
  actions:
    report.export: [miniprogram]
  roles:
    - id: auditor
      kind: tenant
      permissions: {report.export: [tenant]}
  four_eyes: [report.export]
`
	for _, module := range modules {
		t.Run(module.name, func(t *testing.T) {
			var read file
			require.NoError(t, module.unmarshal([]byte(document), &read))
			assert.Equal(t, "who may do what", read.Note)
			require.Len(t, read.Members, 1)
			assert.Equal(t, []string{"mp-1", "42"}, read.Members[0].Assignments[0].MiniPrograms)
			assert.Equal(t, []rbac.Action{"report.export"}, read.Policy.FourEyes)
			_, err := rbac.New(rbac.Defaults(), *read.Policy)
			require.NoError(t, err)

			written, err := module.marshal(read)
			require.NoError(t, err)
			var again file
			require.NoError(t, module.unmarshal(written, &again), "%s", written)
			assertSame(t, read.Members[0], again.Members[0], written)
			assertSame(t, *read.Policy, *again.Policy, written)
			assert.Error(t, module.unmarshal([]byte(strings.Replace(document, "four_eyes", "four_eyez", 1)), &again))
		})
	}
}

func spec() any         { return &rbac.Spec{FourEyes: []rbac.Action{"kept"}} }
func aMember() any      { return &rbac.Member{ID: "kept"} }
func anAssignment() any { return &rbac.Assignment{Role: "kept"} }
func aWorkspace() any   { return &rbac.Workspace{ID: "kept"} }
func aResource() any    { return &rbac.Resource{Owner: "kept"} }
func aRole() any        { return &rbac.Role{ID: "kept"} }
func permissions() any  { return &rbac.Permissions{"kept": rbac.ScopeOwn} }

func assertSame(t *testing.T, value, read any, document []byte) {
	t.Helper()
	if wanted, is := value.(rbac.Spec); is {
		want, err := wanted.Canonical()
		require.NoError(t, err)
		got, err := read.(rbac.Spec).Canonical()
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got))
		return
	}
	assert.Equal(t, value, read, "%s", document)
}

func keys(set map[string]bool) (ids []string) {
	for id := range set {
		ids = append(ids, id)
	}
	return ids
}
