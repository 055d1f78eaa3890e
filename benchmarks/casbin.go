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

// casbinEngine asks casbin v3. Only active members have roles in it: casbin has no status, so its users take the
// roles of a blocked member away.
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

// newCasbinCached puts casbin's decision cache in front of the same policy.
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

// load writes the role table as rules. Actions with the same row of the table form a group. There is a rule for each
// group and each scope that a role has in it.
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

// held says where the member holds each role: in the workspace, in the tenant if it is a tenant workspace, and on
// each assigned mini program.
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
	r := q.Resource
	program := ""
	if r.MiniProgram != "" {
		program = programKey(r.Workspace, r.MiniProgram)
	}
	return []any{
		q.Member.ID, string(q.Action), targetKind(r),
		casbinTenant(r.Workspace), casbinWorkspace(r.Workspace), program, r.Owner,
	}
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

// list asks about every mini program in one batch. casbin keeps rules and not resources, and this is one of the two
// ways to filter that it documents.
func (c *casbinEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	keys := keysOf(c.programs)
	asked := make([][]any, len(c.programs))
	for i, p := range c.programs {
		asked[i] = casbinRequest(request{Member: m, Action: a, Resource: p})
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

// casbinIndexed lists in the other way that casbin documents: it queries what the member holds, and looks in an index
// of the host. casbin decides nothing here. casbinReach repeats what the matcher means, so a change of the model is a
// change of casbinReach too.
type casbinIndexed struct {
	*casbinEngine
	index *index
}

func newCasbinIndexed(u *universe) (engine, error) {
	e, err := newCasbin(u)
	if err != nil {
		return nil, err
	}
	return &casbinIndexed{e.(*casbinEngine), newIndex(u.programs)}, nil
}

func (l *casbinIndexed) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	return func() ([]string, error) {
		terms, err := l.terms(m, a)
		if err != nil {
			return nil, fmt.Errorf("casbin: rules of %s for %s: %w", a, m.ID, err)
		}
		return l.index.findPart(terms), nil
	}, nil
}

// terms are what Filter.Terms would say of mini programs, from the rules for the action and the roles that the member
// holds.
func (l *casbinIndexed) terms(m *rbac.Member, a rbac.Action) (rbac.Terms, error) {
	t := rbac.Terms{Target: rbac.OnMiniProgram, Workspace: m.Workspace, Member: m.ID}
	rules, err := l.rulesFor(a)
	if err != nil {
		return t, err
	}
	held, err := l.rules.GetFilteredGroupingPolicy(0, m.ID)
	if err != nil {
		return t, err
	}
	for _, link := range held {
		for _, rule := range rules {
			if role, place := link[1], link[2]; role == rule[2] {
				casbinReach(&t, rule[3], place)
			}
		}
	}
	slices.Sort(t.MiniPrograms)
	t.MiniPrograms = slices.Compact(t.MiniPrograms)
	return t, nil
}

// rulesFor are the rules for the action's group whose target includes mini programs.
func (l *casbinIndexed) rulesFor(a rbac.Action) ([][]string, error) {
	groups, err := l.rules.GetFilteredNamedGroupingPolicy("g2", 0, string(a))
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	targets, err := l.rules.GetFilteredNamedGroupingPolicy("g3", 0, "miniprogram")
	if err != nil {
		return nil, err
	}
	rules, err := l.rules.GetFilteredPolicy(0, groups[0][1])
	return slices.DeleteFunc(rules, func(rule []string) bool {
		in := func(link []string) bool { return link[1] == rule[1] }
		return rule[1] != "miniprogram" && !slices.ContainsFunc(targets, in)
	}), err
}

// casbinReach adds what a rule of this scope grants to a member who holds its role at this place.
func casbinReach(t *rbac.Terms, scope, place string) {
	program, isProgram := strings.CutPrefix(place, programKey(t.Workspace, ""))
	switch {
	case scope == "tenant" && place == casbinTenant(t.Workspace):
		t.Scope |= rbac.ScopeTenant
	case scope == "workspace" && place == casbinWorkspace(t.Workspace):
		t.Scope |= rbac.ScopeWorkspace
	case scope == "own" && place == casbinWorkspace(t.Workspace):
		t.Scope |= rbac.ScopeOwn
	case scope == "assigned" && isProgram:
		t.Scope |= rbac.ScopeAssigned
		t.MiniPrograms = append(t.MiniPrograms, program)
	}
}
