package main

import (
	"fmt"
	"slices"
	"strings"
)

const overview = `Rbac checks, shows and compares policies, and asks them who may do what.

Usage: rbac COMMAND [flags] [arguments]

%s
"rbac help COMMAND" shows the flags and an example. The files and their use in CI:
https://github.com/miniprogram-platform/rbac/blob/main/docs/ci.md

A FILE is a policy in JSON, or - for standard input. It is added to the base, which is the
platform's policy unless -base names another. A FILE that defines all of the platform's
roles stands alone. Without a FILE, the command uses the base.

The exit code is 0 for yes, valid, no difference and passed; 1 for no, invalid, different
and failed; 2 for wrong usage and for a file that cannot be read or is not JSON.
`

const aboutQuestions = `
  -policy    the policy to use; the default is the base
  -base      what the policy is added to
  -members   a JSON list of members
  -at        the instant of the question, such as 2027-01-31T00:00:00Z; the default is now
  -o         text or json

MEMBER is an ID, or id@wallet/shop if the file has several members of that ID. ACTION is a
name that "rbac matrix" shows. RESOURCE is written tenant/merchant#mini program@owner, of
which only the tenant is needed: wallet, wallet/shop, wallet/shop#mp-42@dana. Write it as
JSON if an ID contains / # or @.

A members file has the members as the library writes them:

  [{"id": "alice", "workspace": {"kind": "developer", "id": "shop", "tenant": "wallet"},
    "status": "active", "assignments": [{"role": "developer", "mini_programs": ["mp-42"]}]}]`

// showHelp shows all commands, or one.
func (c *call) showHelp(args []string) (int, error) {
	if len(args) == 0 {
		list := ""
		for _, known := range commands() {
			list += fmt.Sprintf("  %-12s %s\n", known.name, known.about)
		}
		c.printf(overview, list)
		return yes, nil
	}
	all := commands()
	i := slices.IndexFunc(all, func(known *command) bool { return known.name == args[0] })
	if i < 0 {
		return unusable, fmt.Errorf(`unknown command %q; "rbac help" shows them`, args[0])
	}
	known := all[i]
	c.printf("rbac %s: %s\n\nUsage: rbac %[1]s %[3]s\n\n", known.name, known.about, known.usage)
	if known.help != "" {
		c.printf("%s\n\n", strings.Trim(known.help, "\n"))
	}
	c.printf("Example:\n")
	for line := range strings.Lines(strings.TrimSpace(known.example)) {
		c.printf("  %s", line)
	}
	c.printf("\n")
	return yes, nil
}
