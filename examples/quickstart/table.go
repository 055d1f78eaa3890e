package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/miniprogram-platform/rbac"
)

// printTable has a row for each member and a column for each mini program.
func printTable(out io.Writer, policy *rbac.Policy, action rbac.Action) error {
	fmt.Fprintf(out, "Who may do %s?\n", action)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  member\trole")
	for _, program := range miniPrograms {
		fmt.Fprintf(table, "\t%s/%s", program.Workspace.ID, program.MiniProgram)
	}
	fmt.Fprintln(table)
	for _, member := range members {
		printRow(table, policy.Bind(member), member, action)
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// printRow takes a Subject: one member, made ready for many checks.
func printRow(table io.Writer, subject *rbac.Subject, member rbac.Member, action rbac.Action) {
	fmt.Fprintf(table, "  %s/%s\t%s", member.Workspace.ID, member.ID, member.Assignments[0].Role)
	for _, program := range miniPrograms {
		fmt.Fprintf(table, "\t%s", answer(subject.Check(action, program)))
	}
	fmt.Fprintln(table)
}

// answer says how far the granting role reaches, or why none grants.
func answer(decision rbac.Decision) string {
	if decision.Allowed {
		return "YES: " + decision.Scope.String()
	}
	return "no: " + decision.Reason.String()
}
