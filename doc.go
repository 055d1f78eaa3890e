// Package rbac decides who may do what on a mini program platform. A native app
// manages its mini programs in a tenant workspace, and its merchants manage theirs
// in developer workspaces.
//
//	wallet := rbac.Tenant("wallet")
//	shop := wallet.Developer("shop")
//
//	alice := rbac.Member{
//		ID:          "alice",
//		Workspace:   shop,
//		Status:      rbac.StatusActive,
//		Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}},
//	}
//	rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")) // true
//	rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43")) // false
//
// A [Policy] is built once from one or more [Spec] values, and never changes.
// [Default] is the policy of the platform's own tables: 85 actions and seven roles.
// A [Member], an [Action] and a [Resource] are plain data that the host application
// already has. [Policy.Can] is a total, pure function of the four: it cannot fail,
// does no I/O and allocates nothing. Anything unknown is denied.
//
// # Tasks
//
//   - Check a request: [Policy.Can], or [Policy.Check] for the reason. For many
//     checks of one member: [Policy.Bind].
//   - Show buttons: [Subject.Actions]. List rows: [Subject.Filter].
//   - Find who can: [Policy.WhoCan]. Explain a denial: [Policy.Explain].
//   - Give or take a role, invite, block, define a role: [Policy.CheckAssign],
//     [Policy.CheckRevoke], [Policy.CheckManage], [Policy.CheckDefine].
//   - Check before you store: [Policy.ValidateMember], [Policy.ValidateWorkspace].
//   - See what a new policy changes: [Diff].
//
// # Promises
//
// No is the default: nil and zero values, unknown names, contradictory workspaces
// and members who are not active are denied. All answers agree: the check, the
// filter, its SQL, the list of actions and the members who can. A member reaches
// nothing outside its tenant, and a merchant's member nothing outside its
// workspace. Adding an assignment, a mini program or a permission never takes a
// right away. A role held for one mini program never combines with the mini
// programs of another assignment. Order changes no answer. Nobody can give, take or
// touch more than they have. A policy that is written as JSON and read again
// decides the same. Nothing that is passed in or returned can change a policy. No
// input panics.
//
// # What the host must do
//
// The host authenticates the member. It loads the member and the resource from its
// own storage for each request, and acts on the resource that it checked.
package rbac
