package demo

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// longestID is how many bytes an ID has at most, which is what the console's forms take.
// PostgreSQL's index has room for three such IDs.
const longestID = 255

// check refuses what the tables cannot hold exactly. It looks at what changes only: an ID that is
// stored, however it came there, must not stop other changes.
func check(workspace rbac.Workspace, before stored, after web.WorkspaceState) error {
	known := make(map[string]rbac.Member)
	for _, member := range before.state.Members {
		known[member.ID] = member
	}
	seen := make(map[string]bool)
	for _, member := range after.Members {
		place := fmt.Sprintf("members[%q]", shortened(member.ID, longestID))
		if member.Workspace != workspace {
			return &rbac.ValidationError{Place: place, Problem: "a member of another workspace", Hint: "leave it out"}
		}
		if seen[member.ID] {
			return &rbac.ValidationError{Place: place, Problem: "the member is repeated", Hint: "keep one of the two"}
		}
		seen[member.ID] = true
		old, found := known[member.ID]
		if err := checkID(place, member.ID); err != nil && !found {
			return err
		}
		if err := checkIDs(place+": mini_programs", programsOf(old), programsOf(member)); err != nil {
			return err
		}
	}
	return checkIDs("mini_programs", before.state.MiniPrograms, after.MiniPrograms)
}

func programsOf(member rbac.Member) (ids []string) {
	for _, assignment := range member.Assignments {
		ids = append(ids, assignment.MiniPrograms...)
	}
	return ids
}

// checkIDs checks the IDs that are new.
func checkIDs(place string, before, after []string) error {
	known := make(map[string]bool, len(before))
	for _, id := range before {
		known[id] = true
	}
	for i, id := range after {
		if known[id] {
			continue
		}
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
