package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
)

// fuzzBytes rolls the fuzzer's bytes, and zeros when they are used up.
type fuzzBytes struct{ rest []byte }

func (b *fuzzBytes) IntN(n int) int {
	if len(b.rest) == 0 {
		return 0
	}
	roll := int(b.rest[0]) % n
	b.rest = b.rest[1:]
	return roll
}

// addSeeds gives a fuzz target worlds to start from.
func addSeeds(add func(rolls []byte)) {
	for seed := range uint64(8) {
		d := seeded(99, seed)
		rolls := make([]byte, 100<<(seed%4))
		for i := range rolls {
			rolls[i] = byte(d.IntN(256))
		}
		add(rolls)
	}
}

func FuzzReadSpec(f *testing.F) {
	for _, text := range seedDocuments {
		f.Add([]byte(text))
	}
	if text, err := json.Marshal(rbac.Defaults()); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		parseBothWays(t, text)
		spec := rbac.Spec{FourEyes: []rbac.Action{"before"}}
		if err := spec.UnmarshalJSON(text); err != nil {
			if !reflect.DeepEqual(spec, rbac.Spec{FourEyes: []rbac.Action{"before"}}) {
				t.Fatalf("an error (%v) changed the receiver to %+v", err, spec)
			}
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) || repeatsKey(text) {
			t.Fatalf("this document is accepted and is not strict JSON: %q", text)
		}
		requireFixedPoint(t, spec)
	})
}

// seedDocuments are valid, or nearly so.
var seedDocuments = []string{
	`{}`, ` {} `, `null`, `[]`, `{"roles":null}`, `{} {}`, `{"Roles":[]}`, `{"roles":[],"roles":[]}`, "{\"\xff\":1}",
	`{"actions":{"report.export":["miniprogram"]}}`,
	`{"actions":{"report.export":["tenant","developer","miniprogram"]},"four_eyes":["report.export"]}`,
	`{"roles":[{"id":"auditor","kind":"tenant","name":"Auditor","permissions":{"report.export":["tenant","own"]}}]}`,
	`{"roles":[{"id":"a","kind":"developer","description":"\u00e9\ud83d\ude00 <b>\\\"\n"}]}`,
	`{"roles":[{"id":"a","kind":"developer","name":"A"},{"id":"b.c_1","kind":"tenant"}]}`,
	`{"extend":{"developer_admin":{"report.export":["workspace"]}},"exclusive":[["b","a"],["a","b"],["a","c","b"]]}`,
	`{"at_least":{"a":1},"at_most":{"a":3,"b":0}}`, `{"at_least":{"a":1e0}}`,
	`{"at_most":{"a":-1}}`, `{"at_most":{"a":99999999999999999999}}`,
	`{"roles":[{"id":"a","kind":"tenant","permissions":{"a.b":["tenant","tenant"]}}]}`,
	`{"actions":{"a":["any"]}}`, `{"actions":{"a":[]}}`,
	`{"roles":[{"id":"a","kind":"tenant","name":"\ud800"}]}`, `{"\u0072oles":[]}`, `{"four_eyes":["a","a"]}`,
}

func FuzzReadMember(f *testing.F) {
	for _, text := range seedMembers {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var m rbac.Member
		if err := m.UnmarshalJSON(text); err != nil {
			if !reflect.DeepEqual(m, rbac.Member{}) {
				t.Fatalf("an error (%v) changed the receiver to %+v", err, m)
			}
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) || repeatsKey(text) {
			t.Fatalf("this document is accepted and is not strict JSON: %q", text)
		}
		if !isStorableMember(m) {
			t.Fatalf("this document is accepted and no member: %q", text)
		}
		read, errs := readBack(m)
		for form, err := range errs {
			if form == "YAML" && err != nil && hasControls(m) {
				continue
			}
			if err != nil || !areSameMembers(m, read[form]) {
				t.Fatalf("%s: read from %q, written and read again (%v):\n%+v\n%+v", form, text, err, m, read[form])
			}
		}
	})
}

// seedMembers are valid, or nearly so.
var seedMembers = []string{
	`{"id":"ann","workspace":{"kind":"tenant","id":"wallet","tenant":"wallet"},"status":"active"}`,
	`{"id":"ann","workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"status":"blocked","suspended":true,` +
		`"invited_at":"2026-01-01T00:00:00.123456789+14:00","assignments":[{"role":"developer","mini_programs":["mp-42"],` +
		`"not_before":"2026-01-01T00:00:00Z","not_after":"2027-01-01T00:00:00-12:00"},{"role":"operator"}]}`,
	`{"workspace":{"tenant":"wallet","id":"\u0000","kind":"developer"},"status":"deleted","id":"\ud83d\ude00"}`,
	`{"ID":"a","id":"b","status":"blocked","Status":"active"}`, `{"id":"ann","status":"active"}`, `{}`,
	`{"id":"ann","workspace":{"kind":"tenant","id":"a","tenant":"a"}}`, `null`, `[]`,
	`{"id":"ann","workspace":{"kind":"tenant","id":"a","tenant":"b"},"status":"active"}`,
	`{"id":"ann","workspace":{"kind":1,"id":"a","tenant":"a"},"status":2}`,
	`{"id":"ann","workspace":{"kind":"tenant","id":"a","tenant":"a"},"status":"active","assignments":` +
		`[{"role":"Developer"}]}`,
	`{"id":"ann","workspace":{"kind":"tenant","id":"a","tenant":"a"},"status":"active","assignments":` +
		`[{"role":"operator","not_after":"0001-01-01T00:00:00Z"}]}`,
	`{"id":"ann","workspace":{"kind":"tenant","id":"a","tenant":"a"},"status":"active",` +
		`"invited_at":"9999-12-31T23:59:59-12:00"}`,
}

// requireFixedPoint writes the spec, reads it and writes it again, and requires the same bytes and the same policy.
func requireFixedPoint(t *testing.T, spec rbac.Spec) {
	t.Helper()
	written, err := json.Marshal(spec)
	if err != nil {
		t.Fatalf("this spec was read but cannot be written: %v: %+v", err, spec)
	}
	var again rbac.Spec
	if err := again.UnmarshalJSON(written); err != nil {
		t.Fatalf("this spec was written but cannot be read: %v: %s", err, written)
	}
	rewritten, err := json.Marshal(again)
	if err != nil || !bytes.Equal(written, rewritten) {
		t.Fatalf("written, read and written again (%v):\n%s\n%s", err, written, rewritten)
	}
	requireSamePolicy(t, spec, again)
}

func requireSamePolicy(t *testing.T, one, other rbac.Spec) {
	t.Helper()
	p, err := rbac.New(one)
	q, otherErr := rbac.New(other)
	if (err == nil) != (otherErr == nil) || p.Fingerprint() != q.Fingerprint() {
		t.Fatalf("one document, two policies: %v %v, %v %v", p.Fingerprint(), err, q.Fingerprint(), otherErr)
	}
	if (p == nil) == (err == nil) {
		t.Fatalf("a policy and an error, or neither: %v, %v", p, err)
	}
}

// repeatsKey says whether an object of the valid JSON has a key twice. It walks the tokens, because encoding/json
// silently takes the last of two equal keys.
func repeatsKey(text []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(text))
	var seen []map[string]bool // the keys of each open object; nil for an array
	key := false
	for {
		token, err := decoder.Token()
		if err == io.EOF || err != nil {
			return false
		}
		if name, isString := token.(string); isString && key {
			if seen[len(seen)-1][name] {
				return true
			}
			seen[len(seen)-1][name] = true
			key = false
			continue
		}
		switch token {
		case json.Delim('{'):
			seen = append(seen, map[string]bool{})
		case json.Delim('['):
			seen = append(seen, nil)
		case json.Delim('}'), json.Delim(']'):
			seen = seen[:len(seen)-1]
		}
		key = len(seen) > 0 && seen[len(seen)-1] != nil
	}
}

func FuzzDecide(f *testing.F) {
	addSeeds(func(rolls []byte) { f.Add(rolls) })
	defaults := matrix(f)
	f.Fuzz(func(t *testing.T, rolls []byte) {
		d := &fuzzBytes{rolls}
		w := newWorld(t, d, fixedTime(), defaults)
		w.populate(d, 2, 3)
		for _, m := range w.members {
			e := entryPointsAt(w.now, w.policy, m).alsoBy(w.now, "New of the same specs", policyOf(t, w.specs...))
			for _, r := range w.resources {
				for _, a := range w.someActions(d, 4) {
					e.compare(t, w.ref.decide(w.now, m, a, r), a, r)
				}
			}
		}
	})
}

func FuzzAdministration(f *testing.F) {
	addSeeds(func(rolls []byte) { f.Add(rolls) })
	defaults := matrix(f)
	f.Fuzz(func(t *testing.T, rolls []byte) {
		d := &fuzzBytes{rolls}
		c := newCoalition(t, d, defaults)
		for range 12 {
			_, tr := c.tryAny(d)
			c.take(t, tr)
		}
	})
}

func FuzzWhere(f *testing.F) {
	for i, dialect := range dialects {
		addSeeds(func(rolls []byte) {
			f.Add(rolls, uint8(dialect), i == 0, "kind", "tenant_id", "workspace_id", "program_id", "owner_id", "$", 3)
		})
	}
	addSeeds(func(rolls []byte) { f.Add(rolls, uint8(1), false, "-", "t", "m.w", "public.m.p", "o", "?", 0) })
	addSeeds(func(rolls []byte) { f.Add(rolls, uint8(3), true, "k", "-", "w", "-", "-", "", 0) })
	f.Add([]byte("x"), uint8(2), false, "kind; --", "t", "w", "p", "o", "?", 0)
	f.Add([]byte("x"), uint8(3), false, "AND", "OR", "IN", "IS", "NULL", ":p", -1)
	f.Add([]byte("x"), uint8(1), false, "k", "t", "w", "p", "o", "", math.MaxInt)
	f.Add([]byte("x"), uint8(0), false, "k", "t", "w", "p", "o", "", 0)
	f.Add([]byte("x"), uint8(1), false, "k", "", "-", "", "", "@p", 1)
	defaults := matrix(f)
	f.Fuzz(func(
		t *testing.T, rolls []byte, dialect uint8, bytewise bool,
		kind, tenant, workspace, program, owner, mark string, offset int,
	) {
		d := &fuzzBytes{rolls}
		w := newWorld(t, d, fixedTime(), defaults)
		w.populate(d, 2, 6)
		columns := rbac.Columns{
			Dialect: rbac.Dialect(dialect), Bytewise: bytewise, Offset: offset,
			Kind: kind, Tenant: tenant, Workspace: workspace, MiniProgram: program, Owner: owner,
		}
		members := rbac.MemberColumns{
			Dialect: rbac.Dialect(dialect), Bytewise: bytewise, Offset: offset,
			Kind: kind, Tenant: tenant, Workspace: workspace, MiniProgram: program, ID: owner,
			Status: "status", Suspended: "w.suspended", Role: "a.role", NotBefore: "a.not_before", NotAfter: "a.not_after",
		}
		if mark != "" {
			columns.Placeholder = func(n int) string { return fmt.Sprint(":", mark, n) }
			members.Placeholder = columns.Placeholder
		}
		for _, a := range w.someActions(d, 4) {
			for _, m := range w.members {
				other := w.listing(pick(d, w.members), pick(d, w.actions))
				w.compareWhere(t, d, w.listing(m, a).or(other), columns)
			}
			w.compareHolders(t, d, a, pick(d, w.resources), members)
		}
	})
}
