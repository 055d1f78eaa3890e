package proof

import (
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request is everything that a decision is made of.
type request struct {
	policy   *rbac.Policy
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
}

// spoiled are the ways to take one needed thing from a request. None of them leaves anything to allow.
var broken = map[string]func(q *request){
	"nil policy":                       func(q *request) { q.policy = nil },
	"zero policy":                      func(q *request) { q.policy = &rbac.Policy{} },
	"zero member":                      func(q *request) { q.member = rbac.Member{} },
	"member without ID":                func(q *request) { q.member.ID = "" },
	"member without ID who owns it":    func(q *request) { q.member.ID, q.resource.Owner = "", "" },
	"member without workspace":         func(q *request) { q.member.Workspace = rbac.Workspace{} },
	"member and thing of no workspace": func(q *request) { q.member.Workspace, q.resource.Workspace = rbac.Workspace{}, rbac.Workspace{} },
	"member of an unknown kind":        func(q *request) { q.member.Workspace.Kind, q.resource.Workspace.Kind = 77, 77 },
	"member without tenant":            func(q *request) { q.member.Workspace.Tenant, q.resource.Workspace.Tenant = "", "" },
	"zero status":                      func(q *request) { q.member.Status = 0 },
	"invited":                          func(q *request) { q.member.Status = rbac.StatusInvited },
	"blocked":                          func(q *request) { q.member.Status = rbac.StatusBlocked },
	"withdrawn":                        func(q *request) { q.member.Status = rbac.StatusWithdrawn },
	"deleted":                          func(q *request) { q.member.Status = rbac.StatusDeleted },
	"unknown status":                   func(q *request) { q.member.Status = 200 },
	"no assignments":                   func(q *request) { q.member.Assignments = nil },
	"zero assignment":                  func(q *request) { q.member.Assignments = make([]rbac.Assignment, 3) },
	"unknown roles":                    func(q *request) { q.member = withRoles(q.member, "nobody") },
	"roles in capital letters":         func(q *request) { q.member = withRoleNames(q.member, strings.ToUpper) },
	"roles with a blank":               func(q *request) { q.member = withRoleNames(q.member, func(s string) string { return s + " " }) },
	"roles of the other kind":          func(q *request) { q.member = withRoles(q.member, roleOfOtherKind(q.member)) },
	"no action":                        func(q *request) { q.action = "" },
	"unknown action":                   func(q *request) { q.action += "x" },
	"action in capital letters":        func(q *request) { q.action = rbac.Action(strings.ToUpper(string(q.action))) },
	"action with a blank":              func(q *request) { q.action += " " },
	"any action":                       func(q *request) { q.action = "*" },
	"zero resource":                    func(q *request) { q.resource = rbac.Resource{} },
	"thing of no workspace":            func(q *request) { q.resource.Workspace = rbac.Workspace{} },
	"thing of a workspace without ID":  func(q *request) { q.resource.Workspace.ID = "" },
	"thing of nobody's tenant":         func(q *request) { q.resource.Workspace.Tenant = "" },
	"thing of a workspace of no kind":  func(q *request) { q.resource.Workspace.Kind = 0 },
}

func withRoles(m rbac.Member, role rbac.RoleID) rbac.Member {
	return withRoleNames(m, func(string) string { return string(role) })
}

func withRoleNames(m rbac.Member, rename func(string) string) rbac.Member {
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].Role = rbac.RoleID(rename(string(m.Assignments[i].Role)))
	}
	return m
}

func roleOfOtherKind(m rbac.Member) rbac.RoleID {
	if m.Workspace.Kind == rbac.KindTenant {
		return rbac.DeveloperAdmin
	}
	return rbac.WorkspaceAdmin
}

func TestLaw1NoIsTheDefault(t *testing.T) {
	t.Parallel()
	allowed := 0
	worlds(t, 1, 120, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			if !w.policy.Can(m, a, r) {
				return
			}
			allowed++
			for name, spoil := range broken {
				q := request{w.policy, m, a, r}
				spoil(&q)
				decision := q.policy.Check(q.member, q.action, q.resource)
				if decision.Allowed || decision.Reason == rbac.ReasonGranted || q.policy.Can(q.member, q.action, q.resource) {
					t.Errorf("%v: %s: %+v: %s", w, name, decision, describeQuestion(q.member, q.action, q.resource))
				}
			}
		})
	})
	require.GreaterOrEqual(t, allowed, 1_000, "too few requests were allowed for their spoiling to mean anything")
}

func TestLaw1ZeroValuesAllowNothing(t *testing.T) {
	t.Parallel()
	admin, bob := staff("ann", theWallet, rbac.Assignment{Role: rbac.WorkspaceAdmin}), staff("bob", theWallet)
	program := rbac.Resource{Workspace: theWallet, MiniProgram: "mp-1"}
	require.True(t, rbac.Can(admin, rbac.ViewMiniProgram, program), "the admin may view the program by the default policy")

	var nobody *rbac.Policy
	none := map[string]bool{
		"the zero decision":             rbac.Decision{}.Allowed,
		"no error of the zero decision": rbac.Decision{}.Err() == nil,
		"a nil policy":                  nobody.Can(admin, rbac.ViewMiniProgram, program),
		"a zero policy":                 new(rbac.Policy).Can(admin, rbac.ViewMiniProgram, program),
		"a nil policy's subject":        nobody.Bind(admin).Can(rbac.ViewMiniProgram, program),
		"a nil policy's filter":         nobody.Bind(admin).Filter(rbac.ViewMiniProgram).Match(program),
		"a zero subject":                new(rbac.Subject).Can(rbac.ViewMiniProgram, program),
		"a zero subject's filter":       new(rbac.Subject).Filter(rbac.ViewMiniProgram).Match(program),
		"the zero filter":               rbac.Filter{}.Match(program),
		"the zero filter, to the zero":  rbac.Filter{}.Match(rbac.Resource{}),
		"something in the zero filter":  !rbac.Filter{}.None(),
		"a nil policy's actions":        !isEmpty(nobody.Bind(admin).Actions(program)),
		"a nil policy's members":        !isEmpty(nobody.WhoCan(rbac.ViewMiniProgram, program, slices.Values([]rbac.Member{admin}))),
		"a nil policy's assigning":      nobody.CheckAssign(admin, bob, rbac.Assignment{}).Allowed,
		"a nil policy's defining":       nobody.CheckDefine(admin, rbac.Role{ID: "new", Kind: rbac.KindTenant}).Allowed,
	}
	for name, allowed := range none {
		assert.False(t, allowed, name)
	}
}
