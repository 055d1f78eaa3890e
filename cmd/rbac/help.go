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

A FILE is a policy in JSON, or - for standard input. It is added to the platform's policy,
unless it defines all of the platform's roles itself; -base says otherwise. Without a file,
the base is meant: the platform's policy, unless -base says otherwise.

The exit code is 0 for yes, equal and passed, 1 for no, different and failed, and 2 for
wrong usage or what cannot be read.
`

const aboutQuestions = `
  -policy    the policy that is asked; without it, the base
  -base      what the policy is added to
  -members   a JSON list of members
  -at        the instant of the question, such as 2027-01-31T00:00:00Z; the default is now
  -o         text or json

MEMBER is an ID, or id@wallet/shop if the file has several members of that ID. ACTION is a
name that "rbac matrix" shows. RESOURCE is written tenant/merchant#mini program@owner, of
which only the tenant is needed: wallet, wallet/shop, wallet/shop#mp-42@dana. Write it as
JSON if an ID has one of these signs.

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
