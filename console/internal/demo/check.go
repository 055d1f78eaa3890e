package demo

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// longestID is how many bytes an ID has at most. PostgreSQL's index has room for that.
const longestID = 255

// check refuses what the tables cannot hold exactly.
func check(workspace rbac.Workspace, state web.WorkspaceState) error {
	seen := make(map[string]bool)
	for _, member := range state.Members {
		place := fmt.Sprintf("members[%q]", shortened(member.ID, longestID))
		if err := checkID(place, member.ID); err != nil {
			return err
		}
		if member.Workspace != workspace {
			return &rbac.ValidationError{Place: place, Problem: "a member of another workspace", Hint: "leave it out"}
		}
		if seen[member.ID] {
			return &rbac.ValidationError{Place: place, Problem: "the member is repeated", Hint: "keep one of the two"}
		}
		seen[member.ID] = true
		for i, assignment := range member.Assignments {
			if err := checkIDs(fmt.Sprintf("%s.assignments[%d].mini_programs", place, i), assignment.MiniPrograms); err != nil {
				return err
			}
		}
	}
	return checkIDs("mini_programs", state.MiniPrograms)
}

func checkIDs(place string, ids []string) error {
	for i, id := range ids {
		if err := checkID(fmt.Sprintf("%s[%d]", place, i), id); err != nil {
			return err
		}
	}
	return nil
}

func checkID(place, id string) error {
	switch {
	case id == "":
		return &rbac.ValidationError{Place: place, Problem: "the ID is empty", Hint: "give it an ID"}
	case len(id) > longestID:
		return &rbac.ValidationError{
			Place:   place,
			Problem: fmt.Sprintf("the ID has %d bytes", len(id)),
			Hint:    fmt.Sprintf("use at most %d", longestID),
		}
	case !storable(id):
		return &rbac.ValidationError{Place: place, Problem: "the ID is not text", Hint: "use UTF-8 without U+0000"}
	}
	return nil
}

func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// possible reports whether the tables can have the workspace at all.
func possible(workspace rbac.Workspace) bool {
	return workspace.Validate() == nil && storable(workspace.ID) && storable(workspace.Tenant)
}

// shortened returns the text as the log can keep it: short, and valid.
func shortened(text string, most int) string {
	if !storable(text) {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	}
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}
