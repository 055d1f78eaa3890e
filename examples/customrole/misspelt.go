package main

import (
	"fmt"
	"io"
	"strings"
)

// misspelt documents differ from inspector.json in one word each.
var misspelt = []struct{ wrong, right string }{
	{`"Permissions"`, `"permissions"`},
	{`"miniprogram.veiw"`, `"miniprogram.view"`},
	{`["tenants"]`, `["tenant"]`},
	{`"kind": "developer"`, `"kind": "tenant"`},
}

// printMisspelt shows that nothing is guessed, and nothing half loaded.
func printMisspelt(out io.Writer) error {
	for _, m := range misspelt {
		document := strings.Replace(string(inspector), m.right, m.wrong, 1)
		_, err := load([]byte(document))
		if err == nil {
			return fmt.Errorf("a document with %s is accepted", m.wrong)
		}
		fmt.Fprintf(out, "with %s for %s:\n%s\n\n", m.wrong, m.right, indented(err))
	}
	return nil
}

// indented has a line for each problem that is found.
func indented(err error) string {
	return "  " + strings.ReplaceAll(err.Error(), "\n", "\n  ")
}
