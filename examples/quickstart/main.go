// Quickstart shows which members of a wallet and its two merchants can do what
// with which mini programs. Then it adds an action of its own.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"text/tabwriter"

	"github.com/miniprogram-platform/rbac"
)

// A wallet (the native app) and two of its merchants.
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

// One member for each of the seven roles.
var (
	ann   = newMember("ann", wallet, rbac.WorkspaceAdmin)
	rae   = newMember("rae", wallet, rbac.WorkspaceReviewer)
	dan   = newMember("dan", wallet, rbac.WorkspaceDeveloper, "top-up")
	ola   = newMember("ola", wallet, rbac.WorkspaceOperator)
	sam   = newMember("sam", shop, rbac.DeveloperAdmin)
	alice = newMember("alice", shop, rbac.Developer, "mp-42")
	bob   = newMember("bob", bakery, rbac.Operator, "mp-7")

	members = []rbac.Member{ann, rae, dan, ola, sam, alice, bob}
)

// newMember returns an active member. A real program loads its members from storage.
func newMember(id string, workspace rbac.Workspace, role rbac.RoleID, assigned ...string) rbac.Member {
	return rbac.Member{
		ID:          id,
		Workspace:   workspace,
		Status:      rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: assigned}},
	}
}

// translate is an action that the default policy does not have.
const translate rbac.Action = "miniprogram.translate"

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	policy := rbac.Default() // the seven default roles
	for _, action := range []rbac.Action{
		rbac.ViewMiniProgram, rbac.ReleaseMiniProgram, rbac.ViewTransactions, rbac.DecideRelease,
	} {
		if err := printTable(out, policy, action); err != nil {
			return err
		}
	}

	// A denial can be returned as an error. Its text is safe to show to the member.
	err := policy.Check(alice, rbac.ReleaseMiniProgram, mp43).Err()
	fmt.Fprintf(out, "Can alice release mp-43?\n  %v\n\n", err)

	// No role has a new action until you grant it, not even an admin.
	extended, err := rbac.New(rbac.Defaults(), rbac.Spec{
		Actions: map[rbac.Action]rbac.Target{translate: rbac.OnMiniProgram},
		Extend: map[rbac.RoleID]rbac.Permissions{
			rbac.Developer: {translate: rbac.ScopeAssigned},
			rbac.Operator:  {translate: rbac.ScopeWorkspace},
		},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Can bob translate mp-7?\n")
	fmt.Fprintf(out, "  default policy:  %s\n", answer(policy.Check(bob, translate, mp7)))
	fmt.Fprintf(out, "  extended policy: %s\n\n", answer(extended.Check(bob, translate, mp7)))
	return printTable(out, extended, translate)
}

// printTable prints one row for each member and one column for each mini program.
func printTable(out io.Writer, policy *rbac.Policy, action rbac.Action) error {
	fmt.Fprintf(out, "Who can do %s?\n", action)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  member\trole")
	for _, program := range miniPrograms {
		fmt.Fprintf(table, "\t%s/%s", program.Workspace.ID, program.MiniProgram)
	}
	fmt.Fprintln(table)
	for _, member := range members {
		subject := policy.Bind(member) // prepares the member for many checks
		fmt.Fprintf(table, "  %s/%s\t%s", member.Workspace.ID, member.ID, member.Assignments[0].Role)
		for _, program := range miniPrograms {
			fmt.Fprintf(table, "\t%s", answer(subject.Check(action, program)))
		}
		fmt.Fprintln(table)
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// answer returns the scope of a grant, or the reason for a denial.
func answer(decision rbac.Decision) string {
	if decision.Allowed {
		return "YES: " + decision.Scope.String()
	}
	return "no: " + decision.Reason.String()
}
