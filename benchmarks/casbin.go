package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"

	"github.com/miniprogram-platform/rbac"
)

//go:embed casbin_model.conf
var casbinModel string

// casbinEngine asks casbin v3. Only active members have roles in it: casbin has no
// status of its own, and its users take a blocked member's roles away.
type casbinEngine struct {
	title    string
	rules    casbin.IEnforcer
	enforce  func(...any) (bool, error)
	programs []rbac.Resource
}

func newCasbin(u *universe) (engine, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, fmt.Errorf("casbin: model: %w", err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("casbin: enforcer: %w", err)
	}
	c := &casbinEngine{title: casbinName, rules: e, enforce: e.Enforce, programs: u.programs}
	return c, c.load(u)
}

// newCasbinCached is the same policy behind casbin's decision cache.
func newCasbinCached(u *universe) (engine, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, fmt.Errorf("casbin: model: %w", err)
	}
	e, err := casbin.NewCachedEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("casbin: cached enforcer: %w", err)
	}
	c := &casbinEngine{title: casbinCachedName, rules: e, enforce: e.Enforce}
	return c, c.load(u)
}

func (c *casbinEngine) name() string { return c.title }
func (c *casbinEngine) close() error { return nil }

// load writes the role table as rules: one for each group of actions with the same
// row and each role that the row has a scope for.
func (c *casbinEngine) load(u *universe) error {
	rules, groups := casbinRules(u.spec)
	if _, err := c.rules.AddPolicies(rules); err != nil {
		return fmt.Errorf("casbin: %d rules: %w", len(rules), err)
	}
	if _, err := c.rules.AddNamedGroupingPolicies("g2", groups); err != nil {
		return fmt.Errorf("casbin: %d actions in groups: %w", len(groups), err)
	}
	if _, err := c.rules.AddNamedGroupingPolicies("g3", casbinTargets()); err != nil {
		return fmt.Errorf("casbin: kinds in targets: %w", err)
	}
	return nil
}

func casbinRules(spec rbac.Spec) (rules, groups [][]string) {
	rows := byAction(grants(spec))
	for i, actions := range alike(spec) {
		group := fmt.Sprintf("group_%d", i)
		rules = append(rules, casbinRuleLines(group, rows[actions[0]])...)
		for _, action := range actions {
			groups = append(groups, []string{string(action), group})
		}
	}
	return rules, groups
}

func casbinRuleLines(group string, row []grant) [][]string {
	var lines [][]string
	for _, g := range row {
		lines = append(lines, []string{group, casbinTarget(g.target), string(g.role), scopeNames[g.scope]})
	}
	return lines
}

func casbinTarget(t rbac.Target) string { return strings.Join(targetKinds(t), "_or_") }

func casbinTargets() [][]string {
	var links [][]string
	for t := rbac.OnTenant; t <= rbac.OnAny; t++ {
		for _, kind := range targetKinds(t) {
			if kind != casbinTarget(t) {
				links = append(links, []string{kind, casbinTarget(t)})
			}
		}
	}
	return links
}

func (c *casbinEngine) add(members []rbac.Member) error {
	var held [][]string
	for _, m := range members {
		if m.Status == rbac.StatusActive {
			held = append(held, c.held(m)...)
		}
	}
	if _, err := c.rules.AddGroupingPolicies(held); err != nil {
		return fmt.Errorf("casbin: roles of %d members: %w", len(members), err)
	}
	return nil
}

// held says where the member holds each role: in the workspace, in the tenant for a
// role of a tenant workspace, and on each assigned mini program.
func (c *casbinEngine) held(m rbac.Member) [][]string {
	var links [][]string
	for _, as := range m.Assignments {
		role := string(as.Role)
		links = append(links, []string{m.ID, role, casbinWorkspace(m.Workspace)})
		if m.Workspace.Kind == rbac.KindTenant {
			links = append(links, []string{m.ID, role, casbinTenant(m.Workspace)})
		}
		for _, id := range as.MiniPrograms {
			links = append(links, []string{m.ID, role, programKey(m.Workspace, id)})
		}
	}
	return dropRepeats(links)
}

func dropRepeats(links [][]string) [][]string {
	slices.SortFunc(links, slices.Compare[[]string])
	return slices.CompactFunc(links, slices.Equal[[]string])
}

func casbinWorkspace(w rbac.Workspace) string { return kindOf(w) + "/" + workspaceKey(w) }
func casbinTenant(w rbac.Workspace) string    { return "all/" + w.Tenant }

func casbinRequest(q request) []any {
	r := q.resource
	program := ""
	if r.MiniProgram != "" {
		program = programKey(r.Workspace, r.MiniProgram)
	}
	return []any{q.member.ID, string(q.action), targetKind(r), casbinTenant(r.Workspace), casbinWorkspace(r.Workspace), program, r.Owner}
}

func (c *casbinEngine) prepare(mix []request) (sweep, error) {
	asked := make([][]any, len(mix))
	for i, q := range mix {
		asked[i] = casbinRequest(q)
	}
	return func(first, count int) (int, error) {
		allowed := 0
		for i, q := range asked[first : first+count] {
			yes, err := c.enforce(q...)
			if err != nil {
				return allowed, fmt.Errorf("casbin: request %d: %w", first+i, err)
			}
			if yes {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// list asks about every mini program in one batch, which is one of the two ways to
// filter that casbin documents. It keeps rules, and not resources.
func (c *casbinEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	keys := keysOf(c.programs)
	asked := make([][]any, len(c.programs))
	for i, p := range c.programs {
		asked[i] = casbinRequest(request{member: m, action: a, resource: p})
	}
	return func() ([]string, error) {
		answers, err := c.rules.BatchEnforce(asked)
		if err != nil {
			return nil, fmt.Errorf("casbin: batch of %d: %w", len(asked), err)
		}
		var seen []string
		for i, yes := range answers {
			if yes {
				seen = append(seen, keys[i])
			}
		}
		return seen, nil
	}, nil
}
