package view

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// admin is a merchant's admin, until a time or without an end.
func admin(until time.Time) rbac.Member {
	return rbac.Member{ID: "sam", Workspace: shop, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.DeveloperAdmin, NotAfter: until}}}
}

// viewerOf is a member who looks at the shop.
func viewerOf(policy *rbac.Policy, member rbac.Member) Viewer {
	return Viewer{Policy: policy, Subject: policy.Bind(member), Member: member, Workspace: shop}
}

// Every scope that the form of a role offers can be saved, and no other can.
func TestRoleFormOffersExactlyWhatDefineAllows(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnWorkspace, "report.read": rbac.OnAny},
		Extend:  map[rbac.RoleID]rbac.Permissions{rbac.DeveloperAdmin: {"report.read": rbac.ScopeOwn}},
	}))
	editor := policy.Bind(admin(time.Time{}))
	form := NewRoleForm(viewerOf(policy, admin(time.Time{})), rbac.Role{}, rbac.Role{Kind: rbac.KindDeveloper}, "")
	require.Empty(t, form.Locked)
	offered, refused := 0, 0
	for _, group := range form.Groups {
		for _, row := range group.Rows {
			for _, word := range []string{"own", "assigned", "workspace", "tenant"} {
				var scope rbac.Scope
				require.NoError(t, scope.UnmarshalText([]byte(word)))
				_, err := editor.Define(rbac.Role{ID: "tried", Kind: rbac.KindDeveloper,
					Permissions: rbac.Permissions{row.Action: scope}})
				can := slices.ContainsFunc(row.Options, func(o ScopeOption) bool { return o.Word == word && !o.Disabled })
				assert.Equal(t, err == nil, can, "%s %s: %v", row.Action, word, err)
				if can {
					offered++
				} else {
					refused++
				}
			}
		}
	}
	assert.Greater(t, offered, 50)
	assert.Greater(t, refused, 50)
}

func TestRoleFormIsLockedForWhoHoldsTheRightForATimeOnly(t *testing.T) {
	editor := viewerOf(rbac.Default(), admin(time.Now().Add(time.Hour)))
	form := NewRoleForm(editor, rbac.Role{}, rbac.Role{Kind: rbac.KindDeveloper}, "")
	for _, group := range form.Groups {
		for _, row := range group.Rows {
			for _, option := range row.Options[1:] {
				assert.True(t, option.Disabled, row.Action)
			}
		}
	}
}

func TestRoleFormKeepsAScopeOfSeveralWords(t *testing.T) {
	policy := rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{{ID: "both", Kind: rbac.KindDeveloper,
		Workspace: shop, Permissions: rbac.Permissions{rbac.ViewRequest: rbac.ScopeOwn | rbac.ScopeAssigned}}}}))
	role, _ := policy.Role("both")
	form := NewRoleForm(viewerOf(policy, admin(time.Time{})), role, role, "")
	for _, group := range form.Groups {
		for _, row := range group.Rows {
			selected := slices.IndexFunc(row.Options, func(o ScopeOption) bool { return o.Selected })
			require.GreaterOrEqual(t, selected, 0, row.Action)
			if row.Action == rbac.ViewRequest {
				assert.Equal(t, "own|assigned", row.Options[selected].Word)
			}
		}
	}
}

// What a page offers is what the library allows: every button of every pair of members.
func TestMemberPageOffersExactlyTheStepsThatAreAllowed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	policy := rbac.Default()
	offered, denied := 0, 0
	for range 3000 {
		members := someMembers(random)
		actor, other := members[random.IntN(len(members))], members[random.IntN(len(members))]
		viewer := policy.Bind(actor)
		access, sees := NewMemberAccess(viewer, shop)
		if !sees {
			continue
		}
		programs := []string{"p0", "p1", "p2"}
		page := NewMemberPage(viewerOf(policy, actor), access, NewAssignmentKeys(nil), members, other, programs, time.Now())
		for _, step := range Steps() {
			after, err := step.Do(viewer, other)
			i := slices.IndexFunc(page.Offers, func(o Offer) bool { return o.Name == step.Name })
			require.Equal(t, err == nil, i >= 0, step.Name)
			if err != nil {
				denied++
				continue
			}
			offered++
			changed := With(members, after)
			valid := policy.ValidateChange(shop, slices.Values(members), slices.Values(changed)) == nil
			require.Equal(t, valid, len(page.Offers[i].Breaks) == 0, step.Name)
		}
		for i, held := range other.Assignments {
			_, err := viewer.Revoke(other, held)
			require.Equal(t, err == nil, page.Assignments[i].Revoke != nil)
		}
	}
	assert.Greater(t, offered, 50)
	assert.Greater(t, denied, 50)
}

func someMembers(random *rand.Rand) (members []rbac.Member) {
	statuses := []rbac.Status{
		rbac.StatusActive, rbac.StatusActive, rbac.StatusActive, rbac.StatusInvited, rbac.StatusBlocked,
		rbac.StatusDeleted, rbac.StatusWithdrawn,
	}
	roles := []rbac.RoleID{rbac.DeveloperAdmin, rbac.Developer, rbac.Operator, "gone"}
	for _, id := range []string{"a", "b", "c", "d"} {
		m := rbac.Member{ID: id, Workspace: shop, Status: statuses[random.IntN(len(statuses))], InvitedAt: time.Now()}
		for range random.IntN(3) {
			a := rbac.Assignment{Role: roles[random.IntN(len(roles))]}
			for _, p := range []string{"p0", "p1"} {
				if random.IntN(2) == 0 {
					a.MiniPrograms = append(a.MiniPrograms, p)
				}
			}
			if random.IntN(3) == 0 {
				a.NotAfter = time.Now().Add(time.Duration(random.IntN(20)-5) * time.Hour)
			}
			m.Assignments = append(m.Assignments, a)
		}
		members = append(members, m)
	}
	return members
}

// A mini program can be ticked if adding or taking it alone is allowed.
func TestReplacementFormDisablesWhatADelegateDoesNotManage(t *testing.T) {
	policy := rbac.Default()
	alice := policy.Bind(rbac.Member{ID: "alice", Workspace: shop, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-1", "mp-2"}}}})
	held := rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-2", "mp-3"}}
	dev := rbac.Member{ID: "dev", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{held}}
	access, sees := NewMemberAccess(alice, shop)
	require.True(t, sees)
	programs := []string{"mp-1", "mp-2", "mp-3", "mp-4"}
	form, may := NewReplacementForm(policy, alice, access, NewAssignmentKeys(nil), dev, held, programs)
	require.True(t, may)
	assert.True(t, form.OnlyBoxes)
	assert.Equal(t, []ProgramOption{
		{Value: "mp-2", Name: "mp-2", Checked: true}, {Value: "mp-1", Name: "mp-1"},
	}, form.Programs, "mp-3 and mp-4 are none of her business")
}

func TestReplacementFormOffersExactlyWhatReplaceAllows(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	policy := rbac.Default()
	programs := []string{"p0", "p1", "p2"}
	enabled, disabled := 0, 0
	for range 3000 {
		members := someMembers(random)
		actor, other := members[random.IntN(len(members))], members[random.IntN(len(members))]
		viewer := policy.Bind(actor)
		access, sees := NewMemberAccess(viewer, shop)
		if !sees {
			continue
		}
		page := NewMemberPage(viewerOf(policy, actor), access, NewAssignmentKeys(nil), members, other, programs, time.Now())
		for i, held := range other.Assignments {
			form, may := NewReplacementForm(policy, viewer, access, NewAssignmentKeys(nil), other, held, programs)
			require.Equal(t, may, page.Assignments[i].Edit != "")
			for _, id := range programs {
				_, err := viewer.Replace(other, held, toggled(held, id))
				box := slices.ContainsFunc(form.Programs, func(o ProgramOption) bool { return o.Value == id && !o.Disabled })
				require.Equal(t, err == nil && access.Sees(id), box, "%s in %v", id, held)
				if box {
					enabled++
				} else {
					disabled++
				}
			}
		}
	}
	assert.Greater(t, enabled, 50)
	assert.Greater(t, disabled, 50)
}

func TestAssignmentFormSaysWhichRolesCanBeGivenOnlyForATime(t *testing.T) {
	policy := rbac.Default()
	other := rbac.Member{ID: "bob", Workspace: shop, Status: rbac.StatusActive}
	form := newAssignForm(policy, policy.Bind(admin(time.Now().Add(time.Hour))), other)
	require.Len(t, form.Roles, 3)
	for _, option := range form.Roles {
		assert.Equal(t, "only with an end date", option.Note, option.ID)
		assert.False(t, option.Disabled)
	}
}

// A preview names exactly the members whose answers differ.
func TestPreviewNamesWhoGainsAndLoses(t *testing.T) {
	layer := func(permissions rbac.Permissions) *rbac.Policy {
		return rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{
			{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop, Permissions: permissions},
		}}))
	}
	before := layer(rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned, rbac.EditMiniProgram: rbac.ScopeWorkspace})
	after := layer(rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeWorkspace, rbac.EditMiniProgram: rbac.ScopeAssigned})
	holder := func(id string, status rbac.Status, roles ...rbac.RoleID) rbac.Member {
		m := rbac.Member{ID: id, Workspace: shop, Status: status}
		for _, role := range roles {
			m.Assignments = append(m.Assignments, rbac.Assignment{Role: role, MiniPrograms: []string{"mp-1"}})
		}
		return m
	}
	p := NewPreview(before, after, []rbac.Member{
		holder("carl", rbac.StatusActive, "cashier"), holder("left", rbac.StatusDeleted, "cashier"),
		holder("sam", rbac.StatusActive, "cashier", rbac.DeveloperAdmin), holder("ola", rbac.StatusActive, rbac.Operator),
	}, time.Now())
	require.Len(t, p.People, 1)
	assert.Equal(t, Person{
		Name: "carl", Gains: []string{"View mini programs"}, Loses: []string{"Edit mini programs' information"},
	}, p.People[0])
	require.Len(t, p.Changes, 2)
	assert.Equal(t, Change{Word: "loses", Class: "loses", Role: "cashier", Name: "Edit mini programs' information",
		Text: "workspace, on mini programs, and keeps assigned, on mini programs"}, p.Changes[0])
	assert.Equal(t, Change{Word: "gains", Class: "gains", Role: "cashier", Name: "View mini programs",
		Text: "workspace, on mini programs, up from assigned, on mini programs"}, p.Changes[1])
}

func TestPreviewSaysWhenAChangeTakesEffectLater(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	layer := func(permissions rbac.Permissions) *rbac.Policy {
		return rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{
			{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop, Permissions: permissions},
		}}))
	}
	before, after := layer(nil), layer(rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned})
	holds := func(programs string, begin, end time.Duration) rbac.Assignment {
		a := rbac.Assignment{Role: "cashier", MiniPrograms: strings.Fields(programs)}
		if begin != 0 {
			a.NotBefore = now.Add(begin)
		}
		if end != 0 {
			a.NotAfter = now.Add(end)
		}
		return a
	}
	const day = 24 * time.Hour
	for _, row := range []struct {
		name   string
		status rbac.Status
		sent   time.Duration // of the invitation
		held   []rbac.Assignment
		when   []string
	}{
		{"an active holder", rbac.StatusActive, 0, []rbac.Assignment{holds("mp-1", 0, 0)}, []string{""}},
		{"an invited one", rbac.StatusInvited, 0, []rbac.Assignment{holds("mp-1", 0, day)},
			[]string{"when the invitation is accepted"}},
		{"one whose invitation has expired", rbac.StatusInvited, -3 * day, []rbac.Assignment{holds("mp-1", 0, 0)},
			[]string{"when the invitation is renewed and accepted"}},
		{"a blocked one", rbac.StatusBlocked, 0, []rbac.Assignment{holds("mp-1", 0, 0)}, []string{"when unblocked"}},
		{"a blocked one whose role has not begun", rbac.StatusBlocked, 0, []rbac.Assignment{holds("mp-1", day, 0)},
			[]string{"when unblocked, from 27 November 2026, 12:00 UTC"}},
		{"one whose role has not begun", rbac.StatusActive, 0,
			[]rbac.Assignment{holds("mp-1", 2*day, 0), holds("mp-1", day, 0)}, []string{"from 27 November 2026, 12:00 UTC"}},
		{"one who has a role, and a second one later", rbac.StatusActive, 0,
			[]rbac.Assignment{holds("mp-1", 0, day), holds("mp-2", day, 0)}, []string{""}},
		{"one whose role names no mini program", rbac.StatusBlocked, 0, []rbac.Assignment{holds("", 0, 0)}, nil},
		{"one whose role has ended", rbac.StatusBlocked, 0, []rbac.Assignment{holds("mp-1", 0, -day)}, nil},
		{"one whose role never begins", rbac.StatusActive, 0, []rbac.Assignment{holds("mp-1", 2*day, day)}, nil},
		{"one who has left", rbac.StatusDeleted, 0, []rbac.Assignment{holds("mp-1", 0, 0)}, nil},
	} {
		m := rbac.Member{ID: "m", Workspace: shop, Status: row.status, InvitedAt: now.Add(row.sent), Assignments: row.held}
		var when []string
		for _, person := range NewPreview(before, after, []rbac.Member{m}, now).People {
			assert.Equal(t, []string{"View mini programs"}, person.Gains, row.name)
			when = append(when, person.When)
		}
		assert.Equal(t, row.when, when, row.name)
	}
}

func TestChangeSaysInWordsWhatAGrantReaches(t *testing.T) {
	for target, words := range map[rbac.Target]string{
		rbac.OnTenant: "native apps", rbac.OnDeveloper: "merchants", rbac.OnWorkspace: "workspaces",
		rbac.OnMiniProgram: "mini programs", rbac.OnAny: "workspaces and mini programs",
		rbac.OnTenant | rbac.OnMiniProgram: "native apps and mini programs",
	} {
		assert.Equal(t, words, targetText(target))
	}
	role := rbac.Role{ID: "r", Kind: rbac.KindDeveloper}
	role.Permissions = rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned}
	before := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{role}}))
	role.Workspace = shop
	after := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{role}}))
	p := NewPreview(before, after, nil, time.Now())
	assert.Equal(t,
		"assigned, on mini programs in any merchant, and keeps assigned, on mini programs in the merchant shop",
		p.Changes[len(p.Changes)-1].Text)
}

func TestPreviewSaysThatAGuardIsGone(t *testing.T) {
	before := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	p := NewPreview(before, rbac.Default(), nil, time.Now())
	assert.Contains(t, p.Changes[0].Text, "four_eyes is gone")
	assert.Equal(t, "check", p.Changes[0].Class)
}

func TestNewProblemsLeavesOutWhatWasWrongBefore(t *testing.T) {
	gone := rbac.Must(rbac.Default().With(rbac.Spec{}))
	with := rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{
		{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop},
	}}))
	members := []rbac.Member{
		admin(time.Time{}),
		{ID: "odd", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{{Role: "nobody"}}},
		{ID: "carl", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{{Role: "cashier"}}},
	}
	problems := NewProblems(with, gone, shop, members)
	require.Len(t, problems, 1)
	assert.Contains(t, problems[0], "cashier")
	assert.Empty(t, NewProblems(gone, gone, shop, members))
}

func TestAnswerSaysWhatExplainSays(t *testing.T) {
	policy := rbac.Default()
	alice := rbac.Member{ID: "alice", Workspace: shop, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}, {Role: "gone"}}}
	for _, program := range []string{"mp-42", "mp-43", ""} {
		resource := shop.MiniProgram(program).OwnedBy("bob")
		answer := NewAnswer(policy, alice, rbac.ReleaseMiniProgram, resource)
		explanation := policy.Bind(alice).Explain(rbac.ReleaseMiniProgram, resource)
		assert.Equal(t, explanation.Decision.Allowed, answer.Allowed)
		assert.Len(t, answer.Findings, 2)
		assert.Len(t, answer.Remedies, len(explanation.Remedies))
		assert.Len(t, answer.Buttons, len(slices.Collect(policy.Bind(alice).Actions(resource))))
		assert.True(t, strings.HasSuffix(answer.Question, ", owned by bob?"))
	}
}

// Remedies call roles by their names.
func TestAnswerSaysWhatWouldAllowIt(t *testing.T) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	resource := shop.MiniProgram("mp-43")
	for _, row := range []struct {
		name   string
		status rbac.Status
		held   []rbac.Assignment
		says   string
	}{
		{"no role", rbac.StatusActive, nil, "^give the role Developer with the mini program mp-43$"},
		{"another mini program", rbac.StatusActive,
			[]rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}},
			"^assign the mini program mp-43 with the role Developer$"},
		{"a blocked admin", rbac.StatusBlocked, []rbac.Assignment{{Role: rbac.DeveloperAdmin}}, "^unblock the member$"},
		{"an invited member without a role", rbac.StatusInvited, nil,
			"^have the member accept the invitation and give the role Developer with the mini program mp-43$"},
		{"a deleted admin", rbac.StatusDeleted, []rbac.Assignment{{Role: rbac.DeveloperAdmin}}, "^invite the member again$"},
		{"an admin whose term is over", rbac.StatusActive, []rbac.Assignment{{Role: rbac.DeveloperAdmin, NotAfter: past}},
			"^renew the role Developer Admin, until .* UTC$"},
		{"an admin whose term has not begun", rbac.StatusActive,
			[]rbac.Assignment{{Role: rbac.DeveloperAdmin, NotBefore: future}}, "^let the role Developer Admin begin now$"},
	} {
		member := rbac.Member{ID: "m", Workspace: shop, Status: row.status, Assignments: row.held}
		answer := NewAnswer(rbac.Default(), member, rbac.ReleaseMiniProgram, resource)
		require.NotEmpty(t, answer.Remedies, row.name)
		matches := func(text string) bool { return regexp.MustCompile(row.says).MatchString(text) }
		assert.True(t, slices.ContainsFunc(answer.Remedies, matches), "%s: %q", row.name, answer.Remedies)
	}
}

// A drop-down without a selected entry would have the first role selected.
func TestAssignmentFormsSelectNoRoleThatWasNotChosen(t *testing.T) {
	templates, err := NewTemplates()
	require.NoError(t, err)
	roles := func(selected bool) []RoleOption { return []RoleOption{{ID: "a"}, {ID: "b", Selected: selected}} }
	for _, row := range []struct {
		name  string
		form  AssignmentForm
		first string
	}{
		{"a new assignment", AssignmentForm{Step: "assign", Roles: roles(false)}, "choose a role"},
		{"what was typed is refused", AssignmentForm{Step: "assign", Roles: roles(true)}, ""},
		{"a change", AssignmentForm{Step: "replace", Roles: roles(true)}, ""},
		{"a change of a role that the form does not offer",
			AssignmentForm{Step: "replace", Roles: roles(false)}, "choose a role"},
		{"an invitation", AssignmentForm{Step: "invite", Roles: roles(false)}, "no role yet"},
	} {
		var out bytes.Buffer
		require.NoError(t, templates.Part(&out, "assignment", &row.form))
		assert.Equal(t, row.first != "", strings.Contains(out.String(), `<option value="">`+row.first), row.name)
		assert.Equal(t, row.form.Step != "invite", strings.Contains(out.String(), `name="role" required`), row.name)
	}
}

func TestTemplatesRenderEmptyModels(t *testing.T) {
	templates, err := NewTemplates()
	require.NoError(t, err)
	for name, body := range map[string]any{
		"choose": Choices{}, "roles": RolesPage{}, "try": TryPage{}, "role": RoleForm{}, "stale": Stale{},
		"members": MemberList{}, "member": MemberPage{}, "log": Log{}, "message": Message{},
	} {
		var out bytes.Buffer
		require.NoError(t, templates.Render(&out, name, Page{Head: Head{Title: "T"}, Body: body}), name)
		assert.Contains(t, out.String(), "</html>")
	}
	assert.ErrorContains(t, templates.Render(&bytes.Buffer{}, "nothing", Page{}), "there is no page")
}
