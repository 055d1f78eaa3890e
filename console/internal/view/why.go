package view

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Viewer is who looks at a page and takes its steps. Pages call them "you".
type Viewer struct {
	Policy    *rbac.Policy // of the workspace
	Subject   *rbac.Subject
	Member    rbac.Member
	Workspace rbac.Workspace // that the page is about
}

// Why says for people why a step was refused: which action it needs, and what is missing.
func (v Viewer) Why(err error) string {
	var denied *rbac.DeniedError
	if !errors.As(err, &denied) {
		return strings.Join(Problems(v.Policy, err), " ")
	}
	reason := toYou(reasonText(denied.Reason))
	never, until := v.lacks(denied.Missing)
	if never == "" && until != "" {
		reason = "the change needs permissions for longer than you have them"
	}
	return fmt.Sprintf("“%s” is not allowed: %s.", ActionName(v.Policy, denied.Action), reason) + never + until
}

// WhyStep is Why for a step on another member.
func (v Viewer) WhyStep(other rbac.Member, err error) string {
	var denied *rbac.DeniedError
	if !errors.As(err, &denied) || denied.Reason != rbac.ReasonNotCovered {
		return v.Why(err)
	}
	held := undefined(v.Policy, other)
	if len(held) == 0 {
		return v.Why(err)
	}
	text := fmt.Sprintf("“%s” is not allowed: %s holds a role that the policy does not have here.",
		ActionName(v.Policy, denied.Action), ID(other.ID))
	for _, a := range held[:min(len(held), mostListed)] {
		if _, err := v.Subject.Revoke(other, a); err == nil {
			text += fmt.Sprintf(" Revoke %s first.", ID(string(a.Role)))
		} else {
			text += fmt.Sprintf(" Somebody who can must revoke %s first.", ID(string(a.Role)))
		}
	}
	never, until := v.lacks(denied.Missing)
	return text + never + until
}

// undefined returns the member's assignments of roles that the policy does not have in the member's
// workspace, unless they have ended.
func undefined(policy *rbac.Policy, member rbac.Member) []rbac.Assignment {
	return slices.DeleteFunc(slices.Clone(member.Assignments), func(a rbac.Assignment) bool {
		return hasEnded(a, time.Now()) || isHeldIn(policy, a.Role, member.Workspace)
	})
}

// lacks says which permissions the viewer does not have, and which only until a role ends.
func (v Viewer) lacks(missing rbac.Permissions) (never, until string) {
	absent, ending := make(rbac.Permissions), make(map[time.Time]rbac.Permissions)
	administers := v.Policy.Spec().Administers
	for action, scope := range missing {
		end, found := v.until(administers, action, scope)
		if !found {
			absent[action] = scope
			continue
		}
		if ending[end] == nil {
			ending[end] = make(rbac.Permissions)
		}
		ending[end][action] = scope
	}
	if len(absent) > 0 {
		never = " You do not have " + list(v.Policy, absent) + "."
	}
	for _, end := range slices.SortedFunc(maps.Keys(ending), time.Time.Compare) {
		until += fmt.Sprintf(" You have %s only until %s.", list(v.Policy, ending[end]), Instant(end))
	}
	return never, until
}

// until returns when the viewer's last role ends that grants the permission, or administers a role
// that does. It finds nothing if no role does, or one does without an end: then something else is
// missing.
func (v Viewer) until(
	administers map[rbac.RoleID][]rbac.RoleID, action rbac.Action, scope rbac.Scope,
) (last time.Time, found bool) {
	for _, a := range inForceAt(v.Member.Assignments, time.Now()) {
		if !v.grants(a.Role, action, scope) && !v.anyGrants(administers[a.Role], action, scope) {
			continue
		}
		if a.NotAfter.IsZero() {
			return time.Time{}, false
		}
		if last.Before(a.NotAfter) {
			last, found = a.NotAfter, true
		}
	}
	return last.UTC(), found
}

// grants reports whether a role grants its holder the permission in the page's workspace.
func (v Viewer) grants(id rbac.RoleID, action rbac.Action, scope rbac.Scope) bool {
	role, _ := v.Policy.Role(id)
	granted := role.Permissions[action]
	if v.Workspace != v.Member.Workspace {
		return granted&rbac.ScopeTenant != 0
	}
	return granted&(rbac.ScopeTenant|rbac.ScopeWorkspace) != 0 || scope == granted&rbac.ScopeOwn
}

// anyGrants reports whether one of the roles has the permission.
func (v Viewer) anyGrants(ids []rbac.RoleID, action rbac.Action, scope rbac.Scope) bool {
	return slices.ContainsFunc(ids, func(id rbac.RoleID) bool {
		role, _ := v.Policy.Role(id)
		return role.Permissions[action]&scope == scope
	})
}

// reasonText returns a reason as a text for people. It calls the member who is asked about, or who
// takes the step, "the member".
func reasonText(reason rbac.Reason) string {
	_, text, _ := strings.Cut((&rbac.DeniedError{Reason: reason}).Error(), "denied: ")
	return text
}

// ReasonOf returns a reason, by its name, as a text about the member with an ID. Another name is
// returned as it is.
func ReasonOf(name, id string) string {
	var reason rbac.Reason
	if reason.UnmarshalText([]byte(name)) != nil {
		return Text(name)
	}
	return strings.NewReplacer("the member's", ID(id)+"'s", "the member is", ID(id)+" is", "the member has", ID(id)+" has",
		"the member was", ID(id)+" was", "the member lacks", ID(id)+" lacks").Replace(reasonText(reason))
}

// toYou rewrites a text of reasonText for the member whom it is about.
func toYou(text string) string {
	return strings.NewReplacer("the member's", "your", "the member is", "you are", "the member has", "you have",
		"the member was", "you were", "the member lacks", "you lack").Replace(text)
}

// mostListed is how many permissions a sentence names.
const mostListed = 8

func list(policy *rbac.Policy, permissions rbac.Permissions) string {
	var names []string
	for action, scope := range permissions {
		names = append(names, fmt.Sprintf("“%s” (%s)", ActionName(policy, action), scope))
	}
	slices.Sort(names)
	if more := len(names) - mostListed; more > 0 {
		names = append(names[:mostListed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
