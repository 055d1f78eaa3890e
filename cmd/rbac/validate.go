package main

import (
	"errors"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
)

var validateCommand = &command{
	name:  "validate",
	usage: "[-base default|none|FILE] [-o text|json|sarif|github] [-strict] FILE...",
	about: "report every problem of policies, with file, line and column",
	help: `
  -base      what each FILE is added to: the platform's policy (default), nothing (none), or
             the policy of another file, as each workspace's own roles are
  -o         text, json, sarif (for code scanning) or github (annotations of a workflow)
  -strict    warnings count as problems`,
	example: `
$ rbac validate roles.json
roles.json:7:23: roles[0].permissions: unknown action "miniprogram.relase"; did you mean "miniprogram.release"?
$ rbac validate -base roles.json workspaces/*.json`,
	run: runValidate,
}

// finding is one problem or warning.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"` // "error" or "warning"
	Place    string `json:"place,omitempty"`
	Problem  string `json:"problem"`
	Hint     string `json:"hint,omitempty"`

	position  string // file:line:column
	character int    // the column as SARIF and GitHub count
	message   string // the place, the problem and the hint
}

// report is what validate found out about all files.
type report struct {
	Files    []string  `json:"files"`
	Findings []finding `json:"findings"`
}

func (r *report) add(severity string, problems load.Problems) {
	for _, p := range problems {
		r.Findings = append(r.Findings, finding{
			File: p.File, Line: p.Line, Column: p.Column, Severity: severity, Place: p.Place,
			Problem: p.Problem, Hint: p.Hint, position: p.Position(), character: p.Character, message: p.Message(),
		})
	}
}

func (r *report) count(severity string) (n int) {
	for _, f := range r.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

func runValidate(c *call) (int, error) {
	baseName := c.flags.String("base", load.Default, "")
	format := c.flags.String("o", "text", "")
	strict := c.flags.Bool("strict", false, "")
	files, err := c.parse(1, -1)
	if err != nil {
		return unusable, err
	}
	if err := c.oneOf("o", *format, "text", "json", "sarif", "github"); err != nil {
		return unusable, err
	}
	base, err := load.Base(*baseName)
	if err != nil {
		return unusable, err
	}
	r := &report{Files: files, Findings: []finding{}}
	for _, file := range files {
		if err := r.validate(file, base); err != nil {
			return unusable, err
		}
	}
	if err := c.printReport(r, *format); err != nil {
		return unusable, err
	}
	if r.count("error") > 0 || *strict && len(r.Findings) > 0 {
		return no, nil
	}
	return yes, nil
}

// validate adds what is wrong with one file. The error is for what cannot be read.
func (r *report) validate(file string, base *rbac.Policy) error {
	var problems load.Problems
	document, err := load.Spec(file)
	if err == nil {
		var policy *rbac.Policy
		if policy, err = document.On(base); err == nil {
			r.add("warning", document.Warnings(policy, base))
			return nil
		}
	}
	if !errors.As(err, &problems) {
		return err
	}
	r.add("error", problems)
	return nil
}

func (c *call) printReport(r *report, format string) error {
	switch format {
	case "json":
		return c.printJSON(r)
	case "sarif":
		return c.printJSON(sarifOf(r))
	case "github":
		for _, f := range r.Findings {
			c.annotation(f.Severity, f.File, f.Line, f.character, "rbac", f.message)
		}
		return nil
	}
	wrong := make(map[string]bool)
	for _, f := range r.Findings {
		if f.Severity == "error" {
			wrong[f.File] = true
			c.printf("%s: %s\n", f.position, f.message)
		} else {
			c.printf("%s: %s %s\n", f.position, c.paint(yellow, "warning:"), f.message)
		}
	}
	for _, file := range r.Files {
		if !wrong[file] {
			c.printf("%s: %s\n", address.ID(file), c.paint(green, "valid"))
		}
	}
	return nil
}
