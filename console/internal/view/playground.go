package view

import (
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
)

// PlaygroundParts are the parts of pages that the playground renders.
var PlaygroundParts = []string{"table", "legend", "answer", "actions", "problems", "rolechoice", "difference"}

// ProblemLine is a problem of a policy, or a warning, and the line where it is; 0 if it is
// at no line.
type ProblemLine struct {
	Line, Column int
	Warning      bool
	Text         string
}

// NewProblemLines returns problems as a page shows them.
func NewProblemLines(problems load.Problems, warning bool) (lines []ProblemLine) {
	for _, p := range problems[:min(len(problems), mostRows)] {
		lines = append(lines, ProblemLine{p.Line, p.Column, warning, address.OneLine(p.Message())})
	}
	return lines
}
