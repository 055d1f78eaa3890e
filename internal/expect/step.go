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

var stepKeys = strictjson.Keys{Required: []string{"do"}, Optional: []string{
	"member", "id", "workspace", "assignments", "assignment", "held", "by", "action", "role",
	"stored", "refused", "missing",
}}

func (f *reader) readStep(r *strictjson.Reader) (*step, error) {
	s := &step{}
	used := make(map[string]bool)
	err := r.Object(&stepKeys, func(key string) error {
		used[key] = true
		return f.readStepValue(r, s, key)
	})
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"do", "stored", "refused", "missing"} {
		delete(used, key)
	}
	return s, s.check(used)
}

func (f *reader) readStepValue(r *strictjson.Reader, s *step, key string) (err error) {
	switch key {
	case "do":
		s.do, err = readVerb(r)
	case "member":
		s.member, err = f.readMemberName(r)
	case "id":
		s.id, err = r.String()
	case "workspace":
		s.workspace, err = load.Value[rbac.Workspace](r)
	case "assignments":
		s.assignments, err = strictjson.ListOf(r, 0, "", load.Value[rbac.Assignment])
	case "assignment":
		s.assignment, err = load.Value[rbac.Assignment](r)
	case "held":
		s.held, err = load.Value[rbac.Assignment](r)
	case "by":
		s.by, err = load.Value[rbac.Assignment](r)
	case "action":
		s.action, err = readAction(r)
	case "role":
		s.role, err = load.Value[rbac.Role](r)
	case "stored":
		s.stored, err = r.Raw()
	case "refused":
		s.refused, err = readRefusal(r)
	case "missing":
		s.missing, err = load.Value[rbac.Permissions](r)
	}
	return err
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
