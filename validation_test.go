package rbac_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAValidationErrorIsOneSentence(t *testing.T) {
	t.Parallel()
	problem := rbac.ValidationError{Place: "roles[3].permissions", Problem: `unknown action "miniprogram.relase"`, Hint: `did you mean "miniprogram.release"?`}
	assert.EqualError(t, &problem, `rbac: roles[3].permissions: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
	problem.Place = ""
	assert.EqualError(t, &problem, `rbac: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?`)
}

// joinedProblems takes apart what New and the others join.
func joinedProblems(t *testing.T, err error) []rbac.ValidationError {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v is several errors joined", err)
	var all []rbac.ValidationError
	for _, one := range joined.Unwrap() {
		var problem *rbac.ValidationError
		require.ErrorAs(t, one, &problem)
		all = append(all, *problem)
	}
	return all
}

func TestEveryProblemCanBePointedAt(t *testing.T) {
	t.Parallel()
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{
		FourEyes: []rbac.Action{"miniprogram.relase"},
		AtMost:   map[rbac.RoleID]int{"operater": 1},
	})
	assert.Equal(t, []rbac.ValidationError{
		{Place: "specs[1].four_eyes[0]", Problem: `unknown action "miniprogram.relase"`, Hint: `did you mean "miniprogram.release"?`},
		{Place: `specs[1].at_most["operater"]`, Problem: `unknown role "operater"`, Hint: `did you mean "operator"?`},
	}, joinedProblems(t, err))
	assert.NotErrorIs(t, err, errors.ErrUnsupported)
}

func TestNamesOfActionsAndRolesHaveOneForm(t *testing.T) {
	t.Parallel()
	good := []string{
		"a", "z", "a0", "a9", "a_", "a_b", "a__b", "abc.def", "a.b.c", "a1.b2_", "miniprogram.release",
		strings.Repeat("a", 64), strings.Repeat("a.", 31) + "ab",
	}
	bad := []string{
		"", ".", "..", "a.", ".a", "a..b", "0", "0a", "9a", "_", "_a", "a.0", "a._", "a.b.", "A", "Z", "aB", "a.B", "a-b", "a b", " a", "a ",
		"a\n", "a\x00", "a*", "*", "a.*", "a/b", "a:b", "a`b", "a{b", "a@b", "a[b", "a^b", "a,b", "é", "aé", "\u212a", "а", "a\xff", "\xff", "\"", "a\"b",
		strings.Repeat("a", 65), strings.Repeat("a.", 32) + "a",
	}
	for i, names := range [][]string{good, bad} {
		for _, name := range names {
			_, asAction := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
			_, asRole := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: rbac.RoleID(name), Kind: rbac.KindTenant}}})
			assert.Equal(t, i == 0, asAction == nil, "an action of the name %q", name)
			assert.Equal(t, i == 0, asRole == nil, "a role of the name %q", name)
		}
	}
}

// A name is quoted and cut, so that a hostile one neither breaks a log nor fills it.
func TestAHostileNameIsQuotedInPart(t *testing.T) {
	t.Parallel()
	const anyName = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`
	for name, quoted := range map[string]string{
		"a\nb":                          `"a\nb"`,
		strings.Repeat("A", 64):         `"` + strings.Repeat("A", 64) + `"`,
		strings.Repeat("A", 65):         `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 16<<20):     `"` + strings.Repeat("A", 64) + `"...`,
		strings.Repeat("A", 63) + "é.b": `"` + strings.Repeat("A", 63) + `\xc3"...`,
	} {
		_, err := rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.Action(name): rbac.OnAny}})
		assert.EqualError(t, err, "rbac: actions["+quoted+"]: invalid name "+quoted+"; "+anyName)
		_, err = rbac.New(rbac.Spec{FourEyes: []rbac.Action{rbac.Action(name)}})
		assert.EqualError(t, err, "rbac: four_eyes[0]: unknown action "+quoted+"; declare it in actions")
	}
}

func TestARoleIsDescribedInWords(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct{ name, description, problem string }{
		"nothing":                            {"", "", ""},
		"256 bytes of name":                  {strings.Repeat("n", 256), "", ""},
		"257 bytes of name":                  {strings.Repeat("n", 257), "", "rbac: roles[0].name: 257 bytes are too many; use 256 at most"},
		"256 bytes of 128 letters":           {strings.Repeat("é", 128), "", ""},
		"258 bytes of 129 letters":           {strings.Repeat("é", 129), "", "rbac: roles[0].name: 258 bytes are too many; use 256 at most"},
		"1,024 bytes of description":         {"", strings.Repeat("d", 1_024), ""},
		"1,025 bytes of description":         {"", strings.Repeat("d", 1_025), "rbac: roles[0].description: 1025 bytes are too many; use 1024 at most"},
		"a name in any script":               {"審査員 \"<&>\" \u2028 😀", "\t\n", ""},
		"a name that is not UTF-8":           {"a\xff", "", "rbac: roles[0].name: text that is damaged or not UTF-8; replace the damaged text"},
		"a name with U+FFFD":                 {"a\ufffd", "", "rbac: roles[0].name: text that is damaged or not UTF-8; replace the damaged text"},
		"a description that is not UTF-8":    {"", "\xed\xa0\x80", "rbac: roles[0].description: text that is damaged or not UTF-8; replace the damaged text"},
		"too long and damaged are one thing": {strings.Repeat("\xff", 300), "", "rbac: roles[0].name: 300 bytes are too many; use 256 at most"},
	} {
		_, err := rbac.New(rbac.Spec{Roles: []rbac.Role{{ID: "r", Kind: rbac.KindTenant, Name: row.name, Description: row.description}}})
		if row.problem == "" {
			assert.NoError(t, err, sentence)
			continue
		}
		assert.EqualError(t, err, row.problem, sentence)
	}
}

// Near words are looked for a few times only: a document full of unknown names is refused as fast as any other.
func TestOnlyTheFirstSixteenProblemsGetSuggestions(t *testing.T) {
	t.Parallel()
	var misspelt []rbac.Action
	for range 18 {
		misspelt = append(misspelt, "miniprogram.relase")
	}
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: misspelt})
	found := joinedProblems(t, err)
	require.Len(t, found, 18)
	for i, problem := range found {
		want := `did you mean "miniprogram.release"?`
		if i >= 16 {
			want = "declare it in actions"
		}
		assert.Equal(t, want, problem.Hint, "the hint of problem %d", i)
		assert.Equal(t, fmt.Sprintf("specs[1].four_eyes[%d]", i), problem.Place)
	}
}

// problemsOf are the texts of an error's parts, each of which must be a *ValidationError.
func problemsOf(t *testing.T, err error) []string {
	t.Helper()
	var parts []error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts = joined.Unwrap()
	} else if err != nil {
		parts = []error{err}
	}
	var texts []string
	for _, part := range parts {
		assert.IsType(t, &rbac.ValidationError{}, part)
		texts = append(texts, part.Error())
	}
	return texts
}

func TestValidateMemberNamesEveryProblem(t *testing.T) {
	apart := []rbac.Assignment{until(soon, inRole(maker)), from(soon, inRole(checker))}
	tests := []struct {
		name   string
		member rbac.Member
		want   []string
	}{
		{"one with nothing", inShop(), nil},
		{"one with several roles", inShop(inRole(reader), inRole(releaser, "mp-1"), from(ago, until(soon, inRole(signer)))), nil},
		{"one who is invited", inStatus(rbac.StatusInvited, inShop()), nil},
		{"one who is deleted", inStatus(rbac.StatusDeleted, inShop()), nil},
		{"one without an ID", staff("", theShop), []string{"rbac: id: the ID is empty; give the host's ID of the member"}},
		{"one without a workspace", staff("bob", rbac.Workspace{}), []string{"rbac: workspace.kind: workspace kind(0) is not a kind; use Tenant(id) or tenant.Developer(id)"}},
		{"one of a workspace without an ID", staff("bob", rbac.Workspace{Kind: rbac.KindDeveloper, Tenant: "wallet"}), []string{"rbac: workspace.id: the ID is empty; give the host's ID of the workspace"}},
		{"one without a status", inStatus(0, inShop()), []string{"rbac: status: status(0) is not a status; invite the member with Invite"}},
		{"one of a status beyond the last", inStatus(6, inShop()), []string{"rbac: status: status(6) is not a status; invite the member with Invite"}},
		{"an unknown role", inShop(inRole(reader), inRole("signr")), []string{`rbac: assignments[1].role: unknown role "signr"; did you mean "signer"?`}},
		{"an unknown role like no other", inShop(inRole("zzz")), []string{`rbac: assignments[0].role: unknown role "zzz"; define it in the policy`}},
		{"a role of the other kind", inShop(inRole(regional)), []string{`rbac: assignments[0].role: role "regional" cannot be held in a developer workspace; give a role of that kind`}},
		{"a merchant's role in the wallet", staff("bob", theWallet, inRole(reader)), []string{`rbac: assignments[0].role: role "reader" cannot be held in a tenant workspace; give a role of that kind`}},
		{"an empty program", inShop(inRole(releaser, "mp-1", "")), []string{"rbac: assignments[0].mini_programs: an ID is empty; leave it out"}},
		{"reversed bounds", inShop(from(later, until(soon, inRole(reader)))), []string{"rbac: assignments[0].not_after: the end is not after the start; swap the two, or leave one out"}},
		{"equal bounds", inShop(from(soon, until(soon, inRole(reader)))), []string{"rbac: assignments[0].not_after: the end is not after the start; swap the two, or leave one out"}},
		{"bounds of a nanosecond", inShop(from(soon, until(soon.Add(1), inRole(reader)))), nil},
		{"a start without an end", inShop(from(soon, inRole(reader))), nil},
		{"an end without a start", inShop(until(ago, inRole(reader))), nil},
		{"exclusive roles", inShop(inRole(maker), inRole(reader), inRole(checker)), []string{`rbac: assignments[2].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`}},
		{"exclusive roles, each twice", inShop(inRole(maker), inRole(maker), inRole(checker)), []string{`rbac: assignments[2].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`}},
		{"exclusive roles one after the other", inShop(apart...), nil},
		{"exclusive roles of which one is over", inShop(until(ago, inRole(maker)), inRole(checker)), nil},
		{"exclusive roles that met in the past", inShop(until(ago, inRole(maker)), until(ago, inRole(checker))), nil},
		{"exclusive roles that will meet for a nanosecond", inShop(until(soon, inRole(maker)), from(soon.Add(-1), inRole(checker))), []string{`rbac: assignments[1].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`}},
		{"the same role twice", inShop(inRole(maker), inRole(maker)), nil},
		{"everything at once", inStatus(9, staff("", rbac.Tenant(""), inRole("zzz", ""))), []string{
			"rbac: id: the ID is empty; give the host's ID of the member",
			"rbac: workspace.id: the ID is empty; give the host's ID of the workspace",
			"rbac: status: status(9) is not a status; invite the member with Invite",
			`rbac: assignments[0].role: unknown role "zzz"; define it in the policy`,
			"rbac: assignments[0].mini_programs: an ID is empty; leave it out",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, problemsOf(t, offices.ValidateMember(test.member)))
		})
	}
}

// Of several that are excluded, the first is named, whichever role it is of.
func TestTheFirstExcludedAssignmentIsNamed(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Exclusive: [][]rbac.RoleID{
		{rbac.Operator, rbac.Developer}, {rbac.Operator, rbac.DeveloperAdmin},
	}}))
	over, admin := until(soon, inRole(rbac.Developer)), inRole(rbac.DeveloperAdmin)
	tests := []struct {
		name string
		held []rbac.Assignment
		want string
	}{
		{"the second, by its role", []rbac.Assignment{over, admin, inRole(rbac.Developer)}, `excludes "developer_admin", which assignments[1] gives`},
		{"the third, of a role that stands first", []rbac.Assignment{over, until(soon, admin), inRole(rbac.Developer)}, `excludes "developer", which assignments[2] gives`},
		{"the first, before another role", []rbac.Assignment{inRole(rbac.Developer), admin}, `excludes "developer", which assignments[0] gives`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := inShop(append(test.held, from(soon, inRole(rbac.Operator)))...)
			want := fmt.Sprintf(`rbac: assignments[%d].role: role "operator" %s; keep one of the two`, len(test.held), test.want)
			assert.Equal(t, []string{want}, problemsOf(t, policy.ValidateMember(m)))
		})
	}
}

func TestValidateWithoutAPolicy(t *testing.T) {
	want := []string{"rbac: there is no policy; build one with New"}
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Equal(t, want, problemsOf(t, policy.ValidateMember(inShop())), "ValidateMember of the %s policy", name)
		assert.Equal(t, want, problemsOf(t, policy.ValidateWorkspace(theShop, nil)), "ValidateWorkspace of the %s policy", name)
	}
}

func TestValidateWorkspaceKeepsTheBounds(t *testing.T) {
	policy := rbac.Must(rbac.New(offices.Spec(), rbac.Spec{
		AtLeast: map[rbac.RoleID]int{fleet: 2},
		AtMost:  map[rbac.RoleID]int{deputy: 2, setter: 0, walletOnly: 1},
	}))
	admin := staff("ann", theShop, inRole(rbac.DeveloperAdmin))
	fleets := []rbac.Member{staff("f-1", theWallet, inRole(fleet)), staff("f-2", theWallet, inRole(fleet))}
	named := func(id string, as ...rbac.Assignment) rbac.Member { return staff(id, theShop, as...) }
	noAdmin := func(hint string) []string {
		return []string{`rbac: members: 0 active holders of role "developer_admin", and at least 1 are needed; ` + hint}
	}
	nobody := noAdmin("give the role to another member first")
	tests := []struct {
		name    string
		place   rbac.Workspace
		members []rbac.Member
		want    []string
	}{
		{"an admin", theShop, []rbac.Member{admin}, nil},
		{"an admin with the role twice", theShop, []rbac.Member{named("ann", inRole(rbac.DeveloperAdmin), inRole(rbac.DeveloperAdmin))}, nil},
		{"an admin whose role is over, and in force again", theShop, []rbac.Member{named("ann", inRole(rbac.DeveloperAdmin), until(ago, inRole(rbac.DeveloperAdmin)))}, nil},
		{"the last admin demoted", theShop, []rbac.Member{named("ann", inRole(rbac.Developer, "mp-1"))}, nobody},
		{"the last admin gone", theShop, []rbac.Member{named("bob")}, nobody},
		{"the last admin deleted", theShop, []rbac.Member{inStatus(rbac.StatusDeleted, admin)}, nobody},
		{"the last admin withdrawn", theShop, []rbac.Member{inStatus(rbac.StatusWithdrawn, admin)}, nobody},
		{"nobody", theShop, nil, nobody},
		{"the last admin blocked", theShop, []rbac.Member{inStatus(rbac.StatusBlocked, admin)}, noAdmin("1 hold it, but are not active or not within its time")},
		{"the last admin only invited", theShop, []rbac.Member{inStatus(rbac.StatusInvited, admin)}, noAdmin("1 hold it, but are not active or not within its time")},
		{"the last admin expired", theShop, []rbac.Member{named("ann", until(ago, inRole(rbac.DeveloperAdmin)))}, noAdmin("1 hold it, but are not active or not within its time")},
		{"the last admin not yet", theShop, []rbac.Member{named("ann", from(soon, inRole(rbac.DeveloperAdmin)))}, noAdmin("1 hold it, but are not active or not within its time")},
		{"two admins who may do nothing", theShop, []rbac.Member{inStatus(rbac.StatusBlocked, admin), named("bob", until(ago, inRole(rbac.DeveloperAdmin)))}, noAdmin("2 hold it, but are not active or not within its time")},
		{"an admin beside a blocked one", theShop, []rbac.Member{inStatus(rbac.StatusBlocked, admin), named("bob", inRole(rbac.DeveloperAdmin))}, nil},

		{"as many as there may be", theShop, []rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy))}, nil},
		{"one too many", theShop, []rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)), named("dee", inRole(deputy))}, []string{
			`rbac: members: 3 active holders of role "deputy", and at most 2 are allowed; revoke it from the others`,
		}},
		{"one too many, but blocked", theShop, []rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)), inStatus(rbac.StatusBlocked, named("dee", inRole(deputy)))}, nil},
		{"one too many, but later", theShop, []rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)), named("dee", from(soon, inRole(deputy)))}, nil},
		{"one twice is not too many", theShop, []rbac.Member{admin, named("bob", inRole(deputy), inRole(deputy, "mp-1")), named("cy", inRole(deputy))}, nil},
		{"a role that nobody may hold", theShop, []rbac.Member{admin, named("bob", inRole(setter))}, []string{
			`rbac: members: 1 active holders of role "setter", and at most 0 are allowed; revoke it from the others`,
		}},
		{"the bounds of the other kind do not count", theWallet, append(fleets, staff("ann", theWallet, inRole(rbac.WorkspaceAdmin))), nil},
		{"two problems of number, in name order", theWallet, []rbac.Member{staff("f-1", theWallet, inRole(fleet))}, []string{
			`rbac: members: 1 active holders of role "fleet", and at least 2 are needed; give the role to another member first`,
			`rbac: members: 0 active holders of role "workspace_admin", and at least 1 are needed; give the role to another member first`,
		}},

		{"a member twice", theShop, []rbac.Member{admin, named("bob"), named("bob", inRole("zzz"))}, []string{
			`rbac: members["bob"]: the member is repeated; pass each member once`,
		}},
		{"a member twice, of which one was deleted", theShop, []rbac.Member{admin, inStatus(rbac.StatusDeleted, named("bob")), named("bob")}, nil},
		{"a member twice, of which one was withdrawn", theShop, []rbac.Member{admin, named("bob"), inStatus(rbac.StatusWithdrawn, named("bob"))}, nil},
		{"the second of two deputies twice does not count twice", theShop, []rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)), named("cy", inRole(deputy))}, []string{
			`rbac: members["cy"]: the member is repeated; pass each member once`,
		}},
		{"a member of another merchant", theShop, []rbac.Member{admin, staff("bob", theBakery)}, []string{
			`rbac: members["bob"].workspace: the member belongs to another workspace; pass the members of this one`,
		}},
		{"the admin of another tenant's shop does not count", theShop, []rbac.Member{staff("ann", banksShop, inRole(rbac.DeveloperAdmin))}, []string{
			`rbac: members["ann"].workspace: the member belongs to another workspace; pass the members of this one`,
			nobody[0],
		}},
		{"a deleted member of another merchant", theShop, []rbac.Member{admin, inStatus(rbac.StatusDeleted, staff("bob", theBakery))}, nil},
		{"a member with problems", theShop, []rbac.Member{admin, named("bob", inRole("zzz", "")), inStatus(0, named("cy"))}, []string{
			`rbac: members["bob"].assignments[0].role: unknown role "zzz"; define it in the policy`,
			`rbac: members["bob"].assignments[0].mini_programs: an ID is empty; leave it out`,
			`rbac: members["cy"].status: status(0) is not a status; invite the member with Invite`,
		}},
		{"exclusive roles", theShop, []rbac.Member{admin, named("bob", inRole(maker), inRole(checker))}, []string{
			`rbac: members["bob"].assignments[1].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`,
		}},
		{"exclusive roles of two members", theShop, []rbac.Member{admin, named("bob", inRole(maker)), named("cy", inRole(checker))}, nil},
		{"an admin without an ID", theShop, []rbac.Member{staff("", theShop, inRole(rbac.DeveloperAdmin))}, []string{
			`rbac: members[""].id: the ID is empty; give the host's ID of the member`,
			noAdmin("1 hold it, but are not active or not within its time")[0],
		}},
		{"a member whose ID is long", theShop, []rbac.Member{admin, named(strings.Repeat("x", 65), inRole("zzz"))}, []string{
			`rbac: members["` + strings.Repeat("x", 64) + `"...].assignments[0].role: unknown role "zzz"; define it in the policy`,
		}},
		{"an invalid workspace", rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"}, []rbac.Member{admin}, []string{
			"rbac: workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, problemsOf(t, policy.ValidateWorkspace(test.place, slices.Values(test.members))))
		})
	}
}

func TestValidateWorkspaceOfNoMembersAtAll(t *testing.T) {
	want := []string{`rbac: members: 0 active holders of role "developer_admin", and at least 1 are needed; give the role to another member first`}
	assert.Equal(t, want, problemsOf(t, offices.ValidateWorkspace(theShop, nil)))
	unbounded := rbac.Must(rbac.New(rbac.Spec{}))
	assert.NoError(t, unbounded.ValidateWorkspace(theShop, nil), "a policy without bounds")
}

func TestValidateWorkspaceAsksForEachMemberOnce(t *testing.T) {
	asked := 0
	members := func(yield func(rbac.Member) bool) {
		for i := range 1_000 {
			asked++
			if !yield(staff(fmt.Sprintf("m-%d", i), theShop, inRole(rbac.DeveloperAdmin))) {
				return
			}
		}
	}
	require.NoError(t, offices.ValidateWorkspace(theShop, iter.Seq[rbac.Member](members)))
	assert.Equal(t, 1_000, asked)
}
