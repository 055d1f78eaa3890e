// Customrole loads a role from a JSON document, shows the errors for misspelled
// documents, gives the role to a member, and uses it.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
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

// ann runs the wallet. ivy has no role yet.
var (
	ann = rbac.Member{
		ID:          "ann",
		Workspace:   wallet,
		Status:      rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.WorkspaceAdmin}},
	}
	ivy = rbac.Member{ID: "ivy", Workspace: wallet, Status: rbac.StatusActive}
)

// inspects is the new role, as a member holds it.
var inspects = rbac.Assignment{Role: "miniprogram_inspector"}

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
	if err := printWarnings(out); err != nil {
		return err
	}
	member, err := policy.Bind(ann).Assign(ivy, inspects)
	if err != nil {
		return err // a real program stores the member only if there is no error
	}
	fmt.Fprintf(out, "With it, ann gives ivy the role %s.\n\n", member.Assignments[0].Role)
	printDecisions(out, policy, member)
	filter := policy.Bind(member).Filter(rbac.ListMiniPrograms) // Filter.Where writes it in SQL
	fmt.Fprintf(out, "\nivy's list shows\n  %s\n", filter)
	return nil
}

// load adds a document to the default roles.
func load(document []byte) (*rbac.Policy, error) {
	spec, err := read(document)
	if err != nil {
		return nil, err
	}
	return rbac.New(rbac.Defaults(), spec)
}

func read(document []byte) (spec rbac.Spec, err error) {
	err = json.Unmarshal(document, &spec)
	return spec, err
}

// printWarnings shows what happens without "administers". The role has actions that
// a Workspace Admin does not have, so nobody could give it, take it or block who holds it.
func printWarnings(out io.Writer) error {
	spec, err := read(inspector)
	if err != nil {
		return err
	}
	spec.Administers = nil
	policy, err := rbac.New(rbac.Defaults(), spec)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, `Without "administers", the policy is valid but has a warning, and ann cannot give the role:`)
	for _, warning := range policy.Warnings() {
		fmt.Fprintf(out, "  %s\n", warning)
	}
	if _, err := policy.Bind(ann).Assign(ivy, inspects); err != nil {
		fmt.Fprintf(out, "  %v\n\n", err)
		return nil
	}
	return errors.New("a role that nobody covers is given")
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

func printDecisions(out io.Writer, policy *rbac.Policy, member rbac.Member) {
	fmt.Fprintf(out, "What can %s, an inspector of the wallet, do?\n", member.ID)
	subject := policy.Bind(member)
	for _, program := range []rbac.Resource{
		wallet.MiniProgram("top-up"), shop.MiniProgram("mp-42"), bank.MiniProgram("savings"),
	} {
		fmt.Fprintf(out, "  with %s of %s\n", program.MiniProgram, program.Workspace.ID)
		for _, action := range []rbac.Action{rbac.ViewMiniProgram, warn, forceRemove, rbac.ReleaseMiniProgram} {
			fmt.Fprintf(out, "    %-25s %s\n", action, subject.Check(action, program).Reason)
		}
	}
}
