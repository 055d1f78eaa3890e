package expect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Run asks the policy about one case, and returns each difference on one line. None is a
// pass.
func (f *File) Run(c *Case) []string {
	if c.problems != nil {
		return c.problems
	}
	failures := f.undeclared(c)
	if len(failures) > 0 {
		return failures
	}
	now := c.at
	if now.IsZero() {
		now = f.At
	}
	for _, action := range c.allowed {
		failures = append(failures, f.expect(c.member, now, action, *c.resource, true)...)
	}
	for _, action := range c.denied {
		failures = append(failures, f.expect(c.member, now, action, *c.resource, false)...)
	}
	for _, action := range slices.Sorted(maps.Keys(c.reasons)) {
		failures = append(failures, f.expectReason(c.member, now, action, *c.resource, c.reasons[action])...)
	}
	for _, action := range slices.Sorted(maps.Keys(c.who)) {
		failures = append(failures, f.expectWho(now, action, *c.resource, c.who[action])...)
	}
	for _, action := range slices.Sorted(maps.Keys(c.rows)) {
		failures = append(failures, f.expectRows(c.member, now, action, c.rows[action])...)
	}
	if c.step != nil {
		failures = append(failures, c.step.failures(f.subject(c.member, now), f.members[c.step.member])...)
	}
	return failures
}

// undeclared returns the actions of a case that the policy does not declare. They would
// be denied, and a case that expects a denial would pass by accident.
func (f *File) undeclared(c *Case) (failures []string) {
	named := slices.Concat(c.allowed, c.denied, slices.Collect(maps.Keys(c.reasons)),
		slices.Collect(maps.Keys(c.who)), slices.Collect(maps.Keys(c.rows)))
	if c.step != nil && c.step.action != "" {
		named = append(named, c.step.action)
	}
	slices.Sort(named)
	for _, action := range slices.Compact(named) {
		if !f.actions[action] {
			known := func(yield func(string) bool) {
				maps.Keys(f.actions)(func(a rbac.Action) bool { return yield(string(a)) })
			}
			failures = append(failures, fmt.Sprintf("unknown action %s; %s", suggest.Quote(string(action)),
				suggest.Hint(string(action), known, "declare it in the policy")))
		}
	}
	return failures
}

type subjectKey struct {
	member string
	now    time.Time
}

// subject returns a member as of an instant.
func (f *File) subject(member string, now time.Time) *rbac.Subject {
	key := subjectKey{member, now}
	if f.subjects[key] == nil {
		f.subjects[key] = f.Policy.BindAt(now, f.members[member])
	}
	return f.subjects[key]
}

// decide asks one question, and notes which cells it exercises if the answer is the
// expected one.
func (f *File) decide(
	member string, now time.Time, action rbac.Action, resource rbac.Resource, expected bool,
) rbac.Decision {
	decision := f.subject(member, now).Check(action, resource)
	if decision.Allowed == expected {
		f.coverage.note(f.members[member], now, action, resource, decision.Allowed)
	}
	return decision
}

func (f *File) expect(
	member string, now time.Time, action rbac.Action, resource rbac.Resource, allowed bool,
) []string {
	decision := f.decide(member, now, action, resource, allowed)
	if decision.Allowed == allowed {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s, expected %s", question(member, action, resource), said(decision), word(allowed))}
}

func (f *File) expectReason(
	member string, now time.Time, action rbac.Action, resource rbac.Resource, reason rbac.Reason,
) []string {
	decision := f.decide(member, now, action, resource, reason == rbac.ReasonGranted)
	if decision.Reason == reason {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s, expected %s", question(member, action, resource), said(decision), reason)}
}

// expectWho compares who of all members of the file may do something.
func (f *File) expectWho(
	now time.Time, action rbac.Action, resource rbac.Resource, expected []string,
) (failures []string) {
	for _, member := range slices.Sorted(maps.Keys(f.members)) {
		failures = append(failures, f.expect(member, now, action, resource, slices.Contains(expected, member))...)
	}
	return failures
}

// expectRows compares which of all resources of the file a list shows.
func (f *File) expectRows(member string, now time.Time, action rbac.Action, expected []string) (failures []string) {
	filter := f.subject(member, now).Filter(action)
	for _, name := range slices.Sorted(maps.Keys(f.resources)) {
		shown, wanted := filter.Match(f.resources[name]), slices.Contains(expected, name)
		if shown != wanted {
			failures = append(failures, fmt.Sprintf("%s: %s, expected %s",
				question(member, action, f.resources[name]), row(shown), row(wanted)))
			continue
		}
		f.decide(member, now, action, f.resources[name], wanted)
	}
	return failures
}

func question(member string, action rbac.Action, resource rbac.Resource) string {
	return fmt.Sprintf("%s by %s on %s", action, address.ID(member), address.Resource(resource))
}

func said(decision rbac.Decision) string {
	if decision.Allowed {
		return fmt.Sprintf("allowed by %s (%s)", decision.Role, decision.Scope)
	}
	return fmt.Sprintf("denied for %s", decision.Reason)
}

func word(allowed bool) string {
	if allowed {
		return "allowed"
	}
	return "denied"
}

func row(shown bool) string {
	if shown {
		return "a row"
	}
	return "no row"
}

// texts returns each of several joined errors on one line.
func texts(err error) (all []string) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{plain(err)}
	}
	for _, e := range joined.Unwrap() {
		all = append(all, strings.TrimSpace(plain(e)))
	}
	return all
}
