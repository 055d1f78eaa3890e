package rbac_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// The places: a wallet and two of its merchants.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
)

// alice is a Developer of one mini program of the shop.
var alice = rbac.Member{
	ID:          "alice",
	Workspace:   shop,
	Status:      rbac.StatusActive,
	Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}},
}

// The other people: ann is the wallet's admin and rae its reviewer, sam is the
// shop's admin and ola an operator there, and bob is the bakery's admin.
var (
	ann = active("ann", wallet, rbac.Assignment{Role: rbac.WorkspaceAdmin})
	rae = active("rae", wallet, rbac.Assignment{Role: rbac.WorkspaceReviewer})
	sam = active("sam", shop, rbac.Assignment{Role: rbac.DeveloperAdmin})
	ola = active("ola", shop, rbac.Assignment{Role: rbac.Operator, MiniPrograms: []string{"mp-42"}})
	bob = active("bob", bakery, rbac.Assignment{Role: rbac.DeveloperAdmin})
)

func active(id string, w rbac.Workspace, as ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: w, Status: rbac.StatusActive, Assignments: as}
}

var monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// The host has the member and the resource. The policy says whether the member
// can do the action.
func Example() {
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")

	alice := rbac.Member{
		ID:          "alice",
		Workspace:   shop,
		Status:      rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}},
	}

	fmt.Println(rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")))
	fmt.Println(rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43"))) // not assigned to alice
	fmt.Println(rbac.Can(alice, rbac.InviteMember, shop.Resource()))                 // a Developer cannot invite
	// Output:
	// true
	// false
	// false
}

// Places.

func ExampleTenant() {
	wallet := rbac.Tenant("wallet")
	fmt.Println(wallet.Kind, wallet.ID)
	// Output: tenant wallet
}

func ExampleWorkspace_Developer() {
	shop := rbac.Tenant("wallet").Developer("shop")
	fmt.Println(shop.Kind, shop.ID, "of", shop.Tenant)

	// A merchant of the same ID in another tenant is another workspace.
	fmt.Println(shop == rbac.Tenant("bank").Developer("shop"))
	// Output:
	// developer shop of wallet
	// false
}

func ExampleWorkspace_MiniProgram() {
	fmt.Println(rbac.Can(sam, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")))
	fmt.Println(rbac.Can(sam, rbac.ReleaseMiniProgram, bakery.MiniProgram("mp-7")))
	// Output:
	// true
	// false
}

func ExampleWorkspace_Resource() {
	fmt.Println(rbac.Can(sam, rbac.InviteMember, shop.Resource()))
	fmt.Println(rbac.Can(sam, rbac.InviteMember, wallet.Resource()))
	// Output:
	// true
	// false
}

func ExampleResource_OwnedBy() {
	request := shop.MiniProgram("mp-42").OwnedBy("alice") // whose own it is
	fmt.Println(rbac.Can(alice, rbac.WithdrawRequest, request))
	fmt.Println(rbac.Can(sam, rbac.WithdrawRequest, request))
	// Output:
	// true
	// false
}

func ExampleWorkspace_Validate() {
	fmt.Println(shop.Validate())
	fmt.Println(rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}.Validate())
	// Output:
	// <nil>
	// rbac: workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)
}

// A policy is built.

func ExampleDefault() {
	policy := rbac.Default() // the platform's own tables
	fmt.Println(policy.Can(sam, rbac.CreateMiniProgram, shop.Resource()))
	// Output: true
}

func ExampleDefaultRoles() {
	for _, role := range rbac.DefaultRoles() {
		fmt.Printf("%-20s of a %s workspace\n", role.Name, role.Kind)
	}
	// Output:
	// Workspace Admin      of a tenant workspace
	// Workspace Reviewer   of a tenant workspace
	// Workspace Developer  of a tenant workspace
	// Workspace Operator   of a tenant workspace
	// Developer Admin      of a developer workspace
	// Developer            of a developer workspace
	// Operator             of a developer workspace
}

func ExampleDefaults() {
	spec := rbac.Defaults() // a copy, which the caller may change
	fmt.Println(len(spec.Actions), "actions,", len(spec.Roles), "roles")
	fmt.Println("at least", spec.AtLeast[rbac.DeveloperAdmin], "Developer Admin in each developer workspace")
	fmt.Println("who administers", spec.Administers[rbac.DeveloperAdmin])
	// Output:
	// 85 actions, 7 roles
	// at least 1 Developer Admin in each developer workspace
	// who administers [developer_admin developer operator]
}

func ExampleNew() {
	const translate rbac.Action = "miniprogram.translate"
	policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{translate: rbac.OnMiniProgram},
		Extend:  map[rbac.RoleID]rbac.Permissions{rbac.Operator: {translate: rbac.ScopeAssigned}},
	})
	fmt.Println(err)
	fmt.Println(policy.Can(ola, translate, shop.MiniProgram("mp-42")))
	fmt.Println(policy.Can(sam, translate, shop.MiniProgram("mp-42"))) // no role has it until you grant it
	// Output:
	// <nil>
	// true
	// false
}

// Nobody can approve a request of their own.
func ExampleNew_fourEyes() {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	release := wallet.MiniProgram("top-up")
	fmt.Println(policy.Check(ann, rbac.DecideRelease, release.OwnedBy("dan")).Reason)
	fmt.Println(policy.Check(ann, rbac.DecideRelease, release.OwnedBy("ann")).Reason)
	fmt.Println(policy.Check(ann, rbac.DecideRelease, release).Reason)
	// Output:
	// granted
	// own_request
	// owner_unknown
}

// New reports every problem at once, each with its place and a hint.
func ExampleNew_problems() {
	policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Extend:   map[rbac.RoleID]rbac.Permissions{rbac.Operator: {"miniprogram.relase": rbac.ScopeAssigned}},
		FourEyes: []rbac.Action{"aproval.decide_release"},
	})
	fmt.Println(policy)
	fmt.Println(err)
	// Output:
	// <nil>
	// rbac: specs[1].extend["operator"]: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?
	// rbac: specs[1].four_eyes[0]: unknown action "aproval.decide_release"; did you mean "approval.decide_release"?
}

// A tool can show the place, the problem and the hint.
func ExampleValidationError() {
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{"aproval.decide_release"}})
	var problem *rbac.ValidationError
	if errors.As(err, &problem) { // the first of the joined errors
		fmt.Println(problem.Place)
		fmt.Println(problem.Problem)
		fmt.Println(problem.Hint)
	}
	// Output:
	// specs[1].four_eyes[0]
	// unknown action "aproval.decide_release"
	// did you mean "approval.decide_release"?
}

func ExampleMust() {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{ // for a package variable
		Extend: map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
	}))
	fmt.Println(rbac.Can(alice, rbac.ViewTransactions, shop.MiniProgram("mp-42")))
	fmt.Println(policy.Can(alice, rbac.ViewTransactions, shop.MiniProgram("mp-42")))
	// Output:
	// false
	// true
}

// Each workspace may have roles of its own. Its policy shares the platform's.
func ExamplePolicy_With() {
	platform := rbac.Default()
	shops, err := platform.With(rbac.Spec{Roles: []rbac.Role{{
		ID:          "cashier",
		Kind:        rbac.KindDeveloper,
		Workspace:   shop,
		Permissions: rbac.Permissions{rbac.ViewTransactions: rbac.ScopeWorkspace},
	}}})
	if err != nil {
		fmt.Println(err) // the shop then has no policy
		return
	}
	carl := active("carl", shop, rbac.Assignment{Role: "cashier"})
	fmt.Println(shops.Can(carl, rbac.ViewTransactions, shop.MiniProgram("mp-42")))

	stranger := active("dan", bakery, rbac.Assignment{Role: "cashier"})
	fmt.Println(shops.Check(stranger, rbac.ViewTransactions, bakery.MiniProgram("mp-7")).Reason)
	// Output:
	// true
	// unknown_role
}

// Own is what a workspace stores.
func ExamplePolicy_Own() {
	cashier := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper, Workspace: shop}
	shops := rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{cashier}}))
	document, err := json.Marshal(shops.Own())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(document))

	var stored rbac.Spec
	if err := json.Unmarshal(document, &stored); err != nil {
		fmt.Println(err)
		return
	}
	again, err := rbac.Default().With(stored)
	fmt.Println(again.Fingerprint() == shops.Fingerprint(), err)
	// Output:
	// {"roles":[{"id":"cashier","kind":"developer","workspace":{"id":"shop","kind":"developer","tenant":"wallet"}}]}
	// true <nil>
}

// No admin has the action, so nobody could give the role, take it or block its holders.
func ExamplePolicy_Warnings() {
	spec := rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
		Roles: []rbac.Role{{
			ID:          "auditor",
			Kind:        rbac.KindTenant,
			Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant},
		}},
	}
	for _, warning := range rbac.Must(rbac.New(rbac.Defaults(), spec)).Warnings() {
		fmt.Println(warning.Place)
		fmt.Println(warning.Problem)
		fmt.Println(warning.Hint)
	}

	spec.Administers = map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {"auditor"}}
	fmt.Println(rbac.Must(rbac.New(rbac.Defaults(), spec)).Warnings())
	// Output:
	// roles["auditor"]
	// nobody may give, take or block role "auditor": those who may set roles there lack report.export: tenant
	// let an admin role administer it, or extend the admin role
	// []
}

func ExamplePolicy_Spec() {
	spec := rbac.Default().Spec() // all its specs, merged
	again, err := rbac.New(spec)
	fmt.Println(err, again.Fingerprint() == rbac.Default().Fingerprint())
	// Output: <nil> true
}

func ExamplePolicy_Fingerprint() {
	extra := rbac.Spec{
		Extend: map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
	}
	one := rbac.Must(rbac.New(rbac.Defaults(), extra))
	other := rbac.Must(rbac.New(extra, rbac.Defaults()))
	fmt.Println(one.Fingerprint() == other.Fingerprint()) // the order of specs does not matter
	fmt.Println(one.Fingerprint() == rbac.Default().Fingerprint())
	// Output:
	// true
	// false
}

// What a policy is made of, in JSON.

func ExampleSpec_UnmarshalJSON() {
	var spec rbac.Spec
	err := json.Unmarshal([]byte(`{"extend": {"developer": {"analytics.view_transactions": ["assigned"]}}}`), &spec)
	fmt.Println(spec.Extend[rbac.Developer], err)

	// A misspelt key is an error, and leaves spec as it was.
	fmt.Println(json.Unmarshal([]byte(`{"Extend": {}}`), &spec))
	// Output:
	// map[analytics.view_transactions:assigned] <nil>
	// rbac: unknown key "Extend"; did you mean "extend"?
}

func ExampleSpec_MarshalJSON() {
	document, err := json.MarshalIndent(rbac.Spec{
		Roles: []rbac.Role{{
			ID:          "auditor",
			Kind:        rbac.KindTenant,
			Name:        "Auditor",
			Permissions: rbac.Permissions{rbac.ViewTransactions: rbac.ScopeTenant},
		}},
		FourEyes: []rbac.Action{rbac.DecideRelease},
	}, "", "  ")
	fmt.Println(string(document), err)
	// Output:
	// {
	//   "four_eyes": [
	//     "approval.decide_release"
	//   ],
	//   "roles": [
	//     {
	//       "id": "auditor",
	//       "kind": "tenant",
	//       "name": "Auditor",
	//       "permissions": {
	//         "analytics.view_transactions": [
	//           "tenant"
	//         ]
	//       }
	//     }
	//   ]
	// } <nil>
}

// The canonical bytes are the same in every version of Go: to sign or to compare.
func ExampleSpec_Canonical() {
	document, err := rbac.Spec{
		Roles:    []rbac.Role{{ID: "b", Kind: rbac.KindTenant, Name: "R&D"}, {ID: "a", Kind: rbac.KindTenant}},
		FourEyes: []rbac.Action{rbac.DecideISV},
	}.Canonical()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(document))
	// Output:
	// {"four_eyes":["approval.decide_isv"],"roles":[{"id":"a","kind":"tenant"},{"id":"b","kind":"tenant","name":"R&D"}]}
}

// For a whole file: what is wrong is said with its line and column.
func ExampleParseSpec() {
	spec, err := rbac.ParseSpec([]byte(`{
  "roles": [
    {"id": "auditor", "kind": "tenant", "permissions": {"analytics.view_transactions": ["tenant"]}},
    {"id": "cashier", "kind": "merchant"}
  ]
}`))
	fmt.Println(len(spec.Roles), err)
	var problem *rbac.ValidationError
	if errors.As(err, &problem) {
		fmt.Println(problem.Line, problem.Column, problem.Place)
	}
	// Output:
	// 0 rbac: 4:31: roles[1].kind: unknown workspace kind "merchant"; use one of tenant, developer
	// 4 31 roles[1].kind
}

// A stored member is read as strictly as a policy. What is misspelt is not lost.
func ExampleMember_UnmarshalJSON() {
	var member rbac.Member
	fmt.Println(json.Unmarshal([]byte(`{
  "id": "alice", "status": "active",
  "workspace": {"kind": "developer", "id": "shop", "tenant": "wallet"},
  "assignments": [{"role": "developer", "mini_programs": ["mp-42"], "not_after": "2027-01-01T00:00:00Z"}]
}`), &member))
	fmt.Println(member.ID, member.Status, member.Assignments[0].NotAfter)

	var assignment rbac.Assignment
	fmt.Println(json.Unmarshal([]byte(`{"role": "developer", "notAfter": "2020-01-01T00:00:00Z"}`), &assignment))
	// Output:
	// <nil>
	// alice active 2027-01-01 00:00:00 +0000 UTC
	// rbac: unknown key "notAfter"; did you mean "not_after"?
}

// A host's struct that embeds a member keeps its own fields.
func ExampleMember_json() {
	document, _ := json.Marshal(struct {
		rbac.Member
		Email string `json:"email"`
	}{rbac.Member{ID: "c", Workspace: shop, Status: rbac.StatusInvited}, "c@example.com"})
	fmt.Println(string(document))
	// Output:
	// {"id":"c","workspace":{"kind":"developer","id":"shop","tenant":"wallet"},"status":"invited","email":"c@example.com"}
}

func ExampleStatus_Scan() {
	var status rbac.Status // from a column of the host's table
	fmt.Println(status.Scan("blocked"), status)
	fmt.Println(status.Scan("Active"), status)
	fmt.Println(status.Scan(int64(2)) != nil, status) // a number is another encoding
	// Output:
	// <nil> blocked
	// rbac: unknown status "Active"; did you mean "active"? blocked
	// true blocked
}

func ExampleScope_MarshalText() {
	text, err := (rbac.ScopeOwn | rbac.ScopeAssigned).MarshalText()
	fmt.Println(string(text), err)
	// Output: own|assigned <nil>
}

func ExampleStatus_UnmarshalText() {
	var status rbac.Status // from a column of the host's table
	fmt.Println(status.UnmarshalText([]byte("blocked")), status)
	fmt.Println(status.UnmarshalText([]byte("Active")), status)
	// Output:
	// <nil> blocked
	// rbac: unknown status "Active"; did you mean "active"? blocked
}

// What is in it.

func ExamplePolicy_Roles() {
	for role := range rbac.Default().Roles() {
		fmt.Println(role.ID, "of a", role.Kind, "workspace")
	}
	// Output:
	// developer of a developer workspace
	// developer_admin of a developer workspace
	// operator of a developer workspace
	// workspace_admin of a tenant workspace
	// workspace_developer of a tenant workspace
	// workspace_operator of a tenant workspace
	// workspace_reviewer of a tenant workspace
}

func ExamplePolicy_Role() {
	role, defined := rbac.Default().Role(rbac.Operator)
	fmt.Println(role.Name, role.Kind, role.Permissions[rbac.ManageCampaigns], defined)
	// Output: Operator developer workspace true
}

func ExamplePolicy_Actions() {
	for action, target := range rbac.Default().Actions() {
		if target == rbac.OnDeveloper {
			fmt.Println(action)
		}
	}
	// Output:
	// approval.decide_onboarding
	// developer_workspace.delete
	// developer_workspace.view
	// isv.apply
}

// For a role editor: what people call an action.
func ExamplePolicy_Label() {
	label := rbac.Default().Label(rbac.WithdrawGrayscale)
	fmt.Printf("%s: %s\n", label.Group, label.Name)
	// Output: Mini Program: Withdraw mini program grayscale release
}

func ExamplePolicy_RolesWith() {
	fmt.Println(slices.Collect(rbac.Default().RolesWith(rbac.ReleaseMiniProgram, rbac.ScopeAssigned)))
	fmt.Println(slices.Collect(rbac.Default().RolesWith(rbac.ReleaseMiniProgram, rbac.ScopeTenant)))
	// Output:
	// [developer developer_admin workspace_admin workspace_developer]
	// []
}

func ExamplePermissions_Union() {
	reads := rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned}
	writes := rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeOwn, rbac.EditMiniProgram: rbac.ScopeAssigned}
	fmt.Println(reads.Union(writes))
	// Output: map[miniprogram.edit:assigned miniprogram.view:own|assigned]
}

func ExamplePermissions_Missing() {
	has := rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeWorkspace}
	needs := rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned, rbac.EditMiniProgram: rbac.ScopeAssigned}
	fmt.Println(has.Missing(needs)) // not miniprogram.view, because workspace covers assigned
	// Output: map[miniprogram.edit:assigned]
}

// It decides.

func ExampleCan() {
	fmt.Println(rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")))
	fmt.Println(rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43")))
	// Output:
	// true
	// false
}

func ExamplePolicy_Can() {
	policy := rbac.Default()
	fmt.Println(policy.Can(ann, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")))
	fmt.Println(policy.Can(ann, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"))) // merchants release their own

	var none *rbac.Policy // because it failed to load
	fmt.Println(none.Can(ann, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")))
	// Output:
	// true
	// false
	// false
}

func ExamplePolicy_Check() {
	granted := rbac.Default().Check(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"))
	fmt.Println(granted.Allowed, granted.Reason, granted.Role, granted.Scope)

	denied := rbac.Default().Check(alice, rbac.ReleaseMiniProgram, bakery.MiniProgram("mp-7"))
	fmt.Println(denied.Allowed, denied.Reason)
	// Output:
	// true granted developer assigned
	// false other_workspace
}

func ExamplePolicy_CheckAt() {
	standIn := active("eve", shop, rbac.Assignment{
		Role:      rbac.DeveloperAdmin,
		NotBefore: monday,
		NotAfter:  monday.AddDate(0, 0, 7), // the first instant after the end
	})
	for _, now := range []time.Time{monday.Add(-1), monday, monday.AddDate(0, 0, 7)} {
		fmt.Println(rbac.Default().CheckAt(now, standIn, rbac.InviteMember, shop.Resource()).Reason)
	}
	// Output:
	// not_yet
	// granted
	// expired
}

func ExampleDecision_Err() {
	err := rbac.Default().Check(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43")).Err()
	fmt.Println(errors.Is(err, rbac.ErrDenied))
	fmt.Println(err) // has no ID, so an HTTP response can show it
	// Output:
	// true
	// rbac: miniprogram.release denied: the mini program is not assigned to the member's role
}

func ExampleDeniedError() {
	err := rbac.Default().Check(bob, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")).Err()
	var denied *rbac.DeniedError
	if errors.As(err, &denied) && denied.Reason == rbac.ReasonOtherWorkspace {
		fmt.Println("404 page not found") // bob must not learn that it exists
	}
	// Output: 404 page not found
}

// A stranger gets the same answer about a resource as if it did not exist.
func ExampleReason_Hidden() {
	for _, place := range []rbac.Workspace{shop, bakery} {
		decision := rbac.Default().Check(alice, rbac.ReleaseMiniProgram, place.MiniProgram("mp-7"))
		switch {
		case decision.Reason.Hidden():
			fmt.Println("404 not found")
		case !decision.Allowed:
			fmt.Println("403", decision.Err())
		}
	}
	// Output:
	// 403 rbac: miniprogram.release denied: the mini program is not assigned to the member's role
	// 404 not found
}

// A grant and a denial have the same fields.
func ExampleDecision_LogValue() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTimeAndLevel}))
	decision := rbac.Default().Check(alice, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"))
	log.Info("view", "can", decision)
	// Output:
	// msg=view can.allowed=true can.reason=granted can.action=miniprogram.view can.role=developer can.scope=assigned
}

func withoutTimeAndLevel(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == slog.TimeKey || attr.Key == slog.LevelKey {
		return slog.Attr{}
	}
	return attr
}

// A member is bound, and asks.

func ExamplePolicy_Bind() {
	subject := rbac.Default().Bind(alice) // for one HTTP request
	for _, id := range []string{"mp-42", "mp-43"} {
		fmt.Println(id, subject.Can(rbac.EditMiniProgram, shop.MiniProgram(id)))
	}
	// Output:
	// mp-42 true
	// mp-43 false
}

func ExamplePolicy_BindAt() {
	guest := active("eve", shop, rbac.Assignment{Role: rbac.Operator, NotAfter: monday})
	before := rbac.Default().BindAt(monday.Add(-time.Hour), guest)
	after := rbac.Default().BindAt(monday, guest)
	fmt.Println(before.Can(rbac.ManageCampaigns, shop.Resource()))
	fmt.Println(after.Can(rbac.ManageCampaigns, shop.Resource()))
	// Output:
	// true
	// false
}

func ExampleSubject_Can() {
	subject := rbac.Default().Bind(rae)
	fmt.Println(subject.Can(rbac.DecideRelease, shop.MiniProgram("mp-42")))
	fmt.Println(subject.Can(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")))
	// Output:
	// true
	// false
}

func ExampleSubject_Check() {
	blocked := alice
	blocked.Status = rbac.StatusBlocked
	subject := rbac.Default().Bind(blocked)
	fmt.Println(subject.Check(rbac.ViewMiniProgram, shop.MiniProgram("mp-42")).Reason)
	// Output: blocked
}

// Show the buttons for what the member can do.
func ExampleSubject_Actions() {
	for action := range rbac.Default().Bind(ola).Actions(shop.MiniProgram("mp-42")) {
		fmt.Println(action)
	}
	// Output:
	// analytics.view_behaviors
	// analytics.view_metrics
	// analytics.view_transactions
	// miniprogram.view
	// notification.view_analytics
}

func ExampleSubject_Permissions() {
	permissions := rbac.Default().Bind(ola).Permissions()
	for _, action := range slices.Sorted(maps.Keys(permissions))[:4] {
		fmt.Println(action, permissions[action])
	}

	guest := active("eve", shop, rbac.Assignment{Role: rbac.Operator, NotAfter: monday})
	fmt.Println(len(rbac.Default().BindAt(monday.Add(-1), guest).Permissions()))
	fmt.Println(len(rbac.Default().BindAt(monday, guest).Permissions()))
	// Output:
	// account.two_factor own
	// ad.manage workspace
	// ad.view_analytics workspace
	// analytics.view_behaviors workspace
	// 13
	// 0
}

func ExampleSubject_Explain() {
	fmt.Println(rbac.Default().Bind(alice).Explain(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43")))
	// Output:
	// miniprogram.release: denied, the mini program is not assigned to the member's role
	//   developer: the mini program is not assigned to the member's role
	//   to allow it: name mp-43 in the developer assignment
	//   to allow it: give the role developer_admin
}

func ExampleRemedy_Apply() {
	mp43 := shop.MiniProgram("mp-43")
	for _, remedy := range rbac.Default().Bind(alice).Explain(rbac.ReleaseMiniProgram, mp43).Remedies {
		helped := remedy.Apply(alice) // a copy
		fmt.Println(rbac.Can(helped, rbac.ReleaseMiniProgram, mp43), remedy)
	}
	// Output:
	// true name mp-43 in the developer assignment
	// true give the role developer_admin
}

// Which rows, and which members.

// List the rows that the member can list.
func ExampleSubject_Filter() {
	for _, member := range []rbac.Member{ann, sam, alice, ola} {
		fmt.Println(rbac.Default().Bind(member).Filter(rbac.ListMiniPrograms))
	}
	// Output:
	// miniprogram.list: mini programs of tenant "wallet" and its merchants
	// miniprogram.list: mini programs of developer workspace "shop"
	// miniprogram.list: mini programs of developer workspace "shop" that are or belong to "mp-42"
	// nothing
}

func ExampleFilter_Match() {
	filter := rbac.Default().Bind(alice).Filter(rbac.ListMiniPrograms)
	rows := []rbac.Resource{shop.MiniProgram("mp-42"), shop.MiniProgram("mp-43"), bakery.MiniProgram("mp-42")}
	for _, row := range rows {
		fmt.Println(row.Workspace.ID, row.MiniProgram, filter.Match(row))
	}
	// Output:
	// shop mp-42 true
	// shop mp-43 false
	// bakery mp-42 false
}

func ExampleFilter_Where() {
	filter := rbac.Default().Bind(alice).Filter(rbac.ListMiniPrograms)
	clause, args, err := filter.Where(rbac.Columns{
		Dialect: rbac.PostgreSQL,
		Kind:    rbac.NoColumn, // no merchant's ID is that of its tenant
		Tenant:  "tenant_id", Workspace: "workspace_id", MiniProgram: "id",
		Owner:    rbac.NoColumn, // nobody owns a row of this table
		Bytewise: true,          // the columns are of type text, in a deterministic collation
		Offset:   1,             // the query uses $1 itself
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("SELECT id, name FROM mini_programs WHERE name LIKE $1 AND " + clause)
	fmt.Printf("%q\n", args)
	// Output:
	// SELECT id, name FROM mini_programs WHERE name LIKE $1 AND ("tenant_id" = $2 AND "workspace_id" = $3 AND "id" = $4)
	// ["wallet" "shop" "mp-42"]
}

// Without Bytewise a clause holds on every type of column and in every collation.
func ExampleFilter_Where_dialects() {
	filter := rbac.Default().Bind(sam).Filter(rbac.ManageCampaigns)
	for _, dialect := range []rbac.Dialect{rbac.PostgreSQL, rbac.SQLite, rbac.MySQL} {
		clause, args, err := filter.Where(rbac.Columns{
			Dialect: dialect,
			Kind:    rbac.NoColumn, Tenant: rbac.NoColumn, Workspace: "c.ws", // the database is of one tenant
			MiniProgram: rbac.NoColumn, Owner: rbac.NoColumn, // a campaign is the workspace's
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(strings.NewReplacer(" AND ", "\n  AND ", ", CAST(CONVERT", ",\n    CAST(CONVERT").Replace(clause), args)
	}
	// Output:
	// (("c"."ws" = $1
	//   AND ("c"."ws" || '') COLLATE "C" = $2::text)) [shop shop]
	// ((`c`.`ws` IN (?, CAST(? AS BLOB))
	//   AND CAST(`c`.`ws` AS BLOB) = CAST(? AS BLOB))) [shop shop shop]
	// ((`c`.`ws` = ?
	//   AND IF(CHARSET(CONCAT(`c`.`ws`))='binary', CAST(`c`.`ws` AS BINARY),
	//     CAST(CONVERT(`c`.`ws` USING utf8mb4) AS BINARY)) = CAST(? AS BINARY))) [shop shop]
}

// One list for a person who is a member of two workspaces.
func ExampleFilter_Or() {
	inShop := active("eve", shop, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}})
	inBakery := active("eve", bakery, rbac.Assignment{Role: rbac.DeveloperAdmin})
	var filter rbac.Filter // matches nothing
	for _, member := range []rbac.Member{inShop, inBakery} {
		filter = filter.Or(rbac.Default().Bind(member).Filter(rbac.ListMiniPrograms))
	}
	fmt.Println(strings.ReplaceAll(filter.String(), "; or ", ";\nor "))
	fmt.Println(filter.Match(shop.MiniProgram("mp-42")), filter.Match(bakery.MiniProgram("mp-7")))
	// Output:
	// miniprogram.list: mini programs of developer workspace "shop" that are or belong to "mp-42";
	// or miniprogram.list: mini programs of developer workspace "bakery"
	// true true
}

func ExampleFilter_None() {
	filter := rbac.Default().Bind(ola).Filter(rbac.ListMiniPrograms)
	if filter.None() {
		fmt.Println("no rows, and no query")
	}
	// Output: no rows, and no query
}

// For a store without SQL.
func ExampleFilter_Terms() {
	for _, terms := range rbac.Default().Bind(alice).Filter(rbac.ListMiniPrograms).Terms() {
		fmt.Println(terms.Scope, terms.Workspace.ID, terms.MiniPrograms)
	}
	// Output: assigned shop [mp-42]
}

func ExampleFilter_String() {
	fmt.Println(rbac.Default().Bind(alice).Filter(rbac.ViewRequest))
	// Output: request.view: resources of developer workspace "shop" that are owned by "alice"
}

func ExamplePolicy_WhoCan() {
	members := slices.Values([]rbac.Member{ann, rae, sam, alice, ola, bob})
	for member := range rbac.Default().WhoCan(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"), members) {
		fmt.Println(member.ID)
	}
	// Output:
	// sam
	// alice
}

// Who will be able to invite members next week?
func ExamplePolicy_WhoCanAt() {
	standIn := active("eve", shop, rbac.Assignment{Role: rbac.DeveloperAdmin, NotBefore: monday})
	members := slices.Values([]rbac.Member{sam, standIn, alice})
	for _, now := range []time.Time{monday.Add(-1), monday} {
		for member := range rbac.Default().WhoCanAt(now, rbac.InviteMember, shop.Resource(), members) {
			fmt.Println(now.Format(time.DateTime), member.ID)
		}
	}
	// Output:
	// 2026-03-02 08:59:59 sam
	// 2026-03-02 09:00:00 sam
	// 2026-03-02 09:00:00 eve
}

// Who may approve this release? Match decides about members in memory.
func ExamplePolicy_Holders() {
	holders := rbac.Default().Holders(rbac.DecideRelease, shop.MiniProgram("mp-42").OwnedBy("alice"))
	for _, member := range []rbac.Member{ann, rae, sam, alice} {
		fmt.Println(member.ID, holders.Match(member))
	}
	fmt.Println(rbac.Default().Holders("miniprogram.relase", shop.MiniProgram("mp-42")).None())
	// Output:
	// ann true
	// rae true
	// sam false
	// alice false
	// true
}

// Where finds them in the host's database. A member has a row for each mini program of
// each assignment, and IN counts the member once.
func ExampleHolders_Where() {
	holders := rbac.Default().HoldersAt(monday, rbac.ManageCampaigns, shop.Resource())
	clause, args, err := holders.Where(rbac.MemberColumns{
		Dialect: rbac.PostgreSQL,
		Kind:    rbac.NoColumn, // no merchant's ID is that of its tenant
		Tenant:  "m.tenant_id", Workspace: "m.workspace_id", ID: "m.id", Status: "m.status", Suspended: "m.suspended",
		Role: "a.role", NotBefore: "a.not_before", NotAfter: "a.not_after",
		MiniProgram: "p.mini_program_id",
		Bytewise:    true, // the columns are of type text, in a deterministic collation
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(`SELECT name FROM members WHERE key IN (
  SELECT m.key FROM members m JOIN assignments a ON a.member = m.key
  LEFT JOIN assigned_programs p ON p.assignment = a.key
  WHERE ` + strings.ReplaceAll(clause, " AND ", "\n  AND ") + ")")
	fmt.Println(len(args), "arguments")
	// Output:
	// SELECT name FROM members WHERE key IN (
	//   SELECT m.key FROM members m JOIN assignments a ON a.member = m.key
	//   LEFT JOIN assigned_programs p ON p.assignment = a.key
	//   WHERE ("m"."tenant_id" = $1
	//   AND "m"."status" = $2
	//   AND "m"."suspended" IS FALSE
	//   AND ("a"."not_before" IS NULL OR "a"."not_before" <= $3)
	//   AND ("a"."not_after" IS NULL OR "a"."not_after" > $4)
	//   AND "m"."workspace_id" = $5
	//   AND ("a"."role" = ANY($6))
	//   AND COALESCE("m"."id", '') <> ''))
	// 6 arguments
}

// A member's life. These steps check no authority.

func ExampleInvite() {
	alice := rbac.Invite("alice", shop, monday, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}})
	fmt.Println(alice.Status)
	fmt.Println(rbac.Can(alice, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"))) // not yet accepted
	// Output:
	// invited
	// false
}

func ExampleMember_Accept() {
	invited := rbac.Invite("alice", shop, monday)
	alice, err := invited.Accept(monday.Add(71 * time.Hour))
	fmt.Println(alice.Status, err)

	late, err := invited.Accept(monday.Add(rbac.InvitationValidity))
	fmt.Println(late.Status, err)
	// Output:
	// active <nil>
	// invited rbac: the invitation has expired; resend it
}

func ExampleMember_Resend() {
	invited := rbac.Invite("alice", shop, monday)
	again, err := invited.Resend(monday.AddDate(0, 0, 7))
	fmt.Println(again.InvitedAt.Format(time.DateOnly), err)
	// Output: 2026-03-09 <nil>
}

func ExampleMember_Withdraw() {
	withdrawn, err := rbac.Invite("alice", shop, monday).Withdraw()
	fmt.Println(withdrawn.Status, err)

	_, err = withdrawn.Accept(monday)
	fmt.Println(err)
	// Output:
	// withdrawn <nil>
	// rbac: cannot accept: the member is withdrawn; send a new invitation
}

func ExampleMember_Block() {
	blocked, err := alice.Block()
	fmt.Println(blocked.Status, err)
	fmt.Println(rbac.Can(blocked, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")))
	// Output:
	// blocked <nil>
	// false
}

func ExampleMember_Unblock() {
	_, err := alice.Unblock()
	var wrong *rbac.StatusError
	fmt.Println(errors.As(err, &wrong), err)
	// Output: true rbac: cannot unblock: the member is active; possible: block, delete
}

func ExampleMember_Delete() {
	deleted, err := alice.Delete()
	fmt.Println(deleted.Status, err)

	_, err = deleted.Unblock()
	fmt.Println(err) // deleting is final
	// Output:
	// deleted <nil>
	// rbac: cannot unblock: the member is deleted; send a new invitation
}

// A member acts on another. These steps decide and do. The host stores what they return,
// and nothing if there is an error.

func ExampleSubject_Invite() {
	carl, err := rbac.Default().BindAt(monday, sam).Invite("carl", shop, rbac.Assignment{Role: rbac.Operator})
	if err != nil {
		fmt.Println(err)
		return
	}
	store(carl)

	_, err = rbac.Default().Bind(alice).Invite("dan", shop)
	fmt.Println(err)
	// Output:
	// stored: carl is invited operator[]
	// rbac: member.invite denied: none of the member's roles grants it
}

func ExampleSubject_Resend() {
	invited := rbac.Invite("carl", shop, monday)
	again, err := rbac.Default().BindAt(monday.AddDate(0, 0, 7), sam).Resend(invited)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(again)
	fmt.Println("sent on", again.InvitedAt.Format(time.DateOnly))
	// Output:
	// stored: carl is invited
	// sent on 2026-03-09
}

func ExampleSubject_Withdraw() {
	withdrawn, err := rbac.Default().Bind(sam).Withdraw(rbac.Invite("carl", shop, monday))
	if err != nil {
		fmt.Println(err)
		return
	}
	store(withdrawn)

	_, err = rbac.Default().Bind(sam).Withdraw(alice) // who has accepted already
	fmt.Println(err)
	// Output:
	// stored: carl is withdrawn
	// rbac: cannot withdraw: the member is active; possible: block, delete
}

func ExampleSubject_Assign() {
	operator := rbac.Assignment{Role: rbac.Operator, MiniPrograms: []string{"mp-42"}}
	changed, err := rbac.Default().Bind(sam).Assign(alice, operator)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(changed)

	for _, actor := range []rbac.Member{bob, ola, alice} {
		_, err := rbac.Default().Bind(actor).Assign(alice, operator)
		fmt.Println(err)
	}
	// Output:
	// stored: alice is active developer[mp-42] operator[mp-42]
	// rbac: member.set_role denied: the member's workspace has no such resource
	// rbac: member.set_role denied: none of the member's roles grants it
	// rbac: member.set_role denied: members do not administer themselves
}

// Nobody can give more than they cover. The error says what is missing.
func ExampleSubject_Assign_escalation() {
	staffing := rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.ViewTemplates: rbac.ScopeWorkspace}
	selling := rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace, rbac.ManageCampaigns: rbac.ScopeWorkspace}
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{
		{ID: "team_lead", Kind: rbac.KindDeveloper, Permissions: staffing},
		{ID: "seller", Kind: rbac.KindDeveloper, Permissions: selling},
	}}))
	leo := active("leo", shop, rbac.Assignment{Role: "team_lead"})
	nia := active("nia", shop)
	_, err := policy.Bind(leo).Assign(nia, rbac.Assignment{Role: "seller"})
	var denied *rbac.DeniedError
	if errors.As(err, &denied) {
		fmt.Println(denied.Reason, denied.Missing)
	}
	// Output: not_covered map[campaign.manage:workspace]
}

// The assignment is given whole. To take one mini program only, use Replace.
func ExampleSubject_Revoke() {
	held := alice.Assignments[0]
	changed, err := rbac.Default().Bind(sam).Revoke(alice, held)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(changed)

	_, err = rbac.Default().Bind(sam).Revoke(alice, rbac.Assignment{Role: rbac.Developer})
	fmt.Println(err)
	// Output:
	// stored: alice is active
	// rbac: member.set_role denied: the other member does not hold the assignment
}

// To add a mini program or take one, replace the assignment.
func ExampleSubject_Replace() {
	held := alice.Assignments[0]
	more := held
	more.MiniPrograms = []string{"mp-42", "mp-43"}
	changed, err := rbac.Default().Bind(sam).Replace(alice, held, more)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(changed)
	// Output: stored: alice is active developer[mp-42 mp-43]
}

// A merchant's Developer may add members to the mini programs that are assigned to
// the Developer, and to no others.
func ExampleSubject_Replace_managesMembers() {
	held := rbac.Assignment{Role: rbac.Developer}
	carl := active("carl", shop, held)
	for _, id := range []string{"mp-42", "mp-43"} {
		by := rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{id}}
		changed, err := rbac.Default().Bind(alice).Replace(carl, held, by)
		if err != nil {
			fmt.Println(err)
			continue
		}
		store(changed)
	}
	// Output:
	// stored: carl is active developer[mp-42]
	// rbac: member.set_role denied: none of the member's roles grants it
}

// Offer the roles in a drop-down.
func ExampleSubject_Assignable() {
	for _, actor := range []rbac.Member{sam, alice} {
		fmt.Println(actor.ID, slices.Collect(rbac.Default().Bind(actor).Assignable(ola)))
	}
	// Output:
	// sam [developer developer_admin operator]
	// alice []
}

func ExampleSubject_Block() {
	blocked, err := rbac.Default().Bind(sam).Block(alice)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(blocked)

	_, err = rbac.Default().Bind(ann).Block(alice) // merchants manage their own members
	fmt.Println(err)
	// Output:
	// stored: alice is blocked developer[mp-42]
	// rbac: member.block denied: the member's role grants it in the member's own workspace only
}

func ExampleSubject_Unblock() {
	blocked := alice
	blocked.Status = rbac.StatusBlocked
	back, err := rbac.Default().Bind(sam).Unblock(blocked)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(back)
	// Output: stored: alice is active developer[mp-42]
}

func ExampleSubject_Delete() {
	deleted, err := rbac.Default().Bind(sam).Delete(alice)
	if err != nil {
		fmt.Println(err)
		return
	}
	store(deleted)

	_, err = rbac.Default().Bind(sam).Delete(sam)
	fmt.Println(err)
	// Output:
	// stored: alice is deleted developer[mp-42]
	// rbac: member.delete denied: members do not administer themselves
}

// An action of the host's own is done to a member, so it needs cover as well.
func ExampleSubject_Manage() {
	const resetPassword rbac.Action = "member.reset_password"
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{resetPassword: rbac.OnWorkspace},
		Extend: map[rbac.RoleID]rbac.Permissions{
			rbac.DeveloperAdmin: {resetPassword: rbac.ScopeWorkspace},
			rbac.Operator:       {resetPassword: rbac.ScopeWorkspace},
		},
	}))
	fmt.Println(policy.Bind(sam).Manage(ola, resetPassword))
	err := policy.Bind(ola).Manage(sam, resetPassword) // sam can do more than ola
	fmt.Println(errors.Is(err, rbac.ErrDenied))
	// Output:
	// <nil>
	// true
}

func ExampleSubject_Define() {
	auditor := rbac.Role{ID: "auditor", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.ViewTransactions: rbac.ScopeWorkspace,
	}}
	policy, err := rbac.Default().Bind(sam).Define(auditor)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("stored:", policy.Own().Roles[0].ID, "of", policy.Own().Roles[0].Workspace.ID)

	auditor.Permissions[rbac.ManageTemplates] = rbac.ScopeWorkspace // which sam does not have
	_, err = rbac.Default().Bind(sam).Define(auditor)
	fmt.Println(err)
	// Output:
	// stored: auditor of shop
	// rbac: role.define denied: the member lacks permissions that the change needs (template.manage: workspace)
}

// Revoke the role from its holders first.
func ExampleSubject_Undefine() {
	auditor := rbac.Role{ID: "auditor", Kind: rbac.KindDeveloper, Workspace: shop}
	policy := rbac.Must(rbac.Default().With(rbac.Spec{Roles: []rbac.Role{auditor}}))
	policy, err := policy.Bind(sam).Undefine("auditor")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("stored:", len(policy.Own().Roles), "roles")
	// Output: stored: 0 roles
}

// store stands for the host's storage.
func store(member rbac.Member) {
	fmt.Print("stored: ", member.ID, " is ", member.Status)
	for _, assignment := range member.Assignments {
		fmt.Print(" ", assignment.Role, assignment.MiniPrograms)
	}
	fmt.Println()
}

// Before something is stored.

func ExamplePolicy_ValidateMember() {
	member := active("carl", shop,
		rbac.Assignment{Role: "develper"},
		rbac.Assignment{Role: rbac.WorkspaceAdmin},
	)
	fmt.Println(rbac.Default().ValidateMember(alice))
	fmt.Println(rbac.Default().ValidateMember(member))
	// Output:
	// <nil>
	// rbac: assignments[0].role: unknown role "develper"; did you mean "developer"?
	// rbac: assignments[1].role: role "workspace_admin" cannot be held in a developer workspace; give a role of that kind
}

func ExamplePolicy_ValidateMemberAt() {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}},
	}))
	eve := active("eve", shop,
		rbac.Assignment{Role: rbac.Operator, NotAfter: monday.AddDate(0, 0, 7)},
		rbac.Assignment{Role: rbac.Developer, NotBefore: monday},
	)
	fmt.Println(policy.ValidateMemberAt(monday, eve))
	fmt.Println(policy.ValidateMemberAt(monday.AddDate(0, 0, 7), eve)) // when the first has ended
	// Output:
	// rbac: assignments[1].role: role "developer" excludes "operator", which assignments[0] gives; keep one of the two
	// <nil>
}

// Call it in the transaction that removes an admin.
func ExamplePolicy_ValidateWorkspace() {
	policy := rbac.Default()
	fmt.Println(policy.ValidateWorkspace(shop, slices.Values([]rbac.Member{sam, alice, ola})))

	deleted, _ := sam.Delete()
	err := policy.ValidateWorkspace(shop, slices.Values([]rbac.Member{deleted, alice, ola}))
	var problem *rbac.ValidationError
	if errors.As(err, &problem) {
		fmt.Println(problem.Problem)
		fmt.Println(problem.Hint)
	}
	// Output:
	// <nil>
	// 0 active holders of role "developer_admin", and at least 1 are needed
	// give the role to another member first
}

// A sole admin whose role ends would leave the workspace without one.
func ExamplePolicy_ValidateWorkspaceAt() {
	leaving := active("eve", bakery, rbac.Assignment{Role: rbac.DeveloperAdmin, NotAfter: monday})
	coming := active("bob", bakery, rbac.Assignment{Role: rbac.DeveloperAdmin, NotBefore: monday})
	today := monday.AddDate(0, 0, -1)
	policy := rbac.Default()
	fmt.Println(policy.ValidateWorkspaceAt(today, bakery, slices.Values([]rbac.Member{leaving, coming})))

	err := policy.ValidateWorkspaceAt(today, bakery, slices.Values([]rbac.Member{leaving}))
	var problem *rbac.ValidationError
	if errors.As(err, &problem) {
		fmt.Println(problem.Problem)
	}
	// Output:
	// <nil>
	// 0 active holders of role "developer_admin" from 2026-03-02T09:00:00Z on, and at least 1 are needed
}

// Call it at the end of every transaction that changes members. It lets a workspace
// begin, which has no admin yet.
func ExamplePolicy_ValidateChange() {
	policy := rbac.Default()
	kiosk := wallet.Developer("kiosk")
	first := rbac.Invite("kim", kiosk, monday, rbac.Assignment{Role: rbac.DeveloperAdmin})
	fmt.Println(policy.ValidateChange(kiosk, nil, slices.Values([]rbac.Member{first})))

	before, after := []rbac.Member{sam, alice}, []rbac.Member{alice} // sam is gone
	err := policy.ValidateChange(shop, slices.Values(before), slices.Values(after))
	var problem *rbac.ValidationError
	if errors.As(err, &problem) {
		fmt.Println(problem.Problem)
	}
	// Output:
	// <nil>
	// 0 active holders of role "developer_admin", and at least 1 are needed
}

// A second owner from Monday on is one too many today already: nobody would look on Monday.
func ExamplePolicy_ValidateChangeAt() {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{AtMost: map[rbac.RoleID]int{rbac.DeveloperAdmin: 1}}))
	second := active("eve", shop, rbac.Assignment{Role: rbac.DeveloperAdmin, NotBefore: monday})
	today := monday.AddDate(0, 0, -1)
	before, after := slices.Values([]rbac.Member{sam}), slices.Values([]rbac.Member{sam, second})
	err := policy.ValidateChangeAt(today, shop, before, after)
	var problem *rbac.ValidationError
	if errors.As(err, &problem) {
		fmt.Println(problem.Problem)
	}
	// Output:
	// 2 active holders of role "developer_admin" from 2026-03-02T09:00:00Z on, and at most 1 are allowed
}

// Before a policy is replaced.

// Look at what a new policy changes before you use it.
func ExampleDiff() {
	next := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Extend:   map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
		FourEyes: []rbac.Action{rbac.DecideRelease},
	}))
	for _, change := range rbac.Diff(rbac.Default(), next) {
		fmt.Println(strings.Replace(change.String(), ": ", ":\n  ", 1))
	}
	// Output:
	// four_eyes is new:
	//   approval.decide_release
	// developer gains analytics.view_transactions:
	//   assigned on miniprogram
	// workspace_admin has approval.decide_release changed:
	//   from tenant on miniprogram to tenant on miniprogram under four eyes
	// workspace_reviewer has approval.decide_release changed:
	//   from tenant on miniprogram to tenant on miniprogram under four eyes
}

// To take a permission from a default role, change the defaults: Extend only adds.
func ExampleDiff_takeAway() {
	spec := rbac.Defaults()
	for _, role := range spec.Roles {
		if role.ID == rbac.Developer {
			delete(role.Permissions, rbac.DeleteMiniProgram)
		}
	}
	for _, change := range rbac.Diff(rbac.Default(), rbac.Must(rbac.New(spec))) {
		fmt.Println(change)
	}
	// Output: developer loses miniprogram.delete: assigned on miniprogram
}

func ExampleChange_Gains() {
	next := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Extend: map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
	}))
	for _, change := range rbac.Diff(rbac.Default(), next) {
		fmt.Println(change.Role, change.Action, "gains:", change.Gains(), "loses:", change.Loses())
	}
	// Output: developer analytics.view_transactions gains: true loses: false
}

func ExampleChange_Loses() {
	next := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
	for _, change := range rbac.Diff(rbac.Default(), next) {
		if change.Loses() {
			fmt.Println(change.Role, "can no longer do all of", change.Action)
		}
	}
	// Output:
	// workspace_admin can no longer do all of approval.decide_release
	// workspace_reviewer can no longer do all of approval.decide_release
}
