// Package rbac answers who may do what on a mini program platform: a native app
// manages its mini programs in a tenant workspace, its merchants manage theirs
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
// A [Policy] is built once, of one or more [Spec] values, and never changes.
// [Default] is the policy of the platform's own tables: 85 actions by seven
// roles. A [Member], an [Action] and a [Resource] are plain data that the host
// application already has. [Policy.Can] is a total, pure function of the four:
// it cannot fail, does no I/O, allocates nothing, and everything it does not
// know is no.
//
// # Questions
//
//   - May she? [Policy.Can], [Policy.Check]; many times for one member, [Policy.Bind].
//   - What may she do here? [Subject.Actions]. Which rows may she see? [Subject.Filter].
//   - Who can? [Policy.WhoCan]. Why not, and what would help? [Policy.Explain].
//   - May he change what she may do? [Policy.CheckAssign], [Policy.CheckRevoke],
//     [Policy.CheckManage], [Policy.CheckDefine].
//   - May this be stored? [Policy.ValidateMember], [Policy.ValidateWorkspace].
//   - What does a new policy change? [Diff].
//
// # Promises
//
// No is the default: nil and zero values, unknown names, contradictory
// workspaces and members who are not active are denied. All questions have one
// answer: the check, the filter, its SQL, the list of actions and the reverse
// question agree. A member reaches nothing outside its tenant, and a merchant's
// member nothing outside its workspace. Adding an assignment, a mini program or
// a permission never takes a right away. A role held for one mini program never
// combines with another assignment's. Order changes no answer. Nobody gives,
// takes or touches more than they have. A policy written as JSON decides as it
// did. Nothing handed in or out can change a policy. No input panics.
//
// # Duties
//
// The host authenticates the member, loads the member and the resource from its
// own storage for each request, and acts on the resource that it checked.
package rbac
