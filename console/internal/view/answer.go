package view

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// mostNames is how many members or mini programs a page names in a row.
const mostNames = 50

// Answer is the answer to a request that was tried.
type Answer struct {
	Question string
	Allowed  bool
	Why      string
	Findings []Finding
	Remedies []string
	Buttons  []Button // what the member can do to the resource
	Who      *Who     // who else can do the action; nil if it is not shown
}

// Finding is the result for one assignment.
type Finding struct {
	Role   string
	Grants bool
	Text   string
	Chip   Chip
}

// Button is an action that a host may offer.
type Button struct {
	Action rbac.Action
	Name   string
}

// Who is the members who can do an action to a resource.
type Who struct {
	Names []string
	More  int
}

// NewAnswer asks the policy whether a member can do an action to a resource, why, and what
// would help.
func NewAnswer(policy *rbac.Policy, member rbac.Member, action rbac.Action, resource rbac.Resource) Answer {
	subject := policy.Bind(member)
	explanation := subject.Explain(action, resource)
	a := Answer{
		Question: question(policy, member, action, resource),
		Allowed:  explanation.Decision.Allowed,
		Why:      decisionText(policy, explanation.Decision),
	}
	for _, f := range explanation.Findings {
		_, text, _ := strings.Cut(f.String(), ": ")
		a.Findings = append(a.Findings, Finding{
			Role: roleName(policy, f.Role), Grants: f.Reason == rbac.ReasonGranted, Text: text, Chip: chipOf(f.Scope),
		})
	}
	for _, remedy := range explanation.Remedies {
		a.Remedies = append(a.Remedies, remedyText(policy, member, remedy))
	}
	a.Findings = a.Findings[:min(len(a.Findings), mostNames)]
	a.Remedies = a.Remedies[:min(len(a.Remedies), mostNames)]
	for allowed := range subject.Actions(resource) {
		if len(a.Buttons) == mostRows {
			break
		}
		a.Buttons = append(a.Buttons, Button{allowed, ActionName(policy, allowed)})
	}
	return a
}

// remedyText says what to do so that the member can do the action.
func remedyText(policy *rbac.Policy, member rbac.Member, remedy rbac.Remedy) string {
	var parts []string
	switch remedy.Status {
	case rbac.StatusInvited:
		parts = append(parts, "have the member accept the invitation")
	case rbac.StatusBlocked:
		parts = append(parts, "unblock the member")
	case rbac.StatusWithdrawn, rbac.StatusDeleted:
		parts = append(parts, "invite the member again")
	}
	by := remedy.Assignment
	if by.Role == "" {
		return strings.Join(parts, " and ")
	}
	role := "the role " + roleName(policy, by.Role)
	if remedy.Position >= len(member.Assignments) {
		role = "give " + role
		if len(by.MiniPrograms) > 0 {
			role += " with the mini program " + ID(by.MiniPrograms[0])
		}
		return strings.Join(append(parts, role), " and ")
	}
	held := member.Assignments[remedy.Position]
	if n := len(by.MiniPrograms); n > len(held.MiniPrograms) {
		parts = append(parts, "assign the mini program "+ID(by.MiniPrograms[n-1])+" with "+role)
	}
	switch {
	case !by.NotAfter.Equal(held.NotAfter):
		parts = append(parts, "renew "+role+", until "+Instant(by.NotAfter))
	case !by.NotBefore.Equal(held.NotBefore):
		parts = append(parts, "let "+role+" begin now")
	}
	return strings.Join(parts, " and ")
}

func question(policy *rbac.Policy, member rbac.Member, action rbac.Action, resource rbac.Resource) string {
	text := fmt.Sprintf("Can %s do “%s” to ", ID(member.ID), ActionName(policy, action))
	if resource.MiniProgram != "" {
		text += "the mini program " + ID(resource.MiniProgram) + " of "
	}
	text += WorkspaceName(resource.Workspace)
	if resource.Owner != "" {
		text += ", owned by " + ID(resource.Owner)
	}
	return text + "?"
}

func decisionText(policy *rbac.Policy, decision rbac.Decision) string {
	if decision.Allowed {
		return fmt.Sprintf("The role %s grants it, with the scope %s.", roleName(policy, decision.Role), decision.Scope)
	}
	_, reason, _ := strings.Cut((&rbac.DeniedError{Reason: decision.Reason}).Error(), "denied: ")
	return strings.ToUpper(reason[:1]) + reason[1:] + "."
}

// NewWho asks which of the members can do an action to a resource.
func NewWho(
	policy *rbac.Policy, action rbac.Action, resource rbac.Resource, members iter.Seq[rbac.Member],
) *Who {
	who := &Who{}
	for member := range policy.WhoCan(action, resource, members) {
		if len(who.Names) == mostNames {
			who.More++
			continue
		}
		name := ID(member.ID)
		if member.Workspace != resource.Workspace {
			name += " of " + WorkspaceName(member.Workspace)
		}
		who.Names = append(who.Names, name)
	}
	return who
}

// ActionOption is an action to choose.
type ActionOption struct {
	Action   rbac.Action
	Name     string
	Selected bool
}

// ActionChoice is the actions of a group, to choose one.
type ActionChoice struct {
	Group   string
	Options []ActionOption
}

// NewActionChoices returns a policy's actions by group, for a drop-down.
func NewActionChoices(policy *rbac.Policy, selected rbac.Action) (choices []ActionChoice) {
	left := mostOptions
	for _, group := range groupsOf(policy, newDefaults()) {
		choice := ActionChoice{Group: shortName(group.name, longestName)}
		for _, a := range group.actions[:min(len(group.actions), left)] {
			name := shortName(ActionName(policy, a.name), longestActionName)
			choice.Options = append(choice.Options, ActionOption{a.name, name, a.name == selected})
		}
		left -= len(choice.Options)
		if len(choice.Options) > 0 {
			choices = append(choices, choice)
		}
	}
	return choices
}

// mostOptions is how many entries a drop-down has.
const mostOptions = 500

// Suggestions returns IDs to offer for a text field: those that a person can type.
func Suggestions(ids iter.Seq[string]) (suggested []string) {
	for id := range ids {
		if len(suggested) == 4*mostNames {
			break
		}
		if len(id) <= longest && IsTyped(id) {
			suggested = append(suggested, id)
		}
	}
	return suggested
}

// MemberIDs yields the IDs of members who are neither withdrawn nor deleted.
func MemberIDs(members []rbac.Member) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range members {
			if !IsGone(members[i].Status) && !yield(members[i].ID) {
				return
			}
		}
	}
}

// IsGone reports whether a member of that status has left: the invitation was withdrawn, or
// the member deleted.
func IsGone(status rbac.Status) bool {
	return status == rbac.StatusWithdrawn || status == rbac.StatusDeleted
}

// Find returns the member with an ID.
func Find(members []rbac.Member, id string) (rbac.Member, bool) {
	i := slices.IndexFunc(members, func(m rbac.Member) bool { return m.ID == id })
	if i < 0 {
		return rbac.Member{}, false
	}
	return members[i], true
}
