package main

import (
	"net/url"
	"path/filepath"
)

// The parts of SARIF 2.1.0 that validate writes.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
)

var sarifRules = []sarifRule{
	{"invalid-policy", sarifText{"The policy cannot be built."}},
	{"policy-warning", sarifText{"The policy is legal, and surely not meant like this."}},
}

// sarifOf returns a report as a code scanner reads it.
func sarifOf(r *report) sarifLog {
	results := []sarifResult{}
	for _, f := range r.Findings {
		rule := 0
		if f.Severity == "warning" {
			rule = 1
		}
		location := sarifPhysical{ArtifactLocation: sarifArtifact{fileURI(f.File)}}
		if f.Line > 0 {
			location.Region = &sarifRegion{f.Line, f.character}
		}
		results = append(results, sarifResult{
			sarifRules[rule].ID, rule, f.Severity, sarifText{f.message}, []sarifLocation{{location}},
		})
	}
	driver := sarifDriver{"rbac", "https://github.com/miniprogram-platform/rbac", sarifRules}
	return sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{{sarifTool{driver}, "utf16CodeUnits", results}},
	}
}

// fileURI returns the name of a file as a reference that is relative if the name is.
func fileURI(name string) string {
	if filepath.IsAbs(name) {
		return (&url.URL{Scheme: "file", Path: filepath.ToSlash(name)}).String()
	}
	return (&url.URL{Path: filepath.ToSlash(name)}).String()
}
