package expect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/load"
	"github.com/miniprogram-platform/rbac/internal/strictjson"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// step is one step of administration by the member of the case, and what comes of it.
type step struct {
	do          string
	member      string
	id          string
	workspace   rbac.Workspace
	assignments []rbac.Assignment
	assignment  rbac.Assignment
	held, by    rbac.Assignment
	action      rbac.Action
	role        rbac.Role

	stored  []byte // the JSON of what the step returns; nil if it does not matter
	refused string // the name of a reason, or one of the two words below; empty if the step is allowed
	missing rbac.Permissions
}

// What a step is refused for, beside the names of reasons.
const (
	byStatus = "status"  // a *rbac.StatusError
	invalid  = "invalid" // a *rbac.ValidationError
)

// verb is what a step does, and the keys that it needs.
type verb struct {
	needs []string
	run   func(*rbac.Subject, *step, rbac.Member) (any, error)
}

var verbs = map[string]verb{
	"invite": {[]string{"id", "workspace"}, func(s *rbac.Subject, step *step, _ rbac.Member) (any, error) {
		return s.Invite(step.id, step.workspace, step.assignments...)
	}},
	"resend":   onMember((*rbac.Subject).Resend),
	"withdraw": onMember((*rbac.Subject).Withdraw),
	"block":    onMember((*rbac.Subject).Block),
	"unblock":  onMember((*rbac.Subject).Unblock),
	"delete":   onMember((*rbac.Subject).Delete),
	"assign": {[]string{"member", "assignment"}, func(s *rbac.Subject, step *step, m rbac.Member) (any, error) {
		return s.Assign(m, step.assignment)
	}},
	"revoke": {[]string{"member", "held"}, func(s *rbac.Subject, step *step, m rbac.Member) (any, error) {
		return s.Revoke(m, step.held)
	}},
	"replace": {[]string{"member", "held", "by"}, func(s *rbac.Subject, step *step, m rbac.Member) (any, error) {
		return s.Replace(m, step.held, step.by)
	}},
	"manage": {[]string{"member", "action"}, func(s *rbac.Subject, step *step, m rbac.Member) (any, error) {
		return m, s.Manage(m, step.action)
	}},
	"define": {[]string{"role"}, func(s *rbac.Subject, step *step, _ rbac.Member) (any, error) {
		return own(s.Define(step.role))
	}},
	"undefine": {[]string{"id"}, func(s *rbac.Subject, step *step, _ rbac.Member) (any, error) {
		return own(s.Undefine(rbac.RoleID(step.id)))
	}},
}

func onMember(run func(*rbac.Subject, rbac.Member) (rbac.Member, error)) verb {
	return verb{[]string{"member"}, func(s *rbac.Subject, _ *step, m rbac.Member) (any, error) { return run(s, m) }}
}

// own returns what a workspace stores of a policy that was defined.
func own(policy *rbac.Policy, err error) (any, error) { return policy.Own(), err }

func verbNames(yield func(string) bool) {
	for name := range verbs {
		if !yield(name) {
			return
		}
	}
}

func (f *reader) readStep(r *strictjson.Reader) (*step, error) {
	s := &step{}
	used := make(map[string]bool)
	field := func(key string, read func(*strictjson.Reader) error) strictjson.Field {
		return strictjson.Field{Key: key, Read: func(r *strictjson.Reader) error {
			used[key] = true
			return read(r)
		}}
	}
	err := r.Object(
		strictjson.Field{Key: "do", Read: into(&s.do, readVerb), Required: true},
		field("member", into(&s.member, f.readMemberName)),
		field("id", into(&s.id, (*strictjson.Reader).String)),
		field("workspace", into(&s.workspace, load.Value[rbac.Workspace])),
		field("assignments", into(&s.assignments, readAssignments)),
		field("assignment", into(&s.assignment, load.Value[rbac.Assignment])),
		field("held", into(&s.held, load.Value[rbac.Assignment])),
		field("by", into(&s.by, load.Value[rbac.Assignment])),
		field("action", into(&s.action, readAction)),
		field("role", into(&s.role, load.Value[rbac.Role])),
		strictjson.Field{Key: "stored", Read: into(&s.stored, (*strictjson.Reader).Raw)},
		strictjson.Field{Key: "refused", Read: into(&s.refused, readRefusal)},
		strictjson.Field{Key: "missing", Read: into(&s.missing, load.Value[rbac.Permissions])},
	)
	if err != nil {
		return nil, err
	}
	return s, s.check(used)
}

func readVerb(r *strictjson.Reader) (string, error) {
	word, err := r.String()
	if err != nil {
		return "", err
	}
	if _, known := verbs[word]; !known {
		hint := suggest.Hint(word, verbNames, "use a step such as assign, revoke or block")
		return "", &strictjson.Error{Problem: "unknown step " + suggest.Quote(word), Hint: hint}
	}
	return word, nil
}

func readRefusal(r *strictjson.Reader) (string, error) {
	word, err := r.String()
	if err != nil || word == byStatus || word == invalid {
		return word, err
	}
	var reason rbac.Reason
	if reason.UnmarshalText([]byte(word)) != nil || reason == rbac.ReasonGranted {
		hint := suggest.Hint(word, reasonNames, "use the name of a reason, status or invalid")
		return "", &strictjson.Error{Problem: "unknown reason " + suggest.Quote(word), Hint: hint}
	}
	return word, nil
}

func readAssignments(r *strictjson.Reader) (all []rbac.Assignment, err error) {
	err = r.List(0, "", func(r *strictjson.Reader) error {
		a, err := load.Value[rbac.Assignment](r)
		all = append(all, a)
		return err
	})
	return all, err
}

// check finds keys that the step needs and has not, or has and does not need.
func (s *step) check(used map[string]bool) error {
	needs := verbs[s.do].needs
	for _, key := range needs {
		if !used[key] {
			return &strictjson.Error{Problem: "no " + key, Hint: s.do + " needs " + strings.Join(needs, " and ")}
		}
		delete(used, key)
	}
	if s.do == "invite" {
		delete(used, "assignments")
	}
	for key := range used {
		return &strictjson.Error{Problem: s.do + " has no " + key, Hint: "it needs " + strings.Join(needs, " and ")}
	}
	switch {
	case s.stored != nil && s.refused != "":
		return &strictjson.Error{Problem: "stored and refused", Hint: "expect one of the two"}
	case s.missing != nil && s.refused != rbac.ReasonNotCovered.String():
		return &strictjson.Error{Problem: "missing without not_covered", Hint: "only not_covered says what is missing"}
	}
	return s.readStored()
}

// readStored checks what is to be stored as strictly as anything else, and arranges it
// for comparison.
func (s *step) readStored() (err error) {
	if s.stored == nil {
		return nil
	}
	var value any
	err = strictjson.Read(s.stored, func(r *strictjson.Reader) (err error) {
		if s.do == "define" || s.do == "undefine" {
			value, err = load.Value[rbac.Spec](r)
		} else {
			value, err = load.Value[rbac.Member](r)
		}
		return err
	})
	if e, ok := err.(*strictjson.Error); ok {
		return &strictjson.Error{Place: strings.TrimSuffix("stored."+e.Place, "."), Problem: e.Problem, Hint: e.Hint}
	}
	s.stored, err = normalized(value)
	return err
}

// normalized returns the JSON of a member or a spec. Instants are in UTC, and mini
// programs in order.
func normalized(value any) ([]byte, error) {
	if m, ok := value.(rbac.Member); ok {
		m.InvitedAt = m.InvitedAt.UTC()
		m.Assignments = slices.Clone(m.Assignments)
		for i, a := range m.Assignments {
			a.NotBefore, a.NotAfter = utc(a.NotBefore), utc(a.NotAfter)
			a.MiniPrograms = slices.Sorted(slices.Values(a.MiniPrograms))
			m.Assignments[i] = a
		}
		value = m
	}
	return json.Marshal(value)
}

// utc keeps the zero time as it is: it is no bound.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// failures takes the step and returns how it differs from what is expected.
func (s *step) failures(actor *rbac.Subject, member rbac.Member) []string {
	result, err := verbs[s.do].run(actor, s, member)
	refused := refusal(err)
	if refused != s.refused {
		return []string{fmt.Sprintf("%s: %s, expected %s", s.do, outcome(refused, err), outcome(s.refused, nil))}
	}
	var denied *rbac.DeniedError
	if s.missing != nil && errors.As(err, &denied) && !sameGrants(s.missing, denied.Missing) {
		return []string{fmt.Sprintf("%s: %s is missing, expected %s", s.do, asJSON(denied.Missing), asJSON(s.missing))}
	}
	if s.stored == nil {
		return nil
	}
	stored, err := normalized(result)
	if err != nil {
		return []string{fmt.Sprintf("%s: what it returns cannot be stored: %s", s.do, plain(err))}
	}
	if !bytes.Equal(stored, s.stored) {
		return []string{fmt.Sprintf("%s: stored %s, expected %s", s.do, stored, s.stored)}
	}
	return nil
}

// refusal returns the word for an error of a step.
func refusal(err error) string {
	var denied *rbac.DeniedError
	var status *rbac.StatusError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &denied):
		return denied.Reason.String()
	case errors.As(err, &status):
		return byStatus
	}
	return invalid
}

func outcome(refused string, err error) string {
	switch {
	case refused == "":
		return "allowed"
	case err != nil:
		return fmt.Sprintf("refused for %s (%s)", refused, plain(err))
	}
	return "refused for " + refused
}

func sameGrants(p, q rbac.Permissions) bool {
	return len(p.Missing(q)) == 0 && len(q.Missing(p)) == 0
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return plain(err)
	}
	return string(text)
}

func plain(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "rbac: "), "\n", "; ")
}
