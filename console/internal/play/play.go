// Package play is what the playground shows: the problems of a policy at their lines, its
// table, the decision about a request, and what it changes in the platform's policy.
package play

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/escaped"
	"github.com/miniprogram-platform/rbac/console/internal/view"
	"github.com/miniprogram-platform/rbac/internal/load"
)

// Templates returns the parts of the page.
func Templates() *escaped.Set { return escaped.NewSet(templates, view.Functions()) }

// Renderer writes a part of a page.
type Renderer interface {
	Execute(name string, model any) (string, error)
}

// Request is the request that is tried. A role of either kind is held in a workspace of
// that kind, by the member "alice".
type Request struct {
	Role        rbac.RoleID
	Assigned    string // IDs of mini programs, with commas between
	Action      rbac.Action
	Place       string // "own", "wallet", "shop" or "bakery"
	MiniProgram string
	Owner       string
}

// A wallet and two of its merchants: the workspaces of examples/quickstart.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	bakery = wallet.Developer("bakery")
)

// mostBytes is how many bytes a policy may have here. The library reads more, and takes
// longer than somebody who types wants to wait.
const mostBytes = 512 << 10

// Policy reads a policy. If the text has problems, the policy is nil.
func Policy(text string, whole bool) (*rbac.Policy, []view.ProblemLine) {
	if len(text) > mostBytes {
		return nil, []view.ProblemLine{{Text: fmt.Sprintf("the policy has %d bytes, and the playground reads %d at most; "+
			"use the command rbac validate", len(text), mostBytes)}}
	}
	base := rbac.Default()
	if whole {
		base = nil
	}
	document, err := load.SpecOf("policy", []byte(text))
	if err != nil {
		return nil, problemsOf(err)
	}
	policy, err := document.On(base)
	if err != nil {
		return nil, problemsOf(err)
	}
	return policy, view.NewProblemLines(document.Warnings(policy, base), true)
}

func problemsOf(err error) []view.ProblemLine {
	var problems load.Problems
	if errors.As(err, &problems) {
		return view.NewProblemLines(problems, false)
	}
	var unreadable *load.Unreadable
	if errors.As(err, &unreadable) {
		return view.NewProblemLines(load.Problems{&unreadable.Problem}, false)
	}
	return []view.ProblemLine{{Text: err.Error()}}
}

// part is a part of the page, with what it shows.
type part struct {
	name, template string
	model          any
}

// render returns parts in HTML by their names.
func render(r Renderer, parts ...part) (map[string]string, error) {
	all := make(map[string]string, len(parts))
	for _, p := range parts {
		text, err := r.Execute(p.template, p.model)
		if err != nil {
			return nil, err
		}
		all[p.name] = text
	}
	return all, nil
}

// Fields returns what the page needs first: the problems, and what can be chosen in a
// request. Without a policy it is only the problems.
func Fields(r Renderer, policy *rbac.Policy, problems []view.ProblemLine) (map[string]string, error) {
	parts := []part{{"problems", "problems", problems}}
	if policy != nil {
		parts = append(parts,
			part{"role", "rolechoice", view.NewRoleChoice(policy)},
			part{"action", "actionchoice", view.NewActionDropDown(policy, rbac.ReleaseMiniProgram)},
		)
	}
	return render(r, parts...)
}

// Meaning returns the table of a policy, and what it changes in the platform's.
func Meaning(r Renderer, policy *rbac.Policy) (map[string]string, error) {
	return render(r,
		part{"table", "firsttable", view.NewFirstTable(policy)},
		part{"difference", "difference", view.NewPreview(rbac.Default(), policy, nil, time.Now())},
		part{"legend", "legend", nil},
	)
}

// Try returns the answer to a request.
func Try(r Renderer, policy *rbac.Policy, request Request) (string, error) {
	return r.Execute("answer", view.NewAnswer(policy, request.member(policy), request.Action, request.resource(policy)))
}

func (q Request) member(policy *rbac.Policy) rbac.Member {
	assignment := rbac.Assignment{Role: q.Role}
	for id := range strings.SplitSeq(q.Assigned, ",") {
		if id = strings.TrimSpace(id); id != "" {
			assignment.MiniPrograms = append(assignment.MiniPrograms, id)
		}
	}
	return rbac.Member{
		ID: "alice", Workspace: q.home(policy), Status: rbac.StatusActive, Assignments: []rbac.Assignment{assignment},
	}
}

// home returns a workspace in which the role can be held.
func (q Request) home(policy *rbac.Policy) rbac.Workspace {
	role, _ := policy.Role(q.Role)
	switch {
	case role.Workspace != rbac.Workspace{}:
		return role.Workspace
	case role.Kind == rbac.KindDeveloper:
		return shop
	}
	return wallet
}

func (q Request) resource(policy *rbac.Policy) rbac.Resource {
	place := q.home(policy)
	switch q.Place {
	case "wallet":
		place = wallet
	case "shop":
		place = shop
	case "bakery":
		place = bakery
	}
	return place.MiniProgram(strings.TrimSpace(q.MiniProgram)).OwnedBy(strings.TrimSpace(q.Owner))
}
