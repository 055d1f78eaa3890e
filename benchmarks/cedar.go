package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/batch"

	"github.com/miniprogram-platform/rbac"
)

// cedarEngine asks cedar-go, over entities that are built once. Cedar recommends a policy for each role, with the
// role and its actions in the scope, so that an index can find it. cedar-go has no index and evaluates every policy
// that it is given. So there are few: one for each group of actions with the same row of the table.
type cedarEngine struct {
	title    string
	policies *cedar.PolicySet
	sliced   map[cedar.EntityUID]*cedar.PolicySet // by action, where the host selects
	entities cedar.EntityMap
	programs []rbac.Resource
}

func newCedar(u *universe) (engine, error) {
	policies, err := cedar.NewPolicySetFromBytes("roles.cedar", cedarPolicies(u.spec))
	if err != nil {
		return nil, fmt.Errorf("cedar: policies: %w", err)
	}
	c := &cedarEngine{title: cedarName, policies: policies, entities: cedar.EntityMap{}, programs: u.programs}
	for _, w := range u.workspaces {
		c.put(cedarWorkspace(w), cedar.RecordMap{}, cedar.NewEntityUID("Tenant", cedar.String(w.Tenant)))
	}
	for _, p := range u.programs {
		c.put(cedarResource(p), cedar.RecordMap{}, cedarWorkspace(p.Workspace))
	}
	return c, nil
}

// newCedarSliced has a policy for each action, with the action in its scope. The host keeps them by action, and
// passes the one that the request needs.
func newCedarSliced(u *universe) (engine, error) {
	e, err := newCedar(u)
	if err != nil {
		return nil, err
	}
	c := e.(*cedarEngine)
	c.title, c.sliced = cedarSlicedName, map[cedar.EntityUID]*cedar.PolicySet{}
	rows := byAction(grants(u.spec))
	for action, target := range u.spec.Actions {
		var text strings.Builder
		cedarPolicy(&text, []rbac.Action{action}, target, rows[action])
		one, err := cedar.NewPolicySetFromBytes(string(action), []byte(text.String()))
		if err != nil {
			return nil, fmt.Errorf("cedar: policy of %s: %w", action, err)
		}
		c.sliced[cedarAction(action)] = one
	}
	return c, nil
}

func cedarAction(a rbac.Action) cedar.EntityUID {
	return cedar.NewEntityUID("Action", cedar.String(a))
}

func (c *cedarEngine) name() string { return c.title }
func (c *cedarEngine) close() error { return nil }

func (c *cedarEngine) put(id cedar.EntityUID, attributes cedar.RecordMap, parents ...cedar.EntityUID) {
	c.entities[id] = cedar.Entity{
		UID: id, Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(attributes),
	}
}

// cedarPolicies writes the role table as Cedar text.
func cedarPolicies(spec rbac.Spec) []byte {
	var b strings.Builder
	rows := byAction(grants(spec))
	for _, actions := range alike(spec) {
		cedarPolicy(&b, actions, spec.Actions[actions[0]], rows[actions[0]])
	}
	return []byte(b.String())
}

// cedarPolicy writes the row of the table that these actions share. It writes nothing if nobody is granted them.
func cedarPolicy(b *strings.Builder, actions []rbac.Action, target rbac.Target, row []grant) {
	if len(row) == 0 {
		return
	}
	is := func(kind string) string { return "resource is " + cedarTypes[kind] }
	b.WriteString(cedarHead(actions))
	fmt.Fprintf(b, "when { %s }\n", joined(targetKinds(target), is, " || "))
	fmt.Fprintf(b, "when { principal.active }\n")
	fmt.Fprintf(b, "when {\n  %s\n};\n", strings.Join(cedarGrants(row), " ||\n  "))
}

// cedarHead writes one action into the scope, and several into a condition: cedar-go makes the set of "action in
// [...]" again for each evaluation, but keeps the set of contains.
func cedarHead(actions []rbac.Action) string {
	if len(actions) == 1 {
		return fmt.Sprintf("permit (principal, action == %s, resource)\n", cedarAction(actions[0]))
	}
	set := cedarSet(actions, cedarAction)
	return fmt.Sprintf("permit (principal, action, resource)\nwhen { %s.contains(action) }\n", set)
}

func cedarSet[T any](from []T, id func(T) cedar.EntityUID) string {
	return "[" + joined(from, func(one T) string { return id(one).String() }, ", ") + "]"
}

func joined[T any](from []T, text func(T) string, with string) string {
	var parts []string
	for _, one := range from {
		parts = append(parts, text(one))
	}
	return strings.Join(parts, with)
}

var cedarTypes = map[string]string{
	"tenant":      "TenantWorkspace",
	"developer":   "DeveloperWorkspace",
	"miniprogram": "MiniProgram",
}

// cedarReach is the condition on the resource for each scope in which it is the same for every role.
var cedarReach = map[rbac.Scope]string{
	rbac.ScopeOwn:       "context has owner && context.owner == principal && resource in principal.workspace",
	rbac.ScopeWorkspace: "resource in principal.workspace",
	rbac.ScopeTenant:    "resource in principal.tenant",
}

// cedarGrants are the alternatives of the row: one for each scope and all roles that have it, and one for each role
// that reaches assigned mini programs. The roles are compared with an attribute, which costs cedar-go less than
// parents do.
func cedarGrants(row []grant) []string {
	var ways []string
	roles := map[rbac.Scope][]rbac.RoleID{}
	for _, g := range row {
		roles[g.scope] = append(roles[g.scope], g.role)
	}
	for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn} {
		if len(roles[scope]) > 0 {
			ways = append(ways, cedarSet(roles[scope], cedarRole)+".containsAny(principal.roles) && "+cedarReach[scope])
		}
	}
	for _, role := range roles[rbac.ScopeAssigned] {
		way := fmt.Sprintf("principal.assigned has %s && principal.assigned.%s.contains(resource)", role, role)
		ways = append(ways, way)
	}
	return ways
}

func (c *cedarEngine) add(members []rbac.Member) error {
	for _, m := range members {
		c.put(cedarMember(m.ID), cedarAttributes(m))
	}
	return nil
}

func cedarMember(id string) cedar.EntityUID   { return cedar.NewEntityUID("Member", cedar.String(id)) }
func cedarRole(r rbac.RoleID) cedar.EntityUID { return cedar.NewEntityUID("Role", cedar.String(r)) }

// cedarAttributes keep the assigned mini programs of each role apart, so that a role on one mini program and an
// assignment of another never combine.
func cedarAttributes(m rbac.Member) cedar.RecordMap {
	var roles []cedar.Value
	programs := map[rbac.RoleID][]cedar.Value{}
	for _, as := range m.Assignments {
		roles = append(roles, cedarRole(as.Role))
		for _, id := range as.MiniPrograms {
			programs[as.Role] = append(programs[as.Role], cedarResource(m.Workspace.MiniProgram(id)))
		}
	}
	assigned := cedar.RecordMap{}
	for role, values := range programs {
		assigned[cedar.String(role)] = cedar.NewSet(values...)
	}
	return cedar.RecordMap{
		"active":    cedar.Boolean(m.Status == rbac.StatusActive),
		"workspace": cedarWorkspace(m.Workspace),
		"tenant":    cedar.NewEntityUID("Tenant", cedar.String(m.Workspace.Tenant)),
		"roles":     cedar.NewSet(roles...),
		"assigned":  cedar.NewRecord(assigned),
	}
}

func cedarWorkspace(w rbac.Workspace) cedar.EntityUID {
	return cedar.NewEntityUID(cedar.EntityType(cedarTypes[kindOf(w)]), cedar.String(workspaceKey(w)))
}

func cedarResource(r rbac.Resource) cedar.EntityUID {
	if r.MiniProgram == "" {
		return cedarWorkspace(r.Workspace)
	}
	return cedar.NewEntityUID("MiniProgram", cedar.String(programKey(r.Workspace, r.MiniProgram)))
}

// cedarRequest passes the owner in the context, because requests about the same mini program have different owners.
func cedarRequest(q request) cedar.Request {
	asked := cedar.Request{
		Principal: cedarMember(q.Member.ID),
		Action:    cedarAction(q.Action),
		Resource:  cedarResource(q.Resource),
	}
	if q.Resource.Owner != "" {
		asked.Context = cedar.NewRecord(cedar.RecordMap{"owner": cedarMember(q.Resource.Owner)})
	}
	return asked
}

func (c *cedarEngine) prepare(mix []request) (sweep, error) {
	asked := make([]cedar.Request, len(mix))
	for i, q := range mix {
		asked[i] = cedarRequest(q)
	}
	return func(first, count int) (int, error) {
		allowed := 0
		for i, q := range asked[first : first+count] {
			policies := c.policies
			if c.sliced != nil {
				policies = c.sliced[q.Action]
			}
			decision, diagnostic := cedar.Authorize(policies, c.entities, q)
			if len(diagnostic.Errors) > 0 {
				return allowed, fmt.Errorf("cedar: request %d: %v", first+i, diagnostic.Errors)
			}
			if decision == cedar.Allow {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// list is one batch with an open resource. cedar-go evaluates the policies partially before it tries the mini
// programs.
func (c *cedarEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	resources := make([]cedar.Value, len(c.programs))
	for i, p := range c.programs {
		resources[i] = cedarResource(p)
	}
	one := cedarRequest(request{Member: m, Action: a})
	asked := batch.Request{
		Principal: one.Principal, Action: one.Action, Context: cedar.Record{},
		Resource:  batch.Variable("program"),
		Variables: batch.Variables{"program": resources},
	}
	return func() ([]string, error) {
		var seen []string
		err := batch.Authorize(context.Background(), c.policies, c.entities, asked, func(r batch.Result) error {
			if r.Decision == cedar.Allow {
				seen = append(seen, string(r.Request.Resource.ID))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("cedar: batch of %d: %w", len(resources), err)
		}
		return seen, nil
	}, nil
}
