package main

import (
	"fmt"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/expect"
)

var testCommand = &command{
	name:  "test",
	usage: "[-o text|json|junit|github] [-coverage] [-min-coverage N] FILE...",
	about: "check what files of cases expect of a policy",
	help: `
A FILE of expectations names a policy, an instant, members, resources and cases:

  {"policy": "roles.json", "at": "2027-01-31T00:00:00Z",
   "members": {"alice": {"id": "alice",
     "workspace": {"kind": "developer", "id": "shop", "tenant": "wallet"}, "status": "active",
     "assignments": [{"role": "developer", "mini_programs": ["mp-42"]}]}},
   "cases": [{"name": "alice releases tea", "member": "alice",
     "resource": "wallet/shop#mp-42", "allowed": ["miniprogram.release"]}]}

https://github.com/miniprogram-platform/rbac/blob/main/docs/ci.md#expectations has every key.

  -o              text, json, junit (for most CI systems) or github (annotations)
  -coverage       show which cells of the policy the cases exercise, allowed and denied
  -min-coverage   fail if they exercise less than N per cent of each policy`,
	example: `
$ rbac test roles_test.json
roles_test.json:14:5: alice invites: member.invite by alice on wallet/shop: denied for not_granted, expected allowed
roles_test.json: failed, 1 of 6 cases`,
	run: runTest,
}

// testResult is what came of all files.
type testResult struct {
	Files    []fileResult   `json:"files"`
	Coverage []policyResult `json:"coverage,omitempty"` // one for each policy
}

type fileResult struct {
	File  string       `json:"file"`
	Cases []caseResult `json:"cases"`
}

type caseResult struct {
	Name     string   `json:"name"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Passed   bool     `json:"passed"`
	Failures []string `json:"failures,omitempty"`
}

// policyResult is the coverage of one policy by all files that test it.
type policyResult struct {
	Fingerprint string           `json:"fingerprint"`
	Files       []string         `json:"files"`
	Total       expect.Count     `json:"total"`
	Roles       []expect.Summary `json:"roles"`
	Open        []expect.Open    `json:"open"` // the cells that lack something

	coverage *expect.Coverage
}

func runTest(c *call) (int, error) {
	format := c.flags.String("o", "text", "")
	coverage := c.flags.Bool("coverage", false, "")
	least := c.flags.Float64("min-coverage", 0, "")
	names, err := c.parse(1, -1)
	if err != nil {
		return unusable, err
	}
	if err := c.oneOf("o", *format, "text", "json", "junit", "github"); err != nil {
		return unusable, err
	}
	if !(*least >= 0 && *least <= 100) {
		return unusable, c.misused("-min-coverage %v is no percentage, use 0 to 100", *least)
	}
	result := &testResult{}
	for _, name := range names {
		file, err := expect.Read(name, nil)
		if err != nil {
			return unusable, err
		}
		result.run(file)
	}
	result.count()
	tooLittle := result.below(*least)
	if !*coverage {
		result.Coverage = nil
	}
	if err := c.printTestResult(result, *format, tooLittle); err != nil {
		return unusable, err
	}
	if result.failed() > 0 || len(tooLittle) > 0 {
		return no, nil
	}
	return yes, nil
}

func (r *testResult) run(file *expect.File) {
	f := fileResult{File: file.Name}
	for _, one := range file.Cases {
		failures := file.Run(one)
		f.Cases = append(f.Cases, caseResult{one.Name, one.Line, one.Column, len(failures) == 0, failures})
	}
	r.Files = append(r.Files, f)
	fingerprint := file.Policy.Fingerprint()
	for i := range r.Coverage {
		if known := &r.Coverage[i]; known.Fingerprint == fingerprint {
			known.coverage.Merge(file.Coverage())
			known.Files = append(known.Files, file.Name)
			return
		}
	}
	r.Coverage = append(r.Coverage, policyResult{
		Fingerprint: fingerprint, Files: []string{file.Name}, coverage: file.Coverage(),
	})
}

// count sums up the coverage once all files have run.
func (r *testResult) count() {
	for i := range r.Coverage {
		p := &r.Coverage[i]
		p.Total, p.Roles, p.Open = p.coverage.Total(), p.coverage.Roles(), p.coverage.Open()
	}
}

// below returns a sentence for each policy that is covered less than it should be.
func (r *testResult) below(least float64) (sentences []string) {
	for _, p := range r.Coverage {
		if float64(p.Total.Covered)*100 < least*float64(p.Total.Cells) {
			sentences = append(sentences, fmt.Sprintf("coverage is %s, less than %v %%: %s",
				percent(p.Total), least, fileNames(p.Files)))
		}
	}
	return sentences
}

func percent(count expect.Count) string {
	if count.Cells == 0 {
		return "100.0 %"
	}
	tenths := count.Covered * 1000 / count.Cells // rounded down: 100 % is all
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

func (f *fileResult) failed() (n int) {
	for _, one := range f.Cases {
		if !one.Passed {
			n++
		}
	}
	return n
}

func (r *testResult) failed() (n int) {
	for i := range r.Files {
		n += r.Files[i].failed()
	}
	return n
}

func (c *call) printTestResult(r *testResult, format string, tooLittle []string) error {
	switch format {
	case "json":
		return c.printJSON(r)
	case "junit":
		return c.printJUnit(r, tooLittle)
	case "github":
		c.printTestGitHub(r, tooLittle)
	default:
		c.printTestText(r, tooLittle)
	}
	return nil
}

func (c *call) printTestText(r *testResult, tooLittle []string) {
	for _, file := range r.Files {
		for _, one := range file.Cases {
			for _, failure := range one.Failures {
				c.printf("%s:%d:%d: %s: %s\n", address.ID(file.File), one.Line, one.Column, address.OneLine(one.Name), failure)
			}
		}
	}
	for i := range r.Files {
		file := &r.Files[i]
		if failed := file.failed(); failed > 0 {
			c.printf("%s: %s, %d of %s\n", address.ID(file.File), c.paint(red, "failed"), failed, cases(len(file.Cases)))
		} else {
			c.printf("%s: %s, %s\n", address.ID(file.File), c.paint(green, "passed"), cases(len(file.Cases)))
		}
	}
	for _, p := range r.Coverage {
		c.printCoverage(&p)
	}
	for _, sentence := range tooLittle {
		c.printf("%s\n", c.paint(red, sentence))
	}
}

func cases(count int) string {
	if count == 1 {
		return "1 case"
	}
	return fmt.Sprintf("%d cases", count)
}

func (c *call) printCoverage(p *policyResult) {
	c.printf("\ncoverage %s by %s\n", percent(p.Total), fileNames(p.Files))
	rows := [][]string{{"role", "granted, allowed", "granted, denied", "not granted, denied"}}
	for _, role := range p.Roles {
		rows = append(rows, []string{string(role.Role), fraction(role.Allowed), fraction(role.Denied), fraction(role.Absent)})
	}
	c.printTable(rows)
}

func fileNames(files []string) string {
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = address.ID(file)
	}
	return strings.Join(names, ", ")
}

func fraction(count expect.Count) string { return fmt.Sprintf("%d/%d", count.Covered, count.Cells) }

func (c *call) printTestGitHub(r *testResult, tooLittle []string) {
	for _, file := range r.Files {
		for _, one := range file.Cases {
			for _, failure := range one.Failures {
				c.annotation("error", file.File, one.Line, one.Column, one.Name, failure)
			}
		}
	}
	for _, sentence := range tooLittle {
		c.annotation("error", "", 0, 0, "coverage", sentence)
	}
	for _, p := range r.Coverage {
		c.annotation("notice", "", 0, 0, "coverage", fmt.Sprintf("%s by %s", percent(p.Total), fileNames(p.Files)))
	}
}
