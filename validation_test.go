package rbac_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValidateMemberNamesEveryProblem(t *testing.T) {
	apart := []rbac.Assignment{until(soon, inRole(maker)), from(soon, inRole(checker))}
	tests := []struct {
		name   string
		member rbac.Member
		want   []string
	}{
		{"one with nothing", inShop(), nil},
		{"one with several roles",
			inShop(inRole(reader), inRole(releaser, "mp-1"), from(ago, until(soon, inRole(signer)))), nil},
		{"one who is invited", inStatus(rbac.StatusInvited, inShop()), nil},
		{"one who is deleted", inStatus(rbac.StatusDeleted, inShop()), nil},
		{"one without an ID",
			staff("", theShop), []string{"rbac: id: the ID is empty; give the host's ID of the member"}},
		{"one without a workspace", staff("bob", rbac.Workspace{}),
			[]string{"rbac: workspace.kind: workspace kind(0) is not a kind; use Tenant(id) or tenant.Developer(id)"}},
		{"one of a workspace without an ID", staff("bob", rbac.Workspace{Kind: rbac.KindDeveloper, Tenant: "wallet"}),
			[]string{"rbac: workspace.id: the ID is empty; give the host's ID of the workspace"}},
		{"one without a status",
			inStatus(0, inShop()), []string{"rbac: status: status(0) is not a status; invite the member with Invite"}},
		{"one of a status beyond the last",
			inStatus(6, inShop()), []string{"rbac: status: status(6) is not a status; invite the member with Invite"}},
		{"an unknown role", inShop(inRole(reader), inRole("signr")),
			[]string{`rbac: assignments[1].role: unknown role "signr"; did you mean "signer"?`}},
		{"an unknown role like no other",
			inShop(inRole("zzz")), []string{`rbac: assignments[0].role: unknown role "zzz"; define it in the policy`}},
		{"a role of the other kind", inShop(inRole(regional)),
			[]string{`rbac: assignments[0].role: role "regional" is not held in a developer workspace; give a role of that kind`}},
		{"a merchant's role in the wallet", staff("bob", theWallet, inRole(reader)),
			[]string{`rbac: assignments[0].role: role "reader" is not held in a tenant workspace; give a role of that kind`}},
		{"an empty program", inShop(inRole(releaser, "mp-1", "")),
			[]string{"rbac: assignments[0].mini_programs: an ID is empty; leave it out"}},
		{"reversed bounds", inShop(from(later, until(soon, inRole(reader)))),
			[]string{"rbac: assignments[0].not_after: the end is not after the start; swap the two, or leave one out"}},
		{"equal bounds", inShop(from(soon, until(soon, inRole(reader)))),
			[]string{"rbac: assignments[0].not_after: the end is not after the start; swap the two, or leave one out"}},
		{"bounds of a nanosecond", inShop(from(soon, until(soon.Add(1), inRole(reader)))), nil},
		{"a start without an end", inShop(from(soon, inRole(reader))), nil},
		{"an end without a start", inShop(until(ago, inRole(reader))), nil},
		{"exclusive roles", inShop(inRole(maker), inRole(reader), inRole(checker)),
			[]string{`rbac: assignments[2].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`}},
		{"exclusive roles, each twice", inShop(inRole(maker), inRole(maker), inRole(checker)),
			[]string{`rbac: assignments[2].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`}},
		{"exclusive roles one after the other", inShop(apart...), nil},
		{"exclusive roles of which one is over", inShop(until(ago, inRole(maker)), inRole(checker)), nil},
		{"exclusive roles that met in the past", inShop(until(ago, inRole(maker)), until(ago, inRole(checker))), nil},
		{"exclusive roles that will meet for a nanosecond",
			inShop(until(soon, inRole(maker)), from(soon.Add(-1), inRole(checker))),
			[]string{`rbac: assignments[1].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`}},
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

func TestValidateMemberAndWorkspaceWithoutAPolicy(t *testing.T) {
	want := []string{"rbac: there is no policy; build one with New"}
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		assert.Equal(t, want, problemsOf(t, policy.ValidateMember(inShop())), "ValidateMember of the %s policy", name)
		assert.Equal(t, want, problemsOf(t, policy.ValidateWorkspace(theShop, nil)),
			"ValidateWorkspace of the %s policy", name)
	}
}

func TestValidateWorkspaceNamesEveryProblem(t *testing.T) {
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
	nobody := noAdmin("keep the role with one who holds it, or give it to another first")
	tests := []struct {
		name    string
		place   rbac.Workspace
		members []rbac.Member
		want    []string
	}{
		{"an admin", theShop, []rbac.Member{admin}, nil},
		{"an admin with the role twice",
			theShop, []rbac.Member{named("ann", inRole(rbac.DeveloperAdmin), inRole(rbac.DeveloperAdmin))}, nil},
		{"an admin whose role is over, and in force again", theShop,
			[]rbac.Member{named("ann", inRole(rbac.DeveloperAdmin), until(ago, inRole(rbac.DeveloperAdmin)))}, nil},
		{"the last admin demoted", theShop, []rbac.Member{named("ann", inRole(rbac.Developer, "mp-1"))}, nobody},
		{"the last admin gone", theShop, []rbac.Member{named("bob")}, nobody},
		{"the last admin deleted", theShop, []rbac.Member{inStatus(rbac.StatusDeleted, admin)}, nobody},
		{"the last admin withdrawn", theShop, []rbac.Member{inStatus(rbac.StatusWithdrawn, admin)}, nobody},
		{"nobody", theShop, nil, nobody},
		{"the last admin blocked", theShop, []rbac.Member{inStatus(rbac.StatusBlocked, admin)},
			noAdmin("1 hold it, but are not active or not within its time")},
		{"the last admin only invited", theShop, []rbac.Member{inStatus(rbac.StatusInvited, admin)},
			noAdmin("1 hold it, but are not active or not within its time")},
		{"the last admin expired", theShop, []rbac.Member{named("ann", until(ago, inRole(rbac.DeveloperAdmin)))},
			noAdmin("1 hold it, but are not active or not within its time")},
		{"the last admin not yet", theShop, []rbac.Member{named("ann", from(soon, inRole(rbac.DeveloperAdmin)))},
			noAdmin("1 hold it, but are not active or not within its time")},
		{"two admins who may do nothing", theShop,
			[]rbac.Member{inStatus(rbac.StatusBlocked, admin), named("bob", until(ago, inRole(rbac.DeveloperAdmin)))},
			noAdmin("2 hold it, but are not active or not within its time")},
		{"an admin beside a blocked one", theShop,
			[]rbac.Member{inStatus(rbac.StatusBlocked, admin), named("bob", inRole(rbac.DeveloperAdmin))}, nil},

		{"as many as there may be",
			theShop, []rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy))}, nil},
		{"one too many", theShop,
			[]rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)),
				named("dee", inRole(deputy))}, []string{
				`rbac: members: 3 active holders of role "deputy", and at most 2 are allowed; revoke it from the others`,
			}},
		{"one too many, but blocked", theShop,
			[]rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)),
				inStatus(rbac.StatusBlocked, named("dee", inRole(deputy)))}, nil},
		{"one too many, but later", theShop,
			[]rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)),
				named("dee", from(soon, inRole(deputy)))}, nil},
		{"one twice is not too many", theShop,
			[]rbac.Member{admin, named("bob", inRole(deputy), inRole(deputy, "mp-1")), named("cy", inRole(deputy))},
			nil},
		{"a role that nobody may hold", theShop, []rbac.Member{admin, named("bob", inRole(setter))}, []string{
			`rbac: members: 1 active holders of role "setter", and at most 0 are allowed; revoke it from the others`,
		}},
		{"the bounds of the other kind do not count",
			theWallet, append(fleets, staff("ann", theWallet, inRole(rbac.WorkspaceAdmin))), nil},
		{"two problems of number, in name order",
			theWallet, []rbac.Member{staff("f-1", theWallet, inRole(fleet))}, []string{
				`rbac: members: 1 active holders of role "fleet", and at least 2 are needed; keep the role with one who holds it, or give it to another first`,
				`rbac: members: 0 active holders of role "workspace_admin", and at least 1 are needed; keep the role with one who holds it, or give it to another first`,
			}},

		{"a member twice", theShop, []rbac.Member{admin, named("bob"), named("bob", inRole("zzz"))}, []string{
			`rbac: members["bob"]: the member is there twice; hand in each member once`,
		}},
		{"a member twice, of which one was deleted",
			theShop, []rbac.Member{admin, inStatus(rbac.StatusDeleted, named("bob")), named("bob")}, nil},
		{"a member twice, of which one was withdrawn",
			theShop, []rbac.Member{admin, named("bob"), inStatus(rbac.StatusWithdrawn, named("bob"))}, nil},
		{"the second of two deputies twice does not count twice", theShop,
			[]rbac.Member{admin, named("bob", inRole(deputy)), named("cy", inRole(deputy)),
				named("cy", inRole(deputy))}, []string{
				`rbac: members["cy"]: the member is there twice; hand in each member once`,
			}},
		{"a member of another merchant", theShop, []rbac.Member{admin, staff("bob", theBakery)}, []string{
			`rbac: members["bob"].workspace: the member belongs to another workspace; hand in the members of this one`,
		}},
		{"the admin of another tenant's shop does not count",
			theShop, []rbac.Member{staff("ann", banksShop, inRole(rbac.DeveloperAdmin))}, []string{
				`rbac: members["ann"].workspace: the member belongs to another workspace; hand in the members of this one`,
				nobody[0],
			}},
		{"a deleted member of another merchant",
			theShop, []rbac.Member{admin, inStatus(rbac.StatusDeleted, staff("bob", theBakery))}, nil},
		{"a member with problems",
			theShop, []rbac.Member{admin, named("bob", inRole("zzz", "")), inStatus(0, named("cy"))}, []string{
				`rbac: members["bob"].assignments[0].role: unknown role "zzz"; define it in the policy`,
				`rbac: members["bob"].assignments[0].mini_programs: an ID is empty; leave it out`,
				`rbac: members["cy"].status: status(0) is not a status; invite the member with Invite`,
			}},
		{"exclusive roles", theShop, []rbac.Member{admin, named("bob", inRole(maker), inRole(checker))}, []string{
			`rbac: members["bob"].assignments[1].role: role "checker" excludes "maker", which assignments[0] gives; keep one of the two`,
		}},
		{"exclusive roles of two members",
			theShop, []rbac.Member{admin, named("bob", inRole(maker)), named("cy", inRole(checker))}, nil},
		{"an admin without an ID", theShop, []rbac.Member{staff("", theShop, inRole(rbac.DeveloperAdmin))}, []string{
			`rbac: members[""].id: the ID is empty; give the host's ID of the member`,
			noAdmin("1 hold it, but are not active or not within its time")[0],
		}},
		{"a member whose ID is long",
			theShop, []rbac.Member{admin, named(strings.Repeat("x", 65), inRole("zzz"))}, []string{
				`rbac: members["` + strings.Repeat("x",
					64) + `"...].assignments[0].role: unknown role "zzz"; define it in the policy`,
			}},
		{"an invalid workspace",
			rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"}, []rbac.Member{admin}, []string{
				"rbac: workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)",
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, problemsOf(t, policy.ValidateWorkspace(test.place, slices.Values(test.members))))
		})
	}
}

func TestValidateWorkspaceOfNoMembers(t *testing.T) {
	want := []string{`rbac: members: 0 active holders of role "developer_admin", and at least 1 are needed; keep the role with one who holds it, or give it to another first`}
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
