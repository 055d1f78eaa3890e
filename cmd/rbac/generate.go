package main

import (
	"go/token"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/load"
)

var generateCommand = &command{
	name:  "gen",
	usage: "[-base default|none|FILE] [-package NAME] go|ts|schema [FILE]",
	about: "write constants for Go, types for a front end, or the JSON Schema of a policy",
	help: `
  go       constants for the actions and roles that FILE itself declares
  ts       types in TypeScript, with all actions and roles of the policy
  schema   the JSON Schema of a policy's document; it suggests the names that the policy has

  -base      what FILE is added to
  -package   the package of the Go file; the default is policy`,
	example: `
$ rbac gen -package roles go roles.json > roles/roles.go
$ rbac gen ts roles.json > web/src/policy.ts`,
	run: runGenerate,
}

func runGenerate(c *call) (int, error) {
	base := c.flags.String("base", load.Default, "")
	packageName := c.flags.String("package", "policy", "")
	args, err := c.parse(1, 2)
	if err != nil {
		return unusable, err
	}
	if !token.IsIdentifier(*packageName) || *packageName == "_" {
		return unusable, c.misused("-package %q is no name of a package", *packageName)
	}
	file := firstOf(args[1:])
	policy, err := load.Policy(file, *base)
	if err != nil {
		return unusable, err
	}
	switch args[0] {
	case "go":
		if file == "" {
			file = *base
		}
		declared, err := declaredBy(file)
		if err != nil {
			return unusable, err
		}
		return yes, c.generateGo(*packageName, policy, declared)
	case "ts":
		return yes, c.generateTypeScript(policy)
	case "schema":
		return yes, c.printPretty(schemaOf(policy))
	}
	return unusable, c.misused("%q is nothing to write, use go, ts or schema", args[0])
}

// declaredBy returns what a file itself declares.
func declaredBy(file string) (rbac.Spec, error) {
	if file == load.Default {
		return rbac.Defaults(), nil
	}
	document, err := load.Spec(file)
	if err != nil {
		return rbac.Spec{}, err
	}
	return document.Spec, nil
}
