// Quickstart asks who in a small wallet may do what to which mini program, and
// why not; then it adds a permission that the platform does not have.
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

// translate is an action of our own.
const translate rbac.Action = "miniprogram.translate"

func run(out io.Writer) error {
	policy := rbac.Default() // the platform's seven roles
	for _, action := range []rbac.Action{rbac.ViewMiniProgram, rbac.ReleaseMiniProgram, rbac.ViewTransactions, rbac.DecideRelease} {
		if err := printTable(out, policy, action); err != nil {
			return err
		}
	}

	// A denial is also an error, with a text that is fit to be shown.
	err := policy.Check(alice, rbac.ReleaseMiniProgram, mp43).Err()
	fmt.Fprintf(out, "alice releases mp-43?\n  %v\n\n", err)

	// A new action is nobody's, admins included, until a role is given it.
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
	fmt.Fprintf(out, "bob translates mp-7?\n")
	fmt.Fprintf(out, "  before: %s\n", answer(policy.Check(bob, translate, mp7)))
	fmt.Fprintf(out, "  after:  %s\n\n", answer(extended.Check(bob, translate, mp7)))
	return printTable(out, extended, translate)
}
