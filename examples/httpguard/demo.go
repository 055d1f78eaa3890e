package main

import "github.com/miniprogram-platform/rbac"

// The workspaces of two native apps and of two merchants of the first.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
	bank   = rbac.Tenant("bank")
)

// demoStore returns a store with a few rows.
func demoStore() *Store {
	s := &Store{
		members:      map[MemberKey]rbac.Member{},
		workspaces:   map[string]rbac.Workspace{},
		miniPrograms: map[string]MiniProgram{},
	}
	for _, w := range []rbac.Workspace{wallet, shop, bakery, bank} {
		s.workspaces[w.ID] = w
	}
	for _, p := range []MiniProgram{
		{ID: "top-up", Name: "Top-up", Workspace: wallet},
		{ID: "mp-42", Name: "Groceries", Workspace: shop},
		{ID: "mp-43", Name: "Vouchers", Workspace: shop},
		{ID: "mp-7", Name: "Cakes", Workspace: bakery},
	} {
		s.miniPrograms[p.ID] = p
	}
	for _, m := range []rbac.Member{
		demoMember("ann", wallet, rbac.StatusActive, rbac.WorkspaceAdmin),
		demoMember("sam", shop, rbac.StatusActive, rbac.DeveloperAdmin),
		demoMember("alice", shop, rbac.StatusActive, rbac.Developer, "mp-42"),
		demoMember("ola", shop, rbac.StatusActive, rbac.Operator, "mp-42"),
		demoMember("bob", bakery, rbac.StatusActive, rbac.DeveloperAdmin),
		demoMember("gil", bakery, rbac.StatusBlocked, rbac.DeveloperAdmin),
		demoMember("eve", bank, rbac.StatusActive, rbac.WorkspaceAdmin),
	} {
		s.members[MemberKey{m.Workspace, m.ID}] = m
	}
	return s
}

func demoMember(id string, w rbac.Workspace, status rbac.Status, role rbac.RoleID, assigned ...string) rbac.Member {
	return rbac.Member{
		ID:          id,
		Workspace:   w,
		Status:      status,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: assigned}},
	}
}

// demoSessions has a session for each member, and one whose member is gone.
func demoSessions() Sessions {
	return Sessions{
		"ann":   {wallet, "ann"},
		"sam":   {shop, "sam"},
		"alice": {shop, "alice"},
		"ola":   {shop, "ola"},
		"bob":   {bakery, "bob"},
		"gil":   {bakery, "gil"},
		"eve":   {bank, "eve"},
		"zoe":   {shop, "zoe"},
	}
}
