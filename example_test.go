package rbac_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// A wallet and two of its merchants.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
)

// alice builds one mini program of the shop.
var alice = rbac.Member{
	ID:          "alice",
	Workspace:   shop,
	Status:      rbac.StatusActive,
	Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}},
}

// ann runs the wallet, rae reviews for it, sam runs the shop, ola does its
// marketing, and bob runs the bakery.
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

// A member, an action and a resource are what the host has already; the policy
// says yes or no.
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
	fmt.Println(rbac.Can(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43"))) // not assigned to her
	fmt.Println(rbac.Can(alice, rbac.InviteMember, shop.Resource()))                 // not what a Developer does
	// Output:
	// true
	// false
	// false
}

// Where things are: workspaces and resources.

func ExampleTenant() {
	wallet := rbac.Tenant("wallet")
	fmt.Println(wallet.Kind, wallet.ID)
	// Output: tenant wallet
}

func ExampleWorkspace_Developer() {
	shop := rbac.Tenant("wallet").Developer("shop")
	fmt.Println(shop.Kind, shop.ID, "of", shop.Tenant)

	// Another tenant's merchant may have the same ID: it is another workspace.
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

func ExampleWorkspace_Validate() {
	fmt.Println(shop.Validate())
	fmt.Println(rbac.Workspace{Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"}.Validate())
	// Output:
	// <nil>
	// rbac: workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)
}

func ExampleResource_OwnedBy() {
	request := shop.MiniProgram("mp-42").OwnedBy("alice") // alice submitted it
	fmt.Println(rbac.Can(alice, rbac.WithdrawRequest, request))
	fmt.Println(rbac.Can(sam, rbac.WithdrawRequest, request))
	// Output:
	// true
	// false
}

// Decisions.

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
	fmt.Println(policy.Can(ann, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"))) // the merchant's own affair

	var none *rbac.Policy // that failed to load, say
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
		NotAfter:  monday.AddDate(0, 0, 7), // the first instant in which it is over
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
	fmt.Println(err) // names nobody's ID: fit for the body of an HTTP 403
	// Output:
	// true
	// rbac: miniprogram.release denied: the mini program is not assigned to the member's role
}

// What a stranger may not know of is answered as what does not exist.
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

func ExampleDecision_LogValue() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	decision := rbac.Default().Check(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42"))
	log.Info("release", "member", alice.ID, "decision", decision)
	// Output:
	// level=INFO msg=release member=alice decision.allowed=true decision.reason=granted decision.role=developer decision.scope=assigned
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func ExampleDeniedError() {
	err := rbac.Default().Check(bob, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")).Err()
	var denied *rbac.DeniedError
	if errors.As(err, &denied) && denied.Reason == rbac.ReasonOtherWorkspace {
		fmt.Println("404 page not found") // a stranger must not learn that it exists
	}
	// Output: 404 page not found
}

// One member, many questions.

func ExamplePolicy_Bind() {
	subject := rbac.Default().Bind(alice) // for the length of a request
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

// Which buttons to show.
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

// Which rows to list.
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
	for _, row := range []rbac.Resource{shop.MiniProgram("mp-42"), shop.MiniProgram("mp-43"), bakery.MiniProgram("mp-42")} {
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
		Tenant: "tenant_id", Workspace: "workspace_id", MiniProgram: "id",
		Placeholder: func(n int) string { return fmt.Sprintf("$%d", n) }, // PostgreSQL
		Offset:      1,                                                   // $1 is the query's own
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("SELECT id, name FROM mini_programs WHERE name LIKE $1 AND " + clause)
	fmt.Printf("%q\n", args)
	// Output:
	// SELECT id, name FROM mini_programs WHERE name LIKE $1 AND (tenant_id = $2 AND workspace_id = $3 AND id IN ($4))
	// ["wallet" "shop" "mp-42"]
}

func ExampleFilter_None() {
	filter := rbac.Default().Bind(ola).Filter(rbac.ListMiniPrograms)
	if filter.None() {
		fmt.Println("an empty list, without asking the database")
	}
	// Output: an empty list, without asking the database
}

// A store that is not asked in SQL.
func ExampleFilter_Terms() {
	terms := rbac.Default().Bind(alice).Filter(rbac.ListMiniPrograms).Terms()
	fmt.Println(terms.Scope, terms.Workspace.ID, terms.MiniPrograms)
	// Output: assigned shop [mp-42]
}

func ExampleFilter_String() {
	fmt.Println(rbac.Default().Bind(alice).Filter(rbac.ViewRequest))
	// Output: request.view: resources of developer workspace "shop" that are owned by "alice"
}

// Policies.

func ExampleDefault() {
	policy := rbac.Default() // the platform's own tables, built once for all
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
	spec := rbac.Defaults() // a copy, to change or to look at
	fmt.Println(len(spec.Actions), "actions,", len(spec.Roles), "roles")
	fmt.Println("a workspace keeps", spec.AtLeast[rbac.DeveloperAdmin], "Developer Admin at least")
	// Output:
	// 85 actions, 7 roles
	// a workspace keeps 1 Developer Admin at least
}

func ExampleNew() {
	const translate rbac.Action = "miniprogram.translate"
	policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{translate: rbac.OnMiniProgram},
		Extend:  map[rbac.RoleID]rbac.Permissions{rbac.Operator: {translate: rbac.ScopeAssigned}},
	})
	fmt.Println(err)
	fmt.Println(policy.Can(ola, translate, shop.MiniProgram("mp-42")))
	fmt.Println(policy.Can(sam, translate, shop.MiniProgram("mp-42"))) // nobody's until a role says so, admins included
	// Output:
	// <nil>
	// true
	// false
}

// Every problem is reported at once, each with its place and a hint.
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

// For a tool that points at what is wrong.
func ExampleValidationError() {
	_, err := rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{"aproval.decide_release"}})
	var problem *rbac.ValidationError
	if errors.As(err, &problem) { // the first; they are joined
		fmt.Println(problem.Place)
		fmt.Println(problem.Problem)
		fmt.Println(problem.Hint)
	}
	// Output:
	// specs[1].four_eyes[0]
	// unknown action "aproval.decide_release"
	// did you mean "approval.decide_release"?
}

// Nobody decides on what they submitted themselves.
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

func ExampleMust() {
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{ // in a package's variables, for one
		Extend: map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
	}))
	fmt.Println(rbac.Can(alice, rbac.ViewTransactions, shop.MiniProgram("mp-42")))
	fmt.Println(policy.Can(alice, rbac.ViewTransactions, shop.MiniProgram("mp-42")))
	// Output:
	// false
	// true
}

func ExamplePolicy_Spec() {
	spec := rbac.Default().Spec() // all specs in one, in canonical order
	again, err := rbac.New(spec)
	fmt.Println(err, again.Fingerprint() == rbac.Default().Fingerprint())
	// Output: <nil> true
}

func ExamplePolicy_Fingerprint() {
	extra := rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}}}
	one := rbac.Must(rbac.New(rbac.Defaults(), extra))
	other := rbac.Must(rbac.New(extra, rbac.Defaults()))
	fmt.Println(one.Fingerprint() == other.Fingerprint()) // the order of specs says nothing
	fmt.Println(one.Fingerprint() == rbac.Default().Fingerprint())
	// Output:
	// true
	// false
}

func ExampleSpec_MarshalJSON() {
	document, err := json.Marshal(rbac.Spec{
		Roles: []rbac.Role{{
			ID:          "auditor",
			Kind:        rbac.KindTenant,
			Name:        "Auditor",
			Permissions: rbac.Permissions{rbac.ViewTransactions: rbac.ScopeTenant},
		}},
		FourEyes: []rbac.Action{rbac.DecideRelease},
	})
	fmt.Println(string(document), err)
	// Output: {"roles":[{"id":"auditor","kind":"tenant","name":"Auditor","permissions":{"analytics.view_transactions":["tenant"]}}],"four_eyes":["approval.decide_release"]} <nil>
}

func ExampleSpec_UnmarshalJSON() {
	var spec rbac.Spec
	err := json.Unmarshal([]byte(`{"extend": {"developer": {"analytics.view_transactions": ["assigned"]}}}`), &spec)
	fmt.Println(spec.Extend[rbac.Developer], err)

	// A key that is misspelt is no key: nothing is guessed, nothing half read.
	fmt.Println(json.Unmarshal([]byte(`{"Extend": {}}`), &spec))
	// Output:
	// map[analytics.view_transactions:assigned] <nil>
	// rbac: unknown key "Extend"; did you mean "extend"?
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
	fmt.Println(has.Missing(needs)) // workspace covers assigned
	// Output: map[miniprogram.edit:assigned]
}

func ExampleScope_MarshalText() {
	text, err := json.Marshal(map[string]rbac.Scope{"reaches": rbac.ScopeWorkspace})
	fmt.Println(string(text), err)
	// Output: {"reaches":"workspace"} <nil>
}

func ExampleStatus_UnmarshalText() {
	var status rbac.Status // as a column of the host's table holds it
	fmt.Println(status.UnmarshalText([]byte("blocked")), status)
	fmt.Println(status.UnmarshalText([]byte("Active")), status)
	// Output:
	// <nil> blocked
	// rbac: unknown status "Active"; did you mean "active"? blocked
}

// A member's life, from invitation to departure.

func ExampleInvite() {
	alice := rbac.Invite("alice", shop, monday, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}})
	fmt.Println(alice.Status)
	fmt.Println(rbac.Can(alice, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"))) // not before she accepts
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
	fmt.Println(err) // it is final
	// Output:
	// deleted <nil>
	// rbac: cannot unblock: the member is deleted; send a new invitation
}

// Who may change what others may do.

func ExamplePolicy_CheckAssign() {
	operator := rbac.Assignment{Role: rbac.Operator, MiniPrograms: []string{"mp-42"}}
	policy := rbac.Default()
	fmt.Println(policy.CheckAssign(sam, alice, operator).Reason)
	fmt.Println(policy.CheckAssign(bob, alice, operator).Reason)
	fmt.Println(policy.CheckAssign(ola, alice, operator).Reason)
	fmt.Println(policy.CheckAssign(sam, sam, operator).Reason)
	// Output:
	// granted
	// other_workspace
	// not_granted
	// self
}

// Nobody gives more than they have, and a refusal says what is lacking.
func ExamplePolicy_CheckAssign_escalation() {
	staffing := rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.ViewTemplates: rbac.ScopeWorkspace}
	selling := rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace, rbac.ManageCampaigns: rbac.ScopeWorkspace}
	policy := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{
		{ID: "team_lead", Kind: rbac.KindDeveloper, Permissions: staffing},
		{ID: "seller", Kind: rbac.KindDeveloper, Permissions: selling},
	}}))
	leo := active("leo", shop, rbac.Assignment{Role: "team_lead"})
	nia := active("nia", shop)
	fmt.Println(policy.CheckAssign(leo, nia, rbac.Assignment{Role: "team_lead"}).Reason)
	fmt.Println(policy.CheckAssign(leo, nia, rbac.Assignment{Role: "seller"}).Err())
	// Output:
	// granted
	// rbac: member.set_role denied: the member lacks permissions that the change needs (campaign.manage: workspace)
}

// A merchant's Developer adds members to the mini programs assigned to that
// Developer, and to no others.
func ExamplePolicy_CheckAssign_managesMembers() {
	carl := active("carl", shop, rbac.Assignment{Role: rbac.Developer})
	policy := rbac.Default()
	fmt.Println(policy.CheckAssign(alice, carl, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}}).Allowed)
	fmt.Println(policy.CheckAssign(alice, carl, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-43"}}).Allowed)
	fmt.Println(policy.CheckAssign(alice, carl, rbac.Assignment{Role: rbac.Operator, MiniPrograms: []string{"mp-42"}}).Allowed)
	// Output:
	// true
	// false
	// false
}

func ExamplePolicy_CheckRevoke() {
	policy := rbac.Default()
	held := alice.Assignments[0]
	fmt.Println(policy.CheckRevoke(sam, alice, held).Reason)
	fmt.Println(policy.CheckRevoke(sam, alice, rbac.Assignment{Role: rbac.Operator}).Reason)
	fmt.Println(policy.CheckRevoke(alice, sam, sam.Assignments[0]).Reason)
	// Output:
	// granted
	// not_held
	// not_granted
}

func ExamplePolicy_CheckManage() {
	policy := rbac.Default()
	fmt.Println(policy.CheckManage(sam, alice, rbac.BlockMember).Reason)
	fmt.Println(policy.CheckManage(sam, sam, rbac.DeleteMember).Reason)
	fmt.Println(policy.CheckManage(ann, alice, rbac.BlockMember).Reason) // merchants manage their own

	invitation := rbac.Invite("carl", shop, monday, rbac.Assignment{Role: rbac.Developer})
	fmt.Println(policy.CheckManage(sam, invitation, rbac.InviteMember).Reason)
	// Output:
	// granted
	// self
	// own_workspace_only
	// granted
}

func ExamplePolicy_CheckDefine() {
	auditor := rbac.Role{ID: "auditor", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
		rbac.ViewTransactions: rbac.ScopeWorkspace,
	}}
	policy := rbac.Default()
	fmt.Println(policy.CheckDefine(sam, auditor).Reason)

	auditor.Permissions[rbac.ManageTemplates] = rbac.ScopeWorkspace // which sam has not
	fmt.Println(policy.CheckDefine(sam, auditor).Err())
	// Output:
	// granted
	// rbac: role.define denied: the member lacks permissions that the change needs (template.manage: workspace)
}

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

// Within the transaction that takes an admin away.
func ExamplePolicy_ValidateWorkspace() {
	policy := rbac.Default()
	fmt.Println(policy.ValidateWorkspace(shop, slices.Values([]rbac.Member{sam, alice, ola})))

	deleted, _ := sam.Delete()
	fmt.Println(policy.ValidateWorkspace(shop, slices.Values([]rbac.Member{deleted, alice, ola})))
	// Output:
	// <nil>
	// rbac: members: 0 active holders of role "developer_admin", and at least 1 are needed; give the role to another member first
}

// Questions about a policy.

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

func ExamplePolicy_Permissions() {
	permissions := rbac.Default().Permissions(ola)
	for _, action := range slices.Sorted(maps.Keys(permissions))[:4] {
		fmt.Println(action, permissions[action])
	}
	// Output:
	// account.two_factor own
	// ad.manage workspace
	// ad.view_analytics workspace
	// analytics.view_behaviors workspace
}

func ExamplePolicy_PermissionsAt() {
	guest := active("eve", shop, rbac.Assignment{Role: rbac.Operator, NotAfter: monday})
	fmt.Println(len(rbac.Default().PermissionsAt(monday.Add(-1), guest)))
	fmt.Println(len(rbac.Default().PermissionsAt(monday, guest)))
	// Output:
	// 13
	// 0
}

func ExamplePolicy_RolesWith() {
	fmt.Println(slices.Collect(rbac.Default().RolesWith(rbac.ReleaseMiniProgram, rbac.ScopeAssigned)))
	fmt.Println(slices.Collect(rbac.Default().RolesWith(rbac.ReleaseMiniProgram, rbac.ScopeTenant)))
	// Output:
	// [developer developer_admin workspace_admin workspace_developer]
	// []
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

func ExamplePolicy_Explain() {
	fmt.Println(rbac.Default().Explain(alice, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-43")))
	// Output:
	// miniprogram.release: denied, the mini program is not assigned to the member's role
	//   developer: the mini program is not assigned to the member's role
	//   to allow it: name mp-43 in the developer assignment
	//   to allow it: give the role developer_admin
}

func ExampleRemedy_Apply() {
	mp43 := shop.MiniProgram("mp-43")
	for _, remedy := range rbac.Default().Explain(alice, rbac.ReleaseMiniProgram, mp43).Remedies {
		helped := remedy.Apply(alice) // alice herself stays as she is
		fmt.Println(rbac.Can(helped, rbac.ReleaseMiniProgram, mp43), remedy)
	}
	// Output:
	// true name mp-43 in the developer assignment
	// true give the role developer_admin
}

// To look at before a policy is put in force.
// Taking a permission from a default role: Extend only adds.
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

func ExampleDiff() {
	next := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Extend:   map[rbac.RoleID]rbac.Permissions{rbac.Developer: {rbac.ViewTransactions: rbac.ScopeAssigned}},
		FourEyes: []rbac.Action{rbac.DecideRelease},
	}))
	for _, change := range rbac.Diff(rbac.Default(), next) {
		fmt.Println(change)
	}
	// Output:
	// developer gains analytics.view_transactions: assigned on miniprogram
	// workspace_admin has approval.decide_release changed: from tenant on miniprogram to tenant on miniprogram under four eyes
	// workspace_reviewer has approval.decide_release changed: from tenant on miniprogram to tenant on miniprogram under four eyes
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
		fmt.Println(change.Role, change.Action, "gains:", change.Gains(), "loses:", change.Loses())
	}
	// Output:
	// workspace_admin approval.decide_release gains: false loses: true
	// workspace_reviewer approval.decide_release gains: false loses: true
}
