// Customrole loads a role that the platform's tables do not have from a JSON
// document, shows what becomes of misspelt documents, and puts the role to use.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/miniprogram-platform/rbac"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	policy, err := load(inspector)
	if err != nil {
		return err
	}
	fmt.Fprint(out, "inspector.json is loaded. With one word misspelt it is refused:\n\n")
	if err := printMisspelt(out); err != nil {
		return err
	}
	printDecisions(out, policy)
	printList(out, policy)
	return nil
}

// The actions that inspector.json declares.
const (
	warn        rbac.Action = "miniprogram.warn"
	forceRemove rbac.Action = "miniprogram.force_remove"
)

var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bank   = rbac.Tenant("bank")
)

var ivy = rbac.Member{
	ID:          "ivy",
	Workspace:   wallet,
	Status:      rbac.StatusActive,
	Assignments: []rbac.Assignment{{Role: "miniprogram_inspector"}},
}

func printDecisions(out io.Writer, policy *rbac.Policy) {
	fmt.Fprintln(out, "ivy, an inspector of the wallet:")
	subject := policy.Bind(ivy)
	for _, program := range []rbac.Resource{
		wallet.MiniProgram("top-up"), shop.MiniProgram("mp-42"), bank.MiniProgram("savings"),
	} {
		fmt.Fprintf(out, "  %s of %s\n", program.MiniProgram, program.Workspace.ID)
		for _, action := range []rbac.Action{rbac.ViewMiniProgram, warn, forceRemove, rbac.ReleaseMiniProgram} {
			fmt.Fprintf(out, "    %-25s %s\n", action, subject.Check(action, program).Reason)
		}
	}
}

// printList says which rows ivy's list has; Filter.Where says it to a database.
func printList(out io.Writer, policy *rbac.Policy) {
	filter := policy.Bind(ivy).Filter(rbac.ListMiniPrograms)
	fmt.Fprintf(out, "\nivy's list has\n  %s\n", filter)
}
