package proof

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 8, for what a host stores: a member, an assignment, a role, a workspace, a resource or permissions that went
// through JSON, YAML or a column is the same value, or it is an error, and never a wider one.

// document is a value that is written and read.
type document[V any] interface {
	*V
	json.Unmarshaler
	UnmarshalYAML(decode func(any) error) error
}

// readBack writes the value in each form and reads it again.
func readBack[V any, D document[V]](v V) (read map[string]V, errs map[string]error) {
	read, errs = map[string]V{}, map[string]error{}
	var fromJSON, fromYAML V
	written, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(written, D(&fromJSON))
	}
	read["JSON"], errs["JSON"] = fromJSON, err
	tree, err := any(v).(interface{ MarshalYAML() (any, error) }).MarshalYAML()
	if err == nil {
		err = D(&fromYAML).UnmarshalYAML(decoderOf(tree))
	}
	read["YAML"], errs["YAML"] = fromYAML, err
	return read, errs
}

// decoderOf gives what a decoder of YAML has read.
func decoderOf(tree any) func(any) error {
	return func(dst any) error {
		*dst.(*any) = tree
		return nil
	}
}

// compareStored requires the same value, or an error where the value cannot be stored. It counts both.
func compareStored[V any, D document[V]](t *testing.T, seen *tally, v V, isStorable bool, areSame func(a, b V) bool) {
	t.Helper()
	read, errs := readBack[V, D](v)
	for form, err := range errs {
		switch {
		case isStorable && err != nil:
			t.Errorf("%s of %+v: %v", form, v, err)
		case err == nil && !areSame(v, read[form]):
			t.Errorf("%s of %+v comes back as %+v", form, v, read[form])
		case err != nil && !reflect.ValueOf(read[form]).IsZero():
			t.Errorf("%s of %+v: %v, and the receiver is %+v", form, v, err, read[form])
		}
		seen.count(err == nil)
	}
}

func TestLaw8StoredIsWhatIsRead(t *testing.T) {
	t.Parallel()
	var members, resources, roles tally
	worlds(t, 32, 120, fixedTime(), func(d dice, w world) {
		for _, m := range append(w.members, hostileMember(d), hostileMember(d)) {
			compareStored(t, &members, m, isStorableMember(m), areSameMembers)
			compareStored(t, &members, m.Workspace, isStorableWorkspace(m.Workspace), areEqualValues)
			for _, as := range m.Assignments {
				compareStored(t, &members, as, isStorableAssignment(as), areSameAssignments)
			}
		}
		for _, r := range append(w.resources, hostileResource(d), hostileResource(d)) {
			compareStored(t, &resources, r, isStorableResource(r), areEqualValues)
		}
		for role := range w.policy.Roles() {
			compareStored(t, &roles, role, true, areSameRoles)
			compareStored(t, &roles, role.Permissions, true, areSamePermissions)
		}
		damaged := hostileRole(d)
		compareStored(t, &roles, damaged, false, areSameRoles)
		compareStored(t, &roles, damaged.Permissions, false, areSamePermissions)
	})
	members.requireBoth(t, 500)
	resources.requireBoth(t, 500)
	roles.requireBoth(t, 150)
}

func areEqualValues[V comparable](a, b V) bool { return a == b }

func areSamePermissions(p, q rbac.Permissions) bool { return maps.Equal(p, q) }

func areSameRoles(a, b rbac.Role) bool {
	same := areSamePermissions(a.Permissions, b.Permissions)
	a.Permissions, b.Permissions = nil, nil
	return same && reflect.DeepEqual(a, b)
}

func areSameMembers(m, n rbac.Member) bool {
	return m.ID == n.ID && m.Workspace == n.Workspace && m.Status == n.Status && m.Suspended == n.Suspended &&
		m.InvitedAt.Equal(n.InvitedAt) && slices.EqualFunc(m.Assignments, n.Assignments, areSameAssignments)
}

func areSameAssignments(a, b rbac.Assignment) bool {
	return a.Role == b.Role && slices.Equal(a.MiniPrograms, b.MiniPrograms) &&
		a.NotBefore.Equal(b.NotBefore) && a.NotAfter.Equal(b.NotAfter)
}

func isStorableMember(m rbac.Member) bool {
	return isStorableID(m.ID) && isStorableWorkspace(m.Workspace) &&
		rbac.StatusInvited <= m.Status && m.Status <= rbac.StatusDeleted && isStorableTime(m.InvitedAt) &&
		!slices.ContainsFunc(m.Assignments, func(as rbac.Assignment) bool { return !isStorableAssignment(as) })
}

var roleName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)

func isStorableAssignment(as rbac.Assignment) bool {
	return roleName.MatchString(string(as.Role)) && len(as.Role) <= 64 &&
		isStorableTime(as.NotBefore) && isStorableTime(as.NotAfter) &&
		!slices.ContainsFunc(as.MiniPrograms, func(id string) bool { return !isStorableID(id) })
}

func isStorableWorkspace(w rbac.Workspace) bool {
	return isValid(w) && isStorableID(w.ID) && isStorableID(w.Tenant)
}

func isStorableResource(r rbac.Resource) bool {
	isStorable := func(id string) bool { return id == "" || isStorableID(id) }
	return isStorableWorkspace(r.Workspace) && isStorable(r.MiniProgram) && isStorable(r.Owner)
}

// isStorableID says whether JSON can carry the ID.
func isStorableID(id string) bool {
	return id != "" && utf8.ValidString(id) && !strings.Contains(id, "\ufffd")
}

func isStorableTime(at time.Time) bool {
	return at.IsZero() || 1 <= at.UTC().Year() && at.UTC().Year() <= 9999
}

// Words are stored as words. A number in the column is another encoding, and is refused.
func TestLaw8WordsInColumns(t *testing.T) {
	t.Parallel()
	words := 0
	for n := range 256 {
		status, kind := rbac.Status(n), rbac.WorkspaceKind(n)
		readStatus, readKind := rbac.StatusBlocked, rbac.KindDeveloper
		if column, err := status.Value(); err == nil {
			words++
			assert.IsType(t, "", column, "the column of %v", status)
			require.NoError(t, readStatus.Scan(column), "%v", status)
			assert.Equal(t, status, readStatus)
			require.NoError(t, readStatus.Scan([]byte(column.(string))), "%v as bytes", status)
			assert.Equal(t, status, readStatus)
		}
		if column, err := kind.Value(); err == nil {
			words++
			assert.IsType(t, "", column, "the column of %v", kind)
			require.NoError(t, readKind.Scan(column), "%v", kind)
			assert.Equal(t, kind, readKind)
		}
		readStatus, readKind = rbac.StatusBlocked, rbac.KindDeveloper
		for _, column := range []any{int64(n), float64(n), n == 1, nil, time.Time{}, string(rune(n)), "Active", "tenant "} {
			assert.Error(t, readStatus.Scan(column), "a status from %T %v", column, column)
			assert.Error(t, readKind.Scan(column), "a kind from %T %v", column, column)
		}
		assert.Equal(t, rbac.StatusBlocked, readStatus, "the receiver")
		assert.Equal(t, rbac.KindDeveloper, readKind, "the receiver")
	}
	assert.Equal(t, 7, words)
	assert.Equal(t, "text", rbac.Status(0).GormDataType())
	assert.Equal(t, "text", rbac.WorkspaceKind(0).GormDataType())
}

// A spec is the same in every form, and a policy is written as its spec.
func TestLaw8SpecsInEveryForm(t *testing.T) {
	t.Parallel()
	worlds(t, 33, 60, wallTime(), func(d dice, w world) {
		written := encoded(t, w.policy.Spec())
		want := parsed(t, written)
		for what, text := range map[string][]byte{"as it is": written, "with shuffled keys": shuffledJSON(d, written)} {
			fromFile, err := rbac.ParseSpec(text)
			require.NoError(t, err, "%v: %s", w, what)
			canonical, err := fromFile.Canonical()
			require.NoError(t, err, "%v: %s", w, what)
			wantCanonical, err := want.Canonical()
			require.NoError(t, err, "%v: %s", w, what)
			assert.Equal(t, string(wantCanonical), string(canonical), "%v: %s", w, what)
		}
		read, errs := readBack[rbac.Spec](want)
		for form, err := range errs {
			assert.NoError(t, err, "%v: %s", w, form)
			assert.Equal(t, want, read[form], "%v: %s", w, form)
		}
		policy, err := json.Marshal(w.policy)
		require.NoError(t, err, "%v", w)
		assert.JSONEq(t, string(written), string(policy), "%v", w)
		var none rbac.Policy
		assert.Error(t, json.Unmarshal(policy, &none), "%v: a policy that is read in place", w)
		assert.Empty(t, none.Fingerprint(), "%v: a policy that is read in place", w)
	})
}

// Whatever the library answers can be written.
func TestLaw8EveryAnswerIsWritten(t *testing.T) {
	t.Parallel()
	var seen tally
	requireWritten := func(w world, answer any) {
		written, err := json.Marshal(answer)
		if err != nil || !json.Valid(written) {
			t.Errorf("%v: %T: %v: %+v", w, answer, err, answer)
		}
	}
	worlds(t, 34, 40, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 3, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			s := w.policy.Bind(m)
			explanation := s.Explain(a, r)
			seen.count(explanation.Decision.Allowed)
			requireWritten(w, explanation)
			requireWritten(w, s.Check(a, r))
			requireWritten(w, s.Filter(a).Terms())
		})
		for _, m := range w.members {
			requireWritten(w, w.policy.Bind(m).Permissions())
			requireWritten(w, w.policy.ValidateMember(m))
		}
		requireWritten(w, w.policy.Warnings())
		requireWritten(w, rbac.Diff(rbac.Default(), w.policy))
		requireWritten(w, rbac.Diff(w.policy, nil))
	})
	seen.requireBoth(t, 500)
}

// A member's document that lost something, or has something else in a place, is an error or a member who may do no
// more. Without suspended, not_before or not_after it is another valid document: nothing else says that there is no
// bound.
func TestLaw8DamagedMembersMayDoNoMore(t *testing.T) {
	t.Parallel()
	var read, decisions tally
	worlds(t, 35, 20, fixedTime(), func(d dice, w world) {
		for _, m := range w.members {
			if !isStorableMember(m) {
				continue
			}
			text, err := json.Marshal(m)
			require.NoError(t, err)
			actions := w.someActions(d, 3)
			for _, damage := range damagesOf(text) {
				if damage.lost == "suspended" || damage.lost == "not_before" || damage.lost == "not_after" {
					continue
				}
				damaged := rbac.Member{ID: "kept"}
				err := json.Unmarshal(damage.text, &damaged)
				read.count(err == nil)
				if err != nil {
					if !reflect.DeepEqual(damaged, rbac.Member{ID: "kept"}) {
						t.Fatalf("%v: an error (%v) changed the receiver: %s", w, err, damage.text)
					}
					continue
				}
				decisions.add(w.requireNoWider(t, m, damaged, actions, string(damage.text)))
			}
		}
	})
	read.requireBoth(t, 1_000)
	decisions.requireBoth(t, 1_000)
	t.Logf("%d decisions compared: %d damaged documents", decisions.yes+decisions.no, read.yes+read.no)
}

// requireNoWider asks now, and directly before and after each bound.
func (w world) requireNoWider(
	t *testing.T, m, damaged rbac.Member, actions []rbac.Action, text string,
) (decisions tally) {
	t.Helper()
	if damaged.ID != m.ID || damaged.Workspace != m.Workspace {
		t.Fatalf("%v: another member: %s", w, text)
	}
	for _, distance := range []time.Duration{0, -2 * time.Hour, -time.Hour, -1, 1, time.Hour} {
		before, after := w.policy.BindAt(w.now.Add(distance), m), w.policy.BindAt(w.now.Add(distance), damaged)
		for _, a := range actions {
			for _, r := range w.resources {
				could := before.Can(a, r)
				decisions.count(could)
				if !could && after.Can(a, r) {
					t.Fatalf("%v: wider: %s\n%s", w, questionText(m, a, r), text)
				}
			}
		}
	}
	return decisions
}

// Every other document that is damaged without losing anything is an error, or has the value that it had.
func TestLaw8DamagedDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	cashier := fullSpec().Roles[2]
	rows := map[string]struct {
		value any
		read  func(text []byte) (any, error)
	}{
		"workspace":   {theShop, reading[rbac.Workspace]},
		"resource":    {theShop.MiniProgram("mp-1").OwnedBy("ann"), reading[rbac.Resource]},
		"assignment":  {until(noon, from(noon.Add(-day), inRole(rbac.Developer, "mp-1", "mp-2"))), reading[rbac.Assignment]},
		"role":        {cashier, readAndDefine},
		"permissions": {cashier.Permissions, readAndGrant},
		"member": {
			suspended(annWith(until(noon, inRole(rbac.Developer, "mp-1")), inRole(rbac.Operator))), reading[rbac.Member],
		},
	}
	for name, row := range rows {
		text, err := json.Marshal(row.value)
		require.NoError(t, err, name)
		undamaged, err := row.read(text)
		require.NoError(t, err, name)
		require.Equal(t, row.value, undamaged, name)
		refused := 0
		for _, damage := range damagesOf(text) {
			value, err := row.read(damage.text)
			if err != nil {
				refused++
				assert.Zero(t, value, "%s: the receiver after %s", name, damage.text)
				continue
			}
			if damage.lost == "" && !damage.twice {
				assert.Equal(t, row.value, value, "%s: %s", name, damage.text)
			}
		}
		assert.GreaterOrEqual(t, refused, 8, name)
	}
}

func reading[V any](text []byte) (any, error) {
	var v V
	err := json.Unmarshal(text, &v)
	return v, err
}

// readAndDefine also defines the role, because only a policy knows the actions.
func readAndDefine(text []byte) (any, error) {
	var role rbac.Role
	if err := json.Unmarshal(text, &role); err != nil {
		return role, err
	}
	if _, err := rbac.New(rbac.Spec{Actions: fullSpec().Actions, Roles: []rbac.Role{role}}); err != nil {
		return rbac.Role{}, err
	}
	return role, nil
}

func readAndGrant(text []byte) (any, error) {
	var granted rbac.Permissions
	if err := json.Unmarshal(text, &granted); err != nil {
		return granted, err
	}
	cashier := fullSpec().Roles[2]
	cashier.Permissions = granted
	if _, err := rbac.New(rbac.Spec{Actions: fullSpec().Actions, Roles: []rbac.Role{cashier}}); err != nil {
		return rbac.Permissions(nil), err
	}
	return granted, nil
}

// A spec that is damaged without losing anything is an error or decides as before, and ParseSpec says where it is
// wrong.
func TestLaw8DamagedSpecsAreRefused(t *testing.T) {
	t.Parallel()
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(fullSpec()))
	want := policyOf(t, rbac.Defaults(), fullSpec()).Fingerprint()
	var read tally
	for _, damage := range damagesOf([]byte(indented.String())) {
		spec, err := parseBothWays(t, damage.text)
		if err == nil && damage.lost == "" {
			var policy *rbac.Policy
			policy, err = rbac.New(rbac.Defaults(), spec)
			if err == nil {
				assert.Equal(t, want, policy.Fingerprint(), "%s", damage.text)
			}
		}
		read.count(err == nil)
	}
	read.requireBoth(t, 50)
	t.Logf("%d documents compared", read.yes+read.no)
}

// parseBothWays requires that ParseSpec and UnmarshalJSON read the same or find the same problems, each in the text.
func parseBothWays(t *testing.T, text []byte) (rbac.Spec, error) {
	t.Helper()
	parsed, parseErr := rbac.ParseSpec(text)
	var spec rbac.Spec
	err := spec.UnmarshalJSON(text)
	if !reflect.DeepEqual(parsed, spec) || (err == nil) != (parseErr == nil) {
		t.Fatalf("ParseSpec and UnmarshalJSON differ: %v, %v: %q", parseErr, err, text)
	}
	placed, problems := validationErrors(parseErr), validationErrors(err)
	if len(placed) != len(problems) || err != nil && len(problems) == 0 {
		t.Fatalf("ParseSpec and UnmarshalJSON differ: %v, %v: %q", parseErr, err, text)
	}
	lines := strings.Split(string(text), "\n")
	for i, e := range placed {
		if e.Place != problems[i].Place || e.Problem != problems[i].Problem || e.Hint != problems[i].Hint {
			t.Fatalf("ParseSpec says %v, UnmarshalJSON %v: %q", e, problems[i], text)
		}
		if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > len(lines[e.Line-1])+1 {
			t.Fatalf("line %d, column %d is not in the text: %v: %q", e.Line, e.Column, e, text)
		}
		if problems[i].Line != 0 || problems[i].Column != 0 {
			t.Fatalf("UnmarshalJSON names line %d of a text that it has not: %q", problems[i].Line, text)
		}
	}
	return parsed, parseErr
}

// validationErrors are all that are joined in one error.
func validationErrors(err error) []*rbac.ValidationError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*rbac.ValidationError
		for _, part := range joined.Unwrap() {
			all = append(all, validationErrors(part)...)
		}
		return all
	}
	var one *rbac.ValidationError
	if errors.As(err, &one) {
		return []*rbac.ValidationError{one}
	}
	return nil
}
