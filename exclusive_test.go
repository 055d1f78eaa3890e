package rbac_test

import (
	"fmt"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

func TestCheckAssignKeepsExclusiveRolesApart(t *testing.T) {
	deputyAnn := annWith(inRole(deputy))
	checkRows(t, offices.CheckAssign, []adminRow{
		{"the other role of a set", deputyAnn, inShop(inRole(maker)), inRole(checker), "member.set_role: exclusive"},
		{"the other way round", deputyAnn, inShop(inRole(checker)), inRole(maker), "member.set_role: exclusive"},
		{"behind another assignment",
			deputyAnn, inShop(inRole(bystander), inRole(maker)), inRole(checker), "member.set_role: exclusive"},
		{"to one who is blocked", deputyAnn, inStatus(rbac.StatusBlocked, inShop(inRole(maker))), inRole(checker),
			"member.set_role: exclusive"},
		{"the same role again", deputyAnn, inShop(inRole(maker)), inRole(maker), "yes, by deputy (workspace)"},
		{"a role of no set", deputyAnn, inShop(inRole(maker)), inRole(bystander), "yes, by deputy (workspace)"},
		{"after one that is over",
			deputyAnn, inShop(until(ago, inRole(maker))), inRole(checker), "yes, by deputy (workspace)"},
		{"beside one that is never in force",
			deputyAnn, inShop(from(later, until(soon, inRole(maker)))), inRole(checker), "yes, by deputy (workspace)"},
		{"until the other starts",
			deputyAnn, inShop(from(soon, inRole(maker))), until(soon, inRole(checker)), "yes, by deputy (workspace)"},
		{"until just after the other starts", deputyAnn, inShop(from(soon, inRole(maker))),
			until(soon.Add(1), inRole(checker)), "member.set_role: exclusive"},
		{"from the end of the other",
			deputyAnn, inShop(until(soon, inRole(maker))), from(soon, inRole(checker)), "yes, by deputy (workspace)"},
		{"from just before the end of the other", deputyAnn, inShop(until(soon, inRole(maker))),
			from(soon.Add(-1), inRole(checker)), "member.set_role: exclusive"},
		{"within the time of the other", deputyAnn, inShop(from(ago, until(later, inRole(maker)))),
			until(soon, inRole(checker)), "member.set_role: exclusive"},
	})
}

// Of several that are excluded, the first is named, whichever role it is of.
func TestValidateMemberNamesTheFirstExcludedAssignment(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Exclusive: [][]rbac.RoleID{
		{rbac.Operator, rbac.Developer}, {rbac.Operator, rbac.DeveloperAdmin},
	}}))
	over, admin := until(soon, inRole(rbac.Developer)), inRole(rbac.DeveloperAdmin)
	tests := []struct {
		name string
		held []rbac.Assignment
		want string
	}{
		{"the second, by its role", []rbac.Assignment{over, admin, inRole(rbac.Developer)},
			`excludes "developer_admin", which assignments[1] gives`},
		{"the third, of a role that stands first", []rbac.Assignment{over, until(soon, admin), inRole(rbac.Developer)},
			`excludes "developer", which assignments[2] gives`},
		{"the first, before another role",
			[]rbac.Assignment{inRole(rbac.Developer), admin}, `excludes "developer", which assignments[0] gives`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := inShop(append(test.held, from(soon, inRole(rbac.Operator)))...)
			want := fmt.Sprintf(`rbac: assignments[%d].role: role "operator" %s; keep one of the two`, len(test.held),
				test.want)
			assert.Equal(t, []string{want}, problemsOf(t, policy.ValidateMember(m)))
		})
	}
}
