package view

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
)

// Problems returns a sentence for each of the joined errors.
func Problems(policy *rbac.Policy, err error) (sentences []string) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			sentences = append(sentences, Problems(policy, each)...)
		}
		return sentences
	}
	var wrong *rbac.ValidationError
	var status *rbac.StatusError
	switch {
	case errors.As(err, &status):
		return []string{statusProblem(status)}
	case errors.As(err, &wrong):
		if text, ok := holdersProblem(policy, wrong); ok {
			return []string{text}
		}
	}
	return []string{address.OneLine(strings.TrimPrefix(err.Error(), "rbac: ")) + "."}
}

// statusProblem says that a step does not fit the member's status, and which steps do.
func statusProblem(err *rbac.StatusError) string {
	label := func(name string) string {
		step, _ := StepNamed(name)
		return step.Label
	}
	text := fmt.Sprintf("The member is %s, so this step is not possible.", err.Status)
	if name := label(err.Step); name != "" {
		text = fmt.Sprintf("The member is %s, so “%s” is not possible.", err.Status, name)
	}
	var possible []string
	for _, name := range err.Allowed {
		if name := label(name); name != "" {
			possible = append(possible, "“"+name+"”")
		}
	}
	switch {
	case len(err.Allowed) == 0:
		text += " To bring the person back, invite again."
	case len(possible) > 0:
		text += " Possible: " + strings.Join(possible, ", ") + "."
	}
	return text
}

// holdersProblem says that too few or too many members would hold a role. The error has no fields
// for the role and the numbers, so they are read from its text.
func holdersProblem(policy *rbac.Policy, wrong *rbac.ValidationError) (text string, ok bool) {
	count, rest, _ := strings.Cut(wrong.Problem, " active holders of role ")
	which, limit, ok := strings.Cut(rest, ", and at ")
	quoted, from, _ := strings.Cut(which, " from ")
	id, err := strconv.Unquote(quoted)
	if !ok || err != nil {
		return "", false
	}
	if at, err := time.Parse(time.RFC3339Nano, strings.TrimSuffix(from, " on")); err == nil {
		from = " from " + Instant(at) + " on"
	}
	name := roleName(policy, rbac.RoleID(id))
	if most, isMost := strings.CutPrefix(limit, "most "); isMost {
		return fmt.Sprintf("The role %s would have %s active holders%s, and it can have %s at most. "+
			"Revoke it from the others.", name, count, from, strings.TrimSuffix(most, " are allowed")), true
	}
	least := strings.TrimSuffix(strings.TrimPrefix(limit, "least "), " are needed")
	advice := fmt.Sprintf("nobody active would hold the role %s%s. Give it to somebody else first.", name, from)
	switch {
	case count == "1":
		count += " active holder"
	case count != "0":
		count += " active holders"
	case isAdmin(policy, rbac.RoleID(id)):
		return "The workspace would lose its last admin: " + advice, true
	default:
		return "The workspace would lose the last holder of a role that it needs: " + advice, true
	}
	return fmt.Sprintf("The role %s would have only %s%s, and the workspace needs %s. Give it to somebody else first.",
		name, count, from, least), true
}

// isAdmin reports whether the holders of a role administer others.
func isAdmin(policy *rbac.Policy, id rbac.RoleID) bool {
	role, _ := policy.Role(id)
	return role.Permissions[rbac.SetMemberRole] != 0
}

// RoleProblems returns a sentence for each problem of a role that was typed. What a person types
// wrong is said without the library's words.
func RoleProblems(policy *rbac.Policy, role rbac.Role, isNew bool, err error) (sentences []string) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			sentences = append(sentences, RoleProblems(policy, role, isNew, each)...)
		}
		return sentences
	}
	var wrong *rbac.ValidationError
	if errors.As(err, &wrong) {
		if text := roleProblem(policy, role, isNew, wrong); text != "" {
			return []string{text}
		}
	}
	return Problems(policy, err)
}

// roleProblem returns the sentence for a problem that a person causes by typing; nothing for others.
func roleProblem(policy *rbac.Policy, role rbac.Role, isNew bool, wrong *rbac.ValidationError) string {
	_, taken := policy.Role(role.ID)
	switch {
	case wrong.Place == "role.id" && role.ID == "":
		return "Write an ID."
	case wrong.Place == "role.id":
		return fmt.Sprintf("The ID cannot be %s. Use lower-case letters, digits and _, and begin with a letter, such as %s.",
			ID(string(role.ID)), suggestedID(string(role.ID)))
	case wrong.Place == "role" && isNew && taken:
		return fmt.Sprintf("There is a role %s already. Choose another ID.", ID(string(role.ID)))
	case wrong.Place == "role.name":
		return "The name is not possible: " + wrong.Problem + ". A name has at most 256 bytes and is one line of text."
	case wrong.Place == "role.description":
		return "The description is not possible: " + wrong.Problem + ". It has at most 1,024 bytes and is one line of text."
	}
	return ""
}

// suggestedID returns an ID that a role can have, as near as possible to what was typed.
func suggestedID(typed string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, strings.ToLower(typed))
	id = strings.Trim(id[:min(len(id), longest)], "_")
	if id == "" || id[0] < 'a' {
		return "shift_lead"
	}
	return id
}
