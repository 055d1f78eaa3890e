package rbac_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAssignKeepsExclusiveRolesApart(t *testing.T) {
	ann, isMaker, isChecker := deputyWith(), inRole(maker), inRole(checker)
	const exclusive = "member.set_role: exclusive"
	checkAssign(t, offices, []assignmentRow{
		{"the second role of a set", ann, inShop(isMaker), isChecker, exclusive},
		{"the first role of a set", ann, inShop(isChecker), isMaker, exclusive},
		{"beside a second assignment", ann, inShop(inRole(bystander), isMaker), isChecker, exclusive},
		{"to one who is blocked", ann, inStatus(rbac.StatusBlocked, inShop(isMaker)), isChecker, exclusive},
		{"the same role again", ann, inShop(isMaker), isMaker, "yes"},
		{"a role of no set", ann, inShop(isMaker), inRole(bystander), "yes"},
		{"beside one that has ended", ann, inShop(until(morning, isMaker)), isChecker, "yes"},
		{"beside one that ends now", ann, inShop(until(noon, isMaker)), isChecker, "yes"},
		{"beside one that is never in force",
			ann, inShop(from(night, until(evening, isMaker))), isChecker, "yes"},
		{"until the other starts", ann, inShop(from(evening, isMaker)), until(evening, isChecker), "yes"},
		{"until just after the other starts",
			ann, inShop(from(evening, isMaker)), until(evening.Add(1), isChecker), exclusive},
		{"from the end of the other", ann, inShop(until(evening, isMaker)), from(evening, isChecker), "yes"},
		{"from just before the end of the other",
			ann, inShop(until(evening, isMaker)), from(evening.Add(-1), isChecker), exclusive},
		{"within the time of the other",
			ann, inShop(from(morning, until(night, isMaker))), until(evening, isChecker), exclusive},
		{"around the time of the other",
			ann, inShop(from(evening, until(night, isMaker))), from(morning, isChecker), exclusive},
		{"between two of the other role",
			ann, inShop(until(evening, isMaker), from(night, isMaker)), from(evening, until(night, isChecker)), "yes"},
		{"from before the end of the longer of two", ann, inShop(until(evening, isMaker), until(night, isMaker)),
			from(night.Add(-1), isChecker), exclusive},
	})
}

// shifts is a policy with three roles of one set, and of one of them a second set.
var shifts = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Roles: []rbac.Role{
		merchantRole("early", nil), merchantRole("late", nil), merchantRole("nightly", nil),
		merchantRole("guard", nil),
		merchantRole("planner", rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}),
	},
	Exclusive: [][]rbac.RoleID{{"early", "late", "nightly"}, {"guard", "nightly"}},
}))

// Whatever is given last, the answer is the same, and it is that of ValidateMember.
func TestAssignAndValidateMemberKeepThreeRolesApart(t *testing.T) {
	early, late, nightly, guard := inRole("early"), inRole("late"), inRole("nightly"), inRole("guard")
	day := func(first, last int, assignment rbac.Assignment) rbac.Assignment {
		return from(noon.AddDate(0, 0, first), until(noon.AddDate(0, 0, last), assignment))
	}
	tests := []struct {
		sentence string
		held     []rbac.Assignment
		valid    bool
	}{
		{"one after another", held(day(0, 1, early), day(1, 2, late), day(2, 3, nightly)), true},
		{"one after another, in another order", held(day(2, 3, nightly), day(0, 1, early), day(1, 2, late)), true},
		{"the third overlaps the first", held(day(0, 3, early), day(3, 4, late), day(2, 3, nightly)), false},
		{"the third overlaps the second", held(day(0, 1, early), day(1, 3, late), day(2, 4, nightly)), false},
		{"all at once", held(early, late, nightly), false},
		{"the second set", held(day(0, 2, nightly), day(1, 3, guard)), false},
		{"the roles of two sets", held(early, guard), true},
		{"one role again and again", held(day(0, 2, late), day(1, 3, late), day(2, 4, late)), true},
		{"one role again and again, and another within",
			held(day(0, 2, late), day(1, 3, late), day(2, 4, late), day(3, 4, early)), false},
		{"one role again and again, and another after it",
			held(day(0, 2, late), day(1, 3, late), day(4, 5, early)), true},
		{"one within a long one, and a third that meets the long one only",
			held(day(0, 9, late), day(1, 2, late), day(5, 6, early)), false},
		{"two that met in the past", held(day(-3, -1, early), day(-2, 0, late)), true},
		{"one that began in the past and ends as another begins", held(day(-3, 1, early), day(1, 2, late)), true},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			err := shifts.ValidateMemberAt(noon, inShop(test.held...))
			assert.Equal(t, test.valid, err == nil, "ValidateMemberAt: %v", err)
			assert.Equal(t, test.valid, oneByOne(test.held) == nil, "Assign, one by one")
			slices.Reverse(test.held)
			assert.Equal(t, test.valid, oneByOne(test.held) == nil, "Assign, in reverse")
		})
	}
}

// oneByOne gives assignments one after another. Those that have ended cannot be given, and are held already.
func oneByOne(given []rbac.Assignment) error {
	m := inShop()
	for _, assignment := range given {
		if !assignment.NotAfter.IsZero() && !noon.Before(assignment.NotAfter) {
			m.Assignments = append(m.Assignments, assignment)
			continue
		}
		next, err := shifts.BindAt(noon, annWith(inRole("planner"))).Assign(m, assignment)
		if err != nil {
			return err
		}
		m = next
	}
	return nil
}

// Several assignments may be excluded. The problem names the first of them, whatever its role.
func TestValidateMemberNamesTheFirstExcludedAssignment(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Exclusive: [][]rbac.RoleID{
		{rbac.Operator, rbac.Developer}, {rbac.Operator, rbac.DeveloperAdmin},
	}}))
	developer, admin := inRole(rbac.Developer), inRole(rbac.DeveloperAdmin)
	briefDeveloper, briefAdmin := until(evening, developer), until(evening, admin)
	tests := []struct {
		name string
		held []rbac.Assignment
		want string
	}{
		{"the second of three", []rbac.Assignment{briefDeveloper, admin, developer},
			`excludes "developer_admin", which assignments[1] gives`},
		{"the third of three, whose role is also the first", []rbac.Assignment{briefDeveloper, briefAdmin, developer},
			`excludes "developer", which assignments[2] gives`},
		{"the first of two", []rbac.Assignment{developer, admin}, `excludes "developer", which assignments[0] gives`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := inShop(append(test.held, from(evening, inRole(rbac.Operator)))...)
			place := fmt.Sprintf("assignments[%d].role", len(test.held))
			want := fmt.Sprintf(`rbac: %s: role "operator" %s; keep one of the two`, place, test.want)
			assert.Equal(t, []string{want}, problemsOf(t, policy.ValidateMemberAt(noon, m)))
		})
	}
}

func TestNewCaseA12RefusesAnExclusiveSetThatNobodyCanBreak(t *testing.T) {
	ownOf := func(w rbac.Workspace, id rbac.RoleID) rbac.Role { return rbac.Role{ID: id, Kind: w.Kind, Workspace: w} }
	roles := []rbac.Role{ownOf(theShop, "shops"), ownOf(theBakery, "bakerys"), ownOf(banksShop, "banks")}
	const hint = "name roles of one kind, which one member can hold"
	tests := []struct {
		sentence string
		set      []rbac.RoleID
		want     []string
	}{
		{"A12: a tenant's role and a merchant's", []rbac.RoleID{rbac.WorkspaceReviewer, rbac.DeveloperAdmin},
			[]string{`exclusive[0]: no member can hold both "workspace_reviewer" and "developer_admin"; ` + hint}},
		{"A12: two of one kind and one of the other",
			[]rbac.RoleID{rbac.Developer, rbac.Operator, rbac.WorkspaceReviewer},
			[]string{`exclusive[0]: no member can hold both "developer" and "workspace_reviewer"; ` + hint}},
		{"roles of two merchants", []rbac.RoleID{"shops", "bakerys"},
			[]string{`exclusive[0]: no member can hold both "shops" and "bakerys"; ` + hint}},
		{"roles of merchants of the same ID", []rbac.RoleID{rbac.Developer, "shops", "banks"},
			[]string{`exclusive[0]: no member can hold both "shops" and "banks"; ` + hint}},
		{"everybody's role and a merchant's own", []rbac.RoleID{rbac.Developer, "shops"}, nil},
		{"roles of one kind", []rbac.RoleID{rbac.Developer, rbac.Operator}, nil},
	}
	for _, test := range tests {
		spec := rbac.Spec{Roles: roles, Exclusive: [][]rbac.RoleID{test.set}}
		_, err := rbac.Default().With(spec)
		assert.Equal(t, inErrors(test.want), problemsOf(t, err), test.sentence)
	}
}

func TestNewCaseA13RefusesOnesOwnUnderFourEyes(t *testing.T) {
	role := merchantRole("signatory", rbac.Permissions{rbac.DecideRelease: rbac.ScopeOwn})
	watched := []rbac.Action{rbac.DecideRelease}
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{role}, FourEyes: watched})
	want := `rbac: specs[1].roles[0].permissions["approval.decide_release"]: role "signatory" grants ` +
		`"approval.decide_release" only on one's own, which four eyes always refuse; ` +
		"grant a wider scope, or leave it out of four_eyes"
	assert.Equal(t, []string{want}, problemsOf(t, err), "A13")
	role.Permissions[rbac.DecideRelease] = rbac.ScopeOwn | rbac.ScopeWorkspace
	_, err = rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{role}, FourEyes: watched})
	assert.NoError(t, err, "a wider scope too")
}

// tangled is a policy of roles that share several sets, so that a member holds some of them more often than others.
var tangled = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Roles: []rbac.Role{
		merchantRole("a", nil), merchantRole("b", nil), merchantRole("c", nil),
		merchantRole("d", nil), merchantRole("e", nil),
		merchantRole("planner", rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace}),
	},
	Exclusive: tangledSets,
}))

var tangledSets = [][]rbac.RoleID{{"a", "b"}, {"a", "c"}, {"a", "b", "d"}, {"c", "d", "e"}}

func tangledExclude(a, b rbac.Assignment) bool {
	inOneSet := slices.ContainsFunc(tangledSets, func(set []rbac.RoleID) bool {
		return a.Role != b.Role && slices.Contains(set, a.Role) && slices.Contains(set, b.Role)
	})
	return inOneSet && slices.ContainsFunc(tangledInstants, func(at time.Time) bool {
		return !at.Before(noon) && runsAt(at, a) && runsAt(at, b)
	})
}

var tangledInstants = []time.Time{morning, noon, noon.Add(1), evening, evening.Add(1), night}

func randomTangle(random *rand.Rand, most int) []rbac.Assignment {
	var all []rbac.Assignment
	for range random.IntN(most + 1) {
		first := random.IntN(len(tangledInstants) - 1)
		last := first + 1 + random.IntN(len(tangledInstants)-1-first)
		role := inRole(anyOf[rbac.RoleID](random, "a", "a", "a", "b", "b", "c", "d", "e"))
		all = append(all, from(tangledInstants[first], until(tangledInstants[last], role)))
	}
	return all
}

// The oracle compares every assignment with every other one, and counts the roles of each set at each instant.
func TestExclusiveRolesAreFoundInAnySets(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(13, 13))
	planner := tangled.BindAt(noon, annWith(inRole("planner")))
	valid, invalid, worse := 0, 0, 0
	for range 20_000 {
		all := randomTangle(random, 7)
		excluded := make(map[int]bool)
		for i := range all {
			excluded[i] = slices.ContainsFunc(all[:i], func(other rbac.Assignment) bool { return tangledExclude(all[i], other) })
		}
		problems := problemsOf(t, tangled.ValidateMemberAt(noon, inShop(all...)))
		for _, problem := range problems {
			var second, first int
			var role, other string
			const form = "rbac: assignments[%d].role: role %q excludes %q, which assignments[%d] gives; keep one of the two"
			_, err := fmt.Sscanf(problem, form, &second, &role, &other, &first)
			require.NoError(t, err, problem)
			require.True(t, first < second && tangledExclude(all[first], all[second]), "%v: %s", all, problem)
		}
		want := slices.ContainsFunc(slices.Collect(maps.Values(excluded)), func(is bool) bool { return is })
		require.Equal(t, want, len(problems) > 0, "%v: %v", all, problems)
		if want {
			invalid++
		} else {
			valid++
		}

		further := randomTangle(random, 1)
		if len(further) == 1 && noon.Before(further[0].NotAfter) {
			_, err := planner.Assign(inShop(all...), further[0])
			excludes := slices.ContainsFunc(all, func(held rbac.Assignment) bool { return tangledExclude(held, further[0]) })
			require.Equal(t, excludes, err != nil, "%v and %v: %v", all, further, err)
		}

		before := randomTangle(random, 7)
		admin := named("sam", inRole(rbac.DeveloperAdmin))
		err := tangled.ValidateChangeAt(noon, theShop,
			slices.Values([]rbac.Member{admin, inShop(before...)}), slices.Values([]rbac.Member{admin, inShop(all...)}))
		isWorse := slices.ContainsFunc(tangledSets, func(set []rbac.RoleID) bool {
			return slices.ContainsFunc(tangledInstants[1:], func(at time.Time) bool {
				now := rolesHeld(set, all, at)
				return now > 1 && now > rolesHeld(set, before, at)
			})
		})
		require.Equal(t, isWorse, err != nil, "from %v to %v: %v", before, all, err)
		if isWorse {
			worse++
		}
	}
	assert.Greater(t, min(valid, invalid, worse, 20_000-worse), 2_000)
}

func rolesHeld(set []rbac.RoleID, all []rbac.Assignment, at time.Time) (count int) {
	for _, id := range set {
		if slices.ContainsFunc(all, func(a rbac.Assignment) bool { return a.Role == id && runsAt(at, a) }) {
			count++
		}
	}
	return count
}
