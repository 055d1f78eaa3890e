package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/address"
)

// The parts of JUnit's format that test writes. There are no times, so that the same
// result has the same bytes.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string         `xml:"name,attr"`
		ClassName string         `xml:"classname,attr"`
		Failures  []junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (c *call) printJUnit(r *testResult, tooLittle []string) error {
	all := junitSuites{Name: "rbac"}
	for i := range r.Files {
		all.Suites = append(all.Suites, junitSuiteOf(&r.Files[i]))
	}
	if len(tooLittle) > 0 {
		failure := junitFailure{"coverage", tooLittle[0], strings.Join(tooLittle, "\n")}
		all.Suites = append(all.Suites, junitSuite{Name: "coverage", Tests: 1, Failures: 1, Cases: []junitCase{
			{Name: "coverage", ClassName: "rbac", Failures: []junitFailure{failure}},
		}})
	}
	for _, suite := range all.Suites {
		all.Tests += suite.Tests
		all.Failures += suite.Failures
	}
	document, err := xml.MarshalIndent(all, "", "  ")
	c.printf("%s%s\n", xml.Header, document)
	return err
}

func junitSuiteOf(file *fileResult) junitSuite {
	suite := junitSuite{Name: file.File, Tests: len(file.Cases), Failures: file.failed()}
	for _, one := range file.Cases {
		found := junitCase{Name: one.Name, ClassName: file.File}
		if !one.Passed {
			place := fmt.Sprintf("%s:%d:%d", address.ID(file.File), one.Line, one.Column)
			found.Failures = []junitFailure{{
				"expectation", one.Failures[0], place + "\n" + strings.Join(one.Failures, "\n"),
			}}
		}
		suite.Cases = append(suite.Cases, found)
	}
	return suite
}
