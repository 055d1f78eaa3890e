// Customrole loads a role from a JSON document, shows the errors for misspelled
// documents, and uses the role.
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// inspector is the document. A real program may read it from a file or a
// database. It passes the same checks as a Spec that is written in Go.
//
//go:embed inspector.json
var inspector []byte

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

// ivy is a member with the new role.
var ivy = rbac.Member{
	ID:          "ivy",
	Workspace:   wallet,
	Status:      rbac.StatusActive,
	Assignments: []rbac.Assignment{{Role: "miniprogram_inspector"}},
}

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
	fmt.Fprint(out, "inspector.json is valid. One misspelled word makes it an error:\n\n")
	if err := printErrors(out); err != nil {
		return err
	}
	printDecisions(out, policy)
	filter := policy.Bind(ivy).Filter(rbac.ListMiniPrograms) // Filter.Where writes it in SQL
	fmt.Fprintf(out, "\nivy's list shows\n  %s\n", filter)
	return nil
}

// load adds a document to the default roles.
func load(document []byte) (*rbac.Policy, error) {
	var spec rbac.Spec
	if err := json.Unmarshal(document, &spec); err != nil {
		return nil, err
	}
	return rbac.New(rbac.Defaults(), spec)
}

// misspellings are edits that make inspector.json invalid.
var misspellings = []struct{ wrong, right string }{
	{`"Permissions"`, `"permissions"`},
	{`"miniprogram.veiw"`, `"miniprogram.view"`},
	{`["tenants"]`, `["tenant"]`},
	{`"kind": "developer"`, `"kind": "tenant"`},
}

// printErrors prints the error for each misspelling. An invalid document never
// loads in part.
func printErrors(out io.Writer) error {
	for _, m := range misspellings {
		document := strings.Replace(string(inspector), m.right, m.wrong, 1)
		_, err := load([]byte(document))
		if err == nil {
			return fmt.Errorf("a document with %s loads without an error", m.wrong)
		}
		problems := strings.ReplaceAll(err.Error(), "\n", "\n  ") // one line each
		fmt.Fprintf(out, "%s instead of %s:\n  %s\n\n", m.wrong, m.right, problems)
	}
	return nil
}

func printDecisions(out io.Writer, policy *rbac.Policy) {
	fmt.Fprintln(out, "What can ivy, an inspector of the wallet, do?")
	subject := policy.Bind(ivy)
	for _, program := range []rbac.Resource{
		wallet.MiniProgram("top-up"), shop.MiniProgram("mp-42"), bank.MiniProgram("savings"),
	} {
		fmt.Fprintf(out, "  with %s of %s\n", program.MiniProgram, program.Workspace.ID)
		for _, action := range []rbac.Action{rbac.ViewMiniProgram, warn, forceRemove, rbac.ReleaseMiniProgram} {
			fmt.Fprintf(out, "    %-25s %s\n", action, subject.Check(action, program).Reason)
		}
	}
}
