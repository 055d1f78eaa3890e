package rbac_test

import (
	"fmt"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

func TestCheckAssignKeepsExclusiveRolesApart(t *testing.T) {
	ann := annWith(inRole(deputy))
	yes, exclusive := "yes, by deputy (workspace)", "member.set_role: exclusive"
	isMaker, isChecker := inRole(maker), inRole(checker)
	checkRows(t, offices.CheckAssign, []adminRow{
		{"the second role of a set", ann, inShop(isMaker), isChecker, exclusive},
		{"the first role of a set", ann, inShop(isChecker), isMaker, exclusive},
		{"beside a second assignment", ann, inShop(inRole(bystander), isMaker), isChecker, exclusive},
		{"to one who is blocked", ann, inStatus(rbac.StatusBlocked, inShop(isMaker)), isChecker, exclusive},
		{"the same role again", ann, inShop(isMaker), isMaker, yes},
		{"a role of no set", ann, inShop(isMaker), inRole(bystander), yes},
		{"beside one that has expired", ann, inShop(until(ago, isMaker)), isChecker, yes},
		{"beside one that is never in force", ann, inShop(from(later, until(soon, isMaker))), isChecker, yes},
		{"until the other starts", ann, inShop(from(soon, isMaker)), until(soon, isChecker), yes},
		{"until just after the other starts",
			ann, inShop(from(soon, isMaker)), until(soon.Add(1), isChecker), exclusive},
		{"from the end of the other", ann, inShop(until(soon, isMaker)), from(soon, isChecker), yes},
		{"from just before the end of the other",
			ann, inShop(until(soon, isMaker)), from(soon.Add(-1), isChecker), exclusive},
		{"within the time of the other",
			ann, inShop(from(ago, until(later, isMaker))), until(soon, isChecker), exclusive},
	})
}

// Several assignments may be excluded. The problem names the first of them, whatever its role.
func TestValidateMemberNamesTheFirstExcludedAssignment(t *testing.T) {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Exclusive: [][]rbac.RoleID{
		{rbac.Operator, rbac.Developer}, {rbac.Operator, rbac.DeveloperAdmin},
	}}))
	developer, admin := inRole(rbac.Developer), inRole(rbac.DeveloperAdmin)
	briefDeveloper, briefAdmin := until(soon, developer), until(soon, admin)
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
			m := inShop(append(test.held, from(soon, inRole(rbac.Operator)))...)
			place := fmt.Sprintf("assignments[%d].role", len(test.held))
			want := fmt.Sprintf(`rbac: %s: role "operator" %s; keep one of the two`, place, test.want)
			assert.Equal(t, []string{want}, problemsOf(t, policy.ValidateMember(m)))
		})
	}
}
