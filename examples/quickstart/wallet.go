package main

import "github.com/miniprogram-platform/rbac"

// A wallet and two of its merchants.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
)

// Their mini programs.
var (
	topUp = wallet.MiniProgram("top-up")
	mp42  = shop.MiniProgram("mp-42")
	mp43  = shop.MiniProgram("mp-43")
	mp7   = bakery.MiniProgram("mp-7")

	miniPrograms = []rbac.Resource{topUp, mp42, mp43, mp7}
)

// A member for each of the seven roles.
var (
	ann   = member("ann", wallet, rbac.WorkspaceAdmin)
	rae   = member("rae", wallet, rbac.WorkspaceReviewer)
	dan   = member("dan", wallet, rbac.WorkspaceDeveloper, "top-up")
	ola   = member("ola", wallet, rbac.WorkspaceOperator)
	sam   = member("sam", shop, rbac.DeveloperAdmin)
	alice = member("alice", shop, rbac.Developer, "mp-42")
	bob   = member("bob", bakery, rbac.Operator, "mp-7")

	members = []rbac.Member{ann, rae, dan, ola, sam, alice, bob}
)

func member(id string, workspace rbac.Workspace, role rbac.RoleID, assigned ...string) rbac.Member {
	return rbac.Member{
		ID:          id,
		Workspace:   workspace,
		Status:      rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: assigned}},
	}
}
