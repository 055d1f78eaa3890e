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
// already has. [Policy.Can] cannot fail, does no I/O and allocates nothing. Besides the
// four, it reads only the clock, and only for an assignment with bounds. Anything unknown
// is denied.
//
// # Tasks
//
//   - Check a request: [Policy.Can], or [Policy.Check] for the reason. For many
//     questions about one member: [Policy.Bind].
//   - Show buttons: [Subject.Actions]. List rows: [Subject.Filter].
//   - Find who can: [Policy.WhoCan]. Explain a denial: [Subject.Explain].
//   - Invite a member: [Subject.Invite], then [Member.Accept], or [Subject.Resend] and
//     [Subject.Withdraw].
//   - Give, take or change a role or its mini programs: [Subject.Assign],
//     [Subject.Revoke], [Subject.Replace]. Offer roles in a drop-down:
//     [Subject.Assignable].
//   - Block, unblock or delete a member: [Subject.Block], [Subject.Unblock],
//     [Subject.Delete]. For an action of the host's own on a member: [Subject.Manage].
//   - Define a role of a workspace's own: [Subject.Define], [Subject.Undefine]. Store it:
//     [Policy.Own]. Load it: [Policy.With].
//   - Check before you store: [Policy.ValidateMember], [Policy.ValidateWorkspace],
//     [Policy.ValidateChange].
//   - See what a new policy changes: [Diff]. See what is surely not meant:
//     [Policy.Warnings].
//
// # Promises
//
// No is the default: nil and zero values, unknown names, contradictory workspaces,
// members who are not active and members of a suspended workspace are denied. All
// answers agree: the check, the filter, its SQL, the list of actions and the members who
// can. A member reaches nothing outside its tenant, and a merchant's member nothing
// outside its workspace. A workspace's own role counts for that workspace's members
// alone. Adding an assignment, a mini program or a permission never takes a right away.
// A role held for one mini program never combines with the mini programs of another
// assignment. Order changes no answer. Nobody can give, take or touch more than they
// cover: what they hold, and the roles that they administer. A step decides and does at
// once, so what is stored is what was allowed. A policy that is written as JSON and read
// again decides the same, and so does a policy of With and one of New of the same specs.
// Members who may be stored together stay valid if nobody changes anything. Nothing that
// is passed in or returned can change a policy. No input panics.
//
// # What the host must do
//
// The host authenticates the member. It loads the member and the resource from its own
// storage for each request, and acts on the resource that it checked. It sets
// Member.Suspended from the workspace's row. It stores what a step returns only if there
// is no error. About a workspace with roles of its own it asks that workspace's policy,
// and for a step on a member the policy of that member's workspace.
package rbac
