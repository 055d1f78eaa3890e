package migration

import (
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// The scene of docs/migration.md: a wallet, its merchant, and three members.
// snippet: scene
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")

	ann = rbac.Member{ID: "ann", Workspace: wallet, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.WorkspaceAdmin},
	}}
	bob = rbac.Member{ID: "bob", Workspace: shop, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}},
	}}
	eve = rbac.Member{ID: "eve", Workspace: wallet, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: "auditor"},
	}}
)

// end

// policyWithAuditor is the default policy and a custom role.
// snippet: custom role
var policyWithAuditor = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
	Roles: []rbac.Role{{
		ID: "auditor", Kind: rbac.KindTenant, Name: "Auditor",
		Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant},
	}},
	Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}}, // who may give it and take it
}))

// end

func Example_ours() {
	// snippet: check
	fmt.Println(rbac.Can(bob, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"))) // assigned to bob
	fmt.Println(rbac.Can(bob, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-7")))  // not assigned
	fmt.Println(rbac.Can(ann, rbac.ViewMiniProgram, shop.MiniProgram("mp-7")))     // of her tenant
	fmt.Println(policyWithAuditor.Can(eve, "report.export", shop.MiniProgram("mp-7")))
	// end

	// Output:
	// true
	// false
	// true
	// true
}

func Example_oursList() {
	// snippet: list
	rows := []rbac.Resource{shop.MiniProgram("mp-42"), shop.MiniProgram("mp-7")}
	filter := rbac.Default().Bind(bob).Filter(rbac.ListMiniPrograms)
	for _, row := range rows {
		if filter.Match(row) {
			fmt.Println(row.MiniProgram)
		}
	}
	// end

	// Output:
	// mp-42
}

func Example_oursPredicate() {
	// snippet: predicate
	clause, args, err := rbac.Default().Bind(bob).Filter(rbac.ListMiniPrograms).Where(rbac.Columns{
		Dialect: rbac.PostgreSQL,
		Kind:    "m.kind", Tenant: "m.tenant", Workspace: "m.workspace", MiniProgram: "m.id", Owner: "m.owner",
		Bytewise: true, // columns of type text compare byte by byte
	})
	fmt.Println("SELECT id FROM mini_programs m WHERE", clause)
	fmt.Println(args, err)
	// end

	// Output:
	// SELECT id FROM mini_programs m WHERE ("m"."tenant" = $1 AND "m"."workspace" = $2 AND "m"."kind" = $3 AND "m"."id" = $4)
	// [wallet shop developer mp-42] <nil>
}

func Example_oursTerms() {
	// snippet: terms
	for _, terms := range rbac.Default().Bind(bob).Filter(rbac.ListMiniPrograms).Terms() {
		switch {
		case terms.Scope&rbac.ScopeTenant != 0:
			fmt.Println("look in the index by tenant for", terms.Workspace.Tenant)
		case terms.Scope&rbac.ScopeWorkspace != 0:
			fmt.Println("look in the index by workspace for", terms.Workspace.ID)
		case terms.Scope&rbac.ScopeAssigned != 0:
			fmt.Println("look in the workspace", terms.Workspace.ID, "by ID for", terms.MiniPrograms)
		}
	}
	// end

	// Output:
	// look in the workspace shop by ID for [mp-42]
}

func Example_oursExplain() {
	// snippet: explain
	why := rbac.Default().Bind(bob).Explain(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-7"))
	fixed := why.Remedies[0].Apply(bob)
	fmt.Println(why.Decision.Allowed, rbac.Can(fixed, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-7")))
	// end

	// Output:
	// false true
}
