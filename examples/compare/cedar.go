package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/batch"

	"github.com/miniprogram-platform/rbac"
)

// cedarEngine asks cedar-go: one policy for each action, which reads like its row of
// the role table, over entities that are built once.
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

// newCedarSliced is the same, but the host hands over only the policies that name the
// action. cedar-go takes any iterator of policies, and evaluates all it is given.
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
		cedarPolicy(&text, action, target, rows[action])
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
	c.entities[id] = cedar.Entity{UID: id, Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(attributes)}
}

// cedarPolicies writes the role table as Cedar text.
func cedarPolicies(spec rbac.Spec) []byte {
	var b strings.Builder
	rows := byAction(grants(spec))
	for _, action := range sortedActions(spec.Actions) {
		cedarPolicy(&b, action, spec.Actions[action], rows[action])
	}
	return []byte(b.String())
}

// cedarPolicy writes a row of the table: nothing for an action that nobody is granted.
func cedarPolicy(b *strings.Builder, action rbac.Action, target rbac.Target, row []grant) {
	if len(row) == 0 {
		return
	}
	is := func(kind string) string { return "resource is " + cedarTypes[kind] }
	fmt.Fprintf(b, "permit (principal, action == Action::%q, resource)\n", action)
	fmt.Fprintf(b, "when { %s }\n", joined(targetKinds(target), is, " || "))
	fmt.Fprintf(b, "when { principal.active }\n")
	fmt.Fprintf(b, "when {\n  %s\n};\n", joined(row, cedarGrant, " ||\n  "))
}

func joined[T any](from []T, text func(T) string, with string) string {
	var parts []string
	for _, one := range from {
		parts = append(parts, text(one))
	}
	return strings.Join(parts, with)
}

var cedarTypes = map[string]string{"tenant": "TenantWorkspace", "developer": "DeveloperWorkspace", "miniprogram": "MiniProgram"}

func cedarGrant(g grant) string {
	role := fmt.Sprintf("principal in Role::%q", g.role)
	switch g.scope {
	case rbac.ScopeTenant:
		return role + " && resource in principal.tenant"
	case rbac.ScopeWorkspace:
		return role + " && resource in principal.workspace"
	case rbac.ScopeAssigned:
		return role + fmt.Sprintf(" && principal.assigned has %s && principal.assigned.%s.contains(resource)", g.role, g.role)
	default:
		return role + " && context has owner && context.owner == principal && resource in principal.workspace"
	}
}

func (c *cedarEngine) add(members []rbac.Member) error {
	for _, m := range members {
		c.put(cedarMember(m.ID), cedarAttributes(m), cedarRoles(m)...)
	}
	return nil
}

func cedarMember(id string) cedar.EntityUID { return cedar.NewEntityUID("Member", cedar.String(id)) }

func cedarRoles(m rbac.Member) []cedar.EntityUID {
	var roles []cedar.EntityUID
	for _, as := range m.Assignments {
		roles = append(roles, cedar.NewEntityUID("Role", cedar.String(as.Role)))
	}
	return roles
}

// cedarAttributes keep the assigned mini programs apart by role, so that a role on
// one and an assignment of another never combine.
func cedarAttributes(m rbac.Member) cedar.RecordMap {
	programs := map[rbac.RoleID][]cedar.Value{}
	for _, as := range m.Assignments {
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

// cedarRequest passes the owner in the context: the same mini program is asked about
// on behalf of many who submitted something.
func cedarRequest(q request) cedar.Request {
	asked := cedar.Request{
		Principal: cedarMember(q.member.ID),
		Action:    cedarAction(q.action),
		Resource:  cedarResource(q.resource),
	}
	if q.resource.Owner != "" {
		asked.Context = cedar.NewRecord(cedar.RecordMap{"owner": cedarMember(q.resource.Owner)})
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

// list is one batch with the resource left open, which evaluates the policies
// partially before it tries the mini programs.
func (c *cedarEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	resources := make([]cedar.Value, len(c.programs))
	for i, p := range c.programs {
		resources[i] = cedarResource(p)
	}
	one := cedarRequest(request{member: m, action: a})
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
