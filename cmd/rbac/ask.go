package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

const askUsage = "[-policy FILE] [-base default|none|FILE] -members FILE [-at TIME] [-o text|json] "

var (
	canCommand = &command{
		name:  "can",
		usage: askUsage + "MEMBER ACTION RESOURCE",
		about: "say whether a member may do an action to a resource",
		help:  aboutQuestions,
		example: `
$ rbac can -members members.json alice miniprogram.release wallet/shop#mp-42
allowed: developer grants miniprogram.release (assigned)`,
		run: func(c *call) (int, error) { return runAsk(c, 3, (*question).can) },
	}
	explainCommand = &command{
		name:  "explain",
		usage: askUsage + "MEMBER ACTION RESOURCE",
		about: "say why, what came of each assignment, and what would allow it",
		help:  aboutQuestions,
		example: `
$ rbac explain -members members.json alice miniprogram.release wallet/shop#mp-43
miniprogram.release: denied, the mini program is not assigned to the member's role
  developer: the mini program is not assigned to the member's role
  to allow it: name mp-43 in the developer assignment
  to allow it: give the role developer_admin`,
		run: func(c *call) (int, error) { return runAsk(c, 3, (*question).explain) },
	}
	actionsCommand = &command{
		name:  "actions",
		usage: askUsage + "MEMBER RESOURCE",
		about: "list what a member may do to a resource: which buttons to show",
		help:  aboutQuestions,
		example: `
$ rbac actions -members members.json alice wallet/shop#mp-42`,
		run: func(c *call) (int, error) { return runAsk(c, 2, (*question).actions) },
	}
	whoCommand = &command{
		name:  "who",
		usage: askUsage + "ACTION RESOURCE",
		about: "list the members who may do an action to a resource",
		help:  aboutQuestions,
		example: `
$ rbac who -members members.json miniprogram.release wallet/shop#mp-42
alice@wallet/shop`,
		run: func(c *call) (int, error) { return runAsk(c, 2, (*question).who) },
	}
	permissionsCommand = &command{
		name:  "permissions",
		usage: askUsage + "MEMBER",
		about: "list all that the roles of a member grant together",
		help:  aboutQuestions,
		example: `
$ rbac permissions -members members.json alice`,
		run: func(c *call) (int, error) { return runAsk(c, 1, (*question).permissions) },
	}
)

// question is what is asked of a policy.
type question struct {
	*call
	policy  *rbac.Policy
	members []rbac.Member
	file    string // that has the members
	now     time.Time
	json    bool
}

func runAsk(c *call, arguments int, answer func(*question, []string) (int, error)) (int, error) {
	policyFile := c.flags.String("policy", "", "")
	base := c.flags.String("base", load.Default, "")
	membersFile := c.flags.String("members", "", "")
	at := c.flags.String("at", "", "")
	format := c.flags.String("o", "text", "")
	args, err := c.parse(arguments, arguments)
	if err != nil {
		return unusable, err
	}
	if err := c.oneOf("o", *format, "text", "json"); err != nil {
		return unusable, err
	}
	if *membersFile == "" {
		return unusable, c.misused("-members is missing; name a JSON list of members")
	}
	q := &question{call: c, file: *membersFile, json: *format == "json"}
	if q.now, err = c.instant(*at); err != nil {
		return unusable, err
	}
	if q.policy, err = load.Policy(*policyFile, *base); err != nil {
		return unusable, err
	}
	if q.members, err = load.Members(*membersFile); err != nil {
		return unusable, err
	}
	return answer(q, args)
}

// instant reads the time of -at. None is now.
func (c *call) instant(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	var t time.Time
	if err := t.UnmarshalText([]byte(text)); err != nil || t.IsZero() {
		return t, c.misused("-at %s is no instant, write it as 2027-01-31T00:00:00Z", suggest.Quote(text))
	}
	return t, nil
}

// subject returns the one member that the text names.
func (q *question) subject(text string) (*rbac.Subject, error) {
	var found []*rbac.Member
	for i := range q.members {
		if address.Names(text, &q.members[i]) {
			found = append(found, &q.members[i])
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("%s has no member %s; %s", address.ID(q.file), suggest.Quote(text), q.nearest(text))
	case 1:
		return q.policy.BindAt(q.now, *found[0]), nil
	}
	return nil, fmt.Errorf("%s has %d members %s; write %s or %s", address.ID(q.file), len(found), suggest.Quote(text),
		address.Member(*found[0]), address.Member(*found[1]))
}

func (q *question) nearest(text string) string {
	ids := func(yield func(string) bool) {
		for i := range q.members {
			if !yield(q.members[i].ID) {
				return
			}
		}
	}
	return suggest.Hint(text, ids, "use an ID, or id@tenant/merchant")
}

// action refuses an action that the policy does not declare: a misspelt one would look
// like a denial.
func (q *question) action(text string) (rbac.Action, error) {
	known := make(map[string]bool)
	for action := range q.policy.Actions() {
		known[string(action)] = true
	}
	if !known[text] {
		hint := suggest.Hint(text, maps.Keys(known), `"rbac matrix" shows all`)
		return "", fmt.Errorf("unknown action %s; %s", suggest.Quote(text), hint)
	}
	return rbac.Action(text), nil
}

// request reads the three arguments of a request.
func (q *question) request(args []string) (s *rbac.Subject, action rbac.Action, resource rbac.Resource, err error) {
	if s, err = q.subject(args[0]); err != nil {
		return s, action, resource, err
	}
	if action, err = q.action(args[1]); err != nil {
		return s, action, resource, err
	}
	resource, err = address.ParseResource(args[2])
	return s, action, resource, err
}

func (q *question) can(args []string) (int, error) {
	subject, action, resource, err := q.request(args)
	if err != nil {
		return unusable, err
	}
	decision := subject.Check(action, resource)
	if q.json {
		return answerOf(decision), q.printJSON(decision)
	}
	if decision.Allowed {
		q.printf("%s: %s grants %s (%s)\n", q.paint(green, "allowed"), decision.Role, action, decision.Scope)
	} else {
		_, why, _ := strings.Cut(decision.Err().Error(), "denied: ")
		q.printf("%s: %s\n", q.paint(red, "denied"), why)
	}
	return answerOf(decision), nil
}

func answerOf(decision rbac.Decision) int {
	if decision.Allowed {
		return yes
	}
	return no
}

func (q *question) explain(args []string) (int, error) {
	subject, action, resource, err := q.request(args)
	if err != nil {
		return unusable, err
	}
	explanation := subject.Explain(action, resource)
	if q.json {
		return answerOf(explanation.Decision), q.printJSON(explanation)
	}
	q.printf("%s\n", explanation)
	return answerOf(explanation.Decision), nil
}

func (q *question) actions(args []string) (int, error) {
	subject, err := q.subject(args[0])
	if err != nil {
		return unusable, err
	}
	resource, err := address.ParseResource(args[1])
	if err != nil {
		return unusable, err
	}
	allowed := slices.AppendSeq([]rbac.Action{}, subject.Actions(resource))
	if q.json {
		return yes, q.printJSON(allowed)
	}
	var rows [][]string
	for _, action := range allowed {
		rows = append(rows, []string{string(action), q.labelOf(action)})
	}
	q.printTable(rows)
	return yes, nil
}

// labelOf returns what people call an action, or nothing if they have no other name for it.
func (q *question) labelOf(action rbac.Action) string {
	if name := q.policy.Label(action).Name; name != string(action) {
		return name
	}
	return ""
}

func (q *question) who(args []string) (int, error) {
	action, err := q.action(args[0])
	if err != nil {
		return unusable, err
	}
	resource, err := address.ParseResource(args[1])
	if err != nil {
		return unusable, err
	}
	holders := slices.AppendSeq([]rbac.Member{}, q.policy.WhoCanAt(q.now, action, resource, slices.Values(q.members)))
	if q.json {
		return yes, q.printJSON(holders)
	}
	for _, member := range holders {
		q.printf("%s\n", address.Member(member))
	}
	return yes, nil
}

func (q *question) permissions(args []string) (int, error) {
	subject, err := q.subject(args[0])
	if err != nil {
		return unusable, err
	}
	granted := subject.Permissions()
	if q.json {
		return yes, q.printJSON(granted)
	}
	var rows [][]string
	for _, action := range slices.Sorted(maps.Keys(granted)) {
		rows = append(rows, []string{string(action), granted[action].String(), q.labelOf(action)})
	}
	q.printTable(rows)
	return yes, nil
}
